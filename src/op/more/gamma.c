/* Random numbers of the gamma distribution, and their gradient.
 *
 * Marsaglia and Tsang 2000: with d = a - 1/3, x normal, u uniform and v = (1 + x / (3 sqrt(d)))^3,
 * d v is taken where v > 0 and log u < x^2 / 2 + d (1 - v + log v); below a = 1 it is that of
 * a + 1 times w^(1/a), w uniform.  A try is taken with a chance of 0.95 at least, so that 32 tries
 * leave one of 10^41 without a number; it gets d.  Try t of element i has x of block 64 i + 2 t, u
 * and w of the next.  All is computed in f64.
 *
 * The gradient is that of the number at which the distribution function F stays the same (Figurnov
 * et al. 2018), dx/da = -F_a / f.  With S = sum over k of x^k / (a (a + 1)...(a + k)), F = x f S
 * and
 *
 *     dx/da = -x (S (log x - psi(a)) + S_a)
 *
 * Above a + 1, where S is large and the difference loses digits, with the continued fraction h of
 * 1 - F = x f h (Legendre):  dx/da = x (h (log x - psi(a)) + h_a), whose parts are all positive. */
#include <math.h>

#include "base/error.h"
#include "core/graph.h"
#include "core/stream.h"
#include "op/more/along.h"
#include "op/random.h"
#include "op/row.h"

struct standard_gamma_attributes {
    int64_t stream;
};

enum { TRIES = 32 };

/* ---- numbers */

struct draw {
    const struct call *call;
    uint64_t stream, element; /* of two numbers to a block */
};

/* (0, 1] */
static double unit_at(const struct draw *r, int i)
{
    return random_unit_at(r->call, r->stream, r->element + (uint64_t)i) + 0x1p-53;
}

/* d v of one try, or 0. */
static double try_once(const struct draw *r, double d)
{
    double x = random_normal_at(r->call, r->stream, r->element);
    double u = unit_at(r, 2), t = 1 + x / (3 * sqrt(d)), v = t * t * t;
    if (v <= 0)
        return 0;
    if (u < 1 - 0.0331 * (x * x) * (x * x)) /* the next one holds too */
        return d * v;
    return number_log(u) < 0.5 * x * x + d * (1 - v + number_log(v)) ? d * v : 0;
}

static double gamma_number(struct draw *r, double a)
{
    if (!(a > 0) || a > 1e300)
        return a >= 0 ? a : NAN;
    double d = (a < 1 ? a + 1 : a) - 1.0 / 3, w = 1, x = 0;
    for (int t = 0; t < TRIES && x == 0; t++, r->element += 4)
        w = a < 1 ? unit_at(r, 3) : 1, x = try_once(r, d);
    x = x == 0 ? d : x;
    return a < 1 ? number_exp(number_log(x) + number_log(w) / a) : x;
}

ad_status gamma_run(const struct call *c, int64_t begin, int64_t end, void *room)
{
    (void)room;
    const struct standard_gamma_attributes *a = c->attributes;
    const double *shape = c->in[0].data;
    for (int64_t i = begin; i < end; i++) {
        struct draw r = {c, (uint64_t)a->stream, (uint64_t)i * (4 * TRIES)};
        ((double *)c->out[0].data)[i] = gamma_number(&r, shape[i]);
    }
    return AD_OK;
}

/* ---- gradient */

/* S and its slope by a. */
static double series(double a, double x, double *slope)
{
    double term = 1 / a, share = 1 / a, sum = term;
    *slope = -term * share;
    for (int k = 1; k < 100000 && term * share > 1e-17 * fabs(*slope); k++) {
        term *= x / (a + k), share += 1 / (a + k);
        sum += term, *slope -= term * share;
    }
    return sum;
}

/* h and its slope by a: 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / (x + 5 - a - ...,
 * by the difference of neighbours (Steed), each with its slope. */
static double fraction(double a, double x, double *slope)
{
    double b = x + 1 - a, r = 1 / b, r_a = r * r, step = r, step_a = r_a, h = r, h_a = r_a;
    for (int k = 1; k < 100000 && fabs(step_a) > 1e-17 * fabs(h_a); k++) {
        double n = k * (a - k), n_a = k; /* the numerator, -k (k - a), is added */
        b += 2;
        double under = b + n * r, under_a = -1 + n_a * r + n * r_a;
        double next = 1 / under, next_a = -under_a * next * next;
        double factor = b * next - 1, factor_a = -next + b * next_a;
        step_a = step_a * factor + step * factor_a, step *= factor;
        h += step, h_a += step_a;
        r = next, r_a = next_a;
    }
    *slope = h_a;
    return h;
}

/* Of a large a, from x = a + z sqrt(a) + (z^2 - 1) / 3 + ... (Cornish and Fisher 1938). */
static double slope_far(double a, double x)
{
    double way = x - a;
    return 1 + (way - (way * way / a - 1) / 3) / (2 * a);
}

/* way: log x - psi(a) */
static double slope_at(double a, double x, double way)
{
    if (!(a > 0 && x > 0) || a - a != 0 || x - x != 0)
        return a >= 0 && x == 0 ? 0 : NAN;
    if (a > 1e7)
        return slope_far(a, x);
    double more;
    if (x <= a + 1) {
        double s = series(a, x, &more);
        return -x * (s * way + more);
    }
    double h = fraction(a, x, &more);
    return x * (h * way + more);
}

ad_status gamma_slope_run(const struct call *c, int64_t begin, int64_t end, void *room)
{
    (void)room;
    const double *a = c->in[0].data, *x = c->in[1].data, *way = c->in[2].data;
    for (int64_t i = begin; i < end; i++)
        ((double *)c->out[0].data)[i] = slope_at(a[i], x[i], way[i]);
    return AD_OK;
}

static ad_status infer(struct infer *f)
{
    if (f->in[0]->type != AD_F64)
        return fail(AD_ERROR_TYPE, "the shape is %s, not f64", ad_type_name(f->in[0]->type));
    f->type[0] = AD_F64;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

static void gradient(struct gradient *g)
{
    ad_tensor *a = g->in[0], *x = g->out[0], *way = ad_sub(ad_log(x), ad_digamma(a));
    g->dx[0] = ad_mul(g->dy[0], graph_node3(&op_gamma_slope, NULL, a, x, way));
}

static void slope_gradient(struct gradient *g)
{
    g->dx[0] = graph_poison(g->graph, AD_ERROR_UNSUPPORTED,
                            "ad_standard_gamma: it has a first derivative and no second one; put "
                            "ad_stop_gradient round the numbers");
}

ad_tensor *ad_standard_gamma(ad_tensor *shape)
{
    ad_graph *graph = ad_tensor_graph(shape);
    ad_tensor *poison = graph_check(graph, "ad_standard_gamma", &shape, 1);
    if (poison)
        return poison;
    if (shape->type != AD_F32 && shape->type != AD_F64)
        return graph_poison(graph, AD_ERROR_TYPE,
                            "ad_standard_gamma: the shape is %s; it has to be f32 or f64, see "
                            "ad_cast",
                            ad_type_name(shape->type));
    struct standard_gamma_attributes a = {stream_next(graph, "standard_gamma")};
    return ad_cast(graph_node1(&op_standard_gamma, &a, ad_cast(shape, AD_F64)), shape->type);
}

static const struct field fields[] = {
    FIELD_IN(standard_gamma_attributes, stream, INT, 0, 0, 0x1p63)};

const struct op op_standard_gamma = {
    .name = "standard_gamma",
    .doc = "random numbers of the gamma distribution of scale 1 (Marsaglia and Tsang 2000)",
    .inputs = "a, the shape",
    .formula = "density x^(a - 1) e^-x / gamma(a)",
    FIELDS(fields),
    .attribute_size = sizeof(struct standard_gamma_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = infer,
    .gradient = gradient,
    .naive = along_naive,
    .random = true};

const struct op op_gamma_slope = {
    .name = "gamma_slope",
    .doc = "slope by a of the number at which the gamma distribution stays the same (Figurnov et "
           "al. 2018)",
    .inputs = "a, x, log x - digamma(a)",
    .formula = "y = -(dF/da) / (dF/dx)",
    .in_min = 3,
    .in_max = 3,
    .infer = infer,
    .gradient = slope_gradient,
    .naive = along_naive};
