/* A forecast measured at each step of its horizon. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"
#include "text.h"

enum { FEEDS_MAX = AD_RUN_INPUTS_MAX + 1 };

typedef struct steps {
    const ad_run_network *n;
    const ad_run_data *data;
    ad_run_groups *groups;
    int64_t horizon, targets;
    const ad_measure_record *record[AD_RUN_MEASURES_MAX];
    void **sums; /* (horizon, records) */
    int records;
    ad_tensor *feed[FEEDS_MAX];
    int feeds;
    run_keeping *kept;    /* (horizon) */
    float *told, *target; /* (RUN_MEASURED_AT_ONCE, targets) of one step */
} steps;

static bool begin(steps *s)
{
    for (int i = 0; i < 4 && s->data->task->measure[i]; i++)
        s->record[s->records++] = ad_measure_find(s->data->task->measure[i]);
    size_t rows = RUN_MEASURED_AT_ONCE * (size_t)s->targets;
    s->told = malloc(rows * sizeof *s->told);
    s->target = malloc(rows * sizeof *s->target);
    s->sums = calloc((size_t)(s->horizon * s->records) + 1, sizeof *s->sums);
    s->kept = calloc((size_t)s->horizon + 1, sizeof *s->kept);
    s->groups->group = calloc((size_t)s->horizon + 1, sizeof *s->groups->group);
    bool good = s->told && s->target && s->sums && s->kept && s->groups->group;
    for (int64_t h = 0; good && h < s->horizon; h++)
        run_keeping_begin(&s->kept[h], s->data);
    for (int64_t i = 0; good && i < s->horizon * s->records; i++)
        good = (s->sums[i] = calloc(1, s->record[i % s->records]->bytes)) != NULL;
    for (int64_t h = 0; good && h < s->horizon; h++) {
        ad_run_group *g = &s->groups->group[s->groups->count++];
        good = (g->value = text_format("%lld", (long long)h + 1)) != NULL;
    }
    for (int i = 0; i < s->n->inputs; i++)
        s->feed[s->feeds++] = s->n->input[i];
    s->feed[s->feeds++] = s->n->target;
    return good;
}

static void done(steps *s)
{
    for (int64_t i = 0; s->sums && i < s->horizon * s->records; i++)
        free(s->sums[i]);
    for (int64_t h = 0; s->kept && h < s->horizon; h++)
        run_keeping_done(&s->kept[h]);
    free(s->kept);
    free(s->sums);
    free(s->told);
    free(s->target);
}

static void take_step(const ad_array *all, int64_t count, int64_t h, const steps *s, float *to)
{
    int64_t width = s->horizon * s->targets;
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < s->targets; k++)
            to[i * s->targets + k] = (float)ad_array_item(all, i * width + h * s->targets + k);
}

static ad_status add_batch(steps *s, const ad_array *out, int64_t count)
{
    for (int64_t h = 0; h < s->horizon; h++) {
        take_step(&out[0], count, h, s, s->told);
        take_step(&out[1], count, h, s, s->target);
        ad_array one[2] = {ad_f32(s->told, AD_SHAPE(count, s->targets)),
                           ad_f32(s->target, AD_SHAPE(count, s->targets))};
        for (int i = 0; i < s->records; i++)
            if (s->record[i]->add(s->sums[h * s->records + i], one, count) != AD_OK)
                return run_fail_core(AD_RUN_NO_FAULT);
        if (run_keep(&s->kept[h], one, count) != AD_OK)
            return AD_ERROR_MEMORY;
        s->groups->group[h].measured.count += count;
    }
    return AD_OK;
}

static ad_status conclude(steps *s, ad_source *source)
{
    ad_status status = AD_OK;
    for (int64_t h = 0; h < s->horizon && status == AD_OK; h++) {
        ad_run_measured *m = &s->groups->group[h].measured;
        for (int i = 0; i < s->records; i++) {
            m->measured[i] = (ad_measured){.name = s->record[i]->name,
                                           .less_is_better = s->record[i]->less_is_better};
            s->record[i]->value(s->sums[h * s->records + i], &m->measured[i]);
        }
        m->measures = s->records;
        status = run_intervals(&s->kept[h], s->data, source, m->measured, m->measures);
    }
    return status;
}

static ad_status run_all(steps *s, ad_source *source)
{
    ad_program *p = ad_compile(s->n->state, .fetch = {s->n->measured, s->n->target},
                               .feed_list = s->feed, .feed_count = s->feeds);
    ad_batches *b = ad_batches_new(source, .size = RUN_MEASURED_AT_ONCE, .order = AD_ORDER_AS_IS);
    ad_batch batch = {.count = 1};
    ad_status status = p && b ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    while (status == AD_OK && batch.count > 0) {
        ad_array in[FEEDS_MAX], out[2] = {{0}};
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status != AD_OK || batch.count == 0)
            break;
        for (int i = 0; i < s->feeds; i++)
            in[i] = batch.array[ad_source_find(source, ad_tensor_name(s->feed[i]))];
        status = ad_run(p, in, out) == AD_OK ? add_batch(s, out, batch.count)
                                             : run_fail_core(AD_RUN_NO_FAULT);
    }
    ad_batches_free(b);
    ad_program_free(p);
    return status;
}

ad_status run_measure_steps(const ad_run_network *network, const ad_run_data *data,
                            ad_source *source, ad_run_groups *groups)
{
    steps s = {.n = network,
               .data = data,
               .groups = groups,
               .horizon = data->forecast->horizon,
               .targets = data->target.shape.size[0] / data->forecast->horizon};
    ad_status status =
        begin(&s) ? run_all(&s, source) : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (status == AD_OK)
        status = conclude(&s, source);
    done(&s);
    return status;
}
