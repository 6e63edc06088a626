/* Figures as lines for a terminal: plots of Braille dots (Unicode 2800), bars of block elements,
 * grids of shades; of ASCII where that is all there is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "figure.h"
#include "figure_cells.h"
#include "figure_terminal.h"
#include "message.h"

enum { WIDTH = 72, HEIGHT = 14, NARROWEST = 24 };

/* ---------------------------------------------------------------- what a terminal takes */

static bool is_set(const char *name)
{
    const char *set = getenv(name);
    return set && *set;
}

static bool utf8_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++)
        if (is_set(names[i])) {
            const char *set = getenv(names[i]);
            return strstr(set, "UTF-8") || strstr(set, "utf8") || strstr(set, "UTF8") ||
                   strstr(set, "utf-8");
        }
    return false;
}

ad_terminal_options ad_terminal_of(int fd)
{
    struct winsize size;
    ad_terminal_options o = {.width = 80, .ascii = !utf8_locale()};
    if (!isatty(fd))
        return o;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        o.width = size.ws_col;
    o.colour = is_set("TERM") && strcmp(getenv("TERM"), "dumb") != 0 && !is_set("NO_COLOR");
    return o;
}

/* ---------------------------------------------------------------- legend */

const char *terminal_mark(const terminal *w, int series)
{
    static const char *const marks[] = {"*", "o", "+", "x", "#", "%"};
    bool alone = figure_series(w->f) < 2;
    if (!w->o.ascii && (w->o.colour || alone))
        return NULL;
    return marks[series % 6];
}

static void add_legend(terminal *w)
{
    int series = figure_series(w->f), x = 2;
    cells line = {.coloured = w->o.colour};
    bool any = false;
    for (int i = 0; i < series; i++)
        any = any || w->f->series[i].name;
    if (!any)
        return;
    if (!cells_make(&line, w->o.width, 1)) {
        w->t.failed = true;
        return;
    }
    for (int i = 0; i < series; i++) {
        const char *name = w->f->series[i].name, *mark = terminal_mark(w, i);
        if (!name)
            continue;
        bool area = w->f->kind != AD_FIGURE_PLOT && !w->o.ascii;
        cells_words(&line, x, 0,
                    area   ? "\xE2\x96\xA0"
                    : mark ? mark
                           : "\xE2\x94\x81\xE2\x94\x81",
                    i % 6);
        x += area || mark ? 2 : 3;
        cells_words(&line, x, 0, name, CELL_PLAIN);
        x += figure_letters(name) + 3;
    }
    cells_text(&line, &w->t);
    cells_done(&line);
}

/* ---------------------------------------------------------------- boxes and pictures */

static void add_boxes(terminal *w)
{
    for (int i = 0; i < w->f->boxes; i++) {
        const ad_box *box = &w->f->box[i];
        text_add_format(&w->t, "  %s", box->title);
        for (const char *p = box->detail; p && *p;) {
            size_t size = strcspn(p, "\n");
            text_add_format(&w->t, "  %.*s", (int)size, p);
            p += size + (p[size] == '\n');
        }
        text_add(&w->t, "\n");
        for (int k = 0; k < w->f->arrows; k++)
            if (w->f->arrow[k].from == i && w->f->arrow[k].to != i + 1)
                text_add_format(&w->t, "    %s %s\n", w->o.ascii ? "->" : "\xE2\x86\x92",
                                w->f->box[w->f->arrow[k].to].title);
    }
}

/* ---------------------------------------------------------------- all */

static void add_title(terminal *w)
{
    if (!w->f->title)
        return;
    text_add(&w->t, w->o.colour ? "\033[1m" : "");
    text_add(&w->t, w->f->title);
    text_add(&w->t, w->o.colour ? "\033[0m\n" : "\n");
}

static void write_figure(terminal *w)
{
    static void (*const kinds[])(terminal *) = {
        [AD_FIGURE_PLOT] = terminal_plot,      [AD_FIGURE_BARS] = terminal_bars,
        [AD_FIGURE_HISTOGRAM] = terminal_plot, [AD_FIGURE_HEAT] = terminal_grid,
        [AD_FIGURE_CONFUSION] = terminal_grid, [AD_FIGURE_IMAGES] = terminal_images,
        [AD_FIGURE_BOXES] = add_boxes,
    };
    add_title(w);
    add_legend(w);
    kinds[w->f->kind](w);
}

ad_status ad_figure_terminal(const ad_figure *figure, const ad_terminal_options *options,
                             char **text)
{
    terminal w = {.f = figure};
    if (options)
        w.o = *options;
    w.o.width = w.o.width <= 0 ? WIDTH : w.o.width < NARROWEST ? NARROWEST : w.o.width;
    w.o.height = w.o.height <= 0 ? HEIGHT : w.o.height;
    write_figure(&w);
    *text = text_take(&w.t);
    return *text ? AD_OK : message_no_memory();
}
