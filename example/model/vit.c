/* A vision transformer (Dosovitskiy et al. 2020), with the mean of all patches in the place of a
 * class token (Beyer, Zhai and Kolesnikov 2022): an image is a sentence of patches. */
#include "model.h"

/* Images (batch, height, width, channels) to logits (batch, classes). */
static ad_tensor *vit(ad_tensor *x, int patch, int width, int heads, int depth, int classes)
{
    x = ad_conv2d(x, .filters = width, .kernel = patch, .stride = patch, .name = "patches");
    ad_dim batch = ad_tensor_shape(x).size[0];
    x = ad_positions(ad_reshape(x, AD_SHAPE(batch, AD_INFER, width)), .name = "positions");
    for (int i = 0; i < depth; i++)
        x = ad_transformer(x, .heads = heads); /* transformer1... */
    x = ad_pool_time(ad_layer_norm(x, .name = "norm"), .how = AD_OVER_MEAN);
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(vit(feed[0], 4, 8, 2, 2, 5), feed[1]);
}

const model model_vit = {
    .name = "vit",
    .shows = "attention between patches, with no convolution over them",
    .feed = {{"image", {4, 12, 12, 1}, MODEL_SHARES}, {"label", {4}, MODEL_CLASSES, 5}},
    .build = build,
};
