/* What becomes of a training that diverged.
 *
 * Its last checkpoint may hold useless weights already: the loss of a step is that of the weights
 * before it. So the checkpoints of which the losses were finite and falling, the last one first,
 * are measured on images of the training set, and the folder is put back to the first that is
 * sound. */
#include <math.h>
#include <stdio.h>

#include "plan.h"
#include "remedy.h"
#include "train.h"

/* Some images of the training set; NULL without memory. */
static ad_dataset *few(const training *t)
{
    const int64_t most = 500;
    ad_dataset *some = NULL;
    ad_dataset_info info = *ad_dataset_about(t->train);
    info.count = info.count < most ? info.count : most;
    return ad_dataset_new(&info, &some) == AD_OK ? some : NULL;
}

/* Weights that went astray give a loss that is not finite, or many times the one that was noted. */
static bool is_sound(training *t, ad_state *state, const ad_dataset *some, const position *p)
{
    const double far = 10;
    measure m = {0};
    ad_program *program = network_measurer(&t->n, state);
    int code = program ? measure_run(&m, program, some, t->outputs, NULL, "") : EXIT_FAILED;
    measure_done(&m);
    ad_program_free(program);
    return code == EXIT_DONE && isfinite(m.loss) && m.loss <= far * p->loss;
}

/* True where the folder holds, at the end, the last sound checkpoint, told by p. */
static bool put_back(training *t, position *p)
{
    bool found = false;
    ad_dataset *some = few(t);
    ad_state *state = ad_state_clone(t->n.state);
    for (int latest = 1; latest >= 0 && state && some && !found; latest--) {
        found = folder_load_sound(t->o->out, latest, state, p) && p->epoch <= t->at.epoch &&
                is_sound(t, state, some, p);
        if (found && !latest)
            found = folder_store(t->o->out, state, &t->size, p) == EXIT_DONE;
    }
    ad_state_free(state);
    ad_dataset_free(some);
    return found;
}

/* A tenth, and none that is large for any network. */
static double lower_rate(const ad_config *c)
{
    double most = c->train.optimizer.method == AD_METHOD_SGD ? 0.1 : 0.01,
           tenth = c->train.optimizer.rate / 10;
    return tenth < most ? tenth : most;
}

static void say_again(const training *t)
{
    char setting[64];
    bool stored = t->at.epoch > 0 || t->o->resume;
    snprintf(setting, sizeof setting, "train.optimizer.rate=%.3g", lower_rate(t->config));
    fprintf(stderr, "  %stry a lower rate (or train.clip_norm, a limit for gradients):\n",
            stored && t->o->out ? "no epoch is known to have ended well; " : "");
    remedy_print_changed(stderr, t->o, stored, setting);
}

int train_diverged(training *t, double loss, const char *what)
{
    position p = {0};
    say(EXIT_DIVERGED, "the %s is %f after step %lld (epoch %lld): the training diverged", what,
        loss, (long long)ad_state_step(t->n.state), (long long)t->at.epoch + 1);
    if (!t->o->out || t->at.epoch == 0 || !put_back(t, &p)) {
        say_again(t);
        return EXIT_DIVERGED;
    }
    fprintf(stderr,
            "  %s/checkpoint.safetensors and the model beside it are those of epoch %lld, the last "
            "with finite and falling losses (%.4f)\n  go on from there by a lower rate:\n",
            t->o->out, (long long)p.epoch, p.loss);
    remedy_print(stderr, REMEDY_SLOWER,
                 &(remedy_values){.out = t->o->out, .number = lower_rate(t->config)});
    return EXIT_DIVERGED;
}
