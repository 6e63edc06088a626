/* One or two axes of places in another size, each place of the result weighed of its neighbours: x
 * (outer, places, inner) or (outer, height, width, inner), height first, or the adjoint of that. */
#ifndef OP_MORE_RESAMPLE_H
#define OP_MORE_RESAMPLE_H

#include "op/shape.h"

enum {
    RESAMPLE_MEAN = AD_RESIZE_CUBIC + 1
}; /* of the places i scale to (i + 1) scale, whole ones */

struct resample_attributes {
    ad_dim height, width; /* of the result; width 1 where there is one axis */
    double factor;        /* of the sizes; 0: what they are */
    int64_t mode;         /* ad_resize_mode or RESAMPLE_MEAN */
    bool align_corners, antialias;
    bool back; /* the adjoint: from the new size to this one */
};

extern const struct op op_resample;

/* An axis whose sizes are numbers. */
struct resample_axis {
    const struct resample_attributes *a;
    int64_t before, after; /* of the resizing, whose adjoint this may be */
    int64_t taps;          /* of a place after, at most */
    double scale, half;    /* places before for one after; reach of the weights */
};
struct resample_axis resample_axis(const struct resample_attributes *a, int64_t in, int64_t out);
/* Result place i is the sum over start[i] <= k < start[i + 1], in order and from 0, of weight[k]
 * times place from[k].  Room: start places of the result + 1, the others after * taps. */
void resample_table(const struct resample_axis *r, int32_t *start, int32_t *from, double *weight);

#endif
