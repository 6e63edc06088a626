/* Bars, grids and pictures in a terminal. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure_terminal.h"

static int longest(const ad_axis *axis, int64_t count, int most)
{
    int width = 0;
    for (int64_t i = 0; axis->name && i < count; i++)
        width = figure_letters(axis->name[i]) > width ? figure_letters(axis->name[i]) : width;
    return width > most ? most : width;
}

/* ---------------------------------------------------------------- bars */

static void add_bar(terminal *w, double share, int width, int colour)
{
    static const char *const eighths[] = {"",
                                          "\xE2\x96\x8F",
                                          "\xE2\x96\x8E",
                                          "\xE2\x96\x8D",
                                          "\xE2\x96\x8C",
                                          "\xE2\x96\x8B",
                                          "\xE2\x96\x8A",
                                          "\xE2\x96\x89"};
    static const char *const codes[] = {"\033[36m", "\033[33m", "\033[32m",
                                        "\033[35m", "\033[34m", "\033[31m"};
    int parts = isfinite(share) ? (int)lround(share * 8 * width) : 0;
    text_add(&w->t, w->o.colour ? codes[colour % 6] : "");
    text_repeat(&w->t, w->o.ascii ? "#" : "\xE2\x96\x88", parts / 8);
    text_add(&w->t, w->o.ascii ? (parts % 8 >= 4 ? "#" : "") : eighths[parts % 8]);
    text_add(&w->t, w->o.colour ? "\033[0m" : "");
}

/* Cut and filled up with spaces. */
static void add_name(terminal *w, const char *name, int width)
{
    cells line = {0};
    if (!cells_make(&line, width, 1)) {
        w->t.failed = true;
        return;
    }
    cells_words(&line, 0, 0, name, CELL_PLAIN);
    for (int i = 0; i < width; i++)
        text_add(&w->t, line.cell[i].letter[0] ? line.cell[i].letter : " ");
    cells_done(&line);
}

void terminal_bars(terminal *w)
{
    const ad_figure *f = w->f;
    figure_scale x;
    int64_t count = figure_series(f) ? f->series[0].count : 0;
    int name = longest(&f->y, count, w->o.width / 3), room = w->o.width - name - 12;
    figure_scale_x(f, 4, &x);
    for (int64_t i = 0; i < count; i++)
        for (int k = 0; k < figure_series(f); k++) {
            char number[FIGURE_LABEL];
            if (i >= f->series[k].count)
                continue;
            add_name(w, f->y.name && k == 0 ? f->y.name[i] : "", name);
            text_add(&w->t, "  ");
            add_bar(w, fmax(0, figure_at(&x, f->series[k].y[i])), room, k);
            figure_number(number, f->series[k].y[i]);
            text_add_format(&w->t, " %s\n", number);
        }
    char words[120];
    figure_axis_words(&f->x, words, sizeof words);
    if (*words)
        text_add_format(&w->t, "%*s  %s\n", name, "", words);
}

/* ---------------------------------------------------------------- grids */

static void cell_words(const ad_figure *f, int64_t i, char words[FIGURE_LABEL])
{
    if (f->kind == AD_FIGURE_HEAT)
        snprintf(words, FIGURE_LABEL, fabs(f->value[i]) < 100 ? "%.2g" : "%.0f", f->value[i]);
    else
        snprintf(words, FIGURE_LABEL, f->counts[i] ? "%lld" : ".", (long long)f->counts[i]);
}

static int cell_width(const ad_figure *f)
{
    int width = 2;
    for (int64_t i = 0; i < f->rows * f->columns; i++) {
        char words[FIGURE_LABEL];
        cell_words(f, i, words);
        width = (int)strlen(words) > width ? (int)strlen(words) : width;
    }
    return width + 2;
}

/* A shade in place of numbers, where those have no room. */
static const char *shade_letter(const terminal *w, double shade)
{
    static const char *const blocks[] = {" ", "\xE2\x96\x91", "\xE2\x96\x92", "\xE2\x96\x93",
                                         "\xE2\x96\x88"},
                             *const plain[] = {" ", ".", "+", "*", "#"};
    double size = fabs(shade);
    int level = !(size > 0) ? 0 : size < 0.05 ? 1 : size < 0.3 ? 2 : size < 0.7 ? 3 : 4;
    return w->o.ascii ? plain[level] : blocks[level];
}

static void add_row(terminal *w, int64_t row, int name, int width)
{
    const ad_figure *f = w->f;
    char number[FIGURE_LABEL];
    snprintf(number, sizeof number, "%lld", (long long)row);
    add_name(w, f->y.name ? f->y.name[row] : number, name);
    for (int64_t j = 0; j < f->columns; j++) {
        char words[FIGURE_LABEL];
        cell_words(f, row * f->columns + j, words);
        bool wrong =
            f->kind == AD_FIGURE_CONFUSION && row != j && f->counts[row * f->columns + j] > 0;
        if (width == 0)
            text_add(&w->t, shade_letter(w, figure_shade(f, row, j)));
        else
            text_add_format(&w->t, "%s%*s%s", w->o.colour && wrong ? "\033[33m" : "", width, words,
                            w->o.colour && wrong ? "\033[0m" : "");
    }
    text_add(&w->t, "\n");
}

/* Names of the columns of a heat map, or numbers; then what rows and columns are. */
static void add_columns(terminal *w, int name, int width)
{
    const ad_figure *f = w->f;
    text_add_format(&w->t, "%*s", name, "");
    for (int64_t j = 0; j < f->columns; j++) {
        if (f->kind != AD_FIGURE_HEAT || !f->x.name) {
            text_add_format(&w->t, "%*lld", width, (long long)j);
            continue;
        }
        int letters = figure_letters(f->x.name[j]);
        text_add_format(&w->t, "%*s", letters < width - 1 ? width - letters : 1, "");
        add_name(w, f->x.name[j], letters < width - 1 ? letters : width - 1);
    }
    text_add(&w->t, "\n");
}

static void add_titles(terminal *w)
{
    char words[120];
    const char *const begin[] = {"down: ", "; across: "};
    const ad_axis *axis[] = {&w->f->y, &w->f->x};
    bool some = false;
    for (int i = 0; w->f->kind == AD_FIGURE_HEAT && i < 2; i++) {
        figure_axis_words(axis[i], words, sizeof words);
        if (*words)
            text_add_format(&w->t, "%s%s", i == 1 && !some ? "across: " : begin[i], words);
        some = some || *words;
    }
    text_add(&w->t, some ? "\n" : "");
}

/* Columns of a cell, that names of the columns have room as far as there is. */
static int grid_width(const terminal *w, int name)
{
    const ad_figure *f = w->f;
    int width = cell_width(f);
    if (f->kind == AD_FIGURE_HEAT) {
        int wide = longest(&f->x, f->columns, 12) + 1;
        if (wide > width && name + wide * f->columns <= w->o.width)
            width = wide;
    }
    return name + width * f->columns > w->o.width ? 0 : width;
}

void terminal_grid(terminal *w)
{
    const ad_figure *f = w->f;
    int name = f->y.name ? longest(&f->y, f->rows, w->o.width / 3) : 3;
    int width = grid_width(w, name);
    if (width > 0)
        add_columns(w, name, width);
    for (int64_t i = 0; i < f->rows; i++)
        add_row(w, i, name, width);
    add_titles(w);
}

/* ---------------------------------------------------------------- pictures */

enum { PICTURE_WIDTH = 28 };

static int light(const ad_image *image, int64_t y, int64_t x, int channel)
{
    const uint8_t *p = &image->pixels[(y * image->width + x) * image->channels];
    return p[image->channels == 3 ? channel : 0];
}

/* Two rows of pixels in a line: the upper half of a block over the lower. */
static void add_pair(terminal *w, const ad_image *m, int64_t y, int64_t below, int64_t x)
{
    for (int half = 0; half < 2; half++) {
        int64_t row = half ? below : y;
        text_add_format(&w->t, "\033[%d;2;%d;%d;%dm", half ? 48 : 38, light(m, row, x, 0),
                        light(m, row, x, 1), light(m, row, x, 2));
    }
    text_add(&w->t, "\xE2\x96\x80");
}

static void add_grey(terminal *w, const ad_image *m, int64_t y, int64_t x)
{
    int mean = (light(m, y, x, 0) + 2 * light(m, y, x, 1) + light(m, y, x, 2)) / 4;
    text_add(&w->t, shade_letter(w, mean / 255.0));
}

static int64_t shown_width(const ad_image *m)
{
    return m->width < PICTURE_WIDTH ? m->width : PICTURE_WIDTH;
}

static int64_t shown_height(const ad_image *m)
{
    return m->width > 0 ? (m->height * shown_width(m) + m->width - 1) / m->width : 0;
}

/* A line of one picture; blank below its last. */
static void add_line(terminal *w, const ad_image *m, int64_t y)
{
    bool blocks = w->o.colour && !w->o.ascii;
    int64_t wide = shown_width(m), high = shown_height(m);
    for (int64_t x = 0; x < wide; x++) {
        int64_t row = y * m->height / high, below = (y + 1) * m->height / high,
                column = x * m->width / wide;
        if (y >= high)
            text_add(&w->t, " ");
        else if (blocks)
            add_pair(w, m, row, below < m->height ? below : row, column);
        else
            add_grey(w, m, row, column);
    }
    text_add(&w->t, blocks ? "\033[0m  " : "  ");
}

static void add_pictures(terminal *w, const ad_figure_picture *p, int count)
{
    int64_t high = 0;
    bool below = false;
    for (int i = 0; i < count; i++) {
        high = shown_height(&p[i].image) > high ? shown_height(&p[i].image) : high;
        below = below || p[i].below;
    }
    for (int64_t y = 0; y < high; y += 2) {
        for (int i = 0; i < count; i++)
            add_line(w, &p[i].image, y);
        text_add(&w->t, "\n");
    }
    for (int i = 0; below && i < count; i++) {
        add_name(w, p[i].below ? p[i].below : "", (int)shown_width(&p[i].image));
        text_add(&w->t, i + 1 < count ? "  " : "\n");
    }
}

void terminal_images(terminal *w)
{
    for (int i = 0; i < w->f->pictures;) {
        int64_t wide = 0;
        int count = 0;
        while (i + count < w->f->pictures) {
            wide += shown_width(&w->f->picture[i + count].image) + 2;
            if (count > 0 && wide > w->o.width)
                break;
            count++;
        }
        add_pictures(w, &w->f->picture[i], count);
        i += count;
    }
}
