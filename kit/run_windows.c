/* Task forecast: windows of a series in the place of its rows; see ad_forecast in adze/run.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "model.h"
#include "run.h"
#include "series.h"

/* Behind a point, so that columns are seldom called so. */
const char run_series_input[] = ".input", run_series_target[] = ".target",
           run_series_future[] = ".future";

static const char input_name[] = "input", future_name[] = "future", target_name[] = "target";

/* ---------------------------------------------------------------- the source */

typedef struct windows {
    series s;
    int64_t *start;
    int64_t window, horizon;
    bool timed; /* the time of the first row that is forecast is a field */
} windows;

static void windows_free(void *user)
{
    windows *w = user;
    series_done(&w->s);
    free(w->start);
    free(w);
}

static void copy(const float *list, int64_t from, int64_t rows, int64_t width, ad_array *into,
                 int64_t i)
{
    size_t count = (size_t)(rows * width);
    memcpy((float *)into->data + (size_t)i * count, list + from * width, count * sizeof *list);
}

/* Rows of a window lie one behind the other, so each is one copy. */
static ad_status windows_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                              ad_array *into)
{
    const windows *w = user;
    const series *s = &w->s;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        int64_t at = w->start[number[i]], end = at + w->window;
        int field = 0;
        copy(s->input, at, w->window, s->channels, &into[field++], i);
        if (s->known)
            copy(s->future, end, w->horizon, s->known, &into[field++], i);
        copy(s->target, end, w->horizon, s->targets, &into[field++], i);
        if (w->timed)
            ((double *)into[field].data)[i] = s->time[end];
    }
    return AD_OK;
}

static int list_fields(const ad_run_data *data, windows *w, ad_source_field *field)
{
    const series *s = &w->s;
    const ad_schema_field *time = times_field(data->schema);
    int count = 0;
    field[count++] = (ad_source_field){input_name, AD_F32, AD_SHAPE(w->window, s->channels)};
    if (s->known)
        field[count++] = (ad_source_field){future_name, AD_F32, AD_SHAPE(w->horizon, s->known)};
    field[count++] = (ad_source_field){target_name, AD_F32, AD_SHAPE(w->horizon * s->targets)};
    w->timed = s->time && strcmp(time->name, input_name) != 0 &&
               strcmp(time->name, future_name) != 0 && strcmp(time->name, target_name) != 0;
    if (w->timed)
        field[count++] = (ad_source_field){time->name, AD_F64, AD_SCALAR};
    return count;
}

ad_status series_windows(const ad_run_data *data, series *s, int64_t *start, int64_t count,
                         const char *name, ad_source **made)
{
    ad_source_field field[4];
    windows *w = calloc(1, sizeof *w);
    *made = NULL;
    if (!w) {
        series_done(s);
        free(start);
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    }
    *w = (windows){.s = *s,
                   .start = start,
                   .window = data->forecast->window,
                   .horizon = data->forecast->horizon};
    *s = (series){0};
    ad_source_record r = {.count = count, .field = field, .fields = list_fields(data, w, field)};
    r.read = windows_read, r.free = windows_free, r.user = w, r.name = name;
    *made = ad_source_new(&r);
    if (!*made)
        windows_free(w);
    return *made ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

/* ---------------------------------------------------------------- which windows there are */

static bool is_whole(const series *s, int64_t from, int64_t rows)
{
    for (int64_t i = from * s->targets; i < (from + rows) * s->targets; i++)
        if (isnan(s->target[i]))
            return false;
    return true;
}

/* First rows of windows whose targets are all there. */
static int64_t *find_starts(const ad_forecast *f, const series *s, int64_t *count, int64_t *lacking)
{
    /* what is looked back to may be less than a window */
    int64_t last = s->rows - f->window - f->horizon;
    int64_t *start = malloc(((size_t)(last < 0 ? 0 : last) + 2) * sizeof *start);
    *count = *lacking = 0;
    for (int64_t i = 0; start && i <= last; i += f->step) {
        if (is_whole(s, i + f->window, f->horizon))
            start[(*count)++] = i;
        else
            ++*lacking;
    }
    return start;
}

static ad_status no_window(const ad_forecast *f, const series *s, const char *part, int64_t lacking)
{
    if (lacking)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                        "no window of the %s set has all its targets: %lld lack some\n  fill the "
                        "column in, or leave those rows out\n",
                        part, (long long)lacking);
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_SHAPE,
                    "the %s set is a series of %lld row%s, and a window of %lld with %lld to "
                    "forecast needs %lld\n  give more rows, or make forecast.window or "
                    "forecast.horizon smaller\n",
                    part, (long long)s->rows, s->rows == 1 ? "" : "s", (long long)f->window,
                    (long long)f->horizon, (long long)(f->window + f->horizon));
}

/* ---------------------------------------------------------------- what is learned */

/* Of each target, over the rows of the training part (Welford 1962), for each step. */
static ad_status keep_history(ad_run_data *data, const series *s)
{
    int64_t count = s->rows * s->targets;
    free(data->history);
    data->history = calloc((size_t)count + 1, sizeof *data->history);
    if (!data->history)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int64_t i = 0; i < count; i++)
        data->history[i] = (double)s->target[i];
    data->history_rows = s->rows;
    data->history_targets = s->targets;
    return AD_OK;
}

static ad_status find_moments(ad_run_data *data, const series *s)
{
    int64_t width = s->targets * data->forecast->horizon;
    if (data->mean)
        return AD_OK;
    data->mean = calloc((size_t)width, sizeof *data->mean);
    data->deviation = calloc((size_t)width, sizeof *data->deviation);
    if (!data->mean || !data->deviation)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int64_t k = 0; k < s->targets; k++) {
        double seen = 0, mean = 0, squares = 0;
        for (int64_t i = 0; i < s->rows; i++) {
            double x = (double)s->target[i * s->targets + k], off = x - mean;
            if (isnan(x))
                continue;
            mean += off / ++seen;
            squares += off * (x - mean);
        }
        double deviation = sqrt(squares / (seen > 0 ? seen : 1));
        for (int64_t h = 0; h < data->forecast->horizon; h++) {
            data->mean[h * s->targets + k] = mean;
            data->deviation[h * s->targets + k] = deviation > 0 ? deviation : 1;
        }
    }
    return AD_OK;
}

static void say_fields(const ad_config *c, ad_run_data *data, const series *s)
{
    ad_forecast *f = data->forecast;
    data->inputs = 0;
    data->input[data->inputs++] =
        (ad_run_field){input_name, AD_F32, AD_SHAPE(f->window, s->channels), 0};
    if (s->known && model_takes(c->model, future_name))
        data->input[data->inputs++] =
            (ad_run_field){future_name, AD_F32, AD_SHAPE(f->horizon, s->known), 0};
    data->target = (ad_run_field){target_name, AD_F32, AD_SHAPE(f->horizon * s->targets), 0};
}

static ad_status learn(ad_run_data *data, const series *s)
{
    ad_forecast *f = data->forecast;
    if (f->season < 0) {
        f->months = s->step.months, f->seconds = s->step.seconds;
        f->season = times_season(s->step, s->dated);
    } else if (f->months == 0 && f->seconds == 0) {
        f->months = s->step.months, f->seconds = s->step.seconds;
    }
    ad_status status = keep_history(data, s);
    return status == AD_OK ? find_moments(data, s) : status;
}

/* ---------------------------------------------------------------- a part */

/* The rows before those of a part that `test` may be, and whether they were cut off one another. */
static ad_source *rows_before(const ad_run_data *data, ad_part part, bool *always)
{
    int which = part == AD_PART_TEST && data->measured ? data->measured - 1 : (int)part;
    ad_source *validation = data->before ? data->before : data->validation;
    bool cut = data->cut & 1 << which;
    *always =
        cut && (which == AD_PART_VALIDATION || !validation || data->cut & 1 << AD_PART_VALIDATION);
    if (which == AD_PART_VALIDATION)
        return data->train;
    return which != AD_PART_TEST ? NULL : validation ? validation : data->train;
}

ad_status run_windows(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made)
{
    static const char *const words[] = {"training", "validation", "test"};
    series s;
    bool always;
    int64_t count, lacking;
    ad_source *before = rows_before(data, part, &always), *cut = NULL;
    ad_status status = series_read(data, *made, before, always, &s);
    if (status != AD_OK)
        return status;
    say_fields(c, data, &s);
    if (part == AD_PART_TRAIN)
        status = learn(data, &s);
    int64_t *start = status == AD_OK ? find_starts(data->forecast, &s, &count, &lacking) : NULL;
    if (status == AD_OK && !start)
        status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (status == AD_OK && count == 0)
        status = no_window(data->forecast, &s, words[part], lacking);
    if (status != AD_OK) {
        series_done(&s);
        free(start);
        return status;
    }
    data->without_target += lacking;
    status = series_windows(data, &s, start, count, words[part], &cut);
    if (status == AD_OK) {
        ad_source_free(*made);
        *made = cut;
    }
    return status;
}
