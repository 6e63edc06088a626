/* Forecasts: some windows of the test part beside what came, and how errors grow with the steps
 * ahead. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

enum { TARGETS_DRAWN = 3, WINDOWS = 3 };

/* What is drawn of one target, (horizon) each. */
typedef struct steps {
    int64_t horizon, targets;
    double *ahead, *truth, *said, *low, *high; /* low, high: about what was said */
    double *mean, *from, *to;                  /* of the errors: their mean size, where 95 % lie */
    double *error;                             /* (count), of one step */
} steps;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Type 7 of Hyndman and Fan (1996), of values in order. */
static double quantile(const double *value, int64_t count, double q)
{
    double at = q * (double)(count - 1);
    int64_t below = (int64_t)at;
    double next = below + 1 < count ? value[below + 1] : value[below];
    return value[below] + (at - (double)below) * (next - value[below]);
}

static void measure_errors(const page *p, int64_t target, steps *s)
{
    const page_answers *a = &p->a;
    for (int64_t h = 0; h < s->horizon; h++) {
        double sum = 0;
        for (int64_t i = 0; i < a->count; i++) {
            int64_t at = i * a->width + h * s->targets + target;
            s->error[i] = (double)a->target[at] - a->value[at];
            sum += fabs(s->error[i]);
        }
        qsort(s->error, (size_t)a->count, sizeof *s->error, by_size);
        s->ahead[h] = (double)(h + 1);
        s->mean[h] = sum / (double)a->count;
        s->from[h] = quantile(s->error, a->count, 0.025);
        s->to[h] = quantile(s->error, a->count, 0.975);
    }
}

static void draw_window(page *p, int64_t target, int64_t window, const char *name, steps *s)
{
    char title[160];
    const page_answers *a = &p->a;
    for (int64_t h = 0; h < s->horizon; h++) {
        int64_t at = window * a->width + h * s->targets + target;
        s->truth[h] = a->target[at];
        s->said[h] = a->value[at];
        s->low[h] = s->said[h] + s->from[h];
        s->high[h] = s->said[h] + s->to[h];
    }
    snprintf(title, sizeof title, "%.80s, test window %lld", name, (long long)window + 1);
    ad_figure f = {
        .title = title,
        .x = {.title = "steps ahead"},
        .series = {{.name = "forecast",
                    .x = s->ahead,
                    .y = s->said,
                    .low = s->low,
                    .high = s->high,
                    .count = s->horizon},
                   {.name = "what came", .x = s->ahead, .y = s->truth, .count = s->horizon}}};
    page_figure(p, &f);
}

static void draw_errors(page *p, const char *name, const steps *s)
{
    char title[160];
    snprintf(title, sizeof title, "Error of %.80s", name);
    ad_figure f = {.title = title,
                   .x = {.title = "steps ahead"},
                   .y = {.title = "mean absolute error"},
                   .series = {{.x = s->ahead, .y = s->mean, .count = s->horizon}}};
    if (s->horizon > 1)
        page_figure(p, &f);
}

static bool make_room(const page *p, steps *s, double **memory)
{
    double **part[] = {&s->ahead, &s->truth, &s->said, &s->low,
                       &s->high,  &s->mean,  &s->from, &s->to};
    size_t parts = sizeof part / sizeof *part, horizon = (size_t)s->horizon;
    *memory = malloc((parts * horizon + (size_t)p->a.count) * sizeof **memory);
    for (size_t i = 0; *memory && i < parts; i++)
        *part[i] = *memory + i * horizon;
    s->error = *memory ? *memory + parts * horizon : NULL;
    return *memory;
}

void page_forecasts(page *p)
{
    const ad_forecast *f = p->data->forecast;
    double *memory;
    if (!f || p->a.classes || p->a.count == 0 || f->horizon < 1 || p->a.width % f->horizon != 0)
        return;
    steps s = {.horizon = f->horizon, .targets = p->a.width / f->horizon};
    if (!make_room(p, &s, &memory)) {
        p->status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
        return;
    }
    page_section(p, "forecasts", "Forecasts");
    text_add(&p->t,
             "<p class=\"soft\">The band holds 95 % of the errors of all test windows at that "
             "step.</p>\n<div class=\"grid\">\n");
    for (int64_t k = 0; k < s.targets && k < TARGETS_DRAWN; k++) {
        const char *name = k < f->target.count ? f->target.text[k] : p->data->target.name;
        measure_errors(p, k, &s);
        for (int64_t w = 0; w < WINDOWS && w < p->a.count; w++)
            draw_window(p, k, (2 * w + 1) * p->a.count / (2 * WINDOWS), name, &s);
        draw_errors(p, name, &s);
    }
    text_add(&p->t, "</div>\n");
    free(memory);
}
