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

/* Over plain axes, which stay with size 1.  The mean is near + apart, and a variance that cannot be
 * said in the type is square / scale^2; scale is NULL where it is 1.  See standardize.c. */
struct moments {
    ad_tensor *near, *distance; /* the mean, rounded; x less that */
    ad_tensor *apart, *square, *scale;
};

/* Nodes equal to those of the expansion where scaled is false and some axis stays behind. */
struct moments moments_of(ad_tensor *x, const ad_axes *axes, double epsilon, bool scaled);
ad_tensor *moments_variance(const struct moments *m);

#endif
