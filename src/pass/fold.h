/* For inference programs: scales that follow a convolution or matrix product move into its weights.
 */
#ifndef PASS_FOLD_H
#define PASS_FOLD_H

#include "core/graph.h"

ad_graph *fold_pass(const ad_graph *from, ad_tensor **roots, int count);

#endif
