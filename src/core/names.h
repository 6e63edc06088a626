/* Full names of a graph's feeds, variables and named tensors. */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include <adze/adze.h>

#include "base/arena.h"

struct graph_names;

struct graph_names *names_new(struct arena *arena);
ad_tensor *names_find(const struct graph_names *names, const char *name);
/* False without memory.  The name must live as long as the table; an equal name is replaced. */
bool names_put(struct graph_names *names, const char *name, ad_tensor *tensor);
/* How many layers of that kind there are now, this one included; 0 without memory. */
int names_count(struct graph_names *names, const char *kind);
/* That number itself, to be changed; NULL without memory. */
int *names_counter(struct graph_names *names, const char *kind);
/* The counts themselves, for text: kind i in order of first use, NULL past the last; and back. */
const char *names_kind(const struct graph_names *names, int i, int *count);
bool names_set_count(struct graph_names *names, const char *kind, int count);

#endif
