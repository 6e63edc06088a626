/* Lists of records with their options. */
#include "choices.h"

#include <stdlib.h>
#include <string.h>

#include "not_there.h"
#include "option.h"
#include "suggest.h"
#include "value.h"

typedef struct reader {
    report *r;
    ad_records records;
    const char *what;
    bool bare;
} reader;

static const ad_record *report_name(const reader *d, const tree *t)
{
    suggest near = {.wrong = t->text};
    text_buffer all = {0}, quoted = {0};
    for (int i = 0; d->records(i); i++) {
        suggest_try(&near, d->records(i)->name, d->records(i)->also);
        text_add_format(&all, "%s%s", i ? ", " : "", d->records(i)->name);
    }
    text_add_quoted(&quoted, t->text);
    report_add(d->r, t->at, "no %s is called %s", d->what, quoted.data ? quoted.data : "that");
    if (!(near.best && near.distance == 0) && d->records == ad_augmentation_at &&
        not_there_cure(d->r, NOT_AN_AUGMENTATION, NULL, t->text, NULL))
        near.best = NULL;
    else if (near.best)
        report_cure(d->r, "did you mean '%s'?", near.best);
    else
        report_cure(d->r, "there are %s", all.data ? all.data : "");
    text_done(&all);
    text_done(&quoted);
    return near.best ? ad_record_find(d->records, near.best) : NULL;
}

static const ad_option *report_key(const reader *d, const ad_record *record, const tree *key)
{
    suggest near = {.wrong = key->text};
    text_buffer all = {0}, quoted = {0};
    for (int i = 0; i < record->options; i++) {
        suggest_try(&near, record->option[i].name, record->option[i].also);
        text_add_format(&all, "%s%s", i ? ", " : "", record->option[i].name);
    }
    text_add_quoted(&quoted, key->text);
    report_add(d->r, key->at, "%s has no key %s", record->name, quoted.data ? quoted.data : "");
    if (near.best)
        report_cure(d->r, "did you mean '%s'?", near.best);
    else if (!all.size)
        report_cure(d->r, "it takes none: write - %s", record->name);
    else
        report_cure(d->r, "the keys of %s are %s", record->name, all.data);
    text_done(&all);
    text_done(&quoted);
    return near.best ? record_option(record, near.best) : NULL;
}

static void read_keys(const reader *d, const ad_choice *c, const tree *keys)
{
    for (const tree *t = keys->first; t; t = t->next) {
        const ad_option *o = record_option(c->record, t->key->text);
        if (!o)
            o = report_key(d, c->record, t->key);
        char *path = o ? text_format("%s.%s", c->record->name, o->name) : NULL;
        d->r->failed = d->r->failed || (o && !path);
        if (path)
            value_read(d->r, o, path, t, c->options, c->record->initial);
        free(path);
    }
}

static bool has_key(const tree *map, const char *name)
{
    for (const tree *t = map->first; t; t = t->next)
        if (strcmp(t->key->text, name) == 0)
            return true;
    return false;
}

/* An item that is the keys of the only record: those that have to be there are. */
static void read_bare(const reader *d, const tree *t, ad_choice *c)
{
    const ad_record *record = d->records(0);
    text_buffer keys = {0};
    for (int i = 0; i < record->options; i++)
        text_add_format(&keys, "%s%s: ...", i ? ", " : "", record->option[i].name);
    if (t->kind != TREE_MAP) {
        report_add(d->r, t->at, "a %s is %s where a group of keys is wanted", d->what,
                   tree_words(t));
        report_cure(d->r, "write - {%s}", keys.data ? keys.data : "");
        text_done(&keys);
        return;
    }
    *c = (ad_choice){record, record_options_new(record)};
    d->r->failed = d->r->failed || !c->options;
    if (c->options)
        read_keys(d, c, t);
    bool known = true; /* else nothing is said of what is missing */
    for (const tree *key = t->first; key; key = key->next)
        known = known && record_option(record, key->key->text);
    for (int i = 0; c->options && known && i < record->options; i++)
        if (record->option[i].required && !has_key(t, record->option[i].name)) {
            report_add(d->r, t->at, "a %s has no %s", d->what, record->option[i].name);
            report_cure(d->r, "write - {%s}", keys.data ? keys.data : "");
        }
    text_done(&keys);
}

static void read_item(const reader *d, const tree *t, ad_choice *c)
{
    const tree *keys = t->kind == TREE_MAP ? t->first : NULL, *name = keys ? keys->key : t;
    if (t->kind == TREE_BAD)
        return;
    if (name->kind != TREE_TEXT || !*name->text || t->count > 1) {
        report_add(d->r, t->at, "%s %s is a name, or a name with its keys",
                   *d->what == 'a' ? "an" : "a", d->what);
        report_cure(d->r, "write - %s", d->records(0)->name);
        return;
    }
    const ad_record *record = ad_record_find(d->records, name->text);
    record = record ? record : report_name(d, name);
    if (!record)
        return;
    *c = (ad_choice){record, record_options_new(record)};
    d->r->failed = d->r->failed || !c->options;
    if (!keys || !c->options || keys->kind == TREE_BAD || (keys->kind == TREE_TEXT && !*keys->text))
        return;
    if (keys->kind == TREE_MAP) {
        read_keys(d, c, keys);
        return;
    }
    report_add(d->r, keys->at, "%s is %s where a group of keys is wanted", record->name,
               tree_words(keys));
    report_cure(d->r, "write - %s: {KEY: VALUE}", record->name);
}

void choices_read(report *r, ad_records records, const char *what, bool bare, const tree *t,
                  ad_choices *choices)
{
    reader d = {r, records, what, bare};
    choices_done(choices);
    if (t->kind == TREE_BAD || (t->kind == TREE_TEXT && !*t->text))
        return;
    if (t->kind != TREE_LIST) {
        report_add(r, t->at, "%ss are %s where a list is wanted", what, tree_words(t));
        report_cure(r, "write one a line, each after '- ', such as - %s%s",
                    bare ? "{match: ...}" : "", bare ? "" : records(0)->name);
        return;
    }
    choices->choice = calloc((size_t)t->count + 1, sizeof *choices->choice);
    r->failed = r->failed || !choices->choice;
    for (const tree *item = t->first; item && choices->choice; item = item->next) {
        ad_choice *c = &choices->choice[choices->count];
        if (bare)
            read_bare(&d, item, c);
        else
            read_item(&d, item, c);
        choices->count += c->options != NULL;
    }
}

void choices_done(ad_choices *choices)
{
    for (int i = 0; i < choices->count; i++)
        record_options_free(choices->choice[i].record, choices->choice[i].options);
    free(choices->choice);
    *choices = (ad_choices){0};
}

static void write_item(text_buffer *t, const ad_choice *c, bool bare)
{
    bool any = false;
    text_add(t, bare ? "" : c->record->name);
    for (int i = 0; i < c->record->options; i++) {
        text_buffer value = {0};
        if (option_value(&value, &c->record->option[i], c->options)) {
            text_add_format(t, "%s%s: %s",
                            any    ? ", "
                            : bare ? "{"
                                   : ": {",
                            c->record->option[i].name, value.data ? value.data : "");
            any = true;
        }
        t->failed = t->failed || value.failed;
        text_done(&value);
    }
    text_add(t, any ? "}\n" : "\n");
}

void choices_write(text_buffer *t, const ad_choices *choices, bool bare, int indent)
{
    for (int i = 0; i < choices->count; i++) {
        text_repeat(t, " ", indent);
        text_add(t, "- ");
        write_item(t, &choices->choice[i], bare);
    }
}
