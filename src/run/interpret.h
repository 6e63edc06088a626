/* The naive interpreter: node by node, each by its record's naive kernel, nothing shared with the
 * compiled path.  It is the reference that every pass and kernel is tested against, and what
 * ad_value and check_finite run on. */
#ifndef RUN_INTERPRET_H
#define RUN_INTERPRET_H

#include "core/graph.h"

struct interpretation {
    ad_graph *graph;        /* concrete sizes, no composites */
    ad_tensor *const *leaf; /* feeds of graph */
    const ad_array *value;  /* and what they are */
    int leaves;
    ad_tensor *const *root;
    ad_array *result; /* memory from allocator, to be freed by the caller (memory_free with
                         ad_array_bytes + 1) */
    int roots;
    uint64_t seed;
    uint32_t step;
    bool check_finite;
    const ad_allocator *allocator;
};

ad_status interpret(const struct interpretation *i);

#endif
