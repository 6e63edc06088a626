/* All mistakes of a configuration, in order of place, with the line each stands in. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "utf8.h"

enum {
    WIDEST = 88, /* characters of a source line that are shown */
    SHOWN = 100  /* mistakes that are shown in full */
};

static mistake *new_mistake(report *r)
{
    if (r->count == r->room) {
        int room = 2 * r->room + 8;
        mistake *more = realloc(r->mistakes, (size_t)room * sizeof *more);
        if (!more) {
            r->failed = true;
            return NULL;
        }
        r->mistakes = more;
        r->room = room;
    }
    mistake *p = &r->mistakes[r->count];
    *p = (mistake){.order = r->count++};
    return p;
}

static char *words(report *r, const char *format, va_list arguments)
{
    text_buffer t = {0};
    text_add_arguments(&t, format, arguments);
    char *data = text_take(&t);
    r->failed = r->failed || !data;
    return data;
}

void report_add(report *r, place at, const char *what, ...)
{
    mistake *p = new_mistake(r);
    if (!p)
        return;
    p->at = at;
    va_list arguments;
    va_start(arguments, what);
    p->what = words(r, what, arguments);
    va_end(arguments);
}

void report_cure(report *r, const char *cure, ...)
{
    if (r->count == 0 || r->mistakes[r->count - 1].cure)
        return;
    va_list arguments;
    va_start(arguments, cure);
    r->mistakes[r->count - 1].cure = words(r, cure, arguments);
    va_end(arguments);
}

static int compare(const void *a, const void *b)
{
    const mistake *p = a, *q = b;
    if (p->at.source->setting != q->at.source->setting)
        return p->at.source->setting - q->at.source->setting;
    if (p->at.line != q->at.line)
        return p->at.line - q->at.line;
    return p->at.column != q->at.column ? p->at.column - q->at.column : p->order - q->order;
}

/* The bytes of line number `line` (from 1) of a source, without its end. */
static size_t find_line(const source *s, int line, const char **start)
{
    const char *p = s->text, *end = s->text + s->size;
    for (int i = 1; i < line && p < end; i++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        p = newline ? newline + 1 : end;
    }
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    *start = p;
    size_t size = (size_t)((newline ? newline : end) - p);
    return size > 0 && p[size - 1] == '\r' ? size - 1 : size;
}

/* Characters from number `from` on, at most WIDEST; what a terminal could take as a command becomes
 * '?', a tab one space. */
static void add_characters(text_buffer *t, const char *line, size_t size, int from)
{
    int length;
    for (int i = 0; size > 0 && i < from + WIDEST; i++, line += length, size -= (size_t)length) {
        unsigned code = 0;
        length = utf8_next(line, size, &code);
        bool shown = length > 0 && code >= 32 && (code < 127 || code >= 160) && code != 0x2028 &&
                     code != 0x2029;
        if (i >= from)
            text_add_bytes(t, shown ? line : code == '\t' ? " " : "?", shown ? (size_t)length : 1);
        length = length > 0 ? length : 1;
    }
}

static void add_line_and_mark(text_buffer *t, place at)
{
    const char *line;
    size_t size = find_line(at.source, at.line, &line);
    int column = at.column - 1, from = column >= WIDEST - 8 ? column - WIDEST / 2 : 0;
    if (at.source->setting)
        text_add(t, "     | ");
    else
        text_add_format(t, "%4d | ", at.line);
    add_characters(t, line, size, from);
    text_add(t, "\n     | ");
    text_repeat(t, " ", column - from);
    text_add(t, "^");
    int room = from + WIDEST - column - 1;
    text_repeat(t, "~", at.width - 1 < room ? at.width - 1 : room);
    text_add(t, "\n");
}

/* Lines of at most WIDEST characters, cut at spaces. */
static void add_wrapped(text_buffer *t, const char *words)
{
    while (*words) {
        size_t size = strlen(words);
        if (size > WIDEST) {
            size = WIDEST;
            while (size > 0 && words[size] != ' ')
                size--;
            size = size > 0 ? size : strcspn(words, " ");
        }
        text_add_format(t, "  %.*s\n", (int)size, words);
        words += size + (words[size] == ' ');
    }
}

static void add_mistake(text_buffer *t, const mistake *p)
{
    if (p->at.source->setting || p->at.line == 0)
        text_add_format(t, "%s: %s\n", p->at.source->name, p->what);
    else
        text_add_format(t, "%s:%d:%d: %s\n", p->at.source->name, p->at.line, p->at.column, p->what);
    if (p->at.line > 0)
        add_line_and_mark(t, p->at);
    if (p->cure)
        add_wrapped(t, p->cure);
}

static bool same_place(const mistake *p, const mistake *q)
{
    return p->at.source == q->at.source && p->at.line == q->at.line && p->at.column == q->at.column;
}

static void free_mistake(mistake *p)
{
    free(p->what);
    free(p->cure);
}

/* A block that is used twice is read twice: what is said of its text is said once. */
static void drop_repeated(report *r)
{
    int kept = 0;
    for (int i = 0; i < r->count; i++) {
        mistake *p = &r->mistakes[i];
        bool again = false;
        for (int j = kept - 1; j >= 0 && same_place(&r->mistakes[j], p) && !again; j--)
            again = strcmp(r->mistakes[j].what, p->what) == 0;
        if (again)
            free_mistake(p);
        else
            r->mistakes[kept++] = *p;
    }
    r->count = kept;
}

char *report_text(report *r)
{
    if (r->failed)
        return NULL;
    qsort(r->mistakes, (size_t)r->count, sizeof *r->mistakes, compare);
    drop_repeated(r);
    text_buffer t = {0};
    for (int i = 0; i < r->count && i < SHOWN; i++)
        add_mistake(&t, &r->mistakes[i]);
    if (r->count > 1) {
        text_add_format(&t,
                        r->count > SHOWN ? "%d mistakes, the first 100 shown\n" : "%d mistakes\n",
                        r->count);
    }
    return text_take(&t);
}

void report_done(report *r)
{
    for (int i = 0; i < r->count; i++)
        free_mistake(&r->mistakes[i]);
    free(r->mistakes);
    *r = (report){0};
}
