/* Grids of numbers and of pictures as SVG. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "markup.h"

enum { CELL_MOST = 34, CELL_FEW = 52, FEW = 4, NUMBERS_FROM = 19, NAME_LETTERS = 14 };

typedef struct grid {
    double left, top, cell;
    bool turned; /* names of columns */
} grid;

/* Of a row or column: its name, cut, or its number. */
static void name_of(const ad_axis *axis, int64_t i, char *words, size_t size)
{
    if (!axis->name) {
        snprintf(words, size, "%lld", (long long)i);
        return;
    }
    const char *name = axis->name[i];
    int bytes = 0;
    for (int letters = 0; name[bytes]; bytes++) {
        letters += ((unsigned char)name[bytes] & 0xC0) != 0x80;
        if (letters > NAME_LETTERS)
            break;
    }
    snprintf(words, size, "%.*s%s", bytes, name, name[bytes] ? "\xE2\x80\xA6" : "");
}

static double longest(const ad_axis *axis, int64_t count)
{
    double width = 0;
    char words[80];
    for (int64_t i = 0; i < count; i++) {
        name_of(axis, i, words, sizeof words);
        width = fmax(width, svg_width(words));
    }
    return width;
}

static void make_grid(drawing *d, grid *g)
{
    const ad_figure *f = d->f;
    char y[160];
    figure_axis_words(&f->y, y, sizeof y);
    double columns = f->columns > 0 ? (double)f->columns : 1,
           most = f->columns > FEW ? CELL_MOST : CELL_FEW, wide = longest(&f->x, f->columns);
    g->left = longest(&f->y, f->rows) + 8;
    g->cell = fmin(most, (d->width - g->left - 2) / columns);
    g->turned = wide > g->cell - 2;
    if (g->turned) /* the last name leans past the last cell */
        g->cell = fmin(most, (d->width - g->left - 0.62 * wide - 4) / (columns - 0.5));
    g->top = d->top + 22 + (g->turned ? 0.8 * wide + 4 : 12);
    d->height = g->top + g->cell * (double)f->rows + 4;
}

/* ---------------------------------------------------------------- names */

static void draw_column_name(drawing *d, const grid *g, int64_t j)
{
    char words[80];
    double x = g->left + g->cell * ((double)j + 0.5), y = g->top - 6;
    name_of(&d->f->x, j, words, sizeof words);
    if (!g->turned) {
        svg_text(d, x, y, "middle", "fg-i", words);
        return;
    }
    text_add_format(&d->t, "<text class=\"fg-i\" transform=\"translate(%.1f %.1f)rotate(-52)\">",
                    x + 3, y);
    markup_add(&d->t, words);
    text_add(&d->t, "</text>\n");
}

/* Where cells are smaller than letters, every second, third... */
static int64_t every(const grid *g)
{
    return (int64_t)fmax(1, ceil(11 / g->cell));
}

static void draw_names(drawing *d, const grid *g)
{
    char words[160];
    for (int64_t j = 0; j < d->f->columns; j += every(g))
        draw_column_name(d, g, j);
    for (int64_t i = 0; i < d->f->rows; i += every(g)) {
        name_of(&d->f->y, i, words, sizeof words);
        svg_text(d, g->left - 6, g->top + g->cell * ((double)i + 0.5) + 4, "end", "fg-i", words);
    }
    size_t size = 0;
    figure_axis_words(&d->f->y, words, sizeof words);
    size = strlen(words);
    if (size && d->f->x.title) {
        snprintf(words + size, sizeof words - size, " \xE2\x86\x93  ");
        size = strlen(words);
    }
    figure_axis_words(&d->f->x, words + size, sizeof words - size);
    if (d->f->x.title)
        snprintf(words + strlen(words), sizeof words - strlen(words), " \xE2\x86\x92");
    svg_text(d, 0, d->top + 10, "start", "", words);
}

/* ---------------------------------------------------------------- cells */

static void cell_words(const ad_figure *f, int64_t i, char words[FIGURE_LABEL])
{
    if (f->kind == AD_FIGURE_HEAT)
        snprintf(words, FIGURE_LABEL, fabs(f->value[i]) < 100 ? "%.2g" : "%.0f", f->value[i]);
    else
        snprintf(words, FIGURE_LABEL, "%lld", (long long)f->counts[i]);
}

/* What a pointer that rests on a cell is told. */
static void cell_title(drawing *d, int64_t i, int64_t j, const char *number)
{
    char row[80], column[80];
    name_of(&d->f->y, i, row, sizeof row);
    name_of(&d->f->x, j, column, sizeof column);
    bool confusion = d->f->kind == AD_FIGURE_CONFUSION;
    text_add(&d->t, "<title>");
    markup_add_format(&d->t, confusion ? "%s taken for %s: %s" : "%s, %s: %s", row, column, number);
    text_add(&d->t, "</title>");
}

static void draw_cell(drawing *d, const grid *g, int64_t i, int64_t j)
{
    char words[FIGURE_LABEL];
    double shade = figure_shade(d->f, i, j), x = g->left + g->cell * (double)j,
           y = g->top + g->cell * (double)i, gap = g->cell > 8 ? 1 : 0;
    bool wrong = d->f->kind == AD_FIGURE_CONFUSION ? i != j : shade < 0;
    if (!isfinite(shade) || !(fabs(shade) > 0))
        return;
    cell_words(d->f, i * d->f->columns + j, words);
    double deep = 0.05 + 0.5 * pow(fabs(shade), 0.6); /* words can be read on all of them */
    text_add_format(&d->t,
                    "<g><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%d\" "
                    "class=\"f%d\" fill-opacity=\"%.2f\"/>",
                    x, y, g->cell - gap, g->cell - gap, g->cell > 14 ? 2 : 0, wrong ? 2 : 1, deep);
    if (g->cell > 10)
        cell_title(d, i, j, words);
    if (g->cell >= NUMBERS_FROM && svg_width(words) < g->cell - 1)
        svg_text(d, x + (g->cell - gap) / 2, y + g->cell / 2 + 3.5, "middle", "fg-i", words);
    text_add(&d->t, "</g>\n");
}

void svg_grid(drawing *d)
{
    grid g = {0};
    make_grid(d, &g);
    draw_names(d, &g);
    svg_rect(d, g.left - 0.5, g.top - 0.5, g.cell * (double)d->f->columns,
             g.cell * (double)d->f->rows, "class=\"fg-g\" rx=\"3\"");
    for (int64_t i = 0; i < d->f->rows; i++)
        for (int64_t j = 0; j < d->f->columns; j++)
            draw_cell(d, &g, i, j);
}

/* ---------------------------------------------------------------- pictures */

enum { PICTURE = 64, PICTURE_GAP = 8, BELOW = 16 };

static void draw_picture(drawing *d, const ad_figure_picture *p, double x, double y)
{
    text_add_format(&d->t,
                    "<image x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" "
                    "style=\"image-rendering:pixelated\" href=\"",
                    x, y, PICTURE, PICTURE);
    if (markup_add_picture(&d->t, &p->image) != AD_OK)
        d->t.failed = true;
    text_add(&d->t, "\"/>\n");
    if (p->below)
        svg_text(d, x + PICTURE / 2.0, y + PICTURE + 12, "middle", "", p->below);
}

void svg_images(drawing *d)
{
    int across = (int)fmax(1, floor((d->width + PICTURE_GAP) / (PICTURE + PICTURE_GAP)));
    bool below = false;
    for (int i = 0; i < d->f->pictures; i++)
        below = below || d->f->picture[i].below;
    double high = PICTURE + PICTURE_GAP + (below ? BELOW : 0);
    for (int i = 0; i < d->f->pictures; i++)
        draw_picture(d, &d->f->picture[i], i % across * (PICTURE + PICTURE_GAP),
                     d->top + i / across * high);
    d->height = d->top + (d->f->pictures + across - 1) / across * high;
}
