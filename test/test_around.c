/* What goes around an optimizer: averages, look-ahead, SAM, noise, proximal steps.  Expected values
 * are closed forms, or the step written out. */
#include "test.h"

#include <stdlib.h>

#include <adze/adze.h>

enum { N = 6, RUNS = 12 };

static const double start[N] = {1, -2, 0.5, 3, -0.25, 0}, stiff[N] = {1, 0.5, 2, 0.25, 1.5, 1};

static ad_context *context;
static ad_graph *graph;
static ad_tensor *w, *loss;

/* loss = sum(stiff w^2) / 2 of a matrix (2, 3): the gradient is stiff w. */
static void begin(void)
{
    context = ad_context_new(.threads = 1);
    graph = ad_graph_new(context);
    w = ad_variable(graph, "w", ad_constant(graph, ad_f64(start, AD_SHAPE(2, 3))));
    ad_tensor *s = ad_constant(graph, ad_f64(stiff, AD_SHAPE(2, 3)));
    loss = ad_scale(ad_sum(ad_mul(s, ad_square(w)), AD_ALL), 0.5);
}

static void end(void)
{
    ad_graph_free(graph);
    ad_context_free(context);
}

/* The values of `of` after each run. */
static void train(ad_tensor *step, const char *of, double values[RUNS][N])
{
    ad_state *state = ad_state_new(graph, 1);
    if (ad_tensor_error(step))
        TEST_FAILED("%s", ad_tensor_error(step));
    ad_program *p = ad_compile(state, .fetch = {step}, .training = true);
    REQUIRE(p);
    for (int run = 0; run < RUNS; run++) {
        ad_array out = {0}, value = {0};
        CHECK_OK(ad_run(p, NULL, &out));
        CHECK_OK(ad_get(state, ad_find(graph, of), &value));
        memcpy(values[run], value.data, sizeof values[run]);
    }
    ad_program_free(p);
    ad_state_free(state);
}

static void same(const char *what, int run, const double *got, const double *expected)
{
    for (int i = 0; i < N; i++)
        if (!(fabs(got[i] - expected[i]) <= 1e-13))
            TEST_FAILED("%s, run %d: [%d] is %.16g, not %.16g", what, run, i, got[i], expected[i]);
}

/* w(t) = start (1 - rate stiff)^(t + 1) after run t. */
static double plain(int i, int run)
{
    return start[i] * pow(1 - 0.1 * stiff[i], run + 1);
}

TEST(equal_means)
{
    double values[RUNS][N];
    begin();
    train(ad_swa(ad_sgd(loss, .rate = 0.1), 3, 2), "average.w", values);
    for (int run = 3; run < RUNS; run++) {
        double mean[N] = {0};
        int count = 0;
        for (int r = 3; r <= run; r += 2, count++)
            for (int i = 0; i < N; i++)
                mean[i] += plain(i, r);
        for (int i = 0; i < N; i++)
            mean[i] /= count;
        same("swa", run, values[run], mean);
    }
    end();
}

/* average = d average + (1 - d) w, d = min(decay, (1 + t) / (10 + t)), the weight at first. */
TEST(moving_averages)
{
    double values[RUNS][N], mean[N];
    begin();
    train(ad_average(ad_sgd(loss, .rate = 0.1), 0.4), "average.w", values);
    for (int run = 0; run < RUNS; run++) {
        double d = run ? fmin(0.4, (1.0 + run) / (10 + run)) : 0;
        for (int i = 0; i < N; i++)
            mean[i] = run ? d * mean[i] + (1 - d) * plain(i, run) : plain(i, 0);
        same("average", run, values[run], mean);
    }
    end();
}

TEST(look_ahead)
{
    double values[RUNS][N], now[N], slow[N];
    begin();
    train(ad_lookahead(ad_sgd(loss, .rate = 0.1), 3, 0.5), "w", values);
    memcpy(now, start, sizeof now);
    memcpy(slow, start, sizeof slow);
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < N; i++) {
            now[i] -= 0.1 * stiff[i] * now[i];
            if (run % 3 == 2)
                now[i] = slow[i] += 0.5 * (now[i] - slow[i]);
        }
        same("lookahead", run, values[run], now);
    }
    end();
}

TEST(sharpness_aware)
{
    double values[RUNS][N], now[N];
    begin();
    train(ad_sgd(ad_sam(loss, 0.05), .rate = 0.1), "w", values);
    memcpy(now, start, sizeof now);
    for (int run = 0; run < RUNS; run++) {
        double norm = 0, g[N];
        for (int i = 0; i < N; i++)
            g[i] = stiff[i] * now[i], norm += g[i] * g[i];
        norm = sqrt(norm) + 1e-12;
        for (int i = 0; i < N; i++)
            now[i] -= 0.1 * stiff[i] * (now[i] + 0.05 * g[i] / norm);
        same("sam", run, values[run], now);
    }
    end();
}

/* The gradient's mean is the true one and its variance eta / (1 + t)^gamma; the value is the
 * loss's.  Of 20000 numbers the mean is within 5 deviations, the variance within 5 of its own. */
TEST(noise)
{
    enum { MANY = 20000 };
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *v = ad_variable(g, "v", ad_full(g, AD_F64, AD_SHAPE(MANY), 2)), *d;
    ad_tensor *own = ad_sum(ad_square(v), AD_ALL), *noisy = ad_noisy_gradient(own, 0.3, 0.55);
    ad_gradient(noisy, &v, 1, &d);
    ad_state *s = ad_state_new(g, 3);
    ad_program *p = ad_compile(s, .fetch = {d, noisy, own}, .training = true);
    REQUIRE(p);
    for (int run = 0; run < 3; run++) {
        ad_array out[3] = {0};
        CHECK_OK(ad_run(p, NULL, out));
        double mean = 0, square = 0, variance = 0.3 * pow(1 + run, -0.55);
        for (int i = 0; i < MANY; i++) {
            double off = ad_array_item(&out[0], i) - 4;
            mean += off / MANY, square += off * off / MANY;
        }
        CHECK(fabs(mean) < 5 * sqrt(variance / MANY));
        CHECK(fabs(square / variance - 1) < 5 * sqrt(2.0 / MANY));
        CHECK(ad_array_item(&out[1], 0) == ad_array_item(&out[2], 0));
    }
    ad_program_free(p), ad_state_free(s), ad_graph_free(g), ad_context_free(c);
}

/* ---- constraints */

static double soft(double x, double by)
{
    return copysign(fmax(fabs(x) - by, 0), x);
}

TEST(proximal_steps)
{
    double values[RUNS][N], now[N];
    int zeros = 0;
    begin();
    train(ad_constrain(ad_sgd(loss, .rate = 0.1), .rate = 0.1, .l1 = 0.5, .l2 = 0.3), "w", values);
    memcpy(now, start, sizeof now);
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < N; i++)
            now[i] = soft(now[i] - 0.1 * stiff[i] * now[i], 0.05) / 1.03;
        same("elastic net", run, values[run], now);
    }
    for (int i = 0; i < N; i++) {
        CHECK((values[RUNS - 1][i] == 0) == (now[i] == 0));
        zeros += values[RUNS - 1][i] == 0;
    }
    CHECK(zeros >= 3); /* exactly 0 */
    end();
}

/* With l1 alone the end of sum(stiff (w - c)^2) / 2 + l1 |w| is soft(c, l1 / stiff). */
TEST(where_the_lasso_ends)
{
    double values[RUNS][N];
    begin();
    ad_tensor *c = ad_constant(graph, ad_f64(start, AD_SHAPE(2, 3)));
    ad_tensor *s = ad_constant(graph, ad_f64(stiff, AD_SHAPE(2, 3)));
    ad_tensor *l = ad_scale(ad_sum(ad_mul(s, ad_square(ad_sub(w, c))), AD_ALL), 0.5);
    ad_tensor *step = ad_constrain(ad_sgd(l, .rate = 0.5), .rate = 0.5, .l1 = 0.4);
    for (int again = 0; again < 1; again++)
        train(step, "w", values);
    ad_state *state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step}, .training = true);
    for (int run = 0; run < 400; run++) {
        ad_array out = {0};
        CHECK_OK(ad_run(p, NULL, &out));
    }
    ad_array value;
    CHECK_OK(ad_get(state, w, &value));
    for (int i = 0; i < N; i++)
        CHECK(fabs(ad_array_item(&value, i) - soft(start[i], 0.4 / stiff[i])) < 1e-12);
    ad_program_free(p), ad_state_free(state);
    end();
}

TEST(rows)
{
    double values[RUNS][N], now[N];
    begin();
    train(ad_constrain(ad_sgd(loss, .rate = 0.1), .match = "w", .rate = 0.1, .group = 2,
                       .max_norm = 1.5),
          "w", values);
    memcpy(now, start, sizeof now);
    for (int run = 0; run < RUNS; run++) {
        for (int row = 0; row < 2; row++) {
            double norm = 0, *r = now + 3 * row;
            for (int i = 0; i < 3; i++)
                r[i] -= 0.1 * stiff[3 * row + i] * r[i], norm += r[i] * r[i];
            norm = sqrt(norm);
            double left = fmax(norm - 0.2 * sqrt(3), 0), most = fmin(left, 1.5);
            for (int i = 0; i < 3; i++)
                r[i] *= norm > 0 ? most / norm : 0;
        }
        same("rows", run, values[run], now);
    }
    CHECK(values[RUNS - 1][0] == 0 && values[RUNS - 1][1] == 0); /* the whole row */
    end();
}

TEST(orthogonal)
{
    begin();
    ad_state *s = ad_state_new(graph, 1);
    ad_tensor *wide = ad_orthogonal_penalty(w);
    ad_tensor *tall = ad_orthogonal_penalty(ad_transpose(w, AD_AXES(1, 0)));
    ad_program *p = ad_compile(s, .fetch = {wide, tall});
    REQUIRE(p);
    ad_array out[2] = {0};
    CHECK_OK(ad_run(p, NULL, out));
    double aa = 5.25 - 1, ab = 3 * 1 + 0.5, bb = 9.0625 - 1; /* of W W^T */
    CHECK(fabs(ad_array_item(&out[0], 0) - (aa * aa + 2 * ab * ab + bb * bb)) < 1e-12);
    CHECK(ad_array_item(&out[0], 0) == ad_array_item(&out[1], 0));
    ad_program_free(p), ad_state_free(s);
    end();
}

static void refused(ad_tensor *t, const char *words)
{
    const char *message = ad_tensor_error(t);
    if (!message || !strstr(message, words))
        TEST_FAILED("the message is \"%s\", without \"%s\"", message ? message : "none", words);
    end();
}

/* By rows, as timm 1.0.31's adaptive_clip_grad(clip_factor=0.5, eps=1e-3): rows (1, -2, 0.5) and
 * (3, -0.25, 0) have norms 2.2913 and 3.0104, their gradients sqrt(3) and 0.8385; so the first is
 * scaled by 0.6614 and the second is not. */
TEST(adaptive_clipping)
{
    double values[RUNS][N], after[N];
    begin();
    train(ad_sgd(loss, .rate = 0.1, .clip_adaptive = 0.5), "w", values);
    double ratio = 0.5 * sqrt(5.25) / sqrt(3);
    for (int i = 0; i < N; i++)
        after[i] = start[i] * (1 - 0.1 * stiff[i] * (i < 3 ? ratio : 1));
    same("adaptive", 0, values[0], after);
    end();
    begin();
    refused(ad_sgd(loss, .clip_adaptive = 0), ".clip_adaptive is 0; it is a number above 0");
}

/* A run whose gradient is not finite changes nothing but the count, Adam's step neither. */
TEST(updates_left_out)
{
    static const double factor[] = {1, (double)INFINITY, 1, (double)NAN, 0.5};
    double kept[2][N];
    for (int broken = 0; broken < 2; broken++) {
        begin();
        ad_tensor *by = ad_feed(graph, "by", AD_F64, AD_SCALAR);
        ad_tensor *step = ad_adam(ad_mul(loss, by), .rate = 0.1, .skip_nonfinite = true);
        ad_state *state = ad_state_new(graph, 1);
        ad_program *p = ad_compile(state, .fetch = {step}, .feed = {by}, .training = true);
        REQUIRE(p);
        for (int run = 0; run < 5; run++) {
            ad_array out = {0};
            if (broken || run % 2 == 0)
                CHECK_OK(ad_run(p, (ad_array[]){ad_f64(&factor[run], AD_SCALAR)}, &out));
        }
        ad_array value;
        CHECK_OK(ad_get(state, w, &value));
        memcpy(kept[broken], value.data, sizeof kept[0]);
        CHECK_OK(ad_get(state, ad_find(graph, "adam.skipped"), &value));
        CHECK_EQ(((const int64_t *)value.data)[0], broken ? 2 : 0);
        CHECK_OK(ad_get(state, ad_find(graph, "adam.step"), &value));
        CHECK_EQ(((const int64_t *)value.data)[0], 3);
        ad_program_free(p), ad_state_free(state);
        end();
    }
    CHECK(!memcmp(kept[0], kept[1], sizeof kept[0]));
}

TEST(refusals)
{
    begin();
    refused(ad_swa(ad_sgd(loss), -1, 1), "begin is 0 or more");
    begin();
    refused(ad_lookahead(ad_sgd(loss), 0, 0.5), "k is 1 or more");
    begin();
    refused(ad_sam(loss, 0), "rho is a number above 0");
    begin();
    refused(ad_sam(ad_number(graph, AD_F64, 1), 0.1), "depends on no variable");
    begin();
    refused(ad_noisy_gradient(loss, -1, 0.55), "from 0 up");
    begin();
    refused(ad_constrain(ad_sgd(loss), .match = "x*"), "matches no variable");
    begin();
    refused(ad_constrain(ad_sgd(loss), .l1 = -1), "numbers from 0 up");
    begin();
    refused(ad_orthogonal_penalty(loss), "not a matrix");
}

TEST_MAIN
