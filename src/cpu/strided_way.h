/* Copies from steps to other steps. */
#ifndef CPU_STRIDED_WAY_H
#define CPU_STRIDED_WAY_H

#include <stddef.h>
#include <stdint.h>

/* One axis of a copy: so many elements, and how far apart they lie. */
struct strided_way {
    int64_t n, out, in;
};
/* Copies lines of elements of 1, 2, 4 or 8 bytes. */
void strided_lines(const struct strided_way *lines, const struct strided_way *line, void *out,
                   const void *in, size_t size);
/* Copies count elements from number begin on, counted with the last axis fastest. */
void strided_move(const struct strided_way *way, int ways, int64_t begin, int64_t count, void *out,
                  const void *in, size_t size);

#endif
