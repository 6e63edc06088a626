/* The values that variables begin with: one run of kernels over all initial tensors, which writes
 * each value where it stays; or the interpreter, which gives the same bits. */
#include "run/first_values.h"

#include <string.h>

#include "base/error.h"
#include "core/context.h"
#include "pass/expand.h"
#include "pass/pipeline.h"
#include "run/interpret.h"
#include "run/plan.h"
#include "run/work.h"

/* What is begun now: the variables that the state has no values of yet. */
struct beginning {
    ad_state *state;
    const ad_allocator *allocator;
    struct arena scratch;
    ad_tensor **initial;
    ad_array *value;
    void **address;
    int count;
    struct work work;
};

/* ---- what may be a first value */

/* A feed or variable behind first values, which are computed before any run; NULL where there is
 * none. */
static const struct node *too_early(const struct work_request *first, bool *needed)
{
    const ad_graph *graph = first->graph;
    memset(needed, 0, sizeof *needed * (size_t)graph->count);
    work_mark(first, needed);
    for (int id = 0; id < graph->count; id++)
        if (needed[id] &&
            (graph->nodes[id]->op == &op_feed || graph->nodes[id]->op == &op_variable))
            return graph->nodes[id];
    return NULL;
}

static ad_status check_variable(const ad_tensor *variable, bool *needed)
{
    const struct node *node = variable->node;
    struct work_request one = work_request(node->graph, node->in, 1);
    const struct node *found = too_early(&one, needed);
    if (!found)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "%s:%d: variable '%s': its first value needs %s '%s', which has no value before a "
                "run; begin with numbers, and ad_set or ad_assign the value later",
                node->file ? node->file : "unknown place", node->line, variable->name,
                found->op->name, found->out[0].name);
}

/* All at once where all are right; one by one only to name the one that is wrong. */
static ad_status check(struct beginning *b, const struct work_request *all)
{
    bool *needed = arena_array(&b->scratch, (size_t)all->graph->count + 1, sizeof *needed);
    if (!needed)
        return AD_ERROR_MEMORY;
    if (!too_early(all, needed))
        return AD_OK;
    for (int i = 0; i < b->count; i++)
        TRY(check_variable(all->graph->variables[state_count(b->state) + i], needed));
    return AD_OK;
}

/* ---- by the interpreter */

static ad_status interpret_values(struct beginning *b)
{
    struct work *work = &b->work;
    ad_graph *graph = expand_pass(work->graph, NULL, work->roots, work->root_count);
    if (!graph)
        return AD_ERROR_MEMORY;
    struct interpretation i = {.graph = graph,
                               .root = work->fetch,
                               .result = b->value,
                               .roots = work->fetches,
                               .seed = b->state->seed,
                               .allocator = b->allocator};
    ad_status status = interpret(&i);
    ad_graph_free(graph);
    return status;
}

/* ---- by kernels */

static ad_status build_plan(struct beginning *b, struct plan **plan)
{
    struct work *work = &b->work;
    ad_context *context = b->state->graph->context;
    /* Folding would compute by the interpreter what the kernels are there for. */
    struct pipeline_options o = {.off = {.no_fold = true}, .backend = context->backend};
    work->graph = pipeline(work->graph, &o, work->roots, work->root_count);
    if (!work->graph)
        return AD_ERROR_MEMORY;
    struct plan_request r = {.graph = work->graph, .schedule = work_schedule(work)};
    work->graph = NULL;
    *plan = plan_new(context, &r);
    return *plan ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status allocate_values(struct beginning *b)
{
    b->address = arena_array(&b->scratch, (size_t)b->count, sizeof *b->address);
    for (int i = 0; b->address && i < b->count; i++) {
        ad_array *value = &b->value[i];
        *value = (ad_array){.type = b->initial[i]->type, .shape = b->initial[i]->shape};
        value->data = b->address[i] = memory_alloc(b->allocator, ad_array_bytes(value) + 1);
        if (!value->data)
            return AD_ERROR_MEMORY;
    }
    return b->address ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status run_plan(struct beginning *b, struct plan *plan)
{
    size_t bytes = plan_arena_bytes(plan);
    void *arena = memory_alloc(b->allocator, bytes);
    if (!arena)
        return AD_ERROR_MEMORY;
    struct plan_run r = {.fetch = b->address, .seed = b->state->seed};
    ad_status status = plan_execute(plan, arena, &r);
    memory_free(b->allocator, arena, bytes);
    return status;
}

static void drop_values(struct beginning *b)
{
    for (int i = 0; i < b->count; i++)
        memory_free(b->allocator, b->value[i].data,
                    b->value[i].data ? ad_array_bytes(&b->value[i]) + 1 : 0);
}

static ad_status run_values(struct beginning *b)
{
    struct plan *plan = NULL;
    ad_status status = build_plan(b, &plan);
    if (status == AD_OK)
        status = allocate_values(b);
    if (status == AD_OK)
        status = run_plan(b, plan);
    plan_free(plan);
    if (status != AD_OK)
        drop_values(b);
    return status;
}

/* ---- both */

/* SSE2 rounds a b + c twice; by the interpreter, a seed begins alike on every machine. */
static bool by_interpreter(const ad_context *context)
{
    return context->naive || context->isa == ISA_SSE2;
}

static ad_status compute(struct beginning *b)
{
    struct work_request r = work_request(b->state->graph, b->initial, b->count);
    TRY(check(b, &r));
    TRY(work_build(&b->work, &r));
    ad_status status =
        by_interpreter(b->state->graph->context) ? interpret_values(b) : run_values(b);
    work_done(&b->work);
    return status;
}

static void keep_values(struct beginning *b)
{
    for (int i = 0; i < b->count; i++)
        state_append(b->state, b->value[i]);
}

ad_status first_values(ad_state *state)
{
    ad_graph *graph = state->graph;
    struct beginning b = {.state = state,
                          .allocator = &graph->context->allocator,
                          .count = graph->variable_count - state_count(state)};
    arena_init(&b.scratch, b.allocator);
    b.initial = arena_array(&b.scratch, (size_t)b.count, sizeof *b.initial);
    b.value = arena_array(&b.scratch, (size_t)b.count, sizeof *b.value);
    ad_status status = b.initial && b.value ? AD_OK : AD_ERROR_MEMORY;
    for (int i = 0; status == AD_OK && i < b.count; i++)
        b.initial[i] = graph->variables[state_count(state) + i]->node->in[0];
    if (status == AD_OK)
        status = compute(&b);
    if (status == AD_OK)
        keep_values(&b);
    arena_done(&b.scratch);
    return status;
}
