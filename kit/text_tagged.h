/* Sentences whose words have tags, and files that have a word and its tag in each line. */
#ifndef ADZE_KIT_TEXT_TAGGED_H
#define ADZE_KIT_TEXT_TAGGED_H

#include "text.h"
#include "text_file.h"
#include "vocabulary.h"

/* Words of a sentence, and its tags, stand with one blank between. */
typedef struct tagged_list {
    text_buffer words, tags;
    size_t *word_end, *tag_end; /* of each sentence */
    int64_t *line;              /* of a file, from 1, where each begins; else 0 */
    int64_t count, room;
    bool open;      /* the last sentence goes on: it is not counted yet */
    int64_t begins; /* the line where it begins */
} tagged_list;

void tagged_list_done(tagged_list *list);
/* A word of the sentence that is open.  False without memory. */
bool tagged_list_word(tagged_list *list, const char *word, size_t size, const char *tag,
                      size_t tag_size);
/* Ends the sentence, one without words too. */
bool tagged_list_end(tagged_list *list);
/* Fields text and tags of the schema.  Takes the list over, also where it fails. */
ad_status tagged_list_source(tagged_list *list, const ad_schema *schema, const char *name,
                             ad_source **source);
/* The schema's two fields: what tags there are is found in the list. */
ad_status tagged_describe(const tagged_list *list, ad_schema *schema);

/* How lines are laid out. */
typedef struct tagged_form {
    char kind; /* 'u' CoNLL-U, 't' tabs between columns, 'b' blanks */
    int columns;
    int word, tag; /* which columns, from 1 */
} tagged_form;

/* As few letters, and back; false where it is no such text. */
void tagged_form_text(const tagged_form *form, char text[16]);
bool tagged_form_read(const char *text, tagged_form *form);
/* The layout of a file's first lines, word and tag as asked for, 0: as usual.  Fails where none is
 * to be seen. */
ad_status tagged_form_find(const text_file *file, int64_t word, int64_t tag, tagged_form *form);
/* Whether the bytes, the first of a file, are certainly words with tags. */
bool tagged_form_looks(const char *bytes, size_t size);

/* Adds the sentences of the file.  known: fails on a tag that is none of those; NULL: any will do.
 */
ad_status tagged_read(const text_file *file, const tagged_form *form, const vocabulary *known,
                      tagged_list *list);
/* The sentences of a file that is to be predicted, tagged or not: see ad_texts_options. */
ad_status tagged_items(const text_file *file, const tagged_form *form, const vocabulary *known,
                       tagged_list *list);
/* The names of a schema's classes, or of tags. */
ad_status tagged_names(const ad_schema *schema, vocabulary *known);

/* The tag that says that there is none: _ */
bool tagged_is_none(const char *tag, size_t size);
/* Counts the tags of a sentence.  False without memory. */
bool tagged_count(const char *tags, size_t size, tally *seen);
/* What was counted, in order of its bytes, each by malloc; NULL without memory. */
char **tagged_sorted(const tally *seen);

/* The next word between white space (ASCII's) from p on: its end, and where it begins; NULL: there
 * is none. */
const char *tagged_next(const char *p, const char *end, const char **from);
/* How many there are. */
int64_t tagged_words(const char *text, int64_t size);

#endif
