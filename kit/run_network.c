/* A configuration's graph with its state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "augment.h"
#include "config.h"
#include "group.h"
#include "losses.h"
#include "message.h"
#include "model.h"
#include "row.h"
#include "run.h"
#include "text.h"

/* ---------------------------------------------------------------- inputs */

/* steps: what an open size is called, or where the graph is of windows of one size that size. */
static ad_tensor *feed(ad_graph *graph, ad_dim batch, const ad_run_field *f, ad_dim steps)
{
    ad_shape shape = {.rank = f->shape.rank + 1, .size = {batch}};
    for (int i = 0; i < f->shape.rank; i++)
        shape.size[i + 1] = f->shape.size[i] == AD_VARYING ? steps : f->shape.size[i];
    return (ad_feed)(graph, f->name, f->type, shape);
}

static bool varies(const ad_run_field *f)
{
    return f->shape.rank > 0 && f->shape.size[0] == AD_VARYING;
}

/* NAME.length, which batches have beside a field that varies. */
static ad_tensor *length_feed(ad_graph *graph, ad_dim batch, const char *name)
{
    char *words = text_format("%s.length", name);
    ad_tensor *length = words ? (ad_feed)(graph, words, AD_I32, AD_SHAPE(batch)) : NULL;
    free(words);
    return length;
}

/* What the model takes of feed x: pixels are scaled, all else is as it comes. */
static ad_status taken(const ad_config *c, const ad_run_data *data, ad_tensor *x,
                       ad_layers_input *in)
{
    bool pixels = ad_tensor_type(x) == AD_U8, own = data->pixel_mean.count > 0;
    ad_status status = pixels ? ad_config_pixels(c, x, own ? &data->pixel_mean : NULL,
                                                 own ? &data->pixel_std : NULL, &in->tensor)
                              : AD_OK;
    if (!pixels)
        in->tensor = x;
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_CONFIG, status);
}

/* ---------------------------------------------------------------- output */

static place last_place(const ad_config *c)
{
    const model_list *list = &c->model->layers;
    return list->item[list->count - 1].at;
}

/* Numbers that the model has to give for each example, or for each step of it. */
static int64_t wanted_out(const ad_config *c, const ad_run_data *data)
{
    int64_t classes = data->task->over_time || data->task->transcribes ? data->target.classes
                                                                       : ad_run_classes(data);
    if (data->task->spans)
        return 2;
    int parts = loss_parts(c->loss.record);
    if (data->task->embeds)
        return 0; /* any */
    if (data->forecast)
        return run_forecast_width(data) * parts;
    if (classes > 0 && loss_is_ordinal(c->loss.record))
        return 1;
    if (classes || data->task->of_input)
        return classes;
    return (data->target.shape.rank ? data->target.shape.size[0] : 1) * parts;
}

/* Number of the input whose steps have targets. */
static int timed_input(const ad_run_data *data)
{
    return data->task->rewrites ? 1 : 0;
}

/* (batch, time, classes), with the time of that input. */
static ad_status check_steps(const ad_config *c, const ad_run_data *data, ad_tensor *timed,
                             ad_tensor *output)
{
    ad_shape in = ad_tensor_shape(timed), out = ad_tensor_shape(output);
    char cure[160];
    snprintf(
        cure, sizeof cure,
        "end the model with - linear, which gives %lld numbers for each step; layers before it "
        "have to keep all steps",
        (long long)data->target.classes);
    if (out.rank == 3 && out.size[1] == in.size[1] && out.size[2] >= data->target.classes)
        return AD_OK;
    return run_failed(AD_RUN_BAD_CONFIG,
                      config_fail_at(AD_ERROR_SHAPE, last_place(c), cure,
                                     "the model has to end with (batch, time, classes), %lld "
                                     "classes for each step of %s",
                                     (long long)data->target.classes,
                                     data->input[timed_input(data)].name));
}

/* "1 target of 24 steps and 3 quantiles makes 72 numbers" */
static ad_status fail_forecast(const ad_config *c, const ad_run_data *data, int64_t wanted,
                               int64_t given)
{
    const ad_forecast *f = data->forecast;
    int64_t targets = data->target.shape.size[0] / f->horizon;
    char cure[120], quantiles[40] = "";
    snprintf(cure, sizeof cure, "end %s with - linear, whose out the forecast says, or with %lld",
             model_is_joined(&c->model->layers) ? "each path" : "the model", (long long)wanted);
    if (f->quantile.count)
        snprintf(quantiles, sizeof quantiles, " times %d quantiles", f->quantile.count);
    return run_failed(AD_RUN_BAD_CONFIG,
                      config_fail_at(AD_ERROR_SHAPE, last_place(c), cure,
                                     "a forecast is of %lld step%s times %lld target%s%s, %lld in "
                                     "all, but the last layer gives %lld",
                                     (long long)f->horizon, f->horizon == 1 ? "" : "s",
                                     (long long)targets, targets == 1 ? "" : "s", quantiles,
                                     (long long)wanted, (long long)given));
}

/* (batch, time, 2): begin and end. */
static ad_status check_spans(const ad_config *c, ad_tensor *output, ad_tensor *timed)
{
    ad_shape in = ad_tensor_shape(timed), out = ad_tensor_shape(output);
    if (out.rank == 3 && out.size[1] == in.size[1] && out.size[2] == 2)
        return AD_OK;
    return run_failed(AD_RUN_BAD_CONFIG,
                      config_fail_at(AD_ERROR_SHAPE, last_place(c),
                                     "end the model with - linear, which gives 2 numbers for each "
                                     "token; layers before it have to keep all steps",
                                     "the model has to end with (batch, time, 2): for each token "
                                     "that the answer begins there, and that it ends"));
}

/* What the model has to end with: (batch, width). */
static ad_status check_output(const ad_config *c, const ad_run_data *data, ad_tensor *timed,
                              ad_tensor *output)
{
    ad_shape shape = ad_tensor_shape(output);
    int64_t classes = ad_run_classes(data);
    if (data->task->of_input && !data->forecast)
        return AD_OK; /* the loss compares the shapes */
    int64_t wanted = wanted_out(c, data);
    if (data->task->spans)
        return check_spans(c, output, timed);
    if (shape.rank != 2)
        return run_failed(
            AD_RUN_BAD_CONFIG,
            config_fail_at(AD_ERROR_SHAPE, last_place(c),
                           "put - flatten before the first linear, and end with - linear: "
                           "{out: N}",
                           "the model ends with %d axes; it has to end with (batch, %s)",
                           shape.rank, classes ? "classes" : "targets"));
    if (shape.size[1] == wanted || (classes && shape.size[1] > classes && wanted > 1))
        return AD_OK;
    char cure[80];
    snprintf(cure, sizeof cure, "end the model with - linear: {out: %lld}", (long long)wanted);
    if (loss_parts(c->loss.record) > 1 || loss_is_ordinal(c->loss.record))
        return run_failed(AD_RUN_BAD_CONFIG,
                          config_fail_at(AD_ERROR_SHAPE, last_place(c), cure,
                                         "loss %s takes %lld number%s for each example, but the "
                                         "last layer gives %lld",
                                         c->loss.record->name, (long long)wanted,
                                         wanted == 1 ? "" : "s", (long long)shape.size[1]));
    if (data->forecast)
        return fail_forecast(c, data, wanted, shape.size[1]);
    return run_failed(
        AD_RUN_BAD_CONFIG,
        config_fail_at(AD_ERROR_SHAPE, last_place(c), cure,
                       "the data has %lld %s, but the last layer gives %lld number%s for each "
                       "example",
                       (long long)wanted,
                       classes       ? "classes"
                       : wanted == 1 ? "target"
                                     : "targets",
                       (long long)shape.size[1], shape.size[1] == 1 ? "" : "s"));
}

/* Each of the values `times` times, one behind the other. */
static ad_tensor *numbers(ad_graph *graph, const double *values, int64_t count, int64_t times)
{
    float *list = malloc((size_t)(count * times) * sizeof *list);
    if (!list)
        return NULL;
    for (int64_t i = 0; i < count * times; i++)
        list[i] = (float)values[i / times];
    ad_tensor *t = (ad_constant)(graph, ad_f32(list, AD_SHAPE(count * times)));
    free(list);
    return t;
}

/* The network's inputs, its output, and what that means. */
typedef struct forward {
    ad_tensor *input[AD_RUN_FEEDS_MAX]; /* fields, then lengths, then the begin of streams */
    int inputs;
    ad_tensor *timed;  /* the input whose steps have targets: the first, or what was written */
    ad_tensor *length; /* of it, or NULL: its examples are of one length */
    ad_tensor *said;   /* task transcription: (batch), steps of the output, or NULL */
    ad_dim steps;      /* of it, where it varies */
    bool groups;       /* task similarity: of groups of examples, for training */
    bool windows;      /* of the size that the task cuts, for training; else of any size */
    ad_tensor *first;  /* what the model begins with: pixels are scaled */
    ad_tensor *output, *prediction;
    ad_tensor *quantiles;                /* the prediction before they are sorted, or NULL */
    ad_tensor *next[2];                  /* of ad_run_network */
    ad_tensor *spans;                    /* task spans: (batch, 2, time), or NULL */
    ad_tensor *mean, *deviation;         /* of the target, or NULL */
    ad_type real;                        /* what it computes in */
    const model_watch *watch;            /* who looks on, or NULL */
    ad_tensor *taken[AD_RUN_INPUTS_MAX]; /* inputs as the model takes them */
} forward;

/* In the type that the network computes in. */
static ad_tensor *in_type(ad_tensor *x, ad_type real)
{
    return ad_tensor_type(x) == AD_F32 && real != AD_F32 ? (ad_cast)(x, real) : x;
}

/* Steps of the first input: those of a window, or a size that runs decide. */
static ad_dim steps_of(const ad_run_data *data, ad_graph *graph, const char *name, bool windows)
{
    return windows && data->window && data->schema->running ? data->window : ad_open(graph, name);
}

/* The feed of a group of examples. */
static ad_tensor *group_feed(const ad_run_data *data, ad_graph *graph, ad_dim batch,
                             const ad_run_field *f)
{
    ad_run_field group = *f;
    memmove(group.shape.size + 1, group.shape.size,
            (size_t)group.shape.rank++ * sizeof *group.shape.size);
    group.shape.size[0] = data->group;
    return feed(graph, batch, &group, 0);
}

/* The feed of field i with its length, and what the model takes of it. */
static ad_status make_input(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                            ad_dim batch, int i, forward *f, ad_layers_input *in)
{
    const ad_run_field *field = &data->input[i];
    bool first = i == 0 && data->task->of_text;
    bool segment = strcmp(field->name, RUN_SEGMENT) == 0 && i > 0; /* of the text before it */
    ad_dim steps = segment         ? ad_tensor_shape(f->input[i - 1]).size[1]
                   : varies(field) ? steps_of(data, graph, field->name, first && f->windows)
                                   : 0;
    f->input[i] =
        f->groups ? group_feed(data, graph, batch, field) : feed(graph, batch, field, steps);
    *in = (ad_layers_input){.name = field->name,
                            .classes = field->classes,
                            .tokens = segment || run_encoder(data, field->name),
                            .most = first ? data->window : 0};
    if (varies(field) && steps < 0)
        in->length = f->input[f->inputs++] = length_feed(graph, batch, field->name);
    if (i == 0) {
        in->out = wanted_out(c, data);
        in->f64 = f->real == AD_F64;
    }
    if (i == timed_input(data)) {
        f->timed = f->input[i];
        f->steps = steps;
        f->length = in->length;
    }
    ad_status status = taken(c, data, f->groups ? run_in_groups(f->input[i]) : f->input[i], in);
    if (status == AD_OK)
        in->tensor = in_type(in->tensor, f->real);
    return status;
}

/* Feeds, and what the model takes of each. */
static ad_status make_inputs(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                             ad_dim batch, forward *f, ad_layers_input *in)
{
    if (data->inputs == 0)
        return message_fail(AD_ERROR_ARGUMENT, "what the model takes is not known yet\n"
                                               "  call ad_run_sources before\n");
    ad_status status = AD_OK;
    f->inputs = data->inputs;
    for (int i = 0; i < data->inputs && status == AD_OK; i++)
        status = make_input(c, data, graph, batch, i, f, &in[i]);
    if (data->streams && f->windows && status == AD_OK) {
        in[0].fresh = f->input[f->inputs++] = (ad_feed)(graph, RUN_FRESH, AD_I32, AD_SHAPE(batch));
        in[0].streams = data->streams;
    }
    return status;
}

int run_needs_two(const ad_config *c, const ad_run_data *data, ad_graph *scratch)
{
    forward f = {.real = AD_F32};
    ad_layers_input in[AD_RUN_INPUTS_MAX];
    if (make_inputs(c, data, scratch, ad_open(scratch, "batch"), &f, in) != AD_OK)
        return 0;
    if (data->task->players)
        return run_players_need_two(c, data, in[0].tensor);
    if (data->task->makes == AD_MAKES_BY_CODE)
        return run_vae_needs_two(c, data, in[0].tensor);
    if (data->task->makes == AD_MAKES_BY_STEPS)
        return run_diffusion_needs_two(c, data, in[0].tensor);
    return ad_layers_need_two(c, c->model, in, data->inputs);
}

ad_status run_watch(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                    const ad_layers *model, const struct model_watch *watch)
{
    forward f = {.real = AD_F32, .windows = true};
    ad_tensor *output;
    ad_layers_input in[AD_RUN_INPUTS_MAX + 1];
    ad_dim batch = ad_open(graph, "batch");
    ad_tensor *told = run_told(data, graph, batch);
    if (model == c->generator || model == c->decoder) {
        ad_tensor *x = run_with_told(data, feed(graph, batch, &data->noise, 0), told);
        ad_layers_input noise = {.name = data->noise.name, .tensor = x};
        ad_status status = model_build(c, model, &noise, 1, watch, &output);
        return status == AD_OK ? status : run_failed(AD_RUN_BAD_CONFIG, status);
    }
    ad_status status = make_inputs(c, data, graph, batch, &f, in);
    int inputs = data->inputs;
    if (status == AD_OK && data->diffusion)
        status = run_time_input(c, data, (ad_feed)(graph, RUN_TIME, AD_I32, AD_SHAPE(batch)), told,
                                &in[inputs++]);
    else if (status == AD_OK)
        in[0].tensor = run_with_told(data, in[0].tensor, told);
    if (status == AD_OK)
        status = model_build(c, model, in, inputs, watch, &output);
    return status == AD_OK ? status : run_failed(AD_RUN_BAD_CONFIG, status);
}

/* What follows the whole text. */
static ad_tensor *last_step(const forward *f)
{
    return ad_pool_time(f->output, .how = AD_OVER_LAST, .length = f->length);
}

/* Of the target of a task that learns it less its mean, over its deviation; the way back. */
static void set_units(const ad_run_data *data, ad_graph *graph, forward *f)
{
    int64_t width = data->target.shape.size[0];
    int quantiles =
        data->forecast && data->forecast->quantile.count ? data->forecast->quantile.count : 1;
    f->mean = in_type(numbers(graph, data->mean, width, 1), f->real);
    f->deviation = in_type(numbers(graph, data->deviation, width, 1), f->real);
    ad_tensor *mean = in_type(numbers(graph, data->mean, width, quantiles), f->real);
    ad_tensor *deviation = in_type(numbers(graph, data->deviation, width, quantiles), f->real);
    f->prediction = (ad_add)((ad_mul)(f->prediction, deviation), mean);
}

/* A model of one row a step gives (batch, horizon, numbers). */
static ad_tensor *steps_in_a_row(const ad_run_data *data, ad_tensor *output)
{
    return data->forecast && ad_tensor_shape(output).rank == 3 ? (ad_flatten)(output) : output;
}

static ad_status build_model(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                             ad_dim batch, const ad_layers_input *in, forward *f)
{
    if (data->next && f->windows) {
        f->next[1] = f->input[f->inputs++] = (ad_feed)(graph, RUN_NEXT, AD_I32, AD_SHAPE(batch));
        return run_build_next(c, in, data->inputs, &f->output, &f->next[0]);
    }
    ad_status status =
        model_build_timed(c, c->model, in, data->inputs, f->watch, &f->output, &f->said);
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_CONFIG, status);
}

/* Noise in what the model sees, but where it is only asked, or its gradients are compared. */
static void add_noise(const ad_config *c, const forward *f, ad_tensor **x)
{
    if (!(c->autoencoder.noise > 0) || !f->windows || f->real != AD_F32)
        return;
    ad_tensor *noise = (ad_normal)(ad_tensor_graph(*x), AD_F32, ad_tensor_shape(*x), 0, 1);
    *x = (ad_add)(*x, (ad_scale)(noise, c->autoencoder.noise));
}

static ad_status build_forward(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                               ad_dim batch, forward *f)
{
    ad_layers_input in[AD_RUN_INPUTS_MAX];
    ad_status status = make_inputs(c, data, graph, batch, f, in);
    if (status != AD_OK)
        return status;
    f->first = in[0].tensor;
    for (int i = 0; i < data->inputs; i++)
        f->taken[i] = in[i].tensor;
    add_noise(c, f, &in[0].tensor);
    status = build_model(c, data, graph, batch, in, f);
    if (status != AD_OK)
        return status;
    f->output = steps_in_a_row(data, f->output);
    status = data->task->over_time     ? check_steps(c, data, f->timed, f->output)
             : data->task->transcribes ? run_check_said(c, data, f->output)
             : data->task->embeds      ? run_check_place(c, f->output)
                                       : check_output(c, data, f->timed, f->output);
    if (status != AD_OK)
        return status;
    if (data->task->embeds)
        f->output = run_place(c, f->output);
    if (ad_run_classes(data) > 0 && loss_is_ordinal(c->loss.record))
        f->output = loss_ordinal_chances(f->output, ad_run_classes(data));
    if (!f->output)
        return no_memory();
    bool last = data->task->of_text || data->task->rewrites;
    ad_tensor *said = loss_first_part(f->output, loss_parts(c->loss.record));
    if (data->task->spans)
        said = f->spans = run_span_logits(said, f->input[1], f->length);
    f->prediction = data->task->transcribes ? run_said_chances(f->output, f->said)
                                            : data->task->predict(last ? last_step(f) : said);
    if (data->task->spans)
        f->prediction = (ad_transpose)(f->prediction, AD_AXES(0, 2, 1));
    if (data->task->of_text) /* at each step: what gaps and whole texts are asked by */
        (ad_name)(data->task->predict(f->output), RUN_CHANCES);
    if (data->mean)
        set_units(data, graph, f);
    f->quantiles = run_has_quantiles(data) ? f->prediction : NULL;
    if (f->quantiles)
        f->prediction = run_sort_quantiles(data, f->prediction);
    (ad_name)(f->prediction, "prediction");
    return AD_OK;
}

/* ---------------------------------------------------------------- what is trained */

/* The mean over the quantiles of their pinball losses. */
static ad_tensor *quantile_loss(const ad_run_data *data, ad_tensor *output, ad_tensor *target)
{
    const ad_numbers *q = &data->forecast->quantile;
    ad_tensor *sum = NULL;
    for (int i = 0; i < q->count; i++) {
        ad_loss_options o = AD_OPTIONS(ad_loss_options, .quantile = q->value[i]);
        ad_tensor *one = (ad_pinball)(run_one_quantile(data, output, i), target, &o);
        sum = sum ? (ad_add)(sum, one) : one;
    }
    return (ad_scale)(sum, 1.0 / q->count);
}

/* The configuration's loss, or the task's where it says none. */
ad_tensor *run_loss_of(const ad_config *c, const ad_run_data *data, ad_tensor *output,
                       ad_tensor *target)
{
    if (run_has_quantiles(data))
        return quantile_loss(data, output, target);
    const ad_record *usual = ad_record_find(ad_config_loss_at, data->task->loss);
    if (ad_config_given(c, "train.loss") || usual == c->loss.record)
        return ad_config_loss(c, output, target);
    return ((const ad_loss_record *)usual)->make(output, target, usual->initial);
}

ad_tensor *run_summed_loss(const ad_config *c, const ad_run_data *data, ad_tensor *output,
                           ad_tensor *target)
{
    const ad_record *usual = ad_record_find(ad_loss_at, data->task->loss);
    bool own = ad_config_given(c, "train.loss") || usual == c->loss.record;
    const ad_loss_record *loss = (const ad_loss_record *)(own ? c->loss.record : usual);
    ad_loss_options o = *(const ad_loss_options *)(own ? c->loss.options : usual->initial);
    o.reduction = AD_REDUCE_BATCH_MEAN;
    return loss->make(output, target, &o);
}

/* The input as the model takes it, in the shape of the output. */
static ad_tensor *input_again(const forward *f)
{
    bool flat = ad_tensor_shape(f->output).rank < ad_tensor_shape(f->first).rank;
    return flat ? (ad_flatten)(f->first) : f->first;
}

/* The target in the network's units. */
static ad_tensor *wanted(const ad_run_data *data, const forward *f, ad_tensor *target)
{
    ad_tensor *t = in_type(target, f->real);
    return data->mean ? (ad_div)((ad_sub)(t, f->mean), f->deviation) : t;
}

static bool mixes(const ad_config *c)
{
    for (int i = 0; i < c->augment.count; i++)
        if (!change_is_one(c->augment.choice[i].record) &&
            ad_augment_mixes(c->augment.choice[i].record))
            return true;
    return false;
}

/* The target of each step, -1 behind the end of its example. */
static ad_tensor *of_steps(const forward *f, ad_tensor *target)
{
    if (!f->length)
        return target;
    ad_graph *graph = ad_tensor_graph(target);
    ad_shape shape = ad_tensor_shape(target);
    ad_tensor *range = (ad_range)(graph, AD_I32, shape.size[1]);
    ad_tensor *length = (ad_reshape)(f->length, AD_SHAPE(shape.size[0], 1));
    return (ad_where)((ad_less)(range, length), target, (ad_number)(graph, AD_I32, -1));
}

/* The mean over all steps that have a target. */
static ad_tensor *loss_of_steps(const ad_config *c, const ad_run_data *data, ad_tensor *output,
                                ad_tensor *wanted)
{
    const ad_record *usual = ad_record_find(ad_config_loss_at, data->task->loss);
    bool own = ad_config_given(c, "train.loss") || usual == c->loss.record;
    const ad_loss_record *loss = (const ad_loss_record *)(own ? c->loss.record : usual);
    ad_tensor *zero = (ad_number)(ad_tensor_graph(wanted), AD_I32, 0);
    ad_tensor *weight = (ad_cast)((ad_greater_equal)(wanted, zero), ad_tensor_type(output));
    return loss_make(loss, own ? c->loss.options : usual->initial, output,
                     (ad_maximum)(wanted, zero), weight, false);
}

/* The loss with that of the two kinds of windows. */
static ad_tensor *with_next(const forward *f, ad_tensor *loss)
{
    return f->next[0] ? (ad_add)(loss, ad_cross_entropy(f->next[0], f->next[1])) : loss;
}

/* All steps have a target: windows of running text. */
static bool is_full(const ad_run_data *data, const forward *f)
{
    return !f->length && strcmp(data->task->record.name, "language_model") == 0;
}

/* Of examples that are two mixed: each's loss by its share. */
static ad_tensor *mixed_loss(ad_run_network *n, const ad_run_data *data, ad_dim batch,
                             const ad_loss_record *loss, const void *options)
{
    char *other = text_format("%s.other", data->target.name),
         *share = text_format("%s.share", data->target.name);
    ad_tensor *b = other && share ? ad_feed(n->graph, other, AD_I32, AD_SHAPE(batch)) : NULL,
              *s = b ? ad_feed(n->graph, share, AD_F32, AD_SHAPE(batch)) : NULL;
    free(other);
    free(share);
    if (!s)
        return NULL;
    ad_tensor *first = loss_make(loss, options, n->output, n->target, NULL, true);
    ad_tensor *second = loss_make(loss, options, n->output, b, NULL, true);
    ad_tensor *rest = (ad_sub)((ad_full)(n->graph, AD_F32, AD_SCALAR, 1), s);
    return ad_mean((ad_add)((ad_mul)(first, s), (ad_mul)(second, rest)), AD_ALL);
}

/* What a step makes smaller: the loss, of mixed examples theirs. */
static ad_tensor *training_loss(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                                ad_dim batch)
{
    const ad_loss_record *loss = (const ad_loss_record *)c->loss.record;
    bool labels = ad_run_classes(data) > 0 && loss_of_labels(&loss->record);
    return mixes(c) && labels ? mixed_loss(n, data, batch, loss, c->loss.options) : n->loss;
}

/* Every pattern freezes something, and something is left. */
static ad_status check_frozen(const ad_config *c, ad_graph *graph)
{
    const ad_names *freeze = &c->train.freeze;
    bool *used = calloc((size_t)freeze->count + 1, sizeof *used);
    int left = 0, unused = 0;
    if (!used)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        int pattern = ad_trainable(v) ? ad_config_freezes(c, ad_tensor_name(v)) : 0;
        left += pattern < 0;
        if (ad_trainable(v) && pattern >= 0)
            used[pattern] = true;
    }
    while (unused < freeze->count && used[unused])
        unused++;
    free(used);
    char what[256] = "";
    if (unused < freeze->count)
        snprintf(what, sizeof what, "no variable is called '%.100s'", freeze->text[unused]);
    else if (freeze->count > 0 && left == 0)
        snprintf(what, sizeof what, "every variable is frozen, so nothing would be trained");
    if (!*what)
        return AD_OK;
    char *words = ad_config_report(c, "train.freeze", what,
                                   "`adze show` lists them; they are called as their layers, "
                                   "conv1.weight, and * stands for any text");
    return run_failed(AD_RUN_BAD_CONFIG, message_give(AD_ERROR_ARGUMENT, words));
}

/* What is measured is measured with the averages of the weights.  Of a game they are kept by the
 * turns of the last player, who makes what is measured; the loss is that of the players. */
static void use_averages(ad_run_network *n, double decay)
{
    ad_player *last = &n->player[n->players - 1];
    n->averaged = true;
    if (decay > 0) /* else the step keeps them */
        last->step = ad_average(last->step, decay);
    if (n->players == 1)
        n->loss = ad_averaged(n->loss);
    n->measured = ad_averaged(n->measured);
    n->next[0] = n->next[0] ? ad_averaged(n->next[0]) : NULL;
    n->quantiles = n->quantiles ? ad_averaged(n->quantiles) : NULL;
    n->prediction = ad_averaged(n->prediction);
}

/* What learns n->loss. */
static ad_status add_step(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                          ad_dim batch)
{
    if (ad_tensor_error(n->loss))
        return run_failed(
            AD_RUN_BAD_CONFIG,
            message_give(AD_ERROR_SHAPE, ad_config_report(c, "train.loss", ad_tensor_error(n->loss),
                                                          "choose another loss, or leave it out")));
    ad_status status = check_frozen(c, n->graph);
    if (status == AD_OK)
        status = groups_check(c, n->graph);
    if (status != AD_OK)
        return status;
    if (config_rate_changes(c))
        n->rate = ad_feed(n->graph, "rate", AD_F32, AD_SCALAR);
    if (c->train.cycle_momentum)
        n->momentum = ad_feed(n->graph, RUN_MOMENTUM, AD_F32, AD_SCALAR);
    ad_tensor *loss = training_loss(n, c, data, batch);
    n->players = 1;
    if (loss)
        loss = run_around_loss(c, data, n, loss);
    n->player[0].step = loss ? ad_config_optimizer(c, loss, n->rate) : NULL;
    if (!n->player[0].step)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    status = run_around_step(c, data, n);
    if (status != AD_OK)
        return status;
    if (ad_config_is_whole(c) && ad_tensor_error(run_whole_keeps(c, n->graph)))
        return run_fail_core(AD_RUN_NO_FAULT);
    if (c->train.average > 0 || c->train.swa > 0)
        use_averages(n, c->train.average);
    return AD_OK;
}

static bool has_own_loss(const ad_task_record *task)
{
    return task->transcribes || task->embeds;
}

/* Tasks transcription and similarity, up to the loss. */
static ad_status build_loss(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                            ad_dim batch, const forward *f)
{
    n->inputs = f->inputs;
    memcpy(n->input, f->input, sizeof n->input);
    n->output = f->output;
    n->prediction = n->measured = f->prediction;
    return data->task->embeds ? run_similarity(n, c, data, batch, f->output)
                              : run_transcription(n, c, data, batch, f->said);
}

/* Target and loss, and what is measured. */
static ad_status set_loss(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                          ad_dim batch, const forward *f)
{
    if (has_own_loss(data->task))
        return build_loss(n, c, data, batch, f);
    n->target = data->target.name ? feed(n->graph, batch, &data->target, f->steps) : input_again(f);
    n->inputs = f->inputs;
    memcpy(n->input, f->input, sizeof n->input);
    n->output = f->output;
    n->prediction = f->prediction;
    n->measured = f->spans                                        ? f->spans
                  : ad_run_classes(data) || data->task->over_time ? f->output
                  : run_has_quantiles(data)
                      ? run_one_quantile(data, f->prediction, run_forecast_middle(data->forecast))
                      : f->prediction;
    n->quantiles = f->quantiles;
    n->wanted = data->task->over_time ? of_steps(f, n->target) : n->target;
    n->loss =
        data->task->over_time && !is_full(data, f)
            ? loss_of_steps(c, data, f->output, n->wanted)
            : run_loss_of(c, data, f->spans ? f->spans : f->output, wanted(data, f, n->target));
    n->loss = with_next(f, n->loss);
    memcpy(n->next, f->next, sizeof n->next);
    return AD_OK;
}

static ad_status build_training(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                                ad_dim batch, const forward *f)
{
    ad_status status = set_loss(n, c, data, batch, f);
    return status == AD_OK ? add_step(n, c, data, batch) : status;
}

/* The graph of inference alone, as text: what a stored model runs. */
static ad_status write_inference(ad_run_network *n, const ad_config *c, const ad_run_data *data)
{
    forward f = {.real = AD_F32};
    ad_graph *graph = ad_graph_new(n->context);
    ad_status status = AD_OK;
    if (graph && data->task->players) {
        ad_dim batch = ad_open(graph, "batch");
        status = run_generator(c, data, graph, batch, run_told(data, graph, batch), &f.first,
                               &f.output, &f.prediction);
    }
    if (graph && data->task->makes == AD_MAKES_BY_CODE)
        status = run_vae_decoder(c, data, graph, ad_open(graph, "batch"));
    if (graph && data->task->makes == AD_MAKES_BY_STEPS)
        status = run_diffusion_step(c, data, graph, ad_open(graph, "batch"));
    if (graph && !data->task->makes)
        status = build_forward(c, data, graph, ad_open(graph, "batch"), &f);
    const char *text = graph && status == AD_OK ? ad_graph_text(graph) : NULL;
    n->inference = text ? text_copy(text) : NULL;
    if (status == AD_OK && !n->inference)
        status = text ? run_failed(AD_RUN_NO_FAULT, message_no_memory())
                      : run_fail_core(AD_RUN_NO_FAULT);
    ad_graph_free(graph);
    if (status == AD_OK)
        n->step = run_step_graph(c, data, n->context);
    return status;
}

static ad_status build_game(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                            ad_dim batch)
{
    forward f = {.real = AD_F32};
    ad_layers_input in[AD_RUN_INPUTS_MAX];
    ad_status status = run_around_game(c);
    if (status == AD_OK)
        status = make_inputs(c, data, n->graph, batch, &f, in);
    if (config_rate_changes(c))
        n->rate = ad_feed(n->graph, "rate", AD_F32, AD_SCALAR);
    if (status == AD_OK)
        status = run_players(n, c, data, batch, f.input[0], in[0].tensor);
    if (status == AD_OK && c->train.average > 0)
        use_averages(n, c->train.average);
    if (status == AD_OK)
        status = check_frozen(c, n->graph);
    return status == AD_OK ? groups_check(c, n->graph) : status;
}

/* A task that makes examples, and is no game. */
static ad_status build_maker(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                             ad_dim batch)
{
    forward f = {.real = AD_F32};
    ad_layers_input in[AD_RUN_INPUTS_MAX];
    ad_status status = make_inputs(c, data, n->graph, batch, &f, in);
    bool steps = data->task->makes == AD_MAKES_BY_STEPS;
    if (status == AD_OK)
        status = (steps ? run_diffusion : run_vae)(n, c, data, batch, f.input[0], in[0].tensor);
    return status == AD_OK ? add_step(n, c, data, batch) : status;
}

static ad_status build(ad_run_network *n, const ad_config *c, const ad_run_data *data)
{
    forward f = {.real = AD_F32, .windows = true, .groups = data->task->embeds};
    ad_dim batch = ad_open(n->graph, "batch");
    ad_status status = data->task->players ? build_game(n, c, data, batch)
                       : data->task->makes ? build_maker(n, c, data, batch)
                                           : build_forward(c, data, n->graph, batch, &f);
    if (status == AD_OK && !data->task->makes)
        status = build_training(n, c, data, batch, &f);
    return status == AD_OK ? write_inference(n, c, data) : status;
}

ad_status run_double(const ad_config *config, const ad_run_data *data, ad_run_network *n)
{
    forward f = {.real = AD_F64, .windows = true, .groups = data->task->embeds};
    if (data->task->makes)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                        "gradients of a %s are not compared: %s\n  leave --gradients out\n",
                        data->task->record.name,
                        data->task->players ? "its players have two losses"
                                            : "its loss is of noise that is drawn");
    ad_dim batch = ad_open(n->graph, "batch");
    ad_status status = build_forward(config, data, n->graph, batch, &f);
    if (status == AD_OK && has_own_loss(data->task))
        return build_loss(n, config, data, batch, &f);
    if (status != AD_OK)
        return status;
    n->target = data->target.name ? feed(n->graph, batch, &data->target, f.steps) : input_again(&f);
    n->loss =
        data->task->over_time && !is_full(data, &f)
            ? loss_of_steps(config, data, f.output, of_steps(&f, n->target))
            : run_loss_of(config, data, f.spans ? f.spans : f.output, wanted(data, &f, n->target));
    n->loss = with_next(&f, n->loss);
    n->inputs = f.inputs;
    memcpy(n->input, f.input, sizeof n->input);
    return ad_tensor_error(n->loss)
               ? run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_SHAPE, "%s\n", ad_tensor_error(n->loss))
               : AD_OK;
}

ad_status run_traced(const ad_config *config, const ad_run_data *data, bool f64,
                     const model_watch *watch, run_traces *t, ad_run_network *n)
{
    forward f = {.real = f64 ? AD_F64 : AD_F32,
                 .windows = true,
                 .groups = data->task->embeds,
                 .watch = watch};
    ad_dim batch = ad_open(n->graph, "batch");
    ad_status status = build_forward(config, data, n->graph, batch, &f);
    if (status != AD_OK)
        return status;
    memcpy(t->taken, f.taken, sizeof t->taken);
    status = set_loss(n, config, data, batch, &f);
    if (status != AD_OK)
        return status;
    t->loss = n->loss;
    t->target = data->task->over_time ? n->wanted : wanted(data, &f, n->target);
    t->variables = ad_variable_count(n->graph);
    return add_step(n, config, data, batch);
}

ad_status ad_run_graph(const ad_config *config, const ad_run_data *data, int threads,
                       ad_run_network *n)
{
    *n = (ad_run_network){.context = ad_context_new(.threads = threads ? threads : AD_PROCESSORS)};
    n->graph = n->context ? ad_graph_new(n->context) : NULL;
    if (!n->graph)
        return run_fail_core(AD_RUN_NO_FAULT);
    return build(n, config, data);
}

ad_status ad_run_build(const ad_config *config, const ad_run_data *data, int threads,
                       ad_run_network *n)
{
    ad_status status = ad_run_graph(config, data, threads, n);
    if (status != AD_OK)
        return status;
    n->state = ad_state_new(n->graph, (uint64_t)config->train.seed);
    if (!n->state)
        return run_fail_core(AD_RUN_NO_FAULT);
#ifdef ADZE_EXTRAS
    char name[24];
    const char *word = CONFIG_INITIALS;
    for (int i = config->train.initial; i > 0; i--)
        word = strchr(word, ' ') + 1;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, " "), word);
    if (strcmp(name, "lsuv") == 0 || strcmp(name, "fixup") == 0)
        status = run_initialize(config, data, n, strcmp(name, "fixup") == 0);
    else if (ad_initialize_as(n->state, n->graph, name, (uint64_t)config->train.seed) != AD_OK)
        status = run_fail_core(AD_RUN_NO_FAULT);
    if (status == AD_OK)
        status = run_initializers(config, n);
#endif
    return status == AD_OK ? run_check_steps(config, data, n) : status;
}

void ad_run_network_done(ad_run_network *n)
{
    ad_state_free(n->state);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
    free(n->inference);
    free(n->step);
    *n = (ad_run_network){0};
}
