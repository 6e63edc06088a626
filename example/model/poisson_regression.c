/* Poisson regression (Nelder and Wedderburn 1972): counts whose mean's logarithm is a weighted
 * sum. */
#include "model.h"

/* Numbers (batch, features) to logarithms of the mean counts (batch, targets). */
static ad_tensor *poisson_regression(ad_tensor *x, int targets)
{
    return ad_linear(x, .out = targets, .name = "linear");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_poisson_loss(poisson_regression(feed[0], 1), feed[1]);
}

const model model_poisson_regression = {
    .name = "poisson_regression",
    .shows = "counts that are never negative, with the loss that counts have",
    .feed = {{"x", {8, 5}, MODEL_NUMBERS}, {"count", {8, 1}, MODEL_COUNTS, 4}},
    .build = build,
};
