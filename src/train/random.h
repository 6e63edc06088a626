/* What draws with the generator of adze/train.h share. */
#ifndef TRAIN_RANDOM_H
#define TRAIN_RANDOM_H

#include <adze/train.h>

/* [0, 1) in steps of 2^-53. */
double random_share(ad_random *r);

/* Streams of a seed: shuffling of epoch e is 2 e + 1, as ad_shuffle; others count down. */
enum { RANDOM_SPLIT = 0, RANDOM_WEIGHTS = 1, RANDOM_SIMILAR = 2, RANDOM_BUFFER = 3 };
static inline uint64_t random_stream(int which, uint64_t epoch)
{
    return which == RANDOM_SPLIT ? (UINT64_MAX >> 1) * 2 + 1
                                 : UINT64_MAX - 8 * epoch - 2 * (uint64_t)which;
}

#endif
