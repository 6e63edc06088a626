/* Naive kernels of the primitive rows: one loop for each row and type, with operands that
 * broadcast. */
#include "base/error.h"
#include "op/row.h"
#include "op/scalar.h"
#ifdef ADZE_EXTRAS
#include "op/more/special.h"
#endif

typedef void row_loop(int64_t n, const void *const *in, const int64_t *stride, void *out);

/* ---- whole numbers
 * Computed in a type with room for every sum and product; storing the result cuts it, so that sums
 * wrap around as they do in PyTorch. */

__extension__ typedef __int128 wide;

static wide whole_neg(wide x)
{
    return -x;
}
static wide whole_abs(wide x)
{
    return x < 0 ? -x : x;
}
static wide whole_sign(wide x)
{
    return (x > 0) - (x < 0);
}
static wide whole_add(wide x, wide z)
{
    return x + z;
}
static wide whole_sub(wide x, wide z)
{
    return x - z;
}
static wide whole_mul(wide x, wide z)
{
    return x * z;
}
static wide whole_div(wide x, wide z)
{
    return z ? x / z : 0;
}
static wide whole_minimum(wide x, wide z)
{
    return x < z ? x : z;
}
static wide whole_maximum(wide x, wide z)
{
    return x > z ? x : z;
}
static bool whole_less(wide x, wide z)
{
    return x < z;
}
static bool whole_less_equal(wide x, wide z)
{
    return x <= z;
}
static bool whole_greater(wide x, wide z)
{
    return x > z;
}
static bool whole_greater_equal(wide x, wide z)
{
    return x >= z;
}
static bool whole_equal(wide x, wide z)
{
    return x == z;
}
static bool whole_not_equal(wide x, wide z)
{
    return x != z;
}
static bool whole_not(wide x)
{
    return !x;
}
static bool whole_and(wide x, wide z)
{
    return x && z;
}
static bool whole_or(wide x, wide z)
{
    return x || z;
}

#ifdef ADZE_EXTRAS
static wide whole_mod(wide x, wide z)
{
    return z ? x % z : x;
}
static wide whole_remainder(wide x, wide z)
{
    wide rest = whole_mod(x, z);
    return rest && (rest < 0) != (z < 0) && z ? rest + z : rest;
}
static wide whole_bit_and(wide x, wide z)
{
    return x & z;
}
static wide whole_bit_or(wide x, wide z)
{
    return x | z;
}
static wide whole_bit_xor(wide x, wide z)
{
    return x ^ z;
}
static wide whole_bit_not(wide x)
{
    return ~x;
}
/* No type has more than 64 bits. */
static wide whole_bit_shift_left(wide x, wide z)
{
    return z >= 0 && z < 64 ? x * ((wide)1 << z) : 0;
}
static wide whole_bit_shift_right(wide x, wide z)
{
    return z >= 0 && z < 64 ? x >> z : x < 0 ? -1 : 0;
}
#endif

/* ---- a loop for each row and type */

#define YES(...) __VA_ARGS__
#define NO(...)

#define REAL float
#define NAME(x) f32_##x
#define F(x) scalar_##x##_f32
#define FLOAT YES
#define NUMBER YES
#define WHOLE NO
#define TRUTH NO
#define ANY YES
#include "op/row_kernel.inc"

#define REAL double
#define NAME(x) f64_##x
#define F(x) scalar_##x##_f64
#define FLOAT YES
#define NUMBER YES
#define WHOLE NO
#define TRUTH NO
#define ANY YES
#include "op/row_kernel.inc"

#define REAL int32_t
#define NAME(x) i32_##x
#define F(x) whole_##x
#define FLOAT NO
#define NUMBER YES
#define WHOLE YES
#define TRUTH NO
#define ANY YES
#include "op/row_kernel.inc"

#define REAL int64_t
#define NAME(x) i64_##x
#define F(x) whole_##x
#define FLOAT NO
#define NUMBER YES
#define WHOLE YES
#define TRUTH NO
#define ANY YES
#include "op/row_kernel.inc"

#define REAL uint8_t
#define NAME(x) u8_##x
#define F(x) whole_##x
#define FLOAT NO
#define NUMBER YES
#define WHOLE YES
#define TRUTH NO
#define ANY YES
#include "op/row_kernel.inc"

#define REAL uint8_t
#define NAME(x) bool_##x
#define F(x) whole_##x
#define FLOAT NO
#define NUMBER NO
#define WHOLE NO
#define TRUTH YES
#define ANY YES
#include "op/row_kernel.inc"

static row_loop *const *const tables[] = {
    [AD_F32] = f32_table, [AD_F64] = f64_table, [AD_I32] = i32_table,
    [AD_I64] = i64_table, [AD_U8] = u8_table,   [AD_BOOL] = bool_table,
};

/* ---- places: the last axis is the loop's, the others are counted here */

enum { OPERANDS = 3 };

struct places {
    const ad_shape *shape;
    int64_t stride[OPERANDS][AD_RANK_MAX]; /* in elements; 0 where the operand stretches */
    size_t size[OPERANDS];                 /* bytes of an element */
    const char *in[OPERANDS];
    int count;
};

static void operand_strides(const ad_shape *shape, const ad_shape *result, int64_t *stride)
{
    int64_t inner = 1;
    for (int i = 1; i <= result->rank; i++) {
        int64_t size = i <= shape->rank ? shape->size[shape->rank - i] : 1;
        stride[result->rank - i] = size == 1 ? 0 : inner;
        inner *= size;
    }
}

static struct places places_of(const struct call *c)
{
    struct places p = {.shape = &c->out[0].shape, .count = c->in_count};
    for (int k = 0; k < c->in_count; k++) {
        operand_strides(&c->in[k].shape, p.shape, p.stride[k]);
        p.size[k] = ad_type_size(c->in[k].type);
        p.in[k] = c->in[k].data;
    }
    return p;
}

/* The next position of the axes before the last. */
static void advance(struct places *p, int64_t *at)
{
    for (int axis = p->shape->rank - 2; axis >= 0; axis--) {
        bool wraps = ++at[axis] == p->shape->size[axis];
        int64_t steps = wraps ? 1 - p->shape->size[axis] : 1;
        for (int k = 0; k < p->count; k++)
            p->in[k] += steps * p->stride[k][axis] * (int64_t)p->size[k];
        if (!wraps)
            return;
        at[axis] = 0;
    }
}

static void run_rows(struct places *p, row_loop *loop, char *out, size_t out_size)
{
    int64_t at[AD_RANK_MAX] = {0}, stride[OPERANDS] = {0};
    int last = p->shape->rank - 1;
    int64_t n = last >= 0 ? p->shape->size[last] : 1;
    for (int k = 0; k < p->count && last >= 0; k++)
        stride[k] = p->stride[k][last];
    for (int64_t rows = n ? shape_count(p->shape) / n : 0; rows > 0; rows--) {
        loop(n, (const void *const *)p->in, stride, out);
        out += (size_t)n * out_size;
        advance(p, at);
    }
}

/* Every operand has the result's shape, or is one element: one loop does it. */
static bool is_flat(const struct call *c)
{
    for (int k = 0; k < c->in_count; k++)
        if (!graph_shapes_equal(&c->in[k].shape, &c->out[0].shape) &&
            shape_count(&c->in[k].shape) != 1)
            return false;
    return true;
}

static void run_flat(const struct places *p, const struct call *c, row_loop *loop)
{
    int64_t stride[OPERANDS] = {0};
    for (int k = 0; k < p->count; k++)
        stride[k] = shape_count(&c->in[k].shape) != 1;
    loop(shape_count(p->shape), (const void *const *)p->in, stride, c->out[0].data);
}

void row_run(ad_type type, int kernel, int64_t n, const void *const *in, const int64_t *stride,
             void *out)
{
    tables[type][kernel](n, in, stride, out);
}

ad_status row_naive(const struct call *c)
{
    ad_type type = c->in[c->in_count == 3 ? 1 : 0].type;
    row_loop *loop = tables[type][c->node->op->row->kernel];
    struct places p = places_of(c);
    if (!loop)
        return fail(AD_ERROR_TYPE, "internal: %s has no loop for %s", c->node->op->name,
                    ad_type_name(type));
    if (is_flat(c))
        run_flat(&p, c, loop);
    else
        run_rows(&p, loop, c->out[0].data, ad_type_size(c->out[0].type));
    return AD_OK;
}

#ifdef ADZE_EXTRAS
double number_log(double x)
{
    row_run(AD_F64, KERNEL_log, 1, (const void *const[]){&x}, (const int64_t[]){0}, &x);
    return x;
}

double number_exp(double x)
{
    row_run(AD_F64, KERNEL_exp, 1, (const void *const[]){&x}, (const int64_t[]){0}, &x);
    return x;
}
#endif
