/* Metrics of sets of labels: each example has several, 0 or 1. */
#include "metric.h"

static const int64_t *right_of(const metric_work *w, int64_t example)
{
    return w->label + example * w->width;
}

static const int64_t *said_of(const metric_work *w, int64_t example)
{
    return w->said + example * w->width;
}

/* stat: 1, labels that are wrong as a share, whether none is; 1, that of both in that of either. */
static void fill_set(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    (void)s;
    const int64_t *right = right_of(w, example), *said = said_of(w, example);
    double wrong = 0, both = 0, either = 0;
    for (int64_t i = 0; i < w->width; i++) {
        wrong += right[i] != said[i];
        both += right[i] && said[i];
        either += right[i] || said[i];
    }
    stat[0] = 1;
    stat[1] = wrong == 0;
    stat[2] = wrong / (double)w->width;
    stat[3] = either > 0 ? both / either : 0;
    stat[4] = either == 0;
}

enum { SUBSET = 1, HAMMING = 2, JACCARD = 3 };

static metric_found set_value(const metric_work *w, const metric_state *s, const double *weight,
                              double *sums)
{
    (void)w, (void)weight;
    const char *words = s->part == JACCARD && sums[4] > 0
                            ? "an example without labels, none answered, counts as 0"
                            : NULL;
    return (metric_found){sums[s->part] / sums[0], s->part == SUBSET ? sums[0] : 0, words};
}

#define SET(name, part_)               \
    const metric_way metric_##name = { \
        .part = part_, .stats = 5, .fill = fill_set, .value = set_value};
SET(subset_accuracy, SUBSET)
SET(hamming_loss, HAMMING)
SET(jaccard, JACCARD)
