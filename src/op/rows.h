/* Short forms of what the composites are built from: sums over axes that keep the axes with size 1,
 * so that the result meets its input again by broadcasting. */
#ifndef OP_ROWS_H
#define OP_ROWS_H

#include "core/graph.h"

ad_tensor *rows_sum(ad_tensor *x, int axis);
ad_tensor *rows_maximum(ad_tensor *x, int axis);
ad_tensor *rows_mean(ad_tensor *x, ad_axes axes);
/* The mean of d, or of d y.  Where d is a product with what is the same along the axes, the means
 * are multiplied: so the scale of a norm, whose own gradient needs the sum without it, makes no sum
 * more. */
ad_tensor *rows_mean_of(ad_tensor *d, ad_tensor *y, const ad_axes *axes);
/* A number of x's type. */
ad_tensor *rows_number(const ad_tensor *x, double value);
/* The size of an axis as a number of x's type. */
ad_tensor *rows_size(ad_tensor *x, int axis);
/* Each element held within -limit and limit; NaN stays. */
ad_tensor *rows_limited(ad_tensor *x, double limit);
/* x with one axis more, of size 1, at the end. */
ad_tensor *rows_column(ad_tensor *x);

/* For shape rules: x is f32 or f64. */
ad_status rows_check_real(const ad_tensor *x, const char *what);

#endif
