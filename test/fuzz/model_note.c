/* What a stored model says of itself beside its weights, from any bytes: read whole, or refused
 * with words; the graph in it is read or refused too. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kit/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ad_run_data data = {0};
    char *graph = NULL, *note = malloc(size + 1);
    if (!note)
        return 0;
    memcpy(note, bytes, size);
    note[size] = 0;
    ad_status status = run_parse_model("any", note, &data, &graph, NULL);
    assert(status == AD_OK ? data.schema && data.task && data.inputs > 0 && graph
                           : ad_kit_error()[0] != 0);
    ad_context *context = graph ? ad_context_new(.threads = 1) : NULL;
    ad_graph *read = context ? ad_graph_read(context, graph) : NULL;
    ad_graph_free(read);
    ad_context_free(context);
    free(graph);
    free(note);
    ad_run_data_done(&data);
    return 0;
}
