/* Baselines and groups: numbers of NumPy 2.4 on the same rows.
 *
 *     i = np.arange(a, b); x1 = (i * 37 % 101) / 10; x2 = np.round((i * 53 % 97) / 9, 2)
 *     e = i * 29 % 7; y = np.round(3 * x1 - 2 * x2 + e, 2); c = (x1 + e > 8) + (x1 + e > 11)
 *     rows 0 to 199 train, 200 to 259 test, A = [(X - mean) / std, 1] of the training rows
 *     np.linalg.lstsq(A, y); softmax regression by 200,000 steps of gradient descent on A, rate 0.5
 */
#include "configuration_main.h"
#include "test.h"

#include <adze/kit.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "picture_files.h"

static void write_rows(const char *name, int from, int to, bool classes)
{
    FILE *f = fopen(scratch(name), "w");
    fprintf(f, "x1,x2,side,target\n");
    for (int i = from; f && i < to; i++) {
        double x1 = (i * 37 % 101) / 10.0, x2 = (i * 53 % 97) / 9.0, e = i * 29 % 7;
        char text[32];
        snprintf(text, sizeof text, "%.2f", x2);
        double y = 3 * x1 - 2 * atof(text) + e;
        fprintf(f, "%.1f,%s,%s,", x1, text, i % 3 == 0 ? "left" : i % 3 == 1 ? "right" : "");
        if (classes)
            fprintf(f, "%s\n", x1 + e > 11 ? "c" : x1 + e > 8 ? "b" : "a");
        else
            fprintf(f, "%.2f\n", y);
    }
    if (f)
        fclose(f);
}

typedef struct job {
    ad_config *config;
    ad_run_data data;
    ad_run_network net;
    ad_run_measured measured;
    ad_baselines b;
} job;

static bool train(job *j, bool classes, const char *more)
{
    char text[600];
    ad_run_result result;
    *j = (job){.config = NULL};
    write_rows("train.csv", 0, 200, classes);
    write_rows("test.csv", 200, 260, classes);
    snprintf(text, sizeof text,
             "data: {format: csv, path: train.csv, test: test.csv, target: target, skip: side}\n"
             "model: [{linear: {out: 32}}, relu, {linear: {out: %d}}]\n%s",
             classes ? 3 : 1, more);
    bool good =
        ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
        ad_run_sources(j->config, &j->data) == AD_OK &&
        ad_run_build(j->config, &j->data, 2, &j->net) == AD_OK &&
        ad_run_train(&(ad_run_options){.config = j->config, .data = &j->data, .network = &j->net},
                     &result) == AD_OK &&
        ad_run_measure(&j->net, &j->data, j->data.test, NULL, NULL, &j->measured) == AD_OK;
    if (!good)
        printf("%s", ad_kit_error());
    return good;
}

static ad_status compare(job *j, int threads)
{
    return ad_run_baselines(&j->net, &j->data, j->data.test, &j->measured, threads, &j->b);
}

static void done(job *j)
{
    ad_run_measured_done(&j->measured);
    ad_run_network_done(&j->net);
    ad_run_data_done(&j->data);
    ad_config_free(j->config);
}

static double value(const ad_baseline *b, const char *name)
{
    for (int i = 0; i < b->measures; i++)
        if (strcmp(b->measured[i].name, name) == 0)
            return b->measured[i].value;
    return NAN;
}

TEST(numbers)
{
    job j;
    CHECK(
        train(&j, false, "train: {epochs: 1, batch: 200, optimizer: {method: sgd, rate: 1e-6}}\n"));
    CHECK_EQ(compare(&j, 1), AD_OK);
    CHECK(j.b.count == 2 && j.b.examples == 200 && !j.b.sampled);
    CHECK_STREQ(j.b.list[0].name, "mean");
    CHECK(fabs(value(&j.b.list[0], "mse") - 105.90455990666666) < 1e-4);
    CHECK_STREQ(j.b.list[1].name, "linear");
    CHECK(fabs(value(&j.b.list[1], "mse") - 4.12749309738432) < 1e-3);
    CHECK(!j.b.list[0].beaten && !j.b.list[1].beaten); /* it has learned nothing */
    double mse = value(&j.b.list[1], "mse");
    CHECK_EQ(compare(&j, 3), AD_OK);
    CHECK(mse == value(&j.b.list[1], "mse")); /* the same bits */
    done(&j);
}

TEST(a_network_that_learned)
{
    job j;
    CHECK(train(&j, false,
                "train: {epochs: 60, batch: 20, optimizer: {method: adam, rate: 0.01}}\n"));
    CHECK_EQ(compare(&j, 1), AD_OK);
    CHECK(j.b.list[0].beaten);
    CHECK(!j.b.list[1].beaten); /* the rows are linear, with noise */
    done(&j);
}

TEST(classes)
{
    job j;
    CHECK(train(&j, true,
                "train: {epochs: 20, batch: 20, optimizer: {method: adam, rate: "
                "0.01}}\n"));
    CHECK_EQ(compare(&j, 0), AD_OK);
    CHECK_STREQ(j.b.list[0].name, "majority");
    CHECK(fabs(value(&j.b.list[0], "accuracy") - 31.0 / 60) < 1e-12);
    CHECK(fabs(value(&j.b.list[0], "log_loss") - 1.0264463489150744) < 1e-6);
    CHECK(fabs(value(&j.b.list[1], "accuracy") - 40.0 / 60) < 1e-12);
    CHECK(fabs(value(&j.b.list[1], "log_loss") - 0.6718783389654636) < 2e-3);
    done(&j);
}

/* Groups together are the whole. */
TEST(groups)
{
    job j;
    ad_run_groups g;
    CHECK(train(&j, true, "train: {epochs: 1, batch: 20}\n"));
    CHECK(!j.data.raw);
    CHECK_EQ(ad_run_part(j.config, &j.data, AD_PART_TEST), AD_OK);
    CHECK_EQ(ad_run_measure_by(&j.net, &j.data, j.data.test, j.data.raw, "target", &g), AD_OK);
    CHECK_EQ(g.count, 3);
    CHECK_STREQ(g.group[0].value, "a");
    CHECK_STREQ(g.group[2].value, "c");
    static const int counts[] = {31, 16, 13};
    double right = 0;
    for (int i = 0; i < g.count; i++) {
        CHECK_EQ(g.group[i].measured.count, counts[i]);
        /* no class is rare in the whole part, so none is told of as such in a group of one class */
        CHECK(!ad_run_find(&g.group[i].measured, "balanced_accuracy"));
        CHECK_EQ(g.group[i].measured.measures, g.group[0].measured.measures);
        right += ad_run_find(&g.group[i].measured, "accuracy")->value * counts[i];
    }
    CHECK(fabs(right / 60 - ad_run_find(&j.measured, "accuracy")->value) < 1e-12);
    ad_run_groups_done(&g);
    CHECK(ad_run_measure_by(&j.net, &j.data, j.data.test, j.data.raw, "targt", &g) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "no field 'targt' that is a class or whole numbers\n  there is "
                                   "'target'");
    CHECK(ad_run_measure_by(&j.net, &j.data, j.data.test, j.data.raw, "x1", &g) != AD_OK);
    CHECK_EQ(g.count, 0);
    done(&j);
}

TEST(parts)
{
    job j;
    CHECK(train(&j, true, "train: {epochs: 1, batch: 20}\n"));
    static const int64_t counts[] = {
        [AD_PART_TRAIN] = 200, [AD_PART_TEST] = 60, [AD_PART_ALL] = 260};
    for (int part = AD_PART_TRAIN; part <= AD_PART_ALL; part++) {
        ad_status status = ad_run_part(j.config, &j.data, part);
        CHECK_EQ(status == AD_OK, part != AD_PART_VALIDATION);
        if (status != AD_OK)
            continue;
        CHECK_EQ(ad_source_count(j.data.test), counts[part]);
        CHECK_EQ(ad_source_count(j.data.train), 200);
    }
    done(&j);
}

/* ---------------------------------------------------------------- what is said of the data */

static char said[4000];

static void hear(void *user, const char *words)
{
    (void)user;
    strncat(said, words, sizeof said - strlen(said) - 1);
}

/* Rows "i * 37 % 101,CLASS": so many of each class a, b, c..., as they stand or mixed. */
static void write_classes(const char *name, const int *counts, int classes, bool mixed)
{
    int left[8], rows = 0;
    FILE *f = fopen(scratch(name), "w");
    fprintf(f, "x,target\n");
    for (int c = 0; c < classes; c++)
        left[c] = counts[c], rows += counts[c];
    for (int i = 0, c = 0; f && i < rows; i++) {
        while (!left[c])
            c = (c + 1) % classes;
        fprintf(f, "%d.5,%c\n", i * 37 % 101, 'a' + c);
        left[c]--;
        c = mixed ? (c + 1) % classes : c;
    }
    if (f)
        fclose(f);
}

static ad_status inspect(const char *data)
{
    char text[400];
    ad_config *c;
    ad_run_data d = {0};
    said[0] = 0;
    snprintf(text, sizeof text,
             "data: {format: csv, path: rows.csv, target: target, %s}\n"
             "model: [{linear: {out: 3}}]\n",
             data);
    ad_status status = ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &c);
    if (status == AD_OK)
        status = ad_run_sources(c, &d);
    if (status == AD_OK)
        status = ad_run_inspect(c, &d, hear, NULL);
    if (status != AD_OK)
        snprintf(said, sizeof said, "%s", ad_kit_error());
    ad_run_data_done(&d);
    ad_config_free(c);
    return status;
}

TEST(sound_data_is_not_spoken_of)
{
    write_classes("rows.csv", (int[]){40, 40, 40}, 3, true);
    CHECK_EQ(inspect("split: stratified, test_share: 0.2"), AD_OK);
    CHECK_STREQ(said, "");
}

TEST(classes_of_different_size)
{
    write_classes("rows.csv", (int[]){330, 20, 40}, 3, true);
    CHECK_EQ(inspect("test_share: 0"), AD_OK);
    CHECK_CONTAINS(said, "class 'a' has 330 training examples, class 'b' 20 [W404]\n  always "
                         "answering the first is right in 84.6 % of the training part");
    write_classes("rows.csv", (int[]){200, 20, 40}, 3, true); /* ten times is not more */
    CHECK_EQ(inspect("test_share: 0"), AD_OK);
    CHECK_STREQ(said, "");
}

TEST(rows_in_the_order_of_their_class)
{
    write_classes("rows.csv", (int[]){50, 50, 20}, 3, false);
    CHECK_EQ(inspect("split: in_order, test_share: 0.25"), AD_OK); /* the last 30 rows */
    CHECK_CONTAINS(said, "the rows are in the order of their class, and data.split is in_order "
                         "[W406]");
    CHECK_CONTAINS(said, "class 'c' has no example in the training part, and some where it is "
                         "measured [W402]");
    CHECK_CONTAINS(said, "class 'a' has no example in the test part [W403]");
    CHECK_EQ(inspect("split: in_order, test_share: 0.6"), AD_ERROR_FORMAT); /* 48 rows of a */
    CHECK_CONTAINS(said, "all 48 training examples are of class 'a': there is nothing to tell");
    CHECK_EQ(inspect("split: stratified, test_share: 0.25"), AD_OK);
    CHECK_STREQ(said, "");
}

TEST(targets_that_are_missing)
{
    FILE *f = fopen(scratch("rows.csv"), "w");
    fprintf(f, "x,target\n");
    for (int i = 0; f && i < 60; i++)
        fprintf(f, "%d.5,%s\n", i * 37 % 101, i % 20 == 7 ? "" : i % 2 ? "a" : "b");
    fclose(f);
    CHECK_EQ(inspect("split: stratified, test_share: 0.2"), AD_OK);
    CHECK_CONTAINS(said, "3 examples have no target and are left out [W405]");
    CHECK(strstr(said, "[W405]") == strrchr(said, '[')); /* said once */
}

/* A list of classes may name more than there are. */
TEST(classes_that_nothing_has)
{
    job j = {.config = NULL};
    CHECK(train(&j, true, "train: {epochs: 1, batch: 20}\n"));
    ad_schema_field *f = (ad_schema_field *)ad_schema_target(j.data.schema);
    f->classes = 4;
    char *names[] = {f->names[0], f->names[1], f->names[2], "d"}, **old = f->names;
    f->names = names;
    said[0] = 0;
    CHECK_EQ(ad_run_inspect(j.config, &j.data, hear, NULL), AD_OK);
    CHECK_CONTAINS(said, "class 'd' has no example [W401]");
    f->classes = 3, f->names = old;
    done(&j);
}

/* ---------------------------------------------------------------- codes */

TEST(messages_have_codes)
{
    const ad_explanation *e;
    for (int i = 0; (e = ad_explanation_at(i)) != NULL; i++) {
        CHECK(e == ad_explanation_find(e->code) && strlen(e->code) == 4);
        CHECK(*e->title && *e->meaning && *e->cure && *e->example);
    }
    CHECK(!ad_explanation_find("E000") && !ad_explanation_at(-1));
    CHECK_STREQ(
        ad_explanation_of(AD_RUN_NO_FAULT, "net.yaml:3:1: train has no key 'epoch'\nx")->code,
        "E201");
    CHECK_STREQ(ad_explanation_of(AD_RUN_LOCKED, "another training has run")->code, "E102");
    CHECK_STREQ(ad_explanation_of(AD_RUN_BAD_DATA, "t.csv:1:2: 3 cells; the table has 4")->code,
                "E304");
    CHECK_STREQ(ad_explanation_of(AD_RUN_BAD_DATA, "never seen before")->code, "E300");
    CHECK(!ad_explanation_of(AD_RUN_NO_FAULT, "a\ntrain has no key"));
}

TEST_MAIN_OF_CONFIGURATIONS()
