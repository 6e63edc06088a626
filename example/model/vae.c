/* A variational autoencoder (Kingma and Welling 2014): codes that are drawn from a Gaussian near
 * the standard one, so that a code drawn from that makes an image. */
#include "model.h"

/* Images to the logits of their pixels (batch, pixels) by noise (batch, code).  *far: the mean over
 * examples of the divergence of their codes from the standard Gaussian, as of the formula below. */
static ad_tensor *vae(ad_tensor *x, ad_tensor *noise, int hidden, ad_tensor **far)
{
    int64_t code = ad_tensor_shape(noise).size[1];
    x = ad_flatten(x);
    int64_t pixels = ad_tensor_shape(x).size[1];
    x = ad_relu(ad_linear(x, .out = hidden, .name = "fc1"));
    ad_tensor *mean = ad_linear(x, .out = code, .name = "fc21");
    ad_tensor *log_var = ad_linear(x, .out = code, .name = "fc22");
    /* (mean^2 + variance - log variance - 1) / 2 */
    *far = ad_sub(ad_add(ad_square(mean), ad_exp(log_var)), ad_shift(log_var, 1));
    *far = ad_scale(ad_mean(ad_sum(*far, AD_AXES(-1)), AD_ALL), 0.5);
    ad_tensor *z = ad_add(mean, ad_mul(ad_exp(ad_scale(log_var, 0.5)), noise));
    z = ad_relu(ad_linear(z, .out = hidden, .name = "fc3"));
    return ad_linear(z, .out = pixels, .name = "fc4");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *far, *logits = vae(feed[0], feed[1], 12, &far);
    ad_tensor *again =
        ad_binary_cross_entropy(logits, ad_flatten(feed[0]), .reduction = AD_REDUCE_BATCH_MEAN);
    loss[0] = ad_add(again, far);
}

const model model_vae = {
    .name = "vae",
    .shows = "codes near a Gaussian: images are drawn from noise",
    .feed = {{"image", {4, 6, 6, 1}, MODEL_SHARES}, {"noise", {4, 3}, MODEL_NUMBERS}},
    .build = build,
    .rate = 0x1p-8,
};
