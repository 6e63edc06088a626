/* Simplification that keeps every bit: constants, choices that are decided, equal nodes merged,
 * dead nodes left behind. */
#ifndef PASS_SIMPLIFY_H
#define PASS_SIMPLIFY_H

#include "core/graph.h"

ad_graph *simplify_pass(const ad_graph *from, ad_tensor **roots, int count);

#endif
