/* Ops beyond the core that are not element by element.  more.h includes this. */
#ifndef ADZE_OPS_H
#define ADZE_OPS_H

#include <adze/adze.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- shape */

/* ---------------------------------------------------------------- windows */

/* ---------------------------------------------------------------- indices */

/* ---------------------------------------------------------------- order */

/* ---------------------------------------------------------------- reductions */

/* ---------------------------------------------------------------- scans */

/* ---------------------------------------------------------------- linear algebra */

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

/* ---------------------------------------------------------------- convolution and pooling */

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "ops_call.h"

#endif
