/* For inference programs: scales that follow a convolution or matrix product move into its weights
 * (Jacob et al. 2018, section 3.2), and numbers that are added one after another become one.  With
 * s, m, b one number for each output channel, from variables only, as a and b of the last line:
 *
 *     convolution(x, w) * s      = convolution(x, w * s per filter)
 *     matmul(x, w) * s           = matmul(x, w * s per column)
 *     (y - m) * s  of such a y   = y * s - m * s, so that batch norm's order folds as well
 *     (y - m) + b  of such a y   = y + (b - m)
 *     matmul(matmul(x, a), b)    = matmul(x, matmul(a, b)) where that takes fewer multiplications
 *
 * The results differ in the last bits, so they are compared by a bound, and training programs are
 * left alone. */
#include "pass/fold.h"

#include <string.h>

#include "base/error.h"
#include "op/convolution.h"
#include "op/matmul.h"
#include "op/row.h"
#include "op/shape.h"
#include "pass/rewrite.h"

/* Computed from numbers and variables alone; the walk is short because such chains are (a batch
 * norm's statistics). */
static bool is_fixed(const ad_tensor *t, int depth)
{
    const struct node *node = t->node;
    if (node->op == &op_full || node->op == &op_constant)
        return true;
    if (node->op == &op_feed)
        return ((const struct feed_attributes *)node->attributes)->fixed;
    if (depth == 0 || node->op->random || !node->in_count)
        return false;
    for (int i = 0; i < node->in_count; i++)
        if (!is_fixed(node->in[i], depth - 1))
            return false;
    return true;
}

/* One number for each element of y's last axis, or one for all: (channels), (1, ..., channels), ().
 */
static bool per_channel(const ad_tensor *s, const ad_tensor *y)
{
    int rank = s->shape.rank;
    for (int i = 0; i < rank - 1; i++)
        if (s->shape.size[i] != 1)
            return false;
    return rank <= y->shape.rank && (rank == 0 || s->shape.size[rank - 1] == 1 ||
                                     s->shape.size[rank - 1] == y->shape.size[y->shape.rank - 1]);
}

static bool is_linear(const ad_tensor *y)
{
    const struct op *op = y->node->op;
    bool product = op == &op_convolution || (op == &op_matmul && y->node->in[1]->shape.rank == 2);
    return product && is_fixed(y->node->in[1], 12);
}

/* s as a factor of the weights: (filters, 1, 1, 1) of a convolution, (columns) of a matrix. */
static ad_tensor *weight_factor(const struct node *linear, ad_tensor *s)
{
    const ad_tensor *w = linear->in[1];
    int64_t n = shape_count(&s->shape);
    ad_shape shape = {.rank = 1, .size = {n}};
    if (linear->op == &op_convolution) {
        shape.rank = w->shape.rank;
        for (int i = 1; i < shape.rank; i++)
            shape.size[i] = 1;
    }
    return ad_reshape(s, shape);
}

static ad_tensor *scaled(ad_graph *to, ad_tensor *y, ad_tensor *s)
{
    ad_tensor *operands[] = {y->node->in[0], ad_mul(y->node->in[1], weight_factor(y->node, s))};
    return graph_node(to, y->node->op, y->node->attributes, operands, 2);
}

static bool is_sum(const struct node *node)
{
    return node->op == &op_add || node->op == &op_sub;
}

/* y s, or (y +- m) s, where y is linear. */
static ad_tensor *fold_scale(ad_graph *to, ad_tensor *y, ad_tensor *s)
{
    if (!is_fixed(s, 12) || !per_channel(s, y))
        return NULL;
    if (is_linear(y))
        return scaled(to, y, s);
    const struct node *node = y->node;
    bool moved = is_sum(node) && is_linear(node->in[0]) && is_fixed(node->in[1], 12) &&
                 per_channel(node->in[1], node->in[0]);
    if (!moved || !graph_shapes_equal(&node->in[0]->shape, &y->shape))
        return NULL;
    ad_tensor *operands[] = {scaled(to, node->in[0], s), ad_mul(node->in[1], s)};
    return graph_node(to, node->op, node->attributes, operands, 2);
}

/* (y +- m) +- b as y + one number, for each channel, where y is linear: elsewhere such sums may be
 * meant as they stand, as in (x + 1.5 2^23) - 1.5 2^23, which rounds x. */
static ad_tensor *fold_sum(ad_graph *to, const struct node *node, ad_tensor *const *in)
{
    const struct node *inner = in[0]->node;
    if (!is_sum(inner) || !is_fixed(in[1], 12) || !is_fixed(inner->in[1], 12))
        return NULL;
    ad_tensor *y = inner->in[0], *m = inner->in[1], *b = in[1];
    bool real = y->type == AD_F32 || y->type == AD_F64;
    if (!real || !is_linear(y) || !per_channel(b, y) || !per_channel(m, y) ||
        !graph_shapes_equal(&y->shape, &in[0]->shape))
        return NULL;
    if (node->op == &op_sub)
        b = ad_neg(b);
    return graph_node(to, &op_add, NULL,
                      (ad_tensor *[]){y, inner->op == &op_sub ? ad_sub(b, m) : ad_add(b, m)}, 2);
}

static ad_tensor *fold_chain(ad_graph *to, const struct node *node, ad_tensor *const *in)
{
    const ad_tensor *first = in[0];
    if (!graph_is(first, &op_matmul) || in[1]->shape.rank != 2 ||
        first->node->in[1]->shape.rank != 2)
        return NULL;
    ad_tensor *a = first->node->in[1];
    if (!is_fixed(a, 12) || !is_fixed(in[1], 12))
        return NULL;
    int64_t k = a->shape.size[0], m = a->shape.size[1], n = in[1]->shape.size[1];
    if (k * n > k * m + m * n)
        return NULL;
    ad_tensor *operands[] = {first->node->in[0], ad_matmul(a, in[1])};
    return graph_node(to, node->op, node->attributes, operands, 2);
}

static bool rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                 ad_tensor **out)
{
    (void)user;
    out[0] = NULL;
    if (node->op == &op_mul) {
        out[0] = fold_scale(to, in[0], in[1]);
        if (!out[0])
            out[0] = fold_scale(to, in[1], in[0]);
    } else if (is_sum(node)) {
        out[0] = fold_sum(to, node, in);
    } else if (node->op == &op_matmul) {
        out[0] = fold_chain(to, node, in);
    }
    return out[0] && graph_shapes_equal(&out[0]->shape, &node->out[0].shape);
}

ad_graph *fold_pass(const ad_graph *from, ad_tensor **roots, int count)
{
    return rewrite(from, rule, NULL, roots, count);
}
