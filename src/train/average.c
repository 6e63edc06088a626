/* A state whose weights become their averages. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "run/state.h"
#include <adze/train.h>

static ad_tensor *average_of(const ad_graph *graph, const char *name)
{
    size_t size = strlen(name) + sizeof "average.";
    char *full = memory_zeroed(memory_default(), size);
    if (!full)
        return NULL;
    snprintf(full, size, "average.%s", name);
    ad_tensor *average = ad_find(graph, full);
    memory_free(memory_default(), full, size);
    return average;
}

ad_status ad_take_averages(ad_state *state)
{
    const ad_graph *graph = state->graph;
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        ad_tensor *average = ad_trainable(v) ? average_of(graph, ad_tensor_name(v)) : NULL;
        ad_array value;
        if (!average)
            continue;
        TRY(ad_get(state, average, &value));
        TRY(ad_set(state, v, value));
    }
    return AD_OK;
}
