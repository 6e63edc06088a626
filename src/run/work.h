/* What a program computes, at concrete sizes, as a graph of its own: the start of every
 * compilation.
 *
 * Feeds and variables become feed nodes of the new graph; the training flag becomes a constant. The
 * roots keep track of everything a run touches while passes rebuild the graph. */
#ifndef RUN_WORK_H
#define RUN_WORK_H

#include "pass/schedule.h"

struct work {
    ad_graph *graph;
    struct arena arena;
    ad_tensor *
        *roots; /* the lists below, one after the other; NULL where the program does not need it */
    int root_count;
    ad_tensor **feed;     /* leaf for each feed of the program */
    ad_tensor **variable; /* leaf for each variable of the state */
    ad_tensor **fetch;
    ad_tensor **assigned; /* new value for each variable of the state */
    int feeds, variables, fetches;
};

struct work_request {
    ad_graph *graph;
    ad_tensor *const *feed;
    int feeds;
    ad_tensor *const *fetch;
    int fetches;
    bool training;
    const struct dim_sizes *sizes;
};

ad_status work_build(struct work *work, const struct work_request *request);
void work_done(struct work *work);
/* Its graph, leaves and roots, to be scheduled. */
struct schedule_request work_schedule(const struct work *work);

/* Which nodes of the user's graph a program needs: those behind the fetches, and in training those
 * behind the assignments of needed nodes. */
void work_mark(const struct work_request *request, bool *needed);

#endif
