/* A sound written down without saying when each letter is spoken (connectionist temporal
 * classification, Graves et al. 2006): the loss sums over all ways to lay the letters out. */
#include "model.h"

/* Features (batch, time, bands) to logarithms of chances (batch, time / 2, 1 + letters): 0 is that
 * nothing is written. */
static ad_tensor *ctc(ad_tensor *x, int filters, int hidden, int letters)
{
    x = ad_conv1d(x, .filters = filters, .kernel = 5, .stride = 2, .padding = 2, .name = "conv");
    x = ad_gru(ad_relu(x), .width = hidden, .both = true, .name = "gru");
    return ad_log_softmax(ad_linear(x, .out = 1 + letters, .name = "out"), -1);
}

/* Sounds of 8 to 12 steps behind the convolution, and texts of 0 to 4 letters. */
static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *log_chance = ctc(feed[0], 6, 5, 6);
    ad_tensor *label = ad_add(feed[1], ad_number(ad_tensor_graph(feed[1]), AD_I32, 1));
    ad_tensor *length = ad_add(feed[2], ad_number(ad_tensor_graph(feed[2]), AD_I32, 8));
    loss[0] = ad_ctc(log_chance, label, length, feed[3]);
}

const model model_ctc = {
    .name = "ctc",
    .shows = "letters of a sound without their times: spoken digits written down",
    .feed = {{"sound", {4, 24, 5}, MODEL_NUMBERS},
             {"letters", {4, 4}, MODEL_CLASSES, 6},
             {"beyond", {4}, MODEL_CLASSES, 5},
             {"count", {4}, MODEL_CLASSES, 5}},
    .build = build,
};
