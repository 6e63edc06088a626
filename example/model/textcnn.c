/* A text by convolutions (Kim 2014): each filter looks for a pattern of a few words, and says
 * whether it is found anywhere. */
#include "model.h"

/* Words (batch, time) to logits (batch, classes), by filters over three, four and five words. */
static ad_tensor *textcnn(ad_tensor *x, ad_type type, int words, int width, int filters,
                          int classes)
{
    static const char *const name[] = {"look3", "look4", "look5"};
    ad_tensor *found[3];
    x = ad_embedding(x, .count = words, .width = width, .type = type, .name = "words");
    for (int i = 0; i < 3; i++) {
        found[i] = ad_conv1d(x, .filters = filters, .kernel = 3 + i, .name = name[i]);
        found[i] = ad_pool_time(ad_relu(found[i]), .how = AD_OVER_MAX);
    }
    x = ad_dropout(ad_concat(found, 3, 1), .rate = 0); /* 0.5 on real data */
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(textcnn(feed[0], AD_F64, 13, 6, 5, 2), feed[1]);
}

const model model_textcnn = {
    .name = "textcnn",
    .shows = "patterns of words, wherever they stand: 98 % of short messages",
    .feed = {{"word", {4, 9}, MODEL_CLASSES, 13}, {"label", {4}, MODEL_CLASSES, 2}},
    .build = build,
};
