/* Sentences of the manual, adze.h, about the corners of ops and layers. */
#include "test.h"

#include "one_graph.h"

static ad_tensor *numbers(int count, const float *data)
{
    return ad_constant(graph, ad_f32(data, AD_SHAPE(count)));
}

#define NUMBERS(...) \
    numbers((int)(sizeof((float[]){__VA_ARGS__}) / sizeof(float)), (const float[]){__VA_ARGS__})

/* Equal, NaN to NaN. */
static void check_items(int line, ad_tensor *t, int count, const double *wanted)
{
    ad_array found = {0};
    if (!state)
        state = ad_state_new(graph, 1);
    if (!state || ad_value(state, t, NULL, 0, &found) != AD_OK) {
        TEST_FAILED("line %d: %s", line, ad_error());
        return;
    }
    CHECK_EQ(ad_array_count(&found), count);
    for (int i = 0; i < count && i < ad_array_count(&found); i++) {
        double item = ad_array_item(&found, i);
        if (item != wanted[i] && !(isnan(item) && isnan(wanted[i])))
            TEST_FAILED("line %d: item %d is %g, not %g", line, i, item, wanted[i]);
    }
}

#define CHECK_ITEMS(t, ...)                                                           \
    check_items(__LINE__, t, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), \
                (const double[]){__VA_ARGS__})

TEST(slices)
{
    begin();
    ad_tensor *x = ad_range(graph, AD_F32, 6);
    CHECK_ITEMS(ad_slice(x, 0, -1, AD_END, -1), 5, 4, 3, 2, 1, 0);
    CHECK_ITEMS(ad_slice(x, 0, -1, 0, -2), 5, 3, 1);
    CHECK_ITEMS(ad_slice(x, 0, -3, AD_END, 1), 3, 4, 5);
    CHECK(ad_tensor_error(ad_slice(x, 0, 0, 7, 1)));
    CHECK(ad_tensor_error(ad_slice(x, 0, 4, 2, 1)));
    end();
}

TEST(powers_softmax_and_where)
{
    begin();
    CHECK_ITEMS(ad_pow(NUMBERS(0, 0, 0, -2, -2, -2), NUMBERS(0, 2, -1, 2, 0.5, -1)), 1, 0, INFINITY,
                4, NAN, -0.5);
    CHECK_ITEMS(ad_softmax(NUMBERS(-INFINITY, -INFINITY), 0), NAN, NAN);
    ad_tensor *x = NUMBERS(-1, 4), *zero = ad_number(graph, AD_F32, 0), *dx;
    ad_tensor *above = ad_greater(x, zero);
    ad_tensor *y = ad_where(above, ad_sqrt(x), zero);
    ad_gradient(y, &x, 1, &dx);
    CHECK_ITEMS(dx, NAN, 0.25);
    y = ad_where(above, ad_sqrt(ad_where(above, x, ad_number(graph, AD_F32, 1))), zero);
    ad_gradient(y, &x, 1, &dx);
    CHECK_ITEMS(dx, 0, 0.25);
    end();
}

TEST(rows_along_any_axis)
{
    begin();
    ad_tensor *x = ad_reshape(ad_range(graph, AD_F32, 6), AD_SHAPE(2, 3, 1));
    int32_t at[] = {2, 0, 2, 1};
    ad_tensor *index = ad_constant(graph, ad_i32(at, AD_SHAPE(2, 2)));
    ad_tensor *y = ad_gather(x, index, 1);
    CHECK_EQ(ad_tensor_shape(y).rank, 4);
    CHECK_ITEMS(y, 2, 0, 2, 1, 5, 3, 5, 4);
    ad_tensor *sum = ad_scatter_add(ad_full(graph, AD_F32, AD_SHAPE(2, 3, 1), 0), index, y, 1);
    CHECK_ITEMS(sum, 0, 1, 4, 3, 4, 10);
    end();
}

TEST(calls_and_bodies)
{
    begin();
    ad_tensor *x = NUMBERS(1, 2), *y = ad_scale(x, 2), *dx;
    ad_tensor *from[] = {x, x}, *to[] = {NUMBERS(10, 10), NUMBERS(20, 30)};
    CHECK_ITEMS(ad_call(y, from, to, 2), 40, 60);
    ad_loop *l = ad_scan_begin(graph, false);
    ad_tensor *step = ad_scan_input(l, ad_reshape(ad_range(graph, AD_F32, 4), AD_SHAPE(1, 4)));
    ad_gradient(ad_square(step), &step, 1, &dx);
    CHECK_EQ(ad_scan_end(l), AD_OK);
    CHECK_ITEMS(ad_scan_all(l, dx), 0, 2, 4, 6);
    end();
}

TEST(weights_of_examples)
{
    begin();
    ad_tensor *x = NUMBERS(1, 2, 3), *zero = NUMBERS(0, 0, 0), *weight = NUMBERS(1, 0, 3);
    CHECK_ITEMS(ad_squared_error(x, zero, .weight = weight, .each = true), 1, 0, 27);
    CHECK_ITEMS(ad_squared_error(x, zero, .weight = weight), 7);
    end();
}

/* ---- lengths */

static ad_tensor *recurrent(int32_t length, bool reverse)
{
    ad_tensor *x = ad_full(graph, AD_F32, AD_SHAPE(1, 4, 2), 1);
    ad_tensor *lengths = ad_constant(graph, ad_i32(&length, AD_SHAPE(1)));
    return ad_rnn(x, .width = 1, .length = lengths, .reverse = reverse);
}

TEST(lengths_are_0_to_time)
{
    const int32_t lengths[] = {-1, 0, 2, 4, 5};
    for (int i = 0; i < 5; i++) {
        begin();
        ad_tensor *y = recurrent(lengths[i], i % 2 == 0);
        state = ad_state_new(graph, 1);
        ad_program *p = ad_compile(state, .fetch = {y});
        ad_array found = {0};
        bool outside = lengths[i] < 0 || lengths[i] > 4;
        CHECK_EQ(ad_run(p, NULL, &found), outside ? AD_ERROR_RANGE : AD_OK);
        if (outside)
            CHECK(strstr(ad_error(), "length"));
        for (int k = 0; !outside && k < 4; k++)
            CHECK((ad_array_item(&found, k) != 0) == (k < lengths[i]));
        ad_program_free(p);
        end();
    }
}

/* ---- running */

static void count_calls(void *user, const char *name, const ad_array *value)
{
    CHECK_STREQ(name, "doubled");
    *(double *)user += ad_array_item(value, 0);
}

TEST(one_array_for_feed_and_fetch_and_taps)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(3));
    ad_tensor *y = ad_scale(ad_name(ad_scale(x, 2), "doubled"), 2);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y}, .feed = {x});
    float data[] = {1, 2, 3};
    double seen = 0;
    ad_array array = ad_f32(data, AD_SHAPE(3));
    CHECK_EQ(ad_tap(p, "doubled", count_calls, &seen), AD_OK);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(ad_run(p, &array, &array), AD_OK);
    CHECK(data[0] == 16 && data[1] == 32 && data[2] == 48);
    CHECK(seen == 2 + 8);
    ad_program_free(p);
    end();
}

/* The norm in a run that does not update is that of the sum so far, over accumulate. */
TEST(norm_with_accumulate)
{
    begin();
    ad_tensor *w = ad_variable(graph, "w", ad_full(graph, AD_F32, AD_SCALAR, 0)), *norm;
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SCALAR);
    ad_tensor *step = ad_sgd(ad_mul(w, x), .accumulate = 2, .norm = &norm);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step, norm}, .feed = {x}, .training = true);
    float data[] = {3, 5};
    ad_array out[2] = {{0}}, in[] = {ad_f32(&data[0], AD_SCALAR), ad_f32(&data[1], AD_SCALAR)};
    CHECK_EQ(ad_run(p, &in[0], out), AD_OK);
    CHECK(ad_array_item(&out[1], 0) == 1.5);
    CHECK_EQ(ad_run(p, &in[1], out), AD_OK);
    CHECK(ad_array_item(&out[1], 0) == 4);
    ad_program_free(p);
    end();
}

TEST_MAIN
