/* Single images: readers of each format, and what is done to a picture in memory. */
#ifndef ADZE_KIT_IMAGE_H
#define ADZE_KIT_IMAGE_H

#include <adze/kit.h>

enum { IMAGE_SIDE_MAX = 1 << 14 };

/* A whole file in memory, told apart by its first bytes.  name is for messages.  channels: 0 as the
 * file has them, 1 or 3 converted.  Turned as its EXIF says.  *image is empty after a failure. */
ad_status image_decode(const char *name, const uint8_t *bytes, size_t size, int64_t channels,
                       ad_image *image);
/* Height, width (after turning) and channels as its header says them, without pixels. */
ad_status image_look(const char *name, const uint8_t *bytes, size_t size, ad_image *about);
/* A file of at most 256 MiB, by malloc. */
ad_status image_file(const char *path, uint8_t **bytes, size_t *size);
/* AD_OK, or words: where a header promises more than its file can hold.  bits: what the format
 * spends on a picture at the least before packing; most: what a byte of a file may unpack to. */
ad_status image_check_size(const char *name, const ad_image *image, int64_t bits, int64_t most,
                           size_t size);

/* Each: look: the header only, no pixels.  *turn: EXIF's orientation, 1 to 8. */
/* pgm.c: grey. */
ad_status pgm_read(const char *path, const uint8_t *bytes, size_t size, bool look, ad_image *image);
/* png.c: by libpng, with the file's channels of colour, 1 or 3. */
ad_status png_read(const char *path, const uint8_t *bytes, size_t size, bool look, int *turn,
                   ad_image *image);
/* jpeg.c: by libjpeg-turbo, grey or colours. */
ad_status jpeg_read(const char *path, const uint8_t *bytes, size_t size, bool look, int *turn,
                    ad_image *image);

/* image_write.c: 1 or 3 channels, by the name's end png, pgm or ppm.  A file that is there is an
 * error. */
ad_status image_write(const char *path, const ad_image *image);
bool image_can_png(void);
/* png.c: writes to an open file. */
ad_status png_write(const char *path, void *file, const ad_image *image);

/* png_bytes.c: a PNG in memory, by malloc; without libpng it is not packed. */
ad_status png_bytes(const ad_image *image, uint8_t **bytes, size_t *size);

/* exif.c: the orientation (1 to 8) that a TIFF block holds in its first directory; 1 where none. */
int exif_orientation(const uint8_t *bytes, size_t size);
/* The picture turned upright, height and width with it. */
ad_status exif_turn(int turn, ad_image *image);

/* resize.c: a picture of any size brought to one, as ad_images_options says. */
ad_status image_fit(ad_image *image, int64_t height, int64_t width, ad_image_fit fit,
                    ad_resample resample);

#endif
