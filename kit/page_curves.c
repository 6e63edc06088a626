/* How a training went: losses, measures, the rate and the size of weights over its steps. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

enum { WITHIN = 80, WIDE_MEASURE = 24 };

/* A column of the history, by malloc; all NaN where there is none. */
static double *column(const history *h, const char *name)
{
    double *values = malloc(((size_t)h->rows + 1) * sizeof *values);
    for (int64_t i = 0; values && i < h->rows; i++)
        values[i] = history_value(h, i, name);
    return values;
}

static bool has(const history *h, const char *name)
{
    for (int i = 0; i < h->columns; i++)
        if (strcmp(h->name[i], name) == 0)
            return true;
    return false;
}

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* The best weights are where the validation loss was lowest. */
static ad_rule best_rule(const page *p)
{
    for (int64_t i = 0; i < p->h.rows && p->s.best_epoch > 0; i++)
        if ((int64_t)p->h.row[i].value[HISTORY_EPOCH] == p->s.best_epoch &&
            p->s.best_epoch < p->s.epoch)
            return (ad_rule){"best", p->h.row[i].value[HISTORY_STEP], true};
    return (ad_rule){0};
}

static const char *loss_title(const page *p)
{
    return p->data->task->over_time && p->data->task->of_text ? "Loss, nats a token" : "Loss";
}

/* Losses over more than three powers of ten are told apart by a log scale alone. */
static bool wants_log(const double *a, const double *b, int64_t count)
{
    double low = INFINITY, high = 0;
    for (int64_t i = 0; i < count; i++)
        for (int k = 0; k < 2; k++) {
            double v = k ? b[i] : a[i];
            if (isnan(v))
                continue;
            low = fmin(low, v), high = fmax(high, v);
        }
    return low > 0 && high / low > 300;
}

/* Of one epoch there is no curve; the losses within it are one. */
static bool is_curve(const page *p)
{
    return p->h.rows > 1;
}

/* Shares near the whole are drawn up to it, and no further. */
static void limit_share(ad_figure *f, const double *value, int64_t count)
{
    double low = 100, high = 0;
    for (int64_t i = 0; i < count; i++) {
        low = value[i] < low ? value[i] : low;
        high = value[i] > high ? value[i] : high;
    }
    if (high > 80 && high <= 100) {
        f->y.low = 10 * floor(fmin(low, 90) / 10);
        f->y.high = 100;
    }
}

static void draw(page *p, const char *title, const double *step, const double *train,
                 const double *held)
{
    bool both = train && held;
    ad_figure f = {.title = title, .x = {.title = "step"}, .rule = {best_rule(p)}};
    const double *first = train ? train : held;
    f.series[0] =
        (ad_series){.name = both ? "training" : NULL, .x = step, .y = first, .count = p->h.rows};
    if (both)
        f.series[1] = (ad_series){.name = "validation", .x = step, .y = held, .count = p->h.rows};
    f.y.log = begins(title, "Loss") && wants_log(first, both ? held : first, p->h.rows);
    if (!train && strstr(title, ", %"))
        limit_share(&f, held, p->h.rows);
    page_figure(p, &f);
}

/* Players have a loss each. */
static void draw_players(page *p, const double *step)
{
    ad_figure f = {.title = "Losses of the players", .x = {.title = "step"}};
    double *values[AD_PLAYERS_MAX] = {NULL};
    int count = 0;
    for (int i = 0; i < p->h.columns && count < AD_PLAYERS_MAX; i++) {
        if (!begins(p->h.name[i], "train_loss_"))
            continue;
        values[count] = column(&p->h, p->h.name[i]);
        f.series[count] = (ad_series){.name = p->h.name[i] + strlen("train_loss_"),
                                      .x = step,
                                      .y = values[count],
                                      .count = p->h.rows};
        count++;
    }
    if (count)
        page_figure(p, &f);
    for (int i = 0; i < count; i++)
        free(values[i]);
}

/* Within epochs, from losses.csv, where few epochs say little. */
typedef struct within {
    double step[WITHIN], loss[WITHIN];
    int64_t count;
} within;

/* Means over as many blocks as are drawn. */
static void read_within(const page *p, within *w)
{
    enum { MOST = 1024 };
    run_loss *row = malloc(MOST * sizeof *row);
    int64_t rows =
                row ? run_losses_read(p->folder, p->s.step > 0 ? p->s.step : INT64_MAX, row, MOST)
                    : 0,
            blocks = rows < WITHIN ? rows : WITHIN;
    for (int64_t b = 0; b < blocks; b++) {
        double sum = 0;
        int64_t from = b * rows / blocks, to = (b + 1) * rows / blocks;
        for (int64_t i = from; i < to; i++)
            sum += row[i].loss;
        w->step[b] = (double)row[to - 1].step;
        w->loss[b] = sum / (double)(to - from);
    }
    w->count = blocks;
    free(row);
}

static void draw_within(page *p, const double *step, const double *held, const within *w)
{
    ad_figure f = {
        .title = loss_title(p),
        .x = {.title = "step"},
        .rule = {best_rule(p)},
        .series = {
            {.name = held ? "training" : NULL, .x = w->step, .y = w->loss, .count = w->count},
            {.name = "validation", .x = step, .y = held, .count = p->h.rows}}};
    f.y.log = wants_log(w->loss, w->loss, w->count);
    page_figure(p, &f);
}

static void draw_losses(page *p, const double *step)
{
    double *train = column(&p->h, "train_loss"), *held = column(&p->h, "validation_loss");
    bool validated = has(&p->h, "validation_loss");
    within *w = calloc(1, sizeof *w);
    if (w && p->h.rows < WITHIN / 2)
        read_within(p, w);
    if (train && held && w && w->count > 1 && w->count > p->h.rows)
        draw_within(p, step, validated ? held : NULL, w);
    else if (train && held && is_curve(p))
        draw(p, loss_title(p), step, train, validated ? held : NULL);
    free(w);
    free(train);
    free(held);
}

static void draw_measures(page *p, const double *step)
{
    for (int i = 0; i < p->h.columns; i++) {
        const char *name = p->h.name[i];
        char title[120], words[80];
        if (!begins(name, "validation_") || strcmp(name, "validation_loss") == 0 ||
            (strcmp(name, "validation_log_loss") == 0 && has(&p->h, "validation_loss")))
            continue;
        double *held = column(&p->h, name);
        bool share = page_is_share(name + strlen("validation_"));
        for (int64_t k = 0; held && share && k < p->h.rows; k++)
            held[k] *= 100;
        const char *measure = page_measure(p, name + strlen("validation_"), words);
        bool wide = strlen(measure) > WIDE_MEASURE; /* only validation has curves of these */
        snprintf(title, sizeof title, "%s%s%s", wide ? "" : "Validation: ", measure,
                 share ? ", %" : "");
        title[0] = (char)toupper((unsigned char)title[0]);
        if (held)
            draw(p, title, step, NULL, held);
        free(held);
    }
}

/* What the one epoch came to, in words. */
static void add_only(page *p)
{
    char value[64], words[80];
    text_add(&p->t, "<p>After the only epoch: ");
    for (int i = HISTORY_LOSS, told = 0; i < p->h.columns; i++) {
        const char *name = p->h.name[i];
        bool held = begins(name, "validation_");
        if (strcmp(name, "seconds") == 0 || (!held && strcmp(name, "train_loss") != 0) ||
            (strcmp(name, "validation_log_loss") == 0 && has(&p->h, "validation_loss")))
            continue;
        const char *measure = held ? name + strlen("validation_") : "loss";
        page_value(value, sizeof value, measure, p->h.row[0].value[i]);
        markup_add_format(&p->t, "%s%s %s %s", told++ ? ", " : "", held ? "validation" : "training",
                          page_measure(p, measure, words), value);
    }
    text_add(&p->t, ".</p>\n");
}

static void draw_rate(page *p, const double *step)
{
    double *rate = column(&p->h, "rate");
    bool constant = true;
    for (int64_t i = 1; rate && i < p->h.rows; i++)
        constant = constant && !(fabs(rate[i] - rate[0]) > 1e-12 * fabs(rate[0]));
    if (rate && !constant)
        draw(p, "Learning rate", step, rate, NULL);
    free(rate);
}

void page_curves(page *p)
{
    double *step = column(&p->h, "step");
    if (p->h.rows == 0 || !step) {
        free(step);
        return;
    }
    page_section(p, "curves", "How it went");
    if (!is_curve(p))
        add_only(p);
    text_add(&p->t, "<div class=\"grid\">\n");
    if (!p->data->task->players)
        draw_losses(p, step);
    else if (is_curve(p))
        draw_players(p, step);
    if (is_curve(p)) {
        draw_measures(p, step);
        draw_rate(p, step);
    }
    page_norms(p);
    text_add(&p->t, "</div>\n");
    free(step);
}
