/* Which rows a text gives: each key of a file or setting finds its row, or is reported.  Values are
 * read later (config_resolve.c), when it is known which records the choosers chose. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "not_there.h"
#include "option.h"
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

/* In a section, and in the file. */
enum { KEYS_TOLD = 18, SECTIONS_TOLD = 24 };

/* "the keys of train.optimizer are method, rate..." */
static void add_keys(text_buffer *t, const config_rows *list, const char *section)
{
    text_add_format(t, "the keys of %s are", *section ? section : "the file");
    int told = 0, most = *section ? KEYS_TOLD : SECTIONS_TOLD;
    for (int i = 0; i < list->count; i++)
        if (row_inside(&list->row[i], section) && told++ < most)
            text_add_format(t, "%s%s", told > 1 ? ", " : " ", row_name(&list->row[i]));
    if (told > most)
        text_add_format(t, " and %d more, of some methods or seldom wanted", told - most);
}

/* A row by its name, and by what others call it: each record that has it may know other words. */
static void try_row(suggest *s, const config_row *one, const char *name)
{
    suggest_try(s, name, one->also);
    for (int i = 0; one->of_record && one->section->records(i); i++) {
        const ad_option *o = record_option(one->section->records(i), row_name(one));
        if (o)
            suggest_try(s, name, o->also);
    }
}

/* Every configuration has it, whatever is chosen. */
static bool of_all(const config_row *one)
{
    return !one->of_record && !(one->section && one->section->of_task);
}

/* A row of another section with that name, or called so by others, for a key that stands in the
 * wrong group; one that every configuration has before the others. */
static const char *elsewhere(const config_rows *list, const char *key, bool by_name)
{
    const char *of_some = NULL;
    const config_row *some = NULL;
    for (int i = 0; i < list->count; i++) {
        const config_row *one = &list->row[i];
        suggest s = {.wrong = key};
        if (by_name)
            suggest_try(&s, row_name(one), NULL);
        else
            try_row(&s, one, row_name(one));
        if (!s.best || s.distance > 0)
            continue;
        if (of_all(one))
            return one->path;
        if (!of_some || (some->section && some->section->of_task && one->of_record))
            of_some = (some = one)->path;
    }
    return of_some;
}

char *ad_config_field(const char *name)
{
    config_rows *list = rows_new();
    const char *path = list ? elsewhere(list, name, true) : NULL;
    path = path || !list ? path : elsewhere(list, name, false);
    const config_row *one = path ? &list->row[rows_find(list, path)] : NULL;
    bool chosen = one && one->kind == ROW_SECTION && one->section->records;
    char *copy =
        !path ? NULL
              : text_format("%s%s%s", path, chosen ? "." : "", chosen ? one->section->chooser : "");
    rows_free(list);
    return copy;
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

/* "epochs = 3", "train {epochs": the colon is missing. */
static bool cure_colon(report *r, const char *key)
{
    if (!strpbrk(key, " ={"))
        return false;
    report_cure(r, "write 'key: value', with a space after the colon");
    return true;
}

/* The nearest key of a section: its row in *meant; -1 where it is a reader's name. */
static suggest nearest_here(const config_rows *list, const char *section, const char *key,
                            int *meant)
{
    suggest here = {.wrong = key};
    for (int i = 0; i < list->count; i++) {
        if (!row_inside(&list->row[i], section))
            continue;
        try_row(&here, &list->row[i], row_name(&list->row[i]));
        *meant = here.best == row_name(&list->row[i]) ? i : *meant;
    }
    int number = rows_find(list, section);
    const struct config_section *s = number >= 0 ? list->row[number].section : NULL;
    for (int i = 0; s && s->by_name && s->records(i); i++) {
        const char *name = s->records(i)->name;
        suggest_try(&here, name, s->records(i)->also);
        *meant = here.best == name ? -1 : *meant;
    }
    return here;
}

/* A key that no row is here; its place elsewhere, or what to do instead.  False where nothing is
 * known of it. */
static bool cure_foreign(report *r, const config_rows *list, const char *section, const tree *t)
{
    const char *key = t->key->text, *path = elsewhere(list, key, true);
    if (!path && not_there_cure(r, NOT_A_KEY, section, key, t))
        return true;
    path = path ? path : elsewhere(list, key, false);
    if (path)
        report_cure(r, "its place is %s", path);
    return path;
}

/* The row that was meant, or -1. */
static int cure_unknown(report *r, const config_rows *list, const char *section, const tree *item)
{
    int meant = -1;
    const char *key = item->key->text;
    suggest here = nearest_here(list, section, key, &meant), anywhere = {.wrong = key};
    for (int i = 0; i < list->count; i++)
        try_row(&anywhere, &list->row[i], list->row[i].path);
    if (cure_dotted(r, list, section, key))
        return -1;
    bool typo = here.best && here.distance <= 1;
    bool told = not_there_known(NOT_A_KEY, section, key) && !(here.best && here.distance == 0);
    if ((!typo || told) && cure_foreign(r, list, section, item))
        return -1;
    if (!typo && cure_colon(r, key))
        return -1;
    text_buffer t = {0};
    if (here.best)
        text_add_format(&t, "did you mean '%s'?", here.best);
    else if (anywhere.best)
        text_add_format(&t, "did you mean %s?", anywhere.best);
    else
        add_keys(&t, list, section);
    char *words = text_take(&t);
    report_cure(r, "%s", words ? words : "");
    free(words);
    return meant;
}

static int report_unknown(report *r, const config_rows *list, const char *section, const tree *t)
{
    char *name = quoted(t->key->text);
    report_add(r, t->key->at, "%s has no key %s", *section ? section : "a configuration",
               name ? name : "");
    free(name);
    return cure_unknown(r, list, section, t);
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

/* Something in that section is not understood: what it lacks is not told. */
static void spoil(ad_config *c, const char *section)
{
    int number = rows_find(c->source->rows, section);
    if (number >= 0)
        c->source->bad[number] = true;
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
        meant = report_unknown(r, list, section, t);
    if (meant < 0)
        spoil(c, section);
    bool fits = meant >= 0 && (list->row[meant].kind != ROW_OPTION || t->kind != TREE_MAP);
    if (number >= 0 && given_twice(r, c, number, t->key))
        return;
    if (number >= 0 || (fits && c->source->places[meant].line == 0))
        give(r, c, meant, t, t->key->at);
}

/* "epochs:3", "epochs = 3", "epochs 3". */
static bool begins_with_key(const config_rows *list, const char *section, const char *words)
{
    size_t size = strcspn(words, " :=");
    for (int i = 0; words[size] && i < list->count; i++)
        if ((!*section || row_inside(&list->row[i], section)) &&
            strlen(row_name(&list->row[i])) == size &&
            memcmp(row_name(&list->row[i]), words, size) == 0)
            return true;
    return false;
}

/* Sections that hold a method: "optimizer: adam" is a near miss. */
static void report_not_a_section(report *r, const config_rows *list, const char *section,
                                 const tree *t)
{
    int number = rows_find(list, section);
    const struct config_section *s = number >= 0 ? list->row[number].section : NULL;
    text_buffer cure = {0};
    const char *record =
        s && s->records && t->kind == TREE_TEXT ? ad_record_near(s->records, t->text) : NULL;
    if (record && s->by_name && strpbrk(t->text, "./"))
        text_add_format(&cure, "write {%s: %s}: the reader, then its path", record, t->text);
    else if (record)
        text_add_format(&cure, "write {%s: %s}", s->chooser, record);
    else if (t->kind == TREE_TEXT && begins_with_key(list, section, t->text))
        text_add(&cure, "write 'key: value', with a space after the colon");
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
        spoil(c, section);
        return;
    }
    for (const tree *item = t->first; item; item = item->next)
        read_key(r, c, section, t, item);
}

/* ---------------------------------------------------------------- settings */

/* The group before the last name, "scheduler" of train.scheduler.gamma, is what the row's section
 * is called. */
static bool same_group(const config_rows *list, const config_row *one, const char *path)
{
    char section[ROW_PATH_MAX], group[ROW_PATH_MAX];
    const char *last = strrchr(path, '.'), *start = last;
    while (start && start > path && start[-1] != '.')
        start--;
    row_section(one, section);
    int number = rows_find(list, section);
    if (!last || number < 0 || last - start >= ROW_PATH_MAX)
        return false;
    memcpy(group, start, (size_t)(last - start));
    group[last - start] = 0;
    suggest s = {.wrong = group};
    suggest_try(&s, row_name(&list->row[number]), list->row[number].also);
    return s.best && s.distance <= 1;
}

/* How far a path is from a row: by its whole spelling, by the last name in a group of that name, by
 * the last name alone; -1: not near. */
static int setting_distance(const config_rows *list, const config_row *one, const char *path)
{
    const char *dot = strrchr(path, '.'), *last = dot ? dot + 1 : path;
    suggest name = {.wrong = last};
    int edits = suggest_distance(path, one->path, 100), most = 1 + (int)strlen(path) / 6;
    try_row(&name, one, row_name(one));
    int spelled = edits <= most ? 4 * edits : -1;
    bool group = name.best && same_group(list, one, path);
    int named = !name.best ? -1 : group ? 1 + 4 * name.distance : 6 + 8 * name.distance;
    named += named >= 0 && !of_all(one) && !group;
    named += named >= 0 && strcmp(row_name(one), last) != 0;
    return spelled < 0 || (named >= 0 && named < spelled) ? named : spelled;
}

static const config_row *nearest_setting(const config_rows *list, const char *path)
{
    const config_row *best = NULL;
    int distance = -1;
    for (int i = 0; i < list->count; i++) {
        int found = setting_distance(list, &list->row[i], path);
        if (found >= 0 && (!best || found < distance)) {
            best = &list->row[i];
            distance = found;
        }
    }
    return best;
}

static bool in_a_model(const config_rows *list, const char *path)
{
    for (int i = 0; i < list->count; i++) {
        size_t size = strlen(list->row[i].path);
        if (list->row[i].kind != ROW_OPTION && list->row[i].kind != ROW_SECTION &&
            strncmp(path, list->row[i].path, size) == 0 && path[size] == '.')
            return true;
    }
    return false;
}

static void report_setting(report *r, const config_rows *list, const source *s, const char *path)
{
    const config_row *near = nearest_setting(list, path);
    const char *dot = strrchr(path, '.');
    int width = *path ? (int)strlen(path) : 1;
    report_add(r, (place){s, 1, 1, width}, "no field has that path");
    if (in_a_model(list, path))
        report_cure(r, "the model can only stand in the file: change its layers there");
    else if (not_there_known(NOT_A_KEY, "", path) && !dot)
        not_there_cure(r, NOT_A_KEY, "", path, NULL);
    else if (near)
        report_cure(r, "did you mean '%s'?", near->path);
    else if (!dot || !not_there_cure(r, NOT_A_KEY, "", dot + 1, NULL))
        report_cure(
            r,
            "`--help` lists the fields; in a setting their names are whole, such as train.epochs");
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

/* Of a list the one setting would be lost in the other without a word; reported. */
static bool list_set_twice(report *r, const ad_config *c, int number, place at)
{
    const config_row *one = &c->source->rows->row[number];
    const tree *before = c->source->given[number];
    bool list = one->kind == ROW_OPTION && option_is_list(&one->option);
    if (!list || !before || !before->at.source->setting || before->at.source == at.source)
        return false;
    report_add(r, at, "%s is set twice, and the first would be lost", one->path);
    report_cure(r, "give one list: --set '%s=[A, B]'", one->path);
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
    } else if (!list_set_twice(r, c, number, at)) {
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

/* "train.epochs:3", "train.epochs 3": what was meant, written with '='. */
static void report_no_equals(report *r, const config_rows *list, const source *s)
{
    size_t size = strcspn(s->text, ": ");
    const char *value = s->text + size + strspn(s->text + size, ": ");
    char *path = text_copy_bytes(s->text, size);
    const config_row *near = path ? nearest_setting(list, path) : NULL;
    r->failed = r->failed || !path;
    report_add(r, (place){s, 1, 1, 1}, "no '=' in it");
    if (near && *value)
        report_cure(r, "write %s=%s", near->path, value);
    else if (near)
        report_cure(r, "write path=value, such as --set %s=VALUE", near->path);
    else
        report_cure(r, "write path=value, such as --set train.epochs=3");
    free(path);
}

void config_setting(report *r, ad_config *c, source *s)
{
    const char *equals = strchr(s->text, '=');
    char *path = equals ? text_copy_bytes(s->text, (size_t)(equals - s->text)) : NULL;
    if (!equals) {
        report_no_equals(r, c->source->rows, s);
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
