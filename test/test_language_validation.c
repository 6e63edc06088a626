/* The validation loss of tasks over time is that of an evaluation: a mean over tokens. */
#define _XOPEN_SOURCE 700

#include "configuration_main.h"
#include "picture_files.h"

#include <adze/run.h>

#include "kit/yaml.h"

enum { SHORT = 500, LONG = 20, WORDS = 30 };

/* Sentences of one word, a batch of them, and then a few long ones whose tags are all otherwise. */
static void write_files(void)
{
    static char text[65536];
    text[0] = 0;
    for (int i = 0; i < 40; i++)
        strcat(text, i % 4 ? "a\tA\n\n" : "b\tB\n\n");
    write_file("train.txt", text, strlen(text));
    text[0] = 0;
    for (int i = 0; i < SHORT; i++)
        strcat(text, "a\tA\n\n");
    for (int i = 0; i < LONG; i++) {
        for (int k = 0; k < WORDS; k++)
            strcat(text, k % 3 ? "a\tB\n" : "b\tA\n");
        strcat(text, "\n");
    }
    write_file("valid.txt", text, strlen(text));
}

static double loss_of(const ad_run_network *n, const ad_run_data *data, ad_source *whole,
                      int64_t first, int64_t count)
{
    int64_t number[SHORT + LONG];
    ad_run_measured r;
    for (int64_t i = 0; i < count; i++)
        number[i] = first + i;
    ad_source *part = ad_source_part(whole, number, count);
    CHECK(part != NULL);
    CHECK_EQ(ad_run_measure(n, data, part, NULL, NULL, &r), AD_OK);
    double loss = r.measured[0].value;
    ad_run_measured_done(&r);
    ad_source_free(part);
    return loss;
}

TEST(batches_weigh_by_their_tokens)
{
    static const char text[] =
        "task: tagging\ndata: {format: text, path: train.txt, valid: valid.txt, form: tagged}\n"
        "text: {tokens: words}\nmodel: [embedding: {width: 4}, linear]\n"
        "train: {epochs: 2, batch: 8, optimizer: {method: adam, rate: 0.05}}\n";
    ad_config *c = NULL;
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_run_result result = {0};
    write_files();
    if (ad_config_parse(scratch("c.yaml"), text, strlen(text), NULL, 0, &c) != AD_OK ||
        ad_run_sources(c, &data) != AD_OK || ad_run_build(c, &data, 1, &n) != AD_OK ||
        ad_run_train(&(ad_run_options){.config = c, .data = &data, .network = &n}, &result) !=
            AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    REQUIRE(data.validation);
    CHECK_EQ(ad_source_count(data.validation), SHORT + LONG);
    double easy = loss_of(&n, &data, data.validation, 0, SHORT),
           hard = loss_of(&n, &data, data.validation, SHORT, LONG);
    double tokens = (SHORT * easy + LONG * WORDS * hard) / (SHORT + LONG * WORDS);
    double examples = (SHORT * easy + LONG * hard) / (SHORT + LONG);
    CHECK(hard - easy > 0.1);
    CHECK(tokens - examples > 0.05); /* the other weights would be seen */
    CHECK_CLOSE(result.best, tokens, 1e-6);
    CHECK_CLOSE(result.best, loss_of(&n, &data, data.validation, 0, SHORT + LONG), 1e-6);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    ad_config_free(c);
}

TEST_MAIN_OF_CONFIGURATIONS()
