/* Sums, largest, smallest and products over axes, and the index of the largest. */
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
#ifdef ADZE_EXTRAS
extern const struct op op_prod; /* reduce_attributes */
#endif

enum reduction { REDUCE_SUM, REDUCE_MAXIMUM, REDUCE_MINIMUM, REDUCE_PRODUCT, REDUCTIONS };

/* REDUCTIONS: it is none. */
static inline enum reduction reduction_of(const struct op *op)
{
#ifdef ADZE_EXTRAS
    if (op == &op_prod)
        return REDUCE_PRODUCT;
#endif
    return op == &op_sum   ? REDUCE_SUM
           : op == &op_max ? REDUCE_MAXIMUM
           : op == &op_min ? REDUCE_MINIMUM
                           : REDUCTIONS;
}

/* What their records and calls share. */
ad_status reduce_infer(struct infer *f);
ad_status reduce_naive(const struct call *c);
ad_tensor *reduce_build(const struct op *op, const char *call, ad_tensor *x, const ad_axes *axes,
                        const ad_reduce_options *options);

/* Checks x and axes of a call, and counts those from 0 in rising order; poison where something is
 * wrong, else NULL. */
ad_tensor *reduce_axes(ad_tensor *x, const char *call, const ad_axes *axes, ad_axes *out);

/* How many elements of x one of the results over plain axes is made of, as a number of x's type. */
ad_tensor *reduce_size(ad_tensor *x, const ad_axes *axes);

#endif
