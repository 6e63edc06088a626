/* What to try next: rules of thumb over the curves of a training, each with the setting that does
 * it. */
#include <math.h>
#include <stdio.h>

#include "train.h"

/* Still falling by more than a twentieth in an epoch. */
static void advise_longer(const training *t)
{
    if (t->at.stopped || !(t->at.before > 0) || !(t->at.loss < 0.95 * t->at.before))
        return;
    printf("  - the training loss still falls (%.4f to %.4f): train longer, ", t->at.before,
           t->at.loss);
    if (t->o->out)
        printf("%s train --out %s --resume ", t->o->program, t->o->out);
    printf("--set train.epochs=%lld\n", 2 * (long long)t->config->train.epochs);
}

static void advise_rate(const training *t)
{
    double rate = t->config->train.optimizer.rate;
    if (t->at.before > 0 && t->at.loss > t->at.before)
        printf("  - the training loss rose in the last epoch: lower the rate, --set "
               "train.optimizer.rate=%g\n",
               rate / 3);
    else if (t->config->train.schedule.kind == AD_SCHEDULE_CONSTANT && t->at.epoch >= 5)
        printf("  - the rate is constant: let it fall, --set train.schedule.method=cosine\n");
}

/* Better than chance by half, or nothing was learned. */
static bool advise_start(const training *t, const measure *m)
{
    if (measure_accuracy(m) > 1.5 / (double)m->classes)
        return false;
    printf("  - this is hardly better than guessing: try another rate, --set "
           "train.optimizer.rate=%g or %g, and look at the images\n",
           t->config->train.optimizer.rate / 10, t->config->train.optimizer.rate * 10);
    return true;
}

static void advise_overfitting(const training *t)
{
    if (!t->held) {
        printf("  - see when it overfits: hold images out, --set data.validation=0.1\n");
        return;
    }
    if (t->at.held > 1.05 * t->at.best && t->config->train.early_stopping.patience == 0)
        printf("  - the validation loss was lowest after epoch %lld (%.4f, now %.4f): stop there, "
               "--set train.early_stopping.patience=2\n",
               (long long)t->at.best_epoch, t->at.best, t->at.held);
    if (t->at.held > 1.5 * t->at.loss)
        printf("  - the validation loss is far above the training loss (%.4f, %.4f): more dropout "
               "or train.optimizer.decay\n",
               t->at.held, t->at.loss);
}

static void advise_confusion(const training *t, const measure *m)
{
    const char *const *names = ad_dataset_about(t->test)->names;
    int64_t most = 0, row = 0, column = 0;
    for (int64_t i = 0; i < m->classes * m->classes; i++)
        if (i / m->classes != i % m->classes && m->matrix[i] > most) {
            most = m->matrix[i];
            row = i / m->classes;
            column = i % m->classes;
        }
    if (most == 0)
        return;
    printf("  - most often, class %lld%s%s is taken for %lld%s%s (%lld images): look at those\n",
           (long long)row, names ? " " : "", names ? names[row] : "", (long long)column,
           names ? " " : "", names ? names[column] : "", (long long)most);
}

static void advise_storing(const training *t)
{
    if (t->o->out)
        printf("  - the network is in %s: %s eval %s, %s predict %s IMAGE...\n", t->o->out,
               t->o->program, t->o->out, t->o->program, t->o->out);
    else
        printf("  - nothing was stored: give --out DIR to keep the network\n");
}

void train_advise(const training *t, const measure *m)
{
    if (t->at.stopped)
        printf("\nstopped early; the weights are those of epoch %lld\n",
               (long long)t->at.best_epoch);
    printf("\nwhat to try next; each --set goes behind %s train\n", t->o->program);
    if (!advise_start(t, m)) {
        advise_longer(t);
        advise_rate(t);
        advise_overfitting(t);
        advise_confusion(t, m);
    }
    advise_storing(t);
    printf("\n");
}
