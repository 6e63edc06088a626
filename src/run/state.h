/* The values of a graph's variables. */
#ifndef RUN_STATE_H
#define RUN_STATE_H

#include <stdatomic.h>

#include "core/graph.h"

struct state_value {
    ad_array array;  /* 64-byte aligned */
    int64_t version; /* raised by every change */
};

struct ad_state {
    ad_graph *graph;
    uint64_t seed;
    int64_t step;
    struct state_value *values; /* by number of the variable in its graph */
    int count, capacity;
    atomic_int users;    /* inference runs now; -1: a training run */
    struct arena looked; /* of the last ad_value */
};

/* Values for the variables made since; called by ad_compile. */
ad_status state_extend(ad_state *state);
/* The number of a variable in its graph, or -1. */
int state_number(const ad_state *state, const ad_tensor *variable);
/* Changes whenever a value does; never 0. */
int64_t state_version(const ad_state *state);
/* A run begins: training runs are alone, inference runs share.  AD_ERROR_BUSY where it may not. */
ad_status state_enter(ad_state *state, bool training);
void state_leave(ad_state *state, bool training);

#endif
