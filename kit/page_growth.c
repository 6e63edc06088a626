/* What a generator made of the same noise while it learned. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

/* The numbers of a line behind its step, by malloc. */
static float *numbers_of(const char *line, int64_t *count)
{
    int64_t commas = 0;
    for (const char *c = line; *c && *c != '\n'; c++)
        commas += *c == ',';
    float *value = malloc((size_t)commas * sizeof *value + 1);
    *count = 0;
    for (const char *c = strchr(line, ','); value && c && *count < commas; c = strchr(c, ',')) {
        char *end;
        value[(*count)++] = strtof(c + 1, &end);
        c = end;
        if (*c != ',')
            break;
    }
    return value;
}

static void add_pictures(page *p, long long step, const float *value, int64_t count)
{
    const int64_t *size = page_image(p)->shape.size;
    int64_t each = size[0] * size[1] * size[2];
    text_add_format(&p->t, "<h3>Step %lld</h3>\n<div class=\"card pictures\">\n", step);
    for (int64_t i = 0; i < count / each && p->status == AD_OK; i++) {
        ad_image m = {size[0], size[1], size[2], malloc((size_t)each + 1)};
        for (int64_t k = 0; m.pixels && k < each; k++) {
            float v = value[i * each + k];
            m.pixels[k] = (uint8_t)(v >= 255 ? 255 : v > 0 ? lrintf(v) : 0);
        }
        text_add_format(&p->t, "<figure><img alt=\"sample %lld at step %lld\" src=\"",
                        (long long)i + 1, step);
        if (m.pixels)
            p->status = markup_add_picture(&p->t, &m);
        text_add(&p->t, "\"></figure>\n");
        ad_image_done(&m);
    }
    text_add(&p->t, "</div>\n");
}

/* Numbers of the field of that name, in its own units. */
static bool undo(const page *p, const char *field, const float *row, int64_t count, double *to)
{
    return p->data->transform && ad_transform_undo(p->data->transform, p->data->input[0].name,
                                                   field, row, count, to) == AD_OK;
}

static int inputs_of(const page *p, const ad_schema_field **f)
{
    int found = 0;
    for (int i = 0; i < p->data->schema->fields; i++)
        if (p->data->schema->field[i].use == AD_USE_INPUT && found++ < 2)
            f[found - 1] = &p->data->schema->field[i];
    return found;
}

/* Of two numbers: places. */
static void add_points(page *p, long long step, const float *value, int64_t count)
{
    char title[60];
    const ad_schema_field *f[2] = {NULL};
    int inputs = inputs_of(p, f);
    bool pair = inputs == 1 && f[0]->shape.rank == 1 && f[0]->shape.size[0] == 2;
    int64_t rows = count / 2;
    double *x = malloc((size_t)(4 * rows + 1) * sizeof *x), *y = x ? x + rows : NULL,
           *both = x ? x + 2 * rows : NULL;
    bool good = x && (pair ? undo(p, f[0]->name, value, rows, both)
                           : inputs == 2 && undo(p, f[0]->name, value, rows, x) &&
                                 undo(p, f[1]->name, value, rows, y));
    for (int64_t i = 0; good && pair && i < rows; i++)
        x[i] = both[2 * i], y[i] = both[2 * i + 1];
    snprintf(title, sizeof title, "Step %lld", step);
    ad_figure g = {.title = title,
                   .series = {{.x = x, .y = y, .count = rows, .mark = AD_MARK_POINTS}}};
    if (good)
        page_figure(p, &g);
    free(x);
}

void page_growth(page *p)
{
    char *text = NULL;
    if (run_read(p->folder, "samples.csv", &text) != AD_OK || !text)
        return;
    bool pictures = page_image(p), any = false;
    for (const char *line = text; strchr(line, '\n'); line = strchr(line, '\n') + 1) {
        int64_t count;
        long long step = strtoll(line, NULL, 10);
        float *value = step <= p->s.step ? numbers_of(line, &count) : NULL;
        if (value && !any) {
            page_section(p, "growth", "How it came to that");
            text_add(&p->t, "<p class=\"soft\">The same noise, as the generator learned.</p>\n");
            text_add(&p->t, pictures ? "" : "<div class=\"grid\">\n");
            any = true;
        }
        if (value && pictures)
            add_pictures(p, step, value, count);
        else if (value)
            add_points(p, step, value, count);
        free(value);
    }
    text_add(&p->t, any && !pictures ? "</div>\n" : "");
    free(text);
}
