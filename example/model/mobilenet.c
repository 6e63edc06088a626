/* MobileNet (Howard et al. 2017): a filter for each channel, then 1 x 1 over the channels: an
 * eighth of the work of a 3 x 3 convolution. */
#include "model.h"

static ad_tensor *norm(ad_tensor *x)
{
    return ad_relu(ad_batch_norm(x)); /* batch_norm1... */
}

static ad_tensor *separable(ad_tensor *x, int filters, int stride)
{
    x = norm(ad_depthwise_conv(x, .kernel = AD_SHAPE(3, 3), .stride = AD_SHAPE(stride, stride),
                               .padding = AD_SHAPE(1, 1), .bias = false));
    return norm(ad_conv2d(x, .filters = filters, .kernel = 1, .bias = false));
}

/* Images to logits: each stage has twice the filters at half the size. */
static ad_tensor *mobilenet(ad_tensor *x, int stages, int filters, int classes)
{
    x = norm(ad_conv2d(x, .filters = filters, .kernel = 3, .same = true, .bias = false));
    for (int i = 0; i < stages; i++) {
        x = separable(x, filters *= 2, 2);
        x = separable(x, filters, 1);
    }
    return ad_linear(ad_mean(x, AD_AXES(1, 2)), .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(mobilenet(feed[0], 2, 4, 5), feed[1]);
}

const model model_mobilenet = {
    .name = "mobilenet",
    .shows = "depthwise filters: nearly the same result for an eighth of the multiplications",
    .feed = {{"image", {4, 8, 8, 3}, MODEL_SHARES}, {"label", {4}, MODEL_CLASSES, 5}},
    .build = build,
    .rate = 0x1p-7,
};
