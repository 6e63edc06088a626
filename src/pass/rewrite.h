/* A pass is a function from graph to graph: it rebuilds what the roots need, node by node in order,
 * and a rule may put something else in a node's place.  What nothing needs is left behind, so every
 * pass removes dead nodes.  Bodies of scans are rebuilt by the same rule. */
#ifndef PASS_REWRITE_H
#define PASS_REWRITE_H

#include "core/graph.h"

/* Sets out[i] for every result of node, made in graph to from the inputs in, and returns true; or
 * returns false, and the node is copied. */
typedef bool rewrite_rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                          ad_tensor **out);

/* The new graph; roots (each of graph from, NULL skipped) are replaced by what stands for them
 * there.  NULL and fail() where it fails. */
ad_graph *rewrite(const ad_graph *from, rewrite_rule *rule, void *user, ad_tensor **roots,
                  int count);

#endif
