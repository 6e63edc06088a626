/* Zip files in memory: the directory at the end, and entries through zlib. */
#include "zip.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

#ifdef ADZE_HAVE_ZLIB
#include <zlib.h>
#endif

enum { END = 22, LOCATOR = 20, END64 = 56, CENTRAL = 46, LOCAL = 30, COMMENT_MAX = 65535 };

static uint64_t number(const uint8_t *p, int width)
{
    uint64_t value = 0;
    for (int i = 0; i < width; i++)
        value |= (uint64_t)p[i] << 8 * i;
    return value;
}

static ad_status fail_zip(const zip *z, const char *what)
{
    return message_fail(AD_ERROR_FORMAT, "%s: not a sound zip file: %s\n  write it again\n",
                        z->path, what);
}

void zip_done(zip *z)
{
    for (int64_t i = 0; i < z->count; i++)
        free(z->entry[i].name);
    free(z->entry);
    *z = (zip){0};
}

/* ---------------------------------------------------------------- the directory */

/* Where its end record stands; it is the last thing but for a comment. */
static const uint8_t *find_end(const zip *z)
{
    for (uint64_t back = END; back <= z->size && back <= END + COMMENT_MAX; back++) {
        const uint8_t *p = z->bytes + z->size - back;
        if (memcmp(p, "PK\5\6", 4) == 0 && number(p + 20, 2) == back - END)
            return p;
    }
    return NULL;
}

/* The directory's place and number of entries, from the record of zip64 where there is one. */
static ad_status find_directory(const zip *z, uint64_t *start, uint64_t *bytes, uint64_t *count)
{
    const uint8_t *end = find_end(z);
    if (!end)
        return fail_zip(z, "it ends too early");
    *count = number(end + 10, 2), *bytes = number(end + 12, 4), *start = number(end + 16, 4);
    if (end - z->bytes >= LOCATOR && memcmp(end - LOCATOR, "PK\6\7", 4) == 0) {
        uint64_t at = number(end - LOCATOR + 8, 8);
        if (at > z->size || z->size - at < END64 || memcmp(z->bytes + at, "PK\6\6", 4) != 0)
            return fail_zip(z, "its zip64 record is not where it should be");
        *count = number(z->bytes + at + 32, 8);
        *bytes = number(z->bytes + at + 40, 8);
        *start = number(z->bytes + at + 48, 8);
    }
    if (*start > z->size || *bytes > z->size - *start || *count > *bytes / CENTRAL)
        return fail_zip(z, "its directory is not where it should be");
    return AD_OK;
}

/* Sizes of 4 bytes that are all ones stand in the zip64 field instead, in this order. */
static bool widen(const uint8_t *extra, uint64_t size, zip_entry *e)
{
    uint64_t *wide[] = {&e->size, &e->packed, &e->header};
    while (size >= 4) {
        uint64_t length = number(extra + 2, 2);
        if (length > size - 4)
            return false;
        if (number(extra, 2) == 1) {
            const uint8_t *p = extra + 4;
            for (int i = 0; i < 3; i++) {
                if (*wide[i] != 0xFFFFFFFF)
                    continue;
                if (extra + 4 + length - p < 8)
                    return false;
                *wide[i] = number(p, 8);
                p += 8;
            }
        }
        extra += 4 + length, size -= 4 + length;
    }
    return true;
}

static ad_status read_entry(const zip *z, const uint8_t **at, const uint8_t *end, zip_entry *e)
{
    const uint8_t *p = *at;
    if (end - p < CENTRAL || memcmp(p, "PK\1\2", 4) != 0)
        return fail_zip(z, "an entry of its directory is damaged");
    uint64_t name = number(p + 28, 2), extra = number(p + 30, 2), comment = number(p + 32, 2);
    if ((uint64_t)(end - p) - CENTRAL < name + extra + comment)
        return fail_zip(z, "an entry of its directory is cut off");
    *e = (zip_entry){.method = (int)number(p + 10, 2),
                     .sum = (uint32_t)number(p + 16, 4),
                     .packed = number(p + 20, 4),
                     .size = number(p + 24, 4),
                     .header = number(p + 42, 4)};
    if (!widen(p + CENTRAL + name, extra, e))
        return fail_zip(z, "an entry of its directory is damaged");
    if (number(p + 8, 2) & 1)
        return message_fail(AD_ERROR_UNSUPPORTED, "%s: is locked by a password\n  unlock it\n",
                            z->path);
    if (memchr(p + CENTRAL, 0, name))
        return fail_zip(z, "a name in it holds a zero byte");
    e->name = text_copy_bytes((const char *)p + CENTRAL, name);
    *at = p + CENTRAL + name + extra + comment;
    return e->name ? AD_OK : message_no_memory();
}

ad_status zip_open(const char *path, const uint8_t *bytes, size_t size, zip *z)
{
    uint64_t start = 0, length = 0, count = 0;
    *z = (zip){.path = path, .bytes = bytes, .size = size};
    ad_status status = find_directory(z, &start, &length, &count);
    if (status != AD_OK)
        return status;
    z->entry = calloc(count + 1, sizeof *z->entry);
    if (!z->entry)
        return message_no_memory();
    const uint8_t *at = bytes + start;
    while ((uint64_t)z->count < count && status == AD_OK) {
        status = read_entry(z, &at, bytes + start + length, &z->entry[z->count]);
        z->count += status == AD_OK;
    }
    if (status != AD_OK)
        zip_done(z);
    return status;
}

/* ---------------------------------------------------------------- entries */

#ifdef ADZE_HAVE_ZLIB

static ad_status fail_entry(const zip *z, const zip_entry *e, const char *what)
{
    return message_fail(AD_ERROR_FORMAT, "%s: %s: %s\n  write the file again\n", z->path, e->name,
                        what);
}

static ad_status find_data(const zip *z, const zip_entry *e, const uint8_t **data)
{
    if (e->header > z->size || z->size - e->header < LOCAL ||
        memcmp(z->bytes + e->header, "PK\3\4", 4) != 0)
        return fail_entry(z, e, "is not where the directory says");
    const uint8_t *p = z->bytes + e->header;
    uint64_t skip = LOCAL + number(p + 26, 2) + number(p + 28, 2), left = z->size - e->header;
    if (skip > left || e->packed > left - skip)
        return fail_entry(z, e, "is cut off");
    *data = p + skip;
    return AD_OK;
}

static uint32_t sum_of(const uint8_t *bytes, uint64_t size)
{
    uLong sum = crc32(0, NULL, 0);
    for (uint64_t done = 0; done < size;) {
        uInt part = size - done < 1u << 30 ? (uInt)(size - done) : 1u << 30;
        sum = crc32(sum, bytes + done, part);
        done += part;
    }
    return (uint32_t)sum;
}

/* In parts, as zlib counts in 32 bits. */
static bool inflate_all(const uint8_t *from, uint64_t packed, uint8_t *to, uint64_t size)
{
    z_stream s = {0};
    uint64_t taken = 0, made = 0;
    int got = inflateInit2(&s, -MAX_WBITS);
    if (got != Z_OK)
        return false;
    while (got == Z_OK) {
        uInt in = packed - taken < 1u << 30 ? (uInt)(packed - taken) : 1u << 30;
        uInt out = size - made < 1u << 30 ? (uInt)(size - made) : 1u << 30;
        s.next_in = (Bytef *)(uintptr_t)(from + taken), s.avail_in = in;
        s.next_out = to + made, s.avail_out = out;
        got = inflate(&s, Z_NO_FLUSH);
        taken += in - s.avail_in, made += out - s.avail_out;
    }
    inflateEnd(&s);
    return got == Z_STREAM_END && made == size && taken == packed;
}

/* A byte of deflate unpacks to 1032 at the most: more is asked for by no sound file. */
static ad_status unpack(const zip *z, const zip_entry *e, const uint8_t *data, void **memory)
{
    if (e->size / 1032 > e->packed)
        return fail_entry(z, e, "is larger unpacked than it can be");
    uint8_t *to = malloc(e->size + 1);
    if (!to)
        return message_no_memory();
    if (!inflate_all(data, e->packed, to, e->size)) {
        free(to);
        return fail_entry(z, e, "its packed data is damaged");
    }
    *memory = to;
    return AD_OK;
}

ad_status zip_read(const zip *z, int64_t i, const uint8_t **bytes, void **memory)
{
    const zip_entry *e = &z->entry[i];
    *memory = NULL;
    ad_status status = find_data(z, e, bytes);
    if (status == AD_OK && e->method == 8)
        status = unpack(z, e, *bytes, memory);
    else if (status == AD_OK && e->method != 0)
        status = message_fail(AD_ERROR_UNSUPPORTED,
                              "%s: %s is packed by method %d\n  pack it by deflate: "
                              "numpy.savez_compressed\n",
                              z->path, e->name, e->method);
    else if (status == AD_OK && e->packed != e->size)
        status = fail_entry(z, e, "its two sizes differ");
    if (status != AD_OK)
        return status;
    *bytes = *memory ? *memory : *bytes;
    if (sum_of(*bytes, e->size) == e->sum)
        return AD_OK;
    free(*memory);
    *memory = NULL;
    return fail_entry(z, e, "its data is not what its sum says");
}

#else

ad_status zip_read(const zip *z, int64_t i, const uint8_t **bytes, void **memory)
{
    (void)i, (void)bytes, (void)memory;
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: this build cannot read npz files\n  install the package zlib1g-dev "
                        "and build again, or save each array alone: numpy.save\n",
                        z->path);
}

#endif
