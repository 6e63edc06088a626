/* Text that grows.  The first allocation that fails is remembered; text_take then gives NULL. */
#ifndef ADZE_KIT_TEXT_H
#define ADZE_KIT_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct text_buffer {
    char *data;
    size_t size, room;
    bool failed;
} text_buffer;

void text_add(text_buffer *t, const char *words); /* NULL: the text of a buffer that failed */
void text_add_bytes(text_buffer *t, const char *bytes, size_t size);
void text_add_format(text_buffer *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_arguments(text_buffer *t, const char *format, va_list arguments);
void text_repeat(text_buffer *t, const char *words, int count);
/* Hands the text over (free), or NULL.  t is empty afterwards. */
char *text_take(text_buffer *t);
void text_done(text_buffer *t);
/* The end of a text whose words went into t, which fails where it did. */
void text_part(text_buffer *t, text_buffer *part);
/* The words; "" of a buffer that has none, or failed. */
const char *text_words(const text_buffer *t);

/* Copies by malloc, or NULL. */
char *text_copy(const char *words);
char *text_copy_bytes(const char *bytes, size_t size);
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A JSON string; control characters as \u00NN, and what is no UTF-8 as U+FFFD. */
void text_add_json(text_buffer *t, const char *words, size_t size);
/* A cell of CSV (RFC 4180): in quotes where it has to be. */
void text_add_csv(text_buffer *t, const char *words, size_t size);
/* Words that stay in one line: control characters and backslashes as \NN, in base 16. */
void text_add_escaped(text_buffer *t, const char *words);
/* Takes that back in place; false on what text_add_escaped does not write. */
bool text_unescape(char *words);
/* The same words quoted for a message: control characters as \xNN, cut after 40 characters. */
void text_add_quoted(text_buffer *t, const char *words);

#endif
