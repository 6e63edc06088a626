/* Unpacking of texts that the build has packed (cmake/pack.c). */
#include "emit/embed.h"

/* Where a piece reaches into itself it goes on repeating, so it is copied byte by byte. */
static void repeat(struct text *text, size_t count, size_t back)
{
    for (size_t i = 0; i < count && !text->failed; i++) {
        char byte = text->data[text->size - back];
        text_bytes(text, &byte, 1);
    }
}

void embed_unpack(struct text *text, const unsigned char *packed)
{
    size_t plain, same;
    do {
        plain = *packed++;
        text_bytes(text, packed, plain);
        packed += plain;
        same = *packed++;
        if (same) {
            repeat(text, same, packed[0] | (size_t)packed[1] << 8);
            packed += 2;
        }
    } while (plain || same);
}
