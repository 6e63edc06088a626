/* Calls on the places of images (batch, height, width, channels): padding by what is there, windows
 * as rows and back, channels as places and back. */
#include "base/error.h"
#include "base/option.h"
#include "op/more/arrange.h"
#include "op/window.h"

/* ---- pad */

static const int64_t side_max = INT32_MAX;

/* What stands before (or after) the elements of an axis, which is long enough for it. */
static ad_tensor *beside(ad_tensor *x, int axis, int64_t count, bool after, ad_pad_mode mode)
{
    ad_graph *graph = x->node->graph;
    ad_dim size = x->shape.size[axis];
    bool edge = mode == AD_PAD_REPLICATE, reflect = mode == AD_PAD_REFLECT;
    ad_dim begin = reflect ? count : 0;
    if (after ? mode != AD_PAD_CIRCULAR : mode == AD_PAD_CIRCULAR)
        begin = dim_sub(graph, size, after ? 1 + reflect : count);
    ad_tensor *part = shape_slice(x, axis, begin, edge ? 1 : count, reflect ? -1 : 1);
    ad_shape shape = x->shape;
    shape.size[axis] = count;
    return edge ? arrange_as(&op_expand, part, &shape) : part;
}

static ad_tensor *pad_axis(const char *call, ad_tensor *x, int axis, const int64_t *sides,
                           ad_pad_mode mode)
{
    ad_dim size = x->shape.size[axis];
    int64_t most = sides[0] > sides[1] ? sides[0] : sides[1];
    int64_t need = mode == AD_PAD_REPLICATE ? 1 : most + (mode == AD_PAD_REFLECT);
    if (!most)
        return x;
    if (!dim_is_open(size) && size < need)
        return arrange_fail(call, x, AD_ERROR_SHAPE, "axis %d has to be %lld long or more", axis,
                            (long long)need);
    ad_tensor *parts[3];
    int count = 0;
    if (sides[0])
        parts[count++] = beside(x, axis, sides[0], false, mode);
    parts[count++] = x;
    if (sides[1])
        parts[count++] = beside(x, axis, sides[1], true, mode);
    return ad_concat(parts, count, axis);
}

ad_tensor *ad_pad_axes(ad_tensor *x, ad_axes axes, ad_shape before, ad_shape after,
                       const ad_pad_options *options)
{
    static const char *const call = "ad_pad_axes";
    ad_pad_options o = AD_OPTIONS(ad_pad_options);
    ad_tensor *poison = arrange_rank(call, x, 0, AD_RANK_MAX);
    poison = poison ? poison
                    : graph_passed(x->node->graph, call, options_read(ad_pad_options, &o, options));
    int count = poison ? 0 : axes.count < 0 ? x->shape.rank : axes.count;
    if (!poison && (before.rank != count || after.rank != count || o.mode > AD_PAD_CIRCULAR))
        poison = arrange_fail(call, x, AD_ERROR_ARGUMENT, "%d and %d sides of %d axes by mode %d",
                              before.rank, after.rank, count, (int)o.mode);
    for (int i = 0; i < count && i < AD_RANK_MAX && !poison; i++) {
        int axis = axes.count < 0 ? i : axes.axis[i];
        int64_t own[] = {before.size[i], after.size[i]};
        poison = arrange_check(call, x, &axis, 0);
        if (own[0] < 0 || own[1] < 0 || own[0] > side_max || own[1] > side_max)
            poison =
                arrange_fail(call, x, AD_ERROR_ARGUMENT, "%lld before, %lld after; see ad_slice",
                             (long long)own[0], (long long)own[1]);
        if (!poison)
            x = o.mode ? pad_axis(call, x, axis, own, o.mode)
                       : ad_pad(x, axis, own[0], own[1], o.value);
    }
    return poison ? poison : x;
}

/* ---- unfold and fold */

struct windows {
    struct window_axis along[2];
    ad_dim size[2], count[2]; /* places without padding, windows */
};

static ad_status read_windows(ad_graph *graph, const ad_window_options *given, struct windows *w)
{
    ad_window_options o = AD_OPTIONS(ad_window_options);
    TRY(options_read(ad_window_options, &o, given));
    if (o.groups != 1 || o.output_padding || option_same(o.output_padding_w, 0) || o.count_padding)
        return fail(AD_ERROR_ARGUMENT, "it reads .window, .stride, .padding and .dilation alone");
    int64_t stride = option_same(o.stride, 1);
    w->along[0] = (struct window_axis){o.window, stride, o.padding, o.dilation};
    w->along[1] = (struct window_axis){
        option_same(o.window_w, o.window), option_same(o.stride_w, stride),
        option_same(o.padding_w, o.padding), option_same(o.dilation_w, o.dilation)};
    for (int i = 0; i < 2; i++)
        TRY(window_count(graph, w->size[i], &w->along[i], &w->count[i]));
    return AD_OK;
}

/* times (i stride + t dilation) of window i and tap t, i32, where axes i and 2 + i of four are its.
 */
static ad_tensor *places(ad_graph *graph, const struct windows *w, int i, ad_tensor *times)
{
    ad_shape window = {4, {1, 1, 1, 1}}, tap = window;
    window.size[i] = w->count[i];
    tap.size[2 + i] = w->along[i].window;
    ad_tensor *first = ad_mul(ad_range(graph, AD_I32, w->count[i]),
                              ad_number(graph, AD_I32, (double)w->along[i].stride));
    ad_tensor *more = ad_mul(ad_range(graph, AD_I32, w->along[i].window),
                             ad_number(graph, AD_I32, (double)w->along[i].dilation));
    first = arrange_as(&op_reshape, first, &window);
    return ad_mul(ad_add(first, arrange_as(&op_reshape, more, &tap)), times);
}

ad_tensor *ad_unfold(ad_tensor *x, const ad_window_options *options)
{
    static const ad_axes order = {4, {0, 1, 3, 2}};
    ad_tensor *poison = arrange_rank("ad_unfold", x, 4, 4);
    if (poison)
        return poison;
    ad_graph *graph = x->node->graph;
    ad_shape s = x->shape;
    struct windows w = {.size = {s.size[1], s.size[2]}};
    poison = graph_passed(graph, "ad_unfold", read_windows(graph, options, &w));
    if (poison)
        return poison;
    for (int i = 0; i < 2; i++)
        x = ad_pad(x, 1 + i, w.along[i].padding, w.along[i].padding, 0);
    ad_dim all = dim_mul(graph, w.count[0], w.count[1]);
    int64_t taps = w.along[0].window * w.along[1].window;
    ad_tensor *width = ad_cast(ad_size(x, 2), AD_I32), *one = ad_number(graph, AD_I32, 1);
    ad_tensor *at = ad_add(places(graph, &w, 0, width), places(graph, &w, 1, one));
    at = arrange_as(&op_reshape, at, &(ad_shape){2, {all, taps}});
    if (graph_is_poison(x) || graph_is_poison(at))
        return graph_is_poison(x) ? x : at;
    x = arrange_rows(&op_reshape, x, s.size[0], dim_product(graph, &x->shape, 1, 3), s.size[3]);
    return arrange_rows(&op_reshape, arrange_order(ad_gather(x, at, 1), &order), s.size[0], all,
                        dim_mul(graph, s.size[3], taps));
}

/* The adjoint of the windows of an image of zeros. */
ad_tensor *ad_fold(ad_tensor *x, ad_shape size, const ad_window_options *options)
{
    ad_tensor *y, *poison = arrange_rank("ad_fold", x, 3, 3);
    if (poison)
        return poison;
    ad_graph *graph = x->node->graph;
    struct windows w = {.size = {size.size[0], size.size[1]}};
    if (size.rank != 2 || !dim_is_known(graph, w.size[0]) || !dim_is_known(graph, w.size[1]))
        return arrange_fail("ad_fold", x, AD_ERROR_SHAPE, "the size is (height, width)");
    poison = graph_passed(graph, "ad_fold", read_windows(graph, options, &w));
    if (poison)
        return poison;
    int64_t taps = w.along[0].window * w.along[1].window;
    ad_dim all = dim_mul(graph, w.count[0], w.count[1]);
    ad_dim channels = dim_exact_div(graph, x->shape.size[2], taps);
    bool real = x->type == AD_F32 || x->type == AD_F64;
    if (!real || x->shape.size[1] != all || channels == AD_INFER)
        return arrange_fail("ad_fold", x, AD_ERROR_SHAPE,
                            "it takes (batch, %s windows, channels times %lld) of f32 or f64",
                            graph_shape_text(graph, &(ad_shape){2, {w.count[0], w.count[1]}}),
                            (long long)taps);
    ad_shape image = {4, {x->shape.size[0], w.size[0], w.size[1], channels}};
    ad_tensor *zeros = ad_full(graph, x->type, image, 0);
    ad_gradient_from(ad_unfold(zeros, options), x, &zeros, 1, &y);
    return y;
}

/* ---- channels and places */

/* Height and width times the factor and channels by its square, or the other way. */
static ad_tensor *shuffled(const char *call, ad_tensor *x, int64_t factor, bool back)
{
    static const ad_axes forth = {6, {0, 1, 4, 2, 5, 3}}, home = {6, {0, 1, 3, 5, 2, 4}};
    ad_tensor *poison = arrange_rank(call, x, 4, 4);
    if (poison)
        return poison;
    ad_graph *graph = x->node->graph;
    ad_dim size[3], batch = x->shape.size[0];
    bool fits = factor >= 1 && factor <= 1 << 15;
    for (int i = 0; i < 3 && fits; i++) {
        ad_dim own = x->shape.size[i + 1];
        int64_t by = i < 2 ? factor : factor * factor;
        size[i] = back == (i < 2) ? dim_exact_div(graph, own, by) : dim_mul(graph, own, by);
        fits = size[i] != AD_INFER;
    }
    if (!fits)
        return arrange_fail(call, x, AD_ERROR_SHAPE, "it cannot be divided by a factor of %lld",
                            (long long)factor);
    ad_dim *s = x->shape.size;
    ad_shape cut = back ? (ad_shape){6, {batch, size[0], factor, size[1], factor, s[3]}}
                        : (ad_shape){6, {batch, s[1], s[2], size[2], factor, factor}};
    ad_tensor *y = arrange_order(arrange_as(&op_reshape, x, &cut), back ? &home : &forth);
    return arrange_as(&op_reshape, y, &(ad_shape){4, {batch, size[0], size[1], size[2]}});
}

ad_tensor *ad_pixel_shuffle(ad_tensor *x, int64_t factor)
{
    return shuffled("ad_pixel_shuffle", x, factor, false);
}

ad_tensor *ad_pixel_unshuffle(ad_tensor *x, int64_t factor)
{
    return shuffled("ad_pixel_unshuffle", x, factor, true);
}
