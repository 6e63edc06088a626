/* SplitMix64: a counter and a mixer of its bits; and numbers that belong to a key. */
#include "train/random.h"

#include <adze/train.h>

#include "op/scalar.h"

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

ad_random ad_random_start(uint64_t seed, uint64_t stream)
{
    return (ad_random){mix(mix(seed + 0x9E3779B97F4A7C15u) ^ (stream * 0xD1342543DE82EF95u + 1))};
}

uint64_t ad_random_next(ad_random *r)
{
    r->word += 0x9E3779B97F4A7C15u;
    return mix(r->word);
}

uint64_t ad_random_below(ad_random *r, uint64_t count)
{
    uint64_t word = ad_random_next(r);
    if (word > UINT64_MAX - count) { /* where the last, shorter turn of remainders may be */
        uint64_t limit = UINT64_MAX - UINT64_MAX % count;
        while (word >= limit)
            word = ad_random_next(r);
    }
    return word % count;
}

double random_share(ad_random *r)
{
    return (double)(ad_random_next(r) >> 11) * 0x1p-53;
}

void ad_shuffle(int64_t *order, int64_t count, uint64_t seed, uint64_t epoch)
{
    ad_random r = ad_random_start(seed, 2 * epoch + 1);
    for (int64_t i = 0; i < count; i++) {
        int64_t j = (int64_t)ad_random_below(&r, (uint64_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

float ad_normal_at(const uint64_t key[2], uint32_t i)
{
    return scalar_normal_f32(key[0], 0, key[1], i);
}

double ad_random_at(const uint64_t key[2], uint32_t i)
{
    uint32_t counter[4] = {i, (uint32_t)key[1], (uint32_t)(key[1] >> 32), 0}, word[4];
    uint32_t short_key[2] = {(uint32_t)key[0], (uint32_t)(key[0] >> 32)};
    scalar_philox(counter, short_key, word);
    return (double)((uint64_t)word[0] << 21 ^ word[1] >> 11) * 0x1p-53;
}
