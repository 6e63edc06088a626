/* SplitMix64: a counter and a mixer of its bits. */
#include "random.h"

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

random_state random_start(uint64_t seed, uint64_t stream)
{
    return (random_state){
        mix(mix(seed + 0x9E3779B97F4A7C15u) ^ (stream * 0xD1342543DE82EF95u + 1))};
}

uint64_t random_next(random_state *r)
{
    r->word += 0x9E3779B97F4A7C15u;
    return mix(r->word);
}

uint64_t random_below(random_state *r, uint64_t count)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % count;
    uint64_t word = random_next(r);
    while (word >= limit)
        word = random_next(r);
    return word % count;
}

double random_between(random_state *r, double low, double high)
{
    return low + (high - low) * ((double)(random_next(r) >> 32) * 0x1p-32);
}
