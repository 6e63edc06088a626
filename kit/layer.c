/* The table of layers: what a list item of `model` may be, its fields, and the call of adze.h that
 * makes it.
 *
 * Each builder makes exactly one call (prelu two), with the options of the file and nothing else,
 * so that a model from a file has the bits of the same model written in C. */
#include <adze/kit.h>

#include <stdio.h>

#define AT(member) offsetof(ad_layer, member)
#define RANGE(least, most) .low = least, .high = most
#define COUNT(rows) .fields = rows, .field_count = sizeof(rows) / sizeof *(rows)

#define NAME                                                                           \
    {                                                                                  \
        .path = "name", .type = AD_FIELD_TEXT, .offset = AT(name), .also = "id label", \
        .help = "of its weights, NAME.weight; default: numbered"                       \
    }
#define PAIR(name_, least, initial_, also_, help_)                                      \
    {                                                                                   \
        .path = #name_, .type = AD_FIELD_PAIR, RANGE(least, 4096), .initial = initial_, \
        .offset = AT(name_), .also = also_, .help = help_                               \
    }
#define TRUTH(name_, initial_, also_, help_)                                              \
    {                                                                                     \
        .path = #name_, .type = AD_FIELD_TRUTH, .initial = initial_, .offset = AT(name_), \
        .also = also_, .help = help_                                                      \
    }

/* ---------------------------------------------------------------- layers with weights */

static const ad_field conv_fields[] = {
    {.path = "filters",
     .type = AD_FIELD_WHOLE,
     RANGE(1, 1e6),
     .required = true,
     .offset = AT(filters),
     .also = "out channels out_channels",
     .help = "channels after"},
    {.path = "kernel",
     .type = AD_FIELD_PAIR,
     RANGE(1, 4096),
     .required = true,
     .offset = AT(kernel),
     .also = "kernel_size size window",
     .help = "size of the filters"},
    PAIR(stride, 1, "1", "strides", "step from one place to the next"),
    PAIR(padding, 0, "0", "pad", "zeros at each side"),
    PAIR(dilation, 1, "1", NULL, "distance of the filter's places"),
    {.path = "groups",
     .type = AD_FIELD_WHOLE,
     RANGE(1, 1e6),
     .initial = "1",
     .offset = AT(groups),
     .help = "channels are cut in groups that do not mix"},
    TRUTH(same, "false", NULL, "padding that keeps the size: (kernel - 1) / 2"),
    TRUTH(bias, "true", "use_bias", "a number added to each filter's result"),
    NAME,
};

static ad_tensor *build_conv(const ad_layer *l, ad_tensor *x)
{
    ad_conv_options o = AD_OPTIONS(ad_conv_options, .filters = l->filters, .groups = l->groups,
                                   .same = l->same, .bias = l->bias, .name = l->name);
    o.kernel = l->kernel[0], o.kernel_w = l->kernel[1];
    o.stride = l->stride[0], o.stride_w = l->stride[1];
    if (!l->same)
        o.padding = l->padding[0], o.padding_w = l->padding[1];
    o.dilation = l->dilation[0], o.dilation_w = l->dilation[1];
    return (ad_conv2d)(x, &o);
}

static const ad_field linear_fields[] = {
    {.path = "out",
     .type = AD_FIELD_WHOLE,
     RANGE(1, 1e8),
     .required = true,
     .offset = AT(out),
     .also = "units features out_features size width hidden",
     .help = "features after"},
    TRUTH(bias, "true", "use_bias", "a number added to each feature"),
    NAME,
};

static ad_tensor *build_linear(const ad_layer *l, ad_tensor *x)
{
    ad_linear_options o =
        AD_OPTIONS(ad_linear_options, .out = l->out, .bias = l->bias, .name = l->name);
    return (ad_linear)(x, &o);
}

static const ad_field batch_norm_fields[] = {
    {.path = "epsilon",
     .type = AD_FIELD_NUMBER,
     RANGE(0, 1),
     .above_low = true,
     .initial = "1e-5",
     .offset = AT(epsilon),
     .also = "eps",
     .help = "added to the variance"},
    {.path = "momentum",
     .type = AD_FIELD_NUMBER,
     RANGE(0, 1),
     .initial = "0.1",
     .offset = AT(momentum),
     .help = "weight of the new batch in the moving averages"},
    TRUTH(affine, "true", NULL, "a learned scale and offset"),
    TRUTH(frozen, "false", NULL, "use and keep the moving averages in training too"),
    NAME,
};

static ad_tensor *build_batch_norm(const ad_layer *l, ad_tensor *x)
{
    ad_norm_options o = AD_OPTIONS(ad_norm_options, .epsilon = l->epsilon, .momentum = l->momentum,
                                   .frozen = l->frozen, .affine = l->affine, .name = l->name);
    return (ad_batch_norm)(x, &o);
}

static const ad_field layer_norm_fields[] = {
    {.path = "epsilon",
     .type = AD_FIELD_NUMBER,
     RANGE(0, 1),
     .above_low = true,
     .initial = "1e-5",
     .offset = AT(epsilon),
     .also = "eps",
     .help = "added to the variance"},
    TRUTH(affine, "true", NULL, "a learned scale and offset"),
    NAME,
};

static ad_tensor *build_layer_norm(const ad_layer *l, ad_tensor *x)
{
    ad_norm_options o =
        AD_OPTIONS(ad_norm_options, .epsilon = l->epsilon, .affine = l->affine, .name = l->name);
    return (ad_layer_norm)(x, &o);
}

static const ad_field prelu_fields[] = {
    {.path = "slope",
     .type = AD_FIELD_NUMBER,
     RANGE(-1000, 1000),
     .initial = "0.25",
     .offset = AT(slope),
     .also = "init alpha",
     .help = "at the start"},
    {.path = "name",
     .type = AD_FIELD_TEXT,
     .required = true,
     .offset = AT(name),
     .help = "of its weight, NAME.weight"},
};

/* One slope for all channels, as PyTorch's default: weight (1). */
static ad_tensor *build_prelu(const ad_layer *l, ad_tensor *x)
{
    char name[256];
    snprintf(name, sizeof name, "%s.weight", l->name);
    ad_graph *g = ad_tensor_graph(x);
    return (ad_prelu)(x, (ad_variable)(g, name,
                                       (ad_full)(g, ad_tensor_type(x), AD_SHAPE(1), l->slope)));
}

/* ---------------------------------------------------------------- layers without */

static const ad_field max_pool_fields[] = {
    PAIR(window, 1, "2", "kernel size pool_size kernel_size", "size of the window"),
    PAIR(stride, 1, NULL, "strides", "step from one window to the next; default: the window"),
    PAIR(padding, 0, "0", "pad", "at each side, never chosen"),
};

static ad_window_options window(const ad_layer *l)
{
    ad_window_options o = AD_OPTIONS(ad_window_options, .count_padding = l->count_padding);
    o.window = l->window[0], o.window_w = l->window[1];
    if (l->stride[0]) /* given */
        o.stride = l->stride[0], o.stride_w = l->stride[1];
    o.padding = l->padding[0], o.padding_w = l->padding[1];
    return o;
}

static ad_tensor *build_max_pool(const ad_layer *l, ad_tensor *x)
{
    ad_window_options o = window(l);
    return (ad_max_pool)(x, &o);
}

static const ad_field average_pool_fields[] = {
    PAIR(window, 1, "2", "kernel size pool_size kernel_size", "size of the window"),
    PAIR(stride, 1, NULL, "strides", "step from one window to the next; default: the window"),
    PAIR(padding, 0, "0", "pad", "at each side"),
    TRUTH(count_padding, "false", "count_include_pad", "count padded places in the divisor"),
};

static ad_tensor *build_average_pool(const ad_layer *l, ad_tensor *x)
{
    ad_window_options o = window(l);
    return (ad_average_pool)(x, &o);
}

static const ad_field dropout_fields[] = {
    {.path = "rate",
     .type = AD_FIELD_NUMBER,
     RANGE(0, 1),
     .below_high = true,
     .initial = "0.5",
     .offset = AT(rate),
     .also = "p prob probability",
     .help = "share of elements set to zero in training"},
};

static ad_tensor *build_dropout(const ad_layer *l, ad_tensor *x)
{
    ad_dropout_options o = AD_OPTIONS(ad_dropout_options, .rate = l->rate);
    return (ad_dropout)(x, &o);
}

static const ad_field leaky_relu_fields[] = {
    {.path = "slope",
     .type = AD_FIELD_NUMBER,
     RANGE(-1000, 1000),
     .initial = "0.01",
     .offset = AT(slope),
     .also = "negative_slope alpha",
     .help = "below zero"},
};

static ad_tensor *build_leaky_relu(const ad_layer *l, ad_tensor *x)
{
    return (ad_leaky_relu)(x, l->slope);
}

static const ad_field elu_fields[] = {
    {.path = "alpha",
     .type = AD_FIELD_NUMBER,
     RANGE(0, 1000),
     .initial = "1",
     .offset = AT(alpha),
     .help = "minus the limit below"},
};

static ad_tensor *build_elu(const ad_layer *l, ad_tensor *x)
{
    return (ad_elu)(x, l->alpha);
}

#define PLAIN(name)                                                 \
    static ad_tensor *build_##name(const ad_layer *l, ad_tensor *x) \
    {                                                               \
        (void)l;                                                    \
        return (ad_##name)(x);                                      \
    }
PLAIN(flatten)
PLAIN(relu)
PLAIN(selu)
PLAIN(sigmoid)
PLAIN(tanh)
PLAIN(gelu)
PLAIN(gelu_tanh)
PLAIN(swish)
PLAIN(softplus)

/* ---------------------------------------------------------------- the table */

static const ad_layer_kind kinds[] = {
    {.name = "conv",
     COUNT(conv_fields),
     .build = build_conv,
     .also = "conv2d convolution convolution2d",
     .help = "filters over height and width"},
    {.name = "linear",
     COUNT(linear_fields),
     .build = build_linear,
     .also = "dense fc fully_connected affine",
     .help = "x W + b over the last axis"},
    {.name = "flatten",
     .build = build_flatten,
     .also = "reshape view",
     .help = "(batch, ...) to (batch, features)"},
    {.name = "max_pool",
     COUNT(max_pool_fields),
     .build = build_max_pool,
     .also = "maxpool2d max_pool2d maxpooling2d pool pooling",
     .help = "largest of each window"},
    {.name = "average_pool",
     COUNT(average_pool_fields),
     .build = build_average_pool,
     .also = "avg_pool avgpool avgpool2d avg_pool2d mean_pool",
     .help = "mean of each window"},
    {.name = "batch_norm",
     COUNT(batch_norm_fields),
     .build = build_batch_norm,
     .over_batch = true,
     .also = "bn batchnorm2d batchnormalization",
     .help = "over all axes but the last (Ioffe and Szegedy 2015)"},
    {.name = "layer_norm",
     COUNT(layer_norm_fields),
     .build = build_layer_norm,
     .also = "ln layernormalization",
     .help = "over the last axis (Ba et al. 2016)"},
    {.name = "dropout",
     COUNT(dropout_fields),
     .build = build_dropout,
     .help = "zeros at random in training (Srivastava et al. 2014)"},
    {.name = "relu", .build = build_relu, .also = "rectifier", .help = "max(x, 0)"},
    {.name = "leaky_relu",
     COUNT(leaky_relu_fields),
     .build = build_leaky_relu,
     .also = "lrelu",
     .help = "x above zero, slope x below"},
    {.name = "prelu",
     COUNT(prelu_fields),
     .build = build_prelu,
     .help = "the same with a learned slope"},
    {.name = "elu",
     COUNT(elu_fields),
     .build = build_elu,
     .help = "x above zero, alpha (e^x - 1) below"},
    {.name = "selu", .build = build_selu, .help = "scaled elu with fixed constants"},
    {.name = "sigmoid", .build = build_sigmoid, .also = "logistic", .help = "1 / (1 + e^-x)"},
    {.name = "tanh", .build = build_tanh, .help = "hyperbolic tangent"},
    {.name = "gelu", .build = build_gelu, .help = "x Phi(x), with erf"},
    {.name = "gelu_tanh", .build = build_gelu_tanh, .help = "its approximation by tanh"},
    {.name = "swish", .build = build_swish, .also = "silu", .help = "x sigmoid(x)"},
    {.name = "softplus", .build = build_softplus, .help = "log(1 + e^x)"},
};

const ad_layer_kind *ad_layer_kinds(int *count)
{
    *count = sizeof kinds / sizeof *kinds;
    return kinds;
}
