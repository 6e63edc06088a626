/* `adze eval DIR`: the stored network on a part of its data. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configure.h"
#include "fault.h"
#include "measure.h"
#include "remedy.h"

typedef struct evaluation {
    const options *o;
    const char *folder;
    ad_config *config;
    ad_run_data data;
    ad_run_network n;
} evaluation;

static void print(const evaluation *e, const measure *m)
{
    if (e->o->json) {
        printf("{\"event\": \"end\", ");
        measure_print_json(m);
        printf("}\n");
        return;
    }
    measure_print(m, &e->data);
    printf("\n");
    measure_print_all(m);
    measure_print_last(m);
}

static int diverged(const evaluation *e, double loss)
{
    char setting[64];
    const ad_optimizer_options *optimizer = e->config->optimizer.options;
    snprintf(setting, sizeof setting, "train.optimizer.rate=%.3g", optimizer->rate / 10);
    say(EXIT_DIVERGED,
        "the test loss is %f: the training diverged\n  train again by a lower rate:", loss);
    remedy_print(stderr, REMEDY_ANEW, &(remedy_values){.out = e->folder, .setting = setting});
    return EXIT_DIVERGED;
}

static int evaluate(evaluation *e)
{
    measure m;
    int code = measure_run(&m, e->o, &e->n, &e->data, e->data.test, "test");
    if (code == EXIT_DONE && !isfinite(measure_loss(&m)))
        code = diverged(e, measure_loss(&m));
    if (code == EXIT_DONE)
        print(e, &m);
    ad_run_measured_done(&m);
    return code;
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

static int run(evaluation *e)
{
    ad_status status = ad_run_model_data(e->folder, &e->data);
    if (status != AD_OK)
        return say_run(status, e->o, e->folder);
    status = ad_run_build(e->config, &e->data, e->o->threads, &e->n);
    if (status == AD_OK)
        status = ad_run_model(e->folder, &e->n);
    if (status == AD_OK)
        status = ad_run_part(e->config, &e->data, AD_PART_TEST);
    return status == AD_OK ? evaluate(e) : say_failed(e, status);
}

int eval_command(const options *o)
{
    evaluation e = {.o = o, .folder = o->words[0]};
    int code = configure_run(o, e.folder, &e.config);
    if (code == EXIT_DONE)
        code = run(&e);
    ad_run_network_done(&e.n);
    ad_run_data_done(&e.data);
    ad_config_free(e.config);
    return code;
}
