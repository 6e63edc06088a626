/* Scales of axes: their ends, and ticks at round numbers. */
#include "figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double figure_step(double range, int wanted)
{
    double rough = range / (wanted > 0 ? wanted : 1), ten = pow(10, floor(log10(rough))),
           times = rough / ten;
    return ten * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

/* ---------------------------------------------------------------- numbers for people */

/* "1.50" to "1.5", "2.0" to "2" */
static void drop_zeros(char *words)
{
    char *point = strchr(words, '.'), *end = words + strlen(words);
    if (!point || strchr(words, 'e'))
        return;
    while (end[-1] == '0')
        *--end = 0;
    if (end[-1] == '.')
        *--end = 0;
}

static void whole(char *label, double value)
{
    char digits[FIGURE_LABEL];
    int size = snprintf(digits, sizeof digits, "%.0f", fabs(value)), to = 0;
    if (value < 0)
        label[to++] = '-';
    for (int i = 0; i < size && to < FIGURE_LABEL - 2; i++) {
        label[to++] = digits[i];
        if ((size - i) % 3 == 1 && i + 1 < size)
            label[to++] = ',';
    }
    label[to] = 0;
}

/* "2e-05" to "2e-5" */
static void power(char *label, double value)
{
    char words[FIGURE_LABEL];
    snprintf(words, sizeof words, "%.3g", value);
    char *e = strchr(words, 'e');
    if (e)
        snprintf(label, FIGURE_LABEL, "%.*se%d", (int)(e - words), words, atoi(e + 1));
    else
        snprintf(label, FIGURE_LABEL, "%s", words);
}

void figure_number(char label[FIGURE_LABEL], double value)
{
    double size = fabs(value);
    if (!isfinite(value))
        snprintf(label, FIGURE_LABEL, "%s", isnan(value) ? "-" : value > 0 ? "inf" : "-inf");
    else if (size >= 1e9 || (size < 1e-3 && size > 0))
        power(label, value);
    else if (size >= 1e6) {
        snprintf(label, FIGURE_LABEL, "%.2f", value / 1e6);
        drop_zeros(label);
        snprintf(label + strlen(label), 2, "M");
    } else if (size >= 1000)
        whole(label, value);
    else {
        snprintf(label, FIGURE_LABEL, size >= 100 ? "%.1f" : size >= 1 ? "%.3f" : "%.4f", value);
        drop_zeros(label);
    }
}

/* ---------------------------------------------------------------- ticks */

static void add_tick(figure_scale *s, double value)
{
    if (s->ticks == FIGURE_TICKS_MAX)
        return;
    s->tick[s->ticks] = value;
    figure_number(s->label[s->ticks], value);
    if (strcmp(s->label[s->ticks], "-0") == 0)
        memcpy(s->label[s->ticks], "0", 2);
    s->ticks++;
}

static void even_ticks(figure_scale *s, bool round, int wanted)
{
    double step = figure_step(s->high - s->low, wanted), near = 1e-9 * step;
    double first = round ? floor((s->low + near) / step) : ceil((s->low - near) / step),
           last = round ? ceil((s->high - near) / step) : floor((s->high + near) / step);
    if (round)
        s->low = first * step, s->high = last * step;
    for (double i = first; i <= last; i++)
        add_tick(s, i * step);
}

/* Powers of ten, every second, third... where they are many; with 2 and 5 between where few. */
static void log_ticks(figure_scale *s, bool round, int wanted)
{
    static const double times[] = {1, 2, 5};
    double low = floor(log10(s->low) + 1e-9), high = ceil(log10(s->high) - 1e-9);
    int parts = high - low <= 2 ? 3 : 1;
    double every = fmax(1, ceil((high - low) / (wanted > 0 ? wanted : 1)));
    if (round && parts == 1)
        s->low = pow(10, low), s->high = pow(10, high);
    for (double ten = low; ten <= high; ten += every)
        for (int k = 0; k < parts; k++) {
            double value = times[k] * pow(10, ten);
            if (value >= s->low * (1 - 1e-9) && value <= s->high * (1 + 1e-9))
                add_tick(s, value);
        }
}

static void widen(figure_scale *s)
{
    if (!(s->low <= s->high))
        s->low = s->log ? 0.1 : 0, s->high = 1;
    if (s->low < s->high)
        return;
    double by = s->low != 0 ? fabs(s->low) / 2 : 0.5;
    if (s->log)
        s->low /= 2, s->high *= 2;
    else
        s->low -= by, s->high += by;
}

void figure_scale_make(double low, double high, bool log, bool round, int wanted, figure_scale *s)
{
    *s = (figure_scale){.low = low, .high = high, .log = log};
    widen(s);
    if (log)
        log_ticks(s, round, wanted);
    if (!log || s->ticks < 2) {
        s->ticks = 0;
        even_ticks(s, round && !log, wanted);
    }
}

double figure_at(const figure_scale *s, double value)
{
    if (!isfinite(value) || (s->log && value <= 0))
        return NAN;
    return s->log ? log(value / s->low) / log(s->high / s->low)
                  : (value - s->low) / (s->high - s->low);
}

/* ---------------------------------------------------------------- of a figure */

typedef struct range {
    double low, high;
    bool log;
} range;

static void take(range *r, double value)
{
    if (!isfinite(value) || (r->log && value <= 0))
        return;
    r->low = fmin(r->low, value);
    r->high = fmax(r->high, value);
}

static void take_all(range *r, const double *value, int64_t count)
{
    for (int64_t i = 0; value && i < count; i++)
        take(r, value[i]);
}

static bool is_set(const ad_axis *axis)
{
    return axis->low != 0 || axis->high != 0;
}

void figure_scale_x(const ad_figure *f, int wanted, figure_scale *s)
{
    range r = {INFINITY, -INFINITY, f->x.log};
    bool edges = f->kind == AD_FIGURE_HISTOGRAM, zero = f->kind == AD_FIGURE_BARS;
    for (int i = 0; i < figure_series(f); i++) {
        const ad_series *one = &f->series[i];
        for (int64_t k = 0; !zero && k < one->count + edges; k++)
            take(&r, figure_x(one, k));
        if (zero)
            take_all(&r, one->y, one->count), take_all(&r, one->high, one->count);
    }
    if (zero)
        take(&r, r.log ? r.low : 0);
    if (is_set(&f->x))
        r.low = f->x.low, r.high = f->x.high;
    figure_scale_make(r.low, r.high, f->x.log, zero && !is_set(&f->x), wanted, s);
}

void figure_scale_y(const ad_figure *f, int wanted, figure_scale *s)
{
    range r = {INFINITY, -INFINITY, f->y.log};
    for (int i = 0; i < figure_series(f); i++) {
        const ad_series *one = &f->series[i];
        take_all(&r, one->y, one->count);
        take_all(&r, one->low, one->count);
        take_all(&r, one->high, one->count);
    }
    for (int i = 0; i < figure_rules(f); i++)
        if (!f->rule[i].upright)
            take(&r, f->rule[i].at);
    if (f->kind == AD_FIGURE_HISTOGRAM && !r.log)
        take(&r, 0);
    if (is_set(&f->y))
        r.low = f->y.low, r.high = f->y.high;
    figure_scale_make(r.low, r.high, f->y.log, !is_set(&f->y), wanted, s);
}

/* ---------------------------------------------------------------- bins */

static int bin_of(const double *edge, int bins, double value)
{
    int bin = (int)((value - edge[0]) / (edge[1] - edge[0]));
    bin = bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
    while (bin > 0 && value < edge[bin])
        bin--;
    while (bin + 1 < bins && value >= edge[bin + 1])
        bin++;
    return bin;
}

int ad_histogram(const double *value, int64_t count, int wanted, double *edge, double *in)
{
    range r = {INFINITY, -INFINITY, false};
    take_all(&r, value, count);
    if (!(r.low <= r.high))
        return 0;
    figure_scale s = {.low = r.low, .high = r.high};
    widen(&s);
    wanted = wanted < 1 ? 1 : wanted > AD_BINS_MAX / 2 ? AD_BINS_MAX / 2 : wanted;
    double step = figure_step(s.high - s.low, wanted), first = floor(s.low / step);
    int bins = (int)fmax(1, ceil(s.high / step - 1e-9) - first);
    bins = bins > AD_BINS_MAX ? AD_BINS_MAX : bins;
    for (int i = 0; i <= bins; i++)
        edge[i] = (first + i) * step;
    memset(in, 0, (size_t)bins * sizeof *in);
    for (int64_t i = 0; i < count; i++)
        if (isfinite(value[i]))
            in[bin_of(edge, bins, value[i])]++;
    return bins;
}
