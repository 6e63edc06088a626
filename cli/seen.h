/* What is kept to be looked at after a training: its result as text, and report.html. */
#ifndef ADZE_CLI_SEEN_H
#define ADZE_CLI_SEEN_H

#include "train.h"

/* Behind a training with --out, and its test.  What cannot be written is said, and the training is
 * as good as it was. */
void seen_store(const training *t);

/* The listener that writes for TensorBoard; *lost: see ad_tensorboard_options. */
ad_listener seen_tensorboard(const training *t, bool *lost);
/* Those that keep sizes of weights and gradients, and losses; how many. */
int seen_kept(const training *t, ad_listener *list);
/* The listener behind --curves, what it has kept drawn to stdout, and freed. */
ad_listener seen_curves(training *t);
void seen_print_curves(const training *t);
void seen_done(training *t);

#endif
