/* Boxes and arrows as SVG. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "markup.h"

enum { LINE = 14, PAD = 9, BETWEEN = 22, ACROSS = 26, LANE = 14, GROUND = 9, ROUNDS = 6 };

typedef struct shape {
    double x, y, width, height;
} shape;

/* An arrow over several layers has a place in each between, so that it goes round boxes: `all` is
 * the figure with those places as boxes without words, behind its own, and arrows from place to
 * place. */
typedef struct plan {
    ad_figure all;
    ad_box *box;
    ad_arrow *arrow; /* those of arrow i of the figure begin at start[i], one behind the other */
    int *start;      /* (arrows + 1) */
    bool *beside; /* (boxes): a place of an arrow from a box with several, which goes past others */
    figure_place *place;
    shape *shape;
    double *middle, *push; /* (boxes): where they would be, by those above; where they are pushed */
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

/* ---------------------------------------------------------------- places of long arrows */

static bool is_place(const plan *p, int box)
{
    return !p->all.box[box].title;
}

static int span_of(const figure_place *place, const ad_arrow *arrow)
{
    return place[arrow->to].layer - place[arrow->from].layer;
}

/* Rooms for `places` more boxes; the figure's own come first. */
static bool make_room(const ad_figure *f, int places, plan *p)
{
    size_t boxes = (size_t)(f->boxes + places) + 1, arrows = (size_t)(f->arrows + places) + 1;
    p->box = calloc(boxes, sizeof *p->box);
    p->arrow = calloc(arrows, sizeof *p->arrow);
    p->start = calloc((size_t)f->arrows + 1, sizeof *p->start);
    p->beside = calloc(boxes, sizeof *p->beside);
    p->shape = calloc(boxes, sizeof *p->shape);
    p->middle = calloc(boxes, sizeof *p->middle);
    p->push = calloc(boxes, sizeof *p->push);
    figure_place *more = realloc(p->place, boxes * sizeof *more);
    p->place = more ? more : p->place;
    return p->box && p->arrow && p->start && p->beside && p->shape && p->middle && p->push && more;
}

static bool has_several(const ad_figure *f, int box)
{
    int count = 0;
    for (int i = 0; i < f->arrows; i++)
        count += f->arrow[i].from == box;
    return count > 1;
}

/* Where both ends stand on one ground, or the end does, its places do. */
static void add_chain(const ad_figure *f, plan *p, int i)
{
    const ad_arrow *arrow = &f->arrow[i];
    int from = arrow->from, places = span_of(p->place, arrow) - 1;
    p->start[i] = p->all.arrows;
    for (int k = 0; k < places; k++) {
        p->box[p->all.boxes] = (ad_box){.group = f->box[arrow->to].group};
        p->beside[p->all.boxes] = has_several(f, arrow->from);
        p->arrow[p->all.arrows++] = (ad_arrow){.from = from, .to = p->all.boxes};
        from = p->all.boxes++;
    }
    p->arrow[p->all.arrows++] = (ad_arrow){.from = from, .to = arrow->to};
}

static bool make_plan(const ad_figure *f, plan *p)
{
    int places = 0;
    p->place = calloc((size_t)f->boxes + 1, sizeof *p->place);
    if (!p->place || figure_layers(f, p->place) < 0)
        return false;
    for (int i = 0; i < f->arrows; i++)
        places += span_of(p->place, &f->arrow[i]) - 1;
    if (!make_room(f, places, p))
        return false;
    p->all = (ad_figure){.box = p->box, .boxes = f->boxes, .arrow = p->arrow};
    if (f->boxes)
        memcpy(p->box, f->box, (size_t)f->boxes * sizeof *p->box);
    for (int i = 0; i < f->arrows; i++)
        add_chain(f, p, i);
    p->start[f->arrows] = p->all.arrows;
    p->layers = figure_layers(&p->all, p->place);
    return p->layers >= 0;
}

static void plan_done(plan *p)
{
    free(p->box);
    free(p->arrow);
    free(p->start);
    free(p->beside);
    free(p->place);
    free(p->shape);
    free(p->middle);
    free(p->push);
}

/* ---------------------------------------------------------------- where boxes stand */

/* The mean of the middles of those above, but of places beside, so that what follows one another
 * stands in a line; of a box that none leads to, of those below. */
static double wish_of(const plan *p, int box)
{
    double sum[3] = {0};
    int count[3] = {0};
    for (int i = 0; i < p->all.arrows; i++) {
        const ad_arrow *a = &p->all.arrow[i];
        int other = a->to == box ? a->from : a->to;
        if (a->to != box && a->from != box)
            continue;
        int kind = a->to != box ? 2 : p->beside[other] && !is_place(p, box) ? 1 : 0;
        sum[kind] += p->shape[other].x + p->shape[other].width / 2;
        count[kind]++;
    }
    for (int kind = 0; kind < 3; kind++)
        if (count[kind])
            return sum[kind] / count[kind];
    return 0;
}

static int box_at(const plan *p, int layer, int order)
{
    for (int i = 0; i < p->all.boxes; i++)
        if (p->place[i].layer == layer && p->place[i].order == order)
            return i;
    return -1;
}

/* From middle to middle of two neighbours. */
static double apart(const plan *p, int left, int right)
{
    double gap = is_place(p, left) || is_place(p, right) ? LANE : ACROSS;
    return (p->shape[left].width + p->shape[right].width) / 2 + gap;
}

static double middle_of(const shape *s)
{
    return s->x + s->width / 2;
}

static void move_to(shape *s, double middle)
{
    s->x = middle - s->width / 2;
}

/* Those in order `from` to `to` as near to what they wish as their order allows: the mean of
 * pushing them to the right and to the left. */
static void settle(plan *p, int layer, int from, int to)
{
    for (int pass = 0; pass < 2; pass++)
        for (int k = from, before = -1, box; k <= to; k++, before = box) {
            box = box_at(p, layer, pass ? from + to - k : k);
            double wish = p->middle[box], edge = before < 0 ? wish : p->push[before];
            if (before >= 0 && pass == 0)
                wish = fmax(wish, edge + apart(p, before, box));
            else if (before >= 0)
                wish = fmin(wish, edge - apart(p, box, before));
            p->push[box] = wish;
            move_to(&p->shape[box], pass ? (middle_of(&p->shape[box]) + wish) / 2 : wish);
        }
}

/* Places beside all boxes give way to them. */
static void set_layer(plan *p, int layer)
{
    int count = 0, first = -1, last = -1, box;
    for (; (box = box_at(p, layer, count)) >= 0; count++) {
        p->middle[box] = wish_of(p, box);
        if (!p->beside[box])
            first = first < 0 ? count : first, last = count;
    }
    if (first < 0)
        first = 0, last = count - 1;
    settle(p, layer, first, last);
    for (int k = last + 1; k < count; k++) {
        int before = box_at(p, layer, k - 1);
        box = box_at(p, layer, k);
        move_to(&p->shape[box],
                fmax(p->middle[box], middle_of(&p->shape[before]) + apart(p, before, box)));
    }
    for (int k = first - 1; k >= 0; k--) {
        int before = box_at(p, layer, k + 1);
        box = box_at(p, layer, k);
        move_to(&p->shape[box],
                fmin(p->middle[box], middle_of(&p->shape[before]) - apart(p, box, before)));
    }
}

static void set_rows(plan *p, double y)
{
    for (int layer = 0; layer < p->layers; layer++) {
        double height = 0;
        for (int i = 0; i < p->all.boxes; i++)
            if (p->place[i].layer == layer)
                height = fmax(height, p->shape[i].height);
        for (int i = 0; i < p->all.boxes; i++)
            if (p->place[i].layer == layer) {
                p->shape[i].y = y;
                p->shape[i].height = is_place(p, i) ? height : p->shape[i].height;
            }
        y += height + BETWEEN;
    }
}

static void set_size(drawing *d, plan *p)
{
    double left = INFINITY, right = -INFINITY, bottom = d->top;
    for (int i = 0; i < p->all.boxes; i++) {
        left = fmin(left, p->shape[i].x);
        right = fmax(right, p->shape[i].x + p->shape[i].width);
        bottom = fmax(bottom, p->shape[i].y + p->shape[i].height);
    }
    double margin = GROUND + 3, wide = p->all.boxes ? right - left + 2 * margin : 0;
    for (int i = 0; i < p->all.boxes; i++)
        p->shape[i].x += margin - left + fmax(0, (d->width - wide) / 2);
    d->width = fmax(d->width, wide);
    d->height = bottom + margin;
}

/* ---------------------------------------------------------------- drawing */

static void draw_grounds(drawing *d, const plan *p)
{
    int most = 0;
    for (int i = 0; i < d->f->boxes; i++)
        most = d->f->box[i].group > most ? d->f->box[i].group : most;
    for (int group = 1; group <= most; group++) {
        double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
        for (int i = 0; i < p->all.boxes; i++) {
            const shape *s = &p->shape[i];
            if (p->all.box[i].group != group)
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

/* Where the lowest box of a layer ends: arrows go straight down so far, past its neighbours. */
static double bottom_of(const plan *p, int layer)
{
    double bottom = 0;
    for (int i = 0; i < p->all.boxes; i++)
        if (p->place[i].layer == layer)
            bottom = fmax(bottom, p->shape[i].y + p->shape[i].height);
    return bottom;
}

/* From the lower edge of a box to the upper edge of the next. */
static void draw_part(drawing *d, const plan *p, const ad_arrow *part, bool first, bool last)
{
    const shape *from = &p->shape[part->from], *to = &p->shape[part->to];
    double x = from->x + from->width / 2, y = bottom_of(p, p->place[part->from].layer),
           end = to->x + to->width / 2, down = to->y - (last ? 5 : 0),
           half = fmax(8, (down - y) / 2);
    if (first)
        text_add_format(&d->t, "<path d=\"M%.1f %.1fV%.1f", x, from->y + from->height, y);
    text_add_format(&d->t, "C%.1f %.1f %.1f %.1f %.1f %.1f", x, y + half, end, down - half, end,
                    down);
    if (!last)
        text_add_format(&d->t, "V%.1f", to->y + to->height);
}

static void draw_arrow(drawing *d, const plan *p, int i)
{
    const ad_arrow *arrow = &d->f->arrow[i];
    const shape *from = &p->shape[arrow->from], *to = &p->shape[arrow->to];
    int last = p->start[i + 1] - 1;
    for (int k = p->start[i]; k <= last; k++)
        draw_part(d, p, &p->arrow[k], k == p->start[i], k == last);
    text_add(&d->t, "\" class=\"fg-a\"/>\n");
    draw_head(d, to->x + to->width / 2, to->y);
    if (arrow->label)
        svg_text(d, (from->x + from->width / 2 + to->x + to->width / 2) / 2 + 6,
                 (from->y + from->height + to->y) / 2 + 1, "start", "fg-k", arrow->label);
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
    for (int i = 0; i < d->f->boxes; i++)
        measure(&d->f->box[i], &p->shape[i]);
    for (int round = 0; round < ROUNDS; round++)
        for (int layer = 0; layer < p->layers; layer++)
            set_layer(p, layer);
    set_layer(p, 0); /* above what has come to its place */
    set_rows(p, d->top + GROUND + 3);
    set_size(d, p);
    draw_grounds(d, p);
    for (int i = 0; i < d->f->arrows; i++)
        draw_arrow(d, p, i);
    for (int i = 0; i < d->f->boxes; i++)
        draw_box(d, p, i);
}

void svg_boxes(drawing *d)
{
    plan p = {.layers = 0};
    if (make_plan(d->f, &p))
        draw_all(d, &p);
    else
        d->t.failed = true;
    plan_done(&p);
}
