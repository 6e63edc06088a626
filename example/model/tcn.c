/* A series by dilated causal convolutions (Bai, Kolter, Koltun 2018): each block sees twice as far
 * back as the one before, and no step sees what follows it. */
#include <stdio.h>

#include "model.h"

/* Two convolutions beside a shortcut, which is one of size 1 where the channels change. */
static ad_tensor *block(ad_tensor *x, int filters, int kernel, int dilation)
{
    ad_tensor *y = ad_conv1d(x, .filters = filters, .kernel = kernel, .dilation = dilation,
                             .causal = true, .name = "conv1");
    y = ad_conv1d(ad_relu(y), .filters = filters, .kernel = kernel, .dilation = dilation,
                  .causal = true, .name = "conv2");
    if (ad_tensor_shape(x).size[2] != filters)
        x = ad_conv1d(x, .filters = filters, .kernel = 1, .name = "downsample");
    return ad_relu(ad_add(ad_relu(y), x));
}

/* Windows (batch, time, channels) to the next row (batch, channels). */
static ad_tensor *tcn(ad_tensor *x, int blocks, int filters, int kernel)
{
    int64_t channels = ad_tensor_shape(x).size[2];
    for (int i = 0; i < blocks; i++) {
        char name[24];
        snprintf(name, sizeof name, "block%d", i);
        ad_scope_begin(ad_tensor_graph(x), name);
        x = block(x, filters, kernel, 1 << i);
        ad_scope_end(ad_tensor_graph(x));
    }
    return ad_linear(ad_pool_time(x, .how = AD_OVER_LAST), .out = channels, .name = "out");
}

static void build(ad_tensor *const *feed, ad_tensor **loss)
{
    loss[0] = ad_squared_error(tcn(feed[0], 3, 6, 2), feed[1]);
}

const model model_tcn = {
    .name = "tcn",
    .shows = "a view that doubles with each block: forecasts without a state",
    .feed = {{"past", {4, 12, 3}, MODEL_NUMBERS}, {"next", {4, 3}, MODEL_NUMBERS}},
    .build = build,
};
