/* Elements by number: gather, its adjoint, and the check of numbers against a limit. */
#ifndef OP_GATHER_H
#define OP_GATHER_H

#include "core/graph.h"

struct gather_attributes {
    int64_t axis; /* of x or base, counted from 0 */
};

/* Every element lies in 0..limit-1 or the run fails. */
struct check_index_attributes {
    ad_dim limit;
    const char *what; /* "label", for the message */
};

extern const struct op op_gather;      /* x (a, rows, b), index (i): (a, i, b) */
extern const struct op op_scatter_add; /* base (a, rows, b), index (i), part (a, i, b) */
extern const struct op op_check_index; /* x of i32 or i64, and the same again */

/* x, checked at run time. */
ad_tensor *gather_check(ad_tensor *x, ad_dim limit, const char *what);
/* The failure that both kinds report: "index 12 at position 3 is outside 0..9". */
ad_status gather_range_error(const char *what, int64_t index, int64_t position, int64_t limit);

#endif
