/* What is to be looked at: the sources of a path, a configuration or a run, one for each part. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data_look.h"
#include "init.h"
#include "message.h"
#include "option.h"
#include "run.h"
#include "value.h"

const char *const data_part_words[AD_LOOK_PARTS] = {
    [AD_PART_TRAIN] = "train", [AD_PART_VALIDATION] = "validation", [AD_PART_TEST] = "test"};
const char data_origin_name[] = "#origin";

/* ---------------------------------------------------------------- numbers that stay */

typedef struct numbering {
    int part, fields;
    ad_source_field *field;
} numbering;

static ad_status add_number(void *user, const uint64_t key[2], const ad_array *in, ad_array *out)
{
    const numbering *n = user;
    for (int f = 0; f < n->fields; f++)
        memcpy(out[f].data, in[f].data, ad_array_bytes(&in[f]));
    *(int64_t *)out[n->fields].data = data_origin(n->part, (int64_t)key[1]);
    return AD_OK;
}

static void numbering_free(void *user)
{
    numbering *n = user;
    free(n->field);
    free(n);
}

/* The examples of *raw with where each comes from, which stays when parts are cut. */
static ad_status number(ad_source **raw, int part)
{
    const ad_source_field *field;
    if (!*raw)
        return AD_OK;
    int fields = ad_source_fields(*raw, &field);
    numbering *n = calloc(1, sizeof *n);
    if (n)
        n->field = calloc((size_t)fields + 1, sizeof *n->field);
    if (!n || !n->field) {
        free(n);
        return message_no_memory();
    }
    n->part = part, n->fields = fields;
    memcpy(n->field, field, (size_t)fields * sizeof *field);
    n->field[fields] = (ad_source_field){.name = data_origin_name, .type = AD_I64};
    ad_map_record map = {.field = n->field,
                         .fields = fields + ORIGIN_FIELDS,
                         .map = add_number,
                         .free = numbering_free,
                         .user = n};
    ad_source *made = ad_source_map(*raw, &map, 0);
    if (!made) {
        numbering_free(n);
        return run_fail_core(AD_RUN_BAD_DATA);
    }
    ad_source_free(*raw);
    *raw = made;
    return AD_OK;
}

/* ---------------------------------------------------------------- which configuration */

static bool ends(const char *path, const char *end)
{
    size_t size = strlen(path), tail = strlen(end);
    return size >= tail && strcmp(path + size - tail, end) == 0;
}

static bool is_run(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode) && run_has(path, "config.yaml");
}

/* data: {format: NAME, path: PATH, time: NAME, target: [...]}, as YAML; time may be NULL. */
static char *data_text(const ad_data_look_options *o, const ad_reader_record *reader,
                       const char *time)
{
    text_buffer t = {0};
    text_add_format(&t, "data: {format: %s, path: ", reader->record.name);
    value_add_text(&t, o->path);
    text_add(&t, time ? ", time: " : "");
    if (time)
        value_add_text(&t, time);
    for (int i = 0; i < o->targets; i++) {
        text_add(&t, i ? ", " : ", target: [");
        value_add_text(&t, o->target[i]);
    }
    text_add(&t, o->targets ? "]}\nmodel: [flatten]\n" : "}\nmodel: [flatten]\n");
    return text_take(&t);
}

static ad_status read_text(const ad_data_look_options *o, const ad_reader_record *reader,
                           const char *time, ad_config **config)
{
    char *text = data_text(o, reader, time);
    *config = NULL;
    if (!text)
        return message_no_memory();
    ad_status status = ad_config_parse("data", text, strlen(text), o->set, o->set_count, config);
    free(text);
    return status;
}

static ad_status of_path(looker *l)
{
    const ad_data_look_options *o = l->o;
    const ad_reader_record *reader = ad_reader_for(o->path);
    if (!reader)
        return AD_ERROR_FORMAT;
    if (o->targets && !record_option(&reader->record, "target"))
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s: data of the format %s says itself what its target is, so '%s' "
                            "has no place\n  leave it out\n",
                            o->path, reader->record.name, o->target[0]);
    return read_text(o, reader, NULL, &l->config);
}

static ad_status find_config(looker *l)
{
    const ad_data_look_options *o = l->o;
    if (o->config) {
        l->config = (ad_config *)o->config;
        l->given = true;
        return AD_OK;
    }
    l->own = true;
    bool run = is_run(o->path), file = ends(o->path, ".yaml") || ends(o->path, ".yml");
    l->given = run || file;
    if (l->given && o->targets)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s says itself what its target is, so '%s' has no place\n  leave it "
                            "out, or set it: --set data.target=%s\n",
                            o->path, o->target[0], o->target[0]);
    if (run)
        return ad_run_config(o->path, o->set, o->set_count, &l->config);
    return file ? ad_config_read(o->path, o->set, o->set_count, &l->config) : of_path(l);
}

/* What a training refuses is what is looked for here: it is to be said, with all else. */
static void be_lenient(const looker *l)
{
    static const char *const words[] = {"slips", "unknown"};
    for (int i = 0; i < 2 && l->own; i++) {
        const ad_option *option = record_option(l->config->data.record, words[i]);
        if (option && option->type == AD_OPTION_WORD)
            *(int *)((char *)l->config->data.options + option->offset) = 1;
    }
}

/* ---------------------------------------------------------------- sizes of pictures */

/* Pictures of many sizes are brought to one, as init does. */
static ad_status understand(looker *l)
{
    ad_status status = ad_config_understand(l->config, &l->data.schema);
    const ad_option *size = record_option(l->config->data.record, "size");
    if (status != AD_ERROR_SHAPE || !size || size->type != AD_OPTION_PAIR || !l->own)
        return status;
    enum { SIDE = 64 };
    char *options = l->config->data.options;
    *(int64_t *)(options + size->offset) = *(int64_t *)(options + size->second) = SIDE;
    return ad_config_understand(l->config, &l->data.schema);
}

/* ---------------------------------------------------------------- parts */

/* With that column as the time; *yes: it is a series, and the look is of it. */
static ad_status try_time(looker *l, const char *name, bool *yes)
{
    ad_config *before = l->config;
    ad_schema *schema = l->data.schema;
    ad_status status =
        read_text(l->o, (const ad_reader_record *)before->data.record, name, &l->config);
    l->data.schema = NULL;
    if (status == AD_OK) {
        be_lenient(l);
        status = ad_config_understand(l->config, &l->data.schema);
    }
    init_facts f = {.config = l->config, .schema = l->data.schema};
    const ad_schema_field *target = status == AD_OK ? ad_schema_target(f.schema) : NULL;
    *yes = false;
    if (status == AD_OK && !(target && target->meaning == AD_MEANS_CLASS))
        status = init_is_series(&f, yes);
    ad_config *config = *yes ? before : l->config;
    ad_schema_free(*yes ? schema : l->data.schema);
    ad_config_free(config);
    if (!*yes)
        l->config = before, l->data.schema = schema;
    return status == AD_ERROR_MEMORY ? status : AD_OK;
}

/* Columns that may be the time.  As a training reads them: where slips are missing values a whole
 * number is a number. */
static ad_status time_columns(const looker *l, ad_names *names)
{
    ad_config *strict = NULL;
    ad_schema *schema = NULL;
    *names = (ad_names){.count = 0};
    ad_status status =
        read_text(l->o, (const ad_reader_record *)l->config->data.record, NULL, &strict);
    if (status == AD_OK)
        status = ad_config_understand(strict, &schema);
    if (status == AD_OK)
        status = init_time_columns(schema, names);
    ad_schema_free(schema);
    ad_config_free(strict);
    return status == AD_ERROR_MEMORY ? status : AD_OK;
}

/* A table with times in even steps is a series, as init takes it. */
static ad_status find_time(looker *l)
{
    ad_names names;
    bool yes = false;
    if (!l->own || l->given || !record_option(l->config->data.record, "time") ||
        ad_config_given(l->config, "data.time") || ad_config_given(l->config, "data.series"))
        return AD_OK;
    ad_status status = time_columns(l, &names);
    for (int i = 0; i < names.count && status == AD_OK && !yes; i++)
        status = try_time(l, names.text[i], &yes);
    for (int i = 0; i < names.count; i++)
        free(names.text[i]);
    free(names.text);
    return status;
}

static ad_status open_plain(looker *l)
{
    ad_status status = understand(l);
    if (status == AD_OK)
        status = find_time(l);
    for (int part = 0; part < AD_LOOK_PARTS && status == AD_OK; part++)
        status = ad_config_open(l->config, l->data.schema, (ad_part)part, &l->source[part]);
    if (status == AD_OK && (!l->source[0] || ad_source_count(l->source[0]) < 1))
        status = message_fail(AD_ERROR_FORMAT, "%s: there is nothing in it\n  give examples\n",
                              l->o->path);
    return status;
}

/* As a training has them.  Where it would refuse its data for the model's sake, the reader's parts
 * are looked at. */
static ad_status open_given(looker *l)
{
    ad_status status = ad_run_understand(l->config, &l->data);
    if (status != AD_OK && l->data.schema) {
        ad_run_data_done(&l->data);
        return open_plain(l);
    }
    if (status == AD_OK)
        status = run_open_parts(l->config, &l->data, l->source);
    for (int part = 0; part < AD_LOOK_PARTS && status == AD_OK; part++)
        status = number(&l->source[part], part);
    return status == AD_OK ? run_settle_parts(l->config, &l->data, l->source) : status;
}

static ad_status find_names(looker *l)
{
    const ad_reader_record *reader = (const ad_reader_record *)l->config->data.record;
    ad_status status = AD_OK;
    for (int part = 0; reader->names && part < AD_LOOK_PARTS && status == AD_OK; part++)
        status = reader->names(l->config->data.options, l->data.schema, (ad_part)part,
                               &l->name[part], &l->names[part]);
    return status;
}

ad_status data_open(looker *l)
{
    ad_status status = find_config(l);
    if (status != AD_OK)
        return status;
    be_lenient(l);
    status = l->given ? open_given(l) : open_plain(l);
    for (int part = 0; part < AD_LOOK_PARTS && status == AD_OK; part++)
        if (l->source[part] && ad_source_count(l->source[part]) < 0)
            status = message_fail(AD_ERROR_UNSUPPORTED,
                                  "the data is a stream, which has no end\n  look at a part of it, "
                                  "stored as a file\n");
    return status == AD_OK ? find_names(l) : status;
}
