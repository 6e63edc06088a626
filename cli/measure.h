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
/* "accuracy": {"value": ..., "low": ..., "high": ...}, ... */
void measure_print_json_list(const ad_measured *list, int count);
/* "accuracy 98.02 % (97.10 to 98.80), log_loss 0.081" */
void measure_print_list(const ad_measured *list, int count);
/* A line with all measures and their intervals, then words on those that need them. */
void measure_print_all(const measure *m);
/* Which chance the rarer of two classes is answered from, where that was decided. */
void measure_print_decision(const measure *m, const ad_run_data *data);
/* "test accuracy 98.02 %": the last line of train and eval. */
void measure_print_last(const measure *m, const char *part);

#endif
