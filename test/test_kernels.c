/* Kernels that move, pool and reduce: programs against the interpreter, bit for bit, on every
 * instruction set and for several numbers of threads, and which kernel it was that ran.
 *
 * "test_kernels --bench" prints how fast they are. */
#include "test.h"

#include <stdlib.h>
#include <time.h>

#include "arrays.h"
#include "core/graph.h"
#include "op/pool.h"

enum { FEEDS = 3, FETCHES = 5 };

/* A graph under test: build() makes feeds and fetches; the feeds are then filled. */
struct subject {
    ad_graph *graph;
    ad_tensor *feed[FEEDS + 1], *fetch[FETCHES + 1];
    ad_array value[FEEDS];
    int64_t limit[FEEDS]; /* of whole numbers: 0 to limit - 1; 0: -50 to 49 */
    int special;          /* one element in so many is NaN, infinite or a zero; 0: none */
    const char *kernel;   /* that has to be among those that ran */
};

static double random_number(uint64_t *state, int special)
{
    static const double specials[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0};
    uint64_t bits = random_next(state);
    if (special && bits % (uint64_t)special == 0)
        return specials[random_next(state) % 5];
    /* few different numbers, so that some are equal */
    return (bits & 1) ? (double)(bits >> 60) - 8 : (double)(bits >> 40) / (double)(1 << 23) - 1;
}

static void fill(struct subject *s, uint64_t seed)
{
    for (int i = 0; i < FEEDS && s->feed[i]; i++) {
        ad_array *a = &s->value[i];
        *a = array_new(ad_tensor_type(s->feed[i]), ad_tensor_shape(s->feed[i]));
        bool whole = a->type == AD_I32 || a->type == AD_I64;
        bool byte = ad_type_size(a->type) == 1;
        for (int64_t k = 0; k < ad_array_count(a); k++) {
            double v = random_number(&seed, s->special);
            if (whole && s->limit[i])
                v = random_below(&seed, (int)s->limit[i]);
            else if (whole)
                v = random_below(&seed, 100) - 50;
            array_put(a, k, byte ? v > 0 : v);
        }
    }
}

struct setting {
    const char *isa; /* NULL: the best */
    int threads;
    bool naive;
};

struct outcome {
    ad_status status;
    char message[600], text[6000];
    ad_array fetch[FETCHES];
};

static void outcome_done(struct outcome *o)
{
    for (int i = 0; i < FETCHES; i++)
        free(o->fetch[i].data);
}

static ad_program *compile(const struct subject *s, ad_state *state, bool naive)
{
    ad_compile_options options = AD_OPTIONS(ad_compile_options, .naive = naive);
    memcpy(options.feed, s->feed, sizeof s->feed);
    memcpy(options.fetch, s->fetch, sizeof s->fetch);
    return (ad_compile)(state, &options);
}

static void run_program(const struct subject *s, ad_program *p, struct outcome *o)
{
    ad_array found[FETCHES] = {0};
    o->status = ad_run(p, s->value, found);
    snprintf(o->message, sizeof o->message, "%s", o->status ? ad_error() : "");
    for (int i = 0; o->status == AD_OK && s->fetch[i]; i++)
        o->fetch[i] = array_kept(&found[i]);
    if (o->status == AD_OK)
        snprintf(o->text, sizeof o->text, "%s", ad_program_text(p));
}

typedef void builder(struct subject *s, int variant);

static struct outcome run(builder *build, int variant, const struct setting *setting,
                          const char **kernel)
{
    struct outcome o = {.status = AD_ERROR_SYSTEM};
    ad_context *c = ad_context_new(.threads = setting->threads, .isa = setting->isa);
    struct subject s = {.graph = ad_graph_new(c)};
    build(&s, variant);
    fill(&s, 7 + (uint64_t)variant);
    ad_state *state = ad_state_new(s.graph, 1);
    ad_program *p = compile(&s, state, setting->naive);
    if (p)
        run_program(&s, p, &o);
    else
        snprintf(o.message, sizeof o.message, "%s", ad_error());
    for (int i = 0; i < FEEDS; i++)
        free(s.value[i].data);
    *kernel = s.kernel;
    ad_program_free(p);
    ad_state_free(state);
    ad_graph_free(s.graph);
    ad_context_free(c);
    return o;
}

static void compare(const struct outcome *a, const struct outcome *b, int variant,
                    const struct setting *setting)
{
    const char *isa = setting->isa ? setting->isa : "best";
    if (a->status != b->status || !strstr(b->message, a->message)) /* a program adds the place */
        TEST_FAILED("variant %d, %s, %d threads: \"%s\" for \"%s\"", variant, isa, setting->threads,
                    b->message, a->message);
    for (int i = 0; i < FETCHES && a->fetch[i].data && b->fetch[i].data; i++) {
        int64_t k = array_difference(&a->fetch[i], &b->fetch[i]);
        if (k < 0)
            continue;
        TEST_FAILED("variant %d, %s, %d threads: fetch %d, element %lld is %.17g, not %.17g",
                    variant, isa, setting->threads, i, (long long)k, ad_array_item(&b->fetch[i], k),
                    ad_array_item(&a->fetch[i], k));
        return;
    }
}

static void check_variant(builder *build, int variant)
{
    static const struct setting settings[] = {{NULL, 1, false},
                                              {NULL, 2, false},
                                              {NULL, 3, false},
                                              {"sse2", 2, false},
                                              {"avx2", 2, false}};
    const struct setting naive = {NULL, 1, true};
    const char *kernel;
    struct outcome a = run(build, variant, &naive, &kernel);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (!isa_is_here(settings[i].isa))
            continue;
        struct outcome b = run(build, variant, &settings[i], &kernel);
        compare(&a, &b, variant, &settings[i]);
        if (b.status == AD_OK && kernel && !strstr(b.text, kernel))
            TEST_FAILED("variant %d ran without %s:\n%s", variant, kernel, b.text);
        outcome_done(&b);
    }
    outcome_done(&a);
}

static void check(builder *build, int variants)
{
    for (int variant = 0; variant < variants; variant++)
        check_variant(build, variant);
}

/* ---- pooling */

struct pool_case {
    ad_type type;
    ad_shape shape;
    ad_window_options options;
    int special;
};

/* clang-format off */
#define WINDOW(...) AD_INIT_(ad_window_options, __VA_ARGS__)
static const struct pool_case pools[] = {
    {AD_F32, {4, {2, 28, 28, 32}}, WINDOW(), 0},
    {AD_F32, {4, {3, 14, 14, 64}}, WINDOW(), 9},
    {AD_F32, {4, {40, 6, 8, 6}}, WINDOW(), 9},                                    /* several images in a task */
    {AD_F32, {4, {1, 61, 67, 19}}, WINDOW(), 20},                                 /* the last row and column are left out */
    {AD_F32, {4, {2, 33, 29, 17}}, WINDOW(.window = 3, .stride = 2, .padding = 1), 9},
    {AD_F32, {4, {1, 40, 40, 33}}, WINDOW(.window = 3, .stride = 1, .padding = 1), 50},
    {AD_F32, {4, {2, 31, 30, 16}}, WINDOW(.window = 2, .stride = 3), 9},           /* gaps */
    {AD_F32, {4, {2, 30, 31, 5}}, WINDOW(.window = 4, .stride = 3, .window_w = 1, .stride_w = 2, .padding_w = 0), 9},
    {AD_F32, {4, {1, 9, 9, 100}}, WINDOW(.window = 9), 40},                        /* all of it */
    {AD_F32, {4, {2, 20, 20, 1}}, WINDOW(.window = 5, .padding = 2), 9},
    {AD_F32, {3, {3, 501, 24}}, WINDOW(.window = 3, .stride = 2, .padding = 1), 9},
    {AD_F32, {3, {2, 1000, 7}}, WINDOW(.window = 4), 0},
    {AD_F64, {4, {2, 28, 28, 13}}, WINDOW(), 9},
    {AD_F64, {4, {2, 17, 19, 8}}, WINDOW(.window = 3, .stride = 2, .padding = 1), 9},
    {AD_F64, {3, {2, 300, 9}}, WINDOW(.window = 5, .stride = 2), 9},
    {AD_F32, {4, {0, 4, 4, 3}}, WINDOW(), 0},
    {AD_F32, {4, {2, 4, 4, 0}}, WINDOW(), 0},
};
/* clang-format on */
enum { POOLS = sizeof pools / sizeof pools[0] };

/* Value, gradient, and the gradient of that; y: the pooled x. */
static void finish_pool(struct subject *s, const struct pool_case *p, ad_tensor *x, ad_tensor *y)
{
    ad_tensor *dy = ad_feed(s->graph, "dy", p->type, ad_tensor_shape(y));
    ad_tensor *dx, *again;
    ad_gradient_from(y, dy, &x, 1, &dx);
    ad_tensor *z = ad_mul(ad_square(dx), ad_number(s->graph, p->type, 0.25));
    ad_gradient(z, &dy, 1, &again);
    s->feed[0] = x, s->feed[1] = dy;
    s->fetch[0] = y, s->fetch[1] = dx, s->fetch[2] = again;
    s->special = p->special;
}

static void build_largest(struct subject *s, int variant)
{
    const struct pool_case *p = &pools[variant];
    ad_tensor *x = ad_feed(s->graph, "x", p->type, p->shape);
    finish_pool(s, p, x, (ad_max_pool)(x, &p->options));
    s->kernel = "pool largest back";
}

TEST(max_pool)
{
    check(build_largest, POOLS);
}

static void build_mean(struct subject *s, int variant)
{
    const struct pool_case *p = &pools[variant / 2];
    ad_window_options options = p->options;
    options.count_padding = variant % 2;
    ad_tensor *x = ad_feed(s->graph, "x", p->type, p->shape);
    finish_pool(s, p, x, (ad_average_pool)(x, &options));
    s->kernel = "pool mean back";
}

TEST(average_pool)
{
    check(build_mean, 2 * POOLS);
}

/* Only the value; only the gradient, for which the value is not needed. */
static void build_pool_alone(struct subject *s, int variant)
{
    ad_tensor *x = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(3, 20, 20, 24));
    ad_tensor *y = ad_max_pool(x), *dx;
    ad_gradient(y, &x, 1, &dx);
    s->feed[0] = x;
    s->fetch[0] = variant ? dx : y;
    s->special = 9;
    s->kernel = "pool largest";
}

TEST(max_pool_alone)
{
    check(build_pool_alone, 2);
}

/* Views: a part of the channels, every second row, other orders of axes. */
static void build_pool_view(struct subject *s, int variant)
{
    ad_tensor *x = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(4, 20, 22, 40)), *v = x;
    switch (variant % 4) {
    case 0: v = ad_slice(x, 3, 3, 30, 1); break;
    case 1: v = ad_slice(x, 1, 1, 19, 2); break;
    case 2: v = ad_transpose(x, AD_AXES(2, 0, 1, 3)); break;
    default: v = ad_transpose(x, AD_AXES(0, 3, 2, 1)); break;
    }
    ad_tensor *y = variant < 4 ? ad_max_pool(v, .window = 2) : ad_average_pool(v, .window = 3);
    ad_tensor *dx;
    ad_gradient(ad_square(y), &x, 1, &dx);
    s->feed[0] = x;
    s->fetch[0] = y, s->fetch[1] = dx;
}

TEST(pool_of_views)
{
    check(build_pool_view, 8);
}

/* Places that come from outside: some are shared, some lie in no window, some out of range. */
static void build_places(struct subject *s, int variant)
{
    static const int64_t sizes[][3] = {{2, 2, 0}, {3, 2, 1}, {2, 2, 0}};
    const int64_t *w = sizes[variant / 2 % 3];
    struct pool_adjoint_attributes a = {{w[0], w[0], w[1], w[1], w[2], w[2], false}, 8, 8};
    ad_type type = variant % 2 ? AD_F64 : AD_F32;
    ad_tensor *x = ad_feed(s->graph, "x", type, AD_SHAPE(3, 8, 8, 37));
    ad_shape pooled =
        ad_tensor_shape((ad_max_pool)(x, &AD_OPTIONS(ad_window_options, .window = w[0],
                                                     .stride = w[1], .padding = w[2])));
    ad_tensor *dy = ad_feed(s->graph, "dy", type, pooled);
    ad_tensor *index = ad_feed(s->graph, "index", AD_I32, pooled);
    s->feed[0] = x, s->feed[1] = dy, s->feed[2] = index;
    s->limit[2] = variant < 4 ? 64 : 65;
    s->fetch[0] = graph_node2(&op_max_pool_scatter, &a, dy, index);
    s->fetch[1] = graph_node2(&op_max_pool_take, &a.pool, x, index);
    s->kernel = "pool scatter";
}

TEST(places_from_outside)
{
    check(build_places, 6);
}

/* ---- rows by number */

struct gather_case {
    ad_type type, index_type;
    ad_shape shape, index;
    int axis;
};

static const struct gather_case gathers[] = {
    {AD_F32, AD_I32, {2, {500, 128}}, {2, {16, 33}}, 0},
    {AD_F32, AD_I64, {2, {70, 100}}, {1, {9000}}, 0}, /* several runs, many equal */
    {AD_F32, AD_I32, {2, {3, 3000}}, {1, {200}}, 0},  /* few rows, wide */
    {AD_F64, AD_I32, {3, {6, 50, 9}}, {1, {41}}, 1},
    {AD_F32, AD_I64, {3, {4, 5, 70}}, {2, {3, 40}}, 2},
    {AD_I32, AD_I32, {2, {40, 33}}, {1, {300}}, 0},
    {AD_I64, AD_I64, {1, {1000}}, {1, {5000}}, 0},
    {AD_F32, AD_I32, {2, {30, 4}}, {1, {0}}, 0},
    {AD_F32, AD_I32, {2, {30, 4}}, {0, {0}}, 1},
    {AD_F32, AD_I32, {2, {30, 0}}, {1, {7}}, 0},
    {AD_F32, AD_I32, {3, {0, 30, 2}}, {1, {7}}, 1},
    {AD_F32, AD_I32, {1, {100}}, {1, {9000}}, 0}, /* rows of few numbers */
    {AD_F64, AD_I64, {3, {3, 40, 2}}, {1, {700}}, 1},
    {AD_I32, AD_I32, {2, {5, 30}}, {2, {20, 50}}, 1},
};
enum { GATHERS = sizeof gathers / sizeof gathers[0] };

static void build_gather(struct subject *s, int variant)
{
    const struct gather_case *g = &gathers[variant];
    ad_tensor *x = ad_feed(s->graph, "x", g->type, g->shape);
    ad_tensor *index = ad_feed(s->graph, "index", g->index_type, g->index);
    ad_tensor *y = ad_gather(x, index, g->axis);
    s->feed[0] = x, s->feed[1] = index;
    s->limit[1] = g->shape.size[g->axis];
    s->fetch[0] = y;
    s->special = 20;
    if (g->type == AD_F32 || g->type == AD_F64)
        ad_gradient(ad_square(y), &x, 1, &s->fetch[1]);
    if (variant < 7)
        s->kernel = s->fetch[1] ? "scatter rows" : "gather rows";
}

TEST(gather_and_gradient)
{
    check(build_gather, GATHERS);
}

static void build_scatter(struct subject *s, int variant)
{
    const struct gather_case *g = &gathers[variant];
    ad_shape part = {0};
    for (int i = 0; i < g->shape.rank; i++)
        if (i != g->axis)
            part.size[part.rank++] = g->shape.size[i];
        else
            for (int k = 0; k < g->index.rank; k++)
                part.size[part.rank++] = g->index.size[k];
    s->feed[0] = ad_feed(s->graph, "x", g->type, g->shape);
    s->feed[1] = ad_feed(s->graph, "index", g->index_type, g->index);
    s->feed[2] = ad_feed(s->graph, "part", g->type, part);
    s->limit[1] = g->shape.size[g->axis];
    s->special = 20;
    s->fetch[0] = ad_scatter_add(s->feed[0], s->feed[1], s->feed[2], g->axis);
}

TEST(scatter_add)
{
    check(build_scatter, GATHERS);
}

/* Numbers out of range: the first is named, whatever the threads. */
static void build_bad_gather(struct subject *s, int variant)
{
    build_gather(s, variant);
    s->limit[1] += 1 + s->limit[1] / 50;
}

TEST(gather_out_of_range)
{
    check(build_bad_gather, GATHERS);
}

static void build_bad_scatter(struct subject *s, int variant)
{
    build_scatter(s, variant);
    s->limit[1] += 1 + s->limit[1] / 50;
}

TEST(scatter_out_of_range)
{
    check(build_bad_scatter, GATHERS);
}

static void build_gather_view(struct subject *s, int variant)
{
    ad_tensor *x = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(20, 30, 40)), *v = x;
    switch (variant) {
    case 0: v = ad_slice(x, 0, 2, 18, 3); break;
    case 1: v = ad_slice(x, 2, 5, 25, 1); break;
    case 2: v = ad_transpose(x, AD_AXES(1, 0, 2)); break;
    default: v = ad_transpose(x, AD_AXES(2, 1, 0)); break;
    }
    s->feed[0] = x;
    s->feed[1] = ad_feed(s->graph, "index", AD_I32, AD_SHAPE(70));
    s->limit[1] = 6;
    s->fetch[0] = ad_gather(v, s->feed[1], 0);
    s->fetch[1] = ad_gather(v, s->feed[1], 1);
}

TEST(gather_of_views)
{
    check(build_gather_view, 4);
}

/* Labels of a loss are checked against the number of classes. */
static void build_labels(struct subject *s, int variant)
{
    s->feed[0] = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(30000, 3));
    s->feed[1] = ad_feed(s->graph, "y", variant % 2 ? AD_I32 : AD_I64, AD_SHAPE(30000));
    s->limit[1] = variant < 2 ? 3 : 4;
    s->fetch[0] = ad_cross_entropy(s->feed[0], s->feed[1]);
}

TEST(check_range)
{
    check(build_labels, 4);
}

/* ---- parts of axes */

static void build_concat(struct subject *s, int variant)
{
    int axis = variant % 3;
    ad_type type = variant < 3 ? AD_F32 : variant < 6 ? AD_F64 : variant < 9 ? AD_I32 : AD_BOOL;
    ad_shape shape[2] = {AD_SHAPE(40, 50, 33), AD_SHAPE(40, 50, 33)};
    shape[0].size[axis] = 7;
    for (int i = 0; i < 2; i++)
        s->feed[i] = ad_feed(s->graph, i ? "b" : "a", type, shape[i]);
    ad_tensor *turned = ad_transpose(ad_slice(s->feed[1], 0, 39, 0, -1), AD_AXES(0, 1, 2));
    ad_shape flipped = AD_SHAPE(33, 50, 40);
    s->feed[2] = ad_feed(s->graph, "c", type, flipped);
    ad_tensor *last = ad_transpose(s->feed[2], AD_AXES(2, 1, 0));
    ad_tensor *parts[] = {s->feed[0], s->feed[1], last, s->feed[0]};
    s->fetch[0] = ad_concat(parts, 4, axis);
    s->fetch[1] = axis == 0 ? ad_concat((ad_tensor *[]){turned, s->feed[1]}, 2, 0) : NULL;
    s->kernel = "move rows";
}

TEST(concat)
{
    check(build_concat, 12);
}

static void build_pad(struct subject *s, int variant)
{
    int axis = variant % 3;
    ad_tensor *x = ad_feed(s->graph, "x", variant < 6 ? AD_F32 : AD_I64, AD_SHAPE(40, 50, 33));
    s->feed[0] = x;
    s->fetch[0] = ad_pad(x, axis, 3, 5, variant < 3 ? 0 : 1.5);
    s->fetch[1] = ad_pad(ad_transpose(x, AD_AXES(1, 2, 0)), axis, 0, 2, -1);
    s->fetch[2] = ad_pad(x, axis, 0, 0, 1);
    s->kernel = "move rows";
}

TEST(pad)
{
    check(build_pad, 9);
}

static void build_spread(struct subject *s, int variant)
{
    static const int64_t ends[][3] = {{2, 9, 1}, {1, AD_END, 3}, {27, 3, -1}, {28, AD_END, -5}};
    const int64_t *e = ends[variant / 3];
    ad_tensor *x = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(30, 31, 40));
    ad_tensor *y = ad_square(ad_slice(x, variant % 3, e[0], e[1], e[2]));
    s->feed[0] = x;
    s->special = 0;
    ad_gradient(y, &x, 1, &s->fetch[0]);
    s->kernel = "move rows";
}

TEST(spread)
{
    check(build_spread, 12);
}

/* ---- reductions */

struct reduce_case {
    ad_shape shape;
    ad_axes axes;
};

static const struct reduce_case reductions[] = {
    {{3, {16, 100, 40}}, {1, {1}}},
    {{3, {3, 5000, 7}}, {1, {1}}}, /* two levels of blocks */
    {{3, {2, 63, 3000}}, {1, {1}}},
    {{3, {5, 65, 2500}}, {1, {1}}},
    {{4, {4, 9, 10, 70}}, {2, {0, 2}}},
    {{4, {4, 9, 10, 70}}, {2, {1, 3}}},
    {{3, {7, 30, 5000}}, {2, {0, 2}}}, /* rows of two pieces */
    {{5, {3, 4, 5, 6, 17}}, {3, {0, 2, 4}}},
    {{7, {2, 3, 2, 3, 2, 3, 2}}, {4, {0, 2, 4, 6}}},
    {{8, {2, 3, 2, 3, 2, 3, 2, 3}}, {4, {1, 3, 5, 7}}},
    {{5, {3, 1, 50, 1, 6}}, {1, {2}}},
    {{5, {3, 1, 50, 1, 6}}, {3, {0, 3, 4}}},
    {{3, {2, 270000, 3}}, {1, {1}}}, /* three levels */
    {{3, {2, 64, 3000}}, {1, {1}}},  /* from here on loops: whole blocks, */
    {{3, {3, 4160, 7}}, {1, {1}}},   /* two levels of them, */
    {{3, {2, 262208, 3}}, {1, {1}}}, /* three */
    {{6, {3, 1, 8, 16, 2, 5}}, {2, {2, 3}}},
    {{3, {2, 0, 3}}, {1, {1}}},
    {{3, {0, 4, 3}}, {2, {0, 2}}},
};
enum { REDUCTIONS = sizeof reductions / sizeof reductions[0] };

static void build_reduce(struct subject *s, int variant)
{
    static const ad_type types[] = {AD_F32, AD_F64, AD_I32, AD_I64};
    const struct reduce_case *r = &reductions[variant / 4];
    s->feed[0] = ad_feed(s->graph, "x", types[variant % 4], r->shape);
    s->fetch[0] = ad_sum(s->feed[0], r->axes);
    s->fetch[1] = ad_max(s->feed[0], r->axes);
    s->fetch[2] = ad_min(s->feed[0], r->axes);
    s->special = variant % 8 < 4 ? 0 : 500;
    s->kernel = variant / 4 < 13 ? "reduce" : NULL;
}

TEST(reduce)
{
    check(build_reduce, 4 * REDUCTIONS);
}

static void build_reduce_view(struct subject *s, int variant)
{
    ad_tensor *x = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(20, 30, 40, 6)), *v = x;
    switch (variant) {
    case 0: v = ad_slice(x, 0, 2, 18, 3); break;
    case 1: v = ad_slice(x, 3, 1, 5, 1); break;
    case 2: v = ad_transpose(x, AD_AXES(1, 0, 2, 3)); break;
    case 3: v = ad_transpose(x, AD_AXES(3, 2, 1, 0)); break;
    default: v = ad_slice(x, 1, 29, AD_END, -2); break;
    }
    s->feed[0] = x;
    s->fetch[0] = ad_sum(v, AD_AXES(1));
    s->fetch[1] = ad_sum(v, AD_AXES(0, 2));
    s->fetch[2] = ad_max(v, AD_AXES(1, 2));
    s->fetch[3] = ad_sum(v, AD_AXES(1, 3));
    s->fetch[4] = ad_sum(ad_slice(v, 1, 0, 8, 1), AD_AXES(1, 2)); /* mostly whole blocks */
}

TEST(reduce_views)
{
    check(build_reduce_view, 5);
}

static void build_argmax(struct subject *s, int variant)
{
    static const ad_type types[] = {AD_F32, AD_F64, AD_I32, AD_I64};
    static const ad_shape shapes[] = {{2, {300, 10}}, {2, {5, 10000}}, {3, {20, 30, 7}},
                                      {1, {70000}},   {2, {4, 1}},     {2, {0, 5}}};
    static const int axes[] = {1, 1, 1, 0, 1, 1};
    s->feed[0] = ad_feed(s->graph, "x", types[variant % 4], shapes[variant / 8]);
    s->fetch[0] = ad_argmax(s->feed[0], axes[variant / 8]);
    s->special = variant / 4 % 2 ? 0 : 10;
    s->kernel = variant / 8 < 5 ? "argmax rows" : NULL;
}

TEST(argmax)
{
    check(build_argmax, 48);
}

/* ---- speed */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double fastest_run(ad_program *p, const ad_array *feeds, double limit)
{
    double best = INFINITY, start = seconds();
    while (seconds() - start < limit) {
        ad_array found[FETCHES] = {0};
        double t = seconds();
        if (ad_run(p, feeds, found) != AD_OK)
            return NAN;
        t = seconds() - t;
        best = t < best ? t : best;
    }
    return best;
}

static double copy_speed(void)
{
    size_t bytes = (size_t)1 << 23;
    char *from = malloc(bytes), *to = malloc(bytes);
    double best = INFINITY;
    memset(from, 1, bytes);
    for (int i = 0; i < 30; i++) {
        double t = seconds();
        memcpy(to, from, bytes);
        t = seconds() - t;
        best = t < best ? t : best;
    }
    double speed = (double)to[bytes - 1] * 2 * (double)bytes / best * 1e-9;
    free(from);
    free(to);
    return speed;
}

/* bytes: read and written, at least */
static void bench(const char *name, builder *build, int variant, double bytes)
{
    printf("%-34s", name);
    for (int threads = 1; threads <= 2; threads++) {
        ad_context *c = ad_context_new(.threads = threads);
        struct subject s = {.graph = ad_graph_new(c)};
        build(&s, variant);
        fill(&s, 1);
        ad_state *state = ad_state_new(s.graph, 1);
        ad_program *p = compile(&s, state, false);
        double t = p ? fastest_run(p, s.value, 0.5) : NAN;
        printf("  %d thread%s %8.3f ms %6.1f GB/s", threads, threads > 1 ? "s" : "", t * 1e3,
               bytes / t * 1e-9);
        for (int i = 0; i < FEEDS; i++)
            free(s.value[i].data);
        ad_program_free(p);
        ad_state_free(state);
        ad_graph_free(s.graph);
        ad_context_free(c);
    }
    printf("\n");
}

enum { BENCH_LARGEST = 1, BENCH_BACK = 2, BENCH_SMALL = 4 };

static void bench_pool(struct subject *s, int variant)
{
    int side = variant & BENCH_SMALL ? 14 : 28, channels = variant & BENCH_SMALL ? 64 : 32;
    ad_tensor *x = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(64, side, side, channels));
    ad_tensor *y = variant & BENCH_LARGEST ? ad_max_pool(x) : ad_average_pool(x);
    s->feed[0] = x;
    s->fetch[0] = y;
    if (!(variant & BENCH_BACK))
        return;
    s->feed[1] = ad_feed(s->graph, "dy", AD_F32, ad_tensor_shape(y));
    ad_gradient_from(y, s->feed[1], &x, 1, &s->fetch[0]);
}

static void bench_gather(struct subject *s, int variant)
{
    (void)variant;
    s->feed[0] = ad_feed(s->graph, "table", AD_F32, AD_SHAPE(50000, 128));
    s->feed[1] = ad_feed(s->graph, "index", AD_I32, AD_SHAPE(16384));
    s->limit[1] = 50000;
    s->fetch[0] = ad_gather(s->feed[0], s->feed[1], 0);
}

static void bench_scatter(struct subject *s, int variant)
{
    (void)variant;
    ad_tensor *base = ad_full(s->graph, AD_F32, AD_SHAPE(50000, 128), 0);
    s->feed[0] = ad_feed(s->graph, "part", AD_F32, AD_SHAPE(16384, 128));
    s->feed[1] = ad_feed(s->graph, "index", AD_I32, AD_SHAPE(16384));
    s->limit[1] = 50000;
    s->fetch[0] = ad_scatter_add(base, s->feed[1], s->feed[0], 0);
}

static void bench_concat(struct subject *s, int variant)
{
    (void)variant;
    s->feed[0] = ad_feed(s->graph, "a", AD_F32, AD_SHAPE(64, 100, 128));
    s->feed[1] = ad_feed(s->graph, "b", AD_F32, AD_SHAPE(64, 100, 128));
    s->fetch[0] = ad_concat(s->feed, 2, 2);
}

static void bench_reduce(struct subject *s, int variant)
{
    s->feed[0] = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(64, 100, 256));
    s->fetch[0] = ad_sum(s->feed[0], variant ? AD_AXES(0, 2) : AD_AXES(1));
}

static void bench_argmax(struct subject *s, int variant)
{
    (void)variant;
    s->feed[0] = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(160, 10000));
    s->fetch[0] = ad_argmax(s->feed[0], 1);
}

static int bench_all(void)
{
    double x28 = 64.0 * 28 * 28 * 32 * 4, x14 = 64.0 * 14 * 14 * 64 * 4;
    double table = 50000.0 * 128 * 4, rows = 16384.0 * 128 * 4, x = 64.0 * 100 * 256 * 4;
    printf("copy, one thread: %.1f GB/s\n", copy_speed());
    bench("max_pool (64,28,28,32)", bench_pool, BENCH_LARGEST, 1.25 * x28);
    bench("max_pool (64,14,14,64)", bench_pool, BENCH_LARGEST | BENCH_SMALL, 1.25 * x14);
    bench("max_pool both ways (64,28,28,32)", bench_pool, BENCH_LARGEST | BENCH_BACK, 2.75 * x28);
    bench("max_pool both ways (64,14,14,64)", bench_pool, BENCH_LARGEST | BENCH_BACK | BENCH_SMALL,
          2.75 * x14);
    bench("average_pool (64,28,28,32)", bench_pool, 0, 1.25 * x28);
    bench("average_pool back (64,28,28,32)", bench_pool, BENCH_BACK, 1.25 * x28);
    bench("gather 16384 of (50000,128)", bench_gather, 0, 2 * rows);
    bench("scatter_add 16384 to (50000,128)", bench_scatter, 0, table + 3 * rows);
    bench("concat (64,100,128) twice", bench_concat, 0, 2 * x);
    bench("sum over time (64,100,256)", bench_reduce, 0, x);
    bench("sum over batch, features", bench_reduce, 1, x);
    bench("argmax (160,10000)", bench_argmax, 0, 160.0 * 10000 * 4);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "--bench") == 0)
        return bench_all();
    return test_main(count, arguments);
}
