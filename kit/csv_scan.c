/* Rows and cells of a text.  Delimiters and newlines of 64 bytes at a time become bits of a word,
 * and cells are what stands between them; quotes are looked at where a cell begins with one. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---------------------------------------------------------------- marks */

#ifdef __SSE2__

static uint64_t sixteen(const char *p, __m128i delimiter, __m128i newline)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiter), _mm_cmpeq_epi8(bytes, newline));
    return (uint64_t)(unsigned)_mm_movemask_epi8(found);
}

static uint64_t marks_of(const char *p, char delimiter, char newline)
{
    __m128i d = _mm_set1_epi8(delimiter), n = _mm_set1_epi8(newline);
    return sixteen(p, d, n) | sixteen(p + 16, d, n) << 16 | sixteen(p + 32, d, n) << 32 |
           sixteen(p + 48, d, n) << 48;
}

#else

static uint64_t marks_of(const char *p, char delimiter, char newline)
{
    uint64_t marks = 0;
    for (int i = 0; i < 64; i++)
        marks |= (uint64_t)(p[i] == delimiter || p[i] == newline) << i;
    return marks;
}

#endif

/* Marks before p are forgotten. */
static void pass_to(csv_scan *s, const char *p)
{
    if (s->base && p < s->base + 64) {
        s->marks &= ~(uint64_t)0 << (p - s->base);
        return;
    }
    s->base = p;
    s->marks = p < s->end ? marks_of(p, s->dialect->delimiter, s->dialect->newline) : 0;
}

/* The next mark, which is passed; the end where there is none. */
static inline const char *next_mark(csv_scan *s)
{
    while (!s->marks) {
        s->base += 64;
        if (s->base >= s->end)
            return s->end;
        s->marks = marks_of(s->base, s->dialect->delimiter, s->dialect->newline);
    }
    const char *p = s->base + __builtin_ctzll(s->marks);
    s->marks &= s->marks - 1;
    return p < s->end ? p : s->end;
}

void csv_scan_begin(csv_scan *s, const csv_dialect *d, const char *text, size_t size, bool ended)
{
    s->dialect = d;
    s->at = text, s->end = text + size;
    s->ended = ended;
    s->base = NULL;
    s->lines = 0;
    s->cells = 0;
    s->wrong = s->wrong_at = NULL;
    pass_to(s, text);
}

void csv_scan_done(csv_scan *s)
{
    free(s->cell);
    s->cell = NULL;
    s->room = 0;
}

/* ---------------------------------------------------------------- cells */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool wrong(csv_scan *s, const char *at, const char *what)
{
    s->wrong = what;
    s->wrong_at = at;
    return false;
}

static bool grow(csv_scan *s)
{
    int room = 2 * s->room + 32;
    table_cell *list = realloc(s->cell, (size_t)room * sizeof *list);
    if (!list)
        return wrong(s, NULL, NULL);
    s->cell = list, s->room = room;
    return true;
}

static inline bool add_cell(csv_scan *s, const char *from, const char *to, char doubled)
{
    if (s->cells == s->room && (!s->most || s->cells <= s->most) && !grow(s))
        return false;
    if (s->cells < s->room) {
        table_cell *c = &s->cell[s->cells];
        c->text = from, c->size = (size_t)(to - from);
        c->doubled = doubled, c->given = CELL_TEXT;
    }
    s->cells++;
    return true;
}

static inline bool add_plain(csv_scan *s, const char *from, const char *to)
{
    if (to > from && to[-1] == '\r' && (to == s->end || *to == '\n'))
        to--;
    if (s->dialect->trim) {
        while (from < to && is_blank(*from))
            from++;
        while (to > from && is_blank(to[-1]))
            to--;
    }
    return add_cell(s, from, to, 0);
}

static void count_lines(csv_scan *s, const char *from, const char *to)
{
    char newline = s->dialect->newline;
    while ((from = memchr(from, newline, (size_t)(to - from)))) {
        s->lines++;
        from++;
    }
}

/* The closing quote of a cell whose opening one is before p; NULL: none. */
static const char *closing(const char *p, const char *end, char quote, bool *doubled)
{
    while ((p = memchr(p, quote, (size_t)(end - p)))) {
        if (p + 1 >= end || p[1] != quote)
            return p;
        *doubled = true;
        p += 2;
    }
    return NULL;
}

/* A cell that begins with the quote at p; *next: behind it and blanks, at a mark or the end. */
static bool quoted(csv_scan *s, const char *p, const char **next)
{
    bool doubled = false;
    const char *to = closing(p + 1, s->end, s->dialect->quote, &doubled);
    if (!to)
        return wrong(s, p, "a quote that is never closed");
    count_lines(s, p + 1, to);
    const char *behind = to + 1;
    char newline = s->dialect->newline;
    while (behind < s->end && is_blank(*behind) && *behind != s->dialect->delimiter)
        behind++;
    if (behind < s->end && *behind == '\r' && behind + 1 < s->end && behind[1] == '\n')
        behind++;
    bool good = behind == s->end || *behind == s->dialect->delimiter || *behind == newline ||
                (s->dialect->delimiter == ' ' && is_blank(to[1]));
    if (!good && !(*behind == '\r' && behind + 1 == s->end))
        return wrong(s, behind, "something stands behind a closing quote");
    *next = behind;
    return add_cell(s, p + 1, to, doubled ? s->dialect->quote : 0);
}

/* ---------------------------------------------------------------- rows */

static bool end_row(csv_scan *s, const char *stop)
{
    s->at = stop < s->end ? stop + 1 : s->end;
    s->lines++;
    return true;
}

static const char *first_letter(const csv_scan *s, const char *p)
{
    while (s->dialect->trim && p < s->end && is_blank(*p) && *p != s->dialect->delimiter)
        p++;
    return p;
}

/* Cells between marks. */
static bool scan_marks(csv_scan *s)
{
    char quote = s->dialect->quote, newline = s->dialect->newline;
    for (const char *from = s->at;;) {
        const char *first = s->dialect->trim ? first_letter(s, from) : from;
        const char *stop;
        if (quote && first < s->end && *first == quote) {
            if (!quoted(s, first, &stop))
                return false;
            pass_to(s, stop < s->end ? stop + 1 : stop);
        } else {
            stop = next_mark(s);
            if (!add_plain(s, from, stop))
                return false;
        }
        if (stop >= s->end || *stop == newline)
            return end_row(s, stop);
        from = stop + 1;
    }
}

static const char *word_end(const csv_scan *s, const char *p)
{
    while (p < s->end && !is_blank(*p) && *p != s->dialect->newline && *p != '\r')
        p++;
    return p;
}

/* Cells between runs of blanks. */
static bool scan_blanks(csv_scan *s)
{
    char quote = s->dialect->quote, newline = s->dialect->newline;
    const char *p = s->at;
    for (;;) {
        while (p < s->end && (is_blank(*p) || (*p == '\r' && newline != '\r')))
            p++;
        if (p >= s->end || *p == newline)
            return end_row(s, p);
        const char *from = p;
        if (quote && *p == quote) {
            if (!quoted(s, from, &p))
                return false;
            continue;
        }
        p = word_end(s, p);
        if (!add_cell(s, from, p, 0))
            return false;
    }
}

/* A comment, or nothing but blanks: to the next line. */
static bool skip_line(csv_scan *s)
{
    const char *p = s->at;
    while (p < s->end && is_blank(*p))
        p++;
    bool comment = s->dialect->comment && p < s->end && *p == s->dialect->comment;
    if (p < s->end && *p == '\r' && p + 1 < s->end && p[1] == '\n')
        p++;
    bool empty = p >= s->end || *p == s->dialect->newline;
    if (empty && is_blank(*s->at) && s->dialect->delimiter == '\t')
        empty = false;
    if (!comment && !empty)
        return false;
    const char *stop = memchr(s->at, s->dialect->newline, (size_t)(s->end - s->at));
    end_row(s, stop ? stop : s->end);
    pass_to(s, s->at);
    return true;
}

static bool may_be_skipped(const csv_scan *s)
{
    char c = *s->at;
    return is_blank(c) || c == '\r' || c == s->dialect->newline ||
           (s->dialect->comment && c == s->dialect->comment);
}

int csv_scan_row(csv_scan *s)
{
    s->cells = 0;
    while (s->at < s->end && may_be_skipped(s) && skip_line(s))
        continue;
    if (s->at >= s->end)
        return 0;
    s->row = s->at;
    s->row_line = s->lines;
    bool good = s->dialect->delimiter == ' ' ? scan_blanks(s) : scan_marks(s);
    return good ? 1 : -1;
}

/* ---------------------------------------------------------------- where blocks end */

static const char *last_newline(const char *from, const char *end, char newline)
{
    while (end > from)
        if (*--end == newline)
            return end + 1;
    return NULL;
}

/* Whether a quote at p, not in a comment, opens a cell: it stands behind a mark, and blanks where
 * those do not count. */
static bool opens(const csv_dialect *d, const char *text, const char *p)
{
    const char *before = p;
    while (d->trim && before > text && is_blank(before[-1]) && before[-1] != d->delimiter)
        before--;
    return before == text || before[-1] == d->delimiter || before[-1] == d->newline ||
           (d->delimiter == ' ' && is_blank(before[-1]));
}

/* The end of the comment that p stands in, or NULL.  In the line of from is none. */
static const char *comment_end(const csv_dialect *d, const char *text, const char *from,
                               const char *p, const char *end)
{
    const char *line = d->comment ? last_newline(from, p, d->newline) : NULL;
    if (!line && from != text)
        return NULL;
    line = line ? line : text;
    while (line < p && is_blank(*line))
        line++;
    if (!d->comment || *line != d->comment)
        return NULL;
    const char *stop = memchr(p, d->newline, (size_t)(end - p));
    return stop ? stop : end;
}

/* The next quote from p on that opens a cell, or NULL. */
static const char *opening(const csv_dialect *d, const char *text, const char *from, const char *p,
                           const char *end)
{
    while ((p = memchr(p, d->quote, (size_t)(end - p)))) {
        bool open = opens(d, text, p);
        const char *stop = open ? comment_end(d, text, from, p, end) : NULL;
        if (open && !stop)
            return p;
        p = stop ? stop : p + 1;
    }
    return NULL;
}

const char *csv_last_row(const csv_dialect *d, const char *text, size_t size)
{
    const char *end = text + size, *from = text, *p = text, *last = NULL, *found;
    bool doubled;
    while (d->quote && (p = opening(d, text, from, p, end))) {
        found = last_newline(from, p, d->newline);
        last = found ? found : last;
        p = closing(p + 1, end, d->quote, &doubled);
        if (!p || p + 1 >= end) /* at the very end it may be the first of two */
            return last;
        from = ++p;
    }
    found = last_newline(from, end, d->newline);
    return found ? found : last;
}

void csv_place_on(csv_spot *spot, const char *p, char newline)
{
    for (; spot->at < p; spot->at++)
        if (*spot->at == newline) {
            spot->line++;
            spot->column = 1;
        } else {
            spot->column += ((unsigned char)*spot->at & 0xC0) != 0x80;
        }
}

void csv_place(const char *text, const char *p, char newline, int64_t *line, int64_t *column)
{
    csv_spot spot = {text, 0, 1};
    csv_place_on(&spot, p, newline);
    *line = spot.line, *column = spot.column;
}
