/* Bytes of a file, unpacked where it is gzip. */
#ifndef ADZE_KIT_STREAM_H
#define ADZE_KIT_STREAM_H

#include <adze/kit.h>

typedef struct stream stream;

/* "-" is standard input.  NULL with *status and the message set.  A gzip file in a build without
 * zlib is AD_ERROR_UNSUPPORTED. */
stream *stream_open(const char *path, ad_status *status);
void stream_close(stream *s);
/* Reads up to size bytes; fewer where the file ends or is damaged. */
size_t stream_read(stream *s, void *bytes, size_t size);
/* What is wrong with the packed file itself (cut off, damaged, something else behind it), or NULL
 * where it is sound as far as it was read: to its end where stream_read gave fewer bytes. */
const char *stream_damage(const stream *s);
/* "of the unpacked data" or "". */
const char *stream_where(const stream *s);

/* Of what can be looked at. */
bool is_folder(const char *path);

#endif
