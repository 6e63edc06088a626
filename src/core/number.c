/* Single numbers in and out of typed memory. */
#include "core/number.h"

#include <math.h>

/* The number in [low, high] that is nearest to v, cut to a whole one; the bounds are exact. */
static int64_t saturate(double v, int64_t low, int64_t high)
{
    if (v != v)
        return 0;
    if (v <= (double)low)
        return low;
    return v >= (double)high ? high : (int64_t)v;
}

union bits {
    float value;
    uint32_t bits;
};

float number_odd(double v)
{
    union bits u = {(float)v};
    double back = (double)u.value;
    if (back == v || back != back)
        return u.value;
    u.bits -= fabs(back) > fabs(v); /* cut, then the last bit says that something is missing */
    u.bits |= 1;
    return u.value;
}

/* Scaled by 2^112 its exponent is that of an f32. */
float number_from_f16(uint16_t bits)
{
    union bits u = {.bits = (uint32_t)(bits & 0x7fff) << 13};
    if (u.bits >= 0x0f800000)
        u.bits |= 0x7f800000;
    else
        u.value *= 0x1p112f;
    u.bits |= (uint32_t)(bits & 0x8000) << 16;
    return u.value;
}

uint16_t number_to_f16(float value)
{
    union bits u = {value};
    uint32_t sign = u.bits >> 16 & 0x8000, size = u.bits & 0x7fffffff;
    if (size > 0x7f800000) /* NaN */
        return (uint16_t)(sign | 0x7e00 | (size >> 13 & 0x3ff));
    if (size >= 0x477ff000) /* 65520 and more */
        return (uint16_t)(sign | 0x7c00);
    if (size < 0x38800000) { /* below 2^-14: added to 0.5, whose last place is 2^-24 */
        union bits small = {.bits = size};
        small.value += 0.5f;
        return (uint16_t)(sign | (small.bits - 0x3f000000));
    }
    return (uint16_t)(sign | (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13);
}

void number_store(ad_type type, void *at, double v)
{
    switch (type) {
    case AD_F32: *(float *)at = (float)v; break;
    case AD_F64: *(double *)at = v; break;
    case AD_I32: *(int32_t *)at = (int32_t)saturate(v, INT32_MIN, INT32_MAX); break;
    case AD_I64: *(int64_t *)at = saturate(v, INT64_MIN, INT64_MAX); break;
    case AD_U8: *(uint8_t *)at = (uint8_t)saturate(v, 0, UINT8_MAX); break;
    case AD_BOOL: *(uint8_t *)at = v != 0; break;
    case AD_BF16: *(uint16_t *)at = number_to_bf16(number_odd(v)); break;
    case AD_F16: *(uint16_t *)at = number_to_f16(number_odd(v)); break;
    case AD_I8: *(int8_t *)at = (int8_t)saturate(v, INT8_MIN, INT8_MAX); break;
    case AD_I16: *(int16_t *)at = (int16_t)saturate(v, INT16_MIN, INT16_MAX); break;
    case AD_U16: *(uint16_t *)at = (uint16_t)saturate(v, 0, UINT16_MAX); break;
    case AD_U32: *(uint32_t *)at = (uint32_t)saturate(v, 0, UINT32_MAX); break;
    }
}
