/* The reader of files of arrays: NumPy's, safetensors, HDF5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array_list.h"
#include "array_named.h"
#include "array_source.h"
#include "class_rows.h"
#include "items.h"
#include "message.h"
#include "npy.h"
#include "reader_table.h"
#include "text.h"

#define AT(field) .offset = offsetof(ad_arrays_options, field)

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     .required = true,
     AT(path),
     .also = "file npz npy h5 hdf5 safetensors",
     .help = "npz, safetensors or HDF5 file, or npy file of the inputs"},
    {.name = "labels",
     .type = AD_OPTION_PATH,
     AT(labels),
     .unset = "an array of the npz",
     .also = "targets",
     .help = "npy file of the targets"},
    {.name = "test",
     .type = AD_OPTION_PATH,
     AT(test),
     .unset = "arrays of path",
     .help = "npz file, or npy file of the inputs to test"},
    {.name = "test_labels",
     .type = AD_OPTION_PATH,
     AT(test_labels),
     .unset = "an array of the npz",
     .help = "npy file of the targets to test"},
    {.name = "input",
     .type = AD_OPTION_TEXT,
     AT(input),
     .unset = "x_train, x, X, data, images or inputs",
     .also = "inputs features x",
     .help = "name of the only inputs' array; others are then left out"},
    {.name = "target",
     .type = AD_OPTION_TEXT,
     AT(target),
     .unset = "y_train, y, target, labels or targets",
     .also = "label y",
     .help = "name of the targets' array in the npz"},
    {.name = "test_input",
     .type = AD_OPTION_TEXT,
     AT(test_input),
     .unset = "x_test, or as input",
     .help = "name of the inputs to test"},
    {.name = "test_target",
     .type = AD_OPTION_TEXT,
     AT(test_target),
     .unset = "y_test, or as target",
     .help = "name of the targets to test"},
    {.name = "channels",
     .type = AD_OPTION_WORD,
     AT(channels),
     .words = "unsaid first last",
     .also = "data_format channels_first channels_last layout",
     .help = "which axis of (count, ., ., .) holds them; must be said where the first could"},
    {.name = "target_is",
     .type = AD_OPTION_WORD,
     AT(target_is),
     .words = "auto class number",
     .help = "classes or numbers; auto: classes where they are whole, one for each example"},
    CLASS_ROWS(ad_arrays_options, 65536, "names of the classes, from class 0"),
    {.name = "skip",
     .type = AD_OPTION_NAMES,
     AT(skip),
     .unset = "none",
     .also = "drop ignore exclude",
     .help = "arrays that are left out"},
    {.name = "time",
     .type = AD_OPTION_TEXT,
     AT(time),
     .unset = "none",
     .also = "time_column timestamp ds datetime",
     .help = "array of times, in order: rows are a series, and parts are cut in order"},
    {.name = "series",
     .type = AD_OPTION_TRUTH,
     AT(series),
     .also = "timeseries time_series",
     .help = "rows are a series, one step after another, without an array of times"},
};

static const ad_arrays_options initial = AD_OPTIONS_INIT(ad_arrays_options);

/* The two arrays of a part; names of an npz, "" of an npy.  target may be missing. */
typedef struct choice {
    npy_file *input, *labels;    /* labels NULL: the target is in `input` */
    int64_t input_at, target_at; /* -1: none */
} choice;

static void choice_done(choice *c)
{
    npy_close(c->input);
    npy_close(c->labels);
}

/* ---------------------------------------------------------------- choosing */

static ad_status fail_name(const npy_file *file, const char *path, const char *wanted,
                           const char *option)
{
    text_buffer t = {0};
    if (wanted)
        text_add_format(&t, "%s: holds no array '%s'; it holds", path, wanted);
    else
        text_add_format(&t, "%s: which array is the %s? it holds", path, option);
    for (int64_t i = 0; i < npy_count(file) && i < 20; i++)
        text_add_format(&t, "%s%s", i ? ", " : " ", npy_name(file, i));
    bool all = !wanted && strcmp(option, "input") == 0 && npy_count(file) > 1;
    text_add_format(&t, "\n  name it: `%s: NAME`%s\n", option,
                    all ? "; or what is predicted, `target: NAME`, and all others are inputs" : "");
    return message_give(AD_ERROR_ARGUMENT, text_take(&t));
}

/* The first of the usual names, with blanks between, that is there; -1: none. */
static int64_t find_usual(const npy_file *file, const char *names)
{
    char name[32];
    int used = 0;
    for (; sscanf(names, "%31s%n", name, &used) == 1; names += used) {
        int64_t i = npy_find(file, name);
        if (i >= 0)
            return i;
    }
    return -1;
}

/* A name that was given has to be there. */
static ad_status find_array(const npy_file *file, const char *path, const char *given,
                            const char *usual, const char *option, int64_t *at)
{
    *at = given ? npy_find(file, given) : find_usual(file, usual);
    return given && *at < 0 ? fail_name(file, path, given, option) : AD_OK;
}

static bool is_single(const npy_file *file)
{
    return npy_count(file) == 1 && !*npy_name(file, 0);
}

static ad_status find_single(const char *labels, choice *c)
{
    c->input_at = 0;
    c->target_at = -1;
    if (!labels)
        return AD_OK;
    ad_status status = npy_open(labels, &c->labels);
    c->target_at = 0;
    return status != AD_OK || is_single(c->labels)
               ? status
               : message_fail(AD_ERROR_ARGUMENT,
                              "%s: is an npz file, not an npy\n  name an npy "
                              "file of the targets\n",
                              labels);
}

static ad_status find_train(const ad_arrays_options *o, choice *c)
{
    *c = (choice){0};
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT, "arrays: no path is given\n  name the file\n");
    ad_status status = npy_open(o->path, &c->input);
    if (status != AD_OK)
        return status;
    if (is_single(c->input))
        return find_single(o->labels, c);
    status = find_array(c->input, o->path, o->input, "x_train x X data images inputs", "input",
                        &c->input_at);
    if (status == AD_OK && c->input_at < 0)
        status = fail_name(c->input, o->path, NULL, "input");
    if (status == AD_OK)
        status = find_array(c->input, o->path, o->target, "y_train y target labels targets",
                            "target", &c->target_at);
    return status;
}

/* In an npz of its own by the names of training or of test; in that of training by those of test
 * alone.  input NULL: there is no test part. */
static ad_status find_test(const ad_arrays_options *o, choice *c)
{
    *c = (choice){0};
    ad_status status = npy_open(o->test ? o->test : o->path, &c->input);
    if (status != AD_OK)
        return status;
    const char *path = o->test ? o->test : o->path;
    if (o->test && is_single(c->input))
        return find_single(o->test_labels, c);
    const char *input = o->test_input ? o->test_input : o->test ? o->input : NULL;
    const char *target = o->test_target ? o->test_target : o->test ? o->target : NULL;
    status = find_array(c->input, path, input, o->test ? "x_test x X data images inputs" : "x_test",
                        "test_input", &c->input_at);
    if (status == AD_OK)
        status = find_array(c->input, path, target,
                            o->test ? "y_test y target labels targets" : "y_test", "test_target",
                            &c->target_at);
    if (status == AD_OK && c->input_at < 0 && o->test)
        status = fail_name(c->input, path, NULL, "test_input");
    return status;
}

/* ---------------------------------------------------------------- understanding */

static ad_status read_target(choice *c, raw_array *raw)
{
    return npy_read(c->labels ? c->labels : c->input, c->target_at, raw);
}

static ad_status add_target(const ad_arrays_options *o, choice *c, int64_t examples, ad_schema *s)
{
    raw_array raw;
    const target_form form = {o->target_is, o->classes, &o->names, NULL};
    ad_status status = read_target(c, &raw);
    if (status == AD_OK && raw.rank > 0 && raw.size[0] != examples)
        status = message_fail(AD_ERROR_SHAPE,
                              "%s: %lld targets, but %lld inputs\n  the two do not belong "
                              "together\n",
                              raw.where, (long long)raw.size[0], (long long)examples);
    if (status == AD_OK)
        status = array_add_target(s, &raw, &form);
    raw_done(&raw);
    return status;
}

static ad_status add_fields(const ad_arrays_options *o, choice *c, ad_schema *s)
{
    raw_array raw;
    ad_status status = npy_read(c->input, c->input_at, &raw);
    if (status == AD_OK)
        status = array_add_input(s, &raw, o->channels, NULL);
    int64_t examples = status == AD_OK ? raw.size[0] : 0;
    raw_done(&raw);
    if (status == AD_OK && c->target_at >= 0)
        status = add_target(o, c, examples, s);
    const char *input = npy_name(c->input, c->input_at);
    const char *target = c->target_at >= 0 && !c->labels ? npy_name(c->input, c->target_at) : "";
    bool good = status != AD_OK || ad_schema_note(s, "%lld examples", (long long)examples);
    if (status == AD_OK && good && *input)
        good = ad_schema_note(s, "%s: the input is %s, the target %s", o->path, input,
                              *target ? target : "is not there");
    return good ? status : message_no_memory();
}

/* *is: the fields are arrays by their names. */
static ad_status find_named(const ad_arrays_options *o, ad_schema *s, bool *is)
{
    npy_file *file = NULL;
    *is = false;
    if (!o->path)
        return AD_OK; /* find_train has the words */
    ad_status status = npy_open(o->path, &file);
    if (status == AD_OK)
        status = named_understand(o, file, s, is);
    npy_close(file);
    return status;
}

static ad_status find_out(const ad_arrays_options *o, ad_schema *s)
{
    choice c = {0};
    bool is;
    ad_status status = find_named(o, s, &is);
    if (status != AD_OK || is)
        return status;
    status = find_train(o, &c);
    if (status == AD_OK)
        status = add_fields(o, &c, s);
    choice_done(&c);
    return status;
}

/* ---------------------------------------------------------------- opening */

static ad_status open_choice(const ad_schema *schema, choice *c, const char *path,
                             ad_source **source)
{
    raw_array raw;
    kept_array list[2] = {{.memory = NULL}, {.memory = NULL}};
    const ad_schema_field *input = array_field(schema, AD_USE_INPUT);
    const ad_schema_field *target = ad_schema_target(schema);
    if (target && c->target_at < 0)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s: no targets are named for it\n  name them: "
                            "`labels` or `test_labels`, or an array of an npz\n",
                            path);
    ad_status status = npy_read(c->input, c->input_at, &raw);
    if (status == AD_OK)
        status = array_for_field(schema, input, &raw, &list[0]);
    if (status == AD_OK && target) {
        status = read_target(c, &raw);
        if (status == AD_OK)
            status = array_for_field(schema, target, &raw, &list[1]);
    }
    if (status == AD_OK)
        return array_source(schema, list, target ? 2 : 1, 0, path, source);
    kept_done(&list[0]);
    return status;
}

/* Where the schema is of arrays by their names. */
static ad_status open_named(const ad_arrays_options *o, const ad_schema *schema,
                            const named_arrays *n, ad_part part, ad_source **source)
{
    npy_file *file = NULL;
    bool other = part == AD_PART_TEST && o->test;
    const char *path = other ? o->test : o->path;
    ad_status status = npy_open(path, &file);
    if (status == AD_OK && (other || part == AD_PART_TRAIN || named_part(n, file, part)))
        status = named_open(schema, n, file, path, part, other, false, source);
    npy_close(file);
    return status;
}

static ad_status open_pair(const ad_arrays_options *o, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    choice c = {0};
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    bool test = part == AD_PART_TEST;
    ad_status status = test ? find_test(o, &c) : find_train(o, &c);
    if (status == AD_OK && c.input_at >= 0 && !(test && !o->test && is_single(c.input)))
        status = open_choice(schema, &c, test && o->test ? o->test : o->path, source);
    choice_done(&c);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    named_arrays n;
    *source = NULL;
    ad_status status = named_read(schema, &n);
    if (status == AD_OK)
        status = n.count ? open_named(chosen, schema, &n, part, source)
                         : open_pair(chosen, schema, part, source);
    named_done(&n);
    return status;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_arrays_options *o = chosen;
    *schema = NULL;
    ad_schema *s = ad_schema_new("arrays");
    ad_status status = s ? find_out(o, s) : message_no_memory();
    if (status != AD_OK) {
        ad_schema_free(s);
        return status;
    }
    *schema = s;
    return table_look_at_times(o, o->path, open_part, schema);
}

/* The first entry of a zip stands behind 30 bytes. */
static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    size_t length = strlen(path);
    if (!bytes)
        return 0;
    if (npy_looks(bytes, size) || hdf5_looks(bytes, size))
        return 100;
    if (safetensors_looks(bytes, size))
        return 90;
    if (size < 30 || memcmp(bytes, "PK\3\4", 4) != 0)
        return 0;
    size_t name = (size_t)bytes[26] | (size_t)bytes[27] << 8;
    bool array = name >= 4 && size >= 30 + name && memcmp(bytes + 26 + name, ".npy", 4) == 0;
    return array ? 100 : length > 4 && strcmp(path + length - 4, ".npz") == 0 ? 90 : 0;
}

const ad_reader_record reader_arrays = {
    .record = {.name = "arrays",
               .help = "NumPy's npz and npy files, safetensors, HDF5",
               .also = "numpy npz npy array hdf5 h5 safetensors",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = items_open,
    .each = items_each,
    .looks = looks};
