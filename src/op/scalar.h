/* Every primitive as a function of numbers, f32 and f64: what the naive interpreter runs on, and what a program printed as C carries with it.  Stands alone
 * with op/math.inc: only the C library is needed. */
#ifndef OP_SCALAR_H
#define OP_SCALAR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline int32_t scalar_bits_f32(float x)
{
    int32_t i;
    memcpy(&i, &x, sizeof i);
    return i;
}

static inline float scalar_real_f32(int32_t i)
{
    float x;
    memcpy(&x, &i, sizeof x);
    return x;
}

static inline int64_t scalar_bits_f64(double x)
{
    int64_t i;
    memcpy(&i, &x, sizeof i);
    return i;
}

static inline double scalar_real_f64(int64_t i)
{
    double x;
    memcpy(&x, &i, sizeof x);
    return x;
}

/* ---- f32 */

#define R float
#define I int32_t
#define FN(name) scalar_##name##_f32
#define K(c) ((float)(c))
#define FMA(a, b, c) fmaf(a, b, c)
#define SEL(m, a, b) ((m) ? (a) : (b))
#define BITS(x) scalar_bits_f32(x)
#define REAL_OF(i) scalar_real_f32((int32_t)(i))
#define ROUND(x) rintf(x)
#define TO_INT(x) ((int32_t)(x))
#define FROM_INT(i) ((float)(i))
#define ABS(x) fabsf(x)
#define SQRT(x) sqrtf(x)
#include "op/math.inc"
#undef R
#undef I
#undef FN
#undef K
#undef FMA
#undef BITS
#undef REAL_OF
#undef ROUND
#undef TO_INT
#undef FROM_INT
#undef ABS
#undef SQRT

/* ---- f64 */

#define WIDE
#define R double
#define I int64_t
#define FN(name) scalar_##name##_f64
#define K(c) ((double)(c))
#define FMA(a, b, c) fma(a, b, c)
#define BITS(x) scalar_bits_f64(x)
#define REAL_OF(i) scalar_real_f64((int64_t)(i))
#define ROUND(x) rint(x)
#define TO_INT(x) ((int64_t)(x))
#define FROM_INT(i) ((double)(i))
#define ABS(x) fabs(x)
#define SQRT(x) sqrt(x)
#include "op/math.inc"
#undef WIDE
#undef R
#undef I
#undef FN
#undef K
#undef FMA
#undef SEL
#undef BITS
#undef REAL_OF
#undef ROUND
#undef TO_INT
#undef FROM_INT
#undef ABS
#undef SQRT

/* ---- the simple ones */

#define SCALAR_SIMPLE(T, suffix, f)                                                                \
    static inline T scalar_neg_##suffix(T x) { return -x; }                                        \
    static inline T scalar_abs_##suffix(T x) { return fabs##f(x); }                                \
    static inline T scalar_sign_##suffix(T x) { return x > 0 ? 1 : x < 0 ? -1 : x; }               \
    static inline T scalar_sqrt_##suffix(T x) { return sqrt##f(x); }                               \
    static inline T scalar_floor_##suffix(T x) { return floor##f(x); }                             \
    static inline T scalar_ceil_##suffix(T x) { return ceil##f(x); }                               \
    static inline T scalar_round_##suffix(T x) { return rint##f(x); }                              \
    static inline uint8_t scalar_is_finite_##suffix(T x) { return x - x == 0; }                    \
    static inline T scalar_add_##suffix(T x, T z) { return x + z; }                                \
    static inline T scalar_sub_##suffix(T x, T z) { return x - z; }                                \
    static inline T scalar_mul_##suffix(T x, T z) { return x * z; }                                \
    static inline T scalar_div_##suffix(T x, T z) { return x / z; }                                \
    static inline T scalar_min_##suffix(T x, T z) { return x < z || x != x ? x : z; }              \
    static inline T scalar_max_##suffix(T x, T z) { return x > z || x != x ? x : z; }              \
    static inline uint8_t scalar_less_##suffix(T x, T z) { return x < z; }                         \
    static inline uint8_t scalar_less_equal_##suffix(T x, T z) { return x <= z; }                  \
    static inline uint8_t scalar_greater_##suffix(T x, T z) { return x > z; }                      \
    static inline uint8_t scalar_greater_equal_##suffix(T x, T z) { return x >= z; }               \
    static inline uint8_t scalar_equal_##suffix(T x, T z) { return x == z; }                       \
    static inline uint8_t scalar_not_equal_##suffix(T x, T z) { return x != z; }
SCALAR_SIMPLE(float, f32, f)
SCALAR_SIMPLE(double, f64, )
#undef SCALAR_SIMPLE

/* ---- random numbers: Philox 4x32-10 (Salmon et al. 2011)
 * key = seed; counter = (element / 4 low, high, step, stream); word = element mod 4 */

static inline void scalar_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(b >> 32) ^ c1 ^ k0, n2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b, c3 = (uint32_t)a, c0 = n0, c2 = n2;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

/* Four words of block number block. */
static inline void scalar_random_words(uint64_t seed, uint32_t step, uint32_t stream, uint64_t block, uint32_t out[4])
{
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), step, stream}, key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    scalar_philox(counter, key, out);
}

/* In [0, 1): 24 bits of a word; 53 bits of two. */
static inline float scalar_unit_f32(uint32_t word)
{
    return (float)(word >> 8) * 0x1p-24f;
}

static inline double scalar_unit_f64(uint32_t first, uint32_t second)
{
    return (double)(((uint64_t)first << 32 | second) >> 11) * 0x1p-53;
}

static inline float scalar_uniform_f32(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element)
{
    uint32_t w[4];
    scalar_random_words(seed, step, stream, element >> 2, w);
    return scalar_unit_f32(w[element & 3]);
}

static inline double scalar_uniform_f64(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element)
{
    uint32_t w[4];
    scalar_random_words(seed, step, stream, element >> 1, w);
    return scalar_unit_f64(w[2 * (element & 1)], w[2 * (element & 1) + 1]);
}

/* Box and Muller 1958, over an even element and the odd one after it: u1 in (0, 1], u2 in [0, 1). */
static inline float scalar_box_muller_f32(float u1, float u2, int odd)
{
    float r = sqrtf(-2.0f * scalar_log_f32(u1)), angle = 6.2831855f * u2;
    return r * (odd ? scalar_sin_f32(angle) : scalar_cos_f32(angle));
}

static inline double scalar_box_muller_f64(double u1, double u2, int odd)
{
    double r = sqrt(-2.0 * scalar_log_f64(u1)), angle = 6.283185307179586 * u2;
    return r * (odd ? scalar_sin_f64(angle) : scalar_cos_f64(angle));
}

static inline float scalar_normal_f32(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element)
{
    uint32_t w[4];
    scalar_random_words(seed, step, stream, element >> 2, w);
    int pair = (int)(element & 2);
    return scalar_box_muller_f32((float)((w[pair] >> 8) + 1) * 0x1p-24f, scalar_unit_f32(w[pair + 1]), (int)(element & 1));
}

static inline double scalar_normal_f64(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element)
{
    uint32_t w[4];
    scalar_random_words(seed, step, stream, element >> 1, w);
    double u1 = scalar_unit_f64(w[0], w[1]) + 0x1p-53, u2 = scalar_unit_f64(w[2], w[3]);
    return scalar_box_muller_f64(u1, u2, (int)(element & 1));
}

#endif
