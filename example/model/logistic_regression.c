/* Logistic regression (Cox 1958): the logarithm of the odds of yes is a weighted sum. */
#include "model.h"

/* Numbers (batch, features) to the logits of as many questions (batch, questions). */
static ad_tensor *logistic_regression(ad_tensor *x, int questions)
{
    return ad_linear(x, .out = questions, .name = "linear");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_binary_cross_entropy(logistic_regression(feed[0], 1), feed[1]);
}

const model model_logistic_regression = {
    .name = "logistic_regression",
    .shows = "yes or no by a plane, with its probability",
    .feed = {{"x", {8, 5}, MODEL_NUMBERS}, {"yes", {8, 1}, MODEL_COUNTS, 2}},
    .build = build,
};
