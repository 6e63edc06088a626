/* What feeds are filled with: a small generator is enough (xorshift, Marsaglia 2003). */
#include "bench.h"

#include <stdlib.h>

static uint32_t next_bits(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Sum of uniforms: mean 0, deviation 1. */
static double nearly_normal(uint32_t *state)
{
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += (double)next_bits(state) * 0x1p-32 - 0.5;
    return 2 * sum;
}

static void put(const ad_array *array, int64_t i, double value)
{
    switch (array->type) {
    case AD_F32: ((float *)array->data)[i] = (float)value; break;
    case AD_F64: ((double *)array->data)[i] = value; break;
    default: ((int32_t *)array->data)[i] = (int32_t)value; break;
    }
}

bool job_fill(const job_feed *feed, ad_array *array, uint32_t *random)
{
    array->type = ad_tensor_type(feed->tensor);
    array->shape = ad_tensor_shape(feed->tensor);
    array->data = aligned_alloc(64, (ad_array_bytes(array) + 64) / 64 * 64);
    if (!array->data)
        return false;
    for (int64_t i = 0, n = ad_array_count(array); i < n; i++)
        put(array, i,
            feed->fill == FILL_NORMAL ? nearly_normal(random)
            : feed->fill == FILL_BITS ? next_bits(random) & 1
                                      : next_bits(random) % (uint32_t)feed->limit);
    return true;
}
