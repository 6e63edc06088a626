/* Pooling for one instruction set. */
#include "cpu/pool.h"

#include <string.h>

/* The places under a window, or the positions whose windows touch some places. */
struct span {
    int64_t first, end;
};

static struct span window_of(const struct pool_axis *a, int64_t position)
{
    int64_t first = position * a->stride - a->padding, end = first + a->window;
    return (struct span){first < 0 ? 0 : first, end < a->in ? end : a->in};
}

static struct span common(struct span a, struct span b)
{
    return (struct span){a.first > b.first ? a.first : b.first, a.end < b.end ? a.end : b.end};
}

static struct span positions_over(const struct pool_axis *a, struct span places)
{
    int64_t before = places.first + a->padding - a->window;
    int64_t first = before < 0 ? 0 : before / a->stride + 1;
    int64_t end = (places.end + a->padding + a->stride - 1) / a->stride;
    return (struct span){first, end < a->out ? end : a->out};
}

/* What a mean divides by. */
static int64_t divisor_of(const struct pool_job *j, struct span h, struct span w)
{
    if (j->count_padding)
        return j->along.window * j->across.window;
    return (h.end - h.first) * (w.end - w.first);
}

/* No place is in two windows. */
static bool apart(const struct pool_job *j)
{
    return j->along.window <= j->along.stride && j->across.window <= j->across.stride;
}

/* Every place is in some window. */
static bool covers(const struct pool_axis *a)
{
    return a->window >= a->stride && (a->out - 1) * a->stride - a->padding + a->window >= a->in;
}

/* clang-format off */
#include "cpu/vector.h"
#include "cpu/pool_real.inc"
#define REAL_F64
#include "cpu/vector.h"
#include "cpu/pool_real.inc"
#undef REAL_F64
/* clang-format on */

#define TABLE_PASTE(isa) cpu_pool_##isa
#define TABLE_OF(isa) TABLE_PASTE(isa)
const struct pool_table TABLE_OF(ISA) = {
    .f32 = {largest_f32, mean_f32, largest_back_f32, mean_back_f32},
    .f64 = {largest_f64, mean_f64, largest_back_f64, mean_back_f64},
#ifdef ADZE_EXTRAS
    .blend = blend_f32,
#endif
};
