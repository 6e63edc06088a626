/* How well a network does on a data set. */
#ifndef ADZE_CLI_MEASURE_H
#define ADZE_CLI_MEASURE_H

#include "cli.h"

typedef struct measure {
    int64_t count, right, classes;
    double loss;     /* mean */
    int64_t *matrix; /* (classes, classes): images of class row that were taken for class column */
} measure;

/* By a program of network_measurer.  outputs: what the network can answer. An exit code, with the
 * message printed. */
int measure_run(measure *m, ad_program *program, const ad_dataset *data, int64_t outputs,
                ad_progress *progress, const char *label);
void measure_done(measure *m);
/* Of all images, 0 to 1. */
double measure_accuracy(const measure *m);
/* Prints the confusion matrix; names of the classes may be NULL. */
void measure_print(const measure *m, const char *const *names);
/* The same as a JSON list of lists. */
void measure_print_json(const measure *m);
/* "test accuracy 91.23 %": the last line of a training and of a test. */
void measure_print_last(const measure *m);

#endif
