/* What a configuration changes of the training part: labels made wrong, pictures, and what is none.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "augment.h"
#include "message.h"
#include "run.h"

/* The training part is that from now on. */
static ad_status put(ad_run_data *data, ad_source *made)
{
    if (!made)
        return run_fail_core(AD_RUN_BAD_DATA);
    if (data->train != data->plain)
        ad_source_free(data->train);
    data->train = made;
    return AD_OK;
}

/* ---------------------------------------------------------------- labels */

static ad_status spoil_labels(const ad_config *c, ad_run_data *data)
{
    int64_t classes = ad_run_classes(data);
    if (c->parts.label_noise <= 0)
        return AD_OK;
    if (classes < 2 || data->task->over_time)
        return run_refused(c, "data.label_noise", "the target of an example is no class",
                           "take it out; it is for task classification");
    ad_source *made = change_labels(data->train, data->target.name, classes, c->parts.label_noise,
                                    c->parts.label_noise_kind == 1, (uint64_t)c->train.seed);
    if (!made)
        return run_fail_core(AD_RUN_BAD_DATA);
    ad_source_free(data->train);
    data->train = made;
    return AD_OK;
}

/* ---------------------------------------------------------------- pictures */

static bool mixes(const ad_config *c)
{
    for (int i = 0; i < c->augment.count; i++)
        if (!change_is_one(c->augment.choice[i].record) &&
            ad_augment_mixes(c->augment.choice[i].record))
            return true;
    return false;
}

/* Two pictures with what belongs to both: an example of more than one picture cannot be mixed. */
static const char *cannot_augment(const ad_config *c, const ad_run_data *data)
{
    if (!run_image(data->schema))
        return "the data has no images to be changed";
    if (data->inputs > 1 && mixes(c))
        return "two pictures are mixed with their targets, and here an example is more than a "
               "picture";
    return NULL;
}

/* Each field of pictures by chances of its own. */
static ad_status change_images(const ad_config *c, ad_run_data *data, const ad_augment_step *step,
                               int steps)
{
    uint64_t seed = (uint64_t)c->train.seed;
    const char *label = ad_run_classes(data) ? data->target.name : NULL;
    ad_status status = AD_OK;
    for (const ad_schema_field *f = NULL; status == AD_OK && (f = run_next_image(data->schema, f));
         seed++)
        status = put(data, ad_source_augment(data->train, f->name, label, step, steps, seed));
    return status;
}

static ad_status images(const ad_config *c, ad_run_data *data)
{
    ad_augment_step *step = calloc((size_t)c->augment.count + 1, sizeof *step);
    int steps = 0;
    if (!step)
        return no_memory();
    for (int i = 0; i < c->augment.count; i++) {
        const ad_choice *choice = &c->augment.choice[i];
        if (!change_is_one(choice->record))
            step[steps++] = (ad_augment_step){choice->record->name, choice->options};
    }
    const char *why = steps ? cannot_augment(c, data) : NULL;
    ad_status status = why     ? run_refused(c, "augment", why, "take it out")
                       : steps ? change_images(c, data, step, steps)
                               : AD_OK;
    free(step);
    return status;
}

/* ---------------------------------------------------------------- what is no picture */

static bool suits(const ad_run_data *data, const ad_run_field *f, change_of of)
{
    const ad_encoder *e = run_encoder(data, f->name);
    if (of == CHANGE_TOKENS)
        return f->type == AD_I32 && f->shape.rank == 1 && e;
    if (f->type != AD_F32 || f->shape.rank < 1)
        return false;
    return of == CHANGE_STEPS ? f->shape.rank == 2 || e : f->shape.rank == 1 && !e;
}

static token_roles tokens_of(const ad_encoder *e)
{
    static const ad_special kept[] = {AD_SPECIAL_BEGIN, AD_SPECIAL_END, AD_SPECIAL_SEPARATOR,
                                      AD_SPECIAL_MASK};
    token_roles t = {.padding = ad_encoder_special(e, AD_SPECIAL_PADDING),
                     .mask = ad_encoder_special(e, AD_SPECIAL_MASK)};
    for (int i = 0; i < 4; i++)
        t.kept[i] = ad_encoder_special(e, kept[i]);
    t.padding = t.padding < 0 ? 0 : t.padding;
    t.mask = t.mask < 0 ? ad_encoder_special(e, AD_SPECIAL_UNKNOWN) : t.mask;
    return t;
}

static ad_status cannot_change(const ad_config *c, const change_record *r, const char *what)
{
    char words[200];
    snprintf(words, sizeof words, "%s: %s", r->record.name, what);
    return run_refused(c, "augment", words,
                       "take it out; `adze augmentations` says what each changes");
}

static ad_status change_field(const ad_config *c, ad_run_data *data, const ad_choice *choice,
                              const ad_run_field *f, uint64_t seed)
{
    const change_record *r = (const change_record *)choice->record;
    token_roles t = {0};
    if (r->of == CHANGE_TOKENS)
        t = tokens_of(run_encoder(data, f->name));
    if (t.mask < 0 && strcmp(r->record.name, "mask_tokens") == 0)
        return run_refused(c, "augment", "mask_tokens: the texts have no token for what is hidden",
                           "give them one: text: {special: [mask]}");
    return put(data, change_source(r, choice->options, data->train, f->name, &t, seed));
}

/* Each field that it suits; of a text that is written on what was written stays as it is. */
static ad_status change(const ad_config *c, ad_run_data *data, const ad_choice *choice,
                        uint64_t seed)
{
    static const char *const none[] = {"the model takes no sounds or other steps over time",
                                       "the model takes no texts",
                                       "the model takes no numbers of a table"};
    const change_record *r = (const change_record *)choice->record;
    int inputs = data->task->rewrites ? 1 : data->inputs, changed = 0;
    if (r->moves && data->task->over_time && !data->task->rewrites)
        return cannot_change(c, r, "each step has a target here, and would lose it");
    for (int i = 0; i < inputs; i++) {
        if (!suits(data, &data->input[i], r->of))
            continue;
        ad_status status = change_field(c, data, choice, &data->input[i], seed + (uint64_t)i);
        if (status != AD_OK)
            return status;
        changed++;
    }
    return changed ? AD_OK : cannot_change(c, r, none[r->of]);
}

ad_status run_augment(const ad_config *c, ad_run_data *data)
{
    ad_status status = spoil_labels(c, data);
    if (status != AD_OK || !c->augment.count)
        return status;
    data->plain = data->train;
    status = images(c, data);
    for (int i = 0; i < c->augment.count && status == AD_OK; i++)
        if (change_is_one(c->augment.choice[i].record))
            status = change(c, data, &c->augment.choice[i],
                            (uint64_t)c->train.seed + 1000 * (uint64_t)(i + 1));
    if (data->train == data->plain)
        data->plain = NULL;
    return status;
}

/* ---------------------------------------------------------------- weights */

static ad_status bad_weight(const ad_config *c, double value, int64_t row)
{
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_RANGE,
                    "example %lld of the training set has %s %g, and a weight is a number from 0 "
                    "up\n  fill the column in, or leave data.weight out\n",
                    (long long)row + 1, c->parts.weight, value);
}

static ad_status read_weights(const ad_config *c, ad_source *source, int field, double *weight)
{
    ad_batches *b = ad_batches_new(source, .size = 256, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status(), wrong = AD_OK;
    int64_t seen = 0;
    for (; status == AD_OK && wrong == AD_OK && batch.count > 0;
         status = ad_batches_next(b, &batch))
        for (int64_t i = 0; i < batch.count && wrong == AD_OK; i++, seen++) {
            weight[seen] = ad_array_item(&batch.array[field], i);
            if (!(weight[seen] >= 0 && isfinite(weight[seen])))
                wrong = bad_weight(c, weight[seen], seen);
        }
    ad_batches_free(b);
    return wrong != AD_OK ? wrong : status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

ad_status run_weights(const ad_config *c, const ad_run_data *data, double **weight)
{
    const char *name = c->parts.weight;
    const ad_source_field *field;
    *weight = NULL;
    if (!name)
        return AD_OK;
    ad_source_fields(data->train, &field);
    int at = ad_source_find(data->train, name);
    if (at < 0 || field[at].shape.rank != 0 || field[at].type == AD_BOOL)
        return run_refused(c, "data.weight",
                           at < 0 ? "the examples have no such field"
                                  : "the field is not one number",
                           "name a column of numbers");
    if (c->train.balance || data->streams)
        return run_refused(c, "data.weight",
                           data->streams ? "a text that runs on is read in its order"
                                         : "train.balance draws examples by their classes",
                           "leave one of them out");
    *weight = malloc(((size_t)ad_source_count(data->train) + 1) * sizeof **weight);
    return *weight ? read_weights(c, data->train, at, *weight) : no_memory();
}
