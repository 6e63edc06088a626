/* Metrics of classes: of what was answered, and of the chances. */
#include <math.h>

#include "metric.h"

/* ---------------------------------------------------------------- shares of examples */

static void fill_accuracy(const metric_work *w, const metric_state *s, int64_t example,
                          double *stat)
{
    (void)s;
    stat[0] = 1;
    stat[1] = w->said[example] == w->label[example];
}

/* The right class is among the k largest; of equal ones the first counts as larger. */
static void fill_top_k(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    int64_t label = w->label[example], before = 0;
    double x = metric_said(w, example, label);
    for (int64_t c = 0; c < w->width; c++) {
        double other = metric_said(w, example, c);
        before += other > x || (other == x && c < label);
    }
    stat[0] = 1;
    stat[1] = before < ((const ad_top_k_options *)s->options)->k;
}

static metric_found share_value(const metric_work *w, const metric_state *s, const double *weight,
                                double *sums)
{
    (void)w, (void)s, (void)weight;
    return (metric_found){sums[1] / sums[0], sums[0], NULL};
}

static const char *refuse_top_k(const metric_work *w, const void *options)
{
    return ((const ad_top_k_options *)options)->k < w->width
               ? NULL
               : "k is not below the number of classes, so that every answer would be right";
}

const metric_way metric_accuracy = {.stats = 2, .fill = fill_accuracy, .value = share_value};
const metric_way metric_top_k = {
    .stats = 2, .fill = fill_top_k, .value = share_value, .refuse = refuse_top_k};

/* ---------------------------------------------------------------- means over examples */

static metric_found mean_value(const metric_work *w, const metric_state *s, const double *weight,
                               double *sums)
{
    (void)w, (void)s, (void)weight;
    return (metric_found){sums[1] / sums[0], 0, NULL};
}

static void fill_log_loss(const metric_work *w, const metric_state *s, int64_t example,
                          double *stat)
{
    (void)s;
    stat[0] = 1;
    stat[1] = metric_surprise(w, example);
}

/* sum over classes of (chance - [is it])^2, of two classes half of that (Brier 1950). */
static void fill_brier(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    (void)s;
    double sum = 0;
    for (int64_t c = 0; c < w->width; c++) {
        double d = metric_chance(w, example, c) - (c == w->label[example]);
        sum += d * d;
    }
    stat[0] = 1;
    stat[1] = w->width == 2 ? sum / 2 : sum;
}

const metric_way metric_log_loss = {.stats = 2, .fill = fill_log_loss, .value = mean_value};
const metric_way metric_brier = {.stats = 2, .fill = fill_brier, .value = mean_value};

/* ---------------------------------------------------------------- from the confusion matrix
 * Only its diagonal and its margins matter; scratch has a row of three for each class. */

typedef struct margins {
    double of, said, right;
} margins;

static void add_labels(const metric_work *w, const double *weight, margins *m)
{
    for (int64_t i = 0; i < w->count; i++)
        for (int64_t c = 0; c < w->width; c++) {
            bool of = w->label[i * w->width + c], said = w->said[i * w->width + c];
            m[c].of += of ? weight[i] : 0;
            m[c].said += said ? weight[i] : 0;
            m[c].right += of && said ? weight[i] : 0;
        }
}

static bool are_labels(const metric_work *w)
{
    return w->a->kind == AD_METRIC_LABELS;
}

static void add_margins(const metric_work *w, const double *weight, margins *m)
{
    for (int64_t c = 0; c < w->width; c++)
        m[c] = (margins){0, 0, 0};
    if (are_labels(w)) {
        add_labels(w, weight, m);
        return;
    }
    for (int64_t i = 0; i < w->count; i++) {
        m[w->label[i]].of += weight[i];
        m[w->said[i]].said += weight[i];
        m[w->label[i]].right += w->label[i] == w->said[i] ? weight[i] : 0;
    }
}

static ad_status prepare_margins(const metric_work *w, metric_state *s)
{
    s->scratch = 3 * w->width;
    return AD_OK;
}

enum { PRECISION, RECALL, F1, MEAN_MICRO = 4, MEAN_MACRO = 8, MEAN_WEIGHTED = 12 };

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static double of_class(const margins *m, int which)
{
    switch (which & 3) {
    case PRECISION: return ratio(m->right, m->said);
    case RECALL: return ratio(m->right, m->of);
    default: return ratio(2 * m->right, m->of + m->said);
    }
}

static const char never_said[] = "a class that is never answered counts as 0";
static const char never_there[] = "a class without an example counts as 0";

static const char *words_of(const margins *m, int which)
{
    if ((which & 3) == PRECISION && m->said == 0)
        return never_said;
    return (which & 3) != PRECISION && m->of == 0 ? never_there : NULL;
}

static metric_found one_value(const metric_work *w, const metric_state *s, const double *weight,
                              double *scratch)
{
    margins *m = (margins *)scratch;
    add_margins(w, weight, m);
    m += w->a->positive;
    double trials = s->part == PRECISION ? m->said : s->part == RECALL ? m->of : 0;
    return (metric_found){of_class(m, s->part), trials, words_of(m, s->part)};
}

/* Of all classes as of one.  Where each example has one class and one answer, the three are the
 * accuracy. */
static metric_found micro_value(const metric_work *w, const margins *m, int which)
{
    margins all = {0, 0, 0};
    for (int64_t c = 0; c < w->width; c++) {
        all.of += m[c].of;
        all.said += m[c].said;
        all.right += m[c].right;
    }
    return (metric_found){of_class(&all, which), are_labels(w) ? 0 : all.of, words_of(&all, which)};
}

/* Of the classes that are there, or were answered; of all labels. */
static metric_found averaged_value(const metric_work *w, const metric_state *s,
                                   const double *weight, double *scratch)
{
    margins *m = (margins *)scratch;
    bool macro = (s->part & ~3) == MEAN_MACRO;
    double sum = 0, weights = 0;
    const char *words = NULL;
    add_margins(w, weight, m);
    if ((s->part & ~3) == MEAN_MICRO)
        return micro_value(w, m, s->part);
    for (int64_t c = 0; c < w->width; c++) {
        if (!are_labels(w) && m[c].of == 0 && m[c].said == 0)
            continue;
        double counts = macro ? 1 : m[c].of;
        sum += counts * of_class(&m[c], s->part);
        weights += counts;
        words = words || counts == 0 ? words : words_of(&m[c], s->part);
    }
    return (metric_found){ratio(sum, weights), 0, words};
}

static metric_found balanced_value(const metric_work *w, const metric_state *s,
                                   const double *weight, double *scratch)
{
    (void)s;
    margins *m = (margins *)scratch;
    double sum = 0, there = 0;
    add_margins(w, weight, m);
    for (int64_t c = 0; c < w->width; c++) {
        sum += m[c].of > 0 ? m[c].right / m[c].of : 0;
        there += m[c].of > 0;
    }
    return (metric_found){sum / there, 0,
                          there < (double)w->width ? "classes without an example are left out"
                                                   : NULL};
}

/* Gorodkin 2004. */
static metric_found matthews_value(const metric_work *w, const metric_state *s,
                                   const double *weight, double *scratch)
{
    (void)s;
    margins *m = (margins *)scratch;
    double right = 0, count = 0, both = 0, of = 0, said = 0;
    add_margins(w, weight, m);
    for (int64_t c = 0; c < w->width; c++) {
        right += m[c].right;
        count += m[c].of;
        both += m[c].of * m[c].said;
        of += m[c].of * m[c].of;
        said += m[c].said * m[c].said;
    }
    double spread = (count * count - said) * (count * count - of);
    if (!(spread > 0))
        return (metric_found){0, 0, "one class only, in answers or in targets, counts as 0"};
    return (metric_found){(right * count - both) / sqrt(spread), 0, NULL};
}

#define MARGINS(name, part_, value_) \
    const metric_way metric_##name = {.part = part_, .prepare = prepare_margins, .value = value_};
MARGINS(precision, PRECISION, one_value)
MARGINS(recall, RECALL, one_value)
MARGINS(f1, F1, one_value)
MARGINS(precision_micro, PRECISION | MEAN_MICRO, averaged_value)
MARGINS(recall_micro, RECALL | MEAN_MICRO, averaged_value)
MARGINS(f1_micro, F1 | MEAN_MICRO, averaged_value)
MARGINS(precision_macro, PRECISION | MEAN_MACRO, averaged_value)
MARGINS(recall_macro, RECALL | MEAN_MACRO, averaged_value)
MARGINS(f1_macro, F1 | MEAN_MACRO, averaged_value)
MARGINS(precision_weighted, PRECISION | MEAN_WEIGHTED, averaged_value)
MARGINS(recall_weighted, RECALL | MEAN_WEIGHTED, averaged_value)
MARGINS(f1_weighted, F1 | MEAN_WEIGHTED, averaged_value)
MARGINS(balanced_accuracy, 0, balanced_value)
MARGINS(matthews, 0, matthews_value)

/* ---------------------------------------------------------------- calibration
 * Guo et al. 2017: over bins of the chance of the likeliest class, |right - chance| by the weight
 * of the bin. */

static ad_status prepare_bins(const metric_work *w, metric_state *s)
{
    (void)w;
    s->scratch = 3 * ((const ad_calibration_options *)s->options)->bins;
    return AD_OK;
}

static void fill_bin(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    double bins = (double)((const ad_calibration_options *)s->options)->bins;
    int64_t largest = metric_largest(w, example);
    stat[0] = metric_chance(w, example, largest);
    stat[1] = largest == w->label[example];
    stat[2] = fmax(0, fmin(bins - 1, ceil(stat[0] * bins) - 1));
}

static metric_found bins_value(const metric_work *w, const metric_state *s, const double *weight,
                               double *sums)
{
    double(*bin)[3] = (double(*)[3])(sums + s->stats);
    double off = 0, total = 0;
    for (int64_t i = 0; i < s->scratch; i++)
        sums[s->stats + i] = 0;
    for (int64_t i = 0; i < w->count; i++) {
        const double *stat = s->stat + i * s->stats;
        double *b = bin[(int64_t)stat[2]];
        b[0] += weight[i] * stat[0];
        b[1] += weight[i] * stat[1];
        total += weight[i];
    }
    for (int64_t i = 0; i < s->scratch / 3; i++)
        off += fabs(bin[i][1] - bin[i][0]);
    return (metric_found){off / total, 0, NULL};
}

const metric_way metric_calibration_error = {
    .stats = 3, .prepare = prepare_bins, .fill = fill_bin, .value = bins_value};
