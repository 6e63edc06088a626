/* What ops along an axis share. */
#include "op/more/along.h"

#include "base/error.h"
#include "base/memory.h"

along_run *along_find(const struct op *op)
{
    if (op == &op_take_along || op == &op_scatter_along)
        return indexed_run;
    if (op == &op_sort)
        return sort_run;
    if (op == &op_standard_gamma)
        return gamma_run;
    if (op == &op_gamma_slope)
        return gamma_slope_run;
    bool scan = op == &op_cumsum || op == &op_cumprod || op == &op_recurrence || op == &op_cummax;
    return scan ? scan_run : NULL;
}

size_t along_room(const struct node *node, const ad_shape *x)
{
    return node->op == &op_sort ? sort_room(node, x) : 0;
}

struct axis_split along_split(const struct node *node, const ad_shape *x)
{
    const struct along_attributes *a = node->attributes;
    if (node->op == &op_standard_gamma || node->op == &op_gamma_slope)
        return (struct axis_split){shape_count(x), 1, 1};
    return shape_split(x, a->axis);
}

ad_status along_naive(const struct call *c)
{
    struct axis_split s = along_split(c->node, &c->in[0].shape);
    size_t bytes = along_room(c->node, &c->in[0].shape);
    void *room = memory_alloc(c->allocator, bytes);
    if (!room)
        return AD_ERROR_MEMORY;
    ad_status status = along_find(c->node->op)(c, 0, s.outer * s.inner, room);
    memory_free(c->allocator, room, bytes);
    return status;
}

ad_status along_check_number(const ad_tensor *x)
{
    if (x->type == AD_F32 || x->type == AD_F64 || x->type == AD_I32 || x->type == AD_I64)
        return AD_OK;
    return fail(AD_ERROR_TYPE, "it takes f32, f64, i32 or i64, not %s; ad_cast the input",
                ad_type_name(x->type));
}

ad_status along_check_axis(const struct infer *f, int64_t axis)
{
    const ad_shape *x = &f->in[0]->shape;
    if (axis >= 0 && axis < x->rank)
        return AD_OK;
    return fail(AD_ERROR_SHAPE, "axis %lld is outside %s", (long long)axis,
                graph_shape_text(f->graph, x));
}

ad_tensor *along_spread(struct gradient *g, int64_t axis)
{
    ad_tensor *zeros = ad_full(g->graph, g->in[0]->type, g->in[0]->shape, 0);
    return ad_scatter_along(zeros, g->out[1], g->dy[0], (int)axis, AD_SCATTER_ADD);
}

ad_tensor *along_no_axis(const char *call, ad_tensor *x, int axis)
{
    return graph_poison(x->node->graph, AD_ERROR_SHAPE, "%s: %s has no axis %d", call,
                        graph_shape_text(x->node->graph, &x->shape), axis);
}

ad_tensor *along_node(const char *call, const struct op *op, struct along_attributes a,
                      ad_tensor *const *in, int count)
{
    ad_graph *graph = ad_tensor_graph(in[0]);
    ad_tensor *poison = graph_check(graph, call, in, count);
    if (poison)
        return poison;
    int axis = graph_axis((int)a.axis, in[0]->shape.rank);
    if (axis < 0)
        return along_no_axis(call, in[0], (int)a.axis);
    a.axis = axis;
    return graph_node(graph, op, &a, in, count);
}
