/* Values with their intervals: of one set of answers, of two beside each other, of groups. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"
#include "option.h"

/* ---------------------------------------------------------------- one metric */

const metric_way *metric_way_of(const ad_choice *metric)
{
    return ((const ad_metric_record *)metric->record)->way;
}

static const void *options_of(const ad_choice *metric)
{
    return metric->options ? metric->options : metric->record->initial;
}

void metric_name(const ad_choice *metric, char name[AD_METRIC_NAME_MAX])
{
    const ad_record *r = metric->record;
    text_buffer t = {0};
    text_add(&t, r->name);
    for (int i = 0; metric->options && i < r->options; i++) {
        text_buffer given = {0}, usual = {0};
        option_value(&given, &r->option[i], metric->options);
        option_value(&usual, &r->option[i], r->initial);
        if (given.data && usual.data && strcmp(given.data, usual.data) != 0)
            text_add_format(&t, "(%s=%s)", r->option[i].name, given.data);
        text_done(&given);
        text_done(&usual);
    }
    snprintf(name, AD_METRIC_NAME_MAX, "%s", t.data ? t.data : r->name);
    text_done(&t);
}

static ad_status refuse(const ad_choice *metric, const char *why)
{
    return message_fail(AD_ERROR_ARGUMENT,
                        "the metric %s has no meaning for these answers: %s\n  leave it out\n",
                        metric->record->name, why);
}

static const char *kind_words(unsigned kinds)
{
    if (kinds & AD_METRIC_CLASSES)
        return "it is of classes";
    if (kinds & AD_METRIC_NUMBERS)
        return "it is of numbers";
    if (kinds & AD_METRIC_LABELS)
        return "it is of several labels";
    if (kinds & AD_METRIC_PLACES)
        return "it is of places";
    return kinds & AD_METRIC_SENTENCES ? "it is of sentences" : "it is of language models";
}

ad_status metric_check(const metric_work *w, const ad_choice *metric)
{
    const ad_metric_record *r = (const ad_metric_record *)metric->record;
    bool classes = w->a->kind == AD_METRIC_CLASSES;
    if (!(r->kinds & w->a->kind))
        return refuse(metric, kind_words(r->kinds));
    if (classes && r->two && w->width != 2)
        return refuse(metric,
                      "it is of one class of two; _macro, _micro and _weighted are of more");
    if (classes && r->chances && w->a->prediction.shape.rank < 2)
        return refuse(metric, "it is of chances, and the answers are classes");
    const char *why = r->way->refuse ? r->way->refuse(w, options_of(metric)) : NULL;
    return why ? refuse(metric, why) : AD_OK;
}

ad_status metric_prepare(const metric_work *w, const ad_choice *metric, metric_state *s)
{
    const metric_way *way = metric_way_of(metric);
    *s = (metric_state){.options = options_of(metric), .part = way->part};
    ad_status status = way->prepare ? way->prepare(w, s) : AD_OK;
    if (status != AD_OK || !way->fill)
        return status;
    s->stats = way->stats + way->per_width * w->width;
    s->stat = calloc((size_t)(w->count * s->stats) + 1, sizeof *s->stat);
    if (!s->stat)
        return message_no_memory();
    for (int64_t i = 0; i < w->count; i++)
        way->fill(w, s, i, s->stat + i * s->stats);
    return AD_OK;
}

void metric_state_done(metric_state *s)
{
    free(s->stat);
    free(s->order);
    free(s->middle);
    *s = (metric_state){.stats = 0};
}

int64_t metric_scratch(const metric_state *s)
{
    return s->stats + s->scratch + 1;
}

static void add_sums(const metric_state *s, const double *weight, int64_t count, double *sums)
{
    memset(sums, 0, (size_t)s->stats * sizeof *sums);
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; weight[i] != 0 && k < s->stats; k++)
            sums[k] += weight[i] * s->stat[i * s->stats + k];
}

metric_found metric_value(const metric_work *w, const metric_way *way, const metric_state *s,
                          const double *weight, double *scratch)
{
    if (way->fill)
        add_sums(s, weight, w->count, scratch);
    return way->value(w, s, weight, scratch);
}

/* ---------------------------------------------------------------- resamples of all */

/* What several metrics of one set of answers need at once. */
typedef struct values {
    metric_work w;
    const ad_choice *metric;
    int count;
    metric_state *state;
    double *scratch;
} values;

static void values_done(values *v)
{
    for (int i = 0; v->state && i < v->count; i++)
        metric_state_done(&v->state[i]);
    free(v->state);
    free(v->scratch);
    metric_done(&v->w);
}

static ad_status prepare_all(values *v)
{
    int64_t scratch = 1;
    v->state = calloc((size_t)v->count + 1, sizeof *v->state);
    if (!v->state)
        return message_no_memory();
    for (int i = 0; i < v->count && !v->w.undefined; i++) {
        ad_status status = metric_prepare(&v->w, &v->metric[i], &v->state[i]);
        if (status != AD_OK)
            return status;
        int64_t needs = metric_scratch(&v->state[i]);
        scratch = needs > scratch ? needs : scratch;
    }
    v->scratch = calloc((size_t)scratch, sizeof *v->scratch);
    return v->scratch ? AD_OK : message_no_memory();
}

/* Free it by values_done in any case. */
static ad_status values_begin(values *v, const ad_metric_answers *answers, const ad_choice *metric,
                              int count)
{
    *v = (values){.metric = metric, .count = count};
    ad_status status = metric_begin(&v->w, answers);
    for (int i = 0; i < count && status == AD_OK; i++)
        status = metric_check(&v->w, &metric[i]);
    return status == AD_OK ? prepare_all(v) : status;
}

static metric_found value_of(const values *v, int i, const double *weight)
{
    return metric_value(&v->w, metric_way_of(&v->metric[i]), &v->state[i], weight, v->scratch);
}

static ad_metric_value described(const ad_choice *metric)
{
    const ad_metric_record *r = (const ad_metric_record *)metric->record;
    ad_metric_value value = {.value = NAN, .less_is_better = r->less_is_better, .share = r->share};
    metric_name(metric, value.name);
    return value;
}

static void point(const values *v, int i, ad_metric_value *value)
{
    const metric_work *w = &v->w;
    *value = described(&v->metric[i]);
    metric_found f =
        w->undefined ? (metric_found){NAN, 0, w->undefined} : value_of(v, i, w->weight);
    value->value = value->low = value->high = f.value;
    value->words = f.words;
    if (isnan(f.value) && !value->words)
        value->words = "it cannot be said of these examples";
    if (value->share && w->even && f.trials > 0) {
        metric_wilson(f.value, f.trials, &value->low, &value->high);
        value->interval = AD_INTERVAL_WILSON;
    }
}

static bool needs_resamples(const metric_work *w, const ad_metric_value *v)
{
    return w->units > 1 && v->interval == AD_INTERVAL_NONE && isfinite(v->value);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* of: `resamples` values, NaN where undefined. */
static void conclude(double *of, int64_t resamples, int64_t units, ad_metric_value *v)
{
    int64_t count = 0;
    double q = metric_expanded((double)units);
    for (int64_t i = 0; i < resamples; i++)
        if (!isnan(of[i]))
            of[count++] = of[i];
    if (count < 1 || count < resamples - resamples / 20)
        return;
    qsort(of, (size_t)count, sizeof *of, by_size);
    v->low = metric_quantile(of, count, q);
    v->high = metric_quantile(of, count, 1 - q);
    v->interval = AD_INTERVAL_BOOTSTRAP;
}

typedef struct resampling {
    int64_t resamples;
    uint64_t seed;
    double *weight, *drawn, *of; /* of: (metrics, resamples) */
} resampling;

static void resampling_done(resampling *r)
{
    free(r->weight);
    free(r->drawn);
    free(r->of);
}

static ad_status resampling_begin(resampling *r, const ad_metrics_options *o, const metric_work *w,
                                  int count)
{
    *r = (resampling){.resamples = o->resamples, .seed = o->seed};
    r->weight = calloc((size_t)w->count + 1, sizeof *r->weight);
    r->drawn = calloc((size_t)w->units + 1, sizeof *r->drawn);
    r->of = calloc((size_t)(count * o->resamples) + 1, sizeof *r->of);
    return r->weight && r->drawn && r->of ? AD_OK : message_no_memory();
}

static void resample(const values *v, resampling *r, ad_metric_value *value)
{
    for (int64_t k = 0; k < r->resamples; k++) {
        metric_draw(&v->w, r->seed, k, r->weight, r->drawn);
        for (int i = 0; i < v->count; i++)
            if (needs_resamples(&v->w, &value[i]))
                r->of[i * r->resamples + k] = value_of(v, i, r->weight).value;
    }
    for (int i = 0; i < v->count; i++)
        if (needs_resamples(&v->w, &value[i]))
            conclude(r->of + i * r->resamples, r->resamples, v->w.units, &value[i]);
}

static ad_status check_options(const ad_metrics_options *o)
{
    if (o && (o->named_ != AD_NAMED_ || o->size_ != sizeof *o))
        return message_fail(AD_ERROR_ARGUMENT, "metrics: options were not made by AD_OPTIONS\n  "
                                               "write AD_OPTIONS(ad_metrics_options, ...)\n");
    if (o && o->resamples != 0 && o->resamples < AD_RESAMPLES_LEAST)
        return message_fail(AD_ERROR_ARGUMENT,
                            "metrics: %lld resamples are too few for a 95 %% interval\n  take %d "
                            "or more, or 0 for none\n",
                            (long long)o->resamples, AD_RESAMPLES_LEAST);
    return AD_OK;
}

static const ad_metrics_options usual = AD_OPTIONS_INIT(ad_metrics_options);

static ad_status measure(const values *v, const ad_metrics_options *o, ad_metric_value *value)
{
    bool any = false;
    for (int i = 0; i < v->count; i++) {
        point(v, i, &value[i]);
        any = any || needs_resamples(&v->w, &value[i]);
    }
    if (!any || o->resamples == 0)
        return AD_OK;
    resampling r;
    ad_status status = resampling_begin(&r, o, &v->w, v->count);
    if (status == AD_OK)
        resample(v, &r, value);
    resampling_done(&r);
    return status;
}

ad_status(ad_metrics)(const ad_metric_answers *answers, const ad_choice *metric, int count,
                      ad_metric_value *value, const ad_metrics_options *options)
{
    values v;
    ad_status status = check_options(options);
    if (status != AD_OK)
        return status;
    status = values_begin(&v, answers, metric, count);
    if (status == AD_OK)
        status = measure(&v, options ? options : &usual, value);
    values_done(&v);
    return status;
}

ad_status ad_metric(const ad_metric_answers *answers, const char *name, ad_metric_value *value)
{
    const ad_metric_record *r = ad_metric_find(name);
    if (!r) {
        const char *near = ad_record_near(ad_metric_at, name);
        return message_fail(AD_ERROR_ARGUMENT, "no metric is called '%s'\n  %s%s\n", name,
                            near ? "did you mean " : "`adze metrics` lists them", near ? near : "");
    }
    return (ad_metrics)(answers, &(ad_choice){&r->record, NULL}, 1, value, &usual);
}

/* ---------------------------------------------------------------- two beside each other */

static bool same_targets(const values *a, const values *b)
{
    const ad_array *x = &a->w.a->target, *y = &b->w.a->target;
    bool texts = a->w.a->kind == AD_METRIC_SENTENCES || a->w.a->kind == AD_METRIC_LOSSES;
    int64_t count = texts ? 0 : ad_array_count(x); /* of losses these are numbers of tokens */
    for (int64_t i = 0; i < count; i++)
        if (ad_array_item(x, i) != ad_array_item(y, i))
            return false;
    return true;
}

static ad_status check_pair(const values *a, const values *b)
{
    bool alike = a->w.count == b->w.count && a->w.width == b->w.width;
    if (alike && same_targets(a, b))
        return AD_OK;
    if (alike)
        return message_fail(AD_ERROR_ARGUMENT, "metrics: the targets of the two differ\n  a "
                                               "difference is that of answers to the same "
                                               "examples in the same order\n");
    return message_fail(AD_ERROR_ARGUMENT,
                        "metrics: one has %lld examples and the other %lld\n  a difference is "
                        "that of answers to the same examples\n",
                        (long long)a->w.count, (long long)b->w.count);
}

static void resample_pair(const values *a, const values *b, resampling *r, ad_metric_value *value)
{
    for (int64_t k = 0; k < r->resamples; k++) {
        metric_draw(&a->w, r->seed, k, r->weight, r->drawn);
        r->of[k] = value_of(b, 0, r->weight).value - value_of(a, 0, r->weight).value;
    }
    conclude(r->of, r->resamples, a->w.units, value);
}

static ad_status measure_pair(const values *a, const values *b, const ad_metrics_options *o,
                              ad_metric_value *value)
{
    ad_metric_value of_a, of_b;
    point(a, 0, &of_a);
    point(b, 0, &of_b);
    *value = of_b;
    value->value = value->low = value->high = of_b.value - of_a.value;
    value->interval = AD_INTERVAL_NONE;
    value->words = isnan(of_a.value) ? of_a.words : of_b.words;
    if (!needs_resamples(&a->w, value) || o->resamples == 0)
        return AD_OK;
    resampling r;
    ad_status status = resampling_begin(&r, o, &a->w, 1);
    if (status == AD_OK)
        resample_pair(a, b, &r, value);
    resampling_done(&r);
    return status;
}

ad_status(ad_metric_difference)(const ad_metric_answers *a, const ad_metric_answers *b,
                                const ad_choice *metric, ad_metric_value *value,
                                const ad_metrics_options *options)
{
    values of_a = {0}, of_b = {0};
    ad_status status = check_options(options);
    if (status == AD_OK)
        status = values_begin(&of_a, a, metric, 1);
    if (status == AD_OK)
        status = values_begin(&of_b, b, metric, 1);
    if (status == AD_OK)
        status = check_pair(&of_a, &of_b);
    if (status == AD_OK)
        status = measure_pair(&of_a, &of_b, options ? options : &usual, value);
    values_done(&of_a);
    values_done(&of_b);
    return status;
}
