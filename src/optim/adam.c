/* Adam (Kingma and Ba 2014) and AdamW (Loshchilov and Hutter 2017), as PyTorch has them.  t counts
 * the updates from 1:
 *
 *     g = g + decay w                     Adam
 *     w = w - rate decay w                AdamW
 *     m = m + (1 - beta1) (g - m)
 *     v = beta2 v + (1 - beta2) g^2
 *     w = w - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 *
 * amsgrad (Reddi et al. 2018): the largest v so far, before its correction, stands for v.
 *
 * The single numbers are computed in f64 and rounded to the type of the weight where they meet it:
 * 1 - 0.999^t in f32 would lose three digits in the first steps. */
#include "optim/record.h"

ad_tensor *optimizer_correction(struct optimizer *s, double beta)
{
    ad_tensor *one = optimizer_number(s, 1);
    return beta == 0 ? one : ad_sub(one, ad_pow(optimizer_number(s, beta), optimizer_steps(s)));
}

ad_tensor *optimizer_mean(struct optimizer *s, const struct parameter *p, ad_tensor *g)
{
    ad_tensor *slot = optimizer_slot(s, p, "exp_avg");
    ad_tensor *m = ad_add(slot, ad_scale(ad_sub(g, slot), 1 - s->o.beta1));
    optimizer_assign(s, slot, m);
    return m;
}

ad_tensor *optimizer_mean_square(struct optimizer *s, const struct parameter *p, ad_tensor *g)
{
    ad_tensor *slot = optimizer_slot(s, p, "exp_avg_sq");
    ad_tensor *v = ad_add(ad_scale(slot, s->o.beta2), ad_scale(ad_square(g), 1 - s->o.beta2));
    optimizer_assign(s, slot, v);
    return v;
}

static ad_tensor *largest(struct optimizer *s, const struct parameter *p, ad_tensor *v)
{
    ad_tensor *slot = optimizer_slot(s, p, "max_exp_avg_sq");
    v = ad_maximum(slot, v);
    optimizer_assign(s, slot, v);
    return v;
}

static void step(struct optimizer *s, const struct parameter *p, ad_tensor *w, ad_tensor *g)
{
    optimizer_steps(s);
    ad_tensor *m = optimizer_mean(s, p, g), *v = optimizer_mean_square(s, p, g);
    if (s->o.amsgrad)
        v = largest(s, p, v);
    ad_tensor *rate = ad_div(optimizer_rate(s, p), optimizer_correction(s, s->o.beta1));
    ad_tensor *grown = optimizer_as(p, ad_rsqrt(optimizer_correction(s, s->o.beta2)));
    ad_tensor *root = ad_mul(ad_sqrt(v), grown);
    ad_tensor *direction = ad_div(m, ad_shift(root, s->o.epsilon));
    optimizer_step(s, p, w, rate, direction);
}

static void adam_rule(struct optimizer *s, const struct parameter *p)
{
    step(s, p, optimizer_weight(p), optimizer_gradient(p));
}

void optimizer_as_adamw(struct optimizer *s, const struct parameter *p)
{
    step(s, p, optimizer_decayed(s, p), p->gradient);
}

/* ---------------------------------------------------------------- records */

#define ROW_AMSGRAD \
    ROW_TRUTH(amsgrad, NULL, "by the largest mean square so far (Reddi et al. 2018)")
#define MOMENTS                                                     \
    "m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;\n" \
    "w = w - rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)"

/* Of both. */
static const ad_option adam_rows[] = {
    ROW_RATE,
    ROW_BETAS,
    ROW_EPSILON,
    ROW_AMSGRAD,
    ROW_DECAY(
        "weight decay: of adam L2 in the gradient, of adamw off the weight by rate times this"),
};

METHOD(adam, optimizer_moments, NULL,
       "by means of each gradient and its square (Kingma and Ba 2014)", "g = g + decay w; " MOMENTS)

#define adamw_rows adam_rows
#define adamw_rule optimizer_as_adamw
USUAL(adamw, .rate = 0.001, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 0.01);

METHOD(adamw, adamw_usual, NULL,
       "adam with a decay of the weights themselves (Loshchilov and Hutter 2017)",
       "w = w - rate decay w; " MOMENTS)
