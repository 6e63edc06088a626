/* What a training will take: memory is planned from small batches before anything large is made;
 * where it fits, a few steps, one validation and one test are made and timed. */
#define _DEFAULT_SOURCE

#ifdef __linux__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "message.h"
#include "run.h"
#include "text.h"

enum {
    SMALL = 2,       /* batches by which memory is extrapolated: this, and twice this */
    MEASURED = 2000, /* examples of a validation and a test: more than are prepared ahead */
    STEPS_LEAST = 4, /* timed */
    FEEDS_MAX = AD_RUN_INPUTS_MAX + 8
};

static const double seconds_wanted = 2; /* of timed steps */

typedef struct estimate {
    const ad_config *config;
    ad_plan *plan;
    ad_run_data data;
    ad_run_network n;
    int threads;
    double began;
    int64_t measuring; /* bytes of the program that measures */
} estimate;

double run_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---------------------------------------------------------------- memory of this machine */

/* A number in the line that begins with key, times 1024; -1: none. */
static int64_t read_kilobytes(const char *file, const char *key)
{
    char line[256];
    long long found = -1;
    FILE *f = fopen(file, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0 && sscanf(line + strlen(key), "%lld", &found) == 1)
            break;
    if (f)
        fclose(f);
    return found < 0 ? -1 : found * 1024;
}

static int64_t read_bytes(const char *file)
{
    long long found = -1;
    FILE *f = fopen(file, "r");
    if (f && fscanf(f, "%lld", &found) != 1)
        found = -1;
    if (f)
        fclose(f);
    return found;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* That this process may take more: of the machine, of its control group, of its limits; -1: not
 * known. */
static int64_t memory_free_now(void)
{
    struct rlimit limit;
    int64_t most = read_kilobytes("/proc/meminfo", "MemAvailable:");
    int64_t group = read_bytes("/sys/fs/cgroup/memory.max");
    int64_t used = read_bytes("/sys/fs/cgroup/memory.current");
    if (group >= 0 && used >= 0)
        most = smaller(most, group > used ? group - used : 0);
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        int64_t size = read_kilobytes("/proc/self/status", "VmSize:"),
                all = (int64_t)limit.rlim_cur;
        most = smaller(most, size >= 0 && all > size ? all - size : all);
    }
    return most;
}

/* Resident now, and at most so far. */
static int64_t resident(void)
{
    return read_kilobytes("/proc/self/status", "VmRSS:");
}

static int64_t peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

/* ---------------------------------------------------------------- planned memory */

static int64_t variable_bytes(const ad_tensor *v)
{
    ad_shape shape = ad_tensor_shape(v);
    int64_t bytes = (int64_t)ad_type_size(ad_tensor_type(v));
    for (int i = 0; i < shape.rank; i++)
        bytes *= shape.size[i] > 0 ? shape.size[i] : 1;
    return bytes;
}

/* Weights, what the optimizer keeps, and with validation all of it again: the best so far. */
static void plan_state(estimate *e)
{
    for (int i = 0; i < ad_variable_count(e->n.graph); i++) {
        const ad_tensor *v = ad_variable_at(e->n.graph, i);
        e->plan->state_bytes += variable_bytes(v);
        if (ad_trainable(v))
            e->plan->parameters += variable_bytes(v) / (int64_t)ad_type_size(ad_tensor_type(v));
    }
    if (e->data.validation)
        e->plan->state_bytes *= 2;
}

static bool is_variable(const ad_graph *graph, const ad_tensor *t)
{
    for (int i = 0; i < ad_variable_count(graph); i++)
        if (ad_variable_at(graph, i) == t)
            return true;
    return false;
}

/* The feeds of a training step, by the names of the data's fields. */
static int find_feeds(const estimate *e, ad_batches *b, ad_tensor **feed, int *from)
{
    const ad_source_field *field;
    int fields = ad_batches_fields(b, &field), count = 0;
    for (int i = 0; i < fields && count < FEEDS_MAX - 2; i++) {
        ad_tensor *t = ad_find(e->n.graph, field[i].name);
        if (!t || is_variable(e->n.graph, t))
            continue;
        feed[count] = t;
        from[count++] = i;
    }
    if (e->n.rate) {
        feed[count] = e->n.rate;
        from[count++] = -1;
    }
    if (e->n.momentum) {
        feed[count] = e->n.momentum;
        from[count++] = -1;
    }
    return count;
}

/* Memory of a program with so many examples: of the step, or of the loss where it is measured. */
static ad_status try_batch(estimate *e, ad_tensor *fetch, bool training, int64_t size,
                           int64_t *bytes)
{
    ad_tensor *feed[FEEDS_MAX];
    ad_array in[FEEDS_MAX], out = {0};
    int from[FEEDS_MAX];
    float rate = 0;
    ad_batch batch = {.count = 0};
    ad_batches *b =
        ad_batches_new(e->data.train, .size = size, .order = AD_ORDER_AS_IS, .threads = 0);
    int feeds = b ? find_feeds(e, b, feed, from) : 0;
    ad_program *p = b ? ad_compile(e->n.state, .fetch = {fetch}, .feed_list = feed,
                                   .feed_count = feeds, .training = training)
                      : NULL;
    ad_status status = p ? ad_batches_next(b, &batch) : ad_error_status();
    for (int i = 0; i < feeds && status == AD_OK; i++)
        in[i] = from[i] < 0 ? ad_f32(&rate, AD_SCALAR) : batch.array[from[i]];
    if (status == AD_OK)
        status = ad_run(p, in, &out);
    ad_program_info about = ad_program_about(p);
    *bytes = status == AD_OK ? about.kept_bytes + about.arena_bytes : 0;
    ad_program_free(p);
    ad_batches_free(b);
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
}

/* Values of a program grow in proportion to the batch, so two small ones tell of any. */
static ad_status plan_batch(estimate *e, ad_tensor *fetch, bool training, int64_t size,
                            int64_t *each, int64_t *bytes)
{
    int64_t one, two;
    if (size <= 2 * SMALL)
        return AD_OK;
    ad_status status = try_batch(e, fetch, training, SMALL, &one);
    if (status == AD_OK)
        status = try_batch(e, fetch, training, 2 * SMALL, &two);
    if (status != AD_OK)
        return status;
    *each += (two - one) / SMALL;
    *bytes += one + (size - SMALL) * ((two - one) / SMALL);
    return AD_OK;
}

/* Examples that are measured at once. */
static int64_t measured_at_once(const estimate *e)
{
    int64_t test = e->data.test ? ad_source_count(e->data.test) : 0;
    int64_t held = e->data.validation ? ad_source_count(e->data.validation) : 0;
    int64_t most = test > held ? test : held;
    int64_t once = run_measured_at_once(&e->n);
    return most < once ? most : once;
}

static ad_status plan_programs(estimate *e)
{
    int64_t each = 0;
    ad_plan *p = e->plan;
    ad_status status = AD_OK;
    for (int i = 0; i < e->n.players && status == AD_OK; i++)
        status = plan_batch(e, e->n.player[i].step, true, p->batch, &p->example_bytes,
                            &p->program_bytes);
    if (status == AD_OK)
        status = plan_batch(e, e->n.loss, false, measured_at_once(e), &each, &e->measuring);
#ifdef __GLIBC__
    malloc_trim(0); /* what small batches took is not part of the peak */
#endif
    return status;
}

/* ---------------------------------------------------------------- what does not fit */

static void add_bytes(text_buffer *t, double bytes)
{
    if (bytes < 1e9)
        text_add_format(t, "%.0f MB", bytes / 1e6);
    else
        text_add_format(t, "%.1f GB", bytes / 1e9);
}

/* Where the layer with the most weights stands. */
static void name_layer(const estimate *e, text_buffer *what)
{
    ad_model_layers a = {0};
    const ad_layer_about *most = NULL;
    if (ad_model_layers_of(e->config, &e->data, &a) == AD_OK)
        for (int i = 0; i < a.layers; i++)
            if (a.layer[i].inner && (!most || a.layer[i].trained > most->trained))
                most = &a.layer[i];
    if (most)
        text_add_format(
            what, "make the %s in line %d smaller, which has %lld of the %lld parameters",
            most->layer, most->line, (long long)most->trained, (long long)e->plan->parameters);
    ad_model_layers_done(&a);
}

static ad_status fail_state(const estimate *e, int64_t room)
{
    text_buffer what = {0}, cure = {0};
    text_add(&what, "weights and what the optimizer keeps of them take ");
    add_bytes(&what, (double)e->plan->state_bytes);
    text_add(&what, ", and there are ");
    add_bytes(&what, (double)room);
    name_layer(e, &cure);
    char *words = what.failed || cure.failed
                      ? NULL
                      : ad_config_report(e->config, "model", what.data, cure.data);
    text_done(&what);
    text_done(&cure);
    return run_failed(AD_RUN_BAD_CONFIG, message_give(AD_ERROR_UNSUPPORTED, words));
}

static ad_status fail_batch(const estimate *e, int64_t room)
{
    const ad_plan *p = e->plan;
    text_buffer what = {0}, cure = {0};
    int64_t fits = 1;
    int64_t fixed = p->program_bytes - p->batch * p->example_bytes + p->state_bytes;
    while (2 * fits < p->batch && fixed + 2 * fits * p->example_bytes < room / 10 * 9)
        fits *= 2;
    text_add_format(&what, "a step of %lld examples takes ", (long long)p->batch);
    add_bytes(&what, (double)p->program_bytes);
    text_add(&what, ", and there are ");
    add_bytes(&what, (double)(room - p->state_bytes));
    text_add_format(&cure, "%lld fit: train.batch: %lld", (long long)fits, (long long)fits);
    char *words = what.failed || cure.failed
                      ? NULL
                      : ad_config_report(e->config, "train.batch", what.data, cure.data);
    text_done(&what);
    text_done(&cure);
    return run_failed(AD_RUN_BAD_CONFIG, message_give(AD_ERROR_UNSUPPORTED, words));
}

static ad_status fail_measuring(const estimate *e, int64_t room)
{
    text_buffer what = {0};
    text_add_format(&what, "measuring %lld examples at once takes ",
                    (long long)measured_at_once(e));
    add_bytes(&what, (double)e->measuring);
    text_add(&what, ", and there are ");
    add_bytes(&what, (double)(room - e->plan->state_bytes));
    char *words = what.failed ? NULL
                              : ad_config_report(e->config, "model", what.data,
                                                 "make the first layers smaller (filters), or what "
                                                 "they are given (data.size of pictures)");
    text_done(&what);
    return run_failed(AD_RUN_BAD_CONFIG, message_give(AD_ERROR_UNSUPPORTED, words));
}

/* ---------------------------------------------------------------- timed steps */

/* The training itself, from its begin until it was looked at long enough. */
typedef struct timed {
    double newest, first;  /* seconds when the newest event came; and the end of the first step */
    int64_t steps;         /* behind the first, which compiles */
    double in_steps;       /* seconds of these, and of what stands between them */
    int64_t validations;   /* behind the first */
    double in_validations; /* seconds of these */
    bool validated, ended;
} timed;

static void time_event(timed *t, const ad_event *event)
{
    double took = event->seconds - t->newest;
    t->newest = event->seconds;
    if (event->kind == AD_EVENT_VALIDATION) {
        t->in_validations += t->validated ? took : 0;
        t->validations += t->validated;
        t->validated = true;
    } else if (event->kind == AD_EVENT_STEP && t->first == 0) {
        t->first = event->seconds;
    } else if (event->kind == AD_EVENT_STEP || event->kind == AD_EVENT_EPOCH) {
        t->in_steps += took;
        t->steps += event->kind == AD_EVENT_STEP;
    }
}

static bool on_event(void *user, const ad_event *event)
{
    timed *t = user;
    bool over = t->ended;
    if (!over)
        time_event(t, event);
    t->ended = t->ended || (t->steps >= STEPS_LEAST && t->newest - t->first > seconds_wanted);
    return !t->ended;
}

ad_source *run_first_of(ad_source *source, int64_t count)
{
    int64_t all = source ? ad_source_count(source) : 0, n = all < count ? all : count;
    int64_t *number = malloc(((size_t)n + 1) * sizeof *number);
    for (int64_t i = 0; number && i < n; i++)
        number[i] = i;
    ad_source *made = source && number ? ad_source_part(source, number, n) : NULL;
    free(number);
    return made;
}

/* The training as it is, but for a validation of some examples; ended early. */
static ad_status train_some(estimate *e, timed *t)
{
    ad_config c = *e->config;
    ad_run_data d = e->data;
    ad_run_result result;
    c.train.early_stopping.patience = 0;
    d.validation = run_first_of(e->data.validation, MEASURED);
    *t = (timed){.steps = 0};
    ad_status status = !e->data.validation || d.validation
                           ? ad_run_train(&(ad_run_options){.config = &c,
                                                            .data = &d,
                                                            .network = &e->n,
                                                            .listener = {{on_event, t, NULL}}},
                                          &result)
                           : run_fail_core(AD_RUN_NO_FAULT);
    ad_source_free(d.validation);
    bool diverged = status != AD_OK && ad_run_why() == AD_RUN_DIVERGED;
    return diverged && t->steps > 1 ? AD_OK : status;
}

static ad_status time_steps(estimate *e, timed *t)
{
    ad_plan *p = e->plan;
    ad_status status = train_some(e, t);
    if (status != AD_OK)
        return status;
    p->step_seconds = t->steps ? t->in_steps / (double)t->steps : t->first;
    p->start_seconds += t->first > p->step_seconds ? t->first - p->step_seconds : 0;
    return AD_OK;
}

/* Seconds that measuring some examples takes, what is compiled for it included. */
static ad_status time_measuring(estimate *e, ad_source *from, int64_t count, double *seconds)
{
    ad_run_measured measured = {0};
    ad_source *some = run_first_of(from, count);
    if (!some)
        return run_fail_core(AD_RUN_NO_FAULT);
    double before = run_clock();
    ad_status status = run_measure_sums(&e->n, &e->data, some, &measured);
    *seconds = run_clock() - before;
    ad_run_measured_done(&measured);
    ad_source_free(some);
    return status;
}

/* The test and the baselines, as a training ends with them; the peak of memory is reached then. */
static ad_status find_peak(estimate *e, double *test)
{
    ad_plan *p = e->plan;
    *test = 0;
    ad_status status = e->data.test ? time_measuring(e, e->data.test, MEASURED, test) : AD_OK;
    if (status == AD_OK)
        status =
            run_time_baselines(&e->n, &e->data, e->data.test, e->threads, &p->baseline_seconds);
    p->bytes = peak();
    return status;
}

/* Seconds of all of a part.  `most` were taken by MEASURED examples; half of them tell what each
 * takes beside what is compiled once. */
static ad_status time_part(estimate *e, ad_source *from, double most, double *all)
{
    double half = 0;
    int64_t count = from ? ad_source_count(from) : 0;
    *all = most;
    if (count <= MEASURED)
        return AD_OK;
    ad_status status = time_measuring(e, from, MEASURED / 2, &half);
    double each = (most > half ? most - half : most / 2) / (MEASURED / 2);
    *all = most + each * (double)(count - MEASURED);
    return status;
}

static ad_status time_validation(estimate *e, const timed *t)
{
    double most = 0;
    ad_plan *p = e->plan;
    ad_source *held = e->data.validation;
    double count = held ? (double)ad_source_count(held) : 0;
    if (t->validations > 0) {
        most = t->in_validations / (double)t->validations;
        p->validation_seconds = count > MEASURED ? most * count / MEASURED : most;
        return AD_OK;
    }
    ad_status status = held ? time_measuring(e, held, MEASURED, &most) : AD_OK;
    return status == AD_OK ? time_part(e, held, most, &p->validation_seconds) : status;
}

static ad_status time_parts(estimate *e, const timed *t, double test)
{
    ad_status status = time_validation(e, t);
    return status == AD_OK ? time_part(e, e->data.test, test, &e->plan->test_seconds) : status;
}

/* ---------------------------------------------------------------- the whole */

static void count_steps(estimate *e)
{
    ad_plan *p = e->plan;
    p->examples = ad_source_count(e->data.train);
    p->batch = config_batch(e->config, p->examples) < p->examples
                   ? config_batch(e->config, p->examples)
                   : p->examples;
    int64_t each = (p->examples + p->batch - 1) / p->batch, steps = e->config->train.steps;
    p->epochs = steps > 0 ? (steps + each - 1) / each : e->config->train.epochs;
    p->steps = steps > 0 ? steps : p->epochs * each;
}

static void say_nothing(void *user, const char *words)
{
    (void)user, (void)words;
}

static ad_status prepare(estimate *e)
{
    ad_plan *p = e->plan;
    p->base_bytes = resident();
    ad_status status = ad_run_sources(e->config, &e->data);
    if (status == AD_OK)
        status = ad_run_inspect(e->config, &e->data, say_nothing, NULL);
    if (status != AD_OK)
        return status;
    count_steps(e);
    p->data_bytes = resident() - p->base_bytes;
    status = ad_run_graph(e->config, &e->data, e->threads, &e->n);
    if (status != AD_OK)
        return status;
    plan_state(e);
    p->room_bytes = memory_free_now();
    if (p->room_bytes >= 0 && p->state_bytes > p->room_bytes)
        return fail_state(e, p->room_bytes);
    e->n.state = ad_state_new(e->n.graph, (uint64_t)e->config->train.seed);
    return e->n.state ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
}

static void sum_up(estimate *e)
{
    ad_plan *p = e->plan;
    int64_t rest = p->bytes - p->base_bytes - p->data_bytes - p->state_bytes;
    p->program_bytes = rest > 0 ? rest : 0;
    p->seconds = p->start_seconds + (double)p->steps * p->step_seconds +
                 (double)p->epochs * p->validation_seconds + p->test_seconds + p->baseline_seconds;
}

static ad_status make(estimate *e)
{
    timed t;
    double test = 0;
    ad_plan *p = e->plan;
    ad_status status = prepare(e);
    p->start_seconds = run_clock() - e->began;
    if (status == AD_OK)
        status = plan_programs(e);
    if (status != AD_OK)
        return status;
    int64_t room = p->room_bytes - p->state_bytes;
    if (p->room_bytes >= 0 && p->program_bytes > room)
        return fail_batch(e, p->room_bytes);
    if (p->room_bytes >= 0 && e->measuring > room)
        return fail_measuring(e, p->room_bytes);
    status = time_steps(e, &t);
    if (status == AD_OK)
        status = find_peak(e, &test);
    if (status == AD_OK)
        status = time_parts(e, &t, test);
    if (status == AD_OK)
        sum_up(e);
    return status;
}

ad_status ad_plan_of(const ad_config *config, int threads, ad_plan *plan)
{
    *plan = (ad_plan){.examples = 0};
    estimate e = {.config = config, .plan = plan, .threads = threads, .began = run_clock()};
    ad_status status = make(&e);
    ad_run_network_done(&e.n);
    ad_run_data_done(&e.data);
    return status;
}
