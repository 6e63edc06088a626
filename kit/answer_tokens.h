/* What a model of a text says of a text, as text: of a masked one the likeliest tokens of each gap,
 * of one that goes on how much each token surprises it, and what may follow. */
#ifndef ADZE_KIT_ANSWER_TOKENS_H
#define ADZE_KIT_ANSWER_TOKENS_H

#include <adze/run.h>

#include "run.h"
#include "text.h"

enum { TOKENS_TOP = 5 }; /* likely ones, where no number is asked for */

typedef struct tokens_text {
    text_buffer *text;
    ad_model *model;
    const ad_run_data *about;
    const ad_encoder *encoder;
    const ad_answer_options *o;
    int64_t top, classes;
    bool files;  /* of several: each row says which */
    bool masked; /* gaps are asked for */
    /* of the text asked about last */
    run_tokens all;
    float *bits; /* (tokens): -log2 of the chance of each behind those before; NaN: not asked */
    int64_t unknown;
    int32_t *likely; /* (gaps, top); of a text that goes on there is one gap, at its end */
    float *chance;   /* (gaps, top) */
    int64_t gaps;
} tokens_text;

void tokens_begin(tokens_text *t, ad_model *model, const ad_answer_options *o, text_buffer *text,
                  bool files);
void tokens_done(tokens_text *t);
/* The first line of CSV. */
void tokens_head(const tokens_text *t);
/* Item i of the source.  Words on failure, which are the item's own unless memory is missing. */
ad_status tokens_ask(tokens_text *t, ad_source *source, int64_t i);
/* The row-th of its file (0: it has no number); error: there is no answer. */
void tokens_rows(const tokens_text *t, const char *file, int64_t row, const char *error);

#endif
