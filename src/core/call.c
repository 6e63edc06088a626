/* ad_call: the same computation again with other inputs. */
#include "base/error.h"
#include "core/copy.h"

/* Nodes that depend on a replaced tensor, random nodes, and what goes on from assignments are
 * copied; everything else is shared. */
static void mark_changed(struct copy *copy, bool *changed)
{
    for (int id = 0; id < copy->count; id++) {
        const struct node *node = copy->from->nodes[id];
        changed[id] = node_draws(node) || node->op == &op_pending;
        if (node->op == &op_variable || node->op == &op_pending)
            continue;
        for (int i = 0; i < node->in_count; i++)
            changed[id] |= changed[node->in[i]->node->id] || copy_get(copy, node->in[i]);
    }
}

static bool share_unchanged(struct copy *copy, const bool *changed)
{
    bool ok = true;
    for (int id = 0; id < copy->count; id++)
        for (int i = 0; !changed[id] && i < copy->from->nodes[id]->out_count; i++) {
            ad_tensor *t = &copy->from->nodes[id]->out[i];
            ok = ok && (copy_get(copy, t) || copy_put(copy, t, t));
        }
    return ok;
}

/* The assignments of copied nodes are made again, on top of those made so far. */
static bool call_assignments(struct copy *copy)
{
    ad_graph *graph = copy->to;
    for (int i = 0, n = graph->assign_count; i < n; i++) {
        struct assignment a = graph->assigns[i];
        if (a.owner->id >= copy->count || !copy->needed[a.owner->id])
            continue;
        copy_need(copy, &a.value, 1);
        for (int id = 0; id < copy->count; id++)
            if (copy->needed[id] && !copy->map[id] && !copy_node(copy, copy->from->nodes[id]))
                return false;
        ad_tensor *owner = copy->map[a.owner->id][0];
        if (graph_is_poison(ad_assign(owner, a.variable, copy_get(copy, a.value))))
            return false;
    }
    return true;
}

static bool run(struct copy *copy, ad_tensor *y, ad_tensor *const *from, ad_tensor *const *to,
                int count)
{
    bool ok = true;
    for (int i = 0; ok && i < count; i++)
        ok = copy_put(copy, from[i], to[i]);
    bool *changed =
        ok ? arena_array(&copy->scratch, (size_t)copy->count + 1, sizeof *changed) : NULL;
    if (!changed)
        return false;
    mark_changed(copy, changed);
    if (!share_unchanged(copy, changed))
        return false;
    copy->fresh_streams = true;
    copy_need(copy, &y, 1);
    return copy_run(copy) && call_assignments(copy);
}

/* What is replaced has to be read by something that was copied, or be y; else the caller is wrong
 * about y.  NULL where all is well. */
static ad_tensor *check_read(const struct copy *copy, ad_tensor *y, ad_tensor *const *from,
                             int count)
{
    for (int i = 0; i < count; i++) {
        bool read = from[i] == y;
        for (int id = from[i]->node->id + 1; !read && id < copy->count; id++) {
            const struct node *node = copy->from->nodes[id];
            for (int k = 0; copy->needed[id] && k < node->in_count; k++)
                read |= node->in[k] == from[i];
        }
        if (!read)
            return graph_poison(copy->to, AD_ERROR_ARGUMENT,
                                "ad_call: y does not depend on input %d, '%s' %s; leave it out of "
                                "the list",
                                i + 1, ad_tensor_name(from[i]),
                                graph_shape_text(copy->to, &from[i]->shape));
    }
    return NULL;
}

static ad_tensor *check(ad_graph *graph, ad_tensor *const *from, ad_tensor *const *to, int count)
{
    for (int i = 0; i < count; i++)
        if (from[i]->type != to[i]->type || !graph_shapes_equal(&from[i]->shape, &to[i]->shape))
            return graph_poison(
                graph, AD_ERROR_SHAPE,
                "ad_call: input %d is %s %s and its replacement %s %s; they must be alike", i + 1,
                ad_type_name(from[i]->type), graph_shape_text(graph, &from[i]->shape),
                ad_type_name(to[i]->type), graph_shape_text(graph, &to[i]->shape));
    return NULL;
}

ad_tensor *ad_call(ad_tensor *y, ad_tensor *const *from, ad_tensor *const *to, int count)
{
    GRAPH_HOLD(ad_tensor_graph(y));
    ad_graph *graph = y ? y->node->graph : NULL;
    ad_tensor *poison = graph_check(graph, "ad_call", &y, 1);
    poison = poison ? poison : graph_check(graph, "ad_call", from, count);
    poison = poison ? poison : graph_check(graph, "ad_call", to, count);
    poison = poison ? poison : check(graph, from, to, count);
    if (poison)
        return poison;
    struct copy copy;
    if (copy_begin(&copy, graph, graph)) {
        ad_tensor *result = run(&copy, y, from, to, count) ? copy_get(&copy, y) : NULL;
        poison = result ? check_read(&copy, y, from, count) : NULL;
        copy_end(&copy);
        if (poison)
            return poison;
        if (result)
            return result;
    }
    return graph->poison ? graph->poison
                         : graph_poison(graph, AD_ERROR_MEMORY, "ad_call: out of memory");
}
