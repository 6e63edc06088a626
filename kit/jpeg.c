/* JPEG through libjpeg-turbo: grey as grey, colours as red, green, blue, by the exact integer
 * transform and smooth chroma, as Pillow has them.
 *
 * Four inks (CMYK, YCCK) are taken as Adobe stores them, inverted, and each colour is what its ink
 * and black let through.  Damaged data is an error, in libjpeg's words, also where libjpeg would go
 * on with grey; only what leaves the pixels as they are is passed over. */
#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#ifdef ADZE_HAVE_JPEG

#include <setjmp.h>

#include <jpeglib.h>

#include <jerror.h>

enum { SCANS_MAX = 500, EXIF_MARKER = JPEG_APP0 + 1, SPREAD = 2048 };

/* A file in memory, and what libjpeg said of it. */
typedef struct work {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr manager;
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    const char *path;
    const uint8_t *bytes;
    size_t size;
    bool look;
    int *turn;
    ad_image *image;
    uint8_t *row;     /* of four inks */
    ad_status status; /* has words already, where it is not AD_OK */
    char words[JMSG_LENGTH_MAX];
} work;

static void on_error(j_common_ptr jpeg)
{
    work *w = jpeg->client_data;
    jpeg->err->format_message(jpeg, w->words);
    if (jpeg->err->msg_code == JERR_OUT_OF_MEMORY)
        w->words[0] = 0;
    longjmp(w->back, 1);
}

/* Level -1 is a warning, others are remarks. */
static void on_message(j_common_ptr jpeg, int level)
{
    int code = jpeg->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR &&
        code != JWRN_ADOBE_XFORM)
        on_error(jpeg);
}

static void print_nothing(j_common_ptr jpeg)
{
    (void)jpeg;
}

/* A picture of very many scans, each over all of it, would take for ever. */
static void on_progress(j_common_ptr jpeg)
{
    work *w = jpeg->client_data;
    if (w->jpeg.input_scan_number <= SCANS_MAX)
        return;
    snprintf(w->words, sizeof w->words, "it has more than %d scans", SCANS_MAX);
    longjmp(w->back, 1);
}

static void read_turn(work *w)
{
    for (jpeg_saved_marker_ptr m = w->jpeg.marker_list; m; m = m->next)
        if (m->marker == EXIF_MARKER && m->data_length > 6 && memcmp(m->data, "Exif\0\0", 6) == 0) {
            *w->turn = exif_orientation(m->data + 6, m->data_length - 6);
            return;
        }
}

static void read_header(work *w)
{
    ad_image *image = w->image;
    jpeg_mem_src(&w->jpeg, w->bytes, (unsigned long)w->size);
    jpeg_save_markers(&w->jpeg, EXIF_MARKER, 0xFFFF);
    jpeg_read_header(&w->jpeg, TRUE);
    image->height = w->jpeg.image_height;
    image->width = w->jpeg.image_width;
    image->channels = w->jpeg.num_components == 1 ? 1 : 3;
    if (!w->look)
        w->status = image_check_size(w->path, image, 8 * w->jpeg.num_components, SPREAD, w->size);
    if (w->status != AD_OK)
        longjmp(w->back, 1);
    read_turn(w);
}

static void choose_form(struct jpeg_decompress_struct *jpeg)
{
    jpeg->out_color_space = jpeg->num_components == 1   ? JCS_GRAYSCALE
                            : jpeg->num_components == 4 ? JCS_CMYK
                                                        : JCS_RGB;
    jpeg->dct_method = JDCT_ISLOW;
    jpeg->do_fancy_upsampling = TRUE;
}

/* a b / 255, rounded. */
static int share(int a, int b)
{
    int product = a * b + 128;
    return (product + (product >> 8)) >> 8;
}

/* Inverted inks: 255 is no ink. */
static void from_inks(const uint8_t *ink, int64_t count, uint8_t *to)
{
    for (int64_t i = 0; i < count; i++, ink += 4, to += 3)
        for (int k = 0; k < 3; k++) {
            int light = ink[3] - share(255 - ink[k], ink[3]);
            to[k] = (uint8_t)(light > 0 ? light : 0);
        }
}

static void read_rows(work *w)
{
    ad_image *image = w->image;
    bool inks = w->jpeg.output_components == 4;
    size_t width = (size_t)(image->width * image->channels);
    while (w->jpeg.output_scanline < w->jpeg.output_height) {
        uint8_t *to = image->pixels + w->jpeg.output_scanline * width;
        JSAMPROW row = inks ? w->row : to;
        jpeg_read_scanlines(&w->jpeg, &row, 1);
        if (inks)
            from_inks(w->row, image->width, to);
    }
    jpeg_finish_decompress(&w->jpeg);
}

/* False where libjpeg called on_error, or without memory. */
static bool decode(work *w)
{
    if (setjmp(w->back))
        return false;
    jpeg_create_decompress(&w->jpeg);
    w->jpeg.progress = &w->progress;
    read_header(w);
    if (w->look)
        return true;
    choose_form(&w->jpeg);
    jpeg_start_decompress(&w->jpeg);
    w->image->pixels = malloc((size_t)(w->image->height * w->image->width * w->image->channels));
    w->row = malloc((size_t)w->image->width * 4);
    if (!w->image->pixels || !w->row)
        return false;
    read_rows(w);
    return true;
}

ad_status jpeg_read(const char *path, const uint8_t *bytes, size_t size, bool look, int *turn,
                    ad_image *image)
{
    work w = {.path = path, .bytes = bytes, .size = size, .look = look, .turn = turn};
    w.image = image;
    w.jpeg.err = jpeg_std_error(&w.manager);
    w.jpeg.client_data = &w;
    w.manager.error_exit = on_error;
    w.manager.emit_message = on_message;
    w.manager.output_message = print_nothing;
    w.progress.progress_monitor = on_progress;
    bool good = decode(&w);
    jpeg_destroy_decompress(&w.jpeg);
    free(w.row);
    if (good || w.status != AD_OK)
        return w.status;
    if (!w.words[0])
        return message_no_memory();
    return message_fail(AD_ERROR_FORMAT,
                        "%s: not a sound JPEG image: %s\n  write the image again\n", path, w.words);
}

#else

ad_status jpeg_read(const char *path, const uint8_t *bytes, size_t size, bool look, int *turn,
                    ad_image *image)
{
    (void)bytes, (void)size, (void)look, (void)turn, (void)image;
    return message_fail(
        AD_ERROR_UNSUPPORTED,
        "%s: this build cannot read JPEG images\n  install the package libjpeg-dev and build "
        "again, or give a PNG image\n",
        path);
}

#endif
