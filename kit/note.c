/* Notes of files, by their tables. */
#include "note.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 64 };

/* Where the reader stands. */
typedef struct reader {
    const note_table *table;
    char *record, *why;
    size_t size; /* of why */
    bool seen[NOTE_FIELDS_MAX];
} reader;

static bool refuse(reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(reader *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->why, r->size, format, arguments);
    va_end(arguments);
    return false;
}

/* ---------------------------------------------------------------- one value */

static int write_value(const note_field *f, const char *at, char *text, size_t size)
{
    switch (f->type) {
    case NOTE_WHOLE:
        return snprintf(text, size, "%s=%" PRId64, f->name, *(const int64_t *)(const void *)at);
    case NOTE_NUMBER:
        return snprintf(text, size, "%s=%a", f->name, *(const double *)(const void *)at);
    default: return snprintf(text, size, "%s=%d", f->name, *(const bool *)(const void *)at);
    }
}

static void set(const note_field *f, char *at, int64_t whole, double number)
{
    switch (f->type) {
    case NOTE_WHOLE: *(int64_t *)(void *)at = whole; break;
    case NOTE_NUMBER: *(double *)(void *)at = number; break;
    default: *(bool *)(void *)at = whole != 0;
    }
}

static bool out_of_range(reader *r, const note_field *f, const char *word)
{
    return refuse(r, "%s is %s, not %s from %.17g to %.17g", f->name, word,
                  f->type == NOTE_NUMBER ? "a number" : "a whole number", f->low, f->high);
}

/* A NaN is in no range. */
static bool read_value(reader *r, const note_field *f, const char *word)
{
    char *end;
    errno = 0;
    bool plain = *word && !strchr(" \t\n\v\f\r", *word), whole = f->type != NOTE_NUMBER;
    int64_t integer = whole ? strtoll(word, &end, 10) : 0;
    double number = whole ? (double)integer : strtod(word, &end);
    bool overflow = errno == ERANGE && whole;
    if (!plain || *end || overflow || !(number >= f->low && number <= f->high))
        return out_of_range(r, f, word);
    set(f, r->record + f->offset, integer, number);
    return true;
}

/* ---------------------------------------------------------------- all of them */

bool note_write(const note_table *table, const void *record, char *text, size_t size)
{
    size_t at = 0;
    for (int i = 0; i < table->count && at < size; i++) {
        const note_field *f = &table->fields[i];
        if (i > 0)
            text[at++] = ' ';
        at += (size_t)write_value(f, (const char *)record + f->offset, text + at, size - at);
    }
    return at < size;
}

static int find(const note_table *table, const char *name, size_t size)
{
    for (int i = 0; i < table->count; i++)
        if (strlen(table->fields[i].name) == size && memcmp(table->fields[i].name, name, size) == 0)
            return i;
    return -1;
}

static bool read_word(reader *r, const char *word, size_t size)
{
    char value[WORD_MAX];
    size_t name = 0;
    while (name < size && word[name] != '=')
        name++;
    int shown = size < WORD_MAX ? (int)size : WORD_MAX, i = find(r->table, word, name);
    if (i < 0 || name == size)
        return refuse(r, "'%.*s' is no field of it", shown, word);
    if (r->seen[i])
        return refuse(r, "%s stands there twice", r->table->fields[i].name);
    if (size - name > WORD_MAX)
        return refuse(r, "%s has a value of %d letters", r->table->fields[i].name,
                      (int)(size - name - 1));
    r->seen[i] = true;
    snprintf(value, sizeof value, "%.*s", (int)(size - name - 1), word + name + 1);
    return read_value(r, &r->table->fields[i], value);
}

static int64_t whole_of(const reader *r, const note_field *f)
{
    return *(const int64_t *)(const void *)(r->record + f->offset);
}

/* Fields that are missing, and such that are above the field that bounds them. */
static bool check_together(reader *r)
{
    for (int i = 0; i < r->table->count; i++)
        if (!r->seen[i] && !r->table->fields[i].optional)
            return refuse(r, "%s is missing", r->table->fields[i].name);
    for (int i = 0; i < r->table->count; i++) {
        const note_field *f = &r->table->fields[i];
        int most = f->most ? find(r->table, f->most, strlen(f->most)) : -1;
        if (most < 0 || whole_of(r, f) <= whole_of(r, &r->table->fields[most]))
            continue;
        return refuse(r, "%s is %" PRId64 ", above %s, which is %" PRId64, f->name, whole_of(r, f),
                      f->most, whole_of(r, &r->table->fields[most]));
    }
    return true;
}

bool note_read(const note_table *table, const char *text, void *record, char *why, size_t size)
{
    reader r = {.table = table, .record = record, .why = why, .size = size};
    for (const char *word = text; *word; word += strspn(word, " ")) {
        size_t letters = strcspn(word, " ");
        if (!read_word(&r, word, letters))
            return false;
        word += letters;
    }
    return check_together(&r);
}
