/* Records as text for a person: a list of all of a kind, or all that is known of one. */
#include <adze/kit.h>

#include <string.h>

#include "about.h"
#include "option.h"
#include "suggest.h"

static int longest(ad_records list)
{
    int width = 0;
    for (int i = 0; list(i); i++)
        width = (int)strlen(list(i)->name) > width ? (int)strlen(list(i)->name) : width;
    return width;
}

char *ad_records_text(ad_records list)
{
    text_buffer t = {0};
    int width = longest(list);
    for (int i = 0; list(i); i++)
        text_add_format(&t, "%-*s  %s\n", width, list(i)->name, list(i)->help);
    return text_take(&t);
}

const char *ad_record_near(ad_records list, const char *wrong)
{
    suggest near = {.wrong = wrong};
    for (int i = 0; list(i); i++)
        suggest_try(&near, list(i)->name, list(i)->also);
    return near.best;
}

/* ---------------------------------------------------------------- one */

static void add_default(text_buffer *t, const ad_record *record, const ad_option *option)
{
    text_buffer words = {0};
    bool set = option_default(&words, record, option);
    if (option->required)
        text_add(t, "; required");
    else if (set)
        text_add_format(t, "; default %s", words.data ? words.data : "");
    else if (option->unset)
        text_add_format(t, "; default: %s", option->unset);
    t->failed = t->failed || words.failed;
    text_done(&words);
}

static void add_option(text_buffer *t, const ad_record *record, const ad_option *option, int width)
{
    bool list = option_is_list(option);
    text_add_format(t, "  %-*s  ", width, option->name);
    option_describe(t, option);
    if (option->unit && !list)
        text_add_format(t, ", %s", option->unit);
    add_default(t, record, option);
    text_add_format(t, "\n  %-*s  %s\n", width, "", option->help);
    if (option->also) {
        text_add_format(t, "  %-*s  elsewhere called ", width, "");
        option_add_list(t, option->also, " or ");
        text_add(t, "\n");
    }
}

/* A value that the table allows, for the example. */
static void add_sample(text_buffer *t, const ad_option *option)
{
    bool whole = option_is_whole(option);
    bool small = option->type == AD_OPTION_PAIR || option->high <= 4096;
    switch (option->type) {
    case AD_OPTION_NUMBERS: text_add(t, "[4, 3]"); return;
    case AD_OPTION_NAMES: text_add(t, "[a, b]"); return;
    case AD_OPTION_TRUTH: text_add(t, "true"); return;
    case AD_OPTION_WORD: option_add_word(t, option, 0); return;
    case AD_OPTION_PATH: text_add(t, "data"); return;
    case AD_OPTION_NAME:
    case AD_OPTION_TEXT: text_add(t, "first"); return;
    default: text_add(t, whole ? small ? "3" : "32" : "0.5");
    }
}

/* The default, or a value that the table allows. */
static void add_value(text_buffer *t, const ad_record *record, const ad_option *option)
{
    if (!option_default(t, record, option))
        add_sample(t, option);
}

/* "filters: 32, kernel: 3": what has to be given, or else the first option. */
static void add_settings(text_buffer *t, const ad_record *record)
{
    int count = 0;
    for (int i = 0; i < record->options; i++) {
        if (!record->option[i].required)
            continue;
        text_add_format(t, "%s%s: ", count++ ? ", " : "", record->option[i].name);
        add_value(t, record, &record->option[i]);
    }
    if (count)
        return;
    text_add_format(t, "%s: ", record->option->name);
    add_value(t, record, record->option);
}

static void add_example(text_buffer *t, const ad_record *record, const char *section,
                        const char *chooser)
{
    bool key = section && strcmp(section, "train") == 0; /* it is one among others there */
    if (!section)
        text_add_format(t, "- %s%s", record->name, record->options ? ": {" : "");
    else if (key && !record->options)
        text_add_format(t, "%s: {%s: %s}", section, chooser, record->name);
    else if (record->options)
        text_add_format(t, "%s: {%s: %s, ", section, chooser, record->name);
    else
        text_add_format(t, "%s: %s", section, record->name);
    if (record->options) {
        add_settings(t, record);
        text_add(t, "}");
    }
}

static int option_width(const ad_record *record)
{
    int width = 0;
    for (int i = 0; i < record->options; i++) {
        int size = (int)strlen(record->option[i].name);
        width = size > width ? size : width;
    }
    return width;
}

char *ad_record_text(const ad_record *record, const char *section, const char *chooser)
{
    text_buffer t = {0};
    text_add_format(&t, "%s: %s\n", record->name, record->help);
    record_about about = record_about_of(record);
    if (about.formula)
        text_add_format(&t, "%s\n", about.formula);
    if (about.source)
        text_add_format(&t, "source: %.*s\n", about.source_size, about.source);
    if (about.tested)
        text_add_format(&t, "tested: %s\n", about.tested);
    if (record->also) {
        text_add(&t, "elsewhere called ");
        option_add_list(&t, record->also, " or ");
        text_add(&t, "\n");
    }
    text_add(&t, record->options ? "\n" : "no options\n");
    for (int i = 0; i < record->options; i++)
        add_option(&t, record, &record->option[i], option_width(record));
    if (!section || *section) {
        text_add(&t, "\nin a file: ");
        add_example(&t, record, section, chooser);
        text_add(&t, "\n");
    }
    return text_take(&t);
}
