/* Schemas: what data is, field by field, and the same as text.
 *
 * The text has one line for each thing, "key value": a line `field` begins a field, `name`, `class`
 * and `why` belong to the field before them.  A backslash and two hexadecimal digits stand for a
 * byte below a blank and for a backslash, so any name survives. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "table.h"
#include "text.h"

static const char *const type_words[] = {[AD_F32] = "f32", [AD_F64] = "f64", [AD_I32] = "i32",
                                         [AD_I64] = "i64", [AD_U8] = "u8",   [AD_BOOL] = "bool"};
static const char *const meaning_words[] = {
    [AD_MEANS_NUMBER] = "number", [AD_MEANS_WHOLE] = "whole", [AD_MEANS_CLASS] = "class",
    [AD_MEANS_IMAGE] = "image",   [AD_MEANS_TEXT] = "text",   [AD_MEANS_SOUND] = "sound",
    [AD_MEANS_TIME] = "time"};
static const char *const use_words[] = {[AD_USE_INPUT] = "input",
                                        [AD_USE_TARGET] = "target",
                                        [AD_USE_ID] = "id",
                                        [AD_USE_NONE] = "none"};

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* ---------------------------------------------------------------- life */

ad_schema *ad_schema_new(const char *reader)
{
    const ad_reader_record *record = ad_reader_find(reader);
    ad_schema *schema = record ? calloc(1, sizeof *schema) : NULL;
    if (schema)
        schema->reader = record->record.name;
    else if (record)
        message_no_memory();
    return schema;
}

static void free_field(ad_schema_field *f)
{
    for (int64_t i = 0; f->names && i < f->classes; i++)
        free(f->names[i]);
    free(f->names);
    free(f->name);
    free(f->why);
}

void ad_schema_free(ad_schema *schema)
{
    if (!schema)
        return;
    for (int i = 0; i < schema->fields; i++)
        free_field(&schema->field[i]);
    free(schema->field);
    free(schema->own);
    free(schema->notes);
    free(schema);
}

/* False without memory; what was copied is freed with the field. */
static bool copy_names(ad_schema_field *to, char *const *names)
{
    to->names = calloc((size_t)to->classes + 1, sizeof *to->names);
    for (int64_t i = 0; to->names && i < to->classes; i++)
        if (!(to->names[i] = text_copy(names[i])))
            return false;
    return to->names != NULL;
}

ad_schema_field *ad_schema_add(ad_schema *schema, const ad_schema_field *field)
{
    ad_schema_field *list =
        realloc(schema->field, ((size_t)schema->fields + 1) * sizeof *schema->field);
    if (!list)
        return NULL;
    schema->field = list;
    ad_schema_field *to = &list[schema->fields];
    *to = *field;
    to->name = text_copy(field->name);
    to->why = field->why ? text_copy(field->why) : NULL;
    to->names = NULL;
    if (to->name && (to->why || !field->why) && (!field->names || copy_names(to, field->names))) {
        schema->fields++;
        return to;
    }
    free_field(to);
    return NULL;
}

const ad_schema_field *ad_schema_find(const ad_schema *schema, const char *name)
{
    for (int i = 0; i < schema->fields; i++)
        if (strcmp(schema->field[i].name, name) == 0)
            return &schema->field[i];
    return NULL;
}

const ad_schema_field *ad_schema_target(const ad_schema *schema)
{
    for (int i = 0; i < schema->fields; i++)
        if (schema->field[i].use == AD_USE_TARGET)
            return &schema->field[i];
    return NULL;
}

bool ad_schema_note(ad_schema *schema, const char *format, ...)
{
    text_buffer t = {0};
    if (schema->notes)
        text_add(&t, schema->notes);
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&t, format, arguments);
    va_end(arguments);
    text_add(&t, "\n");
    char *notes = text_take(&t);
    if (!notes)
        return false;
    free(schema->notes);
    schema->notes = notes;
    return true;
}

/* ---------------------------------------------------------------- as text */

static void add_line(text_buffer *t, const char *key, const char *words)
{
    text_add(t, key);
    text_add(t, " ");
    text_add_escaped(t, words);
    text_add(t, "\n");
}

static void add_field(text_buffer *t, const ad_schema_field *f)
{
    text_add_format(t, "field %s %s %s %lld %d %lld %d", type_words[f->type],
                    meaning_words[f->meaning], use_words[f->use], (long long)f->classes,
                    f->names != NULL, (long long)f->missing, f->shape.rank);
    for (int i = 0; i < f->shape.rank; i++)
        text_add_format(t, " %lld", (long long)f->shape.size[i]);
    text_add(t, "\n");
    add_line(t, "name", f->name);
    for (int64_t i = 0; f->names && i < f->classes; i++)
        add_line(t, "class", f->names[i]);
    if (f->why)
        add_line(t, "why", f->why);
    if (f->rate > 0) {
        text_add(t, "rate ");
        number_add(t, f->rate);
        text_add(t, "\n");
    }
}

char *ad_schema_text(const ad_schema *schema)
{
    text_buffer t = {0};
    add_line(&t, "schema", "1");
    add_line(&t, "reader", schema->reader);
    for (int i = 0; i < schema->fields; i++)
        add_field(&t, &schema->field[i]);
    if (schema->running)
        add_line(&t, "running", "yes");
    if (schema->own)
        add_line(&t, "own", schema->own);
    if (schema->notes)
        add_line(&t, "notes", schema->notes);
    return text_take(&t);
}

/* ---------------------------------------------------------------- back */

typedef struct lines {
    const char *at, *end;
    int number;
    char *key, *value; /* of the line before `at`, in memory of their own */
    bool no_memory;
} lines;

static bool copied(lines *l, const void *block)
{
    l->no_memory = l->no_memory || !block;
    return block != NULL;
}

/* The next line in key and value.  1: there is one; 0: the end; -1: it is no line of a schema. */
static int next_line(lines *l)
{
    free(l->key);
    l->key = l->value = NULL;
    if (l->at == l->end)
        return 0;
    const char *stop = memchr(l->at, '\n', (size_t)(l->end - l->at));
    if (!stop || memchr(l->at, 0, (size_t)(stop - l->at)))
        return -1;
    l->key = text_copy_bytes(l->at, (size_t)(stop - l->at));
    l->at = stop + 1;
    l->number++;
    char *blank = copied(l, l->key) ? strchr(l->key, ' ') : NULL;
    if (!blank)
        return -1;
    *blank = 0;
    l->value = blank + 1;
    return text_unescape(l->value) ? 1 : -1;
}

static int word_of(const char *const *list, int count, const char *word)
{
    for (int i = 0; i < count; i++)
        if (list[i] && strcmp(list[i], word) == 0)
            return i;
    return -1;
}

/* The next number of a line; false where there is none in the range. */
static bool next_number(char **at, long long low, long long high, int64_t *number)
{
    char *end;
    long long value = strtoll(*at, &end, 10);
    bool good = end != *at && (*end == ' ' || *end == 0) && value >= low && value <= high;
    *at = end;
    *number = value;
    return good;
}

static bool next_word(char **at, const char *const *list, int count, int *index)
{
    char word[16];
    *at += **at == ' ';
    size_t size = strcspn(*at, " ");
    if (size >= sizeof word)
        return false;
    memcpy(word, *at, size);
    word[size] = 0;
    *at += size;
    *index = word_of(list, count, word);
    return *index >= 0;
}

enum { CLASSES_MAX = 1 << 24 };

static bool read_field(lines *l, ad_schema *schema, char *at)
{
    size_t left = (size_t)(l->end - l->at); /* in which each class has a line */
    int type = 0, meaning = 0, use = 0;
    int64_t named = 0, rank = 0;
    ad_schema_field f = {.name = (char *)""};
    bool good = next_word(&at, type_words, COUNT(type_words), &type) &&
                next_word(&at, meaning_words, COUNT(meaning_words), &meaning) &&
                next_word(&at, use_words, COUNT(use_words), &use) &&
                next_number(&at, 0, CLASSES_MAX, &f.classes) && next_number(&at, 0, 1, &named) &&
                next_number(&at, 0, INT64_MAX, &f.missing) &&
                next_number(&at, 0, AD_RANK_MAX, &rank);
    for (int i = 0; good && i < rank; i++)
        good = next_number(&at, INT64_MIN + 2, (long long)1 << 48, &f.shape.size[i]) &&
               (f.shape.size[i] >= 0 || f.shape.size[i] == AD_VARYING);
    if (!good || *at || (named && (uint64_t)f.classes > left / strlen("class \n")))
        return false;
    f.type = (ad_type)type, f.meaning = (ad_meaning)meaning, f.use = (ad_use)use;
    f.shape.rank = (int)rank;
    ad_schema_field *added = ad_schema_add(schema, &f);
    if (!copied(l, added) || !named)
        return added != NULL;
    added->names = calloc((size_t)added->classes + 1, sizeof *added->names);
    return copied(l, added->names);
}

static bool take(lines *l, char **to)
{
    if (*to && **to)
        return false;
    free(*to);
    *to = text_copy(l->value);
    return copied(l, *to);
}

static bool take_class(lines *l, ad_schema_field *f)
{
    int64_t i = 0;
    while (f->names && i < f->classes && f->names[i])
        i++;
    return f->names && i < f->classes && copied(l, f->names[i] = text_copy(l->value));
}

static bool take_line(lines *l, ad_schema *s)
{
    ad_schema_field *last = s->fields ? &s->field[s->fields - 1] : NULL;
    if (strcmp(l->key, "field") == 0)
        return read_field(l, s, l->value);
    if (strcmp(l->key, "own") == 0)
        return take(l, &s->own);
    if (strcmp(l->key, "notes") == 0)
        return take(l, &s->notes);
    if (strcmp(l->key, "running") == 0) {
        s->running = strcmp(l->value, "yes") == 0;
        return s->running;
    }
    if (!last)
        return false;
    if (strcmp(l->key, "rate") == 0)
        return last->rate == 0 && number_read(l->value, &last->rate) && last->rate > 0;
    if (strcmp(l->key, "name") == 0)
        return take(l, &last->name);
    if (strcmp(l->key, "why") == 0)
        return take(l, &last->why);
    return strcmp(l->key, "class") == 0 && take_class(l, last);
}

/* Every field has a name, and every class that is promised one. */
static bool whole(const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        if (!*f->name || (f->names && f->classes > 0 && !f->names[f->classes - 1]))
            return false;
    }
    return true;
}

static bool read_head(lines *l, ad_schema **schema)
{
    if (next_line(l) != 1 || strcmp(l->key, "schema") != 0 || strcmp(l->value, "1") != 0)
        return false;
    if (next_line(l) != 1 || strcmp(l->key, "reader") != 0)
        return false;
    *schema = ad_schema_new(l->value);
    return copied(l, *schema || !ad_record_find(ad_reader_at, l->value) ? l : NULL) && *schema;
}

ad_status ad_schema_read(const char *text, size_t size, ad_schema **schema)
{
    *schema = NULL;
    lines l = {.at = text, .end = text + size};
    bool good = read_head(&l, schema);
    int got = 0;
    while (good && (got = next_line(&l)) == 1)
        good = take_line(&l, *schema);
    good = good && got == 0 && whole(*schema);
    free(l.key);
    if (good)
        return AD_OK;
    ad_schema_free(*schema);
    *schema = NULL;
    if (l.no_memory)
        return message_no_memory();
    return message_fail(AD_ERROR_FORMAT,
                        "line %d is not one of a schema's text\n  store the model again\n",
                        l.number);
}

const char *schema_why_left_out(const ad_schema_field *f)
{
    static const char before[] = "left out, ";
    const char *why = f->why ? f->why : "";
    return strncmp(why, before, sizeof before - 1) == 0 ? why + sizeof before - 1 : why;
}
