/* The scan node: a body graph over the time axis.
 *
 * Inputs of the node, and of the body in the same order: slices (batch, time, ...) of which the
 * body sees (batch, ...); carries, whose first values these are; captures, the same at every step;
 * then, with .index, the body has one feed more: the step, i64. Results: first what each carry
 * holds in the end; then every other output of the body at all steps, (batch, time, ...), or (time)
 * for outputs of rank 0.  Outputs of a body: the next value of each carry; then the carries as the
 * step found them; then every result of every node.  So whatever a gradient or a user wants to see
 * is a result, and a program makes only those that are needed.
 *
 * A body draws its random numbers with a seed of each step, scalar_step_seed, so they differ from
 * step to step.  A gradient reads the stacked numbers of the forward scan and draws none. */
#ifndef OP_SCAN_H
#define OP_SCAN_H

#include "core/graph.h"

struct scan_attributes {
    ad_graph *body;
    int64_t slices, carries;
    bool reverse;
    bool index;
};

extern const struct op op_scan;

/* Completes a body (inputs set, outputs = the next carries) with its stacked outputs, and makes the
 * node; without carries and nodes there is nothing to make, and the first slice is returned. */
ad_tensor *scan_make(ad_graph *graph, ad_graph *body, const struct scan_attributes *attributes,
                     ad_tensor *const *in, int in_count);
/* Which result stacks this tensor of the body over time; -1 where none does. */
int scan_stack_of(const ad_graph *body, const ad_tensor *of_body, int carries);
/* The shape of a step's value over all steps, and back. */
ad_shape scan_stack_shape(const ad_shape *step, ad_dim time);
ad_shape scan_step_shape(const ad_shape *all);

#endif
