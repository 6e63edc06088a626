/* A thread for one call. */
#include "base/job.h"

#include <errno.h>

#include "base/error.h"
#include "base/fork.h"

static void *job_main(void *argument)
{
    struct job *job = argument;
    job->run(job->argument);
    return NULL;
}

ad_status job_start(struct job *job, void (*run)(void *argument), void *argument)
{
    *job = (struct job){.run = run, .argument = argument, .generation = fork_generation()};
    int error = pthread_create(&job->thread, NULL, job_main, job);
    if (error)
        return fail_system(error == EAGAIN ? AD_ERROR_MEMORY : AD_ERROR_SYSTEM, error,
                           "cannot start a thread");
    job->started = true;
    return AD_OK;
}

bool job_lost(const struct job *job)
{
    return job->started && job->generation != fork_generation();
}

void job_wait(struct job *job)
{
    if (!job->started)
        return;
    if (!job_lost(job))
        pthread_join(job->thread, NULL);
    job->started = false;
}
