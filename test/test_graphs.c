/* Random graphs: the interpreter at fixed sizes against the same graph with open ones, the compiled
 * program, on every instruction set, on every backend, for several numbers of threads, with passes
 * off, and through the text form: the same bits each time.  SSE2 has no fused multiply-add, and
 * random graphs magnify a last bit without limit; so there fused programs are compared with unfused
 * ones, bit for bit, and its kernels with the others in tests of their own, by bounds.  ADZE_SOAK=1
 * runs 10,000. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "core/backend.h"
#include "random_graph.h"

#define OPTIONS(...) AD_INIT_(ad_compile_options, __VA_ARGS__)

struct variant {
    const char *isa; /* NULL: the best */
    int threads;
    ad_compile_options options;
    bool fixed; /* no open sizes */
};

struct result {
    ad_array fetch[RANDOM_FETCHES];
    ad_array variable[RANDOM_VARIABLES];
    int fetches;
};

static void result_free(struct result *r)
{
    for (int i = 0; i < RANDOM_FETCHES; i++)
        free(r->fetch[i].data);
    for (int i = 0; i < RANDOM_VARIABLES; i++)
        free(r->variable[i].data);
    *r = (struct result){0};
}

/* Two training runs of graph number under a variant. */
static bool run_variant(uint64_t number, int size, ad_type type, const struct variant *v,
                        struct result *out)
{
    ad_context *c = ad_context_new(.threads = v->threads, .isa = v->isa, .devices = 2);
    struct random_graph r = {0};
    int order = v->fixed ? SIZES_FIXED : (int)(number % 6);
    bool ok = c && random_graph_make(&r, c, number, size, type, order);
    ad_state *s = ok ? ad_state_new(r.graph, number) : NULL;
    ad_compile_options o = v->options;
    o.training = r.training;
    memcpy(o.fetch, r.fetch, sizeof r.fetch);
    memcpy(o.feed, r.feed, sizeof r.feed);
    ad_program *p = s ? (ad_compile)(s, &o) : NULL;
    ad_array found[RANDOM_FETCHES] = {0};
    ok = p && ad_run(p, r.value, found) == AD_OK && ad_run(p, r.value, found) == AD_OK;
    for (int i = 0; ok && i < r.fetches; i++)
        out->fetch[i] = array_kept(&found[i]);
    for (int i = 0; ok && i < RANDOM_VARIABLES; i++) {
        ad_array value;
        ok = ad_get(s, ad_variable_at(r.graph, i), &value) == AD_OK;
        out->variable[i] = array_kept(&value);
    }
    out->fetches = r.fetches;
    ad_program_free(p);
    ad_state_free(s);
    if (r.graph)
        random_graph_free(&r);
    ad_context_free(c);
    return ok;
}

static bool compare(const char *what, uint64_t number, const char *name, const ad_array *a,
                    const ad_array *b)
{
    int64_t i = array_difference(a, b);
    if (i >= 0)
        printf("graph %llu, %s: %s element %lld is %.17g, interpreter %.17g\n",
               (unsigned long long)number, name, what, (long long)i, ad_array_item(b, i),
               ad_array_item(a, i));
    return i < 0;
}

static bool same_result(uint64_t number, const char *name, const struct result *a,
                        const struct result *b)
{
    bool same = true;
    for (int i = 0; i < a->fetches; i++)
        same &= compare("fetch", number, name, &a->fetch[i], &b->fetch[i]);
    for (int i = 0; i < RANDOM_VARIABLES; i++)
        same &= compare("variable", number, name, &a->variable[i], &b->variable[i]);
    return same;
}

#define ON_BACKEND(name) {"backend " #name ", 2 threads", {#name, 2, OPTIONS(), false}},

/* clang-format off */
static const struct {
    const char *name;
    struct variant variant;
} variants[] = {
    BACKENDS(ON_BACKEND) /* a comma behind each */
    {"interpreter", {NULL, 1, OPTIONS(.naive = true), false}},
    {"compiled, 1 thread", {NULL, 1, OPTIONS(), false}},
    {"compiled, 3 threads", {NULL, 3, OPTIONS(), false}},
    {"not fused", {NULL, 1, OPTIONS(.off = {.no_fuse = true}), false}},
    {"not simplified", {NULL, 1, OPTIONS(.off = {.no_simplify = true}), false}},
    {"not planned", {NULL, 1, OPTIONS(.off = {.no_plan = true}), false}},
#if defined(__x86_64__)
    {"avx2", {"avx2", 2, OPTIONS(), false}},
    {"sse2", {"sse2", 1, OPTIONS(), false}},
#endif
};
/* clang-format on */

static bool check_graph(uint64_t number, int size, ad_type type)
{
    struct result naive = {0};
    struct variant interpreter = {NULL, 1, OPTIONS(.naive = true), true};
    if (!run_variant(number, size, type, &interpreter, &naive)) {
        printf("graph %llu: interpreter: %s\n", (unsigned long long)number, ad_error());
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        struct result found = {0};
        const char *isa = variants[i].variant.isa;
        if (!isa_is_here(isa))
            continue;
        bool own = isa && !strcmp(isa, "sse2");
        struct result plain = {0};
        struct variant unfused = {isa, 1, OPTIONS(.off = {.no_fuse = true}), false};
        bool ran = run_variant(number, size, type, &variants[i].variant, &found) &&
                   (!own || run_variant(number, size, type, &unfused, &plain));
        if (!ran)
            printf("graph %llu, %s: %s\n", (unsigned long long)number, variants[i].name,
                   ad_error());
        ok &= ran && same_result(number, variants[i].name, own ? &plain : &naive, &found);
        result_free(&found);
        result_free(&plain);
    }
    result_free(&naive);
    return ok;
}

static void check_many(uint64_t first, int count, int size, ad_type type)
{
    int wrong = 0;
    for (int i = 0; i < count && wrong < 3; i++)
        wrong += !check_graph(first + (uint64_t)i, size, type);
    CHECK_EQ(wrong, 0);
}

TEST(small_graphs_f32)
{
    check_many(1, soak(150, 5000), 8, AD_F32);
}

TEST(small_graphs_f64)
{
    check_many(100001, soak(100, 2500), 8, AD_F64);
}

TEST(large_graphs_f32)
{
    check_many(200001, soak(40, 1500), 40, AD_F32);
}

TEST(large_graphs_f64)
{
    check_many(300001, soak(20, 1000), 40, AD_F64);
}

TEST(text_reads_back_equal)
{
    ad_context *c = ad_context_new(.threads = 1, .devices = 2);
    REQUIRE(c);
    for (uint64_t number = 1; number <= 100; number++) {
        struct random_graph r;
        REQUIRE(random_graph_make(&r, c, number, 25, AD_F32, (int)(number % 6)));
        const char *text = ad_graph_text(r.graph);
        ad_graph *again = ad_graph_read(c, text);
        if (!again)
            printf("%s\n", ad_error());
        CHECK(again != NULL);
        if (again)
            CHECK_STREQ(ad_graph_text(again), text);
        ad_graph_free(again);
        random_graph_free(&r);
    }
    ad_context_free(c);
}

TEST_MAIN
