/* Tokenizers as Hugging Face's tokenizer.json describes them: changes of the text, cuts, a model of
 * byte pairs or word pieces, tokens that are added, and what stands round a text. */
#ifndef ADZE_KIT_TOKENIZER_H
#define ADZE_KIT_TOKENIZER_H

#include "bpe.h"
#include "encoder.h"
#include "json.h"
#include "text_steps.h"
#include "token_list.h"
#include "vocabulary.h"

/* A token that stands in texts as it is written. */
typedef struct added_token {
    char *text; /* as it is found in texts */
    size_t size;
    int32_t id;
    bool single;      /* as a word of its own only */
    bool left, right; /* takes white space before and behind with it */
    bool normalized;  /* looked for in the text that was changed */
    bool special;     /* left out of texts that are decoded */
} added_token;

enum { TOKENIZER_AROUND = 8 };

typedef struct tokenizer {
    text_steps change, cut;
    bool bytes;       /* letters are bytes: vocabulary and merges are said in them */
    bool pieces;      /* word pieces, else byte pairs */
    vocabulary list;  /* texts of the model's tokens */
    int32_t *id;      /* of each of them */
    int32_t ids;      /* room of text_of */
    int32_t *text_of; /* by id: its number in list, -1 none, or -2 - number of an added token */
    bpe merges;
    bpe_cache cache;
    int32_t byte_letter[256]; /* of `bytes`; or of the tokens <0x00>..., -1 where there is none */
    bool fallback;            /* unknown letters are said by <0xNN> */
    bool fuse, whole;         /* unknown ones become one; a piece that is a token is not cut */
    int32_t unknown;          /* -1: unknown letters are dropped */
    char prefix[16], suffix[16]; /* of letters that go on, "##"; of a word's last, "</w>" */
    int32_t longest;             /* characters of the longest word of pieces */
    added_token *added;
    int32_t addeds;
    int32_t before[TOKENIZER_AROUND], behind[TOKENIZER_AROUND]; /* tokens round a text */
    int befores, behinds;
    int32_t special[6]; /* by ad_special; -1: none */
    int32_t classes;
    int decoder; /* tokenizer_decoder */
    bool cleanup;
} tokenizer;

typedef enum tokenizer_decoder {
    DECODE_BLANKS, /* tokens with blanks between */
    DECODE_BYTES,
    DECODE_PIECES,
    DECODE_METASPACE,
    DECODE_SUFFIX
} tokenizer_decoder;

/* Reads a tokenizer.json; words name what is not known.  name: of the file. */
ad_status tokenizer_read(const char *name, const char *text, size_t size, tokenizer *t);
void tokenizer_done(tokenizer *t);

/* Tokens of a text, without those that stand round it. */
ad_status tokenizer_encode(const tokenizer *t, const char *text, size_t size, token_list *out);
/* By malloc; NULL with words. */
char *tokenizer_decode(const tokenizer *t, const int32_t *token, int64_t count);

/* A word as word pieces: the longest that begins there, then the longest that goes on behind it;
 * one unknown where a part is none.  False without memory. */
bool tokenizer_pieces(const tokenizer *t, const char *word, size_t size, token_list *out);
const char *tokenizer_text(const tokenizer *t, int32_t id, size_t *size); /* NULL: none */

#endif
