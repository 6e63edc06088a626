/* PGM (Poskanzer 1988): "P5" or "P2", width, height, largest value, each after spaces or #
 * comments, then one space and the rows: bytes (two, the high one first, where the largest value is
 * above 255) for P5, numbers as text for P2. */
#include "image.h"

#include <math.h>
#include <stdlib.h>

#include "message.h"

typedef struct reader {
    const char *path;
    const uint8_t *bytes;
    size_t size, at;
} reader;

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(reader *r)
{
    while (r->at < r->size && (is_space(r->bytes[r->at]) || r->bytes[r->at] == '#')) {
        if (r->bytes[r->at] == '#')
            while (r->at < r->size && r->bytes[r->at] != '\n')
                r->at++;
        else
            r->at++;
    }
}

/* A number from least to most. */
static ad_status read_number(reader *r, const char *what, int64_t least, int64_t most,
                             int64_t *value)
{
    skip_space(r);
    size_t start = r->at;
    *value = 0;
    for (; r->at < r->size && r->bytes[r->at] >= '0' && r->bytes[r->at] <= '9'; r->at++)
        if (*value <= most)
            *value = 10 * *value + (r->bytes[r->at] - '0');
    if (r->at == start) {
        return message_fail(AD_ERROR_FORMAT, "%s: no %s at byte %lld\n  write the image again\n",
                            r->path, what, (long long)start);
    }
    if (*value < least || *value > most) {
        return message_fail(
            AD_ERROR_FORMAT,
            "%s: the %s at byte %lld is %.*s, not from %lld to %lld\n  write the image again\n",
            r->path, what, (long long)start, r->at - start > 20 ? 20 : (int)(r->at - start),
            (const char *)r->bytes + start, (long long)least, (long long)most);
    }
    return AD_OK;
}

/* 0 to most as 0 to 255, ties to even as Pillow has them; above 255 first as 0 to 65535, of which
 * the high byte is taken, as in a PNG of 16 bits. */
static uint8_t scaled(int64_t value, int64_t most)
{
    double share = (double)value / (double)most;
    return (uint8_t)(most > 255 ? (int)rint(share * 65535) >> 8 : (int)rint(share * 255));
}

static ad_status read_text(reader *r, int64_t most, ad_image *image)
{
    ad_status status = AD_OK;
    for (int64_t i = 0; i < image->height * image->width && status == AD_OK; i++) {
        int64_t value;
        status = read_number(r, "pixel", 0, most, &value);
        image->pixels[i] = scaled(value <= most ? value : 0, most);
    }
    return status;
}

static ad_status read_bytes(reader *r, int64_t most, ad_image *image)
{
    int64_t count = image->height * image->width, each = most > 255 ? 2 : 1;
    r->at++;
    if (r->at > r->size || (int64_t)(r->size - r->at) < count * each) {
        return message_fail(
            AD_ERROR_FORMAT,
            "%s: ends at byte %lld, but %lld x %lld pixels go to byte %lld\n  the file is cut off: "
            "write the image again\n",
            r->path, (long long)r->size, (long long)image->width, (long long)image->height,
            (long long)r->at + count * each);
    }
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *p = r->bytes + r->at + i * each;
        int64_t value = each == 2 ? p[0] * 256 + p[1] : p[0];
        if (value > most) {
            return message_fail(AD_ERROR_FORMAT,
                                "%s: pixel %lld (byte %lld) is %lld, above the largest value "
                                "%lld\n  write the image "
                                "again\n",
                                r->path, (long long)i, (long long)(p - r->bytes), (long long)value,
                                (long long)most);
        }
        image->pixels[i] = scaled(value, most);
    }
    return AD_OK;
}

ad_status pgm_read(const char *path, const uint8_t *bytes, size_t size, bool look, ad_image *image)
{
    reader r = {path, bytes, size, 2};
    int64_t most = 0;
    image->channels = 1;
    ad_status status = read_number(&r, "width", 1, IMAGE_SIDE_MAX, &image->width);
    if (status == AD_OK)
        status = read_number(&r, "height", 1, IMAGE_SIDE_MAX, &image->height);
    if (status == AD_OK)
        status = read_number(&r, "largest value", 1, 65535, &most);
    if (status != AD_OK || look)
        return status;
    if (bytes[1] == '2') /* a pixel is a digit and a blank at the least */
        status = image_check_size(path, image, 16, 1, size);
    if (status != AD_OK)
        return status;
    image->pixels = malloc((size_t)(image->height * image->width));
    if (!image->pixels)
        return message_no_memory();
    return bytes[1] == '2' ? read_text(&r, most, image) : read_bytes(&r, most, image);
}
