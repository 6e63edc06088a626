/* Every primitive as a function of single numbers, f32 and f64: what the naive interpreter runs on,
 * and what a program printed as C carries with it.  Stands alone with op/math.inc, which may be
 * pasted in place of the lines that include it: only the C library is needed. */
#ifndef OP_SCALAR_H
#define OP_SCALAR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef CPU_VECTOR_H
#error "op/scalar.h comes before cpu/vector.h: the second takes over the words of the first"
#endif

#if defined(__GNUC__)
#define SCALAR_FUNCTION static inline __attribute__((unused))
#else
#define SCALAR_FUNCTION static inline
#endif

/* ---- angles so large that a few parts of pi do not reduce them
 *
 * Payne and Hanek 1983.  With x = m 2^e, m of 53 bits, x 2/pi modulo 4 takes only those bits of
 * 2/pi whose weight times 2^e is below 4: of these 192 are enough, as no double comes nearer to a
 * multiple of pi/2 than 2^-62. */

enum { SCALAR_ANGLE_WORDS = 6 };

/* product = m times the 192 bits of 2/pi from bit first on, modulo 2^192; most significant word
 * first. */
SCALAR_FUNCTION void scalar_angle_multiply(uint64_t m, int first,
                                           uint32_t product[SCALAR_ANGLE_WORDS])
{
    static const uint32_t two_over_pi[] = {
        0,          0,          0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599,
        0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c,
        0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639,
        0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f,
        0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7,
        0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d,
    };
    const uint32_t *word = two_over_pi + first / 32;
    const uint32_t factor[2] = {(uint32_t)m, (uint32_t)(m >> 32)};
    for (int i = 0; i < SCALAR_ANGLE_WORDS; i++)
        product[i] = 0;
    for (int k = 0; k < 2; k++) {
        uint64_t carry = 0;
        for (int i = SCALAR_ANGLE_WORDS - 1; i >= k; i--) {
            uint64_t both = (uint64_t)word[i] << 32 | word[i + 1];
            uint64_t bits = both << (first % 32) >> 32;
            carry += bits * factor[k] + product[i - k];
            product[i - k] = (uint32_t)carry;
            carry >>= 32;
        }
    }
}

/* What math.inc wants of a large angle. */
enum scalar_angle { SCALAR_ANGLE_R, SCALAR_ANGLE_LOW, SCALAR_ANGLE_SUM };

/* x - n pi/2 for the nearest n, and n modulo 4, for finite x >= 2^10. */
SCALAR_FUNCTION double scalar_large_angle(double x, int *quarters)
{
    int exponent;
    uint64_t m = (uint64_t)ldexp(frexp(x, &exponent), 53);
    uint32_t part[SCALAR_ANGLE_WORDS];
    scalar_angle_multiply(m, exponent - 53 - 2 + 64, part);
    int whole = (int)(part[0] >> 30), up = (int)(part[0] >> 29 & 1);
    part[0] &= 0x3fffffff;
    /* The words as a sum of two doubles.  Above a half it is minus what is missing to the next
     * whole. */
    double high = up ? -1 : 0, low = 0, weight = 0x1p-30;
    for (int i = 0; i < SCALAR_ANGLE_WORDS; i++, weight *= 0x1p-32) {
        double term = part[i] * weight, sum = high + term, added = sum - high;
        low += (high - (sum - added)) + (term - added);
        high = sum;
    }
    *quarters = (whole + up) & 3;
    return fma(high, 0x1.921fb54442d18p+0,
               fma(high, 0x1.1a62633145c07p-54, low * 0x1.921fb54442d18p+0));
}

/* ---- the vocabulary of cpu/vector.h for one number */

SCALAR_FUNCTION uint32_t scalar_bits_f32(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

SCALAR_FUNCTION float scalar_frombits_f32(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

SCALAR_FUNCTION uint64_t scalar_bits_f64(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

SCALAR_FUNCTION double scalar_frombits_f64(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x 2^floor(n) in two steps, of which only the second can round; n is in eighths. */
SCALAR_FUNCTION float scalar_scale_f32(float x, float n)
{
    uint32_t twice = scalar_bits_f32(n + (0x1.8p20f + 2 * 127)) >> 3, floor = twice >> 1;
    return x * scalar_frombits_f32(floor << 23) * scalar_frombits_f32((twice - floor) << 23);
}

SCALAR_FUNCTION double scalar_scale_f64(double x, double n)
{
    uint64_t twice = scalar_bits_f64(n + (0x1.8p49 + 2 * 1023)) >> 3, floor = twice >> 1;
    return x * scalar_frombits_f64(floor << 52) * scalar_frombits_f64((twice - floor) << 52);
}

#define MATH_FUNCTION SCALAR_FUNCTION
#define MATH_LONG_FUNCTION SCALAR_FUNCTION
#define MATH_RARE_FUNCTION SCALAR_FUNCTION
#define VN 1
#define vstore(p, x) (*(p) = (x))
#define vload(p) (*(p))
#define vset(c) (c)
#define vadd(a, b) ((a) + (b))
#define vsub(a, b) ((a) - (b))
#define vmul(a, b) ((a) * (b))
#define vdiv(a, b) ((a) / (b))
#define vneg(a) (-(a))
#define vpower(bits) vfrombits((bits) << MANTISSA_BITS)
#define vfma_once(a, b, c) vfma(a, b, c)
#define vless(a, b) ((a) < (b))
#define vless_equal(a, b) ((a) <= (b))
#define vequal(a, b) ((a) == (b))
#define vnot_equal(a, b) ((a) != (b))
#define vsel(m, a, b) ((m) ? (a) : (b))
#define vmask(bits) ((bits) != 0)
#define vany(m) (m)
#define vm int
#define vclamp V(clamp)
#define vat_most(x, high) ((high) < (x) ? (high) : (x))
#define vbits V(bits)
#define vfrombits V(frombits)
#define vscale V(scale)
#define vpick(i, number) ((number)[(i)&7])

#define SCALAR_CLAMP(type, name)                           \
    SCALAR_FUNCTION type name(type x, type low, type high) \
    {                                                      \
        type above = x < low ? low : x;                    \
        return high < above ? high : above;                \
    }
SCALAR_CLAMP(float, scalar_clamp_f32)
SCALAR_CLAMP(double, scalar_clamp_f64)
#undef SCALAR_CLAMP

#define V(name) scalar_##name##_f32
#define real float
#define vr float
#define vu uint32_t
#define vfma fmaf
#define vabs fabsf
#define vcopysign copysignf
#define vround rintf
#define vsqrt sqrtf
#include "op/math.inc"
#undef V
#undef real
#undef vr
#undef vu
#undef vfma
#undef vabs
#undef vcopysign
#undef vround
#undef vsqrt

#define REAL_F64
#define V(name) scalar_##name##_f64
#define real double
#define vr double
#define vu uint64_t
#define vfma fma
#define vabs fabs
#define vcopysign copysign
#define vround rint
#define vsqrt sqrt
#include "op/math.inc"
#undef REAL_F64
#undef V
#undef real
#undef vr
#undef vu
#undef vfma
#undef vabs
#undef vcopysign
#undef vround
#undef vsqrt

#undef MATH_FUNCTION
#undef MATH_LONG_FUNCTION
#undef MATH_RARE_FUNCTION
#undef VN
#undef vstore
#undef vload
#undef vset
#undef vadd
#undef vsub
#undef vmul
#undef vdiv
#undef vneg
#undef vpower
#undef vfma_once
#undef vless
#undef vless_equal
#undef vequal
#undef vnot_equal
#undef vsel
#undef vmask
#undef vany
#undef vm
#undef vclamp
#undef vat_most
#undef vbits
#undef vfrombits
#undef vscale
#undef vpick

/* ---- the simple ones */

#define SCALAR_UNARY(name, expression)                   \
    SCALAR_FUNCTION float scalar_##name##_f32(float x)   \
    {                                                    \
        return (float)(expression);                      \
    }                                                    \
    SCALAR_FUNCTION double scalar_##name##_f64(double x) \
    {                                                    \
        return expression;                               \
    }
#define SCALAR_BINARY(name, expression)                            \
    SCALAR_FUNCTION float scalar_##name##_f32(float x, float z)    \
    {                                                              \
        return expression;                                         \
    }                                                              \
    SCALAR_FUNCTION double scalar_##name##_f64(double x, double z) \
    {                                                              \
        return expression;                                         \
    }
#define SCALAR_TRUTH(name, expression)                              \
    SCALAR_FUNCTION uint8_t scalar_##name##_f32(float x, float z)   \
    {                                                               \
        return expression;                                          \
    }                                                               \
    SCALAR_FUNCTION uint8_t scalar_##name##_f64(double x, double z) \
    {                                                               \
        return expression;                                          \
    }

/* In double these are exact, or round once more only where that changes nothing (Figueroa 1995). */
/* clang-format off */
SCALAR_UNARY(neg, -x)
SCALAR_UNARY(abs, fabs(x))
SCALAR_UNARY(sign, x > 0 ? 1 : x < 0 ? -1 : x)
SCALAR_UNARY(sqrt, sqrt(x))
SCALAR_UNARY(floor, floor(x))
SCALAR_UNARY(ceil, ceil(x))
SCALAR_UNARY(round, rint(x))
SCALAR_UNARY(square, x * x)
SCALAR_UNARY(reciprocal, 1 / x)

SCALAR_BINARY(add, x + z)
SCALAR_BINARY(sub, x - z)
SCALAR_BINARY(mul, x * z)
SCALAR_BINARY(div, x / z)
SCALAR_BINARY(minimum, x < z || x != x ? x : z)
SCALAR_BINARY(maximum, x > z || x != x ? x : z)

SCALAR_TRUTH(less, x < z)
SCALAR_TRUTH(less_equal, x <= z)
SCALAR_TRUTH(greater, x > z)
SCALAR_TRUTH(greater_equal, x >= z)
SCALAR_TRUTH(equal, x == z)
SCALAR_TRUTH(not_equal, x != z)
/* clang-format on */

SCALAR_FUNCTION uint8_t scalar_is_finite_f32(float x)
{
    return x - x == 0;
}

SCALAR_FUNCTION uint8_t scalar_is_finite_f64(double x)
{
    return x - x == 0;
}

#undef SCALAR_UNARY
#undef SCALAR_BINARY
#undef SCALAR_TRUTH

/* ---- bf16: the upper half of an f32 */

SCALAR_FUNCTION float scalar_from_bf16(uint16_t x)
{
    return scalar_frombits_f32((uint32_t)x << 16);
}

/* To the nearest, ties to even. */
SCALAR_FUNCTION uint16_t scalar_to_bf16(float x)
{
    uint32_t bits = scalar_bits_f32(x);
    return (uint16_t)(x != x ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* ---- random numbers: Philox 4x32-10 (Salmon et al. 2011)
 *
 * key = seed with the stream's upper half xored into its own; counter = (block low, block high,
 * step, stream's lower half).  A block of four words makes four f32 or two f64: element e of f32 is
 * word e % 4 of block e / 4; element e of f64 words 2 (e % 2) and the next of block e / 2. */

/* The key of a stream. */
SCALAR_FUNCTION uint64_t scalar_stream_key(uint64_t seed, uint64_t stream)
{
    return seed ^ stream >> 32 << 32;
}

SCALAR_FUNCTION void scalar_philox(const uint32_t counter[4], const uint32_t key[2],
                                   uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0, c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b, c3 = (uint32_t)a;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

SCALAR_FUNCTION void scalar_random_block(uint64_t seed, uint32_t step, uint64_t stream,
                                         uint64_t block, uint32_t out[4])
{
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), step, (uint32_t)stream};
    uint64_t own = scalar_stream_key(seed, stream);
    uint32_t key[2] = {(uint32_t)own, (uint32_t)(own >> 32)};
    scalar_philox(counter, key, out);
}

/* The key of a scan's body at step t of the time axis.  No stream has a lower half of 0, so these
 * numbers are nobody else's. */
SCALAR_FUNCTION uint64_t scalar_step_seed(uint64_t seed, int64_t t)
{
    uint32_t word[4];
    scalar_random_block(seed, 0, 0, (uint64_t)t, word);
    return (uint64_t)word[1] << 32 | word[0];
}

/* In [0, 1): the upper 24 bits of a word, the upper 53 of two. */
SCALAR_FUNCTION float scalar_unit_f32(uint32_t word)
{
    return (float)(word >> 8) * 0x1p-24f;
}

SCALAR_FUNCTION double scalar_unit_f64(uint32_t high, uint32_t low)
{
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

SCALAR_FUNCTION float scalar_uniform_f32(uint64_t seed, uint32_t step, uint64_t stream,
                                         uint64_t element)
{
    uint32_t word[4];
    scalar_random_block(seed, step, stream, element / 4, word);
    return scalar_unit_f32(word[element % 4]);
}

SCALAR_FUNCTION double scalar_uniform_f64(uint64_t seed, uint32_t step, uint64_t stream,
                                          uint64_t element)
{
    uint32_t word[4];
    scalar_random_block(seed, step, stream, element / 2, word);
    return element % 2 ? scalar_unit_f64(word[2], word[3]) : scalar_unit_f64(word[0], word[1]);
}

/* Mean 0, variance 1.  An even element and the odd one after it are made of the two numbers that
 * would have been theirs. */
SCALAR_FUNCTION float scalar_normal_f32(uint64_t seed, uint32_t step, uint64_t stream,
                                        uint64_t element)
{
    uint32_t word[4];
    scalar_random_block(seed, step, stream, element / 4, word);
    const uint32_t *pair = word + element % 4 / 2 * 2;
    float odd, even = scalar_box_muller_f32(scalar_unit_f32(pair[0]) + 0x1p-24f,
                                            scalar_unit_f32(pair[1]), &odd);
    return element % 2 ? odd : even;
}

SCALAR_FUNCTION double scalar_normal_f64(uint64_t seed, uint32_t step, uint64_t stream,
                                         uint64_t element)
{
    uint32_t word[4];
    scalar_random_block(seed, step, stream, element / 2, word);
    double u = scalar_unit_f64(word[0], word[1]) + 0x1p-53,
           turn = scalar_unit_f64(word[2], word[3]);
    double odd, even = scalar_box_muller_f64(u, turn, &odd);
    return element % 2 ? odd : even;
}

#endif
