/* The training of a configuration: ad_fit with what the configuration says, and what is kept of it
 * in a folder. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "run.h"
#include "text.h"

/* One training under way. */
typedef struct job {
    const ad_run_options *o;
    ad_run_result *result;
    history history;
    ad_schedule schedule[AD_NUMBERS_MAX + 1]; /* joined */
    double *weight;                           /* of the examples, or NULL */
    struct run_whole *whole;                  /* a minimizer, or NULL */
    double rate;                              /* of the last event */
    bool begun;                               /* ad_fit came as far as its first event */
    int64_t stored;                           /* epochs that the newest checkpoint knows of */
    ad_status status;                         /* of what the events made us do */
} job;

static const char *folder_of(const job *j)
{
    return j->o->run ? j->o->run->folder : NULL;
}

/* ---------------------------------------------------------------- batches of one */

/* A size of batches, near the one that is set, that leaves no image alone. */
static int64_t other_batch(int64_t batch, int64_t images)
{
    int64_t other = batch > 1 ? batch - 1 : 32;
    while (other < 2 || images % other == 1)
        other++;
    return other;
}

/* The line of a batch norm that needs two, or 0. */
static int needs_two(const job *j)
{
    const ad_run_data *d = j->o->data;
    ad_graph *scratch = ad_graph_new(j->o->network->context);
    if (!scratch)
        return 0;
    int line = run_needs_two(j->o->config, d, scratch);
    ad_graph_free(scratch);
    return line;
}

/* One value of a channel has no variance: such a batch goes through by the moving averages, so a
 * net trained on those alone is another one. */
static ad_status check_batches(const job *j)
{
    char what[256];
    const ad_config *c = j->o->config;
    int64_t images = ad_source_count(j->o->data->train), batch = config_batch(c, images);
    int alone = batch == 1 || images % batch == 1 ? needs_two(j) : 0;
    if (alone == 0)
        return AD_OK;
    snprintf(what, sizeof what,
             "%s of 1 example, and the batch_norm in line %d normalizes over a batch: "
             "one alone has no variance",
             batch == 1 ? "batches are" : "the last batch of each epoch is", alone);
    char *words = ad_config_report(c, "train.batch", what,
                                   images > 1 ? "take another size of batches"
                                              : "give more than one training example");
    j->result->other_batch = images > 1 ? other_batch(batch, images) : 0;
    return run_failed(AD_RUN_BAD_BATCH, message_give(AD_ERROR_ARGUMENT, words));
}

/* ---------------------------------------------------------------- before the first step */

static ad_status open_folder(job *j)
{
    ad_run_folder *run = j->o->run;
    char *text = NULL, *config = ad_config_text(j->o->config, run->folder);
    ad_status status =
        config ? run_describe(j->o->data, &text) : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (status == AD_OK && run->mode == AD_RUN_RESUME)
        status = run_same_data(run->folder, text);
    if (status == AD_OK && run->mode == AD_RUN_RESUME)
        status = history_read(&j->history, run->folder);
    if (status == AD_OK)
        status = run_begin(run, config, text);
    free(text);
    free(config);
    return status;
}

static ad_status prepare(job *j)
{
    ad_status status = check_batches(j);
    if (status == AD_OK)
        status = run_weights(j->o->config, j->o->data, &j->weight);
    if (status == AD_OK && j->o->from)
        status = run_begin_from(j->o, j->result);
    if (status == AD_OK && j->o->run)
        status = open_folder(j);
    j->history.folder = folder_of(j);
    j->history.validated = j->o->data->validation != NULL;
    return status;
}

/* ---------------------------------------------------------------- what the events make us do */

static bool is_better(const job *j, double held)
{
    const ad_run_result *r = j->result;
    return r->best_epoch == 0 || held < r->best - j->o->config->train.early_stopping.min_delta;
}

static void note_validation(job *j, double held, int64_t epoch)
{
    ad_run_result *r = j->result;
    if (is_better(j, held)) {
        r->best = held;
        r->best_epoch = epoch;
    }
    r->held = held;
}

static void note_epoch(job *j, double loss)
{
    j->result->before = j->result->loss;
    j->result->loss = loss;
}

/* What an earlier part of the training measured. */
static void note_history(job *j)
{
    for (int64_t i = 0; i < j->history.rows; i++) {
        double held = history_value(
            &j->history, i, j->o->data->task->players ? "validation_energy" : "validation_loss");
        note_epoch(j, j->history.row[i].value[HISTORY_LOSS]);
        if (isfinite(held))
            note_validation(j, held, (int64_t)j->history.row[i].value[HISTORY_EPOCH]);
    }
}

/* The weights as they are now are the ones to keep: those that were just found to be the best, or
 * where nothing was measured yet, those of the checkpoint. */
static bool is_kept(const job *j, const ad_event *e)
{
    if (e->kind == AD_EVENT_VALIDATION)
        return e->best;
    return e->kind == AD_EVENT_CHECKPOINT && (!j->o->data->validation || e->at->best_step < 0);
}

/* The newest checkpoint is that of an epoch's end, and its losses were lower than those before. */
static bool is_sound(const job *j, const ad_event *e)
{
    const ad_run_result *r = j->result;
    bool stored = e->kind == AD_EVENT_CHECKPOINT || e->kind == AD_EVENT_BEGIN;
    return stored && e->at->batch == 0 && e->at->epoch > 0 &&
           (e->at->epoch == 1 || r->loss < r->before);
}

static ad_status keep(job *j, const ad_event *e)
{
    ad_run_folder *run = j->o->run;
    if (!run)
        return AD_OK;
    ad_status status = e->kind == AD_EVENT_CHECKPOINT ? run_settle(run) : AD_OK;
    if (status == AD_OK && is_sound(j, e))
        run_keep_sound(run->folder, e->at->step);
    if (status == AD_OK && is_kept(j, e))
        status = run_save_model(run->folder, j->o->network->state, j->o->data, j->o->network);
    return status;
}

static void note(job *j, const ad_event *e)
{
    if (e->kind == AD_EVENT_BEGIN || e->kind == AD_EVENT_CHECKPOINT)
        j->stored = e->at->epoch;
    if (e->kind == AD_EVENT_BEGIN) {
        j->begun = true;
        note_history(j);
    } else if (e->kind == AD_EVENT_EPOCH)
        note_epoch(j, e->loss);
    else if (e->kind == AD_EVENT_VALIDATION)
        note_validation(j, e->measured[0].value, e->at->epoch);
}

static bool on_event(void *user, const ad_event *given)
{
    job *j = user;
    bool go_on = j->status == AD_OK;
    ad_event event = *given, *e = &event;
    ad_measured more[AD_RUN_MEASURES_MAX];
    if (e->kind == AD_EVENT_VALIDATION && e->measures < AD_RUN_MEASURES_MAX) {
        memcpy(more, e->measured, (size_t)e->measures * sizeof *more);
        run_add_derived(j->o->data, j->o->data->validation, more, &e->measures);
        e->measured = more;
    }
    if (e->kind != AD_EVENT_STEP || isnan(e->rate)) /* of the last step */
        e->rate = j->schedule->shape == AD_RATE_PLATEAU && j->rate > 0
                      ? j->rate
                      : ad_schedule_rate(j->schedule, e->at->step > 0 ? e->at->step - 1 : 0);
    j->rate = e->rate;
    if (go_on && !history_event(&j->history, e))
        j->status = j->history.status;
    note(j, e);
    if (j->status == AD_OK)
        j->status = keep(j, e);
    for (int i = 0; i < AD_LISTENERS_MAX && j->o->listener[i].event; i++)
        go_on = j->o->listener[i].event(j->o->listener[i].user, e) && go_on;
    return go_on && j->status == AD_OK;
}

/* ---------------------------------------------------------------- ad_fit */

/* Those of the task, of the validation part; over time the loss is one, as a measure of steps. */
static void put_measures(const job *j, ad_measure *list)
{
    const ad_run_network *n = j->o->network;
    const ad_task_record *task = j->o->data->task;
    ad_tensor *wanted = n->wanted ? n->wanted : n->target;
    if (!j->o->data->validation)
        return;
    if (task->over_time)
        *list++ = (ad_measure){&run_step_loss, n->loss, wanted};
    for (int i = 0; i < 4 && task->measure[i]; i++)
        *list++ = (ad_measure){ad_measure_find(task->measure[i]), n->measured, wanted};
    if (n->next[0])
        *list = (ad_measure){&run_next_accuracy, n->next[0], n->next[1]};
}

static ad_status fit(job *j)
{
    const ad_config *c = j->o->config;
    const ad_run_network *n = j->o->network;
    const ad_run_data *d = j->o->data;
    bool judged = d->validation != NULL;
    ad_player first = n->player[0];
    ad_measure m[5] = {{.record = NULL}};
    if (j->whole) {
        first.run = run_whole_step;
        first.user = j->whole;
    }
    put_measures(j, m);
    bool drawn = c->train.balance && ad_run_classes(d) > 0;
    ad_order order = drawn || j->weight       ? AD_ORDER_WEIGHTED
                     : d->streams || j->whole ? AD_ORDER_AS_IS
                                              : AD_ORDER_SHUFFLED;
    return ad_fit(
        n->state, .train = d->train, .validation = d->validation, .player = {first, n->player[1]},
        .loss = judged && !d->task->players && !d->task->over_time ? n->loss : NULL,
        .measure = {m[0], m[1], m[2], m[3], m[4]}, .rate = n->rate, .momentum = n->momentum,
        .schedule = n->rate ? j->schedule : NULL, .epochs = c->train.steps ? -1 : c->train.epochs,
        .steps = c->train.steps ? c->train.steps : -1,
        .batches =
            AD_OPTIONS(ad_batches_options, .size = config_batch(c, ad_source_count(d->train)),
                       .seed = (uint64_t)c->train.seed, .order = order, .weight = j->weight,
                       .balance = drawn ? d->target.name : NULL),
        .validate_size = run_measured_at_once(n), .patience = c->train.early_stopping.patience,
        .skip_nonfinite = c->train.skip_nonfinite, .min_delta = c->train.early_stopping.min_delta,
        .keep_best = judged, .folder = folder_of(j), .save_steps = c->train.checkpoint.steps,
        .save_seconds = 60 * c->train.checkpoint.minutes, .save_epochs = c->train.checkpoint.epochs,
        .keep = (int)c->train.checkpoint.keep,
        .resume = j->o->run && j->o->run->mode == AD_RUN_RESUME, .event = on_event, .user = j,
        .stop = j->o->stop, .end = &j->result->end, .position = &j->result->at);
}

/* What a failure of ad_fit means. */
static ad_status explain(const job *j)
{
    ad_status status = ad_error_status();
    bool file = status == AD_ERROR_FILE || status == AD_ERROR_FORMAT;
    if (status == AD_ERROR_NOT_FINITE)
        return run_fail_core(AD_RUN_DIVERGED);
    if (file)
        return run_fail_core(j->begun ? AD_RUN_NOT_WRITTEN : AD_RUN_DAMAGED);
    return run_fail_core(status == AD_ERROR_ARGUMENT && !j->begun ? AD_RUN_OTHER_DATA
                                                                  : AD_RUN_NO_FAULT);
}

/* The weights that ad_fit left are the ones to keep, with the decision that they are best at. */
static ad_status conclude(job *j)
{
    ad_run_folder *run = j->o->run;
    ad_status status = run ? run_settle(run) : AD_OK;
    if (status == AD_OK)
        status = run_calibrate(j->o->network, j->o->data);
    return run && status == AD_OK
               ? run_save_model(run->folder, j->o->network->state, j->o->data, j->o->network)
               : status;
}

/* The epoch that the newest checkpoint has come to is the last in the history.  The failure that
 * led here is what is told. */
static void go_back(job *j)
{
    ad_run_folder *run = j->o->run;
    if (!run || !run->begun)
        return;
    ad_run_fault fault = ad_run_why();
    char *words = text_copy(ad_kit_error());
    if (j->begun)
        (void)!history_cut(&j->history, j->stored);
    if (fault == AD_RUN_DIVERGED && (run->stored || run->mode == AD_RUN_RESUME))
        run_put_back(j->o, &j->history, j->result);
    run_abandon(run);
    (void)run_failed(fault, message_give(AD_ERROR_FILE, words));
}

static ad_status train(job *j)
{
    const ad_config *c = j->o->config;
    int64_t images = ad_source_count(j->o->data->train);
    int64_t batch = config_batch(c, images);
    config_schedules(c, (images + batch - 1) / batch, j->schedule);
    ad_status status = prepare(j);
    if (status != AD_OK)
        return status;
    if (ad_config_is_whole(c) && !(j->whole = run_whole_new(c, j->o->network)))
        return no_memory();
    status = fit(j);
    if (j->status != AD_OK)
        return j->status;
    j->result->skipped = run_skipped(j->o->network);
    return status == AD_OK ? conclude(j) : explain(j);
}

ad_status ad_run_train(const ad_run_options *options, ad_run_result *result)
{
    *result = (ad_run_result){.end = AD_END_FAILED, .at.best_step = -1};
    job j = {.o = options, .result = result};
    ad_status status = train(&j);
    if (status != AD_OK)
        go_back(&j);
    result->stored = options->run && options->run->stored;
    history_done(&j.history);
    run_whole_free(j.whole);
    free(j.weight);
    return status;
}
