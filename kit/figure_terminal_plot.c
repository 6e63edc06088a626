/* Plots and histograms in a terminal. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure_terminal.h"

typedef struct plot {
    terminal *w;
    cells c;
    int left, right,
        bottom; /* columns of the marks, left included, right not; lines above bottom */
    figure_scale x, y;
} plot;

/* ---------------------------------------------------------------- axes */

static int label_width(const figure_scale *s)
{
    int width = 0;
    for (int i = 0; i < s->ticks; i++)
        width = figure_letters(s->label[i]) > width ? figure_letters(s->label[i]) : width;
    return width;
}

/* The line and column that a value is in. */
static int line_of(const plot *p, double value)
{
    return (int)lround((1 - figure_at(&p->y, value)) * (4 * p->bottom - 1)) / 4;
}

static int column_of(const plot *p, double value)
{
    return p->left + (int)lround(figure_at(&p->x, value) * (2 * (p->right - p->left) - 1)) / 2;
}

static void draw_y(plot *p)
{
    const char *edge = p->w->o.ascii ? "|" : "\xE2\x94\x82",
               *tick = p->w->o.ascii ? "+" : "\xE2\x94\xA4";
    for (int y = 0; y < p->bottom; y++)
        cells_letter(&p->c, p->left - 1, y, edge, CELL_SOFT);
    for (int i = 0; i < p->y.ticks; i++) {
        int y = line_of(p, p->y.tick[i]);
        cells_words(&p->c, p->left - 2 - figure_letters(p->y.label[i]), y, p->y.label[i],
                    CELL_SOFT);
        cells_letter(&p->c, p->left - 1, y, tick, CELL_SOFT);
    }
}

static void draw_x(plot *p)
{
    bool ascii = p->w->o.ascii;
    cells_letter(&p->c, p->left - 1, p->bottom, ascii ? "+" : "\xE2\x94\x94", CELL_SOFT);
    for (int x = p->left; x < p->right; x++)
        cells_letter(&p->c, x, p->bottom, ascii ? "-" : "\xE2\x94\x80", CELL_SOFT);
    for (int i = 0, end = 0; i < p->x.ticks; i++) {
        int size = figure_letters(p->x.label[i]), column = column_of(p, p->x.tick[i]),
            from = column - size / 2;
        from = from + size > p->right ? p->right - size : from;
        if (i > 0 && from <= end)
            continue;
        cells_letter(&p->c, column, p->bottom, ascii ? "+" : "\xE2\x94\xAC", CELL_SOFT);
        cells_words(&p->c, from, p->bottom + 1, p->x.label[i], CELL_SOFT);
        end = from + size;
    }
}

/* ---------------------------------------------------------------- marks */

/* In dots, or in cells where a series has a letter. */
typedef struct pen {
    plot *p;
    const char *mark;
    int colour;
    int x, y;
    bool down;
} pen;

static void put(pen *n, int x, int y)
{
    if (n->mark)
        cells_letter(&n->p->c, n->p->left + x, y, n->mark, n->colour);
    else
        cells_dot(&n->p->c, 2 * n->p->left + x, y, n->colour);
}

/* Every place between, the longer way counting (Bresenham 1965). */
static void go(pen *n, int x, int y)
{
    int across = x - n->x, down = y - n->y,
        steps = abs(across) > abs(down) ? abs(across) : abs(down);
    for (int i = 1; i <= steps; i++)
        put(n, n->x + (int)lround((double)across * i / steps),
            n->y + (int)lround((double)down * i / steps));
}

static void draw_series(plot *p, const ad_series *s, int number)
{
    pen n = {.p = p, .mark = terminal_mark(p->w, number), .colour = number % 6};
    int wide = (p->right - p->left) * (n.mark ? 1 : 2) - 1, high = p->bottom * (n.mark ? 1 : 4) - 1;
    for (int64_t i = 0; i < s->count; i++) {
        double x = figure_at(&p->x, figure_x(s, i)), y = figure_at(&p->y, s->y[i]);
        bool shown = isfinite(x + y) && x >= 0 && x <= 1 && y >= 0 && y <= 1;
        int column = shown ? (int)lround(x * wide) : 0,
            line = shown ? (int)lround((1 - y) * high) : 0;
        if (shown && n.down && s->mark != AD_MARK_POINTS)
            go(&n, column, line);
        if (shown)
            put(&n, column, line);
        n.x = column, n.y = line, n.down = shown;
    }
}

/* Eighths of a line. */
static void draw_bin(plot *p, int x, double share, int colour)
{
    static const char *const eighths[] = {" ",
                                          "\xE2\x96\x81",
                                          "\xE2\x96\x82",
                                          "\xE2\x96\x83",
                                          "\xE2\x96\x84",
                                          "\xE2\x96\x85",
                                          "\xE2\x96\x86",
                                          "\xE2\x96\x87",
                                          "\xE2\x96\x88"};
    int parts = isfinite(share) ? (int)lround(share * 8 * p->bottom) : 0;
    parts = parts == 0 && share > 0 ? 1 : parts;
    for (int y = p->bottom - 1; y >= 0 && parts > 0; y--, parts -= 8) {
        int here = parts < 8 ? parts : 8;
        if (p->w->o.ascii && here >= 4)
            cells_letter(&p->c, x, y, "#", colour);
        else if (!p->w->o.ascii)
            cells_letter(&p->c, x, y, eighths[here], colour);
    }
}

static void draw_bins(plot *p, const ad_series *s, int number)
{
    for (int64_t i = 0; i < s->count; i++) {
        double from = figure_at(&p->x, figure_x(s, i)), to = figure_at(&p->x, figure_x(s, i + 1));
        int wide = p->right - p->left, first = (int)ceil(from * wide - 0.5),
            last = (int)ceil(to * wide - 0.5);
        for (int x = first; x < last && x < wide; x++)
            draw_bin(p, p->left + x, figure_at(&p->y, s->y[i]), number % 6);
    }
}

static void draw_rule(plot *p, const ad_rule *r)
{
    bool ascii = p->w->o.ascii;
    double at = figure_at(r->upright ? &p->x : &p->y, r->at);
    if (!(at >= 0 && at <= 1))
        return;
    if (r->upright) {
        int x = column_of(p, r->at), size = figure_letters(r->label);
        for (int y = 0; y < p->bottom; y++)
            cells_letter(&p->c, x, y, ascii ? ":" : "\xE2\x94\x8A", CELL_SOFT);
        cells_words(&p->c, x + 2 + size > p->right ? x - 1 - size : x + 2, 0, r->label, CELL_SOFT);
    } else {
        int y = line_of(p, r->at);
        for (int x = p->left; x < p->right; x++)
            cells_letter(&p->c, x, y, ascii ? "." : "\xE2\x95\x8C", CELL_SOFT);
        cells_words(&p->c, p->right - figure_letters(r->label), y, r->label, CELL_SOFT);
    }
}

/* ---------------------------------------------------------------- all */

static void draw(plot *p)
{
    const ad_figure *f = p->w->f;
    draw_y(p);
    draw_x(p);
    for (int i = 0; i < figure_rules(f); i++)
        draw_rule(p, &f->rule[i]);
    for (int i = 0; i < figure_series(f); i++)
        if (f->kind == AD_FIGURE_HISTOGRAM)
            draw_bins(p, &f->series[i], i);
        else
            draw_series(p, &f->series[i], i);
    char words[120];
    figure_axis_words(&f->x, words, sizeof words);
    cells_words(&p->c, (p->left + p->right - figure_letters(words)) / 2, p->bottom + 2, words,
                CELL_SOFT);
}

void terminal_plot(terminal *w)
{
    char y[120], x[120];
    plot p = {.w = w, .c = {.coloured = w->o.colour, .ascii = w->o.ascii}};
    figure_axis_words(&w->f->y, y, sizeof y);
    figure_axis_words(&w->f->x, x, sizeof x);
    if (*y)
        text_add_format(&w->t, "%s\n", y);
    p.bottom = w->o.height;
    figure_scale_y(w->f, p.bottom / 3 < 2 ? 2 : p.bottom / 3, &p.y);
    p.left = label_width(&p.y) + 2;
    p.right = w->o.width;
    figure_scale_x(w->f, (p.right - p.left) / 12 < 3 ? 3 : (p.right - p.left) / 12, &p.x);
    if (cells_make(&p.c, w->o.width, p.bottom + 2 + (*x ? 1 : 0))) {
        draw(&p);
        cells_text(&p.c, &w->t);
    } else {
        w->t.failed = true;
    }
    cells_done(&p.c);
}
