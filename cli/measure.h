/* Measuring a network on a set. */
#ifndef ADZE_CLI_MEASURE_H
#define ADZE_CLI_MEASURE_H

#include "cli.h"

typedef struct measure {
    double loss; /* mean over the examples */
    int64_t count, classes;
    int64_t *matrix;      /* (classes, classes): examples of class i taken for class j */
    ad_measured accuracy; /* with its interval */
} measure;

/* In batches of 500; label: what the progress says.  An exit code, with the message printed. */
int measure_run(measure *m, const ad_run_network *n, ad_source *source, const char *label);
void measure_done(measure *m);
/* The table of classes, with their names where names is not NULL. */
void measure_print(const measure *m, const char *const *names);
/* "metrics": {...}, "confusion": [[...]] */
void measure_print_json(const measure *m);
/* "test accuracy 98.02 %": the last line of train and eval. */
void measure_print_last(const measure *m);

#endif
