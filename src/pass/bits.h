/* Sets of small numbers as words of 64 bits. */
#ifndef PASS_BITS_H
#define PASS_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t bits_words(size_t numbers)
{
    return (numbers + 63) / 64;
}

static inline bool bits_has(const uint64_t *set, int i)
{
    return set[i / 64] >> (i % 64) & 1;
}

static inline void bits_add(uint64_t *set, int i)
{
    set[i / 64] |= (uint64_t)1 << (i % 64);
}

/* All of from joins to; whether there was news among it. */
static inline bool bits_join(uint64_t *to, const uint64_t *from, size_t words)
{
    uint64_t news = 0;
    for (size_t w = 0; w < words; w++) {
        news |= from[w] & ~to[w];
        to[w] |= from[w];
    }
    return news != 0;
}

#endif
