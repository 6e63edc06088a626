/* Adze beyond the core: what a build with -DADZE_EXTRAS=OFF leaves out.  adze.h includes this. */
#ifndef ADZE_MORE_H
#define ADZE_MORE_H

#include <adze/adze.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- element by element
 * As those of adze.h: of f32 and f64 where nothing else is said, NaN in, NaN out. */

AD_API ad_tensor *ad_log2(ad_tensor *x); /* to the base 2, exact for powers of two; NaN below 0 */
AD_API ad_tensor *ad_exp2(ad_tensor *x); /* 2^x */
AD_API ad_tensor *ad_tan(ad_tensor *x);  /* of radians */
AD_API ad_tensor *ad_asin(ad_tensor *x); /* NaN beyond -1 to 1, as acos and atanh */
AD_API ad_tensor *ad_acos(ad_tensor *x);
AD_API ad_tensor *ad_atan(ad_tensor *x);
AD_API ad_tensor *ad_sinh(ad_tensor *x);
AD_API ad_tensor *ad_cosh(ad_tensor *x);
AD_API ad_tensor *ad_asinh(ad_tensor *x);
AD_API ad_tensor *ad_acosh(ad_tensor *x); /* NaN below 1 */
AD_API ad_tensor *ad_atanh(ad_tensor *x);
/* the angle of the point (x, y), from -pi to pi, with C's values for zeros and infinities; at (0,
 * 0) the gradient is 0 */
AD_API ad_tensor *ad_atan2(ad_tensor *y, ad_tensor *x);
/* sqrt(x^2 + z^2) without overflow; gradient 0 where both are 0 */
AD_API ad_tensor *ad_hypot(ad_tensor *x, ad_tensor *z);

AD_API ad_tensor *ad_erfc(ad_tensor *x);     /* 1 - erf(x), exact far above 0 */
AD_API ad_tensor *ad_erfinv(ad_tensor *x);   /* the inverse of erf; NaN beyond -1 to 1 */
AD_API ad_tensor *ad_ndtr(ad_tensor *x);     /* normal distribution function */
AD_API ad_tensor *ad_log_ndtr(ad_tensor *x); /* its logarithm, exact far below 0 */
AD_API ad_tensor *ad_ndtri(ad_tensor *x);    /* its inverse; NaN beyond 0 to 1 */
AD_API ad_tensor *ad_lgamma(ad_tensor *x);   /* log |gamma(x)| */
AD_API ad_tensor *ad_digamma(ad_tensor *x);  /* its derivative; at 0 -1 / x, at -1, -2... NaN */
AD_API ad_tensor *ad_trigamma(ad_tensor *x); /* its second derivative */
/* its derivative of order n + 1, 0 <= n <= 170 (PyTorch's polygamma(n, x)); at 0, -1, -2...
 * infinite with the sign that it has above */
AD_API ad_tensor *ad_polygamma(ad_tensor *x, int n);

/* Of numbers, as div (f32, f64, i32, i64, u8): what is left of x after whole multiples of z, exact.
 * mod has the sign of x, as C's fmod and %; remainder that of z, as Python's %.  By zero: NaN; x
 * for whole numbers.  The quotient counts as a constant in gradients. */
AD_API ad_tensor *ad_mod(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_remainder(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_is_nan(ad_tensor *x); /* bool */
AD_API ad_tensor *ad_is_inf(ad_tensor *x); /* bool, of either sign */

/* Bits of whole numbers (i32, i64, u8; two's complement).  A shift to the left drops what leaves
 * the type; one to the right rounds down, and so keeps the sign.  z negative or as large as the
 * type has bits: all bits have left, so 0, or -1 for negative x to the right. */
AD_API ad_tensor *ad_bit_and(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_bit_or(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_bit_xor(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_bit_not(ad_tensor *x);
AD_API ad_tensor *ad_bit_shift_left(ad_tensor *x, ad_tensor *z);  /* x 2^z */
AD_API ad_tensor *ad_bit_shift_right(ad_tensor *x, ad_tensor *z); /* x 2^-z */

/* x between low and high, which wins where it is below low; infinities leave a side open.  The
 * gradient at and beyond a limit is 0 (PyTorch 2.15; 1 at a limit in PyTorch before). */
AD_API ad_tensor *ad_clamp(ad_tensor *x, double low, double high);

/* Activations, with PyTorch's formulas; gradients at kinks are those of PyTorch 2.15. */
AD_API ad_tensor *ad_log_sigmoid(ad_tensor *x);  /* log(1 / (1 + e^-x)) */
AD_API ad_tensor *ad_logit(ad_tensor *x);        /* log(x / (1 - x)), NaN beyond 0 to 1 */
AD_API ad_tensor *ad_mish(ad_tensor *x);         /* x tanh(log(1 + e^x)) (Misra 2019) */
AD_API ad_tensor *ad_relu6(ad_tensor *x);        /* clamp(x, 0, 6) */
AD_API ad_tensor *ad_hard_sigmoid(ad_tensor *x); /* clamp(x / 6 + 1/2, 0, 1) */
AD_API ad_tensor *ad_hard_swish(ad_tensor *x);   /* x hard_sigmoid(x) (Howard et al. 2019) */
AD_API ad_tensor *ad_softsign(ad_tensor *x);     /* x / (1 + |x|), 1 and -1 at the infinities */
AD_API ad_tensor *ad_tanh_shrink(ad_tensor *x);  /* x - tanh(x), to a rounding of x */
/* x above zero, alpha (e^(x / alpha) - 1) below; alpha is not 0 (Barron 2017) */
AD_API ad_tensor *ad_celu(ad_tensor *x, double alpha);
/* clamp(x, min_val, max_val) */
AD_API ad_tensor *ad_hard_tanh(ad_tensor *x, double min_val, double max_val);
/* x where |x| is above lambd, else 0 */
AD_API ad_tensor *ad_hard_shrink(ad_tensor *x, double lambd);
/* x moved toward 0 by lambd >= 0, 0 where |x| is not above it */
AD_API ad_tensor *ad_soft_shrink(ad_tensor *x, double lambd);
/* x above the limit, else value */
AD_API ad_tensor *ad_threshold(ad_tensor *x, double limit, double value);
/* a sigmoid(b), a and b the halves of x along an axis, which is an even number (Dauphin et al.
 * 2017) */
AD_API ad_tensor *ad_glu(ad_tensor *x, int axis);
/* x (..., n pieces) -> (..., n), the largest of each `pieces` neighbours (Goodfellow et al. 2013)
 */
AD_API ad_tensor *ad_maxout(ad_tensor *x, int64_t pieces);

/* ---------------------------------------------------------------- losses
 * As those of adze.h, with the options of ad_loss_options that are named; a mean is over all
 * losses, or with .weight sum(weight loss) / sum(weight); a mean of nothing is NaN, a sum 0.  d = x
 * - t, t is the target.  Where nothing else is said, x and target are of one type (f32, f64) and
 * shape, there is one loss for each element, and NaN gives NaN.  adze losses prints all of them. */

/* d^2 / (2 beta) where |d| < beta, else |d| - beta / 2; beta >= 0, 1 (Girshick 2015) */
AD_API ad_tensor *ad_smooth_l1(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* log(cosh(d)), exact near 0 and without overflow */
AD_API ad_tensor *ad_log_cosh(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* 1 - cosine of the angle between rows, (..., features) to (...); .epsilon 1e-12 is added to both
 * squares of lengths, so rows of zeros cost 1 */
AD_API ad_tensor *ad_cosine_distance(ad_tensor *x, ad_tensor *target,
                                     const ad_loss_options *options);
/* e^x - t x; not .log_input: x - t log(x + epsilon), 1e-8.  .full: t log t - t + log(2 pi t) / 2
 * more where t > 1 */
AD_API ad_tensor *ad_poisson_nll(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* k (x + t e^-x), k = .shape (1): minus the log-likelihood of a gamma distribution whose mean is
 * e^x and variance e^(2 x) / k.  .full: lgamma(k) - k log k - (k - 1) log t more, t > 0 */
AD_API ad_tensor *ad_gamma_nll(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* (t + r) log(1 + e^x / r) - t (x - log r), r = .shape (1): counts whose mean is e^x and variance
 * e^x + e^(2 x) / r.  .full: lgamma(r) + lgamma(t + 1) - lgamma(t + r) more */
AD_API ad_tensor *ad_negative_binomial(ad_tensor *x, ad_tensor *target,
                                       const ad_loss_options *options);
/* e^((2 - p) x) / (2 - p) - t e^((1 - p) x) / (1 - p), p = .power between 1 and 2 (1.5): amounts
 * that may be 0 and whose mean is e^x */
AD_API ad_tensor *ad_tweedie(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);

/* - sum of class_weight[c] q[c] log softmax(logits)[c]: logits (..., classes).  A target of i32 or
 * i64 (...) is a label: q is 1 there; one that is .ignore_index (-100) costs 0 and does not count,
 * and the mean is over the class weights of the labels that do: NaN where none does.  A target of
 * the logits' type and shape is q itself, and the mean is over rows.  .label_smoothing a: (1 - a) q
 * + a / classes.  .class_weight (classes).  Where q is 0 a logit of -infinity costs nothing. */
AD_API ad_tensor *ad_weighted_cross_entropy(ad_tensor *logits, ad_tensor *target,
                                            const ad_loss_options *options);
/* - (1 - p)^gamma log p, p = softmax(logits)[label], .gamma 2 (Lin et al. 2017).  Where p is 1 a
 * gamma between 0 and 1 has no slope: NaN. */
AD_API ad_tensor *ad_focal(ad_tensor *logits, ad_tensor *label, const ad_loss_options *options);
/* sum over the other classes of max(0, margin - x[label] + x[c])^power / classes, times
 * class_weight[label]; .margin 1, .power (PyTorch's p) 1,
 * from 1 to 2; x (..., classes), label (...) */
AD_API ad_tensor *ad_multi_margin(ad_tensor *x, ad_tensor *label, const ad_loss_options *options);
/* - log(sigmoid(limit[label] - x) - sigmoid(limit[label - 1] - x)), with limits of -infinity and
 * infinity beyond: x and label (...), limit (classes - 1), growing, else NaN (McCullagh 1980) */
AD_API ad_tensor *ad_ordinal(ad_tensor *x, ad_tensor *limit, ad_tensor *label,
                             const ad_loss_options *options);

/* pos_weight t log(1 + e^-x) + (1 - t) log(1 + e^x); .pos_weight broadcasts to x; infinite logits
 * as of ad_binary_cross_entropy */
AD_API ad_tensor *ad_weighted_binary_cross_entropy(ad_tensor *logits, ad_tensor *target,
                                                   const ad_loss_options *options);
/* binary cross-entropy times (s (1 - t) + (1 - s) t)^gamma (alpha t + (1 - alpha) (1 - t)), s =
 * sigmoid(x), .gamma 2, .alpha 0.25, below 0: without it (torchvision's sigmoid_focal_loss) */
AD_API ad_tensor *ad_binary_focal(ad_tensor *logits, ad_tensor *target,
                                  const ad_loss_options *options);
/* max(0, margin - (2 t - 1) x)^power, of targets 0 and 1; .margin 1, .power 1, from 1 to 2 */
AD_API ad_tensor *ad_hinge(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* the mean over a row of binary cross-entropies times .class_weight: (..., labels) to (...) */
AD_API ad_tensor *ad_multilabel_soft_margin(ad_tensor *logits, ad_tensor *target,
                                            const ad_loss_options *options);
/* sum over i, j of t[i] (1 - t[j]) max(0, margin - x[i] + x[j]) / labels: (..., labels) to (...),
 * targets 0 and 1 (PyTorch's are lists of numbers); .margin 1 */
AD_API ad_tensor *ad_multilabel_margin(ad_tensor *x, ad_tensor *target,
                                       const ad_loss_options *options);
/* 1 - (2 sum(s t) + smooth) / (sum(s) + sum(t) + smooth), s = sigmoid(x), sums over all axes but
 * the first: (batch); .smooth 1; with 0 an empty target that is met is 0 / 0, NaN */
AD_API ad_tensor *ad_dice(ad_tensor *logits, ad_tensor *target, const ad_loss_options *options);

/* t (log t - x), 0 where t is 0, whatever x is; x is a logarithm of chances.  .log_target: t is one
 * too.  .reduction AD_REDUCE_BATCH_MEAN is the divergence's own mean. */
AD_API ad_tensor *ad_kl_divergence(ad_tensor *log_p, ad_tensor *target,
                                   const ad_loss_options *options);
/* (KL(p, m) + KL(q, m)) / 2, m = (p + q) / 2, of rows of logarithms: (..., classes) to (...) (Lin
 * 1991) */
AD_API ad_tensor *ad_js_divergence(ad_tensor *log_p, ad_tensor *log_q,
                                   const ad_loss_options *options);
/* (log v + d^2 / v) / 2, v = max(variance, epsilon), 1e-6; .full: log(2 pi) / 2 more.  As in
 * PyTorch the gradient passes a variance below epsilon; a negative one counts as epsilon too. */
AD_API ad_tensor *ad_gaussian_nll(ad_tensor *x, ad_tensor *target, ad_tensor *variance,
                                  const ad_loss_options *options);
/* log b + |d| / b, b = max(scale, epsilon); .full: log 2 more; else as ad_gaussian_nll */
AD_API ad_tensor *ad_laplace_nll(ad_tensor *x, ad_tensor *target, ad_tensor *scale,
                                 const ad_loss_options *options);

/* 1 - c where target > 0, else max(0, c - margin), c the cosine of x and z (..., features); target
 * (...) of their type; .margin 0 */
AD_API ad_tensor *ad_cosine_embedding(ad_tensor *x, ad_tensor *z, ad_tensor *target,
                                      const ad_loss_options *options);
/* max(0, D(anchor, positive) - D(anchor, negative) + margin), D(a, b) the p-norm of a - b +
 * epsilon: (..., features) to (...); .margin 1, .p 2, from 1 to INFINITY, .epsilon 1e-6.  .swap:
 * D(positive, negative) where it is the smaller one (Balntas et al. 2016) */
AD_API ad_tensor *ad_triplet(ad_tensor *anchor, ad_tensor *positive, ad_tensor *negative,
                             const ad_loss_options *options);
/* the same of distances; other, of positive and negative, may be NULL */
AD_API ad_tensor *ad_triplet_distance(ad_tensor *near, ad_tensor *far, ad_tensor *other,
                                      const ad_loss_options *options);
/* (t d^2 + (1 - t) max(0, margin - d)^2) / 2, d = |x - z| over features, with slope 0 at 0: t is 1
 * for pairs that belong together; .margin 1 (Hadsell, Chopra and LeCun 2006) */
AD_API ad_tensor *ad_contrastive(ad_tensor *x, ad_tensor *z, ad_tensor *target,
                                 const ad_loss_options *options);
/* - log softmax(c[i])[i], c[i][j] the cosine of query i and key j over .temperature (0.07): (batch,
 * features) both.  .symmetric: the mean with keys as queries (van den Oord et al. 2018; Radford et
 * al. 2021) */
AD_API ad_tensor *ad_info_nce(ad_tensor *query, ad_tensor *key, const ad_loss_options *options);

/* Minus the logarithm of the chance of all ways to write a target over time (Graves et al. 2006).
 * log_probs (batch, time, classes), logarithms as of ad_log_softmax; target (batch, labels), of
 * which target_length (batch) count and the rest is anything; of the times input_length (batch)
 * count.  .blank 0.  The mean is that of loss / max(1, target_length).  A target that cannot be
 * written in its time costs infinity, with .zero_infinity 0, with gradient 0 both ways (PyTorch's
 * is NaN without zero_infinity).  The gradient is that by log_probs themselves: PyTorch's is right
 * only where log_softmax made them.  A length or label out of range fails the run. */
AD_API ad_tensor *ad_ctc(ad_tensor *log_probs, ad_tensor *target, ad_tensor *input_length,
                         ad_tensor *target_length, const ad_loss_options *options);

typedef enum ad_gan_rule {
    AD_GAN_NON_SATURATING, /* Goodfellow et al. 2014, as MINIMAX */
    AD_GAN_MINIMAX,
    AD_GAN_LEAST_SQUARES, /* Mao et al. 2017 */
    AD_GAN_HINGE,         /* Lim and Ye 2017 */
    AD_GAN_WASSERSTEIN    /* Arjovsky et al. 2017 */
} ad_gan_rule;
/* Of scores, logits, of real and of made examples, means of each: softplus(-real) + softplus(made);
 * ((real - 1)^2 + made^2) / 2; max(0, 1 - real) + max(0, 1 + made); made - real */
AD_API ad_tensor *ad_gan_discriminator(ad_tensor *real, ad_tensor *made, ad_gan_rule rule);
/* softplus(-made); -softplus(made); (made - 1)^2 / 2; -made, and for Wasserstein too */
AD_API ad_tensor *ad_gan_generator(ad_tensor *made, ad_gan_rule rule);
/* factor times the mean of (|d score / d x| - 1)^2, the length over all axes but the first; score
 * is a critic's of x (batch, ...), of points between real and made, factor 10 (Gulrajani et al.
 * 2017).  The slope of a length of 0 is 0. */
AD_API ad_tensor *ad_gradient_penalty(ad_tensor *score, ad_tensor *x, double factor);

/* Records of the other losses, which a configuration does not choose; NULL past the last. */
AD_API const struct ad_record *ad_objective_at(int i);

/* ---------------------------------------------------------------- optimizers
 * As those of adze.h, with the options that are named; t counts updates from 1, m and v are means
 * kept of the gradient and of its square (1 - beta of each new one), mh = m / (1 - beta1^t), vh = v
 * / (1 - beta2^t).  Formulas and defaults as in PyTorch 2.15 where it has the method; lion, lamb
 * and lars as in timm 1.0.  decay is added to the gradient as decay w, where nothing else is said;
 * decoupled: w = w - rate decay w before the step. */

/* s = s + g^2 from .accumulator (0); w -= rate / (1 + (t - 1) rate_decay) g / (sqrt(s) + epsilon);
 * rate 0.01, rate_decay 0, epsilon 1e-10 (Duchi, Hazan and Singer 2011) */
AD_API ad_tensor *ad_adagrad(ad_tensor *loss, const ad_optimizer_options *options);
/* s = alpha s + (1 - alpha) g^2; d = sqrt(u + epsilon) / sqrt(s + epsilon) g; u = alpha u + (1 -
 * alpha) d^2; w -= rate d; rate 1, alpha 0.9, epsilon 1e-6 (Zeiler 2012) */
AD_API ad_tensor *ad_adadelta(ad_tensor *loss, const ad_optimizer_options *options);
/* u = max(beta2 u, |g| + epsilon); w -= rate mh / u; rate 0.002 (Kingma and Ba 2014) */
AD_API ad_tensor *ad_adamax(ad_tensor *loss, const ad_optimizer_options *options);
/* mu(t) = beta1 (1 - 0.96^(t momentum_decay) / 2), P(t) = mu(1) ... mu(t); w -= rate ((1 - mu(t)) /
 * (1 - P(t)) g + mu(t + 1) / (1 - P(t + 1)) m) / (sqrt(vh) + epsilon); rate 0.002, momentum_decay
 * 0.004; .decoupled (Dozat 2016) */
AD_API ad_tensor *ad_nadam(ad_tensor *loss, const ad_optimizer_options *options);
/* q = 2 / (1 - beta2) - 1, p = q - 2 t beta2^t / (1 - beta2^t); where p > 5: w -= rate mh sqrt((p -
 * 4) (p - 2) q (1 - beta2^t) / ((q - 4) (q - 2) p)) / (sqrt(v) + epsilon), else w -= rate mh; rate
 * 0.001; .decoupled (Liu et al. 2019) */
AD_API ad_tensor *ad_radam(ad_tensor *loss, const ad_optimizer_options *options);
/* b = t^beta2_decay.  From two axes on: r = r + b (mean of g^2 over the last axis - r), c the same
 * over the one before it, V = r c / max(mean of r, epsilon); else V = V + b (g^2 - V).  u = g /
 * sqrt(max(V, epsilon^2)); w -= max(epsilon2, rms(w)) min(rate, 1 / sqrt(t)) u / max(1, rms(u) /
 * threshold); rate 0.01, beta2_decay -0.8, epsilon 2^-23 in f32 and 2^-52 in f64, epsilon2 0.001,
 * threshold 1; decay is decoupled (Shazeer and Stern 2018) */
AD_API ad_tensor *ad_adafactor(ad_tensor *loss, const ad_optimizer_options *options);
/* w -= rate sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g; rate 1e-4, betas 0.9, 0.99;
 * decay is decoupled (Chen et al. 2023) */
AD_API ad_tensor *ad_lion(ad_tensor *loss, const ad_optimizer_options *options);
/* u = mh / (sqrt(vh) + epsilon) + decay w; r = |w| / |u|, 1 where one of them is 0; w -= rate r u;
 * rate 0.001, epsilon 1e-6, decay 0.01.  r is 1 where decay is 0, unless .always_adapt; at most 1
 * with .trust_clip; .decoupled (You et al. 2019) */
AD_API ad_tensor *ad_lamb(ad_tensor *loss, const ad_optimizer_options *options);
/* r = trust |w| / (|g| + decay |w| + epsilon), 1 where |w| or |g| is 0; then as ad_sgd with r (g +
 * decay w); rate 1, momentum 0, trust 0.001, epsilon 1e-8; .dampening, .nesterov.  r is 1 where
 * decay is 0, unless .always_adapt; min(r / rate, 1) with .trust_clip (You, Gitman and Ginsburg
 * 2017) */
AD_API ad_tensor *ad_lars(ad_tensor *loss, const ad_optimizer_options *options);
/* Of a matrix (out, in): m = momentum m + (1 - momentum) g; X = u / max(|u|, epsilon), u = (1 -
 * momentum) g + momentum m, or m with .plain; ns_steps times X = ns_a X + (ns_b A + ns_c A A) X, A
 * = X X^T, which brings its singular values near 1; w -= rate s X, s by .adjust: original
 * sqrt(max(1, out / in)), match_rms_adamw sqrt(max(out, in)) / 5, spectral_unclamped sqrt(out /
 * in), none 1. rate 0.001, momentum 0.95, epsilon 1e-7, ns 3.4445, -4.775, 2.0315, 5 times; decay
 * 0.1, decoupled (Jordan et al. 2024).  PyTorch makes X in bf16, this in the variable's type.
 * Variables that are no matrices, and tables of embeddings, are trained as by ad_adamw with the
 * same rate, decay and epsilon, and .beta1, .beta2. */
AD_API ad_tensor *ad_muon(ad_tensor *loss, const ad_optimizer_options *options);
/* A step of its own for each element, from rate on: times eta_plus where g has the sign of the last
 * one, times eta_minus where it has the other, and then g counts as 0; from step_min to step_max. w
 * -= sign(g) step; rate 0.01 (of which only the first run's counts), 0.5 and 1.2, 1e-6 to 50; for
 * full batches (Riedmiller and Braun 1993) */
AD_API ad_tensor *ad_rprop(ad_tensor *loss, const ad_optimizer_options *options);
/* e = rate / (1 + lambda rate (t - 1))^alpha; w = (1 - lambda e) w - e g; buffers NAME.ax.VARIABLE
 * have the mean of w from step `begin` on: ax += (w - ax) / max(1, t - 1 - begin); rate 0.01,
 * lambda 1e-4, alpha 0.75, begin 1e6 (Polyak and Juditsky 1992) */
AD_API ad_tensor *ad_asgd(ad_tensor *loss, const ad_optimizer_options *options);

/* ---------------------------------------------------------------- around an optimizer
 * Each returns what it is given as a new loss or the same step. */

/* Equal means of weights (Izmailov et al. 2018): in runs begin, begin + every... of step, from 0,
 * the buffers "average.NAME" take the weights in, the first as it is, and before they are the
 * weights: ad_averaged and ad_take_averages read them.  Running statistics of batch norm have to be
 * made anew by training runs with rate 0. */
AD_API ad_tensor *ad_swa(ad_tensor *step, int64_t begin, int64_t every);
/* Look-ahead (Zhang et al. 2019): every k runs slow += alpha (w - slow), w = slow; slow begins as
 * the weights before the first run: 5, 0.5. */
AD_API ad_tensor *ad_lookahead(ad_tensor *step, int64_t k, double alpha);
/* The loss at w + rho g / |g|, g its gradient at w over all trainable variables together (Foret et
 * al. 2021): what an optimizer of it does is a step of SAM.  Two passes: about twice the time. */
AD_API ad_tensor *ad_sam(ad_tensor *loss, double rho);
/* The loss, whose gradients have normal noise of variance eta / (1 + t)^gamma added, t = ad_step
 * (Neelakantan et al. 2015): 0.01 to 1, 0.55. */
AD_API ad_tensor *ad_noisy_gradient(ad_tensor *loss, double eta, double gamma);

/* What happens to weights after each run of a step. */
typedef struct ad_constraint_options {
    AD_HEAD_(ad_constraint_options);
    const char *match AD_IS("*"); /* full names of variables; * stands for any text */
    double rate AD_IS(1);         /* that of the step */
    ad_tensor *rate_tensor AD_IS(NULL);
    double l1 AD_IS(0);    /* proximal: w = sign(w) max(|w| - rate l1, 0), exact zeros */
    double l2 AD_IS(0);    /* then w / (1 + rate l2): both make the elastic net */
    double group AD_IS(0); /* then each row r of a matrix, or first index: r max(0, 1 - rate group
                              sqrt(elements) / |r|) (Yuan and Lin 2006) */
    double max_norm AD_IS(0); /* then r min(1, max_norm / |r|) (Srivastava et al. 2014); 0: none */
} ad_constraint_options;
/* Proximal steps (Parikh and Boyd 2014) and the largest norm of rows, after the updates made so
 * far. Refuses a match that matches no trainable variable.  Returns step. */
AD_API ad_tensor *ad_constrain(ad_tensor *step, const ad_constraint_options *options);
/* |W W^T - I|^2, of W^T W where W has more rows than columns: added to a loss it keeps rows, or
 * columns, orthogonal (Brock et al. 2017). */
AD_API ad_tensor *ad_orthogonal_penalty(ad_tensor *w);

/* ---------------------------------------------------------------- minimizers
 * For functions that are whole: all examples in each evaluation (full batch). */

typedef struct ad_objective {
    /* value and gradient at x; a value that is not finite is a place too far */
    ad_status (*evaluate)(void *user, const double *x, double *value, double *gradient);
    /* Newton-CG: the Hessian at x times v */
    ad_status (*product)(void *user, const double *x, const double *v, double *result);
    void *user;
} ad_objective;

typedef enum ad_minimizer {
    AD_MINIMIZE_LBFGS,     /* Liu and Nocedal 1989 */
    AD_MINIMIZE_CONJUGATE, /* nonlinear conjugate gradients, Polak and Ribiere's with restarts */
    AD_MINIMIZE_NEWTON_CG  /* Newton's steps, solved for by conjugate gradients (Dembo and
                              Steihaug 1983) */
} ad_minimizer;

typedef struct ad_minimized {
    double value, gradient; /* at the end; gradient: its largest element */
    int64_t evaluations, products, iterations;
    bool converged;
} ad_minimized;

typedef struct ad_minimize_options {
    AD_HEAD_(ad_minimize_options);
    ad_minimizer method AD_IS({});
    int64_t memory AD_IS(10);        /* L-BFGS: pairs of steps and changes kept */
    double tolerance AD_IS(1e-8);    /* of the largest element of the gradient */
    int64_t evaluations AD_IS(1000); /* at most so many, but a line that was begun is ended */
    ad_minimized *result AD_IS(NULL);
    int64_t iterations AD_IS(0); /* at most so many; 0: any number */
    /* ad_minimize_room(n, these) numbers of the caller's, zeros at first: all that a method knows.
     * A call that is given what another left in them goes on from there, whatever is in x, as if
     * there had been one call. */
    double *keep AD_IS(NULL);
} ad_minimize_options;
AD_API int64_t ad_minimize_room(int64_t n, const ad_minimize_options *options);
/* Minimizes from x on, in place, along lines that end by the strong Wolfe conditions (Nocedal and
 * Wright 2006; 1e-4, and 0.8 of L-BFGS, 0.4 of conjugate gradients, 0.9 of Newton-CG).  AD_OK also
 * where it did not converge: .result says it; then x is the best that was found.  Fails where the
 * function does, and where it is not finite at the beginning.  No iteration without convergence
 * means that rounding hides what is better. */
AD_API AD_CHECKED ad_status ad_minimize(const ad_objective *f, int64_t n, double *x,
                                        const ad_minimize_options *options);
/* The same for what loss is made of: all of its trainable variables, f32 or f64, in the state. feed
 * and array: what the loss needs, the same in each evaluation.  The Hessian is that of the graph.
 */
AD_API AD_CHECKED ad_status ad_minimize_loss(ad_state *state, ad_tensor *loss,
                                             ad_tensor *const *feed, const ad_array *array,
                                             int feeds, const ad_minimize_options *options);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "more_call.h"

#include "ops.h"

#include "layers.h"

#endif
