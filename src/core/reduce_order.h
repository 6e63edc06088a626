/* The order of a reduction over any axes, as a list of reductions over one axis.
 *
 * Axes of size 1 do not count.  Neighbours that are reduced together act as one.  The groups are
 * reduced one after another, the innermost first; each reads (outer, n, inner) and writes
 * (outer, inner).  So shape (4, 3, 5, 6) over axes 0 and 2 is (12, 5, 6) to (12, 6), then
 * (1, 4, 18) to (1, 18); shape (4, 1, 5, 6) over the same is (1, 20, 6) to (1, 6).  Within a step
 * the bits follow core/order.h: rows where inner is 1, columns elsewhere. The list depends on the
 * shape alone; every kernel that reduces keeps to it. */
#ifndef CORE_REDUCE_ORDER_H
#define CORE_REDUCE_ORDER_H

#include <adze/adze.h>

struct reduce_step {
    int64_t outer, n, inner;
};

/* Fills steps, at most (AD_RANK_MAX + 1) / 2, and returns how many; 0 means that nothing is added
 * up and the values are copied.  shape is concrete, axes are in rising order. */
int reduce_order(const ad_shape *shape, const ad_axes *axes, struct reduce_step steps[AD_RANK_MAX]);

#endif
