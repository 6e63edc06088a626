/* Task forecast: what is forecast of a schema's fields, from what, and the same as text. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "run.h"
#include "suggest.h"
#include "table.h"
#include "times.h"

void run_forecast_free(ad_forecast *f)
{
    if (!f)
        return;
    table_names_done(&f->target);
    table_names_done(&f->known);
    free(f);
}

int64_t run_forecast_width(const ad_run_data *data)
{
    int quantiles = data->forecast->quantile.count;
    return data->target.shape.size[0] * (quantiles ? quantiles : 1);
}

int run_forecast_middle(const ad_forecast *f)
{
    int best = 0;
    for (int i = 1; i < f->quantile.count; i++) {
        double old = f->quantile.value[best] - 0.5, now = f->quantile.value[i] - 0.5;
        if (now * now < old * old)
            best = i;
    }
    return best;
}

/* Behind "time." or the name of the time's field and a point. */
int run_forecast_part(const ad_schema *schema, const char *known)
{
    const ad_schema_field *time = times_field(schema);
    size_t size = time ? strlen(time->name) : 0;
    if (!time || time->rate == 0 || ad_schema_find(schema, known))
        return -1;
    if (strncmp(known, time->name, size) == 0 && known[size] == '.')
        return times_part(known + size + 1);
    return strncmp(known, "time.", 5) == 0 ? times_part(known + 5) : -1;
}

/* ---------------------------------------------------------------- refusals */

static bool is_number(const ad_schema_field *f)
{
    return (f->meaning == AD_MEANS_NUMBER || f->meaning == AD_MEANS_WHOLE) && f->shape.rank <= 1;
}

static bool has_use(const ad_schema_field *f)
{
    return f->use == AD_USE_INPUT || f->use == AD_USE_TARGET;
}

static bool among(const ad_names *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->text[i], name) == 0)
            return true;
    return false;
}

static ad_status refuse_name(const ad_config *c, const ad_schema *s, const char *path,
                             const char *name, bool numbers)
{
    const ad_schema_field *f = ad_schema_find(s, name);
    suggest near = {.wrong = name};
    text_buffer cure = {0};
    for (int i = 0; i < s->fields; i++)
        if (has_use(&s->field[i]) && (!numbers || is_number(&s->field[i]))) {
            suggest_try(&near, s->field[i].name, NULL);
            text_add_format(&cure, "%s%s", cure.size ? ", " : "there are ", s->field[i].name);
        }
    if (!f && near.best) {
        cure.size = 0;
        text_add_format(&cure, "there is '%s'", near.best);
    }
    ad_status status =
        !f ? run_refuse(c, path, text_words(&cure), "the data has no column '%s'", name)
        : f->use == AD_USE_NONE
            ? run_refuse(c, path, "name another, or say its type: data.types",
                         "the column '%s' is left out: %s", name, schema_why_left_out(f))
            : run_refuse(c, path, text_words(&cure), "the column '%s' is no column of numbers",
                         name);
    text_done(&cure);
    return status;
}

/* ---------------------------------------------------------------- checks */

static ad_status check_series(const ad_config *c, const ad_schema *s)
{
    if (!s->running)
        return run_refuse(
            c, "task",
            "name its column of times: data: {time: NAME}; rows in order without one: "
            "data: {series: true}",
            "task forecast is for a series, and nothing says that the data is one");
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        if (has_use(f) && !is_number(f) && f->meaning != AD_MEANS_CLASS)
            return run_refuse(c, "task", "leave it out: data: {skip: [NAME]}",
                              "a series is of numbers and classes, and '%s' is neither", f->name);
    }
    return AD_OK;
}

static ad_status check_quantiles(const ad_config *c)
{
    const ad_numbers *q = &c->forecast.quantiles;
    for (int i = 1; i < q->count; i++)
        if (!(q->value[i] > q->value[i - 1]))
            return run_refuse(c, "forecast.quantiles", "write them growing: [0.1, 0.5, 0.9]",
                              "quantile %g does not grow from %g", q->value[i], q->value[i - 1]);
    if (q->count && ad_config_given(c, "train.loss") &&
        strcmp(c->loss.record->name, "pinball") != 0)
        return run_refuse(c, "train.loss", "take it out, or take forecast.quantiles out",
                          "quantiles are learned by the pinball loss, not by %s",
                          c->loss.record->name);
    return AD_OK;
}

static ad_status check_known(const ad_config *c, const ad_schema *s)
{
    const ad_schema_field *time = times_field(s);
    for (int i = 0; i < c->forecast.known.count; i++) {
        const char *name = c->forecast.known.text[i];
        const ad_schema_field *f = ad_schema_find(s, name);
        if (run_forecast_part(s, name) >= 0 || (f && f->use == AD_USE_INPUT))
            continue;
        if (strncmp(name, "time.", 5) == 0 && !f)
            return run_refuse(c, "forecast.known",
                              !time ? "name the column of times: data: {time: NAME}"
                              : time->rate == 0
                                  ? "give times as dates, or take it out"
                                  : "the parts are time.hour, time.weekday, time.day, "
                                    "time.month and time.yearday",
                              "'%s' is no part of a calendar that the data has", name);
        if (f && f->use == AD_USE_TARGET)
            return run_refuse(c, "forecast.known", "take it out",
                              "'%s' is what is forecast, so its future is not known", name);
        return refuse_name(c, s, "forecast.known", name, false);
    }
    return AD_OK;
}

static ad_status check_targets(const ad_config *c, const ad_schema *s)
{
    for (int i = 0; i < c->forecast.targets.count; i++) {
        const char *name = c->forecast.targets.text[i];
        const ad_schema_field *f = ad_schema_find(s, name);
        if (!f || !has_use(f) || !is_number(f))
            return refuse_name(c, s, "forecast.targets", name, true);
        if (among(&c->forecast.known, name))
            return run_refuse(c, "forecast.known", "take it out of one of them",
                              "'%s' is what is forecast, so its future is not known", name);
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- deciding */

static bool add_name(ad_names *list, const char *name)
{
    char **text = realloc(list->text, ((size_t)list->count + 1) * sizeof *text);
    if (!text)
        return false;
    list->text = text;
    text[list->count] = text_copy(name);
    return text[list->count++] != NULL;
}

/* Those that the file names, else the data's targets, else all numbers that are not known. */
static bool list_targets(const ad_config *c, const ad_schema *s, ad_names *list)
{
    bool of_data = ad_schema_target(s) != NULL;
    if (c->forecast.targets.count)
        return table_names_copy(list, &c->forecast.targets);
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        bool is = of_data ? f->use == AD_USE_TARGET : f->use == AD_USE_INPUT;
        if (is && is_number(f) && !among(&c->forecast.known, f->name) && !add_name(list, f->name))
            return false;
    }
    return true;
}

ad_status run_decide_forecast(const ad_config *c, ad_run_data *data)
{
    const ad_schema *s = data->schema;
    if (strcmp(data->task->record.name, "forecast") != 0 || data->forecast)
        return AD_OK;
    ad_status status = check_series(c, s);
    if (status == AD_OK)
        status = check_quantiles(c);
    if (status == AD_OK)
        status = check_known(c, s);
    if (status == AD_OK)
        status = check_targets(c, s);
    if (status != AD_OK)
        return status;
    ad_forecast *f = data->forecast = calloc(1, sizeof *f);
    if (!f || !list_targets(c, s, &f->target) || !table_names_copy(&f->known, &c->forecast.known))
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    f->window = c->forecast.window, f->horizon = c->forecast.horizon, f->step = c->forecast.step;
    f->quantile = c->forecast.quantiles;
    f->season = c->forecast.season == AD_SAME ? -1 : c->forecast.season;
    f->look_back = c->forecast.look_back;
    if (f->target.count == 0)
        return run_refuse(c, "task", "give a column of numbers",
                          "no column is left that could be forecast");
    return AD_OK;
}

/* ---------------------------------------------------------------- as text */

static void add_names(text_buffer *t, const char *key, const ad_names *list)
{
    for (int i = 0; i < list->count; i++) {
        text_add_format(t, "%s ", key);
        text_add_escaped(t, list->text[i]);
        text_add(t, "\n");
    }
}

char *run_forecast_text(const ad_forecast *f)
{
    text_buffer t = {0};
    text_add_format(&t, "windows %lld %lld %lld %lld %d %lld ", (long long)f->window,
                    (long long)f->horizon, (long long)f->step, (long long)f->season, f->look_back,
                    (long long)f->months);
    number_add(&t, f->seconds);
    text_add(&t, "\n");
    add_names(&t, "target", &f->target);
    add_names(&t, "known", &f->known);
    for (int i = 0; i < f->quantile.count; i++) {
        text_add(&t, "quantile ");
        number_add(&t, f->quantile.value[i]);
        text_add(&t, "\n");
    }
    return text_take(&t);
}

/* ---------------------------------------------------------------- back */

static bool take_whole(const char **at, int64_t low, int64_t high, int64_t *value)
{
    char *end;
    *value = strtoll(*at, &end, 10);
    bool good = end != *at && *end == ' ' && *value >= low && *value <= high;
    *at = end + 1;
    return good;
}

static bool take_head(ad_forecast *f, const char *at)
{
    int64_t back;
    if (!take_whole(&at, 1, 1000000, &f->window) || !take_whole(&at, 1, 100000, &f->horizon) ||
        !take_whole(&at, 1, 1000000, &f->step) || !take_whole(&at, 0, 1000000, &f->season) ||
        !take_whole(&at, 0, 1, &back) || !take_whole(&at, 0, INT32_MAX, &f->months) ||
        !number_read(at, &f->seconds))
        return false;
    f->look_back = back;
    return f->seconds >= 0;
}

static bool take_name(ad_names *list, const ad_schema *s, char *name, bool parts)
{
    const ad_schema_field *f = text_unescape(name) ? ad_schema_find(s, name) : NULL;
    bool field = f && has_use(f) && (parts || is_number(f));
    return (field || (parts && run_forecast_part(s, name) >= 0)) && add_name(list, name);
}

static bool take_quantile(ad_numbers *q, const char *words)
{
    double value;
    if (q->count == AD_NUMBERS_MAX || !number_read(words, &value) || !(value > 0 && value < 1) ||
        (q->count && value <= q->value[q->count - 1]))
        return false;
    q->value[q->count++] = value;
    return true;
}

static bool take_line(ad_forecast *f, const ad_schema *s, char *line)
{
    if (strncmp(line, "windows ", 8) == 0)
        return f->window == 0 && take_head(f, line + 8);
    if (strncmp(line, "target ", 7) == 0)
        return take_name(&f->target, s, line + 7, false);
    if (strncmp(line, "known ", 6) == 0)
        return take_name(&f->known, s, line + 6, true);
    return strncmp(line, "quantile ", 9) == 0 && take_quantile(&f->quantile, line + 9);
}

bool run_forecast_read(const char *text, const ad_schema *schema, ad_forecast **forecast)
{
    ad_forecast *f = *forecast = calloc(1, sizeof *f);
    bool good = f != NULL;
    while (good && *text) {
        size_t size = strcspn(text, "\n");
        char *line = text_copy_bytes(text, size);
        good = line && text[size] == '\n' && take_line(f, schema, line);
        text += good ? size + 1 : 0;
        free(line);
    }
    if (good && f->window && f->target.count)
        return true;
    run_forecast_free(f);
    *forecast = NULL;
    return false;
}
