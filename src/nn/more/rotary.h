#ifndef NN_MORE_ROTARY_H
#define NN_MORE_ROTARY_H

#include "nn/layer.h"

enum { HEADS_MAX = 4096 };

/* x (batch, time, heads, width) turned by the places of its steps, i32 (time): see ad_rotary. */
ad_tensor *rotary_turned(ad_tensor *x, ad_tensor *step, double theta, bool pairs);
/* Minus ALiBi's slopes, (heads, 1, 1); heads: 1 to HEADS_MAX. */
ad_tensor *alibi_slopes(ad_graph *graph, ad_type type, int64_t heads);

#endif
