/* Figures: one description, written as SVG or for a terminal.  Part of libadze-kit.
 *
 *     double loss[] = {2.3, 1.1, 0.6, 0.42};
 *     ad_figure f = {.title = "Loss",
 *                    .x = {.title = "epoch"},
 *                    .series = {{.name = "training", .y = loss, .count = 4}}};
 *     char *svg;
 *     if (ad_figure_svg(&f, NULL, &svg) != AD_OK)
 *         fputs(ad_kit_error(), stderr);
 *
 * All texts are UTF-8; what is none becomes U+FFFD.  Nothing is copied: what a figure points to
 * must live until it is written.  Numbers that are not finite are gaps. */
#ifndef ADZE_FIGURE_H
#define ADZE_FIGURE_H

#include <adze/kit.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ad_figure_kind {
    AD_FIGURE_PLOT,      /* series of marks over two axes */
    AD_FIGURE_BARS,      /* lying bars: one for each of y.name, of each series; from 0 */
    AD_FIGURE_HISTOGRAM, /* of each series y[i] examples between x[i] and x[i + 1] */
    AD_FIGURE_HEAT,      /* a grid of numbers as colours */
    AD_FIGURE_CONFUSION, /* a grid of counts: a row for each true class, coloured by its share */
    AD_FIGURE_IMAGES,    /* pictures with a line below each */
    AD_FIGURE_BOXES      /* boxes and arrows between them, from top to bottom */
} ad_figure_kind;

typedef enum ad_figure_mark { AD_MARK_LINE, AD_MARK_POINTS, AD_MARK_STEPS } ad_figure_mark;

typedef struct ad_series {
    const char *name; /* in the legend; NULL: it is not in it */
    const double *x;  /* (count), of a histogram (count + 1); NULL: 1, 2, 3... */
    const double *y;  /* (count) */
    const double *low,
        *high; /* (count): a band about a line, whiskers of points and bars, or NULL */
    int64_t count;
    ad_figure_mark mark;
    bool faint; /* drawn pale: what others stand before */
} ad_series;

typedef struct ad_axis {
    const char *title, *unit; /* "time" in "s"; NULL: none */
    double low, high;         /* the part that is shown; both 0: all there is */
    bool log;                 /* base 10; what is not above 0 is a gap */
    const char *const *name; /* of bars, and of rows (y) and columns (x) of a grid; NULL: numbers */
} ad_axis;

/* A straight line across a plot: where the best weights are, what a baseline reaches. */
typedef struct ad_rule {
    const char *label; /* NULL: no rule */
    double at;
    bool upright; /* at x; else at y */
} ad_rule;

typedef struct ad_figure_picture {
    ad_image image;
    const char *below; /* a short line, or NULL */
} ad_figure_picture;

typedef struct ad_box {
    const char *title;
    const char *detail; /* smaller, in lines; or NULL */
    int group;          /* boxes of a group, numbered from 1, stand on one ground; 0: none */
} ad_box;

typedef struct ad_arrow {
    int from, to;      /* boxes; to is not from, and arrows make no circle */
    const char *label; /* or NULL */
} ad_arrow;

enum { AD_FIGURE_SERIES_MAX = 12, AD_FIGURE_RULES_MAX = 4 };

typedef struct ad_figure {
    ad_figure_kind kind;
    const char *title;
    const char *description; /* for those who do not see it; NULL: said from the data */
    ad_axis x, y;
    ad_series series[AD_FIGURE_SERIES_MAX]; /* ends at the first without y */
    ad_rule rule[AD_FIGURE_RULES_MAX];      /* ends at the first without label */
    /* HEAT: values (rows, columns); CONFUSION: counts alike.  With values below 0 a second colour
     * begins at 0. */
    const double *value;
    const int64_t *counts;
    int64_t rows, columns;
    const ad_figure_picture *picture; /* IMAGES */
    int pictures;
    const ad_box *box; /* BOXES */
    int boxes;
    const ad_arrow *arrow;
    int arrows;
} ad_figure;

typedef struct ad_svg_options {
    int width, height; /* in px; 0: 360 by 220, of grids and boxes as they need */
    const char *id;    /* unique on a page; NULL: "figure" */
    /* Goes into a page that has ad_figure_style(): without a style and name space of its own. */
    bool in_page;
} ad_svg_options;

/* By malloc.  Every size and colour stands in the text or comes from the style: --figure-ink,
 * --figure-soft, --figure-line, --figure-paper and --figure-1 to --figure-6, which are light or
 * dark as the reader prefers.  No script, no links.  options NULL: all defaults. */
AD_API AD_CHECKED ad_status ad_figure_svg(const ad_figure *figure, const ad_svg_options *options,
                                          char **svg);
/* CSS, once for a page. */
AD_API const char *ad_figure_style(void);

typedef struct ad_terminal_options {
    int width, height; /* columns and, of plots, lines; 0: 72 by 14 */
    bool colour;       /* ANSI */
    bool ascii;        /* no letters beyond ASCII for marks */
} ad_terminal_options;

/* Lines of at most that width, by malloc.  Without colour, series are told apart by their marks. */
AD_API AD_CHECKED ad_status ad_figure_terminal(const ad_figure *figure,
                                               const ad_terminal_options *options, char **text);
/* What a file handle takes: its width, 80 where it is no terminal; colour on a terminal without
 * NO_COLOR; ASCII where the locale is not UTF-8. */
AD_API ad_terminal_options ad_terminal_of(int fd);

/* Bins for a histogram, at round numbers (Heckbert 1990): about `wanted` of them over the finite
 * values.  edge: (AD_BINS_MAX + 1), in: (AD_BINS_MAX).  Answers how many; 0: nothing is finite. */
enum { AD_BINS_MAX = 64 };
AD_API int ad_histogram(const double *value, int64_t count, int wanted, double *edge, double *in);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
