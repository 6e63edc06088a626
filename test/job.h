/* A configuration on the way to a training, and what is made of it. */
#ifndef JOB_H
#define JOB_H

#include <adze/run.h>

typedef struct job {
    ad_config *config;
    ad_run_folder *run;
    ad_run_data data;
    ad_run_network net;
    ad_run_result result;
} job;

static inline void done(job *j)
{
    ad_run_network_done(&j->net);
    ad_run_data_done(&j->data);
    ad_run_close(j->run);
    ad_config_free(j->config);
}

#endif
