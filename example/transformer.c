/* A small transformer (Vaswani et al. 2017; layer norm first) that learns to repeat three words.
 *
 *     ./transformer [test/golden/transformer.txt]
 *
 * What to see here: AdamW with weight decay on matrices only (two groups); gradients clipped by
 * their global norm; and a large batch that is also trained as four small ones whose gradients are
 * averaged before one update (.accumulate). */
#include "common.h"

enum { BATCH = 16, MICRO = 4, TIME = 8, WORDS = 12, WIDTH = 12, HEADS = 2, LAYERS = 2, STEPS = 24 };

/* Sums on the way of one step: per layer two norms, five products and attention, forward and
 * backward; the sums over words. */
enum { LAYER_ADDITIONS = 2 * WIDTH + 4 * WIDTH + 2 * WIDTH + 2 * TIME + WIDTH / HEADS };
enum { ADDITIONS = STEPS * (2 * (LAYERS * LAYER_ADDITIONS + 2 * WIDTH) + BATCH * TIME) };

typedef struct model {
    ad_context *context;
    ad_graph *graph;
    ad_state *large_state, *micro_state;
    ad_program *large, *micro;
} model;

/* (batch, time, width) to (batch, heads, time, width / heads). */
static ad_tensor *split_heads(ad_tensor *x)
{
    ad_shape s = ad_tensor_shape(x);
    x = ad_reshape(x, AD_SHAPE(s.size[0], s.size[1], HEADS, WIDTH / HEADS));
    return ad_transpose(x, AD_AXES(0, 2, 1, 3));
}

static ad_tensor *attend(ad_tensor *x)
{
    ad_tensor *q = ad_linear(x, .out = WIDTH, .bias = false, .name = "query");
    ad_tensor *k = ad_linear(x, .out = WIDTH, .bias = false, .name = "key");
    ad_tensor *v = ad_linear(x, .out = WIDTH, .bias = false, .name = "value");
    ad_tensor *seen = ad_attention(split_heads(q), split_heads(k), split_heads(v), .causal = true);
    seen = ad_reshape(ad_transpose(seen, AD_AXES(0, 2, 1, 3)), ad_tensor_shape(x));
    return ad_linear(seen, .out = WIDTH, .name = "join");
}

static ad_tensor *block(ad_tensor *x)
{
    x = ad_add(x, attend(ad_layer_norm(x, .name = "norm1")));
    ad_tensor *h = ad_linear(ad_layer_norm(x, .name = "norm2"), .out = 2 * WIDTH, .name = "up");
    return ad_add(x, ad_linear(ad_gelu(h), .out = WIDTH, .name = "down"));
}

static ad_tensor *table(ad_graph *g, const char *name, ad_type type, int64_t rows)
{
    return ad_variable(g, name, ad_normal(g, type, AD_SHAPE(rows, WIDTH), 0, 1));
}

/* Words (batch, time) to logits (batch, time, words). */
static ad_tensor *transformer(ad_tensor *token, ad_type type)
{
    ad_graph *g = ad_tensor_graph(token);
    ad_tensor *x = ad_embedding(token, .weight = table(g, "token.weight", type, WORDS));
    x = ad_add(x, table(g, "position.weight", type, TIME));
    ad_scope_begin(g, "block");
    for (int i = 0; i < LAYERS; i++) {
        char number[8];
        snprintf(number, sizeof number, "%d", i);
        ad_scope_begin(g, number);
        x = block(x);
        ad_scope_end(g);
    }
    ad_scope_end(g);
    return ad_linear(ad_layer_norm(x, .name = "norm"), .out = WORDS, .name = "head");
}

/* One optimizer that updates after that many runs. */
static ad_tensor *adamw(ad_tensor *loss, const char *name, int runs, ad_tensor **norm)
{
    return ad_adamw(
        loss, .rate = 0x1p-7, .beta2 = 0.95, .epsilon = 0x1p-20, .decay = 0.125, .clip_norm = 0.5,
        .groups = {AD_GROUP(.match = "*norm*", .decay = 0), AD_GROUP(.match = "*bias", .decay = 0)},
        .accumulate = runs, .name = name, .norm = norm);
}

static bool open_model(model *m, example *e)
{
    m->context = ad_context_new(.threads = 2, .allocator = e->allocator);
    m->graph = m->context == NULL ? NULL : ad_graph_new(m->context);
    if (m->graph == NULL)
        return false;
    ad_dim batch = ad_open(m->graph, "batch");
    ad_tensor *token = ad_feed(m->graph, "token", AD_I32, AD_SHAPE(batch, TIME));
    ad_tensor *following = ad_feed(m->graph, "following", AD_I32, AD_SHAPE(batch, TIME));
    ad_tensor *loss = ad_cross_entropy(transformer(token, e->type), following);
    ad_tensor *norm = NULL;
    ad_tensor *large = adamw(loss, "large", 1, &norm), *micro = adamw(loss, "micro", MICRO, NULL);

    m->large_state = ad_state_new(m->graph, 1);
    if (m->large_state == NULL || !set_weights(m->large_state, m->graph))
        return false;
    m->micro_state = ad_state_clone(m->large_state);
    if (m->micro_state == NULL)
        return false;
    m->large = ad_compile(m->large_state, .fetch = {large, norm}, .feed = {token, following},
                          .training = true);
    m->micro =
        ad_compile(m->micro_state, .fetch = {micro}, .feed = {token, following}, .training = true);
    return m->large != NULL && m->micro != NULL;
}

static void close_model(model *m)
{
    ad_program_free(m->large);
    ad_program_free(m->micro);
    ad_state_free(m->large_state);
    ad_state_free(m->micro_state);
    ad_graph_free(m->graph);
    ad_context_free(m->context);
}

/* Three random words, over and over; what follows each word is the word after it. */
static void fill(int32_t token[BATCH][TIME], int32_t following[BATCH][TIME], int step)
{
    for (int b = 0; b < BATCH; b++)
        for (int t = 0; t < TIME; t++) {
            token[b][t] = whole("words", (step * BATCH + b) * 3 + t % 3, WORDS);
            following[b][t] = whole("words", (step * BATCH + b) * 3 + (t + 1) % 3, WORDS);
        }
}

static bool large_step(model *m, int32_t token[BATCH][TIME], int32_t following[BATCH][TIME],
                       double *loss, double *norm)
{
    ad_array feeds[] = {ad_i32(*token, AD_SHAPE(BATCH, TIME)),
                        ad_i32(*following, AD_SHAPE(BATCH, TIME))};
    ad_array fetches[2] = {{0}};
    if (ad_run(m->large, feeds, fetches) != AD_OK)
        return false;
    *loss = ad_array_item(&fetches[0], 0);
    *norm = ad_array_item(&fetches[1], 0);
    return true;
}

/* The same examples in four runs; the loss is their mean. */
static bool micro_steps(model *m, int32_t token[BATCH][TIME], int32_t following[BATCH][TIME],
                        double *loss)
{
    *loss = 0;
    for (int first = 0; first < BATCH; first += BATCH / MICRO) {
        ad_array feeds[] = {ad_i32(token[first], AD_SHAPE(BATCH / MICRO, TIME)),
                            ad_i32(following[first], AD_SHAPE(BATCH / MICRO, TIME))};
        double part = 0;
        if (!run_step(m->micro, feeds, &part))
            return false;
        *loss += part / MICRO;
    }
    return true;
}

static void compare_both(model *m, example *e, const char *place)
{
    compare_weights(e, place, m->graph, m->large_state);
    compare_weights(e, place, m->graph, m->micro_state);
}

static bool train(model *m, example *e)
{
    static int32_t token[BATCH][TIME], following[BATCH][TIME];
    double loss[STEPS], micro_loss[STEPS], norm[STEPS];
    for (int step = 0; step < STEPS; step++) {
        fill(token, following, step);
        if (!large_step(m, token, following, &loss[step], &norm[step]) ||
            !micro_steps(m, token, following, &micro_loss[step]))
            return false;
        if (step == 0)
            compare_both(m, e, "step1");
    }
    printf("loss %.4f -> %.4f, gradient norm %.3f -> %.3f\n", loss[0], loss[STEPS - 1], norm[0],
           norm[STEPS - 1]);
    compare(e, "loss", ad_f64(loss, AD_SHAPE(STEPS)));
    compare(e, "loss", ad_f64(micro_loss, AD_SHAPE(STEPS)));
    compare(e, "norm", ad_f64(norm, AD_SHAPE(STEPS)));
    compare_both(m, e, "last");
    return true;
}

static bool run(example *e)
{
    model m = {0};
    bool ok = open_model(&m, e) && train(&m, e);
    close_model(&m);
    return ok;
}

int main(int argc, char **argv)
{
    return example_main(argc, argv, run, ADDITIONS);
}
