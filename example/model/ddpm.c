/* A diffusion model (Ho, Jain and Abbeel 2020): a net that says which noise is in an image, for any
 * share of it, takes pure noise to an image step by step. */
#include <math.h>

#include "model.h"

enum { STEPS = 1000, HALF = 4 };

/* Times (batch) as sines and cosines (batch, 2 HALF) of frequencies from 1 down to 1 / 10,000. */
static ad_tensor *waves(ad_tensor *time, ad_type type)
{
    double frequency[HALF];
    for (int i = 0; i < HALF; i++)
        frequency[i] = pow(1e4, -(double)i / HALF);
    ad_tensor *by = ad_constant(ad_tensor_graph(time), ad_f64(frequency, AD_SHAPE(1, HALF)));
    ad_dim batch = ad_tensor_shape(time).size[0];
    ad_tensor *angle = ad_mul(ad_reshape(ad_cast(time, type), AD_SHAPE(batch, 1)), by);
    ad_tensor *both[] = {ad_sin(angle), ad_cos(angle)};
    return ad_concat(both, 2, -1);
}

/* What a layer has of the time, for each channel. */
static ad_tensor *tell(ad_tensor *x, ad_tensor *time, int filters, const char *name)
{
    ad_dim batch = ad_tensor_shape(time).size[0];
    time = ad_linear(time, .out = filters, .name = name);
    return ad_swish(ad_add(x, ad_reshape(time, AD_SHAPE(batch, 1, 1, filters))));
}

/* Noisy images (batch, height, width, channels), even sizes, and their times to the noise. */
static ad_tensor *noise_in(ad_tensor *x, ad_tensor *time, int filters, int channels)
{
    ad_tensor *t = waves(time, ad_tensor_type(x));
    t = ad_swish(ad_linear(t, .out = 2 * filters, .name = "time"));
    x = tell(ad_conv2d(x, .filters = filters, .kernel = 3, .same = true, .name = "in"), t, filters,
             "time1");
    ad_tensor *low = ad_conv2d(x, .filters = 2 * filters, .kernel = 3, .stride = 2, .padding = 1,
                               .name = "down");
    low = tell(low, t, 2 * filters, "time2");
    low = ad_conv_transpose2d(low, .filters = filters, .kernel = 4, .stride = 2, .padding = 1,
                              .name = "up");
    ad_tensor *both[] = {x, tell(low, t, filters, "time3")};
    return ad_conv2d(ad_concat(both, 2, -1), .filters = channels, .kernel = 3, .same = true,
                     .name = "out");
}

/* share[t]: what is left of the image's variance after t + 1 steps, each of which puts noise of
 * variance 0.0001 to 0.02 into it. */
static ad_tensor *shares_of(ad_tensor *time)
{
    double share[STEPS], left = 1;
    for (int i = 0; i < STEPS; i++)
        share[i] = left *= 1 - (1e-4 + (0.02 - 1e-4) * i / (STEPS - 1));
    ad_tensor *all = ad_constant(ad_tensor_graph(time), ad_f64(share, AD_SHAPE(STEPS, 1, 1, 1)));
    return ad_gather(all, time, 0);
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *share = shares_of(feed[2]), *rest = ad_shift(ad_neg(share), 1);
    ad_tensor *noisy = ad_add(ad_mul(ad_sqrt(share), feed[0]), ad_mul(ad_sqrt(rest), feed[1]));
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
