/* Batch norm (Ioffe and Szegedy 2015) and layer norm (Ba et al. 2016), with their variables.
 *
 * Batch norm over all axes but the last, n = elements of each channel:
 *
 *     in training    y = (x - mean) / sqrt(variance + epsilon)
 *                    running_mean = (1 - momentum) running_mean + momentum mean
 *                    running_var  = (1 - momentum) running_var + momentum variance n / (n - 1)
 *     else, frozen   y = (x - running_mean) / sqrt(running_var + epsilon)
 *     result         y weight + bias
 *
 * Of one element, or none, there is no variance: such a batch is taken as if frozen, and leaves the
 * averages alone.
 *
 * The averages move by assignments that belong to the result, on top of assignments made before: a
 * net that is applied twice in a step moves them twice. */
#include <math.h>

#include "base/option.h"
#include "nn/layer.h"
#include "nn/record.h"
#include "op/reduce.h"
#include "op/rows.h"
#include "op/standardize.h"

struct norm {
    struct layer layer;
    ad_norm_options o;
    ad_shape features;
    ad_axes axes;               /* of batch norm: all but the last */
    ad_tensor *mean, *variance; /* running; batch norm */
    ad_tensor *moves;           /* whether the batch moves them: bool */
    ad_tensor *inside, *steps;  /* of .length: the steps that count, and how many; else NULL */
};

static ad_tensor *check(const struct norm *n)
{
    if (!(n->o.epsilon >= 0) || isinf(n->o.epsilon))
        return layer_mistake(&n->layer, AD_ERROR_ARGUMENT,
                             ".epsilon is %g; it is a small number, 1e-5 for example",
                             n->o.epsilon);
    if (!(n->o.momentum >= 0 && n->o.momentum <= 1))
        return layer_mistake(&n->layer, AD_ERROR_ARGUMENT,
                             ".momentum is %g; it is the weight of the new batch, 0 to 1",
                             n->o.momentum);
    return NULL;
}

static ad_tensor *begin(struct norm *n, const char *kind, ad_tensor *x,
                        const ad_norm_options *options)
{
    n->o = AD_OPTIONS(ad_norm_options);
    ad_status status = options_read(ad_norm_options, &n->o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), kind, status);
    poison = poison ? poison : layer_begin(&n->layer, kind, n->o.name, x, 1);
    if (poison)
        return poison;
    n->features = AD_SHAPE(x->shape.size[x->shape.rank - 1]);
    return check(n);
}

/* ---- batch norm */

/* A statistic (1, ..., features) of the batch, without the axes of size 1. */
static ad_tensor *as_features(const struct norm *n, ad_tensor *statistic)
{
    return ad_reshape(statistic, n->features);
}

static ad_tensor *count_of(const struct norm *n, ad_tensor *x)
{
    ad_tensor *count = ad_number(n->layer.graph, AD_I64, 1);
    for (int i = 0; i < n->axes.count; i++)
        count = ad_mul(count, ad_size(x, n->axes.axis[i]));
    return count;
}

/* Whether a batch has more than one element for each channel: it has a variance. */
static ad_tensor *has_variance(const struct norm *n, ad_tensor *x)
{
    return ad_greater(count_of(n, x), ad_number(n->layer.graph, AD_I64, 1));
}

/* The mean over the steps that count: of each example first, so that more steps behind change no
 * bit of it. */
static ad_tensor *mean_inside(const struct norm *n, ad_tensor *x)
{
    ad_tensor *zero = ad_number(n->layer.graph, n->layer.type, 0);
    ad_tensor *each = ad_sum(ad_where(n->inside, x, zero), AD_AXES(1), NULL);
    return ad_div(ad_sum(each, AD_AXES(0), NULL), ad_maximum(n->steps, ad_shift(zero, 1)));
}

static ad_tensor *mark_steps(struct norm *n, ad_tensor *x)
{
    if (x->shape.rank != 3)
        return layer_mistake(&n->layer, AD_ERROR_SHAPE,
                             "x is %s; with .length it is (batch, time, features)",
                             graph_shape_text(n->layer.graph, &x->shape));
    n->inside = layer_inside(&n->layer, x, n->o.length);
    if (graph_is_poison(n->inside))
        return n->inside;
    n->steps = ad_cast(ad_sum(ad_cast(n->o.length, AD_I64), AD_AXES(0), NULL), n->layer.type);
    return NULL;
}

/* By the steps that count alone; moves the averages by them. */
static ad_tensor *by_steps(struct norm *n, ad_tensor *x, ad_tensor **mean, ad_tensor **variance)
{
    *mean = mean_inside(n, x);
    ad_tensor *off = ad_sub(x, *mean);
    *variance = mean_inside(n, ad_mul(off, off));
    return ad_mul(off, ad_rsqrt(ad_shift(*variance, n->o.epsilon)));
}

/* n / (n - 1), where n may follow from open sizes. */
static ad_tensor *unbiased_factor(const struct norm *n, ad_tensor *x)
{
    ad_tensor *count = reduce_size(x, &n->axes);
    ad_tensor *less = ad_maximum(ad_shift(count, -1), rows_number(x, 1));
    return ad_div(count, less);
}

static void move_average(const struct norm *n, ad_tensor *owner, ad_tensor *average,
                         ad_tensor *batch)
{
    ad_tensor *now = ad_pending(average);
    ad_tensor *moved = ad_add(ad_scale(now, 1 - n->o.momentum), ad_scale(batch, n->o.momentum));
    ad_assign(owner, average, ad_where(n->moves, moved, now));
}

static void move_averages(const struct norm *n, ad_tensor *x, ad_tensor *owner)
{
    ad_tensor *fixed = ad_stop_gradient(x);
    struct moments m = moments_of(fixed, &n->axes, n->o.epsilon, false);
    ad_tensor *variance = as_features(n, moments_variance(&m));
    move_average(n, owner, n->mean, as_features(n, ad_add(m.near, m.apart)));
    move_average(n, owner, n->variance, ad_mul(variance, unbiased_factor(n, fixed)));
}

/* By the averages: one factor and one offset for each channel. */
static ad_tensor *by_averages(const struct norm *n, ad_tensor *x)
{
    ad_tensor *factor = ad_rsqrt(ad_shift(n->variance, n->o.epsilon));
    return ad_mul(ad_sub(x, n->mean), factor);
}

static ad_tensor *affine(const struct norm *n, ad_tensor *y)
{
    if (!n->o.affine)
        return y;
    y = ad_mul(y, layer_full(&n->layer, AD_ROLE_SCALE, "weight", n->features, 1));
    return ad_add(y, layer_full(&n->layer, AD_ROLE_OFFSET, "bias", n->features, 0));
}

static ad_tensor *norm_steps(struct norm *n, ad_tensor *x)
{
    ad_tensor *mean, *variance, *one = ad_number(n->layer.graph, n->layer.type, 1);
    n->moves = ad_greater(n->steps, one);
    ad_tensor *batch = by_steps(n, x, &mean, &variance);
    ad_tensor *own = ad_and(ad_training(n->layer.graph), n->moves);
    ad_tensor *y = affine(n, ad_where(own, batch, by_averages(n, x)));
    ad_tensor *factor = ad_div(n->steps, ad_maximum(ad_shift(n->steps, -1), one));
    move_average(n, y, n->mean, ad_stop_gradient(mean));
    move_average(n, y, n->variance, ad_stop_gradient(ad_mul(variance, factor)));
    return y;
}

ad_tensor *ad_batch_norm(ad_tensor *x, const ad_norm_options *options)
{
    struct norm n = {0};
    ad_tensor *poison = begin(&n, "batch_norm", x, options);
    if (poison)
        return poison;
    if (x->shape.rank < 2)
        return layer_mistake(&n.layer, AD_ERROR_SHAPE,
                             "x is %s; it needs a batch axis before the features",
                             graph_shape_text(n.layer.graph, &x->shape));
    for (int i = 0; i < x->shape.rank - 1; i++)
        n.axes.axis[n.axes.count++] = i;
    n.mean = layer_full(&n.layer, AD_ROLE_AVERAGE, "running_mean", n.features, 0);
    n.variance = layer_full(&n.layer, AD_ROLE_AVERAGE, "running_var", n.features, 1);
    if (n.o.frozen)
        return affine(&n, by_averages(&n, x));
    if (n.o.length) {
        poison = mark_steps(&n, x);
        return poison ? poison : norm_steps(&n, x);
    }
    n.moves = has_variance(&n, x);
    ad_tensor *own = ad_and(ad_training(n.layer.graph), n.moves);
    ad_tensor *batch = standardize(x, &n.axes, n.o.epsilon);
    ad_tensor *y = affine(&n, ad_where(own, batch, by_averages(&n, x)));
    move_averages(&n, x, y);
    return y;
}

/* ---- layer norm */

ad_tensor *ad_layer_norm(ad_tensor *x, const ad_norm_options *options)
{
    struct norm n = {0};
    ad_tensor *poison = begin(&n, "layer_norm", x, options);
    if (poison)
        return poison;
    if (n.o.frozen || n.o.momentum != 0.1)
        return layer_mistake(
            &n.layer, AD_ERROR_ARGUMENT,
            ".frozen and .momentum are for ad_batch_norm; layer norm keeps no averages");
    if (!n.o.affine)
        return ad_layer_normalize(x, NULL, NULL, n.o.epsilon);
    ad_tensor *weight = layer_full(&n.layer, AD_ROLE_SCALE, "weight", n.features, 1);
    return ad_layer_normalize(
        x, weight, layer_full(&n.layer, AD_ROLE_OFFSET, "bias", n.features, 0), n.o.epsilon);
}

/* ---------------------------------------------------------------- records */

#define EPSILON                                                                          \
    {                                                                                    \
        .name = "epsilon", .type = AD_OPTION_NUMBER, ROW_RANGE(0, 1), .above_low = true, \
        .offset = offsetof(ad_norm_options, epsilon), .also = "eps",                     \
        .help = "added to the variance"                                                  \
    }
#define AFFINE ROW_TRUTH(ad_norm_options, affine, NULL, "a learned scale and offset")

static const ad_option batch_norm_rows[] = {
    EPSILON,
    {.name = "momentum",
     .type = AD_OPTION_NUMBER,
     ROW_RANGE(0, 1),
     .offset = offsetof(ad_norm_options, momentum),
     .help = "weight of the new batch in the moving averages"},
    AFFINE,
    ROW_TRUTH(ad_norm_options, frozen, NULL, "use and keep the moving averages in training too"),
    ROW_NAME(ad_norm_options),
};

static const ad_option layer_norm_rows[] = {EPSILON, AFFINE, ROW_NAME(ad_norm_options)};

static const ad_norm_options initial = AD_OPTIONS_INIT(ad_norm_options);

static ad_tensor *make_batch_norm(ad_tensor *const *in, int count, const void *options)
{
    ad_norm_options o = *(const ad_norm_options *)(options ? options : &initial);
    o.length = count > 1 ? in[1] : NULL;
    return ad_batch_norm(in[0], &o);
}

static ad_tensor *make_layer_norm(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_layer_norm(in[0], options);
}

const ad_layer_record layer_batch_norm = {
    .record = {.name = "batch_norm",
               .help = "over all axes but the last (Ioffe and Szegedy 2015)",
               .also = "bn batchnorm2d batchnormalization",
               AD_RECORD_OPTIONS(batch_norm_rows, initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make_batch_norm,
    .over_batch = true};
const ad_layer_record layer_layer_norm = {.record = {.name = "layer_norm",
                                                     .help = "over the last axis (Ba et al. 2016)",
                                                     .also = "ln layernormalization",
                                                     AD_RECORD_OPTIONS(layer_norm_rows, initial)},
                                          ONE_INPUT,
                                          .time = AD_TIME_KEPT,
                                          .make = make_layer_norm};
