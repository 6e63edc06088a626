/* The formulas of drawn points; include/adze/data.h states them. */
#include "drawn.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

double drawn_even(random_state *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

double drawn_normal(random_state *r)
{
    double length = sqrt(-2 * log(1 - drawn_even(r)));
    return length * cos(2 * pi * drawn_even(r));
}

void drawn_moon(double t, int64_t label, double *point)
{
    double x = cos(pi * t), y = sin(pi * t);
    point[0] = label ? 1 - x : x;
    point[1] = label ? 0.5 - y : y;
}

void drawn_circle(double t, int64_t label, double factor, double *point)
{
    double radius = label ? factor : 1;
    point[0] = radius * cos(2 * pi * t);
    point[1] = radius * sin(2 * pi * t);
}

void drawn_spiral(double t, int64_t label, int64_t labels, double turns, double *point)
{
    double angle = 2 * pi * (turns * t + (double)label / (double)labels);
    point[0] = t * cos(angle);
    point[1] = t * sin(angle);
}

double drawn_sines(double x, int64_t waves, uint64_t seed)
{
    random_state r = random_start(seed, UINT64_MAX);
    double y = 0;
    for (int64_t k = 1; k <= waves; k++)
        y += sin(2 * pi * ((double)k * x + drawn_even(&r))) / (double)k;
    return y;
}
