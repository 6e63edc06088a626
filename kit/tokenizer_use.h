/* What encoders by a tokenizer share: how texts are cut, and what stands round them. */
#ifndef ADZE_KIT_TOKENIZER_USE_H
#define ADZE_KIT_TOKENIZER_USE_H

#include "tokenizer.h"

typedef struct tokenizer_use {
    tokenizer t;
    text_frame frame; /* length, most and wrap alone */
    bool lower;
    char *json; /* what it was read from; NULL of word pieces */
} tokenizer_use;

void tokenizer_use_free(void *fitted);
void tokenizer_use_about(const void *fitted, ad_encoded *is);
ad_status tokenizer_use_encode(const void *fitted, const void *in, int64_t size, void **out,
                               int64_t *steps);
char *tokenizer_use_decode(const void *fitted, const int32_t *token, int64_t count);
int32_t tokenizer_use_special(const void *fitted, ad_special which);
/* The frame of options, without special tokens. */
text_frame tokenizer_use_frame(const ad_text_options *o);

#endif
