/* Highway layers (Srivastava, Greff and Schmidhuber 2015): gates let what comes in pass, so that 50
 * layers learn where 50 plain ones do not. */
#include "model.h"

/* Anything (batch, ...) to logits (batch, classes). */
static ad_tensor *highway(ad_tensor *x, int layers, int width, int classes)
{
    x = ad_relu(ad_linear(ad_flatten(x), .out = width, .name = "in"));
    for (int i = 0; i < layers; i++)
        x = ad_highway(x); /* highway1, highway2... */
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(highway(feed[0], 50, 8, 5), feed[1]);
}

const model model_highway = {
    .name = "highway",
    .shows = "50 layers that learn, by gates that let the input pass",
    .feed = {{"image", {8, 4, 4, 1}, MODEL_SHARES}, {"label", {8}, MODEL_CLASSES, 5}},
    .build = build,
};
