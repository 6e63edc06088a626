/* What stands in a file of texts. */
#include "text_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"
#include "text_tagged.h"

enum {
    LOOKED_AT = 1 << 18,
    CLASSES_MOST = 256, /* that are found without being asked for */
    LABEL_MOST = 64,    /* bytes of the name of a class */
    OFTEN = 3,          /* lines of a class, on average */
    SHORT_WORDS = 3,    /* of lines that are names and the like */
    SHORT_LINES = 20    /* as many of them, at least */
};

/* ---------------------------------------------------------------- a line */

static const char *find(const char *line, size_t size, const char *word, size_t length, bool last)
{
    const char *found = NULL;
    for (const char *p = line; p + length <= line + size; p++) {
        if (*p != *word || memcmp(p, word, length) != 0)
            continue;
        found = p;
        if (!last)
            return p;
    }
    return found;
}

bool text_form_cut(const text_form *form, const char *line, size_t size, const char **label,
                   size_t *label_size, const char **text, size_t *text_size)
{
    size_t length = strlen(form->separator);
    const char *at = find(line, size, form->separator, length, form->last);
    if (!at)
        return false;
    size_t before = (size_t)(at - line), behind = size - before - length;
    *label = form->last ? at + length : line;
    *label_size = form->last ? behind : before;
    *text = form->last ? line : at + length;
    *text_size = form->last ? before : behind;
    return true;
}

/* ---------------------------------------------------------------- classes that are found */

typedef struct found_classes {
    char name[CLASSES_MOST][LABEL_MOST + 1];
    int count;
} found_classes;

/* False where the name is none of a class, or there are too many. */
static bool count_class(found_classes *f, const char *label, size_t size)
{
    if (size == 0 || size > LABEL_MOST)
        return false;
    for (int i = 0; i < f->count; i++)
        if (strlen(f->name[i]) == size && memcmp(f->name[i], label, size) == 0)
            return true;
    if (f->count == CLASSES_MOST)
        return false;
    memcpy(f->name[f->count], label, size);
    f->name[f->count++][size] = 0;
    return true;
}

static int64_t words_in(const char *text, size_t size)
{
    int64_t words = 0;
    for (size_t i = 0; i < size; i++)
        words += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
    return words;
}

/* Whether all lines are a class and a text: few different classes, and texts of some words. */
static int classes_by(const char *bytes, size_t size, const text_form *form, found_classes *found)
{
    int64_t lines = 0, words = 0;
    found->count = 0;
    for (const char *at = bytes, *end = bytes + size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *label, *text;
        size_t line = stop ? (size_t)(stop - at) : (size_t)(end - at), label_size, text_size;
        if (!stop && lines) /* perhaps cut off */
            break;
        line -= line && at[line - 1] == '\r';
        if (line) {
            if (!text_form_cut(form, at, line, &label, &label_size, &text, &text_size) ||
                !count_class(found, label, label_size))
                return 0;
            lines++, words += words_in(text, text_size);
        }
        at = stop ? stop + 1 : end;
    }
    bool often = lines >= OFTEN * found->count || (found->count <= 2 && lines > found->count);
    return found->count && often && words >= 2 * lines ? found->count : 0;
}

int text_form_classes(const char *bytes, size_t size, text_form *form)
{
    found_classes *found = malloc(sizeof *found);
    int classes = 0;
    static const char prefix[] = "__label__";
    bool prefixed = size > sizeof prefix && memcmp(bytes, prefix, sizeof prefix - 1) == 0;
    for (int last = 0; found && last < 2 && !classes; last++) {
        *form = (text_form){.form = AD_TEXTS_LABELS, .last = last};
        strcpy(form->separator, prefixed ? " " : "\t");
        classes = classes_by(bytes, size, form, found);
        if (prefixed)
            break;
    }
    free(found);
    return classes;
}

/* ---------------------------------------------------------------- deciding */

bool text_form_pairs(const char *bytes, size_t size)
{
    int64_t lines = 0;
    for (const char *at = bytes, *end = bytes + size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line = stop ? (size_t)(stop - at) : (size_t)(end - at);
        const char *tab = memchr(at, '\t', line);
        if (!stop && lines)
            break; /* it may be cut */
        if (line > 1 && (!tab || memchr(tab + 1, '\t', line - (size_t)(tab - at) - 1)))
            return false;
        lines += line > 1;
        at = stop ? stop + 1 : end;
    }
    return lines > 1;
}

/* Whether no line is empty and none has more than a few words: names, not a text. */
static bool short_lines(const char *bytes, size_t size)
{
    int64_t lines = 0;
    for (const char *at = bytes, *end = bytes + size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line = stop ? (size_t)(stop - at) : (size_t)(end - at);
        line -= line && at[line - 1] == '\r';
        if (line == 0 || words_in(at, line) > SHORT_WORDS)
            return false;
        lines++;
        at = stop ? stop + 1 : end;
    }
    return lines >= SHORT_LINES;
}

/* As it stands in a configuration: a text, or a word for what cannot be seen. */
static const char *separator_of(const char *word)
{
    return !word || strcmp(word, "tab") == 0 ? "\t"
           : strcmp(word, "blank") == 0      ? " "
           : strcmp(word, "comma") == 0      ? ","
                                             : word;
}

static ad_status take_asked(const ad_texts_options *o, text_form *form)
{
    const char *separator = separator_of(o->separator);
    if (!*separator || strlen(separator) >= sizeof form->separator)
        return message_fail(AD_ERROR_ARGUMENT,
                            "text: a separator has 1 to %d bytes\n  tab, comma, blank, or what "
                            "stands between class and text\n",
                            (int)sizeof form->separator - 1);
    strcpy(form->separator, separator);
    form->last = o->class_at == AD_TEXTS_LAST;
    return AD_OK;
}

static ad_status take_tagged(const ad_texts_options *o, const text_file *file, const char *because,
                             text_form *form)
{
    tagged_form found;
    ad_status status = tagged_form_find(file, o->word_column, o->tag_column, &found);
    *form = (text_form){.form = AD_TEXTS_TAGGED, .because = because};
    tagged_form_text(&found, form->separator);
    return status;
}

ad_status text_form_find(const ad_texts_options *o, const text_file *file, text_form *form)
{
    size_t size = file->size < LOOKED_AT ? file->size : LOOKED_AT;
    *form = (text_form){.form = o->form};
    ad_status status = take_asked(o, form);
    if (o->into) { /* whole lines of both files */
        form->form = AD_TEXTS_PAIRS;
        *form->separator = 0;
    }
    if (status != AD_OK || form->form == AD_TEXTS_LINES || form->form == AD_TEXTS_CORPUS ||
        form->form == AD_TEXTS_PAIRS)
        return status;
    bool asked = o->separator || o->class_at != AD_TEXTS_FOUND;
    bool columns = o->word_column > 0 || o->tag_column > 0;
    if (form->form == AD_TEXTS_TAGGED || (form->form == AD_TEXTS_AUTO && columns))
        return take_tagged(o, file, NULL, form);
    if (form->form == AD_TEXTS_AUTO && !asked && tagged_form_looks(file->bytes, size))
        return take_tagged(o, file,
                           "each line has columns, the last one of few words: a word and "
                           "its tag",
                           form);
    if (form->form == AD_TEXTS_LABELS || asked) {
        text_form found;
        form->form = AD_TEXTS_LABELS;
        if (!asked && text_form_classes(file->bytes, size, &found))
            *form = found;
        return AD_OK;
    }
    if (text_form_classes(file->bytes, size, form)) {
        form->because = form->last ? "each line ends with one of few words behind a tab: a class"
                                   : "each line begins with one of few words: a class";
        return AD_OK;
    }
    if (text_form_pairs(file->bytes, size)) {
        *form = (text_form){.form = AD_TEXTS_PAIRS, .separator = "\t"};
        form->because = "each line has one tab, between a text and what it becomes";
        return AD_OK;
    }
    bool lines = short_lines(file->bytes, size);
    *form = (text_form){.form = lines ? AD_TEXTS_LINES : AD_TEXTS_CORPUS};
    form->because = lines ? "every line is short: each is a text of its own"
                          : "lines are no texts of their own: they are one long text";
    return AD_OK;
}

/* ---------------------------------------------------------------- as text */

static const char *const form_words[] = {
    [AD_TEXTS_AUTO] = "auto",       [AD_TEXTS_LABELS] = "labels", [AD_TEXTS_LINES] = "lines",
    [AD_TEXTS_FOLDERS] = "folders", [AD_TEXTS_CORPUS] = "corpus", [AD_TEXTS_TAGGED] = "tagged",
    [AD_TEXTS_PAIRS] = "pairs"};

char *text_form_text(const text_form *form, int64_t piece)
{
    text_buffer t = {0};
    text_add_format(&t, "%s %lld %s :", form_words[form->form], (long long)piece,
                    form->last ? "last" : "first");
    text_add_escaped(&t, form->separator);
    return text_take(&t);
}

bool text_form_read(const char *text, text_form *form, int64_t *piece)
{
    char word[16], label[8], separator[64];
    long long number;
    *form = (text_form){.form = AD_TEXTS_AUTO};
    int used = 0;
    if (!text || sscanf(text, "%15s %lld %7s :%n", word, &number, label, &used) < 3 || !used ||
        strlen(text + used) >= sizeof separator || number < 8 || number > 1 << 24)
        return false;
    strcpy(separator, text + used);
    for (int i = AD_TEXTS_LABELS; i <= AD_TEXTS_PAIRS; i++)
        if (strcmp(form_words[i], word) == 0)
            form->form = i;
    if (!text_unescape(separator) || strlen(separator) >= sizeof form->separator)
        return false;
    strcpy(form->separator, separator);
    form->last = strcmp(label, "last") == 0;
    *piece = number;
    return form->form != AD_TEXTS_AUTO && (form->form != AD_TEXTS_LABELS || *separator) &&
           (form->last || strcmp(label, "first") == 0);
}
