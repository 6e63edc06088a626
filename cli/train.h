/* A training run, from its configuration to its last line. */
#ifndef ADZE_CLI_TRAIN_H
#define ADZE_CLI_TRAIN_H

#include "cli.h"
#include "folder.h"
#include "measure.h"
#include "network.h"

typedef struct training {
    const options *o;
    ad_config *config;
    ad_dataset *train, *held, *test; /* held: the validation set, or NULL */
    network n;
    ad_program *trainer, *measurer;
    ad_state *best; /* with patience: the state at the lowest validation loss, or NULL */
    ad_progress *progress;
    int64_t *order; /* of the training set's images in this epoch */
    image_size size;
    int64_t outputs; /* numbers that the network gives for an image */
    position at;
    int lock;        /* of the folder, or -1 */
    bool writes;     /* the folder is this training's, so what it leaves half done may go */
    double accuracy; /* on the validation set, last epoch */
} training;

/* epoch.c: trains from t->at to the end; EXIT_SIGNAL + number where a signal stopped it. */
int train_epochs(training *t);
/* From here on SIGINT and SIGTERM end the run after the step under way; a second one kills. */
void train_catch_signals(void);

/* diverge.c: says what to do about a loss that is not finite, and leaves the last sound checkpoint
 * in the folder; EXIT_DIVERGED. */
int train_diverged(training *t, double loss, const char *what);

/* advice.c: what to try next, from the curves. */
void train_advise(const training *t, const measure *m);

#endif
