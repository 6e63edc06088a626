/* `adze train`: reads the configuration, then the data, trains, tests, and says how it went. */
#define _POSIX_C_SOURCE 200809L

#include "train.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "plan.h"
#include "remedy.h"

/* ---------------------------------------------------------------- configuration */

enum { OWN_SETTINGS = 5 };

/* What --data and --seed mean, and then --set. */
typedef struct settings {
    const char *all[SETTINGS_MAX + OWN_SETTINGS];
    int count;
    char seed[32], *path;
} settings;

/* data.path='DIR' in YAML's single quotes, by malloc. */
static char *path_setting(const char *folder)
{
    char *setting = malloc(2 * strlen(folder) + 16);
    if (!setting)
        return NULL;
    char *p = setting + sprintf(setting, "data.path='");
    for (; *folder; folder++) {
        *p++ = *folder;
        if (*folder == '\'')
            *p++ = '\'';
    }
    strcpy(p, "'");
    return setting;
}

static void add(settings *s, const char *setting)
{
    s->all[s->count++] = setting;
}

/* The built-in configuration counts the digits it draws; files have all they have. */
static bool collect(settings *s, const options *o, bool builtin)
{
    if (o->data) {
        s->path = path_setting(o->data);
        add(s, "data.format=idx");
        add(s, s->path);
    }
    if (o->data && builtin) {
        add(s, "data.train_count=0");
        add(s, "data.test_count=0");
    }
    for (int i = 0; i < o->set_count; i++)
        add(s, o->set[i]);
    snprintf(s->seed, sizeof s->seed, "train.seed=%s", o->seed ? o->seed : "");
    if (o->seed)
        add(s, s->seed);
    return !o->data || s->path;
}

static int parse(const options *o, const settings *s, ad_config **config)
{
    const char *text = ad_config_builtin(), *run = o->resume ? o->out : o->from;
    if (o->word_count == 0 && run) {
        ad_status status = ad_run_config(run, s->all, s->count, config);
        return status == AD_OK ? EXIT_DONE : say_run(status, o, run);
    }
    ad_status status = o->word_count > 0 ? ad_config_read(o->words[0], s->all, s->count, config)
                                         : ad_config_parse("built-in", text, strlen(text), s->all,
                                                           s->count, config);
    return status == AD_OK ? EXIT_DONE : say_kit_error(status, EXIT_USAGE);
}

static int read_config(training *t)
{
    settings s = {.count = 0};
    const options *o = t->o;
    bool builtin = o->word_count == 0 && !o->resume && !o->from;
    int code = collect(&s, o, builtin) ? parse(o, &s, &t->config) : say_no_memory();
    free(s.path);
    return code;
}

/* ---------------------------------------------------------------- start */

static int check_options(const options *o)
{
    if (o->resume && o->force)
        return say(EXIT_USAGE, "--resume and --force contradict each other\n  give one of them");
    if ((o->resume || o->force) && !o->out)
        return say(EXIT_USAGE, "--%s needs the folder of the run\n  add --out DIR",
                   o->resume ? "resume" : "force");
    if (o->from && o->resume)
        return say(
            EXIT_USAGE,
            "--from and --resume contradict each other\n  give one of them: --resume goes on "
            "with the run in --out, --from starts another with a run's weights");
    return EXIT_DONE;
}

/* Digits have a known size, so layers that do not fit are reported before anything is made. */
static int check_digits(training *t)
{
    ad_run_network n = {0};
    const ad_run_data size = {.height = 28, .width = 28, .channels = 1, .classes = 10};
    if (t->config->data.format != AD_DATA_DIGITS)
        return EXIT_DONE;
    ad_status status = ad_run_build(t->config, &size, t->o->threads, &n);
    ad_run_network_done(&n);
    return status == AD_OK ? EXIT_DONE : say_run(status, t->o, t->o->out);
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
        code = read_config(t);
    if (code == EXIT_DONE)
        code = check_digits(t);
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

static int prepare(training *t)
{
    ad_status status = ad_run_sources(t->config, &t->data);
    if (status != AD_OK)
        return say_data(t, status);
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
    remedy_print(stderr, REMEDY_RESUME, &(remedy_values){.out = t->o->out});
    return code;
}

/* ---------------------------------------------------------------- training */

/* A tenth, and none that is large for any network. */
static double lower_rate(const ad_config *c)
{
    double most = c->train.optimizer.method == AD_METHOD_SGD ? 0.1 : 0.01,
           tenth = c->train.optimizer.rate / 10;
    return tenth < most ? tenth : most;
}

static void advise_rate(const training *t)
{
    char setting[64];
    const ad_run_result *r = &t->r;
    if (r->sound_epoch > 0) {
        fprintf(stderr,
                "  %s is back at the end of epoch %lld, the last with finite and falling losses "
                "(%.4f)\n  go on from there by a lower rate:\n",
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

static int fit(training *t)
{
    ad_listener progress = ad_listen_progress(STDERR_FILENO),
                json = t->o->json ? ad_listen_json(stdout) : (ad_listener){0};
    ad_run_options given = {.config = t->config,
                            .data = &t->data,
                            .network = &t->n,
                            .run = t->run,
                            .from = t->o->from,
                            .listener = {progress, json},
                            .stop = &stop_signal};
    catch_signals();
    ad_status status = ad_run_train(&given, &t->r);
    ad_listener_free(&progress);
    ad_listener_free(&json);
    if (status != AD_OK)
        return say_failed(t, status);
    return t->r.end == AD_END_ASKED ? stopped(t) : EXIT_DONE;
}

/* ---------------------------------------------------------------- end */

/* The last object of --json: with metrics, where the network was measured. */
static void print_end(const training *t, const measure *m)
{
    static const char *const why[] = {[AD_END_PLAN] = "plan",
                                      [AD_END_EARLY] = "early",
                                      [AD_END_ASKED] = "asked",
                                      [AD_END_DIVERGED] = "diverged",
                                      [AD_END_FAILED] = "failed"};
    if (!t->o->json)
        return;
    printf("{\"event\": \"end\", \"why\": \"%s\", \"epoch\": %lld, \"step\": %lld", why[t->r.end],
           (long long)t->r.at.epoch, (long long)t->r.at.step);
    if (m) {
        printf(", ");
        measure_print_json(m);
    }
    printf("}\n");
}

static int report(training *t, const measure *m)
{
    if (!isfinite(m->loss)) {
        say(EXIT_DIVERGED, "the test loss is %f: the training diverged", m->loss);
        advise_rate(t);
        return EXIT_DIVERGED;
    }
    print_end(t, m);
    if (t->o->json)
        return EXIT_DONE;
    measure_print(m, t->data.names);
    train_advise(t, m);
    measure_print_last(m);
    return EXIT_DONE;
}

static int test(training *t)
{
    measure m;
    int code = measure_run(&m, &t->n, t->data.test, "test");
    if (code == EXIT_DONE)
        code = report(t, &m);
    measure_done(&m);
    return code;
}

int train_command(const options *o)
{
    training t = {.o = o, .r = {.end = AD_END_FAILED}};
    int code = begin(&t);
    if (code == EXIT_DONE)
        code = prepare(&t);
    if (code == EXIT_DONE)
        code = fit(&t);
    if (code == EXIT_DONE)
        code = test(&t);
    else
        print_end(&t, NULL);
    ad_run_network_done(&t.n);
    ad_run_data_done(&t.data);
    ad_config_free(t.config);
    ad_run_close(t.run);
    return code;
}
