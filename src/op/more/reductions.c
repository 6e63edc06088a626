/* Reductions made of others. */
#include <math.h>

#include "base/option.h"
#include "core/gradient.h"
#include "op/more/along.h"
#include "op/reduce.h"
#include "op/rows.h"

/* What a call asks for: axes counted from 0, in rising order. */
struct fold {
    ad_axes axes;
    bool keep;
};

/* Checks x, its type where only real ones will do, axes and options (status is what reading them
 * gave); poison where something is wrong. */
static ad_tensor *check(const char *call, ad_tensor *x, bool real, const ad_axes *axes,
                        ad_status status, ad_axes *plain)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_passed(graph, call, status);
    poison = poison ? poison : reduce_axes(x, call, axes, plain);
    return poison || !real ? poison : graph_passed(graph, call, rows_check_real(x, "the input"));
}

static ad_tensor *read_plain(const char *call, ad_tensor *x, bool real, const ad_axes *axes,
                             const ad_reduce_options *options, struct fold *f)
{
    ad_reduce_options o = AD_OPTIONS(ad_reduce_options);
    ad_status status = options_read(ad_reduce_options, &o, options);
    f->keep = o.keep;
    return check(call, x, real, axes, status, &f->axes);
}

static ad_tensor *fold(ad_tensor *(*how)(ad_tensor *, ad_axes, const ad_reduce_options *),
                       ad_tensor *x, const struct fold *f)
{
    return how(x, f->axes, &AD_OPTIONS(ad_reduce_options, .keep = f->keep));
}

/* y, whose reduced axes have size 1, without them unless they are kept. */
static ad_tensor *without(ad_tensor *y, const struct fold *f)
{
    if (f->keep || graph_is_poison(y))
        return y;
    ad_shape shape = {0};
    for (int i = 0, next = 0; i < y->shape.rank; i++)
        if (next < f->axes.count && f->axes.axis[next] == i)
            next++;
        else
            shape.size[shape.rank++] = y->shape.size[i];
    return ad_reshape(y, shape);
}

/* Some eight equal pieces of an axis by each other in one loop, what is left behind them, and
 * again: a product of n numbers rounds a few times for each power of 8 in n, and has the gradients
 * of products, at factors of 0 too. */
static ad_tensor *product(ad_tensor *x, int axis)
{
    enum { PIECES = 8, LANES = 32 };
    for (int64_t n = x->shape.size[axis]; n > 1 && !graph_is_poison(x);) {
        int64_t piece = n < PIECES ? 1 : n / PIECES;
        piece = piece < LANES ? piece : piece / LANES * LANES;
        int64_t pieces = n / piece, rest = n - pieces * piece;
        ad_tensor *y = shape_slice(x, axis, 0, piece, 1);
        for (int64_t k = 1; k < pieces; k++)
            y = ad_mul(y, shape_slice(x, axis, k * piece, piece, 1));
        ad_tensor *both[] = {y, shape_slice(x, axis, n - rest, rest, 1)};
        x = rest ? ad_concat(both, 2, axis) : y;
        n = piece + rest;
    }
    return x;
}

/* The same over axes; of those of open size the last of the products so far, with a 1 in front,
 * where there may be nothing. */
static ad_tensor *product_over(ad_tensor *x, const ad_axes *axes)
{
    for (int i = axes->count - 1; i >= 0 && !graph_is_poison(x); i--) {
        int axis = axes->axis[i];
        ad_dim size = x->shape.size[axis];
        if (!dim_is_open(size) && size > 0) {
            x = product(x, axis);
            continue;
        }
        x = ad_cumprod(ad_pad(x, axis, 1, 0, 1), axis, NULL);
        if (!graph_is_poison(x))
            x = shape_slice(x, axis, size, 1, 1);
    }
    return x;
}

/* That of the product written out, as derivatives may be wanted again. */
static void product_gradient(struct gradient *g)
{
    const struct reduce_attributes *a = g->node->attributes;
    int first = g->graph->count;
    ad_tensor *y = ad_reshape(product_over(g->in[0], &a->axes), g->out[0]->shape);
    ad_status status = graph_is_poison(y)
                           ? graph_poison_status(y)
                           : gradient_walk(g->graph, first, &y, g->dy, 1, g->in, 1, g->dx);
    if (status != AD_OK)
        g->dx[0] = graph_poison(g->graph, status, "ad_prod: %s", ad_error());
}

/* clang-format off */
static const struct field fields[] = {FIELD(reduce_attributes, axes, AXES, 0)};

#define OVER(count, ...) .attributes = &(const struct reduce_attributes){{count, {__VA_ARGS__}}}
static const struct sample samples[] = {
    {.in_count = 1, .shape = {{2, {3, 5}}}, OVER(1, 1)},
    {.in_count = 1, .shape = {{2, {3, 5}}}, OVER(1, 0)},
    {.in_count = 1, .shape = {{4, {2, 3, 4, 5}}}, OVER(2, 0, 2)},
    {.in_count = 1, .shape = {{2, {2, 70}}}, OVER(1, 1)},
    {.in_count = 1, .shape = {{2, {67, 3}}}, OVER(1, 0)}, /* several blocks of rows */
    {.in_count = 1, .shape = {{3, {2, 0, 3}}}, OVER(1, 1)},
};
/* clang-format on */

const struct op op_prod = {.name = "prod",
                           .doc = "product over axes, 1 of nothing",
                           .inputs = "x",
                           .formula = "y = product over axes of x",
                           FIELDS(fields),
                           .attribute_size = sizeof(struct reduce_attributes),
                           .in_min = 1,
                           .in_max = 1,
                           .infer = reduce_infer,
                           .gradient = product_gradient,
                           .naive = reduce_naive,
                           SAMPLES(samples)};

ad_tensor *ad_prod(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    return reduce_build(&op_prod, "ad_prod", x, &axes, options);
}

/* 1 where an element is not 0. */
static ad_tensor *truth(ad_tensor *x)
{
    x = x->type == AD_BOOL ? x : ad_not_equal(x, rows_number(x, 0));
    return ad_cast(x, AD_I32);
}

ad_tensor *ad_any(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    struct fold f;
    ad_tensor *poison = read_plain("ad_any", x, false, &axes, options, &f);
    return poison ? poison
                  : ad_greater(fold(ad_max, truth(x), &f), ad_number(x->node->graph, AD_I32, 0));
}

ad_tensor *ad_all(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    struct fold f;
    ad_tensor *poison = read_plain("ad_all", x, false, &axes, options, &f);
    return poison ? poison
                  : ad_greater(fold(ad_min, truth(x), &f), ad_number(x->node->graph, AD_I32, 0));
}

/* x^p, or its logarithm where p is 0; where x is from, value stands for it, without a gradient. */
static ad_tensor *except(ad_tensor *x, double p, double from, double value)
{
    ad_tensor *there = ad_equal(x, rows_number(x, from));
    ad_tensor *y = ad_where(there, rows_number(x, 1), x);
    y = p == 0 ? ad_log(y) : p == 0.5 ? ad_sqrt(y) : ad_pow(y, rows_number(y, p));
    return ad_where(there, rows_number(x, value), y);
}

/* The largest is a constant to gradients; where it is infinite, 0 stands for it. */
ad_tensor *ad_logsumexp(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    struct fold f;
    ad_tensor *poison = read_plain("ad_logsumexp", x, true, &axes, options, &f);
    if (poison)
        return poison;
    struct fold kept = {f.axes, true};
    ad_tensor *m = ad_stop_gradient(fold(ad_max, x, &kept));
    m = ad_where(ad_is_finite(m), m, rows_number(m, 0));
    ad_tensor *s = fold(ad_sum, ad_exp(ad_sub(x, m)), &kept);
    return without(ad_add(except(s, 0, 0, -INFINITY), m), &f);
}

/* s^(1/p), where s is 0 or infinite too. */
static ad_tensor *root(ad_tensor *s, double p)
{
    ad_tensor *y = except(s, 1 / p, 0, p > 0 ? 0 : INFINITY);
    return p > 0 ? y : ad_where(ad_equal(s, rows_number(s, INFINITY)), rows_number(s, 0), y);
}

ad_tensor *ad_norm(ad_tensor *x, double p, ad_axes axes, const ad_reduce_options *options)
{
    struct fold f;
    ad_tensor *poison = read_plain("ad_norm", x, true, &axes, options, &f);
    if (!poison && isnan(p))
        poison = graph_poison(x->node->graph, AD_ERROR_ARGUMENT, "ad_norm: p is NaN");
    if (poison)
        return poison;
    if (p == 0)
        return fold(ad_sum, ad_cast(truth(x), x->type), &f);
    if (p == 2)
        return root(fold(ad_sum, ad_square(x), &f), 2);
    x = ad_abs(x);
    if (isinf(p))
        return fold(p > 0 ? ad_max : ad_min, x, &f);
    if (p == 1)
        return fold(ad_sum, x, &f);
    return root(fold(ad_sum, except(x, p, 0, p > 0 ? 0 : INFINITY), &f), p);
}

static ad_tensor *variance(const char *call, ad_tensor *x, const ad_axes *axes,
                           const ad_var_options *options)
{
    struct fold f;
    ad_var_options o = AD_OPTIONS(ad_var_options);
    ad_status status = options_read(ad_var_options, &o, options);
    ad_tensor *poison = check(call, x, true, axes, status, &f.axes);
    if (poison)
        return poison;
    f.keep = o.keep;
    ad_tensor *n = reduce_size(x, &f.axes), *zero = rows_number(n, 0);
    ad_tensor *rest = ad_maximum(ad_sub(n, rows_number(n, o.correction)), zero);
    return ad_mul(fold(ad_variance, x, &f), ad_div(n, rest));
}

ad_tensor *ad_var(ad_tensor *x, ad_axes axes, const ad_var_options *options)
{
    return variance("ad_var", x, &axes, options);
}

ad_tensor *ad_std(ad_tensor *x, ad_axes axes, const ad_var_options *options)
{
    return root(variance("ad_std", x, &axes, options), 2);
}

/* ---- places */

/* Between two neighbours; a product with an infinite distance is not asked for. */
static ad_tensor *between(ad_tensor *low, ad_tensor *high, ad_tensor *part)
{
    ad_tensor *distance = ad_sub(high, low), *rest = ad_sub(rows_number(part, 1), part);
    ad_tensor *usual = ad_add(low, ad_mul(part, distance));
    ad_tensor *mixed = ad_add(ad_mul(rest, low), ad_mul(part, high));
    usual = ad_where(ad_is_finite(distance), usual, mixed);
    return ad_where(ad_equal(part, rows_number(part, 0)), low, usual);
}

ad_tensor *ad_quantile(ad_tensor *x, double q, int axis, const ad_quantile_options *options)
{
    static ad_tensor *(*const whole[])(ad_tensor *) = {[AD_INTERPOLATE_LOWER] = ad_floor,
                                                       [AD_INTERPOLATE_HIGHER] = ad_ceil,
                                                       [AD_INTERPOLATE_NEAREST] = ad_round};
    struct fold f;
    ad_graph *graph = ad_tensor_graph(x);
    ad_quantile_options o = AD_OPTIONS(ad_quantile_options);
    ad_status status = options_read(ad_quantile_options, &o, options);
    ad_tensor *poison = check("ad_quantile", x, true, &AD_AXES(axis), status, &f.axes);
    if (poison)
        return poison;
    f.keep = o.keep;
    axis = f.axes.axis[0];
    ad_dim n = x->shape.size[axis];
    if (!(q >= 0 && q <= 1) || (int)o.interpolation < 0 ||
        o.interpolation > AD_INTERPOLATE_MIDPOINT || n == 0)
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            n ? "ad_quantile: q is %g and has to be in 0..1, interpolation one of "
                                "its names"
                              : "ad_quantile: the axis is empty",
                            q);
    ad_tensor *size =
        dim_is_open(n) ? ad_cast(ad_size(x, axis), AD_F64) : ad_number(graph, AD_F64, (double)n);
    ad_tensor *last = ad_shift(size, -1), *at = ad_scale(last, q);
    if (o.interpolation && o.interpolation < AD_INTERPOLATE_MIDPOINT)
        at = whole[o.interpolation](at);
    ad_tensor *floor = ad_floor(at), *part = ad_cast(ad_sub(at, floor), x->type);
    ad_tensor *place[] = {floor, ad_ceil(at), last}, *item[3], *sorted = ad_sort(x, axis, NULL);
    for (int i = 0; i < 3; i++)
        item[i] = ad_gather(sorted, ad_reshape(ad_cast(place[i], AD_I64), AD_SHAPE(1)), axis);
    if (o.interpolation == AD_INTERPOLATE_MIDPOINT)
        part = ad_scale(ad_ceil(part), 0.5);
    ad_tensor *y = between(item[0], item[1], part);
    return without(ad_where(ad_equal(item[2], item[2]), y, item[2]), &f);
}

ad_tensor *ad_median(ad_tensor *x, int axis, const ad_reduce_options *options)
{
    ad_reduce_options o = AD_OPTIONS(ad_reduce_options);
    ad_tensor *poison =
        graph_passed(ad_tensor_graph(x), "ad_median", options_read(ad_reduce_options, &o, options));
    ad_quantile_options how =
        AD_OPTIONS(ad_quantile_options, .interpolation = AD_INTERPOLATE_LOWER, .keep = o.keep);
    return poison ? poison : ad_quantile(x, 0.5, axis, &how);
}

/* -x - 1 turns the order of whole numbers round and is in the type. */
ad_tensor *ad_argmin(ad_tensor *x, int axis)
{
    if (graph_is_poison(x))
        return x;
    bool whole = x->type == AD_I32 || x->type == AD_I64;
    return ad_argmax(whole ? ad_bit_not(x) : ad_neg(x), axis);
}
