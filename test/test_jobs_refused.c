/* What a training refuses, each with its place and what to do: targets that the task cannot mean,
 * words of the configuration that would be ignored, names that would be taken for others. */
#include "test.h"

#include <adze/kit.h>

#include <sys/stat.h>
#include <unistd.h>

#include "../kit/yaml.h"

static char folder[] = "/tmp/adze-refused-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4][256];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

/* Sixty rows: head, then each row by the format, which takes two numbers of it. */
static void write_table(const char *name, const char *head, const char *row, const char *other)
{
    FILE *f = fopen(in_folder(name), "w");
    fprintf(f, "%s\n", head);
    for (int i = 0; f && i < 60; i++) {
        fprintf(f, i == 7 ? other : row, (i * 37 % 101) / 10.0, (i * 53 % 97) / 9.0);
        fprintf(f, "\n");
    }
    if (f)
        fclose(f);
}

/* What is said of the data by the last prepare. */
static char said[4000];

static void hear(void *user, const char *words)
{
    (void)user;
    strncat(said, words, sizeof said - strlen(said) - 1);
}

/* As far as a training goes before its first step. */
static ad_status prepare(const char *text, ad_run_data *data)
{
    ad_config *c = NULL;
    ad_run_network net = {0};
    *data = (ad_run_data){0};
    said[0] = 0;
    ad_status status = ad_config_parse(in_folder("job.yaml"), text, strlen(text), NULL, 0, &c);
    if (status == AD_OK)
        status = ad_run_sources(c, data);
    if (status == AD_OK)
        status = ad_run_inspect(c, data, hear, NULL);
    if (status == AD_OK)
        status = ad_run_build(c, data, 1, &net);
    ad_run_network_done(&net);
    ad_config_free(c);
    return status;
}

static void check_refused(const char *text, const char *words, const char *cure)
{
    ad_run_data data;
    CHECK(prepare(text, &data) != AD_OK);
    bool good = strstr(ad_kit_error(), words) && strstr(ad_kit_error(), cure);
    if (!good)
        TEST_FAILED("%s\ngives %s, without %s, or %s", text, ad_kit_error(), words, cure);
    CHECK(good);
    ad_run_data_done(&data);
}

static void check_good(const char *text, const char *note)
{
    ad_run_data data;
    if (prepare(text, &data) != AD_OK)
        TEST_FAILED("%s\ngives %s", text, ad_kit_error());
    if (note && !strstr(said, note))
        TEST_FAILED("%s\nsays '%s'", text, said);
    ad_run_data_done(&data);
}

#define ONE "model: [linear: {out: 1}]\n"
#define TWO "model: [linear: {out: 2}]\n"

TEST(targets_are_what_the_task_means)
{
    write_table("count.csv", "a,y", "%.1f,%.0f", "%.1f,-%.0f");
    check_refused("task: count\ndata: {csv: count.csv, target: y}\n" ONE,
                  "y: example 8 of the training data has -", "from 0 on");
    write_table("labels.csv", "a,y,z", "%.1f,0.5,%.3f", "%.1f,1,%.3f");
    check_refused("task: labels\ndata: {csv: labels.csv, target: [y, z]}\n" TWO,
                  "y: example 1 of the training data has 0.5", "0 or 1");
    write_table("seven.csv", "a,b,y", "%.1f,%.1f,7", "%.1f,%.1f,0");
    check_refused("task: labels\ndata: {csv: seven.csv, target: y}\n" ONE, "y has the value 7",
                  "write 0 and 1");
    write_table("infinite.csv", "a,y", "%.1f,%.3f", "%.1f,1e999");
    check_refused("task: regression\ndata: {csv: infinite.csv, target: y}\n" ONE,
                  "y: example 8 of the training data has inf", "correct the value");
    write_table("class.csv", "a,b,y", "%.1f,%.1f,p", "%.1f,%.1f,p");
    check_refused("data: {csv: class.csv, target: y}\n" TWO, "one class only", "name another");
}

/* A part of its own may lack targets that the training part has. */
TEST(targets_may_be_missing_in_any_part)
{
    write_table("all.csv", "a,y", "%.1f,%.3f", "%.1f,%.3f");
    write_table("some.csv", "a,y", "%.1f,%.3f", "%.1f,");
    check_good("data: {csv: all.csv, test: some.csv, target: y}\n" ONE,
               "1 example has no target and is left out [W405]");
    write_table("classes.csv", "a,b,y", "%.1f,%.1f,p", "%.1f,%.1f,q");
    write_table("gaps.csv", "a,b,y", "%.1f,%.1f,p", "%.1f,%.1f,");
    check_good("data: {csv: classes.csv, test: gaps.csv, target: y}\n" TWO,
               "1 example has no target");
}

TEST(classes_that_are_not_trained_are_noted)
{
    FILE *f = fopen(in_folder("sorted.csv"), "w");
    REQUIRE(f);
    fprintf(f, "a,y\n");
    for (int i = 0; i < 60; i++)
        fprintf(f, "%d.5,%s\n", i * 37 % 101, i < 30 ? "p" : i < 50 ? "q" : "r");
    fclose(f);
    check_good(
        "data: {csv: sorted.csv, target: y, split: in_order}\nmodel: [linear: {out: 3}]\n",
        "class 'r' has no example in the training part, and some where it is measured [W402]");
}

TEST(what_would_be_ignored_is_refused)
{
    write_table("t.csv", "a,b,y", "%.1f,%.3f,1.5", "%.1f,%.3f,2.25");
#define T "data: {csv: t.csv, target: y}\n" ONE
    check_refused(T "input: {from_data: true}\n", "job.yaml:3:20: input.from_data is for pixels",
                  "take it out");
    check_refused(T "input: {scale: 2}\n", "job.yaml:3:16: input.scale is for pixels", "take it");
    check_refused(T "train: {balance: true}\n", "job.yaml:3:18: train.balance", "take it out");
    check_refused(T "train: {label_smoothing: 0.1}\n",
                  "job.yaml:3:26: train.label_smoothing means nothing with loss: squared_error",
                  "take it out");
    check_refused(T "train: {loss: poisson}\n", "job.yaml:3:15: loss poisson does not fit",
                  "squared_error, absolute_error");
    check_refused("data: {csv: t.csv, target: y, group: nope}\n" ONE,
                  "job.yaml:1:38: the data has no field 'nope'", "no field holds classes");
    check_refused("data: {digits: }\ninput: {from_data: true, mean: 0.1}\nmodel: [flatten, linear: "
                  "{out: 10}]\n",
                  "job.yaml:2:32: input.mean and input.from_data", "leave input.from_data out");
    write_table("only.csv", "y", "%.1f", "%.1f");
    check_refused("data: {csv: only.csv, target: y}\n" ONE, "nothing is left that the model",
                  "give the data a field");
}

TEST(parts_that_cannot_be_cut)
{
    FILE *f = fopen(in_folder("two.csv"), "w");
    REQUIRE(f);
    fprintf(f, "a,b,y\n1,2,3.5\n2,1,4.5\n");
    fclose(f);
    check_refused("data: {csv: two.csv, target: y}\n" ONE,
                  "data.test_share = 0.2 cannot be cut off 2 examples", "0 cuts nothing off");
    check_good("data: {csv: two.csv, target: y, test_share: 0}\n" ONE, NULL);
}

/* Columns with the names of what trainings call their own, or with what marks missing values. */
TEST(names_of_columns)
{
    write_table("names.csv", "input,target,y", "%.1f,%.2f,2.5", "%.1f,%.2f,3.5");
    check_good("data: {csv: names.csv, target: y}\n" ONE, NULL);
    check_good("data: {csv: names.csv, target: y}\nmodel: [concat: {from: [inputs, input]}, "
               "linear: {out: 1}]\n",
               NULL);
    check_refused("data: {csv: names.csv, target: y}\nmodel: [linear: {out: 2, name: input}, "
                  "linear: {out: 1}]\n",
                  "job.yaml:2:9: 'input' is the name of an input", "another name");
    check_refused("data: {csv: names.csv, target: y}\nmodel: [linear: {out: 1, from: input}]\n",
                  "job.yaml:2:9: no layer takes 'inputs', where the model begins", "add it");
    write_table("rate.csv", "rate,prediction,y", "%.1f,%.2f,2.5", "%.1f,%.2f,3.5");
    check_good("data: {csv: rate.csv, target: y}\n" ONE, NULL);
    check_refused("data: {csv: rate.csv, target: y}\nmodel: [concat: {from: [input, rate]}, "
                  "linear: {out: 1}]\n",
                  "the field 'rate'", "another name");
    write_table("gaps.csv", "a,b,a.missing_days", "%.1f,%.2f,2.5", ",%.2f,%.1f");
    ad_run_data data;
    CHECK_EQ(prepare("data: {csv: gaps.csv, target: a.missing_days}\n" ONE, &data), AD_OK);
    CHECK_EQ(data.input[0].shape.size[0], 3); /* a, a.missing, b */
    ad_run_data_done(&data);
    write_table("taken.csv", "a,a.missing,y", "%.1f,%.2f,2.5", ",%.2f,%.1f");
    check_refused("data: {csv: taken.csv, target: y}\n" ONE, "as a.missing, but a field has",
                  "another name");
}

TEST(paths_are_joined_as_they_are)
{
    write_table("j.csv", "a,b,y", "%.1f,%.3f,1.5", "%.1f,%.3f,2.25");
    check_refused("data: {csv: j.csv, target: y}\nmodel:\n  - branches: {join: add, paths: "
                  "[[linear: {out: 4}], [linear: {out: 1}]]}\n  - linear: {out: 1}\n",
                  "job.yaml:3:5: the paths before give (batch, 4), path 2 gives (batch, 1)",
                  "make them alike");
    check_good("data: {csv: j.csv, target: y}\nmodel:\n  - branches: {join: multiply, paths: "
               "[[linear: {out: 4}], [linear: {out: 1}]]}\n  - linear: {out: 1}\n",
               NULL);
}

int main(int count, char **arguments)
{
    if (!yaml_available()) {
        printf("skipped: built without libyaml\n");
        return 77;
    }
    if (!mkdtemp(folder))
        return 1;
    return test_main(count, arguments);
}
