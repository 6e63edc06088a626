/* Names of the user's in what is printed: one writer for each language, so that no name can end the
 * place where it stands. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include "base/text.h"

/* Graph text: in quotes on one line; \" \\ and \x0a for bytes below a space. */
void quote_text(struct text *text, const char *name);
/* Reads what quote_text wrote, at *at, and moves *at past it.  out takes the name, its end
 * included: room for quote_room(*at) bytes.  False where it cannot be read. */
size_t quote_room(const char *at);
bool quote_read(const char **at, char *out);

/* A string literal of C: all but plain ASCII as three octal digits, so that any compiler reads the
 * same bytes. */
void quote_c(struct text *text, const char *name);
/* In a comment of C, in quotes: as quote_text, no comment ends or begins in it, and what is no
 * valid UTF-8 or turns the direction of writing is \x.. too. */
void quote_comment(struct text *text, const char *name);
/* A string of JSON; the bytes have to be UTF-8. */
void quote_json(struct text *text, const char *name);

#endif
