/* Task gan: noise beside the data, a generator that makes examples of it, and a discriminator that
 * judges both; what each of the two learns stands at ad_gan_loss in adze/kit.h.  The noise is that
 * of the task vae too. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "run.h"
#include "text.h"

/* ---------------------------------------------------------------- noise */

/* The class of an example, which both players are told. */
static ad_status decide_told(const ad_config *c, ad_run_data *data, const char *path)
{
    const ad_schema_field *f = ad_schema_target(data->schema);
    if (!f || f->meaning != AD_MEANS_CLASS || f->classes < 1)
        return run_refused(c, path, "the data has no class that could be told",
                           "take it out, or give data whose target is a class");
    data->told = (ad_run_field){f->name, f->type, AD_SCALAR, f->classes};
    return AD_OK;
}

ad_status run_decide_noise(const ad_config *c, ad_run_data *data)
{
    int64_t width = data->task->players ? c->gan.noise : c->vae.code;
    bool steps = data->task->makes == AD_MAKES_BY_STEPS;
    data->diffusion = steps ? c->diffusion.steps : 0;
    data->schedule = steps ? c->diffusion.schedule : 0;
    if (data->task->makes)
        data->noise =
            (ad_run_field){.name = ad_schema_find(data->schema, "noise") ? "noise." : "noise",
                           .type = AD_F32,
                           .shape = AD_SHAPE(width)};
    if (data->task->players && c->gan.conditional)
        return decide_told(c, data, "gan.conditional");
    return steps && c->diffusion.conditional ? decide_told(c, data, "diffusion.conditional")
                                             : AD_OK;
}

/* ---------------------------------------------------------------- what players are told */

ad_tensor *run_told(const ad_run_data *data, ad_graph *graph, ad_dim batch)
{
    return data->told.name ? (ad_feed)(graph, data->told.name, data->told.type, AD_SHAPE(batch))
                           : NULL;
}

ad_tensor *run_with_told(const ad_run_data *data, ad_tensor *x, ad_tensor *told)
{
    if (!told)
        return x;
    ad_shape shape = ad_tensor_shape(x), thin = shape;
    ad_tensor *hot = (ad_one_hot)(told, data->told.classes, AD_F32);
    for (int i = 1; i < shape.rank; i++)
        thin.size[i] = 1;
    thin.size[shape.rank - 1] = shape.size[shape.rank - 1] = data->told.classes;
    ad_tensor *both[] = {x, (ad_expand)((ad_reshape)(hot, thin), shape)};
    return (ad_concat)(both, 2, -1);
}

/* The fields of the source, and noise behind them. */
static ad_status add_noise(void *user, const uint64_t key[2], const ad_array *in, ad_array *out)
{
    int fields = *(const int *)user;
    for (int i = 0; i < fields; i++)
        memcpy(out[i].data, in[i].data, ad_array_bytes(&in[i]));
    int64_t count = ad_array_count(&out[fields]);
    for (int64_t i = 0; i < count; i++)
        ((float *)out[fields].data)[i] = ad_normal_at(key, (uint32_t)i);
    return AD_OK;
}

static ad_status map_noise(const ad_run_data *data, uint64_t seed, ad_source **part)
{
    const ad_source_field *before;
    int fields = ad_source_fields(*part, &before);
    ad_source_field *after = calloc((size_t)fields + 1, sizeof *after);
    int *count = malloc(sizeof *count);
    ad_source *made = NULL;
    if (after && count) {
        memcpy(after, before, (size_t)fields * sizeof *after);
        after[fields] = (ad_source_field){data->noise.name, data->noise.type, data->noise.shape};
        *count = fields;
        made = ad_source_map(*part,
                             &(ad_map_record){.field = after,
                                              .fields = fields + 1,
                                              .map = add_noise,
                                              .free = free,
                                              .user = count},
                             seed);
    }
    if (!made)
        free(count);
    bool memory = after && count;
    free(after);
    if (!made)
        return memory ? run_fail_core(AD_RUN_BAD_DATA)
                      : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_source_free(*part);
    *part = made;
    return AD_OK;
}

/* Each part has noise of its own. */
ad_status run_add_noise(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made)
{
    return map_noise(data, (uint64_t)c->train.seed * 4 + (uint64_t)part, made);
}

/* ---------------------------------------------------------------- the generator */

static place last_place(const ad_layers *model)
{
    return model->layers.item[model->layers.count - 1].at;
}

static void add_shape(text_buffer *t, const ad_shape *shape, int from)
{
    for (int i = from; i < shape->rank; i++)
        text_add_format(t, "%s%lld", i > from ? ", " : "", (long long)shape->size[i]);
}

static bool is_example(ad_tensor *made, const ad_shape *wanted)
{
    ad_shape shape = ad_tensor_shape(made);
    bool same = shape.rank == wanted->rank + 1;
    for (int i = 0; same && i < wanted->rank; i++)
        same = shape.size[i + 1] == wanted->size[i];
    return same;
}

static ad_status check_made(const ad_config *c, const ad_run_data *data, ad_tensor *made)
{
    const ad_shape *wanted = &data->input[0].shape;
    ad_shape shape = ad_tensor_shape(made);
    if (is_example(made, wanted))
        return AD_OK;
    text_buffer has = {0}, wants = {0};
    add_shape(&has, &shape, 1);
    add_shape(&wants, wanted, 0);
    text_buffer cure = {0};
    text_add_format(&cure,
                    wanted->rank == 1 ? "end it with - linear: {out: %s}"
                                      : "end it with - reshape: {sizes: [%s]}",
                    wants.data ? wants.data : "");
    ad_status status =
        config_fail_at(AD_ERROR_SHAPE, last_place(c->generator), cure.data,
                       "the generator makes (batch, %s), and examples are (batch, %s)",
                       has.data ? has.data : "", wants.data ? wants.data : "");
    text_done(&has);
    text_done(&wants);
    text_done(&cure);
    return run_failed(AD_RUN_BAD_CONFIG, status);
}

/* What examples are made of is one field. */
ad_status run_check_one_field(const ad_config *c, const ad_run_data *data)
{
    const char *task = data->task->record.name;
    if (data->inputs == 1 && !run_encoder(data, data->input[0].name))
        return AD_OK;
    return run_refuse(c, "task",
                      data->inputs > 1
                          ? "take `from` of a column out of the layers, or leave columns out"
                          : "give data with numbers, classes or pictures",
                      data->inputs > 1 ? "a %s makes examples of one field, and here are several"
                                       : "the data has no field that a %s could make",
                      task);
}

/* Layers in a scope of that name, so that their variables are told apart. */
ad_status run_build_in(const ad_config *c, const char *scope, const ad_layers *model,
                       const ad_layers_input *in, ad_tensor **out)
{
    ad_graph *graph = ad_tensor_graph(in->tensor);
    ad_scope_begin(graph, scope);
    ad_status status = ad_layers_build(c, model, in, 1, out);
    ad_scope_end(graph);
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_CONFIG, status);
}

ad_tensor *run_pixels_back(const ad_config *c, const ad_run_data *data, ad_tensor *made)
{
    bool own = data->pixel_mean.count > 0;
    return data->input[0].type == AD_U8
               ? config_pixels_back(c, made, own ? &data->pixel_mean : NULL,
                                    own ? &data->pixel_std : NULL)
               : made;
}

ad_status run_generator(const ad_config *c, const ad_run_data *data, ad_graph *graph, ad_dim batch,
                        ad_tensor *told, ad_tensor **noise, ad_tensor **made, ad_tensor **meant)
{
    ad_status status = run_check_one_field(c, data);
    if (status != AD_OK)
        return status;
    *noise = (ad_feed)(graph, data->noise.name, data->noise.type,
                       AD_SHAPE(batch, data->noise.shape.size[0]));
    ad_layers_input in = {.name = data->noise.name, .tensor = run_with_told(data, *noise, told)};
    status = run_build_in(c, "generator", c->generator, &in, made);
    if (status == AD_OK)
        status = check_made(c, data, *made);
    if (status != AD_OK)
        return status;
    *meant = run_pixels_back(c, data, *made);
    if (*meant == *made)
        *meant = (ad_scale)(*made, 1); /* a tensor of its own, to be named */
    (ad_name)(*meant, "prediction");
    return AD_OK;
}

/* ---------------------------------------------------------------- the game */

static ad_status check_verdict(const ad_config *c, ad_tensor *verdict)
{
    ad_shape shape = ad_tensor_shape(verdict);
    if (shape.rank == 2 && shape.size[1] == 1)
        return AD_OK;
    return run_failed(AD_RUN_BAD_CONFIG,
                      config_fail_at(AD_ERROR_SHAPE, last_place(c->discriminator),
                                     "end it with - linear: {out: 1}, and no sigmoid: the loss "
                                     "takes it",
                                     "the discriminator has to end with one number for each "
                                     "example"));
}

static ad_tensor *mean_of(ad_tensor *x)
{
    return (ad_mean)(x, AD_ALL, NULL);
}

/* How far verdicts are from what they should be: 1 real, 0 made. */
static ad_tensor *verdict_loss(const ad_config *c, ad_tensor *verdict, double should)
{
    ad_graph *graph = ad_tensor_graph(verdict);
    ad_tensor *target = (ad_full)(graph, AD_F32, AD_SCALAR, should);
    if (c->gan.loss == AD_GAN_SQUARED)
        return (ad_scale)(mean_of((ad_square)((ad_sub)(verdict, target))), 0.5);
    ad_tensor *all = (ad_full)(graph, AD_F32, ad_tensor_shape(verdict), should);
    return (ad_binary_cross_entropy)(verdict, all, NULL);
}

/* Of the discriminator, without the penalty. */
static ad_tensor *judging_loss(const ad_config *c, ad_tensor *real, ad_tensor *made)
{
    if (c->gan.loss == AD_GAN_BY_WASSERSTEIN)
        return (ad_sub)(mean_of(made), mean_of(real));
    if (c->gan.loss == AD_GAN_BY_HINGE)
        return (ad_add)(mean_of((ad_relu)((ad_shift)((ad_neg)(real), 1))),
                        mean_of((ad_relu)((ad_shift)(made, 1))));
    return (ad_add)(verdict_loss(c, real, 1 - c->gan.smoothing), verdict_loss(c, made, 0));
}

/* Of the generator. */
static ad_tensor *making_loss(const ad_config *c, ad_tensor *made)
{
    bool score = c->gan.loss == AD_GAN_BY_WASSERSTEIN || c->gan.loss == AD_GAN_BY_HINGE;
    return score ? (ad_neg)(mean_of(made)) : verdict_loss(c, made, 1);
}

/* |d verdict / dx|^2 of each example. */
static ad_tensor *squared_slope(ad_tensor *verdict, ad_tensor *x)
{
    ad_tensor *slope = NULL;
    ad_gradient((ad_sum)(verdict, AD_ALL, NULL), &x, 1, &slope);
    ad_tensor *flat = ad_tensor_shape(slope).rank > 2 ? (ad_flatten)(slope) : slope;
    return (ad_sum)((ad_square)(flat), AD_AXES(-1), NULL);
}

/* The factor times the mean of (slope - 1)^2 at points between real and made examples.  A slope of
 * 0 counts as 1e-6, where its root has a derivative. */
static ad_tensor *mixed_penalty(const ad_config *c, ad_tensor *verdict, ad_tensor *x,
                                ad_tensor *made)
{
    ad_shape shape = ad_tensor_shape(x);
    for (int i = 1; i < shape.rank; i++)
        shape.size[i] = 1;
    ad_tensor *share = (ad_uniform)(ad_tensor_graph(x), AD_F32, shape, 0, 1);
    ad_tensor *mix = (ad_add)(made, (ad_mul)(share, (ad_sub)(x, made)));
    ad_tensor *slope =
        (ad_sqrt)((ad_shift)(squared_slope((ad_call)(verdict, &x, &mix, 1), mix), 1e-12));
    return (ad_scale)(mean_of((ad_square)((ad_shift)(slope, -1))), c->gan.penalty);
}

/* What is added to the discriminator's loss. */
static ad_tensor *with_penalty(const ad_config *c, ad_tensor *loss, ad_tensor *verdict,
                               ad_tensor *x, ad_tensor *made)
{
    if (!(c->gan.penalty > 0))
        return loss;
    if (c->gan.loss == AD_GAN_BY_WASSERSTEIN)
        return (ad_add)(loss, mixed_penalty(c, verdict, x, made));
    return (ad_add)(loss, (ad_scale)(mean_of(squared_slope(verdict, x)), c->gan.penalty / 2));
}

/* Options that the loss gives no meaning, and what it cannot do without. */
static ad_status check_rule(const ad_config *c)
{
    bool targets = c->gan.loss == AD_GAN_LOG || c->gan.loss == AD_GAN_SQUARED;
    if (c->gan.loss == AD_GAN_BY_WASSERSTEIN && !(c->gan.penalty > 0))
        return run_refused(c, "gan.loss",
                           "the loss wasserstein has no lower bound where nothing holds the slope",
                           "set gan.penalty, such as 10, and gan.turns, such as 5");
    if (!targets && c->gan.smoothing > 0)
        return run_refused(c, "gan.smoothing",
                           "targets are smoothed, and this loss compares verdicts with none",
                           "take it out, or choose gan.loss: log or squared");
    return AD_OK;
}

static ad_status check_loss(const ad_config *c, ad_tensor *loss)
{
    const char *words = ad_tensor_error(loss);
    if (!words)
        return AD_OK;
    return run_failed(AD_RUN_BAD_CONFIG,
                      message_give(AD_ERROR_SHAPE,
                                   ad_config_report(c, "gan", words, "change the discriminator")));
}

static void add_player(ad_run_network *n, const ad_config *c, ad_tensor *loss, const char *name,
                       const char *scope, int turns)
{
    ad_tensor *step = config_optimizer(c, loss, n->rate, scope);
    n->player[n->players++] = (ad_player){.step = step, .turns = turns, .name = name};
}

/* The same discriminator judges real examples and made ones. */
ad_status run_players(ad_run_network *n, const ad_config *c, const ad_run_data *data, ad_dim batch,
                      ad_tensor *real, ad_tensor *x)
{
    ad_tensor *noise, *made, *meant, *of_real, *told = run_told(data, n->graph, batch);
    ad_status status = check_rule(c);
    if (status == AD_OK)
        status = run_generator(c, data, n->graph, batch, told, &noise, &made, &meant);
    ad_layers_input in = {.name = data->input[0].name, .tensor = run_with_told(data, x, told)};
    if (status == AD_OK)
        status = run_build_in(c, "discriminator", c->discriminator, &in, &of_real);
    if (status == AD_OK)
        status = check_verdict(c, of_real);
    if (status != AD_OK)
        return status;
    ad_tensor *of_made = (ad_call)(of_real, &x, &made, 1);
    ad_tensor *loss = judging_loss(c, of_real, of_made), *mistaken = making_loss(c, of_made);
    ad_tensor *learned = with_penalty(c, loss, of_real, x, made);
    status = check_loss(c, ad_tensor_error(learned) ? learned : mistaken);
    if (status != AD_OK)
        return status;
    n->input[0] = real;
    n->input[1] = noise;
    n->inputs = 2;
    if (told)
        n->input[n->inputs++] = told;
    n->target = x;
    n->output = n->measured = made;
    n->prediction = meant;
    n->loss = loss;
    add_player(n, c, learned, "discriminator", "discriminator.", (int)c->gan.turns);
    add_player(n, c, mistaken, "generator", "generator.", 1);
    return n->player[0].step && n->player[1].step
               ? AD_OK
               : run_failed(AD_RUN_NO_FAULT, message_no_memory());
}

int run_players_need_two(const ad_config *c, const ad_run_data *data, ad_tensor *x)
{
    ad_tensor *noise = (ad_feed)(ad_tensor_graph(x), data->noise.name, data->noise.type,
                                 AD_SHAPE(ad_tensor_shape(x).size[0], data->noise.shape.size[0]));
    ad_tensor *told = run_told(data, ad_tensor_graph(x), ad_tensor_shape(x).size[0]);
    ad_layers_input in = {.name = data->noise.name, .tensor = run_with_told(data, noise, told)},
                    real = {.name = data->input[0].name, .tensor = run_with_told(data, x, told)};
    int line = ad_layers_need_two(c, c->generator, &in, 1);
    return line ? line : ad_layers_need_two(c, c->discriminator, &real, 1);
}
