/* PNG through libpng: what stands in the file, as 8 bits a channel.
 *
 * Samples of fewer bits are spread over 0 to 255, of 16 bits the high byte is taken, palettes are
 * looked up. Nothing else happens: no curve is applied, whatever gAMA, sRGB or iCCP say, and
 * transparency (an alpha channel or tRNS) is dropped, which shows the colours stored below it. This
 * is what Pillow gives; doc/conventions.md has the table. */
#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#ifdef ADZE_HAVE_PNG

#include <png.h>

/* A file in memory, and what libpng said of it. */
typedef struct source {
    const char *path;
    const uint8_t *bytes;
    size_t size, at;
    bool look;
    int *turn;
    ad_status status; /* has words already, where it is not AD_OK */
    bool no_memory;
    char words[128];
} source;

/* libpng calls want of memory a fault of the file. */
static png_voidp take_memory(png_structp png, png_alloc_size_t size)
{
    source *s = png_get_mem_ptr(png);
    void *memory = malloc(size);
    s->no_memory |= !memory;
    return memory;
}

static void give_memory(png_structp png, png_voidp memory)
{
    (void)png;
    free(memory);
}

static void read_bytes(png_structp png, png_bytep to, size_t size)
{
    source *s = png_get_io_ptr(png);
    if (size > s->size - s->at)
        png_error(png, "the file is cut off");
    memcpy(to, s->bytes + s->at, size);
    s->at += size;
}

static void on_error(png_structp png, png_const_charp words)
{
    source *s = png_get_error_ptr(png);
    snprintf(s->words, sizeof s->words, "%s", words);
    png_longjmp(png, 1);
}

/* A damaged remark does not spoil the picture. */
static void on_warning(png_structp png, png_const_charp words)
{
    (void)png, (void)words;
}

/* Samples to bytes, and only the channels of colour. */
static void choose_form(png_structp png, png_infop info)
{
    int colour = png_get_color_type(png, info);
    if (colour == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (colour == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

/* An eXIf chunk before the pixels. */
static void read_turn(png_structp png, png_infop info, int *turn)
{
#ifdef PNG_eXIf_SUPPORTED
    png_uint_32 size = 0;
    png_bytep bytes = NULL;
    if (png_get_eXIf_1(png, info, &size, &bytes))
        *turn = exif_orientation(bytes, size);
#else
    (void)png, (void)info, (void)turn;
#endif
}

/* A byte of deflate unpacks to 1032 at the most. */
static void read_header(png_structp png, png_infop info, ad_image *image)
{
    source *s = png_get_io_ptr(png);
    png_read_info(png, info);
    image->width = png_get_image_width(png, info);
    image->height = png_get_image_height(png, info);
    int64_t bits = (int64_t)png_get_bit_depth(png, info) * png_get_channels(png, info);
    if (!s->look) {
        s->status = image_check_size(s->path, image, bits, 1032, s->size);
        if (s->status != AD_OK)
            png_longjmp(png, 1);
    }
    read_turn(png, info, s->turn);
    choose_form(png, info);
    image->channels = png_get_channels(png, info);
}

/* An interlaced picture comes in seven passes, each over all rows. */
static void read_rows(png_structp png, png_infop info, const ad_image *image, int passes)
{
    size_t row = png_get_rowbytes(png, info);
    for (int pass = 0; pass < passes; pass++)
        for (int64_t y = 0; y < image->height; y++)
            png_read_row(png, image->pixels + (size_t)y * row, NULL);
    png_read_end(png, NULL);
}

/* False where libpng called on_error, or without memory. */
static bool decode(png_structp png, png_infop info, ad_image *image)
{
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    read_header(png, info, image);
    if (((source *)png_get_io_ptr(png))->look)
        return true;
    int passes = png_get_interlace_type(png, info) == PNG_INTERLACE_ADAM7 ? 7 : 1;
    image->pixels = malloc((size_t)image->height * png_get_rowbytes(png, info));
    if (!image->pixels)
        return false;
    read_rows(png, info, image, passes);
    return true;
}

ad_status png_read(const char *path, const uint8_t *bytes, size_t size, bool look, int *turn,
                   ad_image *image)
{
    source s = {.path = path, .bytes = bytes, .size = size, .look = look, .turn = turn};
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning, &s,
                                               take_memory, give_memory);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool good = false;
    if (info) {
        png_set_read_fn(png, &s, read_bytes);
        good = decode(png, info, image);
    }
    png_destroy_read_struct(&png, &info, NULL);
    if (good || s.status != AD_OK)
        return s.status;
    if (!s.words[0] || s.no_memory)
        return message_no_memory();
    return message_fail(AD_ERROR_FORMAT, "%s: not a sound PNG image: %s\n  write the image again\n",
                        path, s.words);
}

bool image_can_png(void)
{
    return true;
}

ad_status png_write(const char *path, void *file, const ad_image *image)
{
    png_image p = {.version = PNG_IMAGE_VERSION,
                   .width = (png_uint_32)image->width,
                   .height = (png_uint_32)image->height,
                   .format = image->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    if (png_image_write_to_stdio(&p, file, 0, image->pixels, 0, NULL))
        return AD_OK;
    ad_status status = message_fail(
        AD_ERROR_FILE, "%s cannot be written: %s\n  write somewhere else\n", path, p.message);
    png_image_free(&p);
    return status;
}

#else

bool image_can_png(void)
{
    return false;
}

ad_status png_write(const char *path, void *file, const ad_image *image)
{
    (void)file, (void)image;
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: this build cannot write PNG images\n  install the package libpng-dev "
                        "and build again, or name it .pgm or .ppm\n",
                        path);
}

ad_status png_read(const char *path, const uint8_t *bytes, size_t size, bool look, int *turn,
                   ad_image *image)
{
    (void)bytes, (void)size, (void)look, (void)turn, (void)image;
    return message_fail(
        AD_ERROR_UNSUPPORTED,
        "%s: this build cannot read PNG images\n  install the package libpng-dev and build "
        "again, or give a PGM image\n",
        path);
}

#endif
