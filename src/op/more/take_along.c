/* Elements by number along an axis, each position by numbers of its own.
 *
 *     take_along     y[o, i, c] = x[o, index[o, i, c], c]
 *     scatter_along  y = base, then y[o, index[o, i, c], c] becomes part[o, i, c], or its sum,
 *                    product, smaller, larger with what is there, in rising order of i
 *
 * A number outside 0..size-1 fails the run. */
#include "base/error.h"
#include "op/more/along.h"
#include "op/rows.h"

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

/* What a product's gradient is made of: of base or part, whether factors are 0, these and the
 * others, with 1 in the place of those. */
struct factors {
    ad_tensor *is_zero, *zero, *rest;
};

static struct factors factors_of(ad_tensor *x)
{
    ad_tensor *zero = rows_number(x, 0), *is_zero = ad_equal(x, zero);
    return (struct factors){ad_cast(is_zero, x->type), ad_where(is_zero, x, zero),
                            ad_where(is_zero, rows_number(x, 1), x)};
}

/* dy times the product of the other factors, by what stands for all of them.  Where one other
 * factor is 0 that is 0 as well, but written by that factor, for derivatives of this one. */
static ad_tensor *others(const struct factors *own, const struct factors *all)
{
    ad_tensor *count = ad_sub(all->is_zero, own->is_zero), *zero = rows_number(count, 0);
    ad_tensor *y = ad_div(all->rest, own->rest);
    ad_tensor *fits = ad_where(ad_equal(ad_sub(y, y), zero), y, zero); /* no infinity times 0 */
    ad_tensor *by_one = ad_mul(fits, ad_sub(all->zero, own->zero));
    ad_tensor *by_more = ad_where(ad_equal(count, rows_number(count, 1)), by_one, zero);
    return ad_where(ad_equal(count, zero), y, by_more);
}

static void product_gradient(struct gradient *g, int64_t axis)
{
    ad_tensor *index = g->in[1];
    struct factors base = factors_of(g->in[0]), part = factors_of(g->in[2]), all, there;
    all.is_zero = scatter(base.is_zero, index, part.is_zero, axis, AD_SCATTER_ADD);
    all.zero = scatter(base.zero, index, part.zero, axis, AD_SCATTER_ADD);
    all.rest = ad_mul(scatter(base.rest, index, part.rest, axis, AD_SCATTER_MUL), g->dy[0]);
    there = (struct factors){take(all.is_zero, index, axis), take(all.zero, index, axis),
                             take(all.rest, index, axis)};
    g->dx[0] = others(&base, &all);
    g->dx[2] = others(&part, &there);
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

/* The index with its sizes 1 on other axes made those of x. */
static ad_tensor *meet(ad_tensor *x, ad_tensor *index, int axis)
{
    ad_shape want = x->shape;
    if (axis < 0 || want.rank != index->shape.rank)
        return index;
    want.size[axis] = index->shape.size[axis];
    return graph_shapes_equal(&want, &index->shape) ? index : ad_expand(index, want);
}

ad_tensor *ad_take_along(ad_tensor *x, ad_tensor *index, int axis)
{
    ad_tensor *in[] = {x, index};
    if (!graph_check(ad_tensor_graph(x), "ad_take_along", in, 2))
        in[1] = meet(x, index, graph_axis(axis, x->shape.rank));
    return along_node("ad_take_along", &op_take_along, (struct along_attributes){.axis = axis}, in,
                      2);
}

ad_tensor *ad_scatter_along(ad_tensor *base, ad_tensor *index, ad_tensor *part, int axis,
                            ad_scatter_how how)
{
    ad_tensor *in[] = {base, index, part};
    if (!graph_check(ad_tensor_graph(base), "ad_scatter_along", in, 3)) {
        in[1] = meet(base, index, graph_axis(axis, base->shape.rank));
        if (!graph_is_poison(in[1]) && !graph_shapes_equal(&in[1]->shape, &part->shape))
            in[2] = ad_expand(part, in[1]->shape);
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
