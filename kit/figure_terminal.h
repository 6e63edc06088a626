/* What the kinds of figures share when they become lines of a terminal. */
#ifndef ADZE_KIT_FIGURE_TERMINAL_H
#define ADZE_KIT_FIGURE_TERMINAL_H

#include "figure.h"
#include "figure_cells.h"

typedef struct terminal {
    text_buffer t;
    const ad_figure *f;
    ad_terminal_options o;
} terminal;

/* The letter that stands for points of a series; NULL: Braille dots. */
const char *terminal_mark(const terminal *w, int series);

/* figure_terminal_plot.c: also histograms */
void terminal_plot(terminal *w);
/* figure_terminal_grid.c */
void terminal_bars(terminal *w);
void terminal_grid(terminal *w);
void terminal_images(terminal *w);

#endif
