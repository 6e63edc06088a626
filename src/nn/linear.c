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
    ad_tensor *poison = layer_check_normal(layer, "normal", o->normal);
    return poison || !o->weight ? poison : layer_check_shared(layer, o->weight, o->out, in);
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
        o.weight ? o.weight : layer_weight(&layer, "weight", AD_SHAPE(o.out, in), o.normal);
    ad_tensor *y = ad_matmul(x, ad_transpose(weight, AD_AXES(1, 0)));
    if (!o.bias || graph_is_poison(y))
        return y;
    return ad_add(y, layer_bias(&layer, "bias", AD_SHAPE(weight->shape.size[0]), o.normal));
}

/* ---------------------------------------------------------------- record */

/* What a file says: tied names a layer whose weight is this one's too, which whoever reads the file
 * puts into .o.weight; .o.out is then its own. */
struct choice {
    ad_linear_options o;
    const char *tied;
};

static const ad_option rows[] = {
    {.name = "out",
     .type = AD_OPTION_WHOLE,
     .offset = offsetof(struct choice, o.out),
     ROW_RANGE(1, 1e8),
     .unset = "of the model's last layer as many as the task wants",
     .also = "units neurons nodes num_outputs features out_features size width hidden hidden_units "
             "output_dim out_dim n_out dim "
             "out_channels",
     .help = "features after"},
    {.name = "bias",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(struct choice, o.bias),
     .also = "use_bias",
     .help = "a number added to each feature"},
    {.name = "tied",
     .type = AD_OPTION_NAME,
     .offset = offsetof(struct choice, tied),
     .unset = "a weight of its own",
     .also = "tie tie_weights weight_tying share shared_with",
     .help = "an embedding or linear above, whose weight this one shares"},
    {.name = "normal",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(struct choice, o.normal),
     ROW_RANGE(0, 1000),
     .unset = "uniform, by the features before",
     .also = "std init_std initializer_range",
     .help = "deviation of its first values; the bias is then 0"},
    {.name = "name",
     .type = AD_OPTION_NAME,
     .offset = offsetof(struct choice, o.name),
     .unset = "numbered",
     .also = "id label",
     .help = "of its weights, NAME.weight"},
};

static const struct choice initial = {.o = AD_OPTIONS_INIT(ad_linear_options, .out = AD_SAME)};

static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    ad_linear_options o = options ? ((const struct choice *)options)->o : initial.o;
    o.out = option_same(o.out, 0);
    return ad_linear(in[0], &o);
}

const ad_layer_record layer_linear = {
    .record = {.name = "linear",
               .help = "x W + b over the last axis",
               .also = "dense fc fully_connected affine inner_product",
               AD_RECORD_OPTIONS(rows, initial)},
    ONE_INPUT,
    .time = AD_TIME_KEPT,
    .make = make};
