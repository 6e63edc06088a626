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

#endif
