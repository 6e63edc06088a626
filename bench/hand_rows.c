/* Softmax and layer normalization of a row as a programmer would write them by hand, each pass a
 * loop over vectors, once for AVX-512 and once for AVX2:
 *
 *     softmax      y = e^(x - max x) / sum e^(x - max x)
 *     layer norm   y = (x - m) / sqrt(v + 1e-5) w + b,  m and v the row's mean and variance
 *
 * They say how near such rows come to a copy of the same size.  The compiler may contract and
 * unroll here (CMakeLists.txt).  Rows are whole multiples of AT_ONCE lines. */
#include "bench.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

enum { LINE = 16 /* floats */, AT_ONCE = 4 };

typedef float line __attribute__((vector_size(LINE * sizeof(float)), aligned(4), may_alias));
typedef int32_t whole_line __attribute__((vector_size(LINE * sizeof(float))));

#define TARGET __attribute__((target("avx512f,avx512dq")))
#define BY_HAND(name) name##_avx512
#define STREAM(p, x) _mm512_stream_ps(p, (__m512)(x))
#include "hand_rows.inc"
#undef TARGET
#undef BY_HAND
#undef STREAM

#define TARGET __attribute__((target("avx2,fma")))
#define BY_HAND(name) name##_avx2
#define STREAM(p, x)                                               \
    (_mm256_stream_ps(p, ((const __m256 *)(const void *)&(x))[0]), \
     _mm256_stream_ps((p) + 8, ((const __m256 *)(const void *)&(x))[1]))
#include "hand_rows.inc"

hand_row *hand_of(const char *isa, int form, hand_row *const wide[HAND_FORMS],
                  hand_row *const fused[HAND_FORMS])
{
    if (form >= HAND_FORMS)
        return NULL;
    return strcmp(isa, "avx512") == 0 ? wide[form] : strcmp(isa, "avx2") == 0 ? fused[form] : NULL;
}

hand_row *hand_softmax(int form, const char *isa)
{
    return hand_of(isa, form, (hand_row *const[HAND_FORMS]){softmax_avx512, softmax_past_avx512},
                   (hand_row *const[HAND_FORMS]){softmax_avx2, softmax_past_avx2});
}

hand_row *hand_layer_norm(int form, const char *isa)
{
    return hand_of(isa, form,
                   (hand_row *const[HAND_FORMS]){layer_norm_avx512, layer_norm_past_avx512},
                   (hand_row *const[HAND_FORMS]){layer_norm_avx2, layer_norm_past_avx2});
}

#else

hand_row *hand_softmax(int form, const char *isa)
{
    (void)form, (void)isa;
    return NULL;
}

hand_row *hand_layer_norm(int form, const char *isa)
{
    (void)form, (void)isa;
    return NULL;
}

#endif
