/* Numbered texts, each once: what tokens are called. */
#ifndef ADZE_KIT_VOCABULARY_H
#define ADZE_KIT_VOCABULARY_H

#include <adze/kit.h>

#include "text.h"

typedef struct vocabulary {
    char *bytes;
    size_t used, room;
    size_t *start; /* of each, and behind the last */
    int32_t count, count_room;
    int32_t *slot; /* by hash: a number, -1 where none is */
    size_t slots;
} vocabulary;

/* Its number, which may be new: *added says so.  -1 without memory. */
int32_t vocabulary_add(vocabulary *v, const char *text, size_t size, bool *added);
int32_t vocabulary_find(const vocabulary *v, const char *text, size_t size); /* -1: not there */
const char *vocabulary_text(const vocabulary *v, int32_t i, size_t *size);
void vocabulary_done(vocabulary *v);
uint64_t vocabulary_hash(const char *text, size_t size);

/* A line for each text, in order; what is no letter as \NN. */
void vocabulary_write(text_buffer *t, const vocabulary *v);
/* Reads `count` such lines; behind them, or NULL where they are none, one comes twice, or there is
 * no memory. */
const char *vocabulary_read(vocabulary *v, const char *text, const char *end, int64_t count);

/* Texts and how often each was seen. */
typedef struct tally {
    vocabulary words;
    int64_t *count;
    int32_t room;
} tally;
bool tally_add(tally *t, const char *text, size_t size, int64_t times);
void tally_done(tally *t);
/* The numbers of those that were seen `least` times and more, the most frequent first, equal ones
 * by their bytes; by malloc, *count of them.  NULL without memory. */
int32_t *tally_order(const tally *t, int64_t least, int32_t *count);

#endif
