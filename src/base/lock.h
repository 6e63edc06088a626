/* A lock that the thread that has it may take again.  In a forked child it is free, whoever had it
 * before; where somebody had it, what it guards may be half changed. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct lock {
    pthread_mutex_t mutex;
    atomic_uint generation;
    int depth; /* how often its holder took it */
    bool torn; /* it was held when this process was forked off */
};

void lock_init(struct lock *lock);
void lock_done(struct lock *lock);
void lock_take(struct lock *lock);
void lock_drop(struct lock *lock);

#endif
