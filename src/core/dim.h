/* Sizes that may be open.  An ad_dim >= 0 is a number; a negative one is the code of an expression
 * kept by the graph: a polynomial with whole coefficients over atoms, where an atom is an open
 * dimension ("batch") or the floor of an expression divided by a number
 * ("(time + 2) / 2").  Expressions are kept once each in one canonical form, so equal sizes have
 * equal codes. */
#ifndef CORE_DIM_H
#define CORE_DIM_H

#include <adze/adze.h>

#include "base/text.h"

struct dims; /* the table of one graph and the bodies of its scans: a code means the same in all */

enum {
    DIM_OPEN_MAX = 64, /* open dimensions in one graph */
    SIZE_BITS = 48     /* an axis has at most 2^48 places, and so has a tensor (shape_fits) */
};
#define DIM_TOO_LARGE INT64_MAX /* the value of what has no room in 64 bits: no shape has it */

/* Sizes chosen for the open dimensions, by number of the dimension; -1 where not known yet. */
struct dim_sizes {
    int64_t size[DIM_OPEN_MAX];
};

bool dim_is_open(ad_dim dim);
/* A number from 0 up, or an open size of this graph. */
bool dim_is_known(const ad_graph *graph, ad_dim dim);
/* The open dimension of that name, made if there is none.  0, and the graph poisoned, where there
 * are too many; 0, and the graph marked as failed, without memory. */
ad_dim dim_open(ad_graph *graph, const char *name);
int dim_open_count(const ad_graph *graph);
const char *dim_open_name(const ad_graph *graph, int number);
/* The number of a dimension that is one open symbol and nothing else, or -1. */
int dim_open_number(const ad_graph *graph, ad_dim dim);

/* Arithmetic on codes.  What is too complex or larger than 2^48 poisons the graph; on lack of
 * memory the graph is marked as failed; 0 comes back. */
ad_dim dim_add(ad_graph *graph, ad_dim a, ad_dim b);
ad_dim dim_sub(ad_graph *graph, ad_dim a, ad_dim b);
ad_dim dim_mul(ad_graph *graph, ad_dim a, ad_dim b);
ad_dim dim_floor_div(ad_graph *graph, ad_dim a, int64_t divisor); /* divisor > 0 */
/* a / b where b divides a as a polynomial (reshape's inferred size); AD_INFER where it does not. */
ad_dim dim_exact_div(ad_graph *graph, ad_dim a, ad_dim b);
/* Number of elements of a shape. */
ad_dim dim_product(ad_graph *graph, const ad_shape *shape, int first, int end);

/* The number that a code stands for once all its open dimensions are known; it may be DIM_TOO_LARGE
 * and, for what has no sense at these sizes, below 0. */
int64_t dim_value(const ad_graph *graph, ad_dim dim, const struct dim_sizes *sizes);
ad_shape dim_shape_value(const ad_graph *graph, const ad_shape *shape,
                         const struct dim_sizes *sizes);

/* "64", "batch", "7*batch + 1", "(time + 2)/2"; a shape as "(batch, 28, 28, 1)". */
void dim_print(const ad_graph *graph, ad_dim dim, struct text *text);
void dim_print_shape(const ad_graph *graph, const ad_shape *shape, struct text *text);
/* Reads what dim_print wrote; *at moves past it.  False where it cannot be read. */
bool dim_read(ad_graph *graph, const char **at, ad_dim *dim);

/* An empty graph gets what from has open: the same sizes have the same codes in both.  from must
 * live as long.  False without memory. */
bool dim_copy_table(const ad_graph *from, ad_graph *to);
/* The same size in another graph: its open dimensions are found there by name.  Between a graph and
 * its bodies there is nothing to do. */
ad_dim dim_copy(const ad_graph *from, ad_dim dim, ad_graph *to);

#endif
