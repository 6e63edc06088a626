/* Measuring a part: a program that gives the loss and what the measures want, batch after batch. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/option.h"
#include "train/fit.h"

enum { OUTPUTS_MAX = 2 * AD_MEASURES_MAX + 1 };

static ad_status list_outputs(struct judge *j, ad_tensor *loss, ad_tensor **fetch)
{
    j->has_loss = loss != NULL;
    if (loss)
        fetch[j->outputs++] = loss;
    while (j->measures < AD_MEASURES_MAX && j->measure[j->measures].record) {
        const ad_measure *m = &j->measure[j->measures];
        if (!m->prediction || !m->target)
            return fail(AD_ERROR_ARGUMENT, "the measure \"%s\" lacks its %s", m->record->name,
                        m->prediction ? "target" : "prediction");
        fetch[j->outputs++] = m->prediction;
        fetch[j->outputs++] = m->target;
        j->measures++;
    }
    return j->outputs ? AD_OK : fail(AD_ERROR_ARGUMENT, "there is neither a loss nor a measure");
}

static ad_status make_sums(struct judge *j)
{
    for (int i = 0; i < j->measures; i++) {
        j->sums[i] = memory_zeroed(memory_default(), j->measure[i].record->bytes);
        if (!j->sums[i])
            return AD_ERROR_MEMORY;
    }
    return AD_OK;
}

ad_status judge_begin(struct judge *j, ad_state *state, ad_source *source, ad_tensor *loss,
                      const ad_measure *measure, int64_t size, int threads)
{
    ad_tensor *fetch[OUTPUTS_MAX];
    ad_batches_options o =
        AD_OPTIONS(ad_batches_options, .size = size, .order = AD_ORDER_AS_IS, .threads = threads);
    *j = (struct judge){.measure = measure};
    TRY(list_outputs(j, loss, fetch));
    j->batches = ad_batches_new(source, &o);
    if (!j->batches)
        return ad_error_status();
    TRY(make_sums(j));
    return fed_begin(&j->fed, state, j->batches, fetch, j->outputs, false, NULL,
                     source->record.name);
}

void judge_done(struct judge *j)
{
    fed_done(&j->fed);
    ad_batches_free(j->batches);
    for (int i = 0; i < j->measures; i++)
        if (j->sums[i])
            memory_free(memory_default(), j->sums[i], j->measure[i].record->bytes);
    *j = (struct judge){0};
}

int judge_count(const struct judge *j)
{
    return j->has_loss + j->measures;
}

/* Losses are means over a batch. */
static ad_status add_batch(struct judge *j, const ad_batch *batch, double *loss)
{
    ad_array out[OUTPUTS_MAX] = {{0}};
    TRY(fed_run(&j->fed, batch, NULL, out));
    if (j->has_loss)
        *loss += ad_array_item(&out[0], 0) * (double)batch->count;
    for (int i = 0; i < j->measures; i++)
        TRY(j->measure[i].record->add(j->sums[i], &out[j->has_loss + 2 * i], batch->count));
    return AD_OK;
}

static void conclude(struct judge *j, double loss, int64_t examples)
{
    double mean = examples ? loss / (double)examples : NAN;
    if (j->has_loss)
        j->measured[0] = (ad_measured){"loss", mean, mean, mean, true};
    for (int i = 0; i < j->measures; i++) {
        const ad_measure_record *r = j->measure[i].record;
        ad_measured *m = &j->measured[j->has_loss + i];
        *m = (ad_measured){.name = r->name, .less_is_better = r->less_is_better};
        r->value(j->sums[i], m);
    }
}

ad_status judge_run(struct judge *j)
{
    ad_batch batch;
    double loss = 0;
    int64_t examples = 0;
    for (int i = 0; i < j->measures; i++)
        memset(j->sums[i], 0, j->measure[i].record->bytes);
    TRY(ad_batches_seek(j->batches, 0, 0));
    do {
        TRY(ad_batches_next(j->batches, &batch));
        if (batch.count)
            TRY(add_batch(j, &batch, &loss));
        examples += batch.count;
    } while (batch.count);
    conclude(j, loss, examples);
    return AD_OK;
}

ad_status ad_evaluate(ad_state *state, ad_source *source, const ad_evaluate_options *options)
{
    ad_evaluate_options o = AD_OPTIONS(ad_evaluate_options);
    struct judge j;
    TRY(options_read(ad_evaluate_options, &o, options));
    if (!state || !source)
        return fail(AD_ERROR_ARGUMENT, "ad_evaluate: the %s is NULL", state ? "source" : "state");
    ad_status status = judge_begin(&j, state, source, o.loss, o.measure, o.size, 1);
    if (status == AD_OK)
        status = judge_run(&j);
    for (int i = 0; status == AD_OK && o.measured && i < judge_count(&j); i++)
        o.measured[i] = j.measured[i];
    if (status == AD_OK && o.measures)
        *o.measures = judge_count(&j);
    judge_done(&j);
    return status;
}
