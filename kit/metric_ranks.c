/* Areas under curves: classes, or labels, against the rest, by the ranks of their scores. */
#include <math.h>
#include <stdlib.h>

#include "message.h"
#include "metric.h"

typedef struct scored {
    double score;
    uint32_t example;
} scored;

static int by_falling_score(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    int order = (x->score < y->score) - (x->score > y->score);
    return order ? order : (x->example > y->example) - (x->example < y->example);
}

static void rank(const metric_work *w, int64_t of, scored *list, uint32_t *order)
{
    for (int64_t i = 0; i < w->count; i++)
        list[i] = (scored){metric_score(w, i, of), (uint32_t)i};
    qsort(list, (size_t)w->count, sizeof *list, by_falling_score);
    for (int64_t i = 0; i < w->count; i++)
        order[i] = 2 * list[i].example + (i > 0 && list[i].score == list[i - 1].score);
}

enum { ROC, PR, ALL_OF_THEM = 2 };

/* Of two classes the positive one alone. */
static bool is_one(const metric_work *w)
{
    return w->a->kind == AD_METRIC_CLASSES && w->width == 2;
}

static ad_status prepare(const metric_work *w, metric_state *s)
{
    s->lists = is_one(w) ? 1 : w->width;
    s->order = calloc((size_t)(s->lists * w->count) + 1, sizeof *s->order);
    scored *list = calloc((size_t)w->count + 1, sizeof *list);
    if (s->order && list)
        for (int64_t i = 0; i < s->lists; i++)
            rank(w, is_one(w) ? w->a->positive : i, list, s->order + i * w->count);
    free(list);
    return s->order && list ? AD_OK : message_no_memory();
}

static bool is_of(const metric_work *w, int64_t example, int64_t of)
{
    return w->a->kind == AD_METRIC_LABELS ? metric_right(w, example, of) == 1
                                          : w->label[example] == of;
}

/* Weights of those that are of the class, and of the rest; area under ROC: examples with one score
 * make a slanted piece; average precision: precision behind each score by the recall that it
 * brought. NaN where one side is empty, of PR where none is of the class. */
static double area(const metric_work *w, const uint32_t *order, int64_t of, const double *weight,
                   int part)
{
    double yes = 0, no = 0, under = 0, step_yes = 0, step_no = 0;
    for (int64_t i = 0; i <= w->count; i++) {
        if (i == w->count || !(order[i] & 1)) {
            if (part == ROC)
                under += step_no * (yes + step_yes / 2);
            yes += step_yes;
            no += step_no;
            if (part == PR && step_yes > 0)
                under += step_yes * yes / (yes + no);
            step_yes = step_no = 0;
        }
        if (i < w->count) {
            int64_t example = order[i] >> 1;
            if (weight[example] == 0)
                continue;
            if (is_of(w, example, of))
                step_yes += weight[example];
            else
                step_no += weight[example];
        }
    }
    return under / (part == ROC ? yes * no : yes);
}

static metric_found one_value(const metric_work *w, const metric_state *s, const double *weight)
{
    double a = area(w, s->order, w->a->positive, weight, s->part);
    if (!isnan(a))
        return (metric_found){a, 0, NULL};
    return (metric_found){NAN, 0,
                          s->part == ROC ? "one of the two classes has no example"
                                         : "the class that is asked for has no example"};
}

static metric_found area_value(const metric_work *w, const metric_state *s, const double *weight,
                               double *scratch)
{
    (void)scratch;
    if (is_one(w))
        return one_value(w, s, weight);
    double sum = 0, there = 0;
    for (int64_t i = 0; i < s->lists; i++) {
        double a = area(w, s->order + i * w->count, i, weight, s->part);
        sum += isnan(a) ? 0 : a;
        there += !isnan(a);
    }
    if (there == 0)
        return (metric_found){NAN, 0, "no class has both examples and others"};
    return (metric_found){sum / there, 0,
                          there < (double)s->lists ? "classes without an example are left out"
                                                   : NULL};
}

const metric_way metric_roc_area = {.part = ROC, .prepare = prepare, .value = area_value};
const metric_way metric_pr_area = {.part = PR, .prepare = prepare, .value = area_value};
