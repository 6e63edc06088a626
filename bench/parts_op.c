/* One op a row, forward, beside the op of the same name of torch_parts.py. */
#include "parts.h"

static ad_tensor *normal(job *j, const char *name, ad_shape shape)
{
    return job_feed_new(j, name, AD_F32, shape, FILL_NORMAL, 0);
}

/* ---- element by element, over 4 million numbers; into: what brings normal ones into its range */

#define SAME(x) x
#define POSITIVE(x) ad_shift(ad_abs(x), 0.01)
#define WITHIN(x) ad_scale(ad_tanh(x), 0.999)

#define UNARY(name, into)                                                             \
    static void part_##name(job *j)                                                   \
    {                                                                                 \
        job_program(j, ad_##name(into(normal(j, "x", AD_SHAPE(4000, 1000)))), false); \
    }

UNARY(log2, POSITIVE)
UNARY(exp2, SAME)
UNARY(tan, SAME)
UNARY(asin, WITHIN)
UNARY(atan, SAME)
UNARY(sinh, SAME)
UNARY(asinh, SAME)
UNARY(atanh, WITHIN)
UNARY(erfc, SAME)
UNARY(erfinv, WITHIN)
UNARY(ndtr, SAME)
UNARY(log_ndtr, SAME)
UNARY(lgamma, POSITIVE)
UNARY(digamma, POSITIVE)
UNARY(trigamma, POSITIVE)
UNARY(log_sigmoid, SAME)
UNARY(mish, SAME)
UNARY(hard_swish, SAME)
UNARY(softsign, SAME)

#define BINARY(name)                                         \
    static void part_##name(job *j)                          \
    {                                                        \
        ad_tensor *x = normal(j, "x", AD_SHAPE(4000, 1000)); \
        ad_tensor *z = normal(j, "z", AD_SHAPE(4000, 1000)); \
        job_program(j, ad_##name(x, z), false);              \
    }

BINARY(atan2)
BINARY(hypot)
BINARY(mod)
BINARY(remainder)

static void part_glu(job *j)
{
    job_program(j, ad_glu(normal(j, "x", AD_SHAPE(4000, 1000)), -1), false);
}

const workload bench_op_parts[] = {
    PART("op-log2", part_log2),
    PART("op-exp2", part_exp2),
    PART("op-tan", part_tan),
    PART("op-asin", part_asin),
    PART("op-atan", part_atan),
    PART("op-sinh", part_sinh),
    PART("op-asinh", part_asinh),
    PART("op-atanh", part_atanh),
    PART("op-erfc", part_erfc),
    PART("op-erfinv", part_erfinv),
    PART("op-ndtr", part_ndtr),
    PART("op-log-ndtr", part_log_ndtr),
    PART("op-lgamma", part_lgamma),
    PART("op-digamma", part_digamma),
    PART("op-trigamma", part_trigamma),
    PART("op-log-sigmoid", part_log_sigmoid),
    PART("op-mish", part_mish),
    PART("op-hard-swish", part_hard_swish),
    PART("op-softsign", part_softsign),
    PART("op-atan2", part_atan2),
    PART("op-hypot", part_hypot),
    PART("op-mod", part_mod),
    PART("op-remainder", part_remainder),
    PART("op-glu", part_glu),
    PARTS_END,
};
