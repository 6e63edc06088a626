/* What a character is: Unicode's general categories, cases and decompositions, by utf8proc.
 * Without that library only ASCII is known. */
#ifndef ADZE_KIT_UNICODE_H
#define ADZE_KIT_UNICODE_H

#include "text.h"

#include <adze/kit.h>

typedef enum unicode_kind {
    UNICODE_OTHER,
    UNICODE_LETTER,      /* L* */
    UNICODE_MARK,        /* M* */
    UNICODE_NUMBER,      /* N* */
    UNICODE_PUNCTUATION, /* P* */
    UNICODE_SYMBOL,      /* S* */
    UNICODE_SPACE,       /* White_Space: Z*, tab to carriage return, U+0085 */
    UNICODE_CONTROL      /* C*, but for what is white space */
} unicode_kind;

/* Of ASCII: by table. */
extern const unsigned char unicode_ascii[128];
unicode_kind unicode_kind_far(unsigned code);
static inline unicode_kind unicode_kind_of(unsigned code)
{
    return code < 128 ? (unicode_kind)unicode_ascii[code] : unicode_kind_far(code);
}

/* AD_OK where all characters of the text can be told; else AD_ERROR_UNSUPPORTED with words, which
 * name the package. */
ad_status unicode_can(const char *text, size_t size);
/* No: numbers that are no digits, such as fractions. */
bool unicode_is_other_number(unsigned code);
/* Mn: marks that take no room of their own, such as accents. */
bool unicode_is_accent(unsigned code);
/* Lower case, one character at a time (U+0130 becomes two): appended. */
void unicode_add_lower(text_buffer *t, unsigned code);
/* A text alike, by malloc, *small bytes; NULL without memory. */
char *unicode_lower(const char *text, size_t size, size_t *small);
void unicode_add(text_buffer *t, unsigned code); /* as UTF-8 */

typedef enum unicode_form { UNICODE_NFC, UNICODE_NFD, UNICODE_NFKC, UNICODE_NFKD } unicode_form;
/* By malloc, *size bytes; NULL without memory. */
char *unicode_normal(const char *text, size_t size, unicode_form form, size_t *normal);

/* The character at p, which has to be UTF-8 that was checked; *length its bytes.  What is no UTF-8
 * is one byte long, and U+FFFD. */
unsigned unicode_at(const char *p, const char *end, int *length);

#endif
