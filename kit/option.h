/* Options of records (adze/record.h) in words: what may be written, and what stands there when
 * nothing is. */
#ifndef ADZE_KIT_OPTION_H
#define ADZE_KIT_OPTION_H

#include <adze/record.h>

#include "text.h"

/* The option of a record of that name, or NULL. */
const ad_option *record_option(const ad_record *record, const char *name);

/* Whether a file gives one or several values. */
bool option_is_list(const ad_option *option);
/* How many a list has at most. */
int option_most(const ad_option *option);
/* Whether each is a whole number. */
bool option_is_whole(const ad_option *option);

/* What may be written: "a number above 0, at most 1000", "true or false", "mean or max". */
void option_describe(text_buffer *t, const ad_option *option);
/* The value that lies in an options struct, as it would stand in a file: 3, [3, 5], true, "fc1".
 * False, with nothing added, where it is unset. */
bool option_value(text_buffer *t, const ad_option *option, const void *options);
/* The same of the record's defaults; false too where the option has to be given. */
bool option_default(text_buffer *t, const ad_record *record, const ad_option *option);

/* Number of the word of AD_OPTION_WORD, or -1, and back. */
int option_word(const ad_option *option, const char *word, size_t size);
void option_add_word(text_buffer *t, const ad_option *option, int number);
/* Reads back as the same double: 0.001, 1e-5; 1/255 where that is shorter by far. */
void option_add_number(text_buffer *t, double value);
/* Words with spaces between as a list: "sgd, rmsprop or adam" where last is " or ". */
void option_add_list(text_buffer *t, const char *words, const char *last);

#endif
