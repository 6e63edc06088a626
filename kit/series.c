/* Series in memory. */
#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"

enum { BLOCK = 1024 };

void series_done(series *s)
{
    free(s->input);
    free(s->future);
    free(s->target);
    free(s->time);
    *s = (series){0};
}

/* ---------------------------------------------------------------- shapes */

/* Numbers of a field of one axis; 0: there is no such field. */
static int64_t width_of(ad_source *rows, const char *name)
{
    const ad_source_field *field;
    int at = ad_source_find(rows, name);
    ad_source_fields(rows, &field);
    return at < 0 ? 0 : field[at].shape.rank ? field[at].shape.size[0] : 1;
}

static bool make_room(series *s, int64_t rows)
{
    size_t count = (size_t)rows + 1;
    float *input = realloc(s->input, count * (size_t)s->channels * sizeof *input);
    s->input = input ? input : s->input;
    float *target = realloc(s->target, count * (size_t)s->targets * sizeof *target);
    s->target = target ? target : s->target;
    float *future = s->known ? realloc(s->future, count * (size_t)s->known * sizeof *future) : NULL;
    s->future = future ? future : s->future;
    double *time = s->time ? realloc(s->time, count * sizeof *time) : NULL;
    s->time = time ? time : s->time;
    return input && target && (future || !s->known) && (time || !s->time);
}

static ad_status begin(const ad_run_data *data, ad_source *rows, series *s)
{
    const ad_forecast *f = data->forecast;
    const ad_schema_field *time = times_field(data->schema);
    *s = (series){.dated = time && time->rate > 0};
    for (int i = 0; i < f->known.count && s->parts < 16; i++) {
        int part = run_forecast_part(data->schema, f->known.text[i]);
        if (part >= 0)
            s->part[s->parts++] = part;
    }
    s->channels = width_of(rows, run_series_input) + 2 * s->parts;
    s->columns = width_of(rows, run_series_future);
    s->known = s->columns + 2 * s->parts;
    s->targets = width_of(rows, run_series_target);
    s->time = time && ad_source_find(rows, time->name) >= 0 ? calloc(1, sizeof *s->time) : NULL;
    bool good = s->channels > 2 * s->parts && s->targets > 0 && (s->time || !s->parts);
    return good ? AD_OK
                : run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                           "the data lacks what is forecast, or its times\n  give all columns that "
                           "were learned from\n");
}

/* ---------------------------------------------------------------- reading */

/* A row of the field with `width` numbers to a row of `room`. */
static void take(const ad_array *a, int64_t i, int64_t width, float *to)
{
    for (int64_t k = 0; k < width; k++)
        to[k] = (float)ad_array_item(a, i * width + k);
}

static void add_parts(const series *s, double time, float *to)
{
    for (int k = 0; k < s->parts; k++)
        times_round(time, s->part[k], to + 2 * k);
}

static void take_row(const ad_run_data *data, ad_source *rows, const ad_batch *b, int64_t i,
                     series *s, int64_t row)
{
    const ad_schema_field *time = times_field(data->schema);
    float *input = s->input + row * s->channels;
    int64_t own = s->channels - 2 * s->parts;
    take(&b->array[ad_source_find(rows, run_series_input)], i, own, input);
    take(&b->array[ad_source_find(rows, run_series_target)], i, s->targets,
         s->target + row * s->targets);
    if (s->columns)
        take(&b->array[ad_source_find(rows, run_series_future)], i, s->columns,
             s->future + row * s->known);
    if (s->time)
        s->time[row] = ad_array_item(&b->array[ad_source_find(rows, time->name)], i);
    if (!s->parts)
        return;
    add_parts(s, s->time[row], input + own);
    add_parts(s, s->time[row], s->future + row * s->known + s->columns);
}

/* Rows from `first` on of the source, behind those that the series has. */
static ad_status read_rows(const ad_run_data *data, ad_source *rows, int64_t first, series *s)
{
    int64_t count = ad_source_count(rows) - first, *number = malloc(((size_t)count + 1) * 8);
    if (!number || !make_room(s, s->rows + count)) {
        free(number);
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    }
    for (int64_t i = 0; i < count; i++)
        number[i] = first + i;
    ad_source *part = ad_source_part(rows, number, count);
    free(number);
    ad_batches *b =
        part ? ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0) : NULL;
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    for (; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch))
        for (int64_t i = 0; i < batch.count; i++)
            take_row(data, rows, &batch, i, s, s->rows + batch.example[i]);
    ad_batches_free(b);
    ad_source_free(part);
    s->rows += count;
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

/* A value that is missing is the one before it, at first 0. */
static void fill(float *list, int64_t rows, int64_t width)
{
    for (int64_t i = 0; i < rows * width; i++)
        if (isnan(list[i]))
            list[i] = i < width ? 0 : list[i - width];
}

static ad_status find_step(series *s)
{
    if (!s->time || times_step(s->time, s->rows, s->dated, &s->step))
        return AD_OK;
    return run_failed(AD_RUN_NO_FAULT, message_no_memory());
}

/* Whether the last row of before is one step before the first of rows, by their times. */
static ad_status follows(const ad_run_data *data, ad_source *rows, ad_source *before, bool *yes)
{
    series a, b;
    *yes = false;
    int64_t last = ad_source_count(before) - 1;
    ad_status status = begin(data, rows, &a);
    if (status != AD_OK || !a.time) {
        series_done(&a);
        return status;
    }
    status = read_rows(data, rows, 0, &a);
    if (status == AD_OK)
        status = find_step(&a);
    if (status == AD_OK)
        status = begin(data, before, &b);
    if (status == AD_OK) {
        status = read_rows(data, before, last, &b);
        *yes = status == AD_OK && a.rows > 0 && b.time &&
               fabs(times_between(b.time[0], a.time[0], a.step) - 1) < 1e-6;
        series_done(&b);
    }
    series_done(&a);
    return status;
}

ad_status series_read(const ad_run_data *data, ad_source *rows, ad_source *before, bool always,
                      series *s)
{
    const ad_forecast *f = data->forecast;
    bool joins = before && f->look_back && ad_source_count(before) > 0;
    *s = (series){0};
    ad_status status = AD_OK;
    if (joins && !always)
        status = follows(data, rows, before, &joins);
    if (status == AD_OK)
        status = begin(data, rows, s);
    if (status == AD_OK && joins) {
        int64_t has = ad_source_count(before);
        s->front = has < f->window ? has : f->window;
        status = read_rows(data, before, has - s->front, s);
    }
    if (status == AD_OK)
        status = read_rows(data, rows, 0, s);
    if (status == AD_OK)
        status = find_step(s);
    if (status == AD_OK) {
        fill(s->input, s->rows, s->channels);
        fill(s->future, s->rows, s->known);
    } else {
        series_done(s);
    }
    return status;
}

/* ---------------------------------------------------------------- the end */

static bool has_target(const series *s, int64_t row)
{
    bool any = false;
    for (int64_t k = 0; k < s->targets; k++)
        any = any || !isnan(s->target[row * s->targets + k]);
    return any;
}

int64_t series_tail(const series *s)
{
    int64_t tail = 0;
    while (tail < s->rows && !has_target(s, s->rows - 1 - tail))
        tail++;
    return tail < s->rows ? tail : 0;
}

ad_status series_extend(series *s, int64_t count)
{
    if (count <= 0)
        return AD_OK;
    if (!make_room(s, s->rows + count))
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    int64_t own = s->channels - 2 * s->parts, last = s->rows - 1;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = s->rows + i;
        for (int64_t k = 0; k < s->targets; k++)
            s->target[row * s->targets + k] = NAN;
        for (int64_t k = 0; k < s->channels; k++)
            s->input[row * s->channels + k] = 0;
        for (int64_t k = 0; k < s->known; k++)
            s->future[row * s->known + k] = 0;
        if (s->time)
            s->time[row] = times_add(s->time[last], s->step, i + 1);
        if (s->parts) {
            add_parts(s, s->time[row], s->input + row * s->channels + own);
            add_parts(s, s->time[row], s->future + row * s->known + s->columns);
        }
    }
    s->rows += count;
    return AD_OK;
}

/* ---------------------------------------------------------------- items to forecast */

static ad_status refuse_short(const char *path, const char *what, int64_t has, int64_t needs,
                              const char *cure)
{
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_SHAPE,
                    "%s: has %lld row%s %s, and %lld are needed\n  %s\n", path, (long long)has,
                    has == 1 ? "" : "s", what, (long long)needs, cure);
}

/* A target that is missing in the whole window would be made of nothing. */
static ad_status check_seen(const ad_run_data *data, const series *s, int64_t end, const char *path)
{
    const ad_forecast *f = data->forecast;
    for (int64_t k = 0; k < s->targets; k++) {
        bool seen = false;
        for (int64_t i = end - f->window; i < end && !seen; i++)
            seen = !isnan(s->target[i * s->targets + k]);
        const char *name = f->target.text[k < f->target.count ? k : 0];
        if (!seen)
            return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                            "%s: the last %lld rows have no value of '%s'\n  it is forecast by "
                            "what it was: give the column\n",
                            path, (long long)f->window, name);
    }
    return AD_OK;
}

ad_status series_of_items(const ad_run_data *data, ad_source *rows, const char *path, series *s)
{
    const ad_forecast *f = data->forecast;
    ad_status status = series_read(data, rows, NULL, false, s);
    if (status != AD_OK)
        return status;
    int64_t tail = s->columns ? series_tail(s) : 0, end = s->rows - tail;
    if (end < f->window)
        status = refuse_short(path, "before what is forecast", end, f->window,
                              "the model looks at so many: give the rows before");
    else if (s->columns && tail < f->horizon)
        status = refuse_short(path, "of the future, whose targets are empty", tail, f->horizon,
                              "add rows with what is known of the future, and empty targets");
    if (status == AD_OK)
        status = check_seen(data, s, end, path);
    /* a file of a few rows does not show the step: it is that of the training part */
    time_step step = {f->months, f->seconds};
    if (status == AD_OK && (step.months || step.seconds > 0))
        s->step = step;
    s->rows = end + (tail < f->horizon ? tail : f->horizon);
    if (status == AD_OK)
        status = series_extend(s, f->horizon - (s->rows - end));
    if (status != AD_OK)
        series_done(s);
    return status;
}
