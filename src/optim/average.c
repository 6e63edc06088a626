/* Moving averages of weights (Polyak and Juditsky 1992): less noise than the last step's.
 *
 *     average = d average + (1 - d) weight,   d = min(decay, (1 + t) / (10 + t))
 *
 * with t the runs made before, so that a short training is not held at its beginning; in the first
 * run the average is the weight. */
#include "optim/average.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "core/graph.h"

/* The name of a variable's average, in the graph's arena; NULL without memory. */
static const char *average_name(ad_graph *graph, const char *name)
{
    return arena_format(&graph->arena, "average.%s", name);
}

ad_tensor *average_of(const ad_tensor *variable)
{
    const char *name = ad_tensor_name(variable);
    size_t size = strlen(name) + sizeof "average.";
    char *full = ad_trainable(variable) ? memory_zeroed(memory_default(), size) : NULL;
    if (!full)
        return NULL;
    snprintf(full, size, "average.%s", name);
    ad_tensor *average = ad_find(ad_tensor_graph(variable), full);
    memory_free(memory_default(), full, size);
    return average;
}

/* Runs of step so far; named after the first variable that is averaged. */
static ad_tensor *count_runs(ad_tensor *step, const ad_tensor *first)
{
    ad_graph *graph = ad_tensor_graph(step);
    const char *name = arena_format(&graph->arena, "average.%s.runs", ad_tensor_name(first));
    ad_tensor *zero = ad_full(graph, AD_I64, AD_SCALAR, 0);
    ad_tensor *runs = name ? graph_variable(graph, NULL, name, zero, AD_ROLE_COUNTER) : zero;
    if (name)
        ad_assign(step, runs, ad_add(runs, ad_full(graph, AD_I64, AD_SCALAR, 1)));
    return runs;
}

/* d of this run: f64, rank 0. */
static ad_tensor *decay_now(ad_tensor *runs, double decay)
{
    ad_graph *graph = ad_tensor_graph(runs);
    ad_tensor *t = ad_cast(runs, AD_F64), *one = ad_full(graph, AD_F64, AD_SCALAR, 1);
    ad_tensor *ten = ad_full(graph, AD_F64, AD_SCALAR, 10);
    ad_tensor *most = ad_full(graph, AD_F64, AD_SCALAR, decay);
    return ad_minimum(most, ad_div(ad_add(t, one), ad_add(t, ten)));
}

static void keep(ad_tensor *step, ad_tensor *variable, ad_tensor *decay, ad_tensor *first)
{
    ad_graph *graph = ad_tensor_graph(step);
    ad_type type = ad_tensor_type(variable);
    const char *name = average_name(graph, ad_tensor_name(variable));
    if (!name)
        return;
    ad_tensor *zeros = ad_full(graph, type, ad_tensor_shape(variable), 0);
    ad_tensor *average = ad_buffer(graph, name, zeros), *weight = ad_pending(variable);
    ad_tensor *d = ad_cast(decay, type);
    /* weight + d (average - weight) */
    ad_tensor *next = ad_add(weight, ad_mul(d, ad_sub(average, weight)));
    ad_assign(step, average, ad_where(first, weight, next));
}

ad_tensor *ad_average(ad_tensor *step, double decay)
{
    ad_graph *graph = ad_tensor_graph(step);
    if (graph_is_poison(step))
        return step;
    if (!(decay >= 0 && decay < 1))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_average: the decay is %g; it is from 0 to below 1", decay);
    int count = ad_variable_count(graph);
    ad_tensor *d = NULL, *first = NULL;
    for (int i = 0; i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        if (!ad_trainable(v) || average_of(v))
            continue;
        if (!d) {
            ad_tensor *runs = count_runs(step, v);
            d = decay_now(runs, decay);
            first = ad_equal(runs, ad_full(graph, AD_I64, AD_SCALAR, 0));
        }
        keep(step, v, d, first);
    }
    return step;
}

bool *average_needed(const ad_tensor *y)
{
    ad_graph *graph = y->node->graph;
    bool *needed = arena_array(&graph->arena, (size_t)y->node->id + 1, sizeof *needed);
    if (!needed)
        return NULL;
    memset(needed, 0, ((size_t)y->node->id + 1) * sizeof *needed);
    needed[y->node->id] = true;
    for (int id = y->node->id; id >= 0; id--)
        for (int i = 0; needed[id] && i < graph->nodes[id]->in_count; i++)
            needed[graph->nodes[id]->in[i]->node->id] = true;
    return needed;
}

ad_tensor *ad_averaged(ad_tensor *y)
{
    ad_graph *graph = ad_tensor_graph(y);
    int count = graph_is_poison(y) ? 0 : ad_variable_count(graph), kept = 0;
    ad_tensor **list = count ? arena_array(&graph->arena, 2 * (size_t)count, sizeof *list) : NULL;
    const bool *needed = list ? average_needed(y) : NULL;
    for (int i = 0; needed && i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i), *average = average_of(v);
        if (average && v->node->id <= y->node->id && needed[v->node->id])
            list[kept] = v, list[count + kept++] = average;
    }
    return kept ? ad_call(y, list, list + count, kept) : y;
}
