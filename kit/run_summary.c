/* What a run came to, in its result.txt: lines "key: words", texts escaped. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <adze/report.h>

#include "message.h"
#include "run.h"
#include "text.h"

static const char file[] = "result.txt";

/* ---------------------------------------------------------------- keys */

typedef struct key {
    const char *name;
    size_t text, whole; /* place of a text, or of an int64_t; the other is 0 */
} key;

#define TEXT(name)                                      \
    {                                                   \
#name, offsetof(ad_run_summary, name), SIZE_MAX \
    }
#define WHOLE(name)                                     \
    {                                                   \
#name, SIZE_MAX, offsetof(ad_run_summary, name) \
    }
static const key keys[] = {
    TEXT(version),     TEXT(command),      TEXT(machine),     TEXT(ended),
    TEXT(why),         TEXT(task),         TEXT(data),        TEXT(target),
    TEXT(samples),     WHOLE(epoch),       WHOLE(step),       WHOLE(best_epoch),
    WHOLE(parameters), WHOLE(train_count), WHOLE(test_count), WHOLE(baseline_examples),
};
#undef TEXT
#undef WHOLE

enum { KEYS = sizeof keys / sizeof *keys };

static char **text_at(const ad_run_summary *s, const key *k)
{
    return (char **)((char *)s + k->text);
}

static int64_t *whole_at(const ad_run_summary *s, const key *k)
{
    return (int64_t *)((char *)s + k->whole);
}

void ad_run_summary_done(ad_run_summary *s)
{
    for (int i = 0; i < KEYS; i++)
        if (keys[i].text != SIZE_MAX)
            free(*text_at(s, &keys[i]));
    *s = (ad_run_summary){.values = 0};
}

const ad_summary_value *ad_run_summary_find(const ad_run_summary *s, const char *of,
                                            const char *name)
{
    for (int i = 0; i < s->values; i++)
        if (strcmp(s->value[i].of, of) == 0 && strcmp(s->value[i].name, name) == 0)
            return &s->value[i];
    return NULL;
}

/* ---------------------------------------------------------------- writing */

static void add_value(text_buffer *t, const ad_summary_value *v)
{
    text_add_format(t, "value: %s %s %.17g %.17g %.17g %s\n", v->of, v->name, v->value, v->low,
                    v->high, v->less_is_better ? "less" : "more");
}

ad_status ad_run_summary_write(const char *folder, const ad_run_summary *s)
{
    text_buffer t = {0};
    for (int i = 0; i < KEYS; i++) {
        const key *k = &keys[i];
        if (k->text != SIZE_MAX && *text_at(s, k)) {
            text_add_format(&t, "%s: ", k->name);
            text_add_escaped(&t, *text_at(s, k));
            text_add(&t, "\n");
        } else if (k->text == SIZE_MAX) {
            text_add_format(&t, "%s: %lld\n", k->name, (long long)*whole_at(s, k));
        }
    }
    text_add_format(&t, "seconds: %.6g\nthreads: %d\n", s->seconds, s->threads);
    if (s->unbeaten[0])
        text_add_format(&t, "unbeaten: %s\n", s->unbeaten);
    for (int i = 0; i < s->values; i++)
        add_value(&t, &s->value[i]);
    char *words = text_take(&t);
    ad_status status =
        words ? run_write(folder, file, words) : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    free(words);
    return status;
}

/* ---------------------------------------------------------------- reading */

static bool read_value(ad_run_summary *s, const char *words)
{
    char way[8];
    ad_summary_value v = {.value = 0};
    if (s->values == AD_SUMMARY_VALUES_MAX || sscanf(words, "%23s %47s %lf %lf %lf %7s", v.of,
                                                     v.name, &v.value, &v.low, &v.high, way) != 6)
        return false;
    v.less_is_better = strcmp(way, "less") == 0;
    s->value[s->values++] = v;
    return true;
}

/* Keys that are not known are of a later version: passed over. */
static bool read_line(ad_run_summary *s, const char *name, char *words)
{
    for (int i = 0; i < KEYS; i++) {
        const key *k = &keys[i];
        if (strcmp(k->name, name) != 0)
            continue;
        if (k->text == SIZE_MAX) {
            *whole_at(s, k) = strtoll(words, NULL, 10);
            return true;
        }
        free(*text_at(s, k));
        *text_at(s, k) = text_unescape(words) ? text_copy(words) : NULL;
        return *text_at(s, k);
    }
    if (strcmp(name, "seconds") == 0)
        s->seconds = strtod(words, NULL);
    else if (strcmp(name, "threads") == 0)
        s->threads = atoi(words);
    else if (strcmp(name, "unbeaten") == 0)
        snprintf(s->unbeaten, sizeof s->unbeaten, "%.23s", words);
    else if (strcmp(name, "value") == 0)
        return read_value(s, words);
    return true;
}

static ad_status damaged(const char *folder, int line)
{
    return run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT,
                    "%s/%s:%d: this is no line of a result\n"
                    "  remove the file to go on without what it tells\n",
                    folder, file, line);
}

static ad_status parse(const char *folder, char *text, ad_run_summary *s)
{
    int number = 1;
    for (char *line = text; line && *line; number++) {
        char *next = strchr(line, '\n'), *colon = strstr(line, ": ");
        if (!next || !colon || colon > next)
            return damaged(folder, number);
        *next = *colon = 0;
        if (!read_line(s, line, colon + 2))
            return damaged(folder, number);
        line = next + 1;
    }
    return AD_OK;
}

ad_status ad_run_summary_read(const char *folder, ad_run_summary *s)
{
    char *text;
    *s = (ad_run_summary){.values = 0};
    ad_status status = run_read(folder, file, &text);
    if (status == AD_OK && text)
        status = parse(folder, text, s);
    free(text);
    if (status != AD_OK)
        ad_run_summary_done(s);
    return status;
}

/* ---------------------------------------------------------------- making one */

static char *now(void)
{
    char words[32];
    time_t seconds = time(NULL);
    struct tm when;
    return gmtime_r(&seconds, &when) && strftime(words, sizeof words, "%Y-%m-%dT%H:%M:%SZ", &when)
               ? text_copy(words)
               : NULL;
}

/* "model name : ..." of Linux; else "". */
static void processor_name(char *words, size_t size)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    words[0] = 0;
    while (f && !words[0] && fgets(line, sizeof line, f)) {
        const char *at = strncmp(line, "model name", 10) == 0 ? strstr(line, ": ") : NULL;
        if (at)
            snprintf(words, size, "%.*s, ", (int)strcspn(at + 2, "\n"), at + 2);
    }
    if (f)
        fclose(f);
}

static char *machine(void)
{
    char processor[200];
    struct utsname system;
    processor_name(processor, sizeof processor);
    if (uname(&system) != 0)
        return text_format("%s%ld processors", processor, sysconf(_SC_NPROCESSORS_ONLN));
    return text_format("%s%ld processors, %s, %s %s", processor, sysconf(_SC_NPROCESSORS_ONLN),
                       system.machine, system.sysname, system.release);
}

static void add(ad_run_summary *s, const char *of, const ad_measured *m)
{
    if (s->values == AD_SUMMARY_VALUES_MAX)
        return;
    ad_summary_value *v = &s->value[s->values++];
    *v = (ad_summary_value){
        .value = m->value, .low = m->low, .high = m->high, .less_is_better = m->less_is_better};
    snprintf(v->of, sizeof v->of, "%s", of);
    snprintf(v->name, sizeof v->name, "%s", m->name);
    for (char *p = v->name; *p; p++)
        *p = *p == ' ' ? '_' : *p;
}

static void add_baselines(ad_run_summary *s, const ad_baselines *b)
{
    for (int i = 0; i < b->count; i++) {
        for (int k = 0; k < b->list[i].measures; k++)
            add(s, b->list[i].name, &b->list[i].measured[k]);
        if (!b->list[i].beaten)
            snprintf(s->unbeaten, sizeof s->unbeaten, "%s", b->list[i].name);
    }
    s->baseline_examples = b->examples;
}

static int64_t count_parameters(const ad_graph *graph)
{
    int64_t sum = 0;
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        ad_shape shape = ad_tensor_shape(v);
        int64_t size = 1;
        for (int k = 0; k < shape.rank; k++)
            size *= shape.size[k];
        sum += ad_trainable(v) && ad_role_of(v) <= AD_ROLE_TABLE ? size : 0;
    }
    return sum;
}

/* The file or folder, or what makes the data. */
static char *data_of(const ad_config *c)
{
    const ad_record *r = c->data.record;
    for (int i = 0; i < r->options; i++)
        if (r->option[i].type == AD_OPTION_PATH) {
            const char *path =
                *(char *const *)((const char *)c->data.options + r->option[i].offset);
            return text_copy(path ? path : r->name);
        }
    return text_copy(r->name);
}

static double all_seconds(const char *folder)
{
    history h;
    double seconds = NAN;
    if (history_read(&h, folder) == AD_OK)
        seconds = history_value(&h, h.rows - 1, "seconds");
    history_done(&h);
    return isfinite(seconds) ? seconds : 0;
}

ad_status ad_run_summarize(const ad_config *config, const ad_run_data *data,
                           const ad_run_network *network, const ad_run_result *result,
                           const char *folder, const ad_run_measured *measured,
                           const ad_baselines *baselines, ad_run_summary *s)
{
    static const char *const why[] = {[AD_END_PLAN] = "plan",     [AD_END_EARLY] = "early",
                                      [AD_END_ASKED] = "asked",   [AD_END_DIVERGED] = "diverged",
                                      [AD_END_FAILED] = "failed", [AD_END_CONVERGED] = "converged"};
    *s = (ad_run_summary){.version = text_copy(ad_version()),
                          .machine = machine(),
                          .ended = now(),
                          .why = text_copy(why[result->end]),
                          .task = text_copy(data->task->record.name),
                          .data = data_of(config),
                          .target = text_copy(data->target.name ? data->target.name : ""),
                          .seconds = all_seconds(folder),
                          .epoch = result->at.epoch,
                          .step = result->at.step,
                          .best_epoch = result->best_epoch,
                          .parameters = count_parameters(network->graph),
                          .train_count = ad_source_count(data->train),
                          .test_count = measured ? measured->count : 0};
    for (int i = 0; measured && i < measured->measures; i++)
        add(s, "test", &measured->measured[i]);
    if (baselines)
        add_baselines(s, baselines);
    if (measured && measured->samples)
        s->samples = text_copy(measured->samples);
    if (s->version && s->machine && s->ended && s->why && s->task && s->data && s->target)
        return AD_OK;
    ad_run_summary_done(s);
    return run_failed(AD_RUN_NO_FAULT, message_no_memory());
}
