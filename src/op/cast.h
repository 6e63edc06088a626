/* Conversion between element types. */
#ifndef OP_CAST_H
#define OP_CAST_H

#include "core/graph.h"

struct cast_attributes {
    ad_type type;
};

extern const struct op op_cast;

#endif
