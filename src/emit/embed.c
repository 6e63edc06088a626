/* Unpacking of texts that the build has packed (emit/coder.h). */
#include "emit/embed.h"

#include "base/memory.h"
#include "emit/coder.h"

static void read_bits(struct coder *p, size_t size, const unsigned char *from, struct text *text)
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++)
        number = number << 8 | *from++;
    p->high = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        uint32_t bits = 1;
        while (bits < 256) {
            uint32_t middle = coder_middle(p, bits);
            int bit = number <= middle;
            coder_learn(p, middle, bit);
            bits = bits << 1 | (uint32_t)bit;
            for (; coder_settled(p); coder_shift(p))
                number = number << 8 | *from++;
        }
        p->before = p->before << 8 | (bits & 255);
        text_bytes(text, &(char){(char)bits}, 1);
    }
}

void embed_unpack(struct text *text, const unsigned char *packed)
{
    size_t size = packed[0] | (size_t)packed[1] << 8 | (size_t)packed[2] << 16;
    bool plain = packed[3] == 0;
    struct coder *p = plain ? NULL : memory_zeroed(text->allocator, sizeof *p);
    packed += CODER_HEAD;
    if (plain)
        text_bytes(text, packed, size);
    else if (p)
        read_bits(p, size, packed, text);
    else
        text->failed = true;
    memory_free(text->allocator, p, sizeof *p);
}
