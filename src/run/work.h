/* What a program computes, as a graph of its own.
 *
 * Feeds and variables become feed nodes of the new graph; the training flag becomes a constant. The
 * roots keep track of everything a run touches while passes rebuild the graph.
 *
 * It is made twice: work_build takes it out of the user's graph, which may grow from then on, with
 * sizes open as they are there; work_at copies that at the sizes of a run, which is the start of
 * every compilation. */
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
    ad_tensor *const *feed; /* each gets a leaf, needed or not */
    int feeds;
    ad_tensor *const *fetch;
    int fetches;
    int watched; /* behind the fetches: what they own is not assigned */
    bool training;
    int variables, assigns; /* the first so many of the graph's */
};

/* Every variable of the graph, and every assignment. */
struct work_request work_request(ad_graph *graph, ad_tensor *const *fetch, int fetches);
/* Its caller holds the graph, and keeps it: constants stay where they are. */
ad_status work_build(struct work *work, const struct work_request *request);
/* The same at sizes that are known, with the first so many of its fetches; a feed or variable that
 * it does not need has no leaf.  open stays as it is, and must outlive work. */
ad_status work_at(struct work *work, const struct work *open, int fetches,
                  const struct dim_sizes *sizes);
void work_done(struct work *work);
/* Its graph, leaves and roots, to be scheduled. */
struct schedule_request work_schedule(const struct work *work);

/* Which nodes of the user's graph a program needs: those behind the fetches, and in training those
 * behind the assignments of needed nodes. */
void work_mark(const struct work_request *request, bool *needed);

#endif
