/* What a program computes, as a graph of its own.  The work owns its graph and lists until a plan
 * takes the graph; the graph it is made from is only read.  On failure there is nothing left to
 * free. */
#include "run/work.h"

#include <string.h>

#include "base/error.h"
#include "core/copy.h"

/* ---- what is needed */

/* What a pending node stands for, where those nodes are needed. */
static ad_tensor *held(const struct work_request *r, const struct node *node, const bool *needed)
{
    return graph_pending(r->graph, node, needed, r->training ? r->assigns : 0);
}

static void mark_behind(const struct work_request *r, bool *needed)
{
    const ad_graph *graph = r->graph;
    for (int id = graph->count - 1; id >= 0; id--) {
        const struct node *node = graph->nodes[id];
        if (needed[id] && node->op == &op_pending) {
            needed[held(r, node, needed)->node->id] = true;
            continue;
        }
        for (int i = 0; needed[id] && node->op != &op_variable && i < node->in_count; i++)
            needed[node->in[i]->node->id] = true;
    }
}

void work_mark(const struct work_request *r, bool *needed)
{
    for (int i = 0; i < r->fetches; i++)
        needed[r->fetch[i]->node->id] = true;
    for (bool changed = true; changed;) {
        mark_behind(r, needed);
        changed = false;
        for (int i = 0; r->training && i < r->assigns; i++) {
            const struct assignment *a = &r->graph->assigns[i];
            if (!needed[a->owner->id] || needed[a->value->node->id])
                continue;
            needed[a->value->node->id] = changed = true;
        }
    }
}

/* ---- leaves */

static ad_tensor *leaf_for(struct work *work, const ad_tensor *t)
{
    struct feed_attributes a = {t->name, t->type, t->shape, graph_is(t, &op_variable)};
    ad_tensor *leaf = graph_node(work->graph, &op_feed, &a, NULL, 0);
    if (graph_is_poison(leaf))
        return leaf;
    leaf->name = ((struct feed_attributes *)leaf->node->attributes)->name;
    if (a.fixed)
        leaf->node->device = t->node->device; /* variables live where they were made, feeds come
                                                 from the caller's memory */
    return leaf;
}

static bool put_leaf(struct work *work, struct copy *copy, const ad_tensor *t, ad_tensor **root)
{
    copy->needed[t->node->id] = false;
    *root = leaf_for(work, t);
    return !graph_is_poison(*root) && copy_put(copy, t, *root);
}

static bool put_training_flags(struct work *work, struct copy *copy, bool training)
{
    for (int id = 0; id < copy->count; id++) {
        const struct node *node = copy->from->nodes[id];
        if (!copy->needed[id] || node->op != &op_training)
            continue;
        copy->needed[id] = false;
        ad_tensor *flag = ad_number(work->graph, AD_BOOL, training);
        if (graph_is_poison(flag) || !copy_put(copy, &node->out[0], flag))
            return false;
    }
    return true;
}

static ad_status no_such_feed(const struct work_request *r, const struct copy *copy)
{
    for (int id = 0; id < copy->count; id++) {
        const struct node *node = copy->from->nodes[id];
        if (copy->needed[id] && node->op == &op_feed)
            return fail(AD_ERROR_ARGUMENT,
                        "compile: feed '%s' is needed and not in .feed; add it, or leave .feed out",
                        node->out[0].name);
    }
    (void)r;
    return AD_OK;
}

static ad_status put_leaves(struct work *work, struct copy *copy, const struct work_request *r)
{
    bool ok = put_training_flags(work, copy, r->training);
    for (int i = 0; ok && i < r->feeds; i++)
        ok = put_leaf(work, copy, r->feed[i], &work->feed[i]);
    for (int i = 0; ok && i < work->variables; i++)
        if (copy->needed[r->graph->variables[i]->node->id])
            ok = put_leaf(work, copy, r->graph->variables[i], &work->variable[i]);
    return ok ? no_such_feed(r, copy) : AD_ERROR_MEMORY;
}

/* ---- roots */

/* Room for the lists of roots. */
static bool lay_out_roots(struct work *work, int feeds, int variables, int fetches)
{
    work->feeds = feeds;
    work->variables = variables;
    work->fetches = fetches;
    work->root_count = work->feeds + 2 * work->variables + work->fetches;
    work->roots = arena_array(&work->arena, (size_t)work->root_count + 1, sizeof *work->roots);
    work->feed = work->roots;
    work->variable = work->feed + work->feeds;
    work->fetch = work->variable + work->variables;
    work->assigned = work->fetch + work->fetches;
    return work->roots != NULL;
}

static int variable_number(const ad_graph *graph, const ad_tensor *variable)
{
    int i = 0;
    while (i < graph->variable_count && graph->variables[i] != variable)
        i++;
    return i;
}

static void put_ends(struct work *work, const struct copy *copy, const struct work_request *r,
                     const bool *owners)
{
    for (int i = 0; i < r->fetches; i++)
        work->fetch[i] = copy_get(copy, r->fetch[i]);
    for (int i = 0; r->training && i < r->assigns; i++) {
        const struct assignment *a = &r->graph->assigns[i];
        if (owners[a->owner->id])
            work->assigned[variable_number(r->graph, a->variable)] = copy_get(copy, a->value);
    }
}

/* The message of a refusal inside the copy: sizes that fit as symbols and not as numbers. */
static ad_status refused(const struct work *work)
{
    const ad_tensor *poison = work->graph->poison;
    if (!poison)
        return AD_ERROR_MEMORY;
    return fail(graph_poison_status(poison), "at the sizes fed: %s", ad_tensor_error(poison));
}

/* A pending node becomes what it stands for, which was made before it. */
static bool copy_nodes(struct copy *copy, const struct work_request *r, const bool *owners)
{
    for (int id = 0; id < copy->count; id++) {
        const struct node *node = copy->from->nodes[id];
        if (!copy->needed[id])
            continue;
        if (node->op != &op_pending) {
            if (!copy_node(copy, node))
                return false;
            continue;
        }
        ad_tensor *stand = copy_get(copy, held(r, node, owners));
        if (!stand || !copy_put(copy, &node->out[0], stand))
            return false;
    }
    return true;
}

static ad_status fill(struct work *work, struct copy *copy, const struct work_request *r)
{
    bool *owners = arena_array(&copy->scratch, (size_t)copy->count + 1, sizeof *owners);
    if (!owners)
        return AD_ERROR_MEMORY;
    struct work_request asked = *r;
    asked.fetches -= r->watched;
    work_mark(&asked, copy->needed);
    memcpy(owners, copy->needed, sizeof *owners * (size_t)copy->count);
    copy_need(copy, r->fetch, r->fetches);
    TRY(put_leaves(work, copy, r));
    if (!copy_nodes(copy, r, owners))
        return refused(work);
    put_ends(work, copy, r, owners);
    return AD_OK;
}

struct work_request work_request(ad_graph *graph, ad_tensor *const *fetch, int fetches)
{
    return (struct work_request){.graph = graph,
                                 .fetch = fetch,
                                 .fetches = fetches,
                                 .variables = graph->variable_count,
                                 .assigns = graph->assign_count};
}

/* An empty graph that reads from's sizes as from does, and a copy into it to be filled. */
static bool begin(struct work *work, struct copy *copy, const ad_graph *from, bool open)
{
    work->graph = graph_new(from->context);
    if (!work->graph)
        return false;
    work->graph->borrows = true;
    return (!open || dim_copy_table(from, work->graph)) && copy_begin(copy, from, work->graph);
}

ad_status work_build(struct work *work, const struct work_request *r)
{
    *work = (struct work){0};
    arena_init(&work->arena, &r->graph->context->allocator);
    struct copy copy;
    ad_status status = lay_out_roots(work, r->feeds, r->variables, r->fetches) &&
                               begin(work, &copy, r->graph, true)
                           ? AD_OK
                           : AD_ERROR_MEMORY;
    if (status == AD_OK) {
        status = fill(work, &copy, r);
        copy_end(&copy);
    }
    if (status != AD_OK)
        work_done(work);
    return status;
}

/* ---- at sizes */

/* What stands for each of some roots; NULL for those that are not needed. */
static void find_roots(const struct copy *copy, ad_tensor *const *from, int count, ad_tensor **to)
{
    for (int i = 0; i < count; i++)
        to[i] = from[i] ? copy_get(copy, from[i]) : NULL;
}

static ad_status fill_at(struct work *work, struct copy *copy, const struct work *open)
{
    copy_need(copy, open->fetch, work->fetches);
    copy_need(copy, open->assigned, open->variables);
    if (!copy_run(copy))
        return refused(work);
    find_roots(copy, open->feed, open->feeds, work->feed);
    find_roots(copy, open->variable, open->variables, work->variable);
    find_roots(copy, open->fetch, work->fetches, work->fetch);
    find_roots(copy, open->assigned, open->variables, work->assigned);
    return AD_OK;
}

ad_status work_at(struct work *work, const struct work *open, int fetches,
                  const struct dim_sizes *sizes)
{
    *work = (struct work){0};
    arena_init(&work->arena, &open->graph->context->allocator);
    struct copy copy;
    ad_status status = lay_out_roots(work, open->feeds, open->variables, fetches) &&
                               begin(work, &copy, open->graph, false)
                           ? AD_OK
                           : AD_ERROR_MEMORY;
    if (status == AD_OK) {
        copy.sizes = sizes;
        status = fill_at(work, &copy, open);
        copy_end(&copy);
    }
    if (status != AD_OK)
        work_done(work);
    return status;
}

struct schedule_request work_schedule(const struct work *work)
{
    return (struct schedule_request){.graph = work->graph,
                                     .feed = work->feed,
                                     .variable = work->variable,
                                     .fetch = work->fetch,
                                     .assigned = work->assigned,
                                     .feeds = work->feeds,
                                     .variables = work->variables,
                                     .fetches = work->fetches};
}

void work_done(struct work *work)
{
    ad_graph_free(work->graph);
    arena_done(&work->arena);
    *work = (struct work){0};
}
