/* The body of a scan as something to schedule: one step reads its slices and writes its stacked
 * results where they lie inside (batch, time, ...), by strides. */
#ifndef PASS_SCAN_BODY_H
#define PASS_SCAN_BODY_H

#include "pass/schedule.h"

struct scan_body {
    ad_graph *graph;                 /* rebuilt with what is wanted; the caller frees it */
    struct schedule_request request; /* feeds: inputs of the body; fetches: the carries, then the
                                        other outputs that are wanted */
    struct view *stack;              /* results over time, one for each of these others */
    int stacks;
};

/* The graph is NULL and the rest in the arena where it fails. */
ad_status scan_body_build(struct scan_body *body, struct arena *arena, const struct step *step);
/* Of (batch, time, ...); of (time) for what has rank 0 at a step. */
int scan_body_axis(const struct view *over_time);
/* How many steps the scan takes. */
int64_t scan_body_time(const struct step *step);

#endif
