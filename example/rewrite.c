/* A text becomes another: words that are drawn, from their end to their begin.  Two GRUs with
 * attention learn it from pairs, are stored, and write words that they have not seen.
 *
 * usage: rewrite [FOLDER]   where the run is kept */
#include <adze/run.h>

#include <stdio.h>
#include <string.h>

static const char file[] =
    "task: sequence_to_sequence\n"
    "data: {format: copy, form: reverse, letters: 8, longest: 6, train_count: 8000}\n"
    "text: {tokens: characters}\n"
    "model:\n"
    "  [{embedding: {width: 16}}, {gru: {width: 48, name: reader}},\n"
    "   {embedding: {width: 16, from: written}}, {gru: {width: 48, start: reader, name: writer}},\n"
    "   {attention: {heads: 1, to: reader, name: seen}}, {concat: {from: [writer, seen]}}, "
    "linear]\n"
    "train: {epochs: 5, optimizer: {method: adam, rate: 5e-3}}\n";

static ad_status write_some(const char *folder, ad_source *words)
{
    enum { COUNT = 5 };
    ad_model *model;
    ad_rewritten list[COUNT];
    ad_status status = ad_model_load(folder, &model);
    if (status == AD_OK)
        status = ad_model_rewrite(model, words, 0, COUNT, &(ad_rewrite_options){.beam = 2}, list);
    for (int i = 0; i < COUNT && status == AD_OK; i++)
        printf("%s  %.4f\n", list[i].text, list[i].score);
    if (status == AD_OK)
        ad_rewritten_done(list, COUNT);
    ad_model_free(model);
    return status;
}

int main(int count, char **arguments)
{
    const char *folder = count > 1 ? arguments[1] : "rewrite_run";
    ad_config *config = NULL;
    ad_run_folder *run = NULL;
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_run_result result;
    ad_run_options o = {.data = &data, .network = &n};
    bool good = ad_config_parse("words", file, strlen(file), NULL, 0, &config) == AD_OK &&
                ad_run_sources(config, &data) == AD_OK &&
                ad_run_build(config, &data, 0, &n) == AD_OK &&
                ad_run_open(folder, AD_RUN_OVER, &run) == AD_OK;
    o.config = config, o.run = run;
    good = good && ad_run_train(&o, &result) == AD_OK && write_some(folder, data.test) == AD_OK;
    if (!good)
        fputs(ad_kit_error(), stderr);
    ad_run_close(run);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    ad_config_free(config);
    return !good;
}
