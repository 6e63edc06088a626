/* The vector functions of fused loops for one instruction set. */
#include <math.h>
#include <string.h>

#include "core/number.h"
#include "core/order.h"
#include "cpu/native.h"
#include "cpu/tile.h"
#include "cpu/tile_table.h"
#include "op/scalar.h"

enum {
    ROW_GROUP = 2, /* rows that are summed side by side */
    CACHE_LINE = 64,
};

/* Registers of a strip, so that additions and products that wait for their results overlap. */
#if defined(__AVX2__) || defined(__ARM_NEON)
#define STRIP_VECTORS 4
#else
#define STRIP_VECTORS 1
#endif

#if defined(ADZE_HAVE_NATIVE) && defined(__AVX512F__)
#define NATIVE_BYTES NATIVE_AVX512
#elif defined(ADZE_HAVE_NATIVE) && defined(__AVX2__)
#define NATIVE_BYTES NATIVE_AVX2
#else
#define NATIVE_BYTES 0
#endif

/* clang-format off */
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/strip.h"
#include "cpu/random.inc"
#include "cpu/tile_real.inc"
#define REAL_F64
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/strip.h"
#include "cpu/random.inc"
#include "cpu/tile_real.inc"
#undef REAL_F64
/* clang-format on */

/* f32 to f64, as norms of gradients take it: four at once where compilers see no way.  It is what
 * meets memory first there, a tile now and a tile then, so it asks for what comes. */
static void widen(int64_t n, const float *in, double *out)
{
    enum { EARLY = 384 };
    int64_t i = 0;
#ifdef __AVX__
    for (; i + 16 <= n; i += 16) {
        _mm_prefetch((const char *)(in + i + EARLY), _MM_HINT_T0);
        _mm256_storeu_pd(out + i, _mm256_cvtps_pd(_mm_loadu_ps(in + i)));
        _mm256_storeu_pd(out + i + 4, _mm256_cvtps_pd(_mm_loadu_ps(in + i + 4)));
        _mm256_storeu_pd(out + i + 8, _mm256_cvtps_pd(_mm_loadu_ps(in + i + 8)));
        _mm256_storeu_pd(out + i + 12, _mm256_cvtps_pd(_mm_loadu_ps(in + i + 12)));
    }
#endif
    for (; i < n; i++)
        out[i] = in[i];
}

static void fence(void)
{
    VECTOR_FENCE;
}

#define TABLE_PASTE(isa) tile_##isa
#define TABLE_OF(isa) TABLE_PASTE(isa)
const struct tile_table TABLE_OF(ISA) = {.vector_bytes = VECTOR_BYTES,
                                         .strip_vectors = STRIP_VECTORS,
                                         .native_bytes = NATIVE_BYTES,
                                         .f32 = &reals_f32,
                                         .f64 = &reals_f64,
                                         .widen = widen,
                                         .fence = fence};
