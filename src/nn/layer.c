/* Names and variables of layers. */
#include "nn/layer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "op/gather.h"

ad_tensor *layer_mistake(const struct layer *layer, ad_status status, const char *format, ...)
{
    char words[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return graph_poison(layer->graph, status, "%s '%s': %s", layer->kind,
                        layer->name ? layer->name : "", words);
}

static ad_tensor *check_input(const struct layer *layer, ad_tensor *x, int rank)
{
    const ad_shape *shape = &x->shape;
    const char *text = graph_shape_text(layer->graph, shape);
    if (x->type != AD_F32 && x->type != AD_F64)
        return layer_mistake(layer, AD_ERROR_TYPE, "x is %s and has to be f32 or f64; ad_cast it",
                             ad_type_name(x->type));
    if (shape->rank < rank)
        return layer_mistake(layer, AD_ERROR_SHAPE, "x is %s; it needs %d axes, features last",
                             text, rank);
    if (dim_is_open(shape->size[shape->rank - 1]))
        return layer_mistake(layer, AD_ERROR_SHAPE,
                             "x is %s; its last size, the features, has to be a number", text);
    return NULL;
}

ad_tensor *layer_begin(struct layer *layer, const char *kind, const char *name, ad_tensor *x,
                       int rank)
{
    *layer = (struct layer){.graph = ad_tensor_graph(x), .kind = kind, .type = ad_tensor_type(x)};
    ad_tensor *poison = graph_check(layer->graph, kind, &x, 1);
    if (poison)
        return poison;
    layer->name = graph_layer_name(layer->graph, kind, name);
    return check_input(layer, x, rank);
}

void layer_fan_in(struct layer *layer, double fan_in)
{
    layer->bound = fan_in > 0 ? 1 / sqrt(fan_in) : 0;
}

/* "fc1.weight", in the graph's arena; NULL without memory. */
static const char *part_name(const struct layer *layer, const char *part)
{
    if (!layer->name)
        return NULL;
    GRAPH_HOLD(layer->graph);
    return arena_format(&layer->graph->arena, "%s.%s", layer->name, part);
}

static ad_tensor *no_memory(const struct layer *layer)
{
    return layer_mistake(layer, AD_ERROR_MEMORY, "out of memory");
}

ad_tensor *layer_variable(const struct layer *layer, ad_role role, const char *part,
                          ad_tensor *initial)
{
    const char *name = part_name(layer, part);
    return name ? graph_variable(layer->graph, layer->kind, name, initial, role) : no_memory(layer);
}

ad_tensor *layer_uniform(const struct layer *layer, ad_role role, const char *part, ad_shape shape)
{
    double bound = layer->bound;
    return layer_variable(layer, role, part,
                          ad_uniform(layer->graph, layer->type, shape, -bound, bound));
}

ad_tensor *layer_weight(const struct layer *layer, const char *part, ad_shape shape, double normal)
{
    if (normal == AD_AUTO)
        return layer_uniform(layer, AD_ROLE_WEIGHT, part, shape);
    return layer_variable(layer, AD_ROLE_WEIGHT, part,
                          ad_normal(layer->graph, layer->type, shape, 0, normal));
}

ad_tensor *layer_bias(const struct layer *layer, const char *part, ad_shape shape, double normal)
{
    if (normal == AD_AUTO)
        return layer_uniform(layer, AD_ROLE_BIAS, part, shape);
    return layer_full(layer, AD_ROLE_BIAS, part, shape, 0);
}

ad_tensor *layer_check_normal(const struct layer *layer, const char *option, double normal)
{
    if (normal == AD_AUTO || (normal >= 0 && normal <= 1e6))
        return NULL;
    return layer_mistake(layer, AD_ERROR_ARGUMENT,
                         ".%s is %g; it is a deviation, 0 or more, 0.02 for example", option,
                         normal);
}

ad_tensor *layer_full(const struct layer *layer, ad_role role, const char *part, ad_shape shape,
                      double value)
{
    return layer_variable(layer, role, part, ad_full(layer->graph, layer->type, shape, value));
}

ad_tensor *layer_check_shared(const struct layer *layer, ad_tensor *weight, int64_t rows,
                              int64_t columns)
{
    ad_tensor *poison = graph_check(layer->graph, layer->kind, &weight, 1);
    if (poison)
        return poison;
    const ad_shape *shape = &weight->shape;
    if (weight->type != layer->type)
        return layer_mistake(layer, AD_ERROR_TYPE,
                             ".weight is %s, the layer works in %s; ad_cast one",
                             ad_type_name(weight->type), ad_type_name(layer->type));
    bool fits = shape->rank == 2 && !dim_is_open(shape->size[0]) && !dim_is_open(shape->size[1]) &&
                (rows <= 0 || shape->size[0] == rows) &&
                (columns <= 0 || shape->size[1] == columns);
    if (fits)
        return NULL;
    return layer_mistake(layer, AD_ERROR_SHAPE, ".weight is %s and has to be (%lld, %lld)%s",
                         graph_shape_text(layer->graph, shape), (long long)rows, (long long)columns,
                         rows <= 0 || columns <= 0 ? ", where a 0 stands for any number" : "");
}

/* ---------------------------------------------------------------- lengths */

ad_tensor *layer_check_length(const struct layer *layer, const ad_tensor *x, ad_tensor *length)
{
    if (!length)
        return NULL;
    ad_tensor *poison = graph_check(layer->graph, layer->kind, &length, 1);
    if (poison)
        return poison;
    ad_shape shape = AD_SHAPE(x->shape.size[0]);
    if ((length->type == AD_I32 || length->type == AD_I64) &&
        graph_shapes_equal(&length->shape, &shape))
        return NULL;
    return layer_mistake(layer, AD_ERROR_SHAPE,
                         ".length is %s %s and has to be i32 or i64, (batch), %s",
                         ad_type_name(length->type), graph_shape_text(layer->graph, &length->shape),
                         graph_shape_text(layer->graph, &shape));
}

/* The lengths, each of which lies in 0..time or the run fails. */
static ad_tensor *checked_length(const struct layer *layer, ad_tensor *length, ad_dim limit)
{
    GRAPH_HOLD(layer->graph);
    const char *what = arena_format(&layer->graph->arena, "%s: length", layer->name);
    return gather_check(length, limit, what ? what : "length");
}

ad_tensor *layer_inside(const struct layer *layer, const ad_tensor *x, ad_tensor *length)
{
    ad_dim batch = x->shape.size[0], time = x->shape.size[1];
    ad_dim limit = dim_add(layer->graph, time, 1);
    length = checked_length(layer, length, limit);
    if (graph_is_poison(length))
        return length;
    length = gather_check(length, limit, "length");
    ad_tensor *range = ad_range(layer->graph, length->type, time);
    ad_tensor *inside = ad_less(range, ad_reshape(length, AD_SHAPE(batch, 1)));
    return ad_reshape(inside, AD_SHAPE(batch, time, 1));
}
