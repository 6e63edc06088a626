/* What the writers of figures share: scales, words, and where the parts of a drawing lie. */
#ifndef ADZE_KIT_FIGURE_H
#define ADZE_KIT_FIGURE_H

#include <adze/figure.h>

#include "text.h"

enum { FIGURE_TICKS_MAX = 24, FIGURE_LABEL = 24 };

typedef struct figure_scale {
    double low, high; /* low < high; of a log scale above 0 */
    bool log;
    double tick[FIGURE_TICKS_MAX]; /* rising, in low to high */
    char label[FIGURE_TICKS_MAX][FIGURE_LABEL];
    int ticks;
} figure_scale;

/* ---- figure_scale.c */
/* A scale from low to high, of about `wanted` steps: at 1, 2 or 5 times a power of ten (Heckbert
 * 1990), or decades.  round: the ends are moved outwards to ticks. */
void figure_scale_make(double low, double high, bool log, bool round, int wanted, figure_scale *s);
/* The axis of a figure over its series: their numbers, what the axis says, what its kind needs. */
void figure_scale_x(const ad_figure *f, int wanted, figure_scale *s);
void figure_scale_y(const ad_figure *f, int wanted, figure_scale *s);
/* 0 at low to 1 at high; NaN for what it cannot show. */
double figure_at(const figure_scale *s, double value);
/* A number for people: three or four digits, "12,500", "1.5M", "2e-5". */
void figure_number(char label[FIGURE_LABEL], double value);
double figure_step(double range, int wanted); /* 1, 2 or 5 times a power of ten */

/* ---- figure_words.c */
int figure_series(const ad_figure *f); /* how many */
int figure_rules(const ad_figure *f);
double figure_x(const ad_series *s, int64_t i);
int figure_letters(const char *words); /* of UTF-8 */
/* The largest value of the rows of counts, their sum, of a row. */
int64_t figure_row_sum(const ad_figure *f, int64_t row);
/* What a figure shows, in sentences: the description, or one made of the data. */
void figure_describe(const ad_figure *f, text_buffer *t);
/* "time (s)"; "" without title and unit. */
void figure_axis_words(const ad_axis *axis, char *words, size_t size);
/* Of a grid: 0 to 1, below 0 where the value is; NaN for none. */
double figure_shade(const ad_figure *f, int64_t row, int64_t column);

/* ---- figure_layers.c: where boxes stand */
typedef struct figure_place {
    int layer, order; /* from the top; from the left */
} figure_place;
/* layer: the longest way from a box without an arrow to it.  Gives the number of layers, or -1
 * without memory. */
int figure_layers(const ad_figure *f, figure_place *place);

/* ---- figure_svg*.c: an open drawing */
typedef struct drawing {
    text_buffer t;
    const ad_figure *f;
    const ad_svg_options *o;
    double width, height;
    double top; /* where the drawing begins, below title and legend */
} drawing;

void svg_plot(drawing *d);
void svg_bars(drawing *d);
void svg_grid(drawing *d);
void svg_images(drawing *d);
void svg_boxes(drawing *d);
/* anchor: "start", "middle", "end"; kind: a class of the style, "" for none. */
void svg_text(drawing *d, double x, double y, const char *anchor, const char *kind,
              const char *words);
void svg_rect(drawing *d, double x, double y, double width, double height, const char *more);
/* About how wide words are at a size of 11 px. */
double svg_width(const char *words);
/* Of the letter that begins there; 0 in the middle of one. */
double svg_letter(const char *at);
/* The widest part of words that no line ends in. */
double svg_part_width(const char *words);
/* How many lines words take where none is wider; 0 of none. */
int svg_lines(const char *words, double width);
/* How much higher those are than one. */
double svg_beyond(const char *words, double width);
/* As svg_text, in those lines, SVG_LINE from one to the next. */
enum { SVG_LINE = 13 };
void svg_words(drawing *d, double x, double y, const char *anchor, const char *kind,
               const char *words, double width);
/* The legend at d->top, which it moves down. */
void svg_legend(drawing *d);

#endif
