/* Arrays as they stand in files: any kind of number, either order of bytes and of axes. */
#define _POSIX_C_SOURCE 200809L

#include "raw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "message.h"

static const struct {
    size_t width;
    const char *words;
} kinds[] = {
#define RAW(name, bytes, words) {bytes, words},
    RAW_KINDS(RAW)
#undef RAW
};

size_t raw_width(raw_kind kind)
{
    return kinds[kind].width;
}

const char *raw_words(raw_kind kind)
{
    return kinds[kind].words;
}

bool raw_whole(raw_kind kind)
{
    return kind != RAW_F16 && kind != RAW_BF16 && kind != RAW_F32 && kind != RAW_F64;
}

int64_t raw_count(const raw_array *raw)
{
    int64_t count = 1;
    for (int i = 0; i < raw->rank; i++)
        count *= raw->size[i];
    return count;
}

void raw_done(raw_array *raw)
{
    free(raw->memory);
    if (raw->map)
        munmap(raw->map, raw->mapped);
    if (raw->file)
        close(raw->file - 1);
    *raw = (raw_array){0};
}

void kept_done(kept_array *kept)
{
    free(kept->memory);
    if (kept->map)
        munmap(kept->map, kept->mapped);
    if (kept->file)
        close(kept->file - 1);
    *kept = (kept_array){0};
}

ad_type raw_number_type(raw_kind kind)
{
    switch (kind) {
    case RAW_U32:
    case RAW_I32:
    case RAW_U64:
    case RAW_I64:
    case RAW_F64: return AD_F64;
    default: return AD_F32;
    }
}

/* ---------------------------------------------------------------- one number */

static uint64_t bits_at(const uint8_t *p, size_t width, bool big)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < width; i++)
        bits |= (uint64_t)p[i] << 8 * (big ? width - 1 - i : i);
    return bits;
}

/* IEEE 754's 16 bits. */
static double half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double part = (double)(bits & 1023);
    double size = exponent == 31  ? (part != 0 ? (double)NAN : (double)INFINITY)
                  : exponent == 0 ? ldexp(part, -24)
                                  : ldexp(part + 1024, exponent - 25);
    return bits >> 15 ? -size : size;
}

static double float_at(const raw_array *raw, const uint8_t *p)
{
    uint64_t bits = bits_at(p, raw_width(raw->kind), raw->big);
    if (raw->kind == RAW_F16)
        return half(bits);
    if (raw->kind == RAW_F64) {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    uint32_t low = (uint32_t)bits << (raw->kind == RAW_BF16 ? 16 : 0); /* the upper half */
    float value;
    memcpy(&value, &low, sizeof value);
    return (double)value;
}

/* False past the largest i64. */
static bool whole_at(const raw_array *raw, const uint8_t *p, int64_t *value)
{
    uint64_t bits = bits_at(p, raw_width(raw->kind), raw->big);
    switch (raw->kind) {
    case RAW_I8: *value = (int8_t)bits; break;
    case RAW_I16: *value = (int16_t)bits; break;
    case RAW_I32: *value = (int32_t)bits; break;
    case RAW_BOOL: *value = bits != 0; break;
    default: *value = (int64_t)bits; break;
    }
    return raw->kind != RAW_U64 || bits <= INT64_MAX;
}

static ad_status fail_large(const raw_array *raw, int64_t at, const char *most)
{
    return message_fail(AD_ERROR_RANGE,
                        "%s: element %lld is beyond %s and would be rounded\n  store smaller "
                        "numbers, or f64\n",
                        raw->where, (long long)at, most);
}

/* Element `at` of the result, from p. */
static ad_status convert_one(const raw_array *raw, const uint8_t *p, ad_type type, int64_t at,
                             void *to)
{
    const int64_t exact = (int64_t)1 << 53;
    int64_t whole = 0;
    double number;
    if (raw_whole(raw->kind)) {
        if (!whole_at(raw, p, &whole))
            return fail_large(raw, at, type == AD_I64 ? "2^63 - 1" : "2^53");
        if (type != AD_I64 && (whole > exact || whole < -exact))
            return fail_large(raw, at, "2^53");
        number = (double)whole;
    } else {
        number = float_at(raw, p);
    }
    switch (type) {
    case AD_I64: ((int64_t *)to)[at] = whole; break;
    case AD_U8: ((uint8_t *)to)[at] = (uint8_t)whole; break;
    case AD_F32: ((float *)to)[at] = (float)number; break;
    default: ((double *)to)[at] = number; break;
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- all of them */

/* How many bytes a step along each axis is. */
static void find_steps(const raw_array *raw, int64_t *step)
{
    int64_t each = (int64_t)raw_width(raw->kind);
    for (int i = 0; i < raw->rank; i++) {
        int axis = raw->fortran ? i : raw->rank - 1 - i;
        step[axis] = each;
        each *= raw->size[axis];
    }
}

static void last_becomes(int64_t *list)
{
    int64_t first = list[1];
    list[1] = list[2], list[2] = list[3], list[3] = first;
}

/* Walks the result in its order, with an index for each axis. */
static ad_status convert_all(const raw_array *raw, const ad_shape *shape, const int64_t *step,
                             ad_type type, void *to)
{
    int64_t index[AD_RANK_MAX] = {0}, count = raw_count(raw);
    const uint8_t *p = raw->bytes;
    ad_status status = AD_OK;
    for (int64_t at = 0; at < count && status == AD_OK; at++) {
        status = convert_one(raw, p, type, at, to);
        for (int i = shape->rank - 1; i >= 0; i--) {
            p += step[i];
            if (++index[i] < shape->size[i])
                break;
            p -= index[i] * step[i];
            index[i] = 0;
        }
    }
    return status;
}

/* Whether the bytes are those of the type already. */
static bool is_plain(const raw_array *raw, ad_type type, bool channels_first)
{
    const uint16_t one = 1;
    bool big_here = *(const uint8_t *)&one == 0;
    bool same =
        (raw->kind == RAW_U8 && type == AD_U8) || (raw->kind == RAW_F32 && type == AD_F32) ||
        (raw->kind == RAW_F64 && type == AD_F64) || (raw->kind == RAW_I64 && type == AD_I64);
    return same && !channels_first && (raw->big == big_here || type == AD_U8) &&
           (!raw->fortran || raw->rank < 2) && (uintptr_t)raw->bytes % ad_type_size(type) == 0;
}

ad_status raw_take(raw_array *raw, ad_type type, bool channels_first, kept_array *kept)
{
    int64_t step[AD_RANK_MAX];
    *kept = (kept_array){.array = {.type = type, .shape = {.rank = raw->rank}}};
    ad_shape *shape = &kept->array.shape;
    find_steps(raw, step);
    memcpy(shape->size, raw->size, sizeof raw->size);
    if (is_plain(raw, type, channels_first)) {
        kept->array.data = (void *)(uintptr_t)raw->bytes;
        kept->memory = raw->memory, kept->map = raw->map, kept->mapped = raw->mapped;
        kept->file = raw->file;
        *raw = (raw_array){0};
        return AD_OK;
    }
    if (channels_first) {
        last_becomes(shape->size);
        last_becomes(step);
    }
    kept->memory = malloc((size_t)raw_count(raw) * ad_type_size(type) + 1);
    kept->array.data = kept->memory;
    ad_status status =
        kept->memory ? convert_all(raw, shape, step, type, kept->memory) : message_no_memory();
    raw_done(raw);
    if (status != AD_OK)
        kept_done(kept);
    return status;
}
