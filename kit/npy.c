/* NumPy's .npy: "\x93NUMPY", a version, the size of the header, and the header, a dictionary as
 * Python writes it: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.  Then the numbers.
 * (numpy.lib.format.)  Pickled objects are not read: they could run any program. */
#include "npy.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

typedef struct header {
    const char *where, *at, *end;
    char descr[16];
    bool descr_is_list, has_descr, has_order, has_shape, fortran;
    int rank;
    int64_t size[AD_RANK_MAX];
} header;

static const char again[] = "write it again by numpy.save";

bool npy_looks(const unsigned char *bytes, size_t size)
{
    return size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
}

static ad_status fail_header(const header *h, const char *what)
{
    return message_fail(AD_ERROR_FORMAT, "%s: the header of the array %s\n  %s\n", h->where, what,
                        again);
}

/* ---------------------------------------------------------------- the dictionary */

static void skip(header *h)
{
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n' || *h->at == '\t'))
        h->at++;
}

/* The character, after blanks. */
static bool take(header *h, char c)
{
    skip(h);
    bool is = h->at < h->end && *h->at == c;
    h->at += is;
    return is;
}

static bool take_word(header *h, const char *word)
{
    size_t size = strlen(word);
    skip(h);
    bool is = (size_t)(h->end - h->at) >= size && memcmp(h->at, word, size) == 0;
    h->at += is ? size : 0;
    return is;
}

/* A text in quotes of fewer than size bytes. */
static bool take_text(header *h, char *text, size_t size)
{
    skip(h);
    if (h->at == h->end || (*h->at != '\'' && *h->at != '"'))
        return false;
    const char *stop = memchr(h->at + 1, *h->at, (size_t)(h->end - h->at - 1));
    if (!stop || (size_t)(stop - h->at) > size)
        return false;
    memcpy(text, h->at + 1, (size_t)(stop - h->at - 1));
    text[stop - h->at - 1] = 0;
    h->at = stop + 1;
    return true;
}

static bool take_size(header *h, int64_t *size)
{
    skip(h);
    const char *start = h->at;
    for (*size = 0; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++) {
        if (*size > (INT64_MAX >> 16) / 10)
            return false;
        *size = *size * 10 + (*h->at - '0');
    }
    bool good = h->at > start;
    h->at += good && h->at < h->end && *h->at == 'L';
    return good;
}

static ad_status take_shape(header *h)
{
    if (!take(h, '('))
        return fail_header(h, "has no shape");
    while (!take(h, ')')) {
        if (h->rank == AD_RANK_MAX)
            return message_fail(AD_ERROR_SHAPE, "%s: more than %d axes\n  give it fewer\n",
                                h->where, AD_RANK_MAX);
        if (!take_size(h, &h->size[h->rank++]))
            return fail_header(h, "has no whole numbers as its shape");
        if (!take(h, ',') && !(h->at < h->end && *h->at == ')'))
            return fail_header(h, "does not close its shape");
    }
    h->has_shape = true;
    return AD_OK;
}

static ad_status take_descr(header *h)
{
    h->has_descr = true;
    if (take(h, '[')) {
        h->descr_is_list = true;
        return message_fail(AD_ERROR_UNSUPPORTED,
                            "%s: its elements are records of several columns\n  save each column "
                            "as an array of its own\n",
                            h->where);
    }
    return take_text(h, h->descr, sizeof h->descr) ? AD_OK : fail_header(h, "has no type");
}

static ad_status take_entry(header *h)
{
    char key[32];
    if (!take_text(h, key, sizeof key) || !take(h, ':'))
        return fail_header(h, "is no dictionary");
    if (strcmp(key, "descr") == 0)
        return take_descr(h);
    if (strcmp(key, "shape") == 0 && !h->has_shape)
        return take_shape(h);
    if (strcmp(key, "fortran_order") != 0)
        return fail_header(h, "has a key that is not known");
    h->has_order = true;
    h->fortran = take_word(h, "True");
    return h->fortran || take_word(h, "False") ? AD_OK : fail_header(h, "does not say its order");
}

static ad_status take_dictionary(header *h)
{
    if (!take(h, '{'))
        return fail_header(h, "is no dictionary");
    while (!take(h, '}')) {
        ad_status status = take_entry(h);
        if (status != AD_OK)
            return status;
        if (!take(h, ',') && !(h->at < h->end && *h->at == '}'))
            return fail_header(h, "is no dictionary");
    }
    return h->has_descr && h->has_order && h->has_shape ? AD_OK
                                                        : fail_header(h, "has a key missing");
}

/* ---------------------------------------------------------------- the type */

/* datetime64: M8[ns], M8[D], M8[25s]... */
static bool is_time(const char *name, raw_array *raw)
{
    static const struct {
        const char *unit;
        int64_t seconds, per;
        int months;
    } units[] = {{"Y", 0, 0, 12},         {"M", 0, 0, 1},     {"W", 604800, 1, 0},
                 {"D", 86400, 1, 0},      {"h", 3600, 1, 0},  {"m", 60, 1, 0},
                 {"s", 1, 1, 0},          {"ms", 1, 1000, 0}, {"us", 1, 1000000, 0},
                 {"ns", 1, 1000000000, 0}};
    if (strncmp(name, "M8[", 3) != 0)
        return false;
    char *at;
    long times = strtol(name + 3, &at, 10);
    times = at == name + 3 ? 1 : times;
    size_t size = strcspn(at, "]");
    if (times < 1 || times > 1000000 || at[size] != ']' || at[size + 1])
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].unit) == size && memcmp(units[i].unit, at, size) == 0) {
            raw->kind = RAW_I64;
            raw->times = units[i].seconds * times, raw->per = units[i].per;
            raw->months = units[i].months * (int)times;
            return true;
        }
    return false;
}

/* Its two letters: <f4, |u1, >i8... */
static ad_status find_kind(const header *h, raw_array *raw)
{
    static const struct {
        const char *name;
        raw_kind kind;
    } kinds[] = {{"u1", RAW_U8},        {"i1", RAW_I8},  {"u2", RAW_U16}, {"i2", RAW_I16},
                 {"u4", RAW_U32},       {"i4", RAW_I32}, {"u8", RAW_U64}, {"i8", RAW_I64},
                 {"f2", RAW_F16},       {"f4", RAW_F32}, {"f8", RAW_F64}, {"b1", RAW_BOOL},
                 {"bfloat16", RAW_BF16}};
    const char *name = h->descr + (*h->descr && strchr("<>|=", *h->descr) != NULL);
    raw->big = h->descr[0] == '>';
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            raw->kind = kinds[i].kind;
            return AD_OK;
        }
    if (is_time(name, raw))
        return AD_OK;
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: its elements are of NumPy's type '%s'%s\n  save numbers: "
                        "x.astype('float32')\n",
                        h->where, h->descr,
                        strchr(h->descr, 'O')   ? ", any Python objects"
                        : strchr(h->descr, 'U') ? ", texts"
                        : strchr(h->descr, 'c') ? ", complex numbers"
                        : strchr(h->descr, 'V')
                            ? ", bytes without a meaning (as ml_dtypes' bfloat16 is saved)"
                            : "");
}

/* ---------------------------------------------------------------- all */

static ad_status find_header(const char *where, const uint8_t *bytes, size_t size, header *h,
                             size_t *start)
{
    *h = (header){.where = where};
    if (!npy_looks(bytes, size))
        return message_fail(AD_ERROR_FORMAT, "%s: is not an array as NumPy stores them\n  %s\n",
                            where, again);
    int version = size > 6 ? bytes[6] : 0;
    size_t before = version == 1 ? 10 : 12, length = 0;
    if (size < before)
        return message_fail(AD_ERROR_FORMAT, "%s: ends within the header\n  %s\n", where, again);
    if (version < 1 || version > 3)
        return message_fail(AD_ERROR_UNSUPPORTED, "%s: is of version %d; 1 to 3 are known\n  %s\n",
                            where, version, again);
    for (size_t i = 0; i < before - 8; i++)
        length |= (size_t)bytes[8 + i] << 8 * i;
    if (length > size - before)
        return message_fail(AD_ERROR_FORMAT, "%s: ends within the header\n  %s\n", where, again);
    h->at = (const char *)bytes + before;
    h->end = h->at + length;
    *start = before + length;
    return take_dictionary(h);
}

static ad_status check_length(const char *where, const raw_array *raw, size_t start, size_t size)
{
    int64_t left = (int64_t)(size - start), each = (int64_t)raw_width(raw->kind), bytes = each;
    for (int i = 0; i < raw->rank; i++) {
        if (raw->size[i] == 0)
            bytes = 0;
        else if (bytes > INT64_MAX / 16 / raw->size[i])
            return message_fail(AD_ERROR_FORMAT,
                                "%s: the shape asks for more than 2^59 bytes\n"
                                "  %s\n",
                                where, again);
        bytes *= raw->size[i] ? raw->size[i] : 1;
    }
    if (bytes == left)
        return AD_OK;
    return message_fail(AD_ERROR_FORMAT, "%s: %s byte %lld, where %lld bytes belong to it\n  %s\n",
                        where, bytes > left ? "ends at" : "goes on to", (long long)size,
                        (long long)start + bytes, again);
}

ad_status npy_parse(const char *where, const uint8_t *bytes, size_t size, raw_array *raw)
{
    header h;
    size_t start = 0;
    *raw = (raw_array){.where = where};
    ad_status status = find_header(where, bytes, size, &h, &start);
    if (status == AD_OK)
        status = find_kind(&h, raw);
    if (status != AD_OK)
        return status;
    raw->fortran = h.fortran;
    raw->rank = h.rank;
    memcpy(raw->size, h.size, sizeof h.size);
    raw->bytes = bytes + start;
    return check_length(where, raw, start, size);
}
