/* A series is forecast: sums of sines that are drawn, a day long, with a trend and noise.  The
 * network has to beat the value of one day before, outside the interval of the difference. */
#include <adze/run.h>

#include <stdio.h>
#include <string.h>

static const char file[] =
    "task: forecast\n"
    "data: {format: waves, count: 2000, channels: 2, test_share: 0.2, validation: 0.1}\n"
    "forecast: {window: 48, horizon: 6, targets: x1, known: [time.hour]}\n"
    "model:\n"
    "  - branches:\n"
    "      join: add\n"
    "      paths:\n"
    "        - [flatten, linear: {out: 6}]\n"
    "        - [gru: {width: 16, outputs: last}, linear: {out: 6}]\n"
    "train: {epochs: 20, batch: 32, optimizer: {method: adam, rate: 2e-3}}\n";

/* 1 where the network is better than the value of one day before. */
static int compare(const ad_run_network *n, const ad_run_data *data)
{
    ad_run_measured m;
    ad_baselines b;
    if (ad_run_measure(n, data, data->test, NULL, NULL, &m) != AD_OK ||
        ad_run_baselines(n, data, data->test, &m, 0, &b) != AD_OK)
        return 0;
    printf("of %lld windows: %s %.4f\n", (long long)m.count, m.measured[1].name,
           m.measured[1].value);
    int better = 0;
    for (int i = 0; i < b.count; i++) {
        printf("%-8s %.4f%s\n", b.list[i].name, b.list[i].measured[0].value,
               b.list[i].beaten ? "" : "  not beaten");
        better = better || (strcmp(b.list[i].name, "seasonal") == 0 && b.list[i].beaten);
    }
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
        ad_config_parse("waves", file, strlen(file), NULL, 0, &config) == AD_OK &&
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
