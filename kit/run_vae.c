/* Task vae (Kingma and Welling 2014): an encoder, whose output becomes mean and deviation of a
 * code, a decoder of codes drawn by them, and the divergence of the codes from the standard
 * Gaussian. */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "run.h"

static place last_place(const ad_layers *model)
{
    return model->layers.item[model->layers.count - 1].at;
}

static ad_tensor *code_feed(const ad_run_data *data, ad_graph *graph, ad_dim batch)
{
    return (ad_feed)(graph, data->noise.name, data->noise.type,
                     AD_SHAPE(batch, data->noise.shape.size[0]));
}

/* ---------------------------------------------------------------- encoder */

/* Mean and logarithm of the variance of the code, (batch, code) each: the halves of what the
 * encoder gives. */
static ad_status encode(const ad_config *c, const ad_run_data *data, ad_tensor *x, ad_tensor **mean,
                        ad_tensor **log_variance)
{
    ad_layers_input in = {.name = data->input[0].name, .tensor = x};
    int64_t code = c->vae.code;
    ad_tensor *h;
    ad_status status = run_build_in(c, "encoder", c->encoder, &in, &h);
    if (status != AD_OK)
        return status;
    ad_shape shape = ad_tensor_shape(h);
    char cure[80];
    snprintf(cure, sizeof cure,
             "end it with - flatten, where it has more axes, and - linear: {out: "
             "%lld}",
             (long long)(2 * code));
    if (shape.rank != 2 || shape.size[1] != 2 * code)
        return run_failed(AD_RUN_BAD_CONFIG,
                          config_fail_at(AD_ERROR_SHAPE, last_place(c->encoder), cure,
                                         "the encoder has to end with mean and logarithm of the "
                                         "variance of a code of %lld numbers, %lld in all",
                                         (long long)code, (long long)(2 * code)));
    *mean = (ad_slice)(h, -1, 0, code, 1);
    *log_variance = (ad_slice)(h, -1, code, 2 * code, 1);
    return AD_OK;
}

/* The mean over examples of (mean^2 + variance - log variance - 1) / 2, summed over the code. */
static ad_tensor *divergence(ad_tensor *mean, ad_tensor *log_variance)
{
    ad_tensor *far =
        (ad_sub)((ad_add)((ad_square)(mean), (ad_exp)(log_variance)), (ad_shift)(log_variance, 1));
    far = (ad_sum)(far, AD_AXES(-1), NULL);
    return (ad_scale)((ad_mean)(far, AD_ALL, NULL), 0.5);
}

/* ---------------------------------------------------------------- decoder */

static int64_t numbers_in(const ad_shape *shape, int from)
{
    int64_t count = 1;
    for (int i = from; i < shape->rank; i++)
        count *= shape->size[i];
    return count;
}

/* What the decoder gives, in the shape of an example. */
static ad_status decode(const ad_config *c, const ad_run_data *data, ad_tensor *code,
                        ad_tensor **out)
{
    const ad_shape *wanted = &data->input[0].shape;
    ad_layers_input in = {.name = data->noise.name, .tensor = code};
    ad_status status = run_build_in(c, "decoder", c->decoder, &in, out);
    if (status != AD_OK)
        return status;
    ad_shape has = ad_tensor_shape(*out), shape = {wanted->rank + 1, {has.size[0]}};
    if (numbers_in(&has, 1) != numbers_in(wanted, 0))
        return run_failed(AD_RUN_BAD_CONFIG,
                          config_fail_at(AD_ERROR_SHAPE, last_place(c->decoder),
                                         "end it with - linear: {out: N}, or layers that make "
                                         "such pictures",
                                         "the decoder makes %lld numbers, and an example has %lld",
                                         (long long)numbers_in(&has, 1),
                                         (long long)numbers_in(wanted, 0)));
    memcpy(&shape.size[1], wanted->size, (size_t)wanted->rank * sizeof *wanted->size);
    *out = (ad_reshape)(*out, shape);
    return AD_OK;
}

/* Pixels of which the decoder gives logits, 0 to 1; else numbers. */
static ad_tensor *meaning(const ad_config *c, const ad_run_data *data, ad_tensor *out)
{
    const char *loss = ad_config_given(c, "train.loss") ? c->loss.record->name : data->task->loss;
    return strcmp(loss, "binary_cross_entropy") == 0 ? (ad_sigmoid)(out) : out;
}

static void name_prediction(const ad_config *c, const ad_run_data *data, ad_tensor *made,
                            ad_tensor **meant)
{
    *meant = run_pixels_back(c, data, made);
    if (*meant == made)
        *meant = (ad_scale)(made, 1); /* a tensor of its own, to be named */
    (ad_name)(*meant, "prediction");
}

ad_status run_vae_decoder(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                          ad_dim batch)
{
    ad_tensor *out, *meant;
    ad_status status = decode(c, data, code_feed(data, graph, batch), &out);
    if (status == AD_OK)
        name_prediction(c, data, meaning(c, data, out), &meant);
    return status;
}

/* ---------------------------------------------------------------- both */

/* Targets of a cross-entropy are 0 to 1: pixels that are scaled otherwise are none. */
static ad_status check_range(const ad_config *c, const ad_run_data *data)
{
    bool pixels = data->input[0].type == AD_U8 && !c->input.from_data && c->input.scale <= 1. / 255,
         plain = c->input.mean.count == 1 && c->input.mean.value[0] == 0 &&
                 c->input.std.count == 1 && c->input.std.value[0] == 1,
         given = ad_config_given(c, "train.loss");
    const char *loss = given ? c->loss.record->name : data->task->loss;
    if (strcmp(loss, "binary_cross_entropy") != 0 || (pixels && plain))
        return AD_OK;
    return run_refused(c, given ? "train.loss" : "task",
                       "binary_cross_entropy is of pixels from 0 to 1, and these examples are not",
                       "write train: {loss: squared_error}, or leave input: out");
}

ad_status run_vae(ad_run_network *n, const ad_config *c, const ad_run_data *data, ad_dim batch,
                  ad_tensor *real, ad_tensor *x)
{
    ad_tensor *mean = NULL, *log_variance = NULL, *again = NULL;
    ad_status status = run_check_one_field(c, data);
    if (status == AD_OK)
        status = check_range(c, data);
    if (status == AD_OK)
        status = encode(c, data, x, &mean, &log_variance);
    if (status != AD_OK)
        return status;
    ad_tensor *noise = code_feed(data, n->graph, batch);
    ad_tensor *deviation = (ad_exp)((ad_scale)(log_variance, 0.5));
    ad_tensor *code = (ad_add)(mean, (ad_mul)(deviation, noise));
    status = decode(c, data, code, &again);
    if (status != AD_OK)
        return status;
    n->input[0] = real;
    n->input[1] = noise;
    n->inputs = 2;
    n->target = x;
    n->output = again;
    n->measured = meaning(c, data, (ad_call)(again, &code, &noise, 1));
    name_prediction(c, data, n->measured, &n->prediction);
    n->loss = (ad_add)(run_summed_loss(c, data, again, x),
                       (ad_scale)(divergence(mean, log_variance), c->vae.beta));
    return AD_OK;
}

int run_vae_needs_two(const ad_config *c, const ad_run_data *data, ad_tensor *x)
{
    ad_tensor *code = code_feed(data, ad_tensor_graph(x), ad_tensor_shape(x).size[0]);
    ad_layers_input in = {.name = data->noise.name, .tensor = code},
                    real = {.name = data->input[0].name, .tensor = x};
    int line = ad_layers_need_two(c, c->encoder, &real, 1);
    return line ? line : ad_layers_need_two(c, c->decoder, &in, 1);
}
