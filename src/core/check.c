/* What a graph has to be. */
#include "core/check.h"

#include <string.h>

#include "base/error.h"

/* ---- attributes */

static ad_status wrong(const struct field *field, const char *what)
{
    return fail(AD_ERROR_ARGUMENT, "attribute '%s' %s", field->name, what);
}

/* low == high: any number will do. */
static ad_status check_range(const struct field *field, double value)
{
    if (field->low == field->high || (value >= field->low && value <= field->high))
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT, "attribute '%s' is %g, and has to be %g to %g", field->name,
                value, field->low, field->high);
}

static ad_status check_type(ad_type type)
{
    if ((unsigned)type < AD_TYPE_COUNT)
        return AD_OK;
    return fail(AD_ERROR_TYPE, "%d is no element type; see ad_type", (int)type);
}

/* A code that this graph has no size for must not be looked up. */
static bool is_code_of(const ad_graph *graph, ad_dim dim)
{
    return dim != AD_INFER && (!dim_is_open(dim) || dim_is_known(graph, dim));
}

static ad_status check_shape(const ad_graph *graph, const struct field *field,
                             const ad_shape *shape)
{
    if (shape->rank < 0 || shape->rank > AD_RANK_MAX)
        return wrong(field, "has more axes than a shape can have");
    for (int i = 0; i < shape->rank; i++)
        if (!is_code_of(graph, shape->size[i]))
            return wrong(field, "has a size of another graph");
    return AD_OK;
}

static ad_status check_array(const ad_graph *graph, const struct field *field,
                             const ad_array *array)
{
    TRY(check_shape(graph, field, &array->shape));
    TRY(check_type(array->type));
    for (int i = 0; i < array->shape.rank; i++)
        if (array->shape.size[i] < 0)
            return wrong(field, "is an array whose sizes are no numbers");
    if (!shape_fits(&array->shape))
        return wrong(field, "is an array of more elements than there can be");
    if (!array->data && ad_array_count(array))
        return wrong(field, "is an array without data");
    return AD_OK;
}

static ad_status check_body(const ad_graph *graph, const struct field *field, const ad_graph *body)
{
    if (!body)
        return wrong(field, "is missing: there is no body");
    if (graph_body_number(graph, body) < 0)
        return wrong(field, "is a body of another graph");
    return AD_OK;
}

static ad_status check_custom(const struct field *field, const ad_custom_op *op)
{
    return op->name && op->value && op->results >= 0 ? AD_OK : wrong(field, "is incomplete");
}

static ad_status check_field(const ad_graph *graph, const struct field *field, const void *member)
{
    switch (field->kind) {
    case FIELD_INT: return check_range(field, (double)*(const int64_t *)member);
    case FIELD_NUMBER: return check_range(field, *(const double *)member);
    case FIELD_TYPE: return check_type(*(const ad_type *)member);
    case FIELD_DIM:
        return is_code_of(graph, *(const ad_dim *)member)
                   ? AD_OK
                   : wrong(field, "is no size of this graph");
    case FIELD_SHAPE: return check_shape(graph, field, member);
    case FIELD_AXES:
        return ((const ad_axes *)member)->count <= AD_RANK_MAX
                   ? AD_OK
                   : wrong(field, "names more axes than a shape can have");
    case FIELD_ARRAY: return check_array(graph, field, member);
    case FIELD_BODY: return check_body(graph, field, *(const ad_graph *const *)member);
    case FIELD_CUSTOM: return check_custom(field, member);
    case FIELD_BOOL:
    case FIELD_TEXT: return AD_OK;
    }
    return AD_OK;
}

static const void *member_of(const void *attributes, const struct field *field)
{
    return (const char *)attributes + field->offset;
}

ad_status check_node(const ad_graph *graph, const struct op *op, const void *attributes,
                     int in_count)
{
    if (in_count < op->in_min || (op->in_max >= 0 && in_count > op->in_max))
        return fail(AD_ERROR_ARGUMENT, "%d inputs; it takes %d%s", in_count, op->in_min,
                    op->in_max < 0            ? " or more"
                    : op->in_max > op->in_min ? " or some more"
                                              : "");
    if (op->field_count && !attributes)
        return fail(AD_ERROR_ARGUMENT, "there are no attributes");
    for (int i = 0; i < op->field_count; i++)
        TRY(check_field(graph, &op->fields[i], member_of(attributes, &op->fields[i])));
    return AD_OK;
}

static ad_status check_field_sizes(const ad_graph *graph, const struct field *field,
                                   const void *member)
{
    const ad_shape *shape = member;
    const ad_axes *axes = member;
    if (field->kind == FIELD_DIM && !dim_is_known(graph, *(const ad_dim *)member))
        return wrong(field, "is below zero");
    for (int i = 0; field->kind == FIELD_SHAPE && i < shape->rank; i++)
        if (!dim_is_known(graph, shape->size[i]))
            return wrong(field, "has a size below zero");
    for (int i = 0; field->kind == FIELD_AXES && i < axes->count; i++)
        if (axes->axis[i] < 0 || axes->axis[i] >= AD_RANK_MAX)
            return wrong(field, "names an axis that no shape has");
    return AD_OK;
}

ad_status check_sizes(const ad_graph *graph, const struct op *op, const void *attributes)
{
    for (int i = 0; i < op->field_count; i++)
        TRY(check_field_sizes(graph, &op->fields[i], member_of(attributes, &op->fields[i])));
    return AD_OK;
}

/* ---- the whole */

static bool is_in(const ad_graph *graph, const ad_tensor *t)
{
    const struct node *node = t ? t->node : NULL;
    return node && node->graph == graph && node->id >= 0 && node->id < graph->count &&
           graph->nodes[node->id] == node && t->index >= 0 && t->index < node->out_count &&
           t == &node->out[t->index];
}

static ad_status check_inputs(const ad_graph *graph, const struct node *node)
{
    for (int i = 0; i < node->in_count; i++)
        if (!is_in(graph, node->in[i]) || node->in[i]->node->id >= node->id)
            return fail(AD_ERROR_ARGUMENT, "input %d was not made before it", i + 1);
    if (node->device < 0 || node->device >= graph->context->devices)
        return fail(AD_ERROR_ARGUMENT, "it lies on a device that the context does not have");
    return AD_OK;
}

/* What the shape rule finds is what the node has. */
static ad_status check_results(ad_graph *graph, const struct node *node, struct arena *scratch)
{
    size_t n = (size_t)node->out_count + 1;
    ad_type *types = arena_array(scratch, n, sizeof *types);
    ad_shape *shapes = arena_array(scratch, n, sizeof *shapes);
    if (!types || !shapes)
        return AD_ERROR_MEMORY;
    struct infer infer = {graph,          node->op, node->attributes, node->in,
                          node->in_count, types,    shapes,           node->out_count};
    TRY(node->op->infer(&infer));
    for (int i = 0; i < node->out_count; i++)
        if (types[i] != node->out[i].type || !graph_shapes_equal(&shapes[i], &node->out[i].shape))
            return fail(AD_ERROR_SHAPE, "result %d is %s %s, and the shape rule says %s %s", i,
                        ad_type_name(node->out[i].type),
                        graph_shape_text(graph, &node->out[i].shape), ad_type_name(types[i]),
                        graph_shape_text(graph, &shapes[i]));
    return AD_OK;
}

static ad_status check_one(ad_graph *graph, int id, struct arena *scratch)
{
    const struct node *node = graph->nodes[id];
    if (node->id != id || node->graph != graph || !node->op->infer)
        return fail(AD_ERROR_ARGUMENT, "it is not where its number says");
    TRY(check_inputs(graph, node));
    TRY(check_node(graph, node->op, node->attributes, node->in_count));
    TRY(check_sizes(graph, node->op, node->attributes));
    return check_results(graph, node, scratch);
}

static ad_status check_ends(const ad_graph *graph)
{
    for (int i = 0; i < graph->variable_count; i++)
        if (!is_in(graph, graph->variables[i]) || !graph_is(graph->variables[i], &op_variable))
            return fail(AD_ERROR_ARGUMENT, "variable %d of the list is none", i);
    for (int i = 0; i < graph->input_count; i++)
        if (!is_in(graph, graph->inputs[i]) || !graph_is(graph->inputs[i], &op_feed))
            return fail(AD_ERROR_ARGUMENT, "input %d of the body is no feed of it", i);
    for (int i = 0; i < graph->output_count; i++)
        if (!is_in(graph, graph->outputs[i]))
            return fail(AD_ERROR_ARGUMENT, "output %d of the body is not made in it", i);
    return AD_OK;
}

/* What a pending node may stand for is assigned to its variable, and was made before it. */
static ad_status check_pending(const ad_graph *graph, const struct node *node)
{
    const struct pending_attributes *p = node->attributes;
    const struct assignment *a = NULL;
    if (p->made > graph->assign_count)
        return fail(AD_ERROR_ARGUMENT, "node %%%d goes on from assignment %d, of %d", node->id,
                    (int)p->made, graph->assign_count);
    for (int i = (int)p->made; i; i = a->before) {
        a = &graph->assigns[i - 1];
        if (a->variable != node->in[0] || a->value->node->id >= node->id)
            return fail(AD_ERROR_ARGUMENT,
                        "node %%%d goes on from assignment %d, which is of another variable or not "
                        "made before",
                        node->id, i);
    }
    return AD_OK;
}

static ad_status check_assignments(const ad_graph *graph)
{
    for (int i = 0; i < graph->count; i++)
        if (graph->nodes[i]->op == &op_pending)
            TRY(check_pending(graph, graph->nodes[i]));
    for (int i = 0; i < graph->assign_count; i++) {
        const struct assignment *a = &graph->assigns[i];
        bool there = is_in(graph, a->variable) && is_in(graph, a->value) && a->owner &&
                     a->owner->graph == graph;
        if (!there || !graph_is(a->variable, &op_variable) || a->variable->type != a->value->type ||
            !graph_shapes_equal(&a->variable->shape, &a->value->shape))
            return fail(AD_ERROR_ARGUMENT, "assignment %d does not fit its variable", i);
    }
    return AD_OK;
}

static ad_status check_nodes(ad_graph *graph)
{
    struct arena scratch;
    ad_status status = AD_OK;
    arena_init(&scratch, &graph->context->allocator);
    for (int i = 0; status == AD_OK && i < graph->count; i++) {
        status = check_one(graph, i, &scratch);
        if (status != AD_OK)
            fail(status, "node %%%d, %s: %s", i, graph->nodes[i]->op->name, ad_error());
    }
    arena_done(&scratch);
    return status;
}

ad_status check_graph(ad_graph *graph)
{
    if (graph->failed)
        return fail(AD_ERROR_MEMORY, "out of memory while the graph was built");
    if (graph->poison)
        return fail(graph_poison_status(graph->poison), "%s", ad_tensor_error(graph->poison));
    for (int i = 0; i < graph->body_count; i++)
        TRY(check_graph(graph->bodies[i]));
    TRY(check_nodes(graph));
    TRY(check_ends(graph));
    return check_assignments(graph);
}
