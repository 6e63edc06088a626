/* Options as C programs write them; compiled without a warning, with -ffast-math too. */
#include <adze/adze.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMON .kernel = 3, .padding = 1

static const ad_dropout_options kept = AD_OPTIONS_INIT(ad_dropout_options, .rate = 0.25);

static ad_tensor *net(ad_tensor *x, double rate)
{
    x = ad_conv2d(ad_conv2d(x, .filters = 3, COMMON), COMMON, .filters = 2, .padding_w = 0);
    x = ad_linear(ad_max(x, AD_AXES(1, 2), .keep = true), .out = 4, .bias = rate > 1);
    x = (ad_dropout)(ad_batch_norm(x, .momentum = rate), &kept);
    return ad_mean(ad_square(x), AD_ALL);
}

/* A rate that was computed as 0 drops nothing: the call gives x itself. */
int main(int count, char **arguments)
{
    double rate = atof(count > 1 ? arguments[1] : "0");
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_full(g, AD_F32, AD_SHAPE(1, 8, 8, 2), 1);
    ad_tensor *y = ad_dropout(x, .rate = rate == 0 ? 0 : rate);
    ad_tensor *z = ad_dropout(x);
    ad_tensor *step = ad_adamw(net(x, rate), .decay = rate, .epsilon = 1e-6 + rate,
                               .groups = {AD_GROUP(.match = "*.bias", .decay = 0)});
    bool right = (y == x) == (rate == 0) && z != x && !ad_tensor_error(step);
    if (ad_tensor_error(step))
        puts(ad_tensor_error(step));
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch = {step}, .training = true);
    right = right && p;
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
    return !right;
}
