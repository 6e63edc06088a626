/* Checks that a text is UTF-8 without characters that an editor would not show. */
#ifndef ADZE_KIT_UTF8_H
#define ADZE_KIT_UTF8_H

#include "report.h"

/* False where a mistake was reported. */
bool utf8_check(report *r, const source *s);
/* Bytes of the character that starts at p, or 0 where no character does; *code is its number. */
int utf8_next(const char *p, size_t size, unsigned *code);

/* The first byte of a text that is no UTF-8, or is zero; NULL: none. */
const char *utf8_bad_byte(const char *text, size_t size);

#endif
