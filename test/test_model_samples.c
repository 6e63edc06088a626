/* How examples that are made are judged: the Frechet distance against SciPy's, and collapse, which
 * is planted, named. */
#include "test.h"

#include <adze/kit.h>
#include <adze/metric.h>
#include <adze/run.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define JOB_FILE "job.yaml"

#include "configuration_main.h"
#include "job_run.h"

/* ---------------------------------------------------------------- the distance */

typedef struct set {
    int rows;
    bool mixed;
    int empty;
    float scale, shift;
} set;

static const set sets[] = {{50, false, 0, 1, 0}, {60, true, 0, 2, 0.25F}, {200, true, 0, 1, 0.5F},
                           {40, true, 3, 1, 0},  {6, false, 0, 1, 0},     {5, true, 1, 1, 0.125F}};

/* As script/frechet-goldens makes them. */
static void fill(int number, int width, float *x)
{
    const set *s = &sets[number];
    uint32_t state = (uint32_t)number + 1;
    for (int i = 0; i < s->rows * width; i++) {
        state = 1664525U * state + 1013904223U;
        x[i] = (float)(state >> 8) / 16777216.F - 0.5F;
    }
    for (int i = 0; i < s->rows; i++) {
        for (int j = 1; j < width && s->mixed; j++)
            x[i * width + j] += 0.5F * x[i * width + j - 1];
        for (int j = 0; j < width; j++) {
            float value = j >= width - s->empty ? 0 : x[i * width + j];
            x[i * width + j] = value * s->scale + s->shift;
        }
    }
}

TEST(frechet_distances_are_scipys)
{
    static const struct {
        int width, a, b;
        double distance;
    } goldens[] = {
        {4, 0, 1, 0.936099111185},
        {16, 1, 2, 2.53700835927},
        {8, 3, 1, 2.62802136579},
        {10, 4, 5, 1.72268622794},
        {8, 3, 3, 0},
        {1, 0, 2, 0.261139425271},
        {24, 4, 2, 9.80235425467},
    };
    static float a[200 * 24], b[200 * 24];
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        double far = 0, back = 0;
        int n = sets[goldens[i].a].rows, m = sets[goldens[i].b].rows;
        fill(goldens[i].a, goldens[i].width, a);
        fill(goldens[i].b, goldens[i].width, b);
        CHECK_OK(ad_frechet_distance(a, n, b, m, goldens[i].width, &far));
        CHECK_OK(ad_frechet_distance(b, m, a, n, goldens[i].width, &back));
        CHECK_CLOSE(far, goldens[i].distance, 1e-7);
        CHECK_CLOSE(back, goldens[i].distance, 1e-7);
    }
}

TEST(what_has_no_distance_is_told)
{
    double far;
    const float x[] = {1, 2, 3, NAN}, same[] = {1, 1, 1, 1};
    CHECK(ad_frechet_distance(x, 1, same, 4, 1, &far) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "two examples");
    CHECK(ad_frechet_distance(x, 2, same, 2, 0, &far) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "0 features");
    CHECK(ad_frechet_distance(x, 2, same, 2, 5000, &far) != AD_OK);
    CHECK_OK(ad_frechet_distance(x, 4, same, 4, 1, &far));
    CHECK(isnan(far));
    CHECK_OK(ad_frechet_distance(same, 4, same, 4, 1, &far));
    CHECK(far == 0);
}

/* ---------------------------------------------------------------- planted collapse */

#define DIGITS "data: {format: digits, train_count: 1000, test_count: 400}\n"

TEST(a_classifier_is_trained)
{
    job j;
    CHECK(train(&j, "classifier",
                DIGITS "model: [flatten, {linear: {out: 24}}, relu, {linear: {out: 10}}]\n"
                       "train: {epochs: 6, batch: 32, optimizer: {method: adam, rate: 3e-3}}\n"));
    done(&j);
    CHECK(train(&j, "pooled",
                DIGITS "model: [{conv: {filters: 10, kernel: 3}}, {global_pool: {}}]\n"
                       "train: {epochs: 1, batch: 100}\n"));
    done(&j);
}

enum { NOISE = 4, PIXELS = 784, CLASSES = 10 };

/* The first test picture of each class, 0 to 1. */
static void first_of_each(const job *j, float picture[CLASSES][PIXELS])
{
    bool found[CLASSES] = {false};
    ad_batches *b = ad_batches_new(j->data.test, .size = 1, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch;
    const ad_source_field *field;
    int fields = ad_source_fields(j->data.test, &field), image = -1, label = -1;
    for (int i = 0; i < fields; i++) {
        image = strcmp(field[i].name, "image") == 0 ? i : image;
        label = strcmp(field[i].name, j->data.told.name) == 0 ? i : label;
    }
    REQUIRE(b && image >= 0 && label >= 0);
    while (ad_batches_next(b, &batch) == AD_OK && batch.count > 0) {
        int class = (int)ad_array_item(&batch.array[label], 0);
        for (int k = 0; k < PIXELS && !found[class]; k++)
            picture[class][k] = (float)ad_array_item(&batch.array[image], k) / 255;
        found[class] = true;
    }
    ad_batches_free(b);
}

/* A generator whose weights are pictures: of class c that of class c % shown. */
static void plant(const job *j, int shown)
{
    static float picture[CLASSES][PIXELS], weight[PIXELS * (NOISE + CLASSES)];
    static const float zeros[PIXELS];
    first_of_each(j, picture);
    for (int k = 0; k < PIXELS; k++)
        for (int c = 0; c < CLASSES; c++)
            weight[k * (NOISE + CLASSES) + NOISE + c] = picture[c % shown][k];
    ad_graph *g = j->net.graph;
    CHECK_OK(ad_set(j->net.state, ad_find(g, "generator.linear1.weight"),
                    ad_f32(weight, AD_SHAPE(PIXELS, NOISE + CLASSES))));
    CHECK_OK(ad_set(j->net.state, ad_find(g, "generator.linear1.bias"),
                    ad_f32(zeros, AD_SHAPE(PIXELS))));
}

static double value_of(const ad_run_measured *m, const char *name)
{
    const ad_measured *found = ad_run_find(m, name);
    return found ? found->value : NAN;
}

/* What is measured with so many classes shown; *words by malloc. */
static ad_run_measured judged(int shown, bool features)
{
    char text[900];
    job j;
    ad_run_measured m = {.measures = 0};
    snprintf(text, sizeof text,
             "task: gan\n" DIGITS "gan: {noise: 4, conditional: true}\n"
             "generator: [{linear: {out: 784}}, {reshape: {sizes: [28, 28, 1]}}]\n"
             "discriminator: [flatten, {linear: {out: 1}}]\nsamples: {count: 300%s%s}\n",
             features ? ", features: " : "", features ? scratch("classifier") : "");
    if (!build(&j, text)) {
        TEST_FAILED("%s", ad_kit_error());
        done(&j);
        return m;
    }
    plant(&j, shown);
    CHECK_EQ(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m), AD_OK);
    done(&j);
    return m;
}

TEST(all_classes_are_shown)
{
    ad_run_measured m = judged(10, true);
    REQUIRE(m.samples);
    CHECK_CONTAINS(m.samples, "samples show all 10 classes\n");
    CHECK(!strstr(m.samples, "collapse"));
    CHECK(value_of(&m, "classes_shown") == 10 && value_of(&m, "as_asked") > 0.79);
    CHECK(value_of(&m, "spread") > 0.7 && value_of(&m, "spread") < 1.2);
    ad_run_measured_done(&m);
}

TEST(collapse_is_named)
{
    ad_run_measured good = judged(10, true), m = judged(3, true);
    REQUIRE(m.samples && good.samples);
    CHECK_CONTAINS(m.samples, "samples show 3 of 10 classes (0, 1, 2); 7 never appear (3, 4, 5, 6, "
                              "7, 8, 9): mode collapse\n  remedies: gan.loss: wasserstein");
    CHECK(value_of(&m, "classes_shown") == 3 && value_of(&m, "as_asked") < 0.35);
    CHECK(value_of(&m, "feature_distance") > 1.5 * value_of(&good, "feature_distance"));
    ad_run_measured_done(&m);
    ad_run_measured_done(&good);
}

/* Without a classifier it is told by the spread. */
TEST(collapse_is_named_by_the_spread)
{
    ad_run_measured m = judged(1, false);
    REQUIRE(m.samples);
    CHECK_CONTAINS(m.samples, "0.00 times as much as the data do: mode collapse\n  remedies: ");
    CHECK(value_of(&m, "spread") == 0 && isnan(value_of(&m, "feature_distance")));
    ad_run_measured_done(&m);
    m = judged(10, false);
    CHECK(m.samples && !strstr(m.samples, "collapse"));
    ad_run_measured_done(&m);
}

/* ---------------------------------------------------------------- denoising */

/* Of a model that gives back what it sees, the mean squared error is the variance of the noise,
 * of which each batch of 500 has the same 1,000 numbers. */
TEST(an_autoencoder_sees_noise_where_it_is_measured)
{
    job j;
    ad_run_measured m;
    const float one[] = {1, 0, 0, 1}, zeros[] = {0, 0};
    REQUIRE(build(&j, "task: autoencoder\nautoencoder: {noise: 0.5}\n"
                      "data: {format: blobs, train_count: 64, test_count: 1000}\n"
                      "model: [{linear: {out: 2}}]\n"));
    ad_graph *g = j.net.graph;
    CHECK_OK(ad_set(j.net.state, ad_find(g, "linear1.weight"), ad_f32(one, AD_SHAPE(2, 2))));
    CHECK_OK(ad_set(j.net.state, ad_find(g, "linear1.bias"), ad_f32(zeros, AD_SHAPE(2))));
    REQUIRE(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m) == AD_OK);
    CHECK_CLOSE(value_of(&m, "mse"), 0.25, 4 * 0.25 * sqrt(2. / 1000)); /* four deviations */
    CHECK(!strstr(j.net.inference, "= normal ")); /* what is stored takes what it is given */
    ad_run_measured_done(&m);
    done(&j);
}

TEST(mistakes_are_told)
{
    static const struct {
        const char *data, *more, *words;
    } wrong[] = {
        {DIGITS, "samples: {features: nowhere}\n", "there is no such model"},
        {DIGITS, "samples: {features: pooled}\n", "does not end with a linear layer"},
        {DIGITS, "samples: {features: job.yaml}\n", "there is no such model"},
        {"data: {format: moons, train_count: 64, test_count: 20}\n",
         "samples: {features: classifier}\n", "no pictures"},
        {DIGITS, "samples: {count: 1}\n", "job.yaml:5:"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[600];
        job j;
        bool digits = strcmp(wrong[i].data, DIGITS) == 0;
        snprintf(text, sizeof text,
                 "task: gan\n%sgenerator: [{linear: {out: %s\ndiscriminator: [%s{linear: {out: "
                 "1}}]\n%s",
                 wrong[i].data, digits ? "784}}, {reshape: {sizes: [28, 28, 1]}}]" : "2}}]",
                 digits ? "flatten, " : "", wrong[i].more);
        if (make_job(&j, text, 2))
            TEST_FAILED("case %d is taken", (int)i);
        CHECK_CONTAINS(ad_kit_error(), wrong[i].words);
        done(&j);
    }
    job j;
    CHECK(!make_job(&j, DIGITS "model: [flatten, linear]\nsamples: {count: 50}\n", 2));
    CHECK_CONTAINS(ad_kit_error(), "samples.count means nothing with any task but gan, vae and "
                                   "diffusion");
    done(&j);
    CHECK(!make_job(&j, DIGITS "model: [flatten, linear]\nautoencoder: {noise: 0.5}\n", 2));
    CHECK_CONTAINS(ad_kit_error(), "autoencoder.noise means nothing with any task but autoencoder");
    done(&j);
}

TEST_MAIN_OF_CONFIGURATIONS()
