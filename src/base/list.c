/* Growing arrays. */
#include "base/list.h"

#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { LIST_FIRST = 8 };

static int grown(int capacity, int needed)
{
    int more = capacity > INT_MAX / 2 ? INT_MAX : capacity + capacity / 2;
    more = more < LIST_FIRST ? LIST_FIRST : more;
    return more < needed ? needed : more;
}

bool list_grow(const ad_allocator *allocator, void *items_pointer, int *capacity, int needed,
               size_t item_size)
{
    if (needed <= *capacity)
        return true;
    char *items; /* items_pointer may be the address of a pointer of any type: it is read and
                    written as bytes */
    memcpy(&items, items_pointer, sizeof items);
    int count = grown(*capacity, needed);
    size_t size, old_size = (size_t)*capacity * item_size;
    memory_mul((size_t)count, item_size, &size);
    items = memory_resize(allocator, items, old_size, size);
    if (!items)
        return false;
    memset(items + old_size, 0, size - old_size);
    memcpy(items_pointer, &items, sizeof items);
    *capacity = count;
    return true;
}

void list_free(const ad_allocator *allocator, void *items, int capacity, size_t item_size)
{
    memory_free(allocator, items, (size_t)capacity * item_size);
}
