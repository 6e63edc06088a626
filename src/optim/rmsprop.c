/* RMSProp (Tieleman and Hinton 2012), as PyTorch has it:
 *
 *     g = g + decay w
 *     s = alpha s + (1 - alpha) g^2
 *     u = g / (sqrt(s) + epsilon)         centered: s - a^2 for s, a = a + (1 - alpha) (g - a)
 *     v = momentum v + u
 *     w = w - rate v                      without momentum: w - rate u */
#include "optim/record.h"

static ad_tensor *centered(struct optimizer *s, const struct parameter *p, ad_tensor *g,
                           ad_tensor *square)
{
    ad_tensor *slot = optimizer_slot(s, p, "grad_avg");
    ad_tensor *mean = ad_add(slot, ad_scale(ad_sub(g, slot), 1 - s->o.alpha));
    optimizer_assign(s, slot, mean);
    return ad_sub(square, ad_square(mean));
}

static void rmsprop_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = optimizer_gradient(p);
    ad_tensor *slot = optimizer_slot(s, p, "square_avg");
    ad_tensor *square = ad_add(ad_scale(slot, s->o.alpha), ad_scale(ad_square(g), 1 - s->o.alpha));
    optimizer_assign(s, slot, square);
    if (s->o.centered)
        square = centered(s, p, g, square);
    ad_tensor *step = ad_div(g, ad_shift(ad_sqrt(square), s->o.epsilon));
    if (s->o.momentum != 0) {
        ad_tensor *v = optimizer_slot(s, p, "momentum_buffer");
        step = ad_add(ad_scale(v, s->o.momentum), step);
        optimizer_assign(s, v, step);
    }
    optimizer_step(s, p, optimizer_weight(p), optimizer_rate(s, p), step);
}

/* ---------------------------------------------------------------- record */

static const ad_option rmsprop_rows[] = {
    ROW_RATE,    ROW_SHARE(alpha, "rho", "share of the old mean square kept"), ROW_MOMENTUM,
    ROW_EPSILON, ROW_TRUTH(centered, NULL, "by the deviation of gradients"),   ROW_L2,
};

METHOD(rmsprop, optimizer_plain, NULL,
       "by a mean square of each gradient (Tieleman and Hinton 2012)",
       "g = g + decay w; s = alpha s + (1 - alpha) g^2; v = momentum v + g / (sqrt(s) + epsilon);\n"
       "w = w - rate v; centered: s - a^2 for s, a = alpha a + (1 - alpha) g")
