/* Whole numbers at random, the same on every machine: SplitMix64 (Steele, Lea and Flood 2014). */
#ifndef TRAIN_RANDOM_H
#define TRAIN_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t word;
};

/* A generator of its own for each pair. */
struct random random_start(uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *r);
/* 0 to below count, every number as likely. */
uint64_t random_below(struct random *r, uint64_t count);
/* [0, 1) in steps of 2^-53. */
double random_share(struct random *r);

/* Streams of a seed: shuffling of epoch e is 2 e + 1, as ad_shuffle; others count down. */
enum { RANDOM_SPLIT = 0, RANDOM_WEIGHTS = 1, RANDOM_SIMILAR = 2, RANDOM_BUFFER = 3 };
static inline uint64_t random_stream(int which, uint64_t epoch)
{
    return which == RANDOM_SPLIT ? (UINT64_MAX >> 1) * 2 + 1
                                 : UINT64_MAX - 8 * epoch - 2 * (uint64_t)which;
}

#endif
