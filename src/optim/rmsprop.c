/* RMSProp (Tieleman and Hinton 2012), as PyTorch has it:
 *
 *     g = g + decay w
 *     s = alpha s + (1 - alpha) g^2
 *     u = g / (sqrt(s) + epsilon)
 *     v = momentum v + u
 *     w = w - rate v                      without momentum: w - rate u */
#include "optim/optimizer.h"
#include "optim/record.h"

#define RMSPROP_RATE 0.01

static void rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *w = p->variable, *g = p->gradient;
    if (p->decay != 0)
        g = ad_add(g, ad_scale(w, p->decay));
    ad_tensor *slot = optimizer_slot(s, p, "square_avg");
    ad_tensor *square = ad_add(ad_scale(slot, s->o.alpha), ad_scale(ad_square(g), 1 - s->o.alpha));
    optimizer_assign(s, slot, square);
    ad_tensor *step = ad_div(g, ad_shift(ad_sqrt(square), s->o.epsilon));
    if (s->o.momentum != 0) {
        ad_tensor *v = optimizer_slot(s, p, "momentum_buffer");
        step = ad_add(ad_scale(v, s->o.momentum), step);
        optimizer_assign(s, v, step);
    }
    ad_tensor *rate = optimizer_as(p, optimizer_rate(s, p));
    optimizer_assign(s, w, ad_sub(optimizer_weight(p), ad_mul(step, rate)));
}

ad_tensor *ad_rmsprop(ad_tensor *loss, const ad_optimizer_options *options)
{
    static const struct method method = {.name = "rmsprop",
                                         .rate = RMSPROP_RATE,
                                         .uses = USES_MOMENTUM | USES_ALPHA | USES_EPSILON,
                                         .rule = rule};
    return optimizer_build(&method, loss, options);
}

/* ---------------------------------------------------------------- record */

static const ad_option rmsprop_rows[] = {
    ROW_RATE,
    ROW_SHARE(alpha, "rho", "share of the old mean square kept"),
    ROW_MOMENTUM,
    ROW_EPSILON,
    ROW_DECAY("weight decay: L2 in the gradient"),
};

static const ad_optimizer_options rmsprop_initial =
    AD_OPTIONS_INIT(ad_optimizer_options, .rate = RMSPROP_RATE, .decay = 0);

static ad_tensor *make_rmsprop(ad_tensor *loss, const ad_optimizer_options *options)
{
    ad_optimizer_options o;
    return ad_rmsprop(loss, optimizer_chosen(&o, options, &rmsprop_initial));
}

const ad_optimizer_record optimizer_rmsprop = {
    .record = {.name = "rmsprop",
               .help = "by a mean square of each gradient (Tieleman and Hinton 2012)",
               AD_RECORD_OPTIONS(rmsprop_rows, rmsprop_initial)},
    .make = make_rmsprop};
