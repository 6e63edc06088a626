/* A configuration's graph with its state. */
#include <stdio.h>
#include <stdlib.h>

#include "message.h"
#include "run.h"

static bool rate_changes(const ad_config *c)
{
    return c->train.schedule.kind != AD_SCHEDULE_CONSTANT || c->train.schedule.warmup > 0;
}

/* Labels may be known from the data alone. */
static ad_status check_classes(const ad_config *config, ad_tensor *logits, int64_t classes)
{
    char what[128];
    int64_t out = ad_tensor_shape(logits).size[1];
    if (classes <= out)
        return AD_OK;
    snprintf(what, sizeof what,
             "the data has %lld classes, but the last layer gives %lld numbers for each image",
             (long long)classes, (long long)out);
    char *words = ad_config_report(config, "data.classes", what,
                                   "end the model with - linear: {out: N}, N being the classes");
    return run_failed(AD_RUN_BAD_CONFIG, message_give(AD_ERROR_SHAPE, words));
}

static void make_outputs(ad_run_network *n, const ad_config *config)
{
    n->loss = ad_config_loss(config, n->logits, n->label);
    n->predicted = ad_argmax(n->logits, -1);
    n->chances = ad_softmax(n->logits, -1);
    if (rate_changes(config))
        n->rate = ad_feed(n->graph, "rate", AD_F32, AD_SCALAR);
    n->step = ad_config_optimizer(config, n->loss, n->rate);
}

static ad_status build(ad_run_network *n, const ad_config *config, const ad_run_data *d)
{
    ad_dim batch = ad_open(n->graph, "batch");
    n->image = ad_feed(n->graph, "image", AD_U8, AD_SHAPE(batch, d->height, d->width, d->channels));
    n->label = ad_feed(n->graph, "label", AD_I32, AD_SHAPE(batch));
    ad_status status = ad_config_build(config, n->graph, n->image, &n->logits);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_CONFIG, status);
    status = check_classes(config, n->logits, d->classes);
    if (status == AD_OK)
        make_outputs(n, config);
    return status;
}

ad_status ad_run_build(const ad_config *config, const ad_run_data *data, int threads,
                       ad_run_network *n)
{
    *n = (ad_run_network){.context = ad_context_new(.threads = threads ? threads : AD_PROCESSORS)};
    n->graph = n->context ? ad_graph_new(n->context) : NULL;
    if (!n->graph)
        return run_fail_core(AD_RUN_NO_FAULT);
    ad_status status = build(n, config, data);
    if (status != AD_OK)
        return status;
    n->state = ad_state_new(n->graph, (uint64_t)config->train.seed);
    return n->state ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
}

void ad_run_network_done(ad_run_network *n)
{
    ad_state_free(n->state);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
    *n = (ad_run_network){0};
}
