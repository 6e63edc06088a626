// Options as C++ programs write them; compiled without a warning.
#include <adze/adze.h>

static ad_tensor *net(ad_tensor *x, double rate)
{
    ad_dropout_options o;
    o.rate = rate;
    ad_tensor *y = ad_dropout(ad_dropout(x, o), {.rate = rate});
    y = ad_conv2d(y, {.filters = 3, .kernel = 3, .padding = 1, .padding_w = 0});
    y = ad_max_pool(y, AD_OPTIONS(ad_window_options, .window = 2));
    y = ad_batch_norm(y, {.momentum = 0, .affine = false});
    return ad_mean(ad_linear(ad_max(y, AD_AXES(1, 2), {.keep = true}), {.out = 4}), AD_ALL);
}

int main()
{
    ad_context *c = ad_context_new({.threads = 1});
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_full(g, AD_F32, AD_SHAPE(1, 8, 8, 2), 1);
    ad_tensor *step = ad_adamw(
        net(x, 0),
        {.decay = 0, .groups = {{.match = "*.bias", .decay = 0}, AD_GROUP(.match = "*.weight")}});
    bool right = ad_dropout(x, {.rate = 0}) == x && ad_dropout(x) != x && !ad_tensor_error(step);
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, {.fetch = {step}, .training = true});
    right = right && p;
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
    return !right;
}
