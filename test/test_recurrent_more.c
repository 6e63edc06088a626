/* Recurrent layers with more to a step against torch 2.15 (script/sequence-goldens), and their
 * properties: unrolled cell = layer, two halves = the whole, padding changes no bit. */
#include "formula.h"

static const char path[] = ADZE_TEST_DIR "/golden_sequence/recurrent.txt";
static const char clip_path[] = ADZE_TEST_DIR "/golden_sequence/clip.txt";

#define BASE(...) &AD_OPTIONS(ad_recurrent_options, .width = 4, __VA_ARGS__)
#define CELL(kind_, ...) ad_cell(x, .kind = AD_CELL_##kind_, __VA_ARGS__)
#define CASE(name, ...)                  \
    static ad_tensor *name(ad_tensor *x) \
    {                                    \
        __VA_ARGS__                      \
    }

CASE(rnn, return CELL(RNN, .base = BASE(.layers = 1));)
CASE(rnn_relu, return CELL(RNN, .base = BASE(.layers = 1), .relu = true);)
CASE(gru, return CELL(GRU, .base = BASE(.layers = 1));)
CASE(gru_both, return CELL(GRU, .base = BASE(.layers = 2, .both = true), .state_dropout = 0.5);)
CASE(gru_reset_before, return CELL(GRU, .base = BASE(.layers = 1), .reset_before = true);)
CASE(lstm_project, return CELL(LSTM, .base = BASE(.layers = 1), .project = 2);)
CASE(lstm_project_both,
     return CELL(LSTM, .base = BASE(.layers = 2, .both = true, .bias = false), .project = 3);)
CASE(lstm_peephole, return CELL(LSTM, .base = BASE(.layers = 1), .peephole = true);)
CASE(lstm_zoneout,
     return CELL(LSTM, .base = BASE(.layers = 1), .zoneout = 0.3, .zoneout_cell = 0.2);)
CASE(lstm_gates, ad_tensor *gates; CELL(LSTM, .base = BASE(.layers = 1), .gates = &gates);
     return gates;)
CASE(lstm_probe, ad_tensor *probe, *slope;
     ad_tensor *y = CELL(LSTM, .base = BASE(.layers = 1), .probe = &probe);
     ad_shape s = ad_tensor_shape(y); double weight[40];
     for (int i = 0; i < 40; i++) weight[i] = 1 + i % 7 / 4.0;
     ad_tensor *w = ad_cast(ad_constant(graph, ad_f64(weight, s)), ad_tensor_type(x));
     ad_gradient(ad_sum(ad_mul(y, w), AD_ALL), &probe, 1, &slope); return slope;)

static const formula_row rows[] = {
    {"rnn", rnn},
    {"rnn_relu", rnn_relu},
    {"gru", gru},
    {"gru_both", gru_both},
    {"gru_reset_before", gru_reset_before},
    {"lstm_project", lstm_project},
    {"lstm_project_both", lstm_project_both},
    {"lstm_peephole", lstm_peephole},
    {"lstm_zoneout", lstm_zoneout},
    {"lstm_gates", lstm_gates},
    {"lstm_probe", lstm_probe},
};
enum { ROWS = sizeof rows / sizeof *rows };

TEST(values_and_gradients_are_torchs)
{
    formula_rows(path, rows, ROWS, false);
}

TEST(second_derivatives_are_differences)
{
    formula_rows(path, rows, ROWS, true);
}

/* Each kind by the cells of ad_cell, which an output that nobody asks for calls; the rest of these
 * cases is in test_clip_gradient.c. */
#define CLIPPED(name, KIND_, ...) \
    CASE(name, ad_tensor *gates;  \
         return CELL(KIND_, .base = BASE(.clip_gradient = 1.5), .gates = &gates, __VA_ARGS__);)
CLIPPED(rnn_clipped, RNN, .zoneout = 0)
CLIPPED(gru_clipped, GRU, .zoneout = 0)
CLIPPED(lstm_clipped, LSTM, .zoneout = 0)
CLIPPED(lstm_zoned, LSTM, .zoneout = 0.3, .zoneout_cell = 0.2)

static const formula_row clipped[] = {{"rnn_clipped", rnn_clipped},
                                      {"gru_clipped", gru_clipped},
                                      {"lstm_clipped", lstm_clipped},
                                      {"lstm_zoned", lstm_zoned}};

TEST(clipped_gradients_are_torchs)
{
    formula_rows(clip_path, clipped, 4, false);
}

/* ---- properties */

enum { BATCH = 2, TIME = 6, IN = 3, WIDTH = 4, OUT_MAX = 2 * 2 * WIDTH };

/* A layer with much to a step, of so many steps, from states that are fed. */
typedef struct layer {
    ad_tensor *x, *h, *c, *y, *last, *last_cell;
    ad_program *program;
} layer;

static layer layer_new(ad_cell_kind kind, int64_t steps)
{
    bool lstm = kind == AD_CELL_LSTM;
    layer l = {.last_cell = NULL};
    begin();
    l.x = ad_feed(graph, "x", AD_F32, AD_SHAPE(BATCH, steps, IN));
    l.h = ad_feed(graph, "h", AD_F32, AD_SHAPE(BATCH, 2 * (lstm ? 3 : WIDTH)));
    l.c = ad_feed(graph, "c", AD_F32, AD_SHAPE(BATCH, 2 * WIDTH));
    ad_recurrent_options base =
        AD_OPTIONS(ad_recurrent_options, .width = WIDTH, .layers = 2, .initial = l.h,
                   .initial_cell = lstm ? l.c : NULL, .last = &l.last,
                   .last_cell = lstm ? &l.last_cell : NULL);
    l.y = ad_cell(l.x, .kind = kind, .base = &base, .relu = kind == AD_CELL_RNN,
                  .reset_before = kind == AD_CELL_GRU, .peephole = lstm, .project = lstm ? 3 : 0,
                  .zoneout = 0.1, .zoneout_cell = lstm ? 0.2 : 0);
    state = ad_state_new(graph, 5);
    l.program = ad_compile(state, .fetch = {l.y, l.last, lstm ? l.last_cell : l.last},
                           .feed = {l.x, l.h, l.c});
    CHECK(l.program);
    return l;
}

static void layer_done(layer *l)
{
    ad_program_free(l->program);
    end();
}

static float series[BATCH * TIME * IN];

/* y (time, batch, out), from zeros on, in runs of so many steps. */
static void run_in_windows(ad_cell_kind kind, int64_t steps, float *y)
{
    layer l = layer_new(kind, steps);
    int64_t out = ad_tensor_shape(l.y).size[2];
    float x[BATCH * TIME * IN], h[BATCH * OUT_MAX] = {0}, c[BATCH * OUT_MAX] = {0};
    float all[BATCH * TIME * WIDTH];
    ad_array in[] = {ad_f32(x, AD_SHAPE(BATCH, steps, IN)), ad_f32(h, ad_tensor_shape(l.h)),
                     ad_f32(c, ad_tensor_shape(l.c))};
    ad_array to[] = {
        ad_f32(all, ad_tensor_shape(l.y)), ad_f32(h, ad_tensor_shape(l.last)),
        ad_f32(kind == AD_CELL_LSTM ? c : h, ad_tensor_shape(l.last_cell ? l.last_cell : l.last))};
    for (int64_t at = 0; at < TIME; at += steps) {
        for (int64_t b = 0; b < BATCH; b++)
            memcpy(x + b * steps * IN, series + (b * TIME + at) * IN,
                   (size_t)(steps * IN) * sizeof *x);
        CHECK_OK(ad_run(l.program, in, to));
        for (int64_t i = 0; i < steps; i++)
            for (int64_t b = 0; b < BATCH; b++)
                memcpy(y + ((at + i) * BATCH + b) * out, all + (b * steps + i) * out,
                       (size_t)out * sizeof *y);
    }
    layer_done(&l);
}

TEST(windows_with_carried_states_are_the_whole)
{
    for (int i = 0; i < BATCH * TIME * IN; i++)
        series[i] = (float)formula(3, i);
    for (int kind = AD_CELL_RNN; kind <= AD_CELL_LSTM; kind++) {
        float whole[TIME * BATCH * WIDTH] = {0}, parts[TIME * BATCH * WIDTH] = {0};
        run_in_windows((ad_cell_kind)kind, TIME, whole);
        for (int64_t steps = 1; steps <= 3; steps++) {
            run_in_windows((ad_cell_kind)kind, steps, parts);
            CHECK(memcmp(whole, parts, sizeof whole) == 0);
        }
    }
}

/* What the layer gives of examples of 6 and 3 steps, with that behind the end of the second. */
static void run_padded(ad_cell_kind kind, float behind, float *y, float *last)
{
    static float x[BATCH * TIME * IN];
    int32_t steps[] = {TIME, 3};
    bool lstm = kind == AD_CELL_LSTM;
    ad_tensor *end_state;
    for (int i = 0; i < BATCH * TIME * IN; i++)
        x[i] = i >= (TIME + 3) * IN ? behind : (float)formula(1, i);
    begin();
    ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(BATCH, TIME, IN));
    ad_tensor *length = ad_feed(graph, "length", AD_I32, AD_SHAPE(BATCH));
    ad_recurrent_options base = AD_OPTIONS(ad_recurrent_options, .width = WIDTH, .both = true,
                                           .length = length, .last = &end_state);
    ad_tensor *out = ad_cell(in, .kind = kind, .base = &base, .zoneout = 0.1, .peephole = lstm,
                             .input_dropout = 0.5, .state_dropout = 0.5);
    state = ad_state_new(graph, 5);
    ad_program *p =
        ad_compile(state, .fetch = {out, end_state}, .feed = {in, length}, .training = true);
    ad_array feeds[] = {ad_f32(x, AD_SHAPE(BATCH, TIME, IN)), ad_i32(steps, AD_SHAPE(BATCH))};
    ad_array to[] = {ad_f32(y, AD_SHAPE(BATCH, TIME, 2 * WIDTH)),
                     ad_f32(last, AD_SHAPE(BATCH, 2 * WIDTH))};
    CHECK_OK(p ? ad_run(p, feeds, to) : ad_error_status());
    ad_program_free(p);
    end();
}

TEST(padding_changes_no_bit)
{
    float a[2][BATCH * TIME * 2 * WIDTH], b[2][BATCH * 2 * WIDTH];
    for (int kind = AD_CELL_RNN; kind <= AD_CELL_LSTM; kind++) {
        run_padded((ad_cell_kind)kind, 0, a[0], b[0]);
        run_padded((ad_cell_kind)kind, NAN, a[1], b[1]);
        CHECK(memcmp(a[0], a[1], sizeof a[0]) == 0 && memcmp(b[0], b[1], sizeof b[0]) == 0);
        for (int i = (TIME + 3) * 2 * WIDTH; i < BATCH * TIME * 2 * WIDTH; i++)
            CHECK(a[0][i] == 0);
    }
}

TEST(fifty_steps_by_differences)
{
    for (int kind = AD_CELL_RNN; kind <= AD_CELL_LSTM; kind++) {
        bool lstm = kind == AD_CELL_LSTM;
        static double numbers[50 * IN];
        for (int i = 0; i < 50 * IN; i++)
            numbers[i] = formula(2, i);
        begin();
        ad_tensor *x = ad_feed(graph, "x", AD_F64, AD_SHAPE(1, 50, IN));
        ad_tensor *y = ad_cell(x, .kind = (ad_cell_kind)kind, .base = BASE(.both = true),
                               .reset_before = kind == AD_CELL_GRU, .peephole = lstm,
                               .project = lstm ? 2 : 0, .zoneout = 0.1);
        ad_tensor *sum = ad_sum(ad_square(y), AD_ALL), *to[20] = {x};
        int count = 1;
        for (; count <= ad_variable_count(graph); count++)
            to[count] = ad_variable_at(graph, count - 1);
        state = ad_state_new(graph, 3);
        ad_binding feed = {x, ad_f64(numbers, AD_SHAPE(1, 50, IN))};
        double worst = 1;
        CHECK_OK(ad_check_gradients(state, sum, to, count, &feed, 1, &worst));
        CHECK(worst < 1e-6);
        end();
    }
}

/* ---- truncated back-propagation */

enum { THROUGH, CUT, ALONE };

typedef struct window_net {
    ad_tensor *x, *h, *last, *weight;
} window_net;

static window_net window_net_new(void)
{
    window_net n = {.x = ad_feed(graph, "x", AD_F64, AD_SHAPE(BATCH, 3, IN)),
                    .h = ad_feed(graph, "h", AD_F64, AD_SHAPE(BATCH, WIDTH))};
    ad_gru(n.x, .width = WIDTH, .initial = n.h, .last = &n.last, .name = "g");
    n.weight = ad_find(graph, "g.weight_hh_l0");
    return n;
}

static ad_tensor *window(const window_net *n, ad_tensor *x, ad_tensor *h)
{
    return (ad_call)(n->last, (ad_tensor *[]){n->x, n->h}, (ad_tensor *[]){x, h}, 2);
}

/* The gradient of the second window's last state by weight_hh: through both windows, cut between
 * them, or of the second alone from a state that is fed, what the first ended in. */
static void window_slope(int how, double *slope)
{
    double x[2][BATCH * 3 * IN], zero[BATCH * WIDTH] = {0}, middle[BATCH * WIDTH];
    for (int i = 0; i < 2 * BATCH * 3 * IN; i++)
        x[i / (BATCH * 3 * IN)][i % (BATCH * 3 * IN)] = formula(4, i);
    begin();
    window_net n = window_net_new();
    ad_tensor *first = ad_constant(graph, ad_f64(x[0], AD_SHAPE(BATCH, 3, IN)));
    ad_tensor *second = ad_constant(graph, ad_f64(x[1], AD_SHAPE(BATCH, 3, IN)));
    ad_tensor *state1 = window(&n, first, ad_constant(graph, ad_f64(zero, AD_SHAPE(BATCH, WIDTH))));
    ad_tensor *from = how == CUT ? ad_stop_gradient(state1) : how == ALONE ? n.h : state1, *d;
    ad_tensor *loss = ad_sum(ad_square(window(&n, second, from)), AD_ALL);
    ad_gradient(loss, &n.weight, 1, &d);
    state = ad_state_new(graph, 9);
    ad_array value;
    CHECK_OK(ad_value(state, state1, NULL, 0, &value));
    memcpy(middle, value.data, sizeof middle);
    ad_binding feed = {n.h, ad_f64(middle, AD_SHAPE(BATCH, WIDTH))};
    CHECK_OK(ad_value(state, d, &feed, how == ALONE, &value));
    memcpy(slope, value.data, 3 * WIDTH * WIDTH * sizeof *slope);
    end();
}

TEST(a_cut_gradient_is_that_of_the_window_alone)
{
    double slope[3][3 * WIDTH * WIDTH], apart = 0;
    for (int how = THROUGH; how <= ALONE; how++)
        window_slope(how, slope[how]);
    for (int i = 0; i < 3 * WIDTH * WIDTH; i++) {
        CHECK_CLOSE(slope[CUT][i], slope[ALONE][i], 1e-14);
        apart = fmax(apart, fabs(slope[CUT][i] - slope[THROUGH][i]));
    }
    CHECK(apart > 1e-4);
}

/* ---- chance */

enum { WIDE = 64, STEPS = 5 };

/* h' = max(x + h, 0) of x = 1: it counts the steps. */
static void count_steps(const ad_cell_options *more, bool training, float *y)
{
    static float one[WIDE * WIDE], x[STEPS * WIDE];
    for (int i = 0; i < WIDE * WIDE; i++)
        one[i] = i % (WIDE + 1) == 0;
    for (int i = 0; i < STEPS * WIDE; i++)
        x[i] = 1;
    begin();
    ad_recurrent_options base =
        AD_OPTIONS(ad_recurrent_options, .width = WIDE, .bias = false, .name = "n");
    ad_cell_options o = *more;
    o.base = &base;
    o.relu = true;
    ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, STEPS, WIDE));
    ad_tensor *out = (ad_cell)(in, &o);
    state = ad_state_new(graph, 2);
    ad_array a = ad_f32(one, AD_SHAPE(WIDE, WIDE));
    CHECK_OK(ad_set(state, ad_find(graph, "n.weight_ih_l0"), a));
    CHECK_OK(ad_set(state, ad_find(graph, "n.weight_hh_l0"), a));
    ad_program *p = ad_compile(state, .fetch = {out}, .feed = {in}, .training = training);
    ad_array feed = ad_f32(x, AD_SHAPE(1, STEPS, WIDE)), to = ad_f32(y, AD_SHAPE(1, STEPS, WIDE));
    CHECK_OK(p ? ad_run(p, &feed, &to) : ad_error_status());
    ad_program_free(p);
    end();
}

TEST(variational_masks_are_one_for_all_steps)
{
    float y[STEPS][WIDE];
    int kept = 0;
    count_steps(&AD_OPTIONS(ad_cell_options, .input_dropout = 0.5), true, y[0]);
    for (int i = 0; i < WIDE; i++)
        for (int t = 0; t < STEPS; t++)
            CHECK(y[t][i] == (y[0][i] == 0 ? 0 : 2 * (t + 1)));
    count_steps(&AD_OPTIONS(ad_cell_options, .state_dropout = 0.5), true, y[0]);
    for (int i = 0; i < WIDE; i++) {
        kept += y[1][i] == 3;
        for (int t = 0; t < STEPS; t++)
            CHECK(y[t][i] == (y[1][i] == 3 ? (2 << t) - 1 : 1));
    }
    CHECK(kept > 16 && kept < 48);
    count_steps(&AD_OPTIONS(ad_cell_options, .input_dropout = 0.5, .state_dropout = 0.5), false,
                y[0]);
    for (int i = 0; i < WIDE; i++)
        CHECK(y[STEPS - 1][i] == STEPS);
}

TEST(zoneout_keeps_units_or_takes_the_mean)
{
    float y[STEPS][WIDE];
    int kept = 0;
    count_steps(&AD_OPTIONS(ad_cell_options, .zoneout = 0.25), true, y[0]);
    for (int i = 0; i < WIDE; i++)
        for (int t = 1; t < STEPS; t++) {
            float up = y[t][i] - y[t - 1][i];
            CHECK(fabsf(up) < 1e-6F || fabsf(up - 1) < 1e-6F);
            kept += fabsf(up) < 1e-6F;
        }
    CHECK(kept > 40 && kept < 90); /* of 256: 64, deviation 7 */
    count_steps(&AD_OPTIONS(ad_cell_options, .zoneout = 0.25), false, y[0]);
    for (int i = 0; i < WIDE; i++)
        CHECK_CLOSE(y[STEPS - 1][i], 0.75 * STEPS, 1e-5);
}

TEST(the_forget_gate_starts_as_told)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(BATCH, TIME, IN));
    ad_cell(x, .kind = AD_CELL_LSTM, .base = BASE(.name = "l"), .forget_bias = 1);
    state = ad_state_new(graph, 1);
    ad_array in, hidden;
    CHECK_OK(ad_get(state, ad_find(graph, "l.bias_ih_l0"), &in));
    CHECK_OK(ad_get(state, ad_find(graph, "l.bias_hh_l0"), &hidden));
    for (int i = 0; i < 4 * WIDTH; i++) {
        bool forget = i / WIDTH == 1;
        double a = ad_array_item(&in, i), b = ad_array_item(&hidden, i);
        CHECK(forget ? a == 1 && b == 0 : fabs(a) <= 0.5 && fabs(b) <= 0.5 && a != b);
    }
    end();
}

/* ---- what is fetched */

TEST(states_and_gates_are_those_of_the_steps)
{
    begin();
    static float numbers[BATCH * TIME * IN];
    for (int i = 0; i < BATCH * TIME * IN; i++)
        numbers[i] = (float)formula(6, i);
    ad_tensor *x = ad_constant(graph, ad_f32(numbers, AD_SHAPE(BATCH, TIME, IN)));
    ad_tensor *h[3], *gates[3], *c, *y[3];
    y[0] = ad_cell(x, .base = BASE(.layers = 1), .states = &h[0], .gates = &gates[0]);
    y[1] = ad_cell(x, .kind = AD_CELL_GRU, .base = BASE(.layers = 1), .states = &h[1],
                   .gates = &gates[1]);
    y[2] = ad_cell(x, .kind = AD_CELL_LSTM, .base = BASE(.layers = 2), .states = &h[2], .cells = &c,
                   .gates = &gates[2]);
    ad_tensor *all[] = {y[0], h[0], gates[0], y[1], h[1], gates[1], y[2], h[2], c, gates[2]};
    ad_array a[10] = {{0}};
    state = ad_state_new(graph, 3);
    ad_program *p = ad_compile(state, .fetch_list = all, .fetch_count = 10);
    CHECK_OK(p ? ad_run(p, NULL, a) : ad_error_status());
    for (int i = 0; p && i < BATCH * TIME * WIDTH; i++) {
        int row = i / WIDTH, t = row % TIME, k = i % WIDTH;
        CHECK(ad_array_item(&a[0], i) == ad_array_item(&a[1], i));
        CHECK(ad_array_item(&a[0], i) == ad_array_item(&a[2], i));
        double before = t ? ad_array_item(&a[4], i - WIDTH) : 0;
        double z = ad_array_item(&a[5], row * 3 * WIDTH + WIDTH + k);
        double n = ad_array_item(&a[5], row * 3 * WIDTH + 2 * WIDTH + k);
        CHECK_CLOSE(ad_array_item(&a[3], i), (1 - z) * n + z * before, 1e-6);
        int above = row * 2 * WIDTH + WIDTH + k; /* of the second layer */
        double o = ad_array_item(&a[9], row * 8 * WIDTH + 4 * WIDTH + 3 * WIDTH + k);
        CHECK(ad_array_item(&a[6], i) == ad_array_item(&a[7], above));
        CHECK_CLOSE(ad_array_item(&a[6], i), o * tanh(ad_array_item(&a[8], above)), 1e-6);
    }
    ad_program_free(p);
    end();
}

/* ---- mistakes */

TEST(options_of_another_kind_are_refused)
{
#define REFUSED(words, ...)                                                          \
    do {                                                                             \
        begin();                                                                     \
        ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(BATCH, TIME, IN)), *out; \
        ad_tensor *y = ad_cell(x, __VA_ARGS__);                                      \
        (void)out;                                                                   \
        CHECK_CONTAINS(ad_tensor_error(y), words);                                   \
        end();                                                                       \
    } while (0)
    REFUSED(".relu is for rnn", .kind = AD_CELL_GRU, .base = BASE(.layers = 1), .relu = true);
    REFUSED(".reset_before is for gru", .base = BASE(.layers = 1), .reset_before = true);
    REFUSED(".peephole is for lstm", .base = BASE(.layers = 1), .peephole = true);
    REFUSED(".project is for lstm", .base = BASE(.layers = 1), .project = 2);
    REFUSED(".cells is for lstm", .base = BASE(.layers = 1), .cells = &out);
    REFUSED(".forget_bias is for lstm", .base = BASE(.layers = 1), .forget_bias = 1);
    REFUSED(".zoneout_cell is for lstm", .base = BASE(.layers = 1), .zoneout_cell = 0.1);
    REFUSED("less than .width", .kind = AD_CELL_LSTM, .base = BASE(.layers = 1), .project = 4);
    REFUSED(".bias = false", .kind = AD_CELL_LSTM, .base = BASE(.bias = false), .forget_bias = 1);
    REFUSED("below 1", .base = BASE(.layers = 1), .zoneout = 1);
    REFUSED("below 1", .base = BASE(.layers = 1), .state_dropout = -0.1);
    REFUSED("below 1", .base = BASE(.layers = 1), .input_dropout = NAN);
    REFUSED("no ad_cell_kind", .kind = (ad_cell_kind)3, .base = BASE(.layers = 1));
    REFUSED(".width is 0", .relu = true);
    REFUSED(".width is 0", .kind = AD_CELL_LSTM);
    REFUSED(".layers is 99", .base = BASE(.layers = 99), .relu = true, .probe = &out);
}

TEST(outs_hold_the_mistake_too)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(BATCH, IN)), *gates, *states, *probe;
    ad_tensor *y =
        ad_cell(x, .base = BASE(.layers = 1), .gates = &gates, .states = &states, .probe = &probe);
    CHECK(ad_tensor_error(y) && ad_tensor_error(gates) && ad_tensor_error(states) &&
          ad_tensor_error(probe));
    end();
}

TEST_MAIN
