/* A linear classifier on held-out fifths: softmax regression by Adam, and what it is given. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "message.h"
#include "run.h"

enum { FOLDS = 5, STEPS = 500, BATCH = 256, BLOCK = 1000, CLASSES_MOST = 64, SEED = 1 };

static const double rate_at_first = 0.03, decay = 1e-3, clip = 5, leaking = 0.98;

/* ---------------------------------------------------------------- what it is given */

/* Numbers that a column becomes. */
static int64_t width_of(const looker *l, int column, bool squares)
{
    const ad_look_column *c = data_look_column(l, column);
    if (c->kind != AD_LOOK_CLASS)
        return squares ? 3 : 2;
    return c->field->classes < CLASSES_MOST ? c->field->classes : CLASSES_MOST;
}

static bool is_given(const looker *l, int column, int without)
{
    bool leaks = data_look_column(l, column)->alone >= leaking;
    return l->sample.column[column].field->use == AD_USE_INPUT && column != without &&
           !(without == NO_LEAKS && leaks);
}

static double limited(double x)
{
    return x > clip ? clip : x < -clip ? -clip : x;
}

static void give_number(const ad_look_column *c, double value, bool squares, float *to)
{
    double z = c->deviation > 0 && isfinite(value) ? (value - c->mean) / c->deviation : 0;
    z = isfinite(z) ? limited(z) : 0;
    to[0] = (float)z;
    to[1] = isnan(value);
    if (squares)
        to[2] = (float)limited((z * z - 1) / 2);
}

static void give_columns(const looker *l, int64_t i, int without, bool squares, float *row)
{
    for (int c = 0; c < l->sample.columns; c++) {
        double value = data_values(&l->sample, c)[i];
        int64_t width = width_of(l, c, squares);
        if (!is_given(l, c, without))
            continue;
        if (data_look_column(l, c)->kind != AD_LOOK_CLASS)
            give_number(data_look_column(l, c), value, squares, row);
        else if (!isnan(value))
            row[(int64_t)value % width] = 1;
        row += width;
    }
}

static void give_print(const data_sample *s, int64_t i, float *row)
{
    const uint8_t *print = s->print + i * PRINT_SIZE;
    for (int k = 0; k < PRINT_SIZE; k++)
        row[k] = ((float)print[k] - 128) / 128;
}

static void give_words(const data_sample *s, int64_t i, float *row)
{
    const uint16_t *token = s->token + i * TOKENS;
    for (int k = 0; k < TOKENS && token[k] != 0xFFFF; k++)
        row[token[k]] = 1;
}

static bool prints(const data_sample *s, int without)
{
    return s->print && s->kind != PRINT_TEXT && without < 0;
}

ad_status data_features(const looker *l, const int64_t *order, int64_t count, int without,
                        bool squares, float **input, int64_t *width)
{
    const data_sample *s = &l->sample;
    int64_t columns = 0;
    for (int c = 0; c < s->columns; c++)
        columns += is_given(l, c, without) ? width_of(l, c, squares) : 0;
    int64_t print = prints(s, without) ? PRINT_SIZE : 0, words = s->token ? TOKEN_KINDS : 0;
    *width = columns + print + words;
    *input = calloc((size_t)(count * *width + 1), sizeof **input);
    if (!*input)
        return message_no_memory();
    for (int64_t i = 0; i < count; i++) {
        float *row = *input + i * *width;
        give_columns(l, order[i], without, squares, row);
        if (print)
            give_print(s, order[i], row + columns);
        if (words)
            give_words(s, order[i], row + columns + print);
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- what it told */

int64_t data_told(const data_linear *d, int64_t i)
{
    const float *chance = d->chance + i * d->classes;
    int64_t best = 0;
    for (int64_t k = 1; k < d->classes; k++)
        best = chance[k] > chance[best] ? k : best;
    return best;
}

static double majority(const data_linear *d)
{
    int64_t most = 0;
    for (int64_t k = 0; k < d->classes; k++) {
        int64_t count = 0;
        for (int64_t i = 0; i < d->count; i++)
            count += d->label[i] == k;
        most = count > most ? count : most;
    }
    return (double)most;
}

double data_gain(const data_linear *d)
{
    double right = 0, plain = majority(d), n = (double)d->count;
    for (int64_t i = 0; i < d->count; i++)
        right += data_told(d, i) == d->label[i];
    return n > plain ? (right - plain) / (n - plain) : 0;
}

/* ---------------------------------------------------------------- training */

typedef struct classifier {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *input, *label, *rate, *output, *loss, *step;
} classifier;

static ad_status core_failed(void)
{
    return run_fail_core(AD_RUN_NO_FAULT);
}

static ad_status build(const data_linear *d, classifier *c)
{
    const ad_loss_record *loss =
        (const ad_loss_record *)ad_record_find(ad_loss_at, "cross_entropy");
    c->context = ad_context_new(.threads = d->threads ? d->threads : AD_PROCESSORS);
    c->graph = c->context ? ad_graph_new(c->context) : NULL;
    if (!c->graph || !loss)
        return core_failed();
    ad_dim batch = ad_open(c->graph, "batch");
    c->input = ad_feed(c->graph, "input", AD_F32, AD_SHAPE(batch, d->width));
    c->label = ad_feed(c->graph, "label", AD_I32, AD_SHAPE(batch));
    c->rate = ad_feed(c->graph, "rate", AD_F32, AD_SCALAR);
    ad_tensor *logits = ad_linear(c->input, .out = d->classes);
    c->output = (ad_softmax)(logits, -1);
    c->loss = loss->make(logits, c->label, loss->record.initial);
    c->step = ad_adam(c->loss, .rate_tensor = c->rate, .decay = decay);
    return c->step && !ad_tensor_error(c->step) ? AD_OK : core_failed();
}

static int fold_of(const data_linear *d, int64_t i)
{
    return (int)(data_mix(d->seed * 31 + (uint64_t)i) % FOLDS);
}

/* Mean and deviation of the inputs over all but the fold: a copy of all inputs, standardized. */
static void standardize(const data_linear *d, int fold, float *to)
{
    for (int64_t k = 0; k < d->width; k++) {
        double sum = 0, squares = 0, n = 0;
        for (int64_t i = 0; i < d->count; i++) {
            double x = d->input[i * d->width + k];
            if (fold_of(d, i) != fold)
                sum += x, squares += x * x, n++;
        }
        double mean = n > 0 ? sum / n : 0, variance = n > 0 ? squares / n - mean * mean : 0;
        double scale = variance > 1e-12 ? 1 / sqrt(variance) : 0;
        for (int64_t i = 0; i < d->count; i++)
            to[i * d->width + k] =
                (float)limited(((double)d->input[i * d->width + k] - mean) * scale);
    }
}

static ad_status train(const data_linear *d, const classifier *c, int fold, ad_source *all,
                       int64_t *order, ad_state *state)
{
    int64_t n = 0;
    for (int64_t i = 0; i < d->count; i++)
        if (fold_of(d, i) != fold)
            order[n++] = i;
    ad_source *rest = ad_source_part(all, order, n);
    ad_schedule fall =
        AD_OPTIONS(ad_schedule, .shape = AD_RATE_COSINE, .rate = rate_at_first, .steps = STEPS);
    ad_status status =
        rest && ad_fit(state, .train = rest, .player = {{.step = c->step}}, .rate = c->rate,
                       .schedule = &fall, .steps = STEPS,
                       .batches = AD_OPTIONS(ad_batches_options, .size = n < BATCH ? n : BATCH,
                                             .seed = SEED)) == AD_OK
            ? AD_OK
            : core_failed();
    ad_source_free(rest);
    return status;
}

/* Chances of the examples of the fold. */
static ad_status tell(const data_linear *d, const classifier *c, int fold, const float *input,
                      ad_state *state)
{
    ad_program *p = ad_compile(state, .fetch = {c->output}, .feed = {c->input});
    ad_status status = p ? AD_OK : core_failed();
    for (int64_t from = 0; from < d->count && status == AD_OK; from += BLOCK) {
        int64_t count = d->count - from < BLOCK ? d->count - from : BLOCK;
        ad_array in = ad_f32((float *)input + from * d->width, AD_SHAPE(count, d->width));
        ad_array out = {.type = AD_F32};
        status = ad_run(p, &in, &out) == AD_OK ? AD_OK : core_failed();
        for (int64_t i = 0; i < count && status == AD_OK; i++)
            if (fold_of(d, from + i) == fold)
                memcpy(d->chance + (from + i) * d->classes,
                       (const float *)out.data + i * d->classes,
                       (size_t)d->classes * sizeof(float));
    }
    ad_program_free(p);
    return status;
}

static ad_status one_fold(const data_linear *d, const classifier *c, int fold, float *input,
                          int64_t *order)
{
    standardize(d, fold, input);
    ad_named_array list[] = {{"input", ad_f32(input, AD_SHAPE(d->count, d->width))},
                             {"label", ad_i32((int32_t *)d->label, AD_SHAPE(d->count))}};
    ad_source *all = ad_source_arrays(list, 2, .borrow = true);
    ad_state *state = all ? ad_state_new(c->graph, SEED) : NULL;
    ad_status status = state ? train(d, c, fold, all, order, state) : core_failed();
    if (status == AD_OK)
        status = tell(d, c, fold, input, state);
    ad_state_free(state);
    ad_source_free(all);
    return status;
}

ad_status data_linear_cross(const data_linear *d)
{
    classifier c = {0};
    float *input = malloc((size_t)(d->count * d->width + 1) * sizeof *input);
    int64_t *order = malloc((size_t)(d->count + 1) * sizeof *order);
    ad_status status = input && order ? build(d, &c) : message_no_memory();
    for (int fold = 0; fold < FOLDS && status == AD_OK; fold++)
        status = one_fold(d, &c, fold, input, order);
    ad_graph_free(c.graph);
    ad_context_free(c.context);
    free(input);
    free(order);
    return status;
}
