/* The values that variables begin with. */
#ifndef RUN_FIRST_VALUES_H
#define RUN_FIRST_VALUES_H

#include "run/state.h"

/* Appends a value to the state for each variable of its graph that has none yet; room for them is
 * there.  On failure the state is as it was. */
ad_status first_values(ad_state *state);

#endif
