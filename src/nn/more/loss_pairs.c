/* Losses of vectors that are to lie near each other or far apart. */
#include "nn/more/loss.h"

#include <math.h>

/* 1 - y over rows: y (...) of vectors (..., features). */
static ad_tensor *check_pairs(const char *call, ad_tensor *a, ad_tensor *b, ad_tensor *y)
{
    ad_graph *graph = ad_tensor_graph(a);
    ad_tensor *in[] = {a, b, y};
    ad_tensor *poison = graph_check(graph, call, in, y ? 3 : 2);
    poison = poison ? poison : loss_alike(call, a, b);
    poison = poison ? poison : graph_passed(graph, call, rows_check_real(a, "x"));
    if (poison)
        return poison;
    ad_shape rows = a->shape;
    rows.rank--;
    if (a->shape.rank && (!y || (y->type == a->type && graph_shapes_equal(&rows, &y->shape))))
        return NULL;
    return graph_poison(graph, AD_ERROR_SHAPE,
                        "%s: vectors are (..., features), here %s, and there is one target of "
                        "their type for each",
                        call, graph_shape_text(graph, &a->shape));
}

/* ---- cosine */

ad_tensor *ad_cosine_embedding(ad_tensor *x, ad_tensor *z, ad_tensor *target,
                               const ad_loss_options *options)
{
    const char *call = "ad_cosine_embedding";
    ad_loss_options o;
    ad_tensor *poison = check_pairs(call, x, z, target);
    poison = poison ? poison : loss_settle(call, &objective_cosine_embedding, x, &o, options);
    if (poison)
        return poison;
    ad_loss_options each = loss_initial;
    each.each = true;
    ad_tensor *far = ad_cosine_distance(x, z, &each);
    ad_tensor *over = ad_relu(ad_shift(ad_neg(far), 1 - o.margin));
    ad_tensor *same = ad_greater(target, rows_number(target, 0));
    return loss_reduce(call, ad_where(same, far, over), &o);
}

/* ---- triplets */

/* The p-norm of a - b + epsilon. */
static ad_tensor *distance(ad_tensor *a, ad_tensor *b, const ad_loss_options *o)
{
    ad_tensor *d = ad_shift(ad_sub(a, b), o->epsilon);
    if (o->p == 2)
        return loss_root(loss_last_sum(ad_square(d)));
    ad_tensor *size = ad_abs(d);
    if (isinf(o->p))
        return ad_max(size, AD_AXES(-1), NULL);
    ad_tensor *sum = loss_last_sum(loss_power(size, o->p));
    return o->p == 1 ? sum : ad_pow(sum, rows_number(sum, 1 / o->p));
}

static ad_tensor *of_distances(const char *call, ad_tensor *near, ad_tensor *far, ad_tensor *other,
                               const ad_loss_options *o)
{
    if (other)
        far = ad_minimum(far, other);
    return loss_reduce(call, ad_relu(ad_shift(ad_sub(near, far), o->margin)), o);
}

ad_tensor *ad_triplet(ad_tensor *anchor, ad_tensor *positive, ad_tensor *negative,
                      const ad_loss_options *options)
{
    const char *call = "ad_triplet";
    ad_loss_options o;
    ad_tensor *poison = check_pairs(call, anchor, positive, NULL);
    poison = poison ? poison : check_pairs(call, anchor, negative, NULL);
    poison = poison ? poison : loss_settle(call, &objective_triplet, anchor, &o, options);
    if (poison)
        return poison;
    return of_distances(call, distance(anchor, positive, &o), distance(anchor, negative, &o),
                        o.swap ? distance(positive, negative, &o) : NULL, &o);
}

ad_tensor *ad_triplet_distance(ad_tensor *near, ad_tensor *far, ad_tensor *other,
                               const ad_loss_options *options)
{
    const char *call = "ad_triplet_distance";
    ad_loss_options o;
    ad_tensor *poison = loss_alike(call, near, far);
    if (!poison && other)
        poison = loss_alike(call, near, other);
    poison = poison ? poison : loss_settle(call, &objective_triplet_distance, near, &o, options);
    return poison ? poison : of_distances(call, near, far, other, &o);
}

/* ---- contrastive */

ad_tensor *ad_contrastive(ad_tensor *x, ad_tensor *z, ad_tensor *target,
                          const ad_loss_options *options)
{
    const char *call = "ad_contrastive";
    ad_loss_options o;
    ad_tensor *poison = check_pairs(call, x, z, target);
    poison = poison ? poison : loss_settle(call, &objective_contrastive, x, &o, options);
    if (poison)
        return poison;
    ad_tensor *square = loss_last_sum(ad_square(ad_sub(x, z)));
    ad_tensor *over = ad_relu(ad_shift(ad_neg(loss_root(square)), o.margin));
    ad_tensor *apart = ad_mul(ad_shift(ad_neg(target), 1), ad_square(over));
    return loss_reduce(call, ad_scale(ad_add(ad_mul(target, square), apart), 0.5), &o);
}

/* ---- InfoNCE */

static ad_tensor *unit(ad_tensor *x)
{
    ad_tensor *size = rows_column(loss_root(loss_last_sum(ad_square(x))));
    return ad_div(x, ad_maximum(size, rows_number(x, 1e-12)));
}

ad_tensor *ad_info_nce(ad_tensor *query, ad_tensor *key, const ad_loss_options *options)
{
    const char *call = "ad_info_nce";
    ad_loss_options o;
    ad_tensor *poison = check_pairs(call, query, key, NULL);
    poison = poison ? poison : loss_settle(call, &objective_info_nce, query, &o, options);
    if (poison)
        return poison;
    if (query->shape.rank != 2)
        return graph_poison(query->node->graph, AD_ERROR_SHAPE,
                            "ad_info_nce: queries are (batch, features), not %s",
                            graph_shape_text(query->node->graph, &query->shape));
    ad_loss_options each = loss_initial;
    each.each = true;
    ad_tensor *turned = ad_transpose(unit(key), (ad_axes){2, {1, 0}});
    ad_tensor *logits = ad_scale(ad_matmul(unit(query), turned), 1 / o.temperature);
    ad_tensor *label = ad_range(query->node->graph, AD_I32, query->shape.size[0]);
    ad_tensor *loss = ad_cross_entropy(logits, label, &each);
    if (o.symmetric) {
        logits = ad_transpose(logits, (ad_axes){2, {1, 0}});
        loss = ad_scale(ad_add(loss, ad_cross_entropy(logits, label, &each)), 0.5);
    }
    return loss_reduce(call, loss, &o);
}

/* ---------------------------------------------------------------- records */

LOSS_ROWS(cosine_embedding, .margin = 0) = {
    ROW_LOSS(margin, -1, 1, NULL, "the largest cosine of a pair apart that costs nothing")};
LOSS_ROWS(triplet, .margin = 1, .p = 2, .epsilon = 1e-6) = {
    ROW_LOSS_ABOVE(margin, 0, 1e9, NULL, "how much farther the other one is to lie"),
    ROW_LOSS(p, 1, INFINITY, NULL, "which norm; INFINITY: the largest"),
    ROW_LOSS(epsilon, 0, 1, "eps", "added to each difference"),
    ROW_TRUTH(ad_loss_options, swap, NULL, "also of the distance of positive and negative")};
LOSS_ROWS(triplet_distance, .margin = 1) = {
    ROW_LOSS_ABOVE(margin, 0, 1e9, NULL, "how much farther the other one is to lie")};
LOSS_ROWS(contrastive,
          .margin = 1) = {ROW_LOSS_ABOVE(margin, 0, 1e9, NULL, "how far others are to lie")};
LOSS_ROWS(info_nce, .temperature = 0.07) = {
    ROW_LOSS_ABOVE(temperature, 0, 1e9, "tau", "by which cosines are divided"),
    ROW_TRUTH(ad_loss_options, symmetric, NULL, "the mean with keys as queries")};

const ad_record objective_cosine_embedding = {
    .name = "cosine_embedding",
    .help = "pairs with target 1 are to point one way, others apart",
    .formula = "1 - c where target > 0, else max(0, c - margin); c the cosine",
    AD_RECORD_OPTIONS(cosine_embedding_rows, cosine_embedding_initial)};
const ad_record objective_triplet = {
    .name = "triplet",
    .help = "nearer to its like than to another one (Schroff et al. 2015)",
    .formula = "max(0, |a - positive + epsilon|_p - |a - negative + epsilon|_p + margin)",
    AD_RECORD_OPTIONS(triplet_rows, triplet_initial)};
const ad_record objective_triplet_distance = {
    .name = "triplet_distance",
    .help = "triplet, of distances that the program takes",
    .formula = "max(0, near - min(far, other) + margin)",
    AD_RECORD_OPTIONS(triplet_distance_rows, triplet_distance_initial)};
const ad_record objective_contrastive = {
    .name = "contrastive",
    .help = "pairs with target 1 together, with 0 apart (Hadsell, Chopra and LeCun 2006)",
    .formula = "(t d^2 + (1 - t) max(0, margin - d)^2) / 2, d = |x - z|",
    AD_RECORD_OPTIONS(contrastive_rows, contrastive_initial)};
const ad_record objective_info_nce = {
    .name = "info_nce",
    .help = "each query finds its key among those of the batch (van den Oord et al. 2018)",
    .formula = "- log softmax(cosine(query[i], key) / temperature)[i]",
    AD_RECORD_OPTIONS(info_nce_rows, info_nce_initial)};
