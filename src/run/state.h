/* The values of a graph's variables.
 *
 * Values never move, and their number only grows: what has a variable's number may read its value
 * while others are added.  Numbers in them are read and written by those that state_enter let in.
 */
#ifndef RUN_STATE_H
#define RUN_STATE_H

#include <stdatomic.h>

#include "base/gate.h"
#include "core/graph.h"

struct state_value {
    ad_array array;  /* 64-byte aligned */
    int64_t version; /* raised by every change */
    const ad_tensor *variable;
};

enum { STATE_CHUNK = 16, STATE_CHUNKS = 26 }; /* of values: 16, 16, 32, 64, ... */

struct ad_state {
    ad_graph *graph;
    _Atomic uint64_t seed;
    _Atomic int64_t step;
    struct state_value *chunk[STATE_CHUNKS];
    atomic_int count;      /* of values, by number of the variable in its graph */
    struct gate gate;      /* inference runs and what reads; training runs and what writes */
    atomic_bool wait;      /* for the gate */
    struct arena looked;   /* of the last ad_value */
    struct lock looking;   /* ad_value */
    struct packed *packed; /* weights, for the programs */
    struct lock packing;   /* the list of them, and to pack */
    atomic_int users;      /* programs, and the user until ad_state_free */
};

/* Values for the variables made since; called by ad_compile. */
ad_status state_extend(ad_state *state);
/* Room for count values, not yet there.  Its caller holds the graph. */
ad_status state_reserve(ad_state *state, int count);
struct state_value *state_value(const ad_state *state, int number);
/* One more value, for the next variable of the graph; there is room.  Takes the array's memory. */
void state_append(ad_state *state, ad_array array);
int state_count(const ad_state *state);
/* The number of a variable in its graph, or -1. */
int state_number(const ad_state *state, const ad_tensor *variable);

/* A run, or a call that reads or writes values, begins: writers are alone, readers share.
 * AD_ERROR_BUSY where it may not go in, unless wait (or the state's own setting) says to wait. */
ad_status state_enter(ad_state *state, bool write, bool wait);
void state_leave(ad_state *state, bool write);

/* A run of the state that this thread is in: what it calls back (taps, ops of the user's own) reads
 * the state without entering and may not write. */
struct state_visit {
    const ad_state *state;
    const ad_program *program; /* the one that runs, or NULL */
    const struct state_visit *outer;
};
void state_visit_begin(struct state_visit *visit, const ad_state *state, const ad_program *program);
void state_visit_end(const struct state_visit *visit);
/* By this thread: the state, a run of the program, any state. */
bool state_visited(const ad_state *state);
bool state_visited_by(const ad_program *program);
bool state_visited_any(void);

/* The state lives until the user has freed it and no program is left. */
void state_keep(ad_state *state);
void state_drop(ad_state *state);

#endif
