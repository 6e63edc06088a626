/* A listener that writes what happens for TensorBoard, into RUN/events.out.tfevents.*. */
#define _DEFAULT_SOURCE

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <adze/report.h>

#include "events.h"
#include "message.h"
#include "run.h"

enum { POINTS_AN_EPOCH = 200, EXAMPLES = 8 };

static const char begin_of_name[] = "events.out.tfevents.";

typedef struct writer {
    ad_tensorboard_options o;
    FILE *file;
    text_buffer t;
    double spent; /* seconds on histograms, in this call */
    bool failed;
} writer;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---------------------------------------------------------------- the file */

/* The name of the newest event file of a folder, by malloc; NULL: none. */
static char *newest(const char *folder)
{
    char *found = NULL;
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        if (strncmp(e->d_name, begin_of_name, strlen(begin_of_name)) == 0 &&
            (!found || strcmp(e->d_name, found) > 0)) {
            free(found);
            found = text_copy(e->d_name);
        }
    if (d)
        closedir(d);
    return found;
}

/* What was written after the step that the training goes on from is cut off: steps never go back,
 * or TensorBoard would drop what came before. */
static bool cut(const char *path, int64_t step)
{
    int64_t last;
    FILE *f = fopen(path, "rb");
    text_buffer all = {0};
    char bytes[65536];
    size_t got;
    while (f && (got = fread(bytes, 1, sizeof bytes, f)) > 0)
        text_add_bytes(&all, bytes, got);
    bool good = f && !ferror(f) && !all.failed;
    if (f)
        fclose(f);
    size_t whole =
        good ? events_whole((const uint8_t *)text_words(&all), all.size, step, &last) : 0;
    good = good && (whole == all.size || truncate(path, (off_t)whole) == 0);
    text_done(&all);
    return good && whole > 0;
}

static char *new_name(void)
{
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    for (char *c = host; *c; c++)
        *c = *c == '/' || *c == '.' ? '-' : *c;
    return text_format("%s%010lld.%s.%ld.adze", begin_of_name, (long long)time(NULL), host,
                       (long)getpid());
}

/* True where the file is begun anew. */
static bool open_file(writer *w, int64_t step)
{
    char *name = step > 0 ? newest(w->o.folder) : NULL,
         *path = name ? text_format("%s/%s", w->o.folder, name) : NULL;
    bool goes_on = path && cut(path, step);
    if (!goes_on) {
        free(name);
        free(path);
        name = new_name();
        path = name ? text_format("%s/%s", w->o.folder, name) : NULL;
    }
    w->file = path ? fopen(path, "ab") : NULL;
    w->failed = !w->file;
    free(name);
    free(path);
    return !goes_on;
}

/* Nothing is lost of a training because its disk is full: the rest is not written. */
static void flush(writer *w, bool through)
{
    if (w->file && (w->t.failed || fwrite(text_words(&w->t), 1, w->t.size, w->file) != w->t.size ||
                    (through && fflush(w->file) != 0)))
        w->failed = true;
    text_done(&w->t);
}

/* ---------------------------------------------------------------- what is written */

/* As it is in a file: a block of code in Markdown. */
static void add_config(writer *w, double when)
{
    config_keys keys;
    const char *slash = strrchr(w->o.folder, '/');
    char *text = ad_config_text(w->o.config, w->o.folder);
    text_buffer block = {0};
    if (!text)
        return;
    for (const char *line = text; *line;) {
        size_t size = strcspn(line, "\n");
        text_add_format(&block, "    %.*s\n", (int)size, line);
        line += size + (line[size] == '\n');
    }
    events_text(&w->t, when, 0, "configuration", text_words(&block));
    text_part(&w->t, &block);
    if (config_keys_read(text, &keys) == AD_OK) {
        events_parameters(&w->t, when, &keys, slash ? slash + 1 : w->o.folder);
        config_keys_done(&keys);
    }
    free(text);
}

/* The first training examples, where they are pictures. */
static void add_examples(writer *w, double when)
{
    const ad_schema_field *image = run_image(w->o.data->schema);
    ad_source *train = w->o.data->train;
    int field = image ? ad_source_find(train, image->name) : -1;
    ad_source *first = field >= 0 && image->shape.rank == 3 ? run_first_of(train, EXAMPLES) : NULL;
    ad_batch b = {.count = 0};
    ad_batches *all =
        first ? ad_batches_new(first, .size = EXAMPLES, .order = AD_ORDER_AS_IS, .threads = 0)
              : NULL;
    if (all && ad_batches_next(all, &b) == AD_OK && b.array[field].type == AD_U8)
        for (int64_t i = 0; i < b.count; i++) {
            char tag[40];
            const int64_t *size = &b.array[field].shape.size[1];
            int64_t bytes = size[0] * size[1] * size[2];
            ad_image m = {size[0], size[1], size[2], (uint8_t *)b.array[field].data + i * bytes};
            snprintf(tag, sizeof tag, "examples/%lld", (long long)i + 1);
            if ((size[2] == 1 || size[2] == 3) && events_image(&w->t, when, 0, tag, &m) != AD_OK)
                break;
        }
    ad_batches_free(all);
    ad_source_free(first);
}

/* Of what is trained; as often as half a percent of the time allows. */
static void add_histograms(writer *w, const ad_event *e)
{
    const ad_graph *graph = w->o.network->graph;
    double from = now();
    if (w->spent > 0.005 * e->seconds)
        return;
    for (int i = 0; i < ad_variable_count(graph); i++) {
        char tag[200];
        ad_array value;
        const ad_tensor *v = ad_variable_at(graph, i);
        if (!ad_trainable(v) || ad_role_of(v) > AD_ROLE_TABLE ||
            ad_get(w->o.network->state, v, &value) != AD_OK)
            continue;
        snprintf(tag, sizeof tag, "weights/%s", ad_tensor_name(v));
        events_histogram(&w->t, from, e->at->step, tag, &value);
    }
    w->spent += now() - from;
}

static void begin(writer *w, const ad_event *e)
{
    double when = now();
    if (!open_file(w, e->at->step) || w->failed)
        return;
    events_version(&w->t, when);
    add_config(w, when);
    add_examples(w, when);
    flush(w, true);
}

static void add_step(writer *w, const ad_event *e)
{
    int64_t every = e->batches > POINTS_AN_EPOCH ? e->batches / POINTS_AN_EPOCH : 1;
    char tag[80] = "train/loss";
    if (e->at->step % every != 0)
        return;
    if (e->players > 1)
        snprintf(tag, sizeof tag, "train/loss_%.60s", e->list[e->player].name);
    events_scalar(&w->t, now(), e->at->step, tag, e->loss);
    if (isfinite(e->rate))
        events_scalar(&w->t, now(), e->at->step, "train/rate", e->rate);
    if (w->t.size > 1 << 15)
        flush(w, false);
}

static void add_epoch(writer *w, const ad_event *e)
{
    events_scalar(&w->t, now(), e->at->step, "epoch/train_loss", e->loss);
    add_histograms(w, e);
    flush(w, true);
}

static void add_measured(writer *w, const ad_event *e)
{
    for (int i = 0; i < e->measures; i++) {
        char tag[100];
        snprintf(tag, sizeof tag, "validation/%.80s", e->measured[i].name);
        events_scalar(&w->t, now(), e->at->step, tag, e->measured[i].value);
    }
    flush(w, true);
}

static void add_end(writer *w, const ad_event *e)
{
    if (e->why == AD_END_PLAN || e->why == AD_END_EARLY || e->why == AD_END_CONVERGED)
        events_parameters_end(&w->t, now(), e->at->step);
    flush(w, true);
}

static bool on_event(void *user, const ad_event *e)
{
    writer *w = user;
    if (e->kind == AD_EVENT_BEGIN)
        begin(w, e);
    if (!w->file || w->failed)
        return true;
    if (e->kind == AD_EVENT_STEP)
        add_step(w, e);
    else if (e->kind == AD_EVENT_EPOCH)
        add_epoch(w, e);
    else if (e->kind == AD_EVENT_VALIDATION)
        add_measured(w, e);
    else if (e->kind == AD_EVENT_END)
        add_end(w, e);
    return true;
}

static void writer_free(void *user)
{
    writer *w = user;
    flush(w, true);
    if (w->file && fclose(w->file) != 0)
        w->failed = true;
    if (w->o.failed)
        *w->o.failed = w->failed;
    free(w);
}

ad_listener ad_listen_tensorboard(const ad_tensorboard_options *options)
{
    writer *w = calloc(1, sizeof *w);
    if (!w)
        return (ad_listener){0};
    w->o = *options;
    return (ad_listener){on_event, w, writer_free};
}
