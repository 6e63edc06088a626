/* Weights of a length of their own, and weights whose largest singular value is 1. */
#include "nn/more/weight_norm.h"
#include "base/option.h"
#include "core/dim.h"
#include "op/more/places.h"
#include "op/rows.h"

/* ---- weight norm (Salimans and Kingma 2016) */

/* Lengths of v, over all axes but one; sizes 1 stay. */
static ad_tensor *lengths(ad_tensor *v, int axis)
{
    ad_axes others = {0};
    for (int i = 0; i < v->shape.rank; i++)
        if (i != axis)
            others.axis[others.count++] = i;
    return ad_sqrt(ad_sum(ad_square(v), others, &AD_OPTIONS(ad_reduce_options, .keep = true)));
}

ad_tensor *ad_weight_norm(ad_tensor *v, ad_tensor *g, int axis)
{
    ad_graph *graph = ad_tensor_graph(v);
    ad_tensor *poison = graph_check(graph, "ad_weight_norm", (ad_tensor *[]){v, g}, 2);
    if (poison)
        return poison;
    int plain = graph_axis(axis, v->shape.rank);
    ad_shape kept = v->shape;
    for (int i = 0; i < kept.rank; i++)
        kept.size[i] = i == plain ? kept.size[i] : 1;
    if (plain < 0 || v->type != g->type ||
        (!graph_shapes_equal(&g->shape, &kept) &&
         !graph_shapes_equal(&g->shape, &AD_SHAPE(kept.size[plain]))))
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "ad_weight_norm: v is %s, g %s; axis %d has to be one of v, and g a "
                            "number for each place of it",
                            graph_shape_text(graph, &v->shape), graph_shape_text(graph, &g->shape),
                            axis);
    return ad_mul(v, ad_div(ad_reshape(g, kept), lengths(v, plain)));
}

/* ---- spectral norm (Miyato et al. 2018) */

static ad_tensor *unit(ad_tensor *x, double epsilon)
{
    ad_tensor *length = ad_sqrt(ad_dot(x, x));
    return ad_div(x, ad_maximum(length, rows_number(x, epsilon)));
}

/* The axis first, all others joined. */
static ad_tensor *as_matrix(ad_tensor *weight, int axis)
{
    ad_axes order = {.count = weight->shape.rank, .axis = {axis}};
    for (int i = 0, at = 1; i < order.count; i++)
        if (i != axis)
            order.axis[at++] = i;
    return SHAPED(ad_transpose(weight, order), weight->shape.size[axis], AD_INFER);
}

static void iterate(ad_tensor *matrix, ad_tensor **u, ad_tensor **v, int64_t times, double epsilon)
{
    for (int64_t i = 0; i < times; i++) {
        *u = unit(ad_matmul(matrix, *v), epsilon);
        *v = unit(ad_matmul(*u, matrix), epsilon);
    }
}

static ad_tensor *random_unit(const struct layer *layer, int64_t size)
{
    return ad_normal(layer->graph, layer->type, AD_SHAPE(size), 0, 1);
}

static ad_tensor *divided(const struct layer *layer, ad_tensor *weight, int axis,
                          const ad_spectral_norm_options *o)
{
    ad_tensor *matrix = as_matrix(weight, axis), *training = ad_training(layer->graph);
    ad_tensor *u = random_unit(layer, matrix->shape.size[0]);
    ad_tensor *v = random_unit(layer, matrix->shape.size[1]);
    bool first = weight->node->op == &op_variable;
    u = unit(u, o->epsilon), v = unit(v, o->epsilon);
    if (first)
        iterate(as_matrix(weight->node->in[0], axis), &u, &v, 15, o->epsilon);
    u = layer_variable(layer, AD_ROLE_AVERAGE, "_u", u);
    v = layer_variable(layer, AD_ROLE_AVERAGE, "_v", v);
    ad_tensor *next_u = u, *next_v = v;
    iterate(ad_stop_gradient(matrix), &next_u, &next_v, o->iterations, o->epsilon);
    next_u = ad_where(training, ad_stop_gradient(next_u), u);
    next_v = ad_where(training, ad_stop_gradient(next_v), v);
    ad_tensor *y = ad_div(weight, ad_dot(next_u, ad_matmul(matrix, next_v)));
    return ad_assign(ad_assign(y, u, next_u), v, next_v);
}

ad_tensor *ad_spectral_norm(ad_tensor *weight, int axis, const ad_spectral_norm_options *options)
{
    struct layer layer;
    ad_spectral_norm_options o = AD_OPTIONS(ad_spectral_norm_options);
    ad_status status = options_read(ad_spectral_norm_options, &o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(weight), "ad_spectral_norm", status);
    poison = poison ? poison : layer_begin(&layer, "spectral_norm", o.name, weight, 2);
    if (poison)
        return poison;
    int plain = graph_axis(axis, weight->shape.rank);
    bool good = plain >= 0 && o.iterations >= 1 && o.iterations <= 1000 && o.epsilon > 0;
    for (int i = 0; i < weight->shape.rank; i++)
        good = good && weight->shape.size[i] > 0;
    if (good)
        return divided(&layer, weight, plain, &o);
    return layer_mistake(&layer, AD_ERROR_ARGUMENT,
                         "the weight is %s, the axis %d, .iterations %lld, .epsilon %g: sizes from "
                         "1, one of their axes, 1 to 1000, above 0",
                         graph_shape_text(layer.graph, &weight->shape), axis,
                         (long long)o.iterations, o.epsilon);
}

/* ---- weights of layers */

static ad_tensor *with_length(const struct layer *layer, ad_tensor *first)
{
    ad_tensor *v =
        layer_variable(layer, AD_ROLE_WEIGHT, "parametrizations.weight.original1", first);
    ad_tensor *g = layer_variable(layer, AD_ROLE_WEIGHT, "parametrizations.weight.original0",
                                  lengths(first, 0));
    return ad_weight_norm(v, g, 0);
}

static ad_tensor *spectral(const struct layer *layer, ad_tensor *first, int axis)
{
    ad_tensor *weight =
        layer_variable(layer, AD_ROLE_WEIGHT, "parametrizations.weight.original", first);
    if (!layer->name || graph_is_poison(weight))
        return weight;
    const char *name;
    {
        GRAPH_HOLD(layer->graph);
        name = arena_format(&layer->graph->arena, "%s.parametrizations.weight.0", layer->name);
    }
    return ad_spectral_norm(weight, axis, &AD_OPTIONS(ad_spectral_norm_options, .name = name));
}

ad_tensor *normed_weight(const struct layer *layer, ad_normed normed, ad_shape shape, int axis)
{
    if (normed == AD_NORMED_NOT)
        return layer_uniform(layer, AD_ROLE_WEIGHT, "weight", shape);
    if (normed != AD_NORMED_WEIGHT && normed != AD_NORMED_SPECTRAL)
        return layer_mistake(layer, AD_ERROR_ARGUMENT, ".normed is %d; see ad_normed", (int)normed);
    ad_tensor *first = ad_uniform(layer->graph, layer->type, shape, -layer->bound, layer->bound);
    return normed == AD_NORMED_WEIGHT ? with_length(layer, first) : spectral(layer, first, axis);
}
