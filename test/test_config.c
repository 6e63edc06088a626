/* Configuration files: every mistake with its whole report (golden_config/NAME.yaml and NAME.txt),
 * values, suggestions, overrides, the written form, schema and help.  A line "#! --set path=value"
 * of a golden file is a setting.  With ADZE_GOLDEN=write in the environment the .txt files are
 * written instead of compared: read them before you keep them. */
#define _XOPEN_SOURCE 700

#include "configuration_main.h"
#include "test.h"

#include <adze/kit.h>

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kit/config.h"
#include "../kit/model.h"
#include "../kit/number.h"
#include "../kit/plain.h"
#include "../kit/suggest.h"
#include "../kit/utf8.h"
#include "../kit/yaml.h"

static char folder[4096]; /* scratch */

static void make_folder(void)
{
    if (!folder[0]) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/adze-config-XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(folder))
            folder[0] = 0;
    }
}

static void in_folder(char *path, size_t size, const char *name)
{
    make_folder();
    snprintf(path, size, "%s/%s", folder, name);
}

static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 16);
    *size = file && text ? fread(text, 1, (1 << 16) - 1, file) : 0;
    if (file)
        fclose(file);
    return text;
}

static void write_whole(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file) {
        fwrite(text, 1, size, file);
        fclose(file);
    }
}

static ad_config *parse(const char *text, const char *const *set, int count)
{
    ad_config *c = NULL;
    ad_status status = ad_config_parse("run.yaml", text, strlen(text), set, count, &c);
    CHECK_EQ(status == AD_OK, c != NULL);
    return c;
}

#define DIGITS "data: {format: digits}\nmodel:\n  - flatten\n  - linear: {out: 10}\n"

/* ---------------------------------------------------------------- golden files */

enum { SETTINGS = 8 };

static int find_settings(char *text, char **set)
{
    const char *mark = "#! --set ";
    int count = 0;
    char *copy = text;
    for (char *line = copy; line && strncmp(line, mark, strlen(mark)) == 0 && count < SETTINGS;) {
        char *end = strchr(line, '\n');
        set[count++] = line + strlen(mark);
        if (end)
            *end = 0;
        line = end ? end + 1 : NULL;
    }
    return count;
}

static void check_lengths(const char *name, const char *words)
{
    int lines = 0;
    for (const char *line = words; *line;) {
        lines = strncmp(line, name, strlen(name)) == 0 || strncmp(line, "--set", 5) == 0
                    ? 1
                    : lines + 1;
        CHECK(lines <= 7);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
}

static void check_golden(const char *where, const char *name)
{
    char path[4096];
    char *set[SETTINGS];
    size_t size, golden_size;
    ad_config *config;
    snprintf(path, sizeof path, "%s/%s", where, name);
    char *text = read_whole(path, &size), *copy = read_whole(path, &size);
    int count = find_settings(copy, set);
    ad_status status = ad_config_parse(name, text, size, (const char *const *)set, count, &config);
    const char *words = status == AD_OK ? "no mistake found\n" : ad_kit_error();
    CHECK(status == AD_ERROR_FORMAT);
    CHECK(!config);
    check_lengths(name, words);
    strcpy(strrchr(path, '.'), ".txt");
    if (getenv("ADZE_GOLDEN"))
        write_whole(path, words, strlen(words));
    char *golden = read_whole(path, &golden_size);
    if (strcmp(golden, words) != 0)
        TEST_FAILED("%s is not\n%s", path, words);
    ad_config_free(config);
    free(golden);
    free(copy);
    free(text);
}

static int is_yaml(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".yaml") == 0;
}

static void golden_folder(char *path, size_t size)
{
    snprintf(path, size, "%s/golden_config", ADZE_TEST_DIR);
}

TEST(golden_reports)
{
    char where[3000];
    struct dirent **entries;
    golden_folder(where, sizeof where);
    int count = scandir(where, &entries, is_yaml, alphasort);
    CHECK(count >= 60);
    for (int i = 0; i < count; i++) {
        check_golden(where, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* ---------------------------------------------------------------- values */

TEST(numbers)
{
    static const struct {
        const char *words;
        double value;
    } good[] = {{"2e-5", 2e-5}, {"1/255", 1.0 / 255}, {"+.5", .5}, {"-3", -3},
                {"1E3", 1000},  {"0.1", 0.1},         {"1.", 1},   {"6/4", 1.5}};
    static const char *const bad[] = {"",     "x",   "1e",    "0x10", ".",  "1 2", "nan", "inf",
                                      ".inf", "1,5", "1_000", "1/",   "/2", "0/0", "--1"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(number_read(good[i].words, &value) && value == good[i].value);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!number_read(bad[i], &value));
    int64_t whole;
    CHECK(number_read_whole("1e3", &whole) && whole == 1000);
    CHECK(number_read_whole("10.0", &whole) && whole == 10);
    CHECK(number_read_whole("9007199254740993", &whole) && whole == 9007199254740993);
    CHECK(number_read_whole("99999999999999999999", &whole) && whole == INT64_MAX);
    CHECK(!number_read_whole("1.5", &whole));
}

TEST(numbers_written)
{
    static const double values[] = {0,
                                    1,
                                    -3,
                                    0.1,
                                    1.0 / 255,
                                    2e-5,
                                    1e300,
                                    123456789,
                                    5e-324,
                                    0.30000000000000004,
                                    9007199254740992};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        double back = -1;
        text_buffer t = {0};
        number_add(&t, values[i]);
        CHECK(number_read(t.data, &back) && back == values[i]);
        text_done(&t);
    }
}

TEST(typed_by_the_field)
{
    ad_config *c =
        parse("data: {format: 'digits', validation: \"0.25\", train_count: 1e3}\n"
              "input: {scale: 1/255, mean: [0.5], std: \"0.25\"}\n"
              "model:\n  - conv: {filters: '8', kernel: [3, 5], bias: no, same: on, name: off}\n"
              "  - flatten\n  - linear: {out: 10, name: no}\n"
              "train: {optimizer: {method: sgd, rate: 2e-5, nesterov: yes, momentum: .9}}\n",
              NULL, 0);
    REQUIRE(c);
    const ad_digits_options *digits = c->data.options;
    CHECK(c->parts.validation == 0.25 && digits->train_count == 1000 && digits->test_count == 2000);
    CHECK(c->input.scale == 1.0 / 255 && c->input.mean.value[0] == 0.5 &&
          c->input.std.value[0] == 0.25);
    const model_list *layers = &c->model->layers;
    CHECK_EQ(layers->count, 3);
    const ad_conv_options *conv = layers->item[0].options;
    const ad_linear_options *linear = layers->item[2].options;
    CHECK_EQ(conv->kernel, 3);
    CHECK_EQ(conv->kernel_w, 5);
    CHECK(!conv->bias && conv->same && linear->bias);
    CHECK_STREQ(conv->name, "off");
    CHECK_STREQ(linear->name, "no");
    CHECK_EQ(layers->item[0].at.line, 4);
    CHECK_EQ(layers->item[0].at.column, 5);
    CHECK_EQ(layers->item[2].at.line, 6);
    const ad_optimizer_options *o = c->optimizer.options;
    CHECK(o->rate == 2e-5 && o->nesterov && o->momentum == 0.9);
    ad_config_free(c);
}

TEST(defaults_by_method)
{
    static const struct {
        const char *method;
        double rate, decay;
    } cases[] = {
        {"sgd", 0.01, 0}, {"rmsprop", 0.01, 0}, {"adam", 0.001, 0}, {"adamw", 0.001, 0.01}};
    for (int i = 0; i < 4; i++) {
        char set[64];
        snprintf(set, sizeof set, "train.optimizer.method=%s", cases[i].method);
        ad_config *c = parse(DIGITS, (const char *[]){set}, 1);
        REQUIRE(c);
        const ad_optimizer_options *o = c->optimizer.options;
        CHECK_STREQ(c->optimizer.record->name, cases[i].method);
        CHECK(o->rate == cases[i].rate && o->decay == cases[i].decay);
        ad_config_free(c);
    }
}

TEST(settings_win)
{
    ad_config *c =
        parse(DIGITS "train: {epochs: 7, optimizer: {method: sgd, momentum: 0.9, rate: 0.5}}\n",
              (const char *[]){"train.epochs=3", "train.optimizer={method: adam, beta1: 0}",
                               "train.epochs=4"},
              3);
    REQUIRE(c);
    CHECK_EQ(c->train.epochs, 4);
    const ad_optimizer_options *o = c->optimizer.options;
    CHECK_STREQ(c->optimizer.record->name, "adam");
    CHECK(o->rate == 0.001 && o->beta1 == 0);
    CHECK(ad_config_given(c, "train.epochs") && ad_config_given(c, "train.optimizer.beta1"));
    CHECK(!ad_config_given(c, "train.batch") && !ad_config_given(c, "train.optimizer.rate"));
    ad_config_free(c);
}

TEST(paths_start_at_the_file)
{
    const char *text = "data: {path: images}\nmodel: [flatten]\n";
    ad_config *c;
    CHECK_EQ(ad_config_parse("some/where/run.yaml", text, strlen(text), NULL, 0, &c), AD_OK);
    REQUIRE(c);
    CHECK_STREQ(((const ad_idx_options *)c->data.options)->path, "some/where/images");
    ad_config_free(c);
    CHECK_EQ(ad_config_parse("some/where/run.yaml", text, strlen(text),
                             (const char *[]){"data.path=images"}, 1, &c),
             AD_OK);
    REQUIRE(c);
    CHECK_STREQ(((const ad_idx_options *)c->data.options)->path, "images");
    ad_config_free(c);
}

TEST(report_on_a_field)
{
    ad_config *c = parse(DIGITS "train:\n  batch: 500\n", NULL, 0);
    REQUIRE(c);
    char *words = ad_config_report(c, "train.batch", "more than there are images", "take 100");
    CHECK_STREQ(words, "run.yaml:6:10: more than there are images\n   6 |   batch: 500\n     |     "
                       "     ^~~\n  take 100\n");
    free(words);
    words = ad_config_report(c, "train.epochs", "too few", NULL);
    CHECK_STREQ(words, "run.yaml: too few\n");
    free(words);
    ad_config_free(c);
}

/* ---------------------------------------------------------------- files */

TEST(file_mistakes)
{
    ad_config *c = NULL;
    char path[4200];
    in_folder(path, sizeof path, "missing.yaml");
    CHECK_EQ(ad_config_read(path, NULL, 0, &c), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), "missing.yaml: cannot be opened: No such file");
    CHECK_EQ(ad_config_read(folder, NULL, 0, &c), AD_ERROR_FILE);
    CHECK_CONTAINS(ad_kit_error(), ": is a folder, not a file");
    CHECK(!c);
}

TEST(file_too_large)
{
    size_t size = (1 << 20) + 1;
    char path[4200], *text = malloc(size);
    ad_config *c = NULL;
    REQUIRE(text);
    memset(text, '#', size);
    in_folder(path, sizeof path, "large.yaml");
    write_whole(path, text, size);
    CHECK_EQ(ad_config_read(path, NULL, 0, &c), AD_ERROR_FORMAT);
    CHECK_CONTAINS(ad_kit_error(), "larger than 1 MB");
    write_whole(path, text, size - 1);
    CHECK_EQ(ad_config_read(path, NULL, 0, &c), AD_ERROR_FORMAT);
    CHECK_CONTAINS(ad_kit_error(), "the file is empty");
    unlink(path);
    free(text);
}

TEST(hostile_texts_end_soon)
{
    size_t size = 1 << 20;
    char *text = malloc(size);
    static const char *const pieces[] = {"[",     "{",   "- ",   "a: ", "? ",  "\"",  "x\n",
                                         "- x\n", "&a ", "[a, ", "'",   "|\n", "-\n", ": "};
    REQUIRE(text);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t length = strlen(pieces[i]);
        for (size_t j = 0; j < size; j++)
            text[j] = pieces[i][j % length];
        ad_config *c = NULL;
        CHECK_EQ(ad_config_parse("x.yaml", text, size, NULL, 0, &c), AD_ERROR_FORMAT);
        CHECK(!c && strlen(ad_kit_error()) < 100000);
    }
    free(text);
}

/* Every beginning of a good file, and every file with one byte changed, is either good or reported.
 */
TEST(mutations_of_a_file)
{
    const char *text = ad_config_builtin();
    size_t size = strlen(text);
    char *copy = malloc(size + 1);
    REQUIRE(copy);
    for (size_t i = 0; i < size; i++) {
        ad_config *c = NULL;
        CHECK((ad_config_parse("x.yaml", text, i, NULL, 0, &c) == AD_OK) == (c != NULL));
        ad_config_free(c);
        static const char bytes[] = {0,          '\n', '\t', ':',  '-', '{', '"', '*',
                                     (char)0xFF, 'x',  ' ',  '\'', '#', '&', '!', '%'};
        memcpy(copy, text, size + 1);
        copy[i] = bytes[i % sizeof bytes];
        CHECK((ad_config_parse("x.yaml", copy, size, NULL, 0, &c) == AD_OK) == (c != NULL));
        ad_config_free(c);
    }
    free(copy);
}

/* ------------------------------------------------ written form, schema, help, suggestions */

static void check_round_trip(const char *text, const char *const *set, int count)
{
    ad_config *first = parse(text, set, count);
    REQUIRE(first);
    char *written = ad_config_text(first, NULL);
    ad_config *second = parse(written, NULL, 0);
    if (!second)
        printf("%s%s", written, ad_kit_error());
    REQUIRE(second);
    char *again = ad_config_text(second, NULL);
    CHECK_STREQ(written, again);
    CHECK_EQ(memcmp(&first->train, &second->train, sizeof first->train), 0);
    CHECK_EQ(memcmp(&first->input, &second->input, sizeof first->input), 0);
    CHECK(first->optimizer.record == second->optimizer.record);
    CHECK_EQ(
        memcmp(first->optimizer.options, second->optimizer.options, first->optimizer.record->size),
        0);
    free(written);
    free(again);
    ad_config_free(first);
    ad_config_free(second);
}

TEST(written_form_reads_back)
{
    check_round_trip(ad_config_builtin(), NULL, 0);
    check_round_trip(
        DIGITS, (const char *[]){"train.schedule={method: cosine, final: 1e-5, warmup: 7}"}, 1);
    check_round_trip(DIGITS,
                     (const char *[]){"train.optimizer={method: sgd, nesterov: yes, momentum: 0.9}",
                                      "input.std=[0.1, 0.2]"},
                     2);
    check_round_trip(
        "data: {path: 'a \"b\\c', names: ['T-shirt', \"a: b\", '#', 'no', '\xC3\xA9']}\n"
        "model:\n  - max_pool: {window: [2, 3], stride: 1}\n  - prelu: {name: p}\n  - leaky_relu: "
        "{slope: 0}\n"
        "  - batch_norm: {momentum: 0, affine: false}\n  - average_pool: {count_padding: yes}\n  - "
        "flatten\n",
        NULL, 0);
}

TEST(written_paths)
{
    char path[4200], data[4200], out[4200];
    in_folder(path, sizeof path, "run.yaml");
    in_folder(data, sizeof data, "images");
    in_folder(out, sizeof out, "out");
    mkdir(data, 0777);
    mkdir(out, 0777);
    const char *text = "data: {path: images}\nmodel: [flatten]\n";
    write_whole(path, text, strlen(text));
    ad_config *c = NULL;
    CHECK_EQ(ad_config_read(path, NULL, 0, &c), AD_OK);
    REQUIRE(c);
    /* The scratch folder's own path is absolute, so the written one is too. */
    char *written = ad_config_text(c, out);
    CHECK_CONTAINS(written, "/images\"");
    free(written);
    ad_config_free(c);
    char here[4096];
    REQUIRE(getcwd(here, sizeof here) && chdir(folder) == 0);
    CHECK_EQ(ad_config_read("run.yaml", NULL, 0, &c), AD_OK);
    written = c ? ad_config_text(c, "out") : NULL;
    CHECK_CONTAINS(written, "path: \"../images\"");
    free(written);
    written = c ? ad_config_text(c, "") : NULL;
    CHECK_CONTAINS(written, "path: \"images\"");
    free(written);
    ad_config_free(c);
    CHECK_EQ(chdir(here), 0);
    unlink(path);
    rmdir(data);
    rmdir(out);
}

static void check_named(const char *schema, const char *help, const ad_record *record)
{
    char quoted[100];
    snprintf(quoted, sizeof quoted, "\"%s\": {", record->name);
    CHECK_CONTAINS(schema, quoted);
    CHECK_CONTAINS(help, record->name);
    for (int i = 0; i < record->options; i++)
        CHECK_CONTAINS(help, record->option[i].help);
}

TEST(every_field_in_schema_and_help)
{
    config_rows *list = rows_new();
    char *schema = ad_config_schema(), *help = ad_config_help(), quoted[100];
    REQUIRE(list);
    for (int i = 0; i < list->count; i++) {
        snprintf(quoted, sizeof quoted, "\"%s\": {", row_name(&list->row[i]));
        CHECK_CONTAINS(schema, quoted);
        CHECK_CONTAINS(help, list->row[i].path);
        CHECK_CONTAINS(help, list->row[i].help);
    }
    for (int i = 0; ad_layer_at(i); i++)
        check_named(schema, help, ad_layer_at(i));
    for (int i = 0; structure_at(i); i++)
        check_named(schema, help, &structure_at(i)->record);
    rows_free(list);
    free(schema);
    free(help);
}

/* Brackets and quotes match, and no comma stands before a closing bracket: what a JSON reader would
 * stumble over first. */
TEST(schema_is_balanced)
{
    char *schema = ad_config_schema(), open[64];
    int depth = 0;
    bool text = false;
    char last = 0;
    for (const char *p = schema; p && *p && depth < 60; p++) {
        text = *p == '"' && p[-1] != '\\' ? !text : text;
        if (text || *p == ' ' || *p == '\n')
            continue;
        if (*p == '{' || *p == '[') {
            open[depth++] = *p;
        } else if (*p == '}' || *p == ']') {
            REQUIRE(depth > 0 && last != ',');
            CHECK_EQ(open[--depth], *p == '}' ? '{' : '[');
        }
        last = *p;
    }
    CHECK(depth == 0 && !text);
    free(schema);
}

TEST(rows_are_found_once)
{
    config_rows *list = rows_new();
    REQUIRE(list);
    for (int i = 0; i < list->count; i++)
        CHECK_EQ(rows_find(list, list->row[i].path), i);
    rows_free(list);
}

/* The configuration that says nothing, written and read, says the same: so every default lies in
 * its range and reads back. */
TEST(defaults_are_valid)
{
    for (int i = 0; ad_optimizer_at(i); i++) {
        for (int j = 0; ad_schedule_at(j); j++) {
            char method[80], schedule[80];
            snprintf(method, sizeof method, "train.optimizer.method=%s", ad_optimizer_at(i)->name);
            snprintf(schedule, sizeof schedule, "train.schedule.method=%s",
                     ad_schedule_at(j)->name);
            bool at = !strcmp(ad_schedule_at(j)->name, "multi_step");
            ad_config *c = parse(
                DIGITS,
                (const char *[]){method, schedule, "data.validation=0.1", "train.schedule.at=3"},
                3 + at);
            REQUIRE(c);
            char *written = ad_config_text(c, NULL);
            ad_config *again = parse(written, NULL, 0);
            if (!again)
                printf("%s", ad_kit_error());
            CHECK(again);
            free(written);
            ad_config_free(again);
            ad_config_free(c);
        }
    }
}

static const char *nearest(const char *wrong)
{
    suggest s = {.wrong = wrong};
    for (int i = 0; ad_layer_at(i); i++)
        suggest_try(&s, ad_layer_at(i)->name, ad_layer_at(i)->also);
    return s.best ? s.best : "";
}

TEST(suggestions)
{
    CHECK_EQ(suggest_distance("conv", "conv", 9), 0);
    CHECK_EQ(suggest_distance("cnov", "conv", 9), 1);
    CHECK_EQ(suggest_distance("kitten", "sitting", 9), 3);
    CHECK_EQ(suggest_distance("", "abc", 9), 3);
    CHECK_EQ(suggest_distance("Label-Smoothing", "label_smoothing", 9), 0);
    CHECK_STREQ(nearest("cnov"), "conv");
    CHECK_STREQ(nearest("Conv2D"), "conv");
    CHECK_STREQ(nearest("MaxPool"), "max_pool");
    CHECK_STREQ(nearest("dense"), "linear");
    CHECK_STREQ(nearest("batchnorm"), "batch_norm");
    CHECK_STREQ(nearest("SiLU"), "swish");
    CHECK_STREQ(nearest("leakyrelu"), "leaky_relu");
    CHECK_STREQ(nearest("capsule"), "");
}

TEST(utf8)
{
    unsigned code;
    CHECK_EQ(utf8_next("a", 1, &code), 1);
    CHECK_EQ(utf8_next("\xC3\xA9", 2, &code), 2);
    CHECK_EQ(code, 0xE9);
    CHECK_EQ(utf8_next("\xF0\x9F\x98\x80", 4, &code), 4);
    CHECK_EQ(code, 0x1F600);
    CHECK_EQ(utf8_next("\xC0\x80", 2, &code), 0);
    CHECK_EQ(utf8_next("\xED\xA0\x80", 3, &code), 0);
    CHECK_EQ(utf8_next("\xF4\x90\x80\x80", 4, &code), 0);
    CHECK_EQ(utf8_next("\xE2\x82", 2, &code), 0);
    CHECK_EQ(utf8_next("\x80", 1, &code), 0);
}

/* The line of the layer that needs batches of two, or 0. */
static int needs_two(const char *model)
{
    char text[512];
    snprintf(text, sizeof text, "data: {format: digits}\nmodel:\n%s", model);
    ad_config *c = parse(text, NULL, 0);
    if (!c)
        return -1;
    ad_context *context = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(context);
    ad_tensor *image = ad_feed(g, "image", AD_U8, AD_SHAPE(ad_open(g, "batch"), 8, 8, 3));
    ad_tensor *pixels = NULL;
    CHECK_EQ(ad_config_pixels(c, image, NULL, NULL, &pixels), AD_OK);
    int line =
        ad_layers_need_two(c, c->model, &(ad_layers_input){.name = "image", .tensor = pixels}, 1);
    ad_graph_free(g);
    ad_context_free(context);
    ad_config_free(c);
    return line;
}

TEST(batch_norm_of_single_values)
{
    ad_config *c = parse("data: {format: digits}\nmodel: [flatten]\n", NULL, 0);
    if (!c)
        return;
    ad_config_free(c);
    CHECK_EQ(needs_two("  - flatten\n  - linear: {out: 4}\n  - batch_norm\n  - relu\n"), 5);
    CHECK_EQ(needs_two("  - conv: {filters: 4, kernel: 3}\n  - batch_norm\n  - flatten\n"), 0);
    CHECK_EQ(needs_two("  - conv: {filters: 4, kernel: 8}\n  - batch_norm\n  - flatten\n"), 4);
    CHECK_EQ(needs_two("  - batch_norm\n  - flatten\n  - layer_norm\n"), 0);
    CHECK_EQ(needs_two("  - conv: {filters: 4, kernel: 99}\n  - batch_norm\n"), 0);
}

static double rate_of(const ad_config *c, int64_t step)
{
    ad_schedule s;
    ad_config_schedule(c, 10, &s);
    return ad_schedule_rate(&s, step);
}

TEST(learning_rate)
{
    ad_config *c = parse(DIGITS "train: {epochs: 4, optimizer: {method: sgd, rate: 0.1}, "
                                "schedule: {method: cosine, warmup: 4, final: 0.02}}\n",
                         NULL, 0);
    REQUIRE(c);
    CHECK_CLOSE(rate_of(c, 0), 0.025, 1e-12);
    CHECK_CLOSE(rate_of(c, 3), 0.1, 1e-12);
    CHECK_CLOSE(rate_of(c, 4), 0.1, 1e-12);
    CHECK_CLOSE(rate_of(c, 22), 0.06, 1e-12);
    CHECK_CLOSE(rate_of(c, 40), 0.02, 1e-12);
    ad_config_free(c);
    c = parse(DIGITS "train: {optimizer: {method: sgd, rate: 0.1}, schedule: {method: step, every: "
                     "2, factor: 0.5}}\n",
              NULL, 0);
    REQUIRE(c);
    CHECK_CLOSE(rate_of(c, 19), 0.1, 1e-12);
    CHECK_CLOSE(rate_of(c, 20), 0.05, 1e-12);
    CHECK_CLOSE(rate_of(c, 40), 0.025, 1e-12);
    ad_config_free(c);
}

/* Kinds, texts, keys and lines of two trees. */
static bool same_tree(const tree *a, const tree *b)
{
    for (; a && b; a = a->next, b = b->next) {
        bool same = a->kind == b->kind && a->count == b->count && !a->key == !b->key &&
                    (!a->key || strcmp(a->key->text, b->key->text) == 0) &&
                    (a->kind != TREE_TEXT || strcmp(a->text, b->text) == 0);
        if (!same || !same_tree(a->first, b->first))
            return false;
        if (a->kind == TREE_TEXT && (a->at.line != b->at.line || a->at.column != b->at.column))
            return false;
    }
    return !a && !b;
}

/* The built-in configuration means the same to a build without libyaml. */
TEST(builtin_needs_no_library)
{
    const char *text = ad_config_builtin();
    source s = {.name = "built-in", .text = text, .size = strlen(text)};
    report r = {0};
    tree *whole = NULL, *plain = plain_read(&s);
    CHECK(yaml_read(&r, &s, &whole));
    REQUIRE(plain);
    CHECK(same_tree(whole, plain));
    tree_free(whole);
    tree_free(plain);
    static const char *const others[] = {"- a: [1]\n", "a\n", "a: 'b'\n", "a:\n  b: 1\n c: 2\n",
                                         "{a: 1}\n",   "",    "a: {b\n",  "- a\nb: 1\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        source other = {.name = "other", .text = others[i], .size = strlen(others[i])};
        CHECK(!plain_read(&other));
    }
    report_done(&r);
}

TEST(scratch_folder_is_left_empty)
{
    if (folder[0])
        CHECK_EQ(rmdir(folder), 0);
}

TEST_MAIN_OF_CONFIGURATIONS()
