/* `adze eval DIR`: the stored network on a part of its data. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "configure.h"
#include "fault.h"
#include "measure.h"
#include "remedy.h"

typedef struct evaluation {
    const options *o;
    bool other; /* data that the run was not made of */
    const char *folder;
    ad_config *config;
    ad_run_data data;
    ad_run_network n;
    measure m;
    ad_baselines b;
    ad_run_groups groups;
} evaluation;

static const char *part_of(const evaluation *e)
{
    return e->other ? "all" : e->o->part ? e->o->part : "test";
}

/* ---------------------------------------------------------------- by the values of a field */

static int group_width(const ad_run_groups *g)
{
    int width = 0;
    for (int i = 0; i < g->count; i++) {
        int size = (int)strlen(g->group[i].value);
        width = size > width ? size : width;
    }
    return width;
}

static void print_groups(const evaluation *e)
{
    int width = group_width(&e->groups);
    printf("by %s\n", e->o->by);
    for (int i = 0; i < e->groups.count; i++) {
        const ad_run_group *g = &e->groups.group[i];
        printf("  %-*s  ", width, g->value);
        measure_print_all(&g->measured);
    }
    printf("\n");
}

static void print_groups_json(const evaluation *e)
{
    printf(", \"by\": {\"field\": ");
    print_json_text(e->o->by);
    printf(", \"groups\": [");
    for (int i = 0; i < e->groups.count; i++) {
        const ad_run_group *g = &e->groups.group[i];
        printf("%s{\"value\": ", i ? ", " : "");
        print_json_text(g->value);
        printf(", \"count\": %lld, \"metrics\": {", (long long)g->measured.count);
        measure_print_json_list(g->measured.measured, g->measured.measures);
        printf("}}");
    }
    printf("]}");
}

/* ---------------------------------------------------------------- all */

static void print_json(const evaluation *e)
{
    printf("{\"event\": \"end\", ");
    measure_print_json(&e->m);
    printf(", \"part\": \"%s\", \"count\": %lld", part_of(e), (long long)e->m.count);
    if (e->o->by)
        print_groups_json(e);
    printf(", ");
    baselines_print_json(&e->b);
    printf("}\n");
}

static void print(const evaluation *e)
{
    if (e->o->json) {
        print_json(e);
        return;
    }
    measure_print(&e->m, &e->data);
    printf("\n");
    if (e->o->by)
        print_groups(e);
    measure_print_all(&e->m);
    measure_print_decision(&e->m, &e->data);
    baselines_print(&e->b, &e->m);
    measure_print_last(&e->m, part_of(e));
}

static int diverged(const evaluation *e, double loss)
{
    char setting[64];
    const ad_optimizer_options *optimizer = e->config->optimizer.options;
    snprintf(setting, sizeof setting, "train.optimizer.rate=%.3g", optimizer->rate / 10);
    say(EXIT_DIVERGED,
        "the loss is %g: the training diverged\n  train again by a lower rate:", loss);
    remedy_print(stderr, REMEDY_ANEW, &(remedy_values){.out = e->folder, .setting = setting});
    return EXIT_DIVERGED;
}

static int measure_groups(evaluation *e)
{
    if (!e->o->by)
        return EXIT_DONE;
    ad_status status =
        ad_run_measure_by(&e->n, &e->data, e->data.test, e->data.raw, e->o->by, &e->groups);
    if (status == AD_OK)
        return EXIT_DONE;
    int code = say_run(status, e->o, NULL);
    return status == AD_ERROR_ARGUMENT ? EXIT_USAGE : code;
}

static int evaluate(evaluation *e)
{
    int code = measure_run(&e->m, e->o, &e->n, &e->data, e->data.test, part_of(e));
    if (code == EXIT_DONE && !isfinite(measure_loss(&e->m)))
        code = diverged(e, measure_loss(&e->m));
    if (code == EXIT_DONE)
        code = measure_groups(e);
    if (code == EXIT_DONE)
        code = baselines_make(&e->b, e->o, &e->n, &e->data, e->data.test, &e->m);
    if (code == EXIT_DONE)
        print(e);
    return code;
}

static int part_number(const options *o)
{
    static const char *const words[] = {"train", "validation", "test", "all"};
    for (int i = 0; o->part && i < 4; i++)
        if (strcmp(words[i], o->part) == 0)
            return i;
    return AD_PART_TEST;
}

/* Data that has moved can be named. */
static int say_failed(const evaluation *e, ad_status status)
{
    int code = say_run(status, e->o, e->folder);
    if (ad_run_why() != AD_RUN_BAD_DATA || e->o->data)
        return code;
    fputs("  where it has moved, say where it is:\n", stderr);
    remedy_print(stderr, REMEDY_MOVEDTEST, &(remedy_values){.out = e->folder});
    return code;
}

/* Data that was named may be the run's own, moved, or other data, all of which is new to it. */
static ad_status take_part(evaluation *e)
{
    bool named = e->o->data && !e->o->part;
    ad_status status = ad_run_part(e->config, &e->data, part_number(e->o));
    if (!named || (status == AD_OK && ad_run_is_data(e->folder, e->config, &e->data)))
        return status;
    status = ad_run_part(e->config, &e->data, AD_PART_OTHER);
    e->other = !e->data.train;
    if (status == AD_OK && e->other)
        fputs("this is other data than the run was made of: all of it is measured\n", stderr);
    return status;
}

static int run(evaluation *e)
{
    ad_status status = ad_run_model_data(e->folder, &e->data);
    if (status != AD_OK)
        return say_run(status, e->o, e->folder);
    status = ad_run_build(e->config, &e->data, e->o->threads, &e->n);
    if (status == AD_OK)
        status = ad_run_model(e->folder, &e->n);
    if (status == AD_OK)
        status = take_part(e);
    if (status == AD_OK && (e->data.task->rewrites || e->data.task->transcribes)) {
        e->data.beam = e->o->beam ? e->o->beam : e->data.beam;
        e->data.longest = e->o->length ? e->o->length : e->data.longest;
    }
    return status == AD_OK ? evaluate(e) : say_failed(e, status);
}

int eval_command(const options *o)
{
    evaluation e = {.o = o, .folder = o->words[0]};
    int code = configure_run(o, e.folder, &e.config);
    if (code == EXIT_DONE)
        code = run(&e);
    ad_run_groups_done(&e.groups);
    ad_run_measured_done(&e.m);
    ad_run_network_done(&e.n);
    ad_run_data_done(&e.data);
    ad_config_free(e.config);
    return code;
}
