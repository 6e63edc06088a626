/* An op of the user's own, made of callbacks. */
#ifndef OP_CUSTOM_H
#define OP_CUSTOM_H

#include "core/graph.h"

struct custom_attributes {
    ad_custom_op op;
};

extern const struct op op_custom;

#endif
