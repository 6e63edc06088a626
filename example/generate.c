/* A language model that writes: a small Llama learns a text by heart and goes on with it, token by
 * token over a cache of keys and values, by draws and by a beam search.
 *
 *     ./generate [steps of training]
 *
 * It prints what it wrote, and how many tokens a second it writes with the cache and without. */
#include <adze/adze.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char text[] =
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, "
    "must be in want of a wife. However little known the feelings or views of such a man may be ";

enum { CLASSES = 128, WINDOW = 64, BATCH = 8, WRITTEN = 48, ROOM = 160 };

/* token (batch, time) to logits (batch, time, classes): the same calls for every graph. */
static ad_tensor *model(ad_tensor *token)
{
    ad_tensor *x = ad_embedding(token, .count = CLASSES, .width = 64, .normal = 0.1);
    for (int i = 0; i < 2; i++)
        x = ad_llama(x, .heads = 4, .kv_heads = 2);
    return ad_linear(ad_layer_norm(x), .out = CLASSES, .bias = false);
}

static double seconds(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- learning */

static void fill(int32_t *token, int32_t *next, unsigned step)
{
    size_t last = sizeof text - 2 - WINDOW;
    for (unsigned b = 0; b < BATCH; b++) {
        size_t at = (step * BATCH + b) * 37 % last;
        for (size_t i = 0; i < WINDOW; i++) {
            token[b * WINDOW + i] = text[at + i];
            next[b * WINDOW + i] = text[at + i + 1];
        }
    }
}

static bool learn(ad_state *state, ad_tensor *token, ad_tensor *next, ad_tensor *step, int count)
{
    static int32_t in[BATCH * WINDOW], out[BATCH * WINDOW];
    ad_program *p = ad_compile(state, .fetch = {step}, .feed = {token, next}, .training = true);
    ad_array feeds[] = {ad_i32(in, AD_SHAPE(BATCH, WINDOW)), ad_i32(out, AD_SHAPE(BATCH, WINDOW))};
    ad_array loss = {0};
    bool good = p != NULL;
    for (int i = 0; good && i < count; i++) {
        fill(in, out, (unsigned)i);
        good = ad_run(p, feeds, &loss) == AD_OK;
        if (good && (i % 50 == 0 || i + 1 == count))
            printf("step %3d  loss %.3f\n", i, ad_array_item(&loss, 0));
    }
    ad_program_free(p);
    return good;
}

/* ---- writing */

static bool show(const char *how, ad_decoder *d, const ad_generate_options *o)
{
    static const char start[] = "It is a truth";
    int32_t prompt[sizeof start - 1], token[WRITTEN];
    int64_t count = WRITTEN;
    for (size_t i = 0; i + 1 < sizeof start; i++)
        prompt[i] = start[i];
    if (ad_decoder_rewind(d, 0) != AD_OK ||
        (ad_generate)(d, prompt, sizeof start - 1, token, &count, o) != AD_OK)
        return false;
    printf("%-8s%s", how, start);
    for (int64_t i = 0; i < count; i++)
        putchar(token[i]);
    putchar('\n');
    return true;
}

/* The logits of the last of ROOM tokens, with the cache, one step a run. */
static bool run_steps(ad_decoder *d, const int32_t *list, float *row)
{
    bool good = ad_decoder_rewind(d, 0) == AD_OK;
    for (int i = 0; good && i < ROOM; i++)
        good = ad_decoder_step(d, &list[i], row) == AD_OK;
    return good;
}

/* The same without, all steps before in each run. */
static bool run_wholes(ad_program *p, const int32_t *list, float *row)
{
    bool good = true;
    for (int i = 0; good && i < ROOM; i++) {
        ad_array in = ad_i32(list, AD_SHAPE(1, i + 1)), out = {0};
        good = ad_run(p, &in, &out) == AD_OK;
        if (good)
            memcpy(row, (float *)out.data + (size_t)i * CLASSES, CLASSES * sizeof *row);
    }
    return good;
}

/* Tokens a second of either, the second time, when all shapes are compiled. */
static bool measure(ad_decoder *d, ad_state *state, ad_tensor *token, ad_tensor *logits)
{
    int32_t list[ROOM];
    float row[2][CLASSES];
    double spent[2] = {0, 0};
    for (int i = 0; i < ROOM; i++)
        list[i] = text[i];
    ad_program *p = ad_compile(state, .fetch = {logits}, .feed = {token});
    bool good = p != NULL;
    for (int k = 0; good && k < 4; k++) {
        double begin = seconds();
        good = k % 2 ? run_wholes(p, list, row[1]) : run_steps(d, list, row[0]);
        spent[k % 2] = seconds() - begin;
    }
    ad_program_free(p);
    if (!good)
        return false;
    bool same = memcmp(row[0], row[1], sizeof *row) == 0;
    printf("%.0f tokens a second with the cache, %.0f without; the last logits are %s\n",
           ROOM / spent[0], ROOM / spent[1], same ? "the same bits" : "NOT the same");
    return same;
}

/* A graph of one step for that many rows, with the weights of state. */
static ad_decoder *decoder(ad_context *context, const ad_state *state, int64_t rows, ad_state **own)
{
    ad_graph *g = ad_graph_new(context);
    ad_cache_new(g);
    ad_tensor *token = ad_feed(g, "token", AD_I32, AD_SHAPE(rows, 1));
    ad_tensor *logits = model(token);
    *own = ad_state_new(g, 1);
    ad_graph_free(g); /* it lives on in the state */
    bool taken = *own && ad_state_take(*own, state) == AD_OK;
    return taken ? ad_decoder_new(*own, token, logits, ROOM) : NULL;
}

int main(int argc, char **argv)
{
    int steps = argc > 1 ? atoi(argv[1]) : 300;
    ad_context *context = ad_context_new();
    ad_graph *g = ad_graph_new(context);
    ad_dim batch = ad_open(g, "batch"), time = ad_open(g, "time");
    ad_tensor *token = ad_feed(g, "token", AD_I32, AD_SHAPE(batch, time));
    ad_tensor *next = ad_feed(g, "next", AD_I32, AD_SHAPE(batch, time));
    ad_tensor *logits = model(token);
    ad_tensor *step = ad_adam(ad_cross_entropy(logits, next), .rate = 0.003);
    ad_state *state = ad_state_new(g, 1), *one = NULL, *four = NULL;
    bool good = state && learn(state, token, next, step, steps);
    ad_decoder *d = good ? decoder(context, state, 1, &one) : NULL;
    ad_decoder *beams = d ? decoder(context, state, 4, &four) : NULL;
    good = beams && show("greedy", d, &AD_OPTIONS(ad_generate_options, .temperature = 0)) &&
           show("drawn", d,
                &AD_OPTIONS(ad_generate_options, .temperature = 1.5, .top_k = 20, .top_p = 0.95)) &&
           show("beams", beams, &AD_OPTIONS(ad_generate_options, .beam = true)) &&
           measure(d, state, token, logits);
    if (!good)
        fprintf(stderr, "%s\n", ad_error());
    ad_decoder_free(d);
    ad_decoder_free(beams);
    ad_state_free(one);
    ad_state_free(four);
    ad_state_free(state);
    ad_graph_free(g);
    ad_context_free(context);
    return !good;
}
