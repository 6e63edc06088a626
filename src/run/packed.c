/* Weights packed for kernels.
 *
 * The state's lock guards its list, the users, and who packs.  A version is stored behind the last
 * byte and read before the first: whoever finds that of the variable reads without a lock. */
#include "run/packed.h"

#include <string.h>

static bool is_wanted(const struct packed *p, int variable, const struct packing *packing,
                      size_t bytes)
{
    return p->variable == variable && p->bytes == bytes && p->packing.by == packing->by &&
           !memcmp(p->packing.number, packing->number, sizeof packing->number);
}

static struct packed *make(ad_state *state, int variable, const struct packing *packing,
                           size_t bytes)
{
    const ad_allocator *allocator = &state->graph->context->allocator;
    struct packed *p = memory_zeroed(allocator, sizeof *p);
    void *memory = p ? memory_alloc(allocator, bytes) : NULL;
    if (!memory) {
        memory_free(allocator, p, sizeof *p);
        return NULL;
    }
    p->next = state->packed;
    p->variable = variable;
    p->packing = *packing;
    p->memory = memory;
    p->bytes = bytes;
    state->packed = p;
    return p;
}

struct packed *packed_take(ad_state *state, int variable, const struct packing *packing,
                           size_t bytes)
{
    lock_take(&state->packing);
    struct packed *p = state->packed;
    while (p && !is_wanted(p, variable, packing, bytes))
        p = p->next;
    if (!p)
        p = make(state, variable, packing, bytes);
    if (p)
        p->users++;
    lock_drop(&state->packing);
    return p;
}

void packed_drop(ad_state *state, struct packed *packed)
{
    const ad_allocator *allocator = &state->graph->context->allocator;
    lock_take(&state->packing);
    struct packed **place = &state->packed;
    while (*place != packed)
        place = &(*place)->next;
    if (--packed->users == 0) {
        *place = packed->next;
        memory_free(allocator, packed->memory, packed->bytes);
        memory_free(allocator, packed, sizeof *packed);
    }
    lock_drop(&state->packing);
}

static int64_t version_of(const ad_state *state, const struct packed *packed)
{
    return state_value(state, packed->variable)->version;
}

static bool is_packed(const ad_state *state, struct packed *packed)
{
    return atomic_load_explicit(&packed->version, memory_order_acquire) ==
           version_of(state, packed);
}

bool packed_begin(ad_state *state, struct packed *packed)
{
    if (is_packed(state, packed))
        return false;
    lock_take(&state->packing);
    if (!is_packed(state, packed))
        return true;
    lock_drop(&state->packing);
    return false;
}

void packed_end(ad_state *state, struct packed *packed, bool done)
{
    if (done)
        atomic_store_explicit(&packed->version, version_of(state, packed), memory_order_release);
    lock_drop(&state->packing);
}
