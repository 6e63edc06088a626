/* Weights to begin with: moments against closed forms, shapes that are exact, sets by name. */
#include "test.h"

#include <stdlib.h>

#include <adze/train.h>

enum { ROWS = 200, COLUMNS = 300, ALL = ROWS * COLUMNS };

static ad_context *context;
static ad_graph *graph;
static ad_state *state;
static ad_tensor *w;

static void begin(ad_shape shape, ad_type type)
{
    context = ad_context_new(.threads = 1);
    graph = ad_graph_new(context);
    w = ad_variable(graph, "w", ad_full(graph, type, shape, 9));
    state = ad_state_new(graph, 1);
}

static void end(void)
{
    ad_state_free(state);
    ad_graph_free(graph);
    ad_context_free(context);
}

static void values(double *to, int count)
{
    ad_array value;
    CHECK_OK(ad_get(state, w, &value));
    CHECK_EQ(ad_array_count(&value), count);
    for (int i = 0; i < count; i++)
        to[i] = ad_array_item(&value, i);
}

static double x[ALL];

/* Mean 0 within 5 of its deviations; the variance within 5 of its own: (k - 1) / n, k the fourth
 * moment by the squared second. */
static void moments(const char *what, double deviation, double kurtosis, double most)
{
    double mean = 0, square = 0, largest = 0;
    values(x, ALL);
    for (int i = 0; i < ALL; i++) {
        mean += x[i] / ALL, square += x[i] * x[i] / ALL;
        largest = fmax(largest, fabs(x[i]));
    }
    if (!(fabs(mean) < 5 * deviation / sqrt(ALL)))
        TEST_FAILED("%s: mean %g", what, mean);
    if (!(fabs(square / (deviation * deviation) - 1) < 5 * sqrt((kurtosis - 1) / ALL)))
        TEST_FAILED("%s: deviation %g, not %g", what, sqrt(square), deviation);
    if (!(largest <= most * deviation && largest > 0.98 * fmin(most, 3.5) * deviation))
        TEST_FAILED("%s: largest %g of %g", what, largest, deviation);
    end();
}

/* Fans of a kernel (8, 25, 3, 4): 300 in, 96 out; of the matrix (200, 300): 300 and 200. */
TEST(by_fans)
{
    static const char *const name[] = {"he_normal",    "he_uniform",     "glorot_normal",
                                       "lecun_normal", "glorot_uniform", "lecun_uniform",
                                       "he_truncated"};
    static const double variance[] = {2.0 / 300, 2.0 / 300, 2.0 / 500, 1.0 / 300,
                                      2.0 / 500, 1.0 / 300, 2.0 / 300};
    for (int i = 0; i < 7; i++) {
        bool flat = strstr(name[i], "uniform") != NULL, cut = strstr(name[i], "truncated") != NULL;
        begin(AD_SHAPE(ROWS, COLUMNS), i % 2 ? AD_F32 : AD_F64);
        CHECK_OK(ad_initialize_as(state, graph, name[i], 3));
        /* fourth moments: 3 of a normal, 9/5 of a uniform, less than 2.4 of what is cut at two */
        moments(name[i], sqrt(variance[i]),
                flat  ? 1.8
                : cut ? 2.4
                      : 3,
                flat  ? sqrt(3) + 1e-6
                : cut ? 2 / 0.8796256610342398
                      : 7);
    }
    begin(AD_SHAPE(ROWS, 25, 3, 4), AD_F64); /* 2400 out, 300 in */
    CHECK_OK(ad_initialize(state, graph, .fan = AD_FAN_OUT, .gain = 3));
    moments("kernel, out", 3 / sqrt(2400), 3, 7);
    begin(AD_SHAPE(ROWS, 25, 3, 4), AD_F64);
    CHECK_OK(ad_initialize(state, graph, .fan = AD_FAN_AVERAGE));
    moments("kernel, average", 1 / sqrt(1350), 3, 7);
    begin(AD_SHAPE(ROWS, COLUMNS), AD_F64);
    CHECK_OK(ad_initialize(state, graph, .method = AD_INITIAL_DEVIATION, .deviation = 0.02));
    moments("deviation", 0.02, 3, 7);
}

/* W W^T, or W^T W of a tall one, is gain^2 I. */
TEST(orthogonal)
{
    static const int size[][2] = {{7, 12}, {12, 7}, {9, 9}};
    for (int k = 0; k < 3; k++) {
        int rows = size[k][0], columns = size[k][1], few = rows < columns ? rows : columns;
        begin(AD_SHAPE(rows, columns), AD_F64);
        CHECK_OK(ad_initialize(state, graph, .method = AD_INITIAL_ORTHOGONAL, .gain = 2));
        values(x, rows * columns);
        for (int a = 0; a < few; a++)
            for (int b = 0; b < few; b++) {
                double dot = 0;
                for (int i = 0; i < rows + columns - few; i++)
                    dot += rows <= columns ? x[a * columns + i] * x[b * columns + i]
                                           : x[i * columns + a] * x[i * columns + b];
                CHECK(fabs(dot - (a == b ? 4 : 0)) < 1e-13);
            }
        end();
    }
}

TEST(exact_ones)
{
    begin(AD_SHAPE(2, 3), AD_F32);
    CHECK_OK(ad_initialize(state, graph, .method = AD_INITIAL_IDENTITY));
    values(x, 6);
    CHECK(x[0] == 1 && x[4] == 1 && x[1] == 0 && x[2] == 0 && x[3] == 0 && x[5] == 0);
    end();
    begin(AD_SHAPE(2, 2, 3, 3), AD_F64); /* as torch's dirac_: the middle of w[i][i] */
    CHECK_OK(ad_initialize(state, graph, .method = AD_INITIAL_IDENTITY));
    values(x, 36);
    for (int i = 0; i < 36; i++)
        CHECK(x[i] == (i == 4 || i == 31));
    end();
    begin(AD_SHAPE(10, 40), AD_F64);
    CHECK_OK(
        ad_initialize(state, graph, .method = AD_INITIAL_SPARSE, .share = 0.25, .deviation = 0.01));
    values(x, 400);
    for (int c = 0; c < 40; c++) {
        int zeros = 0;
        for (int r = 0; r < 10; r++)
            zeros += x[r * 40 + c] == 0;
        CHECK_EQ(zeros, 3); /* 2.5, rounded up */
    }
    end();
    begin(AD_SHAPE(5), AD_F32);
    CHECK_OK(ad_initialize(state, graph, .method = AD_INITIAL_VALUE, .value = -0.5));
    values(x, 5);
    CHECK(x[0] == -0.5 && x[4] == -0.5);
    end();
}

/* Outputs of three layers with ReLUs between have variance 1; rows of the first stay orthogonal. */
TEST(unit_variance_layer_by_layer)
{
    static float rows[64 * 12];
    uint64_t key[2] = {3, 4};
    for (int i = 0; i < 64 * 12; i++)
        rows[i] = 3 * ad_normal_at(key, (uint32_t)i) + 1;
    context = ad_context_new(.threads = 1);
    graph = ad_graph_new(context);
    ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(64, 12)), *out[3], *weight[3];
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a", "b", "c"};
        char name[16];
        out[i] = ad_linear(i ? ad_relu(out[i - 1]) : in, .out = 8, .name = names[i]);
        snprintf(name, sizeof name, "%s.weight", names[i]);
        weight[i] = ad_find(graph, name);
    }
    state = ad_state_new(graph, 1);
    ad_array array = ad_f32(rows, AD_SHAPE(64, 12)), got[3] = {{0}};
    CHECK_OK(ad_initialize_lsuv(state, weight, out, 3, &in, &array, 1, .seed = 2));
    ad_program *p = ad_compile(state, .fetch = {out[0], out[1], out[2]}, .feed = {in});
    CHECK(p && ad_run(p, &array, got) == AD_OK);
    for (int k = 0; k < 3; k++) {
        double mean = 0, square = 0;
        for (int i = 0; i < 64 * 8; i++)
            mean += ad_array_item(&got[k], i) / (64 * 8);
        for (int i = 0; i < 64 * 8; i++)
            square += pow(ad_array_item(&got[k], i) - mean, 2) / (64 * 8);
        CHECK_CLOSE(square, 1, 0.01);
    }
    ad_program_free(p);
    w = weight[0];
    values(x, 8 * 12);
    for (int k = 1; k < 8; k++) {
        double dot = 0, same = 0;
        for (int i = 0; i < 12; i++)
            dot += x[i] * x[12 * k + i], same += x[i] * x[i];
        CHECK(fabs(dot) < 1e-6 * same);
    }
    CHECK(ad_initialize_lsuv(state, weight, out, 3, &in, &array, 1, .within = 0) != AD_OK);
    memset(rows, 0, sizeof rows);
    CHECK_OK(
        ad_initialize(state, graph, .method = AD_INITIAL_VALUE, .match = "*bias", .all = true));
    CHECK(ad_initialize_lsuv(state, weight, out, 3, &in, &array, 1) == AD_ERROR_NOT_FINITE);
    CHECK_CONTAINS(ad_error(), "an output has the variance 0");
    end();
}

/* As torch.nn.init.calculate_gain of torch 2.15. */
TEST(gains)
{
    CHECK(ad_gain("linear", 0) == 1 && ad_gain("sigmoid", 0) == 1);
    CHECK(fabs(ad_gain("tanh", 0) - 1.6666666666666667) < 1e-15);
    CHECK(fabs(ad_gain("relu", 0) - 1.4142135623730951) < 1e-15);
    CHECK(fabs(ad_gain("leaky_relu", 0.2) - 1.3867504905630728) < 1e-15);
    CHECK(ad_gain("selu", 0) == 0.75 && isnan(ad_gain("step", 0)));
}

TEST(sets)
{
    context = ad_context_new(.threads = 1);
    graph = ad_graph_new(context);
    ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(4, 5, 8));
    ad_tensor *h = ad_lstm(ad_layer_norm(in), .width = 6, .name = "r");
    ad_tensor *y = ad_linear(h, .out = 3, .name = "out");
    ad_tensor *e = ad_embedding(ad_cast(ad_feed(graph, "t", AD_I32, AD_SHAPE(4)), AD_I32),
                                .count = 9, .width = 3, .name = "e");
    CHECK(!ad_tensor_error(y) && !ad_tensor_error(e));
    state = ad_state_new(graph, 1);
    ad_array before, value;
    float kept[8];
    w = ad_find(graph, "out.weight");
    CHECK_OK(ad_get(state, w, &before));
    memcpy(kept, before.data, sizeof kept);
    CHECK_OK(ad_initialize_as(state, graph, "pytorch", 4));
    CHECK_OK(ad_get(state, w, &value));
    CHECK(!memcmp(kept, value.data, sizeof kept)); /* layers begin so */
    CHECK_OK(ad_initialize_as(state, graph, "keras", 4));
    CHECK_OK(ad_get(state, ad_find(graph, "out.weight"), &value));
    CHECK(memcmp(kept, value.data, sizeof kept) != 0);
    double most = 0;
    for (int i = 0; i < 18; i++)
        most = fmax(most, fabs(ad_array_item(&value, i)));
    CHECK(most <= sqrt(6.0 / 9) && most > 0.5 * sqrt(6.0 / 9)); /* Glorot, uniform */
    CHECK_OK(ad_get(state, ad_find(graph, "out.bias"), &value));
    CHECK(ad_array_item(&value, 0) == 0 && ad_array_item(&value, 2) == 0);
    CHECK_OK(ad_get(state, ad_find(graph, "e.weight"), &value));
    for (int i = 0; i < 27; i++)
        CHECK(fabs(ad_array_item(&value, i)) <= 0.05 + 1e-9);
    CHECK(ad_initialize_as(state, graph, "he", 4) == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "none of pytorch, keras");
    CHECK(ad_initialize(state, graph, .match = "no*") == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "matches no weight");
    CHECK(ad_initialize(state, graph, .share = 2) == AD_ERROR_ARGUMENT);
    end();
}

TEST_MAIN
