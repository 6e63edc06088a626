/* Numbers that follow from sizes. */
#ifndef OP_RANGE_H
#define OP_RANGE_H

#include "core/graph.h"

struct range_attributes {
    ad_type type;
    ad_dim count;
};

struct size_attributes {
    int64_t axis;
};

extern const struct op op_range; /* 0, 1, ... count - 1 */
extern const struct op op_size;  /* size of an axis of x: i64, rank 0 */

#endif
