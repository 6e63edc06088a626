/* Parts of an axis: slice and its adjoint spread, concat, pad. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "core/number.h"
#include "op/shape.h"

/* A size that came out negative once the open dimensions had numbers. */
static bool below_zero(const ad_graph *graph, ad_dim dim)
{
    return !dim_is_known(graph, dim);
}

static ad_status check_axis(const struct infer *f, int64_t axis)
{
    if (axis >= 0 && axis < f->in[0]->shape.rank)
        return AD_OK;
    return fail(AD_ERROR_SHAPE, "axis %lld is outside the shape", (long long)axis);
}

/* Elements begin + i step, i < count, have to lie in 0..size-1, as far as that is known. */
static ad_status check_places(const struct infer *f, ad_dim begin, ad_dim count, int64_t step,
                              ad_dim size)
{
    if (step == 0)
        return fail(AD_ERROR_ARGUMENT, "a step of 0 gets nowhere");
    if (below_zero(f->graph, begin) || below_zero(f->graph, count) || below_zero(f->graph, size))
        return fail(AD_ERROR_SHAPE, "the axis is too short for the slice");
    if (dim_is_open(begin) || dim_is_open(count) || dim_is_open(size) || count == 0)
        return AD_OK;
    int64_t way, last = -1;
    if (!__builtin_mul_overflow(count - 1, step, &way) && begin < size &&
        !__builtin_add_overflow(begin, way, &last) && last >= 0 && last < size)
        return AD_OK;
    return fail(AD_ERROR_SHAPE, "elements %lld to %lld of an axis of %lld", (long long)begin,
                (long long)last, (long long)size);
}

/* ---- slice and spread */

/* The message in the numbers that the program wrote, where it is known what it wrote. */
static ad_status name_asked(const struct slice_attributes *a, ad_dim size, ad_status status)
{
    char end[24] = "the end";
    if (dim_is_open(size) || (!a->asked_begin && !a->asked_end))
        return status;
    if (a->asked_end != AD_END)
        snprintf(end, sizeof end, "%lld", (long long)a->asked_end);
    return fail(status, "%lld to %s of axis %lld, which has size %lld, by steps of %lld",
                (long long)a->asked_begin, end, (long long)a->axis, (long long)size,
                (long long)a->step);
}

static ad_status slice_infer(struct infer *f)
{
    const struct slice_attributes *a = f->attributes;
    TRY(check_axis(f, a->axis));
    ad_dim size = f->in[0]->shape.size[a->axis];
    ad_status places = check_places(f, a->begin, a->count, a->step, size);
    if (places != AD_OK)
        return name_asked(a, size, places);
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    f->shape[0].size[a->axis] = a->count;
    return AD_OK;
}

static ad_status spread_infer(struct infer *f)
{
    const struct spread_attributes *a = f->attributes;
    TRY(check_axis(f, a->axis));
    TRY(check_places(f, a->begin, f->in[0]->shape.size[a->axis], a->step, a->size));
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    f->shape[0].size[a->axis] = a->size;
    return AD_OK;
}

ad_tensor *shape_slice(ad_tensor *x, int64_t axis, ad_dim begin, ad_dim count, int64_t step)
{
    return graph_node1(&op_slice, &(struct slice_attributes){axis, begin, count, step, 0, 0}, x);
}

static void slice_gradient(struct gradient *g)
{
    const struct slice_attributes *a = g->node->attributes;
    struct spread_attributes b = {a->axis, g->in[0]->shape.size[a->axis], a->begin, a->step};
    g->dx[0] = graph_node1(&op_spread, &b, g->dy[0]);
}

static bool is_number(ad_dim dim)
{
    return dim >= 0 && !dim_is_open(dim);
}

/* The parts that a lies in: those of a concat, or a itself. */
static int parts_of(ad_tensor *a, int64_t axis, ad_tensor **parts, int room)
{
    const struct concat_attributes *concat = a->node->attributes;
    if (a->node->op != &op_concat || concat->axis != axis || a->node->in_count > room) {
        parts[0] = a;
        return room > 0;
    }
    memcpy(parts, a->node->in, sizeof *parts * (size_t)a->node->in_count);
    return a->node->in_count;
}

enum { JOINED_MAX = 64 };

/* Neighbouring parts of an axis, zeros elsewhere, add up to the parts put together: what the
 * gradients of the slices of a tensor come to. */
static ad_tensor *spread_join(ad_tensor *x, ad_tensor *z)
{
    const struct spread_attributes *a = x->node->attributes, *b = z->node->attributes;
    ad_tensor *first = x->node->in[0], *second = z->node->in[0], *parts[JOINED_MAX];
    ad_dim count_a = first->shape.size[a->axis], count_b = second->shape.size[b->axis];
    bool known = is_number(a->begin) && is_number(b->begin) && is_number(count_a) &&
                 is_number(count_b) && count_a && count_b;
    if (!known || a->axis != b->axis || a->size != b->size || a->step != 1 || b->step != 1)
        return NULL;
    if (b->begin + count_b == a->begin)
        return spread_join(z, x);
    if (a->begin + count_a != b->begin)
        return NULL;
    int count = parts_of(first, a->axis, parts, JOINED_MAX - 1);
    count += parts_of(second, a->axis, parts + count, JOINED_MAX - count);
    ad_tensor *whole = ad_concat(parts, count, (int)a->axis);
    if (count_a + count_b == a->size)
        return whole;
    return graph_node1(&op_spread, &(struct spread_attributes){a->axis, a->size, a->begin, 1},
                       whole);
}

static void spread_gradient(struct gradient *g)
{
    const struct spread_attributes *a = g->node->attributes;
    g->dx[0] = shape_slice(g->dy[0], a->axis, a->begin, g->in[0]->shape.size[a->axis], a->step);
}

/* Rows of a (outer, size, inner) array in memory. */
struct rows {
    char *data;
    int64_t size; /* along the axis */
    size_t bytes; /* of one row */
};

static struct rows rows_of(const ad_array *array, int64_t axis)
{
    struct axis_split s = shape_split(&array->shape, axis);
    return (struct rows){array->data, s.size, (size_t)s.inner * ad_type_size(array->type)};
}

static void copy_row(const struct rows *from, int64_t outer_from, int64_t i, const struct rows *to,
                     int64_t outer_to, int64_t j)
{
    if (from->bytes)
        memcpy(to->data + (size_t)(outer_to * to->size + j) * to->bytes,
               from->data + (size_t)(outer_from * from->size + i) * from->bytes, from->bytes);
}

static ad_status slice_naive(const struct call *c)
{
    const struct slice_attributes *a = c->attributes;
    struct rows x = rows_of(&c->in[0], a->axis), y = rows_of(&c->out[0], a->axis);
    int64_t outer = shape_split(&c->in[0].shape, a->axis).outer;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < y.size; i++)
            copy_row(&x, o, a->begin + i * a->step, &y, o, i);
    return AD_OK;
}

static ad_status spread_naive(const struct call *c)
{
    const struct spread_attributes *a = c->attributes;
    struct rows x = rows_of(&c->in[0], a->axis), y = rows_of(&c->out[0], a->axis);
    int64_t outer = shape_split(&c->in[0].shape, a->axis).outer;
    if (ad_array_bytes(&c->out[0]))
        memset(c->out[0].data, 0, ad_array_bytes(&c->out[0]));
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < x.size; i++)
            copy_row(&x, o, i, &y, o, a->begin + i * a->step);
    return AD_OK;
}

/* ---- ad_slice: begin and end as the caller counts them, to begin and count */

static const int64_t size_max = (int64_t)1 << 48;

/* Place i of an axis, counted from the end where negative; false where it is not in 0..size. */
static bool place(ad_graph *graph, ad_dim size, int64_t i, ad_dim *out)
{
    bool open = dim_is_open(size);
    if (i > size_max || i < -size_max)
        return false;
    if (i < 0 && open)
        *out = dim_sub(graph, size, -i);
    else
        *out = i < 0 ? size + i : i;
    return open || (*out >= 0 && *out <= size);
}

/* to - from; false where it is below zero for certain. */
static bool distance(ad_graph *graph, ad_dim from, ad_dim to, ad_dim *out)
{
    if (dim_is_open(from) != dim_is_open(to)) {
        *out = dim_sub(graph, to, from);
        return true;
    }
    /* two open sizes may differ by a number, which must not come out negative: that is a code */
    ad_dim more = dim_sub(graph, dim_add(graph, to, size_max), from);
    if (!dim_is_open(more) && more < size_max)
        return false;
    *out = dim_is_open(more) ? dim_sub(graph, more, size_max) : more - size_max;
    return true;
}

static bool slice_places(ad_tensor *x, int64_t end, struct slice_attributes *a, int64_t begin)
{
    ad_graph *graph = x->node->graph;
    ad_dim size = x->shape.size[a->axis], last = size, length;
    if (!place(graph, size, begin, &a->begin) || (end != AD_END && !place(graph, size, end, &last)))
        return false;
    int64_t stride = a->step < 0 ? -a->step : a->step;
    if (a->step < 0 && end == AD_END)
        length = dim_add(graph, a->begin, 1);
    else if (!(a->step < 0 ? distance(graph, last, a->begin, &length)
                           : distance(graph, a->begin, last, &length)))
        return false;
    a->count = dim_floor_div(graph, dim_add(graph, length, stride - 1), stride);
    return true;
}

static ad_tensor *slice_mistake(ad_tensor *x, int axis, int64_t begin, int64_t end)
{
    char last[24] = "the end";
    if (end != AD_END)
        snprintf(last, sizeof last, "%lld", (long long)end);
    ad_graph *graph = x->node->graph;
    return graph_poison(graph, AD_ERROR_SHAPE,
                        "ad_slice: %lld to %s leaves axis %d of %s, or ends before it begins",
                        (long long)begin, last, axis, graph_shape_text(graph, &x->shape));
}

/* x is sound and the axis, which comes back counted from 0, is one of its; else poison. */
static ad_tensor *check(const char *call, ad_tensor *x, int *axis)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, call, &x, 1);
    int plain = poison ? -1 : graph_axis(*axis, x->shape.rank);
    if (!poison && plain < 0)
        return graph_poison(graph, AD_ERROR_SHAPE, "%s: %s has no axis %d", call,
                            graph_shape_text(graph, &x->shape), *axis);
    *axis = plain;
    return poison;
}

ad_tensor *ad_slice(ad_tensor *x, int axis, int64_t begin, int64_t end, int64_t step)
{
    ad_tensor *poison = check("ad_slice", x, &axis);
    if (poison)
        return poison;
    if (step == 0 || step > size_max || step < -size_max)
        return graph_poison(x->node->graph, AD_ERROR_ARGUMENT,
                            "ad_slice: step %lld; 1 takes every element, -1 from the last to the "
                            "first",
                            (long long)step);
    struct slice_attributes a = {
        .axis = axis, .step = step, .asked_begin = begin, .asked_end = end};
    if (!slice_places(x, end, &a, begin))
        return slice_mistake(x, axis, begin, end);
    return graph_node1(&op_slice, &a, x);
}

/* ---- concat */

static ad_status concat_infer(struct infer *f)
{
    const struct concat_attributes *a = f->attributes;
    TRY(check_axis(f, a->axis));
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    for (int i = 1; i < f->in_count; i++) {
        ad_shape part = f->in[i]->shape;
        if (f->in[i]->type != f->type[0])
            return fail(AD_ERROR_TYPE, "parts 1 and %d have different types; ad_cast one", i + 1);
        ad_dim size = part.rank == f->shape[0].rank ? part.size[a->axis] : 0;
        part.size[a->axis] = f->shape[0].size[a->axis];
        if (!graph_shapes_equal(&part, &f->shape[0]))
            return fail(AD_ERROR_SHAPE, "parts 1 and %d differ in another axis than %lld", i + 1,
                        (long long)a->axis);
        f->shape[0].size[a->axis] = dim_add(f->graph, part.size[a->axis], size);
    }
    return AD_OK;
}

static void concat_gradient(struct gradient *g)
{
    const struct concat_attributes *a = g->node->attributes;
    ad_dim begin = 0;
    for (int i = 0; i < g->node->in_count; i++) {
        ad_dim size = g->in[i]->shape.size[a->axis];
        if (g->wanted[i])
            g->dx[i] = shape_slice(g->dy[0], a->axis, begin, size, 1);
        begin = dim_add(g->graph, begin, size);
    }
}

static ad_status concat_naive(const struct call *c)
{
    const struct concat_attributes *a = c->attributes;
    struct rows y = rows_of(&c->out[0], a->axis);
    int64_t outer = shape_split(&c->out[0].shape, a->axis).outer, begin = 0;
    for (int p = 0; p < c->in_count; p++) {
        struct rows x = rows_of(&c->in[p], a->axis);
        for (int64_t o = 0; o < outer; o++)
            for (int64_t i = 0; i < x.size; i++)
                copy_row(&x, o, i, &y, o, begin + i);
        begin += x.size;
    }
    return AD_OK;
}

ad_tensor *ad_concat(ad_tensor *const *parts, int count, int axis)
{
    if (!parts || count < 1)
        return graph_poison(NULL, AD_ERROR_ARGUMENT, "ad_concat: there are no parts");
    ad_tensor *poison = check("ad_concat", parts[0], &axis);
    if (poison)
        return poison;
    struct concat_attributes a = {axis};
    return graph_node(parts[0]->node->graph, &op_concat, &a, parts, count);
}

/* ---- pad */

static ad_status pad_infer(struct infer *f)
{
    const struct pad_attributes *a = f->attributes;
    TRY(check_axis(f, a->axis));
    if (a->before < 0 || a->after < 0)
        return fail(AD_ERROR_ARGUMENT, "%lld elements before and %lld after; ad_slice takes away",
                    (long long)a->before, (long long)a->after);
    ad_dim *size = &f->shape[0].size[a->axis];
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    *size = dim_add(f->graph, *size, a->before + a->after);
    return AD_OK;
}

static void pad_gradient(struct gradient *g)
{
    const struct pad_attributes *a = g->node->attributes;
    g->dx[0] = shape_slice(g->dy[0], a->axis, a->before, g->in[0]->shape.size[a->axis], 1);
}

static ad_status pad_naive(const struct call *c)
{
    const struct pad_attributes *a = c->attributes;
    struct rows x = rows_of(&c->in[0], a->axis), y = rows_of(&c->out[0], a->axis);
    struct axis_split s = shape_split(&c->in[0].shape, a->axis);
    size_t size = ad_type_size(c->out[0].type);
    for (int64_t i = 0; i < ad_array_count(&c->out[0]); i++)
        number_store(c->out[0].type, (char *)c->out[0].data + (size_t)i * size, a->value);
    for (int64_t o = 0; o < s.outer; o++)
        for (int64_t i = 0; i < s.size; i++)
            copy_row(&x, o, i, &y, o, a->before + i);
    return AD_OK;
}

ad_tensor *ad_pad(ad_tensor *x, int axis, int64_t before, int64_t after, double value)
{
    ad_tensor *poison = check("ad_pad", x, &axis);
    if (poison)
        return poison;
    if (before > size_max || after > size_max)
        return graph_poison(x->node->graph, AD_ERROR_SHAPE, "ad_pad: more than 2^48 elements");
    return graph_node1(&op_pad, &(struct pad_attributes){axis, before, after, value}, x);
}

/* ---- records */

/* clang-format off */
static const struct field slice_fields[] = {
    FIELD(slice_attributes, axis, INT, 0),
    FIELD(slice_attributes, begin, DIM, 0),
    FIELD(slice_attributes, count, DIM, 0),
    FIELD_IN(slice_attributes, step, INT, 1, -0x1p48, 0x1p48),
};

static const struct field spread_fields[] = {
    FIELD(spread_attributes, axis, INT, 0),
    FIELD(spread_attributes, size, DIM, 0),
    FIELD(spread_attributes, begin, DIM, 0),
    FIELD_IN(spread_attributes, step, INT, 1, -0x1p48, 0x1p48),
};

static const struct field concat_fields[] = {FIELD(concat_attributes, axis, INT, 0)};

static const struct field pad_fields[] = {
    FIELD(pad_attributes, axis, INT, 0),
    FIELD_IN(pad_attributes, before, INT, 0, -0x1p48, 0x1p48),
    FIELD_IN(pad_attributes, after, INT, 0, -0x1p48, 0x1p48),
    FIELD(pad_attributes, value, NUMBER, 0),
};

#define SLICE(...) .attributes = &(const struct slice_attributes){__VA_ARGS__, 0, 0}
#define SPREAD(...) .attributes = &(const struct spread_attributes){__VA_ARGS__}
#define CONCAT(n) .attributes = &(const struct concat_attributes){n}
#define PAD(...) .attributes = &(const struct pad_attributes){__VA_ARGS__}

static const struct sample slice_samples[] = {
    {.in_count = 1, .shape = {{2, {4, 7}}}, SLICE(1, 2, 3, 1)},
    {.in_count = 1, .shape = {{2, {5, 3}}}, SLICE(0, 4, 5, -1)},
    {.in_count = 1, .shape = {{3, {2, 9, 3}}}, SLICE(1, 1, 3, 3)},
    {.in_count = 1, .shape = {{1, {1}}}, SLICE(0, 0, 1, 1)},
    {.in_count = 1, .shape = {{2, {3, 5}}}, SLICE(1, 5, 0, 1)},
    {.in_count = 1, .shape = {{2, {0, 5}}}, SLICE(1, 1, 2, 2)},
    {.in_count = 1, .shape = {{2, {3, 5}}}, .type = {AD_I64}, SLICE(1, 4, 2, -3)},
};

static const struct sample spread_samples[] = {
    {.in_count = 1, .shape = {{2, {4, 3}}}, SPREAD(1, 7, 2, 1)},
    {.in_count = 1, .shape = {{2, {5, 3}}}, SPREAD(0, 5, 4, -1)},
    {.in_count = 1, .shape = {{3, {2, 3, 3}}}, SPREAD(1, 9, 1, 3)},
    {.in_count = 1, .shape = {{1, {1}}}, SPREAD(0, 1, 0, 1)},
    {.in_count = 1, .shape = {{2, {3, 0}}}, SPREAD(1, 5, 0, 1)},
    {.in_count = 1, .shape = {{2, {0, 2}}}, SPREAD(1, 5, 1, 2)},
};

static const struct sample concat_samples[] = {
    {.in_count = 2, .shape = {{2, {2, 3}}, {2, {4, 3}}}, CONCAT(0)},
    {.in_count = 3, .shape = {{3, {2, 1, 3}}, {3, {2, 5, 3}}, {3, {2, 2, 3}}}, CONCAT(1)},
    {.in_count = 4, .shape = {{2, {3, 7}}, {2, {3, 1}}, {2, {3, 0}}, {2, {3, 9}}}, CONCAT(1)},
    {.in_count = 1, .shape = {{1, {5}}}, CONCAT(0)},
    {.in_count = 2, .shape = {{2, {0, 3}}, {2, {0, 2}}}, CONCAT(1)},
};

static const struct sample pad_samples[] = {
    {.in_count = 1, .shape = {{2, {3, 5}}}, PAD(1, 2, 1, 0.5)},
    {.in_count = 1, .shape = {{2, {3, 5}}}, PAD(0, 0, 3, 0)},
    {.in_count = 1, .shape = {{3, {1, 1, 1}}}, PAD(1, 1, 0, -1)},
    {.in_count = 1, .shape = {{2, {3, 5}}}, PAD(0, 0, 0, 1)},
    {.in_count = 1, .shape = {{2, {0, 3}}}, PAD(0, 1, 1, 2)},
    {.in_count = 1, .shape = {{1, {7}}}, .type = {AD_I32}, PAD(0, 1, 1, 3)},
};
/* clang-format on */

const struct op op_slice = {.name = "slice",
                            .doc = "elements begin + i step of one axis",
                            .inputs = "x",
                            .formula = "y[..., i, ...] = x[..., begin + i step, ...]",
                            FIELDS(slice_fields),
                            .attribute_size = sizeof(struct slice_attributes),
                            .in_min = 1,
                            .in_max = 1,
                            .infer = slice_infer,
                            .gradient = slice_gradient,
                            .naive = slice_naive,
                            SAMPLES(slice_samples),
                            .view = true};

const struct op op_spread = {.name = "spread",
                             .doc =
                                 "element i to place begin + i step of one axis, zeros elsewhere",
                             .inputs = "x",
                             .formula = "y[..., begin + i step, ...] = x[..., i, ...]; 0 elsewhere",
                             FIELDS(spread_fields),
                             .attribute_size = sizeof(struct spread_attributes),
                             .in_min = 1,
                             .in_max = 1,
                             .infer = spread_infer,
                             .gradient = spread_gradient,
                             .join = spread_join,
                             .naive = spread_naive,
                             SAMPLES(spread_samples)};

const struct op op_concat = {.name = "concat",
                             .doc = "tensors one after another along an axis",
                             .inputs = "any number, equal but for the size of axis",
                             .formula = "y = [x0 x1 ...] along axis",
                             FIELDS(concat_fields),
                             .attribute_size = sizeof(struct concat_attributes),
                             .in_min = 1,
                             .in_max = -1,
                             .infer = concat_infer,
                             .gradient = concat_gradient,
                             .naive = concat_naive,
                             SAMPLES(concat_samples)};

const struct op op_pad = {.name = "pad",
                          .doc = "a number before and after the elements of one axis",
                          .inputs = "x",
                          .formula = "y[..., i, ...] = x[..., i - before, ...]; value outside x",
                          FIELDS(pad_fields),
                          .attribute_size = sizeof(struct pad_attributes),
                          .in_min = 1,
                          .in_max = 1,
                          .infer = pad_infer,
                          .gradient = pad_gradient,
                          .naive = pad_naive,
                          SAMPLES(pad_samples)};
