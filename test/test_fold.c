/* Inference programs move numbers of channels into weights and into one another: random chains of
 * sums and scales give what they give without that, and what can become one has become one. */
#include "test.h"

#include "arrays.h"
#include "op/matmul.h"
#include "op/row.h"
#include "pass/fold.h"

enum { TRIALS = 300, STEPS = 6, ROWS = 5, IN = 6, OUT = 4 };

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *y;
    int variables;
    uint64_t random;
};

static ad_tensor *variable(struct net *n, ad_shape shape)
{
    char name[16];
    snprintf(name, sizeof name, "v%d", n->variables++);
    return ad_variable(n->graph, name, ad_uniform(n->graph, AD_F64, shape, -2, 2));
}

/* Of channels in several shapes, one for all; or what is not one number for each channel. */
static ad_tensor *number(struct net *n)
{
    switch (random_below(&n->random, 6)) {
    case 0: return ad_number(n->graph, AD_F64, 0.75);
    case 1: return variable(n, AD_SHAPE(1, OUT));
    case 2: return variable(n, AD_SHAPE(ROWS, OUT));
    case 3: return variable(n, AD_SHAPE(1));
    default: return variable(n, AD_SHAPE(OUT));
    }
}

static ad_tensor *step(struct net *n, ad_tensor *y)
{
    ad_tensor *z = number(n);
    switch (random_below(&n->random, 7)) {
    case 0: return ad_mul(y, z);
    case 1: return ad_mul(z, y);
    case 2: return ad_add(z, y);
    case 3: return ad_sub(z, y);
    case 4: return ad_sub(y, z);
    default: return ad_add(y, z);
    }
}

static struct net open_net(uint64_t seed)
{
    struct net n = {.context = ad_context_new(.threads = 1), .random = seed};
    n.graph = ad_graph_new(n.context);
    n.x = ad_feed(n.graph, "x", AD_F64, AD_SHAPE(ROWS, IN));
    n.y = random_below(&n.random, 4) ? ad_matmul(n.x, variable(&n, AD_SHAPE(IN, OUT)))
                                     : ad_slice(n.x, 1, 0, OUT, 1);
    for (int i = 0; i < STEPS; i++)
        n.y = step(&n, n.y);
    return n;
}

static ad_array run(struct net *n, ad_state *state, const ad_array *x, bool plain)
{
    ad_array found = {0}, kept = {0};
    ad_program *p = ad_compile(state, .fetch = {n->y}, .feed = {n->x}, .off.no_fold = plain);
    if (p && ad_run(p, x, &found) == AD_OK)
        kept = array_kept(&found);
    ad_program_free(p);
    return kept;
}

/* Sums of terms up to some thousands, in double. */
static bool is_near(const ad_array *a, const ad_array *b)
{
    bool near = a->data && b->data;
    for (int64_t i = 0; near && i < ROWS * OUT; i++)
        near = fabs(ad_array_item(a, i) - ad_array_item(b, i)) <=
               1e-11 * (1 + fabs(ad_array_item(b, i)));
    return near;
}

TEST(chains_give_the_same)
{
    for (uint64_t seed = 1; seed <= (uint64_t)soak(TRIALS, 20 * TRIALS); seed++) {
        struct net n = open_net(seed);
        ad_state *s = ad_state_new(n.graph, seed);
        uint64_t random = seed;
        ad_array x = array_random(AD_F64, AD_SHAPE(ROWS, IN), &random, -1, 1);
        ad_array folded = run(&n, s, &x, false), plain = run(&n, s, &x, true);
        if (!is_near(&folded, &plain))
            TEST_FAILED("chain %d differs: %s", (int)seed, ad_error());
        free(folded.data), free(plain.data), free(x.data);
        ad_state_free(s);
        ad_graph_free(n.graph);
        ad_context_free(n.context);
    }
}

/* ((((x w) - m) + b) * s) + b: a batch norm behind a layer with a bias. */
TEST(a_batch_norm_becomes_one_sum)
{
    static const double numbers[IN * OUT] = {1, 2, 3, 4};
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(ROWS, IN));
    ad_tensor *w = ad_constant(g, ad_f64((double *)numbers, AD_SHAPE(IN, OUT)));
    ad_tensor *b = ad_constant(g, ad_f64((double *)numbers, AD_SHAPE(OUT)));
    ad_tensor *y = ad_add(ad_mul(ad_add(ad_sub(ad_matmul(x, w), b), b), b), b);
    ad_graph *folded = fold_pass(g, &y, 1);
    CHECK(folded && y->node->op == &op_add && y->node->in[0]->node->op == &op_matmul);
    ad_graph_free(folded);
    ad_graph_free(g);
    ad_context_free(c);
}

/* Sums on something else stay as they are: these round. */
TEST(other_sums_stay)
{
    float numbers[] = {0.25f, -1.75f, 3.5f, 7}, rounder = 0x1.8p23f;
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(OUT));
    ad_tensor *most = ad_number(g, AD_F32, rounder);
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch = {ad_sub(ad_add(x, most), most)}, .feed = {x});
    ad_array in = ad_f32(numbers, AD_SHAPE(OUT)), out = {0};
    CHECK(p && ad_run(p, &in, &out) == AD_OK);
    for (int i = 0; p && i < OUT; i++)
        CHECK(ad_array_item(&out, i) == (double)rintf(numbers[i]));
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST_MAIN
