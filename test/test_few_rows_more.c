/* Updates of tables of which a step touches few rows: the same bits as the whole table's update,
 * and as sums in order followed by one subtraction; only where nothing else reads the gradient. */
#include "test.h"

#include <adze/adze.h>

enum { ROWS = 400, COUNT = 24, WIDTH_MAX = 70 };

typedef struct setting {
    ad_type type, index_type;
    int64_t width;
    int threads;
    double rate;
    bool fed; /* the rate is a tensor */
    bool dense;
} setting;

typedef struct outcome {
    double table[ROWS * WIDTH_MAX];
    bool few;
} outcome;

static double number_at(const ad_array *a, int64_t i)
{
    return a->type == AD_F32 ? ((const float *)a->data)[i] : ((const double *)a->data)[i];
}

static void put(ad_array *a, int64_t i, double value)
{
    switch (a->type) {
    case AD_F32: ((float *)a->data)[i] = (float)value; break;
    case AD_F64: ((double *)a->data)[i] = value; break;
    case AD_I32: ((int32_t *)a->data)[i] = (int32_t)value; break;
    default: ((int64_t *)a->data)[i] = (int64_t)value;
    }
}

static double memory[4][ROWS * WIDTH_MAX];

/* Rows that repeat, some of them often. */
static int64_t row_of(int i)
{
    return i % 3 == 0 ? 17 : i % 5 == 0 ? ROWS - 1 : (i * 131) % ROWS;
}

static double part_of(int64_t i)
{
    return i % 7 == 0 ? 1e6 : sin((double)i);
}

/* Zeros of both signs among them. */
static double first_of(int64_t i)
{
    return i % 11 == 0 ? -0.0 : i % 13 == 0 ? 0.0 : cos((double)i);
}

static bool says(ad_program *p, const char *what)
{
    const char *text = ad_program_text(p);
    return text && strstr(text, what) != NULL;
}

static void run(const setting *s, outcome *out)
{
    ad_context *context = ad_context_new(.threads = s->threads);
    ad_graph *graph = ad_graph_new(context);
    ad_shape shape = AD_SHAPE(ROWS, s->width);
    ad_tensor *x = ad_variable(graph, "x", ad_full(graph, s->type, shape, 0));
    ad_tensor *index = ad_feed(graph, "index", s->index_type, AD_SHAPE(4, COUNT / 4));
    ad_tensor *part = ad_feed(graph, "part", s->type, AD_SHAPE(4, COUNT / 4, s->width));
    ad_tensor *rate = ad_feed(graph, "rate", AD_F64, AD_SCALAR);
    ad_tensor *loss = ad_sum(ad_mul(ad_gather(x, index, 0), part), AD_ALL);
    ad_tensor *step = s->fed ? ad_sgd(loss, .rate_tensor = rate) : ad_sgd(loss, .rate = s->rate);
    ad_state *state = ad_state_new(graph, 1);
    ad_array first = {.type = s->type, .shape = shape, .data = memory[0]};
    ad_array in[] = {
        {.type = s->index_type, .shape = AD_SHAPE(4, COUNT / 4), .data = memory[1]},
        {.type = s->type, .shape = AD_SHAPE(4, COUNT / 4, s->width), .data = memory[2]},
        {.type = AD_F64, .shape = AD_SCALAR, .data = memory[3]}};
    for (int64_t i = 0; i < ROWS * s->width; i++)
        put(&first, i, first_of(i));
    for (int i = 0; i < COUNT; i++)
        put(&in[0], i, (double)row_of(i));
    for (int64_t i = 0; i < COUNT * s->width; i++)
        put(&in[1], i, part_of(i));
    put(&in[2], 0, s->rate);
    ad_program *p = ad_compile(state, .fetch = {step}, .feed = {index, part, rate},
                               .training = true, .off = {.no_composites = s->dense});
    ad_array value = {0};
    REQUIRE(ad_set(state, x, first) == AD_OK && p);
    for (int i = 0; i < 2; i++) {
        ad_array none = {0};
        REQUIRE(ad_run(p, in, &none) == AD_OK);
    }
    REQUIRE(ad_get(state, x, &value) == AD_OK);
    out->few = says(p, "descend_rows");
    for (int64_t i = 0; i < ROWS * s->width; i++)
        out->table[i] = number_at(&value, i);
    ad_program_free(p);
    ad_state_free(state);
    ad_graph_free(graph);
    ad_context_free(context);
}

static bool same(double a, double b)
{
    return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0;
}

/* What a step is, in the numbers of the type. */
static double stepped(const setting *s, double x, double sum)
{
    return s->type == AD_F32 ? (float)x - (float)sum * (float)s->rate : x - sum * s->rate;
}

static void by_hand(const setting *s, double *table)
{
    for (int64_t i = 0; i < ROWS * s->width; i++)
        table[i] = s->type == AD_F32 ? (float)first_of(i) : first_of(i);
    for (int64_t i = 0; i < 2 * ROWS * s->width; i++) {
        int64_t at = i % (ROWS * s->width), row = at / s->width, column = at % s->width;
        float sum = 0;
        double wide = 0;
        for (int k = 0; k < COUNT; k++)
            if (row_of(k) == row) {
                sum += (float)part_of(k * s->width + column);
                wide += part_of(k * s->width + column);
            }
        table[at] = stepped(s, table[at], s->type == AD_F32 ? sum : wide);
    }
}

static void compare(const setting *s)
{
    static outcome few, dense;
    static double hand[ROWS * WIDTH_MAX];
    setting whole = *s;
    whole.dense = true;
    run(s, &few);
    run(&whole, &dense);
    by_hand(s, hand);
    CHECK(few.few && !dense.few);
    int bad = 0;
    for (int64_t i = 0; i < ROWS * s->width; i++)
        bad += !same(few.table[i], dense.table[i]) || !same(few.table[i], hand[i]);
    if (bad)
        TEST_FAILED("%d of %d differ: %s, width %d, %d threads, rate %g", bad,
                    (int)(ROWS * s->width), ad_type_name(s->type), (int)s->width, s->threads,
                    s->rate);
}

TEST(bits_of_the_dense_update)
{
    static const int64_t widths[] = {5, 16, 70};
    static const int threads[] = {1, 2, 5};
    for (int i = 0; i < 18; i++)
        compare(&(setting){.type = i & 1 ? AD_F64 : AD_F32,
                           .index_type = i % 4 < 2 ? AD_I32 : AD_I64,
                           .width = widths[i / 6],
                           .threads = threads[i / 2 % 3],
                           .rate = 0.1});
}

/* x - 0 rate is not x where the rate is no number, or x is -0 and the rate below 0. */
TEST(any_rate)
{
    static const double rates[] = {0.25, 0, -0.0, -0.5, 1e-300, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (int wide = 0; wide < 2; wide++)
            compare(&(setting){.type = wide ? AD_F64 : AD_F32,
                               .index_type = AD_I32,
                               .width = 7,
                               .threads = 2,
                               .rate = rates[i],
                               .fed = true});
}

/* ---- where it is done, and where not */

typedef struct world {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *y, *index, *loss;
    ad_state *state;
} world;

static world begin(void)
{
    world w = {.context = ad_context_new(.threads = 2)};
    w.graph = ad_graph_new(w.context);
    w.x = ad_variable(w.graph, "x", ad_normal(w.graph, AD_F32, AD_SHAPE(ROWS, 8), 0, 1));
    w.y = ad_variable(w.graph, "y", ad_normal(w.graph, AD_F32, AD_SHAPE(ROWS, 8), 0, 1));
    w.index = ad_feed(w.graph, "index", AD_I32, AD_SHAPE(3));
    w.loss = ad_sum(ad_square(ad_gather(w.x, w.index, 0)), AD_ALL);
    return w;
}

static ad_tensor *slope_of(world *w)
{
    ad_tensor *slope = NULL;
    ad_gradient(w->loss, &w->x, 1, &slope);
    return slope;
}

static void end(world *w)
{
    ad_state_free(w->state);
    ad_graph_free(w->graph);
    ad_context_free(w->context);
}

static const char *text_after_run(world *w, ad_program *p, ad_status wanted, int32_t last)
{
    int32_t number[] = {7, 7, last};
    ad_array in = {.type = AD_I32, .shape = AD_SHAPE(3), .data = number}, out[2] = {{0}};
    CHECK_EQ(p ? ad_run(p, &in, out) : ad_error_status(), wanted);
    (void)w;
    return p ? ad_program_text(p) : "";
}

static bool same_tables(ad_state *a, ad_state *b, ad_tensor *x)
{
    ad_array one = {0}, two = {0};
    return ad_get(a, x, &one) == AD_OK && ad_get(b, x, &two) == AD_OK &&
           !memcmp(one.data, two.data, ROWS * 8 * sizeof(float));
}

/* Runs the step: descend_rows is in it or not, and no step copies a new value. */
static void expect(world *w, ad_tensor *step, ad_tensor *also, bool few)
{
    w->state = ad_state_new(w->graph, 1);
    ad_program *p =
        also ? ad_compile(w->state, .fetch = {step, also}, .feed = {w->index}, .training = true)
             : ad_compile(w->state, .fetch = {step}, .feed = {w->index}, .training = true);
    const char *text = text_after_run(w, p, AD_OK, 3);
    CHECK_EQ(strstr(text, "descend_rows") != NULL, few);
    CHECK(!few || !strstr(text, "a new value"));
    CHECK(!few || ad_program_about(p).live_bytes < 4096);
    ad_program_free(p);
    end(w);
}

#define EXPECT(few, ...)                                    \
    do {                                                    \
        world w = begin();                                  \
        expect(&w, ad_sgd(w.loss, __VA_ARGS__), NULL, few); \
    } while (0)

TEST(only_where_nothing_else_reads_the_gradient)
{
    EXPECT(true, .rate = 0.1);
    EXPECT(true, .rate = 0.1, .clip_norm = AD_AUTO);
    EXPECT(false, .rate = 0.1, .momentum = 0.9);
    EXPECT(false, .rate = 0.1, .decay = 0.1);
    EXPECT(false, .rate = 0.1, .clip_norm = 1);
    EXPECT(false, .rate = 0.1, .clip_value = 1);
    EXPECT(false, .rate = 0.1, .accumulate = 2);
    world w = begin();
    ad_tensor *norm = NULL;
    ad_tensor *step = ad_sgd(w.loss, .rate = 0.1, .norm = &norm);
    expect(&w, step, norm, false);
    w = begin();
    ad_tensor *slope = slope_of(&w);
    step = ad_sgd(w.loss, .rate = 0.1);
    expect(&w, step, slope, false);
    w = begin(); /* whole tables are no few rows */
    w.loss = ad_add(w.loss, ad_sum(ad_square(w.x), AD_ALL));
    expect(&w, ad_sgd(w.loss, .rate = 0.1), NULL, false);
}

TEST(updates_of_ones_own)
{
    world w = begin();
    ad_tensor *slope = slope_of(&w);
    expect(&w, ad_assign(w.loss, w.x, ad_sub(w.x, slope)), NULL, true);
    w = begin();
    slope = slope_of(&w);
    expect(&w, ad_assign(w.loss, w.x, ad_add(w.x, ad_scale(slope, -0.5))), NULL, true);
    w = begin();
    slope = slope_of(&w);
    expect(&w, ad_assign(w.loss, w.x, ad_add(w.x, ad_scale(slope, 0.5))), NULL, false);
    w = begin(); /* the other table's value: its memory stays */
    slope = slope_of(&w);
    ad_tensor *step = ad_assign(w.loss, w.x, ad_sub(w.y, slope));
    w.state = ad_state_new(w.graph, 1);
    ad_state *other = ad_state_clone(w.state);
    ad_program *p = ad_compile(w.state, .fetch = {step}, .feed = {w.index}, .training = true);
    ad_program *q =
        ad_compile(other, .fetch = {step}, .feed = {w.index}, .training = true, .naive = true);
    CHECK(strstr(text_after_run(&w, p, AD_OK, 9), "descend_rows"));
    text_after_run(&w, q, AD_OK, 9);
    CHECK(same_tables(w.state, other, w.x) && same_tables(w.state, other, w.y));
    ad_program_free(p);
    ad_program_free(q);
    ad_state_free(other);
    end(&w);
}

/* Two tables are written in place and a number that is in neither leaves both as they were. */
TEST(two_tables_and_a_number_outside)
{
    world w = begin();
    w.loss = ad_add(w.loss, ad_sum(ad_square(ad_gather(w.y, w.index, 0)), AD_ALL));
    ad_tensor *step = ad_sgd(w.loss, .rate = 0.1);
    w.state = ad_state_new(w.graph, 1);
    ad_program *p = ad_compile(w.state, .fetch = {step}, .feed = {w.index}, .training = true);
    static float before[2][ROWS * 8];
    ad_array copy[] = {ad_f32(before[0], AD_SHAPE(ROWS, 8)), ad_f32(before[1], AD_SHAPE(ROWS, 8))};
    text_after_run(&w, p, AD_OK, ROWS - 1);
    CHECK(ad_get_copy(w.state, w.x, copy[0]) == AD_OK &&
          ad_get_copy(w.state, w.y, copy[1]) == AD_OK);
    CHECK(says(p, "descend_rows") && !says(p, "a new value"));
    static const int32_t outside[] = {ROWS, -1, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 4; i++) {
        text_after_run(&w, p, AD_ERROR_RANGE, outside[i]);
        CHECK(strstr(ad_error(), "at position 2 is outside 0..399"));
    }
    for (int i = 0; i < 2; i++) {
        ad_array now = {0};
        CHECK(ad_get(w.state, i ? w.y : w.x, &now) == AD_OK);
        CHECK(now.data && !memcmp(now.data, before[i], sizeof before[i]));
    }
    ad_program_free(p);
    end(&w);
}

/* Parts that are the same for all columns, as of a sum, are no rows in memory. */
TEST(parts_that_lie_in_no_row)
{
    world w = begin();
    ad_tensor *sum = ad_sum(ad_gather(w.x, w.index, 0), AD_AXES(1));
    w.loss = ad_sum(ad_mul(sum, ad_cast(w.index, AD_F32)), AD_ALL);
    ad_tensor *step = ad_sgd(w.loss, .rate = 0.5);
    w.state = ad_state_new(w.graph, 1);
    ad_state *other = ad_state_clone(w.state);
    ad_program *p = ad_compile(w.state, .fetch = {step}, .feed = {w.index}, .training = true);
    ad_program *q =
        ad_compile(other, .fetch = {step}, .feed = {w.index}, .training = true, .naive = true);
    CHECK(strstr(text_after_run(&w, p, AD_OK, 9), "descend_rows"));
    text_after_run(&w, q, AD_OK, 9);
    CHECK(same_tables(w.state, other, w.x));
    ad_program_free(p);
    ad_program_free(q);
    ad_state_free(other);
    end(&w);
}

/* A scatter_add onto a variable's own value writes where that lies, unless the parts read it. */
TEST(counts_in_place)
{
    for (int own = 0; own < 2; own++) {
        world w = begin();
        ad_tensor *ones = ad_full(w.graph, AD_F32, AD_SHAPE(3, 8), 1);
        ad_tensor *part = own ? ad_slice(w.x, 0, 5, 8, 1) : ones;
        ad_tensor *step = ad_assign(w.loss, w.x, ad_scatter_add(w.x, w.index, part, 0));
        w.state = ad_state_new(w.graph, 1);
        ad_state *other = ad_state_clone(w.state);
        ad_program *p = ad_compile(w.state, .fetch = {step}, .feed = {w.index}, .training = true);
        ad_program *q =
            ad_compile(other, .fetch = {step}, .feed = {w.index}, .training = true, .naive = true);
        bool in_place = !strstr(text_after_run(&w, p, AD_OK, 6), "a new value") &&
                        ad_program_about(p).live_bytes < 4096;
        CHECK_EQ(in_place, !own);
        text_after_run(&w, q, AD_OK, 6);
        CHECK(same_tables(w.state, other, w.x));
        text_after_run(&w, p, AD_ERROR_RANGE, ROWS);
        CHECK(same_tables(w.state, other, w.x));
        ad_program_free(p);
        ad_program_free(q);
        ad_state_free(other);
        end(&w);
    }
}

TEST_MAIN
