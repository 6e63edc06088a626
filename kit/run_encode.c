/* Fields that a network cannot take as they are: texts become tokens and sounds features; and the
 * examples that a task makes of a part. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"

bool run_is_encoded(const ad_schema_field *field)
{
    return field->meaning == AD_MEANS_TEXT || field->meaning == AD_MEANS_SOUND;
}

const ad_encoder *run_encoder(const ad_run_data *data, const char *field)
{
    for (int i = 0; i < data->encoders; i++)
        if (strcmp(data->encoder[i].field, field) == 0)
            return data->encoder[i].encoder;
    return NULL;
}

/* Tags are no text that is read. */
static bool is_taken(const ad_run_data *data, const ad_schema_field *f)
{
    return run_is_encoded(f) &&
           (f->use == AD_USE_INPUT ||
            (f->use == AD_USE_TARGET && !data->task->of_words && !data->task->spans));
}

/* Pieces of one long text neither begin nor end, and a language model puts these tokens itself.
 * Words that have tags are cut already. */
static const void *options_for(const ad_choice *choice, const ad_run_data *data,
                               const ad_schema_field *f, ad_text_options *own)
{
    if (data->task->rewrites)
        return choice->options;
    bool pieces = data->schema->running || data->task->of_text;
    bool words = data->task->of_words;
    pieces = pieces || data->task->transcribes;
    if (f->meaning != AD_MEANS_TEXT || !(pieces || words) || !choice->options)
        return choice->options;
    *own = *(const ad_text_options *)choice->options;
    if (own->wrap == AD_WRAP_AUTO && pieces)
        own->wrap = AD_WRAP_NO;
    if (own->cut == AD_CUT_AUTO && words)
        own->cut = AD_CUT_BLANKS;
    return own;
}

/* Learned of the training part, or taken of a run. */
static ad_status fit(const ad_config *c, const ad_choice *choice, const void *options,
                     ad_source *train, const ad_schema_field *f, ad_encoder **encoder)
{
    const char *name = choice->record->name;
    const ad_text_options *o = options;
    if (f->meaning == AD_MEANS_TEXT && o && o->from)
        return run_encoder_from(c, name, o, f->name, encoder);
    ad_status status = ad_encoder_fit(name, options, train, f->name, f, encoder);
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_DATA, status);
}

static ad_status fit_one(const ad_config *c, ad_run_data *data, const ad_schema_field *f,
                         ad_source *train)
{
    const ad_choice *choice = f->meaning == AD_MEANS_TEXT ? &c->text : &c->sound;
    ad_run_encoder *to = &data->encoder[data->encoders];
    ad_text_options own;
    const void *options = options_for(choice, data, f, &own);
    ad_status status = fit(c, choice, options, train, f, &to->encoder);
    if (status != AD_OK)
        return status;
    to->field = f->name;
    data->encoders++;
    return AD_OK;
}

/* ---------------------------------------------------------------- a text and what it becomes */

enum { SPECIALS_MOST = 16 };

/* Special tokens begin and end beside those asked for, and no text wrapped: that is done where
 * examples are made. */
static void with_ends(ad_text_options *o, char **names)
{
    static const char *const ends[] = {"begin", "end"};
    int count = 0;
    for (int i = 0; i < o->special.count && count < SPECIALS_MOST - 2; i++)
        names[count++] = o->special.text[i];
    for (int i = 0; i < 2; i++)
        names[count++] = (char *)ends[i]; /* one that is named twice is there once */
    o->special = (ad_names){count, names};
    o->wrap = AD_WRAP_NO;
}

/* Both texts of all examples as one field, for an encoder of both. */
typedef struct both {
    ad_source *of;
    int field[2], place[2]; /* in the source, and among its fields that vary */
    ad_array *into;
    const ad_source_field *fields;
    int count, varying;
} both;

static void both_free(void *user)
{
    both *b = user;
    ad_source_free(b->of);
    free(b);
}

static ad_status both_lengths(const both *b, int64_t number, uint64_t epoch, int64_t *length)
{
    int64_t list[AD_RUN_INPUTS_MAX];
    ad_status status = ad_source_length(b->of, number / 2, epoch, list);
    *length = status == AD_OK ? list[b->place[number % 2]] : 0;
    return status;
}

static ad_status both_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    return both_lengths(user, number, epoch, length);
}

/* All fields of the example, of which one is wanted. */
static ad_status both_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    const both *b = user;
    int64_t length[AD_RUN_INPUTS_MAX], example = number[0] / 2;
    ad_array all[AD_RUN_INPUTS_MAX] = {{0}};
    (void)count;
    ad_status status = ad_source_length(b->of, example, epoch, length);
    for (int i = 0, v = 0; i < b->count && status == AD_OK; i++) {
        const ad_source_field *f = &b->fields[i];
        all[i] = (ad_array){.type = f->type, .shape = {.rank = f->shape.rank + 1, .size = {1}}};
        for (int k = 0; k < f->shape.rank; k++)
            all[i].shape.size[k + 1] =
                f->shape.size[k] == AD_VARYING ? length[v++] : f->shape.size[k];
        all[i].data = malloc(ad_array_bytes(&all[i]) + 1);
        status = all[i].data ? AD_OK : ad_source_fail(AD_ERROR_MEMORY, "out of memory");
    }
    if (status == AD_OK)
        status = ad_source_read(b->of, &example, 1, epoch, all);
    const ad_array *wanted = &all[b->field[number[0] % 2]];
    if (status == AD_OK && ad_array_bytes(wanted))
        memcpy(into[0].data, wanted->data, ad_array_bytes(wanted));
    for (int i = 0; i < b->count; i++)
        free(all[i].data);
    return status;
}

static ad_source *both_texts(ad_source *train, const char *text, const char *target)
{
    const char *const names[] = {text, target};
    both *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->count = ad_source_fields(train, &b->fields);
    for (int i = 0; i < 2; i++) {
        b->field[i] = ad_source_find(train, names[i]);
        for (int k = 0; k < b->field[i]; k++)
            b->place[i] += b->fields[k].shape.rank > 0 && b->fields[k].shape.size[0] == AD_VARYING;
    }
    bool fits = b->field[0] >= 0 && b->field[1] >= 0 && b->count <= AD_RUN_INPUTS_MAX;
    b->of = fits ? ad_source_joined(&train, 1) : NULL;
    ad_source_field field = {text, AD_U8, AD_SHAPE(AD_VARYING)};
    ad_source *s = b->of ? ad_source_new(&(ad_source_record){.count = 2 * ad_source_count(train),
                                                             .field = &field,
                                                             .fields = 1,
                                                             .read = both_read,
                                                             .length = both_length,
                                                             .free = both_free,
                                                             .user = b,
                                                             .name = "both texts"})
                         : NULL;
    if (!s)
        both_free(b);
    return s;
}

/* The same encoder once more. */
static ad_status clone(const ad_encoder *encoder, ad_encoder **to)
{
    char *text = ad_encoder_text(encoder);
    ad_status status = text ? ad_encoder_read(text, strlen(text), to) : message_no_memory();
    free(text);
    return status;
}

static ad_status fit_both(const ad_config *c, const void *options, const ad_schema_field *text,
                          const ad_schema_field *target, ad_source *train, ad_encoder **encoder)
{
    ad_source *all = both_texts(train, text->name, target->name);
    ad_status status = all ? fit(c, &c->text, options, all, text, &encoder[0])
                           : run_failed(AD_RUN_BAD_DATA, message_core());
    ad_source_free(all);
    if (status == AD_OK && clone(encoder[0], &encoder[1]) != AD_OK)
        status = no_memory();
    return status;
}

/* One encoder of both texts of a pair, or of a text alone; cut where they get segments. */
static ad_status fit_pair(const ad_config *c, ad_run_data *data, ad_source *train)
{
    const char *name[2];
    ad_text_options o = *(const ad_text_options *)c->text.options;
    bool alone = run_pair_texts(data->schema, name) == 1;
    o.most = AD_SAME;
    ad_source *all = alone ? train : both_texts(train, name[0], name[1]);
    ad_status status = all ? fit(c, &c->text, &o, all, ad_schema_find(data->schema, name[0]),
                                 &data->encoder[0].encoder)
                           : run_failed(AD_RUN_BAD_DATA, message_core());
    if (!alone)
        ad_source_free(all);
    if (status != AD_OK)
        return status;
    data->encoder[0].field = name[0];
    data->encoders = 1;
    return run_check_pair(c, data);
}

static ad_status fit_texts(const ad_config *c, ad_run_data *data, ad_source *train)
{
    const ad_choice *choice = &c->text;
    const ad_schema_field *target = ad_schema_target(data->schema), *text = NULL;
    char *names[SPECIALS_MOST];
    ad_text_options ended = *(const ad_text_options *)choice->options;
    ad_encoder *encoder[2] = {NULL, NULL};
    for (int i = 0; i < data->schema->fields; i++)
        if (data->schema->field[i].use == AD_USE_INPUT)
            text = &data->schema->field[i];
    with_ends(&ended, names);
    ad_status status = AD_OK;
    if (c->sequence.shared)
        status = fit_both(c, &ended, text, target, train, encoder);
    else
        status = fit(c, choice, choice->options, train, text, &encoder[0]);
    if (status == AD_OK && !c->sequence.shared)
        status = fit(c, choice, &ended, train, target, &encoder[1]);
    if (encoder[0])
        data->encoder[data->encoders++] = (ad_run_encoder){text->name, encoder[0]};
    if (encoder[1])
        data->encoder[data->encoders++] = (ad_run_encoder){target->name, encoder[1]};
    return status;
}

ad_status run_fit_encoders(const ad_config *config, ad_run_data *data, ad_source *train)
{
    const ad_schema *s = data->schema;
    ad_status status = AD_OK;
    data->encoder = calloc((size_t)s->fields + 1, sizeof *data->encoder);
    if (!data->encoder)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (data->task->rewrites)
        return fit_texts(config, data, train);
    if (data->pair)
        status = fit_pair(config, data, train);
    for (int i = 0; i < s->fields && status == AD_OK; i++)
        if (is_taken(data, &s->field[i]) && !(data->pair && s->field[i].meaning == AD_MEANS_TEXT))
            status = fit_one(config, data, &s->field[i], train);
    return status;
}

ad_status run_encode(const ad_run_data *data, ad_source **source, bool items)
{
    if (data->task->of_words)
        return run_tag_tokens(data, source, items);
    if (data->task->spans)
        return run_span_tokens(data, source, items);
    if (data->pair) {
        ad_status status = run_join_pairs(data, source);
        if (status != AD_OK)
            return status;
    }
    for (int i = data->pair > 0; i < data->encoders && *source; i++) {
        const ad_run_encoder *e = &data->encoder[i];
        if (run_writes(data->task) && ad_source_find(*source, e->field) < 0)
            continue; /* the target of what is to be predicted */
        ad_source *made = ad_encoder_source(e->encoder, *source, e->field);
        if (!made)
            return run_failed(AD_RUN_BAD_DATA, AD_ERROR_FORMAT);
        ad_source_free(*source);
        *source = made;
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- features in memory */

/* Bytes of an example, those of a step apart where their number is open. */
static void bytes_of(const ad_source_field *f, double *fixed, double *step)
{
    bool open = f->shape.rank > 0 && f->shape.size[0] == AD_VARYING;
    double bytes = (double)ad_type_size(f->type);
    for (int k = open; k < f->shape.rank; k++)
        bytes *= (double)f->shape.size[k];
    *(open ? step : fixed) = bytes;
}

/* -1 where a length cannot be read. */
static double source_bytes(ad_source *source)
{
    enum { FIELDS_MAX = 64 };
    const ad_source_field *field;
    double fixed[FIELDS_MAX] = {0}, step[FIELDS_MAX] = {0}, sum = 0;
    int64_t count = ad_source_count(source), length[FIELDS_MAX];
    int fields = ad_source_fields(source, &field), open = 0;
    if (fields > FIELDS_MAX)
        return -1;
    for (int f = 0; f < fields; f++) {
        bytes_of(&field[f], &fixed[f], &step[open]);
        sum += fixed[f] * (double)count;
        open += step[open] > 0;
    }
    for (int64_t i = 0; open && i < count; i++) {
        if (ad_source_length(source, i, 0, length) != AD_OK)
            return -1;
        for (int k = 0; k < open; k++)
            sum += step[k] * (double)length[k];
    }
    return sum;
}

static bool makes_features(const ad_run_data *data)
{
    for (int i = 0; i < data->encoders; i++)
        if (ad_encoder_kind(data->encoder[i].encoder)->takes == AD_MEANS_SOUND)
            return true;
    return false;
}

static const double kept_most = 1 << 30;

void run_decide_features(ad_run_data *data, ad_source *const *raw, int parts)
{
    data->feature_bytes = 0;
    if (!makes_features(data))
        return;
    for (int i = 0; i < parts; i++)
        if (raw[i]) {
            double bytes = source_bytes(raw[i]);
            data->feature_bytes = bytes < 0 ? INFINITY : data->feature_bytes + bytes;
        }
    data->features_read = data->feature_bytes > kept_most;
}

ad_status run_keep_features(const ad_run_data *data, ad_source **source)
{
    if (!*source || !makes_features(data) || data->features_read)
        return AD_OK;
    ad_source *kept = ad_source_kept(*source);
    if (!kept)
        return run_fail_core(AD_RUN_BAD_DATA);
    ad_source_free(*source);
    *source = kept;
    return AD_OK;
}

ad_status run_examples(const ad_config *config, ad_run_data *data)
{
    ad_source **part[] = {&data->train, &data->validation, &data->test};
    ad_status status = AD_OK;
    /* the last first: those of a series look back at the rows of the part before */
    for (int i = 2; data->task->examples && i >= 0 && status == AD_OK; i--)
        if (*part[i])
            status = data->task->examples(config, data, (ad_part)i, part[i]);
    return status;
}
