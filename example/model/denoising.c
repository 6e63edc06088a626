/* A denoising autoencoder (Vincent et al. 2008): to take noise off an image is to know what images
 * look like. */
#include "model.h"

/* Images (batch, height, width, channels), sizes multiples of 4, to others of the same shape. */
static ad_tensor *denoise(ad_tensor *x, int filters, int channels)
{
    x = ad_relu(
        ad_conv2d(x, .filters = filters, .kernel = 3, .stride = 2, .padding = 1, .name = "down1"));
    x = ad_relu(ad_conv2d(x, .filters = 2 * filters, .kernel = 3, .stride = 2, .padding = 1,
                          .name = "down2"));
    x = ad_relu(model_doubled(x, filters, "up1"));
    return model_doubled(x, channels, "up2");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *noisy = ad_add(feed[0], ad_scale(feed[1], 0.5));
    loss[0] = ad_squared_error(denoise(noisy, 4, 1), feed[0]);
}

const model model_denoising = {
    .name = "denoising",
    .shows = "noise comes off images that were never seen",
    .feed = {{"image", {4, 8, 8, 1}, MODEL_SHARES}, {"noise", {4, 8, 8, 1}, MODEL_NUMBERS}},
    .build = build,
};
