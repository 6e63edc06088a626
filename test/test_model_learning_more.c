/* Keys of a configuration that stand around the optimizer: each does to the weights what it says.
 */
#include "test.h"

#include <adze/run.h>

#include "../kit/run.h"
#include "configuration_main.h"
#include "job.h"
#include "scratch.h"

enum { ROWS = 120, INPUTS = 10 };

/* y = 2 x0 - 3 x1, of ten numbers of which the others say nothing; a class by its sign. */
static void write_tables(void)
{
    FILE *f = fopen(scratch("t.csv"), "w");
    uint64_t key[2] = {5, 9};
    for (int k = 0; f && k < INPUTS; k++)
        fprintf(f, "x%d,", k);
    fprintf(f, "y,sign\n");
    for (int i = 0; f && i < ROWS; i++) {
        float x[INPUTS];
        for (int k = 0; k < INPUTS; k++)
            fprintf(f, "%.3f,", x[k] = ad_normal_at(key, (uint32_t)(i * INPUTS + k)));
        fprintf(f, "%.3f,%s\n", 2 * x[0] - 3 * x[1], 2 * x[0] > 3 * x[1] ? "plus" : "minus");
    }
    if (f)
        fclose(f);
}

static bool begin(job *j, const char *more, const char *train)
{
    static char text[2000];
    snprintf(text, sizeof text,
             "data: {csv: t.csv, target: y, skip: sign, test_share: 0.1}\n"
             "model: [linear: {out: 4, name: a}, linear: {out: 1, name: b}]\n%strain: {%s}\n",
             more, train);
    *j = (job){.config = NULL};
    bool good =
        ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
        ad_run_sources(j->config, &j->data) == AD_OK &&
        ad_run_build(j->config, &j->data, 1, &j->net) == AD_OK;
    return good;
}

enum { WEIGHTS = 4 * INPUTS };

/* Trains, and gives the variable a.weight (4, 10), or the one named. */
static bool train_to(const char *more, const char *train, const char *name, float *w)
{
    job j;
    bool good = begin(&j, more, train);
    ad_run_options o = {.config = j.config, .data = &j.data, .network = &j.net};
    good = good && ad_run_train(&o, &j.result) == AD_OK;
    ad_tensor *v = good ? ad_find(j.net.graph, name) : NULL;
    ad_array value;
    if (v && ad_get(j.net.state, v, &value) == AD_OK)
        memcpy(w, value.data, WEIGHTS * sizeof *w);
    else
        TEST_FAILED("%s: %s", train, good ? name : ad_kit_error());
    done(&j);
    return v != NULL;
}

#define SGD "optimizer: {method: sgd, rate: 0.05}"

TEST(proximal_l1_gives_exact_zeros)
{
    float w[WEIGHTS], plain[WEIGHTS];
    int zeros = 0, others = 0;
    REQUIRE(train_to("", "epochs: 60, batch: 20, " SGD ", constraints: {l1: 0.03}", "a.weight", w));
    REQUIRE(train_to("", "epochs: 60, batch: 20, " SGD, "a.weight", plain));
    for (int i = 0; i < WEIGHTS; i++) {
        zeros += w[i] == 0 && i % INPUTS > 1;
        others += plain[i] == 0;
    }
    CHECK(zeros > WEIGHTS / 2 && others == 0);
}

static double row_norm(const float *w, int row)
{
    double sum = 0;
    for (int i = 0; i < INPUTS; i++)
        sum += (double)w[row * INPUTS + i] * (double)w[row * INPUTS + i];
    return sqrt(sum);
}

TEST(rows_are_held_to_a_norm_or_vanish)
{
    float w[WEIGHTS];
    int gone = 0;
    REQUIRE(train_to("", "epochs: 20, batch: 20, " SGD ", constraints: {max_norm: 0.3, match: a.*}",
                     "a.weight", w));
    for (int r = 0; r < 4; r++)
        CHECK(row_norm(w, r) <= 0.3 * (1 + 1e-6));
    REQUIRE(train_to("",
                     "epochs: 80, batch: 20, " SGD ", constraints: {group_lasso: 0.1, match: a.*}",
                     "a.weight", w));
    for (int r = 0; r < 4; r++)
        gone += row_norm(w, r) == 0;
    CHECK(gone > 0 && gone < 4);
    REQUIRE(train_to("", "epochs: 80, batch: 20, " SGD ", constraints: {orthogonal: 1, match: a.*}",
                     "a.weight", w));
    double dot = 0;
    for (int i = 0; i < INPUTS; i++)
        dot += (double)w[i] * (double)w[INPUTS + i];
    CHECK(fabs(dot) < 0.05 && fabs(row_norm(w, 0) - 1) < 0.05);
}

static bool begin_with(job *j, const char *model, const char *initial)
{
    static char text[2000];
    snprintf(text, sizeof text,
             "data: {csv: t.csv, target: y, skip: sign, test_share: 0.1}\nmodel: %s\n"
             "train: {initial: %s}\n",
             model, initial);
    *j = (job){.config = NULL};
    return ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
           ad_run_sources(j->config, &j->data) == AD_OK &&
           ad_run_build(j->config, &j->data, 1, &j->net) == AD_OK;
}

static double item(const job *j, const char *name, int64_t i)
{
    ad_array value = {0};
    ad_tensor *v = ad_find(j->net.graph, name);
    return v && ad_get(j->net.state, v, &value) == AD_OK ? ad_array_item(&value, i) : (double)NAN;
}

/* Outputs of the first layer over the training part, of which all rows are one batch. */
TEST(lsuv_gives_outputs_of_variance_one)
{
    job j;
    double sum = 0, square = 0;
    REQUIRE(begin_with(&j, "[linear: {out: 4, name: a}, relu, linear: {out: 1, name: b}]", "lsuv"));
    int64_t rows = ad_source_count(j.data.train);
    int at = ad_source_find(j.data.train, "input");
    const ad_source_field *field;
    int fields = ad_source_fields(j.data.train, &field);
    REQUIRE(at >= 0 && fields <= 4);
    for (int64_t i = 0; i < rows; i++) {
        float room[4][INPUTS + 1];
        ad_array into[4];
        for (int f = 0; f < fields; f++) {
            into[f] = (ad_array){.type = field[f].type, .shape = AD_SHAPE(1, 1), .data = room[f]};
            if (field[f].shape.rank)
                into[f].shape.size[1] = field[f].shape.size[0];
            else
                into[f].shape.rank = 1;
        }
        CHECK(ad_source_read(j.data.train, &i, 1, 0, into) == AD_OK);
        for (int o = 0; o < 4; o++) {
            double y = item(&j, "a.bias", o);
            for (int k = 0; k < INPUTS; k++)
                y += item(&j, "a.weight", o * INPUTS + k) * ad_array_item(&into[at], k);
            sum += y, square += y * y;
        }
    }
    double mean = sum / (double)(4 * rows);
    CHECK_CLOSE(square / (double)(4 * rows) - mean * mean, 1, 0.01);
    done(&j);
}

/* Of four branches of two weights: He's times 4^(-1/2), then 0; the last layer 0. */
TEST(fixup_begins_as_if_there_were_no_branches)
{
    job j, he;
    const char *model =
        "[linear: {out: 8, name: a}, repeat: {times: 4, layers: [residual: {layers: "
        "[linear: {out: 8}, relu, linear: {out: 8}]}]}, linear: {out: 1, name: z}]";
    REQUIRE(begin_with(&j, model, "fixup"));
    REQUIRE(begin_with(&he, model, "he_normal"));
    int zeros = 0, halves = 0, same = 0;
    for (int i = 0; i < ad_variable_count(he.net.graph); i++) {
        const char *name = ad_tensor_name(ad_variable_at(he.net.graph, i));
        if (!strstr(name, ".weight") || strchr(name, '.') != strrchr(name, '.'))
            continue;
        double now = item(&j, name, 0), then = item(&he, name, 0);
        zeros += now == 0 && then != 0;
        halves += fabs(now - then / 2) < 1e-7 && now != 0;
        same += now == then;
    }
    CHECK_EQ(zeros, 5);
    CHECK_EQ(halves, 4);
    CHECK_EQ(same, 1);
    done(&j);
    done(&he);
    CHECK(!begin_with(&j, "[linear: {out: 4}, linear: {out: 1}]", "fixup"));
    CHECK_CONTAINS(ad_kit_error(), "fixup scales residual branches, and the model has none");
    CHECK_CONTAINS(ad_kit_error(), "choose initial: lsuv, or he_normal");
    done(&j);
    CHECK(!begin_with(&j, "[linear: {out: 4}, linear: {out: 1}]", "lsuf"));
    CHECK_CONTAINS(ad_kit_error(), "lsuv");
    done(&j);
}

/* Of all examples in each step an epoch is a step: weights after 2, 3 and 4 of them, and their
 * mean. */
TEST(swa_is_the_mean_of_its_points)
{
    static float point[3][WEIGHTS], mean[WEIGHTS];
    for (int i = 0; i < 3; i++) {
        char text[100];
        snprintf(text, sizeof text, "epochs: %d, mode: full_batch, " SGD, i + 2);
        REQUIRE(train_to("", text, "a.weight", point[i]));
    }
    REQUIRE(train_to("", "epochs: 4, mode: full_batch, swa: 2, " SGD, "average.a.weight", mean));
    for (int i = 0; i < WEIGHTS; i++)
        CHECK_CLOSE(mean[i], (point[0][i] + point[1][i] + point[2][i]) / 3, 1e-6);
}

/* w2 = w1 - r1 (m1 v1 + g1), v1 = (w0 - w1) / r0: only m1 is another one. */
TEST(momentum_goes_against_the_rate)
{
    static float first[WEIGHTS], one[WEIGHTS], plain[WEIGHTS], cycling[WEIGHTS];
#define CYCLIC                                                                          \
    "mode: full_batch, optimizer: {method: sgd, rate: 0.05, momentum: 0.5}, schedule: " \
    "{method: cyclic, final: 0.02}"
    job j;
    ad_array value;
    ad_schedule s;
    REQUIRE(begin(&j, "", "epochs: 1, cycle_momentum: true, " CYCLIC));
    CHECK_OK(ad_get(j.net.state, ad_find(j.net.graph, "a.weight"), &value));
    memcpy(first, value.data, sizeof first);
    ad_config_schedule(j.config, 1, &s);
    double r0 = ad_schedule_rate(&s, 0), r1 = ad_schedule_rate(&s, 1);
    double m1 = ad_schedule_momentum(&s, 1);
    done(&j);
    REQUIRE(train_to("", "epochs: 1, " CYCLIC, "a.weight", one));
    REQUIRE(train_to("", "epochs: 2, " CYCLIC, "a.weight", plain));
    REQUIRE(train_to("", "epochs: 2, cycle_momentum: true, " CYCLIC, "a.weight", cycling));
    CHECK(r0 > 0 && r1 > 0 && m1 >= 0.85 && m1 <= 0.95);
    double most = 0;
    for (int i = 0; i < WEIGHTS; i++) {
        double v1 = ((double)first[i] - (double)one[i]) / r0, away = r1 * (m1 - 0.5) * v1;
        CHECK_CLOSE((double)plain[i] - away, (double)cycling[i], 1e-6);
        most = fmax(most, fabs(away));
    }
    CHECK(most > 1e-4);
    CHECK(!begin(&j, "", "cycle_momentum: true, optimizer: {method: adam}"));
    CHECK_CONTAINS(ad_kit_error(), "momentum cycles with the rate of one schedule");
    CHECK_CONTAINS(ad_kit_error(), "take it out, or write optimizer: {method: sgd}");
    done(&j);
}

TEST(look_ahead_goes_a_share_of_the_way)
{
    static float first[WEIGHTS], plain[WEIGHTS], ahead[WEIGHTS];
    job j;
    REQUIRE(begin(&j, "", "epochs: 1, mode: full_batch, " SGD));
    ad_array value;
    CHECK_OK(ad_get(j.net.state, ad_find(j.net.graph, "a.weight"), &value));
    memcpy(first, value.data, sizeof first);
    done(&j);
    REQUIRE(train_to("", "epochs: 2, mode: full_batch, " SGD, "a.weight", plain));
    REQUIRE(train_to("", "epochs: 2, mode: full_batch, lookahead: 2, lookahead_alpha: 0.25, " SGD,
                     "a.weight", ahead));
    for (int i = 0; i < WEIGHTS; i++)
        CHECK_CLOSE(ahead[i], first[i] + (plain[i] - first[i]) / 4, 1e-6);
}

/* One example a step is what batch: 1 is; all examples what a batch of as many is. */
TEST(modes_are_sizes_of_batches)
{
    static float a[WEIGHTS], b[WEIGHTS];
    REQUIRE(train_to("", "epochs: 1, mode: one_example, " SGD, "a.weight", a));
    REQUIRE(train_to("", "epochs: 1, batch: 1, " SGD, "a.weight", b));
    CHECK(!memcmp(a, b, sizeof a));
    REQUIRE(train_to("", "epochs: 3, mode: full_batch, " SGD, "a.weight", a));
    REQUIRE(train_to("", "epochs: 3, batch: 108, " SGD, "a.weight", b));
    CHECK(!memcmp(a, b, sizeof a));
}

TEST(frozen_weights_wait_for_their_epoch)
{
    static float first[WEIGHTS], held[WEIGHTS], later[WEIGHTS];
    job j;
    REQUIRE(begin(&j, "", "epochs: 1, " SGD));
    ad_array value;
    CHECK_OK(ad_get(j.net.state, ad_find(j.net.graph, "a.weight"), &value));
    memcpy(first, value.data, sizeof first);
    done(&j);
    REQUIRE(train_to("", "epochs: 2, batch: 20, freeze: a.*, freeze_epochs: 2, " SGD, "a.weight",
                     held));
    REQUIRE(train_to("", "epochs: 3, batch: 20, freeze: a.*, freeze_epochs: 2, " SGD, "a.weight",
                     later));
    CHECK(!memcmp(first, held, sizeof first));
    CHECK(memcmp(first, later, sizeof first));
}

/* SAM with a step of w - rate grad(w + rho g / |g|): against plain training it differs, by as much
 * as rho is small; noise changes weights, by its deviation; both are the same again. */
TEST(sharpness_and_noise_change_the_slopes)
{
    static float plain[WEIGHTS], w[WEIGHTS], again[WEIGHTS];
    double off[3] = {0};
    static const char *const keys[] = {"sam: 1e-6", "sam: 0.1", "gradient_noise: 1"};
    REQUIRE(train_to("", "epochs: 1, mode: full_batch, " SGD, "a.weight", plain));
    for (int k = 0; k < 3; k++) {
        char text[100];
        snprintf(text, sizeof text, "epochs: 1, mode: full_batch, %s, " SGD, keys[k]);
        REQUIRE(train_to("", text, "a.weight", w) && train_to("", text, "a.weight", again));
        CHECK(!memcmp(w, again, sizeof w));
        for (int i = 0; i < WEIGHTS; i++)
            off[k] += fabs((double)w[i] - (double)plain[i]) / WEIGHTS;
    }
    CHECK(off[0] < 1e-5 && off[1] > 1e-4 && off[1] < 0.05);
    /* rate times the mean size of a normal number, 0.798 */
    CHECK_CLOSE(off[2], 0.05 * 0.798, 4.9 * 0.05 * 0.603 / sqrt(WEIGHTS));
}

TEST(joined_schedules_are_their_series)
{
    job j;
    ad_schedule list[AD_NUMBERS_MAX + 1];
    REQUIRE(begin(&j, "schedules: [constant, exponential: {factor: 0.5}, cosine: {final: 0.001}]\n",
                  "epochs: 10, batch: 36, schedules_at: [2, 5], " SGD));
    REQUIRE(config_rate_changes(j.config) && j.net.rate);
    CHECK_EQ(config_schedules(j.config, 3, list), 3);
    for (int step = 0; step < 36; step++) {
        int t = step < 6 ? 0 : step < 15 ? step - 6 : step - 15;
        double right = step < 6    ? 0.05
                       : step < 15 ? 0.05 * pow(0.5, t / 3.0)
                       : t < 15    ? 0.001 + 0.049 * (1 + cos(3.141592653589793 * t / 15)) / 2
                                   : 0.001;
        CHECK_CLOSE(ad_schedule_rate(list, step), right, 1e-12);
    }
    done(&j);
}

/* Targets of 1e30 have squares that f32 does not hold: those steps are left out, and counted. */
TEST(steps_that_are_not_finite_are_left_out)
{
    FILE *f = fopen(scratch("huge.csv"), "w");
    REQUIRE(f);
    fprintf(f, "a,y\n");
    for (int i = 0; i < 100; i++)
        fprintf(f, "%s,%.1f\n", i == 30 || i == 60 ? "1e30" : i % 2 ? "1" : "-1", i % 7 + 0.5);
    fclose(f);
    static const char data[] =
        "data: {csv: huge.csv, target: y, standardize: false, test_share: 0}\n"
        "model: [linear: {out: 1}]\n"
        "train: {epochs: 2, batch: 1, " SGD ", skip_nonfinite: %s}\n";
    for (int skip = 0; skip < 2; skip++) {
        char text[400];
        job j = {.config = NULL};
        snprintf(text, sizeof text, data, skip ? "true" : "false");
        bool good =
            ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j.config) == AD_OK &&
            ad_run_sources(j.config, &j.data) == AD_OK &&
            ad_run_build(j.config, &j.data, 1, &j.net) == AD_OK;
        if (!good)
            TEST_FAILED("%s", ad_kit_error());
        ad_run_options o = {.config = j.config, .data = &j.data, .network = &j.net};
        ad_status status = good ? ad_run_train(&o, &j.result) : AD_OK;
        CHECK((status == AD_OK) == (skip == 1));
        CHECK_EQ(j.result.skipped, skip ? 4 : 0);
        CHECK(!skip || isfinite(j.result.loss));
        done(&j);
    }
}

/* A row moves by the rate times a hundredth of its own norm at most. */
TEST(adaptive_clipping_holds_each_row)
{
    static float first[WEIGHTS], w[WEIGHTS];
    job j;
    double most = 0;
    REQUIRE(begin(&j, "", "epochs: 1, " SGD));
    ad_array value;
    CHECK_OK(ad_get(j.net.state, ad_find(j.net.graph, "a.weight"), &value));
    memcpy(first, value.data, sizeof first);
    done(&j);
    REQUIRE(train_to("", "epochs: 1, mode: full_batch, clip_adaptive: 0.01, " SGD, "a.weight", w));
    for (int r = 0; r < 4; r++) {
        float off[WEIGHTS];
        for (int i = 0; i < WEIGHTS; i++)
            off[i] = w[i] - first[i];
        double share = row_norm(off, r) / row_norm(first, r) / (0.05 * 0.01);
        CHECK(share <= 1 + 1e-3);
        most = share > most ? share : most;
    }
    CHECK(most > 0.99);
}

static double entropy_after(const char *train)
{
    static char text[1000];
    job j = {.config = NULL};
    ad_run_measured m = {0};
    snprintf(text, sizeof text,
             "data: {csv: t.csv, target: sign, skip: y, test_share: 0.1}\n"
             "model: [linear: {out: 2}]\ntrain: {epochs: 80, batch: 20, optimizer: {method: adam, "
             "rate: 0.05}%s}\n",
             train);
    bool good =
        ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j.config) == AD_OK &&
        ad_run_sources(j.config, &j.data) == AD_OK &&
        ad_run_build(j.config, &j.data, 1, &j.net) == AD_OK;
    ad_run_options o = {.config = j.config, .data = &j.data, .network = &j.net};
    good = good && ad_run_train(&o, &j.result) == AD_OK;
    double loss = j.result.loss;
    if (!good)
        TEST_FAILED("%s", ad_kit_error());
    (void)m;
    done(&j);
    return loss;
}

/* Less sure, so the loss that is told, which has the penalty, is below what it would be. */
TEST(an_entropy_penalty_keeps_answers_unsure)
{
    double plain = entropy_after(""), unsure = entropy_after(", entropy: 0.5");
    CHECK(unsure < plain && plain < 0.3);
}

static void see_rate(void *user, double rate, double loss)
{
    double *last = user;
    CHECK(rate > last[0] && isfinite(rate));
    last[0] = rate, last[1] = loss, last[2]++;
}

/* Of least squares: rates that rise by one factor, until the loss has grown; the suggestion is one
 * of them, and a training with it comes down. */
TEST(rates_are_tried)
{
    job j;
    double last[3] = {0}, rate = 0;
    REQUIRE(begin(&j, "", "epochs: 1, batch: 20, " SGD));
    CHECK(ad_run_rates(j.config, &j.data, 1, see_rate, last, &rate) == AD_OK);
    CHECK(last[2] > 50 && last[2] <= 100);
    if (!(rate > 1e-4 && rate < 3))
        TEST_FAILED("%g after %g", rate, last[0]);
    CHECK(!j.net.rate); /* nothing of the job's own changed */
    done(&j);
}

static void refused(const char *more, const char *train, const char *words)
{
    job j;
    CHECK(!begin(&j, more, train));
    CHECK_CONTAINS(ad_kit_error(), words);
    done(&j);
}

TEST(what_makes_no_sense_is_refused)
{
    refused("", "entropy: 0.1", "says no chances of classes");
    refused("", "constraints: {l1: 0.1, match: nothing*}", "matches no variable");
    refused("", "swa: 2, average: 0.9", "both means of the weights");
    refused("schedules: [constant, cosine]\n", "epochs: 2", "2 schedules follow one another at 0");
    refused("schedules: [constant, cosine, constant]\n", "schedules_at: [5, 3]", "do not rise");
    refused("schedules: [plateau, constant]\n", "schedules_at: 5", "a plateau is not joined");
    refused("", "schedules_at: 5", "0 schedules follow");
}

TEST_MAIN_OF_CONFIGURATIONS(write_tables())
