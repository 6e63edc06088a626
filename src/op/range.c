/* Numbers that follow from sizes: range and size. */
#include "op/range.h"

#include "base/error.h"
#include "core/number.h"

static ad_status range_infer(struct infer *f)
{
    const struct range_attributes *a = f->attributes;
    if (a->type != AD_F32 && a->type != AD_F64 && a->type != AD_I32 && a->type != AD_I64)
        return fail(AD_ERROR_TYPE, "it counts in f32, f64, i32 or i64, not in %s; see ad_cast",
                    ad_type_name(a->type));
    if (a->count > INT32_MAX) /* found out at last when open sizes have numbers */
        return fail(AD_ERROR_ARGUMENT, "a count of %lld; it is 0 to %d", (long long)a->count,
                    INT32_MAX);
    f->type[0] = a->type;
    f->shape[0] = (ad_shape){1, {a->count}};
    return AD_OK;
}

static ad_status range_naive(const struct call *c)
{
    size_t size = ad_type_size(c->out[0].type);
    for (int64_t i = 0; i < ad_array_count(&c->out[0]); i++)
        number_store(c->out[0].type, (char *)c->out[0].data + (size_t)i * size, (double)i);
    return AD_OK;
}

ad_tensor *ad_range(ad_graph *graph, ad_type type, ad_dim count)
{
    if (!graph)
        return graph_nowhere();
    if (count > INT32_MAX || !dim_is_known(graph, count))
        return graph_poison(graph, AD_ERROR_ARGUMENT, "ad_range: a count of %lld; it is 0 to %d",
                            (long long)count, INT32_MAX);
    return graph_node(graph, &op_range, &(struct range_attributes){type, count}, NULL, 0);
}

static ad_status size_infer(struct infer *f)
{
    const struct size_attributes *a = f->attributes;
    if (a->axis < 0 || a->axis >= f->in[0]->shape.rank)
        return fail(AD_ERROR_SHAPE, "axis %lld is outside the shape", (long long)a->axis);
    f->type[0] = AD_I64;
    f->shape[0] = AD_SCALAR;
    return AD_OK;
}

static ad_status size_naive(const struct call *c)
{
    const struct size_attributes *a = c->attributes;
    *(int64_t *)c->out[0].data = c->in[0].shape.size[a->axis];
    return AD_OK;
}

ad_tensor *ad_size(ad_tensor *x, int axis)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_size", &x, 1);
    if (poison)
        return poison;
    int plain = graph_axis(axis, x->shape.rank);
    if (plain < 0)
        return graph_poison(graph, AD_ERROR_SHAPE, "ad_size: %s has no axis %d",
                            graph_shape_text(graph, &x->shape), axis);
    if (!dim_is_open(x->shape.size[plain]))
        return ad_number(graph, AD_I64, (double)x->shape.size[plain]);
    return graph_node1(&op_size, &(struct size_attributes){plain}, x);
}

/* clang-format off */
static const struct field range_fields[] = {
    FIELD(range_attributes, type, TYPE, 0),
    FIELD(range_attributes, count, DIM, 0),
};
static const struct field size_fields[] = {FIELD(size_attributes, axis, INT, 0)};

#define RANGE(type, count) {.attributes = &(const struct range_attributes){type, count}}
#define AXIS(n) .attributes = &(const struct size_attributes){n}

static const struct sample range_samples[] = {
    RANGE(AD_I32, 7), RANGE(AD_I64, 1), RANGE(AD_F32, 33), RANGE(AD_F64, 5), RANGE(AD_I32, 0),
};

static const struct sample size_samples[] = {
    {.in_count = 1, .shape = {{2, {3, 5}}}, AXIS(1)},
    {.in_count = 1, .shape = {{2, {0, 5}}}, AXIS(0)},
};
/* clang-format on */

const struct op op_range = {.name = "range",
                            .doc = "0, 1, ... count - 1",
                            .formula = "y[i] = i for i < count",
                            FIELDS(range_fields),
                            .attribute_size = sizeof(struct range_attributes),
                            .infer = range_infer,
                            .no_gradient = "it has no inputs",
                            .naive = range_naive,
                            SAMPLES(range_samples)};

const struct op op_size = {.name = "size",
                           .doc = "size of an axis as a number",
                           .inputs = "x",
                           .formula = "y = size of axis of x",
                           FIELDS(size_fields),
                           .attribute_size = sizeof(struct size_attributes),
                           .in_min = 1,
                           .in_max = 1,
                           .infer = size_infer,
                           .no_gradient = "it depends on the shape alone",
                           .naive = size_naive,
                           SAMPLES(size_samples)};
