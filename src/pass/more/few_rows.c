/* What the optimizers' rules make of a table whose gradient is a scatter_add of few rows is the
 * whole table once more: zeros, the sums, the product with the rate, the difference.  Where nothing
 * else reads the sums (norms of gradients, decay, momentum and moving averages do), the rows that
 * have no parts stay as they are and are not looked at: op/more/descend_rows.c. */
#include "pass/more/few_rows.h"

#include "op/more/descend_rows.h"
#include "op/row.h"
#include "op/shape.h"
#include "pass/rewrite.h"

/* Sorting a row's number costs about as much as a step of so many elements. */
enum { SORTING = 64 };

struct few_rows {
    const ad_graph *from;
    int *readers; /* by node */
    bool (*keep)(const struct node *node);
};

static bool read_once(const struct few_rows *f, const ad_tensor *t, const struct op *op)
{
    return graph_is(t, op) && f->readers[t->node->id] == 1;
}

/* The node of the sums, in the new graph, and the rate: a tensor, or NULL and a number.  NULL: the
 * node is something else.  v + (-c) s has the bits of v - c s. */
static const struct node *sums_of(const struct few_rows *f, const struct node *node,
                                  ad_tensor *const *in, ad_tensor **rate, double *number)
{
    bool plus = node->op == &op_add;
    if ((node->op != &op_sub && !plus) || !graph_is(node->in[0], &op_feed) ||
        !((const struct feed_attributes *)node->in[0]->node->attributes)->fixed)
        return NULL;
    ad_tensor *step = node->in[1], *new = in[1];
    if (read_once(f, step, &op_mul)) {
        int k = read_once(f, step->node->in[0], &op_scatter_add) ? 0 : 1;
        *rate = new->node->in[1 - k];
        step = step->node->in[k], new = new->node->in[k];
    }
    if (plus) {
        if (!*rate || !graph_number(*rate, number) || !(*number < 0))
            return NULL;
        *number = -*number, *rate = NULL;
    }
    return read_once(f, step, &op_scatter_add) && graph_is(new, &op_scatter_add) ? new->node : NULL;
}

static bool is_zero(const ad_tensor *t)
{
    double value;
    return graph_number(t, &value) && value == 0 && !__builtin_signbit(value);
}

static bool is_few(const struct node *sums)
{
    const struct gather_attributes *a = sums->attributes;
    struct axis_split s = shape_split(&sums->in[0]->shape, 0);
    int64_t count = shape_count(&sums->in[1]->shape);
    return a->axis == 0 && count * (SORTING + s.inner) < s.size * s.inner;
}

static bool rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                 ad_tensor **out)
{
    const struct few_rows *f = user;
    ad_tensor *rate = NULL;
    double number = 1;
    const struct node *sums = node->graph == f->from ? sums_of(f, node, in, &rate, &number) : NULL;
    if (!sums || !is_zero(sums->in[0]) || !is_few(sums) || (rate && rate->shape.rank) ||
        !graph_shapes_equal(&sums->out[0].shape, &in[0]->shape))
        return false;
    ad_tensor *index = gather_check(sums->in[1], in[0]->shape.size[0], NULL);
    rate = rate ? rate : ad_number(to, in[0]->type, number);
    ad_tensor *all[] = {in[0], index, sums->in[2], rate};
    out[0] = graph_node(to, &op_descend_rows, sums->attributes, all, 4);
    return !graph_is_poison(out[0]) && f->keep(out[0]->node);
}

static void count_readers(struct few_rows *f, ad_tensor *const *roots, int count)
{
    for (int id = 0; id < f->from->count; id++)
        for (int i = 0; i < f->from->nodes[id]->in_count; i++)
            f->readers[f->from->nodes[id]->in[i]->node->id]++;
    for (int i = 0; i < count; i++)
        if (roots[i])
            f->readers[roots[i]->node->id]++;
}

ad_graph *few_rows_pass(const ad_graph *from, bool (*keep)(const struct node *node),
                        ad_tensor **roots, int count)
{
    struct arena arena;
    arena_init(&arena, &from->context->allocator);
    struct few_rows f = {from, arena_array(&arena, (size_t)from->count + 1, sizeof(int)), keep};
    ad_graph *to = NULL;
    if (f.readers) {
        count_readers(&f, roots, count);
        to = rewrite(from, rule, &f, roots, count);
    }
    arena_done(&arena);
    return to;
}
