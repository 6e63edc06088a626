/* What the network says of the first examples of the test part, one by one: chances or numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

void page_answers_done(page_answers *a)
{
    free(a->value);
    free(a->target);
    free(a->loss);
    ad_run_answers_done(&a->own);
    *a = (page_answers){0};
}

/* Of two classes with a threshold the one that it says. */
int64_t page_answered(const page_answers *a, int64_t i)
{
    const float *value = a->value + i * a->width;
    int64_t best = 0;
    double threshold = a->all->threshold;
    if (a->width == 2 && threshold > 0)
        return value[a->all->positive] >= threshold ? a->all->positive : 1 - a->all->positive;
    for (int64_t c = 1; c < a->width; c++)
        best = value[c] > value[best] ? c : best;
    return best;
}

/* ---------------------------------------------------------------- one example */

/* Logits to chances; the log of what they sum to. */
static double softmax(const ad_array *a, int64_t row, int64_t width, float *to)
{
    double most = -INFINITY, sum = 0;
    for (int64_t c = 0; c < width; c++)
        most = fmax(most, ad_array_item(a, row * width + c));
    for (int64_t c = 0; c < width; c++)
        sum += exp(ad_array_item(a, row * width + c) - most);
    for (int64_t c = 0; c < width; c++)
        to[c] = (float)(exp(ad_array_item(a, row * width + c) - most) / sum);
    return most + log(sum);
}

static void take_class(page_answers *a, int64_t i)
{
    const ad_array *out = &a->all->prediction;
    double target = ad_array_item(&a->all->target, i), all = 0;
    int64_t label = (int64_t)target;
    bool chances = a->all->scale == AD_METRIC_CHANCES;
    if (!chances)
        all = softmax(out, i, a->width, a->value + i * a->width);
    for (int64_t c = 0; chances && c < a->width; c++)
        a->value[i * a->width + c] = (float)ad_array_item(out, i * a->width + c);
    a->target[i] = (float)target;
    a->loss[i] = NAN;
    if (label >= 0 && label < a->width) {
        double said = ad_array_item(out, i * a->width + label);
        a->loss[i] = chances ? -log(said) : all - said;
    }
}

/* Errors in units of the target's deviation, so that several targets count alike. */
static void take_numbers(const page *p, page_answers *a, int64_t i)
{
    double sum = 0;
    for (int64_t k = 0; k < a->width; k++) {
        double value = ad_array_item(&a->all->prediction, i * a->width + k),
               target = ad_array_item(&a->all->target, i * a->width + k),
               error = (value - target) / (p->data->deviation ? p->data->deviation[k] : 1);
        a->value[i * a->width + k] = (float)value;
        a->target[i * a->width + k] = (float)target;
        sum += error * error;
    }
    a->loss[i] = sum;
}

/* ---------------------------------------------------------------- all */

/* A row of classes, or of numbers, for each example; nothing else is drawn example by example. */
static bool suits(const ad_metric_answers *all)
{
    const ad_shape *out = &all->prediction.shape;
    if (!all->prediction.data || !all->target.data || out->rank < 1 || out->size[0] == 0)
        return false;
    if (all->kind == AD_METRIC_CLASSES)
        return out->rank == 2;
    return (all->kind == AD_METRIC_NUMBERS || all->kind == AD_METRIC_LABELS) &&
           ad_array_count(&all->prediction) == ad_array_count(&all->target);
}

static bool make_room(page_answers *a)
{
    size_t count = (size_t)a->count, width = (size_t)a->width;
    a->value = calloc(count * width + 1, sizeof *a->value);
    a->target = calloc(count * (a->classes ? 1 : width) + 1, sizeof *a->target);
    a->loss = calloc(count + 1, sizeof *a->loss);
    return a->value && a->target && a->loss;
}

static ad_status take_all(page *p)
{
    page_answers *a = &p->a;
    int64_t rows = a->all->prediction.shape.size[0];
    a->classes = a->all->kind == AD_METRIC_CLASSES;
    a->width = ad_array_count(&a->all->prediction) / rows;
    a->count = rows < PAGE_EXAMPLES_MAX ? rows : PAGE_EXAMPLES_MAX;
    a->each = rows == ad_source_count(p->data->test) && !a->all->cluster.data;
    if (!make_room(a))
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int64_t i = 0; i < a->count; i++)
        if (a->classes)
            take_class(a, i);
        else
            take_numbers(p, a, i);
    return AD_OK;
}

ad_status page_answers_make(page *p, const ad_run_answers *given)
{
    ad_status status = AD_OK;
    if (!p->data->test || p->data->task->makes)
        return AD_OK;
    if (!given)
        status = ad_run_answer(p->network, p->data, p->data->test, &p->a.own);
    p->a.all = given ? &given->answers : &p->a.own.answers;
    return status == AD_OK && suits(p->a.all) ? take_all(p) : status;
}
