/* The written form of a configuration reads back to the same training, whatever it says: every
 * reader, optimizer, schedule, loss, task, layer and augmentation with each option away from its
 * default, names and texts of any kind, wherever the file comes to lie. */
#include "configuration_main.h"
#include "test.h"

#include <adze/kit.h>

#include <sys/stat.h>

#include "../kit/config.h"
#include "../kit/option.h"
#include "../kit/value.h"

static ad_config *parse(const char *name, const char *text)
{
    ad_config *c = NULL;
    if (ad_config_parse(name, text, strlen(text), NULL, 0, &c) != AD_OK)
        printf("%s%s\n", text, ad_kit_error());
    return c;
}

static bool says(const char *written, const char *key)
{
    char words[128];
    snprintf(words, sizeof words, "%s: ", key);
    return strstr(written, words) != NULL;
}

/* Text, read, written, read, written: the second is the first, and says key (NULL: any). */
static bool keeps(const char *text, const char *key)
{
    ad_config *first = parse("/tmp/here/a.yaml", text);
    char *written = first ? ad_config_text(first, "/tmp/there") : NULL;
    ad_config *second = written ? parse("/tmp/there/config.yaml", written) : NULL;
    char *again = second ? ad_config_text(second, "/tmp/there") : NULL;
    bool same = written && again && strcmp(written, again) == 0 && (!key || says(written, key));
    if (!same)
        printf("%s\n-- is written\n%s\n-- and then\n%s\n", text, written ? written : "",
               again ? again : "");
    ad_config_free(first);
    ad_config_free(second);
    free(written);
    free(again);
    return same;
}

/* Texts that YAML or a shell could take for something else. */
static const char odd[] =
    "\"it's: [a], {b} #c \\\\ \\\"q\\\" \\t\\n\\x85\\u2028\\uFEFF\\x7f \xC3\xA9 - "
    "~ null *x &y !z %w @v\"";

static double number_in(const ad_option *o)
{
    return o->high > o->low ? o->low + (o->high - o->low) * 0.37 : -1.0 / 3;
}

/* A value that is hardly the default. */
static void add_other(text_buffer *t, const ad_option *o)
{
    char first[64];
    long long whole =
        o->high > o->low ? (long long)(o->low + 3 > o->high ? o->high : o->low + 3) : 3;
    switch (o->type) {
    case AD_OPTION_NUMBER: text_add_format(t, "%.17g", number_in(o)); break;
    case AD_OPTION_NUMBERS:
        text_add_format(t, "[%.17g, %.17g]", number_in(o), number_in(o) * (1 + 1e-15));
        break;
    case AD_OPTION_WHOLE: text_add_format(t, "%lld", whole); break;
    case AD_OPTION_SIZES: text_add_format(t, "[%lld, %lld]", whole, whole + 1); break;
    case AD_OPTION_PAIR:
        text_add_format(t, "[%lld, %lld]", whole, whole > 1 ? whole - 1 : whole + 1);
        break;
    case AD_OPTION_TRUTH: text_add(t, "true"); break;
    case AD_OPTION_WORD:
        snprintf(first, sizeof first, "%s",
                 strrchr(o->words, ' ') ? strrchr(o->words, ' ') + 1 : o->words);
        text_add(t, first);
        break;
    case AD_OPTION_NAME: text_add(t, "some_name-1"); break;
    case AD_OPTION_PATH: text_add(t, "\"some where/\xC3\xA9 'x' #1.csv\""); break;
    case AD_OPTION_NAMES: text_add_format(t, "[%s, \"null\", \"x=1\"]", odd); break;
    default: text_add(t, odd); break;
    }
}

/* {before, all options at other values}; one: that option alone, or -1. */
static void add_options(text_buffer *t, const char *before, const ad_record *r, int one)
{
    const char *comma = *before ? ", " : "";
    text_add_format(t, "{%s", before);
    for (int i = 0; i < r->options; i++) {
        const ad_option *o = &r->option[i];
        bool needed = o->required || strcmp(o->name, "path") == 0 ||
                      (strcmp(r->name, "linear") == 0 && strcmp(o->name, "out") == 0) ||
                      (strcmp(o->name, "momentum") == 0 && one >= 0 &&
                       strcmp(r->option[one].name, "nesterov") == 0);
        if (one >= 0 && i != one && !needed)
            continue;
        text_add_format(t, "%s%s: ", comma, o->name);
        add_other(t, o);
        comma = ", ";
    }
    text_add(t, "}");
}

static const char model[] = "model:\n  - linear: {out: 2}\n";
static const char data[] = "data: {csv: a.csv, target: y}\n";

/* before RECORD {options} after. */
static void try_record(const char *before, const char *chooser, const ad_record *r,
                       const char *after)
{
    for (int one = -1; one < r->options; one++) {
        text_buffer t = {0};
        char chosen[128] = "";
        if (chooser)
            snprintf(chosen, sizeof chosen, "%s: %s", chooser, r->name);
        text_add(&t, before);
        if (!chooser)
            text_add_format(&t, "%s: ", r->name);
        add_options(&t, chosen, r, one);
        text_add(&t, "\n");
        text_add(&t, after);
        char *text = text_take(&t);
        CHECK(text && keeps(text, one >= 0 ? r->option[one].name : NULL));
        free(text);
    }
}

static void try_all(ad_records list, const char *before, const char *chooser, const char *after)
{
    for (int i = 0; list(i); i++)
        if (list != ad_task_at && strcmp(list(i)->name, "digits") != 0)
            try_record(before, chooser, list(i), after);
}

static char *with(const char *a, const char *b)
{
    return text_format("%s%s", a, b);
}

TEST(layers_and_augmentations)
{
    char *layers = with(data, "model:\n  - "), *augment = with(model, "augment:\n  - "),
         *both = with(data, augment);
    for (int i = 0; ad_layer_at(i); i++)
        if (strcmp(ad_layer_at(i)->name, "softmax") != 0)
            try_record(layers, NULL, ad_layer_at(i), "  - linear: {out: 2}\n");
    try_all(ad_augmentation_at, both, NULL, "");
    free(layers);
    free(augment);
    free(both);
}

TEST(metrics)
{
    char *start = with(data, model), *before = with(start, "metrics:\n  - ");
    try_all(ad_metric_at, before, NULL, "");
    free(start);
    free(before);
}

TEST(methods_and_losses)
{
    static const char *const held = "data: {csv: a.csv, target: y, validation: 0.1}\n";
    static const char *const section[] = {
        "train:\n  optimizer: ", "train:\n  schedule: ", "train: "};
    static const char *const chooser[] = {"method", "method", "loss"};
    const ad_records list[] = {ad_optimizer_at, ad_schedule_at, ad_loss_at};
    for (int k = 0; k < 3; k++) {
        char *start = with(held, model), *before = with(start, section[k]);
        try_all(list[k], before, chooser[k], "");
        free(start);
        free(before);
    }
}

TEST(readers)
{
    try_all(ad_reader_at, "data: ", "format", model);
}

TEST(tasks_leave_the_loss_to_themselves)
{
    for (int i = 0; ad_task_at(i); i++) {
        const ad_task_record *task = (const ad_task_record *)ad_task_at(i);
        char lists[2][24] = {"", ""}, both[96];
        if (task->lists)
            CHECK_EQ(sscanf(task->lists, "%23s %23s", lists[0], lists[1]), 2);
        snprintf(both, sizeof both, "%s: [relu]\n%s: [relu]\n", lists[0], lists[1]);
        char *text =
            text_format("task: %s\n%s%s", task->record.name, data, task->lists ? both : model);
        CHECK(keeps(text, NULL));
        free(text);
    }
}

TEST(structures)
{
    static const char *const models[] = {
        "model:\n  - branches: [[], [linear: {out: 2}], [layers: [relu, relu]]]\n",
        "model:\n  - residual: {layers: [linear: {out: 2, name: a}], shortcut: [], name: r}\n"
        "  - add: {from: [r, a], name: s}\n",
        "model:\n  - repeat: {times: 3, layers: [branches: {join: multiply, paths: [[[relu]]]}]}\n",
        "model:\n  - linear: {out: 2, from: \"c.d e\\n\xC3\xA9\"}\n",
        "blocks: {b: {arguments: {w: 4, n: {a: b}}, layers: [linear: {out: $w}, relu]}}\n"
        "model: [b, b: {w: 5}, linear: {out: 2}]\n"};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char *text = with(data, models[i]);
        ad_config *c = parse("a.yaml", text);
        CHECK(!c || keeps(text, NULL));
        ad_config_free(c);
        free(text);
    }
}

TEST(sections)
{
    static const char *const text =
        "data: {csv: a.csv, target: y, validation: 0.1, test_share: 1/3, split: in_order, group: "
        "\"a: b\", standardize: false}\n"
        "input: {scale: 1/3, mean: [0.1, 1/7], std: 2, from_data: true}\n"
        "train:\n  epochs: 3\n  batch: 7\n  seed: 9007199254740991\n  accumulate: 3\n  balance: "
        "true\n  freeze: [\"a*\", \"* \"]\n  clip_norm: 1e-300\n  clip_value: 0.1\n"
        "  early_stopping: {patience: 2, min_delta: 1e-7}\n"
        "  checkpoint: {epochs: 0, steps: 5, minutes: 0.5, keep: 1}\n"
        "model:\n  - linear: {out: 2}\n";
    CHECK(keeps(text, NULL));
}

TEST_MAIN_OF_CONFIGURATIONS()
