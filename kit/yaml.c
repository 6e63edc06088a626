/* YAML text to a tree, by libyaml's events.  A configuration needs little of YAML: anchors,
 * aliases, tags and several documents are refused, so that what a file says can be read off it.
 * Bytes are checked first (utf8.c), for libyaml's own words on them have no line. */
#include "yaml.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "utf8.h"
#include "yaml_line.h"

#ifdef ADZE_HAVE_YAML

#include <yaml.h>

enum {
    DEEPEST = 16,   /* groups within groups */
    MOST_KEYS = 200 /* of one group */
};

typedef struct reader {
    yaml_parser_t parser;
    report *report;
    const source *source;
    bool failed;
} reader;

/* What libyaml says, and what to do about it. */
static const struct {
    const char *problem, *cure;
} cures[] = {
    {"tab character", "indent with spaces, not tabs"},
    {"cannot start any token",
     "indent with spaces, not tabs, and put texts with special characters in quotes"},
    {"mapping values are not allowed",
     "one 'key: value' a line, with a space after the colon; check the indentation, and quote a "
     "text that has ': ' in it"},
    {"expected ',' or ']'", "close the list with ], and put a comma between its items"},
    {"expected ',' or '}'", "close the group with }, and put a comma between its keys"},
    {"expected ':'", "write 'key: value', with a space after the colon, and indent with spaces"},
    {"expected '-' indicator", "start each item of the list with '- ', all in the same column"},
    {"block sequence entries", "start the list on a line of its own"},
    {"block collections", "start the list on a line of its own"},
    {"expected key", "put all keys of a group in the same column"},
    {"block end", "put all keys of a group in the same column"},
    {"end of stream", "close the quotes or brackets that were opened here"},
    {"document start", "keep one document in a file: take out '---' and '...'"},
    {"escape", "use single quotes, in which a backslash is a letter"},
};

static place place_of(const reader *d, yaml_mark_t from, yaml_mark_t to)
{
    int width =
        from.line == to.line && to.column > from.column ? (int)(to.column - from.column) : 1;
    int shift = from.line == 0 ? d->source->shift : 0;
    return (place){d->source, (int)from.line + 1, (int)from.column + 1 + shift, width};
}

static place place_of_event(const reader *d, const yaml_event_t *e)
{
    return place_of(d, e->start_mark, e->end_mark);
}

static void *no_memory(reader *d)
{
    d->failed = d->report->failed = true;
    return NULL;
}

/* What ends too late is found at the end of the text: the place where it began says more. */
static bool at_end(const reader *d)
{
    return d->parser.context &&
           d->parser.problem_mark.index >= d->source->size - (size_t)d->source->shift;
}

/* libyaml stops where it can go no further; the mistake may be in a line above: brackets that were
 * opened there, a key without its colon, of which the next line then is the rest. */
static place syntax_place(const reader *d, const char *problem)
{
    const yaml_mark_t *context = &d->parser.context_mark, *mark = &d->parser.problem_mark;
    bool begun = d->parser.context && context->line < mark->line &&
                 (strstr(problem, "expected ':'") || strstr(problem, "expected ','"));
    if (at_end(d) || begun)
        return place_of(d, *context, *context);
    place at = place_of(d, *mark, *mark);
    int above = strstr(problem, "mapping values") ? yaml_line_without_colon(d->source, at.line) : 0;
    if (above > 0)
        at = (place){d->source, above, yaml_indent(d->source, above) + 1, 1};
    return at;
}

static void report_syntax(reader *d)
{
    const char *problem = d->parser.problem ? d->parser.problem : "";
    d->failed = true;
    if (d->parser.error == YAML_MEMORY_ERROR) {
        no_memory(d);
        return;
    }
    place at = syntax_place(d, problem);
    report_add(d->report, at, "not valid YAML: %s%s%s", problem, d->parser.context ? " " : "",
               d->parser.context ? d->parser.context : "");
    if (strstr(problem, "':'") && yaml_in_list(d->source, at.line))
        report_cure(d->report, "start each item of the list with '- ', all in the same column");
    if (yaml_begins_without_colon(d->source, at.line))
        report_cure(d->report, "write 'key: value', with a space after the colon");
    for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
        if (strstr(problem, cures[i].problem))
            report_cure(d->report, "%s", cures[i].cure);
    report_cure(d->report, "compare this line and the one above with the examples");
}

static bool next_event(reader *d, yaml_event_t *e)
{
    if (d->failed || !yaml_parser_parse(&d->parser, e)) {
        if (!d->failed)
            report_syntax(d);
        memset(e, 0, sizeof *e);
        return false;
    }
    return true;
}

static void refuse(reader *d, const yaml_event_t *e, const char *what, const char *cure)
{
    report_add(d->report, place_of_event(d, e), "%s", what);
    report_cure(d->report, "%s", cure);
}

static void refuse_extras(reader *d, const yaml_event_t *e, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    if (anchor) {
        refuse(d, e, "anchors (&name) are not used here",
               "write the value out where it is needed; quote a text that starts with &");
    }
    if (tag) {
        refuse(d, e, "tags (!name) are not used here",
               "leave the tag out: each field knows its type; quote a text that starts with !");
    }
}

static tree *read_node(reader *d, const yaml_event_t *e, int depth);

static tree *read_text(reader *d, const yaml_event_t *e)
{
    refuse_extras(d, e, e->data.scalar.anchor, e->data.scalar.tag);
    tree *t = tree_new(TREE_TEXT, place_of_event(d, e));
    if (!t)
        return no_memory(d);
    if (memchr(e->data.scalar.value, 0, e->data.scalar.length))
        refuse(d, e, "a zero byte in a text", "leave \\0 out");
    t->text = text_copy_bytes((const char *)e->data.scalar.value, e->data.scalar.length);
    if (!t->text) {
        tree_free(t);
        return no_memory(d);
    }
    return t;
}

static void check_key(reader *d, const tree *map, const tree *key)
{
    for (const tree *t = map->first; t; t = t->next) {
        if (strcmp(t->key->text, key->text) == 0) {
            text_buffer quoted = {0};
            text_add_quoted(&quoted, key->text);
            char *name = text_take(&quoted);
            report_add(d->report, key->at, "%s is given a second time", name ? name : "a key");
            report_cure(d->report, "the first is in line %d, column %d: keep one of them",
                        t->key->at.line, t->key->at.column);
            free(name);
            return;
        }
    }
}

static tree *read_key(reader *d, const yaml_event_t *e, const tree *map)
{
    if (e->type != YAML_SCALAR_EVENT) {
        refuse(d, e, "a key must be one word", "write 'key: value'");
        d->failed = true;
        return NULL;
    }
    tree *key = read_text(d, e);
    if (key)
        check_key(d, map, key);
    return key;
}

static tree *read_next(reader *d, yaml_event_type_t end, int depth)
{
    yaml_event_t e;
    if (!next_event(d, &e))
        return NULL;
    tree *t = e.type == end ? NULL : read_node(d, &e, depth);
    yaml_event_delete(&e);
    return t;
}

static tree *read_entry(reader *d, const tree *map, int depth)
{
    yaml_event_t e;
    if (!next_event(d, &e))
        return NULL;
    tree *key = e.type == YAML_MAPPING_END_EVENT ? NULL : read_key(d, &e, map);
    yaml_event_delete(&e);
    tree *value = key ? read_next(d, YAML_NO_EVENT, depth) : NULL;
    if (!value) {
        tree_free(key);
        return NULL;
    }
    value->key = key;
    return value;
}

static bool room_for(reader *d, const tree *t, int depth)
{
    if (depth > DEEPEST)
        report_add(d->report, t->at, "groups and lists are nested more than %d deep", (int)DEEPEST);
    else if (t->kind == TREE_MAP && t->count > MOST_KEYS)
        report_add(d->report, t->at, "a group of more than %d keys", (int)MOST_KEYS);
    else
        return true;
    report_cure(d->report, "a configuration needs far less: check the brackets");
    d->failed = true;
    return false;
}

static tree *read_group(reader *d, tree_kind kind, place at, int depth)
{
    tree *t = tree_new(kind, at);
    if (!t)
        return no_memory(d);
    tree **last = &t->first, *item;
    while (room_for(d, t, depth)) {
        item = kind == TREE_MAP ? read_entry(d, t, depth + 1)
                                : read_next(d, YAML_SEQUENCE_END_EVENT, depth + 1);
        if (!item)
            break;
        *last = item;
        last = &item->next;
        t->count++;
    }
    return t;
}

static tree *read_alias(reader *d, const yaml_event_t *e)
{
    refuse(d, e, "aliases (*name) are not used here",
           "write the value out; quote a text that starts with *");
    tree *t = tree_new(TREE_BAD, place_of_event(d, e));
    return t ? t : no_memory(d);
}

static tree *read_node(reader *d, const yaml_event_t *e, int depth)
{
    place at = place_of_event(d, e);
    switch (e->type) {
    case YAML_SCALAR_EVENT: return read_text(d, e);
    case YAML_SEQUENCE_START_EVENT:
        refuse_extras(d, e, e->data.sequence_start.anchor, e->data.sequence_start.tag);
        return read_group(d, TREE_LIST, at, depth);
    case YAML_MAPPING_START_EVENT:
        refuse_extras(d, e, e->data.mapping_start.anchor, e->data.mapping_start.tag);
        return read_group(d, TREE_MAP, at, depth);
    default: return read_alias(d, e);
    }
}

/* The one document of the stream, or NULL. */
static tree *read_document(reader *d)
{
    yaml_event_t e;
    tree *root = NULL;
    while (next_event(d, &e)) {
        yaml_event_type_t type = e.type;
        if (type == YAML_DOCUMENT_START_EVENT && root) {
            refuse(d, &e, "a second document starts here",
                   "keep one document in a file: take out '---' and '...'");
            d->failed = true;
        } else if (type == YAML_DOCUMENT_START_EVENT) {
            root = read_next(d, YAML_NO_EVENT, 0);
        }
        yaml_event_delete(&e);
        if (type == YAML_STREAM_END_EVENT)
            break;
    }
    return root;
}

bool yaml_available(void)
{
    return true;
}

bool yaml_read(report *r, const source *s, tree **root)
{
    reader d = {.report = r, .source = s};
    *root = NULL;
    if (!utf8_check(r, s))
        return false;
    if (!yaml_parser_initialize(&d.parser)) {
        r->failed = true;
        return false;
    }
    yaml_parser_set_encoding(&d.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&d.parser, (const unsigned char *)s->text + s->shift,
                                 s->size - (size_t)s->shift);
    *root = read_document(&d);
    yaml_parser_delete(&d.parser);
    return !d.failed && !r->failed;
}

#else

#include <adze/kit.h>

#include "plain.h"

bool yaml_available(void)
{
    return false;
}

/* What the built-in configuration and its settings need. */
bool yaml_read(report *r, const source *s, tree **root)
{
    bool own = s->setting || strcmp(s->text, ad_config_builtin()) == 0;
    *root = own ? plain_read(s) : NULL;
    if (*root)
        return true;
    report_add(r, (place){s, 0, 0, 0}, "this build cannot read YAML");
    report_cure(r, "install the package libyaml-dev and build again");
    return false;
}

#endif
