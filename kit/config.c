/* A configuration's life: defaults, places, end. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "message.h"
#include "model.h"
#include "text.h"
#include "value.h"

/* ---------------------------------------------------------------- where things are */

ad_choice *config_choice(const ad_config *c, const config_section *s)
{
    return s && s->records ? (ad_choice *)((char *)c + s->choice) : NULL;
}

bool config_value(const ad_config *c, const config_row *r, const ad_option **option, void **base)
{
    ad_choice *choice = config_choice(c, r->section);
    if (r->kind != ROW_OPTION || r->chooser)
        return false;
    *option = r->of_record ? record_option(choice->record, r->option.name) : &r->option;
    *base = r->of_record ? choice->options : (void *)c;
    return *option && *base;
}

place config_place(const ad_config *c, const char *path)
{
    int row = *path ? rows_find(c->source->rows, path) : -1;
    if (row >= 0 && c->source->places[row].line > 0)
        return c->source->places[row];
    return (place){&c->source->file, 1, 1, 1};
}

bool config_has(const ad_config *c, const char *path)
{
    int row = rows_find(c->source->rows, path);
    return row >= 0 && c->source->places[row].line > 0;
}

bool config_gives(const ad_config *c, const config_section *s)
{
    for (int i = 0; i < c->source->rows->count; i++)
        if (c->source->rows->row[i].section == s && c->source->places[i].line > 0)
            return true;
    return false;
}

bool ad_config_given(const ad_config *config, const char *path)
{
    return config_has(config, path);
}

char *config_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return text_copy_bytes(path, slash ? (size_t)(slash - path) + 1 : 0);
}

/* ---------------------------------------------------------------- begin */

static bool make_source(ad_config *c, const char *name, const char *text, size_t size)
{
    struct ad_config_source *s = calloc(1, sizeof *s);
    if (!s)
        return false;
    c->source = s;
    s->name = text_copy(name);
    s->text = text_copy_bytes(text, size);
    s->rows = rows_new();
    size_t count = s->rows ? (size_t)s->rows->count : 0;
    s->places = calloc(count, sizeof *s->places);
    s->bad = calloc(count, sizeof *s->bad);
    s->given = calloc(count, sizeof *s->given);
    s->file = (source){.name = s->name, .text = s->text, .size = size};
    c->file = s->name;
    return s->name && s->text && s->rows && s->places && s->bad && s->given;
}

static void free_source(struct ad_config_source *s)
{
    for (int i = 0; i < s->setting_count; i++)
        free((char *)s->settings[i].name);
    for (int i = 0; i < s->root_count; i++)
        tree_free(s->roots[i]);
    rows_free(s->rows);
    free(s->roots);
    free(s->given);
    free(s->settings);
    free(s->name);
    free(s->text);
    free(s->places);
    free(s->bad);
    free(s);
}

static bool own_values(ad_config *c)
{
    const config_rows *list = c->source->rows;
    bool good = true;
    for (int i = 0; i < list->count; i++)
        if (list->row[i].kind == ROW_OPTION && !list->row[i].chooser && !list->row[i].of_record)
            good = value_own(&list->row[i].option, c) && good;
    return good;
}

ad_config *config_new(const char *name, const char *text, size_t size)
{
    ad_config *c = malloc(sizeof *c);
    if (!c)
        return NULL;
    *c = *row_defaults();
    bool made = make_source(c, name, text, size);
    if (made && own_values(c))
        return c;
    if (made) {
        ad_config_free(c);
        return NULL;
    }
    if (c->source) /* no value is its own yet */
        free_source(c->source);
    free(c);
    return NULL;
}

/* ---------------------------------------------------------------- end */

static void free_values(ad_config *c)
{
    const config_rows *list = c->source->rows;
    for (int i = 0; i < list->count; i++) {
        const config_row *r = &list->row[i];
        if (r->kind == ROW_OPTION && !r->chooser && !r->of_record)
            value_done(&r->option, c);
        ad_choice *choice = r->chooser ? config_choice(c, r->section) : NULL;
        if (choice && choice->options)
            record_options_free(choice->record, choice->options);
    }
}

void ad_config_free(ad_config *config)
{
    if (!config)
        return;
    free_values(config);
    choices_done(&config->augment);
    choices_done(&config->metrics);
    choices_done(&config->schedules);
    choices_done(&config->groups);
    choices_done(&config->initial);
    model_free(config->model);
    model_free(config->generator);
    model_free(config->discriminator);
    model_free(config->encoder);
    model_free(config->decoder);
    model_free(config->next_sentence);
    free_source(config->source);
    free(config);
}

/* ---------------------------------------------------------------- reports */

char *ad_config_report(const ad_config *config, const char *path, const char *what,
                       const char *cure)
{
    report r = {0};
    place at = config_place(config, path);
    if (!config_has(config, path))
        at.line = 0;
    report_add(&r, at, "%s", what);
    if (cure)
        report_cure(&r, "%s", cure);
    char *words = report_text(&r);
    report_done(&r);
    return words;
}

ad_status config_fail_at(ad_status status, place at, const char *cure, const char *format, ...)
{
    report r = {0};
    text_buffer what = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&what, format, arguments);
    va_end(arguments);
    report_add(&r, at, "%s", what.data ? what.data : "");
    report_cure(&r, "%s", cure);
    text_done(&what);
    char *words = report_text(&r);
    report_done(&r);
    return message_give(status, words);
}
