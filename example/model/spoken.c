/* Sounds by convolutions over time (LeCun and Bengio 1995): what a word sounds like is found
 * whenever it is said. */
#include "model.h"

static ad_tensor *block(ad_tensor *x, int filters, const char *conv, const char *norm)
{
    x = ad_conv1d(x, .filters = filters, .kernel = 5, .same = true, .name = conv);
    return ad_max_pool(ad_relu(ad_batch_norm(x, .name = norm)), .window = 2);
}

/* Features (batch, time, bands), of a log-mel spectrum, to logits (batch, classes). */
static ad_tensor *spoken(ad_tensor *x, int filters, int classes)
{
    x = block(x, filters, "conv1", "norm1");
    x = block(x, filters, "conv2", "norm2");
    x = block(x, filters, "conv3", "norm3");
    x = ad_dropout(ad_pool_time(x, .how = AD_OVER_MAX), .rate = 0); /* 0.3 on real data */
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(spoken(feed[0], 6, 4), feed[1]);
}

const model model_spoken = {
    .name = "spoken",
    .shows = "filters over time: spoken digits, whenever they begin",
    .feed = {{"sound", {4, 21, 5}, MODEL_NUMBERS}, {"label", {4}, MODEL_CLASSES, 4}},
    .build = build,
};
