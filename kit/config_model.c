/* The list of layers: each item a name, or a name with its fields.  What is nearly right is told
 * apart, for the cure is different. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "field.h"
#include "suggest.h"
#include "text.h"
#include "value.h"

static const ad_layer_kind *find_kind(const char *name)
{
    int count;
    const ad_layer_kind *kinds = ad_layer_kinds(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static const ad_field *find_field(const ad_layer_kind *kind, const char *name)
{
    for (int i = 0; i < kind->field_count; i++)
        if (strcmp(kind->fields[i].path, name) == 0)
            return &kind->fields[i];
    return NULL;
}

/* The kind that was meant, or NULL. */
static const ad_layer_kind *cure_kind(report *r, const char *name)
{
    if (suggest_listed("softmax logsoftmax log_softmax", name)) {
        report_cure(r, "leave it out: the loss takes the softmax of the last layer itself");
        return NULL;
    }
    int count;
    const ad_layer_kind *kinds = ad_layer_kinds(&count);
    suggest near = {.wrong = name};
    text_buffer all = {0};
    for (int i = 0; i < count; i++) {
        suggest_try(&near, kinds[i].name, kinds[i].also);
        text_add_format(&all, "%s%s", i ? ", " : "", kinds[i].name);
    }
    char *words = text_take(&all);
    if (near.best)
        report_cure(r, "did you mean '%s'?", near.best);
    else
        report_cure(r, "the layers are %s", words ? words : "");
    free(words);
    return near.best ? find_kind(near.best) : NULL;
}

static const ad_layer_kind *report_kind(report *r, const tree *t)
{
    text_buffer quoted = {0};
    text_add_quoted(&quoted, t->text);
    char *name = text_take(&quoted);
    report_add(r, t->at, "no layer is called %s", name ? name : "that");
    free(name);
    return cure_kind(r, t->text);
}

/* Returns the field that was meant, or NULL. */
static const ad_field *report_field(report *r, const ad_layer_kind *kind, const tree *key)
{
    suggest near = {.wrong = key->text};
    text_buffer all = {0}, quoted = {0};
    for (int i = 0; i < kind->field_count; i++) {
        suggest_try(&near, kind->fields[i].path, kind->fields[i].also);
        text_add_format(&all, "%s%s", i ? ", " : "", kind->fields[i].path);
    }
    text_add_quoted(&quoted, key->text);
    char *keys = text_take(&all), *name = text_take(&quoted);
    report_add(r, key->at, "%s has no key %s", kind->name, name ? name : "");
    if (near.best)
        report_cure(r, "did you mean '%s'?", near.best);
    else if (kind->field_count == 0)
        report_cure(r, "it takes none: write - %s", kind->name);
    else
        report_cure(r, "the keys of %s are %s", kind->name, keys ? keys : "");
    free(keys);
    free(name);
    return near.best ? find_field(kind, near.best) : NULL;
}

static bool set_defaults(const ad_layer_kind *kind, ad_layer *layer)
{
    bool good = true;
    for (int i = 0; i < kind->field_count; i++)
        if (kind->fields[i].initial)
            good = value_set(&kind->fields[i], kind->fields[i].initial, layer) && good;
    return good;
}

static void check_required(report *r, const ad_layer_kind *kind, const bool *given, place at)
{
    for (int i = 0; i < kind->field_count; i++) {
        const ad_field *f = &kind->fields[i];
        if (f->required && !given[i]) {
            text_buffer what = {0};
            field_describe(&what, f);
            char *words = text_take(&what);
            report_add(r, at, "%s needs '%s', %s", kind->name, f->path, f->help);
            report_cure(r, "write - %s: {%s: ...}, %s", kind->name, f->path, words ? words : "");
            free(words);
        }
    }
}

static void read_fields(report *r, ad_layer *layer, const tree *fields, place at)
{
    const ad_layer_kind *kind = layer->kind;
    bool *given = calloc((size_t)kind->field_count + 1, sizeof *given);
    if (!given) {
        r->failed = true;
        return;
    }
    r->failed = !set_defaults(kind, layer) || r->failed;
    for (const tree *item = fields ? fields->first : NULL; item; item = item->next) {
        const ad_field *f = find_field(kind, item->key->text);
        if (!f)
            f = report_field(r, kind, item->key);
        if (f && !given[f - kind->fields]) {
            value_read(r, f, kind->name, item, layer);
            given[f - kind->fields] = true;
        }
    }
    check_required(r, kind, given, at);
    free(given);
}

/* "- linear: 512": the one value is the first field's. */
static void report_not_fields(report *r, const ad_layer_kind *kind, const tree *t)
{
    report_add(r, t->at, "%s is %s where a group of keys is wanted", kind->name, tree_words(t));
    if (kind->field_count == 0)
        report_cure(r, "it takes no keys: write - %s", kind->name);
    else if (t->kind == TREE_TEXT)
        report_cure(r, "write - %s: {%s: %s}", kind->name, kind->fields[0].path, t->text);
    else
        report_cure(r, "write - %s: {%s: ...}", kind->name, kind->fields[0].path);
}

/* Keys beside the layer's name instead of below it. */
static void report_several_keys(report *r, const tree *t)
{
    const tree *first = t->first, *second = first->next;
    const ad_layer_kind *kind = find_kind(first->key->text);
    report_add(r, second->key->at, "a layer is one name, but here a second key follows '%s'",
               first->key->text);
    if (kind && find_field(kind, second->key->text)) {
        report_cure(r, "move it below '%s': write - %s: {%s: ...}, or indent it further",
                    kind->name, kind->name, second->key->text);
    } else if (first->kind == TREE_TEXT && find_kind(first->text)) {
        report_cure(r, "the layer's name is the key: write - %s: {%s: ...}", first->text,
                    second->key->text);
    } else {
        report_cure(r, "start each layer with '- '");
    }
}

/* The fields of a layer whose name is known, or known well enough to find more mistakes. */
static void read_kind(report *r, ad_layer *layer, const tree *fields, place at)
{
    if (fields && fields->kind == TREE_TEXT && !*fields->text)
        fields = NULL;
    if (!fields || fields->kind == TREE_MAP)
        read_fields(r, layer, fields, at);
    else if (fields->kind != TREE_BAD)
        report_not_fields(r, layer->kind, fields);
}

static bool names_a_layer(const tree *t)
{
    return t->kind == TREE_MAP ? t->count > 0 : t->kind == TREE_TEXT && *t->text;
}

static void read_item(report *r, ad_layer *layer, const tree *t)
{
    const tree *fields = t->kind == TREE_MAP ? t->first : NULL;
    const tree *name = fields ? fields->key : t;
    layer->line = name->at.line;
    layer->column = name->at.column;
    if (t->kind == TREE_BAD)
        return;
    if (!names_a_layer(t)) {
        report_add(r, t->at, "a layer is a name, or a name with its keys");
        report_cure(r, "write - relu, or - linear: {out: 10}");
        return;
    }
    if (t->count > 1) {
        report_several_keys(r, t);
        return;
    }
    layer->kind = find_kind(name->text);
    if (!layer->kind)
        layer->kind = report_kind(r, name);
    if (layer->kind)
        read_kind(r, layer, fields, name->at);
}

static void free_layers(ad_config *c)
{
    for (int i = 0; i < c->layer_count; i++)
        free(c->layers[i].name);
    free(c->layers);
    c->layers = NULL;
    c->layer_count = 0;
}

void config_read_model(report *r, ad_config *c, const tree *t)
{
    free_layers(c);
    if (t->kind == TREE_BAD)
        return;
    if (t->kind != TREE_LIST || t->count == 0) {
        bool empty = t->kind == TREE_LIST || (t->kind == TREE_TEXT && !*t->text);
        report_add(r, t->at, "model is %s where a list of layers is wanted",
                   empty ? "empty" : tree_words(t));
        report_cure(r, "write one layer a line, each after '- ', such as - linear: {out: 10}");
        return;
    }
    c->layers = calloc((size_t)t->count, sizeof *c->layers);
    if (!c->layers) {
        r->failed = true;
        return;
    }
    for (const tree *item = t->first; item; item = item->next)
        read_item(r, &c->layers[c->layer_count++], item);
}
