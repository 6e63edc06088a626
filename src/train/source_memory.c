/* Sources whose examples lie in memory: arrays of the caller's or copies of them, and what another
 * source gave. */
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

#include "base/copy_bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/processors.h"
#include "base/threads.h"
#include "train/source.h"

/* Rows of all fields; where a field varies, example i has rows begin[i] to begin[i + 1] of it. */
struct table {
    int fields;
    int64_t count;
    bool borrowed;
    struct column {
        size_t row; /* bytes of an example, or of one of its rows */
        char *data;
        size_t bytes;
        int64_t *begin; /* count + 1, or NULL */
    } column[];
};

static size_t table_size(int fields)
{
    return sizeof(struct table) + (size_t)fields * sizeof(struct column);
}

static size_t begin_size(const struct table *t)
{
    return ((size_t)t->count + 1) * sizeof(int64_t);
}

static struct table *table_new(int fields, int64_t count)
{
    struct table *t = memory_zeroed(memory_default(), table_size(fields));
    if (t)
        t->fields = fields, t->count = count;
    return t;
}

static void table_free(void *user)
{
    struct table *t = user;
    for (int f = 0; t && f < t->fields; f++) {
        if (!t->borrowed)
            memory_free(memory_default(), t->column[f].data, t->column[f].bytes);
        memory_free(memory_default(), t->column[f].begin, begin_size(t));
    }
    if (t)
        memory_free(memory_default(), t, table_size(t->fields));
}

static void copy_row(const struct column *c, int64_t number, char *to)
{
    int64_t from = c->begin ? c->begin[number] : number;
    int64_t rows = c->begin ? c->begin[number + 1] - from : 1;
    if (rows > 0 && c->row)
        copy_bytes(to, c->data + (size_t)from * c->row, (size_t)rows * c->row);
}

static ad_status table_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                            ad_array *into)
{
    const struct table *t = user;
    (void)epoch;
    for (int f = 0; f < t->fields; f++)
        for (int64_t i = 0; i < count; i++)
            copy_row(&t->column[f], number[i], (char *)into[f].data + (size_t)i * t->column[f].row);
    return AD_OK;
}

static ad_status table_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const struct table *t = user;
    int varying = 0;
    (void)epoch;
    for (int f = 0; f < t->fields; f++)
        if (t->column[f].begin)
            length[varying++] = t->column[f].begin[number + 1] - t->column[f].begin[number];
    return AD_OK;
}

static ad_source *source_of(struct table *t, const ad_source_field *field, bool varies,
                            const char *name)
{
    ad_source *s = ad_source_new(&(ad_source_record){.count = t->count,
                                                     .field = field,
                                                     .fields = t->fields,
                                                     .read = table_read,
                                                     .length = varies ? table_length : NULL,
                                                     .free = table_free,
                                                     .user = t,
                                                     .name = name});
    if (!s)
        table_free(t);
    return s;
}

/* ---- arrays */

static ad_status check_arrays(const ad_named_array *list, int count)
{
    if (count < 1)
        return fail(AD_ERROR_ARGUMENT, "ad_source_arrays: no array is given");
    for (int f = 0; f < count; f++) {
        const ad_array *a = &list[f].array;
        if (a->shape.rank < 1)
            return fail(AD_ERROR_SHAPE,
                        "ad_source_arrays: \"%s\" is one number; its first axis has to be that of "
                        "the examples",
                        list[f].name ? list[f].name : "");
        if (a->shape.size[0] != list[0].array.shape.size[0])
            return fail(AD_ERROR_SHAPE,
                        "ad_source_arrays: \"%s\" has %lld examples and \"%s\" has %lld",
                        list[0].name ? list[0].name : "", (long long)list[0].array.shape.size[0],
                        list[f].name ? list[f].name : "", (long long)a->shape.size[0]);
        if (!a->data && ad_array_bytes(a))
            return fail(AD_ERROR_ARGUMENT, "ad_source_arrays: \"%s\" has no memory",
                        list[f].name ? list[f].name : "");
    }
    return AD_OK;
}

static bool fill_column(struct column *c, const ad_array *a, bool borrow)
{
    c->bytes = ad_array_bytes(a);
    c->row = a->shape.size[0] > 0 ? c->bytes / (size_t)a->shape.size[0] : 0;
    c->data = borrow ? a->data : memory_alloc(memory_default(), c->bytes);
    if (c->data && !borrow && c->bytes)
        memcpy(c->data, a->data, c->bytes);
    return c->data || !c->bytes;
}

static ad_source_field field_of(const ad_named_array *named)
{
    const ad_array *a = &named->array;
    ad_source_field field = {named->name, a->type, {a->shape.rank - 1, {0}}};
    memcpy(field.shape.size, &a->shape.size[1],
           sizeof a->shape.size[0] * (size_t)(a->shape.rank - 1));
    return field;
}

ad_source *ad_source_arrays(const ad_named_array *list, int count, const ad_source_options *options)
{
    ad_source_options o = AD_OPTIONS(ad_source_options);
    if (options_read(ad_source_options, &o, options) != AD_OK || check_arrays(list, count) != AD_OK)
        return NULL;
    size_t bytes = (size_t)count * sizeof(ad_source_field);
    ad_source_field *field = memory_alloc(memory_default(), bytes);
    struct table *t = field ? table_new(count, list[0].array.shape.size[0]) : NULL;
    bool ok = t != NULL;
    for (int f = 0; ok && f < count; f++) {
        t->borrowed = o.borrow;
        field[f] = field_of(&list[f]);
        ok = fill_column(&t->column[f], &list[f].array, o.borrow);
    }
    ad_source *s = ok ? source_of(t, field, false, o.name ? o.name : "arrays") : NULL;
    if (!ok)
        table_free(t);
    memory_free(memory_default(), field, bytes);
    return s;
}

/* ---- what another source gives */

static ad_status find_lengths(ad_source *source, struct table *t)
{
    int64_t length[VARYING_MAX];
    for (int64_t i = 0; i < t->count; i++) {
        TRY(source_length(source, i, 0, length));
        for (int f = 0, v = 0; f < t->fields; f++)
            if (t->column[f].begin) {
                int64_t *begin = t->column[f].begin;
                if (__builtin_add_overflow(begin[i], length[v++], &begin[i + 1]))
                    return fail(AD_ERROR_RANGE, "%s: examples are too long", source->record.name);
            }
    }
    return AD_OK;
}

/* Bytes of a row: an example, or one of its rows where it varies. */
static size_t row_bytes(const ad_source_field *field)
{
    ad_array row = {.type = field->type, .shape = field->shape};
    if (source_field_varies(field))
        row.shape.size[0] = 1;
    return ad_array_bytes(&row);
}

static ad_status make_room(const ad_source *source, struct table *t)
{
    for (int f = 0; f < t->fields; f++) {
        struct column *c = &t->column[f];
        int64_t rows = c->begin ? c->begin[t->count] : t->count;
        c->row = row_bytes(&source->record.field[f]);
        if (!memory_mul(c->row, (size_t)rows, &c->bytes))
            return fail(AD_ERROR_MEMORY, "%s does not fit in memory", source->record.name);
        c->data = memory_alloc(memory_default(), c->bytes);
        if (!c->data)
            return AD_ERROR_MEMORY;
    }
    return AD_OK;
}

static ad_status keep_example(ad_source *source, struct table *t, int64_t i, ad_array *into)
{
    int64_t length[VARYING_MAX];
    TRY(source_length(source, i, 0, length));
    for (int f = 0; f < t->fields; f++) {
        struct column *c = &t->column[f];
        int64_t from = c->begin ? c->begin[i] : i;
        into[f] = source_example(source, f, length);
        into[f].data = c->data + (size_t)from * c->row;
    }
    return source->record.read(source->record.user, &i, 1, 0, into);
}

enum { AT_ONCE = 16, FEW = 256 }; /* examples of a task; below, one thread keeps them */

struct keeping {
    ad_source *source;
    struct table *table;
    _Atomic int64_t bad; /* the first example that was not kept, or count */
};

static void keep_some(void *argument, int task, int thread)
{
    struct keeping *k = argument;
    size_t bytes = (size_t)k->table->fields * sizeof(ad_array);
    ad_array *into = memory_alloc(memory_default(), bytes);
    int64_t i = (int64_t)task * AT_ONCE, end = i + AT_ONCE;
    (void)thread;
    end = end < k->table->count ? end : k->table->count;
    while (into && i < end && i < atomic_load(&k->bad) &&
           keep_example(k->source, k->table, i, into) == AD_OK)
        i++;
    int64_t first = atomic_load(&k->bad);
    while (i < end && i < first && !atomic_compare_exchange_weak(&k->bad, &first, i))
        continue;
    memory_free(memory_default(), into, bytes);
}

/* By all processors, where there are many: the number of the first that was not kept. */
static int64_t keep_many(ad_source *source, struct table *t)
{
    struct keeping k = {source, t, t->count};
    int64_t tasks = (t->count + AT_ONCE - 1) / AT_ONCE;
    struct threads *all = t->count >= FEW && tasks < INT_MAX
                              ? threads_new(memory_default(), processors_available())
                              : NULL;
    if (!all)
        return 0;
    threads_run(all, (int)tasks, false, keep_some, &k);
    threads_free(all);
    return atomic_load(&k.bad);
}

static ad_status keep_all(ad_source *source, struct table *t)
{
    size_t bytes = (size_t)t->fields * sizeof(ad_array);
    for (int f = 0; f < t->fields; f++)
        if (source_field_varies(&source->record.field[f])) {
            t->column[f].begin = memory_zeroed(memory_default(), begin_size(t));
            if (!t->column[f].begin)
                return AD_ERROR_MEMORY;
        }
    if (source->varying)
        TRY(find_lengths(source, t));
    TRY(make_room(source, t));
    ad_array *into = memory_zeroed(memory_default(), bytes);
    ad_status status = into ? AD_OK : AD_ERROR_MEMORY;
    /* what failed is tried again here, where its words belong */
    for (int64_t i = into ? keep_many(source, t) : 0; status == AD_OK && i < t->count; i++)
        status = keep_example(source, t, i, into);
    memory_free(memory_default(), into, bytes);
    return status;
}

ad_source *ad_source_kept(ad_source *source)
{
    if (source_check_numbered(source, "ad_source_kept") != AD_OK)
        return NULL;
    struct table *t = table_new(source->record.fields, source->record.count);
    if (!t || keep_all(source, t) != AD_OK) {
        table_free(t);
        return NULL;
    }
    return source_of(t, source->record.field, source->varying > 0, source->record.name);
}
