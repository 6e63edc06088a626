/* From a graph of primitives at concrete sizes to steps: which nodes share a fused loop, which
 * values exist in memory, in which order the steps run. */
#ifndef PASS_SCHEDULE_H
#define PASS_SCHEDULE_H

#include "core/backend.h"

enum value_kind {
    VALUE_TEMPORARY, /* lives in the program's arena between two steps */
    VALUE_FEED,      /* memory of the caller, by number of the feed */
    VALUE_VARIABLE,  /* memory of the state, by number of the variable */
    VALUE_CONSTANT,  /* memory of the graph */
    VALUE_FETCH,     /* memory that stays until the next run, by number of the fetch */
};

struct value {
    enum value_kind kind;
    int number; /* of the feed, variable or fetch */
    ad_type type;
    ad_shape shape;
    size_t bytes;
    const void *data; /* VALUE_CONSTANT */
    int device;
    int first,
        last;     /* steps that write it first and use it last; first == -1: before the program */
    size_t place; /* VALUE_TEMPORARY: offset in the arena; filled by the memory plan */
    bool fixed;   /* the same in every run: kept, outside the arena */
};

/* At the end of a training run: the variable takes what lies in value, where it was not written in
 * place. */
struct update {
    int variable, value;
};

struct schedule {
    struct arena arena;
    struct step *steps;
    int step_count;
    struct value *values;
    int value_count, value_capacity;
    struct update *updates;
    int update_count;
    struct view *fetches; /* where each fetch lies */
    char **notes;         /* of each step: what it holds and what stopped it growing */
    const ad_allocator *allocator;
};

struct schedule_request {
    ad_graph *graph;
    ad_tensor *const *feed, *const *variable,
                                *const *fetch,
                                    *const *assigned; /* leaves and roots, NULL where not needed */
    int feeds, variables, fetches;
    const struct view *feed_view, *fetch_view; /* strides of feeds and fetches where they are not
                                                  contiguous (steps of a scan); or NULL */
    const struct backend *backend;
    bool no_fuse;
    bool fixed_variables;              /* nothing trains: variables stay the same from run to run */
    int first_fixed_feed, fixed_feeds; /* so many feeds from this on stay the same */
};

ad_status schedule_build(struct schedule *schedule, const struct schedule_request *request);
void schedule_done(struct schedule *schedule);
/* place.c: copies where a step reads or writes memory of another device.  False without memory. */
bool schedule_place(struct schedule *schedule);
int schedule_value(struct schedule *schedule,
                   const struct value *value); /* adds one; -1 without memory */

#endif
