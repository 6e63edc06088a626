/* The weight of a layer, normed or not. */
#ifndef NN_MORE_WEIGHT_NORM_H
#define NN_MORE_WEIGHT_NORM_H

#include "nn/layer.h"

/* Variables called as torch.nn.utils.parametrizations calls them; axis: of spectral norm.  Weights
 * start uniform, as layer_fan_in said. */
ad_tensor *normed_weight(const struct layer *layer, ad_normed normed, ad_shape shape, int axis);

#endif
