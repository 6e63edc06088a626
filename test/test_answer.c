/* Predictions for files, tables and standard input: a row out for each row in, in order, what is
 * broken among them.  Tables are written here; the same numbers have to come from
 * ad_model_predict, which knows nothing of formats. */
#include "configuration_main.h"
#include "test.h"

#include <adze/kit.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "picture_files.h"

/* Rows "id,name,a,kind": species follows a. */
static const char *write_rows(const char *name, int from, int count, bool target)
{
    const char *path = scratch(name);
    FILE *f = fopen(path, "w");
    fprintf(f, "id,name,a,kind%s\n", target ? ",species" : "");
    for (int i = from; f && i < from + count; i++)
        fprintf(f, "%05d,\"n, %d\",%d.5,%s%s\n", i, i, i * 37 % 101, i % 2 ? "red" : "blue",
                !target             ? ""
                : i * 37 % 101 > 50 ? ",high"
                                    : ",low");
    if (f)
        fclose(f);
    return path;
}

static const char *write_text(const char *name, const char *text)
{
    return write_file(name, (const unsigned char *)text, strlen(text));
}

static bool train(const char *name, const char *text)
{
    ad_config *c = NULL;
    ad_run_folder *run = NULL;
    ad_run_data data = {0};
    ad_run_network net = {0};
    ad_run_result result;
    bool good =
        ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &c) == AD_OK &&
        ad_run_open(scratch(name), AD_RUN_OVER, &run) == AD_OK &&
        ad_run_sources(c, &data) == AD_OK && ad_run_build(c, &data, 2, &net) == AD_OK &&
        ad_run_train(&(ad_run_options){.config = c, .data = &data, .network = &net, .run = run},
                     &result) == AD_OK;
    if (!good)
        printf("%s", ad_kit_error());
    ad_run_network_done(&net);
    ad_run_data_done(&data);
    ad_run_close(run);
    ad_config_free(c);
    return good;
}

static const char table_job[] =
    "data: {format: csv, path: rows.csv, target: species, id: [id, name], test_share: 0.2}\n"
    "model: [{linear: {out: 8}}, relu, {linear: {out: 2}}]\n"
    "train: {epochs: 2, batch: 20, optimizer: {method: adam, rate: 0.02}}\n";

static ad_model *table_model(void)
{
    static bool trained;
    ad_model *m = NULL;
    write_rows("rows.csv", 0, 200, true);
    trained = trained || train("run", table_job);
    CHECK(trained && ad_model_load(scratch("run"), &m) == AD_OK);
    return m;
}

typedef struct told {
    int count;
    char last[400];
} told;

static void tell(void *user, const char *words)
{
    told *t = user;
    t->count++;
    snprintf(t->last, sizeof t->last, "%s", words);
}

static told heard;

/* What is written for the paths, by malloc. */
static char *ask(ad_model *m, ad_answer_options o, const char *const *path, int count,
                 ad_answer_result *result)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    o.file = f;
    o.broken = tell, o.user = &heard;
    heard = (told){0};
    CHECK_EQ(ad_model_answer(m, path, count, &o, result), AD_OK);
    fclose(f);
    return text;
}

static int lines(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* Line i (from 0) of a text; good until the next call. */
static const char *line(const char *text, int i)
{
    static char copy[4000];
    while (i-- > 0)
        text += strcspn(text, "\n") + 1;
    snprintf(copy, sizeof copy, "%.*s", (int)strcspn(text, "\n"), text);
    return copy;
}

/* What a stored model cannot be told any more is said of the next training. */
TEST(remedies_are_of_a_stored_model)
{
    ad_model *m = table_model();
    ad_answer_result r;
    const char *path = write_text("odd.csv", "id,name,a,kind\n7,n,2.5,green\n");
    REQUIRE(m);
    free(ask(m, (ad_answer_options){.format = AD_ANSWER_CSV}, &path, 1, &r));
    CHECK_EQ(r.broken, 1);
    CHECK(strstr(heard.last, "trained with --set data.unknown=missing"));
    ad_model_free(m);
}

TEST(tables_as_csv)
{
    ad_answer_result r;
    ad_source *items;
    float chance[6];
    ad_model *m = table_model();
    const char *path = write_rows("three.csv", 7, 3, false);
    CHECK_EQ(ad_model_items(m, &path, 1, &items), AD_OK);
    CHECK_EQ(ad_model_predict(m, items, 0, 3, chance), AD_OK);
    char *text = ask(m, (ad_answer_options){.format = AD_ANSWER_CSV, .all = true}, &path, 1, &r);
    CHECK(r.items == 3 && r.broken == 0 && heard.count == 0);
    CHECK_STREQ(line(text, 0), "row,id,name,class,chance,chance_high,chance_low,error");
    CHECK_EQ(lines(text), 4);
    for (int i = 0; i < 3; i++) {
        char wanted[400];
        const float *c = chance + 2 * i;
        snprintf(wanted, sizeof wanted, "%d,%05d,\"n, %d\",%s,%.9g,%.9g,%.9g,", i + 1, 7 + i, 7 + i,
                 c[0] >= c[1] ? "high" : "low", (double)fmaxf(c[0], c[1]), (double)c[0],
                 (double)c[1]);
        CHECK_STREQ(line(text, i + 1), wanted);
    }
    free(text);
    ad_source_free(items);
    ad_model_free(m);
}

TEST(bad_rows_stay_in_their_places)
{
    ad_answer_result r;
    ad_model *m = table_model();
    const char *path[] = {write_text("bad.csv", "id,name,a,kind\n"
                                                "001,x,1,red\n"
                                                "002,y,two,red\n"
                                                "\n"
                                                "003,z,3,green\n"
                                                "004,w,4\n"
                                                "005,v,,\n"),
                          scratch("nowhere.csv"), write_rows("one.csv", 3, 1, true)};
    char *text = ask(m, (ad_answer_options){.format = AD_ANSWER_CSV}, path, 3, &r);
    CHECK(r.items == 7 && r.broken == 4 && heard.count == 4);
    CHECK_EQ(lines(text), 8);
    CHECK_STREQ(line(text, 0), "file,row,id,name,class,chance,error");
    CHECK_CONTAINS(line(text, 1), "bad.csv,1,001,x,");
    CHECK_CONTAINS(line(text, 2), "bad.csv,2,002,y,,,");
    CHECK_CONTAINS(line(text, 2), "bad.csv:3:7: 'two' stands where 'a' needs a number");
    CHECK_CONTAINS(line(text, 3), "bad.csv:5:9: 'green' stands where 'kind' needs a class");
    CHECK_CONTAINS(line(text, 4), "bad.csv:6:1: 3 cells; the table has 4 columns");
    CHECK_CONTAINS(line(text, 5), "bad.csv,5,005,v,"); /* missing values are none */
    CHECK_CONTAINS(line(text, 6), "nowhere.csv: cannot be opened");
    CHECK_CONTAINS(line(text, 7), "one.csv,1,00003,\"n, 3\",");
    free(text);
    text = ask(m, (ad_answer_options){.format = AD_ANSWER_JSON, .top = 9}, path, 1, &r);
    CHECK_EQ(lines(text), 5);
    CHECK_CONTAINS(line(text, 0), "\"row\": 1, \"ids\": {\"id\": \"001\", \"name\": \"x\"}, "
                                  "\"class\": ");
    CHECK_CONTAINS(line(text, 0), "\"top\": [{\"class\": ");
    CHECK_CONTAINS(line(text, 1), "\"error\": \"/");
    free(text);
    ad_model_free(m);
}

/* A file that does not end well is told behind the rows that could be read. */
TEST(files_that_cannot_be_read_on)
{
    ad_answer_result r;
    ad_model *m = table_model();
    const char *path = write_text("open.csv", "id,name,a,kind\n1,x,1,red\n2,\"y,2,red\n");
    char *text = ask(m, (ad_answer_options){.format = AD_ANSWER_CSV}, &path, 1, &r);
    CHECK_EQ(r.broken, 1);
    CHECK_CONTAINS(heard.last, "open.csv:3:3: ");
    free(text);
    path = write_text("other.csv", "id,name,b,kind\n1,x,1,red\n");
    text = ask(m, (ad_answer_options){.format = AD_ANSWER_TABLE}, &path, 1, &r);
    CHECK(r.items == 1 && r.broken == 1);
    CHECK_CONTAINS(heard.last, "there is no column 'a'");
    free(text);
    CHECK_EQ(mkfifo(scratch("pipe"), 0600), 0);
    path = scratch("pipe");
    text = ask(m, (ad_answer_options){.format = AD_ANSWER_TABLE}, &path, 1, &r);
    CHECK_CONTAINS(heard.last, "pipe: is a pipe, and nothing writes into it");
    free(text);
    ad_model_free(m);
}

static long size_of(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 ? (long)about.st_size : -1;
}

TEST(files_are_written_whole_or_not_at_all)
{
    ad_answer_result r;
    ad_model *m = table_model();
    const char *path = write_rows("many.csv", 0, 5000, false), *out = scratch("out.csv");
    ad_answer_options o = {.format = AD_ANSWER_CSV, .out = out};
    CHECK_EQ(ad_model_answer(m, &path, 1, &o, &r), AD_OK);
    CHECK_EQ(r.items, 5000);
    char *text = ask(m, (ad_answer_options){.format = AD_ANSWER_CSV}, &path, 1, &r);
    CHECK_EQ(size_of(out), (long)strlen(text));
    CHECK_CONTAINS(line(text, 5000), "5000,04999,\"n, 4999\",");
    CHECK_EQ(size_of(scratch("out.csv.part")), -1);
    free(text);
    o.out = path; /* not over what is read */
    CHECK(ad_model_answer(m, &path, 1, &o, &r) != AD_OK);
    CHECK_EQ(ad_run_why(), AD_RUN_NOT_WRITTEN);
    CHECK_CONTAINS(ad_kit_error(), "many.csv is what is to be read, too");
    o.out = "/dev/full"; /* as a disk that is */
    CHECK(ad_model_answer(m, &path, 1, &o, &r) != AD_OK);
    CHECK_EQ(ad_run_why(), AD_RUN_NOT_WRITTEN);
    o.out = scratch("no/folder/x");
    CHECK(ad_model_answer(m, &path, 1, &o, &r) != AD_OK);
    CHECK_EQ(size_of(scratch("no/folder/x.part")), -1);
    ad_model_free(m);
}

TEST(numbers)
{
    ad_answer_result r;
    ad_model *m = NULL;
    float value[2];
    ad_source *items;
    write_text("y.csv",
               "a,y\n1,10\n1.5,20.5\n3,30\n4,40\n5,50.25\n6,60\n7,70\n8,80\n9,90\n10,99\n");
    CHECK(train("numbers", "data: {format: csv, path: y.csv, target: y, test_share: 0.2}\n"
                           "model: [{linear: {out: 1}}]\n"
                           "train: {epochs: 1, batch: 4}\n"));
    CHECK_EQ(ad_model_load(scratch("numbers"), &m), AD_OK);
    const char *path = write_text("a.csv", "a\n4\n-1\n");
    CHECK_EQ(ad_model_items(m, &path, 1, &items), AD_OK);
    CHECK_EQ(ad_model_predict(m, items, 0, 2, value), AD_OK);
    char wanted[99], *text = ask(m, (ad_answer_options){.format = AD_ANSWER_CSV}, &path, 1, &r);
    snprintf(wanted, sizeof wanted, "row,value_y,error\n1,%.9g,\n2,%.9g,\n", (double)value[0],
             (double)value[1]);
    CHECK_STREQ(text, wanted);
    free(text);
    text = ask(m, (ad_answer_options){.format = AD_ANSWER_JSON}, &path, 1, &r);
    CHECK_CONTAINS(line(text, 1), "\"row\": 2, \"value_y\": ");
    free(text);
    ad_source_free(items);
    ad_model_free(m);
}

/* A picture of one grey. */
static void grey(const char *name, int value)
{
    unsigned char bytes[64 + 16];
    int head = snprintf((char *)bytes, sizeof bytes, "P5 4 4 255\n");
    memset(bytes + head, value, 16);
    write_file(name, bytes, (size_t)head + 16);
}

TEST(pictures)
{
    ad_answer_result r;
    ad_model *m = NULL;
    char name[40];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "train/%s/%d.pgm", i % 2 ? "light" : "dark", i);
        grey(name, i % 2 ? 200 + i : i);
    }
    CHECK(train("shades", "data: {format: images, path: train, test_share: 0.2}\n"
                          "model: [flatten, {linear: {out: 2}}]\n"
                          "train: {epochs: 30, batch: 8}\n"));
    CHECK_EQ(ad_model_load(scratch("shades/model.safetensors"), &m), AD_OK);
    grey("asked/b.pgm", 250), grey("asked/a.pgm", 3);
    write_text("asked/c.png", "no picture");
    write_text("asked/d.jpg", "");
    const char *path[] = {scratch("asked"), scratch("asked/b.pgm"), scratch("gone.png")};
    char *text = ask(m, (ad_answer_options){.format = AD_ANSWER_CSV}, path, 3, &r);
    CHECK(r.items == 6 && r.broken == 3);
    CHECK_STREQ(line(text, 0), "file,class,chance,error");
    CHECK_CONTAINS(line(text, 1), "/asked/a.pgm,dark,0.");
    CHECK_CONTAINS(line(text, 2), "/asked/b.pgm,light,");
    CHECK_CONTAINS(line(text, 3), "/asked/c.png,,,");
    CHECK_CONTAINS(line(text, 4), "/asked/d.jpg,,,");
    CHECK_CONTAINS(line(text, 5), "/asked/b.pgm,light,");
    CHECK_CONTAINS(line(text, 6), "/gone.png,,,");
    CHECK_CONTAINS(line(text, 6), "cannot be opened");
    free(text);
    ad_model_free(m);
}

TEST_MAIN_OF_CONFIGURATIONS()
