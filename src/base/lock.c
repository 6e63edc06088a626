/* A recursive mutex that a fork does not leave locked. */
#define _GNU_SOURCE /* PTHREAD_MUTEX_RECURSIVE */
#include "base/lock.h"

#include "base/fork.h"

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

/* Two threads of a child do not come here at once before one has taken the lock: a child begins
 * with one. */
void lock_take(struct lock *lock)
{
    unsigned now = fork_generation();
    if (atomic_load_explicit(&lock->generation, memory_order_acquire) != now) {
        bool torn = lock->torn || lock->depth > 0;
        make(lock);
        lock->torn = torn;
        atomic_store_explicit(&lock->generation, now, memory_order_release);
    }
    pthread_mutex_lock(&lock->mutex);
    lock->depth++;
}

void lock_drop(struct lock *lock)
{
    lock->depth--;
    pthread_mutex_unlock(&lock->mutex);
}
