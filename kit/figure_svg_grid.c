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

/* Of both axes, with arrows that say which goes where. */
static void axes_words(const ad_figure *f, char *words, size_t size)
{
    char x[160], y[160];
    bool both = f->y.title && f->x.title;
    figure_axis_words(&f->y, y, sizeof y);
    figure_axis_words(&f->x, x, sizeof x);
    snprintf(words, size, "%s%s%s%s", y, both ? " \xE2\x86\x93  " : "", x,
             f->x.title ? " \xE2\x86\x92" : "");
}

static void make_grid(drawing *d, grid *g)
{
    const ad_figure *f = d->f;
    char words[340];
    axes_words(f, words, sizeof words);
    double columns = f->columns > 0 ? (double)f->columns : 1,
           most = f->columns > FEW ? CELL_MOST : CELL_FEW, wide = longest(&f->x, f->columns);
    g->left = longest(&f->y, f->rows) + 8;
    g->cell = fmin(most, (d->width - g->left - 2) / columns);
    g->turned = wide > g->cell - 2;
    if (g->turned) /* the last name leans past the last cell */
        g->cell = fmin(most, (d->width - g->left - 0.62 * wide - 4) / (columns - 0.5));
    double lines = fmax(1, svg_lines(words, d->width));
    g->top = d->top + 9 + SVG_LINE * lines + (g->turned ? 0.8 * wide + 4 : 12);
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
    char words[340];
    for (int64_t j = 0; j < d->f->columns; j += every(g))
        draw_column_name(d, g, j);
    for (int64_t i = 0; i < d->f->rows; i += every(g)) {
        name_of(&d->f->y, i, words, sizeof words);
        svg_text(d, g->left - 6, g->top + g->cell * ((double)i + 0.5) + 4, "end", "fg-i", words);
    }
    axes_words(d->f, words, sizeof words);
    svg_words(d, 0, d->top + 10, "start", "", words, d->width);
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

enum { PICTURE = 64, PICTURE_GAP = 8 };

/* Places for pictures: as wide as the widest part of a caption asks. */
typedef struct places {
    double wide;
    int across;
} places;

static places make_places(const drawing *d)
{
    places p = {PICTURE, 1};
    for (int i = 0; i < d->f->pictures; i++)
        if (d->f->picture[i].below)
            p.wide = fmax(p.wide, svg_part_width(d->f->picture[i].below));
    p.wide = fmin(p.wide, d->width);
    p.across = (int)fmax(1, floor((d->width + PICTURE_GAP) / (p.wide + PICTURE_GAP)));
    return p;
}

static void draw_picture(drawing *d, const ad_figure_picture *p, double x, double wide)
{
    text_add_format(&d->t,
                    "<image x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" "
                    "style=\"image-rendering:pixelated\" href=\"",
                    x + (wide - PICTURE) / 2, d->top, PICTURE, PICTURE);
    if (markup_add_picture(&d->t, &p->image) != AD_OK)
        d->t.failed = true;
    text_add(&d->t, "\"/>\n");
    if (p->below)
        svg_words(d, x + wide / 2, d->top + PICTURE + 12, "middle", "", p->below, wide);
}

/* Row by row: each is as high as its captions ask. */
void svg_images(drawing *d)
{
    places p = make_places(d);
    for (int i = 0; i < d->f->pictures; i += p.across) {
        int lines = 0;
        for (int k = i; k < i + p.across && k < d->f->pictures; k++) {
            const ad_figure_picture *one = &d->f->picture[k];
            draw_picture(d, one, (k - i) * (p.wide + PICTURE_GAP), p.wide);
            lines = (int)fmax(lines, one->below ? svg_lines(one->below, p.wide) : 0);
        }
        d->top += PICTURE + PICTURE_GAP + (lines ? 3 + SVG_LINE * lines : 0);
    }
    d->height = d->top;
}
