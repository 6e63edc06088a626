/* Series: a column of times, what is noted of it, and what is refused.  Seconds since 1970 are
 * those of Python 3.11: datetime(...).replace(tzinfo=timezone.utc).timestamp(). */
#define _XOPEN_SOURCE 700

#include "configuration_main.h"
#include "test.h"

#include <adze/run.h>

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "kit/table.h"
#include "kit/times.h"

/* ---------------------------------------------------------------- scratch files */

static char folder[3000];

static const char *scratch(const char *name)
{
    static char paths[4][4096];
    static int next;
    if (!folder[0]) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/adze-series-XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(folder)) {
            perror(folder);
            exit(1);
        }
    }
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static const char *write_text(const char *name, const char *text)
{
    const char *path = scratch(name);
    FILE *file = fopen(path, "wb");
    if (file) {
        fwrite(text, 1, strlen(text), file);
        fclose(file);
    }
    return path;
}

static void remove_files(void)
{
    char command[4096];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (folder[0] && system(command) != 0)
        perror(folder);
    folder[0] = 0;
}

/* ---------------------------------------------------------------- times as text */

static double seconds(const char *text, int form)
{
    double time = 0;
    CHECK(table_time_read(text, strlen(text), '.', form, &time));
    return time;
}

TEST(times_are_seconds_since_1970)
{
    CHECK(seconds("2016-07-01 04:00:00", DATE_ISO) == 1467345600);
    CHECK(seconds("2016-07-01T04:00", DATE_ISO) == 1467345600);
    CHECK(seconds("1700", TIME_YEAR) == -8520336000);
    CHECK(seconds("1969-12-31 23:59:59.25", DATE_ISO) == -0.75);
    CHECK(seconds("2024-02-29 13:45:00+01:30", DATE_ISO) == 1709208900);
    CHECK(seconds("2024-02-29 13:45:00+0130", DATE_ISO) == 1709208900);
    CHECK(seconds("2024-02-29 12:15Z", DATE_ISO) == 1709208900);
    CHECK(seconds("29.2.2024 12:15", DATE_DMY) == 1709208900);
    CHECK(seconds("2/29/2024 12:15 PM", DATE_MDY) == 1709208900);
    CHECK(seconds("19580329", DATE_COMPACT) == -371174400);
    CHECK(seconds("1467345600", DATE_SECONDS) == 1467345600);
    CHECK(seconds("1467345600250", DATE_SECONDS) == 1467345600.25);
    CHECK(seconds("2024-12", DATE_ISO) == seconds("2024-12-01", DATE_ISO));
    CHECK(seconds("2024Q4", DATE_ISO) == seconds("2024-10-01", DATE_ISO));
    double time;
    CHECK(!table_time_read("14:30:00", 8, '.', DATE_CLOCK, &time));
    CHECK(!table_time_read("1700.5", 6, '.', TIME_YEAR, &time));
}

static const char *text_of(double time, times_form form)
{
    static char words[64];
    text_buffer t = {0};
    times_text(&t, time, form);
    snprintf(words, sizeof words, "%s", text_words(&t));
    text_done(&t);
    return words;
}

TEST(times_come_back_as_text)
{
    CHECK_STREQ(text_of(1467345600, TIMES_FULL), "2016-07-01 04:00:00");
    CHECK_STREQ(text_of(-0.75, TIMES_FULL), "1969-12-31 23:59:59.250");
    CHECK_STREQ(text_of(-8520336000, TIMES_YEARS), "1700");
    CHECK_STREQ(text_of(1735516800, TIMES_DAYS), "2024-12-30");
    CHECK_STREQ(text_of(12.5, TIMES_NUMBERS), "12.5");
}

/* Months are counted in the calendar: the last of one month is followed by the last of the next. */
TEST(steps_of_the_calendar)
{
    double day = 86400;
    double ends[] = {(double)times_days(2023, 12, 31) * day, (double)times_days(2024, 1, 31) * day,
                     (double)times_days(2024, 2, 29) * day, (double)times_days(2024, 3, 31) * day};
    time_step step;
    CHECK(times_step(ends, 4, true, &step) && step.months == 1);
    for (int i = 1; i < 4; i++)
        CHECK(times_add(ends[0], step, i) == ends[i]);
    CHECK(times_between(ends[0], ends[3], step) == 3);
    double years[] = {-8520336000, (double)times_days(1701, 1, 1) * day,
                      (double)times_days(1702, 1, 1) * day};
    CHECK(times_step(years, 3, true, &step) && step.months == 12);
    CHECK(times_form_of(years, 3, true, step) == TIMES_YEARS);
    double hours[] = {0, 3600, 7200, 14400};
    CHECK(times_step(hours, 4, true, &step) && step.months == 0 && step.seconds == 3600);
    CHECK(times_season(step, true) == 24);
    CHECK(times_add(14400, step, 2) == 21600);
}

/* Shares of a round: noon, Thursday, the 60th day of a leap year. */
TEST(parts_of_the_calendar)
{
    float value[2];
    const double pi = 3.14159265358979323846;
    times_round(43200, times_part("hour"), value);
    CHECK(fabsf(value[0]) < 1e-6f && value[1] == -1);
    times_round(1709208900, times_part("weekday"), value);
    CHECK(fabs((double)value[0] - sin(2 * pi * 3 / 7)) < 1e-7);
    times_round(1709208900, times_part("yearday"), value);
    CHECK(fabs((double)value[1] - cos(2 * pi * 59 / 366)) < 1e-7);
    times_round(1709208900, times_part("month"), value);
    CHECK(fabs((double)value[0] - sin(2 * pi / 12)) < 1e-7);
    CHECK(times_part("minute") == -1);
}

/* ---------------------------------------------------------------- tables with a time */

static ad_schema *schema_of(const char *text, const char *time)
{
    ad_schema *s = NULL;
    ad_csv_options o =
        AD_OPTIONS(ad_csv_options, .path = write_text("series.csv", text), .time = time);
    if (ad_reader_find("csv")->understand(&o, &s) != AD_OK)
        return NULL;
    return s;
}

static const char *note_of(const char *text, const char *time)
{
    static char notes[2000];
    ad_schema *s = schema_of(text, time);
    snprintf(notes, sizeof notes, "%s", s ? s->notes : ad_kit_error());
    ad_schema_free(s);
    return notes;
}

TEST(a_column_of_times_makes_a_series)
{
    ad_schema *s = schema_of("date,load\n2024-01-01 00:00,1\n2024-01-01 01:00,2.5\n"
                             "2024-01-01 02:00,3\n",
                             "date");
    CHECK(s && s->running && s->fields == 2);
    const ad_schema_field *f = s ? ad_schema_find(s, "date") : NULL;
    CHECK(f && f->meaning == AD_MEANS_TIME && f->use == AD_USE_ID && f->type == AD_F64 &&
          f->rate == 1);
    CHECK_CONTAINS(s->notes,
                   "'date' is the time: 3 rows from 2024-01-01 00:00:00 to 2024-01-01 02:00:00, "
                   "step 1 hour");
    char *text = ad_schema_text(s);
    ad_schema *again = NULL;
    CHECK(text && ad_schema_read(text, strlen(text), &again) == AD_OK && again->running);
    CHECK(again && again->field[0].meaning == AD_MEANS_TIME && again->field[0].rate == 1);
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = scratch("series.csv"), .time = "date");
    ad_source *rows = NULL;
    CHECK(ad_reader_find("csv")->open(&o, again, AD_PART_TRAIN, &rows) == AD_OK);
    double time[3], load[3];
    int64_t number[] = {0, 1, 2};
    ad_array into[] = {{.type = AD_F64, .shape = AD_SHAPE(3), .data = time},
                       {.type = AD_F64, .shape = AD_SHAPE(3), .data = load}};
    CHECK(rows && ad_source_read(rows, number, 3, 0, into) == AD_OK);
    CHECK(time[0] == 1704067200 && time[2] == 1704074400 && load[1] == 2.5);
    ad_source_free(rows);
    free(text);
    ad_schema_free(again);
    ad_schema_free(s);
    remove_files();
}

TEST(rows_without_a_time_may_be_a_series)
{
    ad_schema *s = NULL;
    ad_csv_options o =
        AD_OPTIONS(ad_csv_options, .path = write_text("plain.csv", "x\n1\n2.5\n"), .series = true);
    CHECK(ad_reader_find("csv")->understand(&o, &s) == AD_OK && s->running && !times_field(s));
    ad_schema_free(s);
    remove_files();
}

TEST(gaps_and_irregular_steps_are_named)
{
    CHECK_CONTAINS(
        note_of("day,x\n2024-01-01,1\n2024-01-02,2\n2024-01-05,3\n2024-01-06,1\n2024-01-08,1\n"
                "2024-01-09,7\n",
                "day"),
        "'day' has 2 gaps, 3 steps in all, before row 3 (2024-01-05), row 5 (2024-01-08)");
    CHECK_CONTAINS(note_of("t,x\n0,1\n1,2\n2,2\n2.5,3\n3.5,4\n", "t"),
                   "'t' is irregular: 1 other step, before row 4 (2.5)");
    CHECK_CONTAINS(
        note_of("day,x\n2024-01-01,1\n2024-01-02,2\n2024-01-02,4\n2024-01-03,3\n", "day"),
        "'day' is that of the row above in 1 row: row 3 (2024-01-02)");
    CHECK_CONTAINS(note_of("YEAR,x\n1700,1\n1701,2\n1702,4\n", "YEAR"),
                   "'YEAR' is the time: 3 rows from 1700 to 1702, step 1 year");
    CHECK_CONTAINS(note_of("d,x\n20240131,1\n20240229,2\n20240331,4\n", "d"), "step 1 month");
    remove_files();
}

TEST(bad_times_are_refused)
{
    CHECK_CONTAINS(
        note_of("day,x\n2024-01-05,1\n2024-01-04,2\n2024-01-03,3\n2024-01-02,1\n2024-01-01,1\n",
                "day"),
        "rows are not in the order of 'day': 4 come before the one above: row 2 (2024-01-04), row "
        "3 (2024-01-03), row 4 (2024-01-02)...");
    CHECK_CONTAINS(note_of("day,x\n2024-01-05,1\n,2\n2024-01-06,3\n", "day"),
                   "the time column 'day' lacks values: row 2\n");
    CHECK_CONTAINS(note_of("day,x\n2024-01-05,1\nsoon,2\n2024-01-06,3\n", "day"),
                   "stands in the time column");
    CHECK_CONTAINS(note_of("day,x\n14:30:00,1\n15:30:00,2\n", "day"), "a day has to be said");
    CHECK_CONTAINS(note_of("day,x\n1/2/2024,1\n2/3/2024,2\n", "day"), "day/month or month/day");
    CHECK_CONTAINS(note_of("day,x\n2024-01-05,1\n", "dya"),
                   "there is no column 'dya', which time names");
    ad_schema *s = NULL;
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("x.csv", "day,x\n1,1\n2,2\n"),
                                  .time = "day", .target = AD_NAMES("day"));
    CHECK(ad_reader_find("csv")->understand(&o, &s) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "is the time and is the target too");
    remove_files();
}

TEST(one_point_alone_has_no_step)
{
    CHECK_CONTAINS(note_of("day,x\n2024-01-05,1\n", "day"),
                   "1 row from 2024-01-05 to 2024-01-05\n");
    remove_files();
}

/* ---------------------------------------------------------------- windows */

enum { ROWS = 20 };

/* Hours of a day: load i, a temperature that is missing now and then, a holiday. */
static const char *write_hours(const char *name, int rows)
{
    char text[8000] = "time,load,heat,holiday\n";
    for (int i = 0; i < rows; i++) {
        char line[80], heat[16] = "";
        if (i != 4)
            snprintf(heat, sizeof heat, "%d.5", i % 7);
        snprintf(line, sizeof line, "2024-01-%02d %02d:00,%d.25,%s,%s\n", 1 + i / 24, i % 24, i,
                 heat, i % 3 ? "no" : "yes");
        strcat(text, line);
    }
    return write_text(name, text);
}

static ad_config *config_of(const char *path, const char *forecast, const char *more)
{
    static char text[2000];
    ad_config *c = NULL;
    snprintf(text, sizeof text,
             "task: forecast\ndata: {csv: %s, time: time, test_share: 0.3%s}\nforecast: {%s}\n"
             "model: [flatten, {linear: {out: 2}}]\n",
             path, more, forecast);
    if (ad_config_parse("series.yaml", text, strlen(text), NULL, 0, &c) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    return c;
}

/* A field of one example. */
static const float *window_of(ad_source *source, const char *name, int64_t number)
{
    static float room[4][512];
    ad_array into[4];
    const ad_source_field *field;
    int fields = ad_source_fields(source, &field), at = ad_source_find(source, name);
    CHECK(fields <= 4 && at >= 0);
    for (int f = 0; f < fields && f < 4; f++) {
        into[f] = (ad_array){.type = field[f].type, .shape = {.rank = field[f].shape.rank + 1}};
        into[f].shape.size[0] = 1;
        for (int k = 0; k < field[f].shape.rank; k++)
            into[f].shape.size[k + 1] = field[f].shape.size[k];
        into[f].data = room[f];
    }
    CHECK(ad_source_read(source, &number, 1, 0, into) == AD_OK);
    return room[at < 0 ? 0 : at];
}

/* 20 rows, the last 6 are the test part: windows of 3 with 2 to forecast. */
TEST(windows_do_not_cross_the_border_of_parts)
{
    ad_config *c =
        config_of(write_hours("hours.csv", ROWS), "window: 3, horizon: 2, targets: load", "");
    ad_run_data data = {0};
    CHECK_OK(ad_run_sources(c, &data));
    CHECK_EQ(ad_source_count(data.train), 14 - 3 - 2 + 1);
    CHECK_EQ(ad_source_count(data.test),
             6 - 2 + 1); /* the first window ends with the training part */
    CHECK_EQ(data.input[0].shape.size[0], 3);
    CHECK_EQ(data.input[0].shape.size[1], 4); /* load, heat, holiday is no, is yes */
    CHECK_EQ(data.target.shape.size[0], 2);
    /* load 0.25 to 13.25: mean 6.75, deviation sqrt((14^2 - 1) / 12) */
    double deviation = sqrt(195.0 / 12);
    CHECK_CLOSE(data.mean[0], 6.75, 1e-12);
    CHECK_CLOSE(data.deviation[1], deviation, 1e-12);
    const float *in = window_of(data.train, "input", 2);
    for (int i = 0; i < 3; i++)
        CHECK_CLOSE(in[4 * i], (2 + i + 0.25 - 6.75) / deviation, 1e-6);
    CHECK(in[2] == 1 && in[3] == 0 && in[4 + 2] == 0 && in[4 + 3] == 1);
    CHECK(in[4 * 2 + 1] == in[4 + 1]); /* row 4 has no heat: that of row 3 */
    const float *target = window_of(data.train, "target", 2);
    CHECK(target[0] == 5.25f && target[1] == 6.25f);
    target = window_of(data.test, "target", 0);
    CHECK(target[0] == 14.25f && target[1] == 15.25f);
    in = window_of(data.test, "input", 0);
    CHECK_CLOSE(in[0], (11.25 - 6.75) / deviation, 1e-6);
    ad_run_data_done(&data);
    ad_config_free(c);
    remove_files();
}

TEST(windows_that_do_not_look_back)
{
    ad_config *c = config_of(write_hours("hours.csv", ROWS),
                             "window: 3, horizon: 2, step: 2, look_back: false", "");
    ad_run_data data = {0};
    CHECK_OK(ad_run_sources(c, &data));
    CHECK_EQ(ad_source_count(data.train), 4); /* that of rows 3 and 4 lacks a target */
    CHECK_EQ(data.without_target, 1);
    CHECK_EQ(ad_source_count(data.test), 1);
    CHECK_EQ(data.target.shape.size[0], 4); /* load and heat */
    const float *target = window_of(data.test, "target", 0);
    CHECK(target[0] == 17.25f && target[1] == 3.5f && target[2] == 18.25f && target[3] == 4.5f);
    ad_run_data_done(&data);
    ad_config_free(c);
    remove_files();
}

/* A file of its own is looked back from only where it goes on with the time. */
TEST(a_test_file_looks_back_where_it_follows)
{
    char text[400] = "time,load,heat,holiday\n";
    for (int i = 20; i < 24; i++)
        snprintf(text + strlen(text), 60, "2024-01-01 %d:00,%d.25,1,no\n", i, i);
    const char *more = ", test: test.csv";
    char path[4096];
    write_hours("hours.csv", ROWS);
    write_text("test.csv", text);
    snprintf(path, sizeof path, "%s/series.yaml", folder);
    for (int turn = 0; turn < 2; turn++) {
        char yaml[1000];
        ad_config *c;
        ad_run_data data = {0};
        snprintf(yaml, sizeof yaml,
                 "task: forecast\ndata: {csv: hours.csv, time: time%s}\n"
                 "forecast: {window: 3, targets: load}\nmodel: [flatten, {linear: {out: 1}}]\n",
                 more);
        CHECK_OK(ad_config_parse(path, yaml, strlen(yaml), NULL, 0, &c));
        CHECK_OK(ad_run_sources(c, &data));
        CHECK_EQ(data.test ? ad_source_count(data.test) : 0, turn ? 1 : 4);
        ad_run_data_done(&data);
        ad_config_free(c);
        text[strlen("time,load,heat,holiday\n2024-01-")] = '1'; /* ten days later */
        for (char *at = text; (at = strstr(at, "-01 2")); at++)
            at[1] = '1';
        write_text("test.csv", text);
    }
    remove_files();
}

TEST(what_is_known_of_the_future)
{
    ad_config *c =
        config_of(write_hours("hours.csv", ROWS),
                  "window: 3, horizon: 2, targets: load, known: [holiday, time.hour]", "");
    ad_run_data data = {0};
    CHECK_OK(ad_run_sources(c, &data));
    CHECK_EQ(data.input[0].shape.size[1], 6);
    CHECK_EQ(data.inputs, 1);                                 /* the model does not name `future` */
    const float *future = window_of(data.train, "future", 2); /* rows 5 and 6 */
    const double pi = 3.14159265358979323846;
    CHECK(future[0] == 1 && future[1] == 0 && future[4] == 0 && future[5] == 1);
    CHECK_CLOSE(future[2], sin(2 * pi * 5 / 24), 1e-6);
    CHECK_CLOSE(future[4 + 3], cos(2 * pi * 6 / 24), 1e-6);
    const float *in = window_of(data.train, "input", 2);
    CHECK_CLOSE(in[6 + 4], sin(2 * pi * 3 / 24), 1e-6);
    ad_run_data_done(&data);
    ad_config_free(c);
    remove_files();
}

static const char *refusal(const char *forecast, const char *more)
{
    static char words[2000];
    ad_config *c = config_of(scratch("hours.csv"), forecast, more);
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_status status = c ? ad_run_sources(c, &data) : AD_OK;
    if (status == AD_OK)
        status = ad_run_graph(c, &data, 1, &n);
    CHECK(status != AD_OK);
    snprintf(words, sizeof words, "%s", ad_kit_error());
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    ad_config_free(c);
    return words;
}

TEST(forecasts_that_make_no_sense_are_refused)
{
    write_hours("hours.csv", ROWS);
    CHECK_CONTAINS(refusal("targets: laod", ""), "the data has no column 'laod'");
    CHECK_CONTAINS(refusal("targets: laod", ""), "there is 'load'");
    CHECK_CONTAINS(refusal("targets: holiday", ""), "'holiday' is no column of numbers");
    CHECK_CONTAINS(refusal("known: load, targets: load", ""), "so its future is not known");
    CHECK_CONTAINS(refusal("known: time.minute", ""), "'time.minute' is no part of a calendar");
    CHECK_CONTAINS(refusal("quantiles: [0.5, 0.1]", ""), "quantile 0.1 does not grow from 0.5");
    CHECK_CONTAINS(refusal("window: 13, horizon: 2", ""),
                   "the training set is a series of 14 rows, and a window of 13 with 2 to forecast "
                   "needs 15");
    CHECK_CONTAINS(refusal("window: 3, targets: load, quantiles: [0.1, 0.5, 0.9]", ""),
                   "a forecast is of 1 step times 1 target times 3 quantiles, 3 in all, but the "
                   "last layer gives 2");
    CHECK_CONTAINS(refusal("window: 3, targets: load", ", split: random"),
                   "shuffled, its parts would know of each other");
    remove_files();
}

TEST(a_series_of_one_point_is_said_to_be_short)
{
    write_text("hours.csv", "time,load\n2024-01-01,1\n");
    CHECK_CONTAINS(refusal("window: 3", ""), "cannot be cut off 1 example");
    write_text("hours.csv", "time,load\n2024-01-01,1\n2024-01-02,2\n");
    CHECK_CONTAINS(refusal("window: 3", ", validation: 0"), "a window of 3 with 1 to forecast");
    write_text("hours.csv", "time,load\n2024-01-01,5\n2024-01-02,5\n2024-01-03,5\n");
    CHECK_CONTAINS(refusal("window: 1", ""), "no column is left that could be forecast");
    write_text("hours.csv", "time,load,x\n2024-01-01,5,1\n2024-01-02,5,2\n2024-01-03,5,1.5\n");
    CHECK_CONTAINS(refusal("window: 1, targets: load", ""),
                   "the column 'load' is left out: constant");
    remove_files();
}

/* ---------------------------------------------------------------- the network */

/* Targets in their own units, quantiles side by side; the loss is the mean of the pinball losses
 * of (target - mean) / deviation, each of its own quantile; what is said is sorted. */
TEST(quantiles_are_learned_by_their_losses)
{
    ad_config *c = config_of(write_hours("hours.csv", ROWS),
                             "window: 3, targets: load, quantiles: [0.1, 0.9]", "");
    ad_run_data data = {0};
    ad_run_network n = {0};
    CHECK_OK(ad_run_sources(c, &data));
    CHECK_OK(ad_run_build(c, &data, 1, &n));
    CHECK_EQ(ad_tensor_shape(n.prediction).size[1], 2);
    CHECK_EQ(ad_tensor_shape(n.measured).size[1], 1);
    ad_program *p = ad_compile(n.state, .fetch = {n.loss, n.quantiles, n.measured, n.prediction},
                               .feed = {n.input[0], n.target});
    float in[3 * 4], target = window_of(data.test, "target", 1)[0];
    memcpy(in, window_of(data.test, "input", 1), sizeof in);
    ad_array feeds[] = {ad_f32(in, AD_SHAPE(1, 3, 4)), ad_f32(&target, AD_SHAPE(1, 1))},
             out[4] = {{0}};
    if (!p || ad_run(p, feeds, out) != AD_OK)
        TEST_FAILED("%s", ad_error());
    double loss = 0;
    for (int q = 0; q < 2; q++) {
        double off = ((double)target - ad_array_item(&out[1], q)) / data.deviation[0];
        double level = q ? 0.9 : 0.1;
        loss += fmax(level * off, (level - 1) * off) / 2;
    }
    CHECK_CLOSE(ad_array_item(&out[0], 0), loss, 1e-5);
    double first = ad_array_item(&out[1], 0), second = ad_array_item(&out[1], 1);
    CHECK(ad_array_item(&out[3], 0) == fmin(first, second));
    CHECK(ad_array_item(&out[3], 1) == fmax(first, second));
    CHECK(ad_array_item(&out[2], 0) == ad_array_item(&out[3], 0));
    ad_program_free(p);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    ad_config_free(c);
    remove_files();
}

/* y rises by 1 a row, so naive is off by h + 1, and the season of 24 by 24. */
TEST(baselines_of_a_series)
{
    ad_config *c =
        config_of(write_hours("hours.csv", 100), "window: 24, horizon: 2, targets: load", "");
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_run_measured m = {0};
    ad_baselines b;
    CHECK_OK(ad_run_sources(c, &data));
    CHECK_OK(ad_run_build(c, &data, 1, &n));
    CHECK_EQ(data.forecast->season, 24);
    CHECK_OK(ad_run_measure(&n, &data, data.test, NULL, NULL, &m));
    CHECK_OK(ad_run_baselines(&n, &data, data.test, &m, 1, &b));
    CHECK_EQ(b.count, 4);
    CHECK_STREQ(b.list[1].name, "naive");
    CHECK_STREQ(b.list[2].name, "seasonal");
    CHECK_CLOSE(b.list[1].measured[0].value, 1.5, 1e-4);
    CHECK_CLOSE(b.list[1].measured[1].value, 2.5, 1e-3);
    /* each window is off by 1 and 2, so windows say all alike: their interval is a point */
    CHECK_CLOSE(b.list[1].measured[0].low, 1.5, 1e-4);
    CHECK_CLOSE(b.list[1].measured[0].high, 1.5, 1e-4);
    CHECK_CLOSE(b.list[2].measured[0].value, 24, 1e-4);
    CHECK(!b.list[1].beaten);
    ad_run_measured_done(&m);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    ad_config_free(c);
    remove_files();
}

/* ---------------------------------------------------------------- a stored model */

static bool store(const ad_config *c, const char *run_path)
{
    ad_run_data data = {0};
    ad_run_network n = {0};
    ad_run_result result;
    ad_run_folder *run = NULL;
    bool good =
        ad_run_open(run_path, AD_RUN_NEW, &run) == AD_OK && ad_run_sources(c, &data) == AD_OK &&
        ad_run_build(c, &data, 1, &n) == AD_OK &&
        ad_run_train(&(ad_run_options){.config = c, .data = &data, .network = &n, .run = run},
                     &result) == AD_OK;
    if (!good)
        TEST_FAILED("%s", ad_kit_error());
    ad_run_close(run);
    ad_run_network_done(&n);
    ad_run_data_done(&data);
    return good;
}

static const char *answer_of(ad_model *m, const char *path, ad_answer_format format, bool all)
{
    static char words[20000];
    ad_answer_result result;
    FILE *file = tmpfile();
    ad_answer_options o = {.format = format, .all = all, .file = file};
    CHECK_OK(ad_model_answer(m, &path, 1, &o, &result));
    rewind(file);
    words[fread(words, 1, sizeof words - 1, file)] = 0;
    fclose(file);
    return words;
}

static int lines_of(const char *words)
{
    int count = 0;
    for (; *words; words++)
        count += *words == '\n';
    return count;
}

/* A model of the first 60 hours, stored. */
static ad_model *stored(const char *forecast)
{
    ad_model *m = NULL;
    char run_path[4096];
    ad_config *c = config_of(write_hours("hours.csv", 60), forecast, "");
    snprintf(run_path, sizeof run_path, "%s/run", folder);
    if (c && store(c, run_path) && ad_model_load(run_path, &m) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    ad_config_free(c);
    return m;
}

TEST(a_stored_model_forecasts_what_follows)
{
    ad_model *m = stored("window: 3, horizon: 2, targets: load, known: time.hour");
    const char *path = scratch("hours.csv");
    if (!m)
        return;
    CHECK_EQ(ad_model_width(m), 2);
    const char *words = answer_of(m, path, AD_ANSWER_CSV, false);
    CHECK_CONTAINS(words, "step,time,value_load,error\n1,2024-01-03 12:00:00,");
    CHECK_CONTAINS(words, "\n2,2024-01-03 13:00:00,");
    CHECK_EQ(lines_of(words), 3);
    CHECK_CONTAINS(answer_of(m, path, AD_ANSWER_JSON, false),
                   "\"step\": 2, \"time\": \"2024-01-03 13:00:00\", \"value_load\": ");
    words = answer_of(m, path, AD_ANSWER_CSV, true);
    CHECK_CONTAINS(words, "window,step,time,value_load,actual_load,error\n1,1,2024-01-01 03:00");
    CHECK_EQ(lines_of(words), 1 + 2 * (60 - 3 - 2 + 1));
    /* what a program asks is what a file is answered */
    ad_source *items = NULL;
    float told[2] = {0};
    char value[40];
    CHECK_OK(ad_model_items(m, &path, 1, &items));
    CHECK_EQ(items ? ad_source_count(items) : 0, 1);
    CHECK_OK(ad_model_predict(m, items, 0, 1, told));
    snprintf(value, sizeof value, "12:00:00,%.9g,\n", (double)told[0]);
    CHECK_CONTAINS(answer_of(m, path, AD_ANSWER_CSV, false), value);
    ad_source_free(items);
    ad_model_free(m);
    remove_files();
}

TEST(what_cannot_be_forecast_is_said)
{
    ad_model *m = stored("window: 3, horizon: 2, targets: load");
    if (!m)
        return;
    write_text("short.csv", "time,load,heat,holiday\n2024-01-01 00:00,1,1,no\n");
    CHECK_CONTAINS(answer_of(m, scratch("short.csv"), AD_ANSWER_CSV, false),
                   "has 1 row before what is forecast, and 3 are needed");
    write_text("empty.csv", "time,load,heat,holiday\n2024-01-01 00:00,,1,no\n"
                            "2024-01-01 01:00,,1,no\n2024-01-01 02:00,,1,no\n");
    CHECK_CONTAINS(answer_of(m, scratch("empty.csv"), AD_ANSWER_CSV, false),
                   "the last 3 rows have no value of 'load'");
    CHECK_CONTAINS(answer_of(m, scratch("short.csv"), AD_ANSWER_CSV, true), "has 1 rows");
    ad_model_free(m);
    remove_files();
}

/* Rows at the end whose targets are empty say what is known of the future. */
TEST(what_is_known_of_the_future_stands_in_the_file)
{
    ad_model *m = stored("window: 3, horizon: 2, targets: load, known: heat");
    if (!m)
        return;
    CHECK_CONTAINS(answer_of(m, scratch("hours.csv"), AD_ANSWER_CSV, false),
                   "has 0 rows of the future, whose targets are empty, and 2 are needed");
    write_text("next.csv", "time,load,heat,holiday\n2024-01-01 00:00,1,1,no\n"
                           "2024-01-01 01:00,2,1,no\n2024-01-01 02:00,3,1,no\n"
                           "2024-01-01 03:00,,1,no\n2024-01-01 04:00,,1,no\n");
    const char *words = answer_of(m, scratch("next.csv"), AD_ANSWER_CSV, false);
    CHECK_CONTAINS(words, "1,2024-01-01 03:00:00,");
    CHECK_EQ(lines_of(words), 3);
    ad_model_free(m);
    remove_files();
}

/* ---------------------------------------------------------------- drawn */

TEST(waves_are_their_formula)
{
    ad_waves_options o = AD_OPTIONS(ad_waves_options, .count = 100, .channels = 1, .waves = 1,
                                    .noise = 0, .trend = 0.5, .period = 8);
    ad_schema *s = NULL;
    ad_source *rows = NULL;
    const ad_reader_record *waves = ad_reader_find("waves");
    CHECK(waves && waves->understand(&o, &s) == AD_OK && s->running);
    CHECK(waves && waves->open(&o, s, AD_PART_TRAIN, &rows) == AD_OK);
    double time[9], x[9];
    int64_t number[9];
    for (int i = 0; i < 9; i++)
        number[i] = i;
    ad_array into[] = {{.type = AD_F64, .shape = AD_SHAPE(9), .data = time},
                       {.type = AD_F64, .shape = AD_SHAPE(9), .data = x}};
    CHECK(rows && ad_source_read(rows, number, 9, 0, into) == AD_OK);
    CHECK(time[0] == 1704067200 && time[1] == 1704067200 + 3600);
    CHECK_CLOSE(x[8] - x[0], 4, 1e-12);           /* a period later: the trend */
    CHECK_CLOSE(x[4] - 2 + x[0], 0, 1e-12);       /* half a period: the other sign */
    CHECK_CLOSE(hypot(x[0], x[2] - 1), 1, 1e-12); /* a quarter: sine and cosine */
    ad_source_free(rows);
    ad_schema_free(s);
}

/* ---------------------------------------------------------------- init */

TEST(init_sees_a_series)
{
    const char *path = write_hours("hours.csv", 240);
    char *text = NULL;
    ad_config *c = NULL;
    CHECK_OK(ad_init_text(&(ad_init_options){.path = path}, &text));
    if (text) {
        CHECK_CONTAINS(text, "task: forecast ");
        CHECK_CONTAINS(text, "  time: \"time\"");
        CHECK_CONTAINS(text, "  known: [time.hour, time.weekday]");
        CHECK_OK(ad_config_parse(path, text, strlen(text), NULL, 0, &c));
        ad_config_free(c);
        free(text);
    }
    remove_files();
}

TEST(init_sees_rows_that_are_no_series)
{
    static const char *const order[] = {"2024-01-03", "2024-01-01", "2024-01-02"};
    char rows[2000] = "day,x,y\n", *text = NULL;
    for (int i = 0; i < 30; i++)
        snprintf(rows + strlen(rows), 60, "%s,%d,%d.5\n", order[i % 3], i * 7 % 11, i * 5 % 13);
    const char *path = write_text("mixed.csv", rows);
    CHECK_OK(ad_init_text(&(ad_init_options){.path = path, .target = {"y"}, .targets = 1}, &text));
    if (text)
        CHECK_CONTAINS(text, "task: regression");
    free(text);
    remove_files();
}

TEST_MAIN_OF_CONFIGURATIONS()
