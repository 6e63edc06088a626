/* Layers over time: values and gradients beside PyTorch's (test/golden/over_time.py), gradients
 * against differences, and what is behind the end of an example, which has no say in any bit. */
#include "test.h"

#include "example/common.h"
#include "one_graph.h"

enum { BATCH = 3, TIME = 6, IN = 4, WIDTH = 4, KEYS = 5 };

static const int32_t lengths[BATCH] = {6, 2, 3};
static const int32_t to_lengths[BATCH] = {4, 5, 1};
static example golden = {.tolerance = 1e-9};

static ad_tensor *make_x(void)
{
    ad_array a = array_new(AD_F64, AD_SHAPE(BATCH, TIME, IN));
    array_noise(&a, "x", 1, 0);
    ad_tensor *x = ad_constant(graph, a);
    array_free(&a);
    return x;
}

static ad_tensor *make_length(void)
{
    return ad_constant(graph, ad_i32(lengths, AD_SHAPE(BATCH)));
}

/* What is attended to, and its lengths. */
static ad_tensor *make_to(void)
{
    ad_array a = array_new(AD_F64, AD_SHAPE(BATCH, KEYS, IN));
    array_noise(&a, "to", 1, 0);
    ad_tensor *to = ad_constant(graph, a);
    array_free(&a);
    return to;
}

static ad_tensor *make_to_length(void)
{
    return ad_constant(graph, ad_i32(to_lengths, AD_SHAPE(BATCH)));
}

static void value(ad_tensor *t, ad_array *a)
{
    *a = (ad_array){0};
    if (ad_value(state, t, NULL, 0, a) != AD_OK)
        TEST_FAILED("no value: %s", ad_error());
}

static void begin_golden(void)
{
    begin();
    if (!golden.golden)
        CHECK(golden_read(&golden, ADZE_TEST_DIR "/golden/over_time.txt"));
}

static void start_state(void)
{
    state = ad_state_new(graph, 1);
    CHECK(state && set_weights(state, graph));
}

static void beside(const char *name, ad_tensor *t)
{
    ad_array a;
    int wrong = golden.wrong;
    value(t, &a);
    compare(&golden, name, a);
    if (golden.wrong != wrong)
        TEST_FAILED("%s is not PyTorch's", name);
}

/* y, and the gradient of every weight by the sum of y dy. */
static void with_gradients(const char *name, ad_tensor *y)
{
    char path[80];
    ad_tensor *v[64], *d[64];
    int count = ad_variable_count(graph);
    ad_array a = array_new(AD_F64, ad_tensor_shape(y));
    array_noise(&a, "dy", 1, 0);
    for (int i = 0; i < count; i++)
        v[i] = ad_variable_at(graph, i);
    ad_gradient(ad_sum(ad_mul(y, ad_constant(graph, a)), AD_ALL), v, count, d);
    array_free(&a);
    start_state();
    snprintf(path, sizeof path, "%s/y", name);
    beside(path, y);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", name, ad_tensor_name(v[i]));
        beside(path, d[i]);
    }
}

TEST(recurrent_layers_are_pytorchs)
{
    ad_tensor *last;
    begin_golden();
    with_gradients("rnn", ad_rnn(make_x(), .width = WIDTH, .layers = 2, .length = make_length(),
                                 .last = &last, .name = "rnn"));
    beside("rnn/last", last);
    end();
    begin();
    with_gradients("gru", ad_gru(make_x(), .width = WIDTH, .layers = 2, .length = make_length(),
                                 .last = &last, .name = "gru"));
    beside("gru/last", last);
    end();
    begin();
    with_gradients("lstm", ad_lstm(make_x(), .width = WIDTH, .layers = 2, .both = true,
                                   .length = make_length(), .last = &last, .name = "lstm"));
    beside("lstm/last", last);
    end();
}

TEST(transformers_are_pytorchs)
{
    begin_golden();
    with_gradients("before", ad_transformer(make_x(), .heads = 2, .width = 5,
                                            .length = make_length(), .name = "before"));
    end();
    begin();
    with_gradients("behind", ad_transformer(make_x(), .heads = 2, .width = 5,
                                            .length = make_length(), .causal = true,
                                            .norm_after = true, .relu = true, .name = "behind"));
    end();
}

TEST(attention_to_another_series_is_pytorchs)
{
    begin_golden();
    with_gradients("across",
                   ad_self_attention(make_x(), .heads = 2, .length = make_length(), .to = make_to(),
                                     .to_length = make_to_length(), .name = "across"));
    end();
}

TEST(blocks_of_a_decoder_are_pytorchs)
{
    begin_golden();
    with_gradients("writer",
                   ad_transformer(make_x(), .heads = 2, .width = 5, .length = make_length(),
                                  .to = make_to(), .to_length = make_to_length(), .causal = true,
                                  .name = "writer"));
    end();
    begin();
    with_gradients("writer_behind",
                   ad_transformer(make_x(), .heads = 2, .width = 5, .length = make_length(),
                                  .to = make_to(), .to_length = make_to_length(), .causal = true,
                                  .norm_after = true, .relu = true, .name = "writer_behind"));
    end();
}

TEST(a_layer_begins_with_the_last_state_of_another)
{
    ad_tensor *h, *c;
    begin_golden();
    ad_lstm(make_to(), .width = WIDTH, .both = true, .length = make_to_length(), .last = &h,
            .last_cell = &c, .name = "first");
    with_gradients("begun", ad_lstm(make_x(), .width = 2 * WIDTH, .length = make_length(),
                                    .initial = h, .initial_cell = c, .name = "then"));
    end();
}

/* What stands behind the end of the keys has no say in any bit, not even as a NaN. */
TEST(keys_behind_the_end_have_no_say)
{
    ad_array to = array_new(AD_F64, AD_SHAPE(BATCH, KEYS, IN)), y[2];
    array_noise(&to, "to", 1, 0);
    for (int turn = 0; turn < 2; turn++) {
        begin();
        for (int64_t i = 0; i < BATCH; i++)
            for (int64_t k = to_lengths[i] * IN; turn && k < KEYS * IN; k++)
                ((double *)to.data)[i * KEYS * IN + k] = k % 3 ? 1e300 : (double)NAN;
        ad_tensor *t = ad_transformer(make_x(), .heads = 2, .to = ad_constant(graph, to),
                                      .to_length = make_to_length());
        start_state();
        ad_array a;
        value(t, &a);
        y[turn] = array_new(a.type, a.shape);
        memcpy(y[turn].data, a.data, ad_array_bytes(&a));
        end();
    }
    CHECK(memcmp(y[0].data, y[1].data, ad_array_bytes(&y[0])) == 0);
    array_free(&to);
    array_free(&y[0]);
    array_free(&y[1]);
}

TEST(what_is_attended_to_has_to_fit)
{
    begin();
    ad_tensor *x = make_x();
    ad_tensor *narrow = ad_full(graph, AD_F64, AD_SHAPE(BATCH, KEYS, IN - 1), 0);
    ad_tensor *y = ad_self_attention(x, .heads = 2, .to = narrow);
    CHECK(ad_tensor_error(y) && strstr(ad_tensor_error(y), ".to is (3, 5, 3)"));
    y = ad_transformer(x, .heads = 2, .to = make_to(),
                       .to_length = ad_full(graph, AD_F32, AD_SHAPE(BATCH), 1));
    CHECK(ad_tensor_error(y) && strstr(ad_tensor_error(y), ".length is f32"));
    end();
}

TEST(others_are_pytorchs)
{
    begin_golden();
    ad_tensor *x = make_x(), *n = make_length();
    ad_tensor *y =
        ad_conv1d(x, .filters = 5, .kernel = 3, .dilation = 2, .causal = true, .name = "causal");
    start_state();
    beside("causal/y", y);
    beside("mean/y", ad_pool_time(x, .length = n));
    beside("max/y", ad_pool_time(x, .how = AD_OVER_MAX, .length = n));
    beside("last/y", ad_pool_time(x, .how = AD_OVER_LAST, .length = n));
    beside("waves/y", ad_positions(x, .waves = true));
    CHECK(golden.compared > 50);
    end();
}

/* ---- against differences */

static void against_differences(const char *what, ad_tensor *y)
{
    ad_tensor *v[64];
    double worst = 1;
    int count = ad_variable_count(graph);
    for (int i = 0; i < count; i++)
        v[i] = ad_variable_at(graph, i);
    start_state();
    CHECK(ad_check_gradients(state, ad_sum(ad_square(y), AD_ALL), v, count, NULL, 0, &worst) ==
          AD_OK);
    if (!(worst < 1e-6))
        TEST_FAILED("%s: the gradient is off by %g", what, worst);
}

TEST(gradients_are_those_of_differences)
{
    begin();
    against_differences("transformer", ad_transformer(make_x(), .heads = 2, .length = make_length(),
                                                      .norm_after = true));
    end();
    begin();
    against_differences(
        "gru", ad_gru(make_x(), .width = 3, .layers = 2, .both = true, .length = make_length()));
    end();
    for (int how = AD_OVER_MEAN; how <= AD_OVER_FIRST; how++) {
        begin();
        ad_tensor *x = ad_positions(make_x(), .count = 9, .name = "p");
        x = ad_conv1d(x, .filters = 3, .kernel = 3, .causal = true);
        against_differences("pool", ad_pool_time(x, .how = how, .length = make_length()));
        end();
    }
}

/* ---- behind the end */

enum { LONG = 90, SHORT = 7, MANY = 16 };

typedef ad_tensor *layer_rule(ad_tensor *x, ad_tensor *length);

static ad_tensor *both_ways(ad_tensor *x, ad_tensor *n)
{
    return ad_lstm(x, .width = 8, .layers = 2, .both = true, .length = n);
}

static ad_tensor *three_gates(ad_tensor *x, ad_tensor *n)
{
    return ad_gru(x, .width = 8, .length = n);
}

static ad_tensor *block(ad_tensor *x, ad_tensor *n)
{
    return ad_transformer(x, .heads = 4, .length = n);
}

static ad_tensor *causal_block(ad_tensor *x, ad_tensor *n)
{
    return ad_transformer(x, .heads = 4, .causal = true, .norm_after = true, .length = n);
}

static ad_tensor *mean(ad_tensor *x, ad_tensor *n)
{
    return ad_pool_time(x, .length = n);
}

static ad_tensor *most(ad_tensor *x, ad_tensor *n)
{
    return ad_pool_time(x, .how = AD_OVER_MAX, .length = n);
}

static ad_tensor * final(ad_tensor *x, ad_tensor *n)
{
    return ad_pool_time(x, .how = AD_OVER_LAST, .length = n);
}

/* Examples of time steps, of which the first has SHORT; behind its end stands `padding`.  The
 * values of the first. */
static void run_first(ad_program *p, int64_t count, int64_t time, float padding, float *to,
                      size_t size)
{
    float *x = malloc((size_t)(count * time * MANY) * sizeof *x);
    int32_t n[4] = {SHORT, (int32_t)time, (int32_t)time, 3};
    for (int64_t i = 0; i < count * time * MANY; i++) {
        bool past = i < time * MANY && i >= SHORT * MANY;
        x[i] = past ? padding
                    : (float)sin(0.37 * (double)(i % (time * MANY)) + (double)(i / (time * MANY)));
    }
    ad_array in[] = {ad_f32(x, AD_SHAPE(count, time, MANY)), ad_i32(n, AD_SHAPE(count))}, out = {0};
    if (ad_run(p, in, &out) != AD_OK)
        TEST_FAILED("%s", ad_error());
    else
        memcpy(to, out.data, size);
    free(x);
}

static void check_alone(const char *what, layer_rule *rule, bool training)
{
    begin();
    ad_dim batch = ad_open(graph, "batch"), time = ad_open(graph, "time");
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(batch, time, MANY));
    ad_tensor *n = ad_feed(graph, "n", AD_I32, AD_SHAPE(batch));
    ad_tensor *y = rule(x, n);
    ad_shape shape = ad_tensor_shape(y);
    size_t size =
        (size_t)shape.size[shape.rank - 1] * (shape.rank == 3 ? SHORT : 1) * sizeof(float);
    float alone[SHORT * 64], beside_long[SHORT * 64];
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y}, .feed = {x, n}, .training = training);
    REQUIRE(p && size <= sizeof alone);
    run_first(p, 1, SHORT, 0, alone, size);
    run_first(p, 4, LONG, NAN, beside_long, size);
    if (memcmp(alone, beside_long, size) != 0)
        TEST_FAILED("%s: an example beside longer ones is another%s", what,
                    training ? " in training" : "");
    ad_program_free(p);
    end();
}

TEST(what_is_behind_the_end_has_no_say)
{
    static const struct {
        const char *what;
        layer_rule *rule;
    } list[] = {{"lstm", both_ways},      {"gru", three_gates}, {"transformer", block},
                {"causal", causal_block}, {"mean", mean},       {"max", most},
                {"last", final}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        for (int training = 0; training < 2; training++)
            check_alone(list[i].what, list[i].rule, training);
}

/* Of no steps nothing is made: zeros. */
TEST(an_example_of_no_steps_gives_zeros)
{
    static const int32_t none[BATCH] = {0, 0, 0};
    ad_tensor *last;
    begin();
    ad_tensor *n = ad_constant(graph, ad_i32(none, AD_SHAPE(BATCH))), *x = make_x();
    ad_tensor *list[] = {ad_pool_time(x, .length = n),
                         ad_pool_time(x, .how = AD_OVER_MAX, .length = n),
                         ad_pool_time(x, .how = AD_OVER_LAST, .length = n),
                         ad_pool_time(x, .how = AD_OVER_FIRST, .length = n),
                         ad_transformer(x, .heads = 2, .length = n),
                         ad_lstm(x, .width = 3, .both = true, .length = n, .last = &last),
                         NULL};
    list[6] = last;
    state = ad_state_new(graph, 1);
    for (int i = 0; i < 7; i++) {
        ad_array a;
        value(list[i], &a);
        for (int64_t k = 0; k < ad_array_count(&a); k++)
            CHECK_EQ(ad_array_item(&a, k), 0);
    }
    end();
}

/* ---- refused */

static void refused(ad_tensor *t, const char *words)
{
    const char *error = ad_tensor_error(t);
    if (!error || !strstr(error, words))
        TEST_FAILED("%s, without \"%s\"", error ? error : "no error", words);
}

TEST(mistakes_have_words)
{
    begin();
    ad_tensor *x = make_x(), *flat = ad_reshape(x, AD_SHAPE(BATCH, TIME * IN));
    ad_tensor *open = ad_feed(graph, "o", AD_F64, AD_SHAPE(1, ad_open(graph, "t"), IN));
    ad_tensor *two = ad_full(graph, AD_F64, AD_SHAPE(BATCH, 2), 0);
    refused(ad_transformer(x, .heads = 3), ".heads is 3; it has to divide the 4 features");
    refused(ad_transformer(flat, .heads = 2), "has to be (batch, time, features)");
    refused(ad_transformer(x, .heads = 2, .width = 0), ".width is 0");
    refused(ad_transformer(x, .heads = 2, .normal = -1), ".normal is -1; it is a deviation");
    refused(ad_transformer(x, .heads = 2, .length = two), ".length is f64");
    refused(ad_positions(open), ".count says how many steps");
    refused(ad_pool_time(flat), "has to be (batch, time, features)");
    refused(ad_pool_time(x, .length = two), ".length is f64");
    refused(ad_rnn(x, .width = 2, .layers = 0), ".layers is 0; it is 1 to 64");
    refused(ad_rnn(x, .width = 2, .both = true, .reverse = true), "give one of them");
    refused(ad_gru(x, .width = 2, .both = true, .initial = two), "has to be (batch, width)");
    refused(ad_conv1d(x, .filters = 2, .kernel = 3, .causal = true, .padding = 1),
            ".causal is for ad_conv1d");
    refused(ad_linear(x, .out = 2, .normal = NAN), ".normal is nan");
    end();
}

TEST_MAIN
