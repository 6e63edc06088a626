/* Places in one arena for values that live from one step to another. */
#ifndef PASS_MEMORY_PLAN_H
#define PASS_MEMORY_PLAN_H

#include "pass/schedule.h"

/* Fills .place of every temporary value; returns the size of the arena.  Values whose lives overlap do not overlap in memory; with apart, none do.
 * *live gets the largest sum of sizes alive at one step.  SIZE_MAX without memory. */
size_t memory_plan(struct schedule *schedule, bool apart, size_t *live);

#endif
