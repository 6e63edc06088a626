/* Tensors of a file that are one variable here: {query,key,value} of a map of names. */
#ifndef ADZE_KIT_NAME_JOIN_H
#define ADZE_KIT_NAME_JOIN_H

#include "name_map.h"

/* Loads as ad_load does, by the names of the map.  Where a name in the file is of the form
 * BEFORE{A,B,C}BEHIND, the tensors BEFOREABEHIND, BEFOREBBEHIND and so on, all of one shape, stand
 * one after the other along the variable's first axis.  They are taken where all of them are there
 * in that shape; else the variable stays as it is.  Status and words are libadze's. */
ad_status name_join_load(ad_state *state, const ad_graph *graph, const char *path,
                         const name_map *map, const ad_file_options *options);

#endif
