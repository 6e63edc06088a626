/* Winograd's convolutions (ad_context_options.winograd): within their bound of exact sums, the same
 * bits on every instruction set that has them and for any number of threads, and only where asked.
 */
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
    a.padding = draw(a.kernel);
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

static struct case_of case_new(enum convolve_kind kind)
{
    struct case_of k = {0};
    struct convolve *c = &k.c;
    int64_t taps = 2 + draw(2), stride = PICK(1, 1, 2, 3);
    c->kind = kind;
    c->type = AD_F32;
    c->winograd = true;
    c->groups = 1;
    c->batch = PICK(1, 2, 5);
    c->channels = 16 * PICK(1, 1, 2, 3, 9);
    c->filters = 16 * PICK(1, 1, 2, 3, 5);
    for (int i = 0; i < 2; i++) {
        c->axis[i] = axis_of(taps, stride, 2 * (1 + draw(5)));
        if (kind == CONVOLVE_INPUT_GRADIENT)
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

static void run_case(const struct machine *m, struct case_of *k)
{
    struct convolve *c = &k->c;
    convolve_plan(c, m->table);
    struct convolve_run run = {.convolve = c,
                               .x = k->at[X],
                               .w = k->at[W],
                               .y = k->at[Y],
                               .shared = memory_of(c->shared_bytes)};
    for (int phase = 0; phase < CONTRACT_PHASES; phase++)
        run_phase(convolve_step, &run, (enum contract_phase)phase, c->tasks[phase],
                  c->scratch_bytes);
    free(run.shared);
}

/* What the header says, all |x|, |w| and |y| being 1 at most. */
static double bound_of(const struct convolve *c)
{
    int64_t taps = c->axis[0].kernel / c->axis[0].stride, stride = c->axis[0].stride;
    double factor = taps == 3 ? 64 : 16, terms = (double)(c->channels * stride * stride);
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
    double *wanted = exact(k), worst = 0, bound = bound_of(&k->c);
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

static void plain(struct convolve *c)
{
    c->batch = 1;
}
static void unasked(struct convolve *c)
{
    c->winograd = false;
}
static void few(struct convolve *c)
{
    c->channels = 8;
}
static void filters(struct convolve *c)
{
    c->filters = 24;
}
static void odd(struct convolve *c)
{
    c->axis[1].out--;
}
static void dilated(struct convolve *c)
{
    c->axis[0].dilation = 2;
}
static void five(struct convolve *c)
{
    c->axis[0].kernel = c->axis[1].kernel = 5 * c->axis[0].stride;
}
static void uneven(struct convolve *c)
{
    c->axis[1].kernel = c->axis[1].stride;
}
static void grouped(struct convolve *c)
{
    c->groups = 2;
}
static void doubles(struct convolve *c)
{
    c->type = AD_F64;
}
static void halves(struct convolve *c)
{
    c->x_bf16 = true;
}
static void empty(struct convolve *c)
{
    c->batch = 0;
}

static bool any_has_it(void)
{
    for (const struct machine *m = machines; m->name; m++)
        if (isa_supported(m->isa) && m->isa != ISA_SSE2)
            return true;
    return false;
}

TEST(others_go_the_usual_way)
{
    static void (*const not [])(struct convolve *) = {
        unasked, few, filters, odd, dilated, five, uneven, grouped, doubles, halves, empty};
    CHECK_EQ(goes(plain), any_has_it());
    for (size_t i = 0; i < sizeof not / sizeof not [0]; i++)
        if (goes(not [i]))
            TEST_FAILED("number %zu goes Winograd's way", i);
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
    train(false, 1, usual);
    train(true, 1, one);
    train(true, 3, three);
    bool differs = false;
    for (int i = 0; i < STEPS; i++) {
        CHECK(fabs(usual[i] - one[i]) <= 1e-5 * usual[i]);
        CHECK(one[i] == three[i]);
        differs |= usual[i] != one[i];
    }
    CHECK_EQ(differs, any_has_it());
    CHECK(usual[STEPS - 1] < 0.8 * usual[0]);
}

TEST_MAIN
