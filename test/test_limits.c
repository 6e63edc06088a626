/* Past every number that used to be a limit: many values fetched at once, many inputs of one loop,
 * scans of many nodes, carries, slices and captures, long chains, many devices.  Each net is run by
 * the interpreter and by kernels, on two devices and read back from its text: the same bits. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "core/graph.h"

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor **fetch, **feed;
    ad_array *value;
    int fetches, feeds;
};

enum { DEVICES = 16 };

static void net_begin(struct net *n)
{
    *n = (struct net){.context = ad_context_new(.threads = 1, .devices = DEVICES)};
    n->graph = ad_graph_new(n->context);
}

static void net_end(struct net *n)
{
    for (int i = 0; i < n->feeds; i++)
        free(n->value[i].data);
    free(n->fetch);
    free(n->feed);
    free(n->value);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
}

static ad_tensor *net_fetch(struct net *n, ad_tensor *t)
{
    n->fetch = realloc(n->fetch, sizeof(ad_tensor *) * (size_t)(n->fetches + 1));
    return n->fetch[n->fetches++] = t;
}

static ad_tensor *net_feed(struct net *n, ad_type type, ad_shape shape)
{
    char name[20];
    uint64_t state = (uint64_t)n->feeds;
    snprintf(name, sizeof name, "x%d", n->feeds);
    n->feed = realloc(n->feed, sizeof(ad_tensor *) * (size_t)(n->feeds + 1));
    n->value = realloc(n->value, sizeof *n->value * (size_t)(n->feeds + 1));
    n->value[n->feeds] = array_random(type, shape, &state, -1, 1);
    return n->feed[n->feeds++] = ad_feed(n->graph, name, type, shape);
}

/* All fetches of the graph, in memory of their own; NULL where something failed. */
static ad_array *net_run(const struct net *n, ad_graph *graph, const ad_compile_options *options)
{
    ad_compile_options o = *options;
    ad_tensor **fetch = calloc((size_t)n->fetches, sizeof(ad_tensor *)),
              **feed = calloc((size_t)n->feeds + 1, sizeof(ad_tensor *));
    for (int i = 0; i < n->fetches; i++)
        fetch[i] = &graph->nodes[n->fetch[i]->node->id]->out[n->fetch[i]->index];
    for (int i = 0; i < n->feeds; i++)
        feed[i] = ad_find(graph, ad_tensor_name(n->feed[i]));
    o.fetch_list = fetch, o.fetch_count = n->fetches;
    o.feed_list = feed, o.feed_count = n->feeds;
    ad_state *s = ad_state_new(graph, 1);
    ad_program *p = s ? (ad_compile)(s, &o) : NULL;
    ad_array *out = calloc((size_t)n->fetches, sizeof *out);
    bool ok = p && ad_run(p, n->value, out) == AD_OK;
    for (int i = 0; ok && i < n->fetches; i++)
        out[i] = array_kept(&out[i]);
    if (!ok)
        free(out);
    ad_program_free(p);
    ad_state_free(s);
    free(fetch);
    free(feed);
    return ok ? out : NULL;
}

static void compare(const struct net *n, const char *name, const ad_array *wanted, ad_array *found)
{
    if (!found)
        TEST_FAILED("%s: %s", name, ad_error());
    for (int i = 0; found && i < n->fetches; i++) {
        int64_t at = array_difference(&wanted[i], &found[i]);
        if (at >= 0)
            TEST_FAILED("%s: fetch %d element %lld is %.9g, interpreter %.9g", name, i,
                        (long long)at, ad_array_item(&found[i], at), ad_array_item(&wanted[i], at));
        free(found[i].data);
        if (at >= 0)
            break;
    }
    free(found);
}

/* Every way of running gives what the interpreter gives; then the net is gone. */
static void net_check(struct net *n)
{
    const ad_compile_options naive = AD_OPTIONS(ad_compile_options, .naive = true),
                             kernels = AD_OPTIONS(ad_compile_options),
                             unfused = AD_OPTIONS(ad_compile_options, .off = {.no_fuse = true}),
                             unplanned = AD_OPTIONS(ad_compile_options, .off = {.no_plan = true});
    for (int i = 0; i < n->fetches; i++)
        CHECK_STREQ(ad_tensor_error(n->fetch[i]) ? ad_tensor_error(n->fetch[i]) : "", "");
    ad_array *wanted = test_failures ? NULL : net_run(n, n->graph, &naive);
    if (!wanted)
        TEST_FAILED("interpreter: %s", ad_error());
    ad_graph *again = ad_graph_read(n->context, ad_graph_text(n->graph));
    if (!again)
        TEST_FAILED("read back: %s", ad_error());
    if (wanted && again) {
        compare(n, "kernels", wanted, net_run(n, n->graph, &kernels));
        compare(n, "not fused", wanted, net_run(n, n->graph, &unfused));
        compare(n, "not planned", wanted, net_run(n, n->graph, &unplanned));
        compare(n, "read back", wanted, net_run(n, again, &kernels));
        for (int i = 0; i < n->fetches; i++)
            free(wanted[i].data);
    }
    ad_graph_free(again);
    free(wanted);
    net_end(n);
}

/* ---- one loop */

static void partial_sums(int count)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, AD_F32, AD_SHAPE(130, 5));
    for (int i = 0; i < count; i++)
        net_fetch(&n, ad_sum(ad_scale(x, i + 1), AD_AXES(i % 3 == 2)));
    net_check(&n);
}

TEST(many_partial_sums_at_once)
{
    partial_sums(42);
    partial_sums(500);
}

TEST(many_fetches_of_one_loop)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, AD_F32, AD_SHAPE(70));
    for (int i = 0; i < 1200; i++)
        x = net_fetch(&n, i % 2 ? ad_tanh(x) : ad_shift(x, 0.25));
    net_check(&n);
}

TEST(many_inputs_of_one_loop)
{
    struct net n;
    net_begin(&n);
    ad_tensor *sum = ad_full(n.graph, AD_F32, AD_SCALAR, 0);
    for (int i = 0; i < 150; i++) {
        ad_tensor *a = net_feed(&n, AD_F32, AD_SHAPE(33)), *b = net_feed(&n, AD_F32, AD_SHAPE(33)),
                  *c = net_feed(&n, AD_F32, AD_SHAPE(33));
        sum = net_fetch(&n, ad_add(sum, ad_where(ad_less(a, b), c, a)));
    }
    net_check(&n);
}

/* Rows of which several numbers are made, each read by what follows. */
TEST(many_sums_of_rows)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, AD_F32, AD_SHAPE(20, 64)), *sum = x;
    for (int i = 0; i < 60; i++)
        sum = ad_sub(ad_tanh(sum), ad_mean(ad_scale(sum, 0.5), AD_AXES(1), .keep = true));
    net_fetch(&n, ad_layer_normalize(ad_softmax(sum, -1), NULL, NULL, 1e-3));
    net_check(&n);
}

TEST(many_parts_of_one_tensor)
{
    enum { PARTS = 700 };
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, AD_F32, AD_SHAPE(2, PARTS)), *part[PARTS], *dx;
    for (int i = 0; i < PARTS; i++)
        part[i] = ad_scale(ad_slice(x, 1, PARTS - 1 - i, PARTS - i, 1), i % 5);
    ad_tensor *whole = net_fetch(&n, ad_concat(part, PARTS, 1));
    ad_gradient(ad_square(whole), &x, 1, &dx);
    net_fetch(&n, dx);
    net_check(&n);
}

/* ---- scans */

/* Sums of the batch's numbers in a body: partial results of one loop, each a result of the scan. */
static void long_body(int nodes, int device)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, AD_F32, AD_SHAPE(3, 4, 5)), *late[600];
    ad_device(n.graph, device);
    ad_loop *l = ad_scan_begin(n.graph, false);
    ad_tensor *x_t = ad_scan_input(l, x),
              *h = ad_scan_carry(l, ad_full(n.graph, AD_F32, AD_SHAPE(3, 5), 0)), *v = h;
    for (int i = 0; i < nodes; i++)
        late[i] = v = i % 4 == 3 ? ad_add(v, x_t) : i % 4 ? ad_tanh(v) : ad_scale(v, 0.5);
    ad_scan_update(l, h, v);
    REQUIRE(ad_scan_end(l) == AD_OK);
    ad_device(n.graph, 0);
    ad_tensor *last = ad_scan_last(l, h), *dx;
    ad_gradient(ad_square(last), &x, 1, &dx);
    net_fetch(&n, last);
    for (int i = 0; i < nodes; i++)
        net_fetch(&n, ad_scan_all(l, late[i]));
    net_fetch(&n, dx);
    net_check(&n);
}

TEST(long_bodies_on_another_device)
{
    long_body(100, 0);
    long_body(230, 1);
    long_body(600, 15);
}

TEST(many_carries_slices_and_captures)
{
    enum { MANY = 200 };
    struct net n;
    net_begin(&n);
    ad_tensor *slice[MANY], *capture[MANY], *first[MANY], *carry[MANY], *all[3 * MANY],
        *dx[3 * MANY];
    for (int i = 0; i < MANY; i++) {
        slice[i] = all[i] = net_feed(&n, AD_F32, AD_SHAPE(2, 3, 4));
        first[i] = all[MANY + i] = net_feed(&n, AD_F32, AD_SHAPE(2, 4));
        capture[i] = all[2 * MANY + i] = net_feed(&n, AD_F32, AD_SHAPE(4, 4));
    }
    ad_loop *l = ad_scan_begin(n.graph, true);
    for (int i = 0; i < MANY; i++)
        carry[i] = ad_scan_carry(l, first[i]);
    for (int i = 0; i < MANY; i++)
        ad_scan_update(l, carry[i],
                       ad_tanh(ad_add(ad_matmul(carry[(i + 1) % MANY], capture[i]),
                                      ad_mul(ad_scan_input(l, slice[i]), carry[i]))));
    REQUIRE(ad_scan_end(l) == AD_OK);
    ad_tensor *loss = ad_number(n.graph, AD_F32, 0);
    for (int i = 0; i < MANY; i++)
        loss = ad_add(loss, ad_sum(net_fetch(&n, ad_scan_last(l, carry[i])), AD_ALL));
    ad_gradient(loss, all, 3 * MANY, dx);
    for (int i = 0; i < 3 * MANY; i++)
        net_fetch(&n, dx[i]);
    net_check(&n);
}

/* ---- long chains, many devices, many names */

TEST(long_chains)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, AD_F32, AD_SHAPE(9)), *y = x, *dx;
    for (int i = 0; i < 3000; i++)
        y = i % 7 == 6 ? ad_sub(y, ad_mean(y, AD_ALL)) : i % 2 ? ad_sin(y) : ad_scale(y, 1.25);
    ad_gradient(y, &x, 1, &dx);
    net_fetch(&n, y);
    net_fetch(&n, dx);
    net_check(&n);
}

/* Every device reads what all others make. */
TEST(many_devices)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, AD_F32, AD_SHAPE(40)), *made[DEVICES], *sum[DEVICES];
    for (int i = 0; i < DEVICES; i++)
        made[i] = sum[i] = x;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < DEVICES; i++) {
            ad_device(n.graph, i);
            for (int k = 0; k < DEVICES; k++)
                sum[i] = ad_add(ad_tanh(sum[i]), ad_scale(made[k], 0.1 * (k + 1)));
        }
        for (int i = 0; i < DEVICES; i++)
            made[i] = net_fetch(&n, sum[i]);
    }
    net_check(&n);
}

TEST(what_cannot_grow_says_so)
{
    struct net n;
    char name[80];
    net_begin(&n);
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "open_size_with_a_name_of_more_than_sixty_three_letters_as_%d",
                 i);
        CHECK(ad_open(n.graph, name) != 0);
    }
    ad_open(n.graph, "one_more");
    CHECK(!ad_state_new(n.graph, 1));
    CHECK_CONTAINS(ad_error(), "64");
    net_end(&n);
    net_begin(&n);
    ad_shape shape = {5, {0}};
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "d%d", i);
        shape.size[i] = ad_open(n.graph, name);
    }
    ad_reshape(ad_feed(n.graph, "x", AD_F32, shape), (ad_shape){1, {AD_INFER}});
    CHECK(!ad_state_new(n.graph, 1));
    CHECK_CONTAINS(ad_error(), "too complex");
    net_end(&n);
}

TEST_MAIN
