/* Losses of each example.
 *
 * Cross-entropy of logits x (..., classes) against class numbers t (...), with a share a of the
 * target spread evenly over the classes (Szegedy et al. 2016):
 *
 *     s = x - max x     loss = log sum e^s - (1 - a) s[t] - a mean s
 *     dx = (softmax(x) - target) d     target = a / classes, and 1 - a more at t
 *
 * Binary cross-entropy of a logit x against a target t in 0..1, safe for large x:
 *
 *     loss = max(x, 0) - x t + log(1 + e^-|x|)     dx = (sigmoid(x) - t) d     dt = -x d
 *
 * The line before the logarithm is taken of h = 2^-20 x, cut to finite numbers, and made larger
 * again: where x is infinite it is 0 if t agrees, for 0 times the largest number is 0, and
 * overflows to infinity if not.  A power of two costs no bit. */
#include "op/loss.h"

#include <float.h>

#include "base/error.h"
#include "op/gather.h"
#include "op/row.h"
#include "op/rows.h"

/* ---- cross-entropy */

/* s[t] is picked by comparing class numbers and adding up, which a fused loop does on the way; the
 * numbers are checked first, so a wrong one fails the run. */
static ad_tensor *is_label(ad_tensor *logits, ad_tensor *label)
{
    ad_dim classes = logits->shape.size[logits->shape.rank - 1];
    ad_tensor *checked = gather_check(label, classes, "label");
    ad_tensor *range = ad_range(logits->node->graph, label->type, classes);
    return ad_equal(rows_column(checked), range);
}

static ad_tensor *last_sum(ad_tensor *x)
{
    return ad_sum(x, AD_AXES(-1), NULL);
}

/* What smoothing takes off the loss: a mean s, beside (1 - a) of the picked one, which may be -inf
 * where there is nothing of it. */
static ad_tensor *smoothed(ad_tensor *s, ad_tensor *picked, double share)
{
    ad_tensor *mean = ad_div(last_sum(s), rows_size(s, -1));
    if (share == 1)
        return mean;
    return ad_add(ad_scale(picked, 1 - share), ad_scale(mean, share));
}

static void cross_entropy_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                                 ad_tensor **out)
{
    (void)graph;
    const struct cross_entropy_attributes *a = node->attributes;
    ad_tensor *s = ad_sub(in[0], rows_maximum(in[0], -1));
    ad_tensor *total = ad_log(last_sum(ad_exp(s)));
    ad_tensor *picked = last_sum(ad_where(is_label(in[0], in[1]), s, rows_number(in[0], 0)));
    if (a->label_smoothing != 0)
        picked = smoothed(s, picked, a->label_smoothing);
    out[0] = ad_sub(total, picked);
}

static ad_tensor *target_of(ad_tensor *logits, ad_tensor *label, double share)
{
    ad_tensor *rest = ad_div(rows_number(logits, share), rows_size(logits, -1));
    ad_tensor *hit = ad_add(rest, rows_number(logits, 1 - share));
    return ad_where(is_label(logits, label), hit, rest);
}

static void cross_entropy_gradient(struct gradient *g)
{
    const struct cross_entropy_attributes *a = g->node->attributes;
    ad_tensor *target = target_of(g->in[0], g->in[1], a->label_smoothing);
    ad_tensor *distance = ad_sub(ad_softmax(g->in[0], -1), target);
    g->dx[0] = ad_mul(distance, rows_column(g->dy[0]));
}

static ad_status cross_entropy_infer(struct infer *f)
{
    const ad_tensor *logits = f->in[0], *label = f->in[1];
    TRY(rows_check_real(logits, "the first input"));
    if (label->type != AD_I32 && label->type != AD_I64)
        return fail(AD_ERROR_TYPE,
                    "labels are %s and have to be i32 or i64 class numbers; ad_cast them",
                    ad_type_name(label->type));
    ad_shape rows = logits->shape;
    if (!rows.rank)
        return fail(AD_ERROR_SHAPE, "logits need an axis of classes, the last one");
    rows.rank--;
    if (!graph_shapes_equal(&rows, &label->shape))
        return fail(AD_ERROR_SHAPE, "logits %s want labels %s, not %s",
                    graph_shape_text(f->graph, &logits->shape), graph_shape_text(f->graph, &rows),
                    graph_shape_text(f->graph, &label->shape));
    f->type[0] = logits->type;
    f->shape[0] = rows;
    return AD_OK;
}

/* ---- binary cross-entropy */

static void binary_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                          ad_tensor **out)
{
    (void)graph, (void)node;
    ad_tensor *x = in[0], *t = in[1];
    double largest = x->type == AD_F64 ? DBL_MAX : FLT_MAX;
    ad_tensor *h = ad_minimum(ad_scale(x, 0x1p-20), rows_number(x, largest));
    h = ad_maximum(h, rows_number(x, -largest));
    ad_tensor *line = ad_sub(ad_maximum(h, rows_number(x, 0)), ad_mul(h, t));
    out[0] = ad_add(ad_scale(line, 0x1p20), ad_log1p(ad_exp(ad_neg(ad_abs(x)))));
}

/* The value of sigmoid(x), with a slope that keeps its digits. */
static void binary_gradient(struct gradient *g)
{
    ad_tensor *x = g->in[0], *t = g->in[1], *d = g->dy[0];
    if (g->wanted[0])
        g->dx[0] = ad_mul(ad_sub(ad_logistic(x), t), d);
    if (g->wanted[1])
        g->dx[1] = ad_mul(ad_neg(x), d);
}

static ad_status binary_infer(struct infer *f)
{
    TRY(rows_check_real(f->in[0], "the first input"));
    if (f->in[1]->type != f->in[0]->type)
        return fail(AD_ERROR_TYPE, "logits are %s and targets %s; ad_cast the targets",
                    ad_type_name(f->in[0]->type), ad_type_name(f->in[1]->type));
    if (!graph_shapes_equal(&f->in[0]->shape, &f->in[1]->shape))
        return fail(AD_ERROR_SHAPE,
                    "logits %s and targets %s have to be of one shape; ad_reshape one",
                    graph_shape_text(f->graph, &f->in[0]->shape),
                    graph_shape_text(f->graph, &f->in[1]->shape));
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

/* ---- records */

static const struct field fields[] = {
    FIELD_IN(cross_entropy_attributes, label_smoothing, NUMBER, 0, 0, 1)};

#define SMOOTHING(a)                                       \
    .attributes = &(const struct cross_entropy_attributes) \
    {                                                      \
        a                                                  \
    }

static const struct sample cross_entropy_samples[] = {
    {.in_count = 2, .shape = {{2, {5, 7}}, {1, {5}}}, .type = {0, AD_I32}, SMOOTHING(0), .high = 7},
    {.in_count = 2,
     .shape = {{2, {5, 7}}, {1, {5}}},
     .type = {0, AD_I64},
     SMOOTHING(0.1),
     .high = 7},
    {.in_count = 2,
     .shape = {{3, {2, 3, 4}}, {2, {2, 3}}},
     .type = {0, AD_I32},
     SMOOTHING(0),
     .high = 4},
    {.in_count = 2, .shape = {{1, {4}}, {0, {0}}}, .type = {0, AD_I32}, SMOOTHING(0), .high = 4},
    {.in_count = 2, .shape = {{2, {0, 4}}, {1, {0}}}, .type = {0, AD_I32}, SMOOTHING(0), .high = 4},
};

static const struct sample binary_samples[] = {
    {.in_count = 2, .shape = {{2, {5, 7}}, {2, {5, 7}}}},
    {.in_count = 2, .shape = {{1, {9}}, {1, {9}}}, .low = -100, .high = 100},
    {.in_count = 2, .shape = {{2, {0, 2}}, {2, {0, 2}}}},
};

const struct op op_cross_entropy = {.name = "cross_entropy",
                                    .doc = "-log softmax(logits) at the label, of each row",
                                    .inputs = "logits x (..., classes), label (...)",
                                    .formula =
                                        "y = -sum over i of t[i] log_softmax(x)[i], t[i] = (1 - "
                                        "label_smoothing) (i == label) + label_smoothing / classes",
                                    FIELDS(fields),
                                    .attribute_size = sizeof(struct cross_entropy_attributes),
                                    .in_min = 2,
                                    .in_max = 2,
                                    .infer = cross_entropy_infer,
                                    .gradient = cross_entropy_gradient,
                                    .expand = cross_entropy_expand,
                                    SAMPLES(cross_entropy_samples)};

const struct op op_binary_cross_entropy = {
    .name = "binary_cross_entropy",
    .doc = "-log of the probability that a logit gives its target",
    .inputs = "logit x, target z",
    .formula = "y = -z log(sigmoid(x)) - (1 - z) log(1 - sigmoid(x))",
    .in_min = 2,
    .in_max = 2,
    .infer = binary_infer,
    .gradient = binary_gradient,
    .expand = binary_expand,
    SAMPLES(binary_samples)};
