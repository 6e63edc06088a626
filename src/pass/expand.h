/* Composites become the graphs that they mean. */
#ifndef PASS_EXPAND_H
#define PASS_EXPAND_H

#include "core/graph.h"

/* keep(node) says whether the backend has a kernel for the composite; NULL: none has. */
ad_graph *expand_pass(const ad_graph *from, bool (*keep)(const struct node *node),
                      ad_tensor **roots, int count);

#endif
