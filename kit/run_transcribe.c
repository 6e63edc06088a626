/* Task transcription: a model that says chances of tokens and of a blank over time, the loss of all
 * ways to say a text (Graves et al. 2006), and what is read of it.
 *
 * Class 0 is the blank: the token that pads, where the encoder has it at 0, as that is in no text;
 * else tokens are classes from 1 on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "ctc.h"
#include "losses.h"
#include "message.h"
#include "model.h"
#include "option.h"
#include "rewrite.h"
#include "text.h"

enum { BLOCK = 64 };

/* ---------------------------------------------------------------- what is learned */

static ad_status check_fields(const ad_config *c, const ad_schema *s)
{
    int targets = 0;
    const char *text = NULL;
    for (int i = 0; i < s->fields; i++) {
        targets += s->field[i].use == AD_USE_TARGET;
        if (s->field[i].use == AD_USE_INPUT && s->field[i].meaning == AD_MEANS_TEXT)
            text = s->field[i].name;
    }
    if (targets > 1)
        return run_refused_or_task(c, "data",
                                   "the data has several targets, and what is said is one text",
                                   "name one: data: {target: NAME}");
    if (text)
        return run_refuse(c, ad_config_given(c, "task") ? "task" : "data",
                          "leave it out: data: {skip: [NAME]}, or let a text become another: task: "
                          "sequence_to_sequence",
                          "task transcription reads sounds, pictures and numbers over time, and %s "
                          "is a text",
                          text);
    return AD_OK;
}

ad_status run_decide_transcription(const ad_config *c, ad_run_data *data)
{
    const ad_text_options *o = c->text.options;
    if (!data->task->transcribes)
        return AD_OK;
    if (o && o->length != AD_SAME)
        return run_refused_or_task(c, "text.length",
                                   "text.length pads texts, and what is said is as long as it is",
                                   "leave text.length out; text.most cuts texts that are longer");
    data->beam = c->transcription.beam;
    data->longest = 0;
    return check_fields(c, data->schema);
}

static const ad_encoder *encoder_of(const ad_run_data *data)
{
    return run_encoder(data, ad_schema_target(data->schema)->name);
}

/* What a token's class is above its number. */
static int32_t classes_before(const ad_run_data *data)
{
    return ad_encoder_special(encoder_of(data), AD_SPECIAL_PADDING) == 0 ? 0 : 1;
}

ad_status run_set_transcription(const ad_config *c, ad_run_data *data)
{
    ad_encoded about;
    if (!encoder_of(data))
        return run_refused_or_task(c, "task", "the text has no encoder",
                                   "name one: text: {tokens: characters}");
    ad_encoder_about(encoder_of(data), &about);
    data->target.type = AD_I32;
    data->target.classes = about.classes + classes_before(data);
    return AD_OK;
}

/* ---------------------------------------------------------------- examples: targets of one size */

typedef struct padding {
    int fields, target; /* its place among the fields, */
    int varying, place; /* and among those that vary */
} padding;

static ad_status pad_length(void *user, const uint64_t key[2], const int64_t *in, int64_t *out)
{
    const padding *p = user;
    (void)key;
    for (int i = 0, k = 0; i < p->varying; i++)
        if (i != p->place)
            out[k++] = in[i];
    return AD_OK;
}

static ad_status pad_target(void *user, const uint64_t key[2], const ad_array *in, ad_array *out)
{
    const padding *p = user;
    (void)key;
    for (int i = 0; i < p->fields; i++) {
        size_t bytes = ad_array_bytes(&in[i]);
        if (i == p->target)
            memset(out[i].data, 0, ad_array_bytes(&out[i]));
        if (bytes)
            memcpy(out[i].data, in[i].data, bytes);
    }
    *(int32_t *)out[p->fields].data = (int32_t)ad_array_count(&in[p->target]);
    return AD_OK;
}

static padding padding_of(ad_source *of, const char *target)
{
    const ad_source_field *field;
    padding p = {.fields = ad_source_fields(of, &field), .target = ad_source_find(of, target)};
    for (int i = 0; i < p.fields; i++) {
        bool varies = field[i].shape.rank > 0 && field[i].shape.size[0] == AD_VARYING;
        p.place += varies && i < p.target;
        p.varying += varies;
    }
    return p;
}

/* The most tokens of an example of the source, and which one has them. */
static ad_status find_longest(ad_source *part, const char *target, int64_t *most, int64_t *which)
{
    int64_t length[AD_RUN_FEEDS_MAX], count = part ? ad_source_count(part) : 0;
    padding p = part ? padding_of(part, target) : (padding){0};
    for (int64_t i = 0; i < count; i++) {
        if (ad_source_length(part, i, 0, length) != AD_OK)
            return run_fail_core(AD_RUN_BAD_DATA);
        if (length[p.place] > *most) {
            *most = length[p.place];
            *which = i;
        }
    }
    return AD_OK;
}

/* Texts of all parts have one size in the graph, and a stored model knows it. */
static ad_status settle_longest(ad_run_data *data, ad_source *part)
{
    ad_source *const all[] = {data->train, data->validation, data->test};
    int64_t which = 0, most = 1;
    ad_status status = AD_OK;
    if (data->longest)
        most = data->longest, status = find_longest(part, data->target.name, &most, &which);
    else
        for (int i = 0; i < 3 && status == AD_OK; i++)
            status = find_longest(all[i], data->target.name, &most, &which);
    if (status == AD_OK && data->longest && most > data->longest)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_UNSUPPORTED,
                        "example %lld has a text of %lld tokens, and the longest that the model "
                        "was made for has %lld\n  leave it out, or train with such texts in the "
                        "data\n",
                        (long long)which + 1, (long long)most, (long long)data->longest);
    data->longest = most;
    return status;
}

ad_status run_pad_targets(const ad_config *config, ad_run_data *data, ad_part part,
                          ad_source **made)
{
    const ad_source_field *before;
    (void)config, (void)part;
    ad_status status = settle_longest(data, *made);
    if (status != AD_OK)
        return status;
    padding *p = malloc(sizeof *p), of = padding_of(*made, data->target.name);
    ad_source_fields(*made, &before);
    ad_source_field *after = calloc((size_t)of.fields + 1, sizeof *after);
    char *length = text_format("%s.length", data->target.name);
    ad_source *padded = NULL;
    if (p && after && length) {
        *p = of;
        memcpy(after, before, (size_t)of.fields * sizeof *after);
        after[of.target].shape = AD_SHAPE(data->longest);
        after[of.fields] = (ad_source_field){length, AD_I32, AD_SCALAR};
        padded = ad_source_map(*made,
                               &(ad_map_record){.field = after,
                                                .fields = of.fields + 1,
                                                .map = pad_target,
                                                .length = of.varying > 1 ? pad_length : NULL,
                                                .free = free,
                                                .user = p},
                               0);
    }
    status = padded ? AD_OK : p && after && length ? run_fail_core(AD_RUN_BAD_DATA) : no_memory();
    free(after);
    free(length);
    if (status != AD_OK) {
        free(p);
        return status;
    }
    ad_source_free(*made);
    *made = padded;
    data->target.shape = AD_SHAPE(data->longest);
    return AD_OK;
}

/* ---------------------------------------------------------------- the network */

static place last_place(const ad_config *c)
{
    const model_list *list = &c->model->layers;
    return list->item[list->count - 1].at;
}

ad_status run_check_said(const ad_config *c, const ad_run_data *data, ad_tensor *output)
{
    ad_shape out = ad_tensor_shape(output);
    long long classes = (long long)data->target.classes;
    char cure[160];
    snprintf(
        cure, sizeof cure,
        "end the model with - linear, which gives %lld numbers for each step; layers before it "
        "have to keep the axis of time",
        classes);
    if (out.rank == 3 && out.size[2] >= data->target.classes)
        return AD_OK;
    return run_failed(AD_RUN_BAD_CONFIG,
                      config_fail_at(AD_ERROR_SHAPE, last_place(c), cure,
                                     "the model has to end with (batch, time, classes), %lld "
                                     "classes: the blank and the tokens",
                                     classes));
}

/* (batch, steps, 1): which are within the example. */
static ad_tensor *within(ad_tensor *output, ad_tensor *steps)
{
    ad_shape shape = ad_tensor_shape(output);
    ad_tensor *range = (ad_range)(ad_tensor_graph(output), AD_I32, shape.size[1]);
    ad_tensor *in = (ad_less)(range, (ad_reshape)(steps, AD_SHAPE(shape.size[0], 1)));
    return (ad_reshape)(in, AD_SHAPE(shape.size[0], shape.size[1], 1));
}

ad_tensor *run_said_chances(ad_tensor *output, ad_tensor *steps)
{
    ad_tensor *chance = (ad_softmax)(output, -1);
    if (!steps)
        return chance;
    ad_tensor *blank = (ad_one_hot)((ad_number)(ad_tensor_graph(output), AD_I32, 0),
                                    ad_tensor_shape(output).size[2], ad_tensor_type(output));
    return (ad_where)(within(output, steps), chance, blank);
}

/* (batch): of the output, where its examples are of one length. */
static ad_tensor *all_steps(ad_tensor *output)
{
    return (ad_expand)((ad_size)(output, 1), AD_SHAPE(ad_tensor_shape(output).size[0]));
}

ad_status run_transcription(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                            ad_dim batch, ad_tensor *steps)
{
    char *name = text_format("%s.length", data->target.name);
    if (!name)
        return no_memory();
    const ad_record *usual = ad_record_find(ad_config_loss_at, data->task->loss);
    bool own = ad_config_given(c, "train.loss") || usual == c->loss.record;
    int32_t before = classes_before(data);
    n->target = (ad_feed)(n->graph, data->target.name, AD_I32, AD_SHAPE(batch, data->longest));
    ad_tensor *tokens = (ad_feed)(n->graph, name, AD_I32, AD_SHAPE(batch));
    ad_tensor *class = before ? (ad_shift)(n->target, before) : n->target;
    free(name);
    n->input[n->inputs++] = tokens;
    n->steps = steps;
    n->loss = loss_of_ways((const ad_loss_record *)(own ? c->loss.record : usual),
                           own ? c->loss.options : usual->initial, n->output,
                           steps ? steps : all_steps(n->output), class, tokens);
    return AD_OK;
}

/* ---------------------------------------------------------------- texts that no step is left for
 */

typedef struct checking {
    const ad_run_network *n;
    const ad_run_data *data;
    const char *part;
    ad_program *program; /* lengths to steps; NULL: all have `all` */
    int64_t all;
    int feeds, field[AD_RUN_FEEDS_MAX], target, tokens;
} checking;

static ad_status too_long(const checking *k, int64_t example, int64_t tokens, int64_t least,
                          int64_t steps)
{
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                    "%s: example %lld of the %s data has a text of %lld tokens, which takes %lld "
                    "steps at least%s, and the model says %lld of it\n  let the model take fewer "
                    "steps together (strides, pools), give sounds more of them (sound.hop), or "
                    "leave such examples out; train: {zero_infinity: true} lets them count "
                    "nothing\n",
                    k->data->target.name, (long long)example + 1, k->part, (long long)tokens,
                    (long long)least, least > tokens ? " (a repeat has a blank before it)" : "",
                    (long long)steps);
}

static ad_status check_batch(const checking *k, const ad_batch *b)
{
    ad_array in[AD_RUN_FEEDS_MAX], out = {0};
    for (int i = 0; i < k->feeds; i++)
        in[i] = b->array[k->field[i]];
    if (k->program && ad_run(k->program, in, &out) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    const int32_t *token = b->array[k->target].data, *count = b->array[k->tokens].data;
    for (int64_t i = 0; i < b->count; i++) {
        int64_t least = ctc_least(token + i * k->data->longest, count[i]);
        int64_t steps = k->program ? (int64_t)ad_array_item(&out, i) : k->all;
        if (least > steps)
            return too_long(k, b->example[i], count[i], least, steps);
    }
    return AD_OK;
}

static ad_status check_part(checking *k, ad_source *part)
{
    ad_batches *b = ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    status = status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
    for (int i = 0; b && i < k->feeds; i++)
        k->field[i] = run_batch_field(b, ad_tensor_name(k->n->input[k->data->inputs + i]), "");
    k->target = b ? run_batch_field(b, k->data->target.name, "") : -1;
    k->tokens = b ? run_batch_field(b, k->data->target.name, ".length") : -1;
    while (status == AD_OK && batch.count > 0) {
        status = check_batch(k, &batch);
        if (status == AD_OK && ad_batches_next(b, &batch) != AD_OK)
            status = run_fail_core(AD_RUN_BAD_DATA);
    }
    ad_batches_free(b);
    return status;
}

static bool allows_all(const ad_config *c)
{
    const loss_options *o = (const loss_options *)c->loss.options;
    return strcmp(c->loss.record->name, "ctc") == 0 && o->core.zero_infinity;
}

ad_status run_check_steps(const ad_config *c, const ad_run_data *data, const ad_run_network *n)
{
    if (!data->task->transcribes || !data->train || allows_all(c))
        return AD_OK;
    checking k = {.n = n,
                  .data = data,
                  .part = "training",
                  .all = ad_tensor_shape(n->output).size[1],
                  .feeds = n->steps ? n->inputs - data->inputs - 1 : 0};
    if (n->steps)
        k.program =
            ad_compile(n->state, .fetch = {n->steps},
                       .feed_list = (ad_tensor **)n->input + data->inputs, .feed_count = k.feeds);
    ad_status status = k.program || !n->steps ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    if (status == AD_OK)
        status = check_part(&k, data->train);
    k.part = "validation";
    if (status == AD_OK && data->validation)
        status = check_part(&k, data->validation);
    ad_program_free(k.program);
    return status;
}

/* ---------------------------------------------------------------- what is read */

ad_status transcribe_each(const ad_run_data *data, ad_source *part,
                          ad_status (*take)(void *user, const sequence_pair *pair), void *user)
{
    ad_batches *b = ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status =
        b && ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
    int target = b ? run_batch_field(b, data->target.name, "") : -1,
        tokens = b ? run_batch_field(b, data->target.name, ".length") : -1;
    if (status == AD_OK && (target < 0 || tokens < 0))
        status = run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s\n",
                          data->target.name);
    int32_t *ended = calloc((size_t)data->longest + 1, sizeof *ended);
    status = ended ? status : no_memory();
    while (status == AD_OK && batch.count > 0) {
        const int32_t *token = batch.array[target].data, *count = batch.array[tokens].data;
        for (int64_t i = 0; i < batch.count && status == AD_OK; i++) {
            memcpy(ended, token + i * data->longest, (size_t)count[i] * sizeof *ended);
            ended[count[i]] = 0;
            status = take(user, &(sequence_pair){.target = ended, .targets = count[i] + 1});
        }
        if (status == AD_OK && ad_batches_next(b, &batch) != AD_OK)
            status = run_fail_core(AD_RUN_BAD_DATA);
    }
    free(ended);
    ad_batches_free(b);
    return status;
}

static ad_status read_one(const ad_run_data *data, const float *chance, int64_t steps,
                          int64_t classes, int64_t beam, rewrite_made *made)
{
    int32_t before = classes_before(data);
    *made = (rewrite_made){.token = malloc((size_t)steps * sizeof *made->token + 1)};
    if (!made->token)
        return no_memory();
    ad_status status =
        ctc_say(chance, steps, classes, beam, made->token, &made->count, &made->score);
    for (int64_t i = 0; i < made->count; i++)
        made->token[i] -= before;
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_NO_FAULT, status);
}

/* Fields, then lengths. */
static ad_status feeds_of(const ad_run_data *data, const ad_batches *b, const ad_batch *batch,
                          ad_array *in)
{
    for (int turn = 0, count = 0; turn < 2; turn++)
        for (int i = 0; i < data->inputs; i++) {
            const ad_run_field *f = &data->input[i];
            bool varies = f->shape.rank > 0 && f->shape.size[0] == AD_VARYING;
            int at = turn && !varies ? 0 : run_batch_field(b, f->name, turn ? ".length" : "");
            if (at < 0)
                return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s%s\n",
                                f->name, turn ? ".length" : "");
            if (!turn || varies)
                in[count++] = batch->array[at];
        }
    return AD_OK;
}

static ad_status read_batch(ad_program *program, const ad_run_data *data, int64_t beam,
                            const ad_batches *b, const ad_batch *batch, rewrite_made *made)
{
    ad_array in[AD_RUN_FEEDS_MAX], out = {0};
    ad_status status = feeds_of(data, b, batch, in);
    if (status == AD_OK && ad_run(program, in, &out) != AD_OK)
        status = run_fail_core(AD_RUN_BAD_DATA);
    if (status == AD_OK && (out.type != AD_F32 || out.shape.rank != 3))
        status = run_fail(AD_RUN_DAMAGED, AD_ERROR_SHAPE,
                          "the model gives no chances over time\n  train again\n");
    int64_t steps = status == AD_OK ? out.shape.size[1] : 0,
            classes = status == AD_OK ? out.shape.size[2] : 0;
    for (int64_t i = 0; i < batch->count && status == AD_OK; i++)
        status = read_one(data, (const float *)out.data + i * steps * classes, steps, classes, beam,
                          &made[i]);
    return status;
}

static ad_status check_asked(const ad_run_data *data, const ad_rewrite_options *options,
                             int64_t *beam)
{
    *beam = options && options->beam ? options->beam : data->beam ? data->beam : 1;
    if (options && options->length)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                        "a text of task transcription is as long as what is said\n  leave --length "
                        "out\n");
    if (*beam < 1 || *beam > 100)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                        "a beam of %lld texts is not possible\n  it is 1 to 100\n",
                        (long long)*beam);
    return AD_OK;
}

ad_status transcribe_source(ad_program *program, const ad_run_data *data,
                            const ad_rewrite_options *options, ad_source *whole, int64_t first,
                            int64_t count, rewrite_made *made,
                            void (*progress)(void *user, int64_t done), void *user)
{
    int64_t beam = 1;
    ad_source *part = NULL;
    ad_batches *b = NULL;
    memset(made, 0, (size_t)count * sizeof *made);
    ad_status status = check_asked(data, options, &beam);
    if (status == AD_OK)
        status = run_row_batches(whole, first, count, BLOCK, &part, &b);
    for (int64_t done = 0; done < count && status == AD_OK;) {
        ad_batch batch = {.count = 0};
        if (ad_batches_next(b, &batch) != AD_OK || batch.count == 0)
            status = run_fail_core(AD_RUN_BAD_DATA);
        if (status == AD_OK)
            status = read_batch(program, data, beam, b, &batch, made + done);
        done += batch.count;
        if (progress && status == AD_OK)
            progress(user, done);
    }
    ad_batches_free(b);
    ad_source_free(part);
    if (status != AD_OK)
        rewrite_made_done(made, count);
    return status;
}
