/* 95 % intervals: Wilson's of shares, percentiles of resamples else. */
#include <math.h>
#include <string.h>

#include "metric.h"
#include "random.h"

void metric_wilson(double share, double n, double *low, double *high)
{
    const double z = 1.959963984540054;
    double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
    double half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    *low = fmax(0, fmin(middle - half, share));
    *high = fmin(1, fmax(middle + half, share));
}

/* t by its expansion about the normal quantile (Abramowitz and Stegun 1964, 26.7.5). */
double metric_expanded(double n)
{
    const double z = 1.959963984540054, g[] = {2.37227123, 2.82249862, 2.55584968, 1.58953405};
    double t = z, d = n - 1;
    for (int i = 0; i < 4; i++)
        t += g[i] / pow(d, i + 1);
    return erfc(t * sqrt(n / d) / sqrt(2)) / 2;
}

double metric_quantile(const double *sorted, int64_t count, double q)
{
    double at = q * (double)(count - 1);
    int64_t below = (int64_t)at, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

/* Below 2^31, from the upper 32 bits of a draw: biased by no more than count / 2^32, and twice as
 * fast as a remainder. */
static uint64_t below(random_state *r, uint64_t count)
{
    return (random_next(r) >> 32) * count >> 32;
}

void metric_draw(const metric_work *w, uint64_t seed, int64_t number, double *weight, double *drawn)
{
    random_state r = random_start(seed, (uint64_t)number);
    double *times = w->unit ? drawn : weight;
    memset(times, 0, (size_t)w->units * sizeof *times);
    for (int64_t i = 0; i < w->units; i++)
        times[below(&r, (uint64_t)w->units)]++;
    for (int64_t i = 0; i < w->count; i++)
        weight[i] = w->weight[i] * times[w->unit ? w->unit[i] : i];
}
