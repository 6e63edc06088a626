/* What answers as text have in common. */
#ifndef ADZE_KIT_ANSWER_PARTS_H
#define ADZE_KIT_ANSWER_PARTS_H

#include <adze/run.h>

#include "text.h"

/* "setosa", or its number, written there. */
const char *answer_class(const ad_run_data *about, int64_t class, char number[24]);
/* The `count` likeliest of `width` classes into order, the likeliest first, of equal ones the
 * first; count is at most width. */
void answer_rank(const float *chance, int64_t width, int64_t count, int32_t *order);
/* The first fields of a line of CSV: the file where there are several, and the row of it (0: it has
 * no number). */
void answer_place(text_buffer *t, bool files, const char *file, int64_t row);

#endif
