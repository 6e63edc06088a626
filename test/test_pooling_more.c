/* Pooling beyond the core against torch 2.15: script/layer-goldens-windows made
 * golden_windows/pooling.txt. */
#include "window_golden.h"

typedef ad_tensor *pool_call(ad_tensor *, const ad_window_nd_options *);

static ad_tensor *indices; /* of the layer that was made last, or NULL */

static void set_option(ad_window_nd_options *o, ad_shape *places, const char *name, char *value)
{
    const struct {
        const char *name;
        ad_shape *shape;
    } shapes[] = {{"window", &o->window},   {"stride", &o->stride},
                  {"padding", &o->padding}, {"dilation", &o->dilation},
                  {"places", places},       {"padding_after", &o->padding_after}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(name, shapes[i].name) == 0)
            *shapes[i].shape = golden_shape(value);
    if (strcmp(name, "ceil") == 0)
        o->ceil = *value == '1';
    else if (strcmp(name, "count_padding") == 0)
        o->count_padding = *value == '1';
    else if (strcmp(name, "divisor") == 0)
        o->divisor = strtol(value, NULL, 10);
    else if (strcmp(name, "p") == 0)
        o->p = strtod(value, NULL);
}

static ad_tensor *unpooled(ad_tensor *x, ad_window_nd_options *o, ad_shape places)
{
    ad_tensor *index;
    o->index = &index;
    ad_tensor *y = (ad_max_pool_nd)(x, o);
    return ad_max_unpool(ad_square(y), index, places);
}

static ad_tensor *pooled(const golden *g, ad_tensor *x)
{
    char words[160], *rest;
    ad_shape places = {0};
    ad_window_nd_options o = AD_OPTIONS(ad_window_nd_options);
    snprintf(words, sizeof words, "%s", g->words);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value++ = 0;
        set_option(&o, &places, word, value);
    }
    indices = NULL;
    if (strcmp(g->name, "adaptive_max_pool") == 0)
        return ad_adaptive_max_pool(x, places, &indices);
    if (strcmp(g->name, "adaptive_average_pool") == 0)
        return ad_adaptive_average_pool(x, places);
    if (strcmp(g->name, "average_pool_nd") == 0)
        return (ad_average_pool_nd)(x, &o);
    if (strcmp(g->name, "lp_pool") == 0)
        return (ad_lp_pool)(x, &o);
    if (strcmp(g->name, "max_unpool") == 0)
        return unpooled(x, &o, places);
    o.index = &indices;
    return (ad_max_pool_nd)(x, &o);
}

static bool always(const golden *g)
{
    (void)g;
    return true;
}

TEST(values_and_slopes_are_torch_s)
{
    CHECK_EQ(golden_all(ADZE_TEST_DIR "/golden_windows/pooling.txt", pooled, always), 190);
}

static void check_indices(const golden *g, bool naive)
{
    begin();
    ad_tensor *x = golden_variable(&g->in[0], "x", AD_F32);
    pooled(g, x);
    state = ad_state_new(graph, 1);
    ad_program *p = state ? ad_compile(state, .fetch = {indices}, .naive = naive) : NULL;
    ad_array out = {0};
    if (p && ad_run(p, NULL, &out) == AD_OK)
        golden_compare(g, &out, g->index, g->out.count, 0, " index");
    else
        TEST_FAILED("%s%s: %s", g->name, g->words, ad_error());
    CHECK(ad_tensor_type(indices) == AD_I64);
    ad_program_free(p);
    end();
}

TEST(indices_are_torch_s)
{
    static golden g;
    FILE *file = fopen(ADZE_TEST_DIR "/golden_windows/pooling.txt", "r");
    REQUIRE(file);
    while (golden_read(file, &g))
        if (g.indexed) {
            check_indices(&g, false);
            check_indices(&g, true);
        }
    fclose(file);
}

/* ---------------------------------------------------------------- ends */

/* One series of one channel. */
static ad_tensor *series(int count, const double *value)
{
    return ad_constant(graph, ad_f64(value, AD_SHAPE(1, count, 1)));
}
#define SERIES(...) \
    series((int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]){__VA_ARGS__})

static void gives(ad_tensor *y, int count, const double *right)
{
    ad_array value;
    state = ad_state_new(graph, 1);
    if (!state || ad_value(state, y, NULL, 0, &value) != AD_OK) {
        TEST_FAILED("%s", ad_error());
    } else {
        CHECK_EQ(ad_array_count(&value), count);
        for (int i = 0; i < count; i++)
            if (!test_close(ad_array_item(&value, i), right[i], 1e-14) &&
                !(isnan(right[i]) && isnan(ad_array_item(&value, i))) &&
                ad_array_item(&value, i) != right[i])
                TEST_FAILED("%d is %g, not %g", i, ad_array_item(&value, i), right[i]);
    }
    ad_state_free(state);
    state = NULL;
}
#define GIVES(y, ...) \
    gives(y, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]){__VA_ARGS__})

/* 1 to 4, window 3, stride 2: what PyTorch, Keras' two backends and flax call "same" are different
 * options here. */
TEST(same_is_said_by_the_padding)
{
    begin();
    ad_tensor *x = SERIES(1, 2, 3, 4);
#define STRIDE2 .window = AD_SHAPE(3), .stride = AD_SHAPE(2)
    GIVES(
        ad_average_pool_nd(x, STRIDE2, .padding = AD_SHAPE(1), .ceil = true, .count_padding = true),
        1, 3, 2);
    GIVES(ad_average_pool_nd(x, STRIDE2, .padding = AD_SHAPE(0), .padding_after = AD_SHAPE(1)), 2,
          3.5);
    GIVES(ad_average_pool_nd(x, STRIDE2, .padding = AD_SHAPE(0), .padding_after = AD_SHAPE(1),
                             .count_padding = true),
          2, 7. / 3);
    GIVES(ad_average_pool_nd(x, STRIDE2, .padding = AD_SHAPE(1)), 1.5, 3);
    GIVES(ad_max_pool_nd(x, STRIDE2, .padding = AD_SHAPE(0), .padding_after = AD_SHAPE(1)), 3, 4);
    GIVES(ad_average_pool_nd(x, .window = AD_SHAPE(2), .divisor = 4), 0.75, 1.75);
    end();
}

static const double inf = (double)INFINITY, none = (double)NAN;

TEST(numbers_that_are_none_stay_where_they_are)
{
    begin();
    ad_tensor *x = SERIES(1, none, 3, -inf, -inf, -inf, inf), *index;
    GIVES(ad_adaptive_average_pool(x, AD_SHAPE(4)), none, none, -inf, none);
    GIVES(ad_adaptive_average_pool(SERIES(1, 2, none, 4, 5), AD_SHAPE(3)), 1.5, none, 4.5);
    GIVES(ad_adaptive_max_pool(x, AD_SHAPE(4), NULL), none, none, -inf, inf);
#define APART .window = AD_SHAPE(2), .stride = AD_SHAPE(1), .dilation = AD_SHAPE(2)
    GIVES(ad_max_pool_nd(x, APART, .padding = AD_SHAPE(1), .index = &index), none, 3, none, 3, -inf,
          inf, -inf);
    GIVES(index, 1, 2, 1, 2, 3, 6, 5);
    ad_max_pool_nd(SERIES(none, 1, none), .window = AD_SHAPE(3), .index = &index);
    GIVES(index, 0); /* PyTorch: 2 */
    GIVES(ad_lp_pool(SERIES(0, 0, 3, -4), .window = AD_SHAPE(2)), 0, 5);
    GIVES(ad_lp_pool(SERIES(-1, -1), .window = AD_SHAPE(2), .p = 3), none);
    end();
}

/* Of equals the first gets the gradient, whichever way it is computed; at 0 a root has none. */
TEST(gradients_at_ties)
{
    begin();
    ad_tensor *x = SERIES(1, 2, 2, 2, 1), *slope;
    ad_gradient(ad_max_pool_nd(x, .window = AD_SHAPE(5)), &x, 1, &slope);
    GIVES(slope, 0, 1, 0, 0, 0);
    ad_gradient(ad_max_pool_nd(x, .window = AD_SHAPE(2), .dilation = AD_SHAPE(2)), &x, 1, &slope);
    GIVES(slope, 0, 0, 2, 0, 0);
    ad_gradient(ad_adaptive_max_pool(x, AD_SHAPE(2), NULL), &x, 1, &slope);
    GIVES(slope, 0, 1, 1, 0, 0);
    ad_tensor *zeros = SERIES(0, 0);
    ad_gradient(ad_lp_pool(zeros, .window = AD_SHAPE(2)), &zeros, 1, &slope);
    GIVES(slope, 0, 0);
    end();
}

TEST(places_that_are_named_twice)
{
    static const int64_t twice[] = {1, 1, 3}, outside[] = {0, 1, 5};
    begin();
    ad_tensor *x = SERIES(2, 4, 5), *slope;
    ad_tensor *y =
        ad_max_unpool(x, ad_constant(graph, ad_i64(twice, AD_SHAPE(1, 3, 1))), AD_SHAPE(5));
    GIVES(y, 0, 4, 0, 5, 0);
    ad_gradient(ad_square(y), &x, 1, &slope);
    GIVES(slope, 0, 8, 10);
    ad_tensor *wrong =
        ad_max_unpool(x, ad_constant(graph, ad_i64(outside, AD_SHAPE(1, 3, 1))), AD_SHAPE(5));
    state = ad_state_new(graph, 1);
    ad_array value;
    CHECK(ad_value(state, wrong, NULL, 0, &value) != AD_OK);
    CHECK_CONTAINS(ad_error(), "5");
    end();
}

/* Sizes that a run decides, and no example at all. */
TEST(open_sizes_and_empty_batches)
{
    static float x[2 * 6 * 4 * 3];
    begin();
    ad_dim n = ad_open(graph, "n"), h = ad_open(graph, "h");
    ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(n, h, 4, 3)), *index;
    ad_tensor *fixed = ad_feed(graph, "z", AD_F32, AD_SHAPE(n, 6, 4, 3));
    ad_tensor *mean = ad_average_pool_nd(in, .window = AD_SHAPE(2), .padding = AD_SHAPE(1));
    ad_tensor *most = ad_max_pool_nd(fixed, .window = AD_SHAPE(3), .ceil = true, .index = &index);
    ad_tensor *back = ad_max_unpool(most, index, AD_SHAPE(6, 4));
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {mean, most, back}, .feed = {in, fixed});
    REQUIRE(p);
    for (int batch = 0; batch < 3; batch++) {
        ad_array out[3] = {{0}}, feed = ad_f32(x, AD_SHAPE(batch, 6, 4, 3)), feeds[] = {feed, feed};
        CHECK_OK(ad_run(p, feeds, out));
        CHECK_EQ(ad_array_count(&out[0]), batch * 4 * 3 * 3);
        CHECK_EQ(ad_array_count(&out[1]), batch * 2 * 2 * 3);
        CHECK_EQ(ad_array_count(&out[2]), batch * 6 * 4 * 3);
    }
    ad_program_free(p);
    end();
}

/* ---------------------------------------------------------------- mistakes */

static void refuses(ad_tensor *y, const char *words)
{
    CHECK_CONTAINS(ad_tensor_error(y), words);
    end();
    begin();
}

TEST(mistakes_are_named)
{
#define X(...) ad_full(graph, AD_F32, AD_SHAPE(__VA_ARGS__), 1)
#define W(...) .window = AD_SHAPE(__VA_ARGS__)
    begin();
    ad_dim open = ad_open(graph, "t");
    refuses(ad_max_pool_nd(X(2, open, 3), W(2), .ceil = true), "sizes have to be numbers");
    ad_tensor *index;
    refuses(ad_max_pool_nd(X(2, 5, 3), .index = &index), ".window: give one number or 1");
    refuses(ad_max_pool_nd(X(2, 5, 3), W(6)), "a window does not fit");
    refuses(ad_max_pool_nd(X(2, 0, 3), W(1)), "a window does not fit");
    refuses(ad_max_pool_nd(X(2, 5, 3), W(3), .padding = AD_SHAPE(2)), "more than half");
    refuses(ad_max_pool_nd(X(2, 5, 3), W(3), .divisor = 2), ".divisor for means");
    refuses(ad_max_pool_nd(X(2, 5, 3), W(3), .groups = 2), "are for convolution");
    refuses(ad_max_pool_nd(X(2, 3), W(3)), "it has to be (batch");
    refuses(ad_average_pool_nd(X(2, 5, 3), W(3), .dilation = AD_SHAPE(2)), ".dilation and .index");
    refuses(ad_average_pool_nd(X(2, 5, 3), W(3), .divisor = -1), "for means");
    refuses(ad_lp_pool(X(2, 5, 3), W(3), .p = 0), ".p is above 0");
    refuses(ad_lp_pool(X(2, 5, 3), W(3), .padding = AD_SHAPE(1)), "no .padding");
    refuses(ad_adaptive_max_pool(X(2, 5, 3), AD_SHAPE(0), &index), "places");
    refuses(ad_adaptive_average_pool(X(2, 5, 4, 3), AD_SHAPE(1, 2, 3)), "as many as x has axes");
    refuses(ad_adaptive_average_pool(ad_full(graph, AD_I32, AD_SHAPE(1, 2, 2), 1), AD_SHAPE(1)),
            "ad_cast");
    refuses(ad_max_unpool(X(2, 5, 3), X(2, 5, 3), AD_SHAPE(9)), "the index has to be i64");
    end();
}

TEST_MAIN
