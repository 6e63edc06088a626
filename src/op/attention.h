/* Attention and its gradient as ops, so that a backend can compute either without the score matrix.
 */
#ifndef OP_ATTENTION_H
#define OP_ATTENTION_H

#include "core/graph.h"

struct attention_attributes {
    double scale;
    bool causal;
};

extern const struct op op_attention;          /* q, k, v, [mask]: y */
extern const struct op op_attention_gradient; /* q, k, v, d at y, [mask]: dq, dk, dv */

#endif
