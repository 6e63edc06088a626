/* A part of the data measured by the values of a field. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"
#include "suggest.h"
#include "text.h"

enum { GROUPS_MAX = 1000, BLOCK = 512 };

static ad_status no_field(const ad_schema *schema, const char *name)
{
    suggest near = {.wrong = name};
    text_buffer all = {0};
    for (int i = 0; i < schema->fields; i++) {
        const ad_schema_field *f = &schema->field[i];
        if (f->use == AD_USE_NONE || (f->type != AD_I32 && f->type != AD_I64))
            continue;
        suggest_try(&near, f->name, NULL);
        text_add_format(&all, "%s%s", all.size ? ", " : "", f->name);
    }
    ad_status status = run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                                "the data has no field '%s' that is a class or whole numbers\n"
                                "  %s%s%s\n",
                                name, near.best ? "there is '" : "those are: ",
                                near.best  ? near.best
                                : all.data ? all.data
                                           : "none",
                                near.best ? "'" : "");
    text_done(&all);
    return status;
}

/* ---------------------------------------------------------------- values */

typedef struct valued {
    int64_t value, number;
} valued;

static int by_value(const void *a, const void *b)
{
    const valued *x = a, *y = b;
    int order = (x->value > y->value) - (x->value < y->value);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static ad_status read_values(ad_source *raw, int field, valued *list)
{
    ad_batches *b = ad_batches_new(raw, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    for (; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch))
        for (int64_t i = 0; i < batch.count; i++) {
            int64_t number = batch.example[i];
            const ad_array *a = &batch.array[field];
            list[number] = (valued){a->type == AD_I64 ? ((const int64_t *)a->data)[i]
                                                      : ((const int32_t *)a->data)[i],
                                    number};
        }
    ad_batches_free(b);
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

static char *name_value(const ad_schema_field *f, int64_t value)
{
    bool class = f->meaning == AD_MEANS_CLASS;
    if (class && value < 0)
        return text_copy("missing");
    return class && f->names && value < f->classes ? text_copy(f->names[value])
                                                   : text_format("%lld", (long long)value);
}

/* ---------------------------------------------------------------- groups */

typedef struct grouping {
    const ad_run_network *network;
    const ad_run_data *data;
    ad_source *source;
    const ad_schema_field *field;
    valued *list;
    int64_t count;
    ad_run_groups *groups;
} grouping;

static ad_status measure_group(grouping *g, int64_t from, int64_t to)
{
    ad_run_group *group = &g->groups->group[g->groups->count++];
    int64_t *number = malloc((size_t)(to - from) * sizeof *number);
    group->value = name_value(g->field, g->list[from].value);
    if (!number || !group->value) {
        free(number);
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    }
    for (int64_t i = from; i < to; i++)
        number[i - from] = g->list[i].number;
    ad_source *part = ad_source_part(g->source, number, to - from);
    free(number);
    ad_status status = part
                           ? ad_run_measure(g->network, g->data, part, NULL, NULL, &group->measured)
                           : run_fail_core(AD_RUN_NO_FAULT);
    ad_source_free(part);
    return status;
}

static int64_t count_values(const grouping *g)
{
    int64_t count = 0;
    for (int64_t i = 0; i < g->count; i++)
        count += i == 0 || g->list[i].value != g->list[i - 1].value;
    return count;
}

static ad_status measure_groups(grouping *g)
{
    int64_t values = count_values(g);
    if (values > GROUPS_MAX)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_RANGE,
                        "%s has %lld different values, and %d is the most that are measured "
                        "each alone\n  name a field of fewer\n",
                        g->field->name, (long long)values, GROUPS_MAX);
    g->groups->group = calloc((size_t)values + 1, sizeof *g->groups->group);
    if (!g->groups->group)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_status status = AD_OK;
    for (int64_t from = 0, to; from < g->count && status == AD_OK; from = to) {
        for (to = from; to < g->count && g->list[to].value == g->list[from].value;)
            to++;
        status = measure_group(g, from, to);
    }
    return status;
}

/* ---------------------------------------------------------------- the same measures of all */

/* Whether a class of the whole part is rare, by run_answers.c's rule; *least: which. */
static bool is_rare(const ad_run_groups *groups, int64_t classes, int64_t *least)
{
    int64_t *of = calloc((size_t)classes + 1, sizeof *of), all = 0;
    for (int g = 0; of && g < groups->count; g++)
        for (int64_t i = 0; groups->group[g].measured.matrix && i < classes * classes; i++) {
            of[i / classes] += groups->group[g].measured.matrix[i];
            all += groups->group[g].measured.matrix[i];
        }
    *least = classes - 1;
    for (int64_t c = classes - 1; of && c >= 0; c--)
        *least = of[c] < of[*least] ? c : *least;
    bool rare = of && (double)of[*least] * (double)classes < 0.4 * (double)all;
    free(of);
    return rare;
}

/* Which measures are told, and which of two classes is the positive one, are matters of the whole
 * part, not of each group. */
static ad_status measure_alike(const ad_run_data *data, ad_run_groups *groups)
{
    int64_t classes = groups->count ? groups->group[0].measured.classes : 0, least = 0;
    bool rare = classes > 1 && is_rare(groups, classes, &least);
    ad_status status = AD_OK;
    for (int g = 0; g < groups->count && classes > 1 && status == AD_OK; g++) {
        ad_run_measured *m = &groups->group[g].measured;
        int64_t positive = data->threshold > 0 ? data->positive : rare ? least : 1;
        if (m->answers.answers.kind != AD_METRIC_CLASSES ||
            (m->answers.rare == rare && (classes > 2 || m->answers.answers.positive == positive)))
            continue;
        m->answers.rare = rare;
        m->answers.answers.positive = classes == 2 ? positive : 0;
        free(m->metric);
        m->metric = NULL;
        status = run_measure_answers(data, m);
    }
    return status;
}

/* Missing classes are -1, and come last. */
static void missing_last(ad_run_groups *groups)
{
    if (groups->count < 2 || strcmp(groups->group[0].value, "missing") != 0)
        return;
    ad_run_group first = groups->group[0];
    memmove(groups->group, groups->group + 1, (size_t)(groups->count - 1) * sizeof first);
    groups->group[groups->count - 1] = first;
}

ad_status ad_run_measure_by(const ad_run_network *network, const ad_run_data *data,
                            ad_source *source, ad_source *raw, const char *field,
                            ad_run_groups *groups)
{
    *groups = (ad_run_groups){.count = 0};
    if (data->forecast && strcmp(field, "step") == 0)
        return run_measure_steps(network, data, source, groups);
    if (data->forecast)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                        "a forecast is measured by step, not by '%s'\n  name step\n", field);
    const ad_schema_field *f = ad_schema_find(data->schema, field);
    int at = f ? ad_source_find(raw, field) : -1;
    if (at < 0 || (f->type != AD_I32 && f->type != AD_I64) || f->shape.rank > 0)
        return no_field(data->schema, field);
    grouping g = {network, data, source, f, NULL, ad_source_count(raw), groups};
    g.list = calloc((size_t)g.count + 1, sizeof *g.list);
    ad_status status =
        g.list ? read_values(raw, at, g.list) : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (status == AD_OK) {
        qsort(g.list, (size_t)g.count, sizeof *g.list, by_value);
        status = measure_groups(&g);
    }
    if (status == AD_OK)
        status = measure_alike(data, groups);
    if (status == AD_OK && f->meaning == AD_MEANS_CLASS)
        missing_last(groups);
    free(g.list);
    return status;
}

void ad_run_groups_done(ad_run_groups *groups)
{
    for (int i = 0; i < groups->count; i++) {
        free(groups->group[i].value);
        ad_run_measured_done(&groups->group[i].measured);
    }
    free(groups->group);
    *groups = (ad_run_groups){.count = 0};
}
