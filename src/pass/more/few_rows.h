/* Updates that change few rows of a table. */
#ifndef PASS_MORE_FEW_ROWS_H
#define PASS_MORE_FEW_ROWS_H

#include "core/graph.h"

/* The graph with a descend_rows node in place of v - rate scatter_add(0, index, part), where v is a
 * variable's old value, nobody else reads the sums and few rows have parts; keep says whether the
 * backend has a kernel for it.  Every bit stays. */
ad_graph *few_rows_pass(const ad_graph *from, bool (*keep)(const struct node *node),
                        ad_tensor **roots, int count);

#endif
