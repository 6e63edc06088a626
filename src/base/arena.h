/* Memory that is freed all at once: nodes, names, attributes of a graph.  Chunks come from an
 * allocator and double in size, up to 64 KB: those that one pass frees the C library has ready for
 * the next, without new pages. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <adze/adze.h>

struct arena_chunk;

struct arena {
    const ad_allocator *allocator;
    struct arena_chunk *chunk; /* the newest, which has the free room; the others hang behind it */
    size_t next_size;          /* bytes of the next chunk */
};

void arena_init(struct arena *arena, const ad_allocator *allocator);
void arena_done(
    struct arena *arena); /* frees everything; the arena is then empty and can be used again */

/* Zeroed, aligned to 16 bytes.  NULL and fail() where there is no memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* Room for count items of size bytes; NULL also where the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Room for needed items of size bytes in a list of the arena; items_pointer is the address of the
 * pointer to them.  A longer copy is made, twice as long at least and zeroed behind what it had;
 * the list before it stays until the arena is done.  false and fail(), with everything as before,
 * where there is no memory. */
bool arena_grow(struct arena *arena, void *items_pointer, int *capacity, int needed, size_t size);
#define ARENA_ROOM(arena, items, capacity, needed) \
    arena_grow((arena), &(items), &(capacity), (needed), sizeof *(items))
void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_text(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
