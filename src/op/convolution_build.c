/* The public calls of convolution and transposed convolution. */
#include "op/convolution.h"

/* Both inputs are sound and are images or sequences; else poison. */
static ad_tensor *check(const char *call, ad_tensor *x, ad_tensor *weight)
{
    ad_tensor *in[] = {x, weight};
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, call, in, 2);
    if (poison)
        return poison;
    if (x->shape.rank == weight->shape.rank && (x->shape.rank == 3 || x->shape.rank == 4))
        return NULL;
    return graph_poison(
        graph, AD_ERROR_SHAPE,
        "%s: got %s and a weight %s; it takes (batch, height, width, channels) with "
        "4 axes of weight, or (batch, time, channels) with 3; ad_reshape adds an axis",
        call, graph_shape_text(graph, &x->shape), graph_shape_text(graph, &weight->shape));
}

static struct window_attributes attributes(const ad_window_options *options, int rank)
{
    struct window_attributes a = {1, 1, 0, 0, 1, 1, 1};
    if (!options)
        return a;
    a.stride = window_option(options->stride, 1);
    a.padding = options->padding;
    a.dilation = window_option(options->dilation, 1);
    a.groups = window_option(options->groups, 1);
    if (rank == 3)
        return a;
    a.stride_w = window_option(options->stride_w, a.stride);
    a.padding_w = window_padding(options->padding_w, a.padding);
    a.dilation_w = window_option(options->dilation_w, a.dilation);
    return a;
}

/* Options that the call does not have. */
static const char *misplaced(const ad_window_options *o, bool transposed)
{
    if (!o)
        return NULL;
    if (o->window || o->window_w)
        return "window (the weight's shape says how large it is)";
    if (o->count_padding)
        return "count_padding";
    if (!transposed && (o->output_padding || o->output_padding_w))
        return "output_padding (that is for ad_convolution_transpose)";
    return NULL;
}

ad_tensor *(ad_convolution)(ad_tensor *x, ad_tensor *weight, const ad_window_options *options)
{
    ad_tensor *poison = check("ad_convolution", x, weight);
    if (poison)
        return poison;
    const char *wrong = misplaced(options, false);
    if (wrong)
        return graph_poison(x->node->graph, AD_ERROR_ARGUMENT, "ad_convolution has no option %s",
                            wrong);
    struct window_attributes a = attributes(options, x->shape.rank);
    return graph_node2(&op_convolution, &a, x, weight);
}

/* The size after a transposed convolution along one axis; poison where there is none. */
static ad_tensor *size_after(ad_tensor *x, int axis, const struct window_axis *window,
                             int64_t output_padding, ad_dim *size)
{
    ad_graph *graph = x->node->graph;
    ad_status status = window_size(graph, x->shape.size[axis], window, output_padding, size);
    if (status != AD_OK)
        return graph_poison(graph, status, "ad_convolution_transpose: axis %d of %s: %s", axis,
                            graph_shape_text(graph, &x->shape), ad_error());
    if (output_padding >= 0 && output_padding < window->stride)
        return NULL;
    return graph_poison(
        graph, AD_ERROR_ARGUMENT,
        "ad_convolution_transpose: output_padding %lld with stride %lld; it is 0 to "
        "stride - 1",
        (long long)output_padding, (long long)window->stride);
}

static ad_tensor *transposed(ad_tensor *x, ad_tensor *weight, const ad_window_options *options)
{
    struct window_attributes a = attributes(options, x->shape.rank);
    struct convolution_input_attributes b = {a, 1, 1};
    const ad_dim *w = weight->shape.size;
    struct window_axis along = {w[2], a.stride, a.padding, a.dilation};
    int64_t extra = options ? options->output_padding : 0;
    int64_t extra_w = options ? window_padding(options->output_padding_w, extra) : 0;
    ad_tensor *poison = size_after(x, 1, &along, extra, &b.size);
    if (x->shape.rank == 4 && !poison) {
        struct window_axis across = {w[3], a.stride_w, a.padding_w, a.dilation_w};
        poison = size_after(x, 2, &across, extra_w, &b.size_w);
    }
    return poison ? poison : graph_node2(&op_convolution_input, &b, x, weight);
}

ad_tensor *(ad_convolution_transpose)(ad_tensor *x, ad_tensor *weight,
                                      const ad_window_options *options)
{
    ad_tensor *poison = check("ad_convolution_transpose", x, weight);
    if (poison)
        return poison;
    const char *wrong = misplaced(options, true);
    if (wrong)
        return graph_poison(x->node->graph, AD_ERROR_ARGUMENT,
                            "ad_convolution_transpose has no option %s", wrong);
    ad_dim channels = x->shape.size[x->shape.rank - 1];
    if (channels != weight->shape.size[0])
        return graph_poison(
            x->node->graph, AD_ERROR_SHAPE,
            "ad_convolution_transpose: the channels of %s are not the first size of "
            "the weight %s, which is (channels, filters / groups, ...)",
            graph_shape_text(x->node->graph, &x->shape),
            graph_shape_text(x->node->graph, &weight->shape));
    return transposed(x, weight, options);
}
