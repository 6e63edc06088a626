/* Mean 0 and variance 1 over some axes: the core of layer norm and batch norm. */
#ifndef OP_STANDARDIZE_H
#define OP_STANDARDIZE_H

#include "core/graph.h"

struct standardize_attributes {
    ad_axes axes; /* counted from 0, in rising order */
    double epsilon;
};

extern const struct op op_standardize;

ad_tensor *standardize(ad_tensor *x, const ad_axes *axes, double epsilon);
/* x minus its mean over the axes, and the mean square of that: nodes equal to those of the
 * expansion. */
ad_tensor *standardize_centered(ad_tensor *x, const ad_axes *axes);
ad_tensor *standardize_variance(ad_tensor *x, const ad_axes *axes);

#endif
