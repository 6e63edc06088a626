/* Task language_model: windows of a text, and at each token the one that follows as the target.
 *
 * Running text is one row of tokens.  Training cuts it into windows of `language.length`, from an
 * offset on that each epoch draws anew; validation and test have all consecutive windows from the
 * first token on.  What is left at the end and fills none is left out.  With `carry` training reads
 * as many streams side by side as a batch has examples, each a part of the text, window after
 * window.
 *
 * Documents (lines, files) are sequences of their own, between a token that begins and one that
 * ends them, padding where the encoder has no such; those longer than `language.length` are cut
 * into several.
 *
 * With next_sentence a window of running text is BEGIN, one half, END, the other half, END; at
 * random, by (seed, epoch, example), the other half is what follows, or what stands elsewhere in
 * the part (Devlin et al. 2019). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "model.h"
#include "run.h"
#include "text.h"

enum { BLOCK = 64, ENDS = 3 /* that stand round and between two halves */ };

typedef struct language {
    run_tokens all; /* of the part */
    bool documents;
    int64_t *start, *size; /* documents: of each example, its pairs */
    int64_t examples, examples_room;
    int64_t length;  /* of windows */
    int64_t offsets; /* how many offsets there are to draw from; 1: none is drawn */
    int64_t streams; /* side by side; 0: windows stand alone */
    bool fresh;      /* there is a field that says where streams begin */
    bool next;       /* windows are of two halves, and .length is that of both without their ends */
    int64_t window;  /* with them */
    int32_t ends[2];
    bool hides;   /* masked_language_model: some tokens are hidden, and they are the targets */
    double share; /* of the tokens, that are */
    int64_t classes;
    int32_t special[AD_SPECIAL_MASK + 1]; /* tokens that stand for no letters, or -1 */
    uint64_t seed;
} language;

static void language_free(void *user)
{
    language *l = user;
    free(l->all.token);
    free(l->start);
    free(l->size);
    free(l);
}

/* ---------------------------------------------------------------- examples */

static int64_t offset_of(const language *l, uint64_t epoch)
{
    const uint64_t key[2] = {l->seed, epoch};
    return l->offsets > 1 ? (int64_t)(ad_random_at(key, 0) * (double)l->offsets) : 0;
}

/* The first token of window `number`. */
static int64_t window_start(const language *l, int64_t number, uint64_t epoch)
{
    if (l->streams == 0)
        return offset_of(l, epoch) + number * l->length;
    int64_t stream = number % l->streams, turn = number / l->streams;
    return stream * ((l->all.count - 1) / l->streams) + offset_of(l, epoch) + turn * l->length;
}

static bool is_special(const language *l, int32_t token)
{
    for (int i = 0; i <= AD_SPECIAL_MASK; i++)
        if (token == l->special[i])
            return true;
    return false;
}

/* What a chosen token is hidden behind: the mask, one time in ten any other, and in ten itself
 * (Devlin et al. 2019). */
static int32_t instead(const language *l, const uint64_t key[2], int64_t at, int32_t token)
{
    double kind = ad_random_at(key, (uint32_t)(3 * at + 1));
    if (kind < 0.8)
        return l->special[AD_SPECIAL_MASK];
    return kind < 0.9 ? (int32_t)(ad_random_at(key, (uint32_t)(3 * at + 2)) * (double)l->classes)
                      : token;
}

/* x: the tokens, some hidden by (seed, epoch, example); y: what those were, else -1.  One at the
 * least is hidden. */
static void hide(const language *l, int64_t number, uint64_t epoch, const int32_t *token,
                 int64_t size, int32_t *x, int32_t *y)
{
    const uint64_t key[2] = {l->seed + epoch * 0x9E3779B97F4A7C15u, (uint64_t)number};
    int64_t hidden = 0, usual = 0;
    for (int64_t i = 0; i < size; i++) {
        bool special = is_special(l, token[i]);
        bool chosen = !special && ad_random_at(key, (uint32_t)(3 * i)) < l->share;
        x[i] = chosen ? instead(l, key, i, token[i]) : token[i];
        y[i] = chosen ? token[i] : -1;
        hidden += chosen;
        usual = special ? usual : i;
    }
    if (hidden == 0 && size > 0) {
        x[usual] = l->special[AD_SPECIAL_MASK];
        y[usual] = token[usual];
    }
}

/* Where the second half is read, of a window that begins at `from`; *goes_on: behind the first. */
static int64_t second_half(const language *l, int64_t number, uint64_t epoch, int64_t from,
                           bool *goes_on)
{
    const uint64_t key[2] = {l->seed + epoch * 0x9E3779B97F4A7C15u, (uint64_t)number};
    int64_t half = l->length / 2, size = l->length - half, places = l->all.count - size + 1;
    int64_t true_place = from + half;
    /* numbers behind those that hide() draws */
    *goes_on = ad_random_at(key, (uint32_t)(3 * l->window)) < 0.5;
    if (*goes_on || places < 2)
        return true_place;
    int64_t at = (int64_t)(ad_random_at(key, (uint32_t)(3 * l->window + 1)) * (double)(places - 1));
    return at + (at >= true_place); /* any but that one */
}

static void read_halves(const language *l, int64_t number, uint64_t epoch, int64_t at,
                        ad_array *into)
{
    int64_t from = window_start(l, number, epoch), half = l->length / 2, other = l->length - half;
    bool goes_on;
    int64_t second = second_half(l, number, epoch, from, &goes_on);
    int32_t *x = (int32_t *)into[0].data + at * l->window,
            *y = (int32_t *)into[1].data + at * l->window;
    int32_t *segment = (int32_t *)into[2].data + at * l->window;
    /* y is room for what is not hidden yet */
    int32_t *t = segment;
    t[0] = l->ends[0];
    memcpy(t + 1, l->all.token + from, (size_t)half * sizeof *t);
    t[half + 1] = l->ends[1];
    memcpy(t + half + 2, l->all.token + second, (size_t)other * sizeof *t);
    t[l->window - 1] = l->ends[1];
    hide(l, number, epoch, t, l->window, x, y);
    for (int64_t i = 0; i < l->window; i++)
        segment[i] = i > half + 1;
    ((int32_t *)into[3].data)[at] = goes_on;
}

static ad_status read_window(const language *l, int64_t number, uint64_t epoch, int64_t at,
                             ad_array *into)
{
    if (l->next) {
        read_halves(l, number, epoch, at, into);
        return AD_OK;
    }
    int64_t from = l->documents ? l->start[number] : window_start(l, number, epoch);
    int64_t size = l->documents ? l->size[number] : l->length;
    if (l->hides) {
        hide(l, number, epoch, l->all.token + from, size, (int32_t *)into[0].data + at * size,
             (int32_t *)into[1].data + at * size);
        return AD_OK;
    }
    memcpy((int32_t *)into[0].data + at * size, l->all.token + from,
           (size_t)size * sizeof(int32_t));
    memcpy((int32_t *)into[1].data + at * size, l->all.token + from + 1,
           (size_t)size * sizeof(int32_t));
    if (l->fresh)
        ((int32_t *)into[2].data)[at] = l->streams == 0 || number < l->streams;
    return AD_OK;
}

static ad_status language_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                               ad_array *into)
{
    ad_status status = AD_OK;
    for (int64_t i = 0; i < count && status == AD_OK; i++)
        status = read_window(user, number[i], epoch, i, into);
    return status;
}

static ad_status language_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const language *l = user;
    (void)epoch;
    length[0] = length[1] = l->size[number];
    return AD_OK;
}

/* ---------------------------------------------------------------- tokens of a part */

static bool add_example(language *l, int64_t start, int64_t size)
{
    if (l->examples == l->examples_room) {
        int64_t room = l->examples_room * 2 + 256;
        int64_t *starts = realloc(l->start, (size_t)room * sizeof *starts);
        l->start = starts ? starts : l->start;
        int64_t *sizes = realloc(l->size, (size_t)room * sizeof *sizes);
        l->size = sizes ? sizes : l->size;
        if (!starts || !sizes)
            return false;
        l->examples_room = room;
    }
    l->start[l->examples] = start;
    l->size[l->examples++] = size;
    return true;
}

/* A document between its begin and its end, in pieces of at most .length pairs. */
static bool add_document(language *l, const int32_t *list, int64_t count, const int32_t ends[2])
{
    bool begins = count > 0 && list[0] == ends[0], over = count > 1 && list[count - 1] == ends[1];
    list += begins; /* an encoder may have put them there */
    count -= begins + over;
    int64_t from = l->all.count, pairs = count + 1 + l->hides;
    bool good = run_tokens_add(&l->all, &ends[0], 1) && run_tokens_add(&l->all, list, count) &&
                run_tokens_add(&l->all, &ends[1], 1);
    for (int64_t at = 0; good && at < pairs; at += l->length)
        good = add_example(l, from + at, pairs - at < l->length ? pairs - at : l->length);
    return good;
}

static ad_status add_batch(language *l, const ad_batch *b, int at, int length_at,
                           const int32_t ends[2])
{
    int64_t wide = b->count ? ad_array_count(&b->array[at]) / b->count : 0;
    for (int64_t i = 0; i < b->count; i++) {
        const int32_t *list = (const int32_t *)b->array[at].data + i * wide;
        int64_t count = length_at < 0 ? wide : ((const int32_t *)b->array[length_at].data)[i];
        if (!(l->documents ? add_document(l, list, count, ends)
                           : run_tokens_add(&l->all, list, count)))
            return no_memory();
    }
    return AD_OK;
}

/* All tokens of the part, in the order of its examples. */
static ad_status take_tokens(language *l, const ad_run_data *data, ad_source *part)
{
    const char *name = data->input[0].name;
    const ad_encoder *encoder = run_encoder(data, name);
    ad_batches *b = ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    if (!b || status != AD_OK) {
        ad_batches_free(b);
        return run_fail_core(AD_RUN_BAD_DATA);
    }
    int32_t ends[2] = {ad_encoder_special(encoder, AD_SPECIAL_BEGIN),
                       ad_encoder_special(encoder, AD_SPECIAL_END)};
    int32_t none = ad_encoder_special(encoder, AD_SPECIAL_PADDING);
    for (int i = 0; i < 2; i++)
        ends[i] = ends[i] >= 0 ? ends[i] : none >= 0 ? none : 0;
    int at = run_batch_field(b, name, ""), length_at = run_batch_field(b, name, ".length");
    while (status == AD_OK && batch.count > 0) {
        status = add_batch(l, &batch, at, length_at, ends);
        if (status == AD_OK && ad_batches_next(b, &batch) != AD_OK)
            status = run_fail_core(AD_RUN_BAD_DATA);
    }
    ad_batches_free(b);
    return status;
}

/* ---------------------------------------------------------------- windows of running text */

static const char *const part_words[] = {
    [AD_PART_TRAIN] = "training", [AD_PART_VALIDATION] = "validation", [AD_PART_TEST] = "test"};

static ad_status too_short(const ad_config *c, const language *l, ad_part part, int64_t wanted)
{
    char *what = text_format("the %s part has %lld tokens, and at least %lld are needed",
                             part_words[part], (long long)l->all.count, (long long)wanted);
    char *words =
        what ? ad_config_report(c, "language.length", what,
                                l->streams ? "choose a smaller language.length, or smaller batches"
                                           : "choose a smaller language.length, or give more text")
             : NULL;
    free(what);
    return run_failed(AD_RUN_BAD_CONFIG, message_give(AD_ERROR_ARGUMENT, words));
}

/* How many windows a row of tokens has, and from how many offsets they may begin. */
static int64_t count_windows(const language *l, int64_t tokens, bool moves, int64_t *offsets)
{
    int64_t pairs = tokens - 1, all = pairs / l->length;
    if (moves && pairs >= 2 * l->length - 1) { /* every offset below a window has as many */
        *offsets = l->length;
        return (pairs - (l->length - 1)) / l->length;
    }
    *offsets = moves ? pairs - all * l->length + 1 : 1;
    return all;
}

static ad_status cut_windows(const ad_config *c, language *l, ad_part part)
{
    int64_t each = l->streams ? (l->all.count - 1) / l->streams + 1 : l->all.count;
    int64_t wanted = l->streams ? l->streams * l->length + 1 : l->length + !l->hides;
    each += l->hides; /* no token is needed behind a window */
    if (l->all.count < wanted)
        return too_short(c, l, part, wanted);
    l->examples = count_windows(l, each, part == AD_PART_TRAIN, &l->offsets);
    l->examples *= l->streams ? l->streams : 1;
    return AD_OK;
}

/* ---------------------------------------------------------------- the source */

static ad_source *source_of(language *l, const ad_run_data *data)
{
    ad_dim size = l->documents ? AD_VARYING : l->window;
    ad_source_field field[] = {{data->input[0].name, AD_I32, AD_SHAPE(size)},
                               {data->target.name, AD_I32, AD_SHAPE(size)},
                               {RUN_FRESH, AD_I32, AD_SCALAR},
                               {RUN_NEXT, AD_I32, AD_SCALAR}};
    if (l->next)
        field[2] = (ad_source_field){RUN_SEGMENT, AD_I32, AD_SHAPE(size)};
    return ad_source_new(&(ad_source_record){.count = l->examples,
                                             .field = field,
                                             .fields = l->next    ? 4
                                                       : l->fresh ? 3
                                                                  : 2,
                                             .read = language_read,
                                             .length = l->documents ? language_length : NULL,
                                             .free = language_free,
                                             .user = l,
                                             .name = "the text"});
}

static bool is_masked(const ad_run_data *data)
{
    return strcmp(data->task->record.name, "masked_language_model") == 0;
}

static ad_status make_source(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made)
{
    language *l = calloc(1, sizeof *l);
    if (!l)
        return no_memory();
    l->documents = !data->schema->running;
    l->window = data->window;
    l->next = data->next;
    l->length = data->window - (l->next ? ENDS : 0);
    l->fresh = data->streams > 0;
    l->streams = part == AD_PART_TRAIN ? data->streams : 0;
    l->seed = (uint64_t)c->train.seed;
    l->hides = is_masked(data);
    l->share = c->language.mask;
    l->classes = data->target.classes;
    for (int i = 0; i <= AD_SPECIAL_MASK; i++)
        l->special[i] = ad_encoder_special(run_encoder(data, data->input[0].name), (ad_special)i);
    l->ends[0] = l->special[AD_SPECIAL_BEGIN];
    l->ends[1] = l->special[AD_SPECIAL_END];
    ad_status status = take_tokens(l, data, *made);
    if (status == AD_OK && !l->documents)
        status = cut_windows(c, l, part);
    data->tokens[part] = l->all.count;
    ad_source *cut = status == AD_OK ? source_of(l, data) : NULL;
    if (!cut) {
        language_free(l);
        return status == AD_OK ? run_fail_core(AD_RUN_BAD_DATA) : status;
    }
    ad_source_free(*made);
    *made = cut;
    return AD_OK;
}

ad_status run_language(const ad_config *config, ad_run_data *data, ad_part part, ad_source **made)
{
    return make_source(config, data, part, made);
}

/* ---------------------------------------------------------------- bytes */

static bool is_text(const ad_schema_field *f)
{
    return f->meaning == AD_MEANS_TEXT && f->use == AD_USE_INPUT;
}

static int texts_of(const ad_schema *s)
{
    int count = 0;
    for (int i = 0; i < s->fields; i++)
        count += is_text(&s->field[i]);
    return count;
}

static const ad_schema_field *text_of(const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++)
        if (is_text(&s->field[i]))
            return &s->field[i];
    return NULL;
}

ad_status run_count_bytes(ad_run_data *data, ad_part part, ad_source *raw)
{
    const ad_source_field *field;
    const ad_schema_field *text = data->task->of_text ? text_of(data->schema) : NULL;
    int at = raw && text ? ad_source_find(raw, text->name) : -1, fields = 0, varies = 0;
    if (at < 0)
        return AD_OK;
    fields = ad_source_fields(raw, &field);
    int64_t *length = calloc((size_t)fields, sizeof *length);
    if (!length)
        return no_memory();
    for (int i = 0; i < at; i++)
        varies += field[i].shape.rank > 0 && field[i].shape.size[0] == AD_VARYING;
    data->bytes[part] = 0;
    ad_status status = AD_OK;
    for (int64_t i = 0; i < ad_source_count(raw) && status == AD_OK; i++) {
        status = ad_source_length(raw, i, 0, length);
        data->bytes[part] += length[varies];
    }
    free(length);
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

/* ---------------------------------------------------------------- what follows from a mean */

ad_part run_part_of(const ad_run_data *data, const ad_source *measured)
{
    return measured == data->validation ? AD_PART_VALIDATION
           : measured == data->train    ? AD_PART_TRAIN
                                        : AD_PART_TEST;
}

static void add_measured(ad_measured *list, int *count, const char *name, double value, double low,
                         double high)
{
    if (*count < AD_RUN_MEASURES_MAX)
        list[(*count)++] = (ad_measured){name, value, low, high, true};
}

void run_add_derived(const ad_run_data *data, const ad_source *measured, ad_measured *list,
                     int *count)
{
    const ad_measured *m = NULL;
    for (int i = 0; i < *count; i++)
        m = strcmp(list[i].name, "log_loss") == 0 ? &list[i] : m;
    if (!m || !data->task->of_text)
        return;
    ad_measured mean = *m;
    ad_part part = run_part_of(data, measured);
    add_measured(list, count, "perplexity", exp(mean.value), exp(mean.low), exp(mean.high));
    if (is_masked(data) || data->bytes[part] <= 0 || data->tokens[part] <= 0)
        return;
    double bits = (double)data->tokens[part] / (double)data->bytes[part] / log(2);
    add_measured(list, count, "bits_a_byte", bits * mean.value, bits * mean.low, bits * mean.high);
}

/* ---------------------------------------------------------------- what is learned */

ad_status run_decide_language(const ad_config *c, ad_run_data *data)
{
    if (!data->task->of_text)
        return AD_OK;
    int texts = texts_of(data->schema);
    if (texts != 1)
        return run_refused_or_task(
            c, "task",
            texts ? "the data has several texts, and a language model is of one"
                  : "the data has no text that a language model could learn",
            texts ? "leave all but one out of the data"
                  : "give a text file, or a table with a column of texts");
    data->window = c->language.length;
    data->streams = model_carries(c->model) ? c->train.batch : 0;
    data->next = c->next_sentence != NULL;
    if (data->next && !data->schema->running)
        return run_refused_or_task(c, "next_sentence",
                                   "what follows is known of one running text, and the data is "
                                   "texts of their own",
                                   "write data: {form: corpus}, or take it out");
    if (data->next && data->window < ENDS + 2)
        return run_refused_or_task(c, "language.length", "no half of a text fits in a window",
                                   "write language.length: 64, say");
    if (data->streams && is_masked(data))
        return run_refused_or_task(
            c, "model", "carry goes on from window to window, and here windows stand alone",
            "leave carry out of the layers");
    if (data->streams && !data->schema->running)
        return run_refused_or_task(
            c, "model",
            "carry goes on from window to window of one text, and the data is "
            "texts of their own",
            "leave carry out of the layers");
    return AD_OK;
}

/* The text alone, and as the target the same once more. */
ad_status run_set_language(const ad_config *c, ad_run_data *data)
{
    int at = 0;
    while (at < data->inputs && !run_encoder(data, data->input[at].name))
        at++;
    if (at == data->inputs)
        return run_refused_or_task(c, "task", "the text has no encoder",
                                   "name one: text: {tokens: bytes}");
    ad_run_field text = data->input[at];
    if (text.shape.size[0] != AD_VARYING)
        return run_refused_or_task(c, "text.length",
                                   "text.length pads texts, and here language.length cuts them",
                                   "leave text.length out");
    if (is_masked(data) && ad_encoder_special(run_encoder(data, text.name), AD_SPECIAL_MASK) < 0)
        return run_refused_or_task(c, "text", "the encoder has no token that hides others",
                                   "choose one that has: text: {tokens: words, special: [mask]}");
    const ad_encoder *encoder = run_encoder(data, text.name);
    if (data->next && (ad_encoder_special(encoder, AD_SPECIAL_BEGIN) < 0 ||
                       ad_encoder_special(encoder, AD_SPECIAL_END) < 0))
        return run_refused_or_task(c, "next_sentence",
                                   "the encoder has no tokens that begin and end texts",
                                   "write text: {special: [begin, end, mask]}, or take wordpiece");
    data->input[0] = text;
    data->inputs = 1;
    if (data->next && model_takes(c->model, RUN_SEGMENT))
        data->input[data->inputs++] = (ad_run_field){RUN_SEGMENT, AD_I32, AD_SHAPE(AD_VARYING), 2};
    data->target = text;
    data->target.name = strcmp(text.name, "target") == 0 ? "targets" : "target";
    return AD_OK;
}
