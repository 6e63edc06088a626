/* A first configuration: what the data is, and a file that trains on it. */
#include "init.h"

#include <adze/inspect.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "file_pattern.h"
#include "message.h"
#include "option.h"
#include "run.h"
#include "suggest.h"
#include "table.h"
#include "value.h"

enum { LARGE_SIDE = 96, SIDE = 64, SHOWN_COLUMNS = 40 };

/* ---------------------------------------------------------------- the section data */

static void add_targets(text_buffer *t, const init_facts *f)
{
    int count = f->tags ? 1 : f->all_texts ? 0 : f->o->targets;
    for (int i = 0; i < count; i++) {
        text_add(t, i ? ", " : count > 1 ? ", target: [" : ", target: ");
        value_add_text(t, f->tags ? f->tags : f->o->target[i]);
    }
    text_add(t, count > 1 ? "]" : "");
}

/* KEY: [NAMEending, ...]; nothing of none. */
static void add_columns(text_buffer *t, const char *key, const char *ending, const ad_names *names)
{
    for (int i = 0; i < names->count; i++) {
        char *name = text_format("%s%s", names->text[i], ending);
        if (i)
            text_add(t, ", ");
        else
            text_add_format(t, ", %s: [", key);
        if (name)
            value_add_text(t, name);
        t->failed = t->failed || !name;
        free(name);
    }
    text_add(t, names->count ? "]" : "");
}

/* data: {format: NAME, path: PATH, target: [...]}, as YAML. */
static char *data_text(const init_facts *f, const ad_reader_record *reader, int side)
{
    const ad_init_options *o = f->o;
    text_buffer t = {0};
    text_add_format(&t, "data: {format: %s, path: ", reader->record.name);
    value_add_text(&t, o->path);
    add_targets(&t, f);
    add_columns(&t, "types", "=text", &f->texts);
    add_columns(&t, "skip", "", &f->skip);
    if (side)
        text_add_format(&t, ", size: %d", side);
    if (f->name_is) {
        text_add(&t, ", name_is: ");
        value_add_text(&t, f->name_is);
    }
    if (f->time) {
        text_add(&t, ", time: ");
        value_add_text(&t, f->time);
    }
    text_add(&t, "}\nmodel: [flatten]\n");
    return text_take(&t);
}

/* Settings of the data alone; the others are init_set.c's. */
static int data_settings(const ad_init_options *o, const char **set)
{
    int count = 0;
    for (int i = 0; i < o->set_count; i++)
        if (strncmp(o->set[i], "data.", 5) == 0)
            set[count++] = o->set[i];
    return count;
}

static ad_status read_data(init_facts *f, const ad_reader_record *reader, int side)
{
    char *text = data_text(f, reader, side);
    const char **set = calloc((size_t)f->o->set_count + 1, sizeof *set);
    ad_config_free(f->config);
    f->config = NULL;
    ad_status status = text && set ? ad_config_parse("init", text, strlen(text), set,
                                                     data_settings(f->o, set), &f->config)
                                   : message_no_memory();
    free(set);
    free(text);
    return status;
}

static bool fixed_size(const init_facts *f)
{
    return !record_option(f->config->data.record, "size") || config_has(f->config, "data.size");
}

static ad_status understand(init_facts *f, const ad_reader_record *reader, int side)
{
    ad_schema_free(f->schema);
    f->schema = NULL;
    ad_status status = read_data(f, reader, side);
    return status == AD_OK ? ad_config_understand(f->config, &f->schema) : status;
}

ad_status init_understand(init_facts *f, const ad_reader_record *reader)
{
    return understand(f, reader, 0);
}

/* Pictures of many sizes, or large ones, are brought to one that trains fast. */
static ad_status understand_sized(init_facts *f, const ad_reader_record *reader)
{
    ad_status status = understand(f, reader, 0);
    if (!f->config || fixed_size(f))
        return status;
    const ad_schema_field *image = status == AD_OK ? run_image(f->schema) : NULL;
    bool large = image && (image->shape.size[0] > LARGE_SIDE || image->shape.size[1] > LARGE_SIDE);
    if (status != AD_ERROR_SHAPE && !large)
        return status;
    f->resized = large ? "smaller than they are: trains several times as fast"
                       : "they have different sizes; this brings them to one";
    return understand(f, reader, SIDE);
}

/* Files in one folder whose names say their classes. */
static ad_status understand_named(init_facts *f, const ad_reader_record *reader)
{
    pictures files;
    ad_status status = understand_sized(f, reader);
    const ad_schema_field *target = status == AD_OK ? ad_schema_target(f->schema) : NULL;
    if (!record_option(&reader->record, "name_is") || !f->config ||
        config_has(f->config, "data.name_is") || config_has(f->config, "data.labels") ||
        (status != AD_OK && status != AD_ERROR_FORMAT) || (target && target->classes > 1))
        return status;
    if (files_find(f->o->path, (size_t)1 << 30, &sound_files, &files) != AD_OK)
        return status;
    f->name_is = file_pattern_guess(&files);
    pictures_done(&files);
    return f->name_is ? understand_sized(f, reader) : status;
}

static ad_status check_target(const ad_init_options *o, const ad_reader_record *reader)
{
    if (o->targets == 0 || record_option(&reader->record, "target"))
        return AD_OK;
    return message_fail(AD_ERROR_ARGUMENT,
                        "%s: data of the format %s says itself what its target is, so '%s' has no "
                        "place\n  leave it out\n",
                        o->path, reader->record.name, o->target[0]);
}

/* ---------------------------------------------------------------- which column is learned */

static bool may_be_target(const ad_schema_field *f)
{
    return f->use == AD_USE_INPUT && f->meaning != AD_MEANS_IMAGE && f->meaning != AD_MEANS_TEXT &&
           f->shape.rank == 0;
}

static void add_column(text_buffer *t, const ad_schema_field *f, int width)
{
    text_add_format(t, "    %-*s  ", width, f->name);
    if (!may_be_target(f))
        text_add_format(t, "no target: %s\n", f->why ? f->why : "left out");
    else if (f->meaning == AD_MEANS_CLASS)
        text_add_format(t, "classification, %lld classes (%s)\n", (long long)f->classes,
                        f->why ? f->why : "text");
    else
        text_add_format(t, "%s (%s)\n",
                        f->meaning == AD_MEANS_WHOLE ? "classification, regression or count"
                                                     : "regression",
                        f->why ? f->why : "numbers");
}

static int name_width(const ad_schema *s)
{
    int width = 0;
    for (int i = 0; i < s->fields; i++) {
        int size = (int)strlen(s->field[i].name);
        width = size > width && size <= 30 ? size : width;
    }
    return width;
}

static ad_status fail_targets(const init_facts *f)
{
    text_buffer t = {0};
    const ad_schema *s = f->schema;
    int width = name_width(s);
    text_add_format(&t,
                    "%s: which column is to be learned? none is guessed\n  name one behind it; "
                    "the columns, and what could be learned of each:\n",
                    f->o->path);
    for (int i = 0; i < s->fields && i < SHOWN_COLUMNS; i++)
        add_column(&t, &s->field[i], width);
    if (s->fields > SHOWN_COLUMNS)
        text_add_format(&t, "    ... and %d more, up to %s\n", s->fields - SHOWN_COLUMNS,
                        s->field[s->fields - 1].name);
    return message_give(AD_ERROR_ARGUMENT, text_take(&t));
}

static bool is_table(const init_facts *f)
{
    return record_option(f->config->data.record, "types");
}

/* The first text that is learned from. */
static void find_text(init_facts *f)
{
    for (int i = 0; i < f->schema->fields && !f->text; i++)
        if (f->schema->field[i].use == AD_USE_INPUT && f->schema->field[i].meaning == AD_MEANS_TEXT)
            f->text = &f->schema->field[i];
}

/* A table all of whose other columns are left out. */
static ad_status fail_inputs(const init_facts *f)
{
    text_buffer t = {0};
    const ad_schema *s = f->schema;
    text_add_format(&t,
                    "%s: no column is left to learn from\n  say what one of them is (adze readers "
                    "%s), such as --set data.types=NAME=text; they are left out because:\n",
                    f->o->path, s->reader);
    for (int i = 0; i < s->fields && i < SHOWN_COLUMNS; i++)
        if (s->field[i].use == AD_USE_NONE)
            text_add_format(&t, "    %-*s  %s\n", name_width(s), s->field[i].name,
                            s->field[i].why ? s->field[i].why : "left out");
    return message_give(AD_ERROR_ARGUMENT, text_take(&t));
}

static bool has_input(const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++)
        if (s->field[i].use == AD_USE_INPUT)
            return true;
    return false;
}

static ad_status find_target(const init_facts *f)
{
    if (ad_schema_target(f->schema) && is_table(f) && !has_input(f->schema))
        return fail_inputs(f);
    if (ad_schema_target(f->schema) || (f->text && f->schema->fields == 1))
        return AD_OK;
    if (is_table(f) ||
        (record_option(f->config->data.record, "target") && !f->schema->field[0].shape.rank))
        return fail_targets(f);
    return message_fail(
        AD_ERROR_ARGUMENT,
        "%s: nothing in it says what is to be learned\n  give labels beside the "
        "inputs: `adze readers %s` says how they are named (--set data.labels=...)\n",
        f->o->path, f->schema->reader);
}

/* ---------------------------------------------------------------- what the examples are like */

typedef struct values {
    double least, most, sum, zeros, count;
    bool whole;
} values;

/* Of a target that is a number. */
static ad_status look_at_values(ad_source *rows, const char *name, values *v)
{
    int at = ad_source_find(rows, name);
    ad_batches *b = ad_batches_new(rows, .size = 1024, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    *v = (values){.least = INFINITY, .most = -INFINITY, .whole = true};
    for (; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch))
        for (int64_t i = 0; i < batch.count; i++) {
            double x = ad_array_item(&batch.array[at], i);
            if (isnan(x))
                continue;
            v->least = x < v->least ? x : v->least;
            v->most = x > v->most ? x : v->most;
            v->sum += x, v->zeros += x == 0, v->count++;
            v->whole = v->whole && x == floor(x);
        }
    ad_batches_free(b);
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

/* Counts are whole, begin with 0 and are small. */
static bool is_count(const values *v)
{
    return v->whole && v->least == 0 && v->most > 1 && v->sum / v->count < 20;
}

static ad_status count_classes(ad_source *rows, const ad_schema_field *target, int64_t *rarest)
{
    int at = ad_source_find(rows, target->name);
    int64_t *count = calloc((size_t)target->classes + 1, sizeof *count);
    ad_batches *b = ad_batches_new(rows, .size = 1024, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = !count ? AD_ERROR_MEMORY
                       : b    ? ad_batches_next(b, &batch)
                              : ad_error_status();
    for (; status == AD_OK && batch.count > 0; status = ad_batches_next(b, &batch))
        for (int64_t i = 0; i < batch.count; i++) {
            int64_t class = (int64_t)ad_array_item(&batch.array[at], i);
            if (class >= 0 && class < target->classes)
                count[class]++;
        }
    *rarest = INT64_MAX;
    for (int64_t i = 0; count && i < target->classes; i++)
        *rarest = count[i] > 0 && count[i] < *rarest ? count[i] : *rarest;
    ad_batches_free(b);
    free(count);
    return status == AD_OK ? AD_OK : !count ? message_no_memory() : run_fail_core(AD_RUN_BAD_DATA);
}

static ad_status count_part(const init_facts *f, ad_part part, ad_source **opened, int64_t *count)
{
    ad_status status = ad_config_open(f->config, f->schema, part, opened);
    *count = *opened ? ad_source_count(*opened) : 0;
    return status;
}

static ad_status find_task(init_facts *f, ad_source *train)
{
    values v;
    const ad_schema_field *target = ad_schema_target(f->schema);
    bool two = true;
    f->targets = 0;
    for (int i = 0; i < f->schema->fields; i++) {
        const ad_schema_field *s = &f->schema->field[i];
        if (s->use != AD_USE_TARGET)
            continue;
        f->targets += s->shape.rank ? (int)s->shape.size[0] : 1;
        two = two && s->meaning == AD_MEANS_CLASS && s->classes == 2;
    }
    if (target->meaning == AD_MEANS_TEXT && target->classes > 0) {
        f->task = "tagging";
        return AD_OK;
    }
    bool class = target->meaning == AD_MEANS_CLASS;
    f->task = f->targets > 1 && two ? "labels" : class ? "classification" : "regression";
    if (strcmp(f->task, "classification") == 0) {
        f->classes = target->classes;
        return count_classes(train, target, &f->rarest);
    }
    if (class || f->targets > 1 || target->shape.rank)
        return AD_OK;
    ad_status status = look_at_values(train, target->name, &v);
    if (status == AD_OK && v.count > 0 && is_count(&v))
        f->task = "count";
    return status;
}

static void find_width(init_facts *f)
{
    for (int i = 0; i < f->schema->fields; i++) {
        const ad_schema_field *s = &f->schema->field[i];
        bool whole =
            s->meaning == AD_MEANS_IMAGE || s->meaning == AD_MEANS_SOUND || s->shape.rank > 1;
        if (s->use != AD_USE_INPUT || s->meaning == AD_MEANS_TEXT)
            continue;
        if (whole && !f->whole)
            f->whole = s;
        f->width += s->meaning == AD_MEANS_CLASS ? s->classes
                    : s->shape.rank == 1         ? s->shape.size[0]
                                                 : 1 + (s->missing > 0);
    }
}

/* Pictures are not decoded where no one asks for their pixels. */
static void keep_nothing(init_facts *f)
{
    const ad_option *keep = record_option(f->config->data.record, "keep");
    if (keep && keep->type == AD_OPTION_TRUTH)
        *(bool *)((char *)f->config->data.options + keep->offset) = false;
}

/* The training part without its pictures and sounds, which need not be decoded to count classes. */
static ad_status open_plain(init_facts *f, ad_source **plain)
{
    ad_schema *s = f->schema;
    ad_use *use = calloc((size_t)s->fields + 1, sizeof *use);
    if (!use)
        return message_no_memory();
    for (int i = 0; i < s->fields; i++) {
        bool file = s->field[i].meaning == AD_MEANS_IMAGE || s->field[i].meaning == AD_MEANS_SOUND;
        use[i] = s->field[i].use;
        s->field[i].use = file ? AD_USE_NONE : use[i];
    }
    ad_status status = ad_config_open(f->config, s, AD_PART_TRAIN, plain);
    for (int i = 0; i < s->fields; i++)
        s->field[i].use = use[i];
    free(use);
    return status;
}

/* The task and what its target is like. */
static ad_status look_at_target(init_facts *f, ad_source *train, bool files)
{
    const ad_schema_field *target = ad_schema_target(f->schema);
    if (f->time) {
        f->task = "forecast";
        init_horizon(f);
    } else if (f->tags) {
        f->task = "tagging";
    } else if (!target) {
        f->task = "language_model";
    } else if (f->text && target->meaning == AD_MEANS_TEXT && !target->names) {
        f->task = "sequence_to_sequence";
    } else if (files && !is_table(f) && target->meaning == AD_MEANS_CLASS) {
        f->task = "classification"; /* classes are not counted: that would decode all files */
        f->classes = target->classes;
        f->targets = 1;
    } else {
        return find_task(f, train);
    }
    return AD_OK;
}

/* The task that was asked for, where the same data may be of it as well. */
static ad_status take_task(init_facts *f)
{
    static const char *const numbers = "regression count";
    const ad_record *asked;
    ad_status status = init_task(f, &asked);
    if (status != AD_OK || !asked || strcmp(asked->name, f->task) == 0)
        return status;
    if (suggest_listed(numbers, f->task) && suggest_listed(numbers, asked->name)) {
        f->task = asked->name;
        return AD_OK;
    }
    return message_fail(
        AD_ERROR_ARGUMENT, "%s: what is to be learned here is no %s but a %s\n  %s\n", f->o->path,
        asked->name, f->task,
        strcmp(asked->name, "forecast") == 0 ? "name the column of times: --set data.time=NAME"
        : record_option(f->config->data.record, "types")
            ? "say what the columns are, --set data.types=NAME=class, =number or =text; or change "
              "task and model in the file"
            : "change task and model in the file");
}

static ad_status look(init_facts *f)
{
    ad_source *train = NULL, *held = NULL, *plain = NULL;
    int64_t held_count = 0;
    bool sound = init_sound_of(f->schema), files = run_image(f->schema) || sound;
    keep_nothing(f);
    ad_status status = count_part(f, AD_PART_TRAIN, &train, &f->train);
    if (status == AD_OK)
        status = count_part(f, AD_PART_TEST, &held, &f->test);
    ad_source_free(held);
    held = NULL;
    if (status == AD_OK)
        status = count_part(f, AD_PART_VALIDATION, &held, &held_count);
    ad_source_free(held);
    f->validation = held_count > 0;
    if (status == AD_OK && f->train == 0)
        status = message_fail(AD_ERROR_FORMAT,
                              "%s: there is nothing to train with\n  give "
                              "examples\n",
                              f->o->path);
    if (status == AD_OK && files && is_table(f))
        status = open_plain(f, &plain);
    if (status == AD_OK && f->text)
        status = init_look_at_texts(f, plain ? plain : train);
    if (status == AD_OK)
        status = init_shares(f, plain ? plain : train);
    if (status == AD_OK)
        status = look_at_target(f, plain ? plain : train, files);
    if (status == AD_OK)
        status = take_task(f);
    if (status == AD_OK && sound)
        status = init_sound_look(f, train);
    ad_source_free(plain);
    ad_source_free(train);
    find_width(f);
    return status;
}

/* ---------------------------------------------------------------- writing */

/* Lines of a longer text as comments. */
static void add_comment(text_buffer *t, const char *before, const char *words)
{
    while (words && *words) {
        size_t size = strcspn(words, "\n");
        text_add_format(t, "# %s", before);
        text_add_bytes(t, words, size);
        text_add(t, "\n");
        words += size + (words[size] == '\n');
    }
}

static void add_fields(text_buffer *t, const ad_schema *s, ad_use use, const char *title)
{
    int shown = 0, width = name_width(s);
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        if (f->use != use)
            continue;
        if (shown == 0)
            text_add_format(t, "# %s\n", title);
        if (shown++ < SHOWN_COLUMNS || use == AD_USE_NONE) {
            text_buffer line = {0};
            text_add_format(&line, "%-*s  %s", width, f->name, f->why ? f->why : "");
            if (f->missing > 0 && !(f->why && strstr(f->why, " missing")))
                text_add_format(&line, "; %lld missing", (long long)f->missing);
            add_comment(t, "  ", line.data);
            t->failed = t->failed || line.failed;
            text_done(&line);
        }
    }
    if (shown > SHOWN_COLUMNS && use != AD_USE_NONE)
        text_add_format(t, "#   ... and %d more\n", shown - SHOWN_COLUMNS);
}

/* What a look at the data warns of, but for an order that the parts of this file do not keep.
 * Pictures and sounds are not decoded for it. */
static void add_warnings(text_buffer *t, const init_facts *f)
{
    const ad_reader_record *reader = (const ad_reader_record *)f->config->data.record;
    const char **set = calloc((size_t)f->o->set_count + 1, sizeof *set);
    ad_data_look_options o = {
        .path = f->o->path, .targets = f->o->targets, .set = set, .quick = true};
    ad_data_look *look = NULL;
    int said = 0;
    o.set_count = set ? data_settings(f->o, set) : 0;
    t->failed = t->failed || !set;
    for (int i = 0; i < f->o->targets; i++)
        o.target[i] = f->o->target[i];
    if (reader->names || run_image(f->schema) || !set || ad_data_look_at(&o, &look) != AD_OK) {
        free(set);
        return;
    }
    free(set);
    for (int i = 0; i < look->warnings; i++) {
        text_buffer line = {0};
        if (strcmp(look->finding[i].code, "W406") == 0)
            continue;
        text_add_format(&line, "%s [%s]", look->finding[i].what, look->finding[i].code);
        text_add(t, said++ ? "" : "# Look at this first (`adze data` says more):\n");
        add_comment(t, "  ", line.data);
        t->failed = t->failed || line.failed;
        text_done(&line);
    }
    ad_data_look_free(look);
}

static int ids(const ad_schema *s)
{
    int count = 0;
    for (int i = 0; i < s->fields; i++)
        count += s->field[i].use == AD_USE_ID;
    return count;
}

static void add_head(text_buffer *t, const init_facts *f)
{
    text_buffer line = {0};
    if (f->schema->running && f->bytes)
        text_add_format(&line, "%s: one text of %lld bytes", f->o->path, (long long)f->bytes);
    else
        text_add_format(&line, "%s: %lld examples", f->o->path, (long long)f->train);
    if (f->test && f->schema->running)
        text_add(&line, " to train with, another to test with");
    else if (f->test)
        text_add_format(&line, " to train with, %lld to test with", (long long)f->test);
    add_comment(t, "", line.data);
    text_done(&line);
    text_add(t, "# `adze train` takes this file as it is; every line may be changed.  Found in the "
                "data:\n");
    add_comment(t, "  ", f->schema->notes);
    if (f->pairs)
        text_add(t, "#   the first line is a pair as all others are; where it names columns: adze "
                    "init FILE COLUMN\n");
    bool past = f->time && ad_schema_target(f->schema);
    add_fields(t, f->schema, AD_USE_TARGET, past ? "Forecast, from its own past:" : "Learned:");
    add_fields(t, f->schema, AD_USE_INPUT,
               past      ? "And from the past of:"
               : f->time ? "Forecast, from their own past:"
                         : "From:");
    add_fields(t, f->schema, AD_USE_ID,
               !f->time              ? "Names of rows, which nothing is learned from:"
               : ids(f->schema) == 1 ? "The time of the rows:"
                                     : "The time, and names of rows:");
    add_fields(t, f->schema, AD_USE_NONE, "Left out, and why:");
    add_warnings(t, f);
    text_add(t, "\n");
}

/* What was given of the data, each on its line. */
static void add_given(text_buffer *t, const init_facts *f)
{
    const config_rows *list = f->config->source->rows;
    for (int i = 0; i < list->count; i++) {
        const config_row *r = &list->row[i];
        const ad_option *option;
        void *base;
        text_buffer value = {0};
        if (!row_inside(r, "data") || !config_has(f->config, r->path) || r->chooser ||
            !config_value(f->config, r, &option, &base))
            continue;
        bool path = strcmp(option->name, "path") == 0, size = strcmp(option->name, "size") == 0;
        option_value(&value, option, base);
        init_line(t,
                  strcmp(option->name, "time") == 0 ? "rows are a series; parts are cut in order"
                  : path ? (f->o->path[0] == '/' ? NULL : "relative to the folder of this file")
                  : size ? f->resized
                  : strcmp(option->name, "types") == 0 && f->tags
                      ? "a tag for each word, in every row"
                  : strcmp(option->name, "name_is") == 0 && f->name_is
                      ? "of the names; the first part is taken for the class"
                      : NULL,
                  "  %s: %s", option->name, value.data ? value.data : "");
        t->failed = t->failed || value.failed;
        text_done(&value);
    }
}

static char *write(const init_facts *f)
{
    text_buffer t = {0};
    add_head(&t, f);
    const char *why = f->time               ? "what comes next; else, without data.time: regression"
                      : init_is_language(f) ? "what follows in a text; `adze sample` writes on"
                      : init_is_rewriting(f) ? "a text becomes another"
                      : strcmp(f->task, "count") == 0
                          ? "whole numbers from 0, small; else: regression"
                      : strcmp(f->task, "classification") == 0 ? "the target is a class"
                      : init_is_tagging(f)                     ? "a class for each word"
                      : strcmp(f->task, "labels") == 0         ? "each target is one of two"
                                                               : "the target is a number";
    init_line(&t, why, "task: %s", f->task);
    text_add_format(&t, "data:\n  format: %s\n", f->schema->reader);
    add_given(&t, f);
    init_parts(&t, f);
    init_text(&t, f);
    if (f->seconds > 0)
        init_sound(&t, f);
    if (f->time)
        init_forecast(&t, f);
    init_model(&t, f);
    init_train(&t, f);
    return text_take(&t);
}

/* ---------------------------------------------------------------- the whole */

/* With that column as the time; *yes: it is a series, and f is of it. */
static ad_status try_time(init_facts *f, const ad_reader_record *reader, const char *name,
                          bool *yes)
{
    f->time = name;
    ad_status status = understand(f, reader, 0);
    const ad_schema_field *target = status == AD_OK ? ad_schema_target(f->schema) : NULL;
    *yes = false;
    if (status == AD_ERROR_MEMORY)
        return status;
    if (status != AD_OK || (target && target->meaning == AD_MEANS_CLASS))
        return AD_OK; /* rows are in no order, say; or a class is to be learned */
    return init_is_series(f, yes);
}

/* A table with times in even steps is a series. */
static ad_status find_time(init_facts *f, const ad_reader_record *reader)
{
    bool yes = false;
    if (!record_option(&reader->record, "time") || config_has(f->config, "data.series"))
        return AD_OK;
    if (config_has(f->config, "data.time")) {
        f->time = init_set(f->o, "data.time");
        return init_is_series(f, &yes); /* it is one, even or not */
    }
    ad_status status = init_time_columns(f->schema, &f->times);
    for (int i = 0; i < f->times.count && status == AD_OK && !yes; i++)
        status = try_time(f, reader, f->times.text[i], &yes);
    if (status != AD_OK || yes || f->times.count == 0)
        return status;
    f->time = NULL;
    return understand(f, reader, f->resized ? SIDE : 0);
}

/* Of arrays that alone are no examples one may be called as times are. */
static ad_status find_time_array(init_facts *f, const ad_reader_record *reader, ad_status failed)
{
    static const char *const usual[] = {"time", "times", "timestamp", "timestamps", "datetime",
                                        "date", "dates", "ds",        "t"};
    bool other = strcmp(reader->record.name, "arrays") != 0 || !f->config ||
                 config_has(f->config, "data.time") || config_has(f->config, "data.series");
    char *words = other ? NULL : text_copy(ad_kit_error());
    bool yes = false;
    for (size_t i = 0; i < sizeof usual / sizeof *usual && words && !yes; i++)
        if (try_time(f, reader, usual[i], &yes) == AD_ERROR_MEMORY)
            break;
    if (!words)
        return failed;
    if (!yes)
        return message_give(failed, words);
    free(words);
    return AD_OK;
}

static ad_status make(init_facts *f)
{
    const ad_reader_record *reader = init_reader(f->o);
    if (!reader)
        return AD_ERROR_FORMAT;
    f->pairs = init_reader_guessed(f->o, reader);
    ad_status status = check_target(f->o, reader);
    if (status == AD_OK)
        status = understand_named(f, reader);
    if (status != AD_ERROR_MEMORY)
        status = init_find_tags(f, reader, status);
    if (status == AD_OK && !f->tags)
        status = find_time(f, reader);
    else if (status != AD_OK && status != AD_ERROR_MEMORY)
        status = find_time_array(f, reader, status);
    if (status == AD_OK && !f->time && !f->tags)
        status = init_find_pairs(f, reader);
    if (status == AD_OK && !f->time)
        find_text(f);
    if (status == AD_OK && !f->time)
        status = find_target(f);
    return status == AD_OK ? look(f) : status;
}

ad_status ad_init_text(const ad_init_options *options, char **text)
{
    init_facts f = {.o = options};
    *text = NULL;
    ad_status status = make(&f);
    if (status == AD_OK && !(*text = write(&f)))
        status = message_no_memory();
    if (status == AD_OK)
        status = init_settings(&f, text);
    if (status != AD_OK) {
        free(*text);
        *text = NULL;
    }
    ad_schema_free(f.schema);
    ad_config_free(f.config);
    free(f.name_is);
    table_names_done(&f.times);
    table_names_done(&f.texts);
    table_names_done(&f.skip);
    return status;
}
