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

/* ---- order, sums along an axis, places along an axis: a million numbers */

static ad_tensor *million(job *j)
{
    return normal(j, "x", AD_SHAPE(1000, 1000));
}

static ad_tensor *line(job *j)
{
    return normal(j, "x", AD_SHAPE(1000000));
}

static ad_tensor *places(job *j)
{
    return job_feed_new(j, "index", AD_I32, AD_SHAPE(1000, 1000), FILL_NUMBERS, 1000);
}

#define ROW(name, ...)                      \
    static void part_##name(job *j)         \
    {                                       \
        job_program(j, __VA_ARGS__, false); \
    }

ROW(sort_rows, ad_sort(million(j), -1))
ROW(sort_line, ad_sort(line(j), 0))
ROW(argsort_rows, ad_argsort(million(j), -1))
ROW(top_rows, ad_top_k(million(j), 10, -1))
ROW(top_line, ad_top_k(line(j), 100, 0))
ROW(cumsum_rows, ad_cumsum(million(j), -1))
ROW(cumsum_columns, ad_cumsum(million(j), 0))
ROW(cumprod_rows, ad_cumprod(million(j), -1))
ROW(cummax_columns, ad_cummax(million(j), 0))
ROW(logcumsumexp_rows, ad_logcumsumexp(million(j), -1))
ROW(logsumexp, ad_logsumexp(million(j), AD_AXES(-1)))
ROW(norm, ad_norm(million(j), 2, AD_AXES(-1)))
ROW(var, ad_var(million(j), AD_AXES(-1)))
ROW(prod, ad_prod(million(j), AD_AXES(-1)))
ROW(argmin, ad_argmin(million(j), -1))
ROW(median, ad_median(million(j), -1))
ROW(quantile, ad_quantile(million(j), 0.9, -1))

static void part_take_rows(job *j)
{
    ad_tensor *x = million(j), *index = places(j);
    job_program(j, ad_take_along(x, index, -1), false);
}

static void part_take_columns(job *j)
{
    ad_tensor *x = million(j), *index = places(j);
    job_program(j, ad_take_along(x, index, 0), false);
}

static void scatter(job *j, int axis)
{
    ad_tensor *x = million(j), *index = places(j), *part = normal(j, "part", AD_SHAPE(1000, 1000));
    job_program(j, ad_scatter_along(x, index, part, axis, AD_SCATTER_ADD), false);
}

static void part_scatter_rows(job *j)
{
    scatter(j, -1);
}

static void part_scatter_columns(job *j)
{
    scatter(j, 0);
}

/* ---- shapes */

ROW(flip, ad_flip(million(j), AD_AXES(-1)))
ROW(roll, ad_roll(million(j), 300, -1))
ROW(tril, ad_tril(million(j), 0))
ROW(reflect, ad_pad_axes(normal(j, "x", AD_SHAPE(16, 64, 64, 16)), AD_AXES(1, 2), AD_SHAPE(2, 2),
                         AD_SHAPE(2, 2), .mode = AD_PAD_REFLECT))
ROW(unfold, ad_unfold(normal(j, "x", AD_SHAPE(16, 32, 32, 16)), .window = 3, .stride = 1))
ROW(pixel_shuffle, ad_pixel_shuffle(normal(j, "x", AD_SHAPE(16, 32, 32, 64)), 2))

static ad_tensor *pictures(job *j)
{
    return normal(j, "x", AD_SHAPE(8, 64, 64, 16));
}

ROW(resize_nearest, ad_resize(pictures(j), .size = AD_SHAPE(128, 128)))
ROW(resize_linear, ad_resize(pictures(j), .size = AD_SHAPE(128, 128), .mode = AD_RESIZE_LINEAR))
ROW(resize_cubic, ad_resize(pictures(j), .size = AD_SHAPE(128, 128), .mode = AD_RESIZE_CUBIC))
ROW(resize_down,
    ad_resize(pictures(j), .size = AD_SHAPE(24, 24), .mode = AD_RESIZE_LINEAR, .antialias = true))

/* Four letters, one of them summed over: a product of batches of matrices. */
static void part_einsum(job *j)
{
    ad_tensor *x[] = {normal(j, "x", AD_SHAPE(16, 128, 8, 32)),
                      normal(j, "z", AD_SHAPE(16, 128, 8, 32))};
    job_program(j, ad_einsum("bqhd,bkhd->bhqk", x, 2), false);
}

/* ---- linear algebra: one matrix of 512, and 256 of 32 */

/* x x^T + n I */
static ad_tensor *definite(job *j, ad_shape shape)
{
    ad_tensor *x = normal(j, "x", shape);
    int64_t n = shape.size[shape.rank - 1];
    ad_tensor *eye = ad_diag_embed(ad_full(j->graph, AD_F32, AD_SHAPE(n), (double)n), 0);
    ad_tensor *turned =
        shape.rank == 2 ? ad_transpose(x, AD_AXES(1, 0)) : ad_transpose(x, AD_AXES(0, 2, 1));
    return ad_add(ad_matmul(x, turned), eye);
}

ROW(cholesky, ad_cholesky(definite(j, AD_SHAPE(512, 512)), false))
ROW(cholesky_many, ad_cholesky(definite(j, AD_SHAPE(256, 32, 32)), false))
ROW(inverse, ad_inverse(definite(j, AD_SHAPE(256, 256))))
ROW(logdet, ad_logdet(definite(j, AD_SHAPE(256, 256))))

static void part_solve(job *j)
{
    ad_tensor *a = definite(j, AD_SHAPE(512, 512)), *b = normal(j, "b", AD_SHAPE(512, 16));
    job_program(j, ad_solve(a, b), false);
}

static void part_qr(job *j)
{
    ad_tensor *q, *r;
    ad_qr(normal(j, "x", AD_SHAPE(512, 128)), &q, &r);
    job_program(j, q, false);
}

const workload bench_op_parts[] = {
    WORK("op-log2", part_log2),
    WORK("op-exp2", part_exp2),
    WORK("op-tan", part_tan),
    WORK("op-asin", part_asin),
    WORK("op-atan", part_atan),
    WORK("op-sinh", part_sinh),
    WORK("op-asinh", part_asinh),
    WORK("op-atanh", part_atanh),
    WORK("op-erfc", part_erfc),
    WORK("op-erfinv", part_erfinv),
    WORK("op-ndtr", part_ndtr),
    WORK("op-log-ndtr", part_log_ndtr),
    WORK("op-lgamma", part_lgamma),
    WORK("op-digamma", part_digamma),
    WORK("op-trigamma", part_trigamma),
    WORK("op-log-sigmoid", part_log_sigmoid),
    WORK("op-mish", part_mish),
    WORK("op-hard-swish", part_hard_swish),
    WORK("op-softsign", part_softsign),
    WORK("op-atan2", part_atan2),
    WORK("op-hypot", part_hypot),
    WORK("op-mod", part_mod),
    WORK("op-remainder", part_remainder),
    WORK("op-glu", part_glu),
    WORK("op-sort-rows", part_sort_rows),
    WORK("op-sort-line", part_sort_line),
    WORK("op-argsort-rows", part_argsort_rows),
    WORK("op-top-rows", part_top_rows),
    WORK("op-top-line", part_top_line),
    WORK("op-cumsum-rows", part_cumsum_rows),
    WORK("op-cumsum-columns", part_cumsum_columns),
    WORK("op-cumprod-rows", part_cumprod_rows),
    WORK("op-cummax-columns", part_cummax_columns),
    WORK("op-logcumsumexp-rows", part_logcumsumexp_rows),
    WORK("op-logsumexp", part_logsumexp),
    WORK("op-norm", part_norm),
    WORK("op-var", part_var),
    WORK("op-prod", part_prod),
    WORK("op-argmin", part_argmin),
    WORK("op-median", part_median),
    WORK("op-quantile", part_quantile),
    WORK("op-take-rows", part_take_rows),
    WORK("op-take-columns", part_take_columns),
    WORK("op-scatter-rows", part_scatter_rows),
    WORK("op-scatter-columns", part_scatter_columns),
    WORK("op-flip", part_flip),
    WORK("op-roll", part_roll),
    WORK("op-tril", part_tril),
    WORK("op-reflect", part_reflect),
    WORK("op-unfold", part_unfold),
    WORK("op-pixel-shuffle", part_pixel_shuffle),
    WORK("op-resize-nearest", part_resize_nearest),
    WORK("op-resize-linear", part_resize_linear),
    WORK("op-resize-cubic", part_resize_cubic),
    WORK("op-resize-down", part_resize_down),
    WORK("op-einsum", part_einsum),
    WORK("op-cholesky", part_cholesky),
    WORK("op-cholesky-many", part_cholesky_many),
    WORK("op-inverse", part_inverse),
    WORK("op-logdet", part_logdet),
    WORK("op-solve", part_solve),
    WORK("op-qr", part_qr),
    WORKS_END,
};
