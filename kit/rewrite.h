/* Texts that are written token after token, task sequence_to_sequence. */
#ifndef ADZE_KIT_REWRITE_H
#define ADZE_KIT_REWRITE_H

#include "run.h"

/* What is written of one example. */
typedef struct rewrite_made {
    int32_t *token; /* without the one that ends it; by malloc */
    int64_t count;
    double score;
    bool cut;
    int64_t unknown; /* tokens of the example's text */
} rewrite_made;

/* program: feeds text, written, text.length, written.length, fetches the chances of what follows,
 * (rows, classes).  text (count, wide), of which length (count) are there; made: room for count. */
ad_status rewrite_batch(ad_program *program, const ad_run_data *data,
                        const ad_rewrite_options *options, const int32_t *text,
                        const int32_t *length, int64_t count, int64_t wide, rewrite_made *made);
void rewrite_made_done(rewrite_made *made, int64_t count);
/* Examples of a source that has the text's tokens, first to first + count - 1. */
ad_status rewrite_source(ad_program *program, const ad_run_data *data,
                         const ad_rewrite_options *options, ad_source *source, int64_t first,
                         int64_t count, rewrite_made *made,
                         void (*progress)(void *user, int64_t done), void *user);
/* Tokens of a target, or of a text that becomes one, as text by malloc.  A token that is unknown
 * becomes U+FFFD, which no text that is written has. */
char *rewrite_text(const ad_run_data *data, bool target, const int32_t *token, int64_t count);
/* The same of what was written: unknown tokens are left out. */
char *rewrite_said(const ad_run_data *data, const rewrite_made *made);
/* NULL options, and zeros in them: those of data. */
ad_rewrite_options rewrite_options(const ad_run_data *data, const ad_rewrite_options *options);

/* ---- run_transcribe.c: the same of task transcription, whose pairs have no text, and an end that
 * is no token */
struct sequence_pair;
ad_status transcribe_source(ad_program *program, const ad_run_data *data,
                            const ad_rewrite_options *options, ad_source *source, int64_t first,
                            int64_t count, rewrite_made *made,
                            void (*progress)(void *user, int64_t done), void *user);
ad_status transcribe_each(const ad_run_data *data, ad_source *part,
                          ad_status (*take)(void *user, const struct sequence_pair *pair),
                          void *user);

/* ---- run_sequence.c */
/* The tokens that begin and end a target. */
void run_sequence_ends(const ad_run_data *data, int32_t ends[2]);

/* Examples of a source of the task, as tokens. */
typedef struct sequence_pair {
    const int32_t *text, *target; /* target with its end */
    int64_t texts, targets;
} sequence_pair;
/* Told of each example of the part, in order, until it fails. */
ad_status run_sequence_each(const ad_run_data *data, ad_source *part,
                            ad_status (*take)(void *user, const sequence_pair *pair), void *user);

#endif
