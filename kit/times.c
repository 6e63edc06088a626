/* Times: the calendar, steps, texts. */
#include "times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

static const double day_seconds = 86400;
static const double pi = 3.14159265358979323846;

/* ---------------------------------------------------------------- the calendar */

int64_t times_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, yoe = year - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void times_civil(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = yoe + era * 400 + (*month <= 2);
}

static int64_t day_of(double time)
{
    return (int64_t)floor(time / day_seconds);
}

/* Seconds since the day began. */
static double clock_of(double time)
{
    return time - (double)day_of(time) * day_seconds;
}

static int days_in(int64_t year, int month)
{
    int64_t next = month == 12 ? times_days(year + 1, 1, 1) : times_days(year, month + 1, 1);
    return (int)(next - times_days(year, month, 1));
}

/* Months since the year 0, and the day among them; the last day of a month counts as 31. */
static int64_t month_of(double time, int *day)
{
    int64_t year;
    int month;
    times_civil(day_of(time), &year, &month, day);
    if (*day == days_in(year, month))
        *day = *day >= 28 ? 31 : *day;
    return year * 12 + month - 1;
}

/* ---------------------------------------------------------------- steps */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool same(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fmax(fabs(a), fabs(b));
}

/* The longest run of equal values of a sorted list. */
static double most_common(const double *sorted, int64_t count)
{
    double best = 0;
    int64_t most = 0;
    for (int64_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && same(sorted[from], sorted[to]);)
            to++;
        if (to - from > most)
            most = to - from, best = sorted[from];
    }
    return best;
}

/* All on one day of their months, or on last days, at one time of day. */
static bool on_months(const double *time, int64_t count)
{
    int64_t year;
    int month, first, day, kind;
    bool one = true, last = true, clock = true;
    times_civil(day_of(time[0]), &year, &month, &first);
    for (int64_t i = 0; i < count && (one || last) && clock; i++) {
        times_civil(day_of(time[i]), &year, &month, &day);
        month_of(time[i], &kind);
        one = one && day == first;
        last = last && kind == 31;
        clock = clock_of(time[i]) == clock_of(time[0]);
    }
    return (one || last) && clock;
}

bool times_step(const double *time, int64_t count, bool dated, time_step *step)
{
    *step = (time_step){0};
    if (count < 2)
        return true;
    double *list = malloc((size_t)count * sizeof *list);
    if (!list)
        return false;
    int day;
    bool months = dated && on_months(time, count);
    for (int64_t i = 1; i < count; i++)
        list[i - 1] = months ? (double)(month_of(time[i], &day) - month_of(time[i - 1], &day))
                             : time[i] - time[i - 1];
    qsort(list, (size_t)(count - 1), sizeof *list, by_value);
    double best = most_common(list, count - 1);
    if (months)
        step->months = (int64_t)best;
    else
        step->seconds = best;
    free(list);
    return true;
}

double times_add(double time, time_step step, int64_t count)
{
    if (step.months == 0)
        return time + step.seconds * (double)count;
    int64_t year;
    int month, day, kind;
    int64_t all = month_of(time, &kind) + step.months * count;
    times_civil(day_of(time), &year, &month, &day);
    year = all / 12, month = (int)(all % 12) + 1;
    int last = days_in(year, month);
    day = kind == 31 || day > last ? last : day;
    return (double)times_days(year, month, day) * day_seconds + clock_of(time);
}

double times_between(double from, double to, time_step step)
{
    int day;
    if (step.months)
        return (double)(month_of(to, &day) - month_of(from, &day)) / (double)step.months;
    return step.seconds > 0 ? (to - from) / step.seconds : (double)NAN;
}

/* ---------------------------------------------------------------- as text */

times_form times_form_of(const double *time, int64_t count, bool dated, time_step step)
{
    bool days = true, years = step.months > 0 && step.months % 12 == 0;
    for (int64_t i = 0; i < count && days && dated; i++) {
        int64_t year;
        int month, day;
        times_civil(day_of(time[i]), &year, &month, &day);
        days = isnan(time[i]) || clock_of(time[i]) == 0;
        years = years && days && month == 1 && day == 1;
    }
    return !dated ? TIMES_NUMBERS : !days ? TIMES_FULL : years ? TIMES_YEARS : TIMES_DAYS;
}

void times_text(text_buffer *t, double time, times_form form)
{
    int64_t year;
    int month, day;
    if (!isfinite(time) || form == TIMES_NUMBERS) {
        if (isfinite(time))
            number_add(t, time);
        return;
    }
    times_civil(day_of(time), &year, &month, &day);
    text_add_format(t, "%04lld", (long long)year);
    if (form != TIMES_YEARS)
        text_add_format(t, "-%02d-%02d", month, day);
    if (form != TIMES_FULL)
        return;
    double clock = clock_of(time);
    int64_t whole = (int64_t)clock, thousandths = (int64_t)((clock - (double)whole) * 1000 + 0.5);
    text_add_format(t, " %02d:%02d:%02d", (int)(whole / 3600), (int)(whole / 60 % 60),
                    (int)(whole % 60));
    if (thousandths > 0 && thousandths < 1000)
        text_add_format(t, ".%03d", (int)thousandths);
}

void times_step_text(text_buffer *t, time_step step, bool dated)
{
    static const struct {
        double seconds;
        const char *word;
    } units[] = {{604800, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}};
    double count = step.months ? (double)step.months : step.seconds;
    const char *word = dated ? "second" : "";
    if (step.months)
        word = step.months % 12 ? "month" : "year";
    count /= step.months && step.months % 12 == 0 ? 12 : 1;
    for (size_t i = 0; i < 4 && dated && !step.months; i++)
        if (step.seconds >= units[i].seconds && fmod(step.seconds, units[i].seconds) == 0) {
            count = step.seconds / units[i].seconds, word = units[i].word;
            break;
        }
    number_add(t, count);
    text_add_format(t, "%s%s%s", *word ? " " : "", word, *word && count != 1 ? "s" : "");
}

int64_t times_season(time_step step, bool dated)
{
    double s = step.seconds;
    if (!dated)
        return 0;
    if (step.months)
        return step.months < 12 && 12 % step.months == 0 ? 12 / step.months : 0;
    if (s >= 60 && s < day_seconds && fmod(day_seconds, s) == 0)
        return (int64_t)(day_seconds / s);
    return s == day_seconds ? 7 : s == 7 * day_seconds ? 52 : 0;
}

/* ---------------------------------------------------------------- parts of the calendar */

enum { PART_HOUR, PART_WEEKDAY, PART_DAY, PART_MONTH, PART_YEARDAY };

const char *const times_part_words[TIMES_PARTS] = {"hour", "weekday", "day", "month", "yearday"};

int times_part(const char *word)
{
    for (int i = 0; i < TIMES_PARTS; i++)
        if (strcmp(times_part_words[i], word) == 0)
            return i;
    return -1;
}

void times_round(double time, int part, float value[2])
{
    int64_t days = day_of(time), year;
    int month, day;
    times_civil(days, &year, &month, &day);
    double share = 0, inside = clock_of(time) / day_seconds;
    if (part == PART_HOUR)
        share = inside;
    else if (part == PART_WEEKDAY)
        share = (double)(((days + 3) % 7 + 7) % 7) / 7;
    else if (part == PART_DAY)
        share = (double)(day - 1) / days_in(year, month);
    else if (part == PART_MONTH)
        share = (double)(month - 1) / 12;
    else
        share = (double)(days - times_days(year, 1, 1)) /
                (double)(times_days(year + 1, 1, 1) - times_days(year, 1, 1));
    value[0] = (float)sin(2 * pi * share);
    value[1] = (float)cos(2 * pi * share);
}
