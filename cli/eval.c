/* `adze eval DIR`: the stored network on the test set. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "measure.h"
#include "remedy.h"

/* Other data than the network was trained on. */
static int use_data(ad_config *config, const char *folder)
{
    char *path = folder ? malloc(strlen(folder) + 1) : NULL;
    if (folder && !path)
        return say_no_memory();
    if (!folder)
        return EXIT_DONE;
    if (config->data.format != AD_DATA_IDX)
        config->data.test_count = 0;
    config->data.format = AD_DATA_IDX;
    free(config->data.path);
    config->data.path = strcpy(path, folder);
    return EXIT_DONE;
}

static void print(const options *o, const measure *m, const char *const *names)
{
    if (o->json) {
        printf("{\"event\": \"end\", ");
        measure_print_json(m);
        printf("}\n");
        return;
    }
    measure_print(m, names);
    printf("\n");
    measure_print_last(m);
}

static int diverged(const options *o, const ad_config *config, double loss)
{
    char setting[64];
    snprintf(setting, sizeof setting, "train.optimizer.rate=%.3g",
             config->train.optimizer.rate / 10);
    say(EXIT_DIVERGED,
        "the test loss is %f: the training diverged\n  train again by a lower rate:", loss);
    remedy_print(stderr, REMEDY_ANEW, &(remedy_values){.out = o->words[0], .setting = setting});
    return EXIT_DIVERGED;
}

static int evaluate(const options *o, const ad_config *config, const ad_run_network *n,
                    const ad_run_data *data)
{
    measure m;
    int code = measure_run(&m, n, data->test, "test");
    if (code == EXIT_DONE && !isfinite(m.loss))
        code = diverged(o, config, m.loss);
    if (code == EXIT_DONE)
        print(o, &m, data->names);
    measure_done(&m);
    return code;
}

/* Data that has moved can be named. */
static int say_failed(const options *o, ad_status status)
{
    int code = say_run(status, o, o->words[0]);
    if (ad_run_why() != AD_RUN_BAD_DATA || o->data)
        return code;
    fputs("  where it has moved, say where it is:\n", stderr);
    remedy_print(stderr, REMEDY_MOVEDTEST, &(remedy_values){.out = o->words[0]});
    return code;
}

static int run(const options *o, ad_config *config, ad_run_data *data, ad_run_network *n)
{
    const char *folder = o->words[0];
    ad_status status = ad_run_model_size(folder, data);
    int code = status == AD_OK ? use_data(config, o->data) : say_run(status, o, folder);
    if (code != EXIT_DONE)
        return code;
    status = ad_run_build(config, data, o->threads, n);
    if (status == AD_OK)
        status = ad_run_model(folder, n->state);
    if (status == AD_OK)
        status = ad_run_test_source(config, data);
    return status == AD_OK ? evaluate(o, config, n, data) : say_failed(o, status);
}

int eval_command(const options *o)
{
    ad_config *config;
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_status status = ad_run_config(o->words[0], NULL, 0, &config);
    int code = status == AD_OK ? run(o, config, &data, &n) : say_run(status, o, o->words[0]);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    ad_config_free(config);
    return code;
}
