/* Linear regression by steepest descent (Legendre 1805 for its loss): a target is a weighted sum of
 * what was measured, and an offset. */
#include "model.h"

/* Numbers (batch, features) to (batch, targets). */
static ad_tensor *linear_regression(ad_tensor *x, int targets)
{
    return ad_linear(x, .out = targets, .name = "linear");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_squared_error(linear_regression(feed[0], 2), feed[1]);
}

const model model_linear_regression = {
    .name = "linear_regression",
    .shows = "a line through points: the loss of the normal equations",
    .feed = {{"x", {8, 5}, MODEL_NUMBERS}, {"target", {8, 2}, MODEL_NUMBERS}},
    .build = build,
};
