/* Attention (Vaswani et al. 2017): q (..., queries, width), k (..., keys, width), v (..., keys,
 * values).
 *
 *     s = scale q k^T      p = softmax(s) over the keys that may be seen      y = p v
 *     dv = p^T d      ds = p (d v^T - sum(p (d v^T)))      dq = scale ds k      dk = scale ds^T q
 *
 * Scores of keys out of sight become the lowest finite number before softmax, and p is 0 there
 * after it: a query that may look nowhere gives zeros, and no infinity is ever subtracted from
 * another.  dp is chosen to be 0 there, and a sum that is not finite counts as 0 (p is NaN in its
 * row, or dp), so ds is 0 out of sight, which may hold NaN: products with p and ds leave it out
 * (op/matmul_masked.c), in derivatives of any order. */
#include "op/attention.h"

#include <float.h>
#include <math.h>

#include "base/error.h"
#include "base/option.h"
#include "op/matmul.h"
#include "op/row.h"
#include "op/rows.h"

/* A product whose result a mask hides in part, and one with what it has left; plain without. */
static ad_tensor *masked(ad_tensor *a, ad_tensor *b, const ad_tensor *seen)
{
    return graph_node2(seen ? &op_matmul_masked : &op_matmul, NULL, a, b);
}

static ad_tensor *of_seen(ad_tensor *a, ad_tensor *b, const ad_tensor *seen)
{
    return graph_node2(seen ? &op_matmul_nonzero : &op_matmul, NULL, a, b);
}

/* x where seen, else 0. */
static ad_tensor *only(ad_tensor *seen, ad_tensor *x)
{
    return seen ? ad_where(seen, x, rows_number(x, 0)) : x;
}

/* (queries, keys): key <= query. */
static ad_tensor *no_later_key(ad_tensor *q, ad_tensor *k)
{
    ad_graph *graph = q->node->graph;
    ad_tensor *query = ad_range(graph, AD_I32, q->shape.size[q->shape.rank - 2]);
    ad_tensor *key = ad_range(graph, AD_I32, k->shape.size[k->shape.rank - 2]);
    return ad_greater_equal(rows_column(query), key);
}

/* Which keys each query sees; NULL where it is all of them. */
static ad_tensor *visible(ad_tensor *q, ad_tensor *k, ad_tensor *mask, bool causal)
{
    if (!causal)
        return mask;
    ad_tensor *past = no_later_key(q, k);
    return mask ? ad_and(mask, past) : past;
}

/* p (..., queries, keys) */
static ad_tensor *weights(ad_tensor *q, ad_tensor *k, ad_tensor *seen, double scale)
{
    ad_tensor *score = ad_scale(masked(q, matmul_swapped(k), seen), scale);
    if (!seen)
        return ad_softmax(score, -1);
    double lowest = q->type == AD_F64 ? -DBL_MAX : -FLT_MAX;
    return only(seen, ad_softmax(ad_where(seen, score, rows_number(q, lowest)), -1));
}

static void attention_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                             ad_tensor **out)
{
    (void)graph;
    const struct attention_attributes *a = node->attributes;
    ad_tensor *seen = visible(in[0], in[1], node->in_count == 4 ? in[3] : NULL, a->causal);
    out[0] = of_seen(weights(in[0], in[1], seen, a->scale), in[2], seen);
}

static void gradient_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                            ad_tensor **out)
{
    (void)graph;
    const struct attention_attributes *a = node->attributes;
    ad_tensor *q = in[0], *k = in[1], *v = in[2], *d = in[3];
    ad_tensor *seen = visible(q, k, node->in_count == 5 ? in[4] : NULL, a->causal);
    ad_tensor *p = weights(q, k, seen, a->scale);
    ad_tensor *dp = only(seen, masked(d, matmul_swapped(v), seen));
    ad_tensor *total = rows_sum(ad_mul(p, dp), -1);
    if (seen)
        total = only(ad_is_finite(total), total);
    ad_tensor *ds = ad_scale(ad_mul_masked(ad_sub(dp, total), p), a->scale);
    out[0] = of_seen(ds, k, seen);
    out[1] = of_seen(matmul_swapped(ds), q, seen);
    out[2] = of_seen(matmul_swapped(p), d, seen);
}

static void attention_gradient(struct gradient *g)
{
    bool masked = g->node->in_count == 4;
    ad_tensor *in[] = {g->in[0], g->in[1], g->in[2], g->dy[0], masked ? g->in[3] : NULL};
    ad_tensor *first =
        graph_node(g->graph, &op_attention_gradient, g->node->attributes, in, masked ? 5 : 4);
    for (int i = 0; i < 3; i++)
        g->dx[i] = graph_result(first, i);
}

/* ---- shapes */

static bool same_front(const ad_shape *a, const ad_shape *b)
{
    ad_shape x = *a, z = *b;
    x.rank -= 2;
    z.rank -= 2;
    return graph_shapes_equal(&x, &z);
}

static ad_status check_mask(struct infer *f, const ad_tensor *mask)
{
    ad_shape scores = f->in[0]->shape, out;
    scores.size[scores.rank - 1] = f->in[1]->shape.size[scores.rank - 2];
    if (mask->type != AD_BOOL)
        return fail(AD_ERROR_TYPE, "the mask is %s and has to be bool: true where a query may look",
                    ad_type_name(mask->type));
    if (graph_broadcast(&scores, &mask->shape, &out) && graph_shapes_equal(&scores, &out))
        return AD_OK;
    return fail(AD_ERROR_SHAPE, "mask %s does not broadcast to the scores (..., queries, keys) %s",
                graph_shape_text(f->graph, &mask->shape), graph_shape_text(f->graph, &scores));
}

static ad_status check_inputs(struct infer *f)
{
    const ad_shape *q = &f->in[0]->shape, *k = &f->in[1]->shape, *v = &f->in[2]->shape;
    TRY(rows_check_real(f->in[0], "q"));
    if (f->in[1]->type != f->in[0]->type || f->in[2]->type != f->in[0]->type)
        return fail(AD_ERROR_TYPE, "q, k and v have to be of one type; ad_cast some");
    if (q->rank < 2 || k->rank != q->rank || v->rank != q->rank || !same_front(q, k) ||
        !same_front(q, v))
        return fail(AD_ERROR_SHAPE, "q, k and v need the same axes before the last two");
    if (q->size[q->rank - 1] != k->size[q->rank - 1])
        return fail(AD_ERROR_SHAPE, "the last sizes of q and k, their width, differ");
    if (k->size[q->rank - 2] != v->size[q->rank - 2])
        return fail(AD_ERROR_SHAPE,
                    "the last sizes but one of k and v, the number of keys, differ");
    return AD_OK;
}

static ad_shape result_shape(struct infer *f)
{
    ad_shape shape = f->in[0]->shape;
    shape.size[shape.rank - 1] = f->in[2]->shape.size[shape.rank - 1];
    return shape;
}

static ad_status attention_infer(struct infer *f)
{
    TRY(check_inputs(f));
    if (f->in_count == 4)
        TRY(check_mask(f, f->in[3]));
    f->type[0] = f->in[0]->type;
    f->shape[0] = result_shape(f);
    return AD_OK;
}

static ad_status gradient_infer(struct infer *f)
{
    TRY(check_inputs(f));
    if (f->in_count == 5)
        TRY(check_mask(f, f->in[4]));
    ad_shape shape = result_shape(f);
    if (f->in[3]->type != f->in[0]->type || !graph_shapes_equal(&f->in[3]->shape, &shape))
        return fail(AD_ERROR_SHAPE, "the gradient has to be of the result's type and shape");
    for (int i = 0; i < 3; i++) {
        f->type[i] = f->in[i]->type;
        f->shape[i] = f->in[i]->shape;
    }
    return AD_OK;
}

/* ---- the public call */

static ad_tensor *default_scale(ad_tensor *q, double *scale)
{
    ad_dim width = q->shape.rank ? q->shape.size[q->shape.rank - 1] : 1;
    if (dim_is_open(width))
        return graph_poison(q->node->graph, AD_ERROR_SHAPE,
                            "ad_attention: the width of q %s is open; give .scale",
                            graph_shape_text(q->node->graph, &q->shape));
    *scale = width > 0 ? 1 / sqrt((double)width) : 1;
    return NULL;
}

ad_tensor *ad_attention(ad_tensor *q, ad_tensor *k, ad_tensor *v,
                        const ad_attention_options *options)
{
    ad_graph *graph = ad_tensor_graph(q);
    ad_attention_options o = AD_OPTIONS(ad_attention_options);
    ad_status status = options_read(ad_attention_options, &o, options);
    ad_tensor *poison = graph_passed(graph, "ad_attention", status);
    ad_tensor *in[] = {q, k, v, o.mask};
    int count = o.mask ? 4 : 3;
    poison = poison ? poison : graph_check(graph, "ad_attention", in, count);
    struct attention_attributes a = {o.scale, o.causal};
    if (!poison && o.scale == AD_AUTO)
        poison = default_scale(q, &a.scale);
    return poison ? poison : graph_node(graph, &op_attention, &a, in, count);
}

/* ---- records */

static const struct field fields[] = {
    FIELD(attention_attributes, scale, NUMBER, 1),
    FIELD(attention_attributes, causal, BOOL, 0),
};

#define SCALE(...)                                     \
    .attributes = &(const struct attention_attributes) \
    {                                                  \
        __VA_ARGS__                                    \
    }

static const struct sample attention_samples[] = {
    {.in_count = 3, .shape = {{2, {3, 4}}, {2, {5, 4}}, {2, {5, 2}}}, SCALE(0.5, false)},
    {.in_count = 3,
     .shape = {{4, {2, 2, 5, 3}}, {4, {2, 2, 5, 3}}, {4, {2, 2, 5, 3}}},
     SCALE(1, true)},
    {.in_count = 4,
     .shape = {{3, {2, 3, 4}}, {3, {2, 5, 4}}, {3, {2, 5, 2}}, {2, {3, 5}}},
     .type = {0, 0, 0, AD_BOOL},
     SCALE(0.5, false)},
    {.in_count = 4, /* some queries see nothing */
     .shape = {{2, {6, 2}}, {2, {6, 2}}, {2, {6, 3}}, {2, {6, 1}}},
     .type = {0, 0, 0, AD_BOOL},
     SCALE(1, true)},
    {.in_count = 3, .shape = {{2, {3, 2}}, {2, {0, 2}}, {2, {0, 2}}}, SCALE(1, false)},
    {.in_count = 3, .shape = {{2, {0, 2}}, {2, {3, 2}}, {2, {3, 2}}}, SCALE(1, false)},
};

static const struct sample gradient_samples[] = {
    {.in_count = 4,
     .shape = {{2, {3, 4}}, {2, {5, 4}}, {2, {5, 2}}, {2, {3, 2}}},
     SCALE(0.5, false)},
    {.in_count = 4,
     .shape = {{3, {2, 5, 3}}, {3, {2, 5, 3}}, {3, {2, 5, 3}}, {3, {2, 5, 3}}},
     SCALE(1, true)},
};

const struct op op_attention = {
    .name = "attention",
    .strided = true,
    .doc = "softmax(scale q k^T) v, with a mask of the keys to see (Vaswani et al. 2017)",
    .inputs = "q, k, v, [mask]: (..., queries or keys, width)",
    .formula = "y = softmax(scale q k^T over the keys in sight) v",
    FIELDS(fields),
    .attribute_size = sizeof(struct attention_attributes),
    .in_min = 3,
    .in_max = 4,
    .infer = attention_infer,
    .gradient = attention_gradient,
    .expand = attention_expand,
    SAMPLES(attention_samples)};

const struct op op_attention_gradient = {
    .name = "attention_gradient",
    .strided = true,
    .doc = "gradients of attention at q, k and v",
    .inputs = "q, k, v, d, [mask]",
    .formula = "dv = p^T d; s = p (d v^T - sum(p (d v^T))); dq = scale s k; dk = scale s^T q",
    FIELDS(fields),
    .attribute_size = sizeof(struct attention_attributes),
    .in_min = 4,
    .in_max = 5,
    .results = 3,
    .infer = gradient_infer,
    .expand = gradient_expand,
    SAMPLES(gradient_samples)};
