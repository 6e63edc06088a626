/* A schedule in the making: what schedule.c and in_place.c share. */
#ifndef PASS_BUILDING_H
#define PASS_BUILDING_H

#include "pass/fusion.h"

struct building {
    struct fusion f;
    struct schedule *s;
    const struct schedule_request *r;
    bool *in_place; /* by variable: its new value is written by the loop that makes it */
    int *order;     /* units in the order in which they run */
    int units;
    int step_capacity;
};

/* in_place.c: which variables' new values are written straight into the state; sets .in_place and
 * the order that this asks for.  False without memory. */
bool in_place_find(struct building *b);
/* order_units.c: groups in the order in which they run, .order; false without memory, or where
 * groups wait for each other. */
bool order_units(struct building *b);

#endif
