/* LeNet (LeCun et al. 1998) with ReLU and max pooling: filters that are learned find the same thing
 * at each place of an image. */
#include "model.h"

/* Images (batch, height, width, channels) to logits (batch, classes). */
static ad_tensor *lenet(ad_tensor *x, int filters, int hidden, int classes)
{
    x = ad_relu(ad_conv2d(x, .filters = filters, .kernel = 5, .same = true, .name = "conv1"));
    x = ad_max_pool(x, .window = 2);
    x = ad_relu(ad_conv2d(x, .filters = 2 * filters, .kernel = 5, .same = true, .name = "conv2"));
    x = ad_flatten(ad_max_pool(x, .window = 2));
    x = ad_relu(ad_linear(x, .out = hidden, .name = "hidden"));
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(lenet(feed[0], 4, 16, 5), feed[1]);
}

const model model_lenet = {
    .name = "lenet",
    .shows = "convolution and pooling: 99 % of MNIST's digits",
    .feed = {{"image", {4, 12, 12, 1}, MODEL_SHARES}, {"label", {4}, MODEL_CLASSES, 5}},
    .build = build,
};
