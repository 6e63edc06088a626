/* How a training went: losses, measures, the rate and the size of weights over its steps. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

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
    f.y.log = strcmp(title, "Loss") == 0 && wants_log(first, both ? held : first, p->h.rows);
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

static void draw_losses(page *p, const double *step)
{
    double *train = column(&p->h, "train_loss"), *held = column(&p->h, "validation_loss");
    if (train && held)
        draw(p, "Loss", step, train, has(&p->h, "validation_loss") ? held : NULL);
    free(train);
    free(held);
}

static void draw_measures(page *p, const double *step)
{
    for (int i = 0; i < p->h.columns; i++) {
        const char *name = p->h.name[i];
        char title[80];
        if (!begins(name, "validation_") || strcmp(name, "validation_loss") == 0 ||
            (strcmp(name, "validation_log_loss") == 0 && has(&p->h, "validation_loss")))
            continue;
        double *held = column(&p->h, name);
        snprintf(title, sizeof title, "Validation %s", name + strlen("validation_"));
        for (char *c = title; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        if (held)
            draw(p, title, step, NULL, held);
        free(held);
    }
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
    text_add(&p->t, "<div class=\"grid\">\n");
    if (p->data->task->players)
        draw_players(p, step);
    else
        draw_losses(p, step);
    draw_measures(p, step);
    draw_rate(p, step);
    page_norms(p);
    text_add(&p->t, "</div>\n");
    free(step);
}
