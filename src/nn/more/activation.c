/* The records of functions of each element beyond the core, of glu and of maxout. */
#include "nn/activation.h"

PLAIN(mish, "x tanh(log(1 + e^x))", NULL);
PLAIN(relu6, "x between 0 and 6", NULL);
PLAIN(hard_sigmoid, "x / 6 + 1/2 between 0 and 1", "hardsigmoid");
PLAIN(hard_swish, "x hard_sigmoid(x)", "hardswish hswish h_swish");
PLAIN(softsign, "x / (1 + |x|)", NULL);
PLAIN(log_sigmoid, "log(1 / (1 + e^-x))", "logsigmoid");
PLAIN(tanh_shrink, "x - tanh(x)", "tanhshrink");

WITH_NUMBER(celu, 1, "x above zero, alpha (e^(x / alpha) - 1) below", NULL, .name = "alpha",
            ROW_RANGE(1e-6, 1000), .help = "minus the limit below");
WITH_NUMBER(hard_shrink, 0.5, "x beyond -lambd to lambd, 0 within", "hardshrink", .name = "lambd",
            ROW_RANGE(0, 1e9), .also = "lambda", .help = "largest size that becomes 0");
WITH_NUMBER(soft_shrink, 0.5, "x moved toward 0 by lambd, 0 within -lambd to lambd",
            "softshrink soft_threshold", .name = "lambd", ROW_RANGE(0, 1e9), .also = "lambda",
            .help = "how far, and the largest size that becomes 0");

WITH_TWO(hard_tanh, -1, 1, "x between min_val and max_val", "hardtanh clamp clip",
         OF_FIRST(.name = "min_val", ROW_RANGE(-1e9, 1e9), .also = "min low min_value",
                  .help = "the smallest result"),
         OF_SECOND(.name = "max_val", ROW_RANGE(-1e9, 1e9), .also = "max high max_value",
                   .help = "the largest, also where min_val is above it"));
WITH_TWO(threshold, 0, 0, "x above threshold, else value", "thresholded_relu",
         OF_FIRST(.name = "threshold", ROW_RANGE(-1e9, 1e9), .also = "theta limit",
                  .help = "the largest x that becomes value"),
         OF_SECOND(.name = "value", ROW_RANGE(-1e9, 1e9), .help = "what stands for it"));

/* ---------------------------------------------------------------- fewer channels */

struct glu {
    int64_t axis;
};

static const struct glu glu_initial = {-1};

static const ad_option glu_rows[] = {
    ROW_WHOLE(struct glu, axis, -AD_RANK_MAX, AD_RANK_MAX - 1, "dim",
              "that is cut into halves; -1 is the last"),
};

static ad_tensor *make_glu(ad_tensor *const *in, int count, const void *options)
{
    const struct glu *o = options ? options : &glu_initial;
    (void)count;
    return ad_glu(in[0], (int)o->axis);
}

/* Along the features each step stays its own. */
static bool glu_window(const void *options, ad_layer_window *window)
{
    const struct glu *o = options;
    *window = (ad_layer_window){.reach = 1, .stride = 1};
    return o->axis == -1 || o->axis == 2;
}

const ad_layer_record layer_glu = {.record = {.name = "glu",
                                              .help = "half of the channels times the sigmoid of "
                                                      "the others (Dauphin et al. 2017)",
                                              AD_RECORD_OPTIONS(glu_rows, glu_initial)},
                                   ONE_INPUT,
                                   .time = AD_TIME_WINDOWS,
                                   .window = glu_window,
                                   .make = make_glu};

struct maxout {
    int64_t pieces;
};

static const struct maxout maxout_initial = {2};

static const ad_option maxout_rows[] = {
    ROW_WHOLE(struct maxout, pieces, 1, 4096, "num_pieces k",
              "channels for each that comes out: neighbours"),
};

static ad_tensor *make_maxout(ad_tensor *const *in, int count, const void *options)
{
    const struct maxout *o = options ? options : &maxout_initial;
    (void)count;
    return ad_maxout(in[0], o->pieces);
}

const ad_layer_record layer_maxout = {
    .record = {.name = "maxout",
               .help = "the largest of each few channels (Goodfellow et al. 2013)",
               AD_RECORD_OPTIONS(maxout_rows, maxout_initial)},
    ONE_INPUT,
    .time = AD_TIME_KEPT,
    .make = make_maxout};
