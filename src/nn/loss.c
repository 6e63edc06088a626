/* Losses with their means: of all elements, or weighted, sum(weight loss) / sum(weight).
 *
 * A weight of 0 leaves an example out, whatever it holds.  A product would not: 0 times NaN is NaN,
 * in gradients too.  So what is not finite there is replaced by 0 before the loss is taken, its
 * loss is 0, and the product with the weight is 0 wherever the weight is.  Ordinary numbers stay as
 * they are, as the gradient at a weight that is 0 needs them. */
#include "nn/loss.h"

#include <math.h>
#include <string.h>

#include "base/option.h"
#include "core/graph.h"
#include "nn/record.h"
#include "op/loss.h"
#include "op/row.h"
#include "op/rows.h"

static ad_tensor *weighted(const char *call, ad_tensor *loss, ad_tensor *weight)
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
    return ad_weigh(loss, weight);
}

/* What the options make of one loss for each example. */
ad_tensor *loss_reduce(const char *call, ad_tensor *loss, const ad_loss_options *o)
{
    if (o->weight && !graph_is_poison(loss))
        loss = weighted(call, loss, o->weight);
    if (graph_is_poison(loss) || o->each || o->reduction == AD_REDUCE_NONE)
        return loss;
    if (o->reduction == AD_REDUCE_MEAN && !o->weight)
        return ad_mean(loss, AD_ALL, NULL);
    ad_tensor *sum = ad_sum(loss, AD_ALL, NULL);
    if (o->reduction == AD_REDUCE_SUM)
        return sum;
    if (o->reduction == AD_REDUCE_BATCH_MEAN)
        return ad_div(sum, rows_size(loss, 0));
    return ad_div(sum, ad_sum(o->weight, AD_ALL, NULL));
}

/* Which examples are left out and hold what is not finite; check: a number for each example that is
 * finite where all of it is.  NULL where weights are missing or wrong, which is reported later. */
ad_tensor *loss_hidden(const ad_loss_options *o, ad_tensor *check)
{
    ad_tensor *w = o->weight;
    if (!w || graph_is_poison(w) || graph_is_poison(check) ||
        w->node->graph != check->node->graph || w->type != check->type ||
        !graph_shapes_equal(&w->shape, &check->shape))
        return NULL;
    return ad_and(ad_equal(w, rows_number(w, 0)), ad_not(ad_is_finite(check)));
}

ad_tensor *loss_without(ad_tensor *x, ad_tensor *hidden)
{
    bool skip = !hidden || graph_is_poison(x);
    return skip ? x : ad_where(hidden, rows_number(x, 0), x);
}

const ad_loss_options loss_initial = AD_OPTIONS_INIT(ad_loss_options);

static size_t bytes_of(const ad_option *row)
{
    return row->type == AD_OPTION_TRUTH ? sizeof(bool) : 8;
}

/* The first option that was set and that this loss does not read, of another one's rows. */
static ad_tensor *check_others(const char *call, ad_graph *graph, const ad_record *mine,
                               const ad_record *other, const ad_loss_options *o)
{
    for (int i = 0; i < other->options; i++) {
        const ad_option *row = &other->option[i];
        const char *given = (const char *)o + row->offset,
                   *usual = (const char *)&loss_initial + row->offset;
        if (memcmp(given, usual, bytes_of(row)) != 0 && !option_known(mine, row->offset))
            return graph_poison(graph, AD_ERROR_ARGUMENT, "%s: .%s is for ad_%s", call, row->name,
                                other->name);
    }
    return NULL;
}

#ifdef ADZE_EXTRAS
/* Options that are tensors have no rows. */
static ad_tensor *check_tensors(const char *call, ad_graph *graph, const ad_record *record,
                                const ad_loss_options *o)
{
    if (o->class_weight && record != &objective_weighted_cross_entropy &&
        record != &loss_multi_margin.record && record != &objective_multilabel_soft_margin)
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "%s: .class_weight is for ad_weighted_cross_entropy", call);
    if (o->pos_weight && record != &objective_weighted_binary_cross_entropy)
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "%s: .pos_weight is for ad_weighted_binary_cross_entropy", call);
    return NULL;
}
#endif

ad_tensor *loss_read(const char *call, const ad_record *record, ad_tensor *x, ad_loss_options *o,
                     const ad_loss_options *options)
{
    ad_graph *graph = ad_tensor_graph(x);
    *o = loss_initial;
    ad_tensor *poison = graph_passed(graph, call, options_read(ad_loss_options, o, options));
    for (int i = 0; !poison && ad_loss_at(i); i++)
        poison = check_others(call, graph, record, ad_loss_at(i), o);
#ifdef ADZE_EXTRAS
    for (int i = 0; !poison && ad_objective_at(i); i++)
        poison = check_others(call, graph, record, ad_objective_at(i), o);
    if (!poison)
        poison = check_tensors(call, graph, record, o);
#endif
    if (!poison && (o->reduction < AD_REDUCE_MEAN || o->reduction > AD_REDUCE_BATCH_MEAN))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "%s: .reduction is %d; it is AD_REDUCE_MEAN "
                            "or one of its kin",
                            call, (int)o->reduction);
    return poison;
}

static ad_tensor *check_quantile(ad_tensor *x, const ad_loss_options *o)
{
    if (o->quantile > 0 && o->quantile < 1)
        return NULL;
    return graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT,
                        "ad_pinball: .quantile is %g; it lies between 0 and 1, 0.9 for example",
                        o->quantile);
}

static ad_tensor *check_delta(ad_tensor *x, const ad_loss_options *o)
{
    if (o->delta > 0 && !isinf(o->delta))
        return NULL;
    return graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT,
                        "ad_huber: .delta is %g; it is a distance above 0, 1 for example",
                        o->delta);
}

ad_tensor *ad_cross_entropy(ad_tensor *logits, ad_tensor *label, const ad_loss_options *options)
{
    ad_loss_options o;
    ad_tensor *poison =
        loss_read("ad_cross_entropy", &loss_cross_entropy.record, logits, &o, options);
    if (poison)
        return poison;
    if (!(o.label_smoothing >= 0 && o.label_smoothing <= 1))
        return graph_poison(ad_tensor_graph(logits), AD_ERROR_ARGUMENT,
                            "ad_cross_entropy: .label_smoothing is %g; it is a share, 0 to 1",
                            o.label_smoothing);
    struct cross_entropy_attributes a = {o.label_smoothing};
    bool real = o.weight && logits && !graph_is_poison(logits) && logits->shape.rank > 0;
    ad_tensor *out = NULL;
    if (real && (logits->type == AD_F32 || logits->type == AD_F64))
        out = loss_hidden(&o, ad_max(ad_abs(logits), AD_AXES(-1), NULL));
    logits = loss_without(logits, out ? rows_column(out) : NULL);
    ad_tensor *loss = graph_node2(&op_cross_entropy, &a, logits, label);
    return loss_reduce("ad_cross_entropy", loss_without(loss, out), &o);
}

ad_tensor *ad_binary_cross_entropy(ad_tensor *logits, ad_tensor *target,
                                   const ad_loss_options *options)
{
    ad_loss_options o;
    ad_tensor *poison = loss_read("ad_binary_cross_entropy", &loss_binary_cross_entropy.record,
                                  logits, &o, options);
    if (poison)
        return poison;
    ad_tensor *loss = graph_node2(&op_binary_cross_entropy, NULL, logits, target);
    if (!graph_is_poison(loss)) { /* NaN minus itself is NaN, and so is infinity minus itself */
        ad_tensor *out = loss_hidden(&o, ad_add(ad_sub(logits, logits), ad_sub(target, target)));
        if (out)
            loss = loss_without(graph_node2(&op_binary_cross_entropy, NULL,
                                            loss_without(logits, out), loss_without(target, out)),
                                out);
    }
    return loss_reduce("ad_binary_cross_entropy", loss, &o);
}

/* Shapes that merely broadcast are a mistake here: (batch) against (batch, 1) would compare all
 * pairs. */
ad_tensor *loss_alike(const char *call, ad_tensor *x, ad_tensor *target)
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

static ad_tensor *of_distance(const char *call, const ad_record *record, ad_tensor *x,
                              ad_tensor *target, const ad_loss_options *options,
                              distance_rule *rule)
{
    ad_loss_options o;
    ad_tensor *poison = loss_alike(call, x, target);
    poison = poison ? poison : loss_read(call, record, x, &o, options);
    if (!poison && rule == huber)
        poison = check_delta(x, &o);
    if (!poison && rule == pinball)
        poison = check_quantile(x, &o);
    if (poison)
        return poison;
    ad_tensor *distance = ad_sub(x, target);
    distance = loss_without(distance, loss_hidden(&o, ad_square(distance)));
    return loss_reduce(call, rule(distance, &o), &o);
}

ad_tensor *ad_squared_error(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return of_distance("ad_squared_error", &loss_squared_error.record, x, target, options, squared);
}

ad_tensor *ad_absolute_error(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return of_distance("ad_absolute_error", &loss_absolute_error.record, x, target, options,
                       absolute);
}

ad_tensor *ad_huber(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return of_distance("ad_huber", &loss_huber.record, x, target, options, huber);
}

ad_tensor *ad_pinball(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return of_distance("ad_pinball", &loss_pinball.record, x, target, options, pinball);
}

ad_tensor *ad_poisson_loss(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    const char *call = "ad_poisson_loss";
    ad_loss_options o;
    ad_tensor *poison = loss_alike(call, x, target);
    poison = poison ? poison : loss_read(call, &loss_poisson.record, x, &o, options);
    if (poison)
        return poison;
    ad_tensor *loss = ad_sub(ad_exp(x), ad_mul(target, x)), *out = loss_hidden(&o, loss);
    if (out) {
        ad_tensor *sound = loss_without(x, out);
        loss = ad_sub(ad_exp(sound), ad_mul(loss_without(target, out), sound));
    }
    return loss_reduce(call, loss, &o);
}

/* ---------------------------------------------------------------- records */

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
               AD_RECORD_OPTIONS(cross_entropy_rows, loss_initial)},
    .make = ad_cross_entropy};

/* Without options of their own; weight and each are set by the program. */
#define PLAIN .initial = &loss_initial, .size = sizeof loss_initial

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
               .also = "huber_loss",
               AD_RECORD_OPTIONS(huber_rows, loss_initial)},
    .make = ad_huber};
const ad_loss_record loss_poisson = {
    .record = {.name = "poisson",
               .help = "e^x - target x: the output is the logarithm of the mean of a count",
               .also = "count",
               PLAIN},
    .make = ad_poisson_loss};
const ad_loss_record loss_pinball = {
    .record = {.name = "pinball",
               .help = "of a quantile: (target - x) q above x, (x - target) (1 - q) below it "
                       "(Koenker and Bassett 1978)",
               .also = "quantile quantile_loss",
               AD_RECORD_OPTIONS(pinball_rows, loss_initial)},
    .make = ad_pinball};
