/* The vector vocabulary: the only file with intrinsics.
 *
 * Kernels are written once, for one element type at a time, in the names below, and compiled once
 * for each instruction set: SSE2 (16 bytes, no fused multiply-add), AVX2 with FMA (32), AVX-512 F
 * DQ VL BW (64) and NEON (16).  The element type is float, or double where REAL_F64 is defined; the
 * file may be included again to change it:
 *
 *     #include "op/scalar.h"       for op/math.inc
 *     #include "cpu/vector.h"      the names mean f32
 *     #include "op/math.inc"       vexp, vlog, ...
 *     #include "kernel.inc"        static void V(relu)(...) { ... vmax(vload(x), vset(0)) ... }
 *     #define REAL_F64
 *     #include "cpu/vector.h"      the names mean f64
 *     #include "op/math.inc"
 *     #include "kernel.inc"
 *
 * V(name) is vector_name_f32 or vector_name_f64; every name below is a macro for one of these.
 *
 *   real, vr, VN         a number, a register of numbers, how many (a constant expression)
 *   vi, vu               a register of signed or unsigned integers as wide as real
 *   vm                   a choice for each lane, made by comparisons and read by vsel
 *
 * + - * / on vr, and all operators of C on vi and vu, work lane by lane, also with a scalar on one
 * side.  Do not compare vr with < or ==: use vless, vless_equal, vequal, vnot_equal, which give vm;
 * join vm with & and |, never ~.  Results have the same bits on all instruction sets, but for vfma
 * on SSE2. */
#ifndef CPU_VECTOR_H
#define CPU_VECTOR_H

#include <stdint.h>
#include <string.h>

#include "core/order.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define VECTOR_BYTES 64
#define VECTOR_REGISTERS 32
#define VECTOR_WIDTH(name) _mm512_##name
#define VECTOR_WIDTH_TYPE(kind) __m512##kind
#elif defined(__AVX2__)
#include <immintrin.h>
#define VECTOR_BYTES 32
#define VECTOR_REGISTERS 16
#define VECTOR_WIDTH(name) _mm256_##name
#define VECTOR_WIDTH_TYPE(kind) __m256##kind
#elif defined(__SSE2__)
#include <emmintrin.h>
#define VECTOR_BYTES 16
#define VECTOR_REGISTERS 16
#define VECTOR_WIDTH(name) _mm_##name
#define VECTOR_WIDTH_TYPE(kind) __m128##kind
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#define VECTOR_BYTES 16
#define VECTOR_REGISTERS 32
#else
#error "no vector vocabulary for this instruction set"
#endif

/* What was streamed is there for other threads. */
#if defined(__SSE2__)
#define VECTOR_FENCE _mm_sfence()
#else
#define VECTOR_FENCE (void)0
#endif

#define VECTOR_OF(type) __attribute__((vector_size(VECTOR_BYTES))) type
#define VECTOR_FUNCTION static inline __attribute__((always_inline, unused))
#define MATH_FUNCTION VECTOR_FUNCTION
/* Called, so that it stands once for all that are made of it. */
#define MATH_LONG_FUNCTION static __attribute__((noinline, unused))
#define MATH_RARE_FUNCTION static __attribute__((noinline, cold, unused))

#define vr V(real)
#define vi V(int)
#define vu V(unsigned)
#define vm V(mask)
#define VN ((int)(sizeof(vr) / sizeof(real)))

/* Memory needs no alignment.  _part moves the first n lanes, 0 <= n <= VN: the others are read as 0
 * and not written. */
#define vload V(load)             /* (const real *p) */
#define vstore V(store)           /* (real *p, vr x) */
#define vload_part V(load_part)   /* (const real *p, int n) */
#define vstore_part V(store_part) /* (real *p, vr x, int n) */
#define vstream V(stream)         /* vstore past the caches, where p is a multiple of VN elements */
#define vset V(set)               /* (real x): x in every lane */
#define vset_bits V(set_bits)     /* (unsigned integer x): vu of x in every lane */

/* + - * / and - of one, and 2^n of the bits that op/math.inc's exponents leave, where operators are
 * not to be had: cpu/strip.h. */
#define vadd V(add)
#define vsub V(sub)
#define vmul V(mul)
#define vdiv V(div)
#define vneg V(neg)
#define vpower V(power)

/* (a, b, c): a b + c, rounded once; on SSE2 twice.  The second rounds once on SSE2 too, slowly, and
 * for |a|, |b| below 2^100. */
#define vfma V(fma)
#define vfma_once V(fma_once)

#define vmin V(min) /* (a, b): a if a is NaN, else b if b is, else a < b ? a : b */
#define vmax V(max) /* (a, b): a if a is NaN, else b if b is, else a > b ? a : b */
/* The same for numbers that are not NaN, one after another faster. */
#define vmin_number V(min_number)
#define vmax_number V(max_number)
#define vat_most V(at_most) /* (x, high): high < x ? high : x, so NaN stays NaN */
#define vclamp V(clamp)     /* (x, low, high): likewise */
#define vsqrt V(sqrt)
#define vabs V(abs)
#define vcopysign V(copysign) /* (x, s): |x| with the sign of s */
#define vround V(round)       /* to the nearest, ties to even */
#define vfloor V(floor)
#define vceil V(ceil)
/* (x, n): x 2^floor(n), rounded once, for x from 1/2 to 2 and n in eighths up to twice the largest
 * exponent. */
#define vscale V(scale)

#define vless V(less)
#define vless_equal V(less_equal)
#define vequal V(equal)
#define vnot_equal V(not_equal)
#define vsel V(sel)                 /* (m, a, b): a where m, else b */
#define vmask V(mask_of)            /* (vu x): where x is not 0 */
#define vany V(any)                 /* (vm m): is it so in any lane */
#define vload_bools V(load_bools)   /* (const uint8_t *p): vm of VN bytes that are 0 or 1 */
#define vstore_bools V(store_bools) /* (uint8_t *p, vm m) */

#define vbits V(bits)         /* vu with the bits of x */
#define vfrombits V(frombits) /* and back */
#define vtoint V(toint)       /* vi nearest to x; |x| < 2^31 (f32), 2^51 (f64) */
#define vfromint V(fromint)   /* vr nearest to i; f64: |i| < 2^51 */
#define vpick V(pick)         /* f32 only: (vu i, const float number[8]): number[i modulo 8] */

/* The virtual lanes of core/order.h, in so many registers, joined in its order. */
#define VLANE_REGISTERS (AD_LANES / VN)
#define vtree_sum V(tree_sum) /* (const vr lane[VLANE_REGISTERS]) */
#define vtree_max V(tree_max)
#define vtree_min V(tree_min)
#define vtree_product V(tree_product)

/* Lanes of a and b in turn, a[0] b[0] a[1] b[1]...: the first VN of them, and the others. */
#define vzip_low V(zip_low)
#define vzip_high V(zip_high)

/* f32 only: numbers in bf16, the upper half of an f32, rounded to the nearest, ties to even. */
#define vload_bf16 V(load_bf16)   /* (const uint16_t *p) */
#define vstore_bf16 V(store_bf16) /* (uint16_t *p, vr x) */

/* Made by op/math.inc. */
#define vexp V(exp)
#define vexp2 V(exp2)
#define vexpm1 V(expm1)
#define vlog V(log)
#define vlog2 V(log2)
#define vlog1p V(log1p)
#define vtanh V(tanh)
#define verf V(erf)
#define vsin V(sin)
#define vcos V(cos)
#define vatan V(atan)
#define verfcx_above V(erfcx_above)
#define vpow V(pow) /* (x, z) */
#define vmod V(mod) /* (x, z), and remainder */
#define vremainder V(remainder)
#define vhypot V(hypot)
#define vatan2 V(atan2)
#define vrsqrt V(rsqrt)

/* Pairs of 32-bit words in 64-bit lanes: the product of the lower words of each lane. */
typedef VECTOR_OF(uint64_t) vector_wide;
VECTOR_FUNCTION vector_wide vector_multiply_wide(vector_wide a, vector_wide b)
{
#ifdef VECTOR_WIDTH
    return (vector_wide)VECTOR_WIDTH(mul_epu32)((VECTOR_WIDTH_TYPE(i))a, (VECTOR_WIDTH_TYPE(i))b);
#else
    return (vector_wide)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
#endif
}

#endif /* CPU_VECTOR_H: what follows is read again for each type */

#undef V
#undef real
#undef VECTOR_SIZE
#undef VECTOR_SIGNED
#undef VECTOR_UNSIGNED
#undef VECTOR_SIGN
#undef VECTOR_MANTISSA
#undef VECTOR_BIAS
#undef VECTOR_SHIFTER
#undef VECTOR_SPLITTER
#undef VECTOR_X86
#undef VECTOR_NEON
#undef VECTOR_REGISTER

#ifdef REAL_F64
#define V(name) vector_##name##_f64
#define real double
#define VECTOR_SIZE 8
#define VECTOR_SIGNED int64_t
#define VECTOR_UNSIGNED uint64_t
#define VECTOR_SIGN 0x8000000000000000u
#define VECTOR_MANTISSA 52
#define VECTOR_BIAS 1023
#define VECTOR_SHIFTER 0x1.8p52
#define VECTOR_SPLITTER 0x1.0000002p27 /* 2^27 + 1 */
#else
#define V(name) vector_##name##_f32
#define real float
#define VECTOR_SIZE 4
#define VECTOR_SIGNED int32_t
#define VECTOR_UNSIGNED uint32_t
#define VECTOR_SIGN 0x80000000u
#define VECTOR_MANTISSA 23
#define VECTOR_BIAS 127
#define VECTOR_SHIFTER 0x1.8p23f
#define VECTOR_SPLITTER 0x1.002p12f /* 2^12 + 1 */
#endif

/* Intrinsics of this type, and the type they want. */
#if defined(VECTOR_WIDTH) && defined(REAL_F64)
#define VECTOR_X86(name) VECTOR_WIDTH(name##_pd)
#define VECTOR_REGISTER VECTOR_WIDTH_TYPE(d)
#elif defined(VECTOR_WIDTH)
#define VECTOR_X86(name) VECTOR_WIDTH(name##_ps)
#define VECTOR_REGISTER VECTOR_WIDTH_TYPE()
#elif defined(REAL_F64)
#define VECTOR_NEON(name) name##_f64
#define VECTOR_REGISTER float64x2_t
#else
#define VECTOR_NEON(name) name##_f32
#define VECTOR_REGISTER float32x4_t
#endif

typedef VECTOR_OF(real) V(real);
typedef VECTOR_OF(VECTOR_SIGNED) V(int);
typedef VECTOR_OF(VECTOR_UNSIGNED) V(unsigned);
#if !defined(__AVX512F__)
typedef VECTOR_OF(VECTOR_SIGNED) V(mask);
#elif defined(REAL_F64)
typedef __mmask8 V(mask);
#else
typedef __mmask16 V(mask);
#endif

/* ---- bits */

VECTOR_FUNCTION vu V(bits)(vr x)
{
    return (vu)x;
}

VECTOR_FUNCTION vr V(frombits)(vu x)
{
    return (vr)x;
}

VECTOR_FUNCTION vr V(power)(vu bits)
{
    return (vr)(bits << VECTOR_MANTISSA);
}

VECTOR_FUNCTION vr V(add)(vr a, vr b)
{
    return a + b;
}

VECTOR_FUNCTION vr V(sub)(vr a, vr b)
{
    return a - b;
}

VECTOR_FUNCTION vr V(mul)(vr a, vr b)
{
    return a * b;
}

VECTOR_FUNCTION vr V(div)(vr a, vr b)
{
    return a / b;
}

VECTOR_FUNCTION vr V(neg)(vr x)
{
    return -x;
}

VECTOR_FUNCTION vr V(abs)(vr x)
{
    return (vr)((vu)x & (VECTOR_UNSIGNED)~VECTOR_SIGN);
}

VECTOR_FUNCTION vr V(copysign)(vr x, vr s)
{
    return (vr)(((vu)x & (VECTOR_UNSIGNED)~VECTOR_SIGN) | ((vu)s & (VECTOR_UNSIGNED)VECTOR_SIGN));
}

VECTOR_FUNCTION vu V(set_bits)(VECTOR_UNSIGNED x)
{
    return (vu){0} + x;
}

/* ---- memory and choices: AVX-512 */

#if defined(__AVX512F__)

VECTOR_FUNCTION V(mask) V(first)(int n)
{
    return (V(mask))((1u << n) - 1);
}

VECTOR_FUNCTION vr V(load_part)(const real *p, int n)
{
    return (vr)VECTOR_X86(maskz_loadu)(V(first)(n), p);
}

VECTOR_FUNCTION void V(store_part)(real *p, vr x, int n)
{
    VECTOR_X86(mask_storeu)(p, V(first)(n), (VECTOR_REGISTER)x);
}

#ifdef REAL_F64
#define VECTOR_COMPARE(a, how, b) _mm512_cmp_pd_mask((__m512d)(a), (__m512d)(b), how)
#else
#define VECTOR_COMPARE(a, how, b) _mm512_cmp_ps_mask((__m512)(a), (__m512)(b), how)
#endif

VECTOR_FUNCTION vm V(less)(vr a, vr b)
{
    return VECTOR_COMPARE(a, _CMP_LT_OQ, b);
}

VECTOR_FUNCTION vm V(less_equal)(vr a, vr b)
{
    return VECTOR_COMPARE(a, _CMP_LE_OQ, b);
}

VECTOR_FUNCTION vm V(equal)(vr a, vr b)
{
    return VECTOR_COMPARE(a, _CMP_EQ_OQ, b);
}

VECTOR_FUNCTION vm V(not_equal)(vr a, vr b)
{
    return VECTOR_COMPARE(a, _CMP_NEQ_UQ, b);
}

VECTOR_FUNCTION vr V(sel)(vm m, vr a, vr b)
{
    return (vr)VECTOR_X86(mask_blend)(m, (VECTOR_REGISTER)b, (VECTOR_REGISTER)a);
}

VECTOR_FUNCTION vm V(mask_of)(vu x)
{
#ifdef REAL_F64
    return _mm512_test_epi64_mask((__m512i)x, (__m512i)x);
#else
    return _mm512_test_epi32_mask((__m512i)x, (__m512i)x);
#endif
}

VECTOR_FUNCTION int V(any)(vm m)
{
    return m != 0;
}

VECTOR_FUNCTION vm V(load_bools)(const uint8_t *p)
{
    __m128i bytes = VN == 16 ? _mm_loadu_si128((const void *)p) : _mm_loadl_epi64((const void *)p);
    return (vm)_mm_test_epi8_mask(bytes, bytes);
}

VECTOR_FUNCTION void V(store_bools)(uint8_t *p, vm m)
{
    __m128i bytes = _mm_maskz_set1_epi8(m, 1);
    if (VN == 16)
        _mm_storeu_si128((void *)p, bytes);
    else
        _mm_storel_epi64((void *)p, bytes);
}

#undef VECTOR_COMPARE

/* ---- memory and choices: the others */

#else

#if defined(__AVX2__)
VECTOR_FUNCTION __m256i V(first)(int n)
{
    static const VECTOR_SIGNED choices[16] = {
        -1, -1, -1, -1,
#ifndef REAL_F64
        -1, -1, -1, -1,
#endif
    };
    return _mm256_loadu_si256((const void *)(choices + VN - n));
}

VECTOR_FUNCTION vr V(load_part)(const real *p, int n)
{
    return (vr)VECTOR_X86(maskload)(p, V(first)(n));
}

VECTOR_FUNCTION void V(store_part)(real *p, vr x, int n)
{
    VECTOR_X86(maskstore)(p, V(first)(n), (VECTOR_REGISTER)x);
}
#else
VECTOR_FUNCTION vr V(load_part)(const real *p, int n)
{
    vr x = {0};
    for (int i = 0; i < n; i++)
        x[i] = p[i];
    return x;
}

VECTOR_FUNCTION void V(store_part)(real *p, vr x, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = x[i];
}
#endif

VECTOR_FUNCTION vm V(less)(vr a, vr b)
{
    return a < b;
}

VECTOR_FUNCTION vm V(less_equal)(vr a, vr b)
{
    return a <= b;
}

VECTOR_FUNCTION vm V(equal)(vr a, vr b)
{
    return a == b;
}

VECTOR_FUNCTION vm V(not_equal)(vr a, vr b)
{
    return a != b;
}

VECTOR_FUNCTION vr V(sel)(vm m, vr a, vr b)
{
#ifdef __AVX2__
    return (vr)VECTOR_X86(blendv)((VECTOR_REGISTER)b, (VECTOR_REGISTER)a, (VECTOR_REGISTER)m);
#else
    return (vr)((m & (vi)a) | (~m & (vi)b));
#endif
}

VECTOR_FUNCTION vm V(mask_of)(vu x)
{
    return x != 0;
}

VECTOR_FUNCTION int V(any)(vm m)
{
#ifdef VECTOR_X86
    return VECTOR_X86(movemask)((VECTOR_REGISTER)m) != 0;
#else
    return vmaxvq_u32((uint32x4_t)m) != 0;
#endif
}

VECTOR_FUNCTION vm V(load_bools)(const uint8_t *p)
{
#ifdef __AVX2__
    __m128i bytes = VN == 8 ? _mm_loadl_epi64((const void *)p) : _mm_loadu_si32(p);
    return (vm)(VN == 8 ? _mm256_cvtepu8_epi32(bytes) : _mm256_cvtepu8_epi64(bytes)) != 0;
#else
    vm m = {0};
    for (int i = 0; i < VN; i++)
        m[i] = -(VECTOR_SIGNED)(p[i] != 0);
    return m;
#endif
}

VECTOR_FUNCTION void V(store_bools)(uint8_t *p, vm m)
{
#ifdef __AVX2__
    __m256i lanes = (__m256i)m;
    __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    if (VN == 4) /* a lane gives two equal words */
        words = _mm_packs_epi32(words, words);
    __m128i bytes = _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1));
    memcpy(p, &bytes, (size_t)VN);
#else
    for (int i = 0; i < VN; i++)
        p[i] = m[i] != 0;
#endif
}

#endif

/* ---- memory and arithmetic: x86 */

#if defined(VECTOR_X86)

VECTOR_FUNCTION vr V(load)(const real *p)
{
    return (vr)VECTOR_X86(loadu)(p);
}

VECTOR_FUNCTION void V(store)(real *p, vr x)
{
    VECTOR_X86(storeu)(p, (VECTOR_REGISTER)x);
}

VECTOR_FUNCTION void V(stream)(real *p, vr x)
{
    VECTOR_X86(stream)(p, (VECTOR_REGISTER)x);
}

VECTOR_FUNCTION vr V(set)(real x)
{
    return (vr)VECTOR_X86(set1)(x);
}

VECTOR_FUNCTION vr V(sqrt)(vr x)
{
    return (vr)VECTOR_X86(sqrt)((VECTOR_REGISTER)x);
}

/* The instructions give their second operand where one is NaN. */
VECTOR_FUNCTION vr V(min)(vr a, vr b)
{
    vr x = (vr)VECTOR_X86(min)((VECTOR_REGISTER)a, (VECTOR_REGISTER)b);
    return V(sel)(V(not_equal)(a, a), a, x);
}

VECTOR_FUNCTION vr V(max)(vr a, vr b)
{
    vr x = (vr)VECTOR_X86(max)((VECTOR_REGISTER)a, (VECTOR_REGISTER)b);
    return V(sel)(V(not_equal)(a, a), a, x);
}

VECTOR_FUNCTION vr V(min_number)(vr a, vr b)
{
    return (vr)VECTOR_X86(min)((VECTOR_REGISTER)a, (VECTOR_REGISTER)b);
}

VECTOR_FUNCTION vr V(max_number)(vr a, vr b)
{
    return (vr)VECTOR_X86(max)((VECTOR_REGISTER)a, (VECTOR_REGISTER)b);
}

VECTOR_FUNCTION vr V(at_most)(vr x, vr high)
{
    return (vr)VECTOR_X86(min)((VECTOR_REGISTER)high, (VECTOR_REGISTER)x);
}

VECTOR_FUNCTION vr V(clamp)(vr x, vr low, vr high)
{
    return V(at_most)((vr)VECTOR_X86(max)((VECTOR_REGISTER)low, (VECTOR_REGISTER)x), high);
}

/* ---- memory and arithmetic: NEON */

#else

VECTOR_FUNCTION vr V(load)(const real *p)
{
    return (vr)VECTOR_NEON(vld1q)(p);
}

VECTOR_FUNCTION void V(store)(real *p, vr x)
{
    VECTOR_NEON(vst1q)(p, (VECTOR_REGISTER)x);
}

VECTOR_FUNCTION void V(stream)(real *p, vr x)
{
    V(store)(p, x);
}

VECTOR_FUNCTION vr V(set)(real x)
{
    return (vr)VECTOR_NEON(vdupq_n)(x);
}

VECTOR_FUNCTION vr V(sqrt)(vr x)
{
    return (vr)VECTOR_NEON(vsqrtq)((VECTOR_REGISTER)x);
}

VECTOR_FUNCTION vr V(min)(vr a, vr b)
{
    return V(sel)((a < b) | (a != a), a, b);
}

VECTOR_FUNCTION vr V(max)(vr a, vr b)
{
    return V(sel)((b < a) | (a != a), a, b);
}

VECTOR_FUNCTION vr V(min_number)(vr a, vr b)
{
    return V(sel)(a < b, a, b);
}

VECTOR_FUNCTION vr V(max_number)(vr a, vr b)
{
    return V(sel)(b < a, a, b);
}

VECTOR_FUNCTION vr V(at_most)(vr x, vr high)
{
    return V(sel)(high < x, high, x);
}

VECTOR_FUNCTION vr V(clamp)(vr x, vr low, vr high)
{
    return V(at_most)(V(sel)(x < low, low, x), high);
}

#endif

/* ---- fused multiply-add */

#if defined(__FMA__) || defined(__AVX512F__) || defined(__ARM_NEON)

VECTOR_FUNCTION vr V(fma)(vr a, vr b, vr c)
{
#ifdef VECTOR_X86
    return (vr)VECTOR_X86(fmadd)((VECTOR_REGISTER)a, (VECTOR_REGISTER)b, (VECTOR_REGISTER)c);
#else
    return (vr)VECTOR_NEON(vfmaq)((VECTOR_REGISTER)c, (VECTOR_REGISTER)a, (VECTOR_REGISTER)b);
#endif
}

VECTOR_FUNCTION vr V(fma_once)(vr a, vr b, vr c)
{
    return V(fma)(a, b, c);
}

#else

VECTOR_FUNCTION vr V(fma)(vr a, vr b, vr c)
{
    return a * b + c;
}

/* The upper half of the bits of x (Dekker 1971). */
VECTOR_FUNCTION vr V(upper_half)(vr x)
{
    vr t = x * VECTOR_SPLITTER;
    return t - (t - x);
}

/* Product and sum each with the part that rounding took (Dekker 1971, Knuth 1969). */
VECTOR_FUNCTION vr V(fma_once)(vr a, vr b, vr c)
{
    vr high_a = V(upper_half)(a), low_a = a - high_a, high_b = V(upper_half)(b), low_b = b - high_b;
    vr product = a * b;
    vr lost = ((high_a * high_b - product) + high_a * low_b + low_a * high_b) + low_a * low_b;
    vr sum = product + c, added = sum - product;
    return sum + ((product - (sum - added)) + (c - added) + lost);
}

#endif

/* ---- whole numbers */

#if defined(__AVX512F__)
#define VECTOR_ROUND(how, sse2, neon) \
    return (vr)VECTOR_X86(roundscale)((VECTOR_REGISTER)x, how | _MM_FROUND_NO_EXC)
#elif defined(__AVX2__)
#define VECTOR_ROUND(how, sse2, neon) \
    return (vr)VECTOR_X86(round)((VECTOR_REGISTER)x, how | _MM_FROUND_NO_EXC)
#elif defined(VECTOR_X86)
#define VECTOR_ROUND(how, sse2, neon) sse2
#else
#define VECTOR_ROUND(how, sse2, neon) return (vr)VECTOR_NEON(neon)((VECTOR_REGISTER)x)
#endif

#if defined(VECTOR_X86) && !defined(__AVX2__)
/* Adding 2^23 (2^52) leaves no bits behind the point.  Larger numbers have none. */
VECTOR_FUNCTION vr V(nearest)(vr x)
{
    vr size = V(abs)(x), shift = V(set)(VECTOR_SHIFTER / 3 * 2);
    return V(sel)(size < shift, V(copysign)((size + shift) - shift, x), x);
}
#endif

VECTOR_FUNCTION vr V(round)(vr x)
{
    VECTOR_ROUND(_MM_FROUND_TO_NEAREST_INT, return V(nearest)(x), vrndnq);
}

VECTOR_FUNCTION vr V(floor)(vr x)
{
    VECTOR_ROUND(_MM_FROUND_TO_NEG_INF, vr y = V(nearest)(x);
                 return V(copysign)(y + __builtin_convertvector(y > x, vr), x), vrndmq);
}

VECTOR_FUNCTION vr V(ceil)(vr x)
{
    VECTOR_ROUND(_MM_FROUND_TO_POS_INF, vr y = V(nearest)(x);
                 return V(copysign)(y - __builtin_convertvector(y < x, vr), x), vrndpq);
}

#undef VECTOR_ROUND

/* 64-bit integers have no conversion before AVX-512 on x86: the sum with 1.5 2^52 holds the number
 * in its lower bits. */
VECTOR_FUNCTION vi V(toint)(vr x)
{
#if !defined(VECTOR_X86)
#ifdef REAL_F64
    return (vi)vcvtnq_s64_f64((VECTOR_REGISTER)x);
#else
    return (vi)vcvtnq_s32_f32((VECTOR_REGISTER)x);
#endif
#elif !defined(REAL_F64)
    return (vi)VECTOR_WIDTH(cvtps_epi32)((VECTOR_REGISTER)x);
#else
    return (vi)(x + VECTOR_SHIFTER) - (vi)V(set)(VECTOR_SHIFTER);
#endif
}

VECTOR_FUNCTION vr V(fromint)(vi x)
{
#if defined(VECTOR_X86) && defined(REAL_F64)
    return (vr)(x + (vi)V(set)(VECTOR_SHIFTER)) - VECTOR_SHIFTER;
#else
    return __builtin_convertvector(x, vr);
#endif
}

#ifndef REAL_F64
VECTOR_FUNCTION vr V(pick)(vu i, const float number[8])
{
#if defined(__AVX512F__)
    return (vr)_mm512_permutexvar_ps((__m512i)i, _mm512_broadcast_f32x8(_mm256_loadu_ps(number)));
#elif defined(__AVX2__)
    return (vr)_mm256_permutevar8x32_ps(_mm256_loadu_ps(number), (__m256i)i);
#else
    vu at = i & 7;
    return (vr){number[at[0]], number[at[1]], number[at[2]], number[at[3]]};
#endif
}
#endif

/* 2^n would leave the range of exponents, so it is taken as 2^floor(n/2) 2^ceil(n/2).  Only the
 * second product can round. */
VECTOR_FUNCTION vr V(scale)(vr x, vr n)
{
#ifdef __AVX512F__
    return (vr)VECTOR_X86(scalef)((VECTOR_REGISTER)x, (VECTOR_REGISTER)n);
#else
    vu twice = (vu)(n + (VECTOR_SHIFTER / 8 + 2 * VECTOR_BIAS)) >> 3, floor = twice >> 1,
       ceil = twice - floor;
    return x * (vr)(floor << VECTOR_MANTISSA) * (vr)(ceil << VECTOR_MANTISSA);
#endif
}

#include "cpu/vector_lanes.inc"

/* ---- bf16 */

#ifndef REAL_F64
VECTOR_FUNCTION vr V(load_bf16)(const uint16_t *p)
{
#if defined(__AVX512F__)
    return (vr)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)p)), 16);
#elif defined(__AVX2__)
    return (vr)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const void *)p)), 16);
#else
    vu x = {p[0], p[1], p[2], p[3]};
    return (vr)(x << 16);
#endif
}

VECTOR_FUNCTION void V(store_bf16)(uint16_t *p, vr x)
{
    vu bits = (vu)x;
    vu nearest = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
    vu y = (vu)V(sel)(V(not_equal)(x, x), (vr)quiet, (vr)nearest);
#if defined(__AVX512F__)
    _mm256_storeu_si256((void *)p, _mm512_cvtepi32_epi16((__m512i)y));
#elif defined(__AVX2__)
    __m256i lanes = (__m256i)y;
    __m128i words =
        _mm_packus_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    _mm_storeu_si128((void *)p, words);
#else
    for (int i = 0; i < VN; i++)
        p[i] = (uint16_t)y[i];
#endif
}
#endif
