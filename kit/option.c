/* Options of records in words. */
#include "option.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "value.h"

const ad_option *record_option(const ad_record *record, const char *name)
{
    for (int i = 0; i < record->options; i++)
        if (strcmp(record->option[i].name, name) == 0)
            return &record->option[i];
    return NULL;
}

/* ---------------------------------------------------------------- words */

int option_word(const ad_option *option, const char *word, size_t size)
{
    int number = 0;
    for (const char *p = option->words; *p; number++) {
        size_t length = strcspn(p, " ");
        if (length == size && memcmp(p, word, size) == 0)
            return number;
        p += length + (p[length] == ' ');
    }
    return -1;
}

void option_add_word(text_buffer *t, const ad_option *option, int number)
{
    const char *p = option->words;
    for (; number > 0 && *p; number--) {
        p += strcspn(p, " ");
        p += *p == ' ';
    }
    text_add_bytes(t, p, strcspn(p, " "));
}

void option_add_list(text_buffer *t, const char *words, const char *last)
{
    for (const char *p = words; *p;) {
        size_t size = strcspn(p, " ");
        bool final = p[size] == 0;
        if (p != words)
            text_add(t, final ? last : ", ");
        text_add_bytes(t, p, size);
        p += size + !final;
    }
}

/* ---------------------------------------------------------------- numbers */

/* Without the zero in front that C writes: 1e-05 is 1e-5. */
static void add_decimal(text_buffer *t, double value)
{
    text_buffer decimal = {0};
    number_add(&decimal, value);
    char *words = text_take(&decimal), *exponent = words ? strchr(words, 'e') : NULL;
    t->failed = t->failed || !words;
    if (exponent && exponent[1] && exponent[2] == '0')
        memmove(exponent + 2, exponent + 3, strlen(exponent + 3) + 1);
    text_add(t, words ? words : "");
    free(words);
}

void option_add_number(text_buffer *t, double value)
{
    double below = value != 0 && fabs(value) < 1 ? round(1 / value) : 1;
    size_t before = t->size;
    add_decimal(t, value);
    if (t->failed || fabs(below) <= 1 || 1 / below != value || t->size - before <= 12)
        return;
    t->data[before] = 0;
    t->size = before;
    text_add_format(t, "%s1/%.0f", below < 0 ? "-" : "", fabs(below));
}

static void describe_range(text_buffer *t, const ad_option *option)
{
    text_add(t, option->above_low ? " above " : " from ");
    option_add_number(t, option->low);
    text_add(t, option->below_high  ? (option->above_low ? ", below " : " to below ")
                : option->above_low ? ", at most "
                                    : " to ");
    option_add_number(t, option->high);
}

/* ---------------------------------------------------------------- what may be written */

static const char *const type_words[] = {
    [AD_OPTION_NUMBER] = "a number",
    [AD_OPTION_WHOLE] = "a whole number",
    [AD_OPTION_TRUTH] = "true or false",
    [AD_OPTION_NAME] = "a name of letters, digits, _ and -",
    [AD_OPTION_TEXT] = "a text",
    [AD_OPTION_PATH] = "a path",
    [AD_OPTION_PAIR] = "a whole number, or [height, width] of whole numbers",
    [AD_OPTION_NUMBERS] = "a number, or a list of them",
    [AD_OPTION_NAMES] = "a text, or a list of them",
    [AD_OPTION_SIZES] = "a whole number, or a list of them",
};

bool option_is_list(const ad_option *option)
{
    return option->type == AD_OPTION_NUMBERS || option->type == AD_OPTION_NAMES ||
           option->type == AD_OPTION_SIZES;
}

int option_most(const ad_option *option)
{
    return option->type == AD_OPTION_PAIR    ? 2
           : option->type == AD_OPTION_SIZES ? AD_RANK_MAX
                                             : AD_NUMBERS_MAX;
}

bool option_is_whole(const ad_option *option)
{
    return option->type == AD_OPTION_WHOLE || option->type == AD_OPTION_PAIR ||
           option->type == AD_OPTION_SIZES;
}

void option_describe(text_buffer *t, const ad_option *option)
{
    bool list = option_is_list(option);
    if (option->type == AD_OPTION_WORD) {
        option_add_list(t, option->words, " or ");
        return;
    }
    text_add(t, type_words[option->type]);
    if (list && option->unit)
        text_add_format(t, ", one for each %s", option->unit);
    if (option->high > option->low) {
        text_add(t, list ? "," : "");
        describe_range(t, option);
    }
}

/* ---------------------------------------------------------------- values */

static bool add_number(text_buffer *t, double value)
{
    if (value != AD_AUTO)
        option_add_number(t, value);
    return value != AD_AUTO;
}

static bool add_whole(text_buffer *t, int64_t value)
{
    if (value != AD_SAME)
        text_add_format(t, "%lld", (long long)value);
    return value != AD_SAME;
}

static bool add_pair(text_buffer *t, int64_t first, int64_t second)
{
    if (first == AD_SAME || second == AD_SAME || first == second)
        return add_whole(t, first);
    text_add_format(t, "[%lld, %lld]", (long long)first, (long long)second);
    return true;
}

static bool add_text(text_buffer *t, const char *words)
{
    if (words)
        value_add_text(t, words);
    return words != NULL;
}

static bool add_numbers(text_buffer *t, const ad_numbers *numbers)
{
    bool list = numbers->count != 1;
    for (int i = 0; i < numbers->count; i++) {
        text_add(t, i ? ", " : list ? "[" : "");
        option_add_number(t, numbers->value[i]);
    }
    text_add(t, numbers->count > 1 ? "]" : "");
    return numbers->count > 0;
}

static bool add_sizes(text_buffer *t, const ad_shape *sizes)
{
    ad_numbers numbers = {.count = sizes->rank};
    for (int i = 0; i < sizes->rank; i++)
        numbers.value[i] = (double)sizes->size[i];
    return add_numbers(t, &numbers);
}

static bool add_names(text_buffer *t, const ad_names *names)
{
    for (int i = 0; i < names->count; i++) {
        text_add(t, i ? ", " : "[");
        value_add_text(t, names->text[i]);
    }
    text_add(t, names->count ? "]" : "");
    return names->count > 0;
}

bool option_value(text_buffer *t, const ad_option *option, const void *options)
{
    const char *base = options;
    const void *at = base + option->offset;
    switch (option->type) {
    case AD_OPTION_NUMBER: return add_number(t, *(const double *)at);
    case AD_OPTION_WHOLE: return add_whole(t, *(const int64_t *)at);
    case AD_OPTION_TRUTH: text_add(t, *(const bool *)at ? "true" : "false"); return true;
    case AD_OPTION_WORD: option_add_word(t, option, *(const int *)at); return true;
    case AD_OPTION_PAIR:
        return add_pair(t, *(const int64_t *)at, *(const int64_t *)(base + option->second));
    case AD_OPTION_NUMBERS: return add_numbers(t, at);
    case AD_OPTION_SIZES: return add_sizes(t, at);
    case AD_OPTION_NAMES: return add_names(t, at);
    default: return add_text(t, *(const char *const *)at);
    }
}

bool option_default(text_buffer *t, const ad_record *record, const ad_option *option)
{
    return !option->required && record->initial && option_value(t, option, record->initial);
}
