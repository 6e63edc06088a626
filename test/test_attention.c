/* The attention kernel, which heads with many scores get, against the graph that attention means:
 * value and gradients, bit for bit, on every instruction set. */
#include <float.h>

#include "test.h"

#include "arrays.h"

enum { FEEDS = 5, FETCHES = 5 };

struct shape {
    int64_t batch, heads, queries, keys, width, values;
};

/* Sizes of the mask that are 1 broadcast. */
struct sight {
    bool causal, masked;
    int64_t batch, queries, keys;
};

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *feed[FEEDS], *fetch[FETCHES];
    ad_array value[FEEDS];
    int feeds;
};

static void feed(struct net *n, const char *name, ad_type type, ad_shape shape, uint64_t *random)
{
    n->feed[n->feeds] = ad_feed(n->graph, name, type, shape);
    n->value[n->feeds++] = array_random(type, shape, random, type == AD_BOOL ? 0 : -2, 2);
}

/* Heads lie between time and width, as a linear layer gives them. */
static ad_tensor *turned(ad_tensor *x)
{
    return ad_transpose(x, AD_AXES(0, 2, 1, 3));
}

static void make(struct net *n, ad_type type, const char *isa, int threads, const struct shape *s,
                 const struct sight *m)
{
    uint64_t random = 11;
    *n = (struct net){.context = ad_context_new(.isa = isa, .threads = threads)};
    n->graph = ad_graph_new(n->context);
    feed(n, "q", type, AD_SHAPE(s->batch, s->queries, s->heads, s->width), &random);
    feed(n, "k", type, AD_SHAPE(s->batch, s->keys, s->heads, s->width), &random);
    feed(n, "v", type, AD_SHAPE(s->batch, s->heads, s->keys, s->values), &random);
    feed(n, "d", type, AD_SHAPE(s->batch, s->heads, s->queries, s->values), &random);
    if (m->masked)
        feed(n, "mask", AD_BOOL, AD_SHAPE(m->batch, 1, m->queries, m->keys), &random);
    ad_tensor *y = ad_attention(turned(n->feed[0]), turned(n->feed[1]), n->feed[2],
                                .mask = m->masked ? n->feed[4] : NULL, .causal = m->causal);
    n->fetch[0] = y;
    n->fetch[1] = ad_sum(ad_mul(y, n->feed[3]), AD_ALL);
    ad_gradient(n->fetch[1], n->feed, 3, &n->fetch[2]);
}

static void done(struct net *n)
{
    for (int i = 0; i < n->feeds; i++)
        free(n->value[i].data);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
}

/* Fetches into arrays of their own. */
static bool run(struct net *n, bool naive, bool expanded, ad_array *out)
{
    ad_state *s = ad_state_new(n->graph, 1);
    ad_program *p =
        ad_compile(s, .fetch_list = n->fetch, .fetch_count = FETCHES, .feed_list = n->feed,
                   .feed_count = n->feeds, .naive = naive, .off.no_composites = expanded);
    ad_array found[FETCHES] = {0};
    bool ok = p && ad_run(p, n->value, found) == AD_OK;
    bool kept = ok && strstr(ad_program_text(p), "attention");
    if (ok && !naive && kept == expanded)
        TEST_FAILED("attention is %s a kernel", kept ? "" : "not");
    for (int i = 0; ok && i < FETCHES; i++)
        out[i] = array_kept(&found[i]);
    ad_program_free(p);
    ad_state_free(s);
    return ok;
}

static void check(ad_type type, const char *isa, int threads, const struct shape *s,
                  const struct sight *m, bool naive)
{
    if (!isa_is_here(isa))
        return;
    struct net n;
    ad_array kernel[FETCHES] = {0}, graph[FETCHES] = {0};
    make(&n, type, isa, threads, s, m);
    if (!run(&n, false, false, kernel) || !run(&n, naive, !naive, graph))
        TEST_FAILED("%s", ad_error());
    for (int i = 0; i < FETCHES; i++) {
        int64_t at = array_difference(&graph[i], &kernel[i]);
        if (at >= 0)
            TEST_FAILED("%s %s, %lld x %lld, causal %d, masked %d: fetch %d differs at %lld",
                        isa ? isa : "best", ad_type_name(type), (long long)s->queries,
                        (long long)s->keys, m->causal, m->masked, i, (long long)at);
        free(kernel[i].data);
        free(graph[i].data);
    }
    done(&n);
}

static const struct shape shapes[] = {
    {3, 2, 128, 128, 64, 64}, {1, 2, 512, 512, 8, 8},   {2, 1, 513, 640, 5, 7},
    {1, 1, 1100, 600, 16, 3}, {1, 1, 300, 1100, 3, 17}, {1, 1, 3, 100000, 2, 2},
    {1, 1, 140000, 2, 4, 1},  {1, 3, 600, 500, 64, 64}, {1, 1, 1025, 4096, 24, 20},
};
static const struct sight sights[] = {
    {0}, {.causal = true}, {.masked = true, .batch = 1, .queries = 1}, {true, true, 1, 1, 1}};

static struct sight sight_for(const struct sight *m, const struct shape *s, bool every_query)
{
    struct sight fit = *m;
    fit.batch = m->batch ? m->batch : s->batch;
    fit.queries = every_query ? s->queries : 1;
    fit.keys = m->keys ? m->keys : s->keys;
    return fit;
}

static void check_all(ad_type type, const char *isa)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (size_t j = 0; j < sizeof sights / sizeof sights[0]; j++) {
            struct sight m = sight_for(&sights[j], &shapes[i], i % 2);
            check(type, isa, 1 + (int)(i + j) % 3, &shapes[i], &m, false);
        }
}

TEST(every_shape_and_sight)
{
    check_all(AD_F32, NULL);
    check_all(AD_F64, NULL);
}

#if defined(__x86_64__)
TEST(avx2)
{
    check_all(AD_F32, "avx2");
}

TEST(sse2)
{
    check_all(AD_F32, "sse2");
    check_all(AD_F64, "sse2");
}
#endif

TEST(interpreter)
{
    struct sight m = {true, true, 1, 520, 1};
    check(AD_F32, NULL, 2, &(struct shape){1, 1, 520, 530, 4, 3}, &m, true);
}

static void check_same(struct net *n)
{
    ad_array kernel[FETCHES] = {0}, graph[FETCHES] = {0};
    CHECK(run(n, false, false, kernel) && run(n, false, true, graph));
    for (int i = 0; i < FETCHES; i++) {
        CHECK_EQ(array_difference(&graph[i], &kernel[i]), -1);
        free(kernel[i].data);
        free(graph[i].data);
    }
    done(n);
}

/* An infinite score, a NaN among the keys, an infinite value and gradient, and rows that see
 * nothing; for some queries in sight, for others not. */
static void check_not_finite(ad_type type, const struct sight *m)
{
    struct net n;
    make(&n, type, NULL, 2, &(struct shape){1, 2, 512, m->keys, 4, 4}, m);
    array_put(&n.value[0], 40, INFINITY);
    array_put(&n.value[1], 500, NAN);
    array_put(&n.value[2], 77, -INFINITY);
    array_put(&n.value[3], 3000, INFINITY);
    if (m->masked)
        memset(n.value[4].data, 0, (size_t)m->keys * 9);
    check_same(&n);
}

TEST(numbers_that_are_not_finite)
{
    for (int i = 0; i < 16; i++)
        check_not_finite(i & 4 ? AD_F64 : AD_F32,
                         &(struct sight){i & 1, i & 2, 1, 512, i & 8 ? 640 : 520});
}

/* The lowest number there is, which keys out of sight have as well, so they count in the sum. */
TEST(a_row_of_lowest_scores)
{
    struct net n;
    make(&n, AD_F32, NULL, 2, &(struct shape){1, 1, 256, 512, 1, 1},
         &(struct sight){.causal = true});
    array_put(&n.value[0], 5, FLT_MAX);
    for (int key = 0; key <= 5; key++)
        array_put(&n.value[1], key, -1);
    check_same(&n);
}

/* Which = 1: sums over keys of the gradient at q, 2: of the value.  They are -0 after the keys in
 * sight, and +0 as soon as a key out of sight brings 0 times a positive number. */
static void check_minus_zero(ad_type type, int which)
{
    struct net n;
    double least = type == AD_F64 ? 4.9406564584124654e-324 : 1.401298464324817e-45;
    make(&n, type, NULL, 2, &(struct shape){1, 1, 1024, 1024, 1, 5},
         &(struct sight){.causal = true});
    for (int key = 0; key < 896; key++)
        for (int i = 0; i < (which == 2 ? 5 : 1); i++)
            array_put(&n.value[which], which == 2 ? key * 5 + i : key, -least);
    if (which == 1)
        for (int i = 0; i < 1024 * 5; i++)
            array_put(&n.value[3], i, 1e-3 * (1 + i % 7));
    check_same(&n);
}

TEST(sums_that_come_to_minus_zero)
{
    for (int i = 0; i < 4; i++)
        check_minus_zero(i & 1 ? AD_F64 : AD_F32, 1 + i / 2);
}

/* 4096 x 4096 scores are 64 MiB, and their gradient as many. */
TEST(scores_are_not_in_memory)
{
    struct net n;
    struct sight m = {.causal = true};
    ad_array out[FETCHES] = {0};
    make(&n, AD_F32, NULL, 1, &(struct shape){1, 1, 4096, 4096, 8, 8}, &m);
    ad_state *s = ad_state_new(n.graph, 1);
    ad_program *p = ad_compile(s, .fetch_list = n.fetch, .fetch_count = FETCHES,
                               .feed_list = n.feed, .feed_count = n.feeds);
    REQUIRE(p && ad_run(p, n.value, out) == AD_OK);
    CHECK(ad_program_about(p).arena_bytes < 24 << 20);
    ad_program_free(p);
    ad_state_free(s);
    done(&n);
}

TEST_MAIN
