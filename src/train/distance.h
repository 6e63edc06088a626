/* How far rows of numbers are apart. */
#ifndef ADZE_TRAIN_DISTANCE_H
#define ADZE_TRAIN_DISTANCE_H

#include <stdint.h>

/* The Euclidean distance of a and b, of `width` numbers each. */
double distance_between(const float *a, const float *b, int64_t width);

#endif
