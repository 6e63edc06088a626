/* The graph that a configuration describes: pixels to numbers, the model, loss and optimizer. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "group.h"
#include "losses.h"
#include "message.h"
#include "model.h"
#include "run.h"
#include "text.h"

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
static ad_tensor *scale_input(const ad_config *c, const ad_numbers *mean, const ad_numbers *std,
                              ad_graph *graph, ad_tensor *image)
{
    ad_tensor *x = image;
    if (ad_tensor_type(x) != AD_F32)
        x = (ad_cast)(x, AD_F32);
    if (c->input.scale != 1)
        x = (ad_scale)(x, c->input.scale);
    if (!is_plain(mean, 0))
        x = (ad_sub)(x, channel_constant(graph, mean));
    if (!is_plain(std, 1))
        x = (ad_div)(x, channel_constant(graph, std));
    return x;
}

ad_status ad_config_pixels(const ad_config *config, ad_tensor *image, const ad_numbers *mean,
                           const ad_numbers *std, ad_tensor **pixels)
{
    const ad_numbers *m = mean ? mean : &config->input.mean, *d = std ? std : &config->input.std;
    *pixels = NULL;
    ad_status status = check_channels(config, "input.mean", m->count, image);
    if (status == AD_OK)
        status = check_channels(config, "input.std", d->count, image);
    if (status != AD_OK)
        return status;
    ad_tensor *x = ad_at(config->file, 1, scale_input(config, m, d, ad_tensor_graph(image), image));
    if (ad_tensor_error(x))
        return message_fail(AD_ERROR_SHAPE, "%s: %s\n", config->file, ad_tensor_error(x));
    *pixels = x;
    return AD_OK;
}

ad_tensor *config_pixels_back(const ad_config *c, ad_tensor *x, const ad_numbers *mean,
                              const ad_numbers *std)
{
    const ad_numbers *m = mean ? mean : &c->input.mean, *d = std ? std : &c->input.std;
    ad_graph *graph = ad_tensor_graph(x);
    if (!is_plain(d, 1))
        x = (ad_mul)(x, channel_constant(graph, d));
    if (!is_plain(m, 0))
        x = (ad_add)(x, channel_constant(graph, m));
    return c->input.scale == 1 ? x : (ad_scale)(x, 1 / c->input.scale);
}

/* ---------------------------------------------------------------- a model of one image */

static ad_status check_logits(const ad_config *c, ad_tensor *logits, int64_t classes)
{
    const model_list *list = &c->model->layers;
    place last = list->item[list->count - 1].at;
    ad_shape shape = ad_tensor_shape(logits);
    if (shape.rank != 2)
        return config_fail_at(AD_ERROR_SHAPE, last,
                              "put - flatten before the first linear, and end with - linear: "
                              "{out: classes}",
                              "the model ends with %d axes; it has to end with (batch, classes)",
                              shape.rank);
    if (classes > 0 && shape.size[1] != classes)
        return config_fail_at(
            AD_ERROR_SHAPE, last, "end with - linear: {out: N}, N being the number of classes",
            "the last layer gives %lld numbers for each image, but there are %lld classes",
            (long long)shape.size[1], (long long)classes);
    return AD_OK;
}

ad_status ad_config_build(const ad_config *config, ad_tensor *image, int64_t classes,
                          ad_tensor **logits)
{
    ad_tensor *x;
    *logits = NULL;
    ad_status status = ad_config_pixels(config, image, NULL, NULL, &x);
    if (status == AD_OK)
        status = ad_layers_build(config, config->model,
                                 &(ad_layers_input){.name = "image", .tensor = x}, 1, logits);
    return status == AD_OK ? check_logits(config, *logits, classes) : status;
}

/* ---------------------------------------------------------------- loss and optimizer */

ad_tensor *ad_config_loss(const ad_config *config, ad_tensor *prediction, ad_tensor *target)
{
    const ad_loss_record *loss = (const ad_loss_record *)config->loss.record;
    ad_tensor *t = target;
    bool labels = ad_tensor_type(target) == AD_I32 || ad_tensor_type(target) == AD_I64;
    if (labels && !loss_of_labels(&loss->record) && !loss_of_groups(&loss->record)) {
        ad_shape shape = ad_tensor_shape(prediction);
        t = (ad_one_hot)(target, shape.size[shape.rank - 1], ad_tensor_type(prediction));
    }
    return loss_make(loss, config->loss.options, prediction, t, NULL, false);
}

int ad_config_freezes(const ad_config *config, const char *variable)
{
    for (int i = 0; i < config->train.freeze.count; i++)
        if (ad_name_matches(config->train.freeze.text[i], variable))
            return i;
    return -1;
}

/* Those that are trained: all but the frozen ones.  False without memory. */
static bool choose_variables(const ad_config *c, ad_graph *graph, const char *scope,
                             ad_tensor ***list, ad_optimizer_options *o)
{
    int count = ad_variable_count(graph);
    *list = calloc((size_t)count + 1, sizeof **list);
    for (int i = 0; *list && i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        bool own = !scope || strncmp(ad_tensor_name(v), scope, strlen(scope)) == 0;
        if (own && ad_trainable(v) && ad_config_freezes(c, ad_tensor_name(v)) < 0)
            (*list)[o->variable_count++] = v;
    }
    o->variable_list = *list;
    return *list;
}

ad_tensor *ad_config_optimizer(const ad_config *config, ad_tensor *loss, ad_tensor *rate)
{
    return config_optimizer(config, loss, rate, NULL);
}

ad_tensor *config_optimizer(const ad_config *config, ad_tensor *loss, ad_tensor *rate,
                            const char *scope)
{
    const ad_optimizer_record *method = (const ad_optimizer_record *)config->optimizer.record;
    ad_optimizer_options o = *(const ad_optimizer_options *)config->optimizer.options;
    if (rate) {
        o.rate = AD_AUTO;
        o.rate_tensor = rate;
    }
    if (config->train.cycle_momentum)
        o.momentum_tensor = ad_find(ad_tensor_graph(loss), RUN_MOMENTUM);
    o.accumulate = (int)config->train.accumulate;
    if (config->train.clip_norm > 0)
        o.clip_norm = config->train.clip_norm;
    if (config->train.clip_value > 0)
        o.clip_value = config->train.clip_value;
    if (config->train.clip_adaptive > 0)
        o.clip_adaptive = config->train.clip_adaptive;
    o.skip_nonfinite = config->train.skip_nonfinite;
    bool fixed = config->train.freeze.count > 0 && !config->train.freeze_epochs;
    o.scope = fixed ? NULL : scope;
    ad_tensor **list = NULL;
    if (fixed && !choose_variables(config, ad_tensor_graph(loss), scope, &list, &o))
        return NULL;
    groups_set(config, ad_tensor_graph(loss), scope, &o);
    ad_tensor *step = method->make(loss, &o);
    free(list);
    return step;
}

/* What the file counts in epochs in steps; steps: how long it is. */
static void in_steps(const ad_config *config, int64_t steps_per_epoch, int64_t steps,
                     ad_schedule *schedule)
{
    schedule->rate = ((const ad_optimizer_options *)config->optimizer.options)->rate;
    schedule->steps = steps;
    schedule->every *= steps_per_epoch;
    if (schedule->down != AD_SAME)
        schedule->down *= steps_per_epoch;
    for (int i = 0; i < schedule->at.count; i++)
        schedule->at.value[i] *= (double)steps_per_epoch;
}

void ad_config_schedule(const ad_config *config, int64_t steps_per_epoch, ad_schedule *schedule)
{
    int64_t all =
        config->train.steps ? config->train.steps : config->train.epochs * steps_per_epoch;
    *schedule = *(const ad_schedule *)config->schedule.options;
    in_steps(config, steps_per_epoch, all, schedule);
}

int config_schedules(const ad_config *config, int64_t steps_per_epoch, ad_schedule *list)
{
    int64_t all =
        config->train.steps ? config->train.steps : config->train.epochs * steps_per_epoch;
    const ad_numbers *at = &config->train.schedules_at;
    int count = config->schedules.count;
    if (!count)
        ad_config_schedule(config, steps_per_epoch, list);
    for (int i = 0; i < count; i++) {
        double begin = i ? at->value[i - 1] * (double)steps_per_epoch : 0;
        double end = i + 1 < count ? at->value[i] * (double)steps_per_epoch : (double)all;
        int64_t steps = end > begin ? (int64_t)end - (int64_t)begin : 0;
        list[i] = *(const ad_schedule *)config->schedules.choice[i].options;
        in_steps(config, steps_per_epoch, steps, &list[i]);
        list[i].next = i + 1 < count ? &list[i + 1] : NULL;
        list[i].until = steps;
    }
    return count ? count : 1;
}

bool config_rate_changes(const ad_config *config)
{
    const ad_schedule *s = config->schedule.options;
    return config->schedules.count > 0 || s->shape != AD_RATE_CONSTANT || s->warmup > 0;
}

int64_t config_batch(const ad_config *config, int64_t examples)
{
    int64_t all = examples > 0 ? examples : 1;
    return config->train.mode == 1 || ad_config_is_whole(config) ? all
           : config->train.mode == 2                             ? 1
                                                                 : config->train.batch;
}
