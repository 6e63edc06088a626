/* What a mapped file holds, read so that a file which was cut short meanwhile is an error: whoever
 * touches a page behind its end is ended by SIGBUS. */
#ifndef ADZE_KIT_MAPPED_H
#define ADZE_KIT_MAPPED_H

#include <adze/kit.h>

/* size bytes from that byte on.  For the `read` of a source: fails by ad_source_fail. name: of the
 * file; wanted: bytes that it had. */
ad_status mapped_read(int descriptor, const char *name, size_t wanted, size_t from, void *to,
                      size_t size);

#endif
