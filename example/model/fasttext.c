/* A text by the mean of its words (Joulin et al. 2016): no order at all, and hard to beat. */
#include "model.h"

/* Words (batch, time), of which `length` count, to logits (batch, classes). */
static ad_tensor *fasttext(ad_tensor *word, ad_tensor *length, ad_type type, int words, int width,
                           int classes)
{
    ad_tensor *x = ad_embedding_bag(word, .count = words, .width = width, .type = type,
                                    .length = length, .name = "words");
    return ad_linear(x, .out = classes, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(fasttext(feed[0], feed[1], AD_F64, 13, 6, 3), feed[2]);
}

const model model_fasttext = {
    .name = "fasttext",
    .shows = "the mean of word vectors and one layer: a strong base line for a text",
    .feed = {{"word", {5, 8}, MODEL_CLASSES, 13},
             {"length", {5}, MODEL_CLASSES, 9},
             {"label", {5}, MODEL_CLASSES, 3}},
    .build = build,
};
