/* Random graphs from a number: the same number, the same graph.  Used to compare everything with
 * the naive interpreter. */
#ifndef TEST_RANDOM_GRAPH_H
#define TEST_RANDOM_GRAPH_H

#include <adze/adze.h>

enum { RANDOM_FEEDS = 3, RANDOM_FETCHES = 6, RANDOM_VARIABLES = 2 };

struct random_graph {
    ad_graph *graph;
    ad_tensor *feed[RANDOM_FEEDS], *fetch[RANDOM_FETCHES];
    ad_array value[RANDOM_FEEDS]; /* data to feed, owned */
    int fetches;
    bool training; /* has an update */
};

/* A graph of about size ops over type; open_sizes makes the batch axis open.  false where something
 * failed (ad_error). */
bool random_graph_make(struct random_graph *r, ad_context *context, uint64_t number, int size,
                       ad_type type);
void random_graph_free(struct random_graph *r);

#endif
