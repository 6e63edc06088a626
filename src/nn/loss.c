/* Losses with their means: of all elements, or weighted, sum(weight loss) / sum(weight). */
#include "op/loss.h"

#include "base/option.h"
#include "core/graph.h"

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
    ad_tensor *part = (ad_mul)(loss, weight);
    if (each)
        return part;
    return (ad_div)((ad_sum)(part, AD_ALL, NULL), (ad_sum)(weight, AD_ALL, NULL));
}

/* What the options make of one loss for each example. */
static ad_tensor *reduce(const char *call, ad_tensor *loss, const ad_loss_options *o)
{
    if (graph_is_poison(loss))
        return loss;
    if (o->weight)
        return weighted_mean(call, loss, o->weight, o->each);
    return o->each ? loss : (ad_mean)(loss, AD_ALL, NULL);
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

ad_tensor *(ad_cross_entropy)(ad_tensor *logits, ad_tensor *label, const ad_loss_options *options)
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
    return reduce("ad_cross_entropy", graph_node2(&op_cross_entropy, &a, logits, label), &o);
}

ad_tensor *(ad_binary_cross_entropy)(ad_tensor *logits, ad_tensor *target,
                                     const ad_loss_options *options)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    ad_tensor *poison = read_options("ad_binary_cross_entropy", logits, &o, options);
    poison = poison ? poison : no_smoothing("ad_binary_cross_entropy", logits, &o);
    if (poison)
        return poison;
    ad_tensor *loss = graph_node2(&op_binary_cross_entropy, NULL, logits, target);
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

ad_tensor *(ad_squared_error)(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    ad_tensor *poison = check_alike(x, target);
    poison = poison ? poison : read_options("ad_squared_error", x, &o, options);
    poison = poison ? poison : no_smoothing("ad_squared_error", x, &o);
    return poison ? poison : reduce("ad_squared_error", (ad_square)((ad_sub)(x, target)), &o);
}
