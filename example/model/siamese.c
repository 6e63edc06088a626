/* A siamese net (Bromley et al. 1993; Hadsell, Chopra and LeCun 2006): one net looks at two images,
 * and those that belong together are to come out near. */
#include "model.h"

/* Images (batch, height, width, channels) to places (batch, width). */
static ad_tensor *embed(ad_tensor *x, int filters, int hidden, int width)
{
    x = ad_relu(ad_conv2d(x, .filters = filters, .kernel = 3, .same = true, .name = "conv1"));
    x = ad_max_pool(x, .window = 2);
    x = ad_relu(ad_conv2d(x, .filters = 2 * filters, .kernel = 3, .same = true, .name = "conv2"));
    x = ad_flatten(ad_max_pool(x, .window = 2));
    x = ad_relu(ad_linear(x, .out = hidden, .name = "hidden"));
    return ad_linear(x, .out = width, .name = "out");
}

/* together (batch): 1 where the two are of one class. */
static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *one = embed(feed[0], 3, 12, 4);
    ad_tensor *other = ad_call(one, &feed[0], &feed[1], 1);
    loss[0] = ad_contrastive(one, other, feed[2], .margin = 1);
}

const model model_siamese = {
    .name = "siamese",
    .shows = "images of one class side by side, also of classes never seen",
    .feed = {{"one", {5, 8, 8, 1}, MODEL_SHARES},
             {"other", {5, 8, 8, 1}, MODEL_SHARES},
             {"together", {5}, MODEL_COUNTS, 2}},
    .build = build,
};
