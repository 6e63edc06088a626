/* What becomes of a training that diverged.
 *
 * Its last checkpoint may hold useless weights already: the loss of a step is that of the weights
 * before it.  So the checkpoints, the newest first, are measured on images of the training set, and
 * the folder is put back to the first that is sound: later ones go, as if the training had been
 * stopped there. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "run.h"

/* Some images of the training set. */
static ad_source *few(ad_source *train)
{
    enum { MOST = 500 };
    int64_t number[MOST], count = ad_source_count(train);
    count = count < MOST ? count : MOST;
    for (int64_t i = 0; i < count; i++)
        number[i] = i;
    return ad_source_part(train, number, count);
}

/* The last epoch that a checkpoint knows of; -1: none. */
static int64_t row_at(const history *h, int64_t step)
{
    int64_t row = -1;
    for (int64_t i = 0; i < h->rows; i++)
        if (h->row[i].value[HISTORY_STEP] <= (double)step)
            row = i;
    return row;
}

static double loss_at(const history *h, int64_t row)
{
    return h->row[row].value[HISTORY_LOSS];
}

/* Weights that went astray give a loss that is not finite, or many times the one that was noted. */
static bool is_sound(const ad_run_network *n, ad_state *state, ad_source *some, double noted)
{
    const double far = 10;
    ad_measured loss = {0};
    return ad_evaluate(state, some, .loss = n->loss, .measured = &loss) == AD_OK &&
           isfinite(loss.value) && loss.value <= far * noted;
}

static bool try_checkpoint(const ad_run_options *o, const history *h, ad_state *state,
                           ad_source *some, int64_t step)
{
    int64_t row = row_at(h, step);
    bool falling = row == 0 || (row > 0 && loss_at(h, row) < loss_at(h, row - 1));
    char *path = run_checkpoint_path(o->run->folder, step);
    bool sound = path && falling && ad_load(state, path) == AD_OK &&
                 is_sound(o->network, state, some, loss_at(h, row));
    free(path);
    return sound;
}

static int64_t find_sound(const ad_run_options *o, const history *h, ad_state *state,
                          ad_source *some)
{
    int64_t step = INT64_MAX;
    while ((step = run_checkpoint_before(o->run->folder, step)) >= 0)
        if (try_checkpoint(o, h, state, some, step))
            break;
    return step;
}

static void drop_later(const char *folder, int64_t step)
{
    int64_t later = INT64_MAX;
    while ((later = run_checkpoint_before(folder, later)) > step) {
        char *path = run_checkpoint_path(folder, later);
        if (path)
            unlink(path);
        free(path);
    }
}

/* With validation the model is that of the lowest validation loss, which was finite. */
static void put_to(const ad_run_options *o, history *h, ad_state *state, int64_t step,
                   ad_run_result *result)
{
    int64_t row = row_at(h, step);
    drop_later(o->run->folder, step);
    result->sound_epoch = (int64_t)h->row[row].value[HISTORY_EPOCH];
    result->sound_loss = loss_at(h, row);
    if (!o->data->validation)
        (void)!run_save_model(o->run->folder, state, o->data);
    (void)!history_cut(h, result->sound_epoch);
}

void run_put_back(const ad_run_options *o, history *h, ad_run_result *result)
{
    ad_source *some = few(o->data->train);
    ad_state *state = some ? ad_state_clone(o->network->state) : NULL;
    int64_t step = state ? find_sound(o, h, state, some) : -1;
    if (step >= 0)
        put_to(o, h, state, step, result);
    ad_state_free(state);
    ad_source_free(some);
}
