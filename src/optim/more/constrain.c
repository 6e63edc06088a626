/* What keeps weights small or apart: proximal steps, norms of rows, orthogonality; more.h has the
 * formulas. */
#include <math.h>

#include "base/option.h"
#include "base/text.h"
#include "core/graph.h"
#include "op/rows.h"

/* Norms of rows, the first axis kept; of a number or vector each element is a row. */
static ad_tensor *row_norm(ad_tensor *w)
{
    if (w->shape.rank < 2)
        return ad_abs(w);
    ad_axes axes = {.count = w->shape.rank - 1};
    for (int i = 0; i < axes.count; i++)
        axes.axis[i] = i + 1;
    ad_reduce_options keep = AD_OPTIONS(ad_reduce_options, .keep = true);
    return ad_sqrt(ad_sum(ad_square(w), axes, &keep));
}

static double row_elements(const ad_tensor *w)
{
    double count = 1;
    for (int i = 1; i < w->shape.rank; i++)
        count *= (double)w->shape.size[i];
    return count;
}

/* max(x - by, 0) */
static ad_tensor *less(ad_tensor *x, ad_tensor *by)
{
    return ad_relu(ad_sub(x, by));
}

/* w by above / below, 0 where below is 0 */
static ad_tensor *by_ratio(ad_tensor *w, ad_tensor *above, ad_tensor *below)
{
    ad_tensor *zero = rows_number(below, 0);
    return ad_mul(w, ad_where(ad_equal(below, zero), zero, ad_div(above, below)));
}

static ad_tensor *constrained(ad_tensor *w, const ad_constraint_options *o, ad_tensor *rate)
{
    rate = ad_cast(rate, w->type);
    if (o->l1 > 0)
        w = ad_mul(ad_sign(w), less(ad_abs(w), ad_scale(rate, o->l1)));
    if (o->l2 > 0)
        w = ad_div(w, ad_shift(ad_scale(rate, o->l2), 1));
    if (o->group > 0) {
        ad_tensor *norm = row_norm(w);
        w = by_ratio(w, less(norm, ad_scale(rate, o->group * sqrt(row_elements(w)))), norm);
    }
    if (o->max_norm > 0) {
        ad_tensor *norm = row_norm(w), *most = rows_number(norm, o->max_norm);
        w = ad_where(ad_greater(norm, most), by_ratio(w, most, norm), w);
    }
    return w;
}

static bool from_zero(double x)
{
    return x >= 0 && x < 1e300;
}

ad_tensor *ad_constrain(ad_tensor *step, const ad_constraint_options *options)
{
    ad_graph *graph = ad_tensor_graph(step);
    GRAPH_HOLD(graph);
    ad_constraint_options o = AD_OPTIONS(ad_constraint_options);
    ad_tensor *poison =
        graph_passed(graph, "ad_constrain", options_read(ad_constraint_options, &o, options));
    if (poison || graph_is_poison(step))
        return poison ? poison : step;
    if (!from_zero(o.rate) || !from_zero(o.l1) || !from_zero(o.l2) || !from_zero(o.group) ||
        !from_zero(o.max_norm) || !o.match)
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_constrain: .rate, .l1, .l2, .group and .max_norm are numbers from "
                            "0 up, and .match a pattern");
    ad_tensor *rate = o.rate_tensor ? o.rate_tensor : ad_number(graph, AD_F64, o.rate);
    int count = ad_variable_count(graph), matched = 0;
    for (int i = 0; i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        if (!ad_trainable(v) || !text_matches(o.match, v->name))
            continue;
        ad_assign(step, v, constrained(ad_pending(v), &o, rate));
        matched++;
    }
    return matched ? step
                   : graph_poison(graph, AD_ERROR_ARGUMENT,
                                  "ad_constrain: .match, '%s', matches no variable that can be "
                                  "trained; a pattern is for the full name, with * for any text",
                                  o.match);
}

ad_tensor *ad_orthogonal_penalty(ad_tensor *w)
{
    ad_graph *graph = ad_tensor_graph(w);
    GRAPH_HOLD(graph);
    if (graph_is_poison(w))
        return w;
    if (w->shape.rank != 2 || w->shape.size[0] < 0 || w->shape.size[1] < 0)
        return graph_poison(graph, AD_ERROR_SHAPE, "ad_orthogonal_penalty: w is %s, not a matrix",
                            graph_shape_text(graph, &w->shape));
    ad_tensor *turned = ad_transpose(w, AD_AXES(1, 0));
    bool tall = w->shape.size[0] > w->shape.size[1];
    ad_tensor *gram = tall ? ad_matmul(turned, w) : ad_matmul(w, turned);
    ad_dim n = gram->shape.size[0];
    ad_tensor *one = ad_one_hot(ad_range(graph, AD_I32, n), n, w->type);
    return ad_sum(ad_square(ad_sub(gram, one)), AD_ALL, NULL);
}
