/* A configuration's life: defaults, places, end. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "text.h"
#include "value.h"

bool config_is_value(const ad_field *f)
{
    return f->type != AD_FIELD_SECTION && f->type != AD_FIELD_MODEL;
}

int config_chosen(const ad_config *c, const ad_field *f, const ad_field **chooser)
{
    int count, row = f->chooser ? field_find(f->chooser) : -1;
    const ad_field *rows = ad_config_fields(&count);
    *chooser = row < 0 ? NULL : &rows[row];
    if (row < 0 || c->source->bad[row])
        return -1;
    return *(const int *)((const char *)c + rows[row].offset);
}

bool config_reset(ad_config *c, const char *section)
{
    int count;
    const ad_field *rows = ad_config_fields(&count);
    char initial[FIELD_PATH_MAX];
    bool good = true;
    for (int i = 0; i < count; i++) {
        if (!field_below(&rows[i], section) || !config_is_value(&rows[i]))
            continue;
        value_done(&rows[i], c);
        c->source->places[i] = (place){0};
        c->source->bad[i] = false;
        if (field_initial(&rows[i], NULL, -1, initial))
            good = value_set(&rows[i], initial, c) && good;
    }
    return good;
}

place config_place(const ad_config *c, const char *path)
{
    int row = *path ? field_find(path) : -1;
    if (row >= 0 && c->source->places[row].line > 0)
        return c->source->places[row];
    return (place){&c->source->file, 1, 1, 1};
}

bool config_has(const ad_config *c, const char *path)
{
    int row = field_find(path);
    return row >= 0 && c->source->places[row].line > 0;
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

static bool make_source(ad_config *c, const char *name, const char *text, size_t size)
{
    int rows;
    ad_config_fields(&rows);
    struct ad_config_source *s = calloc(1, sizeof *s);
    if (!s)
        return false;
    c->source = s;
    s->name = text_copy(name);
    s->text = text_copy_bytes(text, size);
    s->places = calloc((size_t)rows, sizeof *s->places);
    s->bad = calloc((size_t)rows, sizeof *s->bad);
    s->file = (source){.name = s->name, .text = s->text, .size = size};
    c->file = s->name;
    return s->name && s->text && s->places && s->bad;
}

ad_config *config_new(const char *name, const char *text, size_t size)
{
    ad_config *c = calloc(1, sizeof *c);
    if (c && make_source(c, name, text, size) && config_reset(c, ""))
        return c;
    ad_config_free(c);
    return NULL;
}

static void free_source(struct ad_config_source *s)
{
    for (int i = 0; i < s->setting_count; i++)
        free((char *)s->settings[i].name);
    free(s->settings);
    free(s->name);
    free(s->text);
    free(s->places);
    free(s->bad);
    free(s);
}

void ad_config_free(ad_config *config)
{
    if (!config)
        return;
    int count;
    const ad_field *rows = ad_config_fields(&count);
    for (int i = 0; i < count; i++)
        if (config_is_value(&rows[i]))
            value_done(&rows[i], config);
    for (int i = 0; i < config->layer_count; i++)
        free(config->layers[i].name);
    free(config->layers);
    if (config->source)
        free_source(config->source);
    free(config);
}

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
