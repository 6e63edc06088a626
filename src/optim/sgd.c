/* Stochastic gradient descent with momentum (Polyak 1964; Sutskever et al. 2013), as PyTorch has
 * it:
 *
 *     g = g + decay w
 *     v = momentum v + (1 - dampening) g  v = g in the first step
 *     w = w - rate v                      nesterov: w - rate (g + momentum v) */
#include "optim/record.h"

/* v times the momentum */
static ad_tensor *kept(const struct optimizer *s, const struct parameter *p, ad_tensor *v)
{
#ifdef ADZE_EXTRAS
    if (s->o.momentum_tensor)
        return ad_mul(v, optimizer_as(p, s->o.momentum_tensor));
#endif
    (void)p;
    return ad_scale(v, s->o.momentum);
}

ad_tensor *optimizer_momentum(struct optimizer *s, const struct parameter *p, ad_tensor *g)
{
    if (s->o.momentum == 0 && !s->o.momentum_tensor)
        return g;
    ad_tensor *slot = optimizer_slot(s, p, "momentum_buffer"), *part = g;
    if (s->o.dampening != 0) {
        ad_tensor *first = ad_equal(optimizer_steps(s), optimizer_number(s, 1));
        part = ad_where(first, g, ad_scale(g, 1 - s->o.dampening));
    }
    ad_tensor *v = ad_add(kept(s, p, slot), part);
    optimizer_assign(s, slot, v);
    return s->o.nesterov ? ad_add(g, kept(s, p, v)) : v;
}

static void sgd_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *step = optimizer_momentum(s, p, optimizer_gradient(p));
    optimizer_step(s, p, optimizer_weight(p), optimizer_rate(s, p), step);
}

/* ---------------------------------------------------------------- record */

static const ad_option sgd_rows[] = {
    ROW_RATE, ROW_MOMENTUM, ROW_DAMPENING, ROW_NESTEROV, ROW_L2,
};

METHOD(sgd, optimizer_plain, "momentum gradient_descent", "down the gradient, with momentum",
       "g = g + decay w; v = momentum v + (1 - dampening) g, in the first step g;\n"
       "w = w - rate v; nesterov: w - rate (g + momentum v) (Polyak 1964)")
