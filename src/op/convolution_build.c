/* The public calls of convolution and transposed convolution. */
#include "base/error.h"
#include "base/option.h"
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

static struct window_attributes attributes(const ad_window_options *o, int rank)
{
    struct window_attributes a = {1, 1, 0, 0, 1, 1, 1};
    a.stride = option_same(o->stride, 1);
    a.padding = o->padding;
    a.dilation = o->dilation;
    a.groups = o->groups;
    if (rank == 3)
        return a;
    a.stride_w = option_same(o->stride_w, a.stride);
    a.padding_w = option_same(o->padding_w, a.padding);
    a.dilation_w = option_same(o->dilation_w, a.dilation);
    return a;
}

/* Options that the call does not have. */
static const char *misplaced(const ad_window_options *o, bool transposed)
{
    if (o->window != 2 || o->window_w != AD_SAME)
        return "window (the weight's shape says how large it is)";
    if (o->count_padding)
        return "count_padding";
    if (!transposed && (o->output_padding || option_same(o->output_padding_w, 0)))
        return "output_padding (that is for ad_convolution_transpose)";
    return NULL;
}

/* Fills o; fails where an option is not one of this call. */
static ad_status read_options(ad_window_options *o, const ad_window_options *given, int rank,
                              bool transposed)
{
    TRY(options_read(ad_window_options, o, given));
    const char *wrong = misplaced(o, transposed);
    if (wrong)
        return fail(AD_ERROR_ARGUMENT, "there is no option %s", wrong);
    return window_check_width(o, rank);
}

ad_tensor *ad_convolution(ad_tensor *x, ad_tensor *weight, const ad_window_options *options)
{
    ad_tensor *poison = check("ad_convolution", x, weight);
    if (poison)
        return poison;
    ad_window_options o = AD_OPTIONS(ad_window_options);
    ad_status status = read_options(&o, options, x->shape.rank, false);
    if (status != AD_OK)
        return graph_passed(x->node->graph, "ad_convolution", status);
    struct window_attributes a = attributes(&o, x->shape.rank);
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

static ad_tensor *transposed(ad_tensor *x, ad_tensor *weight, const ad_window_options *o)
{
    struct window_attributes a = attributes(o, x->shape.rank);
    struct convolution_input_attributes b = {a, 1, 1};
    const ad_dim *w = weight->shape.size;
    struct window_axis along = {w[2], a.stride, a.padding, a.dilation};
    int64_t extra = o->output_padding, extra_w = option_same(o->output_padding_w, extra);
    ad_tensor *poison = size_after(x, 1, &along, extra, &b.size);
    if (x->shape.rank == 4 && !poison) {
        struct window_axis across = {w[3], a.stride_w, a.padding_w, a.dilation_w};
        poison = size_after(x, 2, &across, extra_w, &b.size_w);
    }
    return poison ? poison : graph_node2(&op_convolution_input, &b, x, weight);
}

ad_tensor *ad_convolution_transpose(ad_tensor *x, ad_tensor *weight,
                                    const ad_window_options *options)
{
    ad_tensor *poison = check("ad_convolution_transpose", x, weight);
    if (poison)
        return poison;
    ad_window_options o = AD_OPTIONS(ad_window_options);
    ad_status status = read_options(&o, options, x->shape.rank, true);
    if (status != AD_OK)
        return graph_passed(x->node->graph, "ad_convolution_transpose", status);
    ad_dim channels = x->shape.size[x->shape.rank - 1];
    if (channels != weight->shape.size[0])
        return graph_poison(
            x->node->graph, AD_ERROR_SHAPE,
            "ad_convolution_transpose: the channels of %s are not the first size of "
            "the weight %s, which is (channels, filters / groups, ...)",
            graph_shape_text(x->node->graph, &x->shape),
            graph_shape_text(x->node->graph, &weight->shape));
    return transposed(x, weight, &o);
}
