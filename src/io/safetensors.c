/* Reading and writing safetensors.  What the reader lets through is what the format allows: every
 * byte of the data belongs to one tensor. */
#include "io/safetensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/quote.h"
#include "base/text.h"
#include "core/number.h"
#include "io/file.h"
#include "io/json.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "numbers in a safetensors file lie little end first; this machine's do not"
#endif

enum { HEADER_MAX = 100000000, LENGTH_BYTES = 8 };

/* dtype, element type, bytes of an element; first those that arrays can have, in order of ad_type.
 */
static const struct dtype {
    const char *name;
    ad_type type;
    size_t size;
} dtypes[] = {
#define DTYPE(name, bytes, ctype, text) {#name, AD_##name, bytes},
    AD_TYPE_LIST(DTYPE)
#undef DTYPE
#define NO_TYPE (ad_type)99
        {"U64", NO_TYPE, 8},
    {"F8_E4M3", NO_TYPE, 1},
    {"F8_E5M2", NO_TYPE, 1},
    {"F8_E8M0", NO_TYPE, 1},
    {"C64", NO_TYPE, 8},
};

enum { DTYPE_COUNT = sizeof dtypes / sizeof dtypes[0], DTYPES_READ = AD_TYPE_COUNT };

static const struct dtype *dtype_of(ad_type type)
{
    return (size_t)type < DTYPES_READ ? &dtypes[type] : NULL;
}

static const struct dtype *dtype_named(const char *name)
{
    for (int i = 0; i < DTYPE_COUNT; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return &dtypes[i];
    return NULL;
}

/* Bytes of an array; false where it has too many, or a size below zero. */
static bool array_bytes(const struct dtype *dtype, const ad_shape *shape, size_t *bytes)
{
    bool fits = true;
    *bytes = dtype->size;
    for (int i = 0; i < shape->rank; i++)
        fits = fits && shape->size[i] >= 0;
    for (int i = 0; fits && i < shape->rank; i++)
        if (shape->size[i] == 0)
            *bytes = 0;
    for (int i = 0; fits && i < shape->rank; i++)
        fits = memory_mul(*bytes, (size_t)shape->size[i], bytes);
    return fits && *bytes <= SIZE_MAX / 2;
}

/* ---- reading */

struct range {
    uint64_t begin, end;
    int tensor;
};

struct reader {
    const char *name; /* of the file */
    const char *data; /* what follows the header */
    uint64_t size;
    struct safetensors *file;
    struct range *ranges;
};

static ad_status check_list(const struct reader *r, const struct safetensor *tensor,
                            const struct json *list, const char *what)
{
    if (!list || list->kind != JSON_ARRAY)
        return fail(AD_ERROR_FORMAT, "%s: tensor '%s' has no list '%s'", r->name, tensor->name,
                    what);
    for (const struct json *item = list->first; item; item = item->next)
        if (item->kind != JSON_NUMBER || !item->whole || item->integer < 0)
            return fail(AD_ERROR_FORMAT,
                        "%s: tensor '%s': '%s' has something else than whole numbers from 0 up",
                        r->name, tensor->name, what);
    return AD_OK;
}

static ad_status set_unread(struct safetensor *tensor, const char *why)
{
    tensor->unread = why;
    return why ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status read_dtype(const struct reader *r, const struct json *item,
                            struct safetensor *tensor)
{
    const struct json *member = json_member(item, "dtype");
    if (!member || member->kind != JSON_STRING)
        return fail(AD_ERROR_FORMAT, "%s: tensor '%s' has no text 'dtype'", r->name, tensor->name);
    tensor->dtype = member->text;
    const struct dtype *dtype = dtype_named(member->text);
    tensor->array.type = dtype ? dtype->type : NO_TYPE;
    if (dtype && dtype->type != NO_TYPE)
        return AD_OK;
    return set_unread(tensor, arena_format(&r->file->arena, "dtype %.32s", member->text));
}

/* More axes than an array has leave the tensor unread, with its size still to be checked. */
static ad_status read_shape(const struct reader *r, const struct json *item,
                            struct safetensor *tensor, size_t *elements)
{
    const struct json *list = json_member(item, "shape"), *axis;
    ad_shape *shape = &tensor->array.shape;
    bool fits = true, empty = false;
    TRY(check_list(r, tensor, list, "shape"));
    *elements = 1;
    for (axis = list->first; axis; axis = axis->next)
        empty |= axis->integer == 0;
    for (axis = empty ? NULL : list->first; fits && axis; axis = axis->next)
        fits = memory_mul(*elements, (size_t)axis->integer, elements);
    if (!fits)
        return fail(AD_ERROR_FORMAT,
                    "%s: tensor '%s': its shape has more elements than memory has room for",
                    r->name, tensor->name);
    *elements = empty ? 0 : *elements;
    if (list->count > AD_RANK_MAX)
        return set_unread(tensor, arena_format(&r->file->arena, "%d axes", list->count));
    for (axis = list->first; axis; axis = axis->next)
        shape->size[shape->rank++] = axis->integer;
    return AD_OK;
}

static ad_status read_range(const struct reader *r, const struct json *item,
                            const struct safetensor *tensor, struct range *range)
{
    const struct json *list = json_member(item, "data_offsets");
    TRY(check_list(r, tensor, list, "data_offsets"));
    if (list->count != 2)
        return fail(AD_ERROR_FORMAT, "%s: tensor '%s': 'data_offsets' has %d numbers, not 2",
                    r->name, tensor->name, list->count);
    range->begin = (uint64_t)list->first->integer;
    range->end = (uint64_t)list->first->next->integer;
    if (range->begin > range->end || range->end > r->size)
        return fail(AD_ERROR_FORMAT,
                    "%s: tensor '%s' lies at bytes %" PRIu64 " to %" PRIu64
                    ", but there are %" PRIu64 " bytes of data",
                    r->name, tensor->name, range->begin, range->end, r->size);
    return AD_OK;
}

/* Of a dtype that nobody knows any number of bytes may be right. */
static ad_status check_bytes(const struct reader *r, const struct safetensor *tensor,
                             const struct range *range, size_t elements)
{
    size_t bytes;
    const struct dtype *dtype = dtype_named(tensor->dtype);
    if (!dtype)
        return AD_OK;
    if (!memory_mul(elements, dtype->size, &bytes) || bytes > SIZE_MAX / 2)
        return fail(AD_ERROR_FORMAT,
                    "%s: tensor '%s': its shape has more elements than memory has room for",
                    r->name, tensor->name);
    if (bytes != range->end - range->begin)
        return fail(
            AD_ERROR_FORMAT,
            "%s: tensor '%s': its shape takes %zu bytes of %s, but its data_offsets span %" PRIu64,
            r->name, tensor->name, bytes, dtype->name, range->end - range->begin);
    const char *data = tensor->bytes;
    for (size_t i = 0; dtype->type == AD_BOOL && i < bytes; i++)
        if ((unsigned char)data[i] > 1)
            return fail(AD_ERROR_FORMAT, "%s: tensor '%s': element %zu is %d, and a BOOL is 0 or 1",
                        r->name, tensor->name, i, (unsigned char)data[i]);
    return AD_OK;
}

/* The numbers where they lie; in a copy where an odd-sized neighbour pushed them off their
 * alignment. */
static ad_status place_data(const struct reader *r, struct safetensor *tensor,
                            const struct range *range)
{
    if (tensor->unread)
        return AD_OK;
    tensor->array.data = (void *)(uintptr_t)tensor->bytes;
    if ((uintptr_t)tensor->bytes % dtype_of(tensor->array.type)->size == 0)
        return AD_OK;
    tensor->array.data =
        arena_copy(&r->file->arena, tensor->bytes, (size_t)(range->end - range->begin));
    return tensor->array.data ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status read_tensor(const struct reader *r, const struct json *item,
                             struct safetensor *tensor, struct range *range)
{
    size_t elements;
    tensor->name = item->key;
    if (item->kind != JSON_OBJECT || item->count != 3)
        return fail(AD_ERROR_FORMAT,
                    "%s: tensor '%s' is not an object of dtype, shape and data_offsets", r->name,
                    tensor->name);
    TRY(read_dtype(r, item, tensor));
    TRY(read_shape(r, item, tensor, &elements));
    TRY(read_range(r, item, tensor, range));
    tensor->bytes = r->data + range->begin;
    TRY(check_bytes(r, tensor, range, elements));
    return place_data(r, tensor, range);
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* In order of their bytes, each tensor begins where the one before it ended. */
static ad_status check_holes(const struct reader *r)
{
    const struct safetensors *file = r->file;
    uint64_t end = 0;
    if (file->count)
        qsort(r->ranges, (size_t)file->count, sizeof *r->ranges, compare_ranges);
    for (int i = 0; i < file->count; i++) {
        const struct range *range = &r->ranges[i];
        if (range->begin != end)
            return fail(
                AD_ERROR_FORMAT,
                "%s: tensor '%s' begins at byte %" PRIu64 " of the data, %s %" PRIu64, r->name,
                file->tensors[range->tensor].name, range->begin,
                range->begin < end ? "inside one that ends at" : "and nothing fills it from", end);
        end = range->end;
    }
    if (end != r->size)
        return fail(AD_ERROR_FORMAT,
                    "%s: the data has %" PRIu64 " bytes, but the tensors end at %" PRIu64, r->name,
                    r->size, end);
    return AD_OK;
}

static ad_status read_notes(const struct reader *r, const struct json *metadata)
{
    struct safetensors *file = r->file;
    if (metadata->kind != JSON_OBJECT)
        return fail(AD_ERROR_FORMAT, "%s: '__metadata__' is not an object", r->name);
    if (file->notes)
        return fail(AD_ERROR_FORMAT, "%s: '__metadata__' is there twice", r->name);
    file->notes = arena_array(&file->arena, (size_t)metadata->count, sizeof *file->notes);
    if (!file->notes)
        return AD_ERROR_MEMORY;
    for (const struct json *item = metadata->first; item; item = item->next) {
        if (item->kind != JSON_STRING)
            return fail(AD_ERROR_FORMAT, "%s: '%s' of '__metadata__' is not a text", r->name,
                        item->key);
        file->notes[file->note_count++] = (struct safetensors_note){item->key, item->text};
    }
    return AD_OK;
}

static ad_status read_items(struct reader *r, const struct json *header)
{
    struct safetensors *file = r->file;
    size_t count = (size_t)header->count;
    file->tensors = arena_array(&file->arena, count, sizeof *file->tensors);
    r->ranges = arena_array(&file->arena, count, sizeof *r->ranges);
    if (!file->tensors || !r->ranges)
        return AD_ERROR_MEMORY;
    for (const struct json *item = header->first; item; item = item->next) {
        if (strcmp(item->key, "__metadata__") == 0) {
            TRY(read_notes(r, item));
            continue;
        }
        struct range *range = &r->ranges[file->count];
        TRY(read_tensor(r, item, &file->tensors[file->count], range));
        range->tensor = file->count++;
    }
    return AD_OK;
}

/* Both structs begin with their name. */
static int compare_names(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

_Static_assert(offsetof(struct safetensor, name) == 0, "compare_names reads the name first");
_Static_assert(offsetof(struct safetensors_note, key) == 0, "compare_names reads the key first");

static ad_status sort_names(const char *name, struct safetensors *file)
{
    if (file->count)
        qsort(file->tensors, (size_t)file->count, sizeof *file->tensors, compare_names);
    if (file->note_count)
        qsort(file->notes, (size_t)file->note_count, sizeof *file->notes, compare_names);
    for (int i = 1; i < file->count; i++)
        if (compare_names(&file->tensors[i - 1], &file->tensors[i]) == 0)
            return fail(AD_ERROR_FORMAT, "%s: tensor '%s' is there twice", name,
                        file->tensors[i].name);
    for (int i = 1; i < file->note_count; i++)
        if (compare_names(&file->notes[i - 1], &file->notes[i]) == 0)
            return fail(AD_ERROR_FORMAT, "%s: '%s' of '__metadata__' is there twice", name,
                        file->notes[i].key);
    return AD_OK;
}

/* The header's length in *length, checked against the size of the file. */
static ad_status read_length(const char *name, const char *data, size_t size, size_t *length)
{
    uint64_t bytes;
    if (size < LENGTH_BYTES)
        return fail(
            AD_ERROR_FORMAT,
            "%s: not a safetensors file: it has %zu bytes, and the length of the header takes 8",
            name, size);
    memcpy(&bytes, data, sizeof bytes);
    if (bytes > HEADER_MAX)
        return fail(AD_ERROR_FORMAT,
                    "%s: not a safetensors file: its header would have %" PRIu64
                    " bytes; at most %d are "
                    "allowed",
                    name, bytes, HEADER_MAX);
    if (bytes > size - LENGTH_BYTES)
        return fail(AD_ERROR_FORMAT,
                    "%s: the header has %" PRIu64
                    " bytes, but the file ends after %zu; was it cut off?",
                    name, bytes, size - LENGTH_BYTES);
    if (bytes == 0 || data[LENGTH_BYTES] != '{')
        return fail(AD_ERROR_FORMAT,
                    "%s: not a safetensors file: the header does not begin with '{'", name);
    *length = (size_t)bytes;
    return AD_OK;
}

static ad_status parse(const char *name, const char *data, size_t size, struct safetensors *file)
{
    size_t length = 0;
    struct json *header;
    TRY(read_length(name, data, size, &length));
    const char *where = arena_format(&file->arena, "%s: header", name);
    if (!where)
        return AD_ERROR_MEMORY;
    TRY(json_read(&file->arena, where, data + LENGTH_BYTES, length, &header));
    size_t begin = LENGTH_BYTES + length;
    struct reader r = {.name = name, .data = data + begin, .size = size - begin, .file = file};
    TRY(read_items(&r, header));
    TRY(check_holes(&r));
    return sort_names(name, file);
}

ad_status safetensors_parse(const ad_allocator *allocator, const char *name, const char *data,
                            size_t size, struct safetensors *file)
{
    *file = (struct safetensors){0};
    arena_init(&file->arena, allocator);
    ad_status status = parse(name, data, size, file);
    if (status != AD_OK)
        safetensors_free(file);
    return status;
}

ad_status safetensors_read(const ad_allocator *allocator, const char *path,
                           struct safetensors *file)
{
    char *data;
    size_t size;
    *file = (struct safetensors){0};
    TRY(file_read(allocator, path, SIZE_MAX / 2, &data, &size));
    ad_status status = safetensors_parse(allocator, path, data, size, file);
    if (status != AD_OK) {
        file_free(allocator, data, size);
        return status;
    }
    file->data = data;
    file->size = size;
    return AD_OK;
}

void safetensors_free(struct safetensors *file)
{
    if (file->data)
        file_free(file->arena.allocator, file->data, file->size);
    arena_done(&file->arena);
    *file = (struct safetensors){.arena = file->arena};
}

const struct safetensor *safetensors_find(const struct safetensors *file, const char *name)
{
    if (!file->count)
        return NULL;
    return bsearch(&name, file->tensors, (size_t)file->count, sizeof *file->tensors, compare_names);
}

const char *safetensors_note(const struct safetensors *file, const char *key)
{
    if (!file->note_count)
        return NULL;
    const struct safetensors_note *note =
        bsearch(&key, file->notes, (size_t)file->note_count, sizeof *file->notes, compare_names);
    return note ? note->value : NULL;
}

/* ---- a note alone */

static ad_status find_note(const char *path, struct safetensors *file, const char *data,
                           size_t size, const char *key, char *out, size_t room)
{
    size_t length;
    struct json *header;
    TRY(read_length(path, data, SIZE_MAX, &length));
    if (length > size - LENGTH_BYTES)
        return fail(AD_ERROR_FORMAT, "%s: the file ends within its header; was it cut off?", path);
    const char *where = arena_format(&file->arena, "%s: header", path);
    if (!where)
        return AD_ERROR_MEMORY;
    TRY(json_read(&file->arena, where, data + LENGTH_BYTES, length, &header));
    struct reader r = {.name = path, .file = file};
    const struct json *metadata = json_member(header, "__metadata__");
    if (metadata)
        TRY(read_notes(&r, metadata));
    TRY(sort_names(path, file));
    const char *note = safetensors_note(file, key);
    if (!note)
        return fail(AD_ERROR_FORMAT, "%s: there is no '%s' in its metadata", path, key);
    if (strlen(note) >= room)
        return fail(AD_ERROR_FORMAT, "%s: its '%s' has %zu bytes; there is room for %zu", path, key,
                    strlen(note), room);
    memcpy(out, note, strlen(note) + 1);
    return AD_OK;
}

ad_status safetensors_read_note(const ad_allocator *allocator, const char *path, const char *key,
                                char *out, size_t size)
{
    char *data;
    size_t bytes, length = 0;
    TRY(file_read_part(allocator, path, LENGTH_BYTES + 1, &data, &bytes));
    ad_status status =
        bytes < LENGTH_BYTES + 1
            ? fail(AD_ERROR_FORMAT, "%s: not a safetensors file: it has %zu bytes", path, bytes)
            : read_length(path, data, SIZE_MAX, &length);
    file_free(allocator, data, bytes);
    TRY(status);
    TRY(file_read_part(allocator, path, LENGTH_BYTES + length, &data, &bytes));
    struct safetensors file = {0};
    arena_init(&file.arena, allocator);
    status = find_note(path, &file, data, bytes, key, out, size);
    arena_done(&file.arena);
    file_free(allocator, data, bytes);
    return status;
}

/* ---- other types */

bool safetensors_converts(const struct safetensor *tensor, ad_type to)
{
    ad_type type = tensor->array.type;
    return !tensor->unread &&
           (type == AD_F32 || type == AD_F64 || type == AD_BF16 || type == AD_F16) &&
           (to == AD_F32 || to == AD_F64);
}

void safetensors_convert(const struct safetensor *tensor, ad_type to, void *out)
{
    const ad_array *array = &tensor->array;
    for (int64_t i = 0, n = ad_array_count(array); i < n; i++)
        number_store(to, (char *)out + (size_t)i * ad_type_size(to), ad_array_item(array, i));
}

/* ---- writing */

struct writer {
    const char *path;
    const struct safetensor *tensors;
    int count;
    const struct safetensors_note *notes;
    int note_count;
    struct arena arena;
    struct text header;
    struct file_piece *pieces; /* length, header, then the tensors */
    int piece_count;
    size_t offset; /* bytes of data so far */
};

static ad_status check_name(const struct writer *w, const char *name, const char *what)
{
    if (!text_is_utf8(name, strlen(name)))
        return fail(AD_ERROR_ARGUMENT, "%s: %s '%s' is not UTF-8", w->path, what, name);
    return AD_OK;
}

static ad_status check_tensor(const struct writer *w, const struct safetensor *tensor)
{
    size_t bytes;
    const ad_array *array = &tensor->array;
    const struct dtype *dtype = dtype_of(array->type);
    TRY(check_name(w, tensor->name, "the name of tensor"));
    if (strcmp(tensor->name, "__metadata__") == 0)
        return fail(AD_ERROR_ARGUMENT,
                    "%s: a tensor cannot be called '__metadata__'; the format keeps that name",
                    w->path);
    if (!dtype)
        return fail(AD_ERROR_TYPE, "%s: tensor '%s' has an unknown type, %d", w->path, tensor->name,
                    (int)array->type);
    if (array->shape.rank < 0 || array->shape.rank > AD_RANK_MAX ||
        !array_bytes(dtype, &array->shape, &bytes))
        return fail(AD_ERROR_SHAPE, "%s: tensor '%s' has a shape that no array has", w->path,
                    tensor->name);
    if (bytes && !array->data)
        return fail(AD_ERROR_ARGUMENT, "%s: tensor '%s' has no data", w->path, tensor->name);
    return AD_OK;
}

/* The reader's own test for names that are there twice. */
static ad_status check_twice(struct writer *w)
{
    struct safetensors copy = {.count = w->count, .note_count = w->note_count};
    copy.tensors = arena_copy(&w->arena, w->tensors, (size_t)w->count * sizeof *w->tensors);
    copy.notes = arena_copy(&w->arena, w->notes, (size_t)w->note_count * sizeof *w->notes);
    if (!copy.tensors || !copy.notes)
        return AD_ERROR_MEMORY;
    return sort_names(w->path, &copy);
}

static ad_status check_all(struct writer *w)
{
    for (int i = 0; i < w->count; i++)
        TRY(check_tensor(w, &w->tensors[i]));
    for (int i = 0; i < w->note_count; i++) {
        TRY(check_name(w, w->notes[i].key, "the key of the note"));
        TRY(check_name(w, w->notes[i].value, "the note"));
    }
    return check_twice(w);
}

static void add_notes(struct writer *w)
{
    if (!w->note_count)
        return;
    text_add(&w->header, "\"__metadata__\":{");
    for (int i = 0; i < w->note_count; i++) {
        text_add(&w->header, i ? "," : "");
        quote_json(&w->header, w->notes[i].key);
        text_add(&w->header, ":");
        quote_json(&w->header, w->notes[i].value);
    }
    text_add(&w->header, "}");
}

static void add_tensor(struct writer *w, const struct safetensor *tensor)
{
    const struct dtype *dtype = dtype_of(tensor->array.type);
    const ad_shape *shape = &tensor->array.shape;
    size_t bytes;
    array_bytes(dtype, shape, &bytes);
    text_add(&w->header, w->header.size > 1 ? "," : "");
    quote_json(&w->header, tensor->name);
    text_add(&w->header, ":{\"dtype\":\"%s\",\"shape\":[", dtype->name);
    for (int i = 0; i < shape->rank; i++)
        text_add(&w->header, i ? ",%lld" : "%lld", (long long)shape->size[i]);
    text_add(&w->header, "],\"data_offsets\":[%zu,%zu]}", w->offset, w->offset + bytes);
    w->pieces[w->piece_count++] = (struct file_piece){tensor->array.data, bytes};
    w->offset += bytes;
}

static ad_status build(struct writer *w)
{
    TRY(check_all(w));
    w->pieces = arena_array(&w->arena, (size_t)w->count + 2, sizeof *w->pieces);
    if (!w->pieces)
        return AD_ERROR_MEMORY;
    w->piece_count = 2;
    text_add(&w->header, "{");
    add_notes(w);
    for (size_t size = 8; size; size /= 2)
        for (int i = 0; i < w->count; i++)
            if (dtype_of(w->tensors[i].array.type)->size == size)
                add_tensor(w, &w->tensors[i]);
    text_add(&w->header, "}");
    while (!w->header.failed && w->header.size % LENGTH_BYTES)
        text_add(&w->header, " ");
    if (w->header.failed)
        return AD_ERROR_MEMORY;
    if (w->header.size > HEADER_MAX)
        return fail(AD_ERROR_ARGUMENT, "%s: the header would have %zu bytes; the format allows %d",
                    w->path, w->header.size, HEADER_MAX);
    return AD_OK;
}

static ad_status build_and_write(struct writer *w)
{
    TRY(build(w));
    uint64_t length = w->header.size;
    w->pieces[0] = (struct file_piece){&length, sizeof length};
    w->pieces[1] = (struct file_piece){w->header.data, w->header.size};
    return file_write_atomic(w->path, w->pieces, w->piece_count);
}

ad_status safetensors_write(const ad_allocator *allocator, const char *path,
                            const struct safetensor *tensors, int count,
                            const struct safetensors_note *notes, int note_count)
{
    struct writer w = {
        .path = path, .tensors = tensors, .count = count, .notes = notes, .note_count = note_count};
    arena_init(&w.arena, allocator);
    text_init(&w.header, allocator);
    ad_status status = build_and_write(&w);
    text_done(&w.header);
    arena_done(&w.arena);
    return status;
}
