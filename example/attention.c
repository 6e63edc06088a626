/* Attention (Vaswani et al. 2017), looked at closely: value, first and second derivative, under
 * four kinds of mask.
 *
 *     ./attention [test/golden/attention.txt]
 *
 * What to see here: gradients are tensors of the same graph and can be differentiated again; one
 * graph compiled twice, once with the attention kernel, which works in tiles and never stores the
 * scores, and once with attention spelled out in simpler ops. */
#include "common.h"

enum {
    BATCH = 2,
    HEADS = 2,
    TIME = 6,
    WIDTH = 4,
    STEPS = 20,
    LONG_TIME = 150,
    FEEDS = 8,
    FETCHES = 9
};

/* Sums on the way: scores, softmax and weighted sum, there and back, twice; the loss over all
 * elements. */
enum { ADDITIONS = 4 * (WIDTH + 2 * TIME) + BATCH * HEADS * TIME * WIDTH };
enum { LONG_ADDITIONS = 4 * (WIDTH + 2 * LONG_TIME) + BATCH * HEADS * LONG_TIME * WIDTH };

typedef struct mask_kind {
    const char *name;
    bool causal, padded;
} mask_kind;

typedef struct model {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_program *kernel, *expansion;
} model;

static const char *feed_names[FEEDS - 1] = {"q", "k", "v", "dy", "uq", "uk", "uv"};
static const char *fetch_names[FETCHES] = {"loss",    "turn",     "y",        "first_q", "first_k",
                                           "first_v", "second_q", "second_k", "second_v"};

/* loss = sum(y dy); first = its gradient by q, k, v; turn = sum(first u); second = the gradient of
 * that by q, k, v. */
static void build(ad_tensor *feed[FEEDS], ad_tensor *fetch[FETCHES], const mask_kind *kind)
{
    ad_tensor *mask = kind->padded ? feed[7] : NULL;
    ad_tensor *y = ad_attention(feed[0], feed[1], feed[2], .mask = mask, .causal = kind->causal);
    ad_tensor *loss = ad_sum(ad_mul(y, feed[3]), AD_ALL), *turn = NULL;
    ad_tensor **first = &fetch[3], **second = &fetch[6];
    ad_gradient(loss, feed, 3, first);
    for (int i = 0; i < 3; i++) {
        ad_tensor *part = ad_sum(ad_mul(first[i], feed[4 + i]), AD_ALL);
        turn = turn == NULL ? part : ad_add(turn, part);
    }
    ad_gradient(turn, feed, 3, second);
    fetch[0] = loss;
    fetch[1] = turn;
    fetch[2] = y;
}

static bool open_model(model *m, example *e, const mask_kind *kind)
{
    m->context = ad_context_new(.threads = 2, .allocator = e->allocator);
    m->graph = m->context == NULL ? NULL : ad_graph_new(m->context);
    if (m->graph == NULL)
        return false;
    ad_graph *g = m->graph;
    ad_dim time = ad_open(g, "time");
    ad_tensor *feed[FEEDS], *fetch[FETCHES];
    for (int i = 0; i < FEEDS - 1; i++)
        feed[i] = ad_feed(g, feed_names[i], e->type, AD_SHAPE(BATCH, HEADS, time, WIDTH));
    feed[7] = ad_feed(g, "mask", AD_BOOL, AD_SHAPE(BATCH, 1, time, time));
    build(feed, fetch, kind);

    m->state = ad_state_new(g, 1);
    if (m->state == NULL)
        return false;
    m->kernel = ad_compile(m->state, .fetch_list = fetch, .fetch_count = FETCHES, .feed_list = feed,
                           .feed_count = FEEDS);
    m->expansion = ad_compile(m->state, .fetch_list = fetch, .fetch_count = FETCHES,
                              .feed_list = feed, .feed_count = FEEDS, .off.no_composites = true);
    return m->kernel != NULL && m->expansion != NULL;
}

static void close_model(model *m)
{
    ad_program_free(m->kernel);
    ad_program_free(m->expansion);
    ad_state_free(m->state);
    ad_graph_free(m->graph);
    ad_context_free(m->context);
}

/* The first example has only two thirds of its keys; in the second, query 2 may look nowhere and
 * must give zeros. */
static void fill_mask(const ad_array *mask)
{
    int64_t time = mask->shape.size[2];
    for (int64_t query = 0; query < time; query++)
        for (int64_t key = 0; key < time; key++) {
            array_put(mask, query * time + key, key < time * 2 / 3);
            array_put(mask, (time + query) * time + key, query != 2);
        }
}

static void fill(ad_array feeds[FEEDS], int step)
{
    for (int i = 0; i < FEEDS - 1; i++)
        array_noise(&feeds[i], feed_names[i], i < 3 ? 2 : 1, step);
    fill_mask(&feeds[FEEDS - 1]);
}

static void new_feeds(ad_array feeds[FEEDS], ad_type type, int64_t time)
{
    for (int i = 0; i < FEEDS - 1; i++)
        feeds[i] = array_new(type, AD_SHAPE(BATCH, HEADS, time, WIDTH));
    feeds[FEEDS - 1] = array_new(AD_BOOL, AD_SHAPE(BATCH, 1, time, time));
}

static void compare_step(example *e, const mask_kind *kind, const char *place,
                         const ad_array *fetch)
{
    for (int i = 2; i < FETCHES; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%s/%s", kind->name, place, fetch_names[i]);
        compare(e, name, fetch[i]);
    }
}

/* One program over all batches, against the golden values. */
static bool follow(ad_program *program, example *e, const mask_kind *kind, ad_array feeds[FEEDS])
{
    double loss[STEPS], turn[STEPS];
    char name[64];
    for (int step = 0; step < STEPS; step++) {
        ad_array fetch[FETCHES] = {{0}};
        fill(feeds, step);
        if (ad_run(program, feeds, fetch) != AD_OK)
            return false;
        loss[step] = ad_array_item(&fetch[0], 0);
        turn[step] = ad_array_item(&fetch[1], 0);
        if (step == 0 || step == STEPS - 1)
            compare_step(e, kind, step == 0 ? "step1" : "last", fetch);
    }
    snprintf(name, sizeof name, "%s/loss", kind->name);
    compare(e, name, ad_f64(loss, AD_SHAPE(STEPS)));
    snprintf(name, sizeof name, "%s/turn", kind->name);
    compare(e, name, ad_f64(turn, AD_SHAPE(STEPS)));
    return true;
}

/* A sequence of many tiles, kernel against expansion: they sum in another order, so they differ by
 * rounding. */
static bool long_sequence(model *m, example *e, const mask_kind *kind)
{
    ad_array feeds[FEEDS], one[FETCHES] = {{0}}, two[FETCHES] = {{0}};
    new_feeds(feeds, e->type, LONG_TIME);
    fill(feeds, 0);
    bool ok = ad_run(m->kernel, feeds, one) == AD_OK && ad_run(m->expansion, feeds, two) == AD_OK;
    double worst = 0, allowed = f32_tolerance(LONG_ADDITIONS) * (e->type == AD_F64 ? 0x1p-29 : 1);
    for (int i = 0; ok && i < FETCHES; i++)
        worst = fmax(worst, difference(two[i], one[i]));
    if (ok)
        printf("%-6s %d keys: kernel and expansion differ by %.2g, allowed %.2g\n", kind->name,
               LONG_TIME, worst, allowed);
    expect(e, worst <= allowed, "the attention kernel differs from its expansion");
    arrays_free(feeds, FEEDS);
    return ok;
}

static bool run_kind(example *e, const mask_kind *kind)
{
    model m = {0};
    ad_array feeds[FEEDS];
    new_feeds(feeds, e->type, TIME);
    bool ok = open_model(&m, e, kind) && follow(m.kernel, e, kind, feeds) &&
              follow(m.expansion, e, kind, feeds) && long_sequence(&m, e, kind);
    arrays_free(feeds, FEEDS);
    close_model(&m);
    return ok;
}

static bool run(example *e)
{
    static const mask_kind kinds[] = {{"plain", false, false},
                                      {"causal", true, false},
                                      {"padded", false, true},
                                      {"both", true, true}};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof kinds / sizeof *kinds; i++)
        ok = run_kind(e, &kinds[i]);
    return ok;
}

int main(int argc, char **argv)
{
    return example_main(argc, argv, run, ADDITIONS);
}
