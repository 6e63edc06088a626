/* Examples of different lengths in a model: what is behind the end of one has no say in it. */
#include "model.h"

#include <math.h>

/* bool (batch, time, 1): which steps are within the length. */
static ad_tensor *inside(ad_tensor *x, ad_tensor *length)
{
    ad_shape shape = ad_tensor_shape(x);
    ad_dim batch = shape.size[0], time = shape.size[1];
    ad_tensor *range = (ad_range)(ad_tensor_graph(x), AD_I32, time);
    ad_tensor *within = (ad_less)(range, (ad_reshape)(length, AD_SHAPE(batch, 1)));
    shape.size[0] = batch;
    for (int i = 2; i < shape.rank; i++)
        shape.size[i] = 1;
    return (ad_reshape)(within, shape);
}

ad_tensor *time_cut(ad_tensor *x, ad_tensor *length, double past)
{
    ad_tensor *other = (ad_number)(ad_tensor_graph(x), ad_tensor_type(x), past);
    return (ad_where)(inside(x, length), x, other);
}

bool time_is_plain(const ad_layer_window *w)
{
    return w->reach == 1 && w->stride == 1 && w->before == 0 && w->after == 0;
}

ad_tensor *time_room(ad_tensor *x, const ad_layer_window *w)
{
    int64_t spare = w->reach - w->before - w->after - (w->stride == 1 && w->before + w->after > 0);
    return spare > 0 ? (ad_pad)(x, 1, 0, spare, w->past) : x;
}

/* max(length + before + after - reach + stride, 0) / stride */
ad_tensor *time_after(ad_tensor *length, const ad_layer_window *w)
{
    int64_t more = w->before + w->after - w->reach;
    if (w->stride == 1 && more + 1 == 0)
        return length;
    ad_graph *graph = ad_tensor_graph(length);
    ad_tensor *reached = (ad_add)(length, (ad_number)(graph, AD_I32, (double)(more + w->stride)));
    reached = (ad_maximum)(reached, (ad_number)(graph, AD_I32, 0));
    return w->stride == 1 ? reached
                          : (ad_div)(reached, (ad_number)(graph, AD_I32, (double)w->stride));
}
