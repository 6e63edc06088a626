/* A compiled program at one set of sizes: kernels in order, and memory for what lies between them.
 */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "pass/schedule.h"
#include "run/state.h"

struct plan;

struct plan_request {
    ad_graph *graph; /* primitives at concrete sizes; the plan takes it over, also on failure */
    struct schedule_request schedule; /* its leaves and roots; .graph and .backend are filled in */
    bool no_plan;                     /* every value gets memory of its own */
    ad_state *state; /* whose variables are read, and which keeps what is packed of them for all its
                        plans; NULL: it is packed for this one */
};

/* Where things lie for one run.  feed, variable and fetch are addresses by number; entries that the
 * program does not need are not looked at. */
struct plan_run {
    void *const *feed;
    void *const *variable;
    void *const *fetch;
    uint64_t seed;
    uint32_t step;
    int64_t version; /* changes whenever what the request calls fixed does; 0: unknown */
};

struct plan *plan_new(ad_context *context, const struct plan_request *request);
void plan_free(struct plan *plan);
/* Memory that a run needs: between kernels, and for the threads.  Plans that do not run at the same
 * time may share it. */
size_t plan_arena_bytes(const struct plan *plan);
size_t plan_scratch_bytes(const struct plan *plan); /* the part of it that is scratch memory */
size_t plan_live_bytes(const struct plan *plan);    /* largest sum of values alive at one step */
/* The arena may change from run to run.  On failure no variable has changed. */
ad_status plan_execute(struct plan *plan, void *arena, const struct plan_run *run);
int plan_kernels(const struct plan *plan);
int64_t plan_flops(const struct plan *plan);
void plan_print(const struct plan *plan, struct text *text);
const struct schedule *plan_schedule(const struct plan *plan);

#endif
