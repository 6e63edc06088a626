/* Scans along an axis, from its beginning or (reverse) its end:
 *
 *     cumsum      y[k] = y[k-1] + x[k]
 *     cumprod     y[k] = y[k-1] x[k]
 *     recurrence  y[k] = a[k] y[k-1] + b[k], or a[k-1] y[k-1] + b[k] (how 1), y[0] = b[0]
 *     cummax      y[k] = max(y[k-1], x[k]), and the place of it; cummin likewise
 *
 * One step after the other, f32 and f64 both kept in f64 and rounded when they are stored, whole
 * numbers modulo 2^32 or 2^64.  Gradients of the first three are recurrences in the other
 * direction, which are right where factors are 0. */
#include <math.h>

#include "base/error.h"
#include "base/option.h"
#include "op/more/along.h"
#include "op/rows.h"

/* ---- shapes */

static ad_status infer(struct infer *f)
{
    const struct along_attributes *a = f->attributes;
    const ad_tensor *x = f->in[0];
    TRY(f->in_count > 1 ? rows_check_real(x, "the input") : along_check_number(x));
    TRY(along_check_axis(f, a->axis));
    if (f->in_count > 1 &&
        (f->in[1]->type != x->type || !graph_shapes_equal(&f->in[1]->shape, &x->shape)))
        return fail(AD_ERROR_SHAPE, "a and b have to be of one type and shape");
    if (f->out_count > 1 && x->shape.size[a->axis] > INT32_MAX)
        return fail(AD_ERROR_SHAPE, "axis %d has 2^31 places or more and places are i32",
                    (int)a->axis);
    for (int i = 0; i < f->out_count; i++)
        f->type[i] = i ? AD_I32 : x->type, f->shape[i] = x->shape;
    return AD_OK;
}

/* ---- gradients */

/* x one step later in the order of the scan, with value at the first step. */
static ad_tensor *later(ad_tensor *x, const struct along_attributes *a, double value)
{
    ad_dim size = x->shape.size[a->axis];
    ad_tensor *longer = ad_pad(x, (int)a->axis, !a->reverse, a->reverse, value);
    return shape_slice(longer, a->axis, a->reverse, size, 1);
}

/* The sum over all i from k on of dy[i] times the factors that lead from k to i.  A factor that led
 * to its own place leads from there the other way. */
static ad_tensor *backward(ad_tensor *factor, ad_tensor *dy, const struct along_attributes *a)
{
    struct along_attributes back = {.axis = a->axis, .how = !a->how, .reverse = !a->reverse};
    return graph_node2(&op_recurrence, &back, factor, dy);
}

static void sum_gradient(struct gradient *g)
{
    struct along_attributes a = *(const struct along_attributes *)g->node->attributes;
    a.reverse = !a.reverse;
    g->dx[0] = graph_node1(&op_cumsum, &a, g->dy[0]);
}

static void product_gradient(struct gradient *g)
{
    const struct along_attributes *a = g->node->attributes;
    g->dx[0] = ad_mul(later(g->out[0], a, 1), backward(g->in[0], g->dy[0], a));
}

static void linear_gradient(struct gradient *g)
{
    const struct along_attributes *a = g->node->attributes;
    struct along_attributes back = {.axis = a->axis, .reverse = !a->reverse};
    g->dx[1] = backward(g->in[0], g->dy[0], a);
    g->dx[0] = a->how ? ad_mul(g->out[0], later(g->dx[1], &back, 0))
                      : ad_mul(later(g->out[0], a, 0), g->dx[1]);
}

static void extreme_gradient(struct gradient *g)
{
    const struct along_attributes *a = g->node->attributes;
    if (g->dy[0])
        g->dx[0] = along_spread(g, a->axis);
}

/* ---- logcumsumexp */

/* With the largest so far, m: y = m + log(s), s[k] = e^(m[k-1] - m[k]) s[k-1] + e^(x[k] - m[k]).
 * m is a constant to gradients; where it is infinite, 0 stands for it, and what is then above 0 in
 * the first exponent is 0. */
static ad_tensor *sum_of_exponentials(ad_tensor *x, ad_tensor *m, const struct along_attributes *a)
{
    ad_tensor *zero = rows_number(x, 0);
    m = ad_stop_gradient(ad_where(ad_is_finite(m), m, zero));
    ad_tensor *fade = ad_exp(ad_minimum(ad_sub(later(m, a, 0), m), zero));
    ad_tensor *s = graph_node2(&op_recurrence, a, fade, ad_exp(ad_sub(x, m)));
    ad_tensor *none = ad_equal(s, zero);
    ad_tensor *logarithm = ad_log(ad_where(none, rows_number(x, 1), s));
    return ad_where(none, rows_number(x, -INFINITY), ad_add(m, logarithm));
}

/* ---- the public calls */

static ad_tensor *scan(const char *call, const struct op *op, ad_tensor *x, int axis,
                       const ad_scan_options *options, int how, int result)
{
    ad_scan_options o = AD_OPTIONS(ad_scan_options);
    ad_tensor *poison =
        graph_passed(ad_tensor_graph(x), call, options_read(ad_scan_options, &o, options));
    struct along_attributes a = {.axis = axis, .how = how, .reverse = o.reverse};
    ad_tensor *y = poison ? poison : along_node(call, op, a, &x, 1);
    return graph_is_poison(y) ? y : graph_result(y, result);
}

ad_tensor *ad_cumsum(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return scan("ad_cumsum", &op_cumsum, x, axis, options, 0, 0);
}

ad_tensor *ad_cumprod(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return scan("ad_cumprod", &op_cumprod, x, axis, options, 0, 0);
}

ad_tensor *ad_recurrence(ad_tensor *a, ad_tensor *b, int axis, bool reverse)
{
    return along_node("ad_recurrence", &op_recurrence,
                      (struct along_attributes){.axis = axis, .reverse = reverse},
                      (ad_tensor *[]){a, b}, 2);
}

ad_tensor *ad_logcumsumexp(ad_tensor *x, int axis, const ad_scan_options *options)
{
    ad_tensor *m = scan("ad_logcumsumexp", &op_cummax, x, axis, options, 0, 0);
    ad_tensor *poison = graph_is_poison(m) ? m
                                           : graph_passed(ad_tensor_graph(x), "ad_logcumsumexp",
                                                          rows_check_real(x, "the input"));
    return poison ? poison : sum_of_exponentials(x, m, m->node->attributes);
}

ad_tensor *ad_cummax(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return scan("ad_cummax", &op_cummax, x, axis, options, 0, 0);
}

ad_tensor *ad_cummin(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return scan("ad_cummin", &op_cummax, x, axis, options, 1, 0);
}

ad_tensor *ad_cumargmax(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return scan("ad_cumargmax", &op_cummax, x, axis, options, 0, 1);
}

ad_tensor *ad_cumargmin(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return scan("ad_cumargmin", &op_cummax, x, axis, options, 1, 1);
}

/* ---- records */

static const struct field fields[] = {FIELD(along_attributes, axis, INT, 0),
                                      FIELD(along_attributes, reverse, BOOL, 0),
                                      FIELD_IN(along_attributes, how, INT, 0, 0, 1)};

#define AT(n, back)                                \
    .attributes = &(const struct along_attributes) \
    {                                              \
        .axis = n, .reverse = back                 \
    }

static const struct sample samples[] = {
    {.in_count = 1, .shape = {{2, {3, 5}}}, AT(1, false)},
    {.in_count = 1, .shape = {{2, {5, 3}}}, AT(0, true)},
    {.in_count = 1, .shape = {{3, {2, 7, 3}}}, AT(1, false)},
    {.in_count = 1, .shape = {{2, {11, 2}}}, AT(1, true)},
    {.in_count = 1, .shape = {{1, {1}}}, AT(0, false)},
    {.in_count = 1, .shape = {{2, {3, 0}}}, AT(1, false)},
    {.in_count = 1, .shape = {{2, {0, 3}}}, AT(1, true)},
};

static const struct sample extreme_samples[] = {
    {.in_count = 1, .shape = {{3, {2, 9, 3}}}, AT(1, false)},
    {.in_count = 1, .shape = {{2, {3, 9}}}, AT(1, true)},
    {.in_count = 1,
     .shape = {{2, {3, 9}}},
     .attributes = &(const struct along_attributes){.axis = 1, .how = 1}},
    {.in_count = 1, .shape = {{2, {0, 3}}}, AT(1, true)},
};

static const struct sample linear_samples[] = {
    {.in_count = 2, .shape = {{2, {3, 5}}, {2, {3, 5}}}, AT(1, false)},
    {.in_count = 2, .shape = {{2, {5, 3}}, {2, {5, 3}}}, AT(0, true)},
    {.in_count = 2,
     .shape = {{2, {3, 5}}, {2, {3, 5}}},
     .attributes = &(const struct along_attributes){.axis = 1, .how = 1}},
    {.in_count = 2,
     .shape = {{2, {5, 3}}, {2, {5, 3}}},
     .attributes = &(const struct along_attributes){.axis = 0, .how = 1, .reverse = true}},
    {.in_count = 2, .shape = {{1, {1}}, {1, {1}}}, AT(0, true)},
    {.in_count = 2, .shape = {{2, {0, 3}}, {2, {0, 3}}}, AT(0, false)},
};

#define SCAN                                                                                     \
    FIELDS(fields), .attribute_size = sizeof(struct along_attributes), .in_min = 1, .in_max = 1, \
                    .infer = infer

const struct op op_cumsum = {.name = "cumsum",
                             .doc = "sums of all up to each, along an axis",
                             .inputs = "x",
                             .formula = "y[k] = y[k-1] + x[k]",
                             SCAN,
                             .gradient = sum_gradient,
                             .naive = along_naive,
                             SAMPLES(samples)};

const struct op op_cumprod = {.name = "cumprod",
                              .doc = "products of all up to each, along an axis",
                              .inputs = "x",
                              .formula = "y[k] = y[k-1] x[k]",
                              SCAN,
                              .gradient = product_gradient,
                              .naive = along_naive,
                              SAMPLES(samples)};

const struct op op_recurrence = {.name = "recurrence",
                                 .doc = "a linear recurrence along an axis (how 1: by a[k-1])",
                                 .inputs = "a, b",
                                 .formula = "y[k] = a[k] y[k-1] + b[k], y[0] = b[0]",
                                 FIELDS(fields),
                                 .attribute_size = sizeof(struct along_attributes),
                                 .in_min = 2,
                                 .in_max = 2,
                                 .infer = infer,
                                 .gradient = linear_gradient,
                                 .naive = along_naive,
                                 SAMPLES(linear_samples)};

const struct op op_cummax = {
    .name = "cummax",
    .doc = "the largest (how 1: smallest) so far along an axis, and its last place",
    .inputs = "x",
    .formula = "y[k] = max(y[k-1], x[k]); place: last i <= k, x[i] = y[k]",
    SCAN,
    .results = 2,
    .gradient = extreme_gradient,
    .naive = along_naive,
    SAMPLES(extreme_samples)};
