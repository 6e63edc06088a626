/* The reader of files of arrays, where a file holds several inputs, or a series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array_named.h"
#include "message.h"
#include "text.h"

/* An array of the training part. */
typedef struct candidate {
    int64_t at;
    char *name; /* without its part */
    raw_array raw;
    char *left_out; /* why */
} candidate;

typedef struct candidates {
    const ad_arrays_options *o;
    npy_file *file;
    candidate *list;
    int count;
    int first, target, time; /* places in the list; -1: none */
    bool series, single;
    ad_schema *schema;
    named_arrays named;
} candidates;

static void done(candidates *c)
{
    for (int i = 0; i < c->count; i++) {
        free(c->list[i].name);
        free(c->list[i].left_out);
        raw_done(&c->list[i].raw);
    }
    free(c->list);
    named_done(&c->named);
}

/* ---------------------------------------------------------------- which arrays */

static bool is_skipped(const ad_arrays_options *o, const char *name, const char *base)
{
    for (int i = 0; i < o->skip.count; i++)
        if (strcmp(o->skip.text[i], name) == 0 || strcmp(o->skip.text[i], base) == 0)
            return true;
    return false;
}

static int place_of(const candidates *c, const char *name)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->list[i].name, name) == 0 ||
            strcmp(npy_name(c->file, c->list[i].at), name) == 0)
            return i;
    return -1;
}

static int place_of_usual(const candidates *c, const char *const *names)
{
    int at = -1;
    for (; *names && at < 0; names++)
        at = place_of(c, *names);
    return at;
}

static ad_status add_candidate(candidates *c, int64_t at)
{
    const char *name = npy_name(c->file, at);
    array_name a = array_name_of(name);
    char *base = c->single ? text_copy("values") : text_copy_bytes(a.base, a.size);
    if (!base)
        return message_no_memory();
    if (is_skipped(c->o, name, base) || (a.part >= 0 && a.part != AD_PART_TRAIN)) {
        free(base);
        return AD_OK;
    }
    int same = place_of(c, base);
    c->list[c->count++] = (candidate){.at = at, .name = base};
    if (same < 0)
        return AD_OK;
    return message_fail(AD_ERROR_ARGUMENT,
                        "%s: '%s' and '%s' are both '%s' of the training part\n  leave one out: "
                        "`skip: [%s]`\n",
                        c->o->path, npy_name(c->file, c->list[same].at), name, base, name);
}

static ad_status fail_no_array(const candidates *c, const char *option, const char *name)
{
    text_buffer t = {0};
    text_add_format(&t, "%s: holds no array '%s'; it holds", c->o->path, name);
    for (int i = 0; i < c->count && i < 20; i++)
        text_add_format(&t, "%s%s", i ? ", " : " ", npy_name(c->file, c->list[i].at));
    text_add_format(&t, "\n  name it: `%s: NAME`\n", option);
    return message_give(AD_ERROR_ARGUMENT, text_take(&t));
}

static ad_status find_given(candidates *c, const char *option, const char *name, int *place)
{
    *place = name ? place_of(c, name) : -1;
    return name && *place < 0 ? fail_no_array(c, option, name) : AD_OK;
}

static ad_status collect(candidates *c)
{
    static const char *const inputs[] = {"x", "X", "data", "images", "inputs", NULL};
    static const char *const targets[] = {"y", "target", "labels", "targets", NULL};
    ad_status status = AD_OK;
    c->list = calloc((size_t)npy_count(c->file) + 1, sizeof *c->list);
    if (!c->list)
        return message_no_memory();
    for (int64_t i = 0; i < npy_count(c->file) && status == AD_OK; i++)
        status = add_candidate(c, i);
    if (status == AD_OK)
        status = find_given(c, "time", c->o->time, &c->time);
    if (status == AD_OK)
        status = find_given(c, "input", c->o->input, &c->first);
    if (status != AD_OK || c->series)
        return status;
    status = find_given(c, "target", c->o->target, &c->target);
    if (!c->o->target)
        c->target = place_of_usual(c, targets);
    c->first = place_of_usual(c, inputs);
    return status;
}

/* ---------------------------------------------------------------- reading */

static char *first_line(const char *words)
{
    return text_copy_bytes(words, strcspn(words, "\n"));
}

/* What is no array of numbers is left out, but for one that was named. */
static ad_status read_one(candidates *c, int i)
{
    candidate *one = &c->list[i];
    ad_status status = npy_read(c->file, one->at, &one->raw);
    bool named = i == c->first || i == c->target || i == c->time;
    if (status == AD_OK && one->raw.rank > 0)
        status = i == c->time ? AD_OK : raw_no_times(&one->raw);
    else if (status == AD_OK && !named)
        return (one->left_out = text_copy("one number")) ? AD_OK : message_no_memory();
    bool kind =
        status == AD_ERROR_TYPE || status == AD_ERROR_UNSUPPORTED || status == AD_ERROR_SHAPE;
    if (status == AD_OK || named || !kind)
        return status;
    return (one->left_out = first_line(ad_kit_error())) ? AD_OK : message_no_memory();
}

static bool is_input(const candidates *c, int i)
{
    return !c->list[i].left_out && i != c->target && i != c->time;
}

static int count_inputs(const candidates *c)
{
    int count = 0;
    for (int i = 0; i < c->count; i++)
        count += is_input(c, i);
    return count;
}

/* The others have as many as this one. */
static const candidate *first_of(const candidates *c)
{
    return &c->list[c->time >= 0 ? c->time : c->first];
}

static ad_status check_count(const candidates *c, int i)
{
    const candidate *a = first_of(c), *b = &c->list[i];
    if (a->raw.size[0] == b->raw.size[0])
        return AD_OK;
    return message_fail(AD_ERROR_SHAPE,
                        "%s: '%s' has %lld %s, and '%s' has %lld\n  leave it out: `skip: [%s]`, "
                        "or give as many\n",
                        c->o->path, a->name, (long long)a->raw.size[0],
                        c->series ? "rows" : "examples", b->name, (long long)b->raw.size[0],
                        i == c->target ? a->name : b->name);
}

/* Beside an input with a usual name something else may stand; else every array is one. */
static ad_status leave_others(candidates *c)
{
    const candidate *a = c->first >= 0 ? &c->list[c->first] : NULL;
    for (int i = 0; i < c->count && a && !a->left_out; i++) {
        candidate *b = &c->list[i];
        if (!is_input(c, i) || b->raw.size[0] == a->raw.size[0])
            continue;
        b->left_out = text_format("its first axis is %lld, and that of '%s' %lld",
                                  (long long)b->raw.size[0], a->name, (long long)a->raw.size[0]);
        if (!b->left_out)
            return message_no_memory();
    }
    return AD_OK;
}

/* Whether there is more than one input, or one without a usual name. */
static ad_status read_all(candidates *c, bool *is)
{
    ad_status status = AD_OK;
    *is = c->series || (count_inputs(c) > 0 && (c->first >= 0 || c->target >= 0));
    if (!c->series && c->first >= 0 && count_inputs(c) == 1)
        *is = false;
    for (int i = 0; i < c->count && *is && status == AD_OK; i++)
        status = read_one(c, i);
    if (status == AD_OK && *is && !c->series)
        status = leave_others(c);
    if (status == AD_OK && *is && !c->series)
        *is = count_inputs(c) > 1 || (c->first < 0 && count_inputs(c) == 1);
    return status;
}

/* ---------------------------------------------------------------- fields */

static ad_status keep(candidates *c, int i, int64_t columns, int field)
{
    const char *name = c->list[i].name;
    return named_add(&c->named, name, strlen(name), columns, field) ? AD_OK : message_no_memory();
}

static ad_status check_free(const candidates *c, const char *name)
{
    if (!ad_schema_find(c->schema, name))
        return AD_OK;
    return message_fail(AD_ERROR_ARGUMENT,
                        "%s: two fields would be called '%s'\n  give an array another name\n",
                        c->o->path, name);
}

/* NaN among the numbers of the column. */
static int64_t count_missing(const ad_array *all, int64_t column, int64_t columns)
{
    int64_t missing = 0;
    for (int64_t i = column; i < ad_array_count(all); i += columns)
        missing += isnan(ad_array_item(all, i));
    return missing;
}

static ad_status add_example_input(candidates *c, int i)
{
    candidate *one = &c->list[i];
    int field = c->schema->fields;
    ad_status status = check_free(c, one->name);
    if (status == AD_OK)
        status = array_add_input(c->schema, &one->raw, c->o->channels, one->name);
    kept_array all = {0};
    if (status == AD_OK && one->raw.rank <= 2 && !raw_whole(one->raw.kind)) {
        status = raw_take(&one->raw, c->schema->field[field].type, false, &all);
        if (status == AD_OK)
            c->schema->field[field].missing = count_missing(&all.array, 0, 1);
        kept_done(&all);
    }
    return status == AD_OK ? keep(c, i, 0, field) : status;
}

static ad_status add_examples(candidates *c)
{
    const ad_arrays_options *o = c->o;
    ad_status status = AD_OK;
    for (int i = 0; i < c->count && c->first < 0; i++)
        c->first = is_input(c, i) ? i : -1;
    for (int i = 0; i < c->count && status == AD_OK; i++)
        status = c->list[i].left_out ? AD_OK : check_count(c, i);
    int64_t examples = c->list[c->first].raw.size[0];
    if (status == AD_OK)
        status = add_example_input(c, c->first);
    for (int i = 0; i < c->count && status == AD_OK; i++)
        status = is_input(c, i) && i != c->first ? add_example_input(c, i) : AD_OK;
    if (status == AD_OK && c->target >= 0) {
        candidate *one = &c->list[c->target];
        const target_form form = {o->target_is, o->classes, &o->names, one->name};
        int field = c->schema->fields;
        status = check_free(c, one->name);
        if (status == AD_OK)
            status = array_add_target(c->schema, &one->raw, &form);
        if (status == AD_OK)
            status = keep(c, c->target, 0, field);
    }
    if (status == AD_OK && !ad_schema_note(c->schema, "%lld examples", (long long)examples))
        status = message_no_memory();
    return status;
}

/* ---------------------------------------------------------------- a series */

static ad_status add_time(candidates *c)
{
    candidate *one = &c->list[c->time];
    kept_array times;
    bool dated;
    if (one->raw.rank != 1)
        return message_fail(AD_ERROR_SHAPE,
                            "%s: times are an array (rows), and this has %d axes\n  name "
                            "another\n",
                            one->raw.where, one->raw.rank);
    const char *why = one->raw.per || one->raw.months ? "times" : raw_words(one->raw.kind);
    int64_t rows = one->raw.size[0];
    ad_status status = raw_take_times(&one->raw, &times, &dated);
    if (status != AD_OK)
        return status;
    one->raw.size[0] = rows; /* to compare with */
    ad_schema_field f = {.name = one->name,
                         .type = AD_F64,
                         .meaning = AD_MEANS_TIME,
                         .use = AD_USE_ID,
                         .rate = dated,
                         .why = (char *)(uintptr_t)why};
    kept_done(&times);
    return ad_schema_add(c->schema, &f) ? keep(c, c->time, 0, 0) : message_no_memory();
}

static ad_status add_column(candidates *c, const candidate *one, const ad_array *all, int64_t k,
                            int64_t columns, const char *why)
{
    char *name = columns ? text_format("%s.%lld", one->name, (long long)k) : text_copy(one->name);
    ad_status status = name ? check_free(c, name) : message_no_memory();
    const char *target = c->o->target;
    bool is_target =
        name && target && (strcmp(target, name) == 0 || strcmp(target, one->name) == 0);
    ad_schema_field f = {.name = name,
                         .type = all->type,
                         .use = is_target ? AD_USE_TARGET : AD_USE_INPUT,
                         .why = (char *)(uintptr_t)why,
                         .missing = count_missing(all, k, columns ? columns : 1)};
    if (status == AD_OK && !ad_schema_add(c->schema, &f))
        status = message_no_memory();
    free(name);
    return status;
}

static ad_status add_columns(candidates *c, int i)
{
    candidate *one = &c->list[i];
    kept_array all;
    int field = c->schema->fields;
    int64_t columns = one->raw.rank == 2 ? one->raw.size[1] : 0;
    if (one->raw.rank > 2 || (one->raw.rank == 2 && columns < 1))
        return message_fail(AD_ERROR_SHAPE,
                            "%s: has %d axes, and of a series an array is (rows) or (rows, "
                            "columns)\n  leave it out: `skip: [%s]`\n",
                            one->raw.where, one->raw.rank, one->name);
    const char *why = raw_words(one->raw.kind);
    ad_status status = raw_take(&one->raw, raw_number_type(one->raw.kind), false, &all);
    if (status != AD_OK)
        return status;
    for (int64_t k = 0; k < (columns ? columns : 1) && status == AD_OK; k++)
        status = add_column(c, one, &all.array, k, columns, why);
    kept_done(&all);
    return status == AD_OK ? keep(c, i, columns, field) : status;
}

static bool is_series_input(const candidates *c, int i)
{
    const char *target = c->o->target;
    bool wanted = !c->o->input || i == c->first || (target && place_of(c, target) == i);
    return is_input(c, i) && wanted;
}

static ad_status add_series(candidates *c)
{
    ad_status status = c->time >= 0 ? add_time(c) : AD_OK;
    int64_t rows = 0;
    for (int i = 0; i < c->count && c->first < 0; i++)
        c->first = is_input(c, i) ? i : -1;
    if (c->first >= 0)
        rows = c->list[c->first].raw.size[0];
    for (int i = 0; i < c->count && status == AD_OK; i++)
        status = is_series_input(c, i) ? check_count(c, i) : AD_OK;
    for (int i = 0; i < c->count && status == AD_OK; i++)
        status = is_series_input(c, i) ? add_columns(c, i) : AD_OK;
    if (status == AD_OK && c->named.count == (c->time >= 0))
        status = message_fail(AD_ERROR_ARGUMENT,
                              "%s: holds no array of numbers beside its times\n  give the values "
                              "too: numpy.savez(path, time=..., values=...)\n",
                              c->o->path);
    if (status == AD_OK && c->o->target && !ad_schema_target(c->schema))
        status = fail_no_array(c, "target", c->o->target);
    c->schema->running = true;
    if (status == AD_OK && !ad_schema_note(c->schema, "%lld rows", (long long)rows))
        status = message_no_memory();
    return status;
}

/* ---------------------------------------------------------------- all */

/* Behind the others, with the reason. */
static ad_status add_left_out(candidates *c)
{
    bool good = true;
    for (int i = 0; i < c->count && good; i++) {
        candidate *one = &c->list[i];
        ad_schema_field f = {
            .name = one->name, .type = AD_F32, .use = AD_USE_NONE, .why = one->left_out};
        if (one->left_out && !ad_schema_find(c->schema, one->name))
            good = ad_schema_add(c->schema, &f);
    }
    return good ? AD_OK : message_no_memory();
}

ad_status named_understand(const ad_arrays_options *o, npy_file *file, ad_schema *schema, bool *is)
{
    candidates c = {.o = o, .file = file, .schema = schema, .first = -1, .target = -1, .time = -1};
    c.series = o->time || o->series;
    c.single = npy_count(file) == 1 && !*npy_name(file, 0);
    *is = false;
    if (!c.series && (c.single || o->input))
        return AD_OK;
    if (c.single && o->time)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s: holds one array, and no '%s'\n  save both in one file: "
                            "numpy.savez; without times say `series: true`\n",
                            o->path, o->time);
    ad_status status = collect(&c);
    if (status == AD_OK)
        status = read_all(&c, is);
    if (status == AD_OK && *is)
        status = c.series ? add_series(&c) : add_examples(&c);
    if (status == AD_OK)
        status = add_left_out(&c);
    if (status == AD_OK && *is && !named_keep(&c.named, schema))
        status = message_no_memory();
    done(&c);
    return status;
}
