/* What is drawn of answers: the confusion matrix, a row for each class, curves; and where two
 * classes are best told apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"

static ad_status begin(metric_work *w, const ad_metric_answers *answers, unsigned kinds,
                       const char *what)
{
    ad_status status = metric_begin(w, answers);
    if (status == AD_OK && !(answers->kind & kinds))
        status = message_fail(AD_ERROR_ARGUMENT,
                              "%s: these are no answers in classes%s\n  give "
                              "predictions (count, classes)\n",
                              what, kinds & AD_METRIC_LABELS ? " or labels" : "");
    return status;
}

ad_status ad_metric_confusion(const ad_metric_answers *answers, double *matrix)
{
    metric_work w;
    ad_status status = begin(&w, answers, AD_METRIC_CLASSES, "the confusion matrix");
    if (status == AD_OK)
        memset(matrix, 0, (size_t)(w.width * w.width) * sizeof *matrix);
    for (int64_t i = 0; status == AD_OK && !w.undefined && i < w.count; i++)
        matrix[w.label[i] * w.width + w.said[i]] += w.weight[i];
    metric_done(&w);
    return status;
}

/* ---------------------------------------------------------------- a class against the rest */

typedef struct scored {
    double score, weight;
    bool is;
} scored;

static int by_falling_score(const void *a, const void *b)
{
    double x = ((const scored *)a)->score, y = ((const scored *)b)->score;
    return (x < y) - (x > y);
}

/* Of those that count. */
static scored *scores_of(const metric_work *w, int64_t of, int64_t *count)
{
    bool labels = w->a->kind == AD_METRIC_LABELS;
    scored *list = calloc((size_t)w->count + 1, sizeof *list);
    *count = 0;
    for (int64_t i = 0; list && !w->undefined && i < w->count; i++)
        if (w->weight[i] > 0)
            list[(*count)++] = (scored){metric_score(w, i, of), w->weight[i],
                                        labels ? w->label[i * w->width + of] : w->label[i] == of};
    if (list)
        qsort(list, (size_t)*count, sizeof *list, by_falling_score);
    return list;
}

/* Weights with that score and more. */
typedef struct step {
    double at, yes, no;
} step;

/* In place: a step for each different score; their number. */
static step *steps_of(const scored *list, int64_t count, int64_t *steps)
{
    step *s = calloc((size_t)count + 1, sizeof *s);
    double yes = 0, no = 0;
    *steps = 0;
    for (int64_t i = 0; s && i < count; i++) {
        yes += list[i].is ? list[i].weight : 0;
        no += list[i].is ? 0 : list[i].weight;
        if (i + 1 == count || list[i + 1].score != list[i].score)
            s[(*steps)++] = (step){list[i].score, yes, no};
    }
    return s;
}

static bool room(ad_curve *c, int64_t points)
{
    c->x = calloc((size_t)points, sizeof *c->x);
    c->y = calloc((size_t)points, sizeof *c->y);
    c->at = calloc((size_t)points, sizeof *c->at);
    return c->x && c->y && c->at;
}

static void add_point(ad_curve *c, double x, double y, double at)
{
    c->x[c->count] = x;
    c->y[c->count] = y;
    c->at[c->count++] = at;
}

/* On a line between its neighbours. */
static bool is_straight(const step *before, const step *s, const step *after)
{
    return s->yes - before->yes == after->yes - s->yes && s->no - before->no == after->no - s->no;
}

static ad_status roc(const step *s, int64_t steps, ad_curve *c)
{
    const step none = {INFINITY, 0, 0}, all = steps ? s[steps - 1] : none;
    if (!(all.yes > 0 && all.no > 0)) {
        c->words = all.yes > 0 ? "all examples are of the class" : "the class has no example";
        return AD_OK;
    }
    if (!room(c, steps + 1))
        return message_no_memory();
    add_point(c, 0, 0, INFINITY);
    for (int64_t i = 0; i < steps; i++)
        if (i == 0 || i + 1 == steps || !is_straight(&s[i - 1], &s[i], &s[i + 1]))
            add_point(c, s[i].no / all.no, s[i].yes / all.yes, s[i].at);
    return AD_OK;
}

static ad_status pr(const step *s, int64_t steps, ad_curve *c)
{
    double all = steps ? s[steps - 1].yes : 0;
    if (!(all > 0)) {
        c->words = "the class has no example";
        return AD_OK;
    }
    if (!room(c, steps + 1))
        return message_no_memory();
    for (int64_t i = steps - 1; i >= 0; i--)
        add_point(c, s[i].yes / all, s[i].yes / (s[i].yes + s[i].no), s[i].at);
    add_point(c, 0, 1, INFINITY);
    return AD_OK;
}

static ad_status rank_curve(const metric_work *w, ad_curve_kind kind, int64_t of, ad_curve *c)
{
    int64_t count, steps;
    scored *list = scores_of(w, of, &count);
    step *s = list ? steps_of(list, count, &steps) : NULL;
    ad_status status = !s                     ? message_no_memory()
                       : kind == AD_CURVE_ROC ? roc(s, steps, c)
                                              : pr(s, steps, c);
    free(list);
    free(s);
    return status;
}

/* ---------------------------------------------------------------- calibration */

typedef struct bin {
    double weight, chance, is;
} bin;

static void add_to_bin(const metric_work *w, int64_t i, int64_t of, bin *b, int64_t bins)
{
    int64_t asked = of < 0 ? metric_largest(w, i) : of;
    bool is =
        w->a->kind == AD_METRIC_LABELS ? w->label[i * w->width + asked] : w->label[i] == asked;
    double chance = metric_chance(w, i, asked);
    int64_t at = (int64_t)ceil(chance * (double)bins) - 1;
    bin *to = &b[at < 0 ? 0 : at >= bins ? bins - 1 : at];
    to->weight += w->weight[i];
    to->chance += w->weight[i] * chance;
    to->is += is ? w->weight[i] : 0;
}

static ad_status calibration(const metric_work *w, int64_t of, int64_t bins, ad_curve *c)
{
    bin *b = calloc((size_t)bins, sizeof *b);
    if (!b || !room(c, bins)) {
        free(b);
        return message_no_memory();
    }
    for (int64_t i = 0; !w->undefined && i < w->count; i++)
        add_to_bin(w, i, of, b, bins);
    for (int64_t i = 0; i < bins; i++)
        if (b[i].weight > 0)
            add_point(c, b[i].chance / b[i].weight, b[i].is / b[i].weight, b[i].weight);
    free(b);
    return AD_OK;
}

static ad_status check_curve(const metric_work *w, ad_curve_kind kind, int64_t of, int64_t bins)
{
    bool any = kind == AD_CURVE_CALIBRATION && w->a->kind == AD_METRIC_CLASSES;
    if (w->a->kind == AD_METRIC_CLASSES && w->a->prediction.shape.rank < 2)
        return message_fail(AD_ERROR_ARGUMENT, "curves are of chances, and the answers are "
                                               "classes\n  give predictions (count, classes)\n");
    if (of < (any ? -1 : 0) || of >= w->width)
        return message_fail(AD_ERROR_RANGE,
                            "the curve: %lld is no class\n  name one from 0 to "
                            "%lld\n",
                            (long long)of, (long long)w->width - 1);
    if (bins < 0 || bins > 100000)
        return message_fail(AD_ERROR_RANGE, "the curve: %lld bins\n  take some tens\n",
                            (long long)bins);
    return AD_OK;
}

ad_status ad_metric_curve(const ad_metric_answers *answers, ad_curve_kind kind, int64_t class_,
                          int64_t bins, ad_curve *curve)
{
    metric_work w;
    *curve = (ad_curve){.count = 0};
    ad_status status = begin(&w, answers, AD_METRIC_CLASSES | AD_METRIC_LABELS, "the curve");
    if (status == AD_OK)
        status = check_curve(&w, kind, class_, bins);
    if (status == AD_OK)
        status = kind == AD_CURVE_CALIBRATION ? calibration(&w, class_, bins ? bins : 10, curve)
                                              : rank_curve(&w, kind, class_, curve);
    if (status == AD_OK && w.undefined)
        curve->words = w.undefined;
    metric_done(&w);
    return status;
}

void ad_curve_done(ad_curve *curve)
{
    free(curve->x);
    free(curve->y);
    free(curve->at);
    *curve = (ad_curve){.count = 0};
}

/* ---------------------------------------------------------------- the threshold */

static double goodness(const step *s, const step *all, ad_threshold_goal goal)
{
    if (goal == AD_THRESHOLD_F1)
        return 2 * s->yes / (s->yes + s->no + all->yes);
    return (s->yes / all->yes + (all->no - s->no) / all->no) / 2;
}

static double chance_of(const metric_work *w, double score)
{
    return w->a->scale == AD_METRIC_CHANCES ? score : 1 / (1 + exp(-score));
}

/* Between the step and the next; within 0 and 1. */
static double threshold_at(const metric_work *w, const step *s, int64_t i, int64_t steps)
{
    double high = chance_of(w, s[i].at), low = i + 1 < steps ? chance_of(w, s[i + 1].at) : 0;
    double middle = (high + low) / 2;
    /* 0 and 1 would be no thresholds. */
    return fmin(fmax(middle, 0x1p-52), 1 - 0x1p-52);
}

static double best_threshold(const metric_work *w, const step *s, int64_t steps,
                             ad_threshold_goal goal)
{
    double most = -1, best = 0.5;
    const step *all = &s[steps - 1];
    for (int64_t i = 0; i < steps; i++) {
        double good = goodness(&s[i], all, goal), at = threshold_at(w, s, i, steps);
        if (good > most || (good == most && fabs(at - 0.5) < fabs(best - 0.5))) {
            most = good;
            best = at;
        }
    }
    return best;
}

ad_status ad_metric_threshold(const ad_metric_answers *answers, ad_threshold_goal goal,
                              double *threshold)
{
    metric_work w;
    int64_t count, steps = 0;
    *threshold = 0.5;
    ad_status status = begin(&w, answers, AD_METRIC_CLASSES, "the threshold");
    if (status == AD_OK && (w.width != 2 || answers->prediction.shape.rank < 2))
        status = message_fail(AD_ERROR_ARGUMENT, "the threshold: it is of the chances of two "
                                                 "classes\n  of more the largest is answered\n");
    scored *list = status == AD_OK ? scores_of(&w, answers->positive, &count) : NULL;
    step *s = list ? steps_of(list, count, &steps) : NULL;
    if (status == AD_OK && !s)
        status = message_no_memory();
    if (status == AD_OK && steps && s[steps - 1].yes > 0 && s[steps - 1].no > 0)
        *threshold = best_threshold(&w, s, steps, goal);
    free(list);
    free(s);
    metric_done(&w);
    return status;
}
