/* The part of YAML that the built-in configuration is written in. */
#include "plain.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

typedef struct reader {
    const source *s;
    const char *at, *end; /* the line under way begins at `line` */
    const char *line;
    int number;
} reader;

static place place_at(const reader *d, const char *p)
{
    return (place){d->s, d->number, (int)(p - d->line) + 1, 1};
}

/* ---------------------------------------------------------------- lines */

static size_t line_size(const reader *d)
{
    const char *stop = memchr(d->at, '\n', (size_t)(d->end - d->at));
    return stop ? (size_t)(stop - d->at) : (size_t)(d->end - d->at);
}

static size_t blanks(const char *p, const char *end)
{
    size_t size = 0;
    while (p + size < end && p[size] == ' ')
        size++;
    return size;
}

/* To the next line that says something; its indent, or -1 at the end. */
static int next_line(reader *d)
{
    while (d->at < d->end) {
        size_t size = line_size(d), indent = blanks(d->at, d->end);
        d->line = d->at;
        if (indent < size && d->at[indent] != '#')
            return (int)indent;
        d->at += size + (d->at + size < d->end);
        d->number++;
    }
    return -1;
}

static void leave_line(reader *d)
{
    size_t size = line_size(d);
    d->at += size + (d->at + size < d->end);
    d->number++;
}

/* ---------------------------------------------------------------- scalars and flow maps */

static bool is_plain(const char *p, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr("{}[]&*!|>'\"%@`#,", p[i]) || (unsigned char)p[i] < 32)
            return false;
    return true;
}

static tree *scalar(const reader *d, const char *p, const char *end)
{
    p += blanks(p, end);
    while (end > p && end[-1] == ' ')
        end--;
    if (!is_plain(p, (size_t)(end - p)))
        return NULL;
    place at = place_at(d, p);
    at.width = end > p ? (int)(end - p) : 1;
    tree *t = tree_new(TREE_TEXT, at);
    if (t)
        t->text = text_copy_bytes(p, (size_t)(end - p));
    if (t && t->text)
        return t;
    tree_free(t);
    return NULL;
}

/* Puts an entry at the end; false where there is none. */
static bool put(tree *map, tree **last, tree *key, tree *value)
{
    if (!value || (map->kind == TREE_MAP && !key)) {
        tree_free(key);
        tree_free(value);
        return false;
    }
    value->key = key;
    *(*last ? &(*last)->next : &map->first) = value;
    *last = value;
    map->count++;
    return true;
}

/* {a: 1, b: 2} */
static tree *flow_map(const reader *d, const char *p, const char *end)
{
    tree *map = tree_new(TREE_MAP, place_at(d, p)), *last = NULL;
    bool good = map && end - p >= 2 && end[-1] == '}';
    for (p++, end--; good && p < end;) {
        const char *stop = memchr(p, ',', (size_t)(end - p));
        stop = stop ? stop : end;
        const char *colon = memchr(p, ':', (size_t)(stop - p));
        good = colon && put(map, &last, scalar(d, p, colon), scalar(d, colon + 1, stop));
        p = stop + 1;
    }
    if (good)
        return map;
    tree_free(map);
    return NULL;
}

static tree *value_of(const reader *d, const char *p, const char *end)
{
    p += blanks(p, end);
    return p < end && *p == '{' ? flow_map(d, p, end) : scalar(d, p, end);
}

/* ---------------------------------------------------------------- blocks */

static tree *block(reader *d, int indent);

/* What stands behind a key: in its line, or in the lines below that are indented further. */
static tree *behind(reader *d, const char *p, const char *end, int indent)
{
    p += blanks(p, end);
    if (p < end) {
        tree *t = value_of(d, p, end);
        leave_line(d);
        return t;
    }
    leave_line(d);
    int next = next_line(d);
    return next > indent ? block(d, next) : NULL;
}

/* "- name" or "- name: {...}". */
static tree *item(reader *d, const char *p, const char *end)
{
    const char *colon = memchr(p, ':', (size_t)(end - p));
    tree *t, *last = NULL;
    if (!colon) {
        t = scalar(d, p, end);
    } else {
        t = tree_new(TREE_MAP, place_at(d, p));
        if (t && !put(t, &last, scalar(d, p, colon), value_of(d, colon + 1, end))) {
            tree_free(t);
            t = NULL;
        }
    }
    leave_line(d);
    return t;
}

static tree *block(reader *d, int indent)
{
    bool list = d->line[indent] == '-';
    tree *t = tree_new(list ? TREE_LIST : TREE_MAP, place_at(d, d->line + indent)), *last = NULL;
    bool good = t;
    for (int now = indent; good && now == indent; now = next_line(d)) {
        const char *p = d->line + indent, *end = d->at + line_size(d);
        const char *colon = memchr(p, ':', (size_t)(end - p));
        if (list)
            good = *p == '-' && put(t, &last, NULL, item(d, p + 1, end));
        else if (!colon)
            good = false;
        else {
            tree *key = scalar(d, p, colon);
            good = put(t, &last, key, behind(d, colon + 1, end, indent));
        }
    }
    if (good)
        return t;
    tree_free(t);
    return NULL;
}

tree *plain_read(const source *s)
{
    reader d = {.s = s, .at = s->text + s->shift, .end = s->text + s->size, .number = 1};
    d.line = s->text;
    if (s->setting)
        return value_of(&d, d.at, d.end);
    int indent = next_line(&d);
    tree *t = indent == 0 ? block(&d, 0) : NULL;
    if (!t || next_line(&d) < 0)
        return t;
    tree_free(t);
    return NULL;
}
