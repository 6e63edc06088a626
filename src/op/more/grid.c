/* Calls that know an element by its row and column: triangles, diagonals; and evenly spaced
 * numbers, grids of them, products of all pairs. */
#include <math.h>

#include "op/more/arrange.h"

static const int64_t offset_max = INT32_MAX;

/* Poison where it is none; x has low axes at least, and its last two are rows and columns. */
static ad_tensor *check(const char *call, ad_tensor *x, int low, int high, int64_t offset)
{
    ad_tensor *poison = arrange_rank(call, x, low, high);
    if (poison || (offset <= offset_max && offset >= -offset_max))
        return poison;
    return arrange_fail(call, x, AD_ERROR_ARGUMENT, "an offset of %lld", (long long)offset);
}

/* ---- triangles and diagonals */

/* Whether all places along an axis are numbers of x's type, on which loops are fast. */
static bool counts_in(const ad_tensor *x, ad_dim size)
{
    return (x->type == AD_F32 || x->type == AD_F64) && !dim_is_open(size) && size <= 1 << 24;
}

/* x, of so many rows, where `keep` of (column - row, offset) holds, else 0. */
static ad_tensor *kept(ad_tensor *(*keep)(ad_tensor *, ad_tensor *), ad_tensor *x, ad_dim rows,
                       int64_t offset)
{
    ad_graph *graph = x->node->graph;
    ad_dim columns = x->shape.size[x->shape.rank - 1];
    ad_type type = counts_in(x, rows) && counts_in(x, columns) ? x->type : AD_I32;
    ad_tensor *column = ad_range(graph, type, columns);
    ad_tensor *row =
        arrange_as(&op_reshape, ad_range(graph, type, rows), &(ad_shape){2, {rows, 1}});
    ad_tensor *place = ad_number(graph, type, (double)offset);
    ad_tensor *yes = type == AD_I32 ? keep(ad_sub(column, row), place)
                                    : keep(column, ad_add(row, place)); /* rounded beyond all */
    return ad_where(yes, x, ad_number(graph, x->type, 0));
}

static ad_tensor *triangle(const char *call, ad_tensor *(*keep)(ad_tensor *, ad_tensor *),
                           ad_tensor *x, int64_t diagonal)
{
    ad_tensor *poison = check(call, x, 2, AD_RANK_MAX, diagonal);
    return poison ? poison : kept(keep, x, x->shape.size[x->shape.rank - 2], diagonal);
}

ad_tensor *ad_tril(ad_tensor *x, int64_t diagonal)
{
    return triangle("ad_tril", ad_less_equal, x, diagonal);
}

ad_tensor *ad_triu(ad_tensor *x, int64_t diagonal)
{
    return triangle("ad_triu", ad_greater_equal, x, diagonal);
}

ad_tensor *ad_diag_embed(ad_tensor *x, int64_t offset)
{
    ad_tensor *poison = check("ad_diag_embed", x, 1, AD_RANK_MAX - 1, offset);
    if (poison)
        return poison;
    int64_t right = offset > 0 ? offset : 0;
    ad_tensor *row = ad_pad(x, -1, right, right - offset, 0);
    return kept(ad_equal, ad_unsqueeze(row, -2), row->shape.size[x->shape.rank - 1], offset);
}

/* Of the last two axes, as far as there are numbers, by steps. */
static ad_tensor *take_diagonal(ad_tensor *x, int64_t offset)
{
    int last = x->shape.rank - 1;
    ad_shape shape = x->shape;
    ad_dim m = shape.size[last - 1], n = shape.size[last];
    int64_t right = offset > 0 ? offset : 0, down = right - offset;
    if (dim_is_open(m) || dim_is_open(n)) {
        ad_dim size = dim_sub(x->node->graph, n, right + down);
        if (m != n)
            return arrange_fail("ad_diagonal", x, AD_ERROR_SHAPE,
                                "of open axes it takes those of one size");
        x = ad_sum(kept(ad_equal, x, m, offset), AD_AXES(-2), NULL);
        return shape_slice(x, last - 1, right, size, 1);
    }
    int64_t count = m - down < n - right ? m - down : n - right;
    shape.rank = last;
    shape.size[last - 1] = m * n;
    return shape_slice(arrange_as(&op_reshape, x, &shape), last - 1,
                       count > 0 ? down * n + right : 0, count > 0 ? count : 0, n + 1);
}

ad_tensor *ad_diagonal(ad_tensor *x, int64_t offset, int axis1, int axis2)
{
    static const char *const call = "ad_diagonal";
    ad_tensor *poison = check(call, x, 2, AD_RANK_MAX, offset);
    poison = poison ? poison : arrange_check(call, x, &axis1, 0);
    poison = poison ? poison : arrange_check(call, x, &axis2, 0);
    if (!poison && axis1 == axis2)
        poison = arrange_fail(call, x, AD_ERROR_SHAPE, "axis %d comes twice", axis1);
    if (poison)
        return poison;
    ad_axes order = {0};
    for (int i = 0; i < x->shape.rank; i++)
        if (i != axis1 && i != axis2)
            order.axis[order.count++] = i;
    order.axis[order.count++] = axis1;
    order.axis[order.count++] = axis2;
    return take_diagonal(arrange_order(x, &order), offset);
}

ad_tensor *ad_diag(ad_tensor *x, int64_t diagonal)
{
    ad_tensor *poison = arrange_rank("ad_diag", x, 1, 2);
    if (poison)
        return poison;
    return x->shape.rank == 1 ? ad_diag_embed(x, diagonal) : ad_diagonal(x, diagonal, 0, 1);
}

ad_tensor *ad_trace(ad_tensor *x)
{
    return ad_sum(ad_diagonal(x, 0, -2, -1), AD_AXES(-1), NULL);
}

/* ---- evenly spaced numbers */

/* from + step (i - skip) in f64 */
static ad_tensor *line(ad_tensor *place, double skip, double step, double from)
{
    return ad_shift(ad_scale(ad_shift(place, -skip), step), from);
}

static bool is_whole(double v)
{
    return v == floor(v) && fabs(v) <= 0x1p53;
}

ad_tensor *ad_arange(ad_graph *graph, ad_type type, double start, double end, double step)
{
    double count = ceil((end - start) / step);
    bool real = type == AD_F32 || type == AD_F64;
    if (graph && count >= 0 && count <= INT32_MAX && (real || (is_whole(start) && is_whole(step))))
        return ad_cast(line(ad_range(graph, AD_F64, (ad_dim)count), 0, step, start), type);
    return graph_poison(graph, AD_ERROR_ARGUMENT,
                        "ad_arange: %s from %g to %g by steps of %g; whole types take whole steps",
                        ad_type_name(type), start, end, step);
}

ad_tensor *ad_linspace(ad_graph *graph, ad_type type, double start, double end, int64_t steps)
{
    if (!graph || steps < 0 || steps > INT32_MAX || (type != AD_F32 && type != AD_F64))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_linspace: %lld steps of %s; it makes f32 or f64", (long long)steps,
                            ad_type_name(type));
    double last = (double)(steps - 1), step = steps > 1 ? (end - start) / last : 0;
    ad_tensor *place = ad_range(graph, AD_F64, steps);
    ad_tensor *half = ad_number(graph, AD_F64, steps > 1 ? (double)(steps / 2) : 1);
    ad_tensor *up = line(place, 0, step, start), *down = line(place, last, step, end);
    return ad_cast(ad_where(ad_less(place, half), up, down), type);
}

/* ---- all pairs */

void ad_meshgrid(ad_tensor *const *x, int count, bool xy, ad_tensor **grids)
{
    ad_graph *graph = x && count > 0 ? ad_tensor_graph(x[0]) : NULL;
    ad_tensor *poison = x && count <= AD_RANK_MAX ? NULL
                                                  : graph_poison(graph, AD_ERROR_ARGUMENT,
                                                                 "ad_meshgrid: %d tensors", count);
    ad_shape all = {.rank = count};
    int swap = xy && count > 1;
    for (int i = 0; i < count && !poison; i++) {
        poison = graph_check(graph, "ad_meshgrid", &x[i], 1);
        poison = poison ? poison : arrange_rank("ad_meshgrid", x[i], 1, 1);
        all.size[i < 2 ? i ^ swap : i] = poison ? 0 : x[i]->shape.size[0];
    }
    for (int i = 0; i < count; i++) {
        /* the vector as a column, so that as many axes as follow are stretched */
        int axis = i < 2 ? i ^ swap : i;
        ad_shape own = {count - axis, {1, 1, 1, 1, 1, 1, 1, 1}};
        own.size[0] = all.size[axis & 7];
        grids[i] =
            poison ? poison : arrange_as(&op_expand, arrange_as(&op_reshape, x[i], &own), &all);
    }
}

static ad_tensor *two(const char *call, ad_tensor *a, ad_tensor *b, int low, int high)
{
    ad_tensor *in[] = {a, b}, *poison = graph_check(ad_tensor_graph(a), call, in, 2);
    poison = poison ? poison : arrange_rank(call, a, low, high);
    return poison ? poison : arrange_rank(call, b, low, high);
}

ad_tensor *ad_kron(ad_tensor *a, ad_tensor *b)
{
    ad_tensor *poison = two("ad_kron", a, b, 0, AD_RANK_MAX / 2);
    if (poison)
        return poison;
    int rank = a->shape.rank > b->shape.rank ? a->shape.rank : b->shape.rank;
    ad_shape left = {.rank = 2 * rank}, right = left, all = {.rank = rank};
    for (int i = 0; i < rank; i++) {
        int p = i - rank + a->shape.rank, q = i - rank + b->shape.rank;
        left.size[2 * i] = p < 0 ? 1 : a->shape.size[p];
        right.size[2 * i + 1] = q < 0 ? 1 : b->shape.size[q];
        left.size[2 * i + 1] = right.size[2 * i] = 1;
        all.size[i] = dim_mul(a->node->graph, left.size[2 * i], right.size[2 * i + 1]);
    }
    ad_tensor *x = arrange_as(&op_reshape, a, &left), *z = arrange_as(&op_reshape, b, &right);
    return arrange_as(&op_reshape, ad_mul(x, z), &all);
}

ad_tensor *ad_outer(ad_tensor *a, ad_tensor *b)
{
    ad_tensor *poison = two("ad_outer", a, b, 1, 1);
    return poison ? poison : ad_mul(ad_unsqueeze(a, 1), b);
}
