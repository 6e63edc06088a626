/* A first configuration of a series: which column is the time, and how far to look. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init.h"
#include "message.h"
#include "number.h"
#include "run.h"
#include "table.h"
#include "times.h"

enum {
    ROWS_LEAST = 8, /* below, even steps are an accident */
    WINDOW = 24,    /* where nothing goes round */
    WINDOW_MOST = 512,
    SMALL_SERIES = 1000,
    LARGE_SERIES = 20000
};

static const double even_share = 0.8; /* of the steps */

/* ---------------------------------------------------------------- the time */

/* Columns of dates, and whole numbers that are years by their name. */
static bool may_be_time(const ad_schema *s, const layout_column *c)
{
    const ad_schema_field *f = c->field[0] >= 0 ? &s->field[c->field[0]] : NULL;
    if (c->type == COLUMN_DATE)
        return c->form != DATE_CLOCK;
    return f && f->use == AD_USE_INPUT && f->meaning == AD_MEANS_WHOLE && name_says_year(f->name);
}

ad_status init_time_columns(const ad_schema *schema, ad_names *found)
{
    table_layout layout;
    *found = (ad_names){0};
    if (table_layout_read(schema, &layout) != AD_OK)
        return AD_OK; /* it is no table */
    found->text = calloc((size_t)layout.columns + 1, sizeof *found->text);
    bool memory = found->text;
    for (int i = 0; i < layout.columns && memory; i++)
        if (may_be_time(schema, &layout.column[i]))
            memory = (found->text[found->count++] = text_copy(layout.column[i].name)) != NULL;
    table_layout_done(&layout);
    return memory ? AD_OK : message_no_memory();
}

static ad_status read_times(ad_source *rows, const char *name, double *time)
{
    int at = ad_source_find(rows, name);
    ad_batches *b = ad_batches_new(rows, .size = 1024, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    for (; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch))
        for (int64_t i = 0; i < batch.count; i++)
            time[batch.example[i]] = ad_array_item(&batch.array[at], i);
    ad_batches_free(b);
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

/* Most rows are one step behind the one above. */
static bool is_even(init_facts *f, const double *time, int64_t count, bool dated)
{
    time_step step;
    int64_t even = 0;
    if (count < ROWS_LEAST || !times_step(time, count, dated, &step))
        return false;
    for (int64_t i = 1; i < count; i++) {
        double steps = times_between(time[i - 1], time[i], step);
        if (time[i] <= time[i - 1])
            return false;
        even += steps > 1 - 1e-6 && steps < 1 + 1e-6;
    }
    f->season = times_season(step, dated);
    f->step_months = step.months, f->step_seconds = step.seconds;
    return (double)even >= even_share * (double)(count - 1);
}

ad_status init_is_series(init_facts *f, bool *yes)
{
    ad_source *rows = NULL;
    const ad_schema_field *time = times_field(f->schema);
    *yes = false;
    ad_status status = ad_config_open(f->config, f->schema, AD_PART_TRAIN, &rows);
    int64_t count = rows ? ad_source_count(rows) : 0;
    double *list = malloc(((size_t)count + 1) * sizeof *list);
    if (status == AD_OK && !list)
        status = message_no_memory();
    if (status == AD_OK && time && rows)
        status = read_times(rows, time->name, list);
    if (status == AD_OK && time && rows)
        *yes = is_even(f, list, count, time->rate > 0);
    free(list);
    ad_source_free(rows);
    return status;
}

/* ---------------------------------------------------------------- how far */

/* A whole number from 1 on that was set; 0: none was. */
static int64_t asked(const init_facts *f, const char *path)
{
    const char *value = init_set(f->o, path);
    int64_t number;
    return value && number_read_whole(value, &number) && number > 0 ? number : 0;
}

void init_horizon(init_facts *f)
{
    int64_t horizon = asked(f, "forecast.horizon"), window = asked(f, "forecast.window");
    int64_t rows = init_examples(f),
            held = (int64_t)((double)f->train * (1 - f->test_share) * f->validation_share);
    f->horizon = f->season == 52 ? 4 : f->season > 1 && f->season <= 288 ? f->season : 1;
    f->window = f->season ? 2 * f->season : WINDOW;
    while (f->horizon > 1 && 2 * f->horizon > held)
        f->horizon /= 2;
    f->horizon = horizon ? horizon : f->horizon;
    f->window = f->window < 2 * f->horizon ? 2 * f->horizon : f->window;
    f->window = f->window > WINDOW_MOST ? WINDOW_MOST : f->window;
    while (f->window > 1 && f->window + f->horizon > rows / 2)
        f->window /= 2;
    f->window = window ? window : f->window;
}

/* Parts of the calendar that go round within some windows. */
static const char *known_parts(const init_facts *f)
{
    const ad_schema_field *time = times_field(f->schema);
    if (!time || time->rate == 0 || f->step_months % 12 != 0)
        return f->step_months && f->step_months < 12 ? "[time.month]" : NULL;
    if (f->step_seconds > 0 && f->step_seconds < 86400)
        return "[time.hour, time.weekday]";
    return f->step_seconds == 86400                            ? "[time.weekday, time.yearday]"
           : f->step_seconds > 86400 && f->step_seconds < 32e5 ? "[time.yearday]"
                                                               : NULL;
}

static int64_t count_targets(const ad_schema *s)
{
    int64_t numbers = 0, targets = 0;
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        bool number = f->meaning == AD_MEANS_NUMBER || f->meaning == AD_MEANS_WHOLE;
        numbers += f->use == AD_USE_INPUT && number;
        targets += f->use == AD_USE_TARGET && number;
    }
    return targets ? targets : numbers;
}

void init_forecast(text_buffer *t, const init_facts *f)
{
    char why[120];
    const char *known = known_parts(f);
    text_buffer step = {0};
    times_step_text(&step, (time_step){f->step_months, f->step_seconds},
                    f->season > 0 || f->step_months);
    text_add(t, "forecast:\n");
    snprintf(why, sizeof why, "rows looked at; a row is %s%s", text_words(&step),
             f->season ? ", so these are two rounds at most" : "");
    init_line(t, why, "  window: %lld", (long long)f->window);
    init_line(t, "rows behind them that are forecast", "  horizon: %lld", (long long)f->horizon);
    if (known)
        init_line(t, "parts of the calendar, which are known beforehand", "  known: %s", known);
    t->failed = t->failed || step.failed;
    text_done(&step);
}

void init_series_model(text_buffer *t, const init_facts *f)
{
    char why[120];
    int64_t rows = init_examples(f), targets = count_targets(f->schema);
    int width = rows < SMALL_SERIES ? 16 : rows < LARGE_SERIES ? 32 : 64;
    text_add(t, "  # what a weighted sum of the window says, which follows any level and trend, "
                "and what is "
                "more to it\n  # (Lai et al. 2018)\n  - branches:\n      join: add\n      paths:\n"
                "        - - flatten\n");
    snprintf(why, sizeof why, "as many as are forecast: %lld step%s times %lld target%s",
             (long long)f->horizon, f->horizon == 1 ? "" : "s", (long long)targets,
             targets == 1 ? "" : "s");
    init_line(t, why, "          - linear");
    snprintf(why, sizeof why, "its state behind the last row; by the %lld rows", (long long)rows);
    init_line(t, why, "        - - gru: {width: %d, outputs: last}", width);
    init_line(t, "against learning the series by heart", "          - dropout: {rate: 0.5}");
    text_add(t, "          - linear\n");
}
