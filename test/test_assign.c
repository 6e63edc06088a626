/* Assignments: what is updated by which program, and in which order; and what is asked for and
 * cannot mean anything is refused. */
#include "test.h"

#include <adze/adze.h>
#include <math.h>
#include <string.h>

struct lab {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_tensor *w, *x;
};

static struct lab lab_begin(void)
{
    struct lab l = {.context = ad_context_new(.threads = 1)};
    l.graph = ad_graph_new(l.context);
    l.w = ad_variable(l.graph, "w", ad_full(l.graph, AD_F64, AD_SHAPE(2), 1));
    l.x = ad_feed(l.graph, "x", AD_F64, AD_SHAPE(2, 2));
    return l;
}

static void lab_end(struct lab *l)
{
    ad_state_free(l->state);
    ad_graph_free(l->graph);
    ad_context_free(l->context);
}

/* Runs fetches once in a new state, feeding x to every feed that is needed; what variable holds
 * then. */
static double after(struct lab *l, ad_tensor *const *fetch, int count, bool naive,
                    const char *variable)
{
    static const double numbers[4] = {1, 2, 3, 4};
    ad_state_free(l->state);
    l->state = ad_state_new(l->graph, 1);
    ad_program *p = ad_compile(l->state, .fetch_list = fetch, .fetch_count = count,
                               .training = true, .naive = naive);
    ad_array in[] = {ad_f64(numbers, AD_SHAPE(2, 2)), ad_f64(numbers, AD_SHAPE(2, 2))},
             out[4] = {{0}}, value = {0};
    if (!p || ad_run(p, in, out) != AD_OK ||
        ad_get(l->state, ad_find(l->graph, variable), &value) != AD_OK)
        TEST_FAILED("%s", ad_error());
    ad_program_free(p);
    return value.data ? ad_array_item(&value, 0) : NAN;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/* ---- gradients */

TEST(every_mention_has_its_gradient)
{
    struct lab l = lab_begin();
    ad_tensor *y = ad_sum(ad_mul(ad_square(l.w), ad_slice(l.x, 0, 0, 1, 1)), AD_ALL),
              *other = ad_full(l.graph, AD_F64, AD_SCALAR, 1);
    ad_tensor *x[] = {l.w, other, l.w, l.x, l.w, other}, *d[6], *from[6];
    ad_gradient(y, x, 6, d);
    ad_gradient_from(y, ad_number(l.graph, AD_F64, 2), x, 6, from);
    CHECK(d[0] == d[2] && d[0] == d[4] && d[1] == d[5] && d[0] != d[3] && from[0] == from[4]);
    l.state = ad_state_new(l.graph, 1);
    double numbers[4] = {1, 2, 3, 4};
    ad_array value;
    for (int i = 0; i < 6; i += 2) {
        REQUIRE(ad_value(l.state, d[i], &(ad_binding){l.x, ad_f64(numbers, AD_SHAPE(2, 2))}, 1,
                         &value) == AD_OK);
        CHECK(ad_array_item(&value, 0) == 2 && ad_array_item(&value, 1) == 4);
    }
    lab_end(&l);
}

/* ---- two optimizers of one variable: w - 0.1 * 4 - 0.01 * 6 */

static void check_two(bool naive, int accumulate)
{
    struct lab l = lab_begin();
    ad_tensor *one = ad_sum(ad_scale(l.w, 4), AD_ALL),
              *two = ad_sum(ad_scale(ad_square(l.w), 3), AD_ALL);
    ad_tensor *first = ad_sgd(one, .rate = 0.1, .accumulate = accumulate),
              *second = ad_sgd(two, .rate = 0.01);
    CHECK(near(after(&l, (ad_tensor *[]){first}, 1, naive, "w"), accumulate > 1 ? 1 : 0.6));
    CHECK(near(after(&l, (ad_tensor *[]){second}, 1, naive, "w"), 0.94));
    CHECK(near(after(&l, (ad_tensor *[]){first, second}, 2, naive, "w"),
               accumulate > 1 ? 0.94 : 0.54));
    CHECK(near(after(&l, (ad_tensor *[]){second, first}, 2, naive, "w"),
               accumulate > 1 ? 0.94 : 0.54));
    lab_end(&l);
}

TEST(two_optimizers_make_two_steps)
{
    for (int i = 0; i < 4; i++)
        check_two(i % 2, 1 + i / 2);
}

/* The decay of the second is of what the first leaves; the first step of Adam is the rate. */
TEST(all_methods_go_on_from_the_step_before)
{
    for (int method = 0; method < 3; method++) {
        struct lab l = lab_begin();
        ad_tensor *loss = ad_sum(ad_scale(l.w, 4), AD_ALL), *first = ad_sgd(loss, .rate = 0.1),
                  *second = NULL;
        if (method == 0)
            second = ad_adam(loss, .rate = 0.05);
        if (method == 1)
            second = ad_adamw(loss, .rate = 0.05, .decay = 0.5);
        if (method == 2)
            second = ad_rmsprop(loss, .rate = 0.05, .alpha = 0.75);
        double step = method == 2 ? 0.1 : 0.05, base = method == 1 ? 1 - 0.05 * 0.5 : 1;
        CHECK(fabs(after(&l, (ad_tensor *[]){second}, 1, false, "w") - (base - step)) < 1e-7);
        CHECK(fabs(after(&l, (ad_tensor *[]){first, second}, 2, false, "w") - (0.6 * base - step)) <
              1e-7);
        lab_end(&l);
    }
}

/* ---- batch norm that is applied again */

TEST(averages_move_where_their_owner_is_needed)
{
    for (int naive = 0; naive < 2; naive++) {
        struct lab l = lab_begin();
        ad_tensor *fake = ad_scale(l.x, 10), *real = ad_batch_norm(l.x, .name = "bn");
        ad_tensor *again = ad_call(real, &l.x, &fake, 1), *third = ad_call(real, &l.x, &fake, 1);
        ad_tensor *twice = ad_call(again, &fake, &l.x, 1);
        const char *mean = "bn.running_mean";
        CHECK(near(after(&l, (ad_tensor *[]){real}, 1, naive, mean), 0.2));
        CHECK(near(after(&l, (ad_tensor *[]){again}, 1, naive, mean), 2));
        CHECK(near(after(&l, (ad_tensor *[]){third}, 1, naive, mean), 2));
        CHECK(near(after(&l, (ad_tensor *[]){twice}, 1, naive, mean), 0.2));
        CHECK(near(after(&l, (ad_tensor *[]){real, again}, 2, naive, mean), 0.9 * 0.2 + 2));
        CHECK(near(after(&l, (ad_tensor *[]){again, real}, 2, naive, mean), 0.9 * 0.2 + 2));
        CHECK(near(after(&l, (ad_tensor *[]){third, real}, 2, naive, mean), 0.9 * 0.2 + 2));
        CHECK(near(after(&l, (ad_tensor *[]){again, twice}, 2, naive, mean), 0.9 * 2 + 0.2));
        lab_end(&l);
    }
}

/* The second player's program asks for its own feed alone, in text read back too. */
static void check_feeds(ad_graph *graph)
{
    ad_state *s = ad_state_new(graph, 1);
    ad_program *p = ad_compile(s, .fetch = {ad_find(graph, "judged")},
                               .feed = {ad_find(graph, "fake")}, .training = true);
    double numbers[4] = {1, 2, 3, 4};
    ad_array in = ad_f64(numbers, AD_SHAPE(2, 2)), out = {0}, mean = {0};
    REQUIRE(p && ad_run(p, &in, &out) == AD_OK &&
            ad_get(s, ad_find(graph, "bn.running_mean"), &mean) == AD_OK);
    CHECK(near(ad_array_item(&mean, 0), 0.2));
    ad_program_free(p);
    ad_state_free(s);
}

TEST(a_player_asks_for_its_own_feeds)
{
    struct lab l = lab_begin();
    ad_tensor *fake = ad_feed(l.graph, "fake", AD_F64, AD_SHAPE(2, 2));
    ad_tensor *real = ad_batch_norm(l.x, .name = "bn");
    (void)ad_name(ad_call(real, &l.x, &fake, 1), "judged");
    check_feeds(l.graph);
    ad_graph *read = ad_graph_read(l.context, ad_graph_text(l.graph));
    REQUIRE(read);
    CHECK_STREQ(ad_graph_text(read), ad_graph_text(l.graph));
    check_feeds(read);
    ad_graph_free(read);
    lab_end(&l);
}

/* A counter of the caller's own counts each application. */
TEST(pending_is_what_will_be_held)
{
    struct lab l = lab_begin();
    ad_tensor *n = ad_buffer(l.graph, "n", ad_number(l.graph, AD_F64, 5));
    ad_tensor *before = ad_pending(n), *z = ad_neg(l.x);
    ad_tensor *y = ad_assign(ad_square(l.x), n, ad_shift(ad_pending(n), 1));
    ad_tensor *again = ad_call(y, &l.x, &z, 1), *now = ad_pending(n);
    CHECK(near(after(&l, (ad_tensor *[]){y}, 1, false, "n"), 6));
    CHECK(near(after(&l, (ad_tensor *[]){again}, 1, false, "n"), 6));
    CHECK(near(after(&l, (ad_tensor *[]){y, again}, 2, false, "n"), 7));
    ad_program *p = ad_compile(l.state, .fetch = {before, now, y, again}, .training = true);
    double numbers[4] = {1, 2, 3, 4};
    ad_array in = ad_f64(numbers, AD_SHAPE(2, 2)), out[4] = {{0}}, value = {0};
    REQUIRE(p && ad_run(p, &in, out) == AD_OK);
    CHECK(ad_array_item(&out[0], 0) == 7 && ad_array_item(&out[1], 0) == 9);
    ad_program_free(p);
    REQUIRE(ad_value(l.state, now, NULL, 0, &value) == AD_OK);
    CHECK(ad_array_item(&value, 0) == 9);
    lab_end(&l);
}

/* ---- what says nothing is refused */

static void refused(ad_tensor *t, const char *words)
{
    CHECK_CONTAINS(ad_tensor_error(t), words);
}

TEST(calls_that_replace_nothing)
{
    struct lab l = lab_begin();
    ad_tensor *y = ad_square(l.x), *z = ad_neg(l.x), *other = ad_exp(l.x);
    ad_tensor *from[] = {l.x, other}, *to[] = {z, z}, *same[] = {l.x, l.x};
    CHECK(!ad_tensor_error(ad_call(y, &l.x, &z, 1)) && ad_call(y, &y, &z, 1) == z);
    CHECK(!ad_tensor_error(ad_call(ad_sum(l.w, AD_ALL), &l.w, (ad_tensor *[]){ad_neg(l.w)}, 1)));
    refused(ad_call(y, from, to, 2), "y does not depend on input 2");
    CHECK(!ad_tensor_error(ad_call(y, same, to, 2)));
    lab_end(&l);
}

TEST(groups_that_take_nothing)
{
    struct lab l = lab_begin();
    ad_tensor *loss = ad_sum(ad_square(l.w), AD_ALL);
    CHECK(!ad_tensor_error(ad_sgd(loss, .groups = {AD_GROUP(.match = "w", .rate_scale = 2)})));
    refused(ad_sgd(loss, .groups = {AD_GROUP(.match = "w"), AD_GROUP(.match = "*bias")}),
            ".groups[1], '*bias', matches none of the 1 variables");
    CHECK(
        !ad_tensor_error(ad_sgd(loss, .groups = {AD_GROUP(.match = "*"), AD_GROUP(.match = "w")})));
    lab_end(&l);
}

TEST(steps_without_training)
{
    struct lab l = lab_begin();
    ad_tensor *step = ad_sgd(ad_sum(ad_square(l.w), AD_ALL)), *norm = ad_batch_norm(l.x);
    l.state = ad_state_new(l.graph, 1);
    CHECK(!ad_compile(l.state, .fetch = {norm, step}));
    CHECK_CONTAINS(ad_error(), ".fetch[1] would update 'w'");
    ad_program *p = ad_compile(l.state, .fetch = {norm});
    CHECK(p);
    ad_program_free(p);
    ad_array value = {0};
    CHECK(ad_value(l.state, step, NULL, 0, &value) == AD_OK && ad_array_item(&value, 0) == 2);
    lab_end(&l);
}

TEST(whole_numbers_are_not_trained)
{
    struct lab l = lab_begin();
    ad_tensor *n = ad_variable(l.graph, "n", ad_full(l.graph, AD_I32, AD_SHAPE(2), 3));
    ad_tensor *loss = ad_sum(ad_mul(l.w, ad_cast(n, AD_F64)), AD_ALL);
    CHECK(!ad_trainable(n) && !ad_tensor_error(ad_sgd(loss)));
    refused(ad_sgd(loss, .variables = {n}),
            "'n' (2) in the list of variables is no variable that can be trained");
    lab_end(&l);
}

/* ---- numbers in messages are those that were asked for */

static void slice_at_run(int64_t begin, int64_t end, int64_t step, const char *words)
{
    struct lab l = lab_begin();
    ad_tensor *x = ad_feed(l.graph, "rows", AD_F32, AD_SHAPE(ad_open(l.graph, "batch"), 2));
    l.state = ad_state_new(l.graph, 1);
    ad_program *p = ad_compile(l.state, .fetch = {ad_slice(x, 0, begin, end, step)});
    float numbers[8] = {0};
    ad_array in = ad_f32(numbers, AD_SHAPE(4, 2)), out = {0};
    CHECK(p && ad_run(p, &in, &out) == AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_error(), words);
    ad_program_free(p);
    lab_end(&l);
}

TEST(slices_are_named_as_they_were_asked_for)
{
    slice_at_run(0, 10, 1, "0 to 10 of axis 0, which has size 4, by steps of 1");
    slice_at_run(-6, AD_END, 1, "-6 to the end of axis 0, which has size 4");
    slice_at_run(6, -1, 1, "6 to -1 of axis 0, which has size 4");
    slice_at_run(9, 2, -2, "9 to 2 of axis 0, which has size 4, by steps of -2");
}

/* ---- lengths */

static void check_length(int wrong, int type, bool naive, const char *words)
{
    struct lab l = lab_begin();
    ad_tensor *x = ad_feed(l.graph, "rows", AD_F32,
                           AD_SHAPE(ad_open(l.graph, "batch"), ad_open(l.graph, "time"), 2));
    ad_tensor *length =
        ad_feed(l.graph, "length", type ? AD_I64 : AD_I32, AD_SHAPE(ad_open(l.graph, "batch")));
    ad_tensor *y = ad_gru(x, .width = 3, .length = length, .name = "reader");
    ad_tensor *step = ad_sgd(ad_mean(ad_square(y), AD_ALL), .rate = 1);
    l.state = ad_state_new(l.graph, 1);
    ad_program *p =
        ad_compile(l.state, .fetch = {step}, .feed = {x, length}, .training = true, .naive = naive);
    float numbers[16] = {0};
    int32_t few[2] = {4, wrong};
    int64_t many[2] = {4, wrong};
    ad_array in[] = {ad_f32(numbers, AD_SHAPE(2, 4, 2)),
                     type ? ad_i64(many, AD_SHAPE(2)) : ad_i32(few, AD_SHAPE(2))},
             out = {0}, weight;
    REQUIRE(ad_get(l.state, ad_find(l.graph, "reader.bias_hh_l0"), &weight) == AD_OK);
    double before = ad_array_item(&weight, 0);
    CHECK(p && ad_run(p, in, &out) == (words ? AD_ERROR_RANGE : AD_OK));
    if (words) {
        CHECK_CONTAINS(ad_error(), words);
        CHECK_CONTAINS(ad_error(), "reader: length");
        CHECK(ad_array_item(&weight, 0) == before && ad_state_step(l.state) == 0);
    }
    ad_program_free(p);
    lab_end(&l);
}

TEST(lengths_outside_of_time_fail)
{
    for (int i = 0; i < 4; i++) {
        check_length(-1, i % 2, i / 2, "length -1 at position 1 is outside 0..4");
        check_length(5, i % 2, i / 2, "length 5 at position 1 is outside 0..4");
        check_length(0, i % 2, i / 2, NULL);
        check_length(4, i % 2, i / 2, NULL);
    }
}

TEST_MAIN
