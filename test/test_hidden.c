/* What a mask, a length, a weight of 0 or an untaken branch hides may hold anything: NaN and
 * infinities there leave the bits of every value, gradient and second gradient as ordinary numbers
 * do, on every instruction set, fused or not, in the interpreter.  (test_emit.c: printed C.) */
#include "test.h"

#include <float.h>

#include "arrays.h"

enum { FEEDS = 6, FETCHES = 16 };

struct net {
    ad_context *context;
    ad_graph *graph;
    uint64_t random;
    ad_tensor *feed[FEEDS], *fetch[FETCHES];
    ad_array value[FEEDS];
    bool *hidden[FEEDS]; /* of each element; NULL: none */
    int feeds, fetches;
};

static int feed(struct net *n, const char *name, ad_type type, ad_shape shape)
{
    int i = n->feeds++;
    n->feed[i] = ad_feed(n->graph, name, type, shape);
    n->value[i] = array_random(type, shape, &n->random, type == AD_F32 ? -2 : 0, 2);
    n->hidden[i] = calloc((size_t)ad_array_count(&n->value[i]) + 1, sizeof(bool));
    return i;
}

static void fetch(struct net *n, ad_tensor *t)
{
    n->fetch[n->fetches++] = t;
}

/* What stands in a sum with fixed numbers in front, so that every element counts differently. */
static ad_tensor *mixed(struct net *n, ad_tensor *y)
{
    static char names[64][16];
    static int next;
    char *name = names[next++ % 64];
    snprintf(name, sizeof names[0], "r%d", next);
    int r = feed(n, name, AD_F32, ad_tensor_shape(y));
    return ad_sum(ad_mul(y, n->feed[r]), AD_ALL);
}

static ad_tensor *where_used(ad_tensor *used, ad_tensor *x)
{
    return used ? ad_where(used, x, ad_number(ad_tensor_graph(x), AD_F32, 0)) : x;
}

/* y, its gradients, and the gradients of those; of the last x only what is used. */
static void fetch_all(struct net *n, ad_tensor *y, ad_tensor *const *x, int count, ad_tensor *used)
{
    ad_tensor *first[FEEDS], *second[FEEDS], *sum = NULL;
    fetch(n, y);
    ad_gradient(ad_sum(ad_square(y), AD_ALL), x, count, first);
    for (int i = 0; i < count; i++) {
        first[i] = where_used(i == count - 1 ? used : NULL, first[i]);
        fetch(n, first[i]);
        ad_tensor *part = i ? ad_sum(ad_square(first[i]), AD_ALL) : mixed(n, first[i]);
        sum = sum ? ad_add(sum, part) : part;
    }
    ad_gradient(sum, x, count, second);
    for (int i = 0; i < count; i++)
        fetch(n, where_used(i == count - 1 ? used : NULL, second[i]));
}

/* ---- the places */

enum loss { CROSS_ENTROPY, SMOOTH, ALL_SMOOTH, BINARY, SQUARED, LOSSES };

static ad_tensor *loss_of(enum loss kind, ad_tensor *x, ad_tensor *t, ad_tensor *w, bool each)
{
    switch (kind) {
    case CROSS_ENTROPY: return ad_cross_entropy(x, t, .weight = w, .each = each);
    case SMOOTH: return ad_cross_entropy(x, t, .weight = w, .each = each, .label_smoothing = 0.1);
    case ALL_SMOOTH: return ad_cross_entropy(x, t, .weight = w, .each = each, .label_smoothing = 1);
    case BINARY: return ad_binary_cross_entropy(x, t, .weight = w, .each = each);
    default: return ad_squared_error(x, t, .weight = w, .each = each);
    }
}

/* Every third example has weight 0; the gradient at a weight that is 0 is the loss itself, so that
 * one is not compared. */
static void losses(struct net *n, int kind)
{
    bool each = kind >= LOSSES, rows = kind % LOSSES < BINARY;
    int x = feed(n, "x", AD_F32, rows ? AD_SHAPE(7, 5) : AD_SHAPE(7)),
        t = feed(n, "t", rows ? AD_I32 : AD_F32, AD_SHAPE(7)),
        w = feed(n, "w", AD_F32, AD_SHAPE(7));
    int64_t width = rows ? 5 : 1;
    for (int i = 0; i < 7; i++) {
        array_put(&n->value[w], i, i % 3 == 1 ? 0 : 0.25 + i);
        for (int64_t k = 0; k < width; k++)
            n->hidden[x][i * width + k] = i % 3 == 1 && k != 3; /* a part of a row, too */
        n->hidden[t][i] = !rows && i == 4;
    }
    ad_tensor *weight = n->feed[w], *of[] = {n->feed[x], weight};
    ad_tensor *y = loss_of((enum loss)(kind % LOSSES), n->feed[x], n->feed[t], weight, each);
    fetch_all(n, y, of, 2, ad_not_equal(weight, ad_number(n->graph, AD_F32, 0)));
}

/* Attention over keys of which the last third is padding; causal: the last key is seen by the last
 * query alone, which is left out of the comparison. */
struct attention {
    int64_t queries, keys;
    bool causal;
};
static const struct attention attentions[] = {
    {5, 7, false}, {6, 6, true}, {130, 140, false}, {130, 130, true}, {600, 40, false},
};

static ad_tensor *front(ad_tensor *x, int64_t rows)
{
    return ad_slice(x, 1, 0, rows, 1);
}

static void attention(struct net *n, int which)
{
    const struct attention *a = &attentions[which];
    int64_t seen = a->causal ? a->keys - 1 : a->keys - a->keys / 3;
    int q = feed(n, "q", AD_F32, AD_SHAPE(2, a->queries, 3)),
        k = feed(n, "k", AD_F32, AD_SHAPE(2, a->keys, 3)),
        v = feed(n, "v", AD_F32, AD_SHAPE(2, a->keys, 4)),
        m = feed(n, "m", AD_BOOL, AD_SHAPE(a->queries, a->keys));
    for (int64_t i = 0; i < a->queries; i++)
        for (int64_t j = 0; j < a->keys; j++) /* query 1 sees nothing */
            array_put(&n->value[m], i * a->keys + j,
                      i != 1 && (i + j) % 5 && (a->causal || j < seen));
    for (int64_t b = 0; b < 2; b++) {
        for (int64_t c = 0; c < 3; c++)
            n->hidden[q][(b * a->queries + 1) * 3 + c] = !a->causal;
        for (int64_t j = seen; j < a->keys; j++)
            n->hidden[k][(b * a->keys + j) * 3 + 1] = n->hidden[v][(b * a->keys + j) * 4 + 2] =
                true;
    }
    ad_tensor *of[] = {n->feed[q], n->feed[k], n->feed[v]};
    ad_tensor *y = ad_attention(of[0], of[1], of[2], .causal = a->causal,
                                .mask = a->causal ? NULL : n->feed[m]);
    if (!a->causal) {
        fetch_all(n, y, of, 3, NULL);
        return;
    }
    ad_tensor *dq;
    ad_gradient(ad_sum(ad_square(y), AD_ALL), of, 1, &dq);
    fetch(n, front(y, a->queries - 1));
    fetch(n, front(dq, a->queries - 1));
}

/* Lengths from 0 to all; padding in front where the layer runs backward is behind, as it always
 * is. */
static void recurrent(struct net *n, int kind)
{
    int x = feed(n, "x", AD_F32, AD_SHAPE(4, 5, 3)),
        length = feed(n, "length", AD_I32, AD_SHAPE(4)), h = feed(n, "h", AD_F32, AD_SHAPE(4, 6));
    static const int lengths[] = {0, 2, 5, 3};
    for (int b = 0; b < 4; b++) {
        array_put(&n->value[length], b, lengths[b]);
        for (int t = lengths[b]; t < 5; t++)
            for (int c = 0; c < 3; c++)
                n->hidden[x][(b * 5 + t) * 3 + c] = true;
    }
    ad_tensor *last = NULL, *of[] = {n->feed[x], n->feed[h]}, *y;
    bool back = kind >= 3;
    if (kind % 3 == 0)
        y = ad_rnn(of[0], .width = 6, .length = n->feed[length], .initial = of[1], .last = &last,
                   .reverse = back);
    else if (kind % 3 == 1)
        y = ad_gru(of[0], .width = 6, .length = n->feed[length], .initial = of[1], .last = &last,
                   .reverse = back);
    else
        y = ad_lstm(of[0], .width = 6, .length = n->feed[length], .initial = of[1], .last = &last,
                    .reverse = back);
    fetch(n, y);
    ad_tensor *all[4] = {of[0], of[1]};
    for (int i = 0; i < 2; i++)
        all[2 + i] =
            ad_find(n->graph, i ? (const char *[]){"rnn1.weight_hh_l0", "gru1.weight_hh_l0",
                                                   "lstm1.weight_hh_l0"}[kind % 3]
                                : (const char *[]){"rnn1.weight_ih_l0", "gru1.weight_ih_l0",
                                                   "lstm1.weight_ih_l0"}[kind % 3]);
    fetch_all(n, ad_add(mixed(n, y), mixed(n, last)), all, all[2] && all[3] ? 4 : 2, NULL);
}

/* Branches that are not taken, numbers that are clipped away, rows that are not picked, places that
 * are cut off. */
static void choices(struct net *n, int kind)
{
    int x = feed(n, "x", AD_F32, AD_SHAPE(6, 4)), c = feed(n, "c", AD_BOOL, AD_SHAPE(6, 4)),
        z = feed(n, "z", AD_F32, AD_SHAPE(6, 4)), i = feed(n, "i", AD_I32, AD_SHAPE(3));
    ad_tensor *of[] = {n->feed[x], n->feed[z]}, *y = NULL;
    for (int k = 0; k < 24; k++) {
        bool yes = ad_array_item(&n->value[c], k) != 0, row = k / 4 >= 2;
        n->hidden[x][k] = kind == 0 ? !yes : row;
        n->hidden[z][k] = kind == 0 && yes;
    }
    switch (kind) {
    case 0: y = ad_where(n->feed[c], of[0], of[1]); break;
    case 1: y = ad_mul(ad_gather(of[0], n->feed[i], 0), ad_slice(of[1], 0, 0, 3, 1)); break;
    case 2: y = ad_mul(ad_slice(of[0], 0, 0, 2, 1), ad_slice(of[1], 0, 0, 2, 1)); break;
    default: y = ad_mul(ad_pad(ad_slice(of[0], 0, 0, 2, 1), 0, 1, 3, 0), of[1]); break;
    }
    fetch_all(n, ad_sin(y), of, 2, NULL);
}

/* Dropped elements are 0 and their gradients too.  The random numbers are those of the step. */
static void dropped(struct net *n, int kind)
{
    (void)kind;
    int x = feed(n, "x", AD_F32, AD_SHAPE(40));
    ad_tensor *kept = ad_dropout(n->feed[x], .rate = 1, .always = true), *of[] = {n->feed[x]};
    for (int i = 0; i < 40; i++)
        n->hidden[x][i] = true;
    fetch_all(n, ad_add(kept, ad_number(n->graph, AD_F32, 1)), of, 1, NULL);
}

/* ---- comparing */

struct variant {
    const char *isa;
    bool naive, unfused, expanded;
};

static bool run(struct net *n, const struct variant *v, double filler, ad_array *out)
{
    for (int i = 0; i < n->feeds; i++)
        for (int64_t k = 0; k < ad_array_count(&n->value[i]); k++)
            if (n->hidden[i][k])
                array_put(&n->value[i], k, filler);
    ad_state *s = ad_state_new(n->graph, 1);
    ad_program *p = ad_compile(s, .fetch_list = n->fetch, .fetch_count = n->fetches,
                               .feed_list = n->feed, .feed_count = n->feeds, .naive = v->naive,
                               .off.no_fuse = v->unfused, .off.no_composites = v->expanded);
    ad_array found[FETCHES] = {0};
    bool ok = p && ad_run(p, n->value, found) == AD_OK;
    for (int i = 0; ok && i < n->fetches; i++)
        out[i] = array_kept(&found[i]);
    if (!ok)
        TEST_FAILED("%s", ad_error());
    ad_program_free(p);
    ad_state_free(s);
    return ok;
}

typedef void builder(struct net *n, int kind);

static void compare(struct net *n, const struct variant *v, const char *name, int kind)
{
    static const double fillers[] = {NAN, INFINITY, -INFINITY, FLT_MAX};
    ad_array right[FETCHES] = {0}, found[FETCHES] = {0};
    bool ok = run(n, v, 0.5, right);
    for (size_t f = 0; ok && f < sizeof fillers / sizeof fillers[0]; f++) {
        ok = run(n, v, fillers[f], found);
        for (int i = 0; ok && i < n->fetches; i++) {
            for (int64_t k = 0; k < ad_array_count(&right[i]); k++) {
                double a = ad_array_item(&right[i], k), b = ad_array_item(&found[i], k);
                if (!isfinite(a) || a != b) {
                    TEST_FAILED("%s %d, %s%s%s%s: with %g hidden, fetch %d is %g at %lld; %g "
                                "without",
                                name, kind, v->isa ? v->isa : "best", v->naive ? " naive" : "",
                                v->unfused ? " unfused" : "", v->expanded ? " expanded" : "",
                                fillers[f], i, b, (long long)k, a);
                    break;
                }
            }
            free(found[i].data);
        }
    }
    for (int i = 0; i < n->fetches; i++)
        free(right[i].data);
}

static void check(builder *build, const char *name, int kinds)
{
    static const struct variant variants[] = {
        {NULL, false, false, false}, {NULL, true, false, false},    {NULL, false, true, false},
        {NULL, false, false, true},  {"avx2", false, false, false}, {"sse2", false, false, false},
    };
    for (int kind = 0; kind < kinds; kind++)
        for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
            if (!isa_is_here(variants[i].isa))
                continue;
            struct net n = {.context = ad_context_new(.isa = variants[i].isa, .threads = 2),
                            .random = 17};
            n.graph = ad_graph_new(n.context);
            build(&n, kind);
            compare(&n, &variants[i], name, kind);
            for (int f = 0; f < n.feeds; f++) {
                free(n.value[f].data);
                free(n.hidden[f]);
            }
            ad_graph_free(n.graph);
            ad_context_free(n.context);
        }
}

TEST(losses_of_weight_0)
{
    check(losses, "loss", 2 * LOSSES);
}

TEST(keys_out_of_sight)
{
    check(attention, "attention", sizeof attentions / sizeof attentions[0]);
}

TEST(steps_past_the_length)
{
    check(recurrent, "recurrent", 6);
}

TEST(what_is_not_chosen)
{
    check(choices, "choice", 4);
}

TEST(what_is_dropped)
{
    check(dropped, "dropout", 1);
}

/* Infinite logits are the limits of large ones. */
TEST(infinite_logits)
{
    enum { COUNT = 6 };
    static const float x[COUNT] = {INFINITY, -INFINITY, INFINITY, -INFINITY, INFINITY, -INFINITY},
                       t[COUNT] = {1, 0, 0, 1, 0.5f, 0.5f};
    static const double y[COUNT] = {0, 0, INFINITY, INFINITY, INFINITY, INFINITY},
                        dx[COUNT] = {0, 0, 1, -1, 0.5, -0.5};
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *feed[] = {ad_feed(g, "x", AD_F32, AD_SHAPE(COUNT)),
                         ad_feed(g, "t", AD_F32, AD_SHAPE(COUNT))};
    ad_tensor *loss = ad_binary_cross_entropy(feed[0], feed[1], .each = true), *fetch[3] = {loss};
    ad_gradient(loss, feed, 1, &fetch[1]);
    ad_gradient(fetch[1], feed, 1, &fetch[2]);
    ad_state *s = ad_state_new(g, 1);
    ad_program *p =
        ad_compile(s, .fetch_list = fetch, .fetch_count = 3, .feed_list = feed, .feed_count = 2);
    ad_array in[] = {ad_f32(x, AD_SHAPE(COUNT)), ad_f32(t, AD_SHAPE(COUNT))}, out[3] = {{0}};
    CHECK(p && ad_run(p, in, out) == AD_OK);
    for (int i = 0; i < COUNT; i++) {
        CHECK_EQ(ad_array_item(&out[0], i), y[i]);
        CHECK_EQ(ad_array_item(&out[1], i), dx[i]);
        CHECK_EQ(ad_array_item(&out[2], i), 0);
    }
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST_MAIN
