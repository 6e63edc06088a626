/* What a network has to beat, in words and as JSON. */
#ifndef ADZE_CLI_BASELINE_H
#define ADZE_CLI_BASELINE_H

#include "measure.h"

/* Makes and measures them.  An exit code, with the message printed. */
int baselines_make(ad_baselines *b, const options *o, const ad_run_network *n,
                   const ad_run_data *data, ad_source *source, const measure *m);
/* "one linear layer": what the baseline of that name is. */
const char *baseline_words(const char *name);
/* A line for each, and in words where the network is not better. */
void baselines_print(const ad_baselines *b, const measure *m);
/* "baselines": [{"name": ..., "metrics": {...}, "beaten": true}, ...] */
void baselines_print_json(const ad_baselines *b);

#endif
