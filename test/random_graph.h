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
    bool open;     /* sizes are open, but where the order below is SIZES_FIXED */
};

enum { SIZES_FIXED = -1 };

/* A graph of about size ops over type, some on a second device where the context has one.  In a
 * third of them three sizes are open, declared in one of six orders, 0 .. 5; SIZES_FIXED makes the
 * same graph of the same numbers with all sizes fixed.  false where something failed (ad_error). */
bool random_graph_make(struct random_graph *r, ad_context *context, uint64_t number, int size,
                       ad_type type, int order);
void random_graph_free(struct random_graph *r);

#endif
