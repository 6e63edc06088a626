/* Assignments, and what a variable holds after those that a program makes.
 *
 * A graph may hold assignments to one variable by many owners, of which each program needs a few:
 * the two players of a GAN each train by a program of their own, a net that is applied twice moves
 * its averages twice.  So a value that goes on from the assignments before it (a moving average, an
 * update) does not read the value of one of them; it reads a pending node, which stands for the
 * last one before it whose owner the program needs, or for the variable where there is none.  What
 * it stands for is settled when a program is compiled (run/work.c). */
#include "base/error.h"
#include "base/list.h"
#include "core/graph.h"

static const struct field fields[] = {FIELD_IN(pending_attributes, made, INT, 0, 0, INT32_MAX)};

static ad_status infer(struct infer *f)
{
    if (!graph_is(f->in[0], &op_variable))
        return fail(AD_ERROR_ARGUMENT, "%s is no variable", f->in[0]->node->op->name);
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

const struct op op_pending = {
    .name = "pending",
    .doc = "what a variable holds after the assignments before this one that a program makes",
    .inputs = "v: a variable",
    .formula = "y = what v will hold",
    FIELDS(fields),
    .attribute_size = sizeof(struct pending_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = infer,
    .no_gradient = "it is what a run leaves behind"};

ad_tensor *graph_pending(const ad_graph *graph, const struct node *node, const bool *needed,
                         int assigns)
{
    const struct pending_attributes *p = node->attributes;
    const struct assignment *a = NULL;
    for (int i = assigns ? (int)p->made : 0; i; i = a->before) {
        a = &graph->assigns[i - 1];
        if (i <= assigns && needed[a->owner->id])
            return a->value;
    }
    return node->in[0];
}

ad_tensor *ad_pending(ad_tensor *variable)
{
    if (graph_is_poison(variable))
        return variable ? variable : graph_nowhere();
    if (!graph_is(variable, &op_variable))
        return graph_poison(variable->node->graph, AD_ERROR_ARGUMENT,
                            "ad_pending: '%s', the result of %s, is no variable",
                            ad_tensor_name(variable), variable->node->op->name);
    GRAPH_HOLD(variable->node->graph);
    const struct variable_attributes *v = variable->node->attributes;
    struct pending_attributes a = {v->assigned};
    return graph_node1(&op_pending, &a, variable);
}

/* ---- assignments */

static ad_tensor *assign_mistake(ad_tensor *variable, ad_tensor *value)
{
    ad_graph *graph = variable->node->graph;
    if (!graph_is(variable, &op_variable))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_assign: '%s' %s is no variable; ad_variable or ad_buffer makes one",
                            ad_tensor_name(variable), graph_shape_text(graph, &variable->shape));
    if (variable->type != value->type || !graph_shapes_equal(&variable->shape, &value->shape))
        return graph_poison(
            graph, AD_ERROR_SHAPE,
            "ad_assign: variable '%s' is %s %s, the value %s %s; ad_cast or ad_reshape it",
            variable->name, ad_type_name(variable->type), graph_shape_text(graph, &variable->shape),
            ad_type_name(value->type), graph_shape_text(graph, &value->shape));
    return NULL;
}

ad_tensor *ad_assign(ad_tensor *owner, ad_tensor *variable, ad_tensor *value)
{
    ad_tensor *all[] = {owner, variable, value};
    ad_graph *graph = owner ? owner->node->graph : NULL;
    GRAPH_HOLD(graph);
    ad_tensor *poison = graph_check(graph, "ad_assign", all, 3);
    poison = poison ? poison : assign_mistake(variable, value);
    if (poison)
        return poison;
    if (!list_grow(&graph->context->allocator, &graph->assigns, &graph->assign_capacity,
                   graph->assign_count + 1, sizeof *graph->assigns)) {
        graph->failed = true;
        return graph->no_memory;
    }
    struct variable_attributes *v = variable->node->attributes;
    graph->assigns[graph->assign_count++] =
        (struct assignment){owner->node, variable, value, v->assigned};
    v->assigned = graph->assign_count;
    return owner;
}
