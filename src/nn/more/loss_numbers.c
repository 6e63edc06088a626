/* Losses of numbers: smooth L1, the logarithm of cosh, the cosine. */
#include "nn/more/loss.h"

/* With q = min(|d|, beta): q^2 / (2 beta) + |d| - q. */
static ad_tensor *smooth_l1(ad_tensor *x, ad_tensor *target, const ad_loss_options *o)
{
    ad_tensor *size = ad_abs(ad_sub(x, target));
    if (o->beta == 0)
        return size;
    ad_tensor *near = ad_minimum(size, rows_number(size, o->beta));
    return ad_add(ad_scale(ad_square(near), 0.5 / o->beta), ad_sub(size, near));
}

ad_tensor *ad_smooth_l1(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_smooth_l1", &loss_smooth_l1.record, x, target, options, smooth_l1,
                         false);
}

/* Near 0 log(1 + 2 sinh(d / 2)^2), which keeps its digits; else |d| + log(1 + e^(-2 |d|)) - log 2.
 */
static ad_tensor *log_cosh(ad_tensor *x, ad_tensor *target, const ad_loss_options *o)
{
    (void)o;
    ad_tensor *d = ad_sub(x, target), *size = ad_abs(d);
    ad_tensor *close = ad_less(size, rows_number(size, 1));
    ad_tensor *small = ad_where(close, d, rows_number(d, 0));
    ad_tensor *half = ad_sinh(ad_scale(small, 0.5));
    ad_tensor *near = ad_log1p(ad_scale(ad_square(half), 2));
    ad_tensor *far = ad_add(size, ad_log1p(ad_exp(ad_scale(size, -2))));
    return ad_where(close, near, ad_shift(far, -0x1.62e42fefa39efp-1));
}

ad_tensor *ad_log_cosh(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_log_cosh", &loss_log_cosh.record, x, target, options, log_cosh, false);
}

static ad_tensor *cosine(ad_tensor *x, ad_tensor *z, const ad_loss_options *o)
{
    ad_tensor *xx = ad_shift(loss_last_sum(ad_square(x)), o->epsilon);
    ad_tensor *zz = ad_shift(loss_last_sum(ad_square(z)), o->epsilon);
    ad_tensor *size = ad_mul(ad_sqrt(xx), ad_sqrt(zz));
    return ad_shift(ad_neg(ad_div(loss_last_sum(ad_mul(x, z)), size)), 1);
}

ad_tensor *ad_cosine_distance(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_cosine_distance", &objective_cosine_distance, x, target, options,
                         cosine, true);
}

LOSS_ROWS(smooth_l1,
          .beta = 1) = {ROW_LOSS(beta, 0, 1e9, "delta",
                                 "the distance from which on it grows in a line; 0: |x - target|")};
LOSS_ROWS(cosine_distance,
          .epsilon = 1e-12) = {ROW_LOSS(epsilon, 0, 1, "eps", "added to both squares of lengths")};

const ad_loss_record loss_smooth_l1 = {
    .record = {.name = "smooth_l1",
               .help = "Huber's loss over beta (Girshick 2015)",
               .formula = "d^2 / (2 beta) where |d| < beta, else |d| - beta / 2; d = x - target",
               .also = "smooth_l1_loss",
               AD_RECORD_OPTIONS(smooth_l1_rows, smooth_l1_initial)},
    .make = ad_smooth_l1};
const ad_loss_record loss_log_cosh = {
    .record = {.name = "log_cosh", .help = "log(cosh(x - target))", .also = "logcosh", LOSS_PLAIN},
    .make = ad_log_cosh};
const ad_record objective_cosine_distance = {
    .name = "cosine_distance",
    .help = "one less the cosine of the angle between rows of x and of the target",
    .formula = "1 - sum(x t) / sqrt((sum(x^2) + epsilon) (sum(t^2) + epsilon))",
    .also = "cosine cosine_similarity",
    AD_RECORD_OPTIONS(cosine_distance_rows, cosine_distance_initial)};
