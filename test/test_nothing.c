/* Statistics of nothing: every op with each of its axes empty and of one element, and nets that are
 * trained on no example, on one, and on sequences without steps.  Either a run says why it cannot
 * be, or kernels and interpreter agree, and no weight, average or moment is NaN afterwards. */
#include "test.h"

#include <stdlib.h>

#include "arrays.h"
#include "core/graph.h"
#include "core/op.h"
#include "one_graph.h"

enum { INPUTS = 4, RESULTS = 8 };

/* ---- ops */

struct trial {
    const struct op *op;
    const struct sample *sample;
    ad_shape shape[INPUTS];
    ad_tensor *feed[INPUTS], *fetch[RESULTS + INPUTS];
    ad_array data[INPUTS];
    int fetches;
};

static bool is_real(ad_type type)
{
    return type == AD_F32 || type == AD_F64;
}

static void make_inputs(struct trial *t)
{
    uint64_t seed = 5;
    for (int i = 0; i < t->sample->in_count; i++) {
        char name[8];
        snprintf(name, sizeof name, "x%d", i);
        ad_type type = t->sample->type[i] ? t->sample->type[i] : AD_F32;
        t->feed[i] = ad_feed(graph, name, type, t->shape[i]);
        t->data[i] = is_real(type) ? array_random(type, t->shape[i], &seed, 0.25, 1)
                                   : array_new(type, t->shape[i]);
    }
}

/* All results, and the gradients of the sum of the real ones. */
static bool make_fetches(struct trial *t)
{
    ad_tensor *first =
        graph_node(graph, t->op, t->sample->attributes, t->feed, t->sample->in_count);
    ad_tensor *sum = NULL, *x[INPUTS];
    int count = 0;
    if (graph_is_poison(first))
        return false;
    for (int i = 0; i < first->node->out_count && i < RESULTS; i++) {
        ad_tensor *y = t->fetch[t->fetches++] = &first->node->out[i];
        ad_tensor *part = y->type == AD_F32 ? ad_sum(y, AD_ALL) : NULL;
        sum = sum && part ? ad_add(sum, part) : part ? part : sum;
    }
    for (int i = 0; i < t->sample->in_count; i++)
        if (t->feed[i]->type == AD_F32)
            x[count++] = t->feed[i];
    if (sum && count && (t->op->gradient || t->op->expand)) {
        ad_gradient(sum, x, count, t->fetch + t->fetches);
        t->fetches += count;
    }
    return true;
}

static ad_status run(const struct trial *t, bool naive, ad_array *out, ad_program **program)
{
    *program = ad_compile(state, .fetch_list = t->fetch, .fetch_count = t->fetches,
                          .feed_list = t->feed, .feed_count = t->sample->in_count, .naive = naive);
    return *program ? ad_run(*program, t->data, out) : AD_ERROR_SHAPE;
}

/* Equal bits; on SSE2, where products may differ in their last bits, NaN in the same places. */
static bool alike(const ad_array *a, const ad_array *b)
{
    if (strcmp(ad_context_isa(context), "sse2") != 0)
        return array_difference(a, b) < 0;
    for (int64_t i = 0; i < ad_array_count(a); i++)
        if (isnan(ad_array_item(a, i)) != isnan(ad_array_item(b, i)))
            return false;
    return true;
}

static void compare(const struct trial *t, const char *what)
{
    ad_array fast[RESULTS + INPUTS] = {{0}}, slow[RESULTS + INPUTS] = {{0}};
    ad_program *p, *q;
    state = ad_state_new(graph, 1);
    ad_status a = run(t, false, fast, &p);
    if (a != AD_OK && strlen(ad_error()) < 10)
        TEST_FAILED("%s %s: fails without a word", t->op->name, what);
    ad_status b = run(t, true, slow, &q);
    if ((a == AD_OK) != (b == AD_OK))
        TEST_FAILED("%s %s: %d and %d: %s", t->op->name, what, a, b, ad_error());
    for (int i = 0; a == AD_OK && b == AD_OK && i < t->fetches; i++)
        if (!alike(&fast[i], &slow[i]))
            TEST_FAILED("%s %s: result %d differs", t->op->name, what, i);
    ad_program_free(p), ad_program_free(q);
}

/* The sample with every axis that has one of its sizes made another. */
static void try_size(const struct op *op, const struct sample *sample, int64_t from, int64_t to)
{
    struct trial t = {.op = op, .sample = sample};
    char what[64];
    snprintf(what, sizeof what, "(sizes %d to %d)", (int)from, (int)to);
    begin();
    for (int i = 0; i < sample->in_count; i++) {
        t.shape[i] = sample->shape[i];
        for (int k = 0; k < t.shape[i].rank; k++)
            t.shape[i].size[k] = t.shape[i].size[k] == from ? to : t.shape[i].size[k];
    }
    make_inputs(&t);
    if (make_fetches(&t))
        compare(&t, what);
    for (int i = 0; i < sample->in_count; i++)
        free(t.data[i].data);
    end();
}

static void try_sizes(const struct op *op, const struct sample *sample)
{
    int64_t done[INPUTS * AD_RANK_MAX] = {0};
    int count = 0;
    for (int i = 0; i < sample->in_count; i++)
        for (int k = 0; k < sample->shape[i].rank; k++) {
            int64_t size = sample->shape[i].size[k];
            bool seen = false;
            for (int j = 0; j < count; j++)
                seen |= done[j] == size;
            for (int to = 0; to < 2 && !seen; to++)
                try_size(op, sample, size, to);
            done[count++] = size;
        }
}

TEST(every_op)
{
    for (int i = 0; op_at(i); i++)
        for (int k = 0; k < op_at(i)->sample_count; k++)
            try_sizes(op_at(i), &op_at(i)->samples[k]);
}

/* ---- single values that the header states */

static double value_at(ad_tensor *t, int64_t i)
{
    ad_array value = {0};
    ad_state_free(state);
    state = ad_state_new(graph, 1);
    if (!state || ad_value(state, t, NULL, 0, &value) != AD_OK || ad_array_count(&value) <= i) {
        TEST_FAILED("no value: %s", ad_error());
        return 0;
    }
    return ad_array_item(&value, i);
}

static ad_tensor *ones(ad_shape shape)
{
    return ad_full(graph, AD_F32, shape, 1);
}

TEST(values)
{
    begin();
    ad_tensor *labels = ad_full(graph, AD_I32, AD_SHAPE(0), 0), *none = ones(AD_SHAPE(0, 2));
    CHECK(value_at(ad_sum(none, AD_AXES(0)), 1) == 0);
    CHECK(isnan(value_at(ad_mean(none, AD_AXES(0)), 1)));
    CHECK(isnan(value_at(ad_variance(none, AD_AXES(0)), 1)));
    CHECK(value_at(ad_variance(ones(AD_SHAPE(1, 2)), AD_AXES(0)), 1) == 0);
    CHECK(value_at(ad_max(none, AD_AXES(0)), 1) == -(double)INFINITY);
    CHECK(value_at(ad_min(none, AD_AXES(0)), 1) == (double)INFINITY);
    CHECK(isnan(value_at(ad_cross_entropy(none, labels), 0)));
    CHECK(isnan(value_at(ad_squared_error(none, none), 0)));
    CHECK(isnan(value_at(ad_accuracy(none, labels), 0)));
    ad_tensor *nowhere = ones(AD_SHAPE(1, 1, 0, 2));
    CHECK(value_at(ad_attention(ones(AD_SHAPE(1, 1, 3, 2)), nowhere, nowhere), 5) == 0);
    ad_tensor *hidden = ad_full(graph, AD_F32, AD_SHAPE(1, 3), -(double)INFINITY);
    CHECK(isnan(value_at(ad_softmax(hidden, 1), 2)) &&
          isnan(value_at(ad_log_softmax(hidden, 1), 2)));
    CHECK(value_at(ad_layer_normalize(ones(AD_SHAPE(2, 1)), NULL, NULL, 1e-5), 1) == 0);
    end();
}

TEST(refusals)
{
    begin();
    CHECK(strstr(ad_tensor_error(ad_argmax(ones(AD_SHAPE(2, 0)), 1)), "axis 1 is empty"));
    ad_tensor *image = ones(AD_SHAPE(1, 3, 3, 1));
    CHECK(strstr(ad_tensor_error(ad_max_pool(image, .window = 3, .padding = 2)), "more than half"));
    CHECK(strstr(ad_tensor_error(ad_average_pool(image, .window = 2, .padding = 2)),
                 "more than half"));
    end();
}

/* ---- nets */

static ad_tensor *optimizer(int which, ad_tensor *loss)
{
    switch (which) {
    case 0: return ad_sgd(loss, .rate = 0.1);
    case 1: return ad_sgd(loss, .rate = 0.1, .momentum = 0.9, .nesterov = true, .clip_norm = 1);
    case 2: return ad_rmsprop(loss, .rate = 0.01, .momentum = 0.5, .clip_value = 1);
    case 3: return ad_adam(loss, .clip_norm = 1);
    default: return ad_adamw(loss, .accumulate = 2, .clip_norm = 1);
    }
}

/* (batch, time, 3) to (batch, 4) */
static ad_tensor *net(int which, ad_tensor *x)
{
    ad_tensor *last;
    switch (which) {
    case 0: ad_rnn(x, .width = 4, .last = &last); return last;
    case 1: ad_gru(x, .width = 4, .last = &last); return last;
    case 2: ad_lstm(x, .width = 4, .last = &last, .reverse = true); return last;
    case 3: return ad_sum(ad_batch_norm(ad_linear(x, .out = 4)), AD_AXES(1));
    case 4: return ad_max(ad_layer_norm(ad_conv1d(x, .filters = 4, .kernel = 1)), AD_AXES(1));
    case 5: return ad_batch_norm(ad_linear(ad_sum(x, AD_AXES(1)), .out = 4));
    case 6: {
        ad_dim batch = ad_tensor_shape(x).size[0], time = ad_tensor_shape(x).size[1];
        ad_tensor *h = ad_reshape(ad_linear(x, .out = 4), AD_SHAPE(batch, 1, time, 4));
        h = ad_attention(h, h, h, .causal = true);
        return ad_sum(ad_reshape(h, AD_SHAPE(batch, time, 4)), AD_AXES(1));
    }
    default: return ad_dropout(ad_linear(ad_sum(x, AD_AXES(1)), .out = 4));
    }
}

enum { NETS = 8, OPTIMIZERS = 5 };

static void check_finite(const char *what, int which, int by)
{
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *variable = ad_variable_at(graph, i);
        ad_array value = {0};
        CHECK(ad_get(state, variable, &value) == AD_OK);
        for (int64_t k = 0; k < ad_array_count(&value); k++)
            if (!isfinite(ad_array_item(&value, k))) {
                TEST_FAILED("net %d, optimizer %d, %s: %s is %g", which, by, what,
                            ad_tensor_name(variable), ad_array_item(&value, k));
                break;
            }
    }
}

static double everything(void)
{
    double sum = 0;
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_array value = {0};
        CHECK(ad_get(state, ad_variable_at(graph, i), &value) == AD_OK);
        for (int64_t k = 0; k < ad_array_count(&value); k++)
            sum += ad_array_item(&value, k) * (double)(k + i + 1);
    }
    return sum;
}

static void check_net(int which, int by)
{
    static const int sizes[][2] = {{3, 2}, {0, 2}, {1, 2}, {3, 1}, {1, 1}, {0, 0}, {2, 0}, {3, 2}};
    uint64_t seed = 3;
    begin();
    ad_dim batch = ad_open(graph, "batch"), time = ad_open(graph, "time");
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(batch, time, 3));
    ad_tensor *label = ad_feed(graph, "label", AD_I32, AD_SHAPE(batch));
    ad_tensor *step = optimizer(by, ad_cross_entropy(net(which, x), label));
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step}, .feed = {x, label}, .training = true);
    for (size_t i = 0; p && i < sizeof sizes / sizeof sizes[0]; i++) {
        ad_shape shape = AD_SHAPE(sizes[i][0], sizes[i][1], 3);
        ad_array in[] = {array_random(AD_F32, shape, &seed, -1, 1),
                         array_new(AD_I32, AD_SHAPE(sizes[i][0]))};
        ad_array out = {0};
        double before = everything();
        char what[32];
        snprintf(what, sizeof what, "batch %d, time %d", sizes[i][0], sizes[i][1]);
        bool ran = ad_run(p, in, &out) == AD_OK;
        if (!ran && !strstr(ad_error(), "does not fit on a size of 0"))
            TEST_FAILED("net %d, optimizer %d, %s: %s", which, by, what, ad_error());
        check_finite(what, which, by);
        if ((!ran || (by == 0 && sizes[i][0] == 0)) && everything() != before)
            TEST_FAILED("net %d, %s: something was learned from nothing", which, what);
        free(in[0].data), free(in[1].data);
    }
    CHECK(p != NULL);
    ad_program_free(p);
    end();
}

TEST(training)
{
    for (int which = 0; which < NETS; which++)
        for (int by = 0; by < OPTIMIZERS; by++)
            check_net(which, by);
}

/* A batch of one has no variance: taken as at inference, and averages stay. */
TEST(batch_norm_of_one)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(ad_open(graph, "batch"), 2));
    ad_tensor *y = ad_batch_norm(x);
    state = ad_state_new(graph, 1);
    ad_program *p[] = {ad_compile(state, .fetch = {y}, .training = true),
                       ad_compile(state, .fetch = {y})};
    float data[] = {1, 2, 5, 8, -3, 4};
    ad_array three = ad_f32(data, AD_SHAPE(3, 2)), one = ad_f32(data, AD_SHAPE(1, 2));
    ad_array trained = {0}, used = {0}, out = {0};
    REQUIRE(p[0] && p[1] && ad_run(p[0], &three, &out) == AD_OK);
    double before = everything();
    REQUIRE(ad_run(p[0], &one, &trained) == AD_OK && ad_run(p[1], &one, &used) == AD_OK);
    CHECK(everything() == before);
    CHECK(array_difference(&trained, &used) < 0 && ad_array_item(&used, 0) != 0);
    ad_program_free(p[0]), ad_program_free(p[1]);
    end();
}

/* No gradient at all: the norm is 0 and nothing is divided by it. */
TEST(no_gradient)
{
    begin();
    ad_tensor *w = ad_variable(graph, "w", ones(AD_SHAPE(2))),
              *none = ad_variable(graph, "none", ones(AD_SHAPE(0, 3)));
    ad_tensor *norm, *still = ad_scale(ad_add(ad_sum(w, AD_ALL), ad_sum(none, AD_ALL)), 0);
    ad_tensor *step = ad_adam(still, .clip_norm = 1, .norm = &norm);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step, norm}, .training = true);
    ad_array out[2] = {{0}};
    REQUIRE(p && ad_run(p, NULL, out) == AD_OK);
    CHECK(ad_array_item(&out[1], 0) == 0);
    check_finite("no gradient", 0, 3);
    CHECK_EQ(ad_array_count(&out[1]), 1);
    ad_program_free(p);
    end();
}
TEST_MAIN
