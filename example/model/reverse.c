/* A sequence to another by two recurrent nets and attention (Bahdanau et al. 2015, Luong et al.
 * 2015): at each letter it writes, the writer looks at the letters that were read. */
#include "model.h"

static ad_tensor *letters(ad_tensor *x, ad_type type, int count, int width, const char *name)
{
    return ad_embedding(x, .count = count, .width = width, .type = type, .name = name);
}

/* What is read (batch, time) and what was written before each step (batch, steps) to logits of what
 * is written there (batch, steps, letters). */
static ad_tensor *reverse(ad_tensor *read, ad_tensor *written, ad_type type, int count, int width)
{
    ad_tensor *state, *seen;
    ad_tensor *x = letters(read, type, count, width / 2, "read");
    x = ad_gru(x, .width = width, .last = &state, .name = "reader");
    ad_tensor *y = letters(written, type, count, width / 2, "written");
    y = ad_gru(y, .width = width, .initial = state, .name = "writer");
    seen = ad_self_attention(y, .heads = 1, .to = x, .name = "seen");
    y = ad_concat((ad_tensor *[]){y, seen}, 2, 2);
    y = ad_tanh(ad_linear(y, .out = width, .name = "hidden"));
    return ad_linear(y, .out = count, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_cross_entropy(reverse(feed[0], feed[1], AD_F64, 9, 8), feed[2]);
}

const model model_reverse = {
    .name = "reverse",
    .shows = "attention finds the letter that comes next: words written backwards",
    .feed = {{"read", {3, 6}, MODEL_CLASSES, 9},
             {"written", {3, 5}, MODEL_CLASSES, 9},
             {"next", {3, 5}, MODEL_CLASSES, 9}},
    .build = build,
};
