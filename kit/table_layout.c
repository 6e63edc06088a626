/* The layout of a table as text, a line for each thing, and back.  A backslash and two hexadecimal
 * digits stand for a byte below a blank and for a backslash. */
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "message.h"
#include "sound.h"
#include "table.h"

const char *const column_type_words[COLUMN_TYPES] = {"none", "number", "whole",   "class", "date",
                                                     "text", "time",   "picture", "sound"};

enum { COLUMNS_MOST = 1 << 16 };

bool table_names_copy(ad_names *to, const ad_names *from)
{
    *to = (ad_names){0};
    to->text = calloc((size_t)from->count + 1, sizeof *to->text);
    for (int i = 0; to->text && i < from->count; i++)
        if (!(to->text[to->count++] = text_copy(from->text[i])))
            return false;
    return to->text != NULL;
}

void table_names_done(ad_names *n)
{
    for (int i = 0; i < n->count; i++)
        free(n->text[i]);
    free(n->text);
    *n = (ad_names){0};
}

void table_layout_done(table_layout *l)
{
    for (int i = 0; i < l->columns; i++)
        free(l->column[i].name);
    free(l->column);
    free(l->dialect);
    table_names_done(&l->missing);
    *l = (table_layout){0};
}

/* ---------------------------------------------------------------- as text */

static void add_escaped_line(text_buffer *t, const char *words)
{
    text_add_escaped(t, words);
    text_add(t, "\n");
}

char *table_layout_text(const table_layout *l)
{
    text_buffer t = {0};
    text_add_format(&t, "table %d %d %d\n", l->named, (unsigned char)l->point, l->unknown_missing);
    for (int i = 0; i < l->missing.count; i++) {
        text_add(&t, "missing ");
        add_escaped_line(&t, l->missing.text[i]);
    }
    if (l->dialect) {
        text_add(&t, "dialect ");
        add_escaped_line(&t, l->dialect);
    }
    for (int i = 0; i < l->columns; i++) {
        const layout_column *c = &l->column[i];
        text_add_format(&t, "column %d %d", c->type, c->form);
        for (int k = 0; k < DATE_PARTS; k++)
            text_add_format(&t, " %d", c->field[k]);
        text_add(&t, " ");
        add_escaped_line(&t, c->name);
        if (c->type == COLUMN_NUMBER && c->form & NUMBERS_DRESSED) {
            text_add_format(&t, "dress %d ", (int)strlen(c->dress.before));
            text_add(&t, c->dress.before);
            add_escaped_line(&t, c->dress.after);
        }
    }
    return text_take(&t);
}

/* ---------------------------------------------------------------- back */

/* A copy without escapes; NULL without memory, or where it is no text of text_add_escaped. */
static char *unescaped(const char *words, size_t size)
{
    char *copy = text_copy_bytes(words, size);
    if (!copy || text_unescape(copy))
        return copy;
    free(copy);
    return NULL;
}

static bool next_number(const char **at, int low, int high, int *number)
{
    char *end;
    long value = strtol(*at, &end, 10);
    bool good = end != *at && (*end == ' ' || *end == '\n') && value >= low && value <= high;
    *at = end + (*end == ' ');
    *number = (int)value;
    return good;
}

static bool take_head(table_layout *l, const char *at)
{
    int named, point, unknown;
    if (!next_number(&at, 0, 1, &named) || !next_number(&at, 0, 255, &point) ||
        !next_number(&at, 0, 1, &unknown))
        return false;
    l->named = named, l->point = (char)point, l->unknown_missing = unknown;
    return true;
}

static bool take_missing(table_layout *l, char *word)
{
    char **text = realloc(l->missing.text, ((size_t)l->missing.count + 1) * sizeof *text);
    if (text)
        l->missing.text = text;
    if (!text || !word) {
        free(word);
        return false;
    }
    text[l->missing.count++] = word;
    return true;
}

static bool take_column(const ad_schema *schema, table_layout *l, const char *at, const char *stop)
{
    layout_column c = {0}, *list;
    bool good = l->columns < COLUMNS_MOST && next_number(&at, 0, COLUMN_TYPES - 1, &c.type) &&
                next_number(&at, 0, PICTURE_FORMS - 1, &c.form) &&
                (c.type == COLUMN_PICTURE || c.form < TIME_FORMS) &&
                (c.type == COLUMN_PICTURE || c.type == COLUMN_TIME || c.form < DATE_FORMS);
    for (int k = 0; k < DATE_PARTS; k++)
        good = good && next_number(&at, -1, schema->fields - 1, &c.field[k]);
    if (!good || at > stop || !(c.name = unescaped(at, (size_t)(stop - at))))
        return false;
    list = realloc(l->column, ((size_t)l->columns + 1) * sizeof *list);
    if (!list) {
        free(c.name);
        return false;
    }
    l->column = list;
    l->column[l->columns++] = c;
    return true;
}

/* Of the column before it: how many bytes stand before a number, these, and those behind it. */
static bool take_dress(table_layout *l, const char *at, const char *stop)
{
    number_dress *d = l->columns ? &l->column[l->columns - 1].dress : NULL;
    int before;
    if (!d || !next_number(&at, 0, sizeof d->before - 1, &before) || stop - at < before ||
        (size_t)(stop - at - before) >= sizeof d->after)
        return false;
    *d = (number_dress){.before = ""};
    memcpy(d->before, at, (size_t)before);
    memcpy(d->after, at + before, (size_t)(stop - at - before));
    return true;
}

static bool begins(const char **line, const char *word)
{
    size_t size = strlen(word);
    bool same = strncmp(*line, word, size) == 0;
    *line += same ? size : 0;
    return same;
}

static bool take_line(const ad_schema *schema, table_layout *l, const char *line, const char *stop)
{
    if (begins(&line, "table "))
        return take_head(l, line);
    if (begins(&line, "missing "))
        return take_missing(l, unescaped(line, (size_t)(stop - line)));
    if (begins(&line, "column "))
        return take_column(schema, l, line, stop);
    if (begins(&line, "dress "))
        return take_dress(l, line, stop);
    return begins(&line, "dialect ") && !l->dialect &&
           (l->dialect = unescaped(line, (size_t)(stop - line)));
}

/* A field of files; or of their paths, as long as no more is known of them. */
static bool fits_files(const ad_schema_field *f, int type)
{
    const int64_t *size = f->shape.size;
    bool varies = f->shape.rank == 1 && size[0] == AD_VARYING;
    if (f->meaning == AD_MEANS_TEXT)
        return f->type == AD_U8 && varies;
    if (type == COLUMN_SOUND)
        return f->meaning == AD_MEANS_SOUND && f->type == AD_F32 && varies && f->rate >= 1 &&
               f->rate <= SOUND_RATE_MAX && f->rate == (double)(int64_t)f->rate;
    return f->meaning == AD_MEANS_IMAGE && f->type == AD_U8 && f->shape.rank == 3 && size[0] >= 1 &&
           size[1] >= 1 && size[0] <= IMAGE_SIDE_MAX && size[1] <= IMAGE_SIDE_MAX &&
           (size[2] == 1 || size[2] == 3);
}

/* The types of the fields are those that the columns fill. */
static bool fits(const ad_schema *schema, const layout_column *c)
{
    static const ad_type types[] = {
        [COLUMN_NUMBER] = AD_F64, [COLUMN_WHOLE] = AD_I64, [COLUMN_CLASS] = AD_I32,
        [COLUMN_DATE] = AD_F64,   [COLUMN_TEXT] = AD_U8,   [COLUMN_TIME] = AD_F64};
    for (int k = 0; k < DATE_PARTS; k++) {
        const ad_schema_field *f = c->field[k] < 0 ? NULL : &schema->field[c->field[k]];
        if (f && k > 0 && c->type != COLUMN_DATE)
            return false;
        if (!f || f->use == AD_USE_NONE)
            continue;
        if (c->type == COLUMN_PICTURE || c->type == COLUMN_SOUND) {
            if (!fits_files(f, c->type))
                return false;
            continue;
        }
        int rank = c->type == COLUMN_TEXT;
        if (c->type == COLUMN_NONE || f->type != types[c->type] || f->shape.rank != rank ||
            (rank && f->shape.size[0] != AD_VARYING) || (c->type == COLUMN_CLASS && !f->names))
            return false;
    }
    return true;
}

/* Of all files more is known than their paths, or of none. */
static bool alike(const ad_schema *schema, const table_layout *l)
{
    int paths = 0, files = 0;
    for (int i = 0; i < l->columns; i++) {
        const layout_column *c = &l->column[i];
        bool file = c->type == COLUMN_PICTURE || c->type == COLUMN_SOUND;
        const ad_schema_field *f = file && c->field[0] >= 0 ? &schema->field[c->field[0]] : NULL;
        if (f && f->use != AD_USE_NONE)
            ++*(f->meaning == AD_MEANS_TEXT ? &paths : &files);
    }
    return !paths || !files;
}

/* Every field that has a role is filled by one column. */
static bool whole(const ad_schema *schema, const table_layout *l)
{
    int *filled = calloc((size_t)schema->fields + 1, sizeof *filled);
    bool good = filled != NULL;
    for (int i = 0; good && i < l->columns; i++) {
        good = fits(schema, &l->column[i]);
        for (int k = 0; good && k < DATE_PARTS; k++)
            if (l->column[i].field[k] >= 0)
                good = ++filled[l->column[i].field[k]] == 1;
    }
    for (int f = 0; good && f < schema->fields; f++)
        good = filled[f] == 1 || schema->field[f].use == AD_USE_NONE;
    free(filled);
    return good;
}

ad_status table_layout_read(const ad_schema *schema, table_layout *l)
{
    *l = (table_layout){.point = '.'};
    bool good = schema->own != NULL;
    for (const char *line = schema->own; good && *line;) {
        const char *stop = strchr(line, '\n');
        good = stop && take_line(schema, l, line, stop);
        line = stop ? stop + 1 : line;
    }
    if (good && l->columns > 0 && whole(schema, l) && alike(schema, l))
        return AD_OK;
    table_layout_done(l);
    return message_fail(AD_ERROR_FORMAT,
                        "the schema of the reader '%s' does not say its columns\n  make it anew "
                        "from the data\n",
                        schema->reader);
}
