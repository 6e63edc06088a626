/* Single numbers in and out of typed memory. */
#include "core/number.h"

/* The number in [low, high] that is nearest to v, cut to a whole one; the bounds are exact. */
static int64_t saturate(double v, int64_t low, int64_t high)
{
    if (v != v)
        return 0;
    if (v <= (double)low)
        return low;
    return v >= (double)high ? high : (int64_t)v;
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
    case AD_BF16: *(uint16_t *)at = number_to_bf16((float)v); break;
    }
}
