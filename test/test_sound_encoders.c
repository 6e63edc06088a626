/* Mel spectrograms and cepstra beside those of librosa 0.11 and torchaudio 2.11, which
 * script/sound-goldens wrote; steps, padding, the text form, what is refused. */
#include "kit/sound.h"
#include "kit/spectrum.h"
#include "sound_files.h"
#include <adze/kit.h>
#include <pthread.h>

enum { COUNT = 3200, RATE = 16000 };

static float clip[COUNT];

/* False, once said, where this build reads no sounds or makes no spectrum. */
static bool have_clip(void)
{
    sound_clip read;
    const sound_file file = {.path = SOUNDS "clip.wav"};
    if (sound_decode(&file, &read) != AD_OK) {
        CHECK_CONTAINS(ad_kit_error(), "libsndfile1-dev");
        return false;
    }
    memcpy(clip, read.sample, sizeof clip);
    free(read.sample);
    return true;
}

static ad_schema_field about_sound(double rate)
{
    return (ad_schema_field){.name = (char *)"sound", .meaning = AD_MEANS_SOUND, .rate = rate};
}

static int64_t sizes[] = {COUNT, 0, 1, 130, 700};

static ad_status read_clip(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    (void)user, (void)epoch, (void)count;
    if (sizes[number[0]])
        memcpy(into[0].data, clip, (size_t)sizes[number[0]] * sizeof(float));
    return AD_OK;
}

static ad_status clip_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    (void)user, (void)epoch;
    *length = sizes[number];
    return AD_OK;
}

static ad_source *clips(void)
{
    ad_source_field f[] = {{"sound", AD_F32, AD_SHAPE(AD_VARYING)}};
    return ad_source_new(&(ad_source_record){
        .count = 5, .field = f, .fields = 1, .read = read_clip, .length = clip_length});
}

static ad_encoder *fit(const char *name, const void *options)
{
    ad_source *raw = clips();
    ad_schema_field about = about_sound(RATE);
    ad_encoder *e = NULL;
    if (ad_encoder_fit(name, options, raw, "sound", &about, &e) != AD_OK)
        e = NULL;
    ad_source_free(raw);
    return e;
}

/* ---------------------------------------------------------------- the same as theirs */

typedef struct golden {
    int steps, width;
    float value[8192];
} golden;

static bool find_golden(const char *name, golden *g)
{
    FILE *file = fopen(SOUNDS "features.txt", "r");
    char is[64];
    bool found = false;
    while (file && !found && fscanf(file, "%63s %d %d", is, &g->steps, &g->width) == 3) {
        for (int i = 0; i < g->steps * g->width; i++)
            if (fscanf(file, "%f", &g->value[i]) != 1)
                g->steps = 0;
        found = strcmp(is, name) == 0;
    }
    if (file)
        fclose(file);
    return found;
}

static void compare(const char *name, const char *kind, const ad_spectrum_options *o)
{
    static golden g;
    void *made = NULL;
    int64_t steps = 0;
    double off = 0;
    ad_encoder *e = fit(kind, o);
    if (!e)
        TEST_FAILED("%s: %s", name, ad_kit_error());
    REQUIRE(e);
    REQUIRE(find_golden(name, &g));
    CHECK(ad_encoder_encode(e, clip, COUNT, &made, &steps) == AD_OK);
    CHECK_EQ(steps, g.steps);
    ad_encoded about;
    ad_encoder_about(e, &about);
    CHECK_EQ(about.width, g.width);
    for (int i = 0; i < g.steps * g.width && steps == g.steps; i++) {
        double d = fabs(((float *)made)[i] - (double)g.value[i]);
        off = d > off ? d : off;
    }
    if (off > 1e-4)
        TEST_FAILED("%s is off by %g", name, off);
    if (getenv("ADZE_SHOW"))
        printf("%s %g\n", name, off);
    free(made);
    ad_encoder_free(e);
}

#define OPTIONS(...) (&AD_OPTIONS(ad_spectrum_options, __VA_ARGS__))

TEST(as_librosa)
{
    if (!have_clip())
        return;
    compare("librosa", "log_mel", NULL);
    compare("librosa_db", "log_mel", OPTIONS(.fft = 512, .hop = 160, .mels = 40, .log = AD_LOG_DB));
    compare("librosa_htk", "log_mel",
            OPTIONS(.fft = 512, .hop = 200, .window_size = 400, .window = AD_WINDOW_HAMMING,
                    .mels = 32, .low = 100, .high = 6000, .scale = AD_MEL_HTK,
                    .norm = AD_MEL_NORM_NONE, .center = false));
    compare("librosa_magnitude", "log_mel",
            OPTIONS(.fft = 400, .hop = 160, .mels = 24, .power = 1, .log = AD_LOG_DB, .top = 0,
                    .padding = AD_PADDING_REFLECT));
    compare("librosa_mfcc", "mfcc", NULL);
}

TEST(as_torchaudio)
{
    if (!have_clip())
        return;
    compare("torchaudio", "log_mel", OPTIONS(.like = AD_LIKE_TORCHAUDIO));
    compare("torchaudio_db", "log_mel",
            OPTIONS(.like = AD_LIKE_TORCHAUDIO, .fft = 512, .hop = 160, .mels = 40,
                    .scale = AD_MEL_SLANEY, .norm = AD_MEL_NORM_SLANEY, .log = AD_LOG_DB));
    compare("torchaudio_blackman", "log_mel",
            OPTIONS(.like = AD_LIKE_TORCHAUDIO, .fft = 512, .window_size = 400, .hop = 200,
                    .mels = 32, .low = 50, .high = 7000, .power = 1, .center = false,
                    .window = AD_WINDOW_BLACKMAN));
    compare("torchaudio_mfcc", "mfcc", OPTIONS(.like = AD_LIKE_TORCHAUDIO, .fft = 512, .hop = 160));
    compare("torchaudio_mfcc_natural", "mfcc",
            OPTIONS(.like = AD_LIKE_TORCHAUDIO, .coefficients = 13, .log = AD_LOG_NATURAL,
                    .mels = 40, .padding = AD_PADDING_ZERO));
}

/* ---------------------------------------------------------------- steps */

static int64_t steps_of(const ad_encoder *e, int64_t size)
{
    void *made = NULL;
    int64_t steps = -1;
    CHECK(ad_encoder_encode(e, clip, size, &made, &steps) == AD_OK);
    CHECK_EQ(ad_encoder_kind(e)->steps ? steps : 0, steps);
    free(made);
    return steps;
}

/* By the formulas of the header; of no samples there is no step. */
TEST(steps_of_a_sound)
{
    ad_encoder *e = fit("log_mel", OPTIONS(.fft = 256, .hop = 80, .mels = 20));
    if (!e) {
        CHECK_CONTAINS(ad_kit_error(), "libkissfft-dev");
        return;
    }
    CHECK_EQ(steps_of(e, 0), 0);
    CHECK_EQ(steps_of(e, 1), 1);
    CHECK_EQ(steps_of(e, 79), 1);
    CHECK_EQ(steps_of(e, 80), 2);
    CHECK_EQ(steps_of(e, COUNT), 41);
    ad_encoder_free(e);
    e = fit("log_mel", OPTIONS(.fft = 256, .hop = 80, .mels = 20, .center = false));
    REQUIRE(e);
    CHECK_EQ(steps_of(e, 0), 0);
    CHECK_EQ(steps_of(e, 1), 1);
    CHECK_EQ(steps_of(e, 256), 1);
    CHECK_EQ(steps_of(e, 335), 1);
    CHECK_EQ(steps_of(e, 336), 2);
    ad_encoder_free(e);
}

/* 0.1 seconds are 1600 samples and 21 steps of all; the last are those of silence. */
TEST(seconds_pad_with_silence)
{
    ad_encoder *e =
        fit("log_mel", OPTIONS(.fft = 256, .hop = 80, .mels = 20, .seconds = 0.1, .floor = 0.5));
    if (!e)
        return;
    ad_encoded about;
    ad_encoder_about(e, &about);
    CHECK_EQ(about.steps, 21);
    CHECK_EQ(about.axis, AD_AXIS_ALL);
    float *made = NULL;
    void *out = NULL;
    int64_t steps = 0;
    CHECK(ad_encoder_encode(e, clip, 700, &out, &steps) == AD_OK);
    made = out;
    CHECK_EQ(steps, 21);
    for (int i = 12 * 20; made && i < 21 * 20; i++)
        CHECK(made[i] == logf(0.5f));
    free(out);
    ad_encoder_free(e);
}

/* The source: lengths of its own, and one for all; both hold the same steps. */
TEST(sources_of_features)
{
    if (!have_clip())
        return;
    ad_source *raw = clips();
    ad_encoder *free_length = fit("log_mel", OPTIONS(.fft = 256, .hop = 80, .mels = 4));
    ad_encoder *ten = fit("log_mel", OPTIONS(.fft = 256, .hop = 80, .mels = 4, .length = 10));
    if (!free_length || !ten) {
        ad_source_free(raw);
        return;
    }
    ad_source *a = ad_encoder_source(free_length, raw, "sound");
    ad_source *b = ad_encoder_source(ten, raw, "sound");
    ad_source_free(raw);
    ad_encoder_free(free_length);
    ad_encoder_free(ten);
    static const int64_t wanted[] = {41, 0, 1, 2, 9};
    for (int64_t i = 0; i < 5; i++) {
        float own[41 * 4] = {0}, cut[10 * 4];
        int64_t length = -1;
        CHECK(ad_source_length(a, i, 0, &length) == AD_OK);
        CHECK_EQ(length, wanted[i]);
        ad_array one = ad_f32(own, AD_SHAPE(1, length, 4)), all = ad_f32(cut, AD_SHAPE(1, 10, 4));
        CHECK(ad_source_read(a, &i, 1, 0, &one) == AD_OK);
        CHECK(ad_source_read(b, &i, 1, 0, &all) == AD_OK);
        CHECK(memcmp(own, cut, sizeof cut) == 0); /* padded with zeros */
    }
    ad_source_free(a);
    ad_source_free(b);
}

/* ---------------------------------------------------------------- text, threads, mistakes */

TEST(as_text_and_back)
{
    if (!have_clip())
        return;
    ad_encoder *e = fit("mfcc", OPTIONS(.like = AD_LIKE_TORCHAUDIO, .seconds = 0.1, .length = 5)),
               *again = NULL;
    if (!e)
        return;
    char *words = ad_encoder_text(e);
    REQUIRE(words);
    CHECK(ad_encoder_read(words, strlen(words), &again) == AD_OK);
    char *same = again ? ad_encoder_text(again) : NULL;
    CHECK_STREQ(same, words);
    void *a = NULL, *b = NULL;
    int64_t steps = 0, others = 0;
    CHECK(ad_encoder_encode(e, clip, COUNT, &a, &steps) == AD_OK);
    CHECK(again && ad_encoder_encode(again, clip, COUNT, &b, &others) == AD_OK);
    CHECK_EQ(steps, 5);
    CHECK_EQ(others, 5);
    CHECK(a && b && memcmp(a, b, 5 * 40 * sizeof(float)) == 0);
    ad_encoder *no = NULL;
    for (size_t cut = 0; cut < strlen(words); cut += 7)
        CHECK(ad_encoder_read(words, cut, &no) != AD_OK && !no);
    words[8] = 'x';
    CHECK(ad_encoder_read(words, strlen(words), &no) != AD_OK && !no);
    free(a);
    free(b);
    free(same);
    free(words);
    ad_encoder_free(e);
    ad_encoder_free(again);
}

typedef struct worker {
    ad_encoder *e;
    const float *wanted;
    bool same;
} worker;

static void *encode_often(void *user)
{
    worker *w = user;
    w->same = true;
    for (int i = 0; i < 20; i++) {
        void *made = NULL;
        int64_t steps = 0;
        w->same = ad_encoder_encode(w->e, clip, COUNT, &made, &steps) == AD_OK && w->same &&
                  memcmp(made, w->wanted, (size_t)steps * 20 * sizeof(float)) == 0;
        free(made);
    }
    return NULL;
}

TEST(several_threads_at_once)
{
    if (!have_clip())
        return;
    ad_encoder *e = fit("log_mel", OPTIONS(.fft = 256, .hop = 80, .mels = 20));
    void *wanted = NULL;
    int64_t steps = 0;
    if (!e)
        return;
    CHECK(ad_encoder_encode(e, clip, COUNT, &wanted, &steps) == AD_OK);
    pthread_t thread[4];
    worker w[4];
    for (int i = 0; i < 4; i++) {
        w[i] = (worker){e, wanted, false};
        CHECK(pthread_create(&thread[i], NULL, encode_often, &w[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        CHECK(w[i].same);
    }
    free(wanted);
    ad_encoder_free(e);
}

static void refused(const ad_spectrum_options *o, const char *words)
{
    ad_encoder *e = fit("mfcc", o);
    CHECK(!e);
    CHECK_CONTAINS(ad_kit_error(), words);
    ad_encoder_free(e);
}

TEST(what_cannot_be)
{
    refused(OPTIONS(.fft = 255), "fft has to be even");
    refused(OPTIONS(.fft = 256, .window_size = 300), "the window is longer than fft");
    refused(OPTIONS(.high = 9000), "high is above half of the rate");
    refused(OPTIONS(.low = 4000, .high = 4000), "low is not below high");
    refused(OPTIONS(.mels = 10), "more coefficients than mels");
    ad_encoder *e = NULL;
    ad_source *raw = clips();
    CHECK(ad_encoder_fit("log_mel", NULL, raw, "sound", NULL, &e) != AD_OK && !e);
    CHECK_CONTAINS(ad_kit_error(), "how many samples a second");
    ad_sound_options timed = AD_OPTIONS(ad_sound_options, .seconds = 0.25);
    CHECK(ad_encoder_fit("samples", &timed, raw, "sound", NULL, &e) != AD_OK && !e);
    ad_schema_field about = about_sound(8000);
    CHECK(ad_encoder_fit("samples", &timed, raw, "sound", &about, &e) == AD_OK);
    ad_encoded is;
    ad_encoder_about(e, &is);
    CHECK_EQ(is.steps, 2000);
    ad_encoder_free(e);
    ad_source_free(raw);
}

/* ---------------------------------------------------------------- a training */

static const char keys[] =
    "data: {format: tones, train_count: %d, test_count: 60, classes: 4, noise: 0.05}\n"
    "sound: {features: log_mel, fft: 256, hop: %d, mels: 16, over: bands, seconds: 0.25}\n"
    "model: [conv1d: {filters: 8, kernel: 3}, relu, global_pool: {method: max}, linear: {out: 4}]\n"
    "train: {epochs: 2, batch: 20}\n";

static ad_status read_keys(int count, int hop, ad_config **config)
{
    char text[1024];
    snprintf(text, sizeof text, keys, count, hop);
    return ad_config_parse("keys.yaml", text, strlen(text), NULL, 0, config);
}

/* Each band of the training part has mean 0 and deviation 1; the test part has not quite. */
TEST(features_are_standardized)
{
    ad_config *config = NULL;
    ad_run_data data = {0};
    ad_status status = read_keys(300, 80, &config);
    if (status == AD_OK)
        status = ad_run_sources(config, &data);
    if (status == AD_ERROR_UNSUPPORTED) { /* without libyaml or kissfft */
        ad_config_free(config);
        ad_run_data_done(&data);
        return;
    }
    REQUIRE(status == AD_OK);
    CHECK(data.feature_bytes == 360 * (26 * 16 * 4 + 4) && !data.features_read);
    double sum[16] = {0}, square[16] = {0};
    for (int64_t i = 0; i < 300; i++) {
        float x[26 * 16];
        int32_t label;
        ad_array into[] = {ad_f32(x, AD_SHAPE(1, 26, 16)), ad_i32(&label, AD_SHAPE(1))};
        CHECK(ad_source_read(data.train, &i, 1, 0, into) == AD_OK);
        for (int k = 0; k < 26 * 16; k++)
            sum[k % 16] += x[k], square[k % 16] += x[k] * (double)x[k];
    }
    for (int b = 0; b < 16; b++) {
        CHECK(fabs(sum[b] / (300 * 26)) < 1e-4);
        CHECK(fabs(square[b] / (300 * 26) - 1) < 1e-4);
    }
    ad_run_data_done(&data);
    ad_config_free(config);
}

static void take_words(void *user, const char *words)
{
    snprintf(user, 512, "%s", words);
}

/* What does not fit is said, and by its sizes alone: nothing is made for that. */
TEST(features_that_are_not_kept)
{
    char said[512] = "";
    ad_run_data data = {.feature_bytes = 3.0 * (1 << 30), .features_read = true};
    CHECK(ad_run_inspect(NULL, &data, take_words, said) == AD_OK);
    CHECK_CONTAINS(said, "the features of all sounds are 3.0 GiB, more than 1 that is kept [W425]");
}

TEST_MAIN
