/* Forecasts as text: a row for each step. */
#ifndef ADZE_KIT_ANSWER_FORECAST_H
#define ADZE_KIT_ANSWER_FORECAST_H

#include <adze/run.h>

#include "text.h"

typedef struct forecast_text {
    text_buffer *text;
    const ad_run_data *about;
    ad_answer_format format;
    bool files; /* of several: each row says which */
    bool all;   /* every window of a file, with what was beside what is forecast */
} forecast_text;

/* The first line of CSV. */
void forecast_head(const forecast_text *f);
/* Item i of the windows (NULL where there is an error), from 0. */
ad_status forecast_rows(const forecast_text *f, const char *file, ad_source *windows, int64_t i,
                        const float *value, const char *error);

#endif
