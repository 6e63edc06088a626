/* A diffusion model (Ho, Jain and Abbeel 2020): a net that says which noise is in an image, for any
 * share of it, takes pure noise to an image step by step. */
#include <adze/ops.h>

#include "model.h"

enum { STEPS = 1000, HALF = 4 };

/* Times (batch) as sines and cosines (batch, 2 HALF) of frequencies from 1 down to 1 / 10,000. */
static ad_tensor *waves(ad_tensor *time, ad_type type)
{
    ad_tensor *by = ad_cast(ad_range(ad_tensor_graph(time), AD_I32, HALF), type);
    by = ad_exp(ad_scale(by, -9.210340371976184 / HALF)); /* log 10,000 */
    ad_tensor *angle = ad_mul(ad_reshape(ad_cast(time, type), AD_SHAPE(AD_INFER, 1)), by);
    return ad_concat((ad_tensor *[]){ad_sin(angle), ad_cos(angle)}, 2, -1);
}

/* What a layer has of the time, for each channel. */
static ad_tensor *tell(ad_tensor *x, ad_tensor *time, const char *name)
{
    int64_t filters = ad_tensor_shape(x).size[3];
    time = ad_linear(time, .out = filters, .name = name);
    return ad_swish(ad_add(x, ad_reshape(time, AD_SHAPE(AD_INFER, 1, 1, filters))));
}

/* Noisy images (batch, height, width, channels), even sizes, and their times to the noise. */
static ad_tensor *noise_in(ad_tensor *x, ad_tensor *time, int filters, int channels)
{
    ad_tensor *t = waves(time, ad_tensor_type(x));
    t = ad_swish(ad_linear(t, .out = 2 * filters, .name = "time"));
    x = ad_conv2d(x, .filters = filters, .kernel = 3, .same = true, .name = "in");
    ad_tensor *high = tell(x, t, "time1");
    x = ad_conv2d(high, .filters = 2 * filters, .kernel = 3, .stride = 2, .padding = 1,
                  .name = "down");
    x = tell(model_doubled(tell(x, t, "time2"), filters, "up"), t, "time3");
    x = ad_concat((ad_tensor *[]){high, x}, 2, -1);
    return ad_conv2d(x, .filters = channels, .kernel = 3, .same = true, .name = "out");
}

/* What is left of the image's variance after t + 1 steps, each of which puts noise of variance
 * 0.0001 to 0.02 into it. */
static ad_tensor *share_of(ad_tensor *time, ad_type type)
{
    ad_tensor *left = ad_linspace(ad_tensor_graph(time), type, 1 - 1e-4, 1 - 0.02, STEPS);
    return ad_reshape(ad_gather(ad_cumprod(left, 0), time, 0), AD_SHAPE(AD_INFER, 1, 1, 1));
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *share = share_of(feed[2], ad_tensor_type(feed[0]));
    ad_tensor *rest = ad_sqrt(ad_shift(ad_neg(share), 1));
    ad_tensor *noisy = ad_add(ad_mul(ad_sqrt(share), feed[0]), ad_mul(rest, feed[1]));
    loss[0] = ad_squared_error(noise_in(noisy, feed[2], 4, 1), feed[1]);
}

const model model_ddpm = {
    .name = "ddpm",
    .shows = "digits out of pure noise, a little less of it at each step",
    .feed = {{"image", {4, 6, 6, 1}, MODEL_NUMBERS},
             {"noise", {4, 6, 6, 1}, MODEL_NUMBERS},
             {"time", {4}, MODEL_CLASSES, STEPS}},
    .build = build,
};
