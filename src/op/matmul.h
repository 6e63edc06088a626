/* The matrix product as an op: no attributes; a transposed operand is a transpose node, which
 * kernels read as strides. */
#ifndef OP_MATMUL_H
#define OP_MATMUL_H

#include "core/graph.h"

extern const struct op op_matmul; /* a (..., m, k), b (..., k, n): (..., m, n) */

#endif
