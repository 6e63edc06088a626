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
    const ad_tensor *rate = s->o.rate_tensor;
    if (!(s->o.rate >= 0) || isinf(s->o.rate))
        return optimizer_mistake(
            s, AD_ERROR_ARGUMENT,
            ".rate is %g; a learning rate is a number from 0 up, %g for example", s->o.rate,
            s->method->rate);
    if (!rate)
        return NULL;
    if (s->rate_given)
        return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                                 ".rate = %g and .rate_tensor are both given; leave one out",
                                 s->o.rate);
    ad_tensor *poison = graph_check(s->graph, s->name, &s->o.rate_tensor, 1);
    if (poison || ((rate->type == AD_F32 || rate->type == AD_F64) && !rate->shape.rank))
        return poison;
    return optimizer_mistake(s, AD_ERROR_SHAPE, ".rate_tensor is %s %s and has to be f32 of rank 0",
                             ad_type_name(rate->type), graph_shape_text(s->graph, &rate->shape));
}

/* An option, who knows it, its default, and the numbers it may be. */
struct limit {
    const char *name, *methods;
    int uses; /* 0: all methods */
    double given, usual, low, high;
    bool above_low, below_high; /* the end itself is not allowed */
};

static bool within(const struct limit *l)
{
    if (l->given == l->usual)
        return true;
    return (l->above_low ? l->given > l->low : l->given >= l->low) &&
           (l->below_high ? l->given < l->high : l->given <= l->high);
}

static ad_tensor *check_limit(const struct optimizer *s, const struct limit *l)
{
    if (l->uses && !(s->method->uses & l->uses)) {
        if (l->given == l->usual)
            return NULL;
        return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s = %g is an option of %s, not of %s",
                                 l->name, l->given, l->methods, s->method->name);
    }
    if (within(l))
        return NULL;
    if (l->above_low)
        return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                                 ".%s is %g; it is a number above %g; leave it out for no limit",
                                 l->name, l->given, l->low);
    if (l->high >= 1e9)
        return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s is %g; it is a number from %g up",
                                 l->name, l->given, l->low);
    return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s is %g; it has to be %s %g and %s %g",
                             l->name, l->given, "at least", l->low,
                             l->below_high ? "below" : "at most", l->high);
}

static ad_tensor *check_limits(const struct optimizer *s)
{
    const ad_optimizer_options *o = &s->o, usual = AD_OPTIONS(ad_optimizer_options);
    const double most = 1e300;
#define LIMIT(name, methods, uses, ...)                        \
    {                                                          \
#name, methods, uses, o->name, usual.name, __VA_ARGS__ \
    }
    const struct limit limits[] = {
        LIMIT(momentum, "ad_sgd and ad_rmsprop", USES_MOMENTUM, 0, 1, false, false),
        LIMIT(beta1, "ad_adam and ad_adamw", USES_BETAS, 0, 1, false, true),
        LIMIT(beta2, "ad_adam and ad_adamw", USES_BETAS, 0, 1, false, true),
        LIMIT(alpha, "ad_rmsprop", USES_ALPHA, 0, 1, false, false),
        LIMIT(epsilon, "ad_rmsprop, ad_adam and ad_adamw", USES_EPSILON, 0, most, false, false),
        LIMIT(decay, "", 0, 0, most, false, false),
        LIMIT(clip_norm, "", 0, 0, most, true, false),
        LIMIT(clip_value, "", 0, 0, most, true, false),
        LIMIT(accumulate, "", 0, 1, 1e9, false, false),
    };
#undef LIMIT
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        ad_tensor *poison = check_limit(s, &limits[i]);
        if (poison)
            return poison;
    }
    return NULL;
}

static ad_tensor *check_nesterov(const struct optimizer *s)
{
    if (!s->o.nesterov)
        return NULL;
    if (!(s->method->uses & USES_NESTEROV))
        return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                                 ".nesterov is an option of ad_sgd, not of %s", s->method->name);
    if (s->o.momentum > 0)
        return NULL;
    return optimizer_mistake(
        s, AD_ERROR_ARGUMENT,
        ".nesterov looks ahead along the momentum, which is 0; give .momentum = 0.9");
}

static bool from_zero(double x)
{
    return x >= 0 && !isinf(x);
}

static ad_tensor *check_group(const struct optimizer *s, const ad_group *g)
{
    ad_tensor *poison = graph_passed(s->graph, s->name, options_check("ad_group", g, sizeof *g));
    if (poison)
        return poison;
    if (!g->match)
        return optimizer_mistake(
            s, AD_ERROR_ARGUMENT,
            "a group has no .match; AD_GROUP(.match = \"*.bias\", .decay = 0)");
    if (from_zero(g->rate_scale) && (g->decay == AD_AUTO || from_zero(g->decay)))
        return NULL;
    return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                             "group '%s' has .rate_scale %g and .decay %g; both are numbers from 0",
                             g->match, g->rate_scale, option_auto(g->decay, s->o.decay));
}

/* Not the end of the list: something was written. */
static bool is_group(const ad_group *g)
{
    const ad_group none = AD_GROUP();
    return g->match || (g->named_ && (g->rate_scale != none.rate_scale || g->decay != none.decay));
}

static ad_tensor *check_groups(const struct optimizer *s)
{
    ad_tensor *poison = NULL;
    for (int i = 0; i < 8 && !poison && is_group(&s->o.groups[i]); i++)
        poison = check_group(s, &s->o.groups[i]);
    return poison;
}

ad_tensor *optimizer_check(const struct optimizer *s)
{
    ad_tensor *poison = check_loss(s);
    poison = poison ? poison : check_rate(s);
    poison = poison ? poison : check_limits(s);
    poison = poison ? poison : check_nesterov(s);
    return poison ? poison : check_groups(s);
}
