/* Blocks: lists of layers with a name and arguments.  Using one is writing its list again with the
 * arguments' values in place of $NAME, so whatever a list may hold a block may hold. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "suggest.h"

/* ---------------------------------------------------------------- reading */

static const tree *entry(const tree *map, const char *key)
{
    for (const tree *item = map->kind == TREE_MAP ? map->first : NULL; item; item = item->next)
        if (strcmp(item->key->text, key) == 0)
            return item;
    return NULL;
}

/* True where there is an unknown one. */
static bool report_keys(report *r, const tree *t)
{
    bool bad = false;
    for (const tree *item = t->first; item; item = item->next) {
        const char *key = item->key->text;
        if (strcmp(key, "layers") != 0 && strcmp(key, "arguments") != 0) {
            suggest near = {.wrong = key};
            suggest_try(&near, "layers", "body model net list");
            suggest_try(&near, "arguments", "args parameters params defaults inputs");
            report_add(r, item->key->at, "a block has no key '%s'", key);
            if (near.best)
                report_cure(r, "did you mean '%s'?", near.best);
            report_cure(r, "the keys of a block are arguments, layers");
            bad = true;
        }
    }
    return bad;
}

static const char *name_taken(const char *name)
{
    for (int i = 0; structure_at(i); i++)
        if (strcmp(structure_at(i)->record.name, name) == 0)
            return "a word of this language";
    return ad_record_find(ad_layer_at, name) ? "a layer" : NULL;
}

static bool read_block(report *r, const tree *t, block *b)
{
    const char *taken = name_taken(t->key->text);
    *b = (block){.name = t->key->text, .at = t->key->at};
    if (taken) {
        report_add(r, t->key->at, "the block '%s' has the name of %s", b->name, taken);
        report_cure(r, "give it another name");
        return false;
    }
    b->layers = entry(t, "layers");
    b->arguments = entry(t, "arguments");
    b->bad = t->kind == TREE_MAP && report_keys(r, t);
    if (b->bad && !b->layers)
        return true;
    if (t->kind != TREE_MAP || !b->layers || b->layers->kind != TREE_LIST) {
        report_add(r, t->key->at, "the block '%s' has no list of layers", b->name);
        report_cure(r, "write %s: {arguments: {width: 16}, layers: [...]}, each layer after '- '",
                    b->name);
        return false;
    }
    if (b->arguments && b->arguments->kind == TREE_TEXT && !*b->arguments->text)
        b->arguments = NULL;
    if (b->arguments && b->arguments->kind != TREE_MAP) {
        report_add(r, b->arguments->at, "arguments is %s where names with defaults are wanted",
                   tree_words(b->arguments));
        report_cure(r, "write arguments: {width: 16}, or {width: } for one that has no default");
        return false;
    }
    return true;
}

blocks blocks_read(report *r, const tree *t)
{
    blocks b = {0};
    if (!t || t->kind == TREE_BAD || (t->kind == TREE_TEXT && !*t->text))
        return b;
    if (t->kind != TREE_MAP) {
        report_add(r, t->at, "blocks is %s where names with lists of layers are wanted",
                   tree_words(t));
        report_cure(r, "write NAME: {layers: [...]}");
        return b;
    }
    b.block = calloc((size_t)t->count + 1, sizeof *b.block);
    r->failed = r->failed || !b.block;
    for (const tree *item = t->first; item && b.block; item = item->next)
        b.count += read_block(r, item, &b.block[b.count]);
    return b;
}

void blocks_done(blocks *b)
{
    free(b->block);
    *b = (blocks){0};
}

const block *blocks_find(const blocks *b, const char *name)
{
    for (int i = 0; i < b->count; i++)
        if (strcmp(b->block[i].name, name) == 0)
            return &b->block[i];
    return NULL;
}

/* ---------------------------------------------------------------- using */

typedef struct using
{
    report *r;
    const block *block;
    const tree *use; /* the map of arguments, or NULL */
    place at;
    bool good;
    bool dry;  /* what has no default is left open */
    int plain; /* above 0: inside an argument or a key, where $NAME stands for itself */
}
using;

/* What stands for an argument: what the use gives, or the default. */
static const tree *argument(const using *u, const char *name)
{
    const tree *given = u->use ? entry(u->use, name) : NULL;
    return given ? given : u->block->arguments ? entry(u->block->arguments, name) : NULL;
}

static void report_argument(using *u, const tree *t)
{
    suggest near = {.wrong = t->text + 1};
    for (const tree *a = u->block->arguments ? u->block->arguments->first : NULL; a; a = a->next)
        suggest_try(&near, a->key->text, NULL);
    report_add(u->r, t->at, "the block '%s' has no argument '%s'", u->block->name, t->text + 1);
    if (near.best)
        report_cure(u->r, "did you mean '$%s'?", near.best);
    else
        report_cure(u->r, "add it to the block's arguments: {%s: default}", t->text + 1);
    u->good = false;
}

static tree *clone(using *u, const tree *t);

static tree *clone_children(using *u, const tree *t, tree *copy)
{
    tree **end = &copy->first;
    for (const tree *item = t->first; item; item = item->next) {
        *end = clone(u, item);
        if (!*end) {
            tree_free(copy);
            return NULL;
        }
        end = &(*end)->next;
    }
    return copy;
}

static char *copy_text(const char *words)
{
    return words ? text_copy(words) : NULL;
}

static tree *copy_key(using *u, const tree *key)
{
    u->plain++;
    tree *copy = key ? clone(u, key) : NULL;
    u->plain--;
    return copy;
}

/* t itself, without what follows it.  Arguments keep the key that they stand under. */
static tree *clone(using *u, const tree *t)
{
    const tree *from = t;
    if (u->plain == 0 && t->kind == TREE_TEXT && t->text[0] == '$' && t->text[1]) {
        from = argument(u, t->text + 1);
        if (!from)
            report_argument(u, t);
        from = from ? from : t;
    }
    bool open = u->dry && from != t && from->kind == TREE_TEXT && !*from->text;
    tree *copy = tree_new(open ? TREE_BAD : from->kind, from->at);
    bool good = copy;
    if (good) {
        copy->count = from->count;
        copy->text = copy_text(from->text);
        copy->key = copy_key(u, t->key);
        good = (copy->text || !from->text) && (copy->key || !t->key);
    }
    if (good) {
        u->plain += from != t;
        copy = clone_children(u, from, copy);
        u->plain -= from != t;
        return copy;
    }
    u->r->failed = true;
    tree_free(copy);
    return NULL;
}

static void check_use(using *u)
{
    const tree *known = u->block->arguments;
    for (const tree *a = u->use ? u->use->first : NULL; a; a = a->next) {
        if (known && entry(known, a->key->text))
            continue;
        suggest near = {.wrong = a->key->text};
        for (const tree *k = known ? known->first : NULL; k; k = k->next)
            suggest_try(&near, k->key->text, NULL);
        report_add(u->r, a->key->at, "the block '%s' has no argument '%s'", u->block->name,
                   a->key->text);
        if (near.best)
            report_cure(u->r, "did you mean '%s'?", near.best);
        else if (known && known->count)
            report_cure(u->r, "its arguments begin with '%s'", known->first->key->text);
        else
            report_cure(u->r, "it has no arguments: write - %s, or give it arguments: {%s: VALUE}",
                        u->block->name, a->key->text);
        u->good = false;
    }
    for (const tree *k = known ? known->first : NULL; k; k = k->next) {
        bool needed = k->kind == TREE_TEXT && !*k->text;
        if (needed && !(u->use && entry(u->use, k->key->text))) {
            report_add(u->r, u->at, "%s needs '%s'", u->block->name, k->key->text);
            report_cure(u->r, "write - %s: {%s: ...}", u->block->name, k->key->text);
            u->good = false;
        }
    }
}

static tree *use_block(using *u)
{
    tree *list = u->good && u->block->layers ? clone(u, u->block->layers) : NULL;
    if (list && !u->good) {
        tree_free(list);
        list = NULL;
    }
    return list;
}

tree *block_default(report *r, const block *b)
{
    using u = {.r = r, .block = b, .at = b->at, .good = !b->bad, .dry = true};
    return use_block(&u);
}

tree *block_use(report *r, const block *b, const tree *use, place at)
{
    using u = {.r = r, .block = b, .use = use, .at = at, .good = true};
    if (b->bad)
        return NULL;
    check_use(&u);
    return use_block(&u);
}
