/* Figures of labs: what the experiment notes, and the same for the figure module in a language. */
#include "frame.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- noting */

static void note(lab *l, lab_part part, int number)
{
    if (l->notes == LAB_MOST)
        lab_stop(l, "the lab notes too much");
    l->note[l->notes++] = (lab_note){part, number};
}

void lab_say(lab *l, lab_text sentence)
{
    note(l, LAB_SENTENCE, l->sentences);
    l->sentence[l->sentences++] = sentence;
}

void lab_judge(lab *l, lab_verdict verdict, lab_text because)
{
    l->verdict = verdict;
    l->because = because;
}

static int width_of(const lab_text *cells)
{
    int width = 0;
    while (cells[width].en)
        width++;
    return width;
}

/* An array that takes one more element; the old one stays with the lab. */
static void *grow(lab *l, void *old, int count, size_t size)
{
    if (count % 8 != 0)
        return old;
    void *more = lab_memory(l, (size_t)count + 8, size);
    if (count > 0)
        memcpy(more, old, (size_t)count * size);
    return more;
}

void lab_cells(lab *l, const lab_text *cells)
{
    int width = width_of(cells);
    bool goes_on = l->notes > 0 && l->note[l->notes - 1].part == LAB_TABLE &&
                   l->table[l->tables - 1].width == width;
    if (!goes_on) {
        note(l, LAB_TABLE, l->tables);
        l->table[l->tables++] = (lab_table){.width = width};
    }
    lab_table *t = &l->table[l->tables - 1];
    lab_text *cell = lab_memory(l, (size_t)((t->rows + 1) * width), sizeof *cell);
    if (t->rows > 0)
        memcpy(cell, t->cell, (size_t)(t->rows * width) * sizeof *cell);
    memcpy(cell + t->rows * width, cells, (size_t)width * sizeof *cell);
    t->cell = cell;
    t->rows++;
}

void lab_numbered(lab *l, const lab_text *head, int columns, const lab_text *name, int rows,
                  const double *number)
{
    lab_text *cell = lab_memory(l, (size_t)columns + 1, sizeof *cell);
    for (int r = -1; r < rows; r++) {
        cell[0] = r < 0 ? head[0] : name[r];
        for (int c = 1; c < columns; c++)
            cell[c] = r < 0 ? head[c] : T("{0}", "{0}", number[r * (columns - 1) + c - 1]);
        lab_cells(l, cell);
    }
}

/* Behind the folders of a file that an error begins with. */
static const char *without_folders(const char *words)
{
    const char *place = strstr(words, ".c:");
    while (place && place > words && place[-1] != '/')
        place--;
    return place ? place : words;
}

lab_text lab_quote(lab *l, const char *words)
{
    words = without_folders(words);
    size_t size = strlen(words) + 1;
    char *kept = lab_memory(l, size, 1);
    memcpy(kept, words, size);
    return T(kept, kept);
}

static lab_figure *new_figure(lab *l, ad_figure_kind kind, lab_text title)
{
    note(l, LAB_FIGURE, l->figures);
    lab_figure *f = lab_memory(l, 1, sizeof *f);
    f->l = l;
    f->f.kind = kind;
    f->title = title;
    return l->figure[l->figures++] = f;
}

lab_figure *lab_plot(lab *l, lab_text title)
{
    return new_figure(l, AD_FIGURE_PLOT, title);
}

lab_figure *lab_bars(lab *l, lab_text title)
{
    return new_figure(l, AD_FIGURE_BARS, title);
}

lab_figure *lab_histogram(lab *l, lab_text title)
{
    return new_figure(l, AD_FIGURE_HISTOGRAM, title);
}

lab_figure *lab_boxes(lab *l, lab_text title)
{
    return new_figure(l, AD_FIGURE_BOXES, title);
}

lab_figure *lab_pictures(lab *l, lab_text title)
{
    return new_figure(l, AD_FIGURE_IMAGES, title);
}

static double *copy(lab *l, const double *x, int64_t count)
{
    if (!x)
        return NULL;
    double *kept = lab_numbers(l, count);
    memcpy(kept, x, (size_t)count * sizeof *x);
    return kept;
}

lab_figure *lab_heat(lab *l, lab_text title, const double *value, int rows, int columns)
{
    lab_figure *f = new_figure(l, AD_FIGURE_HEAT, title);
    f->f.value = copy(l, value, (int64_t)rows * columns);
    f->f.rows = rows;
    f->f.columns = columns;
    return f;
}

void lab_x(lab_figure *f, lab_text title, const char *unit, bool log)
{
    f->x = title;
    f->f.x.unit = unit;
    f->f.x.log = log;
}

void lab_y(lab_figure *f, lab_text title, const char *unit, bool log)
{
    f->y = title;
    f->f.y.unit = unit;
    f->f.y.log = log;
}

void lab_axes(lab_figure *f, lab_text x, lab_text y)
{
    lab_x(f, x, NULL, false);
    lab_y(f, y, NULL, false);
}

void lab_y_limits(lab_figure *f, double low, double high)
{
    f->f.y.low = low, f->f.y.high = high;
}

void lab_row(lab_figure *f, lab_text name)
{
    f->row = grow(f->l, f->row, f->rows, sizeof *f->row);
    f->row[f->rows++] = name;
}

void lab_column(lab_figure *f, lab_text name)
{
    f->column = grow(f->l, f->column, f->columns, sizeof *f->column);
    f->column[f->columns++] = name;
}

void lab_rows(lab_figure *f, const lab_text *name, int count)
{
    for (int i = 0; i < count; i++)
        lab_row(f, name[i]);
}

lab_figure *lab_named_bars(lab *l, lab_text title, const lab_text *name, int count, lab_text axis)
{
    lab_figure *f = lab_bars(l, title);
    lab_rows(f, name, count);
    lab_x(f, axis, NULL, false);
    return f;
}

static ad_series *add_series(lab_figure *f, lab_text name, ad_figure_mark mark, int64_t count)
{
    if (f->series_count == AD_FIGURE_SERIES_MAX)
        lab_stop(f->l, "the lab draws too many series in one figure");
    f->series[f->series_count] = name;
    ad_series *s = &f->f.series[f->series_count++];
    s->mark = mark;
    s->count = count;
    return s;
}

static void swap(const double *list, int64_t i)
{
    double *own = (double *)list; /* a copy that the lab owns */
    if (!own)
        return;
    double kept = own[i];
    own[i] = own[i - 1], own[i - 1] = kept;
}

/* The points of what is a function of x in the order of x: else its line goes back and forth. */
static void sort_points(ad_series *s)
{
    for (int64_t i = 1; s->x && i < s->count; i++)
        for (int64_t k = i; k > 0 && s->x[k] < s->x[k - 1]; k--)
            swap(s->x, k), swap(s->y, k), swap(s->low, k), swap(s->high, k);
}

void lab_path(lab_figure *f, lab_text name, const double *x, const double *y, int64_t count)
{
    ad_series *s = add_series(f, name, AD_MARK_LINE, count);
    s->x = copy(f->l, x, count), s->y = copy(f->l, y, count);
}

void lab_line(lab_figure *f, lab_text name, const double *x, const double *y, int64_t count)
{
    lab_path(f, name, x, y, count);
    sort_points(&f->f.series[f->series_count - 1]);
}

void lab_points(lab_figure *f, lab_text name, const double *x, const double *y, int64_t count)
{
    ad_series *s = add_series(f, name, AD_MARK_POINTS, count);
    s->x = copy(f->l, x, count), s->y = copy(f->l, y, count);
}

void lab_series(lab_figure *f, lab_text name, const lab_band *b)
{
    ad_series *s = add_series(f, name, AD_MARK_LINE, b->count);
    s->x = copy(f->l, b->x, b->count), s->y = copy(f->l, b->mean, b->count);
    s->low = copy(f->l, b->low, b->count), s->high = copy(f->l, b->high, b->count);
    sort_points(s);
}

void lab_bar(lab_figure *f, lab_text name, const double *y, const double *low, const double *high,
             int64_t count)
{
    ad_series *s = add_series(f, name, AD_MARK_LINE, count);
    s->y = copy(f->l, y, count);
    s->low = copy(f->l, low, count), s->high = copy(f->l, high, count);
}

void lab_bins(lab_figure *f, lab_text name, const double *value, int64_t count, int bins)
{
    double edge[AD_BINS_MAX + 1], in[AD_BINS_MAX];
    int made = ad_histogram(value, count, bins, edge, in);
    ad_series *s = add_series(f, name, AD_MARK_STEPS, made);
    s->x = copy(f->l, edge, made + 1), s->y = copy(f->l, in, made);
}

void lab_rule(lab_figure *f, lab_text label, double at, bool upright)
{
    if (f->rule_count == AD_FIGURE_RULES_MAX)
        lab_stop(f->l, "the lab draws too many rules in one figure");
    f->rule[f->rule_count] = label;
    f->f.rule[f->rule_count++] = (ad_rule){.at = at, .upright = upright};
}

int lab_box(lab_figure *f, lab_text title, lab_text detail, int group)
{
    int n = f->f.boxes;
    f->box = grow(f->l, f->box, n, sizeof *f->box);
    f->detail = grow(f->l, f->detail, n, sizeof *f->detail);
    f->boxes = grow(f->l, f->boxes, n, sizeof *f->boxes);
    f->box[n] = title;
    f->detail[n] = detail;
    f->boxes[n] = (ad_box){.group = group};
    return f->f.boxes++;
}

void lab_arrow(lab_figure *f, int from, int to, lab_text label)
{
    int n = f->f.arrows;
    f->label = grow(f->l, f->label, n, sizeof *f->label);
    f->arrows = grow(f->l, f->arrows, n, sizeof *f->arrows);
    f->label[n] = label;
    f->arrows[n] = (ad_arrow){.from = from, .to = to};
    f->f.arrows++;
}

void lab_picture(lab_figure *f, lab_text below, const double *value, int height, int width,
                 int channels)
{
    int n = f->f.pictures;
    int64_t count = (int64_t)height * width * channels;
    uint8_t *pixel = lab_memory(f->l, (size_t)count, 1);
    for (int64_t i = 0; i < count; i++)
        pixel[i] = (uint8_t)(255 * fmin(1, fmax(0, value[i])) + 0.5);
    f->below = grow(f->l, f->below, n, sizeof *f->below);
    f->pictures = grow(f->l, f->pictures, n, sizeof *f->pictures);
    f->below[n] = below;
    f->pictures[n].image =
        (ad_image){.pixels = pixel, .height = height, .width = width, .channels = channels};
    f->f.pictures++;
}

/* ---------------------------------------------------------------- drawing */

/* The words of a text, kept in d; NULL for an empty text. */
static const char *keep(lab_drawn *d, int at, const lab_text *text, lab_language language, bool *ok)
{
    if (!text->en || !*text->en)
        return NULL;
    d->word[at] = lab_words(text, language);
    *ok = *ok && d->word[at];
    return d->word[at];
}

/* Words of a list of texts, ended by a NULL. */
static char **keep_list(lab_drawn *d, int at, const lab_text *text, int count,
                        lab_language language, bool *ok)
{
    if (count == 0)
        return NULL;
    d->list[at] = calloc((size_t)count + 1, sizeof(char *));
    for (int i = 0; d->list[at] && i < count; i++) {
        d->list[at][i] = lab_words(&text[i], language);
        *ok = *ok && d->list[at][i];
    }
    *ok = *ok && d->list[at];
    return d->list[at];
}

static void draw_plot(const lab_figure *f, lab_language language, lab_drawn *d, bool *ok)
{
    int at = 4;
    for (int i = 0; i < f->series_count; i++)
        d->f.series[i].name = keep(d, at++, &f->series[i], language, ok);
    for (int i = 0; i < f->rule_count; i++)
        d->f.rule[i].label = keep(d, at++, &f->rule[i], language, ok);
    d->f.y.name = (const char *const *)keep_list(d, 0, f->row, f->rows, language, ok);
    d->f.x.name = (const char *const *)keep_list(d, 1, f->column, f->columns, language, ok);
}

/* Boxes, arrows and pictures take their words where they lie: the figure is of one language at a
 * time. */
static void draw_things(const lab_figure *f, lab_language language, lab_drawn *d, bool *ok)
{
    char **title = keep_list(d, 2, f->box, f->f.boxes, language, ok);
    char **detail = keep_list(d, 3, f->detail, f->f.boxes, language, ok);
    for (int i = 0; *ok && i < f->f.boxes; i++)
        f->boxes[i].title = title[i], f->boxes[i].detail = *detail[i] ? detail[i] : NULL;
    const lab_text *last = f->f.pictures ? f->below : f->label;
    int count = f->f.pictures ? f->f.pictures : f->f.arrows;
    char **word = keep_list(d, 4, last, count, language, ok);
    for (int i = 0; *ok && i < f->f.pictures; i++)
        f->pictures[i].below = *word[i] ? word[i] : NULL;
    for (int i = 0; *ok && i < f->f.arrows; i++)
        f->arrows[i].label = *word[i] ? word[i] : NULL;
    d->f.box = f->boxes;
    d->f.arrow = f->arrows;
    d->f.picture = f->pictures;
}

bool lab_figure_in(const lab_figure *f, lab_language language, lab_drawn *d)
{
    bool ok = true;
    *d = (lab_drawn){.f = f->f};
    d->f.title = keep(d, 0, &f->title, language, &ok);
    d->f.x.title = keep(d, 1, &f->x, language, &ok);
    d->f.y.title = keep(d, 2, &f->y, language, &ok);
    draw_plot(f, language, d, &ok);
    draw_things(f, language, d, &ok);
    return ok;
}

void lab_drawn_done(lab_drawn *d)
{
    for (size_t i = 0; i < sizeof d->word / sizeof *d->word; i++)
        free(d->word[i]);
    for (size_t i = 0; i < sizeof d->list / sizeof *d->list; i++) {
        for (int k = 0; d->list[i] && d->list[i][k]; k++)
            free(d->list[i][k]);
        free(d->list[i]);
    }
}
