/* A training run, from its configuration to its last line. */
#ifndef ADZE_CLI_TRAIN_H
#define ADZE_CLI_TRAIN_H

#include "cli.h"
#include "measure.h"

typedef struct training {
    const options *o;
    ad_config *config;
    ad_run_folder *run; /* NULL: nothing is stored */
    ad_run_data data;
    ad_run_network n;
    ad_run_result r;
} training;

/* advice.c: what to try next, from the curves. */
void train_advise(const training *t, const measure *m);

#endif
