/* Forecasts with quantiles: sorted, measured, and how often they cross. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"

bool run_has_quantiles(const ad_run_data *data)
{
    return data->forecast && data->forecast->quantile.count > 0;
}

/* ---------------------------------------------------------------- in the graph */

static ad_tensor *in_rows(const ad_run_data *data, ad_tensor *all)
{
    return (ad_reshape)(all, AD_SHAPE(AD_INFER, data->target.shape.size[0],
                                      data->forecast->quantile.count));
}

ad_tensor *run_one_quantile(const ad_run_data *data, ad_tensor *all, int which)
{
    ad_tensor *one = (ad_slice)(in_rows(data, all), -1, which, which + 1, 1);
    return (ad_reshape)(one, AD_SHAPE(AD_INFER, data->target.shape.size[0]));
}

/* Odd-even transposition (Knuth, vol. 3, 5.3.4): neighbours change places, as many rounds as there
 * are quantiles. */
ad_tensor *run_sort_quantiles(const ad_run_data *data, ad_tensor *prediction)
{
    int count = data->forecast->quantile.count;
    int64_t width = data->target.shape.size[0];
    ad_tensor *list[AD_NUMBERS_MAX] = {NULL}, *rows = in_rows(data, prediction);
    if (count < 2)
        return prediction;
    for (int i = 0; i < count; i++)
        list[i] = (ad_slice)(rows, -1, i, i + 1, 1);
    for (int round = 0; round < count; round++)
        for (int i = round % 2; i + 1 < count; i += 2) {
            ad_tensor *low = (ad_minimum)(list[i], list[i + 1]);
            list[i + 1] = (ad_maximum)(list[i], list[i + 1]);
            list[i] = low;
        }
    ad_tensor *sorted = (ad_concat)(list, count, -1);
    return (ad_reshape)(sorted, AD_SHAPE(AD_INFER, width * count));
}

/* ---------------------------------------------------------------- what was said */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of one number, its quantiles and what is right. */
static double pinball_of(run_keeping *k, const ad_numbers *q, double *value, double right)
{
    bool crosses = false;
    double sum = 0;
    for (int i = 1; i < q->count; i++)
        crosses = crosses || value[i] < value[i - 1];
    k->crossed += crosses;
    k->crossable++;
    qsort(value, (size_t)q->count, sizeof *value, by_value);
    for (int i = 0; i < q->count; i++) {
        double off = right - value[i];
        sum += off > 0 ? q->value[i] * off : (q->value[i] - 1) * off;
    }
    return sum / q->count;
}

static bool reserve(run_keeping *k, int64_t count)
{
    if (k->losses + count <= k->losses_room)
        return true;
    int64_t room = 2 * (k->losses + count);
    double *list = realloc(k->pinball, (size_t)room * sizeof *list);
    if (!list)
        return false;
    k->pinball = list;
    k->losses_room = room;
    return true;
}

ad_status run_keep_quantiles(run_keeping *k, const ad_run_data *data, const ad_array *all,
                             const ad_array *right, int64_t count)
{
    const ad_numbers *q = &data->forecast->quantile;
    int64_t width = data->target.shape.size[0];
    if (!k->kind)
        return AD_OK;
    if (!reserve(k, count))
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int64_t i = 0; i < count; i++) {
        double sum = 0, value[AD_NUMBERS_MAX];
        for (int64_t j = i * width; j < (i + 1) * width; j++) {
            for (int n = 0; n < q->count; n++)
                value[n] = ad_array_item(all, j * q->count + n);
            sum += pinball_of(k, q, value, ad_array_item(right, j));
        }
        k->pinball[k->losses++] = sum / (double)width;
    }
    return AD_OK;
}

/* A mean over examples is that of their distances to 0. */
ad_status run_pinball(const run_keeping *k, const ad_array *cluster, int resamples,
                      ad_metric_value *value)
{
    ad_shape list = AD_SHAPE(k->losses);
    double *zeros = calloc((size_t)k->losses, sizeof *zeros);
    if (!zeros)
        return message_no_memory();
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                   .prediction = ad_f64(k->pinball, list), .target = ad_f64(zeros, list));
    a.cluster = *cluster;
    ad_choice mae = {ad_record_find(ad_metric_at, "mae"), NULL};
    const ad_record *pinball = ad_record_find(ad_metric_at, "pinball");
    ad_status status =
        (ad_metrics)(&a, &mae, 1, value, &AD_OPTIONS(ad_metrics_options, .resamples = resamples));
    snprintf(value->name, sizeof value->name, "%s", pinball ? pinball->name : "");
    free(zeros);
    return status;
}
