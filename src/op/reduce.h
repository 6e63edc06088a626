/* Sums, largest and smallest over axes, and the index of the largest. */
#ifndef OP_REDUCE_H
#define OP_REDUCE_H

#include "core/graph.h"

struct reduce_attributes {
    ad_axes axes; /* counted from 0, in rising order; the result lacks them */
};

struct argmax_attributes {
    int64_t axis;
};

extern const struct op op_sum, op_max, op_min; /* reduce_attributes */
extern const struct op op_argmax;

/* Checks x and axes of a call, and counts those from 0 in rising order; poison where something is
 * wrong, else NULL. */
ad_tensor *reduce_axes(ad_tensor *x, const char *call, const ad_axes *axes, ad_axes *out);

/* How many elements of x one of the results over plain axes is made of, as a number of x's type. */
ad_tensor *reduce_size(ad_tensor *x, const ad_axes *axes);

#endif
