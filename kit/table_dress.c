/* Numbers that have something round them: $1,200.50, 12 kg, 3 %, 1.234,56 EUR; and words that stand
 * for a missing number and only there, for elsewhere they may be meant. */
#include <string.h>
#include <strings.h>

#include "table.h"

enum { BODY = 64 };

static const char *const before_words[] = {"US$", "R$", "$", "£", "€", "¥", "₹"};

static bool digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

static const char *blanks(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

/* ---------------------------------------------------------------- what stands round it */

static const char *take_before(const char *p, const char *end, number_dress *d)
{
    for (size_t i = 0; i < sizeof before_words / sizeof *before_words; i++) {
        size_t size = strlen(before_words[i]);
        if ((size_t)(end - p) > size && memcmp(p, before_words[i], size) == 0) {
            memcpy(d->before, before_words[i], size);
            return blanks(p + size, end);
        }
    }
    return p;
}

static bool letter(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '%' || c == '$' || c & 0x80;
}

/* A unit: letters and signs, m2 and m3 too; nothing is one. */
static bool take_after(const char *p, const char *end, number_dress *d)
{
    p = blanks(p, end);
    size_t size = (size_t)(end - p);
    if (size >= sizeof d->after || (size && !letter(*p)))
        return false;
    for (size_t i = 1; i < size; i++)
        if (!letter(p[i]) && p[i] != '/' && p[i] != '.' &&
            !((p[i] == '2' || p[i] == '3') && p[i - 1] == 'm'))
            return false;
    memcpy(d->after, p, size);
    return true;
}

/* ---------------------------------------------------------------- the number itself */

/* Bytes of a mark between thousands at p: a comma or point that is not the decimal point, a blank,
 * one that does not break, an apostrophe; 0: none. */
static size_t thousands_mark(const char *p, const char *end, char point)
{
    size_t size = *p == ' ' || *p == '\'' || ((*p == ',' || *p == '.') && *p != point) ? 1
                  : end - p > 1 && memcmp(p, "\xC2\xA0", 2) == 0                       ? 2
                  : end - p > 2 && memcmp(p, "\xE2\x80\xAF", 3) == 0                   ? 3
                                                                                       : 0;
    const char *q = p + size;
    return digit(q, end) && digit(q + 1, end) && digit(q + 2, end) && !digit(q + 3, end) ? size : 0;
}

/* Copies the digits of 1,234,567 without the marks, which are the same; *marks: how many. */
static const char *take_digits(const char *p, const char *end, char point, char *body, size_t *size,
                               int *marks)
{
    const char *from = p, *mark = NULL;
    size_t bytes;
    while (p < end && *size < BODY) {
        if (digit(p, end)) {
            body[(*size)++] = *p++;
            continue;
        }
        bool first = !mark && p - from <= 3 && p > from && *from != '0';
        if (!(first || (mark && *mark == *p)) || !(bytes = thousands_mark(p, end, point)))
            break;
        mark = p;
        p += bytes;
        ++*marks;
    }
    return p;
}

static const char *take_body(const char *p, const char *end, char point, char *body, size_t *size,
                             int *marks)
{
    const char *from = p;
    p = take_digits(p, end, point, body, size, marks);
    if (p - from > 1 && *from == '0')
        return NULL; /* a code */
    if (p < end && *p == point && digit(p + 1, end) && *size < BODY) {
        body[(*size)++] = *p++;
        while (digit(p, end) && *size < BODY)
            body[(*size)++] = *p++;
    }
    return p > from && *size < BODY ? p : NULL;
}

bool table_number_undress(const char *text, size_t size, char point, table_number *n,
                          number_dress *d)
{
    const char *p = blanks(text, text + size), *end = text + size;
    char body[BODY + 1] = "-";
    size_t used = 1;
    int marks = 0;
    *d = (number_dress){.before = ""};
    while (end > p && end[-1] == ' ')
        end--;
    bool negative = p < end && *p == '-';
    p = take_before(p + negative, end, d);
    bool inner = !negative && p < end && *p == '-';
    p = take_body(p + inner, end, point, body, &used, &marks);
    if (!p || !take_after(p, end, d) || (!marks && !*d->before && !*d->after))
        return false;
    bool minus = negative || inner;
    return table_number_read(body + !minus, used - !minus, point, n) != NUMBER_NONE;
}

bool table_dress_same(const number_dress *a, const number_dress *b)
{
    return strcmp(a->before, b->before) == 0 && strcmp(a->after, b->after) == 0;
}

/* ---------------------------------------------------------------- no number */

bool table_no_number(const char *text, size_t size)
{
    static const char *const words[] = {"?",       "-",       "--",      ".",      "..",
                                        "...",     "n.a.",    "na",      "n.d.",   "none",
                                        "unknown", "missing", "#DIV/0!", "#VALUE!"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == size && strncasecmp(words[i], text, size) == 0)
            return true;
    return false;
}
