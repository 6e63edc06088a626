/* Task similarity: who is drawn beside whom, losses by their formulas, metrics by hand, trainings
 * that are stopped and gone on with, places that are stored, mistakes. */
#define JOB_FILE "near.yaml"

#include "configuration_main.h"
#include "job_run.h"
#include "kit/run.h"
#include "test.h"

#include <adze/kit.h>

#include <math.h>

#define HEAD                                                                                 \
    "task: similarity\n"                                                                     \
    "data: {format: blobs, layout: ring, classes: 5, size: 50, noise: 4, train_count: 300, " \
    "test_count: 60, "                                                                       \
    "validation: 0.2}\n"
#define ALL(loss, epochs)                                           \
    HEAD "model: [{linear: {out: 16}}, relu, {linear: {out: 3}}]\n" \
         "train: {loss: " loss ", epochs: " epochs ", batch: 32, optimizer: {rate: 1e-2}}\n"

/* ---------------------------------------------------------------- groups */

enum { MOST = 240 };

typedef struct group {
    float place[3][2];
    int32_t class[3];
} group;

static void read_groups(const ad_run_data *data, ad_source *part, uint64_t epoch, group *list,
                        int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        ad_array into[2];
        const ad_source_field *field;
        CHECK_EQ(ad_source_fields(part, &field), 2);
        for (int f = 0; f < 2; f++)
            into[f] = strcmp(field[f].name, data->target.name) == 0
                          ? ad_i32(list[i].class, AD_SHAPE(1, data->group))
                          : ad_f32(&list[i].place[0][0], AD_SHAPE(1, data->group, 2));
        CHECK_OK(ad_source_read(part, &i, 1, epoch, into));
    }
}

TEST(examples_are_drawn_beside_others)
{
    static group a[MOST], b[MOST];
    static const char *const losses[] = {"contrastive", "triplet", "info_nce"};
    for (int l = 0; l < 3; l++) {
        job j;
        char text[400];
        snprintf(text, sizeof text, HEAD "model: [{linear: {out: 3}}]\ntrain: {loss: %s}\n",
                 losses[l]);
        bool good = build_on(&j, text, 1);
        if (!good)
            printf("%s", ad_kit_error());
        REQUIRE(good);
        int64_t count = ad_source_count(j.data.train);
        REQUIRE(count == MOST);
        read_groups(&j.data, j.data.train, 0, a, count);
        read_groups(&j.data, j.data.train, 1, b, count);
        int same = 0, moved = 0, itself = 0;
        for (int64_t i = 0; i < count; i++) {
            CHECK(memcmp(a[i].place[0], b[i].place[0], sizeof a[i].place[0]) == 0);
            same += a[i].class[0] == a[i].class[1];
            moved += memcmp(a[i].place[1], b[i].place[1], sizeof a[i].place[1]) != 0;
            itself += memcmp(a[i].place[0], a[i].place[1], sizeof a[i].place[0]) == 0;
            CHECK(l != 1 || a[i].class[2] != a[i].class[0]);
        }
        CHECK(moved > MOST / 2 && itself == 0);
        CHECK(l ? same == MOST : same > MOST / 2 - 40 && same < MOST / 2 + 40);
        count = ad_source_count(j.data.validation);
        read_groups(&j.data, j.data.validation, 0, a, count);
        read_groups(&j.data, j.data.validation, 3, b, count);
        CHECK(memcmp(a, b, (size_t)count * sizeof *a) == 0);
        done(&j);
    }
}

/* ---------------------------------------------------------------- losses */

static double apart(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += (a[i] - b[i] + 1e-6 * 0) * (a[i] - b[i]);
    return sqrt(sum);
}

/* The place of x by weights (3, 2), of length 1. */
static void place_of(const float *x, const float *w, double *to)
{
    double square = 0;
    for (int i = 0; i < 3; i++) {
        to[i] = (double)w[2 * i] * (double)x[0] + (double)w[2 * i + 1] * (double)x[1];
        square += to[i] * to[i];
    }
    for (int i = 0; i < 3; i++)
        to[i] /= sqrt(square);
}

static double loss_by_hand(int loss, const group *g, int64_t count, const float *w)
{
    static double p[3][MOST][3];
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        for (int k = 0; k < 3; k++)
            place_of(g[i].place[k], w, p[k][i]);
    for (int64_t i = 0; i < count; i++) {
        double d = apart(p[0][i], p[1][i]), all = 0;
        bool same = g[i].class[0] == g[i].class[1];
        if (loss == 0)
            sum += same ? d * d / 2 : pow(fmax(0, 0.8 - d), 2) / 2;
        if (loss == 1)
            sum += fmax(0, d - apart(p[0][i], p[2][i]) + 0.8);
        if (loss < 2)
            continue;
        for (int64_t k = 0; k < count; k++) /* of length 1: cosine = 1 - d^2 / 2 */
            all += exp((1 - pow(apart(p[0][i], p[1][k]), 2) / 2) / 0.5);
        sum += log(all) - (1 - d * d / 2) / 0.5;
    }
    return sum / (double)count;
}

TEST(losses_are_those_of_their_formulas)
{
    static const char *const losses[] = {"contrastive, margin: 0.8", "triplet, margin: 0.8",
                                         "info_nce, temperature: 0.5"};
    static const float w[] = {1, .5F, -.25F, .75F, .5F, -1};
    static group g[MOST];
    for (int l = 0; l < 3; l++) {
        job j;
        char text[400];
        ad_run_measured m;
        snprintf(text, sizeof text,
                 HEAD "model: [{linear: {out: 3, bias: false}}]\ntrain: {loss: %s}\n", losses[l]);
        REQUIRE(build_on(&j, text, 2));
        ad_tensor *v = ad_find(j.net.graph, "linear1.weight");
        REQUIRE(v);
        CHECK_OK(ad_set(j.net.state, v, ad_f32((float *)(uintptr_t)w, AD_SHAPE(3, 2))));
        int64_t count = ad_source_count(j.data.test);
        memset(g, 0, sizeof g);
        read_groups(&j.data, j.data.test, 0, g, count);
        REQUIRE(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m) == AD_OK);
        CHECK_CLOSE(m.measured[0].value, loss_by_hand(l, g, count, w), 2e-5);
        CHECK(ad_run_find(&m, "recall_at_1") && ad_run_find(&m, "pair_area"));
        ad_run_measured_done(&m);
        done(&j);
    }
}

/* ---------------------------------------------------------------- metrics */

static double metric_of(const char *name, const float *place, const int32_t *class, int64_t count,
                        int64_t width, const char **words)
{
    ad_metric_value v;
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_PLACES,
                   .prediction = ad_f32((float *)(uintptr_t)place, AD_SHAPE(count, width)),
                   .target = ad_i32((int32_t *)(uintptr_t) class, AD_SHAPE(count)));
    CHECK_OK(ad_metric(&a, name, &v));
    *words = v.words;
    return v.value;
}

TEST(metrics_by_hand)
{
    const char *words;
    /* on a line: the nearest of 0 is 1, of 1 0, of 3 1 or 4: 4; of 4 3, of 9 4 */
    static const float line[] = {0, 1, 3, 4, 9};
    static const int32_t of_line[] = {0, 0, 1, 2, 2};
    CHECK_CLOSE(metric_of("recall_at_1", line, of_line, 5, 1, &words), 3. / 5, 1e-12);
    CHECK_CLOSE(metric_of("recall_at_1", line, (const int32_t[]){1, 1, 2, 2, 2}, 5, 1, &words), 1,
                1e-12);
    /* pairs of two classes are 5 apart, those of class 0 10, of class 1 0 */
    static const float crossed[] = {0, 10, 5, 5};
    static const int32_t two[] = {0, 0, 1, 1};
    CHECK_CLOSE(metric_of("pair_area", crossed, two, 4, 1, &words), .5, 1e-12);
    CHECK_CLOSE(metric_of("pair_area", (const float[]){0, 1, 8, 9}, two, 4, 1, &words), 1, 1e-12);
    CHECK_CLOSE(metric_of("pair_area", (const float[]){0, 8, 1, 9}, (const int32_t[]){0, 0, 0, 1},
                          4, 1, &words),
                metric_of("pair_area", (const float[]){0, 8, 1, 9}, (const int32_t[]){3, 3, 3, 7},
                          4, 1, &words),
                1e-12);
    CHECK_CLOSE(metric_of("pair_area", (const float[]){2, 2, 2, 2}, two, 4, 1, &words), .5, 1e-12);
    CHECK(isnan(metric_of("pair_area", line, (const int32_t[]){0, 1, 2, 3, 4}, 5, 1, &words)));
    CHECK_CONTAINS(words, "no pairs");
    ad_metric_answers a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_PLACES,
                                     .prediction = ad_f32((float *)(uintptr_t)line, AD_SHAPE(5, 1)),
                                     .target = ad_i32((int32_t *)(uintptr_t)two, AD_SHAPE(4)));
    ad_metric_value v;
    CHECK(ad_metric(&a, "recall_at_1", &v) != AD_OK);
}

/* ---------------------------------------------------------------- trainings */

static void same_weights(const char *a, const char *b)
{
    char command[600];
    snprintf(command, sizeof command, "cmp -s %s/model.safetensors %s/model.safetensors",
             scratch(a), scratch(b));
    CHECK_EQ(system(command), 0);
}

static double recall(const job *j, ad_source *part)
{
    ad_run_measured m;
    if (ad_run_measure(&j->net, &j->data, part, NULL, NULL, &m) != AD_OK)
        return NAN;
    double value = ad_run_find(&m, "recall_at_1")->value;
    ad_run_measured_done(&m);
    return value;
}

TEST(any_number_of_threads_and_a_stop_give_the_same_bits)
{
    static const char *const text[][2] = {{ALL("contrastive", "6"), ALL("contrastive", "3")},
                                          {ALL("triplet", "6"), ALL("triplet", "3")},
                                          {ALL("info_nce", "6"), ALL("info_nce", "3")}};
    for (int l = 0; l < 3; l++) {
        job j;
        REQUIRE(train_on(&j, "one", text[l][0], AD_RUN_OVER, 1));
        CHECK(recall(&j, j.data.test) > .9);
        done(&j);
        REQUIRE(train_on(&j, "two", text[l][0], AD_RUN_OVER, 2));
        done(&j);
        same_weights("one", "two");
        REQUIRE(train_on(&j, "part", text[l][1], AD_RUN_OVER, 2));
        done(&j);
        REQUIRE(train_on(&j, "part", text[l][0], AD_RUN_RESUME, 1));
        done(&j);
        same_weights("one", "part");
    }
}

TEST(a_stored_model_gives_places)
{
    static float x[3][3];
    ad_model *m = NULL;
    job j;
    REQUIRE(train_on(&j, "kept", ALL("triplet", "2"), AD_RUN_OVER, 1));
    ad_run_answers a;
    REQUIRE(ad_run_answer(&j.net, &j.data, j.data.test, &a) == AD_OK);
    CHECK_EQ(a.answers.kind, AD_METRIC_PLACES);
    if (ad_model_load(scratch("kept"), &m) != AD_OK)
        printf("%s", ad_kit_error());
    REQUIRE(m);
    CHECK_EQ(ad_model_width(m), 3);
    ad_run_data plain = {0};
    ad_source *raw = NULL, *items = NULL;
    REQUIRE(ad_run_understand(j.config, &plain) == AD_OK);
    REQUIRE(ad_run_part(j.config, &j.data, AD_PART_TEST) == AD_OK);
    raw = ad_source_joined(&j.data.raw, 1);
    REQUIRE(raw && model_items(m, raw, &items) == AD_OK);
    CHECK_OK(ad_model_predict(m, items, 0, 3, &x[0][0]));
    for (int i = 0; i < 3; i++) {
        double square = 0;
        for (int k = 0; k < 3; k++) {
            square += (double)x[i][k] * (double)x[i][k];
            CHECK_CLOSE(ad_array_item(&a.answers.prediction, 3 * i + k), (double)x[i][k], 1e-6);
        }
        CHECK_CLOSE(square, 1, 1e-5);
    }
    ad_source_free(items);
    ad_source_free(raw);
    ad_run_data_done(&plain);
    ad_run_answers_done(&a);
    ad_model_free(m);
    done(&j);
}

/* ---------------------------------------------------------------- mistakes */

TEST(mistakes_are_told)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {HEAD "model: [{linear: {out: 4}}]\ntrain: {loss: cross_entropy}\n",
         "does not fit task similarity"},
        {HEAD "model: [{linear: {out: 4}}]\nmetrics: [accuracy]\n", "is of other answers"},
        {HEAD "model: [linear]\n", "out"},
        {HEAD "model: [{linear: {out: 4}}]\ntrain: {loss: triplet, margin: 0}\n", "margin"},
        {HEAD "model: [{linear: {out: 4}}]\ntrain: {balance: true}\n", "train.balance"},
        {"task: similarity\ndata: {format: digits, train_count: 40}\n"
         "model: [{conv: {filters: 4, kernel: 3}}]\n",
         "(batch, numbers)"},
        {"task: similarity\ndata: {format: digits, train_count: 40}\naugment: [mix_up]\n"
         "model: [flatten, {linear: {out: 4}}]\n",
         "mixes classes"},
        {"task: similarity\ndata: {format: sines, train_count: 50}\nmodel: [{linear: {out: 1}}]\n",
         "learns a class"},
        {"data: {format: digits, train_count: 40}\nmodel: [flatten, linear]\n"
         "similarity: {normalize: false}\n",
         "any task but similarity"},
        {"data: {format: digits, train_count: 40}\nmodel: [flatten, linear]\n"
         "train: {loss: triplet}\n",
         "loss triplet does not fit"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        job j;
        if (make_job(&j, wrong[i].text, 1))
            TEST_FAILED("case %d is taken", (int)i);
        CHECK_CONTAINS(ad_kit_error(), wrong[i].words);
        done(&j);
    }
}

TEST_MAIN_OF_CONFIGURATIONS()
