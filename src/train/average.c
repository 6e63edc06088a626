/* A state whose weights become their averages. */
#include "optim/average.h"
#include "base/error.h"
#include "run/state.h"
#include <adze/train.h>

ad_status ad_take_averages(ad_state *state)
{
    const ad_graph *graph = state->graph;
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        ad_tensor *average = average_of(v);
        ad_array value;
        if (!average)
            continue;
        TRY(ad_get(state, average, &value));
        TRY(ad_set(state, v, value));
    }
    return AD_OK;
}
