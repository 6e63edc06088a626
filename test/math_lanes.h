/* The vector functions of one instruction set, over arrays, for test_math.c.  math_lanes.c makes
 * one such table each time it is compiled, named after the instruction set it is compiled for. */
#ifndef MATH_LANES_H
#define MATH_LANES_H

#include <stdint.h>

#include "core/order.h"

/* name, largest error allowed in units of the last place: f32, f64 */
#define MATH_UNARY(X)  \
    X(exp, 1.5, 1.5)   \
    X(exp2, 1.5, 1.5)  \
    X(expm1, 1.5, 1.5) \
    X(log, 1.5, 1.5)   \
    X(log2, 1.5, 1.5)  \
    X(log1p, 1.5, 1.5) \
    X(tanh, 2.5, 2.5)  \
    X(erf, 2.5, 2.5)   \
    X(sin, 1.5, 1.5)   \
    X(cos, 1.5, 1.5)   \
    X(atan, 2.5, 2.5)  \
    X(rsqrt, 1.5, 1.5) \
    X(sqrt, 0.5, 0.5)  \
    X(floor, 0, 0)     \
    X(ceil, 0, 0)      \
    X(round, 0, 0)     \
    X(abs, 0, 0)

#define MATH_BINARY(X) \
    X(pow)             \
    X(mod)             \
    X(remainder)       \
    X(min)             \
    X(max)

enum math_unary {
#define MATH_ENUM(name, f32, f64) MATH_##name,
    MATH_UNARY(MATH_ENUM)
#undef MATH_ENUM
        MATH_UNARY_COUNT
};

enum math_binary {
#define MATH_ENUM(name) MATH_##name,
    MATH_BINARY(MATH_ENUM)
#undef MATH_ENUM
        MATH_BINARY_COUNT
};

/* Arrays of any length, but where n16 says that the length is a multiple of 16. */
#define MATH_LANES_OF(name, real)                                                             \
    struct name {                                                                             \
        void (*unary[MATH_UNARY_COUNT])(const real *x, real *y, int n);                       \
        void (*binary[MATH_BINARY_COUNT])(const real *x, const real *z, real *y, int n);      \
        void (*uniform)(real * out, int64_t n, uint64_t seed, uint32_t step, uint32_t stream, \
                        uint64_t first);                                                      \
        void (*normal)(real * out, int64_t n, uint64_t seed, uint32_t step, uint32_t stream,  \
                       uint64_t first);                                                       \
        real (*tree[3])(const real lane[AD_LANES]); /* sum, maximum, minimum */               \
        void (*less)(const real *x, const real *z, uint8_t *y, int n16);                      \
        void (*choose)(const uint8_t *m, const real *x, const real *z, real *y, int n16);     \
        void (*whole)(const real *x, real *y, int n16); /* through integers and back */       \
    };
MATH_LANES_OF(math_lanes_f32, float)
MATH_LANES_OF(math_lanes_f64, double)
#undef MATH_LANES_OF

struct math_lanes {
    const struct math_lanes_f32 *f32;
    const struct math_lanes_f64 *f64;
    void (*to_bf16)(const float *x, uint16_t *y, int n16);
    void (*from_bf16)(const uint16_t *x, float *y, int n16);
};

extern const struct math_lanes math_lanes_sse2, math_lanes_avx2, math_lanes_avx512, math_lanes_neon;

#endif
