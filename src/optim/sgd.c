/* Stochastic gradient descent with momentum (Polyak 1964; Sutskever et al. 2013), as PyTorch has
 * it:
 *
 *     g = g + decay w
 *     v = momentum v + g
 *     w = w - rate v                      nesterov: w - rate (g + momentum v) */
#include "optim/optimizer.h"
#include "optim/record.h"

#define SGD_RATE 0.01

static void rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *w = p->variable, *g = p->gradient;
    if (p->decay != 0)
        g = ad_add(g, ad_scale(w, p->decay));
    if (s->o.momentum != 0) {
        ad_tensor *slot = optimizer_slot(s, p, "momentum_buffer");
        ad_tensor *v = ad_add(ad_scale(slot, s->o.momentum), g);
        optimizer_assign(s, slot, v);
        g = s->o.nesterov ? ad_add(g, ad_scale(v, s->o.momentum)) : v;
    }
    ad_tensor *rate = optimizer_as(p, optimizer_rate(s, p));
    optimizer_assign(s, w, ad_sub(optimizer_weight(p), ad_mul(g, rate)));
}

ad_tensor *ad_sgd(ad_tensor *loss, const ad_optimizer_options *options)
{
    static const struct method method = {
        .name = "sgd", .rate = SGD_RATE, .uses = USES_MOMENTUM | USES_NESTEROV, .rule = rule};
    return optimizer_build(&method, loss, options);
}

/* ---------------------------------------------------------------- record */

static const ad_option sgd_rows[] = {
    ROW_RATE,
    ROW_MOMENTUM,
    {ROW_OF(nesterov), .type = AD_OPTION_TRUTH, .help = "look ahead by the momentum"},
    ROW_DECAY("weight decay: L2 in the gradient"),
};

static const ad_optimizer_options sgd_initial =
    AD_OPTIONS_INIT(ad_optimizer_options, .rate = SGD_RATE, .decay = 0);

static ad_tensor *make_sgd(ad_tensor *loss, const ad_optimizer_options *options)
{
    ad_optimizer_options o;
    return ad_sgd(loss, optimizer_chosen(&o, options, &sgd_initial));
}

const ad_optimizer_record optimizer_sgd = {.record = {.name = "sgd",
                                                      .also = "momentum gradient_descent",
                                                      .help = "down the gradient, with momentum",
                                                      AD_RECORD_OPTIONS(sgd_rows, sgd_initial)},
                                           .make = make_sgd};
