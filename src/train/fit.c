/* The loop that trains.
 *
 * Runs are numbered; run n belongs to the player whose turn it is in a cycle of all turns, and each
 * run takes the next batch.  So where a training stands is told by a few numbers, and going on
 * after any run gives the bits of a training that was never stopped: order and content of batches
 * depend on (seed, epoch, number), what is random in the graph on the state's seed and step. */
#include "train/fit.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/option.h"

/* ---- events */

void fit_event(struct fit *f, ad_event *e)
{
    if (!f->o->event)
        return;
    e->at = &f->at;
    e->players = f->players, e->list = f->o->player;
    e->epochs = f->o->epochs, e->steps = f->o->steps;
    e->batches = ad_batches_count(f->batches);
    e->seconds = clock_seconds() - f->began;
    e->waited = f->waited;
    if (!f->o->event(f->o->user, e))
        f->asked = true;
}

static bool is_asked(const struct fit *f)
{
    return f->asked || (f->o->stop && *f->o->stop);
}

/* ---- checking what was asked for */

static ad_status check_length(const ad_fit_options *o)
{
    if (o->epochs < -1 || o->steps < -1 || o->validate_every < 0 || o->validate_size < 0 ||
        o->patience < 0 || o->save_steps < 0 || !(o->save_seconds >= 0) || o->save_epochs < 0)
        return fail(AD_ERROR_ARGUMENT, "ad_fit: a length, a size or an interval is below 0");
    if (o->epochs < 0 && o->steps < 0)
        return fail(AD_ERROR_ARGUMENT, "ad_fit: how long? Give .epochs or .steps");
    if (!(o->min_delta >= 0))
        return fail(AD_ERROR_ARGUMENT, "ad_fit: .min_delta is %g; it is 0 or more", o->min_delta);
    return o->keep >= 1 || !o->folder
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "ad_fit: .keep is %d; one checkpoint stays at least",
                      o->keep);
}

static ad_status check(const ad_state *state, const ad_fit_options *o)
{
    if (!state || !o->train)
        return fail(AD_ERROR_ARGUMENT, "ad_fit: the %s is NULL", state ? "source .train" : "state");
    if (!o->player[0].step)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_fit: nobody learns; .player = {{ad_adam(loss)}} names what an optimizer "
                    "returned");
    TRY(check_length(o));
    if (!o->rate != !o->schedule)
        return fail(AD_ERROR_ARGUMENT, "ad_fit: .rate and .schedule belong together; %s is missing",
                    o->rate ? ".schedule" : ".rate");
#ifdef ADZE_EXTRAS
    if (o->momentum && !(o->schedule && ad_schedule_momentum(o->schedule, 0) >= 0))
        return fail(AD_ERROR_ARGUMENT,
                    "ad_fit: .momentum needs a .schedule that is a one-cycle or cyclic");
    if (o->schedule && o->schedule->shape == AD_RATE_PLATEAU && !o->validation)
        return fail(AD_ERROR_ARGUMENT, "ad_fit: a plateau needs .validation");
#endif
    bool needs = o->patience || o->keep_best || o->validate_every || o->watch;
    if (needs && !o->validation)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_fit: .patience, .keep_best, .validate_every and .watch need .validation");
    if (o->resume && !o->folder)
        return fail(AD_ERROR_ARGUMENT, "ad_fit: .resume needs the .folder of the checkpoints");
    return AD_OK;
}

/* ---- making programs */

static ad_status make_batches(struct fit *f)
{
    ad_batches_options given = f->o->batches;
    if (!given.size_ && !given.named_)
        given = AD_OPTIONS(ad_batches_options);
    f->batches = ad_batches_new(f->o->train, &given);
    return f->batches ? AD_OK : ad_error_status();
}

static ad_status make_players(struct fit *f)
{
    for (; f->players < AD_PLAYERS_MAX && f->o->player[f->players].step; f->players++) {
        const ad_player *p = &f->o->player[f->players];
        if (p->turns < 0 || p->turns > 1 << 20)
            return fail(AD_ERROR_ARGUMENT, "ad_fit: player %d has %d turns", f->players, p->turns);
        TRY(fed_begin(&f->player[f->players], f->state, f->batches, &p->step, 1, true,
                      (ad_tensor *[2]){f->o->rate, f->o->momentum}, f->o->train->record.name));
        f->turns += p->turns ? p->turns : 1;
    }
    return AD_OK;
}

static ad_status find_watched(struct fit *f)
{
    const char *name = f->o->watch ? f->o->watch : "loss";
    if (!f->o->watch && !f->o->loss)
        return AD_OK; /* the first measure */
    for (int i = 0; i < judge_count(&f->judge); i++) {
        const char *known =
            i < f->judge.has_loss ? "loss" : f->judge.measure[i - f->judge.has_loss].record->name;
        if (!strcmp(name, known)) {
            f->watched = i;
            return AD_OK;
        }
    }
    return fail(AD_ERROR_ARGUMENT, "ad_fit: .watch = \"%s\" is not among what is measured", name);
}

static ad_status make_judge(struct fit *f)
{
    int64_t size = f->o->validate_size ? f->o->validate_size : f->batches->o.size;
    if (!f->o->validation)
        return AD_OK;
    if (f->o->validation->record.count == 0)
        return fail(AD_ERROR_ARGUMENT, "ad_fit: .validation has no examples");
    f->judged = true;
    TRY(judge_begin(&f->judge, f->state, f->o->validation, f->o->loss, f->o->measure, size,
                    f->batches->o.threads));
    return find_watched(f);
}

static void point_number(struct fit *f, int i, const ad_tensor *feed)
{
    bool wide = feed && ad_tensor_type(feed) == AD_F64;
    f->number[i] =
        wide ? ad_f64(&f->number_f64[i], AD_SCALAR) : ad_f32(&f->number_f32[i], AD_SCALAR);
}

/* ---- one run */

static int player_of(const struct fit *f, int64_t run)
{
    int turn = (int)(run % f->turns), p = 0;
    for (;; p++) {
        int turns = f->o->player[p].turns ? f->o->player[p].turns : 1;
        if (turn < turns)
            return p;
        turn -= turns;
    }
}

static double rate_of(const struct fit *f, const ad_schedule *s)
{
#ifdef ADZE_EXTRAS
    if (s->shape == AD_RATE_PLATEAU && f->at.step >= s->warmup)
        return ad_plateau_rate(&f->at.plateau, s);
#endif
    return ad_schedule_rate(s, f->at.step);
}

static void see_plateau(struct fit *f, const ad_measured *m)
{
#ifdef ADZE_EXTRAS
    const ad_schedule *s = f->o->schedule;
    if (s && s->shape == AD_RATE_PLATEAU)
        ad_plateau_see(&f->at.plateau, s, m->less_is_better ? m->value : -m->value);
#endif
    (void)f, (void)m;
}

static void set_number(struct fit *f, int i, double value)
{
    f->number_f64[i] = value;
    f->number_f32[i] = (float)value;
}

static void set_rate(struct fit *f)
{
    if (!f->o->schedule)
        return;
    f->rate_now = rate_of(f, f->o->schedule);
    set_number(f, 0, f->rate_now);
#ifdef ADZE_EXTRAS
    set_number(f, 1, ad_schedule_momentum(f->o->schedule, f->at.step));
#endif
}

static ad_status diverged(struct fit *f, const char *what, double loss)
{
    f->end = AD_END_DIVERGED;
    return fail(AD_ERROR_NOT_FINITE,
                "the %s is %f after step %lld, in epoch %lld: the training diverged; try a lower "
                "rate, or clip the gradients",
                what, loss, (long long)f->at.step, (long long)f->at.epoch + 1);
}

static ad_status take_turn(struct fit *f, int p, const ad_batch *batch, double *loss)
{
    const ad_player *player = &f->o->player[p];
    struct fed *fed = &f->player[p];
    if (player->run) {
        fed_fill(fed, batch, f->number);
        return player->run(player->user, fed->feed, fed->array, fed->feeds, loss, &f->over);
    }
    ad_array out = {0};
    TRY(fed_run(fed, batch, f->number, &out));
    *loss = ad_array_item(&out, 0);
    return AD_OK;
}

static ad_status one_run(struct fit *f, const ad_batch *batch)
{
    double loss;
    int p = player_of(f, f->at.step);
    set_rate(f);
    TRY(take_turn(f, p, batch, &loss));
    f->at.step++;
    f->at.batch++;
    if (f->o->skip_nonfinite && !isfinite(loss))
        return AD_OK;
    f->at.loss += loss * (double)batch->count;
    f->at.player_loss[p] += loss;
    f->at.examples += batch->count;
    if (!isfinite(loss))
        return diverged(f, "loss", loss);
    if (f->o->event)
        fit_event(
            f, &(ad_event){.kind = AD_EVENT_STEP, .loss = loss, .player = p, .rate = f->rate_now});
    return AD_OK;
}

/* ---- validation */

/* Whether it is better than the best so far by more than min_delta. */
static bool is_better(const struct fit *f, const ad_measured *m)
{
    if (isnan(f->at.best) && !isnan(m->value))
        return true;
    double gain = m->less_is_better ? f->at.best - m->value : m->value - f->at.best;
    return f->at.best_step < 0 || gain > f->o->min_delta;
}

static ad_status keep_best(struct fit *f)
{
    if (f->o->keep_best && f->best)
        TRY(ad_state_copy(f->best, f->state));
    else if (f->o->keep_best && !(f->best = ad_state_clone(f->state)))
        return ad_error_status();
    return fit_save_best(f);
}

static ad_status validate(struct fit *f)
{
    if (!f->judged)
        return AD_OK;
    TRY(judge_run(&f->judge));
    const ad_measured *m = &f->judge.measured[f->watched];
    if (!strcmp(f->judge.measured[0].name, "loss") && !isfinite(f->judge.measured[0].value))
        return diverged(f, "validation loss", f->judge.measured[0].value);
    bool better = is_better(f, m);
    see_plateau(f, m);
    if (better)
        f->at.best = m->value, f->at.best_step = f->at.step, f->at.waited = 0;
    else
        f->at.waited++;
    fit_event(f, &(ad_event){.kind = AD_EVENT_VALIDATION,
                             .measured = f->judge.measured,
                             .measures = judge_count(&f->judge),
                             .best = better});
    return better ? keep_best(f) : AD_OK;
}

/* ---- the loop */

static bool is_over(struct fit *f)
{
    const ad_fit_options *o = f->o;
    if (o->patience && f->at.waited >= o->patience)
        f->end = AD_END_EARLY;
    else if ((o->steps >= 0 && f->at.step >= o->steps) ||
             (o->epochs >= 0 && f->at.epoch >= o->epochs))
        f->end = AD_END_PLAN;
    else if (f->over)
        f->end = AD_END_CONVERGED;
    else if (is_asked(f))
        f->end = AD_END_ASKED;
    else
        return false;
    return true;
}

static ad_status after_run(struct fit *f)
{
    const ad_fit_options *o = f->o;
    if (o->validate_every && f->at.step % o->validate_every == 0)
        TRY(validate(f));
    bool due = (o->save_steps && f->at.step % o->save_steps == 0) ||
               (o->save_seconds > 0 && clock_seconds() - f->saved >= o->save_seconds);
    return due ? fit_save(f) : AD_OK;
}

/* Of each player over its runs of this epoch: the last `batch` runs. */
static void mean_losses(const struct fit *f, double *mean)
{
    int64_t runs[AD_PLAYERS_MAX] = {0};
    for (int64_t run = f->at.step - f->at.batch; run < f->at.step; run++)
        runs[player_of(f, run)]++;
    for (int p = 0; p < AD_PLAYERS_MAX; p++)
        mean[p] = runs[p] ? f->at.player_loss[p] / (double)runs[p] : NAN;
}

static ad_status end_epoch(struct fit *f)
{
    const ad_fit_options *o = f->o;
    double mean = f->at.examples ? f->at.loss / (double)f->at.examples : NAN;
    double each[AD_PLAYERS_MAX];
    mean_losses(f, each);
    f->at.epoch++;
    f->at.batch = 0;
    f->at.loss = 0;
    memset(f->at.player_loss, 0, sizeof f->at.player_loss);
    f->at.examples = 0;
    fit_event(f, &(ad_event){.kind = AD_EVENT_EPOCH, .loss = mean, .player_loss = each});
    if (!o->validate_every)
        TRY(validate(f));
    return o->save_epochs && f->at.epoch % o->save_epochs == 0 ? fit_save(f) : AD_OK;
}

/* Runs until the epoch or the training ends; an epoch without a batch would go on for ever. */
static ad_status one_epoch(struct fit *f)
{
    TRY(ad_batches_seek(f->batches, (uint64_t)f->at.epoch, f->at.batch));
    while (!is_over(f)) {
        ad_batch batch;
        double from = clock_seconds();
        TRY(ad_batches_next(f->batches, &batch));
        f->waited += clock_seconds() - from;
        if (!batch.count) {
            if (f->at.batch == 0)
                return fail(AD_ERROR_ARGUMENT, "ad_fit: %s has no batch: it has %lld examples",
                            f->o->train->record.name, (long long)f->o->train->record.count);
            return end_epoch(f);
        }
        TRY(one_run(f, &batch));
        TRY(after_run(f));
    }
    return AD_OK;
}

/* The steps end within an epoch: what was done of it is told and measured as one.  A training that
 * goes on with more steps goes on in the same epoch. */
static ad_status part_of_epoch(struct fit *f)
{
    double mean = f->at.examples ? f->at.loss / (double)f->at.examples : NAN;
    double each[AD_PLAYERS_MAX];
    int64_t batch = f->at.batch;
    mean_losses(f, each);
    f->at.epoch++;
    f->at.batch = 0;
    fit_event(f, &(ad_event){.kind = AD_EVENT_EPOCH, .loss = mean, .player_loss = each});
    ad_status status = f->o->validate_every ? AD_OK : validate(f);
    f->at.epoch--;
    f->at.batch = batch;
    return status;
}

/* The steps end with an epoch: that one has ended too. */
static ad_status last_epoch(struct fit *f)
{
    if ((f->end != AD_END_PLAN && f->end != AD_END_CONVERGED) || !f->at.batch)
        return AD_OK;
    return f->at.batch == ad_batches_count(f->batches) ? end_epoch(f) : part_of_epoch(f);
}

static ad_status train(struct fit *f)
{
    bool found = false;
    if (f->o->resume)
        TRY(fit_resume(f, &found));
    f->saved = clock_seconds();
    fit_event(f, &(ad_event){.kind = AD_EVENT_BEGIN});
    while (!is_over(f))
        TRY(one_epoch(f));
    TRY(last_epoch(f));
    if (f->o->keep_best && f->end == AD_END_PLAN && f->at.best_step < 0)
        TRY(validate(f)); /* nothing was measured on the way */
    TRY(fit_save(f));
    return f->best ? ad_state_copy(f->state, f->best) : AD_OK;
}

static ad_status begin(struct fit *f)
{
    f->began = clock_seconds();
    TRY(make_batches(f));
    TRY(make_players(f));
    TRY(make_judge(f));
    f->rate_now = NAN;
    point_number(f, 0, f->o->rate);
#ifdef ADZE_EXTRAS
    point_number(f, 1, f->o->momentum);
#endif
    return f->o->folder && f->o->train->record.count >= 0
               ? ad_source_fingerprint(f->o->train, &f->fingerprint)
               : AD_OK;
}

static void finish(struct fit *f)
{
    for (int p = 0; p < AD_PLAYERS_MAX; p++)
        fed_done(&f->player[p]);
    if (f->judged)
        judge_done(&f->judge);
    ad_batches_free(f->batches);
    ad_state_free(f->best);
}

ad_status ad_fit(ad_state *state, const ad_fit_options *options)
{
    ad_fit_options o = AD_OPTIONS(ad_fit_options);
    TRY(options_read(ad_fit_options, &o, options));
    if (o.end)
        *o.end = AD_END_FAILED;
    TRY(check(state, &o));
    struct fit f = {
        .o = &o, .state = state, .at.best_step = -1, .stored.step = -1, .end = AD_END_FAILED};
    ad_status status = begin(&f);
    if (status == AD_OK)
        status = train(&f);
    if (status != AD_OK && f.end != AD_END_DIVERGED)
        f.end = AD_END_FAILED;
    char words[ERROR_TEXT_MAX];
    error_copy(words, sizeof words);
    if (f.batches)
        fit_event(&f, &(ad_event){.kind = AD_EVENT_END, .why = f.end});
    if (o.end)
        *o.end = f.end;
    if (o.position)
        *o.position = f.at;
    finish(&f);
    return status == AD_OK ? AD_OK : fail(status, "%s", words);
}
