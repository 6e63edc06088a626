/* What is seen of runs: results as text, report.html of classes, numbers and a GAN, two runs
 * compared, many listed, curves, events that a resumed training cuts off. */
#include "test.h"

#include <adze/report.h>

#include <sys/stat.h>
#include <unistd.h>

#include "../kit/events.h"
#include "../kit/page.h"
#include "../kit/text.h"
#include "../kit/yaml.h"
#include "xml.h"

static char top[] = "/tmp/adze-report-XXXXXX";

static const char *in_top(const char *name)
{
    static char path[8][256];
    static int next;
    char *p = path[next++ % 8];
    snprintf(p, sizeof path[0], "%s/%s", top, name);
    return p;
}

/* Two kinds that b alone tells apart, where it says so; a is what y is made of. */
static void write_table(const char *name, int rows)
{
    FILE *f = fopen(in_top(name), "w");
    fprintf(f, "id,a,b,kind,y\n");
    for (int i = 0; f && i < rows; i++) {
        double a = (i * 37 % 101) / 10.0, b = (i * 53 % 97) / 9.0;
        fprintf(f, "row <%d>,%.1f,%.2f,%s,%.2f\n", i, a, b, b > 5 ? "<high>" : "low & \"quiet\"",
                3 * a + (i % 7));
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
    ad_baselines baselines;
} job;

static void job_done(job *j)
{
    ad_run_measured_done(&j->measured);
    ad_run_network_done(&j->net);
    ad_run_data_done(&j->data);
    ad_run_close(j->run);
    ad_config_free(j->config);
}

static bool good(ad_status status)
{
    if (status != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    return status == AD_OK;
}

/* Trained into FOLDER as a command does, with its result and report; more: a listener. */
static bool train(job *j, const char *folder, const char *text, ad_run_mode mode)
{
    bool lost = true;
    ad_run_summary s;
    if (!good(ad_config_parse("x.yaml", text, strlen(text), NULL, 0, &j->config)) ||
        !good(ad_run_open(folder, mode, &j->run)) || !good(ad_run_sources(j->config, &j->data)) ||
        !good(ad_run_build(j->config, &j->data, 1, &j->net)))
        return false;
    ad_listener board = ad_listen_tensorboard(
        &(ad_tensorboard_options){folder, j->config, &j->data, &j->net, &lost});
    ad_listener norms = ad_listen_norms(&(ad_norms_options){folder, &j->data, &j->net});
    bool done = good(ad_run_train(&(ad_run_options){.config = j->config,
                                                    .data = &j->data,
                                                    .network = &j->net,
                                                    .run = j->run,
                                                    .listener = {board, norms}},
                                  &j->result));
    ad_listener_free(&board);
    ad_listener_free(&norms);
    CHECK(!lost);
    if (!done || !good(ad_run_measure(&j->net, &j->data, j->data.test, NULL, NULL, &j->measured)) ||
        !good(ad_run_baselines(&j->net, &j->data, j->data.test, &j->measured, 1, &j->baselines)) ||
        !good(ad_run_summarize(j->config, &j->data, &j->net, &j->result, folder, &j->measured,
                               &j->baselines, &s)))
        return false;
    s.command = text_copy("adze train 'x y.yaml'");
    done = good(ad_run_summary_write(folder, &s));
    ad_run_summary_done(&s);
    return done &&
           good(ad_report_write(&(ad_report_options){
               .folder = folder, .config = j->config, .data = &j->data, .network = &j->net}));
}

static char *read_report(const char *folder)
{
    char *text = NULL;
    CHECK(good(run_read(folder, "report.html", &text)));
    const char *wrong = text ? xml_wrong(text) : "no report";
    if (wrong)
        TEST_FAILED("%s: %s", folder, wrong);
    return text ? text : calloc(1, 1);
}

static const char classes[] =
    "data: {format: csv, path: %s, target: kind, test_share: 0.3, validation: 0.2, "
    "types: [id=id]}\n"
    "model: [linear: {out: 8}, relu, linear: {out: 2}]\n"
    "train: {epochs: %d, batch: 16, optimizer: {method: adam, rate: %g}}\n";

static const char *config_of(const char *form, int epochs, double rate)
{
    static char text[2000];
    snprintf(text, sizeof text, form, in_top("table.csv"), epochs, rate);
    return text;
}

/* Nothing that would be fetched or run, and what a reader of screens needs. */
static void check_page(const char *html)
{
    CHECK(strncmp(html, "<!doctype html>", 15) == 0);
    CHECK(!strstr(html, "<script") && !strstr(html, "http://") && !strstr(html, "https://"));
    CHECK_CONTAINS(html, "<html lang=\"en\">");
    CHECK_CONTAINS(html, "width=device-width");
    CHECK_CONTAINS(html, "prefers-color-scheme:dark");
    CHECK_CONTAINS(html, "<h1>");
    for (const char *p = html; (p = strstr(p, "<img")); p++)
        CHECK(strncmp(p, "<img alt=\"", 10) == 0);
    for (const char *p = html; (p = strstr(p, "<table")); p++)
        CHECK(strstr(p, "<caption>") == strchr(p, '>') + 1);
    for (const char *p = html; (p = strstr(p, "<svg")); p++)
        CHECK(strncmp(strstr(p, "role=\"img\""), "role", 4) == 0);
}

TEST(report_of_classes)
{
    job j = {0};
    write_table("table.csv", 200);
    bool trained = train(&j, in_top("one"), config_of(classes, 20, 0.02), AD_RUN_NEW);
    job_done(&j);
    REQUIRE(trained);
    char *html = read_report(in_top("one"));
    check_page(html);
    CHECK_CONTAINS(html, "of 60 test examples");
    CHECK_CONTAINS(html, "always answering the most frequent class");
    CHECK_CONTAINS(html, "Confusion matrix");
    CHECK_CONTAINS(html, "Calibration");
    CHECK_CONTAINS(html, "ROC curve");
    CHECK_CONTAINS(html, "&lt;high&gt;");
    CHECK_CONTAINS(html, "low &amp; &quot;quiet&quot;");
    CHECK_CONTAINS(html, "row &lt;");
    CHECK_CONTAINS(html, "adze train &#39;x y.yaml&#39;");
    CHECK_CONTAINS(html, "rate: 0.02");
    CHECK(strlen(html) < 200000);
    free(html);
}

/* Written again from the folder it is the same, but for figures that were timed. */
TEST(report_again)
{
    char *first = read_report(in_top("one")), *again = NULL;
    CHECK(good(ad_report_write(
        &(ad_report_options){.folder = in_top("one"), .out = in_top("again.html"), .threads = 2})));
    CHECK(good(run_read(top, "again.html", &again)));
    CHECK_STREQ(again, first);
    free(first);
    free(again);
}

TEST(report_of_numbers)
{
    job j = {0};
    static const char numbers[] =
        "data: {format: csv, path: %s, target: y, test_share: 0.3, types: [id=id]}\n"
        "model: [linear: {out: 1}]\n"
        "train: {epochs: %d, batch: 16, optimizer: {method: adam, rate: %g}}\n";
    bool trained = train(&j, in_top("numbers"), config_of(numbers, 3, 0.01), AD_RUN_NEW);
    job_done(&j);
    REQUIRE(trained);
    char *html = read_report(in_top("numbers"));
    check_page(html);
    CHECK_CONTAINS(html, "Answered and true");
    CHECK_CONTAINS(html, "Errors of y");
    CHECK_CONTAINS(html, "always answering the mean");
    CHECK(!strstr(html, "Confusion"));
    free(html);
}

TEST(report_of_pictures)
{
    job j = {0};
    static const char digits[] = "data: {format: digits, train_count: 200, test_count: 100}\n"
                                 "model: [flatten, linear: {out: 10}]\n"
                                 "train: {epochs: 1, batch: 20}\n";
    bool trained = train(&j, in_top("digits"), digits, AD_RUN_NEW);
    job_done(&j);
    REQUIRE(trained);
    char *html = read_report(in_top("digits"));
    check_page(html);
    int pictures = 0;
    for (const char *p = html; (p = strstr(p, "src=\"data:image/png;base64,")); p++)
        pictures++;
    CHECK_EQ(pictures, 24);
    CHECK(strlen(html) < 600000);
    free(html);
}

TEST(report_of_a_game)
{
    job j = {0};
    static const char game[] = "task: gan\n"
                               "data: {format: blobs, layout: ring, classes: 8, size: 2, "
                               "train_count: 256, test_count: 100}\n"
                               "gan: {noise: 4}\n"
                               "generator: [linear: {out: 2}]\n"
                               "discriminator: [linear: {out: 1}]\n"
                               "train: {epochs: 2, batch: 64}\n";
    bool trained = train(&j, in_top("game"), game, AD_RUN_NEW);
    job_done(&j);
    REQUIRE(trained);
    char *html = read_report(in_top("game"));
    check_page(html);
    CHECK_CONTAINS(html, "Losses of the players");
    CHECK_CONTAINS(html, "What it makes");
    free(html);
}

/* ---------------------------------------------------------------- results as text */

TEST(summary)
{
    ad_run_summary s, back;
    CHECK(good(ad_run_summary_read(in_top("one"), &s)));
    CHECK_STREQ(s.task, "classification");
    CHECK_STREQ(s.target, "kind");
    CHECK_STREQ(s.why, "plan");
    CHECK_EQ(s.epoch, 20);
    CHECK_EQ(s.parameters, 3 * 8 + 8 + 8 * 2 + 2);
    CHECK_EQ(s.test_count, 60);
    const ad_summary_value *v = ad_run_summary_find(&s, "test", "accuracy");
    REQUIRE(v);
    CHECK(v->low <= v->value && v->value <= v->high + 1e-12);
    CHECK(ad_run_summary_find(&s, "linear", "accuracy"));
    CHECK(ad_run_main_value(&s) == v);
    free(s.command);
    s.command = text_copy("two\nlines \\ and: colon");
    CHECK(good(ad_run_summary_write(top, &s)));
    CHECK(good(ad_run_summary_read(top, &back)));
    CHECK_STREQ(back.command, s.command);
    CHECK_EQ(back.values, s.values);
    CHECK(memcmp(&back.value, &s.value, (size_t)s.values * sizeof *s.value) == 0);
    ad_run_summary_done(&s);
    ad_run_summary_done(&back);
}

TEST(summary_damaged)
{
    static const char *const bad[] = {"no colon\n", "value: test accuracy\n", "epoch: 3",
                                      "command: \\zz\n"};
    ad_run_summary s;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(good(run_write(top, "result.txt", bad[i])));
        CHECK(ad_run_summary_read(top, &s) != AD_OK);
        CHECK_CONTAINS(ad_kit_error(), "result.txt:1: this is no line of a result");
        CHECK_EQ(ad_run_why(), AD_RUN_DAMAGED);
    }
    CHECK(good(run_write(top, "result.txt", "of_later: 3\nepoch: 4\n")));
    CHECK(good(ad_run_summary_read(top, &s)));
    CHECK_EQ(s.epoch, 4);
    ad_run_summary_done(&s);
    unlink(in_top("result.txt"));
    CHECK(good(ad_run_summary_read(top, &s)));
    CHECK_EQ(s.values, 0);
}

/* ---------------------------------------------------------------- several runs */

TEST(compared)
{
    job j = {0};
    ad_run_comparison c;
    bool trained = train(&j, in_top("two"), config_of(classes, 1, 0.0001), AD_RUN_NEW);
    job_done(&j);
    REQUIRE(trained);
    REQUIRE(good(ad_run_compare(in_top("one"), in_top("two"), 1, &c)));
    CHECK_EQ(c.keys, 2);
    CHECK_STREQ(c.key[0].path, "train.epochs");
    CHECK_STREQ(c.key[0].a, "20");
    CHECK_STREQ(c.key[0].b, "1");
    CHECK_STREQ(c.key[1].path, "train.optimizer.rate");
    CHECK_EQ(c.examples, 60);
    CHECK_STREQ(c.difference[0].name, "accuracy");
    CHECK_CLOSE(c.difference[0].difference, c.difference[0].b - c.difference[0].a, 1e-12);
    CHECK(c.difference[0].high < 0);
    CHECK_EQ(c.verdict, AD_RUN_WORSE);
    ad_run_comparison_done(&c);
    REQUIRE(good(ad_run_compare(in_top("two"), in_top("one"), 1, &c)));
    CHECK_EQ(c.verdict, AD_RUN_BETTER);
    ad_run_comparison_done(&c);
    REQUIRE(good(ad_run_compare(in_top("one"), in_top("one"), 1, &c)));
    CHECK_EQ(c.keys, 0);
    CHECK_EQ(c.verdict, AD_RUN_NOT_TOLD);
    CHECK_CLOSE(c.difference[0].difference, 0, 0);
    ad_run_comparison_done(&c);
}

TEST(not_compared)
{
    ad_run_comparison c;
    CHECK(ad_run_compare(in_top("one"), in_top("numbers"), 1, &c) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "their tasks differ");
    ad_run_comparison_done(&c);
    CHECK(ad_run_compare(in_top("one"), in_top("none"), 1, &c) != AD_OK);
    ad_run_comparison_done(&c);
    job j = {0};
    char text[2000];
    snprintf(text, sizeof text, "%s", config_of(classes, 1, 0.01));
    char *end = strstr(text, "batch: 16");
    memcpy(end, "seed: 123", 9); /* other rows in the test part */
    bool trained = train(&j, in_top("seed"), text, AD_RUN_NEW);
    job_done(&j);
    REQUIRE(trained);
    CHECK(ad_run_compare(in_top("one"), in_top("seed"), 1, &c) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "their test parts differ");
    ad_run_comparison_done(&c);
}

TEST(listed)
{
    ad_run_list list;
    REQUIRE(good(ad_runs_list(top, "accuracy", &list)));
    CHECK_EQ(list.count, 6);
    for (int i = 1; i < list.count; i++) {
        const ad_summary_value *a = ad_run_summary_find(&list.run[i - 1].summary, "test",
                                                        "accuracy"),
                               *b = ad_run_summary_find(&list.run[i].summary, "test", "accuracy");
        CHECK(!b || (a && a->value >= b->value));
    }
    ad_run_list_done(&list);
    CHECK(ad_runs_list(top, "nothing", &list) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "no run has a measure 'nothing'");
    ad_run_list_done(&list);
    CHECK(ad_runs_list(in_top("none"), NULL, &list) != AD_OK);
    ad_run_list_done(&list);
    CHECK(good(ad_runs_list(in_top("one"), NULL, &list)));
    CHECK_EQ(list.count, 1);
    ad_run_list_done(&list);
}

/* ---------------------------------------------------------------- events of a resumed training */

static char *event_file(const char *folder)
{
    char command[300], path[300] = "";
    snprintf(command, sizeof command, "ls %s/events.out.tfevents.*", folder);
    FILE *f = popen(command, "r");
    if (f && fgets(path, sizeof path, f))
        path[strcspn(path, "\n")] = 0;
    if (f)
        pclose(f);
    return text_copy(path);
}

/* Steps of all records, which may not go back; the last, and how many. */
static int64_t last_step(const char *path, size_t *size)
{
    static uint8_t bytes[1 << 20];
    int64_t last = -1, before = -1;
    FILE *f = fopen(path, "rb");
    *size = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f)
        fclose(f);
    CHECK_EQ(events_whole(bytes, *size, INT64_MAX, &last), *size);
    for (int64_t step = 0; step <= last; step++) {
        int64_t at;
        size_t whole = events_whole(bytes, *size, step, &at);
        CHECK(at >= before && whole > 0);
        before = at;
    }
    return last;
}

TEST(events_go_on)
{
    job j = {0};
    size_t size[2];
    char *path = event_file(in_top("two"));
    int64_t first = last_step(path, &size[0]);
    CHECK_EQ(first, 7); /* 112 examples by 16 */
    /* what a killed training wrote after its checkpoint, and half a record */
    text_buffer t = {0};
    FILE *f = fopen(path, "ab");
    events_scalar(&t, 1, first + 5, "train/loss", 9);
    fwrite(t.data, 1, t.size, f);
    fwrite(t.data, 1, t.size / 2, f);
    fclose(f);
    text_done(&t);
    bool trained = train(&j, in_top("two"), config_of(classes, 2, 0.0001), AD_RUN_RESUME);
    job_done(&j);
    CHECK(trained);
    CHECK_EQ(last_step(path, &size[1]), 14);
    CHECK(size[1] > size[0]);
    char *again = event_file(in_top("two"));
    CHECK_STREQ(again, path); /* no second file */
    free(path);
    free(again);
}

/* ---------------------------------------------------------------- curves */

TEST(curves)
{
    char *text;
    ad_curves *c = ad_curves_new(in_top("one"), true);
    REQUIRE(c);
    CHECK(good(ad_curves_text(c, &(ad_terminal_options){.width = 60}, &text)));
    CHECK_CONTAINS(text, "loss\n");
    CHECK_CONTAINS(text, "training");
    CHECK_CONTAINS(text, "accuracy\n");
    free(text);
    ad_curves_free(c);
    c = ad_curves_new(NULL, false);
    REQUIRE(c);
    CHECK(good(ad_curves_text(c, NULL, &text)));
    CHECK_STREQ(text, "");
    free(text);
    ad_curves_free(c);
    ad_curves_free(NULL);
}

TEST(model_drawn)
{
    ad_config *config = NULL;
    ad_run_data data = {0};
    ad_model_layers about = {0};
    char *svg = NULL;
    static const char text[] =
        "data: {format: digits, train_count: 20, test_count: 10}\n"
        "model:\n"
        "  - conv: {filters: 4, kernel: 3, padding: 1}\n"
        "  - relu\n"
        "  - residual: [conv: {filters: 4, kernel: 3, padding: 1}, batch_norm]\n"
        "  - branches: [[flatten, linear: {out: 3}], [flatten, linear: {out: 2}, tanh]]\n"
        "  - linear: {out: 10}\n";
    if (good(ad_config_parse("x.yaml", text, strlen(text), NULL, 0, &config)) &&
        good(ad_run_understand(config, &data)) && good(ad_model_layers_of(config, &data, &about)) &&
        good(ad_model_svg(&about, &data, "x.yaml", &svg))) {
        CHECK(!xml_wrong(svg));
        CHECK_CONTAINS(svg,
                       "boxes from top to bottom: image, conv \xC2\xB7 relu, conv \xC2\xB7 "
                       "batch_norm, +, flatten, linear, flatten, linear \xC2\xB7 tanh, joined, "
                       "linear.");
        CHECK_CONTAINS(svg, ">28 \xC3\x97 28 \xC3\x97 4</text>");
        CHECK_CONTAINS(svg, ">40 parameters</text>");
    }
    free(svg);
    ad_model_layers_done(&about);
    ad_run_data_done(&data);
    ad_config_free(config);
}

static void begin(void) __attribute__((constructor));
static void begin(void)
{
    if (!mkdtemp(top))
        exit(1);
}

static void end(void) __attribute__((destructor));
static void end(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", top);
    if (system(command) != 0)
        return;
}

int main(int count, char **words)
{
    if (!yaml_available()) {
        printf("skipped: built without libyaml\n");
        return 77;
    }
    return test_main(count, words);
}
