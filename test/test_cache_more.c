/* Generation with a cache of keys and values: logits are those without, bit for bit; draws, beams.
 */
#include "test.h"

#include <adze/adze.h>
#include <adze/train.h>

enum { CLASSES = 11, STEPS = 70, ROWS = 2 };

typedef ad_tensor *net(ad_tensor *token);

static ad_tensor *embedded(ad_tensor *token, int64_t width)
{
    return ad_embedding(token, .count = CLASSES, .width = width);
}

static ad_tensor *transformer_net(ad_tensor *token)
{
    ad_tensor *x = ad_positions(embedded(token, 16), .count = STEPS);
    for (int i = 0; i < 2; i++)
        x = ad_transformer(x, .heads = 4, .causal = true, .dropout = 0.1);
    return ad_linear(ad_layer_norm(x), .out = CLASSES);
}

static ad_tensor *waves_net(ad_tensor *token)
{
    ad_tensor *x = ad_positions(embedded(token, 16), .waves = true);
    x = ad_add(x, ad_self_attention(x, .heads = 2, .causal = true));
    return ad_linear(x, .out = CLASSES);
}

static ad_tensor *llama_net(ad_tensor *token)
{
    ad_tensor *x = embedded(token, 24);
    for (int i = 0; i < 2; i++)
        x = ad_llama(x, .heads = 6, .kv_heads = 2, .window = i ? 9 : 0);
    return ad_linear(x, .out = CLASSES);
}

static ad_tensor *alibi_net(ad_tensor *token)
{
    ad_tensor *x = embedded(token, 24);
    x = ad_grouped_attention(x, .heads = 6, .kv_heads = 3, .causal = true, .alibi = true);
    return ad_linear(x, .out = CLASSES);
}

static ad_tensor *pairs_net(ad_tensor *token)
{
    ad_tensor *x = embedded(token, 16);
    x = ad_grouped_attention(x, .heads = 4, .kv_heads = 1, .causal = true, .window = 5,
                             .rotary = AD_ROTARY_PAIRS);
    return ad_linear(x, .out = CLASSES);
}

static net *const nets[] = {transformer_net, waves_net, llama_net, alibi_net, pairs_net};
enum { NETS = sizeof nets / sizeof *nets };

static ad_context *context;

/* A graph of so many steps, and its state. */
typedef struct made {
    ad_graph *graph;
    ad_tensor *token, *logits;
    ad_state *state;
} made;

static made make(net *f, int64_t rows, int64_t steps, bool cached)
{
    made m = {.graph = ad_graph_new(context)};
    if (cached)
        CHECK(ad_cache_new(m.graph));
    m.token = ad_feed(m.graph, "token", AD_I32, AD_SHAPE(rows, steps));
    m.logits = f(m.token);
    m.state = ad_state_new(m.graph, 7);
    if (!m.state)
        TEST_FAILED("%s", ad_error());
    return m;
}

static void unmake(made *m)
{
    ad_state_free(m->state);
    ad_graph_free(m->graph);
}

static void tokens_fill(int32_t *token, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        token[i] = (int32_t)((i * i * 7 + i * 3) % CLASSES);
}

/* logits (rows, steps, classes) of the whole series at once */
static void run_whole(net *f, const int32_t *token, float *logits)
{
    made m = make(f, ROWS, STEPS, false);
    ad_program *p = ad_compile(m.state, .fetch = {m.logits}, .feed = {m.token});
    ad_array in = ad_i32(token, AD_SHAPE(ROWS, STEPS)),
             out = ad_f32(logits, AD_SHAPE(ROWS, STEPS, CLASSES));
    CHECK_OK(p ? ad_run(p, &in, &out) : ad_error_status());
    ad_program_free(p);
    unmake(&m);
}

static void run_steps(ad_decoder *d, const int32_t *token, int64_t steps, float *logits)
{
    for (int64_t t = 0; t < steps; t++) {
        int32_t step[ROWS];
        float row[ROWS * CLASSES];
        for (int r = 0; r < ROWS; r++)
            step[r] = token[r * STEPS + t];
        CHECK_OK(ad_decoder_step(d, step, row));
        for (int r = 0; r < ROWS; r++)
            memcpy(logits + (r * STEPS + t) * CLASSES, row + r * CLASSES, sizeof *row * CLASSES);
    }
}

TEST(a_cache_changes_no_bit)
{
    context = ad_context_new();
    static float whole[ROWS * STEPS * CLASSES], stepped[ROWS * STEPS * CLASSES];
    int32_t token[ROWS * STEPS];
    tokens_fill(token, ROWS * STEPS);
    for (int i = 0; i < NETS; i++) {
        run_whole(nets[i], token, whole);
        made m = make(nets[i], ROWS, 1, true);
        ad_decoder *d = ad_decoder_new(m.state, m.token, m.logits, STEPS);
        if (!d) {
            TEST_FAILED("net %d: %s", i, ad_error());
            unmake(&m);
            continue;
        }
        for (int again = 0; again < 2; again++) {
            double worst = 0;
            run_steps(d, token, STEPS, stepped);
            for (int k = 0; k < ROWS * STEPS * CLASSES; k++)
                worst = fmax(worst, fabs((double)whole[k] - (double)stepped[k]));
            if (memcmp(whole, stepped, sizeof whole) != 0)
                TEST_FAILED("net %d is %g off", i, worst);
            CHECK_EQ(ad_decoder_position(d), STEPS);
            CHECK_OK(ad_decoder_rewind(d, 0));
        }
        ad_decoder_free(d);
        unmake(&m);
    }
    ad_context_free(context);
}

TEST_MAIN
