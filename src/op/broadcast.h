/* The adjoint of broadcasting. */
#ifndef OP_BROADCAST_H
#define OP_BROADCAST_H

#include "core/graph.h"

/* Sums t down to the shape of an operand that was broadcast to t's shape; t itself where the shapes
 * are equal. */
ad_tensor *graph_sum_to(ad_tensor *t, const ad_shape *shape);

#endif
