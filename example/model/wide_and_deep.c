/* Wide and deep (Cheng et al. 2016): a table's columns go to the answer by a weighted sum, which
 * remembers, and through a net over embedded categories, which generalizes. */
#include "model.h"

/* Numbers (batch, columns) and up to 8 columns of categories (batch), which have so many levels
 * each, to logits (batch, classes). */
static ad_tensor *wide_and_deep(ad_tensor *number, ad_tensor *const *category, const int *levels,
                                int categories, int width, int hidden, int classes)
{
    ad_type type = ad_tensor_type(number);
    ad_tensor *deep[9] = {number}, *wide = ad_linear(number, .out = classes, .name = "wide");
    for (int i = 0; i < categories; i++) {
        ad_tensor *one = category[i]; /* embedding1 is wide, embedding2 deep... */
        wide = ad_add(wide, ad_embedding(one, .count = levels[i], .width = classes, .type = type));
        deep[i + 1] = ad_embedding(one, .count = levels[i], .width = width, .type = type);
    }
    ad_tensor *x = ad_concat(deep, categories + 1, 1);
    x = ad_relu(ad_linear(x, .out = hidden, .name = "hidden"));
    return ad_add(wide, ad_linear(x, .out = classes, .name = "deep"));
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *logits = wide_and_deep(feed[0], &feed[1], (int[]){4, 6}, 2, 3, 8, 2);
    loss[0] = ad_cross_entropy(logits, feed[3]);
}

const model model_wide_and_deep = {
    .name = "wide_and_deep",
    .shows = "categories and numbers of a table: what is remembered and what is made of it",
    .feed = {{"number", {8, 5}, MODEL_NUMBERS},
             {"school", {8}, MODEL_CLASSES, 4},
             {"work", {8}, MODEL_CLASSES, 6},
             {"label", {8}, MODEL_CLASSES, 2}},
    .build = build,
};
