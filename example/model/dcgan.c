/* A GAN of convolutions (Radford, Metz and Chintala 2016): strides in the place of pooling, batch
 * norm in both players. */
#include "model.h"

/* Noise (batch, 1, 1, size) to images (batch, 16, 16, channels). */
static ad_tensor *generator(ad_tensor *x, int filters, int channels)
{
    x = ad_conv_transpose2d(x, .filters = 2 * filters, .kernel = 4, .bias = false, .name = "up1");
    x = ad_relu(ad_batch_norm(x, .name = "norm1"));
    x = ad_conv_transpose2d(x, .filters = filters, .kernel = 4, .stride = 2, .padding = 1,
                            .bias = false, .name = "up2");
    x = ad_relu(ad_batch_norm(x, .name = "norm2"));
    return ad_tanh(ad_conv_transpose2d(x, .filters = channels, .kernel = 4, .stride = 2,
                                       .padding = 1, .bias = false, .name = "up3"));
}

/* Such images to a logit (batch, 1, 1, 1). */
static ad_tensor *discriminator(ad_tensor *x, int filters)
{
    x = ad_conv2d(x, .filters = filters, .kernel = 4, .stride = 2, .padding = 1, .bias = false,
                  .name = "conv1");
    x = ad_conv2d(ad_leaky_relu(x, 0.2), .filters = 2 * filters, .kernel = 4, .stride = 2,
                  .padding = 1, .bias = false, .name = "conv2");
    x = ad_leaky_relu(ad_batch_norm(x, .name = "norm2"), 0.2);
    return ad_conv2d(x, .filters = 1, .kernel = 4, .bias = false, .name = "conv3");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_graph *g = ad_tensor_graph(feed[0]);
    ad_scope_begin(g, "generator");
    ad_tensor *fake = generator(feed[1], 3, 1);
    ad_scope_end(g);
    ad_scope_begin(g, "discriminator");
    ad_tensor *of_real = discriminator(feed[0], 3);
    ad_scope_end(g);
    ad_tensor *of_fake = ad_call(of_real, &feed[0], &fake, 1);
    loss[0] = ad_gan_discriminator(of_real, of_fake, AD_GAN_NON_SATURATING);
    loss[1] = ad_gan_generator(of_fake, AD_GAN_NON_SATURATING);
}

const model model_dcgan = {
    .name = "dcgan",
    .shows = "a game of two convolutional nets: images from noise",
    .feed = {{"real", {4, 16, 16, 1}, MODEL_NUMBERS}, {"noise", {4, 1, 1, 5}, MODEL_NUMBERS}},
    .build = build,
    .player = {"discriminator.", "generator."},
};
