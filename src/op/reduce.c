/* Sum, maximum and minimum over any axes; the index of the largest along one.
 *
 * x (..., reduced, ...) gives the shape without the reduced axes; the public calls put them back as
 * size 1 on request.  The order of the additions is core/reduce_order.h and core/order.h. */
#include "op/reduce.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/whole.h"
#include "core/order.h"
#include "core/reduce_order.h"
#include "op/shape.h"
#include "op/standardize.h"

static bool contains(const ad_axes *axes, int axis)
{
    for (int i = 0; i < axes->count; i++)
        if (axes->axis[i] == axis)
            return true;
    return false;
}

static ad_shape without_axes(const ad_shape *shape, const ad_axes *axes)
{
    ad_shape out = {0};
    for (int i = 0; i < shape->rank; i++)
        if (!contains(axes, i))
            out.size[out.rank++] = shape->size[i];
    return out;
}

/* The same with size 1 in place of the reduced axes. */
static ad_shape with_ones(const ad_shape *shape, const ad_axes *axes)
{
    ad_shape out = *shape;
    for (int i = 0; i < axes->count; i++)
        out.size[axes->axis[i]] = 1;
    return out;
}

static bool has_order(ad_type type)
{
    return type == AD_F32 || type == AD_F64 || type == AD_I32 || type == AD_I64;
}

ad_status reduce_infer(struct infer *f)
{
    const struct reduce_attributes *a = f->attributes;
    const ad_shape *x = &f->in[0]->shape;
    if (!has_order(f->in[0]->type))
        return fail(AD_ERROR_TYPE, "it takes f32, f64, i32 or i64; ad_cast the input");
    for (int i = 0; i < a->axes.count; i++)
        if (a->axes.axis[i] < 0 || a->axes.axis[i] >= x->rank ||
            (i && a->axes.axis[i] <= a->axes.axis[i - 1]))
            return fail(AD_ERROR_SHAPE, "axes have to be inside the shape and in rising order");
    f->type[0] = f->in[0]->type;
    f->shape[0] = without_axes(x, &a->axes);
    return AD_OK;
}

/* ---- gradients */

static void sum_gradient(struct gradient *g)
{
    const struct reduce_attributes *a = g->node->attributes;
    const ad_shape *x = &g->in[0]->shape;
    g->dx[0] = ad_expand(ad_reshape(g->dy[0], with_ones(x, &a->axes)), *x);
}

/* The gradient goes to where the extreme value is, in equal parts where it is in several places.
 * Nothing equals the value of an empty axis, or a NaN, so there the count is 0, which must not
 * divide. */
static void extreme_gradient(struct gradient *g)
{
    const struct reduce_attributes *a = g->node->attributes;
    ad_tensor *x = g->in[0];
    ad_shape ones = with_ones(&x->shape, &a->axes);
    ad_tensor *here = ad_equal(x, ad_reshape(g->out[0], ones));
    ad_tensor *ties = ad_sum(ad_cast(here, x->type), a->axes, NULL);
    ad_tensor *parts = ad_maximum(ties, ad_number(g->graph, x->type, 1));
    ad_tensor *share = ad_reshape(ad_div(g->dy[0], parts), ones);
    g->dx[0] = ad_where(here, share, ad_number(g->graph, x->type, 0));
}

/* ---- naive */

#define REAL float
#define NAME(x) x##_f32
#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
#define IS_NAN(x) ((x) != (x))
#define LOWEST -INFINITY
#define HIGHEST INFINITY
#include "op/reduce.inc"

#define REAL double
#define NAME(x) x##_f64
#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
#define IS_NAN(x) ((x) != (x))
#define LOWEST -(double)INFINITY
#define HIGHEST (double)INFINITY
#include "op/reduce.inc"

#define REAL int32_t
#define NAME(x) x##_i32
#define ADD(a, b) (int32_t)((uint32_t)(a) + (uint32_t)(b))
#define MUL(a, b) (int32_t)((uint32_t)(a) * (uint32_t)(b))
#define IS_NAN(x) false
#define LOWEST INT32_MIN
#define HIGHEST INT32_MAX
#include "op/reduce.inc"

#define REAL int64_t
#define NAME(x) x##_i64
#define ADD(a, b) (int64_t)((uint64_t)(a) + (uint64_t)(b))
#define MUL(a, b) (int64_t)((uint64_t)(a) * (uint64_t)(b))
#define IS_NAN(x) false
#define LOWEST INT64_MIN
#define HIGHEST INT64_MAX
#include "op/reduce.inc"

static void run_step(ad_type type, enum reduction reduction, const struct reduce_step *s,
                     const void *x, void *scratch, void *y)
{
    switch (type) {
    case AD_F32: step_f32(reduction, s, x, scratch, y); break;
    case AD_F64: step_f64(reduction, s, x, scratch, y); break;
    case AD_I32: step_i32(reduction, s, x, scratch, y); break;
    default: step_i64(reduction, s, x, scratch, y); break;
    }
}

/* One step into memory of its own, or into the result if it is the last. */
static ad_status reduce_step(const struct call *c, enum reduction reduction,
                             const struct reduce_step *s, const void *x, void *y)
{
    size_t scratch_size = ((size_t)s->n / AD_COLUMN_BLOCK + 1) * sizeof(int64_t);
    void *scratch = memory_alloc(c->allocator, scratch_size);
    if (!scratch)
        return AD_ERROR_MEMORY;
    run_step(c->in[0].type, reduction, s, x, scratch, y);
    memory_free(c->allocator, scratch, scratch_size);
    return AD_OK;
}

static ad_status reduce_steps(const struct call *c, enum reduction reduction,
                              const struct reduce_step *s, int count, const void *x)
{
    if (count == 1)
        return reduce_step(c, reduction, s, x, c->out[0].data);
    size_t size = (size_t)(s->outer * s->inner) * ad_type_size(c->in[0].type);
    void *y = memory_alloc(c->allocator, size);
    if (!y)
        return AD_ERROR_MEMORY;
    ad_status status = reduce_step(c, reduction, s, x, y);
    if (status == AD_OK)
        status = reduce_steps(c, reduction, s + 1, count - 1, y);
    memory_free(c->allocator, y, size);
    return status;
}

ad_status reduce_naive(const struct call *c)
{
    const struct reduce_attributes *a = c->attributes;
    struct reduce_step steps[AD_RANK_MAX];
    int count = reduce_order(&c->in[0].shape, &a->axes, steps);
    if (count)
        return reduce_steps(c, reduction_of(c->node->op), steps, count, c->in[0].data);
    if (ad_array_bytes(&c->in[0]))
        memcpy(c->out[0].data, c->in[0].data, ad_array_bytes(&c->in[0]));
    return AD_OK;
}

/* ---- argmax */

static ad_status argmax_infer(struct infer *f)
{
    const struct argmax_attributes *a = f->attributes;
    const ad_shape *x = &f->in[0]->shape;
    if (!has_order(f->in[0]->type))
        return fail(AD_ERROR_TYPE, "it takes f32, f64, i32 or i64; ad_cast the input");
    if (a->axis < 0 || a->axis >= x->rank)
        return fail(AD_ERROR_SHAPE, "axis %d is outside the shape", (int)a->axis);
    if (x->size[a->axis] == 0)
        return fail(AD_ERROR_SHAPE, "axis %d is empty; nothing is largest there", (int)a->axis);
    if (x->size[a->axis] > INT32_MAX)
        return fail(AD_ERROR_SHAPE,
                    "axis %d has %lld places and the index is i32; cut it with "
                    "ad_slice into parts of less than 2^31",
                    (int)a->axis, (long long)x->size[a->axis]);
    f->type[0] = AD_I32;
    f->shape[0] = without_axes(x, &(ad_axes){1, {(int)a->axis}});
    return AD_OK;
}

static ad_status argmax_naive(const struct call *c)
{
    const struct argmax_attributes *a = c->attributes;
    struct axis_split s = shape_split(&c->in[0].shape, a->axis);
    switch (c->in[0].type) {
    case AD_F32: argmax_f32(&s, c->in[0].data, c->out[0].data); break;
    case AD_F64: argmax_f64(&s, c->in[0].data, c->out[0].data); break;
    case AD_I32: argmax_i32(&s, c->in[0].data, c->out[0].data); break;
    default: argmax_i64(&s, c->in[0].data, c->out[0].data); break;
    }
    return AD_OK;
}

/* ---- the public calls */

static ad_tensor *axis_mistake(ad_graph *graph, const char *call, int axis, const ad_shape *x)
{
    if (!x->rank)
        return graph_poison(graph, AD_ERROR_SHAPE, "%s: axis %d of a single number, which has none",
                            call, axis);
    return graph_poison(graph, AD_ERROR_SHAPE, "%s: axis %d is outside %s; axes are %d to %d", call,
                        axis, graph_shape_text(graph, x), -x->rank, x->rank - 1);
}

/* Axes counted from 0, in rising order, each once; poison where that cannot be. */
static ad_tensor *plain_axes(ad_tensor *x, const char *call, const ad_axes *axes, ad_axes *out)
{
    ad_graph *graph = x->node->graph;
    bool in[AD_RANK_MAX] = {false};
    *out = (ad_axes){0};
    for (int i = 0; i < axes->count; i++) {
        int axis = i < AD_RANK_MAX ? graph_axis(axes->axis[i], x->shape.rank) : -1;
        if (axis < 0)
            return axis_mistake(graph, call, axes->axis[i % AD_RANK_MAX], &x->shape);
        if (in[axis])
            return graph_poison(graph, AD_ERROR_ARGUMENT, "%s: axis %d is there twice", call, axis);
        in[axis] = true;
    }
    for (int i = 0; i < x->shape.rank; i++)
        if (axes->count < 0 || in[i])
            out->axis[out->count++] = i;
    return NULL;
}

ad_tensor *reduce_axes(ad_tensor *x, const char *call, const ad_axes *axes, ad_axes *out)
{
    ad_tensor *poison = graph_check(ad_tensor_graph(x), call, &x, 1);
    return poison ? poison : plain_axes(x, call, axes, out);
}

static ad_tensor *reduced(const struct op *op, ad_tensor *x, const ad_axes *axes, bool keep)
{
    struct reduce_attributes a = {*axes};
    ad_tensor *y = graph_node1(op, &a, x);
    if (!keep || graph_is_poison(y))
        return y;
    return ad_reshape(y, with_ones(&x->shape, axes));
}

static ad_tensor *read_options(ad_tensor *x, const char *call, ad_reduce_options *o,
                               const ad_reduce_options *options)
{
    return graph_passed(ad_tensor_graph(x), call, options_read(ad_reduce_options, o, options));
}

ad_tensor *reduce_build(const struct op *op, const char *call, ad_tensor *x, const ad_axes *axes,
                        const ad_reduce_options *options)
{
    ad_axes plain;
    ad_reduce_options o = AD_OPTIONS(ad_reduce_options);
    ad_tensor *poison = read_options(x, call, &o, options);
    poison = poison ? poison : reduce_axes(x, call, axes, &plain);
    return poison ? poison : reduced(op, x, &plain, o.keep);
}

ad_tensor *ad_sum(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    return reduce_build(&op_sum, "ad_sum", x, &axes, options);
}

ad_tensor *ad_max(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    return reduce_build(&op_max, "ad_max", x, &axes, options);
}

ad_tensor *ad_min(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    return reduce_build(&op_min, "ad_min", x, &axes, options);
}

/* The number of elements that are reduced to one, as a number of x's type. */
ad_tensor *reduce_size(ad_tensor *x, const ad_axes *axes)
{
    ad_graph *graph = x->node->graph;
    ad_tensor *open = NULL;
    int64_t known = 1;
    for (int i = 0; i < axes->count; i++) {
        ad_dim size = x->shape.size[axes->axis[i]];
        if (!dim_is_open(size)) {
            known = whole_mul(known, size);
            continue;
        }
        ad_tensor *factor = ad_size(x, axes->axis[i]);
        open = open ? ad_mul(open, factor) : factor;
    }
    if (!open)
        return ad_number(graph, x->type, (double)known);
    if (known != 1)
        open = ad_mul(open, ad_number(graph, AD_I64, (double)known));
    return ad_cast(open, x->type);
}

/* Sum over plain axes by their count. */
static ad_tensor *mean(ad_tensor *x, const ad_axes *axes, bool keep)
{
    return ad_div(reduced(&op_sum, x, axes, keep), reduce_size(x, axes));
}

static ad_tensor *check_mean(ad_tensor *x, const char *call, const ad_axes *axes, ad_axes *out)
{
    ad_tensor *poison = reduce_axes(x, call, axes, out);
    if (poison || x->type == AD_F32 || x->type == AD_F64)
        return poison;
    return graph_poison(x->node->graph, AD_ERROR_TYPE,
                        "%s: it takes f32 or f64, not %s; ad_cast the input", call,
                        ad_type_name(x->type));
}

ad_tensor *ad_mean(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    ad_axes plain;
    ad_reduce_options o = AD_OPTIONS(ad_reduce_options);
    ad_tensor *poison = read_options(x, "ad_mean", &o, options);
    poison = poison ? poison : check_mean(x, "ad_mean", &axes, &plain);
    return poison ? poison : mean(x, &plain, o.keep);
}

ad_tensor *ad_variance(ad_tensor *x, ad_axes axes, const ad_reduce_options *options)
{
    ad_axes plain;
    ad_reduce_options o = AD_OPTIONS(ad_reduce_options);
    ad_tensor *poison = read_options(x, "ad_variance", &o, options);
    poison = poison ? poison : check_mean(x, "ad_variance", &axes, &plain);
    if (poison)
        return poison;
    struct moments m = moments_of(x, &plain, 0, true);
    ad_tensor *variance = moments_variance(&m);
    return o.keep ? variance : ad_reshape(variance, without_axes(&x->shape, &plain));
}

ad_tensor *ad_argmax(ad_tensor *x, int axis)
{
    ad_axes plain;
    ad_tensor *poison = reduce_axes(x, "ad_argmax", &(ad_axes){1, {axis}}, &plain);
    if (poison)
        return poison;
    return graph_node1(&op_argmax, &(struct argmax_attributes){plain.axis[0]}, x);
}

/* ---- records */

/* clang-format off */
static const struct field fields[] = {FIELD(reduce_attributes, axes, AXES, 0)};
static const struct field argmax_fields[] = {FIELD(argmax_attributes, axis, INT, 0)};

#define OVER(count, ...) .attributes = &(const struct reduce_attributes){{count, {__VA_ARGS__}}}

#define SHORT_SAMPLES                                                                   \
    {.in_count = 1, .shape = {{2, {3, 5}}}, OVER(1, 1)},                                \
    {.in_count = 1, .shape = {{2, {3, 5}}}, OVER(1, 0)},                                \
    {.in_count = 1, .shape = {{3, {2, 37, 3}}}, OVER(3, 0, 1, 2)},                      \
    {.in_count = 1, .shape = {{4, {2, 3, 4, 5}}}, OVER(2, 0, 2)},                       \
    {.in_count = 1, .shape = {{4, {3, 1, 2, 7}}}, OVER(2, 1, 3)},                       \
    {.in_count = 1, .shape = {{2, {131, 3}}}, OVER(1, 0)}, /* several blocks of rows */ \
    {.in_count = 1, .shape = {{2, {1, 1}}}, OVER(2, 0, 1)},                             \
    {.in_count = 1, .shape = {{3, {0, 3, 2}}}, OVER(1, 1)},                             \
    {.in_count = 1, .shape = {{3, {2, 0, 3}}}, OVER(1, 1)}

static const struct sample samples[] = {SHORT_SAMPLES};
static const struct sample sum_samples[] = {
    SHORT_SAMPLES,
    {.in_count = 1, .shape = {{2, {1, 4100}}}, OVER(1, 1)}, /* two pieces of a row */
};

#define ALONG(n) .attributes = &(const struct argmax_attributes){n}

static const struct sample argmax_samples[] = {
    {.in_count = 1, .shape = {{2, {5, 10}}}, ALONG(1)},
    {.in_count = 1, .shape = {{3, {2, 7, 3}}}, ALONG(1)},
    {.in_count = 1, .shape = {{2, {3, 1}}}, ALONG(1)},
    {.in_count = 1, .shape = {{2, {0, 4}}}, ALONG(1)},
};
/* clang-format on */

const struct op op_sum = {.name = "sum",
                          .doc = "sum over axes",
                          .inputs = "x",
                          .formula = "y = sum over axes of x",
                          FIELDS(fields),
                          .attribute_size = sizeof(struct reduce_attributes),
                          .in_min = 1,
                          .in_max = 1,
                          .infer = reduce_infer,
                          .gradient = sum_gradient,
                          .naive = reduce_naive,
                          SAMPLES(sum_samples)};

const struct op op_max = {.name = "max",
                          .doc = "largest over axes, -inf of nothing; ties share the gradient",
                          .inputs = "x",
                          .formula = "y = max over axes of x",
                          FIELDS(fields),
                          .attribute_size = sizeof(struct reduce_attributes),
                          .in_min = 1,
                          .in_max = 1,
                          .infer = reduce_infer,
                          .gradient = extreme_gradient,
                          .naive = reduce_naive,
                          SAMPLES(samples)};

const struct op op_min = {.name = "min",
                          .doc = "smallest over axes, inf of nothing; ties share the gradient",
                          .inputs = "x",
                          .formula = "y = min over axes of x",
                          FIELDS(fields),
                          .attribute_size = sizeof(struct reduce_attributes),
                          .in_min = 1,
                          .in_max = 1,
                          .infer = reduce_infer,
                          .gradient = extreme_gradient,
                          .naive = reduce_naive,
                          SAMPLES(samples)};

const struct op op_argmax = {.name = "argmax",
                             .doc = "index of the largest along an axis, the first of equals",
                             .inputs = "x",
                             .formula =
                                 "y = the first i along axis at which x[i] = max over k of x[k]",
                             FIELDS(argmax_fields),
                             .attribute_size = sizeof(struct argmax_attributes),
                             .in_min = 1,
                             .in_max = 1,
                             .infer = argmax_infer,
                             .no_gradient = "an index is a whole number",
                             .naive = argmax_naive,
                             SAMPLES(argmax_samples)};
