/* The loops of scans. */
#include "op/more/along.h"

/* Chains side by side: of rows, few, as each reads a line of its own. */
enum { CHAINS_MAX = 128, ROWS = 8 };

struct chains {
    const struct op *op;
    ad_type type;
    const void *x, *b;
    void *y;
    int32_t *place;
    int64_t size, count;
    int64_t from, down, across; /* the first element; to the next of a chain; to the next chain */
    int64_t lag;                /* of a recurrence: from a to the element that it leads to */
    bool least;
};

#define EACH                                                           \
    for (int64_t k = 0, at = c->from; k < c->size; k++, at += c->down) \
        for (int64_t j = 0, i = at; j < count; j++, i += c->across)

static inline double get_real(bool small, const void *x, int64_t i)
{
    return small ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

static inline void put_real(bool small, void *y, int64_t i, double value)
{
    if (small)
        ((float *)y)[i] = (float)value;
    else
        ((double *)y)[i] = value;
}

static inline int64_t get_whole(bool small, const void *x, int64_t i)
{
    return small ? ((const int32_t *)x)[i] : ((const int64_t *)x)[i];
}

static inline void put_whole(bool small, void *y, int64_t i, int64_t value)
{
    if (small)
        ((int32_t *)y)[i] = (int32_t)value;
    else
        ((int64_t *)y)[i] = value;
}

/* The usual op, type and number of chains have loops of their own. */
static inline __attribute__((always_inline)) void reals(const struct chains *c, const struct op *op,
                                                        bool small, int64_t count)
{
    double sum[CHAINS_MAX];
    for (int64_t j = 0; j < count; j++)
        sum[j] = op == &op_cumprod ? 1 : -0.0;
    EACH
    {
        double s = sum[j];
        s = op == &op_cumsum ? s + get_real(small, c->x, i)
            : op == &op_cumprod
                ? s * get_real(small, c->x, i)
                : (k ? get_real(small, c->x, i - c->lag) * s : -0.0) + get_real(small, c->b, i);
        sum[j] = s;
        put_real(small, c->y, i, s);
    }
}

static void wholes(const struct chains *c)
{
    uint64_t sum[CHAINS_MAX];
    int64_t count = c->count;
    bool add = c->op == &op_cumsum, small = c->type == AD_I32;
    for (int64_t j = 0; j < count; j++)
        sum[j] = !add;
    EACH
    {
        uint64_t x = (uint64_t)get_whole(small, c->x, i);
        sum[j] = add ? sum[j] + x : sum[j] * x;
        put_whole(small, c->y, i, (int64_t)sum[j]);
    }
}

/* The largest or smallest so far and its last place; a NaN is either. */
#define EXTREMES(kind, type)                                                            \
    static void extremes_##kind(const struct chains *c, bool small)                     \
    {                                                                                   \
        type best[CHAINS_MAX];                                                          \
        int32_t place[CHAINS_MAX];                                                      \
        int64_t count = c->count;                                                       \
        EACH                                                                            \
        {                                                                               \
            type x = get_##kind(small, c->x, i);                                        \
            bool stays = k && (c->least ? x > best[j] : x < best[j]);                   \
            if (!stays && (!k || best[j] == best[j] || x != x))                         \
                best[j] = x, place[j] = (int32_t)k;                                     \
            if (c->y)                                                                   \
                put_##kind(small, c->y, i, best[j]);                                    \
            if (c->place)                                                               \
                c->place[i] = c->down < 0 ? (int32_t)c->size - 1 - place[j] : place[j]; \
        }                                                                               \
    }
EXTREMES(real, double)
EXTREMES(whole, int64_t)
#undef EACH

static void run_chains(const struct chains *c)
{
    bool small = ad_type_size(c->type) == 4, real = c->type == AD_F32 || c->type == AD_F64;
    if (c->op == &op_cummax && real)
        extremes_real(c, small);
    else if (c->op == &op_cummax)
        extremes_whole(c, small);
    else if (!real)
        wholes(c);
    else if (!small || c->op == &op_recurrence)
        reals(c, c->op, small, c->count);
    else if (c->op == &op_cumprod)
        reals(c, &op_cumprod, true, c->count);
    else if (c->count == 1)
        reals(c, &op_cumsum, true, 1);
    else
        reals(c, &op_cumsum, true, c->count);
}

ad_status scan_run(const struct call *c, int64_t begin, int64_t end, void *room)
{
    (void)room;
    const struct along_attributes *a = c->attributes;
    struct axis_split s = along_split(c->node, &c->in[0].shape);
    struct chains r = {.op = c->node->op,
                       .type = c->in[0].type,
                       .x = c->in[0].data,
                       .b = c->in_count > 1 ? c->in[1].data : NULL,
                       .y = c->out[0].data,
                       .place = c->out_count > 1 ? c->out[1].data : NULL,
                       .size = s.size,
                       .down = a->reverse ? -s.inner : s.inner,
                       .across = s.inner == 1 ? s.size : 1,
                       .lag = a->how ? a->reverse ? -s.inner : s.inner : 0,
                       .least = a->how};
    for (; begin < end; begin += r.count) {
        int64_t left = s.inner == 1 ? end - begin : s.inner - begin % s.inner;
        int64_t most = s.inner == 1 ? ROWS : CHAINS_MAX;
        r.count = left < end - begin ? left : end - begin;
        r.count = r.count < most ? r.count : most;
        r.from = begin / s.inner * s.size * s.inner + begin % s.inner;
        r.from += a->reverse ? (s.size - 1) * s.inner : 0;
        run_chains(&r);
    }
    return AD_OK;
}
