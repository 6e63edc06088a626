/* Sources: made of a record, held, asked. */
#include "train/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

bool source_field_varies(const ad_source_field *field)
{
    return field->shape.rank > 0 && field->shape.size[0] == AD_VARYING;
}

/* ---- making */

static ad_status check_field(const ad_source_record *r, int f)
{
    const ad_source_field *field = &r->field[f];
    if (!field->name || !*field->name)
        return fail(AD_ERROR_ARGUMENT, "ad_source_new: field %d has no name", f);
    for (int i = 0; i < f; i++)
        if (!strcmp(r->field[i].name, field->name))
            return fail(AD_ERROR_ARGUMENT, "ad_source_new: two fields are called \"%s\"",
                        field->name);
    if ((unsigned)field->type >= AD_TYPE_COUNT)
        return fail(AD_ERROR_TYPE, "ad_source_new: field \"%s\" is of no type that there is",
                    field->name);
    if (field->shape.rank < 0 || field->shape.rank >= AD_RANK_MAX)
        return fail(AD_ERROR_SHAPE,
                    "ad_source_new: field \"%s\" has %d axes; an example has at most %d",
                    field->name, field->shape.rank, AD_RANK_MAX - 1);
    for (int i = 0; i < field->shape.rank; i++)
        if (field->shape.size[i] < 0 && !(i == 0 && source_field_varies(field)))
            return fail(AD_ERROR_SHAPE,
                        "ad_source_new: axis %d of field \"%s\" has no size; only the first may "
                        "be AD_VARYING",
                        i, field->name);
    return AD_OK;
}

static ad_status check_record(const ad_source_record *r)
{
    if (!r || r->fields < 1 || !r->field)
        return fail(AD_ERROR_ARGUMENT, "ad_source_new: a source has one field at least");
    int varies = 0;
    for (int f = 0; f < r->fields; f++) {
        TRY(check_field(r, f));
        varies += source_field_varies(&r->field[f]);
    }
    if (varies > VARYING_MAX)
        return fail(AD_ERROR_UNSUPPORTED, "ad_source_new: %d fields vary, and at most %d may",
                    varies, VARYING_MAX);
    if (r->count >= 0 && !r->read)
        return fail(AD_ERROR_ARGUMENT, "ad_source_new: .read is missing");
    if (r->count < 0 && (!r->next || !r->rewind))
        return fail(AD_ERROR_ARGUMENT, "ad_source_new: a stream has .next and .rewind");
    if (varies && !r->length)
        return fail(AD_ERROR_ARGUMENT, "ad_source_new: a field varies, and .length is missing");
    return AD_OK;
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memory_alloc(memory_default(), size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static void free_text(const char *text)
{
    if (text)
        memory_free(memory_default(), (void *)(uintptr_t)text, strlen(text) + 1);
}

static void free_fields(ad_source_field *field, int count)
{
    for (int f = 0; field && f < count; f++)
        free_text(field[f].name);
    memory_free(memory_default(), field, sizeof *field * (size_t)count);
}

static ad_source_field *copy_fields(const ad_source_field *field, int count)
{
    ad_source_field *copy = memory_zeroed(memory_default(), sizeof *copy * (size_t)count);
    for (int f = 0; copy && f < count; f++) {
        copy[f] = field[f];
        copy[f].name = copy_text(field[f].name);
        if (!copy[f].name) {
            free_fields(copy, count);
            return NULL;
        }
    }
    return copy;
}

ad_source *ad_source_new(const ad_source_record *record)
{
    if (check_record(record) != AD_OK)
        return NULL;
    ad_source *s = memory_zeroed(memory_default(), sizeof *s);
    ad_source_field *field = copy_fields(record->field, record->fields);
    char *name = copy_text(record->name ? record->name : "a source");
    if (!s || !field || !name) {
        memory_free(memory_default(), s, sizeof *s);
        if (field)
            free_fields(field, record->fields);
        free_text(name);
        return NULL;
    }
    s->record = *record;
    s->record.field = field;
    s->record.name = name;
    for (int f = 0; f < record->fields; f++)
        s->varying += source_field_varies(&field[f]);
    atomic_init(&s->holders, 1);
    return s;
}

ad_source *source_hold(ad_source *source)
{
    atomic_fetch_add(&source->holders, 1);
    return source;
}

void ad_source_free(ad_source *source)
{
    if (!source || atomic_fetch_sub(&source->holders, 1) != 1)
        return;
    if (source->record.free)
        source->record.free(source->record.user);
    free_fields((ad_source_field *)(uintptr_t)source->record.field, source->record.fields);
    free_text(source->record.name);
    memory_free(memory_default(), source, sizeof *source);
}

ad_status ad_source_fail(ad_status status, const char *format, ...)
{
    char words[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return fail(status == AD_OK ? AD_ERROR_CUSTOM : status, "%s", words);
}

/* ---- what a source is */

int64_t ad_source_count(const ad_source *source)
{
    return source->record.count;
}

int ad_source_fields(const ad_source *source, const ad_source_field **field)
{
    if (field)
        *field = source->record.field;
    return source->record.fields;
}

int ad_source_find(const ad_source *source, const char *name)
{
    for (int f = 0; f < source->record.fields; f++)
        if (!strcmp(source->record.field[f].name, name))
            return f;
    return -1;
}

ad_array source_example(const ad_source *source, int f, const int64_t *length)
{
    const ad_source_field *field = &source->record.field[f];
    ad_array a = {.type = field->type, .shape = {field->shape.rank + 1, {1}}};
    int before = 0;
    memcpy(&a.shape.size[1], field->shape.size,
           sizeof field->shape.size[0] * (size_t)field->shape.rank);
    for (int i = 0; i < f; i++)
        before += source_field_varies(&source->record.field[i]);
    if (source_field_varies(field))
        a.shape.size[1] = length[before];
    return a;
}

ad_source_record source_like(const ad_source *source)
{
    return (ad_source_record){.count = source->record.count,
                              .field = source->record.field,
                              .fields = source->record.fields,
                              .name = source->record.name};
}

/* ---- asking */

ad_status source_check_numbered(const ad_source *source, const char *call)
{
    if (!source)
        return fail(ad_error_status() == AD_OK ? AD_ERROR_ARGUMENT : ad_error_status(),
                    "%s: the source is NULL%s%s", call, *ad_error() ? ": " : "", ad_error());
    return source->record.count >= 0
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "%s: %s is a stream, whose examples have no numbers", call,
                      source->record.name);
}

static ad_status check_numbers(const ad_source *source, const int64_t *number, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (number[i] < 0 || number[i] >= source->record.count)
            return fail(AD_ERROR_RANGE, "%s: there is no example %lld; they are 0 to %lld",
                        source->record.name, (long long)number[i],
                        (long long)source->record.count - 1);
    return AD_OK;
}

ad_status ad_source_read(ad_source *source, const int64_t *number, int64_t count, uint64_t epoch,
                         ad_array *into)
{
    TRY(source_check_numbered(source, "ad_source_read"));
    TRY(check_numbers(source, number, count));
    if (source->varying && count != 1)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_source_read: a field varies, so one example is read at a time");
    return count ? source->record.read(source->record.user, number, count, epoch, into) : AD_OK;
}

ad_status ad_source_length(ad_source *source, int64_t number, uint64_t epoch, int64_t *length)
{
    TRY(source_check_numbered(source, "ad_source_length"));
    TRY(check_numbers(source, &number, 1));
    return source_length(source, number, epoch, length);
}

ad_status source_length(const ad_source *source, int64_t number, uint64_t epoch, int64_t *length)
{
    if (!source->varying)
        return AD_OK;
    TRY(source->record.length(source->record.user, number, epoch, length));
    for (int i = 0; i < source->varying; i++)
        if (length[i] < 0)
            return fail(AD_ERROR_RANGE, "%s: example %lld has a length of %lld",
                        source->record.name, (long long)number, (long long)length[i]);
    return AD_OK;
}

/* ---- one example */

static size_t padded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static ad_status example_room(const ad_source *source, const int64_t *length, struct example *e)
{
    *e = (struct example){.arrays = (size_t)source->record.fields * sizeof *e->array};
    e->array = memory_zeroed(memory_default(), e->arrays);
    for (int f = 0; e->array && f < source->record.fields; f++) {
        e->array[f] = source_example(source, f, length);
        e->bytes += padded(ad_array_bytes(&e->array[f]));
    }
    e->data = e->array ? memory_alloc(memory_default(), e->bytes) : NULL;
    if (!e->data) {
        memory_free(memory_default(), e->array, e->arrays);
        return AD_ERROR_MEMORY;
    }
    char *at = e->data;
    for (int f = 0; f < source->record.fields; f++) {
        e->array[f].data = at;
        at += padded(ad_array_bytes(&e->array[f]));
    }
    return AD_OK;
}

ad_status example_read(const ad_source *source, int64_t number, uint64_t epoch,
                       const int64_t *length, struct example *e)
{
    TRY(example_room(source, length, e));
    ad_status status = source->record.read(source->record.user, &number, 1, epoch, e->array);
    if (status != AD_OK)
        example_done(e);
    return status;
}

void example_done(struct example *e)
{
    memory_free(memory_default(), e->data, e->bytes);
    memory_free(memory_default(), e->array, e->arrays);
}

/* ---- one field of all examples */

static ad_status whole_number(const ad_source *source, const ad_array *a, int64_t example,
                              int64_t *value)
{
    double number = ad_array_item(a, 0);
    if (a->type == AD_I64)
        *value = *(const int64_t *)a->data;
    else if (number >= -0x1p53 && number <= 0x1p53 && number == (double)(int64_t)number)
        *value = (int64_t)number;
    else
        return fail(AD_ERROR_TYPE, "%s: example %lld holds %g where a whole number is needed",
                    source->record.name, (long long)example, number);
    return AD_OK;
}

static ad_status read_whole_numbers(ad_source *source, int field, int64_t *values)
{
    int64_t length[VARYING_MAX];
    for (int64_t i = 0; i < source->record.count; i++) {
        struct example e;
        TRY(source_length(source, i, 0, length));
        TRY(example_read(source, i, 0, length, &e));
        ad_status status = whole_number(source, &e.array[field], i, &values[i]);
        example_done(&e);
        TRY(status);
    }
    return AD_OK;
}

ad_status source_whole_numbers(ad_source *source, const char *name, const char *what,
                               int64_t **values)
{
    int field = ad_source_find(source, name);
    size_t bytes = (size_t)source->record.count * sizeof **values;
    *values = NULL;
    if (field < 0)
        return fail(AD_ERROR_ARGUMENT, "%s = \"%s\": %s has no field of that name", what, name,
                    source->record.name);
    ad_array one = {0};
    bool varies = source_field_varies(&source->record.field[field]);
    if (!varies)
        one = source_example(source, field, NULL);
    if (varies || ad_array_count(&one) != 1)
        return fail(AD_ERROR_SHAPE, "%s = \"%s\": that field is not one number for each example",
                    what, name);
    *values = memory_alloc(memory_default(), bytes);
    ad_status status = *values ? read_whole_numbers(source, field, *values) : AD_ERROR_MEMORY;
    if (status != AD_OK) {
        memory_free(memory_default(), *values, bytes);
        *values = NULL;
    }
    return status;
}
