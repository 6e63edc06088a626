/* Building a network from its configuration. */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli.h"

image_size size_of(const ad_dataset *data)
{
    const ad_dataset_info *info = ad_dataset_about(data);
    return (image_size){info->height, info->width, info->channels, info->classes};
}

static bool rate_changes(const ad_config *c)
{
    return c->train.schedule.kind != AD_SCHEDULE_CONSTANT || c->train.schedule.warmup > 0;
}

/* Labels may be known from the data alone. */
static int check_classes(const ad_config *config, ad_tensor *logits, int64_t classes)
{
    char what[128];
    int64_t out = ad_tensor_shape(logits).size[1];
    if (classes <= out)
        return EXIT_DONE;
    snprintf(what, sizeof what,
             "the data has %lld classes, but the last layer gives %lld numbers for each image",
             (long long)classes, (long long)out);
    char *words = ad_config_report(config, "data.classes", what,
                                   "end the model with - linear: {out: N}, N being the classes");
    fputs(words ? words : "out of memory\n", stderr);
    free(words);
    return EXIT_USAGE;
}

static void make_outputs(network *n, const ad_config *config)
{
    n->loss = ad_config_loss(config, n->logits, n->label);
    n->predicted = ad_argmax(n->logits, -1);
    n->chances = ad_softmax(n->logits, -1);
    if (rate_changes(config))
        n->rate = ad_feed(n->graph, "rate", AD_F32, AD_SCALAR);
    n->trained = ad_config_optimizer(config, n->loss, n->rate);
}

static int build(network *n, const ad_config *config, image_size size)
{
    ad_dim batch = ad_open(n->graph, "batch");
    n->image =
        ad_feed(n->graph, "image", AD_U8, AD_SHAPE(batch, size.height, size.width, size.channels));
    n->label = ad_feed(n->graph, "label", AD_I32, AD_SHAPE(batch));
    ad_status status = ad_config_build(config, n->graph, n->image, &n->logits);
    if (status != AD_OK)
        return say_kit_error(status, EXIT_USAGE);
    int code = check_classes(config, n->logits, size.classes);
    if (code == EXIT_DONE)
        make_outputs(n, config);
    return code;
}

int network_init(network *n, const ad_config *config, image_size size, int threads)
{
    *n = (network){.context = ad_context_new(.threads = threads ? threads : AD_PROCESSORS)};
    n->graph = n->context ? ad_graph_new(n->context) : NULL;
    if (!n->graph)
        return say_error();
    int code = build(n, config, size);
    if (code != EXIT_DONE)
        return code;
    n->state = ad_state_new(n->graph, (uint64_t)config->train.seed);
    return n->state ? EXIT_DONE : say_error();
}

const ad_layer *network_needs_two(const network *n, const ad_config *config, image_size size)
{
    ad_graph *scratch = ad_graph_new(n->context);
    if (!scratch)
        return NULL;
    ad_tensor *image =
        ad_feed(scratch, "image", AD_U8,
                AD_SHAPE(ad_open(scratch, "batch"), size.height, size.width, size.channels));
    const ad_layer *layer = ad_config_needs_two(config, scratch, image);
    ad_graph_free(scratch);
    return layer;
}

void network_done(network *n)
{
    ad_state_free(n->state);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
}

ad_program *network_trainer(network *n)
{
    ad_tensor *feeds[] = {n->image, n->label, n->rate};
    return ad_compile(n->state, .fetch = {n->trained}, .feed_list = feeds,
                      .feed_count = n->rate ? 3 : 2, .training = true);
}

ad_program *network_measurer(network *n, ad_state *state)
{
    return ad_compile(state, .fetch = {n->loss, n->predicted}, .feed = {n->image, n->label});
}

ad_program *network_predictor(network *n)
{
    return ad_compile(n->state, .fetch = {n->chances, n->predicted}, .feed = {n->image});
}
