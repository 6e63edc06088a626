/* Numbers as text, the same in every locale. */
#ifndef ADZE_KIT_NUMBER_H
#define ADZE_KIT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* Digits with an optional sign, point and exponent, and a quotient of two such: 0.1, 2e-5, 1/255.
 * False where words is anything else. */
bool number_read(const char *words, double *value);
/* A number without a fractional part: 10, 1e3.  False where words is anything else; too large ones
 * come out as INT64_MAX or MIN. */
bool number_read_whole(const char *words, int64_t *value);
/* The shortest text that reads back as the same double. */
void number_add(text_buffer *t, double value);

#endif
