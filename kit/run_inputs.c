/* What a network takes of the data's fields, and what is learned; see ad_run_sources. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "option.h"
#include "run.h"
#include "text.h"

/* ---------------------------------------------------------------- the task */

static const ad_task_record *task_called(const char *name)
{
    return (const ad_task_record *)ad_record_find(ad_task_at, name);
}

static bool is_number(const ad_schema_field *f)
{
    return f->meaning == AD_MEANS_NUMBER || f->meaning == AD_MEANS_WHOLE;
}

static ad_status fail_task(const ad_config *c, const char *what, const char *cure)
{
    const char *path = ad_config_given(c, "task") ? "task" : "data";
    return run_refused(c, path, what, cure);
}

static int count_targets(const ad_schema *s)
{
    int count = 0;
    for (int i = 0; i < s->fields; i++)
        count += s->field[i].use == AD_USE_TARGET;
    return count;
}

/* How the reader is told what a target is. */
static const char *cure_meaning(const ad_config *c, const ad_task_record *task)
{
    const ad_record *reader = c->data.record;
    bool class = task->target == AD_MEANS_CLASS;
    if (task->transcribes)
        return record_option(reader, "types")
                   ? "say that it is one: data: {types: [NAME=text]}, or choose another task"
                   : "give a table with a column of files and one of texts, or choose another task";
    if (run_says_texts(task))
        return record_option(reader, "types")
                   ? "say that it is one: data: {types: [NAME=text]}, or choose another task"
                   : "give lines of TEXT<tab>TEXT, or choose another task";
    for (int i = 0; i < reader->options; i++) {
        if (strcmp(reader->option[i].name, "target_is") == 0)
            return class ? "choose task: regression, or say that it is one: data: {target_is: "
                           "class}"
                         : "choose task: classification, or say that it is one: data: {target_is: "
                           "number}";
        if (strcmp(reader->option[i].name, "types") == 0)
            return class ? "choose task: regression, or say that it is one: data: {types: "
                           "[NAME=class]}"
                         : "choose task: classification, or say that it is one: data: {types: "
                           "[NAME=number]}";
    }
    return class ? "choose task: regression" : "choose task: classification";
}

/* Words that are classes. */
static bool has_tags(const ad_schema_field *target)
{
    return target && target->meaning == AD_MEANS_TEXT && target->classes > 0;
}

static ad_status fail_meaning(const ad_config *c, const ad_run_data *data, const ad_schema_field *f)
{
    bool class = data->task->target == AD_MEANS_CLASS;
    const char *is = f->meaning == AD_MEANS_CLASS   ? "a class of many"
                     : f->meaning == AD_MEANS_IMAGE ? "an image"
                     : f->meaning == AD_MEANS_TEXT  ? "a text"
                                                    : "a number";
    bool words = data->task->of_words, tags = has_tags(f);
    char *what = text_format("the target %s is %s, and task %s learns %s", f->name,
                             tags ? "a tag for each word" : is, data->task->record.name,
                             words                        ? "a tag for each word"
                             : class                      ? "a class"
                             : run_says_texts(data->task) ? "a text"
                                                          : "numbers");
    const char *cure = tags    ? "choose task: tagging"
                       : words ? "name a column that holds as many tags as the sentence has words"
                               : cure_meaning(c, data->task);
    ad_status status =
        what ? fail_task(c, what, cure) : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    free(what);
    return status;
}

/* Every target has the task's meaning; 0 or 1 are numbers too. */
static ad_status check_targets(const ad_config *c, const ad_run_data *data)
{
    const ad_schema *s = data->schema;
    bool class = data->task->target == AD_MEANS_CLASS;
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        bool two = f->meaning == AD_MEANS_CLASS && f->classes <= 2;
        bool text = data->task->of_words || run_says_texts(data->task);
        bool fits = text    ? f->meaning == AD_MEANS_TEXT
                    : class ? f->meaning == AD_MEANS_CLASS
                            : is_number(f) || two;
        if (f->use != AD_USE_TARGET || fits)
            continue;
        return fail_meaning(c, data, f);
    }
    const ad_schema_field *target = ad_schema_target(s);
    if (data->task->of_words && !target->classes) /* tags that are not looked at yet */
        return AD_OK;
    if (class && target->classes < 2)
        return fail_task(c, "the target has one class only, so there is nothing to learn",
                         "give examples of two classes and more, or name another target");
    if (class && count_targets(s) > 1)
        return fail_task(c, "a classification has one target", "name one, or choose task: labels");
    return AD_OK;
}

static ad_status decide_task(const ad_config *c, ad_run_data *data)
{
    const ad_schema_field *target = ad_schema_target(data->schema);
    data->task = (const ad_task_record *)c->task.record;
    if (!data->task->predict) /* auto */
        data->task = task_called(has_tags(target)                               ? "tagging"
                                 : !target || target->meaning == AD_MEANS_CLASS ? "classification"
                                                                                : "regression");
    if (data->task->of_input)
        return AD_OK;
    if (!target)
        return fail_task(c, "no field is the target",
                         data->task->rewrites
                             ? "name it: data: {target: NAME}; of files data: {path: FILE, into: "
                               "FILE}"
                             : "name it: data: {target: NAME}, or choose task: autoencoder");
    return check_targets(c, data);
}

/* ---------------------------------------------------------------- what the model takes */

/* A series is one field of channels, and a model cannot name a column of it. */
static bool named(const ad_config *c, const ad_schema_field *f)
{
    return strcmp(c->task.record->name, "forecast") != 0 &&
           (model_takes(c->model, f->name) || model_takes(c->generator, f->name) ||
            model_takes(c->discriminator, f->name) || model_takes(c->encoder, f->name) ||
            model_takes(c->decoder, f->name));
}

/* Parts that know nothing of each other's groups have nothing to learn from which group it is. */
static void leave(const ad_config *c, ad_schema *schema, const char *name)
{
    for (int i = 0; i < schema->fields && name; i++) {
        ad_schema_field *f = &schema->field[i];
        if (f->use == AD_USE_INPUT && f->shape.rank == 0 && !named(c, f) &&
            strcmp(f->name, name) == 0)
            f->use = AD_USE_ID;
    }
}

void run_leave_group(const ad_config *c, ad_schema *schema)
{
    leave(c, schema, c->parts.group);
    leave(c, schema, c->parts.weight);
}

/* Taken as it is, in f32: pictures are u8, and scaled in the graph. */
static bool is_whole(const ad_schema_field *f)
{
    return f->meaning == AD_MEANS_IMAGE || run_is_encoded(f) ||
           (f->meaning == AD_MEANS_NUMBER && f->shape.rank > 1);
}

static bool is_joined(const ad_config *c, const ad_schema_field *f)
{
    return f->use == AD_USE_INPUT && !is_whole(f) && !named(c, f);
}

/* In a forecast the target's own past is looked at, also where there is nothing else. */
static bool needs_steps(const ad_run_data *data)
{
    if (data->forecast)
        return true;
    for (int i = 0; i < data->schema->fields; i++) {
        const ad_schema_field *f = &data->schema->field[i];
        if (f->use == AD_USE_INPUT && f->meaning != AD_MEANS_IMAGE)
            return true;
        if (f->use == AD_USE_TARGET && data->task->target != AD_MEANS_CLASS &&
            !data->task->of_input)
            return true;
    }
    return false;
}

/* A name that no field has which stays beside it. */
static const char *joined_name(const ad_config *c, const ad_schema *s)
{
    const ad_schema_field *f = ad_schema_find(s, "input");
    return !f || is_joined(c, f) || f->use == AD_USE_NONE ? "input" : "inputs";
}

static const char *target_name(const ad_run_data *data)
{
    const ad_schema_field *f = ad_schema_find(data->schema, "target");
    if (data->task->target == AD_MEANS_CLASS || data->task->spans || data->task->transcribes)
        return ad_schema_target(data->schema)->name;
    return !f || f->use == AD_USE_TARGET || f->use == AD_USE_NONE ? "target" : "targets";
}

static ad_status add_input(ad_run_data *data, const char *name, ad_type type, ad_shape shape,
                           int64_t classes)
{
    if (data->inputs == AD_RUN_INPUTS_MAX)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                        "the model takes more than %d fields\n  leave some to `input`\n",
                        AD_RUN_INPUTS_MAX);
    data->input[data->inputs++] = (ad_run_field){name, type, shape, classes};
    return AD_OK;
}

static int64_t classes_of(const ad_run_data *data, const ad_schema_field *f)
{
    ad_encoded about = {.classes = f->meaning == AD_MEANS_CLASS ? f->classes : 0};
    const ad_encoder *encoder = run_encoder(data, f->name);
    if (encoder)
        ad_encoder_about(encoder, &about);
    return about.classes;
}

/* Pictures first, then what is joined, then what comes alone.  made: the transformed source, or
 * NULL. */
static ad_status list_inputs(const ad_config *c, ad_run_data *data, ad_source *made)
{
    const ad_schema *s = data->schema;
    const ad_source_field *field = NULL;
    ad_status status = AD_OK;
    if (made)
        ad_source_fields(made, &field);
    int joined = made ? ad_source_find(made, joined_name(c, s)) : -1;
    data->inputs = 0;
    for (int turn = 0; turn < 2 && status == AD_OK; turn++) {
        for (int i = 0; i < s->fields && status == AD_OK; i++) {
            const ad_schema_field *f = &s->field[i];
            if (f->use != AD_USE_INPUT || is_joined(c, f) || is_whole(f) == (turn == 1) ||
                run_is_second(data, f->name))
                continue;
            int at = made ? ad_source_find(made, f->name) : -1;
            status = add_input(data, f->name, at < 0 ? f->type : field[at].type,
                               at < 0 ? f->shape : field[at].shape, classes_of(data, f));
            if (status == AD_OK && data->pair && f->meaning == AD_MEANS_TEXT &&
                (data->task->spans || model_takes(c->model, RUN_SEGMENT)))
                status = add_input(data, RUN_SEGMENT, AD_I32, AD_SHAPE(AD_VARYING), 2);
        }
        if (turn == 0 && status == AD_OK && joined >= 0 && field[joined].type == AD_F32)
            status = add_input(data, joined_name(c, s), AD_F32, field[joined].shape, 0);
    }
    return status;
}

/* A diffusion begins with noise as large as an example. */
static void settle_noise(ad_run_data *data)
{
    if (data->diffusion && data->inputs > 0)
        data->noise.shape = data->input[0].shape;
}

static void set_target(ad_run_data *data, ad_source *made)
{
    const ad_source_field *field;
    if (data->task->of_input)
        return;
    const char *name = target_name(data);
    const ad_schema_field *f = ad_schema_target(data->schema);
    int at = made ? ad_source_find(made, name) : -1;
    data->target = (ad_run_field){name, f->type, f->shape, f->classes};
    if (at < 0)
        return;
    ad_source_fields(made, &field);
    data->target.type = field[at].type;
    data->target.shape = field[at].shape;
}

ad_status run_decide(const ad_config *config, ad_run_data *data)
{
    ad_status status = decide_task(config, data);
    if (status == AD_OK)
        status = run_decide_forecast(config, data);
    if (status == AD_OK)
        status = run_decide_tagging(config, data);
    if (status == AD_OK)
        status = run_decide_pair(config, data);
    if (status == AD_OK)
        status = run_decide_spans(config, data);
    if (status == AD_OK)
        status = run_check_config(config, data);
    if (status == AD_OK)
        status = run_decide_noise(config, data);
    if (status == AD_OK)
        status = run_check_judge(config, data);
    if (status == AD_OK)
        status = run_decide_language(config, data);
    if (status == AD_OK)
        status = run_decide_sequence(config, data);
    if (status == AD_OK)
        status = run_decide_transcription(config, data);
    if (status == AD_OK)
        status = run_decide_similarity(config, data);
    if (status != AD_OK || needs_steps(data))
        return status;
    set_target(data, NULL);
    status = list_inputs(config, data, NULL);
    settle_noise(data);
    if (status == AD_OK && data->task->embeds)
        status = run_set_similarity(config, data);
    return status == AD_OK ? run_check_inputs(config, data) : status;
}

/* ---------------------------------------------------------------- steps of the transform */

/* Steps being made, and lists of names that they take. */
typedef struct steps {
    ad_transform_step *step;
    int count;
    const char **name;
    int names;
    char **made; /* names made here */
    int mades;
    ad_one_hot_options *one_hot;
    ad_index_options *index;
    ad_fill_options fill;
    ad_join_options beside;
    ad_standardize_options *feature; /* of each field that is encoded */
    const char *clash; /* a field that lacks values, whose NAME.missing is another's name */
    bool failed;
} steps;

static bool steps_new(steps *p, int fields)
{
    size_t room = (size_t)fields + 2;
    *p = (steps){.fill = AD_OPTIONS(ad_fill_options, .indicator = true),
                 .beside = AD_OPTIONS(ad_join_options, .keep = true)};
    p->step = calloc(4 * room, sizeof *p->step);
    p->name = calloc(16 * room, sizeof *p->name);
    p->made = calloc(room, sizeof *p->made);
    p->one_hot = calloc(room, sizeof *p->one_hot);
    p->index = calloc(room, sizeof *p->index);
    p->feature = calloc(room, sizeof *p->feature);
    return p->step && p->name && p->made && p->one_hot && p->index && p->feature;
}

static void steps_done(steps *p)
{
    for (int i = 0; i < p->mades; i++)
        free(p->made[i]);
    free(p->made);
    free(p->step);
    free(p->name);
    free(p->one_hot);
    free(p->index);
    free(p->feature);
}

/* The step's names were put from `first` on; none: no step. */
static void end_step(steps *p, int first, const char *method, const char *to, const void *options)
{
    if (p->names == first)
        return;
    p->name[p->names++] = NULL;
    p->step[p->count++] = (ad_transform_step){
        .method = method, .from = p->name + first, .to = to, .options = options};
}

typedef bool field_rule(const ad_config *c, const ad_schema_field *f);

static int put(steps *p, const ad_config *c, const ad_schema *s, field_rule *rule)
{
    int first = p->names;
    for (int i = 0; i < s->fields; i++)
        if (rule(c, &s->field[i]))
            p->name[p->names++] = s->field[i].name;
    return first;
}

static bool is_input_number(const ad_config *c, const ad_schema_field *f)
{
    return (void)c, f->use == AD_USE_INPUT && is_number(f) && !is_whole(f);
}

static bool is_filled(const ad_config *c, const ad_schema_field *f)
{
    return is_input_number(c, f) && (f->type == AD_F32 || f->type == AD_F64);
}

static bool is_cast(const ad_config *c, const ad_schema_field *f)
{
    return (void)c, f->use == AD_USE_INPUT && is_whole(f) && f->meaning != AD_MEANS_IMAGE &&
                        !run_is_encoded(f) && f->type != AD_F32;
}

/* A number that comes alone is one feature, of shape (1): layers take it as it is. */
static void add_alone(steps *p, const ad_config *c, const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        int first = p->names;
        if (!is_input_number(c, f) || is_joined(c, f))
            continue;
        p->name[p->names++] = f->name;
        end_step(p, first, "join", f->name, NULL);
    }
}

static bool is_target(const ad_config *c, const ad_schema_field *f)
{
    return (void)c, f->use == AD_USE_TARGET;
}

static bool is_class(const ad_config *c, const ad_schema_field *f)
{
    return (void)c, f->use == AD_USE_INPUT && f->meaning == AD_MEANS_CLASS;
}

/* A class is told apart as one_hot where it is joined, else as a number for an embedding. */
static void add_classes(steps *p, const ad_config *c, const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        if (!is_class(c, f))
            continue;
        int first = p->names;
        p->name[p->names++] = f->name;
        p->one_hot[i] = AD_OPTIONS(ad_one_hot_options, .classes = f->classes,
                                   .missing = f->missing > 0 ? AD_MISSING_OWN : AD_MISSING_ZEROS);
        p->index[i] = AD_OPTIONS(ad_index_options, .classes = f->classes);
        if (is_joined(c, f))
            end_step(p, first, "one_hot", NULL, &p->one_hot[i]);
        else
            end_step(p, first, "index", NULL, &p->index[i]);
    }
}

/* Whether a pattern means a field of the data, or what says where another was missing. */
static bool means_another(const ad_schema *s, const ad_schema_field *f, const char *pattern)
{
    char other[512];
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *g = &s->field[i];
        snprintf(other, sizeof other, "%s.missing", g->name);
        if (ad_name_matches(pattern, g->name) || (g != f && ad_name_matches(pattern, other)))
            return true;
    }
    return false;
}

/* NAME.missing as a pattern, which may mean nothing, and nothing else. */
static void add_missing(steps *p, const ad_schema *s, const ad_schema_field *f)
{
    static const char *const form[][2] = {
        {"", ".missing*"}, {"*", ".missing"}, {"", "*.missing"}, {"", ".*missing"}, {"", ".m*g"}};
    char *pattern = NULL;
    bool clashes = true;
    for (size_t i = 0; clashes && i < sizeof form / sizeof *form; i++) {
        free(pattern);
        pattern = text_format("%s%s%s", form[i][0], f->name, form[i][1]);
        p->failed = p->failed || !pattern;
        clashes = pattern && means_another(s, f, pattern);
    }
    p->clash = clashes ? f->name : p->clash;
    if (pattern)
        p->name[p->names++] = p->made[p->mades++] = pattern;
}

/* Fields in the data's order, each with what says where it was missing; such a field is there only
 * if the training part lacked some: a pattern may mean none. */
static void add_join(steps *p, const ad_config *c, const ad_schema *s)
{
    int first = p->names;
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        if (!is_joined(c, f))
            continue;
        p->name[p->names++] = f->name;
        if (is_filled(c, f) && f->missing > 0)
            add_missing(p, s, f);
    }
    end_step(p, first, "join", joined_name(c, s), NULL);
}

/* ---- of a series: targets as they are, then all that is looked at */

static bool is_channel(const ad_config *c, const ad_schema_field *f)
{
    return (void)c, f->use == AD_USE_INPUT || f->use == AD_USE_TARGET;
}

static bool is_channel_number(const ad_config *c, const ad_schema_field *f)
{
    return is_channel(c, f) && is_number(f);
}

static void add_channel_classes(steps *p, const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        int first = p->names;
        if (!is_channel(NULL, f) || f->meaning != AD_MEANS_CLASS)
            continue;
        p->name[p->names++] = f->name;
        p->one_hot[i] = AD_OPTIONS(ad_one_hot_options, .classes = f->classes,
                                   .missing = f->missing > 0 ? AD_MISSING_OWN : AD_MISSING_ZEROS);
        end_step(p, first, "one_hot", NULL, &p->one_hot[i]);
    }
}

/* Missing values stay what they are: they are filled in the order of time. */
static void add_series_steps(steps *p, const ad_config *c, const ad_run_data *data)
{
    const ad_forecast *f = data->forecast;
    int first = p->names;
    for (int i = 0; i < f->target.count; i++)
        p->name[p->names++] = f->target.text[i];
    end_step(p, first, "join", run_series_target, &p->beside);
    if (c->parts.standardize)
        end_step(p, put(p, c, data->schema, is_channel_number), "standardize", NULL, NULL);
    add_channel_classes(p, data->schema);
    first = p->names;
    for (int i = 0; i < f->known.count; i++)
        if (run_forecast_part(data->schema, f->known.text[i]) < 0)
            p->name[p->names++] = f->known.text[i];
    end_step(p, first, "join", run_series_future, &p->beside);
    end_step(p, put(p, c, data->schema, is_channel), "join", run_series_input, NULL);
}

/* Features are standardized over what their encoder says. */
static void add_features(steps *p, const ad_run_data *data)
{
    for (int i = 0; i < data->schema->fields; i++) {
        const ad_schema_field *f = &data->schema->field[i];
        const ad_encoder *encoder = run_encoder(data, f->name);
        ad_encoded about = {.type = AD_I32};
        int first = p->names;
        if (encoder)
            ad_encoder_about(encoder, &about);
        if (about.type != AD_F32 || f->use != AD_USE_INPUT)
            continue;
        p->name[p->names++] = f->name;
        p->feature[i] = AD_OPTIONS(ad_standardize_options, .axis = about.axis);
        end_step(p, first, "standardize", NULL, &p->feature[i]);
    }
}

static void add_steps(steps *p, const ad_config *c, const ad_run_data *data)
{
    const ad_schema *s = data->schema;
    if (data->forecast) {
        add_series_steps(p, c, data);
        return;
    }
    end_step(p, put(p, c, s, is_filled), "fill", NULL, &p->fill);
    if (c->parts.standardize) {
        end_step(p, put(p, c, s, is_input_number), "standardize", NULL, NULL);
        add_features(p, data);
    }
    add_classes(p, c, s);
    end_step(p, put(p, c, s, is_cast), "cast", NULL, NULL);
    add_alone(p, c, s);
    add_join(p, c, s);
    if (data->task->target != AD_MEANS_CLASS && !data->task->of_input &&
        !run_says_texts(data->task))
        end_step(p, put(p, c, s, is_target), "join", target_name(data), NULL);
}

static ad_status fit_steps(const steps *p, ad_run_data *data, ad_source *train)
{
    if (p->count == 0) /* tokens alone, say */
        return AD_OK;
    const char *clash = p->clash;
    for (int i = 0; i < data->schema->fields; i++) { /* a name that `fill` gives itself */
        const ad_schema_field *f = &data->schema->field[i];
        size_t size = strlen(f->name);
        for (int k = 0; f->missing > 0 && is_number(f) && k < data->schema->fields; k++)
            if (strncmp(data->schema->field[k].name, f->name, size) == 0 &&
                strcmp(data->schema->field[k].name + size, ".missing") == 0)
                clash = f->name;
    }
    if (clash && !data->forecast)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                        "%s lacks values, and where it does is to be told as %s.missing, but a "
                        "field has such a name\n  give that field another name\n",
                        clash, clash);
    return ad_transform_fit(train, p->step, p->count, &data->transform) == AD_OK
               ? AD_OK
               : run_fail_core(AD_RUN_BAD_DATA);
}

ad_status run_fit_transform(const ad_config *config, ad_run_data *data, ad_source *train)
{
    steps p;
    if (!needs_steps(data))
        return AD_OK;
    bool good = steps_new(&p, data->schema->fields);
    if (good)
        add_steps(&p, config, data);
    ad_status status = good && !p.failed ? fit_steps(&p, data, train)
                                         : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    steps_done(&p);
    if (data->forecast) /* run_windows says what the model takes */
        return status;
    ad_source *made = status != AD_OK   ? NULL
                      : data->transform ? ad_transform_source(data->transform, train)
                                        : ad_source_joined(&train, 1);
    if (status == AD_OK && !made)
        status = run_fail_core(AD_RUN_BAD_DATA);
    if (status == AD_OK) {
        set_target(data, made);
        status = list_inputs(config, data, made);
        settle_noise(data);
    }
    if (status == AD_OK && data->task->of_text)
        status = run_set_language(config, data);
    if (status == AD_OK && data->task->rewrites)
        status = run_set_sequence(config, data);
    if (status == AD_OK && data->task->transcribes)
        status = run_set_transcription(config, data);
    if (status == AD_OK && data->task->embeds)
        status = run_set_similarity(config, data);
    if (status == AD_OK)
        status = run_check_inputs(config, data);
    ad_source_free(made);
    return status;
}

/* ---------------------------------------------------------------- mean and deviation of targets */

static int64_t numbers_of(const ad_run_field *f)
{
    int64_t count = 1;
    for (int i = 0; i < f->shape.rank; i++)
        count *= f->shape.size[i];
    return count;
}

/* Welford 1962, over the training part in order. */
static ad_status sum_moments(ad_run_data *data, int64_t width)
{
    int at = ad_source_find(data->train, data->target.name);
    ad_batches *b = ad_batches_new(data->train, .size = 256, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    double seen = 0;
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    for (; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch)) {
        for (int64_t i = 0; i < batch.count; i++) {
            seen++;
            for (int64_t k = 0; k < width; k++) {
                double x = ad_array_item(&batch.array[at], i * width + k);
                double off = x - data->mean[k];
                data->mean[k] += off / seen;
                data->deviation[k] += off * (x - data->mean[k]);
            }
        }
    }
    ad_batches_free(b);
    for (int64_t k = 0; k < width; k++) {
        double deviation = sqrt(data->deviation[k] / (seen > 0 ? seen : 1));
        data->deviation[k] = deviation > 0 ? deviation : 1;
    }
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

ad_status run_target_moments(ad_run_data *data)
{
    if (!data->task->standardized || data->forecast)
        return AD_OK;
    int64_t width = numbers_of(&data->target);
    data->mean = calloc((size_t)width, sizeof *data->mean);
    data->deviation = calloc((size_t)width, sizeof *data->deviation);
    return data->mean && data->deviation ? sum_moments(data, width)
                                         : run_failed(AD_RUN_NO_FAULT, message_no_memory());
}
