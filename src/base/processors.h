/* The processors that this process may use, and on which of them a thread runs. */
#ifndef BASE_PROCESSORS_H
#define BASE_PROCESSORS_H

#include <stdbool.h>

/* How many there are for this process: its affinity, and not more than the quota of its control
 * group and of those around it, rounded up.  At least 1. */
int processors_available(void);
/* The number of the one that runs this thread now; -1 where the system does not say. */
int processors_now(void);
/* Moves the calling thread to another one than that number, where it may use another; after that
 * it may use those that it might before. */
void processors_leave(int number);

/* The least quota that files below root ("" is the system's) state, in processors rounded up; 0
 * where there is none.  Control groups of version 2 (cpu.max) and 1 (cpu.cfs_quota_us). */
int processors_quota(const char *root);

#endif
