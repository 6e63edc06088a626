/* ARFF (Witten, Frank, Hall 2011, appendix B): names and values are words without blanks, or quoted
 * by ' or " with backslashes before what is meant literally. */
#include "arff.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "message.h"

enum { ATTRIBUTES_MOST = 1 << 16 };

/* ---------------------------------------------------------------- words of a line */

static char *skip_blanks(char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* A word at *p, in place, ended by a zero where it was quoted, else by its size; p goes behind it.
 * false: its quote is not closed. */
static bool take_word(char **p, const char *stops, char **word, size_t *size, bool *quoted)
{
    char quote = **p, *from = *p, *to;
    *quoted = quote == '\'' || quote == '"';
    if (!*quoted) {
        *word = from;
        *size = strcspn(from, stops);
        *p = from + *size;
        while (*size && (from[*size - 1] == ' ' || from[*size - 1] == '\t'))
            --*size;
        return true;
    }
    *word = to = ++from;
    while (*from && *from != quote) {
        from += *from == '\\' && from[1];
        *to++ = *from++;
    }
    *size = (size_t)(to - *word);
    *p = from + (*from == quote);
    return *from == quote;
}

/* ---------------------------------------------------------------- the head */

static bool no_memory(void)
{
    message_no_memory();
    return false;
}

static bool fail(const arff_file *f, const char *at, const char *what, const char *remedy)
{
    line_fail(&f->lines, at, "%s\n  %s\n", what, remedy);
    return false;
}

static bool add_name(ad_names *names, const char *word, size_t size)
{
    int count = names->count;
    if ((count & (count - 1)) == 0) {
        char **text = realloc(names->text, ((size_t)count * 2 + 2) * sizeof *text);
        if (!text)
            return no_memory();
        names->text = text;
    }
    names->text[count] = text_copy_bytes(word, size);
    return names->text[count] ? (names->count++, true) : no_memory();
}

static bool take_nominal(arff_file *f, arff_attribute *a, char *p)
{
    for (p = skip_blanks(p + 1); *p != '}'; p = skip_blanks(p)) {
        char *word, *at = p;
        size_t size;
        bool quoted;
        if (!take_word(&p, ",}", &word, &size, &quoted) || (!size && !quoted))
            return fail(f, at, "the list of values is not closed", "write {one, two}");
        if (distinct_find(&a->known, word, size) >= 0)
            return fail(f, at, "a value stands twice in the list", "take one out");
        if (!add_name(&a->words, word, size) ||
            !distinct_add(&a->known, word, size, 1, INT32_MAX / 64))
            return no_memory();
        if (a->known.many)
            return fail(f, at, "a value has more than 256 bytes", "shorten it");
        p = skip_blanks(p);
        if (*p == ',')
            p++;
        else if (*p != '}')
            return fail(f, p, "no comma stands between two values", "write {one, two}");
    }
    return true;
}

static bool take_type(arff_file *f, arff_attribute *a, char *p)
{
    static const char *const words[] = {"numeric", "real", "integer", "string", "date"};
    static const int kinds[] = {ARFF_NUMBER, ARFF_NUMBER, ARFF_NUMBER, ARFF_STRING, ARFF_DATE};
    a->kind = ARFF_NOMINAL;
    if (*p == '{')
        return take_nominal(f, a, p);
    size_t size = strcspn(p, " \t");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(words[i]) == size && strncasecmp(p, words[i], size) == 0) {
            a->kind = kinds[i];
            return true;
        }
    return fail(f, p, "this is no type of an attribute",
                "the types are numeric, string, date and {one, two}");
}

static bool grow(arff_file *f)
{
    int room = f->room * 2 + 16;
    arff_attribute *list = realloc(f->attribute, (size_t)room * sizeof *list);
    if (!list)
        return no_memory();
    memset(list + f->room, 0, (size_t)(room - f->room) * sizeof *list);
    f->attribute = list, f->room = room;
    return true;
}

static bool take_attribute(arff_file *f, char *p)
{
    char *word, *from = skip_blanks(p);
    size_t size;
    bool quoted;
    p = from;
    if (!take_word(&p, " \t", &word, &size, &quoted) || !size)
        return fail(f, from, "an attribute has no name", "write @attribute NAME TYPE");
    if (f->names.count >= ATTRIBUTES_MOST)
        return fail(f, from, "more than 65536 attributes", "leave some out");
    if (f->names.count == f->room && !grow(f))
        return false;
    char *name = text_copy_bytes(word, size);
    bool twice = false;
    for (int i = 0; name && i < f->names.count && !twice; i++)
        twice = strcmp(f->names.text[i], name) == 0;
    free(name);
    if (twice)
        return fail(f, from, "another attribute has this name", "rename one");
    arff_attribute *a = &f->attribute[f->names.count];
    return add_name(&f->names, word, size) && take_type(f, a, skip_blanks(p));
}

static bool keyword(const char *line, const char *word)
{
    size_t size = strlen(word);
    return strncasecmp(line, word, size) == 0 && strchr(" \t", line[size]);
}

static bool take_head_line(arff_file *f, char *p)
{
    if (keyword(p, "@attribute"))
        return take_attribute(f, p + 10);
    if (keyword(p, "@data")) {
        f->at_data = true;
        return f->names.count > 0 || fail(f, p, "no attribute stands before the data",
                                          "write @attribute NAME TYPE for each");
    }
    return keyword(p, "@relation") ||
           fail(f, p, "this is no line of an ARFF file's head",
                "it has @relation, lines @attribute NAME TYPE, and @data");
}

static bool read_head(arff_file *f)
{
    int got = 0;
    while (!f->at_data && (got = line_next(&f->lines)) > 0) {
        char *p = skip_blanks(f->lines.line);
        if (*p && *p != '%' && !take_head_line(f, p))
            return false;
    }
    if (got < 0 || f->at_data)
        return got >= 0;
    message_fail(AD_ERROR_FORMAT, "%s: no line @data\n  is this an ARFF file?\n", f->lines.name);
    return false;
}

ad_status arff_open(arff_file *f, const char *path)
{
    *f = (arff_file){0};
    ad_status status = line_open(&f->lines, path);
    if (status != AD_OK)
        return status;
    if (!read_head(f)) {
        arff_close(f);
        return AD_ERROR_FORMAT;
    }
    f->cell = calloc((size_t)f->names.count + 1, sizeof *f->cell);
    f->place = calloc((size_t)f->names.count + 1, sizeof *f->place);
    if (f->cell && f->place)
        return AD_OK;
    arff_close(f);
    return message_no_memory();
}

void arff_close(arff_file *f)
{
    line_close(&f->lines);
    for (int i = 0; i < f->room; i++) {
        table_names_done(&f->attribute[i].words);
        distinct_done(&f->attribute[i].known);
    }
    table_names_done(&f->names);
    free(f->attribute);
    free(f->cell);
    free(f->place);
    *f = (arff_file){0};
}

/* ---------------------------------------------------------------- rows */

static bool is_number(const table_cell *c)
{
    table_number n;
    return table_number_read(c->text, c->size, '.', &n) != NUMBER_NONE;
}

static bool check_value(arff_file *f, int i, const table_cell *c)
{
    const arff_attribute *a = &f->attribute[i];
    bool good = c->given == CELL_NOTHING ||
                (a->kind == ARFF_NUMBER    ? is_number(c)
                 : a->kind == ARFF_NOMINAL ? distinct_find(&a->known, c->text, c->size) >= 0
                                           : true);
    if (good)
        return true;
    text_buffer t = {0};
    cell_show(&t, c);
    text_add(&t, " stands where '");
    text_add(&t, f->names.text[i]);
    text_add(&t, a->kind == ARFF_NUMBER ? "' needs a number" : "' needs one of its values");
    char *words = text_take(&t);
    if (words)
        fail(f, f->place[i], words, "correct it; ? is missing");
    free(words);
    return words ? false : no_memory();
}

/* The value at *p; stops: what ends it. */
static bool take_value(arff_file *f, int i, char **p, const char *stops)
{
    char *word;
    size_t size;
    bool quoted;
    *p = skip_blanks(*p);
    f->place[i] = *p;
    if (!take_word(p, stops, &word, &size, &quoted))
        return fail(f, f->place[i], "a quote that is never closed", "close it on its line");
    bool missing = !quoted && size == 1 && *word == '?';
    f->cell[i] =
        (table_cell){.text = word, .size = size, .given = missing ? CELL_NOTHING : CELL_EXACT};
    if (!quoted && size == 0)
        return fail(f, f->place[i], "a value is empty", "write ? where it is missing");
    *p = skip_blanks(*p);
    return check_value(f, i, &f->cell[i]);
}

static bool dense_row(arff_file *f, char *p)
{
    for (int i = 0; i < f->names.count; i++) {
        if (!take_value(f, i, &p, ","))
            return false;
        if (i + 1 < f->names.count ? *p != ',' : *p != 0) {
            line_fail(&f->lines, p, "%s\n  a row has %d values, as there are attributes\n",
                      *p ? "something stands behind a value" : "the row ends here", f->names.count);
            return false;
        }
        p++;
    }
    return true;
}

/* What a sparse row leaves out: 0, and the first value of a nominal attribute. */
static void fill_zeros(arff_file *f)
{
    for (int i = 0; i < f->names.count; i++) {
        const arff_attribute *a = &f->attribute[i];
        const char *text = a->kind == ARFF_NOMINAL && a->words.count ? a->words.text[0] : "0";
        f->cell[i] = (table_cell){.text = text, .size = strlen(text), .given = CELL_EXACT};
        f->place[i] = f->lines.line;
    }
}

static bool sparse_row(arff_file *f, char *p)
{
    long last = -1;
    fill_zeros(f);
    for (p = skip_blanks(p + 1); *p != '}';) {
        char *end;
        long index = *p >= '0' && *p <= '9' ? strtol(p, &end, 10) : -1;
        if (index <= last || index >= f->names.count || (*end != ' ' && *end != '\t'))
            return fail(f, p, "this is no index of an attribute",
                        "indices grow, from 0, with a blank behind each");
        p = end, last = index;
        if (!take_value(f, (int)index, &p, ",}"))
            return false;
        if (*p == ',')
            p = skip_blanks(p + 1);
        else if (*p != '}')
            return fail(f, p, "a sparse row is not closed", "write {0 1.5, 3 x}");
    }
    p = skip_blanks(p + 1);
    return !*p || fail(f, p, "something stands behind a sparse row", "delete it");
}

int arff_row(arff_file *f)
{
    int got;
    while ((got = line_next(&f->lines)) > 0) {
        char *p = skip_blanks(f->lines.line);
        if (*p && *p != '%')
            return (*p == '{' ? sparse_row(f, p) : dense_row(f, p)) ? 1 : -1;
    }
    return got;
}
