/* Graphs of very many nodes: what runs before what, places in memory, and that compiling takes time
 * in proportion to the length. */
#include "test.h"

#include <stdlib.h>
#include <time.h>

#include "arrays.h"
#include "base/memory.h"
#include "pass/memory_plan.h"
#include "pass/precedence.h"

/* ---- what runs before what, beside the closure of all pairs */

enum { THINGS = 60, TRIALS = 400 };

struct closure {
    int count;
    int joined[THINGS];
    bool before[THINGS][THINGS]; /* [a][b]: a runs before b */
};

static int joined(const struct closure *c, int i)
{
    while (c->joined[i] != i)
        i = c->joined[i];
    return i;
}

static void close_pair(struct closure *c, int a, int b)
{
    for (int i = 0; i < c->count; i++)
        for (int k = 0; k < c->count; k++)
            if ((i == a || c->before[i][a]) && (k == b || c->before[b][k]))
                c->before[i][k] = true;
}

static void close_merge(struct closure *c, int a, int b)
{
    bool before[THINGS], after[THINGS];
    for (int i = 0; i < c->count; i++) {
        before[i] = c->before[i][a] || c->before[i][b];
        after[i] = c->before[a][i] || c->before[b][i];
    }
    c->joined[b] = a;
    for (int i = 0; i < c->count; i++) {
        if (before[i])
            close_pair(c, i, a);
        if (after[i])
            close_pair(c, a, i);
    }
}

static bool agrees(struct precedence *p, const struct closure *c)
{
    for (int i = 0; i < c->count; i++)
        for (int k = 0; k < c->count; k++) {
            int a = joined(c, i), b = joined(c, k);
            if ((a == b) != (precedence_of(p, i) == precedence_of(p, k)) ||
                (a != b && c->before[a][b] != precedence_may(p, i, k)))
                return false;
        }
    return true;
}

static void one_change(struct precedence *p, struct closure *c, uint64_t *random)
{
    int i = random_below(random, c->count), k = random_below(random, c->count);
    int a = joined(c, i), b = joined(c, k);
    if (a == b || c->before[b][a])
        return;
    if (random_below(random, 5) == 0 && !c->before[a][b]) {
        precedence_merge(p, i, k);
        close_merge(c, a, b);
    } else {
        precedence_pair(p, i, k);
        close_pair(c, a, b);
    }
}

TEST(precedence_is_the_closure_of_its_pairs)
{
    ad_context *context = ad_context_new(.threads = 1);
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        uint64_t random = trial + 1;
        struct arena arena;
        arena_init(&arena, &context->allocator);
        struct precedence p;
        struct closure c = {0};
        REQUIRE(precedence_init(&p, &arena, THINGS));
        while (c.count < THINGS) {
            c.joined[c.count] = c.count;
            CHECK_EQ(precedence_add(&p), c.count);
            c.count++;
            for (int n = random_below(&random, 4); n > 0; n--)
                one_change(&p, &c, &random);
        }
        CHECK(agrees(&p, &c) && !p.knot && !p.failed);
        arena_done(&arena);
    }
    ad_context_free(context);
}

/* A long line in which each new pair goes against the order of making: labels run out of room. */
TEST(precedence_of_what_was_made_backward)
{
    enum { LINE = 3000 };
    ad_context *context = ad_context_new(.threads = 1);
    struct arena arena;
    arena_init(&arena, &context->allocator);
    struct precedence p;
    REQUIRE(precedence_init(&p, &arena, LINE));
    for (int i = 0; i < LINE; i++) {
        precedence_add(&p);
        if (i)
            precedence_pair(&p, i, 0), precedence_pair(&p, i, i - 1);
    }
    CHECK(!p.knot && precedence_may(&p, LINE - 1, 0) && !precedence_may(&p, 0, LINE - 1));
    precedence_pair(&p, 0, LINE - 1);
    CHECK(p.knot);
    arena_done(&arena);
    ad_context_free(context);
}

/* ---- places of very many values */

static bool overlap(const struct value *a, const struct value *b)
{
    bool time = a->first <= b->last && b->first <= a->last;
    return time && a->device == b->device && a->place < b->place + b->bytes &&
           b->place < a->place + a->bytes;
}

TEST(values_that_live_at_once_lie_apart)
{
    enum { VALUES = 14000, STEPS = 5000 };
    ad_context *context = ad_context_new(.threads = 1);
    struct schedule s = {.allocator = &context->allocator, .step_count = STEPS};
    arena_init(&s.arena, s.allocator);
    uint64_t random = 7;
    for (int i = 0; i < VALUES; i++) {
        ad_shape shape = AD_SHAPE(1 + 40 * random_below(&random, 30));
        int first = random_below(&random, STEPS), life = random_below(&random, i % 3 ? 8 : STEPS);
        struct value v = {.kind = VALUE_TEMPORARY,
                          .type = AD_F32,
                          .shape = shape,
                          .device = random_below(&random, 2),
                          .first = first,
                          .last = first + life < STEPS ? first + life : STEPS};
        REQUIRE(schedule_value(&s, &v) == i);
    }
    struct memory_sizes sizes;
    REQUIRE(memory_plan(&s, false, &sizes));
    int met = 0;
    for (int i = 0; i < VALUES; i++) {
        CHECK(s.values[i].place + s.values[i].bytes <= sizes.arena[s.values[i].device]);
        for (int k = 0; k < i; k++)
            met += overlap(&s.values[i], &s.values[k]);
    }
    CHECK_EQ(met, 0);
    CHECK(sizes.arena[0] + sizes.arena[1] < 2 * sizes.live);
    schedule_done(&s);
    ad_context_free(context);
}

/* ---- time to compile */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* h = tanh(x_t + h w), written out step by step, and its gradients. */
static ad_program *unrolled(ad_state **state, ad_graph *g, int steps)
{
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(2, steps, 3));
    ad_tensor *w = ad_variable(g, "w", ad_full(g, AD_F32, AD_SHAPE(3, 3), 0.1));
    ad_tensor *h = ad_full(g, AD_F32, AD_SHAPE(2, 3), 0), *of[] = {x, w}, *d[2];
    for (int i = 0; i < steps; i++) {
        ad_tensor *now = ad_reshape(ad_slice(x, 1, i, i + 1, 1), AD_SHAPE(2, 3));
        h = ad_tanh(ad_add(now, ad_matmul(h, w)));
    }
    ad_gradient(ad_sum(h, AD_ALL), of, 2, d);
    *state = ad_state_new(g, 1);
    return *state ? ad_compile(*state, .fetch = {d[0], d[1]}, .feed = {x}) : NULL;
}

/* Layers of 16 with Adam. */
static ad_program *layers(ad_state **state, ad_graph *g, int count)
{
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(2, count, 3));
    ad_tensor *h = ad_reshape(ad_slice(x, 1, 0, 8, 1), AD_SHAPE(3, 16));
    for (int i = 0; i < count; i++)
        h = ad_relu(ad_linear(h, .out = 16));
    ad_tensor *step = ad_adam(ad_mean(ad_square(h), AD_ALL), .rate = 1e-3);
    *state = ad_state_new(g, 1);
    return *state ? ad_compile(*state, .fetch = {step}, .feed = {x}, .training = true) : NULL;
}

/* Processor time of making a net of that length and of its first run, which compiles. */
static double time_of(ad_program *(*make)(ad_state **, ad_graph *, int), int length)
{
    double begin = seconds();
    ad_context *context = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(context);
    ad_state *state = NULL;
    ad_program *program = make(&state, g, length);
    float *numbers = calloc((size_t)length * 6, sizeof *numbers);
    ad_array in = ad_f32(numbers, AD_SHAPE(2, length, 3)), out[2] = {{0}};
    bool ok = program && numbers && ad_run(program, &in, out) == AD_OK;
    CHECK(ok);
    double took = seconds() - begin;
    free(numbers);
    ad_program_free(program);
    ad_state_free(state);
    ad_graph_free(g);
    ad_context_free(context);
    return took;
}

/* Four times the length takes four times as long; the square of it would be sixteen. */
static void check_growth(ad_program *(*make)(ad_state **, ad_graph *, int), int length)
{
    double least = 1e9;
    for (int i = 0; i < 3 && least > 8; i++) {
        double small = time_of(make, length), large = time_of(make, 4 * length);
        least = large / small < least ? large / small : least;
    }
    if (least > 8)
        TEST_FAILED("four times the length took %.1f times as long", least);
}

TEST(compiling_takes_time_in_proportion)
{
    check_growth(unrolled, 1500);
    check_growth(layers, 150);
}

TEST_MAIN
