/* A recursive mutex that a fork does not leave locked. */
#define _GNU_SOURCE /* PTHREAD_MUTEX_RECURSIVE */
#include "base/lock.h"

#include <sched.h>

#include "base/fork.h"

enum { MAKING = -1 }; /* as a generation: a thread of the child is at it */

static void make(struct lock *lock)
{
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&lock->mutex, &recursive);
    pthread_mutexattr_destroy(&recursive);
    lock->depth = 0;
    lock->torn = false;
}

void lock_init(struct lock *lock)
{
    make(lock);
    atomic_init(&lock->generation, fork_generation());
}

void lock_done(struct lock *lock)
{
    if (atomic_load(&lock->generation) == fork_generation())
        pthread_mutex_destroy(&lock->mutex);
}

/* In a child one thread makes the lock anew, and others wait until it has. */
static void revive(struct lock *lock, unsigned now)
{
    unsigned then = atomic_load(&lock->generation);
    while (then != now) {
        if (then == (unsigned)MAKING) {
            sched_yield();
            then = atomic_load(&lock->generation);
        } else if (atomic_compare_exchange_strong(&lock->generation, &then, (unsigned)MAKING)) {
            bool torn = lock->torn || lock->depth > 0;
            make(lock);
            lock->torn = torn;
            atomic_store(&lock->generation, now);
            return;
        }
    }
}

void lock_take(struct lock *lock)
{
    unsigned now = fork_generation();
    if (atomic_load_explicit(&lock->generation, memory_order_acquire) != now)
        revive(lock, now);
    pthread_mutex_lock(&lock->mutex);
    lock->depth++;
}

void lock_drop(struct lock *lock)
{
    lock->depth--;
    pthread_mutex_unlock(&lock->mutex);
}
