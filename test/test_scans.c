/* Random scans: the interpreter against the compiled program, forwards, gradients and gradients of
 * gradients, the same bits for several numbers of threads and with passes off; and gradients
 * against finite differences.  Memory comes filled with NaN, so that what nobody wrote is seen.
 * ADZE_SOAK=1 runs thousands; ADZE_SCAN=number runs one, ADZE_SCAN_TEXT=1 prints it. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "core/graph.h"
#include "core/stream.h"
#include "op/scalar.h"
#include "random_scan.h"

#define OPTIONS(...) AD_INIT_(ad_compile_options, __VA_ARGS__)

struct variant {
    const char *name;
    const char *isa; /* NULL: the best */
    int threads;
    ad_compile_options options;
    bool fixed; /* no open sizes */
};

static const struct variant interpreter = {"interpreter", NULL, 1, OPTIONS(.naive = true), true};
static const struct variant variants[] = {
    {"interpreter at open sizes", NULL, 1, OPTIONS(.naive = true), false},
    {"1 thread", NULL, 1, OPTIONS(), false},
    {"2 threads", NULL, 2, OPTIONS(), false},
    {"not fused", NULL, 1, OPTIONS(.off = {.no_fuse = true}), false},
    {"not simplified", NULL, 1, OPTIONS(.off = {.no_simplify = true}), false},
    {"not planned", NULL, 2, OPTIONS(.off = {.no_plan = true}), false},
#if defined(__x86_64__)
    {"avx2", "avx2", 2, OPTIONS(), false},
#endif
};

/* ---- memory full of NaN */

static void *garbage_resize(void *user, void *p, size_t old_size, size_t size)
{
    (void)user;
    void *block = size ? aligned_alloc(64, (size + 63) / 64 * 64) : NULL;
    if (block) {
        memset(block, 0xff, (size + 63) / 64 * 64);
        if (p)
            memcpy(block, p, old_size < size ? old_size : size);
    }
    if (block || !size)
        free(p);
    return block;
}

static ad_context *new_context(const struct variant *v)
{
    return ad_context_new(.threads = v->threads, .isa = v->isa, .devices = 2,
                          .allocator = {garbage_resize, NULL});
}

/* ---- one scan under a variant */

struct result {
    ad_array fetch[SCAN_FETCHES];
    int fetches;
};

static void result_free(struct result *r)
{
    for (int i = 0; i < r->fetches; i++)
        free(r->fetch[i].data);
}

static void take_result(struct result *out, const struct random_scan *r, const ad_array *found)
{
    out->fetches = r->fetches;
    for (int i = 0; i < r->fetches; i++)
        out->fetch[i] = array_kept(&found[i]);
}

/* Two runs, of which the second is kept: it shows what the first left behind. */
static bool run_program(const struct random_scan *r, const struct variant *v, struct result *out)
{
    ad_state *s = ad_state_new(r->graph, 7);
    ad_compile_options o = v->options;
    o.training = true;
    o.fetch_list = r->fetch, o.fetch_count = r->fetches;
    o.feed_list = r->feed, o.feed_count = SCAN_FEEDS;
    ad_program *p = s ? (ad_compile)(s, &o) : NULL;
    ad_array found[SCAN_FETCHES] = {0};
    bool ok = p && ad_run(p, r->value, found) == AD_OK && ad_run(p, r->value, found) == AD_OK;
    if (ok)
        take_result(out, r, found);
    ad_program_free(p);
    ad_state_free(s);
    return ok;
}

static bool run_variant(uint64_t number, int size, ad_type type, const struct variant *v,
                        struct result *out)
{
    ad_context *c = new_context(v);
    struct random_scan r = {0};
    bool ok = c && random_scan_make(&r, c, number, size, type, size <= 6,
                                    v->fixed ? SCAN_FIXED : (int)(number % 6));
    if (ok && v == &interpreter && getenv("ADZE_SCAN_TEXT"))
        printf("%s\n", ad_graph_text(r.graph));
    ok = ok && run_program(&r, v, out);
    if (!ok && !strstr(ad_error(), "too complex"))
        printf("scan %llu, %s: %s\n", (unsigned long long)number, v->name, ad_error());
    random_scan_free(&r);
    ad_context_free(c);
    return ok;
}

/* ---- comparing */

static bool same_result(uint64_t number, const char *name, const struct result *a,
                        const struct result *b)
{
    bool same = true;
    for (int i = 0; i < a->fetches; i++) {
        int64_t at = array_difference(&a->fetch[i], &b->fetch[i]);
        same &= at < 0;
        if (at >= 0)
            printf("scan %llu, %s: fetch %d element %lld is %.17g, interpreter %.17g\n",
                   (unsigned long long)number, name, i, (long long)at,
                   ad_array_item(&b->fetch[i], at), ad_array_item(&a->fetch[i], at));
    }
    return same;
}

static bool all_finite(uint64_t number, const struct result *r)
{
    for (int i = 0; i < r->fetches; i++)
        for (int64_t k = 0; k < ad_array_count(&r->fetch[i]); k++)
            if (!isfinite(ad_array_item(&r->fetch[i], k))) {
                printf("scan %llu: fetch %d element %lld is not finite\n",
                       (unsigned long long)number, i, (long long)k);
                return false;
            }
    return true;
}

static bool check_scan(uint64_t number, int size, ad_type type)
{
    struct result naive = {0};
    if (!run_variant(number, size, type, &interpreter, &naive))
        return strstr(ad_error(), "too complex"); /* open sizes have their limits */
    bool ok = all_finite(number, &naive);
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        struct result found = {0};
        if (!isa_is_here(variants[i].isa))
            continue;
        ok &= run_variant(number, size, type, &variants[i], &found) &&
              same_result(number, variants[i].name, &naive, &found);
        result_free(&found);
    }
    result_free(&naive);
    return ok;
}

static void check_many(uint64_t first, int count, int size, ad_type type)
{
    const char *one = getenv("ADZE_SCAN");
    uint64_t wanted = one ? strtoull(one, NULL, 10) : 0;
    int wrong = 0, limit = getenv("ADZE_SOAK") ? 40 : 3;
    for (int i = 0; i < count && wrong < limit; i++)
        if (!one || first + (uint64_t)i == wanted)
            wrong += !check_scan(first + (uint64_t)i, size, type);
    CHECK_EQ(wrong, 0);
}

TEST(small_scans_f32)
{
    check_many(1, soak(60, 5000), 5, AD_F32);
}

TEST(small_scans_f64)
{
    check_many(100001, soak(40, 5000), 5, AD_F64);
}

TEST(large_scans_f32)
{
    check_many(200001, soak(40, 5000), 20, AD_F32);
}

TEST(large_scans_f64)
{
    check_many(300001, soak(20, 5000), 20, AD_F64);
}

/* ---- open sizes */

/* The graph read back from its text. */
static bool read_back(struct random_scan *r, ad_context *c)
{
    ad_graph *again = ad_graph_read(c, ad_graph_text(r->graph));
    if (!again || strcmp(ad_graph_text(again), ad_graph_text(r->graph)))
        return false;
    for (int i = 0; i < r->fetches; i++)
        r->fetch[i] = &again->nodes[r->fetch[i]->node->id]->out[r->fetch[i]->index];
    for (int i = 0; i < SCAN_FEEDS; i++)
        r->feed[i] = ad_find(again, ad_tensor_name(r->feed[i]));
    ad_graph_free(r->graph);
    r->graph = again;
    return true;
}

static bool check_order(uint64_t number, int order, bool read, const struct result *fixed)
{
    static const struct variant naive = {.options = OPTIONS(.naive = true)},
                                kernels = {.options = OPTIONS()};
    ad_context *c = ad_context_new(.threads = 1);
    struct random_scan r = {0};
    struct result found[2];
    memset(found, 0, sizeof found);
    char name[60];
    snprintf(name, sizeof name, "order %d%s", order, read ? ", read back" : "");
    bool ok = random_scan_make(&r, c, number, 8, AD_F32, false, order) &&
              (!read || read_back(&r, c)) && run_program(&r, &naive, &found[0]) &&
              run_program(&r, &kernels, &found[1]);
    if (!ok)
        printf("scan %llu, %s: %s\n", (unsigned long long)number, name, ad_error());
    ok = ok && same_result(number, name, fixed, &found[0]) &&
         same_result(number, name, fixed, &found[1]);
    result_free(&found[0]);
    result_free(&found[1]);
    random_scan_free(&r);
    ad_context_free(c);
    return ok;
}

/* Bodies see the sizes of the graph around them in whatever order these were declared. */
TEST(open_sizes_in_any_order)
{
    static const struct variant naive = {.options = OPTIONS(.naive = true)};
    ad_context *c = ad_context_new(.threads = 1);
    int open = 0, count = soak(24, 400);
    for (uint64_t number = 500001; open < count && !test_failures; number++) {
        struct random_scan r;
        struct result fixed = {0};
        REQUIRE(random_scan_make(&r, c, number, 8, AD_F32, false, SCAN_FIXED));
        REQUIRE(!r.open || run_program(&r, &naive, &fixed));
        for (int order = 0; r.open && order < 6; order++)
            CHECK(check_order(number, order, order % 3 == open % 3, &fixed));
        open += r.open;
        result_free(&fixed);
        random_scan_free(&r);
    }
    ad_context_free(c);
}

enum { NET_BATCH = 2, NET_TIME = 5, NET_KEYS = 3, NET_FETCHES = 3 };

/* A tagger: embedding, recurrent layers both ways with lengths, attention over keys, a loss. */
static ad_tensor *tagger(const ad_dim *size, ad_tensor **feed)
{
    ad_tensor *token = feed[0], *length = feed[1], *label = feed[2], *keys = feed[3], *last;
    ad_tensor *x = ad_embedding(token, .count = 7, .width = 4);
    ad_tensor *forth = ad_gru(x, .width = 4, .length = length, .last = &last);
    ad_tensor *back = ad_lstm(x, .width = 4, .length = length, .reverse = true);
    ad_tensor *h =
        ad_concat((ad_tensor *[]){forth, ad_rnn(back, .width = 4, .initial = last)}, 2, 2);
    h = ad_dropout(ad_linear(h, .out = 4), .rate = 0.2);
    ad_tensor *seen = ad_attention(h, keys, keys);
    ad_tensor *y = ad_reshape(ad_linear(ad_add(h, seen), .out = 3), AD_SHAPE(size[0], size[1], 3));
    return ad_cross_entropy(y, label);
}

static void tagger_run(int order, bool naive, float *found)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const char *const names[] = {"batch", "time", "keys"};
    ad_dim size[] = {NET_BATCH, NET_TIME, NET_KEYS};
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    for (int i = 0; order >= 0 && i < 3; i++)
        size[orders[order][i]] = ad_open(g, names[orders[order][i]]);
    ad_tensor *feed[] = {ad_feed(g, "token", AD_I64, AD_SHAPE(size[0], size[1])),
                         ad_feed(g, "length", AD_I32, AD_SHAPE(size[0])),
                         ad_feed(g, "label", AD_I64, AD_SHAPE(size[0], size[1])),
                         ad_feed(g, "keys", AD_F32, AD_SHAPE(size[0], size[2], 4))};
    ad_tensor *loss = tagger(size, feed), *step = ad_adam(loss, .rate = 0.1);
    ad_state *s = ad_state_new(g, 3);
    ad_program *p = ad_compile(s, .fetch = {loss, step}, .feed_list = feed, .feed_count = 4,
                               .training = true, .naive = naive);
    int64_t token[] = {1, 2, 3, 4, 5, 6, 0, 1, 2, 3}, label[] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0};
    int32_t length[] = {5, 3};
    float keys[NET_BATCH * NET_KEYS * 4];
    for (int i = 0; i < NET_BATCH * NET_KEYS * 4; i++)
        keys[i] = 0.1f * (float)(i % 7 - 3);
    ad_array in[] = {ad_i64(token, AD_SHAPE(NET_BATCH, NET_TIME)),
                     ad_i32(length, AD_SHAPE(NET_BATCH)),
                     ad_i64(label, AD_SHAPE(NET_BATCH, NET_TIME)),
                     ad_f32(keys, AD_SHAPE(NET_BATCH, NET_KEYS, 4))};
    ad_array out[2] = {{0}};
    for (int i = 0; i < NET_FETCHES; i++) {
        REQUIRE(p && ad_run(p, in, out) == AD_OK);
        found[i] = *(float *)out[0].data;
    }
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST(a_net_with_open_sizes_in_any_order)
{
    float fixed[NET_FETCHES], found[NET_FETCHES];
    tagger_run(-1, true, fixed);
    for (int order = -1; order < 6; order++)
        for (int naive = 0; naive < 2 && !test_failures; naive++) {
            tagger_run(order, naive, found);
            CHECK(!memcmp(fixed, found, sizeof fixed));
        }
    CHECK(fixed[2] != fixed[0]);
}

/* ---- gradients in a body */

/* A step of descent: gradients at h and x_t of an energy that w has a part in. */
static ad_tensor *descend(ad_tensor *h, ad_tensor *x_t, ad_tensor *w, ad_tensor **at_x)
{
    ad_tensor *from[] = {h, x_t}, *d[2];
    ad_tensor *energy = ad_sum(ad_square(ad_tanh(ad_add(ad_matmul(h, w), x_t))), AD_ALL);
    ad_gradient(energy, from, 2, d);
    *at_x = d[1];
    return ad_sub(h, ad_add(ad_scale(d[0], 0.1), ad_matmul(d[1], w)));
}

/* Derivatives of a step, in its body, against the same steps written out; and derivatives of the
 * whole, which go through them. */
TEST(gradients_in_a_body_are_those_of_the_step)
{
    enum { STEPS = 3 };
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(2, STEPS, 4));
    ad_tensor *w = ad_feed(g, "w", AD_F64, AD_SHAPE(4, 4)), *at_x;
    ad_tensor *first = ad_full(g, AD_F64, AD_SHAPE(2, 4), 0.5), *k = first;
    ad_loop *l = ad_scan_begin(g, false);
    ad_tensor *x_t = ad_scan_input(l, x), *h = ad_scan_carry(l, first);
    ad_scan_update(l, h, descend(h, x_t, w, &at_x));
    REQUIRE(ad_scan_end(l) == AD_OK);
    ad_tensor *from[] = {x, w}, *fetch[8] = {ad_scan_last(l, h)}, *sum = NULL;
    for (int t = 0; t < STEPS; t++) {
        ad_tensor *one;
        k = descend(k, ad_reshape(ad_slice(x, 1, t, t + 1, 1), AD_SHAPE(2, 4)), w, &one);
        sum = sum ? ad_add(sum, ad_sum(one, AD_ALL)) : ad_sum(one, AD_ALL);
    }
    fetch[1] = k;
    fetch[2] = ad_sum(ad_scan_all(l, at_x), AD_ALL), fetch[3] = sum;
    ad_tensor *dx[4];
    ad_gradient(ad_sum(ad_square(fetch[0]), AD_ALL), from, 2, dx);
    ad_gradient(ad_sum(ad_square(k), AD_ALL), from, 2, dx + 2);
    fetch[4] = dx[0], fetch[5] = dx[2], fetch[6] = dx[1], fetch[7] = dx[3];
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch_list = fetch, .fetch_count = 8, .feed = {x, w});
    uint64_t state = 3;
    ad_array in[] = {array_random(AD_F64, AD_SHAPE(2, STEPS, 4), &state, -1, 1),
                     array_random(AD_F64, AD_SHAPE(4, 4), &state, -1, 1)},
             out[8] = {{0}};
    REQUIRE(p && ad_run(p, in, out) == AD_OK);
    for (int i = 0; i < 8; i += 2)
        for (int64_t j = 0; j < ad_array_count(&out[i]); j++)
            CHECK(fabs(ad_array_item(&out[i], j) - ad_array_item(&out[i + 1], j)) < 1e-12);
    free(in[0].data);
    free(in[1].data);
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

/* ---- finite differences */

static bool check_differences(uint64_t number, int size)
{
    ad_context *c = ad_context_new(.threads = 1);
    struct random_scan r = {0};
    ad_state *s = c && random_scan_make(&r, c, number, size, AD_F64, true, SCAN_FIXED)
                      ? ad_state_new(r.graph, 7)
                      : NULL;
    ad_binding feeds[SCAN_FEEDS];
    for (int i = 0; i < SCAN_FEEDS; i++)
        feeds[i] = (ad_binding){r.feed[i], r.value[i]};
    double worst = INFINITY;
    bool ok = s && ad_check_gradients(s, r.loss, r.real_feed, r.real_feeds, feeds, SCAN_FEEDS,
                                      &worst) == AD_OK;
    if (!ok || !(worst < 1e-4))
        printf("scan %llu: worst %g: %s\n", (unsigned long long)number, worst,
               ok ? "" : ad_error());
    ad_state_free(s);
    random_scan_free(&r);
    ad_context_free(c);
    return ok && worst < 1e-4;
}

TEST(gradients_are_those_of_finite_differences)
{
    int wrong = 0, count = soak(20, 200);
    for (int i = 0; i < count && wrong < 10; i++)
        wrong += !check_differences(400001 + (uint64_t)i, 12);
    CHECK_EQ(wrong, 0);
}

/* ---- random numbers */

enum { BATCH = 2, TIME = 5, WIDTH = 3, STEP = BATCH * WIDTH };

struct drawing {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *dropped, *uniform, *normal, *both, *dx, *fetch[6];
    ad_array value;
    float data[BATCH * TIME * WIDTH];
};

/* Draws in a body: as it is, into a carry, and in a scan within. */
static bool draw_in_body(struct drawing *d, bool reverse)
{
    ad_graph *g = d->graph;
    ad_loop *l = ad_scan_begin(g, reverse);
    ad_tensor *x = ad_scan_input(l, d->x),
              *sum = ad_scan_carry(l, ad_full(g, AD_F32, AD_SCALAR, 0));
    ad_tensor *dropped = ad_dropout(x, .rate = 0.4, .always = true);
    ad_tensor *uniform = ad_uniform(g, AD_F32, AD_SHAPE(BATCH, WIDTH), 0, 1);
    ad_tensor *normal = ad_normal(g, AD_F64, AD_SHAPE(WIDTH), 1, 2);
    ad_loop *inner = ad_scan_begin(g, false);
    ad_tensor *column = ad_scan_input(inner, x);
    ad_tensor *within = ad_add(ad_mul(column, ad_number(g, AD_F32, 0)),
                               ad_uniform(g, AD_F32, AD_SHAPE(BATCH), 0, 1));
    if (ad_scan_end(inner) != AD_OK)
        return false;
    ad_tensor *both = ad_scan_all(inner, within);
    ad_scan_update(l, sum, ad_add(sum, ad_mean(dropped, AD_ALL)));
    if (ad_scan_end(l) != AD_OK)
        return false;
    d->dropped = ad_scan_all(l, dropped), d->uniform = ad_scan_all(l, uniform);
    d->normal = ad_scan_all(l, normal), d->both = ad_scan_all(l, both);
    ad_gradient(ad_add(ad_scan_last(l, sum), ad_mean(ad_square(d->dropped), AD_ALL)), &d->x, 1,
                &d->dx);
    return !ad_tensor_error(d->dx);
}

static bool drawing_begin(struct drawing *d, int threads, bool reverse)
{
    *d = (struct drawing){.context = ad_context_new(.threads = threads)};
    d->graph = ad_graph_new(d->context);
    d->x = ad_feed(d->graph, "x", AD_F32, AD_SHAPE(BATCH, TIME, WIDTH));
    for (int i = 0; i < BATCH * TIME * WIDTH; i++)
        d->data[i] = 1 + 0.01f * (float)i;
    d->value = ad_f32(d->data, AD_SHAPE(BATCH, TIME, WIDTH));
    bool ok = draw_in_body(d, reverse);
    memcpy(d->fetch, (ad_tensor *[]){d->uniform, d->normal, d->both, d->dropped, d->dx},
           5 * sizeof *d->fetch);
    return ok;
}

static void drawing_end(struct drawing *d)
{
    ad_graph_free(d->graph);
    ad_context_free(d->context);
}

enum { SEED = 7, RUN = 3 };

/* Run number RUN of the state: that is the step it draws with. */
static bool drawing_run(const struct drawing *d, bool naive, ad_array *found)
{
    ad_state *s = ad_state_new(d->graph, SEED);
    ad_state_set_step(s, RUN);
    ad_compile_options o = AD_OPTIONS(ad_compile_options, .naive = naive, .feed = {d->x});
    memcpy(o.fetch, d->fetch, sizeof d->fetch);
    ad_program *p = (ad_compile)(s, &o);
    bool ok = p && ad_run(p, &d->value, found) == AD_OK;
    for (int i = 0; ok && i < 5; i++)
        found[i] = array_kept(&found[i]);
    ad_program_free(p);
    ad_state_free(s);
    return ok;
}

static uint64_t of_scope(const char *kind, int number)
{
    return (uint64_t)stream_of(kind, number);
}

/* What the rule says: the seed of each step, then (step of the state, stream, element). */
static void check_numbers(const ad_array *found)
{
    const float *uniform = found[0].data, *both = found[2].data;
    const double *normal = found[1].data;
    for (int t = 0; t < TIME; t++) {
        uint64_t seed = scalar_step_seed(SEED, t);
        for (int i = 0; i < STEP; i++) {
            int at = (i / WIDTH * TIME + t) * WIDTH + i % WIDTH;
            CHECK(uniform[at] ==
                  scalar_uniform_f32(seed, RUN, of_scope("#uniform", 1), (uint64_t)i));
            uint64_t inner = scalar_step_seed(seed, i % WIDTH);
            CHECK(both[at] ==
                  scalar_uniform_f32(inner, RUN, of_scope("#uniform", 2), (uint64_t)(i / WIDTH)));
        }
        for (int i = 0; i < WIDTH; i++)
            CHECK(normal[i * TIME + t] ==
                  1 + 2 * scalar_normal_f64(seed, RUN, of_scope("#normal", 1), (uint64_t)i));
    }
}

/* Dropout's gradient is 0 where it dropped. */
static void check_dropped(const struct drawing *d, const ad_array *found)
{
    const float *dropped = found[3].data, *dx = found[4].data, n = BATCH * TIME * WIDTH;
    int differ = 0;
    for (int i = 0; i < BATCH * TIME * WIDTH; i++) {
        int t = i / WIDTH % TIME, in_step = i / (TIME * WIDTH) * WIDTH + i % WIDTH;
        bool kept = scalar_uniform_f32(scalar_step_seed(SEED, t), RUN, of_scope("#dropout", 1),
                                       (uint64_t)in_step) >= 0.4f;
        double factor = 1 / 0.6, y = kept ? d->data[i] * factor : 0;
        CHECK(fabs(dropped[i] - y) < 1e-5);
        CHECK(fabs(dx[i] - (kept ? factor * (1. / STEP + 2 * y / n) : 0)) < 1e-5);
        differ += t && (dropped[i] == 0) != (dropped[i - t * WIDTH] == 0);
    }
    CHECK(differ > 3);
}

TEST(bodies_draw_other_numbers_at_each_step)
{
    for (int variant = 0; variant < 6; variant++) {
        struct drawing d;
        ad_array found[5] = {{0}};
        REQUIRE(drawing_begin(&d, 1 + variant % 2, variant / 2 % 2));
        REQUIRE(drawing_run(&d, variant >= 4, found));
        check_numbers(found);
        check_dropped(&d, found);
        for (int i = 0; i < 5; i++)
            free(found[i].data);
        drawing_end(&d);
    }
}

/* Copies of a scan by ad_call draw from streams of their own. */
TEST(copies_of_a_scan_draw_for_themselves)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_full(g, AD_F32, AD_SHAPE(2, 3, 4), 1);
    ad_loop *l = ad_scan_begin(g, false);
    ad_tensor *y = ad_dropout(ad_scan_input(l, x), .rate = 0.5, .always = true);
    REQUIRE(ad_scan_end(l) == AD_OK);
    ad_tensor *first = ad_scan_all(l, y), *z = ad_full(g, AD_F32, AD_SHAPE(2, 3, 4), 1);
    ad_tensor *second = ad_call(first, &x, &z, 1);
    ad_state *s = ad_state_new(g, 1);
    ad_array differ;
    REQUIRE(ad_value(s, ad_sum(ad_abs(ad_sub(first, second)), AD_ALL), NULL, 0, &differ) == AD_OK);
    CHECK(ad_array_item(&differ, 0) > 0);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

/* A scan over nothing but the number of steps, and layers in a body. */
TEST(scans_of_a_number_of_steps)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *h0 = ad_full(g, AD_F64, AD_SHAPE(1, 4), 0.5);
    ad_loop *l = ad_scan_begin(g, false);
    ad_scan_steps(l, 6);
    ad_tensor *h = ad_scan_carry(l, h0);
    ad_tensor *next = ad_tanh(ad_linear(h, .out = 4));
    ad_scan_update(l, h, next);
    REQUIRE(ad_scan_end(l) == AD_OK);
    ad_tensor *weight = ad_variable_at(g, 0), *last = ad_scan_last(l, h);
    CHECK_EQ(ad_variable_count(g), 2);
    CHECK_EQ(ad_tensor_shape(ad_scan_all(l, next)).size[1], 6);
    ad_state *s = ad_state_new(g, 1);
    double worst = 1;
    REQUIRE(ad_check_gradients(s, ad_sum(last, AD_ALL), (ad_tensor *[]){weight, h0}, 1, NULL, 0,
                               &worst) == AD_OK);
    CHECK(worst < 1e-6);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST_MAIN
