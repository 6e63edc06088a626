/* The table of fields as a JSON Schema (draft 2020-12), for editors that complete and check YAML.
 */
#include <adze/kit.h>

#include <string.h>

#include "field.h"
#include "number.h"
#include "text.h"

/* Where the writer stands: how deep, and whether something came before in this group. */
typedef struct writer {
    text_buffer text;
    int depth;
    bool after;
} writer;

static void add_string(text_buffer *t, const char *words)
{
    text_add(t, "\"");
    for (const char *p = words; *p; p++) {
        text_add(t, *p == '"' || *p == '\\' ? "\\" : "");
        text_add_bytes(t, p, 1);
    }
    text_add(t, "\"");
}

static void start_item(writer *w)
{
    text_add(&w->text, w->after ? ",\n" : "\n");
    text_repeat(&w->text, "  ", w->depth);
    w->after = true;
}

static void key(writer *w, const char *name)
{
    start_item(w);
    add_string(&w->text, name);
    text_add(&w->text, ": ");
}

static void enter(writer *w, const char *bracket)
{
    text_add(&w->text, bracket);
    w->depth++;
    w->after = false;
}

static void leave(writer *w, const char *bracket)
{
    w->depth--;
    text_add(&w->text, "\n");
    text_repeat(&w->text, "  ", w->depth);
    text_add(&w->text, bracket);
    w->after = true;
}

static void pair(writer *w, const char *name, const char *value)
{
    key(w, name);
    add_string(&w->text, value);
}

static void raw(writer *w, const char *name, const char *value)
{
    key(w, name);
    text_add(&w->text, value);
}

static void enumeration(writer *w, const char *list)
{
    key(w, "enum");
    text_add(&w->text, "[");
    for (const char *p = list; *p;) {
        size_t size = strcspn(p, " ");
        text_add_format(&w->text, "%s\"%.*s\"", p == list ? "" : ", ", (int)size, p);
        p += size + (p[size] == ' ');
    }
    text_add(&w->text, "]");
}

static void range(writer *w, const ad_field *f)
{
    key(w, f->above_low ? "exclusiveMinimum" : "minimum");
    number_add(&w->text, f->low);
    key(w, f->below_high ? "exclusiveMaximum" : "maximum");
    number_add(&w->text, f->high);
}

static void number(writer *w, const ad_field *f)
{
    bool whole = f->type == AD_FIELD_WHOLE || f->type == AD_FIELD_PAIR;
    raw(w, "type", whole ? "\"integer\"" : "[\"number\", \"string\"]");
    range(w, f);
    if (!whole)
        pair(w, "pattern", "^[-+]?[0-9.]+([eE][-+]?[0-9]+)?(/[0-9.]+([eE][-+]?[0-9]+)?)?$");
}

/* One number, or a list of them. */
static void number_or_list(writer *w, const ad_field *f)
{
    key(w, "anyOf");
    enter(w, "[");
    start_item(w);
    enter(w, "{");
    number(w, f);
    leave(w, "}");
    start_item(w);
    enter(w, "{");
    pair(w, "type", "array");
    raw(w, "minItems", f->type == AD_FIELD_PAIR ? "2" : "1");
    raw(w, "maxItems", f->type == AD_FIELD_PAIR ? "2" : "4");
    key(w, "items");
    enter(w, "{");
    number(w, f);
    leave(w, "}");
    leave(w, "}");
    leave(w, "]");
}

static void type(writer *w, const ad_field *f)
{
    switch (f->type) {
    case AD_FIELD_NUMBER:
    case AD_FIELD_WHOLE: number(w, f); break;
    case AD_FIELD_PAIR:
    case AD_FIELD_NUMBERS: number_or_list(w, f); break;
    case AD_FIELD_TRUTH: pair(w, "type", "boolean"); break;
    case AD_FIELD_WORD: enumeration(w, f->words); break;
    case AD_FIELD_NAMES:
        pair(w, "type", "array");
        raw(w, "minItems", "2");
        raw(w, "items", "{\"type\": \"string\"}");
        break;
    default: pair(w, "type", "string");
    }
}

static void description(writer *w, const ad_field *f)
{
    text_buffer t = {0};
    text_add(&t, f->help);
    if (f->unit)
        text_add_format(&t, " (%s)", f->unit);
    if (f->with) {
        text_add_format(&t, "; only with %s ", f->chooser);
        field_add_list(&t, f->with, " or ");
    }
    pair(w, "description", t.data ? t.data : "");
    text_done(&t);
}

static void value(writer *w, const ad_field *f)
{
    double plain;
    enter(w, "{");
    description(w, f);
    type(w, f);
    if (f->initial && (f->type == AD_FIELD_TRUTH ||
                       (number_read(f->initial, &plain) && !strchr(f->initial, '/'))))
        raw(w, "default", f->initial);
    else if (f->initial)
        pair(w, "default", f->initial);
    leave(w, "}");
}

static void required(writer *w, const ad_field *rows, int count, const char *section)
{
    text_buffer names = {0};
    for (int i = 0; i < count; i++)
        if (field_inside(&rows[i], section) && rows[i].required && !rows[i].with)
            text_add_format(&names, "%s\"%s\"", names.size ? ", " : "[", field_name(&rows[i]));
    if (names.size) {
        text_add(&names, "]");
        raw(w, "required", names.data ? names.data : "[]");
    }
    text_done(&names);
}

static void group_of_layer(writer *w, const ad_layer_kind *kind)
{
    enter(w, "{");
    pair(w, "description", kind->help);
    raw(w, "type", "[\"object\", \"null\"]");
    key(w, "properties");
    enter(w, "{");
    for (int i = 0; i < kind->field_count; i++) {
        key(w, kind->fields[i].path);
        value(w, &kind->fields[i]);
    }
    leave(w, "}");
    required(w, kind->fields, kind->field_count, "");
    raw(w, "additionalProperties", "false");
    leave(w, "}");
}

static bool needs_fields(const ad_layer_kind *kind)
{
    for (int i = 0; i < kind->field_count; i++)
        if (kind->fields[i].required)
            return true;
    return false;
}

static void layer_names(writer *w, const ad_layer_kind *kinds, int count)
{
    text_buffer names = {0};
    for (int i = 0; i < count; i++)
        if (!needs_fields(&kinds[i]))
            text_add_format(&names, "%s%s", names.size ? " " : "", kinds[i].name);
    start_item(w);
    enter(w, "{");
    enumeration(w, names.data ? names.data : "");
    leave(w, "}");
    text_done(&names);
}

static void layer_groups(writer *w, const ad_layer_kind *kinds, int count)
{
    start_item(w);
    enter(w, "{");
    pair(w, "type", "object");
    raw(w, "minProperties", "1");
    raw(w, "maxProperties", "1");
    raw(w, "additionalProperties", "false");
    key(w, "properties");
    enter(w, "{");
    for (int i = 0; i < count; i++) {
        key(w, kinds[i].name);
        group_of_layer(w, &kinds[i]);
    }
    leave(w, "}");
    leave(w, "}");
}

static void model(writer *w, const ad_field *f)
{
    int count;
    const ad_layer_kind *kinds = ad_layer_kinds(&count);
    enter(w, "{");
    pair(w, "description", f->help);
    pair(w, "type", "array");
    raw(w, "minItems", "1");
    key(w, "items");
    enter(w, "{");
    key(w, "oneOf");
    enter(w, "[");
    layer_names(w, kinds, count);
    layer_groups(w, kinds, count);
    leave(w, "]");
    leave(w, "}");
    leave(w, "}");
}

static void section(writer *w, const char *path, const char *help);

static void row(writer *w, const ad_field *f)
{
    key(w, field_name(f));
    if (f->type == AD_FIELD_SECTION) {
        enter(w, "{");
        section(w, f->path, f->help);
        leave(w, "}");
    } else if (f->type == AD_FIELD_MODEL) {
        model(w, f);
    } else {
        value(w, f);
    }
}

/* The inside of the object of a section. */
static void section(writer *w, const char *path, const char *help)
{
    int count;
    const ad_field *rows = ad_config_fields(&count);
    pair(w, "description", help);
    pair(w, "type", "object");
    key(w, "properties");
    enter(w, "{");
    for (int i = 0; i < count; i++)
        if (field_inside(&rows[i], path))
            row(w, &rows[i]);
    leave(w, "}");
    required(w, rows, count, path);
    raw(w, "additionalProperties", "false");
}

char *ad_config_schema(void)
{
    writer w = {0};
    enter(&w, "{");
    pair(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    pair(&w, "title", "A training run of Adze");
    section(&w, "", "data, input, model and train");
    leave(&w, "}");
    text_add(&w.text, "\n");
    return text_take(&w.text);
}
