/* Winograd's convolutions (ad_context_options.winograd): within their bound of exact sums, the same
 * bits on every instruction set that has them and for any number of threads, and only where asked.
 */
#define _GNU_SOURCE /* setenv */
#include <adze/adze.h>

#include "contract_tools.h"
#include "test.h"

/* ---------------------------------------------------------------- a convolution, naively */

enum { RUNS = 60 };

/* Of one shape: x (n, h, v, c), w (f, c, p, q), y (n, i, j, f), dense but for the order of axes. */
struct case_of {
    struct convolve c;
    int64_t count[3]; /* of x, w, y */
    float *at[3];
};

enum { X, W, Y };

static int64_t strides(const int64_t *size, const int *order, int64_t *stride)
{
    int64_t count = 1;
    for (int i = 3; i >= 0; i--) {
        stride[order[i]] = count;
        count *= size[order[i]];
    }
    return count;
}

static struct convolve_axis axis_of(int64_t taps, int64_t stride, int64_t results)
{
    struct convolve_axis a = {.kernel = taps * stride, .stride = stride, .dilation = 1};
    a.padding = draw(2 * a.kernel);
    a.out = results;
    a.in = (results - 1) * stride + a.kernel - 2 * a.padding;
    if (a.in < 1)
        a.padding = 0, a.in = (results - 1) * stride + a.kernel;
    return a;
}

/* Extents of x that an input gradient can be cut into squares of. */
static void even(struct convolve_axis *a)
{
    int64_t unit = 2 * a->stride;
    a->in += (unit - a->in % unit) % unit;
}

static void fill_case(struct case_of *k)
{
    static const int orders[][4] = {{0, 1, 2, 3}, {0, 1, 2, 3}, {0, 3, 1, 2}, {1, 0, 2, 3}};
    struct convolve *c = &k->c;
    int64_t x[] = {c->batch, c->axis[0].in, c->axis[1].in, c->channels},
            w[] = {c->filters, c->channels, c->axis[0].kernel, c->axis[1].kernel},
            y[] = {c->batch, c->axis[0].out, c->axis[1].out, c->filters};
    bool weight = c->kind == CONVOLVE_WEIGHT_GRADIENT;
    k->count[X] = strides(x, orders[draw(4)], c->x_stride);
    k->count[W] = strides(w, orders[draw(4)], c->w_stride);
    k->count[Y] = strides(y, orders[weight ? 0 : draw(4)], c->y_stride);
    for (int i = 0; i < 3; i++) {
        k->at[i] = memory_of((size_t)k->count[i] * sizeof(float));
        for (int64_t j = 0; j < k->count[i]; j++)
            k->at[i][j] = (float)(draw(20001) - 10000) / 10000;
    }
}

/* Wide weight gradients go the usual way. */
static struct case_of case_new(enum convolve_kind kind)
{
    struct case_of k = {0};
    struct convolve *c = &k.c;
    bool back = kind == CONVOLVE_INPUT_GRADIENT;
    int64_t taps = 2 + draw(2);
    c->kind = kind;
    c->type = AD_F32;
    c->winograd = true;
    c->groups = 1;
    c->channels = 16 * PICK(1, 1, 2, 3, kind == CONVOLVE_WEIGHT_GRADIENT ? 4 : 9);
    c->filters = 16 * PICK(1, 1, 2, 3, back ? 33 : 5);
    c->batch = c->channels * c->filters <= 512 ? PICK(1, 5, 40) : PICK(1, 2, 3);
    c->has_tail = kind != CONVOLVE_WEIGHT_GRADIENT && draw(2);
    c->whole_rows = c->has_tail && draw(2);
    c->discard = c->has_tail && draw(2);
    for (int i = 0; i < 2; i++) {
        c->axis[i] = axis_of(taps, PICK(1, 1, 1, 2, 3), 2 * (1 + draw(5)));
        if (back)
            even(&c->axis[i]);
    }
    fill_case(&k);
    return k;
}

static void case_free(struct case_of *k)
{
    for (int i = 0; i < 3; i++)
        free(k->at[i]);
}

static float *x_at(const struct case_of *k, int64_t n, int64_t h, int64_t v, int64_t c)
{
    const int64_t *s = k->c.x_stride;
    bool inside = h >= 0 && h < k->c.axis[0].in && v >= 0 && v < k->c.axis[1].in;
    return inside ? &k->at[X][n * s[0] + h * s[1] + v * s[2] + c * s[3]] : NULL;
}

static float *w_at(const struct case_of *k, int64_t f, int64_t c, int64_t p, int64_t q)
{
    const int64_t *s = k->c.w_stride;
    return &k->at[W][f * s[0] + c * s[1] + p * s[2] + q * s[3]];
}

static float *y_at(const struct case_of *k, int64_t n, int64_t i, int64_t j, int64_t f)
{
    const int64_t *s = k->c.y_stride;
    return &k->at[Y][n * s[0] + i * s[1] + j * s[2] + f * s[3]];
}

/* Exact sums of all results, in double: at the index of the element that is computed. */
static double *exact(const struct case_of *k)
{
    const struct convolve *c = &k->c;
    int result = c->kind == CONVOLVE_FORWARD ? Y : c->kind == CONVOLVE_INPUT_GRADIENT ? X : W;
    double *sum = calloc((size_t)k->count[result], sizeof *sum);
    const struct convolve_axis *a = c->axis;
    for (int64_t n = 0; sum && n < c->batch; n++)
        for (int64_t i = 0; i < a[0].out; i++)
            for (int64_t j = 0; j < a[1].out; j++)
                for (int64_t p = 0; p < a[0].kernel; p++)
                    for (int64_t q = 0; q < a[1].kernel; q++)
                        for (int64_t ch = 0; ch < c->channels; ch++) {
                            const float *x = x_at(k, n, i * a[0].stride - a[0].padding + p,
                                                  j * a[1].stride - a[1].padding + q, ch);
                            for (int64_t f = 0; x && f < c->filters; f++) {
                                const float *w = w_at(k, f, ch, p, q), *y = y_at(k, n, i, j, f);
                                if (result == Y)
                                    sum[y - k->at[Y]] += (double)*x * *w;
                                else if (result == X)
                                    sum[x - k->at[X]] += (double)*y * *w;
                                else
                                    sum[w - k->at[W]] += (double)*y * *x;
                            }
                        }
    return sum;
}

/* What tails have seen, row by row. */
struct seen {
    const struct convolve *c;
    float *at;
    int64_t rows, columns, count;
};

static int64_t place_of(const struct seen *s, int64_t row, int64_t column)
{
    bool back = s->c->kind == CONVOLVE_INPUT_GRADIENT;
    const int64_t *stride = back ? s->c->x_stride : s->c->y_stride;
    const struct convolve_axis *a = s->c->axis;
    int64_t height = back ? a[0].in : a[0].out, width = back ? a[1].in : a[1].out;
    return row / (height * width) * stride[0] + row / width % height * stride[1] +
           row % width * stride[2] + column * stride[3];
}

static void see(void *user, void *block, int64_t row_stride, int64_t batch, int64_t row,
                int64_t rows, int64_t column, int64_t columns)
{
    struct seen *s = user;
    const float *from = block;
    CHECK_EQ(batch, 0);
    CHECK_EQ(row % AD_COLUMN_BLOCK, 0);
    CHECK(!s->c->whole_rows || columns == s->columns);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++, s->count++)
            s->at[(row + i) * s->columns + column + j] = from[i * row_stride + j];
}

/* Each result was seen once; those that lie nowhere else are put in their place. */
static void judge_seen(const struct seen *s, float *result)
{
    CHECK_EQ(s->count, s->rows * s->columns);
    for (int64_t row = 0; row < s->rows; row++)
        for (int64_t column = 0; column < s->columns; column++) {
            float *there = &result[place_of(s, row, column)],
                  value = s->at[row * s->columns + column];
            if (!s->c->discard && *there != value)
                TEST_FAILED("a tail saw %g, the result is %g", (double)value, (double)*there);
            *there = value;
        }
}

static void run_case(const struct machine *m, struct case_of *k)
{
    struct convolve *c = &k->c;
    int result = c->kind == CONVOLVE_INPUT_GRADIENT ? X : Y;
    struct seen seen = {.c = c, .columns = result == X ? c->channels : c->filters};
    seen.rows = k->count[result] / seen.columns;
    seen.at = memory_of((size_t)k->count[result] * sizeof(float));
    convolve_plan(c, m->table);
    struct convolve_run run = {.convolve = c,
                               .x = k->at[X],
                               .w = k->at[W],
                               .y = k->at[Y],
                               .shared = memory_of(c->shared_bytes),
                               .tail = c->has_tail ? see : NULL,
                               .user = &seen};
    for (int phase = 0; phase < CONTRACT_PHASES; phase++)
        run_phase(convolve_step, &run, (enum contract_phase)phase, c->tasks[phase],
                  c->scratch_bytes);
    if (c->has_tail)
        judge_seen(&seen, k->at[result]);
    free(seen.at);
    free(run.shared);
}

/* What the header says, all |x|, |w| and |y| being 1 at most. */
static double bound_of(const struct convolve *c)
{
    int64_t taps = c->axis[0].kernel / c->axis[0].stride;
    double factor = taps == 3 ? 64 : 16;
    double terms = (double)(c->channels * c->axis[0].stride * c->axis[1].stride);
    if (c->kind == CONVOLVE_INPUT_GRADIENT)
        terms = (double)c->filters;
    if (c->kind == CONVOLVE_WEIGHT_GRADIENT) {
        terms = (double)(c->batch * c->axis[0].out * c->axis[1].out) / 4;
        return (terms + 16 + 10) * 0x1p-24 * (taps == 3 ? 36 : 16) * terms;
    }
    return (terms + 10) * 0x1p-24 * factor * terms;
}

static void judge_case(const struct machine *m, const struct case_of *k, const float *got,
                       int64_t count)
{
    double *wanted = exact(k), worst = 0, bound = bound_of(&k->c); /* ten times what is seen */
    for (int64_t i = 0; i < count; i++)
        worst = fmax(worst, isfinite(got[i]) ? fabs(got[i] - wanted[i]) : INFINITY);
    if (!(worst <= bound) || worst > 0.1 * bound)
        TEST_FAILED(
            "%s, kind %d, %d channels, %d filters, kernel %d, stride %d, rows %d to %d: off "
            "by %g, bound %g",
            m->name, (int)k->c.kind, (int)k->c.channels, (int)k->c.filters,
            (int)k->c.axis[0].kernel, (int)k->c.axis[0].stride, (int)k->c.axis[0].in,
            (int)k->c.axis[0].out, worst, bound);
    free(wanted);
}

/* On every instruction set; those that have it have the same bits. */
static void on_all(enum convolve_kind kind)
{
    for (int i = 0; i < RUNS; i++) {
        struct case_of k = case_new(kind);
        int result = kind == CONVOLVE_FORWARD ? Y : kind == CONVOLVE_INPUT_GRADIENT ? X : W;
        size_t bytes = (size_t)k.count[result] * sizeof(float);
        float *first = NULL;
        for (const struct machine *m = machines; m->name; m++) {
            if (!isa_supported(m->isa))
                continue;
            memset(k.at[result], 0xff, bytes);
            run_case(m, &k);
            CHECK_EQ(k.c.plan.winograd.side > 0, m->isa != ISA_SSE2);
            judge_case(m, &k, k.at[result], k.count[result]);
            if (k.c.plan.winograd.side == 0)
                continue;
            if (first)
                CHECK(!memcmp(first, k.at[result], bytes));
            else
                first = memcpy(memory_of(bytes), k.at[result], bytes);
        }
        free(first);
        case_free(&k);
    }
    CHECK_EQ(failures, 0);
}

TEST(results)
{
    on_all(CONVOLVE_FORWARD);
}

TEST(gradients_of_the_input)
{
    on_all(CONVOLVE_INPUT_GRADIENT);
}

TEST(gradients_of_the_weights)
{
    on_all(CONVOLVE_WEIGHT_GRADIENT);
}

/* ---------------------------------------------------------------- what it is not for */

static bool goes(void (*change)(struct convolve *c))
{
    struct case_of k = case_new(CONVOLVE_FORWARD);
    change(&k.c);
    for (const struct machine *m = machines; m->name; m++)
        if (isa_supported(m->isa) && m->isa != ISA_SSE2) {
            convolve_plan(&k.c, m->table);
            break;
        }
    bool taken = k.c.plan.winograd.side > 0;
    case_free(&k);
    return taken;
}

#define CHANGE(name, ...)                  \
    static void name(struct convolve *c)   \
    {                                      \
        struct convolve_axis *a = c->axis; \
        (void)a;                           \
        __VA_ARGS__;                       \
    }

CHANGE(plain, c->batch = 1)
CHANGE(unasked, c->winograd = false)
CHANGE(few, c->channels = 8)
CHANGE(none, c->channels = 0)
CHANGE(uneven_filters, c->filters = 24)
CHANGE(odd_width, a[1].out--)
CHANGE(odd_height, a[0].out--)
CHANGE(dilated, a[0].dilation = 2)
CHANGE(of_five, a[0].kernel = 5 * a[0].stride, a[1].kernel = 5 * a[1].stride)
CHANGE(of_one, a[0].kernel = a[0].stride, a[1].kernel = a[1].stride)
CHANGE(mixed, a[0].kernel = 5 * a[0].stride - a[0].kernel)
CHANGE(ragged, a[0].kernel = a[1].kernel = 7, a[0].stride = a[1].stride = 2)
CHANGE(grouped, c->groups = 2, c->channels = c->filters = 32)
CHANGE(doubles, c->type = AD_F64)
CHANGE(x_halves, c->x_bf16 = true)
CHANGE(w_halves, c->w_bf16 = true)
CHANGE(y_halves, c->y_bf16 = true)
CHANGE(long_lines, a[1].out = 1 << 20, a[1].in = (1 << 20) * a[1].stride + 2 * a[1].kernel)
CHANGE(wide_gradient, c->kind = CONVOLVE_WEIGHT_GRADIENT, c->channels = c->filters = 512)
CHANGE(sparse_gradient, c->kind = CONVOLVE_WEIGHT_GRADIENT, c->y_stride[3] = 2)
CHANGE(odd_gradient, c->kind = CONVOLVE_INPUT_GRADIENT, a[1].in = 4 * a[1].stride + 1)

static bool any_has_it(void)
{
    for (const struct machine *m = machines; m->name; m++)
        if (isa_supported(m->isa) && m->isa != ISA_SSE2)
            return true;
    return false;
}

TEST(others_go_the_usual_way)
{
    static void (*const changes[])(struct convolve *) = {
        unasked,  few,      none,       uneven_filters, odd_width,       odd_height,  dilated,
        of_five,  of_one,   mixed,      ragged,         grouped,         doubles,     x_halves,
        w_halves, y_halves, long_lines, wide_gradient,  sparse_gradient, odd_gradient};
    CHECK_EQ(goes(plain), any_has_it());
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        if (goes(changes[i]))
            TEST_FAILED("number %zu goes Winograd's way", i);
}

/* ---------------------------------------------------------------- what is not finite */

/* NaN goes where the usual way has it, and nowhere else. */
static void same_nan(enum convolve_kind kind)
{
    struct case_of k = case_new(kind);
    int result = kind == CONVOLVE_FORWARD ? Y : X, from = kind == CONVOLVE_FORWARD ? X : Y;
    size_t bytes = (size_t)k.count[result] * sizeof(float);
    float *usual = memory_of(bytes);
    k.c.has_tail = k.c.discard = false;
    k.at[from][draw(k.count[from])] = NAN;
    for (const struct machine *m = machines; m->name; m++) {
        if (!isa_supported(m->isa) || m->isa == ISA_SSE2)
            continue;
        k.c.winograd = false;
        run_case(m, &k);
        memcpy(usual, k.at[result], bytes);
        k.c.winograd = true;
        run_case(m, &k);
        for (int64_t i = 0; i < k.count[result]; i++)
            CHECK_EQ(isnan(usual[i]) != 0, isnan(k.at[result][i]) != 0);
    }
    free(usual);
    case_free(&k);
}

TEST(nan_stays_where_it_belongs)
{
    for (int i = 0; i < 10; i++)
        same_nan(i % 2 ? CONVOLVE_FORWARD : CONVOLVE_INPUT_GRADIENT);
}

/* ---------------------------------------------------------------- a network */

enum { STEPS = 6 };

/* Two layers with shortcuts and norms between, so with tails; and a layer up. */
static ad_tensor *net(ad_graph *g)
{
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(4, 8, 12, 16)), *y = x;
    for (int i = 0; i < 2; i++) {
        y = ad_conv2d(y, .filters = 16, .kernel = 3, .same = true, .bias = false);
        y = ad_add(ad_relu(ad_batch_norm(y)), x);
    }
    y = ad_relu(ad_conv2d(y, .filters = 32, .kernel = 4, .stride = 2, .padding = 1));
    y = ad_conv_transpose2d(y, .filters = 16, .kernel = 4, .stride = 2, .padding = 1);
    return ad_mean(ad_square(ad_sub(y, x)), AD_ALL);
}

/* Losses of some steps. */
static void train(bool winograd, int threads, double *loss)
{
    float values[4 * 8 * 12 * 16];
    for (int i = 0; i < 4 * 8 * 12 * 16; i++)
        values[i] = (float)((i * 37) % 101) / 50 - 1;
    ad_context *context = ad_context_new(.threads = threads, .winograd = winograd);
    ad_graph *g = ad_graph_new(context);
    ad_tensor *step = ad_sgd(net(g), .rate = 1);
    ad_state *state = ad_state_new(g, 1);
    ad_program *p = ad_compile(state, .fetch = {step}, .training = true);
    REQUIRE(p);
    for (int i = 0; i < STEPS; i++) {
        ad_array out = {0}, feed = ad_f32(values, AD_SHAPE(4, 8, 12, 16));
        CHECK_OK(ad_run(p, &feed, &out));
        loss[i] = ad_array_item(&out, 0);
    }
    ad_program_free(p);
    ad_state_free(state);
    ad_graph_free(g);
    ad_context_free(context);
}

TEST(networks_learn_the_same)
{
    double usual[STEPS], one[STEPS], three[STEPS];
    unsetenv("ADZE_WINOGRAD");
    train(false, 1, usual);
    train(true, 1, one);
    setenv("ADZE_WINOGRAD", "1", 1);
    train(false, 3, three);
    unsetenv("ADZE_WINOGRAD");
    bool differs = false;
    for (int i = 0; i < STEPS; i++) {
        CHECK(fabs(usual[i] - one[i]) <= 1e-5 * usual[i]);
        CHECK(one[i] == three[i]);
        differs |= usual[i] != one[i];
    }
    CHECK_EQ(differs, any_has_it());
    CHECK(usual[STEPS - 1] < 0.8 * usual[0]);
}

/* ---------------------------------------------------------------- inference */

enum { RESULTS = 4 * 8 * 12 * 16 };

/* Results of two runs, and of one with other weights: what is packed once is packed anew. */
static void infer(bool winograd, float (*out)[RESULTS])
{
    static float values[RESULTS], ones[16 * 16 * 3 * 3];
    for (int i = 0; i < RESULTS; i++)
        values[i] = (float)((i * 37) % 101) / 50 - 1;
    for (int i = 0; i < 16 * 16 * 3 * 3; i++)
        ones[i] = (float)(i % 5) / 8 - .25F;
    ad_context *context = ad_context_new(.threads = 2, .winograd = winograd);
    ad_graph *g = ad_graph_new(context);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(4, 8, 12, 16));
    ad_tensor *y = ad_relu(ad_conv2d(x, .filters = 16, .kernel = 3, .same = true, .name = "a"));
    y = ad_conv2d(y, .filters = 16, .kernel = 3, .same = true, .name = "b");
    ad_state *state = ad_state_new(g, 1);
    ad_program *p = ad_compile(state, .fetch = {y});
    REQUIRE(p);
    for (int i = 0; i < 3; i++) {
        ad_array result = {0}, feed = ad_f32(values, AD_SHAPE(4, 8, 12, 16));
        if (i == 2)
            CHECK_OK(ad_set(state, ad_find(g, "b.weight"), ad_f32(ones, AD_SHAPE(16, 16, 3, 3))));
        CHECK_OK(ad_run(p, &feed, &result));
        memcpy(out[i], result.data, sizeof out[i]);
    }
    ad_program_free(p);
    ad_state_free(state);
    ad_graph_free(g);
    ad_context_free(context);
}

TEST(packed_weights_are_kept_and_made_anew)
{
    static float usual[3][RESULTS], fewer[3][RESULTS];
    infer(false, usual);
    infer(true, fewer);
    CHECK(!memcmp(fewer[0], fewer[1], sizeof fewer[0]));
    CHECK(memcmp(fewer[1], fewer[2], sizeof fewer[0]) != 0);
    CHECK_EQ(memcmp(fewer[0], usual[0], sizeof fewer[0]) != 0, any_has_it());
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < RESULTS; j++)
            CHECK(fabsf(usual[i][j] - fewer[i][j]) <= 1e-4F);
}

TEST_MAIN
