/* Kin of Adam: Adamax, NAdam, RAdam, and ASGD; more.h has the formulas. */
#include "core/graph.h"
#include "optim/record.h"

/* ---- Adamax */

static void adamax_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = optimizer_gradient(p), *m = optimizer_mean(s, p, g);
    ad_tensor *slot = optimizer_slot(s, p, "exp_inf");
    ad_tensor *u = ad_maximum(ad_scale(slot, s->o.beta2), ad_shift(ad_abs(g), s->o.epsilon));
    optimizer_assign(s, slot, u);
    ad_tensor *rate = ad_div(optimizer_rate(s, p), optimizer_correction(s, s->o.beta1));
    optimizer_step(s, p, optimizer_weight(p), rate, ad_div(m, u));
}

static const ad_option adamax_rows[] = {ROW_RATE, ROW_BETAS, ROW_EPSILON, ROW_L2};

/* of NAdam too */
USUAL(nadam, .rate = 0.002, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .momentum_decay = 0.004,
      .decay = 0);

METHOD(adamax, nadam_usual, NULL, "adam by the largest gradient (Kingma and Ba 2014)",
       "g = g + decay w; m = beta1 m + (1 - beta1) g; u = max(beta2 u, |g| + epsilon);\n"
       "w = w - rate m / (1 - beta1^t) / u")

/* ---- NAdam */

#define ROW_DECOUPLED                              \
    ROW_TRUTH(decoupled, "decoupled_weight_decay", \
              "decay goes off the weight, not through the gradient")

static ad_tensor *weight_of(struct optimizer *s, const struct parameter *p)
{
    return s->o.decoupled ? optimizer_decayed(s, p) : optimizer_weight(p);
}

static ad_tensor *gradient_of(struct optimizer *s, const struct parameter *p)
{
    return s->o.decoupled ? p->gradient : optimizer_gradient(p);
}

/* beta1 (1 - 0.96^(t momentum_decay) / 2) */
static ad_tensor *momentum_at(struct optimizer *s, ad_tensor *t)
{
    ad_tensor *power = ad_pow(optimizer_number(s, 0.96), ad_scale(t, s->o.momentum_decay));
    return ad_scale(ad_shift(ad_scale(power, -0.5), 1), s->o.beta1);
}

/* The product of all momenta so far, one for all variables: f64, rank 0. */
static ad_tensor *momenta(struct optimizer *s, const struct parameter *p, ad_tensor *mu)
{
    if (s->kept)
        return s->kept;
    struct parameter number = *p;
    ad_tensor *slot = optimizer_slot_of(s, &number, "mu_product", AD_SCALAR, 1);
    s->kept = ad_mul(ad_cast(slot, AD_F64), mu);
    optimizer_assign(s, slot, ad_cast(s->kept, slot->type));
    return s->kept;
}

static void nadam_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = gradient_of(s, p), *t = optimizer_steps(s), *rate = optimizer_rate(s, p);
    ad_tensor *one = optimizer_number(s, 1);
    ad_tensor *mu = momentum_at(s, t), *next = momentum_at(s, ad_shift(t, 1));
    ad_tensor *all = momenta(s, p, mu);
    ad_tensor *m = optimizer_mean(s, p, g), *v = optimizer_mean_square(s, p, g);
    ad_tensor *grown = optimizer_as(p, ad_reciprocal(optimizer_correction(s, s->o.beta2)));
    ad_tensor *below = ad_shift(ad_sqrt(ad_mul(v, grown)), s->o.epsilon);
    ad_tensor *of_g = ad_div(ad_sub(one, mu), ad_sub(one, all));
    ad_tensor *of_m = ad_div(next, ad_sub(one, ad_mul(all, next)));
    ad_tensor *step = ad_add(ad_mul(g, optimizer_as(p, of_g)), ad_mul(m, optimizer_as(p, of_m)));
    optimizer_step(s, p, weight_of(s, p), rate, ad_div(step, below));
}

static const ad_option nadam_rows[] = {
    ROW_RATE,      ROW_BETAS,
    ROW_EPSILON,   ROW_NUMBER(momentum_decay, 1e3, NULL, "how fast the momentum rises to beta1"),
    ROW_DECOUPLED, ROW_L2,
};

METHOD(nadam, nadam_usual, NULL, "adam with Nesterov's momentum (Dozat 2016)",
       "mu(t) = beta1 (1 - 0.96^(t momentum_decay) / 2); P(t) = mu(1) ... mu(t); m, v as adam;\n"
       "w = w - rate ((1 - mu(t)) / (1 - P(t)) g + mu(t + 1) / (1 - P(t + 1)) m) /\n"
       "(sqrt(v / (1 - beta2^t)) + epsilon)")

/* ---- RAdam */

/* sqrt((p - 4) (p - 2) q / ((q - 4) (q - 2) p)), of a p above 5. */
static ad_tensor *rectified(ad_tensor *p, double q)
{
    ad_tensor *above = ad_mul(ad_shift(p, -4), ad_shift(p, -2));
    return ad_sqrt(ad_scale(ad_div(above, p), q / ((q - 4) * (q - 2))));
}

static void radam_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = gradient_of(s, p), *t = optimizer_steps(s);
    ad_tensor *m = optimizer_mean(s, p, g), *v = optimizer_mean_square(s, p, g);
    double q = 2 / (1 - s->o.beta2) - 1;
    ad_tensor *grown = optimizer_correction(s, s->o.beta2);
    ad_tensor *power = ad_pow(optimizer_number(s, s->o.beta2), t);
    ad_tensor *length = ad_shift(ad_neg(ad_div(ad_mul(ad_scale(t, 2), power), grown)), q);
    ad_tensor *enough = ad_greater(length, optimizer_number(s, 5));
    ad_tensor *factor = ad_mul(rectified(length, q), ad_sqrt(grown));
    ad_tensor *root = ad_shift(ad_sqrt(v), s->o.epsilon);
    ad_tensor *step = ad_where(enough, ad_div(ad_mul(m, optimizer_as(p, factor)), root), m);
    ad_tensor *rate = ad_div(optimizer_rate(s, p), optimizer_correction(s, s->o.beta1));
    optimizer_step(s, p, weight_of(s, p), rate, step);
}

static const ad_option radam_rows[] = {ROW_RATE, ROW_BETAS, ROW_EPSILON, ROW_DECOUPLED, ROW_L2};

METHOD(radam, optimizer_moments, NULL,
       "adam that waits until its mean square means something (Liu et al. 2019)",
       "q = 2 / (1 - beta2) - 1; p = q - 2 t beta2^t / (1 - beta2^t); m, v as adam; mh = m / (1 -\n"
       "beta1^t); p > 5: w = w - rate mh sqrt((p - 4) (p - 2) q (1 - beta2^t) / ((q - 4) (q - 2) "
       "p)) /\n"
       "(sqrt(v) + epsilon); else w = w - rate mh")

/* ---- averaged SGD */

static ad_tensor *at_least_one(struct optimizer *s, ad_tensor *x)
{
    return ad_maximum(x, optimizer_number(s, 1));
}

static void asgd_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = optimizer_gradient(p), *t = ad_shift(optimizer_steps(s), -1);
    ad_tensor *rate = optimizer_rate(s, p);
    ad_tensor *slower = ad_shift(ad_mul(ad_scale(rate, s->o.lambda), t), 1);
    ad_tensor *eta = ad_div(rate, ad_pow(slower, optimizer_number(s, s->o.alpha)));
    ad_tensor *kept = ad_shift(ad_scale(eta, -s->o.lambda), 1);
    ad_tensor *w = ad_mul(optimizer_weight(p), optimizer_as(p, kept));
    w = ad_sub(w, ad_mul(g, optimizer_as(p, eta)));
    optimizer_assign(s, p->variable, w);
    ad_tensor *count = at_least_one(s, ad_shift(t, -s->o.begin));
    ad_tensor *slot = optimizer_slot(s, p, "ax");
    ad_tensor *next = ad_add(slot, ad_mul(ad_sub(w, slot), optimizer_as(p, ad_reciprocal(count))));
    optimizer_assign(s, slot, ad_where(ad_equal(count, optimizer_number(s, 1)), w, next));
}

static const ad_option asgd_rows[] = {
    ROW_RATE,
    ROW_NUMBER(lambda, 1e6, "lambd", "how fast weights and rate fall"),
    ROW_NUMBER(alpha, 10, NULL, "power by which the rate falls"),
    ROW_NUMBER(begin, 1e18, "t0", "steps before the mean begins"),
    ROW_L2,
};

USUAL(asgd, .rate = 0.01, .lambda = 1e-4, .alpha = 0.75, .begin = 1e6, .decay = 0);

METHOD(asgd, asgd_usual, "averaged_sgd",
       "sgd that keeps the mean of its weights (Polyak and Juditsky 1992)",
       "g = g + decay w; e = rate / (1 + lambda rate (t - 1))^alpha; w = (1 - lambda e) w - e g;\n"
       "ax = ax + (w - ax) / max(1, t - 1 - begin)")
