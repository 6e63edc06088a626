/* What makes a net noisy in training; layers.h has the formulas. */
#include <math.h>

#include "base/option.h"
#include "nn/activation.h"
#include "op/dropout.h"
#include "op/random.h"
#include "op/rows.h"

/* Options of a call of that kind, "drop_path"; poison, or NULL where all is well. */
static ad_tensor *begin(const char *kind, ad_tensor *x, ad_dropout_options *o,
                        const ad_dropout_options *options, int rank)
{
    ad_graph *graph = ad_tensor_graph(x);
    *o = AD_OPTIONS(ad_dropout_options);
    ad_status status = options_read(ad_dropout_options, o, options);
    ad_tensor *poison = graph_check(graph, kind, &x, 1);
    poison = poison ? poison : graph_passed(graph, kind, status);
    poison = poison ? poison : graph_passed(graph, kind, rows_check_real(x, "x"));
    if (poison || (o->rate >= 0 && o->rate <= 1 && x->shape.rank >= rank))
        return poison;
    return graph_poison(graph, AD_ERROR_ARGUMENT,
                        "%s: the rate is %g and x %s; a rate is 0 to 1, and x has %d axes or more",
                        kind, o->rate, graph_shape_text(graph, &x->shape), rank);
}

/* Dropout of all that has one place on the axes that count: the first, and with channels the last.
 */
static ad_tensor *drop(const char *kind, ad_tensor *x, const ad_dropout_options *options,
                       bool channels)
{
    ad_dropout_options o;
    ad_tensor *poison = begin(kind, x, &o, options, 1 + channels);
    if (poison || o.rate == 0)
        return poison ? poison : x;
    ad_shape shape = x->shape;
    for (int i = 1; i < shape.rank - channels; i++)
        shape.size[i] = 1;
    ad_graph *graph = x->node->graph;
    ad_tensor *random = ad_expand(random_uniform(graph, kind, x->type, shape, 0, 1), x->shape);
    ad_tensor *in[] = {x, random, o.always ? NULL : ad_training(graph)};
    return graph_node(graph, &op_dropout, &(struct dropout_attributes){o.rate}, in,
                      o.always ? 2 : 3);
}

ad_tensor *ad_spatial_dropout(ad_tensor *x, const ad_dropout_options *options)
{
    return drop("spatial_dropout", x, options, true);
}

ad_tensor *ad_drop_path(ad_tensor *x, const ad_dropout_options *options)
{
    return drop("drop_path", x, options, false);
}

/* y in training, x else. */
static ad_tensor *in_training(ad_tensor *y, ad_tensor *x)
{
    return ad_where(ad_training(x->node->graph), y, x);
}

ad_tensor *ad_alpha_dropout(ad_tensor *x, const ad_dropout_options *options)
{
    const double lowest = 1.7580993408473766; /* SELU's scale times its alpha */
    ad_dropout_options o;
    ad_tensor *poison = begin("alpha_dropout", x, &o, options, 0);
    if (poison || o.rate == 0)
        return poison ? poison : x;
    /* rate 1 leaves 0 of all, as PyTorch */
    double a = o.rate == 1 ? 0 : 1 / sqrt((1 - o.rate) * (1 + o.rate * lowest * lowest));
    double offset = a * lowest * o.rate;
    ad_tensor *u = random_uniform(x->node->graph, "alpha_dropout", x->type, x->shape, 0, 1);
    ad_tensor *y = ad_where(ad_greater_equal(u, rows_number(x, o.rate)),
                            ad_shift(ad_scale(x, a), offset), rows_number(x, offset - a * lowest));
    return o.always ? y : in_training(y, x);
}

/* Normal numbers of x's shape; NULL where there are none, and then x or poison is in *x. */
static ad_tensor *noise(const char *kind, ad_tensor **x, double mean, double deviation)
{
    ad_dropout_options o;
    ad_tensor *poison = begin(kind, *x, &o, NULL, 0);
    if (!poison && deviation != 0)
        return ad_normal((*x)->node->graph, (*x)->type, (*x)->shape, mean, deviation);
    *x = poison ? poison : *x;
    return NULL;
}

ad_tensor *ad_gaussian_noise(ad_tensor *x, double deviation)
{
    ad_tensor *n = noise("gaussian_noise", &x, 0, deviation);
    return n ? in_training(ad_add(x, n), x) : x;
}

ad_tensor *ad_gaussian_dropout(ad_tensor *x, double rate)
{
    /* of a rate that is none ad_normal refuses the deviation */
    ad_tensor *n = noise("gaussian_dropout", &x, 1, rate < 1 ? sqrt(rate / (1 - rate)) : -1);
    return n ? in_training(ad_mul(x, n), x) : x;
}

ad_tensor *ad_drop_connect(ad_tensor *x, double rate, const ad_linear_options *options)
{
    struct layer layer;
    ad_linear_options o = AD_OPTIONS(ad_linear_options);
    ad_status status = options_read(ad_linear_options, &o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_drop_connect", status);
    poison = poison ? poison : layer_begin(&layer, "drop_connect", o.name, x, 1);
    if (poison)
        return poison;
    ad_dim in = x->shape.size[x->shape.rank - 1];
    if (o.out < 1)
        return layer_mistake(&layer, AD_ERROR_ARGUMENT, ".out is %lld; it is 1 or more",
                             (long long)o.out);
    layer_fan_in(&layer, (double)in);
    o.weight = layer_weight(&layer, "weight", AD_SHAPE(o.out, in), o.normal);
    o.weight = ad_dropout(o.weight, &AD_OPTIONS(ad_dropout_options, .rate = rate));
    o.name = layer.name;
    return ad_linear(x, &o);
}

/* ---------------------------------------------------------------- records */

#define DROPS(kind, help_, also_)                                                                 \
    static ad_tensor *make_##kind(ad_tensor *const *in, int count, const void *options)           \
    {                                                                                             \
        (void)count;                                                                              \
        return ad_##kind(in[0], options);                                                         \
    }                                                                                             \
    const ad_layer_record layer_##kind = {.record = {.name = #kind,                               \
                                                     .help = help_,                               \
                                                     .also = also_,                               \
                                                     AD_RECORD_OPTIONS(drop_rows, drop_initial)}, \
                                          ONE_INPUT,                                              \
                                          .time = AD_TIME_KEPT,                                   \
                                          .make = make_##kind}

static const ad_option drop_rows[] = {
    {.name = "rate",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_dropout_options, rate),
     ROW_RANGE(0, 1),
     .also = "p prob drop_rate drop_prob",
     .help = "share that is dropped in training"},
    ROW_TRUTH(ad_dropout_options, always, "mc monte_carlo", "at inference too"),
};
static const ad_dropout_options drop_initial = AD_OPTIONS_INIT(ad_dropout_options);

DROPS(spatial_dropout, "in training whole channels of an example are 0 (Tompson et al. 2015)",
      "dropout1d dropout2d dropout3d channel_dropout spatial_dropout1d spatial_dropout2d");
DROPS(drop_path,
      "in training whole examples are 0: for the end of a residual branch (Huang et "
      "al. 2016)",
      "stochastic_depth droppath");
DROPS(alpha_dropout, "dropout behind selu, which keeps mean and variance (Klambauer et al. 2017)",
      "alphadropout");

WITH_NUMBER(gaussian_noise, 0.1, "normal numbers added in training", NULL, .name = "deviation",
            ROW_RANGE(0, 1e9), .also = "std stddev sigma", .help = "of the numbers");
WITH_NUMBER(gaussian_dropout, 0.5,
            "times normal numbers of mean 1 in training (Srivastava et al. 2014)", NULL,
            .name = "rate", ROW_RANGE(0, 1), .below_high = true, .also = "p prob",
            .help = "r: their variance is r / (1 - r)");

struct connect {
    ad_linear_options o;
    double rate;
};
static const ad_option connect_rows[] = {
    {.name = "out",
     .type = AD_OPTION_WHOLE,
     .offset = offsetof(struct connect, o.out),
     ROW_RANGE(0, 1e8),
     .also = "units size width features",
     .help = "features after"},
    {.name = "rate",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(struct connect, rate),
     ROW_RANGE(0, 1),
     .also = "p prob",
     .help = "share of the weights that is 0 in training"},
    {.name = "name",
     .type = AD_OPTION_NAME,
     .offset = offsetof(struct connect, o.name),
     .unset = "numbered",
     .help = "of its weights, NAME.weight"},
};
static const struct connect connect_initial = {AD_OPTIONS_INIT(ad_linear_options), 0.5};

static ad_tensor *make_connect(ad_tensor *const *in, int count, const void *options)
{
    const struct connect *c = options ? options : &connect_initial;
    (void)count;
    return ad_drop_connect(in[0], c->rate, &c->o);
}

const ad_layer_record layer_drop_connect = {
    .record = {.name = "drop_connect",
               .help = "linear, of whose weights a share is 0 in training (Wan et al. 2013)",
               .also = "dropconnect",
               AD_RECORD_OPTIONS(connect_rows, connect_initial)},
    ONE_INPUT,
    .time = AD_TIME_KEPT,
    .make = make_connect};
