/* The fully connected layer: x weight^T + bias. */
#include "nn/layer.h"

static ad_tensor *check(const struct layer *layer, const ad_linear_options *o, ad_dim in)
{
    if (o->out < 0 || (!o->out && !o->weight))
        return layer_mistake(layer, AD_ERROR_ARGUMENT,
                             ".out is %lld; say how many features come out, .out = 10 for example",
                             (long long)o->out);
    return o->weight ? layer_check_shared(layer, o->weight, o->out, in) : NULL;
}

ad_tensor *(ad_linear)(ad_tensor *x, const ad_linear_options *options)
{
    static const ad_linear_options none = {.size_ = sizeof none};
    const ad_linear_options *o = options ? options : &none;
    struct layer layer;
    ad_tensor *poison = layer_begin(&layer, "linear", o->name, x, 1);
    if (poison)
        return poison;
    ad_dim in = x->shape.size[x->shape.rank - 1];
    poison = check(&layer, o, in);
    if (poison)
        return poison;
    layer_fan_in(&layer, (double)in);
    ad_tensor *weight =
        o->weight ? o->weight : layer_uniform(&layer, "weight", AD_SHAPE(o->out, in));
    ad_tensor *y = (ad_matmul)(x, (ad_transpose)(weight, AD_AXES(1, 0)));
    if (o->no_bias || graph_is_poison(y))
        return y;
    return (ad_add)(y, layer_uniform(&layer, "bias", AD_SHAPE(weight->shape.size[0])));
}
