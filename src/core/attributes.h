/* Attribute structs through their field tables: copy, compare, print, read.  One loop each. */
#ifndef CORE_ATTRIBUTES_H
#define CORE_ATTRIBUTES_H

#include "core/op.h"

/* A deep copy in the graph's arena; *copy is NULL where the op has no attributes.  False without
 * memory. */
bool attributes_copy(ad_graph *graph, const struct op *op, const void *attributes, void **copy);
/* The same from a node of another graph: sizes become numbers where sizes are given, else they are
 * found there by the names of their open dimensions. */
bool attributes_copy_from(ad_graph *to, const ad_graph *from, const struct dim_sizes *sizes,
                          const struct op *op, const void *attributes, void **copy);
bool attributes_equal(const struct op *op, const void *a, const void *b);
/* The same number for equal attributes. */
uint64_t attributes_hash(const struct op *op, const void *attributes);
/* " key=value key=value" for every field that differs from its initial value. */
void attributes_print(const ad_graph *graph, const struct op *op, const void *attributes,
                      struct text *text);
/* Reads what attributes_print wrote, and moves *at past it; NULL with fail() where it cannot. */
void *attributes_read(ad_graph *graph, const struct op *op, const char **at);

#endif
