/* Task transcription: what is read of chances against all ways there are, the loss against PyTorch,
 * a training that is stopped and gone on with, what is stored and said, mistakes.
 *
 * The loss is PyTorch 2.15's, in f64: w = [.5, -.25, .75, -.5], b = [.1, .2, -.1, .05] and sounds s
 * of 6 and 4 steps (below, over 32768),
 *
 *     F.ctc_loss(F.log_softmax(s[..., None] * w + b, -1).transpose(0, 1),
 *                torch.tensor([[3, 2, 2], [2, 0, 0]]), torch.tensor([6, 4]), torch.tensor([3, 1]))
 */
#define JOB_FILE "said.yaml"

#include "configuration_main.h"
#include "job_run.h"
#include "kit/ctc.h"
#include "kit/run.h"
#include "test.h"

#include <adze/kit.h>

#include <math.h>

/* ---------------------------------------------------------------- what is read */

enum { STEPS = 6, CLASSES = 4, WAYS = 4096, TEXTS = 1 << 12 };

/* What a way says, as a number: its tokens as digits of base 4. */
static int said_by(int way)
{
    int text = 0;
    for (int t = 0, before = 0; t < STEPS; t++) {
        int c = way >> 2 * (STEPS - 1 - t) & 3;
        if (c && c != before)
            text = 4 * text + c;
        before = c;
    }
    return text;
}

static double chance_of(const float *p, int way)
{
    double chance = 1;
    for (int t = 0; t < STEPS; t++)
        chance *= (double)p[t * CLASSES + (way >> 2 * (STEPS - 1 - t) & 3)];
    return chance;
}

static int as_number(const int32_t *token, int64_t count)
{
    int text = 0;
    for (int64_t i = 0; i < count; i++)
        text = 4 * text + token[i];
    return text;
}

/* Chances of which seeds differ, rows of sum 1. */
static void fill(float *p, int seed)
{
    for (int t = 0; t < STEPS; t++) {
        float sum = 0;
        for (int c = 0; c < CLASSES; c++)
            sum += p[t * CLASSES + c] =
                .05F + (float)((seed * 37 + t * 11 + c * 5 + seed * t) % 13);
        for (int c = 0; c < CLASSES; c++)
            p[t * CLASSES + c] /= sum;
    }
}

TEST(what_is_read_is_the_best_of_all_ways)
{
    static double of[TEXTS];
    int differ = 0;
    for (int seed = 0; seed < 40; seed++) {
        float p[STEPS * CLASSES];
        int32_t token[STEPS], greedy[STEPS];
        int64_t count, short_count;
        double score, short_score;
        fill(p, seed);
        memset(of, 0, sizeof of);
        int likeliest = 0, best = 0;
        for (int way = 0; way < WAYS; way++) {
            of[said_by(way)] += chance_of(p, way);
            likeliest = chance_of(p, way) > chance_of(p, likeliest) ? way : likeliest;
        }
        for (int text = 0; text < TEXTS; text++)
            best = of[text] > of[best] ? text : best;
        CHECK_OK(ctc_say(p, STEPS, CLASSES, 1, greedy, &short_count, &short_score));
        CHECK_EQ(as_number(greedy, short_count), said_by(likeliest));
        CHECK_CLOSE(short_score, log(chance_of(p, likeliest)), 1e-9);
        CHECK_OK(ctc_say(p, STEPS, CLASSES, 100, token, &count, &score));
        CHECK_CLOSE(of[as_number(token, count)], of[best], 1e-12);
        CHECK_CLOSE(score, log(of[best]), 1e-9);
        differ += as_number(token, count) != as_number(greedy, short_count);
    }
    CHECK(differ > 0); /* else the search was not needed */
}

TEST(ends_of_reading)
{
    static const float sure[] = {0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0};
    int32_t token[5];
    int64_t count;
    double score;
    for (int64_t beam = 1; beam <= 2; beam++) {
        CHECK_OK(ctc_say(sure, 5, 3, beam, token, &count, &score)); /* 1 1 0 2 1 */
        CHECK_EQ(count, 3);
        CHECK(token[0] == 1 && token[1] == 2 && token[2] == 1 && score == 0);
        CHECK_OK(ctc_say(sure, 0, 3, beam, token, &count, &score));
        CHECK(count == 0 && score == 0);
    }
    CHECK_EQ(ctc_least((const int32_t[]){3, 3, 3, 1, 1}, 5), 8);
    CHECK_EQ(ctc_least(NULL, 0), 0);
}

/* ---------------------------------------------------------------- files of sounds */

static void put(FILE *f, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(value >> 8 * i & 255), f);
}

static void write_sound(const char *name, const int16_t *sample, int count)
{
    FILE *f = fopen(scratch(name), "wb");
    REQUIRE(f);
    fputs("RIFF", f);
    put(f, (uint32_t)(36 + 2 * count), 4);
    fputs("WAVEfmt ", f);
    put(f, 16, 4), put(f, 1, 2), put(f, 1, 2), put(f, 8000, 4), put(f, 16000, 4);
    put(f, 2, 2), put(f, 16, 2);
    fputs("data", f);
    put(f, (uint32_t)(2 * count), 4);
    for (int i = 0; i < count; i++)
        put(f, (uint16_t)sample[i], 2);
    fclose(f);
}

/* Each letter is a stretch of its own height, and silence stands between. */
static int spell(int16_t *to, const char *text, int number)
{
    int count = 0;
    for (const char *p = text; *p; p++) {
        int height = *p == 'a' ? 9000 : *p == 'b' ? -9000 : 20000;
        for (int i = 0; i < 12 + (number + count) % 5; i++)
            to[count] = (int16_t)(height + (count * 97 + number * 31) % 700), count++;
        for (int i = 0; i < 8; i++)
            to[count] = (int16_t)((count * 53 + number) % 300), count++;
    }
    return count;
}

static void write_table(const char *table, const char *prefix, int rows)
{
    FILE *f = fopen(scratch(table), "w");
    REQUIRE(f);
    fputs("file,text\n", f);
    for (int i = 0; i < rows; i++) {
        char text[8] = "", name[40];
        int letters = 1 + i % 4, code = i * 7 + i / 4;
        for (int k = 0; k < letters; k++, code /= 3)
            text[k] = (char)('a' + code % 3);
        int16_t sample[400];
        snprintf(name, sizeof name, "%s%d.wav", prefix, i);
        write_sound(name, sample, spell(sample, text, i));
        fprintf(f, "%s,%s\n", name, text);
    }
    fclose(f);
}

/* ---------------------------------------------------------------- jobs */

#define HEAD                                                                                \
    "task: transcription\n"                                                                 \
    "data: {format: csv, path: train.csv, target: text, test: test.csv, validation: 0.1}\n" \
    "text: {tokens: characters}\n"

TEST(the_loss_is_pytorchs)
{
    static const int16_t one[] = {8192, -16384, 24576, 4096, -8192, 12288},
                         two[] = {-4096, 20480, 8192, -12288};
    static const float w[] = {.5F, -.25F, .75F, -.5F}, b[] = {.1F, .2F, -.1F, .05F};
    write_sound("p.wav", one, 6);
    write_sound("q.wav", two, 4);
    FILE *f = fopen(scratch("two.csv"), "w");
    REQUIRE(f);
    fputs("file,text\np.wav,abb\nq.wav,b\n", f);
    fclose(f);
    job j;
    bool good = build_on(&j,
                         "task: transcription\n"
                         "data: {format: csv, path: two.csv, target: text, validation: 0, "
                         "test_share: 0, standardize: false}\n"
                         "text: {tokens: characters}\nsound: {features: samples}\n"
                         "model: [linear]\n",
                         1);
    if (!good)
        printf("%s", ad_kit_error());
    REQUIRE(good);
    CHECK_EQ(j.data.target.classes, 4); /* the blank, unknown, b, a, the rarer one */
    CHECK_EQ(j.data.longest, 3);
    ad_tensor *weight = ad_find(j.net.graph, "linear1.weight"),
              *bias = ad_find(j.net.graph, "linear1.bias");
    REQUIRE(weight && bias);
    ad_array aw = {.type = AD_F32, .shape = ad_tensor_shape(weight), .data = (void *)(uintptr_t)w};
    CHECK_OK(ad_set(j.net.state, weight, aw));
    CHECK_OK(ad_set(j.net.state, bias, ad_f32((float *)(uintptr_t)b, AD_SHAPE(4))));
    ad_run_measured m;
    REQUIRE(ad_run_measure(&j.net, &j.data, j.data.train, NULL, NULL, &m) == AD_OK);
    CHECK_CLOSE(m.measured[0].value, 2.510738071809, 1e-6);
    CHECK_EQ(m.written, 2);
    CHECK_STREQ(m.answers.answers.right[0], "abb");
    ad_run_measured_done(&m);
    done(&j);
}

/* ---------------------------------------------------------------- trainings */

#define MODEL(epochs)                                                                 \
    "sound: {features: samples}\n"                                                    \
    "model:\n  - conv1d: {filters: 16, kernel: 8, stride: 4, padding: 4}\n  - relu\n" \
    "  - conv1d: {filters: 16, kernel: 3, same: true}\n  - relu\n  - linear\n"        \
    "train: {epochs: " #epochs ", batch: 16, optimizer: {rate: 1e-2}"
#define ALL HEAD MODEL(16) "}\n"

static void same_weights(const char *a, const char *b)
{
    char command[600];
    snprintf(command, sizeof command, "cmp -s %s/model.safetensors %s/model.safetensors",
             scratch(a), scratch(b));
    CHECK_EQ(system(command), 0);
}

TEST(any_number_of_threads_and_a_stop_give_the_same_bits)
{
    job j;
    write_table("train.csv", "r", 160);
    write_table("test.csv", "t", 40);
    REQUIRE(train_on(&j, "one", ALL, AD_RUN_OVER, 1));
    ad_run_measured m;
    REQUIRE(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m) == AD_OK);
    const ad_measured *wrong = ad_run_find(&m, "character_error_rate");
    REQUIRE(wrong);
    CHECK(wrong->value < .2);
    ad_run_measured_done(&m);
    done(&j);
    REQUIRE(train_on(&j, "two", ALL, AD_RUN_OVER, 2));
    done(&j);
    same_weights("one", "two");
    REQUIRE(train_on(&j, "part", HEAD MODEL(3) "}\n", AD_RUN_OVER, 2));
    done(&j);
    REQUIRE(train_on(&j, "part", ALL, AD_RUN_RESUME, 1));
    done(&j);
    same_weights("one", "part");
}

static char said[64];
static double score;

static ad_status take(void *user, const ad_answers *a)
{
    (void)user;
    if (!a->text || a->count != 1)
        return AD_ERROR_ARGUMENT;
    snprintf(said, sizeof said, "%s", a->text[0].text);
    score = a->text[0].score;
    CHECK_EQ(a->text[0].tokens, (int64_t)strlen(said));
    return AD_OK;
}

TEST(a_stored_model_says_what_it_hears)
{
    int16_t sample[400];
    ad_model *m = NULL;
    float none[8];
    write_sound("own.wav", sample, spell(sample, "bac", 3));
    if (ad_model_load(scratch("one"), &m) != AD_OK)
        printf("%s", ad_kit_error());
    REQUIRE(m);
    const char *path = scratch("own.csv");
    FILE *f = fopen(path, "w");
    REQUIRE(f);
    fputs("file\nown.wav\n", f);
    fclose(f);
    for (int64_t beam = 1; beam <= 8; beam += 7) {
        ad_rewrite_options o = {.beam = beam};
        CHECK_OK(model_each(m, &path, 1, false, false, &o, take, NULL));
        CHECK_STREQ(said, "bac");
        CHECK(score <= 0 && score > -5);
    }
    CHECK(ad_model_predict(m, NULL, 0, 0, none) == AD_ERROR_UNSUPPORTED);
    CHECK_CONTAINS(ad_kit_error(), "are texts");
    ad_model_free(m);
}

/* ---------------------------------------------------------------- mistakes */

TEST(mistakes_are_told)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {HEAD "model: [{conv1d: {filters: 4, kernel: 64, stride: 64}}, linear]\n",
         "steps at least"},
        {HEAD "model: [{conv1d: {filters: 4, kernel: 64, stride: 64}}, linear]\n",
         "zero_infinity: true"},
        {HEAD "model: [{pool_time: {how: max}}, linear]\n", "(batch, time, classes)"},
        {HEAD "model: [{linear: {out: 3}}]\n", "the blank and the tokens"},
        {HEAD "model: [linear]\ntrain: {loss: cross_entropy}\n", "does not fit task transcription"},
        {HEAD "model: [linear]\nmetrics: [accuracy]\n", "is of other answers"},
        {HEAD "model: [linear]\ntranscription: {beam: 0}\n", "said.yaml:5:"},
        {HEAD "model: [linear]\nsequence: {beam: 2}\n", "sequence.beam means nothing"},
        {"task: transcription\ndata: {format: csv, path: train.csv, target: text}\n"
         "text: {tokens: characters, length: 4}\nmodel: [linear]\n",
         "as long as it is"},
        {"task: transcription\ndata: {format: csv, path: texts.csv, target: to, types: "
         "[from=text]}\n"
         "text: {tokens: characters}\nmodel: [linear]\n",
         "is a text"},
        {"task: transcription\ndata: {format: digits, train_count: 40}\nmodel: [linear]\n",
         "learns a text"},
        {"data: {format: digits, train_count: 40}\nmodel: [flatten, linear]\n"
         "transcription: {beam: 2}\n",
         "any task but transcription"},
        {"data: {format: digits, train_count: 40}\nmodel: [flatten, linear]\n"
         "train: {loss: ctc}\n",
         "loss ctc does not fit"},
    };
    FILE *f = fopen(scratch("texts.csv"), "w");
    REQUIRE(f);
    for (int i = 0; i < 30; i++)
        fprintf(f, "%s", i ? "the cat sat there,ab\n" : "from,to\n");
    fclose(f);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        job j;
        if (make_job(&j, wrong[i].text, 1))
            TEST_FAILED("case %d is taken", (int)i);
        CHECK_CONTAINS(ad_kit_error(), wrong[i].words);
        done(&j);
    }
}

TEST(texts_that_no_step_is_left_for_may_count_nothing)
{
    job j;
    CHECK(build_on(&j,
                   HEAD "model: [{conv1d: {filters: 4, kernel: 64, stride: 64}}, linear]\n"
                        "train: {loss: ctc, zero_infinity: true}\n",
                   1));
    done(&j);
}

TEST_MAIN_OF_CONFIGURATIONS()
