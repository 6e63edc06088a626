/* Softmax and its logarithm along an axis. */
#ifndef OP_SOFTMAX_H
#define OP_SOFTMAX_H

#include "core/graph.h"

struct softmax_attributes {
    int64_t axis; /* counted from 0 */
};

extern const struct op op_softmax, op_log_softmax;

#endif
