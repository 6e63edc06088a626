/* Network in Network (Lin, Chen and Yan 2013): behind each filter a little net of 1 x 1
 * convolutions, and at the end a map for each class whose mean is its logit. */
#include "model.h"

/* Images (batch, height, width, channels) to logits (batch, classes). */
static ad_tensor *nin(ad_tensor *x, int filters, int classes, double dropout)
{
    x = ad_mlp_conv(x, .filters = filters, .kernel = AD_SHAPE(5, 5), .same = true, .name = "mlp1");
    x = ad_dropout(ad_max_pool(x, .window = 2), .rate = dropout);
    x = ad_mlp_conv(x, .filters = filters, .kernel = AD_SHAPE(5, 5), .same = true, .name = "mlp2");
    x = ad_dropout(ad_max_pool(x, .window = 2), .rate = dropout);
    x = ad_mlp_conv(x, .filters = filters, .kernel = AD_SHAPE(3, 3), .same = true, .name = "mlp3");
    x = ad_conv2d(x, .filters = classes, .kernel = 1, .name = "map");
    return ad_mean(x, AD_AXES(1, 2));
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(nin(feed[0], 6, 5, 0), feed[1]);
}

const model model_nin = {
    .name = "nin",
    .shows = "no linear layer at all: a map for each class says where it is seen",
    .feed = {{"image", {4, 12, 12, 1}, MODEL_SHARES}, {"label", {4}, MODEL_CLASSES, 5}},
    .build = build,
};
