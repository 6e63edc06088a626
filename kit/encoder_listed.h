/* Encoders whose tokens are pieces of text in a list: words, characters. */
#ifndef ADZE_KIT_ENCODER_LISTED_H
#define ADZE_KIT_ENCODER_LISTED_H

#include "encoder.h"
#include "token_list.h"
#include "vocabulary.h"

/* The next piece from p on: it begins at *from; returns its end, NULL where there is none. */
typedef const char *(*listed_next)(const char *p, const char *end, const char **from);

typedef struct listed {
    text_frame frame;
    bool lower;
    vocabulary list;
    int32_t first; /* the token of the first piece of the list */
    const struct listed_kind *kind;
} listed;

typedef struct listed_kind {
    const char *name;
    listed_next next;
    int64_t most;       /* tokens, where nothing is said; 0: no limit */
    const char *joined; /* what stands between pieces in a text that was decoded */
    bool far;           /* letters beyond ASCII have to be known */
} listed_kind;

ad_status listed_fit(const listed_kind *kind, const ad_text_options *o, ad_source *train, int field,
                     void **fitted);
void listed_about(const void *fitted, ad_encoded *is);
ad_status listed_encode(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps);
char *listed_decode(const void *fitted, const int32_t *token, int64_t count);
int32_t listed_special(const void *fitted, ad_special which);
char *listed_text(const void *fitted);
ad_status listed_read(const listed_kind *kind, const char *text, size_t size, void **fitted);
void listed_free(void *fitted);
/* The lines "lower 0", "tokens N" and those of the vocabulary, and back: behind them, or NULL. */
void listed_write(text_buffer *t, bool lower, const vocabulary *list);
const char *listed_take(const char *text, const char *end, bool *lower, vocabulary *list);

#endif
