/* Where a variable's moving average lies. */
#ifndef OPTIM_AVERAGE_H
#define OPTIM_AVERAGE_H

#include <adze/adze.h>

/* What ad_average keeps of a trainable variable; NULL: none.  Takes nothing of the graph's memory.
 */
ad_tensor *average_of(const ad_tensor *variable);
/* Which nodes y is made of, by their numbers, in the graph's arena; NULL without memory. */
bool *average_needed(const ad_tensor *y);

#endif
