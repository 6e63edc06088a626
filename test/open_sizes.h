/* Random graphs whose sizes are open, and the same graphs at fixed sizes.
 *
 * What a generator decides by shapes it decides by what the graph with open sizes shows, in both:
 * that one is made first and writes down what was seen; the twin at fixed sizes reads it back. */
#ifndef TEST_OPEN_SIZES_H
#define TEST_OPEN_SIZES_H

#include <stdlib.h>
#include <string.h>

#include "core/dim.h"
#include "core/graph.h"

enum { OPEN_SIZES = 3, OPEN_ORDERS = 6 };

/* A shape as the graph with open sizes has it, and in numbers. */
struct seen {
    ad_shape said, real;
    int made; /* sizes that are neither numbers nor declared: they must not become too complex */
};

struct open_sizes {
    bool open, twin;        /* what is being made: the first, the second; neither: all is fixed */
    int order;              /* of declaring: 0 .. OPEN_ORDERS - 1 */
    ad_dim dim[OPEN_SIZES]; /* to make tensors with */
    struct dim_sizes sizes;
    struct seen *notes;
    int count, capacity, at;
};

/* Declares the sizes of these names, of which numbers are fed, in one of the orders. */
static inline void open_sizes_declare(struct open_sizes *o, ad_graph *graph,
                                      const char *const *name, const int64_t *number)
{
    static const int orders[OPEN_ORDERS][OPEN_SIZES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int i = 0; i < OPEN_SIZES; i++) {
        int k = orders[o->order][i];
        o->dim[k] = o->open ? ad_open(graph, name[k]) : number[k];
        o->sizes.size[i] = number[k];
    }
}

/* The shape of a tensor of this graph, for decisions. */
static inline struct seen open_sizes_see(struct open_sizes *o, ad_tensor *t)
{
    ad_shape shape = ad_tensor_shape(t);
    if (!o->open && !o->twin)
        return (struct seen){shape, shape, 0};
    if (o->twin)
        return o->at < o->count ? o->notes[o->at++] : (struct seen){shape, shape, 0};
    if (o->count == o->capacity) {
        o->capacity = 2 * o->capacity + 64;
        o->notes = realloc(o->notes, sizeof *o->notes * (size_t)o->capacity);
    }
    struct seen seen = {shape, dim_shape_value(t->node->graph, &shape, &o->sizes), 0};
    for (int i = 0; i < shape.rank; i++)
        seen.made += shape.size[i] < 0 && dim_open_number(t->node->graph, shape.size[i]) < 0;
    o->notes[o->count++] = seen;
    return seen;
}

#endif
