/* Metrics of a configuration: named, refused, measured; and the decision between two classes one of
 * which is rare, which is kept with the model. */
#include "test.h"

#include <adze/kit.h>

#include <unistd.h>

#include "../kit/run.h"
#include "../kit/yaml.h"

static char folder[] = "/tmp/adze-metric-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4][256];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

/* Numbers a, b, of which a is larger in class "rare", one in `every`. */
static void write_table(const char *name, int rows, int every)
{
    FILE *f = fopen(in_folder(name), "w");
    fprintf(f, "a,b,kind,amount\n");
    for (int i = 0; f && i < rows; i++) {
        bool rare = i % every == 0;
        double a = (i * 37 % 101) / 50.0 + (rare ? 1.2 : 0), b = (i * 53 % 97) / 50.0;
        fprintf(f, "%.2f,%.2f,%s,%.2f\n", a, b, rare ? "rare" : "usual", a + 0.1 * b);
    }
    if (f)
        fclose(f);
}

typedef struct job {
    ad_config *config;
    ad_run_folder *run;
    ad_run_data data;
    ad_run_network net;
    ad_run_result result;
    ad_run_measured measured;
} job;

static ad_status parse(job *j, const char *target, const char *more)
{
    char text[1024];
    *j = (job){.config = NULL};
    snprintf(text, sizeof text,
             "data: {csv: table.csv, target: %s, validation: 0.25}\n"
             "model:\n  - linear: {out: 8}\n  - relu\n  - linear: {out: %d}\n"
             "train: {epochs: 4, batch: 32, optimizer: {rate: 0.01}}\n%s",
             target, strcmp(target, "kind") == 0 ? 2 : 1, more);
    return ad_config_parse(in_folder("job.yaml"), text, strlen(text), NULL, 0, &j->config);
}

static void done(job *j)
{
    ad_run_measured_done(&j->measured);
    ad_run_network_done(&j->net);
    ad_run_data_done(&j->data);
    ad_run_close(j->run);
    ad_config_free(j->config);
}

static bool job_of(job *j, const char *target, const char *more)
{
    bool good = parse(j, target, more) == AD_OK &&
                ad_run_open(in_folder("run"), AD_RUN_OVER, &j->run) == AD_OK &&
                ad_run_sources(j->config, &j->data) == AD_OK &&
                ad_run_build(j->config, &j->data, 2, &j->net) == AD_OK;
    ad_run_options o = {.config = j->config, .data = &j->data, .network = &j->net, .run = j->run};
    good = good && ad_run_train(&o, &j->result) == AD_OK &&
           ad_run_measure(&j->net, &j->data, j->data.test, NULL, NULL, &j->measured) == AD_OK;
    if (!good)
        printf("%s", ad_kit_error());
    return good;
}

/* ---------------------------------------------------------------- names */

static void refused_at_once(const char *metrics, const char *words)
{
    job j;
    CHECK(parse(&j, "kind", metrics) != AD_OK);
    if (!strstr(ad_kit_error(), words))
        TEST_FAILED("'%s' is not said: %s", words, ad_kit_error());
    done(&j);
}

TEST(names_are_checked_with_the_file)
{
    refused_at_once("metrics: [acuracy]\n", "no metric is called 'acuracy'");
    refused_at_once("metrics: [acuracy]\n", "did you mean 'accuracy'?");
    refused_at_once("metrics: [auc]\n", "did you mean 'roc_area'?");
    refused_at_once("metrics: [mcc]\n", "did you mean 'matthews'?");
    refused_at_once("metrics: [{top_k: {k: 0}}]\n", "top_k.k");
    refused_at_once("metrics: [{top_k: {kk: 2}}]\n", "top_k has no key 'kk'");
    refused_at_once("metrics: accuracy\n", "a list is wanted");
    refused_at_once("metrics: [[f1]]\n", "a metric is a name");
    refused_at_once("metric: [f1]\n", "did you mean 'metrics'?");
}

static void refused_for_the_task(const char *target, const char *metrics, const char *words)
{
    job j;
    CHECK_EQ(parse(&j, target, metrics), AD_OK);
    CHECK(ad_run_understand(j.config, &j.data) != AD_OK);
    if (!strstr(ad_kit_error(), words) || !strstr(ad_kit_error(), "job.yaml:7:"))
        TEST_FAILED("'%s' is not said: %s", words, ad_kit_error());
    done(&j);
}

TEST(what_means_nothing_to_the_task_is_refused)
{
    refused_for_the_task("kind", "metrics: [accuracy, mae]\n",
                         "the metric mae is of other answers");
    refused_for_the_task("kind", "metrics: [mae]\n", "roc_area");
    refused_for_the_task("kind", "metrics: [top_k]\n", "is always right");
    refused_for_the_task("kind", "metrics: [f1, accuracy, f1]\n", "stands there twice");
    refused_for_the_task("amount", "metrics: [r2, f1]\n", "the metric f1 is of other answers");
    refused_for_the_task("amount", "metrics: [mase]\n", "needs the training series");
}

/* ---------------------------------------------------------------- values */

static bool are_named(const ad_run_measured *m, const char *names)
{
    char text[512] = "";
    for (int i = 0; i < m->measures; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
                 m->measured[i].name);
    if (strcmp(text, names) != 0)
        printf("measured: %s\n", text);
    return strcmp(text, names) == 0;
}

TEST(those_of_the_file_are_measured)
{
    job j;
    write_table("table.csv", 400, 2);
    REQUIRE(job_of(&j, "kind", "metrics: [brier, f1, calibration_error: {bins: 5}, roc_area]\n"));
    CHECK(are_named(&j.measured, "loss brier f1 calibration_error(bins=5) roc_area"));
    for (int i = 1; i < j.measured.measures; i++) {
        const ad_measured *m = &j.measured.measured[i];
        CHECK(m->low <= m->value && m->value <= m->high && m->low < m->high);
    }
    ad_measured accuracy;
    CHECK(ad_run_accuracy(&j.measured, &accuracy) && accuracy.value > 0.5);
    CHECK(j.data.threshold == 0); /* neither class is rare */
    done(&j);
}

TEST(those_of_the_task_are_measured)
{
    job j;
    write_table("table.csv", 400, 2);
    REQUIRE(job_of(&j, "kind", ""));
    CHECK(are_named(&j.measured, "loss accuracy log_loss"));
    done(&j);
    REQUIRE(job_of(&j, "amount", ""));
    CHECK(are_named(&j.measured, "loss mae mse r2"));
    CHECK(j.measured.measured[3].low < j.measured.measured[3].high);
    done(&j);
    REQUIRE(job_of(&j, "amount", "metrics: [pinball: {quantile: 0.9}, rmse]\n"));
    CHECK(are_named(&j.measured, "loss pinball(quantile=0.9) rmse"));
    done(&j);
}

/* ---------------------------------------------------------------- a rare class */

static double f1_of(job *j, double threshold)
{
    ad_run_answers a;
    ad_metric_value v = {.value = NAN};
    CHECK_EQ(ad_run_answer(&j->net, &j->data, j->data.validation, &a), AD_OK);
    a.answers.threshold = threshold;
    CHECK_EQ(ad_metric(&a.answers, "f1", &v), AD_OK);
    ad_run_answers_done(&a);
    return v.value;
}

/* The classes that the stored model answers are those that were measured. */
static void check_stored(const job *j)
{
    ad_model *model;
    ad_source *items;
    REQUIRE(ad_model_load(in_folder("run"), &model) == AD_OK);
    const ad_run_data *about = ad_model_about(model);
    CHECK(about->threshold == j->data.threshold && about->positive == j->data.positive);
    const char *path[] = {in_folder("table.csv")};
    char out[256];
    snprintf(out, sizeof out, "%s", in_folder("answers.csv"));
    ad_answer_result result;
    CHECK_EQ(ad_model_answer(model, path, 1,
                             &(ad_answer_options){.format = AD_ANSWER_CSV, .out = out}, &result),
             AD_OK);
    float chance[2 * 400];
    CHECK_EQ(ad_model_items(model, path, 1, &items), AD_OK);
    CHECK_EQ(ad_model_predict(model, items, 0, 400, chance), AD_OK);
    FILE *f = fopen(out, "r");
    char line[256];
    int moved = 0;
    REQUIRE(f && fgets(line, sizeof line, f));
    for (int i = 0; i < 400 && fgets(line, sizeof line, f); i++) {
        double of = (double)chance[2 * i + about->positive];
        const char *class = about->positive == (of >= about->threshold) ? "usual" : "rare";
        CHECK(strstr(line, class));
        moved += (of >= about->threshold) != (of > 0.5);
    }
    CHECK(moved > 0);
    fclose(f);
    ad_source_free(items);
    ad_model_free(model);
}

TEST(a_rare_class_has_a_threshold)
{
    job j;
    write_table("table.csv", 400, 8);
    REQUIRE(job_of(&j, "kind", ""));
    CHECK(are_named(&j.measured, "loss accuracy log_loss balanced_accuracy pr_area"));
    CHECK(j.data.threshold > 0 && j.data.threshold < 1);
    CHECK(strcmp(ad_run_names(&j.data)[j.data.positive], "rare") == 0);
    double best = f1_of(&j, j.data.threshold);
    for (double t = 0.02; t < 1; t += 0.02)
        CHECK(f1_of(&j, t) <= best + 1e-12);
    check_stored(&j);
    done(&j);
}

/* ---------------------------------------------------------------- series and texts */

static bool job_from(job *j, const char *text)
{
    *j = (job){.config = NULL};
    bool good =
        ad_config_parse(in_folder("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
        ad_run_open(in_folder("run"), AD_RUN_OVER, &j->run) == AD_OK &&
        ad_run_sources(j->config, &j->data) == AD_OK &&
        ad_run_build(j->config, &j->data, 2, &j->net) == AD_OK;
    ad_run_options o = {.config = j->config, .data = &j->data, .network = &j->net, .run = j->run};
    good = good && ad_run_train(&o, &j->result) == AD_OK &&
           ad_run_measure(&j->net, &j->data, j->data.test, NULL, NULL, &j->measured) == AD_OK;
    if (!good)
        printf("%s", ad_kit_error());
    return good;
}

static double row_of(int i)
{
    return round(100 * (5 + sin(i * 0.7) + (i * 37 % 101) / 100.0)) / 100;
}

static double naive_error(const ad_run_data *data, int64_t season)
{
    double sum = 0;
    for (int64_t t = season; t < data->history_rows; t++)
        sum += fabs(data->history[t] - data->history[t - season]);
    return sum / (double)(data->history_rows - season);
}

TEST(a_forecast_is_scaled_by_its_training_part)
{
    job j;
    FILE *f = fopen(in_folder("series.csv"), "w");
    fprintf(f, "t,y\n");
    for (int i = 0; i < 400; i++)
        fprintf(f, "%d,%.2f\n", i, row_of(i));
    fclose(f);
    REQUIRE(job_from(&j, "task: forecast\n"
                         "data: {csv: series.csv, time: t, validation: 0.1}\n"
                         "forecast: {window: 10, horizon: 3}\n"
                         "metrics: [mase, mase: {season: 9}, mae]\n"
                         "model: [flatten, linear: {out: 3}]\n"
                         "train: {epochs: 2, batch: 16}\n"));
    CHECK(are_named(&j.measured, "loss mase mase(season=9) mae"));
    REQUIRE(j.data.history_targets == 1 && j.data.history_rows > 100);
    for (int64_t i = 0; i < j.data.history_rows; i++)
        CHECK(fabs(j.data.history[i] - row_of((int)i)) < 1e-5);
    const ad_measured *m = j.measured.measured;
    CHECK(fabs(m[1].value * naive_error(&j.data, 1) - m[3].value) < 1e-9);
    CHECK(fabs(m[2].value * naive_error(&j.data, 9) - m[3].value) < 1e-9);
    /* Windows that share targets are drawn together. */
    CHECK(j.measured.answers.answers.cluster.data != NULL);
    CHECK(ad_array_item(&j.measured.answers.answers.cluster, 2) == 0);
    CHECK(ad_array_item(&j.measured.answers.answers.cluster, 3) == 1);
    done(&j);
}

static void write_series(int rows)
{
    FILE *f = fopen(in_folder("series.csv"), "w");
    fprintf(f, "t,y,z\n");
    for (int i = 0; i < rows; i++)
        fprintf(f, "%d,%.2f,%.2f\n", i, row_of(i), row_of(3 * i + 1) / 2);
    fclose(f);
}

/* Of a job's test part: the mean of the pinball losses of the sorted quantiles, and how many of the
 * numbers crossed before; by their definition. */
static double pinball_by_hand(const job *j, int64_t *crossed, int64_t *numbers)
{
    static const double level[] = {0.1, 0.5, 0.9};
    ad_program *p = ad_compile(j->net.state, .fetch = {j->net.quantiles, j->net.prediction},
                               .feed = {j->net.input[0]});
    ad_batches *b = ad_batches_new(j->data.test, .size = 1000, .order = AD_ORDER_AS_IS);
    ad_batch batch;
    ad_array out[2] = {{0}};
    double sum = 0;
    *crossed = *numbers = 0;
    CHECK_EQ(ad_batches_next(b, &batch), AD_OK);
    CHECK_EQ(ad_run(p, &batch.array[ad_source_find(j->data.test, "input")], out), AD_OK);
    const ad_array *right = &batch.array[ad_source_find(j->data.test, "target")];
    for (int64_t i = 0; i < ad_array_count(right); i++, ++*numbers) {
        double said[3], y = ad_array_item(right, i);
        bool crosses = false;
        for (int q = 0; q < 3; q++) {
            said[q] = ad_array_item(&out[1], 3 * i + q);
            CHECK(q == 0 || said[q] >= said[q - 1]);
            crosses = crosses || (q && ad_array_item(&out[0], 3 * i + q) <
                                           ad_array_item(&out[0], 3 * i + q - 1));
            sum += y >= said[q] ? level[q] * (y - said[q]) : (1 - level[q]) * (said[q] - y);
        }
        *crossed += crosses;
    }
    ad_batches_free(b);
    ad_program_free(p);
    return sum / (3 * (double)*numbers);
}

TEST(what_is_measured_of_a_forecast)
{
    job j;
    int64_t crossed, numbers;
    write_series(400);
    REQUIRE(job_from(&j,
                     "task: forecast\n"
                     "data: {csv: series.csv, time: t, validation: 0.1}\n"
                     "forecast: {window: 10, horizon: 3, quantiles: [0.1, 0.5, 0.9], season: 7}\n"
                     "model: [flatten, linear: {out: 18}]\n"
                     "train: {epochs: 2, batch: 16, optimizer: {rate: 1e-2}}\n"));
    CHECK(are_named(&j.measured, "loss mae mse rmse mase(season=7) pinball"));
    const ad_measured *m = j.measured.measured;
    CHECK(fabs(m[5].value - pinball_by_hand(&j, &crossed, &numbers)) < 1e-6);
    CHECK(m[5].low < m[5].value && m[5].value < m[5].high);
    CHECK_EQ(j.measured.crossed, crossed);
    CHECK_EQ(j.measured.crossable, numbers);
    CHECK(crossed > 0 && crossed < numbers);
    done(&j);
    write_series(400);
    REQUIRE(job_from(&j, "task: forecast\n"
                         "data: {csv: series.csv, time: t, validation: 0.1}\n"
                         "forecast: {window: 10, horizon: 3, season: 1000}\n"
                         "model: [flatten, linear: {out: 6}]\n"
                         "train: {epochs: 1, batch: 16}\n"));
    CHECK(are_named(&j.measured, "loss mae mse rmse")); /* the training part has no such season */
    CHECK_EQ(j.measured.crossable, 0);
    done(&j);
}

TEST(perplexity_has_an_interval)
{
    job j;
    FILE *f = fopen(in_folder("text.txt"), "w");
    for (int i = 0; i < 400; i++)
        fprintf(f, "line %d of a text, %s\n", i * 37 % 101, i % 3 ? "short" : "and on");
    fclose(f);
    REQUIRE(job_from(&j, "task: language_model\n"
                         "data: {format: text, path: text.txt}\n"
                         "text: {tokens: characters}\n"
                         "language: {length: 16}\n"
                         "metrics: [perplexity, accuracy]\n"
                         "model: [embedding: {width: 8}, gru: {width: 8}, linear: {}]\n"
                         "train: {epochs: 1, batch: 16}\n"));
    CHECK(are_named(&j.measured, "loss log_loss accuracy perplexity bits_a_byte"));
    const ad_measured *m = j.measured.measured;
    CHECK(fabs(m[3].value - exp(m[1].value)) < 1e-9);
    CHECK(m[3].low < m[3].value && m[3].value < m[3].high);
    CHECK(m[4].low < m[4].value && m[4].value < m[4].high);
    /* Of the texts: beside the sums of each. */
    ad_metric_value v;
    CHECK_EQ(ad_metric(&j.measured.answers.answers, "perplexity", &v), AD_OK);
    CHECK(fabs(v.value - m[3].value) < 1e-9 && v.low == m[3].low);
    CHECK_EQ(ad_metric(&j.measured.answers.answers, "bits_a_byte", &v), AD_OK);
    CHECK(fabs(v.value - m[4].value) < 1e-9 && v.high == m[4].high);
    done(&j);
}

/* What is more than the limit is not kept, and that is told. */
TEST(answers_that_are_too_many)
{
    const ad_task_record *task = NULL;
    for (int i = 0; ad_task_at(i); i++)
        if (strcmp(ad_task_at(i)->name, "regression") == 0)
            task = (const ad_task_record *)ad_task_at(i);
    ad_run_data data = {.task = task};
    ad_run_measured measured = {.measures = 0};
    run_keeping k;
    float said[4] = {1, 2, 3, 4};
    ad_array out[] = {ad_f32(said, AD_SHAPE(4, 1)), ad_f32(said, AD_SHAPE(4, 1))};
    run_keeping_begin(&k, &data);
    k.most = 100; /* of 12 bytes an example */
    CHECK_EQ(run_keep(&k, out, 4), AD_OK);
    CHECK(k.kind && !k.unkept && k.count == 4);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(run_keep(&k, out, 4), AD_OK);
    CHECK(!k.kind && k.unkept && k.count == 0 && !k.said);
    CHECK_EQ(run_measure_kept(&k, &data, NULL, &measured), AD_OK);
    CHECK(measured.unkept && !measured.metric);
    run_keeping_done(&k);
}

TEST(nothing_is_left_behind)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK_EQ(system(command), 0);
}

int main(int count, char **arguments)
{
    if (!yaml_available()) {
        printf("skipped: built without libyaml\n");
        return 77;
    }
    if (!mkdtemp(folder))
        return 1;
    write_table("table.csv", 400, 2);
    return test_main(count, arguments);
}
