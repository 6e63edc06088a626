/* A tagger: words of drawn sentences and their parts of speech.  The network has to beat the tag
 * that each word usually has, and says what it takes the words of a sentence for.
 *
 * usage: tagger */
#include <adze/run.h>

#include <stdio.h>
#include <string.h>

static const char file[] = "task: tagging\n"
                           "data: {format: grammar, tags: true, validation: 0.1}\n"
                           "text: {tokens: words}\n"
                           "model: [embedding: {width: 16}, gru: {width: 16, both: true}, linear]\n"
                           "train: {epochs: 3, batch: 32, optimizer: {method: adam, rate: 0.01}}\n";

/* 1 where the network is better than the usual tag of each word. */
static int compare(const ad_run_network *n, const ad_run_data *data)
{
    ad_run_measured m;
    ad_baselines b;
    if (ad_run_measure(n, data, data->test, NULL, NULL, &m) != AD_OK ||
        ad_run_baselines(n, data, data->test, &m, 0, &b) != AD_OK)
        return 0;
    printf("of %lld sentences: accuracy %.4f; %s %.4f\n", (long long)m.count, m.measured[1].value,
           b.list[0].name, b.list[0].measured[0].value);
    int better = b.list[0].beaten;
    ad_run_measured_done(&m);
    return better;
}

int main(void)
{
    ad_config *config = NULL;
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_run_result result;
    bool good =
        ad_config_parse("tagger", file, strlen(file), NULL, 0, &config) == AD_OK &&
        ad_run_sources(config, &data) == AD_OK && ad_run_build(config, &data, 0, &n) == AD_OK &&
        ad_run_train(&(ad_run_options){.config = config, .data = &data, .network = &n}, &result) ==
            AD_OK;
    if (!good)
        fputs(ad_kit_error(), stderr);
    int better = good && compare(&n, &data);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    ad_config_free(config);
    return !better;
}
