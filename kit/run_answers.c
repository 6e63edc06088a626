/* All that a network says of a part, beside the targets; and the metrics of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric_spans.h"
#include "run.h"

enum { KEPT_MOST = 1 << 30 }; /* bytes */

/* ---------------------------------------------------------------- keeping */

void run_keeping_begin(run_keeping *k, const ad_run_data *data)
{
    *k = (run_keeping){.kind = (ad_metric_kind)data->task->answers, .block = 1, .most = KEPT_MOST};
    if (data->forecast)
        k->block = data->forecast->horizon;
    k->clustered = k->block > 1 || data->task->of_words;
}

void run_keeping_done(run_keeping *k)
{
    free(k->said);
    free(k->right);
    free(k->example);
    free(k->pinball);
    *k = (run_keeping){.count = 0};
}

static bool grow(void **list, int64_t room, size_t size)
{
    void *more = realloc(*list, (size_t)room * size);
    *list = more ? more : *list;
    return more;
}

static bool reserve(run_keeping *k, int64_t rows)
{
    if (k->count + rows <= k->room)
        return true;
    int64_t room = 2 * k->room > k->count + rows ? 2 * k->room : k->count + rows;
    bool done = grow((void **)&k->said, room * k->width, sizeof *k->said);
    done = grow((void **)&k->right, room * k->right_width, sizeof *k->right) && done;
    done = grow((void **)&k->example, room, sizeof *k->example) && done;
    k->room = done ? room : k->room;
    return done;
}

static void keep_row(run_keeping *k, const ad_array *out, int64_t row)
{
    for (int64_t i = 0; i < k->width; i++)
        k->said[k->count * k->width + i] = (float)ad_array_item(&out[0], row * k->width + i);
    for (int64_t i = 0; i < k->right_width; i++)
        k->right[k->count * k->right_width + i] = ad_array_item(&out[1], row * k->right_width + i);
}

/* Rows of numbers that have one target, or of several that have as many. */
static int64_t set_widths(run_keeping *k, const ad_array *out, int64_t count)
{
    bool classes = k->kind == AD_METRIC_CLASSES;
    int64_t rows = classes ? ad_array_count(&out[1]) : count;
    k->width = rows ? ad_array_count(&out[0]) / rows : 1;
    k->right_width = classes || k->kind == AD_METRIC_PLACES ? 1 : k->width;
    return rows;
}

ad_status run_keep(run_keeping *k, const ad_array *out, int64_t count)
{
    if (!k->kind || k->kind == AD_METRIC_LOSSES || k->kind == AD_METRIC_SENTENCES || count == 0)
        return AD_OK;
    int64_t rows = set_widths(k, out, count), each = rows / count;
    if ((k->count + rows) * (k->width + 2 * k->right_width) * 4 > k->most) {
        run_keeping_done(k); /* kind 0: no more is kept */
        k->unkept = true;
        return AD_OK;
    }
    if (!reserve(k, rows))
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int64_t row = 0; row < rows; row++) {
        if ((k->kind & (AD_METRIC_CLASSES | AD_METRIC_PLACES)) &&
            !(ad_array_item(&out[1], row) >= 0))
            continue;
        keep_row(k, out, row);
        k->example[k->count++] = (k->examples + row / each) / k->block;
    }
    k->examples += count;
    k->clustered = k->clustered || each > 1;
    return AD_OK;
}

/* ---------------------------------------------------------------- of language models */

static ad_array one_of(const ad_array *a, int64_t i, int64_t count)
{
    ad_array one = *a;
    one.data = (char *)a->data + (size_t)i * (ad_array_bytes(a) / (size_t)count);
    one.shape.size[0] = 1;
    return one;
}

static double labels_of(const ad_array *target)
{
    double labels = 0;
    for (int64_t i = 0; i < ad_array_count(target); i++)
        labels += ad_array_item(target, i) >= 0;
    return labels;
}

/* The sum of all losses so far. */
static double so_far(const run_keeping *k, const ad_measure_record *m, const void *sums)
{
    ad_measured mean = {.name = m->name};
    m->value(sums, &mean);
    return k->labels > 0 ? mean.value * k->labels : 0;
}

/* An example's own sum is what it adds to that of all. */
ad_status run_keep_losses(run_keeping *k, const ad_measure_record *m, void *sums,
                          const ad_array *out, int64_t count)
{
    k->width = 1, k->right_width = 2;
    if (!reserve(k, count))
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int64_t i = 0; i < count; i++) {
        ad_array one[2] = {one_of(&out[0], i, count), one_of(&out[1], i, count)};
        double before = so_far(k, m, sums), labels = labels_of(&one[1]);
        if (m->add(sums, one, 1) != AD_OK)
            return run_fail_core(AD_RUN_NO_FAULT);
        k->labels += labels;
        k->right[2 * k->count] = so_far(k, m, sums) - before;
        k->right[2 * k->count + 1] = labels;
        k->count++;
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- as answers */

void ad_run_answers_done(ad_run_answers *answers)
{
    for (int i = 0; i < 3; i++)
        free(answers->memory[i]);
    *answers = (ad_run_answers){.memory = {NULL}};
}

/* The class with the fewest examples, of equal ones the last; -1: it has its share. */
static int64_t rare_class(const run_keeping *k)
{
    int64_t *of = calloc((size_t)k->width + 1, sizeof *of), least = k->width - 1;
    for (int64_t i = 0; of && i < k->count; i++)
        if (k->right[i] < (double)k->width)
            of[(int64_t)k->right[i]]++;
    for (int64_t c = k->width - 1; of && c >= 0; c--)
        least = of[c] < of[least] ? c : least;
    bool rare = of && k->width > 1 && (double)of[least] * (double)k->width < 0.4 * (double)k->count;
    free(of);
    return rare ? least : -1;
}

static int64_t positive_of(const run_keeping *k, const ad_run_data *data, int64_t rare)
{
    if (k->width != 2)
        return 0;
    if (data->threshold > 0)
        return data->positive;
    return rare >= 0 ? rare : 1;
}

static void decide(const run_keeping *k, const ad_run_data *data, ad_run_answers *a)
{
    int64_t rare = rare_class(k);
    a->rare = rare >= 0;
    a->answers.positive = positive_of(k, data, rare);
    a->answers.threshold = k->width == 2 ? data->threshold : 0;
}

/* Losses, tokens and bytes of each example, a third of the list each; NULL: no memory. */
static double *in_columns(const run_keeping *k, double bytes_per_token)
{
    double *list = calloc((size_t)k->count * 3 + 1, sizeof *list);
    for (int64_t i = 0; list && i < k->count; i++) {
        list[i] = k->right[2 * i];
        list[k->count + i] = k->right[2 * i + 1];
        list[2 * k->count + i] = k->right[2 * i + 1] * bytes_per_token;
    }
    return list;
}

static void hand_over_losses(run_keeping *k, const ad_run_data *data, ad_source *source,
                             ad_run_answers *a)
{
    ad_part part = run_part_of(data, source);
    bool bytes = data->bytes[part] > 0 && data->tokens[part] > 0;
    ad_shape list = AD_SHAPE(k->count);
    double *column =
        in_columns(k, bytes ? (double)data->bytes[part] / (double)data->tokens[part] : 0);
    *a = (ad_run_answers){.memory = {column}};
    if (!column)
        return;
    a->answers =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_LOSSES, .prediction = ad_f64(column, list),
                   .target = ad_f64(column + k->count, list));
    if (bytes)
        a->answers.bytes = ad_f64(column + 2 * k->count, list);
}

/* Hands over what was kept. */
static void hand_over(run_keeping *k, const ad_run_data *data, ad_source *source, ad_run_answers *a)
{
    if (k->kind == AD_METRIC_LOSSES) {
        hand_over_losses(k, data, source, a);
        return;
    }
    bool classes = k->kind == AD_METRIC_CLASSES, labels = classes || k->kind == AD_METRIC_PLACES;
    *a = (ad_run_answers){.memory = {k->said, k->right, k->example}};
    ad_shape list = AD_SHAPE(k->count), table = AD_SHAPE(k->count, k->width);
    a->answers = AD_OPTIONS(
        ad_metric_answers, .kind = k->kind, .scale = classes ? AD_METRIC_LOGITS : AD_METRIC_CHANCES,
        .prediction = ad_f32(k->said, table), .target = ad_f64(k->right, labels ? list : table));
    if (data->history)
        a->answers.history =
            ad_f64(data->history, AD_SHAPE(data->history_rows, data->history_targets));
    if (k->clustered)
        a->answers.cluster = ad_i64(k->example, list);
    if (classes)
        decide(k, data, a);
    if (data->task->of_words)
        a->answers.names = (const char *const *)ad_run_names(data);
    k->said = NULL, k->right = NULL, k->example = NULL;
}

/* ---------------------------------------------------------------- which metrics */

typedef struct chosen {
    ad_choice list[AD_RUN_MEASURES_MAX];
    int count;
    bool of_task; /* none are named */
    ad_mase_options scaled;
} chosen;

static void add(chosen *c, const ad_record *record, void *options)
{
    if (record && c->count < AD_RUN_MEASURES_MAX - 1)
        c->list[c->count++] = (ad_choice){record, options};
}

static bool has(const chosen *c, const char *name)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->list[i].record->name, name) == 0)
            return true;
    return false;
}

static void add_named(chosen *c, const char *names)
{
    char name[AD_METRIC_NAME_MAX];
    while (names && *names) {
        size_t size = strcspn(names, " ");
        snprintf(name, sizeof name, "%.*s", (int)size, names);
        if (!has(c, name))
            add(c, ad_record_find(ad_metric_at, name), NULL);
        names += size + (names[size] == ' ');
    }
}

/* Of those of a language model that are none of its own measures. */
static void choose_losses(chosen *c, const ad_run_answers *a)
{
    add_named(c, a->answers.bytes.data ? "perplexity bits_a_byte" : "perplexity");
}

/* Texts of one word each have no words to be measured by. */
static const char *of_sentences(const ad_run_data *data, const ad_metric_answers *a)
{
    for (int64_t i = 0; i < a->count; i++)
        if (strpbrk(a->right[i], " \t\n"))
            return data->task->metrics;
    return "exact_match character_error_rate";
}

/* Beside the naive forecast of its season, where the training part has one. */
static void add_scaled(chosen *c, const ad_run_data *data)
{
    int64_t season = data->forecast->season > 0 ? data->forecast->season : 1;
    if (data->history_rows <= season)
        return;
    c->scaled = AD_OPTIONS(ad_mase_options, .season = season);
    add(c, ad_record_find(ad_metric_at, "mase"), &c->scaled);
}

static void choose(const ad_run_data *data, const ad_run_answers *a, chosen *c)
{
    *c = (chosen){.count = 0};
    if (a->answers.kind == AD_METRIC_LOSSES) {
        choose_losses(c, a);
        return;
    }
    for (int i = 0; data->metrics && i < data->metrics->count; i++) {
        const ad_choice *one = &data->metrics->choice[i];
        if (((const ad_metric_record *)one->record)->kinds & a->answers.kind)
            add(c, one->record, one->options); /* others are the task's own measures */
    }
    bool texts = a->answers.kind == AD_METRIC_SENTENCES;
    c->of_task = c->count == 0;
    if (c->of_task)
        add_named(c, texts && data->task->rewrites ? of_sentences(data, &a->answers)
                                                   : data->task->metrics);
    if (c->of_task && data->forecast && data->history)
        add_scaled(c, data);
    if (c->of_task && metric_are_spans(a->answers.names, ad_run_classes(data)))
        add_named(c, "span_precision span_recall span_f1");
    if (a->rare && !data->task->of_words && has(c, "accuracy"))
        add_named(c, "balanced_accuracy pr_area");
}

/* ---------------------------------------------------------------- values */

static int64_t resamples_of(int64_t count)
{
    return count <= 20000 ? 1000 : count <= 100000 ? 500 : AD_RESAMPLES_LEAST;
}

static void tell(ad_run_measured *r, int count)
{
    for (int i = 0; i < count; i++) {
        const ad_metric_value *v = &r->metric[i];
        r->measured[1 + i] = (ad_measured){v->name, v->value, v->low, v->high, v->less_is_better};
    }
    r->measures = 1 + count;
}

/* In place of the interval of a mean over tokens that of texts, whose tokens belong together. */
static void tell_losses(ad_run_measured *r, int count)
{
    for (int i = 0; i < count; i++)
        for (int k = 0; k < r->measures; k++)
            if (strcmp(r->measured[k].name, r->metric[i].name) == 0) {
                r->measured[k].low = r->metric[i].low;
                r->measured[k].high = r->metric[i].high;
            }
    free(r->metric);
    r->metric = NULL;
}

/* Behind the task's own measures, which are of tokens. */
static ad_status tell_sentences(ad_run_measured *r, int count)
{
    int before = r->measures - 1;
    ad_metric_value *all = calloc((size_t)(before + count) + 1, sizeof *all);
    if (!all)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int i = 0; i < before; i++) {
        const ad_measured *m = &r->measured[1 + i];
        const ad_metric_record *record = ad_metric_find(m->name);
        all[i] = (ad_metric_value){.value = m->value,
                                   .low = m->low,
                                   .high = m->high,
                                   .less_is_better = m->less_is_better,
                                   .share = record && record->share};
        snprintf(all[i].name, sizeof all[i].name, "%s", m->name);
    }
    memcpy(all + before, r->metric, (size_t)count * sizeof *all);
    free(r->metric);
    r->metric = all;
    for (int i = 0; i < before; i++)
        all[i].words = NULL;
    for (int i = before; i < before + count; i++)
        r->measured[1 + i] = (ad_measured){all[i].name, all[i].value, all[i].low, all[i].high,
                                           all[i].less_is_better};
    r->measures = 1 + before + count;
    return AD_OK;
}

static ad_status measure(const chosen *c, const run_keeping *k, ad_run_measured *r)
{
    r->metric = calloc((size_t)c->count + 2, sizeof *r->metric);
    bool pinball = c->of_task && k->losses > 0;
    if (!r->metric)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_status status =
        (ad_metrics)(&r->answers.answers, c->list, c->count, r->metric,
                     &AD_OPTIONS(ad_metrics_options, .resamples = resamples_of(r->count)));
    if (status == AD_OK && pinball)
        status = run_pinball(k, &r->answers.answers.cluster, resamples_of(r->count),
                             &r->metric[c->count]);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_CONFIG, status);
    if (r->answers.answers.kind == AD_METRIC_SENTENCES)
        return tell_sentences(r, c->count);
    if (r->answers.answers.kind == AD_METRIC_LOSSES)
        tell_losses(r, c->count);
    else
        tell(r, c->count + pinball);
    return AD_OK;
}

/* By what is answered, with the threshold. */
static void count_answers(ad_run_measured *r)
{
    double *counts =
        r->matrix ? calloc((size_t)(r->classes * r->classes) + 1, sizeof *counts) : NULL;
    if (counts && ad_metric_confusion(&r->answers.answers, counts) == AD_OK)
        for (int64_t i = 0; i < r->classes * r->classes; i++)
            r->matrix[i] = (int64_t)counts[i];
    free(counts);
}

ad_status run_measure_answers(const ad_run_data *data, ad_run_measured *r)
{
    run_keeping none = {.count = 0};
    chosen c;
    choose(data, &r->answers, &c);
    return measure(&c, &none, r);
}

ad_status run_measure_kept(run_keeping *k, const ad_run_data *data, ad_source *source,
                           ad_run_measured *r)
{
    r->unkept = k->unkept;
    if (!k->kind || k->count == 0)
        return AD_OK;
    hand_over(k, data, source, &r->answers);
    if (!r->answers.answers.kind)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    r->crossed = k->crossed, r->crossable = k->crossable;
    chosen c;
    choose(data, &r->answers, &c);
    if (r->answers.answers.threshold > 0)
        count_answers(r);
    return measure(&c, k, r);
}

ad_status run_intervals(run_keeping *k, const ad_run_data *data, ad_source *source,
                        ad_measured *list, int count)
{
    ad_run_measured r = {.measured = {{.name = NULL}}};
    chosen c = {.count = 0};
    ad_metric_value value[AD_RUN_MEASURES_MAX];
    if (!k->kind || k->count == 0)
        return AD_OK;
    int64_t rows = k->examples;
    hand_over(k, data, source, &r.answers);
    for (int i = 0; i < count; i++)
        add(&c, ad_record_find(ad_metric_at, list[i].name), NULL);
    ad_status status =
        (ad_metrics)(&r.answers.answers, c.list, c.count, value,
                     &AD_OPTIONS(ad_metrics_options, .resamples = resamples_of(rows)));
    for (int i = 0; status == AD_OK && i < count; i++)
        for (int m = 0; m < c.count; m++)
            if (strcmp(value[m].name, list[i].name) == 0)
                list[i].low = value[m].low, list[i].high = value[m].high;
    ad_run_answers_done(&r.answers);
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_CONFIG, status);
}

void run_take_answers(run_keeping *k, const ad_run_data *data, ad_source *source,
                      ad_run_answers *answers)
{
    *answers = (ad_run_answers){.memory = {NULL}};
    if (k->kind)
        hand_over(k, data, source, answers);
}

/* ---------------------------------------------------------------- the threshold */

ad_status run_calibrate(const ad_run_network *network, ad_run_data *data)
{
    ad_run_answers a;
    data->threshold = 0;
    if (!data->validation || ad_run_classes(data) != 2 || data->task->of_words ||
        data->task->answers != AD_METRIC_CLASSES)
        return AD_OK;
    ad_status status = ad_run_answer(network, data, data->validation, &a);
    double threshold = 0;
    if (status == AD_OK && a.rare)
        status = ad_metric_threshold(&a.answers, AD_THRESHOLD_F1, &threshold);
    data->threshold = threshold;
    data->positive = a.answers.positive;
    ad_run_answers_done(&a);
    return status;
}
