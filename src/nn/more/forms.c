#include "nn/more/forms.h"

#include <float.h>

#include "op/rows.h"

ad_tensor *form(ad_tensor *x, ad_dim a, ad_dim b, ad_dim c, ad_dim d, ad_dim e)
{
    return ad_reshape(x, (ad_shape){e ? 5 : 4, {a, b, c, d, e}});
}

ad_tensor *form_swapped(ad_tensor *x)
{
    return ad_transpose(x, AD_AXES(0, 2, 1, 3));
}

const char *form_name(const struct layer *layer, const char *part)
{
    GRAPH_HOLD(layer->graph);
    return arena_format(&layer->graph->arena, "%s.%s", layer->name, part);
}

ad_tensor *form_linear(const struct layer *layer, ad_tensor *x, const char *part, int64_t out,
                       bool bias)
{
    ad_linear_options o =
        AD_OPTIONS(ad_linear_options, .out = out, .bias = bias, .name = form_name(layer, part));
    return ad_linear(x, &o);
}

ad_tensor *form_only(ad_tensor *inside, ad_tensor *x)
{
    return inside ? ad_where(inside, x, rows_number(x, 0)) : x;
}

ad_tensor *form_cut(const struct layer *layer, ad_tensor *x, ad_tensor *length, ad_tensor **inside)
{
    if (!length)
        return x;
    *inside = layer_inside(layer, x, length);
    return form_only(*inside, x);
}

ad_tensor *form_softmax(ad_tensor *score, ad_tensor *seen)
{
    if (seen)
        score =
            ad_where(seen, score, rows_number(score, score->type == AD_F64 ? -DBL_MAX : -FLT_MAX));
    return form_only(seen, ad_softmax(score, -1));
}

ad_tensor *form_check(const struct layer *layer, ad_tensor *x, ad_tensor *to, ad_tensor *to_length)
{
    ad_tensor *poison = graph_check(layer->graph, layer->kind, &to, 1);
    if (poison)
        return poison;
    if (x->shape.rank == 3 && to->shape.rank == 3 && to->type == x->type &&
        x->shape.size[0] == to->shape.size[0])
        return layer_check_length(layer, to, to_length);
    return layer_mistake(layer, AD_ERROR_SHAPE,
                         "x is %s %s, attended to is %s %s; they have to be (batch, time, "
                         "features), of one type and batch",
                         ad_type_name(x->type), graph_shape_text(layer->graph, &x->shape),
                         ad_type_name(to->type), graph_shape_text(layer->graph, &to->shape));
}
