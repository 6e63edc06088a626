/* Optimizers against the formulas of PyTorch written out for single numbers, and what they refuse.
 */
#include "test.h"

#include <stdlib.h>

#include <adze/adze.h>

enum { N = 4, RUNS = 9 };

static const double start[N] = {1, -2, 0.5, 3}, target[N] = {0, 1, -1, 2.5},
                    stiffness[N] = {1, 0.5, 4, 0.25};

static ad_context *context;
static ad_graph *graph;
static ad_tensor *w, *pull;

/* loss = pull * sum(stiffness (w - target)^2) / 2, gradient pull * stiffness (w - target); pull is
 * fed. */
static ad_tensor *begin(void)
{
    context = ad_context_new(.threads = 1);
    graph = ad_graph_new(context);
    w = ad_variable(graph, "net.w", ad_constant(graph, ad_f64(start, AD_SHAPE(N))));
    pull = ad_feed(graph, "pull", AD_F64, AD_SCALAR);
    ad_tensor *distance = ad_sub(w, ad_constant(graph, ad_f64(target, AD_SHAPE(N))));
    ad_tensor *energy =
        ad_mul(ad_square(distance), ad_constant(graph, ad_f64(stiffness, AD_SHAPE(N))));
    return ad_scale(ad_mul(pull, ad_sum(energy, AD_ALL)), 0.5);
}

static void end(void)
{
    ad_graph_free(graph);
    ad_context_free(context);
}

static double pull_of(int run)
{
    return 1 + 0.5 * (run % 3);
}

static double gradient_of(const double *now, int i, int run)
{
    return pull_of(run) * stiffness[i] * (now[i] - target[i]);
}

/* Trains; weights after each run, values[run][i]. */
static void train(ad_tensor *step, double values[RUNS][N], ad_tensor *extra, double *extras)
{
    ad_state *state = ad_state_new(graph, 1);
    ad_program *p =
        ad_compile(state, .fetch = {step, extra}, .feed = {pull}, .training = true, .naive = true);
    if (!p)
        TEST_FAILED("%s", ad_error());
    for (int run = 0; p && run < RUNS; run++) {
        double force = pull_of(run);
        ad_array out[2] = {0}, value = {0};
        if (ad_run(p, (ad_array[]){ad_f64(&force, AD_SCALAR)}, out) != AD_OK ||
            ad_get(state, w, &value) != AD_OK) {
            TEST_FAILED("%s", ad_error());
            break;
        }
        memcpy(values[run], value.data, sizeof values[run]);
        if (extra)
            extras[run] = ad_array_item(&out[1], 0);
    }
    ad_program_free(p);
    ad_state_free(state);
}

/* The optimizer as written out: changes the weights by the gradient of this run. */
typedef void rule(double *now, int i, double g, int t, double *slot);

static void check(ad_tensor *step, rule *expected)
{
    double values[RUNS][N] = {{0}}, now[N], slot[N][3] = {{0}};
    train(step, values, NULL, NULL);
    memcpy(now, start, sizeof now);
    for (int run = 0; run < RUNS; run++) {
        double g[N];
        for (int i = 0; i < N; i++)
            g[i] = gradient_of(now, i, run);
        for (int i = 0; i < N; i++) {
            expected(now, i, g[i], run + 1, slot[i]);
            if (!(fabs(values[run][i] - now[i]) <= 1e-13))
                TEST_FAILED("run %d, weight %d: %.17g, not %.17g", run, i, values[run][i], now[i]);
        }
    }
}

/* ---- each method */

static void plain(double *now, int i, double g, int t, double *slot)
{
    (void)t, (void)slot;
    now[i] -= 0.01 * g;
}

static void momentum(double *now, int i, double g, int t, double *slot)
{
    (void)t;
    g += 0.1 * now[i];
    slot[0] = 0.9 * slot[0] + g;
    now[i] -= 0.05 * slot[0];
}

static void nesterov(double *now, int i, double g, int t, double *slot)
{
    (void)t;
    slot[0] = 0.5 * slot[0] + g;
    now[i] -= 0.125 * (g + 0.5 * slot[0]);
}

static void rmsprop(double *now, int i, double g, int t, double *slot)
{
    (void)t;
    slot[0] = 0.99 * slot[0] + 0.01 * g * g;
    now[i] -= 0.01 * g / (sqrt(slot[0]) + 1e-8);
}

static void rmsprop_momentum(double *now, int i, double g, int t, double *slot)
{
    (void)t;
    g += 0.25 * now[i];
    slot[0] = 0.5 * slot[0] + 0.5 * g * g;
    slot[1] = 0.9 * slot[1] + g / (sqrt(slot[0]) + 1e-3);
    now[i] -= 0.02 * slot[1];
}

static void adam_core(double *now, int i, double g, int t, double *slot, double rate, double beta1,
                      double beta2, double epsilon)
{
    slot[0] = beta1 * slot[0] + (1 - beta1) * g;
    slot[1] = beta2 * slot[1] + (1 - beta2) * g * g;
    double m = slot[0] / (1 - pow(beta1, t)), v = slot[1] / (1 - pow(beta2, t));
    now[i] -= rate * m / (sqrt(v) + epsilon);
}

static void adam(double *now, int i, double g, int t, double *slot)
{
    adam_core(now, i, g, t, slot, 0.001, 0.9, 0.999, 1e-8);
}

static void adam_decay(double *now, int i, double g, int t, double *slot)
{
    adam_core(now, i, g + 0.5 * now[i], t, slot, 0.1, 0, 0.5, 1e-4);
}

static void adamw(double *now, int i, double g, int t, double *slot)
{
    now[i] -= 0.1 * 0.01 * now[i];
    adam_core(now, i, g, t, slot, 0.1, 0.9, 0.999, 1e-8);
}

TEST(methods)
{
    check(ad_sgd(begin()), plain), end();
    check(ad_sgd(begin(), .rate = 0.05, .momentum = 0.9, .decay = 0.1), momentum), end();
    check(ad_sgd(begin(), .rate = 0.125, .momentum = 0.5, .nesterov = true), nesterov), end();
    check(ad_rmsprop(begin()), rmsprop), end();
    check(ad_rmsprop(begin(), .rate = 0.02, .alpha = 0.5, .epsilon = 1e-3, .momentum = 0.9,
                     .decay = 0.25),
          rmsprop_momentum),
        end();
    check(ad_adam(begin()), adam), end();
    check(ad_adam(begin(), .rate = 0.1, .beta1 = 0, .beta2 = 0.5, .epsilon = 1e-4, .decay = 0.5),
          adam_decay),
        end();
    check(ad_adamw(begin(), .rate = 0.1), adamw), end();
}

/* ---- what all share */

static void grouped(double *now, int i, double g, int t, double *slot)
{
    (void)t, (void)slot;
    now[i] -= 0.01 * 0.5 * (g + 0.25 * now[i]);
}

static void limited(double *now, int i, double g, int t, double *slot)
{
    (void)t, (void)slot;
    now[i] -= 0.01 * fmin(fmax(g, -0.5), 0.5);
}

static void still(double *now, int i, double g, int t, double *slot)
{
    (void)now, (void)i, (void)g, (void)t, (void)slot;
}

TEST(settings)
{
    check(ad_sgd(begin(), .decay = 3,
                 .groups = {AD_GROUP(.match = "n*.w", .rate_scale = 0.5, .decay = 0.25),
                            AD_GROUP(.match = "*")}),
          grouped),
        end();
    check(ad_sgd(begin(), .clip_value = 0.5), limited), end();
    check(ad_sgd(begin(), .rate = 0), still), end();
    check(ad_sgd(begin(), .scope = "net."), plain), end();
    ad_tensor *loss = begin();
    check(ad_sgd(loss, .variables = {w, w}), plain), end();
    loss = begin();
    check(ad_sgd(loss, .rate_tensor = ad_number(graph, AD_F64, 0.01)), plain), end();
}

TEST(clip_norm)
{
    double values[RUNS][N] = {{0}}, norms[RUNS] = {0}, now[N];
    ad_tensor *loss = begin(), *norm = NULL;
    ad_tensor *step = ad_sgd(loss, .rate = 0.5, .clip_norm = 1.5, .norm = &norm);
    train(step, values, norm, norms);
    memcpy(now, start, sizeof now);
    for (int run = 0; run < RUNS; run++) {
        double g[N], square = 0;
        for (int i = 0; i < N; i++) {
            g[i] = gradient_of(now, i, run);
            square += g[i] * g[i];
        }
        CHECK(fabs(norms[run] - sqrt(square)) <= 1e-13);
        double factor = fmin(1, 1.5 / (sqrt(square) + 1e-6));
        for (int i = 0; i < N; i++) {
            now[i] -= 0.5 * factor * g[i];
            CHECK(fabs(values[run][i] - now[i]) <= 1e-13);
        }
    }
    end();
}

/* Three runs of one step see the same weights; the step is that of their mean. */
TEST(accumulate)
{
    double values[RUNS][N] = {{0}}, now[N], slot[N][3] = {{0}};
    train(ad_adam(begin(), .accumulate = 3), values, NULL, NULL);
    memcpy(now, start, sizeof now);
    for (int run = 0; run < RUNS; run++) {
        double mean[N];
        for (int i = 0; i < N; i++)
            mean[i] =
                (gradient_of(now, i, 0) + gradient_of(now, i, 1) + gradient_of(now, i, 2)) / 3;
        for (int i = 0; i < N; i++) {
            if (run % 3 == 2)
                adam(now, i, mean[i], run / 3 + 1, slot[i]);
            if (!(fabs(values[run][i] - now[i]) <= 1e-13))
                TEST_FAILED("run %d, weight %d: %.17g, not %.17g", run, i, values[run][i], now[i]);
        }
    }
    end();
}

TEST(buffers)
{
    ad_tensor *loss = begin();
    ad_adam(loss);
    CHECK(ad_find(graph, "adam.exp_avg.net.w") && ad_find(graph, "adam.exp_avg_sq.net.w"));
    CHECK(ad_find(graph, "adam.step") && !ad_trainable(ad_find(graph, "adam.step")));
    ad_adam(loss); /* without a name of its own it is numbered */
    CHECK(ad_find(graph, "adam2.exp_avg.net.w") && ad_find(graph, "adam2.step"));
    ad_sgd(loss, .momentum = 0.5, .name = "warm", .accumulate = 2);
    CHECK(ad_find(graph, "warm.momentum_buffer.net.w") && ad_find(graph, "warm.accumulated.net.w"));
    end();
}

/* A fetched loss alone makes no step. */
TEST(owner)
{
    ad_tensor *loss = begin(), *step = ad_sgd(loss);
    CHECK(loss != step);
    double values[RUNS][N] = {{0}};
    train(loss, values, NULL, NULL);
    CHECK(!memcmp(values[RUNS - 1], start, sizeof start));
    end();
}

static void refused(ad_tensor *t, const char *words)
{
    const char *message = ad_tensor_error(t);
    if (!message || !strstr(message, words))
        TEST_FAILED("the message is \"%s\", without \"%s\"", message ? message : "none", words);
    end();
}

TEST(refusals)
{
    refused(ad_sgd(begin(), .rate = -1), "sgd: .rate is -1");
    refused(ad_adam(begin(), .rate = NAN), ".rate is nan");
    refused(ad_adam(begin(), .momentum = 0.9),
            ".momentum = 0.9 is an option of ad_sgd and ad_rmsprop, not of adam");
    refused(ad_sgd(begin(), .beta1 = 0.5), ".beta1 = 0.5 is an option of ad_adam and ad_adamw");
    refused(ad_adam(begin(), .beta2 = 1), ".beta2 is 1; it has to be at least 0 and below 1");
    refused(ad_adam(begin(), .nesterov = true), ".nesterov is an option of ad_sgd");
    refused(ad_sgd(begin(), .nesterov = true), "give .momentum");
    refused(ad_sgd(begin(), .clip_norm = -1), ".clip_norm is -1");
    refused(ad_sgd(begin(), .accumulate = -2), ".accumulate is -2");
    refused(ad_sgd(begin(), .scope = "other."), "whose name starts with 'other.'");
    refused(ad_sgd(begin(), .groups = {AD_GROUP(.match = "*", .decay = -1)}), "group '*'");
    ad_tensor *loss = begin();
    refused(ad_sgd(ad_mul(loss, w)), "has to be one number");
    loss = begin();
    refused(ad_sgd(loss, .variables = {loss}), "no variable that can be trained");
    loss = begin();
    ad_tensor *other = ad_variable(graph, "other", ad_number(graph, AD_F64, 1));
    refused(ad_sgd(loss, .variables = {w, other}), "the loss does not depend on 'other'");
    loss = begin();
    refused(ad_sgd(loss, .variables = {w}, .scope = "net."), "give one");
    loss = begin();
    refused(ad_sgd(loss, .rate = 1, .rate_tensor = pull), "both given");
    loss = begin();
    refused(ad_sgd(loss, .rate_tensor = w), "has to be f32 of rank 0");
    loss = begin();
    ad_adam(loss, .name = "mine");
    refused(ad_adam(loss, .name = "mine"), "another optimizer's name");
    loss = begin();
    ad_sgd(loss, .momentum = 0.5);
    refused(ad_sgd(loss, .momentum = 0.5), "trains 'net.w' already");
    begin();
    refused(ad_sgd(NULL), "NULL");
}

TEST_MAIN
