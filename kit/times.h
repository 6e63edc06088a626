/* Times: seconds since 1970, the steps of a series in time, and what a calendar says of them. */
#ifndef ADZE_KIT_TIMES_H
#define ADZE_KIT_TIMES_H

#include <adze/data.h>

#include "text.h"

/* From one point of a series to the next: calendar months where months is above 0, else seconds; of
 * times that are plain numbers these.  Both 0: not known. */
typedef struct time_step {
    int64_t months;
    double seconds;
} time_step;

/* Days from 1970-01-01 to a day of the Gregorian calendar, and back (Hinnant 2013). */
int64_t times_days(int64_t year, int month, int day);
void times_civil(int64_t days, int64_t *year, int *month, int *day);

/* The step that most pairs of neighbours have.  dated: they are seconds since 1970; then months
 * where all lie on one day of their months at one time of day.  False without memory. */
bool times_step(const double *time, int64_t count, bool dated, time_step *step);
/* count steps on; a day that the month has not is its last. */
double times_add(double time, time_step step, int64_t count);
/* Steps from one time to another; NaN where the step is not known. */
double times_between(double from, double to, time_step step);

/* 2016-07-01 04:00:00, without the time of day where all of them begin a day (days), the year alone
 * where all begin a year (years); plain numbers as they are. */
typedef enum times_form { TIMES_FULL, TIMES_DAYS, TIMES_YEARS, TIMES_NUMBERS } times_form;
times_form times_form_of(const double *time, int64_t count, bool dated, time_step step);
void times_text(text_buffer *t, double time, times_form form);
/* "1 hour", "3 months", "90 s"; plain numbers as they are. */
void times_step_text(text_buffer *t, time_step step, bool dated);
/* Steps of what goes round: a day of hours, a year of months...; 0: none that is known. */
int64_t times_season(time_step step, bool dated);

/* Parts of the calendar, each as sine and cosine of its share of a round: hour of a day (24 h,
 * minutes count), weekday of a week, day of a month, month of a year, yearday (days of a year). */
enum { TIMES_PARTS = 5 };
extern const char *const times_part_words[TIMES_PARTS];
int times_part(const char *word); /* -1: none */
void times_round(double time, int part, float value[2]);

/* The field of the schema that is the time, or NULL. */
const ad_schema_field *times_field(const ad_schema *schema);
/* Whether rows are in order of that field of the source: else fails with the first three places.
 * Notes range, step, gaps, and what is irregular.  name: of the file. */
ad_status times_look(ad_schema *schema, const char *name, ad_source *rows);

#endif
