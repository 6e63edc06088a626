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

/* ---- along an axis */

static ad_tensor *square(job *j)
{
    return normal(j, "x", AD_SHAPE(1000, 1000));
}

static ad_tensor *numbers(job *j)
{
    return job_feed_new(j, "index", AD_I32, AD_SHAPE(1000, 1000), FILL_NUMBERS, 1000);
}

#define ALONG(name, expression)            \
    static void part_##name(job *j)        \
    {                                      \
        ad_tensor *x = square(j);          \
        job_program(j, expression, false); \
    }

ALONG(sort, ad_sort(x, 1))
ALONG(sort_long, ad_sort(ad_reshape(x, AD_SHAPE(1000000)), 0))
ALONG(top_k, ad_top_k(x, 10, 1))
ALONG(top_k_long, ad_top_k(ad_reshape(x, AD_SHAPE(1000000)), 1000, 0))
ALONG(cumsum_rows, ad_cumsum(x, 1))
ALONG(cumsum_columns, ad_cumsum(x, 0))
ALONG(cumprod, ad_cumprod(x, 1))
ALONG(logcumsumexp, ad_logcumsumexp(x, 1))
ALONG(take_along_rows, ad_take_along(x, numbers(j), 1))
ALONG(take_along_columns, ad_take_along(x, numbers(j), 0))
ALONG(scatter_rows, ad_scatter_along(x, numbers(j), x, 1, AD_SCATTER_SET))
ALONG(scatter_columns, ad_scatter_along(x, numbers(j), x, 0, AD_SCATTER_ADD))
ALONG(median, ad_median(x, 1))

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
    PART("op-sort", part_sort),
    PART("op-sort-long", part_sort_long),
    PART("op-top-k", part_top_k),
    PART("op-top-k-long", part_top_k_long),
    PART("op-cumsum-rows", part_cumsum_rows),
    PART("op-cumsum-columns", part_cumsum_columns),
    PART("op-cumprod", part_cumprod),
    PART("op-logcumsumexp", part_logcumsumexp),
    PART("op-take-along-rows", part_take_along_rows),
    PART("op-take-along-columns", part_take_along_columns),
    PART("op-scatter-rows", part_scatter_rows),
    PART("op-scatter-columns", part_scatter_columns),
    PART("op-median", part_median),
    PARTS_END,
};
