/* Convolutions over up to three axes, with padding of its own on each side, and their transposes.
 *
 * Three axes: the slices that a kernel covers along the depth stand side by side as channels, and
 * one convolution in two dimensions, with batch and depth joined, does the rest:
 *
 *     x'[n, o, h, w, (t, c)] = x[n, o stride + t dilation, h, w, c]     w'[f, (t, c), h, w]
 *
 * Without any it is a matrix product.  A transposed convolution that the core has not is the
 * gradient of one whose input has no say. */
#include "base/error.h"
#include "base/option.h"
#include "core/dim.h"
#include "op/more/places.h"
#include "op/shape.h"
#include "op/window.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static ad_tensor *weight_mistake(const struct places *p, ad_tensor *x, ad_tensor *weight,
                                 const char *words)
{
    return graph_poison(p->graph, AD_ERROR_SHAPE, "%s: x is %s, the weight %s; it has to be %s",
                        p->call, graph_shape_text(p->graph, &x->shape),
                        graph_shape_text(p->graph, &weight->shape), words);
}

/* x, weight and options are sound, and the weight fits; else poison. */
static ad_tensor *begin(struct places *p, ad_tensor *x, ad_tensor *weight, ad_window_nd_options *o,
                        const ad_window_nd_options *given, bool transposed)
{
    ad_status status = options_read(ad_window_nd_options, o, given);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), p->call, status);
    poison = poison ? poison : places_read(p, x, false, o);
    poison = poison ? poison : graph_check(p->graph, p->call, &weight, 1);
    if (poison)
        return poison;
    const ad_dim *w = weight->shape.size;
    ad_dim channels = x->shape.size[x->shape.rank - 1];
    bool fits = weight->shape.rank == x->shape.rank && weight->type == x->type && o->groups >= 1 &&
                w[0] % o->groups == 0;
    for (int i = 0; fits && i < weight->shape.rank; i++)
        fits = !dim_is_open(w[i]);
    if (!fits || (transposed ? w[0] : w[1] * o->groups) != channels ||
        (p->axes == PLACES_MAX && w[2] > DEPTH_MAX))
        return weight_mistake(p, x, weight,
                              transposed ? "(channels, filters / groups, sizes...)"
                                         : "(filters, channels / groups, sizes...)");
    for (int i = 0; i < p->axes; i++)
        p->window[i] = w[2 + i];
    bool pools = o->ceil || o->count_padding || o->divisor || o->index || o->window.rank;
    if (!pools && (transposed || !o->output_padding.rank))
        return NULL;
    return places_mistake(p, x,
                          pools ? ".window, .ceil, .count_padding, .divisor and .index are "
                                  "for pooling"
                                : ".output_padding is for transposed convolution");
}

/* The core's op on one or two axes from first on, with what both sides have in common as padding.
 */
static ad_tensor *core(ad_tensor *x, ad_tensor *weight, const struct places *p, int64_t groups,
                       int first, bool transposed)
{
    int a = first, b = p->axes - 1;
    ad_window_options w =
        AD_OPTIONS(ad_window_options, .stride = p->stride[a], .dilation = p->dilation[a],
                   .padding = least(p->before[a], p->after[a]),
                   .output_padding = transposed ? p->extra[a] : 0, .groups = groups);
    if (a != b) {
        w.stride_w = p->stride[b];
        w.dilation_w = p->dilation[b];
        w.padding_w = least(p->before[b], p->after[b]);
        w.output_padding_w = transposed ? p->extra[b] : 0;
    }
    return transposed ? ad_convolution_transpose(x, weight, &w) : ad_convolution(x, weight, &w);
}

static ad_tensor *flat(ad_tensor *x, ad_tensor *weight, const struct places *p, int64_t groups)
{
    int first = p->axes == PLACES_MAX;
    if (!p->axes && groups == 1)
        return ad_matmul(x, ad_transpose(weight, AD_AXES(1, 0)));
    if (!p->axes)
        return places_mistake(p, x, "without places there are no groups");
    for (int i = first; i < p->axes; i++) {
        int64_t common = least(p->before[i], p->after[i]);
        x = places_pad(x, 1 + i - first, p->before[i] - common, p->after[i] - common, 0);
    }
    return core(x, weight, p, groups, first, false);
}

/* The slices of the depth side by side, in each group: (batch, depth after, height, width, groups,
 * taps channels / groups). */
static ad_tensor *gather_depth(ad_tensor *x, const struct places *p, ad_dim count, int64_t groups)
{
    ad_tensor *part[DEPTH_MAX];
    const ad_dim *s = x->shape.size;
    int taps = (int)p->window[0];
    for (int i = 0; i < taps; i++) {
        part[i] = shape_slice(x, 1, i * p->dilation[0], count, p->stride[0]);
        part[i] = SHAPED(part[i], s[0], count, s[2], s[3], groups, s[4] / groups);
    }
    return taps == 1 ? part[0] : ad_concat(part, taps, 5);
}

static ad_tensor *deep(ad_tensor *x, ad_tensor *weight, const struct places *p, int64_t groups)
{
    const ad_dim *w = weight->shape.size;
    struct window_axis depth = {p->window[0], p->stride[0], 0, p->dilation[0]};
    ad_dim count;
    x = places_pad(x, 1, p->before[0], p->after[0], 0);
    if (graph_is_poison(x))
        return x;
    const ad_dim *s = x->shape.size;
    if (window_count(p->graph, s[1], &depth, &count) != AD_OK)
        return places_mistake(p, x, ad_error());
    ad_dim batch = s[0], all = dim_mul(p->graph, batch, count);
    x = SHAPED(gather_depth(x, p, count, groups), all, s[2], s[3], w[2] * s[4]);
    weight = ad_transpose(weight, AD_AXES(0, 2, 1, 3, 4));
    ad_tensor *y = flat(x, SHAPED(weight, w[0], w[2] * w[1], w[3], w[4]), p, groups);
    if (graph_is_poison(y))
        return y;
    s = y->shape.size;
    return SHAPED(y, batch, count, s[1], s[2], s[3]);
}

static ad_tensor *any(ad_tensor *x, ad_tensor *weight, const struct places *p, int64_t groups)
{
    return p->axes == PLACES_MAX ? deep(x, weight, p, groups) : flat(x, weight, p, groups);
}

ad_tensor *ad_convolution_nd(ad_tensor *x, ad_tensor *weight, const ad_window_nd_options *options)
{
    struct places p = {.call = "ad_convolution_nd"};
    ad_window_nd_options o = AD_OPTIONS(ad_window_nd_options);
    ad_tensor *poison = begin(&p, x, weight, &o, options, false);
    return poison ? poison : any(x, weight, &p, o.groups);
}

/* The size after along an axis; false where there is none. */
static bool size_after(const struct places *p, int i, ad_dim size, ad_dim *after)
{
    int64_t rest = p->dilation[i] * (p->window[i] - 1) + 1 + p->extra[i] - p->stride[i] -
                   p->before[i] - p->after[i];
    ad_dim strides = dim_mul(p->graph, size, p->stride[i]);
    *after = dim_is_open(strides) && rest < 0 ? dim_sub(p->graph, strides, -rest)
             : dim_is_open(strides)           ? dim_add(p->graph, strides, rest)
                                              : strides + rest;
    return (dim_is_open(*after) || *after > 0) && p->extra[i] < p->stride[i];
}

ad_tensor *ad_convolution_transpose_nd(ad_tensor *x, ad_tensor *weight,
                                       const ad_window_nd_options *options)
{
    struct places p = {.call = "ad_convolution_transpose_nd"};
    ad_window_nd_options o = AD_OPTIONS(ad_window_nd_options);
    ad_tensor *poison = begin(&p, x, weight, &o, options, true), *dx;
    if (poison)
        return poison;
    bool even = p.axes == 1 || p.axes == 2;
    ad_shape shape = x->shape;
    for (int i = 0; i < p.axes; i++) {
        even = even && p.before[i] == p.after[i];
        if (!size_after(&p, i, x->shape.size[1 + i], &shape.size[1 + i]))
            return places_mistake(&p, x,
                                  "padding leaves nothing, or .output_padding is not less "
                                  "than the stride");
    }
    if (even)
        return core(x, weight, &p, o.groups, 0, true);
    shape.size[shape.rank - 1] = weight->shape.size[1] * o.groups;
    ad_tensor *zeros = ad_full(p.graph, x->type, shape, 0), *y = any(zeros, weight, &p, o.groups);
    if (graph_is_poison(y))
        return y;
    ad_gradient_from(y, x, &zeros, 1, &dx);
    return dx;
}
