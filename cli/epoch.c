/* The epochs of a training.
 *
 * Each shuffles by (seed, epoch), trains on every image once, the last batch perhaps smaller, and
 * ends with the validation set and a checkpoint. The mean loss of an epoch is the sum over batches
 * of loss * images, in double, divided by the images. */
#define _XOPEN_SOURCE 700 /* SIGXFSZ */

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "loader.h"
#include "plan.h"
#include "remedy.h"
#include "train.h"

/* ---------------------------------------------------------------- signals */

static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
    stop_signal = number;
}

void train_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is met like a full disk: with a message */
}

static int stopped(training *t, int code)
{
    if (code == EXIT_DONE && t->o->out)
        code = folder_store(t->o->out, t->n.state, NULL, &t->at);
    if (code != EXIT_DONE)
        return code;
    if (t->o->out) {
        say(EXIT_SIGNAL + stop_signal, "stopped\n  go on with:");
        remedy_print(stderr, REMEDY_RESUME, &(remedy_values){.out = t->o->out});
        return EXIT_SIGNAL + stop_signal;
    }
    return say(EXIT_SIGNAL + stop_signal, "stopped; nothing is stored without --out DIR");
}

/* ---------------------------------------------------------------- one step */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int64_t image_count(const training *t)
{
    return ad_dataset_about(t->train)->count;
}

static float rate_now(const training *t)
{
    return (float)ad_config_rate(t->config, ad_state_step(t->n.state),
                                 plan_steps(t->config, image_count(t)));
}

static int step(training *t, const batch *b)
{
    float rate = rate_now(t);
    const image_size *s = &t->size;
    ad_array feeds[] = {ad_u8(b->images, AD_SHAPE(b->count, s->height, s->width, s->channels)),
                        ad_i32(b->labels, AD_SHAPE(b->count)), ad_f32(&rate, AD_SCALAR)};
    ad_array out = {0};
    if (ad_run(t->trainer, feeds, &out) != AD_OK)
        return say_error();
    double loss = ad_array_item(&out, 0);
    t->at.sum += loss * (double)b->count;
    t->at.done += b->count;
    return isfinite(loss) ? EXIT_DONE : train_diverged(t, loss, "loss");
}

static void show_step(const training *t)
{
    char note[48];
    snprintf(note, sizeof note, "loss %.4f", t->at.sum / (double)t->at.done);
    ad_progress_update(t->progress, t->at.done, note);
}

static int train_batches(training *t)
{
    int code = EXIT_DONE;
    loader *l = loader_new(t->train, t->order, t->at.done, t->config->train.batch);
    if (!l)
        return say_no_memory();
    for (const batch *b; code == EXIT_DONE && !stop_signal && (b = loader_next(l)) != NULL;) {
        code = step(t, b);
        show_step(t);
    }
    loader_free(l);
    return code;
}

/* ---------------------------------------------------------------- the end of an epoch */

static int keep_best(training *t)
{
    if (t->config->train.early_stopping.patience == 0)
        return EXIT_DONE;
    ad_state_free(t->best);
    t->best = ad_state_clone(t->n.state);
    return t->best ? EXIT_DONE : say_error();
}

/* Early stopping: the loss has to fall by more than min_delta within patience epochs. */
static int judge(training *t)
{
    int64_t patience = t->config->train.early_stopping.patience;
    if (t->at.held < t->at.best - t->config->train.early_stopping.min_delta) {
        t->at.best = t->at.held;
        t->at.best_epoch = t->at.epoch + 1;
        t->at.waited = 0;
        return keep_best(t);
    }
    t->at.waited++;
    t->at.stopped = patience > 0 && t->at.waited >= patience;
    return EXIT_DONE;
}

static int validate(training *t)
{
    measure m;
    if (!t->held)
        return EXIT_DONE;
    int code = measure_run(&m, t->measurer, t->held, t->outputs, t->progress, "validation");
    t->at.held = m.loss;
    t->accuracy = measure_accuracy(&m);
    measure_done(&m);
    if (code == EXIT_DONE && !isfinite(m.loss))
        code = train_diverged(t, m.loss, "validation loss");
    return code == EXIT_DONE ? judge(t) : code;
}

static int store(const training *t)
{
    bool best_now = !t->best || t->at.waited == 0;
    if (!t->o->out)
        return EXIT_DONE;
    return folder_store(t->o->out, t->n.state, best_now ? &t->size : NULL, &t->at);
}

static void print_json(const training *t, double spent, double per_second)
{
    printf("{\"epoch\": %lld, \"train_loss\": ", (long long)t->at.epoch);
    print_json_number(t->at.loss);
    if (t->held) {
        printf(", \"validation_loss\": ");
        print_json_number(t->at.held);
        printf(", \"validation_accuracy\": %.6f", t->accuracy);
    }
    printf(", \"seconds\": %.3f, \"images_per_second\": %.0f}\n", spent, per_second);
    fflush(stdout);
}

static void show_epoch(const training *t, double spent, double images)
{
    char line[256], held[96] = "";
    double per_second = images / (spent > 1e-9 ? spent : 1e-9);
    if (t->held)
        snprintf(held, sizeof held, "  validation loss %.4f  accuracy %.2f %%", t->at.held,
                 100 * t->accuracy);
    snprintf(line, sizeof line, "epoch %lld/%lld  train loss %.4f%s  %.1f s  %.0f images/s",
             (long long)t->at.epoch, (long long)t->config->train.epochs, t->at.loss, held, spent,
             per_second);
    ad_progress_line(t->progress, line);
    if (t->o->json)
        print_json(t, spent, per_second);
}

static int finish_epoch(training *t)
{
    int code = validate(t);
    t->at.before = t->at.loss;
    t->at.loss = t->at.sum / (double)image_count(t);
    t->at.falling = t->at.epoch == 0 || t->at.loss < t->at.before;
    t->at.epoch++;
    t->at.done = 0;
    t->at.sum = 0;
    return code == EXIT_DONE ? store(t) : code;
}

static int one_epoch(training *t)
{
    char label[64];
    int64_t begin = t->at.done;
    snprintf(label, sizeof label, "epoch %lld/%lld", (long long)t->at.epoch + 1,
             (long long)t->config->train.epochs);
    ad_progress_begin(t->progress, label, image_count(t));
    ad_shuffle(t->order, image_count(t), (uint64_t)t->config->train.seed, (uint64_t)t->at.epoch);
    double began = seconds();
    int code = train_batches(t);
    double spent = seconds() - began;
    if (code != EXIT_DONE || (stop_signal && t->at.done < image_count(t)))
        return code;
    code = finish_epoch(t);
    if (code == EXIT_DONE)
        show_epoch(t, spent, (double)(image_count(t) - begin));
    return code;
}

int train_epochs(training *t)
{
    int code = EXIT_DONE;
    while (code == EXIT_DONE && !stop_signal && !t->at.stopped &&
           t->at.epoch < t->config->train.epochs)
        code = one_epoch(t);
    return stop_signal ? stopped(t, code) : code;
}
