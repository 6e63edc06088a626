/* All that a file may say as a JSON Schema (draft 2020-12), for editors that complete and check
 * YAML.
 */
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "number.h"
#include "option.h"
#include "row.h"

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

static void range(writer *w, const ad_option *o)
{
    if (o->low == o->high)
        return;
    key(w, o->above_low ? "exclusiveMinimum" : "minimum");
    number_add(&w->text, o->low);
    key(w, o->below_high ? "exclusiveMaximum" : "maximum");
    number_add(&w->text, o->high);
}

static void number(writer *w, const ad_option *o)
{
    bool whole = option_is_whole(o);
    raw(w, "type", whole ? "\"integer\"" : "[\"number\", \"string\"]");
    range(w, o);
    if (!whole)
        pair(w, "pattern", "^[-+]?[0-9.]+([eE][-+]?[0-9]+)?(/[0-9.]+([eE][-+]?[0-9]+)?)?$");
}

static void either(writer *w)
{
    key(w, "anyOf");
    enter(w, "[");
    start_item(w);
    enter(w, "{");
}

static void other(writer *w)
{
    leave(w, "}");
    start_item(w);
    enter(w, "{");
    pair(w, "type", "array");
}

static void end_either(writer *w)
{
    leave(w, "}");
    leave(w, "]");
}

/* {NAME: WORD} */
static void named_words(writer *w)
{
    leave(w, "}");
    start_item(w);
    enter(w, "{");
    pair(w, "type", "object");
    raw(w, "minProperties", "1");
    raw(w, "additionalProperties", "{\"type\": \"string\"}");
}

/* One number, or a list of them. */
static void number_or_list(writer *w, const ad_option *o)
{
    char most[16];
    snprintf(most, sizeof most, "%d", option_most(o));
    either(w);
    number(w, o);
    other(w);
    raw(w, "minItems", o->type == AD_OPTION_PAIR ? "2" : "1");
    raw(w, "maxItems", most);
    key(w, "items");
    enter(w, "{");
    number(w, o);
    leave(w, "}");
    end_either(w);
}

static void names(writer *w, const ad_option *o)
{
    either(w);
    pair(w, "type", "string");
    other(w);
    raw(w, "minItems", "1");
    raw(w, "items", "{\"type\": \"string\"}");
    if (o->words)
        named_words(w);
    end_either(w);
}

static void type(writer *w, const ad_option *o)
{
    switch (o->type) {
    case AD_OPTION_NUMBER:
    case AD_OPTION_WHOLE: number(w, o); break;
    case AD_OPTION_PAIR:
    case AD_OPTION_SIZES:
    case AD_OPTION_NUMBERS: number_or_list(w, o); break;
    case AD_OPTION_TRUTH: pair(w, "type", "boolean"); break;
    case AD_OPTION_WORD: enumeration(w, o->words); break;
    case AD_OPTION_NAMES: names(w, o); break;
    default: pair(w, "type", "string");
    }
}

static void description(writer *w, const ad_option *o, const char *with, const char *chooser)
{
    text_buffer t = {0};
    text_add(&t, o->help);
    if (o->unit)
        text_add_format(&t, " (%s)", o->unit);
    if (with && *with) {
        text_add_format(&t, "; only with %s ", chooser);
        option_add_list(&t, with, " or ");
    }
    pair(w, "description", text_words(&t));
    text_part(&w->text, &t);
}

static void add_default(writer *w, const ad_option *o, const char *value)
{
    double plain;
    bool as_it_is = o->type == AD_OPTION_TRUTH || o->type == AD_OPTION_NUMBERS ||
                    o->type == AD_OPTION_PAIR || o->type == AD_OPTION_SIZES ||
                    (number_read(value, &plain) && !strchr(value, '/'));
    if (as_it_is || *value == '"')
        raw(w, "default", value);
    else
        pair(w, "default", value);
}

/* An option of a record, whose defaults it has. */
static void option(writer *w, const ad_option *o, const void *defaults)
{
    text_buffer value = {0};
    enter(w, "{");
    description(w, o, NULL, NULL);
    type(w, o);
    if (defaults && !o->required && option_value(&value, o, defaults))
        add_default(w, o, text_words(&value));
    text_part(&w->text, &value);
    leave(w, "}");
}

/* ---------------------------------------------------------------- models */

static void required(writer *w, const ad_record *record, const char *list)
{
    text_buffer t = {0};
    for (int i = 0; i < record->options; i++)
        if (record->option[i].required)
            text_add_format(&t, "%s\"%s\"", t.size ? ", " : "[", record->option[i].name);
    if (list)
        text_add_format(&t, "%s\"%.*s\"", t.size ? ", " : "[", (int)strcspn(list, " "), list);
    if (t.size) {
        text_add(&t, "]");
        raw(w, "required", text_words(&t));
    }
    text_part(&w->text, &t);
}

static void list_keys(writer *w, const structure *s)
{
    for (const char *p = s->lists; *p;) {
        char name[32];
        size_t size = strcspn(p, " ");
        snprintf(name, sizeof name, "%.*s", (int)size, p);
        key(w, name);
        text_add(&w->text, s->list_of_lists
                               ? "{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/layers\"}}"
                               : "{\"$ref\": \"#/$defs/layers\"}");
        p += size + (p[size] == ' ');
    }
}

static void item_keys(writer *w, const ad_record *record)
{
    int count;
    const ad_option *rows = item_options(&count);
    for (int i = 0; i < count; i++) {
        if (record_option(record, rows[i].name))
            continue;
        key(w, rows[i].name);
        option(w, &rows[i], NULL);
    }
}

static void group(writer *w, const ad_record *record, const structure *s)
{
    key(w, record->name);
    enter(w, "{");
    pair(w, "description", record->help);
    raw(w, "type", s ? "\"object\"" : "[\"object\", \"null\"]");
    key(w, "properties");
    enter(w, "{");
    for (int i = 0; i < record->options; i++) {
        key(w, record->option[i].name);
        option(w, &record->option[i], record->initial);
    }
    if (s)
        list_keys(w, s);
    item_keys(w, record);
    leave(w, "}");
    required(w, record, s ? s->lists : NULL);
    raw(w, "additionalProperties", "false");
    leave(w, "}");
}

static bool needs_keys(const ad_record *record)
{
    for (int i = 0; i < record->options; i++)
        if (record->option[i].required)
            return true;
    return false;
}

static void plain_names(writer *w)
{
    text_buffer t = {0};
    for (int i = 0; ad_layer_at(i); i++)
        if (!needs_keys(ad_layer_at(i)))
            text_add_format(&t, "%s%s", t.size ? " " : "", ad_layer_at(i)->name);
    start_item(w);
    enter(w, "{");
    enumeration(w, text_words(&t));
    leave(w, "}");
    text_part(&w->text, &t);
}

static void groups(writer *w)
{
    start_item(w);
    enter(w, "{");
    pair(w, "type", "object");
    raw(w, "minProperties", "1");
    raw(w, "maxProperties", "1");
    key(w, "properties");
    enter(w, "{");
    for (int i = 0; ad_layer_at(i); i++)
        group(w, ad_layer_at(i), NULL);
    for (int i = 0; structure_at(i); i++)
        group(w, &structure_at(i)->record, structure_at(i));
    leave(w, "}");
    leave(w, "}");
}

/* A name of a block, or of a layer: nothing is refused that the file's blocks may define. */
static void layers(writer *w)
{
    key(w, "layers");
    enter(w, "{");
    pair(w, "type", "array");
    key(w, "items");
    enter(w, "{");
    key(w, "anyOf");
    enter(w, "[");
    plain_names(w);
    groups(w);
    start_item(w);
    enter(w, "{");
    pair(w, "type", "string");
    leave(w, "}");
    leave(w, "]");
    leave(w, "}");
    leave(w, "}");
}

/* ---------------------------------------------------------------- sections */

static void choice(writer *w, const config_row *r)
{
    text_buffer t = {0};
    for (int i = 0; r->section->records(i); i++)
        text_add_format(&t, "%s%s", i ? " " : "", r->section->records(i)->name);
    enter(w, "{");
    description(w, &r->option, NULL, NULL);
    enumeration(w, text_words(&t));
    pair(w, "default", r->section->first);
    leave(w, "}");
    text_part(&w->text, &t);
}

static void record_row(writer *w, const config_row *r)
{
    enter(w, "{");
    description(w, &r->option, r->with.data, r->section->chooser);
    type(w, &r->option);
    leave(w, "}");
}

/* A list of groups of keys. */
static void bare(writer *w, const ad_record *record)
{
    enter(w, "{");
    pair(w, "type", "object");
    key(w, "properties");
    enter(w, "{");
    for (int i = 0; i < record->options; i++) {
        key(w, record->option[i].name);
        option(w, &record->option[i], record->initial);
    }
    leave(w, "}");
    required(w, record, NULL);
    raw(w, "additionalProperties", "false");
    leave(w, "}");
}

/* A list of names, or of names with keys. */
static void choices(writer *w, const config_row *r)
{
    text_buffer t = {0};
    enter(w, "{");
    pair(w, "description", r->help);
    pair(w, "type", "array");
    key(w, "items");
    if (r->bare) {
        bare(w, r->records(0));
        leave(w, "}");
        return;
    }
    enter(w, "{");
    key(w, "oneOf");
    enter(w, "[");
    for (int i = 0; r->records(i); i++)
        text_add_format(&t, "%s%s", i ? " " : "", r->records(i)->name);
    start_item(w);
    enter(w, "{");
    enumeration(w, text_words(&t));
    leave(w, "}");
    start_item(w);
    enter(w, "{");
    pair(w, "type", "object");
    key(w, "properties");
    enter(w, "{");
    for (int i = 0; r->records(i); i++)
        group(w, r->records(i), NULL);
    leave(w, "}");
    leave(w, "}");
    leave(w, "]");
    leave(w, "}");
    leave(w, "}");
    text_part(&w->text, &t);
}

static void section_rows(writer *w, const config_rows *list, const char *path, const char *help);

static void add_row(writer *w, const config_rows *list, const config_row *r)
{
    key(w, row_name(r));
    if (r->kind == ROW_SECTION) {
        enter(w, "{");
        section_rows(w, list, r->path, r->help);
        leave(w, "}");
    } else if (r->kind == ROW_MODEL) {
        text_add(&w->text, "{\"$ref\": \"#/$defs/layers\"}");
    } else if (r->kind == ROW_CHOICES) {
        choices(w, r);
    } else if (r->kind == ROW_BLOCKS) {
        text_add(&w->text, "{\"type\": \"object\"}");
    } else if (r->chooser) {
        choice(w, r);
    } else if (r->of_record) {
        record_row(w, r);
    } else {
        option(w, &r->option, row_defaults());
    }
}

/* {sqlite: FILE} */
static void short_forms(writer *w, const config_rows *list, const char *path)
{
    int number = rows_find(list, path);
    const struct config_section *s = number >= 0 ? list->row[number].section : NULL;
    for (int i = 0; s && s->by_name && s->records(i); i++) {
        if (!record_option(s->records(i), "path"))
            continue;
        key(w, s->records(i)->name);
        enter(w, "{");
        pair(w, "description", s->records(i)->help);
        pair(w, "type", "string");
        leave(w, "}");
    }
}

/* The inside of the object of a section. */
static void section_rows(writer *w, const config_rows *list, const char *path, const char *help)
{
    pair(w, "description", help);
    pair(w, "type", "object");
    key(w, "properties");
    enter(w, "{");
    for (int i = 0; i < list->count; i++)
        if (row_inside(&list->row[i], path))
            add_row(w, list, &list->row[i]);
    short_forms(w, list, path);
    leave(w, "}");
    raw(w, "additionalProperties", "false");
}

char *ad_config_schema(void)
{
    writer w = {0};
    config_rows *list = rows_new();
    if (!list)
        return NULL;
    enter(&w, "{");
    pair(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    pair(&w, "title", "A training run of Adze");
    section_rows(&w, list, "", "data, input, model and train");
    key(&w, "$defs");
    enter(&w, "{");
    layers(&w);
    leave(&w, "}");
    leave(&w, "}");
    text_add(&w.text, "\n");
    rows_free(list);
    return text_take(&w.text);
}
