/* Layers and losses against their formulas written out for single numbers, their variables, and
 * what they refuse. */
#include "test.h"

#include <stdlib.h>

#include "one_graph.h"

static const double *value_of(ad_tensor *t)
{
    ad_array value = {0};
    if (!state)
        state = ad_state_new(graph, 7);
    if (!state || ad_value(state, t, NULL, 0, &value) != AD_OK)
        TEST_FAILED("no value: %s", ad_error());
    return value.data;
}

/* The value of a variable, by name; it stays as long as the state. */
static const double *weight(const char *name)
{
    ad_array value = {0};
    ad_tensor *variable = ad_find(graph, name);
    if (!state)
        state = ad_state_new(graph, 7);
    if (!variable || ad_get(state, variable, &value) != AD_OK)
        TEST_FAILED("no variable %s: %s", name, ad_error());
    return value.data;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-13 * (1 + fabs(b));
}

static ad_tensor *numbers(const double *data, ad_shape shape)
{
    return ad_constant(graph, ad_f64(data, shape));
}

/* ---- recurrence */

enum { BATCH = 2, TIME = 4, IN = 3, WIDTH = 2 };

struct net {
    const double *wi, *wh, *bi, *bh;
};

static struct net net_of(const char *name)
{
    char part[64];
    const char *names[] = {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"};
    const double *found[4];
    for (int i = 0; i < 4; i++) {
        snprintf(part, sizeof part, "%s.%s", name, names[i]);
        found[i] = weight(part);
    }
    return (struct net){found[0], found[1], found[2], found[3]};
}

static double from_input(const struct net *n, const double *x, int row)
{
    double sum = n->bi[row];
    for (int k = 0; k < IN; k++)
        sum += n->wi[row * IN + k] * x[k];
    return sum;
}

static double from_state(const struct net *n, const double *h, int row)
{
    double sum = n->bh[row];
    for (int k = 0; k < WIDTH; k++)
        sum += n->wh[row * WIDTH + k] * h[k];
    return sum;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

typedef void cell(const struct net *n, const double *x, double *h, double *c);

static void rnn_cell(const struct net *n, const double *x, double *h, double *c)
{
    double next[WIDTH];
    (void)c;
    for (int i = 0; i < WIDTH; i++)
        next[i] = tanh(from_input(n, x, i) + from_state(n, h, i));
    memcpy(h, next, sizeof next);
}

static void gru_cell(const struct net *n, const double *x, double *h, double *c)
{
    double next[WIDTH];
    (void)c;
    for (int i = 0; i < WIDTH; i++) {
        double r = sigmoid(from_input(n, x, i) + from_state(n, h, i));
        double z = sigmoid(from_input(n, x, WIDTH + i) + from_state(n, h, WIDTH + i));
        double fresh = tanh(from_input(n, x, 2 * WIDTH + i) + r * from_state(n, h, 2 * WIDTH + i));
        next[i] = (1 - z) * fresh + z * h[i];
    }
    memcpy(h, next, sizeof next);
}

static void lstm_cell(const struct net *n, const double *x, double *h, double *c)
{
    double gate[4][WIDTH];
    for (int i = 0; i < 4 * WIDTH; i++)
        gate[i / WIDTH][i % WIDTH] = from_input(n, x, i) + from_state(n, h, i);
    for (int i = 0; i < WIDTH; i++) {
        c[i] = sigmoid(gate[1][i]) * c[i] + sigmoid(gate[0][i]) * tanh(gate[2][i]);
        h[i] = sigmoid(gate[3][i]) * tanh(c[i]);
    }
}

static const int32_t lengths[BATCH] = {4, 2};
static double signal[BATCH][TIME][IN];

/* Padding is NaN: nothing of it may show. */
static ad_tensor *make_signal(bool padded)
{
    double *all = &signal[0][0][0];
    for (int i = 0; i < BATCH * TIME * IN; i++)
        all[i] = sin(i * 1.7);
    for (int b = 0; b < BATCH && padded; b++)
        for (int t = lengths[b]; t < TIME; t++)
            for (int k = 0; k < IN; k++)
                signal[b][t][k] = NAN;
    return numbers(signal[0][0], AD_SHAPE(BATCH, TIME, IN));
}

static void check_recurrent(const char *name, cell *rule, ad_tensor *all, ad_tensor *last,
                            bool padded, bool reverse, double h0)
{
    struct net n = net_of(name);
    double out[BATCH * TIME * WIDTH], end_state[BATCH * WIDTH];
    memcpy(out, value_of(all), sizeof out);
    memcpy(end_state, value_of(last), sizeof end_state);
    for (int b = 0; b < BATCH; b++) {
        double h[WIDTH] = {h0, h0}, c[WIDTH] = {0};
        for (int step = 0; step < TIME; step++) {
            int t = reverse ? TIME - 1 - step : step;
            bool inside = !padded || t < lengths[b];
            if (inside)
                rule(&n, signal[b][t], h, c);
            for (int i = 0; i < WIDTH; i++)
                if (!near(out[(b * TIME + t) * WIDTH + i], inside ? h[i] : 0))
                    TEST_FAILED("%s: row %d, step %d is %g, not %g", name, b, t,
                                out[(b * TIME + t) * WIDTH + i], inside ? h[i] : 0);
        }
        for (int i = 0; i < WIDTH; i++)
            CHECK(near(end_state[b * WIDTH + i], h[i]));
    }
}

TEST(recurrent)
{
    for (int kind = 0; kind < 4; kind++) {
        bool padded = kind & 1, reverse = kind & 2;
        begin();
        ad_tensor *x = make_signal(padded), *last[3] = {NULL}, *last_cell = NULL;
        ad_tensor *length = padded ? ad_constant(graph, ad_i32(lengths, AD_SHAPE(BATCH))) : NULL;
        ad_tensor *initial = ad_full(graph, AD_F64, AD_SHAPE(BATCH, WIDTH), 0.25);
        ad_tensor *a =
            ad_rnn(x, .width = WIDTH, .length = length, .reverse = reverse, .last = &last[0]);
        ad_tensor *b = ad_gru(x, .width = WIDTH, .length = length, .reverse = reverse,
                              .last = &last[1], .initial = initial);
        ad_tensor *c = ad_lstm(x, .width = WIDTH, .length = length, .reverse = reverse,
                               .last = &last[2], .last_cell = &last_cell, .name = "memory");
        check_recurrent("rnn1", rnn_cell, a, last[0], padded, reverse, 0);
        check_recurrent("gru1", gru_cell, b, last[1], padded, reverse, 0.25);
        check_recurrent("memory", lstm_cell, c, last[2], padded, reverse, 0);
        CHECK(!ad_tensor_error(last_cell));
        end();
    }
}

/* The gradients at weights and at x do not see padding, NaN though it is. */
TEST(padding_has_no_gradient)
{
    begin();
    ad_tensor *x = ad_variable(graph, "x", make_signal(true));
    ad_tensor *y =
        ad_lstm(x, .width = WIDTH, .length = ad_constant(graph, ad_i32(lengths, AD_SHAPE(BATCH))));
    ad_tensor *of[] = {x, ad_find(graph, "lstm1.weight_ih_l0"),
                       ad_find(graph, "lstm1.weight_hh_l0")},
              *d[3];
    const double *padding = &signal[0][0][0];
    ad_gradient(ad_sum(ad_square(y), AD_ALL), of, 3, d);
    int count[] = {BATCH * TIME * IN, 4 * WIDTH * IN, 4 * WIDTH * WIDTH};
    for (int k = 0; k < 3; k++) {
        const double *g = value_of(d[k]);
        for (int i = 0; g && i < count[k]; i++)
            CHECK(isfinite(g[i]) && (k || !isnan(padding[i]) || g[i] == 0));
    }
    end();
}

/* ---- attention: numbers from NumPy, where fill(n, a, m, s) is [((i * a) % m - m // 2) / s ...],
 * and for each example n and half h of the features
 *
 *     q, k, v = split(x[n] @ in_proj_weight.T + in_proj_bias, 3, axis=1)
 *     a = exp(q[:, h] @ k[:, h].T / sqrt(3)); a[:, length[n]:] = 0; if causal: a = tril(a)
 *     y[n, :, h] = a / a.sum(1, keepdims=True) @ v[:, h]
 *
 * then y[n] = y[n] @ out_proj_weight.T + out_proj_bias; y[n, length[n]:] = 0. */

enum { STEPS = 4, FEATURES = 6, ALL = 2 * STEPS * FEATURES };

static void fill(double *to, int n, int a, int m, double s)
{
    for (int i = 0; i < n; i++)
        to[i] = ((i * a) % m - m / 2) / s;
}

static void set_filled(const char *name, int n, int a, int m, double s, ad_shape shape)
{
    double values[3 * FEATURES * FEATURES];
    fill(values, n, a, m, s);
    CHECK_OK(ad_set(state, ad_find(graph, name), ad_f64(values, shape)));
}

/* Of y[0,0,0], y[0,1,3], y[0,2,5], y[1,3,2], and the sum of element i times i + 1. */
static void check_attention(bool causal, const int32_t *length, bool hole, const double *wanted)
{
    double x[ALL];
    begin();
    fill(x, ALL, 7, 11, 4);
    for (int i = 2 * FEATURES; hole && i < STEPS * FEATURES; i++)
        x[i] = NAN;
    ad_tensor *in = numbers(x, AD_SHAPE(2, STEPS, FEATURES));
    ad_tensor *steps = length ? ad_constant(graph, ad_i32(length, AD_SHAPE(2))) : NULL;
    ad_tensor *y =
        ad_self_attention(in, .heads = 2, .causal = causal, .length = steps, .name = "mha");
    state = ad_state_new(graph, 1);
    set_filled("mha.in_proj_weight", 108, 5, 13, 8, AD_SHAPE(18, 6));
    set_filled("mha.in_proj_bias", 18, 3, 7, 4, AD_SHAPE(18));
    set_filled("mha.out_proj.weight", 36, 4, 9, 8, AD_SHAPE(6, 6));
    set_filled("mha.out_proj.bias", 6, 2, 5, 4, AD_SHAPE(6));
    const double *v = value_of(y);
    double sum = 0;
    for (int i = 0; i < ALL; i++)
        sum += v[i] * (i + 1);
    double found[] = {v[0], v[FEATURES + 3], v[2 * FEATURES + 5], v[ALL - 4], sum};
    for (int i = 0; i < 5; i++)
        CHECK_CLOSE(found[i], wanted[i], 1e-12 * (1 + fabs(wanted[i])));
    end();
}

TEST(self_attention)
{
    check_attention(false, NULL, false,
                    (double[]){-0.7954254267462086, -0.1263630685599092, -1.3566446268530115,
                               -0.10447290364625661, 168.18135340446423});
    check_attention(true, NULL, false,
                    (double[]){-0.75390625, -0.4212509994425664, -1.573678649092983,
                               -0.10447290364625661, 198.84833051803474});
    const double two_of_four[] = {-0.75390625, -0.4212509994425664, 0, -0.10447290364625661,
                                  315.92608189138105};
    check_attention(true, (int32_t[]){2, 4}, false, two_of_four);
    check_attention(true, (int32_t[]){2, 4}, true, two_of_four);
    check_attention(false, (int32_t[]){3, 1}, false,
                    (double[]){-0.8191086461982697, -0.2924502130974789, -1.573678649092983, 0,
                               60.468747027114546});
}

/* Weights as PyTorch starts them, and gradients through all against differences. */
TEST(self_attention_starts_and_learns)
{
    double x[ALL], worst = 1;
    begin();
    fill(x, ALL, 7, 11, 4);
    ad_tensor *in = ad_feed(graph, "x", AD_F64, AD_SHAPE(2, STEPS, FEATURES));
    ad_tensor *steps = ad_constant(graph, ad_i32((int32_t[]){3, 4}, AD_SHAPE(2)));
    ad_tensor *y = ad_self_attention(in, .heads = 3, .causal = true, .length = steps);
    ad_tensor *of[] = {in, ad_find(graph, "attention1.in_proj_weight"),
                       ad_find(graph, "attention1.in_proj_bias"),
                       ad_find(graph, "attention1.out_proj.weight")};
    ad_binding feed = {in, ad_f64(x, AD_SHAPE(2, STEPS, FEATURES))};
    state = ad_state_new(graph, 1);
    CHECK_OK(ad_check_gradients(state, ad_sum(ad_square(y), AD_ALL), of, 4, &feed, 1, &worst));
    CHECK(worst < 1e-6);
    double most = 0;
    for (int i = 0; i < 108; i++)
        most = fmax(most, fabs(weight("attention1.in_proj_weight")[i]));
    CHECK(most <= 0.5 && most > 0.45);
    CHECK(weight("attention1.in_proj_bias")[7] == 0);
    end();
}

/* ---- losses */

static double log_sum(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += exp(x[i]);
    return log(sum);
}

TEST(losses)
{
    static const double x[2][3] = {{1, -2, 0.5}, {3, 0.25, -1}},
                        t[2][3] = {{0, 1, 0.5}, {1, 0, 0.25}}, share[2] = {1, 3};
    begin();
    ad_tensor *logits = numbers(x[0], AD_SHAPE(2, 3)), *target = numbers(t[0], AD_SHAPE(2, 3)),
              *each = numbers(share, AD_SHAPE(2));
    ad_tensor *label = ad_constant(graph, ad_i64((int64_t[]){2, 0}, AD_SHAPE(2)));
    double a = log_sum(x[0], 3) - x[0][2], b = log_sum(x[1], 3) - x[1][0];
    CHECK(near(*value_of(ad_cross_entropy(logits, label)), (a + b) / 2));
    CHECK(near(*value_of(ad_cross_entropy(logits, label, .weight = each)), (a + 3 * b) / 4));
    const double *both = value_of(ad_cross_entropy(logits, label, .each = true));
    CHECK(near(both[0], a) && near(both[1], b));
    double s = 0.25, mean_a = log_sum(x[0], 3) - (x[0][0] + x[0][1] + x[0][2]) / 3,
           mean_b = log_sum(x[1], 3) - (x[1][0] + x[1][1] + x[1][2]) / 3;
    CHECK(near(*value_of(ad_cross_entropy(logits, label, .label_smoothing = s)),
               ((1 - s) * (a + b) + s * (mean_a + mean_b)) / 2));
    double binary = 0, square = 0;
    for (int i = 0; i < 6; i++) {
        double v = x[i / 3][i % 3], wanted = t[i / 3][i % 3], p = sigmoid(v);
        binary -= wanted * log(p) + (1 - wanted) * log(1 - p);
        square += (v - wanted) * (v - wanted);
    }
    CHECK(near(*value_of(ad_binary_cross_entropy(logits, target)), binary / 6));
    CHECK(near(*value_of(ad_squared_error(logits, target)), square / 6));
    end();
}

/* Losses of x - target from scipy.special.huber(delta, x - target) and numpy.abs; gradients from
 * numpy.clip(x - target, -delta, delta) and numpy.sign, each by the count. */
static const double far_x[8] = {-3, -1, -0.25, 0, 0.5, 1, 2.5, 40},
                    far_t[8] = {0, 0.25, -0.25, 0.5, 0, 0, 0, -2};

/* The gradient is slope / count. */
static void check_mean_loss(ad_tensor *loss, ad_tensor *x, double mean, const double *slope,
                            int count)
{
    ad_tensor *gradient;
    ad_gradient(loss, &x, 1, &gradient);
    CHECK(near(*value_of(loss), mean));
    const double *g = value_of(gradient);
    for (int i = 0; i < count; i++)
        CHECK(near(g[i], slope[i] / count));
}

TEST(losses_of_a_distance)
{
    static const double of_one[8] = {2.5, 0.75, 0, 0.125, 0.125, 0.5, 2, 41.5},
                        of_half[8] = {1.375, 0.5, 0, 0.125, 0.125, 0.375, 1.125, 20.875};
    begin();
    ad_tensor *x = numbers(far_x, AD_SHAPE(8)), *t = numbers(far_t, AD_SHAPE(8));
    const double *each = value_of(ad_huber(x, t, .each = true));
    for (int i = 0; i < 8; i++)
        CHECK(near(each[i], of_one[i]));
    each = value_of(ad_huber(x, t, .delta = 0.5, .each = true));
    for (int i = 0; i < 8; i++)
        CHECK(near(each[i], of_half[i]));
    check_mean_loss(ad_huber(x, t), x, 5.9375, (double[]){-1, -1, 0, -0.5, 0.5, 1, 1, 1}, 8);
    check_mean_loss(ad_huber(x, t, .delta = 0.5), x, 3.0625,
                    (double[]){-0.5, -0.5, 0, -0.5, 0.5, 0.5, 0.5, 0.5}, 8);
    check_mean_loss(ad_absolute_error(x, t), x, 6.34375, (double[]){-1, -1, 0, -1, 1, 1, 1, 1}, 8);
    ad_tensor *share = numbers((double[]){0, 1, 0, 0, 0, 0, 3, 0}, AD_SHAPE(8));
    CHECK(near(*value_of(ad_huber(x, t, .weight = share)), (0.75 + 3 * 2) / 4));
    CHECK(near(*value_of(ad_absolute_error(x, t, .weight = share)), (1.25 + 3 * 2.5) / 4));
    /* sum(max(q * (b - a), (q - 1) * (b - a)) for a, b in zip(x, t)) / 8 of Python */
    CHECK(near(*value_of(ad_pinball(x, t)), 3.171875));
    CHECK(near(*value_of(ad_pinball(x, t, .quantile = 0.9)), 1.109375));
    check_mean_loss(ad_pinball(x, t, .quantile = 0.25), x, 4.4609375,
                    (double[]){-0.25, -0.25, 0.25, -0.25, 0.75, 0.75, 0.75, 0.75}, 8);
    end();
}

/* torch.nn.functional.poisson_nll_loss(x, t, log_input=True, full=False, reduction="none") of torch
 * 2.15 in double; its gradient is exp(x) - t. */
TEST(poisson_loss)
{
    static const double x[4] = {-1, 0, 0.5, 2}, t[4] = {0, 1, 3, 7};
    static const double right[4] = {0.36787944117144233, 1, 0.14872127070012819,
                                    -6.6109439010693496};
    begin();
    ad_tensor *a = numbers(x, AD_SHAPE(4)), *b = numbers(t, AD_SHAPE(4));
    const double *each = value_of(ad_poisson_loss(a, b, .each = true));
    for (int i = 0; i < 4; i++)
        CHECK(near(each[i], right[i]));
    check_mean_loss(ad_poisson_loss(a, b), a, (right[0] + right[1] + right[2] + right[3]) / 4,
                    (double[]){0.36787944117144233, 0, -1.3512787292998718, 0.38905609893065042},
                    4);
    end();
}

/* Far logits lose nothing and make no infinity. */
TEST(far_logits)
{
    begin();
    ad_tensor *x = numbers((double[]){1000, -1000, 40, -40}, AD_SHAPE(4)),
              *one = ad_full(graph, AD_F64, AD_SHAPE(4), 1);
    const double *loss = value_of(ad_binary_cross_entropy(x, one, .each = true));
    CHECK(loss[0] == 0 && loss[1] == 1000 && near(loss[2], 4.248354255291589e-18) &&
          near(loss[3], 40));
    ad_tensor *label = ad_constant(graph, ad_i32((int32_t[]){1}, AD_SHAPE(1)));
    CHECK(*value_of(ad_cross_entropy(ad_reshape(x, AD_SHAPE(1, 4)), label)) == 2000);
    end();
}

/* ---- variables */

static void check_start(const char *name, double bound, int count)
{
    const double *w = weight(name);
    double most = 0;
    for (int i = 0; w && i < count; i++)
        most = fmax(most, fabs(w[i]));
    if (!(most <= bound && most > 0.8 * bound))
        TEST_FAILED("%s starts within %g, not %g", name, most, bound);
}

static void check_shape(const char *name, ad_shape shape)
{
    ad_tensor *v = ad_find(graph, name);
    ad_shape found = ad_tensor_shape(v);
    if (!v || found.rank != shape.rank ||
        memcmp(found.size, shape.size, sizeof found.size[0] * (size_t)shape.rank))
        TEST_FAILED("%s is missing or of another shape", name);
}

TEST(variables)
{
    begin();
    ad_tensor *image = ad_full(graph, AD_F64, AD_SHAPE(2, 8, 8, 6), 1);
    ad_scope_begin(graph, "net");
    ad_tensor *x =
        ad_conv2d(image, .filters = 4, .kernel = 3, .kernel_w = 5, .groups = 2, .same = true);
    CHECK(ad_tensor_shape(x).size[1] == 8 && ad_tensor_shape(x).size[2] == 8);
    ad_conv2d(image, .filters = 4, .kernel = 3, .kernel_w = 1, .same = true);
    x = ad_conv_transpose2d(x, .filters = 10, .kernel = 4, .stride = 2, .padding = 1);
    CHECK(ad_tensor_shape(x).size[1] == 16 && ad_tensor_shape(x).size[3] == 10);
    ad_conv1d(ad_reshape(image, AD_SHAPE(2, 64, 6)), .filters = 20, .kernel = 7, .bias = false,
              .name = "time");
    x = ad_linear(ad_batch_norm(x), .out = 30);
    ad_layer_norm(x, .affine = false);
    ad_linear(ad_layer_norm(x), .out = 5, .name = "out");
    ad_scope_end(graph);
    check_shape("net.conv1.weight", AD_SHAPE(4, 3, 3, 5));
    check_shape("net.conv2.weight", AD_SHAPE(4, 6, 3, 1));
    check_shape("net.conv_transpose1.weight", AD_SHAPE(4, 10, 4, 4));
    check_shape("net.time.weight", AD_SHAPE(20, 6, 7));
    check_shape("net.batch_norm1.running_var", AD_SHAPE(10));
    check_shape("net.linear1.weight", AD_SHAPE(30, 10));
    check_shape("net.layer_norm2.bias", AD_SHAPE(30));
    check_shape("net.out.bias", AD_SHAPE(5));
    check_start("net.conv1.weight", 1 / sqrt(45), 180);
    check_start("net.conv_transpose1.weight", 1 / sqrt(160), 640);
    check_start("net.linear1.weight", 1 / sqrt(10), 300);
    check_start("net.time.weight", 1 / sqrt(42), 840);
    CHECK(!ad_find(graph, "net.time.bias") && !ad_find(graph, "net.layer_norm1.weight"));
    CHECK(ad_trainable(ad_find(graph, "net.batch_norm1.weight")) &&
          !ad_trainable(ad_find(graph, "net.batch_norm1.running_mean")));
    end();
}

/* Batch norm moves its averages in training programs only, with the unbiased variance. */
TEST(batch_norm)
{
    static const double x[3][2] = {{1, 10}, {2, 20}, {6, 60}};
    begin();
    ad_tensor *feed = ad_feed(graph, "x", AD_F64, AD_SHAPE(ad_open(graph, "batch"), 2));
    ad_tensor *y = ad_batch_norm(feed, .momentum = 0.25, .epsilon = 0);
    state = ad_state_new(graph, 1);
    for (int training = 0; training < 2; training++) {
        ad_program *p = ad_compile(state, .fetch = {y}, .training = training, .naive = true);
        ad_array out = {0}, in = ad_f64(x[0], AD_SHAPE(3, 2));
        CHECK(p && ad_run(p, &in, &out) == AD_OK);
        if (out.data)
            CHECK(near(ad_array_item(&out, 0), training ? -2 / sqrt(14.0 / 3) : 1));
        CHECK(near(weight("batch_norm1.running_mean")[1], training ? 7.5 : 0));
        CHECK(near(weight("batch_norm1.running_var")[1], training ? 0.75 + 0.25 * 700 : 1));
        ad_program_free(p);
    }
    end();
}

/* Three texts of 2, 4 and 1 steps among `time`, of which only these are the batch's: what torch's
 * BatchNorm1d(2, momentum=0.25).double() gives for those 7 rows, and the gradients of sum(y^3). */
static void norm_among(int time, double *y, double *gradient, double *averages)
{
    static const int32_t steps[] = {2, 4, 1};
    double x[3 * 9 * 2];
    for (int i = 0; i < 3 * time * 2; i++)
        x[i] = 1e6 + i; /* behind the end */
    for (int b = 0; b < 3; b++)
        for (int t = 0; t < steps[b]; t++) {
            int i = 4 * b + t;
            x[2 * (b * time + t)] = (i * 7 + 3) % 11 / 4.0 - 1;
            x[2 * (b * time + t) + 1] = (i * 5 + 2) % 13 / 3.0;
        }
    begin();
    ad_dim open = ad_open(graph, "time");
    ad_tensor *feed = ad_feed(graph, "x", AD_F64, AD_SHAPE(3, open, 2)),
              *length = ad_feed(graph, "length", AD_I32, AD_SHAPE(3));
    ad_tensor *out = ad_batch_norm(feed, .momentum = 0.25, .length = length), *d;
    ad_tensor *inside = ad_less(ad_range(graph, AD_I32, open), ad_reshape(length, AD_SHAPE(3, 1)));
    ad_tensor *cube = ad_mul(ad_mul(out, out), out);
    ad_tensor *kept =
        ad_where(ad_reshape(inside, AD_SHAPE(3, open, 1)), cube, ad_number(graph, AD_F64, 0));
    ad_gradient(ad_sum(kept, AD_ALL), &feed, 1, &d);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {out, d}, .feed = {feed, length}, .training = true);
    ad_array got[2] = {{0}}, in[] = {ad_f64(x, AD_SHAPE(3, time, 2)),
                                     ad_i32((int32_t *)(uintptr_t)steps, AD_SHAPE(3))};
    CHECK(p && ad_run(p, in, got) == AD_OK);
    for (int b = 0, n = 0; got[0].data && b < 3; b++)
        for (int t = 0; t < steps[b]; t++)
            for (int k = 0; k < 2; k++, n++) {
                y[n] = ad_array_item(&got[0], 2 * (b * time + t) + k);
                gradient[n] = ad_array_item(&got[1], 2 * (b * time + t) + k);
            }
    for (int k = 0; k < 2; k++) {
        averages[k] = weight("batch_norm1.running_mean")[k];
        averages[2 + k] = weight("batch_norm1.running_var")[k];
    }
    ad_program_free(p);
    end();
}

TEST(batch_norm_of_texts_of_different_lengths)
{
    static const double want[] = {-0.874538623916, -1.032736594992, 1.380850458815,  0.413094637997,
                                  1.058652018425,  0.991427131193,  -0.230141743136, -1.32190284159,
                                  -1.518935504697, 0.123928391399,  0.736453578035,  1.569759624389,
                                  -0.552340183526, -0.743570348395};
    static const double slope[] = {
        -0.974526567651, 0.592677255029,  3.608982018474,  -2.326157947614, 0.545938261999,
        -0.447106753835, -3.678714045234, 2.482123699059,  4.940669997398,  -2.612843842753,
        -1.714353222609, 3.17285031128,   -2.727996442376, -0.861542721167};
    static const double moved[] = {0.10714285714285714, 0.4642857142857143, 0.9255952380952381,
                                   1.1375661375661377};
    double y[2][14] = {{0}}, d[2][14] = {{0}}, averages[2][4] = {{0}};
    norm_among(4, y[0], d[0], averages[0]);
    norm_among(9, y[1], d[1], averages[1]);
    for (int i = 0; i < 14; i++)
        CHECK(fabs(y[0][i] - want[i]) < 1e-11 && fabs(d[0][i] - slope[i]) < 1e-10);
    for (int i = 0; i < 4; i++)
        CHECK(fabs(averages[0][i] - moved[i]) < 1e-14);
    CHECK(memcmp(y[0], y[1], sizeof y[0]) == 0); /* padding changes no bit */
    CHECK(memcmp(d[0], d[1], sizeof d[0]) == 0);
    CHECK(memcmp(averages[0], averages[1], sizeof averages[0]) == 0);
}

TEST(dropout)
{
    begin();
    ad_tensor *x = ad_full(graph, AD_F64, AD_SHAPE(1000), 3);
    const double *y = value_of(ad_dropout(x, .rate = 0.25, .always = true));
    int kept = 0;
    for (int i = 0; i < 1000; i++) {
        CHECK(y[i] == 0 || near(y[i], 4));
        kept += y[i] != 0;
    }
    CHECK(kept > 690 && kept < 810);
    CHECK(ad_dropout(x, .rate = 0) == x);
    CHECK(*value_of(ad_sum(ad_dropout(x), AD_ALL)) == 3000);
    CHECK(*value_of(ad_sum(ad_dropout(x, .rate = 1, .always = true), AD_ALL)) == 0);
    end();
}

/* ---- refusals */

static void refused(ad_tensor *t, const char *words)
{
    const char *message = ad_tensor_error(t);
    if (!message || !strstr(message, words))
        TEST_FAILED("the message is \"%s\", without \"%s\"", message ? message : "none", words);
}

TEST(refusals)
{
    begin();
    ad_dim open = ad_open(graph, "open");
    ad_tensor *x = ad_full(graph, AD_F32, AD_SHAPE(4, 6), 1),
              *image = ad_full(graph, AD_F32, AD_SHAPE(2, 8, 8, 6), 1);
    ad_tensor *label = ad_full(graph, AD_I32, AD_SHAPE(4), 1),
              *series = ad_full(graph, AD_F32, AD_SHAPE(2, 5, 3), 1);
    refused(ad_linear(x), "linear 'linear1': .out is 0");
    refused(
        ad_linear(x, .out = 3, .name = "fc", .weight = ad_full(graph, AD_F32, AD_SHAPE(3, 5), 1)),
        "linear 'fc': .weight is (3, 5) and has to be (3, 6)");
    refused(ad_linear(label, .out = 2), "x is i32");
    refused(ad_linear(ad_feed(graph, "a", AD_F32, AD_SHAPE(3, open)), .out = 2),
            "has to be a number");
    refused(ad_conv2d(x, .filters = 3, .kernel = 3),
            "x is (4, 6) and has to be (batch, height, width, channels)");
    refused(ad_conv2d(image, .kernel = 3), ".filters is 0");
    refused(ad_conv2d(image, .filters = 4), ".kernel is 0 x 0");
    refused(ad_conv2d(image, .filters = 4, .kernel = 4, .same = true), "odd kernels only");
    refused(ad_conv2d(image, .filters = 4, .kernel = 3, .same = true, .padding = 1), "two ways");
    refused(ad_conv2d(image, .filters = 4, .kernel = 3, .groups = 4),
            ".groups is 4; it has to divide the 6 channels");
    refused(ad_conv2d(image, .filters = 4, .kernel = 3, .output_padding = 1),
            "ad_conv_transpose2d");
    refused(ad_batch_norm(x, .momentum = 2), ".momentum is 2");
    refused(ad_layer_norm(x, .epsilon = -1), ".epsilon is -1");
    refused(ad_layer_norm(x, .frozen = true), "for ad_batch_norm");
    refused(ad_layer_normalize(x, label, NULL, 1e-5), "the scale (4)");
    refused(ad_embedding(label), ".count is 0 and .width 0");
    refused(ad_embedding(x, .count = 3, .width = 2), "the index is f32");
    refused(ad_gru(series), ".width is 0");
    refused(ad_gru(x, .width = 2), "has to be (batch, time, features)");
    refused(ad_gru(series, .width = 2, .initial_cell = x), "for ad_lstm");
    refused(ad_lstm(series, .width = 2, .initial = x),
            ".initial is f32 (4, 6) and has to be (batch, width), f32 (2, 2)");
    refused(ad_lstm(series, .width = 2, .length = label), ".length is i32 (4)");
    refused(ad_self_attention(series), ".heads is 0; it has to divide the 3 features");
    refused(ad_self_attention(series, .heads = 2), "attention 'attention2': .heads is 2");
    refused(ad_self_attention(x, .heads = 2), "has to be (batch, time, features)");
    refused(ad_self_attention(series, .heads = 3, .length = label), ".length is i32 (4)");
    refused(ad_cross_entropy(x, ad_full(graph, AD_I32, AD_SHAPE(4, 1), 0)),
            "logits (4, 6) want labels (4), not (4, 1)");
    refused(ad_cross_entropy(x, ad_full(graph, AD_F32, AD_SHAPE(4), 0)), "have to be i32 or i64");
    refused(ad_cross_entropy(x, label, .label_smoothing = 2), ".label_smoothing is 2");
    refused(ad_cross_entropy(x, label, .weight = label), "one number for each loss");
    refused(ad_squared_error(x, ad_full(graph, AD_F32, AD_SHAPE(4, 1), 0)),
            "they have to be alike");
    refused(ad_binary_cross_entropy(x, x, .label_smoothing = 0.1), "is for ad_cross_entropy");
    refused(ad_huber(x, x, .label_smoothing = 0.1), "is for ad_cross_entropy");
    refused(ad_huber(x, x, .delta = -1), "ad_huber: .delta is -1");
    refused(ad_huber(x, x, .delta = NAN), ".delta is nan");
    refused(ad_absolute_error(x, x, .delta = 2), ".delta is for ad_huber");
    refused(ad_absolute_error(x, x, .quantile = 0.1), "is for ad_pinball");
    refused(ad_pinball(x, x, .quantile = 1), "ad_pinball: .quantile is 1");
    refused(ad_cross_entropy(x, label, .delta = 2), ".delta is for ad_huber");
    refused(ad_absolute_error(x, ad_full(graph, AD_F32, AD_SHAPE(4, 1), 0)),
            "ad_absolute_error: x is f32 (4, 6) and target f32 (4, 1)");
    refused(ad_dropout(x, .rate = 1.5), "the rate is 1.5");
    refused(ad_softmax(x, 2), "has no axis 2");
    refused(ad_attention(series, series, x), "the same axes before the last two");
    refused(ad_attention(series, series, series, .mask = label), "the mask is i32");
    end();
}

TEST_MAIN
