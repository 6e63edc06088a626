/* Pictures as files: PNG, PGM and PPM (Poskanzer 1988). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image.h"
#include "message.h"

static bool write_plain(FILE *f, const ad_image *image)
{
    size_t size = (size_t)(image->height * image->width * image->channels);
    return fprintf(f, "P%c\n%lld %lld\n255\n", image->channels == 3 ? '6' : '5',
                   (long long)image->width, (long long)image->height) > 0 &&
           fwrite(image->pixels, 1, size, f) == size;
}

static ad_status not_written(const char *path, int why)
{
    return message_fail(AD_ERROR_FILE, "%s cannot be written: %s\n  write somewhere else\n", path,
                        strerror(why));
}

ad_status image_write(const char *path, const ad_image *image)
{
    const char *end = strrchr(path, '.');
    bool png = end && strcmp(end, ".png") == 0;
    FILE *f = fopen(path, "wbx");
    if (!f)
        return not_written(path, errno);
    ad_status status = png                     ? png_write(path, f, image)
                       : write_plain(f, image) ? AD_OK
                                               : not_written(path, errno);
    if (fclose(f) != 0 && status == AD_OK)
        status = not_written(path, errno);
    if (status != AD_OK)
        remove(path);
    return status;
}
