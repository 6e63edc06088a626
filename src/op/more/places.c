/* Options of windows over up to three axes of places. */
#include "op/more/places.h"

#include <string.h>

#include "base/error.h"
#include "core/dim.h"

bool places_spread(const ad_shape *given, int axes, int64_t least, const int64_t *usual,
                   int64_t *out)
{
    bool good = given->rank <= 1 || given->rank == axes;
    for (int i = 0; i < axes; i++) {
        out[i] = given->rank > 1 ? given->size[i] : given->rank ? given->size[0] : usual[i];
        good = good && out[i] >= least && out[i] >> 31 == 0;
    }
    return good;
}

ad_tensor *places_mistake(const struct places *p, ad_tensor *x, const char *words)
{
    return graph_poison(p->graph, AD_ERROR_SHAPE, "%s: x is %s: %s", p->call,
                        graph_shape_text(p->graph, &x->shape), words);
}

ad_tensor *places_check(const char *call, ad_tensor *x, int least)
{
    struct places p = {.graph = ad_tensor_graph(x), .call = call};
    ad_tensor *poison = graph_check(p.graph, call, &x, 1);
    if (poison)
        return poison;
    if (x->type != AD_F32 && x->type != AD_F64)
        return graph_poison(p.graph, AD_ERROR_TYPE, "%s: x is %s; ad_cast it to f32 or f64", call,
                            ad_type_name(x->type));
    if (x->shape.rank >= 2 + least && x->shape.rank <= 5)
        return NULL;
    return places_mistake(&p, x, "it has to be (batch, up to three axes of places, channels)");
}

ad_tensor *places_read(struct places *p, ad_tensor *x, bool pools, const ad_window_nd_options *o)
{
    static const int64_t ones[] = {1, 1, 1}, zeros[] = {0, 0, 0};
    ad_tensor *poison = places_check(p->call, x, pools);
    if (poison)
        return poison;
    p->graph = x->node->graph;
    int n = p->axes = x->shape.rank - 2;
    const struct {
        const char *name;
        const ad_shape *given;
        const int64_t *usual;
        int64_t *out;
    } rows[] = {{"window", &o->window, pools ? zeros : p->window, p->window},
                {"stride", &o->stride, pools ? p->window : ones, p->stride},
                {"padding", &o->padding, zeros, p->before},
                {"padding_after", &o->padding_after, p->before, p->after},
                {"dilation", &o->dilation, ones, p->dilation},
                {"output_padding", &o->output_padding, zeros, p->extra}};
    const char *wrong = NULL;
    for (int i = pools ? 0 : 1; i < 6 && !wrong; i++)
        if (!places_spread(rows[i].given, n, !strchr(rows[i].name, 'p'), rows[i].usual,
                           rows[i].out))
            wrong = rows[i].name;
    if (!wrong)
        return NULL;
    return graph_poison(p->graph, AD_ERROR_ARGUMENT,
                        "%s: .%s: give one number or %d, for each axis of places, %s", p->call,
                        wrong, n, strchr(wrong, 'p') ? "from 0" : "from 1");
}

ad_tensor *places_shape(ad_tensor *x, int rank, const ad_dim *size)
{
    ad_shape shape = {.rank = rank};
    for (int i = 0; i < rank; i++)
        shape.size[i] = size[i];
    return ad_reshape(x, shape);
}

ad_tensor *places_along(ad_tensor *x, int axis)
{
    if (graph_is_poison(x))
        return x;
    ad_dim inner = dim_product(x->node->graph, &x->shape, axis + 1, x->shape.rank);
    ad_dim outer = dim_product(x->node->graph, &x->shape, 0, axis);
    return SHAPED(x, outer, x->shape.size[axis], inner);
}

ad_tensor *places_back(ad_tensor *y, const ad_shape *x, int axis)
{
    if (graph_is_poison(y))
        return y;
    ad_shape shape = *x;
    shape.size[axis] = y->shape.size[1];
    return ad_reshape(y, shape);
}

ad_tensor *places_pad(ad_tensor *x, int axis, int64_t before, int64_t after, double value)
{
    return before || after ? ad_pad(x, axis, before, after, value) : x;
}
