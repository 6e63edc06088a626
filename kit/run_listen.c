/* Listeners of a training: a bar or lines for a person, JSON for a program. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "utf8.h"
#include <adze/kit.h>

void ad_listener_free(ad_listener *listener)
{
    if (listener->free)
        listener->free(listener->user);
    *listener = (ad_listener){0};
}

/* ---------------------------------------------------------------- for a person */

typedef struct teller {
    ad_progress *progress;
    bool open;           /* a bar of an epoch is under way */
    int64_t examples;    /* trained on in this call */
    int64_t last;        /* .examples of the position before */
    int64_t from;        /* step at which this call began */
    double epoch_waited; /* seconds, when the epoch began */
    double epoch_from;   /* seconds and examples when the epoch began */
    int64_t epoch_examples;
    double loss;
    bool waits;  /* a line of an epoch is to be said, with what a validation may add */
    bool spare;  /* but only where it turns out to be the last */
    double said; /* seconds at the last line */
    char line[256];
    char measure[64]; /* of the last validation, "accuracy 91.2 %"; "" */
} teller;

/* "4.2 s", "12 min", "3.1 h" */
static void add_duration(char *words, size_t size, double seconds)
{
    if (seconds < 90)
        snprintf(words, size, "%.1f s", seconds);
    else if (seconds < 5400)
        snprintf(words, size, "%.0f min", seconds / 60);
    else
        snprintf(words, size, "%.1f h", seconds / 3600);
}

static void say_waiting(teller *t)
{
    if (t->waits)
        ad_progress_line(t->progress, t->line);
    t->waits = false;
}

enum { LOG_PAUSE = 30 }; /* seconds between lines of a log */

/* Above a bar, of many epochs the first, and each 2nd, 5th, 10th, 20th... so that at most LINES are
 * said; one at the least in SILENCE seconds.  In a log the first, then at most one in LOG_PAUSE.
 * The history has them all. */
static bool is_spare(const teller *t, const ad_event *e)
{
    enum { LINES = 40, SILENCE = 10 };
    static const int steps[] = {1, 2, 5};
    int64_t every = 1;
    if (!ad_progress_is_bar(t->progress))
        return e->at->epoch > 1 && e->seconds - t->said < LOG_PAUSE;
    for (int i = 1; e->epochs > LINES * every; i++) {
        every = steps[i % 3];
        for (int tens = i / 3; tens > 0; tens--)
            every *= 10;
    }
    return e->at->epoch > 1 && e->at->epoch % every != 0 && e->seconds - t->said < SILENCE;
}

static void name_epoch(const ad_event *e, char *label, size_t size)
{
    if (e->epochs > 0)
        snprintf(label, size, "epoch %lld/%lld", (long long)e->at->epoch + 1, (long long)e->epochs);
    else
        snprintf(label, size, "epoch %lld", (long long)e->at->epoch + 1);
}

static void open_epoch(teller *t, const ad_event *e)
{
    char label[64];
    name_epoch(e, label, sizeof label);
    ad_progress_begin(t->progress, label, e->batches > 0 ? e->batches : 0);
    t->open = true;
}

static double per_second(double examples, double seconds)
{
    return examples / (seconds > 1e-9 ? seconds : 1e-9);
}

/* Of all epochs, by the pace of this call. */
static double left(const teller *t, const ad_event *e)
{
    int64_t done = e->at->step - t->from, all = e->steps > 0 ? e->steps : e->epochs * e->batches;
    return all > 0 && e->batches > 0 && done > 0
               ? e->seconds * (double)(all - e->at->step) / (double)done
               : 0;
}

/* "loss 0.412  accuracy 91.2 %  12345/s  rate 0.001": what matters less later, where it is cut. */
static void note_step(const teller *t, const ad_event *e, char *note, size_t size)
{
    double speed =
        per_second((double)(t->examples - t->epoch_examples), e->seconds - t->epoch_from);
    snprintf(note, size, "loss %.4g%s%s  %.0f/s", e->at->loss / (double)e->at->examples,
             *t->measure ? "  " : "", t->measure, speed);
    if (isfinite(e->rate))
        snprintf(note + strlen(note), size - strlen(note), "  rate %.3g", e->rate);
}

/* In a log a long epoch is heard of before its end. */
static void tell_within(teller *t, const ad_event *e, const char *note)
{
    char label[64], remaining[32];
    double share = e->batches > 0 ? (double)e->at->batch / (double)e->batches : 0;
    if (ad_progress_is_bar(t->progress) || e->seconds - t->said < LOG_PAUSE || share >= 1)
        return;
    name_epoch(e, label, sizeof label);
    add_duration(remaining, sizeof remaining, left(t, e));
    char *line = text_format(left(t, e) > 0 ? "%s  %.0f %%  %s  %s left" : "%s  %.0f %%  %s", label,
                             100 * share, note, remaining);
    if (line)
        ad_progress_line(t->progress, line);
    free(line);
    t->said = e->seconds;
}

static void tell_step(teller *t, const ad_event *e)
{
    char note[200];
    if (t->spare)
        t->waits = false;
    say_waiting(t);
    if (!t->open)
        open_epoch(t, e);
    t->examples += e->at->examples - t->last;
    t->last = e->at->examples;
    note_step(t, e, note, sizeof note);
    ad_progress_left(t->progress, left(t, e) > 0 ? left(t, e) : NAN);
    ad_progress_update(t->progress, e->at->batch, note);
    tell_within(t, e, note);
}

/* A reader that is slower than the network: the share of the epoch that was waited for it. */
static void tell_waited(teller *t, const ad_event *e, double seconds)
{
    double waited = e->waited - t->epoch_waited;
    size_t size = strlen(t->line);
    t->epoch_waited = e->waited;
    if (waited > 0.5 && waited > 0.2 * seconds)
        snprintf(t->line + size, sizeof t->line - size, "  %.0f %% of it waiting for data",
                 100 * waited / seconds);
}

static void tell_epoch(teller *t, const ad_event *e)
{
    char spent[32], remaining[32];
    double seconds = e->seconds - t->epoch_from;
    add_duration(spent, sizeof spent, seconds);
    add_duration(remaining, sizeof remaining, left(t, e));
    snprintf(t->line, sizeof t->line,
             e->epochs > 0 ? "epoch %lld/%lld  train loss %.5g  %s  %.0f examples/s"
                           : "epoch %lld%.0lld  train loss %.5g  %s  %.0f examples/s",
             (long long)e->at->epoch, (long long)(e->epochs > 0 ? e->epochs : 0), e->loss, spent,
             per_second((double)(t->examples - t->epoch_examples), seconds));
    for (int p = 0; e->players > 1 && p < e->players; p++) {
        size_t so_far = strlen(t->line);
        snprintf(t->line + so_far, sizeof t->line - so_far, "  %s %.4f", e->list[p].name,
                 e->player_loss[p]);
    }
    tell_waited(t, e, seconds);
    size_t size = strlen(t->line);
    if (left(t, e) > 2)
        snprintf(t->line + size, sizeof t->line - size, "  %s left", remaining);
    t->waits = true;
    t->spare = is_spare(t, e);
    t->said = t->spare ? t->said : e->seconds;
    t->open = false;
    t->epoch_from = e->seconds;
    t->epoch_examples = t->examples;
    t->last = 0;
}

/* What stands beside the loss from then on. */
static void keep_measure(teller *t, const ad_event *e)
{
    const ad_measured *m = e->measures > 1 ? &e->measured[1] : NULL;
    if (m && strcmp(m->name, "accuracy") == 0)
        snprintf(t->measure, sizeof t->measure, "accuracy %.1f %%", 100 * m->value);
    else if (m)
        snprintf(t->measure, sizeof t->measure, "%.30s %.4g", m->name, m->value);
}

static void tell_measured(teller *t, const ad_event *e)
{
    keep_measure(t, e);
    for (int i = 0; i < e->measures; i++) {
        size_t size = strlen(t->line);
        bool share = strcmp(e->measured[i].name, "accuracy") == 0;
        snprintf(t->line + size, sizeof t->line - size, share ? "  %s%s %.2f %%" : "  %s%s %.5g",
                 i ? "" : "validation ", e->measured[i].name,
                 (share ? 100 : 1) * e->measured[i].value);
    }
}

static void tell_begin(teller *t, const ad_event *e)
{
    char line[160];
    t->from = e->at->step;
    t->last = e->at->examples;
    if (e->at->step == 0)
        return;
    snprintf(line, sizeof line, "going on after %lld epoch%s and %lld examples, step %lld",
             (long long)e->at->epoch, e->at->epoch == 1 ? "" : "s", (long long)e->at->examples,
             (long long)e->at->step);
    ad_progress_line(t->progress, line);
}

static void tell_passed(teller *t, const ad_event *e)
{
    char *line = text_format("%s is not whole: going on from the checkpoint before it", e->path);
    if (line)
        ad_progress_line(t->progress, line);
    free(line);
}

static bool tell(void *user, const ad_event *e)
{
    teller *t = user;
    if (e->kind == AD_EVENT_BEGIN)
        tell_begin(t, e);
    else if (e->kind == AD_EVENT_STEP)
        tell_step(t, e);
    else if (e->kind == AD_EVENT_EPOCH)
        tell_epoch(t, e);
    else if (e->kind == AD_EVENT_VALIDATION)
        tell_measured(t, e);
    else if (e->kind == AD_EVENT_PASSED)
        tell_passed(t, e);
    else if (e->kind == AD_EVENT_END)
        say_waiting(t);
    return true;
}

static void teller_free(void *user)
{
    teller *t = user;
    ad_progress_free(t->progress);
    free(t);
}

static bool nothing(void *user, const ad_event *e)
{
    (void)user;
    (void)e;
    return true;
}

ad_listener ad_listen_progress(int fd)
{
    teller *t = calloc(1, sizeof *t);
    ad_progress *progress = t ? ad_progress_new(fd) : NULL;
    if (!progress) {
        free(t);
        return (ad_listener){.event = nothing};
    }
    t->progress = progress;
    return (ad_listener){tell, t, teller_free};
}

/* ---------------------------------------------------------------- for a program */

/* JSON has no NaN and no infinity. */
static void put_number(FILE *f, const char *key, double value)
{
    if (isfinite(value))
        fprintf(f, ", \"%s\": %.9g", key, value);
    else
        fprintf(f, ", \"%s\": null", key);
}

static void put_place(FILE *f, const ad_event *e)
{
    fprintf(f, ", \"epoch\": %lld, \"step\": %lld", (long long)e->at->epoch,
            (long long)e->at->step);
}

/* Names of files may be no UTF-8; the sign that stands for what is none is put in its place. */
static void put_path(FILE *f, const char *path)
{
    fputs(", \"path\": \"", f);
    for (int size; *path; path += size ? size : 1) {
        unsigned code;
        size = utf8_next(path, strlen(path), &code);
        if (*path == '"' || *path == '\\')
            fprintf(f, "\\%c", *path);
        else if ((unsigned char)*path < 32)
            fprintf(f, "\\u%04x", (unsigned)*path);
        else if (size)
            fprintf(f, "%.*s", size, path);
        else
            fputs("\\ufffd", f);
    }
    putc('"', f);
}

static void put_measured(FILE *f, const ad_event *e)
{
    fprintf(f, ", \"best\": %s, \"metrics\": {", e->best ? "true" : "false");
    for (int i = 0; i < e->measures; i++) {
        const ad_measured *m = &e->measured[i];
        fprintf(f, "%s\"%s\": {\"value\": %.9g, \"low\": %.9g, \"high\": %.9g}", i ? ", " : "",
                m->name, m->value, m->low, m->high);
    }
    putc('}', f);
}

typedef struct writer {
    FILE *file;
    double rate; /* of the last step */
} writer;

static void put_event(const writer *w, const ad_event *e)
{
    static const char *const names[] = {[AD_EVENT_BEGIN] = "begin",
                                        [AD_EVENT_VALIDATION] = "validation",
                                        [AD_EVENT_EPOCH] = "epoch",
                                        [AD_EVENT_CHECKPOINT] = "checkpoint",
                                        [AD_EVENT_PASSED] = "passed"};
    fprintf(w->file, "{\"event\": \"%s\"", names[e->kind]);
    if (e->kind != AD_EVENT_PASSED)
        put_place(w->file, e);
    if (e->kind == AD_EVENT_BEGIN)
        fprintf(w->file, ", \"epochs\": %lld, \"batches\": %lld", (long long)e->epochs,
                (long long)e->batches);
    if (e->kind == AD_EVENT_EPOCH) {
        put_number(w->file, "rate", w->rate);
        put_number(w->file, "train_loss", e->loss);
        for (int p = 0; e->players > 1 && p < e->players; p++) {
            char name[64];
            snprintf(name, sizeof name, "train_loss_%s", e->list[p].name);
            put_number(w->file, name, e->player_loss[p]);
        }
        put_number(w->file, "seconds", e->seconds);
    }
    if (e->kind == AD_EVENT_VALIDATION)
        put_measured(w->file, e);
    if (e->path)
        put_path(w->file, e->path);
    fputs("}\n", w->file);
    fflush(w->file);
}

static bool write_event(void *user, const ad_event *e)
{
    writer *w = user;
    if (e->kind == AD_EVENT_STEP || e->kind == AD_EVENT_BEGIN)
        w->rate = e->rate;
    if (e->kind != AD_EVENT_STEP && e->kind != AD_EVENT_END)
        put_event(w, e);
    return true;
}

ad_listener ad_listen_json(void *file)
{
    writer *w = calloc(1, sizeof *w);
    if (!w)
        return (ad_listener){.event = nothing};
    *w = (writer){file, NAN};
    return (ad_listener){write_event, w, free};
}
