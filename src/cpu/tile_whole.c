/* Reductions over whole numbers: sums wrap around, so any order gives the same. */

#include "cpu/tile_private.h"

#define WHOLE_JOIN(how, sum, v)                 \
    ((how) == 0   ? (sum) + (v)                 \
     : (how) == 1 ? ((sum) > (v) ? (sum) : (v)) \
                  : ((sum) < (v) ? (sum) : (v)))

#define WHOLE(type, suffix, unsigned_type, lowest, highest)                                       \
    static type whole_row_##suffix(int how, const type *in, int64_t n)                            \
    {                                                                                             \
        type sum = how == 0 ? 0 : how == 1 ? (lowest) : (highest);                                \
        for (int64_t i = 0; i < n; i++)                                                           \
            sum = how == 0 ? (type)((unsigned_type)sum + (unsigned_type)in[i])                    \
                           : WHOLE_JOIN(how, sum, in[i]);                                         \
        return sum;                                                                               \
    }                                                                                             \
    static void whole_columns_##suffix(int how, bool first, const type *in, type *out, int64_t n) \
    {                                                                                             \
        for (int64_t i = 0; i < n; i++) {                                                         \
            type sum = first ? (how == 0 ? 0 : how == 1 ? (lowest) : (highest)) : out[i];         \
            out[i] = how == 0 ? (type)((unsigned_type)sum + (unsigned_type)in[i])                 \
                              : WHOLE_JOIN(how, sum, in[i]);                                      \
        }                                                                                         \
    }
WHOLE(int32_t, i32, uint32_t, INT32_MIN, INT32_MAX)
WHOLE(int64_t, i64, uint64_t, INT64_MIN, INT64_MAX)
WHOLE(uint8_t, u8, uint8_t, 0, UINT8_MAX)
#undef WHOLE
#undef WHOLE_JOIN

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
