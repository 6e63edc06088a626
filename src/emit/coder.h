/* How texts of the source tree are packed: cmake/pack.c writes them, emit/embed.c reads them.
 *
 * Three bytes of the text's length, the lowest first; a byte, 0: the text follows as it is.  Else
 * its bits follow, arithmetically coded (Witten, Neal and Cleary 1987): each with the chance that
 * it has had after the same bits of its byte and the same three bytes before, or where these have
 * not been seen, two, one or none. */
#ifndef EMIT_CODER_H
#define EMIT_CODER_H

#include <stdint.h>

enum {
    CODER_HEAD = 4,
    CODER_SLOTS = 1 << 20,
    CODER_ORDERS = 4, /* 3, 2, 1 and 0 bytes before */
    CODER_SEEN = 30,  /* times that count */
    CODER_LEAST = 300 /* chance, of 2^16 */
};

/* The chance of a 1, of 2^16, and how often this place was seen. */
struct coder_slot {
    uint16_t one, seen;
};

struct coder {
    uint32_t before;    /* the last bytes */
    uint32_t low, high; /* of what the number can still be */
    struct coder_slot *now[CODER_ORDERS];
    struct coder_slot slot[CODER_SLOTS];
};

/* Where the range of 0 begins: up to it the next bit is 1.  `bits` are those of the byte so far,
 * behind a 1. */
static inline uint32_t coder_middle(struct coder *p, uint32_t bits)
{
    uint32_t one = 1 << 15, range = p->high - p->low;
    for (int order = 0; order < CODER_ORDERS; order++) {
        uint32_t place = order < 3 ? p->before << (8 * (order + 1)) : 0;
        place = (place + bits * 0x2545F491u + (uint32_t)order) * 0x9E3779B1u;
        p->now[order] = &p->slot[(place ^ place >> 15) * 0x85EBCA6Bu >> 12];
    }
    for (int order = CODER_ORDERS - 1; order >= 0; order--)
        if (p->now[order]->seen)
            one = p->now[order]->one;
    return p->low + (range >> 16) * one + ((range & 0xffff) * one >> 16);
}

static inline void coder_learn(struct coder *p, uint32_t middle, int bit)
{
    if (bit)
        p->high = middle;
    else
        p->low = middle + 1;
    for (int order = 0; order < CODER_ORDERS; order++) {
        struct coder_slot *s = p->now[order];
        int one = s->seen ? s->one : 1 << 15;
        one += ((bit ? 65535 : 0) - one) * 5 / (5 * s->seen + 8);
        one = one < CODER_LEAST ? CODER_LEAST : one;
        s->one = (uint16_t)(one > 65535 - CODER_LEAST ? 65535 - CODER_LEAST : one);
        s->seen += s->seen < CODER_SEEN;
    }
}

/* Whether the first byte of the number is known. */
static inline int coder_settled(const struct coder *p)
{
    return (p->low ^ p->high) >> 24 == 0;
}

static inline void coder_shift(struct coder *p)
{
    p->low <<= 8;
    p->high = p->high << 8 | 255;
}

#endif
