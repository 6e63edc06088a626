/* VGG (Simonyan and Zisserman 2014): small filters only, several before each pooling, which see as
 * far as one large one and bend more. */
#include "model.h"

/* Images (batch, height, width, channels), halved after each stage, to logits (batch, classes). */
static ad_tensor *vgg(ad_tensor *x, int stages, int each, int filters, int hidden, int classes)
{
    for (int i = 0; i < stages; i++, filters *= 2) {
        for (int k = 0; k < each; k++) /* conv1, conv2... */
            x = ad_relu(ad_conv2d(x, .filters = filters, .kernel = 3, .same = true));
        x = ad_max_pool(x, .window = 2);
    }
    x = ad_relu(ad_linear(ad_flatten(x), .out = hidden, .name = "hidden"));
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(vgg(feed[0], 2, 2, 4, 12, 5), feed[1]);
}

const model model_vgg = {
    .name = "vgg",
    .shows = "stacks of 3 x 3 filters",
    .feed = {{"image", {4, 8, 8, 3}, MODEL_SHARES}, {"label", {4}, MODEL_CLASSES, 5}},
    .build = build,
};
