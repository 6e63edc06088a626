/* Programs as a user runs them: beside the caller, several at once, on the caller's own threads,
 * with taps and checks, on states that are saved and cloned. */
#include "test.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#endif
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <adze/adze.h>

#include "pass/memory_plan.h"

/* A small classifier with dropout and Adam. */
struct model {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *label, *logits, *step;
    ad_state *state;
};

static void open_model(struct model *m, const ad_context_options *options)
{
    *m = (struct model){.context = (ad_context_new)(options)};
    m->graph = ad_graph_new(m->context);
    ad_dim batch = ad_open(m->graph, "batch");
    m->x = ad_feed(m->graph, "x", AD_F32, AD_SHAPE(batch, 6));
    m->label = ad_feed(m->graph, "label", AD_I32, AD_SHAPE(batch));
    ad_tensor *h = ad_name(ad_tanh(ad_linear(m->x, .out = 9)), "hidden");
    m->logits = ad_linear(ad_dropout(h, .rate = 0.25), .out = 4);
    m->step = ad_adam(ad_cross_entropy(m->logits, m->label), .rate = 0.01);
    m->state = ad_state_new(m->graph, 11);
}

static void close_model(struct model *m)
{
    ad_state_free(m->state);
    ad_graph_free(m->graph);
    ad_context_free(m->context);
}

static ad_program *trainer(const struct model *m, ad_state *s)
{
    return ad_compile(s, .fetch = {m->step}, .feed = {m->x, m->label}, .training = true);
}

static float numbers[48];
static const int32_t labels[8] = {0, 1, 2, 3, 3, 2, 1, 0};

static void fill_feeds(ad_array *feeds)
{
    for (int i = 0; i < 48; i++)
        numbers[i] = (float)((i * 7) % 11) / 5 - 1;
    feeds[0] = ad_f32(numbers, AD_SHAPE(8, 6));
    feeds[1] = ad_i32(labels, AD_SHAPE(8));
}

static double train(const struct model *m, ad_state *s, int steps)
{
    ad_program *p = trainer(m, s);
    ad_array feeds[2], loss = {0};
    fill_feeds(feeds);
    for (int i = 0; i < steps; i++)
        CHECK_EQ(ad_run(p, feeds, &loss), AD_OK);
    double last = ad_array_item(&loss, 0);
    ad_program_free(p);
    return last;
}

static void done(void *user, ad_status status)
{
    *(int *)user = status == AD_OK ? 1 : -1;
}

TEST(a_run_beside_the_caller)
{
    struct model m;
    open_model(&m, NULL);
    ad_program *p = trainer(&m, m.state), *q = trainer(&m, m.state);
    ad_array feeds[2], loss = {0}, other = {0};
    int called = 0;
    fill_feeds(feeds);
    CHECK_EQ(ad_submit(p, feeds, &loss, done, &called), AD_OK);
    CHECK_EQ(ad_run(p, feeds, &other), AD_ERROR_BUSY);
    CHECK_EQ(ad_wait(p), AD_OK);
    CHECK_EQ(called, 1);
    CHECK_EQ(ad_wait(p), AD_ERROR_ARGUMENT);
    CHECK_EQ(ad_run(q, feeds, &other), AD_OK);
    CHECK(ad_array_item(&loss, 0) > 0);
    ad_program_free(p);
    ad_program_free(q);
    close_model(&m);
}

/* ---- several inference programs on one state */

struct reader {
    const struct model *model;
    double sum;
    bool ok;
};

static void *read_many(void *argument)
{
    struct reader *r = argument;
    ad_array feeds[2], logits = {0};
    feeds[0] = ad_f32(numbers, AD_SHAPE(8, 6));
    ad_program *p = ad_compile(r->model->state, .fetch = {r->model->logits}, .feed = {r->model->x});
    r->ok = p != NULL;
    for (int i = 0; r->ok && i < 200; i++) {
        r->ok = ad_run(p, feeds, &logits) == AD_OK;
        r->sum += ad_array_item(&logits, i % 32);
    }
    ad_program_free(p);
    return NULL;
}

TEST(many_readers_of_one_state)
{
    struct model m;
    ad_array feeds[2];
    pthread_t thread[4];
    struct reader readers[4];
    open_model(&m, &AD_OPTIONS(ad_context_options, .threads = 2));
    fill_feeds(feeds);
    for (int i = 0; i < 4; i++) {
        readers[i] = (struct reader){.model = &m};
        pthread_create(&thread[i], NULL, read_many, &readers[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < 4; i++) {
        CHECK(readers[i].ok);
        CHECK(readers[i].sum == readers[0].sum);
    }
    close_model(&m);
}

/* ---- the caller's own threads */

static int pool_calls;

static void run_backwards(void *user, int count, void (*task)(void *argument, int i),
                          void *argument)
{
    (void)user;
    pool_calls++;
    for (int i = count - 1; i >= 0; i--)
        task(argument, i);
}

TEST(the_callers_pool_gives_the_same_bits)
{
    struct model ours, theirs;
    open_model(&ours, NULL);
    open_model(&theirs, &AD_OPTIONS(ad_context_options, .pool = {run_backwards, NULL, 3}));
    CHECK_EQ(ad_context_threads(theirs.context), 3);
    CHECK(train(&ours, ours.state, 5) == train(&theirs, theirs.state, 5));
    close_model(&ours);
    close_model(&theirs);
}

/* ---- states */

TEST(saved_and_cloned_states_go_on_alike)
{
    struct model m;
    char path[] = "/tmp/adze-state-XXXXXX";
    int file = mkstemp(path);
    REQUIRE(file >= 0);
    close(file);
    open_model(&m, NULL);
    train(&m, m.state, 4);
    ad_state *clone = ad_state_clone(m.state), *loaded = ad_state_new(m.graph, 99);
    CHECK_EQ((ad_save)(m.state, path, NULL), AD_OK);
    CHECK_EQ((ad_load)(loaded, path, NULL), AD_OK);
    CHECK_EQ(ad_state_step(loaded), 4);
    double straight = train(&m, m.state, 3);
    CHECK(train(&m, clone, 3) == straight);
    CHECK(train(&m, loaded, 3) == straight);
    ad_state_free(clone);
    ad_state_free(loaded);
    close_model(&m);
    unlink(path);
}

/* ---- first values */

enum { BEGINNINGS = 12 };

/* Initial tensors of every kind; two variables begin with the same one. */
static void add_beginnings(ad_graph *g, const char *scope, ad_tensor **v)
{
    static const float given[] = {3, -1, 0.5f, 7};
    ad_tensor *normal = ad_normal(g, AD_F32, AD_SHAPE(301, 67), 0.25, 2);
    ad_tensor *constant = ad_constant(g, ad_f32(given, AD_SHAPE(2, 2)));
    ad_tensor *first[BEGINNINGS] = {
        normal,
        ad_normal(g, AD_F64, AD_SHAPE(1031), -1, 0.5),
        ad_uniform(g, AD_F32, AD_SHAPE(5, 4001), -0.125, 0.125),
        ad_uniform(g, AD_F64, AD_SHAPE(0), 2, 3),
        ad_uniform(g, AD_F64, AD_SCALAR, 2, 3),
        ad_full(g, AD_F32, AD_SHAPE(40000), 0.1),
        ad_full(g, AD_I32, AD_SHAPE(3), -4),
        constant,
        ad_transpose(ad_scale(normal, 0.01), AD_AXES(1, 0)),
        ad_softmax(ad_shift(ad_uniform(g, AD_F32, AD_SHAPE(33, 19), 0, 1), -2), 1),
        ad_matmul(constant, ad_tanh(ad_normal(g, AD_F32, AD_SHAPE(2, 700), 0, 1))),
        constant,
    };
    ad_scope_begin(g, scope);
    for (int i = 0; i < BEGINNINGS; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        v[i] = ad_variable(g, name, first[i]);
    }
    ad_scope_end(g);
}

/* Half of the variables when the state is made, the others at the next ad_compile. */
static struct begun {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_tensor *variable[2 * BEGINNINGS];
} begin(const char *isa, int threads)
{
    struct begun b = {.context = ad_context_new(.isa = isa, .threads = threads)};
    b.graph = ad_graph_new(b.context);
    add_beginnings(b.graph, "early", b.variable);
    b.state = ad_state_new(b.graph, 77);
    add_beginnings(b.graph, "late", b.variable + BEGINNINGS);
    ad_program_free(ad_compile(b.state, .fetch = {b.variable[0]}));
    return b;
}

static void end(struct begun *b)
{
    ad_state_free(b->state);
    ad_graph_free(b->graph);
    ad_context_free(b->context);
}

static bool same_values(const struct begun *a, const struct begun *b)
{
    bool same = true;
    for (int i = 0; i < 2 * BEGINNINGS; i++) {
        ad_array x = {0}, y = {0};
        bool there = ad_get(a->state, a->variable[i], &x) == AD_OK &&
                     ad_get(b->state, b->variable[i], &y) == AD_OK;
        same = same && there && ad_array_bytes(&x) == ad_array_bytes(&y) &&
               (!ad_array_bytes(&x) || !memcmp(x.data, y.data, ad_array_bytes(&x)));
    }
    return same;
}

TEST(first_values_are_those_of_the_interpreter)
{
    static const char *const isa[] = {NULL, "avx2", "sse2", "naive"};
    struct begun naive = begin("naive", 1);
    for (int i = 0; i < 4; i++)
        for (int threads = 1; threads <= 3; threads += 2) {
            ad_context *probe = ad_context_new(.isa = isa[i], .threads = 1);
            ad_context_free(probe);
            if (!probe)
                continue; /* a processor without it */
            struct begun b = begin(isa[i], threads);
            CHECK(same_values(&naive, &b));
            end(&b);
        }
    end(&naive);
}

/* ---- looking inside */

static void see(void *user, const char *name, const ad_array *value)
{
    CHECK_STREQ(name, "hidden");
    *(double *)user += ad_array_item(value, 0);
}

TEST(a_tap_sees_a_named_tensor)
{
    struct model m;
    ad_array feeds[2];
    double seen = 0;
    open_model(&m, NULL);
    fill_feeds(feeds);
    ad_program *p = trainer(&m, m.state);
    CHECK_EQ(ad_tap(p, "hidden", see, &seen), AD_OK);
    CHECK_EQ(ad_tap(p, "no such tensor", see, &seen), AD_ERROR_ARGUMENT);
    CHECK_EQ(ad_run(p, feeds, NULL), AD_OK);
    CHECK(seen != 0);
    ad_program_free(p);
    close_model(&m);
}

TEST(the_first_value_that_is_not_finite_is_named)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(3));
    ad_tensor *y = ad_exp(ad_name(ad_log(ad_shift(x, -1)), "logarithm"));
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch = {y}, .feed = {x}, .check_finite = true);
    ad_array in = ad_f32((float[]){2, 1, 3}, AD_SHAPE(3));
    CHECK_EQ(ad_run(p, &in, NULL), AD_ERROR_NOT_FINITE);
    CHECK_CONTAINS(ad_error(), "logarithm");
    CHECK_CONTAINS(ad_error(), "test_program.c");
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

/* x (2, 3) / y, then times w, checked. */
static ad_status run_checked(const float *x, double y, const float *w)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *pixels = ad_feed(g, "pixels", AD_F32, AD_SHAPE(2, 3)),
              *divisor = ad_feed(g, "divisor", AD_F64, AD_SCALAR),
              *weight = ad_variable(g, "weight", ad_full(g, AD_F32, AD_SHAPE(3), 1));
    ad_tensor *shares = ad_name(ad_div(pixels, ad_cast(divisor, AD_F32)), "shares");
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch = {ad_argmax(ad_mul(shares, weight), -1)},
                               .feed = {pixels, divisor}, .check_finite = true);
    ad_array in[] = {ad_f32(x, AD_SHAPE(2, 3)), ad_f64(&y, AD_SCALAR)};
    CHECK_EQ(ad_set(s, weight, ad_f32(w, AD_SHAPE(3))), AD_OK);
    ad_status status = p ? ad_run(p, in, NULL) : AD_ERROR_ARGUMENT;
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
    return status;
}

TEST(nan_that_was_fed_is_named)
{
    float good[] = {1, 2, 3, 4, 5, 6}, bad[] = {1, 2, 3, 4, NAN, NAN},
          far[] = {1, 1, 1, 1, INFINITY, 1};
    CHECK_EQ(run_checked(good, 2, good), AD_OK);
    CHECK_EQ(run_checked(bad, 2, good), AD_ERROR_NOT_FINITE);
    CHECK_CONTAINS(ad_error(), "feed 'pixels' holds NaN at [1, 1], its element 4");
    CHECK_EQ(run_checked(good, NAN, good), AD_ERROR_NOT_FINITE);
    CHECK_CONTAINS(ad_error(), "feed 'divisor' holds NaN, its element 0");
    CHECK_EQ(run_checked(good, 2, bad + 3), AD_ERROR_NOT_FINITE);
    CHECK_CONTAINS(ad_error(), "variable 'weight' holds NaN at [1], its element 1");
    CHECK_EQ(run_checked(far, 2, good), AD_OK); /* infinities may be meant */
    CHECK_EQ(run_checked(far, INFINITY, good), AD_ERROR_NOT_FINITE);
    CHECK_CONTAINS(ad_error(), "'shares' of op div");
    CHECK_CONTAINS(ad_error(), "its inputs had no NaN");
}

TEST(compiled_sizes_are_bounded)
{
    struct model m;
    ad_array feed = {0}, out = {0};
    open_model(&m, NULL);
    ad_program *p = ad_compile(m.state, .fetch = {m.logits}, .feed = {m.x}, .shapes = 2);
    for (int round = 0; round < 2; round++)
        for (int batch = 1; batch <= 4; batch++) {
            feed = ad_f32(numbers, AD_SHAPE(batch, 6));
            CHECK_EQ(ad_run(p, &feed, &out), AD_OK);
            CHECK_EQ(out.shape.size[0], batch);
        }
    CHECK_EQ(ad_program_about(p).shapes, 2);
    CHECK_EQ(ad_program_about(p).compiles, 8);
    ad_program_free(p);
    close_model(&m);
}

TEST(a_chain_of_ten_thousand_ops)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_variable(g, "x", ad_full(g, AD_F64, AD_SHAPE(3), 0.5)), *y = x, *dx;
    for (int i = 0; i < 10000; i++)
        y = ad_shift(ad_scale(y, 0.9999), 1e-5);
    ad_gradient(y, &x, 1, &dx);
    ad_state *s = ad_state_new(g, 1);
    ad_array value = {0};
    CHECK_EQ(ad_value(s, dx, NULL, 0, &value), AD_OK);
    CHECK_CLOSE(ad_array_item(&value, 0), pow(0.9999, 10000), 1e-9);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

/* ---- registers after a run */

#if defined(__x86_64__) && defined(__GNUC__)
/* Registers of which the processor knows that something is in their upper parts; 0 too where it
 * does not say (CPUID 0xD, 1: XGETBV of 1). */
static unsigned wide_registers_in_use(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) ||
        !__get_cpuid_count(0xd, 1, &a, &b, &c, &d) || !(a & 1u << 2))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(1));
    return a & 0x44; /* upper halves of 0 to 15: of 256 bits, of 512 */
}

/* Code of narrow registers is slow while the upper parts of wide ones hold something. */
TEST(a_run_leaves_wide_registers_empty)
{
    struct model m;
    ad_array feeds[2], loss = {0};
    open_model(&m, &AD_OPTIONS(ad_context_options, .threads = 1));
    ad_program *p = trainer(&m, m.state);
    fill_feeds(feeds);
    if (__builtin_cpu_supports("avx"))
        __asm__ volatile("vzeroupper");
    unsigned before = wide_registers_in_use();
    CHECK_EQ(ad_run(p, feeds, &loss), AD_OK);
    CHECK_EQ(wide_registers_in_use() & ~before, 0);
    ad_program_free(p);
    close_model(&m);
}
#endif

/* ---- memory between the steps */

TEST(values_that_are_kept_count_where_memory_is_summed)
{
    struct value values[4];
    for (int i = 0; i < 4; i++)
        values[i] = (struct value){.kind = VALUE_TEMPORARY,
                                   .bytes = (size_t)1 << 62,
                                   .first = i,
                                   .last = i,
                                   .fixed = true};
    struct schedule s = {.values = values, .value_count = 4, .step_count = 4};
    struct memory_sizes sizes;
    arena_init(&s.arena, memory_default());
    CHECK(!memory_plan(&s, false, &sizes));
    CHECK_EQ(ad_error_status(), AD_ERROR_MEMORY);
    values[2].first = values[3].first = -1;
    values[0].bytes = values[1].bytes = 100;
    CHECK(memory_plan(&s, false, &sizes));
    CHECK_EQ(sizes.kept, 256);
    arena_done(&s.arena);
}

TEST_MAIN
