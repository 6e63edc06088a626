/* Mean 0 and variance 1 of each example's groups of channels: the core of group and instance norm.
 */
#ifndef OP_MORE_GROUP_NORM_H
#define OP_MORE_GROUP_NORM_H

#include "core/graph.h"

/* x (batch, places..., channels); groups divide the channels. */
ad_tensor *group_standardize(ad_tensor *x, int64_t groups, double epsilon);
/* (batch, 1..., channels): those of the group that each channel is of; the variance is biased. */
void group_moments(ad_tensor *x, int64_t groups, ad_tensor **mean, ad_tensor **variance);

#endif
