/* A small generator of whole numbers, the same on every machine: SplitMix64 (Steele, Lea and Flood
 * 2014). */
#ifndef ADZE_KIT_RANDOM_H
#define ADZE_KIT_RANDOM_H

#include <stdint.h>

typedef struct random_state {
    uint64_t word;
} random_state;

/* A generator of its own for each pair. */
random_state random_start(uint64_t seed, uint64_t stream);
uint64_t random_next(random_state *r);
/* 0 to below count, every number as likely. */
uint64_t random_below(random_state *r, uint64_t count);
/* low to below high, in steps of 2^-32 of the width. */
double random_between(random_state *r, double low, double high);

#endif
