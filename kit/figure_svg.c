/* Figures as SVG (W3C, SVG 1.1): the frame of a drawing, its words and its legend. */
#include "figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "message.h"

enum { WIDTH = 300, HEIGHT = 205, TITLE = 26, TITLE_LINE = 16, LEGEND_LINE = 17, MARGIN = 14 };

/* As wide faces have it at 11 px, so that words fit whichever is there. */
static double letter_width(unsigned char c)
{
    if (strchr("ijl.,:;'|!", c))
        return 3.4;
    if (strchr("ftr()[] -", c))
        return 4.4;
    if (strchr("mwMW%@", c))
        return 10.9;
    if (strchr("CDGHNOQRU", c))
        return 8.7;
    return c >= 'A' && c <= 'Z' ? 7.6 : 7.1;
}

/* First bytes of Chinese, Japanese and Korean letters and their points, which are square. */
static bool is_square(unsigned char c)
{
    return c >= 0xE3 && c <= 0xEF && c != 0xEE;
}

double svg_letter(const char *at)
{
    unsigned char c = (unsigned char)*at;
    bool sign = c == 0xE2 && (unsigned char)at[1] != 0x80; /* arrows and signs of mathematics */
    return (c & 0xC0) == 0x80 ? 0 : is_square(c) || sign ? 11 : letter_width(c);
}

double svg_width(const char *words)
{
    double width = 0;
    for (; *words; words++)
        width += svg_letter(words);
    return width;
}

void svg_text(drawing *d, double x, double y, const char *anchor, const char *kind,
              const char *words)
{
    text_add_format(&d->t, "<text x=\"%.1f\" y=\"%.1f\"", x, y);
    if (strcmp(anchor, "start") != 0)
        text_add_format(&d->t, " text-anchor=\"%s\"", anchor);
    if (*kind)
        text_add_format(&d->t, " class=\"%s\"", kind);
    text_add(&d->t, ">");
    markup_add(&d->t, words);
    text_add(&d->t, "</text>\n");
}

void svg_rect(drawing *d, double x, double y, double width, double height, const char *more)
{
    text_add_format(&d->t, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n", x,
                    y, width, height, more);
}

/* ---------------------------------------------------------------- lines of words */

/* A line may end before a space or a square letter, if that is no point; "5 %" stays together. */
static bool may_break(const char *at)
{
    unsigned char c = (unsigned char)*at;
    return (c == ' ' && at[1] != '%') ||
           (is_square(c) && c != 0xEF && strncmp(at, "\xE3\x80", 2) != 0);
}

double svg_part_width(const char *words)
{
    double widest = 0, width = 0;
    for (; *words; words++) {
        if (may_break(words))
            width = 0;
        width += *words == ' ' ? 0 : svg_letter(words);
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* How many bytes of the words go on a line of that width, at least one letter: to the last place
 * where it may end, or all that fits where there is none. */
static int line_of(const char *words, double width)
{
    double at = svg_letter(words);
    int i = 1, fits = 0;
    for (; words[i]; i++) {
        if (may_break(words + i))
            fits = i;
        at += svg_letter(words + i);
        if (at > width && svg_letter(words + i) > 0)
            return fits > 0 ? fits : i;
    }
    return i;
}

int svg_lines(const char *words, double width)
{
    int lines = 0;
    for (; *words; lines++) {
        words += line_of(words, width);
        words += *words == ' ';
    }
    return lines;
}

double svg_beyond(const char *words, double width)
{
    int lines = svg_lines(words, width);
    return lines > 1 ? SVG_LINE * (lines - 1) : 0;
}

static void draw_lines(drawing *d, double x, double y, double line, const char *anchor,
                       const char *kind, const char *words, double width)
{
    for (; *words; y += line) {
        char one[240];
        int size = line_of(words, width);
        snprintf(one, sizeof one, "%.*s", size, words);
        svg_text(d, x, y, anchor, kind, one);
        words += size + (words[size] == ' ');
    }
}

void svg_words(drawing *d, double x, double y, const char *anchor, const char *kind,
               const char *words, double width)
{
    draw_lines(d, x, y, SVG_LINE, anchor, kind, words, width);
}

/* ---------------------------------------------------------------- legend */

static void legend_mark(drawing *d, int i, double x, double y)
{
    const ad_series *s = &d->f->series[i];
    int c = i % 6 + 1;
    const char *faint = s->faint ? " faint" : "";
    bool area = d->f->kind != AD_FIGURE_PLOT;
    if (area)
        text_add_format(&d->t,
                        "<rect x=\"%.1f\" y=\"%.1f\" width=\"10\" height=\"10\" rx=\"2\" "
                        "class=\"f%d%s\"/>\n",
                        x + 2, y - 9, c, faint);
    else if (s->mark == AD_MARK_POINTS)
        text_add_format(&d->t, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" class=\"f%d%s\"/>\n", x + 7,
                        y - 4, c, faint);
    else
        text_add_format(&d->t, "<path d=\"M%.1f %.1fh14\" class=\"s s%d%s\"%s/>\n", x, y - 4, c,
                        faint, i >= 6 ? " stroke-dasharray=\"4 3\"" : "");
}

void svg_legend(drawing *d)
{
    double x = 0;
    bool any = false;
    for (int i = 0; i < figure_series(d->f); i++) {
        const char *name = d->f->series[i].name;
        if (!name)
            continue;
        double width = 18 + svg_width(name) + 14;
        if (any && x + width > d->width) {
            x = 0;
            d->top += LEGEND_LINE;
        }
        legend_mark(d, i, x, d->top + 11);
        svg_words(d, x + 18, d->top + 11, "start", "fg-i", name, d->width - 18);
        double beyond = svg_beyond(name, d->width - 18);
        d->top += beyond;
        x += beyond > 0 ? d->width : width;
        any = true;
    }
    d->top += any ? LEGEND_LINE : 0;
}

/* ---------------------------------------------------------------- frame */

/* A drawing that is wider than others is scrolled on a phone, so that its letters can be read. */
static const char *least_width(const drawing *d, char words[40])
{
    words[0] = 0;
    if (d->width > WIDTH)
        snprintf(words, 40, ";min-width:%.0fpx", 0.95 * d->width);
    return words;
}

/* Behind everything else, as the height may only be known then. */
static void frame(drawing *d, text_buffer *out)
{
    const char *id = d->o->id ? d->o->id : "figure";
    text_buffer words = {0};
    figure_describe(d->f, &words);
    double margin = d->o->in_page ? 0 : MARGIN;
    char least[40];
    text_add_format(out, "<svg class=\"fg\"%s viewBox=\"%.0f %.0f %.0f %.0f\" ",
                    d->o->in_page ? "" : " xmlns=\"http://www.w3.org/2000/svg\"", -margin, -margin,
                    d->width + 2 * margin, d->height + 2 * margin);
    if (d->o->in_page)
        text_add_format(out, "style=\"max-width:%.0fpx%s\" ", 1.25 * d->width,
                        least_width(d, least));
    else
        text_add_format(out, "width=\"%.0f\" height=\"%.0f\" ", d->width + 2 * margin,
                        d->height + 2 * margin);
    text_add_format(out, "role=\"img\" aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">", id, id,
                    id);
    markup_add(out, d->f->title ? d->f->title : "Figure");
    text_add_format(out, "</title>\n<desc id=\"%s-d\">", id);
    markup_add(out, text_words(&words));
    text_add(out, "</desc>\n");
    text_part(out, &words);
    if (!d->o->in_page) {
        text_add_format(out, "<style>\n%s</style>\n", ad_figure_style());
        text_add_format(out,
                        "<rect x=\"%d\" y=\"%d\" width=\"100%%\" height=\"100%%\" "
                        "class=\"fg-p\"/>\n",
                        -MARGIN, -MARGIN);
    }
}

/* Letters of titles are larger, and bold: of the widest of usual fonts, DejaVu Sans. */
static const double TITLE_SIZE = 1.45;

/* The title in as many lines as it needs. */
static void draw_title(drawing *d)
{
    double width = d->width / TITLE_SIZE;
    draw_lines(d, 0, TITLE - 12, TITLE_LINE, "start", "fg-t", d->f->title, width);
    d->top = TITLE + TITLE_LINE * (svg_lines(d->f->title, width) - 1);
    d->height += d->top - TITLE;
}

static void draw(drawing *d)
{
    static void (*const kinds[])(drawing *) = {
        [AD_FIGURE_PLOT] = svg_plot,      [AD_FIGURE_BARS] = svg_bars,
        [AD_FIGURE_HISTOGRAM] = svg_plot, [AD_FIGURE_HEAT] = svg_grid,
        [AD_FIGURE_CONFUSION] = svg_grid, [AD_FIGURE_IMAGES] = svg_images,
        [AD_FIGURE_BOXES] = svg_boxes,
    };
    if (d->f->title)
        draw_title(d);
    kinds[d->f->kind](d);
}

ad_status ad_figure_svg(const ad_figure *figure, const ad_svg_options *options, char **svg)
{
    static const ad_svg_options plain = {0};
    drawing d = {.f = figure, .o = options ? options : &plain};
    text_buffer out = {0};
    *svg = NULL;
    d.width = d.o->width > 0 ? d.o->width : WIDTH;
    d.height = d.o->height > 0 ? d.o->height : HEIGHT;
    draw(&d);
    frame(&d, &out);
    bool margin = !d.o->in_page;
    text_add(&out, margin ? "<g>\n" : "");
    text_add(&out, text_words(&d.t));
    text_add(&out, margin ? "</g>\n</svg>\n" : "</svg>\n");
    text_part(&out, &d.t);
    *svg = text_take(&out);
    return *svg ? AD_OK : message_no_memory();
}
