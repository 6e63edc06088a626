/* The record of scan: shapes and results.  Its gradient is in scan_gradient.c, the public calls in
 * scan_build.c. */
#include "op/scan.h"

#include <string.h>

#include "base/error.h"
#include "op/scan_gradient.h"

static const struct field fields[] = {
    FIELD(scan_attributes, body, BODY, 0), FIELD_IN(scan_attributes, slices, INT, 0, 0, INT32_MAX),
    FIELD_IN(scan_attributes, carries, INT, 0, 0, INT32_MAX),
    FIELD(scan_attributes, reverse, BOOL, 0), FIELD(scan_attributes, index, BOOL, 0)};

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

static bool is_like(const ad_tensor *of_body, ad_type type, const ad_shape *shape)
{
    return of_body->type == type && graph_shapes_equal(&of_body->shape, shape);
}

/* Input i of the node as a step sees it; the one past the last is the index. */
static bool input_fits(const struct infer *f, int i)
{
    const struct scan_attributes *a = f->attributes;
    const ad_tensor *feed = a->body->inputs[i];
    if (!graph_is(feed, &op_feed) || feed->node->graph != a->body)
        return false;
    if (i == f->in_count)
        return is_like(feed, AD_I64, &AD_SCALAR);
    ad_shape step = i < a->slices ? scan_step_shape(&f->in[i]->shape) : f->in[i]->shape;
    return is_like(feed, f->in[i]->type, &step);
}

/* Every feed is one of the inputs, each once; what has to be kept lies outside. */
static bool has_its_feeds(const ad_graph *body)
{
    int feeds = 0;
    for (int i = 0; i < body->count; i++)
        feeds += body->nodes[i]->op == &op_feed;
    for (int i = 0; i < body->input_count; i++)
        for (int k = 0; k < i; k++)
            if (body->inputs[i] == body->inputs[k])
                return false;
    return feeds == body->input_count && !body->variable_count && !body->assign_count;
}

static ad_status check_body(const struct infer *f)
{
    const struct scan_attributes *a = f->attributes;
    const ad_graph *body = a->body;
    if (a->slices + a->carries > f->in_count || body->input_count != f->in_count + a->index)
        return fail(AD_ERROR_ARGUMENT,
                    "%lld slices and %lld carries, %d inputs, and a body that takes %d",
                    (long long)a->slices, (long long)a->carries, f->in_count, body->input_count);
    if (a->carries > body->output_count)
        return fail(AD_ERROR_ARGUMENT, "the body gives %d values, and there are %lld carries",
                    body->output_count, (long long)a->carries);
    if (!has_its_feeds(body))
        return fail(AD_ERROR_ARGUMENT, "the body has feeds that are none of its inputs, or "
                                       "variables of its own");
    for (int i = 0; i < body->input_count; i++)
        if (!input_fits(f, i))
            return fail(AD_ERROR_SHAPE, "input %d is not what the body takes at each step", i + 1);
    for (int i = 0; i < a->carries; i++) {
        const ad_tensor *first = f->in[a->slices + i];
        if (!is_like(body->outputs[i], first->type, &first->shape))
            return fail(AD_ERROR_SHAPE, "carry %d begins as %s %s and the body gives another", i,
                        ad_type_name(first->type), graph_shape_text(f->graph, &first->shape));
    }
    return AD_OK;
}

static ad_status infer(struct infer *f)
{
    const struct scan_attributes *a = f->attributes;
    if (a->slices > f->in_count)
        return fail(AD_ERROR_ARGUMENT, "%lld slices of %d inputs", (long long)a->slices,
                    f->in_count);
    if (!a->slices || !f->in[0]->shape.rank)
        return fail(AD_ERROR_SHAPE,
                    "a scan needs an input (batch, time, ...) that says how many steps there are");
    ad_dim time = steps_of(f->in[0]);
    for (int i = 0; i < a->slices; i++)
        if (!f->in[i]->shape.rank || steps_of(f->in[i]) != time)
            return fail(AD_ERROR_SHAPE,
                        "inputs 1 and %d have different numbers of steps; pad them to one length",
                        i + 1);
    TRY(check_body(f));
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
