/* The configuration as YAML, all defaults written out, so that the file of a finished run needs no
 * table of a later version. */
#define _XOPEN_SOURCE 700

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "field.h"
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

/* ---------------------------------------------------------------- rows */

static void add_path(text_buffer *t, const char *folder, const char *path)
{
    char *words = path_from(folder, path);
    if (words)
        value_add_text(t, words);
    else
        t->failed = true;
    free(words);
}

static int depth_of(const ad_field *f)
{
    int depth = 0;
    for (const char *p = f->path; *p; p++)
        depth += *p == '.';
    return depth;
}

static void add_layer(text_buffer *t, const ad_layer *layer)
{
    bool any = false;
    text_add_format(t, "  - %s", layer->kind->name);
    for (int i = 0; i < layer->kind->field_count; i++) {
        const ad_field *f = &layer->kind->fields[i];
        text_buffer value = {0};
        if (value_add(&value, f, layer)) {
            text_add_format(t, "%s%s: %s", any ? ", " : ": {", f->path,
                            value.data ? value.data : "");
            any = true;
        }
        t->failed = t->failed || value.failed;
        text_done(&value);
    }
    text_add(t, any ? "}\n" : "\n");
}

static void add_value(text_buffer *t, const ad_config *c, const ad_field *f, const char *folder)
{
    text_buffer value = {0};
    if (f->type == AD_FIELD_PATH && c->data.path)
        add_path(&value, folder, c->data.path);
    else
        value_add(&value, f, c);
    if (value.size > 0) {
        text_repeat(t, "  ", depth_of(f));
        text_add_format(t, "%s: %s\n", field_name(f), value.data);
    }
    t->failed = t->failed || value.failed;
    text_done(&value);
}

static void add_row(text_buffer *t, const ad_config *c, const ad_field *f, const char *folder)
{
    const ad_field *chooser;
    int chosen = config_chosen(c, f, &chooser);
    if (config_is_value(f)) {
        if (!chooser || field_meant(f, chooser, chosen))
            add_value(t, c, f, folder);
        return;
    }
    text_repeat(t, "  ", depth_of(f));
    text_add_format(t, "%s:\n", field_name(f));
    for (int i = 0; f->type == AD_FIELD_MODEL && i < c->layer_count; i++)
        add_layer(t, &c->layers[i]);
}

char *ad_config_text(const ad_config *config, const char *folder)
{
    int count;
    const ad_field *rows = ad_config_fields(&count);
    text_buffer t = {0};
    for (int i = 0; i < count; i++)
        add_row(&t, config, &rows[i], folder);
    return text_take(&t);
}
