/* A model as boxes and arrows, from the rows of ad_model_layers_of. */
#include "model_drawing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "figure.h"
#include "message.h"
#include "suggest.h"
#include "text.h"

enum { NONE = -1, FIRST_INPUT = -2, NAMES_MAX = 256, FROM_MAX = 32 };

/* What `from` may name. */
typedef struct known {
    const char *name;
    int box;
} known;

typedef struct drawer {
    const ad_model_layers *about;
    const ad_run_data *data;
    model_drawing *d;
    known known[NAMES_MAX]; /* the last of a name counts */
    int names;
    int next;        /* row */
    int groups;      /* of residuals and branches so far */
    int group;       /* the one that is drawn; 0: none */
    int64_t trained; /* parameters of the last box */
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
                                                   from ? ad_axis_name(s->rank, i) : "length");
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

/* ---------------------------------------------------------------- names */

static void note_name(drawer *w, const char *name, int box)
{
    if (name && box >= 0 && w->names < NAMES_MAX)
        w->known[w->names++] = (known){name, box};
}

/* An input of the data, whose box is made where it is first asked for. */
static int input_box(drawer *w, int i)
{
    char words[200];
    const ad_run_field *f = i < w->data->inputs ? &w->data->input[i] : NULL;
    if (w->data->task->makes || !f || !f->name)
        return NONE;
    for (int k = w->names; k-- > 0;)
        if (strcmp(w->known[k].name, f->name) == 0)
            return w->known[k].box;
    int group = w->group;
    w->group = 0;
    model_shape_words(&f->shape, 0, words, sizeof words);
    int made = box(w, f->name, f->shape.rank ? words : "");
    w->group = group;
    note_name(w, f->name, made);
    return made;
}

static int find_box(drawer *w, const char *name, size_t size)
{
    for (int k = w->names; k-- > 0;)
        if (strncmp(w->known[k].name, name, size) == 0 && w->known[k].name[size] == 0)
            return w->known[k].box;
    for (int i = 0; i < w->data->inputs; i++)
        if (w->data->input[i].name && strncmp(w->data->input[i].name, name, size) == 0 &&
            w->data->input[i].name[size] == 0)
            return input_box(w, i);
    return NONE;
}

/* The boxes of names with blanks between, behind the first `count` of list; how many then. */
static int boxes_of(drawer *w, const char *names, int count, int *list)
{
    for (const char *name = names; *name && count < FROM_MAX;) {
        size_t size = strcspn(name, " ");
        int found = find_box(w, name, size);
        if (found >= 0)
            list[count++] = found;
        name += size + (name[size] == ' ');
    }
    return count;
}

/* Boxes that a row takes: those of its `from`, or the one before, then what stands beside; how
 * many. */
static int sources_of(drawer *w, const ad_layer_about *l, int in, int *from)
{
    int count = 1;
    if (l->from)
        count = boxes_of(w, l->from, 0, from);
    else
        from[0] = in == FIRST_INPUT ? input_box(w, 0) : in;
    return l->beside ? boxes_of(w, l->beside, count, from) : count;
}

static void detail_of(const drawer *w, const ad_layer_about *l, char *words, size_t size)
{
    char number[FIGURE_LABEL];
    model_shape_words(&l->shape, 1, words, size);
    figure_number(number, (double)w->trained);
    if (w->trained > 0)
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
    return before && !l->from && !l->beside && before->inner &&
           same_shape(&l->shape, &before->shape) && (l->trained == 0 || norm);
}

static void fold(drawer *w, int at, const ad_layer_about *l)
{
    ad_box *b = &w->d->box[at];
    char *title = text_format("%s \xC2\xB7 %s", b->title, l->layer), words[240];
    w->trained += l->trained;
    detail_of(w, l, words, sizeof words);
    free((char *)b->title);
    free((char *)b->detail);
    b->title = title;
    b->detail = text_copy(words);
    w->failed = w->failed || !b->title || !b->detail;
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
    else if (suggest_listed("generator discriminator encoder decoder", l->layer))
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
        int from[FROM_MAX], count = sources_of(w, l, in, from);
        w->next++;
        if (!l->inner) {
            in = draw_structure(w, l, count > 0 ? from[0] : NONE);
        } else if (in >= 0 && folds(l, before)) {
            fold(w, in, l);
        } else {
            w->trained = l->trained;
            detail_of(w, l, words, sizeof words);
            in = box(w, l->layer, words);
            for (int i = 0; i < count; i++)
                arrow(w, from[i], in);
        }
        note_name(w, l->name, in);
        before = l;
    }
    return in;
}

/* ---------------------------------------------------------------- the whole */

ad_status model_draw(const ad_model_layers *about, const ad_run_data *data, model_drawing *d)
{
    drawer w = {.about = about, .data = data, .d = d};
    /* a box a row, each structure's end, and inputs */
    size_t most = 2 * (size_t)about->layers + AD_RUN_INPUTS_MAX + 4, arrows = 3 * most;
    for (int i = 0; i < about->layers; i++)
        arrows += about->layer[i].from || about->layer[i].beside ? FROM_MAX : 0;
    *d = (model_drawing){.box = calloc(most, sizeof *d->box),
                         .arrow = calloc(arrows, sizeof *d->arrow)};
    if (d->box && d->arrow)
        draw_list(&w, 0, FIRST_INPUT);
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
