/* Tables whose columns are numbers, classes, texts, and paths of pictures and sounds: what is
 * understood and read, which is what the readers of pictures and sounds read of the same files;
 * whole jobs, gone on with to the bit, and asked of tables in other folders; what is refused. */
#include <adze/inspect.h>

#include "job.h"
#include "kit/image.h"
#include "kit/sound.h"
#include "kit/table.h"
#include "kit/yaml.h"
#include "sound_files.h"

enum { ROWS = 48, HEIGHT = 10, WIDTH = 12, RATE = 8000 };

#define OPTIONS(...) AD_OPTIONS(ad_csv_options, __VA_ARGS__)

static const char *ending(void)
{
    return image_can_png() ? "png" : "pgm";
}

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

/* ---------------------------------------------------------------- the data */

static bool is_two(int row)
{
    return row * 7 % 11 % 2;
}

static const char *class_of(int row)
{
    return is_two(row) ? "two" : "one";
}

static uint8_t pixel_of(int row, int i)
{
    return (uint8_t)((is_two(row) ? 120 : 20) + (row * 13 + i * 29) % 90);
}

static int samples_of(int row)
{
    return 300 + row * 17 % 250;
}

/* A square wave, of another length for each class. */
static int sample_of(int row, int i)
{
    return (i / (is_two(row) ? 5 : 13) % 2 ? 1 : -1) * (4000 + row * 100);
}

static void put_picture(const char *at, int row)
{
    char name[200];
    uint8_t pixels[HEIGHT * WIDTH];
    for (int i = 0; i < HEIGHT * WIDTH; i++)
        pixels[i] = pixel_of(row, i);
    ad_image image = {HEIGHT, WIDTH, 1, pixels};
    snprintf(name, sizeof name, "%s/%s/%02d.%s", at, class_of(row), row, ending());
    const char *path = write_file(name, "", 0); /* folders above it are made */
    remove(path);
    CHECK_EQ(image_write(path, &image), AD_OK);
}

static void put_sound(const char *at, int row)
{
    static wav w;
    char name[200];
    begin_wav(&w, 1, 16, 1, RATE, samples_of(row));
    for (int i = 0; i < samples_of(row); i++)
        put_le(&w, (uint64_t)(uint16_t)(int16_t)sample_of(row, i), 2);
    snprintf(name, sizeof name, "%s/%s/%02d.wav", at, class_of(row), row);
    write_file(name, w.byte, w.size);
}

/* A row of the table, "photo,voice,weight,remark,speaker,kind"; folders of its files are p and v.
 */
static size_t put_row(char *to, size_t room, int row)
{
    static const char *const remark[] = {"said in the hall", "a quick one", "slow and very loud"};
    static const char *const speaker[] = {"ann", "bob", "cy"};
    return (size_t)snprintf(to, room, "p/%s/%02d.%s,v/%s/%02d.wav,%d.5,%s,%s,%s\n", class_of(row),
                            row, ending(), class_of(row), row, row * 5 % 17, remark[row % 3],
                            speaker[row * 3 % 7 % 3], class_of(row));
}

#define HEADER "photo,voice,weight,remark,speaker,kind\n"

/* A table of rows from to end - 1 in a folder, with what its cells name. */
static const char *put_table(const char *at, int from, int end)
{
    static char text[ROWS * 100 + 100];
    char name[100];
    size_t used = (size_t)snprintf(text, sizeof text, HEADER);
    for (int row = from; row < end; row++) {
        snprintf(name, sizeof name, "%s/p", at);
        put_picture(name, row);
        snprintf(name, sizeof name, "%s/v", at);
        put_sound(name, row);
        used += put_row(text + used, sizeof text - used, row);
    }
    snprintf(name, sizeof name, "%s/table.csv", at);
    return write_file(name, text, used);
}

/* That of all tests. */
static const char *table(void)
{
    static const char *path;
    static char kept[4096];
    if (!path)
        path = strcpy(kept, put_table("data", 0, ROWS));
    return path;
}

static const ad_reader_record *csv(void)
{
    return ad_reader_find("csv");
}

static ad_schema *understood(const ad_csv_options *o)
{
    ad_schema *s = NULL;
    if (csv()->understand(o, &s) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    return s;
}

static void refused(const ad_csv_options *o, ad_status status, const char *words)
{
    ad_schema *s = NULL;
    CHECK_EQ(csv()->understand(o, &s), status);
    CHECK(!s);
    CHECK_CONTAINS(ad_kit_error(), words);
    ad_schema_free(s);
}

/* One row of a source as arrays that stay until the next. */
enum { FIELDS = 8, BYTES = 1 << 16 };

typedef struct row {
    ad_array field[FIELDS];
    int64_t length[FIELDS];
    _Alignas(16) char bytes[FIELDS][BYTES];
} row;

static bool read_row(ad_source *rows, int64_t i, row *r)
{
    const ad_source_field *field;
    int fields = ad_source_fields(rows, &field), varying = 0;
    if (ad_source_length(rows, i, 0, r->length) != AD_OK)
        return false;
    for (int f = 0; f < fields; f++) {
        ad_array *a = &r->field[f];
        *a = (ad_array){.type = field[f].type, .data = r->bytes[f]};
        a->shape.rank = field[f].shape.rank + 1;
        a->shape.size[0] = 1;
        for (int k = 0; k < field[f].shape.rank; k++)
            a->shape.size[k + 1] = field[f].shape.size[k] == AD_VARYING ? r->length[varying++]
                                                                        : field[f].shape.size[k];
        if (ad_array_bytes(a) > BYTES)
            return false;
    }
    return ad_source_read(rows, &i, 1, 0, r->field) == AD_OK;
}

/* ---------------------------------------------------------------- what is understood and read */

TEST(columns_of_files_are_found)
{
    if (!have_sounds())
        return;
    ad_csv_options o = OPTIONS(.path = table(), .target = AD_NAMES((char *)"kind"));
    ad_schema *s = understood(&o);
    REQUIRE(s);
    const ad_schema_field *photo = ad_schema_find(s, "photo"), *voice = ad_schema_find(s, "voice");
    REQUIRE(photo && voice);
    CHECK_EQ(photo->meaning, AD_MEANS_IMAGE);
    CHECK_EQ(photo->type, AD_U8);
    CHECK_EQ(photo->shape.rank, 3);
    CHECK_EQ(photo->shape.size[0], HEIGHT);
    CHECK_EQ(photo->shape.size[1], WIDTH);
    CHECK_EQ(photo->shape.size[2], 1);
    CHECK_CONTAINS(photo->why, "paths of pictures: all end so, and the first 3 are there");
    CHECK_CONTAINS(photo->why, "10 x 12, grey");
    CHECK_EQ(voice->meaning, AD_MEANS_SOUND);
    CHECK_EQ(voice->type, AD_F32);
    CHECK_EQ(voice->rate, RATE);
    CHECK_CONTAINS(voice->why, "8000 samples a second");
    CHECK_EQ(ad_schema_find(s, "weight")->meaning, AD_MEANS_NUMBER);
    CHECK_EQ(ad_schema_find(s, "speaker")->meaning, AD_MEANS_CLASS);
    ad_schema_free(s);
}

/* As asked, where the names say nothing; and options of pictures and sounds. */
TEST(types_and_sizes_that_are_asked_for)
{
    uint8_t pixels[2 * 3] = {1, 2, 3, 4, 5, 6};
    ad_image image = {2, 3, 1, pixels};
    const char *path = write_file("asked/a.pgm", "", 0);
    remove(path);
    CHECK_EQ(image_write(path, &image), AD_OK);
    CHECK(rename(path, scratch("asked/plain")) == 0);
    path = write_file("asked/table.csv", "file,y\nplain,1\nplain,2\n", 23);
    ad_csv_options o = OPTIONS(.path = path, .target = AD_NAMES((char *)"y"),
                               .types = AD_NAMES((char *)"file=picture"), .height = 4,
                               .channels = 3, .fit = AD_IMAGE_PAD);
    ad_schema *s = understood(&o);
    ad_source *rows = NULL;
    REQUIRE(s);
    CHECK_EQ(s->field[0].shape.size[0], 4);
    CHECK_EQ(s->field[0].shape.size[1], 4);
    CHECK_EQ(s->field[0].shape.size[2], 3);
    CHECK_CONTAINS(s->field[0].why, "picture, as asked");
    CHECK_EQ(csv()->open(&o, s, AD_PART_TRAIN, &rows), AD_OK);
    row r;
    REQUIRE(rows && read_row(rows, 1, &r));
    CHECK_EQ((uint8_t)r.bytes[0][0], 1);
    CHECK_EQ(r.bytes[0][4 * 4 * 3 - 1], 0); /* black below: 2 x 3 becomes 3 x 4 */
    ad_source_free(rows);
    ad_schema_free(s);
    o.types.count = 0; /* the name says nothing, and one text is constant */
    s = understood(&o);
    CHECK(s && s->field[0].use == AD_USE_NONE);
    ad_schema_free(s);
}

/* Each row's pixels and samples are those that were written, kept or not. */
TEST(what_rows_hold)
{
    if (!have_sounds())
        return;
    static row r;
    ad_csv_options o = OPTIONS(.path = table(), .target = AD_NAMES((char *)"kind"));
    ad_schema *s = understood(&o);
    REQUIRE(s);
    for (int turn = 0; turn < 3; turn++) {
        ad_source *rows = NULL;
        o.keep = turn == 0, o.threads = turn;
        CHECK_EQ(csv()->open(&o, s, AD_PART_TRAIN, &rows), AD_OK);
        REQUIRE(rows);
        CHECK_EQ(ad_source_count(rows), ROWS);
        int photo = ad_source_find(rows, "photo"), voice = ad_source_find(rows, "voice");
        int wrong = 0;
        for (int i = 0; i < ROWS; i++) {
            REQUIRE(read_row(rows, i, &r));
            for (int k = 0; k < HEIGHT * WIDTH; k++)
                wrong += ((uint8_t *)r.bytes[photo])[k] != pixel_of(i, k);
            CHECK_EQ(ad_array_count(&r.field[voice]), samples_of(i));
            for (int k = 0; k < samples_of(i); k++)
                wrong += ((float *)(void *)r.bytes[voice])[k] != (float)sample_of(i, k) / 32768;
        }
        CHECK_EQ(wrong, 0);
        ad_source_free(rows);
    }
    ad_schema_free(s);
}

/* The pictures of the reader "images", brought to a size in the same way. */
TEST(pixels_are_those_of_the_reader_of_pictures)
{
    static row a, b;
    const ad_reader_record *images = ad_reader_find("images");
    ad_csv_options o =
        OPTIONS(.path = table(), .target = AD_NAMES((char *)"kind"),
                .skip = AD_NAMES((char *)"voice"), .height = 7, .width = 5, .fit = AD_IMAGE_CROP,
                .resample = AD_RESAMPLE_BICUBIC, .channels = 3);
    ad_images_options p =
        AD_OPTIONS(ad_images_options, .path = scratch("data/p"), .height = 7, .width = 5,
                   .fit = AD_IMAGE_CROP, .resample = AD_RESAMPLE_BICUBIC, .channels = 3);
    ad_schema *s = understood(&o), *t = NULL;
    ad_source *rows = NULL, *files = NULL;
    char **name = NULL;
    int64_t count = 0;
    CHECK_EQ(images->understand(&p, &t), AD_OK);
    REQUIRE(s && t);
    CHECK_EQ(csv()->open(&o, s, AD_PART_TRAIN, &rows), AD_OK);
    CHECK_EQ(images->open(&p, t, AD_PART_TRAIN, &files), AD_OK);
    CHECK_EQ(images->names(&p, t, AD_PART_TRAIN, &name, &count), AD_OK);
    REQUIRE(rows && files && count == ROWS);
    for (int i = 0; i < ROWS; i++) {
        int number = atoi(strrchr(name[i], '/') + 1);
        REQUIRE(read_row(rows, number, &a) && read_row(files, i, &b));
        CHECK(memcmp(a.bytes[ad_source_find(rows, "photo")], b.bytes[0], 7 * 5 * 3) == 0);
        free(name[i]);
    }
    free(name);
    ad_source_free(rows);
    ad_source_free(files);
    ad_schema_free(s);
    ad_schema_free(t);
}

/* The sounds of the reader "sounds", by the same encoder, also at another rate. */
static void same_features(int64_t rate)
{
    static row a, b;
    const ad_reader_record *sounds = ad_reader_find("sounds");
    ad_spectrum_options mel =
        AD_OPTIONS(ad_spectrum_options, .fft = 128, .hop = 64, .mels = 12, .length = 8);
    ad_csv_options o = OPTIONS(.path = table(), .target = AD_NAMES((char *)"kind"),
                               .skip = AD_NAMES((char *)"photo"), .sample_rate = rate);
    ad_sounds_options p =
        AD_OPTIONS(ad_sounds_options, .path = scratch("data/v"), .sample_rate = rate);
    ad_schema *s = NULL, *t = NULL;
    ad_source *rows = NULL, *files = NULL;
    ad_encoder *one = NULL, *other = NULL;
    if (sounds->understand(&p, &t) != AD_OK) { /* without libsamplerate */
        CHECK_CONTAINS(ad_kit_error(), "libsamplerate0-dev");
        CHECK_EQ(csv()->understand(&o, &s), AD_ERROR_UNSUPPORTED);
        CHECK_CONTAINS(ad_kit_error(), "libsamplerate0-dev");
        return;
    }
    s = understood(&o);
    REQUIRE(s);
    CHECK_EQ(csv()->open(&o, s, AD_PART_TRAIN, &rows), AD_OK);
    CHECK_EQ(sounds->open(&p, t, AD_PART_TRAIN, &files), AD_OK);
    CHECK_EQ(ad_encoder_fit("log_mel", &mel, rows, "voice", ad_schema_find(s, "voice"), &one),
             AD_OK);
    CHECK_EQ(ad_encoder_fit("log_mel", &mel, files, "sound", &t->field[0], &other), AD_OK);
    ad_source *made = ad_encoder_source(one, rows, "voice");
    ad_source *wanted = ad_encoder_source(other, files, "sound");
    REQUIRE(made && wanted);
    for (int i = 0, at[2] = {0, 0}; i < ROWS;
         i++) { /* files lie class by class, by their numbers */
        int ones = 0;
        for (int k = 0; k < ROWS; k++)
            ones += !is_two(k);
        int file = is_two(i) ? ones + at[1]++ : at[0]++;
        REQUIRE(read_row(made, i, &a) && read_row(wanted, file, &b));
        CHECK(memcmp(a.bytes[ad_source_find(made, "voice")], b.bytes[0], 8 * 12 * 4) == 0);
    }
    ad_source_free(made);
    ad_source_free(wanted);
    ad_source_free(rows);
    ad_source_free(files);
    ad_encoder_free(one);
    ad_encoder_free(other);
    ad_schema_free(s);
    ad_schema_free(t);
}

TEST(features_are_those_of_the_reader_of_sounds)
{
    if (!have_sounds())
        return;
    (void)table();
    same_features(0);
    same_features(6000);
}

/* An empty cell is a black picture, and a sound of no samples; both are said. */
TEST(empty_cells)
{
    static row r;
    char text[400], *end = text;
    if (!have_sounds())
        return;
    (void)table();
    end += sprintf(end, HEADER);
    end += put_row(end, 100, 0);
    end += sprintf(end, ",,3,a,ann,one\n");
    end += put_row(end, 100, 1);
    ad_csv_options o = OPTIONS(.path = write_file("data/gaps.csv", text, (size_t)(end - text)),
                               .target = AD_NAMES((char *)"kind"));
    ad_schema *s = understood(&o);
    ad_source *rows = NULL;
    REQUIRE(s);
    CHECK_EQ(ad_schema_find(s, "photo")->missing, 1);
    CHECK_CONTAINS(s->notes, "'photo' is empty in 1 row: a black picture stands there");
    CHECK_CONTAINS(s->notes, "'voice' is empty in 1 row: a sound without samples stands there");
    CHECK_EQ(csv()->open(&o, s, AD_PART_TRAIN, &rows), AD_OK);
    REQUIRE(rows && read_row(rows, 1, &r));
    int photo = ad_source_find(rows, "photo");
    for (int i = 0; i < HEIGHT * WIDTH; i++)
        CHECK_EQ(r.bytes[photo][i], 0);
    CHECK_EQ(ad_array_count(&r.field[ad_source_find(rows, "voice")]), 0);
    ad_source_free(rows);
    ad_schema_free(s);
}

/* ---------------------------------------------------------------- jobs */

static bool train(job *j, const char *name, const char *text, int threads, ad_run_mode mode)
{
    *j = (job){.config = NULL};
    bool good =
        ad_config_parse(scratch("data/a.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
        ad_run_open(scratch(name), mode, &j->run) == AD_OK &&
        ad_run_sources(j->config, &j->data) == AD_OK &&
        ad_run_build(j->config, &j->data, threads, &j->net) == AD_OK &&
        ad_run_train(
            &(ad_run_options){
                .config = j->config, .data = &j->data, .network = &j->net, .run = j->run},
            &j->result) == AD_OK;
    if (!good)
        printf("%s: %s", name, ad_kit_error());
    return good;
}

#define DATA                                                                                       \
    "data: {format: csv, path: table.csv, target: kind, types: {remark: text}, test_share: 0.25, " \
    "validation: 0.1}\n"                                                                           \
    "text: {tokens: words, length: 5}\n"                                                           \
    "sound: {features: log_mel, fft: 128, hop: 64, mels: 12}\n"                                    \
    "augment: [shift: {share: 0.1}]\n"
#define MODEL                                                                                   \
    "model:\n"                                                                                  \
    "  - branches:\n"                                                                           \
    "      paths:\n"                                                                            \
    "        - [conv: {filters: 4, kernel: 3, from: photo}, relu, flatten, linear: {out: 8}]\n" \
    "        - [conv1d: {filters: 6, kernel: 3, same: true, from: voice}, relu, global_pool]\n" \
    "        - [embedding: {width: 4, from: remark}, global_pool]\n"                            \
    "        - [linear: {out: 4, from: input}]\n"                                               \
    "  - relu\n"                                                                                \
    "  - linear\n"
#define EPOCHS(n) \
    DATA MODEL "train: {batch: 8, epochs: " n ", optimizer: {method: adam, rate: 0.01}}\n"

/* What a stored model says of all that a table names. */
static void ask(const char *run, const char *path, float *said, int64_t count)
{
    ad_model *m = NULL;
    ad_source *items = NULL;
    CHECK_EQ(ad_model_load(scratch(run), &m), AD_OK);
    REQUIRE(m);
    if (ad_model_items(m, &path, 1, &items) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    REQUIRE(items);
    CHECK_EQ(ad_source_count(items), count);
    CHECK_EQ(ad_model_predict(m, items, 0, count, said), AD_OK);
    ad_source_free(items);
    ad_model_free(m);
}

/* All columns in one model: it is learned, and the same bits come of one thread and two, and of
 * going on after half. */
TEST(a_job_goes_on_with_the_same_bits)
{
    static float one[2 * ROWS], two[2 * ROWS], part[2 * ROWS];
    job j;
    if (!yaml_available() || !have_sounds())
        return;
    const char *path = table();
    REQUIRE(train(&j, "one", EPOCHS("6"), 1, AD_RUN_NEW));
    CHECK_EQ(j.data.inputs, 4);
    done(&j);
    REQUIRE(train(&j, "two", EPOCHS("6"), 2, AD_RUN_NEW));
    done(&j);
    REQUIRE(train(&j, "part", EPOCHS("3"), 2, AD_RUN_NEW));
    done(&j);
    REQUIRE(train(&j, "part", EPOCHS("6"), 1, AD_RUN_RESUME));
    done(&j);
    ask("one", path, one, ROWS);
    ask("two", path, two, ROWS);
    ask("part", path, part, ROWS);
    CHECK(memcmp(one, two, sizeof one) == 0);
    CHECK(memcmp(one, part, sizeof one) == 0);
    int right = 0;
    for (int i = 0; i < ROWS; i++)
        right += (one[2 * i + 1] > one[2 * i]) == is_two(i);
    CHECK(right >= ROWS - 2);
}

/* Answers as they come. */
typedef struct told {
    int64_t count, broken;
    float value[2 * ROWS];
    char error[4][400];
} told;

static ad_status take(void *user, const ad_answers *a)
{
    told *t = user;
    for (int64_t i = 0; i < a->count && t->count < ROWS; i++, t->count++) {
        memcpy(&t->value[2 * t->count], &a->value[2 * i], 2 * sizeof(float));
        if (a->error[i] && t->broken < 4)
            snprintf(t->error[t->broken++], sizeof t->error[0], "%s", a->error[i]);
    }
    return AD_OK;
}

/* A table elsewhere: its paths are relative to it; what is broken is told of its row, and the
 * others are answered. */
TEST(another_table_is_asked_about)
{
    static float here[2 * ROWS], there[2 * ROWS];
    static told t;
    char text[1000], *end = text;
    if (!yaml_available() || !have_sounds())
        return;
    (void)table();
    const char *far = put_table("far/away", 5, 15);
    ask("one", table(), here, ROWS);
    ask("one", far, there, 10);
    CHECK(memcmp(here + 10, there, 20 * sizeof(float)) == 0);
    write_file("far/away/bad.png", "no picture", 10);
    end += sprintf(end, HEADER);
    end += put_row(end, 100, 5);
    end += sprintf(end, "p/none.png,v/%s/05.wav,1,a,ann,one\n", class_of(5));
    end += sprintf(end, "bad.png,v/%s/05.wav,1,a,ann,one\n", class_of(5));
    end += sprintf(end, "p/%s/05.%s,v/none.wav,1,a,ann,one\n", class_of(5), ending());
    end += sprintf(end, "p/%s/05.%s,v/none.wav,x,a,ann,one\n", class_of(5), ending());
    end += put_row(end, 100, 6);
    const char *path = write_file("far/away/more.csv", text, (size_t)(end - text));
    ad_model *m = NULL;
    CHECK_EQ(ad_model_load(scratch("one"), &m), AD_OK);
    REQUIRE(m);
    CHECK_EQ(ad_model_each(m, &path, 1, take, &t), AD_OK);
    CHECK_EQ(t.count, 6);
    CHECK_EQ(t.broken, 4);
    CHECK_CONTAINS(t.error[0], "more.csv:3:1: row 2, column 'photo': ");
    CHECK_CONTAINS(t.error[0], "far/away/p/none.png: No such file or directory\n");
    CHECK_CONTAINS(t.error[1], "more.csv:4:1: row 3, column 'photo': ");
    CHECK_CONTAINS(t.error[2], "more.csv:5:");
    CHECK_CONTAINS(t.error[2], "row 4, column 'voice': ");
    CHECK_CONTAINS(t.error[3], "more.csv:6:");
    CHECK(memcmp(t.value, here + 10, 2 * sizeof(float)) == 0);
    CHECK(memcmp(t.value + 10, here + 12, 2 * sizeof(float)) == 0);
    ad_model_free(m);
}

/* A number of a picture; and pictures that are mixed have to be all that an example is. */
TEST(regression_of_pictures_and_what_cannot_be_mixed)
{
    job j;
    if (!yaml_available() || !have_sounds())
        return;
    (void)table();
    REQUIRE(train(&j, "number",
                  "task: regression\n"
                  "data: {format: csv, path: table.csv, target: weight, skip: [voice, remark, "
                  "speaker, kind], size: 6, channels: 3}\n"
                  "input: {from_data: true}\n"
                  "model: [flatten, linear: {out: 1}]\n"
                  "train: {epochs: 1}\n",
                  1, AD_RUN_NEW));
    CHECK_EQ(j.data.inputs, 1);
    CHECK_EQ(j.data.pixel_mean.count, 3);
    done(&j);
    CHECK(
        !train(&j, "mixed",
               "data: {format: csv, path: table.csv, target: kind, skip: voice}\n"
               "augment: [mix_up]\n"
               "model: [branches: {paths: [[flatten], [linear: {out: 3, from: input}]]}, linear]\n",
               1, AD_RUN_NEW));
    CHECK_CONTAINS(ad_kit_error(), "here an example is more than a picture");
    done(&j);
}

/* The file that init writes is one that trains. */
TEST(what_init_writes_trains)
{
    job j;
    char *text = NULL;
    if (!yaml_available() || !have_sounds())
        return;
    char *set[] = {(char *)"data.types=[remark=text]"};
    ad_init_options o = {.path = table(),
                         .target = {"kind"},
                         .targets = 1,
                         .set = (const char *const *)set,
                         .set_count = 1};
    if (ad_init_text(&o, &text) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    REQUIRE(text);
    CHECK_CONTAINS(text, "- branches:");
    CHECK_CONTAINS(text, "from: \"photo\"");
    CHECK_CONTAINS(text, "from: \"voice\"");
    CHECK_CONTAINS(text, "from: \"remark\"");
    CHECK_CONTAINS(text, "from: \"input\"");
    char *epochs = strstr(text, "epochs: ");
    REQUIRE(epochs);
    for (char *p = epochs + 8; *p >= '0' && *p <= '9'; p++)
        *p = p == epochs + 8 ? '1' : ' ';
    CHECK(train(&j, "init", text, 2, AD_RUN_NEW));
    done(&j);
    free(text);
}

/* ---------------------------------------------------------------- a query */

/* False where the shell sqlite3 or the library is missing. */
static bool put_base(void)
{
    char command[2 * 4096 + 400];
    remove(scratch("data/t.db"));
    snprintf(command, sizeof command,
             "sqlite3 '%s' \"CREATE TABLE t (f TEXT, y REAL); INSERT INTO t VALUES ('p/%s/03.%s', "
             "1.5), (NULL, 2.5), ('p/%s/04.%s', 3.5)\" 2>/dev/null",
             scratch("data/t.db"), class_of(3), ending(), class_of(4), ending());
    ad_schema *s = NULL;
    if (system(command) != 0)
        return false;
    ad_sqlite_options o = AD_OPTIONS(ad_sqlite_options, .path = scratch("data/t.db"));
    ad_status status = ad_reader_find("sqlite")->understand(&o, &s);
    ad_schema_free(s);
    if (status == AD_ERROR_UNSUPPORTED)
        CHECK_CONTAINS(ad_kit_error(), "libsqlite3-dev");
    return status != AD_ERROR_UNSUPPORTED;
}

/* Paths of a query's rows are relative to the folder of the data base. */
TEST(a_query_names_files)
{
    static row r;
    const ad_reader_record *sqlite = ad_reader_find("sqlite");
    (void)table();
    if (!put_base())
        return;
    ad_sqlite_options o = AD_OPTIONS(ad_sqlite_options, .path = scratch("data/t.db"),
                                     .target = AD_NAMES((char *)"y"), .channels = 3);
    ad_schema *s = NULL;
    ad_source *rows = NULL;
    CHECK_EQ(sqlite->understand(&o, &s), AD_OK);
    REQUIRE(s);
    CHECK_EQ(s->field[0].meaning, AD_MEANS_IMAGE);
    CHECK_EQ(sqlite->open(&o, s, AD_PART_TRAIN, &rows), AD_OK);
    REQUIRE(rows && ad_source_count(rows) == 3 && read_row(rows, 2, &r));
    for (int i = 0; i < HEIGHT * WIDTH * 3; i++)
        CHECK_EQ((uint8_t)r.bytes[0][i], pixel_of(4, i / 3));
    CHECK(read_row(rows, 1, &r) && r.bytes[0][0] == 0);
    ad_source_free(rows);
    ad_schema_free(s);
    remove(scratch(strcmp(class_of(3), "one") ? "data/p/two/03.png" : "data/p/one/03.png"));
    o.types = (ad_names)AD_NAMES((char *)"f=picture");
    if (image_can_png()) {
        s = NULL;
        CHECK_EQ(sqlite->understand(&o, &s), AD_ERROR_FORMAT);
        CHECK_CONTAINS(ad_kit_error(), "t.db:1:1: row 1, column 'f': ");
        ad_schema_free(s);
        put_picture("data/p", 3);
    }
}

/* ---------------------------------------------------------------- what is refused */

static const char *put(const char *text)
{
    return write_file("data/wrong.csv", text, strlen(text));
}

TEST(what_is_wrong_is_said_with_its_place)
{
    if (!have_sounds())
        return;
    (void)table();
    char text[600], one[40], two[40];
    snprintf(one, sizeof one, "p/%s/00.%s", class_of(0), ending());
    snprintf(two, sizeof two, "p/%s/01.%s", class_of(1), ending());
    ad_csv_options o = OPTIONS(.target = AD_NAMES((char *)"y"));
    /* not there, behind rows that are; the line counts one that goes on */
    snprintf(text, sizeof text, "f,t,y\n%s,\"a\nb\",1\n%s,c,2\n%s,d,3\np/no.png,e,4\n", one, two,
             one);
    o.path = put(text);
    refused(&o, AD_ERROR_FORMAT, "wrong.csv:6:1: row 4, column 'f': ");
    CHECK_CONTAINS(ad_kit_error(),
                   "data/p/no.png: No such file or directory\n  correct the path, "
                   "which is relative to the folder of the table; without a picture "
                   "leave the cell empty");
    /* a folder */
    o.types = (ad_names)AD_NAMES((char *)"f=picture");
    o.path = put("f,y\np,1\n");
    refused(&o, AD_ERROR_FORMAT, "data/p: is no file");
    /* broken */
    write_file("data/broken.pgm", "P5 4", 4);
    snprintf(text, sizeof text, "f,y\n%s,1\nbroken.pgm,2\n", one);
    o.path = put(text);
    refused(&o, AD_ERROR_FORMAT, "wrong.csv:3:1: row 2, column 'f': ");
    /* of several the first three */
    o.path = put("f,y\na.png,1\nb.png,2\nc.png,1\nd.png,2\n");
    refused(&o, AD_ERROR_FORMAT, "4 of 4 files that it names cannot be read; the first three:");
    CHECK(!strstr(ad_kit_error(), "d.png"));
    /* none at all */
    o.path = put("f,y\n,1\n,2\n");
    refused(&o, AD_ERROR_FORMAT, "the column 'f' names no file");
    /* sizes */
    write_file("data/small.pgm", "P5 1 1 255\na", 12);
    snprintf(text, sizeof text, "f,y\n%s,1\nsmall.pgm,2\n", one);
    o.path = put(text);
    refused(&o, AD_ERROR_SHAPE, "have different sizes");
    o.height = 4, o.channels = 2;
    refused(&o, AD_ERROR_ARGUMENT, "channels is 2");
    o.channels = 0;
    /* what is learned, or names rows, holds no files */
    o.target = (ad_names)AD_NAMES((char *)"f");
    refused(&o, AD_ERROR_ARGUMENT, "holds files (picture) and is the target too");
    o.target = (ad_names)AD_NAMES((char *)"y"), o.id = (ad_names)AD_NAMES((char *)"f");
    refused(&o, AD_ERROR_ARGUMENT, "names rows too");
    o.id.count = 0, o.series = true;
    refused(&o, AD_ERROR_ARGUMENT, "the rows are a series");
    o.series = false;
    /* a picture is no sound */
    o.types = (ad_names)AD_NAMES((char *)"f=sound");
    refused(&o, AD_ERROR_FORMAT, "row 1, column 'f': ");
    o.types = (ad_names)AD_NAMES((char *)"f=video");
    refused(&o, AD_ERROR_ARGUMENT, "text, date, picture, sound, id and none");
}

TEST(names_of_files_by_their_ending)
{
    static const struct {
        const char *name;
        int kind;
    } all[] = {{"a.png", 1},    {"b/a.JPEG", 1}, {"a.b.wav", 2}, {"a.flac", 2},
               {".png", 0},     {"png", 0},      {"a.png ", 0},  {"a.4diala", 0},
               {"a.dialab", 0}, {"a.xpng", 0},   {"a.", 0},      {"", 0}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (table_names_file(all[i].name, strlen(all[i].name)) != all[i].kind)
            TEST_FAILED("%s", all[i].name);
}

/* Where the files are not there, texts stay what they were, with the reason. */
TEST(names_without_files_are_texts)
{
    ad_csv_options o = OPTIONS(.target = AD_NAMES((char *)"y"));
    o.path = put("f,y\na.png,1\nb.png,2\na.png,3\nb.png,4\n");
    ad_schema *s = understood(&o);
    REQUIRE(s);
    CHECK_EQ(s->field[0].meaning, AD_MEANS_CLASS);
    CHECK_CONTAINS(s->field[0].why, "ends as names of pictures do, but 'a.png' is not there");
    ad_schema_free(s);
}

/* A file that breaks behind its header, and one that changed: told when the part is opened, or
 * where it is read. */
TEST(files_that_change)
{
    static row r;
    if (!have_sounds())
        return;
    put_table("change", 0, 3);
    ad_csv_options o =
        OPTIONS(.path = scratch("change/table.csv"), .target = AD_NAMES((char *)"kind"));
    ad_schema *s = understood(&o);
    ad_source *rows = NULL;
    char name[100];
    REQUIRE(s);
    o.keep = false;
    CHECK_EQ(csv()->open(&o, s, AD_PART_TRAIN, &rows), AD_OK);
    REQUIRE(rows && read_row(rows, 1, &r));
    snprintf(name, sizeof name, "change/v/%s/01.wav", class_of(1));
    write_even(name, RATE, 20, 5);
    CHECK(!read_row(rows, 1, &r));
    CHECK_CONTAINS(ad_error(), "has 20 samples now, and had ");
    CHECK(read_row(rows, 2, &r));
    snprintf(name, sizeof name, "change/p/%s/02.%s", class_of(2), ending());
    write_file(name, "P5 12 10 255\nabc", 16);
    CHECK(!read_row(rows, 2, &r));
    CHECK_CONTAINS(ad_error(), "table.csv:4:1: row 3, column 'photo': ");
    ad_source_free(rows);
    rows = NULL;
    o.keep = true;
    CHECK_EQ(csv()->open(&o, s, AD_PART_TRAIN, &rows), AD_ERROR_FORMAT);
    CHECK(!rows);
    CHECK_CONTAINS(ad_kit_error(), "table.csv:4:1: row 3, column 'photo': ");
    ad_schema_free(s);
}

/* Schemas that say what no table is. */
TEST(schemas_that_do_not_fit)
{
    if (!have_sounds())
        return;
    ad_csv_options o = OPTIONS(.path = table(), .target = AD_NAMES((char *)"kind"));
    ad_schema *s = understood(&o);
    ad_source *rows = NULL;
    REQUIRE(s);
    ad_schema_field *photo = &s->field[0];
    const ad_schema_field good = *photo;
    static const ad_shape shapes[] = {{3, {HEIGHT, WIDTH, 2}}, {3, {(int64_t)1 << 40, WIDTH, 1}},
                                      {3, {HEIGHT, 0, 1}},     {1, {AD_VARYING}},
                                      {3, {HEIGHT, WIDTH, 1}}, {1, {AD_VARYING}}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        photo->shape = shapes[i];
        photo->type = i == 4 ? AD_F32 : AD_U8;                    /* the type alone is wrong */
        photo->meaning = i == 5 ? AD_MEANS_TEXT : AD_MEANS_IMAGE; /* a path beside a sound */
        CHECK_EQ(csv()->open(&o, s, AD_PART_TRAIN, &rows), AD_ERROR_FORMAT);
        CHECK(!rows);
    }
    *photo = good;
    ad_schema_free(s);
}

TEST_MAIN
