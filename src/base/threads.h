/* A pool of threads for work that is cut into numbered tasks.  The caller works too.  Between calls
 * the workers watch for new work for some tens of microseconds, then sleep. */
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#include <adze/adze.h>

struct threads;

/* count includes the caller: count - 1 workers.  Where the system refuses threads there are fewer.
 * NULL and fail() without memory. */
struct threads *threads_new(const ad_allocator *allocator, int count);
/* The same interface over the caller's own threads. */
struct threads *threads_new_pool(const ad_allocator *allocator, const ad_pool *pool);
void threads_free(struct threads *threads);

/* How many tasks may run at once; thread numbers are below it. */
int threads_count(const struct threads *threads);
/* Whether they are the caller's: one that waits for a lock may then be one that whoever has the
 * lock waits for. */
bool threads_given(const struct threads *threads);

/* Calls task(argument, i, thread) for 0 <= i < tasks and returns when all are done.  Two tasks that
 * run at once have different thread numbers.  Each thread takes neighbours, in rising order or
 * backward.  Several threads may call at once, and a task may call: whoever finds the pool busy
 * does its tasks alone. */
void threads_run(struct threads *threads, int tasks, bool backward,
                 void (*task)(void *argument, int task, int thread), void *argument);

/* Between hold and its end more calls come soon: workers look for them longer before they sleep. */
void threads_hold(struct threads *threads, bool hold);

#endif
