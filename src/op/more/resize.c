/* Images, sequences and volumes in another size.  An axis at a time: each place of the result reads
 * `taps` neighbouring places of x, weighed by a function of their distance.
 *
 *     position   p = (i + 1/2) scale - 1/2; corners without antialiasing: i scale
 *     tap        j = floor(p - s + 1) + t, t < 2 s;  s is half the width of the function: 1 linear,
 *                2 cubic; with antialiasing times the scale where that is above 1
 *     linear     1 - |d|
 *     cubic      (a + 2) |d|^3 - (a + 3) d^2 + 1 up to 1, a |d|^3 - 5 a d^2 + 8 a |d| - 4 a up to 2
 *                (Keys 1981)
 *
 * Without antialiasing a tap outside reads the edge; with it counts for nothing and the others are
 * weighed to 1. */
#include <math.h>

#include "base/error.h"
#include "base/option.h"
#include "op/more/arrange.h"

enum { AXES = 3, TAPS_MAX = 1 << 16 };

struct resizing {
    ad_graph *graph;
    const char *call;
    ad_resize_options o;
    ad_tensor *size; /* f64: places before */
    double scale;    /* places before for one after; NAN: the run decides */
    ad_dim before, after;
};

/* Places before for one after, as a tensor too where sizes are open. */
static ad_tensor *scale_of(struct resizing *r)
{
    bool corners = r->o.align_corners, known = !dim_is_open(r->before) && !dim_is_open(r->after);
    ad_graph *graph = r->graph;
    r->scale = NAN;
    if (!corners && r->o.factor != AD_AUTO)
        r->scale = 1 / r->o.factor;
    else if (known && corners)
        r->scale = r->after > 1 ? (double)(r->before - 1) / (double)(r->after - 1) : 0;
    else if (known)
        r->scale = (double)r->before / (double)r->after;
    if (r->scale == r->scale)
        return ad_number(graph, AD_F64, r->scale);
    ad_tensor *places = ad_range(graph, AD_I32, r->after);
    ad_tensor *after = ad_cast(ad_size(places, 0), AD_F64);
    if (!corners)
        return ad_div(r->size, after);
    ad_tensor *one = ad_number(graph, AD_F64, 1);
    return ad_where(ad_greater(after, one), ad_div(ad_shift(r->size, -1), ad_shift(after, -1)),
                    ad_number(graph, AD_F64, 0));
}

/* |d| up to where it is 0 */
static ad_tensor *weight(ad_tensor *d, bool cubic, double a)
{
    if (!cubic)
        return ad_relu(ad_shift(ad_neg(d), 1));
    ad_graph *graph = d->node->graph;
    ad_tensor *near = ad_shift(ad_scale(d, a + 2), -a - 3), *far = ad_shift(d, -5);
    near = ad_shift(ad_mul(ad_mul(near, d), d), 1);
    far = ad_scale(ad_shift(ad_mul(ad_shift(ad_mul(far, d), 8), d), -4), a);
    far = ad_where(ad_less(d, ad_number(graph, AD_F64, 2)), far, ad_number(graph, AD_F64, 0));
    return ad_where(ad_less_equal(d, ad_number(graph, AD_F64, 1)), near, far);
}

static ad_tensor *between(ad_tensor *place, ad_tensor *size)
{
    ad_tensor *zero = ad_number(place->node->graph, AD_F64, 0);
    return ad_minimum(ad_maximum(place, zero), ad_shift(size, -1));
}

/* PyTorch's positions of the nearest are f32, and rounded down. */
static ad_tensor *nearest(struct resizing *r, ad_tensor *x, int axis, ad_tensor *scale)
{
    bool exact = r->o.mode == AD_RESIZE_NEAREST_EXACT;
    ad_tensor *i = ad_shift(ad_range(r->graph, AD_F32, r->after), exact ? 0.5 : 0);
    ad_tensor *place = ad_floor(ad_mul(i, ad_cast(scale, AD_F32)));
    return ad_gather(x, ad_cast(between(ad_cast(place, AD_F64), r->size), AD_I32), axis);
}

static ad_tensor *weighed(struct resizing *r, ad_tensor *x, int axis, ad_tensor *scale)
{
    ad_graph *graph = r->graph;
    bool cubic = r->o.mode == AD_RESIZE_CUBIC, smooth = r->o.antialias;
    double stretch = smooth && r->scale > 1 ? r->scale : 1, half = (cubic ? 2 : 1) * stretch;
    if (smooth && !(r->scale <= TAPS_MAX))
        return graph_poison(
            graph, AD_ERROR_SHAPE,
            "%s: .antialias needs numbers for the sizes of axis %d, or .factor, and "
            "less than %d places for one",
            r->call, axis, TAPS_MAX / 4);
    double middle = r->o.align_corners && !smooth ? 0 : 0.5;
    int64_t taps = (int64_t)ceil(2 * half);
    ad_tensor *i = ad_shift(ad_range(graph, AD_F64, r->after), middle);
    ad_tensor *p = ad_shift(ad_mul(i, scale), -middle);
    p = ad_reshape(p, (ad_shape){2, {r->after, 1}});
    ad_tensor *j = ad_add(ad_floor(ad_shift(p, 1 - half)), ad_range(graph, AD_F64, taps));
    ad_tensor *w =
        weight(ad_scale(ad_abs(ad_sub(j, p)), 1 / stretch), cubic, smooth ? -0.5 : -0.75);
    ad_tensor *inside = between(j, r->size);
    if (smooth) {
        ad_reduce_options keep = AD_OPTIONS(ad_reduce_options, .keep = true);
        w = ad_where(ad_equal(j, inside), w, ad_number(graph, AD_F64, 0));
        w = ad_div(w, ad_sum(w, AD_AXES(1), &keep));
    }
    ad_shape around = {.rank = x->shape.rank - axis + 1, .size = {r->after, taps}};
    for (int k = 2; k < around.rank; k++)
        around.size[k] = 1;
    ad_tensor *rows = ad_gather(x, ad_cast(inside, AD_I32), axis);
    return ad_sum(ad_mul(rows, ad_reshape(ad_cast(w, x->type), around)), AD_AXES(axis + 1), NULL);
}

static ad_tensor *resize_axis(struct resizing *r, ad_tensor *x, int axis)
{
    if (r->before == r->after && r->o.factor == AD_AUTO)
        return x;
    r->size = ad_cast(ad_size(x, axis), AD_F64);
    ad_tensor *scale = scale_of(r);
    return r->o.mode <= AD_RESIZE_NEAREST_EXACT ? nearest(r, x, axis, scale)
                                                : weighed(r, x, axis, scale);
}

static ad_status read_options(struct resizing *r, const ad_resize_options *given)
{
    ad_resize_options *o = &r->o;
    *o = AD_OPTIONS(ad_resize_options);
    TRY(options_read(ad_resize_options, o, given));
    bool near = o->mode <= AD_RESIZE_NEAREST_EXACT;
    if (o->mode < 0 || o->mode > AD_RESIZE_CUBIC)
        return fail(AD_ERROR_ARGUMENT, "no mode %d", (int)o->mode);
    if (near && (o->antialias || o->align_corners))
        return fail(AD_ERROR_ARGUMENT, ".antialias and .align_corners go with linear and cubic");
    if (o->factor != AD_AUTO && !(o->factor > 0 && o->factor < 0x1p31))
        return fail(AD_ERROR_ARGUMENT, "a factor of %g", o->factor);
    if (o->factor != AD_AUTO && o->size.rank)
        return fail(AD_ERROR_ARGUMENT, ".size or .factor, not both");
    return AD_OK;
}

/* The size after; AD_INFER where it cannot be said. */
static ad_dim size_after(const struct resizing *r, int i)
{
    double factor = r->o.factor, parts = 1 / factor;
    if (factor == AD_AUTO)
        return r->o.size.size[i];
    if (!dim_is_open(r->before))
        return (ad_dim)floor((double)r->before * factor);
    if (factor == floor(factor))
        return dim_mul(r->graph, r->before, (int64_t)factor);
    return parts == floor(parts) ? dim_floor_div(r->graph, r->before, (int64_t)parts) : AD_INFER;
}

static ad_status check_axis(const struct resizing *r, int i)
{
    if (r->after == AD_INFER && r->o.factor != AD_AUTO)
        return fail(AD_ERROR_SHAPE,
                    "a factor of %g of an open size; it has to be whole, or 1 by a "
                    "whole number",
                    r->o.factor);
    if (!dim_is_known(r->graph, r->after) || (r->after == 0) != (r->before == 0))
        return fail(AD_ERROR_SHAPE, "axis %d cannot get size %lld", i + 1, (long long)r->after);
    return AD_OK;
}

ad_tensor *ad_resize(ad_tensor *x, const ad_resize_options *options)
{
    ad_graph *graph = ad_tensor_graph(x);
    struct resizing r = {.graph = graph, .call = "ad_resize"};
    ad_tensor *poison = graph_check(graph, r.call, &x, 1);
    poison = poison ? poison : graph_passed(graph, r.call, read_options(&r, options));
    if (poison)
        return poison;
    int axes = x->shape.rank - 2;
    if (axes < 1 || axes > AXES || (r.o.factor == AD_AUTO && r.o.size.rank != axes))
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "%s: x is %s, %d sizes are given; x is (batch, one to %d axes, "
                            "channels), and .size has one for each, or there is a .factor",
                            r.call, graph_shape_text(graph, &x->shape), r.o.size.rank, AXES);
    if (r.o.mode > AD_RESIZE_NEAREST_EXACT && x->type != AD_F32 && x->type != AD_F64)
        return graph_poison(graph, AD_ERROR_TYPE, "%s: %s can be moved, not weighed; ad_cast it",
                            r.call, ad_type_name(x->type));
    for (int i = 0; i < axes && !poison; i++) {
        r.before = x->shape.size[i + 1];
        r.after = size_after(&r, i);
        poison = graph_passed(graph, r.call, check_axis(&r, i));
        x = poison ? poison : resize_axis(&r, x, i + 1);
        poison = graph_is_poison(x) ? x : NULL;
    }
    return x;
}
