/* What a figure shows, in words; and the small questions that its writers ask. */
#include "figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int figure_series(const ad_figure *f)
{
    int count = 0;
    while (count < AD_FIGURE_SERIES_MAX && f->series[count].y)
        count++;
    return count;
}

int figure_rules(const ad_figure *f)
{
    int count = 0;
    while (count < AD_FIGURE_RULES_MAX && f->rule[count].label)
        count++;
    return count;
}

double figure_x(const ad_series *s, int64_t i)
{
    return s->x ? s->x[i] : (double)(i + 1);
}

int figure_letters(const char *words)
{
    int count = 0;
    for (; words && *words; words++)
        count += ((unsigned char)*words & 0xC0) != 0x80;
    return count;
}

void figure_axis_words(const ad_axis *axis, char *words, size_t size)
{
    const char *title = axis->title ? axis->title : "", *unit = axis->unit;
    snprintf(words, size, unit && *title ? "%s (%s)" : "%s%s", title, unit ? unit : "");
}

int64_t figure_row_sum(const ad_figure *f, int64_t row)
{
    int64_t sum = 0;
    for (int64_t j = 0; j < f->columns; j++)
        sum += f->counts[row * f->columns + j];
    return sum;
}

static double largest_value(const ad_figure *f)
{
    double most = 0;
    for (int64_t i = 0; i < f->rows * f->columns; i++)
        if (isfinite(f->value[i]))
            most = fmax(most, fabs(f->value[i]));
    return most;
}

double figure_shade(const ad_figure *f, int64_t row, int64_t column)
{
    int64_t i = row * f->columns + column;
    if (f->kind == AD_FIGURE_CONFUSION) {
        int64_t sum = figure_row_sum(f, row);
        return sum > 0 ? (double)f->counts[i] / (double)sum : 0;
    }
    double most = largest_value(f);
    if (!isfinite(f->value[i]))
        return NAN;
    return most > 0 ? f->value[i] / most : 0;
}

/* ---------------------------------------------------------------- sentences */

/* Where a series begins and ends, its lowest and highest. */
static void describe_series(const ad_series *s, int number, text_buffer *t)
{
    int64_t first = -1, last = -1, low = -1, high = -1;
    for (int64_t i = 0; i < s->count; i++) {
        if (!isfinite(s->y[i]))
            continue;
        first = first < 0 ? i : first;
        low = low < 0 || s->y[i] < s->y[low] ? i : low;
        high = high < 0 || s->y[i] > s->y[high] ? i : high;
        last = i;
    }
    if (s->name)
        text_add_format(t, " %s: ", s->name);
    else
        text_add_format(t, " Series %d: ", number);
    if (first < 0) {
        text_add(t, "nothing.");
        return;
    }
    char n[4][FIGURE_LABEL], at[4][FIGURE_LABEL];
    const int64_t place[4] = {first, last, low, high};
    for (int i = 0; i < 4; i++)
        figure_number(n[i], s->y[place[i]]), figure_number(at[i], figure_x(s, place[i]));
    text_add_format(t, "%s at %s to %s at %s", n[0], at[0], n[1], at[1]);
    if (low != first && low != last)
        text_add_format(t, ", lowest %s at %s", n[2], at[2]);
    if (high != first && high != last)
        text_add_format(t, ", highest %s at %s", n[3], at[3]);
    text_add(t, ".");
}

static void describe_plot(const ad_figure *f, text_buffer *t)
{
    char x[120], y[120];
    figure_axis_words(&f->x, x, sizeof x);
    figure_axis_words(&f->y, y, sizeof y);
    text_add_format(t, "%s over %s.", *y ? y : "Values", *x ? x : "their number");
    for (int i = 0; i < figure_series(f); i++)
        describe_series(&f->series[i], i + 1, t);
    for (int i = 0; i < figure_rules(f); i++) {
        char at[FIGURE_LABEL];
        figure_number(at, f->rule[i].at);
        text_add_format(t, " %s: %s.", f->rule[i].label, at);
    }
}

static void describe_bars(const ad_figure *f, text_buffer *t)
{
    enum { TOLD = 30 };
    text_add(t, "Bars.");
    for (int i = 0; i < figure_series(f); i++) {
        const ad_series *s = &f->series[i];
        text_add_format(t, " %s%s", s->name ? s->name : "", s->name ? ": " : "");
        for (int64_t k = 0; k < s->count && k < TOLD; k++) {
            char value[FIGURE_LABEL];
            figure_number(value, s->y[k]);
            text_add_format(t, "%s%s %s", k ? ", " : "", f->y.name ? f->y.name[k] : "", value);
        }
        text_add(t, s->count > TOLD ? " and more." : ".");
    }
}

static void describe_histogram(const ad_figure *f, text_buffer *t)
{
    text_add(t, "Histogram.");
    for (int i = 0; i < figure_series(f); i++) {
        const ad_series *s = &f->series[i];
        int64_t most = 0;
        for (int64_t k = 1; k < s->count; k++)
            most = s->y[k] > s->y[most] ? k : most;
        if (s->count < 1)
            continue;
        char n[3][FIGURE_LABEL];
        figure_number(n[0], s->y[most]);
        figure_number(n[1], figure_x(s, most));
        figure_number(n[2], figure_x(s, most + 1));
        text_add_format(t, " %s%smost, %s, from %s to %s.", s->name ? s->name : "",
                        s->name ? ": " : "", n[0], n[1], n[2]);
    }
}

static void describe_confusion(const ad_figure *f, text_buffer *t)
{
    int64_t most = -1, right = 0, all = 0;
    for (int64_t i = 0; i < f->rows * f->columns; i++) {
        bool wrong = i / f->columns != i % f->columns;
        right += wrong ? 0 : f->counts[i];
        all += f->counts[i];
        if (wrong && f->counts[i] > 0 && (most < 0 || f->counts[i] > f->counts[most]))
            most = i;
    }
    text_add_format(t,
                    "A row for each of %lld true classes, a column for each answer: %lld of "
                    "%lld are right.",
                    (long long)f->rows, (long long)right, (long long)all);
    if (most < 0)
        return;
    int64_t row = most / f->columns, column = most % f->columns;
    if (f->y.name && f->x.name)
        text_add_format(t, " Most often, %s is taken for %s", f->y.name[row], f->x.name[column]);
    else
        text_add_format(t, " Most often, class %lld is taken for %lld", (long long)row,
                        (long long)column);
    text_add_format(t, ": %lld times.", (long long)f->counts[most]);
}

static void describe_boxes(const ad_figure *f, text_buffer *t)
{
    text_add_format(t, "%d boxes from top to bottom:", f->boxes);
    for (int i = 0; i < f->boxes; i++)
        text_add_format(t, "%s %s", i ? "," : "", f->box[i].title);
    text_add(t, ".");
}

void figure_describe(const ad_figure *f, text_buffer *t)
{
    if (f->description)
        text_add(t, f->description);
    else if (f->kind == AD_FIGURE_PLOT)
        describe_plot(f, t);
    else if (f->kind == AD_FIGURE_BARS)
        describe_bars(f, t);
    else if (f->kind == AD_FIGURE_HISTOGRAM)
        describe_histogram(f, t);
    else if (f->kind == AD_FIGURE_CONFUSION)
        describe_confusion(f, t);
    else if (f->kind == AD_FIGURE_HEAT)
        text_add_format(t, "A grid of %lld rows and %lld columns.", (long long)f->rows,
                        (long long)f->columns);
    else if (f->kind == AD_FIGURE_IMAGES)
        text_add_format(t, "%d pictures.", f->pictures);
    else
        describe_boxes(f, t);
}
