/* Softmax regression: one of several classes, each with a weighted sum of all pixels. */
#include "model.h"

/* Images or rows (batch, ...) to logits (batch, classes). */
static ad_tensor *softmax_regression(ad_tensor *x, int classes)
{
    return ad_linear(ad_flatten(x), .out = classes, .name = "linear");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(softmax_regression(feed[0], 5), feed[1]);
}

const model model_softmax_regression = {
    .name = "softmax_regression",
    .shows = "a template of each class: what a net without a hidden layer can do",
    .feed = {{"image", {8, 4, 4, 1}, MODEL_SHARES}, {"label", {8}, MODEL_CLASSES, 5}},
    .build = build,
};
