/* Boxes and arrows as SVG. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "markup.h"

enum { LINE = 14, PAD = 9, BETWEEN = 22, ACROSS = 26, SIDE = 16, GROUND = 9 };

typedef struct shape {
    double x, y, width, height;
} shape;

typedef struct plan {
    figure_place *place;
    shape *shape;
    int layers;
} plan;

static double line_width(const char *words, size_t size)
{
    char line[200];
    snprintf(line, sizeof line, "%.*s", (int)size, words);
    return svg_width(line);
}

static void measure(const ad_box *box, shape *s)
{
    int lines = 1;
    double width = 1.12 * svg_width(box->title);
    for (const char *p = box->detail; p && *p; lines++) {
        size_t size = strcspn(p, "\n");
        width = fmax(width, line_width(p, size));
        p += size + (p[size] == '\n');
    }
    *s = (shape){.width = fmax(64, width + 2 * PAD), .height = lines * LINE + PAD + 2};
}

/* Boxes of a layer stand side by side, each layer in the middle. */
static void set_layer(const ad_figure *f, const plan *p, int layer, double y, double *height)
{
    double wide = -ACROSS;
    int count = 0;
    *height = 0;
    for (int i = 0; i < f->boxes; i++)
        if (p->place[i].layer == layer) {
            wide += p->shape[i].width + ACROSS;
            *height = fmax(*height, p->shape[i].height);
            count++;
        }
    double x = -wide / 2;
    for (int order = 0; order < count; order++)
        for (int i = 0; i < f->boxes; i++)
            if (p->place[i].layer == layer && p->place[i].order == order) {
                p->shape[i].x = x;
                p->shape[i].y = y;
                x += p->shape[i].width + ACROSS;
            }
}

static bool is_long(const ad_figure *f, const plan *p, int arrow)
{
    return p->place[f->arrow[arrow].to].layer - p->place[f->arrow[arrow].from].layer > 1;
}

/* The right end of what stands between the ends of a long arrow. */
static double past(const ad_figure *f, const plan *p, const ad_arrow *arrow)
{
    double right = -INFINITY;
    for (int i = 0; i < f->boxes; i++)
        if (p->place[i].layer >= p->place[arrow->from].layer &&
            p->place[i].layer <= p->place[arrow->to].layer)
            right = fmax(right, p->shape[i].x + p->shape[i].width);
    int span = p->place[arrow->to].layer - p->place[arrow->from].layer;
    return right + SIDE + 3 * fmin(span, 8);
}

static void set_size(drawing *d, plan *p)
{
    double left = 0, right = 0;
    for (int i = 0; i < d->f->boxes; i++) {
        left = fmin(left, p->shape[i].x);
        right = fmax(right, p->shape[i].x + p->shape[i].width);
    }
    for (int i = 0; i < d->f->arrows; i++)
        if (is_long(d->f, p, i))
            right = fmax(right, past(d->f, p, &d->f->arrow[i]) +
                                    (d->f->arrow[i].label ? svg_width(d->f->arrow[i].label) : 0));
    double margin = GROUND + 3, wide = right - left + 2 * margin;
    double move = margin - left + fmax(0, (d->width - wide) / 2);
    for (int i = 0; i < d->f->boxes; i++)
        p->shape[i].x += move;
    d->width = fmax(d->width, wide);
}

/* ---------------------------------------------------------------- drawing */

static void draw_grounds(drawing *d, const plan *p)
{
    int most = 0;
    for (int i = 0; i < d->f->boxes; i++)
        most = d->f->box[i].group > most ? d->f->box[i].group : most;
    for (int group = 1; group <= most; group++) {
        double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
        for (int i = 0; i < d->f->boxes; i++) {
            const shape *s = &p->shape[i];
            if (d->f->box[i].group != group)
                continue;
            left = fmin(left, s->x), right = fmax(right, s->x + s->width);
            top = fmin(top, s->y), bottom = fmax(bottom, s->y + s->height);
        }
        if (left < right)
            svg_rect(d, left - GROUND, top - GROUND, right - left + 2 * GROUND,
                     bottom - top + 2 * GROUND, "rx=\"8\" class=\"fg-g\"");
    }
}

static void draw_head(drawing *d, double x, double y)
{
    text_add_format(&d->t, "<path d=\"M%.1f %.1fl-3.5 -6h7z\" class=\"fg-h\"/>\n", x, y);
}

static void draw_arrow(drawing *d, const plan *p, int i)
{
    const ad_arrow *arrow = &d->f->arrow[i];
    const shape *from = &p->shape[arrow->from], *to = &p->shape[arrow->to];
    double x = from->x + from->width / 2, y = from->y + from->height, end = to->x + to->width / 2,
           down = to->y - 5;
    if (is_long(d->f, p, i)) {
        double side = past(d->f, p, arrow), start = from->x + from->width,
               middle = from->y + from->height / 2, at = to->y + to->height / 2;
        text_add_format(&d->t,
                        "<path d=\"M%.1f %.1fH%.1fQ%.1f %.1f %.1f %.1fV%.1fQ%.1f %.1f %.1f "
                        "%.1fH%.1f\" class=\"fg-a\"/>\n",
                        start, middle, side - 8, side, middle, side, middle + 8, at - 8, side, at,
                        side - 8, at, to->x + to->width + 5);
        text_add_format(&d->t, "<path d=\"M%.1f %.1fl6 -3.5v7z\" class=\"fg-h\"/>\n",
                        to->x + to->width, at);
        if (arrow->label)
            svg_text(d, side + 4, (middle + at) / 2 + 4, "start", "", arrow->label);
        return;
    }
    double half = (down - y) / 2;
    text_add_format(&d->t,
                    "<path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\" class=\"fg-a\"/>\n", x, y,
                    x, y + half, end, down - half, end, down);
    draw_head(d, end, to->y);
    if (arrow->label)
        svg_text(d, (x + end) / 2 + 6, y + half + 3, "start", "", arrow->label);
}

static void draw_box(drawing *d, const plan *p, int i)
{
    const ad_box *box = &d->f->box[i];
    const shape *s = &p->shape[i];
    double x = s->x + s->width / 2, y = s->y + LINE + 2;
    svg_rect(d, s->x, s->y, s->width, s->height, "rx=\"6\" class=\"fg-b\"");
    text_add_format(&d->t,
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" class=\"fg-i\" "
                    "style=\"font-weight:600\">",
                    x, y);
    markup_add(&d->t, box->title);
    text_add(&d->t, "</text>\n");
    for (const char *q = box->detail; q && *q;) {
        char line[200];
        size_t size = strcspn(q, "\n");
        snprintf(line, sizeof line, "%.*s", (int)size, q);
        svg_text(d, x, y += LINE, "middle", "", line);
        q += size + (q[size] == '\n');
    }
}

static void draw_all(drawing *d, plan *p)
{
    double y = d->top + GROUND + 3, height;
    p->layers = figure_layers(d->f, p->place);
    d->t.failed = d->t.failed || p->layers < 0;
    for (int i = 0; i < d->f->boxes; i++)
        measure(&d->f->box[i], &p->shape[i]);
    for (int layer = 0; layer < p->layers; layer++) {
        set_layer(d->f, p, layer, y, &height);
        y += height + BETWEEN;
    }
    set_size(d, p);
    d->height = y - BETWEEN + GROUND + 3;
    draw_grounds(d, p);
    for (int i = 0; i < d->f->arrows; i++)
        draw_arrow(d, p, i);
    for (int i = 0; i < d->f->boxes; i++)
        draw_box(d, p, i);
}

void svg_boxes(drawing *d)
{
    size_t room = (size_t)d->f->boxes + 1;
    plan p = {.place = calloc(room, sizeof *p.place), .shape = calloc(room, sizeof *p.shape)};
    if (p.place && p.shape)
        draw_all(d, &p);
    else
        d->t.failed = true;
    free(p.place);
    free(p.shape);
}
