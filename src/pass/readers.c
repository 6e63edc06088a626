/* Who reads each tensor, found once for all groups. */
#ifdef ADZE_EXTRAS
#include "op/more/descend_rows.h"
#endif
#include "op/scan.h"
#include "pass/fusion.h"

static bool may_fail(const struct node *node)
{
#ifdef ADZE_EXTRAS
    if (node->op == &op_descend_rows && graph_is(node->in[1], &op_check_index))
        return false;
#endif
    if (node->op->fallible)
        return true;
    if (node->op != &op_scan)
        return false;
    const ad_graph *body = ((const struct scan_attributes *)node->attributes)->body;
    for (int i = 0; i < body->count; i++)
        if (may_fail(body->nodes[i]))
            return true;
    return false;
}

static int count_inputs(const struct fusion *f)
{
    int n = 0;
    for (int g = 0; g < f->groups; g++)
        for (int k = 0; k < member_count(&f->group[g]); k++)
            n += member_node(f, &f->group[g], k)->in_count;
    return n;
}

static void note_reader(const struct fusion *f, struct readers *r, int g, int *entries)
{
    for (int k = 0; k < member_count(&f->group[g]); k++) {
        const struct node *node = member_node(f, &f->group[g], k);
        for (int i = 0; i < node->in_count; i++) {
            int tensor = f->view[tensor_number(f, node->in[i])].value;
            r->group[*entries] = g;
            r->next[*entries] = r->first[tensor];
            r->first[tensor] = (*entries)++;
        }
    }
    int node = f->group[g].structural;
    if (node >= 0 && may_fail(f->graph->nodes[node]))
        r->fallible[r->fallibles++] = g;
}

static bool *of_tensor(const struct fusion *f, bool *list, const ad_tensor *t)
{
    return &list[f->view[tensor_number(f, t)].value];
}

static void note_roots(const struct fusion *f, struct readers *r)
{
    const struct schedule_request *request = f->request;
    for (int i = 0; i < request->fetches; i++)
        *of_tensor(f, r->fetched, request->fetch[i]) = true;
    for (int i = 0; i < request->variables; i++)
        if (request->assigned[i])
            *of_tensor(f, r->assigned, request->assigned[i]) = true;
}

/* The last group first, so that lists begin with the first. */
bool readers_find(struct fusion *f)
{
    struct readers *r = &f->readers;
    size_t inputs = (size_t)count_inputs(f) + 1, tensors = (size_t)f->tensors + 1;
    r->first = arena_array(f->arena, tensors, sizeof *r->first);
    r->next = arena_array(f->arena, inputs, sizeof *r->next);
    r->group = arena_array(f->arena, inputs, sizeof *r->group);
    r->fallible = arena_array(f->arena, (size_t)f->groups + 1, sizeof *r->fallible);
    r->fetched = arena_array(f->arena, tensors, sizeof *r->fetched);
    r->assigned = arena_array(f->arena, tensors, sizeof *r->assigned);
    if (!r->first || !r->next || !r->group || !r->fallible || !r->fetched || !r->assigned)
        return false;
    for (int i = 0; i < f->tensors; i++)
        r->first[i] = -1;
    for (int g = f->groups - 1, entries = 0; g >= 0; g--)
        note_reader(f, r, g, &entries);
    note_roots(f, r);
    return true;
}
