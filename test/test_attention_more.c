/* Attention with groups, windows, places and added scores against torch 2.15
 * (script/sequence-goldens), and its properties: what is out of sight changes no bit. */
#include "formula.h"

static const char path[] = ADZE_TEST_DIR "/golden_sequence/attention.txt";

#define CASE(name, ...)                  \
    static ad_tensor *name(ad_tensor *x) \
    {                                    \
        __VA_ARGS__                      \
    }

static ad_tensor *fed(ad_tensor *x, const char *name, ad_shape shape)
{
    return (ad_feed)(graph, name, ad_tensor_type(x), shape);
}

CASE(grouped, return ad_grouped_attention(x, .heads = 4, .kv_heads = 2);)
CASE(multi_query, return ad_grouped_attention(x, .heads = 4, .kv_heads = 1, .causal = true);)
CASE(window,
     return ad_grouped_attention(x, .heads = 4, .kv_heads = 2, .causal = true, .window = 2);)
CASE(window_both, return ad_grouped_attention(x, .heads = 4, .kv_heads = 2, .window = 2);)
CASE(alibi,
     return ad_grouped_attention(x, .heads = 4, .kv_heads = 2, .causal = true, .alibi = true);)
CASE(alibi_both, return ad_grouped_attention(x, .heads = 6, .alibi = true);)
CASE(halves,
     return ad_grouped_attention(x, .heads = 2, .causal = true, .rotary = AD_ROTARY_HALVES);)
CASE(pairs, return ad_grouped_attention(x, .heads = 2, .kv_heads = 1, .rotary = AD_ROTARY_PAIRS,
                                        .theta = 100);)
CASE(cross, return ad_grouped_attention(x, .heads = 4, .kv_heads = 2,
                                        .to = fed(x, "to", AD_SHAPE(2, 6, 3)));)
CASE(score, return ad_grouped_attention(x, .heads = 4, .kv_heads = 2,
                                        .score = fed(x, "score", AD_SHAPE(4, 5, 5)));)
CASE(mask_score, bool seen[25];
     for (int i = 0; i < 25; i++) seen[i] = (i / 5 + 2 * (i % 5)) % 3 != 0;
     ad_tensor *mask =
         ad_constant(graph, (ad_array){.type = AD_BOOL, .data = seen, .shape = AD_SHAPE(5, 5)});
     return ad_grouped_attention(x, .heads = 4, .kv_heads = 2, .mask = mask,
                                 .score = fed(x, "score", AD_SHAPE(5, 5)));)
CASE(additive, return ad_additive_attention(x, .width = 5, .to = fed(x, "to", AD_SHAPE(2, 6, 3)));)
CASE(llama, return ad_llama(x, .heads = 4, .kv_heads = 2, .width = 12, .theta = 500);)

#define ROW(name)   \
    {               \
#name, name \
    }
static const formula_row rows[] = {
    ROW(grouped),    ROW(multi_query), ROW(window), ROW(window_both), ROW(alibi),
    ROW(alibi_both), ROW(halves),      ROW(pairs),  ROW(cross),       ROW(score),
    ROW(mask_score), ROW(additive),    ROW(llama)};
enum { ROWS = sizeof rows / sizeof *rows };

TEST(values_and_gradients_are_torchs)
{
    formula_rows(path, rows, ROWS, false);
}

TEST(second_derivatives_are_differences)
{
    formula_rows(path, rows, ROWS, true);
}

/* ---- what is out of sight */

enum { BATCH = 2, TIME = 6, FEATURES = 8, COUNT = BATCH * TIME * FEATURES };

typedef ad_tensor *layer(ad_tensor *x, ad_tensor *length);

static ad_tensor *of_groups(ad_tensor *x, ad_tensor *length)
{
    return ad_grouped_attention(x, .heads = 4, .kv_heads = 2, .causal = true, .window = 3,
                                .rotary = AD_ROTARY_HALVES, .length = length);
}

static ad_tensor *of_costs(ad_tensor *x, ad_tensor *length)
{
    return ad_grouped_attention(x, .heads = 4, .kv_heads = 2, .causal = true, .window = 3,
                                .alibi = true, .length = length);
}

static ad_tensor *of_blocks(ad_tensor *x, ad_tensor *length)
{
    return ad_llama(x, .heads = 4, .kv_heads = 1, .window = 3, .length = length);
}

static ad_tensor *to_others(ad_tensor *x, ad_tensor *length)
{
    return ad_grouped_attention(ad_slice(x, 1, 0, 3, 1), .heads = 4, .to = x, .to_length = length);
}

static ad_tensor *of_a_net(ad_tensor *x, ad_tensor *length)
{
    return ad_additive_attention(ad_slice(x, 1, 0, 3, 1), .width = 5, .to = x, .to_length = length);
}

static int64_t run(layer *f, const float *numbers, bool cut, float *y)
{
    int32_t steps[] = {TIME, 3};
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(BATCH, TIME, FEATURES));
    ad_tensor *length = ad_feed(graph, "length", AD_I32, AD_SHAPE(BATCH));
    ad_tensor *out = f(x, cut ? length : NULL);
    state = ad_state_new(graph, 5);
    ad_program *p = ad_compile(state, .fetch = {out}, .feed = {x, length});
    ad_array feeds[] = {ad_f32(numbers, AD_SHAPE(BATCH, TIME, FEATURES)),
                        ad_i32(steps, AD_SHAPE(BATCH))};
    ad_array to = {.data = NULL};
    CHECK_OK(p ? ad_run(p, feeds, &to) : ad_error_status());
    int64_t count = to.data ? formula_count(to.shape) : 0;
    if (to.data)
        memcpy(y, to.data, (size_t)count * sizeof *y);
    ad_program_free(p);
    end();
    return count;
}

TEST(padding_changes_no_bit)
{
    layer *const list[] = {of_groups, of_costs, of_blocks, to_others, of_a_net};
    for (size_t k = 0; k < sizeof list / sizeof *list; k++) {
        float x[2][COUNT], y[2][COUNT];
        for (int i = 0; i < COUNT; i++) {
            x[0][i] = x[1][i] = (float)formula(1, i);
            if (i >= (TIME + 3) * FEATURES)
                x[1][i] = NAN;
        }
        int64_t count = run(list[k], x[0], true, y[0]);
        CHECK(count > 0 && run(list[k], x[1], true, y[1]) == count);
        CHECK(memcmp(y[0], y[1], (size_t)count * sizeof **y) == 0);
        for (int i = (TIME + 3) * FEATURES; count == COUNT && i < COUNT; i++)
            CHECK(y[0][i] == 0);
    }
}

TEST(a_step_is_seen_in_its_window_alone)
{
    layer *const list[] = {of_groups, of_costs, of_blocks};
    for (size_t k = 0; k < sizeof list / sizeof *list; k++) {
        float x[COUNT], y[2][COUNT];
        for (int i = 0; i < COUNT; i++)
            x[i] = (float)formula(1, i);
        run(list[k], x, false, y[0]);
        for (int i = 0; i < FEATURES; i++)
            x[FEATURES + i] += 3; /* step 1 of the first example: steps 1 to 3 see it */
        run(list[k], x, false, y[1]);
        for (int b = 0; b < BATCH; b++)
            for (int t = 0; t < TIME; t++) {
                size_t at = (size_t)(b * TIME + t) * FEATURES;
                bool same = memcmp(y[0] + at, y[1] + at, FEATURES * sizeof **y) == 0;
                CHECK(same == (b > 0 || t < 1 || t > 3));
            }
    }
}

TEST(a_query_that_may_look_nowhere_gives_what_zeros_give)
{
    begin();
    bool none[TIME] = {false};
    ad_tensor *x = ad_full(graph, AD_F32, AD_SHAPE(BATCH, TIME, FEATURES), 1);
    ad_tensor *mask =
        ad_constant(graph, (ad_array){.type = AD_BOOL, .data = none, .shape = AD_SHAPE(TIME, 1)});
    ad_tensor *y[] = {
        ad_grouped_attention(x, .heads = 2, .mask = mask, .bias = false),
        ad_grouped_attention(x, .heads = 2, .mask = mask, .bias = false, .alibi = true)};
    state = ad_state_new(graph, 1);
    for (int k = 0; k < 2; k++) {
        ad_array a;
        CHECK_OK(ad_value(state, y[k], NULL, 0, &a));
        for (int i = 0; i < COUNT; i++)
            CHECK(ad_array_item(&a, i) == 0);
    }
    end();
}

/* ---- many steps, for which there is a kernel without the matrix of scores */

enum { MANY = 150, MANY_COUNT = MANY * FEATURES };

static ad_tensor *of_many(ad_tensor *x, bool with_scores)
{
    ad_tensor *zero = ad_full(graph, AD_F32, AD_SHAPE(1, 1), 0);
    return ad_grouped_attention(x, .heads = 4, .kv_heads = 2, .causal = true, .window = 90,
                                .rotary = AD_ROTARY_PAIRS, .score = with_scores ? zero : NULL);
}

static void run_many(bool with_scores, float *y, float *slope)
{
    static float numbers[MANY_COUNT];
    for (int i = 0; i < MANY_COUNT; i++)
        numbers[i] = 2 * (float)formula(3, i);
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, MANY, FEATURES)), *d;
    ad_tensor *out = of_many(x, with_scores);
    ad_gradient(ad_sum(ad_square(out), AD_ALL), &x, 1, &d);
    state = ad_state_new(graph, 5);
    ad_program *p = ad_compile(state, .fetch = {out, d}, .feed = {x});
    ad_array in = ad_f32(numbers, AD_SHAPE(1, MANY, FEATURES)),
             to[] = {ad_f32(y, AD_SHAPE(1, MANY, FEATURES)),
                     ad_f32(slope, AD_SHAPE(1, MANY, FEATURES))};
    CHECK_OK(p ? ad_run(p, &in, to) : ad_error_status());
    ad_program_free(p);
    end();
}

TEST(many_steps_are_as_their_scores_say)
{
    static float y[2][MANY_COUNT], slope[2][MANY_COUNT];
    for (int k = 0; k < 2; k++)
        run_many(k, y[k], slope[k]);
    for (int i = 0; i < MANY_COUNT; i++) {
        CHECK_CLOSE(y[0][i], y[1][i], MANY * FLT_EPSILON);
        CHECK_CLOSE(slope[0][i], slope[1][i], 8 * MANY * FLT_EPSILON);
    }
}

/* ---- mistakes */

TEST(mistakes_are_told)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(BATCH, TIME, FEATURES));
    ad_tensor *flat = ad_feed(graph, "flat", AD_F32, AD_SHAPE(BATCH, FEATURES));
    ad_tensor *six = ad_feed(graph, "six", AD_F32, AD_SHAPE(BATCH, TIME, 6));
    ad_tensor *wide = ad_feed(graph, "wide", AD_F64, AD_SHAPE(BATCH, TIME, FEATURES));
    struct {
        const char *words;
        ad_tensor *y;
    } list[] = {
        {"(batch, time, features)", ad_grouped_attention(flat, .heads = 2)},
        {".heads is 0", ad_grouped_attention(x)},
        {".heads is 3", ad_grouped_attention(x, .heads = 3)},
        {".kv_heads 3", ad_grouped_attention(x, .heads = 4, .kv_heads = 3)},
        {".kv_heads 0", ad_grouped_attention(x, .heads = 4, .kv_heads = 0)},
        {".window", ad_grouped_attention(x, .heads = 4, .window = -1)},
        {"even", ad_grouped_attention(six, .heads = 2, .rotary = AD_ROTARY_HALVES)},
        {".theta", ad_grouped_attention(x, .heads = 2, .rotary = AD_ROTARY_HALVES, .theta = 0)},
        {"attended to is f64", ad_grouped_attention(x, .heads = 2, .to = wide)},
        {".length", ad_grouped_attention(x, .heads = 2, .length = flat)},
        {"bool", ad_grouped_attention(x, .heads = 2, .mask = flat)},
        {"f64", ad_grouped_attention(x, .heads = 2, .score = ad_number(graph, AD_F64, 1))},
        {".heads is 3", ad_llama(x, .heads = 3)},
        {".width", ad_llama(x, .heads = 2, .width = 0)},
        {".epsilon", ad_llama(x, .heads = 2, .epsilon = -1)},
        {".width is 0", ad_additive_attention(x)},
        {"(batch, time, features)", ad_additive_attention(x, .width = 4, .to = flat)},
        {"ad_rotary", ad_rotary(x, 10000, false)},
        {"even", ad_rotary(ad_reshape(x, AD_SHAPE(BATCH, TIME, FEATURES, 1)), 10000, false)},
        {"above 0", ad_rotary(ad_reshape(x, AD_SHAPE(BATCH, TIME, 2, 4)), 0, true)},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        CHECK_CONTAINS(ad_tensor_error(list[i].y), list[i].words);
    end();
}

TEST_MAIN
