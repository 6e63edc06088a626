/* Values of options: read, checked, written. */
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "option.h"
#include "suggest.h"

enum { WORD_MAX = 64 };

typedef enum verdict { GOOD, NOT_OF_TYPE, OUT_OF_RANGE, NO_MEMORY } verdict;

static void *value_at(const ad_option *o, void *base)
{
    return (char *)base + o->offset;
}

static bool is_text(const ad_option *o)
{
    return o->type == AD_OPTION_NAME || o->type == AD_OPTION_TEXT || o->type == AD_OPTION_PATH;
}

static void free_names(ad_names *names)
{
    for (int i = 0; i < names->count; i++)
        free(names->text[i]);
    free(names->text);
    *names = (ad_names){0};
}

void value_done(const ad_option *o, void *base)
{
    if (is_text(o)) {
        char **words = value_at(o, base);
        free(*words);
        *words = NULL;
    } else if (o->type == AD_OPTION_NAMES) {
        free_names(value_at(o, base));
    }
}

static bool own_names(ad_names *names)
{
    ad_names from = *names;
    *names = (ad_names){0};
    names->text = from.count ? calloc((size_t)from.count, sizeof *names->text) : NULL;
    for (int i = 0; names->text && i < from.count; i++) {
        if (!(names->text[i] = text_copy(from.text[i])))
            return false;
        names->count++;
    }
    return names->count == from.count;
}

bool value_own(const ad_option *o, void *base)
{
    if (o->type == AD_OPTION_NAMES)
        return own_names(value_at(o, base));
    if (!is_text(o))
        return true;
    char **words = value_at(o, base);
    bool set = *words;
    *words = set ? text_copy(*words) : NULL;
    return !set || *words;
}

static bool in_range(const ad_option *o, double value)
{
    bool above = o->above_low ? value > o->low : value >= o->low;
    bool below = o->below_high ? value < o->high : value <= o->high;
    return o->low == o->high || (above && below);
}

static verdict parse_number(const ad_option *o, const char *words, double *value)
{
    double read;
    if (!number_read(words, &read))
        return NOT_OF_TYPE;
    if (!in_range(o, read))
        return OUT_OF_RANGE;
    *value = read;
    return GOOD;
}

static verdict parse_whole(const ad_option *o, const char *words, int64_t *value)
{
    int64_t read;
    if (!number_read_whole(words, &read))
        return NOT_OF_TYPE;
    if (!in_range(o, (double)read))
        return OUT_OF_RANGE;
    *value = read;
    return GOOD;
}

static verdict parse_truth(const char *words, bool *value)
{
    bool yes = suggest_listed("true yes on", words);
    if (!yes && !suggest_listed("false no off", words))
        return NOT_OF_TYPE;
    *value = yes;
    return GOOD;
}

static verdict parse_text(const ad_option *o, const char *words, char **value)
{
    const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    if (!*words || (o->type == AD_OPTION_NAME && words[strspn(words, letters)]))
        return NOT_OF_TYPE;
    char *copy = text_copy(words);
    if (!copy)
        return NO_MEMORY;
    free(*value);
    *value = copy;
    return GOOD;
}

static verdict parse_word(const ad_option *o, const char *words, int *value)
{
    int number = option_word(o, words, strlen(words));
    if (number < 0)
        return NOT_OF_TYPE;
    *value = number;
    return GOOD;
}

/* One scalar into the place of the value; index is for pairs and lists of numbers. */
static verdict parse(const ad_option *o, const char *words, void *base, int index)
{
    void *at = value_at(o, base), *second = (char *)base + o->second;
    switch (o->type) {
    case AD_OPTION_NUMBER: return parse_number(o, words, at);
    case AD_OPTION_NUMBERS: return parse_number(o, words, &((ad_numbers *)at)->value[index]);
    case AD_OPTION_WHOLE: return parse_whole(o, words, at);
    case AD_OPTION_SIZES: return parse_whole(o, words, &((ad_shape *)at)->size[index]);
    case AD_OPTION_PAIR: return parse_whole(o, words, index ? second : at);
    case AD_OPTION_TRUTH: return parse_truth(words, at);
    case AD_OPTION_WORD: return parse_word(o, words, at);
    case AD_OPTION_NAME:
    case AD_OPTION_TEXT:
    case AD_OPTION_PATH: return parse_text(o, words, at);
    default: return NOT_OF_TYPE;
    }
}

static void set_count(const ad_option *o, void *base, int count)
{
    if (o->type == AD_OPTION_NUMBERS)
        ((ad_numbers *)value_at(o, base))->count = count;
    else if (o->type == AD_OPTION_SIZES)
        ((ad_shape *)value_at(o, base))->rank = count;
}

/* What one scalar means for a pair (the second is as the first) and for a list (a list of one). */
static void spread(const ad_option *o, void *base)
{
    if (o->type == AD_OPTION_PAIR)
        *(int64_t *)((char *)base + o->second) = AD_SAME;
    else
        set_count(o, base, 1);
}

/* ---------------------------------------------------------------- mistakes */

/* The word of f that is nearest to a wrong one, in best (WORD_MAX bytes); false where none is
 * near. */
static bool nearest_word(const ad_option *o, const char *wrong, char *best)
{
    int distance = -1;
    for (const char *p = o->words; *p;) {
        size_t size = strcspn(p, " ");
        char word[WORD_MAX];
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

static void report_words(report *r, const ad_option *o, const char *words)
{
    char best[WORD_MAX];
    text_buffer list = {0};
    if (*words && nearest_word(o, words, best)) {
        text_add_format(&list, "did you mean '%s'?  The words are ", best);
        option_add_list(&list, o->words, " and ");
    } else {
        text_add(&list, "write ");
        option_add_list(&list, o->words, " or ");
    }
    char *all = text_take(&list);
    report_cure(r, "%s", all ? all : "");
    free(all);
}

/* One value being read. */
typedef struct reading {
    report *r;
    const ad_option *o;
    const char *path;
    void *base;
    const void *initial;
} reading;

static void report_range(const reading *at)
{
    text_buffer t = {0}, initial = {0};
    option_describe(&t, at->o);
    bool such = at->initial && at->o->type != AD_OPTION_TRUTH && at->o->type != AD_OPTION_WORD &&
                option_value(&initial, at->o, at->initial) && initial.data &&
                strcmp(initial.data, "0") != 0;
    if (such)
        text_add_format(&t, ", such as %s", initial.data);
    text_done(&initial);
    char *words = text_take(&t);
    report_cure(at->r, "write %s", words ? words : "a value that fits");
    free(words);
}

static const char *type_words(const ad_option *o)
{
    switch (o->type) {
    case AD_OPTION_NUMBER:
    case AD_OPTION_NUMBERS: return "not a number";
    case AD_OPTION_WHOLE:
    case AD_OPTION_SIZES:
    case AD_OPTION_PAIR: return "not a whole number";
    case AD_OPTION_TRUTH: return "neither true nor false";
    case AD_OPTION_WORD: return "not one of its words";
    default: return "not a name";
    }
}

static void report_scalar(const reading *at, const tree *t, verdict v)
{
    text_buffer quoted = {0};
    text_add_quoted(&quoted, t->text);
    char *words = text_take(&quoted);
    if (!words || v == NO_MEMORY)
        at->r->failed = true;
    else if (!*t->text)
        report_add(at->r, t->at, "%s has no value", at->path);
    else if (v == OUT_OF_RANGE)
        report_add(at->r, t->at, "%s is %s, which is out of range", at->path, t->text);
    else
        report_add(at->r, t->at, "%s is %s, which is %s", at->path, words, type_words(at->o));
    free(words);
    if (at->o->type == AD_OPTION_WORD)
        report_words(at->r, at->o, t->text);
    else
        report_range(at);
}

static bool read_scalar(const reading *at, const tree *t, int index)
{
    if (t->kind == TREE_BAD)
        return false;
    if (t->kind != TREE_TEXT) {
        report_add(at->r, t->at, "%s is %s where one value is wanted", at->path, tree_words(t));
        report_range(at);
        return false;
    }
    verdict v = parse(at->o, t->text, at->base, index);
    if (v != GOOD)
        report_scalar(at, t, v);
    return v == GOOD;
}

/* ---------------------------------------------------------------- lists */

static bool read_items(const reading *at, const tree *t, int least, int most)
{
    if (t->count < least || t->count > most) {
        report_add(at->r, t->at, "%s has %d values", at->path, t->count);
        report_range(at);
        return false;
    }
    bool good = true;
    int index = 0;
    for (const tree *item = t->first; item; item = item->next)
        good = read_scalar(at, item, index++) && good;
    return good;
}

static bool read_numbers(const reading *at, const tree *t)
{
    if (t->kind != TREE_LIST) {
        bool good = read_scalar(at, t, 0);
        spread(at->o, at->base);
        return good;
    }
    if (at->o->type == AD_OPTION_PAIR)
        return read_items(at, t, 2, 2);
    int most = option_most(at->o);
    set_count(at->o, at->base, t->count <= most ? t->count : 1);
    return read_items(at, t, 1, most);
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

/* An entry of a group as NAME=VALUE. */
static bool read_entry(report *r, const char *path, const tree *t, ad_names *names)
{
    if (t->kind == TREE_BAD || t->key->kind != TREE_TEXT)
        return false;
    if (t->kind != TREE_TEXT || !*t->text) {
        report_add(r, t->at, "%s.%s is %s where one value is wanted", path, t->key->text,
                   t->kind == TREE_TEXT ? "empty" : tree_words(t));
        report_cure(r, "write NAME: WORD, or in brackets: [NAME=WORD]");
        return false;
    }
    names->text[names->count] = text_format("%s=%s", t->key->text, t->text);
    r->failed = r->failed || !names->text[names->count];
    names->count += names->text[names->count] != NULL;
    return !r->failed;
}

static bool read_group(report *r, const char *path, const tree *t, ad_names *names)
{
    names->text = calloc((size_t)t->count, sizeof *names->text);
    r->failed = r->failed || !names->text;
    bool good = names->text;
    for (const tree *item = t->first; item && names->text; item = item->next)
        good = read_entry(r, path, item, names) && good;
    return good;
}

static bool read_names(report *r, const ad_option *o, const char *path, const tree *t,
                       ad_names *names)
{
    free_names(names);
    if (t->kind == TREE_BAD)
        return false;
    if (t->kind == TREE_MAP && t->count && o->words)
        return read_group(r, path, t, names);
    if (t->kind == TREE_MAP || (t->kind == TREE_LIST && t->count == 0)) {
        report_add(r, t->at, "%s is %s where names are wanted", path,
                   t->count ? tree_words(t) : "empty");
        report_cure(r, "write one name, or several in brackets: [cat, dog]");
        return false;
    }
    const tree *item = t->kind == TREE_LIST ? t->first : t;
    names->text = calloc((size_t)(t->kind == TREE_LIST ? t->count : 1), sizeof *names->text);
    r->failed = r->failed || !names->text;
    bool good = names->text;
    for (int number = 1; item && names->text; item = t->kind == TREE_LIST ? item->next : NULL)
        good = read_name(r, path, item, number++, names) && good;
    return good;
}

bool value_read(report *r, const ad_option *o, const char *path, const tree *t, void *base,
                const void *initial)
{
    reading at = {r, o, path, base, initial};
    if (o->type == AD_OPTION_NAMES)
        return read_names(r, o, path, t, value_at(o, base));
    if (o->type == AD_OPTION_PAIR || option_is_list(o))
        return read_numbers(&at, t);
    return read_scalar(&at, t, 0);
}

/* ---------------------------------------------------------------- writing */

/* The size of a letter in UTF-8 that YAML takes for a control character or the end of a line, and
 * its number: U+0080 to U+009F, U+2028, U+2029, U+FEFF; 0: it is none of those. */
static int special_letter(const char *words, unsigned *number)
{
    const unsigned char *c = (const unsigned char *)words;
    if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0) {
        *number = c[1];
        return 2;
    }
    bool ends_line = c[0] == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9);
    bool mark = c[0] == 0xEF && c[1] == 0xBB && c[2] == 0xBF;
    *number = mark ? 0xFEFF : ends_line ? 0x2000U + c[2] - 0x80 : 0;
    return mark || ends_line ? 3 : 0;
}

void value_add_text(text_buffer *t, const char *words)
{
    unsigned number;
    text_add(t, "\"");
    for (const char *c = words; *c; c++) {
        int size = special_letter(c, &number);
        if (*c == '"' || *c == '\\')
            text_add(t, "\\");
        if (size > 0)
            text_add_format(t, "\\u%04X", number);
        else if ((unsigned char)*c < 32 || *c == 127)
            text_add_format(t, "\\x%02X", (unsigned)(unsigned char)*c);
        else
            text_add_bytes(t, c, 1);
        c += size > 0 ? size - 1 : 0;
    }
    text_add(t, "\"");
}

/* ---------------------------------------------------------------- structs of records */

void *record_options_new(const ad_record *record)
{
    void *options = malloc(record->size ? record->size : 1);
    if (!options)
        return NULL;
    if (record->size)
        memcpy(options, record->initial, record->size);
    bool good = true;
    for (int i = 0; i < record->options; i++)
        good = value_own(&record->option[i], options) && good;
    if (good)
        return options;
    record_options_free(record, options);
    return NULL;
}

void record_options_free(const ad_record *record, void *options)
{
    for (int i = 0; options && i < record->options; i++)
        value_done(&record->option[i], options);
    free(options);
}
