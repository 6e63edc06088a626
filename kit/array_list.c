/* Named arrays of a file of another format than NumPy's. */
#include "array_list.h"

#include <stdlib.h>

#include "text.h"

void array_list_done(array_list *list)
{
    for (int64_t i = 0; i < list->count; i++) {
        free(list->list[i].name);
        free(list->list[i].where);
    }
    free(list->list);
    *list = (array_list){0};
}

listed_array *array_list_add(array_list *list, const char *path, const char *name, size_t size)
{
    if (list->count == list->room) {
        int64_t room = 2 * list->room + 16;
        listed_array *more = realloc(list->list, (size_t)room * sizeof *more);
        if (!more)
            return NULL;
        list->list = more;
        list->room = room;
    }
    listed_array *one = &list->list[list->count];
    *one = (listed_array){.name = text_copy_bytes(name, size)};
    one->where = one->name ? text_format("%s: %s", path, one->name) : NULL;
    if (one->where)
        return list->count++, one;
    free(one->name);
    return NULL;
}
