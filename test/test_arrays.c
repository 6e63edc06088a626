/* Arrays from files: NumPy's, IDX of any type, CIFAR's records. */
#define _XOPEN_SOURCE 700

#include "picture_files.h"

#include <math.h>

enum { FILE_MAX = 16384 };

static const ad_reader_record *reader(const char *name)
{
    const ad_reader_record *r = ad_reader_find(name);
    if (!r)
        exit(1);
    return r;
}

/* The status of understanding and, where that goes well, of opening the training part. */
static ad_status try_open(const char *name, const void *options, ad_schema **schema,
                          ad_source **source)
{
    *source = NULL;
    ad_status status = reader(name)->understand(options, schema);
    CHECK_EQ(status == AD_OK, *schema != NULL);
    if (status == AD_OK)
        status = reader(name)->open(options, *schema, AD_PART_TRAIN, source);
    CHECK(status == AD_OK || *ad_kit_error());
    return status;
}

static void refused(const char *name, const void *options, ad_status wanted, const char *words)
{
    ad_schema *schema;
    ad_source *source;
    CHECK_EQ(try_open(name, options, &schema, &source), wanted);
    CHECK_CONTAINS(ad_kit_error(), words);
    ad_source_free(source);
    ad_schema_free(schema);
}

/* All examples of one field, as doubles; count is how many numbers. */
static int64_t numbers_of(ad_source *source, int f, double *values, int64_t most)
{
    const ad_source_field *field;
    int fields = ad_source_fields(source, &field);
    ad_array into[4] = {{0}};
    static char room[4][65536];
    int64_t examples = ad_source_count(source), each = 1, number[64];
    for (int i = 0; i < fields; i++) {
        into[i] = (ad_array){.type = field[i].type, .data = room[i]};
        into[i].shape.rank = field[i].shape.rank + 1;
        into[i].shape.size[0] = examples;
        for (int k = 0; k < field[i].shape.rank; k++)
            into[i].shape.size[k + 1] = field[i].shape.size[k];
    }
    for (int64_t i = 0; i < examples; i++)
        number[i] = i;
    CHECK_OK(ad_source_read(source, number, examples, 0, into));
    each = ad_array_count(&into[f]);
    for (int64_t i = 0; i < each && i < most; i++)
        values[i] = ad_array_item(&into[f], i);
    return each;
}

/* ---------------------------------------------------------------- NumPy's files */

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void check_array(const char *name, const char *shape, const char *values, const char *path)
{
    ad_schema *schema;
    ad_source *source;
    ad_arrays_options o = AD_OPTIONS_INIT(ad_arrays_options, .path = path);
    ad_status status = try_open("arrays", &o, &schema, &source);
    bool bad = status != AD_OK;
    if (status == AD_ERROR_UNSUPPORTED && strstr(ad_kit_error(), "zlib1g-dev"))
        return;
    CHECK_EQ(bad, *values == '-');
    if (bad && *values != '-')
        printf("%s: %s", name, ad_kit_error());
    double got[256];
    int64_t count = bad ? 0 : numbers_of(source, 0, got, 256), wrong = 0;
    for (int64_t i = 0; i < count; i++) {
        wrong += !same(got[i], strtod(values, (char **)(uintptr_t)&values));
        values += *values == ',';
    }
    CHECK(bad || (!*values && !wrong));
    const ad_schema_field *field = bad ? NULL : ad_schema_find(schema, "input");
    for (int i = 0; field && i < field->shape.rank; i++) {
        shape = strchr(shape, 'x') + 1;
        CHECK_EQ(field->shape.size[i], atoi(shape));
    }
    if (!bad && (wrong || !field))
        printf("%s\n", name);
    ad_source_free(source);
    ad_schema_free(schema);
}

static bool next_array(FILE *f, char *name, char *shape, unsigned char *file, size_t *size,
                       char *values)
{
    static char text[2 * FILE_MAX];
    if (fscanf(f, "%63s %63s %32767s %4095s", name, shape, text, values) != 4)
        return false;
    *size = unpack(text, file);
    return true;
}

TEST(arrays_are_read_as_numpy_reads_them)
{
    static unsigned char file[FILE_MAX];
    char name[64], shape[64], values[4096];
    size_t size;
    int count = 0;
    FILE *f = fopen(ADZE_TEST_DIR "/pictures/arrays.txt", "r");
    REQUIRE(f);
    for (; next_array(f, name, shape, file, &size, values); count++)
        check_array(name, shape, values, write_file("a", file, size));
    fclose(f);
    CHECK_EQ(count, 59);
}

/* Cut off: words.  Changed: numbers or words, never a crash. */
TEST(arrays_cut_off_or_changed)
{
    static unsigned char file[FILE_MAX];
    char name[64], shape[64], values[4096];
    size_t size;
    FILE *f = fopen(ADZE_TEST_DIR "/pictures/arrays.txt", "r");
    REQUIRE(f);
    for (int k = 0; next_array(f, name, shape, file, &size, values); k++) {
        if (k % 6 && !strchr("sznvr", *name))
            continue;
        ad_schema *schema;
        ad_source *source;
        ad_arrays_options o = AD_OPTIONS_INIT(ad_arrays_options);
        for (size_t i = 0; i < size; i++) {
            o.path = write_file("a", file, i);
            CHECK(try_open("arrays", &o, &schema, &source) != AD_OK);
            ad_schema_free(schema);
            file[i] ^= (unsigned char)(1 + i % 255);
            o.path = write_file("a", file, size);
            if (try_open("arrays", &o, &schema, &source) == AD_OK)
                ad_source_free(source);
            ad_schema_free(schema);
            file[i] ^= (unsigned char)(1 + i % 255);
        }
    }
    fclose(f);
}

/* A .npy file of that type and shape, of the bytes 0, 1, 2... */
static const char *npy(const char *name, const char *type, const char *shape, size_t bytes)
{
    char file[4096] = "\x93NUMPY\1";
    int length = snprintf(file + 10, 200,
                          "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", type, shape);
    file[7] = 0, file[8] = (char)length, file[9] = 0;
    for (size_t i = 0; i < bytes; i++)
        file[10 + (size_t)length + i] = (char)i;
    return write_file(name, file, 10 + (size_t)length + bytes);
}

TEST(channels_are_said_never_guessed)
{
    ad_schema *schema;
    ad_source *source;
    double got[64];
    ad_arrays_options o = AD_OPTIONS_INIT(ad_arrays_options);
    o.path = npy("c.npy", "|u1", "(1, 3, 2, 3)", 18);
    refused("arrays", &o, AD_ERROR_SHAPE,
            "(1, 3, 2, 3): are the 3 channels or rows?\n  say which: `channels: first` or");
    o.channels = AD_CHANNELS_FIRST;
    CHECK_EQ(try_open("arrays", &o, &schema, &source), AD_OK);
    const ad_schema_field *image = ad_schema_find(schema, "image");
    REQUIRE(image && source);
    CHECK(image->shape.size[0] == 2 && image->shape.size[1] == 3 && image->shape.size[2] == 3);
    CHECK(image->meaning == AD_MEANS_IMAGE);
    CHECK_EQ(numbers_of(source, 0, got, 64), 18);
    CHECK(got[0] == 0 && got[1] == 6 && got[2] == 12 && got[3] == 1 && got[17] == 17);
    ad_source_free(source);
    /* what is predicted comes in the same order */
    CHECK_EQ(reader("arrays")->items(schema, &o.path, 1, &source), AD_OK);
    CHECK_EQ(numbers_of(source, 0, got, 64), 18);
    CHECK(got[1] == 6);
    ad_source_free(source);
    ad_schema_free(schema);
    o.channels = AD_CHANNELS_LAST;
    CHECK_EQ(try_open("arrays", &o, &schema, &source), AD_OK);
    CHECK_EQ(numbers_of(source, 0, got, 64), 18);
    CHECK(got[1] == 1 && ad_schema_find(schema, "image")->shape.size[0] == 3);
    ad_source_free(source);
    ad_schema_free(schema);
    o.channels = AD_CHANNELS_UNSAID;
    o.path = npy("c.npy", "<f4", "(2, 1, 2, 2)", 32);
    refused("arrays", &o, AD_ERROR_SHAPE, "are the 1 channels or rows?");
    o.path = npy("c.npy", "|u1", "(1, 5, 2, 3)", 30); /* five are rows */
    CHECK_EQ(try_open("arrays", &o, &schema, &source), AD_OK);
    ad_source_free(source);
    ad_schema_free(schema);
}

TEST(targets_are_classes_or_numbers)
{
    ad_schema *schema;
    ad_source *source;
    double got[8];
    char *names[] = {(char *)"a", (char *)"b", (char *)"c"};
    ad_arrays_options o = AD_OPTIONS_INIT(ad_arrays_options);
    o.path = npy("x.npy", "<f4", "(3, 2)", 24), o.labels = npy("y.npy", "<i2", "(3, 1)", 6);
    refused("arrays", &o, AD_OK, "");
    o.labels = npy("y.npy", "|u1", "(3,)", 3), o.names = (ad_names){3, names};
    CHECK_EQ(try_open("arrays", &o, &schema, &source), AD_OK);
    const ad_schema_field *label = ad_schema_target(schema);
    REQUIRE(label && source);
    CHECK(label->meaning == AD_MEANS_CLASS && label->classes == 3 && label->type == AD_I32);
    CHECK_STREQ(label->names[2], "c");
    CHECK_STREQ(label->why, "whole numbers 0 to 2, 3 different");
    CHECK_EQ(numbers_of(source, 1, got, 8), 3);
    CHECK(got[0] == 0 && got[2] == 2);
    ad_source_free(source);
    const char *path = npy("p.npy", "<f4", "(1, 2)", 8);
    CHECK_EQ(reader("arrays")->items(schema, &path, 1, &source), AD_OK);
    CHECK_EQ(numbers_of(source, 1, got, 8), 1);
    CHECK(got[0] == -1);
    ad_source_free(source);
    path = npy("p.npy", "<f4", "(2, 3)", 24);
    CHECK_EQ(reader("arrays")->items(schema, &path, 1, &source), AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_kit_error(), "an example is 3, and the field input is 2");
    path = npy("p.npy", "<f8", "(1, 2)", 16);
    CHECK_EQ(reader("arrays")->items(schema, &path, 1, &source), AD_ERROR_TYPE);
    ad_schema_free(schema);
    o.names.count = 2;
    refused("arrays", &o, AD_ERROR_RANGE, "y.npy: label 2 is 2, but there are 2 classes, 0 to 1");
    o.classes = 3;
    refused("arrays", &o, AD_ERROR_ARGUMENT, "3 classes, but 2 names of classes");
    o.names.count = 0, o.classes = 5;
    CHECK_EQ(try_open("arrays", &o, &schema, &source), AD_OK);
    CHECK_CONTAINS(schema->notes, "2 of the 5 classes have no example");
    ad_source_free(source);
    ad_schema_free(schema);
    o.classes = 0, o.target_is = AD_TARGET_NUMBER;
    CHECK_EQ(try_open("arrays", &o, &schema, &source), AD_OK);
    CHECK(ad_schema_target(schema)->type == AD_F32 && ad_schema_target(schema)->shape.rank == 0);
    ad_source_free(source);
    CHECK_EQ(reader("arrays")->items(schema, (const char *[]){npy("p.npy", "<f4", "(1, 2)", 8)}, 1,
                                     &source),
             AD_OK);
    CHECK_EQ(numbers_of(source, 1, got, 8), 1);
    CHECK(isnan(got[0]));
    ad_source_free(source);
    ad_schema_free(schema);
    o.target_is = AD_TARGET_AUTO, o.labels = npy("y.npy", "<i2", "(3,)", 6);
    refused("arrays", &o, AD_OK, "");
    o.labels = npy("y.npy", "|u1", "(2,)", 2);
    refused("arrays", &o, AD_ERROR_SHAPE, "y.npy: 2 targets, but 3 inputs");
    o.labels = npy("y.npy", "<f4", "(3,)", 12), o.target_is = AD_TARGET_CLASS;
    refused("arrays", &o, AD_ERROR_TYPE, "holds numbers floating, 32 bits, of rank 1");
    o.labels = npy("y.npy", "<i4", "(3,)", 12), o.target_is = AD_TARGET_AUTO;
    refused("arrays", &o, AD_ERROR_RANGE, "if it is a number to predict, not a class: `target_is");
}

TEST(names_in_an_npz)
{
    static unsigned char file[FILE_MAX];
    char name[64] = "", shape[64], values[4096];
    size_t size = 0;
    FILE *f = fopen(ADZE_TEST_DIR "/pictures/arrays.txt", "r");
    REQUIRE(f);
    while (strcmp(name, "savez") != 0 && next_array(f, name, shape, file, &size, values))
        ;
    fclose(f);
    ad_arrays_options o = AD_OPTIONS_INIT(ad_arrays_options, .path = write_file("n", file, size));
    o.input = "none";
    refused("arrays", &o, AD_ERROR_ARGUMENT, "/n: holds no array 'none'; it holds x, other\n");
    o.input = "other", o.target = "x";
    ad_schema *schema;
    bool packed = reader("arrays")->understand(&o, &schema) == AD_ERROR_UNSUPPORTED;
    if (packed) /* without zlib */
        CHECK_CONTAINS(ad_kit_error(), "zlib1g-dev");
    else
        refused("arrays", &o, AD_ERROR_SHAPE, "4 targets, but 5 inputs");
    for (size_t i = 0; i + 5 < size; i++) /* no usual name is left */
        if (memcmp(file + i, "x.npy", 5) == 0)
            file[i] = 'q';
    o.input = o.target = NULL, o.path = write_file("n", file, size);
    refused("arrays", &o, AD_ERROR_ARGUMENT, "which array is the input? it holds q, other\n");
    o.path = scratch("nothing");
    refused("arrays", &o, AD_ERROR_FILE, "/nothing: cannot be opened");
    o.path = scratch("");
    refused("arrays", &o, AD_ERROR_FILE, "is not a file");
    o.path = write_file("e", "", 0);
    refused("arrays", &o, AD_ERROR_FORMAT, "/e: is empty");
    o.path = write_file("e", "abcdefgh", 8);
    refused("arrays", &o, AD_ERROR_FORMAT, "/e: is not an array as NumPy stores them");
    o.path = NULL;
    refused("arrays", &o, AD_ERROR_ARGUMENT, "no path is given");
}

/* A shape of 2^50 numbers in a file of a hundred bytes asks for no memory. */
TEST(headers_that_promise_too_much)
{
    ad_arrays_options o = AD_OPTIONS_INIT(ad_arrays_options);
    o.path = npy("h.npy", "<f8", "(1048576, 1048576, 1024)", 8);
    refused("arrays", &o, AD_ERROR_FORMAT, "h.npy: ends at byte ");
    o.path = npy("h.npy", "<f8", "(1048576, 1048576, 1048576)", 8);
    refused("arrays", &o, AD_ERROR_FORMAT, "h.npy: the shape asks for more than 2^59 bytes");
    o.path = npy("h.npy", "<f8", "(1,)", 16);
    refused("arrays", &o, AD_ERROR_FORMAT, "h.npy: goes on to byte ");
    o.path = npy("h.npy", "<f8", "(1, 1, 1, 1, 1, 1, 1, 1, 1)", 8);
    refused("arrays", &o, AD_ERROR_SHAPE, "more than 8 axes");
    o.path = npy("h.npy", "<f8", "(1 2)", 8);
    refused("arrays", &o, AD_ERROR_FORMAT, "does not close its shape");
    o.path = npy("h.npy", "|O", "(1,)", 8);
    refused("arrays", &o, AD_ERROR_UNSUPPORTED, "of NumPy's type '|O', any Python objects");
}

/* ---------------------------------------------------------------- IDX */

/* (2, 2) of each type, and what stands there. */
TEST(idx_of_any_type)
{
    static const struct {
        int type, bytes;
        unsigned char data[32];
        double values[4];
    } kinds[] = {
        {8, 4, {0, 1, 200, 255}, {0, 1, 200, 255}},
        {9, 4, {0, 1, 200, 255}, {0, 1, -56, -1}},
        {11, 8, {0, 1, 255, 254, 128, 0, 127, 255}, {1, -2, -32768, 32767}},
        {12,
         16,
         {0, 0, 0, 1, 255, 255, 255, 254, 128, 0, 0, 0, 127, 255, 255, 255},
         {1, -2, -2147483648.0, 2147483647}},
        {13,
         16,
         {0x3F, 0x80, 0, 0, 0xBF, 0, 0, 0, 0x42, 0xC8, 0, 0, 0, 0, 0, 0},
         {1, -0.5, 100, 0}},
        {14,
         32,
         {0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xBF, 0xE0, 0, 0, 0, 0, 0, 0,
          0x40, 0x59, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0},
         {1, -0.5, 100, 0}},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        unsigned char file[64] = {0, 0, (unsigned char)kinds[k].type, 2, 0, 0, 0, 2, 0, 0, 0, 2};
        memcpy(file + 12, kinds[k].data, (size_t)kinds[k].bytes);
        ad_idx_options o = AD_OPTIONS_INIT(ad_idx_options);
        o.path = write_file("i", file, 12 + (size_t)kinds[k].bytes);
        ad_schema *schema;
        ad_source *source;
        double got[4];
        CHECK_EQ(try_open("idx", &o, &schema, &source), AD_OK);
        REQUIRE(source);
        CHECK(!ad_schema_target(schema));
        CHECK_CONTAINS(schema->notes, "without labels");
        CHECK_EQ(numbers_of(source, 0, got, 4), 4);
        for (int i = 0; i < 4; i++)
            CHECK(got[i] == kinds[k].values[i]);
        ad_source_free(source);
        CHECK_EQ(reader("idx")->items(schema, &o.path, 1, &source), AD_OK);
        CHECK_EQ(numbers_of(source, 0, got, 4), 4);
        ad_source_free(source);
        ad_schema_free(schema);
    }
    ad_idx_options o = AD_OPTIONS_INIT(ad_idx_options);
    o.path = write_file("i", "\0\0\12\1\0\0\0\1x", 9);
    refused("idx", &o, AD_ERROR_FORMAT, "starts with the bytes 00 00 0A 01, not with two zeros");
}

static const unsigned char images_idx[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0,  0,
                                           0, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const unsigned char labels_idx[] = {0, 0, 8, 1, 0, 0, 0, 3, 0, 2, 1};

TEST(idx_folder_and_files)
{
    write_file("m/train-images-idx3-ubyte", images_idx, sizeof images_idx);
    ad_idx_options o = AD_OPTIONS_INIT(ad_idx_options, .path = scratch("m"));
    refused("idx", &o, AD_ERROR_FILE, "holds neither train-labels-idx1-ubyte nor ");
    write_file("m/train-labels-idx1-ubyte", labels_idx, sizeof labels_idx);
    ad_schema *schema;
    ad_source *source;
    double got[16];
    o.train_count = 2;
    CHECK_EQ(try_open("idx", &o, &schema, &source), AD_OK);
    REQUIRE(source);
    const ad_schema_field *image = ad_schema_find(schema, "image");
    CHECK(image && image->meaning == AD_MEANS_IMAGE && image->shape.size[2] == 1);
    CHECK_EQ(ad_schema_target(schema)->classes, 3);
    CHECK_EQ(ad_source_count(source), 2);
    CHECK_EQ(numbers_of(source, 1, got, 16), 2);
    CHECK(got[0] == 0 && got[1] == 2);
    ad_source_free(source);
    CHECK_EQ(reader("idx")->open(&o, schema, AD_PART_TEST, &source), AD_OK);
    CHECK(!source);
    o.test_images = scratch("m/train-images-idx3-ubyte");
    CHECK_EQ(reader("idx")->open(&o, schema, AD_PART_TEST, &source), AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_kit_error(), "no labels are named for it");
    o.test_labels = scratch("m/train-labels-idx1-ubyte"), o.test_count = 1;
    CHECK_EQ(reader("idx")->open(&o, schema, AD_PART_TEST, &source), AD_OK);
    CHECK(source && ad_source_count(source) == 1);
    ad_source_free(source);
    unsigned char wide[20] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4};
    o.test_images = write_file("wide", wide, sizeof wide);
    CHECK_EQ(reader("idx")->open(&o, schema, AD_PART_TEST, &source), AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_kit_error(), "an example is 1 x 4 x 1, and the field image is 2 x 2 x 1");
    ad_schema_free(schema);
    o.labels = write_file("two", "\0\0\10\1\0\0\0\2\0\1", 10);
    refused("idx", &o, AD_ERROR_FORMAT, "3 images, but ");
    o = (ad_idx_options)AD_OPTIONS_INIT(ad_idx_options);
    refused("idx", &o, AD_ERROR_ARGUMENT, "neither path nor images is given");
    o.path = scratch("nowhere");
    refused("idx", &o, AD_ERROR_FILE, "nowhere: cannot be opened");
    CHECK_EQ(reader("idx")->looks(scratch("m"), NULL, 0), 100);
    CHECK_EQ(reader("idx")->looks("x", images_idx, sizeof images_idx), 90);
    CHECK_EQ(reader("arrays")->looks("x", images_idx, sizeof images_idx), 0);
}

/* ---------------------------------------------------------------- CIFAR */

/* Records whose red is the record's number, green and blue the place. */
static const char *cifar(const char *name, int records, int label_bytes, size_t cut)
{
    static unsigned char file[4 * 3074];
    unsigned char *p = file;
    for (int r = 0; r < records; r++) {
        for (int l = 0; l < label_bytes; l++)
            *p++ = (unsigned char)(r + 5 * l);
        for (int i = 0; i < 3072; i++)
            *p++ = (unsigned char)(i < 1024 ? r : i < 2048 ? i % 32 : (i - 2048) / 32);
    }
    return write_file(name, file, (size_t)(p - file) - cut);
}

TEST(cifar_records)
{
    ad_schema *schema;
    ad_source *source;
    static double got[2 * 3072];
    ad_cifar_options o = AD_OPTIONS_INIT(ad_cifar_options);
    o.path = cifar("r.bin", 2, 1, 0);
    CHECK_EQ(try_open("cifar", &o, &schema, &source), AD_OK);
    REQUIRE(source);
    CHECK_EQ(numbers_of(source, 0, got, 2 * 3072), 2 * 3072);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 32; x++) {
            const double *p = got + 3072 + (y * 32 + x) * 3;
            CHECK(p[0] == 1 && p[1] == x && p[2] == y);
        }
    CHECK_EQ(numbers_of(source, 1, got, 8), 2);
    CHECK(got[0] == 0 && got[1] == 1);
    ad_source_free(source);
    CHECK_EQ(reader("cifar")->open(&o, schema, AD_PART_TEST, &source), AD_OK);
    CHECK(!source);
    CHECK_EQ(reader("cifar")->looks(o.path, (const unsigned char *)"", 1), 80);
    ad_schema_free(schema);
    o.path = cifar("h.bin", 3, 2, 0);
    for (int coarse = 0; coarse < 2; coarse++) {
        o.coarse = coarse;
        CHECK_EQ(try_open("cifar", &o, &schema, &source), AD_OK);
        CHECK_EQ(numbers_of(source, 1, got, 8), 3);
        CHECK(got[0] == (coarse ? 0 : 5) && got[2] == (coarse ? 2 : 7));
        ad_source_free(source);
        ad_schema_free(schema);
    }
    o.path = cifar("r.bin", 2, 1, 1);
    refused("cifar", &o, AD_ERROR_FORMAT, "6145 bytes are not records of 3073 (or 3074) bytes");
    o.label_bytes = 2;
    refused("cifar", &o, AD_ERROR_FORMAT, "6145 bytes are not records of 3074 bytes");
    o.path = write_file("empty.bin", "", 0), o.label_bytes = 0;
    refused("cifar", &o, AD_ERROR_FORMAT, "0 bytes are not records");
    o.path = NULL;
    refused("cifar", &o, AD_ERROR_ARGUMENT, "no path is given");
}

TEST(cifar_folder)
{
    ad_schema *schema;
    ad_source *source;
    cifar("d/one.bin", 1, 1, 0), cifar("d/two.bin", 2, 1, 0), cifar("d/test_batch.bin", 3, 1, 0);
    ad_cifar_options o = AD_OPTIONS_INIT(ad_cifar_options, .path = scratch("d"));
    refused("cifar", &o, AD_ERROR_FILE, "holds neither data_batch_1.bin nor train.bin");
    char *files[] = {(char *)"one.bin", (char *)"two.bin"};
    o.files = (ad_names){2, files};
    write_file("d/batches.meta.txt", "cat\ndog\n\n", 9);
    CHECK_EQ(try_open("cifar", &o, &schema, &source), AD_OK);
    REQUIRE(source);
    CHECK_EQ(ad_source_count(source), 3);
    CHECK_EQ(ad_schema_target(schema)->classes, 2);
    CHECK_STREQ(ad_schema_target(schema)->names[1], "dog");
    ad_source_free(source);
    o.test = scratch("d/test_batch.bin"); /* its third record is of a class that is not there */
    CHECK_EQ(reader("cifar")->open(&o, schema, AD_PART_TEST, &source), AD_ERROR_RANGE);
    CHECK_CONTAINS(ad_kit_error(), "label 2 is 2, but there are 2 classes");
    ad_schema_free(schema);
    cifar("d/data_batch_1.bin", 1, 1, 0);
    o.files.count = 0;
    refused("cifar", &o, AD_ERROR_FILE, "data_batch_2.bin: cannot be opened");
    for (int i = 2; i <= 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "d/data_batch_%d.bin", i);
        cifar(name, i == 3 ? 2 : 1, 1, 0);
    }
    CHECK_EQ(try_open("cifar", &o, &schema, &source), AD_OK);
    CHECK(source && ad_source_count(source) == 6);
    ad_source_free(source);
    ad_schema_free(schema);
    CHECK_EQ(reader("cifar")->looks(o.path, NULL, 0), 95);
}

TEST_MAIN
