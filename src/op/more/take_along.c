/* Elements by number along an axis, each position by numbers of its own.
 *
 *     take_along     y[o, i, c] = x[o, index[o, i, c], c]
 *     scatter_along  y = base, then y[o, index[o, i, c], c] becomes part[o, i, c], or its sum,
 *                    product, smaller, larger with what is there, in rising order of i
 *
 * A number outside 0..size-1 fails the run. */
#include <string.h>

#include "base/copy_bytes.h"
#include "base/error.h"
#include "op/gather.h"
#include "op/more/along.h"
#include "op/row.h"
#include "op/rows.h"

static inline int64_t item(const ad_array *index, int64_t i)
{
    return index->type == AD_I32 ? ((const int32_t *)index->data)[i]
                                 : ((const int64_t *)index->data)[i];
}

/* The first of all that is outside: what the message says does not depend on tasks. */
static ad_status outside(const ad_array *index, int64_t limit)
{
    int64_t i = 0;
    while (item(index, i) >= 0 && item(index, i) < limit)
        i++;
    return gather_range_error("index", item(index, i), i, limit);
}

/* Some neighbouring positions: places in x or base, and in index. */
struct block {
    const ad_array *index;
    ad_type type;
    size_t size;
    bool take;
    int64_t how, rows, count, inner, columns, x, i;
};

static inline void copy(void *to, const void *from, size_t size)
{
    if (size == 8)
        memcpy(to, from, 8);
    else
        copy_bytes(to, from, size);
}

/* What becomes of an element: the usual ones have loops of their own. */
enum mode { TAKE_4, SET_4, ADD_F32, OTHER };

static inline void put(enum mode mode, const struct block *b, const char *x, char *y, int64_t at,
                       int64_t to)
{
    static const int kernels[] = {[AD_SCATTER_ADD] = KERNEL_add,
                                  [AD_SCATTER_MUL] = KERNEL_mul,
                                  [AD_SCATTER_MIN] = KERNEL_minimum,
                                  [AD_SCATTER_MAX] = KERNEL_maximum};
    static const int64_t strides[2] = {0, 0};
    size_t size = b->size;
    if (mode == TAKE_4)
        ((uint32_t *)(void *)y)[at] = ((const uint32_t *)(const void *)x)[to];
    else if (mode == SET_4)
        ((uint32_t *)(void *)y)[to] = ((const uint32_t *)(const void *)x)[at];
    else if (mode == ADD_F32)
        ((float *)(void *)y)[to] += ((const float *)(const void *)x)[at];
    else if (b->take)
        copy(y + (size_t)at * size, x + (size_t)to * size, size);
    else if (b->how == AD_SCATTER_SET)
        copy(y + (size_t)to * size, x + (size_t)at * size, size);
    else
        row_run(b->type, kernels[b->how], 1,
                (const void *const[]){y + (size_t)to * size, x + (size_t)at * size}, strides,
                y + (size_t)to * size);
}

/* at is the place in index and in what lies as it does, to that in x or base.  Where positions are
 * rows, what lies in line is one row, else a row's columns. */
static inline __attribute__((always_inline)) bool
each(enum mode mode, int64_t inner, const struct block *b, const char *x, char *y)
{
    int64_t step = inner > 1, rows = b->rows;
    int64_t lines = step ? b->count : 1, length = step ? b->columns : b->count;
    const int32_t *index = b->index->data;
    for (int64_t k = 0; k < lines; k++)
        for (int64_t j = 0, at = b->i + k * inner, to = b->x; j < length; j++, at++, to += step) {
            int64_t n = mode == OTHER ? item(b->index, at) : index[at];
            if ((uint64_t)n >= (uint64_t)rows)
                return false;
            put(mode, b, x, y, at, to + n * inner);
        }
    return true;
}

#define EACH(mode) (b->inner == 1 ? each(mode, 1, b, x, y) : each(mode, b->inner, b, x, y))

static bool move(const struct block *b, const char *x, char *y)
{
    bool usual = b->size == 4 && b->index->type == AD_I32;
    if (usual && b->take)
        return EACH(TAKE_4);
    if (usual && b->how == AD_SCATTER_SET)
        return EACH(SET_4);
    if (usual && b->how == AD_SCATTER_ADD && b->type == AD_F32)
        return EACH(ADD_F32);
    return each(OTHER, b->inner, b, x, y);
}
#undef EACH

/* The rows of base that the block may change. */
static void copy_base(const struct block *b, size_t size, const char *base, char *y)
{
    size_t at = (size_t)b->x * size, bytes = (size_t)b->columns * size;
    if (b->inner == 1)
        memcpy(y + at, base + at, bytes * (size_t)b->rows);
    for (int64_t k = 0; b->inner > 1 && k < b->rows; k++, at += (size_t)b->inner * size)
        memcpy(y + at, base + at, bytes);
}

/* From position begin on, up to where an outer one or the range ends. */
static struct block block_at(const struct call *c, int64_t begin, int64_t end)
{
    struct axis_split s = along_split(c);
    const struct along_attributes *a = c->attributes;
    int64_t outer = begin / s.inner, column = begin % s.inner;
    struct block b = {.index = &c->in[1],
                      .type = c->in[0].type,
                      .size = ad_type_size(c->in[0].type),
                      .take = c->in_count == 2,
                      .how = a->how,
                      .rows = s.size,
                      .count = c->in[1].shape.size[a->axis],
                      .inner = s.inner};
    b.columns = s.inner - column < end - begin ? s.inner - column : end - begin;
    b.x = outer * b.rows * s.inner + column;
    b.i = outer * b.count * s.inner + column;
    return b;
}

ad_status indexed_run(const struct call *c, int64_t begin, int64_t end)
{
    for (struct block b; begin < end; begin += b.columns) {
        b = block_at(c, begin, end);
        if (!b.take)
            copy_base(&b, b.size, c->in[0].data, c->out[0].data);
        if (!move(&b, c->in[b.take ? 0 : 2].data, c->out[0].data))
            return outside(b.index, b.rows);
    }
    return AD_OK;
}

/* ---- shapes */

/* The index has the shape of x but for the axis. */
static ad_status check_index(const struct infer *f)
{
    int64_t axis = ((const struct along_attributes *)f->attributes)->axis;
    const ad_tensor *index = f->in[1];
    TRY(along_check_axis(f, axis));
    if (index->type != AD_I32 && index->type != AD_I64)
        return fail(AD_ERROR_TYPE, "the index is %s; it has to be i32 or i64",
                    ad_type_name(index->type));
    ad_shape want = f->in[0]->shape;
    if (index->shape.rank == want.rank)
        want.size[axis] = index->shape.size[axis];
    if (!graph_shapes_equal(&index->shape, &want))
        return fail(AD_ERROR_SHAPE,
                    "the index has to have the shape of the first input on all axes but %lld",
                    (long long)axis);
    return AD_OK;
}

static ad_status take_infer(struct infer *f)
{
    TRY(check_index(f));
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[1]->shape;
    return AD_OK;
}

static ad_status scatter_infer(struct infer *f)
{
    const struct along_attributes *a = f->attributes;
    TRY(check_index(f));
    if (a->how != AD_SCATTER_SET)
        TRY(along_check_number(f->in[0]));
    if (f->in[0]->type != f->in[2]->type)
        return fail(AD_ERROR_TYPE, "base and part have different types; ad_cast one of them");
    if (!graph_shapes_equal(&f->in[1]->shape, &f->in[2]->shape))
        return fail(AD_ERROR_SHAPE, "part has to have the shape of the index");
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

/* ---- gradients */

static ad_tensor *take(ad_tensor *x, ad_tensor *index, int64_t axis)
{
    return graph_node2(&op_take_along, &(struct along_attributes){.axis = axis}, x, index);
}

static ad_tensor *scatter(ad_tensor *base, ad_tensor *index, ad_tensor *part, int64_t axis,
                          enum ad_scatter_how how)
{
    return graph_node3(&op_scatter_along, &(struct along_attributes){.axis = axis, .how = how},
                       base, index, part);
}

static ad_tensor *full_as(const ad_tensor *x, ad_type type, double value)
{
    return ad_full(x->node->graph, type, x->shape, value);
}

static void take_gradient(struct gradient *g)
{
    int64_t axis = ((const struct along_attributes *)g->node->attributes)->axis;
    if (g->wanted[0])
        g->dx[0] =
            scatter(full_as(g->in[0], g->in[0]->type, 0), g->in[1], g->dy[0], axis, AD_SCATTER_ADD);
}

/* What is written over has no part in the result: all of base that is numbered, and of equal
 * numbers all but the last. */
static void set_gradient(struct gradient *g, int64_t axis)
{
    ad_tensor *index = g->in[1], *dy = g->dy[0];
    if (g->wanted[0])
        g->dx[0] = scatter(dy, index, full_as(g->in[2], dy->type, 0), axis, AD_SCATTER_SET);
    if (!g->wanted[2])
        return;
    ad_shape along = {.rank = index->shape.rank};
    for (int i = 0; i < along.rank; i++)
        along.size[i] = i == axis ? index->shape.size[i] : 1;
    ad_tensor *place = ad_range(g->graph, AD_I32, index->shape.size[axis]);
    place = ad_expand(ad_reshape(place, along), index->shape);
    ad_tensor *last = scatter(full_as(g->in[0], AD_I32, 0), index, place, axis, AD_SCATTER_SET);
    g->dx[2] = ad_where(ad_equal(take(last, index, axis), place), take(dy, index, axis),
                        rows_number(dy, 0));
}

/* Equal parts to all that are the smallest or largest. */
static void extreme_gradient(struct gradient *g, int64_t axis)
{
    ad_tensor *base = g->in[0], *index = g->in[1], *part = g->in[2], *y = g->out[0];
    ad_tensor *zero = rows_number(y, 0), *base_here = ad_equal(base, y);
    ad_tensor *part_here = ad_equal(part, take(y, index, axis));
    ad_tensor *ties = scatter(ad_cast(base_here, y->type), index, ad_cast(part_here, y->type), axis,
                              AD_SCATTER_ADD);
    ad_tensor *share = ad_div(g->dy[0], ad_maximum(ties, rows_number(y, 1)));
    g->dx[0] = ad_where(base_here, share, zero);
    g->dx[2] = ad_where(part_here, take(share, index, axis), zero);
}

/* The product of the other factors: all of them that are not 0, by this one unless it is 0. */
static void product_gradient(struct gradient *g, int64_t axis)
{
    ad_tensor *base = g->in[0], *index = g->in[1], *part = g->in[2];
    ad_tensor *zero = rows_number(base, 0), *one = rows_number(base, 1);
    ad_tensor *base_zero = ad_equal(base, zero), *part_zero = ad_equal(part, zero);
    ad_tensor *base_rest = ad_where(base_zero, one, base);
    ad_tensor *part_rest = ad_where(part_zero, one, part);
    ad_tensor *zeros = scatter(ad_cast(base_zero, base->type), index,
                               ad_cast(part_zero, base->type), axis, AD_SCATTER_ADD);
    ad_tensor *rest = ad_mul(scatter(base_rest, index, part_rest, axis, AD_SCATTER_MUL), g->dy[0]);
    g->dx[0] =
        ad_where(ad_equal(zeros, ad_cast(base_zero, base->type)), ad_div(rest, base_rest), zero);
    g->dx[2] = ad_where(ad_equal(take(zeros, index, axis), ad_cast(part_zero, base->type)),
                        ad_div(take(rest, index, axis), part_rest), zero);
}

static void scatter_gradient(struct gradient *g)
{
    const struct along_attributes *a = g->node->attributes;
    switch (a->how) {
    case AD_SCATTER_SET: set_gradient(g, a->axis); break;
    case AD_SCATTER_ADD:
        g->dx[0] = g->dy[0];
        g->dx[2] = take(g->dy[0], g->in[1], a->axis);
        break;
    case AD_SCATTER_MUL: product_gradient(g, a->axis); break;
    default: extreme_gradient(g, a->axis); break;
    }
}

/* ---- the public calls */

/* Sizes 1 of either meet those of the other on all axes but one. */
static void meet(ad_tensor **x, ad_tensor **index, int axis)
{
    ad_shape a = (*x)->shape, b = (*index)->shape, both;
    if (a.rank != b.rank || axis < 0)
        return;
    a.size[axis] = b.size[axis] = 1;
    if (!graph_broadcast(&a, &b, &both))
        return;
    ad_tensor **each[] = {x, index};
    for (int i = 0; i < 2; i++) {
        both.size[axis] = (*each[i])->shape.size[axis];
        if (!graph_shapes_equal(&both, &(*each[i])->shape))
            *each[i] = ad_expand(*each[i], both);
    }
}

ad_tensor *ad_take_along(ad_tensor *x, ad_tensor *index, int axis)
{
    ad_tensor *in[] = {x, index};
    if (!graph_check(ad_tensor_graph(x), "ad_take_along", in, 2))
        meet(&in[0], &in[1], graph_axis(axis, x->shape.rank));
    return along_node("ad_take_along", &op_take_along, (struct along_attributes){.axis = axis}, in,
                      2);
}

ad_tensor *ad_scatter_along(ad_tensor *base, ad_tensor *index, ad_tensor *part, int axis,
                            ad_scatter_how how)
{
    ad_tensor *in[] = {base, index, part};
    ad_shape both;
    if (!graph_check(ad_tensor_graph(base), "ad_scatter_along", in, 3)) {
        int plain = graph_axis(axis, base->shape.rank);
        ad_tensor *same = base;
        meet(&same, &in[1], plain); /* base itself is not made larger: infer sees that */
        if (!graph_shapes_equal(&in[1]->shape, &part->shape) &&
            graph_broadcast(&in[1]->shape, &part->shape, &both) &&
            graph_shapes_equal(&both, &in[1]->shape))
            in[2] = ad_expand(part, both);
    }
    return along_node("ad_scatter_along", &op_scatter_along,
                      (struct along_attributes){.axis = axis, .how = how}, in, 3);
}

/* ---- records */

/* clang-format off */
static const struct field fields[] = {FIELD(along_attributes, axis, INT, 0),
                                      FIELD_IN(along_attributes, how, INT, 0, 0, AD_SCATTER_MAX)};

#define ALONG(n, by) .attributes = &(const struct along_attributes){.axis = n, .how = by}
#define SAMPLE(rank, x, index, n, by, top)                                          \
    {.in_count = 3, .shape = {{rank, x}, {rank, index}, {rank, index}},             \
     .type = {0, AD_I32}, ALONG(n, by), .high = top, .low = -2}
#define S(...) {__VA_ARGS__}

static const struct sample take_samples[] = {
    {.in_count = 2, .shape = {{2, {7, 5}}, {2, {4, 5}}}, .type = {0, AD_I32}, ALONG(0, 0), .high = 7},
    {.in_count = 2, .shape = {{2, {3, 5}}, {2, {3, 9}}}, .type = {0, AD_I64}, ALONG(1, 0), .high = 5},
    {.in_count = 2, .shape = {{3, {2, 5, 3}}, {3, {2, 4, 3}}}, .type = {0, AD_I32}, ALONG(1, 0), .high = 5},
    {.in_count = 2, .shape = {{2, {3, 2}}, {2, {0, 2}}}, .type = {0, AD_I32}, ALONG(0, 0), .high = 3},
    {.in_count = 2, .shape = {{2, {0, 2}}, {2, {0, 3}}}, .type = {0, AD_I32}, ALONG(1, 0), .high = 2},
};

static const struct sample scatter_samples[] = {
    SAMPLE(2, S(7, 5), S(4, 5), 0, AD_SCATTER_SET, 7),
    SAMPLE(2, S(3, 4), S(3, 6), 1, AD_SCATTER_SET, 4),
    SAMPLE(3, S(2, 5, 3), S(2, 7, 3), 1, AD_SCATTER_ADD, 5),
    SAMPLE(2, S(3, 2), S(5, 2), 0, AD_SCATTER_MUL, 3),
    SAMPLE(2, S(3, 2), S(4, 2), 0, AD_SCATTER_MIN, 3),
    SAMPLE(2, S(3, 2), S(3, 5), 1, AD_SCATTER_MAX, 2),
    SAMPLE(2, S(3, 2), S(0, 2), 0, AD_SCATTER_ADD, 3),
};
/* clang-format on */

const struct op op_take_along = {.name = "take_along",
                                 .fallible = true,
                                 .doc = "elements by number, along an axis",
                                 .inputs = "x (a, n, b), index (a, i, b)",
                                 .formula = "y[a, i, b] = x[a, index[a, i, b], b]",
                                 FIELDS(fields),
                                 .attribute_size = sizeof(struct along_attributes),
                                 .in_min = 2,
                                 .in_max = 2,
                                 .infer = take_infer,
                                 .gradient = take_gradient,
                                 .naive = along_naive,
                                 SAMPLES(take_samples)};

const struct op op_scatter_along = {
    .name = "scatter_along",
    .fallible = true,
    .doc = "a base with parts set (how 0), added (1), multiplied (2), or where smaller (3), larger "
           "(4), at numbered elements, in order",
    .inputs = "base (a, n, b), index (a, i, b), part (a, i, b)",
    .formula = "y = base; for i in order: y[a, index[a, i, b], b] joins part[a, i, b]",
    FIELDS(fields),
    .attribute_size = sizeof(struct along_attributes),
    .in_min = 3,
    .in_max = 3,
    .infer = scatter_infer,
    .gradient = scatter_gradient,
    .naive = along_naive,
    SAMPLES(scatter_samples)};
