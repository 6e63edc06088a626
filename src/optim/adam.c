/* Adam (Kingma and Ba 2014) and AdamW (Loshchilov and Hutter 2017), as PyTorch has them.  t counts
 * the updates from 1:
 *
 *     g = g + decay w                     Adam
 *     w = w - rate decay w                AdamW
 *     m = m + (1 - beta1) (g - m)
 *     v = beta2 v + (1 - beta2) g^2
 *     w = w - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 *
 * The single numbers are computed in f64 and rounded to the type of the weight where they meet it:
 * 1 - 0.999^t in f32 would lose three digits in the first steps. */

#include "optim/optimizer.h"
#include "optim/record.h"

#define ADAM_RATE 0.001
#define ADAMW_DECAY 0.01

static ad_tensor *number(struct optimizer *s, double value)
{
    return ad_number(s->graph, AD_F64, value);
}

/* 1 - beta^t */
static ad_tensor *correction(struct optimizer *s, double beta)
{
    if (beta == 0)
        return number(s, 1);
    return ad_sub(number(s, 1), ad_pow(number(s, beta), s->steps));
}

/* w after the decay that does not go through the gradient. */
static ad_tensor *decayed(struct optimizer *s, const struct parameter *p)
{
    if (p->decay == 0)
        return optimizer_weight(p);
    ad_tensor *loss = ad_scale(optimizer_rate(s, p), p->decay);
    return ad_mul(optimizer_weight(p), optimizer_as(p, ad_sub(number(s, 1), loss)));
}

static ad_tensor *first_moment(struct optimizer *s, const struct parameter *p, ad_tensor *g)
{
    ad_tensor *slot = optimizer_slot(s, p, "exp_avg");
    ad_tensor *m = ad_add(slot, ad_scale(ad_sub(g, slot), 1 - s->o.beta1));
    optimizer_assign(s, slot, m);
    return m;
}

static ad_tensor *second_moment(struct optimizer *s, const struct parameter *p, ad_tensor *g)
{
    ad_tensor *slot = optimizer_slot(s, p, "exp_avg_sq");
    ad_tensor *v = ad_add(ad_scale(slot, s->o.beta2), ad_scale(ad_square(g), 1 - s->o.beta2));
    optimizer_assign(s, slot, v);
    return v;
}

static void step(struct optimizer *s, const struct parameter *p, ad_tensor *w, ad_tensor *g)
{
    ad_tensor *m = first_moment(s, p, g), *v = second_moment(s, p, g);
    ad_tensor *rate = ad_div(optimizer_rate(s, p), correction(s, s->o.beta1));
    ad_tensor *grown = optimizer_as(p, ad_rsqrt(correction(s, s->o.beta2)));
    ad_tensor *root = ad_mul(ad_sqrt(v), grown);
    ad_tensor *direction = ad_div(m, ad_shift(root, s->o.epsilon));
    optimizer_assign(s, p->variable, ad_sub(w, ad_mul(direction, optimizer_as(p, rate))));
}

static void adam_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = p->gradient;
    if (p->decay != 0)
        g = ad_add(g, ad_scale(p->variable, p->decay));
    step(s, p, optimizer_weight(p), g);
}

static void adamw_rule(struct optimizer *s, const struct parameter *p)
{
    step(s, p, decayed(s, p), p->gradient);
}

ad_tensor *ad_adam(ad_tensor *loss, const ad_optimizer_options *options)
{
    static const struct method method = {.name = "adam",
                                         .rate = ADAM_RATE,
                                         .uses = USES_BETAS | USES_EPSILON,
                                         .counts_steps = true,
                                         .rule = adam_rule};
    return optimizer_build(&method, loss, options);
}

ad_tensor *ad_adamw(ad_tensor *loss, const ad_optimizer_options *options)
{
    static const struct method method = {.name = "adamw",
                                         .rate = ADAM_RATE,
                                         .decay = ADAMW_DECAY,
                                         .uses = USES_BETAS | USES_EPSILON,
                                         .counts_steps = true,
                                         .rule = adamw_rule};
    return optimizer_build(&method, loss, options);
}

/* ---------------------------------------------------------------- records */

static const ad_option adam_rows[] = {
    ROW_RATE,
    ROW_SHARE(beta1, "betas", "share of the old mean kept"),
    ROW_SHARE(beta2, NULL, "share of the old mean square kept"),
    ROW_EPSILON,
    ROW_DECAY("weight decay: L2 in the gradient"),
};

static const ad_optimizer_options adam_initial =
    AD_OPTIONS_INIT(ad_optimizer_options, .rate = ADAM_RATE, .decay = 0);

static ad_tensor *make_adam(ad_tensor *loss, const ad_optimizer_options *options)
{
    ad_optimizer_options o;
    return ad_adam(loss, optimizer_chosen(&o, options, &adam_initial));
}

const ad_optimizer_record optimizer_adam = {
    .record = {.name = "adam",
               .help = "by means of each gradient and its square (Kingma and Ba 2014)",
               AD_RECORD_OPTIONS(adam_rows, adam_initial)},
    .make = make_adam};

static const ad_option adamw_rows[] = {
    ROW_RATE,
    ROW_SHARE(beta1, "betas", "share of the old mean kept"),
    ROW_SHARE(beta2, NULL, "share of the old mean square kept"),
    ROW_EPSILON,
    ROW_DECAY("weight decay: off the weight, by rate times this"),
};

static const ad_optimizer_options adamw_initial =
    AD_OPTIONS_INIT(ad_optimizer_options, .rate = ADAM_RATE, .decay = ADAMW_DECAY);

static ad_tensor *make_adamw(ad_tensor *loss, const ad_optimizer_options *options)
{
    ad_optimizer_options o;
    return ad_adamw(loss, optimizer_chosen(&o, options, &adamw_initial));
}

const ad_optimizer_record optimizer_adamw = {
    .record = {.name = "adamw",
               .help = "adam with a decay of the weights themselves (Loshchilov and Hutter 2017)",
               AD_RECORD_OPTIONS(adamw_rows, adamw_initial)},
    .make = make_adamw};
