/* The generator of adze/train.h, by shorter names. */
#ifndef ADZE_KIT_RANDOM_H
#define ADZE_KIT_RANDOM_H

#include <adze/train.h>

typedef ad_random random_state;
#define random_start ad_random_start
#define random_next ad_random_next
#define random_below ad_random_below

/* low to below high, in steps of 2^-32 of the width. */
double random_between(random_state *r, double low, double high);

#endif
