/* Rows of single ops, layers and optimizers, beside torch_parts.py, and others of a build with
 * extras. */
#ifndef ADZE_BENCH_PARTS_H
#define ADZE_BENCH_PARTS_H

#include "bench.h"

/* Rows by kind; each list ends with .name == NULL. */
extern const workload bench_op_parts[], bench_layer_parts[], bench_optimizer_parts[];
extern const workload bench_more_nets[];

/* A scalar of no cost whose gradient with regard to p is a feed of p's shape: an optimizer, or a
 * way back, alone. */
ad_tensor *part_given(job *j, ad_tensor *p);

/* A training step of a layer: y's mean square, its gradients and plain gradient descent. */
void part_train(job *j, ad_tensor *y);

#endif
