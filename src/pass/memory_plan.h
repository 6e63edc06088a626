/* Places in one arena for values that live from one step to another. */
#ifndef PASS_MEMORY_PLAN_H
#define PASS_MEMORY_PLAN_H

#include "pass/schedule.h"

enum { DEVICE_MAX = 16 };

struct memory_sizes {
    size_t arena[DEVICE_MAX]; /* of each device */
    size_t kept;              /* of fixed values, whose places are in memory of their own */
    size_t live;              /* largest sum of sizes alive at one step */
};

/* Fills .place of every temporary value.  Values whose lives overlap do not overlap in memory; with
 * apart, none do.  False without memory. */
bool memory_plan(struct schedule *schedule, bool apart, struct memory_sizes *sizes);

#endif
