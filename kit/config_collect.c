/* Which rows a text gives: each key of a file or setting finds its row, or is reported.  Values are
 * read later (config_resolve.c), when it is known which records the choosers chose. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "suggest.h"
#include "text.h"
#include "value.h"
#include "yaml.h"

/* ---------------------------------------------------------------- unknown keys */

static char *quoted(const char *words)
{
    text_buffer t = {0};
    text_add_quoted(&t, words);
    return text_take(&t);
}

/* "the keys of train.optimizer are method, rate..." */
static void add_keys(text_buffer *t, const config_rows *list, const char *section)
{
    text_add_format(t, "the keys of %s are", *section ? section : "the file");
    const char *before = " ";
    for (int i = 0; i < list->count; i++) {
        if (row_inside(&list->row[i], section)) {
            text_add_format(t, "%s%s", before, row_name(&list->row[i]));
            before = ", ";
        }
    }
}

/* A row of another section with exactly that name, for a key that stands in the wrong group. */
static const char *section_with(const config_rows *list, const char *key)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(row_name(&list->row[i]), key) == 0)
            return list->row[i].path;
    return NULL;
}

/* "train.epochs: 3" in a file. */
static bool cure_dotted(report *r, const config_rows *list, const char *section, const char *key)
{
    const char *dot = strchr(key, '.');
    if (*section || !dot || rows_find(list, key) < 0)
        return false;
    report_cure(r, "settings are written like that; in a file write %.*s: {%s: ...}",
                (int)(dot - key), key, dot + 1);
    return true;
}

/* The row that was meant, or -1. */
static int cure_unknown(report *r, const config_rows *list, const char *section, const char *key)
{
    int meant = -1;
    suggest here = {.wrong = key}, anywhere = {.wrong = key};
    for (int i = 0; i < list->count; i++) {
        const config_row *one = &list->row[i];
        if (row_inside(one, section)) {
            suggest_try(&here, row_name(one), one->also);
            meant = here.best == row_name(one) ? i : meant;
        }
        suggest_try(&anywhere, one->path, one->also);
    }
    const char *elsewhere = section_with(list, key);
    text_buffer t = {0};
    if (cure_dotted(r, list, section, key)) {
        meant = -1;
    } else if (elsewhere && !(here.best && here.distance <= 1)) {
        meant = -1;
        text_add_format(&t, "its place is %s", elsewhere);
    } else if (here.best) {
        text_add_format(&t, "did you mean '%s'?", here.best);
    } else if (anywhere.best) {
        text_add_format(&t, "did you mean %s?", anywhere.best);
    } else {
        add_keys(&t, list, section);
    }
    char *words = text_take(&t);
    report_cure(r, "%s", words ? words : "");
    free(words);
    return meant;
}

static int report_unknown(report *r, const config_rows *list, const char *section, const tree *key)
{
    char *name = quoted(key->text);
    report_add(r, key->at, "%s has no key %s", *section ? section : "a configuration",
               name ? name : "");
    free(name);
    return cure_unknown(r, list, section, key->text);
}

/* ---------------------------------------------------------------- keys */

static void give(report *r, ad_config *c, int number, const tree *t, place key)
{
    const config_row *one = &c->source->rows->row[number];
    bool words = t->kind == TREE_TEXT && *t->text;
    c->source->places[number] = one->kind == ROW_OPTION && words ? t->at : key;
    c->source->given[number] = t;
    c->source->bad[number] = t->kind == TREE_BAD;
    if (one->kind == ROW_SECTION)
        config_collect(r, c, one->path, t);
}

/* A key that is a record's name; NULL: the chooser of such a key. */
static bool is_record(const config_section *s, const tree *key)
{
    return s && s->by_name && (!key || ad_record_find(s->records, key->text));
}

/* Whether the same text gives that row once before, as {csv: FILE} gives data.path; reported.  The
 * same key twice was reported when it was read. */
static bool given_twice(report *r, const ad_config *c, int number, const tree *key)
{
    const tree *before = c->source->given[number];
    const config_section *s = c->source->rows->row[number].section;
    if (!before || before->at.source != key->at.source ||
        !(is_record(s, before->key) || is_record(s, key)) ||
        (before->key && strcmp(before->key->text, key->text) == 0))
        return false;
    report_add(r, key->at, "%s is given twice", c->source->rows->row[number].path);
    report_cure(r, "the first is %s in line %d: take one out",
                before->text ? before->text : "a group", before->at.line);
    return true;
}

/* The chooser of a section is key's word, and the record's path is what stands in t. */
static void give_named(report *r, ad_config *c, const char *section, const tree *key, const tree *t)
{
    const config_rows *list = c->source->rows;
    char path[ROW_PATH_MAX * 2];
    const struct config_section *s = list->row[rows_find(list, section)].section;
    snprintf(path, sizeof path, "%s.%s", section, s->chooser);
    int chooser = rows_find(list, path);
    snprintf(path, sizeof path, "%s.path", section);
    int file = rows_find(list, path);
    c->source->given[chooser] = key;
    c->source->places[chooser] = key->at;
    if (file >= 0 && !(t->kind == TREE_TEXT && !*t->text) && !given_twice(r, c, file, key)) {
        c->source->given[file] = t;
        c->source->places[file] = t->kind == TREE_TEXT ? t->at : key->at;
    }
}

/* {sqlite: FILE}: the key is a record's name, and its value the record's path. */
static bool give_by_name(report *r, ad_config *c, const char *section, const tree *t)
{
    const config_rows *list = c->source->rows;
    int number = rows_find(list, section);
    const struct config_section *s = number >= 0 ? list->row[number].section : NULL;
    if (!s || !s->by_name || !ad_record_find(s->records, t->key->text))
        return false;
    char path[ROW_PATH_MAX * 2];
    snprintf(path, sizeof path, "%s.%s", section, s->chooser);
    const tree *before = c->source->given[rows_find(list, path)];
    if (before && before->at.source == t->key->at.source) {
        report_add(r, t->key->at, "%s has a second %s, %s", section, s->chooser, t->key->text);
        report_cure(r, "the first is %s in line %d: take one out",
                    before->text ? before->text : "given", before->at.line);
    } else {
        give_named(r, c, section, t->key, t);
    }
    return true;
}

static bool names_chooser(const config_rows *list, const char *section, const tree *map)
{
    int number = rows_find(list, section);
    const struct config_section *s = number >= 0 ? list->row[number].section : NULL;
    for (const tree *t = s && s->chooser ? map->first : NULL; t; t = t->next)
        if (strcmp(t->key->text, s->chooser) == 0)
            return true;
    return false;
}

/* map: the group that it stands in.  A name may be a reader's and an option of another's: {images:
 * DIR}, {format: idx, images: FILE}. */
static void read_key(report *r, ad_config *c, const char *section, const tree *map, const tree *t)
{
    const config_rows *list = c->source->rows;
    char path[ROW_PATH_MAX * 2] = "";
    size_t size = strlen(section);
    if (size + strlen(t->key->text) + 2 < sizeof path && !strchr(t->key->text, '.')) {
        memcpy(path, section, size);
        path[size] = '.';
        strcpy(path + size + (size > 0), t->key->text);
    }
    int number = rows_find(list, path), meant = number;
    if ((number < 0 || !names_chooser(list, section, map)) && give_by_name(r, c, section, t))
        return;
    if (number < 0)
        meant = report_unknown(r, list, section, t->key);
    bool fits = meant >= 0 && (list->row[meant].kind != ROW_OPTION || t->kind != TREE_MAP);
    if (number >= 0 && given_twice(r, c, number, t->key))
        return;
    if (number >= 0 || (fits && c->source->places[meant].line == 0))
        give(r, c, meant, t, t->key->at);
}

/* Sections that hold a method: "optimizer: adam" is a near miss. */
static void report_not_a_section(report *r, const config_rows *list, const char *section,
                                 const tree *t)
{
    int number = rows_find(list, section);
    const struct config_section *s = number >= 0 ? list->row[number].section : NULL;
    text_buffer cure = {0};
    if (s && s->records && t->kind == TREE_TEXT && ad_record_find(s->records, t->text))
        text_add_format(&cure, "write {%s: %s}", s->chooser, t->text);
    else
        add_keys(&cure, list, section);
    char *words = text_take(&cure);
    report_add(r, t->at, "%s is %s where a group of keys is wanted",
               *section ? section : "the file",
               t->kind == TREE_TEXT && !*t->text ? "empty" : tree_words(t));
    report_cure(r, "%s", words ? words : "");
    free(words);
}

void config_collect(report *r, ad_config *c, const char *section, const tree *t)
{
    bool empty = t->kind == TREE_TEXT && !*t->text && !t->at.source->setting;
    if (t->kind == TREE_BAD || empty)
        return;
    if (t->kind != TREE_MAP) {
        report_not_a_section(r, c->source->rows, section, t);
        return;
    }
    for (const tree *item = t->first; item; item = item->next)
        read_key(r, c, section, t, item);
}

/* ---------------------------------------------------------------- settings */

static void report_setting(report *r, const config_rows *list, const source *s, const char *path)
{
    suggest near = {.wrong = path};
    for (int i = 0; i < list->count; i++) {
        const config_row *one = &list->row[i];
        suggest_try(&near, one->path, NULL);
        suggest_try(&near, row_name(one), one->also);
        if (near.best == row_name(one))
            near.best = one->path;
    }
    const char *dot = strrchr(path, '.'), *last = dot ? dot + 1 : path;
    const char *same = section_with(list, last);
    for (int i = 0; !same && i < list->count; i++) /* train.optimizer.lr, train.lr */
        if (list->row[i].also && suggest_listed(list->row[i].also, last))
            same = list->row[i].path;
    int width = *path ? (int)strlen(path) : 1;
    report_add(r, (place){s, 1, 1, width}, "no field has that path");
    if (same || near.best) {
        report_cure(r, "did you mean '%s'?", same ? same : near.best);
    } else {
        report_cure(
            r,
            "`--help` lists the fields; in a setting their names are whole, such as train.epochs");
    }
}

/* As if nothing in that section had been given. */
static void forget(ad_config *c, const char *section)
{
    const config_rows *list = c->source->rows;
    for (int i = 0; i < list->count; i++) {
        if (!row_below(&list->row[i], section))
            continue;
        c->source->places[i] = (place){0};
        c->source->given[i] = NULL;
        c->source->bad[i] = false;
    }
}

static bool keep_root(ad_config *c, tree *root)
{
    struct ad_config_source *s = c->source;
    tree **grown = realloc(s->roots, ((size_t)s->root_count + 1) * sizeof *s->roots);
    if (!grown)
        return false;
    s->roots = grown;
    s->roots[s->root_count++] = root;
    return true;
}

static void apply(report *r, ad_config *c, const source *s, int number)
{
    const config_row *one = &c->source->rows->row[number];
    tree *root = NULL;
    bool read = yaml_read(r, s, &root);
    if (root && !keep_root(c, root)) {
        tree_free(root);
        r->failed = true;
        return;
    }
    if (!read)
        return;
    place at = {s, 1, 1, s->shift - 1};
    if (one->kind == ROW_MODEL || one->kind == ROW_BLOCKS) {
        report_add(r, at, "the model can only stand in the file");
        report_cure(r, "copy the file and change its layers there");
    } else if (!root) {
        report_add(r, at, "%s has no value", one->path);
        report_cure(r, "write the value after the '='");
    } else {
        if (one->kind == ROW_SECTION)
            forget(c, one->path);
        give(r, c, number, root, at);
    }
}

/* data.sqlite=FILE: as {sqlite: FILE} in the file.  False where it is none of those. */
static bool set_by_name(report *r, ad_config *c, source *s, const char *path)
{
    const char *dot = strrchr(path, '.');
    char *section = dot ? text_copy_bytes(path, (size_t)(dot - path)) : NULL;
    int number = section ? rows_find(c->source->rows, section) : -1;
    const struct config_section *of = number >= 0 ? c->source->rows->row[number].section : NULL;
    bool named = of && of->by_name && ad_record_find(of->records, dot + 1);
    tree *root = NULL, *key = named ? tree_new(TREE_TEXT, (place){s, 1, 1, s->shift - 1}) : NULL;
    if (key && !keep_root(c, key)) {
        tree_free(key);
        key = NULL;
    }
    if (key)
        key->text = text_copy(dot + 1);
    bool read = key && key->text && yaml_read(r, s, &root);
    if (root && !keep_root(c, root)) {
        tree_free(root);
        root = NULL;
        r->failed = true;
    }
    r->failed = r->failed || (dot && !section) || (named && (!key || !key->text));
    if (r->failed) {
        free(section);
        return true;
    }
    if (read && root) {
        give_named(r, c, section, key, root);
    } else if (read) {
        report_add(r, (place){s, 1, 1, s->shift - 1}, "%s has no value", path);
        report_cure(r, "write the value after the '='");
    }
    free(section);
    return named;
}

/* data.images: the option of idx, or the reader of that name where what is chosen so far has no
 * such option. */
static bool means_record(const ad_config *c, int number)
{
    const config_row *one = &c->source->rows->row[number];
    const config_section *s = one->section;
    if (one->kind != ROW_OPTION || !one->of_record || !s->by_name ||
        !ad_record_find(s->records, row_name(one)))
        return false;
    char path[ROW_PATH_MAX * 2];
    snprintf(path, sizeof path, "%s.%s", s->path, s->chooser);
    const tree *chosen = c->source->given[rows_find(c->source->rows, path)];
    const ad_record *record =
        chosen && chosen->kind == TREE_TEXT ? ad_record_find(s->records, chosen->text) : NULL;
    return !record || !record_option(record, row_name(one));
}

void config_setting(report *r, ad_config *c, source *s)
{
    const char *equals = strchr(s->text, '=');
    char *path = equals ? text_copy_bytes(s->text, (size_t)(equals - s->text)) : NULL;
    if (!equals) {
        report_add(r, (place){s, 1, 1, 1}, "no '=' in it");
        report_cure(r, "write path=value, such as --set train.epochs=3");
    } else if (!path) {
        r->failed = true;
    } else {
        s->shift = (int)(equals - s->text) + 1;
        int number = rows_find(c->source->rows, path);
        if (number >= 0 && !means_record(c, number))
            apply(r, c, s, number);
        else if (!set_by_name(r, c, s, path))
            report_setting(r, c->source->rows, s, path);
    }
    free(path);
}
