/* Dates as they stand in tables.  The forms, each with an optional time behind a blank or a T:
 *
 *     iso      2024-03-05, 2024/3/5, 2024.03.05, 2024-03
 *     dmy      5.3.2024, 05/03/2024, 5-3-2024        mdy    3/5/2024
 *     named    5 Mar 2024, 5-March-2024, Mar 5, 2024
 *     compact  20240305
 *     time     14:30, 14:30:05, 14:30:05.25, and Z or +01:00 behind it, which is not applied */
#include <string.h>
#include <strings.h>

#include "table.h"

const char *const date_form_words[DATE_FORMS] = {"iso", "dmy", "mdy", "named", "compact"};
const char *const date_part_words[DATE_PARTS] = {"year", "month", "day", "weekday", "hour"};

typedef struct reading {
    const char *at, *end;
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

static bool read_iso(reading *r, table_date *d)
{
    int year = number(r, 4, 4);
    char between = year < 1 ? 0 : mark(r, "-/.");
    int month = between ? number(r, 1, 2) : -1;
    if (month < 1 || month > 12)
        return false;
    if (r->at == r->end && between != '.') {
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
    int year = number(r, 4, 4);
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
    mark(r, day_first ? "-." : "."), blanks(r);
    if (!day_first) {
        day = number(r, 1, 2);
        mark(r, ","), blanks(r);
    }
    return set_day(d, number(r, 4, 4), month, day);
}

static bool read_compact(reading *r, table_date *d)
{
    int all = r->end - r->at == 8 ? number(r, 8, 8) : -1;
    return all >= 10000101 && set_day(d, all / 10000, all / 100 % 100, all % 100);
}

static void zone(reading *r)
{
    if (mark(r, "Z") || !mark(r, "+-"))
        return;
    number(r, 2, 2);
    mark(r, ":");
    number(r, 2, 2);
}

/* Nothing, or a time. */
static bool read_time(reading *r, table_date *d)
{
    if (r->at == r->end)
        return true;
    if (!mark(r, " T"))
        return false;
    int hour = number(r, 1, 2);
    int minute = mark(r, ":") ? number(r, 2, 2) : -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    if (mark(r, ":")) {
        int second = number(r, 2, 2);
        if (second < 0 || second > 60 || (mark(r, ".,") && number(r, 1, 9) < 0))
            return false;
    }
    zone(r);
    d->part[DATE_HOUR] = hour;
    return r->at == r->end;
}

bool table_date_read(const char *text, size_t size, int form, table_date *date)
{
    reading r = {text, text + size};
    blanks(&r);
    while (r.end > r.at && r.end[-1] == ' ')
        r.end--;
    for (int i = 0; i < DATE_PARTS; i++)
        date->part[i] = -1;
    bool good = form == DATE_ISO       ? read_iso(&r, date)
                : form == DATE_NAMED   ? read_named(&r, date)
                : form == DATE_COMPACT ? read_compact(&r, date)
                                       : read_numbers(&r, date, form == DATE_MDY);
    return good && read_time(&r, date);
}

unsigned table_date_forms(const char *text, size_t size, unsigned forms)
{
    table_date date;
    if (size < 7 || size > 40)
        return 0;
    for (int i = 0; i < DATE_FORMS; i++)
        if ((forms & 1u << i) && !table_date_read(text, size, i, &date))
            forms &= ~(1u << i);
    return forms;
}
