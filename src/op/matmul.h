/* The matrix product as an op: no attributes; a transposed operand is a transpose node, which
 * kernels read as strides. */
#ifndef OP_MATMUL_H
#define OP_MATMUL_H

#include "core/graph.h"

extern const struct op op_matmul; /* a (..., m, k), b (..., k, n): (..., m, n) */
/* The same where a mask hides a part (op/matmul_masked.c): of a, whose zeros leave terms out; of
 * the result. */
extern const struct op op_matmul_nonzero, op_matmul_masked;

ad_status matmul_infer(struct infer *f);
ad_status matmul_naive(const struct call *c); /* of op_matmul and op_matmul_nonzero */
ad_tensor *matmul_swapped(ad_tensor *x);      /* the last two axes; poison stays poison */

#endif
