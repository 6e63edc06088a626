/* Single images: a file in memory, told apart by its first bytes. */
#define _POSIX_C_SOURCE 200809L

#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

ad_status image_check_size(const char *name, const ad_image *image, int64_t bits, int64_t most,
                           size_t size)
{
    if (image->height > IMAGE_SIDE_MAX || image->width > IMAGE_SIDE_MAX)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: it is %lld x %lld pixels, and a side has at most %d\n"
                            "  make it smaller first\n",
                            name, (long long)image->width, (long long)image->height,
                            IMAGE_SIDE_MAX);
    if (image->height * image->width <= ((int64_t)size * most + 64) * 8 / bits)
        return AD_OK;
    return message_fail(AD_ERROR_FORMAT,
                        "%s: its header says %lld x %lld pixels, more than %lld bytes can hold\n"
                        "  the file is cut off or damaged: write the image again\n",
                        name, (long long)image->width, (long long)image->height, (long long)size);
}

static ad_status read_any(const char *name, const uint8_t *bytes, size_t size, bool look, int *turn,
                          ad_image *image)
{
    if (size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) == 0)
        return png_read(name, bytes, size, look, turn, image);
    if (size >= 3 && memcmp(bytes, "\xFF\xD8\xFF", 3) == 0)
        return jpeg_read(name, bytes, size, look, turn, image);
    if (size >= 2 && bytes[0] == 'P' && (bytes[1] == '2' || bytes[1] == '5'))
        return pgm_read(name, bytes, size, look, image);
    if (size == 0)
        return message_fail(AD_ERROR_FORMAT, "%s: is empty\n  fetch the file again\n", name);
    return message_fail(AD_ERROR_FORMAT,
                        "%s: neither a JPEG, PNG nor PGM image by its first bytes\n"
                        "  convert it to PNG, for instance by: magick FILE image.png\n",
                        name);
}

static ad_status convert(int64_t channels, ad_image *image)
{
    if (channels == 3 && image->channels == 1)
        return spread(image);
    if (channels == 1 && image->channels == 3)
        mix(image);
    return AD_OK;
}

ad_status image_look(const char *name, const uint8_t *bytes, size_t size, ad_image *about)
{
    int turn = 1;
    *about = (ad_image){0};
    ad_status status = read_any(name, bytes, size, true, &turn, about);
    if (turn >= 5) {
        int64_t height = about->height;
        about->height = about->width;
        about->width = height;
    }
    return status;
}

ad_status image_decode(const char *name, const uint8_t *bytes, size_t size, int64_t channels,
                       ad_image *image)
{
    int turn = 1;
    *image = (ad_image){0};
    ad_status status = read_any(name, bytes, size, false, &turn, image);
    if (status == AD_OK)
        status = convert(channels, image);
    if (status == AD_OK)
        status = exif_turn(turn, image);
    if (status != AD_OK)
        ad_image_done(image);
    return status;
}

/* A pipe that nobody writes to is empty, and is not waited for. */
static FILE *open_file(const char *path)
{
    int number = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (number < 0)
        return NULL;
    fcntl(number, F_SETFL, fcntl(number, F_GETFL) & ~O_NONBLOCK);
    FILE *file = fdopen(number, "rb");
    if (!file)
        close(number);
    return file;
}

ad_status image_file(const char *path, uint8_t **bytes, size_t *size)
{
    struct stat about;
    *bytes = NULL;
    FILE *file = open_file(path);
    if (!file)
        return message_fail(
            AD_ERROR_FILE,
            "%s: cannot be opened: %s\n  check the name, and whether it may be read\n", path,
            strerror(errno));
    bool folder = fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode);
    ad_status status =
        folder ? message_fail(AD_ERROR_FILE, "%s: is a folder, not an image\n  name a file in it\n",
                              path)
               : read_file(file, path, bytes, size);
    fclose(file);
    if (status != AD_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

ad_status ad_image_read(const char *path, int64_t channels, ad_image *image)
{
    uint8_t *bytes;
    size_t size;
    *image = (ad_image){0};
    if (channels != 1 && channels != 3) {
        return message_fail(AD_ERROR_ARGUMENT, "%s: images have 1 channel or 3, not %lld\n", path,
                            (long long)channels);
    }
    ad_status status = image_file(path, &bytes, &size);
    if (status != AD_OK)
        return status;
    status = image_decode(path, bytes, size, channels, image);
    free(bytes);
    return status;
}
