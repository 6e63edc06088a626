/* Reductions over whole numbers: sums and products wrap around, so any order gives the same. */

#include "cpu/tile_private.h"

#define WHOLE_JOIN(how, sum, v, wide)                 \
    ((how) == 0   ? (wide)(sum) + (wide)(v)           \
     : (how) == 3 ? (wide)(sum) * (wide)(v)           \
     : (how) == 1 ? (wide)((sum) > (v) ? (sum) : (v)) \
                  : (wide)((sum) < (v) ? (sum) : (v)))
#define WHOLE_FIRST(how, lowest, highest) \
    ((how) == 0 ? 0 : (how) == 3 ? 1 : (how) == 1 ? (lowest) : (highest))

#define WHOLE(type, suffix, wide, lowest, highest)                                                \
    static type whole_row_##suffix(int how, const type *in, int64_t n)                            \
    {                                                                                             \
        type sum = WHOLE_FIRST(how, lowest, highest);                                             \
        for (int64_t i = 0; i < n; i++)                                                           \
            sum = (type)WHOLE_JOIN(how, sum, in[i], wide);                                        \
        return sum;                                                                               \
    }                                                                                             \
    static void whole_columns_##suffix(int how, bool first, const type *in, type *out, int64_t n) \
    {                                                                                             \
        for (int64_t i = 0; i < n; i++) {                                                         \
            type sum = first ? WHOLE_FIRST(how, lowest, highest) : out[i];                        \
            out[i] = (type)WHOLE_JOIN(how, sum, in[i], wide);                                     \
        }                                                                                         \
    }
WHOLE(int32_t, i32, uint32_t, INT32_MIN, INT32_MAX)
WHOLE(int64_t, i64, uint64_t, INT64_MIN, INT64_MAX)
WHOLE(uint8_t, u8, uint32_t, 0, UINT8_MAX)
#undef WHOLE
#undef WHOLE_JOIN
#undef WHOLE_FIRST

void tile_whole_row(ad_type type, int how, const void *in, int64_t n, void *out)
{
    if (type == AD_I32)
        *(int32_t *)out = whole_row_i32(how, in, n);
    else if (type == AD_I64)
        *(int64_t *)out = whole_row_i64(how, in, n);
    else
        *(uint8_t *)out = whole_row_u8(how, in, n);
}

void tile_whole_columns(ad_type type, int how, bool first, const void *in, void *out, int64_t n)
{
    if (type == AD_I32)
        whole_columns_i32(how, first, in, out, n);
    else if (type == AD_I64)
        whole_columns_i64(how, first, in, out, n);
    else
        whole_columns_u8(how, first, in, out, n);
}
