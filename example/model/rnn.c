/* A language model by letters with a recurrent layer (Elman 1990): the state is all that it knows
 * of what came before. */
#include "model.h"

/* Letters (batch, time) to logits of the next one (batch, time, letters). */
static ad_tensor *rnn(ad_tensor *x, ad_type type, int letters, int width, int hidden)
{
    x = ad_embedding(x, .count = letters, .width = width, .type = type, .name = "letters");
    return ad_linear(ad_rnn(x, .width = hidden, .name = "rnn"), .out = letters, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(rnn(feed[0], AD_F64, 11, 6, 8), feed[1]);
}

const model model_rnn = {
    .name = "rnn",
    .shows = "a state carried on: letters by the letters before",
    .feed = {{"letter", {3, 7}, MODEL_CLASSES, 11}, {"next", {3, 7}, MODEL_CLASSES, 11}},
    .build = build,
};
