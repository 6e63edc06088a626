/* `adze train`: reads the configuration, then the data, trains, tests, and says how it went. */
#define _POSIX_C_SOURCE 200809L

#include "train.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configure.h"
#include "fault.h"
#include "plan.h"
#include "remedy.h"
#include "seen.h"

/* ---------------------------------------------------------------- start */

/* Whether the reader reads a file. */
static bool record_path(const ad_config *c)
{
    for (int i = 0; i < c->data.record->options; i++)
        if (c->data.record->option[i].type == AD_OPTION_PATH)
            return true;
    return false;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int check_options(const options *o)
{
    if (o->resume && o->force)
        return say(EXIT_USAGE, "--resume and --force contradict each other\n  give one of them");
    if ((o->resume || o->force) && !o->out)
        return say(EXIT_USAGE, "--%s needs the folder of the run\n  add --out DIR",
                   o->resume ? "resume" : "force");
    if (o->tensorboard && !o->out)
        return say(EXIT_USAGE, "--tensorboard writes into the folder of the run\n  add --out DIR");
    if ((o->match || o->names) && !o->from)
        return configure_lacks_from(o->match ? "match" : "names");
    if (o->from && o->word_count == 0 && !is_folder(o->from))
        return say(EXIT_USAGE,
                   "%s holds weights alone\n  give a configuration as well: adze train FILE.yaml "
                   "--from %s",
                   o->from, o->from);
    if (o->from && o->resume)
        return say(
            EXIT_USAGE,
            "--from and --resume contradict each other\n  give one of them: --resume goes on "
            "with the run in --out, --from starts another with a run's weights");
    return EXIT_DONE;
}

/* Drawn data has a known size, so layers that do not fit are reported before anything is made. */
static int check_drawn(training *t)
{
    ad_run_network n = {0};
    ad_run_data data = {0};
    if (record_path(t->config))
        return EXIT_DONE;
    ad_status status = ad_run_understand(t->config, &data);
    if (status == AD_OK && data.inputs > 0)
        status = ad_run_build(t->config, &data, t->o->threads, &n);
    int code = status == AD_OK ? EXIT_DONE : say_run(status, t->o, t->o->out);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    return code;
}

static int open_run(training *t)
{
    const options *o = t->o;
    ad_run_mode mode = o->resume ? AD_RUN_RESUME : o->force ? AD_RUN_OVER : AD_RUN_NEW;
    ad_status status = o->out ? ad_run_open(o->out, mode, &t->run) : AD_OK;
    return status == AD_OK ? EXIT_DONE : say_run(status, o, o->out);
}

static int check_resumed(training *t)
{
    ad_fit_position at;
    ad_status status = ad_run_check(t->run, t->config, &at);
    if (status == AD_OK)
        return EXIT_DONE;
    int code = say_run(status, t->o, t->o->out);
    if (ad_run_why() == AD_RUN_OTHER_PLAN)
        plan_advise(t, &at);
    return code;
}

/* A run that is gone on with may have to be put in order before its configuration is read; for any
 * other nothing is made before the configuration is known to be one. */
static int begin(training *t)
{
    int code = check_options(t->o);
    if (code == EXIT_DONE && t->o->resume)
        code = open_run(t);
    if (code == EXIT_DONE)
        code = configure(t->o, t->o->resume ? t->o->out : t->o->from, &t->config);
    if (code == EXIT_DONE)
        code = check_drawn(t);
    if (code == EXIT_DONE)
        code = t->o->resume ? check_resumed(t) : open_run(t);
    return code;
}

/* Of the data; a run whose data has moved is told how to say so. */
static int say_data(const training *t, ad_status status)
{
    int code = say_run(status, t->o, t->o->out);
    if (ad_run_why() != AD_RUN_BAD_DATA || !t->o->resume || t->o->data)
        return code;
    fputs("  where it has moved, say where it is:\n", stderr);
    remedy_print(stderr, REMEDY_MOVED, &(remedy_values){.out = t->o->out});
    return code;
}

static void warn(void *user, const char *words)
{
    (void)user;
    say_words("warning: ", words, AD_RUN_NO_FAULT);
}

static int prepare(training *t)
{
    ad_status status = ad_run_sources(t->config, &t->data);
    if (status != AD_OK)
        return say_data(t, status);
    status = ad_run_inspect(t->config, &t->data, warn, NULL);
    if (status != AD_OK)
        return say_run(status, t->o, t->o->out);
    status = ad_run_build(t->config, &t->data, t->o->threads, &t->n);
    return status == AD_OK ? EXIT_DONE : say_run(status, t->o, t->o->out);
}

/* ---------------------------------------------------------------- signals */

static volatile int stop_signal;

static void on_signal(int number)
{
    stop_signal = number;
}

/* From here on they end the training after the step under way; a second one kills. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is met like a full disk: with a message */
}

static int stopped(const training *t)
{
    int code = EXIT_SIGNAL + stop_signal;
    if (!t->o->out)
        return say(code, "stopped; nothing is stored without --out DIR");
    say(code, "stopped\n  go on with:");
    options all = t->o->folded ? *t->o->folded : *t->o;
    all.force = false;
    remedy_print(stderr, t->o->folded ? REMEDY_FOLDS : REMEDY_RESUME,
                 &(remedy_values){.out = t->o->out, .o = &all});
    return code;
}

/* ---------------------------------------------------------------- training */

/* A tenth, and none that is large for any network. */
static double lower_rate(const ad_config *c)
{
    double most = strcmp(c->optimizer.record->name, "sgd") == 0 ? 0.1 : 0.01,
           tenth = ((const ad_optimizer_options *)c->optimizer.options)->rate / 10;
    return tenth < most ? tenth : most;
}

static void advise_rate(const training *t)
{
    char setting[64];
    const ad_run_result *r = &t->r;
    if (ad_config_is_whole(t->config))
        return;
    if (r->sound_epoch > 0) {
        fprintf(stderr,
                "  %s is back at the end of epoch %lld, the last with finite and falling losses "
                "(%.5g)\n  go on from there by a lower rate:\n",
                t->o->out, (long long)r->sound_epoch, r->sound_loss);
        remedy_print(stderr, REMEDY_SLOWER,
                     &(remedy_values){.out = t->o->out, .number = lower_rate(t->config)});
        return;
    }
    bool stored = t->o->out && (r->stored || t->o->resume);
    snprintf(setting, sizeof setting, "train.optimizer.rate=%.3g", lower_rate(t->config));
    fprintf(stderr, "  %stry a lower rate (or train.clip_norm, a limit for gradients):\n",
            stored ? "no epoch is known to have ended well; " : "");
    remedy_print_changed(stderr, t->o, stored, setting);
}

static int say_failed(const training *t, ad_status status)
{
    char setting[48];
    int code = say_run(status, t->o, ad_run_why() == AD_RUN_OTHER_NETWORK ? t->o->from : t->o->out);
    if (ad_run_why() == AD_RUN_DIVERGED)
        advise_rate(t);
    if (ad_run_why() == AD_RUN_BAD_BATCH && t->r.other_batch > 0) {
        snprintf(setting, sizeof setting, "train.batch=%lld", (long long)t->r.other_batch);
        remedy_print_changed(stderr, t->o, false, setting);
    }
    return code;
}

static void print_name(const char *key, const char *name)
{
    printf(", \"%s\": ", key);
    if (name)
        print_json_text(name);
    else
        printf("null");
}

/* What became of a weight of --from: taken from the file, made anew, left in the file. */
static void say_weight(void *user, const char *variable, const char *tensor, const char *what)
{
    const training *t = user;
    if (t->o->json) {
        printf("{\"event\": \"weight\"");
        print_name("variable", variable);
        print_name("tensor", tensor);
        print_name("what", what);
        printf("}\n");
    } else if (variable && tensor) {
        printf("  %-28s %s from %s\n", variable, what, tensor);
    } else if (variable) {
        printf("  %-28s made anew: %s\n", variable, what);
    } else {
        printf("  %-28s left in the file: %s\n", "", tensor);
    }
}

static int fit(training *t)
{
    bool lost = false;
    ad_listener list[AD_LISTENERS_MAX] = {ad_listen_progress(STDERR_FILENO)};
    int listeners = 1;
    if (t->o->json)
        list[listeners++] = ad_listen_json(stdout);
    if (t->o->tensorboard)
        list[listeners++] = seen_tensorboard(t, &lost);
    if (t->o->out)
        listeners += seen_kept(t, list + listeners);
    if (t->o->curves)
        list[listeners++] = seen_curves(t);
    ad_run_options given = {.config = t->config,
                            .data = &t->data,
                            .network = &t->n,
                            .run = t->run,
                            .from = t->o->from,
                            .match = t->o->match,
                            .names = t->o->names,
                            .weight = say_weight,
                            .weight_user = t,
                            .stop = &stop_signal};
    memcpy(given.listener, list, sizeof list);
    catch_signals();
    ad_status status = ad_run_train(&given, &t->r);
    while (listeners > 0)
        ad_listener_free(&list[--listeners]);
    if (lost)
        say(EXIT_RESOURCES, "not all events for TensorBoard could be written to %s", t->o->out);
    if (status != AD_OK)
        return say_failed(t, status);
    if (t->o->from && !t->o->json)
        printf("began with %d weights of %s; %d were made anew\n", t->r.taken, t->o->from,
               t->r.made);
    if (t->config->train.skip_nonfinite && !t->o->json)
        printf("%lld step%s left out, as slopes were not finite\n", (long long)t->r.skipped,
               t->r.skipped == 1 ? " was" : "s were");
    if (t->r.end == AD_END_CONVERGED && !t->o->json)
        printf("converged after epoch %lld: no slope is above train.optimizer.tolerance, or "
               "rounding hides all that is better\n",
               (long long)t->r.at.epoch);
    return t->r.end == AD_END_ASKED ? stopped(t) : EXIT_DONE;
}

/* ---------------------------------------------------------------- end */

/* The last object of --json: with metrics and baselines, where the network was measured. */
static void print_end(const training *t)
{
    static const char *const why[] = {[AD_END_PLAN] = "plan",     [AD_END_EARLY] = "early",
                                      [AD_END_ASKED] = "asked",   [AD_END_DIVERGED] = "diverged",
                                      [AD_END_FAILED] = "failed", [AD_END_CONVERGED] = "converged"};
    if (!t->o->json)
        return;
    printf("{\"event\": \"end\", \"why\": \"%s\", \"epoch\": %lld, \"step\": %lld", why[t->r.end],
           (long long)t->r.at.epoch, (long long)t->r.at.step);
    if (t->config && t->config->train.skip_nonfinite)
        printf(", \"skipped\": %lld", (long long)t->r.skipped);
    if (t->measured) {
        printf(", ");
        measure_print_json(&t->m);
        printf(", ");
        baselines_print_json(&t->b);
    }
    printf("}\n");
}

/* The words about a training that was tested. */
static void report(const training *t)
{
    const measure *m = &t->m;
    if (t->o->json)
        return;
    measure_print(m, &t->data);
    printf("%s", m->classes ? "\n" : "");
    measure_print_all(m);
    measure_print_decision(m, &t->data);
    baselines_print(&t->b, m);
    train_advise(t, m);
    measure_print_last(m, "test");
}

static int test(training *t)
{
    if (!t->data.test)
        return EXIT_DONE;
    int code = measure_run(&t->m, t->o, &t->n, &t->data, t->data.test, "test");
    if (code != EXIT_DONE)
        return code;
    if (!isfinite(measure_loss(&t->m))) {
        say(EXIT_DIVERGED, "the test loss is %g: the training diverged", measure_loss(&t->m));
        advise_rate(t);
        return EXIT_DIVERGED;
    }
    t->measured = true;
    return baselines_make(&t->b, t->o, &t->n, &t->data, t->data.test, &t->m);
}

int train_run(training *t)
{
    int code = begin(t);
    if (code == EXIT_DONE)
        code = prepare(t);
    if (code == EXIT_DONE)
        code = fit(t);
    if (code == EXIT_DONE)
        code = test(t);
    if (code == EXIT_DONE)
        seen_store(t);
    return code;
}

void train_done(training *t)
{
    seen_done(t);
    ad_run_measured_done(&t->m);
    ad_run_network_done(&t->n);
    ad_run_data_done(&t->data);
    ad_config_free(t->config);
    ad_run_close(t->run);
}

int train_command(const options *o)
{
    training t = {.o = o, .r = {.end = AD_END_FAILED}};
    if (o->folds)
        return folds_command(o);
    int code = train_run(&t);
    print_end(&t);
    seen_print_curves(&t);
    if (t.measured)
        report(&t);
    train_done(&t);
    return code;
}
