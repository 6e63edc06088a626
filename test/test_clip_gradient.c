/* Gradients that are limited on their way back: ad_clip_gradient, and .clip_gradient of recurrent
 * layers against torch 2.15, unrolled with a hook on each state (script/sequence-goldens). */
#include "arrays.h"

#include "formula.h"

/* ---- the op */

enum { COUNT = 10 };

static const double given_slopes[COUNT] = {-INFINITY, -3,  -1.5, -1,      -0.0,
                                           0,         0.5, 1.5,  0x1p100, NAN};
static const double right_slopes[COUNT] = {-1.5, -1.5, -1.5, -1, -0.0, 0, 0.5, 1.5, 1.5, NAN};

static void check_numbers(const ad_array *a, const double *right)
{
    for (int i = 0; i < COUNT; i++) {
        double x = ad_array_item(a, i);
        CHECK(isnan(right[i]) ? isnan(x) : x == right[i] && !signbit(x) == !signbit(right[i]));
    }
}

/* The gradient of the sum of y[i] given_slopes[i], and y's own bits. */
static void op_of_type(ad_type type, bool naive)
{
    begin();
    ad_array given = array_new(type, AD_SHAPE(COUNT)), out[2] = {{0}};
    for (int i = 0; i < COUNT; i++)
        array_put(&given, i, given_slopes[i]);
    ad_tensor *x = ad_feed(graph, "x", type, AD_SHAPE(COUNT)), *d;
    ad_tensor *w = ad_feed(graph, "w", type, AD_SHAPE(COUNT)), *y = ad_clip_gradient(x, 1.5);
    ad_gradient(ad_sum(ad_mul(y, w), AD_ALL), &x, 1, &d);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y, d}, .feed = {x, w}, .naive = naive);
    CHECK_OK(p ? ad_run(p, (ad_array[]){given, given}, out) : ad_error_status());
    if (out[0].data) {
        check_numbers(&out[0], given_slopes);
        check_numbers(&out[1], right_slopes);
    }
    ad_program_free(p);
    free(given.data);
    end();
}

TEST(the_gradient_is_limited_and_the_value_is_not)
{
    for (int naive = 0; naive < 2; naive++)
        op_of_type(AD_F32, naive), op_of_type(AD_F64, naive);
}

/* dx = clamp(w), so the gradient of the sum of dx[i] is 1 within the limit, 0 beyond. */
TEST(the_gradient_of_the_gradient_is_the_clamps)
{
    static const double w_of[] = {-3, -1.5, -1, 0, 1.25, 1.5, 2, INFINITY};
    static const double right[] = {0, 0.5, 1, 1, 1, 0.5, 0, 0};
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F64, AD_SHAPE(8)), *dx, *dw, *dxx;
    ad_tensor *w = ad_feed(graph, "w", AD_F64, AD_SHAPE(8));
    ad_gradient(ad_sum(ad_mul(ad_clip_gradient(x, 1.5), w), AD_ALL), &x, 1, &dx);
    ad_gradient(ad_sum(dx, AD_ALL), &w, 1, &dw);
    state = ad_state_new(graph, 1);
    ad_array value;
    ad_binding feed = {w, ad_f64((double *)w_of, AD_SHAPE(8))};
    CHECK_OK(ad_value(state, dw, &feed, 1, &value));
    for (int i = 0; i < 8; i++)
        CHECK(ad_array_item(&value, i) == right[i]);
    /* L = sum of y^3: dx = clamp(3 x^2), whose gradient is 6 x within, and itself limited */
    ad_tensor *y = ad_clip_gradient(x, 1.5);
    ad_gradient(ad_sum(ad_mul(y, ad_square(y)), AD_ALL), &x, 1, &dx);
    ad_gradient(ad_sum(dx, AD_ALL), &x, 1, &dxx);
    static const double at[] = {-1, -0.6, -0.3, -0.1, 0, 0.2, 0.4, 2};
    static const double curve[] = {0, -1.5, -1.5, -0.6, 0, 1.2, 1.5, 0};
    feed = (ad_binding){x, ad_f64((double *)at, AD_SHAPE(8))};
    CHECK_OK(ad_value(state, dxx, &feed, 1, &value));
    for (int i = 0; i < 8; i++)
        CHECK_CLOSE(ad_array_item(&value, i), curve[i], 1e-15);
    end();
}

TEST(limits_are_numbers_above_zero)
{
    static const double wrong[] = {0, -0.0, -1, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        begin();
        ad_tensor *y = ad_clip_gradient(ad_feed(graph, "x", AD_F32, AD_SHAPE(2)), wrong[i]);
        CHECK_CONTAINS(ad_tensor_error(y), "clip_gradient: attribute 'limit' is");
        end();
    }
    begin();
    ad_tensor *y = ad_clip_gradient(ad_feed(graph, "i", AD_I32, AD_SHAPE(2)), 1);
    CHECK_CONTAINS(ad_tensor_error(y), "x is i32 and has to be f32 or f64");
    CHECK_CONTAINS(ad_tensor_error(ad_clip_gradient(NULL, 1)), "clip_gradient");
    end();
}

/* ---- recurrent layers beside torch's numbers */

static const char path[] = ADZE_TEST_DIR "/golden_sequence/clip.txt";

static ad_tensor *lengths(void)
{
    static const int32_t steps[] = {5, 3};
    return ad_constant(graph, ad_i32(steps, AD_SHAPE(2)));
}

/* The gradient by that weight, whose own gradients pass the limits once more. */
static ad_tensor *second(ad_tensor *y, const char *weight)
{
    double by[40];
    for (int i = 0; i < 40; i++)
        by[i] = 1 + i % 7 / 4.0;
    ad_tensor *w = ad_constant(graph, ad_f64(by, ad_tensor_shape(y))), *of = ad_find(graph, weight),
              *slope;
    ad_gradient(ad_sum(ad_mul(y, ad_cast(w, ad_tensor_type(y))), AD_ALL), &of, 1, &slope);
    return slope;
}

#define KIND(kind)                                                                             \
    static ad_tensor *kind##_clipped(ad_tensor *x)                                             \
    {                                                                                          \
        return ad_##kind(x, .width = 4, .clip_gradient = 1.5);                                 \
    }                                                                                          \
    static ad_tensor *kind##_both(ad_tensor *x)                                                \
    {                                                                                          \
        return ad_##kind(x, .width = 4, .layers = 2, .both = true, .clip_gradient = 1.5,       \
                         .length = lengths());                                                 \
    }                                                                                          \
    static ad_tensor *kind##_second(ad_tensor *x)                                              \
    {                                                                                          \
        return second(ad_##kind(x, .width = 4, .clip_gradient = 1.5), #kind "1.weight_hh_l0"); \
    }
KIND(rnn)
KIND(gru)
KIND(lstm)
#define ROWS_OF(kind)                                                 \
    {#kind "_clipped", kind##_clipped}, {#kind "_both", kind##_both}, \
        {#kind "_second", kind##_second},

static const formula_row rows[] = {ROWS_OF(rnn) ROWS_OF(gru) ROWS_OF(lstm)};

TEST(values_and_gradients_are_torchs)
{
    formula_rows(path, rows, sizeof rows / sizeof *rows, false);
}

/* ---- properties */

enum { BATCH = 2, TIME = 6, IN = 3, WIDTH = 4, LISTED = 40 };

typedef ad_tensor *layer_call(ad_tensor *x, const ad_recurrent_options *o);

static layer_call *const calls[] = {(ad_rnn), (ad_gru), (ad_lstm)};

/* What a layer of its own gives, and the gradients of the sum of squares by x and the variables. */
typedef struct net {
    ad_array out[LISTED];
    int outs;
    char *report, *c; /* what the program runs, and the same in C */
    int64_t bytes;
} net;

typedef struct asked {
    int kind;
    ad_recurrent_options o;
    ad_array x;
    const int32_t *steps; /* of each example; NULL: all */
    bool slopes;
    int threads; /* 0: 1 */
} asked;

static ad_program *net_program(const asked *a, ad_tensor **fetch, int *fetches)
{
    ad_recurrent_options o = a->o;
    ad_tensor *x = ad_feed(graph, "x", a->x.type, a->x.shape), *to[LISTED] = {x};
    if (a->steps)
        o.length = ad_constant(graph, ad_i32((int32_t *)a->steps, AD_SHAPE(a->x.shape.size[0])));
    fetch[0] = calls[a->kind](x, &o);
    int count = 1;
    for (; count <= ad_variable_count(graph); count++)
        to[count] = ad_variable_at(graph, count - 1);
    if (a->slopes)
        ad_gradient(ad_scale(ad_sum(ad_square(fetch[0]), AD_ALL), 3), to, count, fetch + 1);
    *fetches = a->slopes ? 1 + count : 1;
    state = ad_state_new(graph, 5);
    return ad_compile(state, .fetch_list = fetch, .fetch_count = *fetches, .feed = {x},
                      .training = a->slopes);
}

static net run_net(const asked *a)
{
    net n = {.outs = 0};
    ad_tensor *fetch[LISTED];
    ad_array found[LISTED] = {{0}};
    context = ad_context_new(.threads = a->threads ? a->threads : 1);
    graph = ad_graph_new(context);
    ad_program *p = net_program(a, fetch, &n.outs);
    CHECK_OK(p ? ad_run(p, &a->x, found) : ad_error_status());
    for (int i = 0; i < n.outs; i++)
        n.out[i] = array_kept(&found[i]);
    const char *report = p ? ad_program_text(p) : NULL, *c = p ? ad_program_c(p, "net") : NULL;
    n.report = strdup(report ? report : "");
    n.c = strdup(c ? c : "");
    n.bytes = ad_program_about(p).live_bytes;
    ad_program_free(p);
    end();
    return n;
}

static void net_done(net *n)
{
    for (int i = 0; i < n->outs; i++)
        free(n->out[i].data);
    free(n->report);
    free(n->c);
}

static bool same(const net *a, const net *b)
{
    bool equal = a->outs == b->outs;
    for (int i = 0; equal && i < a->outs; i++)
        equal = array_difference(&a->out[i], &b->out[i]) < 0;
    return equal;
}

static float series[BATCH * TIME * IN];

/* Of the second example steps from 3 on hold that. */
static void fill_series(float behind)
{
    for (int i = 0; i < BATCH * TIME * IN; i++)
        series[i] = i >= (TIME + 3) * IN ? behind : (float)formula(2, i);
}

static net both_ways(int kind, double limit, bool slopes, int threads)
{
    asked a = {.kind = kind,
               .o = AD_OPTIONS(ad_recurrent_options, .width = WIDTH, .layers = 2, .both = true,
                               .clip_gradient = limit),
               .x = ad_f32(series, AD_SHAPE(BATCH, TIME, IN)),
               .slopes = slopes,
               .threads = threads};
    return run_net(&a);
}

TEST(a_limit_above_all_gradients_changes_no_bit)
{
    fill_series(0.25F);
    for (int kind = 0; kind < 3; kind++) {
        net none = both_ways(kind, 0, true, 1), far = both_ways(kind, 1e6, true, 1);
        net near = both_ways(kind, 0.5, true, 1), threads = both_ways(kind, 0.5, true, 3);
        CHECK(same(&none, &far));
        CHECK(!same(&none, &near));
        CHECK(array_difference(&none.out[0], &near.out[0]) < 0);
        CHECK(same(&near, &threads));
        net_done(&none), net_done(&far), net_done(&near), net_done(&threads);
    }
}

/* Kernels, what is fused in them, bytes and products are the same, and so is the program in C. */
TEST(a_program_without_gradients_has_no_more_work)
{
    fill_series(0.25F);
    for (int kind = 0; kind < 3; kind++) {
        net without = both_ways(kind, 0, false, 1), with = both_ways(kind, 1, false, 1);
        CHECK(same(&without, &with));
        CHECK(*with.report);
        CHECK_STREQ(with.report, without.report);
        CHECK_STREQ(with.c, without.c);
        net_done(&without), net_done(&with);
    }
}

/* What the step gives and what the tanh in it gave are one in memory: over 500 steps a copy of
 * either would take 16,000 bytes. */
TEST(the_state_is_kept_once)
{
    static float x[BATCH * 500 * IN];
    asked a = {.o = AD_OPTIONS(ad_recurrent_options, .width = WIDTH),
               .x = ad_f32(x, AD_SHAPE(BATCH, 500, IN)),
               .slopes = true};
    net without = run_net(&a);
    a.o.clip_gradient = 1;
    net with = run_net(&a);
    CHECK(with.bytes < without.bytes + 4000);
    net_done(&without), net_done(&with);
}

static net of_steps(int kind, int64_t batch, int64_t time, float *x, const int32_t *steps)
{
    asked a = {
        .kind = kind,
        .o = AD_OPTIONS(ad_recurrent_options, .width = WIDTH, .both = true, .clip_gradient = 0.5),
        .x = ad_f32(x, AD_SHAPE(batch, time, IN)),
        .steps = steps,
        .slopes = true};
    return run_net(&a);
}

/* What stands behind the end has no say, and the limits of an example are those that it has alone.
 */
TEST(padding_changes_no_bit)
{
    static const int32_t steps[] = {TIME, 3};
    for (int kind = 0; kind < 3; kind++) {
        fill_series(0);
        net zeros = of_steps(kind, BATCH, TIME, series, steps);
        net alone = of_steps(kind, 1, 3, series + TIME * IN, NULL);
        fill_series(NAN);
        net nans = of_steps(kind, BATCH, TIME, series, steps);
        CHECK(same(&zeros, &nans));
        CHECK(memcmp((float *)zeros.out[1].data + TIME * IN, alone.out[1].data,
                     3 * IN * sizeof(float)) == 0);
        net_done(&zeros), net_done(&nans), net_done(&alone);
    }
}

/* ---- gradients that explode */

enum { LONG = 60, WIDE = 8 };

/* The largest of the gradients by the variables of tanh(x w + 3 q h + b), q orthogonal, x and b so
 * small that tanh is straight: 60 steps back the gradient has grown 3^60 times. */
static double largest_slope(double limit)
{
    static float x[LONG * WIDE], orthogonal[WIDE * WIDE];
    double largest = 0;
    for (int i = 0; i < LONG * WIDE; i++)
        x[i] = 1e-32F * (float)formula(1, i);
    for (int i = 0; i < WIDE * WIDE; i++) /* turned, and reflected at the vector of ones */
        orthogonal[i] = 3 * ((i / WIDE == (i % WIDE + 1) % WIDE) - 2.0F / WIDE);
    begin();
    ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, LONG, WIDE)), *last, *to[4], *slope[4];
    ad_rnn(in, .width = WIDE, .last = &last, .clip_gradient = limit, .name = "n", .bias = false);
    ad_tensor *start[] = {ad_find(graph, "n.weight_ih_l0"), ad_find(graph, "n.weight_hh_l0")};
    to[0] = in, to[1] = start[0], to[2] = start[1];
    ad_gradient(ad_sum(last, AD_ALL), to, 3, slope);
    state = ad_state_new(graph, 2);
    CHECK_OK(ad_set(state, start[1], ad_f32(orthogonal, AD_SHAPE(WIDE, WIDE))));
    ad_binding feed = {in, ad_f32(x, AD_SHAPE(1, LONG, WIDE))};
    for (int i = 0; i < 3; i++) {
        ad_array value;
        CHECK_OK(ad_value(state, slope[i], &feed, 1, &value));
        for (int64_t k = 0; k < ad_array_count(&value); k++) {
            double size = fabs(ad_array_item(&value, k));
            CHECK(isfinite(size));
            largest = fmax(largest, size);
        }
    }
    end();
    return largest;
}

TEST(exploding_gradients_are_bounded)
{
    CHECK(largest_slope(0) > 1e25);
    double bounded = largest_slope(0.5);
    CHECK(bounded > 1e-3 && bounded <= 0.5 * WIDE);
}

TEST(limits_of_layers_are_numbers_from_zero)
{
    static const double wrong[] = {-1, INFINITY, -INFINITY, NAN};
    for (int kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            begin();
            ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, 2, 3));
            ad_recurrent_options o =
                AD_OPTIONS(ad_recurrent_options, .width = 2, .clip_gradient = wrong[i]);
            CHECK_CONTAINS(ad_tensor_error(calls[kind](x, &o)), "limit above 0, or 0 for none");
            end();
        }
}

TEST_MAIN
