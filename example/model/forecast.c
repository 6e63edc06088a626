/* What follows in a series, by gated recurrent units (Cho et al. 2014) that read its last steps. */
#include "model.h"

/* Windows (batch, time, channels) to the next row (batch, channels). */
static ad_tensor *forecast(ad_tensor *x, int hidden)
{
    int64_t channels = ad_tensor_shape(x).size[2];
    x = ad_gru(x, .width = hidden, .name = "gru");
    return ad_linear(ad_pool_time(x, .how = AD_OVER_LAST), .out = channels, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_squared_error(forecast(feed[0], 8), feed[1]);
}

const model model_forecast = {
    .name = "forecast",
    .shows = "a state that sums up the past: nearer than the value a day before",
    .feed = {{"past", {4, 12, 3}, MODEL_NUMBERS}, {"next", {4, 3}, MODEL_NUMBERS}},
    .build = build,
};
