/* Runs a lab: what it owns, its settings, its numbers by chance, and how it ends. */
#include "frame.h"

#include <stdarg.h>
#include <stdlib.h>

static const lab_record *const every_lab[] = {
#define LAB(name) &lab_record_##name,
#include "../labs.def"
#undef LAB
    NULL,
};

const lab_record *lab_at(int i)
{
    int count = (int)(sizeof every_lab / sizeof *every_lab) - 1;
    return i >= 0 && i < count ? every_lab[i] : NULL;
}

const lab_record *lab_find(const char *name)
{
    for (int i = 0; every_lab[i]; i++)
        if (strcmp(every_lab[i]->name, name) == 0)
            return every_lab[i];
    return NULL;
}

/* ---------------------------------------------------------------- the end */

_Noreturn void lab_stop(lab *l, const char *why)
{
    snprintf(l->why, sizeof l->why, "%s", why);
    longjmp(l->end, 1);
}

void lab_do(lab *l, ad_status status)
{
    if (status != AD_OK)
        lab_stop(l, ad_error());
}

/* ---------------------------------------------------------------- what it owns */

typedef struct lab_thing {
    struct lab_thing *next;
    void *made;
    void (*done)(void *made);
} lab_thing;

static void graph_done(void *made)
{
    ad_graph_free(made);
}

static void state_done(void *made)
{
    ad_state_free(made);
}

static void program_done(void *made)
{
    ad_program_free(made);
}

/* Notes what was made, or ends where nothing was. */
static void *own(lab *l, void *made, void (*done)(void *), const char *why)
{
    lab_thing *thing = made ? malloc(sizeof *thing) : NULL;
    if (!thing) {
        if (made)
            done(made);
        lab_stop(l, made ? "no memory" : why);
    }
    *thing = (lab_thing){l->things, made, done};
    l->things = thing;
    return made;
}

/* Frees what was made after `mark`. */
static void free_since(lab *l, const lab_thing *mark)
{
    while (l->things != mark) {
        lab_thing *thing = l->things;
        l->things = thing->next;
        thing->done(thing->made);
        free(thing);
    }
}

void *lab_memory(lab *l, size_t count, size_t size)
{
    return own(l, calloc(count ? count : 1, size), free, "no memory");
}

double *lab_numbers(lab *l, int64_t count)
{
    return lab_memory(l, (size_t)count, sizeof(double));
}

float *lab_floats(lab *l, int64_t count)
{
    return lab_memory(l, (size_t)count, sizeof(float));
}

ad_graph *lab_graph(lab *l)
{
    return own(l, ad_graph_new(l->context), graph_done, ad_error());
}

ad_graph *lab_graph_on(lab *l, int devices)
{
    int threads = ad_context_threads(l->context);
    ad_context *c = ad_context_new(.threads = threads, .devices = devices);
    ad_graph *g = c ? ad_graph_new(c) : NULL;
    ad_context_free(c); /* lives on until the graph is freed */
    return own(l, g, graph_done, ad_error());
}

ad_state *lab_state(lab *l, ad_graph *graph, uint64_t seed)
{
    ad_state *state = ad_state_new(graph, seed);
    return own(l, state, state_done, ad_error());
}

ad_program *lab_program(lab *l, ad_program *program)
{
    return own(l, program, program_done, ad_error());
}

/* ---------------------------------------------------------------- runs */

void lab_fetch(lab *l, ad_program *program, const ad_array *feeds, ad_array *fetch, int count)
{
    memset(fetch, 0, (size_t)count * sizeof *fetch);
    lab_do(l, ad_run(program, feeds, fetch));
}

double lab_step(lab *l, ad_program *program, const ad_array *feeds)
{
    ad_array fetch[AD_LIST_MAX];
    lab_fetch(l, program, feeds, fetch, AD_LIST_MAX);
    return ad_array_item(&fetch[0], 0);
}

double *lab_value(lab *l, ad_state *state, ad_tensor *variable, int64_t *count)
{
    ad_array value = {0};
    lab_do(l, ad_get(state, variable, &value));
    *count = ad_array_count(&value);
    double *kept = lab_numbers(l, *count);
    for (int64_t i = 0; i < *count; i++)
        kept[i] = ad_array_item(&value, i);
    return kept;
}

void lab_copy(lab *l, ad_state *into, ad_state *from, ad_graph *graph, const char *begin)
{
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        ad_array value = {0};
        if (strncmp(ad_tensor_name(v), begin, strlen(begin)) != 0)
            continue;
        lab_do(l, ad_get(from, v, &value));
        lab_do(l, ad_set(into, v, value));
    }
}

/* ---------------------------------------------------------------- settings and chance */

static int find_setting(const lab_record *record, const char *key, size_t length)
{
    for (int i = 0; i < LAB_SETTINGS && record->setting[i].key; i++)
        if (strlen(record->setting[i].key) == length &&
            strncmp(record->setting[i].key, key, length) == 0)
            return i;
    return -1;
}

double lab_get(lab *l, const char *key)
{
    int i = find_setting(l->record, key, strlen(key));
    if (i < 0)
        lab_stop(l, "the lab asks for a setting that it has not");
    return l->setting[i];
}

static bool settings_of(char *words, size_t size, const lab_record *record)
{
    size_t at = 0;
    words[0] = 0;
    for (int i = 0; i < LAB_SETTINGS && record->setting[i].key && at < size; i++)
        at +=
            (size_t)snprintf(words + at, size - at, "%s%s", i ? ", " : "", record->setting[i].key);
    return words[0];
}

/* One "key=value"; a message in why where it makes no sense. */
static bool take_setting(lab *l, const char *set)
{
    const char *equal = strchr(set, '=');
    char known[256], *end = NULL;
    int i = equal ? find_setting(l->record, set, (size_t)(equal - set)) : -1;
    if (i < 0) {
        bool some = settings_of(known, sizeof known, l->record);
        snprintf(l->why, sizeof l->why, "%s has no setting '%.60s'\n  %s%s", l->record->name, set,
                 some ? "write key=value; there are: " : "it has none at all", known);
        return false;
    }
    const lab_setting *s = &l->record->setting[i];
    double value = strtod(equal + 1, &end);
    if (end == equal + 1 || *end || !(value >= s->least && value <= s->most)) {
        snprintf(l->why, sizeof l->why, "%s of %s is '%.40s'\n  write a number from %g to %g",
                 s->key, l->record->name, equal + 1, s->least, s->most);
        return false;
    }
    l->setting[i] = value;
    return true;
}

static bool take_settings(lab *l)
{
    for (int i = 0; i < LAB_SETTINGS && l->record->setting[i].key; i++) {
        const lab_setting *s = &l->record->setting[i];
        l->setting[i] = l->options.quick && s->quick != 0 ? s->quick : s->value;
    }
    for (int i = 0; i < LAB_SETS && l->options.set[i]; i++)
        if (!take_setting(l, l->options.set[i]))
            return false;
    return true;
}

uint64_t lab_seed(const lab *l)
{
    return l->options.seed;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next_bits(lab *l)
{
    uint64_t z = l->chance += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double lab_uniform(lab *l)
{
    return (double)(next_bits(l) >> 11) * 0x1p-53;
}

/* Box and Muller 1958. */
double lab_normal(lab *l)
{
    double radius = sqrt(-2 * log(1 - lab_uniform(l)));
    return radius * cos(2 * 3.14159265358979323846 * lab_uniform(l));
}

/* ---------------------------------------------------------------- sweeps */

void lab_progress(lab *l, double part)
{
    if (l->options.progress)
        l->options.progress(l->options.user, part);
}

double lab_mean(const double *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += x[i];
    return count > 0 ? sum / (double)count : NAN;
}

/* The 97.5 % point of Student's t. */
static double student(int freedom)
{
    static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
                               2.306,  2.262, 2.228, 2.201, 2.179, 2.160, 2.145,
                               2.131,  2.120, 2.110, 2.101, 2.093, 2.086};
    int count = (int)(sizeof t / sizeof *t);
    return freedom <= count ? t[freedom - 1] : 1.96 + 2.5 / freedom;
}

lab_band lab_bands(lab *l, const double *x, int count, int seeds, const double *value)
{
    lab_band b = {x, lab_numbers(l, count), lab_numbers(l, count), lab_numbers(l, count), count};
    for (int i = 0; i < count; i++) {
        double mean = 0, squares = 0;
        for (int s = 0; s < seeds; s++)
            mean += value[s * count + i] / seeds;
        for (int s = 0; s < seeds; s++)
            squares += (value[s * count + i] - mean) * (value[s * count + i] - mean);
        double half = seeds < 2 ? 0 : student(seeds - 1) * sqrt(squares / (seeds - 1) / seeds);
        b.mean[i] = mean, b.low[i] = mean - half, b.high[i] = mean + half;
    }
    return b;
}

lab_band lab_sweep(lab *l, const double *x, int count, int seeds, lab_measure *measure,
                   const void *with)
{
    double *value = lab_numbers(l, (int64_t)count * seeds);
    for (int s = 0; s < seeds; s++)
        for (int i = 0; i < count; i++) {
            const lab_thing *mark = l->things;
            value[s * count + i] = measure(l, x[i], lab_seed(l) + (uint64_t)s, with);
            free_since(l, mark);
            lab_progress(l, (double)(s * count + i + 1) / (count * seeds));
        }
    return lab_bands(l, x, count, seeds, value);
}

double *lab_range(lab *l, double from, double to, int count)
{
    double *x = lab_numbers(l, count);
    for (int i = 0; i < count; i++)
        x[i] = count > 1 ? from + (to - from) * i / (count - 1) : from;
    return x;
}

double *lab_powers(lab *l, double from, double to, int count)
{
    double *x = lab_range(l, log(from), log(to), count);
    for (int i = 0; i < count; i++)
        x[i] = exp(x[i]);
    return x;
}

double lab_power(const double *x, const double *y, int count)
{
    double mx = 0, my = 0, above = 0, below = 0;
    for (int i = 0; i < count; i++) {
        mx += log(x[i]) / count;
        my += log(y[i]) / count;
    }
    for (int i = 0; i < count; i++) {
        above += (log(x[i]) - mx) * (log(y[i]) - my);
        below += (log(x[i]) - mx) * (log(x[i]) - mx);
    }
    return above / below;
}

/* ---------------------------------------------------------------- all of it */

/* Experiments end early by lab_stop, which comes back here. */
static void run_record(lab *l)
{
    if (setjmp(l->end))
        return;
    l->record->run(l);
}

lab *lab_open(const lab_record *record, const lab_options *options)
{
    lab *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->record = record;
    l->options = *options;
    l->options.seed = options->seed ? options->seed : 1;
    l->chance = l->options.seed * UINT64_C(0xda942042e4dd58b5);
    if (!take_settings(l))
        return l;
    l->context = ad_context_new(.threads = options->threads ? options->threads : AD_PROCESSORS);
    if (!l->context) {
        snprintf(l->why, sizeof l->why, "%s", ad_error());
        return l;
    }
    double begin = lab_seconds();
    run_record(l);
    l->seconds = lab_seconds() - begin;
    if (!l->why[0] && l->verdict == LAB_UNJUDGED)
        snprintf(l->why, sizeof l->why, "the lab %s gave no verdict", record->name);
    return l;
}

void lab_close(lab *l)
{
    if (!l)
        return;
    free_since(l, NULL);
    ad_context_free(l->context);
    free(l);
}
