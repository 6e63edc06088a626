/* Weights to begin with, drawn into a state: train.h has the formulas. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/text.h"
#include "core/graph.h"
#include "train/hash.h"
#include <adze/train.h>

/* A variable as a matrix: rows are the first axis, columns all others. */
struct drawn {
    const ad_initial_options *o;
    uint64_t key[2]; /* of its name */
    int64_t rows, columns,
        inner; /* inner: what one pair of input and output has, a kernel's size */
    double *value;
};

static struct drawn as_matrix(const ad_tensor *v, const ad_initial_options *o)
{
    struct drawn d = {.o = o, .rows = 1, .columns = 1, .inner = 1};
    const ad_shape *shape = &v->shape;
    for (int i = 0; i < shape->rank; i++) {
        d.rows *= i ? 1 : shape->size[i];
        d.columns *= i ? shape->size[i] : 1;
        d.inner *= i > 1 ? shape->size[i] : 1;
    }
    d.key[0] = o->seed;
    d.key[1] = hash_bytes(0, v->name, strlen(v->name));
    return d;
}

/* ---- numbers at random: of a place, and of a try where some are thrown away */

static double uniform(const struct drawn *d, int64_t i, int attempt)
{
    uint64_t key[2] = {d->key[0] + (uint64_t)attempt * UINT64_C(0x9e3779b97f4a7c15),
                       d->key[1] ^ (uint64_t)(i >> 32)};
    return ad_random_at(key, (uint32_t)i);
}

/* Box and Muller 1958. */
static double normal(const struct drawn *d, int64_t i, int attempt)
{
    double a = 1 - uniform(d, i, 2 * attempt), b = uniform(d, i, 2 * attempt + 1);
    return sqrt(-2 * log(a)) * cos(6.283185307179586 * b);
}

/* Within two deviations. */
static double truncated(const struct drawn *d, int64_t i)
{
    double x = 3;
    for (int attempt = 0; fabs(x) > 2 && attempt < 100; attempt++)
        x = normal(d, i, attempt);
    return x;
}

/* ---- by fans (Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998) */

static double deviation(const struct drawn *d)
{
    double in = (double)d->columns, out = (double)d->rows * (double)d->inner;
    double fan = d->o->fan == AD_FAN_IN ? in : d->o->fan == AD_FAN_OUT ? out : (in + out) / 2;
    return fan > 0 ? d->o->gain / sqrt(fan) : 0;
}

static void by_distribution(struct drawn *d, double size)
{
    for (int64_t i = 0; i < d->rows * d->columns; i++) {
        switch (d->o->distribution) {
        case AD_DRAW_UNIFORM: d->value[i] = size * sqrt(3) * (2 * uniform(d, i, 0) - 1); break;
        /* the deviation of what is left within two of them */
        case AD_DRAW_TRUNCATED: d->value[i] = size / 0.87962566103423978 * truncated(d, i); break;
        default: d->value[i] = size * normal(d, i, 0);
        }
    }
}

/* ---- orthogonal (Saxe et al. 2013): rows, or of a tall matrix columns, of a normal one made
 * orthonormal one after another, each twice */

static void remove_earlier(double *all, int64_t k, int64_t length, int64_t across, int64_t along)
{
    double *x = all + k * across;
    for (int64_t j = 0; j < k; j++) {
        const double *y = all + j * across;
        double dot = 0;
        for (int64_t i = 0; i < length; i++)
            dot += x[i * along] * y[i * along];
        for (int64_t i = 0; i < length; i++)
            x[i * along] -= dot * y[i * along];
    }
}

static void orthogonal(struct drawn *d)
{
    bool tall = d->rows > d->columns;
    int64_t count = tall ? d->columns : d->rows, length = tall ? d->rows : d->columns;
    int64_t across = tall ? 1 : d->columns, along = tall ? d->columns : 1;
    for (int64_t i = 0; i < d->rows * d->columns; i++)
        d->value[i] = normal(d, i, 0);
    for (int64_t k = 0; k < count; k++) {
        remove_earlier(d->value, k, length, across, along);
        remove_earlier(d->value, k, length, across, along);
        double square = 0, *x = d->value + k * across;
        for (int64_t i = 0; i < length; i++)
            square += x[i * along] * x[i * along];
        for (int64_t i = 0; i < length; i++)
            x[i * along] /= sqrt(square);
    }
    for (int64_t i = 0; i < d->rows * d->columns; i++)
        d->value[i] *= d->o->gain;
}

/* ---- the others */

/* 1 where input and output have one number, in the middle of a kernel. */
static void identity(struct drawn *d, const ad_shape *shape)
{
    int64_t middle = 0, inner = d->inner;
    for (int i = 2; i < shape->rank; i++)
        middle = middle * shape->size[i] + shape->size[i] / 2;
    for (int64_t i = 0; i < d->rows && i < d->columns / (inner ? inner : 1); i++)
        d->value[i * d->columns + i * inner + middle] = d->o->gain;
}

/* Of each column that share of rows, rounded up, is 0: the places of the least of some random
 * numbers (Martens 2010). */
static void sparse(struct drawn *d)
{
    int64_t zeros = (int64_t)ceil(d->o->share * (double)d->rows);
    by_distribution(d, d->o->deviation);
    for (int64_t c = 0; c < d->columns; c++)
        for (int64_t r = 0; r < d->rows; r++) {
            int64_t before = 0, here = r * d->columns + c;
            double own = uniform(d, here, 7);
            for (int64_t k = 0; k < d->rows; k++) {
                double other = uniform(d, k * d->columns + c, 7);
                before += other < own || (other == own && k < r);
            }
            if (before < zeros)
                d->value[here] = 0;
        }
}

static void draw(struct drawn *d, const ad_tensor *v)
{
    memset(d->value, 0, (size_t)(d->rows * d->columns) * sizeof *d->value);
    switch (d->o->method) {
    case AD_INITIAL_FANS: by_distribution(d, deviation(d)); break;
    case AD_INITIAL_DEVIATION: by_distribution(d, d->o->deviation); break;
    case AD_INITIAL_ORTHOGONAL: orthogonal(d); break;
    case AD_INITIAL_IDENTITY: identity(d, &v->shape); break;
    case AD_INITIAL_SPARSE: sparse(d); break;
    default:
        for (int64_t i = 0; i < d->rows * d->columns; i++)
            d->value[i] = d->o->value;
    }
}

static ad_status put(ad_state *state, const ad_tensor *v, struct drawn *d)
{
    if (v->type == AD_F64)
        return ad_set(state, v, ad_f64(d->value, v->shape));
    float *narrow = (float *)(void *)d->value; /* each lies before what it is made of */
    for (int64_t i = 0; i < d->rows * d->columns; i++) {
        float x = (float)d->value[i];
        memcpy(&narrow[i], &x, sizeof x);
    }
    return ad_set(state, v, ad_f32(narrow, v->shape));
}

static ad_status one(ad_state *state, const ad_tensor *v, const ad_initial_options *o)
{
    struct drawn d = as_matrix(v, o);
    size_t size = (size_t)(d.rows * d.columns) * sizeof(double);
    d.value = memory_alloc(memory_default(), size);
    if (!d.value)
        return AD_ERROR_MEMORY;
    draw(&d, v);
    ad_status status = put(state, v, &d);
    memory_free(memory_default(), d.value, size);
    return status;
}

static ad_status check(const ad_initial_options *o)
{
    bool fine = isfinite(o->gain) && o->deviation >= 0 && isfinite(o->deviation) &&
                isfinite(o->value) && o->share >= 0 && o->share <= 1 && o->match;
    return fine ? AD_OK
                : fail(AD_ERROR_ARGUMENT,
                       "ad_initialize: .gain and .value are finite, .deviation is 0 or more, "
                       ".share 0 to 1 and .match a pattern");
}

ad_status ad_initialize(ad_state *state, const ad_graph *graph, const ad_initial_options *options)
{
    ad_initial_options o = AD_OPTIONS(ad_initial_options);
    int matched = 0;
    TRY(options_read(ad_initial_options, &o, options));
    TRY(check(&o));
    for (int i = 0; i < ad_variable_count(graph); i++) {
        const ad_tensor *v = ad_variable_at(graph, i);
        bool wanted = o.all || ad_role_of(v) == AD_ROLE_WEIGHT;
        if (!ad_trainable(v) || !wanted || !text_matches(o.match, v->name))
            continue;
        TRY(one(state, v, &o));
        matched++;
    }
    return matched ? AD_OK
                   : fail(AD_ERROR_ARGUMENT,
                          "ad_initialize: '%s' matches no %s; a pattern is for the full name, with "
                          "* for any text",
                          o.match, o.all ? "variable" : "weight");
}

/* ---- layer-sequential unit variance */

static ad_status variance_of(ad_program *p, const ad_array *array, double *variance)
{
    ad_array out = {0};
    double mean = 0, sum = 0;
    TRY(ad_run(p, array, &out));
    int64_t count = ad_array_count(&out);
    for (int64_t i = 0; i < count; i++)
        mean += ad_array_item(&out, i) / (double)count;
    for (int64_t i = 0; i < count; i++) {
        double d = ad_array_item(&out, i) - mean;
        sum += d * d / (double)count;
    }
    *variance = sum;
    return sum > 0 && isfinite(sum)
               ? AD_OK
               : fail(AD_ERROR_NOT_FINITE, "ad_initialize_lsuv: an output has the variance %g",
                      sum);
}

static ad_status divide(ad_state *state, const ad_tensor *v, double by)
{
    ad_array value;
    struct drawn d = as_matrix(v, &(ad_initial_options){0});
    size_t size = (size_t)(d.rows * d.columns) * sizeof(double);
    TRY(ad_get(state, v, &value));
    d.value = memory_alloc(memory_default(), size);
    if (!d.value)
        return AD_ERROR_MEMORY;
    for (int64_t i = 0; i < d.rows * d.columns; i++)
        d.value[i] = ad_array_item(&value, i) / by;
    ad_status status = put(state, v, &d);
    memory_free(memory_default(), d.value, size);
    return status;
}

static ad_status to_unit(ad_state *state, const ad_tensor *v, ad_program *p, const ad_array *array,
                         double within)
{
    double variance = 0;
    for (int k = 0; k < 10 && fabs(variance - 1) > within; k++) {
        TRY(variance_of(p, array, &variance));
        if (fabs(variance - 1) > within)
            TRY(divide(state, v, sqrt(variance)));
    }
    return AD_OK;
}

ad_status ad_initialize_lsuv(ad_state *state, ad_tensor *const *weight, ad_tensor *const *output,
                             int layers, ad_tensor *const *feed, const ad_array *array, int feeds,
                             const ad_lsuv_options *options)
{
    ad_lsuv_options o = AD_OPTIONS(ad_lsuv_options);
    TRY(options_read(ad_lsuv_options, &o, options));
    if (!(o.within > 0))
        return fail(AD_ERROR_ARGUMENT, "ad_initialize_lsuv: .within is above 0");
    ad_initial_options first =
        AD_OPTIONS(ad_initial_options, .method = AD_INITIAL_ORTHOGONAL, .seed = o.seed);
    for (int i = 0; i < layers; i++)
        TRY(one(state, weight[i], &first));
    ad_status status = AD_OK;
    for (int i = 0; i < layers && status == AD_OK; i++) {
        ad_compile_options c = AD_OPTIONS(ad_compile_options, .fetch_list = &output[i],
                                          .fetch_count = 1, .feed_list = feed, .feed_count = feeds);
        ad_program *p = ad_compile(state, &c);
        status = p ? to_unit(state, weight[i], p, array, o.within) : ad_error_status();
        ad_program_free(p);
    }
    return status;
}

/* ---- sets and gains by name */

double ad_gain(const char *activation, double slope)
{
    static const struct {
        const char *name;
        double gain;
    } list[] = {{"linear", 1},  {"identity", 1},   {"conv", 1},
                {"sigmoid", 1}, {"tanh", 5.0 / 3}, {"relu", 1.4142135623730951},
                {"selu", 0.75}};
    if (!strcmp(activation, "leaky_relu"))
        return sqrt(2 / (1 + slope * slope));
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!strcmp(list[i].name, activation))
            return list[i].gain;
    return NAN;
}

static ad_status role_is(ad_state *state, const ad_graph *graph, ad_role role,
                         const ad_initial_options *o)
{
    for (int i = 0; i < ad_variable_count(graph); i++) {
        const ad_tensor *v = ad_variable_at(graph, i);
        if (ad_trainable(v) && ad_role_of(v) == role)
            TRY(one(state, v, o));
    }
    return AD_OK;
}

/* Names that begin every set: where "he_normal" and its kin get their fans and shapes. */
static const struct {
    const char *name;
    ad_fan fan;
    double gain;
} families[] = {{"he_", AD_FAN_IN, 1.4142135623730951},
                {"glorot_", AD_FAN_AVERAGE, 1},
                {"lecun_", AD_FAN_IN, 1}};

static bool read_name(const char *name, ad_initial_options *o)
{
    static const char *const shapes[] = {"normal", "uniform", "truncated"};
    for (int i = 0; i < 3; i++) {
        size_t size = strlen(families[i].name);
        if (strncmp(name, families[i].name, size) != 0)
            continue;
        o->fan = families[i].fan, o->gain = families[i].gain;
        for (int k = 0; k < 3; k++)
            if (!strcmp(name + size, shapes[k])) {
                o->distribution = (ad_draw)k;
                return true;
            }
    }
    o->method = AD_INITIAL_ORTHOGONAL;
    return !strcmp(name, "orthogonal");
}

static ad_status keras(ad_state *state, const ad_graph *graph, uint64_t seed)
{
    ad_initial_options o = AD_OPTIONS(ad_initial_options, .fan = AD_FAN_AVERAGE,
                                      .distribution = AD_DRAW_UNIFORM, .seed = seed);
    TRY(role_is(state, graph, AD_ROLE_WEIGHT, &o));
    ad_initial_options rows = AD_OPTIONS(ad_initial_options, .method = AD_INITIAL_ORTHOGONAL,
                                         .seed = seed, .match = "*weight_hh*");
    for (int i = 0; i < ad_variable_count(graph); i++)
        if (text_matches(rows.match, ad_variable_at(graph, i)->name)) {
            TRY(ad_initialize(state, graph, &rows));
            break;
        }
    ad_initial_options table =
        AD_OPTIONS(ad_initial_options, .method = AD_INITIAL_DEVIATION, .seed = seed,
                   .distribution = AD_DRAW_UNIFORM, .deviation = 0.05 / 1.7320508075688772);
    TRY(role_is(state, graph, AD_ROLE_TABLE, &table));
    ad_initial_options zero = AD_OPTIONS(ad_initial_options, .method = AD_INITIAL_VALUE);
    return role_is(state, graph, AD_ROLE_BIAS, &zero);
}

ad_status ad_initialize_as(ad_state *state, const ad_graph *graph, const char *name, uint64_t seed)
{
    ad_initial_options o = AD_OPTIONS(ad_initial_options, .seed = seed);
    if (!strcmp(name, "pytorch")) /* as layers begin */
        return AD_OK;
    if (!strcmp(name, "keras"))
        return keras(state, graph, seed);
    if (!read_name(name, &o))
        return fail(AD_ERROR_ARGUMENT,
                    "ad_initialize_as: '%s' is none of pytorch, keras, orthogonal, and he_, "
                    "glorot_ or lecun_ with normal, uniform or truncated",
                    name);
    ad_initial_options zero = AD_OPTIONS(ad_initial_options, .method = AD_INITIAL_VALUE);
    TRY(role_is(state, graph, AD_ROLE_WEIGHT, &o));
    return role_is(state, graph, AD_ROLE_BIAS, &zero);
}
