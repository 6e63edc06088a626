/* Values of fields: read, checked, written. */
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "number.h"
#include "suggest.h"

typedef enum verdict { GOOD, NOT_OF_TYPE, OUT_OF_RANGE, NO_MEMORY } verdict;

static void *value_at(const ad_field *f, void *base)
{
    return (char *)base + f->offset;
}

void value_done(const ad_field *f, void *base)
{
    if (f->type == AD_FIELD_TEXT || f->type == AD_FIELD_PATH) {
        char **words = value_at(f, base);
        free(*words);
        *words = NULL;
    } else if (f->type == AD_FIELD_NAMES) {
        ad_names *names = value_at(f, base);
        for (int i = 0; i < names->count; i++)
            free(names->text[i]);
        free(names->text);
        *names = (ad_names){0};
    }
}

static bool in_range(const ad_field *f, double value)
{
    bool above = f->above_low ? value > f->low : value >= f->low;
    bool below = f->below_high ? value < f->high : value <= f->high;
    return above && below;
}

static verdict parse_number(const ad_field *f, const char *words, double *value)
{
    if (!number_read(words, value))
        return NOT_OF_TYPE;
    return in_range(f, *value) ? GOOD : OUT_OF_RANGE;
}

static verdict parse_whole(const ad_field *f, const char *words, int64_t *value)
{
    if (!number_read_whole(words, value))
        return NOT_OF_TYPE;
    return in_range(f, (double)*value) ? GOOD : OUT_OF_RANGE;
}

static verdict parse_truth(const char *words, bool *value)
{
    *value = suggest_listed("true yes on", words);
    return *value || suggest_listed("false no off", words) ? GOOD : NOT_OF_TYPE;
}

static verdict parse_text(const ad_field *f, const char *words, char **value)
{
    const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    if (!*words || (f->type == AD_FIELD_TEXT && words[strspn(words, letters)]))
        return NOT_OF_TYPE;
    char *copy = text_copy(words);
    if (!copy)
        return NO_MEMORY;
    free(*value);
    *value = copy;
    return GOOD;
}

/* One scalar into the place of the value; index is for pairs and lists of numbers. */
static verdict parse(const ad_field *f, const char *words, void *base, int index)
{
    void *at = value_at(f, base);
    switch (f->type) {
    case AD_FIELD_NUMBER: return parse_number(f, words, at);
    case AD_FIELD_NUMBERS: return parse_number(f, words, &((ad_numbers *)at)->value[index]);
    case AD_FIELD_WHOLE: return parse_whole(f, words, at);
    case AD_FIELD_PAIR: return parse_whole(f, words, (int64_t *)at + index);
    case AD_FIELD_TRUTH: return parse_truth(words, at);
    case AD_FIELD_WORD:
        *(int *)at = field_word(f, words, strlen(words));
        return *(int *)at >= 0 ? GOOD : NOT_OF_TYPE;
    case AD_FIELD_TEXT:
    case AD_FIELD_PATH: return parse_text(f, words, at);
    default: return NOT_OF_TYPE;
    }
}

/* What one scalar means for a pair (both sizes) and for a list of numbers (a list of one). */
static void spread(const ad_field *f, void *base)
{
    if (f->type == AD_FIELD_PAIR) {
        int64_t *pair = value_at(f, base);
        pair[1] = pair[0];
    } else if (f->type == AD_FIELD_NUMBERS) {
        ((ad_numbers *)value_at(f, base))->count = 1;
    }
}

bool value_set(const ad_field *f, const char *words, void *base)
{
    verdict v = parse(f, words, base, 0);
    spread(f, base);
    return v != NO_MEMORY;
}

/* ---------------------------------------------------------------- mistakes */

static char *path_of(const ad_field *f, const char *owner)
{
    return owner ? text_format("%s.%s", owner, f->path) : text_copy(f->path);
}

/* The word of f that is nearest to a wrong one, in best (FIELD_PATH_MAX bytes); false where none is
 * near. */
static bool nearest_word(const ad_field *f, const char *wrong, char *best)
{
    int distance = -1;
    for (const char *p = f->words; *p;) {
        size_t size = strcspn(p, " ");
        char word[FIELD_PATH_MAX];
        snprintf(word, sizeof word, "%.*s", (int)size, p);
        suggest s = {.wrong = wrong};
        suggest_try(&s, word, NULL);
        if (s.best && (distance < 0 || s.distance < distance)) {
            distance = s.distance;
            memcpy(best, word, sizeof word);
        }
        p += size + (p[size] == ' ');
    }
    return distance >= 0;
}

static void report_words(report *r, const ad_field *f, const char *words)
{
    char best[FIELD_PATH_MAX];
    text_buffer list = {0};
    if (*words && nearest_word(f, words, best)) {
        text_add_format(&list, "did you mean '%s'?  The words are ", best);
        field_add_list(&list, f->words, " and ");
    } else {
        text_add(&list, "write ");
        field_add_list(&list, f->words, " or ");
    }
    char *all = text_take(&list);
    report_cure(r, "%s", all ? all : "");
    free(all);
}

static void report_range(report *r, const ad_field *f)
{
    text_buffer t = {0};
    field_describe(&t, f);
    if (f->initial && f->type != AD_FIELD_TRUTH && strcmp(f->initial, "0") != 0)
        text_add_format(&t, ", such as %s", f->initial);
    char *words = text_take(&t);
    report_cure(r, "write %s", words ? words : "a value that fits");
    free(words);
}

static const char *type_words(const ad_field *f)
{
    switch (f->type) {
    case AD_FIELD_NUMBER:
    case AD_FIELD_NUMBERS: return "not a number";
    case AD_FIELD_WHOLE:
    case AD_FIELD_PAIR: return "not a whole number";
    case AD_FIELD_TRUTH: return "neither true nor false";
    case AD_FIELD_WORD: return "not one of its words";
    default: return "not a name";
    }
}

static void report_scalar(report *r, const ad_field *f, const char *path, const tree *t, verdict v)
{
    text_buffer quoted = {0};
    text_add_quoted(&quoted, t->text);
    char *words = text_take(&quoted);
    if (!words || v == NO_MEMORY)
        r->failed = true;
    else if (!*t->text)
        report_add(r, t->at, "%s has no value", path);
    else if (v == OUT_OF_RANGE)
        report_add(r, t->at, "%s is %s, which is out of range", path, t->text);
    else
        report_add(r, t->at, "%s is %s, which is %s", path, words, type_words(f));
    free(words);
    if (f->type == AD_FIELD_WORD)
        report_words(r, f, t->text);
    else
        report_range(r, f);
}

static bool read_scalar(report *r, const ad_field *f, const char *path, const tree *t, void *base,
                        int index)
{
    if (t->kind == TREE_BAD)
        return false;
    if (t->kind != TREE_TEXT) {
        report_add(r, t->at, "%s is %s where one value is wanted", path, tree_words(t));
        report_range(r, f);
        return false;
    }
    verdict v = parse(f, t->text, base, index);
    if (v != GOOD)
        report_scalar(r, f, path, t, v);
    return v == GOOD;
}

/* ---------------------------------------------------------------- lists */

static bool read_items(report *r, const ad_field *f, const char *path, const tree *t, void *base,
                       int least, int most)
{
    if (t->count < least || t->count > most) {
        report_add(r, t->at, "%s has %d values", path, t->count);
        report_range(r, f);
        return false;
    }
    bool good = true;
    int index = 0;
    for (const tree *item = t->first; item; item = item->next)
        good = read_scalar(r, f, path, item, base, index++) && good;
    return good;
}

static bool read_numbers(report *r, const ad_field *f, const char *path, const tree *t, void *base)
{
    if (t->kind != TREE_LIST) {
        bool good = read_scalar(r, f, path, t, base, 0);
        spread(f, base);
        return good;
    }
    if (f->type == AD_FIELD_PAIR)
        return read_items(r, f, path, t, base, 2, 2);
    ((ad_numbers *)value_at(f, base))->count = t->count <= AD_NUMBERS_MAX ? t->count : 1;
    return read_items(r, f, path, t, base, 1, AD_NUMBERS_MAX);
}

static bool read_name(report *r, const char *path, const tree *t, int number, ad_names *names)
{
    if (t->kind == TREE_BAD)
        return false;
    if (t->kind != TREE_TEXT || !*t->text) {
        report_add(r, t->at, "%s: item %d is not a name", path, number);
        report_cure(r, "write one word, or a text in quotes, for each class");
        return false;
    }
    names->text[names->count] = text_copy(t->text);
    r->failed = r->failed || !names->text[names->count];
    names->count += names->text[names->count] != NULL;
    return !r->failed;
}

static bool read_names(report *r, const ad_field *f, const char *path, const tree *t, void *base)
{
    ad_names *names = value_at(f, base);
    value_done(f, base);
    if (t->kind == TREE_BAD)
        return false;
    if (t->kind != TREE_LIST || t->count < 2) {
        report_add(r, t->at, "%s is not a list of two names or more", path);
        report_cure(r, "write the names of the classes in brackets: [cat, dog]");
        return false;
    }
    names->text = calloc((size_t)t->count, sizeof *names->text);
    r->failed = r->failed || !names->text;
    bool good = names->text;
    int number = 1;
    for (const tree *item = t->first; item && names->text; item = item->next)
        good = read_name(r, path, item, number++, names) && good;
    return good;
}

bool value_read(report *r, const ad_field *f, const char *owner, const tree *t, void *base)
{
    char *path = path_of(f, owner);
    if (!path) {
        r->failed = true;
        return false;
    }
    bool good;
    if (f->type == AD_FIELD_NAMES)
        good = read_names(r, f, path, t, base);
    else if (f->type == AD_FIELD_PAIR || f->type == AD_FIELD_NUMBERS)
        good = read_numbers(r, f, path, t, base);
    else
        good = read_scalar(r, f, path, t, base, 0);
    free(path);
    return good;
}

/* ---------------------------------------------------------------- writing */

void value_add_text(text_buffer *t, const char *words)
{
    text_add(t, "\"");
    for (const char *c = words; *c; c++) {
        if (*c == '"' || *c == '\\')
            text_add(t, "\\");
        if ((unsigned char)*c < 32 || *c == 127)
            text_add_format(t, "\\x%02X", (unsigned)(unsigned char)*c);
        else
            text_add_bytes(t, c, 1);
    }
    text_add(t, "\"");
}

static bool add_pair(text_buffer *t, const int64_t *pair)
{
    if (pair[0] == 0 && pair[1] == 0)
        return false;
    if (pair[0] == pair[1])
        text_add_format(t, "%lld", (long long)pair[0]);
    else
        text_add_format(t, "[%lld, %lld]", (long long)pair[0], (long long)pair[1]);
    return true;
}

static bool add_numbers(text_buffer *t, const ad_numbers *numbers)
{
    for (int i = 0; i < numbers->count; i++) {
        text_add(t, i ? ", " : "[");
        number_add(t, numbers->value[i]);
    }
    text_add(t, "]");
    return true;
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

bool value_add(text_buffer *t, const ad_field *f, const void *base)
{
    const void *at = (const char *)base + f->offset;
    switch (f->type) {
    case AD_FIELD_NUMBER: number_add(t, *(const double *)at); return true;
    case AD_FIELD_WHOLE: text_add_format(t, "%lld", (long long)*(const int64_t *)at); return true;
    case AD_FIELD_TRUTH: text_add(t, *(const bool *)at ? "true" : "false"); return true;
    case AD_FIELD_WORD: field_add_word(t, f, *(const int *)at); return true;
    case AD_FIELD_PAIR: return add_pair(t, at);
    case AD_FIELD_NUMBERS: return add_numbers(t, at);
    case AD_FIELD_NAMES: return add_names(t, at);
    default:
        if (*(char *const *)at)
            value_add_text(t, *(char *const *)at);
        return *(char *const *)at != NULL;
    }
}
