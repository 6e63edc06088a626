/* Texts cut into words or characters, for metrics of sentences. */
#ifndef ADZE_KIT_METRIC_WORDS_H
#define ADZE_KIT_METRIC_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* Characters, as numbers of Unicode. */
typedef struct letters {
    uint32_t *at;
    int64_t count, room;
    bool failed; /* no memory */
} letters;

/* Of UTF-8; a byte that is no part of a character is U+FFFD. */
letters letters_of(const char *text);
void letters_done(letters *l);
void letters_add(letters *l, uint32_t letter);
/* What Python's str.isspace is true of. */
bool letter_is_space(uint32_t letter);
/* In place: none at the beginning, at the end. */
void letters_strip(letters *l);
/* In place: several spaces, of any kind, as one ' '. */
void letters_squeeze(letters *l);

/* A text as numbers: the same number is the same word, within one call. */
typedef struct word_list {
    int32_t *at;
    int64_t count;
} word_list;

/* Words of `count` texts, which are cut at ' ', or at every space.  False: no memory; free them by
 * words_done in any case. */
bool words_of_texts(const letters *text, int64_t count, bool every_space, word_list *list);
void words_done(word_list *list, int64_t count);

#endif
