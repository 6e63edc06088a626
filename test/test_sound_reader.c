/* Sounds from files: what each format's numbers mean, channels, rates, classes by folders, names
 * and a file of labels; what is broken, empty or refused; drawn tones; sounds to predict. */
#include "kit/sound.h"
#include "sound_files.h"
#include <adze/kit.h>

/* libvorbis keeps what it has of a header that is cut off. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libvorbis";
}

#define OPTIONS(...) AD_OPTIONS(ad_sounds_options, __VA_ARGS__)

static const ad_reader_record *reader(void)
{
    return ad_reader_find("sounds");
}

/* False, once said, where this build reads no sounds. */
static bool have_sounds(void)
{
    sound_clip clip;
    const sound_file file = {.path = SOUNDS "clip.wav"};
    bool have = sound_decode(&file, &clip) == AD_OK;
    if (!have)
        CHECK_CONTAINS(ad_kit_error(), "libsndfile1-dev");
    free(clip.sample);
    return have;
}

static void refused(const ad_sounds_options *o, ad_status status, const char *words)
{
    ad_schema *s = NULL;
    CHECK_EQ(reader()->understand(o, &s), status);
    CHECK(!s);
    CHECK_CONTAINS(ad_kit_error(), words);
    ad_schema_free(s);
}

/* A part's example i: its samples by malloc, and its class. */
typedef struct example {
    float *sample;
    int64_t count;
    int32_t label, id[2];
} example;

static example read_example(ad_source *source, int64_t i)
{
    example e = {.count = -1, .label = -9};
    if (ad_source_length(source, i, 0, &e.count) != AD_OK)
        return e;
    e.sample = calloc((size_t)e.count + 1, sizeof *e.sample);
    ad_array into[] = {ad_f32(e.sample, AD_SHAPE(1, e.count)), ad_i32(&e.label, AD_SHAPE(1)),
                       ad_i32(&e.id[0], AD_SHAPE(1)), ad_i32(&e.id[1], AD_SHAPE(1))};
    if (ad_source_read(source, &i, 1, 0, into) != AD_OK)
        e.label = -9;
    return e;
}

/* ---------------------------------------------------------------- formats */

static void decodes(const char *path, const float *wanted, int64_t count, int rate, int channels)
{
    sound_clip clip;
    const sound_file file = {.path = path};
    CHECK_EQ(sound_decode(&file, &clip), AD_OK);
    CHECK_EQ(clip.count, count);
    CHECK_EQ(clip.about.rate, rate);
    CHECK_EQ(clip.about.channels, channels);
    for (int64_t i = 0; i < count && i < clip.count; i++)
        if (clip.sample[i] != wanted[i])
            TEST_FAILED("%s: sample %d is %.9g, not %.9g", path, (int)i, clip.sample[i], wanted[i]);
    free(clip.sample);
}

/* The numbers that the format's description gives: b bits are divided by 2^(b - 1). */
TEST(what_numbers_mean)
{
    static wav w;
    if (!have_sounds())
        return;
    begin_wav(&w, 1, 8, 1, 11025, 4);
    for (int i = 0; i < 4; i++)
        put_le(&w, (uint64_t)(int[]){0, 128, 192, 255}[i], 1);
    decodes(write_file("u8.wav", w.byte, w.size), (float[]){-1, 0, 0.5f, 127.f / 128}, 4, 11025, 1);
    begin_wav(&w, 1, 16, 1, 16000, 3);
    for (int i = 0; i < 3; i++)
        put_le(&w, (uint64_t)(uint16_t)(int[]){-32768, 1, 32767}[i], 2);
    decodes(write_file("s16.wav", w.byte, w.size), (float[]){-1, 1.f / 32768, 32767.f / 32768}, 3,
            16000, 1);
    begin_wav(&w, 1, 24, 1, 48000, 3);
    for (int i = 0; i < 3; i++)
        put_le(&w, (uint64_t)(uint32_t)(int[]){-8388608, 1, 4194304}[i], 3);
    decodes(write_file("s24.wav", w.byte, w.size), (float[]){-1, 1.f / 8388608, 0.5f}, 3, 48000, 1);
    begin_wav(&w, 3, 32, 1, 44100, 3);
    static const float real[] = {1.5f, -0.25f, 1e-20f};
    for (int i = 0; i < 3; i++) {
        uint32_t bits;
        memcpy(&bits, &real[i], sizeof bits);
        put_le(&w, bits, 4);
    }
    decodes(write_file("f32.wav", w.byte, w.size), real, 3, 44100, 1);
}

/* The mean of the channels. */
TEST(channels_are_mixed)
{
    static wav w;
    if (!have_sounds())
        return;
    begin_wav(&w, 1, 16, 2, 8000, 2);
    for (int i = 0; i < 4; i++)
        put_le(&w, (uint64_t)(uint16_t)(int[]){16384, 8192, -32768, 0}[i], 2);
    decodes(write_file("two.wav", w.byte, w.size), (float[]){0.375f, -0.5f}, 2, 8000, 2);
}

/* FLAC holds the WAV's numbers; OGG gives what soundfile 0.14 reads (script/sound-goldens). */
TEST(flac_and_ogg)
{
    sound_clip plain = {.count = 0}, clip;
    const sound_file first = {.path = SOUNDS "clip.wav"};
    if (!have_sounds() || sound_decode(&first, &plain) != AD_OK)
        return;
    decodes(SOUNDS "clip.flac", plain.sample, plain.count, 16000, 1);
    free(plain.sample);
    const sound_file file = {.path = SOUNDS "clip.ogg"};
    FILE *golden = fopen(SOUNDS "ogg.txt", "r");
    CHECK_EQ(sound_decode(&file, &clip), AD_OK);
    CHECK_EQ(clip.count, 3200);
    for (int i = 0; golden && i < 128; i++) {
        float wanted = 9;
        CHECK(fscanf(golden, "%f", &wanted) == 1);
        CHECK(fabsf(clip.sample[i < 64 ? i : 1000 + i - 64] - wanted) < 1e-5f);
    }
    if (golden)
        fclose(golden);
    free(clip.sample);
}

/* A sine at another rate is that sine. */
TEST(another_rate)
{
    enum { COUNT = 4000 };
    static float sine[COUNT];
    float *made = NULL;
    for (int i = 0; i < COUNT; i++)
        sine[i] = (float)sin(2 * 3.14159265358979323846 * 440 * i / 16000);
    if (sound_resample("a.wav", sine, COUNT, 16000, 11025, &made) != AD_OK) {
        CHECK_CONTAINS(ad_kit_error(), "libsamplerate0-dev");
        return;
    }
    CHECK_EQ(sound_count(COUNT, 16000, 11025), 2757); /* 4000 x 11025 / 16000, rounded up */
    for (int i = 200; i < 2500; i++)
        CHECK(fabs(made[i] - sin(2 * 3.14159265358979323846 * 440 * i / 11025)) < 2e-3);
    free(made);
}

/* ---------------------------------------------------------------- classes */

static void check_label(ad_source *source, int64_t i, int32_t label, float sample)
{
    example e = read_example(source, i);
    CHECK_EQ(e.label, label);
    CHECK(e.count > 0 && e.sample[0] == sample);
    free(e.sample);
}

TEST(classes_by_folders)
{
    if (!have_sounds())
        return;
    write_even("folders/train/no/a.wav", 8000, 10, 1024);
    write_even("folders/train/yes/b.wav", 8000, 12, 2048);
    write_even("folders/test/yes/c.wav", 8000, 14, 4096);
    ad_sounds_options o = OPTIONS(.path = scratch("folders"));
    ad_schema *s = NULL;
    REQUIRE(reader()->understand(&o, &s) == AD_OK);
    const ad_schema_field *sound = ad_schema_find(s, "sound"), *label = ad_schema_find(s, "label");
    REQUIRE(sound && label);
    CHECK(sound->meaning == AD_MEANS_SOUND && sound->rate == 8000);
    CHECK_EQ(label->classes, 2);
    CHECK_STREQ(label->names[1], "yes");
    CHECK_CONTAINS(s->notes, "2 sounds to train, 0 to validate, 1 to test, 2 classes");
    CHECK_CONTAINS(s->notes, "1 of the classes have no test sound: no");
    ad_source *train = NULL, *test = NULL;
    CHECK(reader()->open(&o, s, AD_PART_TRAIN, &train) == AD_OK);
    CHECK(reader()->open(&o, s, AD_PART_TEST, &test) == AD_OK);
    REQUIRE(train && test);
    CHECK_EQ(ad_source_count(train), 2);
    check_label(train, 0, 0, 1024.f / 32768);
    check_label(train, 1, 1, 2048.f / 32768);
    check_label(test, 0, 1, 4096.f / 32768);
    CHECK(reader()->looks(o.path, NULL, 0) > 80);
    ad_source_free(train);
    ad_source_free(test);
    ad_schema_free(s);
}

static void write_named(void)
{
    static const char *const who[] = {"ann", "bo"};
    char name[64];
    for (int digit = 0; digit < 2; digit++)
        for (int k = 0; k < 2; k++)
            for (int take = 0; take < 12; take++) {
                snprintf(name, sizeof name, "named/%d_%s_%d.wav", digit, who[k], take);
                write_even(name, 8000, 8 + take, 100 * digit + take);
            }
}

/* The first part is the class; others are ids; takes 0 to 2 are the test. */
TEST(classes_by_names)
{
    if (!have_sounds())
        return;
    write_named();
    char *when[] = {"take=0-2"};
    ad_sounds_options o = OPTIONS(.path = scratch("named"), .name_is = "{label}_{who}_{take}",
                                  .test_when = {1, when});
    ad_schema *s = NULL;
    REQUIRE(reader()->understand(&o, &s) == AD_OK);
    CHECK_EQ(s->fields, 4);
    CHECK_STREQ(s->field[2].name, "who");
    CHECK(s->field[2].use == AD_USE_ID && s->field[2].classes == 2);
    CHECK_STREQ(s->field[3].names[10], "10"); /* by value, not by letter */
    ad_source *test = NULL, *train = NULL, *kept = NULL, *held = NULL;
    CHECK(reader()->open(&o, s, AD_PART_TEST, &test) == AD_OK);
    CHECK(reader()->open(&o, s, AD_PART_TRAIN, &train) == AD_OK);
    REQUIRE(test && train);
    CHECK_EQ(ad_source_count(test), 12);
    CHECK_EQ(ad_source_count(train), 36);
    example e = read_example(test, 5); /* 0_bo_2 */
    CHECK_EQ(e.label, 0);
    CHECK_EQ(e.id[0], 1);
    CHECK_EQ(e.id[1], 2);
    CHECK_EQ(e.count, 10);
    free(e.sample);
    CHECK(ad_source_split(train, .share = {0.5, 0.5}, .group = "who", .part = {&kept, &held}) ==
          AD_OK);
    CHECK_EQ(ad_source_count(held), 18);
    ad_source_free(kept);
    ad_source_free(held);
    ad_source_free(test);
    ad_source_free(train);
    ad_schema_free(s);
}

/* Without a pattern the message says one; patterns that cannot be are refused. */
TEST(patterns)
{
    if (!have_sounds())
        return;
    write_named();
    ad_sounds_options o = OPTIONS(.path = scratch("named"));
    refused(&o, AD_ERROR_FORMAT, "say `name_is: \"{label}_{part2}_{part3}\"`");
    static const char *const bad[][2] = {
        {"{who}", "no field of it is called label"},
        {"{label}{who}", "two fields have nothing between them"},
        {"{label}_{label}", "a field stands in it twice"},
        {"{label}_{a b}", "it cannot be read"},
        {"{label", "it cannot be read"},
        {"", "no field of it is called label"},
        {"{label}_{sound}", "sound is what the field of samples is called"},
        {"{label}-{who}", "0_ann_0.wav: is not called as name_is says"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o.name_is = bad[i][0];
        ad_schema *s = NULL;
        CHECK(reader()->understand(&o, &s) != AD_OK && !s);
        CHECK_CONTAINS(ad_kit_error(), bad[i][1]);
    }
    char *when[] = {"nobody=3"};
    o = OPTIONS(.path = scratch("named"), .name_is = "{label}_{who}_{take}",
                .test_when = {1, when});
    refused(&o, AD_ERROR_ARGUMENT, "'nobody=3' names no field of name_is");
    when[0] = "take=50-60";
    refused(&o, AD_ERROR_ARGUMENT, "no file is so: 'take=50-60'");
    o = OPTIONS(.path = scratch("named"), .test_when = {1, when});
    refused(&o, AD_ERROR_ARGUMENT, "test_when without name_is");
}

TEST(classes_by_a_file)
{
    if (!have_sounds())
        return;
    write_even("flat/a.wav", 8000, 5, 1);
    write_even("flat/b.wav", 8000, 5, 2);
    write_file("flat.csv", "file,class\na.wav,x\nb,y\n", 23);
    ad_sounds_options o = OPTIONS(.path = scratch("flat"), .labels = scratch("flat.csv"));
    ad_schema *s = NULL;
    REQUIRE(reader()->understand(&o, &s) == AD_OK);
    ad_source *train = NULL;
    CHECK(reader()->open(&o, s, AD_PART_TRAIN, &train) == AD_OK);
    REQUIRE(train);
    check_label(train, 1, 1, 2.f / 32768);
    ad_source_free(train);
    ad_schema_free(s);
    o.name_is = "{label}";
    refused(&o, AD_ERROR_ARGUMENT, "both labels and name_is");
}

/* ---------------------------------------------------------------- rates, empty and broken files */

TEST(rates_and_empty_clips)
{
    if (!have_sounds())
        return;
    write_even("rates/a/1.wav", 16000, 160, 1);
    write_even("rates/a/2.wav", 16000, 0, 1);
    write_even("rates/b/3.wav", 8000, 80, 1);
    ad_sounds_options o = OPTIONS(.path = scratch("rates"));
    ad_schema *s = NULL;
    if (reader()->understand(&o, &s) != AD_OK) {
        CHECK_CONTAINS(ad_kit_error(), "libsamplerate0-dev");
        return;
    }
    CHECK(s->field[0].rate == 16000);
    CHECK_CONTAINS(s->notes, "1 of other rates, such as 8000, are brought to 16000");
    CHECK_CONTAINS(s->notes, "1 has no samples: a/2.wav");
    ad_source *train = NULL;
    CHECK(reader()->open(&o, s, AD_PART_TRAIN, &train) == AD_OK);
    REQUIRE(train);
    static const int64_t counts[] = {160, 0, 160};
    for (int64_t i = 0; i < 3; i++) {
        example e = read_example(train, i);
        CHECK_EQ(e.count, counts[i]);
        CHECK_EQ(e.label, i / 2);
        free(e.sample);
    }
    ad_source_free(train);
    ad_schema_free(s);
}

TEST(broken_files)
{
    static wav w;
    if (!have_sounds())
        return;
    write_even("broken/a/1.wav", 8000, 20, 1);
    write_even("broken/b/2.wav", 8000, 20, 1);
    write_file("broken/b/3.wav", "no sound at all", 15);
    begin_wav(&w, 3, 32, 1, 8000, 1);
    put_le(&w, 0x7FC00000, 4); /* NaN */
    write_file("broken/b/4.wav", w.byte, w.size);
    ad_sounds_options o = OPTIONS(.path = scratch("broken"));
    refused(&o, AD_ERROR_FORMAT, "1 of 4 sounds is broken, and 0 may be");
    CHECK_CONTAINS(ad_kit_error(), "b/3.wav: not a sound file that can be read");
    o.broken = 1;
    refused(&o, AD_ERROR_FORMAT, "2 of 4 sounds are broken, and 1 may be");
    CHECK_CONTAINS(ad_kit_error(), "b/4.wav: not a sound file that can be read: a sample is not");
    o.broken = 2;
    ad_schema *s = NULL;
    REQUIRE(reader()->understand(&o, &s) == AD_OK);
    CHECK_CONTAINS(s->notes, "2 broken sounds are left out");
    ad_source *train = NULL;
    CHECK(reader()->open(&o, s, AD_PART_TRAIN, &train) == AD_OK);
    CHECK(train && ad_source_count(train) == 2);
    ad_source_free(train);
    ad_schema_free(s);
    /* every beginning of a file gives words, and no more */
    static const char *const whole[] = {SOUNDS "clip.flac", SOUNDS "clip.ogg", SOUNDS "clip.wav"};
    for (int k = 0; k < 3; k++) {
        static unsigned char byte[1 << 14];
        FILE *file = fopen(whole[k], "rb");
        size_t size = file ? fread(byte, 1, sizeof byte, file) : 0;
        if (file)
            fclose(file);
        for (size_t cut = 0; cut < size; cut += 97) {
            sound_clip clip;
            const sound_file part = {"part", byte, cut};
            if (sound_decode(&part, &clip) != AD_OK)
                CHECK(*ad_kit_error() && !clip.sample);
            free(clip.sample);
        }
    }
}

TEST(what_is_no_data)
{
    if (!have_sounds())
        return;
    write_file("none/x.txt", "x", 1);
    ad_sounds_options o = OPTIONS(.path = scratch("none"));
    refused(&o, AD_ERROR_FILE, "holds no sound, only files such as x.txt");
    CHECK_CONTAINS(ad_kit_error(), "PATH/CLASS/x.wav");
    o = OPTIONS(.path = scratch("nowhere"));
    refused(&o, AD_ERROR_FILE, "cannot be opened");
    o = AD_OPTIONS(ad_sounds_options);
    refused(&o, AD_ERROR_ARGUMENT, "no path is given");
    o = OPTIONS(.path = scratch("none"), .test_labels = "x.csv");
    refused(&o, AD_ERROR_ARGUMENT, "test_labels without test");
}

/* ---------------------------------------------------------------- to predict */

static ad_status count_items(void *user, const ad_items *items)
{
    int64_t *seen = user;
    for (int64_t i = 0; i < items->count; i++) {
        example e = read_example(items->source, i);
        CHECK_EQ(e.label, -1);
        CHECK(items->name[i]);
        CHECK((items->error[i] != NULL) == (e.count == 0));
        seen[0]++;
        seen[1] += items->error[i] != NULL;
        seen[2] += e.id[0];
        free(e.sample);
    }
    return AD_OK;
}

TEST(sounds_to_predict)
{
    if (!have_sounds())
        return;
    write_named();
    write_file("named2/0_ann_3.wav", "no sound", 8);
    write_even("named2/1_bo_5.wav", 8000, 9, 3);
    write_even("named2/other.wav", 8000, 9, 3);
    ad_sounds_options o = OPTIONS(.path = scratch("named"), .name_is = "{label}_{who}_{take}");
    ad_schema *s = NULL;
    REQUIRE(reader()->understand(&o, &s) == AD_OK);
    char *text = ad_schema_text(s);
    ad_schema *again = NULL; /* as a stored model has it */
    REQUIRE(text && ad_schema_read(text, strlen(text), &again) == AD_OK);
    int64_t seen[3] = {0};
    CHECK(reader()->each(again, scratch("named2"), count_items, seen) == AD_OK);
    CHECK_EQ(seen[0], 3);
    CHECK_EQ(seen[1], 1);
    CHECK_EQ(seen[2], 0); /* ann 0, bo 1, and -1 of a name that does not say */
    int64_t one[3] = {0}; /* a file that is named itself has its name too */
    CHECK(reader()->each(again, scratch("named2/1_bo_5.wav"), count_items, one) == AD_OK);
    CHECK(one[0] == 1 && one[2] == 1);
    ad_source *all = NULL;
    const char *path[] = {scratch("named2/1_bo_5.wav"), scratch("named")};
    CHECK(reader()->items(again, path, 2, &all) == AD_OK);
    CHECK(all && ad_source_count(all) == 49);
    ad_source_free(all);
    CHECK(reader()->each(again, scratch("nowhere.wav"), count_items, seen) != AD_OK);
    free(text);
    ad_schema_free(s);
    ad_schema_free(again);
}

/* ---------------------------------------------------------------- drawn tones */

/* How strong a frequency is in a sound. */
static double strength(const example *e, double hz, double rate)
{
    double re = 0, im = 0;
    for (int64_t i = 0; i < e->count; i++) {
        double angle = 2 * 3.14159265358979323846 * hz * (double)i / rate;
        re += e->sample[i] * cos(angle);
        im += e->sample[i] * sin(angle);
    }
    return sqrt(re * re + im * im) / (double)e->count;
}

/* The tones of ITU-T Q.23, of half the height in such a sum; other keys' are not there. */
TEST(drawn_tones)
{
    const ad_reader_record *tones = ad_reader_find("tones");
    ad_tones_options o = AD_OPTIONS(ad_tones_options, .classes = 16, .train_count = 64);
    ad_schema *s = NULL;
    ad_source *train = NULL, *again = NULL, *none = NULL;
    REQUIRE(tones && tones->understand(&o, &s) == AD_OK);
    CHECK(tones->open(&o, s, AD_PART_TRAIN, &train) == AD_OK);
    CHECK(tones->open(&o, s, AD_PART_TRAIN, &again) == AD_OK);
    CHECK(tones->open(&o, s, AD_PART_VALIDATION, &none) == AD_OK && !none);
    REQUIRE(train && again);
    static const double rows[] = {697, 770, 852, 941}, columns[] = {1209, 1336, 1477, 1633};
    for (int64_t i = 0; i < 64; i++) {
        example e = read_example(train, i), f = read_example(again, i);
        CHECK_EQ(e.label, i % 16);
        CHECK(e.count > 2000 && e.count <= 4000);
        CHECK(e.count == f.count && memcmp(e.sample, f.sample, (size_t)e.count * 4) == 0);
        for (int k = 0; k < 4; k++) {
            CHECK(fabs(strength(&e, rows[k], 8000) - (e.label / 4 == k ? 0.125 : 0)) < 0.02);
            CHECK(fabs(strength(&e, columns[k], 8000) - (e.label % 4 == k ? 0.125 : 0)) < 0.02);
        }
        free(e.sample);
        free(f.sample);
    }
    CHECK_STREQ(s->field[1].names[13], "0");
    ad_source_free(train);
    ad_source_free(again);
    ad_schema_free(s);
}

TEST_MAIN
