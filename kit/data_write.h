/* What the writers of a look at data share. */
#ifndef ADZE_KIT_DATA_WRITE_H
#define ADZE_KIT_DATA_WRITE_H

#include <adze/inspect.h>

#include "text.h"

/* Room for a figure of one column. */
typedef struct column_figure {
    ad_figure figure;
    const char *name[AD_LOOK_TOP];
    double y[AD_LOOK_PARTS][AD_LOOK_BINS];
} column_figure;

/* Examples, of several parts the shares of each in percent: bars of classes, a histogram of
 * numbers.  False where the column has neither. */
bool data_column_figure(const ad_data_look *look, const ad_look_column *c, column_figure *f);
/* "number", "class", "text", "picture"... */
const char *data_kind_word(const ad_look_column *c);
/* "characters", or NULL: itself. */
const char *data_unit_word(const ad_look_column *c);
extern const char *const data_use_words[4];
/* "150 rows", "1,200 to train, 300 to test"; what was looked at where it is not all. */
void data_add_counts(text_buffer *t, const ad_data_look *look);
/* "5.1 (2 to 9.3)": the range of a column's numbers, or its values; nothing of others. */
void data_add_range(text_buffer *t, const ad_look_column *c);
void data_add_number(text_buffer *t, double value); /* to four digits */
/* A line about what a linear classifier does; false: nothing is known. */
bool data_add_linear(text_buffer *t, const ad_data_look *look);
bool data_add_apart(text_buffer *t, const ad_data_look *look);
int64_t data_missing(const ad_look_column *c);
const ad_look_column *data_target_column(const ad_data_look *look); /* NULL: none */
/* Whether an example is more than one input. */
bool data_is_mixed(const ad_data_look *look);
bool data_has_pictures(const ad_data_look *look);

#endif
