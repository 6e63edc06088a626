/* Readers of single images. */
#ifndef ADZE_KIT_IMAGE_H
#define ADZE_KIT_IMAGE_H

#include <adze/kit.h>

enum { IMAGE_SIDE_MAX = 1 << 14 };

/* pgm.c: a whole file in memory, grey. */
ad_status pgm_read(const char *path, const uint8_t *bytes, size_t size, ad_image *image);
/* png.c: by libpng, with the file's channels of colour, 1 or 3. */
ad_status png_read(const char *path, const uint8_t *bytes, size_t size, ad_image *image);

#endif
