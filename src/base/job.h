/* One call that runs beside its caller, on a thread of its own: a submitted run, a batch being
 * prepared. */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <adze/adze.h>

#include <pthread.h>

struct job {
    pthread_t thread;
    void (*run)(void *argument);
    void *argument;
    bool started;
    unsigned generation; /* of the process that has the thread */
};

/* The job must stay where it is until job_wait.  fail() where the system refuses a thread; then run
 * was not called. */
ad_status job_start(struct job *job, void (*run)(void *argument), void *argument);
/* Returns when run has.  Does nothing for a job that was not started (all zero), or was waited for.
 */
void job_wait(struct job *job);
/* It was started before this process was forked off, so it does not run here; job_wait then only
 * forgets it. */
bool job_lost(const struct job *job);

#endif
