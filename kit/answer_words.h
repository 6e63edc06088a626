/* Tags of words as text. */
#ifndef ADZE_KIT_ANSWER_WORDS_H
#define ADZE_KIT_ANSWER_WORDS_H

#include <adze/run.h>

#include "text.h"

typedef struct words_text {
    text_buffer *text;
    const ad_run_data *about;
    const ad_answer_options *o;
    int64_t width, top;
    bool files;     /* of several: each row says which */
    int32_t *order; /* room for as many classes as are told of a word */
} words_text;

/* The first line of CSV. */
void words_head(const words_text *w);
/* Item i of the source, the row-th of its file (0: it has no number), with what is said of its
 * words, (words, width); source NULL, or error: there is none. */
ad_status words_rows(const words_text *w, const char *file, int64_t row, ad_source *source,
                     int64_t i, const float *value, int64_t words, const char *error);

#endif
