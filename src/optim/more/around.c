/* What goes around an optimizer: averages, look-ahead, SAM, noise; more.h has the formulas. */
#include "optim/average.h"

#include <math.h>

#include "core/graph.h"
#include "op/rows.h"

/* ---- SWA and look-ahead: buffers beside each trainable variable */

static ad_tensor *buffer(ad_tensor *v, const char *what, ad_type type, ad_shape shape, ad_role role)
{
    ad_graph *graph = ad_tensor_graph(v);
    const char *name = arena_format(&graph->arena, "%s.%s", what, ad_tensor_name(v));
    ad_tensor *zeros = ad_full(graph, type, shape, 0);
    return name ? graph_variable(graph, NULL, name, zeros, role) : zeros;
}

/* Runs of step so far, from 0: i64, rank 0. */
static ad_tensor *runs_of(ad_tensor *step, ad_tensor *v, const char *what)
{
    ad_tensor *runs = buffer(v, what, AD_I64, AD_SCALAR, AD_ROLE_COUNTER);
    ad_assign(step, runs, ad_add(runs, rows_number(runs, 1)));
    return runs;
}

/* The next trainable variable from *i on; NULL past the last of count. */
static ad_tensor *next_variable(ad_graph *graph, int *i, int count)
{
    while (*i < count) {
        ad_tensor *v = ad_variable_at(graph, (*i)++);
        if (ad_trainable(v))
            return v;
    }
    return NULL;
}

static ad_tensor *refuse(ad_tensor *t, const char *words)
{
    return graph_poison(ad_tensor_graph(t), AD_ERROR_ARGUMENT, "%s", words);
}

ad_tensor *ad_swa(ad_tensor *step, int64_t begin, int64_t every)
{
    ad_graph *graph = ad_tensor_graph(step);
    GRAPH_HOLD(graph);
    if (graph_is_poison(step))
        return step;
    if (begin < 0 || every < 1)
        return refuse(step, "ad_swa: begin is 0 or more, every 1 or more");
    int count = ad_variable_count(graph), i = 0;
    ad_tensor *due = NULL, *share = NULL, *v;
    while ((v = next_variable(graph, &i, count))) {
        if (!due) {
            ad_tensor *runs = ad_cast(runs_of(step, v, "swa.runs"), AD_F64);
            ad_tensor *taken = ad_scale(ad_shift(runs, -(double)begin), 1 / (double)every);
            ad_tensor *zero = rows_number(taken, 0);
            due = ad_or(ad_less(taken, zero), ad_equal(ad_floor(taken), taken));
            share = ad_reciprocal(ad_shift(ad_maximum(taken, zero), 1));
        }
        ad_tensor *mean = buffer(v, "average", v->type, v->shape, AD_ROLE_BUFFER);
        ad_tensor *off = ad_mul(ad_sub(ad_pending(v), mean), ad_cast(share, v->type));
        ad_assign(step, mean, ad_where(due, ad_add(mean, off), mean));
    }
    return step;
}

ad_tensor *ad_lookahead(ad_tensor *step, int64_t k, double alpha)
{
    ad_graph *graph = ad_tensor_graph(step);
    GRAPH_HOLD(graph);
    if (graph_is_poison(step))
        return step;
    if (k < 1 || !(alpha > 0 && alpha <= 1))
        return refuse(step, "ad_lookahead: k is 1 or more, alpha above 0 and at most 1");
    int count = ad_variable_count(graph), i = 0;
    ad_tensor *first = NULL, *due = NULL, *v;
    while ((v = next_variable(graph, &i, count))) {
        if (!first) {
            ad_tensor *runs = runs_of(step, v, "lookahead.runs");
            ad_tensor *done = ad_scale(ad_shift(ad_cast(runs, AD_F64), 1), 1 / (double)k);
            first = ad_equal(runs, rows_number(runs, 0));
            due = ad_equal(ad_floor(done), done);
        }
        ad_tensor *slot = buffer(v, "lookahead", v->type, v->shape, AD_ROLE_MEMORY);
        ad_tensor *slow = ad_where(first, v, slot), *now = ad_pending(v);
        ad_tensor *next = ad_add(slow, ad_scale(ad_sub(now, slow), alpha));
        ad_assign(step, slot, ad_where(due, next, slow));
        ad_assign(step, v, ad_where(due, next, now));
    }
    return step;
}

/* ---- the gradients of a loss */

/* The trainable variables that y is made of, in the graph's arena; count in *count. */
static ad_tensor **variables_of(ad_tensor *y, int *count)
{
    ad_graph *graph = ad_tensor_graph(y);
    const bool *needed = average_needed(y);
    int all = ad_variable_count(graph), i = 0;
    ad_tensor **list = arena_array(&graph->arena, (size_t)all + 1, sizeof *list), *v;
    *count = 0;
    while (needed && list && (v = next_variable(graph, &i, all)))
        if (v->node->id <= y->node->id && needed[v->node->id])
            list[(*count)++] = v;
    return list;
}

ad_tensor *ad_sam(ad_tensor *loss, double rho)
{
    ad_graph *graph = ad_tensor_graph(loss);
    GRAPH_HOLD(graph);
    if (graph_is_poison(loss))
        return loss;
    if (!(rho > 0 && rho < 1e300))
        return refuse(loss, "ad_sam: rho is a number above 0, 0.05 for example");
    int count;
    ad_tensor **v = variables_of(loss, &count), *square = NULL;
    ad_tensor **g = v ? arena_array(&graph->arena, 2 * (size_t)count + 1, sizeof *g) : NULL;
    if (!g || !count)
        return g ? refuse(loss, "ad_sam: the loss depends on no variable that can be trained")
                 : graph_poison(graph, AD_ERROR_MEMORY, "ad_sam: out of memory");
    ad_gradient(loss, v, count, g);
    for (int i = 0; i < count; i++) {
        ad_tensor *part = ad_sum(ad_square(ad_cast(g[i], AD_F64)), AD_ALL, NULL);
        square = square ? ad_add(square, part) : part;
    }
    /* as the paper's code: 1e-12 beside a norm of 0 */
    ad_tensor *factor = ad_scale(ad_reciprocal(ad_shift(ad_sqrt(square), 1e-12)), rho);
    for (int i = 0; i < count; i++) {
        ad_tensor *off = ad_mul(g[i], ad_cast(factor, g[i]->type));
        g[count + i] = ad_add(v[i], ad_stop_gradient(off));
    }
    return ad_call(loss, v, g + count, count);
}

/* The noise stands in a sum whose value is 0: n (w - w), of which the second w has no gradient. */
ad_tensor *ad_noisy_gradient(ad_tensor *loss, double eta, double gamma)
{
    ad_graph *graph = ad_tensor_graph(loss);
    GRAPH_HOLD(graph);
    if (graph_is_poison(loss))
        return loss;
    if (!(eta >= 0 && eta < 1e300) || !(gamma >= 0))
        return refuse(loss, "ad_noisy_gradient: eta and gamma are numbers from 0 up");
    int count;
    ad_tensor **v = variables_of(loss, &count);
    ad_tensor *t = ad_shift(ad_cast(ad_step(graph), AD_F64), 1), *sum = loss;
    ad_tensor *deviation = ad_pow(t, ad_number(graph, AD_F64, -gamma / 2));
    for (int i = 0; i < count; i++) {
        ad_tensor *noise = ad_normal(graph, v[i]->type, v[i]->shape, 0, sqrt(eta));
        noise = ad_mul(noise, ad_cast(deviation, v[i]->type));
        ad_tensor *nothing = ad_mul(noise, ad_sub(v[i], ad_stop_gradient(v[i])));
        sum = ad_add(sum, ad_cast(ad_sum(nothing, AD_ALL, NULL), loss->type));
    }
    return sum;
}
