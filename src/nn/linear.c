/* The fully connected layer: x weight^T + bias. */
#include "base/option.h"
#include "nn/layer.h"
#include "nn/record.h"

static ad_tensor *check(const struct layer *layer, const ad_linear_options *o, ad_dim in)
{
    if (o->out < 0 || (!o->out && !o->weight))
        return layer_mistake(layer, AD_ERROR_ARGUMENT,
                             ".out is %lld; say how many features come out, .out = 10 for example",
                             (long long)o->out);
    return o->weight ? layer_check_shared(layer, o->weight, o->out, in) : NULL;
}

ad_tensor *ad_linear(ad_tensor *x, const ad_linear_options *options)
{
    struct layer layer;
    ad_linear_options o = AD_OPTIONS(ad_linear_options);
    ad_status status = options_read(ad_linear_options, &o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_linear", status);
    poison = poison ? poison : layer_begin(&layer, "linear", o.name, x, 1);
    if (poison)
        return poison;
    ad_dim in = x->shape.size[x->shape.rank - 1];
    poison = check(&layer, &o, in);
    if (poison)
        return poison;
    layer_fan_in(&layer, (double)in);
    ad_tensor *weight =
        o.weight ? o.weight : layer_uniform(&layer, AD_ROLE_WEIGHT, "weight", AD_SHAPE(o.out, in));
    ad_tensor *y = ad_matmul(x, ad_transpose(weight, AD_AXES(1, 0)));
    if (!o.bias || graph_is_poison(y))
        return y;
    return ad_add(y, layer_uniform(&layer, AD_ROLE_BIAS, "bias", AD_SHAPE(weight->shape.size[0])));
}

/* ---------------------------------------------------------------- record */

static const ad_option rows[] = {
    {.name = "out",
     .type = AD_OPTION_WHOLE,
     .required = true,
     .offset = offsetof(ad_linear_options, out),
     ROW_RANGE(1, 1e8),
     .also = "units neurons nodes num_outputs features out_features size width hidden hidden_units "
             "output_dim out_dim n_out dim "
             "out_channels",
     .help = "features after"},
    ROW_TRUTH(ad_linear_options, bias, "use_bias", "a number added to each feature"),
    ROW_NAME(ad_linear_options),
};

static const ad_linear_options initial = AD_OPTIONS_INIT(ad_linear_options);

static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_linear(in[0], options);
}

const ad_layer_record layer_linear = {
    .record = {.name = "linear",
               .help = "x W + b over the last axis",
               .also = "dense fc fully_connected affine inner_product",
               AD_RECORD_OPTIONS(rows, initial)},
    ONE_INPUT,
    .make = make};
