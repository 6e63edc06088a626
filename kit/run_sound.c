/* What becomes of a training that diverged.
 *
 * Its last checkpoint may hold useless weights already: the loss of a step is that of the weights
 * before it.  So the checkpoints, the newest first, are measured on images of the training set, and
 * the folder is put back to the first that is sound: later ones go, as if the training had been
 * stopped there.  Weights can go astray for many epochs until a loss is not finite, so the last two
 * checkpoints behind epochs whose losses fell are kept under a name of their own. */
#define _DEFAULT_SOURCE

#include <math.h>
#include <stdlib.h>
#include <string.h>
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

/* Going on from a checkpoint needs the best weights that its note speaks of. */
static bool has_best(const ad_run_options *o, const char *path)
{
    char note[1024];
    if (!o->data->validation)
        return true;
    if (ad_file_note(path, note, sizeof note) != AD_OK)
        return false;
    const char *words = strstr(note, " best_step=");
    int64_t step = words ? strtoll(words + strlen(" best_step="), NULL, 10) : -1;
    char *best = run_state_path(o->run->folder, "best", step);
    bool has = step < 0 || (best && access(best, F_OK) == 0);
    free(best);
    return has;
}

static bool try_checkpoint(const ad_run_options *o, const history *h, ad_state *state,
                           ad_source *some, const char *kind, int64_t step)
{
    int64_t row = row_at(h, step);
    bool falling = row == 0 || (row > 0 && loss_at(h, row) < loss_at(h, row - 1));
    char *path = run_state_path(o->run->folder, kind, step);
    bool sound = path && falling && has_best(o, path) && ad_load(state, path) == AD_OK &&
                 is_sound(o->network, state, some, loss_at(h, row));
    free(path);
    return sound;
}

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The newest that is sound, of both kinds; -1: none. */
static int64_t find_sound(const ad_run_options *o, const history *h, ad_state *state,
                          ad_source *some)
{
    int64_t step = INT64_MAX;
    const char *folder = o->run->folder;
    for (;;) {
        int64_t kept = run_state_before(folder, "sound", step);
        step = later_of(run_state_before(folder, "step", step), kept);
        if (step < 0 || try_checkpoint(o, h, state, some, step == kept ? "sound" : "step", step))
            return step;
    }
}

static void drop_later(const char *folder, const char *kind, int64_t step)
{
    int64_t later = INT64_MAX;
    while ((later = run_state_before(folder, kind, later)) > step) {
        char *path = run_state_path(folder, kind, later);
        if (path)
            unlink(path);
        free(path);
    }
}

/* One file under a second name, which takes no room; where the disk knows no such names there is
 * none. */
static void link_as(const char *folder, const char *from, const char *to, int64_t step)
{
    char *old = run_state_path(folder, from, step), *new = run_state_path(folder, to, step);
    if (old && new &&access(old, F_OK) == 0) {
        unlink(new);
        (void)!link(old, new);
    }
    free(old);
    free(new);
}

void run_keep_sound(const char *folder, int64_t step)
{
    drop_later(folder, "sound", step);
    link_as(folder, "step", "sound", step);
    int64_t before = run_state_before(folder, "sound", step);
    int64_t old = before < 0 ? -1 : run_state_before(folder, "sound", before);
    for (; old >= 0; old = run_state_before(folder, "sound", old)) {
        char *path = run_state_path(folder, "sound", old);
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
    const char *folder = o->run->folder;
    link_as(folder, "sound", "step", step);
    drop_later(folder, "step", step);
    drop_later(folder, "sound", step);
    result->sound_epoch = (int64_t)h->row[row].value[HISTORY_EPOCH];
    result->sound_loss = loss_at(h, row);
    if (!o->data->validation)
        (void)!run_save_model(folder, state, o->data, o->network);
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
