/* src/io: files, JSON, and safetensors read from good, cut and mutated files. */
#include "test.h"

#include <adze/adze.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/quote.h"
#include "failing_allocator.h"
#include "io/file.h"
#include "io/json.h"
#include "io/safetensors.h"

/* ---- a directory for the files of a test */

static char directory[64];

static void remove_directory(void)
{
    if (directory[0])
        rmdir(directory);
}

static const char *in_directory(const char *name)
{
    static char path[128];
    if (!directory[0]) {
        snprintf(directory, sizeof directory, "test-files-%ld", (long)getpid());
        CHECK_OK(file_make_directories(directory));
        atexit(remove_directory);
    }
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static ad_status write_text(const char *path, const char *text)
{
    struct file_piece piece = {text, strlen(text)};
    return file_write_atomic(path, &piece, 1);
}

static void check_file(const char *path, const char *text)
{
    char *data;
    size_t size;
    ad_status status = file_read(memory_default(), path, 1000, &data, &size);
    CHECK_OK(status);
    if (status != AD_OK)
        return;
    CHECK_EQ(size, strlen(text));
    CHECK_STREQ(data, text);
    file_free(memory_default(), data, size);
}

/* ---- file.h */

TEST(file_whole)
{
    const char *path = in_directory("whole");
    struct file_piece pieces[] = {{"ab", 2}, {NULL, 0}, {"cde", 3}};
    CHECK_OK(file_write_atomic(path, pieces, 3));
    check_file(path, "abcde");
    CHECK_EQ(chmod(path, 0600), 0);
    CHECK_OK(write_text(path, "other"));
    check_file(path, "other");
    struct stat about;
    CHECK_EQ(stat(path, &about), 0);
    CHECK_EQ(about.st_mode & 0777, 0600);
    CHECK_OK(write_text(path, ""));
    check_file(path, "");
    CHECK_EQ(unlink(path), 0);
}

TEST(file_refusals)
{
    char *data;
    size_t size;
    const ad_allocator *a = memory_default();
    CHECK_EQ(file_read(a, in_directory("absent"), 10, &data, &size), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_error(), "absent': No such file");
    CHECK_EQ(file_read(a, directory, 10, &data, &size), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_error(), "is a directory");
    CHECK_OK(write_text(in_directory("long"), "0123456789a"));
    CHECK_EQ(file_read(a, in_directory("long"), 10, &data, &size), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_error(), "11 bytes");
    CHECK_EQ(file_read(a, "/dev/zero", 100000, &data, &size), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_error(), "longer than 100000");
    CHECK_EQ(write_text(directory, "x"), AD_ERROR_FILE);
    CHECK_EQ(write_text(in_directory("no/such/place"), "x"), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_error(), "no/such/place");
    CHECK_EQ(file_make_directories(in_directory("long/below")), AD_ERROR_FILE);
    CHECK_EQ(file_make_directories(""), AD_ERROR_ARGUMENT);
    CHECK_OK(file_make_directories(in_directory("a/b/c")));
    CHECK_OK(file_make_directories(in_directory("a/b/c/")));
    CHECK_EQ(rmdir(in_directory("a/b/c")) | rmdir(in_directory("a/b")) | rmdir(in_directory("a")),
             0);
    CHECK_EQ(unlink(in_directory("long")), 0);
    CHECK_OK(write_text("/dev/null", "x"));
    CHECK_OK(file_read(a, "/dev/null", 10, &data, &size));
    CHECK(size == 0 && data[0] == '\0');
    file_free(a, data, size);
}

/* A disk without room, played by a limit on the size of files. */
TEST(file_write_failure)
{
    static char many[100000];
    struct rlimit before, small = {.rlim_cur = 50000};
    struct file_piece piece = {many, sizeof many};
    const char *path = in_directory("kept");
    CHECK_OK(write_text(path, "old"));
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    CHECK_EQ(file_write_atomic(path, &piece, 1), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_error(), "kept': File too large");
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    check_file(path, "old");
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(rmdir(directory), 0); /* nothing temporary stayed behind */
    CHECK_OK(file_make_directories(directory));
}

/* ---- json.h */

static bool reads(const char *text, struct arena *arena, struct json **out)
{
    arena_init(arena, memory_default());
    /* In a block of exactly its size, so that a read past its end is seen. */
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    if (copy)
        memcpy(copy, text, size);
    bool read = copy && json_read(arena, "text", copy, size, out) == AD_OK;
    free(copy);
    return read;
}

TEST(json_tree)
{
    struct arena arena;
    struct json *j;
    REQUIRE(reads(" {\"a\" : [1, -2.5e1, true, null, 9223372036854775807, -9223372036854775808, "
                  "9223372036854775808], "
                  "\"b\\u00e9\\n\\ud83d\\ude00\": \"\\\"\\\\\\/x\", \"\": {}} ",
                  &arena, &j));
    const struct json *list = json_member(j, "a");
    REQUIRE(j->count == 3 && list && list->count == 7);
    const struct json *item = list->first;
    CHECK(item->whole && item->integer == 1 && item->number == 1);
    item = item->next;
    CHECK(!item->whole && item->number == -25);
    CHECK_EQ(item->offset, 12);
    item = item->next;
    CHECK(item->kind == JSON_BOOL && item->boolean);
    item = item->next;
    CHECK(item->kind == JSON_NULL);
    item = item->next;
    CHECK(item->whole && item->integer == INT64_MAX);
    item = item->next;
    CHECK(item->whole && item->integer == INT64_MIN);
    CHECK(!item->next->whole && item->next->number == 0x1p63);
    const struct json *named = json_member(j, "b\xC3\xA9\n\xF0\x9F\x98\x80");
    CHECK_STREQ(named ? named->text : NULL, "\"\\/x");
    CHECK(!json_member(j, "c") && !json_member(list, "a") && json_member(j, "")->count == 0);
    arena_done(&arena);
}

static const char *const not_json[] = {"",
                                       " ",
                                       "{",
                                       "[",
                                       "]",
                                       "{]",
                                       "[}",
                                       "[1",
                                       "[1,",
                                       "[1,]",
                                       "[,1]",
                                       "{\"a\"",
                                       "{\"a\":",
                                       "{\"a\":1",
                                       "{\"a\":1,}",
                                       "{a:1}",
                                       "{1:1}",
                                       "01",
                                       "-",
                                       "-01",
                                       "1.",
                                       ".5",
                                       "1e",
                                       "1e+",
                                       "+1",
                                       "0x1",
                                       "nan",
                                       "inf",
                                       "Infinity",
                                       "tru",
                                       "nul",
                                       "falsey",
                                       "\"",
                                       "\"a",
                                       "\"\\",
                                       "\"\\x\"",
                                       "\"\\u12\"",
                                       "\"\\u12g4\"",
                                       "\"\\ud800\"",
                                       "\"\\ud800\\u0041\"",
                                       "\"\\udc00\"",
                                       "\"\\u0000\"",
                                       "\"\n\"",
                                       "\"\xFF\"",
                                       "1 2",
                                       "{} {}",
                                       "[1 2]",
                                       "'a'",
                                       "\"\\ud800\\"};

TEST(json_mistakes)
{
    struct arena arena;
    struct json *j;
    for (size_t i = 0; i < sizeof not_json / sizeof not_json[0]; i++) {
        if (reads(not_json[i], &arena, &j))
            TEST_FAILED("'%s' was read", not_json[i]);
        CHECK_CONTAINS(ad_error(), "text: byte ");
        arena_done(&arena);
    }
    CHECK(!reads("[1, 2, x]", &arena, &j));
    CHECK_STREQ(ad_error(), "text: byte 7: a value was expected, or a digit");
    arena_done(&arena);
}

static bool reads_nested(int depth)
{
    char text[512];
    struct arena arena;
    struct json *j;
    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    text[2 * depth] = '\0';
    bool read = reads(text, &arena, &j);
    arena_done(&arena);
    return read;
}

TEST(json_depth)
{
    CHECK(reads_nested(JSON_DEPTH_MAX));
    CHECK(!reads_nested(JSON_DEPTH_MAX + 1));
    CHECK(!reads_nested(250));
}

TEST(json_strings)
{
    struct text text;
    struct arena arena;
    struct json *j;
    static const char words[] = "a\"b\\c\n\x01\xC3\xA9/";
    text_init(&text, memory_default());
    quote_json(&text, words);
    CHECK_STREQ(text_string(&text), "\"a\\\"b\\\\c\\u000a\\u0001\xC3\xA9/\"");
    REQUIRE(reads(text_string(&text), &arena, &j));
    CHECK_STREQ(j->text, words);
    arena_done(&arena);
    text_done(&text);
}

/* ---- safetensors.h: round trips */

static const float weights[] = {1, -2, 3.5f, 0.1f, -0.0f, INFINITY};
static const int64_t steps[] = {INT64_MIN};
static const uint8_t bytes3[] = {1, 2, 255}, bools3[] = {0, 1, 1};
static const double doubles[] = {0.1, -1e300};
static const int32_t ints[] = {7, -8};
static const uint16_t halves[] = {0x3F80};

#define DATA(array) ((void *)(uintptr_t)(array))

static const struct safetensor samples[] = {
    {.name = "bytes", .array = {.type = AD_U8, .shape = {1, {3}}, .data = DATA(bytes3)}},
    {.name = "weight", .array = {.type = AD_F32, .shape = {2, {2, 3}}, .data = DATA(weights)}},
    {.name = "step", .array = {.type = AD_I64, .shape = {0, {0}}, .data = DATA(steps)}},
    {.name = "mask \"\xC3\xA9\"\n",
     .array = {.type = AD_BOOL, .shape = {3, {3, 1, 1}}, .data = DATA(bools3)}},
    {.name = "doubles", .array = {.type = AD_F64, .shape = {1, {2}}, .data = DATA(doubles)}},
    {.name = "nothing", .array = {.type = AD_F32, .shape = {2, {0, 4}}, .data = NULL}},
    {.name = "ints", .array = {.type = AD_I32, .shape = {1, {2}}, .data = DATA(ints)}},
    {.name = "halves", .array = {.type = AD_BF16, .shape = {1, {1}}, .data = DATA(halves)}},
};
enum { SAMPLE_COUNT = sizeof samples / sizeof samples[0] };

static const struct safetensors_note notes[] = {{"note", "some \"words\""}, {"format", "adze"}};

static void check_samples(const struct safetensors *file)
{
    CHECK_EQ(file->count, SAMPLE_COUNT);
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        const struct safetensor *sample = &samples[i],
                                *tensor = safetensors_find(file, sample->name);
        REQUIRE(tensor != NULL);
        CHECK_EQ(tensor->array.type, sample->array.type);
        CHECK_EQ(tensor->array.shape.rank, sample->array.shape.rank);
        static const size_t size[] = {4, 8, 4, 8, 1, 1, 2};
        size_t bytes = size[sample->array.type];
        for (int k = 0; k < sample->array.shape.rank; k++) {
            CHECK_EQ(tensor->array.shape.size[k], sample->array.shape.size[k]);
            bytes *= (size_t)sample->array.shape.size[k];
        }
        CHECK(bytes == 0 || memcmp(tensor->array.data, sample->array.data, bytes) == 0);
        CHECK((uintptr_t)tensor->array.data % size[sample->array.type] == 0);
    }
    CHECK_STREQ(safetensors_note(file, "note"), "some \"words\"");
    CHECK_STREQ(safetensors_note(file, "format"), "adze");
    CHECK(!safetensors_note(file, "none") && !safetensors_find(file, "none"));
}

TEST(safetensors_round_trip)
{
    struct safetensors file;
    const char *path = in_directory("round.safetensors");
    CHECK_OK(safetensors_write(memory_default(), path, samples, SAMPLE_COUNT, notes, 2));
    REQUIRE(safetensors_read(memory_default(), path, &file) == AD_OK);
    check_samples(&file);
    safetensors_free(&file);
    safetensors_free(&file);
    CHECK_OK(safetensors_write(memory_default(), path, NULL, 0, NULL, 0));
    REQUIRE(safetensors_read(memory_default(), path, &file) == AD_OK);
    CHECK(file.count == 0 && file.note_count == 0 && !safetensors_find(&file, "x") &&
          !safetensors_note(&file, "x"));
    safetensors_free(&file);
    CHECK_EQ(unlink(path), 0);
}

static ad_status round_trip(const ad_allocator *allocator, const char *path)
{
    struct safetensors file;
    ad_status status = safetensors_write(allocator, path, samples, SAMPLE_COUNT, notes, 2);
    if (status == AD_OK)
        status = safetensors_read(allocator, path, &file);
    if (status != AD_OK)
        return status;
    check_samples(&file);
    safetensors_free(&file);
    return AD_OK;
}

TEST(safetensors_allocation_failure)
{
    struct failing f;
    const char *path = in_directory("failing.safetensors");
    FAILING_EACH (f) {
        ad_status status = round_trip(&f.allocator, path);
        CHECK_EQ(status, f.failed ? AD_ERROR_MEMORY : AD_OK);
        CHECK_EQ(f.blocks, 0);
        CHECK_EQ(f.mistakes, 0);
    }
    CHECK(f.calls > 4);
    CHECK_EQ(unlink(path), 0);
}

TEST(safetensors_refused_to_write)
{
    const ad_allocator *a = memory_default();
    const char *path = in_directory("refused.safetensors");
    CHECK_OK(write_text(path, "old"));
    struct safetensor twice[] = {samples[0], samples[1], samples[0]};
    CHECK(safetensors_write(a, path, twice, 3, NULL, 0) != AD_OK);
    CHECK_CONTAINS(ad_error(), "'bytes' is there twice");
    struct safetensor one = samples[1];
    one.name = "\xFF";
    CHECK(safetensors_write(a, path, &one, 1, NULL, 0) != AD_OK);
    one.name = "__metadata__";
    CHECK(safetensors_write(a, path, &one, 1, NULL, 0) != AD_OK);
    one = samples[1];
    one.array.shape.size[0] = -1;
    CHECK(safetensors_write(a, path, &one, 1, NULL, 0) != AD_OK);
    one.array.shape = (ad_shape){3, {INT64_MAX, INT64_MAX, 3}};
    CHECK(safetensors_write(a, path, &one, 1, NULL, 0) != AD_OK);
    one.array = (ad_array){.type = AD_F32, .shape = {1, {1}}};
    CHECK(safetensors_write(a, path, &one, 1, NULL, 0) != AD_OK);
    one.array = (ad_array){.type = (ad_type)50, .shape = {1, {1}}, .data = DATA(weights)};
    CHECK(safetensors_write(a, path, &one, 1, NULL, 0) != AD_OK);
    struct safetensors_note bad = {"key", "\xC3"};
    CHECK(safetensors_write(a, path, NULL, 0, &bad, 1) != AD_OK);
    check_file(path, "old");
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(rmdir(directory), 0); /* nothing temporary stayed behind */
    CHECK_OK(file_make_directories(directory));
}

/* ---- files that are wrong */

struct block {
    char *data; /* exactly size bytes, so that a read past the end is seen */
    size_t size;
};

/* Length, header, then data_size bytes counting up. */
static struct block make_file(const char *header, size_t data_size)
{
    uint64_t length = strlen(header);
    struct block file = {.size = 8 + (size_t)length + data_size};
    file.data = malloc(file.size);
    if (!file.data)
        exit(1);
    memcpy(file.data, &length, 8);
    memcpy(file.data + 8, header, (size_t)length);
    for (size_t i = 0; i < data_size; i++)
        file.data[8 + (size_t)length + i] = (char)i;
    return file;
}

static ad_status parse(const struct block *file)
{
    struct safetensors read;
    ad_status status = safetensors_parse(memory_default(), "file", file->data, file->size, &read);
    if (status == AD_OK)
        safetensors_free(&read);
    return status;
}

#define TENSOR(name, dtype, shape, begin, end)                                                     \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end \
    "]}"

static const struct {
    const char *header;
    size_t data_size;
    const char *message; /* NULL: it can be read */
} cases[] = {
    {"{}", 0, NULL},
    {"{}  ", 0, NULL},
    {"{" TENSOR("a", "F32", "[2]", 0, 8) "}", 8, NULL},
    {"{" TENSOR("b", "U8", "[3]", 0, 3) "," TENSOR("a", "F32", "[2]", 3, 11) "}", 11, NULL},
    {"{" TENSOR("b", "U8", "[3]", 8, 11) "," TENSOR("a", "F32", "[2]", 0, 8) "}", 11, NULL},
    {"{" TENSOR("e", "F32", "[0]", 0, 0) "," TENSOR("a", "F32", "[2]", 0,
                                                    8) "," TENSOR("f", "F32", "[4,0]", 8, 8) "}",
     8, NULL},
    {"{" TENSOR("a", "F32", "[1,1,1,1,1,1,1,2]", 0, 8) "}", 8, NULL},
    {"{" TENSOR("z", "F32", "[9223372036854775807,9223372036854775807,0]", 0, 0) "}", 0, NULL},
    {"{\"__metadata__\":{\"a\":\"b\"}," TENSOR("a", "I32", "[]", 0, 4) "}", 4, NULL},
    {"", 0, "does not begin with '{'"},
    {"[]", 0, "does not begin with '{'"},
    {" {}", 0, "does not begin with '{'"},
    {"{", 0, "header: byte 1"},
    {"{}x", 0, "header: byte 2"},
    {"{}", 4, "the data has 4 bytes, but the tensors end at 0"},
    {"{" TENSOR("a", "F32", "[2]", 0, 8) "}", 9, "the data has 9 bytes, but the tensors end at 8"},
    {"{" TENSOR("a", "F32", "[2]", 0, 8) "}", 7, "there are 7 bytes of data"},
    {"{" TENSOR("a", "F32", "[2]", 1, 9) "}", 9,
     "tensor 'a' begins at byte 1 of the data, and nothing fills it from 0"},
    {"{" TENSOR("a", "F32", "[2]", 0, 8) "," TENSOR("b", "F32", "[2]", 4, 12) "}", 12,
     "inside one that ends at 8"},
    {"{" TENSOR("a", "F32", "[2]", 0, 8) "," TENSOR("b", "F32", "[2]", 0, 8) "}", 8,
     "inside one that ends at 8"},
    {"{" TENSOR("a", "F32", "[2]", 0, 8) "," TENSOR("b", "U8", "[1]", 9, 10) "}", 10,
     "nothing fills it from 8"},
    {"{" TENSOR("a", "F32", "[2]", 0, 8) "," TENSOR("a", "F32", "[2]", 8, 16) "}", 16,
     "'a' is there twice"},
    {"{" TENSOR("a", "F32", "[2]", 0, 8) "," TENSOR("\\u0061", "F32", "[2]", 8, 16) "}", 16,
     "'a' is there twice"},
    {"{" TENSOR("a", "F32", "[3]", 0, 8) "}", 8,
     "takes 12 bytes of F32, but its data_offsets span 8"},
    {"{" TENSOR("a", "F64", "[2]", 0, 8) "}", 8, "takes 16 bytes of F64"},
    {"{" TENSOR("a", "F32", "[2]", 8, 0) "}", 8, "lies at bytes 8 to 0"},
    {"{" TENSOR("a", "F32", "[2]", -8, 0) "}", 8, "something else than whole numbers"},
    {"{" TENSOR("a", "F32", "[-2]", 0, 8) "}", 8, "something else than whole numbers"},
    {"{" TENSOR("a", "F32", "[2.0]", 0, 8) "}", 8, "something else than whole numbers"},
    {"{" TENSOR("a", "F32", "[\"2\"]", 0, 8) "}", 8, "something else than whole numbers"},
    {"{" TENSOR("a", "F32", "[9223372036854775808]", 0, 8) "}", 8,
     "something else than whole numbers"},
    {"{" TENSOR("a", "F32", "2", 0, 8) "}", 8, "has no list 'shape'"},
    {"{" TENSOR("a", "F32", "[1,1,1,1,1,1,1,1,2]", 0, 8) "}", 8, NULL},
    {"{" TENSOR("a", "F32", "[1,1,1,1,1,1,1,1,3]", 0, 8) "}", 8, "its shape takes 12 bytes"},
    {"{" TENSOR("a", "F32", "[4294967296,4294967296]", 0, 0) "}", 0,
     "more elements than memory has room for"},
    {"{" TENSOR("a", "F32", "[4611686018427387905]", 0, 4) "}", 4,
     "more elements than memory has room for"},
    {"{" TENSOR("a", "F32", "[2]", 0, 18446744073709551624) "}", 8,
     "something else than whole numbers"},
    {"{" TENSOR("a", "F32", "[2]", 0, 9223372036854775807) "}", 8, "there are 8 bytes of data"},
    {"{" TENSOR("a", "F16", "[2]", 0, 4) "}", 4, NULL},
    {"{" TENSOR("a", "F16", "[2]", 0, 8) "}", 8, "its shape takes 4 bytes of F16"},
    {"{" TENSOR("a", "C64", "[2]", 0, 8) "}", 8, "its shape takes 16 bytes of C64"},
    {"{" TENSOR("a", "f32", "[2]", 0, 8) "}", 8, NULL},
    {"{" TENSOR("a", "f32", "[-2]", 0, 8) "}", 8, "something else than whole numbers"},
    {"{" TENSOR("a", "BOOL", "[4]", 0, 4) "}", 4, "element 2 is 2, and a BOOL is 0 or 1"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8,
     "is not an object of dtype, shape and data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"shape\":[2]}}", 8, "has no list 'data_offsets'"},
    {"{\"a\":{\"dtype\":1,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "has no text 'dtype'"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8,
     "'data_offsets' has 1 numbers, not 2"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8,
     "'data_offsets' has 3 numbers"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":{}}}", 8,
     "has no list 'data_offsets'"},
    {"{\"a\":7}", 0, "is not an object"},
    {"{\"a\":null}", 0, "is not an object"},
    {"{\"__metadata__\":7}", 0, "'__metadata__' is not an object"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "is not a text"},
    {"{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "'a' of '__metadata__' is there twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "'__metadata__' is there twice"},
};

TEST(safetensors_wrong_files)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct block file = make_file(cases[i].header, cases[i].data_size);
        ad_status status = parse(&file);
        if ((status == AD_OK) != !cases[i].message)
            TEST_FAILED("%s: %s", cases[i].header, status == AD_OK ? "was read" : ad_error());
        if (cases[i].message && status != AD_OK) {
            CHECK_CONTAINS(ad_error(), cases[i].message);
            CHECK(strncmp(ad_error(), "file: ", 6) == 0);
        }
        free(file.data);
    }
}

TEST(safetensors_wrong_lengths)
{
    struct block file = make_file("{" TENSOR("a", "F32", "[2]", 0, 8) "}", 8);
    static const uint64_t lengths[] = {
        0, 1, 7, 1000, 100000000, 100000001, UINT32_MAX, INT64_MAX, UINT64_MAX - 7, UINT64_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        memcpy(file.data, &lengths[i], 8);
        CHECK_EQ(parse(&file), AD_ERROR_FORMAT);
    }
    CHECK_CONTAINS(ad_error(), "at most 100000000");
    free(file.data);
}

static const char long_header[] =
    "{\"__metadata__\":{\"k\":\"v\\u00e9\"}," TENSOR("a", "F32", "[2,1]", 0, 8) "," //
    TENSOR("flag", "BOOL", "[2]", 8, 10) "," TENSOR("n", "I64", "[]", 10, 18) "}";

/* Cut at every byte: only the whole file can be read. */
TEST(safetensors_cut_files)
{
    struct block whole = make_file(long_header, 18);
    memset(whole.data + whole.size - 18, 1, 18);
    CHECK_EQ(parse(&whole), AD_OK);
    for (size_t size = 0; size < whole.size; size++) {
        struct block cut = {malloc(size ? size : 1), size};
        REQUIRE(cut.data);
        memcpy(cut.data, whole.data, size);
        CHECK_EQ(parse(&cut), AD_ERROR_FORMAT);
        free(cut.data);
    }
    free(whole.data);
}

/* Every byte replaced by several others: read or refused, nothing worse. */
TEST(safetensors_mutated_files)
{
    static const unsigned char others[] = {0,   1,   ' ', '"', '\\', ',', ':',  '[', ']',
                                           '{', '}', '-', '0', '9',  'e', 0x80, 0xFF};
    struct block file = make_file(long_header, 18);
    memset(file.data + file.size - 18, 1, 18);
    int refused = 0;
    for (size_t i = 0; i < file.size; i++) {
        char before = file.data[i];
        for (size_t k = 0; k < sizeof others; k++) {
            file.data[i] = (char)others[k];
            refused += parse(&file) != AD_OK;
        }
        file.data[i] = before;
    }
    CHECK(refused > 1000);
    CHECK_EQ(parse(&file), AD_OK);
    free(file.data);
}

TEST_MAIN
