/* EXIF's orientation (CIPA DC-008, tag 0x0112): how a camera was held, and the picture turned
 * upright. */
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "message.h"

typedef struct tiff {
    const uint8_t *bytes;
    size_t size;
    bool big; /* the high byte first */
} tiff;

/* A number of 2 or 4 bytes; 0 past the end. */
static uint32_t number_at(const tiff *t, size_t at, int width)
{
    uint32_t value = 0;
    if (at > t->size || t->size - at < (size_t)width)
        return 0;
    for (int i = 0; i < width; i++)
        value |= (uint32_t)t->bytes[at + (size_t)i] << 8 * (t->big ? width - 1 - i : i);
    return value;
}

enum { ORIENTATION = 0x0112, SHORT = 3, ENTRY = 12 };

int exif_orientation(const uint8_t *bytes, size_t size)
{
    if (size < 8 || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return 1;
    tiff t = {bytes, size, bytes[0] == 'M'};
    size_t at = number_at(&t, 4, 4);
    uint32_t entries = number_at(&t, at, 2);
    for (uint32_t i = 0; i < entries && at < size; i++) {
        size_t entry = at + 2 + (size_t)i * ENTRY;
        if (number_at(&t, entry, 2) != ORIENTATION || number_at(&t, entry + 2, 2) != SHORT)
            continue;
        uint32_t turn = number_at(&t, entry + 8, 2);
        return turn >= 1 && turn <= 8 ? (int)turn : 1;
    }
    return 1;
}

/* Which pixel of the picture as it was stored (height h, width w) stands at (y, x) upright. */
static int64_t stored_at(int turn, int64_t h, int64_t w, int64_t y, int64_t x)
{
    switch (turn) {
    case 2: return y * w + (w - 1 - x);
    case 3: return (h - 1 - y) * w + (w - 1 - x);
    case 4: return (h - 1 - y) * w + x;
    case 5: return x * w + y;
    case 6: return (h - 1 - x) * w + y;
    case 7: return (h - 1 - x) * w + (w - 1 - y);
    case 8: return x * w + (w - 1 - y);
    default: return y * w + x;
    }
}

ad_status exif_turn(int turn, ad_image *image)
{
    int64_t h = image->height, w = image->width, c = image->channels;
    if (turn == 1)
        return AD_OK;
    uint8_t *pixels = malloc((size_t)(h * w * c));
    if (!pixels)
        return message_no_memory();
    image->height = turn >= 5 ? w : h;
    image->width = turn >= 5 ? h : w;
    uint8_t *to = pixels;
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++, to += c)
            memcpy(to, image->pixels + stored_at(turn, h, w, y, x) * c, (size_t)c);
    free(image->pixels);
    image->pixels = pixels;
    return AD_OK;
}
