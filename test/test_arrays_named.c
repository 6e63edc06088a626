/* Files of several arrays: each is a field under its name; parts; what does not fit; series with
 * times, the same from each format as from CSV (files: script/array-goldens). */
#define _XOPEN_SOURCE 700

#include "configuration_main.h"
#include "picture_files.h"

#include <adze/run.h>
#include <math.h>

#define FILES ADZE_TEST_DIR "/arrays/"

typedef struct array {
    const char *name, *type, *shape;
    int64_t count; /* numbers; number i is i plus `first` */
    double first;
} array;

static size_t put(unsigned char *to, const array *a)
{
    size_t at = 0;
    for (int64_t i = 0; i < a->count; i++) {
        float single = (float)(a->first + (double)i);
        int64_t whole = (int64_t)a->first + i;
        if (strcmp(a->type, "F32") == 0)
            memcpy(to + at, &single, 4), at += 4;
        else if (strcmp(a->type, "I64") == 0)
            memcpy(to + at, &whole, 8), at += 8;
        else
            to[at++] = (unsigned char)whole;
    }
    return at;
}

/* A safetensors file. */
static const char *tensors(const char *file, const array *list, int count)
{
    static unsigned char bytes[65536];
    static unsigned char all[65536 + 4096];
    char head[4096] = "{";
    size_t size = 0, length = 1;
    for (int i = 0; i < count; i++) {
        size_t end = size + put(bytes + size, &list[i]);
        length += (size_t)snprintf(
            head + length, sizeof head - length,
            "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}", i ? "," : "",
            list[i].name, list[i].type, list[i].shape, size, end);
        size = end;
    }
    head[length++] = '}';
    for (int i = 0; i < 8; i++)
        all[i] = (unsigned char)(length >> 8 * i);
    memcpy(all + 8, head, length);
    memcpy(all + 8 + length, bytes, size);
    return write_file(file, all, 8 + length + size);
}

#define TENSORS(file, ...)                      \
    tensors(file, (const array[]){__VA_ARGS__}, \
            sizeof((const array[]){__VA_ARGS__}) / sizeof(array))

static const ad_reader_record *reader(void)
{
    return ad_reader_find("arrays");
}

static ad_schema *understood(const ad_arrays_options *o)
{
    ad_schema *s = NULL;
    if (reader()->understand(o, &s) != AD_OK)
        printf("%s", ad_kit_error());
    return s;
}

static void refused(const ad_arrays_options *o, ad_status status, const char *words)
{
    ad_schema *s = NULL;
    CHECK_EQ(reader()->understand(o, &s), status);
    CHECK(!s);
    CHECK_CONTAINS(ad_kit_error(), words);
    ad_schema_free(s);
}

/* The fields of a schema in one line: name(meaning and use as one letter). */
static const char *fields_of(const ad_schema *s)
{
    static char text[400];
    size_t length = 0;
    text[0] = 0;
    for (int i = 0; s && i < s->fields; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s:%c%c", i ? " " : "",
                                   s->field[i].name, "nwcitst"[s->field[i].meaning],
                                   "itx-"[s->field[i].use]);
    return text;
}

/* Example i of a field as numbers. */
static void example(ad_source *source, const char *name, int64_t i, double *values)
{
    ad_batches *b = ad_batches_new(source, .size = 64, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch;
    int at = ad_source_find(source, name);
    REQUIRE(b && at >= 0);
    CHECK_OK(ad_batches_next(b, &batch));
    int64_t each = ad_array_count(&batch.array[at]) / batch.count;
    for (int64_t k = 0; k < each; k++)
        values[k] = ad_array_item(&batch.array[at], i * each + k);
    ad_batches_free(b);
}

/* ---------------------------------------------------------------- examples */

static const char *several(void)
{
    return TENSORS("several.safetensors", {"alpha", "F32", "6,2", 12, 1},
                   {"beta", "F32", "6", 6, 0.5}, {"gamma", "U8", "6,4,4", 96, 0},
                   {"kind", "I64", "6", 6, 0});
}

TEST(every_array_is_a_field_under_its_name)
{
    ad_source *source = NULL;
    double values[16];
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .path = several(), .target = "kind");
    ad_schema *s = understood(&o);
    CHECK_STREQ(fields_of(s), "alpha:ni beta:ni gamma:ii kind:ct");
    REQUIRE(s);
    CHECK_EQ(ad_schema_find(s, "kind")->classes, 6);
    CHECK_EQ(ad_schema_find(s, "alpha")->shape.size[0], 2);
    CHECK_EQ(ad_schema_find(s, "gamma")->shape.rank, 3);
    CHECK_OK(reader()->open(&o, s, AD_PART_TRAIN, &source));
    CHECK_EQ(ad_source_count(source), 6);
    example(source, "alpha", 2, values);
    CHECK(values[0] == 5 && values[1] == 6);
    example(source, "beta", 3, values);
    CHECK(values[0] == 3.5);
    example(source, "gamma", 1, values);
    CHECK(values[0] == 16 && values[15] == 31);
    example(source, "kind", 4, values);
    CHECK(values[0] == 4);
    ad_source_free(source);
    /* the same again from the schema as a model keeps it, of another file without the target */
    char *text = ad_schema_text(s);
    ad_schema *kept = NULL;
    CHECK_OK(ad_schema_read(text, strlen(text), &kept));
    const char *path = TENSORS("to_predict.safetensors", {"gamma", "U8", "3,4,4", 48, 1},
                               {"beta", "F32", "3", 3, 7}, {"alpha", "F32", "3,2", 6, 9});
    CHECK_OK(reader()->items(kept, &path, 1, &source));
    CHECK_EQ(ad_source_count(source), 3);
    example(source, "alpha", 1, values);
    CHECK(values[0] == 11 && values[1] == 12);
    example(source, "kind", 2, values);
    CHECK(values[0] == -1);
    ad_source_free(source);
    path = TENSORS("lacks.safetensors", {"alpha", "F32", "3,2", 6, 9},
                   {"gamma", "U8", "3,4,4", 48, 1});
    CHECK_EQ(reader()->items(kept, &path, 1, &source), AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_kit_error(), "lacks.safetensors: lacks the array 'beta', which the training "
                                   "data has; it holds alpha, gamma\n");
    path = TENSORS("wide.safetensors", {"alpha", "F32", "3,3", 9, 9}, {"beta", "F32", "3", 3, 7},
                   {"gamma", "U8", "3,4,4", 48, 1});
    CHECK_EQ(reader()->items(kept, &path, 1, &source), AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_kit_error(), "an example is 3, and the field alpha is 2");
    path = TENSORS("fewer.safetensors", {"alpha", "F32", "3,2", 6, 9}, {"beta", "F32", "2", 2, 7},
                   {"gamma", "U8", "3,4,4", 48, 1});
    CHECK_EQ(reader()->items(kept, &path, 1, &source), AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_kit_error(), "'alpha' has 3 examples, and 'beta' has 2");
    free(text);
    ad_schema_free(kept);
    ad_schema_free(s);
}

TEST(names_of_classes_and_what_is_skipped)
{
    char *names[] = {"a", "b", "c", "d", "e", "f"};
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .path = several(), .target = "kind");
    o.names = (ad_names){6, names};
    o.skip = (ad_names)AD_NAMES("gamma");
    ad_schema *s = understood(&o);
    CHECK_STREQ(fields_of(s), "alpha:ni beta:ni kind:ct");
    REQUIRE(s);
    CHECK_STREQ(ad_schema_find(s, "kind")->names[5], "f");
    ad_schema_free(s);
    o.skip = (ad_names)AD_NAMES("gamma", "beta");
    s = understood(&o);
    CHECK_STREQ(fields_of(s), "alpha:ni kind:ct");
    ad_schema_free(s);
    o = AD_OPTIONS(ad_arrays_options, .path = several(), .target = "alpha");
    s = understood(&o); /* whole numbers that are no target are numbers */
    CHECK_STREQ(fields_of(s), "beta:ni gamma:ii kind:ni alpha:nt");
    ad_schema_free(s);
    o = AD_OPTIONS(ad_arrays_options, .path = several(), .target = "kind", .input = "beta");
    s = understood(&o); /* one input that is named, as it ever was */
    CHECK_STREQ(fields_of(s), "input:ni label:ct");
    ad_schema_free(s);
}

TEST(parts_by_names)
{
    ad_source *source = NULL;
    double values[4];
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .target = "kind");
    o.path = TENSORS("parts.safetensors", {"alpha_train", "F32", "4,2", 8, 0},
                     {"beta_train", "F32", "4", 4, 0}, {"kind_train", "I64", "4", 4, 0},
                     {"test_alpha", "F32", "3,2", 6, 100}, {"test/beta", "F32", "3", 3, 50},
                     {"kind_test", "I64", "3", 3, 1}, {"alpha_val", "F32", "2,2", 4, 200},
                     {"valid/beta", "F32", "2", 2, 60}, {"kind_validation", "I64", "2", 2, 2});
    ad_schema *s = understood(&o);
    CHECK_STREQ(fields_of(s), "alpha:ni beta:ni kind:ct");
    REQUIRE(s);
    CHECK_OK(reader()->open(&o, s, AD_PART_TEST, &source));
    CHECK_EQ(ad_source_count(source), 3);
    example(source, "alpha", 1, values);
    CHECK(values[0] == 102 && values[1] == 103);
    ad_source_free(source);
    CHECK_OK(reader()->open(&o, s, AD_PART_VALIDATION, &source));
    CHECK_EQ(ad_source_count(source), 2);
    example(source, "kind", 1, values);
    CHECK(values[0] == 3);
    ad_source_free(source);
    o.test = TENSORS("other.safetensors", {"alpha", "F32", "5,2", 10, 0},
                     {"beta", "F32", "5", 5, 0}, {"kind", "I64", "5", 5, -1});
    CHECK_EQ(reader()->open(&o, s, AD_PART_TEST, &source), AD_ERROR_RANGE);
    CHECK_CONTAINS(ad_kit_error(), "label 0 is -1");
    o.test = several();
    CHECK_EQ(reader()->open(&o, s, AD_PART_TEST, &source), AD_ERROR_RANGE);
    CHECK_CONTAINS(ad_kit_error(), "label 4 is 4, but there are 4 classes");
    ad_schema_free(s);
    o = AD_OPTIONS(ad_arrays_options, .target = "kind");
    o.path = TENSORS("half.safetensors", {"alpha", "F32", "4,2", 8, 0}, {"beta", "F32", "4", 4, 0},
                     {"kind", "I64", "4", 4, 0}, {"alpha_test", "F32", "4,2", 8, 0});
    s = understood(&o);
    REQUIRE(s);
    CHECK_EQ(reader()->open(&o, s, AD_PART_TEST, &source), AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_kit_error(), "lacks the array 'beta'");
    ad_schema_free(s);
}

TEST(arrays_that_do_not_belong_together)
{
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .target = "kind");
    o.path = TENSORS("a.safetensors", {"alpha", "F32", "4,2", 8, 0}, {"beta", "F32", "3", 3, 0},
                     {"kind", "I64", "4", 4, 0});
    refused(&o, AD_ERROR_SHAPE,
            "'alpha' has 4 examples, and 'beta' has 3\n  leave it out: "
            "`skip: [beta]`, or give as many");
    o.path = TENSORS("a.safetensors", {"alpha", "F32", "4,2", 8, 0}, {"beta", "F32", "4", 4, 0},
                     {"kind", "I64", "5", 5, 0});
    refused(&o, AD_ERROR_SHAPE, "'alpha' has 4 examples, and 'kind' has 5");
    o.path = TENSORS("a.safetensors", {"alpha", "F32", "4,2", 8, 0},
                     {"alpha_train", "F32", "4", 4, 0}, {"kind", "I64", "4", 4, 0});
    refused(&o, AD_ERROR_ARGUMENT, "'alpha' and 'alpha_train' are both 'alpha'");
    o.target = "sort";
    o.path = several();
    refused(&o, AD_ERROR_ARGUMENT, "holds no array 'sort'; it holds alpha, beta, gamma, kind");
    o.target = NULL;
    refused(&o, AD_ERROR_ARGUMENT,
            "which array is the input? it holds alpha, beta, gamma, kind\n"
            "  name it: `input: NAME`; or what is predicted, `target: NAME`");
    /* beside an input of a usual name another thing may stand, as it ever could; it says why */
    o.path = TENSORS("a.safetensors", {"x", "F32", "4,2", 8, 0}, {"mean", "F32", "2", 2, 0},
                     {"y", "I64", "4", 4, 0}, {"one", "F32", "", 1, 0});
    ad_schema *s = understood(&o);
    REQUIRE(s);
    CHECK_STREQ(ad_schema_find(s, "mean")->why, "its first axis is 2, and that of 'x' 4");
    CHECK_STREQ(ad_schema_find(s, "one")->why, "one number");
    CHECK(ad_schema_find(s, "input") && ad_schema_find(s, "label"));
    ad_schema_free(s);
}

/* ---------------------------------------------------------------- a job */

static ad_config *config_of(const char *text)
{
    ad_config *c = NULL;
    if (ad_config_parse(scratch("file.yaml"), text, strlen(text), NULL, 0, &c) != AD_OK)
        printf("%s", ad_kit_error());
    return c;
}

TEST(a_model_takes_arrays_by_their_names)
{
    ad_run_data data = {0};
    several();
    ad_config *c = config_of("data: {format: arrays, path: several.safetensors, target: kind, "
                             "validation: 0, test_share: 0.4, split: in_order}\n"
                             "model:\n  - conv: {from: gamma, filters: 2, kernel: 3}\n"
                             "  - flatten: {name: g}\n"
                             "  - linear: {from: alpha, out: 3, name: a}\n"
                             "  - concat: {from: [g, a, beta]}\n  - linear: {out: 6}\n");
    REQUIRE(c);
    CHECK_EQ(ad_run_sources(c, &data), AD_OK);
    CHECK_EQ(data.inputs, 3);
    CHECK_STREQ(data.input[0].name, "gamma");
    CHECK_STREQ(data.input[1].name, "alpha");
    CHECK_STREQ(data.input[2].name, "beta");
    CHECK_STREQ(data.target.name, "kind");
    ad_run_data_done(&data);
    ad_config_free(c);
    TENSORS("left.safetensors", {"x", "F32", "4,2", 8, 0}, {"z", "F32", "3", 3, 0},
            {"y", "I64", "4", 4, 0});
    c = config_of("data: {format: arrays, path: left.safetensors}\n"
                  "model: [linear: {from: z, out: 4}]\n");
    REQUIRE(c);
    CHECK(ad_run_sources(c, &data) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "the model takes the field 'z', which is left out: its first "
                                   "axis is 3, and that of 'x' 4");
    ad_run_data_done(&data);
    ad_config_free(c);
}

/* ---------------------------------------------------------------- series */

/* All numbers of a part's first batch, field after field. */
static int64_t numbers_of(ad_run_data *data, double *values)
{
    ad_source *source = data->train;
    ad_batches *b = ad_batches_new(source, .size = 256, .order = AD_ORDER_AS_IS, .threads = 0);
    const ad_source_field *field;
    int fields = ad_source_fields(source, &field);
    int64_t count = 0;
    ad_batch batch;
    CHECK_OK(ad_batches_next(b, &batch));
    for (int f = 0; f < fields; f++)
        for (int64_t i = 0; i < ad_array_count(&batch.array[f]); i++)
            values[count++] = ad_array_item(&batch.array[f], i);
    ad_batches_free(b);
    return count;
}

static int64_t series_numbers(const char *file, double *values)
{
    char text[600];
    ad_run_data data = {0};
    bool csv = strstr(file, ".csv") != NULL;
    snprintf(text, sizeof text,
             "task: forecast\ndata: {format: %s, path: %s%s, time: time, test_share: 0.2}\n"
             "forecast: {window: 6, horizon: 2, known: [time.hour]}\nmodel: [flatten, linear]\n",
             csv ? "csv" : "arrays", FILES, file);
    ad_config *c = config_of(text);
    ad_status status = c ? ad_run_sources(c, &data) : AD_ERROR_FORMAT;
    bool missing = status == AD_ERROR_UNSUPPORTED; /* a build without libhdf5 */
    if (status != AD_OK && !missing)
        printf("%s: %s", file, ad_kit_error());
    CHECK(status == AD_OK || missing);
    int64_t count = status == AD_OK ? numbers_of(&data, values) : 0;
    if (status == AD_OK) {
        CHECK_STREQ(data.forecast->target.text[1], "values.1");
        CHECK_EQ(data.forecast->season, 24);
    }
    ad_run_data_done(&data);
    ad_config_free(c);
    return missing ? -1 : count;
}

TEST(a_series_is_the_same_from_each_format)
{
    static double csv[65536], other[65536];
    static const char *const files[] = {"hours.npz", "hours.safetensors", "hours.h5"};
    int64_t count = series_numbers("hours.csv", csv);
    CHECK(count > 1000);
    for (size_t i = 0; i < 3; i++) {
        int64_t found = series_numbers(files[i], other);
        CHECK(found == -1 || found == count);
        CHECK(found == -1 || memcmp(csv, other, (size_t)count * sizeof *csv) == 0);
    }
}

/* Seconds since 1970 as NumPy says them: script/array-goldens prints this table. */
TEST(times_of_each_unit)
{
    static const struct {
        const char *unit;
        double time[2];
    } rows[] = {{"Y", {-94694400.0, 1704067200.0}}, {"M", {-2678400.0, 1706745600.0}},
                {"W", {604800.0, 1693440000.0}},    {"D", {-86400.0, 1708992000.0}},
                {"h", {-18000.0, 1706400000.0}},    {"m", {60.0, 1704000000.0}},
                {"s", {-1.0, 1709000000.0}},        {"ms", {1.5, 1709000000.25}},
                {"us", {1.5, 1709000000.25}},       {"ns", {1.5, 1709000000.25}},
                {"3h", {21600.0, 1706400000.0}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ad_source *source = NULL;
        double time;
        ad_arrays_options o =
            AD_OPTIONS(ad_arrays_options, .path = FILES "units.npz", .time = rows[i].unit);
        ad_schema *s = understood(&o);
        REQUIRE(s);
        CHECK_OK(reader()->open(&o, s, AD_PART_TRAIN, &source));
        for (int k = 0; k < 2; k++) {
            example(source, rows[i].unit, k, &time);
            CHECK(time == rows[i].time[k]);
        }
        CHECK(ad_schema_find(s, "nat")->use == AD_USE_NONE);
        ad_source_free(source);
        ad_schema_free(s);
    }
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .path = FILES "units.npz", .time = "nat");
    refused(&o, AD_ERROR_FORMAT, "the time column 'nat' lacks values: row 2");
    o = AD_OPTIONS(ad_arrays_options, .path = FILES "units.npz", .input = "values", .target = "s");
    refused(&o, AD_ERROR_UNSUPPORTED, "units.npz: s.npy: its elements are times (datetime64)");
}

TEST(series_with_regular_steps_and_named_columns)
{
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .series = true, .target = "load.1");
    o.path = TENSORS("s.safetensors", {"load", "F32", "5,2", 10, 0}, {"more", "I64", "5", 5, 3});
    ad_schema *s = understood(&o);
    CHECK_STREQ(fields_of(s), "load.0:ni load.1:nt more:ni");
    REQUIRE(s);
    CHECK(s->running);
    ad_source *source = NULL;
    double value;
    CHECK_OK(reader()->open(&o, s, AD_PART_TRAIN, &source));
    example(source, "load.1", 3, &value);
    CHECK(value == 7);
    example(source, "more", 3, &value);
    CHECK(value == 6);
    ad_source_free(source);
    ad_schema_free(s);
    o.target = "load.2";
    refused(&o, AD_ERROR_ARGUMENT, "holds no array 'load.2'; it holds load, more");
    o.target = NULL, o.input = "more";
    s = understood(&o);
    CHECK_STREQ(fields_of(s), "more:ni");
    ad_schema_free(s);
}

TEST(series_that_are_none)
{
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .time = "t");
    o.path = TENSORS("s.safetensors", {"t", "F32", "5", 5, 0}, {"v", "F32", "4,2", 8, 0});
    refused(&o, AD_ERROR_SHAPE, "'t' has 5 rows, and 'v' has 4");
    o.path = TENSORS("s.safetensors", {"t", "F32", "4,1", 4, 0}, {"v", "F32", "4,2", 8, 0});
    refused(&o, AD_ERROR_SHAPE, "times are an array (rows), and this has 2 axes");
    o.path = TENSORS("s.safetensors", {"t", "F32", "4", 4, 0}, {"v", "F32", "4,2,2", 16, 0});
    refused(&o, AD_ERROR_SHAPE,
            "has 3 axes, and of a series an array is (rows) or (rows, columns)");
    o.path = TENSORS("s.safetensors", {"t", "F32", "4", 4, 0});
    refused(&o, AD_ERROR_ARGUMENT, "holds no array of numbers beside its times");
    o.time = "when";
    refused(&o, AD_ERROR_ARGUMENT, "holds no array 'when'; it holds t");
    o.time = "U8"; /* 254, 255, 0, 1: back */
    o.path = TENSORS("s.safetensors", {"U8", "U8", "4", 4, 254}, {"v", "F32", "4", 4, 0});
    refused(&o, AD_ERROR_FORMAT,
            "rows are not in the order of 'U8': 1 comes before the one above: "
            "row 3 (0)");
    ad_schema *s;
    o = AD_OPTIONS(ad_arrays_options, .time = "t");
    o.path = TENSORS("s.safetensors", {"t", "I64", "1", 1, 9}, {"v", "F32", "1", 1, 0});
    s = understood(&o); /* a series of one row is one; what is made of it says that it is short */
    CHECK(s && s->running);
    ad_schema_free(s);
}

/* The schema's own text, cut off and changed at each byte: words, or fields that fit. */
TEST(own_texts_that_were_changed)
{
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .path = several(), .target = "kind");
    ad_schema *s = understood(&o);
    REQUIRE(s && s->own);
    char whole[200];
    snprintf(whole, sizeof whole, "%s", s->own);
    for (size_t at = 0; at < strlen(whole); at++)
        for (int with = 0; with < 4; with++) {
            ad_source *source = NULL;
            snprintf(s->own, strlen(whole) + 1, "%s", whole);
            s->own[at] = "\0x9 "[with];
            if (reader()->items(s, &o.path, 1, &source) != AD_OK)
                CHECK(*ad_kit_error());
            ad_source_free(source);
        }
    ad_schema_free(s);
}

TEST_MAIN_OF_CONFIGURATIONS()
