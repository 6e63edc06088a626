/* What the calls share that arrange elements by ops which are there. */
#ifndef OP_MORE_ARRANGE_H
#define OP_MORE_ARRANGE_H

#include "op/shape.h"

/* NULL where x is sound and *axis, which comes back counted from 0, is one of its axes and `more`
 * others; else poison. */
ad_tensor *arrange_check(const char *call, ad_tensor *x, int *axis, int more);
/* NULL where x is sound and has low to high axes; else poison. */
ad_tensor *arrange_rank(const char *call, ad_tensor *x, int low, int high);
/* Poison: "call: words; x is (2, 3)". */
ad_tensor *arrange_fail(const char *call, ad_tensor *x, ad_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* reshape or expand to a shape that is known to fit. */
ad_tensor *arrange_as(const struct op *op, ad_tensor *x, const ad_shape *shape);
ad_tensor *arrange_rows(const struct op *op, ad_tensor *x, ad_dim a, ad_dim b, ad_dim c);
void arrange_insert(ad_shape *shape, int axis, ad_dim size); /* an axis more */
ad_tensor *arrange_order(ad_tensor *x, const ad_axes *order);

#endif
