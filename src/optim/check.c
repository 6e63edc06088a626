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
    return graph_poison(s->graph, status, "%s: %s",
                        s->name ? s->name : s->method->record->record.name, words);
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

/* A tensor in the place of a number. */
static ad_tensor *check_number(const struct optimizer *s, const char *name, ad_tensor *number)
{
    ad_tensor *poison = graph_check(s->graph, s->name, &number, 1);
    if (poison || ((number->type == AD_F32 || number->type == AD_F64) && !number->shape.rank))
        return poison;
    return optimizer_mistake(s, AD_ERROR_SHAPE, ".%s_tensor is %s %s and has to be f32 of rank 0",
                             name, ad_type_name(number->type),
                             graph_shape_text(s->graph, &number->shape));
}

static ad_tensor *check_rate(const struct optimizer *s)
{
    if (!(s->o.rate >= 0) || isinf(s->o.rate))
        return optimizer_mistake(
            s, AD_ERROR_ARGUMENT,
            ".rate is %g; a learning rate is a number from 0 up, %g for example", s->o.rate,
            ((const ad_optimizer_options *)s->method->record->record.initial)->rate);
    if (!s->o.rate_tensor)
        return NULL;
    if (s->rate_given)
        return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                                 ".rate = %g and .rate_tensor are both given; leave one out",
                                 s->o.rate);
    return check_number(s, "rate", s->o.rate_tensor);
}

/* ---- ranges */

/* below: high itself is not allowed. */
static ad_tensor *out_of_range(const struct optimizer *s, const char *name, double given,
                               double low, double high, bool below)
{
    if (high >= 1e9)
        return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s is %g; it is a number from %g up", name,
                                 given, low);
    return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s is %g; it has to be at least %g and %s %g",
                             name, given, low, below ? "below" : "at most", high);
}

static ad_tensor *check_clip(const struct optimizer *s, const char *name, double given)
{
    if (given == AD_AUTO || (given > 0 && given <= 1e300))
        return NULL;
    return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                             ".%s is %g; it is a number above 0; leave it out for no limit", name,
                             given);
}

/* ---- options of methods, by the rows of their records */

static double value_of(const ad_option *row, const void *o)
{
    const void *at = (const char *)o + row->offset;
    switch (row->type) {
    case AD_OPTION_NUMBER: return *(const double *)at;
#ifdef ADZE_EXTRAS /* no method of the core has one */
    case AD_OPTION_WHOLE: return (double)*(const int64_t *)at;
    case AD_OPTION_WORD: return *(const int *)at;
#endif
    default: return *(const bool *)at;
    }
}

/* The first record from number i on that has the option; NULL: none. */
static const ad_record *who_knows(int i, size_t offset)
{
    const ad_record *r = NULL;
    for (; (r = ad_optimizer_at(i)) && !option_known(r, offset); i++)
        continue;
    return r;
}

static ad_tensor *not_mine(const struct optimizer *s, int first, const ad_option *row)
{
    const ad_record *also = who_knows(first + 1, row->offset);
    char value[40] = "";
    if (row->type != AD_OPTION_TRUTH)
        snprintf(value, sizeof value, " = %g", value_of(row, &s->o));
    return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".%s%s is an option of ad_%s%s%s, not of %s",
                             row->name, value, ad_optimizer_at(first)->name, also ? " and ad_" : "",
                             also ? also->name : "", s->method->record->record.name);
}

/* What is set of other methods' options; their own number, which older headers fill in, is not. */
static ad_tensor *check_others(const struct optimizer *s)
{
    const ad_record *r;
    for (int i = 0; (r = ad_optimizer_at(i)); i++)
        for (const ad_option *row = r->option; row < r->option + r->options; row++) {
            double value = value_of(row, &s->o);
            if (value != AD_AUTO && value != value_of(row, r->initial) &&
                !option_known(&s->method->record->record, row->offset) &&
                who_knows(0, row->offset) == r)
                return not_mine(s, i, row);
        }
    return NULL;
}

static ad_tensor *check_own(const struct optimizer *s)
{
    const ad_record *r = &s->method->record->record;
    for (const ad_option *row = r->option; row < r->option + r->options; row++) {
        double value = value_of(row, &s->o);
        bool number = row->type == AD_OPTION_NUMBER || row->type == AD_OPTION_WHOLE;
        if (!number || value == AD_AUTO || row->offset == offsetof(ad_optimizer_options, rate))
            continue;
        double most = row->below_high ? row->high : 1e300;
        if (row->low != row->high &&
            (value < row->low || !(value <= most) || (row->below_high && value == most)))
            return out_of_range(s, row->name, value, row->low, most, row->below_high);
    }
    return NULL;
}

static ad_tensor *check_limits(const struct optimizer *s)
{
    const ad_optimizer_options *o = &s->o;
    ad_tensor *poison = check_others(s);
    poison = poison ? poison : check_own(s);
    poison = poison ? poison : check_clip(s, "clip_norm", o->clip_norm);
    poison = poison ? poison : check_clip(s, "clip_value", o->clip_value);
#ifdef ADZE_EXTRAS
    poison = poison ? poison : check_clip(s, "clip_adaptive", o->clip_adaptive);
#endif
    if (poison || o->accumulate >= 1)
        return poison;
    return out_of_range(s, "accumulate", o->accumulate, 1, 1e9, false);
}

static ad_tensor *check_momentum(const struct optimizer *s)
{
#ifdef ADZE_EXTRAS
    if (s->o.momentum_tensor) {
        if (!option_known(&s->method->record->record, offsetof(ad_optimizer_options, dampening)))
            return optimizer_mistake(s, AD_ERROR_ARGUMENT, ".momentum_tensor is for ad_sgd");
        return check_number(s, "momentum", s->o.momentum_tensor);
    }
#endif
    if (!s->o.nesterov || s->o.momentum > 0)
        return NULL;
    return optimizer_mistake(
        s, AD_ERROR_ARGUMENT,
        ".nesterov looks ahead along the momentum, which is 0; give .momentum = 0.9");
}

static bool from_zero(double x)
{
    return x >= 0 && !isinf(x);
}

/* All of the core have a decay. */
static ad_tensor *check_decays(const struct optimizer *s, const ad_group *g)
{
#ifdef ADZE_EXTRAS
    const ad_record *method = &s->method->record->record;
    if (g->decay != AD_AUTO && g->decay != 0 &&
        !option_known(method, offsetof(ad_optimizer_options, decay)))
        return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                                 "group '%s' has .decay %g, and %s has no decay", g->match,
                                 g->decay, method->name);
#endif
    (void)s, (void)g;
    return NULL;
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
    poison = check_decays(s, g);
    if (poison)
        return poison;
    if (from_zero(g->rate_scale) && (g->decay == AD_AUTO || from_zero(g->decay)))
        return NULL;
    return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                             "group '%s' has .rate_scale %g and .decay %g; both are numbers from 0",
                             g->match, g->rate_scale,
                             option_auto(g->decay, option_auto(s->o.decay, 0)));
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
    poison = poison ? poison : check_momentum(s);
    return poison ? poison : check_groups(s);
}
