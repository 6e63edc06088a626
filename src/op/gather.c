/* Elements by number.  An array is seen as (outer, rows, inner) round the axis that is indexed; the
 * index is seen as a list.
 *
 * gather       y[o, i, :] = x[o, index[i], :]
 * scatter_add  y = base, then y[o, index[i], :] += part[o, i, :] in rising order of i
 *
 * A number outside 0..rows-1 fails the run, before anything is written. */
#include "op/gather.h"

#include <string.h>

#include "base/error.h"
#include "op/shape.h"

ad_status gather_range_error(const char *what, int64_t index, int64_t position, int64_t limit)
{
    if (limit <= 0)
        return fail(AD_ERROR_RANGE,
                    "%s %lld at position %lld, where there is nothing to choose from", what,
                    (long long)index, (long long)position);
    return fail(AD_ERROR_RANGE, "%s %lld at position %lld is outside 0..%lld", what,
                (long long)index, (long long)position, (long long)limit - 1);
}

static int64_t index_at(const ad_array *index, int64_t i)
{
    return index->type == AD_I32 ? ((const int32_t *)index->data)[i]
                                 : ((const int64_t *)index->data)[i];
}

static ad_status check_range(const ad_array *index, int64_t limit, const char *what)
{
    int64_t count = ad_array_count(index);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = index_at(index, i);
        if (at < 0 || at >= limit)
            return gather_range_error(what, at, i, limit);
    }
    return AD_OK;
}

/* ---- shapes */

static ad_status check_index_type(ad_type type)
{
    if (type == AD_I32 || type == AD_I64)
        return AD_OK;
    return fail(AD_ERROR_TYPE, "the index is %s; it has to be i32 or i64", ad_type_name(type));
}

/* The shape of x with the axis replaced by the axes of the index. */
static ad_status picked_shape(const ad_shape *x, int64_t axis, const ad_shape *index, ad_shape *out)
{
    if (axis < 0 || axis >= x->rank)
        return fail(AD_ERROR_SHAPE, "axis %lld is outside the shape", (long long)axis);
    if (x->rank - 1 + index->rank > AD_RANK_MAX)
        return fail(AD_ERROR_SHAPE, "more than %d axes", AD_RANK_MAX);
    *out = (ad_shape){0};
    for (int i = 0; i < x->rank; i++) {
        if (i != axis) {
            out->size[out->rank++] = x->size[i];
            continue;
        }
        for (int j = 0; j < index->rank; j++)
            out->size[out->rank++] = index->size[j];
    }
    return AD_OK;
}

static ad_status gather_infer(struct infer *f)
{
    const struct gather_attributes *a = f->attributes;
    TRY(check_index_type(f->in[1]->type));
    f->type[0] = f->in[0]->type;
    return picked_shape(&f->in[0]->shape, a->axis, &f->in[1]->shape, &f->shape[0]);
}

static ad_status scatter_infer(struct infer *f)
{
    const struct gather_attributes *a = f->attributes;
    ad_type type = f->in[0]->type;
    ad_shape part;
    TRY(check_index_type(f->in[1]->type));
    if (type != f->in[2]->type)
        return fail(AD_ERROR_TYPE, "base and part have different types; ad_cast one of them");
    if (type != AD_F32 && type != AD_F64 && type != AD_I32 && type != AD_I64)
        return fail(AD_ERROR_TYPE, "it adds f32, f64, i32 or i64; ad_cast base and part");
    TRY(picked_shape(&f->in[0]->shape, a->axis, &f->in[1]->shape, &part));
    if (!graph_shapes_equal(&part, &f->in[2]->shape))
        return fail(AD_ERROR_SHAPE, "for this base and index the part has to be %s",
                    graph_shape_text(f->graph, &part));
    f->type[0] = type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

/* ---- gradients */

static void gather_gradient(struct gradient *g)
{
    ad_tensor *x = g->in[0];
    if (!g->wanted[0])
        return;
    ad_tensor *zeros = ad_full(g->graph, x->type, x->shape, 0);
    g->dx[0] = graph_node3(&op_scatter_add, g->node->attributes, zeros, g->in[1], g->dy[0]);
}

static void scatter_gradient(struct gradient *g)
{
    if (g->wanted[0])
        g->dx[0] = g->dy[0];
    if (g->wanted[2])
        g->dx[2] = graph_node2(&op_gather, g->node->attributes, g->dy[0], g->in[1]);
}

/* ---- naive */

static ad_status gather_naive(const struct call *c)
{
    const struct gather_attributes *a = c->attributes;
    struct axis_split s = shape_split(&c->in[0].shape, a->axis);
    size_t bytes = (size_t)s.inner * ad_type_size(c->in[0].type);
    int64_t count = ad_array_count(&c->in[1]);
    const char *x = c->in[0].data;
    char *y = c->out[0].data;
    TRY(check_range(&c->in[1], s.size, "index"));
    for (int64_t o = 0; o < s.outer && bytes; o++)
        for (int64_t i = 0; i < count; i++, y += bytes)
            memcpy(y, x + (size_t)(o * s.size + index_at(&c->in[1], i)) * bytes, bytes);
    return AD_OK;
}

/* to += from for n elements */
static void add_row(ad_type type, void *to, const void *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        switch (type) {
        case AD_F32: ((float *)to)[i] += ((const float *)from)[i]; break;
        case AD_F64: ((double *)to)[i] += ((const double *)from)[i]; break;
        case AD_I32: ((uint32_t *)to)[i] += ((const uint32_t *)from)[i]; break;
        default: ((uint64_t *)to)[i] += ((const uint64_t *)from)[i]; break;
        }
}

static ad_status scatter_naive(const struct call *c)
{
    const struct gather_attributes *a = c->attributes;
    struct axis_split s = shape_split(&c->in[0].shape, a->axis);
    size_t bytes = (size_t)s.inner * ad_type_size(c->in[0].type);
    int64_t count = ad_array_count(&c->in[1]);
    const char *part = c->in[2].data;
    char *y = c->out[0].data;
    TRY(check_range(&c->in[1], s.size, "index"));
    if (ad_array_bytes(&c->in[0]) && y != c->in[0].data) /* a variable may be changed in place */
        memcpy(y, c->in[0].data, ad_array_bytes(&c->in[0]));
    for (int64_t o = 0; o < s.outer && bytes; o++)
        for (int64_t i = 0; i < count; i++, part += bytes)
            add_row(c->in[0].type, y + (size_t)(o * s.size + index_at(&c->in[1], i)) * bytes, part,
                    s.inner);
    return AD_OK;
}

/* ---- check_index */

static ad_status check_infer(struct infer *f)
{
    TRY(check_index_type(f->in[0]->type));
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

static ad_status check_naive(const struct call *c)
{
    const struct check_index_attributes *a = c->attributes;
    TRY(check_range(&c->in[0], a->limit, a->what ? a->what : "index"));
    if (ad_array_bytes(&c->in[0]))
        memcpy(c->out[0].data, c->in[0].data, ad_array_bytes(&c->in[0]));
    return AD_OK;
}

ad_tensor *gather_check(ad_tensor *x, ad_dim limit, const char *what)
{
    return graph_node1(&op_check_index, &(struct check_index_attributes){limit, what}, x);
}

/* ---- the public calls */

static ad_tensor *check(const char *call, ad_tensor *const *in, int count, int *axis)
{
    ad_graph *graph = ad_tensor_graph(in[0]);
    ad_tensor *poison = graph_check(graph, call, in, count);
    int plain = poison ? -1 : graph_axis(*axis, in[0]->shape.rank);
    if (!poison && plain < 0)
        return graph_poison(graph, AD_ERROR_SHAPE, "%s: %s has no axis %d", call,
                            graph_shape_text(graph, &in[0]->shape), *axis);
    *axis = plain;
    return poison;
}

ad_tensor *ad_gather(ad_tensor *x, ad_tensor *index, int axis)
{
    ad_tensor *in[] = {x, index};
    ad_tensor *poison = check("ad_gather", in, 2, &axis);
    return poison ? poison : graph_node2(&op_gather, &(struct gather_attributes){axis}, x, index);
}

ad_tensor *ad_scatter_add(ad_tensor *base, ad_tensor *index, ad_tensor *part, int axis)
{
    ad_tensor *in[] = {base, index, part};
    ad_tensor *poison = check("ad_scatter_add", in, 3, &axis);
    if (poison)
        return poison;
    return graph_node3(&op_scatter_add, &(struct gather_attributes){axis}, base, index, part);
}

/* ---- records */

/* clang-format off */
static const struct field fields[] = {FIELD(gather_attributes, axis, INT, 0)};
static const struct field check_fields[] = {
    FIELD(check_index_attributes, limit, DIM, 0),
    FIELD(check_index_attributes, what, TEXT, 0),
};

#define AXIS(n) .attributes = &(const struct gather_attributes){n}
#define LIMIT(n) .attributes = &(const struct check_index_attributes){n, "label"}

static const struct sample gather_samples[] = {
    {.in_count = 2, .shape = {{2, {7, 5}}, {1, {4}}}, .type = {0, AD_I32}, AXIS(0), .high = 7},
    {.in_count = 2, .shape = {{2, {5, 3}}, {2, {2, 9}}}, .type = {0, AD_I64}, AXIS(0), .high = 5},
    {.in_count = 2, .shape = {{3, {2, 5, 3}}, {1, {7}}}, .type = {0, AD_I32}, AXIS(1), .high = 5},
    {.in_count = 2, .shape = {{2, {3, 4}}, {0, {0}}}, .type = {0, AD_I32}, AXIS(1), .high = 4},
    {.in_count = 2, .shape = {{1, {1}}, {1, {1}}}, .type = {0, AD_I32}, AXIS(0), .high = 1},
    {.in_count = 2, .shape = {{2, {3, 2}}, {1, {0}}}, .type = {0, AD_I32}, AXIS(0), .high = 3},
    {.in_count = 2, .shape = {{2, {3, 0}}, {1, {2}}}, .type = {0, AD_I32}, AXIS(0), .high = 3},
};

static const struct sample scatter_samples[] = {
    {.in_count = 3,
     .shape = {{2, {7, 5}}, {1, {4}}, {2, {4, 5}}},
     .type = {0, AD_I32},
     AXIS(0),
     .high = 7},
    {.in_count = 3, /* every row several times */
     .shape = {{2, {3, 2}}, {2, {4, 5}}, {3, {4, 5, 2}}},
     .type = {0, AD_I64},
     AXIS(0),
     .high = 3},
    {.in_count = 3,
     .shape = {{3, {2, 5, 3}}, {1, {7}}, {3, {2, 7, 3}}},
     .type = {0, AD_I32},
     AXIS(1),
     .high = 5},
    {.in_count = 3,
     .shape = {{1, {1}}, {0, {0}}, {0, {0}}},
     .type = {0, AD_I32},
     AXIS(0),
     .high = 1},
    {.in_count = 3,
     .shape = {{2, {3, 2}}, {1, {0}}, {2, {0, 2}}},
     .type = {0, AD_I32},
     AXIS(0),
     .high = 3},
};

static const struct sample check_samples[] = {
    {.in_count = 1, .shape = {{1, {9}}}, .type = {AD_I32}, LIMIT(5), .high = 5},
    {.in_count = 1, .shape = {{2, {3, 1}}}, .type = {AD_I64}, LIMIT(2), .high = 2},
    {.in_count = 1, .shape = {{1, {0}}}, .type = {AD_I32}, LIMIT(1), .high = 1},
};
/* clang-format on */

const struct op op_gather = {.name = "gather",
                             .fallible = true,
                             .doc = "rows by number, along an axis",
                             .inputs = "x (a, rows, b), index (i)",
                             .formula = "y[a, i, b] = x[a, index[i], b]",
                             FIELDS(fields),
                             .attribute_size = sizeof(struct gather_attributes),
                             .in_min = 2,
                             .in_max = 2,
                             .infer = gather_infer,
                             .gradient = gather_gradient,
                             .naive = gather_naive,
                             SAMPLES(gather_samples)};

const struct op op_scatter_add = {
    .name = "scatter_add",
    .fallible = true,
    .doc = "a base with parts added to the numbered rows, in order",
    .inputs = "base (a, rows, b), index (i), part (a, i, b)",
    .formula = "y[a, r, b] = base[a, r, b] + sum over i of part[a, i, b] where index[i] = r",
    FIELDS(fields),
    .attribute_size = sizeof(struct gather_attributes),
    .in_min = 3,
    .in_max = 3,
    .infer = scatter_infer,
    .gradient = scatter_gradient,
    .naive = scatter_naive,
    SAMPLES(scatter_samples)};

const struct op op_check_index = {.name = "check_index",
                                  .fallible = true,
                                  .doc = "the input; fails where a number is outside 0..limit-1",
                                  .inputs = "x: i32 or i64",
                                  .formula = "y = x",
                                  FIELDS(check_fields),
                                  .attribute_size = sizeof(struct check_index_attributes),
                                  .in_min = 1,
                                  .in_max = 1,
                                  .infer = check_infer,
                                  .no_gradient = "an index is a whole number",
                                  .naive = check_naive,
                                  SAMPLES(check_samples)};
