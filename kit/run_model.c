/* A stored model: a file of weights in the safetensors format, whose note says all else.
 *
 * The note is lines "key value"; of a longer text the value is how many bytes of it follow after
 * the line's end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "name_join.h"
#include "number.h"
#include "run.h"
#include "stream.h"
#include "text.h"

static const char model_name[] = "model.safetensors";

/* ---------------------------------------------------------------- writing */

static void add_text(text_buffer *t, const char *key, const char *text)
{
    if (!text)
        return;
    text_add_format(t, "%s %zu\n", key, strlen(text));
    text_add(t, text);
    text_add(t, "\n");
}

static void add_moments(text_buffer *t, const char *key, const double *list, int64_t count)
{
    if (!list)
        return;
    text_add(t, key);
    for (int64_t i = 0; i < count; i++) {
        text_add(t, " ");
        number_add(t, list[i]);
    }
    text_add(t, "\n");
}

static void add_field(text_buffer *t, const char *key, const ad_run_field *f)
{
    if (!f->name)
        return;
    text_add_format(t, "%s %d %lld %d", key, (int)f->type, (long long)f->classes, f->shape.rank);
    for (int i = 0; i < f->shape.rank; i++)
        text_add_format(t, " %lld", (long long)f->shape.size[i]);
    text_add(t, "\n");
    add_text(t, "name", f->name);
}

/* Each a line with its field, and its text. */
static void add_encoders(text_buffer *t, const ad_run_data *data)
{
    for (int i = 0; i < data->encoders; i++) {
        char *text = ad_encoder_text(data->encoder[i].encoder);
        t->failed = t->failed || !text;
        add_text(t, "encoded", data->encoder[i].field);
        add_text(t, "encoder", text);
        free(text);
    }
}

static char *write_note(const ad_run_data *data, const ad_run_network *network, uint64_t weights)
{
    text_buffer t = {0};
    char *schema = ad_schema_text(data->schema);
    char *transform = data->transform ? ad_transform_text(data->transform) : NULL;
    t.failed = !schema || (data->transform && !transform);
    text_add_format(&t, "adze-model 1\ntask %s\n", data->task->record.name);
    for (int i = 0; i < data->inputs; i++)
        add_field(&t, "input", &data->input[i]);
    add_field(&t, "target", &data->target);
    add_field(&t, "noise", &data->noise);
    add_field(&t, "told", &data->told);
    if (data->diffusion)
        text_add_format(&t, "diffusion %lld %d\n", (long long)data->diffusion, data->schedule);
    if (data->window)
        text_add_format(&t, "window %lld\n", (long long)data->window);
    if (data->pair)
        text_add_format(&t, "pair %lld\n", (long long)data->pair);
    if (run_writes(data->task))
        text_add_format(&t, "written %lld %lld\n", (long long)data->beam, (long long)data->longest);
    int64_t width = data->target.shape.rank ? data->target.shape.size[0] : 1;
    add_moments(&t, "mean", data->mean, width);
    add_moments(&t, "deviation", data->deviation, width);
    if (data->threshold > 0) {
        text_add_format(&t, "decision %lld ", (long long)data->positive);
        number_add(&t, data->threshold);
        text_add(&t, "\n");
    }
    if (data->pixel_mean.count) {
        text_add_format(&t, "channels %d\n", data->pixel_mean.count);
        add_moments(&t, "pixel-mean", data->pixel_mean.value, data->pixel_mean.count);
        add_moments(&t, "pixel-std", data->pixel_std.value, data->pixel_std.count);
    }
    add_text(&t, "schema", schema);
    add_encoders(&t, data);
    char *forecast = data->forecast ? run_forecast_text(data->forecast) : NULL;
    t.failed = t.failed || (data->forecast && !forecast);
    add_text(&t, "forecast", forecast);
    free(forecast);
    add_text(&t, "transform", transform);
    add_text(&t, "graph", network->inference);
    if (network->step)
        add_text(&t, "step", network->step);
    text_add_format(&t, "weights %016llx\n", (unsigned long long)weights);
    if (t.data)
        text_add_format(&t, "check %016llx\n", (unsigned long long)run_sum(1, t.data, t.size));
    free(schema);
    free(transform);
    return text_take(&t);
}

static ad_status save(const char *path, const ad_state *state, const ad_run_data *data,
                      const ad_run_network *network)
{
    uint64_t weights = 0;
    ad_graph *inference = ad_graph_read(network->context, network->inference);
    ad_status status = inference ? run_sum_weights(inference, network->graph, state, &weights)
                                 : run_fail_core(AD_RUN_NO_FAULT);
    ad_graph_free(inference);
    char *note = status == AD_OK ? write_note(data, network, weights) : NULL;
    if (status == AD_OK && !note)
        status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
    else if (status == AD_OK && ad_save(state, path, .weights_only = true, .note = note) != AD_OK)
        status = run_fail_core(AD_RUN_NOT_WRITTEN);
    free(note);
    return status;
}

/* The averages under the names of the weights. */
static ad_status save_averages(const char *path, const ad_state *state, const ad_run_data *data,
                               const ad_run_network *network)
{
    ad_state *averaged = ad_state_clone(state);
    ad_status status = averaged && ad_take_averages(averaged) == AD_OK
                           ? save(path, averaged, data, network)
                           : run_fail_core(AD_RUN_NO_FAULT);
    ad_state_free(averaged);
    return status;
}

ad_status run_save_model(const char *folder, const ad_state *state, const ad_run_data *data,
                         const ad_run_network *network)
{
    char *path = run_path(folder, model_name);
    if (!path)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_status status = network->averaged ? save_averages(path, state, data, network)
                                         : save(path, state, data, network);
    free(path);
    return status;
}

/* ---------------------------------------------------------------- the note */

typedef struct cursor {
    const char *at;
    int line;
    char *line_text;   /* of the line read last: its key, then its value */
    const char *value; /* in it */
} cursor;

/* 1: a line was read; 0: the end; -1: no memory, or no line. */
static int next_line(cursor *c)
{
    free(c->line_text);
    c->line_text = NULL;
    if (!*c->at)
        return 0;
    size_t size = strcspn(c->at, "\n");
    c->line_text = text_copy_bytes(c->at, size);
    c->at += size + (c->at[size] != 0);
    c->line++;
    char *blank = c->line_text ? strchr(c->line_text, ' ') : NULL;
    if (!blank)
        return -1;
    *blank = 0;
    c->value = blank + 1;
    return 1;
}

/* The text whose size is the line's value, by malloc. */
static bool take_text(cursor *c, char **text)
{
    char *end;
    unsigned long long size = strtoull(c->value, &end, 10);
    if (*text || end == c->value || *end || size > strlen(c->at))
        return false;
    *text = text_copy_bytes(c->at, (size_t)size);
    c->at += size;
    c->at += *c->at == '\n';
    return *text != NULL;
}

static bool take_numbers(const char *words, double **list, int64_t count)
{
    char word[64];
    if (*list || count < 1 || (uint64_t)count > strlen(words))
        return false;
    *list = calloc((size_t)count, sizeof **list);
    for (int64_t i = 0; i < count; i++) {
        size_t size = strcspn(words, " ");
        if (!*list || size == 0 || size >= sizeof word)
            return false;
        memcpy(word, words, size);
        word[size] = 0;
        if (!number_read(word, &(*list)[i]))
            return false;
        words += size + (words[size] == ' ');
    }
    return *words == 0;
}

static bool take_whole(const char **at, long long low, long long high, int64_t *number)
{
    char *end;
    long long value = strtoll(*at, &end, 10);
    bool good = end != *at && (*end == ' ' || *end == 0) && value >= low && value <= high;
    *at = end;
    *number = value;
    return good;
}

/* A field: its line, and the line with its name.  The name is the schema's, or stays in *names. */
static bool take_field(cursor *c, ad_run_field *f, char **name)
{
    int64_t type, rank;
    const char *at = c->value;
    bool good = take_whole(&at, 0, AD_BOOL, &type) && take_whole(&at, 0, 1 << 24, &f->classes) &&
                take_whole(&at, 0, AD_RANK_MAX - 1, &rank);
    for (int i = 0; good && i < rank; i++)
        good = take_whole(&at, i ? 0 : AD_VARYING, 1LL << 40, &f->shape.size[i]) &&
               (f->shape.size[i] >= 0 || f->shape.size[i] == AD_VARYING);
    if (!good || *at || next_line(c) != 1 || strcmp(c->line_text, "name") != 0)
        return false;
    f->type = (ad_type)type;
    f->shape.rank = (int)rank;
    if (!take_text(c, name))
        return false;
    f->name = *name;
    return true;
}

/* What was read of a note before it is known to be whole. */
typedef struct parts {
    char *schema, *transform, *graph, *forecast, *step;
    uint64_t weights;
    bool summed;
    char *name[AD_RUN_INPUTS_MAX + 2];
    int names;
    char *encoded[AD_RUN_INPUTS_MAX], *encoder[AD_RUN_INPUTS_MAX]; /* fields, texts */
    int encoders;
} parts;

static int64_t target_width(const ad_run_data *d)
{
    return d->target.shape.rank ? d->target.shape.size[0] : 1;
}

static bool take_channels(cursor *c, ad_run_data *d)
{
    int64_t count;
    const char *at = c->value;
    if (!take_whole(&at, 1, AD_NUMBERS_MAX, &count) || *at)
        return false;
    d->pixel_mean.count = d->pixel_std.count = (int)count;
    return true;
}

static bool take_pixels(const char *words, ad_numbers *numbers)
{
    double *list = NULL;
    bool good = numbers->count > 0 && take_numbers(words, &list, numbers->count);
    for (int i = 0; good && i < numbers->count; i++)
        numbers->value[i] = list[i];
    free(list);
    return good;
}

/* Sixteen hexadecimal digits, as they are written. */
static bool take_sum(const char *words, uint64_t *sum)
{
    char again[17];
    *sum = strtoull(words, NULL, 16);
    snprintf(again, sizeof again, "%016llx", (unsigned long long)*sum);
    return strcmp(words, again) == 0;
}

/* The last line says the sum of all before it.  Cuts it off. */
static bool take_check(char *note)
{
    enum { LINE = sizeof "check 0123456789abcdef\n" - 1 };
    size_t size = strlen(note);
    uint64_t sum;
    if (size < LINE || note[size - 1] != '\n' ||
        strncmp(note + size - LINE, "check ", strlen("check ")) != 0)
        return false;
    note[size - 1] = 0;
    bool good = take_sum(note + size - LINE + strlen("check "), &sum) &&
                sum == run_sum(1, note, size - LINE);
    note[size - LINE] = 0;
    return good;
}

/* The field, and behind it a line with the encoder's text. */
static bool take_encoder(cursor *c, parts *p)
{
    if (p->encoders == AD_RUN_INPUTS_MAX)
        return false;
    int i = p->encoders++;
    return take_text(c, &p->encoded[i]) && next_line(c) == 1 &&
           strcmp(c->line_text, "encoder") == 0 && take_text(c, &p->encoder[i]);
}

/* Of two classes: one of them, and from which chance on it is answered. */
static bool take_decision(const char *words, ad_run_data *d)
{
    const char *at = words;
    return d->threshold == 0 && take_whole(&at, 0, 1, &d->positive) && *at == ' ' &&
           number_read(at + 1, &d->threshold) && d->threshold > 0 && d->threshold < 1;
}

/* How texts are written: beam and length. */
static bool take_written(const char *words, ad_run_data *d)
{
    const char *at = words;
    return d->beam == 0 && take_whole(&at, 1, 100, &d->beam) && *at == ' ' &&
           take_whole((at++, &at), 0, 1 << 20, &d->longest) && !*at;
}

/* Steps and schedule. */
static bool take_diffusion(const char *value, ad_run_data *d)
{
    char *end;
    long long steps = strtoll(value, &end, 10);
    d->diffusion = steps >= 2 && steps <= 1 << 24 ? steps : 0;
    d->schedule = (int)strtol(end, &end, 10);
    return *end == 0 && d->diffusion && d->schedule >= AD_DIFFUSION_LINEAR &&
           d->schedule <= AD_DIFFUSION_COSINE;
}

static bool take_line(cursor *c, ad_run_data *d, parts *p)
{
    const char *key = c->line_text;
    if (strcmp(key, "channels") == 0)
        return take_channels(c, d);
    if (strcmp(key, "window") == 0) {
        const char *at = c->value;
        return take_whole(&at, 1, 1 << 24, &d->window) && !*at;
    }
    if (strcmp(key, "pair") == 0) {
        const char *at = c->value;
        return take_whole(&at, 1, 1 << 24, &d->pair) && !*at;
    }
    if (strcmp(key, "written") == 0)
        return take_written(c->value, d);
    if (strcmp(key, "pixel-mean") == 0)
        return take_pixels(c->value, &d->pixel_mean);
    if (strcmp(key, "pixel-std") == 0)
        return take_pixels(c->value, &d->pixel_std);
    if (strcmp(key, "task") == 0) {
        d->task = (const ad_task_record *)ad_record_find(ad_task_at, c->value);
        return d->task && d->task->predict;
    }
    if (strcmp(key, "schema") == 0)
        return take_text(c, &p->schema);
    if (strcmp(key, "forecast") == 0)
        return take_text(c, &p->forecast);
    if (strcmp(key, "encoded") == 0)
        return take_encoder(c, p);
    if (strcmp(key, "transform") == 0)
        return take_text(c, &p->transform);
    if (strcmp(key, "graph") == 0)
        return take_text(c, &p->graph);
    if (strcmp(key, "step") == 0)
        return take_text(c, &p->step);
    if (strcmp(key, "weights") == 0) {
        p->summed = take_sum(c->value, &p->weights) && !p->summed;
        return p->summed;
    }
    if (strcmp(key, "diffusion") == 0)
        return take_diffusion(c->value, d);
    if (strcmp(key, "decision") == 0)
        return take_decision(c->value, d);
    if (strcmp(key, "mean") == 0)
        return d->target.name && take_numbers(c->value, &d->mean, target_width(d));
    if (strcmp(key, "deviation") == 0)
        return d->target.name && take_numbers(c->value, &d->deviation, target_width(d));
    bool input = strcmp(key, "input") == 0;
    ad_run_field *one = strcmp(key, "target") == 0  ? &d->target
                        : strcmp(key, "noise") == 0 ? &d->noise
                        : strcmp(key, "told") == 0  ? &d->told
                                                    : NULL;
    if (input ? d->inputs == AD_RUN_INPUTS_MAX : !one || one->name)
        return false;
    bool good = take_field(c, input ? &d->input[d->inputs] : one, &p->name[p->names]);
    p->names += p->name[p->names] != NULL;
    d->inputs += input && good;
    return good;
}

/* Names live as long as the data: in one text. */
static bool keep_names(ad_run_data *d, const parts *p)
{
    size_t size = 1, at = 0;
    for (int i = 0; i < p->names; i++)
        size += strlen(p->name[i]) + 1;
    d->text = calloc(1, size);
    if (!d->text)
        return false;
    for (int i = 0; i < p->names; i++) {
        strcpy(d->text + at, p->name[i]);
        for (int k = 0; k < d->inputs; k++)
            if (d->input[k].name == p->name[i])
                d->input[k].name = d->text + at;
        if (d->target.name == p->name[i])
            d->target.name = d->text + at;
        if (d->noise.name == p->name[i])
            d->noise.name = d->text + at;
        if (d->told.name == p->name[i])
            d->told.name = d->text + at;
        at += strlen(p->name[i]) + 1;
    }
    return true;
}

static bool read_parts(const char *note, ad_run_data *d, parts *p)
{
    cursor c = {.at = note};
    bool good =
        next_line(&c) == 1 && strcmp(c.line_text, "adze-model") == 0 && strcmp(c.value, "1") == 0;
    int got = 0;
    while (good && (got = next_line(&c)) == 1)
        good = take_line(&c, d, p);
    free(c.line_text);
    return good && got == 0 && d->task && p->schema && p->graph && d->inputs > 0 &&
           !d->mean == !d->deviation && (!d->mean || d->target.shape.rank == 1) &&
           (d->task->makes != AD_MAKES_NOTHING) == (d->noise.name != NULL) &&
           (d->task->makes == AD_MAKES_BY_STEPS) == (d->diffusion > 0) &&
           (!d->told.name || (d->noise.name && d->told.type == AD_I32 && d->told.classes > 0)) &&
           d->task->of_text == (d->window > 0) &&
           (strcmp(d->task->record.name, "forecast") == 0) == (p->forecast != NULL) &&
           run_writes(d->task) == (d->beam > 0) &&
           (!d->task->rewrites || (d->inputs == 2 && d->longest > 0));
}

static ad_status bad_note(const char *path, const char *why)
{
    return run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT,
                    "%s: its note is none of a model: %s\n  take a copy of the file, or train "
                    "again\n",
                    path, why);
}

static ad_status understand_encoders(const char *path, ad_run_data *d, const parts *p)
{
    d->encoder = calloc((size_t)p->encoders + 1, sizeof *d->encoder);
    if (!d->encoder)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int i = 0; i < p->encoders; i++) {
        const ad_schema_field *f = ad_schema_find(d->schema, p->encoded[i]);
        ad_encoder *encoder = NULL;
        if (!f || !run_is_encoded(f))
            return bad_note(path, "an encoder belongs to no field");
        ad_status status = ad_encoder_read(p->encoder[i], strlen(p->encoder[i]), &encoder);
        if (status == AD_ERROR_MEMORY)
            return run_failed(AD_RUN_NO_FAULT, status);
        if (status != AD_OK || ad_encoder_kind(encoder)->takes != f->meaning) {
            ad_encoder_free(encoder);
            return bad_note(path, "an encoder cannot be read");
        }
        d->encoder[d->encoders++] = (ad_run_encoder){f->name, encoder};
    }
    return AD_OK;
}

/* A window of channels, and a target for each step. */
static bool fits_forecast(const ad_run_data *d)
{
    const ad_forecast *f = d->forecast;
    const ad_shape *in = &d->input[0].shape, *out = &d->target.shape;
    return d->mean && in->rank == 2 && in->size[0] == f->window && out->rank == 1 &&
           out->size[0] > 0 && out->size[0] % f->horizon == 0;
}

static ad_status understand_parts(const char *path, ad_run_data *d, const parts *p)
{
    if (!keep_names(d, p))
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_status status = ad_schema_read(p->schema, strlen(p->schema), &d->schema);
    if (status != AD_OK)
        return status == AD_ERROR_MEMORY ? run_failed(AD_RUN_NO_FAULT, status)
                                         : bad_note(path, "its schema cannot be read");
    if (p->forecast &&
        (!run_forecast_read(p->forecast, d->schema, &d->forecast) || !fits_forecast(d)))
        return bad_note(path, "what it forecasts cannot be read");
    status = understand_encoders(path, d, p);
    if (status != AD_OK || !p->transform)
        return status;
    status = ad_transform_read(p->transform, strlen(p->transform), &d->transform);
    if (status != AD_OK)
        return status == AD_ERROR_MEMORY ? run_fail_core(AD_RUN_NO_FAULT)
                                         : bad_note(path, "its transform cannot be read");
    return AD_OK;
}

/* Bytes that the header of a safetensors file may have; 1 where it has none. */
static size_t header_size(const char *path)
{
    unsigned char first[8] = {0};
    FILE *file = fopen(path, "rb");
    uint64_t length = 0;
    if (file && fread(first, 1, sizeof first, file) == sizeof first)
        for (int i = 7; i >= 0; i--)
            length = length << 8 | first[i];
    long end = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    if (file)
        fclose(file);
    return end > 0 && length < (uint64_t)end ? (size_t)length + 1 : 1;
}

ad_status run_parse_model(const char *path, const char *note, ad_run_data *data, char **graph,
                          uint64_t *weights)
{
    parts p = {0};
    bool good = read_parts(note, data, &p) && (p.summed || !weights);
    ad_status status = good ? understand_parts(path, data, &p) : bad_note(path, "it is not whole");
    if (status == AD_OK) {
        if (weights)
            *weights = p.weights;
        *graph = p.graph;
        p.graph = NULL;
        data->step = p.step;
        p.step = NULL;
    }
    for (int i = 0; i < p.names; i++)
        free(p.name[i]);
    for (int i = 0; i < p.encoders; i++) {
        free(p.encoded[i]);
        free(p.encoder[i]);
    }
    free(p.schema);
    free(p.transform);
    free(p.forecast);
    free(p.graph);
    free(p.step);
    return status;
}

/* The note of a file, by malloc: no longer than the header that it stands in. */
static ad_status note_of(const char *path, char **note)
{
    size_t size = header_size(path);
    *note = malloc(size);
    if (!*note)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (ad_file_note(path, *note, size) == AD_OK)
        return AD_OK;
    if (ad_error_status() == AD_ERROR_MEMORY)
        return run_fail_core(AD_RUN_DAMAGED);
    return run_fail(AD_RUN_DAMAGED, ad_error_status(),
                    "%s\n  name a run folder, or a model.safetensors of one\n", ad_error());
}

ad_status run_read_model(const char *path, ad_run_data *data, char **graph, uint64_t *weights)
{
    char *note = NULL;
    ad_status status = note_of(path, &note);
    if (status == AD_OK && !take_check(note))
        status = bad_note(path, "it is not the one that was written");
    if (status == AD_OK)
        status = run_parse_model(path, note, data, graph, weights);
    free(note);
    return status;
}

ad_status run_check_weights(const char *path, const ad_graph *inference, const ad_graph *graph,
                            const ad_state *state, uint64_t weights)
{
    uint64_t sum;
    ad_status status = run_sum_weights(inference, graph, state, &sum);
    if (status != AD_OK || sum == weights)
        return status;
    return run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT,
                    "%s: its weights are not those that were stored\n  take a copy of the file, or "
                    "train again\n",
                    path);
}

/* ---------------------------------------------------------------- of a run folder */

static ad_status check_there(const char *folder, const char *path)
{
    if (run_has(folder, model_name))
        return AD_OK;
    if (!run_has(folder, "config.yaml"))
        return run_fail(AD_RUN_MISSING, AD_ERROR_FILE,
                        "%s holds no training run (no config.yaml)\n", folder);
    return run_fail(AD_RUN_NO_MODEL, AD_ERROR_FILE, "%s is missing: nothing is stored yet\n", path);
}

ad_status ad_run_model_data(const char *folder, ad_run_data *data)
{
    char *path = run_path(folder, model_name);
    if (!path)
        return AD_ERROR_MEMORY;
    ad_status status = check_there(folder, path);
    char *graph = NULL;
    uint64_t weights;
    if (status == AD_OK)
        status = run_read_model(path, data, &graph, &weights);
    free(graph);
    free(path);
    return status;
}

/* The weights of a file by the graph in it. */
static ad_status check_weights(const char *path, ad_context *context, const char *text,
                               uint64_t weights)
{
    ad_graph *graph = ad_graph_read(context, text);
    ad_state *state = graph ? ad_state_new(graph, 1) : NULL;
    ad_status status = state && ad_load(state, path, .weights_only = true) == AD_OK
                           ? run_check_weights(path, graph, graph, state, weights)
                           : run_fail_core(AD_RUN_DAMAGED);
    ad_state_free(state);
    ad_graph_free(graph);
    return status;
}

static ad_status check_file(const char *path)
{
    ad_run_data data = {0};
    char *text = NULL;
    uint64_t weights;
    ad_status status = run_read_model(path, &data, &text, &weights);
    ad_context *context = status == AD_OK ? ad_context_new(.threads = 1) : NULL;
    if (status == AD_OK)
        status =
            context ? check_weights(path, context, text, weights) : run_fail_core(AD_RUN_NO_FAULT);
    ad_context_free(context);
    ad_run_data_done(&data);
    free(text);
    return status;
}

static ad_status load(const char *folder, ad_state *state, const char *match,
                      ad_load_report *report, ad_run_fault fault)
{
    char *path = run_path(folder, model_name);
    if (!path)
        return AD_ERROR_MEMORY;
    ad_status status = check_there(folder, path);
    if (status == AD_OK)
        status = check_file(path);
    if (status == AD_OK &&
        ad_load(state, path, .weights_only = true, .match = match, .report = report) != AD_OK)
        status = run_fail_core(fault);
    free(path);
    return status;
}

/* A stored model has the averages as its weights: what measures by averages finds them too. */
static ad_status fill_averages(const ad_graph *graph, ad_state *state)
{
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        char *name = text_format("average.%s", ad_tensor_name(v));
        ad_tensor *average = name && ad_trainable(v) ? ad_find(graph, name) : NULL;
        ad_array value;
        free(name);
        if (!name)
            return run_failed(AD_RUN_NO_FAULT, message_no_memory());
        if (average &&
            (ad_get(state, v, &value) != AD_OK || ad_set(state, average, value) != AD_OK))
            return run_fail_core(AD_RUN_NO_FAULT);
    }
    return AD_OK;
}

ad_status ad_run_model(const char *folder, const ad_run_network *network)
{
    ad_status status = load(folder, network->state, NULL, NULL, AD_RUN_DAMAGED);
    return status == AD_OK && network->averaged ? fill_averages(network->graph, network->state)
                                                : status;
}

/* ---------------------------------------------------------------- to begin with */

static void add_shape(text_buffer *t, const ad_run_field *f)
{
    text_add(t, f->name);
    for (int i = 0; i < f->shape.rank; i++)
        text_add_format(t, "%s%lld", i ? " x " : " ", (long long)f->shape.size[i]);
}

static bool same_field(const ad_run_field *a, const ad_run_field *b)
{
    bool same = a->shape.rank == b->shape.rank;
    for (int i = 0; same && i < a->shape.rank; i++)
        same = a->shape.size[i] == b->shape.size[i];
    return same;
}

static ad_status compare_inputs(const char *folder, const ad_run_data *a, const ad_run_data *b)
{
    for (int i = 0; i < a->inputs && i < b->inputs; i++) {
        if (same_field(&a->input[i], &b->input[i]))
            continue;
        text_buffer old = {0}, now = {0};
        add_shape(&old, &a->input[i]);
        add_shape(&now, &b->input[i]);
        ad_status status = run_fail(AD_RUN_OTHER_NETWORK, AD_ERROR_SHAPE,
                                    "the network in %s takes %s, the data has %s\n", folder,
                                    old.data ? old.data : "", now.data ? now.data : "");
        text_done(&old);
        text_done(&now);
        return status;
    }
    return AD_OK;
}

/* Variables of what was learned. */
static int weights_of(const ad_graph *graph)
{
    int count = 0;
    for (int i = 0; i < ad_variable_count(graph); i++)
        count += ad_role_of(ad_variable_at(graph, i)) <= AD_ROLE_AVERAGE;
    return count;
}

/* Weights of a file by its names, or by those of a map. */
static ad_status load_named(const ad_run_options *o, ad_load_report *report)
{
    name_map map = {.pairs = 0};
    char *path = is_folder(o->from) ? run_path(o->from, model_name) : text_copy(o->from);
    ad_status status = path ? AD_OK : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (status == AD_OK && o->names)
        status = run_failed(AD_RUN_BAD_CONFIG, name_map_read(o->names, o->network->graph, &map));
    report->each = o->weight;
    report->user = o->weight_user;
    ad_file_options how =
        AD_OPTIONS(ad_file_options, .weights_only = true, .match = o->match, .names = map.pair,
                   .convert = true, .partial = true, .report = report);
    if (status == AD_OK &&
        name_join_load(o->network->state, o->network->graph, path, &map, &how) != AD_OK)
        status = run_fail_core(AD_RUN_OTHER_NETWORK);
    name_map_done(&map);
    free(path);
    return status;
}

static ad_status load_run(const ad_run_options *o, ad_load_report *report)
{
    ad_run_data old = {0};
    ad_status status = ad_run_model_data(o->from, &old);
    if (status == AD_OK && !o->match)
        status = compare_inputs(o->from, &old, o->data);
    ad_run_data_done(&old);
    return status == AD_OK
               ? load(o->from, o->network->state, o->match, report, AD_RUN_OTHER_NETWORK)
               : status;
}

ad_status run_begin_from(const ad_run_options *o, ad_run_result *result)
{
    ad_load_report report = {0};
    ad_status status =
        o->names || !is_folder(o->from) ? load_named(o, &report) : load_run(o, &report);
    result->taken = report.taken;
    result->made = weights_of(o->network->graph) - report.taken;
    return status;
}
