/* Task sequence_to_sequence: a text, what was written before each token of its target, and the
 * target.
 *
 *     text      a b c                     what the encoder of the text makes of it
 *     written   BEGIN c b a               the target, one step later (Sutskever et al. 2014)
 *     target    c b a END
 */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "model.h"
#include "option.h"
#include "rewrite.h"
#include "text.h"

enum { BLOCK = 256 };

typedef struct sequence {
    run_tokens all; /* of each example the text, then BEGIN, the target and END */
    int64_t *start; /* of text and BEGIN of each example, and the end: (2 examples + 1) */
    int64_t examples;
    int32_t ends[2];
    int64_t longest; /* of targets, with END */
} sequence;

static void sequence_free(void *user)
{
    sequence *s = user;
    free(s->all.token);
    free(s->start);
    free(s);
}

/* ---------------------------------------------------------------- examples */

static ad_status sequence_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                               ad_array *into)
{
    const sequence *s = user;
    (void)epoch, (void)count; /* one at a time, as they vary */
    const int64_t *at = s->start + 2 * number[0];
    size_t texts = (size_t)(at[1] - at[0]), targets = (size_t)(at[2] - at[1] - 1);
    if (texts)
        memcpy(into[0].data, s->all.token + at[0], texts * sizeof(int32_t));
    memcpy(into[1].data, s->all.token + at[1], targets * sizeof(int32_t));
    memcpy(into[2].data, s->all.token + at[1] + 1, targets * sizeof(int32_t));
    return AD_OK;
}

static ad_status sequence_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const sequence *s = user;
    const int64_t *at = s->start + 2 * number;
    (void)epoch;
    length[0] = at[1] - at[0];
    length[1] = length[2] = at[2] - at[1] - 1;
    return AD_OK;
}

/* ---------------------------------------------------------------- tokens of a part */

static bool add_example(sequence *s, const int32_t *text, int64_t texts, const int32_t *target,
                        int64_t targets)
{
    int64_t *at = s->start + 2 * s->examples++;
    at[0] = s->all.count;
    at[1] = s->all.count + texts;
    bool good = run_tokens_add(&s->all, text, texts) && run_tokens_add(&s->all, &s->ends[0], 1) &&
                run_tokens_add(&s->all, target, targets) && run_tokens_add(&s->all, &s->ends[1], 1);
    at[2] = s->all.count;
    s->longest = targets + 1 > s->longest ? targets + 1 : s->longest;
    return good;
}

/* A field of tokens in batches. */
typedef struct column {
    int at, length_at;
} column;

static column find_column(const ad_batches *b, const char *name)
{
    return (column){run_batch_field(b, name, ""), run_batch_field(b, name, ".length")};
}

static const int32_t *tokens_of(const ad_batch *b, column c, int64_t i, int64_t *count)
{
    int64_t wide = ad_array_count(&b->array[c.at]) / b->count;
    *count = ((const int32_t *)b->array[c.length_at].data)[i];
    return (const int32_t *)b->array[c.at].data + i * wide;
}

typedef ad_status (*pair_take)(void *user, const sequence_pair *pair);

/* All pairs of the two fields, in the order of the examples. */
static ad_status each_pair(ad_source *part, const char *text, const char *target, pair_take take,
                           void *user)
{
    ad_batches *b = ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status =
        b && ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
    column from = b ? find_column(b, text) : (column){-1, -1},
           to = b ? find_column(b, target) : (column){-1, -1};
    if (status == AD_OK && (from.length_at < 0 || to.length_at < 0))
        status = run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s\n",
                          from.length_at < 0 ? text : target);
    while (status == AD_OK && batch.count > 0) {
        for (int64_t i = 0; i < batch.count && status == AD_OK; i++) {
            sequence_pair p;
            p.text = tokens_of(&batch, from, i, &p.texts);
            p.target = tokens_of(&batch, to, i, &p.targets);
            status = take(user, &p);
        }
        if (status == AD_OK && ad_batches_next(b, &batch) != AD_OK)
            status = run_fail_core(AD_RUN_BAD_DATA);
    }
    ad_batches_free(b);
    return status;
}

ad_status run_sequence_each(const ad_run_data *data, ad_source *part, pair_take take, void *user)
{
    if (data->task->transcribes)
        return transcribe_each(data, part, take, user);
    return each_pair(part, data->input[0].name, data->target.name, take, user);
}

static ad_status take_pair(void *user, const sequence_pair *p)
{
    return add_example(user, p->text, p->texts, p->target, p->targets) ? AD_OK : no_memory();
}

static const ad_schema_field *target_of(const ad_run_data *data)
{
    return ad_schema_target(data->schema);
}

void run_sequence_ends(const ad_run_data *data, int32_t ends[2])
{
    const ad_encoder *encoder = run_encoder(data, target_of(data)->name);
    int32_t none = ad_encoder_special(encoder, AD_SPECIAL_PADDING);
    ends[0] = ad_encoder_special(encoder, AD_SPECIAL_BEGIN);
    ends[1] = ad_encoder_special(encoder, AD_SPECIAL_END);
    for (int i = 0; i < 2; i++)
        ends[i] = ends[i] >= 0 ? ends[i] : none >= 0 ? none : 0;
}

static ad_source *source_of(sequence *s, const ad_run_data *data)
{
    ad_source_field field[] = {{data->input[0].name, AD_I32, AD_SHAPE(AD_VARYING)},
                               {data->input[1].name, AD_I32, AD_SHAPE(AD_VARYING)},
                               {data->target.name, AD_I32, AD_SHAPE(AD_VARYING)}};
    return ad_source_new(&(ad_source_record){.count = s->examples,
                                             .field = field,
                                             .fields = 3,
                                             .read = sequence_read,
                                             .length = sequence_length,
                                             .free = sequence_free,
                                             .user = s,
                                             .name = "the texts"});
}

ad_status run_sequence(const ad_config *config, ad_run_data *data, ad_part part, ad_source **made)
{
    sequence *s = calloc(1, sizeof *s);
    (void)config;
    if (s)
        s->start = malloc(((size_t)ad_source_count(*made) * 2 + 1) * sizeof *s->start);
    if (!s || !s->start) {
        free(s);
        return no_memory();
    }
    run_sequence_ends(data, s->ends);
    ad_status status = each_pair(*made, data->input[0].name, target_of(data)->name, take_pair, s);
    if (part == AD_PART_TRAIN && data->longest == 0)
        data->longest = s->longest;
    ad_source *pairs = status == AD_OK ? source_of(s, data) : NULL;
    if (!pairs) {
        sequence_free(s);
        return status == AD_OK ? run_fail_core(AD_RUN_BAD_DATA) : status;
    }
    ad_source_free(*made);
    *made = pairs;
    return AD_OK;
}

/* ---------------------------------------------------------------- what is learned */

static bool is_text(const ad_schema_field *f)
{
    return f->meaning == AD_MEANS_TEXT;
}

/* Names of inputs other than texts; the count of texts to *texts. */
static char *other_inputs(const ad_schema *s, int *texts)
{
    text_buffer t = {0};
    *texts = 0;
    for (int i = 0; i < s->fields; i++) {
        if (s->field[i].use != AD_USE_INPUT)
            continue;
        if (is_text(&s->field[i]))
            ++*texts;
        else
            text_add_format(&t, "%s%s", t.size ? ", " : "", s->field[i].name);
    }
    return text_take(&t);
}

static ad_status check_inputs(const ad_config *c, const ad_schema *s)
{
    int texts;
    bool typed = record_option(c->data.record, "types");
    char *others = other_inputs(s, &texts), *what = NULL;
    ad_status status = others ? AD_OK : no_memory();
    if (status == AD_OK && texts != 1)
        status = run_refused_or_task(
            c, "data",
            texts ? "the data has several texts beside the target, and one becomes it"
                  : "the data has no text beside the target",
            texts   ? "leave all but one out: data: {skip: [NAME]}"
            : typed ? "say which column is one: data: {types: [NAME=text]}"
                    : "give lines of TEXT<tab>TEXT, or a table with two columns of texts");
    if (status == AD_OK && *others) {
        what =
            text_format("beside the text the data has %s, which this task does not take", others);
        status = what ? run_refused_or_task(c, "data", what, "leave it out: data: {skip: [NAME]}")
                      : no_memory();
    }
    free(others);
    free(what);
    return status;
}

ad_status run_decide_sequence(const ad_config *c, ad_run_data *data)
{
    const ad_text_options *o = c->text.options;
    int targets = 0;
    if (!data->task->rewrites)
        return AD_OK;
    for (int i = 0; i < data->schema->fields; i++)
        targets += data->schema->field[i].use == AD_USE_TARGET;
    if (targets > 1)
        return run_refused_or_task(c, "data",
                                   "the data has several targets, and a text becomes one",
                                   "name one: data: {target: NAME}");
    if (o && o->length != AD_SAME)
        return run_refused_or_task(c, "text.length",
                                   "text.length pads texts, and here each is as long as it is",
                                   "leave text.length out; text.most cuts texts that are longer");
    data->beam = c->sequence.beam;
    data->longest = c->sequence.length == AD_SAME ? 0 : c->sequence.length;
    return check_inputs(c, data->schema);
}

/* The text, and what was written of the target. */
ad_status run_set_sequence(const ad_config *c, ad_run_data *data)
{
    ad_encoded about;
    const ad_encoder *encoder = run_encoder(data, target_of(data)->name);
    if (!encoder || data->inputs < 1 || !run_encoder(data, data->input[0].name))
        return run_refused_or_task(c, "task", "a text has no encoder",
                                   "name one: text: {tokens: characters}");
    ad_encoder_about(encoder, &about);
    const char *text = data->input[0].name;
    bool taken = strcmp(text, "written") == 0;
    data->input[1] = (ad_run_field){.name = taken ? "writing" : "written",
                                    .type = AD_I32,
                                    .shape = AD_SHAPE(AD_VARYING),
                                    .classes = about.classes};
    data->inputs = 2;
    data->target = data->input[1];
    data->target.name = strcmp(text, "target") == 0 ? "targets" : "target";
    if (model_takes(c->model, data->input[1].name))
        return AD_OK;
    return run_refused_or_task(
        c, "model",
        taken ? "no layer takes 'writing', what was written before each token"
              : "no layer takes 'written', what was written before each token",
        taken ? "begin the second half so: - embedding: {from: writing, width: 64}"
              : "begin the second half so: - embedding: {from: written, width: 64}");
}
