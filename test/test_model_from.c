/* Trainings that begin with another program's weights: PyTorch's file by a map of names, with what
 * was taken, and the answers that PyTorch gives (golden/torch_weights.py). */
#include "test.h"

#include <adze/kit.h>

#include <unistd.h>

#include "../kit/name_join.h"
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

/* ---------------------------------------------------------------- a BERT of Hugging Face */

enum { BERT_TEXTS = 2, BERT_TIME = 6, BERT_WIDTH = 16 };

static const char bert_map[] =
    "embeddings.word_embeddings.weight tokens.weight\n"
    "embeddings.position_embeddings.weight positions.weight\n"
    "embeddings.token_type_embeddings.weight segments.weight\n"
    "embeddings.LayerNorm.* norm.*\n"
    "encoder.layer.*.attention.self.{query,key,value}.* layers.*.self_attn.in_proj_*\n"
    "encoder.layer.*.attention.output.dense.* layers.*.self_attn.out_proj.*\n"
    "encoder.layer.*.attention.output.LayerNorm.* layers.*.norm1.*\n"
    "encoder.layer.*.intermediate.dense.* layers.*.linear1.*\n"
    "encoder.layer.*.output.dense.* layers.*.linear2.*\n"
    "encoder.layer.*.output.LayerNorm.* layers.*.norm2.*\n"
    "pooler.dense.* pooler.*\n";

/* As the paper has it, layer norms behind each sum; hidden states, and what the pooler makes. */
static void build_bert(ad_tensor *token, ad_tensor *segment, ad_tensor *length, ad_tensor *out[2])
{
    ad_tensor *x = ad_embedding(token, .count = 30, .width = BERT_WIDTH, .name = "tokens");
    x = ad_add(x, ad_embedding(segment, .count = 2, .width = BERT_WIDTH, .name = "segments"));
    x = ad_positions(x, .count = 8, .name = "positions");
    x = ad_layer_norm(x, .epsilon = 1e-12, .name = "norm");
    for (int i = 0; i < 2; i++)
        x = ad_transformer(x, .heads = 2, .width = 24, .norm_after = true, .epsilon = 1e-12,
                           .length = length, .name = i ? "layers.1" : "layers.0");
    ad_tensor *first = ad_pool_time(x, .how = AD_OVER_FIRST);
    out[0] = x;
    out[1] = ad_tanh(ad_linear(first, .out = BERT_WIDTH, .name = "pooler"));
}

typedef struct bert {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_tensor *feed[3], *out[2];
    name_map map;
    ad_load_report report;
    char map_path[300], weights[300];
    char said[8192];
} bert;

static void note_bert(void *user, const char *variable, const char *tensor, const char *what)
{
    bert *b = user;
    size_t size = strlen(b->said);
    snprintf(b->said + size, sizeof b->said - size, "%s<%s:%s\n", variable ? variable : "",
             tensor ? tensor : "", what);
}

static void bert_open(bert *b)
{
    static const char *const names[] = {"token", "segment", "length"};
    *b = (bert){.report = {.each = note_bert, .user = b}};
    b->context = ad_context_new(.threads = 1);
    b->graph = ad_graph_new(b->context);
    for (int i = 0; i < 3; i++)
        b->feed[i] = ad_feed(b->graph, names[i], AD_I32,
                             i < 2 ? AD_SHAPE(BERT_TEXTS, BERT_TIME) : AD_SHAPE(BERT_TEXTS));
    build_bert(b->feed[0], b->feed[1], b->feed[2], b->out);
    b->state = ad_state_new(b->graph, 1);
    REQUIRE(b->state);
    snprintf(b->map_path, sizeof b->map_path, "%s/bert.map", folder);
    snprintf(b->weights, sizeof b->weights, "%s/golden/bert_hf.safetensors", ADZE_TEST_DIR);
}

static ad_status bert_load(bert *b, const char *map, const char *match)
{
    FILE *f = fopen(b->map_path, "w");
    if (!f)
        return AD_ERROR_FILE;
    fputs(map, f);
    fclose(f);
    name_map_done(&b->map);
    b->said[0] = 0;
    ad_status status = name_map_read(b->map_path, b->graph, &b->map);
    remove(b->map_path);
    return status != AD_OK
               ? status
               : name_join_load(b->state, b->graph, b->weights, &b->map,
                                &AD_OPTIONS(ad_file_options, .weights_only = true,
                                            .names = b->map.pair, .convert = true, .match = match,
                                            .partial = true, .report = &b->report));
}

static void bert_close(bert *b)
{
    name_map_done(&b->map);
    ad_state_free(b->state);
    ad_graph_free(b->graph);
    ad_context_free(b->context);
}

static bool bert_golden(FILE *file, const char *name, double *list, int count)
{
    char line[64];
    int written = 0, number = 0;
    rewind(file);
    while (fscanf(file, "%63s", line) == 1 && strcmp(line, name) != 0)
        continue;
    bool good = fscanf(file, "%d", &written) == 1 && written == count;
    while (good && number < count && fscanf(file, "%lf", &list[number]) == 1)
        number++;
    return number == count;
}

static void check_bert(const bert *b)
{
    static const int32_t token[] = {2, 7, 11, 29, 5, 3, 2, 13, 8, 3, 0, 0},
                         segment[] = {0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0}, length[] = {6, 4};
    enum { HIDDEN = BERT_TEXTS * BERT_TIME * BERT_WIDTH, POOLED = BERT_TEXTS * BERT_WIDTH };
    static double hidden[HIDDEN], pooled[POOLED];
    FILE *file = fopen(ADZE_TEST_DIR "/golden/bert_hf.txt", "r");
    REQUIRE(file);
    CHECK(bert_golden(file, "hidden", hidden, HIDDEN));
    CHECK(bert_golden(file, "pooled", pooled, POOLED));
    fclose(file);
    ad_program *p = ad_compile(b->state, .fetch = {b->out[0], b->out[1]},
                               .feed = {b->feed[0], b->feed[1], b->feed[2]});
    ad_array in[] = {ad_i32(token, AD_SHAPE(2, 6)), ad_i32(segment, AD_SHAPE(2, 6)),
                     ad_i32(length, AD_SHAPE(2))},
             out[2] = {{0}};
    REQUIRE(p && ad_run(p, in, out) == AD_OK);
    for (int i = 0; i < HIDDEN; i++)
        if (i / BERT_WIDTH % BERT_TIME < length[i / BERT_WIDTH / BERT_TIME])
            CHECK_CLOSE(ad_array_item(&out[0], i), hidden[i], 1e-5);
    for (int i = 0; i < POOLED; i++)
        CHECK_CLOSE(ad_array_item(&out[1], i), pooled[i], 1e-5);
    ad_program_free(p);
}

TEST(bert_of_hugging_face)
{
    bert b;
    bert_open(&b);
    CHECK_EQ(bert_load(&b, bert_map, NULL), AD_OK);
    CHECK_EQ(b.report.taken, ad_variable_count(b.graph));
    CHECK_EQ(b.report.missing, 0);
    CHECK_EQ(b.report.left, 0);
    CHECK_CONTAINS(b.said, "layers.1.self_attn.in_proj_bias<encoder.layer.1.attention.self."
                           "{query,key,value}.bias:taken\n");
    check_bert(&b);
    bert_close(&b);
}

/* A part that is not there, parts of another size, and variables that are not asked for. */
TEST(tensors_that_make_no_variable)
{
    bert b;
    bert_open(&b);
    CHECK_EQ(bert_load(&b,
                       "pooler.dense.* pooler.*\n"
                       "encoder.layer.*.attention.self.{query,keys,value}.* "
                       "layers.*.self_attn.in_proj_*\n",
                       NULL),
             AD_OK);
    CHECK_EQ(b.report.taken, 2);
    CHECK_CONTAINS(b.said, "layers.0.self_attn.in_proj_weight<:not in the file\n");
    CHECK_CONTAINS(b.said, "<encoder.layer.0.attention.self.query.bias:left\n");
    /* layers that are counted from another number; there is none before the first */
    CHECK_EQ(bert_load(&b, "encoder.layer.*-1.output.LayerNorm.* layers.*.norm2.*\n", NULL), AD_OK);
    CHECK_EQ(b.report.taken, 2);
    CHECK_CONTAINS(b.said, "layers.1.norm2.weight<encoder.layer.0.output.LayerNorm.weight:taken\n");
    CHECK_CONTAINS(b.said, "layers.0.norm2.weight<:not in the file\n");
    CHECK_EQ(bert_load(&b,
                       "pooler.dense.{weight,bias} layers.0.self_attn.in_proj_weight\n"
                       "pooler.dense.* pooler.*\n",
                       NULL),
             AD_OK);
    CHECK_EQ(b.report.taken, 2);
    CHECK_EQ(bert_load(&b, bert_map, "*.norm1.*"), AD_OK);
    CHECK_EQ(b.report.taken, 4);
    CHECK(!strstr(b.said, "in_proj_weight"));
    bert_close(&b);
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
