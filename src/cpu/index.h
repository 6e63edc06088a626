/* Lists of numbers that pick elements, i32 or i64. */
#ifndef CPU_INDEX_H
#define CPU_INDEX_H

#include "op/gather.h"

struct index_list {
    ad_type type;
    const void *data;
    int64_t count;
};

static inline __attribute__((always_inline)) int64_t index_item(const struct index_list *list,
                                                                int64_t i)
{
    return list->type == AD_I32 ? ((const int32_t *)list->data)[i]
                                : ((const int64_t *)list->data)[i];
}

/* Fails at the first that is not in 0..limit-1. */
static inline ad_status index_check(const struct index_list *list, int64_t limit, const char *what)
{
    for (int64_t i = 0; i < list->count; i++) {
        int64_t at = index_item(list, i);
        if (at < 0 || at >= limit)
            return gather_range_error(what, at, i, limit);
    }
    return AD_OK;
}

#endif
