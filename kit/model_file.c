/* A trained model that predicts from raw input: graph, weights, schema and transforms of one file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "rewrite.h"
#include "series.h"
#include "stream.h"
#include "text.h"

enum { WIDTH_MAX = 1 << 30 };

struct ad_model {
    ad_run_data data;
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_program *program;
    ad_tensor *prediction;
    ad_tensor *feed[AD_RUN_FEEDS_MAX];
    int feeds;
    ad_program *steps; /* of a model of a text, from the first time it is asked for */
    struct model_step *step;
    bool stepless; /* it was tried */
};

/* ---------------------------------------------------------------- loading */

static ad_status damaged(const char *path, const char *why)
{
    return run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT,
                    "%s: %s\n  take a copy of the file, or train again\n", path, why);
}

/* (batch, time, classes), with the sizes of the input. */
static bool gives_steps(ad_shape shape, ad_shape in)
{
    return shape.rank == 3 && in.rank == 2 && shape.size[0] < 0 && shape.size[0] == in.size[0] &&
           shape.size[1] < 0 && shape.size[1] == in.size[1] && shape.size[2] > 0 &&
           shape.size[2] <= WIDTH_MAX;
}

/* (batch, numbers...), all sizes but the first known, and the batch that of the inputs. */
static bool gives_rows(const ad_model *m, ad_tensor *first)
{
    ad_shape shape = ad_tensor_shape(m->prediction), in = ad_tensor_shape(first);
    int64_t width = 1;
    if (m->data.task->of_words || m->data.task->spans)
        return gives_steps(shape, in) && (!m->data.task->spans || shape.size[2] == 2);
    if (m->data.task->transcribes) /* the steps may be fewer than there were */
        return shape.rank == 3 && shape.size[0] < 0 && shape.size[0] == in.size[0] &&
               shape.size[2] >= m->data.target.classes;
    bool good = shape.rank >= 1 && in.rank >= 1 && shape.size[0] < 0 && shape.size[0] == in.size[0];
    for (int i = 1; good && i < shape.rank; i++) {
        good = shape.size[i] > 0 && shape.size[i] <= WIDTH_MAX / width;
        width *= good ? shape.size[i] : 1;
    }
    return good;
}

static bool varies(const ad_run_field *f)
{
    return f->shape.rank > 0 && f->shape.size[0] == AD_VARYING;
}

static char *length_name(const ad_run_field *f)
{
    return text_format("%s.length", f->name);
}

static ad_status compile(ad_model *m, const char *path)
{
    ad_tensor **feeds = m->feed;
    bool makes = m->data.task->makes;
    const char *of_noise[3] = {m->data.noise.name};
    int count = makes ? 1 : m->data.inputs;
    if (m->data.diffusion)
        of_noise[count++] = RUN_TIME;
    if (m->data.told.name)
        of_noise[count++] = m->data.told.name;
    for (int i = 0; i < count; i++) {
        feeds[i] = ad_find(m->graph, makes ? of_noise[i] : m->data.input[i].name);
        if (!feeds[i])
            return damaged(path, "its graph lacks an input");
    }
    for (int i = 0; i < m->data.inputs && !makes; i++) {
        char *length = varies(&m->data.input[i]) ? length_name(&m->data.input[i]) : NULL;
        feeds[count] = length ? ad_find(m->graph, length) : NULL;
        free(length);
        if (varies(&m->data.input[i]) && !feeds[count++])
            return damaged(path, "its graph lacks the lengths of an input");
    }
    m->feeds = count;
    m->prediction = ad_find(m->graph, "prediction");
    if (!m->prediction)
        return damaged(path, "its graph has no prediction");
    ad_tensor *clean = m->data.diffusion ? ad_find(m->graph, RUN_CLEAN) : NULL;
    if (m->data.diffusion && !clean)
        return damaged(path, "its graph has no " RUN_CLEAN);
    m->program = ad_compile(m->state, .fetch = {m->prediction, clean}, .feed_list = feeds,
                            .feed_count = count);
    if (!m->program)
        return damaged(path, ad_error());
    return gives_rows(m, feeds[0]) ? AD_OK
                                   : damaged(path, "its prediction is not a row for each example");
}

static ad_status load_graph(ad_model *m, const char *path, const char *graph, uint64_t weights)
{
    m->context = ad_context_new(.threads = AD_PROCESSORS);
    m->graph = m->context ? ad_graph_read(m->context, graph) : NULL;
    if (!m->context)
        return run_fail_core(AD_RUN_NO_FAULT);
    if (!m->graph)
        return ad_error_status() == AD_ERROR_MEMORY ? run_fail_core(AD_RUN_NO_FAULT)
                                                    : damaged(path, "its graph cannot be read");
    m->state = ad_state_new(m->graph, 1);
    if (!m->state)
        return run_fail_core(AD_RUN_NO_FAULT);
    if (ad_load(m->state, path, .weights_only = true) != AD_OK)
        return run_fail_core(AD_RUN_DAMAGED);
    ad_status status = run_check_weights(path, m->graph, m->graph, m->state, weights);
    return status == AD_OK ? compile(m, path) : status;
}

static ad_status load(ad_model *m, const char *path)
{
    char *graph = NULL;
    uint64_t weights = 0;
    if (access(path, F_OK) != 0)
        return run_fail(AD_RUN_MISSING, AD_ERROR_FILE, "%s: cannot be opened: %s\n", path,
                        strerror(errno));
    ad_status status = run_read_model(path, &m->data, &graph, &weights);
    if (status == AD_OK)
        status = load_graph(m, path, graph, weights);
    free(graph);
    return status;
}

ad_status ad_model_load(const char *path, ad_model **model)
{
    ad_model *m = calloc(1, sizeof *m);
    char *inside = is_folder(path) ? run_path(path, "model.safetensors") : NULL;
    *model = NULL;
    if (!m)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_status status = load(m, inside ? inside : path);
    free(inside);
    if (status == AD_OK)
        *model = m;
    else
        ad_model_free(m);
    return status;
}

void ad_model_free(ad_model *model)
{
    if (!model)
        return;
    ad_program_free(model->program);
    ad_program_free(model->steps);
    model_step_free(model->step);
    ad_state_free(model->state);
    ad_graph_free(model->graph);
    ad_context_free(model->context);
    ad_run_data_done(&model->data);
    free(model);
}

const ad_run_data *ad_model_about(const ad_model *model)
{
    return &model->data;
}

/* ---------------------------------------------------------------- predicting */

ad_status model_check_predicts(const ad_model *model)
{
    if (!model->data.task->makes)
        return AD_OK;
    return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                    "a generator says nothing of data: it makes examples\n  let it: `adze sample`, "
                    "or ad_model_sample\n");
}

/* Texts are asked for by another call than numbers. */
static ad_status check_numbers(const ad_model *model)
{
    if (!run_says_texts(model->data.task))
        return AD_OK;
    return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                    "what this model says are texts, not numbers\n  ask by ad_model_rewrite\n");
}

static ad_status check_texts(const ad_model *model)
{
    if (run_says_texts(model->data.task))
        return AD_OK;
    return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                    "a model of the task %s writes no texts\n  ask by ad_model_predict\n",
                    model->data.task->record.name);
}

void ad_rewritten_done(ad_rewritten *list, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        free(list[i].text);
    memset(list, 0, (size_t)count * sizeof *list);
}

/* Tokens as texts. */
static ad_status as_texts(const ad_model *model, const rewrite_made *made, int64_t count,
                          ad_rewritten *list)
{
    for (int64_t i = 0; i < count; i++) {
        list[i] =
            (ad_rewritten){.text = rewrite_said(&model->data, &made[i]),
                           .score = made[i].score,
                           .tokens = made[i].count + (model->data.task->rewrites && !made[i].cut),
                           .cut = made[i].cut,
                           .unknown = made[i].unknown};
        if (!list[i].text) {
            ad_rewritten_done(list, count);
            return AD_ERROR_MEMORY;
        }
    }
    return AD_OK;
}

typedef struct span_list {
    ad_rewritten *list;
    int64_t count;
} span_list;

static ad_status take_span(void *user, const run_span *s)
{
    span_list *l = user;
    char *text = text_copy_bytes(s->said, (size_t)s->said_size);
    l->list[l->count++] = (ad_rewritten){.text = text, .score = s->score};
    return text ? AD_OK : no_memory();
}

static ad_status find_spans(ad_model *model, ad_source *items, int64_t first, int64_t count,
                            ad_rewritten *list)
{
    span_list l = {.list = list};
    ad_source *part;
    ad_status status = run_row_source(items, first, count, &part);
    if (status == AD_OK)
        status = run_span_each(model->program, &model->data, part, take_span, &l);
    if (status != AD_OK)
        ad_rewritten_done(list, count);
    ad_source_free(part);
    return status;
}

ad_status ad_model_rewrite(ad_model *model, ad_source *items, int64_t first, int64_t count,
                           const ad_rewrite_options *options, ad_rewritten *list)
{
    ad_status status = check_texts(model);
    if (status != AD_OK)
        return status;
    rewrite_made *made = calloc((size_t)count + 1, sizeof *made);
    memset(list, 0, (size_t)count * sizeof *list);
    if (model->data.task->spans) {
        free(made);
        return find_spans(model, items, first, count, list);
    }
    if (!made)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    status = rewrite_source(model->program, &model->data, options, items, first, count, made, NULL,
                            NULL);
    if (status == AD_OK)
        status = as_texts(model, made, count, list);
    rewrite_made_done(made, count);
    free(made);
    return status;
}

bool model_is_stepping(const ad_model *model)
{
    return model->step;
}

ad_status model_run_tokens(ad_model *model, const int32_t *token, int64_t count, float *chance)
{
    int32_t length = (int32_t)count;
    ad_array in[] = {ad_i32(token, AD_SHAPE(1, count)), ad_i32(&length, AD_SHAPE(1))}, out = {0};
    const ad_run_data *d = &model->data;
    if (!model->step && !model->stepless && d->step)
        model->step =
            model_step_new(model->context, d->step, d->input[0].name, model->state, d->window);
    model->stepless = !model->step;
    if (model->step && model_step_can(model->step, token, count))
        return model_step_run(model->step, token, count, chance);
    if (ad_run(model->program, in, &out) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    memcpy(chance, out.data, ad_array_bytes(&out));
    return AD_OK;
}

/* What a model of a text is fed with: its tokens, where it takes segments those of the first, and
 * lengths.  segment: room for count. */
static void steps_in(const ad_model *m, const int32_t *token, int32_t *segment,
                     const int32_t *length, int64_t count, ad_array in[4])
{
    int fields = m->data.inputs, i = 0;
    in[i++] = ad_i32(token, AD_SHAPE(1, count));
    if (fields > 1)
        in[i++] = ad_i32(segment, AD_SHAPE(1, count));
    while (i < 2 * fields)
        in[i++] = ad_i32(length, AD_SHAPE(1));
}

static ad_status compile_steps(ad_model *m)
{
    ad_tensor *chances = ad_find(m->graph, RUN_CHANCES);
    if (!chances)
        return run_fail(AD_RUN_DAMAGED, AD_ERROR_UNSUPPORTED,
                        "the model was stored before models of texts could be asked for each "
                        "token\n  train it again\n");
    m->steps =
        ad_compile(m->state, .fetch = {chances}, .feed_list = m->feed, .feed_count = m->feeds);
    return m->steps ? AD_OK : run_fail_core(AD_RUN_DAMAGED);
}

ad_status model_run_steps(ad_model *model, const int32_t *token, int64_t count,
                          const float **chance)
{
    int32_t length = (int32_t)count, *segment = calloc((size_t)count + 1, sizeof *segment);
    ad_array in[4], out = {0};
    ad_status status = !segment ? no_memory() : model->steps ? AD_OK : compile_steps(model);
    steps_in(model, token, segment, &length, count, in);
    if (status == AD_OK && ad_run(model->steps, in, &out) != AD_OK)
        status = run_fail_core(AD_RUN_BAD_DATA);
    free(segment);
    if (status == AD_OK && (out.type != AD_F32 || out.shape.size[1] != count))
        status =
            run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT, "the model gives no chances of tokens\n");
    *chance = status == AD_OK ? out.data : NULL;
    return status;
}

ad_status model_run_noise(ad_model *model, const float *noise, const int32_t *told, int64_t count,
                          float *made)
{
    ad_array in[] = {ad_f32(noise, AD_SHAPE(count, model->data.noise.shape.size[0])),
                     ad_i32(told, AD_SHAPE(count))},
             out = {0};
    if (ad_run(model->program, in, &out) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    memcpy(made, out.data, ad_array_bytes(&out));
    return AD_OK;
}

ad_status model_see(void *user, const float *x, const int32_t *time, const int32_t *told,
                    int64_t count, float *clean, float *made)
{
    ad_model *model = user;
    ad_shape shape = {model->data.noise.shape.rank + 1, {count}};
    for (int i = 1; i < shape.rank; i++)
        shape.size[i] = model->data.noise.shape.size[i - 1];
    ad_array in[] = {ad_f32(x, shape), ad_i32(time, AD_SHAPE(count)),
                     ad_i32(told, AD_SHAPE(count))},
             out[2] = {{0}};
    if (ad_run(model->program, in, out) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    memcpy(made, out[0].data, ad_array_bytes(&out[0]));
    memcpy(clean, out[1].data, ad_array_bytes(&out[1]));
    return AD_OK;
}

ad_status ad_model_items(const ad_model *model, const char *const *path, int count,
                         ad_source **items)
{
    ad_source *raw = NULL;
    const ad_reader_record *reader = ad_reader_find(model->data.schema->reader);
    *items = NULL;
    ad_status status = model_check_predicts(model);
    if (status != AD_OK)
        return status;
    if (!reader)
        return run_failed(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT);
    if (!reader->items)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_UNSUPPORTED,
                        "data of the format %s has no files to predict from\n",
                        reader->record.name);
    status = reader->items(model->data.schema, path, count, &raw);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    status = model_items(model, raw, items);
    ad_source_free(raw);
    return status;
}

static ad_status model_rows(const ad_model *model, ad_source *raw, ad_source **items)
{
    const ad_transform *t = model->data.transform;
    ad_source *taken = ad_source_joined(&raw, 1);
    ad_status status =
        taken ? run_encode(&model->data, &taken, true) : run_fail_core(AD_RUN_BAD_DATA);
    *items = status != AD_OK ? NULL
             : t             ? ad_transform_source(t, taken)
                             : ad_source_joined(&taken, 1);
    ad_source_free(taken);
    return status != AD_OK ? status : *items ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

/* Rows of a series become windows: what follows the last row, or all that the rows hold. */
static ad_status windows_of(const ad_model *model, ad_source **rows, const char *path, bool all)
{
    const ad_forecast *f = model->data.forecast;
    series s;
    ad_source *made = NULL;
    ad_status status = all ? series_read(&model->data, *rows, NULL, false, &s)
                           : series_of_items(&model->data, *rows, path, &s);
    if (status != AD_OK)
        return status;
    int64_t last = s.rows - f->window - f->horizon, count = 0;
    int64_t *start = malloc(((size_t)(last < 0 ? 0 : last) + 1) * sizeof *start);
    for (int64_t i = all ? 0 : last; start && i <= last; i += f->step)
        start[count++] = i;
    if (start && count)
        status = series_windows(&model->data, &s, start, count, path, &made);
    else {
        status = !start ? run_failed(AD_RUN_NO_FAULT, message_no_memory())
                        : run_fail(AD_RUN_BAD_DATA, AD_ERROR_SHAPE,
                                   "%s: has %lld rows, and a window with what follows it is %lld\n"
                                   "  give more rows\n",
                                   path, (long long)s.rows, (long long)(f->window + f->horizon));
        series_done(&s);
        free(start);
    }
    if (status == AD_OK) {
        ad_source_free(*rows);
        *rows = made;
    }
    return status;
}

ad_status model_windows(const ad_model *model, ad_source *raw, const char *path, bool all,
                        ad_source **items)
{
    ad_status status = model_rows(model, raw, items);
    if (status == AD_OK)
        status = windows_of(model, items, path, all);
    if (status != AD_OK) {
        ad_source_free(*items);
        *items = NULL;
    }
    return status;
}

ad_status model_items(const ad_model *model, ad_source *raw, ad_source **items)
{
    return model->data.forecast ? model_windows(model, raw, "the data", false, items)
                                : model_rows(model, raw, items);
}

int64_t ad_model_width(const ad_model *model)
{
    ad_shape shape = ad_tensor_shape(model->prediction);
    int64_t width = 1;
    if (model->data.task->of_words || model->data.task->spans || model->data.task->transcribes)
        return shape.size[2];
    for (int i = 1; i < shape.rank; i++)
        width *= shape.size[i];
    return width;
}

enum { BLOCK = 256 };

/* The arrays of a batch in the order of the program's feeds: fields, then lengths. */
static ad_status find_feeds(const ad_model *m, const ad_batches *b, const ad_batch *batch,
                            ad_array *in)
{
    int count = 0;
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < m->data.inputs; i++) {
            const ad_run_field *f = &m->data.input[i];
            if (turn && !varies(f))
                continue;
            int at = run_batch_field(b, f->name, turn ? ".length" : "");
            if (at < 0)
                return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s%s\n",
                                f->name, turn ? ".length" : "");
            in[count++] = batch->array[at];
        }
    return AD_OK;
}

/* Task tagging: of each example how many words begin among its tokens, where words is not NULL; the
 * rows of out where they do, to `to`, where that is not NULL.  *rows: how many in all. */
static ad_status take_words(const ad_model *m, const ad_batches *b, const ad_batch *batch,
                            const ad_array *out, float *to, int64_t *words, int64_t *rows)
{
    int at = run_batch_field(b, RUN_WORD, ""), length_at = run_batch_field(b, RUN_WORD, ".length");
    int64_t width = ad_model_width(m), found = 0;
    if (at < 0 || length_at < 0)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                        "the data does not say where words begin\n  give what ad_model_items "
                        "gave\n");
    int64_t wide = ad_array_count(&batch->array[at]) / (batch->count ? batch->count : 1);
    const int64_t *begins = batch->array[at].data;
    const int32_t *length = batch->array[length_at].data;
    for (int64_t i = 0; i < batch->count; i++) {
        int64_t before = found;
        for (int64_t t = 0; t < length[i]; t++) {
            if (!begins[i * wide + t])
                continue;
            for (int64_t c = 0; to && c < width; c++)
                to[found * width + c] = (float)ad_array_item(out, (i * wide + t) * width + c);
            found++;
        }
        if (words)
            words[i] = found - before;
    }
    *rows = found;
    return AD_OK;
}

/* The examples from `first` on, at most BLOCK, from the batches; *rows of them go to `to`. */
static ad_status predict_batch(ad_model *m, const ad_batches *b, const ad_batch *batch, float *to,
                               int64_t *rows)
{
    ad_array in[AD_RUN_FEEDS_MAX], out = {0};
    ad_status status = find_feeds(m, b, batch, in);
    if (status != AD_OK)
        return status;
    if (ad_run(m->program, in, &out) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    if (m->data.task->of_words)
        return take_words(m, b, batch, &out, to, NULL, rows);
    int64_t count = batch->count * ad_model_width(m);
    *rows = batch->count;
    if (ad_array_count(&out) != count)
        return run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT,
                        "the model gives %lld numbers for %lld examples\n  take a copy of its "
                        "file, or train again\n",
                        (long long)ad_array_count(&out), (long long)batch->count);
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)ad_array_item(&out, i);
    return AD_OK;
}

/* Those of the items from first on; *part too is the caller's to free. */
static ad_status batches_of(ad_source *items, int64_t first, int64_t count, ad_source **part,
                            ad_batches **b)
{
    *b = NULL;
    ad_status status = run_row_source(items, first, count, part);
    if (status != AD_OK)
        return status;
    *b = ad_batches_new(*part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    return *b ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

ad_status ad_model_words(const ad_model *model, ad_source *items, int64_t first, int64_t count,
                         int64_t *words)
{
    ad_source *part = NULL;
    ad_batches *b = NULL;
    ad_batch batch = {.count = 0};
    int64_t rows;
    for (int64_t i = 0; i < count; i++)
        words[i] = 1;
    if (!model->data.task->of_words || count <= 0)
        return AD_OK;
    ad_status status = batches_of(items, first, count, &part, &b);
    for (int64_t done = 0; status == AD_OK && done < count; done += batch.count) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status == AD_OK && batch.count == 0)
            break;
        if (status == AD_OK)
            status = take_words(model, b, &batch, NULL, NULL, words + done, &rows);
    }
    ad_batches_free(b);
    ad_source_free(part);
    return status;
}

ad_status ad_model_predict(ad_model *model, ad_source *items, int64_t first, int64_t count,
                           float *prediction)
{
    ad_source *part;
    ad_batches *b;
    ad_batch batch = {.count = 0};
    int64_t rows = 0;
    ad_status status = check_numbers(model);
    if (status != AD_OK)
        return status;
    status = batches_of(items, first, count, &part, &b);
    for (int64_t done = 0; status == AD_OK && done < count; done += batch.count) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status == AD_OK && batch.count == 0)
            break;
        if (status == AD_OK)
            status = predict_batch(model, b, &batch, prediction, &rows);
        prediction += rows * ad_model_width(model);
    }
    ad_batches_free(b);
    ad_source_free(part);
    return status;
}
