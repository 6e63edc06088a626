/* A conditional GAN (Mirza and Osindero 2014): both players are told the class, so that one can ask
 * for it. */
#include "model.h"

/* Noise (batch, size) and classes (batch) to images (batch, pixels), -1 to 1. */
static ad_tensor *generator(ad_tensor *noise, ad_tensor *label, int classes, int hidden, int pixels)
{
    ad_tensor *told = ad_one_hot(label, classes, ad_tensor_type(noise));
    ad_tensor *in[] = {noise, told};
    ad_tensor *x = ad_linear(ad_concat(in, 2, -1), .out = hidden, .name = "hidden");
    return ad_tanh(ad_linear(ad_relu(x), .out = pixels, .name = "out"));
}

/* Images and the classes that they are to be of to a logit (batch, 1). */
static ad_tensor *discriminator(ad_tensor *x, ad_tensor *label, int classes, int hidden)
{
    ad_tensor *in[] = {x, ad_one_hot(label, classes, ad_tensor_type(x))};
    x = ad_linear(ad_concat(in, 2, -1), .out = hidden, .name = "hidden");
    return ad_linear(ad_leaky_relu(x, 0.2), .out = 1, .name = "score");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_graph *g = ad_tensor_graph(feed[0]);
    ad_scope_begin(g, "generator");
    ad_tensor *fake = generator(feed[2], feed[1], 5, 12, 20);
    ad_scope_end(g);
    ad_scope_begin(g, "discriminator");
    ad_tensor *of_real = discriminator(feed[0], feed[1], 5, 12);
    ad_scope_end(g);
    ad_tensor *of_fake = ad_call(of_real, &feed[0], &fake, 1);
    loss[0] = ad_gan_discriminator(of_real, of_fake, AD_GAN_NON_SATURATING);
    loss[1] = ad_gan_generator(of_fake, AD_GAN_NON_SATURATING);
}

const model model_cgan = {
    .name = "cgan",
    .shows = "a generator that makes the digit one asks for",
    .feed = {{"real", {6, 20}, MODEL_NUMBERS},
             {"label", {6}, MODEL_CLASSES, 5},
             {"noise", {6, 4}, MODEL_NUMBERS}},
    .build = build,
    .player = {"discriminator.", "generator."},
};
