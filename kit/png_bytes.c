/* A picture as a PNG in memory (ISO/IEC 15948): by libpng; where the build has none, with its bytes
 * stored as they are (RFC 1951, blocks of type 0). */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "message.h"

/* ---------------------------------------------------------------- without libpng */

enum { BLOCK = 65535 }; /* most of a stored block */

typedef struct writer {
    uint8_t *data;
    size_t size;
} writer;

static void put_number(writer *w, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        w->data[w->size++] = (uint8_t)(number >> shift);
}

static uint32_t sum_of(const uint8_t *data, size_t size)
{
    uint32_t sum = ~0u;
    for (size_t i = 0; i < size; i++) {
        sum ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
    }
    return ~sum;
}

/* Where a chunk begins, and its end, which fills in its size and adds its sum. */
static size_t begin_chunk(writer *w, const char *name)
{
    size_t at = w->size;
    put_number(w, 0);
    memcpy(w->data + w->size, name, 4);
    w->size += 4;
    return at;
}

static void end_chunk(writer *w, size_t at)
{
    writer head = {w->data + at, 0};
    put_number(&head, (uint32_t)(w->size - at - 8));
    put_number(w, sum_of(w->data + at + 4, w->size - at - 4));
}

static void put_header(writer *w, const ad_image *image)
{
    size_t at = begin_chunk(w, "IHDR");
    put_number(w, (uint32_t)image->width);
    put_number(w, (uint32_t)image->height);
    const uint8_t form[5] = {8, image->channels == 3 ? 2 : 0, 0, 0, 0};
    memcpy(w->data + w->size, form, 5);
    w->size += 5;
    end_chunk(w, at);
}

/* Each row behind a byte 0: no filter.  Gives Adler's sum. */
static uint32_t put_rows(writer *w, const ad_image *image)
{
    size_t row = (size_t)(image->width * image->channels), left = (row + 1) * (size_t)image->height;
    uint32_t a = 1, b = 0;
    for (size_t i = 0; left > 0; i++, left--) {
        size_t column = i % (row + 1), room = left < BLOCK ? left : BLOCK;
        if (i % BLOCK == 0) {
            const uint8_t head[5] = {left <= BLOCK, (uint8_t)room, (uint8_t)(room >> 8),
                                     (uint8_t)~room, (uint8_t)(~room >> 8)};
            memcpy(w->data + w->size, head, 5);
            w->size += 5;
        }
        uint8_t byte = column ? image->pixels[i / (row + 1) * row + column - 1] : 0;
        w->data[w->size++] = byte;
        a = (a + byte) % 65521, b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static ad_status plain_bytes(const ad_image *image, uint8_t **bytes, size_t *size)
{
    size_t raw = (size_t)(image->width * image->channels + 1) * (size_t)image->height;
    writer w = {malloc(raw + 5 * (raw / BLOCK + 1) + 128), 0};
    if (!w.data)
        return message_no_memory();
    memcpy(w.data, "\x89PNG\r\n\x1A\n", 8);
    w.size = 8;
    put_header(&w, image);
    size_t at = begin_chunk(&w, "IDAT");
    w.data[w.size++] = 0x78;
    w.data[w.size++] = 0x01;
    put_number(&w, put_rows(&w, image));
    end_chunk(&w, at);
    end_chunk(&w, begin_chunk(&w, "IEND"));
    *bytes = w.data;
    *size = w.size;
    return AD_OK;
}

/* ---------------------------------------------------------------- by libpng */

ad_status png_bytes(const ad_image *image, uint8_t **bytes, size_t *size)
{
    *bytes = NULL;
    if (!image_can_png())
        return plain_bytes(image, bytes, size);
    FILE *f = open_memstream((char **)bytes, size);
    if (!f)
        return message_no_memory();
    ad_status status = png_write("a picture", f, image);
    if (fclose(f) != 0 && status == AD_OK)
        status = message_no_memory();
    if (status != AD_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}
