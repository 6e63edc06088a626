/* A schedule in the making: what schedule.c and in_place.c share. */
#ifndef PASS_BUILDING_H
#define PASS_BUILDING_H

#include "pass/fusion.h"

/* Who reads each tensor's memory, and who may fail. */
struct readers {
    int *first;    /* by tensor: its first entry, -1 */
    int *next;     /* of an entry, -1 */
    int *group;    /* of an entry */
    int *fallible; /* groups */
    int fallibles;
};

struct building {
    struct fusion f;
    struct schedule *s;
    const struct schedule_request *r;
    bool *in_place; /* by variable: its new value is written by the loop that makes it */
    int *order;     /* units in the order in which they run */
    int units;
    int step_capacity;
    struct readers readers; /* filled by in_place_find */
};

static inline const struct node *member_node(const struct building *b, const struct group *g, int i)
{
    return b->f.graph->nodes[g->structural >= 0 ? g->structural : g->member[i]];
}

static inline int member_count(const struct group *g)
{
    return g->structural >= 0 ? 1 : g->members;
}

/* in_place.c: which variables' new values are written straight into the state; sets .in_place and
 * the order that this asks for.  False without memory. */
bool in_place_find(struct building *b);

#endif
