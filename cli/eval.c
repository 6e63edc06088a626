/* `adze eval DIR`: the stored network on the test set. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
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

static int read_test(const ad_config *config, image_size size, ad_dataset **test)
{
    ad_dataset_info like = {.height = size.height,
                            .width = size.width,
                            .channels = size.channels,
                            .classes = size.classes};
    ad_status status = ad_config_data(config, AD_PART_TEST, &like, test);
    return status == AD_OK ? EXIT_DONE : say_kit_error(status, EXIT_DATA);
}

static void print(const options *o, const measure *m, const ad_dataset *test)
{
    if (o->json) {
        printf("{\"test_loss\": ");
        print_json_number(m->loss);
        printf(", \"test_accuracy\": %.6f, \"confusion\": ", measure_accuracy(m));
        measure_print_json(m);
        printf("}\n");
    } else {
        measure_print(m, ad_dataset_about(test)->names);
        printf("\n");
    }
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

static int evaluate(const options *o, const ad_config *config, network *n, const ad_dataset *test)
{
    measure m = {0};
    ad_progress *progress = ad_progress_new(STDERR_FILENO);
    ad_program *p = network_measurer(n, n->state);
    int64_t outputs = ad_tensor_shape(n->logits).size[1];
    int code = p ? measure_run(&m, p, test, outputs, progress, "test") : say_error();
    ad_progress_free(progress);
    if (code == EXIT_DONE && !isfinite(m.loss))
        code = diverged(o, config, m.loss);
    if (code == EXIT_DONE)
        print(o, &m, test);
    ad_program_free(p);
    measure_done(&m);
    return code;
}

static int run(const options *o, ad_config *config, ad_dataset **test)
{
    network n = {0};
    image_size size;
    const char *folder = o->words[0];
    int code = folder_model_size(folder, &size);
    if (code == EXIT_DONE)
        code = use_data(config, o->data);
    if (code == EXIT_DONE)
        code = network_init(&n, config, size, o->threads);
    if (code == EXIT_DONE)
        code = folder_load_model(folder, n.state);
    if (code == EXIT_DONE)
        code = read_test(config, size, test);
    if (code == EXIT_DONE)
        code = evaluate(o, config, &n, *test);
    network_done(&n);
    return code;
}

int eval_command(const options *o)
{
    ad_config *config;
    ad_dataset *test = NULL;
    int code = folder_read_config(o->words[0], NULL, 0, &config);
    if (code == EXIT_DONE)
        code = run(o, config, &test);
    ad_dataset_free(test);
    ad_config_free(config);
    return code;
}
