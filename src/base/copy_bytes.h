/* Copying memory of a size that only the program knows. */
#ifndef BASE_COPY_BYTES_H
#define BASE_COPY_BYTES_H

#include <string.h>

/* As memcpy.  Where gcc is asked for small code it makes a string instruction of that, which takes
 * longer to begin than a few lines take to copy; memmove it leaves to the C library. */
static inline void copy_bytes(void *to, const void *from, size_t bytes)
{
    memmove(to, from, bytes);
}

#endif
