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
           (f->use == AD_USE_INPUT || (f->use == AD_USE_TARGET && !data->task->of_words));
}

/* Pieces of one long text neither begin nor end, and a language model puts these tokens itself.
 * Words that have tags are cut already. */
static const void *options_for(const ad_choice *choice, const ad_run_data *data,
                               const ad_schema_field *f, ad_text_options *own)
{
    bool pieces = data->schema->running || data->task->of_text;
    bool words = data->task->of_words;
    if (f->meaning != AD_MEANS_TEXT || !(pieces || words) || !choice->options)
        return choice->options;
    *own = *(const ad_text_options *)choice->options;
    if (own->wrap == AD_WRAP_AUTO && pieces)
        own->wrap = AD_WRAP_NO;
    if (own->cut == AD_CUT_AUTO && words)
        own->cut = AD_CUT_BLANKS;
    return own;
}

static ad_status fit_one(const ad_config *c, ad_run_data *data, const ad_schema_field *f,
                         ad_source *train)
{
    const ad_choice *choice = f->meaning == AD_MEANS_TEXT ? &c->text : &c->sound;
    ad_run_encoder *to = &data->encoder[data->encoders];
    ad_text_options own;
    const void *options = options_for(choice, data, f, &own);
    ad_status status =
        ad_encoder_fit(choice->record->name, options, train, f->name, f, &to->encoder);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    to->field = f->name;
    data->encoders++;
    return AD_OK;
}

ad_status run_fit_encoders(const ad_config *config, ad_run_data *data, ad_source *train)
{
    const ad_schema *s = data->schema;
    ad_status status = AD_OK;
    data->encoder = calloc((size_t)s->fields + 1, sizeof *data->encoder);
    if (!data->encoder)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int i = 0; i < s->fields && status == AD_OK; i++)
        if (is_taken(data, &s->field[i]))
            status = fit_one(config, data, &s->field[i], train);
    return status;
}

ad_status run_encode(const ad_run_data *data, ad_source **source, bool items)
{
    if (data->task->of_words)
        return run_tag_tokens(data, source, items);
    for (int i = 0; i < data->encoders && *source; i++) {
        const ad_run_encoder *e = &data->encoder[i];
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
