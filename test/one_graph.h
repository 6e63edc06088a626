/* For tests of many small graphs, one at a time: begin(), the test, end(). */
#ifndef TEST_ONE_GRAPH_H
#define TEST_ONE_GRAPH_H

#include <adze/adze.h>

static ad_context *context;
static ad_graph *graph;
static ad_state *state; /* made by the test where it needs one */

static void begin(void)
{
    context = ad_context_new(.threads = 1);
    graph = ad_graph_new(context);
}

static void end(void)
{
    ad_state_free(state);
    ad_graph_free(graph);
    ad_context_free(context);
    state = NULL;
}

#endif
