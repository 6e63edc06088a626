/* Byte-pair encoding (Sennrich, Haddow and Birch 2016): pairs of symbols become one, by the order
 * in which they were learned. */
#ifndef ADZE_KIT_BPE_H
#define ADZE_KIT_BPE_H

#include <adze/kit.h>
#include <stdatomic.h>

#include "vocabulary.h"

typedef struct bpe_merge {
    int32_t left, right, made;
} bpe_merge;

typedef struct bpe_entry {
    uint64_t key; /* left, right */
    int32_t rank, made;
} bpe_entry;

typedef struct bpe {
    bpe_merge *merge;
    int32_t merges, room;
    bpe_entry *entry; /* by hash of the pair; rank -1: free */
    size_t slots;
} bpe;

/* False without memory. */
bool bpe_add(bpe *b, bpe_merge merge);
/* Once all are added; false without memory.  The first of two merges of one pair counts. */
bool bpe_index(bpe *b);
void bpe_done(bpe *b);
/* Merges *count symbols in place: each time the pair that was learned first, the leftmost of equal
 * ones.  False without memory. */
bool bpe_apply(const bpe *b, int32_t *symbol, int64_t *count);

/* What words became, kept for other texts; many threads may use it at once. */
typedef struct bpe_word {
    uint64_t hash;
    uint32_t size, count;
    int32_t token[]; /* count of them, then the size bytes */
} bpe_word;

typedef struct bpe_cache {
    _Atomic(bpe_word *) *word;
    size_t slots;
} bpe_cache;

enum { BPE_CACHED = 48 };                         /* bytes of the longest word that is kept */
bool bpe_cache_begin(bpe_cache *c, size_t slots); /* a power of two */
void bpe_cache_done(bpe_cache *c);
const bpe_word *bpe_cache_find(const bpe_cache *c, const char *text, size_t size, uint64_t hash);
void bpe_cache_put(bpe_cache *c, const char *text, size_t size, uint64_t hash, const int32_t *token,
                   int64_t count);

/* How words begin: as tokens, at most one for each byte. */
typedef struct bpe_letters {
    int64_t (*letters)(void *user, const char *word, size_t size, int32_t *symbol);
    void *user;
    const char *prefix; /* of tokens that go on, which goes where they are the right half */
} bpe_letters;

/* Learns merges of the words until there are `most` tokens, or no pair is seen `least` times.
 * tokens: the letters; those that are made are added to it.  The most frequent pair is next, of
 * equal ones that with the smaller numbers, as Hugging Face's BpeTrainer has it. */
ad_status bpe_learn(const tally *words, const bpe_letters *letters, int64_t least, int64_t most,
                    vocabulary *tokens, bpe *b);

#endif
