/* Short forms of what the composites are built from. */
#include "op/rows.h"

#include "base/error.h"

ad_tensor *rows_sum(ad_tensor *x, int axis)
{
    return ad_sum(x, AD_AXES(axis), &AD_OPTIONS(ad_reduce_options, .keep = true));
}

ad_tensor *rows_maximum(ad_tensor *x, int axis)
{
    return ad_max(x, AD_AXES(axis), &AD_OPTIONS(ad_reduce_options, .keep = true));
}

ad_tensor *rows_mean(ad_tensor *x, ad_axes axes)
{
    return ad_mean(x, axes, &AD_OPTIONS(ad_reduce_options, .keep = true));
}

ad_tensor *rows_number(const ad_tensor *x, double value)
{
    return ad_number(x->node->graph, x->type, value);
}

ad_tensor *rows_size(ad_tensor *x, int axis)
{
    if (graph_is_poison(x))
        return x;
    ad_dim size = x->shape.size[graph_axis(axis, x->shape.rank)];
    return dim_is_open(size) ? ad_cast(ad_size(x, axis), x->type) : rows_number(x, (double)size);
}

ad_tensor *rows_column(ad_tensor *x)
{
    if (graph_is_poison(x))
        return x;
    ad_shape shape = x->shape;
    if (shape.rank == AD_RANK_MAX)
        return graph_poison(x->node->graph, AD_ERROR_SHAPE, "no room for one more axis behind %s",
                            graph_shape_text(x->node->graph, &shape));
    shape.size[shape.rank++] = 1;
    return ad_reshape(x, shape);
}

ad_status rows_check_real(const ad_tensor *x, const char *what)
{
    if (x->type == AD_F32 || x->type == AD_F64)
        return AD_OK;
    return fail(AD_ERROR_TYPE, "%s is %s and has to be f32 or f64; ad_cast it", what,
                ad_type_name(x->type));
}
