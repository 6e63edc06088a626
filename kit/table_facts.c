/* What the cells of a column have in common. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

int table_bound(int columns)
{
    int bound = columns > 0 ? (1 << 18) / columns : 4096;
    return bound < 64 ? 64 : bound > 4096 ? 4096 : bound;
}

/* ---------------------------------------------------------------- the text of a table_cell */

bool cell_text_halved(const table_cell *c, text_buffer *room, const char **text, size_t *size)
{
    room->size = 0;
    const char *end = c->text + c->size, *from = c->text, *p;
    while ((p = memchr(from, c->doubled, (size_t)(end - from)))) {
        text_add_bytes(room, from, (size_t)(p + 1 - from));
        from = p + 1 + (p + 1 < end && p[1] == c->doubled);
    }
    text_add_bytes(room, from, (size_t)(end - from));
    *text = room->data, *size = room->size;
    return !room->failed;
}

void cell_show(text_buffer *t, const table_cell *c)
{
    if (c->given == CELL_WHOLE)
        text_add_format(t, "%lld", (long long)c->whole);
    else if (c->given == CELL_NUMBER)
        number_add(t, c->number);
    else if (c->given == CELL_NOTHING || c->size == 0)
        text_add(t, "nothing");
    else {
        char *copy = text_copy_bytes(c->text, c->size);
        if (copy)
            text_add_quoted(t, copy);
        else
            t->failed = true;
        free(copy);
    }
}

/* ---------------------------------------------------------------- one cell more */

void table_facts_begin(table_facts *f, table_course *c, int columns)
{
    for (int i = 0; i < columns; i++) {
        f[i] = (table_facts){.least = INT64_MAX,
                             .most = INT64_MIN,
                             .low = INFINITY,
                             .high = -INFINITY,
                             .dates = DATE_ALL};
        for (int k = 0; k < 2 * DATE_PARTS; k++)
            f[i].from[k / DATE_PARTS][k % DATE_PARTS] = 32767,
                                          f[i].to[k / DATE_PARTS][k % DATE_PARTS] = -1;
        c[i] = (table_course){.counting = true};
    }
}

static void add_number(table_facts *f, table_course *c, double value)
{
    if (isfinite(value))
        c->sum += value;
    else
        f->infinite++;
    f->low = value < f->low ? value : f->low;
    f->high = value > f->high ? value : f->high;
}

static void add_whole(table_facts *f, table_course *c, int64_t whole)
{
    f->least = whole < f->least ? whole : f->least;
    f->most = whole > f->most ? whole : f->most;
    if (!c->any)
        c->first = whole;
    else if (c->last == INT64_MAX || whole != c->last + 1)
        c->counting = false;
    c->any = true;
    c->last = whole;
}

static void add_parts(table_facts *f, int as, const table_date *date)
{
    for (int i = 0; i < DATE_PARTS; i++) {
        short part = (short)date->part[i];
        f->from[as][i] = part < f->from[as][i] ? part : f->from[as][i];
        f->to[as][i] = part > f->to[as][i] ? part : f->to[as][i];
    }
}

/* Forms that the text has not are left out of those that all cells have. */
static void add_date(table_facts *f, const char *text, size_t size, bool number)
{
    table_date date;
    if (number)
        f->dates &= size == 8 ? 1u << DATE_COMPACT : size >= 9 ? 1u << DATE_SECONDS : 0;
    for (int form = 0; form < DATE_FORMS; form++) {
        if (!(f->dates & 1u << form))
            continue;
        if (table_date_read(text, size, form, &date))
            add_parts(f, form == DATE_MDY, &date);
        else
            f->dates &= ~(1u << form);
    }
}

static void add_text_as_number(table_facts *f, table_course *c, const table_number *n)
{
    if (n->kind == NUMBER_WHOLE) {
        f->wholes++;
        f->padded += n->padded;
        add_whole(f, c, n->whole);
    } else {
        c->counting = false;
        f->large += n->kind == NUMBER_LARGE;
        f->padded += n->padded && n->kind == NUMBER_LARGE;
        f->reals += n->kind == NUMBER_REAL;
        if (!f->broken && n->kind == NUMBER_REAL && fabs(n->value) < 0x1p52)
            f->broken = n->value != (double)(int64_t)n->value;
    }
    add_number(f, c, n->value);
}

/* A text that means a number, or none, as all before it did. */
static void add_unplain(table_facts *f, table_course *c, const char *text, size_t size, char point)
{
    table_number n;
    number_dress dress;
    if (table_no_number(text, size)) {
        f->words++;
    } else if (table_number_undress(text, size, point, &n, &dress)) {
        f->mixed = f->mixed || (f->dressed && !table_dress_same(&f->dress, &dress));
        f->dress = dress;
        f->dressed++;
        add_number(f, c, n.value);
    }
}

/* The first texts of a course are kept. */
static bool first_text(table_course *c, const table_cell *cell, bool *memory)
{
    if (c->text && c->mores == TEXTS_MORE)
        return false;
    text_buffer t = {0};
    cell_show(&t, cell);
    char *text = text_take(&t);
    *memory = *memory && text;
    if (!text)
        return false;
    if (c->text)
        c->more[c->mores++].text = text;
    else
        c->text = text;
    return true;
}

void table_course_place(table_course *c, int64_t line, int64_t column)
{
    if (c->mores > 0)
        c->more[c->mores - 1].line = line, c->more[c->mores - 1].column = column;
    else
        c->line = line, c->column = column;
}

/* Values of a data base become text where different ones are counted. */
static bool add_given(table_facts *f, table_course *c, const table_cell *cell, int bound)
{
    text_buffer t = {0};
    table_number n = {.kind = cell->given == CELL_WHOLE ? NUMBER_WHOLE : NUMBER_REAL,
                      .whole = cell->whole,
                      .value = cell->given == CELL_WHOLE ? (double)cell->whole : cell->number};
    add_text_as_number(f, c, &n);
    if (f->values.many && !f->dates)
        return true;
    cell_show(&t, cell);
    char *text = text_take(&t);
    if (!text)
        return false;
    if (f->dates)
        add_date(f, text, strlen(text), true);
    bool good = distinct_add(&f->values, text, strlen(text), 1, bound);
    free(text);
    return good;
}

static bool add_missing(table_facts *f, table_course *c)
{
    f->missing++;
    c->counting = false;
    return false;
}

/* The next text, whether it ends as names of files do. */
static bool add_named(table_facts *f, table_course *c, const char *text, size_t size)
{
    int kind = f->pictures + f->sounds == f->texts ? table_names_file(text, size) : 0;
    f->pictures += kind == 1, f->sounds += kind == 2;
    f->texts++;
    if (!kind || c->paths == PATHS_TRIED)
        return true;
    c->path[c->paths] = text_copy_bytes(text, size);
    return c->path[c->paths++] != NULL;
}

/* Whether all cells before this one are texts and no numbers: one that came before is such a text
 * too, and changes nothing but how many there are. */
static bool only_texts(const table_facts *f)
{
    return f->texts == f->count - 1 - f->missing && (f->mixed || f->texts != f->dressed + f->words);
}

/* Two blanks are three words; which they are is not looked at. */
static bool is_wordy(const char *text, size_t size)
{
    const char *blank = memchr(text, ' ', size);
    return blank && memchr(blank + 1, ' ', size - (size_t)(blank + 1 - text));
}

bool table_facts_add(table_facts *f, table_course *c, const table_cell *cell, const table_habits *h,
                     text_buffer *room, bool *memory)
{
    const char *text;
    size_t size;
    f->count++;
    if (cell->given == CELL_WHOLE || cell->given == CELL_NUMBER) {
        *memory = add_given(f, c, cell, h->bound) && *memory;
        return false;
    }
    if (cell->given == CELL_NOTHING)
        return add_missing(f, c);
    if (!cell_text(cell, room, &text, &size)) {
        *memory = false;
        return false;
    }
    if (cell->given == CELL_TEXT && missing_word(&h->missing, text, size))
        return add_missing(f, c);
    f->wordy += is_wordy(text, size);
    if (only_texts(f) && distinct_again(&f->values, text, size)) {
        *memory = add_named(f, c, text, size) && *memory;
        return first_text(c, cell, memory);
    }
    table_number n;
    bool number = table_number_read(text, size, h->point, &n) != NUMBER_NONE;
    if (number)
        add_text_as_number(f, c, &n);
    else if (f->texts == f->dressed + f->words && !f->mixed)
        add_unplain(f, c, text, size, h->point);
    if (!number)
        *memory = add_named(f, c, text, size) && *memory;
    if (f->dates)
        add_date(f, text, size, number);
    if (!f->values.many)
        *memory = distinct_add(&f->values, text, size, 1, h->bound) && *memory;
    return !number && first_text(c, cell, memory);
}

/* ---------------------------------------------------------------- joining */

bool table_facts_join(table_facts *to, const table_facts *from, int bound)
{
    to->count += from->count, to->missing += from->missing;
    to->wholes += from->wholes, to->large += from->large;
    to->reals += from->reals, to->texts += from->texts;
    to->padded += from->padded, to->infinite += from->infinite, to->broken += from->broken;
    to->least = from->least < to->least ? from->least : to->least;
    to->most = from->most > to->most ? from->most : to->most;
    to->low = from->low < to->low ? from->low : to->low;
    to->high = from->high > to->high ? from->high : to->high;
    to->dates &= from->dates;
    to->mixed = to->mixed || from->mixed ||
                (to->dressed && from->dressed && !table_dress_same(&to->dress, &from->dress));
    if (from->dressed)
        to->dress = from->dress;
    to->wordy += from->wordy;
    to->pictures += from->pictures, to->sounds += from->sounds;
    to->dressed += from->dressed, to->words += from->words;
    for (int k = 0; k < 2 * DATE_PARTS; k++) {
        int as = k / DATE_PARTS, i = k % DATE_PARTS;
        to->from[as][i] = from->from[as][i] < to->from[as][i] ? from->from[as][i] : to->from[as][i];
        to->to[as][i] = from->to[as][i] > to->to[as][i] ? from->to[as][i] : to->to[as][i];
    }
    return distinct_join(&to->values, &from->values, bound);
}

/* Takes the text, if there is one, or frees it. */
static void take_text(table_course *to, const table_text *t)
{
    if (!t->text)
        return;
    if (!to->text)
        to->text = t->text, to->line = t->line, to->column = t->column;
    else if (to->mores < TEXTS_MORE)
        to->more[to->mores++] = *t;
    else
        free(t->text);
}

void table_course_join(table_course *to, table_course *from)
{
    to->sum += from->sum;
    bool follows = !to->any || !from->any || (to->last != INT64_MAX && from->first == to->last + 1);
    to->counting = to->counting && from->counting && follows;
    if (!to->any)
        to->first = from->first;
    if (from->any)
        to->last = from->last;
    to->any = to->any || from->any;
    take_text(to, &(table_text){from->line, from->column, from->text});
    for (int i = 0; i < from->mores; i++)
        take_text(to, &from->more[i]);
    for (int i = 0; i < from->paths; i++)
        if (to->paths < PATHS_TRIED)
            to->path[to->paths++] = from->path[i];
        else
            free(from->path[i]);
    from->text = NULL, from->mores = from->paths = 0;
}

void table_facts_free(table_facts *f, table_course *c, int columns)
{
    for (int i = 0; f && i < columns; i++)
        distinct_done(&f[i].values);
    for (int i = 0; c && i < columns; i++) {
        free(c[i].text);
        for (int k = 0; k < c[i].mores; k++)
            free(c[i].more[k].text);
        for (int k = 0; k < c[i].paths; k++)
            free(c[i].path[k]);
    }
    free(f);
    free(c);
}
