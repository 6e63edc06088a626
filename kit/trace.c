/* What a configuration's network makes of one batch, layer by layer, for other programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "option.h"
#include "run.h"
#include "text.h"
#include "trace_file.h"

enum { FEEDS_MAX = AD_RUN_FEEDS_MAX + 3 };

typedef struct traced_layer {
    char *name;
    const char *what; /* "conv" */
    int line;
    ad_tensor *output;
} traced_layer;

typedef struct tracer {
    const ad_config *config; /* without augmentation */
    const ad_run_data *data;
    const ad_run_trace_options *o;
    ad_run_trace_result *result;
    ad_run_network plain, n; /* whose first values count; and in the precision that is asked for */
    run_traces t;
    traced_layer *layer;
    int layers, room;
    int open[64], depth; /* variables when the items around were entered */
    bool failed;         /* no memory */
    ad_tensor *feed[FEEDS_MAX];
    ad_array array[FEEDS_MAX];
    int feeds;
    float rate, momentum;
    trace_file file;
    text_buffer rates;
} tracer;

/* ---------------------------------------------------------------- layers and their names */

static void enter(void *user, const model_item *item, int list)
{
    tracer *t = user;
    (void)item, (void)list;
    if (t->depth < 64)
        t->open[t->depth] = ad_variable_count(t->n.graph);
    t->depth++;
}

/* "conv1" of "conv1.weight": what variables from number `from` on begin with, up to a point. */
static char *owner(const ad_graph *graph, int from)
{
    const char *name = ad_tensor_name(ad_variable_at(graph, from)), *dot = strrchr(name, '.');
    size_t size = dot ? (size_t)(dot - name) : strlen(name);
    for (int i = from + 1; i < ad_variable_count(graph); i++) {
        const char *other = ad_tensor_name(ad_variable_at(graph, i));
        while (size > 0 && (strncmp(name, other, size) != 0 || other[size] != '.'))
            do
                size--;
            while (size > 0 && name[size] != '.');
    }
    return text_copy_bytes(name, size ? size : strlen(name));
}

static bool is_taken(const tracer *t, const char *name)
{
    for (int i = 0; i < t->layers; i++)
        if (strcmp(t->layer[i].name, name) == 0)
            return true;
    return false;
}

/* name, which is freed, or with a number behind it where that is taken; NULL without memory. */
static char *free_name(const tracer *t, char *name)
{
    for (int i = 2; name && is_taken(t, name); i++) {
        char *next = text_format("%.*s#%d", (int)strcspn(name, "#"), name, i);
        free(name);
        name = next;
    }
    return name;
}

/* "relu3": the third of its kind. */
static char *by_kind(const tracer *t, const char *what)
{
    int before = 0;
    for (int i = 0; i < t->layers; i++)
        before += strcmp(t->layer[i].what, what) == 0;
    return text_format("%s%d", what, before + 1);
}

static void add_layer(tracer *t, const model_item *item, int from, ad_tensor *output)
{
    const char *what = item->kind == ITEM_LAYER      ? item->record->record.name
                       : item->kind == ITEM_RESIDUAL ? "residual"
                       : item->kind == ITEM_BRANCHES ? "branches"
                                                     : "layers";
    bool own = item->kind == ITEM_LAYER && from < ad_variable_count(t->n.graph);
    char *name = free_name(t, own          ? owner(t->n.graph, from)
                              : item->name ? text_copy(item->name)
                                           : by_kind(t, what));
    if (name && t->layers == t->room) {
        int room = 2 * t->room + 32;
        traced_layer *grown = realloc(t->layer, (size_t)room * sizeof *grown);
        if (grown) {
            t->layer = grown;
            t->room = room;
        }
    }
    if (!name || t->layers == t->room) {
        free(name);
        t->failed = true;
        return;
    }
    t->layer[t->layers++] = (traced_layer){name, what, item->at.line, output};
}

/* Lists without a name are what their last layer is. */
static void leave(void *user, const model_item *item, int list, ad_tensor *const *in, int count,
                  const void *options, ad_tensor *output)
{
    tracer *t = user;
    (void)in, (void)count, (void)options;
    int from = --t->depth < 64 ? t->open[t->depth] : 0;
    bool plain = item->kind == ITEM_REPEAT || item->kind == ITEM_LAYERS;
    if (list < 0 && !(plain && !item->name))
        add_layer(t, item, from, output);
}

/* Those that .match names; fails where it names none. */
static ad_status choose(tracer *t)
{
    int kept = 0;
    text_buffer all = {0};
    for (int i = 0; i < t->layers; i++) {
        text_add_format(&all, "%s%s", i ? ", " : "", t->layer[i].name);
        if (t->o->match && !ad_name_matches(t->o->match, t->layer[i].name))
            free(t->layer[i].name);
        else
            t->layer[kept++] = t->layer[i];
    }
    t->layers = kept;
    ad_status status = kept ? AD_OK
                            : run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                                       "no layer is called '%s'\n  the layers are %s\n",
                                       t->o->match ? t->o->match : "", text_words(&all));
    text_done(&all);
    return status;
}

/* ---------------------------------------------------------------- the batch */

/* How many of so many examples. */
static ad_status find_range(const tracer *t, int64_t examples, int64_t *count)
{
    int64_t first = t->o->first;
    int64_t wanted = t->o->count        ? t->o->count
                     : t->data->streams ? t->data->streams
                                        : config_batch(t->config, examples);
    *count = t->o->count || first + wanted <= examples ? wanted : examples - first;
    if (first < 0 || first >= examples || *count < 1 || first + *count > examples)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                        "there are no rows %lld to %lld: the training part has %lld\n  give rows "
                        "from 1 to %lld\n",
                        (long long)first + 1, (long long)(first + wanted), (long long)examples,
                        (long long)examples);
    if (t->data->streams && *count != t->data->streams)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                        "the model carries states from batch to batch, of %lld examples\n  give so "
                        "many, or take carry out of its layers\n",
                        (long long)t->data->streams);
    return AD_OK;
}

static ad_status add_feed(tracer *t, const ad_batches *b, const ad_batch *batch, ad_tensor *feed)
{
    int field = run_batch_field(b, ad_tensor_name(feed), "");
    if (field < 0)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s\n",
                        ad_tensor_name(feed));
    t->array[t->feeds] = batch->array[field];
    t->feed[t->feeds++] = feed;
    return AD_OK;
}

static ad_status set_feeds(tracer *t, const ad_batches *b, const ad_batch *batch)
{
    ad_status status = AD_OK;
    for (int i = 0; i < t->n.inputs && status == AD_OK; i++)
        status = add_feed(t, b, batch, t->n.input[i]);
    if (status == AD_OK && t->data->target.name)
        status = add_feed(t, b, batch, t->n.target);
    return status;
}

/* ---------------------------------------------------------------- runs */

/* Fetches list in a program of its own; values are added under their names by `take`. */
static ad_status fetch(tracer *t, ad_state *state, ad_tensor *const *list, int count, bool training,
                       ad_array *out, ad_program **program)
{
    memset(out, 0, (size_t)count * sizeof *out);
    *program = ad_compile(state, .fetch_list = list, .fetch_count = count, .feed_list = t->feed,
                          .feed_count = t->feeds, .training = training);
    if (!*program || ad_run(*program, t->array, out) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    return AD_OK;
}

/* Outputs of the layers, `more` tensors behind them, in one run: kind/NAME, then kind/more_name. */
static ad_status trace_outputs(tracer *t, ad_state *state, const char *kind, bool training,
                               ad_tensor *const *more, const char *const *name, int count)
{
    int all = t->layers + count;
    ad_tensor **list = calloc((size_t)all + 1, sizeof *list);
    ad_array *out = calloc((size_t)all + 1, sizeof *out);
    ad_program *program = NULL;
    ad_status status = list && out ? AD_OK : no_memory();
    for (int i = 0; status == AD_OK && i < all; i++)
        list[i] = i < t->layers ? t->layer[i].output : more[i - t->layers];
    if (status == AD_OK)
        status = fetch(t, state, list, all, training, out, &program);
    for (int i = 0; status == AD_OK && i < all; i++) {
        const char *called = i < t->layers ? t->layer[i].name : name[i - t->layers];
        if (!trace_add(&t->file, kind, called, &out[i]))
            status = no_memory();
    }
    ad_program_free(program);
    free(list);
    free(out);
    return status;
}

static ad_status trace_inference(tracer *t)
{
    ad_tensor *more[] = {t->n.prediction, t->t.loss};
    static const char *const name[] = {"prediction", "loss"};
    ad_status status = trace_outputs(t, t->n.state, "eval", false, more, name, 2);
    if (status == AD_OK)
        t->result->loss = ad_array_item(trace_find(&t->file, "eval", "loss"), 0);
    return status;
}

/* Alone: what leads to no layer is in no other program. */
static ad_status trace_one(tracer *t, const char *kind, const char *name, ad_tensor *tensor)
{
    ad_array out;
    ad_program *program = NULL;
    ad_status status = fetch(t, t->n.state, &tensor, 1, false, &out, &program);
    if (status == AD_OK && !trace_add(&t->file, kind, name, &out))
        status = no_memory();
    ad_program_free(program);
    return status;
}

/* Inputs and target as model and loss take them, and what else is fed. */
static ad_status trace_inputs(tracer *t)
{
    const char *target = t->data->target.name;
    ad_status status = AD_OK;
    for (int i = 0; i < t->data->inputs && status == AD_OK; i++)
        status = trace_one(t, "input", t->data->input[i].name, t->t.taken[i]);
    for (int i = t->data->inputs; i < t->n.inputs && status == AD_OK; i++)
        if (!trace_add(&t->file, "length", ad_tensor_name(t->feed[i]), &t->array[i]))
            status = no_memory();
    return status == AD_OK ? trace_one(t, "target", target ? target : "input", t->t.target)
                           : status;
}

/* Of all variables of the model, on another state, which the run may change.  Twice, in steps of
 * other numbers at random, which tells whether outputs depend on them. */
static ad_status trace_training(tracer *t, ad_state *state)
{
    int count = 0;
    ad_tensor **v = calloc((size_t)t->t.variables + 1, sizeof *v);
    ad_tensor **more = calloc((size_t)t->t.variables + 2, sizeof *more);
    const char **name = calloc((size_t)t->t.variables + 1, sizeof *name);
    ad_status status = v && more && name ? AD_OK : no_memory();
    for (int i = 0; status == AD_OK && i < t->t.variables; i++)
        if (ad_trainable(ad_variable_at(t->n.graph, i))) {
            v[count] = ad_variable_at(t->n.graph, i);
            name[count] = ad_tensor_name(v[count]);
            count++;
        }
    if (status == AD_OK) {
        ad_gradient(t->t.loss, v, count, more);
        status = trace_outputs(t, state, "train", true, &t->t.loss, (const char *[]){"loss"}, 1);
    }
    if (status == AD_OK) {
        ad_array *out = calloc((size_t)count + 1, sizeof *out);
        ad_program *program = NULL;
        status = out && ad_state_set_step(state, 0) == AD_OK
                     ? fetch(t, state, more, count, true, out, &program)
                     : no_memory();
        for (int i = 0; status == AD_OK && i < count; i++)
            if (!trace_add(&t->file, "gradient", name[i], &out[i]))
                status = no_memory();
        ad_program_free(program);
        free(out);
    }
    t->result->gradients = count;
    free(v);
    free(more);
    free(name);
    return status;
}

static ad_status see_chance(tracer *t, ad_state *state)
{
    ad_array out;
    ad_program *program = NULL;
    const ad_array *loss = trace_find(&t->file, "train", "loss");
    t->result->loss_training = ad_array_item(loss, 0);
    ad_status status = ad_state_set_step(state, 1000003) == AD_OK
                           ? fetch(t, state, &t->t.loss, 1, true, &out, &program)
                           : run_fail_core(AD_RUN_NO_FAULT);
    if (status == AD_OK)
        t->result->random = ad_array_item(&out, 0) != t->result->loss_training;
    ad_program_free(program);
    return status;
}

static ad_status trace_weights(tracer *t, const char *kind)
{
    for (int i = 0; i < t->t.variables; i++) {
        ad_tensor *v = ad_variable_at(t->n.graph, i);
        ad_array value = {0};
        if (ad_get(t->n.state, v, &value) != AD_OK)
            return run_fail_core(AD_RUN_NO_FAULT);
        if (!trace_add(&t->file, kind, ad_tensor_name(v), &value))
            return no_memory();
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- steps */

static void set_rate(tracer *t, const ad_schedule *schedule, int64_t step)
{
    const ad_optimizer_options *o = t->config->optimizer.options;
    double rate = t->n.rate ? ad_schedule_rate(schedule, step) : o->rate;
    t->rate = (float)rate;
#ifdef ADZE_EXTRAS
    if (t->n.momentum)
        t->momentum = (float)ad_schedule_momentum(schedule, step);
#endif
    text_add_format(&t->rates, "%s%.17g", step ? " " : "", t->n.rate ? (double)t->rate : rate);
}

static ad_status make_steps(tracer *t)
{
    ad_schedule schedule[AD_NUMBERS_MAX + 1];
    int feeds = t->feeds;
    int64_t examples = ad_source_count(t->data->train), batch = config_batch(t->config, examples);
    config_schedules(t->config, (examples + batch - 1) / batch, schedule);
    if (t->n.rate) {
        t->feed[feeds] = t->n.rate;
        t->array[feeds++] = ad_f32(&t->rate, AD_SCALAR);
    }
    if (t->n.momentum) {
        t->feed[feeds] = t->n.momentum;
        t->array[feeds++] = ad_f32(&t->momentum, AD_SCALAR);
    }
    ad_program *p = ad_compile(t->n.state, .fetch_list = &t->n.player[0].step, .fetch_count = 1,
                               .feed_list = t->feed, .feed_count = feeds, .training = true);
    ad_status status = p ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    for (int64_t i = 0; i < t->o->steps && status == AD_OK; i++) {
        ad_array out = {0};
        set_rate(t, schedule, i);
        if (ad_run(p, t->array, &out) != AD_OK)
            status = run_fail_core(AD_RUN_NO_FAULT);
    }
    ad_program_free(p);
    return status;
}

static ad_status trace_steps(tracer *t)
{
    ad_array out;
    ad_program *program = NULL;
    if (!t->o->steps)
        return AD_OK;
    if (ad_config_is_whole(t->config))
        return run_refuse(t->config, "train.optimizer.method", "leave the steps out",
                          "method %s searches its own steps: there is none of one batch",
                          t->config->optimizer.record->name);
    ad_status status = make_steps(t);
    if (status == AD_OK)
        status = trace_weights(t, "after");
    ad_state *state = status == AD_OK ? ad_state_clone(t->n.state) : NULL;
    if (status == AD_OK)
        status = state ? fetch(t, state, &t->t.loss, 1, true, &out, &program)
                       : run_fail_core(AD_RUN_NO_FAULT);
    if (status == AD_OK)
        t->result->loss_after = ad_array_item(&out, 0);
    ad_program_free(program);
    ad_state_free(state);
    return status;
}

/* ---------------------------------------------------------------- the network */

static ad_status copy_value(tracer *t, ad_tensor *to, const ad_array *from)
{
    if (from->type == ad_tensor_type(to))
        return ad_set(t->n.state, to, *from) == AD_OK ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    int64_t count = ad_array_count(from);
    double *wide = malloc((size_t)(count + 1) * sizeof *wide);
    if (!wide)
        return no_memory();
    for (int64_t i = 0; i < count; i++)
        wide[i] = ad_array_item(from, i);
    bool good = ad_set(t->n.state, to, ad_f64(wide, from->shape)) == AD_OK;
    free(wide);
    return good ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
}

static ad_status copy_values(tracer *t)
{
    ad_status status = AD_OK;
    for (int i = 0; i < ad_variable_count(t->n.graph) && status == AD_OK; i++) {
        ad_tensor *to = ad_variable_at(t->n.graph, i),
                  *from = ad_find(t->plain.graph, ad_tensor_name(to));
        ad_array value = {0};
        if (!from)
            continue;
        if (ad_get(t->plain.state, from, &value) != AD_OK)
            return run_fail_core(AD_RUN_NO_FAULT);
        status = copy_value(t, to, &value);
    }
    return status;
}

/* First weights as a training has them, or those asked for. */
static ad_status begin_plain(tracer *t)
{
    ad_run_result result = {0};
    ad_run_options o = {.config = t->config,
                        .data = (ad_run_data *)(void *)(uintptr_t)t->data,
                        .network = &t->plain,
                        .from = t->o->from,
                        .names = t->o->names};
    ad_status status = ad_run_build(t->config, t->data, t->o->threads, &t->plain);
    return status == AD_OK && o.from ? run_begin_from(&o, &result) : status;
}

static ad_status begin(tracer *t)
{
    model_watch watch = {enter, leave, t};
    if (t->data->task->makes || t->data->task->players)
        return run_refuse(t->config, "task", "choose a task that answers",
                          "task %s makes examples: what it makes of one batch depends on chance",
                          t->data->task->record.name);
    if (t->data->next)
        return run_refuse(t->config, "next_sentence", "take it out",
                          "a trace is of one head, and with next_sentence the model has two");
    ad_status status = begin_plain(t);
    if (status != AD_OK)
        return status;
    t->n.context = ad_context_new(.threads = t->o->threads ? t->o->threads : AD_PROCESSORS);
    t->n.graph = t->n.context ? ad_graph_new(t->n.context) : NULL;
    if (!t->n.graph)
        return run_fail_core(AD_RUN_NO_FAULT);
    status = run_traced(t->config, t->data, t->o->f64, &watch, &t->t, &t->n);
    if (status != AD_OK || t->failed)
        return status == AD_OK ? no_memory() : status;
    status = choose(t);
    t->n.state = status == AD_OK ? ad_state_new(t->n.graph, (uint64_t)t->config->train.seed) : NULL;
    if (status == AD_OK)
        status = t->n.state ? copy_values(t) : run_fail_core(AD_RUN_NO_FAULT);
    return status;
}

/* ---------------------------------------------------------------- notes */

static void add_record(text_buffer *t, const ad_choice *c)
{
    text_add(t, c->record->name);
    for (int i = 0; i < c->record->options; i++) {
        text_buffer value = {0};
        if (option_value(&value, &c->record->option[i], c->options))
            text_add_format(t, " %s=%s", c->record->option[i].name, text_words(&value));
        t->failed = t->failed || value.failed;
        text_done(&value);
    }
}

static ad_status add_notes(tracer *t)
{
    text_buffer layers = {0}, optimizer = {0};
    char rows[64], *config = ad_config_text(t->config, NULL);
    for (int i = 0; i < t->layers; i++)
        text_add_format(&layers, "%s %s %d\n", t->layer[i].name, t->layer[i].what,
                        t->layer[i].line);
    add_record(&optimizer, &t->config->optimizer);
    text_add_format(&optimizer, " clip_norm=%.17g clip_value=%.17g", t->config->train.clip_norm,
                    t->config->train.clip_value);
    snprintf(rows, sizeof rows, "%lld %lld", (long long)t->result->first + 1,
             (long long)(t->result->first + t->result->count));
    trace_note(&t->file, "layers", text_words(&layers));
    trace_note(&t->file, "rows", rows);
    trace_note(&t->file, "task", t->data->task->record.name);
    trace_note(&t->file, "loss",
               ad_config_given(t->config, "train.loss") ? t->config->loss.record->name
                                                        : t->data->task->loss);
    trace_note(&t->file, "optimizer", text_words(&optimizer));
    trace_note(&t->file, "rates", text_words(&t->rates));
    trace_note(&t->file, "random", t->result->random ? "yes" : "no");
    trace_note(&t->file, "config", config ? config : "");
    bool failed = !config || layers.failed || optimizer.failed || t->rates.failed;
    text_done(&layers);
    text_done(&optimizer);
    free(config);
    return failed ? no_memory() : AD_OK;
}

/* ---------------------------------------------------------------- the whole */

static ad_status trace_all(tracer *t)
{
    ad_status status = trace_inputs(t);
    if (status == AD_OK)
        status = trace_weights(t, "weight");
    if (status == AD_OK)
        status = trace_inference(t);
    ad_state *state = status == AD_OK ? ad_state_clone(t->n.state) : NULL;
    if (status == AD_OK)
        status = state ? trace_training(t, state) : run_fail_core(AD_RUN_NO_FAULT);
    if (status == AD_OK)
        status = see_chance(t, state);
    ad_state_free(state);
    if (status == AD_OK)
        status = trace_steps(t);
    if (status == AD_OK)
        status = add_notes(t);
    if (status == AD_OK && (status = trace_write(&t->file, t->o->out)) != AD_OK)
        (void)run_failed(AD_RUN_NOT_WRITTEN, status);
    return status;
}

static ad_status with_batch(tracer *t)
{
    ad_source *all = t->data->plain ? t->data->plain : t->data->train, *part = NULL;
    ad_batch batch = {.count = 0};
    int64_t count = 0;
    ad_status status = find_range(t, ad_source_count(all), &count);
    ad_batches *b = NULL;
    if (status == AD_OK)
        status = run_row_batches(all, t->o->first, count, count, &part, &b);
    if (status == AD_OK && ad_batches_next(b, &batch) != AD_OK)
        status = run_fail_core(AD_RUN_BAD_DATA);
    if (status == AD_OK)
        status = set_feeds(t, b, &batch);
    t->result->first = t->o->first;
    t->result->count = count;
    t->result->layers = t->layers;
    if (status == AD_OK)
        status = trace_all(t);
    ad_batches_free(b);
    ad_source_free(part);
    return status;
}

ad_status ad_run_trace(const ad_config *config, const ad_run_data *data,
                       const ad_run_trace_options *options, ad_run_trace_result *result)
{
    ad_config own = *config;
    tracer t = {.config = &own, .data = data, .o = options, .result = result};
    own.augment = (ad_choices){0};
    own.train.accumulate = 1; /* of the same examples: the same gradient */
    *result = (ad_run_trace_result){0};
    ad_status status = begin(&t);
    if (status == AD_OK)
        status = with_batch(&t);
    for (int i = 0; i < t.layers; i++)
        free(t.layer[i].name);
    free(t.layer);
    trace_done(&t.file);
    text_done(&t.rates);
    ad_run_network_done(&t.n);
    ad_run_network_done(&t.plain);
    return status;
}
