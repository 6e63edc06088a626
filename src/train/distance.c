/* Distances of all pairs of thousands of pictures are most of what measuring them costs: squares
 * are added up in LANES sums of their own, which vectors hold, and blocks of them in double. */
#include "distance.h"

#include <math.h>

enum { LANES = 16, BLOCK = 64 * LANES };

/* Of whole lanes.  A sum is of 64 squares at most: 64 / 2^24 of it is the most that rounding takes.
 */
static double squares_of_lanes(const float *a, const float *b, int64_t width)
{
    float lane[LANES] = {0};
    for (int64_t i = 0; i < width; i += LANES)
        for (int k = 0; k < LANES; k++) {
            float d = a[i + k] - b[i + k];
            lane[k] += d * d;
        }
    double sum = 0;
    for (int k = 0; k < LANES; k++)
        sum += (double)lane[k];
    return sum;
}

double distance_between(const float *a, const float *b, int64_t width)
{
    double squares = 0;
    int64_t whole = width - width % LANES;
    for (int64_t i = 0; i < whole; i += BLOCK)
        squares += squares_of_lanes(a + i, b + i, whole - i < BLOCK ? whole - i : BLOCK);
    for (int64_t i = whole; i < width; i++) {
        double d = (double)a[i] - (double)b[i];
        squares += d * d;
    }
    return sqrt(squares);
}
