/* Dropout as an op of random numbers made elsewhere. */
#ifndef OP_DROPOUT_H
#define OP_DROPOUT_H

#include "core/graph.h"

struct dropout_attributes {
    double rate;
};

extern const struct op
    op_dropout; /* x, uniform numbers of x's shape, [in training: bool, rank 0] */

#endif
