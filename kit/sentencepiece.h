/* Models of SentencePiece (Kudo and Richardson 2018): unigram and byte pairs. */
#ifndef ADZE_KIT_SENTENCEPIECE_H
#define ADZE_KIT_SENTENCEPIECE_H

#include <adze/kit.h>

#include "token_list.h"
#include "vocabulary.h"

typedef struct sentencepiece {
    vocabulary list; /* all pieces; a piece's number is its token */
    float *score;
    unsigned char *type;              /* sentencepiece_type */
    bool pairs;                       /* byte pairs, else unigram */
    bool fallback;                    /* unknown letters are said by bytes <0x00>... */
    bool dummy, trim, escape, behind; /* of the normalizer; behind: blanks end words */
    uint32_t *trie;                   /* of what is changed: a double array */
    size_t tries;
    char *changed; /* texts that it leads to, each with a zero behind it */
    size_t changes;
    bool unused;                          /* one of the pieces is not to be used */
    float least;                          /* score of normal pieces */
    size_t longest, longest_own;          /* bytes of the longest piece, and of those of the user */
    int32_t unknown, begin, end, padding; /* -1: none */
    int32_t byte[256];
    char surface[32]; /* what unknown is decoded as */
} sentencepiece;

/* name: of the file, for messages. */
ad_status sentencepiece_read(const char *name, const void *bytes, size_t size, sentencepiece *s);
void sentencepiece_done(sentencepiece *s);
/* False without memory. */
bool sentencepiece_encode(const sentencepiece *s, const char *text, size_t size, token_list *out);
char *sentencepiece_decode(const sentencepiece *s, const int32_t *token, int64_t count);
/* What the text becomes before it is cut. */
bool sentencepiece_normal(const sentencepiece *s, const char *text, size_t size, text_buffer *to);

typedef enum sentencepiece_type {
    PIECE_NORMAL = 1,
    PIECE_UNKNOWN,
    PIECE_CONTROL,
    PIECE_OWN, /* of the user: is never cut */
    PIECE_UNUSED,
    PIECE_BYTE
} sentencepiece_type;

/* Bytes of the longest piece of the user that the text begins with, 0: none. */
size_t sentencepiece_own(const sentencepiece *s, const char *text, size_t size);

#endif
