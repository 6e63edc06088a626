/* A series in memory, and the windows over it that a network takes; see ad_forecast in adze/run.h.
 */
#ifndef ADZE_KIT_SERIES_H
#define ADZE_KIT_SERIES_H

#include <adze/run.h>

#include "times.h"

typedef struct series {
    int64_t rows, room;
    int64_t channels; /* of a row of `input` */
    int64_t known;    /* of a row of `future`; 0: there is none */
    int64_t targets;  /* of a row of `target`, NaN where it is missing */
    int64_t columns;  /* of `future` that come from the data: before the calendar's */
    float *input, *future, *target;
    double *time; /* NULL: there is none */
    bool dated;
    time_step step; /* of its own times */
    int64_t front;  /* the first so many rows are those of the part before */
    int part[16];   /* of the calendar, behind the channels of both */
    int parts;
} series;

/* The transformed rows, with the last `front` of before (which may be NULL) in front where they
 * follow one another.  always: that is known, else by their times. */
ad_status series_read(const ad_run_data *data, ad_source *rows, ad_source *before, bool always,
                      series *s);
void series_done(series *s);
/* count rows more, of which nothing is known but their times. */
ad_status series_extend(series *s, int64_t count);
/* Rows at the end without a single target, while others have some. */
int64_t series_tail(const series *s);

/* The windows that begin in these rows; takes both over, also where it fails.  name: for messages.
 */
ad_status series_windows(const ad_run_data *data, series *s, int64_t *start, int64_t count,
                         const char *name, ad_source **windows);

/* Of windows `input` (count, window, channels) the values of the targets `season` rows before each
 * step, or so many seasons as lie within the window: into told (count, horizon targets), in their
 * own units.  season 1: the last values. */
ad_status series_before(const ad_run_data *data, const ad_array *input, int64_t season,
                        float *told);

/* What follows the last row of rows that are to be forecast, as one window: into *s, of which the
 * last `horizon` rows are those that are forecast.  path: for messages. */
ad_status series_of_items(const ad_run_data *data, ad_source *rows, const char *path, series *s);

#endif
