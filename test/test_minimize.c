/* Minimizers: no more evaluations than SciPy 1.17's, as script/minimize-counts says them, for a
 * gradient of at most 1e-8. */
#include "test.h"

#include <adze/adze.h>

/* ---- Rosenbrock's valley */

static ad_status valley(void *user, const double *x, double *value, double *g)
{
    int n = *(const int *)user;
    *value = 0;
    for (int i = 0; i < n; i++)
        g[i] = 0;
    for (int i = 0; i + 1 < n; i++) {
        double off = x[i + 1] - x[i] * x[i], rest = 1 - x[i];
        *value += 100 * off * off + rest * rest;
        g[i] += -400 * x[i] * off - 2 * rest;
        g[i + 1] += 200 * off;
    }
    return AD_OK;
}

static ad_status valley_product(void *user, const double *x, const double *v, double *hv)
{
    int n = *(const int *)user;
    for (int i = 0; i < n; i++)
        hv[i] = 0;
    for (int i = 0; i + 1 < n; i++) {
        hv[i] += (1200 * x[i] * x[i] - 400 * x[i + 1] + 2) * v[i] - 400 * x[i] * v[i + 1];
        hv[i + 1] += 200 * v[i + 1] - 400 * x[i] * v[i];
    }
    return AD_OK;
}

/* ---- logistic regression */

enum { EXAMPLES = 40 };

static void example(int i, double *x, double *y)
{
    x[0] = 1, x[1] = sin(i), x[2] = cos(2 * i);
    *y = (i * 7) % 5 < 2 ? 1 : -1;
}

static ad_status logistic(void *user, const double *w, double *value, double *g)
{
    (void)user;
    *value = 0;
    for (int k = 0; k < 3; k++)
        *value += 0.05 * w[k] * w[k], g[k] = 0.1 * w[k];
    for (int i = 0; i < EXAMPLES; i++) {
        double x[3], y;
        example(i, x, &y);
        double margin = y * (x[0] * w[0] + x[1] * w[1] + x[2] * w[2]);
        *value += log1p(exp(-margin));
        for (int k = 0; k < 3; k++)
            g[k] -= y * x[k] / (1 + exp(margin));
    }
    return AD_OK;
}

static ad_status logistic_product(void *user, const double *w, const double *v, double *hv)
{
    (void)user;
    for (int k = 0; k < 3; k++)
        hv[k] = 0.1 * v[k];
    for (int i = 0; i < EXAMPLES; i++) {
        double x[3], y;
        example(i, x, &y);
        double p = 1 / (1 + exp(-(x[0] * w[0] + x[1] * w[1] + x[2] * w[2])));
        double along = x[0] * v[0] + x[1] * v[1] + x[2] * v[2];
        for (int k = 0; k < 3; k++)
            hv[k] += p * (1 - p) * x[k] * along;
    }
    return AD_OK;
}

static void check(const char *name, const ad_objective *f, int n, double *x, const double *end,
                  ad_minimizer method, int scipy)
{
    ad_minimized r;
    CHECK(ad_minimize(f, n, x, .method = method, .result = &r) == AD_OK);
    CHECK(r.converged && r.gradient <= 1e-8);
    if (r.evaluations > scipy)
        TEST_FAILED("%s: %d evaluations, SciPy %d", name, (int)r.evaluations, scipy);
    for (int i = 0; i < n; i++)
        if (!(fabs(x[i] - end[i]) <= 3e-8))
            TEST_FAILED("%s: x[%d] is %.12g, not %.12g", name, i, x[i], end[i]);
}

TEST(no_more_evaluations_than_scipy)
{
    static const int valleys[3][2] = {{46, 96}, {80, 584}, {107, 135}}, scipy[3] = {9, 17, 7};
    static const double ones[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const double weights[3] = {-0.404838193, -0.0815834181, 0.27341745};
    for (int method = 0; method < 3; method++) {
        for (int k = 0; k < 2; k++) {
            int n = k ? 10 : 2;
            double x[10];
            for (int i = 0; i < n; i++)
                x[i] = i % 2 ? 1 : -1.2;
            ad_objective f = {valley, valley_product, &n};
            check("Rosenbrock", &f, n, x, ones, (ad_minimizer)method, valleys[method][k]);
        }
        double w[3] = {0};
        ad_objective f = {logistic, logistic_product, NULL};
        check("logistic", &f, 3, w, weights, (ad_minimizer)method, scipy[method]);
    }
}
/* ---- a graph's loss */

/* The same regression: a variable of 1 and one of 2 numbers. */
TEST(the_loss_of_a_graph)
{
    static const double end[3] = {-0.404838193, -0.0815834181, 0.27341745};
    static double x[EXAMPLES * 3], y[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++)
        example(i, x + 3 * i, y + i);
    for (int method = 0; method < 3; method++) {
        ad_context *c = ad_context_new(.threads = 1);
        ad_graph *g = ad_graph_new(c);
        ad_tensor *a = ad_variable(g, "a", ad_full(g, AD_F64, AD_SHAPE(1), 0));
        ad_tensor *b = ad_variable(g, "b", ad_full(g, AD_F64, AD_SHAPE(2), 0));
        ad_tensor *in = ad_feed(g, "x", AD_F64, AD_SHAPE(EXAMPLES, 3));
        ad_tensor *out = ad_feed(g, "y", AD_F64, AD_SHAPE(EXAMPLES));
        ad_tensor *w = ad_concat((ad_tensor *[]){a, b}, 2, 0);
        ad_tensor *margin = ad_mul(out, ad_matmul(in, w));
        ad_tensor *loss = ad_add(ad_sum(ad_softplus(ad_neg(margin)), AD_ALL),
                                 ad_scale(ad_sum(ad_square(w), AD_ALL), 0.05));
        ad_state *s = ad_state_new(g, 1);
        ad_tensor *feed[] = {in, out};
        ad_array array[] = {ad_f64(x, AD_SHAPE(EXAMPLES, 3)), ad_f64(y, AD_SHAPE(EXAMPLES))};
        static const int scipy[] = {9, 17, 7};
        for (int again = 0; again < 2; again++) {
            ad_minimized r = {0};
            CHECK_OK(ad_minimize_loss(s, loss, feed, array, 2, .method = (ad_minimizer)method,
                                      .result = &r));
            CHECK(r.converged && r.evaluations <= (again ? 1 : scipy[method]));
            for (int i = 0; i < 3; i++) {
                ad_array value;
                CHECK_OK(ad_get(s, i ? b : a, &value));
                CHECK(fabs(ad_array_item(&value, i ? i - 1 : 0) - end[i]) <= 3e-8);
            }
        }
        ad_state_free(s), ad_graph_free(g), ad_context_free(c);
    }
}

/* ---- one iteration after another */

/* Bits, evaluations and products are those of one call. */
TEST(calls_that_go_on)
{
    int n = 6;
    ad_objective f = {valley, valley_product, &n};
    for (int method = 0; method < 3; method++) {
        double once[6] = {-1.2, 1, -1.2, 1, -1.2, 1}, x[6], start[6];
        memcpy(start, once, sizeof start);
        ad_minimized all, one = {0}, sum = {0};
        ad_minimizer m = (ad_minimizer)method;
        CHECK_OK(ad_minimize(&f, n, once, .method = m, .result = &all));
        int64_t room = ad_minimize_room(n, .method = m);
        double *keep = calloc((size_t)room, sizeof *keep);
        memcpy(x, start, sizeof x);
        while (keep && !one.converged && sum.iterations < 1000) {
            CHECK_OK(
                ad_minimize(&f, n, x, .method = m, .result = &one, .iterations = 1, .keep = keep));
            sum.evaluations += one.evaluations;
            sum.products += one.products;
            sum.iterations += one.iterations;
            memcpy(start, x, sizeof x);
            memset(x, 0, sizeof x); /* what is kept counts */
        }
        free(keep);
        CHECK(all.converged && memcmp(start, once, sizeof once) == 0);
        CHECK(all.evaluations == sum.evaluations && all.products == sum.products &&
              all.iterations == sum.iterations);
    }
}

/* ---- what is refused, and what breaks */

static ad_status broken(void *user, const double *x, double *value, double *g)
{
    (void)x;
    int *left = user;
    *value = g[0] = -1;
    return --*left > 0 ? AD_OK : AD_ERROR_ARGUMENT;
}

static ad_status steep(void *user, const double *x, double *value, double *g)
{
    (void)user;
    *value = x[0] < 3 ? -x[0] : (double)NAN; /* nothing is least: it falls up to a wall */
    g[0] = x[0] < 3 ? -1 : (double)NAN;
    return AD_OK;
}

TEST(refusals)
{
    double x = 0;
    int left = 3;
    ad_minimized r;
    ad_objective f = {broken, NULL, &left};
    CHECK(ad_minimize(&f, 1, &x, .method = AD_MINIMIZE_NEWTON_CG) == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "needs .product");
    CHECK(ad_minimize(&f, 0, &x) == AD_ERROR_ARGUMENT);
    CHECK(ad_minimize(NULL, 1, &x) == AD_ERROR_ARGUMENT);
    CHECK(ad_minimize(&f, 1, &x, .memory = 0) == AD_ERROR_ARGUMENT);
    CHECK(ad_minimize(&f, 1, &x, .iterations = -1) == AD_ERROR_ARGUMENT);
    CHECK(ad_minimize(&f, 1, &x) == AD_ERROR_ARGUMENT && left == 0);
    ad_objective wall = {steep, NULL, NULL};
    x = 0;
    CHECK_OK(ad_minimize(&wall, 1, &x, .result = &r));
    CHECK(!r.converged && x < 3 && x > 2.9 && r.evaluations < 200);
    x = 4;
    CHECK(ad_minimize(&wall, 1, &x) == AD_ERROR_NOT_FINITE);
}

TEST_MAIN
