/* Fused loops as machine code: random computations on numbers of every kind, with operands of every
 * kind, against the interpreter, bit for bit; and that there is such code at all. */
#include "test.h"

#include <sys/wait.h>
#include <unistd.h>

#ifdef ADZE_EXTRAS
#include <adze/ops.h>
#endif

#include "arrays.h"
#include "base/executable.h"
#include "cpu/native.h"
#include "op/reduce.h"
#include "op/row.h"
#include "small_loop.h"

#if defined(ADZE_HAVE_NATIVE)
enum { LINE = 300 };

/* y = (x + w) - x w, over whole strips only, past the caches or not; the code differs then. */
static int64_t run_line(int vector_bytes, bool streams, float *x, float *w, float *y)
{
    struct small_loop s = {
        .operand = {{.value = 0, .type = AD_F32, .stride = {1}},
                    {.value = 1, .type = AD_F32, .stride = {1}},
                    {.value = 2, .type = AD_F32, .stride = {1}, .written = true}},
        .code = {{.kind = LOOP_LOAD, .out = 0, .in = {-1, -1, -1}, .operand = 0},
                 {.kind = LOOP_LOAD, .out = 1, .in = {-1, -1, -1}, .operand = 1},
                 {.kind = LOOP_COMPUTE, .op = &op_add, .out = 2, .in = {0, 1, -1}},
                 {.kind = LOOP_COMPUTE, .op = &op_mul, .out = 3, .in = {0, 1, -1}},
                 {.kind = LOOP_COMPUTE, .op = &op_sub, .out = 4, .in = {2, 3, -1}},
                 {.kind = LOOP_STORE, .out = -1, .in = {4, -1, -1}, .operand = 2}}};
    struct stage stages[SMALL_INSTRUCTIONS * STAGES_EACH] = {0};
    CHECK(small_loop_finish(&s, 0, LINE, 5, 6));
    for (int p = 0; p < s.loop.parts; p++) {
        const struct loop_part *part = &s.part[p];
        if (!part->stages)
            continue;
        float *memory[] = {x, w, NULL, NULL, y};
        for (int i = 0; i < part->stages; i++) {
            struct loop_stage *stage = &s.stage[part->stage + i];
            stages[i].to.at = stage->reg >= 0 ? (char *)memory[stage->reg] : NULL;
            stage->streams = stage->form == STAGE_PUT;
        }
        native_line *line = native_part(&s.loop, part, vector_bytes, streams);
        CHECK(line != native_part(&s.loop, part, vector_bytes, !streams));
        return line ? line(stages, 0, LINE * (int64_t)sizeof(float), 0) : -1;
    }
    return -1;
}

static void check_line(int vector_bytes, bool streams)
{
    static _Alignas(64) float x[LINE], w[LINE], y[LINE];
    int64_t strip = 4 * vector_bytes, done = LINE * (int64_t)sizeof(float) / strip * strip;
    for (int i = 0; i < LINE; i++)
        x[i] = (float)i, w[i] = 3, y[i] = -1;
    CHECK(run_line(vector_bytes, streams, x, w, y) == done);
    for (int64_t i = 0; i < LINE; i++)
        CHECK(y[i] == (i < done / 4 ? x[i] + w[i] - x[i] * w[i] : -1));
}

/* y = (x - sum x) w: the sum, and what is made with it, are one function. */
static void check_span(int vector_bytes, bool streams)
{
    struct small_loop s = {
        .row = 2,
        .operand = {{.value = 0, .type = AD_F32, .stride = {LINE, 1}},
                    {.value = 1, .type = AD_F32, .stride = {0, 1}},
                    {.value = 2, .type = AD_F32, .stride = {LINE, 1}, .written = true}},
        .code = {{.kind = LOOP_LOAD, .out = 0, .in = {-1, -1, -1}, .operand = 0},
                 {.kind = LOOP_LOAD, .out = 1, .in = {-1, -1, -1}, .operand = 1},
                 {.kind = LOOP_ROW_REDUCE, .op = &op_sum, .out = 2, .in = {0, -1, -1}},
                 {.kind = LOOP_COMPUTE, .op = &op_sub, .out = 3, .in = {0, 2, -1}},
                 {.kind = LOOP_COMPUTE, .op = &op_mul, .out = 4, .in = {3, 1, -1}},
                 {.kind = LOOP_STORE, .out = -1, .in = {4, -1, -1}, .operand = 2}}};
    int parts = 0;
    CHECK(small_loop_finish(&s, 8, 1024, 5, 6));
    for (int i = 0; i < s.loop.stages; i++)
        s.stage[i].streams = s.stage[i].form == STAGE_PUT;
    const struct loop_part *first = s.part;
    while (!first->bare)
        first++;
    native_rows *rows = native_span(&s.loop, first, vector_bytes, streams, &parts);
    CHECK(rows && parts == 2);
    CHECK(rows != native_span(&s.loop, first, vector_bytes, !streams, &parts));
}

/* Not only that results are right: that they come from machine code.  First, while there is room.
 */
TEST(there_is_code)
{
    static const uint8_t nothing[] = {0xc3};
    if (getenv("ADZE_NATIVE") || !executable_keep(nothing, sizeof nothing)) {
        printf("left out: ADZE_NATIVE is set, or this system gives no memory for code\n");
        return;
    }
    for (int streams = 0; streams < 2; streams++) {
        if (__builtin_cpu_supports("avx2"))
            check_line(NATIVE_AVX2, streams), check_span(NATIVE_AVX2, streams);
        if (__builtin_cpu_supports("avx512dq"))
            check_line(NATIVE_AVX512, streams), check_span(NATIVE_AVX512, streams);
    }
}

/* A child runs the code that was there, and adds none: its parent shares the memory. */
TEST(forked)
{
    static const uint8_t old[] = {0x90, 0xc3}, fresh[] = {0x90, 0x90, 0xc3};
    const void *code = executable_keep(old, sizeof old);
    int status = -1;
    if (!code)
        return;
    pid_t child = fork();
    if (child == 0)
        _exit(executable_keep(old, sizeof old) == code && !executable_keep(fresh, sizeof fresh)
                  ? 0
                  : 1);
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    CHECK(executable_keep(fresh, sizeof fresh) != NULL);
}
#endif

enum { POOL = 24, COMPUTED = 14, FETCHED = 8 };

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *w, *pool[POOL];
    int count;
    uint64_t random;
};

/* Now and then one that is no ordinary number. */
static double number_of(struct net *n)
{
    static const double usual[] = {0, -0.0, 1, -1, 0.5, -40, 3, -2.75};
    static const double strange[] = {1e30, -INFINITY, (double)NAN, 1e-300};
    return random_below(&n->random, 12) ? usual[random_below(&n->random, 8)]
                                        : strange[random_below(&n->random, 4)];
}

/* One of the last values more often than an early one. */
static ad_tensor *any(struct net *n)
{
    int back = random_below(&n->random, 4) ? random_below(&n->random, 4) : n->count - 1;
    return n->pool[back < n->count ? n->count - 1 - back : 0];
}

static ad_tensor *of_rows(struct net *n, ad_tensor *x)
{
    switch (random_below(&n->random, 4)) {
    case 0: return ad_max(x, AD_AXES(1), .keep = true);
    case 1: return ad_min(x, AD_AXES(1), .keep = true);
    default: return ad_scale(ad_sum(x, AD_AXES(1), .keep = true), 1.0 / 64);
    }
}

static ad_tensor *other(struct net *n)
{
    ad_tensor *x = any(n);
    switch (random_below(&n->random, 6)) {
    case 0: return ad_number(n->graph, ad_tensor_type(x), number_of(n));
    case 1: return of_rows(n, x);
    case 2: return ad_slice(n->w, 0, 0, 1, 1);
    default: return x;
    }
}

static ad_tensor *compute(struct net *n)
{
    ad_tensor *x = any(n), *z = other(n);
    if (random_below(&n->random, 2)) {
        ad_tensor *y = x;
        x = z, z = y;
    }
    switch (random_below(&n->random, 13)) {
    case 0: return ad_add(x, z);
    case 1: return ad_sub(x, z);
    case 2: return ad_mul(x, z);
    case 3: return ad_div(x, ad_shift(ad_abs(z), 0.5));
    case 4: return ad_minimum(x, z);
    case 5: return ad_maximum(x, z);
    case 6: return ad_sqrt(ad_abs(ad_add(x, z)));
    case 7: return ad_tanh(ad_sub(z, x));
    case 8: return ad_add(ad_mul(x, z), ad_square(x));
    case 9: return ad_exp(ad_minimum(ad_sub(x, z), ad_number(n->graph, ad_tensor_type(x), 4)));
    case 10: return ad_erf(ad_mul(x, z));
    case 11: return ad_mul(x, ad_rsqrt(ad_shift(ad_abs(z), 0.5)));
    default: return ad_neg(ad_maximum(z, x));
    }
}

/* Values that depend on x, of its shape: constants alone would be folded. */
static void make(struct net *n, const char *isa, ad_type type, int64_t rows, int64_t columns)
{
    n->context = ad_context_new(.threads = 2, .isa = isa);
    n->graph = ad_graph_new(n->context);
    n->x = ad_feed(n->graph, "x", type, AD_SHAPE(rows, columns));
    n->w = ad_feed(n->graph, "w", type, AD_SHAPE(rows, columns));
    n->pool[n->count++] = n->x;
    n->pool[n->count++] = n->w;
    for (int i = 0; i < COMPUTED; i++)
        n->pool[n->count++] = ad_add(ad_scale(ad_mul(n->x, n->w), 0.25), compute(n));
}

/* The last values, and the sums of rows of one. */
static bool run(struct net *n, const ad_array *feeds, bool naive, bool own, ad_array *kept)
{
    ad_state *s = ad_state_new(n->graph, 1);
    ad_compile_options o = AD_OPTIONS(ad_compile_options, .feed = {n->x, n->w});
    o.naive = naive && !own, o.off.no_fuse = naive && own;
    for (int i = 0; i < FETCHED - 1; i++)
        o.fetch[i] = n->pool[n->count - 1 - i];
    o.fetch[FETCHED - 1] = ad_sum(n->pool[n->count - 2], AD_AXES(1));
    ad_program *p = (ad_compile)(s, &o);
    ad_array found[FETCHED] = {0};
    bool ok = p && ad_run(p, feeds, found) == AD_OK;
    for (int i = 0; ok && i < FETCHED; i++)
        kept[i] = array_kept(&found[i]);
    ad_program_free(p);
    ad_state_free(s);
    return ok;
}

/* Ordinary numbers, and some that are not. */
static ad_array numbers(struct net *n, ad_type type, int64_t rows, int64_t columns)
{
    ad_array a = array_random(type, AD_SHAPE(rows, columns), &n->random, -2, 2);
    for (int64_t i = 0; i < ad_array_count(&a); i++)
        if (random_below(&n->random, 40) == 0)
            array_put(&a, i, number_of(n));
    return a;
}

static int64_t values, finite_values;

/* Numbers say more than what is neither. */
static void count_values(const ad_array *a)
{
    values += ad_array_count(a);
    for (int64_t i = 0; i < ad_array_count(a); i++)
        finite_values += isfinite(ad_array_item(a, i)) != 0;
}

static void check(const char *isa, int seed, ad_type type, int64_t rows, int64_t columns)
{
    struct net n = {.random = (uint64_t)seed};
    make(&n, isa, type, rows, columns);
    ad_array feeds[] = {numbers(&n, type, rows, columns), numbers(&n, type, rows, columns)};
    ad_array fast[FETCHED] = {0}, slow[FETCHED] = {0};
    bool own = isa && !strcmp(isa, "sse2");
    if (!run(&n, feeds, false, own, fast) || !run(&n, feeds, true, own, slow))
        TEST_FAILED("%s, seed %d: %s", isa ? isa : "best", seed, ad_error());
    for (int i = 0; i < FETCHED; i++) {
        int64_t at = array_difference(&fast[i], &slow[i]);
        if (at >= 0)
            TEST_FAILED("%s %s, seed %d, %lld x %lld: result %d differs at %lld",
                        isa ? isa : "best", ad_type_name(type), seed, (long long)rows,
                        (long long)columns, i, (long long)at);
        count_values(&fast[i]);
        free(fast[i].data);
        free(slow[i].data);
    }
    free(feeds[0].data);
    free(feeds[1].data);
    ad_graph_free(n.graph);
    ad_context_free(n.context);
}

/* Compiled against the interpreter: the first result that differs; NONE: they are alike. */
enum { RESULTS = 3, NONE = -1 };

static int first_difference(ad_state *s, ad_compile_options *o, const ad_array *feeds)
{
    ad_program *fast = (ad_compile)(s, o);
    o->naive = true;
    ad_program *slow = (ad_compile)(s, o);
    ad_array a[RESULTS] = {0}, b[RESULTS] = {0};
    int differs = NONE;
    if (ad_run(fast, feeds, a) || ad_run(slow, feeds, b))
        differs = 0;
    for (int k = RESULTS - 1; k >= 0; k--)
        if (o->fetch[k] && array_difference(&a[k], &b[k]) >= 0)
            differs = k;
    ad_program_free(fast);
    ad_program_free(slow);
    return differs;
}

/* Of zeros maximum and minimum give the second, whatever its sign. */
static ad_tensor *extreme_of_zeros(ad_graph *g, ad_tensor *x, int how)
{
    ad_tensor *zero = ad_number(g, ad_tensor_type(x), how % 2 ? -0.0 : 0.0);
    ad_tensor *a = how / 2 % 2 ? zero : x, *b = how / 2 % 2 ? x : zero;
    return ad_mul(how / 4 ? ad_minimum(a, b) : ad_maximum(a, b), ad_sqrt(ad_square(x)));
}

static void check_zeros(const char *isa, ad_type type)
{
    enum { WAYS = 8 };
    ad_context *c = ad_context_new(.isa = isa);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", type, AD_SHAPE(256)), *y[WAYS];
    for (int i = 0; i < WAYS; i++)
        y[i] = extreme_of_zeros(g, x, i);
    ad_array feed = array_new(type, AD_SHAPE(256));
    for (int i = 0; i < 256; i++)
        array_put(&feed, i, i % 3 == 0 ? 0.0 : i % 3 == 1 ? -0.0 : NAN);
    ad_state *s = ad_state_new(g, 1);
    for (int i = 0; i < WAYS; i++) {
        ad_compile_options o = AD_OPTIONS(ad_compile_options, .feed = {x}, .fetch = {y[i]});
        if (first_difference(s, &o, &feed) != NONE)
            TEST_FAILED("%s %s: way %d differs", isa ? isa : "best", ad_type_name(type), i);
    }
    free(feed.data);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

/* ---- functions of one number, on bits of every kind: a strip holds numbers of all sizes */

enum { EACH = 1 << 12, ALL = 1 << 18, FUNCTIONS = 6 };

static ad_tensor *function(int i, ad_tensor *x)
{
    switch (i) {
    case 0: return ad_neg(x);
    case 1: return ad_abs(x);
    case 2: return ad_exp(x);
    case 3: return ad_tanh(x);
    case 4: return ad_erf(x);
    default: return ad_rsqrt(x);
    }
}

static ad_array all_kinds(ad_type type)
{
    uint64_t random = 5;
    ad_array a = array_new(type, AD_SHAPE(ALL / EACH, EACH));
    for (int64_t i = 0; i < ALL; i++)
        if (type == AD_F32)
            ((uint32_t *)a.data)[i] = (uint32_t)(i << 14 | random_below(&random, 1 << 14));
        else
            ((uint64_t *)a.data)[i] = (uint64_t)i << 46 | (uint64_t)random_below(&random, 1 << 30);
    return a;
}

/* Also where rows are reduced, of the reduced, and of what is known to be at most 0. */
static void check_functions(const char *isa, ad_type type)
{
    ad_context *c = ad_context_new(.isa = isa);
    ad_graph *g = ad_graph_new(c);
    ad_state *s = ad_state_new(g, 1);
    ad_tensor *x = ad_feed(g, "x", type, AD_SHAPE(ALL / EACH, EACH));
    ad_array feed = all_kinds(type);
    for (int i = 0; i < FUNCTIONS; i++) {
        ad_tensor *y = ad_minimum(function(i, x), ad_number(g, type, 9));
        ad_tensor *most = ad_max(x, AD_AXES(1), .keep = true), *row = function(i, most);
        ad_compile_options o = AD_OPTIONS(ad_compile_options, .feed = {x});
        o.fetch[0] = y, o.fetch[1] = ad_mul(ad_sub(y, row), row);
        o.fetch[2] = function(i, ad_sub(x, most));
        int differs = first_difference(s, &o, &feed);
        if (differs != NONE)
            TEST_FAILED("%s %s: function %d, result %d differs", isa ? isa : "best",
                        ad_type_name(type), i, differs);
    }
    free(feed.data);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

/* ---- many rows of a loop in one call: several in flight, values of rows in all of their elements,
 * rows that have numbers of their own */

enum { LOOPS = 14 };

static ad_tensor *less_sum(ad_tensor *x)
{
    return ad_sub(x, ad_sum(x, AD_AXES(1), .keep = true));
}

/* The sums of e, e x, e x^2, ...: more lanes than there are registers for. */
static ad_tensor *many_sums(ad_tensor *e, ad_tensor *x)
{
    enum { SUMS = 10 };
    ad_tensor *all = ad_sum(e, AD_AXES(1), .keep = true);
    for (int i = 1; i < SUMS; i++) {
        e = ad_mul(e, x);
        all = ad_add(all, ad_sum(e, AD_AXES(1), .keep = true));
    }
    return all;
}

/* Each and its results are one loop. */
static void loop_of(int i, ad_tensor *x, ad_tensor *each, ad_shape shape, ad_tensor **y)
{
    ad_graph *g = ad_tensor_graph(x);
    ad_tensor *sum = ad_sum(x, AD_AXES(1), .keep = true);
    ad_tensor *most = ad_max(x, AD_AXES(1), .keep = true);
    y[0] = y[1] = y[2] = NULL;
    switch (i) {
    case 0: y[0] = less_sum(less_sum(less_sum(ad_abs(x)))); break;
    case 1: y[0] = ad_softmax(ad_softmax(x, 1), 1); break;
    case 2: y[0] = ad_sub(x, sum), y[1] = ad_scale(ad_expand(sum, shape), 2); break;
    case 3: y[0] = ad_add(x, each), y[1] = ad_neg(ad_expand(each, shape)); break;
    case 4: y[0] = ad_sub(ad_square(x), ad_square(sum)), y[1] = ad_mul(each, sum); break;
    case 5: y[0] = ad_softmax(x, 1), y[1] = most; break;
    case 6: y[0] = ad_sub(x, most), y[1] = ad_exp(y[0]), y[2] = ad_mul(less_sum(y[1]), each); break;
    case 7: y[0] = ad_softmax(ad_maximum(ad_neg(x), ad_scale(x, 2)), 1); break;
    case 8:
        sum = ad_sum(ad_sub(x, most), AD_AXES(1), .keep = true);
        y[0] = ad_expand(ad_where(ad_less(each, most), sum, each), shape);
        break;
    case 9:
        y[0] = ad_sub(x, most);
        y[0] = ad_mul(y[0], ad_max(y[0], AD_AXES(1), .keep = true));
        break;
    case 10:
        y[1] = ad_exp(ad_sub(x, most));
        y[0] = many_sums(y[1], x);
        y[1] = ad_max(y[1], AD_AXES(1));
        break;
    case 11: /* tanh x is wanted two sections on: no rows in flight */
        y[0] = ad_tanh(x);
        y[1] = less_sum(y[0]);
        y[0] = ad_mul(y[0], many_sums(ad_exp(ad_minimum(y[1], ad_neg(ad_abs(y[1])))), x));
        y[1] = ad_min(y[1], AD_AXES(1));
        break;
#ifdef ADZE_EXTRAS
    case 13:
        y[0] = ad_mul(x, ad_prod(ad_shift(ad_scale(x, 0.01), 1), AD_AXES(1), .keep = true));
        y[1] = ad_prod(x, AD_AXES(1)), y[2] = ad_prod(x, AD_AXES(0));
        break;
#endif
    default:
        y[0] = ad_add(less_sum(x), ad_number(g, ad_tensor_type(x), 1));
        y[1] = ad_mul(ad_expand(each, shape), ad_max(ad_neg(x), AD_AXES(1), .keep = true));
    }
}

/* In some rows there is a number that is none. */
static ad_array with_strange_rows(ad_type type, ad_shape shape, uint64_t *random)
{
    enum { STRANGE = 3 };
    static const double number[STRANGE] = {(double)NAN, -INFINITY, INFINITY};
    ad_array a = array_random(type, shape, random, -2, 2);
    int64_t columns = ad_array_count(&a) / shape.size[0];
    for (int64_t row = 0; row < shape.size[0]; row++)
        if (random_below(random, 3) == 0)
            array_put(&a, row * columns + random_below(random, (int)columns),
                      number[random_below(random, STRANGE)]);
    return a;
}

static void check_loop(const char *isa, int i, ad_type type, int64_t rows, int64_t columns)
{
    uint64_t random = (uint64_t)i;
    ad_context *c = ad_context_new(.isa = isa);
    ad_graph *g = ad_graph_new(c);
    ad_state *s = ad_state_new(g, 1);
    ad_shape shape = AD_SHAPE(rows, columns);
    ad_tensor *x = ad_feed(g, "x", type, shape), *each = ad_feed(g, "e", type, AD_SHAPE(rows, 1));
    ad_compile_options o = AD_OPTIONS(ad_compile_options, .feed = {x, each});
    loop_of(i, x, each, shape, o.fetch);
    ad_array feeds[] = {with_strange_rows(type, shape, &random),
                        array_random(type, AD_SHAPE(rows, 1), &random, -2, 2)};
    int differs = first_difference(s, &o, feeds);
    if (differs != NONE)
        TEST_FAILED("%s %s, %lld x %lld: loop %d, result %d differs", isa ? isa : "best",
                    ad_type_name(type), (long long)rows, (long long)columns, i, differs);
    free(feeds[0].data);
    free(feeds[1].data);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

static void check_loops(const char *isa)
{
    static const int64_t shapes[][2] = {{64, 512}, {37, 1024}, {3, 2048}, {500, 64},
                                        {9, 4096}, {33, 1000}, {70, 77},  {4, 4095}};
    for (int i = 0; i < LOOPS; i++)
        for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
            check_loop(isa, i, AD_F32, shapes[k][0], shapes[k][1]);
            check_loop(isa, i, AD_F64, shapes[k][0], shapes[k][1]);
        }
}

static void check_all(const char *isa)
{
    static const int64_t shapes[][2] = {{1, 64},   {7, 96},   {3, 1000}, {40, 512},
                                        {33, 600}, {1, 4100}, {64, 20},  {5, 129}};
    int trials = soak(80, 2000);
    if (!isa_is_here(isa))
        return;
    check_zeros(isa, AD_F32);
    check_zeros(isa, AD_F64);
    if (!isa || strcmp(isa, "sse2")) { /* which rounds products twice */
        check_functions(isa, AD_F32);
        check_functions(isa, AD_F64);
        check_loops(isa);
    }
    for (int seed = 1; seed <= trials; seed++) {
        const int64_t *shape = shapes[seed % (int)(sizeof shapes / sizeof shapes[0])];
        check(isa, seed, seed % 3 ? AD_F32 : AD_F64, shape[0], shape[1]);
    }
    CHECK(finite_values > values / 2);
}

TEST_SETS(check_all)

/* The stages in C, which other machines have. */
TEST(stages)
{
    const char *set = getenv("ADZE_NATIVE");
    setenv("ADZE_NATIVE", "0", 1);
    check_all(NULL);
    if (!set)
        unsetenv("ADZE_NATIVE");
}

TEST_MAIN
