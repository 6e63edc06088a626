/* Metrics: how good answers are, with 95 % intervals.  Part of libadze-kit.
 *
 *     float chance[6] = {0.9f, 0.1f, 0.2f, 0.8f, 0.4f, 0.6f};
 *     int32_t label[3] = {0, 1, 0};
 *     ad_metric_answers answers = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_CLASSES,
 *                                            .scale = AD_METRIC_CHANCES,
 *                                            .prediction = ad_f32(chance, AD_SHAPE(3, 2)),
 *                                            .target = ad_i32(label, AD_SHAPE(3)));
 *     ad_metric_value f1;
 *     if (ad_metric(&answers, "f1", &f1) == AD_OK)
 *         printf("f1 %.3f (%.3f to %.3f)\n", f1.value, f1.low, f1.high);
 *
 * All is computed in double from all answers of a part at once, so that a value does not depend on
 * the type of what is given, on how the examples were cut into batches, or on a number that is
 * added to all logits of an example.  Values are those of scikit-learn 1.9.1, sacrebleu 2.6.0,
 * jiwer 4.0.0 and, of spans, seqeval 1.2.2 to 1e-9 (L and U are taken for E and S);
 * doc/conventions.md says where an answer is ours.
 *
 * What cannot be said of these answers, as the area under the ROC of one class, is no failure:
 * value, low and high are NaN, and words say why.  Failures are answers that do not fit together:
 * shapes, kinds, texts beside numbers, labels outside the classes, weights below 0. */
#ifndef ADZE_METRIC_H
#define ADZE_METRIC_H

#include <adze/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- records */

/* What answers are; bits, as a metric may be of several. */
typedef enum ad_metric_kind {
    AD_METRIC_CLASSES = 1,   /* one class of several */
    AD_METRIC_NUMBERS = 2,   /* a number, or several */
    AD_METRIC_LABELS = 4,    /* several, each 0 or 1 on its own */
    AD_METRIC_SENTENCES = 8, /* texts: words, characters */
    AD_METRIC_LOSSES = 16,   /* of a language model: sums of -log p over tokens */
    AD_METRIC_PLACES = 32    /* of examples with classes: near ones are to be of one */
} ad_metric_kind;

struct metric_way;

typedef struct ad_metric_record {
    ad_record record; /* name, help, also, options */
    unsigned kinds;   /* of ad_metric_kind */
    bool less_is_better;
    bool share;                   /* 0 to 1, said in percent */
    bool chances;                 /* wants chances or logits: answered classes alone do not do */
    bool two;                     /* asks for one class, .positive: of two classes only */
    const struct metric_way *way; /* the kit's own */
} ad_metric_record;

/* Each an ad_metric_record; NULL past the last.  `adze metrics` lists them. */
AD_API const ad_record *ad_metric_at(int i);
AD_API const ad_metric_record *ad_metric_find(const char *name); /* exactly; NULL: none */

/* top_k */
typedef struct ad_top_k_options {
    AD_HEAD_(ad_top_k_options);
    int64_t k AD_IS(5);
} ad_top_k_options;

/* calibration_error */
typedef struct ad_calibration_options {
    AD_HEAD_(ad_calibration_options);
    int64_t bins AD_IS(15);
} ad_calibration_options;

/* mase */
typedef struct ad_mase_options {
    AD_HEAD_(ad_mase_options);
    int64_t season AD_IS(1); /* 1: naive; 24: a day of hours */
} ad_mase_options;

/* pinball */
typedef struct ad_pinball_options {
    AD_HEAD_(ad_pinball_options);
    double quantile AD_IS(0.5);
} ad_pinball_options;

/* ---------------------------------------------------------------- answers */

typedef enum ad_metric_scale {
    AD_METRIC_LOGITS, /* any numbers: softmax of them, of labels the sigmoid of each */
    AD_METRIC_CHANCES /* 0 to 1; of an example's classes they sum to 1 within 0.005 */
} ad_metric_scale;

/* Answers beside what is right; arrays of any type but where said.  What is not there has .data
 * NULL.  Nothing is copied, and nothing kept after a call. */
typedef struct ad_metric_answers {
    AD_HEAD_(ad_metric_answers);
    ad_metric_kind kind;
    ad_metric_scale scale AD_IS(AD_METRIC_LOGITS); /* of classes and labels */
    /* PLACES: (count, numbers).
     * CLASSES: (count, classes), or (count): the classes answered, with .classes.  NUMBERS, LABELS:
     * (count) or (count, any shape).  LOSSES: (count), -log p in nats summed over a text's tokens.
     */
    ad_array prediction;
    /* CLASSES, PLACES: (count), from 0.  NUMBERS: as prediction.  LABELS: as prediction, 0 or 1.
     * LOSSES: (count), tokens of each text. */
    ad_array target;
    ad_array weight;          /* (count), 0 and more: what each example counts; else 1 */
    ad_array cluster;         /* (count), whole numbers: examples drawn together by the bootstrap */
    int64_t classes AD_IS(0); /* 0: as wide as prediction */
    int64_t positive AD_IS(1); /* the class that precision, recall, f1, roc_area... ask for */
    /* Two classes: positive is answered where its chance is that and more; 0: the larger of the two
     * (the first where they are equal).  LABELS: 0 means 0.5. */
    double threshold AD_IS(0);
    /* SENTENCES: count answers and count * references right ones, UTF-8, those of a text one after
     * the other. */
    const char *const *answer AD_IS(NULL), *const *right AD_IS(NULL);
    int64_t count AD_IS(0), references AD_IS(1);
    ad_array bytes;   /* LOSSES: (count), of each text in UTF-8: for bits_a_byte */
    ad_array history; /* mase: (length) or (length, channels), the training series; NaN: missing */
    /* CLASSES: their names, for span_precision and its like.  Those want .cluster too: examples of
     * one are the words of a sentence, in its order. */
    const char *const *names AD_IS(NULL);
    /* Texts in place of arrays of classes; where one side has them and the other not: an error. */
    const char *const *prediction_text AD_IS(NULL), *const *target_text AD_IS(NULL);
} ad_metric_answers;

/* ---------------------------------------------------------------- values */

typedef enum ad_interval {
    AD_INTERVAL_NONE,     /* low and high are value; fewer than two examples (clusters) */
    AD_INTERVAL_WILSON,   /* a share of examples that all count 1 (Wilson 1927) */
    AD_INTERVAL_BOOTSTRAP /* percentiles of resamples (Efron 1979) */
} ad_interval;

enum { AD_METRIC_NAME_MAX = 48, AD_RESAMPLES_LEAST = 200 };

typedef struct ad_metric_value {
    char name[AD_METRIC_NAME_MAX]; /* "f1"; where options are not the defaults "top_k(k=3)" */
    double value, low, high;       /* 95 % */
    ad_interval interval;
    bool less_is_better, share;
    /* Why it is undefined, or what was decided: "classes without an example are left out"; NULL.
     * For as long as the program runs. */
    const char *words;
} ad_metric_value;

/* The bootstrap draws as many examples as there are, with replacement (clusters, where they are
 * given), `resamples` times: resample r depends on seed and r alone.  low and high are the
 * quantiles q and 1 - q of the values in order, v[0] to v[m - 1], by linear interpolation at
 * q (m - 1) (type 7 of Hyndman and Fan 1996).  q is 0.025 less what makes up for few examples, n of
 * them: Phi(-t root(n / (n - 1))), t the quantile 0.975 of Student's distribution (the expanded
 * percentiles of Hesterberg 2015): 0.0240 of 200, 0.0231 of 100, 0.0188 of 30.  Resamples of which
 * the metric is undefined are left out; where more than one in 20 is, there is no interval.
 * resamples below AD_RESAMPLES_LEAST: an error; 0: no intervals but Wilson's. */
typedef struct ad_metrics_options {
    AD_HEAD_(ad_metrics_options);
    uint64_t seed AD_IS(1);
    int64_t resamples AD_IS(1000);
} ad_metrics_options;

/* A metric by its name with default options and intervals. */
AD_API AD_CHECKED ad_status ad_metric(const ad_metric_answers *answers, const char *name,
                                      ad_metric_value *value);
/* value: one for each of the count metrics, records of ad_metric_at with their options (NULL:
 * defaults).  A metric that has no meaning for the kind of answers is an error. */
AD_API AD_CHECKED ad_status ad_metrics(const ad_metric_answers *answers, const ad_choice *metric,
                                       int count, ad_metric_value *value,
                                       const ad_metrics_options *options);
/* Two sets of answers to the same examples in the same order: the metric of b less that of a, and
 * the interval of the difference by a paired bootstrap, the same examples drawn of both.  Where low
 * to high holds 0, which is better cannot be told. */
AD_API AD_CHECKED ad_status ad_metric_difference(const ad_metric_answers *a,
                                                 const ad_metric_answers *b,
                                                 const ad_choice *metric, ad_metric_value *value,
                                                 const ad_metrics_options *options);

/* The examples of each value of group, (count) whole numbers, measured alone. */
typedef struct ad_metric_group {
    int64_t group, count;
    ad_metric_value *value; /* one for each metric */
} ad_metric_group;

typedef struct ad_metric_groups {
    ad_metric_group *group; /* in rising order */
    int64_t count;
    ad_metric_value *values; /* of all */
} ad_metric_groups;

AD_API AD_CHECKED ad_status ad_metrics_by(const ad_metric_answers *answers, const ad_array *group,
                                          const ad_choice *metric, int count,
                                          ad_metric_groups *groups,
                                          const ad_metrics_options *options);
AD_API void ad_metric_groups_done(ad_metric_groups *groups);

/* ---------------------------------------------------------------- what is drawn */

/* matrix (classes, classes): the weight of examples of class i that were answered j. */
AD_API AD_CHECKED ad_status ad_metric_confusion(const ad_metric_answers *answers, double *matrix);

typedef struct ad_metric_class {
    double of_class, answered, right; /* weights of examples: of it, taken for it, both */
    ad_metric_value precision, recall, f1;
} ad_metric_class;

/* row: one for each class; of LABELS one for each label. */
AD_API AD_CHECKED ad_status ad_metric_classes(const ad_metric_answers *answers,
                                              ad_metric_class *row,
                                              const ad_metrics_options *options);

typedef enum ad_curve_kind {
    AD_CURVE_ROC,        /* x: false positive rate, y: true positive rate; at: the threshold */
    AD_CURVE_PR,         /* x: recall, y: precision; at: the threshold */
    AD_CURVE_CALIBRATION /* x: mean chance, y: share that is of the class; at: weight in the bin */
} ad_curve_kind;

/* Points in the order of the curve.  ROC: from (0, 0), at infinity, to (1, 1); points on a line
 * between their neighbours are left out.  PR: from the lowest threshold to (0, 1), at infinity.
 * CALIBRATION: the bins with examples, by rising chance.  Thresholds are scores: chances, or of
 * logits the logarithm of p / (1 - p). */
typedef struct ad_curve {
    int64_t count;
    double *x, *y, *at;
    const char *words; /* why there is none (count 0), or NULL */
} ad_curve;

/* Of one class against the others (of LABELS: of one label), or for CALIBRATION of the class
 * answered, with its chance, where class is -1.  bins: of CALIBRATION, equal parts (a, b] of 0 to
 * 1; 0 means 10.  Free it by ad_curve_done. */
AD_API AD_CHECKED ad_status ad_metric_curve(const ad_metric_answers *answers, ad_curve_kind kind,
                                            int64_t class_, int64_t bins, ad_curve *curve);
AD_API void ad_curve_done(ad_curve *curve);

/* ---------------------------------------------------------------- decisions */

typedef enum ad_threshold_goal {
    AD_THRESHOLD_F1,      /* the largest F1 of the class .positive */
    AD_THRESHOLD_BALANCED /* the largest balanced accuracy */
} ad_threshold_goal;

/* Two classes: the chance of class .positive from which on it is best answered, on these answers,
 * which should be validation data.  Between two examples' chances it is their middle; of several
 * that are as good, the one nearest to 0.5.  *threshold: for ad_metric_answers; 0.5 where one class
 * has no example. */
AD_API AD_CHECKED ad_status ad_metric_threshold(const ad_metric_answers *answers,
                                                ad_threshold_goal goal, double *threshold);

/* ---------------------------------------------------------------- sets of examples */

/* Between the Gaussians fitted to rows of a (count_a, width) and b (count_b, width): |m - n|^2 +
 * trace(A + B - 2 (A B)^(1/2)) of means m, n and covariances A, B over count - 1 (Dowson and Landau
 * 1982); of features of a classifier it says how far made examples are from real ones (Heusel et
 * al. 2017).  0 to infinity, the larger the fewer rows there are; computed in double.  NaN where a
 * number is not finite.  Fails for fewer than 2 rows, and a width above 4096. */
AD_API AD_CHECKED ad_status ad_frechet_distance(const float *a, int64_t count_a, const float *b,
                                                int64_t count_b, int64_t width, double *distance);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "metric_call.h"

#endif
