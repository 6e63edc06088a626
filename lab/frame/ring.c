/* Points near places that stand equally far apart on a circle of radius 1. */
#include "frame.h"

static const double turn = 6.283185307179586;

lab_data lab_ring(lab *l, int count, int places, double deviation)
{
    lab_data d = lab_examples(l, count, 2, places);
    for (int i = 0; i < count; i++) {
        d.y[i] = (int32_t)(lab_uniform(l) * places);
        double angle = turn * d.y[i] / places;
        d.x[2 * i] = (float)(cos(angle) + deviation * lab_normal(l));
        d.x[2 * i + 1] = (float)(sin(angle) + deviation * lab_normal(l));
    }
    return d;
}

int lab_ring_found(lab *l, const double *pair, int count, int places, double near)
{
    int *hit = lab_memory(l, (size_t)places, sizeof *hit), found = 0;
    for (int i = 0; i < count; i++) {
        double x = pair[2 * i], y = pair[2 * i + 1];
        int place = ((int)lround(atan2(y, x) / turn * places) + places) % places;
        double angle = turn * place / places;
        hit[place] += hypot(x - cos(angle), y - sin(angle)) < near;
    }
    for (int p = 0; p < places; p++)
        found += hit[p] > count / 100;
    return found;
}
