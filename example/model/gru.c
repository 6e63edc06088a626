/* A language model by letters with gated recurrent units (Cho et al. 2014): gates let a state
 * stay, so that gradients reach far back. */
#include "model.h"

/* Letters (batch, time) to logits of the next one (batch, time, letters). */
static ad_tensor *gru(ad_tensor *x, ad_type type, int letters, int width, int hidden)
{
    x = ad_embedding(x, .count = letters, .width = width, .type = type, .name = "letters");
    return ad_linear(ad_gru(x, .width = hidden, .name = "gru"), .out = letters, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(gru(feed[0], AD_F64, 11, 6, 8), feed[1]);
}

const model model_gru = {
    .name = "gru",
    .shows = "gates: a loss below the plain recurrent net's at the same size",
    .feed = {{"letter", {3, 7}, MODEL_CLASSES, 11}, {"next", {3, 7}, MODEL_CLASSES, 11}},
    .build = build,
};
