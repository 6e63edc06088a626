/* Training what a file describes, in a folder that keeps it: what `adze train FILE --out DIR` does,
 * as calls of the kit.  Kill it at any moment and start it again: it goes on, to the same bits.
 *
 * usage: run_folder [DIR [FILE.yaml]]   without FILE: drawn digits */
#include <adze/kit.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char digits[] =
    "data: {format: digits, train_count: 2000, test_count: 500, validation: 0.1}\n"
    "model: [flatten, {linear: {out: 64}}, relu, {linear: {out: 10}}]\n"
    "train: {epochs: 8, batch: 32, checkpoint: {steps: 20}}\n";

static ad_status read_config(const char *file, ad_config **config)
{
    return file ? ad_config_read(file, NULL, 0, config)
                : ad_config_parse("digits", digits, strlen(digits), NULL, 0, config);
}

/* Goes on where the folder has a checkpoint, else begins. */
static ad_status open_run(const char *folder, ad_run_folder **run)
{
    ad_status status = ad_run_open(folder, AD_RUN_RESUME, run);
    return status != AD_OK && ad_run_why() == AD_RUN_NO_CHECKPOINT
               ? ad_run_open(folder, AD_RUN_NEW, run)
               : status;
}

/* A listener of one's own: says where each checkpoint lies. */
static bool say_stored(void *user, const ad_event *event)
{
    (void)user;
    if (event->kind == AD_EVENT_CHECKPOINT)
        printf("stored %s\n", event->path);
    return true;
}

static ad_status test(const ad_run_data *data, const ad_run_network *net)
{
    ad_run_measured m;
    ad_status status = ad_run_measure(net, data, data->test, NULL, NULL, &m);
    for (int i = 0; status == AD_OK && i < m.measures; i++)
        printf("test %s %.4g (%.4g to %.4g)\n", m.measured[i].name, m.measured[i].value,
               m.measured[i].low, m.measured[i].high);
    ad_run_measured_done(&m);
    return status;
}

static ad_status train(const ad_config *config, ad_run_folder *run)
{
    ad_run_data data = {0};
    ad_run_network net = {0};
    ad_run_result result;
    ad_listener bar = ad_listen_progress(STDERR_FILENO);
    ad_run_options options = {.config = config,
                              .data = &data,
                              .network = &net,
                              .run = run,
                              .listener = {bar, {.event = say_stored}}};
    ad_status status = ad_run_sources(config, &data);
    if (status == AD_OK)
        status = ad_run_build(config, &data, 0, &net);
    if (status == AD_OK)
        status = ad_run_train(&options, &result);
    if (status == AD_OK)
        status = test(&data, &net);
    ad_listener_free(&bar);
    ad_run_network_done(&net);
    ad_run_data_done(&data);
    return status;
}

int main(int count, char **arguments)
{
    const char *folder = count > 1 ? arguments[1] : "digits_run";
    ad_config *config = NULL;
    ad_run_folder *run = NULL;
    ad_status status = read_config(count > 2 ? arguments[2] : NULL, &config);
    if (status == AD_ERROR_UNSUPPORTED)
        return 77; /* built without libyaml */
    if (status == AD_OK)
        status = open_run(folder, &run);
    if (status == AD_OK)
        status = train(config, run);
    if (status != AD_OK)
        fputs(ad_kit_error(), stderr);
    ad_run_close(run);
    ad_config_free(config);
    return status == AD_OK ? 0 : 1;
}
