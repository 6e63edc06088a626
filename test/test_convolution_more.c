/* Convolution layers beyond the core against torch 2.15: script/layer-goldens-windows made
 * golden_windows/convolution.txt. */
#include "window_golden.h"

static bool always(const golden *g)
{
    return strcmp(g->name, "mlp_conv") != 0; /* relu has kinks */
}

TEST(values_and_slopes_are_torch_s)
{
    CHECK_EQ(golden_all(ADZE_TEST_DIR "/golden_windows/convolution.txt", golden_layer, always), 44);
}

/* ---------------------------------------------------------------- beside the core */

/* With the core's options the same graph comes out: its ops and names. */
TEST(of_one_and_two_axes_it_is_the_core_s)
{
    char *text[2];
    for (int i = 0; i < 2; i++) {
        begin();
        ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(ad_open(graph, "n"), 9, 7, 4));
        if (i)
            ad_conv2d(x, .filters = 6, .kernel = 3, .kernel_w = 2, .stride = 2, .padding = 1,
                      .groups = 2, .name = "c");
        else
            ad_conv_nd(x, .filters = 6, .kernel = AD_SHAPE(3, 2), .stride = AD_SHAPE(2),
                       .padding = AD_SHAPE(1), .groups = 2, .name = "c");
        text[i] = strdup(ad_graph_text(graph));
        end();
    }
    CHECK_STREQ(text[0], text[1]);
    free(text[0]);
    free(text[1]);
}

static ad_shape shape_of(ad_tensor *y)
{
    if (ad_tensor_error(y))
        TEST_FAILED("%s", ad_tensor_error(y));
    return ad_tensor_shape(y);
}

/* Batch and places may be open; an empty batch gives an empty result. */
TEST(open_sizes_and_empty_batches)
{
    static float x[2 * 5 * 4 * 4 * 3];
    begin();
    ad_dim n = ad_open(graph, "n"), d = ad_open(graph, "d");
    ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(n, d, 4, 4, 3));
    ad_tensor *y = ad_conv_nd(in, .filters = 2, .kernel = AD_SHAPE(3), .padding = AD_SHAPE(1));
    y = ad_conv_transpose_nd(y, .filters = 3, .kernel = AD_SHAPE(2), .stride = AD_SHAPE(2));
    ad_tensor *slope;
    ad_gradient(ad_sum(ad_square(y), AD_ALL), &in, 1, &slope);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y, slope});
    REQUIRE(p);
    for (int batch = 0; batch < 3; batch++) {
        ad_array out[2] = {{0}}, feed = ad_f32(x, AD_SHAPE(batch, 5, 4, 4, 3));
        CHECK_OK(ad_run(p, &feed, out));
        CHECK_EQ(ad_array_count(&out[0]), batch * 10 * 8 * 8 * 3);
        CHECK_EQ(ad_array_count(&out[1]), batch * 5 * 4 * 4 * 3);
    }
    ad_program_free(p);
    end();
}

/* Keras' Conv1DTranspose gives n stride + max(kernel - stride, 0), 9 here. */
TEST(sizes_are_pytorch_s)
{
    begin();
    ad_tensor *x = ad_full(graph, AD_F32, AD_SHAPE(1, 3, 2), 1);
    ad_shape s = shape_of(
        ad_conv_transpose_nd(x, .filters = 1, .kernel = AD_SHAPE(2), .stride = AD_SHAPE(3)));
    CHECK_EQ(s.size[1], 8);
    /* of 6 places TensorFlow's "same" pads 0 and 1 here, PyTorch refuses it with a stride */
    ad_tensor *six = ad_full(graph, AD_F32, AD_SHAPE(1, 6, 2), 1);
    ad_tensor *y = ad_conv_nd(six, .filters = 1, .kernel = AD_SHAPE(3), .stride = AD_SHAPE(2),
                              .same = true, .bias = false, .name = "l");
    CHECK_EQ(shape_of(y).size[1], 3);
    state = ad_state_new(graph, 1);
    static const float ones[] = {1, 1, 1, 1, 1, 1};
    CHECK_OK(ad_set(state, ad_find(graph, "l.weight"), ad_f32(ones, AD_SHAPE(1, 2, 3))));
    ad_array value;
    CHECK_OK(ad_value(state, y, NULL, 0, &value));
    CHECK(ad_array_item(&value, 0) == 4 && ad_array_item(&value, 2) == 6); /* 6 and 4 there */
    end();
}

/* A transposed convolution whose filter is 1, 2, 3 gives it back, as in PyTorch and Keras; flax
 * turns it round. */
TEST(transposed_filters_are_not_turned_round)
{
    static const float filter[] = {1, 2, 3};
    begin();
    ad_tensor *x = ad_full(graph, AD_F32, AD_SHAPE(1, 1, 1), 1);
    ad_tensor *w = ad_constant(graph, ad_f32(filter, AD_SHAPE(1, 1, 3)));
    ad_tensor *y = ad_convolution_transpose_nd(x, w, .padding_after = AD_SHAPE(1));
    state = ad_state_new(graph, 1);
    ad_array value;
    CHECK_OK(ad_value(state, y, NULL, 0, &value));
    CHECK_EQ(ad_array_count(&value), 2);
    CHECK(ad_array_item(&value, 0) == 1 && ad_array_item(&value, 1) == 2);
    end();
}

/* ---------------------------------------------------------------- training */

/* Each goes down on noise that it can learn by heart. */
static void learns(ad_tensor *(*layer)(ad_tensor *x, const ad_conv_nd_options *o), int64_t filters)
{
    float x[2 * 3 * 4 * 4 * 2];
    begin();
    for (int i = 0; i < 192; i++)
        x[i] = (float)((i * 37) % 23) / 11 - 1;
    ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(2, 3, 4, 4, 2));
    ad_conv_nd_options o = AD_OPTIONS(ad_conv_nd_options, .kernel = AD_SHAPE(2));
    o.filters = filters ? filters : o.filters;
    ad_tensor *y = ad_linear(ad_flatten(layer(in, &o)), .out = 1);
    ad_tensor *goal =
        ad_mul(ad_slice(ad_flatten(in), 1, 0, 1, 1), ad_full(graph, AD_F32, AD_SCALAR, 2));
    ad_tensor *loss = ad_mean(ad_square(ad_sub(ad_shift(y, 1), goal)), AD_ALL);
    ad_tensor *step = ad_adam(loss, .rate = 0.01);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step}, .training = true);
    double first = 0, last = 0;
    for (int i = 0; i < 60 && p; i++) {
        ad_array out = {0}, feed = ad_f32(x, AD_SHAPE(2, 3, 4, 4, 2));
        CHECK_OK(ad_run(p, &feed, &out));
        last = ad_array_item(&out, 0);
        first = i ? first : last;
    }
    if (!(last < 0.1 * first))
        TEST_FAILED("loss %g, then %g", first, last);
    ad_program_free(p);
    end();
}

TEST(they_learn)
{
    learns((ad_conv_nd), 3);
    learns((ad_conv_transpose_nd), 3);
    learns((ad_depthwise_conv), 0);
    learns((ad_separable_conv), 3);
    learns((ad_local_conv), 3);
    learns((ad_mlp_conv), 8);
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
#define K(...) .kernel = AD_SHAPE(__VA_ARGS__)
    begin();
    refuses(ad_conv_nd(X(2, 5, 3), K(3)), ".filters and .kernel have to be given");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2), ".filters and .kernel have to be given");
    refuses(ad_conv_nd(X(2, 5, 5, 3), .filters = 2, K(3, 3, 3)), ".kernel for each axis");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2, K(0)), ".kernel");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2, K(2), .groups = 2), ".groups divides");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2, K(2), .same = true, .padding = AD_SHAPE(1)),
            "exclude each other");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2, K(6)), "window that covers 6 does not fit");
    refuses(ad_conv_nd(X(2, 3, 3, 3, 1), .filters = 2, K(4, 1, 1)), "covers 4 does not fit");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2, K(2), .stride = AD_SHAPE(0)), ".stride: give one");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2, K(2), .padding = AD_SHAPE(-1)), ".padding: give");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2, K(2), .stride = AD_SHAPE(1, 1)),
            "give one number");
    refuses(ad_conv_nd(X(2, 5, 3), .filters = 2, K(2), .output_padding = AD_SHAPE(1)),
            ".output_padding is for transposed");
    refuses(ad_conv_nd(X(2, 1, 1, 1, 1, 3), .filters = 2, K(1)), "up to three axes of places");
    refuses(ad_conv_nd(X(2, 3), .filters = 3, .groups = 3), "without places there are no groups");
    refuses(ad_conv_nd(ad_full(graph, AD_I32, AD_SHAPE(1, 2, 2), 1), .filters = 2, K(1)),
            "ad_cast");
    refuses(ad_conv_transpose_nd(X(2, 5, 3), .filters = 2, K(2), .output_padding = AD_SHAPE(1)),
            "not less than the stride");
    refuses(ad_conv_transpose_nd(X(2, 1, 3), .filters = 2, K(2), .padding = AD_SHAPE(1)),
            "padding leaves nothing");
    refuses(ad_conv_transpose_nd(X(2, 5, 3), .filters = 2, K(2), .same = true),
            "exclude each other");
    refuses(ad_depthwise_conv(X(2, 5, 3), .filters = 2, K(2)), "follow from .multiplier");
    refuses(ad_local_conv(X(2, 5, 3), .filters = 3, K(2), .groups = 3), "without .groups");
    refuses(ad_local_conv(X(2, 5, 3), .filters = 3, K(6)), "windows to fit");
    refuses(ad_convolution_nd(X(2, 5, 3), X(2, 2, 3)), "it has to be (filters, channels / groups");
    refuses(ad_convolution_nd(X(2, 5, 3), X(2, 3)), "the weight (2, 3)");
    refuses(ad_convolution_nd(X(2, 5, 3), X(2, 3, 2), .ceil = true), "are for pooling");
    refuses(ad_convolution_transpose_nd(X(2, 5, 3), X(2, 3, 2)), "(channels, filters / groups");
    end();
}

TEST_MAIN
