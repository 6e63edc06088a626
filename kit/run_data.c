/* The sources of a configuration: parts opened or cut, examples without a target left out,
 * transforms fitted on the training part and applied to all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "option.h"
#include "run.h"
#include "text.h"

enum { BLOCK = 256 };

/* ---------------------------------------------------------------- parts */

static const char *const part_words[] = {
    [AD_PART_TRAIN] = "training", [AD_PART_VALIDATION] = "validation", [AD_PART_TEST] = "test"};

static ad_status open_part(const ad_config *c, const ad_schema *schema, ad_part part,
                           ad_source **raw)
{
    ad_status status = ad_config_open(c, schema, part, raw);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    if (!*raw || ad_source_count(*raw) != 0)
        return AD_OK;
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT, "the %s set is empty\n  give more examples\n",
                    part_words[part]);
}

static ad_status cut_failed(const ad_config *c, double share, ad_part part, int64_t count)
{
    const char *path = part == AD_PART_TEST ? "data.test_share" : "data.validation";
    if (ad_error_status() == AD_ERROR_MEMORY)
        return run_fail_core(AD_RUN_BAD_DATA);
    return run_fail(AD_RUN_BAD_DATA, ad_error_status(),
                    "%s = %.6g cannot be cut off %lld examples%s%s: %s\n  give more data, or "
                    "another share; 0 cuts nothing off\n",
                    path, share, (long long)count, c->parts.group ? " kept together by " : "",
                    c->parts.group ? c->parts.group : "", ad_error());
}

/* Cuts share of raw[AD_PART_TRAIN] off into raw[part]. */
static ad_status cut(const ad_config *c, ad_run_data *data, double share, ad_part part,
                     ad_source **raw)
{
    const ad_schema *schema = data->schema;
    ad_source *whole = raw[AD_PART_TRAIN], *kept = NULL, *held = NULL;
    const ad_schema_field *target = ad_schema_target(schema);
    bool alike = c->parts.split == AD_SPLIT_STRATIFIED;
    if (schema->running && c->parts.split != AD_SPLIT_IN_ORDER && c->parts.split != AD_SPLIT_AUTO)
        return run_failed(AD_RUN_BAD_CONFIG,
                          message_give(AD_ERROR_ARGUMENT,
                                       ad_config_report(c, "data.split",
                                                        "the data is one thing, piece after "
                                                        "piece: shuffled, its parts would know of "
                                                        "each other",
                                                        "choose in_order, or leave it out")));
    if (alike && (!target || target->meaning != AD_MEANS_CLASS))
        return run_failed(AD_RUN_BAD_CONFIG,
                          message_give(AD_ERROR_ARGUMENT,
                                       ad_config_report(c, "data.split",
                                                        "stratified keeps the shares of classes, "
                                                        "and the target is none",
                                                        "choose random or in_order")));
    ad_status status = ad_source_split(
        whole, .share = {1 - share, share}, .seed = (uint64_t)c->train.seed,
        .in_order = c->parts.split == AD_SPLIT_IN_ORDER || schema->running,
        .stratify = alike ? target->name : NULL, .group = c->parts.group, .part = {&kept, &held});
    if (status != AD_OK)
        return cut_failed(c, share, part, ad_source_count(whole));
    ad_source_free(whole);
    raw[AD_PART_TRAIN] = kept;
    raw[part] = held;
    data->cut |= 1 << part;
    return AD_OK;
}

/* Of a class without a group. */
static const char *folds_alike(const ad_config *c, const ad_schema *schema)
{
    const ad_schema_field *target = ad_schema_target(schema);
    return target && target->meaning == AD_MEANS_CLASS && !c->parts.group ? target->name : NULL;
}

/* One fold of raw[AD_PART_TRAIN] becomes the test part; a test part of the data's own goes. */
static ad_status cut_fold(const ad_config *c, const ad_schema *schema, ad_source **raw)
{
    ad_source *kept = NULL, *held = NULL;
    if (schema->running || c->parts.split == AD_SPLIT_IN_ORDER)
        return run_refused(c, "data.folds",
                           "the examples have an order, and folds are drawn at random",
                           "leave folds out; data.test_share holds the last ones out");
    ad_status status =
        ad_source_fold(raw[AD_PART_TRAIN], &kept, &held, .folds = (int)c->parts.folds,
                       .fold = (int)c->parts.fold - 1, .seed = (uint64_t)c->train.seed,
                       .stratify = folds_alike(c, schema), .group = c->parts.group);
    if (status == AD_ERROR_MEMORY)
        return run_fail_core(AD_RUN_BAD_DATA);
    if (status != AD_OK)
        return run_fail(AD_RUN_BAD_DATA, status,
                        "data.folds = %lld cannot be made of %lld examples%s%s: %s\n  give more "
                        "data, or fewer folds\n",
                        (long long)c->parts.folds, (long long)ad_source_count(raw[AD_PART_TRAIN]),
                        c->parts.group ? " kept together by " : "",
                        c->parts.group ? c->parts.group : "", ad_error());
    ad_source_free(raw[AD_PART_TRAIN]);
    ad_source_free(raw[AD_PART_TEST]);
    raw[AD_PART_TRAIN] = kept;
    raw[AD_PART_TEST] = held;
    return AD_OK;
}

/* ---------------------------------------------------------------- missing targets */

/* One of the numbers of example i is NaN, or it is no class. */
static bool is_missing(const ad_schema_field *f, const ad_array *a, int64_t i, int64_t count)
{
    int64_t each = ad_array_count(a) / count;
    bool class = f->meaning == AD_MEANS_CLASS, missing = false;
    for (int64_t k = 0; k < each && !missing; k++) {
        double value = ad_array_item(a, i * each + k);
        missing = class ? value < 0 : isnan(value);
    }
    return missing;
}

static bool has_targets(const ad_schema *schema, const ad_source_field *field, int fields,
                        const ad_batch *b, int64_t i)
{
    for (int f = 0; f < fields; f++) {
        const ad_schema_field *s = ad_schema_find(schema, field[f].name);
        if (s && s->use == AD_USE_TARGET && is_missing(s, &b->array[f], i, b->count))
            return false;
    }
    return true;
}

/* Numbers of the examples whose targets are all there; their values are checked. */
static ad_status find_whole(ad_source *raw, const ad_run_data *data, ad_part part, int64_t *number,
                            int64_t *found)
{
    const ad_source_field *field;
    int fields = ad_source_fields(raw, &field);
    ad_batches *b = ad_batches_new(raw, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status(), wrong = AD_OK;
    for (*found = 0; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch)) {
        for (int64_t i = 0; i < batch.count; i++)
            if (has_targets(data->schema, field, fields, &batch, i))
                number[(*found)++] = batch.example[i];
        wrong = run_check_values(data, part_words[part], field, fields, &batch);
        if (wrong != AD_OK)
            break;
    }
    ad_batches_free(b);
    return wrong != AD_OK ? wrong : status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

const ad_schema_field *run_image(const ad_schema *schema)
{
    for (int i = 0; i < schema->fields; i++)
        if (schema->field[i].meaning == AD_MEANS_IMAGE && schema->field[i].use == AD_USE_INPUT)
            return &schema->field[i];
    return NULL;
}

/* Pictures or sounds: reading an example decodes a file. */
static bool reads_files(const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++)
        if (s->field[i].meaning == AD_MEANS_SOUND)
            return true;
    return run_image(s) != NULL;
}

/* Whether targets have to be looked at: what was understood is the training part, and files are not
 * read once more for classes that are there. */
static bool has_to_look(const ad_run_data *data, ad_part part)
{
    const ad_schema *s = data->schema;
    if (data->task->of_input || run_says_texts(data->task))
        return false;
    for (int i = 0; i < s->fields; i++) {
        bool seen = s->field[i].meaning == AD_MEANS_CLASS && s->field[i].missing == 0 &&
                    (part == AD_PART_TRAIN || reads_files(s));
        if (s->field[i].use == AD_USE_TARGET && !seen)
            return true;
    }
    return false;
}

static ad_status drop_without_target(ad_run_data *data, ad_part part, ad_source **raw)
{
    int64_t count = *raw ? ad_source_count(*raw) : 0, found = 0;
    if (count <= 0 || !has_to_look(data, part))
        return AD_OK;
    int64_t *number = malloc((size_t)count * sizeof *number);
    if (!number)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_status status = find_whole(*raw, data, part, number, &found);
    if (status == AD_OK && found == 0)
        status = run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                          "no example has its target\n  name another target\n");
    if (status == AD_OK && found < count) {
        ad_source *rest = ad_source_part(*raw, number, found);
        status = rest ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (rest) {
            ad_source_free(*raw);
            *raw = rest;
            data->without_target += count - found;
        }
    }
    free(number);
    return status;
}

/* raw: one for each ad_part, the caller's to free on failure too. */
ad_status run_open_parts(const ad_config *c, const ad_run_data *data, ad_source **raw)
{
    ad_status status = AD_OK;
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST && status == AD_OK; part++)
        status = open_part(c, data->schema, part, &raw[part]);
    return status;
}

ad_status run_settle_parts(const ad_config *c, ad_run_data *data, ad_source **raw)
{
    ad_status status = AD_OK;
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST && status == AD_OK; part++)
        status = drop_without_target(data, part, &raw[part]);
    if (status == AD_OK && c->parts.folds > 0)
        status = cut_fold(c, data->schema, raw);
    else if (status == AD_OK && !raw[AD_PART_TEST] && c->parts.test_share > 0)
        status = cut(c, data, c->parts.test_share, AD_PART_TEST, raw);
    if (status == AD_OK && !raw[AD_PART_VALIDATION] && c->parts.validation > 0)
        status = cut(c, data, c->parts.validation, AD_PART_VALIDATION, raw);
    return status;
}

static ad_status open_parts(const ad_config *c, ad_run_data *data, ad_source **raw)
{
    ad_status status = run_open_parts(c, data, raw);
    return status == AD_OK ? run_settle_parts(c, data, raw) : status;
}

/* ---------------------------------------------------------------- transforms */

ad_status run_transformed(const ad_run_data *data, ad_source *raw, ad_source **source)
{
    *source = NULL;
    if (!raw)
        return AD_OK;
    ad_source *made = data->transform ? ad_transform_source(data->transform, raw) : NULL;
    if (data->transform && !made)
        return run_fail_core(AD_RUN_BAD_DATA);
    if (!data->transform) { /* one holder more of the same */
        *source = ad_source_joined(&raw, 1);
        return *source ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
    }
    *source = run_image(data->schema) || data->features_read ? made : ad_source_kept(made);
    if (*source != made)
        ad_source_free(made);
    return *source ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

/* ---------------------------------------------------------------- pixels */

/* Sums of a channel's pixels and their squares are whole numbers: exact, in any order. */
static ad_status sum_pixels(ad_source *train, int field, int channels, double *sum, double *square,
                            double *count)
{
    ad_batches *b = ad_batches_new(train, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    for (; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch)) {
        const uint8_t *pixel = batch.array[field].data;
        int64_t pixels = ad_array_count(&batch.array[field]);
        for (int64_t i = 0; i < pixels; i++) {
            sum[i % channels] += pixel[i];
            square[i % channels] += (double)pixel[i] * pixel[i];
        }
        *count += (double)(pixels / channels);
    }
    ad_batches_free(b);
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

const ad_schema_field *run_next_image(const ad_schema *s, const ad_schema_field *last)
{
    for (const ad_schema_field *f = last ? last + 1 : s->field; f < s->field + s->fields; f++)
        if (f->meaning == AD_MEANS_IMAGE && f->use == AD_USE_INPUT)
            return f;
    return NULL;
}

static int64_t channels_of(const ad_schema_field *image)
{
    return image->shape.size[image->shape.rank - 1];
}

static ad_status check_channels(const ad_config *c, const ad_schema *s, int64_t channels)
{
    if (channels > AD_NUMBERS_MAX)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                        "input.from_data is for at most %d channels\n  leave it out\n",
                        AD_NUMBERS_MAX);
    for (const ad_schema_field *f = NULL; (f = run_next_image(s, f));)
        if (channels_of(f) != channels)
            return run_failed(
                AD_RUN_BAD_CONFIG,
                message_give(AD_ERROR_ARGUMENT,
                             ad_config_report(c, "input.from_data",
                                              "one mean for each channel is for all pictures, and "
                                              "some are grey, some have colours",
                                              "bring them to one: data: {channels: 1}, or 3; or "
                                              "leave it out")));
    return AD_OK;
}

static ad_status measure_pixels(const ad_config *c, ad_run_data *data)
{
    const ad_schema_field *image = run_image(data->schema);
    double sum[AD_NUMBERS_MAX] = {0}, square[AD_NUMBERS_MAX] = {0}, count = 0;
    if (!c->input.from_data || !image)
        return AD_OK;
    int channels = (int)channels_of(image);
    ad_status status = check_channels(c, data->schema, channels_of(image));
    for (; image && status == AD_OK; image = run_next_image(data->schema, image))
        status = sum_pixels(data->train, ad_source_find(data->train, image->name), channels, sum,
                            square, &count);
    data->pixel_mean.count = data->pixel_std.count = channels;
    for (int i = 0; i < channels && status == AD_OK; i++) {
        double mean = sum[i] / count, variance = square[i] / count - mean * mean;
        data->pixel_mean.value[i] = mean * c->input.scale;
        data->pixel_std.value[i] = variance > 0 ? sqrt(variance) * c->input.scale : 1;
    }
    return status;
}

/* ---------------------------------------------------------------- the whole */

static bool says_type(const ad_names *types, const char *name)
{
    size_t size = strlen(name);
    for (int i = 0; i < types->count; i++)
        if (strncmp(types->text[i], name, size) == 0 && types->text[i][size] == '=')
            return true;
    return false;
}

/* Few different whole numbers may be classes or counts: a task that learns numbers says which; and
 * one that learns tags, that the column of them is a text. */
static ad_status understand_as(const ad_config *c, const ad_names *targets, const char *type,
                               const ad_option *option, ad_schema **schema)
{
    const ad_record *record = c->data.record;
    char *options = malloc(record->size);
    if (!options)
        return message_no_memory();
    memcpy(options, c->data.options, record->size);
    ad_names old = *(ad_names *)(options + option->offset), all = {0};
    all.text = calloc((size_t)(old.count + targets->count), sizeof *all.text);
    bool good = all.text;
    for (int i = 0; good && i < old.count; i++)
        all.text[all.count++] = old.text[i];
    for (int i = 0; good && i < targets->count; i++)
        if (!says_type(&old, targets->text[i]))
            good = (all.text[all.count++] = text_format("%s=%s", targets->text[i], type)) != NULL;
    *(ad_names *)(options + option->offset) = all;
    ad_status status = good ? ((const ad_reader_record *)record)->understand(options, schema)
                            : message_no_memory();
    for (int i = old.count; i < all.count; i++)
        free(all.text[i]);
    free(all.text);
    free(options);
    return status;
}

/* Both columns of a table of texts are texts, whatever they look like: the target by its name, and
 * the only other one. */
static bool add_text_column(ad_names *types, const char *name)
{
    char *words = says_type(types, name) ? NULL : text_format("%s=text", name);
    if (words)
        types->text[types->count++] = words;
    return words || says_type(types, name);
}

/* The one column of that use but the group; NULL: there are others, or none. */
static const ad_schema_field *only_one(const ad_schema *s, ad_use use, const char *group)
{
    const ad_schema_field *found = NULL;
    int count = 0;
    for (int i = 0; i < s->fields; i++)
        if (s->field[i].use == use && !(group && strcmp(s->field[i].name, group) == 0))
            found = &s->field[i], count++;
    return count == 1 ? found : NULL;
}

/* Beside the target: the only column; else the one that is learned from, or where none is the one
 * that was left out, as texts that all differ are. */
static const ad_schema_field *only_column(const ad_schema *s, const char *group)
{
    static const ad_use uses[] = {AD_USE_INPUT, AD_USE_NONE, AD_USE_ID};
    for (size_t u = 0; u < sizeof uses / sizeof *uses; u++) {
        const ad_schema_field *only = only_one(s, uses[u], group);
        bool others = false;
        for (int i = 0; i < s->fields; i++)
            others = others || (s->field[i].use == uses[u] &&
                                !(group && strcmp(s->field[i].name, group) == 0));
        if (only || others)
            return only;
    }
    return NULL;
}

static ad_status understand_texts(const ad_config *c, const ad_names *targets,
                                  const ad_option *option, ad_schema **schema)
{
    const ad_reader_record *reader = (const ad_reader_record *)c->data.record;
    char *options = malloc(reader->record.size);
    if (!options)
        return message_no_memory();
    memcpy(options, c->data.options, reader->record.size);
    ad_names old = *(ad_names *)(options + option->offset), all = {0};
    all.text = calloc((size_t)(old.count + targets->count) + 1, sizeof *all.text);
    bool good = all.text;
    for (int i = 0; good && i < old.count; i++)
        all.text[all.count++] = old.text[i];
    for (int i = 0; good && i < targets->count; i++)
        good = add_text_column(&all, targets->text[i]);
    *(ad_names *)(options + option->offset) = all;
    ad_status status = good ? reader->understand(options, schema) : message_no_memory();
    const ad_schema_field *only = status == AD_OK ? only_column(*schema, c->parts.group) : NULL;
    if (only && only->meaning != AD_MEANS_TEXT && !says_type(&all, only->name)) {
        good = add_text_column(&all, only->name);
        *(ad_names *)(options + option->offset) = all;
        ad_schema_free(*schema);
        *schema = NULL;
        status = good ? reader->understand(options, schema) : message_no_memory();
    }
    for (int i = old.count; i < all.count; i++)
        free(all.text[i]);
    free(all.text);
    free(options);
    return status;
}

static ad_status understand(const ad_config *c, ad_schema **schema)
{
    const ad_task_record *task = (const ad_task_record *)c->task.record;
    const ad_option *types = record_option(c->data.record, "types"),
                    *target = record_option(c->data.record, "target");
    bool series = strcmp(task->record.name, "forecast") == 0;
    bool numbers = series || (task->predict && !task->of_input && task->target == AD_MEANS_NUMBER &&
                              !task->truths);
    if (!(numbers || task->of_words || run_says_texts(task)) || !types || !target ||
        types->type != AD_OPTION_NAMES || target->type != AD_OPTION_NAMES)
        return ad_config_understand(c, schema);
    const ad_names *targets = (const ad_names *)((const char *)c->data.options + target->offset);
    return (run_says_texts(task) && !task->transcribes) || task->of_words
               ? understand_texts(c, targets, types, schema)
               : understand_as(c, targets, task->transcribes ? "text" : "number", types, schema);
}

ad_status ad_run_understand(const ad_config *config, ad_run_data *data)
{
    ad_status status = data->schema ? AD_OK : understand(config, &data->schema);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    data->metrics = &config->metrics;
    data->samples = &config->samples;
    run_leave_group(config, data->schema);
    return run_decide(config, data);
}

/* Features are made once: fitting a transform reads them, and then every epoch. */
static ad_status encode_parts(ad_run_data *data, ad_source **raw)
{
    ad_status status = AD_OK;
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST && status == AD_OK; part++)
        status = run_encode(data, &raw[part], false);
    if (status == AD_OK)
        run_decide_features(data, raw, AD_PART_TEST + 1);
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST && status == AD_OK; part++)
        status = run_keep_features(data, &raw[part]);
    return status;
}

static ad_status make_sources(const ad_config *config, ad_run_data *data, ad_source **raw)
{
    ad_status status = open_parts(config, data, raw);
    if (status == AD_OK)
        status = run_fit_encoders(config, data, raw[AD_PART_TRAIN]);
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST && status == AD_OK; part++)
        status = run_count_bytes(data, part, raw[part]);
    if (status == AD_OK)
        status = encode_parts(data, raw);
    if (status == AD_OK)
        status = run_fit_transform(config, data, raw[AD_PART_TRAIN]);
    if (status == AD_OK)
        status = run_transformed(data, raw[AD_PART_TRAIN], &data->train);
    if (status == AD_OK)
        status = run_transformed(data, raw[AD_PART_VALIDATION], &data->validation);
    if (status == AD_OK)
        status = run_transformed(data, raw[AD_PART_TEST], &data->test);
    if (status == AD_OK)
        status = run_target_moments(data);
    if (status == AD_OK)
        status = measure_pixels(config, data);
    bool first = data->task->embeds; /* what is grouped is changed already */
    if (status == AD_OK && first)
        status = run_augment(config, data);
    if (status == AD_OK)
        status = run_examples(config, data);
    return status == AD_OK && !first ? run_augment(config, data) : status;
}

static void free_parts(ad_source **raw)
{
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST; part++)
        ad_source_free(raw[part]);
}

ad_status ad_run_sources(const ad_config *config, ad_run_data *data)
{
    ad_source *raw[AD_PART_TEST + 1] = {NULL};
    ad_status status = ad_run_understand(config, data);
    if (status == AD_OK)
        status = make_sources(config, data, raw);
    free_parts(raw);
    return status;
}

/* All parts as one. */
static ad_status join_parts(ad_source **raw, ad_source **all)
{
    ad_source *list[AD_PART_TEST + 1];
    int count = 0;
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST; part++)
        if (raw[part])
            list[count++] = raw[part];
    *all = ad_source_joined(list, count);
    return *all ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

/* The part as it is, one more holder of it. */
static ad_status take_part(ad_source **raw, int part, ad_source **taken)
{
    if (part == AD_PART_ALL || (part == AD_PART_OTHER && !raw[AD_PART_TEST]))
        return join_parts(raw, taken);
    part = part == AD_PART_OTHER ? AD_PART_TEST : part;
    if (!raw[part])
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                        "the data has no %s set\n  say which part: train, or all that there is\n",
                        part_words[part]);
    *taken = ad_source_joined(&raw[part], 1);
    return *taken ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

static void free_source(ad_source **source)
{
    ad_source_free(*source);
    *source = NULL;
}

/* Encoded and transformed: the part that was taken, and the training part. */
static ad_status measured_part(ad_run_data *data, int part, ad_source **raw)
{
    ad_source *taken = ad_source_joined(&data->raw, 1);
    ad_status status = run_count_bytes(data, AD_PART_TEST, data->raw);
    if (status == AD_OK && taken)
        status = run_count_bytes(data, AD_PART_TRAIN, raw[AD_PART_TRAIN]);
    if (status == AD_OK)
        status = taken ? run_encode(data, &taken, false) : run_fail_core(AD_RUN_BAD_DATA);
    data->measured = part + 1;
    if (status == AD_OK && data->forecast && part == AD_PART_TEST)
        status = run_transformed(data, raw[AD_PART_VALIDATION], &data->before);
    if (status == AD_OK)
        run_decide_features(data, &taken, 1);
    if (status == AD_OK)
        status = run_transformed(data, taken, &data->test);
    if (status == AD_OK && part == AD_PART_TRAIN)
        status = run_transformed(data, taken, &data->train);
    bool trained = part != AD_PART_TRAIN && (part != AD_PART_OTHER || raw[AD_PART_TEST]);
    if (status == AD_OK && trained)
        status = run_encode(data, &raw[AD_PART_TRAIN], false);
    if (status == AD_OK && trained)
        status = run_transformed(data, raw[AD_PART_TRAIN], &data->train);
    ad_source_free(taken);
    return status;
}

ad_status ad_run_part(const ad_config *config, ad_run_data *data, int part)
{
    free_source(&data->raw);
    free_source(&data->test);
    free_source(&data->train);
    free_source(&data->plain);
    free_source(&data->before);
    data->cut = 0;
    ad_source *raw[AD_PART_TEST + 1] = {NULL};
    ad_config whole = *config;
    if (part == AD_PART_OTHER) {
        whole.parts.test_share = whole.parts.validation = 0;
        whole.parts.folds = 0;
    }
    data->metrics = &config->metrics;
    data->samples = &config->samples;
    if (data->task->rewrites)
        data->beam = config->sequence.beam;
    if (data->task->transcribes)
        data->beam = config->transcription.beam;
    ad_status status = run_check_metrics(config, data);
    if (status == AD_OK)
        status = open_parts(&whole, data, raw);
    if (status == AD_OK)
        status = take_part(raw, part, &data->raw);
    if (status == AD_OK)
        status = measured_part(data, part, raw);
    if (status == AD_OK)
        status = run_examples(config, data);
    free_parts(raw);
    return status;
}

void ad_run_data_done(ad_run_data *data)
{
    ad_source_free(data->plain);
    ad_source_free(data->train);
    ad_source_free(data->validation);
    ad_source_free(data->test);
    ad_source_free(data->raw);
    ad_source_free(data->before);
    run_forecast_free(data->forecast);
    free(data->history);
    ad_transform_free(data->transform);
    for (int i = 0; i < data->encoders; i++)
        ad_encoder_free(data->encoder[i].encoder);
    free(data->encoder);
    ad_schema_free(data->schema);
    free(data->mean);
    free(data->deviation);
    free(data->text);
    free(data->step);
    *data = (ad_run_data){0};
}

static const ad_schema_field *class_target(const ad_run_data *data)
{
    const ad_schema_field *target = data->schema ? ad_schema_target(data->schema) : NULL;
    bool class = target && (target->meaning == AD_MEANS_CLASS || data->task->of_words);
    return class ? target : NULL;
}

char *const *ad_run_names(const ad_run_data *data)
{
    const ad_schema_field *target = class_target(data);
    return target ? target->names : NULL;
}

int64_t ad_run_classes(const ad_run_data *data)
{
    const ad_schema_field *target = class_target(data);
    bool answered = target && data->task->target == AD_MEANS_CLASS && !data->task->embeds;
    return answered ? target->classes : 0;
}
