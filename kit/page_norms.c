/* How large weights and gradients were, from norms.csv. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

enum { COLUMNS = 16 };

typedef struct table {
    char *text;             /* its names end in 0 */
    char *name[COLUMNS];    /* "step", "weight:conv1.weight" */
    double *value[COLUMNS]; /* (rows) */
    int columns;
    int64_t rows;
} table;

static void table_done(table *t)
{
    for (int i = 0; i < t->columns; i++)
        free(t->value[i]);
    free(t->text);
}

static char *read_names(table *t)
{
    char *end = strchr(t->text, '\n'), *p = t->text;
    if (!end)
        return NULL;
    *end = 0;
    while (p && t->columns < COLUMNS) {
        t->name[t->columns++] = p;
        p = strchr(p, ',');
        if (p)
            *p++ = 0;
    }
    return p ? NULL : end + 1;
}

static void read_row(table *t, const char *line)
{
    for (int i = 0; i < t->columns; i++) {
        bool empty = *line == ',' || *line == '\n';
        t->value[i][t->rows] = empty ? NAN : strtod(line, NULL);
        line += strcspn(line, ",\n");
        line += *line == ',';
    }
    t->rows++;
}

static bool read_table(page *p, table *t)
{
    int64_t lines = 0;
    if (run_read(p->folder, "norms.csv", &t->text) != AD_OK || !t->text)
        return false;
    for (const char *c = t->text; *c; c++)
        lines += *c == '\n';
    char *line = read_names(t);
    bool good = line;
    for (int i = 0; good && i < t->columns; i++)
        good = (t->value[i] = malloc(((size_t)lines + 1) * sizeof(double))) != NULL;
    for (; good && strchr(line, '\n'); line = strchr(line, '\n') + 1)
        read_row(t, line);
    return good && t->rows > 1;
}

static bool any_number(const table *t, int column)
{
    for (int64_t i = 0; i < t->rows; i++)
        if (isfinite(t->value[column][i]))
            return true;
    return false;
}

static void draw(page *p, const table *t, const char *kind, const char *title)
{
    ad_figure f = {
        .title = title, .x = {.title = "step"}, .y = {.title = "root mean square", .log = true}};
    size_t size = strlen(kind);
    int series = 0;
    for (int i = 1; i < t->columns && series < AD_FIGURE_SERIES_MAX; i++)
        if (strncmp(t->name[i], kind, size) == 0 && any_number(t, i))
            f.series[series++] = (ad_series){
                .name = t->name[i] + size, .x = t->value[0], .y = t->value[i], .count = t->rows};
    if (series > 0)
        page_figure(p, &f);
}

void page_norms(page *p)
{
    table t = {0};
    if (read_table(p, &t)) {
        draw(p, &t, "weight:", "Size of weights");
        draw(p, &t, "gradient:", "Size of gradients");
    }
    table_done(&t);
}
