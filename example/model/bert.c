/* BERT (Devlin et al. 2019): a transformer that sees both ways, trained to find hidden tokens and
 * whether one text follows another; then one further layer is enough for a task. */
#include <stdio.h>

#include "model.h"

typedef struct sizes {
    int tokens, width, heads, blocks;
} sizes;

/* Tokens and numbers of their segments (batch, time) to features (batch, time, width). */
static ad_tensor *bert(ad_tensor *token, ad_tensor *segment, ad_tensor *table, sizes s)
{
    ad_tensor *x = ad_embedding(segment, .count = 2, .width = s.width,
                                .type = ad_tensor_type(table), .normal = 0.02, .name = "segments");
    x = ad_positions(ad_add(ad_embedding(token, .weight = table), x), .name = "positions");
    x = ad_dropout(ad_layer_norm(x, .epsilon = 1e-12, .name = "norm"), .rate = 0); /* 0.1 */
    for (int i = 0; i < s.blocks; i++) {
        char name[24];
        snprintf(name, sizeof name, "layers.%d", i);
        x = ad_transformer(x, .heads = s.heads, .norm_after = true, .epsilon = 1e-12,
                           .normal = 0.02, .name = name);
    }
    return x;
}

/* Of the features the scores of tokens at each step (batch, time, tokens); the table is shared. */
static ad_tensor *hidden_tokens(ad_tensor *x, ad_tensor *table, sizes s)
{
    x = ad_gelu(ad_linear(x, .out = s.width, .normal = 0.02, .name = "transform"));
    x = ad_layer_norm(x, .epsilon = 1e-12, .name = "transform_norm");
    return ad_linear(x, .weight = table, .name = "decoder");
}

/* Of a whole text: what stands at its first token. */
static ad_tensor *pooled(ad_tensor *x, int classes)
{
    x = ad_pool_time(x, .how = AD_OVER_FIRST);
    x = ad_tanh(ad_linear(x, .out = ad_tensor_shape(x).size[1], .normal = 0.02, .name = "pooler"));
    return ad_linear(x, .out = classes, .normal = 0.02, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    sizes s = {.tokens = 13, .width = 8, .heads = 2, .blocks = 3};
    ad_graph *g = ad_tensor_graph(feed[0]);
    ad_tensor *table = ad_normal(g, AD_F64, AD_SHAPE(s.tokens, s.width), 0, 0.02);
    table = ad_variable(g, "tokens.weight", table);
    ad_tensor *x = bert(feed[0], feed[1], table, s);
    ad_tensor *found = ad_cross_entropy(hidden_tokens(x, table, s), feed[2], .weight = feed[3]);
    loss[0] = ad_add(found, ad_cross_entropy(pooled(x, 2), feed[4]));
}

const model model_bert = {
    .name = "bert",
    .shows = "reading both ways, learned of hidden tokens: few labels are enough afterwards",
    .feed = {{"token", {4, 7}, MODEL_CLASSES, 13},
             {"segment", {4, 7}, MODEL_CLASSES, 2},
             {"right", {4, 7}, MODEL_CLASSES, 13},
             {"hidden", {4, 7}, MODEL_COUNTS, 2},
             {"follows", {4}, MODEL_CLASSES, 2}},
    .build = build,
};
