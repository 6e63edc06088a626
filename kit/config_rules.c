/* What concerns several fields at once: required ones, defaults that depend on a word, fields that
 * mean nothing here, names of layers. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "field.h"
#include "text.h"
#include "value.h"

static void section_of(const ad_field *f, char *section)
{
    size_t size = (size_t)(field_name(f) - f->path);
    memcpy(section, f->path, size);
    section[size ? size - 1 : 0] = 0;
}

static void report_missing(report *r, const ad_config *c, const ad_field *f)
{
    char section[FIELD_PATH_MAX];
    section_of(f, section);
    report_add(r, config_place(c, section), "%s is missing", f->path);
    if (f->type == AD_FIELD_PATH) {
        report_cure(r, "add %s: {%s: DIR} (%s), give --data DIR, or choose format: digits", section,
                    field_name(f), f->help);
    } else {
        report_cure(r, "add '%s:' (%s)", f->path, f->help);
    }
}

static void report_meaningless(report *r, const ad_config *c, const ad_field *f,
                               const ad_field *chooser, int chosen)
{
    text_buffer t = {0}, list = {0};
    field_add_word(&t, chooser, chosen);
    field_add_list(&list, f->with, " or ");
    char *word = text_take(&t), *words = text_take(&list);
    report_add(r, config_place(c, f->path), "%s means nothing with %s: %s", f->path,
               field_name(chooser), word ? word : "");
    report_cure(r, "take it out, or choose %s: %s", field_name(chooser), words ? words : "");
    free(word);
    free(words);
}

/* Sets the default that the chooser's word decides; false without memory. */
static bool choose_default(ad_config *c, const ad_field *f, const ad_field *chooser, int chosen)
{
    char initial[FIELD_PATH_MAX];
    return !field_initial(f, chooser, chosen, initial) || value_set(f, initial, c);
}

static void check_row(report *r, ad_config *c, int row)
{
    int count;
    const ad_field *f = &ad_config_fields(&count)[row], *chooser;
    int chosen = config_chosen(c, f, &chooser);
    bool given = c->source->places[row].line > 0, bad = c->source->bad[row];
    if (chooser && chosen < 0)
        return;
    bool meant = !chooser || field_meant(f, chooser, chosen);
    if (given && !meant)
        report_meaningless(r, c, f, chooser, chosen);
    else if (!given && !bad && meant && f->required)
        report_missing(r, c, f);
    else if (!given && f->instead && !choose_default(c, f, chooser, chosen))
        r->failed = true;
}

static void check_rows(report *r, ad_config *c)
{
    int count;
    ad_config_fields(&count);
    for (int i = 0; i < count; i++)
        check_row(r, c, i);
}

/* ---------------------------------------------------------------- pairs of fields */

static void check_classes(report *r, ad_config *c)
{
    int names = c->data.names.count;
    if (names > 0 && c->data.classes == 0) {
        c->data.classes = names;
    } else if (names > 0 && names != c->data.classes) {
        report_add(r, config_place(c, "data.names"), "%d names for %lld classes", names,
                   (long long)c->data.classes);
        report_cure(r, "give each class one name, or leave data.classes out");
    }
}

static void check_digits(report *r, const ad_config *c)
{
    static const char *const paths[] = {"data.train_count", "data.test_count"};
    int64_t counts[] = {c->data.train_count, c->data.test_count};
    for (int i = 0; i < 2 && c->data.format == AD_DATA_DIGITS; i++) {
        if (counts[i] == 0 && config_has(c, paths[i])) {
            report_add(r, config_place(c, paths[i]),
                       "%s is 0, but digits are drawn in a number that you choose", paths[i]);
            report_cure(r, "write a number from 1 on, such as %s", i ? "2000" : "12000");
        }
    }
}

static void check_training(report *r, const ad_config *c)
{
    if (c->train.early_stopping.patience > 0 && !(c->data.validation > 0)) {
        report_add(r, config_place(c, "train.early_stopping.patience"),
                   "early stopping measures by a validation set, and there is none");
        report_cure(r, "set data.validation, such as 0.1");
    }
    if (c->train.optimizer.nesterov && !(c->train.optimizer.momentum > 0)) {
        report_add(r, config_place(c, "train.optimizer.nesterov"),
                   "nesterov looks ahead by the momentum, which is 0");
        report_cure(r, "set train.optimizer.momentum, such as 0.9");
    }
}

static int compare_layers(const void *a, const void *b)
{
    const ad_layer *p = *(const ad_layer *const *)a, *q = *(const ad_layer *const *)b;
    int order = strcmp(p->name, q->name);
    return order ? order : (p > q) - (p < q);
}

static void report_same_name(report *r, const ad_config *c, const ad_layer *first,
                             const ad_layer *second)
{
    int width = (int)strlen(second->kind->name);
    report_add(r, (place){&c->source->file, second->line, second->column, width},
               "a second layer is named '%s'", second->name);
    report_cure(r, "the first is in line %d: give each its own name", first->line);
}

static void check_names(report *r, const ad_config *c)
{
    const ad_layer **named = calloc((size_t)c->layer_count + 1, sizeof *named);
    int count = 0;
    for (int i = 0; named && i < c->layer_count; i++)
        if (c->layers[i].name)
            named[count++] = &c->layers[i];
    if (named)
        qsort(named, (size_t)count, sizeof *named, compare_layers);
    for (int i = 1; i < count; i++)
        if (strcmp(named[i - 1]->name, named[i]->name) == 0)
            report_same_name(r, c, named[i - 1], named[i]);
    r->failed = r->failed || !named;
    free(named);
}

void config_check(report *r, ad_config *c)
{
    check_rows(r, c);
    check_classes(r, c);
    check_digits(r, c);
    check_training(r, c);
    check_names(r, c);
}
