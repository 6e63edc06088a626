/* What a graph has to be: one definition for nodes that are built, read from text, copied and made
 * by passes. */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "core/graph.h"

/* The number of inputs, and attributes as the op's table has them: numbers in range, types and axes
 * that there are, sizes of this graph, arrays with data, bodies of this graph.  What is left is the
 * shape rule's, which may take all of this for granted. */
ad_status check_node(const ad_graph *graph, const struct op *op, const void *attributes,
                     int in_count);
/* Sizes in attributes that came out below zero, and axes that no shape has: asked after the shape
 * rule, which says it better where it looks at them. */
ad_status check_sizes(const ad_graph *graph, const struct op *op, const void *attributes);

/* All of a graph, its bodies too: nodes in order with inputs made before them; attributes, types
 * and shapes as the rules say; names, variables and assignments that fit.  A message names the
 * node. */
ad_status check_graph(ad_graph *graph);

#endif
