/* What the steps before left, for graphs of one step: see ad_cache in adze/layers.h. */
#ifndef NN_MORE_CACHE_H
#define NN_MORE_CACHE_H

#include "nn/layer.h"

static inline bool looks_back(const ad_graph *graph)
{
    return graph->cache;
}

/* Numbers of the steps of a series: i32 (time). */
ad_tensor *cache_range(ad_graph *graph, ad_dim time);
/* k or v (batch, heads, 1, width) with those of the steps before: (batch, heads, keys, width), of
 * which as many are there as cache_range says. */
ad_tensor *cache_keys(const struct layer *layer, ad_tensor *k);
/* NULL where the layer can remember. */
ad_tensor *cache_check(const struct layer *layer, const ad_tensor *x, bool causal,
                       const ad_tensor *length);
/* bool (1, keys): what a step of a causal layer sees of them. */
ad_tensor *cache_seen(const ad_tensor *keys);

#endif
