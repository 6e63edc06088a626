/* Values of the rows that were given: first the choosers, which say whose options the others are,
 * then all others, then the models. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "config.h"
#include "model.h"
#include "not_there.h"
#include "option.h"
#include "suggest.h"
#include "value.h"

/* ---------------------------------------------------------------- choosers */

static char *record_names(ad_records records)
{
    text_buffer t = {0};
    for (int i = 0; records(i); i++)
        text_add_format(&t, "%s%s", i ? " " : "", records(i)->name);
    return text_take(&t);
}

/* Returns the record that was meant, or NULL. */
static const ad_record *cure_choice(report *r, const config_row *one, const char *wrong)
{
    ad_records records = one->section->records;
    suggest near = {.wrong = wrong};
    for (int i = 0; *wrong && records(i); i++)
        suggest_try(&near, records(i)->name, records(i)->also);
    if (!(near.best && near.distance == 0) && not_there_cure(r, NOT_A_WORD, one->path, wrong, NULL))
        return NULL;
    text_buffer t = {0};
    char *names = record_names(records);
    if (near.best)
        text_add_format(&t, "did you mean '%s'?  ", near.best);
    if (one->section->command) {
        text_add_format(&t, "`adze %s` lists the words", one->section->command);
    } else {
        text_add(&t, near.best ? "The words are " : "write ");
        option_add_list(&t, names ? names : "", near.best ? " and " : " or ");
    }
    char *words = text_take(&t);
    report_cure(r, "%s", words ? words : "");
    free(words);
    free(names);
    return near.best ? ad_record_find(records, near.best) : NULL;
}

/* The record that a chooser's value names, or means; NULL where nothing is known.  *bad: a mistake
 * was reported. */
static const ad_record *read_choice(report *r, const config_row *one, const tree *t, bool *bad)
{
    ad_records records = one->section->records;
    *bad = true;
    if (t->kind == TREE_BAD)
        return NULL;
    if (t->kind != TREE_TEXT) {
        report_add(r, t->at, "%s is %s where one value is wanted", one->path, tree_words(t));
        return cure_choice(r, one, "");
    }
    const ad_record *record = ad_record_find(records, t->text);
    *bad = !record;
    if (!record) {
        text_buffer quoted = {0};
        text_add_quoted(&quoted, t->text);
        if (*t->text)
            report_add(r, t->at, "%s is %s, which is not one of its words", one->path,
                       quoted.data ? quoted.data : "");
        else
            report_add(r, t->at, "%s has no value", one->path);
        text_done(&quoted);
        record = cure_choice(r, one, t->text);
    }
    return record;
}

static void choose(report *r, ad_config *c, int number)
{
    const config_row *one = &c->source->rows->row[number];
    ad_choice *choice = config_choice(c, one->section);
    const tree *given = c->source->given[number];
    const ad_record *record = given ? read_choice(r, one, given, &c->source->bad[number]) : NULL;
    choice->record = record ? record : ad_record_find(one->section->records, one->section->first);
    choice->options = record_options_new(choice->record);
    r->failed = r->failed || !choice->options;
}

/* ---------------------------------------------------------------- options */

/* Whether the chooser of a row's section was refused: nothing is known of its record then. */
static bool unknown_record(const ad_config *c, const config_row *one)
{
    if (!one->of_record)
        return false;
    char path[ROW_PATH_MAX * 2];
    const char *section = one->section->path;
    snprintf(path, sizeof path, "%s%s%s", section, *section ? "." : "", one->section->chooser);
    return c->source->bad[rows_find(c->source->rows, path)];
}

static void resolve_path(report *r, const ad_config *c, char **path, const tree *t)
{
    if (t->at.source->setting || (*path)[0] == '/')
        return;
    char *folder = config_folder(c->file);
    char *whole = folder ? text_format("%s%s", folder, *path) : NULL;
    free(folder);
    free(*path);
    *path = whole;
    r->failed = r->failed || !whole;
}

static void report_meaningless(report *r, const ad_config *c, const config_row *one)
{
    const config_section *s = one->section;
    text_buffer list = {0};
    option_add_list(&list, one->with.data, " or ");
    const tree *t = c->source->given[rows_find(c->source->rows, one->path)];
    report_add(r, t->key ? t->key->at : config_place(c, one->path), "%s means nothing with %s: %s",
               one->path, s->chooser, config_choice(c, s)->record->name);
    report_cure(r, "take it out, or choose %s: %s", s->chooser, list.data ? list.data : "");
    text_done(&list);
}

static void read_option(report *r, ad_config *c, int number)
{
    const config_row *one = &c->source->rows->row[number];
    const tree *t = c->source->given[number];
    const ad_option *option;
    void *base;
    if (!config_value(c, one, &option, &base)) {
        c->source->bad[number] = true;
        if (!unknown_record(c, one))
            report_meaningless(r, c, one);
        return;
    }
    const void *initial = one->of_record ? config_choice(c, one->section)->record->initial
                                         : (const void *)row_defaults();
    c->source->bad[number] = !value_read(r, option, one->path, t, base, initial);
    if (option->type == AD_OPTION_PATH && !c->source->bad[number])
        resolve_path(r, c, (char **)((char *)base + option->offset), t);
}

static void report_missing(report *r, const ad_config *c, const config_row *one,
                           const ad_option *option)
{
    char section[ROW_PATH_MAX];
    row_section(one, section);
    report_add(r, config_place(c, section), "%s is missing", one->path);
    if (option->type == AD_OPTION_PATH)
        report_cure(r, "add %s: {%s: PATH} (%s), give --data PATH, or choose format: digits",
                    section, row_name(one), option->help);
    else
        report_cure(r, "add '%s:' (%s)", one->path, option->help);
}

/* Whether something in the row's section was not understood. */
static bool spoiled(const ad_config *c, const config_row *one)
{
    int number = rows_find(c->source->rows, one->section->path);
    return number >= 0 && c->source->bad[number];
}

static void resolve_option(report *r, ad_config *c, int number, bool whole)
{
    const config_row *one = &c->source->rows->row[number];
    const ad_option *option;
    void *base;
    if (c->source->given[number])
        read_option(r, c, number);
    else if (whole && !c->source->bad[number] && config_value(c, one, &option, &base) &&
             option->required && !unknown_record(c, one) && !spoiled(c, one))
        report_missing(r, c, one, option);
}

/* ---------------------------------------------------------------- the whole */

static const tree *given(const ad_config *c, const char *path)
{
    return c->source->given[rows_find(c->source->rows, path)];
}

static void resolve_models(report *r, ad_config *c)
{
    blocks known = blocks_read(r, given(c, "blocks"));
    blocks_try(r, &known);
    const config_rows *list = c->source->rows;
    for (int i = 0; i < list->count; i++) {
        ad_layers **model = (ad_layers **)((char *)c + list->row[i].model);
        if (list->row[i].kind == ROW_CHOICES && c->source->given[i])
            choices_read(r, list->row[i].records, list->row[i].item, list->row[i].bare,
                         c->source->given[i], (ad_choices *)((char *)c + list->row[i].model));
        if (list->row[i].kind == ROW_MODEL && c->source->given[i])
            *model = model_read(r, &known, c->source->given[i]);
    }
    blocks_done(&known);
}

void config_resolve(report *r, ad_config *c, bool whole)
{
    const config_rows *list = c->source->rows;
    for (int i = 0; i < list->count; i++)
        if (list->row[i].kind == ROW_OPTION && list->row[i].chooser)
            choose(r, c, i);
    for (int i = 0; i < list->count && !r->failed; i++)
        if (list->row[i].kind == ROW_OPTION && !list->row[i].chooser)
            resolve_option(r, c, i, whole);
    if (!r->failed)
        resolve_models(r, c);
}
