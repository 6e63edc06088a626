/* Task diffusion (Ho, Jain and Abbeel 2020): examples with any share of noise in them, a model that
 * says which noise it is, and the chain of steps from pure noise to an example. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "run.h"

/* ---------------------------------------------------------------- shares */

static double cosine_share(double part)
{
    const double half_pi = 1.57079632679489661923, at = cos((part + 0.008) / 1.008 * half_pi);
    return at * at;
}

/* What a step puts into an example of variance 1. */
static double noise_of_step(const ad_run_data *data, int64_t step)
{
    double steps = (double)data->diffusion, at = (double)step;
    if (data->schedule == AD_DIFFUSION_LINEAR)
        return (0.1 + (20 - 0.1) * at / (steps - 1)) / steps;
    return fmin(0.999, 1 - cosine_share((at + 1) / steps) / cosine_share(at / steps));
}

double *run_shares(const ad_run_data *data)
{
    double left = 1, *share = malloc((size_t)data->diffusion * sizeof *share);
    for (int64_t i = 0; share && i < data->diffusion; i++)
        share[i] = left *= 1 - noise_of_step(data, i);
    return share;
}

/* sqrt(share), or sqrt(1 - share), of each step of the batch, to be multiplied with x. */
static ad_tensor *root_of(const ad_run_data *data, ad_tensor *time, ad_tensor *x, bool rest)
{
    ad_shape shape = ad_tensor_shape(x);
    float *root = malloc((size_t)data->diffusion * sizeof *root);
    double *share = run_shares(data);
    ad_tensor *table = NULL;
    for (int64_t i = 0; root && share && i < data->diffusion; i++)
        root[i] = (float)sqrt(rest ? 1 - share[i] : share[i]);
    if (root && share)
        table = (ad_constant)(ad_tensor_graph(x), ad_f32(root, AD_SHAPE(data->diffusion)));
    free(root);
    free(share);
    for (int i = 1; i < shape.rank; i++)
        shape.size[i] = 1;
    return table ? (ad_reshape)((ad_gather)(table, time, 0), shape) : NULL;
}

/* ---------------------------------------------------------------- the model */

static ad_tensor *waves_of(const ad_config *c, ad_tensor *time)
{
    int64_t count = c->diffusion.waves;
    float *frequency = malloc((size_t)count * sizeof *frequency);
    ad_dim batch = ad_tensor_shape(time).size[0];
    for (int64_t i = 0; frequency && i < count; i++)
        frequency[i] = (float)pow(1e4, -(double)i / (double)count);
    ad_tensor *by =
        frequency ? (ad_constant)(ad_tensor_graph(time), ad_f32(frequency, AD_SHAPE(1, count)))
                  : NULL;
    free(frequency);
    if (!by)
        return NULL;
    ad_tensor *angle = (ad_mul)((ad_reshape)((ad_cast)(time, AD_F32), AD_SHAPE(batch, 1)), by);
    ad_tensor *both[] = {(ad_sin)(angle), (ad_cos)(angle)};
    return (ad_concat)(both, 2, -1);
}

ad_status run_time_input(const ad_config *c, const ad_run_data *data, ad_tensor *time,
                         ad_tensor *told, ad_layers_input *in)
{
    ad_tensor *waves = waves_of(c, time);
    if (!waves)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    *in = (ad_layers_input){.name = "time", .tensor = run_with_told(data, waves, told)};
    return AD_OK;
}

static int64_t numbers_in(const ad_shape *shape)
{
    int64_t count = 1;
    for (int i = 1; i < shape->rank; i++)
        count *= shape->size[i];
    return count;
}

/* The noise in x, in its shape. */
static ad_status find_noise(const ad_config *c, const ad_run_data *data, ad_tensor *x,
                            ad_tensor *time, ad_tensor *told, ad_tensor **noise)
{
    ad_layers_input in[] = {{.name = data->input[0].name, .tensor = x}, {0}};
    ad_status status = run_time_input(c, data, time, told, &in[1]);
    if (status != AD_OK)
        return status;
    status = ad_layers_build(c, c->model, in, 2, noise);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_CONFIG, status);
    ad_shape has = ad_tensor_shape(*noise), wants = ad_tensor_shape(x);
    if (numbers_in(&has) != numbers_in(&wants))
        return run_failed(
            AD_RUN_BAD_CONFIG,
            config_fail_at(AD_ERROR_SHAPE, c->model->layers.item[c->model->layers.count - 1].at,
                           "end it with layers that keep the size, such as - conv: {filters: "
                           "CHANNELS, kernel: 3, padding: 1}",
                           "the model gives %lld numbers of noise, and an example has %lld",
                           (long long)numbers_in(&has), (long long)numbers_in(&wants)));
    *noise = (ad_reshape)(*noise, wants);
    return AD_OK;
}

/* x, cut to the range that pixels have. */
static ad_status cut(const ad_config *c, const ad_run_data *data, ad_tensor **x)
{
    static const uint8_t ends[2] = {0, 255};
    static ad_tensor *(*const keep[2])(ad_tensor *, ad_tensor *) = {ad_maximum, ad_minimum};
    bool own = data->pixel_mean.count > 0;
    if (data->input[0].type != AD_U8)
        return AD_OK;
    int64_t channels = data->input[0].shape.size[data->input[0].shape.rank - 1];
    for (int i = 0; i < 2; i++) {
        ad_graph *graph = ad_tensor_graph(*x);
        ad_tensor *end = (ad_constant)(graph, ad_u8(&ends[i], AD_SHAPE(1, 1, 1, 1)));
        ad_status status =
            ad_config_pixels(c, (ad_expand)(end, AD_SHAPE(1, 1, 1, channels)),
                             own ? &data->pixel_mean : NULL, own ? &data->pixel_std : NULL, &end);
        if (status != AD_OK)
            return run_failed(AD_RUN_BAD_CONFIG, status);
        *x = keep[i](*x, end);
    }
    return AD_OK;
}

/* The example that is seen in x with that noise in it: named clean, and prediction. */
static ad_status see(const ad_config *c, const ad_run_data *data, ad_tensor *x, ad_tensor *time,
                     ad_tensor *noise, ad_tensor **clean, ad_tensor **meant)
{
    ad_tensor *left = root_of(data, time, x, false), *rest = root_of(data, time, x, true);
    if (!left || !rest)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    *clean = (ad_div)((ad_sub)(x, (ad_mul)(rest, noise)), left);
    ad_status status = cut(c, data, clean);
    if (status != AD_OK)
        return status;
    (ad_name)(*clean, RUN_CLEAN);
    *meant = run_pixels_back(c, data, *clean);
    if (*meant == *clean)
        *meant = (ad_scale)(*clean, 1); /* a tensor of its own, to be named */
    (ad_name)(*meant, "prediction");
    return AD_OK;
}

static ad_tensor *noisy_feed(const ad_run_data *data, ad_graph *graph, ad_dim batch)
{
    ad_shape shape = {.rank = data->noise.shape.rank + 1, .size = {batch}};
    for (int i = 1; i < shape.rank; i++)
        shape.size[i] = data->noise.shape.size[i - 1];
    return (ad_feed)(graph, data->noise.name, AD_F32, shape);
}

ad_status run_diffusion_step(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                             ad_dim batch)
{
    ad_tensor *noise = NULL, *clean, *meant, *x = noisy_feed(data, graph, batch),
              *time = (ad_feed)(graph, RUN_TIME, AD_I32, AD_SHAPE(batch));
    ad_status status = find_noise(c, data, x, time, run_told(data, graph, batch), &noise);
    return status == AD_OK ? see(c, data, x, time, noise, &clean, &meant) : status;
}

/* What makes examples of the weights while they are trained. */
static ad_status add_chain(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                           ad_dim batch, ad_tensor *noisy, ad_tensor *time, ad_tensor *found)
{
    n->noisy = noisy_feed(data, n->graph, batch);
    n->time = (ad_feed)(n->graph, RUN_TIME, AD_I32, AD_SHAPE(batch));
    ad_tensor *from[] = {noisy, time}, *to[] = {n->noisy, n->time};
    ad_tensor *noise = (ad_call)(found, from, to, 2);
    return see(c, data, n->noisy, n->time, noise, &n->clean, &n->prediction);
}

ad_status run_diffusion(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                        ad_dim batch, ad_tensor *real, ad_tensor *x)
{
    ad_tensor *told = run_told(data, n->graph, batch), *found = NULL;
    ad_status status = run_check_one_field(c, data);
    if (status != AD_OK)
        return status;
    ad_tensor *moment = (ad_uniform)(n->graph, AD_F32, AD_SHAPE(batch), 0, (double)data->diffusion);
    ad_tensor *time = (ad_cast)(moment, AD_I32);
    ad_tensor *noise = (ad_normal)(n->graph, AD_F32, ad_tensor_shape(x), 0, 1);
    ad_tensor *left = root_of(data, time, x, false), *rest = root_of(data, time, x, true);
    if (!left || !rest)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_tensor *noisy = (ad_add)((ad_mul)(left, x), (ad_mul)(rest, noise));
    status = find_noise(c, data, noisy, time, told, &found);
    if (status == AD_OK)
        status = add_chain(n, c, data, batch, noisy, time, found);
    if (status != AD_OK)
        return status;
    n->input[0] = real;
    n->inputs = 1;
    if (told)
        n->input[n->inputs++] = told;
    n->target = noise;
    n->output = n->measured = found;
    n->loss = run_loss_of(c, data, found, noise);
    return AD_OK;
}

int run_diffusion_needs_two(const ad_config *c, const ad_run_data *data, ad_tensor *x)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_dim batch = ad_tensor_shape(x).size[0];
    ad_layers_input in[] = {{.name = data->input[0].name, .tensor = x}, {0}};
    ad_tensor *time = (ad_feed)(graph, RUN_TIME, AD_I32, AD_SHAPE(batch));
    return run_time_input(c, data, time, run_told(data, graph, batch), &in[1]) == AD_OK
               ? ad_layers_need_two(c, c->model, in, 2)
               : 0;
}

/* ---------------------------------------------------------------- the chain */

/* Normal numbers of example i: 0 what it begins with, j > 0 of the j-th step from the end. */
static float fresh(const run_chain *k, int64_t example, int64_t j, int64_t number)
{
    const uint64_t key[2] = {k->seed, (uint64_t)(k->first + example) | (uint64_t)j << 32};
    return ad_normal_at(key, (uint32_t)number);
}

/* From x, of a step of share `s`, to the one before, of share `p`. */
static void go_back(const run_chain *k, double s, double p, int64_t j, float *x, const float *clean)
{
    double d = k->noise ? sqrt((1 - p) / (1 - s) * (1 - s / p)) : 0;
    double keep = sqrt(fmax(0, 1 - p - d * d));
    for (int64_t i = 0; i < k->count; i++)
        for (int64_t n = 0; n < k->width; n++) {
            int64_t at = i * k->width + n;
            double e = (x[at] - sqrt(s) * clean[at]) / sqrt(1 - s);
            double added = k->noise ? d * fresh(k, i, j, n) : 0;
            x[at] = (float)(sqrt(p) * clean[at] + keep * e + added);
        }
}

static ad_status walk(const run_chain *k, const double *share, float *x, float *clean,
                      int32_t *time, float *made)
{
    int64_t all = k->data->diffusion, count = k->steps;
    ad_status status = AD_OK;
    for (int64_t i = 0; i < k->count * k->width; i++)
        x[i] = fresh(k, i / k->width, 0, i % k->width);
    for (int64_t j = count; j > 0 && status == AD_OK; j--) {
        int64_t t = all * j / count - 1, before = all * (j - 1) / count - 1;
        for (int64_t i = 0; i < k->count; i++)
            time[i] = (int32_t)t;
        status = k->see(k->user, x, time, k->told, k->count, clean, made);
        if (status == AD_OK && j > 1)
            go_back(k, share[t], share[before], j, x, clean);
    }
    return status;
}

ad_status run_walk(const run_chain *k, float *made)
{
    double *share = run_shares(k->data);
    size_t numbers = (size_t)(k->count * k->width) + 1;
    float *x = malloc(2 * numbers * sizeof *x);
    int32_t *time = malloc((size_t)(k->count + 1) * sizeof *time);
    ad_status status = share && x && time ? walk(k, share, x, x + numbers, time, made)
                                          : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    free(share);
    free(x);
    free(time);
    return status;
}
