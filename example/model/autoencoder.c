/* An autoencoder (Hinton and Salakhutdinov 2006): what goes through few numbers and comes back is
 * kept by them. */
#include "model.h"

/* Images (batch, height, width, channels) to their code (batch, code). */
static ad_tensor *encoder(ad_tensor *x, int hidden, int code)
{
    x = ad_relu(ad_linear(ad_flatten(x), .out = hidden, .name = "encoder1"));
    return ad_linear(x, .out = code, .name = "encoder2");
}

/* A code to pixels, 0 to 1, (batch, pixels). */
static ad_tensor *decoder(ad_tensor *code, int hidden, int pixels)
{
    code = ad_relu(ad_linear(code, .out = hidden, .name = "decoder1"));
    return ad_sigmoid(ad_linear(code, .out = pixels, .name = "decoder2"));
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    ad_tensor *again = decoder(encoder(feed[0], 16, 5), 16, 6 * 6);
    loss[0] = ad_squared_error(again, ad_flatten(feed[0]));
}

const model model_autoencoder = {
    .name = "autoencoder",
    .shows = "images through a few numbers and back",
    .feed = {{"image", {4, 6, 6, 1}, MODEL_SHARES}},
    .build = build,
};
