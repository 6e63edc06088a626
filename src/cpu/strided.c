/* Views as memory. */
#include "cpu/strided.h"

#include "base/copy_bytes.h"

struct strided strided_axes(const struct view *view, int first, int end)
{
    struct strided a = {0};
    for (int i = first; i < end; i++) {
        int64_t size = view->shape.size[i], stride = view->stride[i];
        if (size == 1)
            continue;
        if (a.count && a.stride[a.count - 1] == size * stride) {
            a.size[a.count - 1] *= size;
            a.stride[a.count - 1] = stride;
            continue;
        }
        a.size[a.count] = size;
        a.stride[a.count++] = stride;
    }
    return a;
}

int64_t strided_count(const struct strided *axes)
{
    int64_t count = 1;
    for (int i = 0; i < axes->count; i++)
        count *= axes->size[i];
    return count;
}

int64_t strided_offset(const struct strided *axes, int64_t position)
{
    int64_t offset = 0;
    for (int i = axes->count - 1; i > 0; i--) {
        offset += position % axes->size[i] * axes->stride[i];
        position /= axes->size[i];
    }
    return axes->count ? offset + position * axes->stride[0] : 0;
}

bool strided_packed(const struct strided *axes)
{
    return axes->count == 0 || (axes->count == 1 && axes->stride[0] == 1);
}

bool strided_single(const struct strided *axes, int64_t *stride)
{
    *stride = axes->count ? axes->stride[0] : 0;
    return axes->count <= 1;
}

bool strided_is_array(const struct view *view)
{
    struct strided all = strided_axes(view, 0, view->shape.rank);
    return strided_packed(&all);
}

#define COPY_LINE(type)                                     \
    for (int64_t i = 0; i < n; i++) {                       \
        ((type *)to)[i] = ((const type *)from)[i * stride]; \
    }

static void copy_line(const void *from, int64_t stride, void *to, int64_t n, size_t size)
{
    if (stride == 1 && n > 0) {
        copy_bytes(to, from, (size_t)n * size);
        return;
    }
    switch (size) {
    case 1: COPY_LINE(uint8_t) break;
    case 2: COPY_LINE(uint16_t) break;
    case 4: COPY_LINE(uint32_t) break;
    default: COPY_LINE(uint64_t) break;
    }
}

static void copy_axes(const struct strided *a, int axis, int64_t inner, const char *from, char *to,
                      size_t size)
{
    if (axis >= a->count - 1) {
        copy_line(from, a->count ? a->stride[axis] : 1, to, a->count ? a->size[axis] : 1, size);
        return;
    }
    inner /= a->size[axis];
    for (int64_t i = 0; i < a->size[axis]; i++)
        copy_axes(a, axis + 1, inner, from + i * a->stride[axis] * (int64_t)size,
                  to + (size_t)(i * inner) * size, size);
}

void strided_copy(const struct strided *axes, const void *from, void *to, size_t size)
{
    int64_t count = strided_count(axes);
    if (count)
        copy_axes(axes, 0, count, from, to, size);
}
