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

#if defined(__x86_64__)

enum { LINE = 16 /* floats */, AT_ONCE = 4 };

typedef float line __attribute__((vector_size(LINE * sizeof(float)), aligned(4), may_alias));
typedef int32_t whole_line __attribute__((vector_size(LINE * sizeof(float))));

#define TARGET __attribute__((target("avx512f,avx512dq")))
#define BY_HAND(name) name##_avx512
#include "hand_rows.inc"
#undef TARGET
#undef BY_HAND

#define TARGET __attribute__((target("avx2,fma")))
#define BY_HAND(name) name##_avx2
#include "hand_rows.inc"

hand_row *hand_softmax(int form)
{
    if (form > 0)
        return NULL;
    return __builtin_cpu_supports("avx512dq") ? softmax_avx512
           : __builtin_cpu_supports("fma")    ? softmax_avx2
                                              : NULL;
}

hand_row *hand_layer_norm(int form)
{
    if (form > 0)
        return NULL;
    return __builtin_cpu_supports("avx512dq") ? layer_norm_avx512
           : __builtin_cpu_supports("fma")    ? layer_norm_avx2
                                              : NULL;
}

#else

hand_row *hand_softmax(int form)
{
    (void)form;
    return NULL;
}

hand_row *hand_layer_norm(int form)
{
    (void)form;
    return NULL;
}

#endif
