/* Building text, and numbers as text.  A decimal point is a point here, whatever the locale of the
 * program says. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <adze/adze.h>

#include <stdarg.h>

/* data ends in '\0' as soon as anything was added.  Once something did not fit, failed is set and
 * additions do nothing. */
struct text {
    char *data;
    size_t size, capacity; /* size without the end */
    bool failed;
    const ad_allocator *allocator; /* NULL: a fixed buffer */
};

void text_init(struct text *text, const ad_allocator *allocator);
/* In a buffer of the caller's; what does not fit is cut off. */
void text_init_fixed(struct text *text, char *buffer, size_t capacity);
void text_done(struct text *text);
void text_clear(struct text *text);               /* size 0, room kept */
const char *text_string(const struct text *text); /* data, or "" where nothing was added */

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_list(struct text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
void text_bytes(struct text *text, const void *bytes, size_t count);

/* The shortest of a few precisions that reads back equal; "inf", "-inf", "nan". */
void text_f32(struct text *text, float value);
void text_f64(struct text *text, double value);

/* Reads what text_f32 and text_f64 write, and any other decimal number, at *at, and moves *at past
 * it; false where there is none. */
bool text_read_f32(const char **at, float *value);
bool text_read_f64(const char **at, double *value);

/* vsnprintf with a decimal point. */
int text_format(char *buffer, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* * in pattern stands for any text. */
bool text_matches(const char *pattern, const char *name);

bool text_is_utf8(const char *bytes, size_t count);

#endif
