/* Weights packed for kernels, which all inference programs of a state share: what they take, when
 * they are packed again, and that nobody sees others than the variables'. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "failing_allocator.h"
#include "run/packed.h"

enum { ROWS = 4, SIDE = 8, CHANNELS = 32, FILTERS = 64, OUT = 1024 };
enum { IMAGE = ROWS * SIDE * SIDE * CHANNELS, RESULT = ROWS * OUT };

struct world {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *y, *step, *kernel, *weight;
    ad_state *state;
    ad_program *one, *two, *trainer;
    float image[IMAGE];
};

/* Each program gets memory of its own: both are there before either runs. */
static void open_world(struct world *o, ad_context *context)
{
    *o = (struct world){.context = context, .graph = ad_graph_new(context)};
    for (int i = 0; i < IMAGE; i++)
        o->image[i] = (float)(i % 17) / 16 - 0.5F;
    ad_tensor *x = ad_feed(o->graph, "x", AD_F32, AD_SHAPE(ROWS, SIDE, SIDE, CHANNELS));
    ad_tensor *h = ad_conv2d(x, .filters = FILTERS, .kernel = 3, .bias = false, .name = "c");
    o->y = ad_linear(ad_mean(h, AD_AXES(1, 2)), .out = OUT, .bias = false, .name = "l");
    o->step = ad_sgd(ad_sum(ad_square(o->y), AD_ALL), .rate = 0.125);
    o->kernel = ad_find(o->graph, "c.weight");
    o->weight = ad_find(o->graph, "l.weight");
    o->state = ad_state_new(o->graph, 1);
}

static void close_world(struct world *o)
{
    ad_program_free(o->one);
    ad_program_free(o->two);
    ad_program_free(o->trainer);
    ad_state_free(o->state);
    ad_graph_free(o->graph);
    ad_context_free(o->context);
}

static ad_status run(struct world *o, ad_program *p, ad_array *out)
{
    ad_array in[] = {ad_f32(o->image, AD_SHAPE(ROWS, SIDE, SIDE, CHANNELS))};
    *out = (ad_array){0};
    return ad_run(p, in, out);
}

static bool is_zero(const ad_array *a)
{
    for (int64_t i = 0; i < ad_array_count(a); i++)
        if (((const float *)a->data)[i] != 0)
            return false;
    return true;
}

/* What a program gives that has a state, and so all that is packed, for itself. */
static void check_alone(struct world *o, ad_program *p)
{
    ad_state *state = ad_state_clone(o->state);
    ad_program *alone = ad_compile(state, .fetch = {o->y});
    ad_array want, got;
    CHECK_OK(run(o, alone, &want));
    CHECK_OK(run(o, p, &got));
    CHECK(!memcmp(want.data, got.data, RESULT * sizeof(float)) && !is_zero(&want));
    ad_program_free(alone);
    ad_state_free(state);
}

static void check_both(struct world *o)
{
    check_alone(o, o->one);
    check_alone(o, o->two);
}

static void set_to_itself(struct world *o, const ad_tensor *variable)
{
    ad_array value;
    CHECK_OK(ad_get(o->state, variable, &value));
    CHECK_OK(ad_set(o->state, variable, value));
}

TEST(two_programs_have_one_copy)
{
    struct failing f;
    struct world o;
    ad_array out;
    failing_init(&f, -1);
    open_world(&o, ad_context_new(.threads = 2, .allocator = f.allocator));
    long bytes[3] = {atomic_load(&f.bytes)};
    o.one = ad_compile(o.state, .fetch = {o.y});
    CHECK_OK(run(&o, o.one, &out));
    bytes[1] = atomic_load(&f.bytes);
    o.two = ad_compile(o.state, .fetch = {o.y});
    CHECK_OK(run(&o, o.two, &out));
    bytes[2] = atomic_load(&f.bytes);
    long weights = (FILTERS * CHANNELS * 9 + FILTERS * OUT) * (long)sizeof(float);
    CHECK((bytes[1] - bytes[0]) - (bytes[2] - bytes[1]) >= weights);
    check_both(&o);
    ad_program_free(o.one);
    o.one = NULL;
    CHECK(o.state->packed != NULL);
    check_alone(&o, o.two);
    ad_program_free(o.two);
    o.two = NULL;
    CHECK(o.state->packed == NULL);
    close_world(&o);
    CHECK_EQ(f.blocks, 0);
    CHECK_EQ(f.mistakes, 0);
}

/* What is packed is overwritten with zeros, which are read until it is packed again. */
TEST(each_is_packed_when_its_variable_changes)
{
    struct world o;
    ad_array out;
    open_world(&o, ad_context_new(.threads = 2));
    o.one = ad_compile(o.state, .fetch = {o.y});
    o.two = ad_compile(o.state, .fetch = {o.y});
    CHECK_OK(run(&o, o.one, &out));
    for (struct packed *p = o.state->packed; p; p = p->next)
        memset(p->memory, 0, p->bytes);
    CHECK_OK(run(&o, o.two, &out)); /* its first run */
    CHECK(is_zero(&out));
    set_to_itself(&o, o.weight); /* leaves the other one at zero */
    CHECK_OK(run(&o, o.one, &out));
    CHECK(is_zero(&out));
    set_to_itself(&o, o.kernel);
    check_both(&o);
    close_world(&o);
}

TEST(whatever_changes_a_variable_changes_all_programs)
{
    struct world o;
    open_world(&o, ad_context_new(.threads = 2));
    o.one = ad_compile(o.state, .fetch = {o.y});
    o.two = ad_compile(o.state, .fetch = {o.y});
    o.trainer = ad_compile(o.state, .fetch = {o.step}, .training = true);
    ad_state *first = ad_state_clone(o.state);
    ad_array out;
    check_both(&o);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(run(&o, o.trainer, &out));
        check_both(&o);
    }
    CHECK_OK(ad_state_copy(o.state, first));
    check_both(&o);
    CHECK_OK(ad_save(first, "packed.safetensors"));
    CHECK_OK(run(&o, o.trainer, &out));
    CHECK_OK(ad_load(o.state, "packed.safetensors"));
    check_both(&o);
    remove("packed.safetensors");
    ad_state_free(first);
    close_world(&o);
}

/* ---- others of the same variable */

enum { WIDE = 96 };

static void fill(ad_array *a)
{
    for (int64_t i = 0; i < ad_array_count(a); i++)
        ((float *)a->data)[i] = (float)(i * 7 % 23) / 8 - 1;
}

/* What a program with a state for itself gives. */
static void check_as_alone(ad_state *state, ad_tensor *y, ad_program *p, const ad_array *in)
{
    ad_state *own = ad_state_clone(state);
    ad_program *alone = ad_compile(own, .fetch = {y});
    ad_array want = {0}, got = {0};
    CHECK_OK(ad_run(alone, in, &want));
    CHECK_OK(ad_run(p, in, &got));
    CHECK(!memcmp(want.data, got.data, (size_t)ad_array_bytes(&want)));
    ad_program_free(alone);
    ad_state_free(own);
}

enum { PROGRAMS = 5, MOST = 64 };

/* All live at the same time, and each for few rows and for many, whose panels are not as wide. */
static void check_apart(ad_state *state, ad_tensor *const *y, int count, ad_shape shape)
{
    static float data[MOST * WIDE];
    ad_array in = ad_f32(data, shape);
    ad_program *p[PROGRAMS];
    in.shape.size[0] = MOST;
    fill(&in);
    for (int i = 0; i < count; i++)
        p[i] = ad_compile(state, .fetch = {y[i]});
    for (int round = 0; round < 4; round++)
        for (int i = 0; i < count; i++) {
            in.shape.size[0] = round % 2 ? MOST : 1;
            check_as_alone(state, y[i], p[i], &in);
        }
    for (int i = 0; i < count; i++)
        ad_program_free(p[i]);
}

static void check_products(ad_graph *g)
{
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ad_open(g, "n"), WIDE));
    ad_shape square = AD_SHAPE(WIDE, WIDE);
    ad_tensor *w = ad_variable(g, "w", ad_uniform(g, AD_F32, square, -1, 1));
    ad_tensor *turned = ad_transpose(w, AD_AXES(1, 0));
    ad_tensor *y[] = {ad_matmul(x, w), ad_matmul(x, turned), ad_matmul(x, ad_slice(w, 1, 0, 48, 1)),
                      ad_matmul(x, ad_slice(w, 1, 48, WIDE, 1)),
                      ad_matmul(x, ad_slice(turned, 1, 48, WIDE, 1))};
    ad_state *state = ad_state_new(g, 1);
    check_apart(state, y, 5, AD_SHAPE(1, WIDE));
    ad_state_free(state);
}

static void check_convolutions(ad_graph *g)
{
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ad_open(g, "n"), 2, 3, 16));
    ad_shape windows = AD_SHAPE(16, 16, 2, 2);
    ad_tensor *w = ad_variable(g, "w", ad_uniform(g, AD_F32, windows, -1, 1));
    ad_tensor *y[] = {ad_convolution(x, w), ad_convolution(x, w, .stride = 2, .padding = 1),
                      ad_convolution_transpose(x, w), ad_convolution_transpose(x, w, .stride = 2),
                      ad_convolution_transpose(x, w, .stride = 2, .padding = 1)};
    ad_state *state = ad_state_new(g, 1);
    check_apart(state, y, 5, AD_SHAPE(1, 2, 3, 16));
    ad_state_free(state);
}

TEST(other_packings_lie_apart)
{
    static const char *const sets[] = {"sse2", "avx2", "avx512", "neon"};
    for (int i = 0; i < 8; i++) {
        ad_context *context = ad_context_new(.isa = sets[i / 2], .threads = 2);
        if (!context)
            continue;
        ad_graph *g = ad_graph_new(context);
        if (i % 2)
            check_products(g);
        else
            check_convolutions(g);
        ad_graph_free(g);
        ad_context_free(context);
    }
}

/* ---- at the same time */

struct reader {
    struct world *world;
    atomic_int *wrong;
    bool compiles;
};

static bool equal(const ad_array *a)
{
    const float *v = a->data;
    for (int64_t i = 1; i < ad_array_count(a); i++)
        if (v[i] != v[0])
            return false;
    return true;
}

enum { ROUNDS = 100 };

/* The image and each variable have one number for all elements. */
static void *read_on(void *argument)
{
    struct reader *r = argument;
    struct world *o = r->world;
    ad_program *p = ad_compile(o->state, .fetch = {o->y});
    for (int i = 0; i < ROUNDS; i++) {
        ad_array out;
        if (run(o, p, &out) != AD_OK || !equal(&out))
            atomic_fetch_add(r->wrong, 1);
        if (!r->compiles)
            continue;
        ad_program_free(p);
        p = ad_compile(o->state, .fetch = {o->y});
    }
    ad_program_free(p);
    return NULL;
}

static void set_all(struct world *o, const ad_tensor *variable, float number)
{
    static float all[FILTERS * OUT]; /* the larger one */
    ad_array value;
    CHECK_OK(ad_get(o->state, variable, &value));
    for (int64_t i = 0; i < ad_array_count(&value); i++)
        all[i] = number;
    value.data = all;
    CHECK_OK(ad_set(o->state, variable, value));
}

/* As the caller's threads; they do one task after the other. */
static void in_line(void *user, int count, void (*task)(void *argument, int i), void *argument)
{
    if (user)
        ++*(int *)user;
    for (int i = 0; i < count; i++)
        task(argument, i);
}

/* They may be waiting for what is packed, or for the lock behind which it is. */
TEST(packing_asks_nothing_of_the_callers_threads)
{
    struct world o;
    int calls = 0;
    ad_array out;
    open_world(&o, ad_context_new(.pool = {.run = in_line, .user = &calls, .threads = 2}));
    o.one = ad_compile(o.state, .fetch = {o.y});
    CHECK_OK(run(&o, o.one, &out));
    calls = 0;
    CHECK_OK(run(&o, o.one, &out));
    int before = calls;
    set_to_itself(&o, o.kernel);
    set_to_itself(&o, o.weight);
    CHECK_OK(run(&o, o.one, &out));
    CHECK(before > 0 && calls == 2 * before);
    check_alone(&o, o.one);
    close_world(&o);
}

static void read_from_threads(ad_context *context)
{
    struct world o;
    pthread_t thread[3];
    struct reader reader[3];
    atomic_int wrong = 0;
    open_world(&o, context);
    ad_state_wait(o.state, true);
    for (int i = 0; i < IMAGE; i++)
        o.image[i] = 1;
    set_all(&o, o.kernel, 1);
    set_all(&o, o.weight, 1);
    for (int i = 0; i < 3; i++) {
        reader[i] = (struct reader){&o, &wrong, i == 2};
        pthread_create(&thread[i], NULL, read_on, &reader[i]);
    }
    for (int i = 0; i < ROUNDS; i++)
        set_all(&o, i % 2 ? o.kernel : o.weight, (float)(i % 5 + 1));
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    CHECK_EQ(wrong, 0);
    CHECK(o.state->packed == NULL);
    close_world(&o);
}

TEST(programs_of_several_threads)
{
    read_from_threads(ad_context_new(.threads = 2));
    read_from_threads(ad_context_new(.pool = {.run = in_line, .threads = 2}));
}

/* ---- without memory */

TEST(no_memory_for_what_is_packed)
{
    struct failing f;
    FAILING_EACH (f) {
        long at = f.fail_at;
        float row[16] = {1};
        ad_array in = ad_f32(row, AD_SHAPE(1, 16)), out[2] = {{0}};
        f.fail_at = -1;
        ad_context *context = ad_context_new(.threads = 1, .allocator = f.allocator);
        ad_graph *g = ad_graph_new(context);
        ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(1, 16));
        ad_tensor *y = ad_linear(x, .out = 16, .bias = false);
        ad_state *state = ad_state_new(g, 1);
        ad_program *one = ad_compile(state, .fetch = {y}), *two = ad_compile(state, .fetch = {y});
        f.fail_at = f.calls + at;
        bool fine = ad_run(one, &in, &out[0]) == AD_OK && ad_run(two, &in, &out[1]) == AD_OK;
        CHECK(f.failed == !fine);
        f.fail_at = -1;
        CHECK_OK(ad_run(two, &in, &out[1]));
        CHECK_OK(ad_run(one, &in, &out[0]));
        CHECK(!memcmp(out[0].data, out[1].data, sizeof row) && ((float *)out[0].data)[0] != 0);
        ad_program_free(one);
        ad_program_free(two);
        CHECK(state->packed == NULL);
        ad_state_free(state);
        ad_graph_free(g);
        ad_context_free(context);
        CHECK_EQ(f.blocks, 0);
        CHECK_EQ(f.mistakes, 0);
    }
}

TEST_MAIN
