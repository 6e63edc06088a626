/* A training run, from its configuration to its last line. */
#ifndef ADZE_CLI_TRAIN_H
#define ADZE_CLI_TRAIN_H

#include "baseline.h"
#include "cli.h"

typedef struct training {
    const options *o;
    ad_config *config;
    ad_run_folder *run; /* NULL: nothing is stored */
    ad_run_data data;
    ad_run_network n;
    ad_run_result r;
    struct ad_curves *curves; /* --curves; else NULL */
    bool measured;            /* on the test part, with what it has to beat */
    measure m;
    ad_baselines b;
} training;

/* The training of a command line, to its end and its test, without the words about it; train_done
 * after a failure too.  An exit code, with the message printed. */
int train_run(training *t);
void train_done(training *t);

/* advice.c: what to try next, from the curves. */
void train_advise(const training *t, const measure *m);

#endif
