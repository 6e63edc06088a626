/* What the network says of the first examples of the test part, one by one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

enum { FEEDS_MAX = AD_RUN_INPUTS_MAX + 1 };

typedef struct asking {
    page *p;
    ad_source *part; /* as many examples as are asked */
    ad_tensor *feed[FEEDS_MAX];
    int field[FEEDS_MAX], feeds;
    ad_program *program; /* measured, target */
    ad_batches *batches;
} asking;

void page_answers_done(page_answers *a)
{
    free(a->value);
    free(a->target);
    free(a->loss);
    *a = (page_answers){0};
}

ad_metric_answers page_metric_answers(const page *p)
{
    const page_answers *a = &p->a;
    bool labels = strcmp(p->data->task->record.name, "labels") == 0;
    ad_shape rows = AD_SHAPE(a->count, a->width), row = AD_SHAPE(a->count);
    return AD_OPTIONS(ad_metric_answers,
                      .kind = a->classes ? AD_METRIC_CLASSES
                              : labels   ? AD_METRIC_LABELS
                                         : AD_METRIC_NUMBERS,
                      .scale = AD_METRIC_CHANCES, .prediction = ad_f32(a->value, rows),
                      .target = ad_f32(a->target, a->classes ? row : rows));
}

int64_t page_answered(const page_answers *a, int64_t i)
{
    int64_t best = 0;
    for (int64_t c = 1; c < a->width; c++)
        best = a->value[i * a->width + c] > a->value[i * a->width + best] ? c : best;
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

static void take_class(page_answers *a, int64_t at, const ad_array *out, int64_t row)
{
    double all = softmax(&out[0], row, a->width, a->value + at * a->width),
           target = ad_array_item(&out[1], row);
    int64_t label = (int64_t)target;
    a->target[at] = (float)target;
    a->loss[at] =
        label >= 0 && label < a->width ? all - ad_array_item(&out[0], row * a->width + label) : NAN;
}

/* Errors in units of the target's deviation, so that several targets count alike. */
static void take_numbers(const page *p, page_answers *a, int64_t at, const ad_array *out,
                         int64_t row)
{
    double sum = 0;
    for (int64_t k = 0; k < a->width; k++) {
        double value = ad_array_item(&out[0], row * a->width + k),
               target = ad_array_item(&out[1], row * a->width + k),
               error = (value - target) / (p->data->deviation ? p->data->deviation[k] : 1);
        a->value[at * a->width + k] = (float)value;
        a->target[at * a->width + k] = (float)target;
        sum += error * error;
    }
    a->loss[at] = sum;
}

static ad_status take_batch(asking *w, const ad_batch *b, int64_t *at)
{
    page_answers *a = &w->p->a;
    ad_array in[FEEDS_MAX], out[2] = {{0}};
    for (int i = 0; i < w->feeds; i++)
        in[i] = b->array[w->field[i]];
    if (ad_run(w->program, in, out) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    for (int64_t i = 0; i < b->count && *at < a->count; i++, ++*at)
        if (a->classes)
            take_class(a, *at, out, i);
        else
            take_numbers(w->p, a, *at, out, i);
    return AD_OK;
}

/* ---------------------------------------------------------------- all */

/* Rows of numbers, or of classes; nothing else is drawn example by example. */
static bool suits(const page *p)
{
    const ad_run_network *n = p->network;
    if (!p->data->test || !p->data->target.name || p->data->task->players)
        return false;
    ad_shape out = ad_tensor_shape(n->measured), target = ad_tensor_shape(n->target);
    bool classes = ad_run_classes(p->data) > 0;
    return out.rank == 2 && out.size[1] > 0 &&
           (classes ? target.rank == 1 : target.rank == 2 && target.size[1] == out.size[1]);
}

static ad_status add_feed(asking *w, ad_tensor *feed)
{
    const char *name = ad_tensor_name(feed);
    w->feed[w->feeds] = feed;
    w->field[w->feeds] = ad_source_find(w->part, name);
    if (w->field[w->feeds++] >= 0)
        return AD_OK;
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s\n", name);
}

static ad_status prepare(asking *w)
{
    page_answers *a = &w->p->a;
    const ad_run_network *n = w->p->network;
    a->classes = ad_run_classes(w->p->data) > 0;
    a->width = ad_tensor_shape(n->measured).size[1];
    size_t count = (size_t)a->count, width = (size_t)a->width;
    a->value = calloc(count * width + 1, sizeof *a->value);
    a->target = calloc(count * (a->classes ? 1 : width) + 1, sizeof *a->target);
    a->loss = calloc(count + 1, sizeof *a->loss);
    if (!a->value || !a->target || !a->loss)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_status status = add_feed(w, n->target);
    for (int i = 0; i < n->inputs && status == AD_OK; i++)
        status = add_feed(w, n->input[i]);
    if (status != AD_OK)
        return status;
    w->batches = ad_batches_new(w->part, .size = RUN_MEASURED_AT_ONCE, .order = AD_ORDER_AS_IS);
    w->program = ad_compile(n->state, .fetch = {n->measured, n->target}, .feed_list = w->feed,
                            .feed_count = w->feeds);
    return w->batches && w->program ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
}

static ad_status ask(asking *w)
{
    ad_batch b = {.count = 1};
    int64_t at = 0;
    ad_status status = prepare(w);
    while (status == AD_OK && b.count > 0) {
        if (ad_batches_next(w->batches, &b) != AD_OK)
            return run_fail_core(AD_RUN_BAD_DATA);
        status = b.count ? take_batch(w, &b, &at) : AD_OK;
    }
    return status;
}

ad_status page_answers_make(page *p)
{
    asking w = {.p = p};
    int64_t all = p->data->test ? ad_source_count(p->data->test) : 0;
    if (!suits(p) || all <= 0)
        return AD_OK;
    p->a.count = all < PAGE_EXAMPLES_MAX ? all : PAGE_EXAMPLES_MAX;
    w.part = all > p->a.count ? run_first_of(p->data->test, p->a.count)
                              : ad_source_joined((ad_source *const[]){p->data->test}, 1);
    ad_status status = w.part ? ask(&w) : run_fail_core(AD_RUN_BAD_DATA);
    ad_program_free(w.program);
    ad_batches_free(w.batches);
    ad_source_free(w.part);
    return status;
}
