/* Reading the table of fields: rows by path, and words about a row. */
#ifndef ADZE_KIT_FIELD_H
#define ADZE_KIT_FIELD_H

#include <adze/kit.h>

#include "text.h"

enum { FIELD_PATH_MAX = 64 };

/* Number of the row with that path, or -1. */
int field_find(const char *path);
/* "rate" of "train.optimizer.rate". */
const char *field_name(const ad_field *f);
/* True where row stands directly in the section called path ("" is the file itself). */
bool field_inside(const ad_field *f, const char *section);
/* True where f stands in the section at any depth. */
bool field_below(const ad_field *f, const char *section);
/* The words of a field of words: number of one, or -1, and back. */
int field_word(const ad_field *f, const char *word, size_t size);
void field_add_word(text_buffer *t, const ad_field *f, int number);
/* True where word number chosen of the chooser is one of f->with. */
bool field_meant(const ad_field *f, const ad_field *chooser, int chosen);
/* The default as text in *initial (FIELD_PATH_MAX bytes) where word number chosen of the chooser
 * holds; false where there is none. */
bool field_initial(const ad_field *f, const ad_field *chooser, int chosen, char *initial);
/* "a number above 0, at most 1000", "true or false". */
void field_describe(text_buffer *t, const ad_field *f);
/* Words with spaces between as a list: "sgd, rmsprop or adam". */
void field_add_list(text_buffer *t, const char *words, const char *last);

#endif
