/* `adze train`: reads the configuration, then the data, trains, tests, and says how it went. */
#include "train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    ad_status status;
    const char *text = ad_config_builtin();
    if (o->word_count == 0 && o->resume && o->out)
        return folder_read_config(o->out, s->all, s->count, config);
    if (o->word_count == 0 && o->from)
        return folder_read_config(o->from, s->all, s->count, config);
    if (o->word_count > 0)
        status = ad_config_read(o->words[0], s->all, s->count, config);
    else
        status = ad_config_parse("built-in", text, strlen(text), s->all, s->count, config);
    return status == AD_OK ? EXIT_DONE : say_kit_error(status, EXIT_USAGE);
}

static int read_config(const options *o, ad_config **config)
{
    settings s = {.count = 0};
    bool builtin = o->word_count == 0 && !o->resume && !o->from;
    int code = collect(&s, o, builtin) ? parse(o, &s, config) : say_no_memory();
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
    ad_status status = ad_config_data(t->config, AD_PART_TRAIN, NULL, &t->train);
    if (status == AD_OK)
        status = ad_config_data(t->config, AD_PART_TEST, ad_dataset_about(t->train), &t->test);
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

/* The step counts all that the position says, or the rates and random numbers that follow are those
 * of another place. */
static int check_position(const training *t, int64_t images)
{
    const position *p = &t->at;
    int64_t step = ad_state_step(t->n.state), wanted = plan_step(t->config, p);
    if (p->images != images)
        return say(EXIT_DATA,
                   "the run was made with %lld training images, now there are %lld\n  give the "
                   "data it was made with, or start again with --force",
                   (long long)p->images, (long long)images);
    if (step == wanted)
        return EXIT_DONE;
    say(EXIT_FAILED,
        "%s/checkpoint.safetensors is damaged: its step is %lld, but %lld epochs and %lld images "
        "make %lld\n  copy it again if it was copied, or train again:",
        t->o->out, (long long)step, (long long)p->epoch, (long long)p->done, (long long)wanted);
    remedy_print(stderr, REMEDY_OVERWRITE, &(remedy_values){.out = t->o->out});
    return EXIT_FAILED;
}

static int resume(training *t)
{
    char line[160];
    int64_t images = t->at.images;
    int code = folder_load_checkpoint(t->o->out, t->n.state, &t->at);
    if (code == EXIT_DONE)
        code = check_position(t, images);
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

/* Weights and moving averages of another run; step, memory of the optimizer and plan begin anew. */
static int begin_from(training *t)
{
    image_size size = {0};
    int code = folder_model_size(t->o->from, &size);
    if (code == EXIT_DONE && (size.height != t->size.height || size.width != t->size.width ||
                              size.channels != t->size.channels))
        code =
            say(EXIT_USAGE,
                "the network in %s takes images of %lld x %lld x %lld, the data has %lld x %lld "
                "x %lld\n  give data of that size, or leave --from out",
                t->o->from, (long long)size.height, (long long)size.width, (long long)size.channels,
                (long long)t->size.height, (long long)t->size.width, (long long)t->size.channels);
    return code == EXIT_DONE ? folder_begin_with(t->o->from, t->n.state) : code;
}

/* A size of batches, near the one that is set, that leaves no image alone. */
static int64_t other_batch(int64_t batch, int64_t images)
{
    int64_t other = batch > 1 ? batch - 1 : 32;
    while (other < 2 || images % other == 1)
        other++;
    return other;
}

/* One value of a channel has no variance: such a batch goes through by the moving averages, so a
 * net trained on those alone is another one. */
static int check_batches(const training *t)
{
    char what[256], setting[48];
    int64_t images = t->at.images, batch = t->config->train.batch;
    const ad_layer *alone =
        batch == 1 || images % batch == 1 ? network_needs_two(&t->n, t->config, t->size) : NULL;
    if (!alone)
        return EXIT_DONE;
    snprintf(what, sizeof what,
             "%s of 1 image, and the batch_norm in line %d normalizes over the images of a batch: "
             "one alone has no variance",
             batch == 1 ? "batches are" : "the last batch of each epoch is", alone->line);
    char *words = ad_config_report(t->config, "train.batch", what,
                                   images > 1 ? "take another size of batches"
                                              : "give more than one training image");
    fputs(words ? words : "out of memory\n", stderr);
    free(words);
    snprintf(setting, sizeof setting, "train.batch=%lld", (long long)other_batch(batch, images));
    if (images > 1)
        remedy_print_changed(stderr, t->o, false, setting);
    return EXIT_USAGE;
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
        code = check_batches(t);
    if (code == EXIT_DONE && t->o->from)
        code = begin_from(t);
    if (code == EXIT_DONE && t->o->resume)
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
    if (t->lock >= 0)
        close(t->lock);
}

/* ---------------------------------------------------------------- end */

static void print_json(const training *t, const measure *m)
{
    printf("{\"epochs\": %lld, \"test_loss\": ", (long long)t->at.epoch);
    print_json_number(m->loss);
    printf(", \"test_accuracy\": %.6f, \"confusion\": ", measure_accuracy(m));
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
        code = train_diverged(t, m.loss, "test loss");
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
    training t = {.o = o, .lock = -1};
    int code = read_config(o, &t.config);
    if (code == EXIT_DONE)
        code = check_digits(&t);
    if (code == EXIT_DONE)
        code = folder_open(o, &t.lock);
    t.writes = code == EXIT_DONE && o->out;
    if (code == EXIT_DONE)
        code = folder_config(o, t.config);
    if (code == EXIT_DONE) {
        train_catch_signals();
        code = run(&t);
    }
    if (o->out && code == EXIT_DONE)
        code = folder_keep_config(o->out);
    else if (t.writes)
        folder_drop_config(o->out);
    done(&t);
    return code;
}
