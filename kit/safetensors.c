/* The header of a safetensors file (Hugging Face 2022): 8 bytes with its length, little end first;
 * JSON, {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...,
 * "__metadata__": {"key": "value"}}; then the numbers. */
#include "array_list.h"

#include <string.h>

#include "message.h"

enum { LENGTH = 8 };

static const struct {
    const char *name;
    size_t width;
    raw_kind kind;
} types[] = {{"F64", 8, RAW_F64},  {"F32", 4, RAW_F32}, {"F16", 2, RAW_F16}, {"BF16", 2, RAW_BF16},
             {"I64", 8, RAW_I64},  {"I32", 4, RAW_I32}, {"I16", 2, RAW_I16}, {"I8", 1, RAW_I8},
             {"U8", 1, RAW_U8},    {"U16", 2, RAW_U16}, {"U32", 4, RAW_U32}, {"U64", 8, RAW_U64},
             {"BOOL", 1, RAW_BOOL}};

static uint64_t length_of(const uint8_t *bytes)
{
    uint64_t length = 0;
    for (int i = 0; i < LENGTH; i++)
        length |= (uint64_t)bytes[i] << (8 * i);
    return length;
}

bool safetensors_looks(const unsigned char *bytes, size_t size)
{
    return size > LENGTH + 1 && bytes[LENGTH] == '{' && length_of(bytes) < (uint64_t)1 << 32 &&
           length_of(bytes) > 1 && bytes[LENGTH + 1] != 0;
}

/* What is left of the header. */
typedef struct reading {
    const char *at, *end;
} reading;

static char next(reading *r)
{
    while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
        r->at++;
    return r->at < r->end ? *r->at : 0;
}

static bool take(reading *r, char c)
{
    bool is = next(r) == c;
    r->at += is;
    return is;
}

/* Without escapes, but for those of quotes and backslashes, which stay as they are. */
static bool take_text(reading *r, const char **text, size_t *size)
{
    if (!take(r, '"'))
        return false;
    for (*text = r->at; r->at < r->end && *r->at != '"'; r->at++)
        if ((unsigned char)*r->at < ' ' || (*r->at == '\\' && ++r->at == r->end))
            return false;
    *size = (size_t)(r->at - *text);
    return take(r, '"');
}

static bool take_whole(reading *r, int64_t *value)
{
    char c = next(r);
    if (c < '0' || c > '9')
        return false;
    for (*value = 0; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, *r->at - '0', value))
            return false;
    return true;
}

/* [1, 2, 3]; false where there are more than most. */
static bool take_list(reading *r, int64_t *value, int most, int *count)
{
    if (!take(r, '['))
        return false;
    for (*count = 0; next(r) != ']'; (*count)++)
        if (*count == most || (*count && !take(r, ',')) || !take_whole(r, &value[*count]))
            return false;
    return take(r, ']');
}

/* Texts and their texts. */
static bool pass_metadata(reading *r)
{
    const char *text;
    size_t size;
    bool first = true;
    if (!take(r, '{'))
        return false;
    for (; next(r) != '}'; first = false)
        if ((!first && !take(r, ',')) || !take_text(r, &text, &size) || !take(r, ':') ||
            !take_text(r, &text, &size))
            return false;
    return take(r, '}');
}

typedef struct entry {
    const char *type;
    size_t type_size;
    int64_t shape[AD_RANK_MAX], offset[2];
    int rank, offsets;
} entry;

static bool is_key(const char *text, size_t size, const char *key)
{
    return strlen(key) == size && memcmp(text, key, size) == 0;
}

static bool take_member(reading *r, entry *e)
{
    const char *key;
    size_t size;
    if (!take_text(r, &key, &size) || !take(r, ':'))
        return false;
    if (is_key(key, size, "dtype"))
        return take_text(r, &e->type, &e->type_size);
    if (is_key(key, size, "shape"))
        return take_list(r, e->shape, AD_RANK_MAX, &e->rank);
    return is_key(key, size, "data_offsets") && take_list(r, e->offset, 2, &e->offsets);
}

static bool take_entry(reading *r, entry *e)
{
    *e = (entry){.rank = -1};
    if (!take(r, '{'))
        return false;
    for (bool first = true; next(r) != '}'; first = false)
        if ((!first && !take(r, ',')) || !take_member(r, e))
            return false;
    return take(r, '}') && e->type && e->rank >= 0 && e->offsets == 2;
}

/* Its numbers lie in the data, as many as the shape says. */
static bool fits(const entry *e, size_t width, size_t data)
{
    int64_t bytes = (int64_t)width;
    for (int i = 0; i < e->rank; i++)
        if (__builtin_mul_overflow(bytes, e->shape[i], &bytes))
            return false;
    return e->offset[0] <= e->offset[1] && (uint64_t)e->offset[1] <= data &&
           e->offset[1] - e->offset[0] == bytes;
}

static ad_status fail_header(const char *path, const char *name, size_t size)
{
    return message_fail(AD_ERROR_FORMAT,
                        "%s: not a sound safetensors file: its header is wrong%s%.*s\n"
                        "  write the file again\n",
                        path, size ? " at " : "", (int)(size < 64 ? size : 64), name);
}

static ad_status add_entry(const char *path, const entry *e, const char *name, size_t size,
                           const uint8_t *data, size_t data_size, array_list *list)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!is_key(e->type, e->type_size, types[i].name))
            continue;
        if (!fits(e, types[i].width, data_size))
            return fail_header(path, name, size);
        listed_array *one = array_list_add(list, path, name, size);
        if (!one)
            return message_no_memory();
        one->kind = types[i].kind;
        one->rank = e->rank;
        memcpy(one->size, e->shape, sizeof one->size);
        one->bytes = data + e->offset[0];
        return AD_OK;
    }
    return message_fail(
        AD_ERROR_UNSUPPORTED, "%s: %.*s has numbers of the type %.*s\n  save it as F32\n", path,
        (int)(size < 64 ? size : 64), name, (int)(e->type_size < 32 ? e->type_size : 32), e->type);
}

static ad_status take_arrays(const char *path, reading *r, const uint8_t *data, size_t size,
                             array_list *list)
{
    entry e;
    ad_status status = AD_OK;
    for (bool first = true; next(r) != '}' && status == AD_OK; first = false) {
        const char *name = "";
        size_t length = 0;
        bool good = (first || take(r, ',')) && take_text(r, &name, &length) && take(r, ':');
        bool notes = good && is_key(name, length, "__metadata__");
        if (good)
            good = notes ? pass_metadata(r) : take_entry(r, &e);
        if (!good)
            return fail_header(path, name, length);
        if (!notes)
            status = add_entry(path, &e, name, length, data, size, list);
    }
    return status;
}

ad_status safetensors_list(const char *path, const uint8_t *bytes, size_t size, array_list *list)
{
    uint64_t length = size < LENGTH ? 0 : length_of(bytes);
    if (length < 2 || length > size - LENGTH)
        return fail_header(path, "", 0);
    const uint8_t *data = bytes + LENGTH + length;
    reading r = {(const char *)bytes + LENGTH, (const char *)data};
    if (!take(&r, '{'))
        return fail_header(path, "", 0);
    ad_status status = take_arrays(path, &r, data, size - LENGTH - length, list);
    if (status == AD_OK && (!take(&r, '}') || next(&r)))
        status = fail_header(path, "", 0);
    return status;
}
