/* Compiled once for each instruction set: the vector functions over arrays.  See math_lanes.h. */
#include "math_lanes.h"

#include "op/scalar.h"

/* clang-format off */
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/random.inc"
#include "math_lanes.inc"
/* clang-format on */

static void to_bf16_array(const float *x, uint16_t *y, int n)
{
    for (int i = 0; i < n; i += VN)
        vstore_bf16(y + i, vload(x + i));
}

static void from_bf16_array(const uint16_t *x, float *y, int n)
{
    for (int i = 0; i < n; i += VN)
        vstore(y + i, vload_bf16(x + i));
}

static const struct math_lanes_f32 table_f32 = LANES_TABLE;

/* clang-format off */
#define REAL_F64
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/random.inc"
#include "math_lanes.inc"
/* clang-format on */

static const struct math_lanes_f64 table_f64 = LANES_TABLE;

#if defined(__AVX512F__)
#define TABLE math_lanes_avx512
#elif defined(__AVX2__)
#define TABLE math_lanes_avx2
#elif defined(__SSE2__)
#define TABLE math_lanes_sse2
#else
#define TABLE math_lanes_neon
#endif

const struct math_lanes TABLE = {
    .f32 = &table_f32, .f64 = &table_f64, .to_bf16 = to_bf16_array, .from_bf16 = from_bf16_array};
