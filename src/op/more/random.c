/* Random numbers beyond uniform and normal.  All but permutation are graphs over uniform numbers u,
 * drawn in f64 whatever the type of the result, so that tails and chances keep their digits, and
 * rounded at the end:
 *
 *     bernoulli          u < p
 *     exponential        -log(1 - u) / rate
 *     gumbel             location - scale log(-log(1 - u))
 *     laplace            location - scale sign(v) log(1 - 2 |v|), v = u - 1/2
 *     truncated normal   mean + deviation N^-1(N(a) + (N(b) - N(a)) u), a and b the limits in
 *                        deviations; above the mean all is turned round, where N has its digits
 *     categorical        argmax over classes of logit + gumbel (Gumbel 1954)
 *
 * permutation: i from count - 1 down to 1, places i and floor(u (i + 1)) change (Fisher and Yates
 * 1938, Durstenfeld 1964), u uniform number i of f64. */
#include "op/random.h"

#include <math.h>

#include "base/error.h"
#include "core/stream.h"

struct permutation_attributes {
    ad_type type;
};

extern const struct op op_permutation;

/* ---- numbers of a distribution */

static bool is_real(ad_type type)
{
    return type == AD_F32 || type == AD_F64;
}

/* Poison where a call cannot be. */
static ad_tensor *refused(ad_graph *graph, const char *call, ad_type type, const ad_shape *shape,
                          bool numbers_fit, const char *what)
{
    ad_tensor *poison = random_check(graph, call, shape);
    if (!poison && !is_real(type))
        poison = graph_poison(graph, AD_ERROR_TYPE, "%s: it makes f32 or f64, not %s; see ad_cast",
                              call, ad_type_name(type));
    if (!poison && !numbers_fit)
        poison = graph_poison(graph, AD_ERROR_ARGUMENT, "%s: %s", call, what);
    return poison;
}

/* Between 0 and 1, and neither: 2^-54 to 1 - 2^-52. */
static ad_tensor *between(ad_graph *graph, const char *kind, ad_shape shape)
{
    return random_uniform(graph, kind, AD_F64, shape, 0x1p-54, 1 - 0x1p-53);
}

static ad_tensor *placed(ad_tensor *x, ad_type type, double location, double scale)
{
    return ad_cast(ad_shift(ad_scale(x, scale), location), type);
}

/* -log(1 - u) */
static ad_tensor *unit_exponential(ad_graph *graph, const char *kind, ad_shape shape)
{
    return ad_neg(ad_log1p(ad_neg(between(graph, kind, shape))));
}

ad_tensor *ad_exponential(ad_graph *graph, ad_type type, ad_shape shape, double rate)
{
    ad_tensor *poison = refused(graph, "ad_exponential", type, &shape, rate > 0 && isfinite(rate),
                                "the rate is a number above 0");
    return poison ? poison
                  : placed(unit_exponential(graph, "exponential", shape), type, 0, 1 / rate);
}

static ad_tensor *unit_gumbel(ad_graph *graph, const char *kind, ad_shape shape)
{
    return ad_neg(ad_log(unit_exponential(graph, kind, shape)));
}

ad_tensor *ad_gumbel(ad_graph *graph, ad_type type, ad_shape shape, double location, double scale)
{
    ad_tensor *poison =
        refused(graph, "ad_gumbel", type, &shape, scale >= 0 && isfinite(scale + location),
                "the location is a number and the scale one from 0 up");
    return poison ? poison : placed(unit_gumbel(graph, "gumbel", shape), type, location, scale);
}

ad_tensor *ad_laplace(ad_graph *graph, ad_type type, ad_shape shape, double location, double scale)
{
    ad_tensor *poison =
        refused(graph, "ad_laplace", type, &shape, scale >= 0 && isfinite(scale + location),
                "the location is a number and the scale one from 0 up");
    if (poison)
        return poison;
    ad_tensor *v = ad_shift(between(graph, "laplace", shape), -0.5);
    ad_tensor *y = ad_mul(ad_sign(v), ad_log1p(ad_scale(ad_abs(v), -2)));
    return placed(y, type, location, -scale);
}

ad_tensor *ad_truncated_normal(ad_graph *graph, ad_type type, ad_shape shape, double mean,
                               double deviation, double low, double high)
{
    double a = (low - mean) / deviation, b = (high - mean) / deviation;
    bool turned = a > 0;
    double from = turned ? -b : a, to = turned ? -a : b;
    ad_tensor *poison =
        refused(graph, "ad_truncated_normal", type, &shape,
                deviation > 0 && low < high && isfinite(a) && isfinite(b) && to > -37,
                "the deviation is above 0, the limits are numbers, low before high, and within 37 "
                "deviations of the mean there is something between them");
    if (poison)
        return poison;
    ad_tensor *first = ad_ndtr(ad_number(graph, AD_F64, from));
    ad_tensor *share = ad_sub(ad_ndtr(ad_number(graph, AD_F64, to)), first);
    ad_tensor *u = between(graph, "truncated_normal", shape);
    ad_tensor *x = ad_ndtri(ad_add(first, ad_mul(share, u)));
    x = ad_shift(ad_scale(x, turned ? -deviation : deviation), mean);
    return ad_cast(ad_clamp(x, low, high), type);
}

/* ---- numbers of other numbers */

static ad_tensor *below(ad_graph *graph, ad_shape shape, ad_tensor *p)
{
    return ad_less(random_uniform(graph, "bernoulli", AD_F64, shape, 0, 1), p);
}

ad_tensor *ad_bernoulli(ad_graph *graph, ad_type type, ad_shape shape, double p)
{
    ad_tensor *poison = random_check(graph, "ad_bernoulli", &shape);
    if (!poison && !(p >= 0 && p <= 1))
        poison =
            graph_poison(graph, AD_ERROR_ARGUMENT, "ad_bernoulli: a chance of %g; it is 0 to 1", p);
    return poison ? poison : ad_cast(below(graph, shape, ad_number(graph, AD_F64, p)), type);
}

static ad_tensor *check_real(const char *call, ad_tensor *x, int least_rank)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, call, &x, 1);
    if (!poison && (!is_real(x->type) || x->shape.rank < least_rank))
        poison = graph_poison(graph, is_real(x->type) ? AD_ERROR_SHAPE : AD_ERROR_TYPE,
                              "%s: it takes f32 or f64 (see ad_cast) of %d axes at least, not %s "
                              "of shape %s",
                              call, least_rank, ad_type_name(x->type),
                              graph_shape_text(graph, &x->shape));
    return poison;
}

ad_tensor *ad_bernoulli_of(ad_tensor *p)
{
    ad_tensor *poison = check_real("ad_bernoulli_of", p, 0);
    return poison ? poison : ad_cast(below(p->node->graph, p->shape, ad_cast(p, AD_F64)), p->type);
}

ad_tensor *ad_categorical(ad_tensor *logits)
{
    ad_tensor *poison = check_real("ad_categorical", logits, 1);
    if (poison)
        return poison;
    ad_tensor *noise = unit_gumbel(logits->node->graph, "categorical", logits->shape);
    return ad_argmax(ad_add(ad_cast(logits, AD_F64), noise), -1);
}

/* ---- permutations */

static ad_status permutation_infer(struct infer *f)
{
    const struct permutation_attributes *a = f->attributes;
    const ad_tensor *u = f->in[0];
    if (a->type != AD_I32 && a->type != AD_I64)
        return fail(AD_ERROR_TYPE, "it makes i32 or i64, not %s; see ad_cast",
                    ad_type_name(a->type));
    if (u->type != AD_F64 || u->shape.rank != 1 || u->shape.size[0] > INT32_MAX)
        return fail(AD_ERROR_ARGUMENT, "a count of %s; it is 0 to %d",
                    graph_shape_text(f->graph, &u->shape), INT32_MAX);
    f->type[0] = a->type;
    f->shape[0] = u->shape;
    return AD_OK;
}

#define SHUFFLE(type)                                                              \
    type *y = c->out[0].data;                                                      \
    for (int64_t i = 0; i < n; i++)                                                \
        y[i] = (type)i;                                                            \
    for (int64_t i = n - 1; i > 0; i--) {                                          \
        double place = u[i] * (double)(i + 1); /* it may be rounded up to i + 1 */ \
        int64_t k = place >= 0 && place < (double)i ? (int64_t)place : i;          \
        type kept = y[i];                                                          \
        y[i] = y[k], y[k] = kept;                                                  \
    }

static ad_status permutation_naive(const struct call *c)
{
    const struct permutation_attributes *a = c->attributes;
    const double *u = c->in[0].data;
    int64_t n = ad_array_count(&c->out[0]);
    if (a->type == AD_I32) {
        SHUFFLE(int32_t)
    } else {
        SHUFFLE(int64_t)
    }
    return AD_OK;
}

ad_tensor *ad_permutation(ad_graph *graph, ad_type type, ad_dim count)
{
    ad_shape shape = {1, {count}};
    ad_tensor *poison = random_check(graph, "ad_permutation", &shape);
    if (poison)
        return poison;
    struct permutation_attributes a = {type};
    return graph_node1(&op_permutation, &a,
                       random_uniform(graph, "permutation", AD_F64, shape, 0, 1));
}

static const struct field permutation_fields[] = {
    FIELD(permutation_attributes, type, TYPE, 0),
};

#define OF(n, t)                                                           \
    {                                                                      \
        .in_count = 1, .shape = {{1, {n}}}, .type = {AD_F64},              \
        .attributes = &(const struct permutation_attributes){t}, .high = 1 \
    }
static const struct sample permutation_samples[] = {OF(33, AD_I32), OF(7, AD_I64), OF(0, AD_I32),
                                                    OF(1, AD_I64)};

const struct op op_permutation = {
    .name = "permutation",
    .doc = "0 to count - 1 in random order, all orders equally likely (Durstenfeld 1964)",
    .inputs = "u: uniform numbers",
    .formula = "y = 0, 1... count - 1 shuffled",
    FIELDS(permutation_fields),
    .attribute_size = sizeof(struct permutation_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = permutation_infer,
    .no_gradient = "it makes whole numbers",
    .naive = permutation_naive,
    SAMPLES(permutation_samples)};
