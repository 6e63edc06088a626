/* Series: a column of times, what is noted of it, and what is refused.  Seconds since 1970 are
 * those of Python 3.11: datetime(...).replace(tzinfo=timezone.utc).timestamp(). */
#define _XOPEN_SOURCE 700

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

TEST_MAIN
