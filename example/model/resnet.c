/* ResNet for small images (He et al. 2015, section 4.2): what two convolutions make is added to
 * what went in, so that 56 layers learn no worse than 20. */
#include "model.h"

#include <stdio.h>

static ad_tensor *norm_conv(ad_tensor *x, int filters, int kernel, int stride, int number)
{
    char name[2][8];
    snprintf(name[0], 8, "conv%d", number);
    snprintf(name[1], 8, "bn%d", number);
    x = ad_conv2d(x, .filters = filters, .kernel = kernel, .stride = stride, .name = name[0],
                  .padding = kernel / 2, .bias = false);
    return ad_batch_norm(x, .name = name[1]);
}

static ad_tensor *block(ad_tensor *x, int filters, int stride, bool shortcut)
{
    ad_tensor *y = ad_relu(norm_conv(x, filters, 3, stride, 1));
    y = norm_conv(y, filters, 3, 1, 2);
    if (!shortcut)
        return ad_relu(y);
    return ad_relu(ad_add(y, stride == 1 ? x : norm_conv(x, filters, 1, stride, 3)));
}

/* Images to logits, in 6 blocks + 2 layers; without shortcuts the plain net beside it. */
static ad_tensor *resnet(ad_tensor *x, int blocks, int filters, int classes, bool shortcut)
{
    x = ad_relu(norm_conv(x, filters, 3, 1, 1));
    for (int i = 0; i < 3 * blocks; i++) {
        char name[32];
        snprintf(name, sizeof name, "layer%d.%d", i / blocks + 1, i % blocks);
        ad_scope_begin(ad_tensor_graph(x), name);
        x = block(x, filters << i / blocks, i > 0 && i % blocks == 0 ? 2 : 1, shortcut);
        ad_scope_end(ad_tensor_graph(x));
    }
    return ad_linear(ad_mean(x, AD_AXES(1, 2)), .out = classes, .name = "fc");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(resnet(feed[0], 2, 4, 5, true), feed[1]);
}

const model model_resnet = {
    .name = "resnet",
    .shows = "depth that helps, by shortcuts; without them 56 layers do worse than 20",
    .feed = {{"image", {4, 8, 8, 3}, MODEL_SHARES}, {"label", {4}, MODEL_CLASSES, 5}},
    .build = build,
    .rate = 0x1p-7,
};
