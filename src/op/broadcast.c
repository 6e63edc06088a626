/* The adjoint of broadcasting: an element that was read many times gets the sum of what its readers
 * send back. */
#include "op/broadcast.h"

ad_tensor *graph_sum_to(ad_tensor *t, const ad_shape *shape)
{
    if (graph_is_poison(t) || graph_shapes_equal(&t->shape, shape))
        return t;
    ad_axes axes = {0};
    int extra = t->shape.rank - shape->rank;
    for (int i = 0; i < t->shape.rank; i++)
        if (i < extra || (shape->size[i - extra] == 1 && t->shape.size[i] != 1))
            axes.axis[axes.count++] = i;
    ad_tensor *sum = ad_sum(t, axes, NULL);
    if (graph_is_poison(sum) || graph_shapes_equal(&sum->shape, shape))
        return sum;
    return ad_reshape(sum, *shape);
}
