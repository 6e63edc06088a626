/* The fused loop that a programmer would write by hand for gelu(x w + b): one pass, everything in
 * registers, once with AVX-512 and once with AVX2; written into the caches, with and without asking
 * for memory early, or past them.
 *
 *     gelu(v) = v / 2 (1 + erf(v / sqrt 2))
 *     erf(a) = 1 - e^-L,  L = a (2 / sqrt(pi) + a G(a))  for a >= 0
 *     e^x = 2^n e^r = 2^n (1 + r + r^2 p(r))
 *
 * The polynomials are those of op/math.inc for f32. */
#include "bench.h"

#include <math.h>
#include <stddef.h>

enum { AHEAD = 2048 }; /* floats */

#if defined(__x86_64__)
#include <immintrin.h>

#define BOTH_WIDTHS(form)                                                                    \
    form(avx512, "avx512f,avx512dq", 16, __m512, _mm512_, _mm512_castps_si512,               \
         _mm512_castsi512_ps, _mm512_slli_epi32)                                             \
        form(avx2, "avx2,fma", 8, __m256, _mm256_, _mm256_castps_si256, _mm256_castsi256_ps, \
             _mm256_slli_epi32)

#define GELU(name, sets, lanes, vector, mm, bits, number, shift)                                   \
    __attribute__((target(sets), always_inline)) static inline vector gelu_##name(vector v)        \
    {                                                                                              \
        const vector sign = mm##set1_ps(-0.0f), one = mm##set1_ps(1);                              \
        vector t = mm##mul_ps(v, mm##set1_ps(0x1.6a09e6p-1f));                                     \
        vector a = mm##min_ps(mm##andnot_ps(sign, t), mm##set1_ps(3.95f));                         \
        vector w = mm##mul_ps(a, a), even = mm##set1_ps(0x1.ef795ap-14f);                          \
        vector odd = mm##set1_ps(-0x1.3823dep-17f);                                                \
        even = mm##fmadd_ps(even, w, mm##set1_ps(0x1.b61d28p-10f));                                \
        odd = mm##fmadd_ps(odd, w, mm##set1_ps(-0x1.4cd98ep-11f));                                 \
        even = mm##fmadd_ps(even, w, mm##set1_ps(-0x1.39c126p-6f));                                \
        odd = mm##fmadd_ps(odd, w, mm##set1_ps(-0x1.5a8c5ep-13f));                                 \
        even = mm##fmadd_ps(even, w, mm##set1_ps(0x1.45f2fep-1f));                                 \
        odd = mm##fmadd_ps(odd, w, mm##set1_ps(0x1.a4f96p-4f));                                    \
        vector rest = mm##fmadd_ps(odd, a, even);                                                  \
        vector x = mm##mul_ps(a, mm##fmadd_ps(a, rest, mm##set1_ps(0x1.20dd76p+0f)));              \
        x = mm##xor_ps(x, sign);                                                                   \
        const vector shifter = mm##set1_ps(0x1.8p23f + 127);                                       \
        vector sum = mm##fmadd_ps(x, mm##set1_ps(0x1.715476p+0f), shifter);                        \
        vector n = mm##sub_ps(sum, shifter);                                                       \
        vector r = mm##fmadd_ps(n, mm##set1_ps(-0x1.62e43p-1f), x);                                \
        vector p = mm##set1_ps(0x1.6e56f2p-10f);                                                   \
        p = mm##fmadd_ps(p, r, mm##set1_ps(0x1.12344ep-7f));                                       \
        p = mm##fmadd_ps(p, r, mm##set1_ps(0x1.555446p-5f));                                       \
        p = mm##fmadd_ps(p, r, mm##set1_ps(0x1.5554ap-3f));                                        \
        p = mm##fmadd_ps(p, r, mm##set1_ps(0.5f));                                                 \
        p = mm##fmadd_ps(mm##mul_ps(r, r), p, r);                                                  \
        vector power = number(shift(bits(sum), 23));                                               \
        vector e = mm##fmadd_ps(power, p, power);                                                  \
        vector erf = mm##or_ps(mm##sub_ps(one, e), mm##and_ps(t, sign));                           \
        return mm##mul_ps(mm##mul_ps(v, mm##set1_ps(0.5f)), mm##add_ps(one, erf));                 \
    }                                                                                              \
    __attribute__((target(sets))) static void row_##name(int64_t count, const float *x,            \
                                                         const float *w, const float *b, float *y) \
    {                                                                                              \
        for (int64_t i = 0; i < count; i += lanes)                                                 \
            mm##storeu_ps(y + i,                                                                   \
                          gelu_##name(mm##fmadd_ps(mm##loadu_ps(x + i), mm##loadu_ps(w + i),       \
                                                   mm##loadu_ps(b + i))));                         \
    }                                                                                              \
    __attribute__((target(sets))) static void ahead_##name(                                        \
        int64_t count, const float *x, const float *w, const float *b, float *y)                   \
    {                                                                                              \
        for (int64_t i = 0; i < count; i += lanes) {                                               \
            __builtin_prefetch(x + i + AHEAD);                                                     \
            __builtin_prefetch(y + i + AHEAD, 1);                                                  \
            mm##storeu_ps(y + i,                                                                   \
                          gelu_##name(mm##fmadd_ps(mm##loadu_ps(x + i), mm##loadu_ps(w + i),       \
                                                   mm##loadu_ps(b + i))));                         \
        }                                                                                          \
    }                                                                                              \
    __attribute__((target(sets))) static void past_##name(                                         \
        int64_t count, const float *x, const float *w, const float *b, float *y)                   \
    {                                                                                              \
        for (int64_t i = 0; i < count; i += lanes)                                                 \
            mm##stream_ps(y + i,                                                                   \
                          gelu_##name(mm##fmadd_ps(mm##loadu_ps(x + i), mm##loadu_ps(w + i),       \
                                                   mm##loadu_ps(b + i))));                         \
    }
BOTH_WIDTHS(GELU)

hand_row *hand_gelu(int form, const char *isa)
{
    return hand_of(isa, form, (hand_row *const[HAND_FORMS]){row_avx512, ahead_avx512, past_avx512},
                   (hand_row *const[HAND_FORMS]){row_avx2, ahead_avx2, past_avx2});
}

#else

static void row_plain(int64_t count, const float *x, const float *w, const float *b, float *y)
{
    for (int64_t i = 0; i < count; i++) {
        float v = x[i] * w[i] + b[i];
        y[i] = 0.5f * v * (1 + erff(v * 0x1.6a09e6p-1f));
    }
}

hand_row *hand_gelu(int form, const char *isa)
{
    (void)isa;
    return form == 0 ? row_plain : NULL;
}

#endif
