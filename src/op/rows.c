/* Short forms of what the composites are built from. */
#include "op/rows.h"

#include "base/error.h"
#include "op/row.h"

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

static bool is_same_along(const ad_tensor *t, int rank, const ad_axes *axes)
{
    for (int i = 0; i < axes->count; i++) {
        int axis = axes->axis[i] - rank + t->shape.rank;
        if (axis >= 0 && t->shape.size[axis] != 1)
            return false;
    }
    return t->shape.rank > 0;
}

/* Takes such a factor out of d, also where d is 0 unless a condition holds; NULL: there is none. */
static ad_tensor *take_factor(ad_tensor **d, const ad_axes *axes)
{
    double zero = 1;
    ad_tensor *all = *d, *chosen = all;
    if (graph_is(all, &op_where) && graph_number(all->node->in[2], &zero) && zero == 0)
        chosen = all->node->in[1];
    for (int k = 0; k < 2 && graph_is(chosen, &op_mul); k++) {
        ad_tensor *factor = chosen->node->in[k], *rest = chosen->node->in[1 - k];
        if (!graph_shapes_equal(&rest->shape, &all->shape) ||
            !is_same_along(factor, all->shape.rank, axes))
            continue;
        *d = chosen == all ? rest : ad_where(all->node->in[0], rest, all->node->in[2]);
        return factor;
    }
    return NULL;
}

ad_tensor *rows_mean_of(ad_tensor *d, ad_tensor *y, const ad_axes *axes)
{
    ad_tensor *factor = take_factor(&d, axes), *mean = rows_mean(y ? ad_mul(d, y) : d, *axes);
    return factor ? ad_mul(mean, factor) : mean;
}

ad_tensor *rows_number(const ad_tensor *x, double value)
{
    return ad_number(x->node->graph, x->type, value);
}

ad_tensor *rows_limited(ad_tensor *x, double limit)
{
    return ad_maximum(ad_minimum(x, rows_number(x, limit)), rows_number(x, -limit));
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
