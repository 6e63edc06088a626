/* Losses with their means: of all elements, or weighted, sum(weight loss) / sum(weight).
 *
 * A weight of 0 leaves an example out, whatever it holds.  A product would not: 0 times NaN is NaN,
 * in gradients too.  So what is not finite there is replaced by 0 before the loss is taken, its
 * loss is 0, and the product with the weight is 0 wherever the weight is.  Ordinary numbers stay as
 * they are, as the gradient at a weight that is 0 needs them. */
#include "op/loss.h"

#include <math.h>

#include "base/option.h"
#include "core/graph.h"
#include "nn/record.h"
#include "op/row.h"
#include "op/rows.h"

static ad_tensor *weighted_mean(const char *call, ad_tensor *loss, ad_tensor *weight, bool each)
{
    ad_graph *graph = loss->node->graph;
    ad_tensor *poison = graph_check(graph, call, &weight, 1);
    if (poison)
        return poison;
    if (weight->type != loss->type || !graph_shapes_equal(&weight->shape, &loss->shape))
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "%s: .weight is %s %s; there has to be one number for each loss, %s %s",
                            call, ad_type_name(weight->type),
                            graph_shape_text(graph, &weight->shape), ad_type_name(loss->type),
                            graph_shape_text(graph, &loss->shape));
    ad_tensor *part = ad_weigh(loss, weight);
    if (each)
        return part;
    return ad_div(ad_sum(part, AD_ALL, NULL), ad_sum(weight, AD_ALL, NULL));
}

/* What the options make of one loss for each example. */
static ad_tensor *reduce(const char *call, ad_tensor *loss, const ad_loss_options *o)
{
    if (graph_is_poison(loss))
        return loss;
    if (o->weight)
        return weighted_mean(call, loss, o->weight, o->each);
    return o->each ? loss : ad_mean(loss, AD_ALL, NULL);
}

/* Which examples are left out and hold what is not finite; check: a number for each example that is
 * finite where all of it is.  NULL where weights are missing or wrong, which is reported later. */
static ad_tensor *hidden(const ad_loss_options *o, ad_tensor *check)
{
    ad_tensor *w = o->weight;
    if (!w || graph_is_poison(w) || graph_is_poison(check) ||
        w->node->graph != check->node->graph || w->type != check->type ||
        !graph_shapes_equal(&w->shape, &check->shape))
        return NULL;
    return ad_and(ad_equal(w, rows_number(w, 0)), ad_not(ad_is_finite(check)));
}

static ad_tensor *without(ad_tensor *x, ad_tensor *hidden)
{
    bool skip = !hidden || graph_is_poison(x);
    return skip ? x : ad_where(hidden, rows_number(x, 0), x);
}

static ad_tensor *read_options(const char *call, ad_tensor *x, ad_loss_options *o,
                               const ad_loss_options *options)
{
    return graph_passed(ad_tensor_graph(x), call, options_read(ad_loss_options, o, options));
}

static ad_tensor *no_smoothing(const char *call, ad_tensor *x, const ad_loss_options *o)
{
    if (o->label_smoothing == 0)
        return NULL;
    return graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT,
                        "%s: .label_smoothing is for ad_cross_entropy", call);
}

/* .quantile is ad_pinball's alone. */
static ad_tensor *check_quantile(const char *call, ad_tensor *x, const ad_loss_options *o,
                                 bool mine)
{
    const ad_loss_options usual = AD_OPTIONS(ad_loss_options);
    if (mine ? o->quantile > 0 && o->quantile < 1 : o->quantile == usual.quantile)
        return NULL;
    return graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT,
                        mine ? "%s: .quantile is %g; it lies between 0 and 1, 0.9 for example"
                             : "%s: .quantile, here %g, is for ad_pinball",
                        call, o->quantile);
}

/* .delta is Huber's alone. */
static ad_tensor *check_delta(const char *call, ad_tensor *x, const ad_loss_options *o, bool mine)
{
    const ad_loss_options usual = AD_OPTIONS(ad_loss_options);
    if (mine ? o->delta > 0 && !isinf(o->delta) : o->delta == usual.delta)
        return NULL;
    if (!mine)
        return graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT, "%s: .delta is for ad_huber",
                            call);
    return graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT,
                        "%s: .delta is %g; it is a distance above 0, 1 for example", call,
                        o->delta);
}

ad_tensor *ad_cross_entropy(ad_tensor *logits, ad_tensor *label, const ad_loss_options *options)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    ad_tensor *poison = read_options("ad_cross_entropy", logits, &o, options);
    if (poison)
        return poison;
    if (!(o.label_smoothing >= 0 && o.label_smoothing <= 1))
        return graph_poison(ad_tensor_graph(logits), AD_ERROR_ARGUMENT,
                            "ad_cross_entropy: .label_smoothing is %g; it is a share, 0 to 1",
                            o.label_smoothing);
    poison = check_delta("ad_cross_entropy", logits, &o, false);
    if (poison)
        return poison;
    poison = check_quantile("ad_cross_entropy", logits, &o, false);
    if (poison)
        return poison;
    struct cross_entropy_attributes a = {o.label_smoothing};
    bool real = o.weight && logits && !graph_is_poison(logits) && logits->shape.rank > 0;
    ad_tensor *out = NULL;
    if (real && (logits->type == AD_F32 || logits->type == AD_F64))
        out = hidden(&o, ad_max(ad_abs(logits), AD_AXES(-1), NULL));
    logits = without(logits, out ? rows_column(out) : NULL);
    ad_tensor *loss = graph_node2(&op_cross_entropy, &a, logits, label);
    return reduce("ad_cross_entropy", without(loss, out), &o);
}

ad_tensor *ad_binary_cross_entropy(ad_tensor *logits, ad_tensor *target,
                                   const ad_loss_options *options)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    ad_tensor *poison = read_options("ad_binary_cross_entropy", logits, &o, options);
    poison = poison ? poison : no_smoothing("ad_binary_cross_entropy", logits, &o);
    poison = poison ? poison : check_delta("ad_binary_cross_entropy", logits, &o, false);
    poison = poison ? poison : check_quantile("ad_binary_cross_entropy", logits, &o, false);
    if (poison)
        return poison;
    ad_tensor *loss = graph_node2(&op_binary_cross_entropy, NULL, logits, target);
    if (!graph_is_poison(loss)) { /* NaN minus itself is NaN, and so is infinity minus itself */
        ad_tensor *out = hidden(&o, ad_add(ad_sub(logits, logits), ad_sub(target, target)));
        if (out)
            loss = without(graph_node2(&op_binary_cross_entropy, NULL, without(logits, out),
                                       without(target, out)),
                           out);
    }
    return reduce("ad_binary_cross_entropy", loss, &o);
}

/* Shapes that merely broadcast are a mistake here: (batch) against (batch, 1) would compare all
 * pairs. */
static ad_tensor *check_alike(const char *call, ad_tensor *x, ad_tensor *target)
{
    ad_tensor *in[] = {x, target};
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, call, in, 2);
    if (poison)
        return poison;
    if (x->type == target->type && graph_shapes_equal(&x->shape, &target->shape))
        return NULL;
    return graph_poison(
        graph, AD_ERROR_SHAPE,
        "%s: x is %s %s and target %s %s; they have to be alike: ad_cast or ad_reshape one", call,
        ad_type_name(x->type), graph_shape_text(graph, &x->shape), ad_type_name(target->type),
        graph_shape_text(graph, &target->shape));
}

/* A loss of the distance x - target alone. */
typedef ad_tensor *distance_rule(ad_tensor *distance, const ad_loss_options *o);

static ad_tensor *squared(ad_tensor *distance, const ad_loss_options *o)
{
    (void)o;
    return ad_square(distance);
}

static ad_tensor *absolute(ad_tensor *distance, const ad_loss_options *o)
{
    (void)o;
    return ad_abs(distance);
}

/* With q = min(|d|, delta): q^2 / 2 + delta (|d| - q).  At |d| = delta the slope by q is delta -
 * delta = 0, so however the minimum parts its gradient there, the sum is delta. */
static ad_tensor *huber(ad_tensor *distance, const ad_loss_options *o)
{
    ad_tensor *size = ad_abs(distance);
    ad_tensor *near = ad_minimum(size, rows_number(size, o->delta));
    return ad_add(ad_scale(ad_square(near), 0.5), ad_scale(ad_sub(size, near), o->delta));
}

/* max(-q d, (1 - q) d) of d = x - target, as |d| / 2 + (1 / 2 - q) d; the slope at 0 is 1 / 2 - q.
 */
static ad_tensor *pinball(ad_tensor *distance, const ad_loss_options *o)
{
    ad_tensor *size = ad_abs(distance);
    return ad_add(ad_scale(size, 0.5), ad_scale(distance, 0.5 - o->quantile));
}

static ad_tensor *of_distance(const char *call, ad_tensor *x, ad_tensor *target,
                              const ad_loss_options *options, distance_rule *rule)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    ad_tensor *poison = check_alike(call, x, target);
    poison = poison ? poison : read_options(call, x, &o, options);
    poison = poison ? poison : no_smoothing(call, x, &o);
    poison = poison ? poison : check_delta(call, x, &o, rule == huber);
    poison = poison ? poison : check_quantile(call, x, &o, rule == pinball);
    if (poison)
        return poison;
    ad_tensor *distance = ad_sub(x, target);
    distance = without(distance, hidden(&o, ad_square(distance)));
    return reduce(call, rule(distance, &o), &o);
}

ad_tensor *ad_squared_error(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return of_distance("ad_squared_error", x, target, options, squared);
}

ad_tensor *ad_absolute_error(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return of_distance("ad_absolute_error", x, target, options, absolute);
}

ad_tensor *ad_huber(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return of_distance("ad_huber", x, target, options, huber);
}

ad_tensor *ad_pinball(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return of_distance("ad_pinball", x, target, options, pinball);
}

ad_tensor *ad_poisson_loss(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    const char *call = "ad_poisson_loss";
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    ad_tensor *poison = check_alike(call, x, target);
    poison = poison ? poison : read_options(call, x, &o, options);
    poison = poison ? poison : no_smoothing(call, x, &o);
    poison = poison ? poison : check_delta(call, x, &o, false);
    poison = poison ? poison : check_quantile(call, x, &o, false);
    if (poison)
        return poison;
    ad_tensor *loss = ad_sub(ad_exp(x), ad_mul(target, x)), *out = hidden(&o, loss);
    if (out) {
        ad_tensor *sound = without(x, out);
        loss = ad_sub(ad_exp(sound), ad_mul(without(target, out), sound));
    }
    return reduce(call, loss, &o);
}

/* ---------------------------------------------------------------- records */

static const ad_loss_options initial = AD_OPTIONS_INIT(ad_loss_options);

static const ad_option cross_entropy_rows[] = {
    {.name = "label_smoothing",
     .type = AD_OPTION_NUMBER,
     .high = 1,
     .below_high = true,
     .offset = offsetof(ad_loss_options, label_smoothing),
     .also = "smoothing label_smoothing_factor",
     .help = "share of the target spread evenly over the classes"},
};

static const ad_option huber_rows[] = {
    {.name = "delta",
     .type = AD_OPTION_NUMBER,
     .high = 1e9,
     .above_low = true,
     .offset = offsetof(ad_loss_options, delta),
     .also = "beta threshold",
     .help = "the distance from which on it grows in a line"},
};

static const ad_option pinball_rows[] = {
    {.name = "quantile",
     .type = AD_OPTION_NUMBER,
     .high = 1,
     .above_low = true,
     .below_high = true,
     .offset = offsetof(ad_loss_options, quantile),
     .also = "tau q",
     .help = "which one of the target is learned"},
};

const ad_loss_record loss_cross_entropy = {
    .record = {.name = "cross_entropy",
               .help = "of the softmax of the last axis, against the number of a class",
               .also = "crossentropy categorical_crossentropy sparse_categorical_crossentropy nll "
                       "nll_loss log_loss xent softmax cross_entropy_loss softmax_cross_entropy",
               AD_RECORD_OPTIONS(cross_entropy_rows, initial)},
    .make = ad_cross_entropy};

/* Without options of their own; weight and each are set by the program. */
#define PLAIN .initial = &initial, .size = sizeof initial

const ad_loss_record loss_binary_cross_entropy = {
    .record = {.name = "binary_cross_entropy",
               .help = "of the sigmoid of each element, against targets in 0..1",
               .also =
                   "bce bce_loss bce_with_logits bce_with_logits_loss binary_crossentropy logistic",
               PLAIN},
    .make = ad_binary_cross_entropy};
const ad_loss_record loss_squared_error = {
    .record = {.name = "squared_error",
               .help = "(x - target)^2",
               .also = "mse mse_loss mean_squared_error rmse l2_loss",
               PLAIN},
    .make = ad_squared_error};
const ad_loss_record loss_absolute_error = {.record = {.name = "absolute_error",
                                                       .help = "|x - target|",
                                                       .also = "mae l1 l1_loss mean_absolute_error",
                                                       PLAIN},
                                            .make = ad_absolute_error};
const ad_loss_record loss_huber = {
    .record = {.name = "huber",
               .help = "squared near 0, in a line from delta on (Huber 1964)",
               .also = "huber_loss smooth_l1 smooth_l1_loss",
               AD_RECORD_OPTIONS(huber_rows, initial)},
    .make = ad_huber};
const ad_loss_record loss_poisson = {
    .record = {.name = "poisson",
               .help = "e^x - target x: the output is the logarithm of the mean of a count",
               .also = "poisson_nll poisson_nll_loss count",
               PLAIN},
    .make = ad_poisson_loss};
const ad_loss_record loss_pinball = {
    .record = {.name = "pinball",
               .help = "of a quantile: (target - x) q above x, (x - target) (1 - q) below it "
                       "(Koenker and Bassett 1978)",
               .also = "quantile quantile_loss",
               AD_RECORD_OPTIONS(pinball_rows, initial)},
    .make = ad_pinball};
