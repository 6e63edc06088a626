/* The graph that a configuration describes: pixels to numbers, the layers in the file's order, loss
 * and optimizer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "text.h"

/* As report_add, on a layer. */
static ad_status fail_at_layer(const ad_config *c, const ad_layer *layer, char *what,
                               const char *cure)
{
    report r = {0};
    int width = (int)strlen(layer->kind->name);
    report_add(&r, (place){&c->source->file, layer->line, layer->column, width}, "%s",
               what ? what : "");
    report_cure(&r, "%s", cure);
    free(what);
    char *words = report_text(&r);
    report_done(&r);
    return message_give(AD_ERROR_SHAPE, words);
}

/* ---------------------------------------------------------------- input */

static bool is_plain(const ad_numbers *numbers, double value)
{
    for (int i = 0; i < numbers->count; i++)
        if (numbers->value[i] != value)
            return false;
    return true;
}

/* (channels) or (1): broadcast over the other axes. */
static ad_tensor *channel_constant(ad_graph *graph, const ad_numbers *numbers)
{
    float values[AD_NUMBERS_MAX];
    for (int i = 0; i < numbers->count; i++)
        values[i] = (float)numbers->value[i];
    return (ad_constant)(graph, ad_f32(values, AD_SHAPE(numbers->count)));
}

static ad_status check_channels(const ad_config *c, const char *path, int count, ad_tensor *image)
{
    ad_shape shape = ad_tensor_shape(image);
    int64_t channels = shape.rank > 0 ? shape.size[shape.rank - 1] : 0;
    if (count == 1 || count == channels)
        return AD_OK;
    char *what = text_format("%s has %d numbers, but the images have %lld channels", path, count,
                             (long long)channels);
    char *words =
        what ? ad_config_report(c, path, what, "write one number, or one for each channel") : NULL;
    free(what);
    return message_give(AD_ERROR_SHAPE, words);
}

/* (pixel * scale - mean) / std; what changes nothing is left out. */
static ad_tensor *scale_input(const ad_config *c, ad_graph *graph, ad_tensor *image)
{
    ad_tensor *x = image;
    if (ad_tensor_type(x) != AD_F32)
        x = (ad_cast)(x, AD_F32);
    if (c->input.scale != 1)
        x = (ad_scale)(x, c->input.scale);
    if (!is_plain(&c->input.mean, 0))
        x = (ad_sub)(x, channel_constant(graph, &c->input.mean));
    if (!is_plain(&c->input.std, 1))
        x = (ad_div)(x, channel_constant(graph, &c->input.std));
    return x;
}

/* ---------------------------------------------------------------- layers */

/* The library's words start with the place too, which the report shows already. */
static const char *without_place(const char *words, const char *file, int line)
{
    char end[16];
    size_t size = strlen(file), end_size = (size_t)snprintf(end, sizeof end, ":%d: ", line);
    bool placed = strncmp(words, file, size) == 0 && strncmp(words + size, end, end_size) == 0;
    return placed ? words + size + end_size : words;
}

static ad_status layer_failed(const ad_config *c, const ad_layer *layer, const char *words)
{
    if (ad_error_status() == AD_ERROR_MEMORY)
        return message_no_memory();
    return fail_at_layer(c, layer, text_copy(without_place(words, c->file, layer->line)),
                         "change this layer, or one above it");
}

static ad_status check_logits(const ad_config *c, ad_tensor *logits)
{
    const ad_layer *last = &c->layers[c->layer_count - 1];
    ad_shape shape = ad_tensor_shape(logits);
    if (shape.rank != 2) {
        char *what = text_format("the model ends with %d axes; it has to end with (batch, classes)",
                                 shape.rank);
        return fail_at_layer(
            c, last, what,
            "put - flatten before the first linear, and end with - linear: {out: classes}");
    }
    if (c->data.classes > 0 && shape.size[1] != c->data.classes) {
        char *what = text_format(
            "the last layer gives %lld numbers for each image, but there are %lld classes",
            (long long)shape.size[1], (long long)c->data.classes);
        return fail_at_layer(c, last, what,
                             "end with - linear: {out: N}, N being the number of classes");
    }
    return AD_OK;
}

static ad_tensor *apply(const ad_config *c, const ad_layer *layer, ad_tensor *x)
{
    return ad_at(c->file, layer->line, layer->kind->build(layer, x));
}

static ad_status build_layers(const ad_config *c, ad_tensor *x, ad_tensor **logits)
{
    for (int i = 0; i < c->layer_count; i++) {
        const ad_layer *layer = &c->layers[i];
        x = apply(c, layer, x);
        const char *error = ad_tensor_error(x);
        if (error)
            return layer_failed(c, layer, error);
    }
    *logits = x;
    return check_logits(c, x);
}

ad_status ad_config_build(const ad_config *config, ad_graph *graph, ad_tensor *image,
                          ad_tensor **logits)
{
    *logits = NULL;
    ad_status status = check_channels(config, "input.mean", config->input.mean.count, image);
    if (status == AD_OK)
        status = check_channels(config, "input.std", config->input.std.count, image);
    if (status != AD_OK)
        return status;
    ad_tensor *x = ad_at(config->file, 1, scale_input(config, graph, image));
    if (ad_tensor_error(x))
        return message_fail(AD_ERROR_SHAPE, "%s: %s\n", config->file, ad_tensor_error(x));
    return build_layers(config, x, logits);
}

/* ---------------------------------------------------------------- batches of one */

/* (batch, channels), or all between of size 1. */
static bool one_value_per_image(ad_tensor *x)
{
    ad_shape shape = ad_tensor_shape(x);
    for (int i = 1; i < shape.rank - 1; i++)
        if (shape.size[i] != 1)
            return false;
    return shape.rank >= 2;
}

const ad_layer *ad_config_needs_two(const ad_config *config, ad_graph *graph, ad_tensor *image)
{
    ad_tensor *x = scale_input(config, graph, image);
    for (int i = 0; i < config->layer_count && !ad_tensor_error(x); i++) {
        const ad_layer *layer = &config->layers[i];
        if (layer->kind->over_batch && one_value_per_image(x))
            return layer;
        x = apply(config, layer, x);
    }
    return NULL;
}

/* ---------------------------------------------------------------- loss and optimizer */

ad_tensor *ad_config_loss(const ad_config *config, ad_tensor *logits, ad_tensor *label)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    if (config->train.loss == AD_LOSS_SQUARED_ERROR) {
        ad_shape shape = ad_tensor_shape(logits);
        ad_tensor *target = (ad_one_hot)(label, shape.size[shape.rank - 1], ad_tensor_type(logits));
        return (ad_squared_error)(logits, target, &o);
    }
    o.label_smoothing = config->train.label_smoothing;
    return (ad_cross_entropy)(logits, label, &o);
}

ad_tensor *ad_config_optimizer(const ad_config *config, ad_tensor *loss, ad_tensor *rate)
{
    int method = config->train.optimizer.method;
    ad_optimizer_options o = AD_OPTIONS(ad_optimizer_options, .rate_tensor = rate,
                                        .decay = config->train.optimizer.decay);
    if (!rate)
        o.rate = config->train.optimizer.rate;
    if (method == AD_METHOD_SGD || method == AD_METHOD_RMSPROP)
        o.momentum = config->train.optimizer.momentum;
    if (method == AD_METHOD_SGD)
        o.nesterov = config->train.optimizer.nesterov;
    else
        o.epsilon = config->train.optimizer.epsilon;
    if (method == AD_METHOD_RMSPROP)
        o.alpha = config->train.optimizer.alpha;
    if (method == AD_METHOD_ADAM || method == AD_METHOD_ADAMW)
        o.beta1 = config->train.optimizer.beta1, o.beta2 = config->train.optimizer.beta2;
    if (config->train.clip_norm > 0)
        o.clip_norm = config->train.clip_norm;
    if (config->train.clip_value > 0)
        o.clip_value = config->train.clip_value;
    switch (method) {
    case AD_METHOD_SGD: return (ad_sgd)(loss, &o);
    case AD_METHOD_RMSPROP: return (ad_rmsprop)(loss, &o);
    case AD_METHOD_ADAMW: return (ad_adamw)(loss, &o);
    default: return (ad_adam)(loss, &o);
    }
}
