/* What a configuration and its data mean together, before anything is trained: what would be
 * ignored, or learned of values that the task cannot mean, is refused with its place. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"
#include "metric_spans.h"
#include "model.h"
#include "number.h"
#include "option.h"
#include "run.h"
#include "suggest.h"
#include "table.h"
#include "text.h"

/* ---------------------------------------------------------------- pixels */

static bool is_plain(const ad_numbers *list, double value)
{
    for (int i = 0; i < list->count; i++)
        if (list->value[i] != value)
            return false;
    return true;
}

/* The configuration of a run says all defaults: only what differs from them was meant. */
static ad_status check_pixels(const ad_config *c, const ad_schema *s)
{
    bool mean = !is_plain(&c->input.mean, 0), std = !is_plain(&c->input.std, 1);
    const char *path = c->input.from_data            ? "input.from_data"
                       : mean                        ? "input.mean"
                       : std                         ? "input.std"
                       : c->input.scale != 1.0 / 255 ? "input.scale"
                                                     : NULL;
    if (path && !run_image(s))
        return run_refuse(c, path,
                          "take it out: numbers are standardized by data.standardize, which is on",
                          "%s is for pixels, and the data has none", path);
    if (c->input.from_data && (mean || std))
        return run_refuse(c, mean ? "input.mean" : "input.std",
                          "take it out, or leave input.from_data out",
                          "%s and input.from_data cannot both say what pixels are standardized by",
                          mean ? "input.mean" : "input.std");
    return AD_OK;
}

/* ---------------------------------------------------------------- losses */

/* An option of the loss that the file's own loss would have, and the task's has not. */
static ad_status check_loss_options(const ad_config *c, const ad_task_record *task)
{
    const ad_record *record = c->loss.record;
    for (int i = 0; i < record->options; i++) {
        char path[128];
        snprintf(path, sizeof path, "train.%s", record->option[i].name);
        if (ad_config_given(c, path))
            return run_refuse(c, path, "take it out",
                              "%s means nothing with loss: %s, that of task %s", path, task->loss,
                              task->record.name);
    }
    return AD_OK;
}

static ad_status check_loss(const ad_config *c, const ad_task_record *task)
{
    const char *name = c->loss.record->name;
    bool given = ad_config_given(c, "train.loss");
    if (task->players) /* theirs is gan.loss */
        return AD_OK;
    if (!given && strcmp(name, task->loss) != 0)
        return check_loss_options(c, task);
    if (!given || !task->losses || suggest_listed(task->losses, name))
        return AD_OK;
    text_buffer cure = {0};
    text_add(&cure, "leave it out, or choose another task; with this one go ");
    option_add_list(&cure, task->losses, " and ");
    char *words = text_take(&cure);
    ad_status status =
        run_refuse(c, "train.loss", words ? words : "",
                   "loss %s does not fit task %s: what the model gives would mean something else",
                   name, task->record.name);
    free(words);
    return status;
}

/* ---------------------------------------------------------------- fields by name */

static ad_status check_group(const ad_config *c, const ad_schema *s)
{
    const ad_schema_field *f = c->parts.group ? ad_schema_find(s, c->parts.group) : NULL;
    bool known = f && f->use != AD_USE_NONE;
    if (!c->parts.group ||
        (known && (f->meaning == AD_MEANS_CLASS || f->meaning == AD_MEANS_WHOLE)))
        return AD_OK;
    text_buffer names = {0};
    for (int i = 0; i < s->fields && names.size < 400; i++)
        if (s->field[i].use != AD_USE_NONE &&
            (s->field[i].meaning == AD_MEANS_CLASS || s->field[i].meaning == AD_MEANS_WHOLE))
            text_add_format(
                &names, "%s%s",
                names.size ? ", " : "fields of classes or whole numbers: ", s->field[i].name);
    char *words = text_take(&names);
    ad_status status = run_refuse(
        c, "data.group", words && *words ? words : "no field holds classes or whole numbers",
        known ? "the field '%s' has neither classes nor whole numbers"
        : f   ? "the field '%s' is left out of what is read"
              : "the data has no field '%s'",
        c->parts.group);
    free(words);
    return status;
}

/* A field that is left out, and no layer is called so. */
static ad_status check_left_out(const ad_config *c, const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        if (f->use == AD_USE_NONE && model_takes(c->model, f->name) &&
            !model_gives(c->model, f->name))
            return run_refuse(c, "model", "take another, or change the data",
                              "the model takes the field '%s', which is left out: %s", f->name,
                              schema_why_left_out(f));
    }
    return AD_OK;
}

static ad_status check_balance(const ad_config *c, const ad_run_data *data)
{
    if (!c->train.balance || (ad_run_classes(data) > 0 && !data->task->of_words))
        return AD_OK;
    return run_refuse(c, "train.balance", "take it out",
                      "train.balance draws classes equally often, and task %s has %s",
                      data->task->record.name,
                      data->task->of_words ? "one for each word of an example" : "none");
}

/* ---------------------------------------------------------------- metrics */

/* Language models, and those that write texts, have their measures in any case. */
static bool is_measured(const char *name, const ad_task_record *task)
{
    bool own = task->answers == AD_METRIC_LOSSES || task->answers == AD_METRIC_SENTENCES;
    for (int i = 0; i < 4 && own && task->measure[i]; i++)
        if (strcmp(task->measure[i], name) == 0)
            return true;
    return false;
}

static const char *meaningless(const ad_choice *metric, const ad_run_data *data)
{
    const ad_metric_record *r = (const ad_metric_record *)metric->record;
    int64_t classes = ad_run_classes(data);
    if (!(r->kinds & data->task->answers) && !is_measured(r->record.name, data->task))
        return "is of other answers";
    if (strncmp(r->record.name, "span_", 5) == 0 &&
        !(data->task->of_words &&
          metric_are_spans((const char *const *)ad_run_names(data), classes)))
        return "is of tags such as O, B-X and I-X";
    if (strcmp(r->record.name, "mase") == 0 && !data->forecast)
        return "needs the training series, that of a forecast";
    if (r->two && classes > 2)
        return "is of one class of two";
    if (strcmp(r->record.name, "top_k") == 0 && classes > 0 &&
        ((const ad_top_k_options *)metric->options)->k >= classes)
        return "is always right, as k is not below the number of classes";
    return NULL;
}

/* All that have a meaning, with their defaults. */
static char *metrics_of(const ad_run_data *data)
{
    text_buffer t = {0};
    for (int i = 0; ad_metric_at(i); i++) {
        const ad_record *r = ad_metric_at(i);
        ad_choice one = {r, (void *)r->initial};
        if (!meaningless(&one, data))
            text_add_format(&t, "%s%s", t.size ? ", " : "there are ", r->name);
    }
    if (!t.size)
        text_add(&t, "take the list out");
    return text_take(&t);
}

static const char *said_before(const ad_choices *list, int i)
{
    char a[AD_METRIC_NAME_MAX], b[AD_METRIC_NAME_MAX];
    metric_name(&list->choice[i], a);
    for (int k = 0; k < i; k++) {
        metric_name(&list->choice[k], b);
        if (strcmp(a, b) == 0)
            return "stands there twice";
    }
    return NULL;
}

static ad_status refuse_metric(const ad_config *c, const ad_run_data *data, const ad_choice *metric,
                               const char *why, char *cure)
{
    int64_t classes = ad_run_classes(data);
    ad_status status = run_refuse(
        c, "metrics", cure ? cure : "", "the metric %s %s, and the task is %s%s",
        metric->record->name, why, data->task->record.name, classes == 2 ? ", of two classes" : "");
    free(cure);
    return status;
}

ad_status run_check_metrics(const ad_config *config, const ad_run_data *data)
{
    const ad_choices *list = &config->metrics;
    for (int i = 0; i < list->count; i++) {
        const ad_choice *m = &list->choice[i];
        const char *why = meaningless(m, data), *twice = said_before(list, i);
        if (why || twice)
            return refuse_metric(config, data, m, why ? why : twice,
                                 why ? metrics_of(data) : text_copy("name it once"));
    }
    if (list->count < AD_RUN_MEASURES_MAX - 3)
        return AD_OK;
    return run_refuse(config, "metrics", "leave some out", "%d metrics are more than %d",
                      list->count, AD_RUN_MEASURES_MAX - 4);
}

/* A feed and what the graph calls its own must not have one name. */
static ad_status check_names(const ad_config *c, const ad_run_data *data)
{
    static const char *const own[] = {"prediction", "rate", RUN_CHANCES, RUN_MOMENTUM};
    for (int i = 0; i < data->inputs; i++)
        for (int k = 0; k < 4; k++)
            if (strcmp(data->input[i].name, own[k]) == 0)
                return run_refuse(c, "model", "give the field another name in the data",
                                  "the model takes the field '%s', a name that trainings use "
                                  "themselves",
                                  own[k]);
    return AD_OK;
}

/* A class is learned as its number, so names that are numbers have to be those. */
static ad_status check_labels(const ad_config *c, const ad_run_data *data)
{
    double number;
    for (int i = 0; i < data->schema->fields; i++) {
        const ad_schema_field *f = &data->schema->field[i];
        bool class = f->use == AD_USE_TARGET && f->meaning == AD_MEANS_CLASS && f->names;
        for (int64_t k = 0; class && data->task->target != AD_MEANS_CLASS && k < f->classes; k++)
            if (number_read(f->names[k], &number) ? number != (double)k : f->classes < 2)
                return run_refuse(c, ad_config_given(c, "task") ? "task" : "data",
                                  "write 0 and 1 in the data, or choose another task",
                                  "task %s learns targets that are 0 or 1, and %s has the value %s",
                                  data->task->record.name, f->name, f->names[k]);
    }
    return AD_OK;
}

ad_status run_check_config(const ad_config *config, const ad_run_data *data)
{
    ad_status status = check_pixels(config, data->schema);
    if (status == AD_OK)
        status = check_loss(config, data->task);
    if (status == AD_OK)
        status = check_group(config, data->schema);
    if (status == AD_OK)
        status = check_left_out(config, data->schema);
    if (status == AD_OK && !data->task->of_input)
        status = check_labels(config, data);
    if (status == AD_OK)
        status = check_balance(config, data);
    return status == AD_OK ? run_check_metrics(config, data) : status;
}

/* ---------------------------------------------------------------- what a loss needs of the data */

static int64_t classes_of(const ad_run_data *data)
{
    bool labels = data->task->over_time || data->task->target == AD_MEANS_CLASS;
    return labels ? data->target.classes : 0;
}

/* Classes, or where there are none targets. */
static int64_t width_of(const ad_run_data *data)
{
    if (classes_of(data))
        return classes_of(data);
    return data->target.shape.rank ? data->target.shape.size[0] : 1;
}

/* A list of the loss with another count than there are classes or targets, or NULL. */
static const ad_option *wrong_list(const ad_config *c, const ad_run_data *data, int *count)
{
    for (int i = 0; i < c->loss.record->options; i++) {
        const ad_option *o = &c->loss.record->option[i];
        if (o->type != AD_OPTION_NUMBERS)
            continue;
        *count = ((const ad_numbers *)((const char *)c->loss.options + o->offset))->count;
        if (*count && *count != width_of(data) && !(*count == 1 && !classes_of(data)))
            return o;
    }
    return NULL;
}

static ad_status check_loss_data(const ad_config *c, const ad_run_data *data)
{
    const char *name = c->loss.record->name;
    int count = 0;
    char path[80];
    if (!ad_config_given(c, "train.loss") || data->task->players)
        return AD_OK;
    if (run_has_quantiles(data) && strcmp(name, "pinball") != 0)
        return run_refuse(c, "train.loss", "leave it out, or leave forecast.quantiles out",
                          "quantiles are learned by the loss pinball, and train.loss is %s", name);
    if (!data->target.name)
        return AD_OK;
    const ad_option *list = wrong_list(c, data, &count);
    snprintf(path, sizeof path, "train.%s", list ? list->name : "loss");
    if (list)
        return run_refuse(c, path, "write one number for each, in their order",
                          "%s has %d number%s, and the data has %lld %s%s", path, count,
                          count == 1 ? "" : "s", (long long)width_of(data),
                          classes_of(data) ? "class" : "target",
                          width_of(data) == 1 ? ""
                          : classes_of(data)  ? "es"
                                              : "s");
    if (width_of(data) < 2 && strcmp(name, "cosine_distance") == 0)
        return run_refuse(c, "train.loss", "take squared_error, or name several targets",
                          "loss cosine_distance is of directions, and one target has none");
    return AD_OK;
}

ad_status run_check_inputs(const ad_config *config, const ad_run_data *data)
{
    if (data->inputs == 0)
        return run_refuse(config, "data",
                          "give the data a field that is no target and is not left out",
                          "nothing is left that the model could take");
    ad_status status = check_names(config, data);
    return status == AD_OK ? check_loss_data(config, data) : status;
}

/* ---------------------------------------------------------------- values of targets */

static const char *wrong_value(const ad_task_record *task, const ad_schema_field *f, double value)
{
    if (task->of_input)
        return NULL;
    if (isinf(value))
        return "an infinite target cannot be learned";
    if (f->meaning == AD_MEANS_CLASS)
        return NULL;
    if (task->truths && value != 0 && value != 1)
        return "task labels learns targets that are 0 or 1";
    if (task->shares && value < 0)
        return "task shares learns targets from 0 on that together are 1";
    if (strcmp(task->loss, "poisson") == 0 && value < 0)
        return "task count learns targets from 0 on";
    return NULL;
}

static ad_status check_values(const ad_run_data *data, const char *part, const ad_schema_field *f,
                              const ad_array *values, const ad_batch *b)
{
    int64_t each = b->count ? ad_array_count(values) / b->count : 0;
    for (int64_t i = 0; i < b->count * each; i++) {
        double value = ad_array_item(values, i);
        const char *wrong = wrong_value(data->task, f, value);
        if (wrong)
            return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                            "%s: example %lld of the %s data has %g\n  %s: correct the value, "
                            "leave the example out, or choose another task\n",
                            f->name, (long long)b->example[i / each] + 1, part, value, wrong);
    }
    return AD_OK;
}

/* All targets of each example together. */
static ad_status check_sums(const ad_run_data *data, const char *part, const ad_source_field *field,
                            int fields, const ad_batch *b)
{
    for (int64_t i = 0; i < b->count; i++) {
        double sum = 0;
        for (int k = 0; k < fields; k++) {
            const ad_schema_field *f = ad_schema_find(data->schema, field[k].name);
            int64_t each = ad_array_count(&b->array[k]) / b->count;
            for (int64_t j = 0; f && f->use == AD_USE_TARGET && j < each; j++)
                sum += ad_array_item(&b->array[k], i * each + j);
        }
        if (fabs(sum - 1) > 1e-3)
            return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                            "the targets of example %lld of the %s data are together %g\n  task "
                            "shares learns targets that together are 1: correct them, leave the "
                            "example out, or choose task: regression\n",
                            (long long)b->example[i] + 1, part, sum);
    }
    return AD_OK;
}

ad_status run_check_values(const ad_run_data *data, const char *part, const ad_source_field *field,
                           int fields, const ad_batch *b)
{
    for (int k = 0; k < fields; k++) {
        const ad_schema_field *f = ad_schema_find(data->schema, field[k].name);
        ad_status status =
            f && f->use == AD_USE_TARGET ? check_values(data, part, f, &b->array[k], b) : AD_OK;
        if (status != AD_OK)
            return status;
    }
    return data->task->shares ? check_sums(data, part, field, fields, b) : AD_OK;
}
