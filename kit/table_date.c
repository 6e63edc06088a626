/* Dates as they stand in tables.  The forms, each with an optional time behind a blank or a T:
 *
 *     iso      2024-03-05, 2024/3/5, 2024.03.05, 2024-03; 2024Q1, 2024-Q1: the quarter's first
 * month dmy      5.3.2024, 05/03/2024, 5-3-2024        mdy    3/5/2024 named    5 Mar 2024,
 * 5-March-2024, Mar 5, 2024, Mar-5-2024, Mar 2024 compact  20240305 clock    a time alone seconds
 * since 1970, of 9 or 10 digits; or ms time     14:30, 14:30:05, 14:30:05.25, 2:30 PM, and Z or
 * +01:00 behind it, which is not applied
 *
 * Years of two digits (3/5/24, 05.03.24) are 1969 to 2068, as POSIX has it. */
#include <string.h>
#include <strings.h>

#include "table.h"
#include "times.h"

const char *const date_form_words[DATE_FORMS] = {"iso",     "dmy",   "mdy",    "named",
                                                 "compact", "clock", "seconds"};
const char *const date_part_words[DATE_PARTS] = {"year", "month", "day", "weekday", "hour"};

typedef struct reading {
    const char *begin, *at, *end;
} reading;

/* A number of low to high digits; -1 where there is none. */
static int number(reading *r, int low, int high)
{
    int value = 0, count = 0;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && count <= high) {
        value = value * 10 + (*r->at++ - '0');
        count++;
    }
    return count >= low && count <= high ? value : -1;
}

/* One of the marks, which is taken; 0: none. */
static char mark(reading *r, const char *marks)
{
    char c = r->at < r->end ? *r->at : 0;
    while (*marks && *marks != c)
        marks++;
    r->at += *marks != 0;
    return *marks;
}

static void blanks(reading *r)
{
    while (r->at < r->end && *r->at == ' ')
        r->at++;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Sakamoto 1993: 0 is Monday. */
static int weekday(int year, int month, int day)
{
    static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    year -= month < 3;
    int sunday = (year + year / 4 - year / 100 + year / 400 + shift[month - 1] + day) % 7;
    return (sunday + 6) % 7;
}

static bool set_day(table_date *d, int year, int month, int day)
{
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of(year, month))
        return false;
    d->part[DATE_YEAR] = year;
    d->part[DATE_MONTH] = month;
    d->part[DATE_DAY] = day;
    d->part[DATE_WEEKDAY] = weekday(year, month, day);
    return true;
}

static bool read_quarter(reading *r, table_date *d, int year)
{
    int quarter = mark(r, "Qq") ? number(r, 1, 1) : -1;
    if (year < 1 || quarter < 1 || quarter > 4 || r->at < r->end)
        return false;
    d->part[DATE_YEAR] = year, d->part[DATE_MONTH] = 3 * quarter - 2;
    return true;
}

static bool read_iso(reading *r, table_date *d)
{
    int year = number(r, 4, 4);
    const char *q = r->at + (r->at < r->end && (*r->at == '-' || *r->at == ' '));
    if (q < r->end && (*q | 32) == 'q') {
        r->at = q;
        return read_quarter(r, d, year);
    }
    char between = year < 1 ? 0 : mark(r, "-/.");
    const char *from = r->at;
    int month = between ? number(r, 1, 2) : -1;
    if (month < 1 || month > 12)
        return false;
    if (r->at == r->end && between != '.' && r->at - from == 2) {
        d->part[DATE_YEAR] = year, d->part[DATE_MONTH] = month;
        return true;
    }
    return mark(r, (char[]){between, 0}) && set_day(d, year, month, number(r, 1, 2));
}

static bool read_numbers(reading *r, table_date *d, bool month_first)
{
    int first = number(r, 1, 2);
    char between = first < 0 ? 0 : mark(r, month_first ? "/-" : "./-");
    int second = between ? number(r, 1, 2) : -1;
    if (second < 0 || !mark(r, (char[]){between, 0}))
        return false;
    const char *from = r->at;
    int year = number(r, 2, 4);
    bool two = r->at - from == 2;
    if (r->at - from == 3 || (two && between == '-') ||
        (two && between == '.' && from - r->begin != 6))
        return false; /* 24-01-05 may begin with the year, 2.1.10 be a version */
    if (two)
        year += year < 69 ? 2000 : 1900;
    return month_first ? set_day(d, year, first, second) : set_day(d, year, second, first);
}

static int month_name(reading *r)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    const char *from = r->at;
    while (r->at < r->end && ((*r->at | 32) >= 'a' && (*r->at | 32) <= 'z'))
        r->at++;
    size_t size = (size_t)(r->at - from);
    for (int i = 0; i < 12; i++)
        if ((size == 3 || size == strlen(names[i])) && strncasecmp(from, names[i], size) == 0)
            return i + 1;
    return -1;
}

static bool read_named(reading *r, table_date *d)
{
    bool day_first = r->at < r->end && *r->at <= '9';
    int day = day_first ? number(r, 1, 2) : -1;
    if (day_first)
        mark(r, "-"), mark(r, "."), blanks(r);
    int month = month_name(r);
    if (month < 0)
        return false;
    mark(r, "-."), blanks(r);
    if (!day_first) {
        const char *from = r->at;
        int year = number(r, 4, 4);
        if (year > 0 && r->at == r->end) {
            d->part[DATE_YEAR] = year, d->part[DATE_MONTH] = month;
            return true;
        }
        r->at = from;
        day = number(r, 1, 2);
        mark(r, ",-"), blanks(r);
    }
    return set_day(d, number(r, 4, 4), month, day);
}

static bool read_compact(reading *r, table_date *d)
{
    int all = r->end - r->at == 8 ? number(r, 8, 8) : -1;
    return all >= 10000101 && set_day(d, all / 10000, all / 100 % 100, all % 100);
}

/* Days since 1970 as a day (Hinnant 2013, civil_from_days), from 1970 on. */
static bool set_days(table_date *date, int64_t days)
{
    int64_t z = days + 719468, era = z / 146097, doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int day = (int)(doy - (153 * mp + 2) / 5 + 1), month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return set_day(date, (int)(yoe + era * 400) + (month <= 2), month, day);
}

/* 9 or 10 digits: seconds, 12 or 13: their thousandths; from 1973 to 2286. */
static bool read_seconds(reading *r, table_date *d)
{
    int64_t all = 0, digits = r->end - r->at;
    bool thousandths = digits == 12 || digits == 13;
    if (!thousandths && digits != 9 && digits != 10)
        return false;
    for (; r->at < r->end; r->at++) {
        if (*r->at < '0' || *r->at > '9')
            return false;
        all = all * 10 + (*r->at - '0');
    }
    d->clock = thousandths ? (double)(all % 86400000) / 1000 : (double)(all % 86400);
    all /= thousandths ? 1000 : 1;
    d->part[DATE_HOUR] = (int)(all / 3600 % 24);
    return all >= 100000000 && set_days(d, all / 86400);
}

static void zone(reading *r, table_date *d)
{
    if (mark(r, "Z"))
        return;
    char sign = mark(r, "+-");
    const char *from = r->at;
    int hours = sign ? number(r, 1, 4) : -1;
    bool together = r->at - from == 4; /* +0130 */
    int minutes = sign && mark(r, ":") ? number(r, 2, 2) : 0;
    if (hours < 0 || minutes < 0)
        return;
    int east = together ? hours / 100 * 3600 + hours % 100 * 60 : hours * 3600 + minutes * 60;
    d->zone = sign == '-' ? -east : east;
}

/* AM or PM, with or without a blank before it; the hour by it, -1 where it is none of theirs. */
static int half_of_day(reading *r, int hour)
{
    blanks(r);
    if (r->end - r->at != 2 || (r->at[1] | 32) != 'm')
        return hour;
    char half = (char)(r->at[0] | 32);
    if ((half != 'a' && half != 'p') || hour < 1 || hour > 12)
        return -1;
    r->at += 2;
    return hour % 12 + (half == 'p' ? 12 : 0);
}

/* Nothing, or a point and digits of a second. */
static bool read_fraction(reading *r, double *seconds)
{
    const char *from = r->at + 1;
    if (!mark(r, ".,"))
        return true;
    int digits = number(r, 1, 9);
    double unit = 1;
    for (const char *p = from; p < r->at; p++)
        unit *= 10;
    *seconds = digits / unit;
    return digits >= 0;
}

static bool read_clock(reading *r, table_date *d)
{
    int hour = number(r, 1, 2);
    int minute = mark(r, ":") ? number(r, 2, 2) : -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    double seconds = 0;
    if (mark(r, ":")) {
        int second = number(r, 2, 2);
        if (second < 0 || second > 60 || !read_fraction(r, &seconds))
            return false;
        seconds += second;
    }
    d->part[DATE_HOUR] = hour = half_of_day(r, hour);
    d->clock = hour * 3600 + minute * 60 + seconds;
    zone(r, d);
    return hour >= 0 && r->at == r->end;
}

/* Nothing, or a time. */
static bool read_time(reading *r, table_date *d)
{
    return r->at == r->end || (mark(r, " T") && read_clock(r, d));
}

/* A time alone: 09:30, 9:30:00, 9:30 AM; 3:10 may be a score. */
static bool read_clock_alone(reading *r, table_date *d)
{
    return r->end - r->at >= 5 && read_clock(r, d);
}

bool table_date_read(const char *text, size_t size, int form, table_date *date)
{
    reading r = {text, text, text + size};
    if (size < DATE_SHORTEST || size > DATE_LONGEST)
        return false;
    blanks(&r);
    r.begin = r.at;
    while (r.end > r.at && r.end[-1] == ' ')
        r.end--;
    *date = (table_date){.clock = 0};
    for (int i = 0; i < DATE_PARTS; i++)
        date->part[i] = -1;
    bool good = form == DATE_ISO       ? read_iso(&r, date)
                : form == DATE_NAMED   ? read_named(&r, date)
                : form == DATE_COMPACT ? read_compact(&r, date)
                : form == DATE_CLOCK   ? read_clock_alone(&r, date)
                : form == DATE_SECONDS ? read_seconds(&r, date)
                                       : read_numbers(&r, date, form == DATE_MDY);
    return good && read_time(&r, date);
}

unsigned table_date_forms(const char *text, size_t size, unsigned forms)
{
    table_date date;
    for (int i = 0; i < DATE_FORMS; i++)
        if ((forms & 1u << i) && !table_date_read(text, size, i, &date))
            forms &= ~(1u << i);
    return forms;
}

bool table_time_read(const char *text, size_t size, char point, int form, double *time)
{
    table_number n;
    table_date d;
    if (form >= DATE_FORMS) {
        number_kind kind = table_number_read(text, size, point, &n);
        bool good = kind != NUMBER_NONE && (form == TIME_NUMBER || kind == NUMBER_WHOLE) &&
                    n.value < 1e15 && n.value > -1e15;
        *time = n.value;
        if (good && form == TIME_YEAR)
            *time = (double)times_days((int64_t)n.value, 1, 1) * 86400;
        return good;
    }
    if (!table_date_read(text, size, form, &d) || d.part[DATE_YEAR] < 0)
        return false;
    int day = d.part[DATE_DAY] < 0 ? 1 : d.part[DATE_DAY];
    *time =
        (double)times_days(d.part[DATE_YEAR], d.part[DATE_MONTH], day) * 86400 + d.clock - d.zone;
    return true;
}
