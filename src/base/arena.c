/* Chunks with a rising edge of what is used. */
#include "base/arena.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

enum { ARENA_ALIGNMENT = 16, CHUNK_FIRST = 4 << 10, CHUNK_LAST = 64 << 10, LIST_FIRST = 8 };

/* The head of a block; what is given out follows it. */
struct arena_chunk {
    _Alignas(ARENA_ALIGNMENT) struct arena_chunk *older;
    size_t size; /* of the block, head included */
    size_t used; /* likewise */
};

void arena_init(struct arena *arena, const ad_allocator *allocator)
{
    *arena = (struct arena){.allocator = allocator, .next_size = CHUNK_FIRST};
}

void arena_done(struct arena *arena)
{
    for (struct arena_chunk *chunk = arena->chunk, *older; chunk; chunk = older) {
        older = chunk->older;
        memory_free(arena->allocator, chunk, chunk->size);
    }
    arena_init(arena, arena->allocator);
}

/* A new chunk with room for size bytes (a multiple of the alignment). */
static bool add_chunk(struct arena *arena, size_t size)
{
    size_t needed = size + sizeof(struct arena_chunk);
    size_t block = needed > arena->next_size ? needed : arena->next_size;
    struct arena_chunk *chunk = memory_zeroed(arena->allocator, block);
    if (!chunk)
        return false;
    *chunk = (struct arena_chunk){.older = arena->chunk, .size = block, .used = sizeof *chunk};
    arena->chunk = chunk;
    if (arena->next_size < CHUNK_LAST)
        arena->next_size *= 2;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        fail(AD_ERROR_MEMORY, "out of memory: %zu bytes are not to be had", size);
        return NULL;
    }
    size = (size + (ARENA_ALIGNMENT - 1)) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if ((!arena->chunk || arena->chunk->size - arena->chunk->used < size) &&
        !add_chunk(arena, size))
        return NULL;
    struct arena_chunk *chunk = arena->chunk;
    char *p = (char *)chunk + chunk->used;
    chunk->used += size;
    return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    memory_mul(count, size, &bytes);
    return arena_alloc(arena, bytes);
}

bool arena_grow(struct arena *arena, void *items_pointer, int *capacity, int needed, size_t size)
{
    if (needed <= *capacity)
        return true;
    int count = *capacity > INT_MAX / 2 ? INT_MAX : 2 * *capacity;
    count = count < LIST_FIRST ? LIST_FIRST : count;
    count = count < needed ? needed : count;
    void *items, *longer = arena_array(arena, (size_t)count, size);
    if (!longer)
        return false;
    memcpy(&items, items_pointer, sizeof items); /* the address of a pointer of any type */
    if (*capacity)
        memcpy(longer, items, (size_t)*capacity * size);
    memcpy(items_pointer, &longer, sizeof longer);
    *capacity = count;
    return true;
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    void *copy = arena_alloc(arena, size);
    if (copy && size)
        memcpy(copy, data, size);
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text) + 1);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = text_format(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        fail(AD_ERROR_ARGUMENT, "a text cannot be formatted");
        return NULL;
    }
    char *text = arena_alloc(arena, (size_t)size + 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    text_format(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return text;
}
