/* Names of weights in another program's file, and ours. */
#ifndef ADZE_KIT_NAME_MAP_H
#define ADZE_KIT_NAME_MAP_H

#include <adze/kit.h>

typedef struct name_map {
    const char **pair; /* name in the file, name of the variable, and so on; NULL at the end */
    int pairs;
} name_map;

/* Pairs of the variables of graph that were learned, each by the first line that its name matches.
 * A line is "theirs ours"; the text for which a * in ours stands is that of the * in theirs, in
 * their order; *-1 in theirs is a number less one, as of layers that they count from 0.  Empty
 * lines, and what follows #, are passed over.  A line that no variable matches is an error.  Theirs
 * may be several tensors, {query,key,value}.*: see name_join.h. */
ad_status name_map_read(const char *path, const ad_graph *graph, name_map *map);
void name_map_done(name_map *map);

#endif
