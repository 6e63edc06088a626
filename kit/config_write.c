/* The configuration as YAML, all defaults written out, so that the file of a finished run needs no
 * table of a later version. */
#define _XOPEN_SOURCE 700

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choices.h"
#include "config.h"
#include "model.h"
#include "suggest.h"
#include "text.h"
#include "value.h"

/* ---------------------------------------------------------------- paths */

/* Without links and dots where the file exists; else behind the folder we are in.  By malloc. */
static char *absolute(const char *path)
{
    char *real = realpath(path, NULL);
    if (real || path[0] == '/')
        return real ? real : text_copy(path);
    char *here = realpath(".", NULL);
    char *whole = here ? text_format("%s/%s", here, path) : NULL;
    free(here);
    return whole;
}

/* From one folder to a path, both absolute: up to what they share, then down. */
static char *between(const char *from, const char *to)
{
    size_t shared = 0;
    for (size_t i = 0;; i++) {
        bool from_ends = from[i] == 0 || from[i] == '/', to_ends = to[i] == 0 || to[i] == '/';
        shared = from_ends && to_ends ? i : shared;
        if (from[i] == 0 || from[i] != to[i])
            break;
    }
    text_buffer t = {0};
    for (const char *p = from + shared; *p; p++) {
        bool starts_name = *p == '/' && p[1] && p[1] != '/';
        text_add(&t, starts_name ? "../" : "");
    }
    const char *rest = to + shared + (to[shared] == '/');
    text_add(&t, *rest ? rest : ".");
    return text_take(&t);
}

static char *path_from(const char *folder, const char *path)
{
    char *to = absolute(path);
    if (!folder || path[0] == '/' || !to)
        return to;
    char *from = absolute(*folder ? folder : ".");
    char *relative = from ? between(from, to) : NULL;
    free(from);
    free(to);
    return relative;
}

/* ---------------------------------------------------------------- config_rows */

static void add_path(text_buffer *t, const char *folder, const char *path)
{
    char *words = path_from(folder, path);
    if (words)
        value_add_text(t, words);
    else
        t->failed = true;
    free(words);
}

static int depth_of(const config_row *r)
{
    int depth = 0;
    for (const char *p = r->path; *p; p++)
        depth += *p == '.';
    return depth;
}

static void add_line(text_buffer *t, const config_row *r, const char *value)
{
    text_repeat(t, "  ", depth_of(r));
    text_add_format(t, "%s: %s\n", row_name(r), value);
}

static bool is_out_of_task(const ad_config *c, const config_row *r)
{
    const config_section *s = r->section;
    return s && ((s->of_task && !suggest_listed(s->of_task, c->task.record->name)) ||
                 (s->when_given && !config_gives(c, s)));
}

/* Written, it would be taken for what the file says. */
static bool is_left_to_task(const ad_config *c, const config_row *r)
{
    char path[ROW_PATH_MAX * 2];
    if (!r->section || !r->section->by_task || (!r->chooser && !r->of_record))
        return false;
    snprintf(path, sizeof path, "%s.%s", r->section->path, r->section->chooser);
    return !config_has(c, path) && !config_has(c, r->path);
}

static void add_value(text_buffer *t, const ad_config *c, const config_row *r, const char *folder)
{
    const ad_option *option;
    void *base;
    text_buffer value = {0};
    if (is_left_to_task(c, r))
        return;
    if (r->chooser) {
        add_line(t, r, config_choice(c, r->section)->record->name);
        return;
    }
    if (!config_value(c, r, &option, &base))
        return;
    if (option->type != AD_OPTION_PATH)
        option_value(&value, option, base);
    else if (*(char *const *)((char *)base + option->offset))
        add_path(&value, folder, *(char *const *)((char *)base + option->offset));
    if (value.size > 0)
        add_line(t, r, value.data);
    t->failed = t->failed || value.failed;
    text_done(&value);
}

static void add_model(text_buffer *t, const ad_config *c, const config_row *r)
{
    const ad_layers *model = *(ad_layers *const *)((const char *)c + r->model);
    if (!model)
        return;
    text_add_format(t, "%s:\n", r->path);
    model_write(t, model, 2);
}

static void add_choices(text_buffer *t, const ad_config *c, const config_row *r)
{
    const ad_choices *choices = (const ad_choices *)((const char *)c + r->model);
    if (!choices->count)
        return;
    text_repeat(t, "  ", depth_of(r));
    text_add_format(t, "%s:\n", row_name(r));
    choices_write(t, choices, r->bare, 2 * depth_of(r) + 2);
}

char *ad_config_text(const ad_config *config, const char *folder)
{
    const config_rows *list = config->source->rows;
    text_buffer t = {0};
    for (int i = 0; i < list->count; i++) {
        const config_row *r = &list->row[i];
        if (is_out_of_task(config, r))
            continue;
        if (r->kind == ROW_OPTION)
            add_value(&t, config, r, folder);
        else if (r->kind == ROW_MODEL)
            add_model(&t, config, r);
        else if (r->kind == ROW_CHOICES)
            add_choices(&t, config, r);
        else if (r->kind == ROW_SECTION) {
            text_repeat(&t, "  ", depth_of(r));
            text_add_format(&t, "%s:\n", row_name(r));
        }
    }
    return text_take(&t);
}
