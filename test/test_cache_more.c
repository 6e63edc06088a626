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

/* ---- decoders */

static ad_decoder *decoder_new(made *m, net *f, int64_t rows, int64_t size)
{
    context = ad_context_new(.threads = 1);
    *m = make(f, rows, 1, true);
    ad_decoder *d = ad_decoder_new(m->state, m->token, m->logits, size);
    CHECK(d);
    return d;
}

static void decoder_done(ad_decoder *d, made *m)
{
    ad_decoder_free(d);
    unmake(m);
    ad_context_free(context);
}

TEST(rows_go_on_from_other_rows)
{
    made m;
    ad_decoder *d = decoder_new(&m, llama_net, ROWS, STEPS);
    float both[ROWS * CLASSES], again[ROWS * CLASSES];
    for (int32_t t = 0; t < 40; t++)
        CHECK_OK(ad_decoder_step(d, (int32_t[]){t % 5, t % 7}, NULL));
    CHECK_OK(ad_decoder_step(d, (int32_t[]){3, 3}, both));
    CHECK(memcmp(both, both + CLASSES, sizeof both / 2) != 0);
    CHECK_OK(ad_decoder_rewind(d, 40));
    CHECK_OK(ad_decoder_reorder(d, (int32_t[]){1, 0}));
    CHECK_OK(ad_decoder_step(d, (int32_t[]){3, 3}, again));
    CHECK(memcmp(both, again + CLASSES, sizeof both / 2) == 0);
    CHECK(memcmp(both + CLASSES, again, sizeof both / 2) == 0);
    CHECK_OK(ad_decoder_rewind(d, 40));
    CHECK_OK(ad_decoder_reorder(d, (int32_t[]){1, 1}));
    CHECK_OK(ad_decoder_step(d, (int32_t[]){3, 3}, again));
    CHECK(memcmp(again, again + CLASSES, sizeof again / 2) == 0);
    CHECK(memcmp(both, again, sizeof both / 2) == 0);
    decoder_done(d, &m);
}

TEST(threads_and_types_change_nothing)
{
    float logits[2][CLASSES];
    for (int threads = 1; threads <= 2; threads++) {
        context = ad_context_new(.threads = threads);
        made m = make(transformer_net, 1, 1, true);
        ad_decoder *d = ad_decoder_new(m.state, m.token, m.logits, STEPS);
        for (int32_t t = 0; t < STEPS; t++)
            CHECK_OK(ad_decoder_step(d, &(int32_t){t % 9}, logits[threads - 1]));
        decoder_done(d, &m);
    }
    CHECK(memcmp(logits[0], logits[1], sizeof *logits) == 0);
}

TEST(weights_come_from_another_state)
{
    made m;
    ad_decoder *d = decoder_new(&m, llama_net, 1, STEPS);
    made other = make(llama_net, 1, STEPS, false), less = make(alibi_net, 1, STEPS, false);
    ad_state *trained = ad_state_new(other.graph, 99);
    ad_array a, b;
    CHECK_OK(ad_state_take(m.state, trained));
    for (int i = 0; i < ad_variable_count(m.graph); i++) {
        CHECK_OK(ad_get(m.state, ad_variable_at(m.graph, i), &a));
        CHECK_OK(ad_get(trained, ad_variable_at(other.graph, i), &b));
        CHECK(memcmp(a.data, b.data, ad_array_bytes(&a)) == 0);
    }
    CHECK(ad_state_take(m.state, less.state) == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "has no 'llama1.");
    ad_state_free(trained);
    unmake(&other);
    unmake(&less);
    decoder_done(d, &m);
}

TEST(mistakes_of_decoders_are_told)
{
    made m;
    float logits[ROWS * CLASSES];
    ad_decoder *d = decoder_new(&m, waves_net, ROWS, 2);
    int32_t token[] = {1, 2};
    CHECK(ad_decoder_rewind(d, 1) == AD_ERROR_ARGUMENT);
    CHECK(ad_decoder_reorder(d, (int32_t[]){0, 2}) == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "no row 2");
    CHECK(ad_decoder_step(d, (int32_t[]){1, CLASSES}, logits) != AD_OK);
    CHECK_EQ(ad_decoder_position(d), 0);
    CHECK_OK(ad_decoder_step(d, token, logits));
    CHECK_OK(ad_decoder_step(d, token, logits));
    CHECK(ad_decoder_step(d, token, logits) == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "room for 2 steps");
    int64_t count = 3;
    CHECK(ad_generate(d, token, 1, token, &count) == AD_ERROR_ARGUMENT); /* two rows */
    CHECK(ad_generate(d, token, 0, token, &count, .beam = true) == AD_ERROR_ARGUMENT);
    CHECK(ad_generate(d, token, 1, token, &count, .beam = true, .top_p = 0) == AD_ERROR_ARGUMENT);
    CHECK(!ad_decoder_new(m.state, m.token, m.logits, 0));
    CHECK(!ad_decoder_new(m.state, m.logits, m.token, 4));
    CHECK(!ad_decoder_new(NULL, m.token, m.logits, 4));
    decoder_done(d, &m);
}

TEST(graphs_that_cannot_look_back_are_refused)
{
    context = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(context);
    ad_tensor *token = ad_feed(g, "token", AD_I32, AD_SHAPE(1, 1));
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(1, 1, 4));
    ad_tensor *two = ad_feed(g, "two", AD_F32, AD_SHAPE(1, 2, 4));
    CHECK(!ad_decoder_new(NULL, token, x, 4));
    ad_cache *cache = ad_cache_new(g);
    CHECK(cache == ad_cache_new(g) && ad_cache_count(cache) == 0);
    CHECK_CONTAINS(ad_tensor_error(ad_self_attention(x, .heads = 2)), "causal");
    CHECK_CONTAINS(ad_tensor_error(ad_self_attention(two, .heads = 2, .causal = true)),
                   "(batch, 1, features)");
    CHECK_CONTAINS(ad_tensor_error(ad_llama(two, .heads = 2)), "(batch, 1, features)");
    CHECK_CONTAINS(ad_tensor_error(ad_transformer(x, .heads = 2)), "causal");
    ad_tensor *cross = ad_self_attention(x, .heads = 2, .to = two);
    CHECK(!ad_tensor_error(cross) && ad_cache_count(cache) == 0);
    ad_graph_free(g);
    ad_context_free(context);
}

/* ---- draws */

static const float some[] = {1, 3, 2, 3, -INFINITY, 0.5F};
enum { SOME = 6 };

/* Which are drawn at all, and how often, of so many. */
static void draws(int times, const ad_generate_options *o, int *count)
{
    ad_generate_options each = *o;
    memset(count, 0, SOME * sizeof *count);
    for (int i = 0; i < times; i++) {
        float logits[SOME];
        memcpy(logits, some, sizeof some);
        each.number = i;
        int64_t t = (ad_pick)(logits, SOME, &each);
        REQUIRE(t >= 0 && t < SOME);
        count[t]++;
    }
}

TEST(picks_follow_the_chances)
{
    enum { TIMES = 20000 };
    int count[SOME];
    double sum = 0;
    draws(TIMES, &AD_OPTIONS(ad_generate_options, .seed = 4, .temperature = 2), count);
    for (int i = 0; i < SOME; i++)
        sum += exp(some[i] / 2);
    for (int i = 0; i < SOME; i++) {
        double p = exp(some[i] / 2) / sum, deviation = sqrt(TIMES * p * (1 - p));
        CHECK_CLOSE(count[i], TIMES * p, 4 * deviation + 1e-9);
    }
}

TEST(picks_leave_out_the_unlikely)
{
    int count[SOME];
    draws(300, &AD_OPTIONS(ad_generate_options, .top_k = 3), count);
    CHECK(count[1] && count[2] && count[3] && count[1] + count[2] + count[3] == 300);
    draws(300, &AD_OPTIONS(ad_generate_options, .top_k = 1), count);
    CHECK_EQ(count[1], 300); /* the first of two equal ones */
    /* chances 0.052, 0.387, 0.142, 0.387, 0, 0.032 */
    draws(300, &AD_OPTIONS(ad_generate_options, .top_p = 0.77), count);
    CHECK(count[1] && count[3] && count[1] + count[3] == 300);
    draws(300, &AD_OPTIONS(ad_generate_options, .top_p = 0.38), count);
    CHECK_EQ(count[1], 300);
    draws(300, &AD_OPTIONS(ad_generate_options, .top_p = 0.83), count);
    CHECK(count[2] && count[1] + count[2] + count[3] == 300);
    draws(2000, &AD_OPTIONS(ad_generate_options, .top_p = 0.96), count);
    CHECK(count[0] && !count[5] && !count[4]);
    draws(300, &AD_OPTIONS(ad_generate_options, .top_k = 2, .top_p = 0.5), count);
    CHECK_EQ(count[1], 300); /* of what top_k leaves */
    draws(300, &AD_OPTIONS(ad_generate_options, .temperature = 0), count);
    CHECK_EQ(count[1], 300);
}

TEST(picks_of_nothing_are_refused)
{
    float none[] = {-INFINITY, -INFINITY}, bad[] = {1, NAN}, good[] = {1, 2};
    CHECK_EQ(ad_pick(none, 2), -1);
    CHECK_CONTAINS(ad_error(), "above -infinity");
    CHECK_EQ(ad_pick(bad, 2), -1);
    CHECK_EQ(ad_pick(good, 0), -1);
    CHECK_EQ(ad_pick(good, 2, .temperature = -1), -1);
    CHECK_EQ(ad_pick(good, 2, .top_k = -1), -1);
    CHECK_EQ(ad_pick(good, 2, .top_p = 1.5), -1);
    float far[] = {-1e30F, 3e38F, INFINITY};
    CHECK_EQ(ad_pick(far, 3), 2);
}

/* ---- series */

enum { LENGTH = 5 };

TEST(series_are_drawn_as_steps_are)
{
    made m;
    ad_decoder *d = decoder_new(&m, transformer_net, 1, STEPS);
    int32_t prompt[] = {1, 2, 3}, whole[LENGTH], steps[LENGTH], token;
    float logits[CLASSES];
    int64_t count = LENGTH;
    CHECK_OK(ad_generate(d, prompt, 3, whole, &count, .seed = 5, .number = 2, .top_k = 6));
    CHECK_EQ(count, LENGTH);
    CHECK_EQ(ad_decoder_position(d), 3 + LENGTH - 1);
    CHECK_OK(ad_decoder_rewind(d, 0));
    for (int i = 0; i < 3; i++)
        CHECK_OK(ad_decoder_step(d, &prompt[i], logits));
    for (int i = 0; i < LENGTH; i++) {
        token = (int32_t)ad_pick(logits, CLASSES, .seed = 5, .number = 2 + i, .top_k = 6);
        steps[i] = token;
        CHECK_OK(ad_decoder_step(d, &token, logits));
    }
    CHECK(memcmp(whole, steps, sizeof whole) == 0);
    CHECK_OK(ad_decoder_rewind(d, 0)); /* it ends where the third token says so, or before */
    count = LENGTH;
    CHECK_OK(ad_generate(d, prompt, 3, steps, &count, .seed = 5, .number = 2, .top_k = 6,
                         .end = whole[2]));
    CHECK(count <= 2 && memcmp(whole, steps, (size_t)count * sizeof *whole) == 0);
    decoder_done(d, &m);
}

/* log of the chance of each token of a series behind the prompt, by a decoder of one row */
static double log_chance(ad_decoder *d, int32_t prompt, const int32_t *list, int length)
{
    float logits[CLASSES];
    double all = 0;
    CHECK_OK(ad_decoder_rewind(d, 0));
    CHECK_OK(ad_decoder_step(d, &prompt, logits));
    for (int i = 0; i < length; i++) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++)
            sum += exp((double)logits[k]);
        all += (double)logits[list[i]] - log(sum);
        if (i + 1 < length)
            CHECK_OK(ad_decoder_step(d, &list[i], logits));
    }
    return all;
}

enum { END = 4 };

/* The best of all series of 3 tokens, or fewer that end. */
static double best_of_all(ad_decoder *d, double penalty, int32_t *best, int64_t *count)
{
    double most = -INFINITY;
    for (int i = 0; i < CLASSES * CLASSES * CLASSES; i++) {
        int32_t list[] = {i / CLASSES / CLASSES, i / CLASSES % CLASSES, i % CLASSES};
        int length = list[0] == END ? 1 : list[1] == END ? 2 : 3;
        double x = log_chance(d, 2, list, length) / pow(length, penalty);
        if (x > most) {
            most = x;
            *count = list[length - 1] == END ? length - 1 : length;
            memcpy(best, list, 3 * sizeof *best);
        }
    }
    return most;
}

TEST(enough_beams_find_the_best_of_all)
{
    const double penalties[] = {0, 1, 3};
    for (int i = 0; i < 3; i++) {
        made m, many;
        ad_decoder *one = decoder_new(&m, alibi_net, 1, STEPS);
        int32_t best[3], found[3];
        int64_t count = 0, length = 3;
        best_of_all(one, penalties[i], best, &count);
        decoder_done(one, &m);
        ad_decoder *d = decoder_new(&many, alibi_net, CLASSES * CLASSES, STEPS);
        CHECK_OK(ad_generate(d, &(int32_t){2}, 1, found, &length, .beam = true, .end = END,
                             .length_penalty = penalties[i]));
        CHECK_EQ(length, count);
        CHECK(memcmp(best, found, (size_t)count * sizeof *best) == 0);
        decoder_done(d, &many);
    }
}

TEST(one_beam_is_greedy)
{
    made m;
    ad_decoder *d = decoder_new(&m, pairs_net, 1, STEPS);
    int32_t a[20], b[20];
    int64_t count[] = {20, 20};
    CHECK_OK(ad_generate(d, &(int32_t){2}, 1, a, &count[0], .beam = true));
    CHECK_OK(ad_decoder_rewind(d, 0));
    CHECK_OK(ad_generate(d, &(int32_t){2}, 1, b, &count[1], .temperature = 0));
    CHECK(count[0] == 20 && count[1] == 20 && memcmp(a, b, sizeof a) == 0);
    decoder_done(d, &m);
}

TEST_MAIN
