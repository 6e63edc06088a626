/* Distances of distributions, and minus logarithms of likelihoods with a spread of their own. */
#include "nn/more/loss.h"

/* ---- Kullback and Leibler, Jensen and Shannon */

static ad_tensor *kl(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    if (o->log_target)
        return ad_weigh(ad_sub(t, x), ad_exp(t));
    return ad_weigh(ad_sub(ad_log(t), x), t);
}

ad_tensor *ad_kl_divergence(ad_tensor *log_p, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_kl_divergence", &objective_kl_divergence, log_p, target, options, kl,
                         false);
}

static ad_tensor *js(ad_tensor *x, ad_tensor *z, const ad_loss_options *o)
{
    (void)o;
    ad_tensor *p = ad_exp(x), *q = ad_exp(z), *m = ad_scale(ad_add(p, q), 0.5);
    ad_tensor *none = ad_equal(m, rows_number(m, 0));
    ad_tensor *log_m = ad_log(ad_where(none, rows_number(m, 1), m));
    ad_tensor *both = ad_add(ad_weigh(ad_sub(x, log_m), p), ad_weigh(ad_sub(z, log_m), q));
    return ad_scale(loss_last_sum(both), 0.5);
}

ad_tensor *ad_js_divergence(ad_tensor *log_p, ad_tensor *log_q, const ad_loss_options *options)
{
    return loss_of_alike("ad_js_divergence", &objective_js_divergence, log_p, log_q, options, js,
                         true);
}

/* ---- Gauss, Laplace */

/* At least epsilon; the gradient is that of x itself. */
static ad_tensor *floored(ad_tensor *x, double epsilon)
{
    ad_tensor *least = rows_number(x, epsilon);
    ad_tensor *lift = ad_sub(least, x);
    ad_tensor *low = ad_less(x, least);
    return ad_add(x, ad_stop_gradient(ad_where(low, lift, rows_number(x, 0))));
}

static ad_tensor *likelihood(const char *call, const ad_record *record, ad_tensor *x,
                             ad_tensor *target, ad_tensor *spread, const ad_loss_options *options,
                             bool gauss)
{
    ad_loss_options o;
    ad_tensor *poison = loss_alike(call, x, target);
    poison = poison ? poison : loss_alike(call, x, spread);
    poison = poison ? poison : loss_settle(call, record, x, &o, options);
    if (poison)
        return poison;
    ad_tensor *check = ad_add(ad_sub(ad_sub(x, x), ad_sub(target, target)), ad_sub(spread, spread));
    ad_tensor *out = o.weight ? loss_hidden(&o, check) : NULL;
    ad_tensor *d = ad_sub(loss_without(x, out), loss_without(target, out));
    spread = floored(loss_without(spread, out), o.epsilon);
    ad_tensor *far = gauss ? ad_square(d) : ad_abs(d);
    ad_tensor *loss = ad_add(ad_log(spread), ad_div(far, spread));
    if (gauss)
        loss = ad_scale(loss, 0.5);
    /* log(2 pi) / 2, log 2 */
    if (o.full)
        loss = ad_shift(loss, gauss ? 0x1.d67f1c864beb5p-1 : 0x1.62e42fefa39efp-1);
    return loss_reduce(call, loss, &o);
}

ad_tensor *ad_gaussian_nll(ad_tensor *x, ad_tensor *target, ad_tensor *variance,
                           const ad_loss_options *options)
{
    return likelihood("ad_gaussian_nll", &objective_gaussian_nll, x, target, variance, options,
                      true);
}

ad_tensor *ad_laplace_nll(ad_tensor *x, ad_tensor *target, ad_tensor *scale,
                          const ad_loss_options *options)
{
    return likelihood("ad_laplace_nll", &objective_laplace_nll, x, target, scale, options, false);
}

/* ---------------------------------------------------------------- records */

#define ROWS_OF_SPREAD                                                                    \
    {                                                                                     \
        ROW_TRUTH(ad_loss_options, full, NULL, "with the constant"),                      \
            ROW_LOSS_ABOVE(epsilon, 0, 1e9, "eps", "the least that the spread counts as") \
    }

static const ad_option kl_divergence_rows[] = {
    ROW_TRUTH(ad_loss_options, log_target, NULL, "the target is a logarithm too")};
LOSS_ROWS(gaussian_nll, .epsilon = 1e-6) = ROWS_OF_SPREAD;
LOSS_ROWS(laplace_nll, .epsilon = 1e-6) = ROWS_OF_SPREAD;

const ad_record objective_kl_divergence = {
    .name = "kl_divergence",
    .help = "of logarithms of chances from a target (Kullback and Leibler 1951)",
    .formula = "t (log t - x)",
    AD_RECORD_OPTIONS(kl_divergence_rows, loss_initial)};
const ad_record objective_js_divergence = {
    .name = "js_divergence",
    .help = "of two rows of logarithms of chances, the same either way (Lin 1991)",
    .formula = "(sum p (log p - log m) + sum q (log q - log m)) / 2, m = (p + q) / 2",
    LOSS_PLAIN};
const ad_record objective_gaussian_nll = {
    .name = "gaussian_nll",
    .help = "of a mean and a variance (Nix and Weigend 1994)",
    .formula = "(log v + (x - t)^2 / v) / 2, v = max(variance, epsilon); full: log(2 pi) / 2 more",
    AD_RECORD_OPTIONS(gaussian_nll_rows, gaussian_nll_initial)};
const ad_record objective_laplace_nll = {
    .name = "laplace_nll",
    .help = "of a median and a scale",
    .formula = "log b + |x - t| / b, b = max(scale, epsilon); full: log 2 more",
    AD_RECORD_OPTIONS(laplace_nll_rows, laplace_nll_initial)};
