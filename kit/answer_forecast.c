/* Forecasts as text. */
#include "answer_forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "run.h"
#include "times.h"

enum { FIELDS_MAX = 4 };

/* A window as it is written. */
typedef struct item {
    const forecast_text *f;
    const char *file;
    int64_t number;      /* from 1 */
    const float *value;  /* (horizon, targets, quantiles) */
    const float *target; /* (horizon, targets) */
    double *time;        /* of each step; NULL: there is none */
    times_form form;
} item;

static int quantiles_of(const forecast_text *f)
{
    int count = f->about->forecast->quantile.count;
    return count ? count : 1;
}

static int64_t targets_of(const forecast_text *f)
{
    return f->about->target.shape.size[0] / f->about->forecast->horizon;
}

/* "value_OT", "value_OT_0.9", "actual_OT"; a field of several numbers counts them from 1. */
static char *key_of(const forecast_text *f, const char *before, int64_t target, int quantile)
{
    text_buffer t = {0};
    const ad_names *names = &f->about->forecast->target;
    for (int i = 0; i < names->count; i++) {
        const ad_schema_field *s = ad_schema_find(f->about->schema, names->text[i]);
        int64_t width = s && s->shape.rank ? s->shape.size[0] : 1;
        if (target >= width) {
            target -= width;
            continue;
        }
        text_add(&t, before);
        text_add(&t, names->text[i]);
        if (s && s->shape.rank)
            text_add_format(&t, "_%lld", (long long)target + 1);
        break;
    }
    if (quantile >= 0 && f->about->forecast->quantile.count) {
        text_add(&t, "_");
        number_add(&t, f->about->forecast->quantile.value[quantile]);
    }
    return text_take(&t);
}

static void add_key(const forecast_text *f, const char *before, int64_t target, int quantile)
{
    char *key = key_of(f, before, target, quantile);
    f->text->failed = f->text->failed || !key;
    if (key && f->format == AD_ANSWER_JSON)
        text_add_json(f->text, key, strlen(key));
    else if (key)
        text_add_csv(f->text, key, strlen(key));
    free(key);
}

void forecast_head(const forecast_text *f)
{
    const ad_schema_field *time = times_field(f->about->schema);
    text_add(f->text, f->files ? "file," : "");
    text_add(f->text, f->all ? "window,step," : "step,");
    if (time) {
        text_add_csv(f->text, time->name, strlen(time->name));
        text_add(f->text, ",");
    }
    for (int64_t k = 0; k < targets_of(f); k++) {
        for (int q = 0; q < quantiles_of(f); q++) {
            add_key(f, "value_", k, q);
            text_add(f->text, ",");
        }
        if (f->all) {
            add_key(f, "actual_", k, -1);
            text_add(f->text, ",");
        }
    }
    text_add(f->text, "error\n");
}

/* ---------------------------------------------------------------- a step */

/* Empty in CSV, null in JSON, where it is not known. */
static void add_number(const forecast_text *f, double value)
{
    if (isfinite(value))
        text_add_format(f->text, f->format == AD_ANSWER_TABLE ? "%.6g" : "%.9g", value);
    else
        text_add(f->text, f->format == AD_ANSWER_JSON    ? "null"
                          : f->format == AD_ANSWER_TABLE ? "-"
                                                         : "");
}

static double value_at(const item *it, int64_t step, int64_t target, int quantile)
{
    int64_t at = (step * targets_of(it->f) + target) * quantiles_of(it->f) + quantile;
    return (double)it->value[at];
}

static double actual_at(const item *it, int64_t step, int64_t target)
{
    return (double)it->target[step * targets_of(it->f) + target];
}

static void csv_step(const item *it, int64_t step)
{
    const forecast_text *f = it->f;
    if (f->files) {
        text_add_csv(f->text, it->file, strlen(it->file));
        text_add(f->text, ",");
    }
    if (f->all)
        text_add_format(f->text, "%lld,", (long long)it->number);
    text_add_format(f->text, "%lld,", (long long)step + 1);
    if (times_field(f->about->schema)) {
        if (it->time)
            times_text(f->text, it->time[step], it->form);
        text_add(f->text, ",");
    }
    for (int64_t k = 0; k < targets_of(f); k++) {
        for (int q = 0; q < quantiles_of(f); q++) {
            add_number(f, value_at(it, step, k, q));
            text_add(f->text, ",");
        }
        if (f->all) {
            add_number(f, actual_at(it, step, k));
            text_add(f->text, ",");
        }
    }
    text_add(f->text, "\n");
}

static void json_step(const item *it, int64_t step)
{
    const forecast_text *f = it->f;
    text_add(f->text, "{\"file\": ");
    text_add_json(f->text, it->file, strlen(it->file));
    if (f->all)
        text_add_format(f->text, ", \"window\": %lld", (long long)it->number);
    text_add_format(f->text, ", \"step\": %lld", (long long)step + 1);
    if (it->time) {
        text_add(f->text, it->form == TIMES_NUMBERS ? ", \"time\": " : ", \"time\": \"");
        times_text(f->text, it->time[step], it->form);
        text_add(f->text, it->form == TIMES_NUMBERS ? "" : "\"");
    }
    for (int64_t k = 0; k < targets_of(f); k++) {
        for (int q = 0; q < quantiles_of(f); q++) {
            text_add(f->text, ", ");
            add_key(f, "value_", k, q);
            text_add(f->text, ": ");
            add_number(f, value_at(it, step, k, q));
        }
        if (!f->all)
            continue;
        text_add(f->text, ", ");
        add_key(f, "actual_", k, -1);
        text_add(f->text, ": ");
        add_number(f, actual_at(it, step, k));
    }
    text_add(f->text, "}\n");
}

static void table_step(const item *it, int64_t step)
{
    const forecast_text *f = it->f;
    text_add(f->text, f->files ? it->file : "");
    text_add(f->text, f->files ? "  " : "");
    if (f->all)
        text_add_format(f->text, "%lld  ", (long long)it->number);
    text_add_format(f->text, "%lld", (long long)step + 1);
    if (it->time) {
        text_add(f->text, "  ");
        times_text(f->text, it->time[step], it->form);
    }
    for (int64_t k = 0; k < targets_of(f); k++) {
        for (int q = 0; q < quantiles_of(f); q++) {
            text_add(f->text, q ? " | " : "  ");
            add_number(f, value_at(it, step, k, q));
        }
        if (f->all) {
            text_add(f->text, " was ");
            add_number(f, actual_at(it, step, k));
        }
    }
    text_add(f->text, "\n");
}

/* ---------------------------------------------------------------- a window */

static void write_error(const forecast_text *f, const char *file, const char *error)
{
    int cells = (f->all ? 2 : 1) + (times_field(f->about->schema) != NULL) +
                (int)targets_of(f) * (quantiles_of(f) + f->all);
    if (f->format == AD_ANSWER_TABLE) {
        text_add_format(f->text, "%s  no answer\n", file);
    } else if (f->format == AD_ANSWER_JSON) {
        text_add(f->text, "{\"file\": ");
        text_add_json(f->text, file, strlen(file));
        text_add(f->text, ", \"error\": ");
        text_add_json(f->text, error, strcspn(error, "\n"));
        text_add(f->text, "}\n");
    } else {
        if (f->files) {
            text_add_csv(f->text, file, strlen(file));
            text_add(f->text, ",");
        }
        text_repeat(f->text, ",", cells);
        text_add_csv(f->text, error, strcspn(error, "\n"));
        text_add(f->text, "\n");
    }
}

/* Times of the steps, from that of the first. */
static bool find_times(item *it, double first)
{
    const ad_forecast *o = it->f->about->forecast;
    const ad_schema_field *time = times_field(it->f->about->schema);
    time_step step = {o->months, o->seconds};
    if (!time || !(step.months || step.seconds > 0))
        return true;
    it->time = malloc((size_t)o->horizon * sizeof *it->time);
    for (int64_t h = 0; it->time && h < o->horizon; h++)
        it->time[h] = times_add(first, step, h);
    bool hours = time->rate > 0 && fmod(step.seconds, 86400) != 0;
    if (it->time)
        it->form = hours ? TIMES_FULL : times_form_of(it->time, o->horizon, time->rate > 0, step);
    return it->time != NULL;
}

static void write_steps(const item *it)
{
    for (int64_t h = 0; h < it->f->about->forecast->horizon; h++)
        if (it->f->format == AD_ANSWER_CSV)
            csv_step(it, h);
        else if (it->f->format == AD_ANSWER_JSON)
            json_step(it, h);
        else
            table_step(it, h);
}

/* Arrays of one window, each in memory of its own. */
static bool make_arrays(ad_source *windows, ad_array *into, int *fields)
{
    const ad_source_field *field;
    bool good = true;
    *fields = ad_source_fields(windows, &field);
    for (int i = 0; i < *fields && i < FIELDS_MAX; i++) {
        into[i] = (ad_array){.type = field[i].type, .shape = {.rank = field[i].shape.rank + 1}};
        into[i].shape.size[0] = 1;
        for (int k = 0; k < field[i].shape.rank; k++)
            into[i].shape.size[k + 1] = field[i].shape.size[k];
        into[i].data = malloc(ad_array_bytes(&into[i]) + 1);
        good = good && into[i].data;
    }
    return good && *fields <= FIELDS_MAX;
}

static ad_status write_window(item *it, ad_source *windows, int64_t i)
{
    ad_array into[FIELDS_MAX] = {{.data = NULL}};
    const ad_schema_field *time = times_field(it->f->about->schema);
    int fields;
    ad_status status = make_arrays(windows, into, &fields) ? AD_OK : message_no_memory();
    if (status == AD_OK && ad_source_read(windows, &i, 1, 0, into) != AD_OK)
        status = message_core();
    if (status == AD_OK) {
        int at = time ? ad_source_find(windows, time->name) : -1;
        it->target = into[ad_source_find(windows, it->f->about->target.name)].data;
        bool known = at < 0 || find_times(it, ad_array_item(&into[at], 0));
        status = known ? AD_OK : message_no_memory();
    }
    if (status == AD_OK)
        write_steps(it);
    for (int k = 0; k < FIELDS_MAX; k++)
        free(into[k].data);
    free(it->time);
    return status;
}

ad_status forecast_rows(const forecast_text *f, const char *file, ad_source *windows, int64_t i,
                        const float *value, const char *error)
{
    if (error || !windows) {
        write_error(f, file, error ? error : "");
        return AD_OK;
    }
    item it = {.f = f, .file = file, .number = i + 1, .value = value};
    return write_window(&it, windows, i);
}
