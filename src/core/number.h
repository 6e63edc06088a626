/* Single numbers in and out of typed memory. */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <adze/adze.h>

/* Writes v as one element of that type: rounded, saturated for integers, 0 for NaN there. */
void number_store(ad_type type, void *at, double v);

/* v as an f32, cut where it does not fit, with a last bit of 1 then: what is rounded from it to
 * half as many bits is as if rounded from v at once (Boldo and Melquiond 2008). */
float number_odd(double v);
/* f16: to the nearest, ties to even; 65520 and more are infinite, NaN stays NaN. */
float number_from_f16(uint16_t bits);
uint16_t number_to_f16(float value);

/* A bf16 is the upper half of an f32. */
static inline float number_from_bf16(uint16_t bits)
{
    union {
        uint32_t bits;
        float value;
    } u = {(uint32_t)bits << 16};
    return u.value;
}

/* To the nearest, ties to even; NaN stays NaN. */
static inline uint16_t number_to_bf16(float value)
{
    union {
        float value;
        uint32_t bits;
    } u = {value};
    if (value != value)
        return (uint16_t)((u.bits >> 16) | 0x40);
    return (uint16_t)((u.bits + 0x7fff + ((u.bits >> 16) & 1)) >> 16);
}

#endif
