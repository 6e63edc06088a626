/* Pages and drawings as text: HTML and SVG. */
#ifndef ADZE_KIT_MARKUP_H
#define ADZE_KIT_MARKUP_H

#include <adze/kit.h>

#include "text.h"

/* Words as they stand between tags and in quotes: & < > " ' escaped, what is no UTF-8 as U+FFFD,
 * control characters as spaces. */
void markup_add(text_buffer *t, const char *words);
/* The same of a text with %; cut after 1000 bytes. */
void markup_add_format(text_buffer *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void markup_add_base64(text_buffer *t, const uint8_t *bytes, size_t size);
/* "data:image/png;base64,...": by libpng, without it as large as the pixels are. */
ad_status markup_add_picture(text_buffer *t, const ad_image *image);

/* A page that needs nothing else: begins with its head and <main>, ends it.  Its style has the
 * figures' in it, is light or dark as the reader prefers, and fits 360 px.  A caption or heading is
 * the caller's. */
void markup_begin_page(text_buffer *t, const char *title, const char *language);
void markup_end_page(text_buffer *t);
/* A figure in the page, with a frame. */
struct ad_figure;
ad_status markup_add_figure(text_buffer *t, const struct ad_figure *figure, const char *id);

#endif
