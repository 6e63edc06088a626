/* Plots, bars and histograms as SVG. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "figure.h"
#include "markup.h"

/* Where the marks lie. */
typedef struct area {
    double left, top, right, bottom;
    figure_scale x, y;
} area;

static double place_x(const area *a, double value)
{
    return a->left + figure_at(&a->x, value) * (a->right - a->left);
}

static double place_y(const area *a, double value)
{
    return a->bottom - figure_at(&a->y, value) * (a->bottom - a->top);
}

/* ---------------------------------------------------------------- axes */

static double label_width(const figure_scale *s)
{
    double width = 0;
    for (int i = 0; i < s->ticks; i++)
        width = fmax(width, svg_width(s->label[i]));
    return width;
}

static void line(drawing *d, double x, double y, double right, double down, const char *kind)
{
    text_add_format(&d->t, "<path d=\"M%.1f %.1fl%.1f %.1f\" class=\"%s\"/>\n", x, y, right, down,
                    kind);
}

static void draw_y_ticks(drawing *d, const area *a)
{
    for (int i = 0; i < a->y.ticks; i++) {
        double y = place_y(a, a->y.tick[i]);
        line(d, a->left, y, a->right - a->left, 0, "fg-l");
        svg_text(d, a->left - 6, y + 4, "end", "", a->y.label[i]);
    }
}

/* A label that would stand past the right end or on the one before is left out. */
static void draw_x_ticks(drawing *d, const area *a)
{
    double end = -INFINITY;
    for (int i = 0; i < a->x.ticks; i++) {
        double x = place_x(a, a->x.tick[i]), half = svg_width(a->x.label[i]) / 2;
        bool last = x + half > d->width;
        if ((last ? d->width - 2 * half : x - half) < end + 4)
            continue;
        line(d, x, a->bottom, 0, 4, "fg-l");
        svg_text(d, last ? d->width : x, a->bottom + 16, last ? "end" : "middle", "",
                 a->x.label[i]);
        end = last ? d->width : x + half;
    }
}

/* Words of the axes, and how far more than one line of them takes. */
typedef struct titles {
    char x[240], y[240];
    double more_x, more_y;
} titles;

static titles make_titles(const drawing *d)
{
    titles t;
    figure_axis_words(&d->f->x, t.x, sizeof t.x);
    figure_axis_words(&d->f->y, t.y, sizeof t.y);
    t.more_x = svg_beyond(t.x, d->width);
    t.more_y = svg_beyond(t.y, d->width);
    return t;
}

/* That of x stands in the middle of the marks, or as near to it as the drawing leaves room for. */
static void draw_titles(drawing *d, const area *a, const titles *t)
{
    double half = fmin(svg_width(t->x), d->width) / 2,
           x = fmax(half, fmin((a->left + a->right) / 2, d->width - half));
    svg_words(d, x, a->bottom + 31, "middle", "", t->x, d->width);
    svg_words(d, 0, a->top - 11 - t->more_y, "start", "", t->y, d->width);
}

static void make_area(drawing *d, const titles *t, area *a)
{
    if (d->o->height <= 0) /* more lines of titles take nothing from the marks */
        d->height += t->more_x + t->more_y;
    a->top = d->top + (*t->y ? 23 : 8) + t->more_y;
    a->bottom = d->height - (*t->x ? 36 : 22) - t->more_x;
    figure_scale_y(d->f, (int)fmax(2, (a->bottom - a->top) / 34), &a->y);
    a->left = label_width(&a->y) + 8;
    a->right = d->width - 6;
    figure_scale_x(d->f, (int)fmax(2, (a->right - a->left) / 60), &a->x);
}

/* ---------------------------------------------------------------- series */

/* Consecutive points that share a pixel's column are two: its lowest and its highest. */
typedef struct thin {
    int64_t first, last; /* indexes */
} thin;

static int64_t stride(const ad_series *s, const area *a)
{
    double most = 2 * (a->right - a->left);
    return (int64_t)fmax(1, ceil((double)s->count / most));
}

static thin extremes(const ad_series *s, int64_t from, int64_t to)
{
    int64_t low = from, high = from;
    for (int64_t i = from + 1; i < to; i++) {
        low = s->y[i] < s->y[low] ? i : low;
        high = s->y[i] > s->y[high] ? i : high;
    }
    return low < high ? (thin){low, high} : (thin){high, low};
}

/* "M" after a gap, "L" else; false: a gap. */
static bool add_point(drawing *d, double x, double y, bool joined)
{
    if (!isfinite(x) || !isfinite(y))
        return false;
    text_add_format(&d->t, "%s%.1f %.1f", joined ? "L" : "M", x, y);
    return true;
}

static void draw_line(drawing *d, const area *a, const ad_series *s, int number)
{
    int64_t step = stride(s, a);
    bool joined = false;
    text_add(&d->t, "<path d=\"");
    for (int64_t i = 0; i < s->count; i += step) {
        int64_t to = i + step < s->count ? i + step : s->count;
        thin two = extremes(s, i, to);
        double y = place_y(a, s->y[two.first]);
        if (joined && s->mark == AD_MARK_STEPS && isfinite(y))
            text_add_format(&d->t, "H%.1f", place_x(a, figure_x(s, two.first)));
        joined = add_point(d, place_x(a, figure_x(s, two.first)), y, joined);
        if (two.last != two.first)
            joined =
                add_point(d, place_x(a, figure_x(s, two.last)), place_y(a, s->y[two.last]), joined);
    }
    text_add_format(&d->t, "\" class=\"s s%d%s\"%s/>\n", number % 6 + 1, s->faint ? " faint" : "",
                    number >= 6 ? " stroke-dasharray=\"4 3\"" : "");
}

/* A point alone is no line. */
static void draw_lone(drawing *d, const area *a, const ad_series *s, int number)
{
    for (int64_t i = 0; i < s->count; i++) {
        bool before = i > 0 && isfinite(s->y[i - 1]),
             after = i + 1 < s->count && isfinite(s->y[i + 1]);
        double x = place_x(a, figure_x(s, i)), y = place_y(a, s->y[i]);
        if (!before && !after && isfinite(x) && isfinite(y))
            text_add_format(&d->t, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" class=\"f%d\"/>\n", x,
                            y, number % 6 + 1);
    }
}

/* As place_y, within the area: what is less than a log scale shows lies at its lower end. */
static double inside_y(const area *a, double value)
{
    double y = a->y.log && value <= 0 ? a->bottom : place_y(a, value);
    return isfinite(y) ? fmax(a->top, fmin(a->bottom, y)) : y;
}

static double inside_x(const area *a, double value)
{
    double x = a->x.log && value <= 0 ? a->left : place_x(a, value);
    return isfinite(x) ? fmax(a->left, fmin(a->right, x)) : x;
}

static void draw_band(drawing *d, const area *a, const ad_series *s, int number)
{
    int64_t step = stride(s, a);
    bool joined = false;
    text_add(&d->t, "<path d=\"");
    for (int64_t i = 0; i < s->count; i += step)
        if (add_point(d, place_x(a, figure_x(s, i)), inside_y(a, s->high[i]), joined))
            joined = true;
    for (int64_t i = (s->count - 1) / step * step; i >= 0; i -= step)
        if (add_point(d, place_x(a, figure_x(s, i)), inside_y(a, s->low[i]), joined))
            joined = true;
    text_add_format(&d->t, "%s\" class=\"d f%d\"/>\n", joined ? "Z" : "", number % 6 + 1);
}

static void draw_points(drawing *d, const area *a, const ad_series *s, int number)
{
    enum { MOST = 4000 };
    int64_t step = (s->count + MOST - 1) / MOST;
    double radius = s->count > 500 ? 1.5 : s->count > 60 ? 2.2 : 3;
    text_add_format(&d->t, "<g class=\"f%d%s\"%s>\n", number % 6 + 1, s->faint ? " faint" : "",
                    s->count > 500 ? " fill-opacity=\".5\"" : "");
    for (int64_t i = 0; i<s->count; i += step> 0 ? step : 1) {
        double x = place_x(a, figure_x(s, i)), y = place_y(a, s->y[i]);
        if (isfinite(x) && isfinite(y))
            text_add_format(&d->t, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n", x, y, radius);
    }
    text_add(&d->t, "</g>\n");
    for (int64_t i = 0; s->low && s->high && i < s->count; i++) {
        double x = place_x(a, figure_x(s, i)), low = inside_y(a, s->low[i]),
               high = inside_y(a, s->high[i]);
        if (isfinite(x + low + high))
            text_add_format(&d->t, "<path d=\"M%.1f %.1fV%.1f\" class=\"s s%d\"/>\n", x, low, high,
                            number % 6 + 1);
    }
}

/* The outline of a histogram among several, which are told apart by it where they overlap. */
static void draw_outline(drawing *d, const area *a, const ad_series *s, int number)
{
    double base = a->y.log ? a->bottom : place_y(a, 0);
    text_add_format(&d->t, "<path d=\"M%.1f %.1f", place_x(a, figure_x(s, 0)), base);
    for (int64_t i = 0; i < s->count; i++) {
        double y = place_y(a, s->y[i]), to = place_x(a, figure_x(s, i + 1));
        if (isfinite(to))
            text_add_format(&d->t, "V%.1fH%.1f", isfinite(y) ? y : base, to);
    }
    text_add_format(&d->t, "V%.1f\" class=\"s s%d\" style=\"stroke-width:1.4\"/>\n", base,
                    number % 6 + 1);
}

static void draw_histogram(drawing *d, const area *a, const ad_series *s, int number)
{
    double base = a->y.log ? a->bottom : place_y(a, 0);
    text_add_format(&d->t, "<g class=\"f%d\" fill-opacity=\"%s\">\n", number % 6 + 1,
                    figure_series(d->f) > 1 ? ".22" : ".85");
    for (int64_t i = 0; i < s->count; i++) {
        double x = place_x(a, figure_x(s, i)), to = place_x(a, figure_x(s, i + 1)),
               y = place_y(a, s->y[i]);
        if (isfinite(x + to + y) && base - y > 0.05)
            svg_rect(d, x + 0.5, y, fmax(0.5, to - x - 1), base - y, "rx=\"1\"");
    }
    text_add(&d->t, "</g>\n");
    if (figure_series(d->f) > 1 && s->count > 0)
        draw_outline(d, a, s, number);
}

static void draw_series(drawing *d, const area *a, int i)
{
    const ad_series *s = &d->f->series[i];
    if (d->f->kind == AD_FIGURE_HISTOGRAM) {
        draw_histogram(d, a, s, i);
        return;
    }
    if (s->low && s->high && s->mark != AD_MARK_POINTS)
        draw_band(d, a, s, i);
    if (s->mark == AD_MARK_POINTS) {
        draw_points(d, a, s, i);
        return;
    }
    draw_line(d, a, s, i);
    draw_lone(d, a, s, i);
}

/* Its line lies below the marks, its words above them. */
static void draw_rule(drawing *d, const area *a, const ad_rule *r, bool words)
{
    double at = r->upright ? place_x(a, r->at) : place_y(a, r->at);
    bool right = at > (a->left + a->right) / 2;
    if (!isfinite(at))
        return;
    if (!words && r->upright)
        line(d, at, a->top, 0, a->bottom - a->top, "fg-r");
    else if (!words)
        line(d, a->left, at, a->right - a->left, 0, "fg-r");
    else if (r->upright)
        svg_words(d, at + (right ? -4 : 4), a->top + 9, right ? "end" : "start", "fg-k", r->label,
                  right ? at - 4 : d->width - at - 4);
    else
        svg_words(d, a->right, at - 4, "end", "fg-k", r->label, a->right);
}

void svg_plot(drawing *d)
{
    area a;
    double before = d->top, legend = 17;
    svg_legend(d);
    if (d->o->height <= 0) /* more lines of it take nothing from the marks */
        d->height += fmax(0, d->top - before - legend);
    titles t = make_titles(d);
    make_area(d, &t, &a);
    draw_y_ticks(d, &a);
    draw_x_ticks(d, &a);
    draw_titles(d, &a, &t);
    for (int i = 0; i < figure_rules(d->f); i++)
        draw_rule(d, &a, &d->f->rule[i], false);
    for (int pass = 0; pass < 2; pass++) /* what is faint lies below */
        for (int i = 0; i < figure_series(d->f); i++)
            if (d->f->series[i].faint == (pass == 0))
                draw_series(d, &a, i);
    for (int i = 0; i < figure_rules(d->f); i++)
        draw_rule(d, &a, &d->f->rule[i], true);
}

/* ---------------------------------------------------------------- lying bars */

enum { BAR = 14, BETWEEN = 8, NAMES_MOST = 150 };

static int64_t bar_count(const ad_figure *f)
{
    int64_t most = 0;
    for (int i = 0; i < figure_series(f); i++)
        most = f->series[i].count > most ? f->series[i].count : most;
    return most;
}

static double names_width(const ad_figure *f, int64_t bars)
{
    double width = 0;
    for (int64_t i = 0; f->y.name && i < bars; i++)
        width = fmax(width, svg_width(f->y.name[i]));
    return fmin(width, NAMES_MOST);
}

static void draw_bar(drawing *d, const area *a, const ad_series *s, int number, int64_t i, double y)
{
    char words[FIGURE_LABEL], more[24];
    double from = a->x.log ? a->left : place_x(a, 0), to = place_x(a, s->y[i]);
    if (!isfinite(to))
        return;
    snprintf(more, sizeof more, "rx=\"2\" class=\"f%d\"", number % 6 + 1);
    svg_rect(d, fmin(from, to), y, fabs(to - from), BAR, more);
    double end = fmax(from, to);
    if (s->low && s->high && isfinite(s->low[i] + s->high[i])) {
        double low = inside_x(a, s->low[i]), high = inside_x(a, s->high[i]);
        line(d, low, y + BAR / 2.0, high - low, 0, "fg-a");
        end = fmax(end, high);
    }
    if (fabs(s->y[i]) < 1000 && s->y[i] != rint(s->y[i]))
        snprintf(words, sizeof words, "%.3g", s->y[i]);
    else
        figure_number(words, s->y[i]);
    svg_text(d, end + 5, y + 11, "start", "", words);
}

/* Room for the number behind the longest bar. */
static void bars_area(drawing *d, area *a, int64_t bars)
{
    a->left = names_width(d->f, bars) + (d->f->y.name ? 8 : 0);
    a->right = d->width - 44;
    figure_scale_x(d->f, 4, &a->x);
    a->top = d->top + 6;
    a->bottom = a->top;
}

void svg_bars(drawing *d)
{
    area a = {0};
    int series = figure_series(d->f);
    int64_t bars = bar_count(d->f);
    svg_legend(d);
    bars_area(d, &a, bars);
    double y = a.top;
    for (int64_t i = 0; i < bars; i++) {
        const char *name = d->f->y.name ? d->f->y.name[i] : "";
        double beyond = svg_beyond(name, NAMES_MOST), high = (BAR + 1) * series - 1,
               room = fmax(high, BAR + beyond);
        svg_words(d, a.left - 8, y + (room - BAR - beyond) / 2 + 11, "end", "fg-i", name,
                  NAMES_MOST);
        for (int k = 0; k < series; k++)
            if (i < d->f->series[k].count)
                draw_bar(d, &a, &d->f->series[k], k, i, y + (room - high) / 2 + (BAR + 1) * k);
        y += room + 1 + BETWEEN;
    }
    char words[240];
    figure_axis_words(&d->f->x, words, sizeof words);
    double left = fmax(0, fmin(a.left, d->width - svg_width(words)));
    svg_words(d, left, y + 10, "start", "", words, d->width);
    d->height = y + (*words ? 5 : 2) + SVG_LINE * svg_lines(words, d->width);
}
