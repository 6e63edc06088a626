/* What a configuration puts around the optimizer: penalties, sharpness, noise, constraints, weights
 * that are trained later, look-ahead, means of weights. */
#include <string.h>

#include "config.h"
#include "message.h"
#include "run.h"

/* Of a network that is built to be looked at there is no data: any number does. */
static int64_t steps_of(const ad_config *c, const ad_run_data *data, int64_t epochs)
{
    int64_t examples = data->train ? ad_source_count(data->train) : 1;
    int64_t batch = config_batch(c, examples);
    return epochs * ((examples + batch - 1) / batch);
}

/* Variables that freeze names wait for their epoch: what the step did to them is taken back. */
static void hold(const ad_config *c, const ad_run_data *data, ad_tensor *step)
{
    ad_graph *graph = ad_tensor_graph(step);
    if (!c->train.freeze_epochs)
        return;
    int64_t until = steps_of(c, data, c->train.freeze_epochs);
    ad_tensor *early = (ad_less)((ad_step)(graph), (ad_number)(graph, AD_I64, (double)until));
    for (int i = 0, count = ad_variable_count(graph); i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        if (ad_trainable(v) && ad_config_freezes(c, ad_tensor_name(v)) >= 0)
            (ad_assign)(step, v, (ad_where)(early, v, (ad_pending)(v)));
    }
}

#ifdef ADZE_EXTRAS

static ad_status refuse_said(const ad_config *c, const char *path, const ad_tensor *t)
{
    return run_refused(c, path, ad_tensor_error(t), "`adze show` lists the variables");
}

static const char *match_of(const ad_config *c)
{
    return c->train.constraints.match ? c->train.constraints.match : "*.weight";
}

/* Minus the mean entropy of the chances that the output says. */
static ad_tensor *sureness(ad_tensor *output)
{
    ad_tensor *logs = (ad_log_softmax)(output, -1);
    return (ad_mean)((ad_sum)((ad_mul)((ad_exp)(logs), logs), AD_AXES(-1), NULL), AD_ALL, NULL);
}

static ad_tensor *add_times(ad_tensor *loss, ad_tensor *more, double factor)
{
    return (ad_add)(loss, (ad_scale)((ad_cast)(more, ad_tensor_type(loss)), factor));
}

ad_tensor *run_around_loss(const ad_config *c, const ad_run_data *data, const ad_run_network *n,
                           ad_tensor *loss)
{
    if (c->train.entropy > 0 && ad_run_classes(data) > 0)
        loss = add_times(loss, sureness(n->output), c->train.entropy);
    for (int i = 0; c->train.constraints.orthogonal > 0 && i < ad_variable_count(n->graph); i++) {
        ad_tensor *v = ad_variable_at(n->graph, i);
        if (ad_trainable(v) && ad_tensor_shape(v).rank == 2 &&
            ad_name_matches(match_of(c), ad_tensor_name(v)))
            loss = add_times(loss, ad_orthogonal_penalty(v), c->train.constraints.orthogonal);
    }
    if (c->train.sam > 0)
        loss = ad_sam(loss, c->train.sam);
    if (c->train.gradient_noise > 0)
        loss = ad_noisy_gradient(loss, c->train.gradient_noise, 0.55);
    return loss;
}

/* Each run of gradients that are gathered takes a part of it. */
static ad_tensor *constrain(const ad_config *c, const ad_run_network *n, ad_tensor *step)
{
    double parts = (double)c->train.accumulate;
    const ad_optimizer_options *o = c->optimizer.options;
    ad_constraint_options k = AD_OPTIONS(
        ad_constraint_options, .match = match_of(c), .rate = o->rate / parts,
        .l1 = c->train.constraints.l1, .l2 = c->train.constraints.l2,
        .group = c->train.constraints.group_lasso, .max_norm = c->train.constraints.max_norm);
    if (n->rate)
        k.rate_tensor = (ad_scale)(n->rate, 1 / parts);
    return k.l1 > 0 || k.l2 > 0 || k.group > 0 || k.max_norm > 0 ? (ad_constrain)(step, &k) : step;
}

ad_status run_around_step(const ad_config *c, const ad_run_data *data, ad_run_network *n)
{
    ad_tensor *step = n->player[0].step;
    if (c->train.entropy > 0 && !ad_run_classes(data))
        return run_refused(c, "train.entropy", "the model says no chances of classes",
                           "take it out");
    if (ad_tensor_error(step))
        return AD_OK; /* whoever compiles it says why */
    step = constrain(c, n, step);
    if (ad_tensor_error(step))
        return refuse_said(c, "train.constraints.match", step);
    hold(c, data, step);
    if (c->train.lookahead > 0)
        step = ad_lookahead(step, c->train.lookahead, c->train.lookahead_alpha);
    if (c->train.swa > 0)
        step = ad_swa(step, steps_of(c, data, c->train.swa) - 1, steps_of(c, data, 1));
    n->player[0].step = step;
    return AD_OK;
}

#else

ad_tensor *run_around_loss(const ad_config *c, const ad_run_data *data, const ad_run_network *n,
                           ad_tensor *loss)
{
    (void)c, (void)data, (void)n;
    return loss;
}

ad_status run_around_step(const ad_config *c, const ad_run_data *data, ad_run_network *n)
{
    if (!ad_tensor_error(n->player[0].step))
        hold(c, data, n->player[0].step);
    return AD_OK;
}

#endif

ad_status run_around_game(const ad_config *c)
{
    const struct {
        const char *path;
        bool on;
    } all[] = {{"train.sam", c->train.sam > 0},
               {"train.swa", c->train.swa > 0},
               {"train.lookahead", c->train.lookahead > 0},
               {"train.gradient_noise", c->train.gradient_noise > 0},
               {"train.entropy", c->train.entropy > 0},
               {"train.freeze_epochs", c->train.freeze_epochs > 0},
               {"train.constraints.l1", c->train.constraints.l1 > 0},
               {"train.constraints.l2", c->train.constraints.l2 > 0},
               {"train.constraints.group_lasso", c->train.constraints.group_lasso > 0},
               {"train.constraints.max_norm", c->train.constraints.max_norm > 0},
               {"train.constraints.orthogonal", c->train.constraints.orthogonal > 0}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].on)
            return run_refused(c, all[i].path, "a game of two players has a step of each",
                               "take it out");
    return AD_OK;
}

int64_t run_skipped(const ad_run_network *n)
{
    int64_t skipped = 0;
    for (int i = 0; i < ad_variable_count(n->graph); i++) {
        ad_tensor *v = ad_variable_at(n->graph, i);
        const char *name = ad_tensor_name(v);
        size_t size = strlen(name), end = strlen(".skipped");
        ad_array value;
        if (ad_tensor_type(v) == AD_I64 && size > end &&
            strcmp(name + size - end, ".skipped") == 0 && ad_get(n->state, v, &value) == AD_OK)
            skipped += *(const int64_t *)value.data;
    }
    return skipped;
}
