/* Sums of a stored model, by which a bit that has turned since is seen; not against those who want
 * to deceive. */
#include <string.h>

#include "run.h"

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9E3779B97F4A7C15U;
    return sum ^ (sum >> 32);
}

uint64_t run_sum(uint64_t sum, const void *data, size_t size)
{
    const unsigned char *p = data;
    for (; size >= 8; size -= 8, p += 8) {
        uint64_t word = 0;
        for (int i = 0; i < 8; i++)
            word |= (uint64_t)p[i] << (8 * i);
        sum = mix(sum, word);
    }
    for (; size; size--)
        sum = mix(sum, *p++);
    return sum;
}

ad_status run_sum_weights(const ad_graph *inference, const ad_graph *graph, const ad_state *state,
                          uint64_t *sum)
{
    *sum = 1;
    for (int i = 0; i < ad_variable_count(inference); i++) {
        const char *name = ad_tensor_name(ad_variable_at(inference, i));
        ad_tensor *variable = ad_find(graph, name);
        ad_array value = {0};
        if (!variable)
            return run_fail(AD_RUN_OTHER_NETWORK, AD_ERROR_ARGUMENT,
                            "the network has no variable %s\n", name);
        if (ad_get(state, variable, &value) != AD_OK)
            return run_fail_core(AD_RUN_NO_FAULT);
        *sum = run_sum(*sum, name, strlen(name) + 1);
        *sum = run_sum(*sum, value.data, ad_array_bytes(&value));
    }
    return AD_OK;
}
