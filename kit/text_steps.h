/* What is done to a text before it becomes tokens, as Hugging Face's tokenizers do it: it is
 * changed as a whole (normalizers), and then cut into pieces (pre-tokenizers). */
#ifndef ADZE_KIT_TEXT_STEPS_H
#define ADZE_KIT_TEXT_STEPS_H

#include <adze/kit.h>

#include "text.h"

typedef enum text_step_kind {
    /* changes of the whole */
    STEP_LOWER,
    STEP_NFC,
    STEP_NFD,
    STEP_NFKC,
    STEP_NFKD,
    STEP_STRIP_ACCENTS, /* marks that take no room are left out */
    STEP_STRIP,         /* white space at the ends */
    STEP_REPLACE,       /* a text by another */
    STEP_PREPEND,       /* a text, where there is one already */
    STEP_BERT_CLEAN,    /* controls are left out, white space becomes blanks */
    STEP_BERT_CHINESE,  /* blanks round ideographs */
    STEP_CUTS,
    /* cuts */
    STEP_BERT = STEP_CUTS,
    STEP_GPT2,
    STEP_CL100K, /* GPT-4's and Llama 3's pattern */
    STEP_QWEN2,  /* the same with single digits */
    STEP_WORDS,  /* \w+|[^\w\s]+ */
    STEP_WHITE,  /* at white space, which goes */
    STEP_PUNCTUATION,
    STEP_DIGITS,
    STEP_LITERAL,   /* at a text */
    STEP_METASPACE, /* blanks become a letter that words begin with */
    STEP_PREFIX     /* a blank before a piece that has none */
} text_step_kind;

typedef enum text_behaviour {
    SPLIT_REMOVED,
    SPLIT_ISOLATED,
    SPLIT_MERGED_BEFORE,
    SPLIT_MERGED_BEHIND,
    SPLIT_CONTIGUOUS
} text_behaviour;

typedef struct text_step {
    text_step_kind kind;
    char from[32], to[32]; /* texts of STEP_REPLACE, STEP_PREPEND, STEP_LITERAL, STEP_METASPACE */
    bool left, right;      /* STEP_STRIP; right: STEP_METASPACE cuts */
    bool always, first;    /* STEP_METASPACE puts its letter before: every piece, the first */
    bool single;           /* STEP_DIGITS: one by one */
    text_behaviour behaviour;
} text_step;

enum { TEXT_STEPS_MOST = 24 };

typedef struct text_steps {
    text_step step[TEXT_STEPS_MOST];
    int count;
} text_steps;

/* Pieces of a text, one behind the other. */
typedef struct piece_list {
    text_buffer bytes;
    size_t *end;
    int64_t count, room;
    bool failed; /* no memory */
} piece_list;

void piece_list_add(piece_list *p, const char *text, size_t size); /* nothing where size is 0 */
const char *piece_at(const piece_list *p, int64_t i, size_t *size);
void piece_list_clear(piece_list *p);
void piece_list_done(piece_list *p);

/* Changes the text; false without memory. */
bool text_steps_change(const text_steps *steps, text_buffer *text);
/* Cuts the only piece of p by all steps; first: it is the first of its text. */
bool text_steps_cut(const text_steps *steps, bool first, piece_list *p, piece_list *room);
/* What stands in a text that a pattern, as tokenizer.json writes it, cuts; false: it is not known.
 */
bool text_steps_pattern(const char *regex, text_step_kind *kind);

#endif
