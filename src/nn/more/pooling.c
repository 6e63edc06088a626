/* The record of pooling over one to three axes. */
#include <string.h>

#include "core/graph.h"
#include "nn/record.h"

struct choice {
    ad_window_nd_options o;
    ad_shape places;
    int method;
};

static const struct choice initial = {.o = AD_OPTIONS_INIT(ad_window_nd_options)};

static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    static ad_tensor *(*const calls[])(ad_tensor *, const ad_window_nd_options *) = {
        ad_max_pool_nd, ad_average_pool_nd, ad_lp_pool};
    const struct choice *c = options ? options : &initial;
    (void)count;
    if (!c->places.rank)
        return calls[c->method](in[0], &c->o);
    if (c->method == 2 || memcmp(&c->o, &initial.o, sizeof c->o) != 0)
        return graph_poison(ad_tensor_graph(in[0]), AD_ERROR_ARGUMENT,
                            "pool_nd: places say all; leave other options, and powers, out");
    return c->method ? ad_adaptive_average_pool(in[0], c->places)
                     : ad_adaptive_max_pool(in[0], c->places, NULL);
}

#define SIZES(at, name_, least, usual, also_, help_)                                         \
    {                                                                                        \
        .name = name_, .type = AD_OPTION_SIZES, .offset = offsetof(struct choice, at),       \
        ROW_RANGE(least, 4096), .unit = "axis", .unset = usual, .also = also_, .help = help_ \
    }

#define TRUTH(name_, also_, help_)                                                           \
    {                                                                                        \
        .name = #name_, .type = AD_OPTION_TRUTH, .offset = offsetof(struct choice, o.name_), \
        .also = also_, .help = help_                                                         \
    }

static const ad_option rows[] = {
    {.name = "method",
     .type = AD_OPTION_WORD,
     .words = "max mean power",
     .offset = offsetof(struct choice, method),
     .help = "the largest, the mean, or (sum of x^p)^(1 / p)"},
    SIZES(o.window, "window", 1, "none", "kernel size pool_size kernel_size", "size of the window"),
    SIZES(places, "places", 1, "as windows fit", "output_size",
          "how many come out, in the place of windows; not of powers"),
    SIZES(o.stride, "stride", 1, "the window", "strides", "step between windows"),
    SIZES(o.padding, "padding", 0, "0", "pad", "places before the first"),
    SIZES(o.padding_after, "padding_after", 0, "padding", NULL, "places behind the last"),
    SIZES(o.dilation, "dilation", 1, "1", NULL, "distance of places, of the largest"),
    TRUTH(ceil, "ceil_mode", "windows that end behind x count too"),
    TRUTH(count_padding, "count_include_pad", "count padded places in the divisor of means"),
    {.name = "divisor",
     .type = AD_OPTION_WHOLE,
     .offset = offsetof(struct choice, o.divisor),
     ROW_RANGE(0, 1e9),
     .also = "divisor_override",
     .help = "of means, in the place of how many there are; 0: none"},
    {.name = "p",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(struct choice, o.p),
     ROW_RANGE(0, 1000),
     .above_low = true,
     .also = "norm_type",
     .help = "the power"},
};

const ad_layer_record layer_pool_nd = {
    .record = {.name = "pool_nd",
               .help = "windows over one to three axes, or as many places as are wanted",
               .also = "max_pool3d avg_pool3d lp_pool adaptive_pool adaptive_avg_pool2d",
               AD_RECORD_OPTIONS(rows, initial)},
    ONE_INPUT,
    .make = make};
