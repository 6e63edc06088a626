/* Losses against several targets of 0 or 1: binary with weights, focal, hinge, margins, Dice. */
#include "nn/more/loss.h"

static ad_tensor *binary_each(ad_tensor *x, ad_tensor *t)
{
    ad_loss_options each = loss_initial;
    each.each = true;
    return ad_binary_cross_entropy(x, t, &each);
}

/* Cross-entropy + (pos_weight - 1) t log(1 + e^-x). */
static ad_tensor *weighted_binary(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    ad_tensor *loss = binary_each(x, t);
    if (!o->pos_weight)
        return loss;
    ad_tensor *more = ad_mul(t, ad_shift(o->pos_weight, -1));
    if (!graph_is_poison(more) && !graph_shapes_equal(&more->shape, &x->shape))
        return graph_poison(x->node->graph, AD_ERROR_SHAPE,
                            "ad_weighted_binary_cross_entropy: .pos_weight has to broadcast to %s",
                            graph_shape_text(x->node->graph, &x->shape));
    return ad_add(loss, ad_weigh(ad_softplus(ad_neg(x)), more));
}

ad_tensor *ad_weighted_binary_cross_entropy(ad_tensor *logits, ad_tensor *target,
                                            const ad_loss_options *options)
{
    return loss_of_alike("ad_weighted_binary_cross_entropy",
                         &objective_weighted_binary_cross_entropy, logits, target, options,
                         weighted_binary, false);
}

/* With s = sigmoid(x), what is missed: s (1 - t) + (1 - s) t. */
static ad_tensor *binary_focal(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    ad_tensor *not_t = ad_shift(ad_neg(t), 1), *loss = binary_each(x, t);
    ad_tensor *missed = ad_add(ad_mul(ad_sigmoid(x), not_t), ad_mul(ad_sigmoid(ad_neg(x)), t));
    if (o->gamma != 0)
        loss = ad_weigh(loss, loss_power(missed, o->gamma));
    if (o->alpha < 0)
        return loss;
    return ad_mul(loss, ad_add(ad_scale(t, o->alpha), ad_scale(not_t, 1 - o->alpha)));
}

ad_tensor *ad_binary_focal(ad_tensor *logits, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_binary_focal", &loss_binary_focal.record, logits, target, options,
                         binary_focal, false);
}

static ad_tensor *hinge(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    ad_tensor *sign = ad_shift(ad_scale(t, 2), -1);
    return loss_power(ad_relu(ad_shift(ad_neg(ad_mul(sign, x)), o->margin)), o->power);
}

ad_tensor *ad_hinge(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_hinge", &loss_hinge.record, x, target, options, hinge, false);
}

static ad_tensor *soft_margin(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    ad_tensor *loss = binary_each(x, t);
    if (o->class_weight)
        loss = ad_mul(loss, o->class_weight);
    return ad_div(loss_last_sum(loss), rows_size(x, -1));
}

ad_tensor *ad_multilabel_soft_margin(ad_tensor *logits, ad_tensor *target,
                                     const ad_loss_options *options)
{
    return loss_of_alike("ad_multilabel_soft_margin", &objective_multilabel_soft_margin, logits,
                         target, options, soft_margin, true);
}

/* x with an axis of size 1 before the last. */
static ad_tensor *as_row(ad_tensor *x)
{
    ad_axes order = {.count = x->shape.rank + 1};
    for (int i = 0; i < order.count; i++)
        order.axis[i] = i;
    order.axis[order.count - 2] = order.count - 1;
    order.axis[order.count - 1] = order.count - 2;
    return ad_transpose(rows_column(x), order);
}

/* Over all pairs of a label that is there and one that is not. */
static ad_tensor *margin(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    if (x->shape.rank >= AD_RANK_MAX)
        return graph_poison(x->node->graph, AD_ERROR_SHAPE,
                            "ad_multilabel_margin: x has %d axes; it may have %d", x->shape.rank,
                            AD_RANK_MAX - 1);
    ad_tensor *over = ad_relu(ad_shift(ad_sub(as_row(x), rows_column(x)), o->margin));
    ad_tensor *pair = ad_mul(rows_column(t), as_row(ad_shift(ad_neg(t), 1)));
    return ad_div(loss_last_sum(loss_last_sum(ad_mul(over, pair))), rows_size(x, -1));
}

ad_tensor *ad_multilabel_margin(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_multilabel_margin", &loss_multilabel_margin.record, x, target, options,
                         margin, true);
}

static ad_tensor *dice(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    ad_tensor *s = ad_sigmoid(x);
    ad_tensor *both = loss_last_sum(ad_mul(s, t)), *all = loss_last_sum(ad_add(s, t));
    ad_tensor *share = ad_div(ad_shift(ad_scale(both, 2), o->smooth), ad_shift(all, o->smooth));
    return ad_shift(ad_neg(share), 1);
}

ad_tensor *ad_dice(ad_tensor *logits, ad_tensor *target, const ad_loss_options *options)
{
    ad_tensor *poison = loss_alike("ad_dice", logits, target);
    if (poison)
        return poison;
    if (logits->shape.rank > 2) {
        logits = ad_flatten(logits);
        target = ad_flatten(target);
    }
    return loss_of_alike("ad_dice", &loss_dice.record, logits, target, options, dice, true);
}

/* ---------------------------------------------------------------- records */

LOSS_ROWS(binary_focal, .gamma = 2, .alpha = 0.25) = {
    ROW_LOSS(alpha, -1, 1, NULL, "weight of targets of 1, 1 - alpha of those of 0; below 0: none"),
    ROW_LOSS(gamma, 0, 100, "focusing", "the power of what is missed; 0: cross-entropy")};
LOSS_ROWS(hinge, .margin = 1, .power = 1) = {
    ROW_LOSS(margin, -1e9, 1e9, NULL, "how far on its side of 0 an output is to lie"),
    ROW_LOSS(power, 1, 2, "p", "the power of what is missing; 2: the squared hinge")};
LOSS_ROWS(multilabel_margin, .margin = 1) = {
    ROW_LOSS(margin, -1e9, 1e9, NULL, "how far scores of labels are to lie above the others")};
LOSS_ROWS(dice, .smooth = 1) = {ROW_LOSS(smooth, 0, 1e9, NULL, "added above and below the line")};

const ad_record objective_weighted_binary_cross_entropy = {
    .name = "weighted_binary_cross_entropy",
    .help = "binary cross-entropy in which targets of 1 count pos_weight times",
    .formula = "pos_weight t softplus(-x) + (1 - t) softplus(x)",
    LOSS_PLAIN};
const ad_loss_record loss_binary_focal = {
    .record = {.name = "binary_focal",
               .help = "binary cross-entropy, less of what is right already (Lin et al. 2017)",
               .formula = "(alpha t + (1 - alpha) (1 - t)) (s (1 - t) + (1 - s) t)^gamma times "
                          "binary cross-entropy, s = sigmoid(x)",
               .also = "sigmoid_focal_loss binary_focal_crossentropy",
               AD_RECORD_OPTIONS(binary_focal_rows, binary_focal_initial)},
    .make = ad_binary_focal};
const ad_loss_record loss_hinge = {
    .record = {.name = "hinge",
               .help = "of targets 0 and 1: on the right side of 0 by the margin",
               .formula = "max(0, margin - (2 t - 1) x)^power",
               .also = "hinge_loss squared_hinge svm",
               AD_RECORD_OPTIONS(hinge_rows, hinge_initial)},
    .make = ad_hinge};
const ad_record objective_multilabel_soft_margin = {
    .name = "multilabel_soft_margin",
    .help = "the mean of the binary cross-entropies of a row",
    .also = "multilabel_soft_margin_loss multi_label_soft_margin",
    LOSS_PLAIN};
const ad_loss_record loss_multilabel_margin = {
    .record = {.name = "multilabel_margin",
               .help = "hinge over all pairs of a label that is there and one that is not",
               .formula = "sum over i, j of t[i] (1 - t[j]) max(0, margin - x[i] + x[j]), over the "
                          "number of labels",
               .also = "multilabel_margin_loss multi_label_margin",
               AD_RECORD_OPTIONS(multilabel_margin_rows, multilabel_margin_initial)},
    .make = ad_multilabel_margin};
const ad_loss_record loss_dice = {
    .record = {.name = "dice",
               .help = "one less the overlap of what is said and what is there (Milletari et al. "
                       "2016)",
               .formula = "1 - (2 sum(s t) + smooth) / (sum(s + t) + smooth), s = sigmoid(x), sums "
                          "over an example",
               .also = "dice_loss soft_dice f1_loss",
               AD_RECORD_OPTIONS(dice_rows, dice_initial)},
    .make = ad_dice};
