/* Steps measured by the weights' own norm: LAMB and LARS; more.h has the formulas. */
#include "core/graph.h"
#include "optim/record.h"

/* f64, rank 0 */
static ad_tensor *norm_of(ad_tensor *x)
{
    return ad_sqrt(ad_sum(ad_square(ad_cast(x, AD_F64)), AD_ALL, NULL));
}

/* ratio, or 1 where one of the norms is 0 */
static ad_tensor *if_both(struct optimizer *s, ad_tensor *a, ad_tensor *b, ad_tensor *ratio)
{
    ad_tensor *zero = optimizer_number(s, 0);
    ad_tensor *both = ad_and(ad_greater(a, zero), ad_greater(b, zero));
    return ad_where(both, ratio, optimizer_number(s, 1));
}

#define ROW_ADAPT                                          \
    ROW_TRUTH(trust_clip, NULL, "the ratio is at most 1"), \
        ROW_TRUTH(always_adapt, NULL, "the ratio counts where decay is 0 too")

static void lamb_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *m = optimizer_mean(s, p, p->gradient), *w = optimizer_weight(p);
    ad_tensor *v = optimizer_mean_square(s, p, p->gradient);
    ad_tensor *grown = optimizer_as(p, ad_rsqrt(optimizer_correction(s, s->o.beta2)));
    ad_tensor *mean = ad_div(m, optimizer_as(p, optimizer_correction(s, s->o.beta1)));
    ad_tensor *u = ad_div(mean, ad_shift(ad_mul(ad_sqrt(v), grown), s->o.epsilon));
    if (s->o.decoupled)
        w = optimizer_decayed(s, p);
    else if (p->decay != 0)
        u = ad_add(u, ad_scale(w, p->decay));
    ad_tensor *rate = optimizer_rate(s, p);
    if (p->decay != 0 || s->o.always_adapt) {
        ad_tensor *of_w = norm_of(w), *of_u = norm_of(u);
        ad_tensor *ratio = if_both(s, of_w, of_u, ad_div(of_w, of_u));
        rate = ad_mul(rate, s->o.trust_clip ? ad_minimum(ratio, optimizer_number(s, 1)) : ratio);
    }
    optimizer_step(s, p, w, rate, u);
}

static const ad_option lamb_rows[] = {
    ROW_RATE,
    ROW_BETAS,
    ROW_EPSILON,
    ROW_ADAPT,
    ROW_TRUTH(decoupled, "decoupled_decay", "decay goes off the weight before the step"),
    ROW_DECAY("weight decay: in the step, before the ratio"),
};

USUAL(lamb, .rate = 0.001, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-6, .decay = 0.01);

METHOD(lamb, lamb_usual, NULL, "adam by the weights' own size, for large batches (You et al. 2019)",
       "m, v as adam; u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) + decay w;\n"
       "w = w - rate |w| / |u| u; without decay: w - rate u")

static ad_tensor *trusted(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *of_w = norm_of(p->variable), *of_g = norm_of(p->gradient);
    ad_tensor *below = ad_shift(ad_add(of_g, ad_scale(of_w, p->decay)), s->o.epsilon);
    ad_tensor *ratio = if_both(s, of_w, of_g, ad_div(ad_scale(of_w, s->o.trust), below));
    if (!s->o.trust_clip)
        return ratio;
    return ad_minimum(ad_div(ratio, optimizer_rate(s, p)), optimizer_number(s, 1));
}

static void lars_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = optimizer_gradient(p);
    if (p->decay != 0 || s->o.always_adapt)
        g = ad_mul(g, optimizer_as(p, trusted(s, p)));
    ad_tensor *step = optimizer_momentum(s, p, g);
    optimizer_step(s, p, optimizer_weight(p), optimizer_rate(s, p), step);
}

static const ad_option lars_rows[] = {
    ROW_RATE,
    ROW_MOMENTUM,
    ROW_DAMPENING,
    ROW_NESTEROV,
    ROW_NUMBER(trust, 1e3, "trust_coeff trust_coefficient", "share of the weights' size in a step"),
    ROW_EPSILON,
    ROW_ADAPT,
    ROW_DECAY("weight decay: in the gradient, before the ratio"),
};

USUAL(lars, .rate = 1, .momentum = 0, .dampening = 0, .trust = 0.001, .epsilon = 1e-8, .decay = 0);

METHOD(lars, lars_usual, "larc",
       "sgd by the weights' own size, for large batches (You, Gitman and Ginsburg 2017)",
       "r = trust |w| / (|g| + decay |w| + epsilon); without decay 1; then as sgd with r (g + "
       "decay w)")
