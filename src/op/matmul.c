/* Matrix products: a (..., m, k) times b (..., k, n) gives (..., m, n); the axes before are batches
 * that broadcast.  Inputs of bf16 give f32. */
#include "op/matmul.h"

#include <math.h>

#include "base/error.h"
#include "core/number.h"
#include "core/order.h"
#include "op/broadcast.h"

/* The batch axes: all but the last two. */
static ad_shape batches(const ad_shape *shape)
{
    ad_shape batch = *shape;
    batch.rank -= 2;
    return batch;
}

static ad_status infer_type(struct infer *f)
{
    ad_type type = f->in[0]->type;
    if (type != f->in[1]->type)
        return fail(AD_ERROR_TYPE, "the two types differ; ad_cast one of them");
    if (type != AD_F32 && type != AD_F64 && type != AD_BF16)
        return fail(AD_ERROR_TYPE, "only f32 and f64 have products; ad_cast the inputs");
    f->type[0] = type == AD_BF16 ? AD_F32 : type;
    return AD_OK;
}

ad_status matmul_infer(struct infer *f)
{
    const ad_shape *a = &f->in[0]->shape, *b = &f->in[1]->shape;
    TRY(infer_type(f));
    if (a->rank < 2 || b->rank < 2)
        return fail(AD_ERROR_SHAPE, "both inputs need two axes or more");
    if (a->size[a->rank - 1] != b->size[b->rank - 2])
        return fail(
            AD_ERROR_SHAPE,
            "the last size of a and the last but one of b differ; ad_transpose one of them");
    ad_shape left = batches(a), right = batches(b), out;
    if (!graph_broadcast(&left, &right, &out))
        return fail(AD_ERROR_SHAPE, "the batch axes %s and %s do not broadcast",
                    graph_shape_text(f->graph, &left), graph_shape_text(f->graph, &right));
    if (out.rank + 2 > AD_RANK_MAX)
        return fail(AD_ERROR_SHAPE, "more than %d axes", AD_RANK_MAX);
    out.size[out.rank++] = a->size[a->rank - 2];
    out.size[out.rank++] = b->size[b->rank - 1];
    f->shape[0] = out;
    return AD_OK;
}

/* ---- gradient: da = dy b^T, db = a^T dy, summed over batches that were broadcast */

static ad_tensor *product(ad_tensor *a, ad_tensor *b)
{
    return graph_node2(&op_matmul, NULL, a, b);
}

ad_tensor *matmul_swapped(ad_tensor *x)
{
    if (x->shape.rank < 2) /* poisoned */
        return x;
    ad_axes order = {.count = x->shape.rank};
    for (int i = 0; i < order.count; i++)
        order.axis[i] = i;
    order.axis[order.count - 2] = order.count - 1;
    order.axis[order.count - 1] = order.count - 2;
    return ad_transpose(x, order);
}

/* (..., m, k) as (all the rest, k) */
static ad_tensor *rows(ad_tensor *x)
{
    if (graph_is_poison(x) || x->shape.rank == 2)
        return x;
    int last = x->shape.rank - 1;
    ad_dim count = dim_product(x->node->graph, &x->shape, 0, last);
    return ad_reshape(x, (ad_shape){2, {count, x->shape.size[last]}});
}

static void gradient(struct gradient *g)
{
    ad_tensor *a = g->in[0], *b = g->in[1], *dy = g->dy[0];
    if (g->wanted[0])
        g->dx[0] = graph_sum_to(product(dy, matmul_swapped(b)), &a->shape);
    if (!g->wanted[1])
        return;
    if (b->shape.rank == 2) /* one product over all batches instead of one each and a sum */
        g->dx[1] = product(matmul_swapped(rows(a)), rows(dy));
    else
        g->dx[1] = graph_sum_to(product(matmul_swapped(a), dy), &b->shape);
}

/* ---- naive */

struct product {
    int64_t m, k, n;
    bool nonzero; /* a 0 of a leaves its terms out */
};

#define NAME product_f32
#define REAL float
#define IN float
#define LOAD(x) (x)
#define FMA fmaf
#include "op/matmul.inc"

#define NAME product_f64
#define REAL double
#define IN double
#define LOAD(x) (x)
#define FMA fma
#include "op/matmul.inc"

#define NAME product_bf16
#define REAL float
#define IN uint16_t
#define LOAD(x) number_from_bf16(x)
#define FMA fmaf
#include "op/matmul.inc"

/* Which matrix of an operand belongs to matrix number i of the result. */
static int64_t batch_place(const ad_shape *operand, const ad_shape *result, int64_t i)
{
    int64_t place = 0, stride = 1;
    for (int axis = 3; axis <= result->rank; axis++) {
        int64_t size = result->size[result->rank - axis], at = i % size;
        int64_t own = axis <= operand->rank ? operand->size[operand->rank - axis] : 1;
        i /= size;
        place += own == 1 ? 0 : at * stride;
        stride *= own;
    }
    return place;
}

ad_status matmul_naive(const struct call *c)
{
    const ad_shape *a = &c->in[0].shape, *b = &c->in[1].shape, *y = &c->out[0].shape;
    struct product p = {a->size[a->rank - 2], a->size[a->rank - 1], b->size[b->rank - 1],
                        c->node->op == &op_matmul_nonzero};
    int64_t in_size = (int64_t)ad_type_size(c->in[0].type);
    int64_t out_size = (int64_t)ad_type_size(c->out[0].type);
    int64_t each = p.m * p.n, count = each ? shape_count(y) / each : 0;
    for (int64_t i = 0; i < count; i++) {
        const char *left = (const char *)c->in[0].data + batch_place(a, y, i) * p.m * p.k * in_size;
        const char *right =
            (const char *)c->in[1].data + batch_place(b, y, i) * p.k * p.n * in_size;
        char *result = (char *)c->out[0].data + i * each * out_size;
        switch (c->in[0].type) {
        case AD_F32: product_f32(&p, left, right, result); break;
        case AD_F64: product_f64(&p, left, right, result); break;
        default: product_bf16(&p, left, right, result); break;
        }
    }
    return AD_OK;
}

/* ---- the public calls */

static ad_tensor *check(const char *call, ad_tensor *a, ad_tensor *b)
{
    ad_tensor *in[] = {a, b};
    ad_tensor *poison = graph_check(ad_tensor_graph(a), call, in, 2);
    if (poison || (a->shape.rank && b->shape.rank))
        return poison;
    return graph_poison(a->node->graph, AD_ERROR_SHAPE,
                        "%s: %s has no axes; ad_mul multiplies by a number", call,
                        a->shape.rank ? "b" : "a");
}

static ad_tensor *without_axis(ad_tensor *x, int axis)
{
    if (graph_is_poison(x))
        return x;
    ad_shape shape = {.rank = x->shape.rank - 1};
    for (int i = 0; i < shape.rank; i++)
        shape.size[i] = x->shape.size[i < axis ? i : i + 1];
    return ad_reshape(x, shape);
}

/* Sizes of a vector and what it meets, in the caller's shapes; the op itself tells of matrices. */
static ad_tensor *check_sizes(const char *call, ad_tensor *a, ad_tensor *b)
{
    ad_graph *graph = a->node->graph;
    const ad_shape *left = &a->shape, *right = &b->shape;
    bool vectors = left->rank == 1 || right->rank == 1;
    if (!vectors || left->size[left->rank - 1] == right->size[right->rank - 1 - (right->rank > 1)])
        return NULL;
    return graph_poison(graph, AD_ERROR_SHAPE,
                        "%s: got %s and %s; the last size of a has to be the %s of b", call,
                        graph_shape_text(graph, left), graph_shape_text(graph, right),
                        right->rank == 1 ? "only one" : "last but one");
}

static ad_tensor *multiply(const char *call, ad_tensor *a, ad_tensor *b)
{
    ad_tensor *poison = check(call, a, b);
    if (!poison)
        poison = check_sizes(call, a, b);
    if (poison)
        return poison;
    bool row = a->shape.rank == 1, column = b->shape.rank == 1;
    if (row)
        a = ad_reshape(a, (ad_shape){2, {1, a->shape.size[0]}});
    if (column)
        b = ad_reshape(b, (ad_shape){2, {b->shape.size[0], 1}});
    ad_tensor *y = product(a, b);
    if (column)
        y = without_axis(y, y->shape.rank - 1);
    if (row)
        y = without_axis(y, y->shape.rank - (column ? 1 : 2));
    return y;
}

ad_tensor *ad_matmul(ad_tensor *a, ad_tensor *b)
{
    return multiply("ad_matmul", a, b);
}

/* Both inputs with that many axes; else poison. */
static ad_tensor *check_rank(const char *call, ad_tensor *a, ad_tensor *b, int rank)
{
    ad_tensor *poison = check(call, a, b);
    if (poison || (a->shape.rank == rank && b->shape.rank == rank))
        return poison;
    ad_graph *graph = a->node->graph;
    return graph_poison(graph, AD_ERROR_SHAPE,
                        "%s: got %s and %s, it takes two %s; ad_matmul takes any number of axes",
                        call, graph_shape_text(graph, &a->shape),
                        graph_shape_text(graph, &b->shape), rank == 1 ? "vectors" : "matrices");
}

ad_tensor *ad_mm(ad_tensor *a, ad_tensor *b)
{
    ad_tensor *poison = check_rank("ad_mm", a, b, 2);
    return poison ? poison : product(a, b);
}

ad_tensor *ad_dot(ad_tensor *a, ad_tensor *b)
{
    ad_tensor *poison = check_rank("ad_dot", a, b, 1);
    return poison ? poison : multiply("ad_dot", a, b);
}

/* clang-format off */
static const struct sample samples[] = {
    {.in_count = 2, .shape = {{2, {3, 4}}, {2, {4, 5}}}},
    {.in_count = 2, .shape = {{2, {1, 1}}, {2, {1, 1}}}},
    {.in_count = 2, .shape = {{2, {17, 9}}, {2, {9, 33}}}},
    {.in_count = 2, .shape = {{2, {1, 700}}, {2, {700, 2}}}}, /* several chunks of k */
    {.in_count = 2, .shape = {{3, {2, 3, 4}}, {2, {4, 5}}}},
    {.in_count = 2, .shape = {{2, {3, 4}}, {3, {2, 4, 5}}}},
    {.in_count = 2, .shape = {{4, {2, 1, 3, 2}}, {3, {5, 2, 4}}}},
    {.in_count = 2, .shape = {{2, {3, 0}}, {2, {0, 2}}}},
    {.in_count = 2, .shape = {{2, {0, 3}}, {2, {3, 2}}}},
    {.in_count = 2, .shape = {{3, {0, 2, 3}}, {3, {1, 3, 2}}}},
};
/* clang-format on */

const struct op op_matmul = {.name = "matmul",
                             .product = true,
                             .strided = true,
                             .doc = "matrix product of the last two axes; the others are batches",
                             .inputs = "x (..., i, k), z (..., k, j)",
                             .formula = "y[..., i, j] = sum over k of x[..., i, k] z[..., k, j]",
                             .in_min = 2,
                             .in_max = 2,
                             .infer = matmul_infer,
                             .gradient = gradient,
                             .naive = matmul_naive,
                             SAMPLES(samples)};
