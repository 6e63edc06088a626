/* `adze train`: reads the configuration, then the data, trains, tests, and says how it went. */
#include "train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    ad_status status;
    const char *text = ad_config_builtin();
    if (o->word_count == 0 && o->resume && o->out)
        return folder_read_config(o->out, s->all, s->count, config);
    if (o->word_count > 0)
        status = ad_config_read(o->words[0], s->all, s->count, config);
    else
        status = ad_config_parse("built-in", text, strlen(text), s->all, s->count, config);
    return status == AD_OK ? EXIT_DONE : say_kit_error(status, EXIT_USAGE);
}

static int read_config(const options *o, ad_config **config)
{
    settings s = {.count = 0};
    int code =
        collect(&s, o, o->word_count == 0 && !o->resume) ? parse(o, &s, config) : say_no_memory();
    free(s.path);
    return code;
}

/* ---------------------------------------------------------------- data */

static int split(training *t)
{
    ad_dataset *whole = t->train;
    if (!(t->config->data.validation > 0))
        return EXIT_DONE;
    ad_status status = ad_dataset_split(whole, t->config->data.validation,
                                        (uint64_t)t->config->train.seed, &t->train, &t->held);
    if (status != AD_OK)
        t->train = NULL;
    ad_dataset_free(whole);
    return status == AD_OK ? EXIT_DONE : say_kit_error(status, EXIT_DATA);
}

static int read_data(training *t)
{
    ad_status status = ad_config_data(t->config, AD_TRAIN, NULL, &t->train);
    if (status == AD_OK)
        status = ad_config_data(t->config, AD_TEST, ad_dataset_about(t->train), &t->test);
    if (status != AD_OK)
        return say_kit_error(status, EXIT_DATA);
    if (ad_dataset_about(t->train)->count == 0 || ad_dataset_about(t->test)->count == 0)
        return say(EXIT_DATA, "the training or the test set is empty\n  give more: "
                              "data.train_count, data.test_count");
    t->size = size_of(t->train);
    return split(t);
}

/* Digits have a known size, so layers that do not fit are reported before any is drawn. */
static int check_digits(const training *t)
{
    network n;
    if (t->config->data.format != AD_DATA_DIGITS)
        return EXIT_DONE;
    int code = network_init(&n, t->config, (image_size){28, 28, 1, 10}, t->o->threads);
    network_done(&n);
    return code;
}

/* ---------------------------------------------------------------- start */

static int resume(training *t)
{
    char line[160];
    if (!t->o->resume)
        return EXIT_DONE;
    int64_t images = t->at.images;
    int code = folder_load_checkpoint(t->o->out, t->n.state, &t->at);
    if (code == EXIT_DONE && t->at.images != images)
        code = say(EXIT_DATA,
                   "the run was made with %lld training images, now there are %lld\n  give the "
                   "data it was made with, or start again with --force",
                   (long long)t->at.images, (long long)images);
    if (code != EXIT_DONE)
        return code;
    snprintf(line, sizeof line, "going on after %lld epochs and %lld images",
             (long long)t->at.epoch, (long long)t->at.done);
    ad_progress_line(t->progress, line);
    if (t->config->train.early_stopping.patience == 0 || t->at.best_epoch == 0)
        return EXIT_DONE;
    t->best = ad_state_clone(t->n.state);
    return t->best ? folder_load_model(t->o->out, t->best) : say_error();
}

static int prepare(training *t)
{
    int64_t count = ad_dataset_about(t->train)->count;
    t->at = (position){.images = count, .best = INFINITY};
    t->order = malloc((size_t)count * sizeof *t->order);
    t->progress = ad_progress_new(STDERR_FILENO);
    if (!t->order || !t->progress)
        return say_no_memory();
    int code = network_init(&t->n, t->config, t->size, t->o->threads);
    if (code == EXIT_DONE)
        code = resume(t);
    if (code != EXIT_DONE)
        return code;
    t->outputs = ad_tensor_shape(t->n.logits).size[1];
    t->trainer = network_trainer(&t->n);
    t->measurer = t->trainer ? network_measurer(&t->n, t->n.state) : NULL;
    return t->measurer ? EXIT_DONE : say_error();
}

static void done(training *t)
{
    ad_progress_free(t->progress);
    ad_program_free(t->trainer);
    ad_program_free(t->measurer);
    ad_state_free(t->best);
    network_done(&t->n);
    free(t->order);
    ad_dataset_free(t->train);
    ad_dataset_free(t->held);
    ad_dataset_free(t->test);
    ad_config_free(t->config);
}

/* ---------------------------------------------------------------- end */

static void print_json(const training *t, const measure *m)
{
    printf("{\"epochs\": %lld, \"test_loss\": %.9g, \"test_accuracy\": %.6f, \"confusion\": ",
           (long long)t->at.epoch, m->loss, measure_accuracy(m));
    measure_print_json(m);
    printf("}\n");
}

static void print_report(const training *t, const measure *m)
{
    if (t->o->json) {
        print_json(t, m);
    } else {
        measure_print(m, ad_dataset_about(t->test)->names);
        train_advise(t, m);
    }
    measure_print_last(m);
}

static int test(training *t)
{
    measure m = {0};
    ad_program *p = t->best ? network_measurer(&t->n, t->best) : t->measurer;
    int code = p ? measure_run(&m, p, t->test, t->outputs, t->progress, "test") : say_error();
    ad_progress_free(t->progress);
    t->progress = NULL;
    if (t->best)
        ad_program_free(p);
    if (code == EXIT_DONE && !isfinite(m.loss))
        code = say(EXIT_DIVERGED, "the test loss is %f: the training diverged\n  try a lower rate",
                   m.loss);
    if (code == EXIT_DONE)
        print_report(t, &m);
    measure_done(&m);
    return code;
}

static int run(training *t)
{
    int (*const stages[])(training *) = {read_data, prepare, train_epochs, test};
    int code = EXIT_DONE;
    for (int i = 0; code == EXIT_DONE && i < (int)(sizeof stages / sizeof *stages); i++)
        code = stages[i](t);
    return code;
}

int train_command(const options *o)
{
    training t = {.o = o};
    int code = read_config(o, &t.config);
    if (code == EXIT_DONE)
        code = check_digits(&t);
    if (code == EXIT_DONE)
        code = folder_open(o);
    if (code == EXIT_DONE)
        code = folder_config(o, t.config);
    if (code == EXIT_DONE) {
        train_catch_signals();
        code = run(&t);
    }
    if (o->out && code == EXIT_DONE)
        code = folder_keep_config(o->out);
    else if (o->out)
        folder_drop_config(o->out);
    done(&t);
    return code;
}
