/* The values of a graph's variables.
 *
 * Two things keep threads apart.  Numbers in values, the step and the seed belong to whoever is in
 * the gate.  The list of values grows under the graph's lock, at its end and without moving, and
 * its count is raised last: whoever reads the count may read so many values.  A call that goes
 * through the list twice reads the count once.  On failure of any call here values are as before.
 */
#include "run/state.h"

#include <string.h>

#include "base/error.h"
#include "run/first_values.h"

static const ad_allocator *allocator_of(const ad_state *state)
{
    return &state->graph->context->allocator;
}

/* ---- values by number */

/* Chunk 0 has the first 16, chunk k > 0 those from 8 * 2^k to 16 * 2^k. */
static int chunk_of(int number, int *place)
{
    int chunk = 0, first = 0, size = STATE_CHUNK;
    while (number >= first + size)
        first += size, size = first, chunk++;
    *place = number - first;
    return chunk;
}

static size_t chunk_size(int chunk)
{
    return (size_t)STATE_CHUNK << (chunk ? chunk - 1 : 0);
}

struct state_value *state_value(const ad_state *state, int number)
{
    int place, chunk = chunk_of(number, &place);
    return &state->chunk[chunk][place];
}

int state_count(const ad_state *state)
{
    return atomic_load_explicit(&state->count, memory_order_acquire);
}

ad_status state_reserve(ad_state *state, int count)
{
    int place, last = count ? chunk_of(count - 1, &place) : -1;
    if (last >= STATE_CHUNKS)
        return fail(AD_ERROR_MEMORY, "%d variables are more than a state can hold", count);
    for (int i = 0; i <= last; i++) {
        if (!state->chunk[i])
            state->chunk[i] =
                memory_zeroed(allocator_of(state), chunk_size(i) * sizeof **state->chunk);
        if (!state->chunk[i])
            return AD_ERROR_MEMORY;
    }
    return AD_OK;
}

void state_append(ad_state *state, ad_array array)
{
    int number = state_count(state);
    *state_value(state, number) = (struct state_value){array, 1, state->graph->variables[number]};
    atomic_store_explicit(&state->count, number + 1, memory_order_release);
}

ad_status state_extend(ad_state *state)
{
    GRAPH_HOLD(state->graph);
    if (state->graph->variable_count == state_count(state))
        return AD_OK;
    TRY(state_reserve(state, state->graph->variable_count));
    return first_values(state);
}

int state_number(const ad_state *state, const ad_tensor *variable)
{
    int count = state_count(state);
    for (int i = 0; variable && i < count; i++)
        if (state_value(state, i)->variable == variable)
            return i;
    return -1;
}

/* ---- who may go in */

static _Thread_local const struct state_visit *visiting;

void state_visit_begin(struct state_visit *visit, const ad_state *state, const ad_program *program)
{
    *visit = (struct state_visit){state, program, visiting};
    visiting = visit;
}

void state_visit_end(const struct state_visit *visit)
{
    visiting = visit->outer;
}

bool state_visited(const ad_state *state)
{
    const struct state_visit *visit = visiting;
    while (visit && visit->state != state)
        visit = visit->outer;
    return visit != NULL;
}

bool state_visited_by(const ad_program *program)
{
    const struct state_visit *visit = visiting;
    while (visit && visit->program != program)
        visit = visit->outer;
    return visit != NULL;
}

bool state_visited_any(void)
{
    return visiting != NULL;
}

static ad_status busy(const ad_state *state, bool write)
{
    int held = gate_held(&state->gate);
    if (held == -2)
        return fail(AD_ERROR_BUSY, "this process was forked off while a run changed the state, "
                                   "whose values are half changed here; fork between runs");
    return fail(AD_ERROR_BUSY,
                "the state is in use by %s; wait for it (ad_state_wait, or .wait of ad_compile), "
                "or give this one a clone of the state",
                held > 0            ? "calls that read it"
                : write || held < 0 ? "a call that changes it"
                                    : "a call that changes it next");
}

ad_status state_enter(ad_state *state, bool write, bool wait)
{
    if (state_visited(state))
        return write ? fail(AD_ERROR_BUSY, "a tap or an op of your own changes the state whose run "
                                           "called it; do it after the run")
                     : AD_OK;
    if (gate_enter(&state->gate, write, wait || atomic_load(&state->wait)))
        return AD_OK;
    return busy(state, write);
}

void state_leave(ad_state *state, bool write)
{
    if (!state_visited(state))
        gate_leave(&state->gate, write);
}

void ad_state_wait(ad_state *state, bool wait)
{
    if (state)
        atomic_store(&state->wait, wait);
}

/* ---- life */

static ad_state *state_bare(ad_graph *graph, uint64_t seed)
{
    ad_state *state = memory_zeroed(&graph->context->allocator, sizeof *state);
    if (!state)
        return NULL;
    graph_keep(graph);
    state->graph = graph;
    atomic_init(&state->seed, seed);
    atomic_init(&state->users, 1);
    gate_init(&state->gate);
    lock_init(&state->looking);
    lock_init(&state->packing);
    arena_init(&state->looked, &graph->context->allocator);
    return state;
}

/* What ad_state_new and ad_state_clone give back: the state, or NULL where it could not be filled.
 */
static ad_state *state_if(ad_state *state, ad_status status)
{
    if (status == AD_OK)
        return state;
    ad_state_free(state);
    return NULL;
}

ad_state *ad_state_new(ad_graph *graph, uint64_t seed)
{
    if (!graph) {
        fail(AD_ERROR_ARGUMENT, "ad_state_new: the graph is NULL");
        return NULL;
    }
    GRAPH_HOLD(graph);
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
    return state ? state_if(state, state_extend(state)) : NULL;
}

/* ---- handing values from state to state */

/* Memory for all of from's values in a state that has none. */
static ad_status make_room(ad_state *to, const ad_state *from, int count)
{
    GRAPH_HOLD(to->graph);
    TRY(state_reserve(to, count));
    for (int i = 0; i < count; i++) {
        ad_array array = state_value(from, i)->array;
        array.data = memory_zeroed(allocator_of(to), ad_array_bytes(&array) + 1);
        if (!array.data)
            return AD_ERROR_MEMORY;
        state_append(to, array);
    }
    return AD_OK;
}

/* Both are entered, or to is nobody else's yet; to has all that from has. */
static void copy_values(ad_state *to, const ad_state *from, int count)
{
    for (int i = 0; i < count; i++) {
        struct state_value *value = state_value(to, i);
        memcpy(value->array.data, state_value(from, i)->array.data, ad_array_bytes(&value->array));
        value->version++;
    }
    atomic_store(&to->seed, atomic_load(&from->seed));
    atomic_store(&to->step, atomic_load(&from->step));
}

/* The gate is no part of what const promises. */
static ad_state *gate_of(const ad_state *state)
{
    return (ad_state *)(uintptr_t)state;
}

ad_state *ad_state_clone(const ad_state *from)
{
    if (!from) {
        fail(AD_ERROR_ARGUMENT, "ad_state_clone: the state is NULL");
        return NULL;
    }
    if (state_enter(gate_of(from), false, false) != AD_OK)
        return NULL;
    int count = state_count(from);
    ad_state *state = state_bare(from->graph, 0);
    if (state)
        state = state_if(state, make_room(state, from, count));
    if (state)
        copy_values(state, from, count);
    state_leave(gate_of(from), false);
    return state;
}

/* The state at the lower address is entered first, so that two copies in opposite directions do
 * not wait for each other. */
static ad_status enter_both(ad_state *to, ad_state *from)
{
    ad_state *first = to < from ? to : from, *second = to < from ? from : to;
    TRY(state_enter(first, first == to, false));
    ad_status status = state_enter(second, second == to, false);
    if (status != AD_OK)
        state_leave(first, first == to);
    return status;
}

ad_status ad_state_copy(ad_state *to, const ad_state *from)
{
    if (!to || !from)
        return fail(AD_ERROR_ARGUMENT, "ad_state_copy: the state to copy %s is NULL",
                    to ? "from" : "to");
    if (to == from)
        return AD_OK;
    if (to->graph != from->graph)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_state_copy: the states belong to two graphs; their variables differ");
    int count = state_count(from);
    TRY(state_extend(to));
    TRY(enter_both(to, gate_of(from)));
    copy_values(to, from, count);
    state_leave(to, true);
    state_leave(gate_of(from), false);
    return AD_OK;
}

void state_keep(ad_state *state)
{
    atomic_fetch_add(&state->users, 1);
}

static void free_values(ad_state *state)
{
    const ad_allocator *allocator = allocator_of(state);
    for (int i = 0; i < state_count(state); i++) {
        ad_array *array = &state_value(state, i)->array;
        memory_free(allocator, array->data, ad_array_bytes(array) + 1);
    }
    for (int i = 0; i < STATE_CHUNKS; i++)
        memory_free(allocator, state->chunk[i],
                    state->chunk[i] ? chunk_size(i) * sizeof **state->chunk : 0);
}

void state_drop(ad_state *state)
{
    if (atomic_fetch_sub(&state->users, 1) > 1)
        return;
    ad_graph *graph = state->graph;
    free_values(state);
    arena_done(&state->looked);
    lock_done(&state->looking);
    lock_done(&state->packing);
    gate_done(&state->gate);
    memory_free(allocator_of(state), state, sizeof *state);
    ad_graph_free(graph);
}

void ad_state_free(ad_state *state)
{
    if (state)
        state_drop(state);
}

uint64_t ad_state_seed(const ad_state *state)
{
    return state ? atomic_load(&state->seed) : 0;
}

int64_t ad_state_step(const ad_state *state)
{
    return state ? atomic_load(&state->step) : 0;
}

ad_status ad_state_set_step(ad_state *state, int64_t step)
{
    if (!state)
        return fail(AD_ERROR_ARGUMENT, "ad_state_set_step: the state is NULL");
    TRY(state_enter(state, true, false));
    atomic_store(&state->step, step);
    state_leave(state, true);
    return AD_OK;
}

/* ---- values by variable */

static ad_status find(const ad_state *state, const ad_tensor *variable, const char *call,
                      struct state_value **found)
{
    if (!state)
        return fail(AD_ERROR_ARGUMENT, "%s: the state is NULL", call);
    int number = state_number(state, variable);
    if (number < 0)
        return fail(AD_ERROR_ARGUMENT, "%s: %s is no variable of this state's graph", call,
                    variable && variable->name ? variable->name : "the tensor");
    *found = state_value(state, number);
    return AD_OK;
}

/* An array given must be as the variable is. */
static ad_status check_like(const ad_state *state, const struct state_value *own,
                            const ad_array *given, const char *call)
{
    const char *name = own->variable->name;
    if (given->type != own->array.type || !graph_shapes_equal(&given->shape, &own->array.shape))
        return fail(AD_ERROR_SHAPE, "%s: variable '%s' is %s %s, the array given %s %s", call, name,
                    ad_type_name(own->array.type),
                    graph_shape_text(state->graph, &own->array.shape), ad_type_name(given->type),
                    graph_shape_text(state->graph, &given->shape));
    if (!given->data && ad_array_bytes(given))
        return fail(AD_ERROR_ARGUMENT, "%s: the array for '%s' has no data", call, name);
    return AD_OK;
}

ad_status ad_get(const ad_state *state, const ad_tensor *variable, ad_array *value)
{
    struct state_value *own = NULL;
    TRY(find(state, variable, "ad_get", &own));
    if (!value)
        return fail(AD_ERROR_ARGUMENT, "ad_get: no array to put the value of '%s' in",
                    variable->name);
    TRY(state_enter(gate_of(state), false, false));
    *value = own->array;
    value->given_ = value->data;
    state_leave(gate_of(state), false);
    return AD_OK;
}

ad_status ad_get_copy(const ad_state *state, const ad_tensor *variable, ad_array to)
{
    struct state_value *own = NULL;
    TRY(find(state, variable, "ad_get_copy", &own));
    TRY(check_like(state, own, &to, "ad_get_copy"));
    TRY(state_enter(gate_of(state), false, false));
    if (ad_array_bytes(&to))
        memmove(to.data, own->array.data, ad_array_bytes(&to));
    state_leave(gate_of(state), false);
    return AD_OK;
}

ad_status ad_set(ad_state *state, const ad_tensor *variable, ad_array value)
{
    struct state_value *own = NULL;
    TRY(find(state, variable, "ad_set", &own));
    TRY(check_like(state, own, &value, "ad_set"));
    TRY(state_enter(state, true, false));
    if (ad_array_bytes(&value))
        memmove(own->array.data, value.data, ad_array_bytes(&value));
    own->version++;
    state_leave(state, true);
    return AD_OK;
}
