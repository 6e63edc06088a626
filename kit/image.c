/* Single images: a file in memory, told apart by its first bytes. */
#define _POSIX_C_SOURCE 200809L

#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"

enum { LARGEST = 1 << 28 };

void ad_image_done(ad_image *image)
{
    free(image->pixels);
    *image = (ad_image){0};
}

static ad_status read_file(FILE *file, const char *path, uint8_t **bytes, size_t *size)
{
    size_t room = 0;
    for (*size = 0; !feof(file); *size += fread(*bytes + *size, 1, room - *size, file)) {
        if (ferror(file)) {
            return message_fail(AD_ERROR_FILE, "%s: reading it failed: %s\n", path,
                                strerror(errno));
        }
        if (*size > LARGEST) {
            return message_fail(AD_ERROR_FORMAT, "%s: larger than 256 MB\n  is it an image?\n",
                                path);
        }
        if (*size == room) {
            room = 2 * room + 65536;
            uint8_t *more = realloc(*bytes, room);
            if (!more)
                return message_no_memory();
            *bytes = more;
        }
    }
    return AD_OK;
}

/* Grey to three equal channels. */
static ad_status spread(ad_image *image)
{
    size_t count = (size_t)(image->height * image->width);
    uint8_t *pixels = malloc(3 * count);
    if (!pixels)
        return message_no_memory();
    for (size_t i = 0; i < 3 * count; i++)
        pixels[i] = image->pixels[i / 3];
    free(image->pixels);
    image->pixels = pixels;
    image->channels = 3;
    return AD_OK;
}

/* Red, green and blue to grey, by the weights of ITU-R BT.601 on the samples as they stand:
 * Pillow's "L". */
static void mix(ad_image *image)
{
    size_t count = (size_t)(image->height * image->width);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = image->pixels + 3 * i;
        image->pixels[i] = (uint8_t)((19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 0x8000) >> 16);
    }
    image->channels = 1;
}

static ad_status decode(const char *path, const uint8_t *bytes, size_t size, ad_image *image)
{
    if (size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) == 0)
        return png_read(path, bytes, size, image);
    if (size >= 2 && bytes[0] == 'P' && (bytes[1] == '2' || bytes[1] == '5'))
        return pgm_read(path, bytes, size, image);
    return message_fail(AD_ERROR_FORMAT,
                        "%s: neither a PGM nor a PNG image by its first bytes\n"
                        "  convert it to PNG, for instance by: magick FILE image.png\n",
                        path);
}

static ad_status convert(int64_t channels, ad_image *image)
{
    if (channels == 3 && image->channels == 1)
        return spread(image);
    if (channels == 1 && image->channels == 3)
        mix(image);
    return AD_OK;
}

ad_status ad_image_read(const char *path, int64_t channels, ad_image *image)
{
    struct stat about;
    uint8_t *bytes = NULL;
    size_t size = 0;
    *image = (ad_image){0};
    if (channels != 1 && channels != 3) {
        return message_fail(AD_ERROR_ARGUMENT, "%s: images have 1 channel or 3, not %lld\n", path,
                            (long long)channels);
    }
    FILE *file = fopen(path, "rb");
    if (!file)
        return message_fail(
            AD_ERROR_FILE,
            "%s: cannot be opened: %s\n  check the name, and whether it may be read\n", path,
            strerror(errno));
    bool folder = fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode);
    ad_status status =
        folder ? message_fail(AD_ERROR_FILE, "%s: is a folder, not an image\n  name a file in it\n",
                              path)
               : read_file(file, path, &bytes, &size);
    fclose(file);
    if (status == AD_OK)
        status = decode(path, bytes, size, image);
    if (status == AD_OK)
        status = convert(channels, image);
    free(bytes);
    if (status != AD_OK)
        ad_image_done(image);
    return status;
}
