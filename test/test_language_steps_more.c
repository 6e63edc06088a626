/* Texts written token after token by a cache of keys and values: chances are those of the whole
 * window bit for bit, and so are the texts. */
#include "configuration_main.h"
#include "job.h"
#include "scratch.h"
#include "test.h"

#include "../kit/run.h"

static void write_corpus(void)
{
    FILE *f = fopen(scratch("corpus.txt"), "w");
    for (int i = 0; f && i < 3000; i++)
        fputc(i % 67 == 66 ? '\n' : 'a' + (i * i / 7 + i) % 19, f);
    if (f)
        fclose(f);
}

/* Trains a few steps and loads what was stored. */
static ad_model *trained(const char *name, const char *model)
{
    job j = {.config = NULL};
    char text[1200];
    ad_model *m = NULL;
    snprintf(text, sizeof text,
             "task: language_model\ndata: {format: text, path: corpus.txt, form: corpus, "
             "validation: 0.2, test_share: 0, piece: 64}\ntext: {tokens: characters}\n"
             "language: {length: 40}\nmodel: [%s]\ntrain: {steps: 3, batch: 4}\n",
             model);
    bool good =
        ad_config_parse(scratch("a.yaml"), text, strlen(text), NULL, 0, &j.config) == AD_OK &&
        ad_run_sources(j.config, &j.data) == AD_OK &&
        ad_run_build(j.config, &j.data, 2, &j.net) == AD_OK &&
        ad_run_open(scratch(name), AD_RUN_NEW, &j.run) == AD_OK;
    ad_run_options o = {.config = j.config, .data = &j.data, .network = &j.net, .run = j.run};
    good = good && ad_run_train(&o, &j.result) == AD_OK;
    done(&j);
    if (!good || ad_model_load(scratch(name), &m) != AD_OK)
        TEST_FAILED("%s: %s%s", model, ad_kit_error(), ad_error());
    return m;
}

static const char *const models[] = {
    "embedding: {width: 16, name: letters}, positions, repeat: {times: 2, layers: [transformer: "
    "{heads: 2, causal: true}]}, layer_norm, linear: {tied: letters, bias: false}",
    "embedding: {width: 16}, llama: {heads: 4, kv_heads: 2}, linear",
    "embedding: {width: 16}, positions: {waves: true}, residual: {layers: [attention: {heads: 4, "
    "causal: true}]}, relu, linear",
};

/* Every beginning of a series, then another that shares some of it. */
static void check_chances(ad_model *m)
{
    int64_t classes = ad_model_width(m), window = ad_model_about(m)->window;
    int32_t token[64];
    float chance[64];
    REQUIRE(window == 40 && classes <= 64);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = turn ? 9 * turn : 0; i < window; i++)
            token[i] = (int32_t)((i * (7 + turn) + turn) % classes);
        for (int64_t n = turn ? 5 : 1; n <= window; n += turn ? 11 : 1) {
            const float *whole;
            CHECK(model_run_tokens(m, token, n, chance) == AD_OK);
            CHECK(model_run_steps(m, token, n, &whole) == AD_OK);
            if (memcmp(chance, whole + (n - 1) * classes, (size_t)classes * sizeof *chance) != 0)
                TEST_FAILED("chances behind %d tokens are others", (int)n);
        }
    }
}

TEST(chances_are_those_of_the_whole_window)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char name[16];
        snprintf(name, sizeof name, "run%d", (int)i);
        ad_model *m = trained(name, models[i]);
        if (!m)
            continue;
        if (!ad_model_about(m)->step)
            TEST_FAILED("%s has no graph of one token", models[i]);
        check_chances(m);
        CHECK(model_is_stepping(m));
        ad_model_free(m);
    }
}

/* Longer than the window, from a start that is longer too, and from none. */
TEST(texts_are_the_same)
{
    static const char *const starts[] = {NULL, "abc",
                                         "abcdefghijklmnopqrsabcdefghijklmnopqrsabcdefghijklmn"};
    ad_model *stepping = trained("one", models[0]), *plain = NULL;
    REQUIRE(stepping && ad_model_load(scratch("one"), &plain) == AD_OK);
    ad_run_data *about = (ad_run_data *)(uintptr_t)ad_model_about(plain);
    free(about->step);
    about->step = NULL;
    for (int i = 0; i < 3; i++) {
        char *a = NULL, *b = NULL;
        ad_write_options o = {.start = starts[i], .length = 90, .temperature = 1, .seed = 4};
        CHECK(ad_model_write(stepping, &o, &a) == AD_OK);
        CHECK(ad_model_write(plain, &o, &b) == AD_OK);
        CHECK_STREQ(a ? a : "a", b ? b : "b");
        free(a);
        free(b);
    }
    ad_model_free(stepping);
    ad_model_free(plain);
}

/* A state would be lost, what is seen of later tokens too. */
TEST(other_layers_have_none)
{
    static const char *const others[] = {
        "embedding: {width: 8}, gru: {width: 8}, linear",
        "embedding: {width: 8}, transformer: {heads: 2, causal: true}, lstm: {width: 8}, linear",
        "embedding: {width: 8}, linear"};
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "other%d", i);
        ad_model *m = trained(name, others[i]);
        CHECK(m && !ad_model_about(m)->step);
        ad_model_free(m);
    }
}

TEST_MAIN_OF_CONFIGURATIONS(write_corpus())
