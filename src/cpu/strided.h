/* Views as memory: axes of a view that lie evenly, merged, so that kernels walk over few of them.
 */
#ifndef CPU_STRIDED_H
#define CPU_STRIDED_H

#include "core/backend.h"

/* Axes from the outermost to the innermost.  Those of size 1 are left out, and neighbours that one
 * stride can walk over are one axis. */
struct strided {
    int count;
    int64_t size[AD_RANK_MAX], stride[AD_RANK_MAX]; /* in elements */
};

/* Of axes first to end - 1. */
struct strided strided_axes(const struct view *view, int first, int end);
/* Number of positions, and the offset of one, counted with the last axis fastest. */
int64_t strided_count(const struct strided *axes);
int64_t strided_offset(const struct strided *axes, int64_t position);
/* Neighbours in memory. */
bool strided_packed(const struct strided *axes);
/* The one stride that walks over all of them, 0 where there is nothing to walk; false where there
 * is none. */
bool strided_single(const struct strided *axes, int64_t *stride);
/* The whole view lies like an array. */
bool strided_is_array(const struct view *view);

/* The ways of such a copy (cpu/strided_way.h), one an axis; says how many elements it has. */
struct strided_way;
int64_t strided_ways(const struct strided *axes, struct strided_way *way);
/* Copies every element, in order, to neighbours at to. */
void strided_copy(const struct strided *axes, const void *from, void *to, size_t size);

static inline char *strided_address(const struct run *run, const struct view *view)
{
    return (char *)run->base[view->value] + view->offset * (int64_t)ad_type_size(view->type);
}

#endif
