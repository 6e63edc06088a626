/* Ops beyond the core that are not element by element.  more.h includes this. */
#ifndef ADZE_OPS_H
#define ADZE_OPS_H

#include <adze/adze.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- shape
 * Calls that build ops which are there: of any type that those take, with derivatives of any order.
 * Sizes may be open where no number is said to be needed. */

/* Parts of one shape and type along a new axis. */
AD_API ad_tensor *ad_stack(ad_tensor *const *parts, int count, int axis);
/* count neighbouring parts of these sizes, which fill the axis; one may be AD_INFER, what is left.
 * sizes NULL: equal parts.  A mistake makes all of them poisoned. */
AD_API void ad_split_axis(ad_tensor *x, int axis, const ad_dim *sizes, int count,
                          ad_tensor **parts);
/* Without axes of size 1: those named, or with AD_ALL all that are 1 by number. */
AD_API ad_tensor *ad_squeeze(ad_tensor *x, ad_axes axes);
AD_API ad_tensor *ad_unsqueeze(ad_tensor *x, int axis); /* a new axis of size 1 there */
/* Element i goes to place i + shift, round the end; an open axis is as long as the shift. */
AD_API ad_tensor *ad_roll(ad_tensor *x, int64_t shift, int axis);
AD_API ad_tensor *ad_flip(ad_tensor *x, ad_axes axes); /* turned round; open axes are not empty */
/* x so many times along each axis (torch.Tensor.repeat, NumPy's tile): x x x.  More numbers than
 * axes: those in front are of new axes. */
AD_API ad_tensor *ad_repeat(ad_tensor *x, ad_shape times);
/* Each element so many times along an axis: x0 x0 x1 x1. */
AD_API ad_tensor *ad_repeat_interleave(ad_tensor *x, ad_dim repeats, int axis);

/* The last two axes where column - row <= diagonal (tril) or >= diagonal (triu), else 0. */
AD_API ad_tensor *ad_tril(ad_tensor *x, int64_t diagonal);
AD_API ad_tensor *ad_triu(ad_tensor *x, int64_t diagonal);
/* The elements of axis1 (rows) and axis2 (columns) with column - row = offset, as the last axis; an
 * open matrix is square. */
AD_API ad_tensor *ad_diagonal(ad_tensor *x, int64_t offset, int axis1, int axis2);
/* (..., n) as the diagonal column - row = offset of (..., n + |offset|, n + |offset|), else 0. */
AD_API ad_tensor *ad_diag_embed(ad_tensor *x, int64_t offset);
/* ad_diag_embed of a vector, ad_diagonal of a matrix. */
AD_API ad_tensor *ad_diag(ad_tensor *x, int64_t diagonal);
AD_API ad_tensor *ad_trace(ad_tensor *x); /* sum of the diagonal of the last two axes */

/* start, start + step, ... before end; computed in f64 and rounded once. */
AD_API ad_tensor *ad_arange(ad_graph *graph, ad_type type, double start, double end, double step);
/* steps numbers evenly from start to end, both among them; f32 or f64. */
AD_API ad_tensor *ad_linspace(ad_graph *graph, ad_type type, double start, double end,
                              int64_t steps);
/* Each vector along an axis of its own of a grid of all: grids[i][..., k, ...] = x[i][k].  xy: the
 * first two axes change places. */
AD_API void ad_meshgrid(ad_tensor *const *x, int count, bool xy, ad_tensor **grids);

/* Sums of products by letters: "bij,bjk->bik" (Einstein 1916), PyTorch's grammar.  A letter stands
 * for an axis, "..." for those that broadcast; a letter twice in an operand takes the diagonal.
 * Without "->" the result has "..." and the letters that come once, capitals first.  What the
 * result lacks is summed, "..." too.  Operands are put together from left to right, each two as one
 * matrix product where anything is summed; 32 at most. */
AD_API ad_tensor *ad_einsum(const char *equation, ad_tensor *const *x, int count);
AD_API ad_tensor *ad_outer(ad_tensor *a, ad_tensor *b); /* of two vectors: a[i] b[j] */
/* Blocks a[i...] b, of at most 4 axes; the one with fewer gets axes of size 1 in front. */
AD_API ad_tensor *ad_kron(ad_tensor *a, ad_tensor *b);

/* ---------------------------------------------------------------- windows
 * Of images (batch, height, width, channels) and sequences (batch, time, channels). */

typedef enum ad_pad_mode {
    AD_PAD_CONSTANT,  /* .value */
    AD_PAD_REFLECT,   /* c b [a b c] b a: less than the size */
    AD_PAD_REPLICATE, /* a a [a b c] c c */
    AD_PAD_CIRCULAR   /* b c [a b c] a b: up to the size */
} ad_pad_mode;

typedef struct ad_pad_options {
    AD_HEAD_(ad_pad_options);
    ad_pad_mode mode AD_IS({});
    double value AD_IS(0);
} ad_pad_options;
/* So many places more before and after each of these axes. */
AD_API ad_tensor *ad_pad_axes(ad_tensor *x, ad_axes axes, ad_shape before, ad_shape after,
                              const ad_pad_options *options);

/* The windows of a convolution as rows: (batch, windows, channels taps), the taps of a channel
 * together, as in the weights of a convolution: PyTorch's unfold with the last two axes exchanged.
 * .window, .stride (1), .padding (zeros), .dilation of ad_window_options. */
AD_API ad_tensor *ad_unfold(ad_tensor *x, const ad_window_options *options);
/* Its adjoint: such rows added up at their places of an image of this size, (height, width) or
 * (time). */
AD_API ad_tensor *ad_fold(ad_tensor *x, ad_shape size, const ad_window_options *options);

typedef enum ad_resize_mode {
    AD_RESIZE_NEAREST,       /* place floor(i scale), in f32 as PyTorch */
    AD_RESIZE_NEAREST_EXACT, /* place floor((i + 1/2) scale) */
    AD_RESIZE_LINEAR,        /* of two places along each axis: bilinear, trilinear */
    AD_RESIZE_CUBIC          /* of four, a = -0.75, antialiased -0.5 (Keys 1981) */
} ad_resize_mode;

typedef struct ad_resize_options {
    AD_HEAD_(ad_resize_options);
    ad_shape size AD_IS({}); /* of each axis between batch and channels */
    /* in the place of it: size floor(size factor), places by the factor itself; of an open size
     * whole, or 1 by a whole number */
    double factor AD_IS(AD_AUTO);
    ad_resize_mode mode AD_IS({});
    /* linear and cubic: the middles of the first and last places stay where they are */
    bool align_corners AD_IS(false);
    /* linear and cubic: to fewer places, all between count, up to some 10000 for one */
    bool antialias AD_IS(false);
} ad_resize_options;
/* x (batch, one to three axes, channels) in another size, as torch.nn.functional.interpolate, but
 * with positions in f64 and cubic of any number of axes; f32 or f64, the nearest of others too but
 * i64. */
AD_API ad_tensor *ad_resize(ad_tensor *x, const ad_resize_options *options);

/* (batch, h, w, channels factor^2) to (batch, h factor, w factor, channels) (Shi et al. 2016); the
 * parts of a channel lie together, as PyTorch has them. */
AD_API ad_tensor *ad_pixel_shuffle(ad_tensor *x, int64_t factor);
AD_API ad_tensor *ad_pixel_unshuffle(ad_tensor *x, int64_t factor); /* and back */

/* ---------------------------------------------------------------- indices
 * Along an axis (negative ones count from the end).  index is i32 or i64, of any size along the
 * axis, and on the others as large as x or base, or 1, which is then broadcast.  A number outside
 * of x fails the run, and its place is said; there are no negative ones. */

/* y[a, i, b] = x[a, index[a, i, b], b] (torch.take_along_dim, NumPy's take_along_axis); any type.
 */
AD_API ad_tensor *ad_take_along(ad_tensor *x, ad_tensor *index, int axis);

typedef enum ad_scatter_how {
    AD_SCATTER_SET, /* any type; of equal numbers the last counts, and alone has a gradient */
    AD_SCATTER_ADD, /* this and the others: f32, f64, i32, i64 */
    /* Where factors of a product are 0 its first and second derivatives are right; higher ones
     * where no more than one is. */
    AD_SCATTER_MUL,
    AD_SCATTER_MIN, /* NaN where one is NaN; ties share the gradient */
    AD_SCATTER_MAX
} ad_scatter_how;

/* base where for i in rising order [a, index[a, i, b], b] becomes part[a, i, b], or its sum,
 * product, smaller or larger with what is there (torch.scatter, torch.scatter_reduce with what is
 * in base). part has the shape of index or broadcasts to it. */
AD_API ad_tensor *ad_scatter_along(ad_tensor *base, ad_tensor *index, ad_tensor *part, int axis,
                                   ad_scatter_how how);

/* ---------------------------------------------------------------- order
 * Along an axis of less than 2^31 places, of f32, f64, i32 or i64.  Equal elements (-0 and 0 are,
 * NaNs are) stay in order, and a NaN is larger than any number: last in rising order, first in
 * falling order, as in PyTorch.  Places are i32.  The gradient goes to where a value comes from. */

typedef struct ad_sort_options {
    AD_HEAD_(ad_sort_options);
    bool descending AD_IS(false);
} ad_sort_options;

AD_API ad_tensor *ad_sort(ad_tensor *x, int axis, const ad_sort_options *options);
AD_API ad_tensor *ad_argsort(ad_tensor *x, int axis, const ad_sort_options *options);

typedef struct ad_top_options {
    AD_HEAD_(ad_top_options);
    bool smallest AD_IS(false);
} ad_top_options;

/* The k largest in falling order (smallest: the k smallest in rising order), of equal ones those
 * that come first; k is at most the size of the axis. */
AD_API ad_tensor *ad_top_k(ad_tensor *x, ad_dim k, int axis, const ad_top_options *options);
AD_API ad_tensor *ad_arg_top_k(ad_tensor *x, ad_dim k, int axis, const ad_top_options *options);

/* Different numbers in all of x (i32 or i64): values (count), the smallest ones in rising order,
 * then 0; counts (count), i32, how often each is there, then 0; number, i32, how many there are,
 * which may be more than count. */
AD_API void ad_unique(ad_tensor *x, int64_t count, ad_tensor **values, ad_tensor **counts,
                      ad_tensor **number);

/* ---------------------------------------------------------------- reductions
 * As ad_sum over axes; without words of its own one takes f32 and f64. */

/* f32, f64, i32, i64; 1 of nothing; in ad_sum's order.  Gradients of any order are right where
 * factors are 0. */
AD_API ad_tensor *ad_prod(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
/* bool, of any type: one is not 0 (NaN is not 0), none is 0.  Of nothing false and true. */
AD_API ad_tensor *ad_any(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
AD_API ad_tensor *ad_all(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
/* log(sum of e^x), without overflow; -inf of nothing, and of -inf alone, where the gradient is 0 */
AD_API ad_tensor *ad_logsumexp(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
/* (sum of |x|^p)^(1/p), p any number but NaN; 0: how many are not 0; INFINITY and -INFINITY: the
 * largest and smallest |x| (ties share the gradient), of nothing those of ad_max and ad_min.
 * Gradient 0 where the norm or x is 0, as torch.linalg.vector_norm's.  |x|^p has to fit the type.
 */
AD_API ad_tensor *ad_norm(ad_tensor *x, double p, ad_axes axes, const ad_reduce_options *options);

typedef struct ad_var_options {
    AD_HEAD_(ad_var_options);
    double correction AD_IS(1); /* n - correction divides; 0: as ad_variance */
    bool keep AD_IS(false);
} ad_var_options;

/* Sum of squared distances from the mean by max(n - correction, 0), as torch.var; NaN of one
 * element. */
AD_API ad_tensor *ad_var(ad_tensor *x, ad_axes axes, const ad_var_options *options);
/* Its square root; gradient 0 where it is 0. */
AD_API ad_tensor *ad_std(ad_tensor *x, ad_axes axes, const ad_var_options *options);

typedef enum ad_interpolation {
    AD_INTERPOLATE_LINEAR,
    AD_INTERPOLATE_LOWER,
    AD_INTERPOLATE_HIGHER,
    AD_INTERPOLATE_NEAREST, /* half way: the even place */
    AD_INTERPOLATE_MIDPOINT
} ad_interpolation;

typedef struct ad_quantile_options {
    AD_HEAD_(ad_quantile_options);
    ad_interpolation interpolation AD_IS(AD_INTERPOLATE_LINEAR); /* between two neighbours */
    bool keep AD_IS(false);
} ad_quantile_options;

/* What stands at q (n - 1), q in 0..1, of n sorted along one axis that is not empty
 * (torch.quantile); NaN where one is NaN.  0.5 is NumPy's median. */
AD_API ad_tensor *ad_quantile(ad_tensor *x, double q, int axis, const ad_quantile_options *options);
/* PyTorch's median: of an even number the lower of the middle two; likewise for NaN. */
AD_API ad_tensor *ad_median(ad_tensor *x, int axis, const ad_reduce_options *options);
/* As ad_argmax: the first of equals; a NaN counts as smallest. */
AD_API ad_tensor *ad_argmin(ad_tensor *x, int axis);

/* ---------------------------------------------------------------- scans
 * Along an axis, one step after the other: f32 and f64 are kept in f64 and each result is rounded
 * once, whole numbers (i32, i64: ad_cumsum, ad_cumprod, ad_cummax, ad_cummin) wrap.  So bits are
 * those of a plain loop, for any number of threads.  Gradients are scans the other way. */

typedef struct ad_scan_options {
    AD_HEAD_(ad_scan_options);
    bool reverse AD_IS(false); /* from the end to the beginning */
} ad_scan_options;

AD_API ad_tensor *ad_cumsum(ad_tensor *x, int axis, const ad_scan_options *options);
/* The gradient is right where factors are 0. */
AD_API ad_tensor *ad_cumprod(ad_tensor *x, int axis, const ad_scan_options *options);
/* log of the sum of e^x so far, without overflow; -inf where that is 0, where the gradient is 0 */
AD_API ad_tensor *ad_logcumsumexp(ad_tensor *x, int axis, const ad_scan_options *options);
/* The largest so far and its place, i32, the last one of equals (torch.cummax), from 0 at the
 * beginning of the axis; a NaN is largest and smallest.  The gradient goes to that place. */
AD_API ad_tensor *ad_cummax(ad_tensor *x, int axis, const ad_scan_options *options);
AD_API ad_tensor *ad_cumargmax(ad_tensor *x, int axis, const ad_scan_options *options);
AD_API ad_tensor *ad_cummin(ad_tensor *x, int axis, const ad_scan_options *options);
AD_API ad_tensor *ad_cumargmin(ad_tensor *x, int axis, const ad_scan_options *options);
/* y[k] = a[k] y[k-1] + b[k] from y[0] = b[0] on: averages that forget, discounted sums, states of
 * linear models.  a and b have one shape. */
AD_API ad_tensor *ad_recurrence(ad_tensor *a, ad_tensor *b, int axis, bool reverse);

/* ---------------------------------------------------------------- linear algebra
 * Of f32 and f64, over the last two axes; axes before are a batch.  Gradients of any order.  What
 * cannot be factored fails the run with the matrix's number in the batch and the pivot. */

/* L of (x + x') / 2 = L L', lower triangular, or its transpose where upper: so the gradient is
 * symmetric. Not positive definite, or NaN: the run fails. */
AD_API ad_tensor *ad_cholesky(ad_tensor *x, bool upper);

typedef struct ad_triangular_options {
    AD_HEAD_(ad_triangular_options);
    bool upper AD_IS(false);         /* T is upper triangular: the other half is not read */
    bool left AD_IS(true);           /* T X = B; else X T = B */
    bool transposed AD_IS(false);    /* T' in the place of T */
    bool unitriangular AD_IS(false); /* ones on the diagonal of T, which is not read */
} ad_triangular_options;
/* X of T X = B: T (..., n, n), B (..., n, k), or (..., k, n) where it is not left; batches
 * broadcast.  A 0 on the diagonal divides. */
AD_API ad_tensor *ad_triangular_solve(ad_tensor *t, ad_tensor *b,
                                      const ad_triangular_options *options);
/* X of A X = B by LU factors with partial pivoting: A (..., n, n), B (..., n, k) or (n); batches
 * broadcast.  A pivot of 0 fails the run. */
AD_API ad_tensor *ad_solve(ad_tensor *a, ad_tensor *b);
AD_API ad_tensor *ad_inverse(ad_tensor *x); /* the same with B = I */
/* 0 of a singular matrix, whose gradient fails the run; 1 of an empty one. */
AD_API ad_tensor *ad_determinant(ad_tensor *x);
/* sign -1, 0 or 1, and log |determinant|, -inf where singular. */
AD_API void ad_slogdet(ad_tensor *x, ad_tensor **sign, ad_tensor **logabs);
AD_API ad_tensor *ad_logdet(ad_tensor *x); /* NaN where the determinant is below 0 */
/* x (..., m, n) = Q R, Q (..., m, k) with orthonormal columns, R (..., k, n), k the smaller of m
 * and n, which are no open sizes.  By reflections as LAPACK's and with its signs: the diagonal of R
 * may be negative.  The gradient wants full rank. */
AD_API void ad_qr(ad_tensor *x, ad_tensor **q, ad_tensor **r);

/* ---------------------------------------------------------------- types */

/* ---------------------------------------------------------------- random numbers
 * As those of adze.h: functions of (seed, step, stream, element), the same bits for any number of
 * threads.  They are drawn in f64 and rounded to the type, so that tails and small chances are
 * right in f32 too.  A stream counts in its scope under the name of its call.  No gradient but of
 * ad_standard_gamma. */

/* 1 with chance p, 0 to 1, else 0, in any type.  ad_bernoulli_of: chances p of f32 or f64, results
 * of p's type and shape; a p beyond 0 to 1 is as the nearest of them, NaN as 0. */
AD_API ad_tensor *ad_bernoulli(ad_graph *graph, ad_type type, ad_shape shape, double p);
AD_API ad_tensor *ad_bernoulli_of(ad_tensor *p);
/* rate e^(-rate x), x > 0; rate > 0 */
AD_API ad_tensor *ad_exponential(ad_graph *graph, ad_type type, ad_shape shape, double rate);
/* distribution function e^(-e^(-(x - location) / scale)) (Gumbel 1954); scale >= 0 */
AD_API ad_tensor *ad_gumbel(ad_graph *graph, ad_type type, ad_shape shape, double location,
                            double scale);
/* e^(-|x - location| / scale) / (2 scale); scale >= 0 */
AD_API ad_tensor *ad_laplace(ad_graph *graph, ad_type type, ad_shape shape, double location,
                             double scale);
/* Of the normal distribution of that mean and deviation > 0 what lies in low to high, which are
 * values, as in PyTorch's trunc_normal_ (there -2 and 2 where nothing is said), not deviations.
 * Exact in both tails: limits that leave nothing within 37 deviations of the mean are refused. */
AD_API ad_tensor *ad_truncated_normal(ad_graph *graph, ad_type type, ad_shape shape, double mean,
                                      double deviation, double low, double high);
/* logits (..., classes) give i32 (...), class k with chance softmax(logits)[k]; -inf never, unless
 * all are; the first NaN of a row wins. */
AD_API ad_tensor *ad_categorical(ad_tensor *logits);
/* 0 to count - 1 in random order, i32 or i64, shape (count); count may be open, and is less than
 * 2^31. */
AD_API ad_tensor *ad_permutation(ad_graph *graph, ad_type type, ad_dim count);
/* Density x^(a - 1) e^-x / gamma(a) for each a of shape (Marsaglia and Tsang 2000), divided by the
 * caller by a rate; 0 gives 0, below it and of NaN NaN.  The gradient by shape is the implicit one
 * (Figurnov et al. 2018), to 1e-12, above a = 1000 to 1e-10; a second derivative is refused. */
AD_API ad_tensor *ad_standard_gamma(ad_tensor *shape);

/* ---------------------------------------------------------------- convolution and pooling
 * x is (batch, places..., channels) with one to three axes of places (convolutions:
 * also none): time; height, width; depth, height, width.  A shape among the options has a number
 * for each of these axes, or one for all; one that is left out has the default beside it. */

typedef struct ad_window_nd_options {
    AD_HEAD_(ad_window_nd_options);
    double p AD_IS(2);                 /* ad_lp_pool: the power, above 0 */
    ad_shape window AD_IS({});         /* pooling: has to be given */
    ad_shape stride AD_IS({});         /* 1, of pooling the window */
    ad_shape padding AD_IS({});        /* 0: before the first place */
    ad_shape padding_after AD_IS({});  /* padding: behind the last */
    ad_shape dilation AD_IS({});       /* 1; not of means */
    ad_shape output_padding AD_IS({}); /* 0; transposed convolution, less than the stride */
    int64_t groups AD_IS(1);           /* convolution */
    /* pooling: a window that begins in x or the padding before it, and ends behind the padding
     * after it, counts too; PyTorch's ceil_mode */
    bool ceil AD_IS(false);
    bool count_padding AD_IS(false); /* means: the divisor counts places of the padding */
    int64_t divisor AD_IS(0);        /* means: in the place of how many numbers there are */
    /* out, largest: where each stands, (d height + h) width + w, i64 of the result's shape */
    ad_tensor **index AD_IS(NULL);
} ad_window_nd_options;

/* As ad_convolution and ad_convolution_transpose: weight (filters, channels / groups, sizes...) and
 * (channels, filters / groups, sizes...); padding of a transposed one is what is cut off. */
AD_API ad_tensor *ad_convolution_nd(ad_tensor *x, ad_tensor *weight,
                                    const ad_window_nd_options *options);
AD_API ad_tensor *ad_convolution_transpose_nd(ad_tensor *x, ad_tensor *weight,
                                              const ad_window_nd_options *options);

/* Sizes after: (size + padding + padding_after - dilation (window - 1) - 1) / stride + 1, rounded
 * down, or up with .ceil, but no window begins behind x and the padding before it.  Padding is at
 * most half of the window.  Of equals the first in memory is the largest and gets the gradient; a
 * NaN counts as largest; padding is never chosen. */
AD_API ad_tensor *ad_max_pool_nd(ad_tensor *x, const ad_window_nd_options *options);
/* The divisor counts the places of a window within x, with .count_padding within x and its padding
 * (PyTorch's default); .divisor stands for it. */
AD_API ad_tensor *ad_average_pool_nd(ad_tensor *x, const ad_window_nd_options *options);
/* (sum of x^p)^(1 / p), without |.|, as PyTorch: an odd p of negative sums, and a p that is not
 * whole of negative x, give NaN.  The gradient at 0 is 0.  Without padding; a window that .ceil
 * lets end behind x counts its mean for what is not there. */
AD_API ad_tensor *ad_lp_pool(ad_tensor *x, const ad_window_nd_options *options);
/* As many places as are asked for, for each axis or one for all: place i of n covers floor(i size /
 * n) to ceil((i + 1) size / n) - 1.  index may be NULL. */
AD_API ad_tensor *ad_adaptive_average_pool(ad_tensor *x, ad_shape places);
AD_API ad_tensor *ad_adaptive_max_pool(ad_tensor *x, ad_shape places, ad_tensor **index);
/* Back: numbers of x at their index (i64 or i32, as max pooling gives it) among that many places,
 * zeros elsewhere.  Of several at one place the last
 * counts, and alone has a gradient (PyTorch leaves open which counts).  An index outside fails the
 * run. */
AD_API ad_tensor *ad_max_unpool(ad_tensor *x, ad_tensor *index, ad_shape places);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "ops_call.h"

#endif
