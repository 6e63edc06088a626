/* adze trace: what it writes is what ad_run gives of the same network, and its mistakes are told.
 */
#include "test.h"

#include <adze/look.h>

#include <stdlib.h>

#include "configuration_main.h"
#include "job.h"
#include "scratch.h"

enum { ROWS = 40, INPUTS = 6 };

static void write_tables(void)
{
    FILE *f = fopen(scratch("t.csv"), "w");
    uint64_t key[2] = {3, 4};
    for (int k = 0; f && k < INPUTS; k++)
        fprintf(f, "x%d,", k);
    fprintf(f, "y\n");
    for (int i = 0; f && i < ROWS; i++) {
        for (int k = 0; k < INPUTS; k++)
            fprintf(f, "%.3f,", ad_normal_at(key, (uint32_t)(i * INPUTS + k)));
        fprintf(f, "%.3f\n", 5 + ad_normal_at(key, (uint32_t)(9000 + i)));
    }
    if (f)
        fclose(f);
}

static bool begin(job *j, const char *model, const char *train)
{
    static char text[2000];
    snprintf(text, sizeof text,
             "data: {csv: t.csv, target: y, test_share: 0.1}\nmodel: %s\ntrain: {batch: 8%s}\n",
             model, train);
    *j = (job){.config = NULL};
    return ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
           ad_run_sources(j->config, &j->data) == AD_OK &&
           ad_run_build(j->config, &j->data, 1, &j->net) == AD_OK;
}

#define MODEL                                                                              \
    "[linear: {out: 4, name: a}, batch_norm: {name: n}, tanh, repeat: {times: 2, layers: " \
    "[linear: {out: 4}, relu]}, linear: {out: 1, name: b}]"

/* ---------------------------------------------------------------- reading it */

static char *content;
static size_t content_size;

static bool read_all(const char *path)
{
    FILE *f = fopen(path, "rb");
    free(content);
    content = NULL;
    if (!f)
        return false;
    fseek(f, 0, SEEK_END);
    content_size = (size_t)ftell(f);
    rewind(f);
    content = calloc(content_size + 1, 1);
    bool good = content && fread(content, 1, content_size, f) == content_size;
    fclose(f);
    return good && content_size > 8 && content[8] == '{';
}

static size_t header_size(void)
{
    uint64_t size;
    memcpy(&size, content, sizeof size);
    return 8 + (size_t)size;
}

/* The numbers of that name; NULL where there are none. */
static const void *numbers(const char *name, size_t *bytes)
{
    char key[100];
    unsigned long from, to;
    snprintf(key, sizeof key, "\"%s\": {", name);
    const char *at = strstr(content + 8, key);
    at = at ? strstr(at, "\"data_offsets\": [") : NULL;
    if (!at || sscanf(at, "\"data_offsets\": [%lu, %lu]", &from, &to) != 2)
        return NULL;
    *bytes = to - from;
    return content + header_size() + from;
}

static double number(const char *name, int64_t i)
{
    size_t bytes;
    const void *at = numbers(name, &bytes);
    float x;
    if (!at || (size_t)(i + 1) * sizeof x > bytes)
        return (double)NAN;
    memcpy(&x, (const char *)at + (size_t)i * sizeof x, sizeof x);
    return x;
}

static bool says(const char *words)
{
    return strstr(content + 8, words) != NULL;
}

/* ---------------------------------------------------------------- the same by ad_run */

enum { COUNT = 5, FIRST = 3 };

/* Rows FIRST to FIRST + COUNT - 1 of the training part, input and target. */
static void rows_of(const job *j, float *x, float *y)
{
    int64_t number_of[COUNT];
    ad_batch batch;
    for (int i = 0; i < COUNT; i++)
        number_of[i] = FIRST + i;
    ad_source *part = ad_source_part(j->data.train, number_of, COUNT);
    ad_batches *b = ad_batches_new(part, .size = COUNT, .order = AD_ORDER_AS_IS, .threads = 0);
    REQUIRE(b && ad_batches_next(b, &batch) == AD_OK);
    memcpy(x, batch.array[ad_source_find(part, "input")].data, COUNT * INPUTS * sizeof *x);
    memcpy(y, batch.array[ad_source_find(part, "target")].data, COUNT * sizeof *y);
    ad_batches_free(b);
    ad_source_free(part);
}

static void check_same(const char *name, const ad_array *value)
{
    size_t bytes = 0;
    const void *at = numbers(name, &bytes);
    CHECK(at && bytes == ad_array_bytes(value) && memcmp(at, value->data, bytes) == 0);
    if (!at)
        TEST_FAILED("no %s", name);
}

TEST(values_are_those_of_runs)
{
    job j;
    float x[COUNT * INPUTS], y[COUNT];
    ad_run_trace_result r;
    char path[300];
    snprintf(path, sizeof path, "%s", scratch("one.safetensors"));
    REQUIRE(begin(&j, MODEL, ", optimizer: {method: adamw, rate: 0.01}"));
    CHECK_OK(
        ad_run_trace(j.config, &j.data,
                     &(ad_run_trace_options){
                         .out = path, .first = FIRST, .count = COUNT, .steps = 2, .threads = 1},
                     &r));
    REQUIRE(read_all(path));
    rows_of(&j, x, y);
    CHECK_EQ(r.count, COUNT);
    CHECK_EQ(r.layers, 8);
    CHECK_EQ(r.gradients, 10);
    CHECK(!r.random && says("\"rows\": \"4 8\"") && says("\"random\": \"no\""));
    CHECK(says("a linear 2\\u000an batch_norm 2\\u000atanh1 tanh 2\\u000alinear1 linear 2\\u000a"
               "relu1 relu 2\\u000alinear2 linear 2\\u000arelu2 relu 2\\u000ab linear 2"));

    ad_graph *g = j.net.graph;
    ad_tensor *feed[] = {j.net.input[0], j.net.target};
    ad_array in[] = {ad_f32(x, AD_SHAPE(COUNT, INPUTS)), ad_f32(y, AD_SHAPE(COUNT, 1))};
    ad_array out[2] = {{0}};
    ad_program *p = ad_compile(j.net.state, .fetch = {j.net.prediction, j.net.loss},
                               .feed_list = feed, .feed_count = 2);
    REQUIRE(p && ad_run(p, in, out) == AD_OK);
    check_same("input/input", &in[0]);
    check_same("eval/prediction", &out[0]);
    check_same("eval/loss", &out[1]);
    ad_program_free(p);

    ad_tensor *weight = ad_find(g, "a.weight"), *gradient;
    ad_array value = {0};
    REQUIRE(weight && ad_get(j.net.state, weight, &value) == AD_OK);
    check_same("weight/a.weight", &value);
    ad_state *other = ad_state_clone(j.net.state);
    ad_gradient(j.net.loss, &weight, 1, &gradient);
    memset(out, 0, sizeof out);
    p = ad_compile(other, .fetch = {j.net.loss, gradient}, .feed_list = feed, .feed_count = 2,
                   .training = true);
    REQUIRE(p && ad_run(p, in, out) == AD_OK);
    check_same("train/loss", &out[0]);
    check_same("gradient/a.weight", &out[1]);
    CHECK(fabs(r.loss_training - ad_array_item(&out[0], 0)) == 0);
    ad_program_free(p);
    ad_state_free(other);

    p = ad_compile(j.net.state, .fetch = {j.net.player[0].step}, .feed_list = feed, .feed_count = 2,
                   .training = true);
    for (int i = 0; i < 2; i++) {
        memset(out, 0, sizeof out);
        REQUIRE(p && ad_run(p, in, out) == AD_OK);
    }
    ad_program_free(p);
    const char *after[] = {"a.weight", "b.bias", "n.running_mean"};
    for (int i = 0; i < 3; i++) {
        char name[60];
        snprintf(name, sizeof name, "after/%s", after[i]);
        REQUIRE(ad_get(j.net.state, ad_find(g, after[i]), &value) == AD_OK);
        check_same(name, &value);
    }
    done(&j);
}

/* By the formula, in double, of the numbers in the file. */
TEST(layers_follow_from_each_other)
{
    job j;
    ad_run_trace_result r;
    REQUIRE(begin(&j, "[linear: {out: 3, name: a}, relu, linear: {out: 1, name: b}]", ""));
    CHECK_OK(ad_run_trace(j.config, &j.data,
                          &(ad_run_trace_options){.out = scratch("f.safetensors"), .count = 2},
                          &r));
    REQUIRE(read_all(scratch("f.safetensors")));
    double loss = 0;
    for (int row = 0; row < 2; row++) {
        double y = number("weight/b.bias", 0);
        for (int o = 0; o < 3; o++) {
            double sum = number("weight/a.bias", o);
            for (int i = 0; i < INPUTS; i++)
                sum += number("weight/a.weight", o * INPUTS + i) *
                       number("input/input", row * INPUTS + i);
            CHECK_CLOSE(number("eval/a", row * 3 + o), sum, 1e-6);
            sum = sum > 0 ? sum : 0;
            CHECK_CLOSE(number("train/relu1", row * 3 + o), sum, 1e-6);
            y += number("weight/b.weight", o) * sum;
        }
        CHECK_CLOSE(number("eval/b", row), y, 2e-6);
        double d = y - number("target/target", row);
        loss += d * d / 2;
    }
    CHECK_CLOSE(number("train/loss", 0), loss, 1e-5);
    CHECK_CLOSE(r.loss, loss, 1e-5);
    done(&j);
}

TEST(f64_begins_with_the_same_weights)
{
    job j;
    ad_run_trace_result narrow, wide;
    REQUIRE(begin(&j, MODEL, ", initial: he_normal, schedule: {warmup: 4}"));
    ad_run_trace_options o = {.out = scratch("w.safetensors"), .count = 6, .steps = 1};
    CHECK_OK(ad_run_trace(j.config, &j.data, &o, &narrow));
    o.f64 = true;
    CHECK_OK(ad_run_trace(j.config, &j.data, &o, &wide));
    CHECK_CLOSE(narrow.loss, wide.loss, 1e-5);
    CHECK_CLOSE(narrow.loss_training, wide.loss_training, 1e-5);
    CHECK(narrow.loss_after != narrow.loss_training);
    REQUIRE(read_all(scratch("w.safetensors")));
    CHECK(says("\"eval/a\": {\"dtype\": \"F64\", \"shape\": [6, 4]"));
    done(&j);
}

TEST(what_is_drawn_is_told)
{
    job j;
    ad_run_trace_result r;
    REQUIRE(begin(&j, "[linear: {out: 9}, dropout: {rate: 0.5}, linear: {out: 1}]", ""));
    CHECK_OK(ad_run_trace(j.config, &j.data,
                          &(ad_run_trace_options){.out = scratch("d.safetensors")}, &r));
    CHECK(r.random);
    CHECK_EQ(r.count, 8);
    done(&j);
}

static void refused(const ad_run_trace_options *o, const char *model, const char *train,
                    const char *words)
{
    job j;
    ad_run_trace_result r;
    if (begin(&j, model, train))
        CHECK(ad_run_trace(j.config, &j.data, o, &r) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), words);
    done(&j);
}

TEST(mistakes)
{
    const char *out = scratch("x.safetensors");
    refused(&(ad_run_trace_options){.out = out, .first = 36}, MODEL, "",
            "the training part has 36");
    refused(&(ad_run_trace_options){.out = out, .count = 37}, MODEL, "", "rows 1 to 37");
    refused(&(ad_run_trace_options){.out = out, .first = -1}, MODEL, "", "there are no rows");
    refused(&(ad_run_trace_options){.out = out, .match = "c*"}, MODEL, "",
            "the layers are a, n, tanh1, linear");
    refused(&(ad_run_trace_options){.out = scratch("none/x.safetensors")}, MODEL, "",
            "cannot be written");
    refused(&(ad_run_trace_options){.out = out, .from = scratch("none")}, MODEL, "", "none");
    refused(&(ad_run_trace_options){.out = out, .steps = 1}, "[linear: {out: 1}]",
            ", optimizer: {method: lbfgs}", "searches its own steps");
    CHECK(!read_all(out));
}

TEST_MAIN_OF_CONFIGURATIONS(write_tables())
