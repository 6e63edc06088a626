/* Bands whose points come from others, as the best of a sweep. */
#include "frame.h"

lab_band lab_new_band(lab *l, const double *x, int count)
{
    return (lab_band){x, lab_numbers(l, count), lab_numbers(l, count), lab_numbers(l, count),
                      count};
}

void lab_take(lab_band *into, int at, const lab_band *from, int which)
{
    into->low[at] = from->low[which];
    into->high[at] = from->high[which];
    into->mean[at] = from->mean[which];
}

void lab_take_best(lab *l, lab_band *into, int at, const double *x, int count, lab_measure *measure,
                   const void *with)
{
    lab_band b = lab_sweep(l, x, count, (int)lab_get(l, "seeds"), measure, with);
    lab_take(into, at, &b, lab_most(b.mean, count));
}
