/* Forecasts: some windows of the test part beside what came, and how errors grow with the steps
 * ahead. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

enum { TARGETS_DRAWN = 3, WINDOWS = 3, BEFORE_MOST = 96 };

/* What is drawn of one target: (before + horizon) from `x` to `truth`, (horizon) of the others. */
typedef struct steps {
    int64_t horizon, targets, before;
    double *x, *truth;
    double *said, *low, *high;  /* low, high: about what was said */
    double *mean, *from, *to;   /* of the errors: their mean size, where 95 % lie */
    double *error;              /* (count), of one step */
    const page_quantiles *many; /* all quantiles; count 0: there are none */
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
        s->mean[h] = sum / (double)a->count;
        s->from[h] = quantile(s->error, a->count, 0.025);
        s->to[h] = quantile(s->error, a->count, 0.975);
    }
}

/* The value `back` steps before the first that a window forecasts, which windows before it had to
 * forecast; NaN where none has. */
static double value_before(const page *p, const steps *s, int64_t target, int64_t window,
                           int64_t back)
{
    int64_t apart = p->data->forecast->step, row = window * apart - back;
    int64_t other = row >= 0 ? row / apart : -1, step = row - other * apart;
    if (p->data->without_target > 0 || other < 0 || step >= s->horizon)
        return NAN; /* windows that were left out are not in line */
    return p->a.target[other * p->a.width + step * s->targets + target];
}

/* The band: the outer quantiles, or what was said and the errors of all windows. */
static void set_band(const steps *s, int64_t window, int64_t target, int64_t h)
{
    const page_quantiles *q = s->many;
    if (q->count > 1) {
        const float *of = q->value + ((window * s->horizon + h) * s->targets + target) * q->count;
        s->low[h] = of[0];
        s->high[h] = of[q->count - 1];
    } else {
        s->low[h] = s->said[h] + s->from[h];
        s->high[h] = s->said[h] + s->to[h];
    }
}

static void draw_window(page *p, int64_t target, int64_t window, const char *name, steps *s)
{
    char title[160];
    const page_answers *a = &p->a;
    for (int64_t i = 0; i < s->before; i++)
        s->truth[i] = value_before(p, s, target, window, s->before - i);
    for (int64_t h = 0; h < s->horizon; h++) {
        int64_t at = window * a->width + h * s->targets + target;
        s->truth[s->before + h] = a->target[at];
        s->said[h] = a->value[at];
        set_band(s, window, target, h);
    }
    snprintf(title, sizeof title, "%.80s, test window %lld", name, (long long)window + 1);
    ad_figure f = {
        .title = title,
        .x = {.title = "steps from the last that was known"},
        .rule = {{s->before ? "forecast" : NULL, 0.5, true}},
        .series = {
            {.name = "forecast",
             .x = s->x + s->before,
             .y = s->said,
             .low = s->low,
             .high = s->high,
             .count = s->horizon},
            {.name = "what came", .x = s->x, .y = s->truth, .count = s->before + s->horizon}}};
    page_figure(p, &f);
}

static void draw_errors(page *p, const char *name, const steps *s)
{
    char title[160];
    snprintf(title, sizeof title, "Error of %.80s", name);
    ad_figure f = {.title = title,
                   .x = {.title = "steps ahead"},
                   .y = {.title = "mean absolute error"},
                   .series = {{.x = s->x + s->before, .y = s->mean, .count = s->horizon}}};
    if (s->horizon > 1)
        page_figure(p, &f);
}

static bool make_room(const page *p, steps *s, double **memory)
{
    double **part[] = {&s->x, &s->truth, &s->said, &s->low, &s->high, &s->mean, &s->from, &s->to};
    size_t parts = sizeof part / sizeof *part, length = (size_t)(s->before + s->horizon);
    *memory = malloc((parts * length + (size_t)p->a.count) * sizeof **memory);
    for (size_t i = 0; *memory && i < parts; i++)
        *part[i] = *memory + i * length;
    for (size_t i = 0; *memory && i < length; i++)
        s->x[i] = (double)((int64_t)i - s->before + 1);
    s->error = *memory ? *memory + parts * length : NULL;
    return *memory;
}

/* Windows from the begin, the middle and the end of the test part. */
static void draw_target(page *p, int64_t k, const char *name, steps *s)
{
    measure_errors(p, k, s);
    for (int64_t w = 0; w < WINDOWS && w < p->a.count; w++)
        draw_window(p, k, (2 * w + 1) * p->a.count / (2 * WINDOWS), name, s);
    draw_errors(p, name, s);
}

static void add_words(page *p, const steps *s)
{
    const page_quantiles *q = s->many;
    if (q->count > 1)
        text_add_format(&p->t,
                        "<p class=\"soft\">The band lies between the quantiles %g and %g that were "
                        "forecast.",
                        q->at[0], q->at[q->count - 1]);
    else
        text_add(&p->t, "<p class=\"soft\">The band holds 95 % of the errors of all test windows "
                        "at that step.");
    if (s->targets > TARGETS_DRAWN)
        text_add_format(&p->t, " Drawn are %d of %lld targets.", TARGETS_DRAWN,
                        (long long)s->targets);
    text_add(&p->t, "</p>\n");
}

static void add_all(page *p, steps *s)
{
    const ad_forecast *f = p->data->forecast;
    page_section(p, "forecasts", "Forecasts");
    add_words(p, s);
    if (s->many->count > 0)
        page_coverage(p, s->many);
    text_add(&p->t, "<div class=\"grid below\">\n");
    for (int64_t k = 0; k < s->targets && k < TARGETS_DRAWN; k++)
        draw_target(p, k, k < f->target.count ? f->target.text[k] : p->data->target.name, s);
    text_add(&p->t, "</div>\n");
}

void page_forecasts(page *p)
{
    const ad_forecast *f = p->data->forecast;
    double *memory;
    if (!f || p->a.classes || p->a.count == 0 || f->horizon < 1 || p->a.width % f->horizon != 0)
        return;
    page_quantiles many = page_quantiles_of(p);
    int64_t before = 2 * f->horizon < f->window ? 2 * f->horizon : f->window;
    steps s = {.horizon = f->horizon,
               .targets = p->a.width / f->horizon,
               .before = before < BEFORE_MOST ? before : BEFORE_MOST,
               .many = &many};
    if (make_room(p, &s, &memory))
        add_all(p, &s);
    else
        p->status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
    free(memory);
    free(many.value);
}
