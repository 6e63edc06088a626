/* The loops of elements by number. */
#include "base/copy_bytes.h"
#include "base/error.h"
#include "op/gather.h"
#include "op/more/along.h"
#include "op/row.h"

static inline int64_t item(const ad_array *index, int64_t i)
{
    return index->type == AD_I32 ? ((const int32_t *)index->data)[i]
                                 : ((const int64_t *)index->data)[i];
}

/* The first of all that is outside: what the message says does not depend on tasks. */
static ad_status outside(const ad_array *index, int64_t limit)
{
    int64_t i = 0;
    while (item(index, i) >= 0 && item(index, i) < limit)
        i++;
    return gather_range_error("index", item(index, i), i, limit);
}

/* Some neighbouring positions: places in x or base, and in index. */
struct block {
    const ad_array *index;
    ad_type type;
    size_t size;
    bool take;
    int64_t how, rows, count, inner, columns, x, i;
};

static inline void copy(void *to, const void *from, size_t size)
{
    if (size == 8)
        memcpy(to, from, 8);
    else
        copy_bytes(to, from, size);
}

/* As the elementwise ops of those names; how is none of the first two. */
static inline void join(float *y, float x, int64_t how)
{
    float now = *y;
    float product = now * x, low = now < x ? now : x, high = now > x ? now : x;
    float best = how == AD_SCATTER_MIN ? low : high;
    *y = how == AD_SCATTER_MUL ? product : now != now ? now : best;
}

/* What becomes of an element: the usual ones have loops of their own. */
enum mode { TAKE_4, SET_4, ADD_F32, JOIN_F32, OTHER };

static inline void put(enum mode mode, const struct block *b, const char *x, char *y, int64_t at,
                       int64_t to)
{
    static const int kernels[] = {[AD_SCATTER_ADD] = KERNEL_add,
                                  [AD_SCATTER_MUL] = KERNEL_mul,
                                  [AD_SCATTER_MIN] = KERNEL_minimum,
                                  [AD_SCATTER_MAX] = KERNEL_maximum};
    static const int64_t strides[2] = {0, 0};
    size_t size = b->size;
    if (mode == TAKE_4)
        ((uint32_t *)(void *)y)[at] = ((const uint32_t *)(const void *)x)[to];
    else if (mode == SET_4)
        ((uint32_t *)(void *)y)[to] = ((const uint32_t *)(const void *)x)[at];
    else if (mode == ADD_F32)
        ((float *)(void *)y)[to] += ((const float *)(const void *)x)[at];
    else if (mode == JOIN_F32)
        join((float *)(void *)y + to, ((const float *)(const void *)x)[at], b->how);
    else if (b->take)
        copy(y + (size_t)at * size, x + (size_t)to * size, size);
    else if (b->how == AD_SCATTER_SET)
        copy(y + (size_t)to * size, x + (size_t)at * size, size);
    else
        row_run(b->type, kernels[b->how], 1,
                (const void *const[]){y + (size_t)to * size, x + (size_t)at * size}, strides,
                y + (size_t)to * size);
}

/* at is the place in index and in what lies as it does, to that in x or base.  Where positions are
 * rows, what lies in line is one row, else a row's columns. */
static inline __attribute__((always_inline)) bool
each(enum mode mode, int64_t inner, const struct block *b, const char *x, char *y)
{
    int64_t step = inner > 1, rows = b->rows;
    int64_t lines = step ? b->count : 1, length = step ? b->columns : b->count;
    const int32_t *index = b->index->data;
    for (int64_t k = 0; k < lines; k++)
        for (int64_t j = 0, at = b->i + k * inner, to = b->x; j < length; j++, at++, to += step) {
            int64_t n = mode == OTHER ? item(b->index, at) : index[at];
            if ((uint64_t)n >= (uint64_t)rows)
                return false;
            put(mode, b, x, y, at, to + n * inner);
        }
    return true;
}

#define EACH(mode) (b->inner == 1 ? each(mode, 1, b, x, y) : each(mode, b->inner, b, x, y))

static bool move(const struct block *b, const char *x, char *y)
{
    bool usual = b->size == 4 && b->index->type == AD_I32;
    if (usual && b->take)
        return EACH(TAKE_4);
    if (usual && b->how == AD_SCATTER_SET)
        return EACH(SET_4);
    if (usual && b->type == AD_F32 && b->how == AD_SCATTER_ADD)
        return EACH(ADD_F32);
    if (usual && b->type == AD_F32)
        return each(JOIN_F32, b->inner, b, x, y);
    return each(OTHER, b->inner, b, x, y);
}
#undef EACH

/* The rows of base that the block may change. */
static void copy_base(const struct block *b, size_t size, const char *base, char *y)
{
    size_t at = (size_t)b->x * size, bytes = (size_t)b->columns * size;
    if (b->inner == 1)
        memcpy(y + at, base + at, bytes * (size_t)b->rows);
    for (int64_t k = 0; b->inner > 1 && k < b->rows; k++, at += (size_t)b->inner * size)
        memcpy(y + at, base + at, bytes);
}

/* From position begin on, up to where an outer one or the range ends. */
static struct block block_at(const struct call *c, int64_t begin, int64_t end)
{
    struct axis_split s = along_split(c->node, &c->in[0].shape);
    const struct along_attributes *a = c->attributes;
    int64_t outer = begin / s.inner, column = begin % s.inner;
    struct block b = {.index = &c->in[1],
                      .type = c->in[0].type,
                      .size = ad_type_size(c->in[0].type),
                      .take = c->in_count == 2,
                      .how = a->how,
                      .rows = s.size,
                      .count = c->in[1].shape.size[a->axis],
                      .inner = s.inner};
    b.columns = s.inner - column < end - begin ? s.inner - column : end - begin;
    b.x = outer * b.rows * s.inner + column;
    b.i = outer * b.count * s.inner + column;
    return b;
}

ad_status indexed_run(const struct call *c, int64_t begin, int64_t end, void *room)
{
    (void)room;
    for (struct block b; begin < end; begin += b.columns) {
        b = block_at(c, begin, end);
        if (!b.take)
            copy_base(&b, b.size, c->in[0].data, c->out[0].data);
        if (!move(&b, c->in[b.take ? 0 : 2].data, c->out[0].data))
            return outside(b.index, b.rows);
    }
    return AD_OK;
}
