/* Copying parts of a graph, into itself (ad_call) or into another (compiled programs, bodies of
 * scans). */
#ifndef CORE_COPY_H
#define CORE_COPY_H

#include "core/graph.h"

struct copy {
    const ad_graph *from;
    ad_graph *to;
    int count;          /* nodes of from when the copy began */
    ad_tensor ***map;   /* map[id][result]: what stands for it in to; NULL where nothing yet */
    bool *needed;       /* nodes to copy */
    bool fresh_streams; /* for ad_call: random nodes get new streams, pending nodes count anew */
    const struct dim_sizes *sizes; /* numbers for the open dimensions of from, or NULL */
    struct arena scratch;
};

/* False without memory. */
bool copy_begin(struct copy *copy, const ad_graph *from, ad_graph *to);
void copy_end(struct copy *copy);
/* to stands for from from now on. */
bool copy_put(struct copy *copy, const ad_tensor *from, ad_tensor *to);
/* What stands for a tensor, or NULL. */
ad_tensor *copy_get(const struct copy *copy, const ad_tensor *from);
/* Marks as needed whatever the tensors depend on and has no stand-in yet.  Inputs of variables
 * (their first values) are not followed. */
void copy_need(struct copy *copy, ad_tensor *const *tensors, int count);
/* Copies one node whose inputs all have stand-ins. */
bool copy_node(struct copy *copy, const struct node *node);
/* Copies all needed nodes in order; false without memory or where a copied node is refused (the
 * graph has the poison). */
bool copy_run(struct copy *copy);
/* A whole body, inputs and outputs included, as a body of graph to; NULL without memory. */
ad_graph *copy_whole_body(const ad_graph *body, ad_graph *to, const struct dim_sizes *sizes);

#endif
