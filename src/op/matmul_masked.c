/* Products beside a mask, as attention has them: what a query may not look at may hold anything,
 * NaN too.
 *
 * Masked scores are 0 there, but 0 times NaN is NaN, so a product with them has to leave terms out:
 *
 *     nonzero   y[i, j] = sum of x[i, k] z[k, j] over the k for which x[i, k] is not 0
 *     masked    y = x z, of which the reader hides a part: gradients are 0 there, and what they are
 *               multiplied with is left out
 *
 * With d the gradient at y, the gradient of either at its left factor is a masked product, since
 * what stands beside it in the graph hides it where x is hidden:
 *
 *     nonzero   dx = masked(d, z^T)       dz = nonzero(x^T, d)
 *     masked    dx = nonzero(d, z^T)      dz = nonzero(d^T, x)^T
 *
 * so derivatives of every order are made of these two. */
#include "core/gradient.h"
#include "op/broadcast.h"
#include "op/matmul.h"

static ad_tensor *product(const struct op *op, ad_tensor *a, ad_tensor *b)
{
    return graph_node2(op, NULL, a, b);
}

static void nonzero_gradient(struct gradient *g)
{
    ad_tensor *a = g->in[0], *b = g->in[1], *d = g->dy[0];
    if (g->wanted[0])
        g->dx[0] = graph_sum_to(product(&op_matmul_masked, d, matmul_swapped(b)), &a->shape);
    if (g->wanted[1])
        g->dx[1] = graph_sum_to(product(&op_matmul_nonzero, matmul_swapped(a), d), &b->shape);
}

static void masked_gradient(struct gradient *g)
{
    ad_tensor *a = g->in[0], *b = g->in[1], *d = g->dy[0];
    if (g->wanted[0])
        g->dx[0] = graph_sum_to(product(&op_matmul_nonzero, d, matmul_swapped(b)), &a->shape);
    if (g->wanted[1])
        g->dx[1] = graph_sum_to(matmul_swapped(product(&op_matmul_nonzero, matmul_swapped(d), a)),
                                &b->shape);
}

static void masked_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                          ad_tensor **out)
{
    (void)graph, (void)node;
    out[0] = product(&op_matmul, in[0], in[1]);
}

static const struct sample samples[] = {
    {.in_count = 2, .shape = {{2, {3, 4}}, {2, {4, 5}}}},
    {.in_count = 2, .shape = {{2, {17, 9}}, {2, {9, 33}}}},
    {.in_count = 2, .shape = {{2, {1, 700}}, {2, {700, 2}}}},
    {.in_count = 2, .shape = {{4, {2, 1, 3, 2}}, {3, {5, 2, 4}}}},
    {.in_count = 2, .shape = {{2, {3, 0}}, {2, {0, 2}}}},
    {.in_count = 2, .shape = {{2, {0, 3}}, {2, {3, 2}}}},
};

const struct op op_matmul_nonzero = {
    .name = "matmul_nonzero",
    .doc = "matrix product in which what meets a 0 of the left factor counts for nothing",
    .inputs = "x (..., i, k), z (..., k, j)",
    .formula = "y[..., i, j] = sum over k with x[..., i, k] != 0 of x[..., i, k] z[..., k, j]",
    .in_min = 2,
    .in_max = 2,
    .infer = matmul_infer,
    .gradient = nonzero_gradient,
    .naive = matmul_naive,
    .strided = true,
    SAMPLES(samples)};

const struct op op_matmul_masked = {
    .name = "matmul_masked",
    .doc = "matrix product of which a part is hidden: a gradient that is 0 hides what it meets",
    .inputs = "x (..., i, k), z (..., k, j)",
    .formula = "y[..., i, j] = sum over k of x[..., i, k] z[..., k, j]",
    .in_min = 2,
    .in_max = 2,
    .infer = matmul_infer,
    .gradient = masked_gradient,
    .expand = masked_expand,
    SAMPLES(samples)};
