/* Random numbers of a given shape: uniform and normal. */
#include "op/random.h"

#include "base/error.h"
#include "core/stream.h"
#include "op/scalar.h"

static ad_status infer_random(struct infer *f, ad_type type, const ad_shape *shape)
{
    if (type != AD_F32 && type != AD_F64)
        return fail(AD_ERROR_TYPE, "it makes f32 or f64, not %s; see ad_cast", ad_type_name(type));
    f->type[0] = type;
    f->shape[0] = *shape;
    return AD_OK;
}

static ad_status uniform_infer(struct infer *f)
{
    const struct uniform_attributes *a = f->attributes;
    return infer_random(f, a->type, &a->shape);
}

static ad_status normal_infer(struct infer *f)
{
    const struct normal_attributes *a = f->attributes;
    return infer_random(f, a->type, &a->shape);
}

/* ---- naive */

double random_unit_at(const struct call *c, uint64_t stream, uint64_t i)
{
    return scalar_uniform_f64(c->seed, c->step, stream, i);
}

double random_normal_at(const struct call *c, uint64_t stream, uint64_t i)
{
    return scalar_normal_f64(c->seed, c->step, stream, i);
}

static ad_status uniform_naive(const struct call *c)
{
    const struct uniform_attributes *a = c->attributes;
    uint64_t stream = (uint64_t)a->stream;
    double scale = a->high - a->low;
    int64_t count = ad_array_count(&c->out[0]);
    float *y32 = c->out[0].data;
    double *y64 = c->out[0].data;
    for (int64_t i = 0; i < count; i++)
        if (a->type == AD_F32)
            y32[i] = (float)a->low +
                     (float)scale * scalar_uniform_f32(c->seed, c->step, stream, (uint64_t)i);
        else
            y64[i] = a->low + scale * random_unit_at(c, stream, (uint64_t)i);
    return AD_OK;
}

static ad_status normal_naive(const struct call *c)
{
    const struct normal_attributes *a = c->attributes;
    uint64_t stream = (uint64_t)a->stream;
    int64_t count = ad_array_count(&c->out[0]);
    float *y32 = c->out[0].data;
    double *y64 = c->out[0].data;
    for (int64_t i = 0; i < count; i++)
        if (a->type == AD_F32)
            y32[i] = (float)a->mean +
                     (float)a->deviation * scalar_normal_f32(c->seed, c->step, stream, (uint64_t)i);
        else
            y64[i] = a->mean + a->deviation * random_normal_at(c, stream, (uint64_t)i);
    return AD_OK;
}

/* ---- the public calls */

ad_tensor *random_check(ad_graph *graph, const char *call, const ad_shape *shape)
{
    if (!graph)
        return graph_nowhere();
    if (shape->rank < 0 || shape->rank > AD_RANK_MAX)
        return graph_poison(graph, AD_ERROR_SHAPE, "%s: %d axes; there can be 0 to %d", call,
                            shape->rank, AD_RANK_MAX);
    for (int i = 0; i < shape->rank; i++)
        if (!dim_is_known(graph, shape->size[i]))
            return graph_poison(graph, AD_ERROR_SHAPE,
                                "%s: axis %d has size %lld; it is a number from 0 up, or made by "
                                "ad_open of the same graph",
                                call, i, (long long)shape->size[i]);
    return NULL;
}

ad_tensor *ad_uniform(ad_graph *graph, ad_type type, ad_shape shape, double low, double high)
{
    ad_tensor *poison = random_check(graph, "ad_uniform", &shape);
    if (poison)
        return poison;
    if (!(low <= high))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_uniform: low is %g and high %g; low comes first", low, high);
    return random_uniform(graph, "uniform", type, shape, low, high);
}

ad_tensor *random_uniform(ad_graph *graph, const char *kind, ad_type type, ad_shape shape,
                          double low, double high)
{
    struct uniform_attributes a = {type, shape, low, high, stream_next(graph, kind)};
    return graph_node(graph, &op_uniform, &a, NULL, 0);
}

ad_tensor *ad_normal(ad_graph *graph, ad_type type, ad_shape shape, double mean, double deviation)
{
    ad_tensor *poison = random_check(graph, "ad_normal", &shape);
    if (poison)
        return poison;
    if (!(deviation >= 0))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_normal: a deviation of %g; it is 0 or more", deviation);
    struct normal_attributes a = {type, shape, mean, deviation, stream_next(graph, "normal")};
    return graph_node(graph, &op_normal, &a, NULL, 0);
}

/* ---- records */

static const struct field uniform_fields[] = {
    FIELD(uniform_attributes, type, TYPE, 0),
    FIELD(uniform_attributes, shape, SHAPE, 0),
    FIELD(uniform_attributes, low, NUMBER, 0),
    FIELD(uniform_attributes, high, NUMBER, 1),
    FIELD_IN(uniform_attributes, stream, INT, 0, 0, 0x1p63),
};

static const struct field normal_fields[] = {
    FIELD(normal_attributes, type, TYPE, 0),
    FIELD(normal_attributes, shape, SHAPE, 0),
    FIELD(normal_attributes, mean, NUMBER, 0),
    FIELD(normal_attributes, deviation, NUMBER, 1),
    FIELD_IN(normal_attributes, stream, INT, 0, 0, 0x1p63),
};

/* clang-format off */
#define UNIFORM(...) {.attributes = &(const struct uniform_attributes){__VA_ARGS__}}
#define NORMAL(...) {.attributes = &(const struct normal_attributes){__VA_ARGS__}}

static const struct sample uniform_samples[] = {
    UNIFORM(AD_F32, {2, {3, 7}}, 0, 1, 1),
    UNIFORM(AD_F64, {1, {9}}, -2, 3, 2),
    UNIFORM(AD_F32, {0, {0}}, 0, 1, 3),
    UNIFORM(AD_F32, {2, {0, 3}}, 0, 1, 4),
};

static const struct sample normal_samples[] = {
    NORMAL(AD_F32, {2, {5, 7}}, 0, 1, 1),
    NORMAL(AD_F64, {1, {9}}, 3, 0.5, 2),
    NORMAL(AD_F32, {1, {1}}, 0, 0, 3),
    NORMAL(AD_F64, {2, {0, 3}}, 0, 1, 4),
};
/* clang-format on */

const struct op op_uniform = {
    .name = "uniform",
    .doc = "random numbers, equally likely in [low, high) (Salmon et al. 2011)",
    .formula = "y = low + (high - low) u, u of Philox 4x32-10 in [0, 1)",
    FIELDS(uniform_fields),
    .attribute_size = sizeof(struct uniform_attributes),
    .infer = uniform_infer,
    .no_gradient = "it has no inputs",
    .naive = uniform_naive,
    SAMPLES(uniform_samples),
    .random = true};

const struct op op_normal = {.name = "normal",
                             .doc = "random numbers of a normal distribution (Salmon et al. 2011)",
                             .formula = "y = mean + deviation n, n of mean 0 and variance 1",
                             FIELDS(normal_fields),
                             .attribute_size = sizeof(struct normal_attributes),
                             .infer = normal_infer,
                             .no_gradient = "it has no inputs",
                             .naive = normal_naive,
                             SAMPLES(normal_samples),
                             .random = true};
