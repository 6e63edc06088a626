/* Order along an axis: the first so many places of a stable sort, which is a whole sort or its top;
 * and how often each whole number is there. */
#include "base/error.h"
#include "base/option.h"
#include "op/more/along.h"
#include "op/rows.h"

/* ---- sort */

static ad_status infer(struct infer *f)
{
    const struct sort_attributes *a = f->attributes;
    const ad_tensor *x = f->in[0];
    TRY(along_check_number(x));
    TRY(along_check_axis(f, a->axis));
    ad_dim size = x->shape.size[a->axis];
    bool known = !dim_is_open(size) && !dim_is_open(a->count);
    if (size > INT32_MAX || !dim_is_known(f->graph, a->count) || (known && a->count > size))
        return fail(AD_ERROR_SHAPE, "axis %d has to have less than 2^31 places, and %lld of them",
                    (int)a->axis, (long long)a->count);
    for (int i = 0; i < 2; i++) {
        f->type[i] = i ? AD_I32 : x->type;
        f->shape[i] = x->shape;
        f->shape[i].size[a->axis] = a->count;
    }
    return AD_OK;
}

static void gradient(struct gradient *g)
{
    const struct sort_attributes *a = g->node->attributes;
    if (g->dy[0])
        g->dx[0] = along_spread(g, a->axis);
}

/* ---- the public calls */

static ad_tensor *order(const char *call, ad_tensor *x, const ad_dim *count, int axis,
                        ad_status status, bool descending, int result)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, call, &x, 1);
    poison = poison ? poison : graph_passed(graph, call, status);
    if (poison)
        return poison;
    int plain = graph_axis(axis, x->shape.rank);
    if (plain < 0)
        return along_no_axis(call, x, axis);
    struct sort_attributes a = {plain, count ? *count : x->shape.size[plain], descending};
    ad_tensor *y = graph_node1(&op_sort, &a, x);
    return graph_is_poison(y) ? y : graph_result(y, result);
}

static ad_tensor *sort(const char *call, ad_tensor *x, int axis, const ad_sort_options *options,
                       int result)
{
    ad_sort_options o = AD_OPTIONS(ad_sort_options);
    ad_status status = options_read(ad_sort_options, &o, options);
    return order(call, x, NULL, axis, status, o.descending, result);
}

static ad_tensor *top(const char *call, ad_tensor *x, ad_dim k, int axis,
                      const ad_top_options *options, int result)
{
    ad_top_options o = AD_OPTIONS(ad_top_options);
    ad_status status = options_read(ad_top_options, &o, options);
    return order(call, x, &k, axis, status, !o.smallest, result);
}

ad_tensor *ad_sort(ad_tensor *x, int axis, const ad_sort_options *options)
{
    return sort("ad_sort", x, axis, options, 0);
}

ad_tensor *ad_argsort(ad_tensor *x, int axis, const ad_sort_options *options)
{
    return sort("ad_argsort", x, axis, options, 1);
}

ad_tensor *ad_top_k(ad_tensor *x, ad_dim k, int axis, const ad_top_options *options)
{
    return top("ad_top_k", x, k, axis, options, 0);
}

ad_tensor *ad_arg_top_k(ad_tensor *x, ad_dim k, int axis, const ad_top_options *options)
{
    return top("ad_arg_top_k", x, k, axis, options, 1);
}

/* Sorted numbers, each with the number of its value; those of count and above meet in one place
 * more, which is cut off. */
void ad_unique(ad_tensor *x, int64_t count, ad_tensor **values, ad_tensor **counts,
               ad_tensor **number)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_unique", &x, 1);
    if (!poison && (count < 0 || count >= INT32_MAX || (x->type != AD_I32 && x->type != AD_I64)))
        poison = graph_poison(graph, AD_ERROR_ARGUMENT,
                              "ad_unique: x is %s and has to be i32 or i64, count is %lld and has "
                              "to be in 0..2^31 - 2",
                              ad_type_name(x->type), (long long)count);
    if (poison) {
        *values = *counts = *number = poison;
        return;
    }
    ad_dim size = dim_product(graph, &x->shape, 0, x->shape.rank);
    ad_shape all = AD_SHAPE(size), room = AD_SHAPE(count + 1);
    ad_tensor *one = ad_number(graph, AD_I32, 1), *zero = ad_number(graph, AD_I32, 0);
    x = ad_sort(ad_reshape(x, all), 0, NULL);
    ad_tensor *before = shape_slice(ad_pad(x, 0, 1, 0, 0), 0, 0, size, 1);
    ad_tensor *first = ad_equal(ad_range(graph, AD_I32, size), zero);
    ad_tensor *new = ad_cast(ad_or(first, ad_not_equal(x, before)), AD_I32);
    ad_tensor *index =
        ad_minimum(ad_sub(ad_cumsum(new, 0, NULL), one), ad_number(graph, AD_I32, (double)count));
    x = ad_scatter_along(ad_full(graph, x->type, room, 0), index, x, 0, AD_SCATTER_SET);
    ad_tensor *sums = ad_scatter_along(ad_full(graph, AD_I32, room, 0), index,
                                       ad_full(graph, AD_I32, all, 1), 0, AD_SCATTER_ADD);
    *values = shape_slice(x, 0, 0, count, 1);
    *counts = shape_slice(sums, 0, 0, count, 1);
    *number = ad_sum(new, AD_ALL, NULL);
}

/* ---- records */

/* clang-format off */
static const struct field fields[] = {FIELD(sort_attributes, axis, INT, 0),
                                      FIELD(sort_attributes, count, DIM, 0),
                                      FIELD(sort_attributes, descending, BOOL, 0)};

#define AT(n, k, down) .attributes = &(const struct sort_attributes){n, k, down}

static const struct sample samples[] = {
    {.in_count = 1, .shape = {{2, {3, 7}}}, AT(1, 7, false)},
    {.in_count = 1, .shape = {{2, {7, 3}}}, AT(0, 7, true)},
    {.in_count = 1, .shape = {{2, {2, 90}}}, AT(1, 90, true)},
    {.in_count = 1, .shape = {{3, {2, 90, 3}}}, AT(1, 4, true)},
    {.in_count = 1, .shape = {{1, {300}}}, AT(0, 3, false)},
    {.in_count = 1, .shape = {{1, {1}}}, AT(0, 1, false)},
    {.in_count = 1, .shape = {{2, {3, 0}}}, AT(1, 0, false)},
    {.in_count = 1, .shape = {{2, {0, 3}}}, AT(1, 2, false)},
};
/* clang-format on */

const struct op op_sort = {.name = "sort",
                           .doc = "the first so many along an axis in order, and their places; "
                                  "equal ones stay in order, a NaN is the largest",
                           .inputs = "x",
                           .formula = "y[k] = x[place[k]], y[k] <= y[k+1]; descending: >=",
                           FIELDS(fields),
                           .attribute_size = sizeof(struct sort_attributes),
                           .in_min = 1,
                           .in_max = 1,
                           .results = 2,
                           .infer = infer,
                           .gradient = gradient,
                           .naive = along_naive,
                           SAMPLES(samples)};
