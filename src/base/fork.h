/* Whether this process was forked off since: threads and whoever held a lock then are not here. */
#ifndef BASE_FORK_H
#define BASE_FORK_H

/* 0 at first, and another number in each child that is forked off.  What keeps threads or locks
 * notes the number and compares. */
unsigned fork_generation(void);

#endif
