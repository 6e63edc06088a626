/* Angles so large that a few parts of pi do not reduce them (Payne and Hanek 1983).
 *
 * With x = m 2^e, m of 53 bits, x 2/pi modulo 4 takes only those bits of 2/pi whose weight times 2^e
 * is below 4: of these 192 are enough, as no double comes nearer to a multiple of pi/2 than 2^-62. */
#ifndef OP_ANGLE_H
#define OP_ANGLE_H

#include <math.h>
#include <stdint.h>

enum { ANGLE_WORDS = 6 };

/* product = m times the 192 bits of 2/pi from bit first on, modulo 2^192; most significant word first. */
static inline void angle_multiply(uint64_t m, int first, uint32_t product[ANGLE_WORDS])
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
    uint64_t carry = 0, upper_carry = 0;
    uint32_t upper = 0;
    for (int i = ANGLE_WORDS - 1; i >= 0; i--) {
        uint64_t both = (uint64_t)word[i] << 32 | word[i + 1];
        uint64_t factor = (uint32_t)(both << (first % 32) >> 32);
        carry += factor * (uint32_t)m;
        upper_carry += (uint32_t)carry + (uint64_t)upper;
        product[i] = (uint32_t)upper_carry;
        carry >>= 32, upper_carry >>= 32;
        uint64_t next = factor * (m >> 32);
        upper = (uint32_t)next;
        upper_carry += next >> 32;
    }
}

/* x - n pi/2 for the nearest n, and n modulo 4, for finite x >= 2^10. */
static inline double large_angle(double x, int *quarters)
{
    int exponent;
    uint64_t m = (uint64_t)ldexp(frexp(x, &exponent), 53);
    uint32_t part[ANGLE_WORDS];
    angle_multiply(m, exponent - 53 - 2 + 64, part);
    int whole = (int)(part[0] >> 30), up = (int)(part[0] >> 29 & 1);
    uint32_t flip = up ? ~(uint32_t)0 : 0; /* above a half: what is missing to the next one, less 2^-190 */
    double fraction = 0;
    for (int i = ANGLE_WORDS - 1; i >= 0; i--) {
        uint32_t bits = part[i] ^ flip;
        fraction = fraction * 0x1p-32 + (i ? bits : bits & 0x3fffffff);
    }
    fraction *= up ? -0x1p-30 : 0x1p-30;
    *quarters = (whole + up) & 3;
    return fma(fraction, 0x1.921fb54442d18p+0, fraction * 0x1.1a62633145c07p-54);
}

#endif
