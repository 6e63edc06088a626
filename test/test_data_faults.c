/* Sources that fail within an epoch, that are slow, or that hold next to nothing: what is said, and
 * that nothing is lost: after the source was mended, a training that goes on ends with the bits of
 * one that was never disturbed. */
#define _XOPEN_SOURCE 700

#include "configuration_main.h"
#include "job.h"
#include "sound_files.h"

#include <adze/run.h>
#include <math.h>
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

#include "../kit/run.h"

/* ---------------------------------------------------------------- a source that is disturbed */

/* Another source, and what happens to it when an example of an epoch is read. */
typedef struct disturbed {
    ad_source *inner;
    int64_t number;
    uint64_t epoch;
    ad_status (*happens)(void); /* NULL: nothing */
    long wait;                  /* nanoseconds before each example */
} disturbed;

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static ad_status disturbed_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                                ad_array *into)
{
    const disturbed *d = user;
    ad_status status = AD_OK;
    for (int64_t i = 0; i < count; i++) {
        if (d->wait) { /* one after the other, however many threads read */
            pthread_mutex_lock(&turn);
            nanosleep(&(struct timespec){.tv_nsec = d->wait}, NULL);
            pthread_mutex_unlock(&turn);
        }
        if (d->happens && number[i] == d->number && epoch == d->epoch && status == AD_OK)
            status = d->happens();
    }
    return status == AD_OK ? ad_source_read(d->inner, number, count, epoch, into) : status;
}

static ad_status disturbed_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    return ad_source_length(((const disturbed *)user)->inner, number, epoch, length);
}

static void disturbed_free(void *user)
{
    ad_source_free(((disturbed *)user)->inner);
    free(user);
}

/* Takes d.inner over. */
static ad_source *disturb(disturbed d)
{
    const ad_source_field *field;
    disturbed *kept = malloc(sizeof *kept);
    if (!kept)
        exit(1);
    *kept = d;
    int fields = ad_source_fields(d.inner, &field);
    return ad_source_new(&(ad_source_record){.count = ad_source_count(d.inner),
                                             .field = field,
                                             .fields = fields,
                                             .read = disturbed_read,
                                             .length = disturbed_length,
                                             .free = disturbed_free,
                                             .user = kept,
                                             .name = "the data"});
}

/* ---------------------------------------------------------------- jobs */

/* The training part in place of that of `data`. */
typedef ad_source *exchange(const job *j);

static ad_status work(job *j, const char *yaml, const char *run, bool again, exchange *other,
                      ad_listener listener)
{
    const char *path = scratch("job.yaml");
    *j = (job){.config = NULL};
    ad_status status = ad_config_parse(path, yaml, strlen(yaml), NULL, 0, &j->config);
    if (status == AD_OK)
        status = ad_run_open(scratch(run), again ? AD_RUN_RESUME : AD_RUN_NEW, &j->run);
    if (status == AD_OK)
        status = ad_run_sources(j->config, &j->data);
    if (status == AD_OK && other) {
        ad_source *train = other(j);
        ad_source_free(j->data.train);
        j->data.train = train;
    }
    if (status == AD_OK)
        status = ad_run_build(j->config, &j->data, 2, &j->net);
    ad_run_options o = {.config = j->config, .data = &j->data, .network = &j->net, .run = j->run};
    o.listener[0] = listener;
    return status == AD_OK ? ad_run_train(&o, &j->result) : status;
}

static bool trained(const char *yaml, const char *run, bool again)
{
    job j;
    ad_status status = work(&j, yaml, run, again, NULL, (ad_listener){.event = NULL});
    if (status != AD_OK)
        printf("%s: %s", run, ad_kit_error());
    bool good = status == AD_OK && isfinite(j.result.loss);
    done(&j);
    return good;
}

static size_t weights_of(const char *run, unsigned char *bytes, size_t room)
{
    char name[64];
    snprintf(name, sizeof name, "%s/model.safetensors", run);
    FILE *file = fopen(scratch(name), "rb");
    size_t size = file ? fread(bytes, 1, room, file) : 0;
    if (file)
        fclose(file);
    return size;
}

static bool same_weights(const char *a, const char *b)
{
    static unsigned char one[1 << 18], other[1 << 18];
    size_t size = weights_of(a, one, sizeof one);
    return size > 0 && size < sizeof one && weights_of(b, other, sizeof other) == size &&
           memcmp(one, other, size) == 0;
}

/* Trained undisturbed; then with what `other` makes of the source, which ends it with words; then
 * gone on with after `mend`. */
static void ends_and_goes_on(const char *yaml, exchange *other, void (*mend)(void),
                             const char *words)
{
    job j;
    CHECK(trained(yaml, "whole", false));
    ad_status status = work(&j, yaml, "broken", false, other, (ad_listener){.event = NULL});
    CHECK(status != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), words);
    CHECK(j.result.stored); /* the epochs before are there */
    done(&j);
    CHECK(!same_weights("whole", "broken"));
    mend();
    CHECK(trained(yaml, "broken", true));
    CHECK(same_weights("whole", "broken"));
}

static void remove_runs(void)
{
    char command[2 * sizeof folder + 40];
    snprintf(command, sizeof command, "rm -rf %s/whole %s/broken", folder, folder);
    CHECK_EQ(system(command), 0);
}

/* ---------------------------------------------------------------- texts */

static char text[32768];
static size_t text_size;

static void write_texts(void)
{
    static const char *const words[] = {"red", "blue", "green", "round", "flat", "long"};
    text_size = 0;
    for (int i = 0; i < 120; i++)
        text_size += (size_t)snprintf(text + text_size, sizeof text - text_size,
                                      "%s\tthe %s thing is %s in row %d\n", i % 2 ? "odd" : "even",
                                      words[i * 7 % 6], words[(i * 5 + i % 2) % 6], i);
    write_file("texts.txt", text, text_size);
}

/* In place, as an editor or a copy that stopped does. */
static ad_status cut_texts(void)
{
    CHECK_EQ(truncate(scratch("texts.txt"), 100), 0);
    return AD_OK;
}

static void mend_texts(void)
{
    FILE *file = fopen(scratch("texts.txt"), "wb");
    CHECK(file && fwrite(text, 1, text_size, file) == text_size);
    if (file)
        fclose(file);
}

static ad_source *cut_within(const job *j)
{
    ad_source *inner = ad_source_joined(&j->data.train, 1);
    return disturb((disturbed){inner, 50, 2, cut_texts, 0});
}

static const char texts_yaml[] =
    "data: {format: text, path: texts.txt, validation: 0, test_share: 0.1, split: in_order}\n"
    "text: {tokens: words}\n"
    "model: [embedding: {width: 6}, pool_time: {how: mean}, linear: {out: 2}]\n"
    "train: {epochs: 4, batch: 10}\n";

/* The file is mapped, and whoever touches what was cut off would be ended by SIGBUS. */
TEST(a_text_that_is_cut_short_while_it_is_learned)
{
    char words[4300];
    write_texts();
    snprintf(words, sizeof words, "texts.txt: ends at byte 100 now, and had %zu when it was opened",
             text_size);
    ends_and_goes_on(texts_yaml, cut_within, mend_texts, words);
    remove_runs();
}

/* Taken away by name alone, its bytes are there as long as they are read: nothing is lost. */
static ad_status remove_texts(void)
{
    CHECK_EQ(remove(scratch("texts.txt")), 0);
    return AD_OK;
}

static ad_source *remove_within(const job *j)
{
    ad_source *inner = ad_source_joined(&j->data.train, 1);
    return disturb((disturbed){inner, 50, 2, remove_texts, 0});
}

TEST(a_text_that_vanishes_is_read_to_its_end)
{
    job j;
    write_texts();
    CHECK(trained(texts_yaml, "whole", false));
    CHECK_EQ(work(&j, texts_yaml, "broken", false, remove_within, (ad_listener){.event = NULL}),
             AD_OK);
    done(&j);
    CHECK(same_weights("whole", "broken"));
    /* begun again, it is missed, with its name */
    CHECK(work(&j, texts_yaml, "broken", true, NULL, (ad_listener){.event = NULL}) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "texts.txt: cannot be opened");
    done(&j);
    remove_runs();
}

/* One long text: cut between the pieces. */
TEST(a_long_text_that_is_cut_short)
{
    ad_source *from = NULL;
    ad_schema *schema = NULL;
    const ad_reader_record *r = ad_reader_find("text");
    write_texts();
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = scratch("texts.txt"),
                                    .form = AD_TEXTS_CORPUS, .piece = 500);
    CHECK_EQ(r->understand(&o, &schema), AD_OK);
    CHECK_EQ(r->open(&o, schema, AD_PART_TRAIN, &from), AD_OK);
    int64_t pieces = ad_source_count(from), all = 0, number = 0, length;
    static char piece[4096], back[sizeof text];
    ad_array into = ad_u8((uint8_t *)piece, AD_SHAPE(1, 0));
    for (number = 0; number < pieces; number++) {
        CHECK_EQ(ad_source_length(from, number, 0, &length), AD_OK);
        into.shape.size[1] = length;
        CHECK_EQ(ad_source_read(from, &number, 1, 0, &into), AD_OK);
        memcpy(back + all, piece, (size_t)length);
        all += length;
    }
    CHECK(all == (int64_t)text_size && memcmp(back, text, text_size) == 0);
    cut_texts();
    number = pieces - 1;
    CHECK_EQ(ad_source_length(from, number, 0, &length), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_error(), "texts.txt: ends at byte 100 now");
    number = 0;
    CHECK_EQ(ad_source_length(from, number, 0, &length), AD_ERROR_FILE);
    ad_source_free(from);
    ad_schema_free(schema);
}

/* A mapped file of arrays. */
TEST(arrays_that_are_cut_short)
{
    static unsigned char file[128 + 4096];
    const char head[] = "\x93NUMPY\1\0v\0{'descr': '|u1', 'fortran_order': False, 'shape': "
                        "(64, 8, 8), }";
    memset(file, ' ', 128);
    memcpy(file, head, sizeof head - 1);
    file[127] = '\n';
    for (int i = 0; i < 4096; i++)
        file[128 + i] = (unsigned char)i;
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .path = write_file("a.npy", file, 4224));
    const ad_reader_record *r = ad_reader_find("arrays");
    ad_source *from = NULL;
    ad_schema *schema = NULL;
    uint8_t picture[64];
    ad_array into = ad_u8(picture, AD_SHAPE(1, 8, 8, 1));
    int64_t number = 63;
    CHECK_EQ(r->understand(&o, &schema), AD_OK);
    CHECK_EQ(r->open(&o, schema, AD_PART_TRAIN, &from), AD_OK);
    CHECK_EQ(ad_source_read(from, &number, 1, 0, &into), AD_OK);
    CHECK(memcmp(picture, file + 128 + 63 * 64, 64) == 0);
    CHECK_EQ(truncate(o.path, 300), 0);
    CHECK_EQ(ad_source_read(from, &number, 1, 0, &into), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_error(), "a.npy: ends at byte 300 now, and had 4224 when it was opened");
    number = 1; /* what is left of it is read */
    CHECK_EQ(ad_source_read(from, &number, 1, 0, &into), AD_OK);
    ad_source_free(from);
    ad_schema_free(schema);
}

/* ---------------------------------------------------------------- sounds */

static void write_sounds(void)
{
    for (int i = 0; i < 16; i++) {
        char name[64];
        snprintf(name, sizeof name, "sounds/%s/%d.wav", i % 2 ? "loud" : "soft", i);
        write_even(name, 8000, i == 4 ? 0 : 400 + 20 * i, i % 2 ? 9000 + i : 40 + i);
    }
}

static ad_status remove_sound(void)
{
    CHECK_EQ(remove(scratch("sounds/loud/5.wav")), 0);
    return AD_OK;
}

static ad_status shorten_sound(void)
{
    write_even("sounds/loud/5.wav", 8000, 7, 1);
    return AD_OK;
}

/* Features made whenever they are read, as of sounds that are too many to be kept. */
static ad_source *sounds_as_read(const job *j, ad_status (*happens)(void))
{
    ad_source *raw = NULL, *made = NULL;
    ad_run_data about = j->data;
    about.features_read = true;
    CHECK_EQ(ad_config_open(j->config, j->data.schema, AD_PART_TRAIN, &raw), AD_OK);
    CHECK_EQ(run_encode(&j->data, &raw, false), AD_OK);
    CHECK_EQ(run_transformed(&about, raw, &made), AD_OK);
    ad_source_free(raw);
    return disturb((disturbed){made, 3, 1, happens, 0});
}

static ad_source *vanishing_sound(const job *j)
{
    return sounds_as_read(j, remove_sound);
}

static ad_source *shortened_sound(const job *j)
{
    return sounds_as_read(j, shorten_sound);
}

static const char sounds_yaml[] =
    "data: {format: sounds, path: sounds, validation: 0, test: test_sounds}\n"
    "sound: {features: log_mel, hop: 32, fft: 64, mels: 4}\n"
    "model: [pool_time: {how: mean}, linear: {out: 2}]\n"
    "train: {epochs: 3, batch: 16}\n";

static void write_test_sounds(void)
{
    write_even("test_sounds/loud/a.wav", 8000, 500, 9000);
    write_even("test_sounds/soft/a.wav", 8000, 500, 40);
}

/* False where this build reads no sounds. */
static bool have_sounds(void)
{
    ad_schema *schema = NULL;
    ad_sounds_options o = AD_OPTIONS(ad_sounds_options, .path = scratch("sounds"));
    write_sounds();
    bool have = ad_reader_find("sounds")->understand(&o, &schema) != AD_ERROR_UNSUPPORTED;
    ad_schema_free(schema);
    return have;
}

/* The fourth clip of the data's 16 is soft/... or loud/5: whichever, the file is read again in the
 * next epoch. */
TEST(a_sound_that_vanishes_while_it_is_learned)
{
    if (!have_sounds())
        return;
    write_sounds();
    write_test_sounds();
    ends_and_goes_on(sounds_yaml, vanishing_sound, write_sounds, "sounds/loud/5.wav: ");
    remove_runs();
    ends_and_goes_on(sounds_yaml, shortened_sound, write_sounds,
                     "sounds/loud/5.wav: has 7 samples now, and had 500 before");
    remove_runs();
}

/* One clip of the training has no samples: noted, and the training is whole. */
TEST(a_clip_of_no_samples)
{
    ad_schema *schema = NULL;
    if (!have_sounds())
        return;
    write_sounds();
    write_test_sounds();
    ad_sounds_options o = AD_OPTIONS(ad_sounds_options, .path = scratch("sounds"));
    CHECK_EQ(ad_reader_find("sounds")->understand(&o, &schema), AD_OK);
    CHECK_CONTAINS(schema->notes, "1 has no samples: soft/4.wav");
    ad_schema_free(schema);
    CHECK(trained(sounds_yaml, "whole", false));
    remove_runs();
}

/* ---------------------------------------------------------------- series */

static void write_series(int rows)
{
    static char csv[65536];
    size_t size = (size_t)snprintf(csv, sizeof csv, "t,y\n");
    for (int i = 0; i < rows; i++)
        size += (size_t)snprintf(csv + size, sizeof csv - size, "%d,%.4f\n", i,
                                 sin(i * 0.3) + i * 0.01);
    write_file("series.csv", csv, size);
}

static ad_status fail_row(void)
{
    return ad_source_fail(AD_ERROR_FILE, "series.csv:14: the disk has gone");
}

static ad_source *failing_series(const job *j)
{
    ad_source *inner = ad_source_joined(&j->data.train, 1);
    return disturb((disturbed){inner, 20, 3, fail_row, 0});
}

static void nothing(void)
{
}

static const char series_yaml[] = "task: forecast\n"
                                  "data: {csv: series.csv, time: t, validation: 0.1}\n"
                                  "forecast: {window: 8, horizon: 2}\n"
                                  "model: [gru: {width: 4, outputs: last}, linear: {out: 2}]\n"
                                  "train: {epochs: 5, batch: 16}\n";

TEST(a_series_whose_source_fails)
{
    write_series(160);
    ends_and_goes_on(series_yaml, failing_series, nothing, "series.csv:14: the disk has gone");
    remove_runs();
}

/* Rows are in memory when the training begins: a file that is cut then is not missed. */
static ad_status cut_series(void)
{
    CHECK_EQ(truncate(scratch("series.csv"), 20), 0);
    return AD_OK;
}

static ad_source *cut_series_within(const job *j)
{
    ad_source *inner = ad_source_joined(&j->data.train, 1);
    return disturb((disturbed){inner, 20, 1, cut_series, 0});
}

TEST(a_table_that_is_cut_is_whole_in_memory)
{
    job j;
    write_series(160);
    CHECK(trained(series_yaml, "whole", false));
    CHECK_EQ(
        work(&j, series_yaml, "broken", false, cut_series_within, (ad_listener){.event = NULL}),
        AD_OK);
    done(&j);
    CHECK(same_weights("whole", "broken"));
    remove_runs();
}

/* ---------------------------------------------------------------- slow readers */

static ad_source *slow_series(const job *j)
{
    ad_source *inner = ad_source_joined(&j->data.train, 1);
    return disturb((disturbed){.inner = inner, .wait = 8000000});
}

typedef struct heard {
    double seconds, waited;
    int epochs;
} heard;

static bool hear(void *user, const ad_event *e)
{
    heard *h = user;
    h->seconds = e->seconds, h->waited = e->waited;
    h->epochs += e->kind == AD_EVENT_EPOCH;
    CHECK(e->waited >= 0 && e->waited <= e->seconds);
    return true;
}

/* The network waits for every batch: the same bits, and it is told how long. */
TEST(a_reader_that_is_slower_than_the_training)
{
    job j;
    heard h = {.epochs = 0};
    write_series(160);
    CHECK(trained(series_yaml, "whole", false));
    CHECK_EQ(work(&j, series_yaml, "broken", false, slow_series,
                  (ad_listener){.event = hear, .user = &h}),
             AD_OK);
    done(&j);
    CHECK_EQ(h.epochs, 5);
    CHECK(h.waited > 0.5 * h.seconds);
    CHECK(same_weights("whole", "broken"));
    remove_runs();
}

static void read_words(FILE *file, char *words, size_t room)
{
    rewind(file);
    size_t size = fread(words, 1, room - 1, file);
    words[size] = 0;
}

TEST(the_log_says_that_it_waits)
{
    job j;
    char words[4096];
    FILE *file = tmpfile();
    REQUIRE(file);
    ad_listener told = ad_listen_progress(fileno(file));
    write_series(160);
    CHECK_EQ(work(&j, series_yaml, "broken", false, slow_series, told), AD_OK);
    done(&j);
    if (told.free)
        told.free(told.user);
    read_words(file, words, sizeof words);
    CHECK_CONTAINS(words, " % of it waiting for data");
    fclose(file);
    remove_runs();
}

/* ---------------------------------------------------------------- next to nothing */

static const char *refusal(const char *yaml)
{
    job j;
    CHECK(work(&j, yaml, "broken", false, NULL, (ad_listener){.event = NULL}) != AD_OK);
    done(&j);
    remove_runs();
    return ad_kit_error();
}

TEST(series_of_one_point)
{
    write_series(1);
    CHECK_CONTAINS(refusal(series_yaml), "1 ");
    write_series(10);
    CHECK_CONTAINS(refusal(series_yaml), "a window of 8 with 2 to forecast");
    write_series(0);
    CHECK(*refusal(series_yaml));
}

/* Left out and counted; the others are all learned from. */
TEST(an_empty_line_is_told_and_nothing_else_is_lost)
{
    job j;
    char more[sizeof text];
    write_texts();
    snprintf(more, sizeof more, "\n%.*s\n", (int)text_size, text);
    write_file("texts.txt", more, text_size + 2);
    CHECK_EQ(work(&j, texts_yaml, "broken", false, NULL, (ad_listener){.event = NULL}), AD_OK);
    CHECK_CONTAINS(j.data.schema->notes, "empty line");
    CHECK_EQ(ad_source_count(j.data.train) + ad_source_count(j.data.test), 120);
    done(&j);
    remove_runs();
}

TEST_MAIN_OF_CONFIGURATIONS()
