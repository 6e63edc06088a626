/* A Wasserstein GAN with gradient penalty (Gulrajani et al. 2017): a critic whose slope is held
 * near 1 says how far made images are from real ones. */
#include "model.h"

/* Noise (batch, size) to images (batch, 8, 8, 1). */
static ad_tensor *generator(ad_tensor *noise, int filters)
{
    ad_tensor *x = ad_relu(ad_linear(noise, .out = 4 * filters, .name = "linear"));
    x = ad_reshape(x, AD_SHAPE(ad_tensor_shape(noise).size[0], 2, 2, filters));
    x = ad_relu(model_doubled(x, filters / 2, "up1"));
    return ad_tanh(model_doubled(x, 1, "up2"));
}

/* Images to a score (batch, 1), without batch norm: the slope is that of each image alone. */
static ad_tensor *critic(ad_tensor *x, int filters)
{
    x = ad_leaky_relu(model_halved(x, filters / 2, "conv1"), 0.2);
    x = ad_leaky_relu(model_halved(x, filters, "conv2"), 0.2);
    return ad_linear(ad_flatten(x), .out = 1, .name = "score");
}

/* share (batch, 1, 1, 1), 0 to 1: how much of the real image is in the mix that is looked at. */
static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *real = feed[0], *share = feed[2];
    ad_graph *g = ad_tensor_graph(real);
    ad_scope_begin(g, "generator");
    ad_tensor *fake = generator(feed[1], 8);
    ad_scope_end(g);
    ad_scope_begin(g, "discriminator");
    ad_tensor *of_real = critic(real, 8);
    ad_scope_end(g);
    ad_tensor *of_fake = ad_call(of_real, &real, &fake, 1);
    ad_tensor *mix = ad_add(fake, ad_mul(share, ad_sub(real, fake)));
    ad_tensor *penalty = ad_gradient_penalty(ad_call(of_real, &real, &mix, 1), mix, 10);
    loss[0] = ad_add(ad_gan_discriminator(of_real, of_fake, AD_GAN_WASSERSTEIN), penalty);
    loss[1] = ad_gan_generator(of_fake, AD_GAN_WASSERSTEIN);
}

const model model_wgan_gp = {
    .name = "wgan_gp",
    .shows = "a critic's score falls as images get better",
    .feed = {{"real", {4, 8, 8, 1}, MODEL_NUMBERS},
             {"noise", {4, 6}, MODEL_NUMBERS},
             {"share", {4, 1, 1, 1}, MODEL_SHARES}},
    .build = build,
    .player = {"discriminator.", "generator."},
    .rate = 0x1p-6,
};
