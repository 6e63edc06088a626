/* Losses of each example; src/nn/loss.c takes their means. */
#ifndef OP_LOSS_H
#define OP_LOSS_H

#include "core/graph.h"

struct cross_entropy_attributes {
    double label_smoothing;
};

extern const struct op op_cross_entropy;        /* logits (..., classes), label (...): (...) */
extern const struct op op_binary_cross_entropy; /* logits, target of one shape */

#endif
