/* Ops that give the same elements another shape or order: reshape, expand, transpose,
 * stop_gradient.  In a compiled program they are index maps; here they copy.  clip_gradient is its
 * input wherever a program is made. */
#include "op/shape.h"

#include <float.h>
#include <string.h>

#include "base/error.h"
#include "op/broadcast.h"
#include "op/rows.h"

struct axis_split shape_split(const ad_shape *shape, int64_t axis)
{
    struct axis_split s = {1, shape->size[axis], 1};
    for (int i = 0; i < shape->rank; i++)
        if (i < axis)
            s.outer *= shape->size[i];
        else if (i > axis)
            s.inner *= shape->size[i];
    return s;
}

static ad_status copy_naive(const struct call *c)
{
    size_t bytes = ad_array_bytes(&c->in[0]);
    if (bytes)
        memcpy(c->out[0].data, c->in[0].data, bytes);
    return AD_OK;
}

/* Element (i0, i1, ...) of the result is element sum of i * stride of the input. */
static void copy_strided(const struct call *c, const int64_t *stride)
{
    const ad_shape *shape = &c->out[0].shape;
    size_t size = ad_type_size(c->out[0].type);
    const char *from = c->in[0].data;
    char *to = c->out[0].data;
    int64_t at[AD_RANK_MAX] = {0}, place = 0;
    for (int64_t n = shape_count(shape); n > 0; n--, to += size) {
        memcpy(to, from + (size_t)place * size, size);
        for (int axis = shape->rank - 1; axis >= 0; axis--) {
            place += stride[axis];
            if (++at[axis] < shape->size[axis])
                break;
            place -= stride[axis] * shape->size[axis];
            at[axis] = 0;
        }
    }
}

static void plain_strides(const ad_shape *shape, int64_t *stride)
{
    int64_t inner = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        stride[i] = inner;
        inner *= shape->size[i];
    }
}

/* ---- reshape */

static ad_status reshape_infer(struct infer *f)
{
    const struct reshape_attributes *a = f->attributes;
    const ad_shape *x = &f->in[0]->shape;
    if (dim_product(f->graph, x, 0, x->rank) != dim_product(f->graph, &a->shape, 0, a->shape.rank))
        return fail(AD_ERROR_SHAPE, "its elements do not fill %s; AD_INFER finds one size",
                    graph_shape_text(f->graph, &a->shape));
    f->type[0] = f->in[0]->type;
    f->shape[0] = a->shape;
    return AD_OK;
}

static void reshape_gradient(struct gradient *g)
{
    g->dx[0] = ad_reshape(g->dy[0], g->in[0]->shape);
}

/* The caller's sizes: numbers, open dimensions of the graph, or AD_INFER; else poison.  A negative
 * number is easily written for AD_INFER. */
static ad_tensor *check_sizes(ad_graph *graph, const char *call, const ad_shape *shape,
                              int infer_max)
{
    int infer = 0;
    if (shape->rank < 0 || shape->rank > AD_RANK_MAX)
        return graph_poison(graph, AD_ERROR_SHAPE, "%s: %d axes; there can be 0 to %d", call,
                            shape->rank, AD_RANK_MAX);
    for (int i = 0; i < shape->rank; i++) {
        infer += shape->size[i] == AD_INFER;
        if (shape->size[i] != AD_INFER && !dim_is_known(graph, shape->size[i]))
            return graph_poison(
                graph, AD_ERROR_SHAPE,
                "%s: size %lld of axis %d is no size; AD_INFER leaves a size to be found", call,
                (long long)shape->size[i], i);
    }
    if (infer <= infer_max)
        return NULL;
    return graph_poison(graph, AD_ERROR_SHAPE, "%s: %d sizes are AD_INFER; at most %d can be", call,
                        infer, infer_max);
}

static ad_tensor *infer_mistake(ad_tensor *x, const ad_shape *shape)
{
    ad_graph *graph = x->node->graph;
    ad_shape known = {0};
    for (int i = 0; i < shape->rank; i++)
        if (shape->size[i] != AD_INFER)
            known.size[known.rank++] = shape->size[i];
    return graph_poison(graph, AD_ERROR_SHAPE,
                        "ad_reshape: the other sizes %s do not divide the elements of %s",
                        graph_shape_text(graph, &known), graph_shape_text(graph, &x->shape));
}

/* Puts the size that follows from the others in place of AD_INFER; false where none does. */
static bool resolve(ad_tensor *x, ad_shape *shape)
{
    ad_graph *graph = x->node->graph;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->size[i] != AD_INFER)
            continue;
        ad_dim rest = dim_mul(graph, dim_product(graph, shape, 0, i),
                              dim_product(graph, shape, i + 1, shape->rank));
        ad_dim all = dim_product(graph, &x->shape, 0, x->shape.rank);
        shape->size[i] = dim_exact_div(graph, all, rest);
        return shape->size[i] != AD_INFER;
    }
    return true;
}

ad_tensor *ad_reshape(ad_tensor *x, ad_shape shape)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_reshape", &x, 1);
    poison = poison ? poison : check_sizes(graph, "ad_reshape", &shape, 1);
    if (poison)
        return poison;
    struct reshape_attributes a = {shape};
    if (!resolve(x, &a.shape))
        return infer_mistake(x, &shape);
    return graph_node1(&op_reshape, &a, x);
}

ad_tensor *ad_flatten(ad_tensor *x)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_flatten", &x, 1);
    if (poison)
        return poison;
    if (!x->shape.rank)
        return graph_poison(graph, AD_ERROR_SHAPE, "ad_flatten: a single number has no batch axis");
    ad_dim rest = dim_product(graph, &x->shape, 1, x->shape.rank);
    return ad_reshape(x, (ad_shape){2, {x->shape.size[0], rest}});
}

/* ---- expand */

static ad_status expand_infer(struct infer *f)
{
    const struct reshape_attributes *a = f->attributes;
    ad_shape out;
    if (!graph_broadcast(&f->in[0]->shape, &a->shape, &out) || !graph_shapes_equal(&out, &a->shape))
        return fail(AD_ERROR_SHAPE, "it does not stretch to %s; only sizes of 1 do",
                    graph_shape_text(f->graph, &a->shape));
    f->type[0] = f->in[0]->type;
    f->shape[0] = a->shape;
    return AD_OK;
}

static void expand_gradient(struct gradient *g)
{
    g->dx[0] = graph_sum_to(g->dy[0], &g->in[0]->shape);
}

static ad_status expand_naive(const struct call *c)
{
    const ad_shape *x = &c->in[0].shape, *y = &c->out[0].shape;
    int64_t own[AD_RANK_MAX], stride[AD_RANK_MAX] = {0};
    plain_strides(x, own);
    for (int i = 1; i <= x->rank; i++)
        if (x->size[x->rank - i] != 1)
            stride[y->rank - i] = own[x->rank - i];
    copy_strided(c, stride);
    return AD_OK;
}

ad_tensor *ad_expand(ad_tensor *x, ad_shape shape)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_expand", &x, 1);
    poison = poison ? poison : check_sizes(graph, "ad_expand", &shape, 0);
    return poison ? poison : graph_node1(&op_expand, &(struct reshape_attributes){shape}, x);
}

/* ---- transpose */

static bool is_permutation(const ad_axes *order, int rank)
{
    unsigned seen = 0;
    for (int i = 0; i < order->count && i < AD_RANK_MAX; i++)
        if (order->axis[i] >= 0 && order->axis[i] < rank)
            seen |= 1u << order->axis[i];
    return order->count == rank && seen == (1u << rank) - 1;
}

static ad_status transpose_infer(struct infer *f)
{
    const struct transpose_attributes *a = f->attributes;
    const ad_shape *x = &f->in[0]->shape;
    if (!is_permutation(&a->order, x->rank))
        return fail(AD_ERROR_SHAPE, "the order has to name each of the %d axes once", x->rank);
    f->type[0] = f->in[0]->type;
    f->shape[0].rank = x->rank;
    for (int i = 0; i < x->rank; i++)
        f->shape[0].size[i] = x->size[a->order.axis[i]];
    return AD_OK;
}

static void transpose_gradient(struct gradient *g)
{
    const struct transpose_attributes *a = g->node->attributes;
    ad_axes back = {.count = a->order.count};
    for (int i = 0; i < back.count; i++)
        back.axis[a->order.axis[i]] = i;
    g->dx[0] = ad_transpose(g->dy[0], back);
}

static ad_status transpose_naive(const struct call *c)
{
    const struct transpose_attributes *a = c->attributes;
    int64_t own[AD_RANK_MAX], stride[AD_RANK_MAX] = {0};
    plain_strides(&c->in[0].shape, own);
    for (int i = 0; i < a->order.count; i++)
        stride[i] = own[a->order.axis[i]];
    copy_strided(c, stride);
    return AD_OK;
}

ad_tensor *ad_transpose(ad_tensor *x, ad_axes order)
{
    ad_tensor *poison = graph_check(ad_tensor_graph(x), "ad_transpose", &x, 1);
    if (poison)
        return poison;
    for (int i = 0; i < order.count && i < AD_RANK_MAX; i++)
        order.axis[i] = graph_axis(order.axis[i], x->shape.rank);
    return graph_node1(&op_transpose, &(struct transpose_attributes){order}, x);
}

/* ---- stop_gradient */

static ad_status same_infer(struct infer *f)
{
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

ad_tensor *ad_stop_gradient(ad_tensor *x)
{
    return graph_node1(&op_stop_gradient, NULL, x);
}

/* ---- clip_gradient */

static ad_status clip_infer(struct infer *f)
{
    TRY(rows_check_real(f->in[0], "x"));
    return same_infer(f);
}

static void clip_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                        ad_tensor **out)
{
    (void)graph, (void)node;
    out[0] = in[0];
}

static void clip_gradient(struct gradient *g)
{
    const struct clip_attributes *a = g->node->attributes;
    g->dx[0] = rows_limited(g->dy[0], a->limit);
}

ad_tensor *ad_clip_gradient(ad_tensor *x, double limit)
{
    return graph_node1(&op_clip_gradient, &(struct clip_attributes){limit}, x);
}

/* ---- records */

/* clang-format off */
static const struct field reshape_fields[] = {FIELD(reshape_attributes, shape, SHAPE, 0)};
static const struct field transpose_fields[] = {FIELD(transpose_attributes, order, AXES, 0)};
static const struct field clip_fields[] = {
    FIELD_IN(clip_attributes, limit, NUMBER, 1, DBL_MIN, DBL_MAX)};

#define TO(...) .attributes = &(const struct reshape_attributes){__VA_ARGS__}
#define ORDER(count, ...) .attributes = &(const struct transpose_attributes){{count, {__VA_ARGS__}}}

static const struct sample reshape_samples[] = {
    {.in_count = 1, .shape = {{2, {4, 6}}}, TO({3, {2, 3, 4}})},
    {.in_count = 1, .shape = {{3, {1, 5, 1}}}, TO({1, {5}})},
    {.in_count = 1, .shape = {{1, {1}}}, TO({0, {0}})},
    {.in_count = 1, .shape = {{2, {0, 3}}}, TO({2, {7, 0}})},
    {.in_count = 1, .shape = {{2, {3, 7}}}, .type = {AD_I32}, TO({1, {21}})},
};

static const struct sample expand_samples[] = {
    {.in_count = 1, .shape = {{2, {3, 1}}}, TO({2, {3, 5}})},
    {.in_count = 1, .shape = {{0, {0}}}, TO({2, {2, 3}})},
    {.in_count = 1, .shape = {{2, {1, 7}}}, TO({3, {2, 3, 7}})},
    {.in_count = 1, .shape = {{3, {2, 1, 3}}}, TO({3, {2, 4, 3}})},
    {.in_count = 1, .shape = {{2, {1, 1}}}, TO({2, {1, 1}})},
    {.in_count = 1, .shape = {{2, {1, 3}}}, TO({2, {0, 3}})},
    {.in_count = 1, .shape = {{1, {1}}}, .type = {AD_BOOL}, TO({2, {2, 5}})},
};

static const struct sample transpose_samples[] = {
    {.in_count = 1, .shape = {{2, {3, 5}}}, ORDER(2, 1, 0)},
    {.in_count = 1, .shape = {{3, {2, 3, 7}}}, ORDER(3, 2, 0, 1)},
    {.in_count = 1, .shape = {{4, {2, 3, 1, 5}}}, ORDER(4, 0, 2, 1, 3)},
    {.in_count = 1, .shape = {{2, {1, 1}}}, ORDER(2, 1, 0)},
    {.in_count = 1, .shape = {{2, {0, 3}}}, ORDER(2, 1, 0)},
    {.in_count = 1, .shape = {{2, {3, 17}}}, .type = {AD_U8}, ORDER(2, 1, 0)},
};

static const struct sample stop_samples[] = {
    {.in_count = 1, .shape = {{2, {3, 5}}}},
    {.in_count = 1, .shape = {{2, {0, 5}}}},
};

/* Above all slopes that the tests of every op make, at most 1.5: there the gradient is that of the
 * value, by differences; test_clip_gradient.c is of those beyond. */
#define LIMIT .attributes = &(const struct clip_attributes){4}
static const struct sample clip_samples[] = {
    {.in_count = 1, .shape = {{2, {3, 5}}}, LIMIT},
    {.in_count = 1, .shape = {{2, {0, 5}}}, LIMIT},
};
/* clang-format on */

const struct op op_reshape = {.name = "reshape",
                              .doc = "the same elements in the same order in another shape",
                              .inputs = "x",
                              .formula =
                                  "y[i] = x[i], i counting all elements, the last axis fastest",
                              FIELDS(reshape_fields),
                              .attribute_size = sizeof(struct reshape_attributes),
                              .in_min = 1,
                              .in_max = 1,
                              .infer = reshape_infer,
                              .gradient = reshape_gradient,
                              .naive = copy_naive,
                              SAMPLES(reshape_samples),
                              .view = true};

const struct op op_expand = {.name = "expand",
                             .doc = "broadcast to a shape",
                             .inputs = "x",
                             .formula = "y[..., i, ...] = x[..., i or 0 where the size is 1, ...]",
                             FIELDS(reshape_fields),
                             .attribute_size = sizeof(struct reshape_attributes),
                             .in_min = 1,
                             .in_max = 1,
                             .infer = expand_infer,
                             .gradient = expand_gradient,
                             .naive = expand_naive,
                             SAMPLES(expand_samples),
                             .view = true};

const struct op op_transpose = {
    .name = "transpose",
    .doc = "the axes in another order",
    .inputs = "x",
    .formula = "y[i, j, ...] = x at the same places, axis k of y being axis order[k] of x",
    FIELDS(transpose_fields),
    .attribute_size = sizeof(struct transpose_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = transpose_infer,
    .gradient = transpose_gradient,
    .naive = transpose_naive,
    SAMPLES(transpose_samples),
    .view = true};

const struct op op_stop_gradient = {.name = "stop_gradient",
                                    .doc = "the input, through which no gradient passes",
                                    .inputs = "x",
                                    .formula = "y = x",
                                    .in_min = 1,
                                    .in_max = 1,
                                    .infer = same_infer,
                                    .no_gradient = "it is there to stop it",
                                    .naive = copy_naive,
                                    SAMPLES(stop_samples),
                                    .view = true};

const struct op op_clip_gradient = {
    .name = "clip_gradient",
    .doc = "the input, whose gradient is limited element by element (Mikolov 2012)",
    .inputs = "x",
    .formula = "y = x; dx = max(min(dy, limit), -limit)",
    FIELDS(clip_fields),
    .attribute_size = sizeof(struct clip_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = clip_infer,
    .gradient = clip_gradient,
    .expand = clip_expand,
    SAMPLES(clip_samples)};
