/* Mixed precision: inputs of products rounded to bf16, sums kept in f32 (Kalamkar et al. 2019). */
#ifndef PASS_PRECISION_H
#define PASS_PRECISION_H

#include "core/graph.h"

ad_graph *precision_pass(const ad_graph *from, ad_tensor **roots, int count);

#endif
