/* Pictures: JPEG, EXIF, sizes, and the reader of folders and archives. */
#define _XOPEN_SOURCE 700

#include "picture_files.h"

enum { PICTURE_MAX = 8192 };

/* ---------------------------------------------------------------- JPEG beside Pillow */

typedef struct photo {
    char name[64], text[3][2 * PICTURE_MAX]; /* in base 16: the file, grey, colours */
    int width, height;
} photo;

static bool next_photo(FILE *f, photo *p)
{
    return fscanf(f, "%63s %d %d %16383s %16383s %16383s", p->name, &p->width, &p->height,
                  p->text[0], p->text[1], p->text[2]) == 6;
}

static FILE *open_text(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, ADZE_TEST_DIR "/pictures/%s", name);
    return fopen(path, "r");
}

static ad_status try_image(const void *bytes, size_t size, int channels, ad_image *image)
{
    ad_status status = ad_image_read(write_file("picture", bytes, size), channels, image);
    CHECK_EQ(status == AD_OK, image->pixels != NULL);
    return status;
}

/* Whether this build has libjpeg; where not, its words name the package. */
static bool reads_jpeg(void)
{
    ad_image image;
    ad_status status = try_image("\xFF\xD8\xFF", 3, 3, &image);
    if (status == AD_ERROR_UNSUPPORTED)
        CHECK_CONTAINS(ad_kit_error(), "libjpeg-dev");
    return status != AD_ERROR_UNSUPPORTED;
}

static void check_photo(const photo *p, int channels)
{
    static unsigned char file[PICTURE_MAX], wanted[PICTURE_MAX];
    ad_image image;
    size_t size = unpack(p->text[0], file), count = unpack(p->text[channels == 1 ? 1 : 2], wanted);
    ad_status status = try_image(file, size, channels, &image);
    if (status == AD_ERROR_UNSUPPORTED)
        return;
    CHECK_EQ(status, AD_OK);
    CHECK_EQ(image.width, p->width);
    CHECK_EQ(image.height, p->height);
    CHECK_EQ(image.channels, channels);
    int wrong = 0;
    for (size_t i = 0; status == AD_OK && i < count; i++)
        wrong += image.pixels[i] != wanted[i];
    CHECK_EQ(wrong, 0);
    if (wrong)
        printf("%s\n", p->name);
    ad_image_done(&image);
}

TEST(photos_are_read_as_pillow_reads_them)
{
    static photo p;
    int count = 0;
    FILE *f = open_text("photos.txt");
    REQUIRE(f);
    for (; next_photo(f, &p); count++) {
        check_photo(&p, 1);
        check_photo(&p, 3);
    }
    fclose(f);
    CHECK_EQ(count, 32);
}

/* Nothing that is cut off is taken, not even without its last byte. */
TEST(photos_cut_off_anywhere)
{
    static photo p;
    static unsigned char file[PICTURE_MAX];
    ad_image image;
    FILE *f = open_text("photos.txt");
    REQUIRE(f);
    while (reads_jpeg() && next_photo(f, &p)) {
        size_t size = unpack(p.text[0], file);
        bool png = file[0] == 0x89;
        for (size_t cut = 0; cut < size - (png ? 12 : 0); cut++) {
            ad_status status = try_image(file, cut, 3, &image);
            CHECK(status == AD_ERROR_FORMAT || (png && status == AD_ERROR_UNSUPPORTED));
            if (status == AD_OK)
                printf("%s cut at %d\n", p.name, (int)cut);
            ad_image_done(&image);
        }
    }
    fclose(f);
}

/* A picture or words, never a crash. */
TEST(photos_changed_anywhere)
{
    static photo p;
    static unsigned char file[PICTURE_MAX];
    ad_image image;
    FILE *f = open_text("photos.txt");
    REQUIRE(f);
    while (next_photo(f, &p)) {
        size_t size = unpack(p.text[0], file);
        for (size_t i = 0; i < size; i++) {
            file[i] ^= (unsigned char)(1 + i % 255);
            if (try_image(file, size, 1, &image) != AD_OK)
                CHECK(*ad_kit_error());
            ad_image_done(&image);
            file[i] ^= (unsigned char)(1 + i % 255);
        }
    }
    fclose(f);
}

/* A header of 60000 x 60000 over nothing asks for no memory. */
TEST(headers_that_promise_too_much)
{
    static const unsigned char jpeg[] = {0xFF, 0xD8, 0xFF, 0xC0, 0,    11, 8,    0xEA, 0x60,
                                         0xEA, 0x60, 1,    1,    0x11, 0,  0xFF, 0xDA, 0,
                                         8,    1,    1,    0,    0,    63, 0};
    static const char pgm[] = "P2 16000 16000 255\n1 2 3";
    ad_image image;
    if (reads_jpeg()) {
        CHECK_EQ(try_image(jpeg, sizeof jpeg, 1, &image), AD_ERROR_FORMAT);
        CHECK_CONTAINS(ad_kit_error(), "60000 x 60000 pixels, and a side has at most 16384");
        unsigned char wide[sizeof jpeg];
        memcpy(wide, jpeg, sizeof jpeg);
        wide[7] = wide[9] = 0x20;
        CHECK_EQ(try_image(wide, sizeof wide, 1, &image), AD_ERROR_FORMAT);
        CHECK_CONTAINS(ad_kit_error(), "8288 x 8288 pixels, more than 25 bytes can hold");
    }
    CHECK_EQ(try_image(pgm, sizeof pgm - 1, 1, &image), AD_ERROR_FORMAT);
    CHECK_CONTAINS(ad_kit_error(), "16000 x 16000 pixels, more than 24 bytes can hold");
}

TEST(a_pipe_is_not_waited_for)
{
    ad_image image;
    const char *path = scratch("pipe");
    REQUIRE(mkfifo(path, 0600) == 0);
    CHECK_EQ(ad_image_read(path, 1, &image), AD_ERROR_FORMAT);
    CHECK_CONTAINS(ad_kit_error(), "/pipe: is empty");
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = path);
    ad_schema *s;
    CHECK_EQ(ad_reader_find("images")->understand(&o, &s), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), "/pipe: is neither a file nor a folder");
}

/* ---------------------------------------------------------------- sizes */

static void copy_in(const char *text, int64_t height, int64_t width, int64_t channels,
                    ad_image *image)
{
    *image = (ad_image){height, width, channels, malloc((size_t)(height * width * channels))};
    REQUIRE(image->pixels);
    unpack(text, image->pixels);
}

TEST(sizes_are_changed_as_pillow_changes_them)
{
    static char before[2 * PICTURE_MAX], after[2 * PICTURE_MAX];
    static unsigned char wanted[PICTURE_MAX];
    int h, w, c, high, wide, kind, count = 0;
    FILE *f = open_text("sizes.txt");
    REQUIRE(f);
    while (fscanf(f, "%d %d %d %d %d %d %16383s %16383s", &h, &w, &c, &high, &wide, &kind, before,
                  after) == 8) {
        ad_image image;
        copy_in(before, h, w, c, &image);
        CHECK_EQ(ad_image_resize(&image, high, wide, (ad_resample)kind), AD_OK);
        CHECK(image.height == high && image.width == wide && image.channels == c);
        bool same = memcmp(image.pixels, wanted, unpack(after, wanted)) == 0;
        CHECK(same);
        if (!same)
            printf("%d x %d to %d x %d, filter %d\n", h, w, high, wide, kind);
        ad_image_done(&image);
        count++;
    }
    fclose(f);
    CHECK_EQ(count, 88);
}

TEST(the_middle_is_cut_out)
{
    ad_image image;
    copy_in("000102030405060708090a0b0c0d0e0f10111213", 4, 5, 1, &image);
    CHECK_EQ(ad_image_crop(&image, 1, 2), AD_OK);
    CHECK(image.height == 1 && image.width == 2);
    CHECK(image.pixels[0] == 6 && image.pixels[1] == 7);
    CHECK_EQ(ad_image_crop(&image, 2, 2), AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_kit_error(), "2 x 2 cannot be cut from 1 x 2");
    CHECK_EQ(ad_image_crop(&image, 0, 2), AD_ERROR_ARGUMENT);
    CHECK_EQ(ad_image_resize(&image, 1, 0, AD_RESAMPLE_BOX), AD_ERROR_ARGUMENT);
    CHECK_EQ(ad_image_resize(&image, 1, 20000, AD_RESAMPLE_BOX), AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_kit_error(), "sides from 1 to 16384");
    ad_image_done(&image);
}

/* ---------------------------------------------------------------- the reader */

static const char *pgm(const char *name, int width, int height, const unsigned char *pixels)
{
    char file[256];
    int head = snprintf(file, sizeof file, "P5\n%d %d\n255\n", width, height);
    memcpy(file + head, pixels, (size_t)(width * height));
    return write_file(name, file, (size_t)(head + width * height));
}

/* One pixel. */
static void dot(const char *name, int value)
{
    pgm(name, 1, 1, (const unsigned char[]){(unsigned char)value});
}

static const ad_reader_record *reader(void)
{
    return ad_reader_find("images");
}

static ad_status look(const ad_images_options *o, ad_schema **schema)
{
    ad_status status = reader()->understand(o, schema);
    CHECK_EQ(status == AD_OK, *schema != NULL);
    return status;
}

/* Pixels and labels of a part as text, "10:0 20:1"; of one pixel each. */
static const char *dots_of(ad_source *source)
{
    static char text[1024];
    int64_t count = source ? ad_source_count(source) : 0;
    int at = snprintf(text, sizeof text, source ? "" : "none");
    for (int64_t i = 0; i < count; i++) {
        unsigned char pixel[64];
        int32_t label = 0;
        ad_array into[2] = {ad_u8(pixel, AD_SHAPE(1, 1, 1, 1)), ad_i32(&label, AD_SHAPE(1))};
        if (ad_source_read(source, &i, 1, 0, into) != AD_OK) {
            snprintf(text, sizeof text, "%s", ad_error());
            break;
        }
        at +=
            snprintf(text + at, sizeof text - (size_t)at, "%s%d:%d", i ? " " : "", pixel[0], label);
    }
    ad_source_free(source);
    return text;
}

static const char *dots(const ad_images_options *o, const ad_schema *schema, ad_part part)
{
    ad_source *source;
    ad_status status = reader()->open(o, schema, part, &source);
    CHECK_EQ(status, AD_OK);
    return status == AD_OK ? dots_of(source) : ad_kit_error();
}

TEST(a_folder_for_each_class)
{
    dot("a/10/x.pgm", 1), dot("a/9/y.pgm", 2), dot("a/9/deep/er/x.PGM", 3), dot("a/10/b.pgm", 4);
    write_file("a/9/.hidden.pgm", "x", 1), write_file("a/notes.txt", "x", 1);
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = scratch("a"));
    ad_schema *s;
    CHECK_EQ(look(&o, &s), AD_OK);
    const ad_schema_field *image = ad_schema_find(s, "image"), *label = ad_schema_target(s);
    CHECK(image && image->meaning == AD_MEANS_IMAGE && image->type == AD_U8);
    CHECK(image->shape.rank == 3 && image->shape.size[2] == 1);
    CHECK(label && label->classes == 2);
    CHECK_STREQ(label->names[0], "9");
    CHECK_STREQ(label->names[1], "10");
    CHECK_CONTAINS(s->notes, "4 pictures to train, 0 to validate, 0 to test, 2 classes");
    CHECK_CONTAINS(s->notes, "1 file is no pictures by name and left out, such as notes.txt");
    CHECK_CONTAINS(s->notes, "channels: 1, as every picture is grey");
    CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "4:1 1:1 3:0 2:0");
    CHECK_STREQ(dots(&o, s, AD_PART_TEST), "none");
    o.keep = false;
    CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "4:1 1:1 3:0 2:0");
    ad_schema_free(s);
}

/* The schema goes through text: what is read with it later is numbered alike. */
TEST(parts_by_folders)
{
    dot("p/train/cat/1.pgm", 1), dot("p/train/dog/1.pgm", 2), dot("p/val/dog/1.pgm", 3);
    dot("p/test/dog/1.pgm", 4), dot("q/dog/1.pgm", 5);
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = scratch("p"));
    ad_schema *made, *s;
    CHECK_EQ(look(&o, &made), AD_OK);
    char *text = ad_schema_text(made);
    CHECK_EQ(ad_schema_read(text, strlen(text), &s), AD_OK);
    free(text);
    ad_schema_free(made);
    CHECK_CONTAINS(s->notes, "1 of the classes have no test picture: cat");
    CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "1:0 2:1");
    CHECK_STREQ(dots(&o, s, AD_PART_VALIDATION), "3:1");
    CHECK_STREQ(dots(&o, s, AD_PART_TEST), "4:1");
    o.path = scratch("q"); /* another folder, by the same classes */
    CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "5:1");
    ad_schema_free(s);
    o.path = scratch("p"), o.test = scratch("q");
    CHECK_EQ(look(&o, &s), AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_kit_error(), "holds a test part already");
    dot("r/dog/1.pgm", 1), dot("r/cat/1.pgm", 2);
    o.path = scratch("r");
    CHECK_EQ(look(&o, &s), AD_OK);
    CHECK_STREQ(dots(&o, s, AD_PART_TEST), "5:1");
    ad_schema_free(s);
}

static void refused(const ad_images_options *o, ad_status wanted, const char *words)
{
    ad_schema *s;
    CHECK_EQ(look(o, &s), wanted);
    CHECK_CONTAINS(ad_kit_error(), words);
    ad_schema_free(s);
}

TEST(folders_that_do_not_say_classes)
{
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = scratch("flat"));
    refused(&o, AD_ERROR_FILE, "/flat: cannot be opened: No such file");
    dot("flat/1.pgm", 1);
    refused(&o, AD_ERROR_FORMAT, "1.pgm stands in no folder, so its class is not known\n  put");
    dot("mixed/cat/1.pgm", 1), dot("mixed/2.pgm", 1);
    o.path = scratch("mixed");
    refused(&o, AD_ERROR_FORMAT, "/mixed: 2.pgm stands in no folder");
    write_file("empty/x.txt", "x", 1);
    o.path = scratch("empty");
    refused(&o, AD_ERROR_FILE, "/empty: holds no picture, only files such as x.txt");
    dot("beside/train/cat/1.pgm", 1), dot("beside/dog/1.pgm", 1);
    o.path = scratch("beside");
    refused(&o, AD_ERROR_FORMAT, "holds folders of parts (train, test), and dog/1.pgm beside them");
    dot("only/test/cat/1.pgm", 1);
    o.path = scratch("only");
    refused(&o, AD_ERROR_FORMAT, "and none called train");
    dot("more/train/cat/1.pgm", 1), dot("more/test/dog/1.pgm", 1);
    o.path = scratch("more");
    refused(
        &o, AD_ERROR_FORMAT,
        "/more/test/dog/1.pgm: a test picture of class dog, which the training pictures do not");
    o.path = NULL;
    refused(&o, AD_ERROR_ARGUMENT, "no path is given");
    o.path = "x", o.channels = 2;
    refused(&o, AD_ERROR_ARGUMENT, "channels is 2\n  1 is grey, 3 colours");
}

TEST(sizes_that_differ)
{
    const unsigned char pixels[] = {0, 100, 200, 50, 60, 70};
    pgm("s/a/1.pgm", 3, 2, pixels), pgm("s/b/1.pgm", 2, 3, pixels);
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = scratch("s"));
    ad_schema *s;
    refused(&o, AD_ERROR_SHAPE,
            "a/1.pgm is 2 x 3, b/1.pgm is 3 x 2 (height x width)\n  bring them to one: `size: ");
    static const unsigned char wanted[] = {53, 135}; /* Pillow: resize((2, 1), BOX) */
    for (int fit = 0; fit < 3; fit++) {
        o.height = fit == 2 ? 5 : 1, o.width = fit == 1 ? 1 : 2, o.fit = (ad_image_fit)fit;
        o.resample = AD_RESAMPLE_BOX;
        CHECK_EQ(look(&o, &s), AD_OK);
        ad_source *source;
        CHECK_EQ(reader()->open(&o, s, AD_PART_TRAIN, &source), AD_OK);
        unsigned char got[10];
        int32_t label;
        ad_array into[2] = {ad_u8(got, AD_SHAPE(1, o.height, o.width, 1)),
                            ad_i32(&label, AD_SHAPE(1))};
        CHECK_EQ(ad_source_read(source, (const int64_t[]){0}, 1, 0, into), AD_OK);
        if (fit == 0)
            CHECK(got[0] == wanted[0] && got[1] == wanted[1]);
        if (fit == 1) /* its left pixel */
            CHECK_EQ(got[0], wanted[0]);
        if (fit == 2) /* one row of the picture in the middle of five */
            CHECK(got[0] == 0 && got[3] == 0 && got[4] == wanted[0] && got[9] == 0);
        ad_source_free(source);
        ad_schema_free(s);
    }
}

TEST(broken_pictures_are_named_and_counted)
{
    dot("k/a/1.pgm", 1), dot("k/b/2.pgm", 2);
    write_file("k/a/cut.pgm", "P5\n1 1\n255\n", 11), write_file("k/b/none.jpg", "", 0);
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = scratch("k"));
    ad_schema *s;
    refused(&o, AD_ERROR_FORMAT, "1 of 4 pictures is broken, and 0 may be:\n");
    CHECK_CONTAINS(ad_kit_error(), "/k/b/none.jpg: is empty");
    o.broken = 1;
    refused(&o, AD_ERROR_FORMAT, "2 of 4 pictures are broken, and 1 may be:\n");
    CHECK_CONTAINS(ad_kit_error(), "/k/a/cut.pgm: ends at byte 11");
    CHECK_CONTAINS(ad_kit_error(), "leave them out: `data.broken: 2`");
    o.broken = 2;
    CHECK_EQ(look(&o, &s), AD_OK);
    CHECK_CONTAINS(s->notes, "2 broken pictures are left out:\n");
    CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "1:0 2:1");
    o.keep = false;
    CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "1:0 2:1");
    ad_schema_free(s);
}

/* Broken after the data was understood: where nothing is kept, reading says so. */
TEST(pictures_that_break_later)
{
    dot("l/a/1.pgm", 1), dot("l/b/2.pgm", 2);
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = scratch("l"), .keep = false);
    ad_schema *s;
    ad_source *source;
    CHECK_EQ(look(&o, &s), AD_OK);
    write_file("l/b/2.pgm", "P5\n1 1\n255\n", 11);
    CHECK_EQ(reader()->open(&o, s, AD_PART_TRAIN, &source), AD_OK);
    CHECK_CONTAINS(dots_of(source), "/l/b/2.pgm: ends at byte 11");
    o.keep = true;
    CHECK_EQ(reader()->open(&o, s, AD_PART_TRAIN, &source), AD_ERROR_FORMAT);
    CHECK(!source);
    CHECK_CONTAINS(ad_kit_error(), "1 of 2 pictures is broken");
    ad_schema_free(s);
}

static void refused_labels(ad_images_options *o, const char *text, const char *words)
{
    o->labels = write_file("labels.csv", text, strlen(text));
    refused(o, AD_ERROR_FORMAT, words);
}

TEST(classes_in_a_file)
{
    dot("c/1.pgm", 1), dot("c/2.pgm", 2), dot("c/in/3.pgm", 3), dot("c/in/1.pgm", 4);
    static const char text[] = "\xEF\xBB\xBF"
                               "file,label,more\r\nin/3.pgm,\"a, \"\"b\"\"\"\r\n\n2,z,1\n";
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = scratch("c"));
    o.labels = write_file("labels.csv", text, sizeof text - 1);
    ad_schema *s;
    CHECK_EQ(look(&o, &s), AD_OK);
    if (s) {
        CHECK_STREQ(ad_schema_target(s)->names[0], "a, \"b\"");
        CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "2:1 3:0");
        CHECK_CONTAINS(s->notes, "labels.csv:1: file, label: taken for the columns' names");
        CHECK_CONTAINS(s->notes, "2 of 4 pictures have no line in ");
        CHECK_CONTAINS(s->notes, "cells after the second are not read");
    }
    ad_schema_free(s);
    refused_labels(&o, "2,z\nnone.pgm,z\n", "labels.csv:2: there is no picture none.pgm in ");
    refused_labels(&o, "2,z\n1.pgm,z\n", "labels.csv:2: there are several pictures 1.pgm in ");
    refused_labels(&o, "2,z\n2.pgm,y\n", "labels.csv:2: 2.pgm is of class y here and of class z");
    refused_labels(&o, "2,z\n\n3\n", "labels.csv:3: one cell alone");
    refused_labels(&o, "2,z\n3,\n", "labels.csv:2: an empty name or class");
    refused_labels(&o, "2,\"z\n", "labels.csv:1: a quote is not closed");
    refused_labels(&o, "2,\"z\"y\n", "labels.csv:1: something stands behind a closing quote");
    refused_labels(&o, "", "labels.csv: names no picture of ");
    o.labels = write_file("labels.csv", "a\0,b", 4);
    refused(&o, AD_ERROR_FORMAT, "labels.csv: holds a zero byte");
}

/* ---------------------------------------------------------------- archives */

static bool next_archive(FILE *f, char *name, unsigned char *file, size_t *size)
{
    static char text[65536];
    if (fscanf(f, "%63s %65535s", name, text) != 2)
        return false;
    *size = unpack(text, file);
    return true;
}

static bool reads_archives(void)
{
    ad_schema *s;
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options);
    o.path = write_file("probe.zip", "PK\3\4", 4);
    ad_status status = look(&o, &s);
    if (status == AD_ERROR_UNSUPPORTED)
        CHECK_CONTAINS(ad_kit_error(), "libarchive-dev");
    return status != AD_ERROR_UNSUPPORTED;
}

static void check_archive(const char *path)
{
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = path);
    ad_schema *s;
    ad_source *items;
    CHECK_EQ(look(&o, &s), AD_OK);
    if (!s) {
        printf("%s", ad_kit_error());
        return;
    }
    CHECK_STREQ(ad_schema_target(s)->names[0], "cats");
    CHECK_CONTAINS(s->notes, "/Data\n");
    CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "10:0 20:0 30:1");
    o.keep = false;
    CHECK_STREQ(dots(&o, s, AD_PART_TRAIN), "10:0 20:0 30:1");
    CHECK_EQ(reader()->items(s, &path, 1, &items), AD_OK);
    CHECK_STREQ(dots_of(items), "10:-1 20:-1 30:-1");
    ad_schema_free(s);
}

TEST(archives_are_read_as_folders)
{
    static unsigned char file[32768];
    char name[64];
    size_t size;
    FILE *f = open_text("archives.txt");
    REQUIRE(f);
    while (reads_archives() && next_archive(f, name, file, &size)) {
        ad_images_options o = AD_OPTIONS_INIT(ad_images_options);
        o.path = write_file(name, file, size);
        if (strcmp(name, "outside.tar") == 0)
            refused(&o, AD_ERROR_FORMAT, "a file in it is called '../cats/1.pgm'");
        else if (strcmp(name, "root.tar") == 0)
            refused(&o, AD_ERROR_FORMAT, "a file in it is called '/cats/1.pgm'");
        else if (strcmp(name, "twice.tar") == 0)
            refused(&o, AD_ERROR_FORMAT, "holds cats/1.pgm twice");
        else
            check_archive(o.path);
    }
    fclose(f);
}

/* Cut off or changed: pictures or words, never a crash. */
TEST(archives_cut_off_or_changed)
{
    static unsigned char file[32768];
    char name[64];
    size_t size;
    FILE *f = open_text("archives.txt");
    REQUIRE(f);
    while (reads_archives() && next_archive(f, name, file, &size)) {
        ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .broken = 3);
        ad_schema *s;
        for (size_t i = 0; i < size; i += 1 + size / 500) {
            o.path = write_file(name, file, i);
            CHECK(look(&o, &s) == AD_OK || *ad_kit_error());
            ad_schema_free(s);
            file[i] ^= (unsigned char)(1 + i % 255);
            o.path = write_file(name, file, size);
            CHECK(look(&o, &s) == AD_OK || *ad_kit_error());
            ad_schema_free(s);
            file[i] ^= (unsigned char)(1 + i % 255);
        }
    }
    fclose(f);
}

/* ---------------------------------------------------------------- items */

TEST(pictures_to_predict)
{
    const unsigned char pixels[] = {0, 100, 200, 50, 60, 70};
    dot("t/a/1.pgm", 1), dot("t/b/1.pgm", 2);
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = scratch("t"));
    ad_schema *s;
    ad_source *items;
    CHECK_EQ(look(&o, &s), AD_OK);
    dot("u/2.pgm", 7), dot("u/10/1.pgm", 8), pgm("v.pgm", 3, 2, pixels);
    const char *path[] = {scratch("u"), scratch("v.pgm")};
    CHECK_EQ(reader()->items(s, path, 2, &items), AD_OK);
    CHECK_STREQ(dots_of(items), "8:-1 7:-1 80:-1"); /* 80: the mean of the six, by a triangle */
    char **list;
    int64_t count;
    CHECK_EQ(ad_image_list(path, 2, &list, &count), AD_OK);
    CHECK_EQ(count, 3);
    CHECK_CONTAINS(list[0], "/u/10/1.pgm");
    CHECK_STREQ(list[2], path[1]);
    for (int64_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
    path[1] = scratch("not there");
    CHECK_EQ(reader()->items(s, path, 2, &items), AD_ERROR_FILE);
    CHECK_EQ(ad_image_list(path, 2, &list, &count), AD_ERROR_FILE);
    CHECK(!list && !items);
    write_file("w/x.txt", "x", 1);
    path[0] = scratch("w");
    CHECK_EQ(reader()->items(s, path, 1, &items), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), "/w: holds no picture");
    ad_schema_free(s);
}

TEST_MAIN
