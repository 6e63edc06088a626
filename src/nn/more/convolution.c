/* Convolution layers over up to three axes, and those made of several. */
#include "base/error.h"
#include "base/option.h"
#include "core/dim.h"
#include "nn/layer.h"
#include "nn/more/weight_norm.h"
#include "nn/record.h"
#include "op/more/places.h"
#include "op/shape.h"
#include "op/window.h"

enum { LOCAL_MAX = 1024 }; /* taps of a kernel */

static const ad_conv_nd_options usual = AD_OPTIONS_INIT(ad_conv_nd_options);

struct conv {
    struct layer layer;
    ad_conv_nd_options o;
    ad_window_nd_options window;
    int axes;
    ad_dim channels;
    int64_t kernel[PLACES_MAX], taps;
    bool transposed;
};

/* What .same and .causal come to. */
static void set_padding(struct conv *c, const int64_t *dilation)
{
    const ad_conv_nd_options *o = &c->o;
    ad_shape *before = &c->window.padding, *after = &c->window.padding_after;
    before->rank = after->rank = c->axes;
    for (int i = 0; i < c->axes; i++) {
        int64_t all = dilation[i] * (c->kernel[i] - 1);
        bool causal = i == 0 && o->causal;
        before->size[i] = causal ? all : o->same ? all / 2 : 0;
        after->size[i] = causal || !o->same ? 0 : all - all / 2;
    }
}

/* Copies options, NULL or sound ones. */
static ad_tensor *read_options(const char *call, ad_tensor *x, const ad_conv_nd_options *options,
                               ad_conv_nd_options *o, int least)
{
    *o = usual;
    ad_status status = options_read(ad_conv_nd_options, o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), call, status);
    return poison ? poison : places_check(call, x, least);
}

/* Reads and checks options; the channels and filters have to be cut into groups. */
static ad_tensor *begin(struct conv *c, const char *kind, ad_tensor *x,
                        const ad_conv_nd_options *options)
{
    static const int64_t zeros[] = {0, 0, 0}, ones[] = {1, 1, 1};
    ad_conv_nd_options *o = &c->o;
    int64_t dilation[PLACES_MAX];
    ad_tensor *poison = read_options(kind, x, options, o, 0);
    poison = poison ? poison : layer_begin(&c->layer, kind, o->name, x, 2);
    if (poison)
        return poison;
    c->axes = x->shape.rank - 2;
    c->channels = x->shape.size[x->shape.rank - 1];
    bool sizes = places_spread(&o->kernel, c->axes, 1, zeros, c->kernel) &&
                 places_spread(&o->dilation, c->axes, 1, ones, dilation);
    bool pads = o->padding.rank || o->padding_after.rank || c->transposed;
    if (!sizes || o->filters <= 0 || o->groups <= 0 || c->channels % o->groups ||
        o->filters % o->groups || (pads && (o->same || o->causal)))
        return layer_mistake(
            &c->layer, AD_ERROR_ARGUMENT,
            "x is %s: .filters and .kernel have to be given, .kernel for each axis; "
            ".groups divides channels and filters; .same, .causal and .padding "
            "exclude each other",
            graph_shape_text(c->layer.graph, &x->shape));
    c->window = AD_OPTIONS(ad_window_nd_options, .stride = o->stride, .dilation = o->dilation,
                           .padding = o->padding, .padding_after = o->padding_after,
                           .output_padding = o->output_padding, .groups = o->groups);
    c->taps = 1;
    for (int i = 0; i < c->axes; i++)
        c->taps *= c->kernel[i];
    if (o->same || o->causal)
        set_padding(c, dilation);
    return NULL;
}

static ad_tensor *build(ad_tensor *x, const ad_conv_nd_options *options, bool transposed)
{
    struct conv c = {.transposed = transposed};
    ad_tensor *poison = begin(&c, transposed ? "conv_transpose" : "conv", x, options);
    if (poison)
        return poison;
    int64_t first = transposed ? c.channels : c.o.filters;
    int64_t second = (transposed ? c.o.filters : c.channels) / c.o.groups;
    ad_shape shape = {.rank = 2 + c.axes, .size = {first, second}};
    for (int i = 0; i < c.axes; i++)
        shape.size[2 + i] = c.kernel[i];
    layer_fan_in(&c.layer, (double)(second * c.taps));
    ad_tensor *weight = normed_weight(&c.layer, c.o.normed, shape, transposed);
    ad_tensor *y = transposed ? ad_convolution_transpose_nd(x, weight, &c.window)
                              : ad_convolution_nd(x, weight, &c.window);
    if (!c.o.bias)
        return y;
    return ad_add(y, layer_uniform(&c.layer, AD_ROLE_BIAS, "bias", AD_SHAPE(c.o.filters)));
}

ad_tensor *ad_conv_nd(ad_tensor *x, const ad_conv_nd_options *options)
{
    return build(x, options, false);
}

ad_tensor *ad_conv_transpose_nd(ad_tensor *x, const ad_conv_nd_options *options)
{
    return build(x, options, true);
}

/* ---- made of several */

static ad_tensor *depthwise(ad_tensor *x, ad_conv_nd_options o)
{
    o.groups = x->shape.size[x->shape.rank - 1];
    o.filters = dim_is_open(o.groups) ? 0 : o.groups * o.multiplier;
    return ad_conv_nd(x, &o);
}

ad_tensor *ad_depthwise_conv(ad_tensor *x, const ad_conv_nd_options *options)
{
    ad_conv_nd_options o;
    ad_tensor *poison = read_options("ad_depthwise_conv", x, options, &o, 1);
    if (poison || (o.filters == AD_SAME && o.groups == 1))
        return poison ? poison : depthwise(x, o);
    return graph_poison(x->node->graph, AD_ERROR_ARGUMENT,
                        "ad_depthwise_conv: .filters and .groups follow from .multiplier");
}

/* The same options for a layer called NAME.part. */
static ad_conv_nd_options part_of(ad_graph *graph, const ad_conv_nd_options *o, const char *name,
                                  const char *part)
{
    GRAPH_HOLD(graph);
    ad_conv_nd_options own = *o;
    own.name = name ? arena_format(&graph->arena, "%s.%s", name, part) : NULL;
    return own;
}

/* Of size 1, behind another. */
static ad_tensor *pointwise(ad_tensor *x, const ad_conv_nd_options *o, const char *name,
                            const char *part)
{
    ad_conv_nd_options one = part_of(ad_tensor_graph(x), o, name, part);
    one.kernel = AD_SHAPE(1);
    one.stride = one.padding = one.padding_after = one.dilation = AD_SCALAR;
    one.same = one.causal = false;
    return ad_conv_nd(x, &one);
}

ad_tensor *ad_separable_conv(ad_tensor *x, const ad_conv_nd_options *options)
{
    ad_conv_nd_options o;
    ad_tensor *poison = read_options("ad_separable_conv", x, options, &o, 1);
    if (poison)
        return poison;
    const char *name = graph_layer_name(x->node->graph, "separable_conv", o.name);
    ad_conv_nd_options first = part_of(x->node->graph, &o, name, "depthwise");
    first.bias = false;
    return pointwise(depthwise(x, first), &o, name, "pointwise");
}

ad_tensor *ad_mlp_conv(ad_tensor *x, const ad_conv_nd_options *options)
{
    ad_conv_nd_options o;
    ad_tensor *poison = read_options("ad_mlp_conv", x, options, &o, 1);
    if (poison)
        return poison;
    const char *name = graph_layer_name(x->node->graph, "mlp_conv", o.name);
    ad_conv_nd_options first = part_of(x->node->graph, &o, name, "0");
    ad_tensor *y = ad_relu(ad_conv_nd(x, &first));
    y = ad_relu(pointwise(y, &o, name, "2"));
    return ad_relu(pointwise(y, &o, name, "4"));
}

/* ---- filters of their own at each place */

/* (batch, places, taps channels), the taps in the kernel's order. */
static ad_tensor *patches(ad_tensor *x, const struct conv *c, const struct places *p,
                          const ad_dim *count, int64_t places)
{
    ad_tensor *part[LOCAL_MAX];
    int taps = (int)c->taps;
    for (int k = 0; k < taps; k++) {
        int64_t rest = k;
        part[k] = x;
        for (int i = c->axes - 1; i >= 0; rest /= c->kernel[i], i--)
            part[k] = shape_slice(part[k], 1 + i, rest % c->kernel[i] * p->dilation[i], count[i],
                                  p->stride[i]);
    }
    return SHAPED(ad_concat(part, taps, -1), x->shape.size[0], places, taps * c->channels);
}

static ad_tensor *turned(ad_tensor *x)
{
    return ad_transpose(x, AD_AXES(1, 0, 2));
}

ad_tensor *ad_local_conv(ad_tensor *x, const ad_conv_nd_options *options)
{
    struct conv c = {0};
    struct places p = {.call = "ad_local_conv"};
    ad_tensor *poison = begin(&c, "local_conv", x, options);
    poison = poison ? poison : places_read(&p, x, false, &c.window);
    if (poison)
        return poison;
    ad_shape each = {.rank = c.axes + 1}, out = x->shape;
    bool good = c.o.groups == 1 && c.o.normed == AD_NORMED_NOT && c.taps <= LOCAL_MAX && c.axes;
    int64_t places = 1, taken = c.taps * c.channels;
    for (int i = 0; i < c.axes && good; i++) {
        int64_t room =
            x->shape.size[1 + i] + p.before[i] + p.after[i] - 1 - p.dilation[i] * (c.kernel[i] - 1);
        good = x->shape.size[1 + i] >= 0 && room >= 0;
        x = places_pad(x, 1 + i, p.before[i], p.after[i], 0);
        each.size[i] = out.size[1 + i] = room / p.stride[i] + 1;
        places *= each.size[i];
    }
    if (!good)
        return layer_mistake(
            &c.layer, AD_ERROR_SHAPE,
            "x is %s; sizes have to be numbers, windows to fit, without .groups and "
            ".normed",
            graph_shape_text(c.layer.graph, &x->shape));
    out.size[out.rank - 1] = each.size[c.axes] = c.o.filters;
    layer_fan_in(&c.layer, (double)taken);
    ad_tensor *weight =
        layer_uniform(&c.layer, AD_ROLE_WEIGHT, "weight", AD_SHAPE(places, taken, c.o.filters));
    ad_tensor *rows = turned(patches(x, &c, &p, each.size, places));
    ad_tensor *y = ad_reshape(turned(ad_matmul(rows, weight)), out);
    return c.o.bias ? ad_add(y, layer_uniform(&c.layer, AD_ROLE_BIAS, "bias", each)) : y;
}

/* ---------------------------------------------------------------- records */

#define SIZES(name_, least, usual_, also_, help_)                                               \
    {                                                                                           \
        .name = #name_, .type = AD_OPTION_SIZES, .offset = offsetof(ad_conv_nd_options, name_), \
        ROW_RANGE(least, 4096), .unit = "axis", .unset = usual_, .also = also_, .help = help_   \
    }

/* Each layer has some of them, one after the other. */
static const ad_option rows[] = {
    SIZES(output_padding, 0, "0", NULL, "places added at the end, less than the stride"),
    ROW_WHOLE(ad_conv_nd_options, groups, 1, 1e6, NULL,
              "channels are cut in groups that do not mix"),
    SIZES(kernel, 1, "has to be given", "kernel_size filter_size size window",
          "size of the filters"),
    SIZES(stride, 1, "1", "strides", "step between places"),
    SIZES(padding, 0, "0", "pad", "zeros before the first place; cut off, of transposed ones"),
    SIZES(padding_after, 0, "padding", NULL, "the same behind the last"),
    SIZES(dilation, 1, "1", "dilation_rate", "distance of the filter's places"),
    {.name = "normed",
     .type = AD_OPTION_WORD,
     .words = "no weight spectral",
     .offset = offsetof(ad_conv_nd_options, normed),
     .also = "weight_norm spectral_norm",
     .help = "a length for each row of the weight, or largest singular value 1"},
    {.name = "filters",
     .type = AD_OPTION_WHOLE,
     .offset = offsetof(ad_conv_nd_options, filters),
     ROW_RANGE(1, 1e6),
     .unset = "has to be given, but of depthwise_conv",
     .also = "out channels out_channels units",
     .help = "channels after"},
    ROW_TRUTH(ad_conv_nd_options, bias, "use_bias", "a number added to each filter's result"),
    ROW_NAME(ad_conv_nd_options),
    ROW_TRUTH(ad_conv_nd_options, same, NULL, "padding that keeps the size at stride 1"),
    ROW_TRUTH(ad_conv_nd_options, causal, NULL, "along the first axis all padding stands before"),
    ROW_WHOLE(ad_conv_nd_options, multiplier, 1, 4096, "depth_multiplier",
              "results for each channel"),
};

#define RECORD(name_, call, first, count_, also_, help_)                                 \
    static ad_tensor *make_##name_(ad_tensor *const *in, int count, const void *options) \
    {                                                                                    \
        (void)count;                                                                     \
        return call(in[0], options);                                                     \
    }                                                                                    \
    const ad_layer_record layer_##name_ = {.record = {.name = #name_,                    \
                                                      .help = help_,                     \
                                                      .also = also_,                     \
                                                      .option = rows + first,            \
                                                      .options = count_,                 \
                                                      .initial = &usual,                 \
                                                      .size = sizeof usual},             \
                                           ONE_INPUT,                                    \
                                           .make = make_##name_}

RECORD(conv_nd, ad_conv_nd, 1, 12, "conv3d convolution3d normed_linear",
       "filters over up to three axes; of tables linear");
RECORD(conv_transpose_nd, ad_conv_transpose_nd, 0, 11,
       "conv_transpose1d conv_transpose3d convtranspose3d conv3dtranspose",
       "filters that make a series or a volume larger");
RECORD(depthwise_conv, ad_depthwise_conv, 2, 12, "depthwiseconv2d depthwise",
       "each channel by filters of its own");
RECORD(separable_conv, ad_separable_conv, 2, 12, "separableconv2d separable",
       "depthwise, then over the channels");
RECORD(mlp_conv, ad_mlp_conv, 2, 11, "mlpconv nin network_in_network",
       "filters and a network at each place (Lin et al. 2013)");
RECORD(local_conv, ad_local_conv, 2, 11, "locallyconnected2d locally_connected",
       "filters of their own at each place");
