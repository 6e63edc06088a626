/* How a CSV file is written, found from its beginning: every mark is tried, and taken where most
 * rows come to the same number of cells by it. */
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "message.h"

enum { ROWS_TRIED = 2000, PREAMBLE_MOST = 10 };

/* In this order where several do: commas stand in numbers and texts, blanks everywhere. */
static const char delimiters[] = "\t;|, ";

/* What a trial of a dialect gives. */
typedef struct trial {
    csv_dialect dialect;
    int count[ROWS_TRIED]; /* cells of each row */
    int64_t line[ROWS_TRIED];
    int rows, usual, agree; /* usual: number of cells; agree: rows that have it */
    int share;              /* the same, of 1000 */
    bool wrong;
} trial;

const char *csv_mark_words(char mark, char words[8])
{
    if (mark == '\t' || mark == ' ' || mark == 0)
        return mark == '\t' ? "tab" : mark ? "blanks" : "none";
    words[0] = words[2] = '\'';
    if (mark == '\'')
        words[0] = words[2] = '"';
    words[1] = mark;
    words[3] = 0;
    return words;
}

/* ---------------------------------------------------------------- trials */

static int by_size(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The most frequent number of cells. */
static void find_usual(trial *t)
{
    int sorted[ROWS_TRIED], best = 0;
    memcpy(sorted, t->count, sizeof *sorted * (size_t)t->rows);
    qsort(sorted, (size_t)t->rows, sizeof *sorted, by_size);
    for (int i = 0, run = 0; i < t->rows; i++) {
        run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
        if (run >= best)
            best = run, t->usual = sorted[i];
    }
    t->agree = best;
    t->share = t->rows ? best * 1000 / t->rows : 0;
}

static void try_dialect(trial *t, const char *text, size_t size, bool ended)
{
    csv_scan s = {.most = 1};
    csv_scan_begin(&s, &t->dialect, text, size, ended);
    t->rows = 0;
    int got = 0;
    while (t->rows < ROWS_TRIED && (got = csv_scan_row(&s)) > 0) {
        t->line[t->rows] = s.row_line;
        t->count[t->rows++] = s.cells;
    }
    t->wrong = got < 0;
    csv_scan_done(&s);
    find_usual(t);
}

/* The text up to the last whole row. */
static size_t whole_rows(const csv_dialect *d, const char *text, size_t size, bool ended)
{
    const char *last = ended ? NULL : csv_last_row(d, text, size);
    return last ? (size_t)(last - text) : size;
}

static void try_delimiter(trial *t, char delimiter, const char *text, size_t size, bool ended)
{
    t->dialect.delimiter = delimiter;
    try_dialect(t, text, whole_rows(&t->dialect, text, size, ended), ended);
}

static bool better(const trial *t, const trial *best)
{
    if (t->wrong != best->wrong)
        return !t->wrong;
    if ((t->usual > 1) != (best->usual > 1))
        return t->usual > 1 && t->share >= 600;
    return t->usual > 1 && t->share > best->share + 50;
}

static bool find_delimiter(trial *best, const csv_asked *asked, const char *text, size_t size,
                           bool ended)
{
    trial *t = malloc(sizeof *t);
    if (!t)
        return false;
    csv_dialect like = best->dialect;
    try_delimiter(best, ',', text, size, ended);
    if (best->usual > 1 && best->share < 600)
        best->usual = 1; /* commas in a text of one column */
    bool first = true;
    for (const char *d = delimiters; asked->delimiter < 0 && *d; d++) {
        t->dialect = like;
        try_delimiter(t, *d, text, size, ended);
        if (t->usual > 1 && t->share >= 600 && (first || better(t, best))) {
            *best = *t;
            first = false;
        }
    }
    if (asked->delimiter >= 0) {
        best->dialect = like;
        try_delimiter(best, (char)asked->delimiter, text, size, ended);
    }
    free(t);
    return true;
}

/* ---------------------------------------------------------------- quotes, newlines, comments */

static bool mark_or_end(const char *p, const char *text, const char *end)
{
    return p < text || p >= end || strchr(",;|\t\n\r", *p);
}

/* How many quotes stand where a cell begins, and where one ends. */
static void count_quotes(const char *text, size_t size, char quote, int *begin, int *stop)
{
    const char *end = text + size, *p = text;
    *begin = *stop = 0;
    for (; (p = memchr(p, quote, (size_t)(end - p))); p++) {
        *begin += mark_or_end(p - 1, text, end);
        *stop += mark_or_end(p + 1, text, end);
    }
}

static char find_quote(const char *text, size_t size)
{
    int begin, stop, other_begin, other_stop;
    count_quotes(text, size, '"', &begin, &stop);
    count_quotes(text, size, '\'', &other_begin, &other_stop);
    bool single = !begin && *text == '\'' && other_begin > 0 && other_begin == other_stop;
    return single ? '\'' : '"';
}

static char find_newline(const char *text, size_t size)
{
    return !memchr(text, '\n', size) && memchr(text, '\r', size) ? '\r' : '\n';
}

/* Whether every delimiter is followed by a blank. */
static bool find_trim(const csv_dialect *d, const char *text, size_t size)
{
    if (d->delimiter == ' ' || d->delimiter == '\t')
        return false;
    const char *end = text + size;
    int64_t all = 0, blank = 0;
    for (const char *p = text; (p = memchr(p, d->delimiter, (size_t)(end - p))); p++) {
        all++;
        blank += p + 1 < end && p[1] == ' ';
    }
    return all > 0 && blank * 10 >= all * 9;
}

/* ---------------------------------------------------------------- the first row */

typedef struct first_row {
    table_cell *cell;
    int cells;
    int *numbers, *texts, *again; /* of the other rows, by column; again: the same as the first */
    int rows;
} first_row;

static bool is_number(const table_cell *c, char point)
{
    table_number n;
    return table_number_read(c->text, c->size, point, &n) != NUMBER_NONE;
}

static bool is_date(const table_cell *c)
{
    return table_date_forms(c->text, c->size,
                            DATE_ALL & ~(1u << DATE_COMPACT | 1u << DATE_SECONDS)) != 0;
}

static void compare_row(first_row *f, const csv_scan *s, const missing_words *missing)
{
    for (int i = 0; i < f->cells; i++) {
        const table_cell *c = &s->cell[i];
        if (missing_word(missing, c->text, c->size))
            continue;
        bool number = is_number(c, s->dialect->point) || is_date(c);
        f->numbers[i] += number;
        f->texts[i] += !number;
        f->again[i] += c->size == f->cell[i].size && !memcmp(c->text, f->cell[i].text, c->size);
    }
    f->rows++;
}

/* A first row "150,4,..." as scikit-learn's files have: the number of rows, of inputs, and names of
 * classes. */
static bool counts_rows(const first_row *f, const trial *t)
{
    table_number rows, inputs;
    if (t->count[0] < 3 || f->cells < 2)
        return false;
    return table_number_read(f->cell[0].text, f->cell[0].size, '.', &rows) == NUMBER_WHOLE &&
           table_number_read(f->cell[1].text, f->cell[1].size, '.', &inputs) == NUMBER_WHOLE &&
           rows.whole == t->rows - 1 && inputs.whole == t->usual - 1 && inputs.whole > 0 &&
           f->cell[f->cells - 1].size > 0 && !is_number(&f->cell[f->cells - 1], '.');
}

static bool all_named(const first_row *f)
{
    for (int i = 0; i < f->cells; i++) {
        const table_cell *c = &f->cell[i];
        if (c->size == 0 || c->size > 60)
            return false;
        for (int k = 0; k < i && k < 1000; k++)
            if (f->cell[k].size == c->size && !memcmp(f->cell[k].text, c->text, c->size))
                return false;
    }
    return true;
}

static bool is_header(const first_row *f, char point, const char **why)
{
    int names = 0, values = 0;
    for (int i = 0; i < f->cells; i++) {
        const table_cell *c = &f->cell[i];
        bool number = is_number(c, point) || is_date(c);
        names += c->size > 0 && !number && f->numbers[i] > 0 && f->texts[i] == 0;
        values += number || f->again[i] > 0;
    }
    if (names > 0 && 2 * names >= values) {
        *why = "it has texts where all other rows have numbers";
        return true;
    }
    *why = values ? "it has numbers, or texts that come again below"
                  : "its cells are not all short and different";
    if (values > 0 || !all_named(f))
        return false;
    *why = "its cells are short, different, and do not come again";
    return true;
}

static void free_first(first_row *f)
{
    free(f->cell);
    free(f->numbers);
    free(f->texts);
    free(f->again);
}

static bool keep_first(first_row *f, const csv_scan *s)
{
    size_t cells = (size_t)s->cells + 1;
    f->cells = s->cells;
    f->cell = calloc(cells, sizeof *f->cell);
    f->numbers = calloc(cells, sizeof *f->numbers);
    f->texts = calloc(cells, sizeof *f->texts);
    f->again = calloc(cells, sizeof *f->again);
    if (!f->cell || !f->numbers || !f->texts || !f->again)
        return false;
    memcpy(f->cell, s->cell, (size_t)s->cells * sizeof *f->cell);
    return true;
}

/* Whether a row that is a cell shorter than all others has the names of the columns behind the
 * first, as R's write.table writes them. */
static bool names_rows(const first_row *f, const trial *t)
{
    if (f->cells < 2 || f->cells + 1 != t->usual || t->rows < 2 || t->count[0] != f->cells)
        return false;
    for (int i = 0; i < f->cells; i++)
        if (f->cell[i].size == 0 || is_number(&f->cell[i], t->dialect.point))
            return false;
    return true;
}

/* Reads the first row from the line `preamble` on and compares the others with it. */
static bool look_at_first(first_row *f, const trial *t, const char *text, size_t size)
{
    csv_scan s = {0};
    missing_words missing;
    missing_words_set(&missing, NULL);
    csv_scan_begin(&s, &t->dialect, text, size, true);
    bool memory = true;
    while (memory && f->rows < ROWS_TRIED && csv_scan_row(&s) > 0)
        if (s.row_line < t->dialect.preamble)
            continue;
        else if (!f->cell)
            memory = keep_first(f, &s);
        else if (s.cells == f->cells)
            compare_row(f, &s, &missing);
    csv_scan_done(&s);
    return memory;
}

/* ---------------------------------------------------------------- the decimal point */

/* Whether c is digits, the mark, and digits. */
static bool has_point(const table_cell *c, char mark)
{
    const char *p = c->text ? memchr(c->text, mark, c->size) : NULL;
    return p && p > c->text && p + 1 < c->text + c->size && is_number(c, mark);
}

static char find_point(const trial *t, const char *text, size_t size)
{
    csv_scan s = {0};
    int64_t commas = 0, points = 0;
    if (t->dialect.delimiter == ',' && t->usual > 1)
        return '.';
    csv_scan_begin(&s, &t->dialect, text, size, true);
    for (int rows = 0; rows < ROWS_TRIED && csv_scan_row(&s) > 0; rows++)
        for (int i = 0; i < s.cells; i++) {
            commas += has_point(&s.cell[i], ',');
            points += has_point(&s.cell[i], '.');
        }
    csv_scan_done(&s);
    return commas > points ? ',' : '.';
}

/* ---------------------------------------------------------------- all together */

/* Lines in front whose number of cells is another than all rows below have. */
static void find_preamble(trial *t, ad_schema *notes)
{
    int rows = 0;
    while (rows < t->rows && rows < PREAMBLE_MOST && t->count[rows] != t->usual)
        rows++;
    if (rows == 1 && t->count[0] >= 2 && t->count[0] + 1 == t->usual)
        return; /* names without one for the column of names of rows: see find_header */
    if (rows == 0 || t->usual < 2 || t->share < 600 || rows >= t->rows)
        return;
    t->dialect.preamble = t->line[rows];
    ad_schema_note(notes,
                   "lines 1 to %lld are no part of the table: they have not %d cells as the "
                   "rows below",
                   (long long)t->line[rows], t->usual);
}

static ad_status find_header(trial *t, const csv_asked *asked, const char *text, size_t size,
                             ad_schema *notes)
{
    first_row f = {0};
    const char *why = "";
    bool memory = look_at_first(&f, t, text, size);
    if (memory && t->dialect.preamble == 0 && asked->header != 1 && counts_rows(&f, t)) {
        t->dialect.preamble = t->rows > 1 ? t->line[1] : 0;
        ad_schema_note(notes, "line 1 is no row: it says the number of rows and of inputs, and "
                              "names of classes");
        ad_schema_note(notes, "there is no header: columns are named by their number, from 1");
        t->dialect.header = false;
    } else if (memory && asked->header != 0 && names_rows(&f, t)) {
        t->dialect.header = t->dialect.row_names = true;
        ad_schema_note(notes, "the first row is names, but for the first column: it is called "
                              "'row'");
    } else if (memory && asked->header >= 0) {
        t->dialect.header = asked->header;
    } else if (memory) {
        t->dialect.header = is_header(&f, t->dialect.point, &why);
        ad_schema_note(notes,
                       t->dialect.header ? "the first row is names: %s"
                                         : "the first row is no header: %s; columns are named by "
                                           "their number, from 1",
                       why);
    }
    free_first(&f);
    return memory ? AD_OK : message_no_memory();
}

static void say_delimiter(const trial *t, const csv_asked *asked, ad_schema *notes)
{
    char words[8], other[8];
    const csv_dialect *d = &t->dialect;
    if (asked->delimiter < 0 && t->usual > 1)
        ad_schema_note(notes, "cells are between %s: %d in %d of the first %d rows",
                       csv_mark_words(d->delimiter, words), t->usual, t->agree, t->rows);
    else if (asked->delimiter < 0)
        ad_schema_note(notes, "there is one column: by no mark most rows have the same number of "
                              "cells");
    if (asked->quote < 0 && d->quote != '"')
        ad_schema_note(notes, "quotes are %s", csv_mark_words(d->quote, other));
    if (d->newline == '\r')
        ad_schema_note(notes, "rows end in a carriage return alone");
    if (d->trim)
        ad_schema_note(notes, "blanks round cells do not count: one follows every delimiter");
    if (asked->comment < 0 && d->comment)
        ad_schema_note(notes, "lines that begin with '%c' are comments", d->comment);
}

static ad_status find_all(trial *t, const csv_asked *asked, const char *text, size_t size,
                          bool ended, ad_schema *notes)
{
    csv_dialect *d = &t->dialect;
    d->newline = find_newline(text, size);
    d->quote = asked->quote >= 0 ? (char)asked->quote : find_quote(text, size);
    d->comment = asked->comment >= 0 ? (char)asked->comment : *text == '#' ? '#' : 0;
    d->point = '.';
    if (!find_delimiter(t, asked, text, size, ended))
        return message_no_memory();
    if (asked->quote < 0 && t->wrong) {
        d->quote = 0;
        if (!find_delimiter(t, asked, text, size, ended))
            return message_no_memory();
    }
    size = whole_rows(d, text, size, ended);
    d->trim = find_trim(d, text, size);
    if (d->trim)
        try_dialect(t, text, size, ended);
    d->point = asked->point > 0 ? (char)asked->point : find_point(t, text, size);
    say_delimiter(t, asked, notes);
    if (asked->point <= 0 && d->point == ',')
        ad_schema_note(notes, "numbers have a decimal comma");
    find_preamble(t, notes);
    return find_header(t, asked, text, size, notes);
}

ad_status csv_dialect_find(const char *sample, size_t size, bool ended, const csv_asked *asked,
                           csv_dialect *d, ad_schema *notes)
{
    trial *t = calloc(1, sizeof *t);
    if (!t)
        return message_no_memory();
    ad_status status = find_all(t, asked, sample, size, ended, notes);
    *d = t->dialect;
    free(t);
    return status;
}

/* ---------------------------------------------------------------- as text */

char *csv_dialect_text(const csv_dialect *d)
{
    return text_format("%d %d %d %d %d %d %d %d %lld", (unsigned char)d->delimiter,
                       (unsigned char)d->quote, (unsigned char)d->comment,
                       (unsigned char)d->newline, (unsigned char)d->point, d->trim, d->header,
                       d->row_names, (long long)d->preamble);
}

bool csv_dialect_read(const char *text, csv_dialect *d)
{
    long long value[9];
    char *end = (char *)text;
    for (int i = 0; i < 9; i++) {
        const char *from = end;
        value[i] = text ? strtoll(from, &end, 10) : -1;
        if (!text || end == from || value[i] < 0 || value[i] > (i < 8 ? 255 : INT32_MAX))
            return false;
    }
    *d = (csv_dialect){(char)value[0], (char)value[1], (char)value[2],
                       (char)value[3], (char)value[4], value[5] != 0,
                       value[6] != 0,  value[7] != 0,  value[8]};
    return *end == 0 && (d->newline == '\n' || d->newline == '\r') && d->delimiter &&
           d->delimiter != d->newline && d->quote != d->newline && d->quote != d->delimiter;
}
