/* What has a name is fixed by it: first values, random nodes, whatever else is built and in which
 * order. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "core/stream.h"
#include "op/scalar.h"

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
};

static struct net net_begin(void)
{
    struct net n = {.context = ad_context_new(.threads = 1)};
    n.graph = ad_graph_new(n.context);
    return n;
}

static void net_end(struct net *n)
{
    ad_state_free(n->state);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
}

static ad_tensor *number(struct net *n, double value)
{
    return ad_full(n->graph, AD_F32, AD_SHAPE(2, 6), value);
}

static ad_array value_of(struct net *n, const char *name)
{
    ad_array value = {0};
    CHECK(ad_get(n->state, ad_find(n->graph, name), &value) == AD_OK);
    return value;
}

static bool same(ad_array a, ad_array b)
{
    return a.data && b.data && ad_array_bytes(&a) == ad_array_bytes(&b) &&
           !memcmp(a.data, b.data, ad_array_bytes(&a));
}

/* A file of today has to mean the same tomorrow. */
TEST(streams_are_what_they_were)
{
    CHECK_EQ(stream_of("fc.weight", 0), INT64_C(7835404049636791166));
    CHECK_EQ(stream_of("block1.#dropout", 2), INT64_C(4497817745541185398));
    CHECK_EQ(stream_again(stream_of("#normal", 1), 1), INT64_C(356659096661853700));
    struct net n = net_begin();
    (void)ad_linear(number(&n, 1), .out = 4, .name = "fc");
    n.state = ad_state_new(n.graph, 9);
    const float *weight = value_of(&n, "fc.weight").data;
    double bound = 1 / sqrt(6.), scale = bound + bound;
    for (int i = 0; weight && i < 24; i++)
        CHECK(weight[i] ==
              (float)-bound + (float)scale * scalar_uniform_f32(9, 0, UINT64_C(7835404049636791166),
                                                                (uint64_t)i));
    net_end(&n);
}

/* Equal names, other neighbours, the other way round. */
TEST(names_are_enough)
{
    struct net a = net_begin(), b = net_begin();
    (void)ad_linear(number(&a, 1), .out = 4, .name = "first");
    (void)ad_embedding(ad_full(a.graph, AD_I32, AD_SHAPE(2), 0), .count = 5, .width = 3,
                       .name = "table");
    (void)ad_gru(ad_reshape(number(&a, 1), AD_SHAPE(1, 2, 6)), .width = 3, .name = "time");
    (void)ad_gru(ad_reshape(number(&b, 1), AD_SHAPE(1, 2, 6)), .width = 3, .name = "time");
    (void)ad_dropout(ad_linear(number(&b, 1), .out = 9));
    (void)ad_uniform(b.graph, AD_F32, AD_SHAPE(3), 0, 1);
    (void)ad_embedding(ad_full(b.graph, AD_I32, AD_SHAPE(2), 0), .count = 5, .width = 3,
                       .name = "table");
    (void)ad_linear(number(&b, 1), .out = 4, .name = "first");
    a.state = ad_state_new(a.graph, 1), b.state = ad_state_new(b.graph, 1);
    const char *names[] = {"first.weight", "first.bias", "table.weight", "time.weight_ih_l0",
                           "time.bias_hh_l0"};
    for (int i = 0; i < 5; i++)
        CHECK(same(value_of(&a, names[i]), value_of(&b, names[i])));
    CHECK(!same(value_of(&a, "time.bias_ih_l0"), value_of(&a, "time.bias_hh_l0")));
    net_end(&a), net_end(&b);
}

/* The numbers of a random node, whatever happened around it. */
static void noise(struct net *n, bool more, float out[12])
{
    if (more) {
        (void)ad_linear(number(n, 1), .out = 4);
        (void)ad_variable(n->graph, "mixed",
                          ad_add(ad_uniform(n->graph, AD_F32, AD_SHAPE(3), 0, 1),
                                 ad_uniform(n->graph, AD_F32, AD_SHAPE(3), 0, 1)));
        (void)ad_normal(n->graph, AD_F32, AD_SHAPE(3), 0, 1);
    }
    ad_scope_begin(n->graph, "a");
    ad_tensor *y = ad_dropout(ad_uniform(n->graph, AD_F32, AD_SHAPE(2, 6), 1, 2), .always = true);
    ad_scope_end(n->graph);
    n->state = ad_state_new(n->graph, 5);
    ad_array value = {0};
    REQUIRE(ad_value(n->state, y, NULL, 0, &value) == AD_OK);
    memcpy(out, value.data, ad_array_bytes(&value));
}

TEST(noise_belongs_to_its_scope)
{
    struct net a = net_begin(), b = net_begin();
    float first[12], second[12];
    noise(&a, false, first), noise(&b, true, second);
    CHECK(!memcmp(first, second, sizeof first));
    net_end(&a), net_end(&b);
}

/* First values of several random nodes, one of them shared, one of them used in runs too. */
TEST(shared_first_values)
{
    struct net n = net_begin();
    ad_tensor *r = ad_normal(n.graph, AD_F32, AD_SHAPE(8), 0, 1);
    (void)ad_variable(n.graph, "one", r);
    (void)ad_variable(n.graph, "same", r);
    (void)ad_variable(n.graph, "sum", ad_add(ad_normal(n.graph, AD_F32, AD_SHAPE(8), 0, 1), r));
    (void)ad_variable(n.graph, "other", ad_normal(n.graph, AD_F32, AD_SHAPE(8), 0, 1));
    n.state = ad_state_new(n.graph, 1);
    CHECK(same(value_of(&n, "one"), value_of(&n, "same")));
    CHECK(!same(value_of(&n, "one"), value_of(&n, "sum")) &&
          !same(value_of(&n, "one"), value_of(&n, "other")));
    ad_array value = {0};
    REQUIRE(ad_value(n.state, r, NULL, 0, &value) == AD_OK);
    CHECK(same(value_of(&n, "one"), value));
    net_end(&n);
}

/* Copies draw for themselves, each the same in every program; text keeps what was drawn. */
TEST(copies_and_texts_keep_streams)
{
    struct net n = net_begin();
    ad_tensor *x = number(&n, 1), *z = number(&n, 1), *y = ad_dropout(x, .always = true),
              *all[3] = {y};
    for (int i = 1; i < 3; i++)
        all[i] = ad_call(y, &x, &z, 1);
    ad_tensor *rows = ad_name(ad_concat(all, 3, 0), "rows");
    (void)ad_linear(rows, .out = 3, .name = "fc");
    n.state = ad_state_new(n.graph, 3);
    ad_array value = {0}, again = {0};
    REQUIRE(ad_value(n.state, rows, NULL, 0, &value) == AD_OK);
    const float *v = value.data;
    CHECK(memcmp(v, v + 12, 48) && memcmp(v, v + 24, 48) && memcmp(v + 12, v + 24, 48));
    struct net r = {.context = n.context,
                    .graph = ad_graph_read(n.context, ad_graph_text(n.graph))};
    r.state = ad_state_new(r.graph, 3);
    REQUIRE(ad_value(r.state, ad_find(r.graph, "rows"), NULL, 0, &again) == AD_OK);
    CHECK(same(value, again) && same(value_of(&n, "fc.weight"), value_of(&r, "fc.weight")));
    ad_state_free(r.state);
    ad_graph_free(r.graph);
    net_end(&n);
}

/* ---- roles */

static ad_role role_of(struct net *n, const char *name)
{
    return ad_role_of(ad_find(n->graph, name));
}

TEST(layers_and_optimizers_say_what_variables_are_for)
{
    struct net n = net_begin();
    ad_tensor *x = ad_linear(number(&n, 1), .out = 4, .name = "fc");
    ad_tensor *table = ad_embedding(ad_full(n.graph, AD_I32, AD_SHAPE(2), 0), .count = 5,
                                    .width = 4, .name = "table");
    x = ad_layer_norm(ad_add(ad_batch_norm(x, .name = "bn"), table), .name = "ln");
    (void)ad_adam(ad_mean(ad_square(x), AD_ALL), .accumulate = 2);
    CHECK_EQ(role_of(&n, "fc.weight"), AD_ROLE_WEIGHT);
    CHECK_EQ(role_of(&n, "fc.bias"), AD_ROLE_BIAS);
    CHECK_EQ(role_of(&n, "bn.weight"), AD_ROLE_SCALE);
    CHECK_EQ(role_of(&n, "ln.bias"), AD_ROLE_OFFSET);
    CHECK_EQ(role_of(&n, "table.weight"), AD_ROLE_TABLE);
    CHECK_EQ(role_of(&n, "bn.running_var"), AD_ROLE_AVERAGE);
    CHECK_EQ(role_of(&n, "adam.exp_avg.fc.weight"), AD_ROLE_MEMORY);
    CHECK_EQ(role_of(&n, "adam.accumulated.fc.weight"), AD_ROLE_MEMORY);
    CHECK_EQ(role_of(&n, "adam.step"), AD_ROLE_COUNTER);
    CHECK_EQ(role_of(&n, "adam.runs"), AD_ROLE_COUNTER);
    struct net r = {.graph = ad_graph_read(n.context, ad_graph_text(n.graph))};
    REQUIRE(ad_variable_count(r.graph) == ad_variable_count(n.graph));
    for (int i = 0; i < ad_variable_count(n.graph); i++)
        CHECK_EQ(ad_role_of(ad_variable_at(r.graph, i)), ad_role_of(ad_variable_at(n.graph, i)));
    ad_graph_free(r.graph);
    net_end(&n);
}

static bool in_file(struct net *n, const char *name)
{
    ad_tensor *v = ad_find(n->graph, name);
    ad_array value, zeros = {0};
    float memory[12] = {0};
    CHECK(ad_get(n->state, v, &value) == AD_OK);
    zeros = ad_f32(memory, value.shape);
    CHECK(ad_set(n->state, v, zeros) == AD_OK);
    CHECK(ad_load(n->state, "names.safetensors", .weights_only = true) == AD_OK);
    return ad_array_item(&value, 0) == 1;
}

TEST(weights_alone_are_chosen_by_role)
{
    struct net n = net_begin();
    ad_tensor *one = number(&n, 1);
    (void)ad_variable(n.graph, "w", one);
    (void)ad_mark(ad_buffer(n.graph, "mean_of_w", one), AD_ROLE_AVERAGE);
    (void)ad_buffer(n.graph, "cache.running_mean", one);
    n.state = ad_state_new(n.graph, 1);
    REQUIRE(ad_save(n.state, "names.safetensors", .weights_only = true) == AD_OK);
    CHECK(in_file(&n, "w") && in_file(&n, "mean_of_w") && !in_file(&n, "cache.running_mean"));
    remove("names.safetensors");
    net_end(&n);
}

TEST(roles_that_do_not_fit)
{
    struct net n = net_begin();
    ad_tensor *w = ad_variable(n.graph, "w", number(&n, 1)), *x = number(&n, 1);
    ad_tensor *whole = ad_variable(n.graph, "whole", ad_full(n.graph, AD_I32, AD_SHAPE(2), 1));
    CHECK(ad_trainable(w) && !ad_trainable(whole) && !ad_trainable(x) && !ad_trainable(NULL));
    CHECK(ad_mark(w, AD_ROLE_TABLE) == w && ad_trainable(w));
    CHECK(strstr(ad_tensor_error(ad_mark(w, AD_ROLE_AVERAGE)), "role 5 is none of a variable"));
    CHECK(strstr(ad_tensor_error(ad_mark(w, (ad_role)77)), "role 77"));
    CHECK(strstr(ad_tensor_error(ad_mark(x, AD_ROLE_BIAS)), "the result of full"));
    CHECK(ad_tensor_error(ad_mark(NULL, AD_ROLE_BIAS)));
    net_end(&n);
}

TEST_MAIN
