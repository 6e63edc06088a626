/* The values of a graph's variables. */
#include "run/state.h"

#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "run/first_values.h"

static const ad_allocator *allocator_of(const ad_state *state)
{
    return &state->graph->context->allocator;
}

ad_status state_extend(ad_state *state)
{
    ad_graph *graph = state->graph;
    if (graph->variable_count == state->count)
        return AD_OK;
    if (!LIST_ROOM(allocator_of(state), state->values, state->capacity, graph->variable_count))
        return AD_ERROR_MEMORY;
    return first_values(state);
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
