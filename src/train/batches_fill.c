/* The memory of batches, and examples copied there. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "train/batches.h"

/* ---- fields */

static const char length_ending[] = ".length";

/* Fields of the source, and then one for each length. */
ad_status batches_fields(ad_batches *b)
{
    const ad_source_record *r = &b->source->record;
    b->fields = r->fields + b->source->varying;
    for (int f = 0; f < r->fields; f++)
        if (source_field_varies(&r->field[f]))
            b->names_size += strlen(r->field[f].name) + sizeof length_ending;
    b->field = memory_alloc(memory_default(), (size_t)b->fields * sizeof *b->field);
    b->names = memory_alloc(memory_default(), b->names_size);
    if (!b->field || !b->names)
        return AD_ERROR_MEMORY;
    memcpy(b->field, r->field, (size_t)r->fields * sizeof *b->field);
    char *at = b->names;
    for (int f = 0, next = r->fields; f < r->fields; f++) {
        if (!source_field_varies(&r->field[f]))
            continue;
        b->field[next++] = (ad_source_field){at, AD_I32, AD_SCALAR};
        at += sprintf(at, "%s%s", r->field[f].name, length_ending) + 1;
    }
    return AD_OK;
}

void batches_fields_done(ad_batches *b)
{
    memory_free(memory_default(), b->field, (size_t)b->fields * sizeof *b->field);
    memory_free(memory_default(), b->names, b->names_size);
}

/* ---- slots */

static size_t lengths_size(const ad_batches *b)
{
    return ((size_t)b->o.size * (size_t)b->source->varying + 1) * sizeof(int64_t);
}

bool slot_begin(const ad_batches *b, struct slot *s)
{
    s->array = memory_zeroed(memory_default(), (size_t)b->fields * sizeof *s->array);
    s->room = memory_zeroed(memory_default(), (size_t)b->fields * sizeof *s->room);
    s->length = memory_zeroed(memory_default(), lengths_size(b));
    return s->array && s->room && s->length;
}

void slot_done(const ad_batches *b, struct slot *s)
{
    for (int f = 0; s->array && s->room && f < b->fields; f++)
        memory_free(memory_default(), s->array[f].data, s->room[f]);
    memory_free(memory_default(), s->array, (size_t)b->fields * sizeof *s->array);
    memory_free(memory_default(), s->room, (size_t)b->fields * sizeof *s->room);
    memory_free(memory_default(), s->length, lengths_size(b));
}

ad_status slot_room(const ad_batches *b, struct slot *s, int f, int64_t count, int64_t length)
{
    const ad_source_field *field = &b->field[f];
    ad_array *a = &s->array[f];
    size_t bytes = ad_type_size(field->type);
    a->type = field->type;
    a->shape.rank = field->shape.rank + 1;
    a->shape.size[0] = count;
    for (int i = 0; i < field->shape.rank; i++)
        a->shape.size[i + 1] = field->shape.size[i] == AD_VARYING ? length : field->shape.size[i];
    for (int i = 0; i < a->shape.rank; i++)
        if (!memory_mul(bytes, (size_t)a->shape.size[i], &bytes))
            return fail(AD_ERROR_MEMORY, "a batch of field \"%s\" does not fit in memory",
                        field->name);
    if (bytes <= s->room[f] && a->data)
        return AD_OK;
    memory_free(memory_default(), a->data, s->room[f]);
    s->room[f] = 0;
    a->data = memory_alloc(memory_default(), bytes);
    s->room[f] = a->data ? bytes : 0;
    return a->data ? AD_OK : AD_ERROR_MEMORY;
}

/* ---- filling */

static ad_status fill_fixed(ad_batches *b, struct slot *s, const int64_t *example)
{
    const ad_source_record *r = &b->source->record;
    for (int f = 0; f < b->fields; f++)
        TRY(slot_room(b, s, f, s->count, 0));
    return r->read(r->user, example, s->count, b->epoch, s->array);
}

static int64_t longest(const ad_batches *b, const struct slot *s, int varying)
{
    int64_t most = 0;
    for (int64_t i = 0; i < s->count; i++) {
        int64_t length = s->length[i * b->source->varying + varying];
        most = length > most ? length : most;
    }
    return most;
}

/* Room for the longest, filled with zeros, and the lengths. */
static ad_status pad(ad_batches *b, struct slot *s)
{
    int fields = b->source->record.fields, varying = 0;
    for (int f = 0; f < fields; f++) {
        bool varies = source_field_varies(&b->field[f]);
        TRY(slot_room(b, s, f, s->count, varies ? longest(b, s, varying) : 0));
        if (!varies)
            continue;
        memset(s->array[f].data, 0, ad_array_bytes(&s->array[f]));
        TRY(slot_room(b, s, fields + varying, s->count, 0));
        for (int64_t i = 0; i < s->count; i++) {
            int64_t length = s->length[i * b->source->varying + varying];
            if (length > INT32_MAX)
                return fail(AD_ERROR_RANGE, "%s: an example of length %lld", b->source->record.name,
                            (long long)length);
            ((int32_t *)s->array[fields + varying].data)[i] = (int32_t)length;
        }
        varying++;
    }
    return AD_OK;
}

/* Rows of an example lie one after the other in the padded array too. */
static ad_status fill_varying(ad_batches *b, struct slot *s, const int64_t *example)
{
    const ad_source_record *r = &b->source->record;
    int varying = b->source->varying;
    for (int64_t i = 0; i < s->count; i++)
        TRY(source_length(b->source, example[i], b->epoch, &s->length[i * varying]));
    TRY(pad(b, s));
    size_t bytes = (size_t)r->fields * sizeof(ad_array);
    ad_array *one = memory_alloc(memory_default(), bytes);
    ad_status status = one ? AD_OK : AD_ERROR_MEMORY;
    for (int64_t i = 0; status == AD_OK && i < s->count; i++) {
        for (int f = 0; f < r->fields; f++) {
            size_t each = ad_array_bytes(&s->array[f]) / (size_t)s->count;
            one[f] = source_example(b->source, f, &s->length[i * varying]);
            one[f].data = (char *)s->array[f].data + (size_t)i * each;
        }
        status = r->read(r->user, &example[i], 1, b->epoch, one);
    }
    memory_free(memory_default(), one, bytes);
    return status;
}

ad_status slot_fill(ad_batches *b, struct slot *s, int64_t number)
{
    if (b->batches < 0)
        return stream_fill(b, s);
    int64_t from = number * b->o.size, left = b->order_count - from;
    s->count = left < b->o.size ? left : b->o.size;
    const int64_t *example = b->order + from;
    return b->source->varying ? fill_varying(b, s, example) : fill_fixed(b, s, example);
}
