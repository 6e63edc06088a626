/* The allocator over the C library, and the checks round every allocator. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static size_t rounded(size_t size)
{
    return (size + (MEMORY_ALIGNMENT - 1)) & ~(size_t)(MEMORY_ALIGNMENT - 1);
}

static void *standard_resize(void *user, void *p, size_t old_size, size_t size)
{
    (void)user;
    if (size == 0) {
        free(p);
        return NULL;
    }
    if (p && rounded(old_size) == rounded(size))
        return p;
    void *fresh = aligned_alloc(MEMORY_ALIGNMENT, rounded(size));
    if (fresh && p) {
        memcpy(fresh, p, old_size < size ? old_size : size);
        free(p);
    }
    return fresh;
}

const ad_allocator *memory_default(void)
{
    static const ad_allocator allocator = {.resize = standard_resize};
    return &allocator;
}

/* What the allocator is asked for: to it, size 0 means "free". */
static size_t asked(size_t size)
{
    return size ? size : 1;
}

static _Thread_local int64_t held;

int64_t memory_held(void)
{
    return held;
}

void *memory_resize(const ad_allocator *allocator, void *p, size_t old_size, size_t size)
{
    void *fresh = NULL;
    if (size <= SIZE_MAX / 2) /* more is a sum that overflowed */
        fresh = allocator->resize(allocator->user, p, p ? asked(old_size) : 0, asked(size));
    if (fresh)
        held += (int64_t)size - (int64_t)(p ? old_size : 0);
    else
        fail(AD_ERROR_MEMORY, "out of memory: %zu bytes are not to be had", size);
    return fresh;
}

void *memory_alloc(const ad_allocator *allocator, size_t size)
{
    void *p = memory_resize(allocator, NULL, 0, size);
    if (p && (uintptr_t)p % MEMORY_ALIGNMENT) {
        fail(AD_ERROR_MEMORY,
             "the context's allocator returned memory that is not aligned to %d bytes",
             MEMORY_ALIGNMENT);
        memory_free(allocator, p, size);
        return NULL;
    }
    return p;
}

void *memory_zeroed(const ad_allocator *allocator, size_t size)
{
    void *p = memory_alloc(allocator, size);
    if (p)
        memset(p, 0, size);
    return p;
}

void memory_free(const ad_allocator *allocator, void *p, size_t size)
{
    if (!p)
        return;
    held -= (int64_t)size;
    allocator->resize(allocator->user, p, asked(size), 0);
}

bool memory_mul(size_t a, size_t b, size_t *out)
{
    if (!__builtin_mul_overflow(a, b, out))
        return true;
    *out = SIZE_MAX;
    return false;
}

bool memory_add(size_t a, size_t b, size_t *out)
{
    if (!__builtin_add_overflow(a, b, out))
        return true;
    *out = SIZE_MAX;
    return false;
}
