/* Largest and mean over windows, with ops that are their adjoints, closed under differentiation.
 *
 *     op                     inputs     results
 *     max_pool               x          value; index, place h * width + w in x's plane (i32)
 *     max_pool_scatter       dy, index  dx: every dy added at its place
 *     max_pool_take          x, index   x at those places
 *     average_pool           x          mean over each window
 *     average_pool_gradient  dy         dx: every dy over its divisor, added all over its window
 *
 * Of equals the first is the largest; a NaN counts as largest.
 * Places outside x are left out.  Sums run over (kh, kw) or, at one place of x, over (oh, ow), in
 * rising order from +0. */
#ifndef OP_POOL_H
#define OP_POOL_H

#include "op/window.h"

struct pool_attributes {
    int64_t window, window_w, stride, stride_w, padding, padding_w;
    bool count_padding; /* average: the divisor is window * window_w, else the places inside x */
};

/* size, size_w: of x; size_w is 1 for sequences */
struct pool_adjoint_attributes {
    struct pool_attributes pool; /* first, so that it can be read as pool_attributes */
    ad_dim size, size_w;
};

extern const struct op op_max_pool, op_max_pool_take, op_average_pool; /* pool_attributes */
extern const struct op op_max_pool_scatter, op_average_pool_gradient;  /* pool_adjoint_attributes */

#endif
