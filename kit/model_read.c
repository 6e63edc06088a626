/* Models from a tree: each item a name, or a name with its keys.  What is nearly right is told
 * apart, for the cure is different. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "not_there.h"
#include "option.h"
#include "suggest.h"
#include "value.h"

enum { DEPTH_MAX = 32, ITEMS_MAX = 100000 };

/* What reading a model carries. */
typedef struct reader {
    report *r;
    const blocks *known;
    ad_layers *model;
    int depth;
} reader;

/* What an item may be called. */
typedef struct kind {
    const ad_record *record; /* of a layer or structure */
    const structure *structure;
    const block *block;
} kind;

static bool find_kind(const reader *d, const char *name, kind *k)
{
    *k = (kind){.record = ad_record_find(ad_layer_at, name)};
    for (int i = 0; !k->record && structure_at(i); i++)
        if (strcmp(structure_at(i)->record.name, name) == 0)
            *k = (kind){.record = &structure_at(i)->record, .structure = structure_at(i)};
    if (!k->record)
        k->block = blocks_find(d->known, name);
    return k->record || k->block;
}

/* ---------------------------------------------------------------- names of items */

/* Everything that an item may be, one after the other. */
static void try_all(const reader *d, suggest *near, text_buffer *all)
{
    for (int i = 0; ad_layer_at(i); i++) {
        suggest_try(near, ad_layer_at(i)->name, ad_layer_at(i)->also);
        text_add_format(all, "%s%s", i ? ", " : "", ad_layer_at(i)->name);
    }
    for (int i = 0; structure_at(i); i++) {
        suggest_try(near, structure_at(i)->record.name, structure_at(i)->record.also);
        text_add_format(all, ", %s", structure_at(i)->record.name);
    }
    for (int i = 0; i < d->known->count; i++) {
        suggest_try(near, d->known->block[i].name, NULL);
        text_add_format(all, ", %s", d->known->block[i].name);
    }
}

/* The kind that was meant: false where none is near. */
static bool cure_kind(reader *d, const char *name, const tree *value, kind *k)
{
    suggest near = {.wrong = name};
    text_buffer all = {0};
    try_all(d, &near, &all);
    char *words = text_take(&all);
    if (!(near.best && near.distance == 0) && not_there_cure(d->r, NOT_A_LAYER, NULL, name, value))
        near.best = NULL;
    else if (near.best)
        report_cure(d->r, "did you mean '%s'?", near.best);
    else
        report_cure(d->r, "the layers are %s", words ? words : "");
    free(words);
    return near.best && find_kind(d, near.best, k);
}

static bool report_kind(reader *d, const tree *t, const tree *value, kind *k)
{
    text_buffer quoted = {0};
    text_add_quoted(&quoted, t->text);
    char *name = text_take(&quoted);
    report_add(d->r, t->at, "no layer is called %s", name ? name : "that");
    free(name);
    return cure_kind(d, t->text, value, k);
}

/* ---------------------------------------------------------------- keys of an item */

/* An option by its key: of the record, in the item's options; or of every item, in the item. */
typedef struct slot {
    const ad_option *option;
    void *base;
    const void *initial;
} slot;

static const ad_option *every_item(const char *key)
{
    int count;
    const ad_option *rows = item_options(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(rows[i].name, key) == 0)
            return &rows[i];
    return NULL;
}

static bool find_slot(const kind *k, model_item *item, const char *key, slot *s)
{
    const ad_option *own = record_option(k->record, key);
    *s = (slot){.option = own ? own : every_item(key)};
    s->base = own && item->kind == ITEM_LAYER ? item->options : item;
    s->initial = own ? k->record->initial : NULL;
    return s->option;
}

/* Keys of a kind: its own, its lists', and those of every item. */
static void try_keys(const kind *k, suggest *near, text_buffer *all)
{
    const char *before = "";
    for (int i = 0; i < k->record->options; i++, before = ", ") {
        suggest_try(near, k->record->option[i].name, k->record->option[i].also);
        text_add_format(all, "%s%s", before, k->record->option[i].name);
    }
    text_buffer list = {0};
    if (k->structure)
        option_add_list(&list, k->structure->lists, ", ");
    if (list.size) {
        suggest_try(near, k->structure->list_of_lists ? "paths" : "layers", "body net branches");
        text_add_format(all, "%s%s", before, list.data);
    }
    if (k->structure && structure_list(k->structure, "shortcut") >= 0)
        suggest_try(near, "shortcut", "downsample projection skip");
    text_done(&list);
    int count;
    const ad_option *rows = item_options(&count);
    for (int i = 0; i < count; i++)
        suggest_try(near, rows[i].name, rows[i].also);
}

/* The key that was meant, or NULL. */
static const char *report_key(reader *d, const kind *k, const tree *key, const tree *value)
{
    suggest near = {.wrong = key->text};
    text_buffer all = {0}, quoted = {0};
    try_keys(k, &near, &all);
    text_add_quoted(&quoted, key->text);
    report_add(d->r, key->at, "%s has no key %s", k->record->name, quoted.data ? quoted.data : "");
    if (!(near.best && near.distance == 0) &&
        not_there_cure(d->r, NOT_A_LAYER_KEY, k->record->name, key->text, value))
        near.best = NULL;
    else if (near.best)
        report_cure(d->r, "did you mean '%s'?", near.best);
    else if (!all.size)
        report_cure(d->r, "it takes none: write - %s", k->record->name);
    else
        report_cure(d->r, "the keys of %s are %s", k->record->name, all.data);
    text_done(&all);
    text_done(&quoted);
    return near.best;
}

static void read_slot(reader *d, const kind *k, const tree *t, const slot *s)
{
    char *path = text_format("%s.%s", k->record->name, s->option->name);
    bool number = s->option->type == AD_OPTION_PAIR || s->option->type == AD_OPTION_WHOLE;
    if (path && number && t->kind == TREE_TEXT &&
        not_there_known(NOT_A_LAYER_WORD, path, t->text)) {
        report_add(d->r, t->at, "%s is '%s', which is not a whole number", path, t->text);
        not_there_cure(d->r, NOT_A_LAYER_WORD, path, t->text, NULL);
    } else if (path)
        value_read(d->r, s->option, path, t, s->base, s->initial);
    else
        d->r->failed = true;
    free(path);
}

static bool read_list(reader *d, const tree *t, model_list *list);
static void read_items(reader *d, const tree *t, model_list *list);

/* The paths of branches: each item of t a list. */
static void read_paths(reader *d, model_item *item, const tree *t)
{
    if (t->kind != TREE_LIST || t->count < 1) {
        report_add(d->r, t->at, "paths is %s where a list of lists of layers is wanted",
                   t->count ? tree_words(t) : "empty");
        report_cure(d->r, "write paths: [[...], [...]], or each path after '- ' and its layers "
                          "after '- ' below it; [] hands its input on");
        return;
    }
    item->list = calloc((size_t)t->count, sizeof *item->list);
    d->r->failed = d->r->failed || !item->list;
    for (const tree *path = t->first; path && item->list; path = path->next)
        if (path->kind == TREE_LIST)
            read_items(d, path, &item->list[item->lists++]);
        else
            read_list(d, path, &item->list[item->lists++]);
}

static bool read_structure_key(reader *d, const kind *k, model_item *item, const tree *t)
{
    int number = k->structure ? structure_list(k->structure, t->key->text) : -1;
    if (number < 0)
        return false;
    if (k->structure->list_of_lists) {
        read_paths(d, item, t);
        return true;
    }
    if (!item->list)
        item->list = calloc(2, sizeof *item->list);
    d->r->failed = d->r->failed || !item->list;
    if (item->list && number == 0)
        read_list(d, t, &item->list[0]);
    else if (item->list && t->kind == TREE_LIST)
        read_items(d, t, &item->list[1]);
    else if (item->list)
        read_list(d, t, &item->list[1]);
    if (item->list)
        item->lists = number + 1 > item->lists ? number + 1 : item->lists;
    return true;
}

/* The key as it was meant; NULL where nothing is known. */
static const char *read_key(reader *d, const kind *k, model_item *item, const tree *t)
{
    slot s;
    const char *key = t->key->text;
    if (read_structure_key(d, k, item, t))
        return key;
    bool known = find_slot(k, item, key, &s);
    if (!known)
        key = report_key(d, k, t->key, t);
    if (known || (key && find_slot(k, item, key, &s)))
        read_slot(d, k, t, &s);
    return key;
}

static void report_needed(reader *d, const kind *k, const char *key, const char *help,
                          const char *value, place at)
{
    report_add(d->r, at, "%s needs '%s', %s", k->record->name, key, help);
    report_cure(d->r, "write - %s: {%s: ...}, %s", k->record->name, key, value);
}

/* meant: the keys that were given or meant. */
static bool has_key(const char *const *meant, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (meant[i] && strcmp(meant[i], name) == 0)
            return true;
    return false;
}

static void check_required(reader *d, const kind *k, const char *const *meant, int count, place at)
{
    for (int i = 0; i < count; i++)
        if (!meant[i])
            return; /* what was not understood may be what is needed */
    for (int i = 0; i < k->record->options; i++) {
        const ad_option *o = &k->record->option[i];
        if (!o->required || has_key(meant, count, o->name))
            continue;
        text_buffer what = {0};
        option_describe(&what, o);
        report_needed(d, k, o->name, o->help, what.data ? what.data : "", at);
        text_done(&what);
    }
    const char *list = !k->structure ? NULL : k->structure->list_of_lists ? "paths" : "layers";
    if (list && !has_key(meant, count, list))
        report_needed(d, k, list, "what it is made of", "each layer after '- '", at);
}

/* A layer with weights is called in a file as its weights are. */
static void share_name(reader *d, const kind *k, model_item *item)
{
    const ad_option *own = k->structure ? NULL : record_option(k->record, "name");
    const char *name = own ? *(const char **)((char *)item->options + own->offset) : NULL;
    if (name && !item->name) {
        item->name = text_copy(name);
        d->r->failed = d->r->failed || !item->name;
    }
}

static void read_keys(reader *d, const kind *k, model_item *item, const tree *keys, place at)
{
    const char **meant = calloc((size_t)(keys ? keys->count : 0) + 1, sizeof *meant);
    int count = 0;
    d->r->failed = d->r->failed || !meant;
    for (const tree *t = keys ? keys->first : NULL; t && meant; t = t->next)
        meant[count++] = read_key(d, k, item, t);
    if (meant)
        check_required(d, k, meant, count, at);
    free(meant);
    share_name(d, k, item);
}

/* "- linear: 512": the one value is the first option's. */
static void report_not_keys(reader *d, const kind *k, const tree *t)
{
    const ad_record *record = k->record;
    report_add(d->r, t->at, "%s is %s where a group of keys is wanted", record->name,
               tree_words(t));
    if (k->structure)
        report_cure(d->r, "write - %s: {%s: [...]}", record->name,
                    k->structure->list_of_lists ? "paths" : "layers");
    else if (record->options == 0)
        report_cure(d->r, "it takes no keys: write - %s", record->name);
    else if (t->kind == TREE_TEXT)
        report_cure(d->r, "write - %s: {%s: %s}", record->name, record->option[0].name, t->text);
    else
        report_cure(d->r, "write - %s: {%s: ...}", record->name, record->option[0].name);
}

/* ---------------------------------------------------------------- items */

static void read_known(reader *d, const kind *k, model_item *item, const tree *keys, place at)
{
    item->kind = k->structure ? k->structure->kind : ITEM_LAYER;
    if (k->structure) {
        const model_item *initial = k->record->initial;
        item->times = initial->times;
        item->join = initial->join;
    } else {
        item->record = (const ad_layer_record *)k->record;
        item->options = record_options_new(k->record);
        d->r->failed = d->r->failed || !item->options;
    }
    if (keys && keys->kind == TREE_TEXT && !*keys->text)
        keys = NULL;
    if (d->r->failed)
        return;
    if (!keys || keys->kind == TREE_MAP)
        read_keys(d, k, item, keys, at);
    else if (k->structure && keys->kind == TREE_LIST && !k->structure->list_of_lists &&
             k->record->options == 0) {
        item->list = calloc(2, sizeof *item->list); /* - residual: [...] */
        item->lists = item->list != NULL;
        d->r->failed = d->r->failed || !item->list;
        if (item->list)
            read_list(d, keys, &item->list[0]);
    } else if (k->structure && keys->kind == TREE_LIST && k->structure->list_of_lists)
        read_paths(d, item, keys); /* - branches: [[...], [...]] */
    else if (keys->kind != TREE_BAD)
        report_not_keys(d, k, keys);
}

/* A use of a block: its list, with the arguments in place. */
static void read_use(reader *d, const block *b, model_item *item, const tree *keys, place at)
{
    item->kind = ITEM_LAYERS;
    if (keys && keys->kind == TREE_TEXT && !*keys->text)
        keys = NULL;
    if (keys && keys->kind != TREE_MAP) {
        report_add(d->r, keys->at, "%s is %s where arguments are wanted", b->name,
                   tree_words(keys));
        report_cure(d->r, "write - %s, or - %s: {NAME: VALUE}", b->name, b->name);
        return;
    }
    tree *list = block_use(d->r, b, keys, at);
    item->list = list ? calloc(1, sizeof *item->list) : NULL;
    item->lists = item->list != NULL;
    d->r->failed = d->r->failed || (list && !item->list);
    if (item->list)
        read_list(d, list, &item->list[0]);
    tree_free(list);
}

/* Keys beside the layer's name instead of below it. */
static void report_several_keys(reader *d, const tree *t)
{
    const tree *first = t->first, *second = first->next;
    kind k, of_value = {0};
    bool known = find_kind(d, first->key->text, &k) && k.record;
    report_add(d->r, second->key->at, "a layer is one name, but here a second key follows '%s'",
               first->key->text);
    if (known && (record_option(k.record, second->key->text) || every_item(second->key->text))) {
        report_cure(d->r, "move it below '%s': write - %s: {%s: ...}, or indent it further",
                    k.record->name, k.record->name, second->key->text);
    } else if (first->kind == TREE_TEXT && find_kind(d, first->text, &of_value)) {
        report_cure(d->r, "the layer's name is the key: write - %s: {%s: ...}", first->text,
                    second->key->text);
    } else {
        report_cure(d->r, "start each layer with '- '");
    }
}

static bool names_a_layer(const tree *t)
{
    return t->kind == TREE_MAP ? t->count > 0 : t->kind == TREE_TEXT && *t->text;
}

static void read_item(reader *d, model_item *item, const tree *t)
{
    const tree *keys = t->kind == TREE_MAP ? t->first : NULL;
    const tree *name = keys ? keys->key : t;
    kind k;
    item->at = name->at;
    if (t->kind == TREE_BAD)
        return;
    if (!names_a_layer(t)) {
        report_add(d->r, t->at, "a layer is a name, or a name with its keys");
        report_cure(d->r, "write - relu, or - linear: {out: 10}");
    } else if (t->count > 1) {
        report_several_keys(d, t);
    } else if (!find_kind(d, name->text, &k) && !report_kind(d, name, keys, &k)) {
        item->kind = ITEM_LAYERS; /* nothing is known of it */
    } else if (k.block) {
        read_use(d, k.block, item, keys, name->at);
    } else {
        read_known(d, &k, item, keys, name->at);
    }
}

/* A list that may be empty. */
static void read_items(reader *d, const tree *t, model_list *list)
{
    if (t->count == 0 || d->r->failed)
        return;
    d->model->count += t->count;
    if (d->depth >= DEPTH_MAX || d->model->count > ITEMS_MAX) {
        if (d->model->count <= ITEMS_MAX || d->model->count - t->count <= ITEMS_MAX) {
            report_add(d->r, t->at, "lists in lists: deeper than %d, or more than %d layers",
                       DEPTH_MAX, ITEMS_MAX);
            report_cure(d->r, "a block may not use itself; repeat says how often");
        }
        return;
    }
    list->item = calloc((size_t)t->count, sizeof *list->item);
    d->r->failed = d->r->failed || !list->item;
    d->depth++;
    for (const tree *item = t->first; item && list->item; item = item->next)
        read_item(d, &list->item[list->count++], item);
    d->depth--;
}

/* False where a mistake was reported. */
static bool read_list(reader *d, const tree *t, model_list *list)
{
    if (t->kind == TREE_BAD)
        return false;
    if (t->kind == TREE_LIST && t->count > 0) {
        read_items(d, t, list);
        return true;
    }
    const char *what = t->key && t->key->text ? t->key->text : "this";
    bool empty = t->kind == TREE_LIST || (t->kind == TREE_TEXT && !*t->text);
    report_add(d->r, t->at, "%s is %s where a list of layers is wanted", what,
               empty ? "empty" : tree_words(t));
    report_cure(d->r, "write one layer a line, each after '- ', such as - linear: {out: 10}");
    return false;
}

ad_layers *model_read(report *r, const blocks *known, const tree *t)
{
    reader d = {.r = r, .known = known, .model = calloc(1, sizeof *d.model)};
    r->failed = r->failed || !d.model;
    if (d.model)
        read_list(&d, t, &d.model->layers);
    return d.model;
}

/* Each block by itself, with its defaults: so what is wrong in one that no model uses is found. */
void blocks_try(report *r, const blocks *known)
{
    reader d = {.r = r, .known = known};
    for (int i = 0; i < known->count && !r->failed; i++) {
        ad_layers *model = calloc(1, sizeof *model);
        tree *list = model ? block_default(r, &known->block[i]) : NULL;
        d.model = model;
        r->failed = r->failed || !model;
        if (list)
            read_list(&d, list, &model->layers);
        tree_free(list);
        model_free(model);
    }
}
