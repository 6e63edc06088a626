/* Norms, means and variances over the whole range of the type: values too large or too small to be
 * squared, and values that lie far from 0 and near each other.  Each against double, and the same
 * bits from kernels, unfused, and from the interpreter. */
#include "test.h"

#include <stdlib.h>

#include "arrays.h"
#include "one_graph.h"

enum { MOST = 4096 };

struct row {
    const char *what;
    double middle, apart; /* middle + apart (0, 1, 2... shuffled) */
};

static const struct row rows[] = {
    {"ordinary", 0.5, 0.1},  {"far", 10000, 1e-3},  {"farther", 1e6, 0.25}, {"below", -10000, 1e-3},
    {"huge", 1e30, 1e29},    {"around 0", 0, 1e30}, {"squares", 0, 2e19},   {"largest", 3e37, 1e35},
    {"lowest", -3e37, 1e35}, {"small", 1e-3, 1e-5},
};

/* Not in order, and of both signs around 0. */
static void fill(float *x, int n, const struct row *row)
{
    for (int i = 0; i < n; i++) {
        int place = (int)((i * INT64_C(7919)) % n) - (row->middle == 0 ? n / 2 : 0);
        x[i] = (float)(row->middle + row->apart * place / n * 16);
    }
}

static double mean_of(const float *x, int n, int step)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)x[i * step] / n;
    return sum;
}

static double variance_of(const float *x, int n, int step)
{
    double mean = mean_of(x, n, step), sum = 0;
    for (int i = 0; i < n; i++)
        sum += (x[i * step] - mean) * (x[i * step] - mean) / n;
    return sum;
}

/* One run of y at x, by three ways that must agree bit for bit; the values of the first. */
static bool values(ad_tensor *y, ad_array x, float *out, int n)
{
    const ad_compile_options ways[] = {
        AD_OPTIONS(ad_compile_options, .fetch = {y}),
        AD_OPTIONS(ad_compile_options, .fetch = {y}, .naive = true),
        AD_OPTIONS(ad_compile_options, .fetch = {y}, .off = {.no_fuse = true})};
    ad_state *s = ad_state_new(graph, 1);
    bool ok = s;
    for (int way = 0; ok && way < 3; way++) {
        ad_array result = {0};
        ad_program *p = (ad_compile)(s, &ways[way]);
        ok = p && ad_run(p, &x, &result) == AD_OK && ad_array_count(&result) == n;
        if (ok && way == 0)
            memcpy(out, result.data, sizeof *out * (size_t)n);
        if (ok && memcmp(out, result.data, sizeof *out * (size_t)n))
            TEST_FAILED("way %d gives other bits", way);
        ad_program_free(p);
    }
    if (!ok)
        TEST_FAILED("no value: %s", ad_error());
    ad_state_free(s);
    return ok;
}

static void check_near(const char *what, int n, double got, double right, double bound)
{
    if (!(fabs(got - right) <= bound))
        TEST_FAILED("%s, %d: %.9g, not %.9g", what, n, got, right);
}

static void check_layer_norm(const struct row *row, int n)
{
    static float x[MOST], y[MOST];
    begin();
    fill(x, n, row);
    ad_tensor *feed = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, n));
    bool ok = values(ad_layer_normalize(feed, NULL, NULL, 1e-5), ad_f32(x, AD_SHAPE(1, n)), y, n);
    double mean = mean_of(x, n, 1), deviation = sqrt(variance_of(x, n, 1) + 1e-5);
    for (int i = 0; ok && i < n; i++)
        check_near(row->what, n, y[i], (x[i] - mean) / deviation, 2e-6);
    end();
}

TEST(layer_norm)
{
    static const int sizes[] = {2, 16, 64, 100, 1024, 4096};
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            check_layer_norm(&rows[k], sizes[i]);
}

/* What varies too much has an infinite variance, as it should. */
TEST(variance)
{
    static float x[MOST], y[1];
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        for (int n = 50; n <= 4000; n *= 4) {
            begin();
            fill(x, n, &rows[k]);
            ad_tensor *feed = ad_feed(graph, "x", AD_F32, AD_SHAPE(n));
            double right = (float)variance_of(x, n, 1);
            if (values(ad_variance(feed, AD_ALL), ad_f32(x, AD_SHAPE(n)), y, 1) && isinf(right))
                CHECK(isinf(y[0]));
            else
                check_near(rows[k].what, n, y[0], right, 1e-6 * right);
            end();
        }
}

/* Gradients of a weighted sum of the normalized values, against the formula in double. */
TEST(layer_norm_gradient)
{
    static float x[MOST], dx[MOST];
    enum { N = 64 };
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        begin();
        fill(x, N, &rows[k]);
        ad_tensor *feed = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, N)), *d;
        ad_tensor *weight = ad_shift(ad_scale(ad_range(graph, AD_F32, N), 0.03125), -1);
        ad_tensor *y = ad_layer_normalize(feed, NULL, NULL, 1e-5);
        ad_gradient(ad_sum(ad_mul(y, weight), AD_ALL), &feed, 1, &d);
        double mean = mean_of(x, N, 1), r = 1 / sqrt(variance_of(x, N, 1) + 1e-5), first = 0,
               along = 0;
        for (int i = 0; i < N; i++)
            first += (i * 0.03125 - 1) / N, along += (i * 0.03125 - 1) * (x[i] - mean) * r / N;
        bool ok = values(d, ad_f32(x, AD_SHAPE(1, N)), dx, N);
        for (int i = 0; ok && i < N; i++)
            check_near(rows[k].what, i, dx[i] / r,
                       i * 0.03125 - 1 - first - along * (x[i] - mean) * r, 4e-6);
        end();
    }
}

/* Batch norm keeps a variance, so its values end where that does. */
TEST(batch_norm)
{
    enum { N = 48, CHANNELS = 5 };
    static float x[N * CHANNELS];
    static const double middle[CHANNELS] = {0, 10000, -1e6, 3, 1e18},
                        apart[CHANNELS] = {1, 1e-3, 0.5, 1e-2, 1e17};
    for (int i = 0; i < N * CHANNELS; i++)
        x[i] = (float)(middle[i % CHANNELS] + apart[i % CHANNELS] * (i / CHANNELS * 29 % N));
    begin();
    ad_tensor *feed = ad_feed(graph, "x", AD_F32, AD_SHAPE(N, CHANNELS));
    ad_tensor *y = ad_batch_norm(feed, .momentum = 1);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y}, .training = true);
    ad_array in = ad_f32(x, AD_SHAPE(N, CHANNELS)), out = {0}, mean = {0}, variance = {0};
    REQUIRE(p && ad_run(p, &in, &out) == AD_OK);
    REQUIRE(ad_get(state, ad_find(graph, "batch_norm1.running_mean"), &mean) == AD_OK);
    REQUIRE(ad_get(state, ad_find(graph, "batch_norm1.running_var"), &variance) == AD_OK);
    for (int c = 0; c < CHANNELS; c++) {
        double m = mean_of(x + c, N, CHANNELS), v = variance_of(x + c, N, CHANNELS);
        check_near("running mean", c, ad_array_item(&mean, c), m, 1e-6 * fabs(m));
        check_near("running variance", c, ad_array_item(&variance, c), v * N / (N - 1), 1e-6 * v);
        for (int i = 0; i < N; i++)
            check_near("batch norm", c, ad_array_item(&out, i * CHANNELS + c),
                       (x[i * CHANNELS + c] - m) / sqrt(v + 1e-5), 2e-6);
    }
    ad_program_free(p);
    end();
}

/* Gradients are what is fed: their norm, and weights after a clipped step of rate 1. */
static void check_clip(ad_type type, double size, double clip)
{
    begin();
    ad_tensor *w = ad_variable(graph, "w", ad_full(graph, type, AD_SHAPE(3), 0));
    ad_tensor *b = ad_variable(graph, "b", ad_full(graph, type, AD_SHAPE(1), 0));
    ad_tensor *x = ad_feed(graph, "x", type, AD_SCALAR), *norm;
    ad_tensor *sum = ad_add(ad_sum(w, AD_ALL), ad_sum(b, AD_ALL));
    ad_tensor *step = ad_sgd(ad_mul(sum, x), .rate = 1, .clip_norm = clip, .norm = &norm);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step, norm}, .training = true);
    float single = (float)size;
    ad_array in = type == AD_F32 ? ad_f32(&single, AD_SCALAR) : ad_f64(&size, AD_SCALAR);
    ad_array out[2] = {{0}}, now = {0};
    REQUIRE(p && ad_run(p, &in, out) == AD_OK && ad_get(state, w, &now) == AD_OK);
    double right = 2 * ad_array_item(&in, 0), factor = clip / (right + 1e-6);
    check_near("norm", type, ad_array_item(&out[1], 0), right, 1e-6 * right);
    right = -(factor < 1 ? factor : 1) * ad_array_item(&in, 0);
    check_near("step", type, ad_array_item(&now, 2), right, -1e-6 * right);
    ad_program_free(p);
    end();
}

TEST(global_norm)
{
    static const double sizes[] = {1e-42, 1e-30, 1e-19, 1, 1e19, 1e20, 1e36};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_clip(AD_F32, sizes[i], 1);
    check_clip(AD_F64, 1e-200, 1);
    check_clip(AD_F64, 3, 1);
    check_clip(AD_F64, 1e200, 1);
    check_clip(AD_F64, 0, 1);
}
TEST_MAIN
