/* Whole jobs from a configuration: tables of numbers, classes and gaps, pictures, several kinds of
 * target; trained, stored, loaded again: the stored model says what the trained network says, to
 * the bit, from raw input. */
#include "test.h"

#include <adze/kit.h>

#include <sys/stat.h>
#include <unistd.h>

#include "../kit/yaml.h"

static char folder[] = "/tmp/adze-jobs-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[8][256];
    static int next;
    char *p = path[next++ % 8];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

/* A table: number a, number b with gaps, class kind; target y = 3 a + (kind is red) * 10, species
 * by it, count. */
static void write_table(const char *name, int rows, int from)
{
    FILE *f = fopen(in_folder(name), "w");
    fprintf(f, "a,b,kind,y,species,visits,flag,same\n");
    for (int i = from; f && i < from + rows; i++) {
        double a = (i * 37 % 101) / 10.0;
        const char *kind = i % 3 == 0 ? "red" : i % 3 == 1 ? "green" : "blue";
        double y = 3 * a + (i % 3 == 0) * 10;
        char b[16] = "";
        if (i % 5)
            snprintf(b, sizeof b, "%.2f", (i * 53 % 97) / 9.0);
        fprintf(f, "%.1f,%s,%s,%.1f,%s,%d,%d,const\n", a, b, kind, y, y > 15 ? "high" : "low",
                (int)(a / 3), i % 2);
    }
    if (f)
        fclose(f);
}

typedef struct job {
    ad_config *config;
    ad_run_folder *run;
    ad_run_data data;
    ad_run_network net;
    ad_run_result result;
    char place[256];
} job;

static void say_error(const char *what)
{
    printf("%s: %s", what, ad_kit_error());
}

static bool train(job *j, const char *name, const char *text)
{
    static const char *const step[] = {"parse", "open", "sources", "build", "train"};
    *j = (job){.config = NULL};
    snprintf(j->place, sizeof j->place, "%s", in_folder(name));
    int at = 0;
    bool good =
        ad_config_parse(in_folder("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK;
    good = good && ++at && ad_run_open(j->place, AD_RUN_OVER, &j->run) == AD_OK;
    good = good && ++at && ad_run_sources(j->config, &j->data) == AD_OK;
    good = good && ++at && ad_run_build(j->config, &j->data, 2, &j->net) == AD_OK;
    ad_run_options o = {.config = j->config, .data = &j->data, .network = &j->net, .run = j->run};
    good = good && ++at && ad_run_train(&o, &j->result) == AD_OK;
    if (!good)
        say_error(step[at]);
    return good;
}

static void done(job *j)
{
    ad_run_network_done(&j->net);
    ad_run_data_done(&j->data);
    ad_run_close(j->run);
    ad_config_free(j->config);
}

static double measured(const job *j, const char *name)
{
    ad_run_measured m;
    double value = NAN;
    if (ad_run_measure(&j->net, &j->data, j->data.test, NULL, NULL, &m) == AD_OK) {
        const ad_measured *one = ad_run_find(&m, name);
        value = one ? one->value : NAN;
    }
    ad_run_measured_done(&m);
    return value;
}

/* What the network in hand predicts of the first examples of its test part. */
static int64_t of_network(const job *j, float *out, int64_t most)
{
    ad_tensor *feed[AD_RUN_INPUTS_MAX];
    for (int i = 0; i < j->net.inputs; i++)
        feed[i] = j->net.input[i];
    ad_program *p = ad_compile(j->net.state, .fetch = {j->net.prediction}, .feed_list = feed,
                               .feed_count = j->net.inputs);
    ad_batches *b = ad_batches_new(j->data.test, .size = most, .order = AD_ORDER_AS_IS);
    ad_batch batch = {.count = 0};
    ad_array in[AD_RUN_INPUTS_MAX], result = {0};
    bool good = p && b && ad_batches_next(b, &batch) == AD_OK;
    for (int i = 0; good && i < j->net.inputs; i++)
        in[i] = batch.array[ad_source_find(j->data.test, j->data.input[i].name)];
    good = good && ad_run(p, in, &result) == AD_OK;
    int64_t count = good ? ad_array_count(&result) : 0;
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)ad_array_item(&result, i);
    ad_program_free(p);
    ad_batches_free(b);
    return count;
}

/* The stored model, loaded, says the same of the file as the network of its test set, which that
 * file is. */
static void check_stored(const job *j, const char *file, int64_t rows)
{
    enum { MOST = 4096 };
    static float first[MOST], second[MOST];
    ad_model *m = NULL;
    ad_source *items = NULL;
    if (ad_model_load(j->place, &m) != AD_OK)
        say_error("load");
    REQUIRE(m);
    if (ad_model_items(m, &file, 1, &items) != AD_OK)
        say_error("items");
    REQUIRE(items);
    int64_t count = of_network(j, first, rows), width = ad_model_width(m);
    CHECK_EQ(ad_source_count(items), rows);
    CHECK_EQ(count, rows * width);
    if (ad_model_predict(m, items, 0, rows, second) != AD_OK)
        say_error("predict");
    CHECK_EQ(memcmp(first, second, (size_t)count * sizeof *first), 0);
    ad_source_free(items);
    ad_model_free(m);
}

#define TABLE "data: {csv: train.csv, test: test.csv, target: %s, skip: [%s]}\n"
#define MODEL "model: [linear: {out: 16}, relu, linear: {out: %d}]\n"
#define TRAIN "train: {epochs: 60, batch: 16, optimizer: {method: adam, rate: 0.01}}\n"

static void job_text(char *text, size_t size, const char *target, const char *skip, int out,
                     const char *more)
{
    snprintf(text, size, "%s" TABLE MODEL TRAIN, more, target, skip, out);
}

TEST(numbers_classes_and_gaps_of_a_table)
{
    job j;
    char text[1024];
    write_table("train.csv", 240, 0);
    write_table("test.csv", 90, 240);
    job_text(text, sizeof text, "species", "y, visits, flag", 2, "");
    bool good = train(&j, "species", text);
    if (good) {
        CHECK_STREQ(j.data.task->record.name, "classification");
        /* a, b, b.missing, kind as red green blue; "same" never changes and is left out */
        CHECK_EQ(j.data.inputs, 1);
        CHECK_STREQ(j.data.input[0].name, "input");
        CHECK_EQ(j.data.input[0].shape.size[0], 6);
        CHECK(measured(&j, "accuracy") > 0.95);
        check_stored(&j, in_folder("test.csv"), 90);
    }
    CHECK(good);
    done(&j);
}

TEST(regression_in_its_own_units)
{
    job j;
    char text[1024];
    job_text(text, sizeof text, "y", "species, visits, flag", 1, "");
    bool good = train(&j, "y", text);
    if (good) {
        CHECK_STREQ(j.data.task->record.name, "regression");
        CHECK(measured(&j, "mae") < 1 && measured(&j, "r2") > 0.98);
        check_stored(&j, in_folder("test.csv"), 90);
    }
    CHECK(good);
    done(&j);
}

TEST(counts_and_labels)
{
    job j;
    char text[1024];
    job_text(text, sizeof text, "visits", "species, y, flag", 1, "task: count\n");
    bool good = train(&j, "visits", text);
    CHECK(good && measured(&j, "mae") < 0.6);
    if (good)
        check_stored(&j, in_folder("test.csv"), 90);
    done(&j);
    job_text(text, sizeof text, "[flag, species]", "visits, y", 2, "task: labels\n");
    good = train(&j, "labels", text);
    CHECK(good && j.data.target.shape.size[0] == 2);
    if (good)
        check_stored(&j, in_folder("test.csv"), 90);
    done(&j);
}

TEST(embedded_classes_and_named_inputs)
{
    job j;
    const char *text = "data: {csv: train.csv, test: test.csv, target: species, skip: [y, visits, "
                       "flag]}\n"
                       "model:\n  - embedding: {from: kind, width: 3, name: kinds}\n"
                       "  - concat: {from: [input, kinds]}\n"
                       "  - linear: {out: 16}\n  - relu\n  - linear: {out: 2}\n" TRAIN;
    bool good = train(&j, "embedded", text);
    if (good) {
        CHECK_EQ(j.data.inputs, 2);
        CHECK_EQ(j.data.input[0].shape.size[0], 3); /* a, b, b.missing */
        CHECK_STREQ(j.data.input[1].name, "kind");
        CHECK_EQ(ad_tensor_shape(ad_find(j.net.graph, "kinds.weight")).size[0], 4);
        CHECK(measured(&j, "accuracy") > 0.95);
        check_stored(&j, in_folder("test.csv"), 90);
    }
    CHECK(good);
    done(&j);
}

/* A held-out part is cut from data that has none, the same by every verb. */
TEST(parts_are_cut_alike)
{
    job j;
    ad_run_data again = {0};
    const char *text = "data: {csv: train.csv, target: species, skip: [y, visits, flag], "
                       "validation: 0.2, split: stratified}\n"
                       "model: [linear: {out: 2}]\ntrain: {epochs: 2}\n";
    bool good = train(&j, "cut", text);
    CHECK(good);
    if (good) {
        CHECK_EQ(ad_source_count(j.data.test), 48);
        uint64_t first = 0, second = 1;
        CHECK_EQ(ad_run_model_data(j.place, &again), AD_OK);
        CHECK_EQ(ad_run_part(j.config, &again, AD_PART_TEST), AD_OK);
        CHECK_EQ(ad_source_fingerprint(j.data.test, &first), AD_OK);
        CHECK_EQ(ad_source_fingerprint(again.test, &second), AD_OK);
        CHECK_EQ(first, second);
    }
    ad_run_data_done(&again);
    done(&j);
}

/* Of a game too: those of the generator, which is what is measured and stored. */
TEST(averages_of_a_game_are_stored)
{
    job j;
    bool good = train(&j, "game",
                      "task: gan\ndata: {format: blobs, train_count: 200, test_count: 50}\n"
                      "generator: [{linear: {out: 8}}, relu, {linear: {out: 2}}]\n"
                      "discriminator: [{linear: {out: 8}}, relu, {linear: {out: 1}}]\n"
                      "train: {epochs: 3, average: 0.9, optimizer: {method: adam, rate: 0.01}}\n");
    CHECK(good);
    ad_run_network stored = {0};
    if (good && ad_run_build(j.config, &j.data, 1, &stored) == AD_OK &&
        ad_run_model(j.place, &stored) == AD_OK) {
        const char *name = "generator.linear1.weight", *kept = "average.generator.linear1.weight";
        ad_array now, average, own;
        CHECK_EQ(ad_get(j.net.state, ad_find(j.net.graph, name), &now), AD_OK);
        CHECK_EQ(ad_get(j.net.state, ad_find(j.net.graph, kept), &average), AD_OK);
        CHECK_EQ(ad_get(stored.state, ad_find(stored.graph, name), &own), AD_OK);
        CHECK_EQ(memcmp(own.data, average.data, ad_array_bytes(&own)), 0);
        CHECK(memcmp(own.data, now.data, ad_array_bytes(&own)) != 0);
        CHECK(isfinite(measured(&j, "energy")));
    }
    ad_run_network_done(&stored);
    done(&j);
}

/* A group keeps rows together; the model takes it by its name alone. */
TEST(nothing_is_learned_from_a_group)
{
    job j;
    const char *text =
        "data: {csv: train.csv, test: test.csv, target: y, skip: [species, flag], group: kind}\n"
        "model: [linear: {out: 1}]\ntrain: {epochs: 1}\n";
    bool good = train(&j, "grouped", text);
    CHECK(good);
    if (good) {
        CHECK_EQ(j.data.inputs, 1);
        CHECK_EQ(j.data.input[0].shape.size[0], 4); /* a, b, b.missing, visits */
        CHECK_EQ(ad_schema_find(j.data.schema, "kind")->use, AD_USE_ID);
        check_stored(&j, in_folder("test.csv"), 90);
    }
    done(&j);
    text =
        "data: {csv: train.csv, target: y, skip: [species, flag], group: kind}\n"
        "model: [embedding: {from: kind, width: 2, name: e}, concat: {from: [input, e]}, linear: "
        "{out: 1}]\ntrain: {epochs: 1}\n";
    good = train(&j, "grouped_and_named", text);
    CHECK(good && j.data.inputs == 2);
    done(&j);
}

/* Data that a run was not made of is measured as it is, its own where it has moved in parts. */
TEST(other_data_is_not_cut)
{
    job j;
    const char *text = "data: {csv: train.csv, target: species, skip: [y, visits, flag], "
                       "validation: 0.2}\nmodel: [linear: {out: 2}]\ntrain: {epochs: 1}\n";
    bool good = train(&j, "whole", text);
    CHECK(good);
    for (int other = 0; other < 2 && good; other++) {
        ad_run_data again = {0};
        ad_config *c = NULL;
        char setting[300];
        const char *set[] = {setting};
        snprintf(setting, sizeof setting, "data.path=%s",
                 in_folder(other ? "test.csv" : "train.csv"));
        CHECK_EQ(ad_config_parse(in_folder("job.yaml"), text, strlen(text), set, 1, &c), AD_OK);
        CHECK_EQ(ad_run_model_data(j.place, &again), AD_OK);
        bool made = ad_run_part(c, &again, AD_PART_TEST) == AD_OK;
        CHECK(made);
        if (!made) {
            say_error("part");
            break;
        }
        CHECK_EQ(ad_source_count(again.test), other ? 18 : 48);
        CHECK_EQ(ad_run_is_data(j.place, c, &again), !other);
        CHECK_EQ(ad_run_part(c, &again, AD_PART_OTHER), AD_OK);
        CHECK_EQ(ad_source_count(again.test), other ? 90 : 240);
        CHECK(!again.train);
        ad_run_data_done(&again);
        ad_config_free(c);
    }
    done(&j);
}

/* ---- folds */

static bool fold(int number, const char *text, ad_run_data *data)
{
    char setting[32];
    const char *set[] = {setting};
    ad_config *c = NULL;
    snprintf(setting, sizeof setting, "data.fold=%d", number);
    bool good = ad_config_parse(in_folder("job.yaml"), text, strlen(text), set, 1, &c) == AD_OK &&
                ad_run_sources(c, data) == AD_OK;
    if (!good)
        say_error("fold");
    ad_config_free(c);
    return good;
}

/* Of the test part of each of 4 folds: calls see(value of the target, fold). */
static void each_held(const char *text, void (*see)(int value, int fold))
{
    for (int k = 1; k <= 4; k++) {
        ad_run_data data = {0};
        bool good = fold(k, text, &data);
        CHECK(good);
        ad_batches *b = good ? ad_batches_new(data.test, .order = AD_ORDER_AS_IS) : NULL;
        int field = good ? ad_source_find(data.test, data.target.name) : -1;
        ad_batch batch = {.count = 0};
        while (b && ad_batches_next(b, &batch) == AD_OK && batch.count > 0)
            for (int64_t i = 0; i < batch.count; i++)
                see((int)ad_array_item(&batch.array[field], i), k);
        ad_batches_free(b);
        ad_run_data_done(&data);
    }
}

static int held_in[60], held[2][5]; /* by row, then by class and fold */

static void see_row(int value, int fold)
{
    CHECK(value >= 0 && value < 60 && held_in[value] == 0);
    held_in[value % 60] = fold;
}

static void see_class(int value, int fold)
{
    held[value == 1][fold]++;
}

TEST(folds_hold_each_example_once)
{
    FILE *f = fopen(in_folder("folds.csv"), "w");
    REQUIRE(f);
    fputs("x,team,rare,row\n", f);
    for (int i = 0; i < 60; i++)
        fprintf(f, "%g,team%d,%s,%d\n", i * 0.37, i % 12, i % 5 ? "no" : "yes", i);
    fclose(f);
    each_held("task: regression\ndata: {csv: folds.csv, target: row, skip: rare, folds: 4}\n"
              "model: [linear: {out: 1}]\n",
              see_row);
    for (int i = 0; i < 60; i++) {
        CHECK(held_in[i] > 0);
        held_in[i] = 0;
    }
    each_held("task: regression\ndata: {csv: folds.csv, target: row, skip: rare, folds: 4, group: "
              "team}\nmodel: [linear: {out: 1}]\n",
              see_row);
    for (int i = 0; i < 60; i++)
        CHECK_EQ(held_in[i], held_in[i % 12]);
    each_held("data: {csv: folds.csv, target: rare, skip: row, folds: 4}\n"
              "model: [linear: {out: 2}]\n",
              see_class);
    for (int k = 1; k <= 4; k++)
        CHECK(held[0][k] + held[1][k] == 15 && (held[0][k] == 3 || held[1][k] == 3));
}

/* The last line of the message. */
static void check_refused(const char *text, const char *words)
{
    ad_config *c = NULL;
    ad_run_data data = {0};
    ad_run_network net = {0};
    CHECK_EQ(ad_config_parse(in_folder("job.yaml"), text, strlen(text), NULL, 0, &c), AD_OK);
    REQUIRE(c);
    bool made = ad_run_sources(c, &data) == AD_OK && ad_run_build(c, &data, 1, &net) == AD_OK;
    CHECK(!made);
    CHECK_CONTAINS(ad_kit_error(), words);
    ad_run_network_done(&net);
    ad_run_data_done(&data);
    ad_config_free(c);
}

TEST(what_does_not_fit_is_said)
{
    check_refused("data: {csv: train.csv}\nmodel: [linear: {out: 2}]\n", "target");
    check_refused("data: {csv: train.csv, target: nope}\nmodel: [linear: {out: 2}]\n", "nope");
    check_refused("data: {csv: train.csv, target: kind}\nmodel: [linear: {out: 2}]\n",
                  "job.yaml:2:9: the data has 3 classes, but the last layer gives 2 numbers");
    check_refused("data: {csv: train.csv, target: y}\nmodel: [linear: {out: 2}]\n",
                  "the data has 1 target, but the last layer gives 2 numbers");
    check_refused("task: regression\ndata: {csv: train.csv, target: kind}\nmodel: [linear: {out: "
                  "1}]\n",
                  "'red' stands where 'kind' needs a number");
    check_refused("task: classification\ndata: {csv: train.csv, target: y}\nmodel: [linear: {out: "
                  "1}]\n",
                  "the target y is a number, and task classification learns a class");
    check_refused("data: {csv: train.csv, target: y, split: stratified}\nmodel: [linear: {out: "
                  "1}]\n",
                  "stratified keeps the shares of classes");
    check_refused("data: {csv: train.csv, target: kind, folds: 5, split: in_order}\nmodel: "
                  "[linear: {out: 3}]\n",
                  "folds are drawn at random");
    check_refused("data: {csv: train.csv, target: kind, folds: 5, group: flag}\nmodel: [linear: "
                  "{out: 3}]\n",
                  "data.folds = 5 cannot be made of");
    check_refused("data: {csv: train.csv, target: kind}\naugment: [flip]\nmodel: [linear: {out: "
                  "3}]\n",
                  "the data has no images to be changed");
    check_refused("data: {csv: train.csv, target: kind}\nmodel: [linear: {out: 3}]\n"
                  "train: {freeze: none.*}\n",
                  "no variable is called 'none.*'");
    check_refused("data: {csv: train.csv, target: kind}\nmodel: [linear: {out: 3}]\n"
                  "train: {freeze: '*'}\n",
                  "every variable is frozen");
}

/* ---------------------------------------------------------------- pictures */

TEST(pictures_changed_at_random)
{
    job j;
    const char *text = "data: {format: digits, train_count: 300, test_count: 100}\n"
                       "input: {from_data: yes}\n"
                       "augment: [flip: {horizontal: 0.1}, crop: {padding: 2}, mix_up]\n"
                       "model: [conv: {filters: 4, kernel: 3, name: first}, relu, max_pool, "
                       "flatten, linear: {out: 10}]\n"
                       "train: {epochs: 2, batch: 20, freeze: first.*, balance: yes, accumulate: "
                       "3, optimizer: {method: adam, rate: 0.01}}\n";
    bool good = train(&j, "pictures", text);
    CHECK(good);
    if (good) {
        CHECK_EQ(j.data.pixel_mean.count, 1);
        CHECK(j.data.pixel_mean.value[0] > 0.05 && j.data.pixel_mean.value[0] < 0.5);
        CHECK(measured(&j, "accuracy") > 0.15);
        /* frozen: as made from the seed */
        ad_run_network fresh = {0};
        ad_array before = {0}, after = {0}, moved = {0}, still = {0};
        CHECK_EQ(ad_run_build(j.config, &j.data, 1, &fresh), AD_OK);
        CHECK_EQ(ad_get(fresh.state, ad_find(fresh.graph, "first.weight"), &before), AD_OK);
        CHECK_EQ(ad_get(j.net.state, ad_find(j.net.graph, "first.weight"), &after), AD_OK);
        CHECK_EQ(memcmp(before.data, after.data, 4 * 9 * sizeof(float)), 0);
        CHECK_EQ(ad_get(fresh.state, ad_find(fresh.graph, "linear1.weight"), &still), AD_OK);
        CHECK_EQ(ad_get(j.net.state, ad_find(j.net.graph, "linear1.weight"), &moved), AD_OK);
        CHECK(memcmp(still.data, moved.data, 100 * sizeof(float)) != 0);
        ad_run_network_done(&fresh);
        ad_model *m = NULL; /* pixels are standardized by what was stored */
        CHECK_EQ(ad_model_load(j.place, &m), AD_OK);
        CHECK(m && ad_model_about(m)->pixel_mean.value[0] == j.data.pixel_mean.value[0]);
        ad_model_free(m);
    }
    done(&j);
}

/* What was measured, what is stored and what is measured again of the stored are the averages. */
TEST(averaged_weights_are_stored)
{
    job j;
    char text[1024], more[] = "";
    job_text(text, sizeof text, "species", "y, visits, flag", 2, more);
    char *at = strstr(text, "batch: 16");
    memmove(at + 14, at, strlen(at) + 1);
    memcpy(at, "average: 0.99,", 14);
    bool good = train(&j, "averaged", text);
    CHECK(good);
    if (good) {
        ad_run_network again = {0};
        ad_run_measured m = {.measures = 0};
        CHECK_EQ(ad_run_build(j.config, &j.data, 1, &again), AD_OK);
        CHECK_EQ(ad_run_model(j.place, &again), AD_OK);
        CHECK_EQ(ad_run_measure(&again, &j.data, j.data.test, NULL, NULL, &m), AD_OK);
        CHECK(m.measured[0].value == measured(&j, "loss"));
        check_stored(&j, in_folder("test.csv"), 90);
        ad_run_measured_done(&m);
        ad_run_network_done(&again);
    }
    done(&j);
}

TEST(an_autoencoder_has_no_target)
{
    job j;
    const char *text = "task: autoencoder\ndata: {format: digits, train_count: 300, test_count: "
                       "100}\n"
                       "model: [flatten, linear: {out: 16}, relu, linear: {out: 784}, sigmoid]\n"
                       "train: {epochs: 4, batch: 20, optimizer: {method: adam, rate: 0.01}}\n";
    bool good = train(&j, "auto", text);
    CHECK(good && measured(&j, "mse") < 0.08 && j.data.target.name == NULL);
    done(&j);
}

TEST(nothing_is_left_behind)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK_EQ(system(command), 0);
}

int main(int count, char **arguments)
{
    if (!yaml_available()) {
        printf("skipped: built without libyaml\n");
        return 77;
    }
    return mkdtemp(folder) ? test_main(count, arguments) : 1;
}
