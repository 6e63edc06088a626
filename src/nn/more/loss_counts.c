/* Losses of counts and amounts, minus logarithms of likelihoods: Poisson, gamma, negative binomial,
 * Tweedie. */
#include "nn/more/loss.h"

#include <math.h>

/* t log t - t + log(2 pi t) / 2 where t > 1, else 0. */
static ad_tensor *stirling(ad_tensor *t)
{
    ad_tensor *above = ad_greater(t, rows_number(t, 1));
    ad_tensor *s = ad_where(above, t, rows_number(t, 1));
    ad_tensor *log = ad_log(s);
    ad_tensor *tail = ad_scale(ad_shift(log, 0x1.d67f1c864beb5p+0), 0.5); /* log(2 pi) */
    return ad_where(above, ad_add(ad_sub(ad_mul(s, log), s), tail), rows_number(t, 0));
}

static ad_tensor *poisson(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    ad_tensor *loss = o->log_input ? ad_sub(ad_exp(x), ad_mul(t, x))
                                   : ad_sub(x, ad_mul(t, ad_log(ad_shift(x, o->epsilon))));
    return o->full ? ad_add(loss, stirling(t)) : loss;
}

ad_tensor *ad_poisson_nll(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_poisson_nll", &objective_poisson_nll, x, target, options, poisson,
                         false);
}

static ad_tensor *gamma_loss(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    double k = o->shape;
    ad_tensor *loss = ad_scale(ad_add(x, ad_mul(t, ad_exp(ad_neg(x)))), k);
    if (!o->full)
        return loss;
    return ad_add(loss, ad_shift(ad_scale(ad_log(t), 1 - k), lgamma(k) - k * log(k)));
}

ad_tensor *ad_gamma_nll(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_gamma_nll", &loss_gamma_nll.record, x, target, options, gamma_loss,
                         false);
}

/* With u = x - log r: (t + r) log(1 + e^u) - t u. */
static ad_tensor *binomial(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    double r = o->shape;
    ad_tensor *u = ad_shift(x, -log(r)), *all = ad_shift(t, r);
    ad_tensor *loss = ad_sub(ad_mul(all, ad_softplus(u)), ad_mul(t, u));
    if (!o->full)
        return loss;
    ad_tensor *rest = ad_sub(ad_lgamma(ad_shift(t, 1)), ad_lgamma(all));
    return ad_add(loss, ad_shift(rest, lgamma(r)));
}

ad_tensor *ad_negative_binomial(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_negative_binomial", &loss_negative_binomial.record, x, target, options,
                         binomial, false);
}

static ad_tensor *tweedie(ad_tensor *x, ad_tensor *t, const ad_loss_options *o)
{
    double a = 2 - o->power, b = 1 - o->power;
    return ad_sub(ad_scale(ad_exp(ad_scale(x, a)), 1 / a),
                  ad_mul(t, ad_scale(ad_exp(ad_scale(x, b)), 1 / b)));
}

ad_tensor *ad_tweedie(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return loss_of_alike("ad_tweedie", &loss_tweedie.record, x, target, options, tweedie, false);
}

#define ROW_FULL ROW_TRUTH(ad_loss_options, full, NULL, "with what does not depend on x")

LOSS_ROWS(poisson_nll, .epsilon = 1e-8) = {
    ROW_TRUTH(ad_loss_options, log_input, NULL, "x is the logarithm of the mean; else the mean"),
    ROW_FULL, ROW_LOSS(epsilon, 0, 1, "eps", "added to x before its logarithm is taken")};
LOSS_ROWS(gamma_nll, .shape = 1) = {
    ROW_LOSS_ABOVE(shape, 0, 1e6, "k concentration", "of the distribution: mean^2 over variance"),
    ROW_FULL};
LOSS_ROWS(negative_binomial,
          .shape = 1) = {ROW_LOSS_ABOVE(shape, 0, 1e6, "r total_count dispersion",
                                        "the variance is mean + mean^2 / shape"),
                         ROW_FULL};
LOSS_ROWS(tweedie, .power = 1.5) = {{.name = "power",
                                     .type = AD_OPTION_NUMBER,
                                     .low = 1,
                                     .high = 2,
                                     .above_low = true,
                                     .below_high = true,
                                     .offset = offsetof(ad_loss_options, power),
                                     .also = "tweedie_variance_power rho",
                                     .help = "the variance grows as the mean to it"}};

const ad_record objective_poisson_nll = {
    .name = "poisson_nll",
    .help = "of counts, with PyTorch's options",
    .formula = "e^x - t x, or x - t log(x + epsilon); full: t log t - t + log(2 pi t) / 2 "
               "more where t > 1",
    .also = "poisson_nll_loss",
    AD_RECORD_OPTIONS(poisson_nll_rows, poisson_nll_initial)};
const ad_loss_record loss_gamma_nll = {
    .record = {.name = "gamma_nll",
               .help = "of amounts above 0: the output is the logarithm of the mean",
               .formula = "k (x + t e^-x); full: lgamma(k) - k log k - (k - 1) log t more",
               .also = "gamma gamma_deviance",
               AD_RECORD_OPTIONS(gamma_nll_rows, gamma_nll_initial)},
    .make = ad_gamma_nll};
const ad_loss_record loss_negative_binomial = {
    .record = {.name = "negative_binomial",
               .help = "of counts that spread more than Poisson's: the output is the logarithm of "
                       "the mean",
               .formula =
                   "(t + r) log(1 + e^x / r) - t (x - log r); full: lgamma(r) + lgamma(t + 1) "
                   "- lgamma(t + r) more",
               .also = "negative_binomial_nll nb",
               AD_RECORD_OPTIONS(negative_binomial_rows, negative_binomial_initial)},
    .make = ad_negative_binomial};
const ad_loss_record loss_tweedie = {
    .record = {.name = "tweedie",
               .help = "of amounts that are often 0: the output is the logarithm of the mean "
                       "(Tweedie 1984)",
               .formula = "e^((2 - p) x) / (2 - p) - t e^((1 - p) x) / (1 - p)",
               .also = "tweedie_deviance",
               AD_RECORD_OPTIONS(tweedie_rows, tweedie_initial)},
    .make = ad_tweedie};
