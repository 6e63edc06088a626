/* The loops of sorting.  Every type has keys, so that one sort by bytes serves all.  A position
 * that is asked for few of its elements keeps candidates, which are sorted where there is no more
 * room for others (few are kept in order): what is not better than the last of the best so far is
 * passed over. */
#include "op/more/along.h"

enum { FEW = 32 };

struct sorting {
    ad_type type;
    struct axis_split s;
    int64_t count, room; /* entries of the result and in memory */
    int bytes;           /* of a key */
    bool descending;
};

static struct sorting sorting_of(const struct node *node, const ad_shape *x)
{
    const struct sort_attributes *a = node->attributes;
    struct sorting k = {.type = node->in[0]->type,
                        .s = shape_split(x, a->axis),
                        .count = a->count,
                        .bytes = (int)ad_type_size(node->in[0]->type),
                        .descending = a->descending};
    bool few = k.count < k.s.size / 4;
    k.room = !few ? k.s.size : k.count <= FEW ? k.count : 2 * k.count;
    return k;
}

size_t sort_room(const struct node *node, const ad_shape *x)
{
    return (size_t)sorting_of(node, x).room * 2 * sizeof(struct entry);
}

/* Puts x behind those of n that are not above it; what was the last of them may lie behind. */
static inline void insert(struct entry *e, int64_t n, struct entry x)
{
    for (; n > 0 && e[n - 1].key > x.key; n--)
        e[n] = e[n - 1];
    e[n] = x;
}

/* Byte by byte from the lowest; a byte that is the same everywhere is passed over. */
static __attribute__((noinline)) void sort_entries(struct entry *e, struct entry *other, int64_t n,
                                                   int bytes)
{
    uint32_t count[8][256];
    if (n <= FEW) {
        for (int64_t i = 1; i < n; i++)
            insert(e, i, e[i]);
        return;
    }
    memset(count, 0, (size_t)bytes * sizeof count[0]);
    for (int64_t i = 0; i < n; i++)
        for (int b = 0; b < bytes; b++)
            count[b][e[i].key >> 8 * b & 255]++;
    struct entry *from = e, *to = other;
    for (int b = 0; b < bytes; b++) {
        if (count[b][e[0].key >> 8 * b & 255] == n)
            continue;
        uint32_t total = 0;
        for (int d = 0; d < 256; d++) {
            uint32_t here = count[b][d];
            count[b][d] = total;
            total += here;
        }
        for (int64_t i = 0; i < n; i++)
            to[count[b][from[i].key >> 8 * b & 255]++] = from[i];
        struct entry *swap = from;
        from = to, to = swap;
    }
    if (from != e)
        memcpy(e, from, (size_t)n * sizeof *e);
}

/* ---- one position */

/* Candidates come in the order of their places, behind the best ones, so a stable sort keeps equal
 * ones in order. */
static inline __attribute__((always_inline)) int64_t
read_entries(const struct sorting *k, ad_type type, const void *x, struct entry *e)
{
    uint64_t turn = k->descending ? UINT64_MAX >> (64 - 8 * k->bytes) : 0, limit = UINT64_MAX;
    int64_t n = 0;
    bool full = false;
    for (int64_t i = 0; i < k->s.size; i++) {
        uint64_t key = sort_key(type, x, i * k->s.inner) ^ turn;
        if (full && key >= limit)
            continue;
        if (n < k->room) {
            e[n++] = (struct entry){key, i};
            continue;
        }
        if (!full || k->room > k->count) {
            sort_entries(e, e + k->room, n, k->bytes);
            n = k->count, limit = e[n - 1].key, full = true;
            if (key >= limit)
                continue;
        }
        if (k->room > k->count) {
            e[n++] = (struct entry){key, i};
        } else {
            insert(e, n - 1, (struct entry){key, i});
            limit = e[n - 1].key;
        }
    }
    return n;
}

static void write_values(const struct sorting *k, const char *x, const struct entry *e, char *y)
{
    int64_t step = k->s.inner * k->bytes;
    for (int64_t i = 0; i < k->count; i++, y += step)
        if (k->bytes == 4)
            memcpy(y, x + e[i].place * step, 4);
        else
            memcpy(y, x + e[i].place * step, 8);
}

static void sort_position(const struct sorting *k, const struct call *c, int64_t p, struct entry *e)
{
    int64_t inner = k->s.inner, from = p / inner * k->s.size * inner + p % inner;
    int64_t to = p / inner * k->count * inner + p % inner;
    const char *x = (const char *)c->in[0].data + from * k->bytes;
    int64_t n = k->type == AD_F32 ? read_entries(k, AD_F32, x, e) : read_entries(k, k->type, x, e);
    sort_entries(e, e + k->room, n, k->bytes);
    if (c->out[0].data)
        write_values(k, x, e, (char *)c->out[0].data + to * k->bytes);
    for (int64_t i = 0; c->out[1].data && i < k->count; i++)
        ((int32_t *)c->out[1].data)[to + i * inner] = (int32_t)e[i].place;
}

ad_status sort_run(const struct call *c, int64_t begin, int64_t end, void *room)
{
    struct sorting k = sorting_of(c->node, &c->in[0].shape);
    for (; k.count && begin < end; begin++)
        sort_position(&k, c, begin, room);
    return AD_OK;
}
