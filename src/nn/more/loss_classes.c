/* Losses against the number of a class: cross-entropy with all its options, focal, multi-class
 * hinge, ordinal. */
#include "nn/more/loss.h"

#include "op/gather.h"

/* Rows left out whose logits are not finite. */
static ad_tensor *hidden_rows(const ad_loss_options *o, ad_tensor *x)
{
    return o->weight ? loss_hidden(o, loss_last_sum(ad_sub(x, x))) : NULL;
}

/* ---- cross-entropy */

/* - sum of w target log softmax(x); a target of 0 hides even a logarithm of -infinity. */
static ad_tensor *entropy_rows(ad_tensor *x, ad_tensor *target, ad_tensor *w)
{
    ad_tensor *log = ad_log_softmax(x, -1);
    if (w)
        target = ad_mul(target, w);
    return ad_neg(loss_last_sum(ad_weigh(log, target)));
}

static ad_tensor *of_chances(const char *call, ad_tensor *x, ad_tensor *target, ad_tensor *w,
                             const ad_loss_options *o)
{
    ad_tensor *poison = loss_alike(call, x, target);
    if (poison)
        return poison;
    ad_tensor *rest = ad_div(rows_number(x, o->label_smoothing), rows_size(x, -1));
    if (o->label_smoothing != 0)
        target = ad_add(ad_scale(target, 1 - o->label_smoothing), rest);
    return loss_reduce(call, entropy_rows(x, target, w), o);
}

/* The mean is over the class weights of the labels that count. */
static ad_tensor *of_labels(const char *call, ad_tensor *x, ad_tensor *label, ad_tensor *w,
                            ad_loss_options *o)
{
    ad_tensor *ignored = ad_equal(label, rows_number(label, (double)o->ignore_index));
    ad_tensor *hit = loss_is_label(call, x, loss_zero_where(ignored, label));
    if (graph_is_poison(hit))
        return hit;
    ad_tensor *rest = ad_div(rows_number(x, o->label_smoothing), rows_size(x, -1));
    ad_tensor *target = ad_where(hit, ad_shift(rest, 1 - o->label_smoothing), rest);
    ad_tensor *loss = loss_zero_where(ignored, entropy_rows(x, target, w));
    ad_tensor *one = ad_where(hit, w ? w : rows_number(x, 1), rows_number(x, 0));
    ad_tensor *share = loss_zero_where(ignored, loss_last_sum(one));
    bool mean = !o->each && o->reduction == AD_REDUCE_MEAN;
    if (!mean)
        return loss_reduce(call, loss, o);
    ad_loss_options sums = *o;
    sums.reduction = AD_REDUCE_SUM;
    return ad_div(loss_reduce(call, loss, &sums), loss_reduce(call, share, &sums));
}

ad_tensor *ad_weighted_cross_entropy(ad_tensor *logits, ad_tensor *target,
                                     const ad_loss_options *options)
{
    const char *call = "ad_weighted_cross_entropy";
    ad_loss_options o;
    ad_tensor *in[] = {logits, target};
    ad_tensor *poison = graph_check(ad_tensor_graph(logits), call, in, 2);
    poison =
        poison ? poison : loss_settle(call, &objective_weighted_cross_entropy, logits, &o, options);
    if (poison)
        return poison;
    ad_tensor *w = loss_class_weight(call, &o, logits);
    if (w && graph_is_poison(w))
        return w;
    ad_tensor *out = hidden_rows(&o, logits);
    logits = loss_without(logits, out ? rows_column(out) : NULL);
    bool labels = target->type == AD_I32 || target->type == AD_I64;
    return labels ? of_labels(call, logits, target, w, &o)
                  : of_chances(call, logits, target, w, &o);
}

/* ---- focal */

/* With c the cross-entropy: c (1 - e^-c)^gamma. */
ad_tensor *ad_focal(ad_tensor *logits, ad_tensor *label, const ad_loss_options *options)
{
    const char *call = "ad_focal";
    ad_loss_options o;
    ad_tensor *poison = loss_settle(call, &loss_focal.record, logits, &o, options);
    poison = poison ? poison : graph_check(ad_tensor_graph(logits), call, &logits, 1);
    if (poison)
        return poison;
    ad_tensor *out = hidden_rows(&o, logits);
    logits = loss_without(logits, out ? rows_column(out) : NULL);
    ad_loss_options each = loss_initial;
    each.each = true;
    ad_tensor *c = ad_cross_entropy(logits, label, &each);
    ad_tensor *missed = ad_neg(ad_expm1(ad_neg(c)));
    return loss_reduce(call, o.gamma == 0 ? c : ad_mul(c, loss_power(missed, o.gamma)), &o);
}

/* ---- hinge */

ad_tensor *ad_multi_margin(ad_tensor *x, ad_tensor *label, const ad_loss_options *options)
{
    const char *call = "ad_multi_margin";
    ad_loss_options o;
    ad_tensor *poison = loss_settle(call, &loss_multi_margin.record, x, &o, options);
    if (poison)
        return poison;
    ad_tensor *hit = loss_is_label(call, x, label);
    ad_tensor *w = graph_is_poison(hit) ? hit : loss_class_weight(call, &o, x);
    if (w && graph_is_poison(w))
        return w;
    ad_tensor *out = hidden_rows(&o, x);
    x = loss_without(x, out ? rows_column(out) : NULL);
    ad_tensor *own = loss_last_sum(loss_zero_where(ad_not(hit), x));
    ad_tensor *over = ad_relu(ad_shift(ad_sub(x, rows_column(own)), o.margin));
    ad_tensor *sum = loss_last_sum(loss_zero_where(hit, loss_power(over, o.power)));
    ad_tensor *loss = ad_div(sum, rows_size(x, -1));
    if (w)
        loss = ad_mul(loss, loss_last_sum(ad_where(hit, w, rows_number(x, 0))));
    return loss_reduce(call, loss, &o);
}

/* ---- ordinal */

static ad_tensor *check_ordinal(const char *call, ad_tensor *x, ad_tensor *limit, ad_tensor *label)
{
    ad_tensor *in[] = {x, limit, label};
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, call, in, 3);
    poison = poison ? poison : graph_passed(graph, call, rows_check_real(x, "x"));
    if (poison)
        return poison;
    if (limit->type == x->type && limit->shape.rank == 1 && limit->shape.size[0] > 0 &&
        (label->type == AD_I32 || label->type == AD_I64) &&
        graph_shapes_equal(&x->shape, &label->shape))
        return NULL;
    return graph_poison(graph, AD_ERROR_SHAPE,
                        "%s: x %s %s wants labels of i32 or i64 of its shape and limits of its "
                        "type, (classes - 1), a size that is known; labels are %s %s, limits %s %s",
                        call, ad_type_name(x->type), graph_shape_text(graph, &x->shape),
                        ad_type_name(label->type), graph_shape_text(graph, &label->shape),
                        ad_type_name(limit->type), graph_shape_text(graph, &limit->shape));
}

/* With a the limit above less x, b that below: -log(sigmoid(a) - sigmoid(b)) = softplus(-a) +
 * softplus(b) - log(1 - e^(b - a)). */
ad_tensor *ad_ordinal(ad_tensor *x, ad_tensor *limit, ad_tensor *label,
                      const ad_loss_options *options)
{
    const char *call = "ad_ordinal";
    ad_loss_options o;
    ad_tensor *poison = check_ordinal(call, x, limit, label);
    poison = poison ? poison : loss_settle(call, &objective_ordinal, x, &o, options);
    if (poison)
        return poison;
    double last = (double)limit->shape.size[0];
    label = gather_check(label, limit->shape.size[0] + 1, "label");
    ad_tensor *top = rows_number(label, last), *zero = rows_number(label, 0);
    ad_tensor *above = ad_gather(limit, ad_minimum(label, rows_number(label, last - 1)), 0);
    ad_tensor *below = ad_gather(limit, ad_maximum(ad_sub(label, rows_number(label, 1)), zero), 0);
    ad_tensor *highest = ad_equal(label, top), *lowest = ad_equal(label, zero);
    ad_tensor *end = ad_or(highest, lowest);
    ad_tensor *gap = ad_where(end, rows_number(x, -1), ad_sub(below, above));
    ad_tensor *sum = ad_add(loss_zero_where(highest, ad_softplus(ad_sub(x, above))),
                            loss_zero_where(lowest, ad_softplus(ad_sub(below, x))));
    ad_tensor *between = loss_zero_where(end, ad_log(ad_neg(ad_expm1(gap))));
    return loss_reduce(call, ad_sub(sum, between), &o);
}

/* ---------------------------------------------------------------- records */

#define ROW_SMOOTHING                            \
    ROW_LOSS(label_smoothing, 0, 1, "smoothing", \
             "share of the target spread evenly over the classes")

LOSS_ROWS(weighted_cross_entropy, .label_smoothing = 0) = {
    ROW_SMOOTHING,
    ROW_WHOLE(ad_loss_options, ignore_index, 0, 0, NULL, "a label that does not count")};
LOSS_ROWS(focal, .gamma = 2) = {
    ROW_LOSS(gamma, 0, 100, "focusing", "the power of what is missed; 0: cross-entropy")};
LOSS_ROWS(multi_margin, .margin = 1, .power = 1) = {
    ROW_LOSS(margin, -1e9, 1e9, NULL, "how far the label's score is to lie above the others"),
    ROW_LOSS(power, 1, 2, "p", "the power of what is missing, 1 or more")};

const ad_record objective_weighted_cross_entropy = {
    .name = "weighted_cross_entropy",
    .help = "cross-entropy with class weights and an ignored label, against labels or chances",
    .formula = "- sum over classes of class_weight target log softmax(logits)",
    AD_RECORD_OPTIONS(weighted_cross_entropy_rows, weighted_cross_entropy_initial)};
const ad_loss_record loss_focal = {
    .record = {.name = "focal",
               .help = "cross-entropy, less of what is right already (Lin et al. 2017)",
               .formula = "- (1 - p)^gamma log p, p = softmax(logits)[label]",
               .also = "focal_loss",
               AD_RECORD_OPTIONS(focal_rows, focal_initial)},
    .make = ad_focal};
const ad_loss_record loss_multi_margin = {
    .record = {.name = "multi_margin",
               .help = "hinge of several classes (Crammer and Singer 2001)",
               .formula =
                   "sum over the other classes of max(0, margin - x[label] + x)^power, over the "
                   "number of classes",
               .also = "multi_margin_loss multiclass_hinge categorical_hinge",
               AD_RECORD_OPTIONS(multi_margin_rows, multi_margin_initial)},
    .make = ad_multi_margin};
const ad_record objective_ordinal = {
    .name = "ordinal",
    .help = "classes in an order, parted by limits of a score: cumulative logits (McCullagh 1980)",
    .formula = "- log(sigmoid(limit[label] - x) - sigmoid(limit[label - 1] - x))",
    LOSS_PLAIN};
