/* The records of functions of each element, of softmax and of dropout. */
#include "nn/activation.h"

PLAIN(relu, "max(x, 0)", "rectifier");
PLAIN(selu, "scaled elu with fixed constants", NULL);
PLAIN(sigmoid, "1 / (1 + e^-x)", "logistic");
PLAIN(tanh, "hyperbolic tangent", NULL);
PLAIN(gelu, "x Phi(x), with erf", NULL);
PLAIN(gelu_tanh, "its approximation by tanh", NULL);
PLAIN(swish, "x sigmoid(x)", "silu");
PLAIN(softplus, "log(1 + e^x)", NULL);

WITH_NUMBER(leaky_relu, 0.01, "x above zero, slope x below", "lrelu", .name = "slope",
            ROW_RANGE(-1000, 1000), .also = "negative_slope alpha", .help = "below zero");
WITH_NUMBER(elu, 1, "x above zero, alpha (e^x - 1) below", NULL, .name = "alpha",
            ROW_RANGE(0, 1000), .help = "minus the limit below");
WITH_NUMBER(scale, 1, "factor x", "rescale rescaling", .name = "factor", .required = true,
            ROW_RANGE(-1e9, 1e9), .also = "by scale", .help = "what each element is multiplied by");

/* ---------------------------------------------------------------- a learned slope */

struct prelu {
    double slope;
    const char *name;
};

static const struct prelu prelu_initial = {.slope = 0.25};

static const ad_option prelu_rows[] = {
    {.name = "slope",
     .type = AD_OPTION_NUMBER,
     ROW_RANGE(-1000, 1000),
     .offset = offsetof(struct prelu, slope),
     .also = "init alpha",
     .help = "at the start"},
    {.name = "name",
     .type = AD_OPTION_NAME,
     .required = true,
     .offset = offsetof(struct prelu, name),
     .help = "of its weight, NAME.weight"},
};

/* One slope for all channels, as PyTorch's default: weight (1). */
static ad_tensor *make_prelu(ad_tensor *const *in, int count, const void *options)
{
    const struct prelu *o = options ? options : &prelu_initial;
    struct layer layer = {
        .graph = ad_tensor_graph(in[0]), .kind = "prelu", .type = ad_tensor_type(in[0])};
    ad_tensor *poison = graph_check(layer.graph, layer.kind, in, 1);
    (void)count;
    if (poison)
        return poison;
    layer.name = graph_layer_name(layer.graph, layer.kind, o->name);
    return ad_prelu(in[0], layer_full(&layer, AD_ROLE_WEIGHT, "weight", AD_SHAPE(1), o->slope));
}

const ad_layer_record layer_prelu = {.record = {.name = "prelu",
                                                .help = "the same with a learned slope",
                                                AD_RECORD_OPTIONS(prelu_rows, prelu_initial)},
                                     ONE_INPUT,
                                     .time = AD_TIME_KEPT,
                                     .make = make_prelu};

/* ---------------------------------------------------------------- softmax */

struct softmax {
    int64_t axis;
};

static const struct softmax softmax_initial = {-1};

static const ad_option softmax_rows[] = {
    ROW_WHOLE(struct softmax, axis, -AD_RANK_MAX, AD_RANK_MAX - 1, "dim",
              "over which it sums to 1; -1 is the last"),
};

static ad_tensor *make_softmax(ad_tensor *const *in, int count, const void *options)
{
    const struct softmax *o = options ? options : &softmax_initial;
    (void)count;
    return ad_softmax(in[0], (int)o->axis);
}

/* Over the features each step stays its own. */
static bool softmax_window(const void *options, ad_layer_window *window)
{
    const struct softmax *o = options;
    *window = (ad_layer_window){.reach = 1, .stride = 1};
    return o->axis == -1 || o->axis == 2;
}

const ad_layer_record layer_softmax = {.record = {.name = "softmax",
                                                  .help = "e^x divided by its sum",
                                                  AD_RECORD_OPTIONS(softmax_rows, softmax_initial)},
                                       ONE_INPUT,
                                       .time = AD_TIME_WINDOWS,
                                       .window = softmax_window,
                                       .make = make_softmax};

/* ---------------------------------------------------------------- dropout */

static const ad_dropout_options dropout_initial = AD_OPTIONS_INIT(ad_dropout_options);

static const ad_option dropout_rows[] = {
    {.name = "rate",
     .type = AD_OPTION_NUMBER,
     ROW_RANGE(0, 1),
     .below_high = true,
     .offset = offsetof(ad_dropout_options, rate),
     .also = "p prob probability",
     .help = "share of elements set to zero in training"},
};

static ad_tensor *make_dropout(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_dropout(in[0], options);
}

const ad_layer_record layer_dropout = {
    .record = {.name = "dropout",
               .help = "zeros at random in training (Srivastava et al. 2014)",
               AD_RECORD_OPTIONS(dropout_rows, dropout_initial)},
    ONE_INPUT,
    .time = AD_TIME_KEPT,
    .make = make_dropout};
