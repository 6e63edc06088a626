/* Sets of images and single images: what they hold, and every way in which a file can be wrong. */
#define _XOPEN_SOURCE 700

#include "test.h"

#include <adze/kit.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Three images of 2 x 2 with pixels 0 to 11, and their labels 0, 2, 1. */
static const unsigned char images_idx[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0,  0,
                                           0, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const unsigned char labels_idx[] = {0, 0, 8, 1, 0, 0, 0, 3, 0, 2, 1};

/* The same, packed. */
static const unsigned char images_gz[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xe0, 0x60,
    0x66, 0x60, 0x60, 0x00, 0x61, 0x26, 0x30, 0x66, 0x64, 0x62, 0x66, 0x61, 0x65, 0x63,
    0xe7, 0xe0, 0xe4, 0xe2, 0x06, 0x00, 0x63, 0x44, 0x6f, 0xc6, 0x1c, 0x00, 0x00, 0x00,
};

/* 2 x 2 grey: 0, 255, 7, 100. */
static const unsigned char grey_png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
    0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x00, 0x00, 0x00, 0x00, 0x57,
    0xdd, 0x52, 0xf8, 0x00, 0x00, 0x00, 0x0e, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x60,
    0xf8, 0xcf, 0xc0, 0x9e, 0x02, 0x00, 0x04, 0x74, 0x01, 0x6b, 0x39, 0x24, 0xc7, 0xd1, 0x00,
    0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

/* 2 x 1: (255, 0, 0), (1, 2, 3). */
static const unsigned char colour_png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
    0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x7b,
    0x40, 0xe8, 0xdd, 0x00, 0x00, 0x00, 0x0f, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xf8,
    0xcf, 0xc0, 0xc0, 0xc8, 0xc4, 0x0c, 0x00, 0x06, 0x0b, 0x01, 0x06, 0xbd, 0x70, 0x25, 0x6a,
    0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

/* Of the first 500 training digits of seed 1, images and then labels. */
#define DIGITS_SUM 0x688E9EDB34926789u

/* ---------------------------------------------------------------- scratch files */

static char folder[3000];

static const char *scratch(const char *name)
{
    static char paths[4][4096];
    static int next;
    if (!folder[0]) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/adze-data-XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(folder)) {
            perror(folder);
            exit(1);
        }
    }
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *name, const void *bytes, size_t size)
{
    const char *path = scratch(name);
    FILE *file = fopen(path, "wb");
    if (file) {
        fwrite(bytes, 1, size, file);
        fclose(file);
    }
    return path;
}

static bool reads_gzip(void)
{
    ad_dataset *d;
    const char *images = write_file("probe", images_gz, sizeof images_gz);
    ad_status status = ad_dataset_idx(images, images, 0, &d);
    unlink(images);
    if (status == AD_ERROR_UNSUPPORTED)
        CHECK_CONTAINS(ad_kit_error(), "zlib1g-dev");
    return status != AD_ERROR_UNSUPPORTED;
}

/* ---------------------------------------------------------------- IDX */

static void check_three(const ad_dataset *d)
{
    const ad_dataset_info *info = ad_dataset_about(d);
    CHECK_EQ(info->count, 3);
    CHECK_EQ(info->height * 100 + info->width * 10 + info->channels, 221);
    CHECK_EQ(info->classes, 3);
    for (int i = 0; i < 12; i++)
        CHECK_EQ(info->images[i], i);
    CHECK(info->labels[0] == 0 && info->labels[1] == 2 && info->labels[2] == 1);
}

TEST(idx_plain_and_packed)
{
    ad_dataset *d = NULL;
    const char *images = write_file("i", images_idx, sizeof images_idx),
               *labels = write_file("l", labels_idx, sizeof labels_idx);
    CHECK_EQ(ad_dataset_idx(images, labels, 0, &d), AD_OK);
    REQUIRE(d);
    check_three(d);
    ad_dataset_free(d);
    if (reads_gzip()) {
        const char *packed = write_file("i.gz", images_gz, sizeof images_gz);
        CHECK_EQ(ad_dataset_idx(packed, labels, 3, &d), AD_OK);
        REQUIRE(d);
        check_three(d);
        ad_dataset_free(d);
    }
}

/* Status of the pair of files; the message is in ad_kit_error. */
static ad_status try_pair(const void *images, size_t image_size, const void *labels,
                          size_t label_size, int64_t classes)
{
    ad_dataset *d = NULL;
    const char *i = write_file("i", images, image_size), *l = write_file("l", labels, label_size);
    ad_status status = ad_dataset_idx(i, l, classes, &d);
    CHECK_EQ(status == AD_OK, d != NULL);
    ad_dataset_free(d);
    return status;
}

TEST(idx_cut_off_anywhere)
{
    char words[100];
    for (size_t size = 0; size < sizeof images_idx; size++) {
        CHECK_EQ(try_pair(images_idx, size, labels_idx, sizeof labels_idx, 0), AD_ERROR_FORMAT);
        snprintf(words, sizeof words, size ? "/i: ends at byte %d, " : "/i: is empty", (int)size);
        CHECK_CONTAINS(ad_kit_error(), words);
    }
    for (size_t size = 0; size < sizeof labels_idx; size++) {
        CHECK_EQ(try_pair(images_idx, sizeof images_idx, labels_idx, size, 0), AD_ERROR_FORMAT);
        snprintf(words, sizeof words, size ? "/l: ends at byte %d, " : "/l: is empty", (int)size);
        CHECK_CONTAINS(ad_kit_error(), words);
    }
}

TEST(idx_packed_cut_off_or_changed_anywhere)
{
    if (!reads_gzip())
        return;
    unsigned char copy[sizeof images_gz];
    for (size_t size = 0; size < sizeof images_gz; size++) {
        CHECK_EQ(try_pair(images_gz, size, labels_idx, sizeof labels_idx, 0), AD_ERROR_FORMAT);
        CHECK_CONTAINS(ad_kit_error(), "/i: ");
    }
    for (size_t i = 10; i < sizeof images_gz;
         i++) { /* before that stand the time and the system, which mean nothing */
        memcpy(copy, images_gz, sizeof copy);
        copy[i] ^= 0x55;
        CHECK_EQ(try_pair(copy, sizeof copy, labels_idx, sizeof labels_idx, 0), AD_ERROR_FORMAT);
    }
}

/* Every byte of the header changed to every value: never a crash, and never a set other than the
 * right one. */
TEST(idx_changed_headers)
{
    for (size_t i = 0; i < 16; i++) {
        for (int value = 0; value < 256; value++) {
            unsigned char copy[sizeof images_idx];
            memcpy(copy, images_idx, sizeof copy);
            copy[i] = (unsigned char)value;
            bool same = value == images_idx[i];
            CHECK_EQ(try_pair(copy, sizeof copy, labels_idx, sizeof labels_idx, 0),
                     same ? AD_OK : AD_ERROR_FORMAT);
        }
    }
}

static void check_message(const unsigned char *images, size_t image_size,
                          const unsigned char *labels, size_t label_size, int64_t classes,
                          const char *words)
{
    CHECK(try_pair(images, image_size, labels, label_size, classes) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), words);
}

TEST(idx_messages)
{
    const unsigned char *i = images_idx, *l = labels_idx;
    size_t is = sizeof images_idx, ls = sizeof labels_idx;
    unsigned char long_labels[sizeof labels_idx + 1], none[16], huge[16], four[12];
    check_message(
        l, ls, l, ls, 0,
        "/i: starts with the bytes 00 00 08 01, not with 00 00 08 03, images\n  these are labels");
    check_message(
        i, is, i, is, 0,
        "/l: starts with the bytes 00 00 08 03, not with 00 00 08 01, labels\n  these are images");
    check_message(i, is, l, ls, 2, "/l: label 1 is 2 (byte 9), but there are 2 classes, 0 to 1");
    memcpy(long_labels, l, ls);
    long_labels[ls] = 0;
    check_message(i, is, long_labels, ls + 1, 0,
                  "/l: goes on after byte 11, where its header says it ends");
    memcpy(four, l, ls);
    four[7] = 4, four[11] = 0;
    check_message(i, is, four, 12, 0, "/i: 3 images, but ");
    CHECK_CONTAINS(ad_kit_error(), "/l has 4 labels (bytes 4 to 7 of each)");
    memcpy(none, i, 16);
    none[7] = 0;
    check_message(none, 16, l, ls, 0, "/i: the number of examples is 0 at byte 4");
    memcpy(none, i, 16);
    none[15] = 0;
    check_message(none, 16, l, ls, 0, "/i: a size of the images is 0 at byte 12");
    memcpy(huge, i, 4);
    memset(huge + 4, 0xFF, 12);
    check_message(huge, 16, l, ls, 0, "/i: the sizes up to byte 12 ask for more than 2^40 bytes");
    memset(huge + 8, 0, 8);
    huge[11] = huge[15] = 1;
    check_message(huge, 16, l, ls, 0, "/i: ends at byte 16, but 4294967311 bytes belong to it");
}

TEST(idx_files_that_are_not_there)
{
    ad_dataset *d;
    CHECK_EQ(ad_dataset_idx(scratch("nothing"), scratch("nothing"), 0, &d), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), "/nothing: cannot be opened: No such file");
    CHECK_EQ(ad_dataset_idx(folder, folder, 0, &d), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), ": is a folder, not a file");
    CHECK_EQ(ad_dataset_folder(scratch("nowhere"), AD_PART_TRAIN, 0, &d), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), "/nowhere: there is no such folder");
    CHECK_EQ(ad_dataset_folder(folder, AD_PART_TEST, 0, &d), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(),
                   "holds neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz");
    CHECK_EQ(ad_dataset_folder(write_file("f", "x", 1), AD_PART_TEST, 0, &d), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), "/f: is a file, not a folder");
    unlink(scratch("f"));
}

TEST(idx_folder_names)
{
    ad_dataset *d = NULL;
    const char *images = write_file("train-images-idx3-ubyte", images_idx, sizeof images_idx);
    const char *labels = write_file("train-labels.idx1-ubyte", labels_idx, sizeof labels_idx);
    CHECK_EQ(ad_dataset_folder(folder, AD_PART_TRAIN, 0, &d), AD_OK);
    REQUIRE(d);
    check_three(d);
    ad_dataset_free(d);
    unlink(images);
    unlink(labels);
}

TEST(config_data)
{
    ad_config *c;
    ad_schema *schema = NULL;
    ad_source *train = NULL, *test = NULL;
    char text[4200];
    snprintf(text, sizeof text,
             "data: {path: '%s', names: [a, b, c], train_count: 2}\nmodel: [flatten]\n", folder);
    if (ad_config_parse("x.yaml", text, strlen(text), NULL, 0, &c) == AD_ERROR_UNSUPPORTED)
        return;
    REQUIRE(c);
    CHECK_EQ(ad_config_understand(c, &schema), AD_ERROR_FILE);
    write_file("train-images-idx3-ubyte", images_idx, sizeof images_idx);
    write_file("train-labels-idx1-ubyte", labels_idx, sizeof labels_idx);
    write_file("t10k-images-idx3-ubyte", images_idx, sizeof images_idx);
    write_file("t10k-labels-idx1-ubyte", labels_idx, sizeof labels_idx);
    CHECK_EQ(ad_config_understand(c, &schema), AD_OK);
    REQUIRE(schema);
    CHECK_STREQ(ad_schema_target(schema)->names[2], "c");
    CHECK_EQ(ad_config_open(c, schema, AD_PART_TRAIN, &train), AD_OK);
    REQUIRE(train);
    CHECK_EQ(ad_source_count(train), 2);
    CHECK_EQ(ad_config_open(c, schema, AD_PART_TEST, &test), AD_OK);
    CHECK(test && ad_source_count(test) == 3);
    ad_source_free(test);
    schema->field[0].shape.size[1] = 4;
    CHECK_EQ(ad_config_open(c, schema, AD_PART_TEST, &test), AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_kit_error(), "an example is 2 x 2 x 1, and the field image is 2 x 4 x 1");
    ad_source_free(train);
    ad_schema_free(schema);
    ad_config_free(c);
    unlink(scratch("train-images-idx3-ubyte"));
    unlink(scratch("train-labels-idx1-ubyte"));
    unlink(scratch("t10k-images-idx3-ubyte"));
    unlink(scratch("t10k-labels-idx1-ubyte"));
}

/* ---------------------------------------------------------------- digits */

/* FNV-1a (Fowler, Noll and Vo). */
static uint64_t checksum(const void *bytes, size_t size, uint64_t sum)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
    return sum;
}

static uint64_t checksum_of(const ad_dataset *d, int64_t count)
{
    const ad_dataset_info *info = ad_dataset_about(d);
    uint64_t sum = checksum(info->images, (size_t)(count * 784), 0xCBF29CE484222325u);
    return checksum(info->labels, (size_t)count * sizeof *info->labels, sum);
}

TEST(digits_are_the_same_everywhere)
{
    ad_dataset *d = NULL, *other = NULL, *test = NULL;
    CHECK_EQ(ad_dataset_digits(500, AD_PART_TRAIN, 1, &d), AD_OK);
    CHECK_EQ(ad_dataset_digits(123, AD_PART_TRAIN, 1, &other), AD_OK);
    CHECK_EQ(ad_dataset_digits(123, AD_PART_TEST, 1, &test), AD_OK);
    REQUIRE(d && other && test);
    CHECK_EQ(checksum_of(d, 500), (int64_t)DIGITS_SUM);
    CHECK_EQ(checksum_of(d, 123), checksum_of(other, 123));
    CHECK(checksum_of(test, 123) != checksum_of(other, 123));
    ad_dataset_free(d);
    ad_dataset_free(other);
    ad_dataset_free(test);
    CHECK_EQ(ad_dataset_digits(0, AD_PART_TRAIN, 1, &d), AD_ERROR_ARGUMENT);
}

TEST(digits_are_balanced_and_drawn)
{
    ad_dataset *d = NULL;
    int seen[10] = {0};
    CHECK_EQ(ad_dataset_digits(1000, AD_PART_TRAIN, 7, &d), AD_OK);
    REQUIRE(d);
    const ad_dataset_info *info = ad_dataset_about(d);
    CHECK(info->height == 28 && info->width == 28 && info->channels == 1 && info->classes == 10);
    for (int64_t i = 0; i < info->count; i++) {
        seen[info->labels[i]]++;
        int darkest = 255, brightest = 0;
        for (int64_t j = i * 784; j < (i + 1) * 784; j++) {
            darkest = info->images[j] < darkest ? info->images[j] : darkest;
            brightest = info->images[j] > brightest ? info->images[j] : brightest;
        }
        CHECK(darkest < 40 && brightest > 100);
    }
    for (int i = 0; i < 10; i++)
        CHECK_EQ(seen[i], 100);
    ad_dataset_free(d);
}

/* ---------------------------------------------------------------- splitting, shuffling, batches */

TEST(shuffle)
{
    int64_t a[1000], b[1000];
    bool seen[1000] = {false};
    ad_shuffle(a, 1000, 5, 0);
    ad_shuffle(b, 1000, 5, 0);
    CHECK_EQ(memcmp(a, b, sizeof a), 0);
    int fixed = 0;
    for (int i = 0; i < 1000; i++) {
        REQUIRE(a[i] >= 0 && a[i] < 1000 && !seen[a[i]]);
        seen[a[i]] = true;
        fixed += a[i] == i;
    }
    CHECK(fixed < 10);
    ad_shuffle(b, 1000, 5, 1);
    CHECK(memcmp(a, b, sizeof a) != 0);
    ad_shuffle(b, 1000, 6, 0);
    CHECK(memcmp(a, b, sizeof a) != 0);
}

TEST(split)
{
    uint8_t images[100];
    int32_t labels[100];
    ad_dataset *d = NULL, *kept = NULL, *held = NULL;
    for (int i = 0; i < 100; i++) {
        images[i] = (uint8_t)i;
        labels[i] = i;
    }
    ad_dataset_info info = {.count = 100,
                            .height = 1,
                            .width = 1,
                            .channels = 1,
                            .classes = 100,
                            .images = images,
                            .labels = labels};
    CHECK_EQ(ad_dataset_new(&info, &d), AD_OK);
    CHECK_EQ(ad_dataset_split(d, 0.25, 3, &kept, &held), AD_OK);
    REQUIRE(kept && held);
    const ad_dataset_info *k = ad_dataset_about(kept), *h = ad_dataset_about(held);
    CHECK(k->count == 75 && h->count == 25);
    int sum = 0;
    for (int i = 0; i < 75; i++) {
        sum += k->labels[i] + (i < 25 ? h->labels[i] : 0);
        CHECK(k->images[i] == k->labels[i] && (i == 0 || k->labels[i] > k->labels[i - 1]));
    }
    CHECK_EQ(sum, 4950);
    ad_dataset_free(kept);
    ad_dataset_free(held);
    CHECK_EQ(ad_dataset_split(d, 0.001, 3, &kept, &held), AD_ERROR_ARGUMENT);
    CHECK(!kept && !held);
    ad_dataset_free(d);
    labels[4] = 100;
    CHECK_EQ(ad_dataset_new(&info, &d), AD_ERROR_RANGE);
    CHECK_CONTAINS(ad_kit_error(), "label 100 of image 4 is outside 0 to 99");
}

TEST(batch)
{
    ad_dataset *d = NULL;
    uint8_t images[8];
    int32_t labels[2];
    CHECK_EQ(try_pair(images_idx, sizeof images_idx, labels_idx, sizeof labels_idx, 0), AD_OK);
    CHECK_EQ(ad_dataset_idx(scratch("i"), scratch("l"), 0, &d), AD_OK);
    REQUIRE(d);
    ad_dataset_batch(d, (int64_t[]){2, 0}, 2, images, labels);
    CHECK(images[0] == 8 && images[3] == 11 && images[4] == 0 && labels[0] == 1 && labels[1] == 0);
    ad_dataset_free(d);
}

/* ---------------------------------------------------------------- single images */

static ad_status try_image(const void *bytes, size_t size, int64_t channels, ad_image *image)
{
    const char *path = write_file("p", bytes, size);
    ad_status status = ad_image_read(path, channels, image);
    unlink(path);
    CHECK_EQ(status == AD_OK, image->pixels != NULL);
    return status;
}

TEST(pgm)
{
    ad_image image;
    static const char grey[] = "P5\n# a comment\n3 2 # more\n255\n\0\1\2\3\4\377",
                      text[] = "P2 2 2 10 0 5\n10 1";
    CHECK_EQ(try_image(grey, sizeof grey - 1, 1, &image), AD_OK);
    CHECK(image.width == 3 && image.height == 2 && image.channels == 1 && image.pixels[1] == 1 &&
          image.pixels[5] == 255);
    ad_image_done(&image);
    CHECK_EQ(try_image(text, sizeof text - 1, 3, &image), AD_OK);
    CHECK(image.channels == 3 && image.pixels[3] == 128 && image.pixels[5] == 128 &&
          image.pixels[6] == 255);
    ad_image_done(&image);
    static const char deep[] = "P5 2 1 65535\n\377\377\200\0";
    CHECK_EQ(try_image(deep, sizeof deep - 1, 1, &image), AD_OK);
    CHECK(image.pixels[0] == 255 && image.pixels[1] == 128);
    ad_image_done(&image);
    for (size_t size = 0; size < sizeof grey - 1; size++)
        CHECK_EQ(try_image(grey, size, 1, &image), AD_ERROR_FORMAT);
    for (size_t size = 0; size < sizeof text - 2; size++)
        CHECK_EQ(try_image(text, size, 1, &image), AD_ERROR_FORMAT);
}

TEST(image_messages)
{
    static const struct {
        const char *bytes, *words;
    } cases[] = {
        {"P5 2 2 255\nabc", "/p: ends at byte 14, but 2 x 2 pixels go to byte 15"},
        {"P5 0 2 255\nabc", "/p: the width at byte 3 is 0, not from 1 to 16384"},
        {"P5 99999999999999999999999 2 255\nabc",
         "/p: the width at byte 3 is 99999999999999999999, not from 1 to 16384"},
        {"P5 2 x 255\nabc", "/p: no height at byte 5"},
        {"P5 2 1 70000\nabc", "/p: the largest value at byte 7 is 70000, not from 1 to 65535"},
        {"P5 2 1 90\nAz", "/p: pixel 1 (byte 11) is 122, above the largest value 90"},
        {"P2 2 1 9\n3 12", "/p: the pixel at byte 11 is 12, not from 0 to 9"},
        {"P2 2 1 9\n3", "/p: no pixel at byte 10"},
        {"GIF89a", "/p: neither a JPEG, PNG nor PGM image"},
        {"", "/p: is empty"},
    };
    ad_image image;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_EQ(try_image(cases[i].bytes, strlen(cases[i].bytes), 1, &image), AD_ERROR_FORMAT);
        CHECK_CONTAINS(ad_kit_error(), cases[i].words);
    }
    CHECK_EQ(ad_image_read(scratch("nothing"), 1, &image), AD_ERROR_FILE);
    CHECK_EQ(ad_image_read(folder, 1, &image), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), ": is a folder, not an image");
}

TEST(png)
{
    ad_image image;
    if (try_image(grey_png, sizeof grey_png, 1, &image) == AD_ERROR_UNSUPPORTED) {
        CHECK_CONTAINS(ad_kit_error(), "libpng-dev");
        return;
    }
    CHECK(image.width == 2 && image.height == 2 && image.channels == 1);
    CHECK(image.pixels[0] == 0 && image.pixels[1] == 255 && image.pixels[2] == 7 &&
          image.pixels[3] == 100);
    ad_image_done(&image);
    CHECK_EQ(try_image(colour_png, sizeof colour_png, 3, &image), AD_OK);
    CHECK(image.width == 2 && image.height == 1 && image.channels == 3);
    CHECK(image.pixels[0] == 255 && image.pixels[1] == 0 && image.pixels[3] == 1 &&
          image.pixels[5] == 3);
    ad_image_done(&image);
    CHECK_EQ(try_image(colour_png, sizeof colour_png, 1, &image), AD_OK);
    ad_image_done(&image);
    for (size_t size = 0; size < sizeof grey_png - 12;
         size++) /* the last 12 bytes say only that it ends */
        CHECK_EQ(try_image(grey_png, size, 1, &image), AD_ERROR_FORMAT);
}

/* ---- pictures of every kind, beside what Pillow reads (pictures/make.py) */

enum { PICTURE_MAX = 4096 };

typedef struct picture {
    char name[64], text[3][2 * PICTURE_MAX]; /* in base 16: the file, grey, colours */
    int width, height;
} picture;

static size_t unpack(const char *text, unsigned char *bytes)
{
    size_t size = strlen(text) / 2;
    for (size_t i = 0; i < size; i++) {
        unsigned byte = 0;
        sscanf(text + 2 * i, "%2x", &byte);
        bytes[i] = (unsigned char)byte;
    }
    return size;
}

/* Counts pixels that are not as they should be, and says which is the first. */
static int compare_pixels(const picture *p, int channels, const ad_image *image)
{
    unsigned char wanted[PICTURE_MAX];
    int wrong = 0;
    size_t size = unpack(p->text[channels == 1 ? 1 : 2], wanted);
    if (image->width != p->width || image->height != p->height || image->channels != channels ||
        size != (size_t)(image->width * image->height * channels))
        return 1;
    for (size_t i = 0; i < size; i++)
        if (image->pixels[i] != wanted[i] && wrong++ == 0)
            printf("%s, %d channels: sample %d is %d, not %d\n", p->name, channels, (int)i,
                   image->pixels[i], wanted[i]);
    return wrong;
}

static void check_picture(const picture *p)
{
    unsigned char file[PICTURE_MAX];
    size_t size = unpack(p->text[0], file);
    for (int channels = 1; channels <= 3; channels += 2) {
        ad_image image;
        ad_status status = try_image(file, size, channels, &image);
        if (status == AD_ERROR_UNSUPPORTED)
            continue;
        CHECK_EQ(status, AD_OK);
        if (status == AD_OK)
            CHECK_EQ(compare_pixels(p, channels, &image), 0);
        else
            printf("%s: %s", p->name, ad_kit_error());
        ad_image_done(&image);
    }
}

TEST(pictures_are_read_as_pillow_reads_them)
{
    static picture p;
    int count = 0;
    FILE *f = fopen(ADZE_TEST_DIR "/pictures/pictures.txt", "r");
    REQUIRE(f);
    while (fscanf(f, "%63s %d %d %8191s %8191s %8191s", p.name, &p.width, &p.height, p.text[0],
                  p.text[1], p.text[2]) == 6) {
        check_picture(&p);
        count++;
    }
    fclose(f);
    CHECK_EQ(count, 48);
}

/* Cut off or changed anywhere: an image or words, never a crash. */
TEST(pictures_cut_off_or_changed)
{
    static picture p;
    unsigned char file[PICTURE_MAX];
    ad_image image;
    FILE *f = fopen(ADZE_TEST_DIR "/pictures/pictures.txt", "r");
    REQUIRE(f);
    while (fscanf(f, "%63s %d %d %8191s %8191s %8191s", p.name, &p.width, &p.height, p.text[0],
                  p.text[1], p.text[2]) == 6) {
        size_t size = unpack(p.text[0], file);
        for (size_t i = 0; i < size; i++) {
            try_image(file, i, 3, &image);
            ad_image_done(&image);
            file[i] ^= (unsigned char)(1 + i % 255);
            try_image(file, size, 3, &image);
            ad_image_done(&image);
            file[i] ^= (unsigned char)(1 + i % 255);
        }
    }
    fclose(f);
}

/* ---------------------------------------------------------------- progress */

TEST(progress_is_plain_when_piped)
{
    char text[400] = "";
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    ad_progress *p = ad_progress_new(ends[1]);
    REQUIRE(p);
    for (int epoch = 1; epoch <= 2; epoch++) {
        ad_progress_begin(p, epoch == 1 ? "epoch 1/2" : "epoch 2/2", 100);
        for (int i = 0; i <= 100; i++)
            ad_progress_update(p, i, "loss 0.5");
        ad_progress_end(p, epoch == 1 ? "loss 0.4" : NULL);
    }
    ad_progress_line(p, "done");
    ad_progress_free(p);
    close(ends[1]);
    ssize_t got = read(ends[0], text, sizeof text - 1);
    CHECK(got > 0);
    CHECK_STREQ(text, "epoch 1/2  loss 0.4\nepoch 2/2\ndone\n");
    close(ends[0]);
    ad_progress_begin(NULL, "x", 1);
    ad_progress_update(NULL, 1, NULL);
    ad_progress_end(NULL, NULL);
    ad_progress_free(NULL);
}

TEST(scratch_folder_is_left_empty)
{
    static const char *const names[] = {"i", "l", "i.gz"};
    for (int i = 0; i < 3; i++)
        unlink(scratch(names[i]));
    CHECK_EQ(rmdir(folder), 0);
}

TEST_MAIN
