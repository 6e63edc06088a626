/* What is seen of runs: results as text, report.html of classes, numbers and a GAN, two runs
 * compared, many listed, curves, events that a resumed training cuts off. */
#include "configuration_main.h"
#include "test.h"

#include <adze/report.h>

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kit/events.h"
#include "../kit/page.h"
#include "../kit/sound_picture.h"
#include "../kit/text.h"
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
    CHECK(!strstr(html, "How it came to that"));
    free(html);
    CHECK(good(
        run_write(in_top("game"), "samples.csv", "2,0,0,1,1,-1,2\n4,1,2,3,4,5,6\n999,0,0\n7,1")));
    CHECK(good(ad_report_write(&(ad_report_options){.folder = in_top("game")})));
    html = read_report(in_top("game"));
    check_page(html);
    CHECK_CONTAINS(html, ">Step 2</text>");
    CHECK_CONTAINS(html, ">Step 4</text>");
    CHECK(!strstr(html, ">Step 999</text>")); /* a later one, of a training that was cut off */
    CHECK(!strstr(html, ">Step 7</text>"));   /* half a line */
    free(html);
}

/* ---------------------------------------------------------------- texts */

static void write_story(const char *name)
{
    FILE *f = fopen(in_top(name), "w");
    for (int i = 0; f && i < 1200; i++)
        fprintf(f, "%s the %s cat %s on %d mats.\n", i % 2 ? "Now" : "Then",
                i % 3 ? "small" : "old", i % 5 ? "sat" : "slept", i * 7 % 13);
    if (f)
        fclose(f);
}

static const char story[] =
    "task: language_model\n"
    "data: {format: text, form: corpus, path: %s, test_share: 0.1}\n"
    "text: {tokens: characters}\n"
    "language: {length: 32}\n"
    "model: [embedding: {width: 8}, gru: {width: 16}, linear]\n"
    "train: {epochs: 1, batch: 32, optimizer: {method: adam, rate: 0.01}}\n";

/* Sums over tokens are what the measures say of the part. */
TEST(report_of_a_language)
{
    job j = {0};
    char text[2000];
    write_story("story.txt");
    snprintf(text, sizeof text, story, in_top("story.txt"));
    bool trained = train(&j, in_top("story"), text, AD_RUN_NEW);
    page p = {.folder = in_top("story"), .config = j.config, .data = &j.data, .network = &j.net};
    page_tokens t = {0};
    REQUIRE(trained && page_tokens_find(&p, &t));
    double count = 0, loss = 0, right = 0, places = 0;
    for (int64_t i = 0; i < t.classes; i++) {
        count += (double)t.of[i].count, right += (double)t.of[i].right;
        loss += t.of[i].loss;
    }
    for (int64_t i = 0; i < t.positions; i++)
        places += t.at[i].loss;
    CHECK_EQ(t.positions, 32);
    CHECK_EQ(t.count, (int64_t)count);
    CHECK_CLOSE(loss / count, ad_run_find(&j.measured, "log_loss")->value, 1e-5);
    CHECK_CLOSE(right / count, ad_run_find(&j.measured, "accuracy")->value, 1e-9);
    CHECK_CLOSE(places, loss, 1e-6 * loss);
    CHECK_EQ(t.passages, PAGE_PASSAGES);
    for (int i = 1; i < t.passages; i++)
        CHECK(t.worst[i - 1].mean >= t.worst[i].mean && t.worst[i].mean > loss / count);
    page_tokens_done(&t);
    job_done(&j);
    char *html = read_report(in_top("story"));
    check_page(html);
    CHECK_CONTAINS(html, "The most surprising passages");
    CHECK_CONTAINS(html, "<small>space</small>");
    CHECK_CONTAINS(html, "Temperature 0.8");
    CHECK_CONTAINS(html, "nats a token");
    CHECK_CONTAINS(html, "each token by the one before it");
    free(html);
}

/* Its validation part stands in. */
TEST(report_without_a_test_part)
{
    job j = {0};
    char text[2000], *first;
    snprintf(text, sizeof text, story, in_top("story.txt"));
    char *share = strstr(text, "test_share: 0.1");
    memcpy(share, "validation: 0.1", 15);
    bool trained = good(ad_config_parse("x.yaml", text, strlen(text), NULL, 0, &j.config)) &&
                   good(ad_run_open(in_top("held"), AD_RUN_NEW, &j.run)) &&
                   good(ad_run_sources(j.config, &j.data));
    REQUIRE(trained && j.data.validation);
    ad_source_free(j.data.test);
    j.data.test = NULL;
    trained =
        good(ad_run_build(j.config, &j.data, 1, &j.net)) &&
        good(ad_run_train(
            &(ad_run_options){.config = j.config, .data = &j.data, .network = &j.net, .run = j.run},
            &j.result)) &&
        good(ad_report_write(&(ad_report_options){
            .folder = in_top("held"), .config = j.config, .data = &j.data, .network = &j.net}));
    job_done(&j);
    REQUIRE(trained);
    first = read_report(in_top("held"));
    check_page(first);
    CHECK_CONTAINS(first, "tokens of the validation part");
    CHECK_CONTAINS(first, "Its lowest validation loss is ");
    free(first);
}

/* Lines without a text have no number of their own, and are counted. */
TEST(places_of_texts)
{
    char **name = NULL;
    int64_t count = 0;
    ad_schema *schema = NULL;
    FILE *f = fopen(in_top("mail.txt"), "w");
    fprintf(f, "ham\tone\n\nspam\ttwo\nham\tthree\n");
    fclose(f);
    const ad_reader_record *r = (const ad_reader_record *)ad_record_find(ad_reader_at, "text");
    REQUIRE(r && r->names);
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = in_top("mail.txt"));
    if (good(r->understand(&o, &schema)) &&
        good(r->names(&o, schema, AD_PART_TRAIN, &name, &count))) {
        CHECK_EQ(count, 3);
        CHECK_CONTAINS(name[0], "mail.txt:1");
        CHECK_CONTAINS(name[1], "mail.txt:3");
        CHECK_CONTAINS(name[2], "mail.txt:4");
    }
    for (int64_t i = 0; i < count; i++)
        free(name[i]);
    free(name);
    ad_schema_free(schema);
}

/* ---------------------------------------------------------------- forecasts, labels, sounds */

/* The middle quantile is what is measured, and quantiles lie in order where they were learned. */
TEST(report_of_quantiles)
{
    job j = {0};
    static const char waves[] = "task: forecast\n"
                                "data: {format: waves, count: 600}\n"
                                "forecast: {window: 12, horizon: 3, quantiles: [0.1, 0.5, 0.9]}\n"
                                "model: [flatten, linear]\n"
                                "train: {epochs: 20, optimizer: {method: adam, rate: 0.01}}\n";
    bool trained = train(&j, in_top("waves"), waves, AD_RUN_NEW);
    page p = {.folder = in_top("waves"), .config = j.config, .data = &j.data, .network = &j.net};
    REQUIRE(trained && good(page_answers_make(&p, &j.measured.answers)));
    page_quantiles q = page_quantiles_of(&p);
    REQUIRE(q.count == 3);
    int64_t count = p.a.count * p.a.width, inside = 0;
    for (int64_t i = 0; i < count; i++) {
        CHECK_CLOSE(q.value[3 * i + 1], p.a.value[i], 0);
        inside += p.a.target[i] > q.value[3 * i] && p.a.target[i] <= q.value[3 * i + 2];
    }
    char words[80];
    snprintf(words, sizeof words, "between the outer two lie %.1f %%, and should 80 %%",
             100 * (double)inside / (double)count);
    char *html = read_report(in_top("waves"));
    check_page(html);
    CHECK_CONTAINS(html, "between the outer two lie ");
    CHECK_CONTAINS(html, "what came");
    /* the table counts shares below each quantile: the same where quantiles do not cross */
    double told = strtod(strstr(html, "outer two lie ") + 14, NULL);
    CHECK_CLOSE(told, 100 * (double)inside / (double)count, 1);
    free(html);
    free(q.value);
    page_answers_done(&p.a);
    job_done(&j);
}

TEST(report_of_labels)
{
    job j = {0};
    char text[2000];
    FILE *f = fopen(in_top("tags.csv"), "w");
    fprintf(f, "a,b,red,round\n");
    for (int i = 0; f && i < 200; i++)
        fprintf(f, "%d,%d,%d,%d\n", i * 37 % 101, i * 53 % 97, i * 37 % 101 > 50, i % 4 == 0);
    fclose(f);
    snprintf(text, sizeof text,
             "task: labels\n"
             "data: {format: csv, path: %s, target: [red, round], test_share: 0.3}\n"
             "model: [linear: {out: 2}]\n"
             "train: {epochs: 3}\n",
             in_top("tags.csv"));
    bool trained = train(&j, in_top("labels"), text, AD_RUN_NEW);
    job_done(&j);
    REQUIRE(trained);
    char *html = read_report(in_top("labels"));
    check_page(html);
    CHECK_CONTAINS(html, "Label by label");
    CHECK_CONTAINS(html, "Chance of round");
    CHECK(!strstr(html, "(null)"));
    free(html);
}

TEST(report_of_what_comes_back)
{
    job j = {0};
    static const char coder[] = "task: autoencoder\n"
                                "data: {format: digits, train_count: 100, test_count: 50}\n"
                                "model: [flatten, linear: {out: 8}, linear: {out: 784}, sigmoid]\n"
                                "train: {epochs: 1}\n";
    bool trained = train(&j, in_top("coder"), coder, AD_RUN_NEW);
    job_done(&j);
    REQUIRE(trained);
    char *html = read_report(in_top("coder"));
    check_page(html);
    int pictures = 0;
    for (const char *at = html; (at = strstr(at, "src=\"data:image/png;base64,")); at++)
        pictures++;
    CHECK_EQ(pictures, 4 * 12); /* given and given back, of 12 and of the 12 worst */
    CHECK(!strstr(html, "(null)"));
    free(html);
}

/* 1000 Hz are 1000 mel (O'Shaughnessy 1987), 4000 Hz 2146: band 22 of 48 between them. */
TEST(sound_drawn)
{
    enum { COUNT = 8000 };
    static float sample[COUNT];
    ad_image image;
    for (int i = 0; i < COUNT; i++)
        sample[i] = (float)sin(2 * 3.14159265358979 * 1000 * i / 8000);
    if (!sound_picture(sample, COUNT, 8000, &image)) /* without the library of the transform */
        return;
    CHECK_EQ(image.height, 48);
    CHECK_EQ(image.channels, 3);
    CHECK(image.width > 200 && image.width < 245);
    int64_t brightest = 0;
    for (int64_t row = 0; row < image.height; row++) {
        const uint8_t *now = image.pixels + 3 * (row * image.width + image.width / 2),
                      *best = image.pixels + 3 * (brightest * image.width + image.width / 2);
        brightest = now[0] + now[1] > best[0] + best[1] ? row : brightest;
    }
    CHECK(labs((long)(47 - brightest - 22)) <= 1);
    ad_image_done(&image);
    CHECK(!sound_picture(sample, 10, 8000, &image));
}

/* Batches are of one size, so that the mean over the rows is that of the epoch. */
TEST(losses_within_epochs)
{
    job j = {0};
    ad_listener losses = ad_listen_losses(in_top("within"));
    static const char digits[] = "data: {format: digits, train_count: 200, test_count: 20}\n"
                                 "model: [flatten, linear: {out: 10}]\n"
                                 "train: {epochs: 1, batch: 20}\n";
    run_loss row[16];
    history h = {0};
    if (good(ad_config_parse("x.yaml", digits, strlen(digits), NULL, 0, &j.config)) &&
        good(ad_run_open(in_top("within"), AD_RUN_NEW, &j.run)) &&
        good(ad_run_sources(j.config, &j.data)) &&
        good(ad_run_build(j.config, &j.data, 1, &j.net)) &&
        good(ad_run_train(&(ad_run_options){.config = j.config,
                                            .data = &j.data,
                                            .network = &j.net,
                                            .run = j.run,
                                            .listener = {losses}},
                          &j.result)) &&
        good(history_read(&h, in_top("within")))) {
        double sum = 0;
        int64_t rows = run_losses_read(in_top("within"), INT64_MAX, row, 16);
        CHECK_EQ(rows, 10);
        for (int64_t i = 0; i < rows; i++) {
            CHECK_EQ(row[i].step, i + 1);
            sum += row[i].loss / (double)rows;
        }
        CHECK_CLOSE(sum, h.row[0].value[HISTORY_LOSS], 1e-4);
        CHECK_EQ(run_losses_read(in_top("within"), 4, row, 16), 4);
        CHECK_EQ(run_losses_read(top, INT64_MAX, row, 16), 0);
    }
    history_done(&h);
    ad_listener_free(&losses);
    job_done(&j);
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
    CHECK_EQ(list.count, 12);
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

/* How many arrows the drawing of a model has, and the words for it. */
static void check_arrows(const char *text, int wanted, const char *words)
{
    ad_config *config = NULL;
    ad_run_data data = {0};
    ad_model_layers about = {0};
    char *svg = NULL;
    int heads = 0;
    if (good(ad_config_parse("x.yaml", text, strlen(text), NULL, 0, &config)) &&
        good(ad_run_sources(config, &data)) && good(ad_model_layers_of(config, &data, &about)) &&
        good(ad_model_svg(&about, &data, "x.yaml", &svg))) {
        CHECK(!xml_wrong(svg));
        for (const char *p = svg; (p = strstr(p, "class=\"fg-h\"")); p++)
            heads++;
        CHECK_EQ(heads, wanted);
        CHECK_CONTAINS(svg, words);
    }
    free(svg);
    ad_model_layers_done(&about);
    ad_run_data_done(&data);
    ad_config_free(config);
}

/* Layers that begin with another's state, or attend to another, have their products too.  Of one
 * step: 3 (8 16 + 16 16) in the gates of a GRU; 4 16 16 around attention, and 2 16 in it; each a
 * multiplication and an addition. */
TEST(products_of_layers_that_need_others)
{
    static const char text[] =
        "task: sequence_to_sequence\n"
        "data: {format: copy, form: reverse, letters: 5, train_count: 40, test_count: 9, "
        "shortest: 1, longest: 6, validation: 0.1}\n"
        "text: {tokens: characters}\n"
        "model: [embedding: {width: 8}, gru: {width: 16, name: reader}, "
        "embedding: {from: written, width: 8}, gru: {width: 16, start: reader, name: writer}, "
        "attention: {heads: 2, to: reader, name: seen}, concat: {from: [writer, seen]}, linear]\n";
    ad_config *config = NULL;
    ad_run_data data = {0};
    ad_model_layers about = {0};
    REQUIRE(good(ad_config_parse(in_top("x.yaml"), text, strlen(text), NULL, 0, &config)) &&
            good(ad_run_sources(config, &data)) && good(ad_model_layers_of(config, &data, &about)));
    for (int i = 0; i < about.layers; i++) {
        const ad_layer_about *l = &about.layer[i];
        CHECK(strcmp(l->layer, "gru") != 0 || l->flops == 2 * 3 * (8 * 16 + 16 * 16));
        CHECK(strcmp(l->layer, "attention") != 0 || l->flops == 2 * (4 * 16 * 16 + 2 * 16));
    }
    ad_model_layers_done(&about);
    ad_run_data_done(&data);
    ad_config_free(config);
}

/* An arrow for each that a layer names, and none from the layer before it. */
TEST(from_drawn)
{
    check_arrows("data: {format: digits, train_count: 20, test_count: 10}\n"
                 "model:\n"
                 "  - flatten: {name: flat}\n"
                 "  - linear: {out: 4, name: a}\n"
                 "  - linear: {out: 3, from: flat, name: b}\n"
                 "  - concat: {from: [a, b, flat]}\n"
                 "  - linear: {out: 10}\n",
                 1 + 1 + 1 + 3 + 1, "image, flatten, linear, linear, concat, linear.");
}

/* Inputs that are known when sources are made alone are asked for, in words. */
TEST(drawn_too_early)
{
    static const char text[] = "task: sequence_to_sequence\n"
                               "data: {format: copy, train_count: 20, test_count: 10}\n"
                               "text: {tokens: characters}\n"
                               "model: [embedding: {width: 4}, linear]\n";
    ad_config *config = NULL;
    ad_run_data data = {0};
    ad_model_layers about = {0};
    if (good(ad_config_parse("x.yaml", text, strlen(text), NULL, 0, &config)) &&
        good(ad_run_understand(config, &data))) {
        CHECK(ad_model_layers_of(config, &data, &about) == AD_ERROR_ARGUMENT);
        CHECK_CONTAINS(ad_kit_error(), "call ad_run_sources before");
    }
    ad_model_layers_done(&about);
    ad_run_data_done(&data);
    ad_config_free(config);
}

/* What a layer begins from, and what it looks at, have arrows to it too. */
TEST(start_and_to_drawn)
{
    check_arrows("task: sequence_to_sequence\n"
                 "data: {format: copy, train_count: 20, test_count: 10}\n"
                 "text: {tokens: characters}\n"
                 "model:\n"
                 "  - embedding: {width: 4}\n"
                 "  - gru: {width: 4, name: reader}\n"
                 "  - embedding: {from: written, width: 4}\n"
                 "  - gru: {width: 4, start: reader}\n"
                 "  - attention: {to: reader, heads: 2}\n"
                 "  - linear\n",
                 1 + 1 + 1 + 2 + 2 + 1, "text, embedding, gru, ");
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

TEST_MAIN_OF_CONFIGURATIONS()
