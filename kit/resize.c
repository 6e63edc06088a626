/* Pictures brought to another size, the same bytes as Pillow's Image.resize.
 *
 * Bilinear, bicubic (a = -0.5) and box: each output pixel is a weighted mean of the input pixels
 * below the filter, which is as wide as the output's pixels where the picture shrinks (so nothing
 * is skipped, and nothing flickers).  One axis after the other; in between and at the end bytes;
 * weights are whole multiples of 2^-22.  Nearest: the pixel below the centre. */
#include "image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

enum { WEIGHT_BITS = 22 };

/* The inputs first[i] to first[i] + count[i] - 1 make output i, with weights from weight[i room].
 */
typedef struct taps {
    int32_t *first, *count, *weight;
    int64_t room;
} taps;

static void free_taps(taps *t)
{
    free(t->first);
    free(t->count);
    free(t->weight);
}

/* ---------------------------------------------------------------- filters */

static double filter_support(ad_resample kind)
{
    return kind == AD_RESAMPLE_BOX ? 0.5 : kind == AD_RESAMPLE_BILINEAR ? 1 : 2;
}

static double filter_at(ad_resample kind, double x)
{
    const double a = -0.5;
    if (kind == AD_RESAMPLE_BOX)
        return x > -0.5 && x <= 0.5 ? 1 : 0;
    x = fabs(x);
    if (kind == AD_RESAMPLE_BILINEAR)
        return x < 1 ? 1 - x : 0;
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/* The weights of output i, which sum to one, as whole numbers. */
static void weigh(taps *t, int64_t i, ad_resample kind, double centre, double stretch, double *work)
{
    double sum = 0;
    int64_t count = t->count[i];
    for (int64_t k = 0; k < count; k++) {
        work[k] = filter_at(kind, ((double)(k + t->first[i]) - centre + 0.5) * (1 / stretch));
        sum += work[k];
    }
    for (int64_t k = 0; k < count; k++) {
        double share = (sum != 0 ? work[k] / sum : work[k]) * (1 << WEIGHT_BITS);
        t->weight[i * t->room + k] = (int32_t)(share < 0 ? share - 0.5 : share + 0.5);
    }
}

static ad_status make_taps(int64_t in, int64_t out, ad_resample kind, taps *t)
{
    double scale = (double)in / (double)out, stretch = scale < 1 ? 1 : scale;
    double support = filter_support(kind) * stretch;
    t->room = (int64_t)ceil(support) * 2 + 1;
    t->first = malloc((size_t)out * sizeof *t->first);
    t->count = malloc((size_t)out * sizeof *t->count);
    t->weight = malloc((size_t)(out * t->room) * sizeof *t->weight);
    double *work = malloc((size_t)t->room * sizeof *work);
    bool good = t->first && t->count && t->weight && work;
    for (int64_t i = 0; good && i < out; i++) {
        double centre = ((double)i + 0.5) * scale;
        int64_t low = (int64_t)(centre - support + 0.5), high = (int64_t)(centre + support + 0.5);
        t->first[i] = (int32_t)(low > 0 ? low : 0);
        t->count[i] = (int32_t)((high < in ? high : in) - t->first[i]);
        weigh(t, i, kind, centre, stretch, work);
    }
    free(work);
    return good ? AD_OK : message_no_memory();
}

/* ---------------------------------------------------------------- the two passes */

static uint8_t to_byte(int32_t sum)
{
    int32_t value = sum >> WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One row across: from (in, channels) to (out, channels). */
static void row_across(const uint8_t *from, const taps *t, int64_t out, int64_t channels,
                       uint8_t *to)
{
    for (int64_t i = 0; i < out; i++) {
        const int32_t *weight = t->weight + i * t->room;
        for (int64_t c = 0; c < channels; c++) {
            const uint8_t *p = from + t->first[i] * channels + c;
            int32_t sum = 1 << (WEIGHT_BITS - 1);
            for (int32_t k = 0; k < t->count[i]; k++, p += channels)
                sum += *p * weight[k];
            *to++ = to_byte(sum);
        }
    }
}

/* Row i down: of rows of that many bytes. */
static void row_down(const uint8_t *from, const taps *t, int64_t i, int64_t bytes, int32_t *sums,
                     uint8_t *to)
{
    for (int64_t x = 0; x < bytes; x++)
        sums[x] = 1 << (WEIGHT_BITS - 1);
    for (int32_t k = 0; k < t->count[i]; k++) {
        const uint8_t *row = from + (t->first[i] + k) * bytes;
        int32_t weight = t->weight[i * t->room + k];
        for (int64_t x = 0; x < bytes; x++)
            sums[x] += row[x] * weight;
    }
    for (int64_t x = 0; x < bytes; x++)
        to[x] = to_byte(sums[x]);
}

static void take_pixels(ad_image *image, uint8_t *pixels)
{
    free(image->pixels);
    image->pixels = pixels;
}

static ad_status across(ad_image *image, int64_t width, ad_resample kind)
{
    taps t = {0};
    ad_status status = make_taps(image->width, width, kind, &t);
    int64_t c = image->channels;
    uint8_t *pixels = status == AD_OK ? malloc((size_t)(image->height * width * c)) : NULL;
    if (status == AD_OK && !pixels)
        status = message_no_memory();
    for (int64_t y = 0; pixels && y < image->height; y++)
        row_across(image->pixels + y * image->width * c, &t, width, c, pixels + y * width * c);
    free_taps(&t);
    if (!pixels)
        return status;
    take_pixels(image, pixels);
    image->width = width;
    return AD_OK;
}

static ad_status down(ad_image *image, int64_t height, ad_resample kind)
{
    taps t = {0};
    ad_status status = make_taps(image->height, height, kind, &t);
    int64_t bytes = image->width * image->channels;
    uint8_t *pixels = status == AD_OK ? malloc((size_t)(height * bytes)) : NULL;
    int32_t *sums = malloc((size_t)bytes * sizeof *sums);
    if (status == AD_OK && (!pixels || !sums))
        status = message_no_memory();
    for (int64_t y = 0; status == AD_OK && y < height; y++)
        row_down(image->pixels, &t, y, bytes, sums, pixels + y * bytes);
    free_taps(&t);
    free(sums);
    if (status != AD_OK) {
        free(pixels);
        return status;
    }
    take_pixels(image, pixels);
    image->height = height;
    return AD_OK;
}

/* ---------------------------------------------------------------- nearest */

/* Which input is below the centre of each output; the position is summed up, as Pillow does. */
static int32_t *nearest_of(int64_t in, int64_t out)
{
    int32_t *from = malloc((size_t)out * sizeof *from);
    double scale = (double)in / (double)out, at = scale * 0.5;
    for (int64_t i = 0; from && i < out; i++, at += scale)
        from[i] = (int32_t)(at < (double)in ? at : (double)in - 1);
    return from;
}

static ad_status nearest(ad_image *image, int64_t height, int64_t width)
{
    int64_t c = image->channels;
    int32_t *row = nearest_of(image->height, height), *column = nearest_of(image->width, width);
    uint8_t *pixels = malloc((size_t)(height * width * c)), *to = pixels;
    bool good = row && column && pixels;
    for (int64_t y = 0; good && y < height; y++)
        for (int64_t x = 0; x < width; x++, to += c)
            memcpy(to, image->pixels + (row[y] * image->width + column[x]) * c, (size_t)c);
    free(row);
    free(column);
    if (!good) {
        free(pixels);
        return message_no_memory();
    }
    take_pixels(image, pixels);
    image->height = height;
    image->width = width;
    return AD_OK;
}

/* ---------------------------------------------------------------- public */

static ad_status check_side(const char *call, int64_t height, int64_t width)
{
    if (height >= 1 && width >= 1 && height <= IMAGE_SIDE_MAX && width <= IMAGE_SIDE_MAX)
        return AD_OK;
    return message_fail(AD_ERROR_ARGUMENT,
                        "%s: %lld x %lld is no size of a picture\n  give sides from 1 to %d\n",
                        call, (long long)height, (long long)width, IMAGE_SIDE_MAX);
}

/* Where many more rows go than columns: what is left for the pass across is less then.  The same
 * rule as Pillow 13's, as bytes in between make the order count. */
static bool down_comes_first(const ad_image *image, int64_t height, int64_t width)
{
    int64_t rows = image->height - height, columns = image->width - width;
    return rows > 0 && rows > 2 * columns;
}

ad_status ad_image_resize(ad_image *image, int64_t height, int64_t width, ad_resample resample)
{
    ad_status status = check_side("ad_image_resize", height, width);
    if (status != AD_OK || (height == image->height && width == image->width))
        return status;
    if (resample == AD_RESAMPLE_NEAREST)
        return nearest(image, height, width);
    bool down_first = down_comes_first(image, height, width);
    if (down_first)
        status = down(image, height, resample);
    if (status == AD_OK && width != image->width)
        status = across(image, width, resample);
    if (status == AD_OK && height != image->height)
        status = down(image, height, resample);
    return status;
}

ad_status ad_image_crop(ad_image *image, int64_t height, int64_t width)
{
    ad_status status = check_side("ad_image_crop", height, width);
    if (status != AD_OK)
        return status;
    if (height > image->height || width > image->width)
        return message_fail(AD_ERROR_ARGUMENT,
                            "ad_image_crop: %lld x %lld cannot be cut from %lld x %lld\n"
                            "  make the picture larger first: ad_image_resize\n",
                            (long long)height, (long long)width, (long long)image->height,
                            (long long)image->width);
    int64_t c = image->channels, top = (image->height - height) / 2;
    int64_t left = (image->width - width) / 2;
    for (int64_t y = 0; y < height; y++)
        memmove(image->pixels + y * width * c,
                image->pixels + ((top + y) * image->width + left) * c, (size_t)(width * c));
    image->height = height;
    image->width = width;
    return AD_OK;
}

/* ---------------------------------------------------------------- fitting */

static int64_t rounded(int64_t side, double scale, int64_t low, int64_t high)
{
    double size = floor((double)side * scale + 0.5);
    return size < (double)low ? low : size > (double)high ? high : (int64_t)size;
}

/* Black on all sides, the picture in the middle. */
static ad_status pad(ad_image *image, int64_t height, int64_t width)
{
    int64_t c = image->channels, top = (height - image->height) / 2;
    int64_t left = (width - image->width) / 2;
    uint8_t *pixels = calloc((size_t)(height * width), (size_t)c);
    if (!pixels)
        return message_no_memory();
    for (int64_t y = 0; y < image->height; y++)
        memcpy(pixels + ((top + y) * width + left) * c, image->pixels + y * image->width * c,
               (size_t)(image->width * c));
    take_pixels(image, pixels);
    image->height = height;
    image->width = width;
    return AD_OK;
}

ad_status image_fit(ad_image *image, int64_t height, int64_t width, ad_image_fit fit,
                    ad_resample resample)
{
    double tall = (double)height / (double)image->height;
    double wide = (double)width / (double)image->width;
    if (fit == AD_IMAGE_STRETCH)
        return ad_image_resize(image, height, width, resample);
    bool cut = fit == AD_IMAGE_CROP;
    double scale = (tall > wide) == cut ? tall : wide;
    int64_t h = rounded(image->height, scale, cut ? height : 1, cut ? IMAGE_SIDE_MAX : height);
    int64_t w = rounded(image->width, scale, cut ? width : 1, cut ? IMAGE_SIDE_MAX : width);
    ad_status status = ad_image_resize(image, h, w, resample);
    if (status != AD_OK)
        return status;
    return cut ? ad_image_crop(image, height, width) : pad(image, height, width);
}
