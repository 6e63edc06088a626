/* The values of a graph's variables. */
#include "run/state.h"

#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "pass/expand.h"
#include "run/interpret.h"
#include "run/work.h"

static const ad_allocator *allocator_of(const ad_state *state)
{
    return &state->graph->context->allocator;
}

/* ---- first values */

static void free_results(const ad_allocator *allocator, ad_array *result, int count)
{
    for (int i = 0; i < count; i++)
        memory_free(allocator, result[i].data, result[i].data ? ad_array_bytes(&result[i]) + 1 : 0);
}

static ad_status first_values_of(ad_state *state, struct work *work, ad_array *result)
{
    ad_graph *graph = expand_pass(work->graph, NULL, work->roots, work->root_count);
    if (!graph)
        return AD_ERROR_MEMORY;
    struct interpretation i = {.graph = graph,
                               .root = work->fetch,
                               .result = result,
                               .roots = work->fetches,
                               .seed = state->seed,
                               .allocator = allocator_of(state)};
    ad_status status = interpret(&i);
    ad_graph_free(graph);
    return status;
}

static ad_status keep_values(ad_state *state, ad_array *result, int count)
{
    const ad_allocator *allocator = allocator_of(state);
    for (int i = 0; i < count; i++) {
        ad_array *value = &state->values[state->count].array;
        *value = result[i];
        value->data = memory_alloc(allocator, ad_array_bytes(value) + 1);
        if (!value->data)
            return AD_ERROR_MEMORY;
        memcpy(value->data, result[i].data, ad_array_bytes(value));
        state->values[state->count++].version = 1;
    }
    return AD_OK;
}

/* A feed or variable behind first values, which are computed before any run; NULL where there is
 * none. */
static const struct node *too_early(const struct work_request *first_values, bool *needed)
{
    const ad_graph *graph = first_values->graph;
    memset(needed, 0, sizeof *needed * (size_t)graph->count);
    work_mark(first_values, needed);
    for (int id = 0; id < graph->count; id++)
        if (needed[id] &&
            (graph->nodes[id]->op == &op_feed || graph->nodes[id]->op == &op_variable))
            return graph->nodes[id];
    return NULL;
}

static ad_status check_first_value(const ad_tensor *variable, bool *needed)
{
    const struct node *node = variable->node;
    struct work_request one = {.graph = node->graph, .fetch = node->in, .fetches = 1};
    const struct node *found = too_early(&one, needed);
    if (!found)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "%s:%d: variable '%s': its first value needs %s '%s', which has no value before a "
                "run; begin with numbers, and ad_set or ad_assign the value later",
                node->file ? node->file : "unknown place", node->line, variable->name,
                found->op->name, found->out[0].name);
}

static ad_status check_first_values(const ad_state *state, const struct work_request *all)
{
    struct arena scratch;
    arena_init(&scratch, allocator_of(state));
    bool *needed = arena_array(&scratch, (size_t)state->graph->count + 1, sizeof *needed);
    ad_status status = needed ? AD_OK : AD_ERROR_MEMORY;
    bool wrong = needed && too_early(all, needed);
    for (int i = 0; wrong && status == AD_OK && i < all->fetches; i++)
        status = check_first_value(state->graph->variables[state->count + i], needed);
    arena_done(&scratch);
    return status;
}

static ad_status extend(ad_state *state, ad_tensor **initial, ad_array *result, int count)
{
    struct work work;
    struct work_request request = {.graph = state->graph, .fetch = initial, .fetches = count};
    TRY(check_first_values(state, &request));
    TRY(work_build(&work, &request));
    ad_status status = first_values_of(state, &work, result);
    if (status == AD_OK) {
        int before = state->count;
        status = keep_values(state, result, count);
        free_results(allocator_of(state), result, count);
        for (; status != AD_OK && state->count > before; state->count--) {
            ad_array *value = &state->values[state->count - 1].array;
            memory_free(allocator_of(state), value->data, ad_array_bytes(value) + 1);
        }
    }
    work_done(&work);
    return status;
}

ad_status state_extend(ad_state *state)
{
    ad_graph *graph = state->graph;
    int count = graph->variable_count - state->count;
    if (count == 0)
        return AD_OK;
    const ad_allocator *allocator = allocator_of(state);
    if (!LIST_ROOM(allocator, state->values, state->capacity, graph->variable_count))
        return AD_ERROR_MEMORY;
    struct arena scratch;
    arena_init(&scratch, allocator);
    ad_tensor **initial = arena_array(&scratch, (size_t)count, sizeof *initial);
    ad_array *result = arena_array(&scratch, (size_t)count, sizeof *result);
    ad_status status = initial && result ? AD_OK : AD_ERROR_MEMORY;
    for (int i = 0; status == AD_OK && i < count; i++)
        initial[i] = graph->variables[state->count + i]->node->in[0];
    if (status == AD_OK)
        status = extend(state, initial, result, count);
    arena_done(&scratch);
    return status;
}

/* ---- life */

static ad_state *state_bare(ad_graph *graph, uint64_t seed)
{
    ad_state *state = memory_zeroed(&graph->context->allocator, sizeof *state);
    if (!state)
        return NULL;
    state->graph = graph;
    state->seed = seed;
    arena_init(&state->looked, &graph->context->allocator);
    return state;
}

ad_state *ad_state_new(ad_graph *graph, uint64_t seed)
{
    if (!graph) {
        fail(AD_ERROR_ARGUMENT, "ad_state_new: the graph is NULL");
        return NULL;
    }
    if (graph->poison || graph->failed) {
        fail(graph->poison ? graph_poison_status(graph->poison) : AD_ERROR_MEMORY, "%s",
             graph->poison ? ad_tensor_error(graph->poison)
                           : "out of memory while the graph was built");
        return NULL;
    }
    if (graph->loop) {
        fail(AD_ERROR_ARGUMENT, "ad_state_new: a scan is not ended; is an ad_scan_end missing?");
        return NULL;
    }
    ad_state *state = state_bare(graph, seed);
    if (state && state_extend(state) == AD_OK)
        return state;
    ad_state_free(state);
    return NULL;
}

ad_state *ad_state_clone(const ad_state *from)
{
    if (!from) {
        fail(AD_ERROR_ARGUMENT, "ad_state_clone: the state is NULL");
        return NULL;
    }
    ad_state *state = state_bare(from->graph, from->seed);
    if (!state)
        return NULL;
    state->step = from->step;
    bool ok = LIST_ROOM(allocator_of(state), state->values, state->capacity, from->count + 1);
    for (int i = 0; ok && i < from->count; i++) {
        ad_array *value = &state->values[i].array;
        *value = from->values[i].array;
        size_t bytes = ad_array_bytes(value);
        value->data = memory_alloc(allocator_of(state), bytes + 1);
        ok = value->data != NULL;
        if (ok) {
            memcpy(value->data, from->values[i].array.data, bytes);
            state->values[state->count++].version = 1;
        }
    }
    if (ok)
        return state;
    ad_state_free(state);
    return NULL;
}

void ad_state_free(ad_state *state)
{
    if (!state)
        return;
    const ad_allocator *allocator = allocator_of(state);
    for (int i = 0; i < state->count; i++)
        memory_free(allocator, state->values[i].array.data,
                    ad_array_bytes(&state->values[i].array) + 1);
    LIST_FREE(allocator, state->values, state->capacity);
    arena_done(&state->looked);
    memory_free(allocator, state, sizeof *state);
}

uint64_t ad_state_seed(const ad_state *state)
{
    return state ? state->seed : 0;
}

int64_t ad_state_step(const ad_state *state)
{
    return state ? state->step : 0;
}

void ad_state_set_step(ad_state *state, int64_t step)
{
    if (state)
        state->step = step;
}

/* ---- values */

int state_number(const ad_state *state, const ad_tensor *variable)
{
    for (int i = 0; variable && i < state->count; i++)
        if (state->graph->variables[i] == variable)
            return i;
    return -1;
}

static ad_status find(const ad_state *state, const ad_tensor *variable, const char *call,
                      int *number)
{
    if (!state)
        return fail(AD_ERROR_ARGUMENT, "%s: the state is NULL", call);
    *number = state_number(state, variable);
    if (*number < 0)
        return fail(AD_ERROR_ARGUMENT, "%s: %s is no variable of this state's graph", call,
                    variable && variable->name ? variable->name : "the tensor");
    return AD_OK;
}

ad_status ad_get(const ad_state *state, const ad_tensor *variable, ad_array *value)
{
    int i = 0;
    TRY(find(state, variable, "ad_get", &i));
    if (!value)
        return fail(AD_ERROR_ARGUMENT, "ad_get: no array to put the value of '%s' in",
                    variable->name);
    *value = state->values[i].array;
    return AD_OK;
}

ad_status ad_set(ad_state *state, const ad_tensor *variable, ad_array value)
{
    int i = 0;
    TRY(find(state, variable, "ad_set", &i));
    ad_array *own = &state->values[i].array;
    if (value.type != own->type || !graph_shapes_equal(&value.shape, &own->shape))
        return fail(AD_ERROR_SHAPE, "ad_set: variable '%s' is %s %s, the value given %s %s",
                    variable->name, ad_type_name(own->type),
                    graph_shape_text(state->graph, &own->shape), ad_type_name(value.type),
                    graph_shape_text(state->graph, &value.shape));
    if (!value.data && ad_array_bytes(&value))
        return fail(AD_ERROR_ARGUMENT, "ad_set: the value for '%s' has no data", variable->name);
    TRY(state_enter(state, true));
    memmove(own->data, value.data, ad_array_bytes(own));
    state->values[i].version++;
    state_leave(state, true);
    return AD_OK;
}

/* ---- who may run */

ad_status state_enter(ad_state *state, bool training)
{
    int users = 0;
    if (training) {
        if (atomic_compare_exchange_strong(&state->users, &users, -1))
            return AD_OK;
    } else {
        users = atomic_load(&state->users);
        while (users >= 0)
            if (atomic_compare_exchange_weak(&state->users, &users, users + 1))
                return AD_OK;
    }
    return fail(AD_ERROR_BUSY,
                "the state is in use by %s; wait for it, or give this one a clone of the state",
                users < 0 ? "a training run" : "inference runs");
}

void state_leave(ad_state *state, bool training)
{
    if (training)
        atomic_store(&state->users, 0);
    else
        atomic_fetch_sub(&state->users, 1);
}

int64_t state_version(const ad_state *state)
{
    int64_t version = 1;
    for (int i = 0; i < state->count; i++)
        version += state->values[i].version;
    return version;
}
