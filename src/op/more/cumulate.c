/* Scans along an axis, from its beginning or (reverse) its end:
 *
 *     cumsum      y[k] = y[k-1] + x[k]
 *     cumprod     y[k] = y[k-1] x[k]
 *     recurrence  y[k] = a[k] y[k-1] + b[k], y[0] = b[0]
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

/* Chains side by side: of rows, few, as each reads a line of its own. */
enum { CHAINS_MAX = 128, ROWS = 8 };

struct chains {
    const struct op *op;
    ad_type type;
    const void *x, *b;
    void *y;
    int32_t *place;
    int64_t size, count;
    int64_t from, down, across; /* the first element; to the next of a chain; to the next chain */
    bool least;
};

#define EACH                                                           \
    for (int64_t k = 0, at = c->from; k < c->size; k++, at += c->down) \
        for (int64_t j = 0, i = at; j < count; j++, i += c->across)

static inline double get_real(bool small, const void *x, int64_t i)
{
    return small ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

static inline void put_real(bool small, void *y, int64_t i, double value)
{
    if (small)
        ((float *)y)[i] = (float)value;
    else
        ((double *)y)[i] = value;
}

static inline int64_t get_whole(bool small, const void *x, int64_t i)
{
    return small ? ((const int32_t *)x)[i] : ((const int64_t *)x)[i];
}

static inline void put_whole(bool small, void *y, int64_t i, int64_t value)
{
    if (small)
        ((int32_t *)y)[i] = (int32_t)value;
    else
        ((int64_t *)y)[i] = value;
}

/* The usual op, type and number of chains have loops of their own. */
static inline __attribute__((always_inline)) void reals(const struct chains *c, const struct op *op,
                                                        bool small, int64_t count)
{
    double sum[CHAINS_MAX];
    for (int64_t j = 0; j < count; j++)
        sum[j] = op == &op_cumprod ? 1 : -0.0;
    EACH
    {
        double x = get_real(small, c->x, i), s = sum[j];
        s = op == &op_cumsum    ? s + x
            : op == &op_cumprod ? s * x
                                : (k ? x * s : -0.0) + get_real(small, c->b, i);
        sum[j] = s;
        put_real(small, c->y, i, s);
    }
}

static void wholes(const struct chains *c)
{
    uint64_t sum[CHAINS_MAX];
    int64_t count = c->count;
    bool add = c->op == &op_cumsum, small = c->type == AD_I32;
    for (int64_t j = 0; j < count; j++)
        sum[j] = !add;
    EACH
    {
        uint64_t x = (uint64_t)get_whole(small, c->x, i);
        sum[j] = add ? sum[j] + x : sum[j] * x;
        put_whole(small, c->y, i, (int64_t)sum[j]);
    }
}

/* The largest or smallest so far and its last place; a NaN is either. */
#define EXTREMES(kind, type)                                                                      \
    static void extremes_##kind(const struct chains *c, bool small)                               \
    {                                                                                             \
        type best[CHAINS_MAX];                                                                    \
        int32_t place[CHAINS_MAX];                                                                \
        int64_t count = c->count;                                                                 \
        EACH                                                                                      \
        {                                                                                         \
            type x = get_##kind(small, c->x, i);                                                  \
            if (!k || x != x || (best[j] == best[j] && (c->least ? x <= best[j] : x >= best[j]))) \
                best[j] = x, place[j] = (int32_t)k;                                               \
            put_##kind(small, c->y, i, best[j]);                                                  \
            if (c->place)                                                                         \
                c->place[i] = c->down < 0 ? (int32_t)c->size - 1 - place[j] : place[j];           \
        }                                                                                         \
    }
EXTREMES(real, double)
EXTREMES(whole, int64_t)
#undef EACH

static void run_chains(const struct chains *c)
{
    bool small = ad_type_size(c->type) == 4, real = c->type == AD_F32 || c->type == AD_F64;
    if (c->op == &op_cummax && real)
        extremes_real(c, small);
    else if (c->op == &op_cummax)
        extremes_whole(c, small);
    else if (!real)
        wholes(c);
    else if (!small || c->op != &op_cumsum)
        reals(c, c->op, small, c->count);
    else if (c->count == 1)
        reals(c, &op_cumsum, true, 1);
    else
        reals(c, &op_cumsum, true, c->count);
}

ad_status scan_run(const struct call *c, int64_t begin, int64_t end)
{
    const struct along_attributes *a = c->attributes;
    struct axis_split s = along_split(c);
    struct chains r = {.op = c->node->op,
                       .type = c->in[0].type,
                       .x = c->in[0].data,
                       .b = c->in_count > 1 ? c->in[1].data : NULL,
                       .y = c->out[0].data,
                       .place = c->out_count > 1 ? c->out[1].data : NULL,
                       .size = s.size,
                       .down = a->reverse ? -s.inner : s.inner,
                       .across = s.inner == 1 ? s.size : 1,
                       .least = a->how};
    for (; begin < end; begin += r.count) {
        int64_t left = s.inner == 1 ? end - begin : s.inner - begin % s.inner;
        int64_t most = s.inner == 1 ? ROWS : CHAINS_MAX;
        r.count = left < end - begin ? left : end - begin;
        r.count = r.count < most ? r.count : most;
        r.from = begin / s.inner * s.size * s.inner + begin % s.inner;
        r.from += a->reverse ? (s.size - 1) * s.inner : 0;
        run_chains(&r);
    }
    return AD_OK;
}

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

/* The sum over all i from k on of dy[i] a[i] a[i-1] ... a[k+1]. */
static ad_tensor *backward(ad_tensor *factor, ad_tensor *dy, const struct along_attributes *a)
{
    struct along_attributes back = {.axis = a->axis, .reverse = !a->reverse};
    return graph_node2(&op_recurrence, &back, later(factor, &back, 1), dy);
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
    g->dx[1] = backward(g->in[0], g->dy[0], a);
    g->dx[0] = ad_mul(later(g->out[0], a, 0), g->dx[1]);
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
static ad_tensor *sum_of_exponentials(ad_tensor *x, const struct along_attributes *a)
{
    ad_tensor *zero = rows_number(x, 0);
    ad_tensor *m = ad_stop_gradient(graph_node1(&op_cummax, a, x));
    m = ad_where(ad_is_finite(m), m, zero);
    ad_tensor *fade = ad_exp(ad_minimum(ad_sub(later(m, a, 0), m), zero));
    ad_tensor *s = graph_node2(&op_recurrence, a, fade, ad_exp(ad_sub(x, m)));
    ad_tensor *none = ad_equal(s, zero);
    ad_tensor *logarithm = ad_log(ad_where(none, rows_number(x, 1), s));
    return ad_where(none, rows_number(x, -INFINITY), ad_add(m, logarithm));
}

/* ---- the public calls */

static ad_tensor *scan(const char *call, const struct op *op, ad_tensor *const *in, int count,
                       int axis, const ad_scan_options *options)
{
    ad_scan_options o = AD_OPTIONS(ad_scan_options);
    ad_tensor *poison =
        graph_passed(ad_tensor_graph(in[0]), call, options_read(ad_scan_options, &o, options));
    struct along_attributes a = {.axis = axis, .reverse = o.reverse};
    return poison ? poison : along_node(call, op, a, in, count);
}

/* The largest or smallest (least) so far, or its place (result 1). */
static ad_tensor *extreme(const char *call, ad_tensor *x, int axis, const ad_scan_options *options,
                          bool least, int result)
{
    ad_tensor *y = scan(call, &op_cummax, &x, 1, axis, options);
    if (graph_is_poison(y))
        return y;
    struct along_attributes a = *(const struct along_attributes *)y->node->attributes;
    a.how = least;
    return graph_result(least ? graph_node1(&op_cummax, &a, x) : y, result);
}

ad_tensor *ad_cumsum(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return scan("ad_cumsum", &op_cumsum, &x, 1, axis, options);
}

ad_tensor *ad_cumprod(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return scan("ad_cumprod", &op_cumprod, &x, 1, axis, options);
}

ad_tensor *ad_recurrence(ad_tensor *a, ad_tensor *b, int axis, const ad_scan_options *options)
{
    return scan("ad_recurrence", &op_recurrence, (ad_tensor *[]){a, b}, 2, axis, options);
}

ad_tensor *ad_logcumsumexp(ad_tensor *x, int axis, const ad_scan_options *options)
{
    ad_tensor *m = scan("ad_logcumsumexp", &op_cummax, &x, 1, axis, options);
    return graph_is_poison(m) ? m : sum_of_exponentials(x, m->node->attributes);
}

ad_tensor *ad_cummax(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return extreme("ad_cummax", x, axis, options, false, 0);
}

ad_tensor *ad_cummin(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return extreme("ad_cummin", x, axis, options, true, 0);
}

ad_tensor *ad_cumargmax(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return extreme("ad_cumargmax", x, axis, options, false, 1);
}

ad_tensor *ad_cumargmin(ad_tensor *x, int axis, const ad_scan_options *options)
{
    return extreme("ad_cumargmin", x, axis, options, true, 1);
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
                                 .doc = "a linear recurrence along an axis",
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
