/* Weights packed for kernels: all programs of a state that need the same have one copy.
 *
 * It is read by runs of inference, which are readers of the state: while they are in, no variable
 * changes.  So what is packed of the version that a variable has stays until all of them are out,
 * and whoever finds another version packs, alone. */
#ifndef RUN_PACKED_H
#define RUN_PACKED_H

#include "core/backend.h"
#include "run/state.h"

struct packed {
    struct packed *next;
    int variable; /* its number in the state */
    struct packing packing;
    void *memory;
    size_t bytes;
    _Atomic int64_t version; /* of the variable when it was packed; 0: never */
    int users;               /* plans */
};

/* The one that there is, or a new one with so much memory; NULL and fail() without it. */
struct packed *packed_take(ad_state *state, int variable, const struct packing *packing,
                           size_t bytes);
/* The last user frees it. */
void packed_drop(ad_state *state, struct packed *packed);
/* Within a run: whether it has to be packed, which this thread then does before packed_end. */
bool packed_begin(ad_state *state, struct packed *packed);
void packed_end(ad_state *state, struct packed *packed, bool done);

#endif
