/* Convolution layers.  Weights (filters, channels / groups, height, width), or (filters, channels /
 * groups, time); transposed: (channels, filters / groups, height, width). */
#include "base/option.h"
#include "nn/layer.h"
#include "nn/record.h"

/* One layer while it is made. */
struct conv {
    struct layer layer;
    ad_conv_options o;
    int64_t channels, kernel, kernel_w;
    bool transposed;
};

static ad_tensor *check_kernel(const struct conv *c)
{
    const ad_conv_options *o = &c->o;
    if (c->kernel <= 0 || c->kernel_w <= 0)
        return layer_mistake(&c->layer, AD_ERROR_ARGUMENT,
                             ".kernel is %lld x %lld; give its size, .kernel = 3 for example",
                             (long long)c->kernel, (long long)c->kernel_w);
    if (o->same && (c->kernel % 2 == 0 || c->kernel_w % 2 == 0))
        return layer_mistake(&c->layer, AD_ERROR_ARGUMENT,
                             ".same keeps the size with odd kernels only, and the kernel is %lld x "
                             "%lld; give .padding",
                             (long long)c->kernel, (long long)c->kernel_w);
    int64_t padding_w = option_same(o->padding_w, o->padding);
    if (o->same && (o->padding || padding_w))
        return layer_mistake(
            &c->layer, AD_ERROR_ARGUMENT,
            ".same and .padding = %lld are two ways to say how much is padded; give one",
            (long long)(o->padding ? o->padding : padding_w));
    return NULL;
}

static ad_tensor *check(const struct conv *c)
{
    const ad_conv_options *o = &c->o;
    if (o->filters <= 0)
        return layer_mistake(
            &c->layer, AD_ERROR_ARGUMENT,
            ".filters is %lld; say how many channels come out, .filters = 32 for example",
            (long long)o->filters);
    if (o->groups <= 0 || c->channels % o->groups || o->filters % o->groups)
        return layer_mistake(
            &c->layer, AD_ERROR_ARGUMENT,
            ".groups is %lld; it has to divide the %lld channels and the %lld filters",
            (long long)o->groups, (long long)c->channels, (long long)o->filters);
    if (!c->transposed && (o->output_padding || option_same(o->output_padding_w, 0)))
        return layer_mistake(&c->layer, AD_ERROR_ARGUMENT,
                             ".output_padding is for ad_conv_transpose2d");
    if (o->causal && (c->kernel_w > 1 || c->transposed || o->same || o->padding))
        return layer_mistake(&c->layer, AD_ERROR_ARGUMENT,
                             ".causal is for ad_conv1d, and says all of the padding: leave .same "
                             "and .padding out");
    return check_kernel(c);
}

/* The options of the op that the layer is made of. */
static ad_window_options window_of(const struct conv *c, int rank)
{
    const ad_conv_options *o = &c->o;
    ad_window_options w =
        AD_OPTIONS(ad_window_options, .stride = o->stride, .stride_w = o->stride_w,
                   .padding = o->padding, .padding_w = o->padding_w, .dilation = o->dilation,
                   .dilation_w = o->dilation_w, .groups = o->groups,
                   .output_padding = o->output_padding, .output_padding_w = o->output_padding_w);
    if (!o->same)
        return w;
    w.padding = o->dilation * (c->kernel - 1) / 2;
    if (rank == 4)
        w.padding_w = option_same(o->dilation_w, o->dilation) * (c->kernel_w - 1) / 2;
    return w;
}

static ad_shape weight_shape(const struct conv *c, int rank)
{
    int64_t first = c->transposed ? c->channels : c->o.filters;
    int64_t second = (c->transposed ? c->o.filters : c->channels) / c->o.groups;
    if (rank == 3)
        return AD_SHAPE(first, second, c->kernel);
    return AD_SHAPE(first, second, c->kernel, c->kernel_w);
}

static ad_tensor *apply(struct conv *c, ad_tensor *x)
{
    ad_shape shape = weight_shape(c, x->shape.rank);
    ad_window_options window = window_of(c, x->shape.rank);
    layer_fan_in(&c->layer, (double)shape.size[1] * (double)c->kernel * (double)c->kernel_w);
    ad_tensor *weight = layer_uniform(&c->layer, AD_ROLE_WEIGHT, "weight", shape);
    if (c->o.causal)
        x = ad_pad(x, 1, c->o.dilation * (c->kernel - 1), 0, 0);
    ad_tensor *y = c->transposed ? ad_convolution_transpose(x, weight, &window)
                                 : ad_convolution(x, weight, &window);
    if (!c->o.bias)
        return y;
    return ad_add(y, layer_uniform(&c->layer, AD_ROLE_BIAS, "bias", AD_SHAPE(c->o.filters)));
}

/* rank: axes of x, batch and channels included. */
static ad_tensor *build(ad_tensor *x, const ad_conv_options *options, int rank, bool transposed)
{
    struct conv c = {.o = AD_OPTIONS(ad_conv_options), .transposed = transposed};
    const char *kind = transposed ? "conv_transpose" : "conv";
    ad_status status = options_read(ad_conv_options, &c.o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), kind, status);
    poison = poison ? poison : layer_begin(&c.layer, kind, c.o.name, x, 1);
    if (poison)
        return poison;
    if (x->shape.rank != rank)
        return layer_mistake(
            &c.layer, AD_ERROR_SHAPE, "x is %s and has to be (batch, %s, channels)",
            graph_shape_text(c.layer.graph, &x->shape), rank == 3 ? "time" : "height, width");
    c.channels = x->shape.size[rank - 1];
    c.kernel = c.o.kernel;
    c.kernel_w = rank == 3 ? option_same(c.o.kernel_w, 1) : option_same(c.o.kernel_w, c.kernel);
    poison = check(&c);
    return poison ? poison : apply(&c, x);
}

ad_tensor *ad_conv1d(ad_tensor *x, const ad_conv_options *options)
{
    return build(x, options, 3, false);
}

ad_tensor *ad_conv2d(ad_tensor *x, const ad_conv_options *options)
{
    return build(x, options, 4, false);
}

ad_tensor *ad_conv_transpose2d(ad_tensor *x, const ad_conv_options *options)
{
    return build(x, options, 4, true);
}

/* ---------------------------------------------------------------- records */

#define FILTERS                                                          \
    {                                                                    \
        .name = "filters", .type = AD_OPTION_WHOLE, .required = true,    \
        .offset = offsetof(ad_conv_options, filters), ROW_RANGE(1, 1e6), \
        .also = "out channels out_channels", .help = "channels after"    \
    }
#define GROUPS \
    ROW_WHOLE(ad_conv_options, groups, 1, 1e6, NULL, "channels are cut in groups that do not mix")
#define SAME ROW_TRUTH(ad_conv_options, same, NULL, "padding that keeps the size: (kernel - 1) / 2")
#define BIAS ROW_TRUTH(ad_conv_options, bias, "use_bias", "a number added to each filter's result")
#define KERNEL(type_)                                                                \
    {                                                                                \
        .name = "kernel", .type = type_, .required = true,                           \
        .offset = offsetof(ad_conv_options, kernel),                                 \
        .second = offsetof(ad_conv_options, kernel_w), ROW_RANGE(1, 4096),           \
        .also = "kernel_size filter_size size window", .help = "size of the filters" \
    }

static const char stride_help[] = "step from one place to the next";
static const char padding_help[] = "zeros at each side";
static const char dilation_help[] = "distance of the filter's places";

static const ad_option conv_rows[] = {
    FILTERS,
    KERNEL(AD_OPTION_PAIR),
    ROW_PAIR(ad_conv_options, stride, 1, "strides", stride_help),
    ROW_PAIR(ad_conv_options, padding, 0, "pad", padding_help),
    ROW_PAIR(ad_conv_options, dilation, 1, "dilation_rate", dilation_help),
    GROUPS,
    SAME,
    BIAS,
    ROW_NAME(ad_conv_options),
};

static const ad_option conv1d_rows[] = {
    FILTERS,
    KERNEL(AD_OPTION_WHOLE),
    ROW_WHOLE(ad_conv_options, stride, 1, 4096, "strides", stride_help),
    ROW_WHOLE(ad_conv_options, padding, 0, 4096, "pad", padding_help),
    ROW_WHOLE(ad_conv_options, dilation, 1, 4096, "dilation_rate", dilation_help),
    GROUPS,
    SAME,
    ROW_TRUTH(ad_conv_options, causal, NULL,
              "all padding before the first step: each is made of itself and those before"),
    BIAS,
    ROW_NAME(ad_conv_options),
};

static const ad_option conv_transpose_rows[] = {
    FILTERS,
    KERNEL(AD_OPTION_PAIR),
    ROW_PAIR(ad_conv_options, stride, 1, "strides", "places after for one before"),
    ROW_PAIR(ad_conv_options, padding, 0, "pad", "places taken off each side"),
    ROW_PAIR(ad_conv_options, output_padding, 0, NULL,
             "rows and columns added at the end, less than the stride"),
    ROW_PAIR(ad_conv_options, dilation, 1, "dilation_rate", dilation_help),
    GROUPS,
    BIAS,
    ROW_NAME(ad_conv_options),
};

static const ad_conv_options initial = AD_OPTIONS_INIT(ad_conv_options);

static ad_tensor *make_conv(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_conv2d(in[0], options);
}

static ad_tensor *make_conv1d(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_conv1d(in[0], options);
}

static bool conv1d_window(const void *options, ad_layer_window *w)
{
    const ad_conv_options *o = options;
    int64_t wide = o->dilation * (o->kernel - 1);
    *w = (ad_layer_window){.reach = wide + 1, .stride = o->stride};
    w->before = o->causal ? wide : o->same ? wide / 2 : o->padding;
    w->after = o->causal ? 0 : w->before;
    return true;
}

static ad_tensor *make_conv_transpose(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_conv_transpose2d(in[0], options);
}

const ad_layer_record layer_conv = {.record = {.name = "conv",
                                               .help = "filters over height and width",
                                               .also = "conv2d cnn convolution convolution2d",
                                               AD_RECORD_OPTIONS(conv_rows, initial)},
                                    ONE_INPUT,
                                    .make = make_conv};
const ad_layer_record layer_conv1d = {.record = {.name = "conv1d",
                                                 .help = "filters over time",
                                                 .also = "convolution1d",
                                                 AD_RECORD_OPTIONS(conv1d_rows, initial)},
                                      ONE_INPUT,
                                      .time = AD_TIME_WINDOWS,
                                      .window = conv1d_window,
                                      .make = make_conv1d};
const ad_layer_record layer_conv_transpose = {
    .record = {.name = "conv_transpose",
               .help = "filters that make an image larger: the gradient of a convolution",
               .also = "conv_transpose2d convtranspose2d conv2d_transpose conv2dtranspose deconv",
               AD_RECORD_OPTIONS(conv_transpose_rows, initial)},
    ONE_INPUT,
    .make = make_conv_transpose};
