/* Conversion between element types. */
#ifndef OP_CAST_H
#define OP_CAST_H

#include "core/graph.h"

struct cast_attributes {
    ad_type type;
};

extern const struct op op_cast;

/* n numbers in the order of memory. */
void cast_run(ad_type from, ad_type to, int64_t n, const void *in, void *out);

#endif
