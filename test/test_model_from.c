/* Trainings that begin with another program's weights: PyTorch's file by a map of names, with what
 * was taken, and the answers that PyTorch gives (golden/torch_weights.py). */
#include "test.h"

#include <adze/kit.h>

#include <unistd.h>

#include "../kit/run.h"
#include "../kit/yaml.h"

static char folder[] = "/tmp/adze-from-XXXXXX";

static const char text[] =
    "data: {format: digits, train_count: 20, test_count: 10}\n"
    "model: [{conv: {filters: 4, kernel: 3, padding: 1}}, batch_norm, relu, {max_pool: {window: "
    "7}},\n  {flatten: {order: channels_first}}, {linear: {out: 10}}]\n";

/* Chances of the image whose pixel i is 37 i mod 256, and of the next 784. */
static const double expected[2][10] = {
    {0.0384593122, 0.102085091, 0.0391912423, 0.332345814, 0.0423063114, 0.200417593, 0.0772101358,
     0.0467098989, 0.0162988734, 0.104975671},
    {0.0367365852, 0.100191355, 0.0380885825, 0.329045177, 0.0423555635, 0.208485007, 0.0758863464,
     0.0475716516, 0.0155708296, 0.106068887},
};

typedef struct job {
    ad_config *config;
    ad_run_data data;
    ad_run_network net;
    ad_run_result result;
    char said[4096];
    char weights[300], map[300];
} job;

static void begin(job *j)
{
    *j = (job){.config = NULL};
    bool good = ad_config_parse("job.yaml", text, strlen(text), NULL, 0, &j->config) == AD_OK &&
                ad_run_sources(j->config, &j->data) == AD_OK &&
                ad_run_build(j->config, &j->data, 1, &j->net) == AD_OK;
    CHECK(good);
    snprintf(j->weights, sizeof j->weights, "%s/golden/torch_weights.safetensors", ADZE_TEST_DIR);
    snprintf(j->map, sizeof j->map, "%s/map.txt", folder);
}

static void done(job *j)
{
    ad_run_network_done(&j->net);
    ad_run_data_done(&j->data);
    ad_config_free(j->config);
    remove(j->map);
}

static void write_map(const job *j, const char *words)
{
    FILE *f = fopen(j->map, "w");
    REQUIRE(f);
    fputs(words, f);
    fclose(f);
}

static void note(void *user, const char *variable, const char *tensor, const char *what)
{
    job *j = user;
    size_t size = strlen(j->said);
    snprintf(j->said + size, sizeof j->said - size, "%s<%s:%s\n", variable ? variable : "",
             tensor ? tensor : "", what);
}

static ad_status take(job *j, const char *from, const char *match, bool names)
{
    const ad_run_options o = {.config = j->config,
                              .data = &j->data,
                              .network = &j->net,
                              .from = from,
                              .match = match,
                              .names = names ? j->map : NULL,
                              .weight = note,
                              .weight_user = j};
    j->said[0] = 0;
    return run_begin_from(&o, &j->result);
}

static void check_answers(const job *j)
{
    static uint8_t pixel[2 * 784];
    ad_array out = {0};
    for (int i = 0; i < 2 * 784; i++)
        pixel[i] = (uint8_t)(i * 37 % 256);
    ad_program *p =
        ad_compile(j->net.state, .fetch = {j->net.prediction}, .feed = {j->net.input[0]});
    CHECK(p);
    ad_array in = ad_u8(pixel, AD_SHAPE(2, 28, 28, 1));
    CHECK_EQ(ad_run(p, &in, &out), AD_OK);
    for (int i = 0; i < 20 && out.data; i++)
        CHECK_CLOSE(ad_array_item(&out, i), expected[i / 10][i % 10], 1e-6);
    ad_program_free(p);
}

TEST(weights_of_pytorch_by_their_names)
{
    job j;
    begin(&j);
    write_map(&j, "# theirs        ours\n"
                  "features.0.*     conv1.*\n\n"
                  "features.1.*\tbatch_norm1.*   # with its running statistics\n"
                  "classifier.1.weight linear1.weight\n"
                  "classifier.1.bias linear1.bias\n");
    CHECK_EQ(take(&j, j.weights, NULL, true), AD_OK);
    CHECK_EQ(j.result.taken, 8);
    CHECK_EQ(j.result.made, 0);
    CHECK_CONTAINS(j.said, "conv1.weight<features.0.weight:taken\n");
    CHECK_CONTAINS(j.said, "batch_norm1.running_var<features.1.running_var:taken\n");
    CHECK_CONTAINS(j.said, "linear1.bias<classifier.1.bias:converted\n");
    CHECK_CONTAINS(j.said, "<features.1.num_batches_tracked:left\n");
    check_answers(&j);
    done(&j);
}

TEST(what_is_not_there_is_made_anew)
{
    job j;
    begin(&j);
    write_map(&j, "features.0.* conv1.*\nfeatures.9.* batch_norm1.*\nfeatures.0.* linear1.*\n");
    CHECK_EQ(take(&j, j.weights, NULL, true), AD_OK);
    CHECK_EQ(j.result.taken, 2);
    CHECK_EQ(j.result.made, 6);
    CHECK_CONTAINS(j.said, "batch_norm1.weight<:not in the file\n");
    CHECK_CONTAINS(j.said, "linear1.weight<:");
    CHECK_CONTAINS(j.said, "<classifier.1.weight:left\n");
    CHECK_EQ(take(&j, j.weights, "conv1.*", true), AD_OK);
    CHECK_EQ(j.result.taken, 2);
    CHECK(!strstr(j.said, "linear1"));
    done(&j);
}

static void check_refused(job *j, const char *map, const char *words)
{
    write_map(j, map);
    CHECK(take(j, j->weights, NULL, true) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), words);
}

TEST(maps_that_are_none)
{
    job j;
    begin(&j);
    check_refused(&j, "a conv1.weight\nfeatures.0.weight\n", "map.txt:2:1: no pair of names");
    check_refused(&j, "a b c\n", "map.txt:1:1: no pair of names");
    check_refused(&j, "features.*.* conv1.*\n", "differ in their number of *");
    check_refused(&j, "features.0.* convolution.*\n",
                  "map.txt:1:14: no variable is called 'convolution.*'");
    check_refused(&j, "nothing.weight conv1.weight\n", "");
    remove(j.map);
    CHECK(take(&j, j.weights, NULL, true) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "map.txt");
    CHECK(take(&j, "/nowhere/at.safetensors", NULL, false) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "/nowhere/at.safetensors");
    CHECK(take(&j, j.weights, NULL, false) != AD_OK); /* no name is ours */
    done(&j);
}

TEST(nothing_is_left_behind)
{
    CHECK_EQ(rmdir(folder), 0);
}

int main(int count, char **arguments)
{
    if (!yaml_available()) {
        printf("skipped: built without libyaml\n");
        return 77;
    }
    return mkdtemp(folder) ? test_main(count, arguments) : 1;
}
