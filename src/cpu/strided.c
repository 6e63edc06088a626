/* Views as memory. */
#include "cpu/strided.h"

#include "base/copy_bytes.h"
#include "base/isa.h"
#include "cpu/strided_way.h"

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

/* ---- copying */

/* What is only moved may go by registers of any size: bits are the same. */
#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2")))
#define WIDE_IS_THERE isa_moves_wide()
#else
#define WIDE
#define WIDE_IS_THERE true
#endif

typedef uint32_t wide_small __attribute__((vector_size(32), aligned(1)));

/* A line that runs backward, read forward, as processors foresee it. */
WIDE static void backward(uint32_t *out, const uint32_t *in, int64_t n)
{
    int64_t i = 0, wide = WIDE_IS_THERE ? n - 7 : 0;
    for (in -= n - 1, out += n; i < wide; i += 8) {
        const wide_small x = *(const wide_small *)(const void *)(in + i);
        out -= 8;
        *(wide_small *)(void *)out = __builtin_shufflevector(x, x, 7, 6, 5, 4, 3, 2, 1, 0);
    }
    while (i < n)
        *--out = in[i++];
}

#define LINE(type)                            \
    {                                         \
        type *to = out;                       \
        const type *from = in;                \
        for (int64_t i = 0; i < l->n; i++)    \
            to[i * l->out] = from[i * l->in]; \
        break;                                \
    }

static void move_line(const struct strided_way *l, void *out, const void *in, size_t size)
{
    if (l->out == 1 && l->in == -1 && size == 4)
        backward(out, in, l->n);
    else
        switch (size) {
        case 1: LINE(uint8_t)
        case 2: LINE(uint16_t)
        case 4: LINE(uint32_t)
        default: LINE(uint64_t)
        }
}
#undef LINE

/* Short runs by moves of a fixed size. */
static void move_runs(const struct strided_way *lines, char *out, const char *in, size_t bytes)
{
    for (int64_t i = 0; i < lines->n; i++, out += lines->out, in += lines->in)
        if (bytes % 16 || bytes > 128)
            copy_bytes(out, in, bytes);
        else
            for (size_t k = 0; k < bytes; k += 16)
                memcpy(out + k, in + k, 16);
}

void strided_lines(const struct strided_way *lines, const struct strided_way *line, void *out,
                   const void *in, size_t size)
{
    const int64_t bytes = (int64_t)size;
    const bool turned = line->n < 8 && lines->n > line->n;
    struct strided_way a = turned ? *line : *lines;
    const struct strided_way *b = turned ? lines : line;
    a.out *= bytes, a.in *= bytes;
    char *to = out;
    const char *from = in;
    if (b->out == 1 && b->in == 1 && b->n > 0)
        move_runs(&a, to, from, (size_t)b->n * size);
    else
        for (int64_t i = 0; i < a.n; i++, to += a.out, from += a.in)
            move_line(b, to, from, size);
}

/* From a place inside a line on, at most so many elements: what is left of the line, or whole
 * lines.  Says how many. */
static int64_t move_some(const struct strided_way *way, const int64_t *at, int64_t most, char *out,
                         const char *in, size_t size)
{
    struct strided_way line = way[1], lines = way[0];
    lines.n = 1, line.n -= at[1];
    if (line.n > most)
        line.n = most;
    else if (!at[1])
        lines.n = most / line.n;
    if (lines.n > way[0].n - at[0])
        lines.n = way[0].n - at[0];
    strided_lines(&lines, &line, out, in, size);
    return lines.n * line.n;
}

void strided_move(const struct strided_way *way, int ways, int64_t begin, int64_t count, void *out,
                  const void *in, size_t size)
{
    const int64_t bytes = (int64_t)size;
    struct strided_way all[AD_RANK_MAX + 2] = {{1, 0, 0}, {1, 0, 0}};
    int last = 1;
    for (int i = 0; i < ways; i++) {
        struct strided_way w = way[i];
        if (w.n == 1)
            continue;
        bool merges = last > 1 && all[last].out == w.n * w.out && all[last].in == w.n * w.in;
        w.n *= merges ? all[last].n : 1;
        last += !merges;
        all[last] = w;
    }
    int64_t at[AD_RANK_MAX + 2], to = 0, from = 0;
    for (int i = last; i >= 0; begin /= all[i--].n) {
        at[i] = i ? begin % all[i].n : 0;
        to += at[i] * all[i].out, from += at[i] * all[i].in;
        if (count <= 0 || !all[i].n)
            return;
    }
    while (count > 0) {
        int64_t done = move_some(&all[last - 1], &at[last - 1], count, (char *)out + to * bytes,
                                 (const char *)in + from * bytes, size);
        count -= done;
        bool lines = !at[last] && done >= all[last].n;
        int i = last - lines;
        for (int64_t steps = lines ? done / all[last].n : done; steps; steps = 1, i--) {
            at[i] += steps, to += steps * all[i].out, from += steps * all[i].in;
            if (at[i] < all[i].n || i == 0)
                break;
            to -= at[i] * all[i].out, from -= at[i] * all[i].in, at[i] = 0;
        }
    }
}

int64_t strided_ways(const struct strided *axes, struct strided_way *way)
{
    int64_t step = 1;
    for (int i = axes->count - 1; i >= 0; step *= axes->size[i--])
        way[i] = (struct strided_way){axes->size[i], step, axes->stride[i]};
    return step;
}

void strided_copy(const struct strided *axes, const void *from, void *to, size_t size)
{
    struct strided_way way[AD_RANK_MAX];
    int64_t count = strided_ways(axes, way);
    strided_move(way, axes->count, 0, count, to, from, size);
}
