/* Methods of train.optimizer that look at all examples in each step: where they end, beside
 * scikit-learn, and that all of a training works with them. */
#include "test.h"

#include <adze/run.h>

#include "../kit/run.h"
#include "configuration_main.h"
#include "job.h"
#include "scratch.h"

enum { ROWS = 60, INPUTS = 3, CLASSES = 3, WEIGHTS = INPUTS * CLASSES };

static void write_table(void)
{
    FILE *f = fopen(scratch("t.csv"), "w");
    if (f)
        fprintf(f, "x,y,z,k\n");
    for (int i = 0; f && i < ROWS; i++) {
        double x = sin(i), y = cos(2 * i), z = (i * 7 % 11) / 11.0;
        char k = x + 0.5 * y + 0.4 * sin(3 * i) > 0.5 ? 'a'
                 : z + 0.3 * cos(5 * i) > 0.4         ? 'b'
                                                      : 'c';
        fprintf(f, "%.6f,%.6f,%.6f,%c\n", x, y, z, k);
    }
    if (f)
        fclose(f);
}

/* scikit-learn 1.9.1, of the numbers above:
 *   m = LogisticRegression(C=1 / (0.01 * 60), tol=1e-12, max_iter=10000).fit(X, k)
 *   m.coef_, m.intercept_ - m.intercept_[0]
 *   -log(m.predict_proba(X)[range(60), k]).mean() + 0.01 / 2 * (m.coef_ ** 2).sum() */
static const double right[WEIGHTS] = {2.384772412,  1.781046279,  0.364424214,
                                      -1.630179959, -1.054925630, 1.894736947,
                                      -0.754592453, -0.726120649, -2.259161161},
                    offset[CLASSES] = {0, 0.559169179, 2.252617506}, least = 0.652442650;

static bool begin(job *j, const char *more, const char *train, int threads)
{
    static char text[2000];
    snprintf(text, sizeof text,
             "data: {csv: t.csv, target: k, test: t.csv, test_share: 0, standardize: false%s}\n"
             "model: [linear: {out: 3, name: a}]\ntrain: {%s}\n",
             more, train);
    *j = (job){.config = NULL};
    return ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
           ad_run_sources(j->config, &j->data) == AD_OK &&
           ad_run_build(j->config, &j->data, threads, &j->net) == AD_OK;
}

/* Weights, then biases. */
typedef struct fitted {
    float value[WEIGHTS + CLASSES];
    ad_run_result result;
} fitted;

static bool take(job *j, fitted *f)
{
    ad_array w, b;
    f->result = j->result;
    bool good = ad_get(j->net.state, ad_find(j->net.graph, "a.weight"), &w) == AD_OK &&
                ad_get(j->net.state, ad_find(j->net.graph, "a.bias"), &b) == AD_OK;
    if (good) {
        memcpy(f->value, w.data, WEIGHTS * sizeof(float));
        memcpy(f->value + WEIGHTS, b.data, CLASSES * sizeof(float));
    }
    return good;
}

/* folder: of the run, or NULL. */
static bool train_to(const char *more, const char *train, int threads, const char *place,
                     ad_run_mode mode, fitted *f)
{
    job j;
    *f = (fitted){.value = {0}};
    bool good = begin(&j, more, train, threads);
    good = good && (!place || ad_run_open(scratch(place), mode, &j.run) == AD_OK);
    ad_run_options o = {.config = j.config, .data = &j.data, .network = &j.net, .run = j.run};
    good = good && ad_run_train(&o, &j.result) == AD_OK && take(&j, f);
    if (!good)
        TEST_FAILED("%s: %s%s", train, ad_kit_error(), ad_error());
    done(&j);
    return good;
}

#define DECAYED "no_decay: ['*bias'], optimizer: {decay: 0.01, method: "

TEST(logistic_regression_is_scikit_learns)
{
    static const char *const methods[] = {"lbfgs", "cg", "newton_cg"};
    static const int most[] = {40, 80, 15}; /* iterations */
    for (int i = 0; i < 3; i++) {
        char train[200];
        fitted f;
        snprintf(train, sizeof train, "epochs: 200, " DECAYED "%s}", methods[i]);
        REQUIRE(train_to("", train, 1, NULL, AD_RUN_NEW, &f));
        CHECK_EQ(f.result.end, AD_END_CONVERGED);
        if (f.result.at.epoch > most[i])
            TEST_FAILED("%s: %d", methods[i], (int)f.result.at.epoch);
        CHECK_CLOSE(f.result.loss, least, 1e-6);
        for (int k = 0; k < WEIGHTS; k++)
            CHECK_CLOSE((double)f.value[k], right[k], 2e-3);
        for (int k = 0; k < CLASSES; k++)
            CHECK_CLOSE((double)(f.value[WEIGHTS + k] - f.value[WEIGHTS]), offset[k], 4e-3);
    }
}

/* Pieces of the set change roundings alone, threads nothing. */
TEST(pieces_and_threads)
{
    fitted whole, pieces, threads;
    REQUIRE(train_to("", "epochs: 6, batch: 64, " DECAYED "lbfgs}", 1, NULL, AD_RUN_NEW, &whole));
    REQUIRE(train_to("", "epochs: 6, batch: 7, " DECAYED "lbfgs}", 1, NULL, AD_RUN_NEW, &pieces));
    REQUIRE(train_to("", "epochs: 6, batch: 7, " DECAYED "lbfgs}", 3, NULL, AD_RUN_NEW, &threads));
    for (int k = 0; k < WEIGHTS + CLASSES; k++)
        CHECK_CLOSE((double)whole.value[k], (double)pieces.value[k], 1e-4);
    CHECK(memcmp(pieces.value, threads.value, sizeof pieces.value) == 0);
}

TEST(going_on_has_the_same_bits)
{
    static const char *const methods[] = {"lbfgs", "cg", "newton_cg"};
    for (int i = 0; i < 3; i++) {
        char four[200], two[200];
        fitted once, first, second;
        snprintf(four, sizeof four, "epochs: 4, " DECAYED "%s}", methods[i]);
        snprintf(two, sizeof two, "epochs: 2, " DECAYED "%s}", methods[i]);
        REQUIRE(train_to("", four, 1, NULL, AD_RUN_NEW, &once));
        REQUIRE(train_to("", two, 1, methods[i], AD_RUN_NEW, &first));
        CHECK(memcmp(once.value, first.value, sizeof once.value) != 0);
        REQUIRE(train_to("", four, 1, methods[i], AD_RUN_RESUME, &second));
        CHECK(memcmp(once.value, second.value, sizeof once.value) == 0);
    }
}

/* Without decay it overfits: the best weights are kept and stored, and it ends early. */
TEST(validation_history_and_the_stored_model)
{
    fitted f;
    REQUIRE(train_to(", validation: 0.4",
                     "epochs: 60, early_stopping: {patience: 3}, optimizer: {method: lbfgs, "
                     "tolerance: 0}",
                     1, "held", AD_RUN_NEW, &f));
    CHECK_EQ(f.result.end, AD_END_EARLY);
    CHECK(f.result.best_epoch > 0 && f.result.best_epoch == f.result.at.epoch - 3);
    char *written = NULL;
    CHECK(run_read(scratch("held"), "history.csv", &written) == AD_OK && written);
    int lines = 0;
    for (const char *p = written; p && *p; p++)
        lines += *p == '\n';
    CHECK_EQ(lines, 1 + (int)f.result.at.epoch);
    free(written);
    ad_model *model = NULL;
    CHECK(ad_model_load(scratch("held"), &model) == AD_OK);
    ad_model_free(model);
}

static void check_refused(const char *more, const char *model, const char *train, const char *words,
                          const char *cure)
{
    char text[2000];
    ad_config *config = NULL;
    snprintf(text, sizeof text,
             "data: {csv: t.csv, target: k%s}\nmodel: [%s, linear: {out: 3}]\ntrain: {%s, "
             "optimizer: {method: lbfgs}}\n",
             more, model, train);
    CHECK(ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &config) != AD_OK);
    bool good = strstr(ad_kit_error(), words) && strstr(ad_kit_error(), cure);
    if (!good)
        TEST_FAILED("%s gives %s", train, ad_kit_error());
    CHECK(good);
    ad_config_free(config);
}

TEST(what_makes_no_sense_is_refused)
{
    const char *plain = "linear: {out: 4}", *means = "means nothing with method lbfgs",
               *cure = "choose method: adam";
    check_refused("", plain, "mode: one_example", means, cure);
    check_refused("", plain, "clip_norm: 1", means, cure);
    check_refused("", plain, "accumulate: 2", means, cure);
    check_refused("", plain, "balance: true", means, cure);
    check_refused("", plain, "average: 0.9", means, cure);
    check_refused("", plain, "schedule: {method: cosine}", means, cure);
    check_refused("", plain, "constraints: {l1: 0.1}", means, cure);
    check_refused("", "dropout: {rate: 0.5}", "epochs: 2", "dropout draws at random", cure);
    check_refused("", "batch_norm: {}", "epochs: 2",
                  "batch_norm learns its averages batch by batch", cure);
    ad_config *config = NULL;
    const char *text = "data: {csv: t.csv, target: k}\nmodel: [linear: {out: 3}]\n"
                       "train: {optimizer: {method: lbfgs, memory: 0, rate: 0.1}}\n";
    CHECK(ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &config) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "train.optimizer.memory is 0, which is out of range");
    CHECK_CONTAINS(ad_kit_error(), "train.optimizer.rate means nothing with method: lbfgs");
}

/* A rate is not looked for. */
TEST(rates_are_not_tried)
{
    job j;
    double rate;
    CHECK(begin(&j, "", "optimizer: {method: cg}", 1));
    CHECK(ad_run_rates(j.config, &j.data, 1, NULL, NULL, &rate) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "method cg searches its own steps");
    done(&j);
}

TEST_MAIN_OF_CONFIGURATIONS(write_table())
