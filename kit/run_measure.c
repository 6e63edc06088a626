/* What a network does on a part: loss, the measures of its task, and which class is taken for
 * which. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"
#include "run.h"

enum { FEEDS_MAX = AD_RUN_FEEDS_MAX + 1 };

typedef struct measuring {
    const ad_run_network *n;
    const ad_run_data *data;
    ad_run_measured *result;
    const ad_measure_record *record[AD_RUN_MEASURES_MAX];
    void *sums[AD_RUN_MEASURES_MAX];
    int records;
    ad_tensor *feed[FEEDS_MAX];
    int field[FEEDS_MAX]; /* of a batch */
    int feeds;
    ad_program *program; /* fetches loss, what is measured, target */
    ad_batches *batches;
    double loss, weight;
    void *next; /* sums of next_accuracy */
    run_keeping kept;
} measuring;

int64_t run_largest(const ad_array *a, int64_t row, int64_t classes)
{
    int64_t best = 0;
    for (int64_t c = 1; c < classes; c++)
        if (ad_array_item(a, row * classes + c) > ad_array_item(a, row * classes + best))
            best = c;
    return best;
}

/* out: what is said, and the targets: one for each example, or each step of it. */
static void add_matrix(ad_run_measured *r, const ad_array *out)
{
    int64_t count = r->matrix ? ad_array_count(&out[1]) : 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t label = (int64_t)ad_array_item(&out[1], i);
        if (label < 0 || label >= r->classes)
            continue;
        int64_t said = run_largest(&out[0], i, r->classes);
        r->matrix[label * r->classes + said]++;
        r->likeliest += said == label;
    }
}

int64_t run_measured_at_once(const ad_run_network *network)
{
    enum { NUMBERS = 1 << 24 };
    ad_shape shape = {0};
    int64_t each = 1;
    if (network->output)
        shape = ad_tensor_shape(network->output);
    for (int i = 1; i < shape.rank; i++)
        each *= shape.size[i] > 0 ? shape.size[i] : 1; /* open ones are not known */
    int64_t most = each < NUMBERS ? NUMBERS / each : 1;
    return most < RUN_MEASURED_AT_ONCE ? most : RUN_MEASURED_AT_ONCE;
}

static ad_status add_measure(measuring *w, int i, const ad_array *out, int64_t count)
{
    const ad_measure_record *m = w->record[i];
    if (w->kept.kind == AD_METRIC_LOSSES && strcmp(m->name, "log_loss") == 0)
        return run_keep_losses(&w->kept, m, w->sums[i], out, count);
    return m->add(w->sums[i], out, count) == AD_OK ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
}

/* A batch's loss is the mean over its examples; of a text over its steps that have a target. */
static double weight_of(const measuring *w, const ad_array *wanted, int64_t count)
{
    return w->data->task->over_time ? run_steps(wanted) : (double)count;
}

static ad_status add_batch(measuring *w, const ad_batch *b)
{
    ad_array in[FEEDS_MAX], out[5] = {{0}};
    for (int i = 0; i < w->feeds; i++)
        in[i] = b->array[w->field[i]];
    if (ad_run(w->program, in, out) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    double counts = weight_of(w, &out[2], b->count);
    w->loss += counts > 0 ? ad_array_item(&out[0], 0) * counts : 0;
    w->weight += counts;
    w->result->count += b->count;
    add_matrix(w->result, out + 1);
    if (w->next && run_next_accuracy.add(w->next, out + 3, b->count) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    for (int i = 0; i < w->records; i++) {
        ad_status status = add_measure(w, i, out + 1, b->count);
        if (status != AD_OK)
            return status;
    }
    ad_status status = run_keep(&w->kept, out + 1, b->count);
    return status == AD_OK && w->n->quantiles
               ? run_keep_quantiles(&w->kept, w->data, &out[3], &out[2], b->count)
               : status;
}

static void conclude(measuring *w)
{
    ad_run_measured *r = w->result;
    double loss = w->loss / (w->weight > 0 ? w->weight : 1);
    r->measured[0] = (ad_measured){
        .name = "loss", .value = loss, .low = loss, .high = loss, .less_is_better = true};
    for (int i = 0; i < w->records; i++) {
        ad_measured *m = &r->measured[i + 1];
        *m = (ad_measured){.name = w->record[i]->name,
                           .less_is_better = w->record[i]->less_is_better};
        w->record[i]->value(w->sums[i], m);
    }
    r->measures = w->records + 1;
    if (!w->next)
        return;
    ad_measured *m = &r->measured[r->measures++];
    *m = (ad_measured){.name = run_next_accuracy.name};
    run_next_accuracy.value(w->next, m);
}

/* ---------------------------------------------------------------- before the first batch */

static ad_status add_feed(measuring *w, ad_tensor *feed)
{
    const char *name = ad_tensor_name(feed);
    w->feed[w->feeds] = feed;
    w->field[w->feeds] = run_batch_field(w->batches, name, "");
    if (w->field[w->feeds++] >= 0)
        return AD_OK;
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s\n", name);
}

static ad_status prepare_feeds(measuring *w, const ad_run_data *data)
{
    ad_status status = AD_OK;
    for (int i = 0; i < w->n->inputs && status == AD_OK; i++)
        status = add_feed(w, w->n->input[i]);
    return status == AD_OK && data->target.name ? add_feed(w, w->n->target) : status;
}

static ad_status prepare(measuring *w, const ad_run_data *data, ad_source *source)
{
    ad_run_measured *r = w->result;
    bool room = true;
    if (ad_run_classes(data) > 0) {
        ad_shape shape = ad_tensor_shape(w->n->measured);
        r->classes = shape.size[shape.rank - 1];
        r->matrix = calloc((size_t)(r->classes * r->classes), sizeof *r->matrix);
        room = r->matrix;
    }
    for (int i = 0; i < 4 && data->task->measure[i]; i++) {
        w->record[i] = ad_measure_find(data->task->measure[i]);
        w->sums[i] = calloc(1, w->record[i]->bytes);
        room = room && w->sums[i];
        w->records++;
    }
    if (w->n->next[0])
        room = (w->next = calloc(1, run_next_accuracy.bytes)) && room;
    if (!room)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    w->batches =
        ad_batches_new(source, .size = run_measured_at_once(w->n), .order = AD_ORDER_AS_IS);
    if (!w->batches)
        return run_fail_core(AD_RUN_NO_FAULT);
    ad_status status = prepare_feeds(w, data);
    if (status != AD_OK)
        return status;
    ad_tensor *wanted = w->n->wanted ? w->n->wanted : w->n->target;
    ad_tensor *more = w->next ? w->n->next[0] : w->n->quantiles;
    w->program =
        ad_compile(w->n->state, .fetch = {w->n->loss, w->n->measured, wanted, more, w->n->next[1]},
                   .feed_list = w->feed, .feed_count = w->feeds);
    return w->program ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
}

/* ---------------------------------------------------------------- all batches */

static ad_status run(measuring *w, void (*progress)(void *user, int64_t done), void *user)
{
    ad_batch b = {.count = 1};
    ad_status status = AD_OK;
    while (status == AD_OK && b.count > 0) {
        status = ad_batches_next(w->batches, &b);
        if (status != AD_OK)
            return run_fail_core(AD_RUN_BAD_DATA);
        if (b.count)
            status = add_batch(w, &b);
        if (progress)
            progress(user, w->result->count);
    }
    return status;
}

static void done(measuring *w)
{
    ad_program_free(w->program);
    ad_batches_free(w->batches);
    for (int i = 0; i < w->records; i++)
        free(w->sums[i]);
    free(w->next);
    run_keeping_done(&w->kept);
}

static ad_status measure(measuring *w, const ad_run_data *data, ad_source *source,
                         void (*progress)(void *user, int64_t done), void *user)
{
    *w->result = (ad_run_measured){.measures = 0};
    w->data = data;
    ad_status status = prepare(w, data, source);
    if (status == AD_OK)
        status = run(w, progress, user);
    if (status == AD_OK)
        conclude(w);
    if (status == AD_OK)
        run_add_derived(data, source, w->result->measured, &w->result->measures);
    return status;
}

ad_status run_measure_sums(const ad_run_network *network, const ad_run_data *data,
                           ad_source *source, ad_run_measured *result)
{
    measuring w = {.n = network, .result = result};
    ad_status status = measure(&w, data, source, NULL, NULL);
    done(&w);
    return status;
}

static ad_status write_texts(const ad_run_network *network, const ad_run_data *data,
                             ad_source *source, void (*progress)(void *user, int64_t done),
                             void *user, ad_run_answers *answers, int64_t *cut)
{
    *cut = 0;
    if (data->task->spans)
        return run_span_answers(network, data, source, answers);
    return run_rewrite_answers(network, data, source, progress, user, answers, cut);
}

ad_status ad_run_measure(const ad_run_network *network, const ad_run_data *data, ad_source *source,
                         void (*progress)(void *user, int64_t done), void *user,
                         ad_run_measured *result)
{
    measuring w = {.n = network, .result = result};
    run_keeping_begin(&w.kept, data);
    ad_status status = measure(&w, data, source, progress, user);
    if (status == AD_OK && run_says_texts(data->task))
        status = write_texts(network, data, source, progress, user, &result->answers, &result->cut);
    if (status == AD_OK && run_says_texts(data->task)) {
        result->written = result->answers.answers.count;
        status = run_measure_answers(data, result);
    } else if (status == AD_OK)
        status = run_measure_kept(&w.kept, data, source, result);
    if (status == AD_OK)
        status = run_judge(network, data, source, result);
    done(&w);
    return status;
}

ad_status ad_run_answer(const ad_run_network *network, const ad_run_data *data, ad_source *source,
                        ad_run_answers *answers)
{
    ad_run_measured measured;
    measuring w = {.n = network, .result = &measured};
    int64_t cut;
    *answers = (ad_run_answers){.memory = {NULL}};
    if (run_says_texts(data->task))
        return write_texts(network, data, source, NULL, NULL, answers, &cut);
    run_keeping_begin(&w.kept, data);
    ad_status status = measure(&w, data, source, NULL, NULL);
    if (status == AD_OK)
        run_take_answers(&w.kept, data, source, answers);
    ad_run_measured_done(&measured);
    done(&w);
    return status;
}

void ad_run_measured_done(ad_run_measured *result)
{
    free(result->matrix);
    free(result->metric);
    ad_run_answers_done(&result->answers);
    free(result->samples);
    result->matrix = NULL;
    result->metric = NULL;
    result->samples = NULL;
}

bool ad_run_accuracy(const ad_run_measured *result, ad_measured *accuracy)
{
    double count = 0;
    *accuracy = (ad_measured){.name = "accuracy"};
    for (int64_t i = 0; result->matrix && i < result->classes * result->classes; i++)
        count += (double)result->matrix[i];
    if (!(count > 0))
        return false;
    accuracy->value = (double)result->likeliest / count;
    metric_wilson(accuracy->value, count, &accuracy->low, &accuracy->high);
    return true;
}

const ad_measured *ad_run_find(const ad_run_measured *result, const char *name)
{
    for (int i = 0; i < result->measures; i++)
        if (strcmp(result->measured[i].name, name) == 0)
            return &result->measured[i];
    return NULL;
}
