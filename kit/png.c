/* PNG through libpng's simple interface: every depth, palette and transparency comes out as 8 bits
 * a channel. */
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

#ifdef ADZE_HAVE_PNG

#include <png.h>

static ad_status fail_png(const char *path, png_image *png)
{
    ad_status status =
        message_fail(AD_ERROR_FORMAT, "%s: not a sound PNG image: %s\n  write the image again\n",
                     path, png->message);
    png_image_free(png);
    return status;
}

ad_status png_read(const char *path, const uint8_t *bytes, size_t size, int64_t channels,
                   ad_image *image)
{
    png_image png;
    memset(&png, 0, sizeof png);
    png.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&png, bytes, size))
        return fail_png(path, &png);
    if (png.width > IMAGE_SIDE_MAX || png.height > IMAGE_SIDE_MAX) {
        strcpy(png.message, "larger than 16384 pixels");
        return fail_png(path, &png);
    }
    const png_color white = {255, 255, 255};
    png.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    image->height = png.height;
    image->width = png.width;
    image->channels = channels;
    image->pixels = malloc(PNG_IMAGE_SIZE(png));
    if (!image->pixels) {
        png_image_free(&png);
        return message_no_memory();
    }
    return png_image_finish_read(&png, &white, image->pixels, 0, NULL) ? AD_OK
                                                                       : fail_png(path, &png);
}

#else

ad_status png_read(const char *path, const uint8_t *bytes, size_t size, int64_t channels,
                   ad_image *image)
{
    (void)bytes, (void)size, (void)channels, (void)image;
    return message_fail(
        AD_ERROR_UNSUPPORTED,
        "%s: this build cannot read PNG images\n  install the package libpng-dev and build "
        "again, or give a PGM image\n",
        path);
}

#endif
