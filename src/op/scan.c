/* The record of scan: shapes and results.  Its gradient is in scan_gradient.c, the public calls in
 * loop.c. */
#include "op/scan.h"

#include <string.h>

#include "base/error.h"
#include "op/scan_gradient.h"

static const struct field fields[] = {
    FIELD(scan_attributes, body, BODY, 0), FIELD(scan_attributes, slices, INT, 0),
    FIELD(scan_attributes, carries, INT, 0), FIELD(scan_attributes, reverse, BOOL, 0),
    FIELD(scan_attributes, index, BOOL, 0)};

ad_shape scan_stack_shape(const ad_shape *step, ad_dim time)
{
    ad_shape all = {.rank = step->rank + 1};
    int axis = step->rank ? 1 : 0;
    for (int i = 0; i < all.rank; i++)
        all.size[i] = i < axis ? step->size[i] : i == axis ? time : step->size[i - 1];
    return all;
}

ad_shape scan_step_shape(const ad_shape *all)
{
    ad_shape step = {.rank = all->rank - 1};
    for (int i = 0; i < step.rank; i++)
        step.size[i] = all->size[i < 1 ? i : i + 1];
    return step;
}

static int result_count(const void *attributes)
{
    const struct scan_attributes *a = attributes;
    return a->body->output_count;
}

/* Time is axis 1, or the only axis of a value that has rank 0 at each step. */
static ad_dim steps_of(const ad_tensor *slice)
{
    return slice->shape.size[slice->shape.rank > 1 ? 1 : 0];
}

static ad_status infer(struct infer *f)
{
    const struct scan_attributes *a = f->attributes;
    if (!a->slices || !f->in[0]->shape.rank)
        return fail(AD_ERROR_SHAPE,
                    "a scan needs an input (batch, time, ...) that says how many steps there are");
    ad_dim time = steps_of(f->in[0]);
    for (int i = 0; i < a->slices; i++)
        if (!f->in[i]->shape.rank || steps_of(f->in[i]) != time)
            return fail(AD_ERROR_SHAPE,
                        "inputs 1 and %d have different numbers of steps; pad them to one length",
                        i + 1);
    for (int i = 0; i < f->out_count; i++) {
        const ad_tensor *t = a->body->outputs[i];
        ad_shape step = t->shape;
        if (step.rank == AD_RANK_MAX && i >= a->carries)
            return fail(AD_ERROR_SHAPE,
                        "a value of rank %d in the body of a scan; it has no room for a time axis",
                        step.rank);
        f->type[i] = t->type;
        f->shape[i] = i < a->carries ? step : scan_stack_shape(&step, time);
    }
    return AD_OK;
}

const struct op op_scan = {.name = "scan",
                           .doc = "a body graph over the time axis",
                           .inputs = "slices (batch, time, ...), carries, captures",
                           .formula = "carry[t + 1], y[t] = body(slices[t], carry[t], captures)",
                           FIELDS(fields),
                           .attribute_size = sizeof(struct scan_attributes),
                           .in_min = 1,
                           .in_max = -1,
                           .results = -1,
                           .result_count = result_count,
                           .infer = infer,
                           .gradient = scan_gradient};

int scan_stack_of(const ad_graph *body, const ad_tensor *of_body, int carries)
{
    for (int i = carries; i < body->output_count; i++)
        if (body->outputs[i] == of_body)
            return i;
    return -1;
}

static int count_results(const ad_graph *body)
{
    int count = 0;
    for (int i = 0; i < body->count; i++)
        if (body->nodes[i]->op != &op_feed)
            count += body->nodes[i]->out_count;
    return count;
}

/* Outputs: next carries (given), carries as found, results of all nodes. */
static bool add_stacks(ad_graph *body, const struct scan_attributes *a)
{
    int count = 2 * (int)a->carries + count_results(body), n = 0;
    ad_tensor **outputs = arena_array(&body->arena, (size_t)count + 1, sizeof *outputs);
    if (!outputs)
        return false;
    for (; n < a->carries; n++)
        outputs[n] = body->outputs[n];
    for (int i = 0; i < a->carries; i++)
        outputs[n++] = body->inputs[a->slices + i];
    for (int i = 0; i < body->count; i++)
        for (int j = 0; body->nodes[i]->op != &op_feed && j < body->nodes[i]->out_count; j++)
            outputs[n++] = &body->nodes[i]->out[j];
    body->outputs = outputs;
    body->output_count = count;
    return true;
}

ad_tensor *scan_make(ad_graph *graph, ad_graph *body, const struct scan_attributes *attributes,
                     ad_tensor *const *in, int in_count)
{
    struct scan_attributes a = *attributes;
    a.body = body;
    if (!add_stacks(body, &a))
        return graph_poison(graph, AD_ERROR_MEMORY, "scan: out of memory");
    if (!body->output_count)
        return in[0];
    return graph_node(graph, &op_scan, &a, in, in_count);
}
