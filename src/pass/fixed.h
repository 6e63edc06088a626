/* What stays the same from run to run of a program: steps that read nothing but weights which the
 * program does not train, as packed or folded weights and masks. */
#ifndef PASS_FIXED_H
#define PASS_FIXED_H

#include "pass/schedule.h"

/* Sets .fixed of values and steps, and .fixed_in of steps.  Constants are fixed; variables where
 * the request says so, feeds that it names.  Where it names neither, nothing is marked: what is
 * fixed has memory of its own, which would be wasted. */
void fixed_mark(struct schedule *schedule, const struct schedule_request *request);

#endif
