/* Arrays by name as fields: names, the schema's own text, sources. */
#include "array_named.h"

#include <stdlib.h>
#include <string.h>

#include "items.h"
#include "message.h"
#include "text.h"

/* ---------------------------------------------------------------- names */

static const struct {
    const char *word;
    ad_part part;
} part_words[] = {{"train", AD_PART_TRAIN},
                  {"test", AD_PART_TEST},
                  {"validation", AD_PART_VALIDATION},
                  {"valid", AD_PART_VALIDATION},
                  {"val", AD_PART_VALIDATION}};

array_name array_name_of(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof part_words / sizeof *part_words; i++) {
        const char *word = part_words[i].word;
        size_t length = strlen(word);
        if (size < length + 2)
            continue;
        if (memcmp(name, word, length) == 0 && (name[length] == '_' || name[length] == '/'))
            return (array_name){name + length + 1, size - length - 1, part_words[i].part};
        const char *end = name + size - length;
        if (strcmp(end, word) == 0 && end[-1] == '_')
            return (array_name){name, size - length - 1, part_words[i].part};
    }
    return (array_name){name, size, -1};
}

static bool is_base(array_name a, const char *name)
{
    return strlen(name) == a.size && memcmp(name, a.base, a.size) == 0;
}

static int64_t find_of(const npy_file *file, const char *name, int part, bool whatever)
{
    for (int64_t i = 0; i < npy_count(file); i++) {
        array_name a = array_name_of(npy_name(file, i));
        if (is_base(a, name) && (whatever || a.part == part))
            return i;
    }
    return -1;
}

int64_t array_find(const npy_file *file, const char *name, int part, bool any)
{
    int64_t at = find_of(file, name, part, false);
    if (at < 0 && (any || part == AD_PART_TRAIN))
        at = find_of(file, name, -1, false);
    return at < 0 && any ? find_of(file, name, -1, true) : at;
}

/* ---------------------------------------------------------------- the list, and as text */

void named_done(named_arrays *n)
{
    for (int i = 0; i < n->count; i++)
        free(n->list[i].name);
    free(n->list);
    *n = (named_arrays){0};
}

bool named_add(named_arrays *n, const char *name, size_t size, int64_t columns, int field)
{
    named_array *list = realloc(n->list, ((size_t)n->count + 1) * sizeof *list);
    if (!list)
        return false;
    n->list = list;
    list[n->count] = (named_array){text_copy_bytes(name, size), columns, field};
    return list[n->count++].name != NULL;
}

/* "channels first" or nothing, then a line for each array: how many columns, and its name. */
bool named_keep(const named_arrays *n, ad_schema *schema)
{
    text_buffer t = {0};
    text_add(&t, schema->own ? schema->own : "named");
    text_add(&t, "\n");
    for (int i = 0; i < n->count; i++) {
        text_add_format(&t, "%lld ", (long long)n->list[i].columns);
        text_add_escaped(&t, n->list[i].name);
        text_add(&t, "\n");
    }
    free(schema->own);
    return (schema->own = text_take(&t)) != NULL;
}

static bool read_line(const char *line, size_t size, const ad_schema *schema, int *field,
                      named_arrays *n)
{
    char *end, *name;
    long long columns = strtoll(line, &end, 10);
    int64_t fields = columns ? columns : 1;
    if (end == line || *end != ' ' || columns < 0 || fields > schema->fields - *field)
        return false;
    name = text_copy_bytes(end + 1, size - (size_t)(end + 1 - line));
    bool good = name && text_unescape(name) && named_add(n, name, strlen(name), columns, *field);
    free(name);
    *field += (int)fields;
    return good;
}

ad_status named_read(const ad_schema *schema, named_arrays *n)
{
    const char *at = schema->own ? strchr(schema->own, '\n') : NULL;
    int field = 0;
    bool good = true;
    *n = (named_arrays){0};
    for (at = at ? at + 1 : ""; *at && good;) {
        size_t size = strcspn(at, "\n");
        good = at[size] == '\n' && read_line(at, size, schema, &field, n);
        at += good ? size + 1 : 0;
    }
    for (; field < schema->fields && good && n->count; field++)
        good = schema->field[field].use == AD_USE_NONE;
    if (good)
        return AD_OK;
    named_done(n);
    return message_fail(AD_ERROR_FORMAT, "the schema's list of arrays cannot be read\n  read the "
                                         "data again\n");
}

bool named_part(const named_arrays *n, const npy_file *file, ad_part part)
{
    bool is = false;
    for (int i = 0; i < n->count && !is; i++)
        is = find_of(file, n->list[i].name, (int)part, false) >= 0;
    return is;
}

/* ---------------------------------------------------------------- columns */

/* Column `column` of (rows, columns). */
static ad_status take_column(const ad_array *all, int64_t column, kept_array *kept)
{
    int64_t rows = all->shape.size[0], columns = all->shape.rank > 1 ? all->shape.size[1] : 1;
    size_t each = ad_type_size(all->type);
    char *to = malloc((size_t)rows * each + 1);
    const char *from = (const char *)all->data + (size_t)column * each;
    for (int64_t i = 0; to && i < rows; i++)
        memcpy(to + (size_t)i * each, from + (size_t)(i * columns) * each, each);
    *kept = (kept_array){.memory = to};
    kept->array = (ad_array){.type = all->type, .shape = AD_SHAPE(rows), .data = to};
    return to ? AD_OK : message_no_memory();
}

static ad_status check_columns(const named_array *a, const raw_array *raw)
{
    if (raw->rank == 2 && raw->size[1] == a->columns)
        return raw_no_times(raw);
    return message_fail(AD_ERROR_SHAPE,
                        "%s: has %lld columns, and the training data %lld\n  give an array (rows, "
                        "%lld)\n",
                        raw->where, (long long)(raw->rank == 2 ? raw->size[1] : 1),
                        (long long)a->columns, (long long)a->columns);
}

/* Takes raw over; list: behind those that were taken before. */
static ad_status take_columns(const ad_schema *schema, const named_array *a, raw_array *raw,
                              kept_array *list, int *count)
{
    kept_array all = {0};
    ad_type type = schema->field[a->field].type;
    ad_status status = check_columns(a, raw);
    if (status == AD_OK && raw_number_type(raw->kind) == AD_F64 && type == AD_F32)
        type = AD_F64; /* refused below, in words */
    if (status == AD_OK && type != schema->field[a->field].type)
        status = message_fail(AD_ERROR_TYPE,
                              "%s: holds numbers %s, which the training data's type, f32, would "
                              "round\n  store them as f32\n",
                              raw->where, raw_words(raw->kind));
    if (status == AD_OK)
        status = raw_take(raw, type, false, &all);
    raw_done(raw);
    for (int64_t k = 0; k < a->columns && status == AD_OK; k++)
        if (schema->field[a->field + k].use != AD_USE_NONE) {
            status = take_column(&all.array, k, &list[*count]);
            *count += status == AD_OK;
        }
    kept_done(&all);
    return status;
}

/* ---------------------------------------------------------------- a part */

static bool is_used(const ad_schema *schema, const named_array *a)
{
    bool any = false;
    for (int64_t k = 0; k < (a->columns ? a->columns : 1); k++)
        any = any || schema->field[a->field + k].use != AD_USE_NONE;
    return any;
}

static ad_status take_time(raw_array *raw, kept_array *kept)
{
    bool dated;
    if (raw->rank == 1)
        return raw_take_times(raw, kept, &dated);
    ad_status status = message_fail(AD_ERROR_SHAPE,
                                    "%s: times are an array (rows), and this has %d axes\n  name "
                                    "another\n",
                                    raw->where, raw->rank);
    raw_done(raw);
    return status;
}

static ad_status take_array(const ad_schema *schema, const named_array *a, raw_array *raw,
                            kept_array *list, int *count)
{
    const ad_schema_field *f = &schema->field[a->field];
    if (a->columns)
        return take_columns(schema, a, raw, list, count);
    ad_status status = f->meaning == AD_MEANS_TIME ? take_time(raw, &list[*count])
                                                   : array_for_field(schema, f, raw, &list[*count]);
    *count += status == AD_OK;
    return status;
}

static ad_status fail_lacking(const npy_file *file, const char *path, const char *name)
{
    text_buffer t = {0};
    text_add_format(&t, "%s: lacks the array '%s', which the training data has; it holds", path,
                    name);
    for (int64_t i = 0; i < npy_count(file) && i < 20; i++)
        text_add_format(&t, "%s%s", i ? ", " : " ", npy_name(file, i));
    text_add(&t, "\n  add it, under its name\n");
    return message_give(AD_ERROR_ARGUMENT, text_take(&t));
}

/* All arrays have as many examples as the first one. */
static ad_status check_count(const kept_array *list, int count, const char *first, const char *name,
                             const char *path)
{
    int64_t is = list[count - 1].array.shape.size[0], wanted = list[0].array.shape.size[0];
    if (is == wanted)
        return AD_OK;
    return message_fail(AD_ERROR_SHAPE,
                        "%s: '%s' has %lld examples, and '%s' has %lld\n  give as many of each\n",
                        path, first, (long long)wanted, name, (long long)is);
}

static ad_status take_named(const ad_schema *schema, const named_array *a, npy_file *file,
                            int64_t at, kept_array *list, int *count)
{
    raw_array raw;
    ad_status status = npy_read(file, at, &raw);
    return status == AD_OK ? take_array(schema, a, &raw, list, count) : status;
}

ad_status named_open(const ad_schema *schema, const named_arrays *n, npy_file *file,
                     const char *path, ad_part part, bool any, bool alone, ad_source **source)
{
    kept_array *list = calloc((size_t)schema->fields + 1, sizeof *list);
    ad_status status = list ? AD_OK : message_no_memory();
    int count = 0, unknown = -1;
    const char *first = "";
    for (int i = 0; i < n->count && status == AD_OK; i++) {
        const named_array *a = &n->list[i];
        bool single = npy_count(file) == 1 && !*npy_name(file, 0);
        int64_t at = single ? (i ? -1 : 0) : array_find(file, a->name, (int)part, any);
        if (!is_used(schema, a))
            continue;
        if (at < 0 && alone && schema->field[a->field].use == AD_USE_TARGET) {
            unknown = count++; /* given below, when the number of examples is known */
            continue;
        }
        status = at < 0 ? fail_lacking(file, path, a->name)
                        : take_named(schema, a, file, at, list, &count);
        if (status == AD_OK)
            first = *first ? first : a->name,
            status = check_count(list, count, first, a->name, path);
    }
    if (status == AD_OK && unknown >= 0)
        status = items_unknown_target(ad_schema_target(schema), list[0].array.shape.size[0],
                                      &list[unknown]);
    if (status == AD_OK)
        status = array_source(schema, list, count, 0, path, source);
    else
        for (int i = 0; list && i < count; i++)
            kept_done(&list[i]);
    free(list);
    return status;
}
