/* Mixed precision.  The casts stand before fusion and no pass removes them, so interpreter and
 * kernels round at the same places. */
#include "pass/precision.h"

#include "op/convolution.h"
#include "op/matmul.h"
#include "op/row.h"
#include "pass/rewrite.h"

static ad_tensor *rounded(ad_tensor *x)
{
    return x->type == AD_F32 ? ad_cast(x, AD_BF16) : x;
}

/* Convolutions multiply f32 numbers that were rounded: the kernels have no bf16 operands there. */
static ad_tensor *rounded_f32(ad_tensor *x)
{
    return x->type == AD_F32 ? ad_cast(ad_cast(x, AD_BF16), AD_F32) : x;
}

static bool rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                 ad_tensor **out)
{
    (void)user;
    const struct op *op = node->op;
    if (!op->product || node->out[0].type != AD_F32)
        return false;
    ad_tensor *operands[2];
    for (int i = 0; i < 2; i++)
        operands[i] = op == &op_matmul ? rounded(in[i]) : rounded_f32(in[i]);
    out[0] = graph_node(to, op, node->attributes, operands, 2);
    return true;
}

ad_graph *precision_pass(const ad_graph *from, ad_tensor **roots, int count)
{
    return rewrite(from, rule, NULL, roots, count);
}
