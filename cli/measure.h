/* Measuring a network on a set. */
#ifndef ADZE_CLI_MEASURE_H
#define ADZE_CLI_MEASURE_H

#include "cli.h"

typedef ad_run_measured measure;

/* label: what the progress says.  An exit code, with the message printed. */
int measure_run(measure *m, const options *o, const ad_run_network *n, const ad_run_data *data,
                ad_source *source, const char *label);
double measure_loss(const measure *m);
/* The table of classes, with their names where names is not NULL; nothing without classes. */
void measure_print(const measure *m, const ad_run_data *data);
/* "metrics": {...}, "confusion": [[...]] */
void measure_print_json(const measure *m);
/* A line with all measures, intervals of shares with them. */
void measure_print_all(const measure *m);
/* "test accuracy 98.02 %": the last line of train and eval. */
void measure_print_last(const measure *m);

#endif
