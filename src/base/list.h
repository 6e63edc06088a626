/* Growing arrays: a pointer, a count and a capacity in whatever struct has them; LIST_ROOM makes
 * room before an item is written.
 *
 *     if (!LIST_ROOM(allocator, graph->nodes, graph->capacity, graph->count + 1))
 *         return NULL;
 *     graph->nodes[graph->count++] = node; */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <adze/adze.h>

/* Room for needed items at least: items_pointer is the address of the pointer to the items.  Grows
 * by half as much again, new room zeroed.  false and fail(), with everything as before, where there
 * is no memory. */
bool list_grow(const ad_allocator *allocator, void *items_pointer, int *capacity, int needed,
               size_t item_size);
void list_free(const ad_allocator *allocator, void *items, int capacity, size_t item_size);

#define LIST_ROOM(allocator, items, capacity, needed) \
    list_grow((allocator), &(items), &(capacity), (needed), sizeof *(items))
#define LIST_FREE(allocator, items, capacity) \
    list_free((allocator), (items), (capacity), sizeof *(items))

#endif
