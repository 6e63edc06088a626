/* Convolution layers.  Weights (filters, channels / groups, height, width), or (filters, channels /
 * groups, time); transposed: (channels, filters / groups, height, width). */
#include "nn/layer.h"

/* One layer while it is made. */
struct conv {
    struct layer layer;
    const ad_conv_options *o;
    int64_t channels, groups, kernel, kernel_w;
    bool transposed;
};

static int64_t or_else(int64_t given, int64_t usual)
{
    return given ? given : usual;
}

static ad_tensor *check_kernel(const struct conv *c)
{
    const ad_conv_options *o = c->o;
    if (c->kernel <= 0 || c->kernel_w <= 0)
        return layer_mistake(&c->layer, AD_ERROR_ARGUMENT,
                             ".kernel is %lld x %lld; give its size, .kernel = 3 for example",
                             (long long)c->kernel, (long long)c->kernel_w);
    if (o->same && (c->kernel % 2 == 0 || c->kernel_w % 2 == 0))
        return layer_mistake(&c->layer, AD_ERROR_ARGUMENT,
                             ".same keeps the size with odd kernels only, and the kernel is %lld x "
                             "%lld; give .padding",
                             (long long)c->kernel, (long long)c->kernel_w);
    if (o->same && (o->padding || o->padding_w))
        return layer_mistake(
            &c->layer, AD_ERROR_ARGUMENT,
            ".same and .padding = %lld are two ways to say how much is padded; give one",
            (long long)(o->padding ? o->padding : o->padding_w));
    return NULL;
}

static ad_tensor *check(const struct conv *c)
{
    const ad_conv_options *o = c->o;
    if (o->filters <= 0)
        return layer_mistake(
            &c->layer, AD_ERROR_ARGUMENT,
            ".filters is %lld; say how many channels come out, .filters = 32 for example",
            (long long)o->filters);
    if (c->groups <= 0 || c->channels % c->groups || o->filters % c->groups)
        return layer_mistake(
            &c->layer, AD_ERROR_ARGUMENT,
            ".groups is %lld; it has to divide the %lld channels and the %lld filters",
            (long long)c->groups, (long long)c->channels, (long long)o->filters);
    if (!c->transposed && (o->output_padding || o->output_padding_w))
        return layer_mistake(&c->layer, AD_ERROR_ARGUMENT,
                             ".output_padding is for ad_conv_transpose2d");
    return check_kernel(c);
}

/* The options of the op that the layer is made of. */
static ad_window_options window_of(const struct conv *c)
{
    const ad_conv_options *o = c->o;
    ad_window_options w = {.size_ = sizeof w,
                           .stride = o->stride,
                           .stride_w = o->stride_w,
                           .padding = o->padding,
                           .padding_w = o->padding_w,
                           .dilation = o->dilation,
                           .dilation_w = o->dilation_w,
                           .groups = o->groups,
                           .output_padding = o->output_padding,
                           .output_padding_w = o->output_padding_w};
    if (!o->same)
        return w;
    int64_t dilation = or_else(o->dilation, 1), dilation_w = or_else(o->dilation_w, dilation);
    w.padding = dilation * (c->kernel - 1) / 2;
    w.padding_w = dilation_w * (c->kernel_w - 1) / 2;
    if (!w.padding_w)
        w.padding_w = -1; /* none, where 0 would be as much as along the other axis */
    return w;
}

static ad_shape weight_shape(const struct conv *c, int rank)
{
    int64_t first = c->transposed ? c->channels : c->o->filters;
    int64_t second = (c->transposed ? c->o->filters : c->channels) / c->groups;
    if (rank == 3)
        return AD_SHAPE(first, second, c->kernel);
    return AD_SHAPE(first, second, c->kernel, c->kernel_w);
}

static ad_tensor *apply(struct conv *c, ad_tensor *x)
{
    ad_shape shape = weight_shape(c, x->shape.rank);
    ad_window_options window = window_of(c);
    layer_fan_in(&c->layer, (double)shape.size[1] * (double)c->kernel * (double)c->kernel_w);
    ad_tensor *weight = layer_uniform(&c->layer, "weight", shape);
    ad_tensor *y = c->transposed ? (ad_convolution_transpose)(x, weight, &window)
                                 : (ad_convolution)(x, weight, &window);
    if (c->o->no_bias)
        return y;
    return (ad_add)(y, layer_uniform(&c->layer, "bias", AD_SHAPE(c->o->filters)));
}

/* rank: axes of x, batch and channels included. */
static ad_tensor *build(ad_tensor *x, const ad_conv_options *options, int rank, bool transposed)
{
    static const ad_conv_options none = {.size_ = sizeof none};
    struct conv c = {.o = options ? options : &none, .transposed = transposed};
    const char *kind = transposed ? "conv_transpose" : "conv";
    ad_tensor *poison = layer_begin(&c.layer, kind, c.o->name, x, 1);
    if (poison)
        return poison;
    if (x->shape.rank != rank)
        return layer_mistake(
            &c.layer, AD_ERROR_SHAPE, "x is %s and has to be (batch, %s, channels)",
            graph_shape_text(c.layer.graph, &x->shape), rank == 3 ? "time" : "height, width");
    c.channels = x->shape.size[rank - 1];
    c.groups = or_else(c.o->groups, 1);
    c.kernel = c.o->kernel;
    c.kernel_w = rank == 3 ? 1 : or_else(c.o->kernel_w, c.kernel);
    poison = check(&c);
    return poison ? poison : apply(&c, x);
}

ad_tensor *(ad_conv1d)(ad_tensor *x, const ad_conv_options *options)
{
    return build(x, options, 3, false);
}

ad_tensor *(ad_conv2d)(ad_tensor *x, const ad_conv_options *options)
{
    return build(x, options, 4, false);
}

ad_tensor *(ad_conv_transpose2d)(ad_tensor *x, const ad_conv_options *options)
{
    return build(x, options, 4, true);
}
