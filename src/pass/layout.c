/* Layout: how products lie in memory.
 *
 * Heads of attention are turned back and put side by side: (batch, heads, time, width) becomes
 * (batch, time, heads, width), then (batch, time, heads * width).  The turn is a view, the reshape
 * of what was turned is a copy of everything.  A product may write its result with any strides, so
 * it writes it turned, and the reshape is a view too. */
#include "op/attention.h"
#include "op/matmul.h"
#include "op/shape.h"
#include "pass/fusion.h"
#include "pass/view.h"

/* The turn of a product that a reshape copies; NULL where there is none. */
static const ad_axes *turn_before(const struct node *node)
{
    if (node->op != &op_reshape || node->in[0]->node->op != &op_transpose)
        return NULL;
    const struct node *turn = node->in[0]->node;
    const ad_axes *order = &((const struct transpose_attributes *)turn->attributes)->order;
    int last = turn->out[0].shape.rank - 1;
    bool rows = last >= 0 && order->axis[last] == last; /* rows of the product stay rows */
    return rows && turn->in[0]->node->op->strided ? order : NULL;
}

static struct view turned(const ad_tensor *product, const ad_axes *order)
{
    struct view v = view_whole(0, product->type, &product->shape), t = v;
    for (int i = 0; i < v.shape.rank; i++)
        t.shape.size[i] = v.shape.size[order->axis[i]], t.stride[i] = v.stride[order->axis[i]];
    return t;
}

void layout_find(struct fusion *f)
{
    for (int id = 0; id < f->graph->count; id++) {
        const struct node *node = f->graph->nodes[id];
        const ad_axes *order = f->needed[id] ? turn_before(node) : NULL;
        if (!order)
            continue;
        const ad_tensor *product = node->in[0]->node->in[0];
        struct view v = turned(product, order), out;
        int n = tensor_number(f, product);
        if (!f->layout[n] && !view_reshape(&v, &node->out[0].shape, &out))
            f->layout[n] = order;
    }
}

void layout_apply(const struct fusion *f, int tensor)
{
    const ad_axes *order = f->layout[tensor];
    struct view *v = &f->view[tensor];
    if (!order)
        return;
    int64_t step = 1;
    for (int i = v->shape.rank - 1; i >= 0; i--) {
        v->stride[order->axis[i]] = step;
        step *= v->shape.size[order->axis[i]];
    }
}
