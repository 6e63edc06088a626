/* Which options make sense, for whom, within which limits. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/option.h"
#include "optim/optimizer.h"

ad_tensor *optimizer_mistake(const struct optimizer *s, ad_status status, const char *format, ...)
{
    char words[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return graph_poison(s->graph, status, "%s: %s", s->name ? s->name : s->method->name, words);
}

static ad_tensor *check_loss(const struct optimizer *s)
{
    const ad_tensor *loss = s->loss;
    if (loss->type != AD_F32 && loss->type != AD_F64)
        return optimizer_mistake(s, AD_ERROR_TYPE, "the loss is %s and has to be f32 or f64",
                                 ad_type_name(loss->type));
    if (loss->shape.rank)
        return optimizer_mistake(s, AD_ERROR_SHAPE,
                                 "the loss is %s and has to be one number; take its ad_mean",
                                 graph_shape_text(s->graph, &loss->shape));
    return NULL;
}

static ad_tensor *check_rate(const struct optimizer *s)
{
    const ad_tensor *rate = s->o->rate_tensor;
    if (!(s->rate >= 0) || isinf(s->rate))
        return optimizer_mistake(
            s, AD_ERROR_ARGUMENT,
            ".rate is %g; a learning rate is a number above zero, %g for example", s->rate,
            s->method->rate);
    if (!rate)
        return NULL;
    if (option_given(s->o->rate))
        return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                                 ".rate = %g and .rate_tensor are both given; leave one out",
                                 s->rate);
    ad_tensor *poison = graph_check(s->graph, s->name, &s->o->rate_tensor, 1);
    if (poison || ((rate->type == AD_F32 || rate->type == AD_F64) && !rate->shape.rank))
        return poison;
    return optimizer_mistake(s, AD_ERROR_SHAPE, ".rate_tensor is %s %s and has to be f32 of rank 0",
                             ad_type_name(rate->type), graph_shape_text(s->graph, &rate->shape));
}

/* An option, who knows it, and the numbers it may be. */
struct limit {
    const char *name, *methods;
    int uses; /* 0: all methods */
    double given, value, usual, low, high;
    bool below_high; /* high itself is too much */
};

static ad_tensor *check_limit(const struct optimizer *s, const struct limit *l)
{
    bool known = !l->uses || (s->method->uses & l->uses);
    if (!known && option_given(l->given) && l->given != l->usual)
        return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s = %g is an option of %s, not of %s",
                                 l->name, l->given, l->methods, s->method->name);
    bool inside = l->value >= l->low && (l->below_high ? l->value < l->high : l->value <= l->high);
    if (!known || inside)
        return NULL;
    if (l->high >= 1e9)
        return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s is %g; it is a number from %g up",
                                 l->name, l->value, l->low);
    return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s is %g; it has to be %s %g and %s %g",
                             l->name, l->value, "at least", l->low,
                             l->below_high ? "below" : "at most", l->high);
}

static ad_tensor *check_limits(const struct optimizer *s)
{
    const ad_optimizer_options *o = s->o;
    const double most = 1e300;
    const struct limit limits[] = {
        {"momentum", "ad_sgd and ad_rmsprop", USES_MOMENTUM, o->momentum, s->momentum, 0, 0, 1,
         false},
        {"beta1", "ad_adam and ad_adamw", USES_BETAS, o->beta1, s->beta1, 0.9, 0, 1, true},
        {"beta2", "ad_adam and ad_adamw", USES_BETAS, o->beta2, s->beta2, 0.999, 0, 1, true},
        {"alpha", "ad_rmsprop", USES_ALPHA, o->alpha, s->alpha, 0.99, 0, 1, false},
        {"epsilon", "ad_rmsprop, ad_adam and ad_adamw", USES_EPSILON, o->epsilon, s->epsilon, 1e-8,
         0, most, false},
        {"decay", "", 0, o->decay, s->decay, 0, 0, most, false},
        {"clip_norm", "", 0, o->clip_norm, o->clip_norm, 0, 0, most, false},
        {"clip_value", "", 0, o->clip_value, o->clip_value, 0, 0, most, false},
        {"accumulate", "", 0, o->accumulate, o->accumulate, 0, 0, 1e9, false},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        ad_tensor *poison = check_limit(s, &limits[i]);
        if (poison)
            return poison;
    }
    return NULL;
}

static ad_tensor *check_nesterov(const struct optimizer *s)
{
    if (!s->o->nesterov)
        return NULL;
    if (!(s->method->uses & USES_NESTEROV))
        return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                                 ".nesterov is an option of ad_sgd, not of %s", s->method->name);
    if (s->momentum > 0)
        return NULL;
    return optimizer_mistake(
        s, AD_ERROR_ARGUMENT,
        ".nesterov looks ahead along the momentum, which is 0; give .momentum = 0.9");
}

static ad_tensor *check_groups(const struct optimizer *s)
{
    for (int i = 0; i < 8 && s->o->groups[i].match; i++) {
        const ad_group *g = &s->o->groups[i];
        if (!(option(g->rate_scale, 1) >= 0) || isinf(g->rate_scale) || !(g->decay >= 0) ||
            isinf(g->decay))
            return optimizer_mistake(
                s, AD_ERROR_ARGUMENT,
                "group '%s' has .rate_scale %g and .decay %g; both are numbers from 0", g->match,
                g->rate_scale, g->decay);
    }
    return NULL;
}

ad_tensor *optimizer_check(const struct optimizer *s)
{
    ad_tensor *poison = check_loss(s);
    poison = poison ? poison : check_rate(s);
    poison = poison ? poison : check_limits(s);
    poison = poison ? poison : check_nesterov(s);
    return poison ? poison : check_groups(s);
}
