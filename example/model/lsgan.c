/* A GAN with least squares (Mao et al. 2017): the discriminator's loss still has a slope where it
 * is sure. */
#include "model.h"

/* Noise (batch, size) to images (batch, 8, 8, 1). */
static ad_tensor *generator(ad_tensor *noise, int filters)
{
    ad_tensor *x = ad_relu(ad_linear(noise, .out = 4 * filters, .name = "linear"));
    x = ad_reshape(x, AD_SHAPE(ad_tensor_shape(noise).size[0], 2, 2, filters));
    x = ad_relu(model_doubled(x, filters / 2, "up1"));
    return ad_tanh(model_doubled(x, 1, "up2"));
}

/* Images to one number (batch, 1): near 1 for real ones, near 0 for made ones. */
static ad_tensor *discriminator(ad_tensor *x, int filters)
{
    x = ad_leaky_relu(model_halved(x, filters / 2, "conv1"), 0.2);
    x = ad_leaky_relu(model_halved(x, filters, "conv2"), 0.2);
    return ad_linear(ad_flatten(x), .out = 1, .name = "score");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_graph *g = ad_tensor_graph(feed[0]);
    ad_scope_begin(g, "generator");
    ad_tensor *fake = generator(feed[1], 8);
    ad_scope_end(g);
    ad_scope_begin(g, "discriminator");
    ad_tensor *real_score = discriminator(feed[0], 8);
    ad_scope_end(g);
    ad_tensor *fake_score = ad_call(real_score, &feed[0], &fake, 1);
    loss[0] = ad_gan_discriminator(real_score, fake_score, AD_GAN_LEAST_SQUARES);
    loss[1] = ad_gan_generator(fake_score, AD_GAN_LEAST_SQUARES);
}

const model model_lsgan = {
    .name = "lsgan",
    .shows = "a game of two nets with squared losses: digits from noise",
    .feed = {{"real", {4, 8, 8, 1}, MODEL_NUMBERS}, {"noise", {4, 6}, MODEL_NUMBERS}},
    .build = build,
    .player = {"discriminator.", "generator."},
};
