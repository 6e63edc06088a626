/* Memory of the library, always through the ad_allocator of a context.  Blocks are aligned to 64
 * bytes: a cache line and the widest vector.  The size of a block is given back when it is freed.
 * Size 0 is a block like any other. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <adze/adze.h>

enum { MEMORY_ALIGNMENT = 64 };

/* The allocator over the C library. */
const ad_allocator *memory_default(void);

/* NULL and fail() where there is none. */
void *memory_alloc(const ad_allocator *allocator, size_t size);
void *memory_zeroed(const ad_allocator *allocator, size_t size);
/* Keeps the first min(old_size, size) bytes.  On failure NULL comes back and p stays as it was.  p
 * may be NULL with old_size 0. */
void *memory_resize(const ad_allocator *allocator, void *p, size_t old_size, size_t size);
/* Bytes that this thread has taken less those that it has given back: a difference of two says what
 * was made in between holds. */
int64_t memory_held(void);
/* p may be NULL. */
void memory_free(const ad_allocator *allocator, void *p, size_t size);

/* *out = a * b, a + b; false and *out = SIZE_MAX where the result has no room. */
bool memory_mul(size_t a, size_t b, size_t *out);
bool memory_add(size_t a, size_t b, size_t *out);

#endif
