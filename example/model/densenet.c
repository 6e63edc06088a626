/* DenseNet (Huang et al. 2016): each layer reads what all before it made, and adds a few channels
 * of its own. */
#include "model.h"

static ad_tensor *norm_conv(ad_tensor *x, int filters, int kernel)
{
    x = ad_relu(ad_batch_norm(x)); /* batch_norm1, conv1... */
    return ad_conv2d(x, .filters = filters, .kernel = kernel, .same = true, .bias = false);
}

/* Images to logits: blocks of layers that add `growth` channels each; between them half of the
 * channels and of the size. */
static ad_tensor *densenet(ad_tensor *x, int blocks, int layers, int growth, int classes)
{
    int channels = 2 * growth;
    x = ad_conv2d(x, .filters = channels, .kernel = 3, .same = true, .bias = false, .name = "in");
    for (int i = 0; i < blocks; i++) {
        for (int k = 0; k < layers; k++, channels += growth)
            x = ad_concat((ad_tensor *[]){x, norm_conv(x, growth, 3)}, 2, 3);
        if (i < blocks - 1)
            x = ad_average_pool(norm_conv(x, channels /= 2, 1), .window = 2);
    }
    x = ad_mean(ad_relu(ad_batch_norm(x, .name = "norm")), AD_AXES(1, 2));
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(densenet(feed[0], 2, 3, 4, 5), feed[1]);
}

const model model_densenet = {
    .name = "densenet",
    .shows = "features that are kept and read again: few weights for the same result",
    .feed = {{"image", {4, 8, 8, 3}, MODEL_SHARES}, {"label", {4}, MODEL_CLASSES, 5}},
    .build = build,
    .rate = 0x1p-6,
};
