/* A model as boxes and arrows, from the rows of ad_model_layers_of. */
#include "model_drawing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "figure.h"
#include "message.h"
#include "text.h"

enum { NONE = -1 };

typedef struct drawer {
    const ad_model_layers *about;
    model_drawing *d;
    int next;   /* row */
    int groups; /* of residuals and branches so far */
    int group;  /* the one that is drawn; 0: none */
    bool failed;
} drawer;

void model_shape_words(const ad_shape *s, int from, char *words, size_t size)
{
    size_t used = 0;
    snprintf(words, size, "1");
    for (int i = from; i < s->rank && used + 24 < size; i++) {
        const char *times = i > from ? " \xC3\x97 " : "";
        used += s->size[i] >= 0 ? (size_t)snprintf(words + used, size - used, "%s%lld", times,
                                                   (long long)s->size[i])
                                : (size_t)snprintf(words + used, size - used, "%s%s", times,
                                                   ad_axis_name(s->rank, i));
    }
}

/* ---------------------------------------------------------------- boxes and arrows */

static void arrow(drawer *w, int from, int to)
{
    if (from == NONE || to == NONE || w->failed)
        return;
    w->d->arrow[w->d->arrows++] = (ad_arrow){.from = from, .to = to};
}

/* There is room: see model_draw. */
static int box(drawer *w, const char *title, const char *detail)
{
    ad_box *b = &w->d->box[w->d->boxes];
    *b = (ad_box){text_copy(title), text_copy(detail), w->group};
    w->failed = w->failed || !b->title || !b->detail;
    return w->d->boxes++;
}

static void detail_of(const ad_layer_about *l, char *words, size_t size)
{
    char number[FIGURE_LABEL];
    model_shape_words(&l->shape, 1, words, size);
    figure_number(number, (double)l->trained);
    if (l->trained > 0)
        snprintf(words + strlen(words), size - strlen(words), "\n%s parameters", number);
}

static bool same_shape(const ad_shape *a, const ad_shape *b)
{
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->size[i] == b->size[i] || (a->size[i] < 0 && b->size[i] < 0);
    return same;
}

/* What keeps the shape, and has few parameters, is written into the box before. */
static bool folds(const ad_layer_about *l, const ad_layer_about *before)
{
    bool norm = strstr(l->layer, "norm") != NULL;
    return before && before->inner && same_shape(&l->shape, &before->shape) &&
           (l->trained == 0 || norm);
}

static void fold(drawer *w, int at, const ad_layer_about *l)
{
    ad_box *b = &w->d->box[at];
    char *title = text_format("%s \xC2\xB7 %s", b->title, l->layer);
    free((char *)b->title);
    b->title = title;
    w->failed = w->failed || !title;
}

/* ---------------------------------------------------------------- lists */

static int draw_list(drawer *w, int depth, int in);

static const ad_layer_about *row(const drawer *w)
{
    return w->next < w->about->layers ? &w->about->layer[w->next] : NULL;
}

static bool begins_with(const char *words, const char *with)
{
    return strncmp(words, with, strlen(with)) == 0;
}

/* Rows of lists inside a structure: "layers", "shortcut", "paths 2". */
static bool is_list(const ad_layer_about *l, int depth, const char *name)
{
    return l && l->depth == depth && !l->inner && begins_with(l->layer, name);
}

static int sum_box(drawer *w, const ad_layer_about *l, const char *title)
{
    char words[200];
    model_shape_words(&l->shape, 1, words, sizeof words);
    return box(w, title, words);
}

static int draw_residual(drawer *w, const ad_layer_about *l, int in)
{
    bool lists = is_list(row(w), l->depth + 1, "layers");
    int way = in;
    w->next += lists;
    int last = draw_list(w, l->depth + 1 + lists, in);
    if (is_list(row(w), l->depth + 1, "shortcut")) {
        w->next++;
        way = draw_list(w, l->depth + 2, in);
    }
    int sum = sum_box(w, l, "+");
    arrow(w, last, sum);
    if (way != last)
        arrow(w, way, sum);
    return sum;
}

static int draw_branches(drawer *w, const ad_layer_about *l, int in)
{
    int end[64], count = 0;
    if (!is_list(row(w), l->depth + 1, "paths")) /* of a single path */
        return draw_list(w, l->depth + 1, in);
    while (is_list(row(w), l->depth + 1, "paths")) {
        w->next++;
        int last = draw_list(w, l->depth + 2, in);
        if (count < 64)
            end[count++] = last;
    }
    int joined = sum_box(w, l, "joined");
    for (int i = 0; i < count; i++)
        arrow(w, end[i], joined);
    return joined;
}

/* A structure, or the heading of a player, whose rows follow. */
static int draw_structure(drawer *w, const ad_layer_about *l, int in)
{
    int group = w->group, last;
    bool own = begins_with(l->layer, "residual") || begins_with(l->layer, "branches");
    w->group = own && group == 0 ? ++w->groups : group;
    if (begins_with(l->layer, "residual"))
        last = draw_residual(w, l, in);
    else if (begins_with(l->layer, "branches"))
        last = draw_branches(w, l, in);
    else if (strcmp(l->layer, "generator") == 0 || strcmp(l->layer, "discriminator") == 0)
        last = draw_list(w, l->depth + 1, box(w, l->layer, ""));
    else
        last = draw_list(w, l->depth + 1, in);
    w->group = group;
    return last;
}

/* Rows of this depth, one behind the other; the last box. */
static int draw_list(drawer *w, int depth, int in)
{
    const ad_layer_about *before = NULL;
    for (const ad_layer_about *l = row(w); l && l->depth >= depth && !w->failed; l = row(w)) {
        char words[240];
        if (l->depth == depth && !l->inner &&
            (begins_with(l->layer, "shortcut") || begins_with(l->layer, "paths")))
            break;
        w->next++;
        if (!l->inner) {
            in = draw_structure(w, l, in);
        } else if (in != NONE && folds(l, before)) {
            fold(w, in, l);
        } else {
            detail_of(l, words, sizeof words);
            int made = box(w, l->layer, words);
            arrow(w, in, made);
            in = made;
        }
        before = l;
    }
    return in;
}

/* ---------------------------------------------------------------- the whole */

static int input_box(drawer *w, const ad_run_data *data)
{
    char words[200];
    const ad_run_field *f = data->task->players ? &data->noise : &data->input[0];
    if (data->task->players || !f->name)
        return NONE;
    model_shape_words(&f->shape, 0, words, sizeof words);
    return box(w, f->name, words);
}

ad_status model_draw(const ad_model_layers *about, const ad_run_data *data, model_drawing *d)
{
    drawer w = {.about = about, .d = d};
    size_t most = 2 * (size_t)about->layers + 4; /* a box a row, and each structure's end */
    *d = (model_drawing){.box = calloc(most, sizeof *d->box),
                         .arrow = calloc(3 * most, sizeof *d->arrow)};
    if (d->box && d->arrow)
        draw_list(&w, 0, input_box(&w, data));
    if (d->box && d->arrow && !w.failed)
        return AD_OK;
    model_drawing_done(d);
    return message_no_memory();
}

void model_drawing_done(model_drawing *d)
{
    for (int i = 0; i < d->boxes; i++) {
        free((char *)d->box[i].title);
        free((char *)d->box[i].detail);
    }
    free(d->box);
    free(d->arrow);
    *d = (model_drawing){0};
}

ad_figure model_drawing_figure(const model_drawing *d, const char *title)
{
    return (ad_figure){.kind = AD_FIGURE_BOXES,
                       .title = title,
                       .box = d->box,
                       .boxes = d->boxes,
                       .arrow = d->arrow,
                       .arrows = d->arrows};
}

ad_status ad_model_svg(const ad_model_layers *about, const ad_run_data *data, const char *title,
                       char **svg)
{
    model_drawing d;
    *svg = NULL;
    ad_status status = model_draw(about, data, &d);
    if (status != AD_OK)
        return status;
    ad_figure f = model_drawing_figure(&d, title);
    status = ad_figure_svg(&f, NULL, svg);
    model_drawing_done(&d);
    return status;
}
