/* A language model by letters with long short-term memory (Hochreiter and Schmidhuber 1997): what
 * is added to a cell stays until a gate forgets it. */
#include "model.h"

/* Letters (batch, time) to logits of the next one (batch, time, letters). */
static ad_tensor *lstm(ad_tensor *x, ad_type type, int letters, int width, int hidden)
{
    x = ad_embedding(x, .count = letters, .width = width, .type = type, .name = "letters");
    return ad_linear(ad_lstm(x, .width = hidden, .name = "lstm"), .out = letters, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(lstm(feed[0], AD_F64, 11, 6, 8), feed[1]);
}

const model model_lstm = {
    .name = "lstm",
    .shows = "a cell that keeps: a lower loss than the plain recurrent net's",
    .feed = {{"letter", {3, 7}, MODEL_CLASSES, 11}, {"next", {3, 7}, MODEL_CLASSES, 11}},
    .build = build,
};
