/* Series that are no CSV: rows of a data base (by the shell sqlite3) and times as arrays are the
 * same series as CSV of the same rows, to the bit, and their gaps are named in the same words. */
#define _XOPEN_SOURCE 700

#include "configuration_main.h"
#include "picture_files.h"

#include <adze/run.h>

#define FILES ADZE_TEST_DIR "/arrays/"

static const char *write_text(const char *name, const char *text)
{
    return write_file(name, text, strlen(text));
}

/* ---------------------------------------------------------------- two files of the same rows */

enum { ROWS = 60 };

/* Row i: an hour, of which three are left out, a load, a temperature that is missing now and then,
 * a holiday. */
static void row_of(int i, char *time, char *load, char *heat, const char **holiday)
{
    int hour = i + (i > 20) + 2 * (i > 40);
    sprintf(time, "2024-01-%02d %02d:00:00", 1 + hour / 24, hour % 24);
    sprintf(load, "%d.%d", 20 + i * 7 % 13, i * 3 % 10);
    heat[0] = 0;
    if (i % 9 != 4)
        sprintf(heat, "%d.5", i % 7 - 3);
    *holiday = hour / 24 == 1 ? "yes" : "no";
}

static const char *csv_file(void)
{
    char text[9000] = "time,load,heat,holiday\n", time[32], load[32], heat[32];
    const char *holiday;
    for (int i = 0; i < ROWS; i++) {
        row_of(i, time, load, heat, &holiday);
        sprintf(text + strlen(text), "%s,%s,%s,%s\n", time, load, heat, holiday);
    }
    return write_text("rows.csv", text);
}

/* The last row first in the table, so that only a query can bring them into order; NULL where the
 * shell is missing. */
static const char *base_file(void)
{
    char text[12000] = "CREATE TABLE hours (time TEXT, load REAL, heat REAL, holiday TEXT);\n";
    char time[32], load[32], heat[32], command[9000];
    const char *holiday, *path = scratch("rows.sqlite");
    for (int i = ROWS - 1; i >= 0; i--) {
        row_of(i, time, load, heat, &holiday);
        sprintf(text + strlen(text), "INSERT INTO hours VALUES ('%s',%s,%s,'%s');\n", time, load,
                *heat ? heat : "NULL", holiday);
    }
    remove(path);
    snprintf(command, sizeof command, "sqlite3 '%s' < '%s' 2>/dev/null", path,
             write_text("rows.sql", text));
    return system(command) == 0 ? path : NULL;
}

/* ---------------------------------------------------------------- the same runs */

static ad_config *config_of(const char *data, const char *forecast)
{
    static char text[2000];
    ad_config *c = NULL;
    snprintf(text, sizeof text,
             "task: forecast\ndata: {%s, test_share: 0.3, validation: 0.2}\n"
             "forecast: {window: 4, horizon: 2%s}\nmodel: [flatten, linear]\n"
             "train: {epochs: 3, seed: 3}\n",
             data, forecast);
    if (ad_config_parse(scratch("series.yaml"), text, strlen(text), NULL, 0, &c) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    return c;
}

static void same_arrays(const ad_array *a, const ad_array *b)
{
    CHECK_EQ(ad_array_count(a), ad_array_count(b));
    CHECK(a->type == b->type);
    for (int64_t i = 0; i < ad_array_count(a) && i < ad_array_count(b); i++) {
        double x = ad_array_item(a, i), y = ad_array_item(b, i);
        CHECK(memcmp(&x, &y, sizeof x) == 0);
    }
}

/* All examples of two parts, to the bit. */
static void same_windows(ad_source *a, ad_source *b)
{
    ad_batch x, y;
    const ad_source_field *field;
    REQUIRE(a && b);
    CHECK(ad_source_count(a) > 0);
    CHECK_EQ(ad_source_count(a), ad_source_count(b));
    ad_batches *p = ad_batches_new(a, .size = 256, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batches *q = ad_batches_new(b, .size = 256, .order = AD_ORDER_AS_IS, .threads = 0);
    int fields = ad_batches_fields(p, &field);
    CHECK_EQ(fields, ad_batches_fields(q, &field));
    CHECK_OK(ad_batches_next(p, &x));
    CHECK_OK(ad_batches_next(q, &y));
    for (int f = 0; f < fields; f++)
        same_arrays(&x.array[f], &y.array[f]);
    ad_batches_free(p);
    ad_batches_free(q);
}

static void same_sources(const char *a, const char *b, const char *forecast)
{
    ad_run_data x = {0}, y = {0};
    ad_config *c = config_of(a, forecast), *d = config_of(b, forecast);
    if (!c || !d || ad_run_sources(c, &x) != AD_OK || ad_run_sources(d, &y) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    same_windows(x.train, y.train);
    same_windows(x.validation, y.validation);
    same_windows(x.test, y.test);
    ad_run_data_done(&x);
    ad_run_data_done(&y);
    ad_config_free(c);
    ad_config_free(d);
}

static bool train(const char *words, const char *run_path, ad_run_result *result)
{
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_run_folder *run = NULL;
    ad_config *c = config_of(words, ", known: time.hour");
    bool good =
        c && ad_run_open(run_path, AD_RUN_NEW, &run) == AD_OK &&
        ad_run_sources(c, &data) == AD_OK && ad_run_build(c, &data, 1, &n) == AD_OK &&
        ad_run_train(&(ad_run_options){.config = c, .data = &data, .network = &n, .run = run},
                     result) == AD_OK;
    if (!good)
        TEST_FAILED("%s", ad_kit_error());
    ad_run_close(run);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    ad_config_free(c);
    return good;
}

/* All forecasts of a file. */
static void answer(const char *run_path, const char *path, char *words, size_t size)
{
    ad_model *m = NULL;
    ad_answer_result result;
    FILE *file = tmpfile();
    ad_answer_options o = {.format = AD_ANSWER_CSV, .all = true, .file = file};
    CHECK_EQ(ad_model_load(run_path, &m), AD_OK);
    REQUIRE(m && file);
    CHECK_EQ(ad_model_answer(m, &path, 1, &o, &result), AD_OK);
    rewind(file);
    words[fread(words, 1, size - 1, file)] = 0;
    fclose(file);
    ad_model_free(m);
}

/* ---------------------------------------------------------------- SQLite */

/* Whether libsqlite3 is there; else the words name its package. */
static bool base_is_read(const char *path)
{
    ad_schema *s = NULL;
    ad_sqlite_options o = AD_OPTIONS(ad_sqlite_options, .path = path);
    ad_status status = ad_reader_find("sqlite")->understand(&o, &s);
    ad_schema_free(s);
    if (status == AD_ERROR_UNSUPPORTED)
        CHECK_CONTAINS(ad_kit_error(), "libsqlite3-dev");
    return status == AD_OK;
}

static const char in_order[] =
    "sqlite: rows.sqlite, query: SELECT * FROM hours ORDER BY time, time: time";

TEST(rows_of_a_data_base_are_the_windows_of_csv)
{
    const char *path = base_file();
    if (!path || !base_is_read(path))
        return;
    csv_file();
    same_sources("csv: rows.csv, time: time", in_order, "");
    same_sources("csv: rows.csv, time: time", in_order,
                 ", targets: load, known: [holiday, time.hour]");
}

TEST(gaps_of_a_data_base_are_named)
{
    const char *path = base_file();
    if (!path || !base_is_read(path))
        return;
    ad_schema *s = NULL, *t = NULL;
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = csv_file(), .time = "time");
    ad_sqlite_options q = AD_OPTIONS(ad_sqlite_options, .path = path, .time = "time",
                                     .query = "SELECT * FROM hours ORDER BY time");
    CHECK_EQ(ad_reader_find("csv")->understand(&o, &s), AD_OK);
    CHECK_EQ(ad_reader_find("sqlite")->understand(&q, &t), AD_OK);
    REQUIRE(s && t);
    CHECK_CONTAINS(s->notes,
                   "'time' has 2 gaps, 3 steps in all, before row 22 (2024-01-01 22:00:00)");
    CHECK_CONTAINS(t->notes, strstr(s->notes, "'time' has 2 gaps"));
    ad_schema_free(s), ad_schema_free(t);
    q.query = NULL;
    CHECK(ad_reader_find("sqlite")->understand(&q, &t) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "rows are not in the order of 'time': 59 come before the one "
                                   "above: row 2 (2024-01-03 13:00:00)");
}

TEST(a_training_on_a_data_base_is_that_on_csv)
{
    static char words[2][40000];
    const char *path = base_file(), *csv = csv_file();
    ad_run_result a = {0}, b = {0};
    if (!path || !base_is_read(path))
        return;
    if (!train("csv: rows.csv, time: time", scratch("run-csv"), &a) ||
        !train(in_order, scratch("run-sqlite"), &b))
        return;
    CHECK(a.loss > 0 && a.held > 0);
    CHECK(memcmp(&a.loss, &b.loss, sizeof a.loss) == 0);
    CHECK(memcmp(&a.held, &b.held, sizeof a.held) == 0);
    answer(scratch("run-csv"), csv, words[0], sizeof words[0]);
    answer(scratch("run-sqlite"), path, words[1], sizeof words[1]);
    CHECK_CONTAINS(words[0], "window,step,time,value_load");
    CHECK_STREQ(words[0], words[1]);
}

/* ---------------------------------------------------------------- arrays */

/* Times and values, of count rows, as a safetensors file. */
static const char *arrays_file(const char *name, const char *type, const double *time,
                               const float *value, int count)
{
    unsigned char all[4096];
    char head[300];
    int length = snprintf(head, sizeof head,
                          "{\"t\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                          "\"x\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[%d,%d]}}",
                          type, count, 8 * count, count, 8 * count, 12 * count);
    for (int i = 0; i < 8; i++)
        all[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(all + 8, head, (size_t)length);
    unsigned char *to = all + 8 + length;
    for (int i = 0; i < count; i++, to += 8) {
        int64_t whole = (int64_t)time[i];
        memcpy(to, *type == 'I' ? (void *)&whole : (void *)&time[i], 8);
    }
    memcpy(to, value, 4 * (size_t)count);
    return write_file(name, all, (size_t)(to - all) + 4 * (size_t)count);
}

/* What is noted of the arrays, or why they are refused. */
static const char *note_of(const char *path, const char *time)
{
    static char notes[2000];
    ad_schema *s = NULL;
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .path = path, .time = time);
    bool good = ad_reader_find("arrays")->understand(&o, &s) == AD_OK;
    snprintf(notes, sizeof notes, "%s", good ? s->notes : ad_kit_error());
    ad_schema_free(s);
    return notes;
}

static const float values[] = {1, 2, 4, 3, 5, 7, 6, 8, 9, 7, 5, 4, 3, 2, 4, 6, 7, 8, 9, 9};

TEST(gaps_of_arrays_are_named)
{
    double day[6] = {0, 1, 4, 5, 7, 8}; /* from 2024-01-01 on, as Python's datetime says it */
    for (int i = 0; i < 6; i++)
        day[i] = 1704067200 + 86400 * day[i];
    CHECK_CONTAINS(note_of(arrays_file("gaps.safetensors", "I64", day, values, 6), "t"),
                   "'t' has 2 gaps, 3 steps in all, before row 3 (2024-01-05), row 5 (2024-01-08)");
    CHECK_CONTAINS(
        note_of(arrays_file("gaps.safetensors", "F64", (double[]){0, 1, 2, 5, 6}, values, 5), "t"),
        "'t' has 1 gap, 2 steps in all, before row 4 (5)");
}

TEST(irregular_times_of_arrays_are_named)
{
    double t[5] = {0, 1, 2, 2.5, 3.5};
    CHECK_CONTAINS(note_of(arrays_file("t.safetensors", "F64", t, values, 5), "t"),
                   "'t' is irregular: 1 other step, before row 4 (2.5)");
    CHECK_CONTAINS(
        note_of(arrays_file("t.safetensors", "I64", (double[]){0, 1, 1, 2}, values, 4), "t"),
        "'t' is that of the row above in 1 row: row 3 (1)");
    CHECK_CONTAINS(
        note_of(arrays_file("t.safetensors", "F64", (double[]){0, 2, 1, 3}, values, 4), "t"),
        "rows are not in the order of 't': 1 comes before the one above: row 3 (1)");
    CHECK_CONTAINS(
        note_of(arrays_file("t.safetensors", "F64", (double[]){0, 1, NAN, 3}, values, 4), "t"),
        "the time column 't' lacks values: row 3");
}

/* The same rows as CSV: numbers as times in one, dates in the other. */
TEST(arrays_with_gaps_are_the_windows_of_csv)
{
    enum { COUNT = sizeof values / sizeof *values };
    double t[COUNT];
    char text[2000] = "t,x\n", dates[2000] = "t,x\n";
    for (int i = 0; i < COUNT; i++) {
        t[i] = i + (i > 4) + 0.5 * (i > 11);
        sprintf(text + strlen(text), "%g,%g\n", t[i], (double)values[i]);
    }
    write_text("t.csv", text);
    arrays_file("t.safetensors", "F64", t, values, COUNT);
    same_sources("csv: t.csv, time: t", "format: arrays, path: t.safetensors, time: t", "");
    for (int i = 0; i < COUNT; i++) {
        int day = i + (i > 4) + 2 * (i > 11);
        t[i] = 1704067200 + 86400.0 * day;
        sprintf(dates + strlen(dates), "2024-01-%02d,%g\n", 1 + day, (double)values[i]);
    }
    write_text("d.csv", dates);
    arrays_file("d.safetensors", "I64", t, values, COUNT);
    same_sources("csv: d.csv, time: t", "format: arrays, path: d.safetensors, time: t",
                 ", known: t.weekday");
}

/* Times as NumPy's datetime64, of days and of seconds (file: script/array-goldens). */
TEST(gaps_of_datetimes_are_named)
{
    CHECK_CONTAINS(
        note_of(FILES "gaps.npz", "day"),
        "'day' has 2 gaps, 3 steps in all, before row 3 (2024-01-05), row 5 (2024-01-08)");
    CHECK_CONTAINS(note_of(FILES "gaps.npz", "when"),
                   "'when' is irregular: 1 other step, before row 4 (2024-01-01 00:02:30)");
}

TEST_MAIN_OF_CONFIGURATIONS()
