/* Every allocation of reading, writing and building a configuration, of schemas and of stored
 * models fails in its turn: AD_ERROR_MEMORY, nothing is lost and nothing is read that is not there.
 * malloc and its kin are wrapped by the linker. */
#include "test.h"

#include <adze/kit.h>
#include <adze/run.h>

#include <unistd.h>

#include "../kit/config.h"
#include "../kit/message.h"
#include "../kit/yaml.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
AD_API void *__wrap_malloc(size_t size);
AD_API void *__wrap_calloc(size_t count, size_t size);
AD_API void *__wrap_realloc(void *block, size_t size);
AD_API void __wrap_free(void *block);

static _Thread_local long calls, fail_at = -1, alive;
static _Thread_local bool failed, all_after;

static bool fails(void)
{
    long call = calls++;
    bool now = fail_at >= 0 && (call == fail_at || (all_after && call > fail_at));
    failed = failed || now;
    return now;
}

static void *count_block(void *block)
{
    alive += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : count_block(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : count_block(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    return block ? __real_realloc(block, size) : count_block(__real_malloc(size));
}

void __wrap_free(void *block)
{
    alive -= block != NULL;
    __real_free(block);
}

/* The address sanitizer makes each turn some times as long: it sees every fourth, others all. */
#ifdef __SANITIZE_ADDRESS__
enum { APART = 4 };
#else
enum { APART = 1 };
#endif

/* Once for each allocation that what makes, and then once as it is.  counted: all that it frees was
 * made through us; realpath has a malloc of its own, and the
 * library aligns its blocks. */
static void each_fails(const char *name, bool counted, ad_status (*what)(void))
{
    for (int turn = 0; turn < 2; turn++) {
        bool again = true;
        for (long n = 0; again && n < 20000; n += APART) {
            (void)message_no_memory();
            long before = alive;
            calls = 0, failed = false, fail_at = n, all_after = turn == 1;
            fflush(stdout);
            ad_status status = what();
            fail_at = -1;
            if (failed && status != AD_ERROR_MEMORY)
                TEST_FAILED("%s: allocation %ld fails, and the status is %d: %s", name, n, status,
                            ad_kit_error());
            if (!failed && status != AD_OK)
                TEST_FAILED("%s: %s", name, ad_kit_error());
            (void)message_no_memory();
            if (counted && alive != before)
                TEST_FAILED("%s: allocation %ld fails, and %ld blocks are left", name, n,
                            alive - before);
            again = failed;
        }
    }
}

static const char rich[] =
    "task: auto\n"
    "data: {csv: \"some where/a.csv\", target: [y], skip: [a, b], types: [\"a=number\"], test: "
    "b.csv, group: g}\n"
    "input: {mean: [0.1, 0.2, 0.3], std: 0.5}\n"
    "augment:\n  - flip\n  - crop: {padding: 4}\n"
    "blocks:\n"
    "  unit: {arguments: {width: 8, act: relu}, layers: [linear: {out: $width, name: u}, $act]}\n"
    "model:\n"
    "  - unit: {width: 6}\n"
    "  - residual: {layers: [linear: {out: 6}], shortcut: [linear: {out: 6}], name: r}\n"
    "  - branches: {join: concat, paths: [[linear: {out: 2}], []]}\n"
    "  - repeat: {times: 2, layers: [relu, linear: {out: 5}]}\n"
    "  - concat: {from: [r, other]}\n"
    "  - linear: {out: 2, name: last}\n"
    "train:\n  freeze: [u*, \"x\"]\n  optimizer: {method: sgd, momentum: 0.9}\n"
    "  schedule: {method: cosine}\n  loss: cross_entropy\n";

static const char *const settings[] = {"train.epochs=3", "data.csv=c.csv",
                                       "train.optimizer={method: adam, rate: 1e-3}"};

static ad_config *config;

static ad_status read_config(void)
{
    ad_config *c = NULL;
    ad_status status = ad_config_parse("rich.yaml", rich, strlen(rich), settings, 3, &c);
    ad_config_free(c);
    return status;
}

static ad_status write_config(void)
{
    char *text = ad_config_text(config, "/tmp");
    bool good = text && strstr(text, "keep: 3");
    free(text);
    return good ? AD_OK : AD_ERROR_MEMORY;
}

/* Mistakes of every kind: a report, or no memory. */
static ad_status report_mistakes(void)
{
    static const char text[] =
        "data: {csv: a, path: b, lol: 3, target: []}\n"
        "train: {epochs: 0, batch: x, loss: crossentropy, optimizer: adm, "
        "seed: [1]}\n"
        "blocks: {b: {layers: [$y]}, linear: 3}\n"
        "augment: [flop, crop: {padding: x}]\n"
        "model: [b, b: {z: 1}, lineer, linear: 5, residual: {}, linear: {out: "
        "0}, branches: {paths: []}]\n";
    ad_config *c = NULL;
    static const char *const set[] = {"nope=1", "train.epochs", "data.sqlite="};
    ad_status status = ad_config_parse("bad.yaml", text, strlen(text), set, 3, &c);
    ad_config_free(c);
    return status != AD_ERROR_FORMAT ? status : failed ? AD_ERROR_MEMORY : AD_OK;
}

static ad_status build_model(void)
{
    ad_context *context = ad_context_new(.threads = 1);
    ad_graph *g = context ? ad_graph_new(context) : NULL;
    ad_status status = g ? AD_OK : AD_ERROR_MEMORY;
    ad_tensor *y = NULL;
    if (g) {
        ad_dim batch = ad_open(g, "batch");
        ad_layers_input in[] = {
            {.name = "input", .tensor = ad_feed(g, "input", AD_F32, AD_SHAPE(batch, 4))},
            {.name = "other", .tensor = ad_feed(g, "other", AD_F32, AD_SHAPE(batch, 2))}};
        status = ad_layers_build(config, config->model, in, 2, &y);
    }
    ad_graph_free(g);
    ad_context_free(context);
    return status;
}

static const char schema_text[] = "schema 1\nreader csv\n"
                                  "field i32 class input 2 1 3 0\nname kind\nclass a b\nclass \n"
                                  "why two\nfield f64 number target 0 0 0 0\nname y\n"
                                  "own some\\0athing\nnotes one\\0atwo\n";

static ad_status read_schema(void)
{
    ad_schema *s = NULL;
    ad_status status = ad_schema_read(schema_text, sizeof schema_text - 1, &s);
    char *again = status == AD_OK ? ad_schema_text(s) : NULL;
    if (status == AD_OK && !again)
        status = AD_ERROR_MEMORY;
    CHECK(!again || strcmp(again, schema_text) == 0);
    free(again);
    ad_schema_free(s);
    return status;
}

static ad_status write_help(void)
{
    char *help = ad_config_help(), *schema = ad_config_schema();
    bool good = help && schema;
    free(help);
    free(schema);
    return good ? AD_OK : AD_ERROR_MEMORY;
}

TEST(configurations)
{
    (void)message_no_memory();
    each_fails("read", true, read_config);
    each_fails("write", false, write_config);
    each_fails("report", true, report_mistakes);
    each_fails("help", true, write_help);
}

TEST(models)
{
    each_fails("build", false, build_model);
}

TEST(schemas)
{
    each_fails("schema", true, read_schema);
}

/* Drawn sentences with tags, encoded word by word. */
static ad_status read_tags(void)
{
    static const char text[] = "task: tagging\n"
                               "data: {format: grammar, tags: true, train_count: 5, test_count: 2, "
                               "validation: 0}\n"
                               "text: {tokens: words}\n"
                               "model: [embedding: {width: 2}, linear]\n";
    ad_config *c = NULL;
    ad_run_data data = {0};
    ad_status status = ad_config_parse("tags.yaml", text, strlen(text), NULL, 0, &c);
    if (status == AD_OK)
        status = ad_run_sources(c, &data);
    ad_run_data_done(&data);
    ad_config_free(c);
    return status;
}

TEST(tags)
{
    each_fails("tags", false, read_tags);
}

int main(int count, char **arguments)
{
    if (!yaml_available()) {
        printf("skipped: built without libyaml\n");
        return 77;
    }
    if (ad_config_parse("rich.yaml", rich, strlen(rich), settings, 3, &config) != AD_OK) {
        printf("%s", ad_kit_error());
        return 1;
    }
    int code = test_main(count, arguments);
    ad_config_free(config);
    return code;
}
