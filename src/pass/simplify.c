/* Simplification that keeps every bit.
 *
 * x * 1, x / 1 and x - 0 are x; x + 0 is not (-0 + 0 is +0), nor is x * 0 (NaN).  Equal nodes are
 * found by a hash over op, attributes and inputs. */
#include "pass/simplify.h"

#include <string.h>

#include "base/error.h"
#include "core/attributes.h"
#include "core/number.h"
#include "op/custom.h"
#include "op/matmul.h"
#include "op/range.h"
#include "op/row.h"
#include "op/scan.h"
#include "op/shape.h"
#include "pass/rewrite.h"

struct entry {
    struct entry *next;
    struct node *node;
};

struct simplifying {
    struct entry **bucket;
    int bits; /* there are 2^bits of them */
    struct arena arena;
};

/* ---- equal nodes */

static struct entry **bucket_of(const struct simplifying *s, const struct node *node,
                                ad_tensor *const *in)
{
    uint64_t h = attributes_hash(node->op, node->attributes) ^ (uint64_t)(uintptr_t)node->op;
    for (int i = 0; i < node->in_count; i++)
        h = (h ^ (uint64_t)(uintptr_t)in[i]) * 0x9e3779b97f4a7c15u;
    return &s->bucket[(h * 0x9e3779b97f4a7c15u) >> (64 - s->bits)];
}

static bool equal_node(const struct node *a, const struct node *b, ad_tensor *const *in,
                       const ad_graph *to)
{
    return a->op == b->op && a->graph == to && a->in_count == b->in_count &&
           a->device == b->device &&
           (!a->in_count || !memcmp(a->in, in, sizeof *in * (size_t)a->in_count)) &&
           attributes_equal(a->op, a->attributes, b->attributes);
}

static struct node *find_equal(const struct entry *e, const ad_graph *to, const struct node *node,
                               ad_tensor *const *in)
{
    for (; e; e = e->next)
        if (equal_node(e->node, node, in, to))
            return e->node;
    return NULL;
}

/* Makes the node and remembers it; false where the node is copied without being remembered. */
static bool make_once(struct simplifying *s, ad_graph *to, const struct node *node,
                      ad_tensor *const *in, ad_tensor **out)
{
    if (node->op == &op_feed || node->op == &op_custom || node->op == &op_scan)
        return false;
    struct entry **bucket = bucket_of(s, node, in);
    struct node *same = find_equal(*bucket, to, node, in);
    if (!same) {
        ad_tensor *first = graph_node(to, node->op, node->attributes, in, node->in_count);
        struct entry *e = arena_alloc(&s->arena, sizeof *e);
        to->failed |= !e; /* not merging would be harmless, not noticing would not */
        if (graph_is_poison(first) || !e)
            return false;
        same = first->node;
        *e = (struct entry){*bucket, same};
        *bucket = e;
    }
    for (int i = 0; i < node->out_count; i++)
        out[i] = &same->out[i];
    return true;
}

/* ---- constants */

/* The number everywhere, once. */
static bool make_full(struct simplifying *s, ad_graph *to, const ad_tensor *like, double value,
                      ad_tensor **out)
{
    struct full_attributes a = {like->type, like->shape, value};
    struct node full = {
        .op = &op_full, .attributes = &a, .device = like->node->device, .out_count = 1};
    return make_once(s, to, &full, NULL, out);
}

/* A full node holds a double, which is not every i64. */
static bool is_exact(const ad_array *result, double value)
{
    int64_t memory[2];
    number_store(result->type, memory, value);
    return value != value || !memcmp(memory, result->data, ad_type_size(result->type));
}

/* The one value of a row op over equal numbers. */
static bool fold_numbers(struct simplifying *s, ad_graph *to, const struct node *node,
                         ad_tensor *const *in, ad_tensor **out)
{
    double number[3];
    if (!node->op->row || !node->op->naive || node->in_count > 3)
        return false;
    for (int i = 0; i < node->in_count; i++)
        if (!graph_is(in[i], &op_full) || !graph_number(in[i], &number[i]))
            return false;
    int64_t memory[4][2];
    ad_array arrays[3], result = {.type = node->out[0].type, .data = memory[3]};
    struct call call = {.node = node,
                        .attributes = node->attributes,
                        .in = arrays,
                        .out = &result,
                        .in_count = node->in_count,
                        .out_count = 1};
    for (int i = 0; i < node->in_count; i++) {
        struct full_attributes a = {in[i]->type, AD_SCALAR, number[i]};
        arrays[i] = (ad_array){.type = in[i]->type, .data = memory[i]};
        op_full.naive(&(struct call){.attributes = &a, .out = &arrays[i], .out_count = 1});
    }
    struct node scalar = *node;
    call.node = &scalar;
    if (node->op->naive(&call) != AD_OK)
        return false;
    double value = ad_array_item(&result, 0);
    if (!is_exact(&result, value))
        return false;
    return make_full(s, to, &node->out[0], value, out);
}

static ad_tensor *expanded(ad_tensor *x, const ad_shape *shape)
{
    return graph_shapes_equal(&x->shape, shape) ? x : ad_expand(x, *shape);
}

static bool fold_choice(const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    double yes;
    if (node->op != &op_where || !graph_is(in[0], &op_full) || !graph_number(in[0], &yes))
        return false;
    out[0] = expanded(in[yes != 0 ? 1 : 2], &node->out[0].shape);
    return true;
}

static bool is_number(const ad_tensor *t, double wanted)
{
    double value;
    return graph_is(t, &op_full) && graph_number(t, &value) && value == wanted &&
           (wanted || !__builtin_signbit(value));
}

/* The input that the node only repeats; NULL where it does something. */
static ad_tensor *unchanged(const struct node *node, ad_tensor *const *in)
{
    const struct op *op = node->op;
    if (op == &op_mul && is_number(in[0], 1))
        return in[1];
    if ((op == &op_mul || op == &op_div) && is_number(in[1], 1))
        return in[0];
    if (op == &op_sub && is_number(in[1], 0))
        return in[0];
    if (op == &op_stop_gradient || op == &op_clip_gradient ||
        ((op == &op_reshape || op == &op_expand) &&
         graph_shapes_equal(&in[0]->shape, &node->out[0].shape)))
        return in[0];
    if (op == &op_cast && in[0]->type == node->out[0].type)
        return in[0];
    return NULL;
}

static bool fold_size(struct simplifying *s, ad_graph *to, const struct node *node,
                      ad_tensor *const *in, ad_tensor **out)
{
    if (node->op != &op_size)
        return false;
    const struct size_attributes *a = node->attributes;
    return make_full(s, to, &node->out[0], (double)in[0]->shape.size[a->axis], out);
}

/* A reshape of a reshape is one reshape. */
static bool fold_reshape(const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    if (node->op != &op_reshape || !graph_is(in[0], &op_reshape))
        return false;
    out[0] = ad_reshape(in[0]->node->in[0], node->out[0].shape);
    return true;
}

static bool swaps_last_two(const struct node *node)
{
    const struct transpose_attributes *a = node->attributes;
    int rank = node->out[0].shape.rank;
    if (node->op != &op_transpose || rank < 2)
        return false;
    for (int i = 0; i < rank - 2; i++)
        if (a->order.axis[i] != i)
            return false;
    return a->order.axis[rank - 2] == rank - 1;
}

static ad_tensor *swapped(ad_tensor *x)
{
    ad_axes order = {.count = x->shape.rank};
    for (int i = 0; i < x->shape.rank; i++)
        order.axis[i] = i < x->shape.rank - 2 ? i : 2 * x->shape.rank - 3 - i;
    return ad_transpose(x, order);
}

/* (a b)^T is b^T a^T, term by term in the same order: the weight gradient of a linear layer then
 * lies as its weights do. */
static bool fold_transpose(ad_graph *to, const struct node *node, ad_tensor *const *in,
                           ad_tensor **out)
{
    if (!swaps_last_two(node))
        return false;
    if (graph_is(in[0], &op_transpose) && swaps_last_two(in[0]->node)) {
        out[0] = in[0]->node->in[0];
        return true;
    }
    if (!graph_is(in[0], &op_matmul))
        return false;
    ad_tensor *operands[] = {swapped(in[0]->node->in[1]), swapped(in[0]->node->in[0])};
    out[0] = graph_node(to, &op_matmul, NULL, operands, 2);
    return true;
}

static bool rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                 ad_tensor **out)
{
    ad_tensor *same = node->in_count ? unchanged(node, in) : NULL;
    if (same) {
        out[0] = expanded(same, &node->out[0].shape);
        return true;
    }
    return fold_size(user, to, node, in, out) || fold_choice(node, in, out) ||
           fold_numbers(user, to, node, in, out) || fold_reshape(node, in, out) ||
           fold_transpose(to, node, in, out) || make_once(user, to, node, in, out);
}

ad_graph *simplify_pass(const ad_graph *from, ad_tensor **roots, int count)
{
    struct simplifying s = {.bits = 8};
    arena_init(&s.arena, &from->context->allocator);
    while (s.bits < 30 && from->count >> s.bits)
        s.bits++;
    s.bucket = arena_array(&s.arena, (size_t)1 << s.bits, sizeof *s.bucket);
    ad_graph *to = s.bucket ? rewrite(from, rule, &s, roots, count) : NULL;
    arena_done(&s.arena);
    return to;
}
