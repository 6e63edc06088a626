/* A multilayer perceptron (Rumelhart, Hinton and Williams 1986) with ReLU: hidden layers make
 * features of their own. */
#include "model.h"

/* Anything (batch, ...) to logits (batch, classes). */
static ad_tensor *mlp(ad_tensor *x, int layers, int width, int classes)
{
    x = ad_flatten(x);
    for (int i = 0; i < layers; i++)
        x = ad_relu(ad_linear(x, .out = width)); /* linear1, linear2... */
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(mlp(feed[0], 2, 12, 5), feed[1]);
}

const model model_mlp = {
    .name = "mlp",
    .shows = "hidden layers: a step above templates",
    .feed = {{"image", {8, 4, 4, 1}, MODEL_SHARES}, {"label", {8}, MODEL_CLASSES, 5}},
    .build = build,
};
