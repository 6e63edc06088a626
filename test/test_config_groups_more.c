/* train.groups and train.initializers: rates, decays and first weights by the names of variables,
 * against formulas worked out by hand. */
#include "test.h"

#include <adze/run.h>

#include "configuration_main.h"
#include "job.h"
#include "scratch.h"

enum { ROWS = 40, INPUTS = 6, HIDDEN = 4, WEIGHTS = HIDDEN * INPUTS };

static void write_tables(void)
{
    FILE *f = fopen(scratch("t.csv"), "w");
    uint64_t key[2] = {3, 4};
    for (int k = 0; f && k < INPUTS; k++)
        fprintf(f, "x%d,", k);
    fprintf(f, "y\n");
    for (int i = 0; f && i < ROWS; i++) {
        for (int k = 0; k < INPUTS; k++)
            fprintf(f, "%.3f,", ad_normal_at(key, (uint32_t)(i * INPUTS + k)));
        fprintf(f, "%.3f\n", ad_normal_at(key, (uint32_t)(9000 + i)));
    }
    if (f)
        fclose(f);
}

static bool begin(job *j, const char *model, const char *train)
{
    static char text[2000];
    snprintf(text, sizeof text,
             "data: {csv: t.csv, target: y, test_share: 0.1}\nmodel: %s\ntrain: {%s}\n", model,
             train);
    *j = (job){.config = NULL};
    return ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
           ad_run_sources(j->config, &j->data) == AD_OK &&
           ad_run_build(j->config, &j->data, 1, &j->net) == AD_OK;
}

#define MODEL "[linear: {out: 4, name: a}, tanh, linear: {out: 1, name: b}]"
#define STEP "steps: 1, mode: full_batch, "

static double item(const job *j, const char *name, int64_t i)
{
    ad_array value = {0};
    ad_tensor *v = ad_find(j->net.graph, name);
    return v && ad_get(j->net.state, v, &value) == AD_OK ? ad_array_item(&value, i) : (double)NAN;
}

/* a.weight, then a.bias, b.weight, b.bias, before and behind one step. */
enum { ALL = WEIGHTS + HIDDEN + HIDDEN + 1 };

static void read_all(const job *j, double *w)
{
    const char *name[] = {"a.weight", "a.bias", "b.weight", "b.bias"};
    const int count[] = {WEIGHTS, HIDDEN, HIDDEN, 1};
    for (int v = 0, at = 0; v < 4; v++)
        for (int i = 0; i < count[v]; i++)
            w[at++] = item(j, name[v], i);
}

static bool step(const char *train, double *before, double *after)
{
    job j;
    bool good = begin(&j, MODEL, train);
    if (good)
        read_all(&j, before);
    ad_run_options o = {.config = j.config, .data = &j.data, .network = &j.net};
    good = good && ad_run_train(&o, &j.result) == AD_OK;
    if (good)
        read_all(&j, after);
    else
        TEST_FAILED("%s: %s", train, ad_kit_error());
    done(&j);
    return good;
}

static bool is_near(double x, double wanted)
{
    return fabs(x - wanted) <= 2e-7 * (1 + fabs(wanted));
}

/* w - rate scale (g + decay w), g from a step without groups. */
static void check_sgd(const char *more, double rate)
{
    char plain[300], grouped[300];
    double w[ALL], free_[ALL], own[ALL];
    snprintf(plain, sizeof plain, STEP "optimizer: {method: sgd, rate: 0.05}%s", more);
    snprintf(grouped, sizeof grouped,
             STEP "optimizer: {method: sgd, rate: 0.05}%s, groups: [{match: a.bias, rate: 0}, "
                  "{match: a.*, rate: 0.1, decay: 0.5}, {match: b.bias, decay: 0.2}]",
             more);
    REQUIRE(step(plain, w, free_) && step(grouped, w, own));
    for (int i = 0; i < ALL; i++) {
        bool bias_a = i >= WEIGHTS && i < WEIGHTS + HIDDEN, weight_a = i < WEIGHTS;
        double scale = bias_a ? 0 : weight_a ? 0.1 : 1;
        double decay = weight_a ? 0.5 : i == ALL - 1 ? 0.2 : 0;
        CHECK(is_near(own[i], w[i] + scale * (free_[i] - w[i] - rate * decay * w[i])));
        CHECK(bias_a || own[i] != w[i]);
    }
}

TEST(a_group_has_a_share_of_the_rate_and_its_own_decay)
{
    check_sgd("", 0.05);
}

/* Where the rate is fed: at step 0 of a warm-up of 2 steps it is half. */
TEST(the_share_is_of_the_rate_that_the_schedule_says)
{
    check_sgd(", schedule: {warmup: 2}", 0.025);
}

/* The first step of adamw: w - rate scale (g / (|g| + epsilon) + decay w). */
TEST(a_group_of_adamw)
{
    double w[ALL], free_[ALL], own[ALL];
    REQUIRE(step(STEP "optimizer: {method: adamw, rate: 0.01, decay: 0}", w, free_) &&
            step(STEP "optimizer: {method: adamw, rate: 0.01, decay: 0.3}, groups: [{match: "
                      "'*.bias', decay: 0}, {match: 'b.*', rate: 3}]",
                 w, own));
    for (int i = 0; i < ALL; i++) {
        bool bias = (i >= WEIGHTS && i < WEIGHTS + HIDDEN) || i == ALL - 1;
        double scale = i >= WEIGHTS + HIDDEN && i < ALL - 1 ? 3 : 1;
        CHECK(is_near(own[i], w[i] + scale * (free_[i] - w[i] - 0.01 * (bias ? 0 : 0.3) * w[i])));
    }
}

TEST(what_is_frozen_stays_out_of_groups)
{
    double w[ALL], own[ALL];
    REQUIRE(step(STEP "freeze: a.*, optimizer: {method: sgd}, groups: [{match: '*.bias', rate: 2}]",
                 w, own));
    for (int i = 0; i < ALL; i++)
        CHECK((own[i] == w[i]) == (i < WEIGHTS + HIDDEN));
}

TEST(groups_in_words)
{
    job j;
    char *words = NULL;
    REQUIRE(begin(&j, MODEL, "groups: [{match: a.*, rate: 0.1}, {match: b.bias, decay: 0}]"));
    CHECK_OK(ad_config_groups(j.config, &j.data, &words));
    CHECK_STREQ(words, "group a.*: 2 variables of 28 parameters, rate times 0.1\n"
                       "group b.bias: 1 variable of 1 parameter, rate times 1, decay 0\n");
    CHECK_EQ(ad_config_group(j.config, "a.weight"), 0);
    CHECK_EQ(ad_config_group(j.config, "b.weight"), -1);
    free(words);
    done(&j);
}

/* ---------------------------------------------------------------- initializers */

/* Two weights that are drawn by the same numbers: the one is `factor` times the other. */
static void check_ratio(const char *one, const char *other, double factor)
{
    job a, b;
    char train[200];
    snprintf(train, sizeof train, "initializers: [%s]", one);
    REQUIRE(begin(&a, MODEL, train));
    snprintf(train, sizeof train, "initializers: [%s]", other);
    REQUIRE(begin(&b, MODEL, train));
    for (int i = 0; i < WEIGHTS; i++)
        CHECK(is_near(item(&a, "a.weight", i), factor * item(&b, "a.weight", i)));
    done(&a);
    done(&b);
}

/* Of a.weight (4, 6) fan in is 6 and fan out 4. */
TEST(fans_and_gains_are_factors)
{
    check_ratio("he", "lecun", sqrt(2));
    check_ratio("he: {fan: out}", "he", sqrt(6.0 / 4));
    check_ratio("he: {fan: average}", "he", sqrt(6.0 / 5));
    check_ratio("glorot", "lecun", sqrt(6.0 / 5));
    check_ratio("glorot: {distribution: uniform}", "lecun: {distribution: uniform}", sqrt(6.0 / 5));
    check_ratio("lecun: {distribution: truncated, gain: 3}", "lecun: {distribution: truncated}", 3);
    check_ratio("lecun: {activation: tanh}", "lecun", 5.0 / 3);
    check_ratio("lecun: {activation: selu}", "lecun", 0.75);
    check_ratio("lecun: {activation: relu}", "he", 1);
    check_ratio("he: {activation: linear}", "lecun", 1);
    check_ratio("lecun: {activation: leaky_relu, slope: 2}", "lecun", sqrt(2.0 / 5));
    check_ratio("lecun", "normal: {deviation: 1}", 1 / sqrt(6));
    check_ratio("orthogonal: {gain: 2}", "orthogonal", 2);
    check_ratio("truncated: {deviation: 0.3}", "truncated: {deviation: 0.1}", 3);
}

TEST(identity_sparse_and_constant)
{
    job j;
    REQUIRE(begin(&j, MODEL,
                  "initializers: [identity: {match: a.weight, gain: 0.5}, constant: {match: b.*, "
                  "value: -2}, sparse: {match: b.weight, share: 1}]"));
    for (int r = 0; r < HIDDEN; r++)
        for (int c = 0; c < INPUTS; c++)
            CHECK(item(&j, "a.weight", r * INPUTS + c) == (r == c ? 0.5 : 0));
    CHECK(item(&j, "b.bias", 0) == -2);
    for (int i = 0; i < HIDDEN; i++)
        CHECK(item(&j, "b.weight", i) == 0);
    done(&j);
    REQUIRE(begin(&j, MODEL, "initializers: [sparse: {match: a.*, share: 0.3}]"));
    for (int c = 0; c < INPUTS; c++) {
        int zeros = 0;
        for (int r = 0; r < HIDDEN; r++)
            zeros += item(&j, "a.weight", r * INPUTS + c) == 0;
        CHECK_EQ(zeros, 2); /* 1.2, rounded up */
    }
    done(&j);
}

/* Without a pattern weights alone are meant; with one what it names. */
TEST(biases_are_begun_where_they_are_named)
{
    job j;
    REQUIRE(begin(&j, MODEL, "initializers: [constant: {value: 3}]"));
    CHECK(item(&j, "a.weight", 5) == 3 && item(&j, "a.bias", 1) != 3);
    done(&j);
    REQUIRE(begin(&j, MODEL, "initial: keras, initializers: [constant: {match: '*', value: 3}]"));
    CHECK(item(&j, "a.weight", 5) == 3 && item(&j, "a.bias", 1) == 3);
    done(&j);
}

/* A variable of every kind of layer that has weights takes them. */
TEST(every_layer_with_weights_takes_an_initializer)
{
    const char *models[] = {
        "[reshape: {sizes: [6, 1]}, conv1d: {filters: 3, kernel: 3, name: c}, flatten, linear: "
        "{out: 1}]",
        "[reshape: {sizes: [2, 3, 1]}, conv: {filters: 3, kernel: 2, name: c}, flatten, linear: "
        "{out: 1}]",
        "[reshape: {sizes: [3, 2]}, rnn: {width: 4, name: c}, flatten, linear: {out: 1}]",
        "[reshape: {sizes: [3, 2]}, gru: {width: 4, name: c}, flatten, linear: {out: 1}]",
        "[reshape: {sizes: [3, 2]}, lstm: {width: 4, name: c}, flatten, linear: {out: 1}]",
        "[reshape: {sizes: [3, 2]}, attention: {heads: 1, name: c}, flatten, linear: {out: 1}]"};
    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        job j;
        int seen = 0;
        if (!begin(&j, models[m], "initializers: [constant: {match: 'c.*weight*', value: 0.25}]"))
            TEST_FAILED("%s: %s", models[m], ad_kit_error());
        for (int i = 0; j.net.graph && i < ad_variable_count(j.net.graph); i++) {
            const char *name = ad_tensor_name(ad_variable_at(j.net.graph, i));
            if (!ad_trainable(ad_variable_at(j.net.graph, i)) || !strstr(name, "weight") ||
                strncmp(name, "c.", 2) != 0)
                continue;
            seen++;
            CHECK(item(&j, name, 0) == 0.25);
        }
        CHECK(seen > 0);
        done(&j);
    }
}

/* ---------------------------------------------------------------- mistakes */

static void refused(const char *train, const char *words)
{
    job j;
    CHECK(!begin(&j, MODEL, train));
    CHECK_CONTAINS(ad_kit_error(), words);
    done(&j);
}

TEST(what_makes_no_sense_is_refused)
{
    refused("groups: [{match: aa.*}]", "the nearest names are a.weight, a.bias, b.bias");
    refused("groups: [{match: a.*}, {match: a.bias}]", "of a group before");
    refused("freeze: a.*, groups: [{match: a.*}]", "one that train.freeze names");
    refused("groups: [{match: a.*}], no_decay: '*bias'", "{match: '*bias', decay: 0}");
    refused("groups: [{rate: 0.1}]", "a group has no match");
    refused("groups: [{match: a.*, rate: x}]", "group.rate");
    refused("groups: [{match: a.*, rate: -1}]", "out of range");
    refused("groups: [{match: a.*, decay: .nan}]", "group.decay");
    refused("groups: [{match: [a, b]}]", "group.match");
    refused("groups: [a.*]", "write - {match: ..., rate: ..., decay: ...}");
    refused("groups: {match: a.*}", "a list is wanted");
    refused("groups: [{match: a.*, lr: 1}]", "did you mean 'rate'?");
    refused("optimizer: {method: rprop}, groups: [{match: a.*, decay: 1}]", "has none");
    refused("optimizer: {method: lbfgs}, groups: [{match: a.*}]", "train.groups means nothing");
    refused(
        "groups: [{match: '1'}, {match: '2'}, {match: '3'}, {match: '4'}, {match: '5'}, {match: "
        "'6'}, {match: '7'}, {match: '8'}, {match: '9'}]",
        "train.groups has 9 groups");
    refused("initializers: [he: {match: fc.*}]", "the nearest names are");
    refused("initializers: [identity: {match: a.bias}]", "no weight is called 'a.bias'");
    refused("initializers: [he: {gain: 1, activation: relu}]", "leave one of them out");
    refused("initializers: [he: {slope: 1}]", "activation: leaky_relu");
    refused("initializers: [kaiming]", "did you mean 'he'?");
    refused("initializers: [he: {fan: both}]", "in, out or average");
    refused("initializers: [sparse: {share: 1.5}]", "out of range");
    refused("initializers: he", "a list is wanted");
}

/* Written out and read again, it is the same. */
TEST(what_is_written_reads_back)
{
    job j, again;
    REQUIRE(begin(&j, MODEL,
                  "groups: [{match: \"a.*\", rate: 0.1}, {match: b.bias, decay: 0}], "
                  "initializers: [he: {fan: out}, identity: {match: b.*}]"));
    char *text = ad_config_text(j.config, NULL);
    again = (job){.config = NULL};
    REQUIRE(text &&
            ad_config_parse("again.yaml", text, strlen(text), NULL, 0, &again.config) == AD_OK);
    char *second = ad_config_text(again.config, NULL);
    CHECK_STREQ(second, text);
    CHECK_EQ(again.config->groups.count, 2);
    free(text);
    free(second);
    done(&j);
    done(&again);
}

TEST_MAIN_OF_CONFIGURATIONS(write_tables())
