/* Calls that put elements into another place or shape, built of reshape, expand, slice, concat. */
#include "op/more/arrange.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

/* ---- what they share */

ad_tensor *arrange_fail(const char *call, ad_tensor *x, ad_status status, const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ad_graph *graph = x->node->graph;
    return graph_poison(graph, status, "%s: %s; x is %s", call, text,
                        graph_shape_text(graph, &x->shape));
}

ad_tensor *arrange_rank(const char *call, ad_tensor *x, int low, int high)
{
    ad_tensor *poison = graph_check(ad_tensor_graph(x), call, &x, 1);
    if (poison || (x->shape.rank >= low && x->shape.rank <= high))
        return poison;
    return arrange_fail(call, x, AD_ERROR_SHAPE, "it takes %d to %d axes", low, high);
}

ad_tensor *arrange_check(const char *call, ad_tensor *x, int *axis, int more)
{
    ad_tensor *poison = arrange_rank(call, x, 1 - more, AD_RANK_MAX - more);
    int plain = poison ? 0 : graph_axis(*axis, x->shape.rank + more);
    if (plain < 0)
        return arrange_fail(call, x, AD_ERROR_SHAPE, "there is no axis %d", *axis);
    *axis = plain;
    return poison;
}

ad_tensor *arrange_as(const struct op *op, ad_tensor *x, const ad_shape *shape)
{
    return graph_node1(op, &(struct reshape_attributes){*shape}, x);
}

ad_tensor *arrange_rows(const struct op *op, ad_tensor *x, ad_dim a, ad_dim b, ad_dim c)
{
    return arrange_as(op, x, &(ad_shape){3, {a, b, c}});
}

ad_tensor *arrange_order(ad_tensor *x, const ad_axes *order)
{
    return graph_node1(&op_transpose, &(struct transpose_attributes){*order}, x);
}

void arrange_insert(ad_shape *shape, int axis, ad_dim size)
{
    for (int i = shape->rank++; i > axis; i--)
        shape->size[i] = shape->size[i - 1];
    shape->size[axis] = size;
}

/* ---- axes of size 1 */

ad_tensor *ad_unsqueeze(ad_tensor *x, int axis)
{
    ad_tensor *poison = arrange_check("ad_unsqueeze", x, &axis, 1);
    if (poison)
        return poison;
    ad_shape shape = x->shape;
    arrange_insert(&shape, axis, 1);
    return arrange_as(&op_reshape, x, &shape);
}

/* The axes as a set, -1 for AD_ALL; poison where one is none of x, or comes twice. */
static ad_tensor *axis_set(const char *call, ad_tensor *x, const ad_axes *axes, int *set)
{
    ad_tensor *poison = arrange_rank(call, x, 0, AD_RANK_MAX);
    *set = axes->count < 0 ? -1 : 0;
    for (int i = 0; i < axes->count && i < AD_RANK_MAX && !poison; i++) {
        int axis = axes->axis[i];
        poison = arrange_check(call, x, &axis, 0);
        if (!poison && *set >> axis & 1)
            poison = arrange_fail(call, x, AD_ERROR_SHAPE, "axis %d comes twice", axis);
        *set |= 1 << axis;
    }
    return poison;
}

ad_tensor *ad_squeeze(ad_tensor *x, ad_axes axes)
{
    int set;
    ad_shape shape = {0};
    ad_tensor *poison = axis_set("ad_squeeze", x, &axes, &set);
    for (int i = 0; !poison && i < x->shape.rank; i++) {
        ad_dim size = x->shape.size[i];
        if (!(set >> i & 1) || (set < 0 && size != 1))
            shape.size[shape.rank++] = size;
        else if (size != 1)
            poison = arrange_fail("ad_squeeze", x, AD_ERROR_SHAPE, "axis %d is not of size 1", i);
    }
    return poison ? poison : arrange_as(&op_reshape, x, &shape);
}

/* ---- several tensors */

ad_tensor *ad_stack(ad_tensor *const *parts, int count, int axis)
{
    if (!parts || count < 1)
        return graph_poison(NULL, AD_ERROR_ARGUMENT, "ad_stack: there are no parts");
    ad_graph *graph = ad_tensor_graph(parts[0]);
    ad_tensor *poison = graph_check(graph, "ad_stack", parts, count);
    poison = poison ? poison : arrange_check("ad_stack", parts[0], &axis, 1);
    if (poison)
        return poison;
    GRAPH_HOLD(graph);
    ad_tensor **all = arena_array(&graph->arena, (size_t)count, sizeof *all);
    for (int i = 0; all && i < count; i++)
        all[i] = ad_unsqueeze(parts[i], axis);
    return all ? ad_concat(all, count, axis) : graph_passed(graph, "ad_stack", AD_ERROR_MEMORY);
}

/* What stands for AD_INFER, or for every part where there are no sizes; AD_INFER where the parts
 * are not the axis. */
static ad_dim part_left(ad_graph *graph, ad_dim size, const ad_dim *sizes, int count)
{
    ad_dim sum = 0;
    int infer = 0;
    for (int i = 0; sizes && i < count; i++)
        if (sizes[i] == AD_INFER)
            infer++;
        else if (dim_is_known(graph, sizes[i]))
            sum = dim_add(graph, sum, sizes[i]);
        else
            return AD_INFER;
    bool fits = infer == 1 && (size < 0 || sum <= size); /* open sizes are below 0 */
    if (!sizes)
        return dim_exact_div(graph, size, count);
    return fits || (!infer && sum == size) ? dim_sub(graph, size, sum) : AD_INFER;
}

void ad_split_axis(ad_tensor *x, int axis, const ad_dim *sizes, int count, ad_tensor **parts)
{
    ad_dim rest = 0, begin = 0;
    ad_tensor *poison = arrange_check("ad_split_axis", x, &axis, 0);
    if (!poison)
        rest = count < 1 ? AD_INFER : part_left(x->node->graph, x->shape.size[axis], sizes, count);
    if (rest == AD_INFER)
        poison = arrange_fail("ad_split_axis", x, AD_ERROR_SHAPE,
                              "axis %d is not %d %s; one may be AD_INFER, what is left", axis,
                              count, sizes ? "parts of these sizes" : "equal parts");
    for (int i = 0; i < count; i++) {
        ad_dim size = !sizes || sizes[i] == AD_INFER ? rest : sizes[i];
        parts[i] = poison ? poison : shape_slice(x, axis, begin, size, 1);
        begin = poison ? 0 : dim_add(x->node->graph, begin, size);
    }
}

/* ---- along axes */

ad_tensor *ad_flip(ad_tensor *x, ad_axes axes)
{
    int set;
    ad_tensor *y = x, *poison = axis_set("ad_flip", x, &axes, &set);
    for (int i = 0; !poison && i < x->shape.rank; i++) {
        ad_dim size = x->shape.size[i];
        if ((set >> i & 1) && size)
            y = shape_slice(y, i, dim_sub(x->node->graph, size, 1), size, -1);
    }
    return poison ? poison : y;
}

ad_tensor *ad_roll(ad_tensor *x, int64_t shift, int axis)
{
    ad_tensor *poison = arrange_check("ad_roll", x, &axis, 0);
    if (poison)
        return poison;
    ad_dim size = x->shape.size[axis];
    ad_graph *graph = x->node->graph;
    if (!dim_is_open(size))
        shift = size ? shift % size : 0;
    if (!shift)
        return x;
    if (shift > (int64_t)1 << SIZE_BITS || shift < -((int64_t)1 << SIZE_BITS))
        return arrange_fail("ad_roll", x, AD_ERROR_ARGUMENT, "a shift of %lld", (long long)shift);
    ad_dim cut = shift < 0 ? -shift : dim_sub(graph, size, shift);
    ad_dim rest = dim_sub(graph, size, cut);
    ad_tensor *halves[] = {shape_slice(x, axis, cut, rest, 1), shape_slice(x, axis, 0, cut, 1)};
    return ad_concat(halves, 2, axis);
}

/* Every run of the axes from `from` on, as often as that. */
static ad_tensor *repeated(const char *call, ad_tensor *x, int axis, int from, ad_dim times)
{
    ad_graph *graph = x->node->graph;
    if (!dim_is_known(graph, times))
        return arrange_fail(call, x, AD_ERROR_ARGUMENT, "%lld times", (long long)times);
    if (times == 1 || graph_is_poison(x))
        return x;
    ad_shape shape = x->shape;
    ad_dim before = dim_product(graph, &shape, 0, from);
    ad_dim run = dim_product(graph, &shape, from, shape.rank);
    shape.size[axis] = dim_mul(graph, shape.size[axis], times);
    ad_tensor *rows = arrange_rows(&op_reshape, x, before, 1, run);
    return arrange_as(&op_reshape, arrange_rows(&op_expand, rows, before, times, run), &shape);
}

ad_tensor *ad_repeat(ad_tensor *x, ad_shape times)
{
    static const char *const call = "ad_repeat";
    ad_tensor *poison = arrange_rank(call, x, 0, times.rank);
    if (poison)
        return poison;
    ad_shape shape = x->shape;
    while (shape.rank < times.rank && shape.rank < AD_RANK_MAX)
        arrange_insert(&shape, 0, 1);
    x = arrange_as(&op_reshape, x, &shape);
    for (int i = shape.rank - 1; i >= 0; i--)
        x = repeated(call, x, i, i, times.size[i]);
    return x;
}

ad_tensor *ad_repeat_interleave(ad_tensor *x, ad_dim repeats, int axis)
{
    static const char *const call = "ad_repeat_interleave";
    ad_tensor *poison = arrange_check(call, x, &axis, 0);
    return poison ? poison : repeated(call, x, axis, axis + 1, repeats);
}
