/* Losses with their means: of all elements, or weighted, sum(weight loss) / sum(weight).
 *
 * A weight of 0 leaves an example out, whatever it holds.  A product would not: 0 times NaN is NaN,
 * in gradients too.  So what is not finite there is replaced by 0 before the loss is taken, its
 * loss is 0, and the product with the weight is 0 wherever the weight is.  Ordinary numbers stay as
 * they are, as the gradient at a weight that is 0 needs them. */
#include "op/loss.h"

#include "base/option.h"
#include "core/graph.h"
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
static ad_tensor *check_alike(ad_tensor *x, ad_tensor *target)
{
    ad_tensor *in[] = {x, target};
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_squared_error", in, 2);
    if (poison)
        return poison;
    if (x->type == target->type && graph_shapes_equal(&x->shape, &target->shape))
        return NULL;
    return graph_poison(
        graph, AD_ERROR_SHAPE,
        "ad_squared_error: x is %s %s and target %s %s; they have to be alike: ad_cast or "
        "ad_reshape one",
        ad_type_name(x->type), graph_shape_text(graph, &x->shape), ad_type_name(target->type),
        graph_shape_text(graph, &target->shape));
}

ad_tensor *ad_squared_error(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    ad_tensor *poison = check_alike(x, target);
    poison = poison ? poison : read_options("ad_squared_error", x, &o, options);
    poison = poison ? poison : no_smoothing("ad_squared_error", x, &o);
    if (poison)
        return poison;
    ad_tensor *distance = ad_sub(x, target);
    distance = without(distance, hidden(&o, ad_square(distance)));
    return reduce("ad_squared_error", ad_square(distance), &o);
}
