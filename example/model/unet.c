/* U-Net (Ronneberger, Fischer and Brox 2015), from image to image: down to see far, up again, and
 * at each size what was there on the way down beside what comes up. */
#include "model.h"

static ad_tensor *twice(ad_tensor *x, int filters)
{
    for (int i = 0; i < 2; i++) /* conv1, conv2... */
        x = ad_relu(ad_conv2d(x, .filters = filters, .kernel = 3, .same = true));
    return x;
}

/* Images, whose size 2^levels divides, to images with so many channels; up to 8 levels. */
static ad_tensor *unet(ad_tensor *x, int levels, int filters, int channels)
{
    ad_tensor *kept[8];
    for (int i = 0; i < levels; i++, filters *= 2) {
        kept[i] = twice(x, filters);
        x = ad_max_pool(kept[i], .window = 2);
    }
    x = twice(x, filters);
    for (int i = levels - 1; i >= 0; i--) {
        filters /= 2; /* conv_transpose1... */
        x = ad_conv_transpose2d(x, .filters = filters, .kernel = 2, .stride = 2);
        x = twice(ad_concat((ad_tensor *[]){kept[i], x}, 2, 3), filters);
    }
    return ad_conv2d(x, .filters = channels, .kernel = 1, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_squared_error(unet(feed[0], 2, 4, 1), feed[1]);
}

const model model_unet = {
    .name = "unet",
    .shows = "an image for an image: seen from far and from near at once",
    .feed = {{"image", {2, 8, 8, 1}, MODEL_SHARES}, {"clean", {2, 8, 8, 1}, MODEL_SHARES}},
    .build = build,
};
