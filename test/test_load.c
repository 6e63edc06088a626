/* Loading values into a state: all of a file or a part of it, from other types, under other names;
 * and whatever fails leaves every value, the step and the seed as they were. */
#include "test.h"

#include <adze/adze.h>

#include <stdlib.h>
#include <unistd.h>

enum { VALUES = 4 };

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_tensor *w, *b, *mean, *memory;
};

static bool net_begin(struct net *n)
{
    n->context = ad_context_new(.threads = 1);
    n->graph = n->context ? ad_graph_new(n->context) : NULL;
    if (!n->graph)
        return false;
    ad_scope_begin(n->graph, "fc");
    n->w = ad_variable(n->graph, "w", ad_full(n->graph, AD_F32, AD_SHAPE(2), 10));
    n->b = ad_variable(n->graph, "b", ad_full(n->graph, AD_F64, AD_SHAPE(2), 20));
    n->mean = ad_buffer(n->graph, "running_mean", ad_full(n->graph, AD_F32, AD_SHAPE(2), 30));
    ad_mark(n->mean, AD_ROLE_AVERAGE);
    ad_scope_end(n->graph);
    n->memory = ad_buffer(n->graph, "count", ad_full(n->graph, AD_I64, AD_SCALAR, 40));
    n->state = ad_state_new(n->graph, 7);
    if (n->state)
        ad_state_set_step(n->state, 5);
    return n->state != NULL;
}

static void net_end(struct net *n)
{
    ad_state_free(n->state);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
}

static double item(const struct net *n, const ad_tensor *variable, int i)
{
    ad_array value = {0};
    return ad_get(n->state, variable, &value) == AD_OK ? ad_array_item(&value, i) : NAN;
}

static bool is_untouched(const struct net *n)
{
    bool same = ad_state_step(n->state) == 5 && ad_state_seed(n->state) == 7;
    for (int i = 0; i < 2; i++)
        same =
            same && item(n, n->w, i) == 10 && item(n, n->b, i) == 20 && item(n, n->mean, i) == 30;
    return same && item(n, n->memory, 0) == 40;
}

static const char *path_of_test(void)
{
    static char path[64];
    snprintf(path, sizeof path, "load-%ld.safetensors", (long)getpid());
    return path;
}

static void write_file(const char *header, const void *data, size_t size)
{
    uint64_t length = strlen(header);
    FILE *f = fopen(path_of_test(), "wb");
    bool ok = f && fwrite(&length, 8, 1, f) == 1 && fwrite(header, 1, length, f) == length &&
              (!size || fwrite(data, size, 1, f) == 1);
    if (!f || fclose(f) || !ok)
        exit(1);
}

#define TENSOR(name, dtype, shape, begin, end)                                                     \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end \
    "]}"
#define NOTES(step, seed) "\"__metadata__\":{\"step\":\"" step "\",\"seed\":\"" seed "\"}"

/* The tensors of the net, 1 to 7, in 8 + 16 + 8 + 8 bytes. */
#define W TENSOR("fc.w", "F32", "[2]", 24, 32)
#define B TENSOR("fc.b", "F64", "[2]", 0, 16)
#define MEAN TENSOR("fc.running_mean", "F32", "[2]", 32, 40)
#define COUNT TENSOR("count", "I64", "[]", 16, 24)

struct data {
    double b[2];
    int64_t count;
    float w[2], mean[2];
    unsigned char more[16];
};
static const struct data data = {.b = {3, 4}, .count = 7, .w = {1, 2}, .mean = {5, 6}};

static void check_taken(const struct net *n)
{
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(item(n, n->w, i), 1 + i);
        CHECK_EQ(item(n, n->b, i), 3 + i);
        CHECK_EQ(item(n, n->mean, i), 5 + i);
    }
}

/* A file from elsewhere has no step and seed; where all that a state has are weights, its own stay.
 */
TEST(weights_alone_need_no_step)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *w = ad_variable(g, "w", ad_full(g, AD_F32, AD_SHAPE(2), 0));
    ad_state *s = ad_state_new(g, 9);
    ad_array now;
    CHECK_OK(ad_state_set_step(s, 5));
    write_file("{" TENSOR("w", "F32", "[2]", 0, 8) "," TENSOR("q", "F16", "[2]", 8, 12) "}", &data,
               12);
    CHECK_OK(ad_load(s, path_of_test()));
    CHECK_OK(ad_get(s, w, &now));
    CHECK(!memcmp(now.data, &data, 8)); /* which is not the numbers that it began with */
    CHECK(ad_array_item(&now, 0) != 0 || ad_array_item(&now, 1) != 0);
    CHECK(ad_state_step(s) == 5 && ad_state_seed(s) == 9);
    write_file("{\"__metadata__\":{\"step\":\"1\"}," TENSOR("w", "F32", "[2]", 0, 8) "}", &data, 8);
    CHECK(ad_load(s, path_of_test()) != AD_OK);
    ad_state_free(s), ad_graph_free(g), ad_context_free(c);
}

TEST(a_load_that_fails_changes_nothing)
{
    static const struct {
        const char *header, *words;
    } cases[] = {
        {"{" W "," B "," MEAN "," COUNT "}", "no step and seed"},
        {"{\"__metadata__\":{\"step\":\"1\"}," W "," B "," MEAN "," COUNT "}", "no step and seed"},
        {"{\"__metadata__\":{\"seed\":\"1\"}," W "," B "," MEAN "," COUNT "}", "no step and seed"},
        {"{" NOTES("-1", "2") "," W "," B "," MEAN "," COUNT "}", "whole numbers"},
        {"{" NOTES("", "2") "," W "," B "," MEAN "," COUNT "}", "whole numbers"},
        {"{" NOTES("1x", "2") "," W "," B "," MEAN "," COUNT "}", "whole numbers"},
        {"{" NOTES("9223372036854775808", "2") "," W "," B "," MEAN "," COUNT "}", "whole numbers"},
        {"{" NOTES("1", "18446744073709551616") "," W "," B "," MEAN "," COUNT "}",
         "whole numbers"},
        {"{" NOTES("1", "2") "," W "," B "," MEAN "," TENSOR("other", "I64", "[]", 16, 24) "}",
         "no tensor named 'count'"},
        {"{" NOTES("1", "2") "," W "," B "," MEAN "," TENSOR("count", "I64", "[1]", 16, 24) "}",
         "tensor 'count' is i64 (1)"},
        {"{" NOTES("1", "2") "," W "," B "," MEAN "," TENSOR("count", "F64", "[]", 16, 24) "}",
         "tensor 'count' is f64 ()"},
        {"{" NOTES("1", "2") "," W "," B "," MEAN "," TENSOR("count", "U64", "[]", 16, 24) "}",
         "has dtype U64, which is not read"},
        {"{" NOTES("1", "2") "," W "," B "," MEAN "," //
         TENSOR("count", "I64", "[1,1,1,1,1,1,1,1,1]", 16, 24) "}",
         "has 9 axes, which is not read"},
    };
    struct net n;
    REQUIRE(net_begin(&n));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(cases[i].header, &data, 40);
        CHECK(ad_load(n.state, path_of_test()) != AD_OK);
        CHECK_CONTAINS(ad_error(), cases[i].words);
        CHECK(is_untouched(&n));
    }
    remove(path_of_test());
    CHECK(ad_load(n.state, path_of_test()) == AD_ERROR_FILE);
    CHECK(is_untouched(&n));
    net_end(&n);
}

TEST(others_in_the_file_are_left_alone)
{
    static const char *const others[] = {
        TENSOR("q", "F16", "[4]", 40, 48),
        TENSOR("q", "I8", "[8]", 40, 48),
        TENSOR("q", "U16", "[2,2]", 40, 48),
        TENSOR("q", "F8_E4M3", "[8]", 40, 48),
        TENSOR("q", "F8_E5M2", "[8]", 40, 48),
        TENSOR("q", "C64", "[1]", 40, 48),
        TENSOR("q", "of_tomorrow", "[3]", 40, 48),
        TENSOR("q", "F32", "[1,1,1,1,1,1,1,1,2]", 40, 48),
    };
    struct net n;
    char header[1000];
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        REQUIRE(net_begin(&n));
        snprintf(header, sizeof header, "{" NOTES("1", "2") "," W "," B "," MEAN "," COUNT ",%s}",
                 others[i]);
        write_file(header, &data, 48);
        ad_load_report r = {0};
        CHECK_OK(ad_load(n.state, path_of_test(), .report = &r));
        check_taken(&n);
        CHECK_EQ(ad_state_step(n.state), 1);
        CHECK_EQ(ad_state_seed(n.state), 2);
        CHECK_EQ(r.taken, 4);
        CHECK_EQ(r.left, 1);
        net_end(&n);
    }
    remove(path_of_test());
}

/* ---- a part */

static int lines;
static char listing[1000];

static void list(void *user, const char *variable, const char *tensor, const char *what)
{
    size_t used = strlen(listing);
    CHECK(user == &lines);
    lines++;
    snprintf(listing + used, sizeof listing - used, "%s <- %s: %s\n", variable ? variable : "-",
             tensor ? tensor : "-", what);
}

static ad_load_report listed(void)
{
    lines = 0;
    listing[0] = 0;
    return (ad_load_report){.each = list, .user = &lines};
}

TEST(a_part_by_its_names)
{
    struct net n;
    REQUIRE(net_begin(&n));
    write_file("{" W "," B "," MEAN "," COUNT "}", &data, 40);
    ad_load_report r = listed();
    CHECK_OK(ad_load(n.state, path_of_test(), .match = "fc.*", .report = &r));
    check_taken(&n);
    CHECK_EQ(item(&n, n.memory, 0), 40);
    CHECK_EQ(ad_state_step(n.state), 5);
    CHECK_STREQ(listing, "fc.w <- fc.w: taken\nfc.b <- fc.b: taken\n"
                         "fc.running_mean <- fc.running_mean: taken\n- <- count: left\n");
    CHECK(ad_load(n.state, path_of_test(), .match = "fd.*") == AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "no variable matches 'fd.*'");
    net_end(&n);
    remove(path_of_test());
}

TEST(weights_only_takes_running_statistics)
{
    struct net n;
    REQUIRE(net_begin(&n));
    write_file("{" W "," B "," MEAN "," TENSOR("count", "I64", "[]", 16, 24) "}", &data, 40);
    CHECK_OK(ad_load(n.state, path_of_test(), .weights_only = true));
    check_taken(&n);
    CHECK_EQ(item(&n, n.memory, 0), 40);
    net_end(&n);
    remove(path_of_test());
}

TEST(other_names_in_the_file)
{
    struct net n;
    REQUIRE(net_begin(&n));
    write_file("{" TENSOR("model.fc.w", "F32", "[2]", 24, 32) "," TENSOR(
                   "bias", "F64", "[2]", 0, 16) "," TENSOR("model.fc.running_mean", "F32", "[2]",
                                                           32, 40) "," COUNT "}",
               &data, 40);
    static const char *const names[] = {"bias", "fc.b", NULL};
    CHECK_OK(
        ad_load(n.state, path_of_test(), .weights_only = true, .prefix = "model.", .names = names));
    check_taken(&n);
    static const char *const wrong[] = {"bias", "fc.c", NULL}, *const half[] = {"bias", NULL};
    CHECK(ad_load(n.state, path_of_test(), .weights_only = true, .names = wrong) ==
          AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_error(), "no variable is called that");
    CHECK(ad_load(n.state, path_of_test(), .weights_only = true, .names = half) ==
          AD_ERROR_ARGUMENT);
    net_end(&n);
    remove(path_of_test());
}

TEST(what_is_found_is_taken)
{
    struct net n;
    REQUIRE(net_begin(&n));
    write_file("{" NOTES("1", "2") "," W "," TENSOR("fc.b", "F64", "[1,2]", 0, 16) "," //
               TENSOR("x", "I64", "[2]", 32, 48) "," TENSOR("count", "I8", "[8]", 16, 24) "}",
               &data, 48);
    ad_load_report r = listed();
    CHECK_OK(ad_load(n.state, path_of_test(), .partial = true, .report = &r));
    CHECK_EQ(item(&n, n.w, 1), 2);
    CHECK_EQ(item(&n, n.b, 1), 20);
    CHECK_EQ(item(&n, n.memory, 0), 40);
    CHECK_EQ(ad_state_step(n.state), 5);
    CHECK_EQ(r.taken, 1);
    CHECK_EQ(r.missing, 3);
    CHECK_EQ(r.left, 3);
    CHECK_EQ(lines, 7);
    CHECK_CONTAINS(listing, "fc.b <- -: is f64 (1, 2); the model wants f64 (2)\n");
    CHECK_CONTAINS(listing, "fc.running_mean <- -: not in the file\n");
    CHECK_CONTAINS(listing, "count <- -: is i8 (8); the model wants i64 ()\n");
    CHECK_CONTAINS(listing, "- <- x: left\n");
    CHECK(ad_load(n.state, path_of_test(), .partial = true, .prefix = "model.") == AD_ERROR_FORMAT);
    CHECK_CONTAINS(ad_error(), "none of the 4 variables is in it");
    net_end(&n);
    remove(path_of_test());
}

/* ---- other types */

static double convert(const char *dtype, const void *bytes, size_t size, bool wide)
{
    struct net n;
    char header[200];
    const char *name = wide ? "fc.b" : "fc.w";
    double value = -1;
    if (!net_begin(&n))
        exit(1);
    snprintf(header, sizeof header,
             "{\"%s\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%zu]}}", name, dtype,
             2 * size);
    unsigned char twice[16];
    memcpy(twice, bytes, size);
    memcpy(twice + size, bytes, size);
    write_file(header, twice, 2 * size);
    ad_load_report r = {0};
    CHECK_OK(ad_load(n.state, path_of_test(), .match = name, .convert = true, .report = &r));
    CHECK_EQ(r.taken, 1);
    value = item(&n, wide ? n.b : n.w, 1);
    net_end(&n);
    remove(path_of_test());
    return value;
}

static double from_half(uint16_t bits)
{
    return convert("F16", &bits, sizeof bits, false);
}

static double from_double(double value)
{
    return convert("F64", &value, sizeof value, false);
}

TEST(types_are_converted)
{
    CHECK_CLOSE(from_half(0x3c00), 1, 0);
    CHECK_CLOSE(from_half(0xc000), -2, 0);
    CHECK_CLOSE(from_half(0x7bff), 65504, 0);
    CHECK_CLOSE(from_half(0x0400), 0x1p-14, 0);
    CHECK_CLOSE(from_half(0x03ff), 1023 * 0x1p-24, 0);
    CHECK_CLOSE(from_half(0x0001), 0x1p-24, 0);
    CHECK(signbit(from_half(0x8000)));
    CHECK_CLOSE(from_half(0xfc00), -INFINITY, 0);
    CHECK(isnan(from_half(0x7e00)));
    CHECK_CLOSE(from_double(1 + 0x1p-24), 1, 0); /* ties to even */
    CHECK_CLOSE(from_double(1 + 0x3p-24), 1 + 0x1p-22, 0);
    CHECK_CLOSE(from_double(1 + 0x1p-24 + 0x1p-50), 1 + 0x1p-23, 0);
    CHECK_CLOSE(from_double(1e300), INFINITY, 0);
    CHECK_CLOSE(from_double(-1e-300), 0, 0);
    float third = 1.0f / 3;
    CHECK_CLOSE(convert("F32", &third, 4, true), (double)third, 0);
    uint16_t brain = 0xc049;
    CHECK_CLOSE(convert("BF16", &brain, 2, true), -3.140625, 0);
    CHECK_CLOSE(convert("BF16", &brain, 2, false), -3.140625, 0);
}

TEST(types_are_converted_when_asked)
{
    struct net n;
    REQUIRE(net_begin(&n));
    write_file("{" TENSOR("fc.w", "F16", "[2]", 0, 4) "}", &data, 4);
    CHECK(ad_load(n.state, path_of_test(), .match = "fc.w") == AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_error(), "is f16 (2); the model wants f32 (2); see .convert");
    write_file("{" TENSOR("fc.w", "F16", "[1,1,1,1,1,1,1,1,2]", 0, 4) "}", &data, 4);
    CHECK(ad_load(n.state, path_of_test(), .match = "fc.w", .convert = true) == AD_ERROR_SHAPE);
    write_file("{" TENSOR("fc.w", "I32", "[2]", 0, 8) "}", &data, 8);
    CHECK(ad_load(n.state, path_of_test(), .match = "fc.w", .convert = true) == AD_ERROR_SHAPE);
    write_file("{" TENSOR("count", "F32", "[]", 0, 4) "}", &data, 4);
    CHECK(ad_load(n.state, path_of_test(), .match = "count", .convert = true) == AD_ERROR_SHAPE);
    CHECK(is_untouched(&n));
    net_end(&n);
    remove(path_of_test());
}

/* ---- writing a part, and its note */

TEST(a_part_is_saved_and_loaded)
{
    struct net n;
    REQUIRE(net_begin(&n));
    write_file("{" W "," B "," MEAN "," COUNT "}", &data, 40);
    CHECK_OK(ad_load(n.state, path_of_test(), .match = "*"));
    CHECK_OK(ad_save(n.state, path_of_test(), .match = "fc.*", .prefix = "encoder.",
                     .note = "of \"words\""));
    CHECK(ad_save(n.state, path_of_test(), .match = "fd.*") == AD_ERROR_ARGUMENT);
    net_end(&n);
    REQUIRE(net_begin(&n));
    CHECK(ad_load(n.state, path_of_test(), .prefix = "encoder.") == AD_ERROR_FORMAT);
    CHECK(is_untouched(&n));
    CHECK_OK(ad_load(n.state, path_of_test(), .prefix = "encoder.", .match = "fc.*"));
    check_taken(&n);
    char note[32];
    CHECK_OK(ad_file_note(path_of_test(), note, sizeof note));
    CHECK_STREQ(note, "of \"words\"");
    CHECK(ad_file_note(path_of_test(), note, 5) == AD_ERROR_FORMAT);
    CHECK_STREQ(note, "of \"words\"");
    write_file("{}", NULL, 0);
    CHECK(ad_file_note(path_of_test(), note, sizeof note) == AD_ERROR_FORMAT);
    write_file("{\"note\":{\"note\":\"x\"}}", NULL, 0);
    CHECK(ad_file_note(path_of_test(), note, sizeof note) == AD_ERROR_FORMAT);
    remove(path_of_test());
    CHECK(ad_file_note(path_of_test(), note, sizeof note) == AD_ERROR_FILE);
    net_end(&n);
}

TEST_MAIN
