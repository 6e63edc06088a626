/* Metrics inside: answers made ready once, and the ways in which values are made of them.
 *
 * A value is a function of the weights of the examples.  That is all that weights, groups and the
 * bootstrap need: a resample is a set of weights, how often each example was drawn. */
#ifndef ADZE_KIT_METRIC_H
#define ADZE_KIT_METRIC_H

#include <adze/kit.h>

/* Answers that fit together. */
typedef struct metric_work {
    const ad_metric_answers *a;
    int64_t count, width; /* width: classes, numbers of an example, labels; else 1 */
    double *weight;       /* (count) */
    bool even;            /* each example counts 1, on its own */
    /* What is right and what was answered.  CLASSES: (count); LABELS: (count, width), 0 or 1. */
    int64_t *label, *said;
    int64_t *unit; /* (count): the cluster of each example, from 0; NULL: itself */
    int64_t units;
    const char *undefined; /* why nothing can be said: no example, NaN; or NULL */
} metric_work;

/* Words are the message where it fails.  Free it by metric_done in any case. */
ad_status metric_begin(metric_work *w, const ad_metric_answers *answers);
void metric_done(metric_work *w);

/* Elements of prediction and target, as doubles. */
double metric_said(const metric_work *w, int64_t example, int64_t i);
double metric_right(const metric_work *w, int64_t example, int64_t i);
/* What orders examples by how much they are of a class, or have a label: a chance, or of logits the
 * logarithm of p / (1 - p), which keeps ranks that chances lose. */
double metric_score(const metric_work *w, int64_t example, int64_t i);
/* The chance of a class, or of a label. */
double metric_chance(const metric_work *w, int64_t example, int64_t i);
/* -log of the chance of the right class. */
double metric_surprise(const metric_work *w, int64_t example);
/* A label that is answered. */
bool metric_has_label(const metric_work *w, int64_t example, int64_t i);
/* The class with the largest chance, the first of those. */
int64_t metric_largest(const metric_work *w, int64_t example);

/* ---------------------------------------------------------------- ways */

/* What a metric keeps of the answers. */
typedef struct metric_state {
    const void *options;
    double *stat;    /* (count, stats) */
    int64_t stats;   /* a number for each example */
    int64_t scratch; /* doubles that a value needs */
    /* (lists, count): examples by falling score, number * 2, and 1 in addition where the score is
     * that of the one before */
    uint32_t *order;
    int64_t lists;
    double *middle; /* a number for each number of an example */
    int part;       /* for ways that share functions */
} metric_state;

typedef struct metric_found {
    double value;
    double trials; /* of a share: examples that it is a share of; 0: it is none */
    const char *words;
} metric_found;

typedef struct metric_way {
    int part;
    int64_t stats, per_width; /* of a metric of sums: stats + per_width * width */
    /* Makes the state; NULL: sums are all. */
    ad_status (*prepare)(const metric_work *w, metric_state *s);
    /* The sums of one example. */
    void (*fill)(const metric_work *w, const metric_state *s, int64_t example, double *stat);
    /* Of weights (count); where fill is there scratch has the weighted sums, and behind them
     * s->scratch doubles more. */
    metric_found (*value)(const metric_work *w, const metric_state *s, const double *weight,
                          double *scratch);
    const char *(*refuse)(const metric_work *w, const void *options); /* why not, or NULL */
} metric_way;

/* Of a metric. */
ad_status metric_prepare(const metric_work *w, const ad_choice *metric, metric_state *s);
void metric_state_done(metric_state *s);
metric_found metric_value(const metric_work *w, const metric_way *way, const metric_state *s,
                          const double *weight, double *scratch);
int64_t metric_scratch(const metric_state *s);

/* Fails where the metric has no meaning for the answers. */
ad_status metric_check(const metric_work *w, const ad_choice *metric);
const metric_way *metric_way_of(const ad_choice *metric);
/* "f1", "top_k(k=3)". */
void metric_name(const ad_choice *metric, char name[AD_METRIC_NAME_MAX]);

/* Wilson 1927, 95 %. */
void metric_wilson(double share, double trials, double *low, double *high);
/* The quantile that an interval of n examples begins at: Hesterberg 2015. */
double metric_expanded(double n);
/* Quantile q of sorted values, type 7 of Hyndman and Fan 1996. */
double metric_quantile(const double *sorted, int64_t count, double q);
/* How often each example was drawn in resample `number`: weight (count), scratch (units). */
void metric_draw(const metric_work *w, uint64_t seed, int64_t number, double *weight,
                 double *drawn);

#endif
