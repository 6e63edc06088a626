/* A transformer that writes (Radford et al. 2019): each letter sees those before it, and one table
 * reads letters and scores them. */
#include <stdio.h>

#include "model.h"

/* Letters (batch, time) to logits of the next one (batch, time, letters). */
static ad_tensor *gpt(ad_tensor *letter, ad_type type, int letters, int width, int heads,
                      int blocks)
{
    ad_graph *g = ad_tensor_graph(letter);
    ad_tensor *table = ad_normal(g, type, AD_SHAPE(letters, width), 0, 0.02);
    table = ad_variable(g, "letters.weight", table);
    ad_tensor *x = ad_positions(ad_embedding(letter, .weight = table), .name = "positions");
    for (int i = 0; i < blocks; i++) {
        char name[24];
        snprintf(name, sizeof name, "layers.%d", i);
        x = ad_transformer(x, .heads = heads, .causal = true, .normal = 0.02, .depth = blocks,
                           .name = name);
    }
    return ad_linear(ad_layer_norm(x, .name = "norm"), .weight = table, .bias = false);
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(gpt(feed[0], AD_F64, 11, 8, 2, 2), feed[1]);
}

const model model_gpt = {
    .name = "gpt",
    .shows = "attention to what was written: text letter by letter",
    .feed = {{"letter", {3, 7}, MODEL_CLASSES, 11}, {"next", {3, 7}, MODEL_CLASSES, 11}},
    .build = build,
};
