/* What a network has to beat: the shares of the classes or the mean of the targets, and one linear
 * layer; see run.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"
#include "series.h"
#include "text.h"

enum {
    BLOCK = 500,
    EXAMPLES_MOST = 20000,
    STEPS = 1000,
    STEPS_TIMED = 100, /* of which those of all steps are told */
    TIMED_MOST = 5000, /* examples of the part that is measured meanwhile */
    BATCH = 256,
    SEED = 1
};

static const double rate_at_first = 0.03;

static ad_status core_failed(void)
{
    return run_fail_core(AD_RUN_NO_FAULT);
}

/* ---------------------------------------------------------------- of measures */

typedef struct sums {
    const ad_measure_record *record[AD_RUN_MEASURES_MAX];
    void *sums[AD_RUN_MEASURES_MAX];
    int count;
} sums;

static void sums_done(sums *s)
{
    for (int i = 0; i < s->count; i++)
        free(s->sums[i]);
}

static ad_status sums_begin(sums *s, const ad_run_data *data)
{
    *s = (sums){.count = 0};
    for (int i = 0; i < 4 && data->task->measure[i]; i++) {
        s->record[i] = ad_measure_find(data->task->measure[i]);
        s->sums[i] = calloc(1, s->record[i]->bytes);
        s->count++;
        if (!s->sums[i])
            return no_memory();
    }
    return AD_OK;
}

static void sums_take(const sums *s, ad_baseline *b)
{
    for (int i = 0; i < s->count; i++) {
        b->measured[i] = (ad_measured){.name = s->record[i]->name,
                                       .less_is_better = s->record[i]->less_is_better};
        s->record[i]->value(s->sums[i], &b->measured[i]);
    }
    b->measures = s->count;
}

/* ---------------------------------------------------------------- constant answers */

/* What is told of every example: logits of the classes, or means of the targets. */
typedef struct constant {
    float *value;
    int64_t width;
} constant;

static int64_t target_width(const ad_run_data *data)
{
    return data->target.shape.rank ? data->target.shape.size[0] : 1;
}

/* Calls each(user, targets, count) for batches of the source. */
static ad_status each_target(const ad_run_data *data, ad_source *source,
                             ad_status (*each)(void *user, const ad_array *target, int64_t count),
                             void *user)
{
    int field = ad_source_find(source, data->target.name);
    ad_batches *b = ad_batches_new(source, .size = BLOCK, .order = AD_ORDER_AS_IS);
    ad_batch batch = {.count = 0};
    ad_status status = b && field >= 0 ? AD_OK : core_failed();
    while (status == AD_OK) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status != AD_OK || batch.count == 0)
            break;
        status = each(user, &batch.array[field], batch.count);
    }
    ad_batches_free(b);
    return status;
}

typedef struct tally {
    double *sum; /* of each class, or target */
    int64_t width, examples;
    bool classes;
} tally;

static ad_status tally_batch(void *user, const ad_array *target, int64_t count)
{
    tally *t = user;
    for (int64_t i = 0; i < count; i++) {
        if (t->classes) {
            int64_t class = (int64_t)ad_array_item(target, i);
            if (class >= 0 && class < t->width)
                t->sum[class]++;
        }
        for (int64_t k = 0; k < t->width && !t->classes; k++)
            t->sum[k] += ad_array_item(target, i * t->width + k);
    }
    t->examples += count;
    return AD_OK;
}

/* A class that the training part has not has half an example, so that its logarithm is finite. */
static void conclude(const tally *t, constant *c)
{
    for (int64_t k = 0; k < t->width; k++) {
        double n = (double)t->examples;
        c->value[k] =
            (float)(t->classes ? log((t->sum[k] > 0 ? t->sum[k] : 0.5) / n) : t->sum[k] / n);
    }
}

static ad_status find_constant(const ad_run_data *data, constant *c)
{
    int64_t classes = ad_run_classes(data);
    tally t = {.width = classes ? classes : target_width(data), .classes = classes > 0};
    c->width = t.width;
    t.sum = calloc((size_t)t.width, sizeof *t.sum);
    c->value = calloc((size_t)t.width, sizeof *c->value);
    ad_status status =
        t.sum && c->value ? each_target(data, data->train, tally_batch, &t) : no_memory();
    if (status == AD_OK)
        conclude(&t, c);
    free(t.sum);
    return status;
}

/* ---------------------------------------------------------------- what is told of examples */

/* Squared errors of the examples, means over the targets, one after the other. */
typedef struct errors {
    double *list;
    int64_t count;
} errors;

/* The same of every example; or, of a forecast, what was `season` steps before. */
typedef struct teller {
    const constant *same; /* NULL: by season */
    int64_t season;
} teller;

typedef struct telling {
    const ad_run_data *data;
    const teller *teller;
    sums sums;
    errors *errors;   /* NULL: of classes */
    run_keeping kept; /* of a forecast */
    int input, target;
    int64_t width;
    float *room; /* (BLOCK, width) */
} telling;

static double squared(const ad_array *a, const ad_array *target, int64_t i, int64_t width)
{
    double sum = 0;
    for (int64_t k = 0; k < width; k++) {
        double d = ad_array_item(a, i * width + k) - ad_array_item(target, i * width + k);
        sum += d * d;
    }
    return sum / (double)width;
}

static ad_status tell(telling *t, const ad_batch *b)
{
    if (!t->teller->same)
        return series_before(t->data, &b->array[t->input], t->teller->season, t->room);
    for (int64_t i = 0; i < b->count * t->width; i++)
        t->room[i] = t->teller->same->value[i % t->width];
    return AD_OK;
}

static ad_status tell_batch(telling *t, const ad_batch *b)
{
    ad_array out[2] = {ad_f32(t->room, AD_SHAPE(b->count, t->width)), b->array[t->target]};
    ad_status status = tell(t, b);
    for (int i = 0; i < t->sums.count && status == AD_OK; i++)
        if (t->sums.record[i]->add(t->sums.sums[i], out, b->count) != AD_OK)
            status = core_failed();
    if (status == AD_OK && t->data->forecast)
        status = run_keep(&t->kept, out, b->count);
    for (int64_t i = 0; i < b->count && t->errors && status == AD_OK; i++)
        t->errors->list[t->errors->count++] = squared(&out[0], &out[1], i, t->width);
    return status;
}

static ad_status tell_all(telling *t, ad_source *source)
{
    ad_batches *b = ad_batches_new(source, .size = BLOCK, .order = AD_ORDER_AS_IS);
    ad_batch batch = {.count = 1};
    ad_status status = b && t->target >= 0 && t->input >= 0 ? AD_OK : core_failed();
    while (status == AD_OK && batch.count > 0) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status == AD_OK && batch.count > 0)
            status = tell_batch(t, &batch);
    }
    ad_batches_free(b);
    return status;
}

/* errors: room for one of each example, or NULL. */
static ad_status measure_teller(const ad_run_data *data, ad_source *source, const teller *told,
                                ad_baseline *b, errors *list)
{
    telling t = {.data = data, .teller = told, .errors = list};
    t.width = told->same ? told->same->width : target_width(data);
    t.input = ad_source_find(source, data->input[0].name);
    t.target = ad_source_find(source, data->target.name);
    t.room = malloc((size_t)(BLOCK * t.width) * sizeof *t.room);
    run_keeping_begin(&t.kept, data);
    ad_status status = sums_begin(&t.sums, data);
    if (status == AD_OK)
        status = t.room ? tell_all(&t, source) : no_memory();
    if (status == AD_OK)
        sums_take(&t.sums, b);
    if (status == AD_OK && data->forecast)
        status = run_intervals(&t.kept, data, source, b->measured, b->measures);
    run_keeping_done(&t.kept);
    sums_done(&t.sums);
    free(t.room);
    return status;
}

/* ---------------------------------------------------------------- a linear layer */

static ad_tensor *feed(ad_graph *graph, ad_dim batch, const ad_run_field *f)
{
    ad_shape shape = {.rank = f->shape.rank + 1, .size = {batch}};
    for (int i = 0; i < f->shape.rank; i++)
        shape.size[i + 1] =
            f->shape.size[i] == AD_VARYING ? ad_open(graph, f->name) : f->shape.size[i];
    return (ad_feed)(graph, f->name, f->type, shape);
}

/* (batch, out) of one field; the bias stands once.  Of tokens the mean of a row for each, so that
 * their order does not count. */
static ad_tensor *linear_of(const ad_run_field *f, ad_tensor *x, int64_t out, bool bias)
{
    if (f->classes > 0 && f->type == AD_I32 && f->shape.rank == 1)
        return ad_mean(ad_embedding(x, .count = f->classes + 1, .width = out), AD_AXES(1));
    if (f->classes > 0 && f->type != AD_F32)
        return ad_embedding(x, .count = f->classes + 1, .width = out);
    if (f->type != AD_F32)
        x = (ad_cast)(x, AD_F32);
    if (f->type == AD_U8)
        x = (ad_mul)(x, (ad_full)(ad_tensor_graph(x), AD_F32, AD_SCALAR, 1.0 / 255));
    if (f->shape.rank == 0)
        x = (ad_reshape)(x, AD_SHAPE(AD_INFER, 1));
    return ad_linear((ad_flatten)(x), .out = out, .bias = bias);
}

static ad_tensor *numbers(ad_graph *graph, const double *values, int64_t count)
{
    float *list = malloc((size_t)count * sizeof *list);
    for (int64_t i = 0; list && i < count; i++)
        list[i] = (float)values[i];
    ad_tensor *t = list ? (ad_constant)(graph, ad_f32(list, AD_SHAPE(count))) : NULL;
    free(list);
    return t;
}

/* Loss, prediction and what is measured, as of a network of that task. */
static ad_status finish(ad_run_network *n, const ad_run_data *data)
{
    const ad_record *loss = ad_record_find(ad_config_loss_at, data->task->loss);
    ad_tensor *target = n->target;
    n->prediction = data->task->predict(n->output);
    if (data->mean) {
        ad_tensor *mean = numbers(n->graph, data->mean, target_width(data));
        ad_tensor *deviation = numbers(n->graph, data->deviation, target_width(data));
        if (!mean || !deviation)
            return no_memory();
        n->prediction = (ad_add)((ad_mul)(n->prediction, deviation), mean);
        target = (ad_div)((ad_sub)(target, mean), deviation);
    }
    n->measured = ad_run_classes(data) ? n->output : n->prediction;
    n->loss = ((const ad_loss_record *)loss)->make(n->output, target, loss->initial);
    n->rate = ad_feed(n->graph, "rate", AD_F32, AD_SCALAR);
    n->player[0].step = ad_adam(n->loss, .rate_tensor = n->rate);
    n->players = 1;
    return n->player[0].step && !ad_tensor_error(n->player[0].step) ? AD_OK : core_failed();
}

static ad_status build_linear(ad_run_network *n, const ad_run_data *data, int64_t out, int threads)
{
    n->context = ad_context_new(.threads = threads ? threads : AD_PROCESSORS);
    n->graph = n->context ? ad_graph_new(n->context) : NULL;
    if (!n->graph)
        return core_failed();
    ad_dim batch = ad_open(n->graph, "batch");
    for (int i = 0; i < data->inputs; i++) {
        n->input[i] = feed(n->graph, batch, &data->input[i]);
        ad_tensor *one = linear_of(&data->input[i], n->input[i], out, i == 0);
        n->output = n->output ? (ad_add)(n->output, one) : one;
    }
    n->inputs = data->inputs;
    n->target = feed(n->graph, batch, &data->target);
    ad_status status = finish(n, data);
    n->state = status == AD_OK ? ad_state_new(n->graph, SEED) : NULL;
    return n->state ? AD_OK : status == AD_OK ? core_failed() : status;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The training part as it was read: eval, which changes nothing at random, has the same baselines.
 */
static ad_source *examples_of(const ad_run_data *data)
{
    return data->plain ? data->plain : data->train;
}

/* The training part, or as many of it as are enough. */
static ad_status choose(const ad_run_data *data, ad_baselines *b, ad_source **chosen)
{
    int64_t count = ad_source_count(examples_of(data));
    b->sampled = count > EXAMPLES_MOST;
    b->examples = b->sampled ? EXAMPLES_MOST : count;
    int64_t *order = malloc((size_t)(count + 1) * sizeof *order);
    if (!order)
        return no_memory();
    for (int64_t i = 0; i < count; i++)
        order[i] = i;
    if (b->sampled) {
        ad_shuffle(order, count, SEED, 0);
        qsort(order, EXAMPLES_MOST, sizeof *order, by_number);
    }
    *chosen = ad_source_part(examples_of(data), order, b->examples);
    free(order);
    return *chosen ? AD_OK : core_failed();
}

/* Seconds since the begin of ad_fit after the first step, and after the newest. */
typedef struct stepped {
    double first, newest;
    int64_t steps;
} stepped;

static bool on_step(void *user, const ad_event *event)
{
    stepped *s = user;
    if (event->kind != AD_EVENT_STEP)
        return true;
    s->newest = event->seconds;
    if (s->steps++ == 0)
        s->first = event->seconds;
    return true;
}

static ad_status train_linear(const ad_run_network *n, const ad_run_data *data, int64_t steps,
                              ad_baselines *b, stepped *s)
{
    ad_source *chosen = NULL;
    ad_schedule fall =
        AD_OPTIONS(ad_schedule, .shape = AD_RATE_COSINE, .rate = rate_at_first, .steps = STEPS);
    ad_status status = choose(data, b, &chosen);
    if (status != AD_OK)
        return status;
    int64_t size = b->examples < BATCH ? b->examples : BATCH;
    status = ad_fit(n->state, .train = chosen, .player = {n->player[0]}, .rate = n->rate,
                    .schedule = &fall, .steps = steps,
                    .batches = AD_OPTIONS(ad_batches_options, .size = size, .seed = SEED),
                    .event = on_step, .user = s) == AD_OK
                 ? AD_OK
                 : core_failed();
    ad_source_free(chosen);
    return status;
}

static ad_status measure_linear(const ad_run_network *n, const ad_run_data *data, ad_source *source,
                                ad_baseline *b)
{
    ad_run_measured m;
    ad_status status = run_measure_sums(n, data, source, &m);
    for (int i = 1; status == AD_OK && i < m.measures; i++)
        b->measured[b->measures++] = m.measured[i];
    ad_run_measured_done(&m);
    return status;
}

/* ---------------------------------------------------------------- better or not */

/* kept: what is said of a forecast, too; or NULL. */
static ad_status errors_of(const ad_run_network *n, const ad_run_data *data, ad_source *source,
                           errors *e, run_keeping *kept)
{
    int64_t width = target_width(data);
    ad_program *p = ad_compile(n->state, .fetch = {n->measured}, .feed_list = n->input,
                               .feed_count = n->inputs);
    ad_batches *b = ad_batches_new(source, .size = BLOCK, .order = AD_ORDER_AS_IS);
    int target = ad_source_find(source, data->target.name);
    ad_batch batch = {.count = 1};
    ad_status status = p && b && target >= 0 ? AD_OK : core_failed();
    while (status == AD_OK && batch.count > 0) {
        ad_array in[AD_RUN_INPUTS_MAX], out = {0};
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status != AD_OK || batch.count == 0)
            break;
        for (int i = 0; i < n->inputs; i++)
            in[i] = batch.array[ad_source_find(source, ad_tensor_name(n->input[i]))];
        status = ad_run(p, in, &out) == AD_OK ? AD_OK : core_failed();
        ad_array both[2] = {out, batch.array[target]};
        if (status == AD_OK && kept)
            status = run_keep(kept, both, batch.count);
        for (int64_t i = 0; status == AD_OK && i < batch.count; i++)
            e->list[e->count++] = squared(&out, &batch.array[target], i, width);
    }
    ad_batches_free(b);
    ad_program_free(p);
    return status;
}

/* The mean of base - net is above 0 by more than 1.96 standard errors; `block` examples in a row,
 * which share targets, count as one. */
static bool errors_smaller(const errors *net, const errors *base, int64_t block)
{
    double sum = 0, squares = 0, n = (double)net->count;
    for (int64_t i = 0; i < net->count; i++)
        sum += base->list[i] - net->list[i];
    double mean = sum / n, blocks = 0;
    for (int64_t i = 0; i < net->count; blocks++) {
        double d = 0;
        for (int64_t end = i + block; i < end && i < net->count; i++)
            d += base->list[i] - net->list[i] - mean;
        squares += d * d;
    }
    double error = sqrt(squares * blocks / (blocks - 1)) / n;
    return blocks > 1 && mean > 1.959963984540054 * error;
}

static int64_t block_of(const ad_run_data *data)
{
    return data->forecast ? data->forecast->horizon : 1;
}

/* ---------------------------------------------------------------- all */

typedef struct making {
    const ad_run_network *network;
    const ad_run_data *data;
    ad_source *source;
    const ad_run_measured *measured;
    int threads;
    int64_t steps; /* of the linear one */
    stepped stepped;
    constant told;
    ad_run_network linear;
    bool numbers;     /* else classes, which are compared by their accuracy */
    errors net, base; /* of numbers: of the network, and of the baseline under way */
} making;

static ad_baseline *begin_baseline(making *m, ad_baselines *b, const char *name)
{
    ad_baseline *one = &b->list[b->count++];
    *one = (ad_baseline){.name = name};
    m->base.count = 0;
    return one;
}

static void compare(const making *m, ad_baseline *one)
{
    int64_t block = block_of(m->data);
    one->beaten = errors_smaller(&m->net, &m->base, block);
    one->better = errors_smaller(&m->base, &m->net, block);
}

static ad_status add_told(making *m, ad_baselines *b, const char *name, const teller *told)
{
    ad_baseline *one = begin_baseline(m, b, name);
    ad_status status = measure_teller(m->data, m->source, told, one, m->numbers ? &m->base : NULL);
    if (status == AD_OK && m->numbers)
        compare(m, one);
    return status;
}

static ad_status add_constant(making *m, ad_baselines *b)
{
    ad_status status = find_constant(m->data, &m->told);
    if (status != AD_OK)
        return status;
    const char *name = ad_run_classes(m->data) ? "majority" : "mean";
    return add_told(m, b, name, &(teller){&m->told, 0});
}

/* What was before, where a window reaches back to it. */
static ad_status add_before(making *m, ad_baselines *b)
{
    const ad_forecast *f = m->data->forecast;
    ad_status status = f ? add_told(m, b, "naive", &(teller){NULL, 1}) : AD_OK;
    if (status == AD_OK && f && f->season > 1 && f->season <= f->window)
        status = add_told(m, b, "seasonal", &(teller){NULL, f->season});
    return status;
}

/* One layer takes as many numbers of every example: sounds of any length have none.  Of tokens it
 * takes the mean. */
static bool has_linear(const ad_run_data *data)
{
    for (int i = 0; i < data->inputs; i++) {
        const ad_run_field *f = &data->input[i];
        bool tokens = f->classes > 0 && f->type == AD_I32 && f->shape.rank == 1;
        if (f->shape.rank > 0 && f->shape.size[0] == AD_VARYING && !tokens)
            return false;
    }
    return true;
}

static ad_status add_linear(making *m, ad_baselines *b)
{
    ad_baseline *one = begin_baseline(m, b, "linear");
    ad_status status = build_linear(&m->linear, m->data, m->told.width, m->threads);
    if (status == AD_OK)
        status = train_linear(&m->linear, m->data, m->steps, b, &m->stepped);
    if (status == AD_OK)
        status = measure_linear(&m->linear, m->data, m->source, one);
    run_keeping kept;
    run_keeping_begin(&kept, m->data);
    if (status == AD_OK && m->numbers)
        status =
            errors_of(&m->linear, m->data, m->source, &m->base, m->data->forecast ? &kept : NULL);
    if (status == AD_OK && m->data->forecast)
        status = run_intervals(&kept, m->data, m->source, one->measured, one->measures);
    run_keeping_done(&kept);
    if (status == AD_OK && m->numbers)
        compare(m, one);
    return status;
}

static ad_status find_errors(making *m)
{
    size_t count = (size_t)ad_source_count(m->source) + 1;
    m->net.list = calloc(count, sizeof(double));
    m->base.list = calloc(count, sizeof(double));
    return m->net.list && m->base.list ? errors_of(m->network, m->data, m->source, &m->net, NULL)
                                       : no_memory();
}

static ad_status make(making *m, ad_baselines *b)
{
    ad_measured accuracy;
    m->numbers = !ad_run_accuracy(m->measured, &accuracy);
    ad_status status = m->numbers ? find_errors(m) : AD_OK;
    if (status == AD_OK)
        status = add_constant(m, b);
    if (status == AD_OK)
        status = add_before(m, b);
    if (status == AD_OK && has_linear(m->data))
        status = add_linear(m, b);
    for (int i = 0; i < b->count && !m->numbers && status == AD_OK; i++)
        b->list[i].beaten = b->list[i].measured[0].value < accuracy.low;
    return status;
}

static bool has_baselines(const ad_run_data *data, ad_source *source)
{
    return data->target.name && data->train && !data->task->players && !data->task->over_time &&
           !data->task->spans && !data->task->embeds && source && ad_source_count(source) >= 1;
}

static ad_status make_all(making *m, ad_baselines *baselines)
{
    *baselines = (ad_baselines){.count = 0};
    if (m->data->task->of_text && m->data->train && m->source &&
        strcmp(m->data->task->record.name, "language_model") == 0)
        return run_count_baselines(m->data, m->source, m->measured, baselines);
    if (m->data->task->of_words && m->data->train && m->source)
        return run_word_baseline(m->data, m->source, m->measured, baselines);
    if (run_writes(m->data->task) && m->data->train && m->source)
        return run_rewrite_baselines(m->data, m->source, m->measured, baselines);
    if (!has_baselines(m->data, m->source))
        return AD_OK;
    ad_status status = make(m, baselines);
    ad_run_network_done(&m->linear);
    free(m->told.value);
    free(m->net.list);
    free(m->base.list);
    if (status != AD_OK)
        baselines->count = 0;
    return status;
}

ad_status ad_run_baselines(const ad_run_network *network, const ad_run_data *data,
                           ad_source *source, const ad_run_measured *measured, int threads,
                           ad_baselines *baselines)
{
    making m = {.network = network,
                .data = data,
                .source = source,
                .measured = measured,
                .threads = threads,
                .steps = STEPS};
    return make_all(&m, baselines);
}

/* ---------------------------------------------------------------- how long they take */

/* Of all examples, where passes over some took so long. */
static double for_all(double seconds, const ad_run_data *all, ad_source *source, const making *m)
{
    double some = (double)(ad_source_count(m->data->train) + ad_source_count(m->source));
    return seconds * (double)(ad_source_count(all->train) + ad_source_count(source)) / some;
}

static ad_status time_some(making *m, const ad_run_data *all, ad_source *source, double *seconds)
{
    ad_baselines made;
    ad_run_measured measured = {0};
    ad_status status = ad_run_measure(m->network, m->data, m->source, NULL, NULL, &measured);
    m->measured = &measured;
    double before = run_clock();
    if (status == AD_OK)
        status = make_all(m, &made);
    const stepped *s = &m->stepped;
    double took = run_clock() - before, steps = s->newest - s->first;
    if (s->steps > 1)
        *seconds =
            for_all(took - steps, all, source, m) + steps * (STEPS - 1) / (double)(s->steps - 1);
    ad_run_measured_done(&measured);
    return status;
}

ad_status run_time_baselines(const ad_run_network *network, const ad_run_data *data,
                             ad_source *source, int threads, double *seconds)
{
    ad_run_data some = *data;
    *seconds = 0;
    if (!has_baselines(data, source))
        return AD_OK;
    some.train = run_first_of(data->train, EXAMPLES_MOST);
    making m = {.network = network,
                .data = &some,
                .source = run_first_of(source, TIMED_MOST),
                .threads = threads,
                .steps = STEPS_TIMED};
    ad_status status = some.train && m.source ? time_some(&m, data, source, seconds)
                                              : run_fail_core(AD_RUN_NO_FAULT);
    ad_source_free(some.train);
    ad_source_free(m.source);
    return status;
}
