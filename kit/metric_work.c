/* Answers made ready: checked, so that ways need not look again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"

static const double least_chance = 0x1p-52; /* that a logarithm is taken of, as scikit-learn's */

/* ---------------------------------------------------------------- what is asked of answers */

double metric_said(const metric_work *w, int64_t example, int64_t i)
{
    return ad_array_item(&w->a->prediction, example * w->width + i);
}

double metric_right(const metric_work *w, int64_t example, int64_t i)
{
    return ad_array_item(&w->a->target, example * w->width + i);
}

/* log(sum exp) of the logits of all classes but one; -1: of all. */
static double log_sum(const metric_work *w, int64_t example, int64_t but)
{
    double most = -INFINITY, sum = 0;
    for (int64_t c = 0; c < w->width; c++)
        if (c != but)
            most = fmax(most, metric_said(w, example, c));
    if (most == -INFINITY)
        return most;
    for (int64_t c = 0; c < w->width; c++)
        if (c != but)
            sum += exp(metric_said(w, example, c) - most);
    return most + log(sum);
}

double metric_score(const metric_work *w, int64_t example, int64_t i)
{
    double x = metric_said(w, example, i);
    if (w->a->scale == AD_METRIC_CHANCES || w->a->kind == AD_METRIC_LABELS)
        return x;
    if (w->width == 2)
        return x - metric_said(w, example, 1 - i);
    return x - log_sum(w, example, i);
}

static double sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

double metric_chance(const metric_work *w, int64_t example, int64_t i)
{
    double score = metric_score(w, example, i);
    return w->a->scale == AD_METRIC_CHANCES ? score : sigmoid(score);
}

double metric_surprise(const metric_work *w, int64_t example)
{
    int64_t label = w->label[example];
    if (w->a->scale == AD_METRIC_CHANCES)
        return -log(fmax(metric_said(w, example, label), least_chance));
    double other = log_sum(w, example, label) - metric_said(w, example, label);
    return other > 0 ? other + log1p(exp(-other)) : log1p(exp(other));
}

bool metric_has_label(const metric_work *w, int64_t example, int64_t i)
{
    double x = metric_said(w, example, i), t = w->a->threshold;
    if (w->a->scale == AD_METRIC_CHANCES)
        return x >= (t > 0 ? t : 0.5);
    return x >= (t > 0 ? log(t / (1 - t)) : 0);
}

int64_t metric_largest(const metric_work *w, int64_t example)
{
    int64_t best = 0;
    for (int64_t c = 1; c < w->width; c++)
        if (metric_said(w, example, c) > metric_said(w, example, best))
            best = c;
    return best;
}

static int64_t decide(const metric_work *w, int64_t example)
{
    double t = w->a->threshold;
    if (t <= 0)
        return metric_largest(w, example);
    double score = metric_score(w, example, w->a->positive);
    bool is = score >= (w->a->scale == AD_METRIC_CHANCES ? t : log(t / (1 - t)));
    return is ? w->a->positive : 1 - w->a->positive;
}

/* ---------------------------------------------------------------- memory */

static ad_status take(int64_t count, size_t size, void **memory)
{
    *memory = calloc((size_t)count + 1, size);
    return *memory ? AD_OK : message_no_memory();
}

void metric_done(metric_work *w)
{
    free(w->weight);
    free(w->label);
    free(w->said);
    free(w->unit);
    *w = (metric_work){.count = 0};
}

/* ---------------------------------------------------------------- checks */

static ad_status bad(const char *what, const char *cure)
{
    return message_fail(AD_ERROR_ARGUMENT, "metrics: %s\n  %s\n", what, cure);
}

static ad_status check_list(const ad_array *a, int64_t count, const char *name)
{
    if (!a->data || ad_array_count(a) == count)
        return AD_OK;
    return message_fail(AD_ERROR_SHAPE,
                        "metrics: there are %lld examples and %lld numbers in %s\n  give one for "
                        "each example\n",
                        (long long)count, (long long)ad_array_count(a), name);
}

static ad_status check_texts(const ad_metric_answers *a)
{
    if (a->prediction_text && a->target_text)
        return bad("classes are texts", "give their numbers, from 0");
    if (a->prediction_text || a->target_text)
        return bad(a->prediction_text ? "answers are texts and targets numbers"
                                      : "targets are texts and answers numbers",
                   "give the numbers of the classes on both sides");
    return AD_OK;
}

static bool is_whole(double x)
{
    return x == floor(x) && fabs(x) <= 0x1p53;
}

static ad_status read_classes(const ad_array *from, int64_t count, int64_t classes, const char *of,
                              int64_t *to)
{
    for (int64_t i = 0; i < count; i++) {
        double x = ad_array_item(from, i);
        if (!(is_whole(x) && x >= 0 && x < (double)classes))
            return message_fail(AD_ERROR_RANGE,
                                "metrics: %s %lld is %g, and classes are 0 to %lld\n  give the "
                                "number of a class\n",
                                of, (long long)i, x, (long long)classes - 1);
        to[i] = (int64_t)x;
    }
    return AD_OK;
}

/* False: words in w->undefined. */
static bool are_numbers(metric_work *w, const ad_array *a, bool minus_infinite)
{
    int64_t count = ad_array_count(a);
    for (int64_t i = 0; i < count; i++) {
        double x = ad_array_item(a, i);
        if (!isfinite(x) && !(minus_infinite && x == -INFINITY)) {
            w->undefined = a == &w->a->target ? "a target is not a finite number"
                                              : "a prediction is not a finite number";
            return false;
        }
    }
    return true;
}

static ad_status check_chances(const metric_work *w)
{
    bool classes = w->a->kind == AD_METRIC_CLASSES;
    for (int64_t i = 0; i < w->count && !w->undefined; i++) {
        double sum = 0, x;
        for (int64_t c = 0; c < w->width; c++) {
            sum += x = metric_said(w, i, c);
            if (x < 0 || x > 1.005)
                return message_fail(AD_ERROR_RANGE,
                                    "metrics: a chance of example %lld is %g\n  chances are 0 to "
                                    "1; say that these are logits\n",
                                    (long long)i, x);
        }
        if (classes && fabs(sum - 1) > 0.005)
            return message_fail(AD_ERROR_RANGE,
                                "metrics: the chances of example %lld sum to %g\n  they have to "
                                "sum to 1; say that these are logits\n",
                                (long long)i, sum);
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- of each kind */

static int64_t rows_of(const ad_array *a)
{
    return a->shape.rank > 0 ? a->shape.size[0] : 1;
}

static ad_status check_classes(metric_work *w)
{
    const ad_metric_answers *a = w->a;
    bool scores = a->prediction.shape.rank > 1;
    w->width = scores ? ad_array_count(&a->prediction) / (w->count ? w->count : 1) : a->classes;
    if (scores && w->count == 0)
        w->width = a->prediction.shape.size[a->prediction.shape.rank - 1];
    if (w->width < 2)
        return bad("classes are two and more", "give predictions (count, classes), or .classes");
    if (a->classes && a->classes != w->width)
        return bad("predictions are not as wide as there are classes", "leave .classes out");
    if (a->positive < 0 || a->positive >= w->width)
        return bad(".positive is no class", "name one from 0 to the last");
    if (a->threshold != 0 && !(a->threshold > 0 && a->threshold < 1 && w->width == 2 && scores))
        return bad(".threshold is for the chances of two classes, between 0 and 1",
                   "leave it out: the largest is answered");
    return check_list(&a->target, w->count, "the targets");
}

static ad_status read_said(metric_work *w)
{
    const ad_metric_answers *a = w->a;
    if (a->prediction.shape.rank < 2)
        return read_classes(&a->prediction, w->count, w->width, "answer", w->said);
    are_numbers(w, &a->prediction, a->scale == AD_METRIC_LOGITS);
    ad_status status = a->scale == AD_METRIC_CHANCES ? check_chances(w) : AD_OK;
    for (int64_t i = 0; i < w->count && status == AD_OK && !w->undefined; i++)
        w->said[i] = decide(w, i);
    return status;
}

static ad_status begin_classes(metric_work *w)
{
    ad_status status = check_texts(w->a);
    if (status == AD_OK)
        status = check_classes(w);
    if (status == AD_OK)
        status = take(w->count, sizeof *w->label, (void **)&w->label);
    if (status == AD_OK)
        status = take(w->count, sizeof *w->said, (void **)&w->said);
    if (status == AD_OK)
        status = read_classes(&w->a->target, w->count, w->width, "target", w->label);
    return status == AD_OK ? read_said(w) : status;
}

static ad_status check_labels(const metric_work *w)
{
    int64_t count = ad_array_count(&w->a->target);
    for (int64_t i = 0; i < count; i++) {
        double x = ad_array_item(&w->a->target, i);
        if (x != 0 && x != 1)
            return message_fail(AD_ERROR_RANGE,
                                "metrics: a label of example %lld is %g\n  labels are 0 or 1\n",
                                (long long)(i / w->width), x);
    }
    if (w->a->threshold < 0 || w->a->threshold >= 1)
        return bad(".threshold is not between 0 and 1", "leave it out: 0.5");
    return w->a->scale == AD_METRIC_CHANCES ? check_chances(w) : AD_OK;
}

static ad_status begin_labels(metric_work *w)
{
    int64_t count = w->count * w->width;
    ad_status status = check_labels(w);
    if (status == AD_OK)
        status = take(count, sizeof *w->label, (void **)&w->label);
    if (status == AD_OK)
        status = take(count, sizeof *w->said, (void **)&w->said);
    for (int64_t i = 0; i < count && status == AD_OK && !w->undefined; i++) {
        w->label[i] = metric_right(w, i / w->width, i % w->width) == 1;
        w->said[i] = metric_has_label(w, i / w->width, i % w->width);
    }
    return status;
}

static ad_status begin_numbers(metric_work *w)
{
    const ad_metric_answers *a = w->a;
    ad_status status = check_texts(a);
    if (status != AD_OK)
        return status;
    if (ad_array_count(&a->target) != ad_array_count(&a->prediction))
        return message_fail(AD_ERROR_SHAPE,
                            "metrics: there are %lld predictions and %lld targets\n  give a "
                            "target for each\n",
                            (long long)ad_array_count(&a->prediction),
                            (long long)ad_array_count(&a->target));
    w->width = w->count ? ad_array_count(&a->prediction) / w->count : 1;
    if (are_numbers(w, &a->prediction, a->kind == AD_METRIC_LABELS))
        are_numbers(w, &a->target, false);
    return a->kind == AD_METRIC_LABELS ? begin_labels(w) : AD_OK;
}

static ad_status begin_places(metric_work *w)
{
    const ad_metric_answers *a = w->a;
    ad_status status = check_list(&a->target, w->count, "the targets");
    w->width = w->count ? ad_array_count(&a->prediction) / w->count : 1;
    if (status == AD_OK && are_numbers(w, &a->prediction, false))
        are_numbers(w, &a->target, false);
    if (status == AD_OK)
        status = take(w->count, sizeof *w->label, (void **)&w->label);
    for (int64_t i = 0; i < w->count && status == AD_OK && !w->undefined; i++)
        w->label[i] = (int64_t)ad_array_item(&a->target, i);
    return status;
}

static ad_status begin_losses(metric_work *w)
{
    const ad_metric_answers *a = w->a;
    ad_status status = check_list(&a->target, w->count, "the targets");
    if (status == AD_OK)
        status = check_list(&a->bytes, w->count, ".bytes");
    if (status == AD_OK && are_numbers(w, &a->prediction, false))
        are_numbers(w, &a->target, false);
    for (int64_t i = 0; i < w->count && status == AD_OK; i++)
        if (ad_array_item(&a->target, i) < 0)
            status = bad("a text has fewer than 0 tokens", "give how many tokens each text has");
    return status;
}

static ad_status begin_sentences(metric_work *w)
{
    const ad_metric_answers *a = w->a;
    w->count = a->count;
    if (a->count > 0 && (!a->answer || !a->right))
        return bad("sentences want .answer and .right", "give the texts of both");
    if (a->count < 0 || a->references < 1)
        return bad(".count is below 0, or .references below 1", "say how many there are");
    for (int64_t i = 0; i < a->count * a->references; i++)
        if (!a->right[i] || !a->answer[i / a->references])
            return bad("a text is NULL", "an empty one is \"\"");
    return AD_OK;
}

/* ---------------------------------------------------------------- weights, clusters */

static ad_status read_weights(metric_work *w)
{
    const ad_array *a = &w->a->weight;
    double sum = 0;
    for (int64_t i = 0; i < w->count; i++) {
        w->weight[i] = a->data ? ad_array_item(a, i) : 1;
        if (!(w->weight[i] >= 0 && isfinite(w->weight[i])))
            return bad("a weight is below 0, or not finite", "give weights of 0 and more");
        w->even = w->even && w->weight[i] == 1;
        sum += w->weight[i];
    }
    if (!(sum > 0) && !w->undefined)
        w->undefined = w->count ? "all weights are 0" : "there is no example";
    return AD_OK;
}

typedef struct placed {
    double value;
    int64_t at;
} placed;

static int by_value(const void *a, const void *b)
{
    double x = ((const placed *)a)->value, y = ((const placed *)b)->value;
    return (x > y) - (x < y);
}

static ad_status read_clusters(metric_work *w)
{
    w->units = w->count;
    if (!w->a->cluster.data)
        return AD_OK;
    w->even = false;
    placed *list = calloc((size_t)w->count + 1, sizeof *list);
    ad_status status = take(w->count, sizeof *w->unit, (void **)&w->unit);
    if (status != AD_OK || !list) {
        free(list);
        return message_no_memory();
    }
    for (int64_t i = 0; i < w->count; i++)
        list[i] = (placed){ad_array_item(&w->a->cluster, i), i};
    qsort(list, (size_t)w->count, sizeof *list, by_value);
    w->units = 0;
    for (int64_t i = 0; i < w->count; i++) {
        w->units += i == 0 || list[i].value != list[i - 1].value;
        w->unit[list[i].at] = w->units - 1;
    }
    free(list);
    return AD_OK;
}

static bool is_missing(const ad_array *a)
{
    return !a->data && ad_array_count(a) != 0;
}

static ad_status begin_kind(metric_work *w)
{
    const ad_metric_answers *a = w->a;
    if (a->kind == AD_METRIC_SENTENCES)
        return begin_sentences(w);
    if (is_missing(&a->prediction) || is_missing(&a->target))
        return bad("there are no predictions, or no targets", "give .prediction and .target");
    w->count = rows_of(&a->prediction);
    w->width = 1;
    switch (a->kind) {
    case AD_METRIC_CLASSES: return begin_classes(w);
    case AD_METRIC_NUMBERS:
    case AD_METRIC_LABELS: return begin_numbers(w);
    case AD_METRIC_LOSSES: return begin_losses(w);
    case AD_METRIC_PLACES: return begin_places(w);
    default: return bad("no kind of answers", "give .kind, as AD_METRIC_CLASSES");
    }
}

ad_status metric_begin(metric_work *w, const ad_metric_answers *answers)
{
    *w = (metric_work){.a = answers, .width = 1, .even = true};
    if (!answers || answers->named_ != AD_NAMED_ || answers->size_ != sizeof *answers)
        return bad("the answers were not made by AD_OPTIONS",
                   "write AD_OPTIONS(ad_metric_answers, .kind = ...)");
    ad_status status = begin_kind(w);
    if (status == AD_OK)
        status = check_list(&answers->weight, w->count, ".weight");
    if (status == AD_OK)
        status = check_list(&answers->cluster, w->count, ".cluster");
    if (status == AD_OK && w->count >= INT32_MAX)
        status = bad("there are 2^31 examples and more", "measure parts of them");
    if (status == AD_OK)
        status = take(w->count, sizeof *w->weight, (void **)&w->weight);
    if (status == AD_OK)
        status = read_weights(w);
    return status == AD_OK ? read_clusters(w) : status;
}
